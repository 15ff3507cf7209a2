"""How many leads get from one stage to the next, and whether one number may speak for all quarters."""

from __future__ import annotations

from alignment_metrics.crm import Crm
from alignment_metrics.findings.groups import Shown, overall, shown, too_few
from alignment_metrics.findings.mix import moved
from alignment_metrics.findings.words import few, leads, level, percent, plain, pvalue, share
from alignment_metrics.measures import Reach
from alignment_metrics.periods import QUARTER
from alignment_metrics.stats.many import holm, homogeneity
from alignment_metrics.tallies import Tally, tally
from alignment_metrics.values import Counts, Estimate, Finding


def conversion(crm: Crm) -> tuple[Finding, ...]:
    """One finding a step of the funnel, and one from the first stage to the last."""
    funnel, policy = crm.charter.funnel, crm.charter.policy
    pairs = list(dict.fromkeys((*funnel.steps, (funnel.first, funnel.last))))
    measures = [Reach(start, stop, within_days=policy.within_days) for start, stop in pairs]
    matured = [tally(crm, measure, by=QUARTER) for measure in measures]
    # All steps are asked whether they drift, so each pays for the others.
    drifts = holm([homogeneity(counts for _, counts in found.cells) for found in matured])
    return tuple(_finding(crm, *step) for step in zip(measures, matured, drifts, strict=True))


def _finding(crm: Crm, measure: Reach, matured: Tally[Counts], drift: float) -> Finding:
    policy = crm.charter.policy
    start, stop = plain(measure.start), plain(measure.stop)
    code = f"conversion.{measure.start}_to_{measure.stop}"
    question = f"Of the leads that enter {start}, how many reach {stop} within {_window(policy.within_days)}?"
    naive = tally(crm, Reach(measure.start, measure.stop))
    sql: tuple[str, ...] = (matured.sql, naive.sql)
    counts = matured.counts()
    if because := too_few(counts, policy, start=measure.start, days=policy.within_days):
        claim = f"The rate from {start} to {stop} cannot be told yet."
        return Finding(code, question, "not_enough_data", claim, overall(counts, policy), because=because, sql=sql)
    found = shown(matured, policy)
    everyone = found.estimates[0][1]
    claim = (
        f"Of {leads(everyone.n)}, {counts.hits:,} reached {stop} within {_window(policy.within_days)} of entering "
        f"{start}: {share(everyone)} ({level(policy)})."
    )
    notes = [*_notes(crm, matured, naive), _asked(drift, found)]
    drifts = drift < 1 - policy.confidence and len(found.rated) > 1
    if drifts:
        low, high = (pick(found.rated, key=lambda quarter: quarter[1].value) for pick in (min, max))
        claim = (
            f"No single rate describes the way from {start} to {stop}. By quarter of entry it runs from "
            f"{_quarter(low)} to {_quarter(high)}, more than chance explains ({pvalue(drift)}). The pooled "
            f"{share(everyone)} ({level(policy)}s; {counts.hits:,} of {leads(everyone.n)}) is an average over "
            "different mixes of leads."
        )
        mix, queries = moved(crm, measure, quarters=(min(low[0], high[0]), max(low[0], high[0])))
        notes += [mix] if mix else []
        sql += queries
    said = (*notes, *found.notes)
    return Finding(code, question, "measured", claim, found.estimates, notes=said, sql=sql, differs=drifts)


def _notes(crm: Crm, matured: Tally[Counts], naive: Tally[Counts]) -> list[str]:
    policy, everyone, old = crm.charter.policy, naive.counts(), matured.counts()
    young = everyone.total - old.total
    one = young == 1 and policy.suppress_below <= 1
    notes = [
        f"Only leads that entered at least {_window(policy.within_days)} before the end of {crm.as_of.isoformat()} "
        f"count; {few(young, policy)} younger {'one is' if one else 'ones are'} left out."
    ]
    if (since := crm.charter.organisation.history_from) is not None:
        notes.append(
            f"Leads that entered before {since.isoformat()} are in no rate: of them only those still waiting then "
            "are there."
        )
    if young >= max(1, policy.suppress_below):
        notes.append(
            f"The usual count of all {leads(everyone.total)}, young ones included and without a window, would say "
            f"{percent(everyone.hits / everyone.total)}."
        )
    return notes


def _asked(drift: float, found: Shown) -> str:
    asked = "Whether the quarters share one rate is asked by Pearson's chi-square, adjusted by Holm over the steps"
    if drift != drift:
        return f"{asked}; there are too few leads here to ask."
    return f"{asked} ({pvalue(drift)})."


def _quarter(quarter: tuple[str, Estimate]) -> str:
    return f"{share(quarter[1])} ({quarter[0]}, n = {quarter[1].n:,})"


def _window(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'}"
