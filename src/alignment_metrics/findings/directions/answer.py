"""One sentence for the client on the three claims, chosen by rule, and the one caveat that matters most."""

from __future__ import annotations

from alignment_metrics.charter.grammar import shown
from alignment_metrics.findings.directions.case import CHEAPER, LOYAL, Case
from alignment_metrics.findings.directions.conversion import ASSOCIATION, after_the_fact, flattery
from alignment_metrics.findings.directions.hidden import batch, without_leaks
from alignment_metrics.findings.directions.margin import equivalence
from alignment_metrics.findings.directions.protocol import points_of, unseen
from alignment_metrics.findings.directions.verdicts import NOT, by_cluster, likelier
from alignment_metrics.findings.words import leads, listed, percent, points
from alignment_metrics.stats.clusters import FEW_CLUSTERS
from alignment_metrics.stats.evalues import evalue
from alignment_metrics.values import Finding, Verdict

CODE = "inbound_vs_outbound.answer"
QUESTION = "Are inbound leads likelier to buy, cheaper to win and more loyal than outbound ones?"
AT_RANDOM = (
    "the leads were not assigned to a direction at random, so this says how the two fared, and not what would have "
    "become of a lead that came the other way."
)
SMALL_EVALUE = 1.5
"""An E-value of the limit below which a weak cause that nobody recorded would do to explain the difference away."""
MOST_UNKNOWN = 0.2
"""The share of leads of unknown direction from which on the others do not speak for all."""
MOST_OF_A_SIDE = 0.1
"""The share of a direction's leads from which on a source in a batch makes the comparison one of months."""


def answer(case: Case) -> Finding:
    """The verdict is that on conversion; ``advice`` is the caveat."""
    claim = f"{'; '.join((_likelier(case), _cheaper(case), _loyal(case)))}."
    mattering = caveat(case)
    notes = tuple(note for note in (case.family, "" if mattering == AT_RANDOM else ASSOCIATION) if note)
    return Finding(
        CODE,
        QUESTION,
        case.verdict,
        claim,
        (((), case.difference),),
        advice=f"Before acting: {mattering}",
        notes=notes,
        sql=case.sql,
    )


def _likelier(case: Case) -> str:
    one = case.difference
    told = f"{points(one)} {case.basis} ({100 * one.confidence:g}% interval, n = {one.n:,})"
    if case.verdict == "higher":
        return f"Inbound leads were likelier to buy than outbound ones, {told}"
    if case.verdict == "lower":
        return f"Inbound leads were less likely to buy than outbound ones, {told}"
    if equivalence(case).verdict == "equivalent" and case.policy.margin:
        return f"Inbound and outbound leads were alike in buying, to within {points_of(case.policy.margin)}: {told}"
    return f"Inbound leads are not shown to be likelier to buy than outbound ones, or less likely: {told}"


def _cheaper(case: Case) -> str:
    if case.spent.refused:
        return "whether they are cheaper to win cannot be told"
    words: dict[Verdict, str] = {"lower": "a won one cost less", "higher": "a won one cost more"}
    return words.get(case.verdicts.get(CHEAPER, NOT), "no difference in what a won one cost is shown")


def _loyal(case: Case) -> str:
    if case.loyalty.refused:
        return "whether a larger share of their customers is kept cannot be told"
    words: dict[Verdict, str] = {
        "higher": "a larger share of their customers is kept",
        "lower": "a smaller share of their customers is kept",
    }
    return words.get(case.verdicts.get(LOYAL, NOT), "no difference in the share of customers kept is shown")


def caveat(case: Case) -> str:
    """The first of these that holds, from what may undo the answer to what may only shade it."""
    if case.entered:
        names = listed([shown(one.source) for one in case.entered])
        without = without_leaks(case)
        left = f"without them it is {points(without)}" if without else "without them too few are left to compare"
        return (
            f"the leads of {names} look as if they were entered once they had converted, and {left}; find out how they "
            "are entered."
        )
    if told := next(after_the_fact(case), ""):
        return f"{told[0].lower()}{told[1:]}"
    if told := _owners(case) or _mix(case) or _unknown(case):
        return told
    if case.spread and not case.spread.effective_clusters >= FEW_CLUSTERS:
        return "the leads come from few accounts, which may fare alike, so less is known than their number suggests."
    if told := _time(case):
        return told
    if case.verdict != NOT:
        return _small(case) or AT_RANDOM
    return AT_RANDOM if equivalence(case).verdict == "equivalent" else unseen(case)


def _owners(case: Case) -> str:
    """Where a difference would be claimed if owners were all alike."""
    owners = case.belonging.get("owner")
    if owners is None or case.verdict != NOT:
        return ""
    others = [one for name, one in case.belonging.items() if name != "owner"]
    if likelier(case.sides, others, case.policy.confidence) == NOT:
        return ""
    one = by_cluster(case.sides, owners, case.policy.confidence)
    told = (
        f"the difference is {points(one)}" if one.low * one.high < 0 else "that no longer stands for all claims asked"
    )
    return (
        f"leads of one owner fare alike, and counted by owner {told}; what looks like the direction may be who took "
        "the leads."
    )


def _unknown(case: Case) -> str:
    n, share = case.sides.unknown.total, case.unknown_share
    few_there, are = n < case.policy.suppress_below, "is" if n == 1 else "are"
    if n and case.unknown_decides:
        return (
            "the few leads of unknown direction could overturn the answer; learn where they came from."
            if few_there
            else f"{leads(n)} ({percent(share)}) {are} of unknown direction and could overturn what the others show as "
            "they come; learn where they came from."
        )
    if share < MOST_UNKNOWN or few_there:
        return ""
    return (
        f"{leads(n)} ({percent(share)}) {are} of unknown direction, and what the others show need not hold of them; "
        "learn where they came from."
    )


def _small(case: Case) -> str:
    """Where the difference shown may be too small to act on, or to stand against a weak cause."""
    margin, one = case.policy.margin, case.difference
    least = min(abs(one.low), abs(one.high)) if one.low * one.high > 0 else 0.0
    if margin and least < margin:
        return (
            f"the difference may be smaller than the {points_of(margin)} that the charter calls worth acting on: its "
            f"interval comes as near to none as {points_of(round(least, 3))}."
        )
    nearest = evalue(case.ratio)[1]
    if nearest < SMALL_EVALUE:
        return (
            "a weak cause that nobody recorded would do to explain the difference away: one that makes leads "
            f"{nearest:.2f} times as likely to convert and is {nearest:.2f} times as frequent in one direction."
        )
    return ""


def _mix(case: Case) -> str:
    strata = case.strata
    if not strata.by:
        return ""
    if strata.shared and strata.decide:
        if case.reversal == "reversed":
            return f"the sign turns once both have the same mix of {strata.mix}; do not quote the crude rates."
        told = flattery(case)
        return f"{told[0].lower()}{told[1:]}, so do not quote the crude rates." if told else ""
    return (
        f"too few leads of the two share a stratum of {strata.mix} to make them alike in it, so the difference may be "
        "one of mix."
    )


def _time(case: Case) -> str:
    least = MOST_OF_A_SIDE * min(case.sides.left.total, case.sides.right.total)
    return next((batch(case, one)[0] for one in case.batches if one.leads >= least), "")
