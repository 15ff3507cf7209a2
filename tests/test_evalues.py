"""E-values against published ones, and the laws they keep for any ratio."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import CASES, agrees

from alignment_metrics.stats.evalues import evalue
from alignment_metrics.values import Estimate


def ratio(value: float, low: float, high: float) -> Estimate:
    return Estimate(value, low, high, 100, "ratio", "published", 0.95)


def test_evalue_of_a_ratio_above_one_is_the_published_one() -> None:
    case = CASES["V01"]
    given_ = case["inputs"]
    first, nearest = evalue(ratio(given_["rr"], given_["lo"], given_["hi"]))
    assert agrees(first, case, "evalue")
    assert agrees(nearest, case, "evalue_ci")


def test_evalue_of_a_ratio_below_one_is_the_published_one_and_1_where_the_interval_holds_1() -> None:
    case = CASES["V03"]
    given_ = case["inputs"]
    first, nearest = evalue(ratio(given_["rr"], given_["lo"], given_["hi"]))
    assert agrees(first, case, "evalue")
    assert agrees(nearest, case, "evalue_ci")
    first, nearest = evalue(ratio(given_["rr2"], given_["lo2"], given_["hi2"]))
    assert agrees(first, case, "evalue2")
    assert nearest == case["expected"]["evalue2_ci"] == 1


@pytest.mark.parametrize("of", ["risk", "odds", "hazard"])
def test_of_rare_hits_every_ratio_is_taken_as_one_of_rates(of: str) -> None:
    assert evalue(ratio(3.9, 1.8, 8.7), of=of) == evalue(ratio(3.9, 1.8, 8.7))  # type: ignore[arg-type]


def test_odds_of_common_hits_count_by_their_root() -> None:
    # VanderWeele & Ding (2017), table 2: the square root of the odds ratio stands for the ratio of rates.
    got = evalue(ratio(4.0, 2.25, 9.0), of="odds", common=True)
    assert got == pytest.approx(evalue(ratio(2.0, 1.5, 3.0)), rel=1e-12)


def test_hazards_of_common_hits_count_by_the_transform_of_the_paper() -> None:
    # VanderWeele & Ding (2017), table 2: (1 - 0.5 ** sqrt(HR)) / (1 - 0.5 ** sqrt(1 / HR)); by hand for HR 4 and 2.25.
    rates = [(1 - 0.5**2) / (1 - 0.5**0.5), (1 - 0.5**1.5) / (1 - 0.5 ** (1 / 1.5))]
    got = evalue(ratio(4.0, 2.25, 9.0), of="hazard", common=True)
    assert got == pytest.approx([rate + math.sqrt(rate * (rate - 1)) for rate in rates], rel=1e-12)


@pytest.mark.parametrize("of", ["risk", "odds", "hazard"])
def test_nothing_explains_a_ratio_without_end_and_everything_one_of_1(of: str) -> None:
    for common in (False, True):
        ask = {"of": of, "common": common}
        assert evalue(ratio(math.inf, 1.5, math.inf), **ask)[0] == math.inf  # type: ignore[arg-type]
        assert evalue(ratio(0.0, 0.0, 0.5), **ask)[0] == math.inf  # type: ignore[arg-type]
        assert evalue(ratio(1.0, 0.9, 1.1), **ask) == (1, 1)  # type: ignore[arg-type]
    unknown = evalue(ratio(math.nan, 0.0, math.inf))
    assert math.isnan(unknown[0])
    assert unknown[1] == 1


@given(st.floats(1.001, 1e6), st.floats(1.0001, 10), st.sampled_from(["risk", "odds", "hazard"]), st.booleans())
def test_either_side_of_1_has_the_same_evalues(value: float, reach: float, of: str, common: bool) -> None:
    above = evalue(ratio(value, value / reach, value * reach), of=of, common=common)  # type: ignore[arg-type]
    below = evalue(ratio(1 / value, 1 / (value * reach), reach / value), of=of, common=common)  # type: ignore[arg-type]
    assert above == pytest.approx(below, rel=1e-6)
    assert above[0] >= above[1] >= 1


@given(st.floats(1.01, 1e6))
def test_common_hits_ask_less_of_the_unseen_than_rare_ones(value: float) -> None:
    rare = evalue(ratio(value, value, value))[0]
    odds, hazard = (evalue(ratio(value, value, value), of=of, common=True)[0] for of in ("odds", "hazard"))
    assert 1 < odds < rare
    assert 1 < hazard < rare


def test_an_estimate_that_is_no_ratio_is_refused() -> None:
    message = "an E-value is that of a ratio; got one of unit 'difference', hand in the ratio instead."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        evalue(Estimate(0.1, 0.0, 0.2, 100, "difference", "published", 0.95))


def test_an_unknown_kind_of_ratio_is_refused() -> None:
    message = "unknown kind 'chance' of ratio; choose one of risk, odds, hazard."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        evalue(ratio(2.0, 1.0, 3.0), of="chance")  # type: ignore[arg-type]
