"""Whether one of ours may stand beside a published number; if so, whether it differs or is alike within a margin."""

from __future__ import annotations

import math
import re

from alignment_metrics.published.phrases import UNITS, ended, number, rounded
from alignment_metrics.published.registry import GRADES, misread
from alignment_metrics.stats import census
from alignment_metrics.stats.intervals import INTERVALS
from alignment_metrics.stats.means import STUDENT, mean
from alignment_metrics.stats.rates import against, rate
from alignment_metrics.stats.targets import equivalent_to, mean_against, mean_equivalent_to, tipping_point
from alignment_metrics.values import Against, Citation, Countable, Counts, Estimate, Moments

Ours = Countable | Moments | Estimate
PLAIN = frozenset(name for name, _ in INTERVALS.values())
PICKED = re.compile(r"\bbest.in.class\b|\btop performers?\b|\blaggards?\b", re.IGNORECASE)


def refusal(citation: Citation, mine: Estimate) -> str | None:
    """Why they are not to be compared; None where nothing speaks against it.

    The order is that of honesty: what the source itself does not bear, then what is known to be misread, then the unit.
    """
    graded = f"grade {citation.grade}: {GRADES.get(citation.grade, 'unknown')}"
    if citation.use == "warn_only" or citation.grade == "D":
        needed = "a source that can be traced, with what it measured and on how many"
        return _because(f"it is quoted only to warn ({graded})", citation, needed)
    if PICKED.search(citation.group or ""):
        needed = "the figure of all firms, not of those picked by their results"
        return _because("its firms were picked by their results, so it is no target", citation, needed)
    if citation.use == "definition":
        needed = "a goal of your own in [agreement] of the charter, which the audit then checks"
        return _because("it is an agreement to copy, not a number to reach", citation, needed)
    if citation.use != "compare":
        return _because(f"it may be shown but not scored against ({graded})", citation, citation.comparable_when)
    if citation.value is None or citation.unit is None:
        return _because("the number itself was never seen", citation, "the original, with its number")
    found = misread(citation.metric, citation.value, citation.unit)
    if found is not None and found[0].id != citation.id:
        return warned(*found)
    if citation.unit != mine.unit:
        return _units(citation, citation.value, citation.unit, mine)
    if citation.unit == "share" and not 0 < citation.value < 1:
        return (
            f"a share lies between 0% and 100%, and {number(citation.value, 'share')} was given; "
            "write 13% as 0.13, and leave out a share of nothing or of everything."
        )
    return None


def warned(source: Citation, warning: str) -> str:
    """The warning of a popular misreading, and which number it comes from."""
    return (
        f"this number goes round under a name that its source does not bear out. {ended(warning)} "
        f"It comes from {source.publisher} ({source.id}). What would be needed: {ended(source.comparable_when)}"
    )


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
    """Whether the two lie within the margin: the whole interval does, as it is printed, whatever the kind of number."""
    if stands.margin is None:
        return False
    # As the decimals were typed: 0.3 is 0.2 away from 0.1, and not a little less.
    return round(max(target - mine.low, mine.high - target), 12) < stands.margin


def scarce(mine: Estimate, counted: str, theirs: str) -> str | None:
    """Why too little of ours is there to be set beside anything; None where there is enough."""
    if mine.n == 0 or math.isnan(mine.value):
        return f"there are no {counted} of ours to set beside {theirs}."
    if not spreadless(mine):
        return None
    if mine.n == 1:
        return f"there is only one number of ours to set beside {theirs}, and of one alone no interval can be told."
    same = rounded(mine.value, mine.unit)
    return f"all {mine.n:,} numbers of ours are the same, {same}, and without a spread no interval can be told."


def spreadless(mine: Estimate) -> bool:
    """Whether it is a mean of one number, or of numbers that are all the same: how far they scatter is not known."""
    # Sums of equal decimals may leave a spread in the last digits.
    return mine.method == STUDENT and mine.n > 0 and (mine.n == 1 or math.isclose(mine.low, mine.high, rel_tol=1e-6))


def _known(pvalue: float) -> float | None:
    return None if math.isnan(pvalue) else pvalue


def _because(why: str, citation: Citation, needed: str) -> str:
    told = citation.discrepancy or citation.caveat
    return " ".join([ended(why), *([ended(told)] if told else []), f"What would be needed: {ended(needed)}"])


def _units(citation: Citation, value: float, unit: str, mine: Estimate) -> str:
    told = f"it is {UNITS.get(unit, unit)}, and ours is {UNITS.get(mine.unit, mine.unit)}."
    if unit == "relative_change" and mine.unit == "share" and mine.n:
        meant, points = mine.value * (1 + value), mine.value + value
        told += (
            f" {number(value, unit)} on our {number(round(mine.value, 3), 'share')} would be "
            f"{number(round(meant, 3), 'share')}, and not {number(round(points, 3), 'share')}."
        )
    return f"{told} What would be needed: {ended(citation.comparable_when)}"
