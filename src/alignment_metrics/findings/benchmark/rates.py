"""Our own rate, wait or share of leads under the conditions of a published one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from alignment_metrics.charter import Charter, Policy
from alignment_metrics.findings.benchmark.asked import BROUGHT_BY, Asked, Own
from alignment_metrics.findings.groups import estimate, overall, too_few
from alignment_metrics.findings.words import few, leads, listed, percent, plain
from alignment_metrics.measures import Reach, Took
from alignment_metrics.stats.means import mean
from alignment_metrics.values import Ages, Counts, Moments, group

SINGLY = (
    "Leads are counted singly. Where several belong to one account, they fare alike, and the true interval is somewhat "
    "wider."
)
INSTEAD = {
    "proposal": "an opportunity is not one, for many never get a proposal",
    "forecast": "an opportunity is not in the forecast as soon as it is opened",
}
"""Why the stage that a funnel is likelier to have will not do."""


def of_rate(terms: Mapping[str, Any], asked: Asked) -> Own:
    """The share of the leads old enough that went on, all of them or those of one source or direction."""
    charter, policy = asked.charter, asked.policy
    start, stop = terms["start"], terms["stop"]
    if because := _missing(terms, charter):
        return Own(because=because)
    days = window(terms, charter)
    found = asked.rate(Reach(start, stop, within_days=days))
    where = {key: str(terms[key]) for key in ("direction", "source") if terms.get(key)}
    counts = found.at(**where).counts()
    estimates = overall(found.counts(), policy)
    whose = listed(list(where.values()))
    because = too_few(counts, policy, start=start, days=days, whose=whose)
    if where and because:
        # One source alone: its count would tell what the chapter on sources may have kept back beside it.
        because = f"fewer than {policy.min_group} {whose} leads are old enough for a rate."
    elif where:
        estimates += ((group(where), estimate(counts, policy)),)
    if because:
        return Own(verdict="not_enough_data", because=because, estimates=estimates, sql=(found.sql,))
    of = f"{plain(start)} to {plain(stop)} within {days_of(days)}" + (f", {whose} only" if whose else "")
    return Own(counts, of, estimates=estimates, notes=(SINGLY,), sql=(found.sql,))


def of_wait(terms: Mapping[str, Any], asked: Asked) -> Own:
    """The mean days of those that came, of leads old enough to have come."""
    charter, policy = asked.charter, asked.policy
    start, stop = plain(terms["start"]), plain(terms["stop"])
    if because := _missing(terms, charter):
        return Own(because=because)
    days = window(terms, charter)
    found = asked.wait(Took(terms["start"], terms["stop"], days))
    came = moments(found.ages())
    if came.n < max(1, policy.min_group):
        because = (
            f"{few(came.n, policy) if came.n else 'none'} of the leads that entered {start} at least {days_of(days)} "
            f"before the end of the export came to {stop} within {days_of(days)}, and the charter asks for "
            f"{policy.min_group}."
        )
        return Own(verdict="not_enough_data", because=because, sql=(found.sql,))
    ours = mean(came, unit="days", confidence=policy.confidence)
    note = (
        f"Both are means of those that arrived; half of ours took {_half(found.ages()):,} days or less. A median is "
        "never to be set beside a mean."
    )
    of = f"mean days from {start} to {stop} of those that got there within {days_of(days)}"
    return Own(came, of, estimates=(((), ours),), notes=(note,), sql=(found.sql,))


def of_brought(terms: Mapping[str, Any], asked: Asked, published: float | None) -> Own:
    """The share of all leads that one of the teams brought, as the charter tags their sources."""
    charter, policy = asked.charter, asked.policy
    by = terms["by"]
    if BROUGHT_BY not in charter.tags:
        return Own(
            because=f'no source in [sources] says who brought its leads; add brought_by = "{by}", "sales" or '
            '"partner" to each.'
        )
    found = asked.leads
    cells = {value: one.counts().total for value, one in found.by(BROUGHT_BY).split(BROUGHT_BY).items()}
    unknown, everyone = cells.pop("unknown", 0), sum(cells.values())
    counts = Counts(cells.get(by, 0), everyone)
    if because := few_known(counts, policy):
        return Own(verdict="not_enough_data", because=because, sql=(found.sql,))
    ours = estimate(counts, policy)
    low, high = counts.hits / (everyone + unknown), (counts.hits + unknown) / (everyone + unknown)
    if published is not None and low <= published <= high and not ours.low <= published <= ours.high:
        return Own(
            because=f"{leads(unknown)} came by sources that do not say who brought them, and with them the share may "
            f"be anything from {percent(low)} to {percent(high)}; add brought_by to their sources.",
            sql=(found.sql,),
        )
    notes = (
        (f"{few(unknown, policy)} more came by sources that do not say who brought them; they are left out.",)
        if unknown
        else ()
    )
    of = f"leads brought by {by}, of all whose source says who brought them"
    return Own(counts, of, estimates=(((), ours),), notes=notes, sql=(found.sql,))


def few_known(counts: Counts, policy: Policy) -> str | None:
    """Why there are too few leads of known origin for a share; None where there are enough."""
    if counts.total >= max(1, policy.min_group):
        return None
    there = few(counts.total, policy) if counts.total else "none"
    return f"the sources of {there} of the leads tell it, and the charter asks for {leads(policy.min_group)}."


def window(terms: Mapping[str, Any], charter: Charter) -> int:
    """The charter's window, or the one the published number needs where that is longer."""
    return max(charter.policy.within_days, terms.get("at_least_days") or 0)


def moments(ages: Ages) -> Moments:
    """Of the days of those that converted."""
    came = list(zip(ages.day, ages.converted, strict=True))
    return Moments(sum(n for _, n in came), sum(day * n for day, n in came), sum(day * day * n for day, n in came))


def stage_missing(stage: str, stages: Iterable[str]) -> str | None:
    """Why a funnel without a stage has no such number; None where it has the stage."""
    if stage in stages:
        return None
    instead = f"; {INSTEAD[stage]}" if stage in INSTEAD else ""
    return f"this funnel has no stage {stage!r}; it has {', '.join(stages)}{instead}. Add {stage!r} to [funnel]."


def _missing(terms: Mapping[str, Any], charter: Charter) -> str | None:
    stages, start, stop = charter.funnel.stages, terms["start"], terms["stop"]
    for stage in (start, stop):
        if because := stage_missing(stage, stages):
            return because
    if stages.index(start) >= stages.index(stop):
        return f"this funnel has {plain(stop)} before {plain(start)}."
    known = sorted({one.source for one in charter.sources.values()})
    source = terms.get("source")
    if source is not None and source not in known:
        return (
            f"it is about the source {source!r}, and the charter's [sources] have {', '.join(known) or 'none'}; call "
            "one so if it is the same."
        )
    return None


def _half(ages: Ages) -> int:
    """The first day by which half of those that converted had."""
    half, came = sum(ages.converted) / 2, 0
    for day, n in zip(ages.day, ages.converted, strict=True):
        came += n
        if came >= half:
            return day
    raise ValueError("nobody converted, so there is no day by which half did.")


def days_of(days: int) -> str:
    """A number of days, in words."""
    return f"{days} day{'' if days == 1 else 's'}"
