"""Claims that describe a way of working: there is no number to reach, but something both teams can check."""

from __future__ import annotations

import math

from alignment_metrics.crm import Crm
from alignment_metrics.findings.benchmark.asked import Asked
from alignment_metrics.findings.benchmark.firms import definitions, said_of_definitions
from alignment_metrics.findings.benchmark.told import nobody
from alignment_metrics.findings.claims.told import chapters, code, notes, places, question
from alignment_metrics.published import ArticleClaim
from alignment_metrics.stats.rates import normal_quantile
from alignment_metrics.values import Benchmark, Citation, Finding

NOT_AGREED = "nothing has been agreed: add [agreement] to the charter."
NO_SUCH_GOAL = "the agreement has no such goal; add one to [agreement]."
EXAMPLE = 50
"""Leads a week in the agreement that an article makes up."""


def checked(claim: ArticleClaim, cited: Citation, asked: Asked) -> Finding:
    """Where the audit checks what an article recommends; what to add where nothing can be checked yet."""
    crm, because = asked.crm, None
    agreement, there = crm.charter.agreement, places(claim, crm)
    told = f"A way of working to agree on, and no number to reach: whether ours is kept is told in {chapters(there)}."
    if cited.metric == "lead_definition_agreement":
        told = f"An agreed definition is checked on paper, and is no score: {definitions(crm.charter.funnel)[1]}."
        told = f"{told} {said_of_definitions(asked)}".rstrip()
    elif agreement is None or not there:
        told = "A way of working to agree on, and no number to reach; nothing of ours can be checked yet."
        because = NOT_AGREED if agreement is None else NO_SUCH_GOAL
    return Finding(
        code(cited),
        question(claim, cited),
        "does_not_apply" if because else "measured",
        told,
        benchmark=Benchmark(cited, nobody(crm.charter)),
        because=because,
        notes=(*notes(claim, cited, crm, told=told), *(_three_tests(crm) if cited.id == "sla-50-leads" else ())),
    )


def _three_tests(crm: Crm) -> tuple[str, ...]:
    reach = normal_quantile(crm.charter.policy.confidence) * math.sqrt(0.25 / EXAMPLE)
    level = f"{100 * crm.charter.policy.confidence:g}%"
    return (
        "It holds three promises, each with a test of its own: enough leads handed over in each week (volume), each of "
        "them decided in time (speed), and a good enough share that qualifies (rate). One number for all three would "
        "let each team blame the other.",
        f"What {EXAMPLE} leads can show: where half of them qualify, the rate of one week is known to about "
        f"{100 * reach:.0f} points either way ({level} interval), so a single week tells little about the rate.",
    )
