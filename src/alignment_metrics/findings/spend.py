"""Which months and sources what was spent is known of: money that was not counted must not make any of them cheap."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from alignment_metrics.crm import UNKNOWN, Crm
from alignment_metrics.findings.whole import Whole
from alignment_metrics.periods import MONTH, last_day
from alignment_metrics.quality import plain
from alignment_metrics.tallies import Tally, spending
from alignment_metrics.values import Counts

# What is missing where more than this share of the rows is lost may be all that was spent on some source.
MOST_LOST = 0.02
# Of the rows set aside, those that told of money: no totals, no headers, nothing after the last day. What nobody could
# read, and what nobody added up since it is of another currency, is spent all the same.
_UNREAD = ("missing_month", "unreadable_month", "implausible_month", "unreadable_amount", "missing_amount")
_FOREIGN = "other_currency"


@dataclass(frozen=True, slots=True)
class Lost:
    """How many of the rows that told of money could not be counted, ``unread`` or ``foreign``, and those that were."""

    file: str
    unread: int
    foreign: int
    kept: int

    @classmethod
    def of(cls, crm: Crm) -> Lost:
        """Of the list of spending; nothing is lost where there is none."""
        for file in crm.quality.files:
            if file.layout == "spend":
                rows = dict.fromkeys((*_UNREAD, _FOREIGN), 0)
                for one in file.problems:
                    if one.set_aside and one.code in rows:
                        rows[one.code] += one.rows
                foreign = rows.pop(_FOREIGN)
                return cls(plain(file.path), sum(rows.values()), foreign, file.rows_kept)
        return cls("", 0, 0, 0)

    @property
    def refusal(self) -> str:
        """Why nothing can be said of costs; empty where it can."""
        lost = self.unread + self.foreign
        if lost <= MOST_LOST * (lost + self.kept):
            return ""
        return f'{self._told}, so what was spent is not known; see "What was read".'

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said beside a cost."""
        if not self.unread + self.foreign:
            return ()
        return (f'{self._told}; what was spent is that much more than is counted here. See "What was read".',)

    @property
    def _told(self) -> str:
        rows = f"of {self.unread + self.foreign + self.kept:,} rows of {self.file}"
        parts = [f"{self.unread:,} {rows} could not be read"] if self.unread else []
        if self.foreign:
            count = f"{self.foreign:,}{'' if parts else f' {rows}'}"
            parts.append(f"{count} {'is' if self.foreign == 1 else 'are'} in another currency")
        return " and ".join(parts)


@dataclass(frozen=True, slots=True)
class Told:
    """What was spent on each direction and source in each month whose leads have all had their window.

    ``months`` run from the first to the last that both money and leads are told of. A source of which no spending is
    told in them stands in ``untold`` and in no cost: what it took is not known, and certainly not nothing.
    """

    months: tuple[str, ...]
    money: dict[tuple[str, str, str], float]
    untold: frozenset[tuple[str, str]]
    nowhere: float
    sql: tuple[str, ...]

    @classmethod
    def of(cls, whole: Whole) -> Told:
        """Not to be asked where the folder has no list of spending."""
        found = spending(whole.crm, by=("direction", "source", MONTH))
        money = {(cell[0], cell[1], cell[2]): one.sum for cell, one in found.cells}
        came = {cell for cell, _ in whole.months.cells}
        months = _months({cell[2] for cell in money}, {cell[2] for cell in came}, whole)
        listed = {cell[:2] for cell in money if cell[2] in months}
        there = {(cell[0], cell[1]) for cell in came if cell[2] in months}
        nowhere = sum(amount for cell, amount in money.items() if cell[2] in months and cell[0] == UNKNOWN)
        return cls(months, money, frozenset(there - listed), nowhere, (found.sql, whole.months.sql))


def without_untold(whole: Whole, told: Told) -> Tally[Counts]:
    """The leads of the sources that spending is told of."""
    found = whole.months
    return replace(found, cells=tuple(cell for cell in found.cells if cell[0][:2] not in told.untold))


def _months(spent: set[str], came: set[str], whole: Whole) -> tuple[str, ...]:
    organisation, window = whole.charter.organisation, dt.timedelta(days=whole.charter.policy.within_days)
    if not (spent and came):
        return ()
    first, last = max(min(spent), min(came)), min(max(spent), max(came))
    since = max(filter(None, (organisation.since, organisation.history_from)), default=dt.date.min)
    return tuple(
        month
        for month in sorted(spent | came)
        if first <= month <= last
        and last_day(month) + window <= organisation.as_of
        and last_day(month).replace(day=1) >= since
    )
