"""Whether as many leads came as were promised, in every whole week, month or quarter since the signing."""

from __future__ import annotations

import datetime as dt

from alignment_metrics.charter import Goal, Policy
from alignment_metrics.crm import Crm
from alignment_metrics.findings.agreement.promises import asked, counted, signed
from alignment_metrics.findings.words import few, leads, listed, plain
from alignment_metrics.measures import Reach
from alignment_metrics.periods import MONTH, WEEK, first_day, named, whole
from alignment_metrics.tallies import first_day as first_entry
from alignment_metrics.tallies import tally
from alignment_metrics.values import Finding, group


def volume(crm: Crm, goal: Goal) -> Finding:
    """How many of the whole periods brought what was promised, and what each of them brought."""
    policy, period, asks = crm.charter.policy, goal.every or MONTH, int(goal.at_least)
    begin, why = _begin(crm)
    periods = whole(period, begin, crm.as_of) if begin else ()
    found = tally(crm, Reach(goal.start, goal.start), by=period)
    if not periods:
        seen = "no lead has come" if begin is None else f"no whole {period} lies between {begin} and {crm.as_of}"
        claim = f"Whether enough leads enter {plain(goal.start)} cannot be told yet."
        return Finding(goal.code, asked(goal), "not_enough_data", claim, because=f"{seen}.", sql=(found.sql,))
    came = {cell[0]: counts.total for cell, counts in found.cells}
    numbers = {name: came.get(name, 0) for name in periods}
    short = [name for name, n in numbers.items() if n < asks]
    kept = len(periods) - len(short)
    worst = min(periods, key=lambda name: (numbers[name], name))
    shown = {name: n for name, n in numbers.items() if not 0 < n < policy.suppress_below}
    rows = [(group({period: name}), counted(float(n), n, "leads", policy)) for name, n in sorted(shown.items())]
    overall = counted(kept / len(periods), len(periods), "share", policy, hits=kept)
    return Finding(
        goal.code,
        asked(goal),
        "broken" if short else "kept",
        _claim(goal, period, periods, short, _fewest(numbers[worst], _called(worst), len(periods), policy)),
        (((), overall), *rows),
        notes=tuple(_notes(crm, begin, why, period, len(periods) - len(shown))),
        sql=(found.sql,),
    )


def _begin(crm: Crm) -> tuple[dt.date | None, str]:
    """The first day from which on all leads are known and the promise holds, and which of the two decides."""
    organisation = crm.charter.organisation
    days = {"the day of signing": signed(crm.charter), "the first lead": first_entry(crm, crm.charter.funnel.first)}
    if days["the first lead"] is None:
        return None, ""
    days |= {"since, in the charter": organisation.since, "history_from, in the charter": organisation.history_from}
    told = {why: day for why, day in days.items() if day is not None}
    why = max(told, key=lambda one: told[one])
    return told[why], why


def _claim(goal: Goal, period: str, periods: tuple[str, ...], short: list[str], worst: str) -> str:
    asks, stage, n = int(goal.at_least), plain(goal.start), len(periods)
    if not short:
        often = f"the one whole {period}" if n == 1 else f"each of {n:,} {period}s"
        return f"In {often} at least {leads(asks)} entered {stage}; {worst}."
    often = f"the one whole {period}" if n == 1 else f"{len(short):,} of {n:,} {period}s"
    fewer = "no lead" if asks == 1 else f"fewer than {leads(asks)}"
    return f"In {often} {fewer} entered {stage}; {worst}."


def _fewest(n: int, where: str, periods: int, policy: Policy) -> str:
    """How many the worst of the periods brought, as far as that may be shown."""
    if not n:
        return f"{where} there was none"
    if n < policy.suppress_below:
        return f"{where} there were {few(n, policy)}"
    were = "was" if n == 1 else "were"
    return f"there {were} {n:,}, {where}" if periods == 1 else f"the fewest {were} {n:,}, {where}"


def _called(name: str) -> str:
    """
    Examples
    --------
    >>> _called("2026-W10"), _called("2026-03")
    ('in the week of 2026-03-02', 'in 2026-03')
    """
    return f"in the week of {first_day(name).isoformat()}" if "W" in name else f"in {name}"


def _notes(crm: Crm, begin: dt.date | None, why: str, period: str, hidden: int) -> list[str]:
    assert begin is not None
    ends = {named(period, day): day for day in (begin, crm.as_of)}
    cut = [name for name in ends if name not in whole(period, begin, crm.as_of)]
    notes = [f"Whole {period}s count, from {begin} ({why}) to {crm.as_of}, each lead on the day it entered."]
    if cut:
        where = listed([_called(name).removeprefix("in ") for name in cut])
        notes.append(f"Only partly in that time, and so not judged: {where}.")
    if period == WEEK:
        notes.append("Weeks begin on Monday.")
    if hidden:
        notes.append(
            f"{hidden:,} {period}{'s' * (hidden > 1)} with fewer than {crm.charter.policy.suppress_below} leads "
            f"{'are' if hidden > 1 else 'is'} judged and not shown."
        )
    return notes
