"""All that can be told of groups of leads, side by side: a frame for whoever would rather sort than read."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from alignment_metrics.charter import Policy
from alignment_metrics.crm import UNKNOWN, Crm
from alignment_metrics.findings.sources.cost import Spent
from alignment_metrics.findings.sources.known import TELLING, lessened
from alignment_metrics.findings.sources.worth import FEWEST
from alignment_metrics.findings.waits import watched_from_the_start
from alignment_metrics.findings.whole import Whole, telling
from alignment_metrics.measures import Wait, Worth
from alignment_metrics.stats.clusters import mean_effect
from alignment_metrics.stats.costs import cost_per_win
from alignment_metrics.stats.gathered import effects, widened_pvalue
from alignment_metrics.stats.many import holm, shares, simultaneous
from alignment_metrics.stats.means import mean
from alignment_metrics.stats.rankings import rankings
from alignment_metrics.stats.rates import compare, rate
from alignment_metrics.stats.shrinkage import shrink
from alignment_metrics.stats.waits import conversion_wait_quantile
from alignment_metrics.tallies import Cell, clusters, tally
from alignment_metrics.values import Ages, Clusters, Counts, Estimate, Moments

if TYPE_CHECKING:
    import pandas as pd

Columns = dict[str, dict[Cell, float]]
_Sums = TypeVar("_Sums")
_PAID = (("source",), ("direction",))
_ANY_SIZE = ("n", "hits", "share", "share_low", "share_high")
_OWN = ("value", "low", "high")


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
        - ``pvalue``: of the group against all other ones, adjusted by Holm over the groups; like ``shrunk`` and
          ranks it allows for leads of one account faring alike, where the accounts of most leads are known;
        - ``rank_low``, ``rank_high``: the places it may hold (1 is the highest rate), ``best``: the probability that
          its rate is the highest;
        - ``share``, ``share_low``, ``share_high``: of all wins (Goodman, all at once);
        - ``days``, ``days_low``, ``days_high``: the median wait of those that convert in time;
        - ``amount``, ``amount_low``, ``amount_high``: the mean of won leads, in the organisation's currency;
        - ``cost``, ``cost_low``, ``cost_high``: of a won lead, where the folder has a list of spending and ``by`` is
          source or direction.

        What cannot be told is NaN. A group whose label is not known is not set against others. As in a finding, groups
        of fewer leads than the charter's ``suppress_below`` are counted in one row, such as "3 small groups", with the
        smallest other one where they are fewer even together; those below ``min_group`` have counts and no rate.

    Raises
    ------
    ValueError
        If leads have no such category.
    """
    import pandas as pd

    keys = (by,) if isinstance(by, str) else tuple(by)
    whole = Whole(crm)
    confidence = crm.charter.policy.confidence
    policy = crm.charter.policy
    cells, pooled = _pooled(dict(tally(crm, whole.measure, by=keys).cells), policy.suppress_below)
    large = {cell for cell, counts in cells.items() if counts.total >= policy.min_group and cell not in pooled}
    waits = tally(crm, Wait(whole.measure.start, whole.measure.stop), by=keys)
    worth = tally(crm, Worth(whole.measure), by=keys)
    columns: Columns = {
        "n": {cell: counts.total for cell, counts in cells.items()},
        "hits": {cell: counts.hits for cell, counts in cells.items()},
        **_of_rates(cells, large, telling(clusters(crm, whole.measure, by=keys)), crm.charter.policy),
        **_limits("days", dict(waits.cells), lambda ages: _median(ages, crm.charter.policy.within_days, confidence)),
        **_limits("amount", dict(worth.cells), lambda one: _mean(one, crm.charter.organisation.currency, confidence)),
        **_limits("cost", *_costs(whole, keys, confidence)),
    }
    names = list(cells)
    for name in {*columns} - {*_ANY_SIZE, *_OWN}:
        columns[name] = {cell: one for cell, one in columns[name].items() if cell in large}
    frame = pd.DataFrame({name: [column.get(cell, math.nan) for cell in names] for name, column in columns.items()})
    labels = [pd.Index([cell[place] for cell in names], dtype=object, name=key) for place, key in enumerate(keys)]
    frame.index = labels[0] if len(labels) == 1 else pd.MultiIndex.from_arrays(labels, names=keys)
    return frame.astype({"n": "int64", "hits": "int64", "rank_low": "Int64", "rank_high": "Int64"})


def _pooled(cells: dict[Cell, Counts], suppress_below: int) -> tuple[dict[Cell, Counts], set[Cell]]:
    """The cells, those too small to be shown put together; and which cell these are in."""
    by_size = sorted(cells, key=lambda cell: (cells[cell].total, cell))
    small = held = sum(counts.total < suppress_below for counts in cells.values())
    while 0 < held < len(by_size) and sum(cells[cell].total for cell in by_size[:held]) < suppress_below:
        held += 1
    if not held:
        return cells, set()
    together = sum((cells[cell] for cell in by_size[:held]), start=Counts(0, 0))
    label = f"{small} small group{'' if small == 1 else 's'}"
    if held > small:
        # Kept by itself, the row would be told by the total.
        label = f"{', '.join(by_size[held - 1])} and {label}"
    left = {cell: counts for cell, counts in cells.items() if cell not in by_size[:held]}
    name = (label, *[""] * (len(by_size[0]) - 1))
    while name in left:
        name = (f"{name[0]}, pooled", *name[1:])
    # Too few even all together, nobody is shown.
    return (left if together.total < suppress_below else {**left, name: together}), {name}


def _of_rates(
    cells: Mapping[Cell, Counts], large: Collection[Cell], accounts: Clusters | None, policy: Policy
) -> Columns:
    """All that follows from the counts."""
    confidence, min_group = policy.confidence, policy.min_group
    known = [cell for cell in cells if UNKNOWN not in cell and cell in large]
    groups = [cells[cell] for cell in known]
    together = sum(groups, start=Counts(0, 0))
    rest = [Counts(together.hits - one.hits, together.total - one.total) for one in groups]
    plainly = [compare(one, others).pvalue for one, others in zip(groups, rest, strict=True)]
    wider, effect = _by_account(known, accounts)
    chances = holm([widened_pvalue(one, *told) for one, told in zip(plainly, wider, strict=True)])
    drawn = shrink([lessened(one, effect) for one in groups], confidence=confidence)
    ranks = dict(zip(known, rankings(drawn, confidence=confidence), strict=True))
    wins = shares([counts.hits for counts in cells.values()], confidence=confidence)
    wide = dict(zip(known, simultaneous(groups, confidence=confidence), strict=True))
    own = {cell: rate(one, confidence=confidence) for cell, one in cells.items() if one.total >= min_group}
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


def _by_account(known: Sequence[Cell], accounts: Clusters | None) -> tuple[list[tuple[float, float]], float]:
    """Of each cell against all others the design effect and its degrees of freedom; and the effect of them all.

    Where accounts are not known, nothing that would change what leads counted singly tell.
    """
    if accounts is None or len(known) < 2:
        return [(1.0, math.inf)] * len(known), 1.0
    groups = {str(place): [cell] for place, cell in enumerate(known)}
    effect = mean_effect(accounts, groups)
    return [*effects(accounts, groups).values()], effect if effect >= TELLING else 1.0


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
    return mean(amounts, unit=currency, confidence=confidence) if amounts.n >= FEWEST else None


def _costs(
    whole: Whole, keys: tuple[str, ...], confidence: float
) -> tuple[dict[Cell, list[tuple[float, int]]], Callable[[list[tuple[float, int]]], Estimate]]:
    currency = whole.charter.organisation.currency
    spent = Spent.of(whole, keys[0]).periods if whole.crm.spend is not None and keys in _PAID else {}
    return (
        {(name,): periods for name, periods in spent.items()},
        lambda periods: cost_per_win(periods, unit=currency, confidence=confidence),
    )
