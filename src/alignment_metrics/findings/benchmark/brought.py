"""Published numbers that the client brings along: set beside ours if ours can be counted and nothing speaks against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

from alignment_metrics.charter import Entered, Funnel
from alignment_metrics.findings.benchmark.asked import Asked, Own
from alignment_metrics.findings.benchmark.kinds import OF_FIRMS, own
from alignment_metrics.published import Comparable, comparables, misread
from alignment_metrics.published.quoted import entered
from alignment_metrics.values import Finding

WINS: Mapping[str, tuple[str, str]] = {
    f"{start}_win": (start, "won") for start in ("proposal", "forecast", "opportunity")
}
"""What is won, by what it is a share of."""
VAGUE = ("win", "sales_win", "close", "closing")
"""Names, less the word rate, that do not say of what: a share of forecasts is no share of proposals."""
WHICH = (
    "it does not say of what: of proposals, of forecasts or of all opportunities? Name one of proposal_win_rate, "
    "forecast_win_rate and opportunity_to_won_rate as its metric."
)


def brought_along(asked: Asked) -> list[Finding]:
    """One finding a number that the charter enters, in its order."""
    found: dict[str, Finding] = {}
    for entry in asked.charter.entered:
        finding = _finding(entry, asked)
        # Two sources of one metric are two findings; a metric may bear a number of its own.
        codes = (finding.code, *(f"{finding.code}_{number}" for number in range(2, len(found) + 2)))
        code = next(one for one in codes if one not in found)
        found[code] = replace(finding, code=code)
    return list(found.values())


def meant_by(metric: str, funnel: Funnel) -> tuple[str, Mapping[str, Any]] | None:
    """Which kind of number of ours a metric names, and its conditions; None where it names none, or more than one.

    It may be a rate between any two stages, such as ``"lead_to_sql_rate"``, or what a published number is called.
    """
    name = _name(metric)
    if name in VAGUE:
        return None
    ways = {
        f"{start}_to_{stop}": (before, after)
        for before, after in combinations(funnel.stages, 2)
        for start in _names(before, funnel)
        for stop in _names(after, funnel)
    }
    if way := WINS.get(name) or ways.get(name):
        return "rate", {"start": way[0], "stop": way[1]}
    for one in comparables():
        if _name(one.citation.metric) == name and one.kind not in (*OF_FIRMS, "none"):
            # Of leads the client's number says neither the source nor the age.
            ends = {end: one.terms[end] for end in ("start", "stop")} if one.kind == "rate" else one.terms
            return one.kind, ends
    return None


def _name(metric: str) -> str:
    return "_".join(metric.casefold().replace("_", " ").split()).removesuffix("_rate")


def _names(stage: str, funnel: Funnel) -> tuple[str, ...]:
    """What a stage may be called: as in the funnel, and as what it stands for."""
    told = funnel.definitions.get(stage)
    return (stage, told.stands_for) if told and told.stands_for else (stage,)


def _finding(entry: Entered, asked: Asked) -> Finding:
    policy = asked.policy
    ours = _own(entry, asked)
    margin = policy.margin if entry.unit == "share" else None
    finding = entered(
        entry,
        ours.ours,
        margin=margin,
        confidence=policy.confidence,
        population=ours.population,
        of=ours.of,
        counted=ours.counted,
    )
    if misread(entry.metric, entry.value, entry.unit) is not None:
        return finding
    if ours.because:
        # The audit knows the rate; it is this export that cannot tell it.
        finding = replace(finding, verdict=ours.verdict, because=ours.because)
    return replace(finding, estimates=ours.estimates, notes=(*finding.notes, *ours.notes), sql=ours.sql)


def _own(entry: Entered, asked: Asked) -> Own:
    meant = meant_by(entry.metric, asked.charter.funnel)
    if meant is None:
        return Own(because=WHICH if _name(entry.metric) in VAGUE else None)
    kind, terms = meant
    cited = replace(comparables()[0].citation, value=entry.value, unit=entry.unit)
    return own(Comparable(cited, kind, terms), asked)
