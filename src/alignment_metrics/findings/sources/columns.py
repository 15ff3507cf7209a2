"""Leads by what the charter tags their sources with, and by each column of the organisation's own."""

from __future__ import annotations

from collections.abc import Iterator

from alignment_metrics.charter import TAGS
from alignment_metrics.findings.sources.asked import Asked
from alignment_metrics.findings.sources.attempts import Attempts, attempts
from alignment_metrics.findings.sources.known import Known, sides_told
from alignment_metrics.findings.words import few, leads, level, listed, percent, plain, pvalue, share
from alignment_metrics.stats.rates import rate
from alignment_metrics.values import Estimate, Finding

ABOUT = {
    "media": "owned, paid or earned media",
    "ownership": "leads of one's own or bought ones",
    "exclusivity": "leads that were sold to one or to several",
    "brought_by": "leads brought by marketing, by sales or by partners",
}


def tagged(asked: Asked) -> Iterator[Finding]:
    """One finding for each tag the charter uses, or one that says that it uses none."""
    tags = asked.charter.tags
    for tag in tags:
        question = f"Do {ABOUT[tag]} make a difference to how many leads reach {asked.window}?"
        yield _finding(asked, tag, f"sources.{tag}", question)
    if not tags:
        yield Finding(
            "sources.tags",
            f"Do leads of owned, paid and earned media, and own and bought leads, reach {asked.window} alike?",
            "does_not_apply",
            "Sources cannot be compared by who owns them or who was paid for them.",
            because=f"the charter's [sources] tag no source with {listed(list(TAGS))}, and nothing is guessed.",
        )


def by_column(asked: Asked) -> Iterator[Finding]:
    """One finding for each column of the organisation's own."""
    for column in asked.charter.breakdowns:
        question = f"How does the share of leads that reach {asked.window} differ by {plain(column)}?"
        yield _finding(asked, column, f"sources.by_{column}", question)


def _finding(asked: Asked, key: str, code: str, question: str) -> Finding:
    policy, part, sql = asked.policy, asked.parts[key], (asked.sql[key],)
    unknown, everyone = part.unknown, asked.counts.total
    told = f" ({percent(unknown.total / everyone)})" if unknown.total >= max(1, policy.suppress_below) else ""
    have = "has" if unknown.total == 1 and policy.suppress_below <= 1 else "have"
    without = f"{few(unknown.total, policy).capitalize()} of {leads(everyone)}{told} {have} no known {plain(key)}."
    notes = (*([without] if unknown.total else []), *part.listing.notes)
    rows = part.listing.estimates
    verdict, because = asked.refused(key)
    if because:
        claim = f"Leads cannot be compared by {plain(key)}."
        return Finding(code, question, verdict, claim, rows, because=because, notes=notes, sql=sql)
    tried = attempts(key, part.groups, least=policy.min_group) if asked.differ(key) else None
    notes = (*_tested(asked, key), *notes)
    if tried:
        claim = _survivors(asked, part, tried)
        return Finding(code, question, "measured", claim, rows, notes=notes, sql=sql)
    differs = asked.differ(key)
    claim = _claim(asked, part)
    return Finding(code, question, "measured", claim, rows, notes=notes, sql=sql, differs=differs)


def _tested(asked: Asked, key: str) -> Iterator[str]:
    yield (
        "One test asks whether all known groups share one rate (Pearson's chi-square). Only if they do not is each set "
        "against all other known ones together, with Holm's adjustment for asking about several."
    )
    if family := asked.family(again=True):
        yield family
    yield from asked.alike(key)
    for late in asked.sources.late:
        yield f"Leads of {late} are counted here too, which look as if they were entered once they had converted."
    yield "The groups are taken as they came: they may differ in other ways too, which nothing here makes alike."


def _claim(asked: Asked, part: Known) -> str:
    policy, chance = asked.policy, asked.chances[part.key]
    what = f"the {len(part.groups)} known groups by {plain(part.key)}"
    everyone = share(rate(part.together, confidence=policy.confidence))
    singly = ", leads counted singly" if part.tells else ""
    pooled = f"together they convert at {everyone} ({level(policy)}{singly}, n = {part.together.total:,})"
    allowed = pvalue(chance)
    if part.tells:
        allowed += f", leads of one account faring alike, with a design effect of {part.effect:.1f}"
    if chance != chance:
        why = "too few convert" if part.together.hits < part.together.total / 2 else "too few do not convert"
        return f"Whether {what} differ cannot be asked, for {why}; {pooled}."
    if not asked.differ(part.key):
        return f"No difference between {what} is shown ({allowed}), which is not the same as none; {pooled}."
    less, more = part.apart(policy)
    head = f"{what[0].upper()}{what[1:]} differ by more than chance explains ({allowed})"
    if not less and not more:
        return f"{head}, though no single one can be told from the others; {pooled}."
    return f"{head}. Set against all other known ones, {sides_told(less, more)} ({level(policy)}s{singly})."


def _survivors(asked: Asked, part: Known, tried: Attempts) -> str:
    there = dict(part.rated)
    name, stop = plain(part.key), plain(asked.whole.measure.stop)
    sure = "That is survivorship" if tried.named else f"If {name} counts attempts, such as calls, that is survivorship"
    return (
        f"The share that reached {stop} falls with {name}: {_one(tried.first, there)}, {_one(tried.last, there)} "
        f"({level(asked.policy)}s; {pvalue(asked.chances[part.key])}). {sure}: whoever converts is not tried again, so "
        "a high number marks the leads that had not converted yet. Such a fall appears even where attempts change "
        "nothing; what they change cannot be seen here. It is no advice to make fewer attempts."
    )


def _one(label: str, there: dict[str, Estimate]) -> str:
    return f"{share(there[label])} at {label} (n = {there[label].n:,})"
