"""Turns the text of a column into times, days and numbers, deciding from the whole column or asking.

A column of a million stamps has a handful of *shapes* (``9999-99-99 99:99``). They are counted in the engine and judged
here, once each; nothing is guessed row by row.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import ibis

from alignment_metrics.charter import Export
from alignment_metrics.clock import end_of_day, local_day, to_utc

Kind = Literal["day", "naive", "zoned"]

_DIGITS, _NINES = "0123456789", "9999999999"
_MOST_SHAPES = 200
_EPOCH_MS = "milliseconds since 1970"
_ISO = re.compile(r"^9999([-/])99\1(99)(?:([ T])99:99(:99)?(\.9{1,6})?)?( ?)(Z|UTC|[+-]99(?::?99)?)?$")
_SLASHED = re.compile(r"^(9{1,2})([/.-])9{1,2}\2(9999)(?:(,? )9{1,2}:99(:99)?(?:( ?)([AaPp])[Mm])?)?$")


@ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "string"), "timestamp"))
def _naive_stamp(text: str, form: str) -> dt.datetime: ...  # type: ignore[empty-body]


@ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "string"), "timestamp('UTC')"))
def _zoned_stamp(text: str, form: str) -> dt.datetime: ...  # type: ignore[empty-body]


@dataclass(frozen=True, slots=True)
class Stamps:
    """A column of times as read. Each part is an expression, and costs nothing where it is not asked for.

    ``at`` is the instant in UTC, where the export tells one; ``day`` the day in the organisation's zone, NULL after
    ``as_of``; ``late`` whether it lies after ``as_of``; ``blank`` whether the cell holds nothing; ``unreadable`` whether
    it holds something that is no date (None where the file itself has dates).
    """

    at: Any | None
    day: Any
    late: Any
    blank: Any
    unreadable: Any | None


def text(column: Any, *, typed: bool = False) -> Any:
    """A text column without surrounding blanks; an empty cell is NULL.

    In a ``typed`` file a program wrote the cells, and they are taken as they are: trimming ten million ids for each
    question that is asked of them costs more than the questions.
    """
    if not column.type().is_string():
        return column.cast("string")
    return (column if typed else column.strip()).nullif("")


def number(table: ibis.Table, name: str, header: str, export: Export, problems: list[str]) -> Any:
    """A column of amounts as floats; what cannot be read is NULL."""
    column = table[name]
    if not column.type().is_string():
        return column.cast("float64")
    # Blanks (also the narrow and the fixed one) and currency signs around the digits carry no value.
    plain = text(column).re_replace(r"[\s\x{00A0}\x{202F}€$£]", "")
    if export.decimal == ",":
        return plain.replace(".", "").replace(",", ".").try_cast("float64")
    commas = plain.contains(",")
    if export.decimal is None:
        found = table.agg(n=commas.fill_null(False).cast("int64").sum().fill_null(0), low=commas.ifelse(plain, None).min()).to_pyarrow().to_pylist()[0]
        if found["n"]:
            problems.append(
                f"{header!r}: {found['n']} amounts have a comma, such as {found['low']!r}, and it may stand for decimals "
                f'or for thousands; say decimal = "." or decimal = "," in the charter.'
            )
    return plain.replace(",", "").try_cast("float64")


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
    end = end_of_day(until, zone)
    if kind.is_date():
        return Stamps(None, _told(column, until), column > until, column.isnull(), None)
    if kind.is_timestamp():
        at = column.cast("timestamp(6)")
        earliest = table.agg(low=at.min()).to_pyarrow()["low"][0].as_py()
        since = earliest.date() if earliest else until
        if kind.timezone is None:
            at = _from_wall(at, header, export, since, until, problems)
        return Stamps(at, local_day(at, zone, since=since, until=until), at >= end, column.isnull(), None)
    words = text(column)
    forms, since = _forms(table, words, header, export, problems)
    zoned = [_instant(words, form) for kind_, form in forms if kind_ == "zoned"]
    walls = [_naive_stamp(words, form).cast("timestamp(6)") for kind_, form in forms if kind_ == "naive"]
    days = [_naive_stamp(words, form).date() for kind_, form in forms if kind_ == "day"]
    if walls:
        zoned.append(_from_wall(ibis.coalesce(*walls), header, export, since, until, problems))
    day = ibis.coalesce(*days) if days else ibis.null("date")
    at = ibis.coalesce(*zoned) if zoned else ibis.null("timestamp(6)")
    late, unread = (at >= end).fill_null(False) | (day > until).fill_null(False), at.isnull() & day.isnull()
    # A column that mixes days and times is known by the day only; the times it has stay in `at`.
    told = ibis.coalesce(local_day(at, zone, since=since, until=until), _told(day, until)) if zoned else _told(day, until)
    return Stamps(at if zoned else None, told, late, words.isnull(), words.notnull() & unread)


def _told(day: Any, until: dt.date) -> Any:
    return (day <= until).ifelse(day, ibis.null("date"))


def _instant(words: Any, form: str) -> Any:
    if form == _EPOCH_MS:
        return (words.try_cast("int64") // 1000).as_timestamp("s").cast("timestamp(6)")
    return _zoned_stamp(words, form).cast("timestamp(6)")


def _from_wall(
    wall: Any, header: str, export: Export, since: dt.date, until: dt.date, problems: list[str]
) -> Any:
    if export.timezone is None:
        problems.append(
            f"{header!r} has times without a zone; say which zone they are in: timezone under this file's [[export]] "
            f"in the charter."
        )
        return wall
    return wall if export.timezone == "UTC" else to_utc(wall, export.timezone, since=since, until=until)


def _forms(
    table: ibis.Table, words: Any, header: str, export: Export, problems: list[str]
) -> tuple[list[tuple[Kind, str]], dt.date]:
    """The ``strptime`` forms in which the column is written, the commonest first, and a day before all of them."""
    shaped = table.select(word=words).filter(lambda t: t.word.notnull())
    shaped = shaped.group_by(shape=shaped.word.translate(_DIGITS, _NINES)).agg(n=shaped.count(), low=shaped.word.min())
    ordered = shaped.order_by(ibis.desc("n"), "shape").limit(_MOST_SHAPES).to_pyarrow().to_pylist()
    day_first = export.day_first
    slashed = [row for row in ordered if _SLASHED.match(row["shape"])]
    if slashed and day_first is None:
        day_first = _day_first(table, words, header, [row["low"] for row in slashed], problems)
    forms: dict[tuple[Kind, str], None] = {}
    years = []
    for row in ordered:
        for form in _read(row["shape"], bool(day_first)):
            forms[form] = None
            # Texts that begin with the year sort by it, so the lowest text has the lowest year; others do not tell.
            years.append(int(row["low"][:4]) if form[1].startswith("%Y") else 1)
    return list(forms), dt.date(max(min(years, default=1), 1), 1, 1)


def _day_first(table: ibis.Table, words: Any, header: str, lows: Sequence[str], problems: list[str]) -> bool:
    """Whether a column of ``3/5/2026`` puts the day first: decided by any part above 12, else asked."""
    parts = words.re_replace(r"[/.-]", "/").split("/")
    first, second = parts[0].try_cast("int64"), parts[1].try_cast("int64")
    slashed = table.filter(words.re_search(r"^\d{1,2}[/.-]\d{1,2}[/.-]\d{4}"))
    found = slashed.agg(first=first.max(), second=second.max(), n=slashed.count()).to_pyarrow().to_pylist()[0]
    if found["first"] > 12 and found["second"] > 12:
        problems.append(
            f"{header!r} mixes days before months with months before days (parts up to {found['first']} and "
            f"{found['second']}); export the column again in one form."
        )
    elif found["first"] <= 12 and found["second"] <= 12:
        shown = slashed.select(word=words).distinct().order_by("word").limit(3).to_pyarrow().to_pylist()
        both = "; ".join(f"{row['word']!r} is {_both(row['word'])}" for row in shown)
        problems.append(
            f"{header!r}: all {found['n']} dates read both ways ({both}); say day_first = true or false in the charter."
        )
    return bool(found["first"] > 12)


def _both(word: str) -> str:
    one, other, year = (int(part) for part in re.findall(r"\d+", word)[:3])
    readings = [dt.date(year, other, one), dt.date(year, one, other)]
    return " or ".join(f"{day.day} {day:%B} {day.year}" for day in readings)


def _read(shape: str, day_first: bool) -> list[tuple[Kind, str]]:
    """The form, or forms, of one shape; none where it is not a date at all."""
    if iso := _ISO.match(shape):
        sign, _, gap, seconds, fraction, blank, zone = iso.groups()
        form = f"%Y{sign}%m{sign}%d"
        if gap is None:
            return [("day", form)] if zone is None else []
        form += f"{gap}%H:%M" + (":%S" if seconds else "") + (".%f" if fraction else "") + blank
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
