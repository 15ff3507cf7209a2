"""How often the interval of a curve, or of a wait, holds the truth in made-up exports: as often as it says."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable

import pytest
from simulated import converted_by, exports, share_waited, waited, waited_until

from alignment_metrics.stats.curves import cumulative
from alignment_metrics.stats.waits import conversion_wait, conversion_wait_quantile, restricted_mean, waiting_time
from alignment_metrics.values import Ages, Estimate

SEED = 20261122
Question = Callable[[Ages], Estimate]
CURVE: dict[str, tuple[Question, float]] = {
    "share by day 30": (lambda ages: cumulative(ages).at(30), converted_by(30)),
    "share by day 90": (lambda ages: cumulative(ages).at(90), converted_by(90)),
}
WAITS: dict[str, tuple[Question, float]] = {
    "days until a tenth has converted": (
        lambda ages: waiting_time(cumulative(ages), 0.1),
        next(day for day in range(365) if converted_by(day) >= 0.1),
    ),
    "restricted mean of 90 days": (lambda ages: restricted_mean(ages, 90), waited_until(90)),
    "mean wait within 90 days": (lambda ages: conversion_wait(ages, 90), waited(90)),
    "first quartile of waits": (lambda ages: conversion_wait_quantile(ages, 90, 0.25), share_waited(0.25, 90)),
    "median of waits": (lambda ages: conversion_wait_quantile(ages, 90), share_waited(0.5, 90)),
    "third quartile of waits": (lambda ages: conversion_wait_quantile(ages, 90, 0.75), share_waited(0.75, 90)),
}


def coverage(made_up: Iterable[Ages], questions: dict[str, tuple[Question, float]]) -> dict[str, float]:
    """The share of the exports in which each interval holds the truth."""
    held: Counter[str] = Counter(dict.fromkeys(questions, 0))
    times = 0
    for ages in made_up:
        times += 1
        for name, (question, truth) in questions.items():
            answer = question(ages)
            held[name] += answer.low <= truth <= answer.high
    return {name: hits / times for name, hits in held.items()}


def test_some_hundred_intervals_hold_the_truth_as_often_as_they_say() -> None:
    times = 400
    # Four standard errors of a share of 95% to either side; a wait in whole days may hold more often, never less.
    reach = 4 * math.sqrt(0.95 * 0.05 / times)
    found = coverage(exports(SEED, times, 400), CURVE | WAITS)
    assert all(share >= 0.95 - reach for share in found.values()), found
    assert all(found[name] <= 0.95 + reach for name in CURVE), found


@pytest.mark.study
@pytest.mark.parametrize("leads", [60, 400, 4000])
def test_intervals_of_the_curve_hold_the_truth_in_94_to_96_percent(leads: int) -> None:
    found = coverage(exports(SEED + leads, 8000, leads), CURVE)
    print(leads, found)
    assert all(0.94 <= share <= 0.96 for share in found.values()), found


@pytest.mark.study
@pytest.mark.parametrize(
    "leads, least",
    # With a dozen conversions, two of the formulas promise 2 points more than they keep; their docstrings say so.
    [(60, 0.925), (400, 0.935), (4000, 0.94)],
)
def test_intervals_of_waits_hold_the_truth_nearly_as_often_or_more(leads: int, least: float) -> None:
    found = coverage(exports(SEED + leads, 4000, leads), WAITS)
    print(leads, found)
    assert all(share >= least for share in found.values()), found
    assert found["restricted mean of 90 days"] <= 0.96
    assert found["mean wait within 90 days"] <= 0.96
