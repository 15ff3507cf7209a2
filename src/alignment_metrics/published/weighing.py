"""Whether one of our numbers differs from a fixed one, or is alike within a margin: each kind of number by its test."""

from __future__ import annotations

import math

from alignment_metrics.stats import census
from alignment_metrics.stats.intervals import INTERVALS
from alignment_metrics.stats.means import STUDENT, mean
from alignment_metrics.stats.rates import against, rate
from alignment_metrics.stats.targets import equivalent_to, mean_against, mean_equivalent_to, tipping_point
from alignment_metrics.values import Against, Countable, Counts, Estimate, Moments

Ours = Countable | Moments | Estimate
PLAIN = frozenset(name for name, _ in INTERVALS.values())


def estimated(ours: Ours, unit: str | None, *, population: int | None, confidence: float) -> Estimate:
    """Ours with its interval; an estimate is taken as it comes."""
    if isinstance(ours, Estimate):
        return ours
    if isinstance(ours, Moments):
        return mean(ours, unit=unit or "count", confidence=confidence)
    if population is None:
        return rate(ours, confidence=confidence)
    return census.rate(ours, population, confidence=confidence)


def counted(ours: Ours) -> Counts | None:
    """The sums behind a share; None of anything else, and of a share whose interval is not that of leads alone."""
    if isinstance(ours, Moments):
        return None
    if not isinstance(ours, Estimate):
        return ours.counts()
    # Clustered, standardised or corrected shares know hits too, but are not tested by them.
    plain = ours.unit == "share" and ours.hits is not None and ours.method in PLAIN
    return Counts(ours.hits, ours.n) if plain and ours.hits is not None else None


def weigh(ours: Ours, mine: Estimate, target: float, *, margin: float | None, population: int | None) -> Against:
    """The test against the fixed target, the test of the margin, and what would tip the first.

    Raises
    ------
    ValueError
        If the margin is none.
    """
    if margin is not None and not 0 < margin < math.inf:
        raise ValueError(f"a margin must be more than 0; got {margin!r}, say how far from the target still counts.")
    group = counted(ours)
    if group is not None and population is not None:
        score = census.against(group, population, target)
        # Everybody was asked: nothing is left to test.
        method = mine.method if math.isnan(score.pvalue) else score.method
        return Against(_known(score.pvalue), method, margin)
    if group is not None:
        score = against(group, target)
        alike = None if margin is None else equivalent_to(group, target, margin)
        return Against(
            score.pvalue, score.method, margin, alike, tipping_point(group, target, confidence=mine.confidence)
        )
    if isinstance(ours, Moments) or mine.method == STUDENT:
        means = ours if isinstance(ours, Moments) else mine
        score = mean_against(means, target)
        alike = None if margin is None else _known(mean_equivalent_to(means, target, margin))
        return Against(_known(score.pvalue), score.method, margin, alike)
    return Against(None, mine.method, margin)


def alike(stands: Against, mine: Estimate, target: float) -> bool:
    """Whether the two lie within the margin: by its test, or, where there is none, with the whole interval."""
    if stands.margin is None:
        return False
    if stands.equivalence is not None:
        return stands.equivalence < 1 - mine.confidence
    return -stands.margin < mine.low - target and mine.high - target < stands.margin


def _known(pvalue: float) -> float | None:
    return None if math.isnan(pvalue) else pvalue
