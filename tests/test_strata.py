"""Standardised differences against published answers, and the laws they keep for any strata."""

from __future__ import annotations

import math
import re
from dataclasses import astuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from reference import CASES, Case, agrees, cases

from alignment_metrics.stats.rates import compare, normal_quantile, rate
from alignment_metrics.stats.strata import MOVER, NORMAL, standardise
from alignment_metrics.values import Adjusted, Counts, Estimate, Group

Stratum = tuple[Group, Counts, Counts]


@st.composite
def groups(draw: st.DrawFn, least: int = 0) -> Counts:
    total = draw(st.integers(least, 300))
    return Counts(draw(st.one_of(st.just(0), st.just(total), st.integers(0, total))), total)


@st.composite
def stratified(draw: st.DrawFn, least: int = 0) -> list[Stratum]:
    sides = draw(st.lists(st.tuples(groups(least), groups(least)), max_size=8))
    return [((("size", str(i)),), left, right) for i, (left, right) in enumerate(sides)]


def swapped(strata: list[Stratum]) -> list[Stratum]:
    return [(key, right, left) for key, left, right in strata]


def flat(adjusted: Adjusted) -> str:
    """Every bit but the sign of zero, with ``nan`` equal to itself."""
    return repr(astuple(adjusted)).replace("-0.0,", "0.0,")


def published(case: Case) -> list[Stratum]:
    return [
        ((("stratum", str(i)),), Counts(x1, n1), Counts(x2, n2))
        for i, (x1, n1, x2, n2) in enumerate(case["inputs"]["strata"])
    ]


@pytest.mark.parametrize("case", cases("std_rd_total", "std_rd_total_se"), ids=lambda case: str(case["id"]))
def test_standardised_difference_and_its_standard_error_are_the_published_ones(case: Case) -> None:
    got = standardise(published(case), by=("stratum",))
    assert agrees(got.difference.value, case, "std_rd_total")
    error = (got.difference.high - got.difference.low) / 2 / normal_quantile(0.95)
    assert agrees(error, case, "std_rd_total_se")
    assert got.difference.method == NORMAL
    assert (got.method, got.by, got.left_out) == ("direct standardisation", ("stratum",), ())
    assert got.strata == len(case["inputs"]["strata"])
    assert got.difference.n == sum(n1 + n2 for _, n1, _, n2 in case["inputs"]["strata"])


@pytest.mark.parametrize(("to", "name"), [("all", "total"), ("left", "group1"), ("right", "group2")])
@pytest.mark.parametrize("case", cases("std_rd_group1", "std_rd_group2"), ids=lambda case: str(case["id"]))
def test_standardising_to_either_group_is_as_published(case: Case, to: str, name: str) -> None:
    for confidence in (0.8, 0.95, 0.99):
        got = standardise(published(case), by=("stratum",), to=to, confidence=confidence).difference
        assert agrees(got.value, case, f"std_rd_{name}")
        assert agrees((got.high - got.low) / 2 / normal_quantile(confidence), case, f"std_rd_{name}_se")


def test_the_method_says_whose_mix_it_is() -> None:
    strata = published(CASES["S04"])
    methods = [standardise(strata, by=("stratum",), to=to).method for to in ("all", "left", "right")]
    to_all = "direct standardisation"
    assert methods == [to_all, f"{to_all} to the left group", f"{to_all} to the right group"]
    sizes = {standardise(strata, by=("stratum",), to=to).difference.n for to in ("all", "left", "right")}
    assert sizes == {700}


def test_an_unknown_group_to_standardise_to_is_refused_even_without_strata() -> None:
    message = "unknown group 'both' to adjust to; choose one of all, left, right."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        standardise([], by=("size",), to="both")


@given(stratified(least=1))
def test_standardising_to_the_left_is_standardising_the_swapped_groups_to_the_right(strata: list[Stratum]) -> None:
    one = standardise(strata, by=("size",), to="left").difference
    other = standardise(swapped(strata), by=("size",), to="right").difference
    assert repr(astuple(one)).replace("-0.0,", "0.0,") == repr(astuple(-other)).replace("-0.0,", "0.0,")


@given(stratified(least=1))
def test_the_difference_to_all_lies_between_those_to_either_group(strata: list[Stratum]) -> None:
    assume(strata)
    every, left, right = (standardise(strata, by=("size",), to=to).difference.value for to in ("all", "left", "right"))
    assert min(left, right) - 1e-12 <= every <= max(left, right) + 1e-12


def test_kidney_stones_reverse_their_sign_once_alike_in_size() -> None:
    case = CASES["S04"]
    strata = published(case)
    crude = compare(strata[0][1] + strata[1][1], strata[0][2] + strata[1][2]).difference
    assert case["expected"]["reversal"] == 1
    assert crude.value < 0 < standardise(strata, by=("stratum",)).difference.value


@given(st.randoms(use_true_random=False), stratified())
def test_order_of_the_strata_changes_nothing(random: object, strata: list[Stratum]) -> None:
    mixed = list(strata)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert flat(standardise(mixed, by=("size",))) == flat(standardise(strata, by=("size",)))


@given(stratified(), st.sampled_from([0.8, 0.95, 0.999]))
def test_swapping_the_groups_negates_the_adjusted_difference(strata: list[Stratum], confidence: float) -> None:
    one = standardise(strata, by=("size",), confidence=confidence)
    other = standardise(swapped(strata), by=("size",), confidence=confidence)
    assert flat(one) == flat(-other)


@given(stratified(least=1))
def test_interval_contains_the_difference_and_is_never_without_width(strata: list[Stratum]) -> None:
    assume(strata)
    got = standardise(strata, by=("size",)).difference
    assert -1 <= got.low <= got.value <= got.high <= 1
    assert got.low < got.high


@given(groups(least=1), groups(least=1), st.integers(2, 6))
def test_strata_that_are_all_alike_leave_the_crude_difference(left: Counts, right: Counts, times: int) -> None:
    strata = [((("size", str(i)),), left, right) for i in range(times)]
    crude = rate(left).value - rate(right).value
    assert standardise(strata, by=("size",)).difference.value == pytest.approx(crude, abs=1e-12)


def test_strata_where_nobody_converts_get_the_wilson_limits_of_their_rates() -> None:
    # One stratum without hits on either side: what remains of MOVER is Newcombe's interval of 0/10 - 0/20 (D05).
    case = CASES["D05"]
    strata = [((("size", "small"),), Counts(0, 10), Counts(0, 20))]
    got = standardise(strata, by=("size",)).difference
    assert got.method == "MOVER: normal, Wilson limits where a rate is 0 or 1"
    assert got.value == 0
    assert agrees(got.low, case, "newcombe_lo")
    assert agrees(got.high, case, "newcombe_hi")


def test_only_the_rates_without_spread_are_given_their_wilson_limits() -> None:
    # By hand: the left of "small" has no hits, so it may only rise; the other three rates keep the normal reach.
    small_left, small_right, large_left, large_right = Counts(0, 20), Counts(4, 30), Counts(9, 25), Counts(5, 25)
    strata = [((("size", "small"),), small_left, small_right), ((("size", "large"),), large_left, large_right)]
    got = standardise(strata, by=("size",)).difference
    z = normal_quantile(0.95)
    spread = sum((z * 0.5) ** 2 * p * (1 - p) / n for p, n in ((4 / 30, 30), (9 / 25, 25), (5 / 25, 25)))
    assert got.method == MOVER
    assert got.value == pytest.approx(0.5 * (0 - 4 / 30) + 0.5 * (9 / 25 - 5 / 25), rel=1e-12)
    assert got.value - got.low == pytest.approx(math.sqrt(spread), rel=1e-12)
    assert got.high - got.value == pytest.approx(math.sqrt(spread + (0.5 * rate(small_left).high) ** 2), rel=1e-12)


def test_strata_with_an_empty_side_are_named_with_their_leads() -> None:
    strata = [
        ((("size", "mid"),), Counts(3, 10), Counts(4, 20)),
        ((("size", "small"),), Counts(0, 0), Counts(2, 7)),
        ((("size", "large"),), Counts(1, 5), Counts(0, 0)),
        ((("size", "huge"),), Counts(0, 0), Counts(0, 0)),
    ]
    got = standardise(strata, by=("size",))
    assert got.strata == 1
    assert got.left_out == (((("size", "huge"),), 0), ((("size", "large"),), 5), ((("size", "small"),), 7))
    assert got.difference == standardise(strata[:1], by=("size",)).difference
    assert got.difference.n == 30


@pytest.mark.parametrize("strata", [[], [((("size", "small"),), Counts(0, 0), Counts(2, 7))]])
def test_no_usable_stratum_leaves_the_difference_unknown(strata: list[Stratum]) -> None:
    got = standardise(strata, by=("size",), confidence=0.9)
    assert got.strata == 0
    assert got.left_out == tuple((key, 7) for key, _, _ in strata)
    assert math.isnan(got.difference.value)
    assert astuple(got.difference)[1:] == astuple(Estimate(0.0, -1.0, 1.0, 0, "difference", NORMAL, 0.9))[1:]


def test_confidence_outside_its_range_is_refused_even_without_strata() -> None:
    message = "confidence must lie between 0 and 1, both excluded; got 95, for 95% say 0.95."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        standardise([], by=("size",), confidence=95)
