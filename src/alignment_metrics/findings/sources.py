"""How the sources of leads convert, side by side, and which of them stand apart from the others."""

from __future__ import annotations

from collections.abc import Sequence

from alignment_metrics.charter import Policy
from alignment_metrics.crm import UNKNOWN, Crm
from alignment_metrics.findings.groups import overall, shown, too_few
from alignment_metrics.findings.words import few, leads, level, listed, percent, plain, pvalue, share
from alignment_metrics.measures import Reach
from alignment_metrics.periods import QUARTER
from alignment_metrics.stats.many import holm, homogeneity
from alignment_metrics.stats.rates import compare, rate
from alignment_metrics.tallies import Tally, tally
from alignment_metrics.values import Counts, Estimate, Finding, Verdict

MOST_NAMED = 3
Rated = tuple[str, Estimate]


def sources(crm: Crm) -> tuple[Finding, ...]:
    """First stage to last, by source."""
    funnel, policy = crm.charter.funnel, crm.charter.policy
    days = f"{policy.within_days} day{'' if policy.within_days == 1 else 's'}"
    code = "sources.conversion"
    question = f"Which sources bring leads that reach {plain(funnel.last)} within {days}?"
    found = tally(crm, Reach(funnel.first, funnel.last, within_days=policy.within_days), by=("source", QUARTER))
    by_source, counts = found.by("source"), found.counts()
    if because := too_few(counts, policy, start=funnel.first, days=policy.within_days):
        claim, rows = "The sources cannot be compared yet.", overall(counts, policy)
        return (Finding(code, question, "not_enough_data", claim, rows, because=because, sql=(found.sql,)),)
    # The largest first: small sources that share a cell of the test then share it with their like.
    known = {cell[0]: one for cell, one in sorted(by_source.cells, key=lambda cell: (-cell[1].total, cell[0]))}
    unknown = known.pop(UNKNOWN, Counts(0, 0))
    breakdown = shown(by_source, policy)
    rated = [(name, one) for name, one in breakdown.rated if name != UNKNOWN]
    told = f" ({percent(unknown.total / counts.total)})" if unknown.total >= max(1, policy.suppress_below) else ""
    notes: tuple[str, ...] = (
        f"The source of {few(unknown.total, policy)} of {leads(counts.total)}{told} is unknown.",
        *breakdown.notes,
    )
    verdict, refused = _refusal(known, rated, policy)
    if refused:
        claim = "The sources cannot be compared."
        return (
            Finding(
                code, question, verdict, claim, breakdown.estimates, because=refused, notes=notes, sql=(found.sql,)
            ),
        )
    chance = homogeneity(known.values())
    claim = _claim(known, rated, chance, policy, stop=plain(funnel.last))
    notes = (
        "One test asks whether all known sources share one rate (Pearson's chi-square). Only if they do not is each "
        "source set against all other known ones together, with Holm's adjustment for asking about several.",
        "Sources are taken as they came: the leads of one may be of another kind, or of other months, than those of "
        "the next.",
        *_drifting(found, policy),
        *notes,
    )
    differs = chance < 1 - policy.confidence
    rows = breakdown.estimates
    return (Finding(code, question, "measured", claim, rows, notes=notes, sql=(found.sql,), differs=differs),)


def _refusal(known: dict[str, Counts], rated: Sequence[Rated], policy: Policy) -> tuple[Verdict, str | None]:
    if not known:
        return "does_not_apply", (
            "not one lead that is old enough has a source that the charter's [sources] list, and nothing is guessed."
        )
    if len(known) == 1:
        return "does_not_apply", f"every lead with a known source comes from one and the same, {next(iter(known))}."
    if len(rated) < 2:
        return "not_enough_data", f"fewer than two sources have the {leads(policy.min_group)} that a rate takes."
    return "measured", None


def _claim(known: dict[str, Counts], rated: Sequence[Rated], chance: float, policy: Policy, *, stop: str) -> str:
    together = sum(known.values(), start=Counts(0, 0))
    everyone = share(rate(together, confidence=policy.confidence))
    pooled = f"together they convert at {everyone} ({level(policy)}, n = {together.total:,})"
    if chance != chance:
        why = "too few reach" if together.hits < together.total / 2 else "too few do not reach"
        return f"Whether the {len(known)} known sources differ cannot be asked, for {why} {stop}; {pooled}."
    if chance >= 1 - policy.confidence:
        return (
            f"No difference between the {len(known)} known sources is shown ({pvalue(chance)}), which is not the same "
            f"as none; {pooled}."
        )
    less, more = _apart(known, rated, policy)
    head = f"The {len(known)} known sources differ by more than chance explains ({pvalue(chance)})"
    if not less and not more:
        return f"{head}, though no single one can be told from the others; {pooled}."
    told = [f"{_named(some)} converted {how} often" for how, some in (("more", more), ("less", less)) if some]
    return f"{head}. Set against all other known ones, {', and '.join(told)} ({level(policy)}s)."


def _apart(known: dict[str, Counts], rated: Sequence[Rated], policy: Policy) -> tuple[list[Rated], list[Rated]]:
    """The sources that convert less, and more, often than all other known ones together; the largest first."""
    together = sum(known.values(), start=Counts(0, 0))
    against = []
    for name, _ in rated:
        one = known[name]
        against.append(compare(one, Counts(together.hits - one.hits, together.total - one.total)))
    adjusted = holm([comparison.pvalue for comparison in against])
    sides: tuple[list[Rated], list[Rated]] = ([], [])
    for source, comparison, chance in zip(rated, against, adjusted, strict=True):
        if chance < 1 - policy.confidence:
            sides[comparison.difference.value > 0].append(source)
    for side in sides:
        side.sort(key=lambda source: (-source[1].n, source[0]))
    return sides


def _drifting(found: Tally[Counts], policy: Policy) -> list[str]:
    chance = homogeneity(counts for _, counts in found.by(QUARTER).cells)
    if not chance < 1 - policy.confidence:
        return []
    return [
        f"The rate also changes with the quarter of entry ({pvalue(chance)}): where sources come and go with the "
        "quarters, a difference between sources may be one between quarters."
    ]


def _named(some: Sequence[Rated]) -> str:
    told = [f"{name} ({share(one)}, n = {one.n:,})" for name, one in some[:MOST_NAMED]]
    more = len(some) - len(told)
    return listed([*told, f"{more} more"] if more else told)
