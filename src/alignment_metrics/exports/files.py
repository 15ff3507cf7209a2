"""Opens a file of an export as a table of the engine, each row with the number a spreadsheet would give it."""

from __future__ import annotations

import codecs
import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import ibis

ROW = "row"
_PARQUET = (".parquet", ".pq")
_TEXT = (".csv", ".tsv", ".txt")


@dataclass(frozen=True, slots=True)
class Opened:
    """A file, ready to be asked for columns by its own headers."""

    path: Path
    headers: tuple[str, ...]
    repeated: frozenset[str]
    view: ibis.Table
    is_text: bool

    def take(self, con: Any, name: str, columns: dict[str, str]) -> ibis.Table:
        """The named columns, and ``row``. A text file is read once, into a table; a Parquet file stays where it is."""
        chosen = {canonical: self.view[header] for canonical, header in columns.items()}
        if not self.is_text:
            # Parquet has no header row: the first row is row 1.
            return self.view.select(**{ROW: self.view["file_row_number"] + 1}, **chosen)
        try:
            table = con.create_table(name, self.view.select(**chosen))
        except duckdb.Error as error:
            raise ValueError(_reason(error)) from None
        return table.select((table.rowid() + 2).name(ROW), *columns)


def open_file(con: Any, path: Path, name: str) -> Opened:
    """Open ``path``; ``ValueError`` says in words why it cannot be read."""
    if not path.is_file():
        there = sorted(one.name for one in path.parent.glob("*") if one.suffix.lower() in _PARQUET + _TEXT)
        raise ValueError(f"the file is not there; the folder has {', '.join(there) or 'no export'}.")
    if path.stat().st_size == 0:
        raise ValueError("the file is empty; export it again.")
    if path.suffix.lower() in _PARQUET:
        return _open_parquet(con, path, name)
    if path.suffix.lower() in _TEXT:
        return _open_text(con, path, name)
    raise ValueError(f"files ending in {path.suffix!r} are not read; export as CSV or Parquet.")


def _open_parquet(con: Any, path: Path, name: str) -> Opened:
    try:
        view = con.read_parquet(_literal(path), table_name=f"{name}_file", file_row_number=True)
    except duckdb.Error as error:
        raise ValueError(_reason(error)) from None
    headers = tuple(column for column in view.columns if column != "file_row_number")
    return Opened(path, headers, frozenset(), view, False)


def _open_text(con: Any, path: Path, name: str) -> Opened:
    headers, delimiter = _header(path)
    if not any(header.strip() for header in headers):
        raise ValueError("the first line holds no header; remove what stands above the header.")
    # The engine wants distinct names; a repeated header is only a problem if a column that is needed bears it.
    names: list[str] = []
    for header in headers:
        unique, number = header or "(no header)", 2
        while unique.casefold() in {one.casefold() for one in names}:
            unique, number = f"{header or '(no header)'} ({number})", number + 1
        names.append(unique)
    try:
        view = con.read_csv(
            _literal(path),
            table_name=f"{name}_file",
            columns=dict.fromkeys(names, "VARCHAR"),
            delim=delimiter,
            quote='"',
            escape='"',
            header=True,
            auto_detect=False,
        )
    except duckdb.Error as error:
        raise ValueError(_reason(error)) from None
    repeated = frozenset(header for header in headers if headers.count(header) > 1)
    return Opened(path, tuple(names), repeated, view, True)


def _header(path: Path) -> tuple[list[str], str]:
    """The header line's fields and the delimiter that gives the most of them."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ValueError("the file is UTF-16 text; save it as CSV UTF-8.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            line = next(iter(_records(file)))
    except UnicodeDecodeError:
        raise ValueError("the file is not UTF-8 text; save it as CSV UTF-8.") from None
    except StopIteration:
        raise ValueError("the file is empty; export it again.") from None
    found = {delimiter: next(csv.reader([line], delimiter=delimiter)) for delimiter in (",", ";", "\t")}
    delimiter = max(found, key=lambda one: len(found[one]))
    return found[delimiter], delimiter


def _records(file: Any) -> Any:
    """Lines of a text, with those joined that a quoted line end splits."""
    record = ""
    for line in file:
        record += line
        if record.count('"') % 2 == 0:
            yield record.rstrip("\r\n")
            record = ""
        if len(record) > 1_000_000:
            raise ValueError("the header has a quote that is never closed; export the file again.")
    if record:
        yield record


def _literal(path: Path) -> str:
    """The path as the engine takes it: a name such as ``leads[1].csv`` is a name, not a pattern."""
    text = str(path.resolve())
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in text)


def _reason(error: Exception) -> str:
    first = str(error).strip().splitlines()[0]
    return f"the file cannot be read: {first.rstrip('.')}."
