"""Shares of small populations: R's numbers, what all draws without putting back come to, and what nobody answered."""

from __future__ import annotations

import json
import math
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from alignment_metrics.stats import census
from alignment_metrics.stats.census import ASSUMPTIONS, bounds, gap, gap_bounds, rate
from alignment_metrics.stats.rates import compare
from alignment_metrics.stats.rates import rate as wilson
from alignment_metrics.values import Counts

R: dict[str, Any] = json.loads((Path(__file__).parent / "reference" / "targets.json").read_text("utf-8"))
# Some of a population, not all of it, and how large it is.
DRAWN = st.integers(1, 60).flatmap(
    lambda n: st.tuples(st.builds(Counts, st.integers(0, n), st.just(n)), st.integers(n + 1, 4 * n + 10))
)


@pytest.mark.parametrize("case", R["limits"], ids=lambda case: f"{case['x']} of {case['n']} of {case['N']}")
def test_the_limits_are_those_that_r_finds_by_trying_every_number_of_people(case: dict[str, Any]) -> None:
    found = rate(Counts(case["x"], case["n"]), case["N"])
    assert found.value == case["x"] / case["n"]
    assert (found.low, found.high) == pytest.approx((case["low"], case["high"]), rel=1e-13)
    assert (found.n, found.hits, found.unit) == (case["n"], case["x"], "share")
    assert found.method == "hypergeometric mid-P"


@pytest.mark.parametrize("counts", [Counts(0, 1), Counts(3, 7), Counts(7, 7)])
def test_where_everybody_answered_nothing_is_left_to_guess(counts: Counts) -> None:
    found = rate(counts, counts.total)
    assert found.low == found.value == found.high == counts.hits / counts.total
    assert found.method == "census: everybody answered"


@pytest.mark.parametrize("counts", [Counts(0, 0), Counts(0, 5), Counts(12, 20), Counts(5, 5)])
def test_of_a_population_that_nobody_knows_the_interval_is_wilsons(counts: Counts) -> None:
    found, known = rate(counts, None, confidence=0.9), wilson(counts, confidence=0.9)
    assert found == known or (math.isnan(found.value) and (found.low, found.high, found.n) == (0, 1, 0))


@pytest.mark.parametrize("counts", [Counts(12, 20), Counts(0, 8), Counts(9, 9), Counts(300, 2000)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_of_an_endless_population_the_interval_is_that_of_draws_that_are_put_back(
    counts: Counts, confidence: float
) -> None:
    endless = wilson(counts, confidence=confidence, method="mid-p")
    apart = [
        abs(found.low - endless.low) + abs(found.high - endless.high)
        for found in (rate(counts, population, confidence=confidence) for population in (10**4, 10**7, 10**12))
    ]
    assert apart[0] > apart[1] > apart[2]
    assert apart[2] < 1e-9
    # Where nobody knows how many there are the limits are Wilson's, and as near as two rules may be.
    unknown = rate(counts, confidence=confidence)
    assert (endless.low, endless.high) == pytest.approx((unknown.low, unknown.high), abs=0.03)


def test_millions_of_people_take_no_time() -> None:
    # On a machine a hundred times as busy as that it was written on.
    begun = time.process_time()
    found = rate(Counts(200_000, 500_000), 10**6)
    assert time.process_time() - begun < 10
    # Half of all are known: the normal interval narrows by the square root of a half.
    assert (found.low, found.high) == pytest.approx((0.4 - 0.00096, 0.4 + 0.00096), abs=1e-5)


def test_nobody_who_answered_may_say_anything() -> None:
    found = rate(Counts(0, 0), 12)
    assert math.isnan(found.value)
    assert (found.low, found.high, found.n) == (0, 1, 0)


@given(DRAWN, st.sampled_from([0.5, 0.8, 0.95, 0.999]))
def test_the_interval_never_leaves_what_is_certain_and_holds_what_was_seen(
    drawn: tuple[Counts, int], confidence: float
) -> None:
    found, (least, most) = rate(*drawn, confidence=confidence), bounds(*drawn)
    population = drawn[1]
    assert least <= found.low <= found.value <= found.high <= most
    for limit in (found.low, found.high):
        assert limit == found.value or limit * population == pytest.approx(round(limit * population), abs=1e-9)


def test_where_two_are_silent_the_limits_are_what_is_certain_or_one_less() -> None:
    # By hand, of 16 of which 14 were seen: 7 of 16 draw 5 of 14 in 21 of 120 ways, and 15 of 16 all 14 in 15 of 120.
    found = rate(Counts(5, 14), 16)
    assert (found.low, found.high) == (5 / 16, 7 / 16)
    found = rate(Counts(14, 14), 16)
    assert (found.low, found.high) == (15 / 16, 1)


def test_what_is_just_as_rare_as_the_level_is_not_rejected() -> None:
    # By hand: of 20, one of whom says no, 19 of 19 yes are drawn in 1 of 20 ways, half of which is 2.5%.
    found = rate(Counts(19, 19), 20)
    assert (found.low, found.high) == (0.95, 1)
    assert rate(Counts(19, 19), 20, confidence=0.9499).low == 1
    assert census.against(Counts(19, 19), 20, 0.95).pvalue == pytest.approx(0.05, rel=1e-12)


def test_what_was_seen_is_held_where_no_number_of_people_makes_it() -> None:
    # 98 of 99: 98 of 100 would draw it in 2 of 100 ways only, 99 of 100 in 99.
    found = rate(Counts(98, 99), 100)
    assert (found.low, found.high) == (98 / 99, 0.99)


@given(DRAWN, st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_where_half_or_more_answered_the_interval_is_never_wider_than_without_the_correction(
    drawn: tuple[Counts, int], confidence: float
) -> None:
    (counts, population), endless = drawn, wilson(drawn[0], confidence=confidence)
    found = rate(counts, min(population, 2 * counts.total), confidence=confidence)
    assert found.high - found.low <= endless.high - endless.low + 1e-12


def coverage(population: int, answered: int) -> list[float]:
    """Of every population of that size, how often the interval holds its share: all draws, by their probability."""
    rings = [rate(Counts(hits, answered), population) for hits in range(answered + 1)]
    held = []
    for yes in range(population + 1):
        chances = stats.hypergeom.pmf(range(answered + 1), population, yes, answered)
        inside = [ring.low - 1e-12 <= yes / population <= ring.high + 1e-12 for ring in rings]
        held.append(float(sum(chance for chance, holds in zip(chances, inside, strict=True) if holds)))
    return held


def test_the_interval_holds_the_share_about_as_often_as_it_says() -> None:
    held = {(people, seen): coverage(people, seen) for people in range(8, 41) for seen in range(1, people)}
    averages = [sum(one) / len(one) for one in held.values()]
    assert sum(averages) / len(averages) == pytest.approx(0.980, abs=1e-3)
    assert min(averages) == pytest.approx(0.964, abs=1e-3)
    # What was seen or more is at most twice its mid-P: that is why it is never below 90%.
    assert min(min(one) for one in held.values()) == pytest.approx(0.9004, abs=1e-4)
    assert min(held[30, 20]) == pytest.approx(0.936, abs=1e-3)


Team = tuple[int, int]
TEAMS = [
    # Of how many how many answered, twice; how often the interval holds the gap, on average and at worst; how often
    # the test finds one where there is none.
    ((30, 20), (30, 20), 0.968, 0.936, 0.031, 0.056),
    ((24, 16), (12, 8), 0.978, 0.939, 0.016, 0.030),
    ((30, 26), (16, 14), 0.980, 0.934, 0.008, 0.023),
    ((16, 14), (16, 14), 0.990, 0.945, 0.012, 0.055),
    ((10, 6), (10, 5), 0.988, 0.946, 0.007, 0.017),
    ((20, 20), (20, 12), 0.979, 0.935, 0.021, 0.065),
]


@pytest.mark.parametrize(("left", "right", "average", "worst", "alarms", "most"), TEAMS)
def test_the_gap_is_held_as_often_as_it_says_and_seldom_found_where_there_is_none(
    left: Team, right: Team, average: float, worst: float, alarms: float, most: float
) -> None:
    (many, drawn), (others, other) = left, right
    found = [
        [gap(Counts(x, drawn), many, Counts(y, other), others) for y in range(other + 1)] for x in range(drawn + 1)
    ]
    low = np.array([[one.difference.low for one in row] for row in found])
    high = np.array([[one.difference.high for one in row] for row in found])
    chance = np.array([[one.pvalue for one in row] for row in found])
    rejected = chance < 0.05 - 1e-12
    assert (((low > 0) | (high < 0)) == rejected).all()
    held, told = [], []
    for yes in range(many + 1):
        for theirs in range(others + 1):
            ways = np.outer(
                stats.hypergeom.pmf(range(drawn + 1), many, yes, drawn),
                stats.hypergeom.pmf(range(other + 1), others, theirs, other),
            )
            apart = yes / many - theirs / others
            held.append(ways[(low <= apart + 1e-12) & (apart - 1e-12 <= high)].sum())
            if yes * others == theirs * many:
                told.append(ways[rejected].sum())
    assert (np.mean(held), min(held)) == pytest.approx((average, worst), abs=1e-3)
    assert (np.mean(told), max(told)) == pytest.approx((alarms, most), abs=1e-3)


@pytest.mark.parametrize("case", R["gaps"], ids=lambda case: f"{case['left']}-{case['right']}")
def test_the_gap_of_two_small_populations_is_that_of_r(case: dict[str, Any]) -> None:
    (x, n, many), (y, m, others) = case["left"], case["right"]
    found = gap(Counts(x, n), many, Counts(y, m), others)
    assert found.difference.value == pytest.approx(x / n - y / m)
    assert found.difference.low == pytest.approx(case["low"], rel=1e-12)
    assert found.difference.high == pytest.approx(case["high"], rel=1e-12)
    assert found.pvalue == pytest.approx(case["p"], rel=1e-9)
    assert found.difference.method == "squared and added over pairs of whole numbers of people"
    assert found.method == "hypergeometric mid-P test of two"
    assert (found.left, found.right) == (rate(Counts(x, n), many), rate(Counts(y, m), others))
    assert found.assumptions == ASSUMPTIONS


@given(DRAWN, DRAWN)
def test_swapping_the_teams_turns_the_gap_round_bit_for_bit(one: tuple[Counts, int], other: tuple[Counts, int]) -> None:
    found, turned = gap(*one, *other), -gap(*other, *one)
    for part in ("left", "right", "difference", "log_ratio"):
        ours, theirs = getattr(found, part), getattr(turned, part)
        assert (ours.low, ours.high) == (theirs.low, theirs.high)
        assert ours.value == theirs.value or (math.isnan(ours.value) and math.isnan(theirs.value))
    assert (found.pvalue, found.method) == (turned.pvalue, turned.method)
    (least, most) = gap_bounds(*one, *other)
    assert least - 1e-12 <= found.difference.low <= found.difference.value <= found.difference.high <= most + 1e-12
    ratio = found.log_ratio
    assert math.isnan(ratio.value) or ratio.low <= ratio.value <= ratio.high
    # The difference and the ratio leave out "no gap" together, and just where the test finds one.
    if abs(found.pvalue - 0.05) > 1e-9 and not math.isnan(ratio.value):
        found_one = not found.difference.low <= 0 <= found.difference.high
        assert found_one == (found.pvalue < 0.05) == (not ratio.low <= 0 <= ratio.high)


def test_without_populations_the_gap_is_that_of_two_groups_of_leads() -> None:
    left, right = Counts(12, 20), Counts(5, 15)
    assert gap(left, None, right, None, confidence=0.9) == compare(left, right, confidence=0.9)


def test_the_gap_of_very_large_populations_is_that_of_two_groups_of_leads() -> None:
    left, right = Counts(120, 200), Counts(50, 150)
    found, known = gap(left, 10**12, right, 10**12), compare(left, right)
    assert found.pvalue == pytest.approx(known.pvalue, rel=1e-6)
    assert found.method == "pooled score z, finite-population correction"
    for side in ("low", "high"):
        assert getattr(found.difference, side) == pytest.approx(getattr(known.difference, side), abs=2e-3)
        assert getattr(found.log_ratio, side) == pytest.approx(getattr(known.log_ratio, side), abs=2e-2)
    # Newcombe's square-and-add, from the limits of each.
    down, up = found.left.value - found.left.low, found.right.high - found.right.value
    assert found.difference.low == pytest.approx(found.difference.value - math.hypot(down, up), rel=1e-12)
    assert found.difference.method == "Newcombe hybrid of hypergeometric mid-P limits"
    assert found.log_ratio.method == "squared and added on logarithms of hypergeometric mid-P limits"


def test_where_a_thousand_are_silent_both_ways_to_a_gap_tell_the_same() -> None:
    left, right = Counts(300, 500), Counts(260, 500)
    whole, flowing = gap(left, 1500, right, 1500), gap(left, 1501, right, 1501)
    assert whole.method != flowing.method
    assert whole.pvalue == pytest.approx(flowing.pvalue, rel=0.05)
    for part in ("difference", "log_ratio"):
        for side in ("low", "high"):
            assert getattr(getattr(whole, part), side) == pytest.approx(getattr(getattr(flowing, part), side), abs=3e-3)


def test_one_population_is_enough_to_sharpen_the_gap() -> None:
    left, right = Counts(12, 20), Counts(5, 15)
    found, known = gap(left, 25, right, None), compare(left, right)
    assert found.right == known.right
    assert found.left == rate(left, 25)
    assert found.difference.high - found.difference.low < known.difference.high - known.difference.low


def test_against_everybody_a_share_is_tested_as_against_a_fixed_number() -> None:
    found = gap(Counts(12, 20), 30, Counts(8, 20), 20)
    fixed = census.against(Counts(12, 20), 30, 0.4)
    assert found.pvalue == pytest.approx(fixed.pvalue, rel=1e-12)
    assert found.difference.low == pytest.approx(found.left.low - 0.4)
    assert found.difference.high == pytest.approx(found.left.high - 0.4)


def test_between_everybody_and_everybody_nothing_is_left_to_chance() -> None:
    found = gap(Counts(12, 20), 20, Counts(3, 10), 10)
    assert math.isnan(found.pvalue)
    assert found.method == "no test: everybody answered"
    assert found.difference.low == found.difference.value == found.difference.high
    assert found.ratio.value == pytest.approx(2.0)
    assert found.ratio.low == pytest.approx(2.0) == found.ratio.high


def test_equal_shares_differ_by_nothing() -> None:
    assert gap(Counts(4, 8), 12, Counts(5, 10), 40).pvalue == 1
    assert gap(Counts(0, 8), 12, Counts(0, 10), 40).pvalue == 1


def test_one_yes_where_a_whole_team_said_no_is_a_difference_for_certain() -> None:
    assert gap(Counts(0, 5), 5, Counts(1, 3), 5).pvalue == 0


def test_the_ratio_of_a_gap_is_open_where_nobody_said_yes() -> None:
    nobody = gap(Counts(0, 8), 12, Counts(4, 10), 40).ratio
    assert (nobody.value, nobody.low) == (0, 0)
    assert 0 < nobody.high < math.inf
    somebody = gap(Counts(4, 10), 40, Counts(0, 8), 12).ratio
    assert (somebody.value, somebody.high) == (math.inf, math.inf)
    assert 0 < somebody.low < math.inf
    neither = gap(Counts(0, 8), 12, Counts(0, 10), 40).ratio
    assert math.isnan(neither.value)
    assert (neither.low, neither.high) == (0, math.inf)
    surely = gap(Counts(4, 10), 10, Counts(0, 8), 8).ratio
    assert surely.low == surely.value == surely.high == math.inf


def test_a_gap_with_nobody_on_one_side_is_unknown() -> None:
    found = gap(Counts(0, 0), 12, Counts(4, 10), 40)
    assert math.isnan(found.difference.value)
    assert (found.difference.low, found.difference.high) == (-1, 1)


@given(DRAWN, st.integers(1, 99).map(lambda hundredths: hundredths / 100), st.sampled_from([0.5, 0.05, 0.01]))
def test_the_test_against_a_fixed_number_rejects_just_what_the_interval_leaves_out(
    drawn: tuple[Counts, int], target: float, alpha: float
) -> None:
    found, ring = census.against(*drawn, target), rate(*drawn, confidence=1 - alpha)
    if abs(found.pvalue - alpha) > 1e-9:
        assert (found.pvalue < alpha) == (not ring.low <= target <= ring.high)
    assert (found.z > 0) == (found.pvalue < 1 and ring.value > target)
    assert found.pvalue == pytest.approx(2 * stats.norm.sf(abs(found.z)))
    assert found.method == "hypergeometric mid-P test"


@pytest.mark.parametrize("case", R["fixed"], ids=lambda case: f"{case['x']} of {case['n']} of {case['N']}")
def test_the_test_against_a_fixed_number_is_that_of_r(case: dict[str, Any]) -> None:
    found = census.against(Counts(case["x"], case["n"]), case["N"], case["target"])
    assert found.pvalue == pytest.approx(case["p"], rel=1e-9)


def test_a_share_of_a_very_large_population_is_tested_like_one_of_leads() -> None:
    # The binomial mid-P: more than 12 of 20 at 0.4, and half of just 12, twice.
    chance = stats.binom.sf(12, 20, 0.4) + stats.binom.pmf(12, 20, 0.4) / 2
    assert census.against(Counts(12, 20), 10**12, 0.4).pvalue == pytest.approx(2 * chance, rel=1e-9)


@pytest.mark.parametrize(("counts", "population"), [(Counts(0, 0), 5), (Counts(2, 5), 5)], ids=["nobody", "everybody"])
def test_where_nobody_or_everybody_answered_nothing_is_tested(counts: Counts, population: int) -> None:
    found = census.against(counts, population, 0.4)
    assert math.isnan(found.z)
    assert math.isnan(found.pvalue)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_the_bounds_hold_whatever_the_silent_would_have_said(yes: int, no: int, silent: int) -> None:
    asked = yes + no + silent
    low, high = bounds(Counts(yes, yes + no), asked)
    if asked:
        told = [(yes + more) / asked for more in range(silent + 1)]
        assert (low, high) == (min(told), max(told))
    else:
        assert (low, high) == (0, 1)


@given(st.lists(st.integers(0, 12), min_size=6, max_size=6))
def test_the_bounds_of_a_gap_hold_whatever_the_silent_would_have_said(numbers: list[int]) -> None:
    yes, no, silent, others_yes, others_no, others_silent = numbers
    asked, others = yes + no + silent, others_yes + others_no + others_silent
    low, high = gap_bounds(Counts(yes, yes + no), asked, Counts(others_yes, others_yes + others_no), others)
    if asked and others:
        told = [
            (yes + more) / asked - (others_yes + most) / others
            for more in range(silent + 1)
            for most in range(others_silent + 1)
        ]
        assert (low, high) == pytest.approx((min(told), max(told)))
    assert -1 <= low <= high <= 1


def test_more_answers_than_people_are_refused() -> None:
    told = "21 answered, but there are only 20 in all; give the number of everybody, those who did not answer included."
    for asked in (
        lambda: rate(Counts(4, 21), 20),
        lambda: gap(Counts(4, 21), 20, Counts(1, 2), None),
        lambda: census.against(Counts(4, 21), 20, 0.5),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
            asked()


def test_more_answers_than_questions_are_refused() -> None:
    told = "21 answered, but only 20 were asked; give the number of all who were asked."
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        bounds(Counts(4, 21), 20)


@pytest.mark.parametrize("target", [0, 1, 13])
def test_a_fixed_number_lies_between_nothing_and_everything(target: float) -> None:
    told = f"a target must lie between 0 and 1, both excluded; got {target!r}, for 75% say 0.75."
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        census.against(Counts(1, 2), 5, target)


def test_an_unknown_level_is_refused() -> None:
    told = "confidence must lie between 0 and 1, both excluded; got 95, for 95% say 0.95."
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        rate(Counts(1, 2), 5, confidence=95)
