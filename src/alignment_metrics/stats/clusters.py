"""Rates and differences whose leads come in clusters, such as accounts. Only sums over clusters come in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from scipy import special

from alignment_metrics.stats.gathered import against_the_rest, homogeneous, mean_effect
from alignment_metrics.stats.rates import normal_quantile
from alignment_metrics.stats.spreads import (
    FEW_CLUSTERS,
    Side,
    Spread,
    counts_of,
    design_effect,
    known,
    spread,
    spread_of,
)
from alignment_metrics.values import Clusters, Estimate
from alignment_metrics.values.clusters import Cell

__all__ = [
    "FEW_CLUSTERS",
    "Spread",
    "against_the_rest",
    "clustered",
    "clustered_difference",
    "clustered_pvalue",
    "clustered_rate",
    "design_effect",
    "homogeneous",
    "mean_effect",
    "spread",
]

RAO_SCOTT = "Wilson, Rao-Scott design effect"
ROBUST = "cluster-robust t"
CAUTIOUS = ", counted by effective clusters where a rate is 0 or 1"
UNTOLD = "no interval: all leads of a side are of one cluster"


def clustered_rate(
    clusters: Clusters, cells: Iterable[Cell] | None = None, *, confidence: float = 0.95, method: str = "adjusted"
) -> Estimate:
    """What share of the leads converted, where those of one cluster tend to fare alike.

    Parameters
    ----------
    clusters : Clusters
        Leads.
    cells : iterable of cells, optional
        Those to take together; all of them unless said otherwise.
    confidence : float
        Level of the two-sided interval.
    method : {"adjusted", "rao-scott"}
        Wilson's interval of the hits and leads divided by the design effect ("rao-scott"); or the same with a design
        effect of at least 1 that makes up for what large clusters hide, and Student's quantile for as many clusters as
        there effectively are ("adjusted", after Korn & Graubard), which is what to use with few clusters.

    Returns
    -------
    Estimate
        A share of 1, ``hits`` and ``n`` as counted. Where no lead was a hit, or each was, clusters cannot show how
        alike their leads are: the interval is then that of one lead for each effective cluster. With fewer than two
        clusters it reaches from 0 to 1.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1, a cell is not there, or the method is unknown.

    Notes
    -----
    In simulations of 100 accounts of 1 to 10 leads, of 15% and an intraclass correlation of 0.2, "rao-scott" and
    "adjusted" covered 95% where Wilson's interval of independent leads covered 82%; with 30 accounts 93% and 94%, with
    15 accounts 91% and 95%, with 8 accounts 90% and 98%. Of rates of a few percent in clusters of very different size
    both cover less, down to 90% with 30 clusters.

    References
    ----------
    Rao & Scott (1992) Biometrics 48:577; Korn & Graubard (1998) Survey Methodology 24:193.
    """
    if method not in ("adjusted", "rao-scott"):
        raise ValueError(f"unknown method {method!r} for a clustered rate; choose one of adjusted, rao-scott.")
    z = normal_quantile(confidence)
    side = known(clusters, clusters.cells if cells is None else cells)
    counts = counts_of(clusters, side)
    if not counts.total:
        return Estimate(math.nan, 0.0, 1.0, 0, "share", RAO_SCOTT, confidence, hits=0)
    told = spread_of(clusters, [(1.0, side)])
    if math.isnan(told.variance):
        return Estimate(told.value, 0.0, 1.0, counts.total, "share", UNTOLD, confidence, hits=counts.hits)
    quantile, effect, name = z, told.effect, RAO_SCOTT
    if counts.hits in (0, counts.total):
        effect, name = counts.total / told.effective_clusters, RAO_SCOTT + CAUTIOUS
    elif method == "adjusted":
        effect = max(1.0, told.cautious * counts.total / (told.value * (1 - told.value)))
    if method == "adjusted":
        quantile = _student(told, confidence)
    low, high = _wilson(told.value, counts.total / effect, quantile)
    return Estimate(told.value, low, high, counts.total, "share", name, confidence, hits=counts.hits)


def clustered_difference(
    clusters: Clusters, left: Iterable[Cell], right: Iterable[Cell], *, confidence: float = 0.95
) -> Estimate:
    """How far the left rate lies from the right one, where leads of one cluster, on either side, tend to fare alike.

    Parameters
    ----------
    clusters : Clusters
        Leads of both sides. A cluster may hold leads of both.
    left, right : iterable of cells
        The cells that make up each side, which share none.
    confidence : float
        Level of the two-sided interval.

    Returns
    -------
    Estimate
        A difference in shares of 1, its interval as in :func:`clustered`; from -1 to 1 where all leads of a side are
        of one cluster. Against an empty side: ``nan`` between -1 and 1.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1, or a cell is not there or on both sides.
    """
    normal_quantile(confidence)
    sides = [(1.0, known(clusters, left)), (-1.0, known(clusters, right))]
    if shared := set(sides[0][1]) & set(sides[1][1]):
        raise ValueError(f"the sides of a difference share no leads; {min(shared)!r} is on both.")
    return _interval(clusters, sides, "difference", confidence)


def clustered_pvalue(clusters: Clusters, left: Iterable[Cell], right: Iterable[Cell]) -> float:
    """The p-value that goes with :func:`clustered_difference`: its intervals below one less it leave out nought.

    Parameters
    ----------
    clusters : Clusters
        Leads of both sides. A cluster may hold leads of both.
    left, right : iterable of cells
        The cells that make up each side, which share none.

    Returns
    -------
    float
        Of Student's t, two-sided. 1 where the difference is nought, ``nan`` where there is none, or no interval.

    Raises
    ------
    ValueError
        If a cell is not there or on both sides.
    """
    sides = tuple(left), tuple(right)
    one = clustered_difference(clusters, *sides)
    if math.isnan(one.value) or one.method == UNTOLD:
        return math.nan
    if one.value == 0:
        return 1.0
    if not one.method.endswith(CAUTIOUS):
        told = spread_of(clusters, [(1.0, known(clusters, sides[0])), (-1.0, known(clusters, sides[1]))])
        return (
            2 * float(special.stdtr(_degrees(told), -abs(one.value) / math.sqrt(told.cautious)))
            if told.cautious
            else 0.0
        )
    # The limits then hold more than an error: the level at which they reach nought is looked for.
    low, high = 1e-12, 1 - 1e-12
    for _ in range(40):
        middle = (low + high) / 2
        found = clustered_difference(clusters, *sides, confidence=1 - middle)
        low, high = (low, middle) if found.low > 0 or found.high < 0 else (middle, high)
    return high


def clustered(clusters: Clusters, weights: Mapping[Cell, float], *, confidence: float = 0.95) -> Estimate:
    """The weighted sum of the cells' rates, such as a standardised difference, where clusters tend to fare alike.

    Parameters
    ----------
    clusters : Clusters
        Leads. A cluster may hold leads of several cells.
    weights : mapping of cell to float
        What each cell's rate is multiplied by; those of a difference add up to nought.
    confidence : float
        Level of the two-sided interval.

    Returns
    -------
    Estimate
        In shares of 1. Where a cell with a weight is empty: ``nan``, and the widest interval there is. The same
        interval where all leads of a side, the cells with weights of one sign, are of one cluster, or those of each of
        its cells are: what other clusters would have done cannot be told.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1, or a cell is not there.

    Notes
    -----
    The interval is Student's, with the cautious variance of :class:`Spread` and one degree of freedom fewer than the
    side that has fewest has effective clusters. A cell of which none or all were hits would add nothing to the
    variance, as if its rate were known; it adds the reach of the Wilson limits of one lead for each effective cluster,
    to the side they lie on. The weights are taken as given: that the mix they came from was itself a sample is not in
    the interval. In the simulations of :func:`clustered_rate` a difference of two sides that share accounts was covered
    in 95 to 99%; where each account is on one side only, in 95 to 96% with a hundred a side, in 98% with twelve, in 99%
    with five, and in 98% or more where one account is many times as large as the others.

    References
    ----------
    Liang & Zeger (1986) Biometrika 73:13; Cameron & Miller (2015) Journal of Human Resources 50:317; Carter, Schnepel
    & Steigerwald (2017) Review of Economics and Statistics 99:698 (effective clusters).
    """
    normal_quantile(confidence)
    sides = [(weight, known(clusters, (cell,))) for cell, weight in sorted(weights.items()) if weight]
    unit = "difference" if any(weight < 0 for weight, _ in sides) else "share"
    return _interval(clusters, sides, unit, confidence)


def _interval(clusters: Clusters, sides: Sequence[Side], unit: str, confidence: float) -> Estimate:
    least = math.fsum(min(0.0, weight) for weight, _ in sides)
    most = math.fsum(max(0.0, weight) for weight, _ in sides)
    if not all(counts_of(clusters, side).total for _, side in sides):
        return Estimate(math.nan, least, most, 0, unit, ROBUST, confidence)
    told = spread_of(clusters, sides)
    if math.isnan(told.variance):
        return Estimate(told.value, least, most, told.n, unit, UNTOLD, confidence)
    quantile, name = _student(told, confidence), ROBUST
    down = up = quantile**2 * told.cautious
    for weight, side in sides:
        counts = counts_of(clusters, side)
        if counts.hits in (0, counts.total):
            alone = spread_of(clusters, [(1.0, side)])
            low, high = _wilson(alone.value, alone.effective_clusters, quantile)
            reach = (weight * (high - low)) ** 2
            # A rate of 0 can only be higher: a positive weight then moves the sum up.
            if (weight > 0) == (counts.hits == 0):
                up += reach
            else:
                down += reach
            name = ROBUST + CAUTIOUS
    low, high = max(least, told.value - math.sqrt(down)), min(most, told.value + math.sqrt(up))
    return Estimate(told.value, low, high, told.n, unit, name, confidence)


def _student(told: Spread, confidence: float) -> float:
    return float(special.stdtrit(_degrees(told), (1 + confidence) / 2))


def _degrees(told: Spread) -> float:
    return max(1.0, min(float(told.clusters), told.effective_clusters) - 1)


def _wilson(share: float, n: float, quantile: float) -> tuple[float, float]:
    square = quantile * quantile
    reach = 2 * n * share + square + quantile * math.sqrt(square + 4 * n * share * (1 - share))
    return 2 * n * share * share / reach, 1.0 if share == 1 else min(1.0, reach / (2 * (n + square)))
