"""How many leads got from one stage to another, and what those were worth."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from alignment_metrics.charter import Charter, Funnel
from alignment_metrics.values import Counts, Moments

MILLION, TRILLION = 10**6, 10**12


@dataclass(frozen=True, slots=True)
class Reach:
    """Of the leads that entered ``start``, how many entered ``stop``.

    Parameters
    ----------
    start, stop : str
        Stages or exits of the funnel.
    within_days : int, optional
        Only leads that entered ``start`` at least so many days before the end of ``as_of`` count in ``total``: the
        others have not had their chance. Of them, those that entered ``stop`` on the same day or up to ``within_days``
        days later count in ``hits``. Left out, every lead counts and ``stop`` may come at any time up to ``as_of``:
        the naive rate, which is too low as long as young leads are among them.

    Raises
    ------
    ValueError
        If ``within_days`` is no whole number of days, or is negative.

    Notes
    -----
    Days are calendar days in the organisation's time zone. Two entries on one day count as in order, whatever the
    hour: many exports know only the day, and the same leads must give the same answer with and without the hour.

    Examples
    --------
    >>> Reach("lead", "won", within_days=90)
    Reach(start='lead', stop='won', within_days=90)
    """

    start: str
    stop: str
    within_days: int | None = None

    def __post_init__(self) -> None:
        if self.within_days is not None:
            object.__setattr__(self, "within_days", _days(self.within_days))

    def check(self, funnel: Funnel) -> None:
        """Raise ``ValueError`` where the funnel has no such stage."""
        for stage in (self.start, self.stop):
            if stage not in funnel.places:
                raise ValueError(f"unknown stage {stage!r}; this funnel has {', '.join(funnel.places)}.")

    def among(self, journeys: ibis.Table, charter: Charter) -> Any:
        """Leads that entered ``start`` long enough ago, and since the export tells all that happened."""
        # Nobody entered before the first day there is, however long the window.
        organisation = charter.organisation
        days = min(self.within_days or 0, (organisation.as_of - dt.date.min).days)
        matured = journeys[self.start] <= organisation.as_of - dt.timedelta(days=days)
        since = organisation.history_from
        return matured if since is None else matured & (journeys[self.start] >= since)

    def rows(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """One row a cell."""
        return {}

    def sums(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """``hits`` and ``total``."""
        # Counting what is not NULL takes half the time of adding up ones and zeros, and no leads are 0, not NULL.
        return {"hits": self.hit(leads, charter).ifelse(1, None).count(), "total": leads.count()}

    def hit(self, leads: ibis.Table, charter: Charter) -> Any:
        """The condition for one of these leads to be a hit."""
        start, stop = leads[self.start], leads[self.stop]
        waited = stop.delta(start, unit="day")
        in_time = stop <= charter.organisation.as_of if self.within_days is None else waited <= self.within_days
        return (waited >= 0) & in_time

    def read(self, columns: Mapping[str, Sequence[int]], charter: Charter) -> Counts:
        """Hits of total."""
        return Counts(sum(columns["hits"]), sum(columns["total"]))


@dataclass(frozen=True, slots=True)
class Worth:
    """The amounts of the leads that ``reach`` counts as hits, as far as they are known.

    Parameters
    ----------
    reach : Reach

    Notes
    -----
    Amounts are added up in whole cents, so that the order of the leads cannot show; one of a trillion or more is taken
    for a slip of the pen and left out.

    Examples
    --------
    >>> Worth(Reach("lead", "won", within_days=90)).start
    'lead'
    """

    reach: Reach

    @property
    def start(self) -> str:
        """The first stage of ``reach``."""
        return self.reach.start

    def check(self, funnel: Funnel) -> None:
        """Raise ``ValueError`` where the funnel has no such stage."""
        self.reach.check(funnel)

    def among(self, journeys: ibis.Table, charter: Charter) -> Any:
        """The leads that ``reach`` counts."""
        return self.reach.among(journeys, charter)

    def rows(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """One row a cell."""
        return {}

    def sums(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """``n``, ``cents``, and squares of the cents in three parts, for whole they would not fit."""
        known = self.reach.hit(leads, charter) & (leads["amount"].abs() < TRILLION)
        cents = known.ifelse((leads["amount"] * 100).round().cast("int64"), None)
        high, low = cents.abs() // MILLION, cents.abs() % MILLION
        parts = {"cents": cents, "high": high * high, "both": high * low, "low": low * low}
        return {"n": cents.count(), **{name: part.sum().fill_null(0) for name, part in parts.items()}}

    def read(self, columns: Mapping[str, Sequence[int]], charter: Charter) -> Moments:
        """Number, sum and sum of squares, in the organisation's currency."""
        n, cents, high, both, low = (sum(columns[name]) for name in ("n", "cents", "high", "both", "low"))
        return Moments(n, cents / 100, (high * MILLION**2 + 2 * both * MILLION + low) / 10_000)


def _days(within_days: Any) -> int:
    try:
        whole = operator.index(within_days)
    except TypeError:
        whole = -1
    if isinstance(within_days, bool) or whole < 0:
        raise ValueError(f"within_days must be a whole number of days, 0 or more; got {within_days!r}.")
    return whole
