"""How many leads get from one stage to the next, and whether one number may speak for all quarters."""

from __future__ import annotations

import math

from alignment_metrics.charter import Charter, Policy
from alignment_metrics.crm import Crm
from alignment_metrics.findings.groups import enough, estimate, level, percent, pvalue, shown
from alignment_metrics.measures import Reach
from alignment_metrics.stats.many import holm, homogeneity
from alignment_metrics.tallies import QUARTER, Tally, tally
from alignment_metrics.values import Finding


def conversion(crm: Crm) -> tuple[Finding, ...]:
    """One finding a step of the funnel, and one from first to last stage."""
    charter = crm.charter
    funnel, policy = charter.funnel, charter.policy
    pairs = list(dict.fromkeys((*funnel.steps, (funnel.first, funnel.last))))
    matured = [tally(crm, Reach(a, b, within_days=policy.within_days), by=(QUARTER,)) for a, b in pairs]
    naive = [tally(crm, Reach(a, b)) for a, b in pairs]
    # All steps are asked whether they drift, so each pays for the others.
    drifts = holm([homogeneity(counts for _, counts in found.cells) for found in matured])
    return tuple(
        _finding(charter, start, stop, one, plain, drift)
        for (start, stop), one, plain, drift in zip(pairs, matured, naive, drifts, strict=True)
    )


def _finding(charter: Charter, start: str, stop: str, matured: Tally, naive: Tally, drift: float) -> Finding:
    policy = charter.policy
    code = f"conversion.{start}_to_{stop}"
    question = f"Of the leads that enter {start}, how many reach {stop} within {policy.within_days} days?"
    counts = matured.counts()
    sql = (matured.sql, naive.sql)
    if because := enough(counts, policy):
        return Finding(
            code, question, "not_enough_data", f"No rate from {start} to {stop} yet.", because=because + ".", sql=sql,
            estimates=(((), estimate(counts, policy)),),
        )
    overall = estimate(counts, policy)
    listed = shown(matured, policy)
    quarters = [(str(name[0][1]), one) for name, one in listed.estimates if name and not math.isnan(one.value)]
    claim = (
        f"{counts.hits:,} of {counts.total:,} leads reached {stop} within {policy.within_days} days of {start}: "
        f"{percent(overall.value)} [{percent(overall.low)}, {percent(overall.high)}] ({level(policy)})."
    )
    if drift < 1 - policy.confidence and len(quarters) > 1:
        low, high = (pick(quarters, key=lambda quarter: quarter[1].value) for pick in (min, max))
        claim = (
            f"No single rate describes {start} to {stop}: by quarter of entry it runs from {percent(low[1].value)} "
            f"({low[0]}, n = {low[1].n:,}) to {percent(high[1].value)} ({high[0]}, n = {high[1].n:,}), more than chance "
            f"explains ({pvalue(drift)}). The pooled {percent(overall.value)} [{percent(overall.low)}, "
            f"{percent(overall.high)}] ({level(policy)}; {counts.hits:,} of {counts.total:,}) is an average over different "
            f"mixes of leads."
        )
    return Finding(code, question, "measured", claim, listed.estimates, notes=(*_notes(policy, matured, naive), *listed.notes), sql=sql)


def _notes(policy: Policy, matured: Tally, naive: Tally) -> tuple[str, ...]:
    all_leads, old = naive.counts(), matured.counts()
    young = all_leads.total - old.total
    notes = [
        f"Only leads that entered at least {policy.within_days} days before the end of {matured.as_of.isoformat()} count; "
        f"{young:,} younger ones are left out."
    ]
    if young and all_leads.total:
        notes.append(
            f"The usual count of all {all_leads.total:,} leads, young ones included and without a window, would say "
            f"{percent(all_leads.hits / all_leads.total)}."
        )
    notes.append(
        "Whether the quarters differ is asked by Pearson's chi-square, with Holm's adjustment over the steps of the funnel."
    )
    return tuple(notes)
