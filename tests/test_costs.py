"""What a won lead costs: held to R, and to how often the limits hold the truth where months differ."""

from __future__ import annotations

import json
import math
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment_metrics.stats.costs import (
    ASSUMPTIONS,
    CONDITIONAL,
    DELTA,
    EXACT,
    FIELLER,
    NO_HIGH,
    NO_LIMITS,
    UNSPENT,
    UNTESTED,
    Period,
    compare_costs,
    cost_per_win,
    fieller,
)
from alignment_metrics.values import Comparison

R: dict[str, Any] = json.loads(Path(__file__).parent.joinpath("reference", "many.json").read_text(encoding="utf-8"))[
    "answers"
]
SEED = 20261122
PERIODS = st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 50)), max_size=14)
PAIRED = st.lists(
    st.tuples(st.tuples(st.floats(0, 1e6), st.integers(0, 50)), st.tuples(st.floats(0, 1e6), st.integers(0, 50))),
    max_size=14,
)


def flat(comparison: Comparison) -> str:
    """Every bit but the sign of zero, with ``nan`` equal to itself."""
    return repr(astuple(comparison)).replace("-0.0,", "0.0,").replace("-nan", "nan")


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("months", ["even", "lumpy", "long"])
def test_cost_per_win_has_the_limits_of_fieller(months: str, confidence: float) -> None:
    want = R[f"cost {months} {confidence:g}"]
    got = cost_per_win(list(zip(want["spend"], want["wins"], strict=True)), unit="EUR", confidence=confidence)
    assert (got.value, got.low, got.high) == pytest.approx((want["value"], want["low"], want["high"]), rel=1e-9)
    method = FIELLER if math.isfinite(want["high"]) else NO_HIGH if want["low"] else NO_LIMITS
    assert (got.n, got.unit, got.method, got.confidence) == (sum(want["wins"]), "EUR", method, confidence)


@pytest.mark.parametrize("wins", [0, 1, 4])
@pytest.mark.parametrize("split", [[5000.0], [5000.0, 0.0], [1000.0, 1000.0, 1000.0, 1000.0, 1000.0]])
def test_a_few_wins_have_the_exact_limits_of_r(wins: int, split: list[float]) -> None:
    want = R[f"few wins {wins}"]
    periods = [(spend, wins if place == 0 else 0) for place, spend in enumerate(split)]
    got = cost_per_win(periods, unit="EUR")
    assert (got.low, got.high) == pytest.approx((want["low"], want["high"]), rel=1e-9)
    assert got.value == (5000 / wins if wins else math.inf)
    assert (got.n, got.method) == (wins, EXACT)


def test_two_periods_or_proportional_ones_have_the_limits_of_the_wins_alone() -> None:
    one = cost_per_win([(6000.0, 30)], unit="EUR")
    assert one.method == EXACT
    assert astuple(cost_per_win([(2000.0, 25), (4000.0, 5)], unit="EUR")) == astuple(one)
    assert astuple(cost_per_win([(2000.0, 10)] * 3, unit="EUR")) == astuple(one)
    assert cost_per_win([(2000.0, 10), (2000.0, 10), (2000.0, 11)], unit="EUR").method == FIELLER


def test_periods_with_neither_spend_nor_wins_say_nothing() -> None:
    months = [(900.0, 4), (1100.0, 6), (700.0, 2), (1400.0, 9)]
    padded = [(0.0, 0), *months, (0.0, 0)]
    assert cost_per_win(padded, unit="EUR") == cost_per_win(months, unit="EUR")


def test_where_nothing_was_spent_there_is_no_cost() -> None:
    for periods in ([], [(0.0, 3)] * 6):
        got = cost_per_win(periods, unit="EUR")
        assert math.isnan(got.value)
        assert (got.low, got.high, got.method) == (0.0, math.inf, UNSPENT)


@given(PERIODS, st.sampled_from([0.8, 0.95, 0.99]))
def test_limits_hold_the_cost_whatever_the_periods(periods: list[Period], confidence: float) -> None:
    got = cost_per_win(periods, unit="EUR", confidence=confidence)
    assert 0 <= got.low <= got.high
    if not math.isnan(got.value):
        assert got.low <= got.value * (1 + 1e-9)
        assert got.value <= got.high * (1 + 1e-9)


@given(
    st.lists(st.tuples(st.floats(1, 1e6), st.integers(0, 50)), min_size=3, max_size=14), st.sampled_from([0.8, 0.99])
)
def test_at_a_limit_of_fieller_the_two_means_are_just_told_apart(pairs: list[Period], confidence: float) -> None:
    from scipy import stats

    bounds = fieller(pairs, confidence=confidence)
    spend, wins = np.array(pairs, dtype=float).T
    if bounds is None or not wins.any():
        return
    for limit in filter(math.isfinite, bounds):
        left = spend - limit * wins
        size = np.abs(spend).max() + abs(limit) * wins.max()
        reach = stats.t.ppf((1 + confidence) / 2, len(pairs) - 1) * left.std(ddof=1) / math.sqrt(len(pairs))
        assert abs(left.mean()) == pytest.approx(reach, abs=1e-6 * size)


def test_two_costs_are_compared_month_by_month_as_r_has_it() -> None:
    want = R["compared"]
    left, right = (list(zip(want[f"{side}_spend"], want[f"{side}_wins"], strict=True)) for side in ("left", "right"))
    got = compare_costs(left, right, unit="EUR")
    assert got.log_ratio.value == pytest.approx(want["log"], rel=1e-12)
    assert (got.ratio.low, got.ratio.high) == pytest.approx((want["low"], want["high"]), rel=1e-9)
    assert got.pvalue == pytest.approx(want["p"], rel=1e-9)
    assert (got.method, got.ratio.unit, got.assumptions) == (DELTA, "ratio", ASSUMPTIONS)
    assert got.left == cost_per_win(left, unit="EUR")
    assert got.right == cost_per_win(right, unit="EUR")
    assert got.difference.value == got.left.value - got.right.value
    # MOVER: the reach of either cost, at right angles.
    assert got.difference.value - got.difference.low == pytest.approx(
        math.hypot(got.left.value - got.left.low, got.right.high - got.right.value)
    )
    assert (got.difference.unit, got.difference.method) == ("EUR", "MOVER")


@pytest.mark.parametrize("wins", [(3, 9), (0, 6), (4, 0)])
def test_sides_with_few_wins_have_the_exact_limits_of_r(wins: tuple[int, int]) -> None:
    want = R[f"few wins {wins[0]} against {wins[1]}"]
    left, right = ([(spend, won)] for spend, won in zip((3000.0, 7000.0), wins, strict=True))
    got = compare_costs(left, right, unit="EUR")
    assert (got.ratio.low, got.ratio.high) == pytest.approx((want["low"], want["high"]), rel=1e-9)
    assert got.pvalue == pytest.approx(want["p"], rel=1e-9)
    assert got.method == CONDITIONAL
    spread = [[(x / 4, y if i == 0 else 0) for i in range(4)] for ((x, y),) in (left, right)]
    assert compare_costs(spread[0], spread[1], unit="EUR").ratio == got.ratio


@given(PAIRED)
def test_swapped_sides_give_the_same_comparison_the_other_way_round(pairs: list[tuple[Period, Period]]) -> None:
    left, right = [one for one, _ in pairs], [other for _, other in pairs]
    got = compare_costs(left, right, unit="EUR")
    assert flat(-compare_costs(right, left, unit="EUR")) == flat(got)
    assert math.isnan(got.pvalue) or 0 <= got.pvalue <= 1


def test_a_cost_that_cannot_be_compared_is_not_tested() -> None:
    for left, right in (([(0.0, 4)] * 5, [(10.0, 4)] * 5), ([(10.0, 0)], [(20.0, 0)]), ([], [])):
        got = compare_costs(left, right, unit="EUR")
        assert math.isnan(got.pvalue)
        assert math.isnan(got.ratio.value)
        assert (got.ratio.low, got.ratio.high, got.method) == (0.0, math.inf, UNTESTED)
        assert math.isnan(got.difference.value)
        assert (got.difference.low, got.difference.high) == (-math.inf, math.inf)


def test_a_caller_is_told_what_to_do_instead() -> None:
    with pytest.raises(
        ValueError, match=r"^spend and wins of a period are finite and not below nought; got -1\.0 and 2\.$"
    ):
        cost_per_win([(-1.0, 2)], unit="EUR")
    with pytest.raises(
        ValueError,
        match=r"^costs are compared over the same periods; there are 2 on the left and 1 on the right, so give a "
        r"period without spend and wins as \(0, 0\)\.$",
    ):
        compare_costs([(1.0, 2), (3.0, 4)], [(1.0, 2)], unit="EUR")
    for ask in (
        lambda: cost_per_win([], unit="EUR", confidence=95),
        lambda: compare_costs([], [], unit="EUR", confidence=95),
    ):
        with pytest.raises(ValueError, match=r"^confidence must lie between 0 and 1, both excluded; got 95, for"):
            ask()


def drawn(rng: np.random.Generator, months: int, wins: float, uneven: float, cost: float = 1000.0) -> list[Period]:
    """Months whose spend, and what it brings, each scatter with a coefficient of variation of about ``uneven``."""
    spend = wins * cost * rng.lognormal(0, 0.3, months)
    luck = rng.gamma(uneven**-2, uneven**2, months) if uneven else np.ones(months)
    return [(float(x), int(y)) for x, y in zip(spend, rng.poisson(spend / cost * luck), strict=True)]


def held(times: int, months: int, wins: float, uneven: float) -> tuple[float, float, float]:
    """The share of made-up years in which the limits hold: of a cost, of two compared, and of wins taken as Poisson."""
    found = [0, 0, 0]
    for stream in np.random.SeedSequence([SEED, months, int(wins * 10), int(uneven * 10)]).spawn(times):
        rng = np.random.default_rng(stream)
        left, right = drawn(rng, months, wins, uneven), drawn(rng, months, 2 * wins, uneven)
        one, apart = cost_per_win(left, unit="EUR"), compare_costs(left, right, unit="EUR").ratio
        plain = cost_per_win([(sum(x for x, _ in left), sum(y for _, y in left))], unit="EUR")
        found[0] += one.low <= 1000 <= one.high
        found[1] += apart.low <= 1 <= apart.high
        found[2] += plain.low <= 1000 <= plain.high
    return found[0] / times, found[1] / times, found[2] / times


@pytest.mark.parametrize("uneven", [0.0, 0.3])
def test_limits_hold_the_truth_where_those_of_the_wins_alone_do_not(uneven: float) -> None:
    times = 500
    cost, compared, plain = held(times, 12, 20, uneven)
    reach = 4 * math.sqrt(0.95 * 0.05 / times)
    assert abs(cost - 0.95) <= reach
    assert abs(compared - 0.95) <= reach
    assert plain < 0.85 if uneven else plain > 0.95 - reach


@pytest.mark.study
@pytest.mark.parametrize("months", [3, 6, 12, 24])
@pytest.mark.parametrize("wins", [0.4, 2, 20, 200])
@pytest.mark.parametrize("uneven", [0.0, 0.3])
def test_limits_hold_the_truth_in_93_percent_or_more(months: int, wins: float, uneven: float) -> None:
    cost, compared, plain = held(3000, months, wins, uneven)
    print(months, wins, uneven, cost, compared, plain)
    assert cost >= 0.93
    assert compared >= 0.93
