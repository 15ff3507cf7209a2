"""Made-up exports as life tables, with the shares they were made from: what an interval is held against."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from alignment_metrics.values import Ages

CONVERTING, LEAVING = 0.22, (("disqualified", 0.33, 20.0), ("lost", 0.30, 75.0))
"""Share of the leads that convert in the end; the exits, the share each takes, and the mean days it takes them."""
WAIT, SHAPE, PERIOD = 32.0, 0.8, 365


def simulated(
    rng: np.random.Generator,
    leads: int,
    *,
    converting: float = CONVERTING,
    wait: float = WAIT,
    leaving: tuple[tuple[str, float, float], ...] = LEAVING,
    period: int = PERIOD,
) -> Ages:
    """Leads that came in evenly over ``period`` days, watched until its last day.

    A share ``converting`` converts after a wait of Weibull shape 0.8 and scale ``wait`` days, rounded down to whole
    days; each exit takes its share, after an exponential wait; the rest never end. Whose end lies after the last day is
    open.
    """
    shares = np.array([converting, *(share for _, share, _ in leaving)])
    fate = np.searchsorted(np.cumsum(shares), rng.random(leads), side="right")
    days = np.full(leads, math.inf)
    days[fate == 0] = wait * rng.weibull(SHAPE, int((fate == 0).sum()))
    for kind, (_, _, mean) in enumerate(leaving, 1):
        days[fate == kind] = rng.exponential(mean, int((fate == kind).sum()))
    age = rng.integers(0, period, leads)
    days = np.floor(days)
    seen = days <= age
    fate = np.where(seen, fate, len(shares))
    # One pass over the leads, whatever their number: the tables of thousands of exports are wanted.
    counts = np.bincount(np.where(seen, days, age).astype(int) * (len(shares) + 1) + fate, minlength=len(shares) + 1)
    counts = np.pad(counts, (0, -len(counts) % (len(shares) + 1))).reshape(-1, len(shares) + 1)
    rows = np.flatnonzero(counts.sum(axis=1))
    columns = [column.tolist() for column in counts[rows].T]
    exits = {name: columns[kind] for kind, (name, _, _) in enumerate(leaving, 1)}
    return Ages(rows.tolist(), columns[0], exits, columns[-1])


def exports(seed: int, times: int, leads: int) -> Iterator[Ages]:
    """So many made-up exports, each from a stream of its own: the same ones whatever order they are asked for in."""
    for stream in np.random.SeedSequence(seed).spawn(times):
        yield simulated(np.random.default_rng(stream), leads)


def converted_by(day: float, *, converting: float = CONVERTING, wait: float = WAIT) -> float:
    """The share that converts by the end of that day, in truth."""
    return -converting * math.expm1(-(((math.floor(day) + 1) / wait) ** SHAPE))


def waited_until(until: int, *, converting: float = CONVERTING, wait: float = WAIT) -> float:
    """The mean number of days, of at most ``until``, that pass before a lead converts, in truth."""
    return until - math.fsum(converted_by(day, converting=converting, wait=wait) for day in range(until))


def waited(until: int, *, wait: float = WAIT) -> float:
    """The mean number of days it takes those that convert by the end of day ``until``, in truth."""
    shares = [converted_by(day, converting=1.0, wait=wait) for day in range(until + 1)]
    return math.fsum(1 - share / shares[-1] for share in shares[:-1])


def share_waited(share: float, until: int, *, wait: float = WAIT) -> int:
    """The day by which so large a share of those that convert by ``until`` have converted, in truth."""
    shares = [converted_by(day, converting=1.0, wait=wait) for day in range(until + 1)]
    return next(day for day, done in enumerate(shares) if done >= share * shares[-1])
