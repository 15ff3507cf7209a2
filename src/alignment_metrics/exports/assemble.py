"""Brings the files of an export together: one row a lead, one day a stage, materialised once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis

from alignment_metrics.charter import Charter, Funnel
from alignment_metrics.crm import UNKNOWN
from alignment_metrics.exports import ledger
from alignment_metrics.exports.errors import ExportError
from alignment_metrics.exports.files import ROW
from alignment_metrics.exports.journeys import materialise
from alignment_metrics.exports.layouts import some
from alignment_metrics.exports.names import at
from alignment_metrics.exports.typed import Typed
from alignment_metrics.quality import Quality

_KNOWN = "known_sources"


@dataclass(frozen=True, slots=True)
class Assembled:
    """The canonical tables and the account of the files they came from."""

    leads: ibis.Table
    journeys: ibis.Table
    entries: ibis.Table
    quality: Quality


def assemble(con: Any, charter: Charter, files: Sequence[Typed]) -> Assembled:
    """Join the files on their keys and materialise ``journeys``; ``ExportError`` where they do not fit together."""
    leads, deals = _roles(charter, files)
    names = {id(typed): f"file_{number}" for number, typed in enumerate(files)}
    created = charter.funnel.first
    kept = ledger.keep(con, leads, charter, names[id(leads)], key="lead_id", created=created)
    if not kept.rows_kept:
        told = " ".join(problem.message for problem in kept.problems) or "It has a header and nothing below it."
        count = f"{kept.rows_read:,} row{'' if kept.rows_read == 1 else 's'}"
        raise ExportError([f"{leads.export.file}: not one usable lead in {count}. {told} Export it again."])
    kept = kept.with_problems(ledger.notes(kept, leads, charter, created=created))
    known = _known_sources(con, charter)
    if leads.has("source"):
        kept = kept.with_problems(ledger.sources(con, kept, leads, charter, names[id(leads)]))
    joined = kept.table
    accounts = {}
    entries = [_entries(kept.table, leads)]
    for deal in deals:
        key = _joins_by(deal)
        of_deal = ledger.keep(con, deal, charter, names[id(deal)], key=key)
        orphans = of_deal.table.anti_join(kept.table, key)
        text = f"have {ledger.a(key)} that no lead of {leads.export.file} has"
        lost = ledger.problems(orphans, [ledger.Check("no_lead", deal.header(key), ibis.literal(True), text, True)])
        of_deal = replace(of_deal, table=of_deal.table.semi_join(kept.table, key)).with_problems(lost)
        accounts[id(deal)] = of_deal.with_problems(ledger.notes(of_deal, deal, charter))
        alone = kept.table.anti_join(of_deal.table, key)
        told = alone[key].nullif("").notnull()
        text = f"have {ledger.a(key)} that {deal.export.file} does not have"
        if key == "lead_id":
            text = f"have no row in {deal.export.file}; counted as not having entered its stages"
        code = f"no_{key.removesuffix('_id')}" if key != "lead_id" else "no_deal"
        kept = kept.with_problems(ledger.problems(alone, [ledger.Check(code, leads.header(key), told, text)]))
        one_each = _one_each(of_deal.table, deal, charter.funnel, key=key, taken=joined.columns)
        joined = joined.left_join(one_each, key).select(
            *(joined[name] for name in joined.columns),
            *(one_each[name] for name in one_each.columns if name != key),
        )
        keys = kept.table.select(*dict.fromkeys(("lead_id", key)))
        wanted = of_deal.table.drop("lead_id") if key != "lead_id" and deal.has("lead_id") else of_deal.table
        entries.append(_entries(wanted.inner_join(keys, key), deal))
    canonical = _canonical(joined, known, charter)
    labels = {
        name: [typed.table.select(label=name) for typed in files if typed.has(name)]
        for name in ("owner", *charter.breakdowns)
    }
    labels |= {name: [known.select(label=name)] for name in ("source", "direction")}
    journeys = materialise(con, canonical.drop("account_id"), labels)
    headers = {place: typed.header(place) for typed in files for place in typed.stages}
    kept = kept.with_problems(ledger.stale(journeys, charter, headers[charter.funnel.first]))
    accounts[id(leads)] = kept.with_problems(ledger.order(journeys, charter, headers))
    quality = Quality(tuple(accounts[id(typed)].account(typed) for typed in files))
    return Assembled(_leads(canonical, charter), journeys, ibis.union(*entries) if deals else entries[0], quality)


def _roles(charter: Charter, files: Sequence[Typed]) -> tuple[Typed, list[Typed]]:
    """The one file of leads, and the files joined to it."""
    there = "; ".join(f"{typed.export.file} has {some(typed.there)}" for typed in files)
    problems = []
    for place in charter.funnel.places:
        holders = [typed.export.file for typed in files if place in typed.stages]
        if not holders:
            problems.append(
                f"no file has a column for the stage {place!r}: {there}. Name it under [export.columns], or take "
                f"the stage out of [funnel]."
            )
        elif len(holders) > 1:
            problems.append(
                f"{place!r} is read from {' and '.join(holders)}; take it out of [export.columns] of all but one."
            )
    for segment in charter.organisation.segments:
        if not any(typed.has(segment) for typed in files):
            problems.append(
                f"no file has a column for the segment {segment!r}: {there}. Name it under [export.columns], or take "
                f"it out of organisation.segments."
            )
    if charter.sources and not any(typed.has("source") for typed in files):
        problems.append(
            f"no file has a column for source, of which [sources] lists values: {there}. Name it under "
            f"[export.columns], or take [sources] out."
        )
    if problems:
        raise ExportError(problems)
    leads = next(typed for typed in files if charter.funnel.first in typed.stages)
    if not leads.has("lead_id"):
        raise ExportError(
            [
                f"{leads.export.file}: it dates {charter.funnel.first!r} but has no column for lead_id; it has "
                f"{some(leads.there)}. Name one of them under [export.columns]."
            ]
        )
    deals = [typed for typed in files if typed is not leads]
    unjoined = [deal for deal in deals if not leads.has(_joins_by(deal))]
    if unjoined:
        raise ExportError(
            [
                f"{deal.export.file}: nothing joins it to {leads.export.file}, which has no column for "
                f"{_joins_by(deal)}; it has {some(leads.there)}. Name one of them under [export.columns]."
                for deal in unjoined
            ]
        )
    return leads, deals


def _joins_by(deal: Typed) -> str:
    return "lead_id" if deal.has("lead_id") else "opportunity_id"


def _one_each(table: ibis.Table, deal: Typed, funnel: Funnel, *, key: str, taken: Sequence[str]) -> ibis.Table:
    """One row a key: the first (or last) day of each stage, the sum of amounts, the first of any label."""
    sums: dict[str, Any] = {}
    for name in (*deal.headers.columns, *deal.stages):
        if name in taken or name == key:
            continue
        if name == "amount":
            sums[name] = table[name].sum()
        elif name in deal.stages and funnel.entry == "last":
            sums[name] = table[name].max()
        else:
            sums[name] = (table[name].nullif("") if table[name].type().is_string() else table[name]).min()
    return table.group_by(key).agg(**sums)


def _known_sources(con: Any, charter: Charter) -> ibis.Table:
    """The charter's ``[sources]`` as a table: their words go there as values, never as part of a query."""
    con.raw_sql(f"CREATE TABLE {_KNOWN} (raw VARCHAR, source VARCHAR, direction VARCHAR)")
    rows = [[raw, one.source, one.direction] for raw, one in charter.sources.items()]
    if rows:
        con.con.executemany(f"INSERT INTO {_KNOWN} VALUES (?, ?, ?)", rows)
    return con.table(_KNOWN)


def _canonical(joined: ibis.Table, known: ibis.Table, charter: Charter) -> ibis.Table:
    """All that is known of a lead, in one row; labels that the export does not tell are NULL or empty."""
    funnel = charter.funnel

    def column(name: str, kind: str = "string") -> Any:
        return joined[name] if name in joined.columns else ibis.null(kind)

    days = {place: joined[place] for place in funnel.places}
    if funnel.skipped == "passed":
        # Whoever was at a later stage by a day had passed the earlier ones by then, whatever day they bear. The first
        # stage dates the lead and is left as it is; least() looks only at the days there are.
        for number, stage in enumerate(funnel.stages[1:-1], start=1):
            days[stage] = ibis.least(*(joined[one] for one in funnel.stages[number:]))
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
        *(table[name] for name in table.columns if name not in ("row", "lead_id", "raw")),
    )


def _leads(canonical: ibis.Table, charter: Charter) -> ibis.Table:
    labels = ("source", "direction", "owner", *charter.breakdowns)
    told = {name: canonical[name].nullif("").fill_null(UNKNOWN) for name in labels}
    return canonical.mutate(**told, account_id=canonical["account_id"].nullif("")).drop(*charter.funnel.places)


def _entries(table: ibis.Table, typed: Typed) -> ibis.Table:
    """The stages of one file stacked: one row an entry, none of them after ``as_of``."""
    stacked = []
    for stage in typed.stages:
        instant = table[at(stage)] if typed.has(at(stage)) else ibis.null("timestamp(6)")
        entered = table.filter(table[stage].notnull())
        parts = {"stage": ibis.literal(stage), "at": instant.cast("timestamp(6)"), "day": table[stage]}
        stacked.append(entered.select("lead_id", **parts, exact=instant.notnull()))
    return ibis.union(*stacked) if len(stacked) > 1 else stacked[0]
