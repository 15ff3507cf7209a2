"""Accounts for every row: which are set aside and why, and what is odd about those that are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis

from alignment_metrics.charter import Charter
from alignment_metrics.charter.grammar import shown
from alignment_metrics.crm import UNKNOWN
from alignment_metrics.exports.files import ROW, view, written
from alignment_metrics.exports.names import as_read, at, blank, late, unreadable
from alignment_metrics.exports.typed import Typed
from alignment_metrics.quality import FileQuality, Problem

_MOST_EXAMPLES = 5
_MOST_VALUES = 8
_DATED = "when created"
_MOST_DAYS_WITHOUT_A_LEAD = 31
_ONE = {"have": "has", "repeat": "repeats"}


@dataclass(frozen=True, slots=True)
class Check:
    """A condition on rows, and what to say of those that meet it, from a verb in the plural on."""

    code: str
    column: str | None
    condition: Any
    text: str
    set_aside: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows of a file that are kept, and the account of the others."""

    table: ibis.Table
    rows_read: int
    problems: tuple[Problem, ...]

    def with_problems(self, more: Sequence[Problem]) -> Kept:
        return replace(self, problems=(*self.problems, *more))

    @property
    def rows_kept(self) -> int:
        return self.rows_read - sum(problem.rows for problem in self.problems if problem.set_aside)

    def account(self, typed: Typed) -> FileQuality:
        ordered = sorted(self.problems, key=lambda one: (not one.set_aside, one.code, one.column or ""))
        return FileQuality(typed.export.file, typed.export.layout, self.rows_read, self.rows_kept, tuple(ordered))


def keep(con: Any, typed: Typed, charter: Charter, name: str, *, key: str, created: str | None = None) -> Kept:
    """Set aside the rows that cannot be used, each for the first reason that applies.

    Parameters
    ----------
    key : str
        The column without which a row is of no use: in a file of leads it names them, in others it finds them.
    created : str or None
        The stage that dates a lead, in a file of leads; None in a file of deals.
    """
    table = typed.table
    checks = [
        Check("missing_id", typed.header(key), table[key].isnull() | (table[key] == ""), f"have no {key}", True),
        *(_dated(typed, charter, created) if created else ()),
    ]
    # Where a later condition is NULL, for want of a date, an earlier one is met.
    met = [check.condition for check in checks]
    usable = view(con, f"{name}_usable", table.filter(*(~one for one in met)))
    first = [replace(check, condition=ibis.and_(met[n], *(~one for one in met[:n]))) for n, check in enumerate(checks)]
    found = problems(table, first)
    rows_read = int(table.count().to_pyarrow().as_py())
    # A deal is known by an id of its own. Where it has none, several rows of one lead are several deals of his, unless
    # they are alike in everything.
    own = "opportunity_id" if created is None and typed.has("opportunity_id") else key
    told = [own] if created or own != "lead_id" else [column for column in table.columns if column != ROW]
    content = _content(typed)
    candidates = usable
    if created:
        # A bare day is earlier than any time of it.
        day = usable[created].cast("timestamp(6)")
        stamp = ibis.coalesce(usable[at(created)], day) if typed.has(at(created)) else day
        candidates, content = usable.mutate(stamp.name(_DATED)), [_DATED, *content]
    if (repeats := _repeats(con, candidates, told, content, name)) is None:
        return Kept(usable, rows_read, tuple(found))
    kept_of = "the earliest is kept" if created else "one is kept"
    what = f"the {own}" if len(told) == 1 else "all that is read"
    check = Check(
        "duplicate_id", typed.header(own), ibis.literal(True), f"repeat {what} of another row, of which {kept_of}", True
    )
    found += problems(repeats, [check])
    return Kept(view(con, f"{name}_kept", usable.anti_join(repeats, ROW)), rows_read, tuple(found))


def notes(kept: Kept, typed: Typed, charter: Charter, *, created: str | None = None) -> list[Problem]:
    """What is odd about rows that are kept: dates after ``as_of``, dates and amounts that cannot be read."""
    table, found = kept.table, []
    as_of = charter.organisation.as_of.isoformat()
    for stage in typed.stages:
        if stage == created:
            continue
        header = typed.header(stage)
        if typed.has(late(stage)):
            text = f"have {a(stage)} date after {as_of}; it has not happened yet"
            found.append(Check("event_after_as_of", header, table[late(stage)], text))
        if typed.has(unreadable(stage)):
            text = f"have {a(stage)} date that cannot be read; counted as not entered"
            found.append(Check("unreadable_date", header, table[unreadable(stage)], text))
    if typed.has(unreadable("amount")):
        text = "have an amount that cannot be read; left empty"
        found.append(Check("unreadable_amount", typed.header("amount"), table[unreadable("amount")], text))
    return problems(table, found)


def sources(con: Any, kept: Kept, typed: Typed, charter: Charter, name: str) -> list[Problem]:
    """What the charter's ``[sources]`` leave out: counted, and kept as unknown."""
    rows, header = kept.table, typed.header("source")
    # Sources may be as many as leads where a form writes addresses into them: only the commonest leave the engine.
    grouped = rows.group_by("source").agg(n=rows.count(), first=_lowest(row=rows[ROW], most=_MOST_EXAMPLES))
    values = written(con, f"{name}_sources", grouped)
    values = values.filter(values["source"].isnull() | values["source"].notin([*charter.sources]))
    told = values["source"].nullif("").notnull()
    # What few leads have in common may be what one stranger typed, and does not leave the house; nor do addresses and
    # telephone numbers, however often they come.
    public = told & (values["n"] >= charter.policy.suppress_below)
    public &= ~values["source"].contains("@") & ~values["source"].re_search(r"(\d[\s().-]?){7}")
    common = values.filter(public).order_by(ibis.desc("n"), "source").limit(_MOST_VALUES).to_pyarrow().to_pylist()
    found = []
    for code, some in (("unlisted_source", values.filter(told)), ("empty_source", values.filter(~told))):
        sums = some.agg(kinds=some.count(), rows=some["n"].sum()).to_pyarrow().to_pylist()[0]
        if not sums["kinds"]:
            continue
        text = f"have no source; counted as {UNKNOWN}"
        if code == "unlisted_source":
            named = [f"{shown(row['source'])} ({row['n']:,})" for row in common]
            rest = sums["kinds"] - len(common)
            named += [f"{rest:,} {'other ' if common else ''}value{'s' * (rest != 1)} not named here"] if rest else []
            text = f"have a source that [sources] does not list: {', '.join(named)}; counted as {UNKNOWN}"
        first = some.select(row=some["first"].unnest()).order_by("row").limit(_MOST_EXAMPLES).to_pyarrow().to_pylist()
        check = Check(code, header, None, text)
        found.append(_problem(check, int(sums["rows"]), [one["row"] for one in first]))
    return found


def order(journeys: ibis.Table, charter: Charter, headers: Mapping[str, str]) -> list[Problem]:
    """Journeys whose days do not follow the funnel: entries before creation, and stages that were passed over."""
    funnel = charter.funnel
    found = []
    for place in funnel.places[1:]:
        text = (
            f"have {a(place)} date before the {funnel.first} date; such an entry counts in no rate from {funnel.first}"
        )
        found.append(Check("before_created", headers[place], journeys[place] < journeys[funnel.first], text))
    if funnel.skipped == "observed":
        for number, stage in enumerate(funnel.stages[1:-1], start=1):
            later = ibis.or_(*(journeys[one].notnull() for one in funnel.stages[number + 1 :]))
            text = (
                f'went further without an entry into {stage}; not counted as having reached it (skipped = "observed")'
            )
            found.append(Check("skipped_stage", headers[stage], journeys[stage].isnull() & later, text))
    return problems(journeys, found)


def stale(journeys: ibis.Table, charter: Charter, header: str) -> list[Problem]:
    """Whether the newest lead is so much older than ``as_of`` that the export was probably made before it."""
    first, as_of = charter.funnel.first, charter.organisation.as_of
    newest = journeys.agg(newest=journeys[first].max()).to_pyarrow()["newest"][0].as_py()
    gap = (as_of - newest).days
    if gap <= _MOST_DAYS_WITHOUT_A_LEAD:
        return []
    message = (
        f"The newest {first} date is {newest.isoformat()}, {gap:,} days before as_of. If the export was made earlier "
        f"than as_of, correct as_of in the charter: leads that still had time would be counted as failed."
    )
    return [Problem("as_of_after_export", header, 0, (), message, False)]


def problems(rows: ibis.Table, checks: Sequence[Check]) -> list[Problem]:
    """Those checks that any of ``rows`` meets, counted in one query."""
    if not checks:
        return []
    # Filtered first: what nearly no row meets, a file's own statistics rule out by the thousand.
    near = rows.filter(ibis.or_(*(check.condition for check in checks)))
    told: dict[str, Any] = {}
    for number, check in enumerate(checks):
        (met,) = near.bind(check.condition)
        told |= {
            f"n{number}": near.count(where=met),
            f"first{number}": _lowest(row=near[ROW], most=_MOST_EXAMPLES, where=met),
        }
    found = near.agg(**told).to_pyarrow().to_pylist()[0]
    counted = [(check, found[f"n{n}"], found[f"first{n}"]) for n, check in enumerate(checks)]
    return [_problem(check, count, examples) for check, count, examples in counted if count]


def _min(row: int, most: int) -> list[int]:
    """As the engine does it: the lowest few."""
    raise NotImplementedError


_lowest: Any = ibis.udf.agg.builtin(_min, name="min", signature=(("int64", "int64"), "array<int64>"))


def _problem(check: Check, count: int, examples: Sequence[int]) -> Problem:
    named = ", ".join(str(row) for row in examples) + (", …" if count > len(examples) else "")
    verb, _, rest = check.text.partition(" ")
    said = f"1 row {_ONE.get(verb, verb)}" if count == 1 else f"{count:,} rows {verb}"
    treatment = "; set aside" if check.set_aside else ""
    message = f"{said} {rest}{treatment} (row{'s' if count > 1 else ''} {named})."
    return Problem(check.code, check.column, count, tuple(examples), message, check.set_aside)


def a(name: str) -> str:
    """``name`` with its article."""
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def _dated(typed: Typed, charter: Charter, created: str) -> list[Check]:
    table, header = typed.table, typed.header(created)
    as_of = charter.organisation.as_of.isoformat()
    found = [Check("missing_created", header, table[blank(created)], f"have no {created} date", True)]
    if typed.has(unreadable(created)):
        text = f"have {a(created)} date that cannot be read"
        found.append(Check("unreadable_created", header, table[unreadable(created)], text, True))
    if typed.has(late(created)):
        text = f"have {a(created)} date after {as_of}"
        found.append(Check("created_after_as_of", header, table[late(created)], text, True))
    return found


def _content(typed: Typed) -> list[str]:
    """The columns that tell rows of one id apart."""
    # What would have to be worked out for every row, to be compared in a few, is compared as it was read.
    plain = [name for name in typed.table.columns if name.endswith(as_read(""))]
    return plain or [name for name in typed.table.columns if name != ROW]


def _hash(word: str) -> int:
    """As the engine does it."""
    raise NotImplementedError


# Ibis knows it too, but has the engine turn each number into a text and back.
_hashed: Any = ibis.udf.scalar.builtin(_hash, name="hash", signature=(("string",), "uint64"))


def _repeats(con: Any, usable: ibis.Table, key: Sequence[str], content: Sequence[str], name: str) -> ibis.Table | None:
    """The rows, beyond the first, of those that are alike in ``key``; None where there are none."""
    # Numbers are told apart much faster than texts; what shares a number by chance is told apart below.
    whole = usable[key[0]] if len(key) == 1 else ibis.struct({column: usable[column] for column in key}).cast("string")
    alike = usable.select(hash=_hashed(whole)).group_by("hash").agg(n=lambda t: t.count()).filter(lambda t: t.n > 1)
    shared = written(con, f"{name}_shared", alike.select("hash"))
    if not int(shared.count().to_pyarrow().as_py()):
        return None
    wanted = usable.select(ROW, *dict.fromkeys((*key, *content)), hash=_hashed(whole))
    near = written(con, f"{name}_near", wanted.semi_join(shared, "hash").drop("hash"))
    # By content before position, so that the same leads in another order keep the same row.
    place = ibis.row_number().over(group_by=list(key), order_by=[*content, ROW])
    repeats = written(con, f"{name}_repeats", near.select(ROW, place=place).filter(lambda t: t.place > 0).select(ROW))
    con.raw_sql(f"DROP TABLE {name}_near")
    return repeats if int(repeats.count().to_pyarrow().as_py()) else None
