"""Leads that belong together, such as those of one account: the sums over clusters that an honest interval needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from alignment_metrics.values.sums import Counts

Cell = tuple[str, ...]


class Products(NamedTuple):
    """Sums over clusters of products of what two cells hold of one: ``first`` times ``second``."""

    hits_hits: int = 0
    hits_total: int = 0
    total_hits: int = 0
    total_total: int = 0

    def plus(self, other: Products) -> Products:
        return Products(*(one + more for one, more in zip(self, other, strict=True)))


@dataclass(frozen=True, slots=True)
class Clusters:
    """How leads are spread over clusters: all that the variance of a sum over clusters rests on.

    Parameters
    ----------
    n : int
        Clusters that hold a lead. One whose cluster is not known is a cluster of its own.
    cells : mapping of cell to Counts
        The leads of each cell, whichever cluster they are of. A cell is the labels of the keys they were counted by.
    sizes : mapping of cell to int
        Clusters that hold a lead of the cell.
    products : mapping of (cell, cell) to Products
        Over all clusters, what each holds of the first cell times what it holds of the second. Only pairs in sorted
        order that some cluster holds both of; a pair that is missing is nought.
    alone : int
        Leads whose cluster is not known.
    sql : str
        The query that counted them; no part of what they are.

    Notes
    -----
    Two add where no cluster is in both.
    """

    n: int
    cells: Mapping[Cell, Counts]
    sizes: Mapping[Cell, int]
    products: Mapping[tuple[Cell, Cell], Products]
    alone: int = 0
    sql: str = field(default="", repr=False, compare=False)

    def __add__(self, other: Clusters) -> Clusters:
        if not isinstance(other, Clusters):
            return NotImplemented
        nobody, nothing = Counts(0, 0), Products()
        every = sorted({*self.cells, *other.cells})
        pairs = sorted({*self.products, *other.products})
        return Clusters(
            self.n + other.n,
            {cell: self.cells.get(cell, nobody) + other.cells.get(cell, nobody) for cell in every},
            {cell: self.sizes.get(cell, 0) + other.sizes.get(cell, 0) for cell in every},
            {pair: self.products.get(pair, nothing).plus(other.products.get(pair, nothing)) for pair in pairs},
            self.alone + other.alone,
        )
