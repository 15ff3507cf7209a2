"""Turns a column into days and instants, deciding from the whole column how it is written, or asking.

A column of a million stamps has a handful of *shapes* (``9999-99-99 99:99``). They are counted in the engine and judged
here, once each; nothing is guessed row by row.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import ibis

from alignment_metrics.charter import Export
from alignment_metrics.charter.grammar import shown
from alignment_metrics.clock import end_of_day, local_day, to_utc

Kind = Literal["day", "naive", "zoned"]

_DIGITS, _NINES = "0123456789", "9999999999"
_MOST_SHAPES, _LONGEST_SHAPE = 1000, 40
_EPOCH_MS = "milliseconds since 1970"
_EARLIEST, _LATEST = dt.datetime(1970, 1, 1), dt.datetime(2300, 1, 1)
# No clock on earth is farther from UTC.
_FARTHEST = dt.timedelta(hours=26)
_ISO = re.compile(r"^9999([-/])99\1(99)(?:([ T])99:99(:99)?(\.9{1,9})?)?( ?)(Z|UTC|[+-]99(?::?99)?)?$")
_SLASHED = re.compile(r"^(9{1,2})([/.-])9{1,2}\2(9999)(?:(,? )9{1,2}:99(:99)?(?:( ?)([AaPp])[Mm])?)?$")


def _strptime(text: str, form: str) -> dt.datetime:
    """As the engine does it; NULL where the text has another form."""
    raise NotImplementedError


# One function of the engine, known to Ibis by what it returns: with an offset in the form, an instant.
_naive_stamp: Any = ibis.udf.scalar.builtin(
    _strptime, name="try_strptime", signature=(("string", "string"), "timestamp")
)
_zoned_stamp: Any = ibis.udf.scalar.builtin(
    _strptime, name="try_strptime", signature=(("string", "string"), "timestamp('UTC')")
)


@dataclass(frozen=True, slots=True)
class Stamps:
    """A column of times as read. Each part is an expression, and costs nothing where it is not asked for.

    ``at`` is the instant in UTC, where the export tells one; ``day`` the day in the organisation's zone, NULL after
    ``as_of``; ``late`` whether it lies after ``as_of`` (None where no row does); ``blank`` whether the cell holds
    nothing; ``unreadable`` whether it holds something that is no date (None where the file itself has dates).
    """

    at: Any | None
    day: Any
    late: Any | None
    blank: Any
    unreadable: Any | None


def stamps(
    table: ibis.Table, name: str, header: str, export: Export, zone: str, until: dt.date, problems: list[str]
) -> Stamps:
    """A column of times or days.

    Parameters
    ----------
    table, name : the column's table and its name there
    header : str
        As the file has it, for what is said about it.
    export : Export
        ``timezone`` and ``day_first`` of the charter settle what a column leaves open.
    zone : str
        Of the organisation: days are its days.
    until : date
        The last day of interest.
    problems : list of str
        What must be settled first is added to it, in words.
    """
    column = table[name]
    kind = column.type()
    if kind.is_date():
        return Stamps(None, _told(column, until), column > until, column.isnull(), None)
    if kind.is_timestamp():
        return _typed(table, column, header, export, zone, until, problems)
    words = text(column)
    forms, since = _forms(table, words, header, export, problems)
    zoned = [_instant(words, form) for kind_, form in forms if kind_ == "zoned"]
    walls = [_naive_stamp(words, form).cast("timestamp(6)") for kind_, form in forms if kind_ == "naive"]
    days = [_naive_stamp(words, form).date() for kind_, form in forms if kind_ == "day"]
    if walls:
        zoned.append(_from_wall(ibis.coalesce(*walls), header, export, since, until, problems))
    day = ibis.coalesce(*days) if days else ibis.null("date")
    at = ibis.coalesce(*zoned) if zoned else ibis.null("timestamp(6)")
    at, day = _after_christ(at), (day >= dt.date.min).ifelse(day, ibis.null("date"))
    late = (at >= end_of_day(until, zone)).fill_null(False) | (day > until).fill_null(False)
    told = _told(day, until)
    if zoned:
        # A column that mixes days and times is known by the day only; the times it has stay in `at`.
        told = ibis.coalesce(local_day(at, zone, since=since, until=until), told)
    unread = words.notnull() & at.isnull() & day.isnull()
    return Stamps(at if zoned else None, told, late, words.isnull(), unread)


def text(column: Any) -> Any:
    """A column as text without surrounding blanks; an empty cell is NULL."""
    return label(column).nullif("")


def label(column: Any) -> Any:
    """A column as text without surrounding blanks, in which an empty cell may be empty text as well as NULL.

    Telling the two together would be asked of every row; trimming is asked once of every label, where a Parquet file
    brings a dictionary of them along.
    """
    return (column if column.type().is_string() else column.cast("string")).strip()


def _typed(
    table: ibis.Table, column: Any, header: str, export: Export, zone: str, until: dt.date, problems: list[str]
) -> Stamps:
    """Of a file that has timestamps: how far they reach is known without reading them, and spares most questions."""
    at = column.cast("timestamp(6)")
    ends = table.agg(
        old=at.min() < dt.datetime.min,
        low=ibis.greatest(at.min(), ibis.literal(_EARLIEST, "timestamp(6)")),
        high=ibis.least(at.max(), ibis.literal(_LATEST, "timestamp(6)")),
    )
    reach = ends.to_pyarrow().to_pylist()[0]
    since = reach["low"].date() if reach["low"] else until
    if reach["old"]:
        at = _after_christ(at)
    if column.type().timezone is None:
        at = _from_wall(at, header, export, since, until, problems)
    end = end_of_day(until, zone)
    spare = dt.timedelta() if column.type().timezone or export.timezone == "UTC" else _FARTHEST
    late = at >= end if reach["high"] and reach["high"] >= end - spare else None
    return Stamps(at, local_day(at, zone, since=since, until=until), late, at.isnull(), None)


def _after_christ(at: Any) -> Any:
    """NULL for the years before 1, which engines know and calendars of Python do not."""
    return (at >= dt.datetime.min).ifelse(at, ibis.null("timestamp(6)"))


def _told(day: Any, until: dt.date) -> Any:
    return (day <= until).ifelse(day, ibis.null("date"))


def _instant(words: Any, form: str) -> Any:
    if form == _EPOCH_MS:
        return (words.try_cast("int64") // 1000).as_timestamp("s").cast("timestamp(6)")
    return _zoned_stamp(words, form).cast("timestamp(6)")


def _from_wall(wall: Any, header: str, export: Export, since: dt.date, until: dt.date, problems: list[str]) -> Any:
    if export.timezone is None:
        problems.append(
            f'{shown(header)} has times without a zone; say timezone = "..." under this file\'s '
            f"[[export]] in the charter."
        )
        return wall
    return wall if export.timezone == "UTC" else to_utc(wall, export.timezone, since=since, until=until)


def _forms(
    table: ibis.Table, words: Any, header: str, export: Export, problems: list[str]
) -> tuple[list[tuple[Kind, str]], dt.date]:
    """The ``strptime`` forms in which the column is written, the commonest first, and a day before all of them."""
    words_only = table.select(word=words).filter(lambda t: t.word.length() <= _LONGEST_SHAPE)
    shaped = words_only.group_by(shape=words_only.word.translate(_DIGITS, _NINES))
    shaped = shaped.agg(n=lambda t: t.count(), low=lambda t: t.word.min()).filter(lambda t: t.shape.startswith("9"))
    ordered = shaped.order_by(ibis.desc("n"), "shape").limit(_MOST_SHAPES).to_pyarrow().to_pylist()
    slashed = [row["shape"] for row in ordered if _SLASHED.match(row["shape"])]
    day_first = export.day_first
    if slashed and day_first is None:
        day_first = _day_first(words_only, slashed, header, problems)
    forms: dict[tuple[Kind, str], None] = {}
    years = []
    for row in ordered:
        for form in _read(row["shape"], bool(day_first)):
            forms[form] = None
            # Texts that begin with the year sort by it, so the lowest text has the lowest year; others do not tell.
            years.append(int(row["low"][:4]) if form[1].startswith("%Y") else 1)
    return list(forms), dt.date(max(min(years, default=1), 1), 1, 1)


def _day_first(table: ibis.Table, slashed: Sequence[str], header: str, problems: list[str]) -> bool:
    """Whether a column of ``3/5/2026`` puts the day first: decided by the parts above 12, else asked."""
    dated = table.filter(table.word.translate(_DIGITS, _NINES).isin(slashed)).select("word")
    parts = dated.word.re_replace(r"[/.-]", "/").split("/")
    dated = dated.mutate(one=parts[0].try_cast("int64"), two=parts[1].try_cast("int64"))
    low, both = dated.one.between(1, 12), dated.two.between(1, 12)
    ways = {"day": dated.one.between(13, 31) & both, "month": low & dated.two.between(13, 31)}
    ways["either"] = low & both & (dated.one != dated.two)
    counted = {f"n_{way}": dated.count(where=met) for way, met in ways.items()}
    examples = {way: met.ifelse(dated.word, None).min() for way, met in ways.items()}
    told = dated.agg(**counted, **examples).to_pyarrow().to_pylist()[0]
    if told["n_day"] and told["n_month"]:
        problems.append(
            f"{shown(header)} mixes days before months with months before days, such as {shown(told['day'])} and "
            f"{shown(told['month'])}; export it again in one form, or say day_first = true or false in the charter."
        )
    elif told["n_either"] and not told["n_day"] and not told["n_month"]:
        problems.append(
            f"{shown(header)}: {told['n_either']:,} dates read both ways, such as {shown(told['either'])}, which is "
            f"{_both(told['either'])}; say day_first = true or false in the charter."
        )
    return bool(told["n_day"])


def _both(word: str) -> str:
    one, other = (int(part) for part in re.findall(r"\d+", word)[:2])
    return f"{one} {calendar.month_name[other]} or {other} {calendar.month_name[one]}"


def _read(shape: str, day_first: bool) -> list[tuple[Kind, str]]:
    """The form, or forms, of one shape; none where it is not a date at all."""
    if iso := _ISO.match(shape):
        sign, _, gap, seconds, fraction, blank, zone = iso.groups()
        form = f"%Y{sign}%m{sign}%d"
        if gap is None:
            return [("day", form)] if zone is None else []
        form += f"{gap}%H:%M" + (":%S" if seconds else "") + _fraction(fraction) + blank
        if zone is None:
            return [("naive", form)]
        # The engine reads an offset, but not a letter, as a zone; "Z" and "UTC" are both +00.
        return [("zoned", form + "%z")] if zone[0] in "+-" else [("zoned", form + zone)]
    if slashed := _SLASHED.match(shape):
        _, sign, _, gap, seconds, blank, half = slashed.groups()
        form = f"%d{sign}%m{sign}%Y" if day_first else f"%m{sign}%d{sign}%Y"
        if gap is None:
            return [("day", form)]
        hour = "%I" if half else "%H"
        form += f"{gap}{hour}:%M" + (":%S" if seconds else "") + (f"{blank}%p" if half else "")
        return [("naive", form)]
    return [("zoned", _EPOCH_MS)] if shape == "9" * 13 else []


def _fraction(digits: str | None) -> str:
    if digits is None:
        return ""
    return ".%f" if len(digits) <= 7 else ".%n"
