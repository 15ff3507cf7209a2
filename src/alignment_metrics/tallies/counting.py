"""Counts a measure by group, in one query."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import Any

import ibis
from ibis.common.exceptions import IbisError

from alignment_metrics.charter import PERIODS
from alignment_metrics.crm import UNKNOWN, Crm
from alignment_metrics.measures import Measure, Sums
from alignment_metrics.periods import label, number
from alignment_metrics.tallies.table import Cell, Tally, in_order


def tally(crm: Crm, measure: Measure[Sums], *, by: str | Sequence[str] = ()) -> Tally[Sums]:
    """Count ``measure`` over the leads of ``crm``, by any of its categories, in one query.

    Parameters
    ----------
    crm : Crm
    measure : Measure
        Such as ``Reach("lead", "won", within_days=90)``, ``Wait("lead", "won")`` or ``Stay()``.
    by : str or sequence of str
        Any of ``crm.categories``, and ``"week"``, ``"month"`` or ``"quarter"``: when the measure's first stage was
        entered, such as ``"2026-W05"`` (ISO 8601), ``"2026-01"`` or ``"2026Q1"``.

    Returns
    -------
    Tally
        Only groups with at least one lead, sorted: of ``Counts`` for ``Reach``, of ``Ages`` for ``Wait`` and ``Stay``.

    Raises
    ------
    ValueError
        If the funnel has no such stage, leads have no such category, or the folder has no list of customers to count.
    """
    charter = crm.charter
    keys = keys_of_leads(crm, by)
    leads, groups = asked(crm, measure, keys)
    rows: dict[str, Any] = measure.rows(leads, charter)
    sums: dict[str, Any] = measure.sums(leads, charter)
    names = {name: free(name, keys) for name in (*rows, *sums)}
    groups |= {names[name]: expression for name, expression in rows.items()}
    named = {names[name]: expression for name, expression in sums.items()}
    query = leads.group_by(**groups).agg(**named) if groups else leads.agg(**named)
    table = query.to_pyarrow()
    labels = [labelled(key, table[key].to_pylist()) for key in keys]
    numbers = [table[name].to_pylist() for name in names.values()]
    found: dict[Cell, list[tuple[int, ...]]] = {} if keys else {(): []}
    for cell, row in zip(zip(*labels, strict=True) if keys else repeat(()), zip(*numbers, strict=True), strict=False):
        found.setdefault(cell, []).append(row)

    def read(rows: Sequence[tuple[int, ...]]) -> Sums:
        return measure.read({name: [row[place] for row in rows] for place, name in enumerate(names)}, charter)

    cells = {cell: read(rows) for cell, rows in found.items()}
    return Tally(keys, in_order(cells), sql(query), crm.as_of, read(()))


def keys_of_leads(crm: Crm, by: str | Sequence[str]) -> tuple[str, ...]:
    """The keys asked for, each of them a category of leads or a period."""
    return keys_among(by, (*crm.categories, *PERIODS), "leads")


def keys_among(by: str | Sequence[str], known: Sequence[str], what: str) -> tuple[str, ...]:
    """The keys asked for, each of them known and named once."""
    keys = (by,) if isinstance(by, str) else tuple(by)
    for place, key in enumerate(keys):
        if key not in known:
            raise ValueError(f"unknown key {key!r}; {what} can be broken down by {', '.join(known)}.")
        if key in keys[:place]:
            raise ValueError(f"the key {key!r} is named twice; name it once.")
    return keys


def asked(crm: Crm, measure: Measure[Any], keys: Sequence[str]) -> tuple[ibis.Table, dict[str, Any]]:
    """The leads that a measure is about, and what they are grouped by."""
    measure.check(crm.charter.funnel)
    leads = crm.journeys.filter(measure.among(crm.journeys, crm.charter))
    start = leads[measure.start]
    return leads, {key: number(key, start) if key in PERIODS else leads[key] for key in keys}


def free(name: str, taken: Sequence[str]) -> str:
    """The name, or one like it that no key has: a client may call a column "total"."""
    # Engines do not tell capitals apart.
    lower = [key.casefold() for key in taken]
    while name in lower:
        name += "_"
    return name


def labelled(key: str, values: list[Any]) -> list[str]:
    """What a reader sees of the values that a key was grouped by."""
    named = {value: _label(key, value) for value in set(values)}
    return [named[value] for value in values]


def _label(key: str, value: Any) -> str:
    if value is None:
        return UNKNOWN
    if key in PERIODS:
        return label(key, value)
    return str(value)


def sql(query: ibis.Table) -> str:
    """The query as it was run."""
    try:
        return str(ibis.to_sql(query))
    except (NotImplementedError, IbisError):
        # Not every engine speaks SQL; the query is the same, so it is told in the dialect of the default one.
        return str(ibis.to_sql(query.unbind(), dialect="duckdb"))
