"""How likely a panel is if the groups' daily rates stand in fixed ratios, and the ratios that make it likeliest.

A likelihood takes the logarithm of each group's ratio and is concave in them; each treats ties in its own way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alignment_metrics.stats.panels import Array, Panel

STEPS, LONGEST, ARRIVED = 60, 4.0, 1e-10
"""Of the way to the top: how many steps at most, how long at most, and how short the last."""
LARGEST = 300.0
"""Of the logarithm of a daily rate, so that no power of e overflows on the way to the top."""
TINY = 1e-300
NONE = np.empty(0)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A likelihood at one place.

    Parameters
    ----------
    log : float
        Its logarithm.
    slope, bend : array of shape (groups,), (groups, groups)
        First derivative of the logarithm, and the second one negated.
    spread : array of shape (groups, groups)
        Information of which the inverse, of the groups that are free, is the covariance.
    alone, along : array of shape (baseline,), (baseline, groups)
        How far the next step takes the baseline if no group moves, and how much less far for each group that does.
    """

    log: float
    slope: Array
    bend: Array
    spread: Array
    alone: Array
    along: Array


class Likelihood(Protocol):
    """What can be climbed. The baseline is one parameter a day, where there are such."""

    def start(self, at: Array) -> Array:
        """The baseline to begin with, the groups being there."""
        ...

    def look(self, at: Array, baseline: Array) -> Look:
        """The likelihood where the groups and the baseline have these logarithms."""
        ...


def likeliest(likelihood: Likelihood, at: Array, free: NDArray[np.intp]) -> tuple[Array, Array, Look] | None:
    """The top over the groups that are free, the others held where they are; None where it is not reached."""
    baseline = likelihood.start(at)
    look = likelihood.look(at, baseline)
    for _ in range(STEPS):
        step = np.zeros_like(at)
        try:
            step[free] = np.linalg.solve(look.bend[np.ix_(free, free)], look.slope[free])
        except np.linalg.LinAlgError:
            return None
        move = look.alone - look.along @ step
        longest = max(np.abs(step).max(initial=0.0), np.abs(move).max(initial=0.0))
        if longest <= ARRIVED:
            return at, baseline, look
        part = min(1.0, LONGEST / longest)
        # Near the top the last digits of the logarithm rise and fall by themselves.
        least = look.log - 1e-12 * abs(look.log)
        while (nearer := likelihood.look(at + part * step, baseline + part * move)).log < least:
            part /= 2
            if part < ARRIVED:
                return None
        at, baseline, look = at + part * step, baseline + part * move, nearer
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """Proportional hazards seen once a day: complementary log-log, a baseline a day (Prentice & Gloeckler 1978)."""

    rows: Panel

    def start(self, at: Array) -> Array:
        share = self.rows.events.sum(axis=1) / self.rows.at_risk.sum(axis=1)
        # The quickest of those at risk sets the pace: rates that start too high take many steps to come down.
        quickest = np.where(self.rows.at_risk > 0, at, -math.inf).max(axis=1)
        return np.asarray(np.log(-np.log1p(-share)) - quickest)

    def look(self, at: Array, baseline: Array) -> Look:
        d, stay = self.rows.events, self.rows.at_risk - self.rows.events
        rate, ended, odds = self._rates(at, baseline)
        slope = d * odds - stay * rate
        bend = stay * rate + d * odds * (rate / ended - 1)
        weight = self.rows.at_risk * rate * odds
        all_weight = np.maximum(weight.sum(axis=1), TINY)[:, None]
        whole = np.maximum(bend.sum(axis=1), TINY)
        along = bend / whole[:, None]
        return Look(
            float((special.xlogy(d, ended) - stay * rate).sum()),
            slope.sum(axis=0) - slope.sum(axis=1) @ along,
            np.diag(bend.sum(axis=0)) - bend.T @ along,
            # As R's glm has it: the information expected, not the one observed.
            np.diag(weight.sum(axis=0)) - weight.T @ (weight / all_weight),
            slope.sum(axis=1) / whole,
            along,
        )

    def pulls(self, at: Array, baseline: Array) -> tuple[Array, Array]:
        """What one lead adds to the slopes, on a day its wait ends and on one on which it is watched and does not end.

        Each by day, by group of the lead, by slope.
        """
        rate, _, odds = self._rates(at, baseline)
        weight = self.rows.at_risk * rate * odds
        own = np.eye(at.size) - (weight / weight.sum(axis=1)[:, None])[:, None, :]
        return own * odds[:, :, None], own * -rate[:, :, None]

    def _rates(self, at: Array, baseline: Array) -> tuple[Array, Array, Array]:
        """The rate of each day, the chance that a wait ends on it, and the slope of the logarithm of that chance."""
        rate = np.exp(np.clip(baseline[:, None] + at, -LARGEST, LARGEST))
        ended = -np.expm1(-rate)
        return rate, ended, rate * np.exp(-rate) / ended


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    """Cox's partial likelihood of the single leads: who converted, given how many did. Ties by Efron or Breslow."""

    rows: Panel
    efron: bool

    def start(self, at: Array) -> Array:
        return NONE

    def look(self, at: Array, baseline: Array) -> Look:
        risk, dead = self.rows.at_risk * np.exp(at), self.rows.events * np.exp(at)
        sums = self._sums(risk, dead)
        expected = sums.one @ risk - sums.one_part @ dead
        mixed = (risk * sums.two_part[:, None]).T @ dead
        square = (risk * sums.two[:, None]).T @ risk - mixed - mixed.T + (dead * sums.two_parts[:, None]).T @ dead
        bend = np.diag(expected) - square
        log = float((self.rows.events @ at).sum()) - sums.log
        return Look(log, self.rows.events.sum(axis=0) - expected, bend, bend, NONE, np.empty((0, at.size)))

    def pulls(self, at: Array, baseline: Array) -> tuple[Array, Array]:
        """As of the grouped likelihood: what one lead adds to the slopes on either kind of day."""
        risk, dead = self.rows.at_risk * np.exp(at), self.rows.events * np.exp(at)
        sums = self._sums(risk, dead)
        own, ends = np.eye(at.size), self.rows.events.sum(axis=1)

        def met(one: Array, two: Array, two_part: Array) -> Array:
            mean = risk * two[:, None] - dead * two_part[:, None]
            return np.exp(at)[:, None] * (own * one[:, None, None] - mean[:, None, :])

        mean = (risk * sums.one[:, None] - dead * sums.one_part[:, None]) / ends[:, None]
        whole = met(sums.one, sums.two, sums.two_part)
        taken = met(sums.one_part, sums.two_part, sums.two_parts)
        return own - mean[:, None, :] - whole + taken, -whole

    def _sums(self, risk: Array, dead: Array) -> _Sums:
        ends, risk, dead = self.rows.events.sum(axis=1), risk.sum(axis=1), dead.sum(axis=1)
        if not self.efron:
            none = np.zeros_like(ends)
            return _Sums(float(ends @ np.log(risk)), ends / risk, none, ends / risk**2, none, none)
        size = ends.astype(int)
        first = np.cumsum(size) - size
        part = (np.arange(size.sum()) - np.repeat(first, size)) / np.repeat(ends, size)
        left = np.repeat(risk, size) - part * np.repeat(dead, size)
        terms = (1 / left, part / left, left**-2, part / left**2, (part / left) ** 2)
        return _Sums(float(np.log(left).sum()), *(np.add.reduceat(term, first) for term in terms))


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Over the ends of each day, taken one by one: of ``1 / left`` and ``1 / left**2``, as such and times the part.

    ``left`` is the risk when that part of the day's ends has been taken out; by Breslow it never is. ``log`` is the sum
    of its logarithms over all days.
    """

    log: float
    one: Array
    one_part: Array
    two: Array
    two_part: Array
    two_parts: Array


@dataclass(frozen=True, slots=True, eq=False)
class Exact:
    """Of two groups: how many of the leads that converted were of the first (noncentral hypergeometric)."""

    rows: Panel

    def start(self, at: Array) -> Array:
        return NONE

    def look(self, at: Array, baseline: Array) -> Look:
        ends, (one, other) = self.rows.events.sum(axis=1), self.rows.at_risk.T
        least = np.maximum(ends - other, 0)
        size = (np.minimum(ends, one) - least + 1).astype(int)
        first = np.cumsum(size) - size
        count = np.arange(size.sum()) - np.repeat(first - least, size)
        odds = at[0] - at[1]
        logs = _ways(np.repeat(one, size), count) + _ways(np.repeat(other, size), np.repeat(ends, size) - count)
        logs += count * odds
        top = np.maximum.reduceat(logs, first)
        chance = np.exp(logs - np.repeat(top, size))
        total = np.add.reduceat(chance, first)
        mean = np.add.reduceat(chance * count, first) / total
        spread = np.add.reduceat(chance * (count - np.repeat(mean, size)) ** 2, first) / total
        seen = self.rows.events[:, 0]
        rise = float((seen - mean).sum())
        bend = spread.sum() * np.array([[1.0, -1.0], [-1.0, 1.0]])
        log = float(seen.sum() * odds - (top + np.log(total)).sum())
        return Look(log, np.array([rise, -rise]), bend, bend, NONE, np.empty((0, 2)))


def _ways(of: Array, drawn: Array) -> Array:
    """Logarithm of the number of ways to draw so many."""
    return np.asarray(-special.betaln(drawn + 1, of - drawn + 1) - np.log1p(of))
