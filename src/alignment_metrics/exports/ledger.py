"""Accounts for every row: which are set aside and why, and what is odd about those that are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis

from alignment_metrics.charter import Charter
from alignment_metrics.crm import UNKNOWN
from alignment_metrics.exports.files import ROW
from alignment_metrics.exports.typed import Typed, at, blank, late, unreadable
from alignment_metrics.quality import FileQuality, Problem

_MOST_EXAMPLES = 5
_MOST_VALUES = 8


@dataclass(frozen=True, slots=True)
class _Check:
    """A condition on rows, and what to say of those that meet it."""

    code: str
    column: str | None
    condition: Any
    text: str
    set_aside: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows of a file that are kept, in ``table``: the ``usable`` ones without the ``repeats``; and the problems found."""

    table: ibis.Table
    usable: ibis.Table
    repeats: ibis.Table | None
    rows_read: int
    rows_kept: int
    problems: tuple[Problem, ...]

    def account(self, typed: Typed, more: Sequence[Problem] = ()) -> FileQuality:
        problems = tuple(sorted((*self.problems, *more), key=lambda one: (not one.set_aside, one.code, one.column or "")))
        return FileQuality(typed.export.file, typed.export.layout, self.rows_read, self.rows_kept, problems)


def keep(con: Any, typed: Typed, charter: Charter, name: str, *, created: str | None) -> Kept:
    """Set aside the rows that cannot be used, each for one stated reason.

    Parameters
    ----------
    created : str or None
        The stage that dates a lead, in a file of leads; None in a file of deals.
    """
    table = typed.table
    checks = [
        _Check("missing_id", typed.header(typed.key), table[typed.key].isnull(), "no id", True),
        *_dated(typed, charter, created),
    ]
    usable = table.filter(*(~check.condition.fill_null(False) for check in checks))
    repeats = _repeats(con, usable, typed, name, created)
    # A row that is set aside is so for the first reason that applies; what else is odd about it is not told.
    refused = [replace(check, condition=_first(checks, place)) for place, check in enumerate(checks)]
    aside = table.filter(_any([check.condition for check in checks]))
    problems = [*_problems(aside, refused), *_problems(usable, _notes(typed, charter, created))]
    rows_read = int(table.count().to_pyarrow().as_py())
    kept = usable
    if repeats is not None:
        repeated = int(repeats.count().to_pyarrow().as_py())
        kept = usable.anti_join(repeats, ROW)
        check = _Check("duplicate_id", typed.header(typed.key), None, "repeats of an id seen before; the earliest is kept", True)
        problems.append(_problem(check, repeated, repeats.order_by(ROW)))
    lost = sum(problem.rows for problem in problems if problem.set_aside)
    return Kept(kept, usable, repeats, rows_read, rows_read - lost, tuple(problems))


def sources(con: Any, typed: Typed, kept: Kept, charter: Charter, name: str) -> list[Problem]:
    """What the charter's ``[sources]`` do not explain: counted in the open, and kept as unknown."""
    if not typed.has("source"):
        return []
    header, source = typed.header("source"), kept.usable["source"]
    odd = source.isnull() | source.notin([*charter.sources, ""])
    values = kept.usable.filter(odd).group_by("source").agg(n=lambda t: t.count())
    if kept.repeats is not None:
        again = kept.repeats.group_by(other="source").agg(less=lambda t: t.count())
        values = values.left_join(again, values["source"].identical_to(again["other"]))
        values = values.select("source", n=values["n"] - values["less"].fill_null(0))
    # Sources may be as many as leads where a form writes addresses into them: only the commonest leave the engine.
    values = con.create_table(f"{name}_sources", values.filter(lambda t: t.n > 0))
    listed = values.filter(values["source"].notnull()).order_by(ibis.desc("n"), "source").limit(_MOST_VALUES)
    named = listed.to_pyarrow().to_pylist()
    sums = values.agg(
        values=values["source"].count(),
        unlisted=values["n"].sum(where=values["source"].notnull()).fill_null(0),
        empty=values["n"].sum(where=values["source"].isnull()).fill_null(0),
    )
    counted = sums.to_pyarrow().to_pylist()[0]
    more = counted["values"] - len(named)
    shown = ", ".join(f"{row['source']!r} ({row['n']:,})" for row in named) + (f" and {more:,} more" if more else "")
    text = f"a source that [sources] does not list: {shown}; counted as {UNKNOWN}"
    checks = [
        (_Check("empty_source", header, source.isnull(), f"no source; counted as {UNKNOWN}"), int(counted["empty"])),
        (_Check("unlisted_source", header, source.notnull() & odd, text), int(counted["unlisted"])),
    ]
    return [_problem(check, n, kept.table.filter(check.condition)) for check, n in checks if n]


def order(typed: Typed, journeys: ibis.Table, charter: Charter) -> list[Problem]:
    """Journeys whose days do not follow the funnel: entries before creation, and stages that were passed over."""
    funnel = charter.funnel
    checks = []
    for place in funnel.places[1:]:
        text = f"entered {place} on a day before {funnel.first}; such an entry counts in no rate from {funnel.first}"
        checks.append(_Check("before_created", place, journeys[place] < journeys[funnel.first], text))
    if funnel.skipped == "observed":
        for number, stage in enumerate(funnel.stages[1:-1], start=1):
            later = _any([journeys[one].notnull() for one in funnel.stages[number + 1 :]])
            text = f"went further without an entry into {stage}; not counted as having reached it (skipped = observed)"
            checks.append(_Check("skipped_stage", stage, journeys[stage].isnull() & later, text))
    return _problems(journeys, checks)


def unjoined(code: str, column: str, rows: ibis.Table, text: str, *, set_aside: bool) -> Problem | None:
    """The rows of one file that found no partner in another."""
    count = int(rows.count().to_pyarrow().as_py())
    return _problem(_Check(code, column, None, text, set_aside), count, rows) if count else None


def _first(checks: Sequence[_Check], place: int) -> Any:
    """Rows that meet the check at ``place`` (any row, past the last) and none before it."""
    met: Any = checks[place].condition if place < len(checks) else ibis.literal(True)
    for check in checks[:place]:
        met = met & ~check.condition.fill_null(False)
    return met


def _dated(typed: Typed, charter: Charter, created: str | None) -> list[_Check]:
    if created is None:
        return []
    table, header = typed.table, typed.header(created)
    bad = table[unreadable(created)] if typed.has(unreadable(created)) else ibis.literal(False)
    as_of = charter.organisation.as_of.isoformat()
    return [
        _Check("missing_created", header, table[blank(created)], f"no day of {created}", True),
        _Check("unreadable_created", header, bad, f"a day of {created} that cannot be read", True),
        _Check("created_after_as_of", header, table[late(created)], f"{created} after the end of {as_of}", True),
    ]


def _notes(typed: Typed, charter: Charter, created: str | None) -> list[_Check]:
    found = []
    as_of = charter.organisation.as_of.isoformat()
    for stage in typed.stages:
        if stage == created:
            continue
        text = f"{stage} dated after the end of {as_of}; it has not happened yet"
        found.append(_Check("event_after_as_of", typed.header(stage), typed.table[late(stage)], text))
        if typed.has(unreadable(stage)):
            text = f"a day of {stage} that cannot be read; counted as not entered"
            found.append(_Check("unreadable_date", typed.header(stage), typed.table[unreadable(stage)], text))
    if typed.has(unreadable("amount")):
        bad = typed.table[unreadable("amount")]
        found.append(_Check("unreadable_amount", typed.header("amount"), bad, "an amount that cannot be read; left empty"))
    return found


def _repeats(con: Any, usable: ibis.Table, typed: Typed, name: str, created: str | None) -> ibis.Table | None:
    """The rows, beyond the first, of ids that occur more than once; None where there are none."""
    shared = usable.group_by(typed.key).agg(n=usable.count()).filter(lambda t: t.n > 1)
    shared = con.create_table(f"{name}_shared", shared)
    if not shared.count().to_pyarrow().as_py():
        return None
    # By content before position, so that the same leads in another order keep the same row; by instants rather than by
    # days, which would have to be worked out for every row.
    stamped = [at(stage) if typed.has(at(stage)) else stage for stage in typed.stages]
    labels = [column for column in typed.headers.columns if column != typed.key]
    dated = [at(created) if typed.has(at(created)) else created] if created else []
    rows = usable.select(ROW, typed.key, *labels, *stamped).semi_join(shared, typed.key)
    ranked = rows.mutate(
        place=ibis.row_number().over(group_by=typed.key, order_by=[*dated, *sorted(labels), *stamped, ROW])
    )
    return con.create_table(f"{name}_repeats", ranked.filter(lambda t: t.place > 0).drop("place"))


def _problems(rows: ibis.Table, checks: Sequence[_Check]) -> list[Problem]:
    """Those checks that any of ``rows`` meets. One query counts them all; examples are looked up for what was found."""
    if not checks:
        return []
    sums = {f"c{n}": check.condition.sum().fill_null(0) for n, check in enumerate(checks)}
    counted = rows.agg(**sums).to_pyarrow().to_pylist()[0]
    return [
        _problem(check, counted[f"c{n}"], rows.filter(check.condition))
        for n, check in enumerate(checks)
        if counted[f"c{n}"]
    ]


def _problem(check: _Check, count: int, rows: ibis.Table) -> Problem:
    # The engine keeps the order of a file, so the first rows need no sorting, and no reading of the rest.
    first = rows.select(ROW).limit(_MOST_EXAMPLES).to_pyarrow().to_pylist()
    examples = tuple(sorted(int(row[ROW]) for row in first))
    shown = ", ".join(str(row) for row in examples) + (", …" if count > len(examples) else "")
    noun, treatment = ("row" if count == 1 else "rows"), ("; set aside" if check.set_aside else "")
    message = f"{count:,} {noun} with {check.text}{treatment} (row{'s' if len(examples) > 1 else ''} {shown})."
    return Problem(check.code, check.column, count, examples, message, check.set_aside)


def _any(conditions: Sequence[Any]) -> Any:
    found: Any = ibis.literal(False)
    for condition in conditions:
        found = found | condition.fill_null(False)
    return found


