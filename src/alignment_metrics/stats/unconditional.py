"""Exact tests of two small groups that hold for any rate they may share: Boschloo's and Barnard's.

Fisher's test also fixes how many hits there were in all, which nobody fixed; these do not, and so see more.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from alignment_metrics.stats.exact import chosen
from alignment_metrics.values import Countable, Counts

MOST_LEADS = 1000
"""In both groups; above, the score test holds its level and takes no time."""


def boschloo(left: Countable, right: Countable, *, alternative: str = "two-sided") -> float:
    """Boschloo's test: how often, at worst, Fisher's one-sided p-value would be as small, were the rates the same.

    Parameters
    ----------
    left, right : Counts or Tally
        Leads of two groups that share none; no more than 1,000 together.
    alternative : {"two-sided", "less", "greater"}
        Of the left group's rate. Two-sided is twice the smaller of the other two.

    Returns
    -------
    float
        The p-value, never above Fisher's one-sided one; ``nan`` against an empty group.

    Raises
    ------
    ValueError
        If the alternative is unknown, or there are too many leads.

    References
    ----------
    Boschloo (1970) Statistica Neerlandica 24:1; Lydersen, Fagerland & Laake (2009) Statistics in Medicine 28:1159.

    Examples
    --------
    7 of 15 against 12 of 15, Mehta & Senchaudhuri (2003) Conditional versus unconditional exact tests:

    >>> round(boschloo(Counts(7, 15), Counts(12, 15), alternative="less"), 4)
    0.0341
    """
    one, other = _small_enough(left, right, alternative, "Boschloo's")
    if not (one.total and other.total):
        return math.nan
    if alternative == "two-sided":
        return min(1.0, 2 * min(boschloo(one, other, alternative=side) for side in ("less", "greater")))
    if alternative == "greater":
        one, other = other, one
    rarity = _fisher_less(one.total, other.total)
    # Equal probabilities are sums of the same numbers and differ by rounding alone.
    return _supremum(rarity <= rarity[one.hits, other.hits] * (1 + 1e-9))


def barnard(left: Countable, right: Countable, *, alternative: str = "two-sided") -> float:
    """Barnard's test: how often, at worst, the pooled z would be as far out, were the rates the same.

    Parameters
    ----------
    left, right : Counts or Tally
        Leads of two groups that share none; no more than 1,000 together.
    alternative : {"two-sided", "less", "greater"}
        Of the left group's rate. Two-sided goes by the size of z alone.

    Returns
    -------
    float
        The p-value; ``nan`` against an empty group.

    Raises
    ------
    ValueError
        If the alternative is unknown, or there are too many leads.

    Notes
    -----
    Tables with the same z count as equally far out. They are compared in whole numbers: by their z as it is rounded
    some of them would be missed, and the p-value come out too small.

    References
    ----------
    Suissa & Shuster (1985) JRSS A 148:317.

    Examples
    --------
    3 of 4 against 1 of 4, Fagerland, Lydersen & Laake (2017) Statistical Analysis of Contingency Tables, chapter 4:

    >>> round(barnard(Counts(3, 4), Counts(1, 4)), 5)
    0.28906
    """
    one, other = _small_enough(left, right, alternative, "Barnard's")
    if not (one.total and other.total):
        return math.nan
    hits = np.arange(one.total + 1)[:, None] + np.arange(other.total + 1)
    apart = np.arange(one.total + 1)[:, None] * other.total - np.arange(other.total + 1) * one.total
    # z is apart over the root of this, times a constant; where it is 0 so is z.
    scale = np.maximum(1, hits * (one.total + other.total - hits))
    sign = {"two-sided": np.sign(apart), "less": -1, "greater": 1}[alternative]
    far = sign * apart * np.abs(apart)
    return _supremum(far * scale[one.hits, other.hits] >= far[one.hits, other.hits] * scale)


def _fisher_less(n: int, m: int) -> np.ndarray:
    """Fisher's p-value of "the left rate is lower", for every table of two groups of this size."""
    ways = _log_choose(n)[:, None] + _log_choose(m)
    likely = np.exp(ways - _log_choose(n + m)[np.arange(n + 1)[:, None] + np.arange(m + 1)])
    for x in range(1, n + 1):
        likely[x, :-1] += likely[x - 1, 1:]
    return np.asarray(likely)


def _log_choose(n: int) -> np.ndarray:
    logs = special.gammaln(np.arange(1, n + 2))
    return np.asarray(logs[n] - logs - logs[::-1])


def _supremum(region: np.ndarray) -> float:
    """The largest probability that the tables of the region have together at any one rate of both groups."""
    n, m = region.shape[0] - 1, region.shape[1] - 1
    weights = region.astype(float)

    def chance(angles: np.ndarray) -> np.ndarray:
        share = np.sin(angles)[:, None] ** 2
        return np.asarray(((_binomial(n, share) @ weights) * _binomial(m, share)).sum(axis=1))

    # On this scale the chance is a sum of hills no narrower than 1 / sqrt(leads), so ten steps to each miss none.
    angles = np.linspace(0, math.pi / 2, 16 * math.ceil(math.sqrt(n + m)) + 1)
    found = chance(angles)
    step = angles[1]
    for _ in range(4):
        tops = found >= 0.95 * found.max()
        # A hill that is not the highest by the steps so far may still be, by less than they are apart.
        peaks = tops & (found >= np.roll(found, 1)) & (found >= np.roll(found, -1)) | (found == found.max())
        starts = angles[peaks][:50]
        angles = np.clip((starts[:, None] + np.linspace(-step, step, 21)).ravel(), 0, math.pi / 2)
        found, step = np.maximum(chance(angles), 0), step / 10
    return min(1.0, float(found.max()))


def _binomial(n: int, share: np.ndarray) -> np.ndarray:
    k = np.arange(n + 1)
    return np.asarray(np.exp(_log_choose(n) + special.xlogy(k, share) + special.xlog1py(n - k, -share)))


def _small_enough(left: Countable, right: Countable, alternative: str, whose: str) -> tuple[Counts, Counts]:
    chosen(alternative)
    one, other = left.counts(), right.counts()
    if (leads := one.total + other.total) > MOST_LEADS:
        raise ValueError(
            f"{whose} test is for at most {MOST_LEADS:,} leads in both groups; there are {leads:,}, so take compare()."
        )
    return one, other
