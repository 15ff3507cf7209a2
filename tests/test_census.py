"""Shares of small populations: R's numbers, what draws without putting back come to, and what nobody answered."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from alignment_metrics.stats import census
from alignment_metrics.stats.census import ASSUMPTIONS, bounds, gap, gap_bounds, rate
from alignment_metrics.stats.rates import against, compare
from alignment_metrics.stats.rates import rate as wilson
from alignment_metrics.values import Counts

R: dict[str, Any] = json.loads((Path(__file__).parent / "reference" / "targets.json").read_text("utf-8"))
# Some of a population, not all of it, and how large it is.
DRAWN = st.integers(1, 60).flatmap(
    lambda n: st.tuples(st.builds(Counts, st.integers(0, n), st.just(n)), st.integers(n + 1, 4 * n + 10))
)


@pytest.mark.parametrize("case", R["limits"], ids=lambda case: f"{case['x']} of {case['n']} of {case['N']}")
def test_the_limits_are_those_that_r_finds_by_search(case: dict[str, Any]) -> None:
    found = rate(Counts(case["x"], case["n"]), case["N"])
    assert found.value == case["x"] / case["n"]
    assert found.low == pytest.approx(case["low"], rel=1e-8)
    assert found.high == pytest.approx(case["high"], rel=1e-8)
    assert (found.n, found.hits, found.unit) == (case["n"], case["x"], "share")
    assert found.method == "Wilson, finite-population correction"


@pytest.mark.parametrize("counts", [Counts(0, 1), Counts(3, 7), Counts(7, 7)])
def test_where_everybody_answered_nothing_is_left_to_guess(counts: Counts) -> None:
    found = rate(counts, counts.total)
    assert found.low == found.value == found.high == counts.hits / counts.total
    assert found.method == "census: everybody answered"


@pytest.mark.parametrize("counts", [Counts(0, 0), Counts(0, 5), Counts(12, 20), Counts(5, 5)])
def test_of_a_population_that_nobody_knows_the_interval_is_wilsons(counts: Counts) -> None:
    found, known = rate(counts, None, confidence=0.9), wilson(counts, confidence=0.9)
    assert found == known or (math.isnan(found.value) and (found.low, found.high, found.n) == (0, 1, 0))


def test_of_a_very_large_population_the_interval_is_wilsons() -> None:
    found, known = rate(Counts(12, 20), 10**12), wilson(Counts(12, 20))
    assert (found.low, found.high) == pytest.approx((known.low, known.high), rel=1e-9)


def test_nobody_who_answered_may_say_anything() -> None:
    found = rate(Counts(0, 0), 12)
    assert math.isnan(found.value)
    assert (found.low, found.high, found.n) == (0, 1, 0)


@given(DRAWN)
def test_the_more_of_a_population_answered_the_narrower_the_interval(drawn: tuple[Counts, int]) -> None:
    counts, population = drawn
    ring, wider, endless = rate(counts, population), rate(counts, population + 1), wilson(counts)
    assert wider.low <= ring.low + 1e-15
    assert ring.low <= ring.value <= ring.high
    assert ring.high <= wider.high + 1e-15
    assert ring.high - ring.low <= endless.high - endless.low + 1e-15


def coverage(population: int, answered: int) -> list[float]:
    """Of every population of that size, how often the interval holds its share: all draws, by their probability."""
    rings = [rate(Counts(hits, answered), population) for hits in range(answered + 1)]
    held = []
    for yes in range(population + 1):
        chances = stats.hypergeom.pmf(range(answered + 1), population, yes, answered)
        inside = [ring.low - 1e-12 <= yes / population <= ring.high + 1e-12 for ring in rings]
        held.append(float(sum(chance for chance, holds in zip(chances, inside, strict=True) if holds)))
    return held


@pytest.mark.parametrize(
    ("population", "answered", "average", "worst"),
    [
        (30, 20, 0.959, 0.896),
        (30, 10, 0.959, 0.896),
        (12, 8, 0.955, 0.909),
        (100, 40, 0.953, 0.915),
        (8, 4, 0.965, 0.857),
    ],
)
def test_the_interval_holds_the_share_about_as_often_as_it_says(
    population: int, answered: int, average: float, worst: float
) -> None:
    held = coverage(population, answered)
    assert sum(held) / len(held) == pytest.approx(average, abs=1e-3)
    assert min(held) == pytest.approx(worst, abs=1e-3)


@pytest.mark.parametrize(
    ("left", "right", "average", "worst"),
    [((30, 20), (30, 20), 0.044, 0.090), ((24, 16), (12, 8), 0.051, 0.096), ((20, 20), (20, 12), 0.040, 0.109)],
)
def test_the_gap_is_seldom_found_where_there_is_none(
    left: tuple[int, int], right: tuple[int, int], average: float, worst: float
) -> None:
    (many, drawn), (others, other) = left, right
    found = {
        (one, two): gap(Counts(one, drawn), many, Counts(two, other), others).pvalue < 0.05
        for one in range(drawn + 1)
        for two in range(other + 1)
    }
    alarms = []
    for yes in range(many + 1):
        if yes * others % many == 0:
            ours = stats.hypergeom.pmf(range(drawn + 1), many, yes, drawn)
            theirs = stats.hypergeom.pmf(range(other + 1), others, yes * others // many, other)
            alarms.append(float(sum(ours[one] * theirs[two] for (one, two), told in found.items() if told)))
    assert sum(alarms) / len(alarms) == pytest.approx(average, abs=1e-3)
    assert max(alarms) == pytest.approx(worst, abs=1e-3)


@pytest.mark.parametrize("case", R["gaps"], ids=lambda case: f"{case['left']}-{case['right']}")
def test_the_gap_of_two_small_populations_is_that_of_r(case: dict[str, Any]) -> None:
    (x, n, many), (y, m, others) = case["left"], case["right"]
    found = gap(Counts(x, n), many, Counts(y, m), others)
    assert found.difference.value == pytest.approx(x / n - y / m)
    assert found.difference.low == pytest.approx(case["low"], rel=1e-8)
    assert found.difference.high == pytest.approx(case["high"], rel=1e-8)
    assert found.pvalue == pytest.approx(case["p"], rel=1e-9)
    assert found.difference.method == "Newcombe hybrid score, finite-population correction"
    assert found.method == "pooled score z, finite-population correction"
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
    assert found.difference.low <= found.difference.value <= found.difference.high
    ratio = found.log_ratio
    assert math.isnan(ratio.value) or ratio.low <= ratio.value <= ratio.high


def test_without_populations_the_gap_is_that_of_two_groups_of_leads() -> None:
    left, right = Counts(12, 20), Counts(5, 15)
    assert gap(left, None, right, None, confidence=0.9) == compare(left, right, confidence=0.9)


def test_the_gap_of_very_large_populations_is_that_of_two_groups_of_leads() -> None:
    left, right = Counts(120, 200), Counts(50, 150)
    found, known = gap(left, 10**12, right, 10**12), compare(left, right)
    assert found.pvalue == pytest.approx(known.pvalue, rel=1e-6)
    for side in ("low", "high"):
        assert getattr(found.difference, side) == pytest.approx(getattr(known.difference, side), rel=1e-6)


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


@given(DRAWN, st.integers(1, 99).map(lambda hundredths: hundredths / 100))
def test_the_test_against_a_fixed_number_rejects_just_what_the_interval_leaves_out(
    drawn: tuple[Counts, int], target: float
) -> None:
    found, ring = census.against(*drawn, target), rate(*drawn)
    if abs(found.pvalue - 0.05) > 1e-9:
        assert (found.pvalue < 0.05) == (not ring.low <= target <= ring.high)
    assert found.method == "score test, finite-population correction"


def test_a_share_of_a_very_large_population_is_tested_like_one_of_leads() -> None:
    found, known = census.against(Counts(12, 20), 10**12, 0.4), against(Counts(12, 20), 0.4, method="score")
    assert (found.z, found.pvalue) == pytest.approx((known.z, known.pvalue), rel=1e-9)


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
