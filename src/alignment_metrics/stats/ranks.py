"""Scores of the groups of a panel, and their covariance: what tests of whole curves are made of."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from alignment_metrics.stats.panels import Array, Panel
from alignment_metrics.values import Significance

NOTHING = "no test: on no day did some, and not all, of the leads of two groups at risk have such an end"
NO_VARIANCE = "no test: a group had nobody left before others of it came under watch, or the shares leave no variance"
ROUNDING = 1e-12
"""What is smaller, of shares and correlations, is nothing but the last digits of a sum."""


def logrank_scores(days: Panel, rho: float) -> tuple[Array, Array]:
    """Ends seen minus ends expected of each group, and their covariance: hypergeometric on each day."""
    ends, there = days.events.sum(axis=1), days.at_risk.sum(axis=1)
    weight = before(np.cumprod((there - ends) / there).astype(np.float64), 1.0) ** rho
    part = days.at_risk / there[:, None]
    score = weight @ (days.events - ends[:, None] * part)
    size = weight**2 * ends * _not_put_back(ends, there)
    return score, np.diag(size @ part) - (size[:, None] * part).T @ part


def gray_scores(days: Panel) -> tuple[Array, Array]:
    """Gray's score of each group, and the covariance of the scores; ``nan`` where a group has no share to go on from.

    The score of a group sums its ends minus its part of all ends, day by day. The ends of any group move the scores on
    their day, and once more through the shares of all days after: ``pull`` is by how much, and the covariance sums
    its squares.
    """
    ends, others, there = days.events, days.others, days.at_risk
    size = there.shape[1]
    watched = np.maximum(there, 1.0)
    left = np.cumprod((watched - ends - others) / watched, axis=0).astype(np.float64)
    left_before = before(left, 1.0)
    unknown = np.full(size, math.nan), np.full((size, size), math.nan)
    if np.any((there > 0) & (left_before <= 0)):
        return unknown
    # Leads that would be at risk, had all been watched as long and had nobody left before.
    whole = np.divide(there, left_before, out=np.zeros_like(there), where=there > 0)
    still_open = whole * (1 - before(np.cumsum(left_before * ends / watched, axis=0), 0.0))
    total, all_ends, all_open = whole.sum(axis=1), ends.sum(axis=1), still_open.sum(axis=1)
    score = (ends - still_open * (all_ends / np.where(all_open > 0, all_open, 1.0))[:, None]).sum(axis=0)
    pooled = np.cumsum(all_ends / total)
    still = 1 - before(pooled, 0.0)
    # A group alone at risk is compared with nobody, and by then the pooled share may have reached 1.
    together = ((whole > 0).sum(axis=1) > 1) & (all_ends > 0)
    if np.any(together & (np.abs(still) < ROUNDING)):
        return unknown
    hazard = np.divide(all_ends, total * still, out=np.zeros_like(total), where=together)
    spread = np.zeros((size, size))
    for one in range(size):
        now = -whole * (whole[:, one] / total)[:, None]
        now[:, one] += whole[:, one]
        past = np.cumsum(now * hazard[:, None], axis=0)
        on = there[:, one] > 0
        now, later = now[on], (past[-1:] - past)[on]
        n, out, kept, kept_after = there[on, one], others[on, one], left_before[on, one], left[on, one]
        drawn, of = all_ends[on], total[on] * kept
        lost = np.divide(1 - pooled[on], kept_after, out=np.zeros_like(n), where=kept_after > 0)
        for pull, weight in (
            (now + (1 - lost)[:, None] * later, drawn * kept**2 / (of * n) * _not_put_back(drawn, of)),
            (lost[:, None] * later, out * (kept / n) ** 2 * _not_put_back(out, n)),
        ):
            spread += (pull * weight[:, None]).T @ pull
    return score, spread


def chi_square(score: Array, spread: Array, name: str, n: int) -> Significance:
    """The scores against their covariance. What all groups that meet have in common has no spread, and is no df."""
    size = np.diag(spread)
    if np.isnan(score).any() or np.any(size < 0):
        return Significance(math.nan, 0, math.nan, NO_VARIANCE, n)
    there = size > 0
    scale = np.sqrt(size[there])
    roots, axes = np.linalg.eigh(spread[np.ix_(there, there)] / np.outer(scale, scale))
    real = roots > ROUNDING
    if np.any(roots < -ROUNDING):
        return Significance(math.nan, 0, math.nan, NO_VARIANCE, n)
    if not real.any():
        return Significance(math.nan, 0, math.nan, NOTHING, n)
    statistic, df = float(((axes.T @ (score[there] / scale))[real] ** 2 / roots[real]).sum()), int(real.sum())
    return Significance(statistic, df, float(special.chdtrc(df, statistic)), name, n)


def before(steps: Array, start: float) -> Array:
    """What a step function was before each of its steps."""
    return np.concatenate([np.full((1, *steps.shape[1:]), start), steps])[:-1]


def _not_put_back(drawn: Array, of: Array) -> Array:
    """By how much less the number drawn varies because nobody can be drawn twice."""
    return np.divide(of - drawn, of - 1, out=np.ones_like(of), where=drawn > 1)
