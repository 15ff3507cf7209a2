"""Published numbers that the client brings along: set beside ours if ours can be counted and nothing speaks against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations

from alignment_metrics.charter import Entered, Funnel
from alignment_metrics.findings.benchmark.asked import Asked, Own
from alignment_metrics.findings.benchmark.rates import of_rate
from alignment_metrics.published import Comparable, comparables, misread
from alignment_metrics.published.quoted import entered
from alignment_metrics.values import Finding


def brought_along(asked: Asked) -> list[Finding]:
    """One finding a number that the charter enters, in its order."""
    found, seen = [], Counter[str]()
    for entry in asked.charter.entered:
        finding = _finding(entry, asked)
        seen[finding.code] += 1
        # Two sources of one metric are two findings.
        number = seen[finding.code]
        found.append(finding if number == 1 else replace(finding, code=f"{finding.code}_{number}"))
    return found


def way_of(metric: str, funnel: Funnel, every: Iterable[Comparable]) -> tuple[str, str] | None:
    """Between which two stages a rate of that name is; None where it is none.

    It is that of the published numbers of the same name, or of any two stages, such as ``"lead_to_sql_rate"``.
    """
    name = "_".join(metric.casefold().replace("_", " ").split()).removesuffix("_rate")
    ways = {f"{start}_to_{stop}": (start, stop) for start, stop in combinations(funnel.stages, 2)}
    for one in every:
        if one.kind == "rate" and not (one.terms.get("source") or one.terms.get("direction")):
            ways.setdefault(one.citation.metric.removesuffix("_rate"), (one.terms["start"], one.terms["stop"]))
    return ways.get(name)


def _finding(entry: Entered, asked: Asked) -> Finding:
    policy = asked.policy
    way = way_of(entry.metric, asked.charter.funnel, comparables())
    ours = of_rate({"start": way[0], "stop": way[1]}, asked) if way else Own()
    margin = policy.margin if entry.unit == "share" else None
    finding = entered(entry, ours.ours, margin=margin, confidence=policy.confidence, of=ours.of)
    if misread(entry.metric, entry.value, entry.unit) is not None:
        return finding
    if ours.because:
        # The audit knows the rate; it is this export that cannot tell it.
        finding = replace(finding, verdict=ours.verdict, because=ours.because)
    return replace(finding, estimates=ours.estimates, notes=(*finding.notes, *ours.notes), sql=ours.sql)
