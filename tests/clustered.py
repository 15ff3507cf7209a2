"""Leads in clusters, one by one, and the sums over clusters that they come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from alignment_metrics.values import Clusters, Counts, Products
from alignment_metrics.values.clusters import Cell

Lead = tuple[str | None, Cell, bool]
"""Its cluster, or None where that is not known; its cell; whether it was a hit."""


def clusters_of(leads: Iterable[Lead]) -> Clusters:
    """The sums over clusters of these leads."""
    held: dict[object, dict[Cell, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    alone = 0
    for place, (cluster, cell, hit) in enumerate(leads):
        alone += cluster is None
        sums = held[place if cluster is None else cluster][cell]
        sums[0] += hit
        sums[1] += 1
    cells: dict[Cell, Counts] = defaultdict(lambda: Counts(0, 0))
    sizes: dict[Cell, int] = defaultdict(int)
    products: dict[tuple[Cell, Cell], Products] = defaultdict(Products)
    for within in held.values():
        for one, (hits, total) in within.items():
            cells[one] += Counts(hits, total)
            sizes[one] += 1
            for two, (others, of) in within.items():
                if one <= two:
                    products[one, two] = products[one, two].plus(
                        Products(hits * others, hits * of, total * others, total * of)
                    )
    return Clusters(len(held), dict(cells), dict(sizes), dict(products), alone)


def clusters_from(hits: np.ndarray, totals: np.ndarray, cells: Iterable[Cell]) -> Clusters:
    """The same of arrays: one row a cluster, one column a cell."""
    names = list(cells)
    hits, totals = hits.astype(int), totals.astype(int)
    kept = totals > 0
    hh, ht, tt = hits.T @ hits, hits.T @ totals, totals.T @ totals
    both = kept.T.astype(int) @ kept.astype(int)
    order = sorted(range(len(names)), key=names.__getitem__)
    return Clusters(
        int(kept.any(axis=1).sum()),
        {names[i]: Counts(int(hits[:, i].sum()), int(totals[:, i].sum())) for i in order},
        {names[i]: int(kept[:, i].sum()) for i in order},
        {
            (names[i], names[j]): Products(int(hh[i, j]), int(ht[i, j]), int(ht[j, i]), int(tt[i, j]))
            for place, i in enumerate(order)
            for j in order[place:]
            if both[i, j]
        },
    )
