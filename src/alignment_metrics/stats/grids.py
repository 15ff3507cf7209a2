"""Conversions of cohorts by age as arrays: what could be observed, and how fast it grew. Whatever reads a grid reads
it here, so a grid that makes no sense is refused once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Cells = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Grid:
    """A development triangle.

    Parameters
    ----------
    cells : array of (cohorts, ages)
        Conversions by the end of each age, ``nan`` where the cohort has not come so far.
    ages : array of int
        How many ages of each cohort could be observed.
    leads : array of float or None
        Leads of each cohort.
    before, after : array of (ages - 1)
        For each step to the next age: what the cohorts seen at both ages together had before it and after it.
    """

    cells: Floats
    ages: Whole
    leads: Floats | None
    before: Floats
    after: Floats

    @classmethod
    def of(cls, cumulative: Cells, leads: Sequence[int] | None = None) -> Grid:
        """The grid of these rows, cohorts in order of entry.

        Parameters
        ----------
        cumulative : sequence of sequence of float
            For each cohort, its conversions by the end of each age that could be observed. A ``nan`` at the end of a
            row is an age that could not.
        leads : sequence of int, optional
            Leads of each cohort.

        Raises
        ------
        ValueError
            If a row is longer than the one before it, or falls, or holds what is no number from 0 up; if the leads are
            not one number a cohort, or fewer than converted.
        """
        rows = [_observed(row) for row in cumulative]
        for at, row in enumerate(rows, 1):
            if at > 1 and len(row) > len(rows[at - 2]):
                raise ValueError(
                    f"cohort {at} was seen at {len(row)} ages and the cohort before it at {len(rows[at - 2])}; "
                    "give the cohorts in order of entry, the oldest first."
                )
            if any(not (math.isfinite(cell) and cell >= last) for last, cell in zip([0.0, *row], row, strict=False)):
                raise ValueError(
                    f"the conversions of cohort {at} must be numbers from 0 up that never fall; "
                    "give for each age all that converted by its end."
                )
        ages = np.array([len(row) for row in rows], dtype=np.int64)
        cells = np.full((len(rows), int(ages.max(initial=0))), math.nan)
        for at, row in enumerate(rows):
            cells[at, : len(row)] = row
        steps = range(max(0, cells.shape[1] - 1))
        before = np.array([math.fsum(cells[ages > step + 1, step]) for step in steps])
        after = np.array([math.fsum(cells[ages > step + 1, step + 1]) for step in steps])
        return cls(cells, ages, _entered(leads, rows), before, after)

    @property
    def oldest(self) -> int:
        """How many ages the longest observed cohort has."""
        return int(self.cells.shape[1])

    @property
    def so_far(self) -> Floats:
        """Conversions of each cohort at its latest age."""
        last = np.maximum(self.ages - 1, 0)[:, None]
        seen = np.take_along_axis(self.cells, last, axis=1)[:, 0] if self.oldest else np.zeros(len(self.ages))
        return np.where(self.ages > 0, seen, 0.0)

    @property
    def factors(self) -> Floats:
        """By how much all cohorts together grew at each step: volume-weighted, 1 where nobody had converted yet."""
        grew = np.where(self.after > 0, math.inf, 1.0)
        return np.divide(self.after, self.before, out=grew, where=self.before > 0)

    @property
    def pattern(self) -> Floats:
        """Share of the conversions by the oldest age that has come by each age, from 0 at age 0 to 1."""
        shrink = 1 / self.factors
        return np.concatenate(([0.0], np.cumprod(np.concatenate(([1.0], shrink[::-1])))[::-1][: self.oldest]))


def _observed(row: Sequence[float]) -> list[float]:
    kept: list[Any] = list(row)
    while kept and (kept[-1] is None or math.isnan(kept[-1])):
        kept.pop()
    return [math.nan if cell is None else float(cell) for cell in kept]


def _entered(leads: Sequence[int] | None, rows: list[list[float]]) -> Floats | None:
    if leads is None:
        return None
    if len(leads) != len(rows):
        raise ValueError(f"there are leads of {len(leads)} cohorts and conversions of {len(rows)}; give both of each.")
    for at, (entered, row) in enumerate(zip(leads, rows, strict=True), 1):
        if not entered >= (row[-1] if row else 0):
            raise ValueError(
                f"cohort {at} has {row[-1]:g} conversions and {entered:g} leads; count all that entered."
                if row
                else f"cohort {at} has {entered:g} leads; give 0 or more."
            )
    return np.array([float(entered) for entered in leads])
