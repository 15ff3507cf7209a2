"""Wall clocks of a time zone, as engine expressions. An engine's own zone tables are never asked.

Engines differ in how, and how fast, they convert zones. The changes of the clock are therefore read once from the
``zoneinfo`` of Python and written into the expression as plain comparisons, which every engine evaluates alike.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from functools import lru_cache
from typing import Any

import ibis

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DAY_ZERO = _EPOCH.date()
# The shortest summer time on record is Recife's of October 2000, seven days; a longer step would pass over it.
_STEP = 3 * 86400


def local_day(at: Any, zone: str, *, since: dt.date, until: dt.date) -> Any:
    """The calendar day that the clocks of ``zone`` show at the UTC instant ``at``; NULL after the end of ``until``.

    Parameters
    ----------
    at : ibis timestamp expression
        UTC, without a zone.
    zone : str
        IANA name.
    since : date
        The expression knows the clock changes from here on; earlier instants are read with the offset there, those
        before 1970 with that of 1970. Fewer changes make a shorter expression.
    until : date
        The last day, in ``zone``, that may be told.
    """
    first, changes = _between(zone, since, until)
    shifted = at + _shift([(at >= _naive(change), offset) for change, _, offset in reversed(changes)], first)
    # A stage that was never entered is most of a column: asked first, NULL is spared every comparison.
    return (at < end_of_day(until, zone)).ifelse(shifted.date(), ibis.null("date"))


def to_utc(wall: Any, zone: str, *, since: dt.date, until: dt.date) -> Any:
    """The UTC instant at which the clocks of ``zone`` show ``wall``.

    A time that is shown twice when clocks go back is the first of the two; one that is skipped when they go forward is
    read with the offset before the change (PEP 495, ``fold=0``).
    """
    first, changes = _between(zone, since, until)
    branches = [(wall >= _naive(change + max(before, after)), -after) for change, before, after in reversed(changes)]
    return wall + _shift(branches, -first)


def odd_hours(wall: Any, zone: str, *, since: dt.date, until: dt.date) -> tuple[Any, Any]:
    """Whether the clocks of ``zone`` never showed ``wall``, and whether they showed it twice.

    ``to_utc`` reads both by its rule; these conditions find the times of which another reading is possible. Parameters
    as there.
    """
    _, changes = _between(zone, since, until)
    found: tuple[list[Any], list[Any]] = ([], [])
    for change, before, after in changes:
        low, high = (_naive(change + offset) for offset in sorted((before, after)))
        found[after < before].append((wall >= low) & (wall < high))
    skipped, repeated = (ibis.or_(*met) if met else ibis.literal(False) for met in found)
    return skipped, repeated


def end_of_day(day: dt.date, zone: str) -> dt.datetime:
    """The UTC instant, without a zone, at which ``day`` ends in ``zone``."""
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zoneinfo.ZoneInfo(zone))
    return midnight.astimezone(dt.UTC).replace(tzinfo=None)


def _between(zone: str, since: dt.date, until: dt.date) -> tuple[int, list[tuple[int, int, int]]]:
    """The offset at ``since``, and the changes from there to ``until``; a day to spare on either side."""
    first, changes = _offsets(zone, until.year + 1)
    start, end = ((day - _DAY_ZERO).days * 86400 for day in (since, until))
    for second, _, after in changes:
        if second < start - 86400:
            first = after
    return first, [change for change in changes if start - 86400 <= change[0] <= end + 2 * 86400]


@lru_cache(maxsize=32)
def _offsets(zone: str, last_year: int) -> tuple[int, tuple[tuple[int, int, int], ...]]:
    """The offset in 1970, and each later change: (epoch second, offset before, offset after), oldest first."""
    info = zoneinfo.ZoneInfo(zone)

    def offset(second: int) -> int:
        shift = (_EPOCH + dt.timedelta(seconds=second)).astimezone(info).utcoffset()
        return 0 if shift is None else int(shift.total_seconds())

    end = int((dt.datetime(last_year + 1, 1, 1, tzinfo=dt.UTC) - _EPOCH).total_seconds())
    changes = []
    known, before = 0, offset(0)
    while known < end:
        upper = known + _STEP
        after = offset(upper)
        if after != before:
            lower = known
            while upper - lower > 1:
                middle = (lower + upper) // 2
                lower, upper = (middle, upper) if offset(middle) == before else (lower, middle)
            changes.append((upper, before, offset(upper)))
            known, before = upper, offset(upper)
        else:
            known = upper
    return offset(0), tuple(changes)


def _naive(second: int) -> dt.datetime:
    return (_EPOCH + dt.timedelta(seconds=second)).replace(tzinfo=None)


def _shift(branches: list[tuple[Any, int]], otherwise: int) -> Any:
    """The seconds to add: choosing among constants and adding once is quicker than adding in every branch."""
    rest = ibis.interval(seconds=otherwise)
    if not branches:
        return rest
    return ibis.cases(*((met, ibis.interval(seconds=seconds)) for met, seconds in branches), else_=rest)
