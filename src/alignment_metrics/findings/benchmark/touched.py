"""How soon, and whether, our leads are answered, under the conditions of a published number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from alignment_metrics.findings.benchmark.asked import Asked, Own
from alignment_metrics.findings.benchmark.rates import SINGLY, days_of, stage_missing, stage_of
from alignment_metrics.findings.followed import (
    WITHIN,
    answer_hours,
    answer_median,
    answered,
    unanswered,
)
from alignment_metrics.findings.groups import estimate, too_few
from alignment_metrics.findings.handed import followed_up_since
from alignment_metrics.findings.words import few, plain
from alignment_metrics.stats.means import mean
from alignment_metrics.values import Counts, Group, group

Told = tuple[Counts, str] | str
FIRMS = (
    "Theirs is a share of firms, each of which was tried with one lead, and ours one of the leads of a single firm: "
    "ours is what a lead may expect of us."
)
HOURS_A_DAY = 24


def of_answered(terms: Mapping[str, Any], asked: Asked) -> Own:
    """The share of all leads that were first answered in a span of hours; those never answered are in the total."""
    within, after, until = terms.get("within_days", WITHIN), terms["after_hours"], terms.get("within_hours")
    direction = terms.get("direction")
    span = f"within {_hours(until)}" if until is not None else f"within {days_of(within)}"
    span = f"after more than {_hours(after)} and {span}" if after else span

    def count() -> Told:
        return answered(asked.crm, after_hours=after, within_hours=until, within_days=within, direction=direction)

    whose = _whose(direction)
    own = _share(asked, count, f"{whose} first answered {span}, of all {whose}", within, direction=direction)
    return own if own.because else replace(own, notes=(FIRMS, *own.notes, *asked.hours(direction, within)))


def of_unanswered(terms: Mapping[str, Any], asked: Asked) -> Own:
    """The share of all leads that nobody had tried to reach some days later."""
    within, direction = terms.get("within_days", WITHIN), terms.get("direction")
    whose = _whose(direction)
    of = f"{whose} that nobody tried to reach within {days_of(within)}, of all {whose}"

    def count() -> Told:
        return unanswered(asked.crm, within_days=within, direction=direction)

    own = _share(asked, count, of, within, direction=direction)
    return own if own.because else replace(own, notes=(FIRMS, *own.notes, *asked.hours(direction, within)))


def of_followed_up(terms: Mapping[str, Any], asked: Asked) -> Own:
    """The share of leads handed over that somebody then tried to reach, within the charter's window."""
    funnel, within = asked.charter.funnel, asked.policy.within_days
    if because := stage_missing(terms["start"], funnel):
        return Own(because=because)
    start = stage_of(terms["start"], funnel)
    of = f"leads that somebody tried to reach within {days_of(within)} of entering {plain(start)}"
    told = followed_up_since(asked.crm, start, within_days=within)
    if isinstance(told, str):
        return _share(asked, lambda: told, of, within, start)
    own = _share(asked, lambda: (told.counts, told.sql[0]), f"{of}{told.doubt and '; '}{told.doubt}", within, start)
    return own if own.because else replace(own, notes=(*own.notes, *told.notes), sql=told.sql)


def of_answer_time(terms: Mapping[str, Any], asked: Asked) -> Own:
    """The mean hours until the first attempt, of the leads that were answered at all."""
    policy, within, direction = asked.policy, terms.get("within_days", WITHIN), terms.get("direction")
    told = answer_hours(asked.crm, within_days=within, direction=direction)
    half = answer_median(asked.crm, within_days=within, direction=direction)
    if isinstance(told, str) or isinstance(half, str):
        return _untold(str(told), asked, direction)
    (moments, sql), (hours, _) = told, half
    if moments.n < max(1, policy.min_group):
        because = (
            f"{few(moments.n, policy)} leads were answered within {days_of(within)}, and the charter asks for "
            f"{policy.min_group}."
        )
        return Own(verdict="not_enough_data", because=because, sql=(sql,))
    ours = mean(moments, unit="hours", confidence=policy.confidence)
    notes = (
        "Only leads that were answered count, on both sides.",
        f"Half of ours were answered within {hours:,.1f} hours: a median, which is never to be set beside their mean.",
        *asked.hours(direction, within),
    )
    of = f"mean hours to the first attempt, of {_whose(direction)} answered within {days_of(within)}"
    return Own(moments, of, estimates=((_group(direction), ours),), notes=notes, sql=(sql,))


def _share(
    asked: Asked,
    count: Callable[[], Told],
    of: str,
    within: int,
    start: str | None = None,
    direction: str | None = None,
) -> Own:
    told = count()
    if isinstance(told, str):
        return _untold(told, asked, direction)
    (counts, sql), policy = told, asked.policy
    first = start or asked.charter.funnel.first
    if because := too_few(counts, policy, start=first, days=within, whose=direction or ""):
        return Own(verdict="not_enough_data", because=because, sql=(sql,))
    return Own(counts, of, estimates=((_group(direction), estimate(counts, policy)),), notes=(SINGLY,), sql=(sql,))


def _group(direction: str | None) -> Group:
    return group({"direction": direction}) if direction else ()


def _whose(direction: str | None) -> str:
    return f"{direction} leads" if direction else "leads"


def _untold(why: str, asked: Asked, direction: str | None) -> Own:
    """Where the list is there but no lead is old enough, more data will do; otherwise something is missing."""
    if (
        asked.crm.touches is not None
        and direction
        and all(one.direction != direction for one in asked.charter.sources.values())
    ):
        return Own(
            because=f"it is about {direction} leads, and no source under [sources] in the charter is {direction}."
        )
    young = why.startswith(("no lead", f"no {direction} lead", "nobody"))
    return Own(verdict="not_enough_data" if young else "not_comparable", because=f"{why.rstrip('.')}.")


def _hours(hours: float) -> str:
    if hours > 2 * HOURS_A_DAY and not hours % HOURS_A_DAY:
        return days_of(int(hours // HOURS_A_DAY))
    return f"{hours:g} hour{'' if hours == 1 else 's'}"
