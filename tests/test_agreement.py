"""The agreement: each promise counted from the leads it was made about, kept, broken, or not to be told."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from statistics import NormalDist
from typing import Any

import ibis
import pyarrow as pa
import pytest
from engines import Lead, charter_of, crm_of, many, table_of
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment_metrics.charter import Agreement, Charter, Definition, Goal, Source, Team, read_charter
from alignment_metrics.crm import NEVER, Crm, answer
from alignment_metrics.exports import read_export
from alignment_metrics.findings.agreement import agreement
from alignment_metrics.findings.truncated import refused
from alignment_metrics.findings.waits import waited
from alignment_metrics.periods import whole
from alignment_metrics.quality import FileQuality, Problem, Quality
from alignment_metrics.stats.power import leads_to_tell
from alignment_metrics.stats.quotas import leads_for
from alignment_metrics.stats.rates import rate
from alignment_metrics.tallies import attempts, first_day, since
from alignment_metrics.values import Counts, Estimate, Finding, Moments

DAY = dt.timedelta(days=1)
WEEKS = Goal("volume", "lead", None, 10.0, "week")
SPEED = Goal("speed", "lead", "mql", 0.5, within_days=2)
RATE = Goal("rate", "lead", "won", 0.5, within_days=30)


def plan(*goals: Goal, stages: Sequence[str] = ("lead", "mql", "won"), **kept: Any) -> Charter:
    """A charter with these goals; what is left over is of the agreement, but for the funnel and the policy."""
    of_charter = {name: kept.pop(name) for name in ("as_of", "exits", "sources", "history_from") if name in kept}
    of_policy = {name: kept.pop(name) for name in ("min_group", "suppress_below", "within_days") if name in kept}
    return replace(charter_of(stages=stages, **of_charter, **of_policy), agreement=Agreement(goals=goals, **kept))


def found(leads: Sequence[Lead], charter: Charter, code: str) -> Finding:
    (one,) = (one for one in agreement(crm_of(leads, charter)) if one.code == f"agreement.{code}")
    return one


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def daily(first: str, last: str, a_day: int, **lead: Any) -> list[Lead]:
    """So many leads on each day."""
    start, end = day(first), day(last)
    return [
        {"lead": start + n * DAY, **{name: start + n * DAY + wait * DAY for name, wait in lead.items()}}
        for n in range((end - start).days + 1)
        for _ in range(a_day)
    ]


def test_where_nothing_was_agreed_one_finding_says_what_to_add() -> None:
    (one,) = agreement(crm_of([{"lead": day("2026-01-01")}], charter_of()))
    assert (one.code, one.verdict, one.claim) == ("agreement.goals", "does_not_apply", "There is no promise to judge.")
    assert one.because == (
        "nothing has been agreed in this charter; add [agreement] with its [[agreement.goal]] to charter.toml."
    )
    assert one.notes == (
        "Such an agreement sets three tests that are judged apart: how many leads marketing hands over each week, how "
        "soon sales takes them up, and what share of them proves to be what was promised.",
    )


def test_an_agreement_without_goals_says_so_and_is_still_looked_at() -> None:
    told = agreement(crm_of([{"lead": day("2026-01-01")}], plan()))
    assert [one.code.removeprefix("agreement.") for one in told] == [
        "goals",
        "definitions",
        "reviews",
        "revision",
        "capacity",
        "six_numbers",
    ]
    assert told[0].because == "[agreement] names no goal; add [[agreement.goal]] to charter.toml."


def test_goals_come_first_and_in_the_order_of_the_charter() -> None:
    codes = [one.code for one in agreement(crm_of([], plan(RATE, WEEKS, SPEED)))]
    assert codes[:3] == ["agreement.rate_lead_to_won", "agreement.volume_lead", "agreement.speed_lead_to_mql"]


# Of January 2026, the 1st is a Thursday: whole weeks begin on the 5th, the 12th and the 19th.
def test_a_volume_is_kept_where_every_whole_week_reached_it_and_the_weeks_cut_by_the_ends_are_left_out() -> None:
    leads = (
        daily("2026-01-01", "2026-01-04", 1)
        + daily("2026-01-05", "2026-01-25", 2)
        + daily("2026-01-26", "2026-01-28", 1)
    )
    one = found(leads, plan(WEEKS, signed=day("2026-01-01"), as_of=day("2026-01-28")), "volume_lead")
    assert one.verdict == "kept"
    assert one.question == "Was this promise kept: at least 10 leads enter lead in every week?"
    assert one.claim == (
        "In each of 3 weeks at least 10 leads entered lead; the fewest were 14, in the week of 2026-01-05."
    )
    assert one.notes == (
        "Whole weeks count, from 2026-01-01 (the day of signing) to 2026-01-28, each lead on the day it entered.",
        "Only partly in that time, and so not judged: the week of 2025-12-29 and the week of 2026-01-26.",
        "Weeks begin on Monday.",
    )
    count = {"unit": "leads", "method": "count", "confidence": 0.95}
    weeks = [((("week", f"2026-W{week:02}"),), Estimate(14.0, 14.0, 14.0, 14, **count)) for week in (2, 3, 4)]
    assert one.estimates == (((), Estimate(1.0, 1.0, 1.0, 3, "share", "count", 0.95, 3)), *weeks)
    assert len(one.sql) == 1


def test_a_week_without_any_lead_breaks_the_promise_too() -> None:
    leads = daily("2026-01-05", "2026-01-11", 2) + daily("2026-01-19", "2026-01-25", 2)
    one = found(leads, plan(WEEKS, signed=day("2026-01-05"), as_of=day("2026-01-25")), "volume_lead")
    assert one.verdict == "broken"
    assert one.claim == ("In 1 of 3 weeks fewer than 10 leads entered lead; in the week of 2026-01-12 there was none.")
    assert [estimate.value for _, estimate in one.estimates] == [pytest.approx(2 / 3), 14.0, 0.0, 14.0]
    assert one.estimates[0][1].hits == 2


def test_exactly_as_many_as_promised_are_enough_and_one_fewer_is_not() -> None:
    for n, verdict in ((10, "kept"), (9, "broken")):
        leads = [{"lead": day("2026-01-05")}] * n
        one = found(leads, plan(WEEKS, signed=day("2026-01-05"), as_of=day("2026-01-11")), "volume_lead")
        assert one.verdict == verdict
    assert one.claim == (
        "In the one whole week fewer than 10 leads entered lead; there were 9, in the week of 2026-01-05."
    )


def test_signed_in_the_middle_of_a_month_the_next_one_is_the_first_that_counts() -> None:
    goal = replace(WEEKS, every="month")
    leads = daily("2026-01-01", "2026-03-31", 1)
    one = found(leads, plan(goal, signed=day("2026-01-02"), as_of=day("2026-03-31")), "volume_lead")
    assert one.verdict == "kept"
    assert one.claim == "In each of 2 months at least 10 leads entered lead; the fewest were 28, in 2026-02."
    assert one.notes[1] == "Only partly in that time, and so not judged: 2026-01."
    first = found(leads, plan(goal, signed=day("2026-01-01"), as_of=day("2026-03-31")), "volume_lead")
    assert first.claim.startswith("In each of 3 months ")
    assert len(first.notes) == 1


@pytest.mark.parametrize(
    ("dated", "begin"),
    [
        ({}, "2026-01-07 (the first lead)"),
        ({"signed": day("2025-06-01")}, "2026-01-07 (the first lead)"),
        ({"signed": day("2026-01-09")}, "2026-01-09 (the day of signing)"),
        ({"history_from": day("2026-01-10")}, "2026-01-10 (history_from, in the charter)"),
    ],
)
def test_before_the_first_lead_or_the_signing_no_week_counts(dated: dict[str, Any], begin: str) -> None:
    leads = daily("2026-01-07", "2026-01-25", 2)
    one = found(leads, plan(WEEKS, as_of=day("2026-01-25"), **dated), "volume_lead")
    assert one.verdict == "kept"
    assert f"from {begin} to 2026-01-25" in one.notes[0]
    assert one.claim.startswith("In each of 2 weeks ")


def test_leads_count_in_the_week_they_enter_the_stage_that_was_promised() -> None:
    leads = daily("2026-01-05", "2026-01-11", 2, mql=7)
    one = found(leads, plan(replace(WEEKS, start="mql"), as_of=day("2026-01-18")), "volume_mql")
    assert one.claim.startswith(
        "In 1 of 2 weeks fewer than 10 leads entered mql; in the week of 2026-01-05 there was none."
    )
    assert [estimate.value for _, estimate in one.estimates] == [0.5, 0.0, 14.0]


def test_without_a_whole_period_or_any_lead_a_volume_cannot_be_told() -> None:
    leads = daily("2026-01-05", "2026-01-10", 5)
    short = found(leads, plan(WEEKS, signed=day("2026-01-05"), as_of=day("2026-01-10")), "volume_lead")
    assert (short.verdict, short.because) == (
        "not_enough_data",
        "no whole week lies between 2026-01-05 and 2026-01-10.",
    )
    assert short.claim == "Whether enough leads enter lead cannot be told yet."
    empty = found([], plan(WEEKS), "volume_lead")
    assert (empty.verdict, empty.because) == ("not_enough_data", "no lead has come.")


def test_weeks_of_too_few_leads_are_judged_and_not_shown() -> None:
    leads = daily("2026-01-05", "2026-01-11", 2) + daily("2026-01-12", "2026-01-14", 1)
    one = found(leads, plan(WEEKS, as_of=day("2026-01-18")), "volume_lead")
    assert one.verdict == "broken"
    assert one.claim == (
        "In 1 of 2 weeks fewer than 10 leads entered lead; in the week of 2026-01-12 there were fewer than 5."
    )
    assert [group for group, _ in one.estimates] == [(), (("week", "2026-W02"),)]
    assert one.notes[-1] == "1 week with fewer than 5 leads is judged and not shown."


def test_a_lead_a_week_is_promised_and_counted_in_words_that_fit_one() -> None:
    one_a_week, charter = replace(WEEKS, at_least=1.0), {"as_of": day("2026-01-25"), "suppress_below": 0}
    leads = [*daily("2026-01-05", "2026-01-05", 1), *daily("2026-01-19", "2026-01-19", 2)]
    one = found(leads, plan(one_a_week, **charter), "volume_lead")
    assert one.claim == "In 1 of 3 weeks no lead entered lead; in the week of 2026-01-12 there was none."
    two = found([*leads, *daily("2026-01-12", "2026-01-12", 2)], plan(one_a_week, **charter), "volume_lead")
    assert two.claim == "In each of 3 weeks at least 1 lead entered lead; the fewest was 1, in the week of 2026-01-05."


def test_where_no_lead_ever_entered_the_stage_that_was_promised_every_week_breaks_the_promise() -> None:
    leads = daily("2026-01-05", "2026-01-25", 2)
    one = found(leads, plan(replace(WEEKS, start="mql"), as_of=day("2026-01-25")), "volume_mql")
    assert one.verdict == "broken"
    assert one.claim == ("In 3 of 3 weeks fewer than 10 leads entered mql; in the week of 2026-01-05 there was none.")
    assert [estimate.value for _, estimate in one.estimates] == [0.0, 0.0, 0.0, 0.0]


def test_signed_in_the_middle_of_a_week_the_next_one_is_the_first_that_counts() -> None:
    # The 7th is a Wednesday; nothing came before it in its week.
    leads = daily("2026-01-01", "2026-01-04", 2) + daily("2026-01-12", "2026-01-25", 2)
    one = found(leads, plan(WEEKS, signed=day("2026-01-07"), as_of=day("2026-01-25")), "volume_lead")
    assert one.verdict == "kept"
    assert [group for group, _ in one.estimates] == [(), (("week", "2026-W03"),), (("week", "2026-W04"),)]
    assert one.notes[:2] == (
        "Whole weeks count, from 2026-01-07 (the day of signing) to 2026-01-25, each lead on the day it entered.",
        "Only partly in that time, and so not judged: the week of 2026-01-05.",
    )


def test_a_volume_may_be_promised_by_the_quarter() -> None:
    goal = replace(WEEKS, every="quarter", at_least=91.0)
    leads = daily("2025-10-01", "2026-06-29", 1)
    one = found(leads, plan(goal, signed=day("2025-10-02"), as_of=day("2026-06-30")), "volume_lead")
    # Of 2026 the first quarter has 90 days, and the second 91, of which the last brought nothing.
    assert one.verdict == "broken"
    assert one.question == "Was this promise kept: at least 91 leads enter lead in every quarter?"
    assert one.claim == "In 2 of 2 quarters fewer than 91 leads entered lead; the fewest were 90, in 2026Q1."
    assert {group: estimate.value for group, estimate in one.estimates if group} == {
        (("quarter", "2026Q1"),): 90.0,
        (("quarter", "2026Q2"),): 90.0,
    }
    assert one.notes[1] == "Only partly in that time, and so not judged: 2025Q4."
    enough = found(leads, plan(replace(goal, at_least=90.0), signed=day("2026-01-01")), "volume_lead")
    assert enough.verdict == "kept"


@pytest.mark.parametrize(("n", "told"), [(5, "the fewest were 5, in the week of 2026-01-12."), (4, "fewer than 5.")])
def test_a_week_of_just_as_many_leads_as_may_be_shown_is_shown(n: int, told: str) -> None:
    leads = [*daily("2026-01-05", "2026-01-11", 2), *[{"lead": day("2026-01-12")}] * n]
    one = found(leads, plan(WEEKS, as_of=day("2026-01-18")), "volume_lead")
    assert one.claim.endswith(told)
    shown = {group[0][1]: estimate.value for group, estimate in one.estimates if group}
    assert shown == {"2026-W02": 14.0} | ({"2026-W03": 5.0} if n == 5 else {})
    assert ("is judged and not shown" in one.notes[-1]) is (n == 4)


def test_the_weeks_over_a_new_year_are_whole() -> None:
    assert whole("week", day("2025-12-22"), day("2026-01-05")) == ("2025-W52", "2026-W01")
    assert whole("quarter", day("2025-10-01"), day("2026-06-29")) == ("2025Q4", "2026Q1")
    assert whole("month", day("2024-02-02"), day("2024-03-30")) == ()


def name_of(period: str, one: dt.date) -> str:
    year, week, _ = one.isocalendar()
    if period == "week":
        return f"{year}-W{week:02}"
    return f"{one.year}-{one.month:02}" if period == "month" else f"{one.year}Q{(one.month + 2) // 3}"


@settings(max_examples=25)
@given(
    came=st.lists(st.integers(0, 200), min_size=1, max_size=60),
    signing=st.integers(0, 200),
    length=st.integers(0, 200),
    period=st.sampled_from(["week", "month", "quarter"]),
    asks=st.integers(1, 6),
)
def test_a_volume_is_what_a_calendar_and_a_tally_sheet_say(
    came: list[int], signing: int, length: int, period: Any, asks: int
) -> None:
    start = day("2025-11-20")
    signed, as_of = start + signing * DAY, start + (signing + length) * DAY
    entered = [start + n * DAY for n in came if n <= signing + length]
    goal = replace(WEEKS, every=period, at_least=float(asks))
    charter = plan(goal, signed=signed, as_of=as_of, suppress_below=0)
    one = found([{"lead": on} for on in entered], charter, "volume_lead")
    begin = max(signed, min(entered, default=signed))
    days: dict[str, list[dt.date]] = {}
    for n in range(-100, 500):
        days.setdefault(name_of(period, start + n * DAY), []).append(start + n * DAY)
    counts = {
        name: sum(on in those for on in entered)
        for name, those in days.items()
        if entered and all(begin <= on <= as_of for on in those)
    }
    if not counts:
        assert one.verdict == "not_enough_data"
        return
    assert {group[0][1]: estimate.value for group, estimate in one.estimates if group} == counts
    assert one.estimates[0][1].hits == sum(n >= asks for n in counts.values())
    assert one.verdict == ("kept" if min(counts.values()) >= asks else "broken")


def quick(hits: int, total: int, on: str, *, stage: str = "mql", wait: int = 2) -> list[Lead]:
    """So many leads of one day, of which the first got to the stage after so many days; the others a day later."""
    return [{"lead": day(on), stage: day(on) + (wait if n < hits else wait + 1) * DAY} for n in range(total)]


def test_speed_is_kept_or_broken_by_counting_and_not_by_chance() -> None:
    charter = plan(SPEED, signed=day("2026-01-01"))
    one = found(quick(20, 40, "2026-01-01"), charter, "speed_lead_to_mql")
    assert one.verdict == "kept"
    assert one.claim == (
        "Of 40 leads that entered lead since 2026-01-01, 20 reached mql within 2 days (50.0%). Promised was at least "
        "50%, which is 20."
    )
    assert one.estimates == (((), Estimate(0.5, 0.5, 0.5, 40, "share", "count", 0.95, 20)),)
    assert one.notes == (
        "Only leads that entered at least 2 days before the end of 2026-06-30 count; they are all that the promise is "
        "about, so there is no margin of error.",
    )
    assert found(quick(19, 40, "2026-01-01"), charter, "speed_lead_to_mql").verdict == "broken"


def test_leads_before_the_signing_and_those_too_young_are_not_in_a_promise_of_speed() -> None:
    early, young = quick(0, 100, "2025-12-31"), [{"lead": day("2026-06-29")}] * 100
    due = quick(30, 30, "2026-06-28", wait=0)
    charter = plan(SPEED, signed=day("2026-01-01"))
    one = found([*early, *young, *quick(30, 30, "2026-01-01"), *due], charter, "speed_lead_to_mql")
    assert (one.verdict, one.estimates[0][1].n, one.estimates[0][1].hits) == ("kept", 60, 60)
    unsigned = found([*early, *quick(30, 30, "2026-01-01")], plan(SPEED), "speed_lead_to_mql")
    assert (unsigned.verdict, unsigned.estimates[0][1].n) == ("broken", 130)
    assert unsigned.claim.startswith("Of 130 leads that entered lead, 30 reached mql")


@pytest.mark.parametrize(("share", "needed"), [(0.07, 7), (0.29, 29), (0.071, 8), (1.0, 100)])
def test_the_leads_that_were_promised_are_rounded_up_and_no_rounding_breaks_a_promise(
    share: float, needed: int
) -> None:
    charter = plan(replace(SPEED, at_least=share))
    kept = found(quick(needed, 100, "2026-01-01"), charter, "speed_lead_to_mql")
    assert kept.verdict == "kept"
    assert kept.claim.endswith(f"which is {needed}.")
    assert found(quick(needed - 1, 100, "2026-01-01"), charter, "speed_lead_to_mql").verdict == "broken"


def test_an_exit_may_be_what_was_promised() -> None:
    goal = replace(SPEED, stop="lost", within_days=0)
    one = found(quick(40, 40, "2026-01-01", stage="lost", wait=0), plan(goal, exits=["lost"]), "speed_lead_to_lost")
    assert one.verdict == "kept"
    assert (
        one.question == "Was this promise kept: of the leads that enter lead, at least 50% reach lost on the same day?"
    )
    assert one.claim.startswith("Of 40 leads that entered lead, 40 reached lost on the same day (100.0%).")


@pytest.mark.parametrize(
    ("n", "told"),
    [
        (
            0,
            "no lead entered lead since 2026-01-01 and at least 2 days before the end of the export, so none has had "
            "its chance.",
        ),
        (
            3,
            "fewer than 5 leads entered lead since 2026-01-01 and at least 2 days before the end of the export, and "
            "the charter asks for 30.",
        ),
        (
            29,
            "only 29 leads entered lead since 2026-01-01 and at least 2 days before the end of the export, and the "
            "charter asks for 30.",
        ),
    ],
)
def test_too_few_leads_are_no_proof_of_speed(n: int, told: str) -> None:
    one = found(quick(n, n, "2026-02-01"), plan(SPEED, signed=day("2026-01-01")), "speed_lead_to_mql")
    assert (one.verdict, one.because, one.estimates) == ("not_enough_data", told, ())
    assert one.claim == "Whether leads are taken up within 2 days of entering lead cannot be told."


def touched(crm: Crm, days: Sequence[tuple[int, str]]) -> Crm:
    """The same with attempts to reach the leads of these rows, of which only the day is known."""
    rows = pa.table(
        {
            "row": pa.array([row for row, _ in days], pa.int64()),
            "at": pa.nulls(len(days), pa.timestamp("us")),
            "day": pa.array([day(on) for _, on in days], pa.date32()),
        }
    )
    return replace(crm, touches=table_of(rows, "duckdb"))


def test_a_promise_to_follow_up_needs_the_list_of_touches() -> None:
    for goal in (replace(SPEED, stop=None), replace(SPEED, stop=None, within_days=None, within_hours=24.0)):
        one = found(quick(40, 40, "2026-01-01"), plan(goal), "speed_lead_to_touch")
        assert (one.verdict, one.because) == (
            "not_enough_data",
            "there is no touches.csv: a list of lead_id and the time of each attempt to reach the lead.",
        )


def timed(waits: Sequence[int | None], goal: Goal, *on: str) -> Finding:
    """A promise in hours about leads that waited so many seconds (None: nobody knows), all of one day unless told."""
    charter = plan(goal)
    days = [day(one) for one in on] or [day("2026-01-01")] * len(waits)
    crm = touched(crm_of([{"lead": one} for one in days], charter), [])
    rows = pa.array(range(2, len(waits) + 2), pa.int64())
    waited = table_of(pa.table({"row": rows, answer("lead"): pa.array(waits, pa.int64())}), "duckdb")
    journeys = crm.journeys.left_join(waited, "row").drop("row_right")
    return agreement(replace(crm, journeys=journeys))[0]


HOURS = Goal("speed", "lead", None, 0.9, within_hours=2.0)


def test_a_promise_in_hours_cannot_be_told_where_the_hours_of_many_leads_are_not_known() -> None:
    one = timed([60] * 60 + [None] * 1140, HOURS)
    assert (one.verdict, one.estimates) == ("not_enough_data", ())
    assert one.because == "of 1,140 of 1,200 leads only the day is known; export them with the time of day."
    assert one.claim == "Whether leads are taken up within 2 hours of entering lead cannot be told."


def test_the_few_leads_whose_hours_are_not_known_are_counted_beside_a_promise() -> None:
    early = "Only leads that entered at least 1 day before the end of 2026-06-30 count"
    clock = "Hours are those of a clock on the wall: nights and weekends count."
    left = "Left out: 6 of 300 leads, since of their coming or of the first attempt only the day is known."
    kept = timed([7200] * 270 + [7201] * 24 + [None] * 6, HOURS)
    assert (kept.verdict, kept.estimates[0][1].hits, kept.estimates[0][1].n) == ("kept", 270, 294)
    assert kept.notes[0] == f"{early}, and only those whose wait is known to the second."
    assert kept.notes[2:] == (clock, left)
    # 265 are 90% of 294, and not of 300; 264 and the six left out are 90% of 300.
    turns = timed([1] * 265 + [NEVER] * 29 + [None] * 6, HOURS)
    assert turns.verdict == "kept"
    assert turns.notes[3:] == (
        left,
        "Had none of those left out been followed up in time, the promise would not have been kept.",
    )
    broken = timed([1] * 264 + [NEVER] * 30 + [None] * 6, HOURS)
    assert broken.verdict == "broken"
    assert broken.notes[3:] == (
        left,
        "Had all of those left out been followed up in time, the promise would have been kept.",
    )
    assert timed([1] * 263 + [NEVER] * 31 + [None] * 6, HOURS).notes[3:] == (left,)
    whole = timed([1] * 40, HOURS)
    assert whole.notes[0] == f"{early}; they are all that the promise is about, so there is no margin of error."
    assert whole.notes[2:] == (clock,)
    assert timed([1] * 147 + [None] * 3, HOURS).notes[3:] == (
        "Left out: fewer than 5 of 150 leads, since of their coming or of the first attempt only the day is known.",
    )


@pytest.mark.parametrize(("hours", "days"), [(1.0, 1), (24.0, 1), (24.5, 2), (48.0, 2)])
def test_a_lead_has_had_its_chance_once_the_hours_of_a_promise_have_passed(hours: float, days: int) -> None:
    on = [(day("2026-06-30") - ago * DAY).isoformat() for ago in (days, days - 1) for _ in range(40)]
    one = timed([1] * 80, replace(HOURS, within_hours=hours), *on)
    assert (one.estimates[0][1].hits, one.estimates[0][1].n) == (40, 40)
    assert one.notes[0].startswith(f"Only leads that entered at least {days} day{'s' * (days > 1)} before the end")


def test_a_promise_to_follow_up_in_days_counts_the_attempts_since_the_signing() -> None:
    charter = plan(replace(SPEED, stop=None), signed=day("2026-01-01"))
    leads = [*quick(0, 10, "2025-12-31"), *quick(0, 40, "2026-01-01")]
    # Rows count from 2: the first ten leads are too early. Of the others 25 are tried in time, five too late.
    tries = [(row, "2026-01-01") for row in range(2, 12)] + [(row, "2026-01-03") for row in range(12, 37)]
    crm = touched(crm_of(leads, charter), [*tries, *((row, "2026-01-04") for row in range(37, 42)), (12, "2026-01-02")])
    one = agreement(crm)[0]
    assert (one.code, one.verdict) == ("agreement.speed_lead_to_touch", "kept")
    assert one.claim == (
        "Of 40 leads that entered lead since 2026-01-01, 25 were followed up within 2 days (62.5%). Promised was at "
        "least 50%, which is 20."
    )
    assert one.notes[1:] == (
        "An attempt to reach the lead counts, whether anybody answered or not; touches.csv tells of it.",
    )


def test_a_rate_is_judged_by_its_interval() -> None:
    # Wilson's limits of 50 of 100 are 40.4% and 59.6% (tests of the interval itself: tests/test_rates.py).
    leads = many(50, 100)
    told = {
        share: found(leads, plan(replace(RATE, at_least=share)), "rate_lead_to_won") for share in (0.4, 0.41, 0.59, 0.6)
    }
    assert [one.verdict for one in told.values()] == ["kept", "no_difference_shown", "no_difference_shown", "broken"]
    start = "Of 100 leads that entered lead, 50 reached won within 30 days: 50.0% [40.4%, 59.6%] (95% interval). "
    assert told[0.4].claim == start + "At least 40% were promised: all of the interval lies there or above."
    assert told[0.6].claim == start + "At least 60% were promised: all of the interval lies below."
    assert told[0.59].claim == (
        start + "At least 59% were promised: the interval reaches to both sides, so chance alone may decide."
    )
    assert told[0.4].notes == ("Only leads that entered at least 30 days before the end of 2026-06-30 count.",)
    assert told[0.4].estimates[0][1].method == "Wilson"


def test_where_a_rate_cannot_be_told_it_says_how_many_leads_would_do() -> None:
    one = found(many(50, 100), plan(replace(RATE, at_least=0.55)), "rate_lead_to_won")
    # Fleiss, Levin & Paik (2003), chapter 2: the score test of one rate.
    z, spread = NormalDist().inv_cdf, 0.55 * 0.45
    assert leads_to_tell(0.5, 0.55) == pytest.approx((z(0.975) * spread**0.5 + z(0.8) * 0.5) ** 2 / 0.05**2)
    assert one.notes[-1] == (
        "Were 50% the true rate, it would take 780 leads to tell it from the promise in four cases of five."
    )
    same = found(many(50, 100), plan(replace(RATE, at_least=0.5)), "rate_lead_to_won")
    assert same.verdict == "no_difference_shown"
    assert same.notes[-1] == (
        "The rate seen is so near to the promise that no number of leads a firm will have could tell them apart."
    )


def test_a_rate_whose_interval_ends_just_at_the_promise_is_not_told_from_it() -> None:
    ends = rate(Counts(50, 100))
    told = {
        end: found(many(50, 100), plan(replace(RATE, at_least=share)), "rate_lead_to_won").verdict
        for end, share in (("high", ends.high), ("beyond", math.nextafter(ends.high, 1)), ("low", ends.low))
    }
    assert told == {"high": "no_difference_shown", "beyond": "broken", "low": "kept"}


def test_each_of_several_promised_rates_says_that_its_interval_stands_by_itself() -> None:
    both = plan(RATE, replace(RATE, start="mql"), replace(SPEED, stop="won"))
    said = "One of 2 rates judged: each interval stands at its level by itself."
    leads = many(90, 100)
    assert found(leads, both, "rate_lead_to_won").notes[-1] == said
    assert said in found(leads, both, "rate_mql_to_won").notes
    assert len(found(leads, plan(RATE, replace(SPEED, stop="won")), "rate_lead_to_won").notes) == 1


def test_leads_before_the_signing_are_in_no_promised_rate() -> None:
    leads = [*many(0, 200, day=day("2025-12-31")), *many(90, 100, day=day("2026-01-01"))]
    one = found(leads, plan(RATE, signed=day("2026-01-01")), "rate_lead_to_won")
    assert (one.verdict, one.estimates[0][1].n) == ("kept", 100)


def test_too_few_leads_are_no_proof_of_a_rate() -> None:
    one = found(many(20, 29), plan(RATE), "rate_lead_to_won")
    assert (one.verdict, one.claim, one.because) == (
        "not_enough_data",
        "Whether the promised share gets from lead to won cannot be told yet.",
        "only 29 leads entered lead and at least 30 days before the end of the export, and the charter asks for 30.",
    )


def test_the_leads_it_takes_to_tell_a_rate_from_a_promise_are_refused_like_the_others() -> None:
    with pytest.raises(ValueError, match=r"^a rate must lie between 0 and 1; got 8, for 8% say 0\.08\.$"):
        leads_to_tell(0.5, 8)
    assert leads_to_tell(0.3, 0.3) == float("inf")


def defined(charter: Charter, **stages: Definition) -> Charter:
    return replace(charter, funnel=replace(charter.funnel, definitions=stages))


WHOLE = Definition("marketing", "a form", "back to nurture")


def test_definitions_are_kept_where_every_stage_is_told_whole() -> None:
    one = found([], defined(plan(), lead=WHOLE, mql=WHOLE, won=WHOLE), "definitions")
    assert (one.verdict, one.notes) == ("kept", ())
    assert one.claim == "Each of the 3 stages says who owns it, what enters it and what happens on refusal."
    assert one.estimates == (((), Estimate(1.0, 1.0, 1.0, 3, "share", "count", 0.95, 3)),)


def test_what_a_definition_leaves_out_is_named() -> None:
    one = found([], defined(plan(), lead=WHOLE, mql=Definition("sales")), "definitions")
    assert one.verdict == "broken"
    assert one.claim == "Only 1 of 3 stages says who owns it, what enters it and what happens on refusal."
    assert one.notes == (
        "Of mql the charter does not tell what enters it and what happens on refusal; add enters_when and if_refused "
        "to [funnel.definitions.mql].",
        "Of won the charter does not tell who owns it, what enters it and what happens on refusal; add owner, "
        "enters_when and if_refused to [funnel.definitions.won].",
    )


def reviewed(*days: str, signed: str | None = "2026-01-01", every: int = 35, as_of: str = "2026-06-30") -> Finding:
    charter = plan(as_of=day(as_of), signed=signed and day(signed), reviewed=tuple(map(day, days)), review_every=every)
    return found([], charter, "reviews")


STATED = "as stated in the charter"


def test_reviews_are_kept_where_no_time_between_them_was_longer_than_agreed() -> None:
    one = reviewed("2026-02-01", "2026-03-08", as_of="2026-04-01")
    assert one.verdict == "kept"
    assert one.question == "Do both teams look at the numbers together at least every 35 days?"
    assert one.claim == (
        "The longest time between two reviews was 35 days, from the review (2026-02-01) to the review (2026-03-08); at "
        "most 35 days were agreed."
    )
    assert one.notes == ("The charter records 2 joint reviews since the signing on 2026-01-01.",)
    assert one.estimates == (((), Estimate(35.0, 35.0, 35.0, 2, "days", STATED, 0.95)),)


@pytest.mark.parametrize(
    ("days", "signed", "gap", "where"),
    [
        (("2026-02-10",), "2026-01-01", 40, "from the signing (2026-01-01) to the review (2026-02-10)"),
        (("2026-02-01",), "2026-01-01", 43, "from the review (2026-02-01) to the end of the export (2026-03-16)"),
        (("2026-01-01", "2026-03-01"), None, 59, "from the review (2026-01-01) to the review (2026-03-01)"),
    ],
)
def test_a_review_that_came_late_breaks_the_promise(days: tuple[str, ...], signed: str, gap: int, where: str) -> None:
    one = reviewed(*days, signed=signed, as_of="2026-03-16")
    assert one.verdict == "broken"
    assert one.claim == (f"The longest time between two reviews was {gap} days, {where}; at most 35 days were agreed.")
    assert one.notes[-1] == "It was longer than agreed once."


@pytest.mark.parametrize("days", [(), ("2025-11-01", "2025-12-01")])
def test_where_no_review_took_place_since_the_signing_the_promise_is_broken_once_one_was_due(
    days: tuple[str, ...],
) -> None:
    one = reviewed(*days, as_of="2026-03-16")
    assert one.verdict == "broken"
    assert one.claim == (
        "No joint review took place in 74 days, from the signing (2026-01-01) to the end of the export (2026-03-16); "
        "at most 35 days were agreed."
    )
    assert one.notes == ("The charter records 0 joint reviews since the signing on 2026-01-01.",)
    soon = reviewed(*days, as_of="2026-02-05")
    assert (soon.verdict, soon.notes[1:]) == ("kept", ("The first one is not due yet.",))


def test_where_no_review_took_place_and_nothing_was_signed_nobody_knows_when_one_was_due() -> None:
    one = reviewed(signed=None)
    assert (one.verdict, one.because) == (
        "not_enough_data",
        "no joint review has taken place, and the charter does not say since when one was due; add signed = "
        "2026-01-05, with your day, to [agreement].",
    )


def test_a_review_before_the_signing_or_on_its_day_is_none_of_the_agreement_s() -> None:
    one = reviewed("2025-06-01", "2026-01-01", as_of="2026-01-20")
    assert (one.verdict, one.estimates[0][1].value, one.estimates[0][1].n) == ("kept", 19.0, 0)
    assert one.notes == (
        "The charter records 0 joint reviews since the signing on 2026-01-01.",
        "The first one is not due yet.",
    )


def test_an_export_may_end_before_what_the_plan_already_tells() -> None:
    signed = plan(signed=day("2026-07-01"), reviewed=(day("2026-07-15"),))
    (only,) = agreement(crm_of(many(5, 10), signed))
    assert (only.code, only.verdict, only.because) == (
        "agreement.goals",
        "does_not_apply",
        "the agreement was signed on 2026-07-01, after the end of the export; audit a later export.",
    )
    held = plan(signed=day("2026-06-01"), reviewed=(day("2026-06-15"), day("2026-07-15")))
    looked = found(many(5, 10), held, "reviews")
    assert looked.verdict == "kept"
    assert "The charter records 1 joint review since the signing on 2026-06-01." in looked.notes


def test_without_a_recorded_review_nothing_is_told() -> None:
    one = found([], plan(signed=day("2026-01-01")), "reviews")
    assert (one.verdict, one.claim) == (
        "not_enough_data",
        "Whether both teams look at the numbers together cannot be told.",
    )
    assert one.because == (
        "no joint review is recorded; add reviewed = [2026-05-04, 2026-06-01], with your days, to [agreement]."
    )


def test_a_review_on_the_last_day_of_an_unsigned_agreement_is_in_time() -> None:
    one = reviewed("2026-06-30", signed=None)
    assert (one.verdict, one.estimates[0][1].value) == ("kept", 0.0)


@pytest.mark.parametrize(("signed", "age", "verdict"), [("2025-06-30", 365, "kept"), ("2025-06-29", 366, "broken")])
def test_an_agreement_is_revised_in_time_or_not(signed: str, age: int, verdict: str) -> None:
    one = found([], plan(signed=day(signed)), "revision")
    assert (one.verdict, one.estimates) == (verdict, (((), Estimate(*[float(age)] * 3, 1, "days", STATED, 0.95)),))
    assert one.claim == (
        f"The agreement was last signed or revised on {signed}, {age} days before the end of the export; a revision is "
        "due every 365 days."
    )


def test_an_agreement_of_no_day_has_no_age() -> None:
    one = found([], plan(), "revision")
    assert (one.verdict, one.claim) == ("not_enough_data", "How old the agreement is cannot be told.")
    assert one.because == (
        "the charter does not say when it was signed; add signed = 2026-01-05, with your day, to [agreement]."
    )


def with_sellers(people: int | None, each: float | None, *goals: Goal) -> Charter:
    return replace(plan(*goals, leads_per_seller=each), teams={"sales": Team(people)})


@pytest.mark.parametrize(("people", "verdict"), [(4, "kept"), (3, "broken")])
def test_no_more_leads_are_promised_than_sales_can_work(people: int, verdict: str) -> None:
    one = found([], with_sellers(people, 2.5, WEEKS), "capacity")
    assert one.verdict == verdict
    assert one.claim == (
        f"10 leads are promised to enter lead in every week, and {people} people in sales can work {2.5 * people:g} in "
        "a week, at 2.5 each."
    )
    assert one.estimates == (((), Estimate(10.0, 10.0, 10.0, people, "leads", STATED, 0.95)),)


def test_a_quota_of_sales_is_no_volume_to_work() -> None:
    none = found([], with_sellers(4, 2.5, replace(WEEKS, start="won")), "capacity")
    assert (none.verdict, none.claim) == ("does_not_apply", "No volume of leads to work is promised.")
    assert none.because == 'no volume is promised before won; add an [[agreement.goal]] with kind = "volume".'


def test_every_promised_volume_is_judged_and_the_one_that_is_too_much_is_named() -> None:
    won, mql = replace(WEEKS, start="won", at_least=500.0), replace(WEEKS, start="mql", at_least=20.0)
    one = found([], with_sellers(4, 2.5, won, WEEKS, mql), "capacity")
    assert one.verdict == "broken"
    assert one.claim == (
        "20 leads are promised to enter mql in every week, and 4 people in sales can work 10 in a week, at 2.5 each."
    )
    assert one.notes == (
        "How many leads a seller can work, and how many sellers there are, is what the charter says.",
        "Each of 2 promised volumes is judged by itself, for the same leads may be in several.",
    )
    assert one.estimates == (((), Estimate(20.0, 20.0, 20.0, 4, "leads", STATED, 0.95)),)
    kept = found([], with_sellers(8, 2.5, won, WEEKS, mql), "capacity")
    assert kept.verdict == "kept"
    assert kept.claim == (
        "10 leads are promised to enter lead in every week; 20 leads are promised to enter mql in every week; 8 people "
        "in sales can work 20 in a week, at 2.5 each."
    )


def test_volumes_of_weeks_and_of_months_are_judged_where_it_does_not_matter_of_which_the_capacity_is() -> None:
    month = replace(WEEKS, at_least=1.0, every="month")
    week = replace(WEEKS, start="mql", at_least=5000.0)
    one = found([], with_sellers(4, 25.0, month, week), "capacity")
    assert one.verdict == "broken"
    assert one.claim == (
        "5,000 leads are promised to enter mql in every week, and 4 people in sales can work 100 in a month or a week, "
        "whichever is meant, at 25 each."
    )
    # 23 a week are 100.01 in an average month of 30.4375 days, and 22 are 95.7.
    kept = found([], with_sellers(4, 25.0, month, replace(week, at_least=22.0)), "capacity")
    assert kept.verdict == "kept"
    assert kept.claim == (
        "1 lead is promised to enter lead in every month; 22 leads are promised to enter mql in every week; 4 people "
        "in sales can work 100 in a month or a week, whichever is meant, at 25 each."
    )
    doubt = found([], with_sellers(4, 25.0, month, replace(week, at_least=23.0)), "capacity")
    assert (doubt.verdict, doubt.claim, doubt.because, doubt.estimates) == (
        "not_enough_data",
        "Whether sales can work the leads promised cannot be told.",
        "leads are promised by the month and the week, and the charter does not say of which of these leads_per_seller "
        "is; promise all of them by that one.",
        (),
    )


@pytest.mark.parametrize(
    ("people", "each", "add"),
    [
        (None, None, "people to [teams.sales] and leads_per_seller to [agreement]"),
        (3, None, "leads_per_seller to [agreement]"),
        (None, 2.5, "people to [teams.sales]"),
    ],
)
def test_what_is_missing_to_judge_the_capacity_is_named(people: int | None, each: float | None, add: str) -> None:
    one = found([], with_sellers(people, each, WEEKS), "capacity")
    assert (one.verdict, one.claim) == ("not_enough_data", "Whether sales can work the leads promised cannot be told.")
    assert one.because == f"the charter does not say how many leads sales can work; add {add}."


SIX = ("lead", "mql", "sql", "won")


def rich() -> list[Lead]:
    """A hundred leads: 80 become mql after 2 days, 40 sql after 5, 20 won after 10, each worth 1,000 or 3,000."""
    start = day("2026-01-05")
    return [
        {
            "lead": start,
            "mql": start + 2 * DAY if n < 80 else None,
            "sql": start + 5 * DAY if n < 40 else None,
            "won": start + 10 * DAY if n < 20 else None,
            "amount": 3000.0 if n < 10 else 1000.0,
            "source": "Webinar" if n < 10 else "Cold call",
            "brought_by": "marketing" if n < 10 else "sales",
        }
        for n in range(100)
    ]


def test_all_six_numbers_are_told_where_nothing_is_missing() -> None:
    sources = {
        "Webinar": Source("webinar", "inbound", {"brought_by": "marketing"}),
        "Cold call": Source("cold call", "outbound", {"brought_by": "sales"}),
    }
    charter = plan(Goal("volume", "won", None, 5.0, "month"), stages=SIX, sources=sources, min_group=10)
    crm = touched(crm_of(rich(), charter), [(2, "2026-01-05"), (2, "2026-01-06"), (3, "2026-01-07"), (4, "2026-01-04")])
    one = agreement(crm)[-1]
    assert (one.code, one.verdict, one.notes) == ("agreement.six_numbers", "measured", ())
    quota = leads_for(5, Counts(20, 100)).leads
    told = {group[0][1]: estimate for group, estimate in one.estimates}
    assert list(told) == sorted(told)
    values = {name: (round(estimate.value, 4), estimate.unit, estimate.n) for name, estimate in told.items()}
    assert values == {
        "cycle, lead to mql": (2.0, "days", 100),
        "cycle, mql to sql": (3.0, "days", 80),
        "cycle, sql to won": (5.0, "days", 40),
        "cycle, lead to won": (10.0, "days", 100),
        # Three of the four attempts came on the day of the lead or later.
        "touches to a lead": (0.03, "touches", 100),
        "marketing-qualified leads that become sales-qualified": (0.5, "share", 80),
        "sales-qualified leads that become sales": (0.5, "share", 40),
        "leads needed for the quota": (float(quota), "leads", 100),
        # 30,000 of 40,000.
        "share of revenue from marketing": (0.75, "share", 20),
    }
    assert one.claim.startswith("All six can be told: length of the cycle, 10.0 days ")
    assert f"leads needed for the quota, {quota} in every month for 5 won, nine times in ten" in one.claim
    assert one.claim.endswith("share of revenue from marketing, 75.0% of the 40,000 EUR won.")


def test_what_each_of_the_six_numbers_lacks_is_said() -> None:
    one = found([{"lead": day("2026-01-05")}] * 40, plan(stages=("lead", "won")), "six_numbers")
    assert (one.verdict, one.claim, one.because) == (
        "not_enough_data",
        "None of the six can be told.",
        "what each of them needs is missing; the notes say what.",
    )
    assert one.notes == (
        "Length of the cycle: too few leads have reached won.",
        "Touches to a lead: there is no touches.csv: a list of lead_id and the time of each attempt to reach the lead.",
        "Marketing-qualified leads that become sales-qualified: the funnel has no stages mql and sql; add them, or "
        'write stands_for = "mql" and stands_for = "sql" in the definitions of the stages meant.',
        'Sales-qualified leads that become sales: the funnel has no stage sql; add it, or write stands_for = "sql" in '
        "the definition of the stage meant.",
        'Leads needed for the quota: the agreement sets no quota; add an [[agreement.goal]] with kind = "volume" and '
        'stage = "won".',
        'Share of revenue from marketing: no source says who brings its leads; add brought_by = "marketing" or another '
        "to [sources].",
    )


def test_the_six_numbers_are_found_under_the_names_that_stages_stand_for() -> None:
    usual = plan(stages=SIX, min_group=20)
    theirs = {"mql": "handed_over", "sql": "accepted"}
    charter = defined(
        plan(stages=("lead", "handed_over", "accepted", "won"), min_group=20),
        handed_over=Definition(stands_for="mql"),
        accepted=Definition(stands_for="sql"),
    )
    leads = [{theirs.get(name, name): value for name, value in lead.items()} for lead in rich()]
    one, other = found(rich(), usual, "six_numbers"), found(leads, charter, "six_numbers")
    names = ("marketing-qualified leads that become sales-qualified", "sales-qualified leads that become sales")
    for told in (one, other):
        values = {group[0][1]: (estimate.value, estimate.n) for group, estimate in told.estimates}
        assert [values[name] for name in names] == [(0.5, 80), (0.5, 40)]
    assert f"{names[0]}, 50.0% [39.3%, 60.7%] from handed over to accepted " in other.claim


def test_a_funnel_that_has_its_stages_the_other_way_round_has_no_leads_that_sales_takes_up() -> None:
    one = found([{"lead": day("2026-01-05")}] * 40, plan(stages=("lead", "sql", "mql", "won")), "six_numbers")
    assert "Marketing-qualified leads that become sales-qualified: sql comes before mql in [funnel]." in one.notes


def test_a_quota_that_no_lead_has_met_yet_needs_no_known_number_of_leads() -> None:
    charter = plan(
        Goal("volume", "won", None, 5.0, "month"),
        stages=("lead", "sql"),
    )
    charter = replace(charter, funnel=replace(charter.funnel, stages=("mql", "sql")))
    charter = replace(charter, agreement=Agreement(goals=(Goal("volume", "sql", None, 5.0, "month"),)))
    one = found([{"mql": day("2026-01-05")}] * 40, charter, "six_numbers")
    assert one.verdict == "measured"
    assert "Leads needed for the quota: no lead reached sql, so no number of leads is known to do." in one.notes
    last = "Sales-qualified leads that become sales: sql is the last stage; add the one after it to [funnel]."
    assert last in one.notes


def test_life_tables_that_were_counted_already_are_not_counted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    crm = crm_of(rich(), plan(stages=SIX))
    steps, plain = waited(crm), agreement(crm)
    monkeypatch.setattr(import_module("alignment_metrics.findings.agreement.six"), "waited", None)
    assert agreement(crm, steps) == plain


def test_the_audit_is_the_same_on_every_engine() -> None:
    charter = plan(WEEKS, SPEED, RATE, signed=day("2026-01-10"), as_of=day("2026-06-30"))
    leads = [*quick(20, 40, "2026-01-10"), *many(20, 60, day=day("2026-02-10"))]
    one, other = (agreement(crm_of(leads, charter, engine=engine)) for engine in ("duckdb", "polars"))
    assert [replace(finding, sql=()) for finding in one] == [replace(finding, sql=()) for finding in other]


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_leads_since_a_day_are_those_that_entered_the_stage_then_or_later(engine: str) -> None:
    crm = crm_of(
        [{"lead": day("2026-01-01")}, {"lead": day("2026-01-02")}, {"mql": day("2026-01-03")}], plan(), engine=engine
    )
    assert since(crm, "lead", day("2026-01-02")).journeys.count().to_pyarrow().as_py() == 1
    assert since(crm, "lead", None) is crm
    assert first_day(crm, "lead") == day("2026-01-01")
    assert first_day(crm, "won") is None


def test_attempts_are_counted_lead_by_lead_in_their_time() -> None:
    leads = [{"lead": day("2026-01-01")}, {"lead": day("2026-01-01")}, {"lead": day("2026-06-30")}]
    crm = crm_of(leads, plan())
    assert isinstance(crm.journeys, ibis.Table)
    tries = [(2, "2025-12-31"), (2, "2026-01-01"), (2, "2026-01-11"), (2, "2026-01-12"), (4, "2026-06-30")]
    # Lead 2 twice in ten days, lead 3 never; lead 4 is too young.
    assert attempts(touched(crm, tries), "lead", within_days=10)[0] == Moments.of([2.0, 0.0])
    assert attempts(touched(crm, []), "won", within_days=10)[0] == Moments(0, 0.0, 0.0)
    with pytest.raises(
        ValueError, match=r"^this folder does not say when anybody tried to reach a lead; add touches.csv "
    ):
        attempts(crm, "lead", within_days=10)


def test_what_the_charter_itself_holds_is_true_of_closed_records_too() -> None:
    goals = (Goal("volume", "mql", None, 1.0, "week"), replace(SPEED, stop=None), RATE)
    crm = crm_of(quick(40, 40, "2026-01-05"), plan(*goals, signed=day("2026-01-05")))
    lost = Problem("closed_only", None, 40, (), "Only closed records are there.", set_aside=False)
    cut = Problem("left_truncated", None, 40, (), "The export starts mid-way.", set_aside=False)
    closed, doubted = (
        list(refused(agreement(crm), replace(crm, quality=Quality((FileQuality("a", "custom", 40, 40, (one,)),)))))
        for one in (lost, cut)
    )
    verdicts = {one.code.removeprefix("agreement."): one.verdict for one in closed}
    assert verdicts == {
        "volume_mql": "does_not_apply",
        "speed_lead_to_touch": "does_not_apply",
        "rate_lead_to_won": "does_not_apply",
        "definitions": "broken",
        "reviews": "not_enough_data",
        "revision": "kept",
        "capacity": "not_enough_data",
        "six_numbers": "does_not_apply",
    }
    told = {one.code.removeprefix("agreement.") for one in doubted if one.notes[:1] == ("The export starts mid-way.",)}
    assert told == {"volume_mql", "rate_lead_to_won"}


FOLDER = """
[organisation]
name = "Acme Robotics"
timezone = "Europe/Paris"
as_of = 2026-01-18
[[export]]
file = "leads.csv"
layout = "custom"
timezone = "UTC"
[export.columns]
lead_id = "Id"
lead = "Created"
mql = "Qualified"
[touches]
timezone = "UTC"
[funnel]
stages = ["lead", "mql"]
[policy]
min_group = 3
suppress_below = 0
[agreement]
signed = 2026-01-05
[[agreement.goal]]
kind = "volume"
stage = "lead"
every = "week"
at_least = 2
[[agreement.goal]]
kind = "speed"
from = "lead"
within_hours = 24
share = 0.75
[[agreement.goal]]
kind = "speed"
from = "mql"
within_hours = 1
share = 1.0
"""
# By the clock in Paris the first lead came in on Monday at 0:30, the last but one on Sunday at 23:30.
LEADS = """Id,Created,Qualified
1,2026-01-04 23:30:00,2026-01-06 09:00:00
2,2026-01-07 10:00:00,2026-01-07 11:00:00
3,2026-01-11 22:30:00,2026-01-12 10:00:00
4,2026-01-11 23:30:00,
"""
# To the second: 24 hours after the first lead; an hour and a second after the second one qualified; the last never.
TRIES = """lead_id,at
1,2026-01-05 23:30:00
1,2026-01-06 09:00:00
2,2026-01-07 12:00:01
3,2026-01-11 22:30:10
3,2026-01-12 10:30:00
"""


def test_weeks_and_hours_are_those_of_the_organisation_s_time_zone(tmp_path: Path) -> None:
    for name, text in (("charter.toml", FOLDER), ("leads.csv", LEADS), ("touches.csv", TRIES)):
        (tmp_path / name).write_text(text, "utf-8")
    volume, hours, later = agreement(read_export(read_charter(tmp_path)))[:3]
    assert volume.verdict == "broken"
    assert {group: estimate.value for group, estimate in volume.estimates if group} == {
        (("week", "2026-W02"),): 3.0,
        (("week", "2026-W03"),): 1.0,
    }
    assert hours.verdict == "kept"
    assert hours.claim == (
        "Of 4 leads that entered lead since 2026-01-05, 3 were followed up within 24 hours (75.0%). Promised was at "
        "least 75%, which is 3."
    )
    assert hours.notes[-1] == "Hours are those of a clock on the wall: nights and weekends count."
    assert later.verdict == "broken"
    assert later.claim == (
        "Of 3 leads that entered mql since 2026-01-05, 2 were followed up within 1 hour (66.7%). Promised was all, "
        "which is 3."
    )


# In Paris clocks went forward in the night to Sunday, 29 March 2026, and had been an hour behind until then: the week
# of 23 March ran from Sunday 23:00 to Sunday 22:00 in UTC.
CLOCKS = """Id,Created,Qualified
1,2026-03-16 09:00:00,2026-03-17 09:00:00
2,2026-03-22 22:59:59,2026-03-22 23:00:00
3,2026-03-22 23:00:00,2026-03-23 09:00:00
4,2026-03-29 21:59:59,2026-03-29 21:59:59
5,2026-03-29 22:00:00,2026-03-29 22:30:00
6,2026-04-01 22:00:00,2026-04-02 09:00:00
"""
# The second lead 24 hours later to the second, the third an hour too late; by the clocks on the wall the fourth was
# tried on the next day an hour later than it came.
TRIED = """lead_id,at
2,2026-03-23 22:59:59
3,2026-03-24 00:00:00
4,2026-03-30 21:59:59
5,2026-03-30 22:00:01
"""


def test_a_week_in_which_clocks_change_is_whole_and_an_hour_stays_an_hour(tmp_path: Path) -> None:
    charter = FOLDER.replace("as_of = 2026-01-18", "as_of = 2026-04-05").replace("2026-01-05", "2026-03-16")
    for name, text in (("charter.toml", charter), ("leads.csv", CLOCKS), ("touches.csv", TRIED)):
        (tmp_path / name).write_text(text, "utf-8")
    volume, hours, _ = agreement(read_export(read_charter(tmp_path)))[:3]
    assert {group: estimate.value for group, estimate in volume.estimates if group} == {
        (("week", "2026-W12"),): 2.0,
        (("week", "2026-W13"),): 2.0,
        (("week", "2026-W14"),): 2.0,
    }
    assert (volume.verdict, hours.estimates[0][1].hits, hours.estimates[0][1].n) == ("kept", 2, 6)
