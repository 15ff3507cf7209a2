"""How the sources of leads convert, side by side."""

from __future__ import annotations

import math

from alignment_metrics.crm import UNKNOWN, Crm
from alignment_metrics.findings.groups import enough, estimate, level, percent, pvalue, shown
from alignment_metrics.measures import Reach
from alignment_metrics.stats.many import homogeneity
from alignment_metrics.tallies import tally
from alignment_metrics.values import Counts, Finding


def sources(crm: Crm) -> tuple[Finding, ...]:
    """First stage to last, by source."""
    funnel, policy = crm.charter.funnel, crm.charter.policy
    code = "sources.conversion"
    question = f"Which sources bring leads that reach {funnel.last} within {policy.within_days} days?"
    found = tally(crm, Reach(funnel.first, funnel.last, within_days=policy.within_days), by=("source",))
    counts = found.counts()
    known = [(cell[0], one) for cell, one in found.cells if cell[0] != UNKNOWN]
    because = enough(counts, policy)
    verdict = "not_enough_data" if because else "does_not_apply"
    if because is None and not known:
        because = "not one lead has a source that [sources] of the charter lists"
    if because:
        return (
            Finding(
                code, question, verdict, "Sources cannot be compared.", (((), estimate(counts, policy)),),
                because=because + ".", sql=(found.sql,),
            ),
        )
    listed = shown(found, policy)
    rated = [(name[0][1], one) for name, one in listed.estimates if name and not math.isnan(one.value) and name[0][1] != UNKNOWN]
    return (
        Finding(
            code, question, "measured", _claim(crm, rated, known), listed.estimates,
            notes=(*_notes(counts, found.by("source").cells), *listed.notes), sql=(found.sql,),
        ),
    )


def _claim(crm: Crm, rated: list, known: list) -> str:  # type: ignore[type-arg]
    policy = crm.charter.policy
    if len(rated) < 2:
        return f"Fewer than two sources have the {policy.min_group} leads that a rate needs."
    low, high = (pick(rated, key=lambda source: source[1].value) for pick in (min, max))
    spread = (
        f"{low[0]} converts at {percent(low[1].value)} [{percent(low[1].low)}, {percent(low[1].high)}] and {high[0]} at "
        f"{percent(high[1].value)} [{percent(high[1].low)}, {percent(high[1].high)}] ({level(policy)}s)"
    )
    chance = homogeneity(counts for _, counts in known)
    if chance < 1 - policy.confidence:
        return f"The sources differ by more than chance explains ({pvalue(chance)}): {spread}."
    asked = f"({pvalue(chance)})" if chance == chance else "(too few leads reach the end to ask)"
    return f"No difference between the sources is shown {asked}; {spread}."


def _notes(counts: Counts, cells: tuple[tuple[tuple[str, ...], Counts], ...]) -> tuple[str, ...]:
    unknown = sum(one.total for cell, one in cells if cell[0] == UNKNOWN)
    return (
        "One test asks whether all known sources share one rate (Pearson's chi-square). The intervals are each for one source; "
        "the order of sources whose intervals overlap is not established.",
        f"The source of {unknown:,} of {counts.total:,} leads ({percent(unknown / counts.total)}) is unknown.",
    )
