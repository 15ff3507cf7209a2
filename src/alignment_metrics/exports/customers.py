"""Who became a customer, and who left: the list of customers, judged row by row, and written beside their leads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ibis

from alignment_metrics.charter import CHURNED, CUSTOMER
from alignment_metrics.columns.names import blank, implausible, late, unreadable
from alignment_metrics.exports.account import Account, Check
from alignment_metrics.exports.journeys import numbered
from alignment_metrics.exports.ledger import account_for, no_records
from alignment_metrics.exports.lists import Kind, not_empty
from alignment_metrics.exports.oddities import clock_changes
from alignment_metrics.exports.typed import Typed
from alignment_metrics.files import ROW, view, written

CUSTOMERS = Kind(
    "customers",
    {
        "lead_id": ("lead_id", "Lead ID", "Contact ID", "Record ID"),
        "account_id": ("account_id", "Account ID", "Account", "Account name", "Company", "Company name"),
        CUSTOMER: (CUSTOMER, "Customer since", "Customer start", "Start date", "Started on"),
        CHURNED: (CHURNED, "Churned on", "Churn date", "Cancelled on", "Cancellation date", "End date", "Ended on"),
    },
    needed=(("lead_id", "account_id"), (CUSTOMER,)),
    days=(CUSTOMER, CHURNED),
)
_STAYS = "counted as still a customer"
_KEPT = "counted as a customer from that day on"
_NEVER = ibis.date(9999, 12, 31)


def add_customers(con: Any, account: Account, journeys: ibis.Table) -> ibis.Table:
    """``journeys`` with the days from which and until which a lead is a customer.

    A row that names a lead is of that lead. One that names an account only is of the lead of that account that was won
    first. Of several rows of one lead the earliest is kept.
    """
    typed = account.typed
    matched = _matched(con, account, _usable(con, account), journeys)
    _tell_oddities(account, matched, journeys)
    for name in (CUSTOMER, CHURNED):
        con.raw_sql(f"ALTER TABLE journeys ADD COLUMN {name} DATE")
    days = ", ".join(f"{name} = c.{name}" for name in (CUSTOMER, CHURNED) if typed.has(name))
    kept = written(con, f"{account.name}_kept", matched.select("lead", *_days(typed)))
    if int(kept.count().to_pyarrow().as_py()):
        con.raw_sql(f'UPDATE journeys SET {days} FROM {account.name}_kept AS c WHERE journeys."{ROW}" = c.lead')
    return con.table("journeys")


def _days(typed: Typed) -> tuple[str, ...]:
    return tuple(name for name in (CUSTOMER, CHURNED) if typed.has(name))


def _usable(con: Any, account: Account) -> ibis.Table:
    """The rows that tell who became a customer and when, and of whom nothing is contradictory."""
    typed, name = account.typed, account.name
    usable = account_for(con, account, typed.table, list(_unusable(account)), f"{name}_usable")
    not_empty(account, usable)
    checks = list(_cells(account, usable))
    if account.tell(usable, checks) and (lost := [check.condition for check in checks if check.set_aside]):
        usable = view(con, f"{name}_judged", usable.filter(*(~one for one in lost)))
    return usable


def _unusable(account: Account) -> Iterator[Check]:
    typed, as_of = account.typed, account.charter.organisation.as_of.isoformat()
    table = typed.table
    keys = [name for name in ("lead_id", "account_id") if typed.has(name)]
    if typed.has("lead_id"):
        yield from no_records(typed, "lead_id")
    text = f"have neither {keys[0]} nor {keys[1]}" if len(keys) > 1 else f"have no {keys[0]}"
    yield Check("missing_id", typed.header(keys[0]), ibis.and_(*(_missing(table[key]) for key in keys)), text, True)
    header = typed.header(CUSTOMER)
    starts = {
        "missing_start": (blank, f"have no {CUSTOMER} date"),
        "unreadable_start": (unreadable, f"have a {CUSTOMER} date that cannot be read"),
        "implausible_start": (implausible, f"have a {CUSTOMER} date {account.implausible}"),
        "start_after_as_of": (late, f"have a {CUSTOMER} date after {as_of}"),
    }
    for code, (name, text) in starts.items():
        if typed.has(name(CUSTOMER)):
            yield Check(code, header, table[name(CUSTOMER)].fill_null(False), text, True)
    if typed.has(CHURNED):
        met = (table[CHURNED] < table[CUSTOMER]).fill_null(False)
        text = f"have a {CHURNED} date before the {CUSTOMER} date"
        yield Check("churn_before_start", typed.header(CHURNED), met, text, True)


def _missing(column: Any) -> Any:
    return column.isnull() | (column == "")


def _cells(account: Account, table: ibis.Table) -> Iterator[Check]:
    """Days of leaving that cannot be used, and times that a change of clocks makes doubtful."""
    typed, as_of = account.typed, account.charter.organisation.as_of.isoformat()
    churns = {
        "event_after_as_of": (late, f"have a {CHURNED} date after {as_of}"),
        "unreadable_date": (unreadable, f"have a {CHURNED} date that cannot be read"),
        "implausible_date": (implausible, f"have a {CHURNED} date {account.implausible}"),
    }
    for code, (name, text) in churns.items():
        if typed.has(name(CHURNED)):
            met = table[name(CHURNED)].fill_null(False)
            yield account.treated(code, typed.header(CHURNED), met, text, otherwise=_STAYS)
    for day in _days(typed):
        yield from clock_changes(account, table, day, f"a {day} time")


def _matched(con: Any, account: Account, table: ibis.Table, journeys: ibis.Table) -> ibis.Table:
    """One row a lead, with the row of that ``lead`` in ``journeys``; the others are set aside."""
    typed, name = account.typed, account.name
    keys = [key for key in ("lead_id", "account_id") if typed.has(key)]
    days = _days(typed)
    found, leads = table.select(ROW, *days, *keys), []
    if typed.has("lead_id"):
        known = journeys.select(known="lead_id", by_lead=ROW)
        found = found.left_join(known, found["lead_id"] == known["known"])
        leads.append("by_lead")
    if typed.has("account_id"):
        found = written(con, f"{name}_accounts", found.mutate(number=numbered(found)))
        won = _won_first(account, found, journeys)
        found = found.left_join(won, found["number"] == won["account"])
        leads.append("by_account")
    lead = ibis.coalesce(*(found[one] for one in leads))
    there = written(con, f"{name}_matched", found.select(ROW, *days, lead=lead))
    text = "have a lead_id that no lead has" if keys == ["lead_id"] else "have no lead that was won"
    account.tell(there, [Check("no_lead", typed.header(keys[0]), there["lead"].isnull(), text, True)])
    there = there.filter(there["lead"].notnull())
    ends = [there[CHURNED].fill_null(_NEVER)] if typed.has(CHURNED) else []
    place = ibis.row_number().over(group_by="lead", order_by=[there[CUSTOMER], *ends, there[ROW]])
    placed = written(con, f"{name}_placed", there.mutate(place=place))
    text = "have the lead of another row, of which the earliest is kept"
    account.tell(placed, [Check("duplicate_id", typed.header(keys[0]), placed["place"] > 0, text, True)])
    return placed.filter(placed["place"] == 0).drop("place")


def _won_first(account: Account, customers: ibis.Table, journeys: ibis.Table) -> ibis.Table:
    """Of each account that the list names, the lead that was won first."""
    funnel = account.charter.funnel
    near = journeys.filter(journeys[funnel.last].notnull())
    near = near.semi_join(customers, near["account"] == customers["number"])
    # By content before position, so that the same leads in another order keep the same one.
    order = [near[name] for name in (funnel.last, funnel.first, "source", "owner", ROW)]
    place = ibis.row_number().over(group_by="account", order_by=order)
    placed = near.select(near["account"], by_account=near[ROW], place=place)
    return placed.filter(placed["place"] == 0).drop("place")


def _tell_oddities(account: Account, matched: ibis.Table, journeys: ibis.Table) -> None:
    """What leads and customers tell differently: counted, and left as it is."""
    funnel, header = account.charter.funnel, account.typed.header(CUSTOMER)
    leads = journeys.select(their=ROW, first=journeys[funnel.first], last=journeys[funnel.last])
    both = matched.inner_join(leads, matched["lead"] == leads["their"])
    checks = [
        Check("customer_not_won", header, both["last"].isnull(), f"have a lead without a {funnel.last} date; {_KEPT}"),
        Check(
            "customer_before_lead",
            header,
            (both[CUSTOMER] < both["first"]).fill_null(False),
            f"have a {CUSTOMER} date before the {funnel.first} date of the lead; {_KEPT}",
        ),
    ]
    account.tell(both, checks)
