"""How the sources of leads convert, side by side, and which of them stand apart from the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alignment_metrics.findings.groups import overall
from alignment_metrics.findings.leakage import leaks
from alignment_metrics.findings.sources.asked import SOURCE, Asked
from alignment_metrics.findings.sources.known import Rated, sides_told
from alignment_metrics.findings.words import few, leads, level, listed, percent, plain, pvalue, share
from alignment_metrics.periods import MONTH, QUARTER, last_day, like
from alignment_metrics.stats.many import homogeneity, simultaneous
from alignment_metrics.stats.rates import rate
from alignment_metrics.values import Counts, Finding

CODE = "sources.conversion"
MOST_AT_ONCE = 5


def conversion(asked: Asked) -> Finding:
    """First stage to last, by source."""
    whole, policy, known = asked.whole, asked.policy, asked.sources
    question = f"Which sources bring leads that reach {asked.window}?"
    sql = (whole.counts.sql, whole.months.sql, whole.waits.sql)
    if because := asked.too_few():
        claim, rows = "The sources cannot be compared yet.", overall(asked.counts, policy)
        return Finding(CODE, question, "not_enough_data", claim, rows, because=because, sql=sql[:1])
    told = f" ({percent(known.unknown.total / asked.counts.total)})"
    if known.unknown.total < max(1, policy.suppress_below):
        told = ""
    notes: tuple[str, ...] = (
        f"The source of {few(known.unknown.total, policy)} of {leads(asked.counts.total)}{told} is unknown.",
        *known.listing.notes,
    )
    rows = known.listing.estimates
    verdict, refused = asked.refused(SOURCE)
    if refused:
        claim = "The sources cannot be compared."
        return Finding(CODE, question, verdict, claim, rows, because=refused, notes=notes, sql=sql[:1])
    notes = (
        "One test asks whether all known sources share one rate (Pearson's chi-square). Only if they do not is each "
        "source set against all other known ones together, with Holm's adjustment for asking about several.",
        *filter(None, [asked.family()]),
        "Sources are taken as they came: the leads of one may be of another kind, or of other months, than those of "
        "the next.",
        *_drifting(asked),
        *_leaking(asked),
        *_at_once(asked, known.rated),
        *notes,
    )
    differs = asked.differ(SOURCE)
    return Finding(CODE, question, "measured", _claim(asked), rows, notes=notes, sql=sql, differs=differs)


def _claim(asked: Asked) -> str:
    known, policy, chance = asked.sources, asked.policy, asked.chances[SOURCE]
    stop, together = plain(asked.whole.measure.stop), known.together
    everyone = share(rate(together, confidence=policy.confidence))
    pooled = f"together they convert at {everyone} ({level(policy)}, n = {together.total:,})"
    if chance != chance:
        why = "too few reach" if together.hits < together.total / 2 else "too few do not reach"
        return f"Whether the {len(known.groups)} known sources differ cannot be asked, for {why} {stop}; {pooled}."
    if not asked.differ(SOURCE):
        return (
            f"No difference between the {len(known.groups)} known sources is shown ({pvalue(chance)}), which is not "
            f"the same as none; {pooled}."
        )
    less, more = known.apart(policy)
    head = f"The {len(known.groups)} known sources differ by more than chance explains ({pvalue(chance)})"
    if not less and not more:
        return f"{head}, though no single one can be told from the others; {pooled}."
    return f"{head}. Set against all other known ones, {sides_told(less, more)} ({level(policy)}s)."


def _drifting(asked: Asked) -> Iterator[str]:
    quarters: dict[str, Counts] = {}
    for (month,), counts in asked.whole.months.by(MONTH).cells:
        quarter = like("2026Q1", last_day(month))
        quarters[quarter] = quarters.get(quarter, Counts(0, 0)) + counts
    chance = homogeneity(counts for _, counts in sorted(quarters.items()))
    if chance < 1 - asked.policy.confidence:
        yield (
            f"The rate also changes with the {QUARTER} of entry ({pvalue(chance)}): where sources come and go with the "
            "quarters, a difference between sources may be one between quarters."
        )


def _leaking(asked: Asked) -> Iterator[str]:
    for leak in leaks(asked.whole.waits, asked.whole.counts, least=asked.policy.min_group):
        if leak.source not in asked.sources.groups:
            continue
        converted = percent(leak.counts.hits / leak.counts.total)
        at_once = percent(leak.same_day.hits / leak.same_day.total)
        yield (
            f"{leak.source} converts at {converted}, and {at_once} of its conversions fall on the day of creation: its "
            "leads look as if they were keyed in once they had converted, and then its rate says nothing of the source."
        )


def _at_once(asked: Asked, rated: Sequence[Rated]) -> Iterator[str]:
    policy = asked.policy
    wide = simultaneous([asked.sources.groups[name] for name, _ in rated], confidence=policy.confidence)
    told = [f"{name} [{percent(one.low)}, {percent(one.high)}]" for (name, _), one in zip(rated, wide, strict=True)]
    if more := len(told) - MOST_AT_ONCE:
        told = [*told[:MOST_AT_ONCE], f"{more} more"] if more > 0 else told
    every = "both" if len(rated) == 2 else f"all {len(rated)}"
    yield (
        f"Each interval holds by itself. For {every} to hold at once ({level(policy)}s together, Wilson with "
        f"Šidák's level) they must be wider: {listed(told)}."
    )
