"""What the charter's ``[sources]`` make of each raw source, and what they leave out: counted, and kept as unknown."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis

from alignment_metrics.charter import Charter, Source
from alignment_metrics.charter.grammar import shown
from alignment_metrics.columns.names import sign
from alignment_metrics.crm import UNKNOWN
from alignment_metrics.exports.account import MOST_EXAMPLES, PART, Account, Check, lowest
from alignment_metrics.exports.layouts import Layout
from alignment_metrics.exports.typed import Typed
from alignment_metrics.files import ROW, view, written
from alignment_metrics.quality import Problem

# Between a source and the detail beside it, where the charter lists both.
BESIDE = " > "
_MOST_VALUES = 8
_TABLE = "known_sources"


@dataclass(frozen=True, slots=True)
class Origins:
    """The raw sources that the charter lists, in every form that the vendor writes them in.

    ``undecided`` are the vendor's sources of either direction: only a detail beside them can tell.
    """

    listed: dict[str, Source]
    undecided: frozenset[str]
    table: ibis.Table

    @property
    def detailed(self) -> list[str]:
        return [raw for raw in self.listed if BESIDE in raw]

    def looked_up(self, typed: Typed, table: ibis.Table) -> ibis.Table:
        """The same rows; a source whose detail the charter lists bears it."""
        if not typed.has(sign("source_detail")) or not self.detailed:
            return table
        full = table["source"] + ibis.literal(BESIDE) + table[sign("source_detail")]
        return table.mutate(source=full.isin(self.detailed).ifelse(full, table["source"]))


def origins(con: Any, charter: Charter, known: Sequence[Layout]) -> Origins:
    """Work out what ``[sources]`` say of the raw sources of these layouts; their words go to the engine as values."""
    undecided = frozenset(form for one in known for name in one.undecided for form in _forms(known, name))
    listed: dict[str, Source] = {}
    for raw, one in charter.sources.items():
        plain, beside, detail = raw.partition(BESIDE)
        for form in _forms(known, plain):
            listed.setdefault(f"{form}{beside}{detail}", one)
    listed |= charter.sources
    listed |= {raw: replace(one, direction="unknown") for raw, one in listed.items() if raw in undecided}
    columns = ("raw", "source", "direction", *charter.tags)
    con.raw_sql(f"CREATE TEMPORARY TABLE {_TABLE} ({', '.join(f'{name} VARCHAR' for name in columns)})")
    rows = [[raw, one.source, one.direction, *map(one.tags.get, charter.tags)] for raw, one in listed.items()]
    if rows:
        con.con.executemany(f"INSERT INTO {_TABLE} VALUES ({', '.join('?' * len(columns))})", rows)
    return Origins(listed, undecided, con.table(_TABLE))


def judge(con: Any, account: Account, table: ibis.Table, found: Origins, name: str) -> ibis.Table:
    """Count what the charter leaves open; what is left of ``table`` where it has such rows set aside."""
    charter, header = account.charter, account.typed.header("source")
    # Sources may be as many as leads where a form writes addresses into them: only the commonest leave the engine.
    detail = [sign("source_detail")] if found.undecided and account.typed.has(sign("source_detail")) else []
    part = table[ROW] // PART
    grouped = table.group_by("source", *detail, **({"part": part} if len(account.parts) > 1 else {}))
    values = written(con, f"{name}_sources", grouped.agg(n=table.count(), first=lowest(table[ROW], MOST_EXAMPLES)))
    # What holds for a source holds for its rows: they are counted, and only those that are set aside looked for.
    source = ibis._["source"]
    told, open_ = source.nullif("").notnull(), source.isin([*found.undecided])
    others = values.filter(_is_other(values, found))
    checks = []
    text, otherwise = "have no source", f"counted as {UNKNOWN}"
    met = values.agg(empty=(~told).any(), others=_is_other(values, found).any(), open=(told & open_).any())
    (there,) = met.to_pyarrow().to_pylist()
    if there["empty"]:
        checks.append(account.treated("empty_source", header, ~told, text, otherwise=otherwise))
    if there["others"]:
        text = f"have a source that [sources] does not list: {_named(others, charter)}"
        checks.append(account.treated("unlisted_source", header, _is_other(ibis._, found), text, otherwise=otherwise))
    if there["open"]:
        text = (
            f"have a source that the vendor writes for leads of either direction, and no detail beside it that "
            f"[sources] decides{_details(values.filter(open_), detail, charter)}; their direction is {UNKNOWN}"
        )
        checks.append(Check("offline_undecided", header, open_, text))
    account.tell(table, [check for check in checks if check.set_aside])
    account.tell_groups(values, [check for check in checks if not check.set_aside])
    _in_vain(account, values, others, found, header)
    lost = [check.condition for check in checks if check.set_aside]
    return view(con, f"{name}_sourced", table.filter(*(~one for one in lost))) if lost else table


def _forms(known: Sequence[Layout], name: str) -> Iterator[str]:
    """A source in each form that the vendor writes it in; only as it is where he is not known to write it."""
    found = [(one, *forms) for layout in known for one, forms in layout.sources.items() if name in (one, *forms)]
    yield from dict.fromkeys(form for forms in found for form in forms) if found else (name,)


def _is_other(values: ibis.Table, found: Origins) -> Any:
    """Whether a source is neither listed nor one of those that the vendor writes for either direction."""
    told = values["source"].nullif("").notnull()
    return told & values["source"].notin([*found.listed]) & values["source"].notin([*found.undecided])


def _public(values: ibis.Table, column: str, charter: Charter) -> ibis.Table:
    """What may be named: not what few leads have in common, for that may be what one stranger typed, and neither
    addresses nor telephone numbers, however often they come.
    """
    summed = values.group_by(value=values[column]).agg(n=values["n"].sum())
    return summed.filter(
        summed["value"].nullif("").notnull(),
        summed["n"] >= charter.policy.suppress_below,
        ~summed["value"].contains("@"),
        ~summed["value"].re_search(r"(\d[\s().-]?){7}"),
    ).order_by(ibis.desc("n"), "value")


def _named(values: ibis.Table, charter: Charter, column: str = "source") -> str:
    common = _public(values, column, charter).limit(_MOST_VALUES).to_pyarrow().to_pylist()
    kinds = int(values.filter(values[column].nullif("").notnull())[column].nunique().to_pyarrow().as_py())
    named = [f"{shown(row['value'])} ({row['n']:,})" for row in common]
    rest = kinds - len(common)
    named += [f"{rest:,} {'other ' if common else ''}value{'s' * (rest != 1)} not named here"] if rest else []
    return ", ".join(named)


def _details(values: ibis.Table, detail: Sequence[str], charter: Charter) -> str:
    if not detail:
        return ""
    example = f', such as "{"OFFLINE" + BESIDE}Import"'
    told = _named(values, charter, detail[0])
    return f" (list both{example}; the file has {told})" if told else ""


def _in_vain(account: Account, values: ibis.Table, others: ibis.Table, found: Origins, header: str) -> None:
    """Values that ``[sources]`` lists and no row has, where the file has one that is nearly the same."""
    charter = account.charter
    there = values.filter(values["source"].isin([*found.listed])).select("source").distinct()
    met = set(there.to_pyarrow()["source"].to_pylist())
    if vain := [raw for raw in charter.sources if raw not in met]:
        near = []
        names = _public(others, "source", charter).limit(1000).to_pyarrow()["value"].to_pylist()
        for raw in vain:
            close = difflib.get_close_matches(raw[:60], [one for one in names if len(one) < 200], n=1, cutoff=0.75)
            near += [f"{shown(raw)}, where the file has {shown(close[0])}"] if close else []
        if near:
            message = f"[sources] lists {'; and '.join(near[:_MOST_VALUES])}: no row has it so. Correct the charter."
            account.add(Problem("unmatched_source", header, 0, (), message, False))
