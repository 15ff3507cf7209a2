"""Whether inbound leads convert better than outbound ones, before and after both are given the same mix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from alignment_metrics.charter import Policy
from alignment_metrics.crm import UNKNOWN, Crm
from alignment_metrics.findings.groups import shown, too_few
from alignment_metrics.findings.words import few, leads, level, listed, percent, plain, points, pvalue
from alignment_metrics.measures import Reach
from alignment_metrics.stats.rates import compare
from alignment_metrics.stats.strata import standardise
from alignment_metrics.tallies import Tally, tally
from alignment_metrics.values import Comparison, Counts, Estimate, Finding, Group, Verdict, group

LEFT, RIGHT = "inbound", "outbound"
# An adjusted difference speaks for the leads of its strata alone, and its interval is an approximation that thin strata
# make too narrow. So it decides only where strata with five leads of both groups hold four fifths of either group: in
# simulated exports without any effect, verdicts so reached stay near the stated rate, and without the rule they do not.
THIN_BELOW = 5
MOST = 0.8
NOT_SHOWN = "which is not the same as none"


@dataclass(frozen=True, slots=True)
class Strata:
    """The leads of both groups, a stratum for each combination of segments."""

    by: tuple[str, ...]
    cells: tuple[tuple[Group, Counts, Counts], ...]

    @property
    def mix(self) -> str:
        """The segments, in words."""
        return listed([plain(key) for key in self.by])

    @property
    def held(self) -> list[tuple[Counts, Counts]]:
        """The strata that hold leads of both groups; none where there is nothing to adjust by."""
        return [(left, right) for _, left, right in self.cells if self.by and left.total and right.total]

    @property
    def covered(self) -> tuple[float, float]:
        """The share of either group in strata with enough leads of both."""
        solid = [pair for pair in self.held if min(pair[0].total, pair[1].total) >= THIN_BELOW]
        everyone = [(left, right) for _, left, right in self.cells]
        left, right = (_all(solid, side).total / _all(everyone, side).total for side in (0, 1))
        return left, right

    @property
    def decide(self) -> bool:
        """Whether the adjusted difference may give the verdict."""
        return min(self.covered) >= MOST

    @property
    def crude(self) -> float:
        """The unadjusted difference of the leads that the adjusted one speaks for."""
        left, right = (_all(self.held, side) for side in (0, 1))
        return left.hits / left.total - right.hits / right.total


def _all(pairs: Iterable[tuple[Counts, Counts]], side: int) -> Counts:
    return sum((pair[side] for pair in pairs), start=Counts(0, 0))


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
    if 0 < sides[UNKNOWN].total < policy.suppress_below:
        # Both groups must be shown, and would give away the third beside a total of all.
        directions = replace(directions, cells=tuple(cell for cell in directions.cells if cell[0] != (UNKNOWN,)))
    listing = shown(directions, policy)
    verdict, because = _refusal(crm, sides)
    if because:
        claim = "Inbound and outbound leads cannot be compared."
        told = (*listing.notes, _unknown(sides, policy))
        return (
            Finding(code, question, verdict, claim, listing.estimates, because=because, notes=told, sql=(found.sql,)),
        )
    comparison = compare(sides[LEFT], sides[RIGHT], confidence=policy.confidence)
    strata = _strata(found, segments)
    if strata.held:
        adjusted = standardise(strata.cells, by=segments, confidence=policy.confidence)
        comparison = replace(comparison, adjusted=replace(adjusted, decides=strata.decide))
    crude = _crude(comparison, policy)
    verdict = _sign(comparison.adjusted.difference) if comparison.adjusted and strata.decide else crude
    parts = [_head(verdict, crude, strata), _difference(comparison, reached, policy), *_alike(comparison, strata)]
    parts += [_unknown(sides, policy)] if sides[UNKNOWN].total else []
    return (
        Finding(
            code,
            question,
            verdict,
            " ".join(parts),
            listing.estimates,
            comparison=_without_small(comparison, policy),
            compared=(group({"direction": LEFT}), group({"direction": RIGHT})),
            notes=(*_notes(comparison, sides, policy, crude), *listing.notes),
            sql=(found.sql,),
        ),
    )


def _strata(found: Tally[Counts], by: tuple[str, ...]) -> Strata:
    left, right = (dict(found.at(direction=side).by(*by).cells) for side in (LEFT, RIGHT))
    nobody = Counts(0, 0)
    cells = [
        (group(dict(zip(by, cell, strict=True))), left.get(cell, nobody), right.get(cell, nobody))
        for cell in sorted({*left, *right})
    ]
    return Strata(by, tuple(cells))


def _refusal(crm: Crm, sides: Mapping[str, Counts]) -> tuple[Verdict, str | None]:
    charter, policy = crm.charter, crm.charter.policy
    start, days = charter.funnel.first, policy.within_days
    everyone = sum(sides.values(), start=Counts(0, 0))
    if everyone.total == 0:
        return "not_enough_data", too_few(everyone, policy, start=start, days=days)
    tagged = {one.direction for one in charter.sources.values()}
    for side in (LEFT, RIGHT):
        if not sides[side].total and side not in tagged:
            return "does_not_apply", f"the charter's [sources] tag no source as {side}, and nothing is guessed."
    for side in (LEFT, RIGHT):
        if because := too_few(sides[side], policy, start=start, days=days, whose=side):
            return "not_enough_data", because
    return "measured", None


def _crude(comparison: Comparison, policy: Policy) -> Verdict:
    # Interval and test may fall out differently near the edge; only what both say is claimed.
    return _sign(comparison.difference) if comparison.pvalue < 1 - policy.confidence else "no_difference_shown"


def _sign(difference: Estimate) -> Verdict:
    return "higher" if difference.low > 0 else "lower" if difference.high < 0 else "no_difference_shown"


def _head(verdict: Verdict, crude: Verdict, strata: Strata) -> str:
    often = {"higher": "more often", "lower": "less often"}
    as_they_come = (
        f"As they come, inbound leads convert {often[crude]} than outbound ones"
        if crude in often
        else "As they come, no difference between inbound and outbound leads is shown"
    )
    if not strata.decide:
        return f"{as_they_come}." if crude in often else f"{as_they_come}, {NOT_SHOWN}."
    if verdict not in often:
        also = "no difference is shown" if crude in often else "neither"
        return f"{as_they_come}; at the same mix of {strata.mix} {also}, {NOT_SHOWN}."
    if verdict == crude:
        return f"Inbound leads convert {often[verdict]} than outbound ones, also at the same mix of {strata.mix}."
    return f"{as_they_come}; at the same mix of {strata.mix} inbound leads convert {often[verdict]} than outbound ones."


def _difference(comparison: Comparison, reached: str, policy: Policy) -> str:
    left, right = comparison.left, comparison.right
    return (
        f"{percent(left.value)} of {left.n:,} inbound and {percent(right.value)} of {right.n:,} outbound leads reached "
        f"{reached}: a difference of {points(comparison.difference)} ({level(policy)})."
    )


def _alike(comparison: Comparison, strata: Strata) -> Iterator[str]:
    adjusted = comparison.adjusted
    if not strata.by:
        return
    if not strata.decide:
        left, right = strata.covered
        yield (
            f"Whether that holds at the same mix of {strata.mix} cannot be told: only {percent(left)} of the inbound "
            f"and {percent(right)} of the outbound leads are in a stratum with at least {THIN_BELOW} leads of both."
        )
        if adjusted:
            n, gap = leads(adjusted.difference.n), points(adjusted.difference)
            yield f"In the strata that hold both ({n}), the difference at the same mix is {gap}."
    elif adjusted:
        yield f"At the same mix of {strata.mix} it is {points(adjusted.difference)}."
        flattery = strata.crude - adjusted.difference.value
        if not adjusted.difference.low <= strata.crude <= adjusted.difference.high:
            side = LEFT if flattery > 0 else RIGHT
            yield f"The mix flatters {side} leads by about {100 * abs(flattery):.1f} points."


def _notes(comparison: Comparison, sides: Mapping[str, Counts], policy: Policy, crude: Verdict) -> Iterator[str]:
    yield f"The crude difference has Newcombe's interval; {pvalue(comparison.pvalue)} ({comparison.method})."
    if crude == "no_difference_shown" and (
        _sign(comparison.difference) != crude or comparison.pvalue < 1 - policy.confidence
    ):
        yield "That interval and that test fall on different sides of their limits; only what both show is claimed."
    yield (
        "The leads were not assigned to a direction at random: this is an association, not an effect of being inbound."
    )
    unknown = sides[UNKNOWN]
    if not unknown.total:
        yield _unknown(sides, policy)
    if unknown.total >= max(1, policy.suppress_below):
        either = (
            compare(sides[LEFT] + unknown, sides[RIGHT], confidence=policy.confidence),
            compare(sides[LEFT], sides[RIGHT] + unknown, confidence=policy.confidence),
        )
        same = all(_crude(one, policy) == crude for one in either)
        yield (
            f"Were all leads of unknown direction inbound, the crude difference would be "
            f"{points(either[0].difference)}; were all outbound, {points(either[1].difference)}. The crude verdict "
            f"would "
            f"{'be the same either way' if same else 'not be the same: first learn where those leads came from'}."
        )
    if adjusted := comparison.adjusted:
        yield (
            f"Adjusted by {adjusted.method} over {adjusted.strata} strat{'um' if adjusted.strata == 1 else 'a'}, to "
            f"all leads of the two groups there ({level(policy)}: {adjusted.difference.method})."
        )
        if adjusted.left_out:
            sizes = [n for _, n in adjusted.left_out]
            many = len(sizes) > 1
            # Beside the strata that are named, the total would tell the leads of one that is not.
            told = f" with {leads(sum(sizes))}" if min(sizes) >= policy.suppress_below else ""
            yield (
                f"{len(sizes)} strat{'a' if many else 'um'}{told} "
                f"hold{'' if many else 's'} only one of the two groups and {'are' if many else 'is'} left out."
            )


def _unknown(sides: Mapping[str, Counts], policy: Policy) -> str:
    unknown, everyone = sides[UNKNOWN], sum(sides.values(), start=Counts(0, 0))
    if 0 < unknown.total < policy.suppress_below:
        return f"The direction of {few(unknown.total, policy)} leads is unknown; no total here counts them."
    share = f" ({percent(unknown.total / everyone.total)})" if unknown.total else ""
    return f"The direction of {unknown.total:,} of {leads(everyone.total)}{share} is unknown."


def _without_small(comparison: Comparison, policy: Policy) -> Comparison:
    """Without the strata left out that the charter would not show."""
    if (adjusted := comparison.adjusted) is None:
        return comparison
    named = tuple(one for one in adjusted.left_out if one[1] >= policy.suppress_below)
    return replace(comparison, adjusted=replace(adjusted, left_out=named))
