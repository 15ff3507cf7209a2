"""A share of leads as it changes with their age."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

from alignment_metrics.values.results import Estimate


@dataclass(frozen=True, slots=True)
class Curve:
    """A step function of age, with its interval at each step.

    Parameters
    ----------
    day : tuple of int
        Ages in whole days, ascending: those of the life table it was read from.
    value, low, high : tuple of float
        Shares of 1, from that day on until the next.
    at_risk : tuple of int
        Leads that were still waiting, and under watch, at the start of each day.
    start : float
        Where it starts: 0 of a curve that rises, 1 of one that falls.
    until : float
        The last day the curve speaks of; infinite where every wait has ended, for then nothing more can change.
    n : int
        Leads it rests on.
    method : str
        Of curve and interval, by the names the field gives them.
    confidence : float
        Level of the interval at each single day.
    """

    day: tuple[int, ...]
    value: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    at_risk: tuple[int, ...]
    start: float
    until: float
    n: int
    method: str
    confidence: float

    def at(self, day: float) -> Estimate:
        """The share by the end of that day; ``nan`` between 0 and 1 where nobody was watched, or not so long.

        Parameters
        ----------
        day : float
            Age, in days.
        """
        row = bisect_right(self.day, day) - 1
        if not self.n or day > self.until or row < 0:
            value, low, high = math.nan, 0.0, 1.0
        else:
            value, low, high = self.value[row], self.low[row], self.high[row]
        return Estimate(value, low, high, self.n, "share", self.method, self.confidence)

    def watched(self, day: float) -> int:
        """Leads still waiting, and under watch, at the start of that day."""
        row = bisect_right(self.day, day - 1)
        return self.at_risk[row] if row < len(self.day) else 0
