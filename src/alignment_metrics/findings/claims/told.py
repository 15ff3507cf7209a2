"""What is said with every claim of an article: whose it is, what is behind it, and where our own data are asked."""

from __future__ import annotations

from alignment_metrics.crm import Crm
from alignment_metrics.findings.words import listed
from alignment_metrics.published import GRADES, ArticleClaim, article
from alignment_metrics.published.phrases import origin
from alignment_metrics.values import Citation

ASSOCIATION = (
    "The two went together among the firms that were asked. That does not tell whether alignment brought the result, "
    "the result made people call themselves aligned, or something else brought both."
)
RELATED = ("relative_change", "ratio")
GOALS = ("volume", "speed", "rate")


def code(cited: Citation) -> str:
    """Of the finding about a claim."""
    return f"claims.{cited.id}"


def question(claim: ArticleClaim, cited: Citation) -> str:
    """The claim in words of ours, whose it is, and the grade of its source."""
    of = article(claim.article)
    whose = f"{of.publisher}, {of.year or 'no year'}, grade {cited.grade}: {GRADES[cited.grade]}"
    return f"{claim.claim} ({whose}.) What is behind that, and what do we see of it?"


def notes(claim: ArticleClaim, cited: Citation, crm: Crm, *, told: str) -> tuple[str, ...]:
    """Where the number comes from, how it is retold, and where our own data are asked; nothing that is told already."""
    there = places(claim, crm)
    parts = (
        f"The source: {origin(cited)}.",
        cited.caveat if cited.caveat not in told else "",
        f"How it is retold: {cited.discrepancy}" if cited.discrepancy and cited.discrepancy not in told else "",
        ASSOCIATION if cited.value is not None and cited.unit in RELATED else "",
        f"Asked of our own data in {listed(there)}." if there and listed(there) not in told else "",
    )
    return tuple(part for part in parts if part)


def places(claim: ArticleClaim, crm: Crm) -> list[str]:
    """The findings of this audit that ask our own data about it; of goals, those of its kind that were agreed."""
    return list(dict.fromkeys(code for one in claim.seen_in for code in _held(one, crm)))


def _held(finding: str, crm: Crm) -> list[str]:
    chapter, _, rest = finding.partition(".")
    funnel, agreement = crm.charter.funnel, crm.charter.agreement
    if chapter in ("conversion", "cycle"):
        ways = (*funnel.steps, (funnel.first, funnel.last))
        there = rest in [f"{start}_to_{stop}" for start, stop in ways]
    elif chapter == "agreement":
        kind = rest.partition("_")[0]
        if agreement is not None and kind in GOALS:
            return [goal.code for goal in agreement.goals if goal.kind == kind]
        there = agreement is not None
    else:
        there = chapter != "perception" or crm.survey is not None
    return [finding] if there else []
