"""Writes a sheet of a workbook as text, so that all that is decided later is decided as of any other text.

A row keeps the number that the spreadsheet shows, and a number what the spreadsheet knows of it: no more and no less.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from alignment_metrics.charter.grammar import shown

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
_MOST_NAMES = 8
# Spreadsheets keep 15 digits: of a longer number, the last ones are zeros of their own.
_ROUNDED = 10**15
_MUCH = 1 << 30
_MOST_TIMES = 200
_CHUNK = 1 << 20
_ERROR = re.compile(rb'<(?:\w+:)?c\b([^>]*\bt="e"[^>]*)>(.*?)</(?:\w+:)?c>', re.DOTALL)
_WHERE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)<")
_DAMAGED = "the file is not a workbook, or is damaged; save it again as XLSX or CSV."


def convert(path: Path, sheet: str | None, target: Path) -> str:
    """Write one sheet to ``target`` as CSV, from its first row on, and give its name.

    Raises
    ------
    ValueError
        The workbook cannot be opened, or it is not clear which sheet is meant.
    """
    _check(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        chosen = _choose(book, sheet)
        rows = book.get_sheet_by_name(chosen)
        errors = _errors(path, chosen)
        timed, last, width = _survey(_grid(rows, errors))
        with target.open("w", encoding="utf-8", newline="") as copy:
            # A row of one empty field would otherwise be no row.
            writer = csv.writer(copy, lineterminator="\n", quoting=csv.QUOTE_ALL if width == 1 else csv.QUOTE_MINIMAL)
            for cells in islice(_grid(rows, errors), last + 1):
                writer.writerow([_text(cells[place], place in timed) for place in range(width)])
    except PasswordError:
        raise ValueError("the workbook is protected by a password; save it without one.") from None
    except (CalamineError, zipfile.BadZipFile, zlib.error, UnicodeDecodeError):
        raise ValueError(_DAMAGED) from None
    except BaseException as error:
        # The library, written in Rust, gives up in its own way on what its authors did not foresee.
        if type(error).__name__ != "PanicException":
            raise
        raise ValueError(_DAMAGED) from None
    return chosen


def _check(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(64)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise ValueError("the file is a web page with the name of a workbook; export it as CSV or XLSX.")
    if not start.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        raise ValueError(_DAMAGED) from None
    if size > max(_MUCH, _MOST_TIMES * path.stat().st_size):
        raise ValueError(
            f"what comes out of it is more than {_MOST_TIMES} times as large as the file, which no export is; save it "
            f"as CSV if you trust it."
        )


def _choose(book: Any, sheet: str | None) -> str:
    """The sheet that was asked for, else the only one with rows that a person can see."""
    known = {one.name: one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet}
    if sheet is not None:
        if sheet not in known:
            raise ValueError(
                f"there is no sheet {shown(sheet)}; the workbook has {_some(list(known))}. Name one of them."
            )
        return str(sheet)
    seen = [name for name, one in known.items() if one.visible == SheetVisibleEnum.Visible]
    filled: list[str] = [name for name in seen if book.get_sheet_by_name(name).height]
    if not filled:
        raise ValueError("no sheet of the workbook has rows; export it again.")
    if len(filled) > 1:
        raise ValueError(
            f'{len(filled)} sheets have rows: {_some(filled)}; say sheet = "..." under this file\'s [[export]] in the '
            f"charter."
        )
    return filled[0]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(shown(name) for name in names[:_MOST_NAMES]) + more


def _errors(path: Path, sheet: str) -> dict[int, dict[int, str]]:
    """What stands in the cells of a sheet in place of a value, such as ``#N/A``, by row and column, counted from 0.

    The library gives them as empty, and an id that could not be looked up is not the same as none.
    """
    found: dict[int, dict[int, str]] = {}
    if not zipfile.is_zipfile(path):
        return found
    with zipfile.ZipFile(path) as archive:
        if (part := _part(archive, sheet)) is None:
            return found
        rest = b""
        with archive.open(part) as xml:
            while chunk := xml.read(_CHUNK):
                whole, end, rest = (rest + chunk).rpartition(b"c>")
                for attributes, content in _ERROR.findall(whole + end) if b't="e"' in whole else ():
                    where, value = _WHERE.search(attributes), _VALUE.search(content)
                    if where and value:
                        found.setdefault(int(where[2]) - 1, {})[_column(where[1])] = value[1].decode()
    return found


def _part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Where in the archive the cells of a sheet are."""
    try:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except (KeyError, ElementTree.ParseError):
        return None
    told = next((one.attrib for one in book.iter() if one.tag.endswith("}sheet") and one.get("name") == sheet), {})
    link = next((value for key, value in told.items() if key.endswith("}id")), None)
    target = next((one.get("Target", "") for one in links.iter() if one.get("Id") == link), "")
    part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    return part if part in archive.namelist() else None


def _column(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - ord("A") + 1
    return place - 1


def _grid(sheet: Any, errors: Mapping[int, Mapping[int, str]]) -> Iterator[list[Any]]:
    """All rows from the first of the sheet on, equally wide; the library leaves out what has nothing but errors."""
    begin, height = (sheet.start[1], sheet.end[0] + 1) if sheet.start else (0, 0)
    places = {place for row in errors.values() for place in row}
    left = min({begin, *places})
    width = max({begin + sheet.width, *(place + 1 for place in places)}) - left
    rows = sheet.iter_rows()
    for number in range(max({height - 1, *errors}) + 1):
        cells = [""] * (begin - left) + list(next(rows, ()))
        cells += [""] * (width - len(cells))
        for place, error in errors.get(number, {}).items():
            cells[place - left] = error
        yield cells


def _survey(rows: Iterable[list[Any]]) -> tuple[set[int], int, int]:
    """The columns with a time of day in them, the last row that is not blank, and how many columns there are."""
    timed: set[int] = set()
    last = width = -1
    for number, cells in enumerate(rows):
        for place, cell in enumerate(cells):
            if cell != "":
                last, width = number, max(width, place)
                if type(cell) is dt.datetime and cell.time() != dt.time():
                    timed.add(place)
    return timed, last, width + 1


def _text(cell: Any, timed: bool) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return _number(cell)
    if isinstance(cell, dt.datetime):
        # Kept as a share of a day, a time may be a few microseconds off.
        cell = (cell + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
        return str(cell if timed else cell.date())
    if isinstance(cell, dt.date):
        return f"{cell.isoformat()} 00:00:00" if timed else cell.isoformat()
    return str(cell)


def _number(cell: float) -> str:
    if abs(cell) >= _ROUNDED:
        return f"{cell:.14E}"
    if cell == int(cell):
        return str(int(cell))
    plain = format(Decimal(repr(cell)), "f")
    # 1.234 could be read as one thousand; 1.2340 cannot.
    return f"{plain}0" if len(plain.partition(".")[2]) == 3 else plain
