"""The split of a crude gap into mix and rate, and reversals, against published tables and for any strata."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import CASES, Case, agrees, cases

from alignment_metrics.stats.kitagawa import kitagawa, reversal, reversed_in, turn
from alignment_metrics.stats.rates import compare
from alignment_metrics.stats.strata import standardise
from alignment_metrics.values import Counts, Estimate, Group

Stratum = tuple[Group, Counts, Counts]


def published(case: Case) -> list[Stratum]:
    return [
        ((("stratum", str(i)),), Counts(x1, n1), Counts(x2, n2))
        for i, (x1, n1, x2, n2) in enumerate(case["inputs"]["strata"])
    ]


@st.composite
def stratified(draw: st.DrawFn) -> list[Stratum]:
    groups = st.integers(0, 300).flatmap(lambda total: st.builds(Counts, st.integers(0, total), st.just(total)))
    sides = draw(st.lists(st.tuples(groups, groups), max_size=8))
    return [((("size", str(i)),), left, right) for i, (left, right) in enumerate(sides)]


def swapped(strata: list[Stratum]) -> list[Stratum]:
    return [(key, right, left) for key, left, right in strata]


@pytest.mark.parametrize("case", cases("crude_rd", "std_rd_total"), ids=lambda case: str(case["id"]))
def test_mix_and_rate_add_up_to_the_published_crude_difference(case: Case) -> None:
    split = kitagawa(published(case))
    assert agrees(split.crude, case, "crude_rd")
    assert split.crude == split.mix + split.rate
    assert (split.strata, split.left_out) == (len(case["inputs"]["strata"]), ())
    # The symmetric split is the mean of the two in which one of the groups is the standard (Kitagawa 1955).
    either = (case["expected"]["std_rd_group1"] + case["expected"]["std_rd_group2"]) / 2
    assert split.rate == pytest.approx(either, abs=1e-9)


def test_kidney_stones_are_a_reversal_in_every_stratum_that_is_not_distinguishable() -> None:
    case = CASES["S04"]
    strata = published(case)
    found = reversal(strata)
    assert case["expected"]["reversal"] == 1
    assert found.against == reversed_in(strata) == tuple(key for key, _, _ in strata)
    assert found.verdict == "not distinguishable"
    assert found.crude.value < 0 < found.adjusted.value
    assert agrees(found.adjusted.value, case, "std_rd_total")


def test_berkeley_is_reversed_beyond_doubt() -> None:
    strata = published(CASES["S01"])
    found = reversal(strata)
    assert found.verdict == "reversed"
    assert found.crude.low > 0 > found.adjusted.high
    # Women were admitted more often to departments A, B, D and F (Bickel, Hammel & O'Connell 1975).
    assert found.against == tuple((("stratum", str(place)),) for place in (0, 1, 3, 5))


def test_more_confidence_makes_a_reversal_harder_to_see() -> None:
    # Standardised, Berkeley's women lie ahead by 4.3 points with a standard error of 1.8 (S01).
    assert reversal(published(CASES["S01"]), confidence=0.99).verdict == "not distinguishable"


def test_alike_signs_are_no_reversal() -> None:
    strata = published(CASES["S03"])
    assert reversal(strata).verdict == "not reversed"
    assert reversal(strata).against == reversed_in(strata) == ()


def test_a_turn_rests_on_the_intervals_that_are_told() -> None:
    def one(value: float, half: float) -> Estimate:
        return Estimate(value, value - half, value + half, 900, "difference", "any", 0.95)

    assert turn(one(0.1, 0.05), one(-0.1, 0.05)) == turn(one(-0.1, 0.05), one(0.1, 0.05)) == "reversed"
    assert turn(one(0.1, 0.15), one(-0.1, 0.05)) == turn(one(0.1, 0.05), one(-0.1, 0.15)) == "not distinguishable"
    assert turn(one(0.1, 0.05), one(0.2, 0.05)) == turn(one(0.0, 0.05), one(0.2, 0.05)) == "not reversed"
    assert turn(one(0.1, 0.05), one(math.nan, 0.05)) == "not reversed"


def test_nothing_to_compare_is_not_distinguishable() -> None:
    strata = [((("size", "small"),), Counts(0, 0), Counts(2, 7))]
    split = kitagawa(strata)
    assert math.isnan(split.mix)
    assert math.isnan(split.rate)
    assert math.isnan(split.crude)
    assert (split.strata, split.n, split.left_out) == (0, 0, ((strata[0][0], 7),))
    assert reversal(strata).verdict == reversal([]).verdict == "not distinguishable"
    assert reversed_in(strata) == ()


def test_strata_with_an_empty_group_are_left_out_of_the_gap_and_named() -> None:
    held = published(CASES["S04"])
    alone = (("stratum", "alone"),), Counts(5, 9), Counts(0, 0)
    split = kitagawa([*held, alone])
    assert split.left_out == ((alone[0], 9),)
    assert (split.mix, split.rate, split.n) == (kitagawa(held).mix, kitagawa(held).rate, 700)
    assert reversal([*held, alone]) == reversal(held)


def test_equal_rates_are_ahead_of_nobody() -> None:
    # 1/3 and 3/9 are not the same number in every way of writing them down.
    strata = [((("size", "a"),), Counts(1, 3), Counts(3, 9)), ((("size", "b"),), Counts(5, 9), Counts(1, 9))]
    assert reversed_in(strata) == ()


def test_confidence_outside_its_range_is_refused_even_without_strata() -> None:
    message = "confidence must lie between 0 and 1, both excluded; got 95, for 95% say 0.95."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        reversal([], confidence=95)


@given(stratified())
def test_mix_and_rate_leave_nothing_over(strata: list[Stratum]) -> None:
    split = kitagawa(strata)
    usable = [one for one in strata if one[1].total and one[2].total]
    left = sum((one for _, one, _ in usable), start=Counts(0, 0))
    right = sum((one for _, _, one in usable), start=Counts(0, 0))
    assert split.crude == pytest.approx(compare(left, right).difference.value, abs=1e-12, nan_ok=True)


@given(stratified())
def test_swapping_the_groups_negates_both_parts(strata: list[Stratum]) -> None:
    one, other = kitagawa(strata), kitagawa(swapped(strata))
    if one.strata:
        assert (one.mix, one.rate, one.crude) == (-other.mix, -other.rate, -other.crude)
    assert reversal(strata).verdict == reversal(swapped(strata)).verdict
    assert reversed_in(strata) == reversed_in(swapped(strata))


@given(stratified(), st.integers(2, 5))
def test_equal_mixes_leave_all_of_the_gap_to_the_rates(strata: list[Stratum], times: int) -> None:
    alike = [(key, left, Counts(min(left.hits, right.hits) * times, left.total * times)) for key, left, right in strata]
    split = kitagawa(alike)
    if split.strata:
        assert split.mix == pytest.approx(0, abs=1e-12)
        assert split.rate == pytest.approx(standardise(alike, by=("size",)).difference.value, abs=1e-12)
