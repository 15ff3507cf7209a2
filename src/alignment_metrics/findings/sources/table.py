"""All that can be told of groups of leads, side by side: a frame for whoever would rather sort than read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from alignment_metrics.crm import UNKNOWN, Crm
from alignment_metrics.findings.sources.cost import Spent
from alignment_metrics.findings.sources.worth import FEWEST
from alignment_metrics.findings.waits import watched_from_the_start
from alignment_metrics.findings.whole import Whole
from alignment_metrics.measures import Wait, Worth
from alignment_metrics.stats.costs import cost_per_win
from alignment_metrics.stats.many import holm, shares, simultaneous
from alignment_metrics.stats.means import mean
from alignment_metrics.stats.rankings import rankings
from alignment_metrics.stats.rates import compare, rate
from alignment_metrics.stats.shrinkage import shrink
from alignment_metrics.stats.waits import conversion_wait_quantile
from alignment_metrics.tallies import Cell, tally
from alignment_metrics.values import Ages, Counts, Estimate, Moments

if TYPE_CHECKING:
    import pandas as pd

Columns = dict[str, dict[Cell, float]]
_Sums = TypeVar("_Sums")
_PAID = (("source",), ("direction",))


def segments(crm: Crm, by: str | Sequence[str] = "source") -> pd.DataFrame:
    """Volume, rate, share of wins, wait, amount and cost of each group of leads, from first stage to last.

    Parameters
    ----------
    crm : Crm
    by : str or sequence of str
        Any of ``crm.categories`` or the periods, as in ``tally``; one, or a pair.

    Returns
    -------
    DataFrame
        One row a group, sorted, indexed by what the leads are broken down by. By the charter's window and confidence:

        - ``n``, ``hits``; ``value``, ``low``, ``high``: the rate (Wilson); ``all_low``, ``all_high``: limits that hold
          for all groups at once (Wilson with Šidák's level);
        - ``shrunk``, ``shrunk_low``, ``shrunk_high``: the rate drawn to what the groups have in common;
        - ``pvalue``: of the group against all other ones, adjusted by Holm over the groups;
        - ``rank_low``, ``rank_high``: the places it may hold (1 is the highest rate), ``best``: the probability that
          its rate is the highest;
        - ``share``, ``share_low``, ``share_high``: of all wins (Goodman, all at once);
        - ``days``, ``days_low``, ``days_high``: the median wait of those that convert in time;
        - ``amount``, ``amount_low``, ``amount_high``: the mean of won leads, in the organisation's currency;
        - ``cost``, ``cost_low``, ``cost_high``: of a won lead, where the folder has a list of spending and ``by`` is
          source or direction.

        What cannot be told is NaN. A group whose label is not known is not set against others. Unlike a finding, the
        frame holds groups of any size.

    Raises
    ------
    ValueError
        If leads have no such category.
    """
    import pandas as pd

    keys = (by,) if isinstance(by, str) else tuple(by)
    whole = Whole(crm)
    confidence = crm.charter.policy.confidence
    found = tally(crm, whole.measure, by=keys)
    cells = dict(found.cells)
    waits = tally(crm, Wait(whole.measure.start, whole.measure.stop), by=keys)
    worth = tally(crm, Worth(whole.measure), by=keys)
    columns: Columns = {
        "n": {cell: counts.total for cell, counts in cells.items()},
        "hits": {cell: counts.hits for cell, counts in cells.items()},
        **_of_rates(cells, confidence),
        **_limits("days", dict(waits.cells), lambda ages: _median(ages, crm.charter.policy.within_days, confidence)),
        **_limits("amount", dict(worth.cells), lambda one: _mean(one, crm.charter.organisation.currency, confidence)),
        **_limits("cost", *_costs(whole, keys, confidence)),
    }
    names = list(cells)
    frame = pd.DataFrame({name: [column.get(cell, math.nan) for cell in names] for name, column in columns.items()})
    labels = [pd.Index([cell[place] for cell in names], dtype=object, name=key) for place, key in enumerate(keys)]
    frame.index = labels[0] if len(labels) == 1 else pd.MultiIndex.from_arrays(labels, names=keys)
    return frame.astype({"n": "int64", "hits": "int64", "rank_low": "Int64", "rank_high": "Int64"})


def _of_rates(cells: Mapping[Cell, Counts], confidence: float) -> Columns:
    """All that follows from the counts."""
    known = [cell for cell in cells if UNKNOWN not in cell]
    groups = [cells[cell] for cell in known]
    together = sum(groups, start=Counts(0, 0))
    rest = [Counts(together.hits - one.hits, together.total - one.total) for one in groups]
    chances = holm([compare(one, others).pvalue for one, others in zip(groups, rest, strict=True)])
    drawn = shrink(groups, confidence=confidence)
    ranks = dict(zip(known, rankings(drawn, confidence=confidence), strict=True))
    wins = shares([counts.hits for counts in cells.values()], confidence=confidence)
    wide = dict(zip(known, simultaneous(groups, confidence=confidence), strict=True))
    own = {cell: rate(counts, confidence=confidence) for cell, counts in cells.items()}
    return {
        "value": {cell: one.value for cell, one in own.items()},
        "low": {cell: one.low for cell, one in own.items()},
        "high": {cell: one.high for cell, one in own.items()},
        "all_low": {cell: one.low for cell, one in wide.items()},
        "all_high": {cell: one.high for cell, one in wide.items()},
        **_limits("shrunk", dict(zip(known, drawn.estimates, strict=False)), lambda one: one),
        "pvalue": dict(zip(known, chances, strict=True)),
        "rank_low": {cell: one.low for cell, one in ranks.items()},
        "rank_high": {cell: one.high for cell, one in ranks.items()},
        "best": {cell: one.best for cell, one in ranks.items()},
        **_limits("share", dict(zip(cells, wins, strict=True)), lambda one: one),
    }


def _limits(name: str, cells: Mapping[Cell, _Sums], estimate: Callable[[_Sums], Estimate | None]) -> Columns:
    told = {cell: one for cell, sums in cells.items() if (one := estimate(sums)) and not math.isnan(one.value)}
    return {
        name: {cell: one.value for cell, one in told.items()},
        f"{name}_low": {cell: one.low for cell, one in told.items()},
        f"{name}_high": {cell: one.high for cell, one in told.items()},
    }


def _median(ages: Ages, until: int, confidence: float) -> Estimate | None:
    came = sum(n for day, n in zip(ages.day, ages.converted, strict=True) if day <= until)
    if came < FEWEST or not watched_from_the_start(ages):
        return None
    return conversion_wait_quantile(ages, until, 0.5, confidence=confidence)


def _mean(amounts: Moments, currency: str, confidence: float) -> Estimate | None:
    return mean(amounts, unit=currency, confidence=confidence) if amounts.n > 1 else None


def _costs(
    whole: Whole, keys: tuple[str, ...], confidence: float
) -> tuple[dict[Cell, list[tuple[float, int]]], Callable[[list[tuple[float, int]]], Estimate]]:
    currency = whole.charter.organisation.currency
    spent = Spent.of(whole, keys[0]).periods if whole.crm.spend is not None and keys in _PAID else {}
    return (
        {(name,): periods for name, periods in spent.items()},
        lambda periods: cost_per_win(periods, unit=currency, confidence=confidence),
    )
