"""Counts leads by group. The one room where a query runs; what leaves it adds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import repeat
from operator import add
from typing import TYPE_CHECKING, Any, Generic, cast

import ibis
from ibis.common.exceptions import IbisError

from alignment_metrics.charter import PERIODS
from alignment_metrics.crm import UNKNOWN, Crm
from alignment_metrics.measures import Measure, Sums
from alignment_metrics.periods import label, number
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
        return replace(self, keys=keys, cells=_sorted(sums))


def tally(crm: Crm, measure: Measure[Sums], *, by: str | Sequence[str] = ()) -> Tally[Sums]:
    """Count ``measure`` over the leads of ``crm``, by any of its categories, in one query.

    Parameters
    ----------
    crm : Crm
    measure : Measure
        Such as ``Reach("lead", "won", within_days=90)``, or ``Wait("lead", "won")``.
    by : str or sequence of str
        Any of ``crm.categories``, and ``"week"``, ``"month"`` or ``"quarter"``: when the measure's first stage was
        entered, such as ``"2026-W05"`` (ISO 8601), ``"2026-01"`` or ``"2026Q1"``.

    Returns
    -------
    Tally
        Only groups with at least one lead, sorted: of ``Counts`` for ``Reach``, of ``Ages`` for ``Wait``.

    Raises
    ------
    ValueError
        If the funnel has no such stage, or leads have no such category.
    """
    charter = crm.charter
    keys = (by,) if isinstance(by, str) else tuple(by)
    measure.check(charter.funnel)
    known = (*crm.categories, *PERIODS)
    for place, key in enumerate(keys):
        if key not in known:
            raise ValueError(f"unknown key {key!r}; leads can be broken down by {', '.join(known)}.")
        if key in keys[:place]:
            raise ValueError(f"the key {key!r} is named twice; name it once.")
    leads = crm.journeys.filter(measure.among(crm.journeys, charter))
    start = leads[measure.start]
    groups = {key: number(key, start) if key in PERIODS else leads[key] for key in keys}
    rows: dict[str, Any] = measure.rows(leads, charter)
    sums: dict[str, Any] = measure.sums(leads, charter)
    names = {name: _free(name, keys) for name in (*rows, *sums)}
    groups |= {names[name]: expression for name, expression in rows.items()}
    named = {names[name]: expression for name, expression in sums.items()}
    query = leads.group_by(**groups).agg(**named) if groups else leads.agg(**named)
    table = query.to_pyarrow()
    labels = [_labels(key, table[key].to_pylist()) for key in keys]
    numbers = [table[name].to_pylist() for name in names.values()]
    found: dict[Cell, list[tuple[int, ...]]] = {} if keys else {(): []}
    for cell, row in zip(zip(*labels, strict=True) if keys else repeat(()), zip(*numbers, strict=True), strict=False):
        found.setdefault(cell, []).append(row)

    def read(rows: Sequence[tuple[int, ...]]) -> Sums:
        return measure.read({name: [row[place] for row in rows] for place, name in enumerate(names)}, charter)

    cells = {cell: read(rows) for cell, rows in found.items()}
    return Tally(keys, _sorted(cells), _sql(query), crm.as_of, read(()))


def _sorted(cells: dict[Cell, Sums]) -> tuple[tuple[Cell, Sums], ...]:
    return tuple(sorted(cells.items(), key=lambda one: one[0]))


def _free(name: str, taken: Sequence[str]) -> str:
    # A client may call a column "total"; engines do not tell capitals apart.
    lower = [key.casefold() for key in taken]
    while name in lower:
        name += "_"
    return name


def _labels(key: str, values: list[Any]) -> list[str]:
    named = {value: _label(key, value) for value in set(values)}
    return [named[value] for value in values]


def _label(key: str, value: Any) -> str:
    if value is None:
        return UNKNOWN
    if key in PERIODS:
        return label(key, value)
    return str(value)


def _sql(query: ibis.Table) -> str:
    try:
        return str(ibis.to_sql(query))
    except (NotImplementedError, IbisError):
        # Not every engine speaks SQL; the query is the same, so it is told in the dialect of the default one.
        return str(ibis.to_sql(query.unbind(), dialect="duckdb"))
