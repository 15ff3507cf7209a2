"""Which change between cohorts is real however often one looks, and where the young cohorts will end."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from operator import mul
from typing import TYPE_CHECKING

from alignment_metrics.charter import Policy
from alignment_metrics.crm import Crm
from alignment_metrics.findings.groups import Estimates, estimate, overall
from alignment_metrics.findings.waits import Triangle, Waited, ages_asked, triangle, waited
from alignment_metrics.findings.words import leads, listed, percent, plain, points, share
from alignment_metrics.measures import Reach
from alignment_metrics.periods import QUARTER
from alignment_metrics.stats.forecasts import Forecast
from alignment_metrics.stats.monitor import change as monitored
from alignment_metrics.stats.rates import rate
from alignment_metrics.stats.triangles import Check, backtest, bornhuetter_ferguson, chain_ladder, quasi_poisson
from alignment_metrics.tallies import tally
from alignment_metrics.values import Counts, Estimate, Finding, Verdict

if TYPE_CHECKING:
    import pandas as pd

LEVEL = 0.8
"""Of the prediction intervals: what a planner wants is where a cohort will likely end, not where it cannot fail to."""
ENOUGH = 50
"""Conversions, and leads without one, that a baseline takes; and conversions of the latest cohorts for a forecast."""
LEAST_COHORTS, LEAST_CAME, LEAST_QUARTERS = 3, 20, 2
"""Of which something must be known before anything is foretold."""


def forecast(crm: Crm, whole: Waited, changed: Verdict) -> Finding:
    """Where the cohorts that have not had their time yet are likely to end, by the oldest age that was seen.

    ``changed`` is what was said of the rate: a forecast must not go on as if nothing had happened.
    """
    charter, policy = crm.charter, crm.charter.policy
    stop = plain(whole.stop)
    code, question = "cohorts.forecast", f"How many leads of the young {policy.cohort}s are still to reach {stop}?"
    grid = triangle(whole, charter)
    if because := _too_little(grid, policy):
        claim = "Where the young cohorts will end cannot be told."
        return Finding(code, question, "not_enough_data", claim, because=because, sql=whole.sql)
    main = foretold(grid.cumulative, grid.leads)
    oldest = grid.ages[main.oldest - 1]
    # All that has converted by today, also since the last age that a whole cohort was seen at.
    there = [one.converted(oldest).hits for one in grid.cohorts]
    ends = [_at_least(it.ultimate, so_far, n) for it, so_far, n in zip(main.cohorts, there, grid.leads, strict=True)]
    shown = [place for place, one in enumerate(grid.cohorts) if one.ages.n >= policy.min_group]
    young = [place for place, it in enumerate(main.cohorts) if it.age < main.oldest]
    if not young:
        because = f"every {policy.cohort} has reached day {oldest}, the oldest age there is."
        return Finding(code, question, "does_not_apply", "Nothing is left to forecast.", because=because, sql=whole.sql)
    total = _total(main, there, grid)
    rows: Estimates = (((), _share(total, sum(grid.leads))),)
    rows += tuple(((("cohort", grid.cohorts[at].name),), _share(ends[at], grid.leads[at])) for at in shown)
    rows += tuple(
        (
            (("cohort", grid.cohorts[at].name), ("reached", "so far")),
            rate(Counts(there[at], grid.leads[at]), confidence=policy.confidence),
        )
        for at in shown
    )
    claim = _expected(total, sum(there), grid, oldest, whole, policy)
    if (last := young[-1]) in shown:
        n, name = grid.leads[last], grid.cohorts[last].name
        claim += (
            f" {name}, of which {percent(there[last] / n)} have, is expected to end at {share(_share(ends[last], n))}."
        )
    notes = tuple(_said(main, grid, oldest, policy, changed))
    return Finding(code, question, "measured", claim, rows, notes=notes, sql=whole.sql)


def _too_little(grid: Triangle, policy: Policy) -> str | None:
    twice = sum(len(row) > 1 for row in grid.cumulative)
    came = sum(int(row[-1]) for row in grid.cumulative if row)
    if twice >= LEAST_COHORTS and came >= LEAST_CAME:
        return None
    first, second = list(ages_asked(policy))[:2]
    one = "has" if twice == 1 else "have"
    return (
        f"it takes {LEAST_COHORTS} {policy.cohort}s of which all leads were seen for {second} days and {LEAST_CAME} "
        f"conversions by day {first} or later; {twice} {one} been seen so long, with {came:,} conversions."
    )


def foretold(cumulative: Sequence[Sequence[float]], leads: Sequence[int], *, confidence: float = LEVEL) -> Forecast:
    """The forecast of the audit: Bornhuetter-Ferguson, from what the latest cohorts are heading for.

    Each of their leads counts as far as its cohort has got, and of the cohorts as many as it takes to hold enough
    conversions: a rate of long ago says little of the leads of today.
    """
    scaled = quasi_poisson(cumulative, leads)
    grown = list(accumulate(reversed(scaled.factors), mul, initial=1.0))
    hits, used = 0.0, 0.0
    for row, n in zip(reversed(cumulative), reversed(leads), strict=True):
        if row and math.isfinite(left := grown[scaled.oldest - len(row)]):
            hits, used = hits + row[-1], used + n / left
        if hits >= ENOUGH:
            break
    lately = Counts(int(hits), max(int(hits), round(used))) if hits >= ENOUGH else None
    return bornhuetter_ferguson(cumulative, leads, lately, confidence=confidence)


def _at_least(ends: Estimate, so_far: int, n: int) -> Estimate:
    """No fewer than have converted by now, and no more than there are leads."""
    value, low, high = (min(max(one, so_far), n) for one in (ends.value, ends.low, ends.high))
    return replace(ends, value=value, low=low, high=high)


def _total(main: Forecast, there: Sequence[int], grid: Triangle) -> Estimate:
    come, seen = main.to_come, main.so_far
    ends = replace(come, value=seen + come.value, low=seen + come.low, high=seen + come.high)
    return _at_least(ends, sum(there), sum(grid.leads))


def _share(ends: Estimate, n: int) -> Estimate:
    return replace(ends, value=ends.value / n, low=ends.low / n, high=ends.high / n, n=n, unit="share")


def _expected(total: Estimate, came: int, grid: Triangle, oldest: int, whole: Waited, policy: Policy) -> str:
    more, low, high = (round(one - came) for one in (total.value, total.low, total.high))
    return (
        f"Of {leads(sum(grid.leads))} that entered {plain(whole.start)} in whole {policy.cohort}s, {came:,} have "
        f"reached {plain(whole.stop)}, and {more:,} more [{low:,}, {high:,}] are expected to by day {oldest} of their "
        f"age ({100 * LEVEL:g}% prediction intervals)."
    )


def _said(main: Forecast, grid: Triangle, oldest: int, policy: Policy, changed: Verdict) -> Iterator[str]:
    if changed in ("higher", "lower"):
        yield (
            f"The rate has really become {changed} (above). The forecast starts from what the latest {policy.cohort}s "
            "are heading for, which may hold leads of before the change."
        )
    yield (
        f"Day {oldest} is the oldest age at which a whole {policy.cohort} was seen: what may convert later is in no "
        "number here. The forecast holds if the leads of today go on as older ones did at their age."
    )
    yield (
        f"How it is made: to what has come is added what the latest {policy.cohort}s with {ENOUGH} conversions are "
        "heading for, as far as it comes after the age of each cohort (Bornhuetter-Ferguson)."
    )
    scaled = quasi_poisson(grid.cumulative, grid.leads, confidence=LEVEL)
    mack = chain_ladder(grid.cumulative, grid.leads, confidence=LEVEL)
    if scaled.because:
        yield (
            f"The other usual way, to scale up what each {policy.cohort} has so far (chain ladder), cannot be gone: "
            "older cohorts had no conversion by an age that young ones have reached."
        )
    else:
        whole = scaled.so_far + scaled.to_come.value
        yield (
            f"The other usual way scales up what each {policy.cohort} has so far (chain ladder), and leaves out those "
            f"that were seen at no age yet: {whole:,.0f} conversions in all, give or take {scaled.error:,.0f} "
            f"(standard error by the quasi-Poisson model, {mack.error:,.0f} by Mack's), where it would be "
            f"{_of_seen(main):,.0f} by the first. Where the two lie far apart, young cohorts do not grow as older ones "
            "did."
        )
    for caution in main.cautions if grid.unbroken else ():
        yield re.sub(r"\bage (\d+)", lambda found: f"day {grid.ages[int(found[1]) - 1]}", caution)
    if not grid.unbroken:
        yield f"Some {policy.cohort}s brought no leads, or hardly any, so the forecast cannot be tried on the past."
    elif checks := _checks(grid):
        yield (
            f"Tried on the past: made {len(grid.cohorts) // 2} {policy.cohort}s ago, it would have held what came "
            "since in "
            f"{sum(one.held for one in checks)} of the {len(checks)} {policy.cohort}s of which more was still to come, "
            f"where {100 * LEVEL:g}% are promised."
        )


def _checks(grid: Triangle) -> list[Check]:
    """What would have been foretold from half of the calendar, beside what came, where more was still to come."""
    if len(grid.cohorts) < 2 or not grid.unbroken:
        return []
    tried = backtest(grid.cumulative, grid.leads, len(grid.cohorts) // 2, method=foretold, confidence=LEVEL)
    return [one for one in tried.checks if one.foretold.low < one.foretold.high]


def tried_on_the_past(crm: Crm) -> pd.DataFrame:
    """The forecast of the way from the first stage to the last as it would have been made from half of the calendar.

    Parameters
    ----------
    crm : Crm

    Returns
    -------
    DataFrame
        One row a cohort of which more was still to come, indexed by its name: ``day``, the age it has reached since;
        ``foretold``, ``low`` and ``high``, conversions by that age; ``came``; whether the interval ``held`` it. Empty
        where there was too little to forecast from, or where periods are missing.
    """
    import pandas as pd

    grid = triangle(waited(crm)[-1], crm.charter)
    checks = _checks(grid)
    columns = {
        "day": [grid.ages[one.age - 1] for one in checks],
        "foretold": [one.foretold.value for one in checks],
        "low": [one.foretold.low for one in checks],
        "high": [one.foretold.high for one in checks],
        "came": [one.came for one in checks],
        "held": [one.held for one in checks],
    }
    return pd.DataFrame(columns, index=pd.Index([grid.cohorts[one.cohort].name for one in checks], name="cohort"))


def _of_seen(main: Forecast) -> float:
    return sum(it.ultimate.value for it in main.cohorts if it.age)


def change(crm: Crm, whole: Waited) -> Finding:
    """Whether later quarters really differ from the first ones: a statement that survives looking every week."""
    policy, stop = crm.charter.policy, plain(whole.stop)
    code = "cohorts.change"
    question = f"Has the share of leads that reach {stop} within {policy.within_days} days really changed?"
    found = tally(crm, Reach(whole.start, whole.stop, within_days=policy.within_days), by=QUARTER)
    # What too few leads did is not to be worked out from the total of all.
    quarters = [(cell[0], counts) for cell, counts in found.cells if counts.total >= policy.suppress_below]
    first = _baseline(quarters, policy)
    later = quarters[first:]
    # The latest quarter of which enough leads are old enough to be shown.
    place = max((at for at, (_, counts) in enumerate(later) if counts.total >= policy.min_group), default=None)
    if place is None:
        claim = "Whether the rate has changed cannot be told yet."
        because = "no later quarter has enough leads old enough." if later else _no_baseline(quarters, policy)
        return Finding(code, question, "not_enough_data", claim, because=because, sql=(found.sql,))
    baseline = sum((counts for _, counts in quarters[:first]), start=Counts(0, 0))
    apart = monitored(baseline, [counts for _, counts in later], confidence=policy.confidence)
    (last, counts), newest = later[place], apart[place]
    verdict: Verdict = ("higher" if newest.low > 0 else "lower") if _real(newest) else "no_difference_shown"
    head = f"In {last} the rate is not shown to differ from the first quarters, which is not the same as equal"
    if verdict != "no_difference_shown":
        head = f"In {last} the rate is really {verdict} than in the first quarters"
    claim = (
        f"{head}: {percent(counts.hits / counts.total)} of {leads(counts.total)} old enough, against "
        f"{percent(baseline.hits / baseline.total)} of {leads(baseline.total)} ({_span(quarters[:first])}). The "
        f"difference is {points(newest)}, within limits that hold with {100 * policy.confidence:g}% confidence for "
        "every later quarter and every week in which one looks."
    )
    everyone = sum((counts for _, counts in quarters), start=Counts(0, 0))
    rows = (
        *overall(everyone, policy),
        *(((("quarter", name),), estimate(one, policy)) for name, one in quarters if one.total >= policy.min_group),
    )
    notes = [
        f"The baseline: the first quarters, at least {LEAST_QUARTERS} and as many as it takes to hold {ENOUGH} "
        f"conversions and as many leads without one ({_span(quarters[:first])}); once reached it stays what it is. To "
        "compare with later times, let the export begin later (since, under [organisation]).",
        "A test a week would raise a false alarm sooner or later; these limits (confidence sequences) are wider than "
        "those of one look, and pay for all looks and all quarters to come.",
    ]
    others = [name for at, (name, _) in enumerate(later) if at != place and _real(apart[at])]
    if others:
        notes.append(f"{'Also' if _real(newest) else 'Really'} apart from the baseline: {listed(others)}.")
    return Finding(code, question, verdict, claim, rows, notes=tuple(notes), sql=(found.sql,), differs=_real(newest))


def _real(difference: Estimate) -> bool:
    return difference.low > 0 or difference.high < 0


def _baseline(quarters: Sequence[tuple[str, Counts]], policy: Policy) -> int:
    """How many quarters it takes until there is something to compare with."""
    so_far = Counts(0, 0)
    for place, (_, counts) in enumerate(quarters, 1):
        so_far += counts
        if place >= LEAST_QUARTERS and _enough(so_far, policy):
            return place
    return len(quarters)


def _enough(counts: Counts, policy: Policy) -> bool:
    return min(counts.hits, counts.total - counts.hits) >= ENOUGH and counts.total >= policy.min_group


def _no_baseline(quarters: Sequence[tuple[str, Counts]], policy: Policy) -> str:
    found = sum((counts for _, counts in quarters), start=Counts(0, 0))
    if _enough(found, policy):
        return "all quarters that hold enough leads old enough make the baseline, and none came after them."
    return (
        f"a baseline takes {ENOUGH} conversions and as many leads without one, and there are {found.hits:,} and "
        f"{found.total - found.hits:,} among the leads old enough."
    )


def _span(quarters: Sequence[tuple[str, Counts]]) -> str:
    first, last = quarters[0][0], quarters[-1][0]
    return first if first == last else f"{first} to {last}"
