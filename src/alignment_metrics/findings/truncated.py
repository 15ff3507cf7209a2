"""What an export that shows only a part of what happened can not tell: it is refused, or doubted, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from alignment_metrics.charter import Funnel
from alignment_metrics.crm import Crm
from alignment_metrics.findings.words import plain
from alignment_metrics.published import comparables
from alignment_metrics.stats.rates import rate
from alignment_metrics.values import Benchmark, Counts, Finding


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
        elif doubts and finding.because is None:
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
    if chapter == "benchmark":
        return any(one.citation.id == rest and one.stop in later for one in comparables())
    return True


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
