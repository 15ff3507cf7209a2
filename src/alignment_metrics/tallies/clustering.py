"""Counts how leads are spread over accounts or owners, in one query: what leaves it are sums over them, never one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import ibis

from alignment_metrics.charter import ACCOUNT, PERIODS
from alignment_metrics.crm import UNKNOWN, Crm
from alignment_metrics.measures import Measure
from alignment_metrics.tallies.counting import asked, keys_of_leads, labelled, sql
from alignment_metrics.tallies.table import Cell
from alignment_metrics.values import Clusters, Counts, Products

OWNER = "owner"
# What a row of the answer is about: a cell of clusters, a cell of leads alone, two cells, all clusters.
_CELL, _ALONE, _PAIR, _ALL = range(4)


def clusters(crm: Crm, measure: Measure[Counts], *, by: str | Sequence[str] = (), per: str = ACCOUNT) -> Clusters:
    """Count ``measure`` by group, and how the leads of the groups go together by account or owner, in one query.

    Parameters
    ----------
    crm : Crm
    measure : Measure of Counts
        Such as ``Reach("lead", "won", within_days=90)``.
    by : str or sequence of str
        As in ``tally``.
    per : {"account", "owner"}
        What leads may have in common. A lead of which it is not known is a cluster of its own.

    Returns
    -------
    Clusters
        With the cells of ``tally(crm, measure, by=by)``.

    Raises
    ------
    ValueError
        If the funnel has no such stage, leads have no such category, or ``per`` is something else.
    """
    if per not in (ACCOUNT, OWNER):
        raise ValueError(f"leads go together by {ACCOUNT} or by {OWNER}, not by {per!r}; name one of the two.")
    keys = keys_of_leads(crm, by)
    leads, groups = asked(crm, measure, keys)
    sums: dict[str, Any] = measure.sums(leads, crm.charter)
    whole = {name: _wide(sums[name]) for name in ("hits", "total")}
    cluster = leads[per] if per == ACCOUNT else leads[per].nullif(UNKNOWN)
    cells = {f"c{at}": _wide(groups[key]) if key in PERIODS else groups[key] for at, key in enumerate(keys)}
    columns, query = _asked(leads.group_by(cluster=cluster, **cells).agg(**whole), tuple(cells))
    named = zip(columns["total"], *(columns[name] for name in cells), strict=True)
    if any(total and None in labels for total, *labels in named):
        # Journeys of our own name the unknown; where others do not, it must be one group before clusters are counted.
        cells = {name: cell.fill_null(UNKNOWN) if cell.type().is_string() else cell for name, cell in cells.items()}
        columns, query = _asked(leads.group_by(cluster=cluster, **cells).agg(**whole), tuple(cells))
    for place, key in enumerate(keys):
        for side in "cd":
            columns[f"{side}{place}"] = labelled(key, columns[f"{side}{place}"])
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return replace(_read(rows, len(keys)), sql=query)


def _asked(parts: ibis.Table, cells: Sequence[str]) -> tuple[dict[str, list[Any]], str]:
    """All that is asked of the parts of clusters, as one table: counted once and read four times; and the query."""
    told, alone = parts.filter(parts["cluster"].notnull()), parts.filter(parts["cluster"].isnull())
    others = {f"d{place}": told[name] for place, name in enumerate(cells)}
    second = told.select("cluster", **others, more_hits="hits", more="total")
    both = told.inner_join(second, "cluster")
    # Each two once, in whatever order the engine has for labels.
    earlier: Any = ibis.literal(False)
    for cell, other in reversed(list(zip(cells, others, strict=True))):
        earlier = (both[cell] < both[other]) | ((both[cell] == both[other]) & earlier)
    both = both.filter(earlier)
    kinds = {name: parts[name].type() for name in cells}
    kinds |= {name: kinds[cell] for name, cell in zip(others, cells, strict=True)}
    query = ibis.union(
        _rows(_CELL, told, cells, kinds, size=told.count(), **_sums(told), **_products(told, "hits", "total")),
        _rows(_ALONE, alone, cells, kinds, **_sums(alone)),
        _rows(_PAIR, both, (*cells, *others), kinds, **_products(both, "more_hits", "more")),
        _rows(_ALL, told, (), kinds, size=told["cluster"].nunique()),
    )
    table = query.to_pyarrow()
    return {name: table[name].to_pylist() for name in table.column_names}, sql(query)


def _sums(table: ibis.Table) -> dict[str, Any]:
    return {name: table[name].sum() for name in ("hits", "total")}


def _products(table: ibis.Table, hits: str, total: str) -> dict[str, Any]:
    sides = [table["hits"], table["total"]], [table[hits], table[total]]
    return dict(zip(Products._fields, ((one * other).sum() for one in sides[0] for other in sides[1]), strict=True))


def _rows(kind: int, table: ibis.Table, by: Sequence[str], labels: Mapping[str, Any], **sums: Any) -> ibis.Table:
    """The sums by group, with a place for every column of the answer."""
    query = table.group_by(*by).agg(**sums) if by else table.agg(**sums)
    every = {**labels, **dict.fromkeys(("size", "hits", "total", *Products._fields), "int64")}
    columns = {name: query[name] if name in query.columns else ibis.null(of) for name, of in every.items()}
    whole = {name: column if name in labels else _wide(column) for name, column in columns.items()}
    return query.select(kind=ibis.literal(kind, "int8"), **whole)


def _wide(number: Any) -> Any:
    """A count in 64 bits: some engines count in 32, which products do not fit."""
    # Ibis believes that it has 64 already, and would leave a plain cast out.
    return number.cast("uint64").cast("int64")


def _read(rows: Iterable[Mapping[str, Any]], keys: int) -> Clusters:
    counts: dict[Cell, Counts] = {}
    sizes: Counter[Cell] = Counter()
    products: dict[tuple[Cell, Cell], Products] = {}
    told = alone = 0

    def add(one: Cell, other: Cell, more: Products) -> None:
        products[one, other] = products.get((one, other), Products()).plus(more)

    for row in rows:
        kind, size = row["kind"], row["size"]
        one, other = (tuple(row[f"{side}{place}"] for place in range(keys)) for side in "cd")
        if kind == _ALL:
            told = size
        elif kind == _PAIR:
            hits_hits, hits_total, total_hits, total_total = (row[name] or 0 for name in Products._fields)
            if one > other:
                one, other, hits_total, total_hits = other, one, total_hits, hits_total
            if total_total:
                add(one, other, Products(hits_hits, hits_total, total_hits, total_total))
        elif row["total"]:
            hits, total = row["hits"], row["total"]
            counts[one] = counts.get(one, Counts(0, 0)) + Counts(hits, total)
            if kind == _CELL:
                sizes[one] += size
                add(one, one, Products(*(row[name] for name in Products._fields)))
            else:
                # Of one lead alone, the product of its hits and its total is its hits.
                alone += total
                sizes[one] += total
                add(one, one, Products(hits, hits, hits, total))
    return Clusters(
        told + alone, dict(sorted(counts.items())), dict(sorted(sizes.items())), dict(sorted(products.items())), alone
    )
