"""Rates of conversion and the difference between two of them. Only counts come in: a lead is never seen here."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import optimize, special

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
    method : {"wilson", "clopper-pearson", "jeffreys"}
        Wilson's score interval; the exact interval, which never covers less than promised; or the equal-tailed
        Jeffreys interval, closed at 0 where nothing was hit and at 1 where everything was.

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
    Wilson (1927) JASA 22:209; Clopper & Pearson (1934) Biometrika 26:404; Brown, Cai & DasGupta (2001) Statistical
    Science 16:101.

    Examples
    --------
    Newcombe (1998) Statistics in Medicine 17:857, table I:

    >>> print(rate(Counts(81, 263)))
    30.8% [25.5%, 36.6%]
    """
    if method not in _INTERVALS:
        raise ValueError(f"unknown method {method!r} for a rate; choose one of {', '.join(_INTERVALS)}.")
    name, interval = _INTERVALS[method]
    normal_quantile(confidence)
    group = counts.counts()
    if group.total == 0:
        return Estimate(math.nan, 0.0, 1.0, 0, "share", name, confidence, hits=0)
    low, high = interval(group, confidence)
    return Estimate(group.hits / group.total, low, high, group.total, "share", name, confidence, hits=group.hits)


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
    pvalue, method = _test(one, other)
    left_rate, right_rate = rate(one, confidence=confidence), rate(other, confidence=confidence)
    return Comparison(
        left=left_rate,
        right=right_rate,
        difference=_difference(left_rate, right_rate),
        log_ratio=_log_ratio(one, other, confidence),
        pvalue=pvalue,
        method=method,
        assumptions=ASSUMPTIONS,
    )


def normal_quantile(confidence: float) -> float:
    """How many standard errors a two-sided interval of this confidence reaches to either side.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1.

    Examples
    --------
    >>> round(normal_quantile(0.95), 6)
    1.959964
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, both excluded; got {confidence!r}, for 95% say 0.95.")
    return math.sqrt(2) * float(special.erfinv(confidence))


def _wilson(group: Counts, confidence: float) -> tuple[float, float]:
    z, hits, total = normal_quantile(confidence), group.hits, group.total
    reach = 2 * hits + z * z + z * math.sqrt(z * z + 4 * hits * (total - hits) / total)
    # The lower root follows from the upper one and their product; the textbook's difference would cancel near zero.
    low = 2 * hits * hits / total / reach
    return low, 1.0 if hits == total else reach / (2 * (total + z * z))


def _clopper_pearson(group: Counts, confidence: float) -> tuple[float, float]:
    hits, misses, tail = group.hits, group.total - group.hits, (1 - confidence) / 2
    low = special.betaincinv(hits, misses + 1, tail) if hits else 0.0
    high = special.betainccinv(hits + 1, misses, tail) if misses else 1.0
    return float(low), float(high)


def _jeffreys(group: Counts, confidence: float) -> tuple[float, float]:
    hits, misses, tail = group.hits, group.total - group.hits, (1 - confidence) / 2
    low = special.betaincinv(hits + 0.5, misses + 0.5, tail) if hits else 0.0
    high = special.betainccinv(hits + 0.5, misses + 0.5, tail) if misses else 1.0
    return float(low), float(high)


_INTERVALS: dict[str, tuple[str, Callable[[Counts, float], tuple[float, float]]]] = {
    "wilson": ("Wilson", _wilson),
    "clopper-pearson": ("Clopper-Pearson", _clopper_pearson),
    "jeffreys": ("Jeffreys", _jeffreys),
}


def _difference(left: Estimate, right: Estimate) -> Estimate:
    name, confidence = "Newcombe hybrid score", left.confidence
    if not (left.n and right.n):
        return Estimate(math.nan, -1.0, 1.0, 0, "difference", name, confidence)
    low, high = _newcombe_low(left, right), -_newcombe_low(right, left)
    return Estimate(left.value - right.value, low, high, left.n + right.n, "difference", name, confidence)


def _newcombe_low(left: Estimate, right: Estimate) -> float:
    down, up = left.value - left.low, right.high - right.value
    return max(-1.0, left.value - right.value - math.sqrt(down * down + up * up))


def _log_ratio(left: Counts, right: Counts, confidence: float) -> Estimate:
    name, n = "Koopman score", left.total + right.total
    if not (left.total and right.total):
        return Estimate(math.nan, -math.inf, math.inf, 0, "log ratio", name, confidence)
    if not (left.hits or right.hits):
        return Estimate(math.nan, -math.inf, math.inf, n, "log ratio", name, confidence)
    value = _log_quotient(left.hits * right.total, right.hits * left.total)
    z = normal_quantile(confidence)
    low, high = _koopman_low(left, right, z), -_koopman_low(right, left, z)
    # Rounding may push a limit past the estimate where the interval is narrower than the last digit.
    return Estimate(value, min(low, value), max(high, value), n, "log ratio", name, confidence)


def _koopman_low(left: Counts, right: Counts, z: float) -> float:
    """Logarithm of the smallest ratio that the score test does not reject.

    Under a ratio held fixed, the likeliest two rates are ``(x - s) / (n - s)`` and ``(y + s) / (m + s)`` for one shift
    ``s``, and Koopman's statistic grows with ``s``. So the search runs over the shift, where nothing cancels and cells
    may be empty, instead of over the ratio.
    """
    x, n, y, m = left.hits, left.total, right.hits, right.total
    if x == 0:
        return -math.inf

    def beyond(shift: float) -> float:
        ours = shift * (n - x) / n * (shift / (x - shift)) if x < n else 0.0
        theirs = shift * (m - y) / m * (shift / (y + shift) if y else 1.0)
        return ours + theirs - z * z

    if x == n:
        if beyond(n) <= 0:
            # All of the left were hits, so the shift stops at n and the left rate gives way instead.
            return -math.log1p(-beyond(n) / n) - math.log((y + n) / (m + n))
        most = float(n)
    else:
        # Where the left rate alone would be rejected: the shift that counts is no larger.
        most = 2 * z * x / (z + math.sqrt(z * z + 4 * x * (n - x) / n))
    shift = most if beyond(most) <= 0 else float(optimize.brentq(beyond, 0.0, most, xtol=1e-300, rtol=1e-15))
    ours = math.log((x - shift) / (n - shift)) if x < n else 0.0
    return ours - math.log((y + shift) / (m + shift))


def _log_quotient(upper: int, lower: int) -> float:
    # Always the same way up: swapped sides then give the same number, negated.
    if upper < lower:
        return -_log_quotient(lower, upper)
    return math.log(upper / lower) if lower else math.inf


def _test(left: Counts, right: Counts) -> tuple[float, str]:
    if not (left.total and right.total):
        return math.nan, "no test: a group has no leads"
    both = left + right
    misses = both.total - both.hits
    if min(left.total, right.total) * min(both.hits, misses) < SMALLEST_EXPECTED * both.total:
        return _fisher(left, right), "Fisher's exact test"
    apart = abs(left.hits * right.total - right.hits * left.total)
    z = apart * math.sqrt(both.total / (left.total * right.total * both.hits * misses))
    return math.erfc(z / math.sqrt(2)), "pooled score z (Pearson chi-square, no continuity correction)"


def _fisher(left: Counts, right: Counts) -> float:
    """Probability of the tables that are no likelier than the one seen, its margins given.

    Own code because scipy's loses digits from a million leads and does not return from ten trillion. It is called for
    tables with a cell that expects few leads, so the tables worth a look are few.
    """
    # One orientation, whichever way the groups came: the rarer outcome in the smaller group.
    small, large = sorted((left, right), key=lambda group: (group.total, group.hits))
    drawn, hits, seen = small.total, small.hits + large.hits, small.hits
    if 2 * hits > drawn + large.total:
        hits, seen = drawn + large.total - hits, drawn - seen
    # 200 cells past both the expected few and the one seen, a table is less likely than that one by 60 orders.
    k = np.arange(min(drawn, hits, max(seen, 10) + 200), dtype=float)
    steps = np.log((hits - k) * (drawn - k) / ((k + 1) * (large.total - hits + k + 1)))
    logs = np.concatenate(([0.0], np.cumsum(steps)))
    weights = np.exp(logs - logs.max())
    # Equally likely tables differ by rounding alone; R's fisher.test allows the same 1e-7.
    rare = weights[logs <= logs[seen] + 1e-7]
    return min(1.0, float(rare.sum() / weights.sum()))
