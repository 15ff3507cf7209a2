"""The difference between two groups given the same mix of leads. A stratum that cannot be compared is always named."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from alignment_metrics.stats.rates import normal_quantile, rate
from alignment_metrics.values import Adjusted, Counts, Estimate, Group

Strata = Sequence[tuple[Group, Counts, Counts]]
"""Each stratum with its left leads and its right ones."""

NORMAL = "normal"
MOVER = "MOVER: normal, Wilson limits where a rate is 0 or 1"


def standardise(strata: Strata, *, by: tuple[str, ...], to: str = "all", confidence: float = 0.95) -> Adjusted:
    """How far the two groups lie apart where they are alike in ``by``.

    Each stratum's difference (left - right) is weighted by the leads it has of ``to``: direct standardisation.

    Parameters
    ----------
    strata : sequence of (Group, Counts, Counts)
        The stratum, its left leads, its right leads.
    by : tuple of str
        What the strata were split by.
    to : {"all", "left", "right"}
        Whose mix both groups are given: that of both together, or that of one of them.
    confidence : float
        Level of the two-sided interval.

    Returns
    -------
    Adjusted
        ``difference`` in shares of 1, its ``n`` the leads of the strata used, of both groups. A stratum without leads
        on one side cannot be compared: it is in ``left_out`` with its leads, and the difference speaks for the others.
        Where that leaves none, the difference is ``nan`` between -1 and 1.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1, or ``to`` is unknown.

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
    name, size = target(to)
    normal_quantile(confidence)
    usable, left_out = comparable(strata)
    whole = sum(size(left, right) for _, left, right in usable)
    terms = [(size(left, right) / whole, left, right) for _, left, right in usable]
    return Adjusted(
        difference=weighted(terms, confidence),
        by=by,
        method=f"direct standardisation{name}",
        strata=len(usable),
        left_out=left_out,
    )


def target(to: str) -> tuple[str, Callable[[Counts, Counts], int]]:
    """How the name of a method ends that adjusts to this group, and how many of it a stratum has.

    Raises
    ------
    ValueError
        If there is no such group.
    """
    if to not in _TARGETS:
        raise ValueError(f"unknown group {to!r} to adjust to; choose one of {', '.join(_TARGETS)}.")
    return _TARGETS[to]


_TARGETS: dict[str, tuple[str, Callable[[Counts, Counts], int]]] = {
    "all": ("", lambda left, right: left.total + right.total),
    "left": (" to the left group", lambda left, right: left.total),
    "right": (" to the right group", lambda left, right: right.total),
}


def comparable(strata: Strata) -> tuple[Strata, tuple[tuple[Group, int], ...]]:
    """The strata with leads of both groups, and the others, each with its leads."""
    usable = [one for one in strata if one[1].total and one[2].total]
    left_out = [(key, left.total + right.total) for key, left, right in strata if not (left.total and right.total)]
    return usable, tuple(sorted(left_out))


def weighted(terms: Sequence[tuple[float, Counts, Counts]], confidence: float) -> Estimate:
    """The sum of differences (left - right), each with its weight; the interval is that of :func:`standardise`."""
    z = normal_quantile(confidence)
    n = sum(left.total + right.total for _, left, right in terms)
    if not terms:
        return Estimate(math.nan, -1.0, 1.0, n, "difference", NORMAL, confidence)
    # fsum rounds once, so the order of the strata cannot show.
    value = math.fsum(weight * (left.hits / left.total - right.hits / right.total) for weight, left, right in terms)
    down, up = [], []
    for weight, left, right in terms:
        (left_fall, left_rise), (right_fall, right_rise) = _reach(left, z, confidence), _reach(right, z, confidence)
        down += [weight * left_fall, weight * right_rise]
        up += [weight * left_rise, weight * right_fall]
    low, high = max(-1.0, value - _together(down)), min(1.0, value + _together(up))
    name = MOVER if any(_unspread(side) for _, *sides in terms for side in sides) else NORMAL
    return Estimate(value, low, high, n, "difference", name, confidence)


def _reach(side: Counts, z: float, confidence: float) -> tuple[float, float]:
    """How far the rate may fall, and rise."""
    if _unspread(side):
        limits = rate(side, confidence=confidence)
        return limits.value - limits.low, limits.high - limits.value
    share = side.hits / side.total
    error = z * math.sqrt(share * (1 - share) / side.total)
    return error, error


def _unspread(side: Counts) -> bool:
    return side.hits in (0, side.total)


def _together(reaches: list[float]) -> float:
    return math.sqrt(math.fsum(reach * reach for reach in reaches))
