"""Ours against a fixed number: published answers, R's, and what ties the tests to the intervals."""

from __future__ import annotations

import json
import math
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from reference import Case, agrees, cases
from scipy import stats

from alignment_metrics.stats.means import mean
from alignment_metrics.stats.rates import against, normal_quantile, rate
from alignment_metrics.stats.targets import (
    equivalent_to,
    mean_against,
    mean_equivalent_to,
    tipping_point,
    z_at,
)
from alignment_metrics.values import Counts, Estimate, Moments

R: dict[str, Any] = json.loads((Path(__file__).parent / "reference" / "targets.json").read_text("utf-8"))
COUNTS = st.integers(1, 400).flatmap(lambda n: st.builds(Counts, st.integers(0, n), st.just(n)))
TARGETS = st.integers(1, 999).map(lambda thousandths: thousandths / 1000)
LEVELS = st.sampled_from([0.8, 0.9, 0.95, 0.99])
HOURS = st.lists(st.integers(0, 500).map(lambda tenths: tenths / 10), min_size=2, max_size=40)


def ids(case: Any) -> str:
    return str(case.get("id") or "-".join(str(part) for part in list(case.values())[:4]))


@pytest.mark.parametrize("case", cases("tipping_n"), ids=ids)
def test_the_tipping_point_is_the_known_one(case: Case) -> None:
    asked = case["inputs"]
    ours, target, confidence = Counts(asked["x"], asked["n"]), asked["benchmark"], 1 - asked["alpha"]
    assert tipping_point(ours, target, confidence=confidence) == case["expected"]["tipping_n"]
    fixed = against(ours, target, method="score")
    assert agrees(fixed.z, case, "z_fixed")
    assert agrees(fixed.pvalue, case, "p_fixed")
    assert agrees(z_at(ours, target, ours.total), case, f"z_at_n_{ours.total}")


@pytest.mark.parametrize("case", cases("p_exact_twosided", "score_z"), ids=ids)
def test_a_rate_against_a_fixed_number_is_tested_as_published(case: Case) -> None:
    ours, target = Counts(case["inputs"]["x"], case["inputs"]["n"]), case["inputs"]["benchmark"]
    exact, score = against(ours, target), against(ours, target, method="score")
    assert agrees(exact.pvalue, case, "p_exact_twosided")
    assert agrees(score.z, case, "score_z")
    assert agrees(score.pvalue, case, "p_score_twosided")


@pytest.mark.parametrize("case", R["tipping"], ids=ids)
def test_the_tipping_point_is_that_of_r(case: dict[str, Any]) -> None:
    ours, target = Counts(case["x"], case["m"]), case["target"]
    assert tipping_point(ours, target, confidence=1 - case["alpha"]) == case["tipping_n"]
    assert against(ours, target, method="score").z == pytest.approx(case["z_fixed"], rel=1e-9)
    assert z_at(ours, target, 600) == pytest.approx(case["z_at_600"], rel=1e-9)


@given(COUNTS, TARGETS, LEVELS)
def test_no_smaller_number_would_tip_it_and_every_larger_one_does(ours: Counts, target: float, level: float) -> None:
    height, tips = normal_quantile(level), tipping_point(ours, target, confidence=level)
    if tips is None:
        assert abs(z_at(ours, target, 10**9)) <= height
        return
    assert abs(z_at(ours, target, tips)) >= height * (1 - 1e-12)
    assert abs(z_at(ours, target, 2 * tips)) > height
    assert tips == 1 or abs(z_at(ours, target, tips - 1)) <= height * (1 + 1e-12)


@given(COUNTS, TARGETS, st.integers(1, 10**6))
def test_the_more_leads_are_behind_a_published_number_the_clearer_the_difference(
    ours: Counts, target: float, n: int
) -> None:
    assert abs(z_at(ours, target, n)) <= abs(z_at(ours, target, n + 1)) * (1 + 1e-12)


@given(COUNTS, TARGETS, LEVELS)
def test_there_is_a_tipping_point_just_where_the_score_test_sees_a_difference(
    ours: Counts, target: float, level: float
) -> None:
    pvalue = against(ours, target, method="score").pvalue
    assume(abs(pvalue - (1 - level)) > 1e-9)
    assert (tipping_point(ours, target, confidence=level) is not None) == (pvalue < 1 - level)
    ring = rate(ours, confidence=level)
    assert (tipping_point(ours, target, confidence=level) is not None) == (not ring.low <= target <= ring.high)


@given(COUNTS, TARGETS)
def test_counting_misses_for_hits_tips_at_the_same_number(ours: Counts, target: float) -> None:
    # 1 less a decimal, as it would be typed.
    other = round(1 - target, 3)
    assert tipping_point(ours, target) == tipping_point(Counts(ours.total - ours.hits, ours.total), other)


@pytest.mark.parametrize(
    ("ours", "target", "tips"),
    [
        (Counts(60, 600), 0.1, None),
        (Counts(0, 10), 0.0, None),
        (Counts(10, 10), 1.0, None),
        (Counts(0, 0), 0.1, None),
        (Counts(1, 10), 0.1, None),
    ],
    ids=["just the target", "both nothing", "both everything", "nobody", "one in ten"],
)
def test_where_nothing_lies_between_them_no_number_tips_it(ours: Counts, target: float, tips: None) -> None:
    assert tipping_point(ours, target) is tips


def test_against_nothing_or_everything_a_few_leads_tip_it() -> None:
    for target in (0.0, 1.0):
        ours = Counts(5, 10)
        first = next(n for n in range(1, 1000) if abs(z_at(ours, target, n)) > normal_quantile(0.95))
        assert tipping_point(ours, target) == first


def test_thousands_of_millions_of_leads_are_told_to_the_last_one() -> None:
    # Ours alone is 1.9622 standard errors from the target, where 1.9600 count: hardly any doubt may be left to theirs.
    ours, target = Counts(1_000_000, 10_000_000), Fraction("0.099814")
    tips = tipping_point(ours, float(target))
    assert tips is not None
    assert tips > 10**9

    def squared(n: int) -> Fraction:
        pooled = (ours.hits + target * n) / (ours.total + n)
        gap = Fraction(ours.hits, ours.total) - target
        return gap**2 / (pooled * (1 - pooled) * (Fraction(1, ours.total) + Fraction(1, n)))

    height = Fraction(normal_quantile(0.95)) ** 2
    assert squared(tips - 1) <= height < squared(tips)


def test_z_is_nothing_where_both_are_nothing_or_everything_and_unknown_for_nobody() -> None:
    assert z_at(Counts(0, 9), 0.0, 5) == z_at(Counts(9, 9), 1.0, 5) == 0
    assert math.isnan(z_at(Counts(0, 0), 0.1, 5))


@pytest.mark.parametrize("case", R["tost"], ids=ids)
def test_equivalence_to_a_fixed_rate_is_that_of_r(case: dict[str, Any]) -> None:
    found = equivalent_to(Counts(case["x"], case["n"]), case["target"], case["margin"])
    assert found == pytest.approx(case["p"], rel=1e-9)


@given(COUNTS, TARGETS, st.integers(1, 400).map(lambda thousandths: thousandths / 1000))
def test_equivalence_to_a_fixed_rate_is_the_larger_of_two_binomial_tails(
    ours: Counts, target: float, margin: float
) -> None:
    low, high = round(target - margin, 3), round(target + margin, 3)
    above = stats.binom.sf(ours.hits - 1, ours.total, low) if low >= 0 else 0.0
    below = stats.binom.cdf(ours.hits, ours.total, high) if high <= 1 else 0.0
    assert equivalent_to(ours, target, margin) == pytest.approx(max(above, below), rel=1e-8, abs=1e-300)


@given(COUNTS, TARGETS, st.integers(1, 400).map(lambda thousandths: thousandths / 1000), LEVELS)
def test_equivalence_is_shown_just_where_the_exact_interval_lies_within_the_margin(
    ours: Counts, target: float, margin: float, level: float
) -> None:
    found, low, high = equivalent_to(ours, target, margin), round(target - margin, 3), round(target + margin, 3)
    assume(abs(found - (1 - level)) > 1e-9)
    ring = rate(ours, confidence=2 * level - 1, method="clopper-pearson")
    assert (found < 1 - level) == ((low < 0 or low < ring.low) and (high > 1 or ring.high < high))


def test_a_side_beyond_nothing_or_everything_cannot_be_passed() -> None:
    assert equivalent_to(Counts(0, 100), 0.02, 0.05) == pytest.approx(0.93**100, rel=1e-12)
    assert equivalent_to(Counts(100, 100), 0.98, 0.05) == pytest.approx(0.93**100, rel=1e-12)
    assert equivalent_to(Counts(3, 100), 0.5, 0.6) == 0


def test_no_leads_are_equivalent_to_nothing() -> None:
    assert math.isnan(equivalent_to(Counts(0, 0), 0.1, 0.05))


@pytest.mark.parametrize("case", R["means"], ids=lambda case: case["name"])
def test_a_mean_against_a_fixed_number_is_tested_as_by_r(case: dict[str, Any]) -> None:
    sums = Moments.of(case["x"])
    for told in (sums, mean(sums, unit="days"), mean(sums, unit="days", confidence=0.8)):
        found = mean_against(told, case["target"])
        assert found.z == pytest.approx(case["t"], rel=1e-9)
        assert found.pvalue == pytest.approx(case["p"], rel=1e-9)
        assert (found.method, found.n) == ("one-sample t-test", len(case["x"]))
        assert mean_equivalent_to(told, case["target"], case["margin"]) == pytest.approx(case["p_alike"], rel=1e-9)


@given(HOURS, st.integers(0, 50), LEVELS)
def test_the_t_test_rejects_just_what_the_interval_leaves_out(numbers: list[float], target: int, level: float) -> None:
    assume(len(set(numbers)) > 1)
    ring, found = mean(Moments.of(numbers), unit="hours", confidence=level), mean_against(Moments.of(numbers), target)
    assume(abs(found.pvalue - (1 - level)) > 1e-9)
    assert (found.pvalue < 1 - level) == (not ring.low <= target <= ring.high)


@given(HOURS, st.integers(0, 50), st.integers(1, 30), LEVELS)
def test_means_are_alike_just_where_the_narrower_interval_lies_within_the_margin(
    numbers: list[float], target: int, margin: int, level: float
) -> None:
    assume(len(set(numbers)) > 1)
    ring = mean(Moments.of(numbers), unit="hours", confidence=2 * level - 1)
    found = mean_equivalent_to(Moments.of(numbers), target, margin)
    assume(abs(found - (1 - level)) > 1e-9)
    assert (found < 1 - level) == (target - margin < ring.low and ring.high < target + margin)


@pytest.mark.parametrize("numbers", [[], [4.0], [2.5, 2.5, 2.5]], ids=["none", "one", "all the same"])
def test_a_mean_without_a_spread_is_not_tested(numbers: list[float]) -> None:
    sums = Moments.of(numbers)
    for told in (sums, mean(sums, unit="days")):
        found = mean_against(told, 3.0)
        assert math.isnan(found.z)
        assert math.isnan(found.pvalue)
        assert found.n == len(numbers)
        assert math.isnan(mean_equivalent_to(told, 3.0, 1.0))


@pytest.mark.parametrize("target", [-0.1, 1.1, 13, math.nan])
def test_a_published_rate_is_a_share(target: float) -> None:
    told = f"a published rate must lie between 0 and 1; got {target!r}, for 10% say 0.1."
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        tipping_point(Counts(1, 2), target)
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        z_at(Counts(1, 2), target, 5)
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        equivalent_to(Counts(1, 2), target, 0.1)


@pytest.mark.parametrize("margin", [0, -0.1, 1, math.nan])
def test_a_margin_of_shares_is_a_share(margin: float) -> None:
    told = f"a margin must lie between 0 and 1, both excluded; got {margin!r}, for 2 points say 0.02."
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        equivalent_to(Counts(1, 2), 0.5, margin)


@pytest.mark.parametrize("margin", [0, -1, math.nan])
def test_a_margin_of_means_is_more_than_nothing(margin: float) -> None:
    told = f"a margin must be more than 0; got {margin!r}, say how far from the target still counts."
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        mean_equivalent_to(Moments(2, 3.0, 5.0), 1.0, margin)


@pytest.mark.parametrize("n", [0, -1200])
def test_a_published_rate_rests_on_somebody(n: int) -> None:
    told = f"a published rate rests on at least one lead; got n = {n:,}."
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        z_at(Counts(1, 2), 0.5, n)


def test_an_interval_of_another_method_is_not_taken_for_students() -> None:
    other = Estimate(41.5, 38.0, 45.0, 90, "days", "restricted mean", 0.95)
    told = "a t-test needs a mean with Student's t interval; this one is by the method 'restricted mean'."
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        mean_against(other, 40)


def test_an_unknown_level_is_refused() -> None:
    told = "confidence must lie between 0 and 1, both excluded; got 95, for 95% say 0.95."
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        tipping_point(Counts(1, 2), 0.5, confidence=95)
