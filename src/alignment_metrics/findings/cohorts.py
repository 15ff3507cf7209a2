"""Leads followed by the period they came in: as far as each cohort can be seen, and never further."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from alignment_metrics.charter import Policy
from alignment_metrics.crm import Crm
from alignment_metrics.findings.curve import MATURED, SEEN, USUAL
from alignment_metrics.findings.forecast import change, forecast
from alignment_metrics.findings.groups import Estimates, estimate, overall
from alignment_metrics.findings.waits import Cohort, Waited, ages_asked, cohorts_of, too_few_waited
from alignment_metrics.findings.whole import Whole
from alignment_metrics.findings.words import few, leads, level, listed, percent, plain, points, pvalue, share
from alignment_metrics.stats.curves import cumulative
from alignment_metrics.stats.lifetables import naive
from alignment_metrics.stats.many import holm, homogeneity
from alignment_metrics.stats.rates import compare, rate
from alignment_metrics.values import Counts, Estimate, Finding

YOUNG, LATE = "too young", "not watched from the start"
MOST_CELLS = 60
"""The latest cohorts whose every age is told: ten years of weeks would be a hundred thousand numbers."""


def cohorts(everyone: Whole, steps: Sequence[Waited]) -> tuple[Finding, ...]:
    """One finding a step and one from the first stage to the last, then whether a change is real, and the forecast."""
    crm = everyone.crm
    matured = [[one.matured for one in cohorts_of(step) if one.seen(crm.charter)] for step in steps]
    # All steps are asked whether their cohorts differ, so each pays for the others.
    apart = holm([homogeneity(counts) for counts in matured])
    found = (_finding(crm, step, chance, whole=step is steps[-1]) for step, chance in zip(steps, apart, strict=True))
    changed = change(crm, steps[-1])
    return (*found, changed, forecast(crm, steps[-1], changed.verdict))


def _finding(crm: Crm, step: Waited, chance: float, *, whole: bool) -> Finding:
    policy = crm.charter.policy
    code, start, stop = f"cohorts.{step.code}", plain(step.start), plain(step.stop)
    window = policy.within_days
    question = f"Of the leads that entered {start} in each {policy.cohort}, how many have reached {stop} by each age?"
    told = [one for one in cohorts_of(step) if one.ages.n >= policy.suppress_below]
    everyone = _old_enough(told, crm)
    if because := too_few_waited(step, policy) or _nobody_old(everyone, step, policy):
        claim = f"The cohorts {step.way} cannot be followed yet."
        rows = overall(everyone, policy)
        return Finding(code, question, "not_enough_data", claim, rows, because=because, sql=step.sql)
    rows = (*overall(everyone, policy), *(((("cohort", one.name),), _matured(one, crm)) for one in told))
    rows += _cells(told, crm)
    if whole:
        rows += _side_by_side(told, crm)
    rated = [(one.name, _matured(one, crm)) for one in told if one.seen(crm.charter)]
    rated = [(name, one) for name, one in rated if not math.isnan(one.value)]
    differs = chance < 1 - policy.confidence and len(rated) > 1
    claim = _claim(rated, everyone, chance, step, policy)
    notes = [*_ripe(told, crm), *_newest(told, crm)]
    small = len(step.cohorts.cells) - len(told)
    if small:
        notes.append(
            f"{small} {policy.cohort}{'s' if small > 1 else ''} of few leads {'are' if small > 1 else 'is'} not shown."
        )
    if whole:
        notes.insert(0, _usual(told, crm))
    notes += [
        f"A {policy.cohort} counts at an age only when all its leads are so old; younger cells are empty, not zero. "
        f"Whether the cohorts share one rate by day {window} is asked by Pearson's chi-square, adjusted by Holm over "
        f"the steps ({pvalue(chance) if chance == chance else 'too few leads to ask'})."
    ]
    notes = [note for note in notes if note]
    return Finding(code, question, "measured", claim, rows, notes=tuple(notes), sql=step.sql, differs=differs)


def _nobody_old(everyone: Counts, step: Waited, policy: Policy) -> str | None:
    if everyone.total >= max(1, policy.min_group):
        return None
    old = few(everyone.total, policy) if everyone.total else "no"
    noun = "lead" if old == "1" else "leads"
    window = policy.within_days
    return f"{old} {noun} entered {plain(step.start)} at least {window} day{'' if window == 1 else 's'} before the end."


def _old_enough(told: Sequence[Cohort], crm: Crm) -> Counts:
    """All leads that are, but for those of a cohort of which too few are to be shown: the total would tell them."""
    least = crm.charter.policy.suppress_below
    kept = (one.matured for one in told if one.seen(crm.charter) or one.matured.total >= least)
    return sum(kept, start=Counts(0, 0))


def _matured(cohort: Cohort, crm: Crm) -> Estimate:
    """The share by the charter's window, if the whole cohort was seen so long."""
    policy = crm.charter.policy
    if cohort.seen(crm.charter):
        return estimate(cohort.matured, policy)
    unknown = math.nan
    method = LATE if any(cohort.ages.entered) else YOUNG
    return Estimate(unknown, unknown, unknown, cohort.ages.n, "share", method, policy.confidence)


def _cells(told: Sequence[Cohort], crm: Crm) -> Estimates:
    """The share of each cohort by each age at which all of it was seen."""
    charter = crm.charter
    return tuple(
        ((("cohort", one.name), ("day", str(day))), rate(one.converted(day), confidence=charter.policy.confidence))
        for one in told[-MOST_CELLS:]
        if one.ages.n >= charter.policy.min_group
        for day in ages_asked(charter.policy)
        if one.seen(charter, day)
    )


def _side_by_side(told: Sequence[Cohort], crm: Crm) -> Estimates:
    """What three ways of counting say of each cohort by the window."""
    policy = crm.charter.policy
    rows = []
    for one in told[-MOST_CELLS:]:
        if one.ages.n < policy.min_group:
            continue
        ways = {
            USUAL: rate(naive(one.ages), confidence=policy.confidence),
            MATURED: _matured(one, crm),
            SEEN: cumulative(one.ages, confidence=policy.confidence).at(policy.within_days),
        }
        rows += [((("cohort", one.name), ("rate", name)), way) for name, way in ways.items()]
    return tuple(rows)


def _claim(rated: Sequence[tuple[str, Estimate]], everyone: Counts, chance: float, step: Waited, policy: Policy) -> str:
    pooled = rate(everyone, confidence=policy.confidence)
    by = f"by day {policy.within_days}"
    head = f"Of {leads(everyone.total)} old enough, {share(pooled)} reached {plain(step.stop)} {by} ({level(policy)}s)"
    if len(rated) < 2:
        return f"{head}; fewer than two {policy.cohort}s are wholly so old that they could be compared."
    low, high = (pick(rated, key=lambda one: one[1].value) for pick in (min, max))
    if low[1].value == high[1].value:
        return f"{head}, and so did each {policy.cohort} by itself."
    spread = f"from {_named(low)} to {_named(high)}"
    if chance < 1 - policy.confidence:
        return f"{head}. By {policy.cohort} of entry it runs {spread}, more than chance explains ({pvalue(chance)})."
    asked = f" ({pvalue(chance)})" if chance == chance else ""
    return (
        f"{head}. By {policy.cohort} of entry it runs {spread}, no more than chance may explain{asked}: which of them "
        "is best is not established."
    )


def _named(one: tuple[str, Estimate]) -> str:
    return f"{share(one[1])} ({one[0]}, n = {one[1].n:,})"


def _ripe(told: Sequence[Cohort], crm: Crm) -> Iterator[str]:
    """How much of each cohort is old enough for the window."""
    policy = crm.charter.policy
    whole = [one for one in told if one.seen(crm.charter)]
    late = [one for one in told if any(one.ages.entered)]
    young = [one for one in told if one not in whole and one not in late]
    part = [one for one in young if one.matured.total >= max(1, policy.suppress_below)]
    none = [one for one in young if one not in part]
    parts = [f"all of the {policy.cohort}s up to {whole[-1].name}"] if whole else []
    parts += [f"{percent(one.matured.total / one.ages.n)} of {one.name}" for one in part]
    parts += [f"none, or next to none, of {_span(none)}"] if none else []
    yield f"Old enough for {policy.within_days} days is {'; '.join(parts)}."
    if late:
        yield (
            f"Of {_span(late)} only the leads still waiting when the export begins to tell are known: no rate of "
            "theirs."
        )


def _span(some: Sequence[Cohort]) -> str:
    return listed([one.name for one in some]) if len(some) < 3 else f"{some[0].name} to {some[-1].name}"


def _usual(told: Sequence[Cohort], crm: Crm) -> str:
    """What the usual report would print in the cells that are empty here."""
    policy, everyone = crm.charter.policy, sum((one.matured for one in told), start=Counts(0, 0))
    young = [one for one in told if not one.seen(crm.charter) and one.ages.n >= policy.min_group]
    usual = [(one.name, naive(one.ages)) for one in young if not any(one.ages.entered)]
    low = [(name, one) for name, one in usual if one.hits * everyone.total < everyone.hits * one.total][-3:]
    if not low:
        return ""
    said = listed([f"{percent(one.hits / one.total)} for {name}" for name, one in low])
    return (
        f"The usual report would say {said}. These leads have not had their time: set beside older ones, that tells "
        "nothing."
    )


def _newest(told: Sequence[Cohort], crm: Crm) -> Iterator[str]:
    """The youngest cohort beside the older ones, all at its age."""
    charter, policy = crm.charter, crm.charter.policy
    enough = [one for one in told if one.ages.n >= policy.min_group and not any(one.ages.entered)]
    young = [one for one in enough if not one.seen(charter)]
    for one in reversed(young):
        day = max((day for day in ages_asked(policy) if one.seen(charter, day)), default=None)
        older = [other for other in enough if other.last < one.last]
        if day is None or not older:
            continue
        here, there = one.converted(day), sum((other.converted(day) for other in older), start=Counts(0, 0))
        if not here.hits + there.hits:
            continue
        apart = compare(here, there, confidence=policy.confidence)
        yield (
            f"At equal age: by day {day}, {percent(here.hits / here.total)} of {one.name} ({leads(here.total)}) and "
            f"{percent(there.hits / there.total)} of the {policy.cohort}s before it, {points(apart.difference)} "
            f"({level(policy)} of this one look; whether a change is real is asked below)."
        )
        return
