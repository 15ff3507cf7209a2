"""Turns columns into days and instants, each decided from the whole column, or asks."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import ibis

from alignment_metrics.charter import Export
from alignment_metrics.charter.grammar import shown
from alignment_metrics.columns.days import FIRST_PLAUSIBLE
from alignment_metrics.columns.days import Parsed as Parsed
from alignment_metrics.columns.labels import text
from alignment_metrics.columns.orders import Order, Readings, orders
from alignment_metrics.columns.reach import bounded
from alignment_metrics.columns.shapes import MILLISECONDS, SECONDS, Form, Kind, Written, as_text, written

_MOST_FORMS = 3
# Midnight in any of the ways that a time of day is written; epochs tell it by a number and are not among them.
_MIDNIGHT = re.compile(r"(?<!\d)(00?:00(:00(\.0+)?)?|12:00(:00)?\s*[Aa]\.?[Mm])", re.ASCII)


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


def parsed(
    table: ibis.Table, name: str, header: str, export: Export, zone: str, until: dt.date, problems: list[str]
) -> Parsed:
    """How one column of times or days is written; parameters as of ``parsed_all``, ``header`` as the file has it."""
    return parsed_all(table, {name: header}, export, zone, until, problems)[name]


def parsed_all(
    table: ibis.Table,
    columns: Mapping[str, str],
    export: Export,
    zone: str,
    until: dt.date,
    problems: list[str],
    *,
    first: dt.date = FIRST_PLAUSIBLE,
) -> dict[str, Parsed]:
    """How the columns of times and days of a file are written, asked of all of them at once.

    Parameters
    ----------
    table : ibis table
        The file, as read.
    columns : mapping
        The names of the columns in the table, each with the header that the file has for it.
    export : Export
        ``timezone`` and ``day_first`` of the charter settle what a column leaves open.
    zone : str
        Of the organisation: days are its days.
    until : date
        The last day of interest.
    problems : list of str
        What must be settled first is added to it, in words.
    first : date
        Earlier dates are implausible.
    """
    forms = written(table, [name for name in columns if not _is_typed(table[name])])
    open_columns = {
        name: _both(table[name], found, columns[name])
        for name, found in forms.items()
        if any(form.asks_for_order for form, _ in found.forms)
    }
    decided = orders(table, open_columns, export.day_first)
    dates = _dates(table, forms, decided)
    found = {}
    for name, header in columns.items():
        if name in decided and decided[name].problem:
            problems.append(decided[name].problem)
        if name in forms:
            order = decided.get(name)
            how = _how(forms[name], order, export, dates)
            one = replace(_text(table[name], forms[name], order, export), how=how)
            if _may_be_days(forms[name]):
                one = _as_days(table, one)
        else:
            one = _typed(table[name], export)
        if one.wall is not None and export.timezone is None:
            problems.append(
                f'{shown(header)} has times without a zone; say timezone = "..." under this file\'s [[export]] in '
                f"the charter."
            )
        found[name] = one
    return bounded(table, found, zone, until, first)


def _may_be_days(found: Written) -> bool:
    """Whether the cells that are known of a column are all times of midnight."""
    return found.filled > 1 and bool(found.forms) and all(_MIDNIGHT.search(word) for _, word in found.forms)


def _as_days(table: ibis.Table, one: Parsed) -> Parsed:
    """A column in which every time is midnight tells days: no clock but a program writes all that it sees at midnight.

    Shifted from one zone to another, they would all become the days before.
    """
    stamps = [stamp for stamp in (one.wall, one.zoned) if stamp is not None]
    if not stamps:
        return one
    told = table.agg(later=ibis.or_(*((stamp != stamp.truncate("D")).fill_null(False) for stamp in stamps)).any())
    if told.to_pyarrow()["later"][0].as_py():
        return one
    days = ibis.coalesce(*(stamp.date() for stamp in stamps), *([] if one.told is None else [one.told]))
    return replace(one, wall=None, zoned=None, told=days, how=f"days, for every time is midnight: {one.how}")


def _is_typed(column: Any) -> bool:
    return bool(column.type().is_date() or column.type().is_timestamp())


def _typed(column: Any, export: Export) -> Parsed:
    """Of a file that has dates and timestamps itself."""
    if column.type().is_date():
        return Parsed(told=column, how="days")
    cell = column.cast("timestamp(6)")
    if column.type().timezone is not None:
        return Parsed(zoned=cell, how="instants")
    zone = export.timezone or "UTC"
    return Parsed(wall=cell, clock=zone, how=f"days and times in {zone} (from the charter)")


def _text(column: Any, found: Written, order: Order | None, export: Export) -> Parsed:
    """Of a file of text; what is not written in a form of the column is not told."""
    words = _words(column, found)
    day_first = order is not None and order.day_first

    def cells(kind: Kind) -> Any | None:
        some = [_cell(words, form, found, day_first) for form, _ in found.forms if form.kind == kind]
        return ibis.coalesce(*some) if some else None

    filled = (words != "").fill_null(False)
    clock = export.timezone or "UTC"
    return Parsed(cells("naive"), cells("zoned"), cells("day"), filled, words=words, clock=clock)


def _words(column: Any, found: Written) -> Any:
    """Trimming is dear, and a column that is ``whole`` needs none."""
    return as_text(column) if found.whole else text(column)


def _both(column: Any, found: Written, header: str) -> Readings:
    """The cells in both orders, as times."""
    words = _words(column, found)
    some = [form for form, _ in found.forms if form.asks_for_order]
    day, month = (
        ibis.coalesce(*(_cell(words, form, found, day_first).cast("timestamp(6)") for form in some))
        for day_first in (True, False)
    )
    return Readings(header, words, day, month)


def _cell(words: Any, form: Form, found: Written, day_first: bool) -> Any:
    """The cells that are written in this form; NULL for the others."""
    codes = form.readings[0] if day_first else form.readings[-1]
    # The engine takes more for a date than is written in this form, such as two digits where a year has four.
    given = words if found.whole else form.met(words).ifelse(words, ibis.null("string"))
    if codes in (SECONDS, MILLISECONDS):
        number = given.try_cast("int64")
        return (number if codes == SECONDS else number // 1000).as_timestamp("s").cast("timestamp(6)")
    if form.has_dots:
        given = given.re_replace(r"\.([Mm])\.", r"\1")
    stamp = (_zoned_stamp if form.has_offset else _naive_stamp)(given, codes).cast("timestamp(6)")
    return stamp.date() if form.kind == "day" else stamp


def _dates(table: ibis.Table, columns: Mapping[str, Written], decided: Mapping[str, Order]) -> set[str]:
    """Of the cells that may be shown as examples those that are dates."""
    words: list[str] = []
    asked = {}
    for name, found in columns.items():
        for form, word in found.forms:
            cell = _cell(ibis.literal(word), form, found, name in decided and decided[name].day_first)
            asked[f"n{len(words)}"] = cell.notnull()
            words.append(word)
    told = table.limit(1).select(**asked).to_pyarrow().to_pylist() if asked else []
    return {word for row in told for number, word in enumerate(words) if row[f"n{number}"]}


def _how(found: Written, order: Order | None, export: Export, dates: Collection[str]) -> str:
    """In words, with a cell of each form: what is a date is nobody's secret."""
    phrases: dict[str, str] = {}
    for form, example in found.forms:
        first = f", {order.because}" if order is not None and order.because and form.asks_for_order else ""
        phrases.setdefault(_phrase(form, export) + first, example)
    if not phrases:
        if found.numbers:
            return "numbers, which are dates only where every cell is one"
        return "nothing that reads as a date" if found.filled else "empty"
    told = [f"{one}, such as {shown(word)}" if word in dates else one for one, word in phrases.items()]
    rest = len(told) - _MOST_FORMS
    more = [f"{rest} more"] if rest > 0 else []
    return ("in several forms: " if told[1:] else "") + "; ".join([*told[:_MOST_FORMS], *more])


def _phrase(form: Form, export: Export) -> str:
    if form.kind == "day":
        return "days"
    if form.kind == "naive":
        return f"days and times in {export.timezone or 'UTC'} (from the charter)"
    if form.readings[0] in (SECONDS, MILLISECONDS):
        return f"{form.readings[0]} since 1970"
    return "instants with their own offset" if form.has_offset else "instants in UTC"
