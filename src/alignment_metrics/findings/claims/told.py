"""What is said with every claim of an article: whose it is, what is behind it, and where our own data are asked."""

from __future__ import annotations

from collections.abc import Iterable

from alignment_metrics.crm import Crm
from alignment_metrics.findings.benchmark.rates import stage_of
from alignment_metrics.findings.words import listed
from alignment_metrics.published import ArticleClaim, article
from alignment_metrics.published.fineprint import graded
from alignment_metrics.published.phrases import origin
from alignment_metrics.values import Citation

ASSOCIATION = (
    "The two went together among the firms that were asked. That does not tell whether alignment brought the result, "
    "the result made people call themselves aligned, or something else brought both."
)
CHAPTERS = {
    "agreement": "what was agreed",
    "conversion": "conversion",
    "cycle": "time in stage",
    "sources": "sources",
    "inbound_vs_outbound": "inbound and outbound",
    "perception": "what people say",
}
"""What the chapters are on, in the words of the page; the codes of findings are no words for a reader."""
RELATED = ("relative_change", "ratio")
GOALS = ("volume", "speed", "rate")


def code(cited: Citation) -> str:
    """Of the finding about a claim."""
    return f"claims.{cited.id}"


def question(claim: ArticleClaim, cited: Citation) -> str:
    """The claim in words of ours, whose it is, and the grade of its source; what the grade means is a note."""
    of = article(claim.article)
    whose = f"{of.publisher}, {of.year or 'no year'}, grade {cited.grade}"
    return f"{claim.claim} ({whose}.) What is behind that, and what do we see of it?"


def notes(claim: ArticleClaim, cited: Citation, crm: Crm, *, told: str) -> tuple[str, ...]:
    """Where the number comes from, how it is retold, and where our own data are asked; nothing that is told already."""
    there = places(claim, crm)
    parts = (
        f"The source: {origin(cited)}.",
        graded(cited.grade),
        cited.caveat if cited.caveat not in told else "",
        f"How it is retold: {cited.discrepancy}" if cited.discrepancy and cited.discrepancy not in told else "",
        ASSOCIATION if cited.value is not None and cited.unit in RELATED else "",
        f"Asked of our own data in {chapters(there)}." if there and chapters(there) not in told else "",
    )
    return tuple(part for part in parts if part)


def chapters(codes: Iterable[str]) -> str:
    """Where findings are read.

    Examples
    --------
    >>> chapters(["conversion.lead_to_won", "cycle.lead_to_won"]), chapters(["agreement.reviews"])
    ('the chapters on conversion and time in stage', 'the chapter on what was agreed')
    """
    on = dict.fromkeys(CHAPTERS[code.partition(".")[0]] for code in codes)
    return f"the chapter{'s' if len(on) > 1 else ''} on {listed(list(on))}"


def places(claim: ArticleClaim, crm: Crm) -> list[str]:
    """The findings of this audit that ask our own data about it; of goals, those of its kind that were agreed."""
    return list(dict.fromkeys(code for one in claim.seen_in for code in _held(one, crm)))


def _held(finding: str, crm: Crm) -> list[str]:
    chapter, _, rest = finding.partition(".")
    funnel, agreement = crm.charter.funnel, crm.charter.agreement
    if chapter in ("conversion", "cycle"):
        # The audit calls its findings by the stages of this funnel, whatever they stand for.
        start, _, stop = rest.partition("_to_")
        way = stage_of(start, funnel), stage_of(stop, funnel)
        there, finding = way in (*funnel.steps, (funnel.first, funnel.last)), f"{chapter}.{'_to_'.join(way)}"
    elif chapter == "agreement":
        kind = rest.partition("_")[0]
        if agreement is not None and kind in GOALS:
            return [goal.code for goal in agreement.goals if goal.kind == kind]
        there = agreement is not None
    else:
        there = chapter != "perception" or crm.survey is not None
    return [finding] if there else []
