"""Promises on the page: one state in the chapter and on the scorecard, and no n beside what nobody counted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engines import charter_of

from alignment_metrics.charter import Agreement, Charter
from alignment_metrics.findings.agreement.standing import revision
from alignment_metrics.quality import Quality
from alignment_metrics.report import page, wording
from alignment_metrics.report.breakdowns import row
from alignment_metrics.values import VERDICTS, Estimate, Finding

STATED = "as stated in the charter"


def number(value: float, unit: str, *, n: int = 30, method: str = STATED) -> Estimate:
    return Estimate(value, value, value, n, unit, method, 0.95)


def signed() -> Charter:
    plan = charter_of()
    return replace(plan, agreement=Agreement(signed=plan.organisation.as_of.replace(year=2025)))


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (number(1, "leads"), "1 lead"),
        (number(67, "leads"), "67 leads"),
        (number(1, "days", method="count"), "1 day"),
        (number(1272, "days"), "1,272 days"),
        (number(2000, "hours"), "2,000 hours"),
        (number(2.5, "days"), "2.5 days"),
        (number(2.5, "ratio"), "2.50"),
        # What was estimated keeps its decimal.
        (Estimate(41.0, 38.0, 44.0, 90, "days", "restricted mean", 0.95), "41.0 days"),
    ],
)
def test_what_was_counted_is_written_whole_and_one_as_one(one: Estimate, expected: str) -> None:
    assert wording.value(one) == expected


def test_what_the_charter_states_rests_on_no_leads() -> None:
    assert row((), number(67, "leads"), 30).stated
    assert not row((), number(14, "leads", method="count"), 30).stated
    plan = signed()
    assert plan.agreement is not None
    told = page.to_html([revision(plan, plan.agreement)], quality=Quality(()), charter=plan)
    assert "<strong>365 days</strong>" in told
    assert "n&nbsp;=" not in told
    assert "n = 1" not in told


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_promise_that_cannot_be_told_is_called_so_in_its_chapter_too(verdict: str) -> None:
    promise = Finding("agreement.rate_lead_to_won", "?", verdict, "Counted.", because="not known.")  # type: ignore[arg-type]
    usual = wording.VERDICTS[verdict]
    assert wording.verdict(promise) == ("Cannot tell" if verdict == "no_difference_shown" else usual)
    assert wording.verdict(replace(promise, code="sources.conversion")) == usual


def test_the_chapter_and_the_scorecard_say_the_same_of_one_promise() -> None:
    one = Finding("agreement.rate_lead_to_won", "?", "no_difference_shown", "Counted.", (((), number(0.5, "share")),))
    told = page.to_html([one], quality=Quality(()), charter=signed())
    assert '<span class="verdict no_difference_shown">Cannot tell</span>' in told
    assert "No difference shown" not in told


def test_a_card_of_what_the_charter_states_has_no_empty_line_below_its_number() -> None:
    plan = signed()
    assert plan.agreement is not None
    late = replace(plan.agreement, revise_every=100)
    told = page.to_html([revision(plan, late)], quality=Quality(()), charter=plan)
    assert ">365 days<" in told
    assert '<p class="number"></p>' not in told
