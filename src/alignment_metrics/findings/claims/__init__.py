"""What the three articles claim, one finding a claim: what is behind it, and what our own numbers show of it."""

from __future__ import annotations

from alignment_metrics.crm import Crm
from alignment_metrics.findings.benchmark.asked import Asked
from alignment_metrics.findings.claims.agreed import checked
from alignment_metrics.findings.claims.asked import tested
from alignment_metrics.findings.claims.relative import changed
from alignment_metrics.findings.claims.seen import seen_beside
from alignment_metrics.published import articles, citation, shown
from alignment_metrics.values import Finding

__all__ = ["claims"]


def claims(crm: Crm) -> tuple[Finding, ...]:
    """One finding a claim of an article, in the order of the articles."""
    asked, own = Asked(crm), {one.citation.id: one for one in shown()}
    found = []
    for claim in articles():
        cited, ours = citation(claim.citation), own.get(claim.citation)
        if claim.fate == "definition":
            found.append(checked(claim, cited, asked))
        elif ours is not None and ours.kind == "relative":
            found.append(changed(claim, ours, asked))
        elif claim.fate == "compared":
            found.append(tested(claim, cited, crm))
        else:
            found.append(seen_beside(claim, cited, ours, asked))
    return tuple(found)
