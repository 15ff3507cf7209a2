"""A life table as columns of numbers, and how far chance moves whatever is read from it.

Nothing here is printed to a client: the other rooms of the floor read these columns and give them their names.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alignment_metrics.values import Ages, Counts
from alignment_metrics.values.ages import CONVERTED

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """The rows of a life table, and what is left and what is done after each of them.

    Parameters
    ----------
    day : array
        Ages in whole days, ascending.
    at_risk : array
        Leads under watch at the start of that day whose wait had not ended; 0 where nobody was.
    hits, others : array
        Leads whose wait ended on that day in the way asked for, and in any other way.
    waiting_before, waiting : array
        Share of the leads whose wait has not ended in any way, before that day and by its end.
    incidence : array
        Share of the leads whose wait has ended in the way asked for by the end of that day (Aalen & Johansen).
    until : float
        The last day the rows speak of. Infinite where every wait has ended. Where leads under watch late leave an age
        at which nobody was left to watch, it is the last day before that gap: nothing ties what follows to day 0.
    n : int
        Leads in the table.
    """

    day: Floats
    at_risk: Floats
    hits: Floats
    others: Floats
    waiting_before: Floats
    waiting: Floats
    incidence: Floats
    until: float
    n: int


def steps(ages: Ages, ended: str = CONVERTED, *, known: Collection[str] = ()) -> Steps:
    """The table with the shares after each of its rows.

    Parameters
    ----------
    ages : Ages
    ended : str
        ``"converted"``, or the name of an exit.
    known : collection of str, optional
        Exits that nobody of this table took, but others did with whom it is compared.

    Raises
    ------
    ValueError
        If there is no such exit in the table, nor among those known.

    Examples
    --------
    >>> table = steps(Ages.of([0, 0, 2, 2], ["converted", "open", "lost", "converted"]))
    >>> table.incidence.tolist(), table.waiting.tolist()
    ([0.25, 0.625], [0.75, 0.0])
    """
    day = np.asarray(ages.day, dtype=float)
    converted = np.asarray(ages.converted, dtype=float)
    exits = {name: np.asarray(column, dtype=float) for name, column in ages.exited.items()}
    # Sums of whole numbers, so they are exact in whatever order.
    everyone = converted + sum(exits.values())
    gone = everyone + np.asarray(ages.censored, dtype=float) - np.asarray(ages.entered, dtype=float)
    at_risk = np.cumsum(gone[::-1])[::-1]
    if ended == CONVERTED:
        hits = converted
    elif ended in exits:
        hits = exits[ended]
    elif ended in known:
        hits = np.zeros_like(converted)
    else:
        there = ", ".join(repr(name) for name in (CONVERTED, *dict.fromkeys((*exits, *known))))
        raise ValueError(f"no wait in this table ended by {ended!r}; choose one of {there}.")
    watched = np.maximum(at_risk, 1.0)
    waiting = np.cumprod((watched - everyone) / watched)
    before = np.concatenate(([1.0], waiting[:-1])) if day.size else waiting
    incidence = np.minimum(np.cumsum(before * hits / watched), 1.0)
    # Where all have ended, and all in this way, it is 1 and not nearly so.
    incidence[(waiting == 0) & (np.cumsum(everyone - hits) == 0)] = 1.0
    until = _until(day, at_risk, waiting)
    n = int((everyone + np.asarray(ages.censored, dtype=float)).sum())
    return Steps(day, at_risk, hits, everyone - hits, before, waiting, incidence, until, n)


def gray_variance(table: Steps) -> Floats:
    """Variance of the incidence by the end of each day, as Gray's program ``cmprsk`` has it.

    Each day adds, for each way to end, the binomial variance of that day's share with ``at_risk - 1`` below the line;
    on a day of both, the other ends are weighed with the incidence that day's hits have already brought.

    References
    ----------
    Gray (1988) Annals of Statistics 16:1141.
    """
    n = np.maximum(table.at_risk, 1.0)
    # 0 once nobody is left: other ends move nothing any more.
    per_left = np.divide(1.0, table.waiting, out=np.zeros_like(n), where=table.waiting > 0)

    def spread(ends: Floats) -> Floats:
        single = np.maximum(n - 1.0, 1.0)
        tied = np.where(ends > 1, 1.0 - (ends - 1.0) / single, 1.0)
        return np.asarray((table.waiting_before / n) ** 2 * tied * ends)

    of_hits, reach = spread(table.hits), 1.0 + per_left * table.incidence
    of_others, push = spread(table.others), per_left * table.incidence
    own = np.cumsum(reach**2 * of_hits + push**2 * of_others)
    both = np.cumsum(per_left * (reach * of_hits + push * of_others))
    rest = np.cumsum(per_left**2 * (of_hits + of_others))
    share = table.incidence
    return np.maximum(own + share**2 * rest - 2 * share * both, 0.0)


def variance(table: Steps, weights: Floats) -> float:
    """Variance of ``sum(weights * incidence)``, to first order in the shares of each day (delta method).

    The ends of each day are taken as multinomial over hit, other end, and none of the two, among the leads at risk.
    With one way to end, and the days each row lasts as weights, it is the variance of the restricted mean that
    Greenwood's formula gives.

    Parameters
    ----------
    table : Steps
    weights : array
        One for each row.
    """
    moves = slopes(table, weights)
    return max(0.0, float(covariance(table, moves, moves).sum()))


def slopes(table: Steps, weights: Floats) -> tuple[Floats, Floats]:
    """How fast ``sum(weights * incidence)`` moves with the share of each day that is a hit, and that ends otherwise."""
    ahead = np.cumsum(weights[::-1])[::-1]
    gain = np.cumsum((weights * table.incidence)[::-1])[::-1] - ahead * table.incidence
    left = survivors(table)
    return table.waiting_before * ahead - gain * left, -gain * left


def survivors(table: Steps) -> Floats:
    """One by the share of those waiting who are left after each day; 0 where nobody is."""
    left = np.zeros_like(table.waiting)
    return np.divide(table.waiting_before, table.waiting, out=left, where=table.waiting > 0)


def covariance(table: Steps, one: tuple[Floats, Floats], other: tuple[Floats, Floats]) -> Floats:
    """What each day adds to the covariance of two numbers that move so fast with its hits and with its other ends."""
    n = np.maximum(table.at_risk, 1.0)
    hit, rest = table.hits / n, table.others / n
    together = one[0] * other[0] * hit + one[1] * other[1] * rest
    apart = (one[0] * hit + one[1] * rest) * (other[0] * hit + other[1] * rest)
    return np.asarray((together - apart) / n)


def lengths(table: Steps, until: float) -> Floats:
    """Days, up to ``until``, for which each row is the latest."""
    ends = np.minimum(np.append(table.day[1:], math.inf), until)
    return np.asarray(np.maximum(ends - table.day, 0.0))


def still_waiting(ages: Ages, day: int) -> Ages:
    """The leads still waiting, and under watch sooner or later, after that day: the table of what happens from there.

    Where the watch began late, the first ages rest on few leads, and a curve from day 0 may be unknowable. What was
    fixed beforehand as "of the leads that were still waiting after day 30" can be told: it is the curve of this table.

    Examples
    --------
    >>> still_waiting(Ages.of([0, 4, 9], ["converted", "open", "lost"]), 3)
    Ages(day=(4, 9), converted=(0, 0), exited={'lost': (0, 1)}, censored=(1, 0))
    """
    kept = [row for row, at in enumerate(ages.day) if at > day]
    columns = {name: [column[row] for row in kept] for name, column in ages.exited.items()}
    return Ages(
        [ages.day[row] for row in kept],
        [ages.converted[row] for row in kept],
        columns,
        [ages.censored[row] for row in kept],
        [ages.entered[row] for row in kept],
    )


def naive(ages: Ages) -> Counts:
    """Converted leads of all leads, the young ones counted as if they had failed: what the usual report says."""
    return Counts(sum(ages.converted), ages.n)


def _until(day: Floats, at_risk: Floats, waiting: Floats) -> float:
    if not day.size:
        return 0.0
    later = np.append(at_risk[1:], 0.0)
    # max, not the next row's: the one row that follows may only tell who comes under watch after it.
    to_come = np.maximum.accumulate(later[::-1])[::-1] > 0
    emptied = np.flatnonzero((waiting == 0) & to_come)
    unseen = np.flatnonzero((at_risk == 0) & (np.maximum.accumulate(at_risk) > 0) & to_come)
    last = math.inf if waiting[-1] == 0 else float(day[-1])
    if emptied.size:
        last = min(last, float(day[emptied[0]]) - 1)
    if unseen.size:
        last = min(last, float(day[unseen[0] - 1]))
    return last
