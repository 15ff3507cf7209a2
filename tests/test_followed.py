"""How soon leads were answered: what leaves the engine, the laws it obeys, and why some of it cannot be told."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from engines import AS_OF, ENGINES, charter_of, crm_of, table_of
from folders import charter, read, text_of
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment_metrics.charter import Charter
from alignment_metrics.crm import NEVER, Crm, answer
from alignment_metrics.findings import followed as told
from alignment_metrics.measures import Answered, AnswerTime, Measure, Reach
from alignment_metrics.quality import FileQuality, Problem, Quality
from alignment_metrics.tallies import answer_minutes, clocked, followed, tally
from alignment_metrics.values import Counts, Moments

DAY, HOUR = dt.timedelta(days=1), 3600
CHARTER = charter_of()
NO_LIST = "there is no touches.csv: a list of lead_id and the time of each attempt to reach the lead"
Row = dict[str, Any]


def touched(leads: Sequence[Row], *, engine: str = "duckdb", plan: Charter = CHARTER) -> Crm:
    """An export of these leads: ``waited`` tells the seconds to the first attempt (left out: not known), and ``tried``
    the days after the lead came on which there was one."""
    crm = crm_of(leads, plan, engine=engine)
    waits = pa.array([lead.get("waited") for lead in leads], pa.int64())
    journeys = crm.journeys.to_pyarrow().sort_by("row").append_column(answer("lead"), waits)
    days = [(row, lead["lead"] + day * DAY) for row, lead in enumerate(leads, start=2) for day in lead.get("tried", ())]
    touches = pa.table(
        {
            "row": pa.array([row for row, _ in days], pa.int64()),
            "at": pa.array([dt.datetime.combine(day, dt.time(9)) for _, day in days], pa.timestamp("us")),
            "day": pa.array([day for _, day in days], pa.date32()),
        }
    )
    return replace(crm, journeys=table_of(journeys, engine), touches=table_of(touches, engine))


def lead(ago: int, waited: int | None = NEVER, *tried: int, **more: Any) -> Row:
    return {"lead": AS_OF - ago * DAY, "waited": waited, "tried": tried, **more}


def count(found: tuple[Counts, str] | str) -> Counts:
    assert not isinstance(found, str), found
    counts, sql = found
    assert sql.startswith("SELECT")
    return counts


waits = st.one_of(st.none(), st.just(NEVER), st.integers(0, 3 * HOUR), st.integers(0, 40 * 86400))
rows = st.lists(
    st.builds(
        lambda ago, waited, tried, size: lead(ago, waited, *tried, source=size),
        st.one_of(st.integers(28, 32), st.integers(0, 400)),
        waits,
        st.lists(st.integers(-3, 40), max_size=3),
        st.sampled_from(["webinar", "cold call"]),
    ),
    max_size=30,
)


to_the_second = rows.map(lambda leads: [one for one in leads if one["waited"] is not None])


# What is counted, against the same worked out lead by lead.


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=25)
@given(leads=rows, within_days=st.integers(1, 60), ends=st.tuples(st.floats(0, 24), st.floats(0, 24)))
def test_answers_are_those_that_came_in_the_span_of_all_that_had_their_chance(
    engine: str, leads: list[Row], within_days: int, ends: tuple[float, float]
) -> None:
    after, within = sorted(ends)
    if after == within:
        within += 0.5
    old = [one for one in leads if one["lead"] <= AS_OF - within_days * DAY and one["waited"] is not None]
    hits = [one for one in old if one["waited"] <= within * HOUR and (one["waited"] > after * HOUR or not after)]
    expected = Counts(sum(one["waited"] >= 0 for one in hits), len(old))
    measure = Answered("lead", after_hours=after, within_hours=within, within_days=within_days)
    assert tally(touched(leads, engine=engine), measure).counts() == expected


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=25)
@given(leads=rows)
def test_hours_to_the_answer_are_summed_to_the_second(engine: str, leads: list[Row]) -> None:
    old = [one["waited"] for one in leads if one["lead"] <= AS_OF - 30 * DAY and one["waited"] is not None]
    seconds = [waited for waited in old if 0 <= waited <= 30 * 86400]
    found = tally(touched(leads, engine=engine), AnswerTime("lead")).total()
    squares = sum(waited * waited for waited in seconds)
    assert found == Moments(len(seconds), sum(seconds) / HOUR, squares / HOUR**2)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=25)
@given(leads=rows, within_days=st.integers(0, 40))
def test_a_lead_is_followed_up_where_somebody_tried_it_in_time(engine: str, leads: list[Row], within_days: int) -> None:
    old = [one for one in leads if one["lead"] <= AS_OF - within_days * DAY]
    hits = {
        source: sum(any(0 <= day <= within_days for day in one["tried"]) for one in old if one["source"] == source)
        for source in ("cold call", "webinar")
    }
    found = followed(touched(leads, engine=engine), "lead", within_days=within_days, by=("source", "quarter"))
    assert {source: counts.counts().hits for source, counts in found.split("source").items()} == {
        source: hits[source] for source in sorted({one["source"] for one in old})
    }
    assert found.counts() == Counts(sum(hits.values()), len(old))
    assert found.by() == followed(touched(leads, engine=engine), "lead", within_days=within_days)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_known_to_the_second_is_counted(engine: str) -> None:
    crm = touched([lead(90, 5, 1), lead(90, None, 1), lead(90, NEVER), lead(2, None)], engine=engine)
    found = clocked(crm, "lead", within_days=30)
    assert (found.touches, found.leads) == (Counts(2, 2), Counts(2, 3))
    assert answer_minutes(touched([lead(90, 119), lead(90, 120), lead(90, 60)]), "lead", within_days=30)[0] == {
        1: 2,
        2: 1,
    }


# The laws.


@settings(max_examples=25)
@given(leads=to_the_second)
def test_within_an_hour_a_day_later_and_never_are_all_leads(leads: list[Row]) -> None:
    crm = touched([*leads, lead(90, 0, 0)])
    parts = [
        count(told.answered(crm, within_hours=1)),
        count(told.answered(crm, after_hours=1, within_hours=24)),
        count(told.answered(crm, after_hours=24)),
        count(told.unanswered(crm)),
    ]
    assert len({part.total for part in parts}) == 1
    assert sum(part.hits for part in parts) == parts[0].total


@settings(max_examples=15)
@given(leads=st.one_of(rows, to_the_second), order=st.randoms(use_true_random=False))
def test_neither_the_order_of_leads_nor_young_ones_change_any_of_it(leads: list[Row], order: random.Random) -> None:
    def everything(some: list[Row], engine: str = "duckdb") -> list[Any]:
        crm = touched(some, engine=engine)
        asked = [
            told.answered(crm, within_hours=1),
            told.unanswered(crm),
            told.answer_hours(crm),
            told.answer_median(crm),
            told.followed_up(crm, "lead", within_days=30),
        ]
        return [one if isinstance(one, str) else one[0] for one in asked]

    first = [lead(90, 90, 0), *leads]
    mixed = list(first)
    order.shuffle(mixed)
    young = [lead(ago, waited, 0) for ago, waited in ((0, 5), (29, NEVER), (12, None), (1, 86400))]
    assert everything(first) == everything(mixed) == everything([*first, *young]) == everything(first, "polars")


def test_cells_of_a_breakdown_add_up() -> None:
    leads = [lead(90 + ago, waited, source=source) for ago, waited, source in itertools.product(
        range(3), (5, 4000, NEVER, None), ("webinar", "cold call")
    )]  # fmt: skip
    found = tally(touched(leads), Answered("lead", within_hours=1), by=("source", "month"))
    assert found.counts() == Counts(6, 18)
    assert {source: part.counts() for source, part in found.split("source").items()} == dict.fromkeys(
        ("cold call", "webinar"), Counts(3, 9)
    )


# The edges.


def test_an_hour_is_sixty_minutes_to_the_second() -> None:
    crm = touched([lead(30, waited) for waited in (0, 3599, 3600, 3601, 86400, 86401, 30 * 86400, 30 * 86400 + 1)])
    assert count(told.answered(crm, within_hours=1)) == Counts(3, 8)
    assert count(told.answered(crm, after_hours=1, within_hours=24)) == Counts(2, 8)
    assert count(told.answered(crm, after_hours=24)) == Counts(2, 8)
    assert count(told.unanswered(crm)) == Counts(1, 8)


def test_a_fraction_of_an_hour_is_whole_seconds_whatever_its_last_bit() -> None:
    crm = touched([lead(30, waited) for waited in (1044, 1045)])  # 0.29 of an hour is 1044 seconds
    assert count(told.answered(crm, within_hours=0.29)) == Counts(1, 2)
    assert count(told.answered(crm, after_hours=0.29)) == Counts(1, 2)


def test_means_and_medians_are_of_the_answered_alone() -> None:
    crm = touched([lead(40, 3600), lead(40, 7200), lead(40, 5 * HOUR + 59), lead(40), lead(40, 31 * 86400)])
    found = told.answer_hours(crm)
    assert not isinstance(found, str)
    assert found[0].n == 3
    assert found[0].sum == pytest.approx(8 + 59 / 3600, abs=1e-12)
    half = told.answer_median(crm)
    assert half[0] == 2.0
    even = told.answer_median(touched([lead(40, 60 * minute) for minute in (1, 3, 5, 7)]))
    assert even[0] == 3 / 60


@pytest.mark.parametrize(
    ("hours", "message"),
    [
        ((2, 1), "got more than 2 hours and at most 1, within 30 days."),
        ((-1, 1), "got more than -1 hours and at most 1, within 30 days."),
        ((0, 721), "got more than 0 hours and at most 721, within 30 days."),
        ((0, float("nan")), "got more than 0 hours and at most nan, within 30 days."),
        ((720, None), "got more than 720 hours and at most 720, within 30 days."),
    ],
)
def test_a_span_that_is_none_is_refused(hours: tuple[float, float | None], message: str) -> None:
    with pytest.raises(ValueError, match="answers are counted in a span") as caught:
        Answered("lead", after_hours=hours[0], within_hours=hours[1])
    assert str(caught.value) == f"answers are counted in a span of hours within within_days; {message}"


def test_days_that_are_no_whole_number_are_refused() -> None:
    with pytest.raises(ValueError, match="within_days must be a whole number of days, 0 or more; got -1"):
        AnswerTime("lead", within_days=-1).check(CHARTER.funnel)


def test_an_unknown_stage_and_hours_that_nobody_keeps_are_refused() -> None:
    crm = touched([lead(90, 5)])
    measures: list[Measure[Any]] = [Answered("sal"), AnswerTime("sal")]
    for measure in measures:
        with pytest.raises(ValueError, match="unknown stage 'sal'; this funnel has lead, mql, won"):
            tally(crm, measure)
    with pytest.raises(ValueError, match="the hours from mql to the first attempt are not known") as caught:
        tally(crm, Answered("mql"))
    assert str(caught.value) == "the hours from mql to the first attempt are not known; the folder needs touches.csv."


@pytest.mark.parametrize("ask", [lambda crm: followed(crm, "lead", within_days=1), lambda crm: clocked(
    crm, "lead", within_days=1
)])  # fmt: skip
def test_attempts_that_no_list_tells_cannot_be_counted(ask: Any) -> None:
    with pytest.raises(ValueError, match="this folder does not say") as caught:
        ask(crm_of([], CHARTER))
    assert str(caught.value) == (
        "this folder does not say when anybody tried to reach a lead; add touches.csv with the columns lead_id and at."
    )


# Why it cannot be told.


def reasons(crm: Crm, start: str = "lead") -> list[Any]:
    first = [told.answered(crm), told.unanswered(crm), told.answer_hours(crm), told.answer_median(crm)]
    return [*first, told.followed_up(crm, start, within_days=30)]


def test_without_a_list_of_attempts_nothing_can_be_told() -> None:
    crm = crm_of([{"lead": AS_OF - 90 * DAY}], CHARTER)
    assert reasons(crm) == [NO_LIST] * 5
    assert told.beside(crm) == ()


def test_without_a_lead_that_had_its_chance_nothing_can_be_told() -> None:
    why = "no lead entered lead at least 30 days before the end of the export"
    assert reasons(touched([lead(29, 5, 0)])) == [why] * 5
    crm = touched([lead(90, 5, 0)])
    assert reasons(crm, "won")[-1] == "no lead entered won at least 30 days before the end of the export"
    one = told.answered(touched([lead(0, 5, 0)]), within_hours=2, within_days=1)
    assert one == "no lead entered lead at least 1 day before the end of the export"


def test_where_nobody_answered_there_is_no_mean() -> None:
    crm = touched([lead(90), lead(90, 31 * 86400, 31)])
    assert count(told.answered(crm)) == Counts(0, 2)
    why = "nobody tried to reach a lead within 30 days of its coming"
    assert [told.answer_hours(crm), told.answer_median(crm)] == [why, why]
    assert count(told.unanswered(crm)) == Counts(2, 2)


def test_leads_of_which_only_the_day_is_known_have_no_hours_but_days() -> None:
    crm = touched([lead(90, None, 0), lead(90, None)])
    why = "only the day is known on which leads entered lead; export them with the time of day"
    assert [told.answered(crm), told.answer_hours(crm), told.answer_median(crm)] == [why] * 3
    assert count(told.unanswered(crm)) == count(told.followed_up(crm, "lead", within_days=30)) == Counts(1, 2)


def test_hours_from_a_stage_that_no_goal_names_are_not_kept() -> None:
    crm = touched([lead(90, 5, 0)])
    assert told.answered(crm, start="mql") == "no goal of the charter asks how many hours pass from mql on"


LEADS = [("lead_id", "lead", "won"), *((str(one), "2026-01-06T10:00:00Z", "") for one in range(60))]


def folder(path: Path, days: int, *, more: str = "") -> Crm:
    """Sixty leads, each answered an hour after it came; of the first few only the day is told."""
    told_of = [(str(one), "2026-01-06" if one < days else "2026-01-06T11:00:00Z") for one in range(60)]
    files = {"leads.csv": text_of(LEADS), "touches.csv": text_of([("lead_id", "at"), *told_of]) + more}
    return read(path, files, charter(sources={}))


def test_where_attempts_are_days_only_hours_cannot_be_told(tmp_path: Path) -> None:
    crm = folder(tmp_path, 60)
    why = "the list of attempts tells their days only; export it with the time of day"
    assert [told.answered(crm), told.answer_hours(crm)] == [why] * 2
    assert count(told.unanswered(crm)) == Counts(0, 60)
    assert told.beside(crm) == (f"Days are counted and not hours, since {why}.",)


def test_where_many_attempts_are_days_only_the_others_would_look_like_all(tmp_path: Path) -> None:
    why = "of 2 of 60 attempts only the day is known; export them with the time of day"
    assert told.answered(folder(tmp_path / "two", 2)) == why
    crm = folder(tmp_path / "one", 1)
    assert count(told.answered(crm, within_hours=1)) == Counts(59, 59)
    assert told.beside(crm) == (
        "Hours are those of a wall clock, nights and weekends included; an automatic reply that the list holds counts "
        "as an attempt.",
        "Left out: fewer than 5 of 60 leads, since of their coming or of the first attempt only the day is known.",
    )


def blurred(n: int, total: int, **more: Any) -> list[Row]:
    """So many leads of a total that came 90 days before the end and waited nobody knows how long; all tried at once."""
    return [lead(90, None if number < n else 60, 0, **more) for number in range(total)]


def test_where_the_wait_of_many_leads_is_not_known_the_others_do_not_speak_for_them() -> None:
    crm = touched(blurred(1140, 1200))
    why = "of 1,140 of 1,200 leads only the day is known; export them with the time of day"
    assert [told.answered(crm, within_hours=2), told.answer_hours(crm), told.answer_median(crm)] == [why] * 3
    assert count(told.unanswered(crm)) == Counts(0, 1200)
    assert told.beside(crm) == (f"Days are counted and not hours, since {why}.",)
    few = "of fewer than 5 of 149 leads only the day is known; export them with the time of day"
    assert told.answered(touched(blurred(3, 149))) == few
    assert count(told.answered(touched(blurred(3, 150)))) == Counts(147, 147)


def test_it_is_the_leads_that_had_their_chance_and_are_asked_about_whose_waits_must_be_known() -> None:
    young = [lead(29, None) for _ in range(9)]
    assert count(told.answered(touched([*blurred(0, 30), *young]))) == Counts(30, 30)
    both = [*blurred(0, 30, source="webinar"), *blurred(9, 30, source="cold call")]
    crm = touched(both)
    assert told.answered(crm) == "of 9 of 60 leads only the day is known; export them with the time of day"
    assert count(told.answered(crm, direction="inbound")) == Counts(30, 30)
    why = "of 9 of 30 outbound leads only the day is known; export them with the time of day"
    ask: list[Any] = [told.answered, told.answer_hours, told.answer_median]
    assert [one(crm, direction="outbound") for one in ask] == [why] * 3
    assert told.beside(crm, direction="outbound") == (f"Days are counted and not hours, since {why}.",)
    (clock,) = told.beside(crm, direction="inbound")
    assert clock.startswith("Hours are those of a wall clock")
    assert count(told.unanswered(crm, direction="outbound")) == Counts(0, 30)
    every = touched(blurred(30, 30, source="cold call"))
    assert told.answered(every, direction="outbound") == (
        "only the day is known on which outbound leads entered lead; export them with the time of day"
    )


def test_attempts_that_name_no_lead_are_told_where_they_are_many(tmp_path: Path) -> None:
    clock = "Hours are those of a wall clock"
    crm = folder(tmp_path / "few", 0, more="x,2026-01-06T11:00:00Z\n")
    assert [note.partition(",")[0] for note in told.beside(crm)] == [clock]
    crm = folder(tmp_path / "many", 0, more="x,2026-01-06T11:00:00Z\n" * 2)
    assert told.beside(crm)[1:] == ("2 of 62 rows of touches.csv name no lead of this export, and count for none.",)


def test_the_file_of_a_list_is_named_without_what_a_terminal_would_obey() -> None:
    problem = Problem("no_lead", "lead_id", 3, (2,), "", True)
    quality = Quality((FileQuality("a\x1b[31m.csv", "touches", 3, 0, (problem,)),))
    notes = told.beside(replace(touched([lead(90, 5, 0)]), quality=quality))
    assert notes[1].startswith("3 of 3 rows of a\\x1b[31m.csv name")


def test_old_enough_is_the_same_for_answers_as_for_rates() -> None:
    crm = touched([lead(ago, 5, 0, won=AS_OF) for ago in range(20, 40)])
    assert count(told.answered(crm)).total == tally(crm, Reach("lead", "won", within_days=30)).counts().total == 10
