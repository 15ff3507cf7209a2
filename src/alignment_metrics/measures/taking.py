"""How many days it took the leads that came to a stage, of those old enough to have come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from alignment_metrics.charter import Charter, Funnel
from alignment_metrics.measures.reaching import Reach
from alignment_metrics.values import Ages


@dataclass(frozen=True, slots=True)
class Took:
    """After how many days those leads came to ``stop`` that ``Reach`` of the same three counts as hits.

    Nobody who is still waiting is among them, which is how a mean of converted leads is usually made: it says how long
    those took that came, and nothing about the others.

    Parameters
    ----------
    start, stop : str
        Stages or exits of the funnel.
    within_days : int
        Only leads that entered ``start`` at least so many days before the end of ``as_of`` count, and of them those
        that came no more than so many days later; so that old leads have no more time than young ones.

    Examples
    --------
    >>> Took("lead", "won", 365)
    Took(start='lead', stop='won', within_days=365)
    """

    start: str
    stop: str
    within_days: int

    @property
    def _reach(self) -> Reach:
        return Reach(self.start, self.stop, within_days=self.within_days)

    def check(self, funnel: Funnel) -> None:
        """Raise ``ValueError`` where the funnel has no such stage."""
        self._reach.check(funnel)

    def among(self, journeys: ibis.Table, charter: Charter) -> Any:
        """The leads that came in time."""
        return self._reach.among(journeys, charter) & self._reach.hit(journeys, charter)

    def rows(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """``day``: the age at which a lead came."""
        return {"day": leads[self.stop].delta(leads[self.start], unit="day")}

    def sums(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """``n``."""
        return {"n": leads.count()}

    def read(self, columns: Mapping[str, Sequence[int]], charter: Charter) -> Ages:
        """The life table, in which every wait ended with a conversion."""
        came: Counter[int] = Counter()
        for day, n in zip(columns["day"], columns["n"], strict=True):
            came[day] += n
        days = sorted(came)
        return Ages(days, [came[day] for day in days])
