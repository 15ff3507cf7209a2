"""Our rates beside the published ones, each with what would make the two not comparable."""

from __future__ import annotations

from alignment_metrics.charter import Charter
from alignment_metrics.crm import Crm
from alignment_metrics.findings.groups import Estimates, estimate, overall, too_few
from alignment_metrics.findings.words import listed, plain
from alignment_metrics.measures import Reach
from alignment_metrics.published import Comparable, beside, comparables
from alignment_metrics.stats.rates import rate
from alignment_metrics.tallies import Tally, tally
from alignment_metrics.values import Benchmark, Citation, Counts, Estimate, Finding, Verdict, group


def benchmark(crm: Crm) -> tuple[Finding, ...]:
    """One finding a citation that a rate between two stages may be set beside."""
    tallies: dict[Reach, Tally[Counts]] = {}
    found = []
    for wanted in comparables():
        if because := _inapplicable(wanted, crm.charter):
            found.append(_finding(wanted, crm.charter, "does_not_apply", because=because))
            continue
        reach = Reach(wanted.start, wanted.stop, within_days=_days(wanted, crm.charter))
        if reach not in tallies:
            tallies[reach] = tally(crm, reach, by=("direction", "source"))
        found.append(_set_beside(wanted, crm.charter, tallies[reach]))
    return tuple(found)


def _days(wanted: Comparable, charter: Charter) -> int:
    """The charter's window, or the one the citation needs where that is longer."""
    return max(charter.policy.within_days, wanted.at_least_days or 0)


def _inapplicable(wanted: Comparable, charter: Charter) -> str | None:
    stages = charter.funnel.stages
    for stage in (wanted.start, wanted.stop):
        if stage not in stages:
            return f"this funnel has no stage {stage!r}; it has {', '.join(stages)}."
    if stages.index(wanted.start) > stages.index(wanted.stop):
        return f"this funnel has {wanted.stop} before {wanted.start}."
    known = sorted({one.source for one in charter.sources.values()})
    if wanted.source is not None and wanted.source not in known:
        return (
            f"it is about the source {wanted.source!r}, and the charter's [sources] have {', '.join(known) or 'none'}."
        )
    return None


def _set_beside(wanted: Comparable, charter: Charter, found: Tally[Counts]) -> Finding:
    policy, days = charter.policy, _days(wanted, charter)
    keys = (("direction", wanted.direction), ("source", wanted.source))
    where = {key: value for key, value in keys if value is not None}
    counts = found.at(**where).counts()
    ours = estimate(counts, policy)
    estimates = overall(found.counts(), policy)
    whose = listed([str(value) for value in where.values()])
    because = too_few(counts, policy, start=wanted.start, days=days, whose=whose)
    if where and because:
        # One source alone: its count would tell what the chapter on sources may have kept back beside it.
        because = f"fewer than {policy.min_group} {whose} leads are old enough for a rate."
    elif where:
        estimates += ((group(where), ours),)
    if because:
        return _finding(wanted, charter, "not_enough_data", because=because, estimates=estimates, sql=found.sql)
    verdict, sentence = beside(wanted.citation, ours)
    of = f"{wanted.start} to {wanted.stop} within {days} day{'' if days == 1 else 's'}" + (
        f", {whose} only" if whose else ""
    )
    return _finding(
        wanted, charter, verdict, claim=f"{sentence} Ours: {of}.", ours=ours, estimates=estimates, sql=found.sql
    )


def _finding(
    wanted: Comparable,
    charter: Charter,
    verdict: Verdict,
    *,
    claim: str = "",
    because: str | None = None,
    ours: Estimate | None = None,
    estimates: Estimates = (),
    sql: str = "",
) -> Finding:
    citation = wanted.citation
    # Where nothing is set beside it, ours rests on no lead.
    nothing = rate(Counts(0, 0), confidence=charter.policy.confidence)
    return Finding(
        f"benchmark.{citation.id}",
        f"How does our rate from {plain(wanted.start)} to {plain(wanted.stop)} stand beside this: {citation.claim}",
        verdict,
        claim or "Nothing of ours is set beside this number.",
        estimates,
        benchmark=Benchmark(citation, ours or nothing),
        because=because,
        notes=(
            f"The published number: {_origin(citation)}. It is taken as fixed, for the leads behind it were not "
            "published; only our own uncertainty shows.",
            f"Comparable when: {citation.comparable_when}",
            f"What may make it not comparable: {citation.caveat}",
        ),
        sql=(sql,) if sql else (),
    )


def _origin(citation: Citation) -> str:
    year = "year unknown" if citation.year is None else str(citation.year)
    n = (
        "n unknown"
        if citation.n is None
        else f"n = {citation.n:,}" + (f" ({citation.n_note})" if citation.n_note else "")
    )
    return f"{citation.publisher}, {year}, {n}, grade {citation.grade}"
