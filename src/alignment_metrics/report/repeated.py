"""The chapter on the claims of the articles: a table an article, with the fate of each and what is seen of it here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from alignment_metrics.charter import Funnel
from alignment_metrics.findings.claims.told import chapters
from alignment_metrics.published import GRADES, ArticleClaim, article, articles, citation
from alignment_metrics.published.fineprint import graded
from alignment_metrics.published.phrases import origin
from alignment_metrics.report import marks, wording
from alignment_metrics.report.sheets import Cell, Line, Sheet, capital, in_common
from alignment_metrics.values import Estimate, Finding

# What became of a claim in the audit, in the words of the page, and what that means.
FATES = {
    "compared": "Tested on our own leads",
    "context": "Shown as context",
    "definition": "Turned into a check",
    "warning": "Quoted only to warn",
}
FINE_PRINT = (
    "Tested on our own leads: the article gives no number, and what it says of others is asked of ours. Shown as "
    "context: ours may stand beside it, and is not scored. Turned into a check: a way of working, and no number to "
    "reach. Quoted only to warn: it takes a source that can be traced, with what it measured and on how many."
)
HEADS = ("What the article says", "Grade", "What became of it", "What is seen here")
ASKED = "Asked of our own data in "
NOTHING = "No number of ours belongs beside it."
# The fate of a claim says that ours is not scored.
_SHOWN = re.compile("^Ours is shown beside it,.*? not scored: ")
Claims = Mapping[str, Sequence[ArticleClaim]]


def sheets(findings: Sequence[Finding], questions: Mapping[str, str], funnel: Funnel) -> list[Sheet]:
    """The claims, a table an article; ``questions`` are those of the page, by code, to which a row may lead."""
    claims: dict[str, list[ArticleClaim]] = {}
    for one in articles():
        claims.setdefault(f"claims.{one.citation}", []).append(one)
    common = frozenset(shared(findings))
    lines: dict[str, list[Line]] = {}
    for finding in findings:
        of_it = claims.get(finding.code, [])
        title = str(article(of_it[0].article)) if of_it else ""
        line = _claim(finding, of_it, _places(of_it, questions, funnel), common)
        lines.setdefault(title, []).append(line)
    told = [Sheet(HEADS, tuple(of_one), title) for title, of_one in lines.items()]
    # What the fates mean is said once, below the last.
    return [*told[:-1], Sheet(told[-1].heads, told[-1].lines, told[-1].title, said=FINE_PRINT)] if told else []


def shared(findings: Sequence[Finding]) -> list[str]:
    """The fine print that several of them have in common, to be said once."""
    return in_common([_notes(one) for one in findings])


def _claim(finding: Finding, claims: Sequence[ArticleClaim], places: Mapping[str, str], common: frozenset[str]) -> Line:
    notes = [note for note in _notes(finding) if note not in common]
    told, grade, fate = Cell(finding.question), Cell(), Cell(wording.VERDICTS[finding.verdict], badge=finding.verdict)
    behind: list[str | None] = [finding.because]
    if claims:
        cited, first = citation(claims[0].citation), article(claims[0].article)
        others = [str(article(one.article)) for one in claims[1:] if one.article != first.id]
        whose, where = marks.cited(cited)
        links = (("The source" if cited.publisher.startswith(first.publisher) else whose, where),)
        # Two articles may word one claim; the words of the first are read, and both are named.
        told = Cell(claims[0].claim, f"also in {'; '.join(others)}" if others else "", "", links)
        grade, fate = Cell(cited.grade), Cell(FATES[claims[0].fate], badge=claims[0].fate)
        # Why the source bears no comparison is told by its grade, its fate and what speaks against it.
        of_the_source = (cited.discrepancy or cited.caveat) in (finding.because or "")
        behind = [None if of_the_source else finding.because, cited.caveat]
    folded = tuple(capital(part) for part in dict.fromkeys((*behind, finding.advice, *notes)) if part)
    ways = tuple((question, f"#{wording.anchor(code)}") for code, question in places.items())
    seen = Cell(_seen(finding, places), _numbers(finding), "", ways, "Behind it" if folded else "", folded)
    return Line((told, grade, fate, seen), wording.anchor(finding.code))


def _seen(finding: Finding, places: Mapping[str, str]) -> str:
    """The sentence, less what the column beside it says, or the links below it."""
    if finding.claim == NOTHING:
        return "" if places else "–"
    if places and not finding.estimates and finding.claim.endswith(f"{chapters(places)}."):
        return ""
    return _SHOWN.sub("Ours: ", finding.claim)


def _numbers(finding: Finding) -> str:
    """The numbers of ours that the sentence does not tell, be it in figures of another length."""
    told = _bare(finding.claim)
    return "; ".join(_number(group, one) for group, one in finding.estimates if _bare(wording.value(one)) not in told)


def _bare(text: str) -> str:
    return text.replace("−", "-").replace(".0%", "%").replace(".0 ", " ")


def _notes(finding: Finding) -> list[str]:
    """The fine print, less what is told of the source itself and where the claim is asked of our own data."""
    cited = finding.benchmark and finding.benchmark.citation
    told = [part for part in (cited.caveat, cited.discrepancy, origin(cited)) if part] if cited else []
    told += [graded(grade) for grade in GRADES]
    return [note for note in finding.notes if not note.startswith(ASKED) and not any(part in note for part in told)]


def _places(claims: Sequence[ArticleClaim], questions: Mapping[str, str], funnel: Funnel) -> dict[str, str]:
    """The findings of the page in which our own data are asked, and their questions."""
    wanted = dict.fromkeys(found for one in claims for code in one.seen_in for found in _held(code, questions, funnel))
    return {code: questions[code] for code in wanted if code in questions}


def _held(code: str, questions: Mapping[str, str], funnel: Funnel) -> Iterator[str]:
    """The codes under which this charter has it: its own goals of that kind, and its own names of the stages."""
    yield code
    chapter, _, rest = code.partition(".")
    kind, (start, to, stop) = rest.partition("_")[0], rest.partition("_to_")
    if chapter == "agreement" and (to or kind == "volume"):
        yield from (one for one in questions if one.startswith(f"{chapter}.{kind}_"))
    elif to:
        yield f"{chapter}.{funnel.named(start) or start}_to_{funnel.named(stop) or stop}"


def _number(group: tuple[tuple[str, str], ...], one: Estimate) -> str:
    name = f"{wording.name(group)}: " if group else ""
    if not wording.known(one):
        return f"{name}no number, n = {one.n:,}"
    limits = "" if wording.settled(one) else f" {wording.interval(one)}"
    return f"{name}{wording.value(one)}{limits}"
