"""Whether leads were taken up as soon as was promised: a count of all of them, and so no estimate."""

from __future__ import annotations

import math

from alignment_metrics.charter import Goal
from alignment_metrics.crm import Crm
from alignment_metrics.findings import followed
from alignment_metrics.findings.agreement.promises import (
    asked,
    at_least,
    counted,
    day_count,
    signed,
    since,
    too_few,
    window,
)
from alignment_metrics.findings.words import leads, percent, plain
from alignment_metrics.measures import Reach
from alignment_metrics.tallies import since as leads_since
from alignment_metrics.tallies import tally
from alignment_metrics.values import Counts, Finding, Verdict


def speed(crm: Crm, goal: Goal) -> Finding:
    """The share of the leads old enough that got there, or were followed up, in time."""
    charter, policy, begin = crm.charter, crm.charter.policy, signed(crm.charter)
    judged, days = leads_since(crm, goal.start, begin), _days(goal)
    told = _counts(judged, goal)
    claim = f"Whether leads are taken up {window(goal)} of entering {plain(goal.start)} cannot be told."
    if isinstance(told, str):
        return Finding(goal.code, asked(goal), "not_enough_data", claim, because=f"{told}.")
    counts, query = told
    if because := too_few(counts, goal, days, charter):
        return Finding(goal.code, asked(goal), "not_enough_data", claim, because=because, sql=(query,))
    share = counts.hits / counts.total
    needed = next(n for n in _near(goal.at_least * counts.total) if n / counts.total >= goal.at_least)
    done = f"reached {plain(goal.stop)}" if goal.stop else "were followed up"
    claim = (
        f"Of {leads(counts.total)} that entered {plain(goal.start)}{since(begin)}, {counts.hits:,} {done} "
        f"{window(goal)} ({percent(share)}). Promised was {at_least(goal)}, which is {needed:,}."
    )
    unknown = (
        Counts(0, counts.total)
        if goal.within_hours is None
        else followed.unclocked(judged, goal.start, within_days=days)
    )
    early = f"Only leads that entered at least {day_count(days)} before the end of {crm.as_of} count"
    notes = [
        f"{early}, and only those whose wait is known to the second."
        if unknown.hits
        else f"{early}; they are all that the promise is about, so there is no margin of error."
    ]
    if goal.stop is None:
        notes.append("An attempt to reach the lead counts, whether anybody answered or not; touches.csv tells of it.")
    if goal.within_hours is not None:
        notes.append("Hours are those of a clock on the wall: nights and weekends count.")
    notes += [*followed.left_out(unknown, policy), *_could_turn(counts, unknown.hits, goal)]
    rows = (((), counted(share, counts.total, "share", policy, hits=counts.hits)),)
    verdict: Verdict = "kept" if share >= goal.at_least else "broken"
    return Finding(goal.code, asked(goal), verdict, claim, rows, notes=tuple(notes), sql=(query,))


def _could_turn(counts: Counts, unknown: int, goal: Goal) -> tuple[str, ...]:
    """That the leads left out could have made of a promise the contrary of what it came to; nothing where not."""
    every = counts.total + unknown
    kept = counts.hits / counts.total >= goal.at_least
    if kept and counts.hits / every < goal.at_least:
        return ("Had none of those left out been followed up in time, the promise would not have been kept.",)
    if not kept and (counts.hits + unknown) / every >= goal.at_least:
        return ("Had all of those left out been followed up in time, the promise would have been kept.",)
    return ()


def _days(goal: Goal) -> int:
    """The days after which it is known whether the promise was kept."""
    return math.ceil((goal.within_hours or 0) / 24) if goal.within_days is None else goal.within_days


def _counts(crm: Crm, goal: Goal) -> tuple[Counts, str] | str:
    if goal.stop is not None:
        found = tally(crm, Reach(goal.start, goal.stop, within_days=_days(goal)))
        return found.counts(), found.sql
    if goal.within_hours is None:
        return followed.followed_up(crm, goal.start, within_days=_days(goal))
    return followed.answered(crm, within_hours=goal.within_hours, within_days=_days(goal), start=goal.start)


def _near(leads: float) -> range:
    """Whole numbers around one that rounding may have moved."""
    return range(max(0, math.floor(leads) - 1), math.ceil(leads) + 2)
