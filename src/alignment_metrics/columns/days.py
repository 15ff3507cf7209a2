"""Turns the cells of a column of times into instants, and instants into the days of the organisation."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import ibis

from alignment_metrics.charter import Export
from alignment_metrics.clock import end_of_day, local_day, odd_hours, to_utc
from alignment_metrics.columns import names
from alignment_metrics.columns.names import at, part

# Nobody kept leads in a CRM before: such a date was written by a program that had none.
FIRST_PLAUSIBLE = dt.date(1990, 1, 1)


def plausible_from(since: dt.date | None) -> dt.date:
    """The first day that a date may tell; earlier where the charter says that its leads go back ``since`` then."""
    return FIRST_PLAUSIBLE if since is None else min(since, FIRST_PLAUSIBLE)


def before(first: dt.date) -> str:
    """In words, as part of a sentence."""
    return f"before {first.year}" if (first.month, first.day) == (1, 1) else f"before {first.isoformat()}"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A column of times, cell by cell: what the clock ``wall`` shows, the instant ``zoned``, or only the day ``told``.

    Each is None where no cell is written so. None is before ``since``, and none after ``as_of`` where ``may_be_late``
    is not set.

    Parameters
    ----------
    filled : expression or None
        Whether a cell holds anything; None where the file itself has dates.
    implausible : expression or None
        Whether a cell holds a date from before leads were kept, which is not told; None where no cell does.
    first : date
        Dates before are implausible.
    words, zero : expression or None
        Of a file of text, what stands in a cell, and whether that is the zeroth day of a month.
    clock : str
        The zone of ``wall``.
    skipped, repeated : bool
        Whether any cell lies in an hour that this clock never showed, or showed twice.
    how : str
        How the column was read, in words.
    """

    wall: Any | None = None
    zoned: Any | None = None
    told: Any | None = None
    filled: Any | None = None
    implausible: Any | None = None
    words: Any | None = None
    zero: Any | None = None
    since: dt.date = FIRST_PLAUSIBLE
    first: dt.date = FIRST_PLAUSIBLE
    may_be_late: bool = True
    clock: str = "UTC"
    skipped: bool = False
    repeated: bool = False
    how: str = ""

    @property
    def cells(self) -> dict[str, Any]:
        """The cells by how they are written."""
        found = {"wall": self.wall, "zoned": self.zoned, "told": self.told}
        return {kind: cell for kind, cell in found.items() if cell is not None}

    def parts(self, stage: str, condition: Any | None) -> dict[str, Any]:
        """The cells as columns, those that meet the condition; the first step of three."""
        found = {**self.cells, "filled": self.filled, "implausible": self.implausible}
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
        days, late, known = [], [], []
        if at(stage) in table.columns:
            instant = table[at(stage)]
            days.append(local_day(instant, zone, since=self.since, until=until))
            late.append(instant >= end_of_day(until, zone))
            known.append(instant)
        if self.told is not None:
            told = table[part(stage, "told")]
            days.append((told <= until).ifelse(told, ibis.null("date")))
            late.append(told > until)
            known.append(told)
        # A column that mixes days and times is known by the day only; the times it has stay as they are.
        found = {stage: ibis.coalesce(*days) if days else ibis.null("date")}
        if self.may_be_late and late:
            found[names.late(stage)] = (
                late[0] if self.filled is None else ibis.or_(*(one.fill_null(False) for one in late))
            )
        filled = None if self.filled is None else table[part(stage, "filled")]
        unknown = ibis.and_(*(one.isnull() for one in known))
        if self.implausible is not None:
            found[names.implausible(stage)] = table[part(stage, "implausible")]
            unknown &= ~table[part(stage, "implausible")]
        found[names.blank(stage)] = unknown if filled is None else ~filled
        if filled is not None:
            found[names.unreadable(stage)] = filled & unknown
        if self.skipped or self.repeated:
            odd = odd_hours(table[part(stage, "wall")], self.clock, since=self.since, until=until)
            told_of = {names.skipped_hour(stage): self.skipped, names.repeated_hour(stage): self.repeated}
            found |= {
                name: met.fill_null(False) for (name, any_), met in zip(told_of.items(), odd, strict=True) if any_
            }
        return found
