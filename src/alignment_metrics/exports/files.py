"""Opens a file of an export as a table of the engine, each row with the number a spreadsheet would give it.

The header of a text file is row 1. A row is a record: a line end inside quotes does not begin another one, and a blank
line is none. Parquet has no header: its first row is row 1.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import ibis
from sqlglot import exp

from alignment_metrics.charter.grammar import shown

ROW = "row"
PARQUET = (".parquet", ".pq")
_TEXT = (".csv", ".tsv", ".txt")
_DELIMITERS = (",", ";", "\t")
_MOST_NAMES = 5
_LONGEST_HEADER = 1_000_000
# What the engine says of a text, and what to tell whoever exported it; `{line}` is where it stumbled.
_TROUBLES = (
    (r"Expected Number of Columns: (\d+) Found: (\d+)", "has {1} fields where the header has {0}; {again}"),
    (r"unterminated quote", "has a quote that is not closed, or text after a closed one; {again}"),
    (r"Invalid unicode|not utf-8", "is not UTF-8 text; save the file as CSV UTF-8"),
    (r"Maximum line size", "is longer than two million characters, as if a quote were never closed; {again}"),
    (r"invalid state", "ends unlike the lines before it; {again}"),
)
_AGAIN = "correct it, or export the file again"


@dataclass(frozen=True, slots=True)
class Opened:
    """A file, ready to be asked for columns by its own headers.

    Headers are a stranger's words, so the engine never hears them: it knows columns by their places, ``c0``, ``c1``.
    """

    headers: tuple[str, ...]
    view: ibis.Table
    is_text: bool

    def take(self, con: Any, name: str, columns: Mapping[str, str]) -> ibis.Table:
        """The named columns, and ``row``. A text file is read once, into a table; a Parquet file stays where it is."""
        chosen = {canonical: self.view[_place(self.headers.index(header))] for canonical, header in columns.items()}
        if not self.is_text:
            return self.view.select(**{ROW: self.view["file_row_number"] + 1}, **chosen)
        try:
            table = con.create_table(name, self.view.select(**chosen))
        except duckdb.Error as error:
            raise ValueError(reason(error, parquet=False)) from None
        return table.select((table.rowid() + 2).name(ROW), *columns)


def open_file(con: Any, path: Path, name: str) -> Opened:
    """Open ``path``; ``ValueError`` says in words why it cannot be read."""
    try:
        _check(path)
        return _open_parquet(con, path, name) if path.suffix.lower() in PARQUET else _open_text(con, path, name)
    except duckdb.Error as error:
        raise ValueError(reason(error, parquet=path.suffix.lower() in PARQUET)) from None
    except OSError as error:
        raise ValueError(f"the file cannot be opened: {error.strerror}; see that it can.") from None


def view(con: Any, name: str, table: ibis.Table) -> ibis.Table:
    """The same rows under a name: what is asked of them costs no more, and is much shorter to write."""
    con.raw_sql(f"CREATE VIEW {name} AS {con.compile(table)}")
    return con.table(name)


def written(con: Any, name: str, table: ibis.Table) -> ibis.Table:
    """The same rows, worked out once. A temporary table is not packed, and goes to disk only where memory ends."""
    con.raw_sql(f"CREATE TEMPORARY TABLE {name} AS {con.compile(table)}")
    return con.table(name)


def reason(error: Exception, *, parquet: bool) -> str:
    """What the engine says is wrong with a file, in words of ours where its own are known."""
    said = str(error)
    line = re.search(r"CSV Error on Line: (\d+)", said)
    for pattern, words in _TROUBLES:
        if found := re.search(pattern, said, re.IGNORECASE):
            where = f"line {line[1]}" if line else "a line"
            return f"{where} {words.format(*found.groups(), again=_AGAIN)}."
    if isinstance(error, duckdb.OutOfMemoryException) or "No space left" in said:
        return "there is no room to read it, in memory or in the folder for temporary files; make some and try again."
    if parquet:
        return "the file is not Parquet, or is damaged; export it again."
    first = next(iter(said.strip().splitlines()), type(error).__name__)
    return f"the file cannot be read ({shown(first)}); export it again."


def _check(path: Path) -> None:
    if path.is_dir():
        raise ValueError("it is a folder; name the file in it.")
    if not path.is_file():
        there = sorted(one.name for one in path.parent.glob("*") if one.suffix.lower() in PARQUET + _TEXT)
        named = ", ".join(shown(name) for name in there[:_MOST_NAMES]) or "no export"
        more = f" and {len(there) - _MOST_NAMES} more" if len(there) > _MOST_NAMES else ""
        raise ValueError(f"the file is not there; the folder has {named}{more}. Name one that it has.")
    if path.suffix.lower() not in PARQUET + _TEXT:
        raise ValueError(f"files ending in {shown(path.suffix)} are not read; export as CSV or Parquet.")
    if path.stat().st_size == 0:
        raise ValueError("the file is empty; export it again.")


def _open_parquet(con: Any, path: Path, name: str) -> Opened:
    literal = _literal(path)
    # The engine renames columns that differ only in case; their own names stand in the file's schema.
    schema = con.raw_sql(f"SELECT name, num_children FROM parquet_schema({literal})").fetchall()
    headers = _top_level(schema)
    places = ", ".join((*(_place(number) for number in range(len(headers))), "file_row_number"))
    source = f"SELECT * FROM read_parquet({literal}, file_row_number = true)"
    con.raw_sql(f"CREATE VIEW {name}_file ({places}) AS {source}")
    return Opened(headers, con.table(f"{name}_file"), False)


def _top_level(schema: list[tuple[str, int | None]]) -> tuple[str, ...]:
    """The columns of a file, from its schema in depth-first order: a nested column is followed by its parts."""
    found, place = [], 1
    while place < len(schema):
        found.append(schema[place][0])
        pending = 1
        while pending:
            pending += (schema[place][1] or 0) - 1
            place += 1
    return tuple(found)


def _open_text(con: Any, path: Path, name: str) -> Opened:
    headers, delimiter = _header(path)
    if not any(header.strip() for header in headers):
        raise ValueError("the first line holds no header; remove what stands above the header.")
    view = con.read_csv(
        _pattern(path),
        table_name=f"{name}_file",
        columns={_place(number): "VARCHAR" for number in range(len(headers))},
        delim=delimiter,
        quote='"',
        escape='"',
        header=True,
        auto_detect=False,
    )
    return Opened(tuple(headers), view, True)


def _header(path: Path) -> tuple[list[str], str]:
    """The header line's fields and the delimiter that gives the most of them."""
    with path.open("rb") as raw:
        start = raw.read(_LONGEST_HEADER)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ValueError("the file is UTF-16 text; save it as CSV UTF-8.")
    try:
        # The last character may be cut in two; only what follows the header is there.
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(start)
    except UnicodeDecodeError:
        raise ValueError("the file is not UTF-8 text; save it as CSV UTF-8.") from None
    if "\0" in text.partition("\n")[0]:
        raise ValueError("the file is not text; export it again as CSV UTF-8.")
    found = {}
    for delimiter in _DELIMITERS:
        try:
            found[delimiter] = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        except csv.Error:
            raise ValueError(f"the header has a quote that is never closed; {_AGAIN}.") from None
    delimiter = max(found, key=lambda one: len(found[one]))
    return found[delimiter], delimiter


def _place(number: int) -> str:
    return f"c{number}"


def _literal(path: Path) -> str:
    return exp.Literal.string(_pattern(path)).sql("duckdb")


def _pattern(path: Path) -> str:
    """The path as the engine takes it: a name such as ``leads[1].csv`` is a name, not a pattern."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path.resolve()))
