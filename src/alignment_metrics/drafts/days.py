"""The newest days of the columns of times: they tell how far an export reaches."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import ibis

from alignment_metrics.charter import Export
from alignment_metrics.columns.times import parsed
from alignment_metrics.files import view, written

LATEST = dt.date(2199, 12, 31)
_MOST_DAYS = 5
_WAYS = {True: "the day before the month", False: "the month before the day"}


@dataclass(frozen=True, slots=True)
class Days:
    """The newest days of a column with their rows, and the newest that has at least half the rows of the middle day."""

    newest: tuple[tuple[dt.date, int], ...] = ()
    usual: dt.date | None = None

    @property
    def last(self) -> dt.date | None:
        return self.newest[0][0] if self.newest else None


def newest(
    con: Any, raw: ibis.Table, columns: Mapping[str, str], export: Export, name: str, *, both: bool
) -> dict[str, dict[str, Days]]:
    """The newest days of each of these columns, by the way they are read, which is empty where there is only one.

    Parameters
    ----------
    columns : mapping
        The names of the columns in the table, each with the header that the file has for it.
    both : bool
        Whether it is open in any of them if the day or the month is put first.
    """
    found: dict[str, dict[str, Days]] = {}
    for number, (place, header) in enumerate(columns.items()):
        told: dict[str, Days] = {}
        for way in (True, False) if both else (None,):
            settled = replace(export, day_first=way)
            days = _days(con, raw, place, header, settled, f"{name}_{number}_{len(told)}")
            told["" if way is None else _WAYS[way]] = days
        different = list(dict.fromkeys(told.values()))
        found[place] = told if len(different) > 1 else {"": different[0]}
    return found


def added(parts: Iterable[Days]) -> Days:
    """Those of several parts of one table, together."""
    counts: Counter[dt.date] = Counter()
    usual = []
    for one in parts:
        # Whatever is among the newest of all is among the newest of its part, so no row is missed.
        counts.update(dict(one.newest))
        usual += [one.usual] if one.usual else []
    return Days(tuple(sorted(counts.items(), reverse=True)[:_MOST_DAYS]), max(usual, default=None))


def _days(con: Any, raw: ibis.Table, place: str, header: str, export: Export, name: str) -> Days:
    one = parsed(raw, place, header, export, "UTC", LATEST, [])
    table = view(con, f"{name}_cells", raw.select(**one.parts(place, None)))
    table = view(con, f"{name}_instants", table.mutate(**one.instant(table, place, export, LATEST)))
    days = table.select(day=one.day(table, place, "UTC", LATEST)[place])
    counted = written(
        con, f"{name}_days", days.filter(days["day"].notnull()).group_by("day").agg(n=lambda t: t.count())
    )
    found = counted.order_by(ibis.desc("day")).limit(_MOST_DAYS).to_pyarrow().to_pylist()
    middle = counted.agg(n=counted["n"].median()).to_pyarrow()["n"][0].as_py() or 0
    usual = counted.agg(day=counted["day"].max(where=counted["n"] * 2 >= middle)).to_pyarrow()["day"][0].as_py()
    return Days(tuple((row["day"], row["n"]) for row in found), usual)
