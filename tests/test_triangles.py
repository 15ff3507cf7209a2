"""Forecasts of young cohorts: the published reserves, what R says, laws that hold of any grid, and every refusal."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from reference import CASES, Case, agrees
from scipy.stats import nbinom, poisson

from alignment_metrics.stats.forecasts import limits
from alignment_metrics.stats.grids import Grid
from alignment_metrics.stats.triangles import (
    Check,
    Forecast,
    backtest,
    bornhuetter_ferguson,
    calendar,
    cautions,
    chain_ladder,
    quasi_poisson,
    refusal,
)
from alignment_metrics.values import Counts, Estimate

REFERENCE = Path(__file__).parent / "reference"
FROM_R: dict[str, dict[str, Any]] = json.loads((REFERENCE / "triangles.json").read_text("utf-8"))["cases"]
METHODS = [chain_ladder, quasi_poisson, bornhuetter_ferguson]
Rows = list[list[float]]


def read(name: str) -> Rows:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return [[float(cell) for cell in row if cell != "NA"] for row in list(csv.reader(file))[1:]]


PAID = read("taylor_ashe.csv")
LEADS, WON = [int(row[0]) for row in read("cohort_triangle.csv")], [row[1:] for row in read("cohort_triangle.csv")]
# As in triangles.R: nobody converted at some steps, and the oldest cohorts all reached the last age.
CAPPED: Rows = [
    [3, 9, 11, 12],
    [1, 4, 4, 4],
    [5, 8, 12, 12],
    [2, 2, 5, 6],
    [4, 9, 10, 10],
    [2, 7, 8],
    [3, 5],
    [4],
]
GRIDS = {"taylor_ashe": PAID, "cohort_triangle": WON, "capped": CAPPED}


@st.composite
def grids(draw: st.DrawFn) -> tuple[Rows, list[int]]:
    """Cohorts of leads of which some converted at each age, cut along the staircase of the calendar."""
    ages = draw(st.integers(2, 5))
    cohorts = draw(st.integers(max(3, ages), 8))
    rows: Rows = []
    for place in range(cohorts):
        came = draw(st.lists(st.integers(0, 30), min_size=ages, max_size=ages))
        rows.append([float(sum(came[: age + 1])) for age in range(min(ages, cohorts - place))])
    return rows, [int(row[-1]) + draw(st.integers(0, 200)) for row in rows]


def agree(got: Sequence[float], case: Case, name: str) -> bool:
    want, tol = case["expected"][name], case["tol"]["default"]
    return all(abs(one - other) <= tol * max(1, abs(other)) for one, other in zip(got, want, strict=True))


def forecastable(rows: Rows, leads: Sequence[int] | None = None) -> None:
    assume(refusal(rows, leads) is None)


def comes(forecast: Forecast) -> list[float]:
    return [cohort.to_come.value for cohort in forecast.cohorts]


def only(expected: str) -> str:
    return f"^{re.escape(expected)}$"


# Known answers.


def test_the_reserves_of_taylor_and_ashe_are_macks() -> None:
    case = CASES["C01"]
    got = chain_ladder(PAID)
    assert agree(got.factors, case, "factors")
    assert agree(comes(got), case, "reserve_by_origin")
    assert agree([cohort.error for cohort in got.cohorts], case, "se_by_origin_mack_sigma")
    assert agrees(got.to_come.value, case, "reserve_total")
    assert agrees(got.error, case, "se_total_mack_sigma")
    assert agrees(math.fsum(cohort.ultimate.value for cohort in got.cohorts), case, "ultimate_total")
    assert (got.oldest, got.method, got.confidence, got.because) == (10, "chain ladder (Mack)", 0.8, None)


def test_the_forecast_of_monthly_cohorts_is_the_known_one_by_both_ways() -> None:
    case = CASES["C03"]
    for method in (chain_ladder, quasi_poisson):
        got = method(WON, LEADS)
        assert agree(got.factors, case, "factors")
        assert agree([cohort.ultimate.value for cohort in got.cohorts], case, "ultimate_wins")
        assert agree([cohort.share.value for cohort in got.cohorts], case, "ultimate_rate")
        assert agree(comes(got), case, "wins_to_come")
        assert agrees(got.to_come.value, case, "total_to_come")
        assert agrees(got.to_come.value, case, "glm_total_to_come")
    assert agrees(chain_ladder(WON, LEADS).error, case, "se_total_mack_sigma")
    assert agrees(quasi_poisson(WON, LEADS).dispersion, case, "quasipoisson_dispersion")


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("model", ["mack", "poisson"])
def test_values_and_errors_are_those_of_r(model: str, name: str) -> None:
    want = FROM_R[f"{model} {name}"]
    got = chain_ladder(GRIDS[name]) if model == "mack" else quasi_poisson(GRIDS[name], least_dispersion=0.0)
    assert got.to_come.value == pytest.approx(want["to_come"], rel=1e-9)
    assert got.error == pytest.approx(want["error"], rel=1e-7)
    assert [cohort.error for cohort in got.cohorts] == pytest.approx(want["by_cohort_error"], rel=1e-7)
    if model == "poisson":
        assert got.dispersion == pytest.approx(want["dispersion"], rel=1e-7)


def test_a_dispersion_below_one_counts_as_one_unless_asked_otherwise() -> None:
    want = FROM_R["poisson cohort_triangle"]
    got = quasi_poisson(WON, LEADS)
    assert got.error == pytest.approx(want["error"] / math.sqrt(want["dispersion"]), rel=1e-7)
    bare = quasi_poisson(WON, LEADS, least_dispersion=0.0)
    assert bare.to_come.high - bare.to_come.low < got.to_come.high - got.to_come.low


def surge() -> Rows:
    """The monthly cohorts, with twice as much in the latest period, as in triangles.R."""
    return [[*row[:-1], 2 * row[-1] - (row[-2] if len(row) > 1 else 0)] for row in WON]


def test_the_test_of_each_period_is_raos_by_r() -> None:
    want = FROM_R["calendar surge"]
    got = calendar(surge())
    tested = sum(expected >= 5 for expected in want["by_expected"])
    assert [one.back for one in got] == list(range(6))
    assert [one.seen for one in got] == pytest.approx(want["by_seen"], rel=1e-9)
    assert [one.expected for one in got] == pytest.approx(want["by_expected"], rel=1e-9)
    scatter = max(1.0, quasi_poisson(surge()).dispersion)
    for one, rao in zip(got, want["by_rao"], strict=True):
        assert one.pvalue == pytest.approx(min(1, tested * math.erfc(math.sqrt(rao / scatter / 2))), rel=1e-7)


# Laws.


@settings(max_examples=40)
@given(grids(), st.integers(2, 50))
def test_ten_times_the_conversions_are_ten_times_the_forecast(drawn: tuple[Rows, list[int]], times: int) -> None:
    rows, leads = drawn
    forecastable(rows, leads)
    more = [[times * cell for cell in row] for row in rows]
    for method in METHODS:
        one, other = method(rows, leads), method(more, [times * n for n in leads])
        assert comes(other) == pytest.approx([times * come for come in comes(one)], rel=1e-9, abs=1e-9)


@settings(max_examples=40)
@given(grids())
def test_a_grid_that_is_fully_observed_forecasts_itself(drawn: tuple[Rows, list[int]]) -> None:
    rows, leads = drawn
    whole = [[*row, *[row[-1]] * (len(rows[0]) - len(row))] for row in rows]
    forecastable(whole, leads)
    for method in METHODS:
        got = method(whole, leads)
        assert (got.to_come.low, got.to_come.value, got.to_come.high, got.error) == (0, 0, 0, 0)
        for cohort, row in zip(got.cohorts, whole, strict=True):
            assert (cohort.ultimate.low, cohort.ultimate.value, cohort.ultimate.high) == (row[-1],) * 3
            assert cohort.path == ()


@settings(max_examples=40)
@given(grids())
def test_an_age_that_nobody_has_reached_changes_nothing(drawn: tuple[Rows, list[int]]) -> None:
    rows, leads = drawn
    forecastable(rows, leads)
    for method in METHODS:
        # As texts: what is unknown equals nothing, itself included.
        assert str(method([[*row, math.nan, math.nan] for row in rows], leads)) == str(method(rows, leads))


@settings(max_examples=40)
@given(grids())
def test_every_interval_holds_its_value_and_no_more_than_the_leads(drawn: tuple[Rows, list[int]]) -> None:
    rows, leads = drawn
    forecastable(rows, leads)
    for method in METHODS:
        got = method(rows, leads)
        assert got.to_come.low <= got.to_come.value <= got.to_come.high <= sum(leads) - got.so_far
        for cohort, n in zip(got.cohorts, leads, strict=True):
            for one in (cohort.ultimate, *cohort.path):
                assert cohort.so_far <= one.low <= one.value <= one.high <= max(n, one.value)
                assert one.value <= n + 1e-9
            assert len(cohort.path) == got.oldest - cohort.age
            if cohort.path:
                assert cohort.path[-1] == cohort.ultimate
                assert all(a.value <= b.value + 1e-9 for a, b in zip(cohort.path, cohort.path[1:], strict=False))


@settings(max_examples=40)
@given(grids())
def test_both_chain_ladders_forecast_the_same_and_cohorts_add_up(drawn: tuple[Rows, list[int]]) -> None:
    rows, leads = drawn
    forecastable(rows, leads)
    mack, poisson = chain_ladder(rows, leads), quasi_poisson(rows, leads)
    assert comes(mack) == comes(poisson)
    for got in (mack, poisson):
        assert got.to_come.value == pytest.approx(math.fsum(comes(got)))


@settings(max_examples=40)
@given(grids())
def test_more_confidence_is_a_wider_interval(drawn: tuple[Rows, list[int]]) -> None:
    rows, leads = drawn
    forecastable(rows, leads)
    for method in METHODS:
        narrow, wide = method(rows, leads, confidence=0.5).to_come, method(rows, leads, confidence=0.95).to_come
        assert wide.low <= narrow.low <= narrow.high <= wide.high


def test_where_no_cohort_has_its_own_luck_bornhuetter_ferguson_is_the_chain_ladder() -> None:
    # Cohorts of one size that all converted as the pattern has it: scaling up and expecting are then one.
    pattern = [10.0, 30.0, 40.0]
    rows = [pattern[: 3 - place] for place in range(3)]
    expected = chain_ladder(rows, [100] * 3)
    got = bornhuetter_ferguson(rows, [100] * 3)
    assert comes(got) == pytest.approx(comes(expected))
    assert comes(got) == pytest.approx([0, 10, 30])


def test_a_prior_is_what_is_expected_of_the_leads_still_to_come() -> None:
    rows, leads = [[10.0, 30.0, 40.0], [10.0, 30.0], [0.0], []], [100] * 4
    certain = bornhuetter_ferguson(rows, leads, 0.6)
    # A quarter of the conversions has come by the first age and three quarters by the second.
    assert comes(certain) == pytest.approx([0, 15, 45, 60])
    counted = bornhuetter_ferguson(rows, leads, Counts(60, 100))
    assert comes(counted) == pytest.approx([0, 15, 45, 60])
    assert counted.error > certain.error
    surer = bornhuetter_ferguson(rows, leads, Counts(60_000, 100_000))
    assert surer.error == pytest.approx(certain.error, rel=1e-3)
    assert certain.cohorts[3].share.value == pytest.approx(0.6)
    assert len(certain.cohorts[3].path) == 3


def test_no_more_than_all_leads_are_expected_to_convert() -> None:
    rows = [[1.0, 10.0], [9.0], [9.0]]
    got = bornhuetter_ferguson(rows, [10, 10, 10])
    assert [cohort.ultimate.high for cohort in got.cohorts] == [10, 10, 10]
    assert comes(got) == pytest.approx([0, 1, 1])


def test_cohorts_that_differ_by_more_than_chance_widen_what_is_expected_of_others() -> None:
    alike = [[20.0, 40.0], [21.0, 40.0], [19.0, 40.0], [20.0]]
    apart = [[5.0, 10.0], [35.0, 70.0], [20.0, 40.0], [20.0]]
    one, other = (bornhuetter_ferguson(rows, [200] * 4) for rows in (alike, apart))
    assert other.to_come.value == pytest.approx(one.to_come.value)
    assert other.error > 2 * one.error


def test_a_cohort_without_conversions_is_not_certain_to_stay_without() -> None:
    rows = [[10.0, 30.0, 40.0], [10.0, 30.0], [0.0]]
    for method in (chain_ladder, quasi_poisson):
        youngest = method(rows).cohorts[-1].ultimate
        assert youngest.value == 0
        assert youngest.high > 0


def test_a_cohort_too_young_for_any_age_is_unknown_to_a_chain_ladder_and_no_part_of_its_total() -> None:
    for method in (chain_ladder, quasi_poisson):
        got, without = method([*WON, []], [*LEADS, 500]), method(WON, LEADS)
        last = got.cohorts[-1]
        assert math.isnan(last.ultimate.value)
        assert math.isnan(last.error)
        assert (last.ultimate.low, last.ultimate.high, last.age) == (0, 500, 0)
        assert (got.to_come.value, got.to_come.low) == (without.to_come.value, without.to_come.low)
        assert got.error == without.error


def test_shares_are_unknown_where_the_leads_are() -> None:
    assert str(quasi_poisson(WON).cohorts[0].share) == "no leads"
    assert quasi_poisson(WON, LEADS).cohorts[0].share == Estimate(
        74 / 400, 74 / 400, 74 / 400, 400, "share", "chain ladder (quasi-Poisson)", 0.8
    )


@given(st.floats(0.01, 1e6), st.floats(1.0, 60.0), st.floats(0.05, 0.99))
def test_limits_round_to_the_quantiles_that_scipy_finds(mean: float, spread: float, confidence: float) -> None:
    low, high = limits(np.array([mean, 0.0]), np.array([mean * spread, 0.0]), confidence)
    # Hardly more than the mean is Poisson's variance, to the last digits that either distribution can be told apart by.
    assume(spread == 1 or spread > 1.001)
    law = poisson(mean) if spread == 1 else nbinom(mean / (spread - 1), 1 / spread)
    for limit, share in ((low[0], (1 - confidence) / 2), (high[0], (1 + confidence) / 2)):
        place = law.ppf(share)
        assert max(0, place - 0.5) - 1e-6 * place <= limit <= place + 0.5 + 1e-6 * place
    assert (low[1], high[1]) == (0, 0)


# The past, forecast.


def test_a_backtest_makes_the_forecast_of_then_and_sets_beside_it_what_came() -> None:
    got = backtest(WON, LEADS, 2)
    then = quasi_poisson([row[: len(row) - 2] for row in WON[:4]], LEADS[:4])
    assert (got.back, got.forecast) == (2, then)
    # Two ages more of the cohorts that have them, and none past the oldest age that could be known then.
    assert got.checks == (
        Check(1, 4, then.cohorts[1].path[0], 66.0),
        Check(2, 4, then.cohorts[2].path[1], 80.0),
        Check(3, 3, then.cohorts[3].path[1], 55.0),
    )
    assert got.held == Counts(3, 3)


def test_a_backtest_leaves_cohorts_that_were_mature_as_they_were() -> None:
    got = backtest(CAPPED, None, 1)
    assert [cohort.age for cohort in got.forecast.cohorts] == [4, 4, 4, 4, 3, 2, 1]
    assert [(check.cohort, check.age) for check in got.checks] == [(4, 4), (5, 3), (6, 2)]


@pytest.mark.parametrize("method", METHODS)
def test_a_surprise_is_seen_in_the_backtest(method: Callable[..., Forecast]) -> None:
    later = [[*row[:-1], row[-1] + 150] for row in WON]
    got = backtest(later, [n + 150 for n in LEADS], 1, method=method)
    assert got.held == Counts(0, 4)


def test_a_backtest_of_too_little_has_no_checks() -> None:
    got = backtest(WON, LEADS, 4)
    assert got.checks == ()
    assert got.forecast.because == (
        "2 cohorts have an age that could be observed, and a forecast needs 3; take shorter cohorts or wait."
    )


def test_a_backtest_of_the_future_is_refused() -> None:
    with pytest.raises(ValueError, match=only("at must be 1 or more periods ago; got 0.")):
        backtest(WON, LEADS, 0)


# What cannot be told, and what must be said.


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], "0 cohorts have an age that could be observed, and a forecast needs 3; take shorter cohorts or wait."),
        (
            [[9.0, 30.0], [], []],
            "1 cohort has an age that could be observed, and a forecast needs 3; take shorter cohorts or wait.",
        ),
        (
            [[9.0], [20.0], [20.0]],
            "the oldest cohort was seen at 1 age, and a forecast needs 2; take shorter ages or wait.",
        ),
        (
            [[0.0, 1.0], [0.0], [0.0]],
            "the grid holds 1 conversion, and a forecast needs 20; take more leads, or a stage that more reach.",
        ),
        (
            [[3.0, 8.0], [6.0], [5.0]],
            "the grid holds 19 conversions, and a forecast needs 20; take more leads, or a stage that more reach.",
        ),
        (
            [[0.0, 10.0, 14.0], [0.0, 8.0], [1.0]],
            "no cohort that was seen longer had a conversion by age 1, so nothing tells what follows on those of the "
            "younger ones; use Bornhuetter-Ferguson, which starts from the leads.",
        ),
    ],
)
def test_what_cannot_be_told_is_refused_in_words(rows: Rows, expected: str) -> None:
    assert refusal(rows) == expected
    for method in (chain_ladder, quasi_poisson):
        got = method(rows)
        assert (got.because, got.cautions) == (expected, ())
        assert math.isnan(got.to_come.value)
        assert math.isnan(got.error)
        assert all(math.isnan(cohort.ultimate.value) for cohort in got.cohorts)
        assert (got.to_come.low, got.to_come.high) == (0, math.inf if rows else 0)


def test_bornhuetter_ferguson_forecasts_where_the_first_age_has_nobody() -> None:
    rows, leads = [[0.0, 10.0, 14.0], [0.0, 8.0], [1.0]], [50, 50, 50]
    got = bornhuetter_ferguson(rows, leads)
    assert got.because is None
    # Nothing is expected by age 1 and 10 of 14 by age 2; of the leads, 22 of 50 + 50 * 10 / 14 convert.
    share = 22 / (50 + 50 * 10 / 14)
    assert comes(got) == pytest.approx([0, 50 * share * 4 / 14, 50 * share])
    assert math.isfinite(got.error)
    assert bornhuetter_ferguson(rows[:2], leads[:2]).because is not None


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (CAPPED, ()),
        (WON, ("What comes after age 5 rests on a single cohort.",)),
        (
            [*CAPPED, [0.0], []],
            (
                "1 cohort has no age that could be observed, and a chain ladder says nothing of such.",
                "1 cohort has no conversion yet, and where none came a chain ladder expects none to come.",
            ),
        ),
        (
            [*CAPPED, [0.0], [0.0], [], []],
            (
                "2 cohorts have no age that could be observed, and a chain ladder says nothing of such.",
                "2 cohorts have no conversion yet, and where none came a chain ladder expects none to come.",
            ),
        ),
    ],
)
def test_what_a_reader_must_know_is_said(rows: Rows, expected: tuple[str, ...]) -> None:
    assert cautions(rows) == expected
    assert chain_ladder(rows).cautions == expected
    by_leads = bornhuetter_ferguson(rows, [100] * len(rows)).cautions
    assert by_leads == tuple(one for one in expected if "chain ladder" not in one)


@pytest.mark.parametrize(
    ("back", "name"),
    [(0, "The latest period"), (1, "The period before the latest"), (3, "The period 3 before the latest")],
)
def test_a_period_that_does_not_fit_is_named(back: int, name: str) -> None:
    rows = []
    for place in range(8):
        came = [100.0 * (2.5 if place + age == 7 - back else 1) / 2**age for age in range(8 - place)]
        rows.append([math.fsum(came[: age + 1]) for age in range(8 - place)])
    odd = calendar(rows)[back]
    assert cautions(rows)[-1] == (
        f"{name} brought {odd.seen:,.0f} conversions where age and cohort lead one to expect {odd.expected:,.0f}: if "
        "the process changed then, the forecast does not know it."
    )
    assert odd.pvalue < 0.01
    assert odd.seen > odd.expected


def test_a_period_with_little_to_expect_is_not_tested() -> None:
    assert [math.isnan(one.pvalue) for one in calendar(CAPPED)] == [one.expected < 5 for one in calendar(CAPPED)]
    assert any(math.isnan(one.pvalue) for one in calendar(CAPPED))


# A caller's slip.


@pytest.mark.parametrize(
    ("rows", "leads", "expected"),
    [
        (
            [[1.0], [1.0, 2.0]],
            None,
            "cohort 2 was seen at 2 ages and the cohort before it at 1; give the cohorts in order of entry, the oldest "
            "first.",
        ),
        (
            [[1.0, 3.0], [2.0, 1.0]],
            None,
            "the conversions of cohort 2 must be numbers from 0 up that never fall; give for each age all that "
            "converted by its end.",
        ),
        (
            [[-1.0]],
            None,
            "the conversions of cohort 1 must be numbers from 0 up that never fall; give for each age all that "
            "converted by its end.",
        ),
        (
            [[math.nan, 1.0]],
            None,
            "the conversions of cohort 1 must be numbers from 0 up that never fall; give for each age all that "
            "converted by its end.",
        ),
        ([[1.0]], [5, 6], "there are leads of 2 cohorts and conversions of 1; give both of each."),
        ([[1.0, 7.0]], [6], "cohort 1 has 7 conversions and 6 leads; count all that entered."),
        ([[]], [-1], "cohort 1 has -1 leads; give 0 or more."),
    ],
)
def test_a_grid_that_makes_no_sense_is_refused(rows: Rows, leads: list[int] | None, expected: str) -> None:
    with pytest.raises(ValueError, match=only(expected)):
        Grid.of(rows, leads)


def test_a_prior_that_is_no_share_is_refused() -> None:
    for prior, expected in (
        (20.0, "the prior must be a share between 0 and 1; got 20.0, for 20% say 0.2."),
        (math.nan, "the prior must be a share between 0 and 1; got nan, for 20% say 0.2."),
        (Counts(0, 0), "the prior has no leads; give matured ones, a share, or leave it out."),
    ):
        with pytest.raises(ValueError, match=only(expected)):
            bornhuetter_ferguson(WON, LEADS, prior)


def test_a_confidence_past_one_is_refused_also_where_nothing_is_forecast() -> None:
    for method in METHODS:
        for rows, leads in ((WON, LEADS), ([], [])):
            with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
                method(rows, leads, confidence=80)
