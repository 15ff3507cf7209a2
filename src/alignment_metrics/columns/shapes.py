"""Finds out how columns of dates are written: the forms that stand in them, counted over every cell.

A column is nearly always written in one form. Its highest cell, or its lowest, proposes one, and all cells of all
columns are then held against the proposals in one query. Only what they do not fit is looked at shape by shape
(``9999-99-99 99:99``); nothing is guessed row by row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import ibis

from alignment_metrics.columns.labels import text

Kind = Literal["day", "naive", "zoned"]

SECONDS, MILLISECONDS = "seconds", "milliseconds"
_DIGITS, _NINES = "0123456789", "9999999999"
_MOST_SHAPES, _LONGEST_SHAPE = 1000, 50
_SHORT_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_LONG_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_MONTH = f"(?P<month>(?i:{_LONG_MONTHS}|{_SHORT_MONTHS}))"
_YEAR_FIRST = r"\d{4}(?P<sign>[-/.])\d\d(?P=sign)\d\d"
_NUMBERS = r"\d{1,2}(?P<sign>[/.-])\d{1,2}(?P=sign)(?P<year>\d{4}|\d\d)"
_DAY_MONTH = rf"\d{{1,2}}(?P<sign>[ /.-]){_MONTH}(?P=sign)(?P<year>\d{{4}}|\d\d)"
_MONTH_DAY = rf"{_MONTH} \d{{1,2}}(?P<comma>,?) (?P<year>\d{{4}})"
# Newer programs put a narrow blank before AM and PM.
_TIME = (
    r"(?:(?P<gap>,? | at |, at |T)(?P<hour>\d{1,2}:\d\d)(?P<seconds>:\d\d)?(?P<fraction>\.\d{1,9})?"
    r"(?:(?P<wide>[ \u00A0\u202F]?)(?P<half>[AaPp](?:[Mm]|\.[Mm]\.)))?"
    r"(?:(?P<blank> ?)(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?))?)?"
)
_FAMILIES = tuple(re.compile(date + _TIME) for date in (_YEAR_FIRST, _NUMBERS, _DAY_MONTH, _MONTH_DAY))


@dataclass(frozen=True, slots=True)
class Form:
    """One way of writing a date or a time: the pattern of its cells, and the codes by which ``strptime`` reads them.

    Of ``3/5/2026`` there are two readings, the day first and the month first; of all others one. What is ``only_whole``
    is a number, which may be many things: it is a date only where every cell is one.
    """

    kind: Kind
    readings: tuple[str, ...]
    pattern: str
    has_dots: bool = False
    has_offset: bool = False
    only_whole: bool = False

    @property
    def asks_for_order(self) -> bool:
        return len(self.readings) == 2

    def met(self, words: Any) -> Any:
        return words.re_search(self.pattern)


_NUMBER_FORMS = {
    8: Form("day", ("%Y%m%d",), r"^\d{8}$", only_whole=True),
    10: Form("zoned", (SECONDS,), r"^\d{10}$", only_whole=True),
    13: Form("zoned", (MILLISECONDS,), r"^\d{13}$"),
}


@dataclass(frozen=True, slots=True)
class Written:
    """How a column is written: its forms, the commonest first, each with a cell of it.

    ``whole`` is set where every cell that holds anything is written in the one form, without blanks around it;
    ``filled`` counts the cells that hold anything, ``numbers`` those that would be dates if all were.
    """

    forms: tuple[tuple[Form, str], ...]
    whole: bool
    filled: int
    numbers: int = 0


def written(table: ibis.Table, names: Sequence[str]) -> dict[str, Written]:
    """How each of these columns of text is written, asked in as few questions as possible."""
    if not names:
        return {}
    table = table.select(**{name: as_text(table[name]) for name in names})
    cells = {name: table[name] for name in names}
    asked: dict[str, Any] = {}
    for number, cell in enumerate(cells.values()):
        told = cell != ""
        asked |= {f"n{number}": told.sum(), f"a{number}": cell.min(where=told), f"b{number}": cell.max(where=told)}
    ends = table.agg(**asked).to_pyarrow().to_pylist()[0]
    proposed = {}
    for number, name in enumerate(names):
        found = ((form_of(word), word) for word in (ends[f"b{number}"], ends[f"a{number}"]) if word is not None)
        proposed[name] = next(((form, word) for form, word in found if form), None)
    fits = {name: one[0].met(cells[name]) for name, one in proposed.items() if one}
    counted = {f"c{names.index(name)}": met.sum() for name, met in fits.items()}
    counts = table.agg(**counted).to_pyarrow().to_pylist()[0] if counted else {}
    found_in = {}
    for number, name in enumerate(names):
        filled, fitting = int(ends[f"n{number}"] or 0), int(counts.get(f"c{number}") or 0)
        one = proposed[name]
        if filled == fitting:
            found_in[name] = Written((one,) if one else (), True, filled)
        else:
            rest = cells[name] != ""
            if one is not None:
                rest &= ~fits[name]
            found_in[name] = _mixed(_shapes(table.filter(rest), name), one, fitting)
    return found_in


def as_text(column: Any) -> Any:
    """A column of words as it is; of numbers, as words."""
    return column if column.type().is_string() else column.cast("string")


def form_of(word: str) -> Form | None:
    """The form in which a cell, or a shape, is written; None where it is no date."""
    if len(word) > _LONGEST_SHAPE:
        return None
    for family, pattern in enumerate(_FAMILIES):
        if found := pattern.fullmatch(word):
            return _timed(_dated(family, found), found)
    return _NUMBER_FORMS.get(len(word)) if word.isascii() and word.isdigit() else None


def _shapes(table: ibis.Table, name: str) -> list[dict[str, Any]]:
    words = table.select(word=text(table[name]))
    words = words.filter(words.word.length() <= _LONGEST_SHAPE)
    shaped = words.group_by(shape=words.word.translate(_DIGITS, _NINES))
    shaped = shaped.agg(n=lambda t: t.count(), high=lambda t: t.word.max())
    ordered = shaped.order_by(ibis.desc("n"), "shape")
    # What has no digit is no date, but it is a cell that holds something.
    found: list[dict[str, Any]] = ordered.limit(_MOST_SHAPES).to_pyarrow().to_pylist()
    return found


def _mixed(shapes: Iterable[dict[str, Any]], proposed: tuple[Form, str] | None, fitting: int) -> Written:
    counts: dict[Form, int] = {}
    examples: dict[Form, str] = {}
    if proposed is not None:
        counts[proposed[0]], examples[proposed[0]] = fitting, proposed[1]
    filled = fitting
    for row in shapes:
        filled += row["n"]
        if form := form_of(row["shape"]):
            counts[form] = counts.get(form, 0) + row["n"]
            examples.setdefault(form, row["high"])
    numbers = sum(n for form, n in counts.items() if form.only_whole)
    dates = {form: n for form, n in counts.items() if not form.only_whole or n == filled}
    ordered = sorted(dates, key=lambda form: (-dates[form], form.pattern))
    return Written(tuple((form, examples[form]) for form in ordered), False, filled, numbers)


def _dated(family: int, found: re.Match[str]) -> tuple[tuple[str, ...], str]:
    """The readings and the pattern of the date itself."""
    told = found.groupdict()
    sign, literal = told.get("sign") or "", re.escape(told.get("sign") or "")
    year, digits = ("%Y", r"\d{4}") if len(told.get("year") or "year") == 4 else ("%y", r"\d\d")
    if family == 0:
        return (f"%Y{sign}%m{sign}%d",), rf"\d{{4}}{literal}\d\d{literal}\d\d"
    if family == 1:
        readings = tuple(f"{first}{sign}{second}{sign}{year}" for first, second in (("%d", "%m"), ("%m", "%d")))
        return readings, rf"\d{{1,2}}{literal}\d{{1,2}}{literal}{digits}"
    is_short = re.fullmatch(_SHORT_MONTHS, told["month"], re.IGNORECASE)
    code, names = ("%b", _SHORT_MONTHS) if is_short else ("%B", _LONG_MONTHS)
    if family == 2:
        return (f"%d{sign}{code}{sign}{year}",), rf"\d{{1,2}}{literal}(?i:{names}){literal}{digits}"
    return (f"{code} %d{told['comma']} %Y",), rf"(?i:{names}) \d{{1,2}}{told['comma']} \d{{4}}"


def _timed(dated: tuple[tuple[str, ...], str], found: re.Match[str]) -> Form:
    """The form, with the time of day where it has one."""
    (readings, pattern), told = dated, found.groupdict()
    if told["gap"] is None:
        return Form("day", readings, f"^{pattern}$")
    codes = told["gap"] + ("%I" if told["half"] else "%H") + ":%M"
    pattern += told["gap"] + r"\d{1,2}:\d\d"
    if told["seconds"]:
        codes, pattern = codes + ":%S", pattern + r":\d\d"
    if told["fraction"]:
        short = len(told["fraction"]) <= 7
        codes, pattern = codes + (".%f" if short else ".%n"), pattern + (r"\.\d{1,6}" if short else r"\.\d{7,9}")
    has_dots = bool(told["half"]) and len(told["half"]) == 4
    if told["half"]:
        codes, pattern = codes + told["wide"] + "%p", pattern + told["wide"]
        pattern += r"[AaPp]\.[Mm]\." if has_dots else "[AaPp][Mm]"
    if (zone := told["zone"]) is None:
        return Form("naive", tuple(one + codes for one in readings), f"^{pattern}$", has_dots)
    # The engine reads an offset as a zone, but no letter: "Z" and the names of UTC are only text to it.
    offset = zone[0] in "+-"
    codes += told["blank"] + ("%z" if offset else zone)
    pattern += told["blank"] + (r"[+-]\d\d(?::?\d\d)?" if offset else zone)
    return Form("zoned", tuple(one + codes for one in readings), f"^{pattern}$", has_dots, offset)
