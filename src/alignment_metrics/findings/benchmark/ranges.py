"""Several published numbers of one metric, side by side with ours: as the range they span, never as their average."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from alignment_metrics.findings.benchmark.asked import Asked
from alignment_metrics.findings.benchmark.kinds import OF_FIRMS, own
from alignment_metrics.findings.benchmark.told import NOTHING
from alignment_metrics.findings.words import plain
from alignment_metrics.published import Comparable, together
from alignment_metrics.published.placing import beside_range
from alignment_metrics.values import Finding


def ranges(every: Iterable[Comparable], asked: Asked) -> list[Finding]:
    """One finding a metric of which at least two sources can be set beside one number of ours."""
    usable = (one for one in every if one.kind not in (*OF_FIRMS, "none") and one.citation.value is not None)
    return [_range(several, asked) for several in together(usable) if len(several) > 1]


def _range(several: list[Comparable], asked: Asked) -> Finding:
    # Of leads as old as the most patient of the sources asks.
    days = max(one.terms.get("at_least_days") or 0 for one in several)
    first = several[0]
    ours = own(replace(first, terms={**first.terms, **({"at_least_days": days} if days else {})}), asked)
    metric, cited = first.citation.metric, [one.citation for one in several]
    if ours.ours is None:
        names = ", ".join(one.id for one in cited)
        return Finding(
            f"published.{metric}",
            f"How does our {plain(metric)} stand beside all that was published of it?",
            ours.verdict,
            NOTHING,
            ours.estimates,
            because=ours.because,
            notes=(f"The sources: {names}.",),
            sql=ours.sql,
        )
    found = beside_range(
        metric,
        cited,
        ours.ours,
        confidence=asked.policy.confidence,
        population=ours.population,
        of=ours.of,
        counted=ours.counted,
    )
    return replace(found, estimates=ours.estimates, notes=(*found.notes, *ours.notes), sql=ours.sql)
