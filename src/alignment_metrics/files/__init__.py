"""Opens a file of an export as a table of the engine, each row with the number a spreadsheet would give it.

The first line of a text file is row 1, and as a rule its header. A row is a record: a line end inside quotes does not
begin another one, and a blank line below the header is none. Parquet has no header: its first row is row 1.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import ibis
from ibis.util import gen_name
from sqlglot import exp

from alignment_metrics.charter.grammar import shown
from alignment_metrics.files.packed import PACKINGS, unpack
from alignment_metrics.files.sheets import WORKBOOKS, convert
from alignment_metrics.files.tables import copy_table
from alignment_metrics.files.text import Text, settle

ROW = "row"
PARQUET = (".parquet", ".pq")
_TEXT = (".csv", ".tsv", ".txt")
_KINDS = _TEXT + WORKBOOKS + PARQUET
_MOST_NAMES = 5
_BATCH = 10_000
# What the engine says of a text, and what to tell whoever exported it; `{line}` is where it stumbled.
_TROUBLES = (
    (r"Expected Number of Columns: (\d+) Found: (\d+)", "has {1} fields where the header has {0}; {again}"),
    (r"unterminated quote", "has a quote that is not closed, or text after a closed one; {again}"),
    (r"Invalid unicode|not utf-8", "is not UTF-8 text; save the file as CSV UTF-8"),
    (r"Maximum line size", "is longer than two million characters, as if a quote were never closed; {again}"),
    (r"invalid state", "ends unlike the lines before it; {again}"),
)
_AGAIN = "correct it, or export the file again"
_NO_ROOM = "there is no room to read it, in memory or in the folder for temporary files; make some and try again."


@dataclass(frozen=True, slots=True)
class Opened:
    """A file, ready to be asked for columns by its own headers.

    Headers are a stranger's words, so the engine never hears them: it knows columns by their places, ``c0``, ``c1``.

    Attributes
    ----------
    first_row : int
        What a spreadsheet calls the first row below the header.
    titles : int
        How many records stand above the header.
    footers : tuple of (int, str)
        What stands below the rows and is none of them: what a spreadsheet calls its row, and its text.
    how : str
        What the file is and how it was read, in a few words.
    lines : int
        How many lines of the file stand above what the engine reads.
    filled : bool
        Whether anything but blanks stands below the header of a text file.
    """

    headers: tuple[str, ...]
    view: ibis.Table
    is_text: bool
    first_row: int
    titles: int
    footers: tuple[tuple[int, str], ...]
    how: str
    lines: int = 0
    filled: bool = False

    def take(self, con: Any, name: str, columns: Mapping[str, str]) -> ibis.Table:
        """The named columns, and ``row``. A text file is read once, into a table; a Parquet file stays where it is."""
        chosen = {canonical: self.view[_place(self.headers.index(header))] for canonical, header in columns.items()}
        if not self.is_text:
            return self.view.select(**{ROW: self.view["file_row_number"] + self.first_row}, **chosen)
        try:
            table = written(con, name, self.view.select(**chosen))
        except duckdb.Error as error:
            raise ValueError(reason(error, parquet=False, lines=self.lines)) from None
        if self.filled and not int(table.limit(1).count().to_pyarrow().as_py()):
            raise ValueError("what stands below its header cannot be read as rows; save it again as CSV UTF-8.")
        return table.select((table.rowid() + self.first_row).name(ROW), *columns)

    def rows(self, con: Any, wanted: ibis.Table) -> Iterator[tuple[int, tuple[str, ...]]]:
        """The rows whose numbers are in the column ``row`` of ``wanted``, in order, with all their cells as text.

        A text file is read once more; what ``take`` numbers and what this numbers is the same.
        """
        before = ibis.row_number() if self.is_text else self.view["file_row_number"]
        numbered = self.view.mutate((before + self.first_row).cast("int64").name(ROW))
        cells = {place: numbered[place].cast("string").fill_null("") for place in map(_place, range(len(self.headers)))}
        found = numbered.semi_join(wanted, ROW).select(ROW, **cells).order_by(ROW)
        name = gen_name("rows")
        try:
            written(con, name, found)
        except duckdb.Error as error:
            raise ValueError(reason(error, parquet=not self.is_text, lines=self.lines)) from None
        # In batches that are each fetched whole: the engine may be asked something else in between.
        first = 0
        while batch := con.raw_sql(
            f"SELECT * FROM {name} WHERE rowid BETWEEN {first} AND {first + _BATCH - 1} ORDER BY rowid"
        ).fetchall():
            for row, *texts in batch:
                yield row, tuple(texts)
            first += _BATCH
        con.raw_sql(f"DROP TABLE {name}")


def open_file(
    con: Any,
    path: Path,
    name: str,
    *,
    names: Collection[str] = frozenset(),
    encoding: str | None = None,
    sheet: str | None = None,
    scratch: Path,
) -> Opened:
    """Open ``path``; ``ValueError`` says in words why it cannot be read.

    Parameters
    ----------
    name : str
        A name of ours for it, in the engine and in ``scratch``.
    names : collection of str
        Headers that would be known, as ``headers.plain`` writes them: the header is the line that has the most of them.
    encoding, sheet : str or None
        What the charter says of it.
    scratch : Path
        A folder of ours, where clean copies of files may lie as long as they are read.
    """
    given, unpacked, parquet = path, "", False
    try:
        _check(path)
        if packing := PACKINGS.get(path.suffix.lower()):
            path, unpacked = unpack(path, scratch / f"{name}_unpacked", _KINDS), f", unpacked from {packing}"
            if path.stat().st_size == 0:
                raise ValueError("the file is empty; export it again.")
        kind = path.suffix.lower()
        parquet = kind in PARQUET
        if parquet:
            return _open_parquet(con, path, name, f"Parquet{unpacked}")
        how = ""
        if kind in WORKBOOKS:
            whole = scratch / f"{name}_sheet.csv"
            how, path = f"sheet {shown(convert(path, sheet, whole))} of a workbook", whole
        told = {"delimiters": ","} if how else {"encoding": encoding}
        found = settle(path, scratch / f"{name}.csv", names=names, **told)
        # Only what this function wrote: the client's own file is `given`.
        if path not in (given, found.path):
            path.unlink()
        return _open_text(con, found, name, (how or found.how) + unpacked)
    except duckdb.Error as error:
        raise ValueError(reason(error, parquet=parquet)) from None
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise ValueError(_NO_ROOM) from None
        raise ValueError(f"the file cannot be opened: {error.strerror}; see that it can.") from None


def open_table(con: Any, backend: Any, table_name: str, name: str, scratch: Path) -> Opened:
    """Open a table of a database; ``ValueError`` says in words why it cannot be read.

    Parameters
    ----------
    backend : Ibis backend
        Where the table is.
    table_name : str
        ``contacts``, ``schema.contacts`` or ``catalog.schema.contacts``.
    name, scratch
        As for ``open_file``. The rows are copied there once; the database is not asked again.
    """
    path = scratch / f"{name}.parquet"
    how = copy_table(backend, table_name, path)
    try:
        return _open_parquet(con, path, name, how)
    except duckdb.Error as error:
        raise ValueError(reason(error, parquet=True)) from None


def view(con: Any, name: str, table: ibis.Table) -> ibis.Table:
    """The same rows under a name: what is asked of them costs no more, and is much shorter to write."""
    con.raw_sql(f"CREATE VIEW {name} AS {con.compile(table)}")
    return con.table(name)


def written(con: Any, name: str, table: ibis.Table) -> ibis.Table:
    """The same rows, worked out once. A temporary table is not packed, and goes to disk only where memory ends."""
    con.raw_sql(f"CREATE TEMPORARY TABLE {name} AS {con.compile(table)}")
    return con.table(name)


def reason(error: Exception, *, parquet: bool, lines: int = 0) -> str:
    """What the engine says is wrong with a file, in words of ours where its own are known.

    ``lines`` of the file stand above what the engine reads.
    """
    said = str(error)
    line = re.search(r"CSV Error on Line: (\d+)", said)
    for pattern, words in _TROUBLES:
        if found := re.search(pattern, said, re.IGNORECASE):
            where = f"line {int(line[1]) + lines}" if line else "a line"
            said = words.format(*found.groups(), again=_AGAIN)
            return f"{where} {said.replace(' 1 fields', ' 1 field')}."
    if isinstance(error, duckdb.OutOfMemoryException) or "No space left" in said:
        return _NO_ROOM
    if parquet:
        return "the file is not Parquet, or is damaged; export it again."
    first = next(iter(said.strip().splitlines()), type(error).__name__)
    return f"the file cannot be read ({shown(first)}); export it again."


def _check(path: Path) -> None:
    if path.is_dir():
        raise ValueError("it is a folder; name the file in it.")
    if not path.is_file():
        there = sorted(one.name for one in path.parent.glob("*") if is_read(one))
        named = ", ".join(shown(name) for name in there[:_MOST_NAMES]) or "no export"
        more = f" and {len(there) - _MOST_NAMES} more" if len(there) > _MOST_NAMES else ""
        raise ValueError(f"the file is not there; the folder has {named}{more}. Name one that it has.")
    if not is_read(path):
        ending = shown("".join(path.suffixes[-2:] if path.suffix.lower() in PACKINGS else path.suffixes[-1:]))
        raise ValueError(
            f"files ending in {ending} are not read, but {_some(_KINDS, 'and')} are, also packed as "
            f"{_some([one for one in PACKINGS if one != '.zip'], 'or')} after that, or one of them in a .zip."
        )
    if path.stat().st_size == 0:
        raise ValueError("the file is empty; export it again.")


def is_read(path: Path) -> bool:
    kind = path.suffix.lower()
    return kind in (*_KINDS, ".zip") or (kind in PACKINGS and path.with_suffix("").suffix.lower() in _KINDS)


def _some(names: Sequence[str], last: str) -> str:
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def _open_parquet(con: Any, path: Path, name: str, how: str) -> Opened:
    literal = _literal(path)
    # The engine renames columns that differ only in case; their own names stand in the file's schema.
    schema = con.raw_sql(f"SELECT name, num_children FROM parquet_schema({literal})").fetchall()
    headers = _top_level(schema)
    places = ", ".join((*(_place(number) for number in range(len(headers))), "file_row_number"))
    source = f"SELECT * FROM read_parquet({literal}, file_row_number = true)"
    con.raw_sql(f"CREATE VIEW {name}_file ({places}) AS {source}")
    return Opened(headers, con.table(f"{name}_file"), False, 1, 0, (), how)


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


def _open_text(con: Any, text: Text, name: str, how: str) -> Opened:
    table = con.read_csv(
        _pattern(text.path),
        table_name=f"{name}_file",
        columns={_place(number): "VARCHAR" for number in range(len(text.headers))},
        delim=text.delimiter,
        quote='"',
        escape='"',
        header=True,
        auto_detect=False,
    )
    first_row = text.above + 2
    below = first_row
    if text.footers:
        try:
            below += int(table.count().to_pyarrow().as_py())
        except duckdb.Error as error:
            raise ValueError(reason(error, parquet=False, lines=text.lines)) from None
    footers = tuple((below + offset, told) for offset, told in text.footers)
    return Opened(text.headers, table, True, first_row, text.titles, footers, how, text.lines, text.filled)


def _place(number: int) -> str:
    return f"c{number}"


def _literal(path: Path) -> str:
    return exp.Literal.string(_pattern(path)).sql("duckdb")


def _pattern(path: Path) -> str:
    """The path as the engine takes it: a name such as ``leads[1].csv`` is a name, not a pattern."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path.resolve()))
