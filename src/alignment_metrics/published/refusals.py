"""Why a published number and one of ours are not to be compared, and what it would take. Asked before anything else."""

from __future__ import annotations

import re

from alignment_metrics.published.phrases import UNITS, ended, number
from alignment_metrics.published.registry import GRADES, misread
from alignment_metrics.values import Citation, Estimate

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
