"""Adds up what was spent on leads."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import Any

from alignment_metrics.crm import Crm
from alignment_metrics.periods import MONTH, number
from alignment_metrics.tallies.counting import keys_among, labelled, sql
from alignment_metrics.tallies.table import Tally, in_order
from alignment_metrics.values import Moments

_KEYS = (MONTH, "source", "direction")


def spending(crm: Crm, *, by: str | Sequence[str] = ()) -> Tally[Moments]:
    """What was spent on the leads of ``crm``, in the organisation's currency.

    Parameters
    ----------
    crm : Crm
    by : str or sequence of str
        Any of ``"month"``, such as ``"2026-01"``, ``"source"`` and ``"direction"``.

    Returns
    -------
    Tally
        The rows of the list of spending, their sum and the sum of their squares; only groups that have a row, sorted.

    Raises
    ------
    ValueError
        If the folder has no list of spending, or spending cannot be broken down so.
    """
    keys = keys_among(by, _KEYS, "spending")
    if crm.spend is None:
        raise ValueError(
            "this folder does not say what was spent; add spend.csv with the columns month, source and amount."
        )
    spend = crm.spend
    groups: dict[str, Any] = {key: number(key, spend[key]) if key == MONTH else spend[key] for key in keys}
    amount = spend["amount"].cast("float64")
    sums = {"n": amount.count(), "sum": amount.sum(), "sum_sq": (amount * amount).sum()}
    query = spend.group_by(**groups).agg(**sums) if groups else spend.agg(**sums)
    columns = query.to_pyarrow().to_pydict()
    cells = zip(*(labelled(key, columns[key]) for key in keys), strict=True) if keys else repeat(())
    # A sum of no rows is NULL on some engines.
    rows = zip(columns["n"], columns["sum"], columns["sum_sq"], strict=True)
    found = {
        cell: Moments(n, total or 0.0, squares or 0.0) for cell, (n, total, squares) in zip(cells, rows, strict=False)
    }
    return Tally(keys, in_order(found), sql(query), crm.as_of, Moments(0, 0.0, 0.0))
