"""What may not be set beside ours is refused with a reason, and the popular misreadings with their warning."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from alignment_metrics.charter import Entered
from alignment_metrics.published import (
    beside,
    citation,
    citations,
    comparables,
    entered,
    misread,
)
from alignment_metrics.stats.rates import rate
from alignment_metrics.values import Citation, Counts, Estimate, Moments

IMPLISIT = "implisit-lead-opp-all"
# 81 of 263 is Newcombe (1998), Statistics in Medicine 17:857-872, table I: Wilson 0.2553 to 0.3662.
NEWCOMBE = Counts(81, 263)
# The case H01 of tests/reference/oracle.json, against a published 10%: p, and the leads at which it tips.
H01 = Counts(45, 600)
TENTH = replace(citation(IMPLISIT), id="a-tenth", value=0.1, n=None, n_note=None)
NOBODY = Counts(0, 0)
DAYS = Moments.of([60.0, 75.0, 90.0, 120.0, 150.0, 99.0, 87.0, 140.0])


def stated(value: float, unit: str) -> Estimate:
    return Estimate(value, value, value, 1, unit, "as stated in the charter", 0.95)


# What is not compared


@pytest.mark.parametrize("mark", [one for one in citations() if one.use != "compare"], ids=lambda one: one.id)
def test_a_citation_that_may_only_be_shown_is_never_scored_against(mark: Citation) -> None:
    for ours in (NEWCOMBE, rate(NEWCOMBE), DAYS, stated(3.2, mark.unit or "ratio"), NOBODY):
        found = beside(mark, ours, margin=0.3)
        assert found.verdict == "not_comparable"
        assert found.benchmark is not None
        assert found.benchmark.against is None
        assert found.because is not None
        assert (mark.discrepancy or mark.caveat) in found.because
        assert " What would be needed: " in found.because


def test_grade_d_is_never_compared_whatever_its_use() -> None:
    found = beside(replace(TENTH, grade="D"), H01)
    assert found.verdict == "not_comparable"
    assert found.because is not None
    assert found.because.startswith("it is quoted only to warn (grade D: disputed, or its origin cannot be traced). ")
    assert found.because.endswith(
        "What would be needed: a source that can be traced, with what it measured and on how many."
    )


@pytest.mark.parametrize("group", ["best in class", "Best-in-Class firms", "top performers", "laggards"])
def test_the_figures_of_those_picked_by_their_results_are_no_target(group: str) -> None:
    found = beside(replace(TENTH, group=group, discrepancy=None, caveat="Circular."), H01)
    assert found.verdict == "not_comparable"
    assert found.because == (
        "its firms were picked by their results, so it is no target. Circular. What would be needed: the figure of all "
        "firms, not of those picked by their results."
    )


def test_an_example_of_an_agreement_is_no_number_to_reach() -> None:
    found = beside("sla-50-leads", stated(40, "count"))
    assert found.verdict == "not_comparable"
    assert found.claim == "Our 40 (as stated in the charter) is not set beside the published 50."
    assert found.because is not None
    assert found.because.startswith("it is an agreement to copy, not a number to reach. ")
    assert found.because.endswith(
        "What would be needed: a goal of your own in [agreement] of the charter, which the audit then checks."
    )


def test_what_is_shown_for_context_says_what_would_have_to_be_counted() -> None:
    mark = citation("forrester-2024-65")
    found = beside(mark, H01)
    assert found.because == (
        "it may be shown but not scored against (grade B: the primary source is known, but was seen second-hand or "
        f"gives no n). {mark.discrepancy or mark.caveat} What would be needed: {mark.comparable_when}"
    )


def test_a_number_that_was_never_seen_is_not_compared() -> None:
    found = beside(replace(TENTH, value=None, discrepancy=None, caveat="Nobody has it"), H01)
    assert found.claim == "Our 7.5% [5.7%, 9.9%] (95% interval, n = 600) is not set beside this number."
    assert found.because == (
        "the number itself was never seen. Nobody has it. What would be needed: the original, with its number."
    )


@pytest.mark.parametrize(
    ("id", "ours", "because"),
    [
        ("implisit-days-lead-opp", H01, "it is a number of days, and ours is a share. "),
        ("leandata-2017-followup-gap", H01, "it is a difference in points, and ours is a share. "),
        (IMPLISIT, stated(84, "days"), "it is a share, and ours is a number of days. "),
        (IMPLISIT, stated(0.1, "EUR"), "it is a share, and ours is EUR. "),
    ],
)
def test_numbers_in_different_units_are_not_compared(id: str, ours: Any, because: str) -> None:
    found = beside(id, ours)
    assert found.verdict == "not_comparable"
    assert found.because == f"{because}What would be needed: {citation(id).comparable_when}"


def test_a_relative_change_beside_a_share_is_refused_with_the_arithmetic() -> None:
    # 38% more of a fifth is 27.6%, not 58%.
    more = replace(TENTH, value=0.38, unit="relative_change", metric="something_else")
    assert beside(more, Counts(120, 600)).because == (
        "it is a relative change, so much more or less of what was there, and ours is a share. +38% on our 20% would "
        f"be 27.6%, and not 58%. What would be needed: {TENTH.comparable_when}"
    )
    assert beside(more, NOBODY).because == (
        "it is a relative change, so much more or less of what was there, and ours is a share. "
        f"What would be needed: {TENTH.comparable_when}"
    )


@pytest.mark.parametrize(("value", "shown"), [(13.0, "1,300%"), (0.0, "0%"), (1.0, "100%")])
def test_a_share_of_nothing_everything_or_more_is_not_compared(value: float, shown: str) -> None:
    assert beside(replace(TENTH, value=value), H01).because == (
        f"a share lies between 0% and 100%, and {shown} was given; write 13% as 0.13, and leave out a share of nothing "
        "or of everything."
    )


def test_nothing_of_ours_is_not_enough_data() -> None:
    for ours in (NOBODY, rate(NOBODY)):
        found = beside("gartner-44-mql", ours, counted="answers")
        assert found.verdict == "not_enough_data"
        assert found.claim == "Nothing of ours is set beside the published 44%."
        assert found.because == "there are no answers of ours to set beside it."
    unknown = Estimate(math.nan, 0.0, 1.0, 40, "share", "standardised", 0.95)
    assert beside("gartner-44-mql", unknown).because == "there are no leads of ours to set beside it."


# The popular misreadings


def test_thirteen_percent_of_mqls_is_a_warning_and_no_comparison() -> None:
    found = beside("folk-13-mql-sql", NEWCOMBE)
    assert found.verdict == "not_comparable"
    assert found.because is not None
    assert "Implisit's 13% of leads that became opportunities" in found.because
    assert found.claim == "Our 30.8% [25.5%, 36.6%] (95% interval, n = 263) is not set beside the published 13%."


def test_a_third_fewer_customers_lost_is_not_a_third_more_kept() -> None:
    found = beside("mathmarketing-churn", Counts(90, 100))
    assert found.verdict == "not_comparable"
    assert "lifts retention from 90.0% to 93.6%" in (found.because or "")


def test_more_proposals_closed_are_no_points() -> None:
    for ours in (Counts(120, 600), Estimate(0.38, 0.3, 0.46, 600, "difference", "Newcombe hybrid score", 0.95)):
        found = beside("mathmarketing-close", ours)
        assert found.verdict == "not_comparable"
        assert "as 38 points" in (found.because or "")


MISREADINGS = [
    ("mql_to_sql_rate", 0.13, "share", "implisit-lead-opp-all"),
    ("mql-to-sql", 0.13, "share", "implisit-lead-opp-all"),
    ("customer_retention_rate", 0.36, "relative_change", "mathmarketing-churn"),
    ("customer_retention_rate", 0.36, "difference", "mathmarketing-churn"),
    ("customer_retention_rate", 0.36, "share", "mathmarketing-churn"),
    ("win_rate", 0.38, "difference", "mathmarketing-close"),
    ("win_rate", 0.38, "share", "mathmarketing-close"),
]


@pytest.mark.parametrize(("metric", "value", "unit", "id"), MISREADINGS)
@pytest.mark.parametrize("ours", [Counts(120, 600), None, NOBODY], ids=["some", "none", "nobody"])
def test_a_popular_misreading_that_is_entered_gets_its_warning(
    metric: str, value: float, unit: str, id: str, ours: Counts | None
) -> None:
    found = entered(Entered(metric, value, unit, "A blog", 2024, n=5000), ours, margin=0.3)
    source, warning = misread(metric, value, unit) or (None, "")
    assert source is not None
    assert source.id == id
    assert found.verdict == "not_comparable"
    assert found.because == (
        f"this number goes round under a name that its source does not bear out. {warning} It comes from "
        f"{source.publisher} ({id}). What would be needed: {source.comparable_when}"
    )
    assert found.benchmark is not None
    assert found.benchmark.against is None
    assert found.code == f"benchmark.entered_{metric}"
    assert found.estimates[0][1].n == 0


@pytest.mark.parametrize(("metric", "value", "unit", "id"), MISREADINGS)
def test_a_citation_of_ones_own_that_repeats_a_misreading_gets_the_warning_too(
    metric: str, value: float, unit: str, id: str
) -> None:
    found = beside(replace(TENTH, metric=metric, value=value, unit=unit), H01)
    assert found.verdict == "not_comparable"
    assert "under a name that its source does not bear out" in (found.because or "")


@pytest.mark.parametrize("mark", [one.citation for one in comparables()], ids=lambda one: one.id)
def test_no_citation_that_may_be_compared_is_taken_for_a_misreading(mark: Citation) -> None:
    assert mark.value is not None
    assert mark.unit is not None
    assert beside(mark, stated(0.9 * mark.value, mark.unit)).verdict == "lower"


# What a client brings along


def test_a_number_that_is_entered_is_compared_and_said_to_be_unchecked() -> None:
    found = entered(Entered("win_rate", 0.1, "share", "A consultancy", 2023, n=400), H01, of="lead to won")
    assert (found.code, found.verdict) == ("benchmark.entered_win_rate", "lower")
    assert found.question == "How do we stand beside this: A consultancy has 10% for win rate."
    assert found.claim == (
        "Our 7.5% [5.7%, 9.9%] (95% interval, n = 600) lies below the published 10%, taken as a fixed number. "
        "Source: A consultancy, 2023, n = 400, grade C. Ours: lead to won."
    )
    assert found.notes[-1] == ("The number comes from the charter and was not checked: its original was not seen.")
    assert found.benchmark is not None
    assert (found.benchmark.citation.grade, found.benchmark.citation.use) == ("C", "compare")


def test_a_number_of_which_the_audit_counts_nothing_says_what_would_be_needed() -> None:
    found = entered(Entered("net_promoter_score", 0.4, "share", "A consultancy", 2023), None)
    assert found.verdict == "not_comparable"
    assert found.claim == "Nothing of ours is set beside the 40% of A consultancy."
    assert found.because == (
        "the audit counts nothing under the name net_promoter_score. What would be needed: the name of a metric that "
        "it counts, as the command benchmarks lists them, or of two stages, such as lead_to_won_rate."
    )


@pytest.mark.parametrize(
    ("unit", "what"), [("relative_change", "a relative change"), ("difference", "a difference in points")]
)
def test_a_change_that_is_entered_is_not_set_beside_a_share(unit: str, what: str) -> None:
    found = entered(Entered("win_rate", 0.3, unit, "A consultancy", 2023), H01)
    assert found.verdict == "not_comparable"
    assert (found.because or "").startswith(f"it is {what}")
    assert (found.because or "").endswith(
        "What would be needed: The source counted the same thing, of the same kind of leads, within the same time."
    )


def test_what_a_client_typed_is_shown_short_and_on_one_line() -> None:
    found = entered(Entered("m" * 400, 0.1, "share", "A\nvery " + "long " * 80 + "name", 2023), H01)
    assert len(found.code) < 90
    assert len(found.question) < 200
    assert "\n" not in found.claim
