"""The chapter on the claims of the articles: one table, with the fate of each and where it is tested on own data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alignment_metrics.findings.words import listed
from alignment_metrics.published import ArticleClaim, article, articles, citation
from alignment_metrics.report import wording
from alignment_metrics.report.sheets import Cell, Line, Sheet, capital
from alignment_metrics.values import Estimate, Finding

# What became of a claim in the audit, in the words of the page.
FATES = {
    "compared": "Compared",
    "context": "Shown as context",
    "definition": "Turned into a check",
    "warning": "Quoted only to warn",
}


def sheets(findings: Sequence[Finding], questions: Mapping[str, str]) -> list[Sheet]:
    """The claims as one table; ``questions`` are those of the page, by code, to which a row may lead."""
    claims: dict[str, list[ArticleClaim]] = {}
    for one in articles():
        claims.setdefault(f"claims.{one.citation}", []).append(one)
    lines = tuple(_claim(finding, claims.get(finding.code, []), questions) for finding in findings)
    heads = ("What the articles say", "Grade", "What became of it", "What is seen here")
    return [Sheet(heads, lines)] if lines else []


def _claim(finding: Finding, claims: Sequence[ArticleClaim], questions: Mapping[str, str]) -> Line:
    # What the sentence tells is not told again.
    told_of = [(group, one) for group, one in finding.estimates if wording.value(one) not in finding.claim]
    numbers = "; ".join(_number(group, one) for group, one in told_of)
    parts = (capital(finding.because or ""), finding.advice, *finding.notes)
    folded = tuple(part for part in parts if part)
    told, grade, fate = Cell(finding.question), Cell(), Cell(wording.VERDICTS[finding.verdict], badge=finding.verdict)
    if claims:
        cited = citation(claims[0].citation)
        where = listed(list(dict.fromkeys(str(article(one.article)) for one in claims)))
        whose = ((f"{cited.publisher}, {cited.year or 'year unknown'}", f"#source-{cited.id}"),)
        # Two articles may word one claim; the words of the first are read, and both are named.
        told = Cell(claims[0].claim, where, links=whose)
        grade, fate = Cell(cited.grade), Cell(FATES[claims[0].fate], badge=claims[0].fate)
    seen_in = dict.fromkeys(code for one in claims for code in one.seen_in if code in questions)
    links = tuple((questions[code], f"#{wording.anchor(code)}") for code in seen_in)
    seen = Cell(finding.claim, numbers, "", links, "Why, and the fine print" if folded else "", folded)
    return Line((told, grade, fate, seen), wording.anchor(finding.code))


def _number(group: tuple[tuple[str, str], ...], one: Estimate) -> str:
    name = f"{wording.name(group)}: " if group else ""
    if not wording.known(one):
        return f"{name}no number, n = {one.n:,}"
    limits = "" if wording.settled(one) else f" {wording.interval(one)}"
    return f"{name}{wording.value(one)}{limits}"
