"""Our numbers beside the published ones: each under its source's conditions, or with what that would need."""

from __future__ import annotations

from dataclasses import replace

from alignment_metrics.crm import Crm
from alignment_metrics.findings.benchmark.asked import Asked
from alignment_metrics.findings.benchmark.brought import brought_along
from alignment_metrics.findings.benchmark.firms import past_a_threshold, yes_or_no
from alignment_metrics.findings.benchmark.kinds import own
from alignment_metrics.findings.benchmark.ranges import ranges
from alignment_metrics.findings.benchmark.told import COMPARED, placed
from alignment_metrics.published import Comparable, comparables
from alignment_metrics.values import Finding

__all__ = ["benchmark"]


def benchmark(crm: Crm) -> tuple[Finding, ...]:
    """One finding a citation that may be compared, a number that the client brings, and a metric of several sources."""
    asked, every = Asked(crm), comparables()
    found = [*(_finding(one, asked) for one in every), *brought_along(asked), *ranges(every, asked)]
    made = sum(one.verdict in COMPARED for one in found)
    note = f"One of {made:,} comparisons of this chapter, each made at its stated level by itself."
    told = [replace(one, notes=(*one.notes, note)) if made > 1 and one.verdict in COMPARED else one for one in found]
    return tuple(sorted(told, key=lambda one: one.code))


def _finding(wanted: Comparable, asked: Asked) -> Finding:
    if wanted.kind == "firm":
        return yes_or_no(wanted, asked)
    if wanted.kind == "followed_up":
        return past_a_threshold(wanted, asked)
    return placed(wanted.citation, own(wanted, asked), asked.charter)
