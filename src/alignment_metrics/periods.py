"""Weeks, months and quarters: the number an engine groups by, the name a reader sees, the days they cover."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

WEEK, MONTH, QUARTER = "week", "month", "quarter"


def number(period: str, day: Any) -> Any:
    """The period of a day as a whole number: a text made row by row would cost an engine more than counting.

    Parameters
    ----------
    period : {"week", "month", "quarter"}
    day : ibis expression of a date
    """
    if period == QUARTER:
        return day.year() * 10 + day.quarter()
    if period == MONTH:
        return day.year() * 100 + day.month()
    # ISO 8601: a week belongs to the year of its Thursday.
    return day.iso_year() * 100 + day.week_of_year()


def label(period: str, number: int) -> str:
    """The name of a period that was grouped as a number.

    Examples
    --------
    >>> label("quarter", 20261), label("month", 202601), label("week", 202605)
    ('2026Q1', '2026-01', '2026-W05')
    """
    if period == QUARTER:
        return f"{number // 10}Q{number % 10}"
    return f"{number // 100}-{'W' if period == WEEK else ''}{number % 100:02}"


def like(label: str, day: dt.date) -> str:
    """The period of a day that is as long as the one of that name.

    Examples
    --------
    >>> [like(name, dt.date(2025, 12, 30)) for name in ("2026Q1", "2026-02", "2026-W07")]
    ['2025Q4', '2025-12', '2026-W01']
    """
    if "W" in label:
        return "{}-W{:02}".format(*day.isocalendar())
    return f"{day.year}Q{(day.month + 2) // 3}" if "Q" in label else f"{day:%Y-%m}"


def last_day(label: str) -> dt.date:
    """The last day that a period covers, from its name.

    Raises
    ------
    ValueError
        If it is the name of no week, month or quarter.

    Examples
    --------
    >>> [last_day(name).isoformat() for name in ("2026Q1", "2026-02", "2026-W01")]
    ['2026-03-31', '2026-02-28', '2026-01-04']
    """
    if found := re.fullmatch(r"(\d+)-W(\d\d)", label):
        return dt.date.fromisocalendar(int(found[1]), int(found[2]), 7)
    if found := re.fullmatch(r"(\d+)-(\d\d)", label):
        year, month = int(found[1]), int(found[2])
    elif found := re.fullmatch(r"(\d+)Q([1-4])", label):
        year, month = int(found[1]), 3 * int(found[2])
    else:
        raise ValueError(f"{label!r} names no week, month or quarter, such as 2026-W05, 2026-01 or 2026Q1.")
    if month == 12:
        return dt.date(year, 12, 31)
    return dt.date(year, month + 1, 1) - dt.timedelta(days=1)


def first_day(label: str) -> dt.date:
    """The first day that a period covers, from its name.

    Raises
    ------
    ValueError
        If it is the name of no week, month or quarter.

    Examples
    --------
    >>> [first_day(name).isoformat() for name in ("2026Q1", "2026-02", "2026-W01")]
    ['2026-01-01', '2026-02-01', '2025-12-29']
    """
    last = last_day(label)
    if "W" in label:
        return last - dt.timedelta(days=6)
    return last.replace(month=last.month - 2, day=1) if "Q" in label else last.replace(day=1)


def named(period: str, day: dt.date) -> str:
    """The name of the period that a day lies in.

    Examples
    --------
    >>> [named(period, dt.date(2025, 12, 30)) for period in (QUARTER, MONTH, WEEK)]
    ['2025Q4', '2025-12', '2026-W01']
    """
    return like({WEEK: "W", QUARTER: "Q"}.get(period, ""), day)


def whole(period: str, first: dt.date, last: dt.date) -> tuple[str, ...]:
    """The names of the periods of which every day lies between two days, both counted, in order.

    Examples
    --------
    >>> whole("month", dt.date(2026, 1, 1), dt.date(2026, 3, 30))
    ('2026-01', '2026-02')
    >>> whole("week", dt.date(2026, 1, 1), dt.date(2026, 1, 18))
    ('2026-W02', '2026-W03')
    """
    found = []
    while first <= last:
        name = named(period, first)
        end = last_day(name)
        if first_day(name) == first and end <= last:
            found.append(name)
        first = end + dt.timedelta(days=1)
    return tuple(found)
