"""Turns a column into days and instants, deciding from the whole column how it is written, or asking.

A column of a million stamps has a handful of *shapes* (``9999-99-99 99:99``). They are counted in the engine and judged
here, once each; nothing is guessed row by row.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import ibis

from alignment_metrics.charter import Export
from alignment_metrics.charter.grammar import shown
from alignment_metrics.clock import end_of_day, local_day, to_utc
from alignment_metrics.exports.names import at, blank, late, part, unreadable

Kind = Literal["day", "naive", "zoned"]

_DIGITS, _NINES = "0123456789", "9999999999"
_MOST_SHAPES, _LONGEST_SHAPE = 1000, 40
_EPOCH_MS, _EPOCH_MS_SHAPE = "milliseconds since 1970", "9" * 13
_FIRST_DAY = dt.date(1970, 1, 1)
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
class Parsed:
    """A column of times, cell by cell: what the clock ``wall`` shows, the instant ``zoned``, or only the day ``told``.

    Each is None where no cell is written so, and ``filled`` (whether a cell holds anything) where the file itself has
    dates. None is before ``since``, and none after ``as_of`` where ``may_be_late`` is not set.
    """

    wall: Any | None = None
    zoned: Any | None = None
    told: Any | None = None
    filled: Any | None = None
    since: dt.date = _FIRST_DAY
    may_be_late: bool = True

    def parts(self, stage: str, condition: Any | None) -> dict[str, Any]:
        """The cells as columns, those that meet the condition; the first step of three."""
        found = {"wall": self.wall, "zoned": self.zoned, "told": self.told, "filled": self.filled}
        return {
            part(stage, name): cell if condition is None else condition.ifelse(cell, ibis.null(cell.type()))
            for name, cell in found.items()
            if cell is not None
        }

    def instant(self, table: ibis.Table, stage: str, export: Export, until: dt.date) -> dict[str, Any]:
        """The instant of each cell, in UTC, from ``parts``; the second step."""
        found = []
        if self.zoned is not None:
            found.append(table[part(stage, "zoned")])
        if self.wall is not None:
            wall, zone = table[part(stage, "wall")], export.timezone or "UTC"
            found.append(wall if zone == "UTC" else to_utc(wall, zone, since=self.since, until=until))
        return {at(stage): found[0] if len(found) == 1 else ibis.coalesce(*found)} if found else {}

    def day(self, table: ibis.Table, stage: str, zone: str, until: dt.date) -> dict[str, Any]:
        """The day of each cell in the organisation's zone, by the end of ``until``, and what is odd; the third step.

        Each step reads what the one before has worked out. In one expression the changes of one clock would be asked
        for each change of the other.
        """
        days, late_, known = [], [], []
        if at(stage) in table.columns:
            instant = table[at(stage)]
            days.append(local_day(instant, zone, since=self.since, until=until))
            late_.append(instant >= end_of_day(until, zone))
            known.append(instant)
        if self.told is not None:
            told = table[part(stage, "told")]
            days.append((told <= until).ifelse(told, ibis.null("date")))
            late_.append(told > until)
            known.append(told)
        # A column that mixes days and times is known by the day only; the times it has stay as they are.
        found = {stage: ibis.coalesce(*days) if days else ibis.null("date")}
        if self.may_be_late and late_:
            found[late(stage)] = late_[0] if self.filled is None else ibis.or_(*(one.fill_null(False) for one in late_))
        found[blank(stage)] = known[0].isnull() if self.filled is None else ~table[part(stage, "filled")]
        if self.filled is not None:
            found[unreadable(stage)] = ibis.and_(table[part(stage, "filled")], *(one.isnull() for one in known))
        return found


def parsed(
    table: ibis.Table, name: str, header: str, export: Export, zone: str, until: dt.date, problems: list[str]
) -> Parsed:
    """How a column of times or days is written.

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
        return Parsed(told=(column >= dt.date.min).ifelse(column, ibis.null("date")))
    if kind.is_timestamp():
        return _typed(table, column, header, export, zone, until, problems)
    words = text(column)
    forms, since = _forms(table, words, header, export, problems)
    # The engine takes words such as "infinity" for dates, whatever form it is given.
    dated = ((words >= "0") & (words < ":")).ifelse(words, ibis.null("string"))
    cells = {kind_: [_cell(dated, form, kind_) for one, form in forms if one == kind_] for kind_ in get_args(Kind)}
    if cells["naive"]:
        _ask_for_zone(header, export, problems)
    one_each = {kind_: ibis.coalesce(*found) if found else None for kind_, found in cells.items()}
    return Parsed(one_each["naive"], one_each["zoned"], one_each["day"], words.notnull(), since)


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
) -> Parsed:
    """Of a file that has timestamps: how far they reach is known without reading them, and spares most questions."""
    cell = column.cast("timestamp(6)")
    ends = table.agg(
        old=cell.min() < dt.datetime.min,
        low=ibis.greatest(cell.min(), ibis.literal(_EARLIEST, "timestamp(6)")),
        high=ibis.least(cell.max(), ibis.literal(_LATEST, "timestamp(6)")),
    )
    reach = ends.to_pyarrow().to_pylist()[0]
    since = reach["low"].date() if reach["low"] else until
    if reach["old"]:
        cell = _after_christ(cell)
    exact = column.type().timezone is not None or export.timezone == "UTC"
    end = end_of_day(until, zone) - (dt.timedelta() if exact else _FARTHEST)
    may_be_late = reach["high"] is not None and reach["high"] >= end
    if column.type().timezone is not None:
        return Parsed(zoned=cell, since=since, may_be_late=may_be_late)
    _ask_for_zone(header, export, problems)
    return Parsed(wall=cell, since=since, may_be_late=may_be_late)


def _ask_for_zone(header: str, export: Export, problems: list[str]) -> None:
    if export.timezone is None:
        problems.append(
            f'{shown(header)} has times without a zone; say timezone = "..." under this file\'s [[export]] in '
            f"the charter."
        )


def _cell(words: Any, form: str, kind: Kind) -> Any:
    """The cells that are written in this form; NULL for the others."""
    if form == _EPOCH_MS:
        return _after_christ((words.try_cast("int64") // 1000).as_timestamp("s").cast("timestamp(6)"))
    if kind == "zoned":
        return _after_christ(_zoned_stamp(words, form).cast("timestamp(6)"))
    stamp = _after_christ(_naive_stamp(words, form).cast("timestamp(6)"))
    return stamp.date() if kind == "day" else stamp


def _after_christ(cell: Any) -> Any:
    """NULL for the years before 1, which engines know and calendars of Python do not."""
    return (cell >= dt.datetime.min).ifelse(cell, ibis.null("timestamp(6)"))


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
    if slashed:
        day_first = _day_first(words_only, slashed, header, day_first, problems)
    forms = dict.fromkeys(form for row in ordered for form in _read(row["shape"], bool(day_first)))
    return list(forms), _since(words_only, ordered)


def _since(table: ibis.Table, ordered: Sequence[Mapping[str, Any]]) -> dt.date:
    """A day before all of a column, from the lowest word of each of its shapes."""
    years = []
    for row in ordered:
        if _ISO.match(row["shape"]):  # texts that begin with the year sort by it
            years.append(int(row["low"][:4]))
        elif row["shape"] == _EPOCH_MS_SHAPE:
            years.append(1970 + int(row["low"]) // (366 * 86_400_000))
    if slashed := [row["shape"] for row in ordered if _SLASHED.match(row["shape"])]:
        dated = table.filter(table.word.translate(_DIGITS, _NINES).isin(slashed))
        lowest = dated.agg(year=dated.word.re_extract(r"\d{4}", 0).try_cast("int64").min()).to_pyarrow()["year"][0]
        years.append(int(lowest.as_py()))
    return dt.date(min(max(min(years, default=1970), 1970), 9999), 1, 1)


def _day_first(table: ibis.Table, slashed: Sequence[str], header: str, said: bool | None, problems: list[str]) -> bool:
    """Whether a column of ``3/5/2026`` puts the day first: decided by the parts above 12, else by what was ``said``.

    What was said never overrules the column: dates that can be read both ways would be misread in silence.
    """
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
            f"{shown(told['month'])}; export it again in one form."
        )
    elif said is not None and told["n_month" if said else "n_day"]:
        problems.append(
            f"{shown(header)} has dates that day_first = {str(said).lower()} cannot read, such as "
            f"{shown(told['month' if said else 'day'])}; correct day_first in the charter."
        )
    elif said is None and told["n_either"] and not told["n_day"] and not told["n_month"]:
        dates = "1 date reads" if told["n_either"] == 1 else f"{told['n_either']:,} dates read"
        problems.append(
            f"{shown(header)}: {dates} both ways, such as {shown(told['either'])}, which is {_both(told['either'])}; "
            f"say day_first = true or false under this file's [[export]] in the charter."
        )
    return bool(told["n_day"]) if said is None else said


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
    return [("zoned", _EPOCH_MS)] if shape == _EPOCH_MS_SHAPE else []


def _fraction(digits: str | None) -> str:
    if digits is None:
        return ""
    return ".%f" if len(digits) <= 7 else ".%n"
