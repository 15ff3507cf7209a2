"""Whether as large a share of leads got on as was promised: a rate of those seen so far, so its interval decides."""

from __future__ import annotations

import math

from alignment_metrics.charter import Goal
from alignment_metrics.crm import Crm
from alignment_metrics.findings.agreement.promises import asked, day_count, part, signed, since, too_few
from alignment_metrics.findings.words import leads, level, plain, share
from alignment_metrics.measures import Reach
from alignment_metrics.stats.power import leads_to_tell
from alignment_metrics.stats.rates import rate
from alignment_metrics.tallies import since as leads_since
from alignment_metrics.tallies import tally
from alignment_metrics.values import Estimate, Finding, Verdict

_POWER = 0.8
_MOST = 10_000_000
"""Leads beyond which nobody waits for an answer."""


def rates(crm: Crm, goal: Goal) -> Finding:
    """The rate with its interval beside the promise: kept, broken, or not to be told from it."""
    charter, policy, begin = crm.charter, crm.charter.policy, signed(crm.charter)
    assert goal.stop is not None
    days = policy.within_days if goal.within_days is None else goal.within_days
    found = tally(leads_since(crm, goal.start, begin), Reach(goal.start, goal.stop, within_days=days))
    counts, way = found.counts(), f"{plain(goal.start)} to {plain(goal.stop)}"
    if because := too_few(counts, goal, days, charter):
        claim = f"Whether the promised share gets from {way} cannot be told yet."
        return Finding(goal.code, asked(goal), "not_enough_data", claim, because=because, sql=(found.sql,))
    ours = rate(counts, confidence=policy.confidence)
    verdict, said = _judged(ours, goal.at_least)
    within = f"within {day_count(days)}" if days else "on the same day"
    claim = (
        f"Of {leads(counts.total)} that entered {plain(goal.start)}{since(begin)}, {counts.hits:,} reached "
        f"{plain(goal.stop)} {within}: {share(ours)} ({level(policy)}). At least {part(goal.at_least)} were promised: "
        f"{said}."
    )
    notes = [f"Only leads that entered at least {day_count(days)} before the end of {crm.as_of} count."]
    promises = sum(other.kind == "rate" for other in charter.agreement.goals) if charter.agreement else 0
    if promises > 1:
        notes.append(f"One of {promises} rates judged: each interval stands at its level by itself.")
    if verdict == "no_difference_shown":
        notes.append(_more(ours, goal.at_least, policy.confidence))
    return Finding(goal.code, asked(goal), verdict, claim, (((), ours),), notes=tuple(notes), sql=(found.sql,))


def _judged(ours: Estimate, target: float) -> tuple[Verdict, str]:
    if ours.low >= target:
        return "kept", "all of the interval lies there or above"
    if ours.high < target:
        return "broken", "all of the interval lies below"
    return "no_difference_shown", "the interval reaches to both sides, so chance alone may decide"


def _more(ours: Estimate, target: float, confidence: float) -> str:
    needed = leads_to_tell(ours.value, target, confidence=confidence, power=_POWER)
    if not needed <= _MOST:
        return "The rate seen is so near to the promise that no number of leads a firm will have could tell them apart."
    told, many = part(round(ours.value, 4)), leads(math.ceil(needed))
    return f"Were {told} the true rate, it would take {many} to tell it from the promise in four cases of five."
