"""What happened to every row of every file. Nothing is lost: read = kept + set aside, checked at birth."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

# What a terminal shows without breaking lines of its own; and the most of a header.
WIDTH = 120
_LONGEST = 60
_INDENT = "  "


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of trouble in one column, with its rows counted.

    Parameters
    ----------
    code : str
        Stable, e.g. ``"duplicate_id"``.
    column : str or None
        Header as the file has it.
    rows : int
        Rows it touches.
    examples : tuple of int
        The first rows, numbered as a spreadsheet numbers them (the header of a CSV file is row 1).
    message : str
        What is wrong and what was done about it.
    set_aside : bool
        Whether those rows were set aside because of it.
    """

    code: str
    column: str | None
    rows: int
    examples: tuple[int, ...]
    message: str
    set_aside: bool


@dataclass(frozen=True, slots=True)
class Column:
    """How one column of a file was understood.

    Parameters
    ----------
    header : str
        As the file has it.
    name : str or None
        What it is: a canonical name, a stage, a column of the charter; None where it was not read.
    read_as : str
        How its cells were read, in words, e.g. ``"days and times in UTC, such as '2026-01-05 09:14'"``.
    """

    header: str
    name: str | None
    read_as: str


@dataclass(frozen=True, slots=True)
class FileQuality:
    """The account of one export file; ``rows_read == rows_kept + rows_set_aside``, always.

    ``form`` tells what kind of file it is and how it was opened; ``because`` why it was taken for its layout.
    """

    path: str
    layout: str
    rows_read: int
    rows_kept: int
    problems: tuple[Problem, ...] = ()
    form: str = ""
    because: str = ""
    columns: tuple[Column, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.rows_kept <= self.rows_read:
            raise ValueError(f"{self.path}: kept {self.rows_kept} of {self.rows_read} rows.")

    @property
    def rows_set_aside(self) -> int:
        return self.rows_read - self.rows_kept

    @property
    def told(self) -> str:
        """How many rows were read, kept and set aside, in words."""
        rows = f"{self.rows_read:,} row{'s' * (self.rows_read != 1)} read"
        return f"{rows}, {self.rows_kept:,} kept, {self.rows_set_aside:,} set aside"

    @property
    def not_read(self) -> tuple[str, ...]:
        """The headers of the columns that were not read."""
        return tuple(column.header for column in self.columns if column.name is None)

    @property
    def ordered(self) -> tuple[Problem, ...]:
        """The problems: those that set rows aside first."""
        return tuple(sorted(self.problems, key=lambda problem: not problem.set_aside))

    @property
    def page(self) -> str:
        """All there is to say of the file: how it was opened, what each column was taken for, and every problem."""
        head = [("opened", self.form), ("layout", self.because)]
        read = [(plain(one.header, 44), plain(one.name or "", 24), one.read_as) for one in self.columns if one.name]
        left = _wrapped(f"not read: {some(self.not_read)}", hang=len("not read: ")) if self.not_read else []
        parts = [_beside([row for row in head if row[1]]), _beside(read) + left, self._problems()]
        return "\n\n".join([self._head, *("\n".join(part) for part in parts if part)]).replace("\n\n", "\n", 1)

    def __str__(self) -> str:
        return "\n".join([self._head, *self._problems()])

    @property
    def _head(self) -> str:
        return f"{plain(self.path, 1000)} ({self.layout}): {self.told}."

    def _problems(self) -> list[str]:
        told = [line for one in self.ordered for line in _wrapped(f"{one.code}: {one.message}", hang=2)]
        return told or ["  nothing to report."]


@dataclass(frozen=True, slots=True)
class Quality:
    """The account of a whole export."""

    files: tuple[FileQuality, ...]

    @property
    def page(self) -> str:
        """All there is to say of the export."""
        return "\n\n".join(file.page for file in self.files)

    def __str__(self) -> str:
        return "\n".join(str(file) for file in self.files)


def plain(header: str, most: int = _LONGEST) -> str:
    """A stranger's words as a line may show them: without what a terminal would obey, and cut short.

    Examples
    --------
    >>> plain("Create Date"), plain("a\\x1b[31m"), plain("Date entered this stage", most=12)
    ('Create Date', 'a\\\\x1b[31m', 'Date entere…')
    """
    told = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in header[: most + 1])
    return told if len(told) <= most else told[: most - 1] + "…"


def some(headers: Sequence[str], most: int = 20) -> str:
    """The first of many headers, and how many more there are."""
    more = f" and {len(headers) - most} more" if len(headers) > most else ""
    return ", ".join(plain(header) for header in headers[:most]) + more


def _beside(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows of cells, each column as wide as its widest cell; the last is wrapped below itself."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]) - 1)] if rows else []
    lines = []
    for *cells, last in rows:
        head = "".join(f"{cell:<{width}}  " for cell, width in zip(cells, widths, strict=True))
        lines += _wrapped(head + last, hang=len(head))
    return lines


def _wrapped(text: str, *, hang: int) -> list[str]:
    hanging = _INDENT + " " * hang
    return textwrap.wrap(text, WIDTH, initial_indent=_INDENT, subsequent_indent=hanging, break_on_hyphens=False)
