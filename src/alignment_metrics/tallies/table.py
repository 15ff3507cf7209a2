"""The cells that a question leaves: sums by group, with the SQL that made them. They add, and can be rolled up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Generic, cast

from alignment_metrics.measures import Sums
from alignment_metrics.values import Ages, Counts, Estimate

if TYPE_CHECKING:
    import pandas as pd

Cell = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tally(Generic[Sums]):
    """Sums in cells, one a combination of ``keys``, with the SQL that made them.

    Two tallies are equal when their keys, cells and ``as_of`` are, whichever query they came from.

    Examples
    --------
    >>> cells = ((("inbound", "webinar"), Counts(9, 50)), (("outbound", "cold call"), Counts(2, 40)))
    >>> won = Tally(("direction", "source"), cells, sql="", as_of=dt.date(2026, 6, 30))
    >>> won.at(direction="inbound").counts()
    Counts(hits=9, total=50)
    >>> won.counts()
    Counts(hits=11, total=90)
    """

    keys: tuple[str, ...]
    cells: tuple[tuple[Cell, Sums], ...]
    sql: str = field(repr=False, compare=False)
    as_of: dt.date
    # What no leads add up to.
    nothing: Sums = field(default=cast(Sums, Counts(0, 0)), repr=False, compare=False)

    def at(self, **where: str) -> Tally[Sums]:
        """The cells in which the named keys have the given values; those keys are gone from the result."""
        rest = tuple(key for key in self.keys if key not in where)
        places = [(self._place(key), value) for key, value in where.items()]
        cells = ((cell, counts) for cell, counts in self.cells if all(cell[at] == value for at, value in places))
        return self._summed(rest, cells)

    def by(self, *keys: str) -> Tally[Sums]:
        """Added up over every key that is not named."""
        for key in keys:
            self._place(key)
        return self._summed(keys, self.cells)

    def split(self, key: str) -> dict[str, Tally[Sums]]:
        """One tally a value of ``key``, in sorted order."""
        place = self._place(key)
        rest = tuple(other for other in self.keys if other != key)
        parts: dict[str, list[tuple[Cell, Sums]]] = {}
        for cell, counts in self.cells:
            parts.setdefault(cell[place], []).append((cell, counts))
        return {value: self._summed(rest, cells) for value, cells in sorted(parts.items())}

    def total(self) -> Sums:
        """Everything added up."""
        return reduce(add, (sums for _, sums in self.cells), self.nothing)

    def counts(self: Tally[Counts]) -> Counts:
        """Everything added up, of a tally that counts hits."""
        return self.total()

    def ages(self: Tally[Ages]) -> Ages:
        """Everything added up, of a tally of life tables."""
        return self.total()

    def to_frame(self, estimate: Callable[[Sums], Estimate]) -> pd.DataFrame:
        """One row a group: ``value``, ``low``, ``high``, ``n``, ``hits``, indexed by the keys and sorted by them.

        Parameters
        ----------
        estimate : callable
            From the sums of a cell, such as ``rate``.
        """
        import pandas as pd

        found = [estimate(counts) for _, counts in self.cells]
        columns = {name: [getattr(one, name) for one in found] for name in ("value", "low", "high", "n", "hits")}
        frame = pd.DataFrame(columns)
        # Labels stay what they are: left to pandas, those of an empty tally would have another type than the others.
        labels = [pd.Index([cell[place] for cell, _ in self.cells], dtype=object) for place in range(len(self.keys))]
        if len(labels) == 1:
            frame.index = labels[0].rename(self.keys[0])
        elif labels:
            frame.index = pd.MultiIndex.from_arrays(labels, names=self.keys)
        return frame

    def _place(self, key: str) -> int:
        if key not in self.keys:
            raise ValueError(f"unknown key {key!r}; this tally has {', '.join(self.keys) or 'no keys'}.")
        return self.keys.index(key)

    def _summed(self, keys: tuple[str, ...], cells: Iterable[tuple[Cell, Sums]]) -> Tally[Sums]:
        places = [self.keys.index(key) for key in keys]
        sums: dict[Cell, Sums] = {} if keys else {(): self.nothing}
        for cell, one in cells:
            group = tuple(cell[place] for place in places)
            sums[group] = sums[group] + one if group in sums else one
        return replace(self, keys=keys, cells=in_order(sums))


def in_order(cells: dict[Cell, Sums]) -> tuple[tuple[Cell, Sums], ...]:
    return tuple(sorted(cells.items(), key=lambda one: one[0]))
