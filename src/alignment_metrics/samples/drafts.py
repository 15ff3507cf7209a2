"""The files of a sample in memory, to be tampered with cell by cell, and written again in whatever form is asked for.

Only files that a person could have exported by hand pass through here; a large sample never does.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from alignment_metrics.samples import plan
from alignment_metrics.samples.vendors import text

Row = dict[str, str]

_DAY = "%Y-%m-%d"
_FORMS = {
    "minute": "%Y-%m-%d %H:%M",
    "second": "%Y-%m-%d %H:%M:%S",
    "seconds_z": "%Y-%m-%dT%H:%M:%SZ",
    "zulu": "%Y-%m-%dT%H:%M:%S.000Z",
    "offset": "%Y-%m-%dT%H:%M:%S.000+0000",
    "iso": "%Y-%m-%dT%H:%M:%S%z",
    "paris": "%d/%m/%Y %H:%M",
    "clock": "%m/%d/%Y %I:%M %p",
}
_LAST_DAY = dt.date.fromisoformat(plan.AS_OF)
_STAMPS = ("lead", "mql", "sal", "sql", "opportunity", "won", "disqualified", "lost", "closed_on")
_NOT_SO = ("", "0", "false", "Open")


class Sheet:
    """One CSV file.

    Parameters
    ----------
    path : Path
        Where it lies.
    roles : mapping of str to str
        What its columns are to the traps: role and header.

    Attributes
    ----------
    rows : list of dict
        The cells below the header, by header.
    tail : list of list
        Lines below the rows, with fewer fields.
    titles : list of list
        Lines above the header; none as read.
    delimiter, encoding : str
        How it is going to be written.
    """

    def __init__(self, path: Path, roles: Mapping[str, str]) -> None:
        self.path = path
        self.roles = {role: header for role, header in roles.items() if role != "form"}
        self.form = roles["form"]
        whole = path.read_text("utf-8")
        self.quoting: Any = csv.QUOTE_ALL if whole.startswith('"') else csv.QUOTE_MINIMAL
        self.header, *lines = csv.reader(whole.splitlines())
        self.rows: list[Row] = [dict(zip(self.header, line, strict=True)) for line in lines if len(line) > 1]
        self.tail = [line for line in lines if len(line) == 1]
        self.titles: list[list[str]] = []
        self.delimiter = ","
        self.encoding = "utf-8"
        self._free = list(self._clean()) if "id" in self.roles else []

    def get(self, row: Row, role: str) -> str:
        """A cell; empty where the file has no such column."""
        return row.get(self.roles.get(role, ""), "")

    def put(self, row: Row, role: str, cell: str) -> None:
        """Write a cell; its column is added where the file has not got it yet."""
        header = self.roles[role]
        if header not in self.header:
            self.header.append(header)
        row[header] = cell

    def has(self, row: Row, role: str) -> bool:
        """Whether a cell tells something, and not the contrary."""
        return self.get(row, role) not in _NOT_SO

    def read(self, cell: str) -> dt.datetime | None:
        """The time in a cell, on the clock that it is written by."""
        for form in (_FORMS[self.form], _DAY, "%d/%m/%Y"):
            try:
                return dt.datetime.strptime(cell, form)
            except ValueError:
                continue
        return None

    def time(self, row: Row, role: str) -> dt.datetime:
        """The time that a cell is known to hold."""
        found = self.read(self.get(row, role))
        assert found is not None, f"{self.path.name}: {role} of {row} holds no time"
        return found

    def put_time(self, row: Row, role: str, moment: dt.datetime) -> None:
        """Write a time as the file writes its times."""
        cell = moment.strftime(_FORMS[self.form])
        if self.form == "iso":
            cell = moment.isoformat()
        if self.form == "clock":
            cell = re.sub(r"(^|[/ ])0", r"\1", cell)
        self.put(row, role, cell)

    def take(self, most: int, test: Callable[[Row], bool]) -> list[Row]:
        """The first rows that pass the test, have nothing odd about them, and were not taken before."""
        found: list[Row] = []
        left: list[Row] = []
        for row in self._free:
            (found if len(found) < most and test(row) else left).append(row)
        self._free = left
        return found

    def bare(self, row: Row) -> bool:
        """Whether it tells of a creation and nothing else, so that nothing hangs on it."""
        return not any(self.has(row, role) for role in (*_STAMPS[1:], "link"))

    def write(self) -> None:
        """Write it over what was there."""
        with self.path.open("w", encoding=self.encoding, newline="") as file:
            writer = csv.writer(file, delimiter=self.delimiter, quoting=self.quoting, lineterminator="\n")
            writer.writerows([*self.titles, self.header])
            writer.writerows([row.get(header, "") for header in self.header] for row in self.rows)
            writer.writerows(self.tail)

    def _clean(self) -> Iterator[Row]:
        times = Counter(self.get(row, "id") for row in self.rows)
        unlisted = [origin.label for origin in plan.ORIGINS if not origin.percent]
        for row in self.rows:
            cells = {role: self.get(row, role) for role in _STAMPS if role in self.roles}
            stamps = {role: self.read(cell) for role, cell in cells.items() if cell}
            odd = (
                times[self.get(row, "id")] > 1
                or ("source" in self.roles and (self.get(row, "source") or None) in unlisted)
                or not all(stamp and stamp.date() <= _LAST_DAY for stamp in stamps.values())
                or ("lead" in self.roles and "lead" not in stamps)
                or ("sql" in self.roles and "sql" not in stamps and ("opportunity" in stamps or self.has(row, "link")))
            )
            if not odd:
                yield row


class Draft:
    """The files of one sample that is being written."""

    def __init__(self, folder: Path, layout: str) -> None:
        self.sheets = {file: Sheet(folder / file, known) for file, known in roles(layout).items()}

    @property
    def main(self) -> Sheet:
        """The file that has the leads, or whatever the layout has in their place."""
        return next(iter(self.sheets.values()))

    def sheet(self, needs: tuple[str, ...]) -> Sheet:
        """The first file that has these roles."""
        return next(one for one in self.sheets.values() if one.roles.keys() >= set(needs))

    def write(self) -> None:
        for sheet in self.sheets.values():
            sheet.write()


def roles(layout: str) -> dict[str, dict[str, str]]:
    """What the columns of each file of a layout are to the traps; empty where it has none."""
    found: dict[str, dict[str, str]] = tomllib.loads(text("roles.toml")).get(layout, {})
    return found
