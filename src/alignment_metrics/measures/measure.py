"""What a measure is: it says which leads it is about, the sums it needs of them and how to read those back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

import ibis

from alignment_metrics.charter import Charter, Funnel
from alignment_metrics.values import Ages, Counts, Moments

Sums = TypeVar("Sums", Counts, Ages, Moments)
Statistic = TypeVar("Statistic", Counts, Ages, Moments, covariant=True)


class Measure(Protocol[Statistic]):
    """Anything ``tally`` can count."""

    @property
    def start(self) -> str:
        """The stage whose entry dates a lead: the ``quarter`` of a breakdown is that of this entry."""
        ...

    def check(self, funnel: Funnel) -> None:
        """Raise ``ValueError`` where the funnel has no such stage."""
        ...

    def among(self, journeys: ibis.Table, charter: Charter) -> Any:
        """The condition for a lead to count at all."""
        ...

    def rows(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """Integer expressions that part the leads of a cell into rows, by name; none where a cell is one row."""
        ...

    def sums(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """Integer expressions that add up over the leads of a row, by name; 0 where there are none."""
        ...

    def read(self, columns: Mapping[str, Sequence[int]], charter: Charter) -> Statistic:
        """The statistic of a cell from its rows and sums, a column each; of no rows, that of no leads."""
        ...
