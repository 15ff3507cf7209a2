"""Tells what is odd about the rows that are kept, and what was done about it: nothing is corrected in silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import ibis

from alignment_metrics.charter import Charter
from alignment_metrics.charter.grammar import shown
from alignment_metrics.columns.names import (
    implausible,
    late,
    placeholder,
    repeated_hour,
    sign,
    skipped_hour,
    unreadable,
)
from alignment_metrics.crm import UNKNOWN
from alignment_metrics.exports.account import Account, Check, a
from alignment_metrics.files import view
from alignment_metrics.quality import Problem

_MOST_VALUES = 8
_MOST_DAYS_WITHOUT_A_LEAD = 31
LATE = ("created_after_as_of", "event_after_as_of")
# A few dates are planned ahead, or typed wrong; more than one in a hundred rows are not.
_FEWEST_LATE, _MOST_LATE = 5, 0.01


def notes(con: Any, account: Account, table: ibis.Table, name: str, *, created: str | None = None) -> ibis.Table:
    """Judge cells of ``table``; what is left once rows are set aside for them, where the charter says so."""
    checks = [*_cells(account, table, created), *placeholders(account, table), *_owner(account, table)]
    if not account.tell(table, checks):
        return table
    lost = [check.condition for check in checks if check.set_aside]
    return view(con, f"{name}_judged", table.filter(*(~one.fill_null(False) for one in lost))) if lost else table


def _cells(account: Account, table: ibis.Table, created: str | None) -> Iterator[Check]:
    """Dates and amounts: after ``as_of``, unreadable, implausible, or in an hour that clocks show twice or never."""
    typed = account.typed
    as_of = account.charter.organisation.as_of.isoformat()
    not_entered = "counted as not entered"
    for stage in typed.stages:
        header = typed.header(stage)
        if stage != created:
            if typed.has(late(stage)):
                text = f"have {a(stage)} date after {as_of}"
                otherwise = "counted as not entered yet"
                yield account.treated("event_after_as_of", header, table[late(stage)], text, otherwise=otherwise)
            if typed.has(unreadable(stage)):
                text = f"have {a(stage)} date that cannot be read"
                met = table[unreadable(stage)]
                yield account.treated("unreadable_date", header, met, text, otherwise=not_entered)
            if typed.has(implausible(stage)):
                text = f"have {a(stage)} date {account.implausible}"
                met = table[implausible(stage)]
                yield account.treated("implausible_date", header, met, text, otherwise=not_entered)
        yield from clock_changes(account, table, stage, f"{a(stage)} time")
    if typed.has(sign("undated")):
        header = typed.headers.outcome.get("closed_on", "")
        text = "are closed, but no date tells when; counted as still open"
        yield Check("closed_without_date", header, table[sign("undated")].fill_null(False), text)
    if typed.has(unreadable("amount")):
        header, text = typed.header("amount"), "have an amount that cannot be read"
        met = table[unreadable("amount")]
        yield account.treated("unreadable_amount", header, met, text, otherwise="left empty")


def clock_changes(account: Account, table: ibis.Table, stage: str, time: str) -> Iterator[Check]:
    """Times that a clock change makes doubtful, and the rule by which they are read all the same."""
    typed = account.typed
    zone, header = typed.export.timezone, typed.header(stage)
    if typed.has(skipped_hour(stage)):
        text = f"have {time} that clocks in {zone} skipped; read with the offset before the change"
        yield Check("skipped_hour", header, table[skipped_hour(stage)], text)
    if typed.has(repeated_hour(stage)):
        text = f"have {time} that clocks in {zone} showed twice; read as the first of the two"
        yield Check("repeated_hour", header, table[repeated_hour(stage)], text)


def placeholders(account: Account, table: ibis.Table) -> Iterator[Check]:
    """Labels that nobody gave."""
    typed = account.typed
    for name in typed.headers.columns:
        if typed.has(placeholder(name)):
            text = "hold what a form leaves where nobody chose anything, such as 'Select' or '(blank)'; read as empty"
            yield Check("placeholder", typed.header(name), table[placeholder(name)], text)


def _owner(account: Account, table: ibis.Table) -> Iterator[Check]:
    if account.typed.has("owner"):
        met = table["owner"].isnull() | (table["owner"] == "")
        otherwise = f"counted as {UNKNOWN}"
        yield account.treated("empty_owner", account.typed.header("owner"), met, "have no owner", otherwise=otherwise)


def pipelines(account: Account, table: ibis.Table) -> None:
    """Whether a file of deals holds several pipelines, of which some may be renewals."""
    if not account.typed.has(sign("pipeline")):
        return
    named = table.filter(table[sign("pipeline")].notnull())
    told = named.group_by(name=named[sign("pipeline")]).agg(n=lambda t: t.count())
    found = told.order_by(ibis.desc("n"), "name").limit(_MOST_VALUES + 1).to_pyarrow().to_pylist()
    if len(found) > 1:
        listing = ", ".join(f"{shown(row['name'])} ({row['n']:,})" for row in found[:_MOST_VALUES])
        more = " and more" if len(found) > _MOST_VALUES else ""
        message = (
            f"The deals are of several pipelines: {listing}{more}; all are counted alike. Where some are renewals, "
            f"export the others alone."
        )
        account.add(Problem("several_pipelines", account.typed.header("pipeline"), 0, (), message, False))


def order(journeys: ibis.Table, account: Account, headers: Mapping[str, str]) -> list[Check]:
    """Journeys whose days do not follow the funnel: before creation, backwards, past a stage; wins without amount."""
    charter = account.charter
    funnel = charter.funnel
    found = []
    for place in funnel.places[1:]:
        text = f"have {a(place)} date before the {funnel.first} date"
        otherwise = f"such an entry counts in no rate from {funnel.first}"
        met = journeys[place] < journeys[funnel.first]
        found.append(account.treated("before_created", headers[place], met, text, otherwise=otherwise))
    for number, stage in enumerate(funnel.stages[2:], start=2):
        earlier = funnel.stages[1:number]
        met = journeys[stage] < (
            ibis.greatest(*(journeys[one] for one in earlier)) if len(earlier) > 1 else journeys[earlier[0]]
        )
        text = (
            f"have {a(stage)} date before one of {', '.join(earlier)}"
            if len(earlier) > 1
            else (f"have {a(stage)} date before the {earlier[0]} date")
        )
        otherwise = "such an entry counts in no rate from the later one"
        found.append(account.treated("backward_move", headers[stage], met, text, otherwise=otherwise))
    if funnel.skipped == "observed":
        for number, stage in enumerate(funnel.stages[1:-1], start=1):
            later = ibis.or_(*(journeys[one].notnull() for one in funnel.stages[number + 1 :]))
            text = (
                f'went further without an entry into {stage}; not counted as having reached it (skipped = "observed")'
            )
            found.append(Check("skipped_stage", headers[stage], journeys[stage].isnull() & later, text))
    if "amount" in headers:
        text, otherwise = f"came to {funnel.last} without an amount", "counted in rates, not in money"
        met = journeys[funnel.last].notnull() & journeys["amount"].isnull()
        found.append(account.treated("won_without_amount", headers["amount"], met, text, otherwise=otherwise))
    return found


def ill_dated(journeys: ibis.Table, charter: Charter, header: str, late: int, rows: int) -> Iterator[Problem]:
    """Whether ``as_of`` is probably not the last day of the export: the newest lead is much older, or much is newer."""
    first, as_of = charter.funnel.first, charter.organisation.as_of
    newest = journeys.agg(newest=journeys[first].max()).to_pyarrow()["newest"][0].as_py()
    gap = (as_of - newest).days
    if gap > _MOST_DAYS_WITHOUT_A_LEAD:
        message = (
            f"The newest {first} date is {newest.isoformat()}, {gap:,} days before as_of. If the export was made "
            f"earlier than as_of, correct as_of in the charter: leads that still had time would be counted as failed."
        )
        yield Problem("as_of_after_export", header, 0, (), message, False)
    if late >= _FEWEST_LATE and late > _MOST_LATE * rows:
        message = (
            f"{late:,} dates lie after as_of, {as_of.isoformat()}. If these have happened, the export was made later: "
            f"correct as_of in the charter, or they are counted as not happened."
        )
        yield Problem("as_of_before_export", header, 0, (), message, False)
