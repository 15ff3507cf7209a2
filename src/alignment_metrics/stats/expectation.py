"""Where cohorts will end by what is expected of their leads, instead of by what they have shown so far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alignment_metrics.stats.forecasts import Forecast, Outlook, assemble, nothing
from alignment_metrics.stats.grids import Cells, Grid
from alignment_metrics.stats.ripeness import dispersion, scarce, told
from alignment_metrics.values import Counts

METHOD = "Bornhuetter-Ferguson"


@dataclass(frozen=True, slots=True)
class _Share:
    """The share of leads expected to convert by the oldest age: how sure of it, and how far cohorts differ in it."""

    value: float
    variance: float
    between: float


def bornhuetter_ferguson(
    cumulative: Cells, leads: Sequence[int], prior: Counts | float | None = None, *, confidence: float = 0.8
) -> Forecast:
    """How many conversions are still to come if the leads convert in the end as those of other cohorts do.

    To what came is added the expected share of the leads, as far as it falls after the latest age of the cohort. So a
    cohort that has nothing yet, or no age at all, has a forecast too, and the luck of a young cohort is not scaled up.

    Parameters
    ----------
    cumulative : sequence of sequence of float
        For each cohort in order of entry, its conversions by the end of each age that could be observed.
    leads : sequence of int
        Leads of each cohort.
    prior : Counts or float, optional
        The share expected to convert by the oldest age: of matured leads, with the uncertainty of their number, or as
        a number to be taken for certain. Left out: conversions of all cohorts over their leads, each lead counted as
        far as its cohort's age goes (Cape Cod).
    confidence : float
        Level of the prediction intervals.

    Returns
    -------
    Forecast
        By the oldest age of the grid.

    Raises
    ------
    ValueError
        If the grid makes no sense, the prior is no share or has no leads, or ``confidence`` is not between 0 and 1.

    Notes
    -----
    The interval holds what chance does to the leads, how uncertain the expected share and the pattern of ages are, and
    how far the shares of the cohorts differ from each other (by moments, none where they differ less than chance).

    In the simulations of :func:`alignment_metrics.stats.triangles.quasi_poisson` its 80 % intervals hold as often. They
    are less than half as wide in cohorts of 50 leads, and nearly twice as wide in cohorts of 2,000 whose shares vary by
    a quarter: what such a cohort has shown tells more of it than what the others did.

    References
    ----------
    Bornhuetter & Ferguson (1972) PCAS 59:181; Mack (2008) ASTIN Bulletin 38:87 (its error).
    """
    grid = Grid.of(cumulative, leads)
    because = scarce(grid)
    if because:
        point = chance = nothing(grid)
    else:
        expected, drawn = _expected(grid, prior)
        point, chance = _outlook(grid, expected), _outlook(grid, drawn)
    notes = () if because else told(grid)
    return assemble(grid, point, chance, method=METHOD, confidence=confidence, cautions=notes, because=because)


def _expected(grid: Grid, prior: Counts | float | None) -> tuple[_Share, _Share]:
    """The expected share as the value has it, and as the interval has it: with half a conversion more."""
    assert grid.leads is not None
    reached = grid.pattern[grid.ages]
    used = grid.leads * reached
    # What came at an age by which nothing is expected says nothing of how much is.
    come = float(grid.so_far[reached > 0].sum())
    own = min(1.0, come / float(used.sum()))
    between = _between(grid, own)
    if prior is None:
        chance = own * (1 - own * reached) * used + between * used**2
        variance = float(np.maximum(0.0, chance).sum() / used.sum() ** 2)
        return _Share(own, variance, between), _Share(min(1.0, (come + 0.5) / float(used.sum())), variance, between)
    if isinstance(prior, Counts):
        if not prior.total:
            raise ValueError("the prior has no leads; give matured ones, a share, or leave it out.")
        shrunk, more = (prior.hits + 0.5) / (prior.total + 1), prior.total + 2
        variance = shrunk * (1 - shrunk) / more
        return _Share(prior.hits / prior.total, variance, between), _Share(shrunk, variance, between)
    if not 0 <= prior <= 1:
        raise ValueError(f"the prior must be a share between 0 and 1; got {prior!r}, for 20% say 0.2.")
    return (_Share(float(prior), 0.0, between),) * 2


def _between(grid: Grid, own: float) -> float:
    """Variance of the cohorts' shares beyond chance, by moments."""
    assert grid.leads is not None
    reached = grid.pattern[grid.ages]
    used = grid.leads * reached
    kept = (used > 0) & (own * reached < 1)
    weight = 1 / (own * used[kept] * (1 - own * reached[kept]))
    excess = float((weight * (grid.so_far[kept] - own * used[kept]) ** 2).sum()) - (np.count_nonzero(kept) - 1)
    pull = float((weight * used[kept] ** 2 * (1 - used[kept] / used.sum())).sum())
    return max(0.0, excess / pull) if pull > 0 else 0.0


def _outlook(grid: Grid, share: _Share) -> Outlook:
    assert grid.leads is not None
    scatter = dispersion(grid)
    scatter = 1.0 if math.isnan(scatter) else max(1.0, scatter)
    come, ages, leads = grid.pattern, grid.ages, grid.leads[:, None]
    # How uncertain each step of the pattern is, on the scale of its logarithm; before the first conversion it is 0.
    step = np.divide(1 - 1 / grid.factors, grid.before, out=np.zeros_like(grid.before), where=grid.before > 0)
    blur = scatter * np.concatenate(([0.0, 0.0], np.cumsum(step)))
    start, by = come[ages][:, None], come[1:]
    later = np.maximum(0.0, by - start)
    mean = leads * share.value * later
    process = scatter * mean * (1 - share.value * later)
    pattern = start**2 * np.maximum(0.0, blur[1:] - blur[ages][:, None]) + later**2 * (blur[-1] - blur[1:])
    shared = (leads * share.value) ** 2 * pattern
    variance = process + (leads * later) ** 2 * (share.variance + share.between) + shared
    ahead = ages[:, None] <= np.arange(1, grid.oldest)
    moved = np.where(ahead, leads * share.value * start, 0.0).sum(axis=0)
    total = (
        process[:, -1].sum()
        + share.between * ((leads * later)[:, -1] ** 2).sum()
        + share.variance * (leads * later)[:, -1].sum() ** 2
        + scatter * (step * moved**2).sum()
    )
    return Outlook(mean, np.where(later > 0, variance, 0.0), float(mean[:, -1].sum()), float(total))
