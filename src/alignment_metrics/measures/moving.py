"""How many leads did not stay where they were: they went on to any later stage, or left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from alignment_metrics.charter import Charter, Funnel
from alignment_metrics.measures.reaching import Reach
from alignment_metrics.values import Counts


@dataclass(frozen=True, slots=True)
class Moved:
    """Of the leads that entered ``start``, how many entered any later stage or any exit.

    Parameters
    ----------
    start : str
        A stage of the funnel.
    within_days : int
        As for ``Reach``.
    stop : str, optional
        The first later stage that counts as having moved, if not the very next.

    Examples
    --------
    >>> Moved("mql", 90)
    Moved(start='mql', within_days=90, stop=None)
    """

    start: str
    within_days: int
    stop: str | None = None

    def check(self, funnel: Funnel) -> None:
        """Raise ``ValueError`` where the funnel has no such stage."""
        self._reach(self.stop or self.start).check(funnel)

    def among(self, journeys: ibis.Table, charter: Charter) -> Any:
        """Leads that entered ``start`` long enough ago."""
        return self._reach(self.start).among(journeys, charter)

    def rows(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """One row a cell."""
        return {}

    def sums(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """``hits`` and ``total``."""
        return {"hits": self.hit(leads, charter).ifelse(1, None).count(), "total": leads.count()}

    def hit(self, leads: ibis.Table, charter: Charter) -> Any:
        """Whether a lead moved on or left in time."""
        funnel = charter.funnel
        first = funnel.stages.index(self.start) + 1 if self.stop is None else funnel.stages.index(self.stop)
        after = funnel.stages[first:]
        hits = [self._reach(stop).hit(leads, charter).fill_null(False) for stop in (*after, *funnel.exits)]
        return ibis.or_(*hits) if hits else ibis.literal(False)

    def read(self, columns: Mapping[str, Sequence[int]], charter: Charter) -> Counts:
        """Hits of total."""
        return Counts(sum(columns["hits"]), sum(columns["total"]))

    def _reach(self, stop: str) -> Reach:
        return Reach(self.start, stop, within_days=self.within_days)
