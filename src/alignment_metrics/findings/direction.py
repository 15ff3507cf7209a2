"""Whether inbound leads convert better than outbound ones, before and after both are given the same mix."""

from __future__ import annotations

from dataclasses import replace

from alignment_metrics.charter import Policy
from alignment_metrics.crm import UNKNOWN, Crm
from alignment_metrics.findings.groups import level, percent, pvalue, shown
from alignment_metrics.measures import Reach
from alignment_metrics.stats.rates import compare
from alignment_metrics.stats.strata import standardise
from alignment_metrics.tallies import Tally, tally
from alignment_metrics.values import Adjusted, Comparison, Counts, Finding, Verdict, group

LEFT, RIGHT = "inbound", "outbound"


def inbound_vs_outbound(crm: Crm) -> tuple[Finding, ...]:
    """First stage to last, inbound against outbound, crude and adjusted for the charter's segments."""
    charter = crm.charter
    funnel, policy, segments = charter.funnel, charter.policy, charter.organisation.segments
    code = "inbound_vs_outbound.conversion"
    question = f"Do inbound leads reach {funnel.last} within {policy.within_days} days more often than outbound leads?"
    found = tally(crm, Reach(funnel.first, funnel.last, within_days=policy.within_days), by=("direction", *segments))
    directions = found.by("direction")
    sides = {side: directions.at(direction=side).counts() for side in (LEFT, RIGHT, UNKNOWN)}
    estimates, held = shown(directions, policy).estimates, shown(directions, policy).notes
    verdict, because = _refusal(sides, policy)
    if because:
        return (
            Finding(
                code, question, verdict, "Inbound and outbound leads cannot be compared.", estimates, because=because,
                notes=held, sql=(found.sql,),
            ),
        )
    comparison = compare(sides[LEFT], sides[RIGHT], confidence=policy.confidence)
    if segments and (adjusted := adjust(found, segments, policy)).strata:
        comparison = replace(comparison, adjusted=adjusted)
    decisive = comparison.adjusted.difference if comparison.adjusted else comparison.difference
    verdict = "higher" if decisive.low > 0 else "lower" if decisive.high < 0 else "no_difference_shown"
    return (
        Finding(
            code, question, verdict, _claim(comparison, verdict, policy), estimates, comparison=comparison,
            compared=(group({"direction": LEFT}), group({"direction": RIGHT})),
            notes=(*_notes(comparison, sides, policy), *held), sql=(found.sql,),
        ),
    )


def adjust(found: Tally, by: tuple[str, ...], policy: Policy) -> Adjusted:
    """The difference inbound - outbound, standardised to all leads of both over the strata of ``by``."""
    sides = [dict(found.at(direction=side).by(*by).cells) for side in (LEFT, RIGHT)]
    nobody = Counts(0, 0)
    strata = [
        (group(dict(zip(by, cell, strict=True))), sides[0].get(cell, nobody), sides[1].get(cell, nobody))
        for cell in sorted({*sides[0], *sides[1]})
    ]
    return standardise(strata, by=by, confidence=policy.confidence)


def _refusal(sides: dict[str, Counts], policy: Policy) -> tuple[Verdict, str | None]:
    for side in (LEFT, RIGHT):
        if not sides[side].total:
            return "does_not_apply", (
                f"no lead that is old enough is {side}: the charter's [sources] tag none of them so, and nothing is guessed."
            )
    for side in (LEFT, RIGHT):
        if sides[side].total < policy.min_group:
            return "not_enough_data", (
                f"only {sides[side].total:,} {side} leads are old enough, and the charter asks for {policy.min_group}."
            )
    return "measured", None


def _claim(comparison: Comparison, verdict: Verdict, policy: Policy) -> str:
    left, right, crude = comparison.left, comparison.right, comparison.difference
    text = (
        f"{percent(left.value)} of {left.n:,} inbound and {percent(right.value)} of {right.n:,} outbound leads converted: "
        f"a difference of {crude} ({level(policy)})."
    )
    adjusted = comparison.adjusted
    if adjusted is None:
        plain = {"higher": "Inbound leads convert more often.", "lower": "Inbound leads convert less often."}
        return f"{plain.get(verdict, 'No difference is shown, which is not the same as none.')} {text}"
    mix = " and ".join(adjusted.by)
    heads = {
        "higher": f"Inbound leads convert more often, also at the same mix of {mix}.",
        "lower": f"Inbound leads convert less often at the same mix of {mix}.",
    }
    head = heads.get(verdict, f"At the same mix of {mix}, no difference is shown, which is not the same as none.")
    gap = crude.value - adjusted.difference.value
    tail = f"With the same mix of {mix} on both sides it is {adjusted.difference}."
    if abs(gap) >= 0.005:
        whom = "inbound" if gap > 0 else "outbound"
        tail += f" The mix flatters {whom} by {100 * abs(gap):.1f} points."
    return f"{head} {text} {tail}"


def _notes(comparison: Comparison, sides: dict[str, Counts], policy: Policy) -> tuple[str, ...]:
    unknown = sides[UNKNOWN]
    everyone = sum(sides.values(), start=Counts(0, 0))
    notes = [
        f"The crude difference has Newcombe's interval; {pvalue(comparison.pvalue)} ({comparison.method}).",
        "The leads were not assigned to a direction at random: this is an association, not an effect of being inbound.",
        f"The direction of {unknown.total:,} of {everyone.total:,} leads ({percent(unknown.total / everyone.total)}) is unknown.",
    ]
    if unknown.total:
        both = (
            compare(sides[LEFT] + unknown, sides[RIGHT], confidence=policy.confidence).difference,
            compare(sides[LEFT], sides[RIGHT] + unknown, confidence=policy.confidence).difference,
        )
        notes.append(
            f"Were all of them inbound, the crude difference would be {both[0]}; were all outbound, {both[1]}."
        )
    if adjusted := comparison.adjusted:
        notes.append(
            f"Adjusted by {adjusted.method} over {adjusted.strata} strata, to all leads of the two groups "
            f"({adjusted.difference.method})."
        )
        if adjusted.left_out:
            lost = sum(n for _, n in adjusted.left_out)
            notes.append(
                f"{len(adjusted.left_out)} strata with {lost:,} leads hold only one of the two groups and are left out."
            )
    return tuple(notes)
