"""Reads ``[agreement]``: what both teams promised each other, when they signed it and when they looked at it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from alignment_metrics.charter.grammar import LONGEST_WINDOW, Grammar, shown
from alignment_metrics.charter.plan import PERIODS, Funnel, Policy
from alignment_metrics.charter.stated import Agreement, Goal

_KEYS = ("signed", "reviewed", "review_every", "revise_every", "leads_per_seller", "goal")
# What each kind of goal says, and of that, what it must.
_SAYS: Mapping[str, tuple[str, ...]] = {
    "volume": ("stage", "every", "at_least"),
    "speed": ("from", "to", "within_days", "within_hours", "share"),
    "rate": ("from", "to", "within_days", "at_least"),
}
_MUST: Mapping[str, tuple[str, ...]] = {
    "volume": ("stage", "every", "at_least"),
    "speed": ("from", "share"),
    "rate": ("from", "to", "at_least"),
}
_USUAL = Agreement()


def agreement(grammar: Grammar, raw: Any, policy: Policy, funnel: Funnel | None) -> Agreement | None:
    """What was promised; None where nothing was.

    Days after the end of the export are read as they are: a plan may be audited as of an earlier day.

    Parameters
    ----------
    funnel : Funnel or None
        Whose stages a goal may name; None where it could not be read itself, so that any name will do.
    """
    if raw is None:
        return None
    table = grammar.table(raw, "agreement", _KEYS)
    signed = grammar.day(table, "agreement", "signed")
    every = {
        key: grammar.count(table, "agreement", key, least=1, most=LONGEST_WINDOW)
        for key in ("review_every", "revise_every")
    }
    return Agreement(
        signed=signed,
        reviewed=_reviewed(grammar, table),
        review_every=every["review_every"] or _USUAL.review_every,
        revise_every=every["revise_every"] or _USUAL.revise_every,
        leads_per_seller=grammar.number(table, "agreement", "leads_per_seller", above=0),
        goals=_goals(grammar, table.get("goal", []), policy, funnel),
    )


def _reviewed(grammar: Grammar, table: Mapping[str, Any]) -> tuple[dt.date, ...] | None:
    if "reviewed" not in table:
        return None
    raw, path = table["reviewed"], "agreement.reviewed"
    if not isinstance(raw, list):
        grammar.wrong(path, f"must be a list of days such as [2026-05-04, 2026-06-01]; got {shown(raw)}")
        return None
    found: list[dt.date] = []
    for number, item in enumerate(raw):
        day = grammar.as_day(item, f"{path}[{number}]")
        if day is None:
            continue
        if day in found:
            grammar.wrong(f"{path}[{number}]", f"{day} is named twice; name it once")
        found.append(day)
    return tuple(sorted(set(found)))


def _goals(grammar: Grammar, raw: Any, policy: Policy, funnel: Funnel | None) -> tuple[Goal, ...]:
    path = "agreement.goal"
    if not isinstance(raw, list):
        grammar.wrong(path, f"must be written as [[agreement.goal]], once for each goal; got {shown(raw)}")
        return ()
    found: dict[str, str] = {}
    goals = []
    for number, item in enumerate(raw):
        here = f"{path}[{number}]"
        goal = _goal(grammar, item, here, policy, funnel)
        if goal is None:
            continue
        other = found.setdefault(goal.code, here)
        if other != here:
            grammar.wrong(here, f"promises of the same leads the same as {other}; keep one of them")
        goals.append(goal)
    return tuple(goals)


def _goal(grammar: Grammar, raw: Any, path: str, policy: Policy, funnel: Funnel | None) -> Goal | None:
    before = len(grammar.mistakes)
    kinds = tuple(_SAYS)
    told = str(raw.get("kind")) if isinstance(raw, dict) else ""
    # Of a kind that is not known, neither what it must say is, nor what it must not.
    says = _SAYS.get(told, tuple(dict.fromkeys(key for keys in _SAYS.values() for key in keys)))
    table = grammar.table(raw, path, ("kind", *says), required=("kind", *_MUST.get(told, ())))
    kind = grammar.choice(table, path, "kind", kinds)
    if len(grammar.mistakes) > before:
        return None
    goal = {"volume": _volume, "speed": _speed, "rate": _rate}[kind](grammar, table, path, policy, funnel)
    return goal if len(grammar.mistakes) == before else None


def _volume(grammar: Grammar, table: Mapping[str, Any], path: str, _: Policy, funnel: Funnel | None) -> Goal:
    return Goal(
        "volume",
        start=_place(grammar, table, path, "stage", funnel),
        stop=None,
        at_least=float(grammar.count(table, path, "at_least", least=1) or 0),
        every=grammar.choice(table, path, "every", PERIODS),
    )


def _speed(grammar: Grammar, table: Mapping[str, Any], path: str, _: Policy, funnel: Funnel | None) -> Goal:
    start, stop = _way(grammar, table, path, funnel, with_exits=True)
    days, hours = _window(grammar, table, path), grammar.number(table, path, "within_hours", above=0)
    if hours is not None and hours > 24 * LONGEST_WINDOW:
        grammar.wrong(f"{path}.within_hours", f"must be at most {24 * LONGEST_WINDOW:,}; got {shown(hours)}")
    if "within_days" in table and "within_hours" in table:
        grammar.wrong(path, "has within_days and within_hours; keep one of them")
    elif "within_hours" in table and "to" in table:
        grammar.wrong(
            f"{path}.within_hours",
            "a stage is dated by the day, so only a first touch can be due in hours; say within_days",
        )
    elif "within_days" not in table and "within_hours" not in table:
        grammar.wrong(path, "does not say how soon; write within_days" + ("" if "to" in table else " or within_hours"))
    share = grammar.share(table, path, "share", above=True)
    return Goal("speed", start, stop, share or 0.0, within_days=days, within_hours=hours)


def _rate(grammar: Grammar, table: Mapping[str, Any], path: str, policy: Policy, funnel: Funnel | None) -> Goal:
    start, stop = _way(grammar, table, path, funnel, with_exits=False)
    days = _window(grammar, table, path) if "within_days" in table else policy.within_days
    return Goal("rate", start, stop, grammar.share(table, path, "at_least", above=True) or 0.0, within_days=days)


def _window(grammar: Grammar, table: Mapping[str, Any], path: str) -> int | None:
    return grammar.count(table, path, "within_days", most=LONGEST_WINDOW)


def _way(
    grammar: Grammar, table: Mapping[str, Any], path: str, funnel: Funnel | None, *, with_exits: bool
) -> tuple[str, str | None]:
    """Where a goal starts and stops: two stages in order, or a stage and an exit; None: at a touch."""
    start = _place(grammar, table, path, "from", funnel)
    if "to" not in table:
        return start, None
    stop = _place(grammar, table, path, "to", funnel, with_exits=with_exits)
    stages = funnel.stages if funnel else ()
    if start in stages and stop in stages and stages.index(stop) <= stages.index(start):
        grammar.wrong(path, f"goes from {shown(start)} to {shown(stop)}, and {shown(stop)} does not come after it")
    return start, stop


def _place(
    grammar: Grammar, table: Mapping[str, Any], path: str, key: str, funnel: Funnel | None, *, with_exits: bool = False
) -> str:
    name = grammar.text(table, path, key)
    if funnel is None or not name:
        return name
    known = funnel.places if with_exits else funnel.stages
    if name not in known:
        grammar.choice(table, path, key, known)
        return ""
    return name
