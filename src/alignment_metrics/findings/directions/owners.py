"""Whether leads of one owner fare more alike than chance would have it, so that owners count and not leads alone."""

from __future__ import annotations

import math
from collections.abc import Mapping

from scipy import special

from alignment_metrics.findings.directions.sides import LEFT, RIGHT
from alignment_metrics.tallies import Cell
from alignment_metrics.values import Clusters

UNLIKE = 0.1
"""The chance below which owners count as unlike: they are few, so a stricter test would overlook those that are."""


def have_a_say(clusters: Clusters, by_chance: float) -> bool:
    """Whether owners count: at least two of either direction are known, and they are unlike.

    Parameters
    ----------
    clusters : Clusters
        Leads by direction and by owner.
    by_chance : float
        What :func:`chance` says of them.

    Notes
    -----
    Asked of all owners, an interval on as few degrees of freedom as there are of them would cost most of what ordinary
    exports show, in which owners are alike. Of made-up exports without any difference, with 12 owners of an intraclass
    correlation of 0.05 and 30 or 150 leads each, so asked 5 to 7% were called different, whether owners had leads of
    one direction or of both, and without owners up to 48%. Of an effect so slight that the test overlooks it, a
    correlation of 0.01, it was 6 to 8%, and 12% with 6 owners.
    """
    most = {
        side: max((n for cell, n in clusters.sizes.items() if cell[0] == side), default=0) for side in (LEFT, RIGHT)
    }
    return min(most.values()) > 1 and by_chance < UNLIKE


def chance(clusters: Clusters, weights: Mapping[Cell, float]) -> float:
    """How likely a weighted sum of rates would scatter so much between clusters, or more, were all leads independent.

    Parameters
    ----------
    clusters : Clusters
        Leads.
    weights : mapping of cell to float
        What each cell's rate is multiplied by.

    Returns
    -------
    float
        The p-value; ``nan`` where no cell has leads of several clusters that fared differently.

    Notes
    -----
    The score test of a variance between clusters: what each cluster has more or less than its cells' rates would give
    it, weighted, squared and added up, against a chi-square with the mean and the variance that this has of independent
    leads (Satterthwaite). An owner who lifts both directions alike adds nothing to their difference, nor to this.

    References
    ----------
    Liang (1987) Biometrika 74:259 (tests of homogeneity); Satterthwaite (1946) Biometrics Bulletin 2:110.
    """
    rate = {cell: counts.hits / counts.total for cell, counts in clusters.cells.items() if counts.total}
    scale: dict[Cell, float] = {}
    alone: dict[Cell, float] = {}
    mean, peaks = [], []
    for cell, weight in weights.items():
        n, p = clusters.cells[cell].total, rate[cell]
        squares = clusters.products[cell, cell].total_total / n**2
        scale[cell] = weight / n
        if n > 1:
            one = scale[cell] ** 2 * p * (1 - p) * n / (n - 1)
            mean.append(one * n * (1 - squares))
            # The rate of a cell is that of its own leads, which takes some of their scatter away.
            alone[cell] = one * math.sqrt(max(0.0, 1 - squares))
            peaks.append(scale[cell] ** 4 * n * p * (1 - p) * (1 - 6 * p * (1 - p)))
    seen, spread = [], []
    for (one_cell, other), sums in clusters.products.items():
        if one_cell not in scale or other not in scale:
            continue
        twice, p, q = 1 if one_cell == other else 2, rate[one_cell], rate[other]
        apart = sums.hits_hits - q * sums.hits_total - p * sums.total_hits + p * q * sums.total_total
        seen.append(twice * scale[one_cell] * scale[other] * apart)
        spread.append(twice * alone.get(one_cell, 0.0) * alone.get(other, 0.0) * sums.total_total)
    expected, variance = math.fsum(mean), 2 * math.fsum(spread) + max(0.0, math.fsum(peaks))
    if not expected > 0 or not variance > 0:
        return math.nan
    return float(special.chdtrc(2 * expected**2 / variance, max(0.0, math.fsum(seen)) * 2 * expected / variance))
