"""Turns rows that are events into entries, and the entries of each record into one row, one day a stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis

from alignment_metrics.charter import Charter
from alignment_metrics.charter.grammar import shown
from alignment_metrics.columns.names import EVENT, as_read, at, blank, implausible, late, sign, unreadable
from alignment_metrics.exports import oddities
from alignment_metrics.exports.account import Account, Check, a
from alignment_metrics.exports.ledger import account_for, deleted, missing_id, no_records
from alignment_metrics.exports.typed import Typed, meanings
from alignment_metrics.files import ROW, view, written

_MOST_VALUES = 8


@dataclass(frozen=True, slots=True)
class History:
    """The entries that a table of events tells, and ``records``: one row a record, as a table of records has it."""

    records: ibis.Table
    entries: ibis.Table
    stages: tuple[str, ...]


def read_history(con: Any, account: Account, name: str, *, key: str, created: str | None) -> History:
    """Set aside what is no event, find the moves among the others, and lay them out by record.

    Parameters
    ----------
    key : str
        The column that names the records.
    created : str or None
        The stage that dates a lead, where the events are those of leads; None where they belong to other records.
    """
    events = _events(con, account, name, key)
    typed, charter = account.typed, account.charter
    mapped = _mapped(typed, charter, events)
    told = view(con, f"{name}_told", mapped)
    _unmapped(account, told)
    moves = written(con, f"{name}_moves", _moves(typed, charter, told, key))
    if created:
        # Who never came to the first stage cannot be dated: all his events go.
        entered = moves.filter(moves["stage"] == created)
        if _clean_up(account, told, entered, key, created):
            told = view(con, f"{name}_dated", told.semi_join(entered, key))
            moves = view(con, f"{name}_dated_moves", moves.semi_join(entered, key))
        if (since := charter.organisation.since) is not None:
            last = charter.funnel.entry == "last"
            days = entered.group_by(key).agg(day=entered["day"].max() if last else entered["day"].min())
            early = written(con, f"{name}_early", days.filter(days["day"] < since).select(key))
            text = f"belong to a record with {a(created)} date before {since.isoformat()}"
            check = Check("created_before_since", typed.header("at"), None, text, True)
            if account.tell(told.semi_join(early, key), [check]):
                told = view(con, f"{name}_since", told.anti_join(early, key))
                moves = view(con, f"{name}_moves_since", moves.anti_join(early, key))
    _again(account, moves)
    stages = tuple(place for place in charter.funnel.places if _has(moves, place))
    records = _records(con, account, told, moves, key, stages, name)
    whose = records.select(key, record=records[ROW])
    account.records = typed.table.inner_join(whose, key).select(typed.table[ROW], whose["record"])
    return History(records, moves, stages)


def _events(con: Any, account: Account, name: str, key: str) -> ibis.Table:
    typed = account.typed
    table, header = typed.table, typed.header("at")
    checks = [*no_records(typed, key), missing_id(typed, key), *deleted(account)]
    checks.append(Check("missing_time", header, table[blank(EVENT)], "have no time", True))
    if typed.has(unreadable(EVENT)):
        checks.append(
            Check("unreadable_time", header, table[unreadable(EVENT)], "have a time that cannot be read", True)
        )
    if typed.has(implausible(EVENT)):
        met = table[implausible(EVENT)].fill_null(False)
        checks.append(Check("implausible_time", header, met, f"have a time {account.implausible}", True))
    usable = account_for(con, account, table, checks, f"{name}_events")
    usable = _single(con, account, usable, name)
    found = [*oddities.clock_changes(account, usable, EVENT, "a time"), *oddities.placeholders(account, usable)]
    if typed.has(late(EVENT)):
        as_of = account.charter.organisation.as_of.isoformat()
        met, text = usable[late(EVENT)].fill_null(False), f"have a time after {as_of}"
        found.append(account.treated("event_after_as_of", header, met, text, otherwise="counted as not entered yet"))
    account.tell(usable, found)
    # What has not happened yet has no day; it is no entry, whether its row is set aside or kept.
    return usable.filter(usable[EVENT].notnull())


def _single(con: Any, account: Account, table: ibis.Table, name: str) -> ibis.Table:
    """Events that are alike in all that the file tells of them are one, written several times."""
    kept = [column for column in table.columns if column != ROW]
    plain = [column for column in kept if column.endswith(as_read(""))] or kept
    alike = table.group_by(plain).agg(first=table[ROW].min(), n=table.count())
    again = written(con, f"{name}_again", alike.filter(alike["n"] > 1))
    if not int(again.count().to_pyarrow().as_py()):
        return table
    met = [table[column].identical_to(again[column]) for column in plain]
    more = written(con, f"{name}_more", table.semi_join(again, [*met, table[ROW] > again["first"]]).select(ROW))
    text = "repeat an event in all that is read of it; one is kept"
    account.tell(more, [Check("duplicate_event", None, None, text, True)])
    return view(con, f"{name}_events_once", table.anti_join(more, ROW))


def _mapped(typed: Typed, charter: Charter, events: ibis.Table) -> ibis.Table:
    """The events with the stage of the funnel that each tells; NULL where it tells none."""
    words = events[sign("stage")]
    meaning = meanings(typed.known, typed.export, charter)
    stage = words.lower().cases(*meaning.items(), else_=ibis.null("string"))
    told = ibis.literal(True)
    fields = [typed.export.field] if typed.export.field else list(typed.known.fields)
    if typed.has(sign("field")) and fields:
        told = events[sign("field")].lower().isin([one.lower() for one in fields]).fill_null(False)
    return events.mutate(stage=told.ifelse(stage, ibis.null("string")), tells=told)


def _unmapped(account: Account, events: ibis.Table) -> None:
    """Values that tell no stage of the funnel: named where they are common, for a rare one may be a person's."""
    typed, charter = account.typed, account.charter
    met = events["tells"] & events["stage"].isnull() & events[sign("stage")].notnull()
    left = events.filter(met)
    values = left.group_by(value=left[sign("stage")]).agg(n=lambda t: t.count())
    common = values.filter(values["n"] >= charter.policy.suppress_below, ~values["value"].contains("@"))
    named = common.order_by(ibis.desc("n"), "value").limit(_MOST_VALUES).to_pyarrow().to_pylist()
    listing = ", ".join(f"{shown(row['value'])} ({row['n']:,})" for row in named)
    text = "tell a stage that neither [funnel] nor [export.stages] knows" + (f": {listing}" if listing else "")
    account.tell(events, [Check("unmapped_stage", typed.header("stage"), met, f"{text}; counted as no entry")])


def _moves(typed: Typed, charter: Charter, events: ibis.Table, key: str) -> ibis.Table:
    """The events by which a record came to a stage it was not at before, without regard to the order of rows."""
    told = events.filter(events["tells"], events[sign("stage")].notnull())
    if typed.has(sign("old")):
        # A change of amount or of a date stands in the same history, with the stage as it was.
        told = told.filter((told[sign("old")].lower() != told[sign("stage")].lower()).fill_null(True))
    place = told["stage"].cases(*((one, n) for n, one in enumerate(charter.funnel.places)), else_=-1)
    instant = told[at(EVENT)] if at(EVENT) in told.columns else ibis.null("timestamp(6)")
    told = told.select(
        ROW, key, "stage", at=instant.cast("timestamp(6)"), day=told[EVENT], exact=instant.notnull(), place=place
    )
    when = ibis.coalesce(told["at"], told["day"].cast("timestamp(6)"))
    window = ibis.window(group_by=key, order_by=[when, told["place"], told[ROW]])
    # What is no stage of the funnel is a place all the same: who comes back from there comes to the stage again.
    before = told["stage"].fill_null("").lag().over(window)
    told = told.mutate(before=before)
    told = told.filter(told["stage"].notnull(), told["before"].isnull() | (told["before"] != told["stage"]))
    return told.drop("before", "place")


def _clean_up(account: Account, events: ibis.Table, dated: ibis.Table, key: str, created: str) -> bool:
    lost = events.anti_join(dated, key)
    text = f"belong to a record that never came to {created}"
    return account.tell(lost, [Check("missing_created", account.typed.header("stage"), None, text, True)])


def _again(account: Account, moves: ibis.Table) -> None:
    """Stages that a record came to more than once."""
    key = next(name for name in ("lead_id", "opportunity_id") if name in moves.columns)
    counts = account.charter.funnel.entry
    place = ibis.row_number().over(group_by=[key, "stage"], order_by=[moves["day"], moves["at"], moves[ROW]])
    more = moves.mutate(place=place).filter(lambda t: t.place > 0)
    text = f'tell an entry into a stage that the record had entered before; the {counts} counts (entry = "{counts}")'
    account.tell(more, [Check("re_entry", account.typed.header("stage"), None, text)])


def _has(moves: ibis.Table, place: str) -> bool:
    return bool(moves.filter(moves["stage"] == place).limit(1).count().to_pyarrow().as_py())


def _varies(label: str) -> str:
    return f"{label}|varies"


def _records(
    con: Any,
    account: Account,
    events: ibis.Table,
    moves: ibis.Table,
    key: str,
    stages: tuple[str, ...],
    name: str,
) -> ibis.Table:
    """One row a record: the day and instant of each stage, and the labels that any of its events tells."""
    typed, last = account.typed, account.charter.funnel.entry == "last"
    moment = events[at(EVENT)] if at(EVENT) in events.columns else events[EVENT].cast("timestamp(6)")
    labels = [one for one in typed.headers.columns if one in events.columns and one not in (key, "stage", "amount")]
    told: dict[str, Any] = {ROW: events[ROW].min()}
    # What the first event says stands; of several at one moment, the first by its letters.
    for one in labels:
        word = events[one].nullif("") if events[one].type().is_string() else events[one].cast("string")
        order = moment.strftime("%Y-%m-%d %H:%M:%S.%f") + word
        told |= {one: events[one].argmin(order, where=word.notnull()), _varies(one): word.nunique() > 1}
    if "amount" in events.columns:
        # An amount is told anew as it changes: the last one stands.
        told["amount"] = events["amount"].argmax(moment, where=events["amount"].notnull())
    records = written(con, f"{name}_labelled", events.group_by(key).agg(**told))
    text = "begin a record whose events differ in {}; what the first of them tells stands"
    shown_of = [one for one in labels if one in account.charter.breakdowns or one in ("source", "owner")]
    account.tell(
        records,
        [Check("label_varies", typed.header(one), records[_varies(one)], text.format(one)) for one in shown_of],
    )
    records = records.drop(*map(_varies, labels))
    days: dict[str, Any] = {}
    for stage in stages:
        met = moves["stage"] == stage
        days[stage] = moves["day"].max(where=met) if last else moves["day"].min(where=met)
        days[at(stage)] = moves["at"].max(where=met) if last else moves["at"].min(where=met)
    if not days:
        return view(con, f"{name}_records", records)
    entered = moves.group_by(key).agg(**days)
    joined = records.left_join(entered, key).select(
        *(records[one] for one in records.columns), *(entered[one] for one in days)
    )
    return view(con, f"{name}_records", joined)
