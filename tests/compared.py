"""Leads of several groups, strata and clusters, as the life tables that are compared, and what R said of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from alignment_metrics.values import Ages

HERE = Path(__file__).parent / "reference"
R: dict[str, Any] = json.loads((HERE / "contrasts.json").read_text("utf-8"))
ENDS = {0: "open", 1: "converted", 2: "lost"}
Row = Mapping[str, Any]
Tables = dict[str, Ages]


def leads(name: str) -> list[Row]:
    """The leads of a set that R was given, by the names the script has for their columns."""
    if name.startswith("crm"):
        columns = {"days": "day", "outcome": "outcome", "inbound": "group", "segment": "stratum", "account": "cluster"}
        return [{new: row[old] for old, new in columns.items()} for row in file(f"{name.replace(' ', '_')}.csv")]
    columns = R["leads"][name]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def file(name: str) -> list[Row]:
    """A file of the known answers: those that may be committed lie with them, the others beside the checkout."""
    path = HERE / name
    if not path.is_file():
        path = HERE.parents[2] / "shared" / "oracles" / "data" / name
    if not path.is_file():
        pytest.skip(f"{name} comes from an R package and is not part of this repository; put it into {path.parent}.")
    with path.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def tables(rows: Sequence[Row], day: str = "day", end: str = "outcome", group: str = "group", per: float = 1) -> Tables:
    """The life table of each group; ``per`` days make a unit of the file's times."""
    return {name: _table(part, day, end, per) for name, part in _split(rows, lambda row: row[group])}


def parts(rows: Sequence[Row], by: str = "stratum", **columns: Any) -> list[Tables]:
    """The tables of each stratum or cluster."""
    return [tables(part, **columns) for _, part in _split(rows, lambda row: row[by])]


def _split(rows: Sequence[Row], key: Callable[[Row], Any]) -> list[tuple[str, list[Row]]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(key(row)), []).append(row)
    return sorted(found.items())


def _table(rows: Sequence[Row], day: str, end: str, per: float) -> Ages:
    days = [float(row[day]) * per for row in rows]
    assert all(abs(one - round(one)) < 1e-6 for one in days)
    late = [int(row.get("entry", -1)) for row in rows]
    return Ages.of(
        map(round, days),
        [ENDS[int(row[end])] for row in rows],
        entered=[after if after >= 0 else None for after in late],
    )


@st.composite
def any_tables(draw: st.DrawFn, names: str = "ab", least: int = 0) -> Tables:
    """Groups of a few leads, with ties, days on which all end, late entries, and groups without any."""
    lead = st.tuples(st.integers(0, 6), st.sampled_from(tuple(ENDS.values())), st.integers(-4, 5))
    found = {}
    for name in names:
        drawn = draw(st.lists(lead, min_size=least, max_size=12))
        entered = [after if 0 <= after < day else None for day, _, after in drawn]
        found[name] = Ages.of([day for day, _, _ in drawn], [end for _, end, _ in drawn], entered=entered)
    return found
