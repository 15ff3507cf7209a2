"""Why inbound and outbound leads cannot be compared: too few, none that is tagged, or all fared the same."""

from __future__ import annotations

from alignment_metrics.findings.directions.sides import LEFT, RIGHT, Sides
from alignment_metrics.findings.groups import too_few
from alignment_metrics.findings.whole import Whole
from alignment_metrics.values import Verdict


def refusal(sides: Sides, whole: Whole) -> tuple[Verdict, str] | None:
    """Why the two cannot be compared at all; None where they can."""
    charter, policy = whole.charter, whole.charter.policy
    start, days = charter.funnel.first, policy.within_days
    if not sides.everyone.total and (because := too_few(sides.everyone, policy, start=start, days=days)):
        return "not_enough_data", because
    tagged = {one.direction for one in charter.sources.values()}
    both = ((LEFT, sides.left), (RIGHT, sides.right))
    for name, counts in both:
        if not counts.total and name not in tagged:
            return "does_not_apply", f"the charter's [sources] tag no source as {name}, and nothing is guessed."
    ever = {cell[0] for cell, ages in whole.waits.by("direction").cells if ages.n}
    for name, counts in both:
        if not counts.total and name not in ever:
            return "not_enough_data", f"no lead is of a source that the charter tags as {name}."
        if because := too_few(counts, policy, start=start, days=days, whose=name):
            return "not_enough_data", because
    return None


def undecided(sides: Sides, reached: str, last: str) -> str | None:
    """Why conversion tells nothing, where all leads of both fared the same; None where they did not."""
    both = sides.left + sides.right
    if not both.hits:
        return (
            f"no lead of either direction reached {reached}: either it is too early for that, or {last} is not mapped "
            "as the CRM keeps it."
        )
    if both.hits == both.total:
        return (
            f"every lead of both directions reached {reached}, so there is nothing to compare: either the export holds "
            f"only such leads, or {last} is not mapped as the CRM keeps it."
        )
    return None
