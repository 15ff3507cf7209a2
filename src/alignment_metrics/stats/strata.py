"""The difference between two groups given the same mix of leads. A stratum that cannot be compared is always named."""

from __future__ import annotations

import math
from collections.abc import Sequence

from alignment_metrics.stats.rates import normal_quantile, rate
from alignment_metrics.values import Adjusted, Counts, Estimate, Group

NORMAL = "normal"
MOVER = "MOVER: normal, Wilson limits where a rate is 0 or 1"


def standardise(
    strata: Sequence[tuple[Group, Counts, Counts]], *, by: tuple[str, ...], confidence: float = 0.95
) -> Adjusted:
    """How far the two groups lie apart where they are alike in ``by``.

    Each stratum's difference (left - right) is weighted by its leads, both groups together: direct standardisation to
    all leads of the two groups.

    Parameters
    ----------
    strata : sequence of (Group, Counts, Counts)
        The stratum, its left leads, its right leads.
    by : tuple of str
        What the strata were split by.
    confidence : float
        Level of the two-sided interval.

    Returns
    -------
    Adjusted
        ``difference`` in shares of 1, its ``n`` the leads of the strata used. A stratum without leads on one side
        cannot be compared: it is in ``left_out`` with its leads, and the difference speaks for the others. Where that
        leaves none, the difference is ``nan`` between -1 and 1.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1.

    Notes
    -----
    The interval is the normal one, with the variance ``sum(w**2 * (p * q / n + p' * q' / n'))``. A group of which none
    or all were hits would add nothing to that sum, as if its rate were known; it adds the reach of its Wilson limits
    instead, each to the side it lies on (MOVER), and ``difference.method`` says so.

    References
    ----------
    Rothman, Greenland & Lash (2008) Modern Epidemiology, chapter 15 (standardisation); Zou & Donner (2008) Statistics
    in Medicine 27:1693 (MOVER).

    Examples
    --------
    Kidney stones removed by open surgery or through a puncture, Charig et al. (1986) BMJ 292:879. Surgery did better on
    small stones and on large ones, and worse overall, because it was given the large ones:

    >>> small = ((("stones", "small"),), Counts(81, 87), Counts(234, 270))
    >>> large = ((("stones", "large"),), Counts(192, 263), Counts(55, 80))
    >>> print(standardise([small, large], by=("stones",)).difference)
    +5.4 points [-1.2 points, +11.9 points]
    """
    z = normal_quantile(confidence)
    usable = [(left, right) for _, left, right in strata if left.total and right.total]
    left_out = [(key, left.total + right.total) for key, left, right in strata if not (left.total and right.total)]
    n = sum(left.total + right.total for left, right in usable)
    terms = [
        ((left.total + right.total) / n, rate(left, confidence=confidence), rate(right, confidence=confidence))
        for left, right in usable
    ]
    value, low, high, name = math.nan, -1.0, 1.0, NORMAL
    if terms:
        # fsum rounds once, so the order of the strata cannot show.
        value = math.fsum(weight * (left.value - right.value) for weight, left, right in terms)
        down = [weight * reach for weight, left, right in terms for reach in (_fall(left, z), _rise(right, z))]
        up = [weight * reach for weight, left, right in terms for reach in (_rise(left, z), _fall(right, z))]
        low, high = max(-1.0, value - _together(down)), min(1.0, value + _together(up))
        if any(_unspread(side) for _, *sides in terms for side in sides):
            name = MOVER
    return Adjusted(
        difference=Estimate(value, low, high, n, "difference", name, confidence),
        by=by,
        method="direct standardisation",
        strata=len(usable),
        left_out=tuple(sorted(left_out)),
    )


def _fall(side: Estimate, z: float) -> float:
    return side.value - side.low if _unspread(side) else z * _error(side)


def _rise(side: Estimate, z: float) -> float:
    return side.high - side.value if _unspread(side) else z * _error(side)


def _unspread(side: Estimate) -> bool:
    return side.hits in (0, side.n)


def _error(side: Estimate) -> float:
    return math.sqrt(side.value * (1 - side.value) / side.n)


def _together(reaches: list[float]) -> float:
    return math.sqrt(math.fsum(reach * reach for reach in reaches))
