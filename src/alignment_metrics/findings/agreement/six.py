"""The six numbers that both teams must know, as far as this audit can tell them; of the others, what is missing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from alignment_metrics.charter import Agreement, Policy
from alignment_metrics.crm import UNKNOWN, Crm
from alignment_metrics.findings.agreement.promises import counted
from alignment_metrics.findings.directions.answer import MOST_UNKNOWN
from alignment_metrics.findings.followed import NO_LIST
from alignment_metrics.findings.groups import too_few
from alignment_metrics.findings.waits import Waited, horizon, too_few_waited, waited
from alignment_metrics.findings.words import days, few, leads, listed, percent, plain, share
from alignment_metrics.measures import Reach, Worth
from alignment_metrics.stats.means import mean
from alignment_metrics.stats.quotas import leads_for
from alignment_metrics.stats.rates import rate
from alignment_metrics.stats.waits import conversion_wait
from alignment_metrics.tallies import attempts, tally
from alignment_metrics.values import Estimate, Finding, Moments, group

_TAG, _OURS = "brought_by", "marketing"
_SURELY = 0.9


@dataclass(frozen=True, slots=True)
class _Number:
    """One of the six: its rows by name, how it reads, what to know of it, the queries; or why it cannot be told."""

    name: str
    rows: tuple[tuple[str, Estimate], ...] = ()
    said: str = ""
    note: str = ""
    missing: str = ""
    sql: tuple[str, ...] = ()


def six_numbers(crm: Crm, agreed: Agreement, steps: Sequence[Waited] | None = None) -> Finding:
    """Each of the six with its value, and what it would take to tell the others."""
    found = [
        _cycle(crm, waited(crm) if steps is None else steps),
        _touches(crm),
        _step(crm, "marketing-qualified leads that become sales-qualified", ("mql", "sql")),
        _step(crm, "sales-qualified leads that become sales", ("sql",)),
        _quota(crm, agreed),
        _revenue(crm),
    ]
    told = [one for one in found if one.rows]
    code, question = "agreement.six_numbers", "Can both teams be told the six numbers that each of them must know?"
    notes = tuple(
        f"{one.name[0].upper()}{one.name[1:]}: {text}" for one in found for text in (one.missing, one.note) if text
    )
    sql = tuple(dict.fromkeys(query for one in found for query in one.sql))
    if not told:
        because = "what each of them needs is missing; the notes say what."
        return Finding(code, question, "not_enough_data", "None of the six can be told.", because=because, notes=notes)
    head = "All six can be told" if len(told) == len(found) else f"{len(told)} of the six can be told"
    claim = f"{head}: {'; '.join(f'{one.name}, {one.said}' for one in told)}."
    named = dict(row for one in told for row in one.rows)
    rows = tuple((group({"number": name}), named[name]) for name in sorted(named))
    return Finding(code, question, "measured", claim, rows, notes=notes, sql=sql)


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
        return _Number(name, missing=f"{NO_LIST}.")
    found, query = attempts(crm, first, within_days=policy.within_days)
    if found.n < max(1, policy.min_group):
        return _Number(name, missing=f"fewer than {leads(policy.min_group)} came early enough.")
    one = mean(found, unit="touches", confidence=policy.confidence)
    said = f"{one.value:.1f} on average within {policy.within_days} days of {plain(first)}"
    return _Number(name, ((name, one),), said, sql=(query,))


def _step(crm: Crm, name: str, way: tuple[str, ...]) -> _Number:
    """From the first stage of that name to the second, or to the last there is."""
    funnel, policy = crm.charter.funnel, crm.charter.policy
    places = {standard: funnel.named(standard) for standard in way}
    if absent := [standard for standard, stage in places.items() if stage is None]:
        stands = listed([f'stands_for = "{one}"' for one in absent])
        if len(absent) > 1:
            lacks = f"stages {listed(absent)}; add them, or write {stands} in the definitions of the stages meant."
        else:
            lacks = f"stage {absent[0]}; add it, or write {stands} in the definition of the stage meant."
        return _Number(name, missing=f"the funnel has no {lacks}")
    there = [stage for stage in places.values() if stage is not None]
    start, stop = there[0], [*there, funnel.last][1]
    if funnel.stages.index(stop) < funnel.stages.index(start):
        return _Number(name, missing=f"{plain(stop)} comes before {plain(start)} in [funnel].")
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
    whole = found.total()
    if whole.n < max(1, policy.min_group) or not whole.sum > 0:
        return _Number(
            name, missing="too few leads that were won have an amount; name its column under [export.columns]."
        )
    nothing = Moments(0, 0.0, 0.0)
    cells = {cell[0]: sums for cell, sums in found.cells}
    ours, unknown = cells.pop(_OURS, nothing), cells.pop(UNKNOWN, nothing)
    others = sum(cells.values(), start=nothing)
    if why := _untold(ours, others, unknown, policy):
        return _Number(name, missing=why)
    known = ours + others
    part = ours.sum / known.sum
    one = counted(part, known.n, "share", policy)
    won = f"the {known.sum:,.0f} {crm.charter.organisation.currency} won".replace("  ", " ")
    if 0 < unknown.n < policy.suppress_below:
        # Beside all that was won, this sum would tell what the few others were worth.
        won = "what was won"
    said = f"{percent(part)} of {won}" + (" by leads whose source says who brought them" if unknown.n else "")
    return _Number(name, ((name, one),), said, _left_out(ours, others, unknown, policy), sql=(found.sql,))


def _untold(ours: Moments, others: Moments, unknown: Moments, policy: Policy) -> str:
    """Why no share of revenue is told: of too few deals, or too little of the revenue; empty where one is."""
    least, whose = min((ours.n, _OURS), (others.n, "others"))
    if least < max(1, policy.min_group):
        return (
            f"{few(least, policy) if least else 'none'} of the won leads that have an amount were brought by {whose}, "
            f"and the charter asks for {max(1, policy.min_group):,} on either side."
        )
    if min(ours.sum, others.sum, unknown.sum) < 0 or not ours.sum + others.sum > 0:
        return "amounts below nought outweigh the others, so nothing can be told as a share; check their column."
    part = unknown.sum / (ours + others + unknown).sum
    if part > MOST_UNKNOWN:
        of = percent(part) if unknown.n >= policy.suppress_below else "more than a fifth"
        return f"{of} of the revenue came by sources that do not say who brought it; add {_TAG} to their sources."
    return ""


def _left_out(ours: Moments, others: Moments, unknown: Moments, policy: Policy) -> str:
    """What the share would be with the deals of which nobody knows who brought them; empty where there are none."""
    if not unknown.n:
        return ""
    came = "came by sources that do not say who brought them"
    left = f"{few(unknown.n, policy)} more won leads {came}, and are left out"
    if unknown.n < policy.suppress_below:
        return f"{left}."
    whole = (ours + others + unknown).sum
    low, high = (percent(part / whole) for part in (ours.sum, ours.sum + unknown.sum))
    return f"{left}; had marketing brought none of them or all, the share would be {low} or {high}."
