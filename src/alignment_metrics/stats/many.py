"""Many groups at once: whether their rates differ at all, and what a family of tests or intervals costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import accumulate

from scipy import stats

from alignment_metrics.stats.rates import normal_quantile, rate
from alignment_metrics.values import Counts, Estimate

SMALLEST_EXPECTED = 5.0
SIDAK = "Wilson, simultaneous (Šidák)"
GOODMAN = "Goodman, simultaneous"


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


def adjust(pvalues: Sequence[float], method: str = "holm") -> list[float]:
    """P-values adjusted for being several; a ``nan`` stays one and does not count in the family.

    Parameters
    ----------
    pvalues : sequence of float
        The family, in any order.
    method : {"holm", "hochberg", "bonferroni", "benjamini-hochberg", "benjamini-yekutieli"}
        The first three bound the chance of any false alarm: Holm's and Bonferroni's however the tests hang together,
        Hochberg's where they are independent or positively dependent. The last two bound the expected share of false
        alarms among the alarms: Benjamini and Hochberg's under the same proviso, Benjamini and Yekutieli's always.

    Returns
    -------
    list of float
        In the order given, each at most 1.

    Raises
    ------
    ValueError
        If the method is unknown, or a p-value does not lie between 0 and 1.

    References
    ----------
    Holm (1979) Scandinavian Journal of Statistics 6:65; Hochberg (1988) Biometrika 75:800; Benjamini & Hochberg (1995)
    JRSS B 57:289; Benjamini & Yekutieli (2001) Annals of Statistics 29:1165.

    Examples
    --------
    Four of the fifteen comparisons of Benjamini and Hochberg (1995), section 3.2, hold at 5%:

    >>> family = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459,
    ...           0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]
    >>> sum(pvalue <= 0.05 for pvalue in adjust(family, "benjamini-hochberg"))
    4
    """
    if method not in _ADJUSTMENTS:
        raise ValueError(f"unknown method {method!r} to adjust p-values; choose one of {', '.join(_ADJUSTMENTS)}.")
    for pvalue in pvalues:
        if pvalue < 0 or pvalue > 1:
            raise ValueError(f"a p-value must lie between 0 and 1; got {pvalue!r}.")
    known = sorted((pvalue, place) for place, pvalue in enumerate(pvalues) if not math.isnan(pvalue))
    adjusted = [math.nan] * len(pvalues)
    for (_, place), value in zip(known, _ADJUSTMENTS[method]([pvalue for pvalue, _ in known]), strict=True):
        adjusted[place] = min(1.0, value)
    return adjusted


def holm(pvalues: Sequence[float]) -> list[float]:
    """P-values adjusted for being several, by Holm's method; a ``nan`` stays one and does not count in the family.

    References
    ----------
    Holm (1979) Scandinavian Journal of Statistics 6:65.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    return adjust(pvalues, "holm")


def simultaneous(groups: Sequence[Counts], *, confidence: float = 0.95) -> list[Estimate]:
    """The rate of each group, with intervals that hold the truth of all of them at once.

    Parameters
    ----------
    groups : sequence of Counts
        Groups that share no lead.
    confidence : float
        That every interval holds its truth.

    Returns
    -------
    list of Estimate
        In the order given. Wilson's interval at level ``confidence ** (1 / K)`` of ``K`` groups with leads; an empty
        group takes no part, its rate is ``nan`` between 0 and 1.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1.

    References
    ----------
    Šidák (1967) JASA 62:626; Wilson (1927) JASA 22:209.

    Examples
    --------
    By R's prop.test at level 0.95^(1/4):

    >>> print(simultaneous([Counts(12, 100), Counts(30, 310), Counts(5, 80), Counts(60, 420)])[0])
    12.0% [6.1%, 22.4%]
    """
    normal_quantile(confidence)
    family = max(1, sum(counts.total > 0 for counts in groups))
    each = [rate(counts, confidence=confidence ** (1 / family)) for counts in groups]
    return [replace(one, method=SIDAK, confidence=confidence) for one in each]


def shares(parts: Sequence[int], *, confidence: float = 0.95) -> list[Estimate]:
    """What share of the whole each part is, with intervals that hold all the true shares at once.

    Parameters
    ----------
    parts : sequence of int
        How many of the whole, such as of all won leads, are of each kind.
    confidence : float
        That every interval holds its truth.

    Returns
    -------
    list of Estimate
        In the order given, by Goodman's intervals; ``hits`` the part, ``n`` the whole. Of an empty whole: ``nan``
        between 0 and 1. A single part is the whole: 1, from 1 to 1.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1, or a part is negative.

    Notes
    -----
    Each interval is the score interval with the chi-square quantile of level ``1 - (1 - confidence) / K`` on 1 degree
    of freedom, ``K`` the number of parts: Bonferroni's inequality, so that together they hold at least as often as they
    say, as far as the normal approximation goes.

    References
    ----------
    Goodman (1965) Technometrics 7:247.

    Examples
    --------
    >>> print(shares([56, 72, 73, 59])[0])
    21.5% [15.9%, 28.5%]
    """
    normal_quantile(confidence)
    if any(part < 0 for part in parts):
        raise ValueError(f"a part cannot hold fewer than no leads; got {min(parts)}.")
    whole, level = sum(parts), 1 - (1 - confidence) / max(1, len(parts))
    found = []
    for part in parts:
        one = rate(Counts(part, whole), confidence=level)
        if len(parts) == 1 and whole:
            one = replace(one, low=1.0, high=1.0)
        found.append(replace(one, method=GOODMAN, confidence=confidence))
    return found


def _step_down(pvalues: list[float]) -> list[float]:
    return list(accumulate((p * (len(pvalues) - rank) for rank, p in enumerate(pvalues)), max))


def _step_up(pvalues: list[float], factors: Sequence[float]) -> list[float]:
    scaled = [p * factor for p, factor in zip(pvalues, factors, strict=True)]
    return list(accumulate(reversed(scaled), min))[::-1]


def _hochberg(pvalues: list[float]) -> list[float]:
    return _step_up(pvalues, [float(len(pvalues) - rank) for rank in range(len(pvalues))])


def _benjamini_hochberg(pvalues: list[float]) -> list[float]:
    return _step_up(pvalues, [len(pvalues) / rank for rank in range(1, len(pvalues) + 1)])


def _benjamini_yekutieli(pvalues: list[float]) -> list[float]:
    harmonic = math.fsum(1 / rank for rank in range(1, len(pvalues) + 1))
    return _step_up(pvalues, [harmonic * len(pvalues) / rank for rank in range(1, len(pvalues) + 1)])


_ADJUSTMENTS: dict[str, Callable[[list[float]], list[float]]] = {
    "holm": _step_down,
    "hochberg": _hochberg,
    "bonferroni": lambda pvalues: [p * len(pvalues) for p in pvalues],
    "benjamini-hochberg": _benjamini_hochberg,
    "benjamini-yekutieli": _benjamini_yekutieli,
}


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
