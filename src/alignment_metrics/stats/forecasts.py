"""What a forecast of young cohorts consists of, and the interval of a number of conversions still to come."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alignment_metrics.stats.grids import Floats, Grid
from alignment_metrics.stats.rates import normal_quantile
from alignment_metrics.values import Estimate

CONVERSIONS = "conversions"
EVEN = 1 + 1e-6
"""A variance of no more than this many means is taken for Poisson's: the negative binomial ends there."""
HALVINGS = 45
"""Of the range in which a quantile lies: one part in 10 ** 13 of it is left."""


@dataclass(frozen=True, slots=True)
class CohortForecast:
    """Where one cohort will end. Its estimates rest on its leads; where these were not given, on its conversions.

    Parameters
    ----------
    leads : int or None
        That entered.
    age : int
        At how many ages it could be observed.
    so_far : float
        Conversions at the latest of them.
    to_come, ultimate : Estimate
        Conversions after that, and in all, by the oldest age of the grid, with prediction intervals.
    error : float
        Standard error of prediction, of either.
    path : tuple of Estimate
        Conversions in all by each age still to come; empty for a cohort that has reached the oldest.
    """

    leads: int | None
    age: int
    so_far: float
    to_come: Estimate
    ultimate: Estimate
    error: float
    path: tuple[Estimate, ...]

    @property
    def share(self) -> Estimate:
        """The ultimate as a share of the leads; ``nan`` between 0 and 1 where they were not given, or are none."""
        end, leads = self.ultimate, self.leads
        if not leads:
            return replace(end, value=math.nan, low=0.0, high=1.0, n=leads or 0, unit="share")
        return replace(end, value=end.value / leads, low=end.low / leads, high=end.high / leads, n=leads, unit="share")


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where the cohorts of a grid will end, by the oldest age that any of them has reached, and no later.

    Parameters
    ----------
    cohorts : tuple of CohortForecast
        In order of entry.
    so_far : float
        Conversions of all cohorts at their latest ages.
    to_come : Estimate
        Conversions of all cohorts after that, with a prediction interval.
    error : float
        Its standard error of prediction.
    oldest : int
        The age, as a place in the grid's rows, by which the forecast is made.
    factors : tuple of float
        By how much conversions grow at each step to the next age.
    dispersion : float
        By how much the conversions scatter more than chance alone would have it; ``nan`` where that was not asked, or
        cannot be told.
    method : str
        By the name the field gives it.
    confidence : float
        Level of every interval.
    cautions : tuple of str
        What to say beside it.
    because : str or None
        Why there is no forecast. Every estimate of what is to come is ``nan`` then.
    """

    cohorts: tuple[CohortForecast, ...]
    so_far: float
    to_come: Estimate
    error: float
    oldest: int
    factors: tuple[float, ...]
    dispersion: float
    method: str
    confidence: float
    cautions: tuple[str, ...] = ()
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """Mean and variance of the conversions still to come: of each cohort by each age, and of all by the oldest."""

    mean: Floats
    variance: Floats
    total_mean: float
    total_variance: float


def nothing(grid: Grid) -> Outlook:
    """The outlook of a grid that cannot tell."""
    unknown = np.full((len(grid.ages), max(1, grid.oldest)), math.nan)
    return Outlook(unknown, unknown, math.nan, math.nan)


def assemble(
    grid: Grid,
    point: Outlook,
    chance: Outlook,
    *,
    method: str,
    confidence: float,
    dispersion: float = math.nan,
    cautions: tuple[str, ...] = (),
    because: str | None = None,
) -> Forecast:
    """The record of a forecast: values and errors from ``point``, intervals from ``chance``.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1.
    """
    normal_quantile(confidence)
    seen = grid.so_far
    room = np.full(len(seen), math.inf) if grid.leads is None else grid.leads - seen
    mean = np.minimum(point.mean, room[:, None])
    low, high = limits(chance.mean, chance.variance, confidence)
    low, high = np.minimum(low, mean), np.maximum(np.minimum(high, room[:, None]), mean)
    low, high = np.where(np.isnan(mean), 0.0, low), np.where(np.isnan(mean), room[:, None], high)

    def cohort(at: int) -> CohortForecast:
        age, came = int(grid.ages[at]), float(seen[at])
        n = int(came if grid.leads is None else grid.leads[at])

        def by(column: int, base: float) -> Estimate:
            value, bottom, top = (base + float(limit[at, column]) for limit in (mean, low, high))
            return Estimate(value, bottom, top, n, CONVERSIONS, method, confidence)

        return CohortForecast(
            leads=None if grid.leads is None else n,
            age=age,
            so_far=came,
            to_come=by(-1, 0.0),
            ultimate=by(-1, came),
            error=math.sqrt(point.variance[at, -1]),
            path=tuple(by(column, came) for column in range(age, grid.oldest)),
        )

    told = ~np.isnan(mean[:, -1])
    value = math.fsum(mean[told, -1]) if told.any() else math.nan
    bottom, top = (
        float(limit[0])
        for limit in limits(np.array([chance.total_mean]), np.array([chance.total_variance]), confidence)
    )
    most = math.fsum(room[told]) if told.any() else math.fsum(room)
    n = int((seen if grid.leads is None else grid.leads).sum())
    bottom, top = (0.0, most) if math.isnan(value) else (min(bottom, value), max(value, min(top, most)))
    return Forecast(
        cohorts=tuple(cohort(at) for at in range(len(seen))),
        so_far=math.fsum(seen),
        to_come=Estimate(value, bottom, top, n, CONVERSIONS, method, confidence),
        error=math.sqrt(point.total_variance),
        oldest=grid.oldest,
        factors=tuple(map(float, grid.factors)),
        dispersion=dispersion,
        method=method,
        confidence=confidence,
        cautions=cautions,
        because=because,
    )


def limits(mean: Floats, variance: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Between which numbers a count of this mean and variance lies, with the stated probability.

    The quantiles of the negative binomial distribution (of Poisson's, where the variance is no larger than the mean),
    with its steps joined by the incomplete beta function and a half added, as a continuity correction does. Rounding
    outward to whole conversions would cover too much where few are to come.
    """
    tail = (1 - confidence) / 2
    return _quantile(mean, variance, tail), _quantile(mean, variance, 1 - tail)


def _quantile(mean: Floats, variance: Floats, share: float) -> Floats:
    found: Floats = np.where(np.isnan(mean), math.nan, 0.0)
    known = mean > 0
    m, v = mean[known], variance[known]
    even = v <= m * EVEN
    v = np.where(even, 2 * m, v)
    size, stay = m * m / (v - m), m / v

    def short(k: Floats) -> NDArray[np.bool_]:
        """Whether a count up to ``k`` is less likely than asked, also between whole numbers."""
        under: NDArray[np.bool_] = (
            np.where(even, special.gammaincc(k + 1, m), special.betainc(size, k + 1, stay)) < share
        )
        return under

    bottom, top = np.full_like(m, -1.0), m + 1
    while (more := short(top)).any():
        bottom, top = np.where(more, top, bottom), np.where(more, 2 * top, top)
    for _ in range(HALVINGS):
        middle = (bottom + top) / 2
        more = short(middle)
        bottom, top = np.where(more, middle, bottom), np.where(more, top, middle)
    found[known] = np.maximum(0.0, (bottom + top) / 2 + 0.5)
    return found
