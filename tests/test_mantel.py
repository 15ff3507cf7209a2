"""Mantel and Haenszel's summaries of strata against published answers and R, and the laws they keep for any strata."""

from __future__ import annotations

import json
import math
import re
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import Case, agrees, cases

from alignment_metrics.stats.mantel import homogeneity_of_odds, mantel_haenszel
from alignment_metrics.stats.rates import compare, normal_quantile, rate
from alignment_metrics.stats.strata import MOVER, NORMAL
from alignment_metrics.values import Counts, Estimate, Group

Stratum = tuple[Group, Counts, Counts]
R: dict[str, Any] = json.loads((Path(__file__).parent / "reference" / "strata.json").read_text(encoding="utf-8"))


def strata_of(*sides: tuple[float, float, float, float]) -> list[Stratum]:
    """Hits and leads of the left, hits and leads of the right."""
    return [((("stratum", str(i)),), Counts(a, n), Counts(c, m)) for i, (a, n, c, m) in enumerate(sides)]


def tabled(name: str) -> list[Stratum]:
    table = R["tables"][name]
    whole = [table[column] for column in ("a", "n1", "c", "n2")]
    most = max(len(column) for column in whole if isinstance(column, list))
    columns = [column if isinstance(column, list) else [column] * most for column in whole]
    return strata_of(*zip(*columns, strict=True))


@st.composite
def groups(draw: st.DrawFn, least: int = 0) -> Counts:
    total = draw(st.one_of(st.integers(least, 4), st.integers(least, 300), st.just(10**7)))
    return Counts(draw(st.one_of(st.just(0), st.just(total), st.integers(0, total))), total)


@st.composite
def stratified(draw: st.DrawFn, least: int = 0) -> list[Stratum]:
    sides = draw(st.lists(st.tuples(groups(least), groups(least)), max_size=8))
    return [((("size", str(i)),), left, right) for i, (left, right) in enumerate(sides)]


def swapped(strata: list[Stratum]) -> list[Stratum]:
    return [(key, right, left) for key, left, right in strata]


@pytest.mark.parametrize("case", cases("cmh_chisq", "mh_rd_se_sato"), ids=lambda case: str(case["id"]))
def test_summaries_of_strata_are_the_published_ones(case: Case) -> None:
    strata = strata_of(*case["inputs"]["strata"])
    found, corrected = mantel_haenszel(strata), mantel_haenszel(strata, correction=True)
    assert (found.test.df, found.strata, found.left_out, found.silent) == (1, len(strata), (), ())
    assert agrees(found.test.statistic, case, "cmh_chisq")
    assert agrees(found.test.pvalue, case, "cmh_p")
    assert agrees(corrected.test.statistic, case, "cmh_chisq_cc")
    assert agrees(corrected.test.pvalue, case, "cmh_p_cc")
    for name, estimate in (("mh_or", found.odds_ratio), ("mh_rr", found.ratio), ("mh_rd", found.difference)):
        assert agrees(estimate.value, case, name)
        assert agrees(estimate.low, case, f"{name}_lo")
        assert agrees(estimate.high, case, f"{name}_hi")
        assert estimate.n == sum(left.total + right.total for _, left, right in strata)
    z = normal_quantile(0.95)
    assert agrees(math.log(found.odds_ratio.high / found.odds_ratio.low) / 2 / z, case, "mh_log_or_se_rbg")
    assert agrees((found.difference.high - found.difference.low) / 2 / z, case, "mh_rd_se_sato")


@pytest.mark.parametrize("case", cases("breslow_day", "tarone"), ids=lambda case: str(case["id"]))
def test_homogeneity_of_odds_is_the_published_one(case: Case) -> None:
    strata = strata_of(*case["inputs"]["strata"])
    for tarone, name in ((False, "breslow_day"), (True, "tarone")):
        got = homogeneity_of_odds(strata, tarone=tarone)
        assert agrees(got.statistic, case, name)
        assert agrees(got.pvalue, case, f"{name}_p")
        assert got.df == case["expected"]["breslow_day_df"]


@pytest.mark.parametrize("name", R["tables"])
def test_r_gives_the_same_for_sparse_lopsided_and_huge_strata(name: str) -> None:
    strata, table = tabled(name), R["tables"][name]
    test, corrected = mantel_haenszel(strata).test, mantel_haenszel(strata, correction=True).test
    assert [test.statistic, test.pvalue] == pytest.approx(table["cmh"], rel=1e-9)
    assert [corrected.statistic, corrected.pvalue] == pytest.approx(table["cmh_corrected"], rel=1e-9)
    for level in R["levels"]:
        found = mantel_haenszel(strata, confidence=level)
        for measure, got in (("OR", found.odds_ratio), ("RR", found.ratio), ("RD", found.difference)):
            assert [got.value, got.low, got.high] == pytest.approx(table[f"{measure} {level}"], rel=1e-8)
            assert got.confidence == level
    for tarone, measure in ((False, "breslow_day"), (True, "tarone")):
        got = homogeneity_of_odds(strata, tarone=tarone)
        assert [got.statistic, got.df, got.pvalue] == pytest.approx(table[measure], rel=1e-7)


def test_methods_are_named() -> None:
    strata = tabled("berkeley")
    found = mantel_haenszel(strata, correction=True)
    assert mantel_haenszel(strata).test.method == "Cochran-Mantel-Haenszel"
    assert found.test.method == "Cochran-Mantel-Haenszel with continuity correction"
    assert found.odds_ratio.method == "Robins-Breslow-Greenland"
    assert found.ratio.method == "Greenland-Robins"
    assert found.difference.method == "Mantel-Haenszel, Sato"
    assert homogeneity_of_odds(strata).method == "Breslow-Day with Tarone's correction"
    assert homogeneity_of_odds(strata, tarone=False).method == "Breslow-Day"


def test_strata_that_tell_nothing_change_nothing_and_are_named() -> None:
    told = tabled("berkeley")
    empty = (("stratum", "empty"),), Counts(0, 0), Counts(0, 0)
    alone, single = (
        ((("stratum", "alone"),), Counts(0, 0), Counts(3, 7)),
        ((("stratum", "one"),), Counts(1, 1), Counts(0, 0)),
    )
    none = (("stratum", "none"),), Counts(0, 40), Counts(0, 20)
    every = (("stratum", "all"),), Counts(4, 4), Counts(9, 9)
    found, bare = mantel_haenszel([*told, empty, alone, single, none, every]), mantel_haenszel(told)
    assert found.left_out == ((alone[0], 7), (empty[0], 0), (single[0], 1))
    assert found.silent == ((every[0], 13), (none[0], 60))
    assert found.strata == len(told) + 2
    assert found.test.statistic == pytest.approx(bare.test.statistic, rel=1e-12)
    assert found.test.n == bare.test.n + 73
    assert found.odds_ratio.low == pytest.approx(bare.odds_ratio.low, rel=1e-12)
    assert homogeneity_of_odds([*told, empty, alone, none, every]) == homogeneity_of_odds(told)


def test_one_stratum_has_its_own_odds_ratio_and_ratio() -> None:
    found = mantel_haenszel(strata_of((12, 40, 5, 50)))
    assert found.odds_ratio.value == pytest.approx((12 * 45) / (28 * 5), rel=1e-12)
    assert found.ratio.value == pytest.approx((12 / 40) / (5 / 50), rel=1e-12)
    assert found.difference.value == pytest.approx(12 / 40 - 5 / 50, rel=1e-12)


def test_one_sided_hits_leave_a_ratio_without_an_interval() -> None:
    found = mantel_haenszel(strata_of((3, 10, 0, 20), (1, 8, 0, 5)))
    for got in (found.odds_ratio, found.ratio):
        want = (math.inf, 0.0, math.inf, 43, "ratio", "no interval: one side of the quotient is 0", 0.95, None)
        assert astuple(got) == want
    other = mantel_haenszel(swapped(strata_of((3, 10, 0, 20), (1, 8, 0, 5))))
    assert (other.ratio.value, other.odds_ratio.value, other.ratio.low, other.ratio.high) == (0, 0, 0, math.inf)
    assert found.test.pvalue == pytest.approx(other.test.pvalue, rel=1e-12)
    assert 0 < found.test.pvalue < 1
    none = homogeneity_of_odds(strata_of((3, 10, 0, 20), (1, 8, 0, 5)))
    assert math.isnan(none.pvalue)
    assert (none.df, none.n, none.method) == (1, 43, "no test: the common odds ratio is 0 or infinite")


@pytest.mark.parametrize("hits", ["none", "all"])
def test_strata_without_hits_or_misses_have_a_difference_and_no_ratio(hits: str) -> None:
    leads = strata_of((0, 10, 0, 20), (0, 5, 0, 7))
    if hits == "all":
        leads = [(key, Counts(left.total, left.total), Counts(right.total, right.total)) for key, left, right in leads]
    found = mantel_haenszel(leads)
    assert math.isnan(found.test.pvalue)
    assert found.test.method == "no test: no stratum holds hits and misses, and leads of both groups"
    assert math.isnan(found.odds_ratio.value)
    assert (found.odds_ratio.low, found.odds_ratio.high) == (0, math.inf)
    assert found.odds_ratio.method == "no estimate: both sides are 0"
    assert found.difference.value == 0
    assert found.difference.low < 0 < found.difference.high
    assert found.difference.method == MOVER
    assert found.ratio.value == 1 if hits == "all" else math.isnan(found.ratio.value)
    assert len(found.silent) == 2


def test_one_stratum_without_hits_has_newcombes_interval() -> None:
    # What remains of MOVER is Newcombe's interval, held to its publication elsewhere.
    got = mantel_haenszel(strata_of((0, 10, 0, 20))).difference
    want = compare(Counts(0, 10), Counts(0, 20)).difference
    assert (got.low, got.high) == pytest.approx((want.low, want.high), abs=1e-12)
    apart = mantel_haenszel(strata_of((10, 10, 0, 20))).difference
    assert (apart.value, apart.high, apart.method) == (1, 1, MOVER)
    assert apart.low == pytest.approx(1 - math.hypot(1 - rate(Counts(10, 10)).low, rate(Counts(0, 20)).high), abs=1e-12)


@pytest.mark.parametrize("strata", [[], strata_of((0, 0, 2, 7))])
def test_without_leads_of_both_groups_nothing_is_estimated(strata: list[Stratum]) -> None:
    found = mantel_haenszel(strata, confidence=0.9)
    assert found.strata == 0
    assert math.isnan(found.test.pvalue)
    assert found.test.n == 0
    assert math.isnan(found.odds_ratio.value)
    assert math.isnan(found.ratio.value)
    assert math.isnan(found.difference.value)
    assert astuple(found.difference)[1:] == astuple(Estimate(0.0, -1.0, 1.0, 0, "difference", NORMAL, 0.9))[1:]
    none = homogeneity_of_odds(strata)
    assert math.isnan(none.pvalue)
    want = "no test: fewer than two strata hold hits and misses, and leads of both groups"
    assert (none.df, none.n, none.method) == (0, 0, want)


def test_a_stratum_of_one_lead_beside_one_of_a_trillion_is_no_obstacle() -> None:
    # What stands under a root here is nothing but rounding, and must not fall below nought.
    got = homogeneity_of_odds(strata_of((0, 1, 1, 1), (10**12, 10**12, 0, 1), (10**12 - 1, 10**12, 1, 10**12)))
    assert got.df == 2
    assert 0 <= got.pvalue < 1e-6


def test_the_test_of_one_stratum_with_one_lead_each_has_an_answer() -> None:
    # By hand: one hit of two leads, so the excess is 1/2 and its variance 1/4.
    assert mantel_haenszel(strata_of((1, 1, 0, 1))).test.statistic == pytest.approx(1, rel=1e-12)


def test_less_than_half_a_lead_apart_is_not_corrected() -> None:
    # By hand: the left has 1/2 + 0 - 1/5 of a hit more than expected.
    strata = strata_of((1, 2, 0, 2), (1, 2, 1, 2), (0, 1, 1, 4))
    plain, corrected = mantel_haenszel(strata).test, mantel_haenszel(strata, correction=True).test
    assert corrected.statistic == plain.statistic
    assert plain.statistic == pytest.approx(0.3**2 / (1 / 4 + 1 / 3 + 4 / 25), rel=1e-12)


def test_confidence_outside_its_range_is_refused_even_without_strata() -> None:
    message = "confidence must lie between 0 and 1, both excluded; got 95, for 95% say 0.95."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        mantel_haenszel([], confidence=95)


@given(st.randoms(use_true_random=False), stratified())
def test_order_of_the_strata_changes_nothing(random: object, strata: list[Stratum]) -> None:
    mixed = list(strata)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert repr(mantel_haenszel(mixed)) == repr(mantel_haenszel(strata))
    assert repr(homogeneity_of_odds(mixed)) == repr(homogeneity_of_odds(strata))


@given(stratified())
def test_swapping_the_groups_turns_every_summary_around(strata: list[Stratum]) -> None:
    one, other = mantel_haenszel(strata), mantel_haenszel(swapped(strata))
    assert repr(astuple(one.difference)).replace("-0.0,", "0.0,") == repr(astuple(-other.difference)).replace(
        "-0.0,", "0.0,"
    )
    for got, turned in ((one.odds_ratio, other.odds_ratio), (one.ratio, other.ratio)):
        if 0 < got.value < math.inf:
            assert got.value == pytest.approx(1 / turned.value, rel=1e-9)
            assert math.log(got.low) == pytest.approx(-math.log(turned.high), rel=1e-9, abs=1e-9)
    assert one.test.statistic == pytest.approx(other.test.statistic, rel=1e-12, nan_ok=True)
    got, turned = homogeneity_of_odds(strata), homogeneity_of_odds(swapped(strata))
    assert got.statistic == pytest.approx(turned.statistic, rel=1e-6, abs=1e-6, nan_ok=True)


@given(stratified())
def test_intervals_hold_their_estimates_and_differences_have_width(strata: list[Stratum]) -> None:
    found = mantel_haenszel(strata)
    for one in (found.odds_ratio, found.ratio):
        assert one.low >= 0
        assert math.isnan(one.value) or one.low <= one.value <= one.high
    if found.strata:
        difference = found.difference
        assert -1 <= difference.low <= difference.value <= difference.high <= 1
        assert difference.low < difference.high
    assert math.isnan(found.test.pvalue) or 0 <= found.test.pvalue <= 1
    spread = homogeneity_of_odds(strata)
    assert math.isnan(spread.pvalue) or (spread.statistic >= 0 and 0 <= spread.pvalue <= 1)


@given(groups(least=1), groups(least=1), st.integers(2, 5))
def test_strata_that_are_all_alike_have_one_odds_ratio(left: Counts, right: Counts, times: int) -> None:
    got = homogeneity_of_odds([((("size", str(i)),), left, right) for i in range(times)])
    assert math.isnan(got.statistic) or got.statistic == pytest.approx(0, abs=1e-5)
