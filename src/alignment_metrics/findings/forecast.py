"""Which change between cohorts is real however often one looks, and where the young cohorts will end."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from alignment_metrics.charter import Policy
from alignment_metrics.crm import Crm
from alignment_metrics.findings.groups import estimate, overall
from alignment_metrics.findings.waits import Cohort, Triangle, Waited, triangle
from alignment_metrics.findings.words import few, leads, listed, percent, plain, points, share
from alignment_metrics.measures import Reach
from alignment_metrics.periods import QUARTER
from alignment_metrics.stats.forecasts import CohortForecast, Forecast
from alignment_metrics.stats.monitor import change as monitored
from alignment_metrics.stats.triangles import backtest, bornhuetter_ferguson, quasi_poisson
from alignment_metrics.tallies import tally
from alignment_metrics.values import Counts, Estimate, Finding, Verdict

LEVEL = 0.8
"""Of the prediction intervals: what a planner wants is where a cohort will likely end, not where it cannot fail to."""
ENOUGH = 50
"""Conversions, and leads without one, that a baseline takes."""


def forecast(crm: Crm, whole: Waited) -> Finding:
    """Where the cohorts that have not had their time yet are likely to end, by the oldest age that was seen."""
    charter, policy = crm.charter, crm.charter.policy
    stop = plain(whole.stop)
    code, question = "cohorts.forecast", f"How many leads of the young {policy.cohort}s are still to reach {stop}?"
    grid = triangle(whole, charter)
    scaled = quasi_poisson(grid.cumulative, grid.leads, confidence=LEVEL)
    spread = bornhuetter_ferguson(grid.cumulative, grid.leads, confidence=LEVEL)
    if spread.because:
        claim = "Where the young cohorts will end cannot be told."
        because = f"{spread.because[0].lower()}{spread.because[1:]}"
        return Finding(code, question, "not_enough_data", claim, because=because, sql=whole.sql)
    main = spread if scaled.because else scaled
    oldest = grid.ages[main.oldest - 1]
    # A chain ladder scales up what came; where nothing did, only what is expected of the leads can speak.
    each = [
        by_lead if main is spread or not by_growth.so_far else by_growth
        for by_growth, by_lead in zip(scaled.cohorts, spread.cohorts, strict=True)
    ]
    shown = [(one, it) for one, it in zip(grid.cohorts, each, strict=True) if one.ages.n >= policy.min_group]
    total = _together(main, each)
    rows = (((), _of_all(total, main, sum(grid.leads))), *(((("cohort", one.name),), it.share) for one, it in shown))
    young = [(one, it) for one, it in shown if it.age < main.oldest]
    if not young:
        because = f"every {policy.cohort} that can be shown has reached day {oldest}, the oldest age there is."
        return Finding(code, question, "does_not_apply", "Nothing is left to forecast.", because=because, sql=whole.sql)
    notes = list(_said(main, scaled, spread, grid, oldest, policy))
    claim = _expected(total, main, young, oldest, whole, policy)
    return Finding(code, question, "measured", claim, rows, notes=tuple(notes), sql=whole.sql)


def _together(main: Forecast, each: Sequence[CohortForecast]) -> Estimate:
    """What is to come in all: of the forecast in its own total, of the cohorts that it could not tell, beside it."""
    come = main.to_come
    others = [it.to_come for it, own in zip(each, main.cohorts, strict=True) if it is not own]
    value = come.value + sum(one.value for one in others)
    down = math.hypot(come.value - come.low, *(one.value - one.low for one in others))
    up = math.hypot(come.high - come.value, *(one.high - one.value for one in others))
    return replace(come, value=value, low=max(0.0, value - down), high=value + up)


def _of_all(come: Estimate, main: Forecast, n: int) -> Estimate:
    value, low, high = ((main.so_far + more) / n for more in (come.value, come.low, come.high))
    return Estimate(value, low, high, n, "share", main.method, main.confidence)


def _expected(
    come: Estimate,
    main: Forecast,
    young: Sequence[tuple[Cohort, CohortForecast]],
    oldest: int,
    whole: Waited,
    policy: Policy,
) -> str:
    last, it = young[-1]
    stands = f", where it stands at {percent(it.so_far / last.ages.n)} now" if it.age else ""
    return (
        f"Of the leads that entered {plain(whole.start)} so far, {come.value:,.0f} more [{come.low:,.0f}, "
        f"{come.high:,.0f}] are expected to reach {plain(whole.stop)} by day {oldest} of their age, beside the "
        f"{main.so_far:,.0f} that have. The youngest whole {policy.cohort}, {last.name}, is expected to end at "
        f"{share(it.share)}{stands} ({100 * LEVEL:g}% prediction intervals)."
    )


def _said(
    main: Forecast,
    scaled: Forecast,
    spread: Forecast,
    grid: Triangle,
    oldest: int,
    policy: Policy,
) -> Iterator[str]:
    yield (
        f"Day {oldest} is the oldest age at which a whole {policy.cohort} was seen: what may convert later is in no "
        "number here. The forecast holds if young leads go on as older ones did."
    )
    if scaled.because:
        yield f"No chain ladder: {scaled.because}"
    else:
        yield (
            f"Chain ladder with the error of a quasi-Poisson model; where a {policy.cohort} has no conversion yet, "
            f"Bornhuetter-Ferguson. By the latter alone {spread.to_come.value:,.0f} more would be expected "
            f"[{spread.to_come.low:,.0f}, {spread.to_come.high:,.0f}]; where the two lie far apart, young cohorts do "
            "not grow as the older ones did."
        )
    # What the other of the two says of cohorts that it can make nothing of is no news: they are foretold by this one.
    yield from spread.cautions
    method = bornhuetter_ferguson if main is spread else quasi_poisson
    back = max(1, len(grid.cohorts) // 2)
    tried = backtest(grid.cumulative, grid.leads, back, method=method, confidence=LEVEL)
    open_then = [one for one in tried.checks if one.foretold.low < one.foretold.high]
    if open_then:
        yield (
            f"Tried on the past: made {back} {policy.cohort}s ago, it would have held what came since in "
            f"{sum(one.held for one in open_then)} of the {len(open_then)} {policy.cohort}s of which more was still to "
            f"come, where {100 * LEVEL:g}% are promised."
        )


def change(crm: Crm, whole: Waited) -> Finding:
    """Whether later quarters really differ from the first ones: a statement that survives looking every week."""
    policy, stop = crm.charter.policy, plain(whole.stop)
    code = "cohorts.change"
    question = f"Has the share of leads that reach {stop} within {policy.within_days} days really changed?"
    found = tally(crm, Reach(whole.start, whole.stop, within_days=policy.within_days), by=QUARTER)
    quarters = [(cell[0], counts) for cell, counts in found.cells]
    first = _baseline(quarters, policy)
    later = quarters[first:]
    if not later:
        claim = "Whether the rate has changed cannot be told yet."
        because = _no_baseline(quarters, policy)
        return Finding(code, question, "not_enough_data", claim, because=because, sql=(found.sql,))
    baseline = sum((counts for _, counts in quarters[:first]), start=Counts(0, 0))
    since = sum((counts for _, counts in later), start=Counts(0, 0))
    # All later quarters together are followed as one more period, the first, to which half of the doubt goes.
    together, *apart = monitored(baseline, [since, *(counts for _, counts in later)], confidence=policy.confidence)
    real = [name for (name, _), one in zip(later, apart, strict=True) if _real(one)]
    # The latest quarter of which enough leads are old enough to be shown.
    place = max((at for at, (_, counts) in enumerate(later) if counts.total >= policy.min_group), default=None)
    if place is None:
        claim, because = (
            "Whether the rate has changed cannot be told yet.",
            "no later quarter has enough leads old enough.",
        )
        return Finding(code, question, "not_enough_data", claim, because=because, sql=(found.sql,))
    (last, counts), newest = later[place], apart[place]
    deciding = newest if _real(newest) else together
    verdict: Verdict = ("higher" if deciding.low > 0 else "lower") if _real(deciding) else "no_difference_shown"
    head = "No real change of the rate is shown, which is not the same as none"
    if verdict != "no_difference_shown":
        head = f"The rate is really {verdict} than it was" + ("" if _real(newest) else ", all quarters since together")
    claim = (
        f"{head}: {percent(baseline.hits / baseline.total)} of {leads(baseline.total)} at first "
        f"({_span(quarters[:first])}), {percent(counts.hits / counts.total)} of {leads(counts.total)} old enough in "
        f"{last}, {percent(since.hits / since.total)} of all {since.total:,} since. The difference is "
        f"{points(newest)} in {last} and {points(together)} since, within limits that hold with "
        f"{100 * policy.confidence:g}% confidence for every quarter to come and every week in which one looks."
    )
    rows = (
        *overall(found.counts(), policy),
        *(((("quarter", name),), estimate(one, policy)) for name, one in quarters if one.total >= policy.min_group),
    )
    notes = [
        f"The baseline: the first quarters, as many as it takes to hold {ENOUGH} conversions and as "
        f"many leads without one ({_span(quarters[:first])}); once reached it stays what it is.",
        "A test a week would raise a false alarm sooner or later; these limits (confidence sequences) are wider than "
        "those of one look, and pay for all looks and all quarters to come.",
    ]
    earlier = [name for name in real if name != last]
    if earlier:
        notes.append(f"Also apart from the baseline: {listed(earlier)}.")
    return Finding(code, question, verdict, claim, rows, notes=tuple(notes), sql=(found.sql,), differs=bool(real))


def _real(difference: Estimate) -> bool:
    return difference.low > 0 or difference.high < 0


def _baseline(quarters: Sequence[tuple[str, Counts]], policy: Policy) -> int:
    """How many quarters it takes until there is something to compare with."""
    so_far = Counts(0, 0)
    for place, (_, counts) in enumerate(quarters, 1):
        so_far += counts
        if min(so_far.hits, so_far.total - so_far.hits) >= ENOUGH and so_far.total >= policy.min_group:
            return place
    return len(quarters)


def _no_baseline(quarters: Sequence[tuple[str, Counts]], policy: Policy) -> str:
    found = sum((counts for _, counts in quarters), start=Counts(0, 0))
    if min(found.hits, found.total - found.hits) >= ENOUGH and found.total >= policy.min_group:
        return "all quarters that hold enough leads old enough make the baseline, and none came after them."
    return (
        f"a baseline takes {ENOUGH} conversions and as many leads without one, and there are "
        f"{few(found.hits, policy)} and {few(found.total - found.hits, policy)} among the leads old enough."
    )


def _span(quarters: Sequence[tuple[str, Counts]]) -> str:
    first, last = quarters[0][0], quarters[-1][0]
    return first if first == last else f"{first} to {last}"
