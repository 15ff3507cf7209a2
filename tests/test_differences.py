"""Differences, ratios and odds ratios of two rates against published answers and R, and the laws they keep."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import astuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from reference import CASES, Case, agrees, cases
from twogroups import answers, groups, two

from alignment_metrics.stats.differences import difference, log_ratio, ratio
from alignment_metrics.stats.exact import fisher
from alignment_metrics.stats.intervals import normal_quantile
from alignment_metrics.stats.odds import odds_ratio
from alignment_metrics.stats.rates import compare
from alignment_metrics.stats.scores import difference_score
from alignment_metrics.values import Counts, Estimate

DIFFERENCES = {
    "newcombe": "newcombe",
    "miettinen-nurminen": "miettinen_nurminen",
    "mee": "mee",
    "agresti-caffo": "agresti_caffo_untruncated",
    "wald": "wald",
}
RATIOS = {"koopman": "koopman", "miettinen-nurminen": "miettinen_nurminen", "katz": "katz_log"}
SCORES = ["miettinen-nurminen", "mee"]
LEVELS = st.sampled_from([0.5, 0.8, 0.95, 0.999])


def ids(case: Case) -> str:
    return str(case["id"])


def limits(estimate: Estimate) -> tuple[float, float]:
    return estimate.low, estimate.high


@pytest.mark.parametrize("method", DIFFERENCES)
@pytest.mark.parametrize("case", cases("diff", "newcombe_lo"), ids=ids)
def test_limits_of_a_difference_are_the_published_ones(case: Case, method: str) -> None:
    got, key = difference(*two(case["inputs"]), confidence=case["inputs"]["conf"], method=method), DIFFERENCES[method]
    assert agrees(got.value, case, "diff")
    assert agrees(got.low, case, f"{key}_lo")
    assert agrees(got.high, case, f"{key}_hi")


@pytest.mark.parametrize("case", cases("koopman_lo"), ids=ids)
@pytest.mark.parametrize("method", RATIOS)
def test_limits_of_a_ratio_are_the_published_ones(case: Case, method: str) -> None:
    got, key = ratio(*two(case["inputs"]), confidence=case["inputs"]["conf"], method=method), RATIOS[method]
    assert agrees(got.value, case, "rr")
    assert agrees(got.low, case, f"{key}_lo")
    assert agrees(got.high, case, f"{key}_hi")


@pytest.mark.parametrize("case", cases("katz_log_lo"), ids=ids)
def test_limits_of_a_ratio_by_katz_are_the_published_ones(case: Case) -> None:
    got = ratio(*two(case["inputs"]), confidence=case["inputs"]["conf"], method="katz")
    assert agrees(got.low, case, "katz_log_lo")
    assert agrees(got.high, case, "katz_log_hi")


def test_woolfs_odds_ratio_is_the_published_one() -> None:
    case = CASES["D15"]
    got = odds_ratio(*two(case["inputs"]), confidence=case["inputs"]["conf"], method="woolf")
    assert agrees(got.value, case, "or")
    assert agrees(got.low, case, "woolf_lo")
    assert agrees(got.high, case, "woolf_hi")


@pytest.mark.parametrize("case", cases("conditional_or"), ids=ids)
def test_conditional_odds_ratio_is_the_published_one(case: Case) -> None:
    (a, b), (c, d) = case["inputs"]["table"]
    for method, key in (("exact", "or"), ("mid-p", "or_midp")):
        got = odds_ratio(Counts(a, a + b), Counts(c, c + d), method=method)
        assert agrees(got.value, case, "conditional_or")
        assert agrees(got.low, case, f"{key}_lo")
        assert agrees(got.high, case, f"{key}_hi")


@pytest.mark.parametrize("method", SCORES)
def test_score_limits_of_a_difference_are_those_r_finds_by_brute_force(method: str) -> None:
    known = answers("difference")
    assert len(known) >= 50
    for answer in known:
        got = difference(*two(answer), confidence=answer["conf"], method=method)
        assert limits(got) == pytest.approx(answer[method.replace("-", "_")], rel=1e-8, abs=1e-11), answer


@pytest.mark.parametrize("method", ["koopman", "miettinen-nurminen"])
def test_score_limits_of_a_ratio_are_those_r_finds_by_brute_force(method: str) -> None:
    for answer in answers("ratio"):
        got = ratio(*two(answer), confidence=answer["conf"], method=method)
        assert limits(got) == pytest.approx(answer[method.replace("-", "_")], rel=1e-8), answer


@pytest.mark.parametrize("method", ["exact", "mid-p"])
def test_conditional_odds_ratios_are_those_r_finds_by_brute_force(method: str) -> None:
    for answer in answers("odds"):
        got = odds_ratio(*two(answer), confidence=answer["conf"], method=method)
        assert (got.value, *limits(got)) == pytest.approx(
            [answer["value"], *answer[method.replace("-", "_")]], rel=1e-9
        ), answer


def cubic(left: Counts, right: Counts, null: float) -> float:
    """Mee's score by the cubic of Farrington and Manning (1990), appendix: another way to the likeliest shares."""
    n, m, p, q = left.total, right.total, left.hits / left.total, right.hits / right.total
    theta = m / n
    a, b = 1 + theta, -(1 + theta + p + theta * q + null * (theta + 2))
    c, d = null * null + null * (2 * p + theta + 1) + p + theta * q, -p * null * (1 + null)
    v = (b / (3 * a)) ** 3 - b * c / (6 * a * a) + d / (2 * a)
    u = math.copysign(1, v) * math.sqrt(max(0.0, (b / (3 * a)) ** 2 - c / (3 * a)))
    w = (math.pi + math.acos(min(1.0, max(-1.0, v / u**3 if u else 0.0)))) / 3
    ours = min(1.0, max(0.0, 2 * u * math.cos(w) - b / (3 * a)))
    theirs = min(1.0, max(0.0, ours - null))
    return (p - q - null) / math.sqrt(ours * (1 - ours) / n + theirs * (1 - theirs) / m)


@given(groups(least=2, most=500), groups(least=2, most=500), st.floats(-0.9, 0.9))
def test_score_of_a_difference_is_that_of_the_textbooks_cubic(left: Counts, right: Counts, null: float) -> None:
    gap = left.hits / left.total - right.hits / right.total - null
    # Where nearly nothing is left to test, or the cubic's shares are at the ends, its rounding errors are all there is.
    assume(abs(gap) > 1e-3 and abs(null) > 1e-3)
    got = difference_score(left, right, null)
    assume(abs(got) < 40)
    assert got == pytest.approx(cubic(left, right, null), rel=1e-4)


@given(groups(most=10**7), groups(most=10**7), LEVELS)
def test_score_at_its_limit_is_as_far_out_as_the_confidence_allows(
    left: Counts, right: Counts, confidence: float
) -> None:
    got, z = difference(left, right, confidence=confidence, method="mee"), normal_quantile(confidence)
    # Next to an end, the last digit of the limit moves the score.
    if got.low > -1 + 1e-6:
        assert difference_score(left, right, got.low) == pytest.approx(z, rel=1e-5)
    if got.high < 1 - 1e-6:
        assert difference_score(left, right, got.high) == pytest.approx(-z, rel=1e-5)


@given(groups(most=10**7), groups(most=10**7), LEVELS, st.sampled_from(list(DIFFERENCES)))
def test_swapping_the_groups_negates_the_difference(
    left: Counts, right: Counts, confidence: float, method: str
) -> None:
    one = difference(left, right, confidence=confidence, method=method)
    assert one == -difference(right, left, confidence=confidence, method=method)


@given(groups(), groups(), LEVELS, st.sampled_from(list(RATIOS)))
def test_swapping_the_groups_negates_the_logarithm_of_the_ratio(
    left: Counts, right: Counts, confidence: float, method: str
) -> None:
    assume(left.hits or right.hits)
    one = log_ratio(left, right, confidence=confidence, method=method)
    assert one == -log_ratio(right, left, confidence=confidence, method=method)


@given(groups(most=300), groups(most=300), st.sampled_from(["exact", "mid-p", "woolf"]))
def test_swapping_the_groups_turns_the_odds_ratio_over(left: Counts, right: Counts, method: str) -> None:
    assume(0 < left.hits + right.hits < left.total + right.total)
    one, other = odds_ratio(left, right, method=method), odds_ratio(right, left, method=method)
    for upper, lower in ((one.value, other.value), (one.low, other.high), (one.high, other.low)):
        assert upper == (math.inf if lower == 0 else pytest.approx(1 / lower, rel=1e-12))


@given(groups(most=10**7), groups(most=10**7), LEVELS, st.sampled_from([*SCORES, "newcombe"]))
def test_limits_of_a_difference_contain_it_and_stay_differences(
    left: Counts, right: Counts, confidence: float, method: str
) -> None:
    got = difference(left, right, confidence=confidence, method=method)
    assert -1 <= got.low <= got.value <= got.high <= 1


@given(groups(most=2000), groups(most=2000), st.sampled_from([0.5, 0.8, 0.95, 0.99]))
def test_limits_of_an_odds_ratio_contain_it_and_exact_ones_are_wider_than_mid_p(
    left: Counts, right: Counts, confidence: float
) -> None:
    assume(0 < left.hits + right.hits < left.total + right.total)
    exact, mid = (odds_ratio(left, right, confidence=confidence, method=method) for method in ("exact", "mid-p"))
    assert exact.value == mid.value
    assert exact.low <= mid.low <= mid.high <= exact.high
    assert exact.low <= exact.value <= exact.high


@given(groups(most=80), groups(most=80), st.sampled_from([0.8, 0.95]))
def test_exact_limits_leave_out_1_exactly_where_a_one_sided_fisher_test_rejects(
    left: Counts, right: Counts, confidence: float
) -> None:
    assume(0 < left.hits + right.hits < left.total + right.total)
    got = odds_ratio(left, right, confidence=confidence)
    for alternative, beyond in (("greater", got.low - 1), ("less", 1 - got.high)):
        pvalue = fisher(left, right, alternative=alternative)
        if abs(pvalue - (1 - confidence) / 2) > 1e-9:
            assert (pvalue < (1 - confidence) / 2) == (beyond > 0)


@given(groups(most=500), groups(most=500), st.integers(2, 30), st.sampled_from(list(DIFFERENCES)))
def test_a_difference_known_from_more_leads_has_a_narrower_interval(
    left: Counts, right: Counts, times: int, method: str
) -> None:
    more = difference(*(Counts(one.hits * times, one.total * times) for one in (left, right)), method=method)
    less = difference(left, right, method=method)
    # Wald is sure of extremes from the first lead on.
    assert more.high - more.low < less.high - less.low or (method == "wald" and less.high == less.low)


def test_difference_and_ratio_are_those_of_compare() -> None:
    for left, right in ((Counts(7, 34), Counts(1, 34)), (Counts(0, 9), Counts(3, 50)), (Counts(4, 4), Counts(0, 9))):
        got = compare(left, right, confidence=0.9)
        assert got.difference == difference(left, right, confidence=0.9, method="newcombe")
        assert got.ratio == ratio(left, right, confidence=0.9)


@pytest.mark.parametrize("method", DIFFERENCES)
@pytest.mark.parametrize("right", [Counts(3, 9), Counts(0, 0)])
def test_difference_from_an_empty_group_is_unknown(method: str, right: Counts) -> None:
    got = difference(Counts(0, 0), right, method=method)
    assert math.isnan(got.value)
    assert (got.low, got.high, got.n, got.unit) == (-1.0, 1.0, 0, "difference")


def test_ratio_and_odds_ratio_of_nothing_are_unknown() -> None:
    for left, right, n in ((Counts(0, 0), Counts(3, 9), 0), (Counts(0, 5), Counts(0, 9), 14)):
        for got in (*(ratio(left, right, method=method) for method in RATIOS), odds_ratio(left, right)):
            assert math.isnan(got.value)
            assert (got.low, got.high, got.n, got.unit) == (0.0, math.inf, n, "ratio")


def test_katz_and_woolf_know_nothing_where_a_cell_is_empty() -> None:
    for got in (
        ratio(Counts(0, 5), Counts(3, 9), method="katz"),
        odds_ratio(Counts(0, 5), Counts(3, 9), method="woolf"),
    ):
        assert (got.value, got.low, got.high) == (0.0, 0.0, math.inf)
    neither = odds_ratio(Counts(5, 5), Counts(9, 9), method="woolf")
    assert math.isnan(neither.value)
    assert (neither.low, neither.high) == (0.0, math.inf)


def test_exact_odds_ratio_of_many_leads_meets_woolfs() -> None:
    # The conditional estimate lies nearer 1 by about a part in as many as the leads of the smallest cell.
    left, right = Counts(4_000_000, 10_000_000), Counts(3_990_000, 10_000_000)
    exact, mid, woolf = (odds_ratio(left, right, method=method) for method in ("exact", "mid-p", "woolf"))
    assert exact.value == pytest.approx(woolf.value, rel=1e-6)
    assert limits(mid) == pytest.approx(limits(woolf), rel=1e-6)
    billions = Counts(4 * 10**12, 10**13), Counts(5 * 10**12, 10**13)
    assert limits(odds_ratio(*billions)) == limits(odds_ratio(*billions, method="woolf"))


@pytest.mark.parametrize(
    ("ask", "what", "known"),
    [
        (difference, "a difference", "miettinen-nurminen, newcombe, mee, agresti-caffo, wald"),
        (ratio, "a ratio", "koopman, miettinen-nurminen, katz"),
        (odds_ratio, "an odds ratio", "exact, mid-p, woolf"),
    ],
)
def test_unknown_method_is_refused_and_the_known_ones_are_named(
    ask: Callable[..., Estimate], what: str, known: str
) -> None:
    message = f"unknown method 'score' for {what}; choose one of {known}."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ask(Counts(1, 2), Counts(1, 2), method="score")


@pytest.mark.parametrize("ask", [difference, ratio, odds_ratio])
def test_confidence_outside_its_range_is_refused(ask: Callable[..., Estimate]) -> None:
    message = "confidence must lie between 0 and 1, both excluded; got 95, for 95% say 0.95."
    for left in (Counts(1, 2), Counts(0, 0)):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            ask(left, Counts(1, 2), confidence=95)


def test_estimates_say_what_they_are() -> None:
    got = difference(Counts(1, 2), Counts(1, 3), confidence=0.9)
    assert astuple(got)[3:] == (5, "difference", "Miettinen-Nurminen score", 0.9, None)
    assert odds_ratio(Counts(1, 2), Counts(1, 3)).method == "exact conditional"
