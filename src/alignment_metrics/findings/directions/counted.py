"""What an interval becomes once leads of one account or owner are not counted as independent, and how that is said."""

from __future__ import annotations

import math
from dataclasses import replace

from alignment_metrics.values import Estimate

TOGETHER = "widened as leads that belong together fare alike"
SHOWN = 10
"""A design effect from which on its decimals say nothing."""


def width(one: Estimate) -> float:
    """From one limit to the other."""
    return one.high - one.low


def wider(singly: Estimate, *others: Estimate) -> Estimate:
    """The most cautious of several intervals around one number."""
    return max((singly, *(one for one in others if not math.isnan(one.value))), key=width)


def stretched(one: Estimate, factor: float) -> Estimate:
    """A difference of shares with its interval so many times as wide, where that is wider; no share is beyond 1.

    Examples
    --------
    >>> print(stretched(Estimate(0.1, 0.05, 0.2, 90, "difference", "normal", 0.95), 2))
    +10.0 points [+0.0 points, +30.0 points]
    """
    if not factor > 1 or math.isnan(one.value):
        return one
    low, high = (one.value + factor * (end - one.value) for end in (one.low, one.high))
    return replace(one, low=max(-1.0, low), high=min(1.0, high), method=f"{one.method}: {TOGETHER}")


def stretched_ratio(one: Estimate, factor: float) -> Estimate:
    """The same of a ratio, whose interval is stretched on the scale of logarithms.

    Examples
    --------
    >>> print(stretched_ratio(Estimate(4.0, 2.0, 8.0, 90, "ratio", "Katz log", 0.95), 2))
    4.00 [1.00, 16.00]
    """
    if not factor > 1 or math.isnan(one.value):
        return one
    if not 0 < one.value < math.inf:
        # A ratio of 0 has no logarithm to go from, so nothing is claimed of its limits.
        return replace(one, low=0.0, high=math.inf, method=f"{one.method}: {TOGETHER}")
    low, high = (one.value * (end / one.value) ** factor for end in (one.low, one.high))
    return replace(one, low=low, high=high, method=f"{one.method}: {TOGETHER}")


def alike(effect: float) -> str:
    """How many leads that belong together tell as much as one would; empty where that is one.

    Examples
    --------
    >>> alike(14.004), alike(1.26), alike(0.97)
    ('14 of them tell as much as one would by itself (the design effect)', '1.3 of them tell as much as one would by \
itself (the design effect)', '')
    """
    if math.isnan(effect) or round(effect, 1) <= 1:
        return ""
    n = f"{effect:,.0f}" if effect >= SHOWN else f"{effect:.1f}"
    return f"{n} of them tell as much as one would by itself (the design effect)"
