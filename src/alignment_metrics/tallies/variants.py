"""Counts the same leads for every definition that two teams may have of a conversion."""

from __future__ import annotations

from collections import Counter

import ibis

from alignment_metrics.crm import Crm
from alignment_metrics.definitions import ALONE, Variants, coded, implies_entries, needs_entries, other_entries
from alignment_metrics.tallies.counting import sql


def variants(crm: Crm) -> tuple[Variants, tuple[str, ...]]:
    """Leads and accounts by the definitions they count for, and the queries that found it.

    One query for the leads, and one for their accounts where the export tells any. Only where a lead may have entered a
    stage more than once are the entries read again.

    Parameters
    ----------
    crm : Crm

    Returns
    -------
    Variants, tuple of str
    """
    others = _near(other_entries(crm), crm.journeys) if needs_entries(crm) else None
    if others is not None and not implies_entries(crm.charter) and not _any(others.filter(others["again"])):
        # Nobody entered a stage twice, so the journeys hold it all, and the queries are the same in every layout.
        others = None
    leads, entries = coded(crm, others)
    codes = [f"code_{place}" for place in range(len(entries))]
    query = leads.group_by(codes).agg(n=leads.count())
    found, queries = _cells(query, codes), [sql(query)]
    accounts = Counter({cell: n for cell, n in found.items() if cell[0] >> ALONE & 1})
    if len(accounts) < len(found):
        owned = leads.filter(leads["account"].notnull())
        each = owned.group_by("account").agg(**{code: owned[code].bit_or() for code in codes})
        query = each.group_by(codes).agg(n=each.count())
        accounts.update(_cells(query, codes))
        queries.append(sql(query))
    return Variants(entries, found, dict(accounts)), tuple(queries)


def _cells(query: ibis.Table, codes: list[str]) -> dict[tuple[int, ...], int]:
    table = query.to_pyarrow()
    cells = zip(*(table[code].to_pylist() for code in codes), strict=True)
    return dict(sorted(zip(cells, table["n"].to_pylist(), strict=True)))


def _any(table: ibis.Table) -> bool:
    return bool(table.limit(1).count().to_pyarrow().as_py())


def _near(table: ibis.Table, other: ibis.Table) -> ibis.Table:
    """The table in the engine of the other one: what the files told of each lead may lie elsewhere than its journey."""
    if table.get_backend() is other.get_backend():
        return table
    return ibis.memtable(table.to_pyarrow())
