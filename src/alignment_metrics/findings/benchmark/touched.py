"""How soon, and whether, our leads are answered, under the conditions of a published number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from alignment_metrics.findings.benchmark.asked import Asked, Own
from alignment_metrics.findings.benchmark.rates import SINGLY, days_of, stage_missing
from alignment_metrics.findings.followed import answer_hours, answered, followed_up, unanswered
from alignment_metrics.findings.groups import estimate, too_few
from alignment_metrics.findings.words import few, plain
from alignment_metrics.stats.means import mean
from alignment_metrics.values import Counts

Told = tuple[Counts, str] | str
WITHIN = 30
FIRMS = (
    "Theirs is a share of firms, each of which was tried with one lead, and ours one of the leads of a single firm: "
    "ours is what a lead may expect of us."
)
HOURS_A_DAY = 24


def of_answered(terms: Mapping[str, Any], asked: Asked) -> Own:
    """The share of all leads that were first answered in a span of hours; those never answered are in the total."""
    within, after, until = terms.get("within_days", WITHIN), terms["after_hours"], terms.get("within_hours")
    span = f"within {_hours(until)}" if until is not None else f"within {days_of(within)}"
    span = f"after more than {_hours(after)} and {span}" if after else span

    def count() -> Told:
        return answered(asked.crm, after_hours=after, within_hours=until, within_days=within)

    own = _share(asked, count, f"leads first answered {span}, of all leads", within)
    return own if own.because else replace(own, notes=(FIRMS, *own.notes, *asked.hours))


def of_unanswered(terms: Mapping[str, Any], asked: Asked) -> Own:
    """The share of all leads that nobody had tried to reach some days later."""
    within = terms.get("within_days", WITHIN)
    of = f"leads that nobody tried to reach within {days_of(within)}, of all leads"
    own = _share(asked, lambda: unanswered(asked.crm, within_days=within), of, within)
    return own if own.because else replace(own, notes=(FIRMS, *own.notes))


def of_followed_up(terms: Mapping[str, Any], asked: Asked) -> Own:
    """The share of leads handed over that somebody then tried to reach, within the charter's window."""
    start, within = terms["start"], asked.policy.within_days
    if because := stage_missing(start, asked.charter.funnel.stages):
        return Own(because=because)
    of = f"leads that somebody tried to reach within {days_of(within)} of entering {plain(start)}"
    return _share(asked, lambda: followed_up(asked.crm, start, within_days=within), of, within, start)


def of_answer_time(terms: Mapping[str, Any], asked: Asked) -> Own:
    """The mean hours until the first attempt, of the leads that were answered at all."""
    policy, within = asked.policy, terms.get("within_days", WITHIN)
    told = answer_hours(asked.crm, within_days=within)
    if isinstance(told, str):
        return _untold(told)
    moments, sql = told
    if moments.n < max(1, policy.min_group):
        because = (
            f"{few(moments.n, policy)} leads were answered within {days_of(within)}, and the charter asks for "
            f"{policy.min_group}."
        )
        return Own(verdict="not_enough_data", because=because, sql=(sql,))
    ours = mean(moments, unit="hours", confidence=policy.confidence)
    notes = (
        "Only leads that were answered count, on both sides; a median is never to be set beside this mean.",
        *asked.hours,
    )
    of = f"mean hours to the first attempt, of leads answered within {days_of(within)}"
    return Own(moments, of, estimates=(((), ours),), notes=notes, sql=(sql,))


def _share(asked: Asked, count: Callable[[], Told], of: str, within: int, start: str | None = None) -> Own:
    told = count()
    if isinstance(told, str):
        return _untold(told)
    (counts, sql), policy = told, asked.policy
    first = start or asked.charter.funnel.first
    if because := too_few(counts, policy, start=first, days=within):
        return Own(verdict="not_enough_data", because=because, sql=(sql,))
    return Own(counts, of, estimates=(((), estimate(counts, policy)),), notes=(SINGLY,), sql=(sql,))


def _untold(why: str) -> Own:
    """Where the list is there but no lead is old enough, more data will do; otherwise something is missing."""
    young = why.startswith(("no lead", "nobody"))
    return Own(verdict="not_enough_data" if young else "not_comparable", because=f"{why.rstrip('.')}.")


def _hours(hours: float) -> str:
    if hours > 2 * HOURS_A_DAY and not hours % HOURS_A_DAY:
        return days_of(int(hours // HOURS_A_DAY))
    return f"{hours:g} hour{'' if hours == 1 else 's'}"
