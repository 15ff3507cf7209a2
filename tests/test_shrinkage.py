"""Shrunken rates: held to R, to the mixture they stand for, and to how often their limits hold the truth."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compared import file
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import CASES, agrees
from scipy import special

from alignment_metrics.stats.rates import rate
from alignment_metrics.stats.shrinkage import ALL_OR_NOTHING, INTEGRATED, NO_VARIATION, PLUG_IN, shrink
from alignment_metrics.values import Counts

R: dict[str, Any] = json.loads(Path(__file__).parent.joinpath("reference", "many.json").read_text(encoding="utf-8"))[
    "answers"
]
SEED = 20261122
COUNTS = st.integers(0, 400).flatmap(lambda total: st.builds(Counts, st.integers(0, total), st.just(total)))
SETS = ["sources", "rare", "common"]


def groups_of(name: str) -> list[Counts]:
    return [Counts(x, n) for x, n in zip(R[f"shrunk {name}"]["x"], R[f"shrunk {name}"]["n"], strict=True)]


def test_the_known_answer_of_the_rats_comes_out() -> None:
    case = CASES["B01"]
    groups = [Counts(int(row["y"]), int(row["n"])) for row in file("rats.csv")]
    got = shrink(groups, method="plug-in")
    last = groups.index(Counts(4, 14))
    for value, name in (
        (got.alpha, "alpha"),
        (got.beta, "beta"),
        (got.loglik, "loglik"),
        (got.mean, "mean"),
        (got.estimates[last].value, "shrunk_last_4of14"),
        (got.estimates[groups.index(Counts(0, 20))].value, "shrunk_first_0of20"),
        (got.estimates[last].low, "posterior_lo_last"),
        (got.estimates[last].high, "posterior_hi_last"),
    ):
        assert agrees(value, case, name), name
    assert got.reason is None


@pytest.mark.parametrize("name", SETS)
def test_the_likeliest_distribution_and_what_it_makes_of_the_groups_are_those_of_r(name: str) -> None:
    want, got = R[f"shrunk {name}"], shrink(groups_of(name), method="plug-in")
    # Where the likelihood is flat two searches part at half their digits.
    assert (got.alpha, got.beta, got.mean) == pytest.approx((want["alpha"], want["beta"], want["mean"]), rel=1e-5)
    assert got.loglik == pytest.approx(want["loglik"], rel=1e-10)
    for key, values in (
        ("rates", [one.value for one in got.estimates]),
        ("low", [one.low for one in got.estimates]),
        ("high", [one.high for one in got.estimates]),
    ):
        assert values == pytest.approx(want[key], rel=1e-5), key
    assert {(one.method, one.unit, one.confidence) for one in got.estimates} == {(PLUG_IN, "share", 0.95)}
    assert [(one.hits, one.n) for one in got.estimates] == list(zip(want["x"], want["n"], strict=True))


@pytest.mark.parametrize("name", SETS)
def test_integrated_rates_keep_the_likeliest_distribution_and_have_wider_intervals(name: str) -> None:
    got, plain = shrink(groups_of(name)), shrink(groups_of(name), method="plug-in")
    assert (got.alpha, got.beta, got.loglik, got.mean) == (plain.alpha, plain.beta, plain.loglik, plain.mean)
    width, least = (math.fsum(one.high - one.low for one in some.estimates) for some in (got, plain))
    assert least < width < 1.5 * least
    assert {one.method for one in got.estimates} == {INTEGRATED}


@pytest.mark.parametrize("name", SETS)
def test_the_grid_holds_the_whole_posterior(name: str) -> None:
    """Against a fine grid over mean and size, each point weighed by its likelihood and prior."""
    groups = groups_of(name)
    hits = np.array([one.hits for one in groups], dtype=float)
    totals = np.array([one.total for one in groups], dtype=float)
    odds, logs = (axis.ravel() for axis in np.meshgrid(np.linspace(-9, 6, 500), np.linspace(-6, 16, 400)))
    mean, size = special.expit(odds), np.exp(logs)
    alpha, beta = mean * size, (1 - mean) * size
    heights = (
        0.5 * np.log(mean * (1 - mean)) + np.log(size / np.median(totals)) - 2 * np.log1p(size / np.median(totals))
    )
    for x, n in zip(hits, totals, strict=True):
        heights += special.betaln(alpha + x, beta + n - x) - special.betaln(alpha, beta)
    weight = np.exp(heights - heights.max())
    weight /= weight.sum()
    for one, x, n in zip(shrink(groups).estimates, hits, totals, strict=True):
        assert one.value == pytest.approx((weight * (alpha + x) / (size + n)).sum(), rel=2e-3)
        below = [(weight * special.betainc(alpha + x, beta + n - x, limit)).sum() for limit in (one.low, one.high)]
        assert below == pytest.approx([0.025, 0.975], abs=5e-4)


def test_groups_that_differ_by_chance_alone_are_said_to_be_alike() -> None:
    groups = [Counts(10, 100), Counts(11, 100), Counts(9, 100), Counts(20, 200)]
    got = shrink(groups, method="plug-in")
    assert (got.alpha, got.beta, got.mean, got.reason) == (math.inf, math.inf, 0.1, NO_VARIATION)
    assert got.reason == "no variation between the groups can be detected, so all are drawn to the rate they share."
    shared = rate(Counts(50, 500), method="jeffreys")
    assert {(one.value, one.low, one.high) for one in got.estimates} == {(shared.value, shared.low, shared.high)}
    # The likelihood is that of one rate for all: binomial.
    assert got.loglik == pytest.approx(
        math.fsum(
            math.log(math.comb(one.total, one.hits)) + one.hits * math.log(0.1) + (one.total - one.hits) * math.log(0.9)
            for one in groups
        )
    )
    integrated = shrink(groups)
    assert integrated.reason == NO_VARIATION
    assert all(one.low < 0.1 < one.high for one in integrated.estimates)
    assert all(shared.high - shared.low < one.high - one.low for one in integrated.estimates)


@pytest.mark.parametrize(
    "groups", [[Counts(0, 30)] * 5, [Counts(30, 30)] * 5, [Counts(0, 1), Counts(1, 1), Counts(1, 1)]]
)
def test_groups_of_which_none_or_all_were_hits_or_that_hold_one_lead_are_alike(groups: list[Counts]) -> None:
    for method in ("integrated", "plug-in"):
        got = shrink(groups, method=method)
        assert got.reason == NO_VARIATION
        assert all(0 <= one.low < one.high <= 1 for one in got.estimates)


def test_groups_that_are_each_all_or_nothing_have_no_likeliest_distribution() -> None:
    groups = [Counts(0, 10), Counts(10, 10), Counts(0, 5), Counts(7, 7), Counts(3, 3)]
    got = shrink(groups, method="plug-in")
    assert got.reason == ALL_OR_NOTHING
    assert (
        got.reason
        == "in each group all of the leads or none were hits, so no likeliest distribution of the rates can be found."
    )
    assert (got.alpha, got.beta, got.mean) == (0.0, 0.0, 0.6)
    # As each group becomes a coin that always falls the same way.
    assert got.loglik == pytest.approx(3 * math.log(0.6) + 2 * math.log(0.4))
    assert got.estimates == shrink(groups).estimates
    assert all(one.high - one.low > 0.05 for one in got.estimates)


@pytest.mark.parametrize(
    "groups, expected",
    [
        ([], "no group has leads; rates are drawn to one another from 3 groups on."),
        ([Counts(0, 0)] * 4, "no group has leads; rates are drawn to one another from 3 groups on."),
        ([Counts(3, 10)], "only one group has leads; rates are drawn to one another from 3 groups on."),
        (
            [Counts(3, 10), Counts(0, 0), Counts(1, 9)],
            "only 2 groups have leads; rates are drawn to one another from 3 groups on.",
        ),
    ],
)
def test_fewer_than_three_groups_are_left_as_they_are(groups: list[Counts], expected: str) -> None:
    got = shrink(groups)
    assert (got.reason, got.estimates, got.groups, got.nodes) == (expected, (), tuple(groups), ())
    assert math.isnan(got.alpha)


def test_a_group_without_leads_has_no_rate_and_draws_no_other() -> None:
    groups = groups_of("sources")
    got = shrink([*groups, Counts(0, 0)])
    assert got.estimates[:-1] == shrink(groups).estimates
    assert math.isnan(got.estimates[-1].value)
    assert (got.estimates[-1].low, got.estimates[-1].high, got.estimates[-1].n) == (0.0, 1.0, 0)


@given(st.lists(COUNTS, min_size=3, max_size=6), st.sampled_from(["integrated", "plug-in"]))
@settings(deadline=None, max_examples=40)
def test_shrunken_rates_lie_between_0_and_1_whatever_the_groups(groups: list[Counts], method: str) -> None:
    got = shrink(groups, method=method, confidence=0.8)
    for one in got.estimates:
        if one.n:
            assert 0 <= one.low <= one.value <= one.high <= 1
    turned = shrink([Counts(one.total - one.hits, one.total) for one in groups], method=method, confidence=0.8)
    if got.alpha < 1e6:
        assert [1 - one.value for one in turned.estimates] == pytest.approx(
            [one.value for one in got.estimates], abs=1e-4, nan_ok=True
        )


def test_rates_are_drawn_inwards_and_small_groups_further() -> None:
    groups = groups_of("sources")
    shrunk = shrink(groups)
    for one, raw in zip(shrunk.estimates, (rate(counts).value for counts in groups), strict=True):
        assert min(raw, shrunk.mean) - 0.01 <= one.value <= max(raw, shrunk.mean) + 0.01
    small, large = shrink([*groups, Counts(12, 24)]), shrink([*groups, Counts(120, 240)])
    assert small.estimates[-1].value < large.estimates[-1].value < 0.5


@pytest.mark.parametrize("size", [20.0, 1e4, 1e7])
def test_groups_of_millions_of_leads_tell_how_little_they_vary(size: float) -> None:
    rng = np.random.default_rng(SEED)
    totals = rng.integers(1_000_000, 10_000_000, 200)
    hits = rng.binomial(totals, rng.beta(0.1 * size, 0.9 * size, 200))
    before = time.process_time()
    got = shrink([Counts(x, n) for x, n in zip(hits, totals, strict=True)])
    assert time.process_time() - before < 1
    # The logarithm of the size has a standard error of about the root of 2 in 200, more where leads blur it.
    assert abs(math.log((got.alpha + got.beta) / size)) < 0.6
    assert got.mean == pytest.approx(0.1, abs=4 * math.sqrt(0.09 / size / 200) + 1e-4)


def test_a_caller_is_told_what_to_do_instead() -> None:
    with pytest.raises(
        ValueError, match=r"^unknown method 'stein' to shrink rates; choose one of integrated, plug-in\.$"
    ):
        shrink([], method="stein")
    with pytest.raises(ValueError, match=r"^confidence must lie between 0 and 1, both excluded; got 95, for"):
        shrink([], confidence=95)


def held(times: int, groups: int, leads: tuple[int, int], size: float, mean: float = 0.15) -> tuple[float, float]:
    """The share of true rates that the intervals hold, integrated and by plug-in."""
    found = np.zeros(2)
    for stream in np.random.SeedSequence([SEED, groups, leads[0], int(min(size, 1e9))]).spawn(times):
        rng = np.random.default_rng(stream)
        totals = rng.integers(*leads, groups)
        truth = np.full(groups, mean) if math.isinf(size) else rng.beta(mean * size, (1 - mean) * size, groups)
        drawn = [Counts(x, n) for x, n in zip(rng.binomial(totals, truth), totals, strict=True)]
        for place, method in enumerate(("integrated", "plug-in")):
            rates = shrink(drawn, method=method).estimates
            found[place] += np.mean([one.low <= p <= one.high for one, p in zip(rates, truth, strict=True)])
    return float(found[0] / times), float(found[1] / times)


def test_integrated_intervals_hold_the_true_rates_where_plug_in_ones_do_not() -> None:
    integrated, plug_in = held(40, 8, (10, 60), 100)
    assert integrated > 0.92
    assert plug_in < 0.88


@pytest.mark.study
@pytest.mark.parametrize("groups", [3, 8, 20])
@pytest.mark.parametrize("leads", [(10, 60), (100, 1000)])
@pytest.mark.parametrize("size", [15.0, 100.0, 1000.0, math.inf])
def test_integrated_intervals_hold_nine_in_ten_of_the_true_rates_or_more(
    groups: int, leads: tuple[int, int], size: float
) -> None:
    integrated, plug_in = held(120, groups, leads, size)
    print(groups, leads, size, integrated, plug_in)
    assert integrated >= 0.9
