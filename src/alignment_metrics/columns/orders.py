"""Decides whether ``3/5/2026`` puts the day or the month first, from the whole column, or asks."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis

from alignment_metrics.charter.grammar import shown

_MOST_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Readings:
    """The cells of a column whose order is open, with the day first and with the month first; NULL where no date."""

    header: str
    words: Any
    day: Any
    month: Any


@dataclass(frozen=True, slots=True)
class Order:
    """What a column puts first; ``because`` tells by what that was decided, ``problem`` what must be settled first."""

    day_first: bool
    because: str = ""
    problem: str = ""


def orders(table: ibis.Table, columns: Mapping[str, Readings], said: bool | None) -> dict[str, Order]:
    """The order of each column: told by the dates that read one way only, else by what the charter ``said``.

    What was said never overrules a column: dates that can be read both ways would be misread in silence.
    """
    if not columns:
        return {}
    asked: dict[str, Any] = {}
    either = {}
    for number, (name, one) in enumerate(columns.items()):
        by_day, by_month = one.day.notnull(), one.month.notnull()
        either[name] = by_day & by_month & (one.day != one.month)
        ways = {"day": by_day & ~by_month, "month": by_month & ~by_day}
        for way, met in ways.items():
            asked |= {f"n_{way}{number}": met.sum(), f"{way}{number}": one.words.min(where=met)}
        asked[f"n_either{number}"] = either[name].sum()
    told = table.agg(**asked).to_pyarrow().to_pylist()[0]
    found = {
        name: {way: told[f"{way}{number}"] for way in ("n_day", "n_month", "n_either", "day", "month")}
        for number, name in enumerate(columns)
    }
    decided = {name: bool(of["n_day"]) for name, of in found.items() if bool(of["n_day"]) != bool(of["n_month"])}
    problems = dict.fromkeys(columns, "")
    for name, of in found.items():
        header = columns[name].header
        if of["n_day"] and of["n_month"]:
            problems[name] = (
                f"{shown(header)} mixes days before months with months before days, such as {shown(of['day'])} and "
                f"{shown(of['month'])}; export it again in one form."
            )
        elif said is not None and decided.get(name, said) != said:
            problems[name] = (
                f"{shown(header)} has dates that day_first = {str(said).lower()} cannot read, such as "
                f"{shown(of['month' if said else 'day'])}; correct day_first in the charter."
            )
        elif said is None and of["n_either"] and name not in decided:
            dates = "1 date reads" if of["n_either"] == 1 else f"{of['n_either']:,} dates read"
            other = next((other for other in decided if columns[other].header != header), None)
            beside = ""
            if other is not None:
                first = "day" if decided[other] else "month"
                beside = f" ({shown(columns[other].header)} of the same file puts the {first} first)"
            problems[name] = (
                f"{shown(header)}: {dates} both ways, such as {_examples(table, columns[name], either[name])}; say "
                f"day_first = true or false under this file's [[export]] in the charter{beside}."
            )
    return {name: _order(of, decided.get(name), said, problems[name]) for name, of in found.items()}


def _order(found: Mapping[str, Any], decided: bool | None, said: bool | None, problem: str) -> Order:
    if decided is None:
        first = bool(said)
        because = "from the charter" if said is not None and found["n_either"] else ""
    else:
        first = decided
        because = f"decided by {shown(found['day' if first else 'month'])}"
    return Order(first, f"{'day' if first else 'month'} first ({because})" if because else "", problem)


def _examples(table: ibis.Table, column: Readings, met: Any) -> str:
    """A few different cells, each in both readings."""
    rows = table.filter(met).select(word=column.words).distinct().order_by("word").limit(_MOST_EXAMPLES)
    told = [f"{shown(row['word'])} ({_both(row['word'])})" for row in rows.to_pyarrow().to_pylist()]
    return " and ".join([", ".join(told[:-1]), told[-1]] if told[:-1] else told)


def _both(word: str) -> str:
    one, other = (int(part) for part in re.findall(r"\d+", word)[:2])
    return f"{one} {calendar.month_name[other]} or {other} {calendar.month_name[one]}"
