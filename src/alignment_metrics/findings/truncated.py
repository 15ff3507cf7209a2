"""What an export that shows only a part of what happened can not tell: it is refused, or doubted, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from alignment_metrics.charter import Funnel
from alignment_metrics.crm import Crm
from alignment_metrics.findings.benchmark.brought import meant_by
from alignment_metrics.findings.benchmark.rates import stage_of
from alignment_metrics.findings.words import plain
from alignment_metrics.published import comparables, shown
from alignment_metrics.stats.rates import rate
from alignment_metrics.values import Benchmark, Counts, Finding

_OF_LEADS = ("rate", "wait", "answered", "unanswered", "answer_time", "followed_up", "brought")


def refused(found: Iterable[Finding], crm: Crm) -> Iterator[Finding]:
    """The same findings; those that rest on records of which only the closed ones are there do not apply.

    Where the export starts mid-way, the others say so.
    """
    funnel = crm.charter.funnel
    start, because = _lost(crm)
    problems = [one for file in crm.quality.files for one in file.problems]
    doubts = tuple(one.message for one in problems if one.code == "left_truncated")
    for finding in found:
        if because and _touches(finding, funnel, start):
            yield _without_numbers(finding, crm, because)
        elif doubts and finding.because is None and rests_on_leads(finding):
            yield replace(finding, notes=(*doubts, *finding.notes))
        else:
            yield finding


def _lost(crm: Crm) -> tuple[str, str]:
    """The stage from which on only closed records are there, and why that is thought; no reason where all are there."""
    funnel = crm.charter.funnel
    said = {one.code: one.message for file in crm.quality.files for one in file.problems}
    if because := said.get("closed_only"):
        return funnel.first, because
    return funnel.stages[-2], said.get("closed_deals_only", "")


def _touches(finding: Finding, funnel: Funnel, start: str) -> bool:
    """Whether what a finding counts lies, in part, at or after ``start``."""
    chapter, _, rest = finding.code.partition(".")
    later = funnel.stages[funnel.stages.index(start) :]
    if chapter in ("conversion", "curve", "cohorts", "cycle") and "_to_" in rest:
        return any(rest.endswith(f"_to_{stage}") for stage in later)
    if chapter in ("benchmark", "published"):
        return _counted(finding, funnel) in later
    if chapter == "agreement":
        # What the charter holds is as true as before; a goal ends in the stage that it is about.
        ends = later if start != funnel.first else (*later, "touch")
        return rest == "six_numbers" or any(rest.endswith(f"_{stage}") for stage in ends)
    if chapter in ("claims", "perception"):
        return rests_on_leads(finding) and start == funnel.first
    return True


def rests_on_leads(finding: Finding) -> bool:
    """Whether a finding was counted from leads, and not stated in the charter or answered in a survey."""
    if finding.chapter == "perception":
        return finding.code == "perception.says_and_shows"
    if finding.chapter == "agreement":
        return bool(finding.sql)
    if finding.chapter in ("benchmark", "claims"):
        return bool(finding.sql) and finding.code.partition(".")[2] not in _of_people()
    return True


def _counted(finding: Finding, funnel: Funnel) -> str | None:
    """The last stage whose leads a benchmark counts; None where it counts none."""
    rest = finding.code.partition(".")[2]
    for one in comparables():
        if finding.code in (f"benchmark.{one.citation.id}", f"published.{one.citation.metric}"):
            return _last(one.kind, one.terms, funnel)
    metric = finding.benchmark.citation.metric if finding.benchmark else rest
    meant = meant_by(metric, funnel)
    return _last(*meant, funnel) if meant else None


def _last(kind: str, terms: Mapping[str, Any], funnel: Funnel) -> str | None:
    last = terms.get("stop") if kind in ("rate", "wait") else terms.get("start", funnel.first)
    return stage_of(str(last), funnel) if kind in _OF_LEADS else None


@cache
def _of_people() -> frozenset[str]:
    return frozenset(one.citation.id for one in (*comparables(), *shown()) if one.kind in ("survey", "survey_gap"))


def _without_numbers(finding: Finding, crm: Crm, because: str) -> Finding:
    benchmark = finding.benchmark
    if benchmark is not None:
        nothing = rate(Counts(0, 0), confidence=crm.charter.policy.confidence)
        benchmark = Benchmark(benchmark.citation, nothing)
    return replace(
        finding,
        verdict="does_not_apply",
        claim=f"No rate to {plain(crm.charter.funnel.last)} can be told from closed records alone.",
        estimates=(),
        comparison=None,
        compared=None,
        benchmark=benchmark,
        because=because[0].lower() + because[1:],
        notes=(),
        differs=False,
        curves=(),
    )
