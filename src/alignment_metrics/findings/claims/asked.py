"""Claims without a number that our own leads can answer: each is a question to them, and not a fact to repeat."""

from __future__ import annotations

from alignment_metrics.crm import Crm
from alignment_metrics.findings.benchmark.told import nobody
from alignment_metrics.findings.claims.told import chapters, code, notes, question
from alignment_metrics.published import ArticleClaim
from alignment_metrics.values import Benchmark, Citation, Finding


def tested(claim: ArticleClaim, cited: Citation, crm: Crm) -> Finding:
    """Where in the audit the claim is asked of our own leads."""
    told = (
        "The article gives no number, so there is none to compare with: what it says of others is tested on our own "
        f"leads, in {chapters(claim.seen_in)}."
    )
    return Finding(
        code(cited),
        question(claim, cited),
        "measured",
        told,
        benchmark=Benchmark(cited, nobody(crm.charter)),
        notes=notes(claim, cited, crm, told=told),
    )
