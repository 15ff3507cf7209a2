"""How many leads got from one stage to another only after the window of a rate had closed on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from alignment_metrics.charter import Charter, Funnel
from alignment_metrics.measures.reaching import Reach
from alignment_metrics.values import Counts


@dataclass(frozen=True, slots=True)
class Late:
    """Of the leads that ``Reach`` counts within a window, how many entered ``stop`` only after it.

    Parameters
    ----------
    start, stop : str
        Stages or exits of the funnel.
    within_days : int
        As for ``Reach``.

    Examples
    --------
    >>> Late("lead", "won", 90)
    Late(start='lead', stop='won', within_days=90)
    """

    start: str
    stop: str
    within_days: int

    def check(self, funnel: Funnel) -> None:
        """Raise ``ValueError`` where the funnel has no such stage."""
        self._reach.check(funnel)

    def among(self, journeys: ibis.Table, charter: Charter) -> Any:
        """Leads that entered ``start`` long enough ago."""
        return self._reach.among(journeys, charter)

    def rows(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """One row a cell."""
        return {}

    def sums(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """``hits`` and ``total``."""
        stop = leads[self.stop]
        late = stop.delta(leads[self.start], unit="day") > self.within_days
        hits = late & (stop <= charter.organisation.as_of)
        return {"hits": hits.ifelse(1, None).count(), "total": leads.count()}

    def read(self, columns: Mapping[str, Sequence[int]], charter: Charter) -> Counts:
        """Hits of total."""
        return Counts(sum(columns["hits"]), sum(columns["total"]))

    @property
    def _reach(self) -> Reach:
        return Reach(self.start, self.stop, within_days=self.within_days)
