"""The scorecard: one row a promise, in the order of the charter, and never a sum of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from engines import charter_of, crm_of
from typer.testing import CliRunner

from alignment_metrics import findings
from alignment_metrics.charter import Agreement, Charter, Definition, Goal
from alignment_metrics.cli import app
from alignment_metrics.findings.agreement import agreement
from alignment_metrics.findings.scorecard import Promise, legend, scorecard
from alignment_metrics.samples import write_sample
from alignment_metrics.values import VERDICTS, Finding

GOALS = (
    Goal("rate", "lead", "won", 0.5, within_days=30),
    Goal("volume", "mql", None, 50.0, "week"),
    Goal("speed", "mql", None, 0.9, within_hours=24.0),
    Goal("speed", "lead", "mql", 1.0, within_days=1),
)


def charter(*goals: Goal) -> Charter:
    return replace(charter_of(), agreement=Agreement(goals=goals))


def judged(code: str, verdict: str) -> Finding:
    return Finding(f"agreement.{code}", "?", verdict, "Counted.", because="not known.")  # type: ignore[arg-type]


def test_goals_stand_in_the_order_of_the_charter_then_what_the_agreement_itself_must_hold() -> None:
    plan = charter(*GOALS)
    card = scorecard(reversed(agreement(crm_of([], plan))), plan)
    assert [(one.code.removeprefix("agreement."), one.goal) for one in card] == [
        ("rate_lead_to_won", "Of the leads that enter lead, at least 50% reach won within 30 days"),
        ("volume_mql", "At least 50 leads enter mql in every week"),
        ("speed_mql_to_touch", "Of the leads that enter mql, at least 90% are followed up within 24 hours"),
        ("speed_lead_to_mql", "Of the leads that enter lead, all reach mql within 1 day"),
        ("definitions", "Every stage has an owner, a rule of entry and a rule for refusals"),
        ("reviews", "Both teams look at the numbers together at least every 30 days"),
        ("revision", "The agreement is revised at least every 365 days"),
        ("capacity", "No more leads are promised than sales can work"),
    ]


def test_what_was_never_promised_is_no_row() -> None:
    plan = charter(GOALS[0])
    assert [one.code for one in scorecard(agreement(crm_of([], plan)), plan)] == [
        "agreement.rate_lead_to_won",
        "agreement.definitions",
        "agreement.reviews",
        "agreement.revision",
    ]
    assert scorecard(agreement(crm_of([], charter_of())), charter_of()) == ()
    assert scorecard([judged("volume_mql", "kept")], charter_of()) == ()


def test_of_an_audit_without_its_chapter_there_is_no_scorecard() -> None:
    plan = charter(*GOALS)
    assert scorecard(findings.audit(crm_of([{"lead": dt.date(2026, 1, 1)}], plan), only="conversion"), plan) == ()


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_is_kept_broken_or_not_to_be_told(verdict: str) -> None:
    (row,) = scorecard([judged("volume_mql", verdict)], charter(GOALS[1]))
    state = verdict if verdict in ("kept", "broken") else "cannot tell"
    assert row == Promise("At least 50 leads enter mql in every week", state, "Not known.", "agreement.volume_mql")  # type: ignore[arg-type]


def test_the_evidence_is_what_was_counted_or_why_nothing_could_be() -> None:
    counted = replace(judged("volume_mql", "no_difference_shown"), because=None)
    (row,) = scorecard([counted], charter(GOALS[1]))
    assert (row.state, row.evidence) == ("cannot tell", "Counted.")


def test_a_daily_review_is_worded_as_one() -> None:
    plan = replace(charter_of(), agreement=Agreement(review_every=1))
    reviews = next(row for row in scorecard(agreement(crm_of([], plan)), plan) if row.code == "agreement.reviews")
    assert reviews.goal == "Both teams look at the numbers together at least every day"


def test_the_stages_that_promises_name_are_explained_as_the_charter_defines_them() -> None:
    plan = charter(*GOALS[:2], Goal("speed", "mql", "not_a_fit", 0.9, within_days=2))
    said = {
        "won": Definition("sales", "the order is signed"),
        "not_a_fit": Definition(enters_when="sales says\n so"),
        "lead": Definition("marketing"),
        "mql": Definition("marketing", "lead_score of 60 or a demo request"),
        "sal": Definition("sales", "sales takes it on"),
    }
    funnel = replace(plan.funnel, stages=("lead", "mql", "sal", "won"), exits=("not_a_fit",), definitions=said)
    plan = replace(plan, funnel=funnel)
    card = scorecard([judged(goal.code.removeprefix("agreement."), "kept") for goal in plan.agreement.goals], plan)  # type: ignore[union-attr]
    assert legend(card, plan) == (
        ("mql", "lead_score of 60 or a demo request (marketing)"),
        ("won", "the order is signed (sales)"),
        ("not a fit", "sales says so"),
    )
    assert legend(card[1:2], plan) == (("mql", "lead_score of 60 or a demo request (marketing)"),)
    assert legend((), plan) == legend(card, charter_of()) == ()


PROMISE = """
[agreement]
signed = 2026-01-01
reviewed = [2026-01-20, 2026-02-15, 2026-03-10, 2026-04-05, 2026-05-01, 2026-05-28, 2026-06-20]
[[agreement.goal]]
kind = "rate"
from = "lead"
to = "mql"
at_least = {share}
"""


@pytest.mark.parametrize(("share", "status"), [("0.02", 0), ("0.99", 1)])
def test_where_asked_to_be_strict_a_broken_promise_is_told_by_the_exit_status(
    tmp_path: Path, share: str, status: int
) -> None:
    write_sample(tmp_path / "client", leads=600)
    plan = tmp_path / "client" / "charter.toml"
    before_promises, _, _ = plan.read_text("utf-8").partition("[agreement]")
    plan.write_text(before_promises + PROMISE.format(share=share), "utf-8")
    out = tmp_path / "out"
    arguments = ["audit", str(tmp_path / "client"), "--only", "agreement", "--no-notebooks", "--out", str(out)]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert CliRunner().invoke(app, [*arguments, "--strict"]).exit_code == status
