"""Brings the files of an export together: one row a lead, one day a stage, materialised once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis
import sqlglot
from sqlglot import exp

from alignment_metrics.charter import DIRECTIONS, Charter, Funnel
from alignment_metrics.crm import UNKNOWN
from alignment_metrics.exports import ledger
from alignment_metrics.exports.errors import ExportError
from alignment_metrics.exports.files import ROW
from alignment_metrics.exports.typed import Typed, at
from alignment_metrics.quality import Problem, Quality

_MOST_LABELS = 10_000


@dataclass(frozen=True, slots=True)
class Assembled:
    """The canonical tables and the account of the files they came from."""

    journeys: ibis.Table
    entries: ibis.Table
    quality: Quality


def assemble(con: Any, charter: Charter, files: Sequence[Typed]) -> Assembled:
    """Join the files on their keys and materialise ``journeys``; ``ExportError`` where they do not fit together."""
    leads, deals = _roles(charter, files)
    names = {id(typed): f"file_{number}" for number, typed in enumerate(files)}
    created = charter.funnel.first
    kept = ledger.keep(con, leads, charter, names[id(leads)], created=created)
    if not kept.rows_kept:
        told = " ".join(problem.message for problem in kept.problems) or "The file has a header and no rows."
        raise ExportError([f"{leads.export.file}: not one usable lead among {kept.rows_read:,} rows. {told}"])
    more: dict[int, list[Problem]] = {id(typed): [] for typed in files}
    more[id(leads)] += ledger.sources(con, leads, kept, charter, names[id(leads)])
    joined = kept.table
    accounts = {id(leads): kept}
    entries = [_entries(kept.table, leads)]
    for deal in deals:
        of_deal = ledger.keep(con, deal, charter, names[id(deal)], created=None)
        orphans = of_deal.table.anti_join(kept.table, deal.key)
        lost = ledger.unjoined(
            "no_lead", deal.header(deal.key), orphans, f"a {deal.key} that no lead of {leads.export.file} has", set_aside=True
        )
        wanting = kept.table.filter(kept.table[deal.key].notnull()).anti_join(of_deal.table, deal.key)
        if deal.key != leads.key and (
            absent := ledger.unjoined(
                f"no_{deal.key.removesuffix('_id')}",
                leads.header(deal.key),
                wanting,
                f"a {deal.key} that {deal.export.file} does not have",
                set_aside=False,
            )
        ):
            more[id(leads)].append(absent)
        if lost:
            more[id(deal)].append(lost)
            of_deal = replace(of_deal, rows_kept=of_deal.rows_kept - lost.rows)
        accounts[id(deal)] = of_deal
        one_each = _one_each(of_deal.table, deal, charter.funnel, taken=joined.columns)
        joined = joined.left_join(one_each, deal.key).select(
            *(joined[name] for name in joined.columns),
            *(one_each[name] for name in one_each.columns if name != deal.key),
        )
        keys = kept.table.select(*{leads.key, deal.key})
        entries.append(_entries(of_deal.table.inner_join(keys, deal.key), deal))
    labels: dict[str, Any] = {
        "source": {one.source for one in charter.sources.values()},
        "direction": set(DIRECTIONS),
    }
    for name in ("owner", *charter.breakdowns):
        # Asked of the file rather than of the joined rows: a column's distinct values are quickly found there.
        labels[name] = next((typed.table.select(name) for typed in (leads, *deals) if typed.has(name)), ())
    journeys = _materialise(con, _journeys(con, joined, charter), labels)
    more[id(leads)] += ledger.order(leads, journeys, charter)
    quality = Quality(tuple(accounts[id(typed)].account(typed, more[id(typed)]) for typed in files))
    return Assembled(journeys, ibis.union(*entries) if len(entries) > 1 else entries[0], quality)


def _roles(charter: Charter, files: Sequence[Typed]) -> tuple[Typed, list[Typed]]:
    """The one file of leads, and the files joined to it."""
    created = charter.funnel.first
    problems = []
    held = {place: [typed for typed in files if place in typed.stages] for place in charter.funnel.places}
    for place, holders in held.items():
        if not holders:
            there = ", ".join(dict.fromkeys(stage for typed in files for stage in typed.stages)) or "none"
            problems.append(
                f"no file has a column for {place!r} (stages found: {there}); name its column under [export.columns], "
                f"or take it out of [funnel]."
            )
        elif len(holders) > 1:
            named = " and ".join(typed.export.file for typed in holders)
            problems.append(f"{place!r} is read from {named}; leave it to one of them in [export.columns].")
    if problems:
        raise ExportError(problems)
    leads = held[created][0]
    if leads.key != "lead_id":
        raise ExportError([f"{leads.export.file}: it dates {created!r} but names no lead_id; add a file of leads."])
    deals = [typed for typed in files if typed is not leads]
    for deal in deals:
        if deal.key not in leads.headers.columns:
            problems.append(
                f"{deal.export.file}: nothing joins it to {leads.export.file}, which has no {deal.key}; name that column "
                f"under its [export.columns]."
            )
    if problems:
        raise ExportError(problems)
    return leads, deals


def _one_each(table: ibis.Table, deal: Typed, funnel: Funnel, *, taken: Sequence[str]) -> ibis.Table:
    """One row a key: the first (or last) day of each stage, the sum of amounts, the first of any label."""
    sums: dict[str, Any] = {}
    for name in table.columns:
        if name in taken:
            continue
        if name == "amount":
            sums[name] = table[name].sum()
        elif name in deal.stages:
            sums[name] = table[name].min() if funnel.entry == "first" else table[name].max()
        elif name in deal.headers.columns and name != deal.key:
            sums[name] = table[name].min()
    return table.filter(table[deal.key].notnull()).group_by(deal.key).agg(**sums)


def _journeys(con: Any, joined: ibis.Table, charter: Charter) -> ibis.Table:
    funnel = charter.funnel

    def label(name: str) -> Any:
        return joined[name].fill_null(UNKNOWN) if name in joined.columns else ibis.literal(UNKNOWN)

    days = {place: joined[place] for place in funnel.places}
    if funnel.skipped == "passed":
        for stage, later in reversed(list(zip(funnel.stages, funnel.stages[1:], strict=False))):
            days[stage] = days[stage].fill_null(days[later])
    table = joined.select(
        row=joined[ROW],
        lead_id=joined["lead_id"],
        raw=joined["source"] if "source" in joined.columns else ibis.null("string"),
        owner=label("owner"),
        account_id=joined["account_id"] if "account_id" in joined.columns else ibis.null("string"),
        amount=joined["amount"] if "amount" in joined.columns else ibis.null("float64"),
        **{name: label(name) for name in charter.breakdowns},
        **days,
    )
    listed = ibis.memtable(
        {
            "raw": [*charter.sources, None],
            "source": [*(one.source for one in charter.sources.values()), None],
            "direction": [*(one.direction for one in charter.sources.values()), None],
        },
        schema={"raw": "string", "source": "string", "direction": "string"},
    )
    known = con.create_table("known_sources", listed)
    named = table.left_join(known, "raw")
    return named.select(
        table["row"],
        table["lead_id"],
        source=known["source"].fill_null(UNKNOWN),
        direction=known["direction"].fill_null(UNKNOWN),
        **{name: table[name] for name in table.columns if name not in ("row", "lead_id", "raw")},
    )


def _materialise(con: Any, journeys: ibis.Table, labels: Mapping[str, Any]) -> ibis.Table:
    """Write ``journeys`` once, its labels as numbers into a dictionary: small on disk, and quick to group by.

    ``labels`` tells for each such column where its labels are found. Ibis has no word for DuckDB's ENUM, so its query is
    wrapped, as a syntax tree and not as text.
    """
    query = sqlglot.parse_one(con.compile(journeys), dialect="duckdb")
    columns: list[exp.Expression] = []
    for number, name in enumerate(journeys.columns):
        column: exp.Expression = exp.column(name, quoted=True)
        if name in labels and (known := _labels(labels[name])):
            kind = f"label_{number}"
            listed = ", ".join(exp.Literal.string(label).sql("duckdb") for label in known)
            con.raw_sql(f"CREATE TYPE {kind} AS ENUM ({listed})")
            column = exp.alias_(exp.cast(column, exp.DataType.build(kind, udt=True)), name, quoted=True)
        columns.append(column)
    # Packing ids tightly takes longer than writing them; what is gained by it is only room on disk.
    con.raw_sql("SET disabled_compression_methods = 'dictionary,fsst,dict_fsst,zstd'")
    table = exp.select(*columns).from_(query.subquery("j"))
    con.raw_sql(f"CREATE TABLE journeys AS {table.sql('duckdb')}")
    return con.table("journeys")


def _labels(where: Any) -> list[str] | None:
    """The labels of a column, sorted; None where they are too many to be worth a dictionary."""
    if isinstance(where, ibis.Table):
        found = where.distinct().limit(_MOST_LABELS).to_pyarrow().column(0).to_pylist()
        return sorted({UNKNOWN, *(label for label in found if label is not None)}) if len(found) < _MOST_LABELS else None
    return sorted({UNKNOWN, *where})


def _entries(table: ibis.Table, typed: Typed) -> ibis.Table:
    """The stages of one file stacked: one row an entry, none of them after ``as_of``."""
    stacked = []
    for stage in typed.stages:
        instant = table[at(stage)] if at(stage) in table.columns else ibis.null("timestamp(6)")
        entered = table.filter(table[stage].notnull())
        stacked.append(
            entered.select(
                "lead_id", stage=ibis.literal(stage), at=instant.cast("timestamp(6)"), day=table[stage], exact=instant.notnull()
            )
        )
    return ibis.union(*stacked) if len(stacked) > 1 else stacked[0]


