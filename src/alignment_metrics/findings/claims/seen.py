"""Claims that are only shown, or quoted to warn: with a number of ours beside them where there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from alignment_metrics.crm import UNKNOWN
from alignment_metrics.findings.benchmark.asked import Asked, Own
from alignment_metrics.findings.benchmark.kinds import own
from alignment_metrics.findings.benchmark.origins import few_known, few_of_either
from alignment_metrics.findings.benchmark.told import nobody
from alignment_metrics.findings.claims.told import chapters, code, notes, places, question
from alignment_metrics.findings.groups import estimate
from alignment_metrics.findings.words import few, listed
from alignment_metrics.published import ArticleClaim, Comparable, beside, phrases
from alignment_metrics.values import Benchmark, Citation, Counts, Estimate, Finding

CIRCULAR = (
    "The study sorts firms into classes, as a rule by their results. Then the best class grew more because growth is "
    "what put a firm into it: the growth belongs to the label, and need not have come with alignment at all."
)
PAIRS = (
    "Two studies by Aberdeen go round. This one, of 2013, has +32% and -7%; the better known one, of 2010, has +20% "
    "and -4%. They asked different firms and must not be mixed."
)
UNSETTLED = "Whether the 5.4% are points or a relative change has never been settled, so ours is not scored against it."
MEDIAN = 0.3
"""What share of their leads half of all firms are said to buy, at least: the median, if that is right."""
OWNERSHIP = "ownership"


def seen_beside(claim: ArticleClaim, cited: Citation, wanted: Comparable | None, asked: Asked) -> Finding:
    """Why the claim is not scored, and our own number where there is one."""
    charter = asked.charter
    ours = _own(wanted, asked) if wanted else Own()
    mine = next((one for name, one in ours.estimates if not name), nobody(charter))
    because = beside(cited, mine, confidence=charter.policy.confidence).because or ""
    there = places(claim, asked.crm)
    told = "No number of ours belongs beside it."
    if there:
        told = (
            f"No number of ours belongs beside it; what our own data show of the matter is told in {chapters(there)}."
        )
    said: tuple[str, ...] = ()
    if ours.ours is not None:
        told = f"Ours is shown beside it, and not scored: {phrases.ours(mine)}, {ours.of}."
        told += _READ[cited.id](mine, asked) if cited.id in _READ else ""
    elif ours.estimates:
        each = [f"{name[0][1]} {phrases.ours(one)}" for name, one in ours.estimates]
        told = f"Ours is shown beside it, each team by itself, and not scored: {listed(each)}, {ours.of}."
    elif ours.because:
        told = "Nothing of ours can be shown beside it yet."
        said = (f"To see ours beside it: {ours.because}",)
    if cited.publisher.startswith("Aberdeen"):
        said = (*said, CIRCULAR, PAIRS)
    return Finding(
        code(cited),
        question(claim, cited),
        "not_comparable",
        told,
        ours.estimates,
        benchmark=Benchmark(cited, mine),
        because=because,
        notes=(*notes(claim, cited, asked.crm, told=f"{told} {because}"), *said, *ours.notes),
        sql=ours.sql,
    )


def _own(wanted: Comparable, asked: Asked) -> Own:
    """What the charter states; what it does not, the leads may tell."""
    found = own(wanted, asked)
    if found.because and (key := wanted.terms.get("key")) in _COUNTED:
        counted = _COUNTED[key](asked)
        return found if counted.because and counted.verdict == "not_comparable" else counted
    if "minus" in wanted.terms and isinstance(found.ours, Estimate):
        # What is left of one growth after another is points.
        ours = replace(found.ours, unit="difference")
        return replace(found, ours=ours, estimates=(((), ours),))
    return found


def _bought(asked: Asked) -> Own:
    """The share of leads from sources that the charter calls bought."""
    policy = asked.policy
    if OWNERSHIP not in asked.charter.tags:
        return Own(because="no source is tagged as bought.")
    found = asked.leads
    cells = {value: one.counts().total for value, one in found.split(OWNERSHIP).items()}
    unknown = cells.pop(UNKNOWN, 0)
    counts = Counts(cells.get("bought", 0), sum(cells.values()))
    if because := few_known(counts, policy) or few_of_either(counts, policy):
        return Own(verdict="not_enough_data", because=because, sql=(found.sql,))
    left = (
        (f"{few(unknown, policy)} more came by sources that do not say whether they were bought; they are left out.",)
        if unknown
        else ()
    )
    ours = estimate(counts, policy)
    return Own(counts, "leads from bought sources, of all leads", estimates=(((), ours),), notes=left, sql=(found.sql,))


def _channels(asked: Asked) -> Own:
    """How many sources brought at least one lead."""
    found, policy = asked.leads, asked.policy
    if because := few_known(found.counts(), policy):
        return Own(verdict="not_enough_data", because=because, sql=(found.sql,))
    n = float(sum(source != UNKNOWN for source in found.split("source")))
    ours = Estimate(n, n, n, found.counts().total, "count", "count", policy.confidence)
    return Own(ours, "different sources that brought a lead", estimates=(((), ours),), sql=(found.sql,))


def _growth(mine: Estimate, asked: Asked) -> str:
    year = asked.charter.organisation.year
    if not (year.industry_growth and year.revenue_growth is not None and year.industry_growth > 0):
        return ""
    faster = year.revenue_growth / year.industry_growth - 1
    return f" As a relative change that is {phrases.number(round(faster, 3), 'relative_change')}. {UNSETTLED}"


def _median(mine: Estimate, asked: Asked) -> str:
    told = "less than" if mine.value < MEDIAN else "more than" if mine.value > MEDIAN else "as much as"
    return f" If the claim is right, that is {told} the firm in the middle; nothing more follows from it."


_COUNTED: dict[str, Callable[[Asked], Own]] = {
    "organisation.year.leads_bought": _bought,
    "organisation.year.channels": _channels,
}
_READ: dict[str, Callable[[Estimate, Asked], str]] = {
    "mathmarketing-growth": _growth,
    "barometre-50-outsource-30": _median,
}
