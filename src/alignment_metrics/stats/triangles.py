"""Where young cohorts will end: development triangles. Nothing is said of an age that no cohort has reached yet."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from alignment_metrics.stats.expectation import bornhuetter_ferguson
from alignment_metrics.stats.forecasts import CohortForecast, Forecast, Outlook, assemble, nothing
from alignment_metrics.stats.grids import Cells, Floats, Grid
from alignment_metrics.stats.ripeness import (
    Period,
    calendar,
    cautions,
    dispersion,
    refusal,
    scarce,
    told,
    unscalable,
    unscaled,
)
from alignment_metrics.values import Counts, Estimate

__all__ = [
    "Backtest",
    "Check",
    "CohortForecast",
    "Forecast",
    "Period",
    "backtest",
    "bornhuetter_ferguson",
    "calendar",
    "cautions",
    "chain_ladder",
    "quasi_poisson",
    "refusal",
]

HALF = 0.5
"""Conversions added to what a cohort has so far before an interval is drawn, as Jeffreys does for a rate. Without it a
cohort that has none yet would be certain to stay at none."""


def chain_ladder(cumulative: Cells, leads: Sequence[int] | None = None, *, confidence: float = 0.8) -> Forecast:
    """How many conversions are still to come if young cohorts grow as older ones did: chain ladder with Mack's error.

    For counts of conversions prefer :func:`quasi_poisson`: the same forecast, with an interval that keeps its promise
    in small cohorts too.

    Parameters
    ----------
    cumulative : sequence of sequence of float
        For each cohort in order of entry, its conversions by the end of each age that could be observed; ``nan`` at the
        end of a row is an age that could not.
    leads : sequence of int, optional
        Leads of each cohort, for shares.
    confidence : float
        Level of the prediction intervals.

    Returns
    -------
    Forecast
        By the oldest age of the grid. Where :func:`refusal` has something to say, that is its ``because``, and nothing
        is forecast.

    Raises
    ------
    ValueError
        If the grid makes no sense, or ``confidence`` is not between 0 and 1.

    Notes
    -----
    Factors are volume-weighted. The variance of a factor that rests on one cohort is the smaller of what the two before
    it give and what they give continued (Mack's rule); cohorts without a conversion before a step tell nothing about
    its variance and are left out of it. The error in total counts that all cohorts share the factors. The interval is
    that of a count with this error, from half a conversion more than was seen, and never narrower than chance alone.

    References
    ----------
    Mack (1993) ASTIN Bulletin 23:213.

    Examples
    --------
    The first two ages of the payments of Taylor & Ashe (1983), whose first factor Mack (1993) prints as 3.491:

    >>> first = [357848, 352118, 290507, 310608, 443160, 396132, 440832, 359480, 376686, 344014]
    >>> second = [1124788, 1236139, 1292306, 1418858, 1136350, 1333217, 1288463, 1421128, 1363294]
    >>> paid = [list(pair) for pair in zip(first, second)] + [first[-1:]]
    >>> [round(factor, 3) for factor in chain_ladder(paid).factors]
    [3.491]
    """
    return _scaled(Grid.of(cumulative, leads), _mack, "chain ladder (Mack)", confidence)


def quasi_poisson(
    cumulative: Cells, leads: Sequence[int] | None = None, *, confidence: float = 0.8, least_dispersion: float = 1.0
) -> Forecast:
    """How many conversions are still to come if young cohorts grow as older ones did: the interval for counts.

    Parameters
    ----------
    cumulative, leads, confidence
        As for :func:`chain_ladder`.
    least_dispersion : float
        A dispersion below this counts as this. Conversions of single leads do not scatter less than chance, so less
        than 1 is luck in a small grid; 0 gives the textbook's answer.

    Returns
    -------
    Forecast
        The values are those of :func:`chain_ladder`.

    Raises
    ------
    ValueError
        If the grid makes no sense, or ``confidence`` is not between 0 and 1.

    Notes
    -----
    The over-dispersed Poisson model with a parameter for each cohort and each age. Its error needs no matrix: as the
    growth from one age to the next is a binomial share of what the cohorts had in the end, its answer is Mack's formula
    with ``dispersion * f * (f - 1)`` in the place of his variances.

    In 7,200 simulated grids (cohorts of 50, 200 or 2,000 leads, 12 or 24 of them; 20 % of the leads converting, or a
    share that varies by a quarter from cohort to cohort, with or without waits that vary too) the 80 % interval of the
    total to come held it in 81 %, and in 75 to 88 % of the 400 grids of each kind; the 95 % interval in 96 %. Mack's
    does as well in cohorts of 200 or more, and held it in 74 % in cohorts of 50, where his variances rest on ages at
    which hardly anybody converted (``tests/test_forecast_coverage.py``). Of a single cohort with little to come, the
    interval holds more often than it says: whole numbers leave no choice.

    References
    ----------
    Renshaw & Verrall (1998) British Actuarial Journal 4:903; England & Verrall (2002) British Actuarial Journal 8:443.
    """
    grid = Grid.of(cumulative, leads)
    scatter = dispersion(grid)
    used = max(least_dispersion, 1.0 if math.isnan(scatter) else scatter)

    def variances(grid: Grid) -> Floats:
        return used * grid.factors * (grid.factors - 1)

    return _scaled(grid, variances, "chain ladder (quasi-Poisson)", confidence, scatter)


@dataclass(frozen=True, slots=True)
class Check:
    """What was foretold for one cohort beside what came.

    Parameters
    ----------
    cohort : int
        Its place in the grid, from 0.
    age : int
        The age spoken of: the latest seen since, and no later than the oldest age of the forecast.
    foretold : Estimate
        Conversions in all by that age.
    came : float
        Conversions in all by that age.
    """

    cohort: int
    age: int
    foretold: Estimate
    came: float

    @property
    def held(self) -> bool:
        """Whether what came lies in the interval."""
        return self.foretold.low <= self.came <= self.foretold.high


@dataclass(frozen=True, slots=True)
class Backtest:
    """A forecast that would have been made some periods ago, beside what came since.

    Parameters
    ----------
    back : int
        How many periods ago.
    forecast : Forecast
        Made of what could be known then.
    checks : tuple of Check
        One for each cohort that has aged since, as far as that forecast reached.
    """

    back: int
    forecast: Forecast
    checks: tuple[Check, ...]

    @property
    def held(self) -> Counts:
        """In how many of the cohorts the interval held what came."""
        return Counts(sum(check.held for check in self.checks), len(self.checks))


def backtest(
    cumulative: Cells,
    leads: Sequence[int] | None,
    at: int,
    *,
    method: Callable[..., Forecast] = quasi_poisson,
    confidence: float = 0.8,
) -> Backtest:
    """What would have been foretold ``at`` periods ago, and what came since.

    Parameters
    ----------
    cumulative, leads, confidence
        As for :func:`chain_ladder`; cohorts of consecutive periods, all of one length.
    at : int
        Latest calendar periods to be forgotten, 1 or more.
    method : callable
        What made the forecast: :func:`quasi_poisson`, :func:`chain_ladder` or :func:`bornhuetter_ferguson`.

    Returns
    -------
    Backtest
        Without checks where that little could not have been forecast from.

    Raises
    ------
    ValueError
        If the grid makes no sense, or ``at`` is below 1.
    """
    grid = Grid.of(cumulative, leads)
    if at < 1:
        raise ValueError(f"at must be 1 or more periods ago; got {at}.")
    # A cohort was then as old as the one that entered so many periods after it is now.
    known = [int(age) for age in grid.ages[at:] if age]
    kept = range(len(known))
    rows = [[float(cell) for cell in grid.cells[cohort, : known[cohort]]] for cohort in kept]
    forecast = method(rows, None if leads is None else [leads[cohort] for cohort in kept], confidence=confidence)
    checks = []
    for cohort, one in zip(kept, forecast.cohorts, strict=True):
        age = min(forecast.oldest, int(grid.ages[cohort]))
        if age > one.age and not forecast.because:
            checks.append(Check(cohort, age, one.path[age - one.age - 1], float(grid.cells[cohort, age - 1])))
    return Backtest(at, forecast, tuple(checks))


def _scaled(
    grid: Grid, variances: Callable[[Grid], Floats], method: str, confidence: float, scatter: float = math.nan
) -> Forecast:
    because = scarce(grid) or unscalable(grid)
    if because:
        point = chance = nothing(grid)
    else:
        sigma = variances(grid)
        point, chance = _outlook(grid, sigma, 0.0), _outlook(grid, sigma, HALF)
    notes = () if because else (*unscaled(grid), *told(grid))
    return assemble(
        grid, point, chance, method=method, confidence=confidence, dispersion=scatter, cautions=notes, because=because
    )


def _outlook(grid: Grid, sigma: Floats, extra: float) -> Outlook:
    """Mack's formulas for any variances of the factors, with so many more conversions in each cohort."""
    factors, seen = grid.factors, grid.ages > 0
    start, came = np.maximum(grid.ages - 1, 0), np.where(seen, grid.so_far + extra, math.nan)[:, None]
    grown = np.concatenate(([1.0], np.cumprod(factors)))
    luck = np.concatenate(([0.0], np.cumsum(sigma / (factors**2 * grown[:-1]))))
    # Where nobody had converted before a step nobody had after it: no luck, and nothing to be mistaken about.
    step = np.divide(sigma / factors**2, grid.before, out=np.zeros_like(sigma), where=grid.before > 0)
    blur = np.concatenate(([0.0], np.cumsum(step)))
    ahead = np.arange(grid.oldest) > start[:, None]
    growth = grown / grown[start][:, None]
    mean = np.where(ahead, came * (growth - 1), 0.0 * came)
    process = np.where(ahead, came * growth**2 * grown[start][:, None] * (luck - luck[start][:, None]), 0.0 * came)
    ends = came * growth
    variance = process + np.where(ahead, ends**2 * (blur - blur[start][:, None]), 0.0)
    steps = np.arange(1, grid.oldest)
    moved = np.where(seen[:, None] & (grid.ages[:, None] <= steps), ends[:, -1:], 0.0).sum(axis=0)
    total = process[seen, -1].sum() + (step * moved**2).sum()
    return Outlook(mean, variance, float(mean[seen, -1].sum()), float(total))


def _mack(grid: Grid) -> Floats:
    """Mack's variances of the factors."""
    found: list[float] = []
    for at, factor in enumerate(grid.factors):
        one, other = grid.cells[grid.ages > at + 1, at], grid.cells[grid.ages > at + 1, at + 1]
        told_by = one > 0
        if np.count_nonzero(told_by) > 1:
            missed = (other - factor * one)[told_by] ** 2 / one[told_by]
            found.append(float(missed.sum()) / (np.count_nonzero(told_by) - 1))
        elif len(found) > 1:
            last, earlier = found[-1], found[-2]
            found.append(min(last, earlier, last * last / earlier if earlier > 0 else 0.0))
        else:
            found.append(found[-1] if found else 0.0)
    return np.array(found)
