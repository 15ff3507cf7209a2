"""Whether a grid of cohorts can tell where they will end, and what a reader of the forecast should know about it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alignment_metrics.stats.grids import Cells, Floats, Grid

COHORTS, AGES, CONVERSIONS = 3, 2, 20
"""The least a forecast needs: with fewer, its interval would be wider than what is already known without it."""
SMALLEST_EXPECTED = 5
"""Conversions a period must expect before the normal approximation of its test is trusted (Cochran 1954)."""
ALARM = 0.01
"""One grid in a hundred without any calendar effect is said to have one."""


@dataclass(frozen=True, slots=True)
class Period:
    """Conversions of one calendar period, in all cohorts, beside those that age and cohort lead one to expect.

    Parameters
    ----------
    back : int
        Periods before the latest one, which is 0.
    seen, expected : float
        Conversions.
    pvalue : float
        Two-sided, multiplied by the number of periods that were tested; ``nan`` where there was too little to test.
    """

    back: int
    seen: float
    expected: float
    pvalue: float


def refusal(cumulative: Cells, leads: Sequence[int] | None = None) -> str | None:
    """Why no chain ladder should be built on this grid; None where one may be.

    Parameters
    ----------
    cumulative, leads
        As for :func:`alignment_metrics.stats.triangles.chain_ladder`.
    """
    grid = Grid.of(cumulative, leads)
    return scarce(grid) or unscalable(grid)


def scarce(grid: Grid) -> str | None:
    """Why this grid is too small for a forecast of any kind; None where it is not."""
    cohorts, conversions = int(np.count_nonzero(grid.ages)), float(grid.so_far.sum())
    if cohorts < COHORTS:
        there = f"{cohorts} cohort{' has' if cohorts == 1 else 's have'} an age that could be observed"
        return f"{there}, and a forecast needs {COHORTS}; take shorter cohorts or wait."
    if grid.oldest < AGES:
        return (
            f"the oldest cohort was seen at {grid.oldest} age, and a forecast needs {AGES}; take shorter ages or wait."
        )
    if conversions < CONVERSIONS:
        there = f"{conversions:g} conversion{'' if conversions == 1 else 's'}"
        return (
            f"the grid holds {there}, and a forecast needs {CONVERSIONS}; take more leads, or a stage that more reach."
        )
    return None


def unscalable(grid: Grid) -> str | None:
    """Why the young cohorts of this grid cannot be scaled up; None where they can."""
    jumps = np.flatnonzero(np.isinf(grid.factors))
    if not jumps.size:
        return None
    return (
        f"no cohort that was seen longer had a conversion by age {jumps.max() + 1}, so nothing tells what follows on "
        "those of the younger ones; use Bornhuetter-Ferguson, which starts from the leads."
    )


def cautions(cumulative: Cells, leads: Sequence[int] | None = None) -> tuple[str, ...]:
    """What to say beside a chain ladder on this grid, one sentence each.

    Named are the ages that rest on a single cohort, the cohorts of which nothing can be scaled up, and a calendar
    period that does not fit the others.

    Parameters
    ----------
    cumulative, leads
        As for :func:`alignment_metrics.stats.triangles.chain_ladder`.
    """
    grid = Grid.of(cumulative, leads)
    return (*unscaled(grid), *told(grid))


def unscaled(grid: Grid) -> tuple[str, ...]:
    """Which cohorts a chain ladder can make nothing of."""
    said = []
    unseen, none = int(np.count_nonzero(grid.ages == 0)), int(np.count_nonzero((grid.ages > 0) & (grid.so_far == 0)))
    if unseen:
        which = "1 cohort has" if unseen == 1 else f"{unseen} cohorts have"
        said.append(f"{which} no age that could be observed, and a chain ladder says nothing of such.")
    if none:
        which = "1 cohort has" if none == 1 else f"{none} cohorts have"
        said.append(f"{which} no conversion yet, and where none came a chain ladder expects none to come.")
    return tuple(said)


def told(grid: Grid) -> tuple[str, ...]:
    """What to say beside a forecast of any kind on this grid."""
    said = []
    lone = [age for age in range(1, grid.oldest) if np.count_nonzero(grid.ages > age) == 1]
    if lone:
        said.append(f"What comes after age {lone[0]} rests on a single cohort.")
    odd = min(_periods(grid), key=lambda one: math.inf if math.isnan(one.pvalue) else one.pvalue, default=None)
    if odd is not None and odd.pvalue < ALARM:
        name = {0: "The latest period", 1: "The period before the latest"}.get(odd.back)
        said.append(
            f"{name or f'The period {odd.back} before the latest'} brought {odd.seen:,.0f} conversions where age and "
            f"cohort lead one to expect {odd.expected:,.0f}: if the process changed then, "
            "the forecast does not know it."
        )
    return tuple(said)


def calendar(cumulative: Cells) -> tuple[Period, ...]:
    """Which calendar periods do not fit a pattern made of ages and cohorts alone: the trace of a changed process.

    Parameters
    ----------
    cumulative : sequence of sequence of float
        As for :func:`alignment_metrics.stats.triangles.chain_ladder`: cohorts of consecutive periods, all of one
        length.

    Returns
    -------
    tuple of Period
        The latest first.

    Notes
    -----
    Each diagonal is added by itself to the over-dispersed Poisson model of ages and cohorts, and its score tested; a
    dispersion below 1 counts as 1. The probabilities are multiplied by the number of diagonals tested (Bonferroni).

    References
    ----------
    Mack (1994) CAS Forum, spring, 101, on calendar year effects; McCullagh & Nelder (1989) Generalized Linear Models,
    chapter 12 (score tests).
    """
    return _periods(Grid.of(cumulative))


def _periods(grid: Grid) -> tuple[Period, ...]:
    if scarce(grid) or unscalable(grid):
        return ()
    seen, fitted = split(grid)
    row, column = np.nonzero(fitted > 0)
    x, m = seen[row, column], fitted[row, column]
    # The youngest cohort that has come to an age did so in the latest period, the one before it in the one before.
    back = np.count_nonzero(grid.ages[:, None] > np.arange(grid.oldest), axis=0)[column] - 1 - row
    # Indicators of cohort and age; that they are one too many does not matter to what is left after them.
    design = np.concatenate((np.eye(len(grid.ages))[row], np.eye(grid.oldest)[column]), axis=1)
    diagonals = np.eye(int(back.max()) + 1)[back]
    score = diagonals.T @ (x - m)
    cross = design.T @ (m[:, None] * diagonals)
    explained = np.einsum("ij,ij->j", cross, np.linalg.lstsq(design.T @ (m[:, None] * design), cross, rcond=None)[0])
    spread = max(1.0, dispersion(grid)) * (diagonals.T @ m - explained)
    expected = diagonals.T @ m
    fit = (expected >= SMALLEST_EXPECTED) & (spread > 1e-6 * expected)
    tests = int(np.count_nonzero(fit))

    def pvalue(at: int) -> float:
        if not fit[at]:
            return math.nan
        return min(1.0, tests * math.erfc(abs(score[at]) / math.sqrt(2 * spread[at])))

    return tuple(
        Period(at, float(expected[at] + score[at]), float(expected[at]), pvalue(at)) for at in range(len(expected))
    )


def split(grid: Grid) -> tuple[Floats, Floats]:
    """Conversions at each age, seen and as the model of ages and cohorts fits them; 0 where nothing was observed."""
    there = np.arange(grid.oldest) < grid.ages[:, None]
    seen = np.where(there, np.diff(grid.cells, prepend=0.0, axis=1), 0.0)
    share = grid.pattern
    reached = share[grid.ages]
    whole = np.divide(grid.so_far, reached, out=np.zeros_like(reached), where=reached > 0)
    return seen, np.where(there, whole[:, None] * np.diff(share), 0.0)


def dispersion(grid: Grid) -> float:
    """By how much the conversions scatter more than chance alone: Pearson's chi-square over its degrees of freedom.

    ``nan`` where every cell is fitted by a parameter of its own.
    """
    seen, fitted = split(grid)
    cells = fitted > 0
    free = int(cells.sum()) - int(cells.any(axis=1).sum()) - int(cells.any(axis=0).sum()) + 1
    if free < 1:
        return math.nan
    return float(((seen[cells] - fitted[cells]) ** 2 / fitted[cells]).sum() / free)
