"""The nouns: what adds, what is refused and in which words, what negates, and how numbers read."""

from __future__ import annotations

import math
import re
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment_metrics.quality import FileQuality, Problem, Quality
from alignment_metrics.stats.rates import rate
from alignment_metrics.values import VERDICTS, Adjusted, Comparison, Counts, Estimate, Finding, Moments, group


@st.composite
def counts(draw: st.DrawFn) -> Counts:
    total = draw(st.integers(0, 10**13))
    return Counts(draw(st.integers(0, total)), total)


def whole_moments() -> st.SearchStrategy[Moments]:
    # Whole amounts: their sums are exact in floating point, so that a law can be held to equality.
    return st.lists(st.integers(-(10**6), 10**6)).map(Moments.of)


def estimate(value: float, low: float, high: float, unit: str = "share", n: int = 10) -> Estimate:
    return Estimate(value, low, high, n, unit, "Wilson", 0.95)


@given(counts(), counts(), counts())
def test_counts_add_in_any_order_and_grouping(a: Counts, b: Counts, c: Counts) -> None:
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + Counts(0, 0) == a


@given(whole_moments(), whole_moments(), whole_moments())
def test_moments_add_in_any_order_and_grouping(a: Moments, b: Moments, c: Moments) -> None:
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + Moments.of([]) == a


def test_counts_and_moments_add_only_to_their_own_kind() -> None:
    with pytest.raises(TypeError):
        Counts(1, 2) + 3  # type: ignore[operator]
    with pytest.raises(TypeError):
        Moments.of([1.0]) + Counts(1, 2)  # type: ignore[operator]


def test_counts_are_their_own_counts() -> None:
    assert Counts(1, 2).counts() == Counts(1, 2)


def test_counts_turn_an_engines_integers_into_pythons() -> None:
    got = Counts(np.int32(2**31 - 1), np.int64(2**31))
    assert type(got.hits) is int
    assert type(got.total) is int
    assert got + got == Counts(2**32 - 2, 2**32)


@pytest.mark.parametrize(
    ("hits", "total", "message"),
    [
        (3, 2, "hits must lie between 0 and total; got hits=3, total=2."),
        (-1, 2, "hits must lie between 0 and total; got hits=-1, total=2."),
        (0, -1, "hits must lie between 0 and total; got hits=0, total=-1."),
        (0.5, 2, "hits must be a whole number; got 0.5."),
        (True, 2, "hits must be a whole number; got True."),
        (1, 2.5, "total must be a whole number; got 2.5."),
    ],
)
def test_counts_that_count_nothing_possible_are_refused(hits: int, total: int, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Counts(hits, total)


@pytest.mark.parametrize(
    ("n", "total", "squares", "message"),
    [
        (-1, 0.0, 0.0, "not the sums of any numbers: n=-1, sum=0.0, sum_sq=0.0."),
        (2, 1.0, -1.0, "not the sums of any numbers: n=2, sum=1.0, sum_sq=-1.0."),
        (0, 1.0, 0.0, "not the sums of any numbers: n=0, sum=1.0, sum_sq=0.0."),
        (0, 0.0, 1.0, "not the sums of any numbers: n=0, sum=0.0, sum_sq=1.0."),
        (1.5, 0.0, 0.0, "n must be a whole number; got 1.5."),
    ],
)
def test_moments_of_no_numbers_are_refused(n: int, total: float, squares: float, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Moments(n, total, squares)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (rate(Counts(81, 263)), "30.8% [25.5%, 36.6%]"),
        (rate(Counts(0, 0)), "no leads"),
        (estimate(0.2, 0.0524, 0.3339, "difference"), "+20.0 points [+5.2 points, +33.4 points]"),
        (estimate(7.0, 1.2209, 42.5757, "ratio"), "7.00 [1.22, 42.58]"),
        (estimate(1234.5, 1000.0, 2000.0, "EUR"), "1,234.50 [1,000.00, 2,000.00]"),
    ],
)
def test_an_estimate_reads_with_its_interval_in_its_unit(shown: Estimate, text: str) -> None:
    assert str(shown) == text


def test_negating_an_estimate_swaps_its_limits() -> None:
    assert -estimate(0.2, 0.1, 0.4, "difference") == estimate(-0.2, -0.4, -0.1, "difference")


def test_negating_a_comparison_swaps_the_sides_and_everything_between_them() -> None:
    left, right = estimate(0.5, 0.4, 0.6), estimate(0.25, 0.2, 0.3)
    difference = estimate(0.25, 0.1, 0.4, "difference")
    log_ratio = estimate(math.log(2), 0.0, math.log(4), "log ratio")
    adjusted = Adjusted(difference, ("size",), "direct standardisation", 2, (((("size", "huge"),), 3),))
    one = Comparison(left, right, difference, log_ratio, 0.01, "a test", adjusted, ("assumed",))
    other = -one
    assert (other.left, other.right) == (right, left)
    assert other.difference == -difference
    assert (other.ratio.low, other.ratio.value, other.ratio.high) == pytest.approx((0.25, 0.5, 1.0), rel=1e-15)
    assert other.adjusted == Adjusted(-difference, ("size",), "direct standardisation", 2, (((("size", "huge"),), 3),))
    assert (other.pvalue, other.method, other.assumptions) == (0.01, "a test", ("assumed",))
    assert -other == one


def test_a_ratio_without_bounds_reads_as_zero_and_infinity() -> None:
    nothing = estimate(math.nan, -math.inf, math.inf, "log ratio")
    side = estimate(0.0, 0.0, 0.3)
    ratio = Comparison(side, side, estimate(0.0, -0.3, 0.3, "difference"), nothing, 1.0, "a test").ratio
    assert math.isnan(ratio.value)
    assert (ratio.low, ratio.high, ratio.unit) == (0.0, math.inf, "ratio")


def test_a_comparison_reads_as_one_line() -> None:
    one = Comparison(
        estimate(0.5, 0.4, 0.6),
        estimate(0.25, 0.2, 0.3),
        estimate(0.25, 0.1, 0.4, "difference"),
        estimate(0.7, 0.1, 1.2, "log ratio"),
        0.0123,
        "a test",
    )
    assert str(one) == (
        "50.0% [40.0%, 60.0%] against 25.0% [20.0%, 30.0%]: "
        "difference +25.0 points [+10.0 points, +40.0 points], p = 0.012 (a test)"
    )


def test_a_group_keeps_its_keys_in_the_order_given() -> None:
    assert group({"source": "referral", "direction": "inbound"}) == (("source", "referral"), ("direction", "inbound"))
    assert group({}) == ()


@pytest.mark.parametrize("verdict", ["not_comparable", "not_enough_data", "does_not_apply"])
@pytest.mark.parametrize("because", [None, ""])
def test_a_finding_without_an_answer_needs_its_because(verdict: str, because: str | None) -> None:
    message = f"benchmark.x: the verdict {verdict!r} needs a because."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Finding("benchmark.x", "How far?", verdict, "No answer.", because=because)  # type: ignore[arg-type]
    told = Finding("benchmark.x", "How far?", verdict, "No answer.", because="no leads")  # type: ignore[arg-type]
    assert told.because == "no leads"


def test_a_verdict_outside_the_list_is_refused_and_the_list_is_shown() -> None:
    message = (
        "unknown verdict 'great'; it is one of measured, higher, lower, no_difference_shown, equivalent, kept, broken, "
        "within_range, not_comparable, not_enough_data, does_not_apply."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Finding("sources.conversion", "Which?", "great", "All.")  # type: ignore[arg-type]


def test_every_verdict_that_answers_needs_no_because() -> None:
    refused = {"not_comparable", "not_enough_data", "does_not_apply"}
    for verdict in set(VERDICTS) - refused:
        assert Finding("sources.conversion", "Which?", verdict, "All.").because is None  # type: ignore[arg-type]


def test_a_finding_belongs_to_the_chapter_its_code_opens_with() -> None:
    assert Finding("conversion.mql_to_sql", "How many?", "measured", "Some.").chapter == "conversion"


def test_values_cannot_be_changed_after_birth() -> None:
    with pytest.raises(FrozenInstanceError):
        Counts(1, 2).hits = 2  # type: ignore[misc]


def test_a_file_accounts_for_every_row_it_read() -> None:
    problem = Problem("duplicate_id", "Record ID", 2, (118, 902), "2 repeated", set_aside=True)
    file = FileQuality("contacts.csv", "hubspot-contacts", 5000, 4987, (problem,))
    assert file.rows_read == file.rows_kept + file.rows_set_aside
    assert file.rows_set_aside == 13
    assert Quality((file,)).files == (file,)


@pytest.mark.parametrize(("read", "kept"), [(10, 11), (10, -1), (-1, -1)])
def test_a_file_that_kept_more_than_it_read_is_refused(read: int, kept: int) -> None:
    message = f"contacts.csv: kept {kept} of {read} rows."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        FileQuality("contacts.csv", "hubspot-contacts", read, kept)
