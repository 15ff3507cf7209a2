"""Hazard ratios from life tables against R on the single leads, and the laws they keep for any tables."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Any

import numpy as np
import pytest
from compared import R, Tables, any_tables, file, leads, parts, tables
from hypothesis import given
from hypothesis import strategies as st
from reference import CASES, agrees
from simulated import simulated

from alignment_metrics.stats.hazards import hazard_ratio
from alignment_metrics.stats.rates import normal_quantile
from alignment_metrics.values import Ages, Estimate

SETS = ("crm a", "crm b", "four groups", "gaps", "late two", "late three")
TIES = ("grouped", "efron", "breslow")
EMPTY = Ages([], [])


def log_and_error(estimate: Estimate) -> tuple[float, float]:
    return math.log(estimate.value), math.log(estimate.high / estimate.low) / 2 / normal_quantile(0.95)


def is_as_in_r(got: dict[str, Estimate], name: str, tol: float) -> None:
    want = R["answers"][name]
    logs, errors = np.atleast_1d(want["log"]), np.atleast_1d(want["se"])
    assert len(got) == len(logs)
    for one, log, error in zip(got.values(), logs, errors, strict=True):
        assert log_and_error(one) == (pytest.approx(log, abs=tol), pytest.approx(error, abs=tol))


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("ties", TIES)
def test_ratios_and_intervals_are_those_of_r_on_the_single_leads(name: str, ties: str) -> None:
    # R's glm stops once the deviance stands still, some digits before the coefficients do.
    tol = 1e-6 if ties == "grouped" else 1e-8
    is_as_in_r(hazard_ratio(tables(leads(name)), against="0", ties=ties), f"{name} {ties}", tol)
    stratified = hazard_ratio(*parts(leads(name)), against="0", ties=ties)
    is_as_in_r(stratified, f"{name} {ties} stratified", tol)


@pytest.mark.parametrize("name", ["crm a", "crm b"])
def test_exact_ties_are_those_of_r(name: str) -> None:
    is_as_in_r(hazard_ratio(tables(leads(name)), against="0", ties="exact"), f"{name} exact", 1e-8)
    is_as_in_r(hazard_ratio(*parts(leads(name)), against="0", ties="exact"), f"{name} exact stratified", 1e-8)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_sandwich_over_clusters_is_that_of_coxph(name: str, ties: str) -> None:
    clusters = parts(leads(name), by="cluster")
    got = hazard_ratio(*clusters, against="0", ties=ties, parts_are="clusters")
    is_as_in_r(got, f"{name} {ties} clusters", 1e-8)
    assert {one.method for one in got.values()} == {
        f"Cox, ties by {ties.title()}, sandwich over {len(clusters)} clusters"
    }


@pytest.mark.parametrize("name", ["crm a", "late three"])
def test_sandwich_of_the_grouped_model_is_the_one_written_out_lead_by_lead(name: str) -> None:
    got = hazard_ratio(*parts(leads(name), by="cluster"), against="0", parts_are="clusters")
    is_as_in_r(got, f"{name} grouped clusters", 1e-6)


def test_leukaemia_gives_the_published_ratios() -> None:
    groups, known = tables(file("gehan.csv"), day="time", end="event", group="treated"), CASES["K06"]
    for ties in ("efron", "breslow"):
        log, error = log_and_error(hazard_ratio(groups, against="0", ties=ties)["1"])
        assert agrees(log, known, f"cox_{ties}")
        assert agrees(error, known, f"cox_{ties}_se")
    log, _ = log_and_error(hazard_ratio(groups, against="0", ties="exact")["1"])
    assert agrees(log, known, "cox_exact_R_only")


def test_lung_gives_the_known_ratio_and_sandwich() -> None:
    rows, known = file("lung.csv"), CASES["K20"]
    columns: dict[str, Any] = {"day": "time", "end": "event", "group": "sex"}
    got = hazard_ratio(tables(rows, **columns), against="1", ties="efron")["2"]
    log, error = log_and_error(got)
    assert agrees(log, known, "coef")
    assert agrees(error, known, "se")
    assert agrees(got.value, known, "hr")
    assert agrees(got.low, known, "hr_lo")
    assert agrees(got.high, known, "hr_hi")
    clusters = parts([row for row in rows if row["inst"] not in ("", "NA")], by="inst", **columns)
    robust = hazard_ratio(*clusters, against="1", ties="efron", parts_are="clusters")["2"]
    assert agrees(log_and_error(robust)[1], known, "cluster_robust_se")
    pooled = {name: sum((part.get(name, EMPTY) for part in clusters), EMPTY) for name in "12"}
    naive = hazard_ratio(pooled, against="1", ties="efron")["2"]
    assert agrees(log_and_error(naive)[1], known, "naive_se_same_rows")
    assert naive.value == pytest.approx(robust.value, rel=1e-12)


def test_efron_from_counted_leads_is_that_of_the_single_ones_and_not_that_of_case_weights() -> None:
    rows, known = leads("crm a"), CASES["K22"]
    columns = ("day", "outcome", "group", "stratum")
    counted = Counter(tuple(row[name] for name in columns) for row in rows)
    cells = {(int(day), outcome == "1", group, stratum) for day, outcome, group, stratum in counted}
    assert agrees(len(cells), known, "n_aggregated_rows")
    log, error = log_and_error(hazard_ratio(*parts(rows), against="0", ties="efron")["1"])
    assert agrees(log, known, "efron_raw")
    assert agrees(error, known, "efron_raw_se")
    # R, given the counts as case weights, lets each heavy row leave the risk at once: another number, and not ours.
    assert not agrees(log, known, "efron_aggregated_case_weights")
    log, error = log_and_error(hazard_ratio(*parts(rows), against="0", ties="breslow")["1"])
    assert agrees(log, known, "breslow_raw")
    assert agrees(error, known, "breslow_raw_se")
    assert agrees(log, known, "breslow_aggregated")


@given(any_tables("abc"), any_tables("abc"), st.sampled_from(TIES))
def test_swapping_the_groups_turns_the_ratio_over(one: Tables, other: Tables, ties: str) -> None:
    there, back = (hazard_ratio(one, other, against=name, ties=ties)["ab"[name == "a"]] for name in "ab")
    assert back.n == there.n
    for value, turned in ((there.value, back.value), (there.low, back.high), (there.high, back.low)):
        if math.isnan(value) or value in (0, math.inf):
            assert turned == {0: math.inf, math.inf: 0}.get(value) or math.isnan(turned)
        else:
            assert turned == pytest.approx(1 / value, rel=1e-6)


@given(any_tables("ab"), any_tables("a"), st.sampled_from((*TIES, "exact")))
def test_a_stratum_of_one_group_alone_changes_no_ratio(groups: Tables, alone: Tables, ties: str) -> None:
    without, with_it = (hazard_ratio(*strata, against="b", ties=ties)["a"] for strata in ([groups], [groups, alone]))
    ours, theirs = ((one.value, one.low, one.high) for one in (without, with_it))
    assert ours == pytest.approx(theirs, rel=1e-9, nan_ok=True)


@given(any_tables("abc"), any_tables("abc"), st.sampled_from(TIES))
def test_clusters_give_the_ratio_of_their_leads_added(one: Tables, other: Tables, ties: str) -> None:
    added = hazard_ratio({name: one[name] + other[name] for name in one}, against="a", ties=ties)
    apart = hazard_ratio(one, other, against="a", ties=ties, parts_are="clusters")
    assert [got.value for got in apart.values()] == pytest.approx([got.value for got in added.values()], nan_ok=True)


@given(any_tables("abcd"), st.sampled_from(TIES))
def test_any_tables_give_a_ratio_within_its_limits_or_none(groups: Tables, ties: str) -> None:
    for name, got in hazard_ratio(groups, against="a", ties=ties).items():
        assert got.n == (groups["a"].n + groups[name].n if groups["a"].n and groups[name].n else 0)
        if math.isnan(got.value):
            assert (got.low, got.high) == (0, math.inf)
        else:
            assert got.low <= got.value <= got.high
            assert got.low < got.high


def test_a_group_without_conversions_has_ratio_0_and_the_upper_limit_that_its_leads_allow() -> None:
    none, some = Ages([1], [0], {}, [20]), Ages([1], [5], {}, [15])
    got = hazard_ratio({"none": none, "some": some}, against="some")["none"]
    # By hand: one day, so 1 - exp(-rate * ratio) of 0 in 20 beside 5 in 20; the rate that is likeliest for a ratio.
    z = normal_quantile(0.95)

    def log_likelihood(rate: float, ratio: float) -> float:
        return 5 * math.log(-math.expm1(-rate)) - 15 * rate - 20 * rate * ratio

    rates = np.linspace(0.01, 0.6, 200_001)
    best = 5 * math.log(0.25) + 15 * math.log(0.75)
    at_limit = max(log_likelihood(rate, got.high) for rate in rates)
    assert 2 * (best - at_limit) == pytest.approx(z * z, abs=1e-5)
    assert (got.value, got.low, got.n) == (0, 0, 40)
    assert got.method == "grouped proportional hazards (complementary log-log), likelihood-ratio limit"
    turned = hazard_ratio({"none": none, "some": some}, against="none")["some"]
    assert (turned.value, turned.high) == (math.inf, math.inf)
    assert turned.low == pytest.approx(1 / got.high, rel=1e-6)


@pytest.mark.parametrize("ties", [*TIES, "exact"])
def test_conversions_only_where_the_other_had_nobody_leave_no_ratio(ties: str) -> None:
    early, late = Ages([1, 2], [3, 2]), Ages([6, 8], [2, 2], {}, [0, 4], [0, 0])
    never_met = late + Ages([], [])
    late_entry = Ages([4, 6, 8], [0, 2, 2], {}, [0, 0, 4], [8, 0, 0])
    got = hazard_ratio({"early": early, "late": late_entry}, against="early", ties=ties)["late"]
    assert math.isnan(got.value)
    assert (got.low, got.high, got.n) == (0, math.inf, 13)
    assert got.method.endswith(", no ratio")
    met = hazard_ratio({"early": early, "late": never_met}, against="early", ties=ties)["late"]
    assert (met.value, met.low) == (0, 0)
    assert 0 < met.high < 1


def test_a_ratio_to_a_group_is_found_round_about_another_one() -> None:
    # a and c are never at risk together; b meets both.
    a, c = Ages([1, 2], [4, 2], {}, [0, 6]), Ages([4, 6, 8], [0, 5, 2], {}, [0, 0, 6], [13, 0, 0])
    b = Ages([1, 2, 6, 8], [2, 1, 2, 2], {}, [0, 0, 0, 5])
    got = hazard_ratio({"a": a, "b": b, "c": c}, against="a", ties="efron")
    first = hazard_ratio({"a": a, "b": b}, against="a", ties="efron")["b"]
    second = hazard_ratio({"b": b, "c": c}, against="b", ties="efron")["c"]
    assert got["c"].value == pytest.approx(first.value * second.value, rel=1e-9)


def test_a_group_that_never_converts_leaves_the_ratios_of_the_others_alone() -> None:
    rng = np.random.default_rng(8)
    a, b, none = simulated(rng, 80), simulated(rng, 80), Ages([40], [0], {}, [50])
    for ties in TIES:
        got = hazard_ratio({"a": a, "b": b, "none": none}, against="a", ties=ties)
        alone = hazard_ratio({"a": a, "b": b}, against="a", ties=ties)
        assert got["b"].value == pytest.approx(alone["b"].value, rel=1e-9)
        assert got["b"].high == pytest.approx(alone["b"].high, rel=1e-9)
        assert got["none"].value == 0
        assert 0 < got["none"].high < 1


def test_groups_without_leads_have_no_ratio() -> None:
    got = hazard_ratio({"a": Ages([1], [1], {}, [4]), "b": EMPTY}, against="a")["b"]
    assert math.isnan(got.value)
    assert (got.low, got.high, got.n, str(got)) == (0, math.inf, 0, "no leads")


def test_one_cluster_alone_has_a_ratio_and_no_interval() -> None:
    groups = {"a": Ages([1, 3], [2, 1], {}, [4, 0]), "b": Ages([1, 3], [1, 2], {}, [4, 0])}
    got = hazard_ratio(groups, against="a", parts_are="clusters")["b"]
    assert got.value == pytest.approx(hazard_ratio(groups, against="a")["b"].value)
    assert (got.low, got.high) == (0, math.inf)


def test_an_infinite_ratio_of_clusters_has_no_limits() -> None:
    groups = {"a": Ages([3], [0], {}, [9]), "b": Ages([1, 3], [1, 2], {}, [4, 0])}
    got = hazard_ratio(groups, groups, against="a", parts_are="clusters")["b"]
    assert (got.value, got.low, got.high) == (math.inf, 0, math.inf)
    assert got.method == "grouped proportional hazards (complementary log-log), no limit from clusters"


def test_the_rate_of_leaving_is_compared_as_well() -> None:
    rows = leads("crm a")
    turned = [{**row, "outcome": {"1": "2", "2": "1"}.get(str(row["outcome"]), row["outcome"])} for row in rows]
    got = hazard_ratio(tables(rows), against="0", ended="lost")
    assert got["1"].value == hazard_ratio(tables(turned), against="0")["1"].value


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"against": "d"}, "no group 'd' to hold the others against; the groups are 'a', 'b', 'c'."),
        ({"parts_are": "teams"}, "the parts cannot be 'teams'; say 'strata' or 'clusters'."),
        ({"ties": "random"}, "unknown way 'random' to treat ties; choose one of grouped, efron, breslow, exact."),
        ({"ties": "exact"}, "ties cannot be exact for 3 groups; take two groups, or ties='grouped'."),
        ({"ended": "lost"}, "no wait ended by 'lost'; choose one of 'converted'."),
        ({"confidence": 95}, "confidence must lie between 0 and 1, both excluded; got 95, for 95% say 0.95."),
    ],
)
def test_questions_that_make_no_sense_are_refused(asked: dict[str, Any], message: str) -> None:
    groups = {name: Ages([1, 2], [1, 1]) for name in "abc"}
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        hazard_ratio(groups, **{"against": "a", **asked})


def test_exact_ties_of_clusters_are_refused_and_so_are_no_groups_at_all() -> None:
    with pytest.raises(ValueError, match=r"^ties cannot be exact for clusters; take ties='grouped'\.$"):
        hazard_ratio({name: Ages([1, 2], [1, 1]) for name in "ab"}, against="a", ties="exact", parts_are="clusters")
    with pytest.raises(ValueError, match=r"^no group 'a' to hold the others against; there are no groups\.$"):
        hazard_ratio(against="a")
