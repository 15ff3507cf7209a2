"""The six numbers that both teams must know, as far as this audit can tell them; of the others, what is missing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from alignment_metrics.charter import Agreement
from alignment_metrics.crm import Crm
from alignment_metrics.findings.agreement.promises import counted
from alignment_metrics.findings.groups import too_few
from alignment_metrics.findings.waits import Waited, horizon, too_few_waited, waited
from alignment_metrics.findings.words import days, leads, listed, percent, plain, share
from alignment_metrics.measures import Reach, Worth
from alignment_metrics.stats.means import mean
from alignment_metrics.stats.quotas import leads_for
from alignment_metrics.stats.rates import rate
from alignment_metrics.stats.waits import conversion_wait
from alignment_metrics.tallies import attempts, tally
from alignment_metrics.values import Estimate, Finding, group

_TAG, _OURS = "brought_by", "marketing"
_SURELY = 0.9


@dataclass(frozen=True, slots=True)
class _Number:
    """One of the six: its rows by name, how it reads, the queries behind it; or why it cannot be told."""

    name: str
    rows: tuple[tuple[str, Estimate], ...] = ()
    said: str = ""
    missing: str = ""
    sql: tuple[str, ...] = ()


def six_numbers(crm: Crm, agreed: Agreement, steps: Sequence[Waited] | None = None) -> Finding:
    """Each of the six with its value, and what it would take to tell the others."""
    found = [
        _cycle(crm, waited(crm) if steps is None else steps),
        _touches(crm),
        _step(crm, "qualified leads that sales takes up", "mql", "sql"),
        _step(crm, "qualified leads that become sales", "sql", crm.charter.funnel.last),
        _quota(crm, agreed),
        _revenue(crm),
    ]
    told = [one for one in found if one.rows]
    code, question = "agreement.six_numbers", "Can both teams be told the six numbers that each of them must know?"
    missing = tuple(f"{one.name[0].upper()}{one.name[1:]}: {one.missing}" for one in found if not one.rows)
    sql = tuple(dict.fromkeys(query for one in found for query in one.sql))
    if not told:
        because = "what each of them needs is missing; the notes say what."
        return Finding(
            code, question, "not_enough_data", "None of the six can be told.", because=because, notes=missing
        )
    head = "All six can be told" if len(told) == len(found) else f"{len(told)} of the six can be told"
    claim = f"{head}: {'; '.join(f'{one.name}, {one.said}' for one in told)}."
    named = dict(row for one in told for row in one.rows)
    rows = tuple((group({"number": name}), named[name]) for name in sorted(named))
    return Finding(code, question, "measured", claim, rows, notes=missing, sql=sql)


def _cycle(crm: Crm, steps: Sequence[Waited]) -> _Number:
    """The mean wait of those that get there, in all and by step, as in the chapter on the cycle."""
    name, policy = "length of the cycle", crm.charter.policy
    rows = [(f"cycle, {plain(step.start)} to {plain(step.stop)}", _wait(step, crm)) for step in steps]
    there = tuple((called, one) for called, one in rows if one is not None)
    whole = rows[-1][1]
    if whole is None:
        why = too_few_waited(steps[-1], policy) or f"too few leads have reached {plain(steps[-1].stop)}."
        return _Number(name, missing=why)
    return _Number(name, there, f"{days(whole)} from {plain(steps[-1].start)} to {plain(steps[-1].stop)}")


def _wait(step: Waited, crm: Crm) -> Estimate | None:
    policy, until = crm.charter.policy, horizon(step.ages)
    came = sum(step.ages.converted)
    if too_few_waited(step, policy) or came < max(1, policy.min_group) or until < 1:
        return None
    found = conversion_wait(step.ages, until, confidence=policy.confidence)
    return None if math.isnan(found.value) else found


def _touches(crm: Crm) -> _Number:
    name, policy, first = "touches to a lead", crm.charter.policy, crm.charter.funnel.first
    if crm.touches is None:
        return _Number(name, missing="there is no touches.csv; add a list of lead_id and the time of each touch.")
    found, query = attempts(crm, first, within_days=policy.within_days)
    if found.n < max(1, policy.min_group):
        return _Number(name, missing=f"fewer than {leads(policy.min_group)} came early enough.")
    one = mean(found, unit="touches", confidence=policy.confidence)
    said = f"{one.value:.1f} on average within {policy.within_days} days of {plain(first)}"
    return _Number(name, ((name, one),), said, sql=(query,))


def _step(crm: Crm, name: str, start: str, stop: str) -> _Number:
    funnel, policy = crm.charter.funnel, crm.charter.policy
    if absent := [stage for stage in (start, stop) if stage not in funnel.stages]:
        some = f"stage{'s' * (len(absent) > 1)} {listed(absent)}"
        return _Number(
            name, missing=f"the funnel has no {some}; add {'them' if len(absent) > 1 else 'it'} to [funnel]."
        )
    if start == stop:
        return _Number(name, missing=f"{plain(start)} is the last stage; add the one after it to [funnel].")
    found = tally(crm, Reach(start, stop, within_days=policy.within_days))
    if why := too_few(found.counts(), policy, start=start, days=policy.within_days):
        return _Number(name, missing=why)
    one = rate(found.counts(), confidence=policy.confidence)
    said = f"{share(one)} from {plain(start)} to {plain(stop)} within {policy.within_days} days"
    return _Number(name, ((name, one),), said, sql=(found.sql,))


def _quota(crm: Crm, agreed: Agreement) -> _Number:
    """How many leads the promised number of wins takes."""
    name, funnel, policy = "leads needed for the quota", crm.charter.funnel, crm.charter.policy
    goal = next((goal for goal in agreed.goals if goal.kind == "volume" and goal.start == funnel.last), None)
    if goal is None:
        add = f'add an [[agreement.goal]] with kind = "volume" and stage = "{funnel.last}"'
        return _Number(name, missing=f"the agreement sets no quota; {add}.")
    found = tally(crm, Reach(funnel.first, funnel.last, within_days=policy.within_days))
    counts = found.counts()
    if why := too_few(counts, policy, start=funnel.first, days=policy.within_days):
        return _Number(name, missing=why)
    if not counts.hits:
        return _Number(name, missing=f"no lead reached {plain(funnel.last)}, so no number of leads is known to do.")
    needed = leads_for(int(goal.at_least), counts, confidence=_SURELY).leads
    said = f"{needed:,} in every {goal.every} for {int(goal.at_least):,} {plain(funnel.last)}, nine times in ten"
    one = counted(float(needed), counts.total, "leads", policy)
    return _Number(name, ((name, one),), said, sql=(found.sql,))


def _revenue(crm: Crm) -> _Number:
    """What the leads that marketing brought were worth, of all that were won."""
    name, funnel, policy = "share of revenue from marketing", crm.charter.funnel, crm.charter.policy
    if _TAG not in crm.charter.tags:
        return _Number(
            name, missing=f'no source says who brings its leads; add {_TAG} = "{_OURS}" or another to [sources].'
        )
    found = tally(crm, Worth(Reach(funnel.first, funnel.last)), by=_TAG)
    cells = {cell[0]: sums for cell, sums in found.cells}
    whole = found.total()
    if whole.n < max(1, policy.min_group) or not whole.sum > 0:
        return _Number(
            name, missing="too few leads that were won have an amount; name its column under [export.columns]."
        )
    part = cells[_OURS].sum / whole.sum if _OURS in cells else 0.0
    one = counted(part, whole.n, "share", policy)
    said = f"{percent(part)} of the {whole.sum:,.0f} {crm.charter.organisation.currency} won".replace("  ", " ")
    return _Number(name, ((name, one),), said, sql=(found.sql,))
