"""How many times as high the odds of one group are as the other's: exact, mid-P and by Woolf's logarithm."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import optimize

from alignment_metrics.stats.differences import log_quotient
from alignment_metrics.stats.exact import CELLS, table_logs
from alignment_metrics.stats.intervals import normal_quantile
from alignment_metrics.values import Countable, Counts, Estimate

REACH = 25
"""Standard deviations to either side of the table seen: all that a limit at any confidence in use depends on."""
NAMES = {"exact": "exact conditional", "mid-p": "mid-P conditional", "woolf": "Woolf logarithm"}


def odds_ratio(left: Countable, right: Countable, *, confidence: float = 0.95, method: str = "exact") -> Estimate:
    """How many times as high the left group's odds of a hit are as the right group's.

    Parameters
    ----------
    left, right : Counts or Tally
        Leads of two groups that share none.
    confidence : float
        Level of the two-sided interval.
    method : {"exact", "mid-p", "woolf"}
        The odds ratios that Fisher's one-sided tests do not reject; the same with half of the probability of the table
        seen; or the normal interval of the logarithm, which knows nothing where a cell is empty.

    Returns
    -------
    Estimate
        A ratio. By "exact" and "mid-p" its value is the likeliest given the margins, which lies a little nearer 1 than
        the quotient of the odds; where neither or both groups were hit throughout, or a group is empty, ``nan`` between
        0 and infinity.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1, or the method is unknown.

    Notes
    -----
    Of more leads than can be summed over (tens of billions in every cell) Woolf's limits are given: there the three
    agree to ten digits.

    References
    ----------
    Cornfield (1956) Proc. Third Berkeley Symposium 4:135; Fisher (1935) JRSS 98:39; Woolf (1955) Annals of Human
    Genetics 19:251.

    Examples
    --------
    The lady tasting tea. R's ``fisher.test`` prints an upper limit of 621.93, for its search stops early:

    >>> print(odds_ratio(Counts(3, 4), Counts(1, 4)))
    6.41 [0.21, 626.24]
    """
    if method not in NAMES:
        raise ValueError(f"unknown method {method!r} for an odds ratio; choose one of {', '.join(NAMES)}.")
    z, tail = normal_quantile(confidence), (1 - confidence) / 2
    one, other = left.counts(), right.counts()
    both, n = one + other, one.total + other.total if one.total and other.total else 0
    value, low, high = math.nan, -math.inf, math.inf
    if n and 0 < both.hits < both.total:
        if method == "woolf" or 2 * REACH * _spread(one, other) > CELLS:
            value, low, high = _sample(one, other), _woolf_low(one, other, z), -_woolf_low(other, one, z)
        else:
            seen = 0.5 if method == "mid-p" else 1.0
            value = _likeliest(one, other)
            low, high = _exact_low(one, other, tail, seen), -_exact_low(other, one, tail, seen)
    return Estimate(_exp(value), _exp(low), _exp(high), n, "ratio", NAMES[method], confidence)


def _sample(left: Counts, right: Counts) -> float:
    ours, theirs = left.hits * (right.total - right.hits), right.hits * (left.total - left.hits)
    return log_quotient(ours, theirs) if ours or theirs else math.nan


def _woolf_low(left: Counts, right: Counts, z: float) -> float:
    cells = (left.hits, left.total - left.hits, right.hits, right.total - right.hits)
    if not all(cells):
        return -math.inf
    return _sample(left, right) - z * math.sqrt(sum(1 / cell for cell in cells))


class _Tables:
    """The tables with the margins of the one seen, each with its distance from it in hits of the left group."""

    def __init__(self, left: Counts, right: Counts) -> None:
        hits, seen = left.hits + right.hits, left.hits
        reach = math.ceil(REACH * _spread(left, right)) + 200
        self.first, self.last = max(0, hits - right.total), min(left.total, hits)
        low, high = max(self.first, seen - reach), min(self.last, seen + reach)
        self.logs = table_logs(left.total, hits, right.total, low, high)
        self.away = np.arange(low - seen, high - seen + 1, dtype=float)
        # Where to start looking: the odds with half a lead more in each cell.
        cells = [cell + 0.5 for group in (left, right) for cell in (group.hits, group.total - group.hits)]
        self.near = math.log(cells[0] * cells[3] / (cells[1] * cells[2]))
        self.seen = seen

    def chances(self, log_odds: float) -> np.ndarray:
        tilted = self.logs + self.away * log_odds
        weights = np.exp(tilted - tilted.max())
        return np.asarray(weights / weights.sum())


def _likeliest(left: Counts, right: Counts) -> float:
    """The log odds ratio under which the table seen is likeliest: where as many hits are expected on the left."""
    # Always the same way round: swapped sides then give the same number, negated.
    if (right.total, right.hits) < (left.total, left.hits):
        return -_likeliest(right, left)
    tables = _Tables(left, right)
    if tables.seen == tables.first:
        return -math.inf
    if tables.seen == tables.last:
        return math.inf
    return _root(lambda log_odds: float(tables.chances(log_odds) @ tables.away), tables.near)


def _exact_low(left: Counts, right: Counts, tail: float, seen: float) -> float:
    """The log odds ratio under which as many hits on the left, or more, have the probability ``tail``."""
    tables = _Tables(left, right)
    if tables.seen == tables.first:
        return -math.inf
    weights = np.where(tables.away > 0, 1.0, np.where(tables.away == 0, seen, 0.0))
    return _root(lambda log_odds: float(tables.chances(log_odds) @ weights) - tail, tables.near)


def _root(rising: Callable[[float], float], near: float) -> float:
    low, high, step = near, near, 0.01
    while rising(low) > 0:
        low, step = low - step, step * 2
    step = 0.01
    while rising(high) < 0:
        high, step = high + step, step * 2
    return float(optimize.brentq(rising, low, high, xtol=1e-15, rtol=1e-14)) if low < high else near


def _spread(left: Counts, right: Counts) -> float:
    """Roughly the standard deviation of the hits on the left, given the margins."""
    cells = (left.hits, left.total - left.hits, right.hits, right.total - right.hits)
    return 1 / math.sqrt(sum(1 / (cell + 0.5) for cell in cells))


def _exp(log: float) -> float:
    return math.inf if log > 709 else math.exp(log)
