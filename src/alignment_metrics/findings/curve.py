"""Conversion as a curve: what share has reached a stage by each age, and what the usual counts would say."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from alignment_metrics.charter import Policy
from alignment_metrics.crm import UNKNOWN, Crm
from alignment_metrics.findings.groups import Estimates, estimate
from alignment_metrics.findings.waits import WATCHED, Waited, horizon, too_few_waited, watched_from_the_start
from alignment_metrics.findings.whole import Whole
from alignment_metrics.findings.words import days, few, leads, level, listed, percent, plain, points, pvalue, share
from alignment_metrics.stats.contrasts import difference_at, gray, logrank, restricted_mean_difference
from alignment_metrics.stats.curves import cumulative, kaplan_meier
from alignment_metrics.stats.hazards import hazard_ratio
from alignment_metrics.stats.lifetables import naive
from alignment_metrics.stats.many import holm
from alignment_metrics.stats.rates import rate
from alignment_metrics.stats.waits import waiting_time
from alignment_metrics.tallies import Tally
from alignment_metrics.values import Ages, Curve, Estimate, Finding, Group, group

DAYS = (30, 60, 90, 180, 360, 720)
USUAL, MATURED, SEEN, NEVER_LOST = (
    "as usually counted: young leads included",
    "only leads old enough",
    "every lead for as long as it was seen",
    "if no lead were ever disqualified, or left otherwise",
)
MOST_DRAWN = 5
CHAPTER_ON = {"direction": "inbound and outbound", "source": "sources"}


def curve(whole: Whole, steps: Sequence[Waited]) -> tuple[Finding, ...]:
    """One finding a step and one from the first stage to the last, then that one by direction and by source."""
    crm = whole.crm
    return (*(_finding(step, crm.charter.policy) for step in steps), *_groups(crm, steps[-1], whole.waits))


def _finding(step: Waited, policy: Policy) -> Finding:
    code, stop = f"curve.{step.code}", plain(step.stop)
    question = f"How does the share of leads that have reached {stop} grow with the days since they entered "
    question += f"{plain(step.start)}?"
    found = cumulative(step.ages, confidence=policy.confidence)
    known = [day for day in _asked(policy) if day <= found.until]
    if because := too_few_waited(step, policy) or _unseen(known, found, step):
        claim = f"The curve {step.way} cannot be told yet."
        return Finding(code, question, "not_enough_data", claim, because=because, sql=step.sql)
    window = policy.within_days
    rows: Estimates = ((), found.at(window)), *(((("day", str(day)),), found.at(day)) for day in known)
    rows += _ways(step, found, policy)
    told = list(dict.fromkeys((known[0], window if window in known else known[-1])))
    parts = [f"{share(found.at(day))} by day {day}" for day in told]
    claim = (
        f"Of {leads(found.n)} that entered {plain(step.start)}, {listed(parts)} had reached {stop} ({level(policy)}s). "
        f"Leads still open are counted for as long as they were seen."
    )
    notes = tuple(_notes(step, found, policy))
    return Finding(code, question, "measured", claim, rows, notes=notes, sql=step.sql, curves=(((), found),))


def _asked(policy: Policy) -> list[int]:
    return sorted({*DAYS, policy.within_days})


def _unseen(known: Sequence[int], found: Curve, step: Waited) -> str | None:
    if known:
        return None
    return f"no lead that entered {plain(step.start)} was seen for {DAYS[0]} days, the longest for {found.until:.0f}."


def _ways(step: Waited, found: Curve, policy: Policy) -> Estimates:
    """The rate by the window, as four ways of counting have it."""
    window, confidence = policy.within_days, policy.confidence
    never = kaplan_meier(step.ages, confidence=confidence).at(window)
    turned = replace(never, value=1 - never.value, low=1 - never.high, high=1 - never.low)
    ways: dict[str, Estimate] = {
        USUAL: rate(naive(step.ages), confidence=confidence),
        MATURED: estimate(step.matured.counts(), policy),
        SEEN: found.at(window),
    }
    if 0 < step.matured.counts().total < policy.suppress_below:
        del ways[MATURED]
    if step.ages.exited:
        ways[NEVER_LOST] = turned
    return tuple(((("rate", name),), one) for name, one in ways.items())


def _notes(step: Waited, found: Curve, policy: Policy) -> Iterator[str]:
    window = policy.within_days
    known = [day for day in _asked(policy) if day <= found.until]
    yield f"Still waiting and under watch at the start of day {_at_risk(found, known)}."
    exits = [(name, sum(left)) for name, left in step.ages.exited.items()]
    told = listed([f"{n:,} {plain(name)}" for name, n in exits])
    ended = f"{sum(step.ages.converted):,} reached {plain(step.stop)}" + (f", {told}" if told else "")
    yield f"How the waits ended: {ended}; {sum(step.ages.censored):,} were open at the end."
    if exits:
        yield (
            "Whoever left is counted as one who will not convert any more, and stays in the denominator (competing "
            "risks)."
        )
    if late := sum(step.ages.entered):
        yield f"{few(late, policy)} leads came in before the export begins to tell, and are watched from then on."
    if window <= found.until:
        yield from _usual(step, found, policy)
    median = waiting_time(found)
    if not math.isnan(median.value):
        yield f"Half of all leads had reached {plain(step.stop)} after {days(median)} ({level(policy)})."
    far = horizon(step.ages)
    if far < known[-1]:
        yield f"After day {far} fewer than {leads(WATCHED)} were still under watch: read the rest with care."
    yield "Intervals hold for each day by itself, not for the whole curve at once."


def _usual(step: Waited, found: Curve, policy: Policy) -> Iterator[str]:
    usual, here = naive(step.ages), found.at(policy.within_days)
    off = round(100 * usual.hits / usual.total, 1) - round(100 * here.value, 1)
    apart = f"{abs(off):.1f} points {'more' if off > 0 else 'less'} than" if round(off, 1) else "much the same as"
    yield (
        f"The usual count, {usual.hits:,} of {leads(usual.total)} without a window, would say "
        f"{percent(usual.hits / usual.total)}: {apart} the {percent(here.value)} by day {policy.within_days}."
    )
    never = 1 - kaplan_meier(step.ages).at(policy.within_days).value if step.ages.exited else math.nan
    # Where all had left by then, the others' share is nobody's, and cannot be told either.
    if not math.isnan(never):
        yield (
            f"Were those that left treated as merely out of sight (Kaplan-Meier), it would be {percent(never)}: the "
            "share that would convert if no lead were ever disqualified, or left otherwise, which is nobody's share."
        )


def _at_risk(found: Curve, known: Sequence[int]) -> str:
    return "; ".join(f"{day}: {found.watched(day):,}" for day in known)


def _groups(crm: Crm, whole: Waited, found: Tally[Ages]) -> Iterator[Finding]:
    """The whole way by direction and by source: two tests, one family."""
    policy = crm.charter.policy
    families = {key: _rated(found, key, policy) for key in ("direction", "source")}
    tests = {key: gray(tables) for key, tables in families.items()}
    adjusted = dict(zip(tests, holm([one.pvalue for one in tests.values()]), strict=True))
    for key, tables in families.items():
        yield _compared(crm, whole, key, tables, adjusted[key], found.sql)


def _rated(found: Tally[Ages], key: str, policy: Policy) -> dict[str, Ages]:
    """The known groups with enough leads, watched from the start, the largest first."""
    known = [
        (cell[0], ages)
        for cell, ages in found.by(key).cells
        if cell[0] != UNKNOWN and ages.n >= policy.min_group and watched_from_the_start(ages)
    ]
    return dict(sorted(known, key=lambda one: (-one[1].n, one[0])))


def _compared(crm: Crm, whole: Waited, key: str, tables: dict[str, Ages], chance: float, sql: str) -> Finding:
    policy, stop = crm.charter.policy, plain(whole.stop)
    window, confidence = policy.within_days, policy.confidence
    code, question = f"curve.{key}", f"Do leads of one {key} reach {stop} sooner, or more often, than those of another?"
    curves = {name: cumulative(ages, confidence=confidence) for name, ages in tables.items()}
    others = whole.ages.n - sum(ages.n for ages in tables.values())
    rows: list[tuple[Group, Estimate]] = []
    if not 0 < others < policy.suppress_below:
        rows.append(((), cumulative(whole.ages, confidence=confidence).at(window)))
    for name, one in sorted(curves.items()):
        rows += [(group({key: name, "day": str(day)}), one.at(day)) for day in _asked(policy) if day <= one.until]
    if len(tables) < 2:
        because = f"fewer than two known {key}s have the {leads(policy.min_group)} that a curve takes."
        return Finding(code, question, "not_enough_data", "There is nothing to compare.", because=because, sql=(sql,))
    if chance != chance:
        claim = f"Whether the curves of the {len(tables)} known {key}s differ cannot be told."
        because = f"too few, or none, of the leads have reached {stop} yet, or nearly all of them at once."
        return Finding(code, question, "not_enough_data", claim, because=because, sql=(sql,))
    differs = chance < 1 - confidence
    if differs:
        claim = f"The curves of the {len(tables)} known {key}s differ by more than chance explains ({pvalue(chance)})"
    else:
        claim = f"No difference between the curves of the {len(tables)} known {key}s is shown ({pvalue(chance)})"
        claim += ", which is not the same as none"
    at = [f"{name} {share(one.at(window))}" for name, one in curves.items() if window <= one.until][:MOST_DRAWN]
    largest = f", of the {len(at)} largest" if len(at) < len(tables) else ""
    claim += f". By day {window} there had reached {stop}{largest}: {listed(at)} ({level(policy)}s)." if at else "."
    notes = [
        "One test asks whether the curves are one over all ages (Gray's, exits as competing ends). Two are made, by "
        "direction and by source, and Holm's adjustment pays for both.",
        f"Leads of one {key} may be of another kind than those of the next, so a difference is no effect of the {key}.",
    ]
    if len(tables) == 2:
        notes += _two(tables, key, policy)
    drawn = tuple((group({key: name}), one) for name, one in list(curves.items())[:MOST_DRAWN])
    return Finding(
        code,
        question,
        "measured",
        claim,
        tuple(rows),
        notes=tuple(notes),
        sql=(sql,),
        differs=differs,
        curves=drawn,
    )


def _two(tables: dict[str, Ages], key: str, policy: Policy) -> list[str]:
    (left, ours), (right, theirs) = sorted(tables.items())
    window, confidence = policy.within_days, policy.confidence
    apart = difference_at(ours, theirs, window, confidence=confidence)
    saved = restricted_mean_difference(ours, theirs, window, confidence=confidence)
    pace = hazard_ratio({left: ours, right: theirs}, against=right, confidence=confidence)[left]
    told = []
    if not math.isnan(apart.difference.value):
        told.append(
            f"By itself, by day {window}, {left} less {right}: {points(apart.difference)} ({level(policy)}). Whether "
            "that "
            f"counts as a difference is decided in the chapter on {CHAPTER_ON[key]}."
        )
    if not math.isnan(saved.difference.value):
        sooner, later = (left, right) if saved.difference.value < 0 else (right, left)
        gap = -saved.difference if sooner == left else saved.difference
        told.append(
            f"Until they reach the stage, {sooner} leads take {days(gap)} less than {later} ones, of {window} days at "
            f"most: a lead that does not come there is counted with all {window} ({level(policy)}, outside the family)."
        )
    # Where one group has no conversion, no ratio of paces can be told.
    if 0 < pace.low <= pace.high < math.inf:
        told.append(
            f"Among leads still waiting, {left} ones convert at {pace.value:.2f} [{pace.low:.2f}, {pace.high:.2f}] "
            f"times the daily pace of {right} ones, if that ratio is the same at every age (grouped proportional "
            f"hazards, exits out of sight; log-rank {pvalue(logrank(tables).pvalue)}, not in the family above)."
        )
    return told
