"""How long a stage takes, and the whole sale: with the leads still waiting counted in, beside the usual mean."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from alignment_metrics.charter import Policy
from alignment_metrics.findings.groups import Estimates
from alignment_metrics.findings.waits import WATCHED, Waited, horizon, too_few_waited
from alignment_metrics.findings.whole import Whole
from alignment_metrics.findings.words import days, leads, level, plain
from alignment_metrics.stats.curves import kaplan_meier
from alignment_metrics.stats.waits import (
    conversion_wait,
    conversion_wait_quantile,
    restricted_mean,
    waiting_time,
)
from alignment_metrics.values import Ages, Estimate, Finding, group

USUAL, CORRECTED, EVERYONE = (
    "converted so far, as usually counted",
    "that convert in time, those to come counted in",
    "that entered, until they convert or leave",
)
QUARTILES = {"first quarter": 0.25, "half": 0.5, "three quarters": 0.75}


def cycle(whole: Whole, steps: Sequence[Waited]) -> tuple[Finding, ...]:
    """One finding a step, and one for the whole way."""
    return tuple(_finding(step, whole.charter.policy) for step in steps)


def _finding(step: Waited, policy: Policy) -> Finding:
    code, start, stop = f"cycle.{step.code}", plain(step.start), plain(step.stop)
    question = f"How many days does it take {step.way}?"
    came = sum(step.ages.converted)
    until = horizon(step.ages)
    because = too_few_waited(step, policy)
    if not because and came < max(1, policy.min_group):
        because = f"only {came:,} reached {stop}, and the charter asks for {leads(policy.min_group)}."
    if not because and until < 1:
        because = f"fewer than {leads(WATCHED)} that entered {start} were seen for a day."
    if because:
        claim = f"How long the way {step.way} takes cannot be told yet."
        return Finding(code, question, "not_enough_data", claim, because=because, sql=step.sql)
    seen = Ages(step.ages.day, step.ages.converted)
    told = {
        USUAL: _usual(seen, policy),
        CORRECTED: _corrected(step.ages, until, policy),
        EVERYONE: _everyone(step.ages, until, policy),
    }
    rows: Estimates = (
        ((), told[CORRECTED]["mean"]),
        *((group({"leads": who, "measure": what}), one) for who, found in told.items() for what, one in found.items()),
    )
    claim = _claim(step, told, until, policy)
    notes = tuple(_notes(step, told, until, policy))
    return Finding(code, question, "measured", claim, rows, notes=notes, sql=step.sql)


def _usual(seen: Ages, policy: Policy) -> dict[str, Estimate]:
    """Of those that have converted, nobody else counted."""
    longest = float(max(day for day, n in zip(seen.day, seen.converted, strict=True) if n))
    confidence = policy.confidence
    found = {"mean": conversion_wait(seen, longest, confidence=confidence)}
    curve = kaplan_meier(seen, confidence=confidence)
    return found | {name: waiting_time(curve, part) for name, part in QUARTILES.items()}


def _corrected(ages: Ages, until: int, policy: Policy) -> dict[str, Estimate]:
    """Of all that convert within the days that could be watched, those still waiting counted in."""
    confidence = policy.confidence
    found = {"mean": conversion_wait(ages, until, confidence=confidence)}
    found |= {
        name: conversion_wait_quantile(ages, until, part, confidence=confidence) for name, part in QUARTILES.items()
    }
    # What they rest on are the conversions, not all that might have been some.
    came = sum(ages.converted) - _after(ages, until)
    return {name: replace(one, n=came) for name, one in found.items()}


def _everyone(ages: Ages, until: int, policy: Policy) -> dict[str, Estimate]:
    """Of all that entered: how long they stay, whichever way they leave."""
    ended, confidence = ages.either_way(), policy.confidence
    curve = kaplan_meier(ended, confidence=confidence)
    found = {f"mean within {until} days": restricted_mean(ended, until, confidence=confidence)}
    return found | {name: waiting_time(curve, part) for name, part in QUARTILES.items()}


def _claim(step: Waited, told: dict[str, dict[str, Estimate]], until: int, policy: Policy) -> str:
    usual, corrected, everyone = told[USUAL], told[CORRECTED], told[EVERYONE]
    mean, half, stay = corrected["mean"], corrected["half"], everyone["half"]
    parts = []
    if not math.isnan(mean.value):
        parts.append(
            f"Leads that reach {plain(step.stop)} within {until} days take {days(mean)} {step.way} on average, half of "
            f"them {_whole(half)} or less ({level(policy)}s), with those still waiting counted in."
        )
        usually, later = usual["mean"].value, _after(step.ages, until)
        gap = round(mean.value, 1) - round(usually, 1)
        apart = f"{abs(gap):,.1f} days {'less' if gap > 0 else 'more'}" if round(gap, 1) else "much the same"
        if later:
            apart = f"it counts {later:,} more, which came after day {until}"
        parts.append(f"The usual mean of those that have arrived says {usually:,.1f}: {apart}.")
    left = "not yet left" if math.isnan(stay.value) else f"left within {_whole(stay)}"
    parts.append(f"Half of all that entered {plain(step.start)} have {left}, converted or otherwise.")
    return " ".join(parts)


def _whole(estimate: Estimate) -> str:
    return f"{estimate.value:,.0f} day{'' if estimate.value == 1 else 's'}"


def _notes(step: Waited, told: dict[str, dict[str, Estimate]], until: int, policy: Policy) -> Iterator[str]:
    still, later = sum(step.ages.censored), _after(step.ages, until)
    yield f"{still:,} of {leads(step.ages.n)} were still waiting at the end of the export."
    if later:
        yield (
            f"After day {until} fewer than {leads(WATCHED)} were under watch: of conversions that come later no share "
            "can be told."
        )
    if still:
        yield (
            "The usual mean leaves out whoever is still waiting, and the slow are among them. Here leads count for as "
            "long as they were seen."
        )
    usual, corrected = told[USUAL]["half"], told[CORRECTED]["half"]
    if not math.isnan(corrected.value):
        yield f"Median: {days(corrected)} with those to come counted in, {days(usual)} as usually counted."
    stay = told[EVERYONE]["half"]
    yield f"Median stay of all that entered: {days(stay)}, open ones counted as far as they were seen."


def _after(ages: Ages, until: int) -> int:
    return sum(n for day, n in zip(ages.day, ages.converted, strict=True) if day > until)
