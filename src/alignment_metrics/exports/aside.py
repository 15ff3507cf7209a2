"""Writes the rows that were set aside to files of their own, each with its reason, and its values as they were.

Nothing in such a file can act: what a spreadsheet would run has an apostrophe in front, and nothing else is changed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import ibis

from alignment_metrics.cells import text
from alignment_metrics.files import ROW, Opened

FOOTER = "footer_row"
_OURS = (ROW, "reason", "why")
_LONGEST_NAME = 100


def file_names(files: Sequence[str]) -> dict[str, str]:
    """What the rows set aside of each file are written to: a plain name, different for each.

    Examples
    --------
    >>> file_names(["leads.csv", "2025/leads.csv", "../leads.xlsx", "2025-leads.csv"])
    {'leads.csv': 'set-aside-leads.csv', '2025/leads.csv': 'set-aside-2025-leads.csv',
     '../leads.xlsx': 'set-aside-leads.xlsx.csv', '2025-leads.csv': 'set-aside-2025-leads-2.csv'}
    """
    names: dict[str, str] = {}
    for file in files:
        stem = re.sub(r"[^\w.]+", "-", re.sub(r"\.csv$", "", file, flags=re.IGNORECASE)).strip(".-")[:_LONGEST_NAME]
        # Some disks do not tell names apart that differ by case alone.
        taken = {name.casefold() for name in names.values()}
        tries = (f"set-aside-{stem}{f'-{at}' if at > 1 else ''}.csv" for at in range(1, len(files) + 2))
        names[file] = next(name for name in tries if name.casefold() not in taken)
    return names


def write(con: Any, opened: Opened, rows: ibis.Table, messages: Mapping[str, str], target: Path) -> int:
    """Write rows of a file, with the reason for each, to ``target``.

    Parameters
    ----------
    con : Ibis backend
        Where the file was opened.
    opened : Opened
        The file.
    rows : ibis.Table
        ``row``, the number of a row, and ``code``, a reason it was set aside for.
    messages : mapping of str to str
        What each code means, in words.
    target : Path
        A CSV file in UTF-8 with a byte-order mark: without one Excel reads the code page of its machine. Where there is
        nothing to write it is not made.

    Returns
    -------
    int
        How many rows were written, footers of the file among them.

    Raises
    ------
    ValueError
        The file is not the one that was read.
    """
    told = rows.group_by(ROW).agg(code=rows["code"].min()).order_by(ROW).to_pyarrow()
    if not told.num_rows and not opened.footers:
        return 0
    reasons = ((row, code) for one in told.to_batches() for row, code in zip(*map(_values, one.columns), strict=True))
    found = opened.rows(con, rows.select(ROW)) if told.num_rows else iter(())
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        # Spreadsheets and their quoting rules (RFC 4180) know one line end.
        lines = csv.writer(file, lineterminator="\r\n")
        lines.writerow([*_OURS, *map(text, opened.headers)])
        for reason, cells in _together(reasons, found):
            lines.writerow([*reason, text(messages[reason[1]]), *map(text, cells)])
        for row, words in opened.footers:
            why = messages.get(FOOTER, "It stands below the rows and is none of them.")
            lines.writerow([row, FOOTER, text(why), text(words), *[""] * (len(opened.headers) - 1)])
    return int(told.num_rows) + len(opened.footers)


def _values(column: Any) -> list[Any]:
    found: list[Any] = column.to_pylist()
    return found


def _together(
    reasons: Iterator[tuple[int, str]], found: Iterator[tuple[int, tuple[str, ...]]]
) -> Iterator[tuple[tuple[int, str], tuple[str, ...]]]:
    """Each reason with the cells of its row; a file that was written to meanwhile has other rows."""
    for reason, row in zip_longest(reasons, found):
        if reason is None or row is None or reason[0] != row[0]:
            raise ValueError("the file was changed while it was read; leave it alone until it is read, and try again.")
        yield reason, row[1]
