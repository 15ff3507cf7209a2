"""Brings the tables of an export together: one row a lead, one day a stage, materialised once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis

from alignment_metrics.charter import ACCOUNT, Charter, Funnel
from alignment_metrics.columns.names import at
from alignment_metrics.crm import UNKNOWN
from alignment_metrics.exports import ledger, oddities, truncation
from alignment_metrics.exports.account import Account, Check, a
from alignment_metrics.exports.errors import ExportError
from alignment_metrics.exports.history import read_history
from alignment_metrics.exports.journeys import materialise, numbered
from alignment_metrics.exports.ledger import moment
from alignment_metrics.exports.origins import Origins, judge, origins
from alignment_metrics.exports.roles import joins_by, key_of, roles, tells
from alignment_metrics.exports.typed import Typed
from alignment_metrics.files import ROW, view, written


@dataclass(frozen=True, slots=True)
class Assembled:
    """The canonical tables, the accounts of the files they came from, and what ``[sources]`` say."""

    leads: ibis.Table
    journeys: ibis.Table
    entries: ibis.Table
    accounts: tuple[Account, ...]
    known: Origins


@dataclass(frozen=True, slots=True)
class Records:
    """One table once it is judged: a row a record, the stages it dates, and its entries (None: those of its rows).

    ``named`` has the keys of all records that the file names, kept or not.
    """

    table: ibis.Table
    stages: tuple[str, ...]
    named: ibis.Table
    moves: ibis.Table | None = None


def assemble(con: Any, charter: Charter, files: Sequence[Typed]) -> Assembled:
    """Join the tables on their keys and materialise ``journeys``; ``ExportError`` where they do not fit together."""
    accounts = _accounts(con, charter, files)
    main, others = roles(charter, accounts)
    names = {id(account): account.name for account in accounts}
    created = charter.funnel.first
    leads = _leads(con, main, names[id(main)], created)
    known = origins(con, charter, [account.typed.known for account in accounts])
    table = _sourced(con, main, leads.table, known, names[id(main)])
    _not_empty(main, table)
    joined = table
    entries = [_entries(table, leads, table.select("lead_id"))]
    for other in others:
        key = joins_by(main.typed, other.typed)
        deals = _deals(con, other, main, table, names[id(other)], key)
        if not main.typed.has("source"):
            deals = replace(deals, table=_sourced(con, other, deals.table, known, names[id(other)]))
        told = table[key].nullif("").notnull()
        alone = table.anti_join(deals.named, key)
        text = f"have {a(key)} that {other.file} does not have"
        if key == "lead_id":
            text = f"have no row in {other.file}; counted as not having entered its stages"
        code = "no_deal" if key == "lead_id" else f"no_{key.removesuffix('_id')}"
        main.tell(alone, [Check(code, main.typed.header(key), told, text)])
        one_each = _one_each(deals, other.typed, charter.funnel, key=key, taken=joined.columns)
        joined = joined.left_join(one_each, key).select(
            *(joined[name] for name in joined.columns),
            *(one_each[name] for name in one_each.columns if name != key),
        )
        keys = table.select(*dict.fromkeys(("lead_id", key)))
        entries.append(_entries(deals.table, deals, keys, key))
    return _materialised(con, charter, main, accounts, joined, known, entries)


def _materialised(
    con: Any,
    charter: Charter,
    main: Account,
    accounts: Sequence[Account],
    joined: ibis.Table,
    known: Origins,
    entries: Sequence[ibis.Table],
) -> Assembled:
    funnel = charter.funnel
    canonical = _canonical(joined, known.table, charter)
    labels = {
        name: [part.labels[name] for one in accounts for part in one.parts if name in part.labels]
        for name in ("owner", *charter.breakdowns)
    }
    labels |= {name: [known.table.select(label=name)] for name in ("source", "direction", *charter.tags)}
    journeys = materialise(con, canonical.mutate(numbered(canonical).name(ACCOUNT)).drop("account_id"), labels)
    headers = {place: one.typed.header(place) for one in accounts for place in stages_of(one)}
    late = sum(one.rows for account in accounts for one in account.problems if one.code in oddities.LATE)
    for problem in oddities.ill_dated(journeys, charter, headers[funnel.first], late, sum(main.rows_read)):
        main.add(problem)
    if amounts := [one.typed.header("amount") for one in accounts if one.typed.has("amount")]:
        headers["amount"] = amounts[0]
    checks = oddities.order(journeys, main, headers)
    main.tell(journeys, checks)
    stacked = ibis.union(*entries) if len(entries) > 1 else entries[0]
    leads = canonical
    if lost := [check.condition for check in checks if check.set_aside]:
        gone = written(con, "set_aside", journeys.filter(ibis.or_(*lost)).select(ROW, "lead_id"))
        con.raw_sql("DELETE FROM journeys WHERE row IN (SELECT row FROM set_aside)")
        leads, stacked = leads.anti_join(gone, ROW), stacked.anti_join(gone, "lead_id")
        _not_empty(main, journeys)
    for problem in truncation.judge(journeys, charter, headers):
        main.add(problem)
    for name in charter.breakdowns:
        leads = leads.mutate(**{name: leads[name].nullif("").fill_null(UNKNOWN)})
    named = ("source", "direction", "owner", *charter.tags)
    told = {name: leads[name].nullif("").fill_null(UNKNOWN) for name in named}
    leads = leads.mutate(**told, account_id=leads["account_id"].nullif("")).drop(*funnel.places)
    return Assembled(leads, journeys, stacked, tuple(accounts), known)


def _sourced(con: Any, account: Account, table: ibis.Table, known: Origins, name: str) -> ibis.Table:
    if not account.typed.has("source"):
        return table
    return judge(con, account, known.looked_up(account.typed, table), known, name)


def stages_of(account: Account) -> tuple[str, ...]:
    """The stages that a table tells: those of its columns or, of a history, those its events may tell."""
    return tuple(place for place in account.charter.funnel.places if tells(account.typed, place))


def _accounts(con: Any, charter: Charter, files: Sequence[Typed]) -> list[Account]:
    parts: dict[int, list[Typed]] = {}
    for typed in files:
        parts.setdefault(typed.export.part_of, []).append(typed)
    return [Account(con, some, charter, f"table_{number}") for number, some in enumerate(parts.values())]


def _leads(con: Any, main: Account, name: str, created: str) -> Records:
    key = key_of(main.typed)
    if main.typed.known.events:
        history = read_history(con, main, name, key=key, created=created)
        records, entries = _as_leads(history.records, key), _as_leads(history.entries, key)
        found = Records(records, history.stages, records, entries)
    else:
        kept = _as_leads(ledger.keep(con, main, name, key=key, created=created), key)
        found = Records(oddities.notes(con, main, kept, name, created=created), main.typed.stages, kept)
        oddities.pipelines(main, found.table)
    return found


def _not_empty(main: Account, leads: ibis.Table) -> None:
    """Refuse an export of which every lead was set aside, for what is wrong with it or because the charter says so."""
    if int(leads.limit(1).count().to_pyarrow().as_py()):
        return
    count = sum(main.rows_read)
    told = " ".join(one.message for one in main.problems) or "It has a header and nothing below it."
    rows = f"{count:,} row{'' if count == 1 else 's'}"
    agreed = any(main.charter.treatment.get(one.code) == "set_aside" for one in main.problems if one.set_aside)
    remedy = "Change [treatment] in the charter, or export it again." if agreed else "Export it again."
    raise ExportError([f"{main.file}: not one usable lead in {rows}. {told} {remedy}"])


def _as_leads(table: ibis.Table, key: str) -> ibis.Table:
    """Records that are no leads but deals are known by their own id, where they are all that the export has."""
    if key == "lead_id":
        return table
    others = table.drop("lead_id") if "lead_id" in table.columns else table
    return others.mutate(lead_id=others[key])


def _deals(con: Any, other: Account, main: Account, leads: ibis.Table, name: str, key: str) -> Records:
    """The records of another table that belong to a lead; the others are set aside, each for the first reason."""
    typed = other.typed
    several = typed.known.several.get(key)
    text = f"have {a(key)} that no lead of {main.file} has"
    check = Check("no_lead", typed.header(key), None, text, True)
    if typed.known.events:
        history = read_history(con, other, name, key=key, created=None)
        other.tell(history.records.anti_join(leads, key), [check])
        records = history.records.semi_join(leads, key)
        return Records(records, history.stages, typed.table, history.entries.semi_join(leads, key))
    table = ledger.keep(con, other, name, key=key)
    if several:
        table = _shared_out(con, other, table, leads, name, key, several)
    other.tell(table.anti_join(leads, key), [check])
    table = view(con, f"{name}_of_leads", table.semi_join(leads, key))
    table = oddities.notes(con, other, table, name)
    oddities.pipelines(other, table)
    return Records(table, typed.stages, table if several else typed.table)


def _shared_out(
    con: Any, other: Account, table: ibis.Table, leads: ibis.Table, name: str, key: str, parted: str
) -> ibis.Table:
    """A deal that names several leads: it is that of the lead who came in first, or of each, as the charter says."""
    each = other.charter.treats("shared_deal") == "each"
    created = other.charter.funnel.first
    named = table[key].split(parted).map(lambda one: one.strip()).filter(lambda one: one != "").unique()
    # A cell of separators alone names nobody; it is kept as it is, to be counted as belonging to no lead.
    listed = table.mutate(**{key: (named.length() > 0).ifelse(named, ibis.array([table[key]]))}).unnest(key)
    text = "name several leads; counted for " + ("each of them" if each else "the one that came in first")
    other.tell(table.filter(named.length() > 1), [Check("shared_deal", other.typed.header(key), None, text)])
    days = leads.select(key, came=moment(leads, created))
    found = listed.left_join(days, key).select(*(listed[one] for one in listed.columns), days["came"])
    order = [found["came"].isnull(), found["came"], found[key]]
    place = ibis.row_number().over(group_by=ROW, order_by=order)
    placed = found.mutate(place=place)
    # Whom nobody knows is only kept where the deal names nobody else, to be counted as belonging to no lead.
    kept = (placed["place"] == 0) | placed["came"].notnull() if each else placed["place"] == 0
    return written(con, f"{name}_shared_out", placed.filter(kept).drop("place", "came"))


def _one_each(deals: Records, typed: Typed, funnel: Funnel, *, key: str, taken: Sequence[str]) -> ibis.Table:
    """One row a key: the first (or last) day of each stage, the sum of amounts, the first of any label."""
    table = deals.table
    sums: dict[str, Any] = {}
    for name in (*typed.headers.columns, *deals.stages):
        if name in taken or name == key or name not in table.columns:
            continue
        if name == "amount":
            sums[name] = table[name].sum()
        elif name in deals.stages and funnel.entry == "last":
            sums[name] = table[name].max()
        else:
            sums[name] = (table[name].nullif("") if table[name].type().is_string() else table[name]).min()
    return table.group_by(key).agg(**sums)


def _canonical(joined: ibis.Table, known: ibis.Table, charter: Charter) -> ibis.Table:
    """All that is known of a lead, in one row; labels that the export does not tell are NULL or empty."""
    funnel = charter.funnel

    def column(name: str, kind: str = "string") -> Any:
        return joined[name] if name in joined.columns else ibis.null(kind)

    days = {place: column(place, "date") for place in funnel.places}
    if funnel.skipped == "passed":
        # Whoever was at a later stage by a day had passed the earlier ones by then, whatever day they bear. The first
        # stage dates the lead and is left as it is; least() looks only at the days there are.
        for number, stage in enumerate(funnel.stages[1:-1], start=1):
            days[stage] = ibis.least(*(days[one] for one in funnel.stages[number:]))
    table = joined.select(
        row=joined[ROW],
        lead_id=joined["lead_id"],
        raw=column("source"),
        **{name: column(name) for name in ("owner", *charter.breakdowns, "account_id")},
        amount=column("amount", "float64"),
        **days,
    )
    return table.left_join(known, "raw").select(
        table["row"],
        table["lead_id"],
        known["source"],
        known["direction"],
        *(known[tag] for tag in charter.tags),
        *(table[name] for name in table.columns if name not in ("row", "lead_id", "raw")),
    )


def _entries(table: ibis.Table, records: Records, keys: ibis.Table | None = None, key: str = "lead_id") -> ibis.Table:
    """One row an entry, none of them after ``as_of``: the moves of a history, or the stages of a table stacked."""
    if records.moves is not None:
        stacked = [records.moves]
    else:
        stacked = []
        for stage in records.stages:
            instant = table[at(stage)] if at(stage) in table.columns else ibis.null("timestamp(6)")
            entered = table.filter(table[stage].notnull())
            parts = {"stage": ibis.literal(stage), "at": instant.cast("timestamp(6)"), "day": table[stage]}
            stacked.append(entered.select(key, **parts, exact=instant.notnull()))
    if not stacked:
        nothing = {"stage": "string", "at": "timestamp(6)", "day": "date", "exact": "boolean"}
        stacked = [table.limit(0).select(key, **{name: ibis.null(kind) for name, kind in nothing.items()})]
    found = ibis.union(*stacked) if len(stacked) > 1 else stacked[0]
    if keys is not None and key != "lead_id":
        found = found.drop("lead_id") if "lead_id" in found.columns else found
        found = found.inner_join(keys, key)
    elif keys is not None:
        found = found.semi_join(keys, key)
    return found.select("lead_id", "stage", "at", "day", "exact")
