"""Finds where the table in a text file begins and ends, and lays a clean copy of it down where the engine needs one.

Above the table there may be title lines, below it totals and notes: they are counted and told, never read as rows.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from alignment_metrics.charter.grammar import shown
from alignment_metrics.files.encodings import SPOKEN, UTF_8, encoding_of, old_mac, transcode
from alignment_metrics.files.headers import plain

_PARTED = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_LONGEST_HEADER = 1_000_000
_MOST_RECORDS = 50
_MOST_FOOTERS = 50
_TAIL = 1 << 18
_CHUNK = 1 << 20
_LONGEST_FOOTER = 200
_SEPARATOR = re.compile(r'"?sep=([^\s"\w]|\t)"?\s*', re.IGNORECASE)
# What no column is called: an address, a day, a number of more than two digits.
_DATUM = re.compile(r"^\s*(\S+@\S+\.\S+|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}\b.*|[-+]?\d[\d.,]{2,})\s*$")
_DATE = re.compile(r"\d{1,4}[-./]\d")
# What stands below the table of a report; the words of an id, a date or a name are not among them.
_FOOTER = re.compile(
    r"(grand\s+|sub-?\s?)?totals?\s*([(:\d]|$)|(summe|gesamt(summe)?|insgesamt|totale|totaal|suma)\s*([(:\d]|$)"
    r"|total\s+g[ée]n[ée]ral|confidential\s+information\b|confidential\W*$|copyright\s*(©|\(c\)|\d)|(©|\(c\))\s*\w"
    r"|(report\s+)?(generated|created|exported|printed|downloaded)\s+(by|on|at|from)\b|[\d.,\s]+(records?|rows?)\b"
    r"|page\s+\d+|end\s+of\s+(report|file|list)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Text:
    """A text as the engine is to read it: a header, rows, and nothing else.

    Attributes
    ----------
    path : Path
        The file itself, or its clean copy.
    titles : int
        How many records stand above the header.
    above : int
        How many rows a spreadsheet shows above it; these may be blank.
    lines : int
        How many lines of the file the engine does not see.
    footers : tuple of (int, str)
        What stands below the rows: how many rows further down, and its text.
    """

    path: Path
    headers: tuple[str, ...]
    delimiter: str
    titles: int
    above: int
    lines: int
    footers: tuple[tuple[int, str], ...]
    how: str
    filled: bool


@dataclass(frozen=True, slots=True)
class _Header:
    fields: list[str]
    delimiter: str
    titles: int
    above: int
    lines: int
    start: int
    end: int


def settle(
    path: Path, copy: Path, *, names: Collection[str], encoding: str | None = None, delimiters: str = "".join(_PARTED)
) -> Text:
    """Where the header stands, what parts its fields, and what stands above and below.

    The engine reads the file itself where it can; else ``copy`` is written.

    Parameters
    ----------
    names : collection of str
        Header names that would be known, as ``headers.plain`` writes them.
    encoding : str or None
        What the charter says of it.
    """
    codec = encoding_of(path, encoding)
    source = path
    if codec != UTF_8 or old_mac(_start(path)):
        source = copy.with_suffix(".utf8")
        transcode(path, codec, source)
    start = _start(source)
    header = _header(start, names, delimiters)
    size = source.stat().st_size
    marked = _marked(source)
    end, footers = _footers(source, header.end + marked, size, len(header.fields), header.delimiter)
    filled = _any_row(source, header.end + marked, end, header.delimiter)
    clean = source
    # A line end inside the header would pass for the one that all lines have.
    broken = "\n" in start.encode()[header.start : header.end].decode().strip("\r\n")
    if header.lines or end < size or broken:
        line = header.delimiter.join(f"c{n}" for n in range(len(header.fields))) if broken else ""
        _cut(source, copy, (header.end if broken else header.start) + marked, end, f"{line}\n" if broken else "")
        clean = copy
        if source != path:
            source.unlink()
    parted = _PARTED.get(header.delimiter) or shown(header.delimiter)
    how = f"CSV in {SPOKEN[codec]}, parted by {parted}"
    fields = tuple(header.fields)
    lines = header.lines + (start.encode()[header.start : header.end].count(b"\n") - 1 if broken else 0)
    return Text(clean, fields, header.delimiter, header.titles, header.above, lines, footers, how, filled)


def _start(path: Path) -> str:
    with path.open("rb") as raw:
        start = raw.read(_LONGEST_HEADER)
    # The last character may be cut in two; only what follows the header is there.
    return codecs.getincrementaldecoder("utf-8-sig")().decode(start)


def _marked(path: Path) -> int:
    with path.open("rb") as raw:
        return len(codecs.BOM_UTF8) if raw.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8 else 0


def _header(text: str, names: Collection[str], delimiters: str) -> _Header:
    """The first of the first records that has the most of the known names, else the first that is not blank."""
    lines = list(io.StringIO(text, newline=""))
    # A spreadsheet takes such a line as an order to itself, and does not show it.
    ordered = _SEPARATOR.fullmatch(lines[0]) if lines else None
    first = 1 if ordered else 0
    best: tuple[int, int] = (-1, 0)
    found: _Header | None = None
    broken = False
    for delimiter in ordered[1] if ordered else delimiters:
        records: list[tuple[list[str], int, int]] = []
        try:
            records += _records(lines[first:], delimiter)
        except csv.Error:
            broken = True
        told = [(len({plain(field) for field in fields} & set(names)), n) for n, (fields, _, _) in enumerate(records)]
        filled = [n for n, (fields, _, _) in enumerate(records) if _filled(fields)]
        if not filled:
            continue
        # One word may stand in any row; two that are known make a header of a line further down.
        known = max(count for count, n in told if count > 1 or n == filled[0])
        number = next(n for count, n in told if count == known) if known else filled[0]
        fields, begin, end = records[number]
        if (known, len(fields)) > best:
            best = (known, len(fields))
            starts = ["".join(lines[: first + line]) for line in (begin, end)]
            start, stop = (len(one.encode()) for one in starts)
            titles = sum(n < number for n in filled)
            found = _Header(fields, delimiter, titles, number, first + begin, start, stop)
    if found is not None and best[0] == 0 and any(_DATUM.search(field) for field in found.fields):
        raise ValueError(
            "its first line seems to hold a row and not the names of columns; put a line with their names above it."
        )
    if found is None and broken:
        raise ValueError("the header has a quote that is never closed; correct it, or export the file again.")
    if found is None:
        raise ValueError("the file holds neither a header nor rows; export it again.")
    return found


def _records(lines: Sequence[str], delimiter: str) -> Iterator[tuple[list[str], int, int]]:
    """The first records, each with the line it begins on and the one after it."""
    reader = csv.reader(lines, delimiter=delimiter)
    begin = 0
    for _ in range(_MOST_RECORDS):
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            if begin:
                return
            raise
        yield fields, begin, reader.line_num
        begin = reader.line_num


def _filled(fields: Sequence[str]) -> bool:
    return any(field.strip() for field in fields)


def _footers(path: Path, begin: int, size: int, width: int, delimiter: str) -> tuple[int, tuple[tuple[int, str], ...]]:
    """Where the rows end, and what stands below them.

    A line is judged alone. The last line of a record of several lines closes a quote that it did not open, so it has an
    odd number of quotes; there the search ends.
    """
    lines, start = _last_lines(path, begin, size)
    read = [_alone(line, delimiter) for line in lines]
    usual = {_kind(fields[0]) for fields in read if fields and len(fields) == width and not _FOOTER.match(fields[0])}
    texts: list[tuple[int, str]] = []
    top, last = len(lines), True
    for n in range(len(lines) - 1, -1, -1):
        fields = read[n]
        if fields is None or len(texts) == _MOST_FOOTERS:
            break
        if not _filled(fields):
            continue
        short = len(fields) < width
        noted = (short or not _filled(fields[1:])) and _FOOTER.match(fields[0].strip())
        if not noted and (not short or _is_data(fields[0], usual)):
            if short and last:
                held = f"{len(fields)} field{'s' * (len(fields) > 1)} where the header has {width}"
                raise ValueError(
                    f"the last line ends unlike the lines before it, with {held}, as if the file were cut off; export "
                    f"it again."
                )
            break
        texts.append((n, delimiter.join(fields).rstrip(delimiter)[:_LONGEST_FOOTER]))
        top, last = n, False
    edge = top
    while edge and (fields := read[edge - 1]) is not None and not _filled(fields) and (texts or len(fields) < 2):
        edge -= 1
    # The engine passes over a blank line, but not over blanks in it, nor where a row has no more than one field.
    if texts or width == 1 or any(line.strip(b"\r\n") for line in lines[edge:]):
        top = edge
    end = start + sum(len(line) for line in lines[:top])
    return end, tuple((n - top, text) for n, text in reversed(texts))


def _any_row(path: Path, begin: int, end: int, delimiter: str) -> bool:
    """Whether anything stands between the header and what is cut off below; only the beginning is looked at."""
    with path.open("rb") as raw:
        raw.seek(begin)
        return bool(raw.read(min(end - begin, _TAIL)).replace(delimiter.encode(), b"").strip(b'" \t\r\n'))


def _last_lines(path: Path, begin: int, size: int) -> tuple[list[bytes], int]:
    """The last whole lines below the header, and where the first of them stands."""
    start = max(begin, size - _TAIL)
    with path.open("rb") as raw:
        raw.seek(start)
        lines = raw.read().splitlines(keepends=True)
    if start > begin:
        start += len(lines.pop(0))
    return lines, start


def _alone(line: bytes, delimiter: str) -> list[str] | None:
    """The fields of a line; None where it is only a part of a record."""
    if line.count(b'"') % 2:
        return None
    try:
        return next(csv.reader([line.decode(UTF_8).rstrip("\r\n")], delimiter=delimiter), [])
    except csv.Error:
        return None


def _kind(cell: str) -> str:
    word = cell.strip()
    return "text" if " " in word else "id" if re.search(r"\d", word) else "word" if word else "empty"


def _is_data(cell: str, usual: Collection[str]) -> bool:
    """Whether the first cell of a line that is too short could be that of a row: if so, the row was cut off.

    Only where rows begin with ids are words that no report is known to end with something else.
    """
    return _kind(cell) != "text" or any(kind != "id" for kind in usual) or _DATE.match(cell.strip()) is not None


def _cut(source: Path, target: Path, start: int, end: int, header: str) -> None:
    with source.open("rb") as whole, target.open("wb") as part:
        part.write(header.encode())
        whole.seek(start)
        while start < end and (chunk := whole.read(min(_CHUNK, end - start))):
            part.write(chunk)
            start += len(chunk)
