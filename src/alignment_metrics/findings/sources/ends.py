"""The lowest and the highest of several estimates: told only with intervals that hold for all of them at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from alignment_metrics.values import Estimate


@dataclass(frozen=True, slots=True)
class Ends:
    """The groups of the lowest and of the highest value; ``apart`` is whether their intervals leave a gap."""

    lowest: tuple[str, Estimate]
    highest: tuple[str, Estimate]

    @property
    def apart(self) -> bool:
        return self.lowest[1].high < self.highest[1].low

    @property
    def alike(self) -> bool:
        """Whether lowest and highest are the same."""
        return self.lowest[1].value == self.highest[1].value

    def so(self, unlike: str) -> str:
        """What follows from it, ``unlike`` being what the groups then are."""
        if self.apart:
            return f"These intervals hold for all of them at once, and those two do not overlap: they are {unlike}."
        return "These intervals hold for all of them at once, and those two overlap: no difference is shown."


def ends(names: Mapping[str, float], estimate: Callable[[str, float], Estimate], confidence: float) -> Ends | None:
    """The groups of the lowest and the highest value; None of fewer than two.

    Parameters
    ----------
    names : mapping of str to float
        The value of each group; one that is not finite has no place.
    estimate : callable
        The estimate of a group at a level of confidence.
    confidence : float
        That all intervals hold at once: each has the level of Šidák's inequality.
    """
    ordered = sorted((value, name) for name, value in names.items() if math.isfinite(value))
    if len(ordered) < 2:
        return None
    level = confidence ** (1 / len(ordered))
    low, high = ((name, estimate(name, level)) for _, name in (ordered[0], ordered[-1]))
    return Ends(low, high)
