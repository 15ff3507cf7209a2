"""Looks at how far columns of times reach, so that most are spared what only odd cells need.

All columns of a file are asked at once: whether any cell lies before leads were kept, or may lie after ``as_of``, or in
an hour that the clocks skipped or showed twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import ibis

from alignment_metrics.clock import end_of_day, odd_hours
from alignment_metrics.columns.days import Parsed

_LATEST = dt.datetime(2300, 1, 1)
# No clock on earth is farther from UTC.
_FARTHEST = dt.timedelta(hours=26)
# The day after the one that computers count from, which programs write for none.
_EPOCH = dt.date(1970, 1, 2)
_HISTORY_DAYS, _HISTORY_SHARE = 20, 0.01
# The zeroth day of a month is how spreadsheets and some databases write that there is none.
_ZERO = r"^(?:(?:0000[-/.]00|1900[-/.]01)[-/.]00|(?:0?1[-/.]0?0|0?0[-/.]0?[01])[-/.](?:1900|0000))(?:[ T,].*)?$"


def bounded(
    table: ibis.Table, columns: Mapping[str, Parsed], zone: str, until: dt.date, first: dt.date
) -> dict[str, Parsed]:
    """The same columns: what is implausible, such as dates before ``first``, is not told, and what need not be asked is
    known.
    """
    asked: dict[str, Any] = {}
    start = dt.datetime.combine(first, dt.time())
    earliest, latest = (ibis.literal(end, "timestamp(6)") for end in (start, _LATEST))
    for number, one in enumerate(columns.values()):
        for kind, cell in one.cells.items():
            stamp, place = cell.cast("timestamp(6)"), f"{kind}{number}"
            low, high = stamp.min(), stamp.max()
            # Nothing else is asked of a file that knows its own ends, so that it need not be read.
            asked |= {
                f"any_{place}": low.notnull(),
                f"ancient_{place}": low < dt.datetime.min,
                f"old_{place}": low < start,
                f"low_{place}": ibis.greatest(low, earliest),
                f"high_{place}": ibis.greatest(ibis.least(high, latest), earliest),
            }
            if one.filled is not None:
                asked[f"n_{place}"] = cell.count()
        if one.filled is not None:
            asked[f"filled{number}"] = one.filled.sum()
    told = table.agg(**asked).to_pyarrow().to_pylist()[0] if asked else {}
    old = {f"{kind}{number}": cell for number, one in enumerate(columns.values()) for kind, cell in one.cells.items()}
    if _goes_back(table, {place: cell for place, cell in old.items() if told[f"old_{place}"]}, first):
        first = min(first, _EPOCH)
    found = {}
    for number, (name, one) in enumerate(columns.items()):
        of_kind = {kind: {what: told[f"{what}_{kind}{number}"] for what in _TOLD} for kind in one.cells}
        has_unread = (told.get(f"filled{number}") or 0) > sum(told.get(f"n_{kind}{number}", 0) for kind in one.cells)
        found[name] = _bounded(one, of_kind, zone, until, first, has_unread=has_unread)
    return _marked(table, found, until)


_TOLD = ("any", "ancient", "old", "low", "high")


def _goes_back(table: ibis.Table, columns: Mapping[str, Any], first: dt.date) -> bool:
    """Whether a column holds so many dates before ``first``, on so many days, that they are a history and no slips.

    What a program writes where it has no date is one day, or a few, however often; what people mistype is rare.
    """
    asked: dict[str, Any] = {}
    for place, cell in columns.items():
        day = cell.cast("timestamp(6)").date()
        early = (day < first) & (day >= _EPOCH)
        asked |= {
            f"{place} n": day.count(),
            f"{place} early": early.sum(),
            f"{place} days": early.ifelse(day, None).nunique(),
        }
    told = table.agg(**asked).to_pyarrow().to_pylist()[0] if asked else {}
    return any(
        told[f"{place} days"] >= _HISTORY_DAYS and told[f"{place} early"] >= _HISTORY_SHARE * told[f"{place} n"]
        for place in columns
    )


def _bounded(
    one: Parsed, told: Mapping[str, Mapping[str, Any]], zone: str, until: dt.date, first: dt.date, *, has_unread: bool
) -> Parsed:
    """One column, by what its cells of each kind were found to be."""
    cells, implausible, ends = {}, [], []
    since = until
    for kind, cell in one.cells.items():
        reach = told[kind]
        start = ibis.literal(dt.datetime.combine(first, dt.time())).cast(cell.type())
        if reach["old"]:
            old = cell < start
            # Engines know the years before 1, calendars do not.
            implausible.append((old & (cell >= dt.datetime.min) if reach["ancient"] else old).fill_null(False))
            cells[kind] = (cell >= start).ifelse(cell, ibis.null(cell.type()))
        if reach["any"]:
            since = min(since, reach["low"].date())
            ends.append(reach["high"] >= _end(one, kind, zone, until))
    zero = one.words.re_search(_ZERO).fill_null(False) if has_unread and one.words is not None else None
    return replace(
        one,
        **cells,
        implausible=ibis.or_(*implausible) if implausible else None,
        zero=zero,
        since=max(since, first),
        first=first,
        may_be_late=any(ends),
    )


def _end(one: Parsed, kind: str, zone: str, until: dt.date) -> dt.datetime:
    """From when on a cell of this kind may lie after ``until``."""
    if kind == "told":
        return dt.datetime.combine(until + dt.timedelta(days=1), dt.time())
    return end_of_day(until, zone) - (dt.timedelta() if kind == "zoned" or one.clock == "UTC" else _FARTHEST)


def _marked(table: ibis.Table, columns: Mapping[str, Parsed], until: dt.date) -> dict[str, Parsed]:
    """The same columns, knowing whether they have any zeroth days and any odd hours."""
    asked: dict[str, Any] = {}
    for number, one in enumerate(columns.values()):
        if one.zero is not None:
            asked[f"zero{number}"] = one.zero.any()
        if one.wall is not None and one.clock != "UTC":
            skipped, repeated = odd_hours(one.wall, one.clock, since=one.since, until=until)
            asked[f"skipped{number}"] = one.wall.count(where=skipped) > 0
            asked[f"repeated{number}"] = one.wall.count(where=repeated) > 0
    told = table.agg(**asked).to_pyarrow().to_pylist()[0] if asked else {}
    found = {}
    for number, (name, one) in enumerate(columns.items()):
        odd = [one.implausible] if one.implausible is not None else []
        odd += [one.zero] if told.get(f"zero{number}") else []
        found[name] = replace(
            one,
            implausible=ibis.or_(*odd) if odd else None,
            skipped=bool(told.get(f"skipped{number}")),
            repeated=bool(told.get(f"repeated{number}")),
        )
    return found
