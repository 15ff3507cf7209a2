"""A published number and ours become one finding: placed where it may be, and told what is missing where not."""

from __future__ import annotations

from dataclasses import replace

from alignment_metrics.charter import Charter
from alignment_metrics.findings.benchmark.asked import Own
from alignment_metrics.published import beside
from alignment_metrics.published.fineprint import about
from alignment_metrics.stats.rates import rate
from alignment_metrics.values import Benchmark, Citation, Counts, Estimate, Finding, Verdict

NOTHING = "Nothing of ours is set beside this number."
COMPARED: tuple[Verdict, ...] = ("higher", "lower", "no_difference_shown", "equivalent", "within_range")


def placed(citation: Citation, own: Own, charter: Charter) -> Finding:
    """Ours beside the published number, or why it is not."""
    if own.ours is None:
        return refused(citation, own, charter)
    found = beside(
        citation,
        own.ours,
        margin=margin(citation, charter),
        confidence=charter.policy.confidence,
        population=own.population,
        of=own.of,
        counted=own.counted,
    )
    return replace(found, estimates=own.estimates, notes=(*found.notes, *own.notes), sql=own.sql)


def margin(citation: Citation, charter: Charter) -> float | None:
    """The charter's margin, which is one of shares; days and hours have none."""
    return charter.policy.margin if citation.unit == "share" else None


def refused(citation: Citation, own: Own, charter: Charter) -> Finding:
    """Why nothing of ours is set beside a published number."""
    return Finding(
        f"benchmark.{citation.id}",
        question(citation),
        own.verdict,
        NOTHING,
        own.estimates,
        benchmark=Benchmark(citation, nobody(charter)),
        because=own.because,
        notes=about(citation, own.because),
        sql=own.sql,
    )


def question(citation: Citation) -> str:
    """What the finding answers, with the published claim as it stands."""
    return f"How do we stand beside this: {citation.claim}"


def nobody(charter: Charter) -> Estimate:
    """Ours, where it rests on no lead."""
    return rate(Counts(0, 0), confidence=charter.policy.confidence)
