"""Power, detectable differences and quotas against published answers and R, and the ties between them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import CASES, agrees
from scipy import stats
from twogroups import answers

from alignment_metrics.stats.arcsine import arcsine_leads, arcsine_power, effect_size
from alignment_metrics.stats.differences import difference
from alignment_metrics.stats.power import detectable, leads_needed, per_extra_win, power
from alignment_metrics.stats.quotas import leads_for
from alignment_metrics.stats.rates import chance_alone
from alignment_metrics.values import Counts, Estimate

RATES = st.floats(0.02, 0.98)
SIZES = st.integers(30, 10**6)


def test_power_and_leads_are_those_of_the_example_of_power_prop_test() -> None:
    case = CASES["W01"]
    asked = case["inputs"]
    p, q, n, confidence = asked["p1"], asked["p2"], asked["n"], 1 - asked["alpha"]
    assert agrees(power(p, q, n, n, confidence=confidence, strict=False), case, "power_n50")
    assert agrees(power(p, q, n, n, confidence=confidence), case, "power_n50_strict")
    leads = leads_needed(p, q, power=asked["power"], confidence=confidence)
    assert agrees(leads, case, "n_for_90")
    assert agrees(math.ceil(leads), case, "n_for_90_ceiling")


def test_arcsine_power_and_leads_are_cohens() -> None:
    case = CASES["W03"]
    h, n, m = case["inputs"]["h"], case["inputs"]["n1"], case["inputs"]["n2"]
    assert agrees(arcsine_power(h, n, n, alternative="greater"), case, "power_equal_80_greater")
    assert agrees(arcsine_power(h, n, m, alternative="greater"), case, "power_80_245_greater")
    assert agrees(arcsine_leads(effect_size(0.12, 0.10)), case, "n_per_arm_12_vs_10_power80")


def test_leads_for_a_quota_are_the_published_ones() -> None:
    case = CASES["W05"]
    asked, known = case["inputs"], case["expected"]
    for place, confidence in enumerate(asked["confidence"]):
        got = leads_for(asked["quota"], asked["p"], confidence=confidence)
        assert got.leads == known["leads"][place]
        assert got.chance == pytest.approx(known["prob_at_n"][place], abs=case["tol"]["default"])
        assert got.chance_of_one_fewer == pytest.approx(known["prob_at_n_minus_1"][place], abs=case["tol"]["default"])


def test_power_and_leads_are_those_of_r() -> None:
    known = answers("power")
    assert len(known) >= 12
    for answer in known:
        p, q, n, confidence = (answer[key] for key in ("p1", "p2", "n", "conf"))
        got = power(p, q, n, n, confidence=confidence, strict=False), power(p, q, n, n, confidence=confidence)
        assert got == pytest.approx((answer["power"], answer["strict"]), rel=1e-10)
        assert leads_needed(p, q, confidence=confidence) == pytest.approx(answer["leads"], rel=1e-8)


def test_detectable_differences_are_those_of_r() -> None:
    for answer in answers("detectable"):
        got = detectable(answer["rate"], answer["n"], answer["n"])
        assert got == pytest.approx((answer["fall"], answer["rise"]), rel=1e-9)


def test_leads_for_a_quota_at_a_rate_that_was_learned_are_those_of_r() -> None:
    for answer in answers("quota"):
        got = leads_for(answer["quota"], Counts(answer["x"], answer["n"]), confidence=answer["conf"])
        assert got.leads == answer["leads"]
        assert (got.chance, got.chance_of_one_fewer) == pytest.approx((answer["chance"], answer["one_fewer"]), abs=1e-9)


def test_a_rate_learned_from_500_leads_costs_69_leads_more_than_one_that_is_known() -> None:
    # 50 wins nine times in ten: 736 leads where 8% is the truth, 805 where 40 of 500 is all that is known of it.
    assert leads_for(50, 0.08).leads == 736
    assert leads_for(50, Counts(40, 500)).leads == 805
    assert leads_for(50, Counts(8 * 10**7, 10**9)).leads == 736


@pytest.mark.parametrize("sizes", [(40, 40), (30, 90)])
@pytest.mark.parametrize("rates", [(0.5, 0.75), (0.2, 0.45), (0.1, 0.5)])
def test_power_is_near_the_share_of_all_tables_that_compare_calls_different(
    sizes: tuple[int, int], rates: tuple[float, float]
) -> None:
    (n, m), (p, q) = sizes, rates
    ours, theirs = stats.binom.pmf(range(n + 1), n, p), stats.binom.pmf(range(m + 1), m, q)
    exact = sum(
        ours[x] * theirs[y]
        for x in range(n + 1)
        for y in range(m + 1)
        if chance_alone(Counts(x, n), Counts(y, m))[0] < 0.05
    )
    assert power(p, q, n, m) == pytest.approx(exact, abs=0.05)


@given(RATES, SIZES, SIZES, st.sampled_from([0.5, 0.8, 0.95]), st.sampled_from([0.8, 0.95, 0.99]))
def test_a_detectable_difference_has_the_power_asked_for(
    rate: float, left: int, right: int, asked: float, confidence: float
) -> None:
    for step, sign in zip(detectable(rate, left, right, power=asked, confidence=confidence), (-1, 1), strict=True):
        if math.isnan(step):
            most = 0.0 if sign < 0 else 1.0
            assert power(most, rate, left, right, confidence=confidence, strict=False) < asked
        else:
            got = power(rate + sign * step, rate, left, right, confidence=confidence, strict=False)
            assert got == pytest.approx(asked, abs=1e-6)


@given(RATES, RATES, st.floats(0.1, 10), st.sampled_from([0.8, 0.95]))
def test_the_leads_needed_have_the_power_asked_for(left: float, right: float, ratio: float, confidence: float) -> None:
    leads = leads_needed(left, right, ratio=ratio, confidence=confidence)
    if left == right:
        assert leads == math.inf
    elif leads < 1e15:
        got = power(left, right, leads, leads * ratio, confidence=confidence, strict=False)
        assert got == pytest.approx(0.8, abs=1e-6)


@given(RATES, RATES, SIZES, SIZES)
def test_power_does_not_depend_on_which_group_comes_first(p: float, q: float, n: int, m: int) -> None:
    assert power(p, q, n, m) == pytest.approx(power(q, p, m, n), abs=1e-12)


def test_more_leads_see_smaller_differences_and_dependent_ones_larger() -> None:
    few, many = detectable(0.08, 300, 300), detectable(0.08, 3000, 3000)
    assert many[0] < few[0]
    assert many[1] < few[1]
    assert detectable(0.08, 3000, 3000, design_effect=10) == pytest.approx(few)
    assert leads_needed(0.1, 0.08, design_effect=2.5) == pytest.approx(2.5 * leads_needed(0.1, 0.08))
    assert power(0.1, 0.08, 3000, 2000, design_effect=10) == power(0.1, 0.08, 300, 200)


def test_what_cannot_be_seen_is_not_a_number() -> None:
    fall, rise = detectable(0.01, 50, 50)
    assert math.isnan(fall)
    assert 0.1 < rise < 0.3
    assert all(math.isnan(step) for step in detectable(0.5, 1, 1))
    assert all(math.isnan(step) for step in detectable(0.5, 0, 100))
    assert math.isnan(detectable(0.0, 100, 100)[0])
    assert math.isnan(detectable(1.0, 100, 100)[1])


def test_power_without_leads_is_unknown_and_of_certain_rates_all_or_nothing() -> None:
    assert math.isnan(power(0.1, 0.2, 0, 10))
    assert math.isnan(arcsine_power(0.3, 10, 0))
    assert power(1, 0, 20, 20) == 1
    assert power(1, 0, 1, 1) == 0
    assert power(0, 0, 20, 20) == power(1, 1, 20, 20) == 0
    assert power(0.3, 0.3, 200, 100) == pytest.approx(0.05)


def test_arcsine_power_has_its_sides() -> None:
    assert arcsine_power(0.3, 80, 80, alternative="greater") == arcsine_power(-0.3, 80, 80, alternative="less")
    assert arcsine_power(-0.3, 80, 80, alternative="greater") < 0.001
    assert arcsine_power(0.3, 80, 80) == pytest.approx(arcsine_power(-0.3, 80, 80))
    assert arcsine_leads(0) == arcsine_leads(0.3, alternative="less") == arcsine_leads(-1, alternative="greater")
    assert arcsine_leads(0) == math.inf
    # Cohen (1988), table 6.4.1: h = .50, two-sided 5 %, power .80 takes 63 leads a group.
    assert math.ceil(arcsine_leads(0.5)) == 63


def test_a_quota_is_reached_with_certain_leads_and_a_large_one_is_quick() -> None:
    sure = leads_for(7, 1.0, confidence=0.99)
    assert (sure.leads, sure.chance, sure.chance_of_one_fewer) == (7, 1.0, 0.0)
    assert leads_for(1, 0.5, confidence=0.5).leads == 1
    large = leads_for(100_000, Counts(800_000, 10**7))
    assert 1_250_000 < large.leads < 1_260_000
    assert large.chance_of_one_fewer < 0.9 <= large.chance


@given(st.integers(1, 60), st.floats(0.01, 1), st.sampled_from([0.5, 0.8, 0.95]))
def test_leads_for_a_quota_are_the_fewest_that_the_negative_binomial_allows(
    quota: int, rate: float, confidence: float
) -> None:
    got = leads_for(quota, rate, confidence=confidence)
    assert got.chance == pytest.approx(stats.nbinom.cdf(got.leads - quota, quota, rate), abs=1e-12)
    assert got.chance_of_one_fewer < confidence <= got.chance


def test_leads_of_one_extra_win_are_the_reciprocal_of_the_difference() -> None:
    apart = difference(Counts(60, 200), Counts(20, 200), method="newcombe")
    got = per_extra_win(apart)
    assert (got.value, got.low, got.high) == pytest.approx((5, 1 / apart.high, 1 / apart.low))
    assert (got.n, got.unit, got.method, got.confidence) == (400, "leads", "reciprocal of Newcombe hybrid score", 0.95)
    assert per_extra_win(-apart) == got


def test_leads_of_one_extra_win_have_no_upper_limit_where_the_better_group_may_be_no_better() -> None:
    got = per_extra_win(difference(Counts(11, 100), Counts(10, 100)))
    assert got.value == pytest.approx(100)
    assert 1 < got.low < got.value
    assert got.high == math.inf
    none = per_extra_win(difference(Counts(10, 100), Counts(10, 100)))
    assert (none.value, none.high) == (math.inf, math.inf)
    unknown = per_extra_win(Estimate(math.nan, -1.0, 1.0, 0, "difference", "Mee score", 0.95))
    assert math.isnan(unknown.value)
    assert (unknown.low, unknown.high, unknown.n) == (1.0, math.inf, 0)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: power(8, 0.1, 9, 9), "a rate must lie between 0 and 1; got 8, for 8% say 0.08."),
        (lambda: detectable(-0.1, 9, 9), "a rate must lie between 0 and 1; got -0.1, for 8% say 0.08."),
        (lambda: leads_for(9, 8.0), "a rate must lie between 0 and 1; got 8.0, for 8% say 0.08."),
        (lambda: effect_size(0.1, math.nan), "a rate must lie between 0 and 1; got nan, for 8% say 0.08."),
        (lambda: power(0.1, 0.2, -1, 9), "a number of leads must be 0 or more; got -1."),
        (
            lambda: power(0.1, 0.2, 9, 9, design_effect=0),
            "a design effect must be a positive number; got 0, for independent leads say 1.",
        ),
        (
            lambda: leads_needed(0.1, 0.2, ratio=0),
            "ratio must be a positive number of right leads for one left lead; got 0.",
        ),
        (
            lambda: detectable(0.1, 9, 9, power=0.05),
            "power must lie between 0.05 (1 - confidence) and 1; got 0.05, for 80% say 0.8.",
        ),
        (
            lambda: leads_needed(0.1, 0.2, power=80),
            "power must lie between 0.05 (1 - confidence) and 1; got 80, for 80% say 0.8.",
        ),
        (
            lambda: power(0.1, 0.2, 9, 9, confidence=95),
            "confidence must lie between 0 and 1, both excluded; got 95, for 95% say 0.95.",
        ),
        (
            lambda: arcsine_power(0.1, 9, 9, alternative="up"),
            "unknown alternative 'up'; choose one of two-sided, less, greater.",
        ),
        (lambda: leads_for(0, 0.1), "a quota must be a positive whole number of hits; got 0."),
        (lambda: leads_for(1.5, 0.1), "a quota must be a positive whole number of hits; got 1.5."),
        (
            lambda: leads_for(5, 0.0),
            "no number of leads reaches a quota at a rate of 0.0; give a rate above 0.",
        ),
        (
            lambda: leads_for(5, Counts(0, 0)),
            "a rate cannot be learned from no leads; give the leads it was seen in, or the rate itself.",
        ),
    ],
)
def test_what_cannot_be_planned_is_refused(ask: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ask()
