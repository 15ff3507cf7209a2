"""How many leads a quota of hits takes, and not only on average."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from alignment_metrics.stats.intervals import normal_quantile
from alignment_metrics.stats.power import share
from alignment_metrics.values import Countable


@dataclass(frozen=True, slots=True)
class Quota:
    """How many leads a quota of hits takes.

    Parameters
    ----------
    leads : int
        The fewest that reach the quota as surely as was asked.
    chance, chance_of_one_fewer : float
        How surely these leads reach it, and one lead fewer.
    """

    leads: int
    chance: float
    chance_of_one_fewer: float


def leads_for(quota: int, rate: float | Countable, *, confidence: float = 0.9) -> Quota:
    """How many leads it takes to have at least so many hits, and not only on average.

    Parameters
    ----------
    quota : int
        Hits wanted.
    rate : float or Counts or Tally
        The rate, if it is known: a share of 1. Or the leads it was learned from: then what they leave open counts too.
    confidence : float
        How surely the quota is to be reached.

    Raises
    ------
    ValueError
        If the quota is not a positive whole number, the rate not a share above 0, no lead was seen, or ``confidence``
        is not between 0 and 1.

    Notes
    -----
    Of a known rate the hits are binomial. Of a rate learned from ``k`` hits in ``n`` leads they are beta-binomial, with
    what Jeffreys' prior and those leads say of it: ``Beta(k + 1/2, n - k + 1/2)``.

    Examples
    --------
    50 wins at 8%: on average 625 leads have them, 736 do so nine times in ten.

    >>> plan = leads_for(50, 0.08)
    >>> plan.leads, round(plan.chance, 4), round(plan.chance_of_one_fewer, 4)
    (736, 0.9011, 0.8993)
    """
    normal_quantile(confidence)
    if quota < 1 or quota != int(quota):
        raise ValueError(f"a quota must be a positive whole number of hits; got {quota!r}.")
    chance = _known(int(quota), rate) if isinstance(rate, float | int) else _learned(int(quota), rate)
    short, enough = quota - 1, quota
    while chance(enough) < confidence:
        short, enough = enough, enough * 2
    while enough - short > 1:
        middle = (short + enough) // 2
        short, enough = (short, middle) if chance(middle) >= confidence else (middle, enough)
    return Quota(enough, chance(enough), chance(enough - 1))


def _known(quota: int, rate: float) -> Callable[[int], float]:
    if not share(rate):
        raise ValueError(f"no number of leads reaches a quota at a rate of {rate!r}; give a rate above 0.")
    return lambda leads: float(special.betainc(quota, leads - quota + 1, rate)) if leads >= quota else 0.0


def _learned(quota: int, counts: Countable) -> Callable[[int], float]:
    seen = counts.counts()
    if not seen.total:
        raise ValueError("a rate cannot be learned from no leads; give the leads it was seen in, or the rate itself.")
    a, b = seen.hits + 0.5, seen.total - seen.hits + 0.5

    def chance(leads: int) -> float:
        if leads < quota:
            return 0.0
        k = np.arange(quota - 1, dtype=float)
        steps = np.log((leads - k) * (k + a) / ((k + 1) * (leads - k - 1 + b)))
        first = special.betaln(a, leads + b) - special.betaln(a, b)
        return max(0.0, 1.0 - float(np.exp(first + np.concatenate(([0.0], np.cumsum(steps)))).sum()))

    return chance
