"""Counts leads by group. The one room where a query runs; what leaves it adds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import ibis
from ibis.common.exceptions import IbisError

from alignment_metrics.crm import UNKNOWN, Crm
from alignment_metrics.measures import Measure
from alignment_metrics.values import Counts, Estimate

if TYPE_CHECKING:
    import pandas as pd

QUARTER = "quarter"
Cells = tuple[tuple[tuple[str, ...], Counts], ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts in cells, one a combination of ``keys``, with the SQL that made them.

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
    cells: Cells
    sql: str = field(repr=False, compare=False)
    as_of: dt.date

    def at(self, **where: str) -> Tally:
        """The cells in which the named keys have the given values; those keys are gone from the result."""
        rest = tuple(key for key in self.keys if key not in where)
        places = [(self._place(key), value) for key, value in where.items()]
        cells = ((cell, counts) for cell, counts in self.cells if all(cell[at] == value for at, value in places))
        return self._summed(rest, cells)

    def by(self, *keys: str) -> Tally:
        """Added up over every key that is not named."""
        for key in keys:
            self._place(key)
        return self._summed(keys, self.cells)

    def split(self, key: str) -> dict[str, Tally]:
        """One tally a value of ``key``, in sorted order."""
        place = self._place(key)
        rest = tuple(other for other in self.keys if other != key)
        parts: dict[str, list[tuple[tuple[str, ...], Counts]]] = {}
        for cell, counts in self.cells:
            parts.setdefault(cell[place], []).append((cell, counts))
        return {value: self._summed(rest, cells) for value, cells in sorted(parts.items())}

    def counts(self) -> Counts:
        """Everything added up."""
        return sum((counts for _, counts in self.cells), start=Counts(0, 0))

    def to_frame(self, estimate: Callable[[Counts], Estimate]) -> pd.DataFrame:
        """One row a group: ``value``, ``low``, ``high``, ``n``, ``hits``, indexed by the keys and sorted by them.

        Parameters
        ----------
        estimate : callable
            Such as ``rate``.
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

    def _summed(self, keys: tuple[str, ...], cells: Iterable[tuple[tuple[str, ...], Counts]]) -> Tally:
        places = [self.keys.index(key) for key in keys]
        sums: dict[tuple[str, ...], Counts] = {} if keys else {(): Counts(0, 0)}
        for cell, counts in cells:
            group = tuple(cell[place] for place in places)
            sums[group] = sums.get(group, Counts(0, 0)) + counts
        return replace(self, keys=keys, cells=tuple(sorted(sums.items())))


def tally(crm: Crm, measure: Measure, *, by: str | Sequence[str] = ()) -> Tally:
    """Count ``measure`` over the leads of ``crm``, by any of its categories, in one query.

    Parameters
    ----------
    crm : Crm
    measure : Measure
        Such as ``Reach("lead", "won", within_days=90)``.
    by : str or sequence of str
        Any of ``crm.categories``, and ``"quarter"``: the calendar quarter of the entry into the measure's first stage,
        such as ``"2026Q1"``.

    Returns
    -------
    Tally
        Only groups with at least one lead in ``total``, sorted.

    Raises
    ------
    ValueError
        If the funnel has no such stage, or leads have no such category.
    """
    keys = (by,) if isinstance(by, str) else tuple(by)
    measure.check(crm.charter.funnel)
    known = (*crm.categories, QUARTER)
    for place, key in enumerate(keys):
        if key not in known:
            raise ValueError(f"unknown key {key!r}; leads can be broken down by {', '.join(known)}.")
        if key in keys[:place]:
            raise ValueError(f"the key {key!r} is named twice; name it once.")
    leads = crm.journeys.filter(measure.among(crm.journeys, crm.as_of))
    start = leads[measure.start]
    # The quarter is grouped as a number and named here: text made row by row would cost more than the count itself.
    groups = {key: start.year() * 10 + start.quarter() if key == QUARTER else leads[key] for key in keys}
    sums = measure.sums(leads, crm.as_of)
    names = {name: _free(name, keys) for name in sums}
    named = {names[name]: expression for name, expression in sums.items()}
    query = leads.group_by(**groups).agg(**named) if keys else leads.agg(**named)
    cells: dict[tuple[str, ...], Counts] = {}
    for row in query.to_pyarrow().to_pylist():
        cell = tuple(_label(key, row[key]) for key in keys)
        counts = measure.read({name: row[names[name]] for name in sums})
        cells[cell] = cells.get(cell, Counts(0, 0)) + counts
    return Tally(keys, tuple(sorted(cells.items())), _sql(query), crm.as_of)


def _free(name: str, taken: Sequence[str]) -> str:
    # A client may call a column "total"; engines do not tell capitals apart.
    lower = [key.casefold() for key in taken]
    while name in lower:
        name += "_"
    return name


def _label(key: str, value: Any) -> str:
    if value is None:
        return UNKNOWN
    return f"{value // 10}Q{value % 10}" if key == QUARTER else str(value)


def _sql(query: ibis.Table) -> str:
    try:
        return str(ibis.to_sql(query))
    except (NotImplementedError, IbisError):
        # Not every engine speaks SQL; the query is the same, so it is told in the dialect of the default one.
        return str(ibis.to_sql(query.unbind(), dialect="duckdb"))
