"""What may be counted. A measure declares the sums it needs of ``journeys`` and how to read them back."""

from __future__ import annotations

import datetime as dt
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

    def sums(self, journeys: ibis.Table, as_of: dt.date) -> dict[str, Any]:
        """Integer expressions that add up over leads, by name."""
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
        Stages of the funnel (``stop`` may be an exit).
    within_days : int, optional
        Only leads that entered ``start`` at least so many days before the end of ``as_of`` count in ``total``: the
        others have not had their chance. Of them, those that entered ``stop`` on the same day or up to ``within_days``
        days later count in ``hits``. Left out, every lead counts and ``stop`` may come at any time up to ``as_of``:
        the naive rate, which is too low as long as young leads are among them.

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
        if self.within_days is not None and (isinstance(self.within_days, bool) or self.within_days < 0):
            raise ValueError(f"within_days must be 0 or more days; got {self.within_days!r}.")

    def check(self, funnel: Funnel) -> None:
        for stage in (self.start, self.stop):
            if stage not in funnel.places:
                raise ValueError(f"unknown stage {stage!r}; this funnel has {', '.join(funnel.places)}.")

    def sums(self, journeys: ibis.Table, as_of: dt.date) -> dict[str, Any]:
        start, stop = journeys[self.start], journeys[self.stop]
        waited = stop.delta(start, unit="day")
        total, hit = start <= as_of, (waited >= 0) & (stop <= as_of)
        if self.within_days is not None:
            # Nobody alive before the first day there is can be old enough, however long the window.
            span = min(self.within_days, (as_of - dt.date.min).days)
            total = start <= as_of - dt.timedelta(days=span)
            hit = (waited >= 0) & (waited <= span)
        return {"hits": _count(total & hit), "total": _count(total)}

    def read(self, sums: Mapping[str, int]) -> Counts:
        return Counts(sums["hits"], sums["total"])


def _count(condition: Any) -> Any:
    # A sum over no rows, or over conditions on a stage nobody entered, is NULL in SQL; here it is nothing: 0.
    return condition.fill_null(False).cast("int64").sum().fill_null(0)
