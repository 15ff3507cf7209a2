"""Our own rate or wait of leads under the conditions of a published one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_metrics.charter import Charter, Funnel
from alignment_metrics.findings.benchmark.asked import Asked, Own
from alignment_metrics.findings.groups import estimate, overall, too_few
from alignment_metrics.findings.words import few, listed, plain
from alignment_metrics.measures import Late, Reach, Took
from alignment_metrics.stats.means import mean
from alignment_metrics.values import Ages, Moments, group

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
    if because := missing(terms, charter):
        return Own(because=because)
    start, stop = (stage_of(terms[end], charter.funnel) for end in ("start", "stop"))
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
    late = asked.late(Late(start, stop, days))
    cut = (_cut(days),) if late.at(**where).counts().hits else ()
    return Own(counts, of, estimates=estimates, notes=(*cut, SINGLY), sql=(found.sql,))


def of_wait(terms: Mapping[str, Any], asked: Asked) -> Own:
    """The mean days of those that came, of leads old enough to have come."""
    charter, policy = asked.charter, asked.policy
    if because := missing(terms, charter):
        return Own(because=because)
    days, (begun, ended) = window(terms, charter), [stage_of(terms[end], charter.funnel) for end in ("start", "stop")]
    start, stop = plain(begun), plain(ended)
    found = asked.wait(Took(begun, ended, days))
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
        f"Both are means of those that arrived; half of ours took {days_of(_half(found.ages()))} or less. A median "
        "is never to be set beside a mean."
    )
    of = f"mean days from {start} to {stop} of those that got there within {days_of(days)}"
    return Own(came, of, estimates=(((), ours),), notes=(note,), sql=(found.sql,))


def window(terms: Mapping[str, Any], charter: Charter) -> int:
    """The charter's window, or the one the published number needs where that is longer."""
    return max(charter.policy.within_days, terms.get("at_least_days") or 0)


def moments(ages: Ages) -> Moments:
    """Of the days of those that converted."""
    came = list(zip(ages.day, ages.converted, strict=True))
    return Moments(sum(n for _, n in came), sum(day * n for day, n in came), sum(day * day * n for day, n in came))


def stage_of(name: str, funnel: Funnel) -> str:
    """The stage of the funnel that bears a name, or stands for it; the name itself where there is none."""
    return name if name in funnel.stages else funnel.named(name) or name


def stage_missing(name: str, funnel: Funnel) -> str | None:
    """Why a funnel without a stage has no such number; None where it has the stage."""
    if stage_of(name, funnel) in funnel.stages:
        return None
    instead = f"; {INSTEAD[name]}" if name in INSTEAD else ""
    return (
        f"no stage of this funnel is {name!r} (it has {', '.join(funnel.stages)}{instead}); if one of them is, say "
        f'stands_for = "{name}" in its definition, under [funnel.definitions].'
    )


def missing(terms: Mapping[str, Any], charter: Charter) -> str | None:
    """Why a rate or a wait between these stages, or of this source, cannot be told here; None where it can."""
    for end in ("start", "stop"):
        if because := stage_missing(terms[end], charter.funnel):
            return because
    stages = charter.funnel.stages
    start, stop = (stage_of(terms[end], charter.funnel) for end in ("start", "stop"))
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


def _cut(days: int) -> str:
    return f"Ours is cut at {days_of(days)}, and some leads took longer: with more time it can only grow."


def days_of(days: int) -> str:
    """A number of days, in words."""
    return f"{days:,} day{'' if days == 1 else 's'}"
