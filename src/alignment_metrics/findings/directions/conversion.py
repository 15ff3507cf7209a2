"""Whether inbound leads are likelier to buy: as they come, at the same mix, and whether both may be claimed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from alignment_metrics.charter import Policy
from alignment_metrics.crm import UNKNOWN
from alignment_metrics.findings.directions.case import Case
from alignment_metrics.findings.directions.counted import alike
from alignment_metrics.findings.directions.sides import LEFT, RIGHT, THIN_BELOW
from alignment_metrics.findings.directions.verdicts import NOT, sign, together
from alignment_metrics.findings.groups import Shown, shown
from alignment_metrics.findings.words import few, leads, level, percent, plain, points, pvalue
from alignment_metrics.stats.differences import difference
from alignment_metrics.stats.odds import odds_ratio
from alignment_metrics.stats.power import per_extra_win
from alignment_metrics.values import Comparison, Estimate, Finding, group

CODE = "inbound_vs_outbound.conversion"
NOT_SHOWN = "which is not the same as none"
OFTEN = {"higher": "more often", "lower": "less often"}
ASSOCIATION = (
    "The leads were not assigned to a direction at random: this is an association, not an effect of being inbound."
)


def question(case: Case) -> str:
    """What the finding answers."""
    return f"Do inbound leads reach {case.reached} more often than outbound leads?"


def conversion(case: Case) -> Finding:
    """Both rates, their difference as it comes and at the same mix, and what of it may be claimed."""
    listing = listed_sides(case)
    parts = [_head(case), _difference(case), *_alike(case)]
    parts += unknown(case)
    return Finding(
        CODE,
        question(case),
        case.verdict,
        " ".join(parts),
        listing.estimates,
        comparison=_without_small(case.comparison, case.policy),
        compared=(group({"direction": LEFT}), group({"direction": RIGHT})),
        notes=(*_notes(case), *listing.notes),
        sql=case.sql,
    )


def listed_sides(case: Case) -> Shown:
    """The rate of each direction, as far as it may be shown."""
    directions = case.whole.counts.by("direction")
    if 0 < case.sides.unknown.total < case.policy.suppress_below:
        # Both groups must be shown, and would give away the third beside a total of all.
        directions = replace(directions, cells=tuple(cell for cell in directions.cells if cell[0] != (UNKNOWN,)))
    return shown(directions, case.policy)


def _head(case: Case) -> str:
    verdict, crude, strata = case.verdict, case.crude, case.strata
    plainly = (
        f"As they come, inbound leads convert {OFTEN[crude]} than outbound ones"
        if crude in OFTEN
        else "As they come, no difference between inbound and outbound leads is shown"
    )
    if not strata.decide:
        if crude not in OFTEN:
            return f"{plainly}, {NOT_SHOWN}."
        return f"{plainly}." if verdict == crude else f"{plainly}, but that does not stand {_against(case)}."
    if verdict not in OFTEN:
        return f"{plainly}; at the same mix of {strata.mix} {_nothing(case)}."
    if verdict == crude:
        return f"Inbound leads convert {OFTEN[verdict]} than outbound ones, also at the same mix of {strata.mix}."
    return f"{plainly}; at the same mix of {strata.mix} inbound leads convert {OFTEN[verdict]} than outbound ones."


def _nothing(case: Case) -> str:
    """That no difference is claimed at the same mix, and what stops one that its interval, or single leads, show."""
    shown = sign(case.difference)
    if shown in OFTEN:
        return f"inbound leads convert {OFTEN[shown]}, but that does not stand {_against(case)}"
    if sign(case.intervals(case.policy.confidence)[0]) in OFTEN:
        return f"no difference is shown once leads of one {case.whose} are taken to fare alike, {NOT_SHOWN}"
    return f"{'no difference is shown' if case.crude in OFTEN else 'neither'}, {NOT_SHOWN}"


def _against(case: Case) -> str:
    """What keeps a difference from being claimed that its own interval shows."""
    if case.strata.shared and together(case.sides, case.policy.confidence) != sign(case.difference):
        if case.strata.decide:
            return "in the test of all strata together"
        return f"where leads of both share a stratum of {case.strata.mix}"
    return "once it is paid for that several claims are asked"


def _difference(case: Case) -> str:
    left, right = case.comparison.left, case.comparison.right
    told = (
        f"{percent(left.value)} of {left.n:,} inbound and {percent(right.value)} of {right.n:,} outbound "
        f"lead{'' if right.n == 1 else 's'} reached {case.reached}: a difference of {points(case.plainly)} "
        f"({level(case.policy)})."
    )
    if sign(case.plainly) == sign(case.comparison.difference):
        return told
    effect = alike(case.effect)
    return (
        f"{told} Leads of one {case.whose} fare alike{f', so {effect}' if effect else ''}; counted singly, as if each "
        f"were by itself, they would give {points(case.comparison.difference)}."
    )


def _alike(case: Case) -> Iterator[str]:
    adjusted, strata = case.comparison.adjusted, case.strata
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
        if told := flattery(case):
            yield f"{told}."


def flattery(case: Case) -> str:
    """By how much the mix makes one direction look better, in words; empty where that is within the noise."""
    adjusted = case.comparison.adjusted
    if not adjusted or not case.strata.decide:
        return ""
    gap = case.strata.crude - adjusted.difference.value
    if adjusted.difference.low <= case.strata.crude <= adjusted.difference.high:
        return ""
    return f"The mix flatters {LEFT if gap > 0 else RIGHT} leads by about {100 * abs(gap):.1f} points"


def _notes(case: Case) -> Iterator[str]:
    comparison, policy = case.comparison, case.policy
    tested = f"{pvalue(comparison.pvalue)} ({comparison.method})."
    if case.plainly == comparison.difference:
        yield f"The crude difference has Newcombe's interval; {tested}"
    else:
        yield (
            f"Leads of one {case.whose} may fare alike, so the intervals of the differences above count them by "
            f"{case.whose}. Counted singly the crude difference is {points(comparison.difference)} (Newcombe); {tested}"
        )
    if case.singly == NOT and (sign(comparison.difference) != NOT or comparison.pvalue < 1 - policy.confidence):
        yield "That interval and that test fall on different sides of their limits; only what both show is claimed."
    yield ASSOCIATION
    if case.sides.unknown.total >= max(1, policy.suppress_below):
        inbound, outbound = map(points, case.if_unknown)
        same = "not be the same: first learn where those leads came from"
        yield (
            f"Were all leads of unknown direction inbound, the crude difference would be {inbound}; were all outbound, "
            f"{outbound}. The crude verdict would {same if case.unknown_decides else 'be the same either way'}."
        )
    yield from _adjustment(case)
    yield from after_the_fact(case)
    yield from _other_measures(case)
    if case.family:
        yield case.family


def _adjustment(case: Case) -> Iterator[str]:
    policy, adjusted = case.policy, case.comparison.adjusted
    if not adjusted:
        return
    yield (
        f"Adjusted by {adjusted.method} over {adjusted.strata} strat{'um' if adjusted.strata == 1 else 'a'}, to "
        f"all leads of the two groups there ({level(policy)}: {adjusted.difference.method})."
    )
    if adjusted.left_out:
        sizes = [n for _, n in adjusted.left_out]
        more = len(sizes) > 1
        # Beside the strata that are named, the total would tell the leads of one that is not.
        told = f" with {leads(sum(sizes))}" if min(sizes) >= policy.suppress_below else ""
        yield (
            f"{len(sizes)} strat{'a' if more else 'um'}{told} "
            f"hold{'' if more else 's'} only one of the two groups and {'are' if more else 'is'} left out."
        )
    if case.strata.decide:
        yield (
            f"Where the same mix decides, the standardised difference and the test of all strata together must both "
            f"show it ({case.alike.test.method}: {pvalue(case.alike.test.pvalue)})."
            if not math.isnan(case.alike.test.pvalue)
            else "No stratum holds conversions to compare, so nothing is claimed at the same mix."
        )


def _other_measures(case: Case) -> Iterator[str]:
    left, right, policy = case.sides.left, case.sides.right, case.policy
    score = difference(left, right, confidence=policy.confidence)
    singly = "Counted singly, by" if case.widening > 1 else "By"
    told = f"{singly} Miettinen and Nurminen's score the crude difference is {points(score)}"
    times, odds = case.comparison.ratio, odds_ratio(left, right, confidence=policy.confidence)
    # Of no conversions, or of a side without any, no ratio can be told.
    known = [(name, one) for name, one in (("ratio of the rates", times), ("odds ratio", odds)) if _finite(one)]
    yield "; ".join((told, *(f"the {name} is {one}" for name, one in known))) + f" ({level(policy)}s)."
    if case.verdict in OFTEN:
        extra = per_extra_win(case.difference)
        better, other = (LEFT, RIGHT) if case.difference.value > 0 else (RIGHT, LEFT)
        yield (
            f"Per extra conversion that is {_number(extra.value)} [{_number(extra.low)}, {_number(extra.high)}] "
            f"{better} leads in the place of {other} ones, if leads of the two would trade places."
        )


def _finite(one: Estimate) -> bool:
    return all(math.isfinite(end) for end in (one.value, one.low, one.high))


def _number(n: float) -> str:
    return f"{n:,.1f}" if math.isfinite(n) else "no limit"


def unknown(case: Case) -> list[str]:
    """Of how many leads the direction is not known; nothing where it is of all."""
    n, everyone, policy = case.sides.unknown.total, case.sides.everyone, case.policy
    if not n:
        return []
    if n < policy.suppress_below:
        return [f"The direction of {few(n, policy)} leads is unknown; no total here counts them."]
    return [f"The direction of {n:,} of {leads(everyone.total)} ({percent(case.unknown_share)}) is unknown."]


def after_the_fact(case: Case) -> Iterator[str]:
    """What is said of a column that is adjusted for and counts attempts."""
    for key, found in case.attempts:
        name = plain(key)
        counts = f"{name} counts attempts" if found.named else f"if {name} counts attempts, such as calls, they"
        yield (
            f"{counts[0].upper()}{counts[1:]}{', which' if found.named else ''} end once a lead converts, so it is "
            "after the fact: leads made alike in it are made alike in what is asked; leave it out of what is adjusted "
            "for."
        )


def _without_small(comparison: Comparison, policy: Policy) -> Comparison:
    """Without the strata left out that the charter would not show."""
    if (adjusted := comparison.adjusted) is None:
        return comparison
    named = tuple(one for one in adjusted.left_out if one[1] >= policy.suppress_below)
    return replace(comparison, adjusted=replace(adjusted, left_out=named))
