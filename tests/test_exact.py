"""Exact tests and the chi-square against published answers and R, and what every table together says of them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import CASES, Case, agrees, cases
from scipy import stats
from twogroups import answers, groups, two

from alignment_metrics.stats.exact import chi_square, fisher, pooled_z
from alignment_metrics.stats.rates import compare
from alignment_metrics.stats.unconditional import MOST_LEADS, barnard, boschloo
from alignment_metrics.values import Counts

SIDES = ["two-sided", "less", "greater"]
Test = Callable[..., float]


def ids(case: Case) -> str:
    return str(case["id"])


def table(case: Case) -> tuple[Counts, Counts]:
    (a, b), (c, d) = case["inputs"]["table"]
    return Counts(a, a + b), Counts(c, c + d)


@pytest.mark.parametrize("case", cases("p_twosided", "p_less"), ids=ids)
def test_fishers_pvalues_are_the_published_ones(case: Case) -> None:
    left, right = table(case)
    assert agrees(fisher(left, right), case, "p_twosided")
    assert agrees(fisher(left, right, alternative="less"), case, "p_less")
    assert agrees(fisher(left, right, alternative="greater"), case, "p_greater")


@pytest.mark.parametrize("case", cases("chisq_yates"), ids=ids)
def test_chi_squares_are_the_published_ones(case: Case) -> None:
    for key, yates in (("chisq", False), ("chisq_yates", True)):
        got = chi_square(table(case), yates=yates)
        assert agrees(got.statistic, case, key)
        assert agrees(got.pvalue, case, f"{key}_p")
        assert got.df == 1


def test_chi_square_of_several_groups_is_the_published_one() -> None:
    case = CASES["E08"]
    known = [Counts(x, n) for x, n in zip(case["inputs"]["x"], case["inputs"]["n"], strict=True)]
    got = chi_square([*known, Counts(0, 0)])
    assert agrees(got.statistic, case, "chisq")
    assert agrees(got.pvalue, case, "p")
    assert (got.df, got.n) == (case["expected"]["df"], sum(case["inputs"]["n"]))


@pytest.mark.parametrize("case", cases("barnard_pooled_z"), ids=ids)
def test_boschloos_and_barnards_pvalues_are_the_published_ones(case: Case) -> None:
    left, right = two(case["inputs"])
    for side in ("less", "greater"):
        assert agrees(fisher(left, right, alternative=side), case, f"boschloo_stat_{side}")
        assert agrees(boschloo(left, right, alternative=side), case, f"boschloo_p_{side}")
        assert agrees(barnard(left, right, alternative=side), case, f"barnard_pooled_p_{side}")
    assert agrees(boschloo(left, right), case, "boschloo_p_twosided_doubled")
    assert agrees(barnard(left, right), case, "barnard_pooled_p_two")
    assert agrees(pooled_z(left, right), case, "barnard_pooled_z")


def test_tests_of_two_groups_are_those_of_r() -> None:
    known = answers("tests")
    assert len(known) >= 14
    for answer in known:
        left, right = two(answer)
        got = [fisher(left, right, alternative=side) for side in SIDES]
        assert got == pytest.approx([answer[side.replace("-", "_")] for side in SIDES], rel=1e-9), answer
        for key in ("pearson", "yates"):
            chi = chi_square([left, right], yates=key == "yates")
            assert [chi.statistic, chi.pvalue] == pytest.approx(answer[key], rel=1e-9, abs=1e-11), answer


def test_boschloos_and_barnards_pvalues_are_those_r_finds_by_brute_force() -> None:
    known = answers("unconditional")
    assert len(known) >= 10
    for answer in known:
        for ask in (boschloo, barnard):
            got = [ask(*two(answer), alternative=side) for side in SIDES]
            want = [answer[ask.__name__], *(answer[f"{ask.__name__}_{side}"] for side in SIDES[1:])]
            assert got == pytest.approx(want, rel=1e-8), answer


def test_barnards_test_counts_every_table_with_the_same_z() -> None:
    # Known to be .0213; compared as rounded numbers, tied z lose tables and leave .0190.
    assert barnard(Counts(1, 9), Counts(5, 7)) == pytest.approx(0.02127, abs=1e-5)


@given(groups(most=60), groups(most=60))
def test_one_sided_fisher_tests_are_sums_over_tables_in_whole_numbers(left: Counts, right: Counts) -> None:
    hits = left.hits + right.hits
    ways = {k: math.comb(left.total, k) * math.comb(right.total, hits - k) for k in range(hits + 1)}
    for side, rare in (("less", range(left.hits + 1)), ("greater", range(left.hits, hits + 1))):
        want = float(Fraction(sum(ways[k] for k in rare), sum(ways.values())))
        assert fisher(left, right, alternative=side) == pytest.approx(want, rel=1e-9)


@given(groups(least=200, most=10**7), groups(least=200, most=10**7))
def test_one_sided_fisher_tests_of_many_leads_are_scipys(left: Counts, right: Counts) -> None:
    law = stats.hypergeom(left.total + right.total, left.hits + right.hits, left.total)
    for side, want in (("less", law.cdf(left.hits)), ("greater", law.sf(left.hits - 1))):
        # Further out scipy's own sums lose their digits.
        if want > 1e-12:
            assert fisher(left, right, alternative=side) == pytest.approx(want, rel=1e-5)


@given(groups(most=3000), groups(most=3000))
def test_two_sided_fisher_test_is_scipys_and_that_of_compare(left: Counts, right: Counts) -> None:
    got, compared = fisher(left, right), compare(left, right)
    cells = [[left.hits, left.total - left.hits], [right.hits, right.total - right.hits]]
    assert got == pytest.approx(stats.fisher_exact(cells).pvalue, rel=1e-7, abs=1e-290)
    if compared.method == "Fisher's exact test":
        assert got == compared.pvalue


def test_two_sided_fisher_test_leaves_out_a_table_that_is_likelier_by_a_hair() -> None:
    # Of 13 and 39 leads with 14 hits, 1 in the small group is likelier than 6, by one part in 6,000.
    ways = [math.comb(13, k) * math.comb(39, 14 - k) for k in range(14)]
    assert 1 < ways[1] / ways[6] < 1.0002
    want = Fraction(sum(n for n in ways if n <= ways[6]), sum(ways))
    assert fisher(Counts(6, 13), Counts(8, 39)) == pytest.approx(float(want), rel=1e-9)
    assert fisher(Counts(1, 13), Counts(13, 39)) == pytest.approx(float(want + Fraction(ways[1], sum(ways))), rel=1e-9)


def test_fisher_test_of_a_difference_beyond_any_doubt_is_certain() -> None:
    left, right = Counts(900_000, 1_000_000), Counts(100_000, 1_000_000)
    assert [fisher(left, right, alternative=side) for side in SIDES] == [0.0, 1.0, 0.0]
    assert [fisher(right, left, alternative=side) for side in SIDES] == [0.0, 0.0, 1.0]


@settings(deadline=None)
@given(groups(most=12), groups(most=12))
def test_swapping_the_groups_swaps_the_sides(left: Counts, right: Counts) -> None:
    for ask in (fisher, boschloo, barnard):
        assert ask(left, right) == pytest.approx(ask(right, left), rel=1e-12)
        assert ask(left, right, alternative="less") == pytest.approx(ask(right, left, alternative="greater"), rel=1e-12)
    assert pooled_z(left, right) == -pooled_z(right, left)


@settings(deadline=None)
@given(groups(most=25), groups(most=25), st.sampled_from(["less", "greater"]))
def test_boschloos_test_is_never_more_cautious_than_fishers(left: Counts, right: Counts, side: str) -> None:
    assert boschloo(left, right, alternative=side) <= fisher(left, right, alternative=side) * (1 + 1e-9)


@given(groups(), groups())
def test_chi_square_of_two_groups_is_the_square_of_the_pooled_z_and_yates_the_smaller(
    left: Counts, right: Counts
) -> None:
    got, corrected = chi_square([left, right]), chi_square([left, right], yates=True)
    if math.isnan(got.statistic):
        assert left.hits + right.hits in (0, left.total + right.total)
        assert pooled_z(left, right) == 0
    else:
        assert got.statistic == pytest.approx(pooled_z(left, right) ** 2, rel=1e-9, abs=1e-18)
        assert corrected.statistic <= got.statistic


@pytest.mark.parametrize("sizes", [(6, 11), (12, 12)])
@pytest.mark.parametrize("ask", [fisher, boschloo, barnard])
def test_exact_tests_never_reject_more_often_than_they_say(ask: Test, sizes: tuple[int, int]) -> None:
    n, m = sizes
    pvalues = {(x, y): ask(Counts(x, n), Counts(y, m)) for x in range(n + 1) for y in range(m + 1)}
    for level in (0.01, 0.05, 0.1):
        rejected = [cells for cells, pvalue in pvalues.items() if pvalue <= level + 1e-12]
        for share in (0.03, 0.1, 0.25, 0.4, 0.5, 0.8, 0.95):
            ours, theirs = stats.binom.pmf(range(n + 1), n, share), stats.binom.pmf(range(m + 1), m, share)
            assert sum(ours[x] * theirs[y] for x, y in rejected) <= level + 1e-9


@pytest.mark.parametrize("left", [Counts(0, 0), Counts(3, 4)])
def test_nothing_can_be_tested_against_no_leads(left: Counts) -> None:
    for ask in (fisher, boschloo, barnard):
        assert all(math.isnan(ask(left, Counts(0, 0), alternative=side)) for side in SIDES)
    assert math.isnan(pooled_z(left, Counts(0, 0)))
    got = chi_square([left, Counts(0, 0)])
    assert math.isnan(got.statistic)
    assert math.isnan(got.pvalue)
    assert (got.df, got.n) == (0, left.total)


def test_groups_that_all_or_never_converted_do_not_differ() -> None:
    for left, right in ((Counts(0, 5), Counts(0, 9)), (Counts(5, 5), Counts(9, 9))):
        assert [ask(left, right) for ask in (fisher, boschloo, barnard)] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(("ask", "whose"), [(boschloo, "Boschloo's"), (barnard, "Barnard's")])
def test_unconditional_tests_of_too_many_leads_name_another(ask: Test, whose: str) -> None:
    message = f"{whose} test is for at most 1,000 leads in both groups; there are 1,001, so take compare()."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ask(Counts(3, 500), Counts(4, MOST_LEADS - 499))
    assert 0 < ask(Counts(3, 500), Counts(4, 500)) <= 1


def test_fisher_test_of_far_too_many_leads_names_another() -> None:
    message = (
        "Fisher's exact test has no use for 20,000,000,000,000 leads; take compare(), whose score test says the "
        "same there."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        fisher(Counts(4 * 10**12, 10**13), Counts(4 * 10**12, 10**13))


@pytest.mark.parametrize("ask", [fisher, boschloo, barnard])
def test_unknown_alternative_is_refused(ask: Test) -> None:
    message = "unknown alternative 'larger'; choose one of two-sided, less, greater."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ask(Counts(1, 2), Counts(1, 2), alternative="larger")


def test_yates_correction_of_three_groups_is_refused() -> None:
    message = "Yates' correction is for two groups; there are 3, so leave it out."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        chi_square([Counts(1, 2), Counts(1, 3), Counts(1, 4)], yates=True)
