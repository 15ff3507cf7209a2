"""Reads figures that no export holds: those of a business year, and published ones that the client brings along."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from alignment_metrics.charter.grammar import MOST, Grammar, shown, under
from alignment_metrics.charter.stated import Entered, Year

_GROWTH = ("revenue_growth", "industry_growth")
_COUNTS = ("proposals", "proposals_won", "customers", "customers_lost", "lost_to_competitors", "channels")
# The first can be no more than the second.
_PARTS = (("proposals_won", "proposals"), ("customers_lost", "customers"), ("lost_to_competitors", "customers_lost"))
# Growth beyond it is a percentage in place of a share.
_MOST_GROWTH = 10
# What a published number may be, the limits it must keep to, and how they are told.
_UNITS: Mapping[str, tuple[float, float, str]] = {
    "share": (0, 1, "a share from 0 to 1, such as 0.13 for 13%"),
    "relative_change": (-1, _MOST_GROWTH, "a change from -1 to 10, such as 0.38 for 38% more"),
    "difference": (-1, 1, "a difference of two shares from -1 to 1, such as 0.38 for 38 points"),
    "ratio": (0, MOST, f"a number from 0 to {MOST:,}"),
    "count": (0, MOST, f"a number from 0 to {MOST:,}"),
    "days": (0, MOST, f"a number from 0 to {MOST:,}"),
    "hours": (0, MOST, f"a number from 0 to {MOST:,}"),
}
_LONGEST_PUBLISHER = 200
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


def year(grammar: Grammar, raw: Any, path: str) -> Year:
    """The figures of one business year, as far as the charter tells them."""
    table = grammar.table(raw, path, (*_GROWTH, *_COUNTS, "marketing_cost", "sales_cost", "leads_bought"))
    counts = {key: grammar.count(table, path, key) for key in _COUNTS}
    for part, whole in _PARTS:
        few, many = counts[part], counts[whole]
        if few is not None and many is not None and few > many:
            grammar.wrong(under(path, part), f"must not be more than {whole}; got {few} of {many}")
    return Year(
        revenue_growth=_growth(grammar, table, path, "revenue_growth"),
        industry_growth=_growth(grammar, table, path, "industry_growth"),
        **counts,
        marketing_cost=grammar.number(table, path, "marketing_cost"),
        sales_cost=grammar.number(table, path, "sales_cost"),
        leads_bought=grammar.share(table, path, "leads_bought"),
    )


def entered(grammar: Grammar, raw: Any) -> tuple[Entered, ...]:
    """The published numbers that the client brings along, in the order of the file."""
    if not isinstance(raw, list):
        grammar.wrong(
            "benchmark", f"must be written as [[benchmark]], once for each published number; got {shown(raw)}"
        )
        return ()
    found = (_entered(grammar, item, f"benchmark[{number}]") for number, item in enumerate(raw))
    return tuple(one for one in found if one is not None)


def _entered(grammar: Grammar, raw: Any, path: str) -> Entered | None:
    keys = ("metric", "value", "unit", "publisher")
    before = len(grammar.mistakes)
    table = grammar.table(raw, path, (*keys, "year", "n"), required=keys)
    metric, publisher = grammar.text(table, path, "metric"), grammar.text(table, path, "publisher")
    if metric and not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", metric):
        grammar.wrong(f"{path}.metric", f"must be the name of a metric such as 'mql_to_sql_rate'; got {shown(metric)}")
    if len(publisher) > _LONGEST_PUBLISHER or not publisher.isprintable():
        grammar.wrong(f"{path}.publisher", f"must be one line of up to 200 characters; got {shown(publisher)}")
    unit = grammar.choice(table, path, "unit", tuple(_UNITS))
    value = _value(grammar, table, path, unit) if unit == table.get("unit") else None
    when = grammar.count(table, path, "year", least=_FIRST_YEAR, most=_LAST_YEAR)
    n = grammar.count(table, path, "n", least=1)
    if len(grammar.mistakes) > before or value is None:
        return None
    return Entered(metric, value, unit, publisher, when, n)


def _value(grammar: Grammar, table: Mapping[str, Any], path: str, unit: str) -> float | None:
    value = table.get("value")
    if value is None:
        return None
    least, most, told = _UNITS[unit]
    if not _is_number(value) or not least <= value <= most:
        grammar.wrong(f"{path}.value", f"must be {told}; got {shown(value)}")
        return None
    return float(value)


def _growth(grammar: Grammar, table: Mapping[str, Any], path: str, key: str) -> float | None:
    value = table.get(key)
    # A whole number would be a percentage more often than a growth by so many times.
    if value is None or (_is_number(value) and (isinstance(value, float) or not value) and -1 < value <= _MOST_GROWTH):
        return None if value is None else float(value)
    grammar.wrong(
        under(path, key),
        f"must be a share above -1 and at most 10 with its point, such as 0.12 for 12%; got {shown(value)}",
    )
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
