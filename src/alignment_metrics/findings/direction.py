"""Whether inbound leads convert better than outbound ones, before and after both are given the same mix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from alignment_metrics.charter import Policy
from alignment_metrics.crm import UNKNOWN, Crm
from alignment_metrics.findings.groups import overall, shown, too_few
from alignment_metrics.findings.words import few, leads, level, listed, percent, plain, points, pvalue
from alignment_metrics.measures import Reach
from alignment_metrics.stats.rates import compare
from alignment_metrics.stats.strata import standardise
from alignment_metrics.tallies import Tally, tally
from alignment_metrics.values import Adjusted, Comparison, Counts, Estimate, Finding, Group, Verdict, group

LEFT, RIGHT = "inbound", "outbound"
# An adjusted difference speaks for the leads of its strata alone, and its interval is an approximation that thin strata
# make too narrow. So it decides only where strata with five leads of both groups hold four fifths of either group: in
# simulated exports without any effect, verdicts so reached stay near the stated rate, and without the rule they do not.
THIN_BELOW = 5
MOST = 0.8
NOT_SHOWN = "which is not the same as none"


@dataclass(frozen=True, slots=True)
class Strata:
    """The leads of both groups by segment."""

    by: tuple[str, ...]
    cells: tuple[tuple[Group, Counts, Counts], ...]

    @property
    def covered(self) -> tuple[float, float]:
        """The share of each group that lies in strata with enough leads of both."""
        solid = [(left, right) for _, left, right in self.cells if min(left.total, right.total) >= THIN_BELOW]
        everyone = [(left, right) for _, left, right in self.cells]
        left, right = (sum(pair[side].total for pair in solid) / sum(pair[side].total for pair in everyone) for side in (0, 1))
        return left, right

    @property
    def crude(self) -> float:
        """The difference among the leads that the adjusted one speaks for."""
        held = [(left, right) for _, left, right in self.cells if left.total and right.total]
        left, right = (sum((pair[side] for pair in held), start=Counts(0, 0)) for side in (0, 1))
        return left.hits / left.total - right.hits / right.total


def inbound_vs_outbound(crm: Crm) -> tuple[Finding, ...]:
    """First stage to last, inbound against outbound, crude and adjusted for the charter's segments."""
    charter = crm.charter
    funnel, policy, segments = charter.funnel, charter.policy, charter.organisation.segments
    code = "inbound_vs_outbound.conversion"
    reached = f"{plain(funnel.last)} within {policy.within_days} day{'' if policy.within_days == 1 else 's'}"
    question = f"Do inbound leads reach {reached} more often than outbound leads?"
    found = tally(crm, Reach(funnel.first, funnel.last, within_days=policy.within_days), by=("direction", *segments))
    directions = found.by("direction")
    sides = {side: directions.at(direction=side).counts() for side in (LEFT, RIGHT, UNKNOWN)}
    hidden = 0 < sides[UNKNOWN].total < policy.suppress_below
    if hidden:
        # Both groups must be shown, and would give away the third beside a total of all.
        directions = replace(directions, cells=tuple(cell for cell in directions.cells if cell[0] != (UNKNOWN,)))
    listing = shown(directions, policy)
    verdict, because = _refusal(crm, sides)
    if because:
        claim = "Inbound and outbound leads cannot be compared."
        rows = listing.estimates if sum((one.total for one in sides.values())) else overall(Counts(0, 0), policy)
        return (Finding(code, question, verdict, claim, rows, because=because, notes=listing.notes, sql=(found.sql,)),)
    comparison = compare(sides[LEFT], sides[RIGHT], confidence=policy.confidence)
    strata = _strata(found, segments) if segments else None
    if strata and (adjusted := standardise(strata.cells, by=strata.by, confidence=policy.confidence)).strata:
        comparison = replace(comparison, adjusted=adjusted)
    decides = strata is not None and comparison.adjusted is not None and min(strata.covered) >= MOST
    crude = _crude(comparison, policy)
    verdict = _sign(comparison.adjusted.difference) if decides and comparison.adjusted else crude
    claim = " ".join(
        [
            _head(verdict, crude, strata, decides=decides),
            _difference(comparison, reached, policy),
            *_adjusted(comparison, strata, decides=decides),
        ]
    )
    return (
        Finding(
            code,
            question,
            verdict,
            claim,
            listing.estimates,
            comparison=comparison,
            compared=(group({"direction": LEFT}), group({"direction": RIGHT})),
            notes=(*_notes(comparison, sides, policy, crude), *listing.notes),
            sql=(found.sql,),
        ),
    )


def _refusal(crm: Crm, sides: Mapping[str, Counts]) -> tuple[Verdict, str | None]:
    charter, policy = crm.charter, crm.charter.policy
    asked = {"start": charter.funnel.first, "days": policy.within_days}
    everyone = sum(sides.values(), start=Counts(0, 0))
    if everyone.total == 0:
        return "not_enough_data", too_few(everyone, policy, start=charter.funnel.first, days=policy.within_days)
    tagged = {one.direction for one in charter.sources.values()}
    for side in (LEFT, RIGHT):
        if not sides[side].total and side not in tagged:
            return "does_not_apply", f"the charter's [sources] tag no source as {side}, and nothing is guessed."
    for side in (LEFT, RIGHT):
        if because := too_few(sides[side], policy, start=charter.funnel.first, days=policy.within_days, whose=side):
            return "not_enough_data", because
    return "measured", None
