"""Many groups at once: whether their rates differ at all, and what a family of tests costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scipy import stats

from alignment_metrics.values import Counts

SMALLEST_EXPECTED = 5.0


def homogeneity(groups: Iterable[Counts]) -> float:
    """The p-value of "all these groups share one rate".

    Pearson's chi-square for a table of ``k`` groups by hit and miss, without continuity correction, on ``k - 1``
    degrees of freedom. Neighbours in the order given are put together until each group is expected to hold at least
    five hits and five misses, for below that the chi-square cannot be relied on (Cochran 1954).

    Parameters
    ----------
    groups : iterable of Counts
        In an order in which neighbours belong together, such as quarters; the order must not depend on the hits.

    Returns
    -------
    float
        ``nan`` where fewer than two groups are left, or every lead is a hit, or none is.

    References
    ----------
    Cochran WG (1954). Some methods for strengthening the common chi-square tests. Biometrics 10:417-451.

    Examples
    --------
    Smokers among lung patients in four studies (Fleiss 1981, p. 139):

    >>> groups = [Counts(83, 86), Counts(90, 93), Counts(129, 136), Counts(70, 82)]
    >>> round(homogeneity(groups), 6)
    0.005585
    """
    groups = [counts for counts in groups if counts.total]
    total = sum(groups, start=Counts(0, 0))
    if not 0 < total.hits < total.total:
        return float("nan")
    pooled = _merged(groups, total)
    if len(pooled) < 2:
        return float("nan")
    share = total.hits / total.total
    chisq = sum((one.hits - one.total * share) ** 2 / (one.total * share * (1 - share)) for one in pooled)
    return float(stats.chi2.sf(chisq, len(pooled) - 1))


def holm(pvalues: Sequence[float]) -> list[float]:
    """P-values adjusted for being several, by Holm's method; a ``nan`` stays one and does not count in the family.

    References
    ----------
    Holm S (1979). A simple sequentially rejective multiple test procedure. Scand J Statist 6:65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    known = sorted((pvalue, place) for place, pvalue in enumerate(pvalues) if pvalue == pvalue)
    adjusted = [float("nan")] * len(pvalues)
    largest = 0.0
    for rank, (pvalue, place) in enumerate(known):
        largest = max(largest, min(1.0, pvalue * (len(known) - rank)))
        adjusted[place] = largest
    return adjusted


def _merged(groups: Sequence[Counts], total: Counts) -> list[Counts]:
    rarer = min(total.hits, total.total - total.hits) / total.total
    merged: list[Counts] = []
    waiting = Counts(0, 0)
    for counts in groups:
        waiting += counts
        # Judged by totals alone: what the groups did must not decide how they are cut.
        if waiting.total * rarer >= SMALLEST_EXPECTED:
            merged.append(waiting)
            waiting = Counts(0, 0)
    if waiting.total and merged:
        merged[-1] += waiting
    return merged
