"""Differences between two life tables against R and published answers, and the laws they keep for any tables."""

from __future__ import annotations

import math
import re
from dataclasses import astuple
from typing import Any

import pytest
from compared import R, Tables, any_tables, file, leads, tables
from hypothesis import given
from hypothesis import strategies as st
from reference import CASES, agrees

from alignment_metrics.stats.contrasts import (
    ASSUMPTIONS,
    CENSORING,
    difference_at,
    restricted_mean_difference,
)
from alignment_metrics.stats.curves import cumulative
from alignment_metrics.stats.rates import compare, normal_quantile, rate
from alignment_metrics.stats.waits import restricted_mean
from alignment_metrics.values import Ages, Comparison, Counts

EMPTY = Ages([], [])


def r(name: str) -> Any:
    return R["answers"][name]


def flat(comparison: Comparison) -> str:
    """Every bit but the sign of zero, with ``nan`` equal to itself."""
    return re.sub(r"-0\.0\b", "0.0", repr(astuple(comparison)))


@pytest.mark.parametrize("name", ["crm a", "crm b"])
@pytest.mark.parametrize("day", [5, 30, 90])
def test_difference_on_a_day_is_as_worked_out_in_r(name: str, day: int) -> None:
    groups, want = tables(leads(name)), r(f"{name} at {day}")
    got = difference_at(groups["1"], groups["0"], day)
    assert got.difference.value == pytest.approx(want["difference"], rel=1e-9)
    assert (got.difference.low, got.difference.high) == pytest.approx((want["low"], want["high"]), rel=1e-9)
    assert got.ratio.value == pytest.approx(want["ratio"], rel=1e-9)
    assert (got.ratio.low, got.ratio.high) == pytest.approx((want["ratio_low"], want["ratio_high"]), rel=1e-9)
    assert got.pvalue == pytest.approx(want["p"], rel=1e-9)
    assert (got.left, got.right) == (cumulative(groups["1"]).at(day), cumulative(groups["0"]).at(day))
    assert got.method == "z of the difference, both variances at the pooled share"
    assert (got.difference.unit, got.log_ratio.unit) == ("difference", "log ratio")
    assert got.difference.method == got.log_ratio.method == "MOVER of log-log limits"
    assert got.difference.n == len(leads(name))
    assert got.assumptions == (*ASSUMPTIONS, CENSORING)


def test_difference_of_crm_a_on_day_90_is_that_of_its_known_shares() -> None:
    groups, known = tables(leads("crm a")), CASES["K16a"]
    got = difference_at(groups["1"], groups["0"], 90)
    assert agrees(got.left.value, known, "cif_won_90_inbound")
    assert agrees(got.right.value, known, "cif_won_90_outbound")


@pytest.mark.parametrize("case", ["K08", "K11"])
def test_days_saved_are_the_known_ones(case: str) -> None:
    known = CASES[case]
    per = 365.25 if case == "K08" else 1.0
    name = {"K08": "", "K11": "rmst1826_"}[case]
    groups = tables(
        file(known["data"][5:]), day=known["inputs"]["time"], end="event", group=known["inputs"]["group"], per=per
    )
    until = known["inputs"]["tau"] * per
    got = restricted_mean_difference(groups["1"], groups["0"], until)
    assert agrees(got.left.value / per, known, f"{name}rmst1")
    assert agrees(got.right.value / per, known, f"{name}rmst0")
    assert agrees(got.difference.value / per, known, f"{name}diff")
    assert agrees(got.difference.low / per, known, f"{name}diff_lo")
    assert agrees(got.difference.high / per, known, f"{name}diff_hi")
    error = (got.difference.high - got.difference.low) / 2 / normal_quantile(0.95)
    assert agrees(error / per, known, f"{name}diff_se")
    assert agrees(got.pvalue, known, f"{name}diff_p")
    assert agrees(got.ratio.value, known, f"{name}ratio")
    assert agrees(got.ratio.low, known, f"{name}ratio_lo")
    assert agrees(got.ratio.high, known, f"{name}ratio_hi")
    assert agrees((until - got.left.value) / per, known, f"{name}rmtl1")
    assert agrees((until - got.right.value) / per, known, f"{name}rmtl0")
    assert got.difference.unit == "days"
    assert got.method == "z of the difference of the restricted means"


@given(any_tables("ab"), st.integers(0, 7), st.sampled_from([0.8, 0.95]))
def test_swapped_sides_give_the_same_comparison_negated(groups: Tables, day: int, confidence: float) -> None:
    left, right = groups["a"], groups["b"]
    for compared in (difference_at, restricted_mean_difference):
        one, other = (compared(*sides, day, confidence=confidence) for sides in ((left, right), (right, left)))
        assert flat(one) == flat(-other)


@given(any_tables("ab", least=1), st.integers(0, 7))
def test_limits_lie_around_the_difference_and_are_never_too_sure(groups: Tables, day: int) -> None:
    got = difference_at(groups["a"], groups["b"], day)
    if not math.isnan(got.difference.value):
        assert -1 <= got.difference.low <= got.difference.value <= got.difference.high <= 1
        assert got.difference.low < got.difference.high
        assert 0 <= got.pvalue <= 1
    if not math.isnan(got.log_ratio.value):
        assert got.log_ratio.low <= got.log_ratio.value <= got.log_ratio.high
        if got.difference.low != -1 and got.difference.high != 1:
            # Both intervals say the same of "no difference".
            assert (got.difference.low > 1e-9) <= (got.log_ratio.low > 0)
            assert (got.difference.high < -1e-9) <= (got.log_ratio.high < 0)


@pytest.mark.parametrize("day", [3, 5, 9])
def test_ripe_tables_give_the_pooled_z_of_two_plain_rates(day: int) -> None:
    left, right = Ages(range(10), [2] * 10, {}, [0] * 9 + [40]), Ages(range(10), [2, 0] * 5, {}, [0] * 9 + [62])
    got = difference_at(left, right, day)
    plain = compare(Counts(2 * day + 2, 60), Counts(2 * (day // 2) + 2, 72))
    assert got.difference.value == pytest.approx(plain.difference.value, rel=1e-12)
    assert got.pvalue == pytest.approx(plain.pvalue, rel=1e-9)
    assert plain.method == "pooled score z (Pearson chi-square, no continuity correction)"


def test_a_group_without_a_conversion_is_as_uncertain_as_its_leads_are_few() -> None:
    none, some = Ages([9], [0], {}, [40]), Ages(range(10), [1] * 10, {}, [0] * 9 + [30])
    got = difference_at(some, none, 9)
    assert got.difference.value == pytest.approx(0.25, rel=1e-15)
    assert got.right.high == pytest.approx(rate(Counts(0, 40)).high)
    down = got.left.value - got.left.low
    assert got.difference.low == pytest.approx(0.25 - math.hypot(down, rate(Counts(0, 40)).high))
    assert got.ratio.value == math.inf
    assert 1 < got.ratio.low < got.ratio.high == math.inf
    # The same z as of 10 of 40 against 0 of 40.
    assert got.pvalue == pytest.approx(math.erfc(0.25 / math.sqrt(2 / 40 * 0.125 * 0.875) / math.sqrt(2)))


def test_two_groups_without_any_conversion_do_not_differ() -> None:
    got = difference_at(Ages([9], [0], {}, [40]), Ages([9], [0], {}, [60]), 5)
    assert (got.difference.value, got.pvalue) == (0, 1)
    assert got.difference.low == pytest.approx(-rate(Counts(0, 60)).high)
    assert got.difference.high == pytest.approx(rate(Counts(0, 40)).high)
    assert math.isnan(got.log_ratio.value)
    assert (got.log_ratio.low, got.log_ratio.high) == (-math.inf, math.inf)


def test_all_of_one_group_against_none_of_the_other_is_no_chance() -> None:
    got = difference_at(Ages([1], [40]), Ages([9], [0], {}, [40]), 5)
    assert got.difference.value == 1
    assert got.pvalue == pytest.approx(math.erfc(1 / math.sqrt(0.25 * 2 / 40) / math.sqrt(2)))


@pytest.mark.parametrize(
    ("left", "right", "n", "why"),
    [
        (EMPTY, Ages([9], [1], {}, [4]), 0, "no test: a group has no leads"),
        (EMPTY, EMPTY, 0, "no test: a group has no leads"),
        (Ages([3], [1], {}, [4]), Ages([9], [1], {}, [4]), 10, "no test: a group was not watched so long"),
    ],
)
def test_what_was_not_watched_so_long_is_not_compared(left: Ages, right: Ages, n: int, why: str) -> None:
    for got, span in ((difference_at(left, right, 7), 1.0), (restricted_mean_difference(left, right, 7), 7.0)):
        assert math.isnan(got.difference.value)
        assert (got.difference.low, got.difference.high, got.difference.n) == (-span, span, n)
        assert math.isnan(got.log_ratio.value)
        assert (got.ratio.low, got.ratio.high, got.log_ratio.n) == (0, math.inf, n)
        assert math.isnan(got.pvalue)
        assert got.method == why


def test_an_exit_that_only_one_group_took_is_compared_as_well() -> None:
    left, right = Ages([2, 9], [1, 0], {"lost": [4, 0]}, [0, 15]), Ages([2, 9], [3, 0], {}, [0, 17])
    got = difference_at(left, right, 5, ended="lost")
    assert (got.left.value, got.right.value) == (0.2, 0)
    assert got.right.high == pytest.approx(rate(Counts(0, 20)).high)


@pytest.mark.parametrize("ask", [difference_at, restricted_mean_difference])
def test_confidence_outside_its_range_is_refused(ask: Any) -> None:
    message = "confidence must lie between 0 and 1, both excluded; got 95, for 95% say 0.95."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ask(EMPTY, EMPTY, 5, confidence=95)


def test_an_end_that_nobody_had_is_refused() -> None:
    message = "no wait ended by 'bought'; choose one of 'converted', 'disqualified', 'lost'."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        difference_at(Ages([1], [1], {"lost": [2]}), Ages([1], [1], {"disqualified": [2]}), 1, ended="bought")


def test_days_saved_of_a_group_without_conversions_are_not_known_for_certain() -> None:
    none, some = Ages([9], [0], {}, [40]), Ages(range(10), [1] * 10, {}, [0] * 9 + [30])
    got, alone = restricted_mean_difference(none, some, 9), restricted_mean(none, 9)
    other = restricted_mean(some, 9)
    assert got.left.value == 9
    assert got.difference.value == 9 - other.value
    up, down = other.high - other.value, alone.value - alone.low
    assert down > 0
    assert got.difference.low == pytest.approx(got.difference.value - math.hypot(down, up))
    assert got.pvalue == pytest.approx(
        math.erfc(got.difference.value / math.hypot(down, up) * normal_quantile(0.95) / math.sqrt(2))
    )


def test_days_saved_do_not_depend_on_the_confidence_in_their_chance() -> None:
    none, some = Ages([9], [0], {}, [40]), Ages(range(10), [1] * 10, {}, [0] * 9 + [30])
    assert restricted_mean_difference(none, some, 9, confidence=0.8).pvalue == pytest.approx(
        restricted_mean_difference(none, some, 9).pvalue, rel=1e-12
    )


def test_where_all_of_a_group_convert_at_once_the_ratio_of_the_days_has_no_limits() -> None:
    at_once, some = Ages([0], [40]), Ages(range(10), [1] * 10, {}, [0] * 9 + [30])
    got = restricted_mean_difference(some, at_once, 9)
    assert got.right.value == 0
    assert got.ratio.value == math.inf
    assert (got.ratio.low, got.ratio.high) == (0, math.inf)
    assert got.difference.low > 0
