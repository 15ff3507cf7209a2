"""What the sources bring beside a rate: their share of the wins, how long these take, and what they are worth."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

from alignment_metrics.findings.groups import Estimates
from alignment_metrics.findings.sources.asked import SOURCE, Asked
from alignment_metrics.findings.sources.ends import ends
from alignment_metrics.findings.sources.known import some
from alignment_metrics.findings.waits import watched_from_the_start
from alignment_metrics.findings.words import days, leads, level, money, percent, plain, share
from alignment_metrics.measures import Worth
from alignment_metrics.stats.many import shares
from alignment_metrics.stats.means import mean, spread
from alignment_metrics.stats.waits import conversion_wait_quantile
from alignment_metrics.tallies import tally
from alignment_metrics.values import Ages, Estimate, Finding, Moments, Verdict, group

LARGEST = 3
"""Shares of wins that are told in words."""
FEWEST = 10
"""Conversions, or amounts, below which their middle is not told."""
HEAVY = 1.0
"""How many times the mean the standard deviation may be before a few large amounts are said to make it."""


def share_of_wins(asked: Asked) -> Finding:
    """Where the won leads come from, beside where all leads do."""
    policy, stop = asked.policy, plain(asked.whole.measure.stop)
    code, sql = "sources.share_of_wins", (asked.sql[SOURCE],)
    question = f"Which sources do the leads come from that reach {asked.window}?"
    # Groups that are not shown are not counted either, or the rest would tell them.
    rows = [(name, one) for name, one in asked.sources.listing.estimates if name]
    wins, everyone = sum(one.hits or 0 for _, one in rows), sum(one.n for _, one in rows)
    if wins < max(1, policy.min_group):
        told = f"fewer than {policy.suppress_below} leads" if 0 < wins < policy.suppress_below else leads(wins)
        because = f"{told} reached {stop} in time, and the charter asks for {policy.min_group}."
        claim = f"Where the leads that reach {stop} come from cannot be told yet."
        return Finding(code, question, "not_enough_data", claim, because=because, sql=sql)
    parts = shares([one.hits or 0 for _, one in rows], confidence=policy.confidence)
    largest = sorted(zip(rows, parts, strict=True), key=lambda row: (-row[1].value, row[0][0]))[:LARGEST]
    named = [
        f"{name[0][1]} {share(part)}, with {percent(one.n / everyone)} of the leads" for (name, one), part in largest
    ]
    claim = (
        f"Of {leads(wins)} that reached {asked.window}, the largest shares are of {'; '.join(named)} "
        f"({level(policy)}s, which hold for all shares at once)."
    )
    notes = (
        "A source that brings many wins may do so by bringing many leads: how well they convert is told by the rate, "
        "not by this share.",
        *asked.came_late(),
        *asked.sources.listing.notes,
    )
    estimates = tuple((name, part) for (name, _), part in zip(rows, parts, strict=True))
    return Finding(code, question, "measured", claim, estimates, notes=notes, sql=sql)


def wait(asked: Asked) -> Finding:
    """The median days to conversion of each source, with the leads still open counted in."""
    policy, whole = asked.policy, asked.whole
    until, start, stop = policy.within_days, plain(whole.measure.start), plain(whole.measure.stop)
    code, sql = "sources.wait", (whole.waits.sql,)
    question = f"Of each source's leads that reach {asked.window}, how many days does the middle one take?"
    found = {cell[0]: ages for cell, ages in whole.waits.by(SOURCE).cells if _watched(ages, asked)}

    def median(name: str, confidence: float) -> Estimate:
        one = conversion_wait_quantile(found[name], until, 0.5, confidence=confidence)
        # What it rests on are the conversions, not all that might have been some.
        return replace(one, n=_came(found[name], until))

    told = {name: median(name, policy.confidence) for name in asked.sources.groups if name in found}
    told = {name: one for name, one in told.items() if not math.isnan(one.value)}
    if not told:
        because = f"no source has {FEWEST} leads that reached {stop} within a window that could be watched whole."
        claim = "How long the leads of a source take cannot be told."
        return Finding(code, question, "not_enough_data", claim, because=because, sql=sql)
    ranged = ends({name: one.value for name, one in told.items()}, median, policy.confidence, effect=asked.widening)
    if ranged and ranged.alike:
        claim = f"From {start} to {stop} the middle lead of each source takes {ranged.lowest[1].value:,.0f} days."
    elif ranged:
        (first, quick), (last, slow) = ranged.lowest, ranged.highest
        claim = (
            f"From {start} to {stop} the middle lead takes between {days(quick)} ({first}) and {days(slow)} ({last}; "
            f"{level(policy)}s). {ranged.so('not equally quick')}"
        )
    else:
        ((only, one),) = told.items()
        claim = f"From {start} to {stop} the middle lead of {only} takes {days(one)} ({level(policy)})."
    notes = (
        f"Of all that convert within {until} day{'' if until == 1 else 's'}, those still to come counted in, read from "
        f"the life table of each source. Sources with fewer than {FEWEST} such conversions are left out.",
    )
    rows = tuple(sorted((group({SOURCE: name}), one) for name, one in told.items()))
    return Finding(code, question, "measured", claim, rows, notes=notes, sql=sql)


def _watched(ages: Ages, asked: Asked) -> bool:
    policy = asked.policy
    enough = ages.n >= policy.min_group and _came(ages, policy.within_days) >= max(FEWEST, policy.suppress_below)
    return enough and watched_from_the_start(ages)


def _came(ages: Ages, until: int) -> int:
    return sum(n for day, n in zip(ages.day, ages.converted, strict=True) if day <= until)


def amount(asked: Asked) -> Finding:
    """The mean amount of a won lead by source."""
    policy, currency, stop = asked.policy, asked.charter.organisation.currency, plain(asked.whole.measure.stop)
    found = tally(asked.whole.crm, Worth(asked.whole.measure), by=SOURCE)
    code, sql = "sources.amount", (found.sql,)
    question = f"What is a lead worth that reaches {asked.window}, by source?"
    known, fewest = found.total(), max(FEWEST, policy.suppress_below)
    large = {cell[0]: one for cell, one in found.cells if one.n >= fewest}
    if not large:
        verdict: Verdict = "not_enough_data" if known.n or not asked.counts.hits else "does_not_apply"
        because = f"no source has {fewest} leads that reached {stop} in time and have an amount."
        claim = "What the leads of a source are worth cannot be told."
        return Finding(code, question, verdict, claim, because=because, sql=sql)

    def worth(name: str, confidence: float) -> Estimate:
        return mean(large[name], unit=currency, confidence=confidence)

    told = {name: worth(name, policy.confidence) for name in large}
    rest = known.n - sum(one.n for one in large.values())
    everyone = mean(known, unit=currency, confidence=policy.confidence)
    # With the mean of all, the amounts of a few leads left over could be worked out.
    overall: Estimates = (((), everyone),) if rest == 0 or rest >= policy.suppress_below else ()
    head = (
        f"{leads(known.n)} that reached {asked.window} {'is' if known.n == 1 else 'are'} worth {money(everyone)} each "
        f"on average ({level(policy)})."
    )
    ranged = ends({name: one.value for name, one in told.items()}, worth, policy.confidence, effect=asked.widening)
    span = ""
    if ranged:
        (least, low), (most, high) = ranged.lowest, ranged.highest
        span = (
            f"By source the mean runs from {money(low)} ({least}) to {money(high)} ({most}). "
            f"{ranged.so('not worth the same')}"
        )
    claim = " ".join(filter(None, [head if overall else "", span])) or (
        f"Only {next(iter(told))} has amounts enough for a mean: {money(next(iter(told.values())))} ({level(policy)})."
    )
    notes = tuple(_of_amounts(asked, known, large, rest))
    rows = sorted((group({SOURCE: name}), one) for name, one in told.items())
    return Finding(code, question, "measured", claim, (*overall, *rows), notes=notes, sql=sql)


def _of_amounts(asked: Asked, known: Moments, large: Mapping[str, Moments], rest: int) -> Iterator[str]:
    without = asked.counts.hits - known.n
    if without >= max(1, asked.policy.suppress_below):
        yield f"{without:,} of {asked.counts.hits:,} such leads have no amount and are not in the mean."
    heavy = sorted(name for name, one in large.items() if spread(one) > HEAVY)
    if heavy or spread(known) > HEAVY:
        where = f" (by source most of all {some(heavy)})" if heavy else ""
        yield (
            f"The amounts lie far apart: their standard deviation is {spread(known):.1f} times their mean{where}. A "
            "few large ones make such a mean, one more or less moves it, and its true value is likelier above the "
            "interval than below."
        )
    if rest:
        yield f"Sources with fewer than {max(FEWEST, asked.policy.suppress_below)} amounts are not shown."
