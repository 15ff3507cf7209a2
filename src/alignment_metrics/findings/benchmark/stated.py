"""What no export holds: what the charter states of the firm, set beside what other firms said of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_metrics.charter import Charter
from alignment_metrics.findings.benchmark.asked import STATED, Asked, Own
from alignment_metrics.findings.words import listed, plain
from alignment_metrics.published.phrases import number
from alignment_metrics.values import Estimate

GROWTH = ("revenue_growth", "industry_growth")


def of_stated(terms: Mapping[str, Any], asked: Asked, unit: str) -> Own:
    """One number of the charter, less another, or one divided by one or the sum of several."""
    charter = asked.charter
    over, under = _keys(terms, "key", "numerator"), _keys(terms, "minus", "denominator")
    if missing := [key for key in dict.fromkeys((*over, *under)) if look_up(key, charter) is None]:
        return Own(because=unstated(missing))
    upper, lower = (sum(look_up(key, charter) or 0.0 for key in keys) for keys in (over, under))
    if "denominator" in terms and not lower:
        return Own(because=f"the charter says that {listed(under)} is 0, and nothing can be divided by it.")
    value = upper / lower if "denominator" in terms else upper - lower
    ours = stated(value, unit, asked.policy.confidence)
    joint = " divided by " if "denominator" in terms else " less "
    told = joint.join(" plus ".join(_said(key, charter) for key in keys) for keys in (over, under) if keys)
    if not under:
        told = plain(over[0].rpartition(".")[2])
    return Own(ours, told, estimates=(((), ours),))


def _said(key: str, charter: Charter) -> str:
    """A key and its number, as in ``people of sales (30)``."""
    table, _, name = key.rpartition(".")
    value = look_up(key, charter) or 0.0
    whose = f" of {table.removeprefix('teams.')}" if table.startswith("teams.") else ""
    return f"{plain(name)}{whose} ({number(value, 'relative_change' if name in GROWTH else 'count')})"


def _keys(terms: Mapping[str, Any], *parts: str) -> tuple[str, ...]:
    found = [terms[part] for part in parts if part in terms]
    return tuple(key for one in found for key in ((one,) if isinstance(one, str) else one))


def look_up(key: str, charter: Charter) -> float | None:
    """The number under a key of the charter, such as ``teams.sales.executives``; None where it is not stated.

    Raises
    ------
    ValueError
        If a charter has no such key.
    """
    table, _, rest = key.partition(".")
    if table == "organisation":
        year, _, name = rest.partition(".")
        if year in ("year", "year_before"):
            value = getattr(getattr(charter.organisation, year), name)
            return None if value is None else float(value)
    elif table == "teams":
        team, _, name = rest.partition(".")
        value = getattr(charter.teams[team], name) if team in charter.teams else None
        return None if value is None else float(value)
    raise ValueError(
        f"a charter has no number {key!r}; name one of organisation.year, organisation.year_before or teams."
    )


def unstated(keys: list[str]) -> str:
    """What is missing in the charter, and what to add to it."""
    tables: dict[str, list[str]] = {}
    for key in keys:
        table, _, name = key.rpartition(".")
        tables.setdefault(table, []).append(name)
    what = listed([f"{listed(names)} to [{table}]" for table, names in tables.items()])
    return f"the charter does not state {'it' if len(keys) == 1 else 'them all'}; add {what}."


def stated(value: float, unit: str, confidence: float) -> Estimate:
    """A number that the charter holds: it rests on no sample, so its interval has no width."""
    return Estimate(value, value, value, 1, unit, STATED, confidence)
