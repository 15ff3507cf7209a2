"""How much leads that come in clusters scatter, worked out in whole numbers from the sums over clusters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from alignment_metrics.values import Clusters, Counts, Products
from alignment_metrics.values.clusters import Cell

FEW_CLUSTERS = 40
"""Effective clusters below which a cluster-robust interval is worth a warning (Angrist & Pischke 2009, chapter 8)."""
Side = tuple[float, tuple[Cell, ...]]
"""Cells that are taken together, and what their rate is multiplied by."""
NOTHING_SEEN = 1e-9
"""The share of a side's variance below which its clusters show none of it but for rounding."""
_NOTHING = Products()


@dataclass(frozen=True, slots=True)
class Spread:
    """How much less leads that come in clusters can tell than as many that come one by one.

    Parameters
    ----------
    value : float
        The rate, the difference or the weighted sum of rates that all this is about.
    variance : float
        Cluster-robust (Liang & Zeger 1986), with the small-sample factor ``G / (G - 1) * (n - 1) / (n - k)`` of ``G``
        clusters, ``n`` leads and ``k`` rates. ``nan`` where all leads of a side, or of each of its rates, are of one
        cluster: that cluster lies at its own rate, whatever another one would have done. A side are the rates with
        weights of one sign.
    effect : float
        The design effect: that variance, divided by the one of leads that are independent. ``nan`` where the latter is
        nought. Of a difference never below 1 with fewer than ``FEW_CLUSTERS`` effective clusters, for so few cannot
        show that leads of one cluster are less alike than others.
    n : int
        Leads.
    clusters : int
        Clusters that hold them; where cells were put together that some clusters hold several of, the fewest it can be.
    effective_clusters : float
        How many clusters of equal size would tell as much of the variance of the side that has fewest: Satterthwaite's
        degrees of freedom were the leads independent, which for one rate is ``(sum n)**2 / sum n**2``.
    cautious : float
        The variance that intervals rest on, never below the other: a large cluster pulls the rate to where it lies
        itself, which hides how far off it is. Made up for as if the leads of a cluster all fared alike, and all of a
        rate's clusters but one were of equal size, which hides most.
    """

    value: float
    variance: float
    effect: float
    n: int
    clusters: int
    effective_clusters: float
    cautious: float

    @property
    def error(self) -> float:
        """The cluster-robust standard error."""
        return math.sqrt(self.variance)

    @property
    def effective_n(self) -> float:
        """How many independent leads would tell as much."""
        return self.n / self.effect if self.effect else math.nan


def design_effect(
    clusters: Clusters, left: Iterable[Cell] | None = None, right: Iterable[Cell] | None = None
) -> Spread:
    """How much clustering widens the interval of a rate, or of a difference where ``right`` is given as well.

    Parameters
    ----------
    clusters : Clusters
        Leads.
    left, right : iterable of cells, optional
        The cells that make up each side; ``left`` is all of them unless said otherwise.

    Raises
    ------
    ValueError
        If a cell is not there.
    """
    sides = [(1.0, known(clusters, clusters.cells if left is None else left))]
    if right is not None:
        sides.append((-1.0, known(clusters, right)))
    return spread_of(clusters, sides)


def spread(clusters: Clusters, weights: Mapping[Cell, float]) -> Spread:
    """The same of a weighted sum of the cells' rates."""
    return spread_of(
        clusters, [(weight, known(clusters, (cell,))) for cell, weight in sorted(weights.items()) if weight]
    )


def spread_of(clusters: Clusters, sides: Sequence[Side]) -> Spread:
    """The spread of a weighted sum of the rates of these sides."""
    every = [(weight, side, counts_of(clusters, side)) for weight, side in sides]
    n = sum(counts.total for _, _, counts in every)
    held = _held(clusters, [cell for _, side, _ in every for cell in side])
    if not every or not all(counts.total for _, _, counts in every):
        return Spread(math.nan, math.nan, math.nan, n, held, math.nan, math.nan)
    value = math.fsum(weight * counts.hits / counts.total for weight, _, counts in every)
    products = _products(clusters, [side for _, side, _ in every])
    factor = held / (held - 1) * (n - 1) / (n - len(every)) if held > 1 and n > len(every) else math.nan
    signs = [[i for i, (weight, _, _) in enumerate(every) if (weight > 0) == positive] for positive in (True, False)]
    halves = [_half(clusters, every, products, places) for places in signs if places]
    hides = {i: max(factor, half.hides) for half in halves for i in half.places}
    robust: list[float] = []
    cautious: list[float] = []
    for (i, j), sums in products.items():
        weight, _, counts = every[i]
        other_weight, _, other = every[j]
        # Whole numbers up to here: the products of large clusters would cancel to noise in floats.
        together = Fraction(
            counts.total * other.total * sums.hits_hits
            - other.hits * counts.total * sums.hits_total
            - counts.hits * other.total * sums.total_hits
            + counts.hits * other.hits * sums.total_total,
            counts.total**2 * other.total**2,
        )
        robust.append(weight * other_weight * float(together))
        cautious.append(robust[-1] * math.sqrt(hides[i] * hides[j]))
    # Without the rounding one cluster would be 0.9999999999999998, and told as none.
    effective = max(1.0, round(min(half.effective for half in halves), 9))
    if not all(map(math.isfinite, hides.values())):
        return Spread(value, math.nan, math.nan, n, held, effective, math.nan)
    variance = max(0.0, math.fsum(robust)) * factor
    alone = math.fsum(_share(weight, counts) * counts.total for weight, _, counts in every)
    effect = variance / alone if alone else math.nan
    if len(halves) > 1 and effective < FEW_CLUSTERS and alone:
        effect = max(1.0, effect)
    return Spread(value, variance, effect, n, held, effective, max(variance, math.fsum(cautious)))


@dataclass(frozen=True, slots=True)
class _Half:
    """The rates with weights of one sign: how many clusters they have, and what these hide of their variance."""

    places: Sequence[int]
    effective: float
    hides: float


def _half(
    clusters: Clusters,
    every: Sequence[tuple[float, tuple[Cell, ...], Counts]],
    products: Mapping[tuple[int, int], Products],
    places: Sequence[int],
) -> _Half:
    own = [every[i] for i in places]
    shares = {i: _share(weight, counts) for i, (weight, _, counts) in zip(places, own, strict=True)}
    alone = math.fsum(share * every[i][2].total for i, share in shares.items())
    together = math.fsum(
        shares[i] * shares[j] * sums.total_total for (i, j), sums in products.items() if i in shares and j in shares
    )
    spread_out, seen = [], []
    for i, (weight, side, counts) in zip(places, own, strict=True):
        squares = products[i, i].total_total / counts.total**2
        # The more clusters there may be, the larger is the one of them that these squares would come from.
        cubes = _cubes(squares, min(clusters.n, sum(clusters.sizes.get(cell, 0) for cell in side)))
        # Where no rate of this sign has any variance, all count alike.
        weighs = shares[i] * counts.total**2 if alone else weight**2
        spread_out.append(weighs * squares)
        seen.append(weighs * (squares - 2 * cubes + squares**2))
    whole, part = math.fsum(spread_out), math.fsum(seen)
    hides = whole / part if part > NOTHING_SEEN * whole else math.inf
    return _Half(places, alone**2 / together if together else _evenly(clusters, own), hides)


def _cubes(squares: float, clusters: int) -> float:
    """The most that the cubes of shares of 1 add up to, given their squares: one is large and all others are equal."""
    # At the least as many clusters as would give these squares, were they all equal.
    n = max(float(clusters), 1 / squares)
    if n <= 1:
        return 1.0
    large = 1 / n + math.sqrt(max(0.0, squares - 1 / n) * (n - 1) / n)
    return large**3 + (1 - large) ** 3 / (n - 1) ** 2


def _share(weight: float, counts: Counts) -> float:
    """What one lead adds to the variance of the weighted sum, were leads independent."""
    return weight**2 * counts.hits * (counts.total - counts.hits) / counts.total**4


def _evenly(clusters: Clusters, every: Sequence[tuple[float, tuple[Cell, ...], Counts]]) -> float:
    """Effective clusters where no rate has any variance: those of the side that has fewest."""
    return min(counts.total**2 / _products(clusters, [side])[0, 0].total_total for _, side, counts in every)


def _products(clusters: Clusters, sides: Sequence[Sequence[Cell]]) -> dict[tuple[int, int], Products]:
    """The products of any two sides, whichever comes first; two that no cluster holds both of are missing."""
    place = {cell: i for i, side in enumerate(sides) for cell in side}
    found: dict[tuple[int, int], Products] = {}
    for (one, two), kept in clusters.products.items():
        if one in place and two in place:
            i, j = place[one], place[two]
            found[i, j] = found.get((i, j), _NOTHING).plus(kept)
            if one != two:
                turned = Products(kept.hits_hits, kept.total_hits, kept.hits_total, kept.total_total)
                found[j, i] = found.get((j, i), _NOTHING).plus(turned)
    return found


def _held(clusters: Clusters, cells: Sequence[Cell]) -> int:
    """Clusters that hold any of the cells: as many as there are at the least, where that is all that can be told."""
    taken = {cell for cell in cells if clusters.sizes.get(cell)}
    if taken == {cell for cell, size in clusters.sizes.items() if size}:
        return clusters.n
    neighbours: dict[Cell, set[Cell]] = {cell: set() for cell in taken}
    for one, two in clusters.products:
        if one in taken and two in taken:
            neighbours[one].add(two)
            neighbours[two].add(one)
    found = 0
    while taken:
        reached, edge = set(), {taken.pop()}
        while edge:
            reached |= edge
            edge = {cell for one in edge for cell in neighbours[one]} - reached
        taken -= reached
        # No cluster is in two such parts, and each part has as many as its largest cell.
        found += max(clusters.sizes[cell] for cell in reached)
    return found


def counts_of(clusters: Clusters, side: Sequence[Cell]) -> Counts:
    """All leads of the cells."""
    return sum((clusters.cells[cell] for cell in side), start=Counts(0, 0))


def known(clusters: Clusters, cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """The cells in order, each once; a ``ValueError`` where one is not there."""
    taken = tuple(sorted(set(cells)))
    for cell in taken:
        if cell not in clusters.cells:
            raise ValueError(f"no cell {cell!r} among the clusters; there are {len(clusters.cells)} cells.")
    return taken
