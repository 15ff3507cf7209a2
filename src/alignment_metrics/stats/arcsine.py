"""What a number of leads can show, on Cohen's arcsine scale: as many planning tables have it."""

from __future__ import annotations

import math

from scipy import optimize, special

from alignment_metrics.stats.intervals import normal_quantile
from alignment_metrics.stats.power import between, share, sized


def effect_size(left_rate: float, right_rate: float) -> float:
    """Cohen's ``h``: the difference of two rates on the arcsine scale, where all are equally hard to tell apart."""
    return 2 * math.asin(math.sqrt(share(left_rate))) - 2 * math.asin(math.sqrt(share(right_rate)))


def arcsine_power(
    h: float, left_n: float, right_n: float, *, confidence: float = 0.95, alternative: str = "two-sided"
) -> float:
    """How often a difference of Cohen's size ``h`` would be seen, by the arcsine approximation.

    Parameters
    ----------
    h : float
        See :func:`effect_size`.
    alternative : {"two-sided", "less", "greater"}
        Of the left group.

    Returns
    -------
    float
        ``nan`` where a group is empty. Not to be mixed with :func:`power`, which it meets to about one lead in a
        thousand.

    References
    ----------
    Cohen (1988) Statistical Power Analysis for the Behavioral Sciences, chapter 6.

    Examples
    --------
    >>> round(arcsine_power(0.3, 80, 80, alternative="greater"), 6)
    0.599678
    """
    if alternative not in ("two-sided", "less", "greater"):
        raise ValueError(f"unknown alternative {alternative!r}; choose one of two-sided, less, greater.")
    z = normal_quantile(confidence)
    left, right = sized(left_n), sized(right_n)
    if not (left and right):
        return math.nan
    apart = h * math.sqrt(left * right / (left + right))
    if alternative == "two-sided":
        return float(special.ndtr(apart - z) + special.ndtr(-apart - z))
    return float(special.ndtr((apart if alternative == "greater" else -apart) - special.ndtri(confidence)))


def arcsine_leads(h: float, *, confidence: float = 0.95, power: float = 0.8, alternative: str = "two-sided") -> float:
    """How many leads each of two groups of one size needs for Cohen's ``h`` to be seen; round it up.

    Returns
    -------
    float
        Infinite where ``h`` is 0 or lies on the other side.
    """
    between(power, confidence)
    if (abs(h) if alternative == "two-sided" else h if alternative == "greater" else -h) <= 0:
        return math.inf

    def short(leads: float) -> float:
        return arcsine_power(h, leads, leads, confidence=confidence, alternative=alternative) - power

    most = 1.0
    while short(most) < 0:
        most *= 4
    return float(optimize.brentq(short, 1e-12, most, xtol=1e-12, rtol=1e-14))
