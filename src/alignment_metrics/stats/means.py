"""The mean of a quantity, such as the amount of a won lead, from its number, sum and sum of squares."""

from __future__ import annotations

import math

from scipy import special

from alignment_metrics.stats.rates import normal_quantile
from alignment_metrics.values import Estimate, Moments

STUDENT = "Student's t"


def mean(moments: Moments, *, unit: str, confidence: float = 0.95) -> Estimate:
    """The mean, and between which limits the mean of many more such numbers plausibly lies.

    Parameters
    ----------
    moments : Moments
    unit : str
        Of the numbers, such as ``"EUR"`` or ``"days"``.
    confidence : float
        Level of the two-sided interval.

    Returns
    -------
    Estimate
        Of no numbers ``nan``, and of one number itself, between minus and plus infinity.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1.

    Notes
    -----
    The interval takes the mean for normal. Where a few numbers hold much of the sum, as amounts do, it misses above
    more often than below until there are many of them; :func:`spread` tells how far apart they lie.

    References
    ----------
    Student (1908) Biometrika 6:1.

    Examples
    --------
    Hours of sleep gained by ten patients on the better of two drugs, Student (1908):

    >>> gained = mean(Moments.of([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]), unit="hours")
    >>> f"{gained.value:.2f} [{gained.low:.4f}, {gained.high:.4f}]"
    '2.33 [0.8977, 3.7623]'
    """
    normal_quantile(confidence)
    n = moments.n
    value = moments.sum / n if n else math.nan
    if n < 2:
        return Estimate(value, -math.inf, math.inf, n, unit, STUDENT, confidence)
    reach = float(special.stdtrit(n - 1, (1 + confidence) / 2)) * math.sqrt(variance(moments) / n)
    return Estimate(value, value - reach, value + reach, n, unit, STUDENT, confidence)


def spread(moments: Moments) -> float:
    """The standard deviation as a multiple of the mean; ``nan`` of fewer than two numbers, or where the mean is 0.

    Examples
    --------
    >>> spread(Moments.of([1.0, 3.0])) == 2**0.5 / 2
    True
    """
    if moments.n < 2 or not moments.sum:
        return math.nan
    return math.sqrt(variance(moments)) / abs(moments.sum / moments.n)


def variance(moments: Moments) -> float:
    """The variance of two numbers or more, over one less than their number."""
    # Where all numbers are one, rounding may leave a little less than nothing.
    return max(0.0, moments.sum_sq - moments.sum * (moments.sum / moments.n)) / (moments.n - 1)
