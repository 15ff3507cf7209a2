"""What share of the leads that sales worked one team brought: only as sure as their sources are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_metrics.charter import Charter, Policy
from alignment_metrics.crm import UNKNOWN
from alignment_metrics.findings.benchmark.asked import BROUGHT_BY, Asked, Own
from alignment_metrics.findings.benchmark.rates import stage_of
from alignment_metrics.findings.benchmark.told import margin
from alignment_metrics.findings.groups import estimate
from alignment_metrics.findings.words import few, leads, percent, plain
from alignment_metrics.published import beside
from alignment_metrics.values import Citation, Counts

TAKEN_ON = ("sql", "opportunity")
"""Where a funnel has no stage at which sales accepts a lead, the first of these is where it takes one on."""


def of_brought(terms: Mapping[str, Any], asked: Asked, cited: Citation) -> Own:
    """The share that one of the teams brought of all leads that sales took on, as the charter tags their sources."""
    charter, policy, by = asked.charter, asked.policy, str(terms["by"])
    if BROUGHT_BY not in charter.tags:
        return Own(
            because=f'no source in [sources] says who brought its leads; add brought_by = "{by}", "sales" or '
            '"partner" to each.'
        )
    stage = _taken_on(charter)
    if stage is None:
        return Own(
            because="it is of leads that sales worked, and no stage of this funnel is 'sal', 'sql' or 'opportunity' "
            f"(it has {', '.join(charter.funnel.stages)}); if one of them is, say so by stands_for in its definition, "
            "under [funnel.definitions]."
        )
    found = asked.worked(stage)
    cells = {value: one.counts().total for value, one in found.split(BROUGHT_BY).items()}
    unknown, everyone = cells.pop(UNKNOWN, 0), sum(cells.values())
    counts = Counts(cells.get(by, 0), everyone)
    if because := few_known(counts, policy) or few_of_either(counts, policy):
        return Own(verdict="not_enough_data", because=because, sql=(found.sql,))
    none, every = Counts(counts.hits, everyone + unknown), Counts(counts.hits + unknown, everyone + unknown)
    between = f"{percent(none.hits / none.total)} to {percent(every.hits / every.total)}"
    if unknown < policy.suppress_below:
        between = "a little less to a little more than what is known"
    if len({_verdict(cited, one, charter) for one in (counts, none, every)}) > 1:
        return Own(
            because=f"{few(unknown, policy)} of {leads(everyone + unknown)} came by sources that do not say who "
            f"brought them, and with them the share may be anything from {between}; add brought_by to their sources.",
            sql=(found.sql,),
        )
    notes = (
        (
            f"{few(unknown, policy)} more came by sources that do not say who brought them; they are left out.",
            f"Whoever brought those, the share is somewhere from {between}, and where ours stands stays the same.",
        )
        if unknown
        else ()
    )
    of = f"leads brought by {by}, of those that entered {plain(stage)} and whose source says who brought them"
    return Own(counts, of, estimates=(((), estimate(counts, policy)),), notes=notes, sql=(found.sql,))


def few_known(counts: Counts, policy: Policy) -> str | None:
    """Why there are too few leads of known origin for a share; None where there are enough."""
    if counts.total >= max(1, policy.min_group):
        return None
    there = few(counts.total, policy) if counts.total else "none"
    return f"the sources of {there} of the leads tell it, and the charter asks for {leads(policy.min_group)}."


def few_of_either(counts: Counts, policy: Policy) -> str | None:
    """Why a share of leads would give away a few of them; None where there are enough of either kind, or none."""
    if any(0 < one < policy.suppress_below for one in (counts.hits, counts.total - counts.hits)):
        return f"fewer than {policy.suppress_below} leads are of one of the two kinds, and so few are not shown."
    return None


def _taken_on(charter: Charter) -> str | None:
    """The stage at which sales takes a lead on."""
    funnel = charter.funnel
    if (accepted := stage_of("sal", funnel)) in funnel.stages:
        return accepted
    there = [stage for stage in (stage_of(one, funnel) for one in TAKEN_ON) if stage in funnel.stages]
    return min(there, key=funnel.stages.index, default=None)


def _verdict(cited: Citation, counts: Counts, charter: Charter) -> str:
    return beside(cited, counts, margin=margin(cited, charter), confidence=charter.policy.confidence).verdict
