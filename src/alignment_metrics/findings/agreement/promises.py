"""How a promise is put into words, from which day on it is judged, and numbers that are counts and no estimates."""

from __future__ import annotations

import datetime as dt

from alignment_metrics.charter import Charter, Goal, Policy
from alignment_metrics.findings.benchmark.asked import STATED
from alignment_metrics.findings.words import few, leads, plain
from alignment_metrics.values import Counts, Estimate

COUNT = "count"


def promised(goal: Goal) -> str:
    """
    Examples
    --------
    >>> promised(Goal("volume", "mql", None, 50.0, "week"))
    'at least 50 leads enter mql in every week'
    >>> promised(Goal("speed", "mql", None, 0.9, within_hours=24.0))
    'of the leads that enter mql, at least 90% are followed up within 24 hours'
    >>> promised(Goal("rate", "mql", "sql", 0.4, within_days=90))
    'of the leads that enter mql, at least 40% reach sql within 90 days'
    """
    if goal.kind == "volume":
        count = int(goal.at_least)
        return f"at least {leads(count)} enter{'s' * (count == 1)} {plain(goal.start)} in every {goal.every}"
    done = f"reach {plain(goal.stop)}" if goal.stop else "are followed up"
    return f"of the leads that enter {plain(goal.start)}, {at_least(goal)} {done} {window(goal)}"


def at_least(goal: Goal) -> str:
    """The share that was promised."""
    return "all" if goal.at_least == 1 else f"at least {part(goal.at_least)}"


def part(share: float) -> str:
    """A share as it was typed.

    Examples
    --------
    >>> part(0.4), part(0.125)
    ('40%', '12.5%')
    """
    return f"{100 * share:.10g}%"


def window(goal: Goal) -> str:
    """How soon.

    Examples
    --------
    >>> window(Goal("speed", "mql", None, 0.9, within_hours=2000.0))
    'within 2,000 hours'
    >>> window(Goal("speed", "mql", "sql", 1.0, within_days=0))
    'on the same day'
    """
    if goal.within_hours is not None:
        return f"within {goal.within_hours:,.10g} hour{'' if goal.within_hours == 1 else 's'}"
    return f"within {day_count(goal.within_days)}" if goal.within_days else "on the same day"


def day_count(days: int) -> str:
    """
    Examples
    --------
    >>> day_count(1), day_count(1200)
    ('1 day', '1,200 days')
    """
    return f"{days:,} day{'' if days == 1 else 's'}"


def asked(goal: Goal) -> str:
    """The question of a goal's finding."""
    return f"Was this promise kept: {promised(goal)}?"


def signed(charter: Charter) -> dt.date | None:
    """The day from which on goals are judged; None: from the first lead on."""
    return charter.agreement.signed if charter.agreement else None


def since(day: dt.date | None) -> str:
    """A part of a sentence."""
    return "" if day is None else f" since {day.isoformat()}"


def counted(value: float, n: int, unit: str, policy: Policy, hits: int | None = None) -> Estimate:
    """A number that was counted to the last: it has no interval."""
    return Estimate(value, value, value, n, unit, COUNT, policy.confidence, hits)


def told(value: float, n: int, unit: str, policy: Policy) -> Estimate:
    """A number that the charter itself holds: there was nothing to count."""
    return Estimate(value, value, value, n, unit, STATED, policy.confidence)


def too_few(counts: Counts, goal: Goal, days: int, charter: Charter) -> str | None:
    """Why there are too few leads to judge a goal by; None where there are enough."""
    policy, n = charter.policy, counts.total
    if n >= max(1, policy.min_group):
        return None
    told = few(n, policy)
    who = "no lead" if not n else f"{told} leads" if told.startswith("fewer") else f"only {leads(n)}"
    had = f"entered {plain(goal.start)}{since(signed(charter))} and at least {day_count(days)} before"
    rest = "so none has had its chance" if not n else f"and the charter asks for {policy.min_group}"
    return f"{who} {had} the end of the export, {rest}."
