"""How many seconds, minutes or hours leads waited until somebody first tried to reach them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from alignment_metrics.charter import Charter, Funnel
from alignment_metrics.crm import answer
from alignment_metrics.measures.reaching import Reach
from alignment_metrics.values import Counts, Moments

HOUR, DAY = 3600, 86400
_THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class Answered:
    """Of the leads that entered ``start``, how many somebody first tried to reach in a span of hours after that.

    Parameters
    ----------
    start : str
        The first stage, or one that a goal of the charter names in hours.
    after_hours, within_hours : float
        More than the one, at most the other; 0 is from the first second on, and left out is to the end of
        ``within_days``. Hours are those of a wall clock: nights and Sundays count.
    within_days : int
        Only leads that entered ``start`` at least so many days before the end of ``as_of`` count, among them those
        that were never answered.

    Raises
    ------
    ValueError
        If the hours are no span within these days.

    Notes
    -----
    Leads of which it is not known to the second when they entered ``start``, or when they were first answered, do not
    count.

    Examples
    --------
    >>> Answered("lead", within_hours=1)
    Answered(start='lead', after_hours=0, within_hours=1, within_days=30)
    """

    start: str
    after_hours: float = 0
    within_hours: float | None = None
    within_days: int = 30

    def __post_init__(self) -> None:
        object.__setattr__(self, "within_days", self._reach.within_days)
        until = 24 * self.within_days if self.within_hours is None else self.within_hours
        if not 0 <= self.after_hours < until <= 24 * self.within_days:
            raise ValueError(
                f"answers are counted in a span of hours within within_days; got more than {self.after_hours:g} hours "
                f"and at most {until:g}, within {self.within_days} days."
            )

    @property
    def _reach(self) -> Reach:
        return Reach(self.start, self.start, within_days=self.within_days)

    def check(self, funnel: Funnel) -> None:
        """Raise ``ValueError`` where the funnel has no such stage."""
        self._reach.check(funnel)

    def among(self, journeys: ibis.Table, charter: Charter) -> Any:
        """Leads that entered ``start`` long enough ago, and whose wait is known to the second."""
        return self._reach.among(journeys, charter) & _waited(journeys, self.start).notnull()

    def rows(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """One row a cell."""
        return {}

    def sums(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """``hits`` and ``total``."""
        waited = _waited(leads, self.start)
        after = _seconds(self.after_hours) + 1 if self.after_hours else 0
        until = self.within_days * DAY if self.within_hours is None else _seconds(self.within_hours)
        return {"hits": ((waited >= after) & (waited <= until)).ifelse(1, None).count(), "total": leads.count()}

    def read(self, columns: Mapping[str, Sequence[int]], charter: Charter) -> Counts:
        """Hits of total."""
        return Counts(sum(columns["hits"]), sum(columns["total"]))


@dataclass(frozen=True, slots=True)
class AnswerTime:
    """The hours until somebody first tried to reach a lead, of those that were answered within ``within_days``.

    Parameters
    ----------
    start, within_days
        As of ``Answered``.

    Examples
    --------
    >>> AnswerTime("lead").within_days
    30
    """

    start: str
    within_days: int = 30

    @property
    def _answered(self) -> Answered:
        return Answered(self.start, within_days=self.within_days)

    def check(self, funnel: Funnel) -> None:
        """Raise ``ValueError`` where the funnel has no such stage."""
        self._answered.check(funnel)

    def among(self, journeys: ibis.Table, charter: Charter) -> Any:
        """The leads that ``Answered`` counts as hits."""
        waited = _waited(journeys, self.start)
        return self._answered.among(journeys, charter) & (waited >= 0) & (waited <= self.within_days * DAY)

    def rows(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """One row a cell."""
        return {}

    def sums(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """``n``, ``seconds``, and squares of the seconds in three parts, for whole they would not fit."""
        waited = _waited(leads, self.start)
        high, low = waited // _THOUSAND, waited % _THOUSAND
        parts = {"seconds": waited, "high": high * high, "both": high * low, "low": low * low}
        return {"n": leads.count(), **{name: part.sum().fill_null(0) for name, part in parts.items()}}

    def read(self, columns: Mapping[str, Sequence[int]], charter: Charter) -> Moments:
        """Number, sum and sum of squares, in hours."""
        n, seconds, high, both, low = (sum(columns[name]) for name in ("n", "seconds", "high", "both", "low"))
        squares = high * _THOUSAND**2 + 2 * both * _THOUSAND + low
        return Moments(n, seconds / HOUR, squares / HOUR**2)


def _seconds(hours: float) -> int:
    """Whole seconds, whatever the last bit of the hours says."""
    return math.floor(round(hours * HOUR, 6))


def _waited(leads: ibis.Table, start: str) -> Any:
    if answer(start) not in leads.columns:
        raise ValueError(f"the hours from {start} to the first attempt are not known; the folder needs touches.csv.")
    return leads[answer(start)]
