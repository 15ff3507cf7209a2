"""Rates of conversion and the difference between two of them. Only counts come in: a lead is never seen here."""

from __future__ import annotations

import math

from alignment_metrics.stats.differences import difference, log_ratio
from alignment_metrics.stats.exact import binomial, fisher
from alignment_metrics.stats.intervals import INTERVALS
from alignment_metrics.stats.intervals import normal_quantile as normal_quantile
from alignment_metrics.stats.scores import Score
from alignment_metrics.values import Comparison, Countable, Counts, Estimate

ASSUMPTIONS = (
    "Each lead counts once and converts independently of the others.",
    "Leads were not assigned to the groups at random, so a difference is an association and no proof of a cause.",
)
SMALLEST_EXPECTED = 5
"""Expected leads a cell must have before the chi-square approximation is trusted (Cochran 1954, Biometrics 10:417)."""


def rate(counts: Countable, *, confidence: float = 0.95, method: str = "wilson") -> Estimate:
    """What share of the leads converted, and between which limits the true share plausibly lies.

    Parameters
    ----------
    counts : Counts or Tally
        Leads.
    confidence : float
        Level of the two-sided interval.
    method : {"wilson", "wilson-cc", "clopper-pearson", "mid-p", "jeffreys", "agresti-coull"}
        Wilson's score interval; the same with a continuity correction, 0 where nothing was hit and 1 where everything
        was; the exact interval, which never covers less than promised; the exact one that counts half of the
        probability of what was seen; the equal-tailed Jeffreys interval, closed at 0 where nothing was hit and at 1
        where everything was; or Agresti and Coull's, whose limits may pass 0 and 1.

    Returns
    -------
    Estimate
        A share of 1. Of an empty group: ``nan`` between 0 and 1.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1, or the method is unknown.

    References
    ----------
    Wilson (1927) JASA 22:209; Clopper & Pearson (1934) Biometrika 26:404; Newcombe (1998) Statistics in Medicine
    17:857; Agresti & Coull (1998) The American Statistician 52:119; Brown, Cai & DasGupta (2001) Statistical Science
    16:101.

    Examples
    --------
    Newcombe (1998) Statistics in Medicine 17:857, table I:

    >>> print(rate(Counts(81, 263)))
    30.8% [25.5%, 36.6%]
    """
    if method not in INTERVALS:
        raise ValueError(f"unknown method {method!r} for a rate; choose one of {', '.join(INTERVALS)}.")
    name, interval = INTERVALS[method]
    normal_quantile(confidence)
    group = counts.counts()
    if group.total == 0:
        return Estimate(math.nan, 0.0, 1.0, 0, "share", name, confidence, hits=0)
    low, high = interval(group, confidence)
    return Estimate(group.hits / group.total, low, high, group.total, "share", name, confidence, hits=group.hits)


def against(counts: Countable, target: float, *, method: str = "exact") -> Score:
    """How often chance alone would part a rate as much from a target that is known, such as a promise.

    Parameters
    ----------
    counts : Counts or Tally
        Leads.
    target : float
        A share of 1 that is no estimate: what others measured on a few leads is none.
    method : {"exact", "score"}
        The probability of all outcomes no likelier than the one seen, or the normal approximation.

    Returns
    -------
    Score
        ``z``, by either method, is the standard errors under the target by which the rate lies above it; ``pvalue`` is
        two-sided. Of an empty group both are ``nan``.

    Raises
    ------
    ValueError
        If the target is not between 0 and 1, or the method is unknown.

    Examples
    --------
    682 of 925 plants against Mendel's three quarters, Conover (1971) Practical Nonparametric Statistics, page 97:

    >>> round(against(Counts(682, 925), 0.75).pvalue, 4)
    0.3825
    """
    names = {"exact": "exact binomial test", "score": "score test"}
    if method not in names:
        raise ValueError(f"unknown method {method!r} for a target; choose one of {', '.join(names)}.")
    if not 0 < target < 1:
        raise ValueError(f"a target must lie between 0 and 1, both excluded; got {target!r}, for 75% say 0.75.")
    group = counts.counts()
    if not group.total:
        return Score(math.nan, math.nan, names[method], 0)
    z = (group.hits - group.total * target) / math.sqrt(group.total * target * (1 - target))
    pvalue = binomial(group, target) if method == "exact" else math.erfc(abs(z) / math.sqrt(2))
    return Score(z, pvalue, names[method], group.total)


def compare(left: Countable, right: Countable, *, confidence: float = 0.95) -> Comparison:
    """How far the left group's rate lies from the right group's, and how often chance alone would part them as much.

    Parameters
    ----------
    left, right : Counts or Tally
        Leads of two groups that share none.
    confidence : float
        Level of every two-sided interval.

    Returns
    -------
    Comparison
        ``difference`` in shares of 1, by Newcombe's hybrid score (his method 10). ``ratio`` by Koopman's score, which
        needs no cell filled: of 0 hits against some it is 0, of some against 0 it is infinite, of 0 against 0 unknown.
        ``pvalue`` is two-sided: the pooled score z (Pearson's chi-square, uncorrected) where each of the four cells
        expects at least 5 leads, Fisher's exact test elsewhere. Against an empty group all three are ``nan``, the
        difference between -1 and 1 and the ratio between 0 and infinity.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1.

    Notes
    -----
    ``compare(a, b)`` is ``-compare(b, a)``, bit for bit: each upper limit is the lower one of the swapped groups,
    negated. Koopman's interval leaves out 1 exactly where the score test rejects at the same level, Newcombe's
    interval leaves out 0 nearly so; Fisher's test is more cautious than either.

    References
    ----------
    Newcombe (1998) Statistics in Medicine 17:873; Koopman (1984) Biometrics 40:513; Fisher (1935) JRSS 98:39.

    Examples
    --------
    7 of 34 against 1 of 34, Fagerland, Lydersen & Laake (2017) Statistical Analysis of Contingency Tables, chapter 4:

    >>> perondi = compare(Counts(7, 34), Counts(1, 34))
    >>> print(perondi.difference)
    +17.6 points [+1.9 points, +34.0 points]
    >>> print(perondi.ratio)
    7.00 [1.22, 42.58]
    """
    one, other = left.counts(), right.counts()
    pvalue, method = chance_alone(one, other)
    return Comparison(
        left=rate(one, confidence=confidence),
        right=rate(other, confidence=confidence),
        difference=difference(one, other, confidence=confidence, method="newcombe"),
        log_ratio=log_ratio(one, other, confidence=confidence),
        pvalue=pvalue,
        method=method,
        assumptions=ASSUMPTIONS,
    )


def chance_alone(left: Counts, right: Counts) -> tuple[float, str]:
    """The p-value of :func:`compare`, and the test that gave it."""
    if not (left.total and right.total):
        return math.nan, "no test: a group has no leads"
    both = left + right
    misses = both.total - both.hits
    if min(left.total, right.total) * min(both.hits, misses) < SMALLEST_EXPECTED * both.total:
        return fisher(left, right), "Fisher's exact test"
    apart = abs(left.hits * right.total - right.hits * left.total)
    z = apart * math.sqrt(both.total / (left.total * right.total * both.hits * misses))
    return math.erfc(z / math.sqrt(2)), "pooled score z (Pearson chi-square, no continuity correction)"
