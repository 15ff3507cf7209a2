"""Rates and comparisons against published answers, and the laws they keep for any counts."""

from __future__ import annotations

import math
import re
from dataclasses import astuple
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from reference import CASES, Case, agrees, cases
from scipy.stats import binom, chi2_contingency
from twogroups import answers, groups

from alignment_metrics.stats.rates import ASSUMPTIONS, against, compare, normal_quantile, rate
from alignment_metrics.values import Comparison, Counts, Estimate

METHODS = ["wilson", "wilson-cc", "clopper-pearson", "mid-p", "jeffreys"]
BESIDES = {"wilson-cc": "Wilson, continuity-corrected", "mid-p": "mid-P", "agresti-coull": "Agresti-Coull"}
SCORE = "pooled score z (Pearson chi-square, no continuity correction)"
FISHER = "Fisher's exact test"


def same(one: object, other: object) -> bool:
    """Equal to the last bit, where unknown equals unknown: ``nan != nan``, and Python 3.13 compares fields with it."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other or (one != one and other != other))


def is_negation(one: Comparison, other: Comparison) -> bool:
    return same(astuple(one), astuple(-other))


def width(estimate: Estimate) -> float:
    return estimate.high - estimate.low


def two(case: Case) -> tuple[Counts, Counts]:
    asked = case["inputs"]
    return Counts(asked["x1"], asked["n1"]), Counts(asked["x2"], asked["n2"])


def ids(case: Case) -> str:
    return str(case["id"])


@pytest.mark.parametrize(
    ("method", "name", "key"),
    [
        ("wilson", "Wilson", "wilson"),
        ("wilson-cc", BESIDES["wilson-cc"], "wilson_cc"),
        ("clopper-pearson", "Clopper-Pearson", "clopper_pearson"),
        ("mid-p", BESIDES["mid-p"], "midp"),
        ("agresti-coull", BESIDES["agresti-coull"], "agresti_coull"),
        ("jeffreys", "Jeffreys", "jeffreys_bcd"),
    ],
)
def test_intervals_of_one_rate_are_the_published_ones(method: str, name: str, key: str) -> None:
    known = cases(f"{key}_lo", f"{key}_hi")
    assert len(known) >= 3
    for case in known:
        x, n, confidence = case["inputs"]["x"], case["inputs"]["n"], case["inputs"]["conf"]
        got = rate(Counts(x, n), confidence=confidence, method=method)
        assert agrees(got.low, case, f"{key}_lo"), case["id"]
        assert agrees(got.high, case, f"{key}_hi"), case["id"]
        assert got == Estimate(x / n, got.low, got.high, n, "share", name, confidence, hits=x)


@pytest.mark.parametrize("method", BESIDES)
def test_intervals_of_one_rate_are_those_of_r(method: str) -> None:
    known = answers("rate")
    assert len(known) >= 30
    for answer in known:
        got = rate(Counts(answer["x"], answer["n"]), confidence=answer["conf"], method=method)
        assert (got.low, got.high) == pytest.approx(answer[method.replace("-", "_")], rel=1e-12), answer


def test_rate_is_set_against_a_target_as_published() -> None:
    case = CASES["P10"]
    asked = Counts(case["inputs"]["x"], case["inputs"]["n"]), case["inputs"]["benchmark"]
    exact, score = against(*asked), against(*asked, method="score")
    assert agrees(exact.pvalue, case, "p_exact_twosided")
    assert agrees(score.pvalue, case, "p_score_twosided")
    assert agrees(score.z, case, "score_z")
    assert (exact.z, exact.n) == (score.z, 925)
    assert (exact.method, score.method) == ("exact binomial test", "score test")


def test_rate_is_set_against_a_target_as_by_r() -> None:
    for answer in answers("target"):
        got = against(Counts(answer["x"], answer["n"]), answer["target"])
        assert (got.pvalue, got.z) == pytest.approx((answer["exact"], answer["z"]), rel=1e-10), answer


@given(groups(most=200), st.floats(0.01, 0.99))
def test_exact_test_against_a_target_adds_up_what_is_no_likelier_than_what_was_seen(
    group: Counts, target: float
) -> None:
    likely = binom.pmf(np.arange(group.total + 1), group.total, target)
    want = likely[likely <= likely[group.hits] * (1 + 1e-7)].sum()
    assert against(group, target).pvalue == pytest.approx(min(1.0, want), rel=1e-8)


def test_no_leads_are_set_against_no_target() -> None:
    for method in ("exact", "score"):
        got = against(Counts(0, 0), 0.5, method=method)
        assert math.isnan(got.z)
        assert math.isnan(got.pvalue)
        assert got.n == 0


@pytest.mark.parametrize("target", [0, 1, 75, -0.1, math.nan])
def test_a_target_that_is_no_share_is_refused(target: float) -> None:
    message = f"a target must lie between 0 and 1, both excluded; got {target!r}, for 75% say 0.75."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        against(Counts(1, 2), target)


def test_unknown_method_against_a_target_is_refused() -> None:
    message = "unknown method 'wald' for a target; choose one of exact, score."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        against(Counts(1, 2), 0.5, method="wald")


def test_wilson_limits_at_an_uncommon_confidence_are_the_published_ones() -> None:
    # M04 holds four intervals at once to 95%, each at 0.95 ** (1 / 4).
    case = CASES["M04"]
    asked, known = case["inputs"], case["expected"]
    for x, n, low, high in zip(asked["x"], asked["n"], known["lo"], known["hi"], strict=True):
        got = rate(Counts(x, n), confidence=asked["conf"] ** (1 / 4))
        assert (got.low, got.high) == pytest.approx((low, high), abs=case["tol"]["default"])


@pytest.mark.parametrize("case", cases("newcombe_lo", "newcombe_hi"), ids=ids)
def test_difference_limits_are_newcombes(case: Case) -> None:
    got = compare(*two(case), confidence=case["inputs"]["conf"]).difference
    assert agrees(got.value, case, "diff")
    assert agrees(got.low, case, "newcombe_lo")
    assert agrees(got.high, case, "newcombe_hi")


@pytest.mark.parametrize("case", cases("koopman_lo", "koopman_hi"), ids=ids)
def test_ratio_limits_are_koopmans(case: Case) -> None:
    got = compare(*two(case), confidence=case["inputs"]["conf"]).ratio
    assert agrees(got.value, case, "rr")
    assert agrees(got.low, case, "koopman_lo")
    assert agrees(got.high, case, "koopman_hi")


def test_ratio_of_many_leads_is_the_published_one_and_koopman_meets_katz_there() -> None:
    case = CASES["D15"]
    got = compare(*two(case)).ratio
    assert agrees(got.value, case, "rr")
    # Katz's limits are another method's: they meet Koopman's only as the counts grow, here 104 and 189 events.
    assert got.low == pytest.approx(case["expected"]["katz_log_lo"], rel=2e-3)
    assert got.high == pytest.approx(case["expected"]["katz_log_hi"], rel=2e-3)


@pytest.mark.parametrize("case", [c for c in cases("p_twosided") if "table" in c["inputs"]], ids=ids)
def test_fisher_pvalue_is_the_published_one(case: Case) -> None:
    (a, b), (c, d) = case["inputs"]["table"]
    got = compare(Counts(a, a + b), Counts(c, c + d))
    assert got.method == FISHER
    assert agrees(got.pvalue, case, "p_twosided")


def test_score_test_gives_the_published_z() -> None:
    # H01 sets 45 of 600 beside a benchmark of 10% as if that rested on 600 leads too.
    case = CASES["H01"]
    x, n = case["inputs"]["x"], case["inputs"]["n"]
    got = compare(Counts(x, n), Counts(60, 600))
    z = case["expected"]["z_at_n_600"]
    assert got.pvalue == pytest.approx(math.erfc(abs(z) / math.sqrt(2)), rel=1e-6)
    assert got.method == SCORE


@pytest.mark.parametrize("case", [c for c in cases("crude_rd") if "strata" in c["inputs"]], ids=ids)
def test_strata_add_up_to_the_published_crude_difference(case: Case) -> None:
    left = right = Counts(0, 0)
    for x1, n1, x2, n2 in case["inputs"]["strata"]:
        left, right = left + Counts(x1, n1), right + Counts(x2, n2)
    assert agrees(compare(left, right).difference.value, case, "crude_rd")


@given(groups(least=20), groups(least=20))
def test_score_pvalue_is_scipys_uncorrected_chi_square(left: Counts, right: Counts) -> None:
    got = compare(left, right)
    assume(got.method == SCORE)
    table = [[left.hits, left.total - left.hits], [right.hits, right.total - right.hits]]
    assert got.pvalue == pytest.approx(chi2_contingency(table, correction=False).pvalue, rel=1e-8, abs=1e-300)


@given(groups(most=60), groups(most=60))
def test_fisher_pvalue_is_the_sum_over_all_tables_in_whole_numbers(left: Counts, right: Counts) -> None:
    got = compare(left, right)
    assume(got.method == FISHER)
    hits = left.hits + right.hits
    tables = {k: math.comb(left.total, k) * math.comb(right.total, hits - k) for k in range(hits + 1)}
    rare = sum(ways for ways in tables.values() if ways <= tables[left.hits])
    assert got.pvalue == pytest.approx(float(Fraction(rare, sum(tables.values()))), rel=1e-9)


def test_fisher_test_knows_ten_trillion_leads() -> None:
    # From margins this large the hypergeometric is a fair coin: three hits on one side, by chance 2 in 8.
    got = compare(Counts(3, 10**13), Counts(0, 10**13))
    assert got.method == FISHER
    assert got.pvalue == pytest.approx(0.25, rel=1e-9)


def test_fisher_test_is_used_just_below_five_expected_leads_a_cell() -> None:
    assert compare(Counts(4, 50), Counts(5, 50)).method == FISHER
    assert compare(Counts(4, 50), Counts(6, 50)).method == SCORE
    assert compare(Counts(46, 50), Counts(45, 50)).method == FISHER
    assert compare(Counts(46, 50), Counts(44, 50)).method == SCORE


@given(groups(least=0), groups(least=0), st.sampled_from([0.8, 0.95, 0.999]))
def test_swapping_the_groups_negates_the_comparison(left: Counts, right: Counts, confidence: float) -> None:
    one, other = compare(left, right, confidence=confidence), compare(right, left, confidence=confidence)
    assert is_negation(one, other)
    assert is_negation(other, one)
    assert is_negation(one, -one)


@given(groups(), st.sampled_from(METHODS), st.floats(0.5, 0.9999))
def test_limits_of_a_rate_contain_it_and_stay_shares(group: Counts, method: str, confidence: float) -> None:
    got = rate(group, confidence=confidence, method=method)
    assert 0 <= got.low <= got.value <= got.high <= 1
    assert (got.low == 0) == (group.hits == 0)
    assert (got.high == 1) == (group.hits == group.total)


@given(groups(), groups(), st.floats(0.5, 0.9999))
def test_limits_of_a_comparison_contain_it(left: Counts, right: Counts, confidence: float) -> None:
    got = compare(left, right, confidence=confidence)
    assert -1 <= got.difference.low <= got.difference.value <= got.difference.high <= 1
    assert 0 <= got.pvalue <= 1
    assert 0 <= got.ratio.low <= got.ratio.high <= math.inf
    if left.hits or right.hits:
        assert got.log_ratio.low <= got.log_ratio.value <= got.log_ratio.high


@given(groups(most=10**13), st.floats(0.5, 0.9999))
def test_wilson_limits_are_right_to_the_last_digits_for_up_to_ten_trillion_leads(
    group: Counts, confidence: float
) -> None:
    got = rate(group, confidence=confidence)
    with localcontext(prec=60):
        z, x, n = Decimal(normal_quantile(confidence)), Decimal(group.hits), Decimal(group.total)
        middle, reach = 2 * x + z * z, z * (z * z + 4 * x * (1 - x / n)).sqrt()
        low, high = (middle - reach) / (2 * (n + z * z)), (middle + reach) / (2 * (n + z * z))
    assert got.low == pytest.approx(float(low), rel=1e-14, abs=1e-40)
    assert got.high == pytest.approx(float(high), rel=1e-14)


@given(groups(most=400), groups(most=400), st.sampled_from([0.9, 0.95, 0.99]))
def test_koopman_limits_satisfy_the_score_equation(left: Counts, right: Counts, confidence: float) -> None:
    got, z = compare(left, right, confidence=confidence).ratio, normal_quantile(confidence)
    x, n, y, m = left.hits, left.total, right.hits, right.total
    for ratio in (got.low, got.high):
        if not 0 < ratio < math.inf:
            continue
        # The quadratic of Farrington & Manning (1990) for the likeliest right rate when the ratio is fixed.
        a, b, c = (n + m) * ratio, -(n * ratio + x + m + y * ratio), x + y
        q = (-b - math.sqrt(max(0.0, b * b - 4 * a * c))) / (2 * a)
        p = ratio * q
        score = (x - n * p) ** 2 / (n * p * (1 - p)) if p < 1 - 1e-12 else 0.0
        score += (y - m * q) ** 2 / (m * q * (1 - q)) if q < 1 - 1e-12 else 0.0
        assert score == pytest.approx(z * z, rel=1e-6)


@given(groups(least=20), groups(least=20), st.sampled_from([0.8, 0.95]))
def test_ratio_interval_leaves_out_one_exactly_where_the_score_test_rejects(
    left: Counts, right: Counts, confidence: float
) -> None:
    got = compare(left, right, confidence=confidence)
    assume(got.method == SCORE and abs(got.pvalue - (1 - confidence)) > 1e-9)
    assert (got.pvalue < 1 - confidence) == (not got.ratio.low <= 1 <= got.ratio.high)


@given(groups(most=1000), st.integers(2, 50), st.sampled_from(METHODS))
def test_a_rate_known_from_more_leads_has_a_narrower_interval(group: Counts, times: int, method: str) -> None:
    more = Counts(group.hits * times, group.total * times)
    assert width(rate(more, method=method)) < width(rate(group, method=method))


@given(groups(most=1000), groups(most=1000), st.integers(2, 50))
def test_a_difference_known_from_more_leads_has_a_narrower_interval(left: Counts, right: Counts, times: int) -> None:
    more = compare(Counts(left.hits * times, left.total * times), Counts(right.hits * times, right.total * times))
    less = compare(left, right)
    assert width(more.difference) < width(less.difference)
    if left.hits and right.hits:
        assert width(more.log_ratio) < width(less.log_ratio)


@given(groups(), st.sampled_from(METHODS))
def test_one_more_hit_moves_every_number_up(group: Counts, method: str) -> None:
    assume(group.hits < group.total)
    less, more = rate(group, method=method), rate(Counts(group.hits + 1, group.total), method=method)
    assert less.value < more.value
    assert less.low < more.low
    assert less.high < more.high


@given(groups(), groups())
def test_one_more_hit_on_the_left_moves_the_comparison_up(left: Counts, right: Counts) -> None:
    assume(left.hits < left.total and right.hits)
    less, more = compare(left, right), compare(Counts(left.hits + 1, left.total), right)
    assert less.difference.value < more.difference.value
    assert less.log_ratio.value < more.log_ratio.value
    assert less.log_ratio.low <= more.log_ratio.low
    assert less.log_ratio.high < more.log_ratio.high


@pytest.mark.parametrize(
    ("method", "name"),
    [("wilson", "Wilson"), ("clopper-pearson", "Clopper-Pearson"), ("jeffreys", "Jeffreys"), *BESIDES.items()],
)
def test_rate_of_no_leads_is_unknown_with_the_widest_interval(method: str, name: str) -> None:
    got = rate(Counts(0, 0), method=method)
    assert math.isnan(got.value)
    assert (got.low, got.high, got.n, got.hits, got.unit, got.method) == (0.0, 1.0, 0, 0, "share", name)


@pytest.mark.parametrize(("left", "right"), [((0, 0), (3, 9)), ((3, 9), (0, 0)), ((0, 0), (0, 0))])
def test_comparison_with_no_leads_on_a_side_is_unknown(left: tuple[int, int], right: tuple[int, int]) -> None:
    got = compare(Counts(*left), Counts(*right))
    assert math.isnan(got.difference.value)
    assert (got.difference.low, got.difference.high, got.difference.n) == (-1.0, 1.0, 0)
    assert math.isnan(got.ratio.value)
    assert (got.ratio.low, got.ratio.high, got.ratio.n) == (0.0, math.inf, 0)
    assert math.isnan(got.pvalue)
    assert got.method == "no test: a group has no leads"


def test_ratio_survives_empty_cells() -> None:
    never = compare(Counts(0, 10), Counts(5, 20)).ratio
    assert (never.value, never.low) == (0.0, 0.0)
    assert 0 < never.high < math.inf
    only = compare(Counts(5, 20), Counts(0, 10)).ratio
    assert (only.value, only.high) == (math.inf, math.inf)
    assert 0 < only.low < math.inf
    neither = compare(Counts(0, 10), Counts(0, 20)).ratio
    assert math.isnan(neither.value)
    assert (neither.low, neither.high, neither.n) == (0.0, math.inf, 30)


def test_ratio_of_groups_that_all_converted_has_koopmans_closed_form() -> None:
    # With every lead a hit the score equation reduces to m * (ratio - 1) = z ** 2 above 1, and mirrored below.
    got, z = compare(Counts(10, 10), Counts(20, 20)).ratio, normal_quantile(0.95)
    assert got.value == 1
    assert got.high == pytest.approx(1 + z * z / 20, rel=1e-12)
    assert got.low == pytest.approx(1 / (1 + z * z / 10), rel=1e-12)


def test_one_lead_says_almost_nothing() -> None:
    # Wilson's limits of one hit in one: the lower is 1 / (1 + z ** 2).
    got, z = rate(Counts(1, 1)), normal_quantile(0.95)
    assert (got.value, got.high) == (1.0, 1.0)
    assert got.low == pytest.approx(1 / (1 + z * z), rel=1e-12)
    against = compare(Counts(1, 1), Counts(0, 1))
    assert against.difference.value == 1
    assert against.difference.low < 0
    assert against.pvalue == 1


def test_exact_upper_limit_of_no_hits_in_ten_trillion_has_its_closed_form() -> None:
    # Clopper & Pearson: (1 - high) ** n = tail.
    got = rate(Counts(0, 10**13), method="clopper-pearson")
    assert got.low == 0.0
    assert got.high == pytest.approx(-math.expm1(math.log(0.025) / 10**13), rel=1e-9)


def test_counts_of_the_engines_32_bit_integers_do_not_overflow() -> None:
    left, right = Counts(np.int32(120_000), np.int32(10_000_000)), Counts(np.int32(2**30), np.int32(2**31 - 1))
    whole_left, whole_right = Counts(120_000, 10_000_000), Counts(2**30, 2**31 - 1)
    assert rate(left) == rate(whole_left)
    assert compare(left, right) == compare(whole_left, whole_right)


def test_anything_that_sums_to_counts_is_rated_as_those_counts() -> None:
    class Cells:
        def counts(self) -> Counts:
            return Counts(3, 10) + Counts(1, 30)

    assert rate(Cells()) == rate(Counts(4, 40))
    assert compare(Cells(), Counts(1, 9)) == compare(Counts(4, 40), Counts(1, 9))


def test_comparison_keeps_its_groups_and_says_what_it_assumes() -> None:
    left, right = Counts(30, 100), Counts(50, 300)
    got = compare(left, right, confidence=0.9)
    assert got.left == rate(left, confidence=0.9)
    assert got.right == rate(right, confidence=0.9)
    assert (got.difference.n, got.difference.unit, got.difference.method) == (
        400,
        "difference",
        "Newcombe hybrid score",
    )
    assert (got.ratio.n, got.ratio.unit, got.ratio.method) == (400, "ratio", "Koopman score")
    assert got.difference.confidence == got.ratio.confidence == 0.9
    assert got.assumptions == ASSUMPTIONS
    assert got.adjusted is None


@pytest.mark.parametrize(
    ("confidence", "shown"), [(95, "95"), (0, "0"), (1.0, "1.0"), (-0.1, "-0.1"), (math.nan, "nan")]
)
def test_confidence_outside_its_range_is_refused(confidence: float, shown: str) -> None:
    message = f"confidence must lie between 0 and 1, both excluded; got {shown}, for 95% say 0.95."
    for ask in (
        lambda: rate(Counts(1, 2), confidence=confidence),
        lambda: rate(Counts(0, 0), confidence=confidence),
        lambda: compare(Counts(1, 2), Counts(1, 2), confidence=confidence),
        lambda: normal_quantile(confidence),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            ask()


def test_unknown_method_is_refused_and_the_known_ones_are_named() -> None:
    message = (
        "unknown method 'wald' for a rate; choose one of wilson, wilson-cc, clopper-pearson, mid-p, jeffreys, "
        "agresti-coull."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        rate(Counts(1, 2), method="wald")
