"""The lowest and the highest of several estimates: set apart only by intervals that hold for all of them at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from alignment_metrics.values import Estimate


@dataclass(frozen=True, slots=True)
class Ends:
    """The groups of the lowest and of the highest value, each with its own interval.

    ``apart`` is whether intervals that hold for all groups at once leave a gap between the two.
    """

    lowest: tuple[str, Estimate]
    highest: tuple[str, Estimate]
    apart: bool

    @property
    def alike(self) -> bool:
        """Whether lowest and highest are the same."""
        return self.lowest[1].value == self.highest[1].value

    def so(self, unlike: str) -> str:
        """What follows from it, ``unlike`` being what the groups then are."""
        if self.apart:
            return f"Even intervals wide enough to hold for all of them at once do not overlap: they are {unlike}."
        return "Intervals wide enough to hold for all of them at once overlap: no difference is shown."


def ends(
    names: Mapping[str, float], estimate: Callable[[str, float], Estimate], confidence: float, *, effect: float = 1.0
) -> Ends | None:
    """The groups of the lowest and the highest value; None of fewer than two.

    Parameters
    ----------
    names : mapping of str to float
        The value of each group; one that is not finite has no place.
    estimate : callable
        The estimate of a group at a level of confidence.
    confidence : float
        Of each interval, and that those which must leave a gap hold at once (at the level of Šidák's inequality).
    effect : float
        The design effect by which the latter are widened besides, where leads of one account fare alike.
    """
    ordered = sorted((value, name) for name, value in names.items() if math.isfinite(value))
    if len(ordered) < 2:
        return None
    level = confidence ** (1 / len(ordered))
    (_, least), (_, most) = ordered[0], ordered[-1]
    low, high = (stretched(estimate(name, level), math.sqrt(effect)) for name in (least, most))
    own = (least, estimate(least, confidence)), (most, estimate(most, confidence))
    return Ends(*own, low.high < high.low)


def stretched(one: Estimate, factor: float) -> Estimate:
    """The estimate with limits so many times as far from its value."""
    return replace(
        one, low=one.value - factor * (one.value - one.low), high=one.value + factor * (one.high - one.value)
    )
