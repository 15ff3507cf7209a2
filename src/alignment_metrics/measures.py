"""What may be counted. A measure says which leads it is about, the sums it needs of them and how to read those back."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import ibis

from alignment_metrics.charter import Funnel
from alignment_metrics.values import Counts


class Measure(Protocol):
    """Anything ``tally`` can count."""

    @property
    def start(self) -> str:
        """The stage whose entry dates a lead: the ``quarter`` of a breakdown is that of this entry."""
        ...

    def check(self, funnel: Funnel) -> None:
        """Raise ``ValueError`` where the funnel has no such stage."""
        ...

    def among(self, journeys: ibis.Table, as_of: dt.date) -> Any:
        """The condition for a lead to count at all."""
        ...

    def sums(self, leads: ibis.Table, as_of: dt.date) -> dict[str, Any]:
        """Integer expressions that add up over those leads, by name; 0 where there are none."""
        ...

    def read(self, sums: Mapping[str, int]) -> Counts:
        """The statistic from those sums."""
        ...


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

    def among(self, journeys: ibis.Table, as_of: dt.date) -> Any:
        """Leads that entered ``start`` long enough ago."""
        # Nobody entered before the first day there is, however long the window.
        days = min(self.within_days or 0, (as_of - dt.date.min).days)
        return journeys[self.start] <= as_of - dt.timedelta(days=days)

    def sums(self, leads: ibis.Table, as_of: dt.date) -> dict[str, Any]:
        """``hits`` and ``total``."""
        start, stop = leads[self.start], leads[self.stop]
        waited = stop.delta(start, unit="day")
        in_time = stop <= as_of if self.within_days is None else waited <= self.within_days
        # Counting what is not NULL takes half the time of adding up ones and zeros, and no leads are 0, not NULL.
        return {"hits": ((waited >= 0) & in_time).ifelse(1, None).count(), "total": leads.count()}

    def read(self, sums: Mapping[str, int]) -> Counts:
        """Hits of total."""
        return Counts(sums["hits"], sums["total"])


def _days(within_days: Any) -> int:
    try:
        whole = operator.index(within_days)
    except TypeError:
        whole = -1
    if isinstance(within_days, bool) or whole < 0:
        raise ValueError(f"within_days must be a whole number of days, 0 or more; got {within_days!r}.")
    return whole
