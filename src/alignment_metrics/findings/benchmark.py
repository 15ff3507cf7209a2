"""Our rates beside the published ones, each with what would make the two not comparable."""

from __future__ import annotations

from alignment_metrics.benchmarks import Comparable, beside, comparables
from alignment_metrics.charter import Charter
from alignment_metrics.crm import Crm
from alignment_metrics.findings.groups import enough, estimate
from alignment_metrics.measures import Reach
from alignment_metrics.tallies import Tally, tally
from alignment_metrics.values import Benchmark, Counts, Estimate, Finding, Group, Verdict, group


def benchmark(crm: Crm) -> tuple[Finding, ...]:
    """One finding a citation that a rate between two stages may be set beside."""
    tallies: dict[Reach, Tally] = {}
    found = []
    for wanted in comparables():
        if because := _inapplicable(wanted, crm.charter):
            found.append(_finding(wanted, "does_not_apply", because=because))
            continue
        days = max(crm.charter.policy.within_days, wanted.at_least_days or 0)
        reach = Reach(wanted.start, wanted.stop, within_days=days)
        if reach not in tallies:
            tallies[reach] = tally(crm, reach, by=("direction", "source"))
        found.append(_set_beside(wanted, crm.charter, tallies[reach], days))
    return tuple(found)


def _inapplicable(wanted: Comparable, charter: Charter) -> str | None:
    funnel = charter.funnel
    for stage in (wanted.start, wanted.stop):
        if stage not in funnel.stages:
            return f"this funnel has no stage {stage}; it has {', '.join(funnel.stages)}."
    known = sorted({one.source for one in charter.sources.values()})
    if wanted.source is not None and wanted.source not in known:
        return f"it is about the source {wanted.source!r}, and the charter's [sources] have {', '.join(known) or 'none'}."
    return None


def _set_beside(wanted: Comparable, charter: Charter, found: Tally, days: int) -> Finding:
    where = {
        key: value for key, value in (("direction", wanted.direction), ("source", wanted.source)) if value is not None
    }
    counts = found.at(**where).counts()
    ours = estimate(counts, charter.policy)
    estimates: tuple[tuple[Group, Estimate], ...] = (((), estimate(found.counts(), charter.policy)),)
    if where:
        estimates += ((group(where), ours),)
    if because := _too_few(counts, charter, days):
        return _finding(wanted, "not_enough_data", because=because, estimates=estimates, sql=found.sql)
    verdict, sentence = beside(wanted.citation, ours)
    of = f"{wanted.start} to {wanted.stop} within {days} days" + (f", {wanted.source} only" if wanted.source else "")
    return _finding(wanted, verdict, claim=f"{sentence} Ours: {of}.", ours=ours, estimates=estimates, sql=found.sql)


def _too_few(counts: Counts, charter: Charter, days: int) -> str | None:
    told = enough(counts, charter.policy)
    return told and told.replace(f"{charter.policy.within_days} days", f"{days} days") + "."


def _finding(
    wanted: Comparable,
    verdict: Verdict,
    *,
    claim: str = "",
    because: str | None = None,
    ours: Estimate | None = None,
    estimates: tuple[tuple[Group, Estimate], ...] = (),
    sql: str = "",
) -> Finding:
    citation = wanted.citation
    nothing = Estimate(float("nan"), 0.0, 1.0, 0, "share", "none", 0.95, 0)
    return Finding(
        f"benchmark.{citation.id}",
        f"How does our rate from {wanted.start} to {wanted.stop} stand beside this: {citation.claim}",
        verdict,
        claim or "Not set beside this number.",
        estimates,
        benchmark=Benchmark(citation, ours or nothing),
        because=because,
        notes=(
            "The published number is taken as fixed: the leads behind it were not published, so only our own uncertainty shows.",
            f"Comparable when: {citation.comparable_when}",
            f"Not comparable if: {citation.caveat}",
        ),
        sql=(sql,) if sql else (),
    )
