"""How the sources of leads convert, side by side, and which of them stand apart from the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alignment_metrics.findings.groups import overall
from alignment_metrics.findings.sources.asked import SOURCE, Asked
from alignment_metrics.findings.sources.known import Known, Rated, lessened, sides_told, some
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
    unknown = f"The source of {few(known.unknown.total, policy)} of {leads(asked.counts.total)}{told} is unknown."
    notes: tuple[str, ...] = (*([unknown] if known.unknown.total else []), *known.listing.notes)
    rows = known.listing.estimates
    verdict, refused = asked.refused(SOURCE)
    if refused:
        claim = " ".join([*asked.came_late(), f"The {'other ' if known.late else ''}sources cannot be compared."])
        return Finding(
            CODE, question, verdict, claim, rows, because=refused, notes=notes, sql=sql[:1], advice=_advice(asked)
        )
    notes = (
        "One test asks whether all known sources share one rate (Pearson's chi-square). Only if they do not is each "
        "source set against all other known ones together, with Holm's adjustment for asking about several.",
        *filter(None, [asked.family()]),
        *asked.alike(SOURCE),
        "Sources are taken as they came: the leads of one may be of another kind, or of other months, than those of "
        "the next.",
        *_drifting(asked),
        *asked.batched(),
        *asked.often_at_once(),
        *_at_once(asked, known.rated),
        *notes,
    )
    differs = asked.differ(SOURCE)
    claim = " ".join([*asked.came_late(), _claim(asked)])
    return Finding(
        CODE, question, "measured", claim, rows, notes=notes, sql=sql, differs=differs, advice=_advice(asked)
    )


def _advice(asked: Asked) -> str | None:
    late = list(asked.sources.late)
    if not late:
        return None
    return (
        f"Before acting: ask whoever enters the leads of {some(late)} whether these are entered only once they have "
        "converted; if so, count the leads from where they came first, or keep such a source out of the list."
    )


def _claim(asked: Asked) -> str:
    known, policy, chance = asked.sources, asked.policy, asked.chances[SOURCE]
    stop, together = plain(asked.whole.measure.stop), known.together
    everyone = share(rate(together, confidence=policy.confidence))
    singly = ", leads counted singly" if known.tells else ""
    pooled = f"together they convert at {everyone} ({level(policy)}{singly}, n = {together.total:,})"
    what = f"{len(known.groups)} {'other ' if known.late else ''}known sources"
    allowed = f"{pvalue(chance)}{_allowing(known)}"
    if chance != chance:
        why = "too few reach" if together.hits < together.total / 2 else "too few do not reach"
        return f"Whether the {what} differ cannot be asked, for {why} {stop}; {pooled}."
    if not asked.differ(SOURCE):
        return f"No difference between the {what} is shown ({allowed}), which is not the same as none; {pooled}."
    less, more = known.apart(policy)
    head = f"The {what} differ by more than chance explains ({allowed})"
    if not less and not more:
        return f"{head}, though no single one can be told from the others; {pooled}."
    against = "all others of them" if known.late else "all other known ones"
    came = {one.source for one in asked.batches} & {name for name, _ in (*less, *more)}
    marked = f" {some(sorted(came))} came in a batch: see sources.batches." if came else ""
    return f"{head}. Set against {against}, {sides_told(less, more)} ({level(policy)}s{singly}).{marked}"


def _allowing(known: Known) -> str:
    if not known.tells:
        return ""
    return f", leads of one account faring alike, with a design effect of {known.effect:.1f}"


def _drifting(asked: Asked) -> Iterator[str]:
    quarters: dict[str, Counts] = {}
    for (month,), counts in asked.whole.months.by(MONTH).cells:
        quarter = like("2026Q1", last_day(month))
        quarters[quarter] = quarters.get(quarter, Counts(0, 0)) + counts
    known = asked.sources
    chance = homogeneity(
        lessened(counts, known.effect) if known.tells else counts for _, counts in sorted(quarters.items())
    )
    if chance < 1 - asked.policy.confidence:
        yield (
            f"The rate also changes with the {QUARTER} of entry ({pvalue(chance)}): where sources come and go with the "
            "quarters, a difference between sources may be one between quarters."
        )


def _at_once(asked: Asked, rated: Sequence[Rated]) -> Iterator[str]:
    policy = asked.policy
    wide = simultaneous([asked.sources.groups[name] for name, _ in rated], confidence=policy.confidence)
    told = [f"{name} [{percent(one.low)}, {percent(one.high)}]" for (name, _), one in zip(rated, wide, strict=True)]
    more = len(told) - MOST_AT_ONCE
    # One more takes no more room by its name.
    told = [*told[:MOST_AT_ONCE], f"likewise the {more} smaller ones"] if more > 1 else told
    every = "both" if len(rated) == 2 else f"all {len(rated)}"
    yield (
        f"Each interval holds by itself. For {every} to hold at once ({level(policy)}s together, Wilson with "
        f"Šidák's level) they must be wider: {listed(told)}."
    )
