"""Tests of whole curves against R and published answers, and the laws they keep for any tables."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from compared import R, Tables, any_tables, file, leads, parts, tables
from hypothesis import given
from hypothesis import strategies as st
from reference import CASES, agrees
from simulated import simulated

from alignment_metrics.stats.contrasts import gray, logrank
from alignment_metrics.stats.panels import panel
from alignment_metrics.stats.ranks import NO_VARIANCE, NOTHING
from alignment_metrics.values import Ages, Significance

SETS = ("crm a", "crm b", "four groups", "gaps")
LATE = ("late two", "late three")
EMPTY = Ages([], [])


def is_chi_square(got: Significance, name: str, rel: float = 1e-9) -> None:
    want, df = R["answers"][name]["chisq"]
    assert got.statistic == pytest.approx(want, rel=rel)
    assert got.df == df


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(("ended", "kind"), [("converted", 1), ("lost", 2)])
def test_grays_test_is_that_of_cmprsk(name: str, ended: str, kind: int) -> None:
    is_chi_square(gray(tables(leads(name)), ended=ended), f"{name} gray {kind}")


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(("ended", "kind"), [("converted", 1), ("lost", 2)])
def test_grays_stratified_test_is_that_of_cmprsk(name: str, ended: str, kind: int) -> None:
    got = gray(*parts(leads(name)), ended=ended)
    is_chi_square(got, f"{name} gray {kind} stratified")
    assert got.method == "Gray's test, stratified"


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("rho", [0, 0.5, 1])
def test_logrank_of_any_rho_is_that_of_survdiff(name: str, rho: float) -> None:
    is_chi_square(logrank(tables(leads(name)), rho=rho), f"{name} logrank rho {rho}")
    is_chi_square(logrank(*parts(leads(name)), rho=rho), f"{name} logrank rho {rho} stratified")


@pytest.mark.parametrize("name", SETS + LATE)
def test_logrank_is_mantel_and_haenszels_test_over_the_days_late_entries_and_all(name: str) -> None:
    is_chi_square(logrank(tables(leads(name))), f"{name} mantel")
    is_chi_square(logrank(*parts(leads(name))), f"{name} mantel stratified")


@pytest.mark.parametrize(
    ("case", "day", "group"), [("K03", "time", "sex"), ("K06", "time", "treated"), ("K11", "time", "treated")]
)
def test_logrank_gives_the_published_answer(case: str, day: str, group: str) -> None:
    known = CASES[case]
    got = logrank(tables(file(known["data"][5:]), day=day, end="event", group=group))
    assert agrees(got.statistic, known, "logrank_chisq")
    assert agrees(got.pvalue, known, "logrank_p")
    assert (got.df, got.method) == (1, "log-rank test")


def test_peto_and_petos_test_of_lung_gives_the_known_answer() -> None:
    got = logrank(tables(file("lung.csv"), day="time", end="event", group="sex"), rho=1)
    assert agrees(got.statistic, CASES["K03"], "rho1_chisq")
    assert agrees(got.pvalue, CASES["K03"], "rho1_p")
    assert got.method == "G-rho test, rho = 1"


def test_stratified_logrank_of_colon_gives_the_known_answer() -> None:
    got = logrank(*parts(file("colon_death.csv"), by="node4", day="time", end="event", group="treated"))
    assert agrees(got.statistic, CASES["K11"], "stratified_chisq")
    assert agrees(got.pvalue, CASES["K11"], "stratified_p")
    assert got.method == "log-rank test, stratified"


def test_grays_test_of_mgus2_gives_the_known_answers() -> None:
    groups = tables(file("mgus2.csv"), day="months", group="male")
    for ended, name in (("converted", "gray1"), ("lost", "gray2")):
        got = gray(groups, ended=ended)
        assert agrees(got.statistic, CASES["K14"], f"{name}_stat")
        assert agrees(got.pvalue, CASES["K14"], f"{name}_p")


def test_crm_a_gives_the_known_answers() -> None:
    rows, known = leads("crm a"), CASES["K16a"]
    assert agrees(gray(tables(rows)).statistic, known, "gray_won_stat")
    assert agrees(gray(tables(rows)).pvalue, known, "gray_won_p")
    assert agrees(logrank(tables(rows)).statistic, known, "logrank_won_chisq")
    assert agrees(logrank(tables(rows)).pvalue, known, "logrank_won_p")
    assert agrees(logrank(*parts(rows)).statistic, known, "logrank_won_stratified_segment_chisq")
    assert gray(tables(rows)).n == 600


@given(st.lists(any_tables("abc"), max_size=3), st.permutations("abc"), st.sampled_from([0.0, 1.0]))
def test_order_of_groups_and_strata_does_not_matter(strata: list[Tables], order: list[str], rho: float) -> None:
    mixed = [{name: tables[name] for name in order} for tables in reversed(strata)]
    for one, other in ((gray(*strata), gray(*mixed)), (logrank(*strata, rho=rho), logrank(*mixed, rho=rho))):
        assert (one.df, one.method, one.n) == (other.df, other.method, other.n)
        assert one.statistic == pytest.approx(other.statistic, rel=1e-8, abs=1e-12, nan_ok=True)


@given(any_tables("abc"), any_tables("abc"))
def test_leads_of_a_group_in_two_tables_are_the_leads_of_one(one: Tables, other: Tables) -> None:
    both = {name: one[name] + other[name] for name in one}
    pooled, apart = panel([both], "abc"), panel([one, other], "abc")
    for name in ("day", "events", "others", "at_risk"):
        assert np.array_equal(getattr(pooled, name), getattr(apart, name))


@given(any_tables("ab"), any_tables("a"))
def test_a_stratum_of_one_group_alone_changes_nothing(groups: Tables, alone: Tables) -> None:
    for test in (gray, logrank):
        with_it, without = test(groups, alone), test(groups, {})
        if with_it.method != NO_VARIANCE:
            assert with_it.statistic == pytest.approx(without.statistic, rel=1e-8, abs=1e-12, nan_ok=True)
            assert with_it.df == without.df


@given(st.lists(any_tables("abcd"), max_size=3), st.sampled_from([0.0, 0.5, 1.0]))
def test_any_tables_give_a_chance_or_a_reason(strata: list[Tables], rho: float) -> None:
    for got in (gray(*strata), logrank(*strata, rho=rho)):
        if math.isnan(got.pvalue):
            assert got.df == 0
            assert got.method in (NOTHING, NO_VARIANCE)
        else:
            assert 0 <= got.pvalue <= 1
            assert 1 <= got.df <= 3


@pytest.mark.parametrize(
    "strata",
    [
        [],
        [{}],
        [{"a": EMPTY, "b": EMPTY}],
        [{"a": Ages([1, 2], [1, 1])}],
        [{"a": Ages([1, 2], [1, 1]), "b": EMPTY}],
        [{"a": Ages([1, 2], [0, 0], {}, [5, 5]), "b": Ages([1, 2], [0, 0], {}, [5, 5])}],
        [{"a": Ages([1], [5]), "b": Ages([1], [7])}],
        [{"a": Ages([1, 2], [1, 1])}, {"b": Ages([1, 2], [1, 1])}],
    ],
)
def test_without_days_that_part_the_groups_there_is_no_test(strata: list[Tables]) -> None:
    why = "no test: on no day did some, and not all, of the leads of two groups at risk have such an end"
    for got in (gray(*strata), logrank(*strata), logrank(*strata, rho=1)):
        assert (got.df, got.method) == (0, why)
        assert math.isnan(got.statistic)
        assert math.isnan(got.pvalue)
        assert got.n == sum(ages.n for tables in strata for ages in tables.values())


def test_a_group_that_started_again_from_nobody_has_no_grays_test_and_has_a_logrank_test() -> None:
    # Both leads of a that were there from day 0 had gone before the other two came under watch.
    again = Ages([1, 4, 6, 7], [1, 0, 1, 1], {"lost": [1, 0, 0, 0]}, [], [0, 2, 0, 0])
    groups = {"a": again, "b": Ages([1, 6, 9], [1, 1, 1], {}, [0, 0, 3])}
    got = gray(groups)
    assert got.method == (
        "no test: a group had nobody left before others of it came under watch, or the shares leave no variance"
    )
    assert math.isnan(got.pvalue)
    assert logrank(groups).df == 1


def test_groups_that_never_met_leave_one_degree_of_freedom_fewer() -> None:
    rng = np.random.default_rng(4)
    a, b, c, d = (simulated(rng, 50) for _ in range(4))
    for test in (gray, logrank):
        assert test({"a": a, "b": b, "c": c, "d": d}).df == 3
        got = test({"a": a, "b": b}, {"c": c, "d": d})
        assert got.df == 2
        assert got.statistic == pytest.approx(test({"a": a, "b": b}).statistic + test({"c": c, "d": d}).statistic)


def test_an_end_that_nobody_had_is_refused() -> None:
    groups = {"a": Ages([1], [1], {"lost": [2]}), "b": Ages([1], [1], {"disqualified": [2]})}
    message = "no wait ended by 'bought'; choose one of 'converted', 'disqualified', 'lost'."
    for test in (gray, logrank):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            test(groups, ended="bought")
