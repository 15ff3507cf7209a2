"""The chapters on time: curves, cohorts, forecasts and waits, on exports small enough to work out by hand."""

from __future__ import annotations

import datetime as dt
import math
import shutil
from pathlib import Path
from typing import Any

import pytest
from engines import AS_OF, Lead, charter_of, crm_of, many
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment_metrics.crm import Crm
from alignment_metrics.exports import read_export
from alignment_metrics.findings import audit
from alignment_metrics.findings.cohorts import YOUNG
from alignment_metrics.findings.curve import MATURED, NEVER_LOST, SEEN, USUAL
from alignment_metrics.measures import Reach, Wait
from alignment_metrics.samples import plan, truth, write_sample
from alignment_metrics.stats.contrasts import gray
from alignment_metrics.tallies import tally
from alignment_metrics.values import Counts, Estimate, Finding

DAY = dt.timedelta(days=1)
LONG_AGO = AS_OF - 700 * DAY
# Twelve leads of the oracle, case K13 (R survival 3.5-3, and by hand): one of its days is thirty of these.
K13 = [
    *((0, "won"), (0, "won"), (0, "lost"), (1, "won"), (2, None), (2, "lost")),
    *((3, "won"), (4, None), (5, "won"), (6, "lost"), (7, None), (7, None)),
]


def at(finding: Finding, **group: str) -> Estimate:
    (found,) = (one for name, one in finding.estimates if dict(name) == group)
    return found


def named(findings: tuple[Finding, ...], code: str) -> Finding:
    (found,) = (one for one in findings if one.code == code)
    return found


def waited(day: int, how: str | None, start: dt.date = LONG_AGO) -> Lead:
    """A lead whose wait ended so, after so many days; None: it is as old today and still open."""
    if how is None:
        return {"lead": AS_OF - day * DAY}
    return {"lead": start, how: start + day * DAY}


def twelve(**policy: Any) -> Crm:
    charter = charter_of(
        stages=("lead", "won"), exits=("lost",), **{"within_days": 210, "min_group": 2, "suppress_below": 0} | policy
    )
    return crm_of([waited(30 * day, how) for day, how in K13], charter)


def test_a_curve_is_that_of_aalen_and_johansen() -> None:
    (found, *_) = audit(twelve(), only="curve")
    assert found.code == "curve.lead_to_won"
    known = {int(label): one.value for ((key, label), *_), one in found.estimates[1:] if key == "day"}
    # F(1), F(2), F(3), F(6), F(7) of the oracle: nothing is won on its days 2, 6 and 7.
    expected = {30: 0.25, 60: 0.25, 90: 0.347222222222222, 180: 0.46875, 210: 0.46875}
    assert known == pytest.approx(expected, abs=1e-12)
    assert at(found).value == pytest.approx(0.46875)
    assert all(at(found, day=str(day)).n == 12 for day in expected)


def test_four_ways_of_counting_stand_side_by_side() -> None:
    (found, *_) = audit(twelve(), only="curve")
    # Won of all: 5 of 12. Old enough for 210 days: 8 that ended, 2 of 210 days; 5 of these 10 won.
    assert at(found, rate=USUAL).value == pytest.approx(5 / 12)
    assert at(found, rate=MATURED).value == pytest.approx(5 / 10)
    assert at(found, rate=SEEN) == at(found)
    assert at(found, rate=NEVER_LOST).value == pytest.approx(0.537037037037037, abs=1e-12)
    assert found.claim == (
        "Of 12 leads that entered lead, 25.0% [5.5%, 51.5%] by day 30 and 46.9% [14.0%, 74.7%] by day 210 had reached "
        "won (95% intervals). Leads still open are counted for as long as they were seen."
    )
    assert found.notes == (
        "Still waiting and under watch at the start of day 30: 9; 60: 8; 90: 6; 180: 3; 210: 2.",
        "How the waits ended: 5 reached won, 3 lost; 4 were open at the end.",
        "Whoever left is counted as one who will not convert any more, and stays in the denominator (competing risks).",
        "The usual count, 5 of 12 leads without a window, would say 41.7%: 5.2 points less than the 46.9% by day 210.",
        "Were those that left treated as merely out of sight (Kaplan-Meier), it would be 53.7%: the share that would "
        "convert if no lead were ever disqualified, or left otherwise, which is nobody's share.",
        "After day 1 fewer than 10 leads were still under watch: read the rest with care.",
        "Intervals hold for each day by itself, not for the whole curve at once.",
    )


def test_where_all_have_left_the_share_of_nobody_cannot_be_told_and_is_not() -> None:
    crm = crm_of([waited(20, "won")] * 20 + [waited(40, "lost")] * 20, charter_of(within_days=90))
    found = named(audit(crm, only="curve"), "curve.lead_to_won")
    assert at(found).value == pytest.approx(0.5)
    assert not [note for note in found.notes if "Kaplan-Meier" in note or "nan" in note]


def test_a_curve_goes_as_far_as_the_data_and_no_further() -> None:
    crm = crm_of([waited(20, "won", AS_OF - 50 * DAY), *[waited(70, None)] * 9], charter_of(min_group=5))
    found = named(audit(crm, only="curve"), "curve.lead_to_won")
    assert [dict(name)["day"] for name, _ in found.estimates if "day" in dict(name)] == ["30", "60"]
    assert math.isnan(at(found, rate=SEEN).value)
    assert math.isnan(at(found).value)
    assert at(found).n == 10


@pytest.mark.parametrize(
    ("rows", "because"),
    [
        ([], "no lead entered lead."),
        ([waited(99, None)] * 7, "only 7 leads entered lead, and the charter asks for 30 leads."),
        ([waited(99, None)] * 4, "fewer than 5 leads entered lead, and the charter asks for 30 leads."),
        ([waited(9, None)] * 30, "no lead that entered lead was seen for 30 days, the longest for 9."),
    ],
)
def test_a_curve_that_cannot_be_told_says_why(rows: list[Lead], because: str) -> None:
    found = named(audit(crm_of(rows, charter_of(stages=("lead", "won"))), only="curve"), "curve.lead_to_won")
    assert found.verdict == "not_enough_data"
    assert found.because == because
    assert found.claim == "The curve from lead to won cannot be told yet."


def follow(day: dt.date, leads: int, *waits: int, **more: Any) -> list[Lead]:
    """So many leads of one day, of which the first won after these days."""
    won = [{"won": day + wait * DAY} for wait in waits] + [{}] * (leads - len(waits))
    return [{"lead": day, **one, **more} for one in won]


COHORTS = [
    *follow(dt.date(2026, 1, 10), 40, *[10] * 4, *[45] * 6, *[80] * 2),
    *follow(dt.date(2026, 2, 10), 50, *[10] * 5, *[70] * 5),
    *follow(dt.date(2026, 4, 10), 50, *[10] * 5, *[70] * 5),
    *follow(dt.date(2026, 5, 31), 40, *[10] * 6, 30),
    *follow(dt.date(2026, 6, 20), 40, *[5] * 3),
]
TWO_STAGES = charter_of(stages=("lead", "won"))


def test_cells_that_could_not_be_seen_yet_are_empty_and_never_zero() -> None:
    found = named(audit(crm_of(COHORTS, TWO_STAGES), only="cohorts"), "cohorts.lead_to_won")
    cells = {
        (dict(name)["cohort"], int(dict(name)["day"])): (one.hits, one.n)
        for name, one in found.estimates
        if [key for key, _ in name] == ["cohort", "day"]
    }
    # Seen is a month when its last day is so old: 150 days for January, 122 for February, 61 for April, 30 for May.
    assert cells == {
        ("2026-01", 30): (4, 40), ("2026-01", 60): (10, 40), ("2026-01", 90): (12, 40), ("2026-01", 120): (12, 40),
        ("2026-01", 150): (12, 40),
        ("2026-02", 30): (5, 50), ("2026-02", 60): (5, 50), ("2026-02", 90): (10, 50), ("2026-02", 120): (10, 50),
        ("2026-04", 30): (5, 50), ("2026-04", 60): (5, 50),
        ("2026-05", 30): (7, 40),
    }  # fmt: skip


def test_a_cohort_has_a_rate_only_when_all_of_it_is_old_enough() -> None:
    found = named(audit(crm_of(COHORTS, TWO_STAGES), only="cohorts"), "cohorts.lead_to_won")
    rates = {name: at(found, cohort=name) for name in ("2026-01", "2026-02", "2026-04", "2026-05", "2026-06")}
    assert {name: (one.hits, one.n) for name, one in rates.items()} == {
        "2026-01": (12, 40),
        "2026-02": (10, 50),
        "2026-04": (None, 50),
        "2026-05": (None, 40),
        "2026-06": (None, 40),
    }
    assert [name for name, one in rates.items() if one.method == YOUNG and math.isnan(one.value)] == [
        "2026-04",
        "2026-05",
        "2026-06",
    ]
    assert (at(found).hits, at(found).n) == (12 + 10, 40 + 50)
    assert at(found, cohort="2026-06", rate=USUAL).value == pytest.approx(3 / 40)
    assert math.isnan(at(found, cohort="2026-06", rate=MATURED).value)
    assert math.isnan(at(found, cohort="2026-06", rate=SEEN).value)
    assert found.claim == (
        "Of 90 leads old enough, 24.4% [16.7%, 34.2%] reached won by day 90 (95% intervals). By month of entry it runs "
        "from 20.0% [11.2%, 33.0%] (2026-02, n = 50) to 30.0% [18.1%, 45.4%] (2026-01, n = 40), no more than chance "
        "may "
        "explain (p = 0.27): which of them is best is not established."
    )
    assert found.notes[:3] == (
        "The usual report would say 20.0% for 2026-04, 17.5% for 2026-05 and 7.5% for 2026-06. These leads have not "
        "had "
        "their time: set beside older ones, that tells nothing.",
        "Old enough for 90 days is all of the months up to 2026-02; none, or next to none, of 2026-04 to 2026-06.",
        "At equal age: by day 30, 17.5% of 2026-05 (40 leads) and 10.0% of the months before it, +7.5 points [-3.2, "
        "+22.5] (95% interval of this one look; whether a change is real is asked below).",
    )


@settings(max_examples=6, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 28), st.integers(0, 28)), max_size=30))
def test_leads_too_young_change_nothing_of_older_cohorts(young: list[tuple[int, int]]) -> None:
    more = [
        {"lead": AS_OF - ago * DAY} | ({"won": AS_OF - (ago - wait) * DAY} if wait <= ago else {})
        for ago, wait in young
    ]
    old = COHORTS[:-40]

    def told(rows: list[Lead]) -> list[object]:
        found = named(audit(crm_of(rows, TWO_STAGES), only="cohorts"), "cohorts.lead_to_won")
        return [one for one in found.estimates if dict(one[0]).get("cohort") != "2026-06"]

    assert repr(told(old + more)) == repr(told(old))


def test_weeks_and_quarters_are_cohorts_too() -> None:
    for period, label, days in (("week", "2026-W02", ["7", "14"]), ("quarter", "2026Q1", ["90"])):
        crm = crm_of(COHORTS, charter_of(stages=("lead", "won"), cohort=period))
        found = named(audit(crm, only="cohorts"), "cohorts.lead_to_won")
        there = [dict(name)["day"] for name, _ in found.estimates if dict(name).keys() == {"cohort", "day"}
                 and dict(name)["cohort"] == label]  # fmt: skip
        assert there[: len(days)] == days
        assert f"in each {period}," in found.question


def test_cohorts_of_very_few_leads_are_not_shown_nor_to_be_worked_out() -> None:
    rows = [*COHORTS, *follow(dt.date(2026, 3, 10), 3, 10)]
    found = named(audit(crm_of(rows, TWO_STAGES), only="cohorts"), "cohorts.lead_to_won")
    shown = {dict(name)["cohort"] for name, _ in found.estimates if "cohort" in dict(name)}
    assert shown == {"2026-01", "2026-02", "2026-04", "2026-05", "2026-06"}
    # The three are in no total that they could be had from by taking the others away.
    assert at(found).n == 40 + 50
    assert "1 month of few leads is not shown." in found.notes


def test_cohorts_too_small_for_a_rate_have_no_cells() -> None:
    rows = [*COHORTS, *follow(dt.date(2026, 3, 10), 20, *[10] * 5)]
    found = named(audit(crm_of(rows, TWO_STAGES), only="cohorts"), "cohorts.lead_to_won")
    march = [(name, one) for name, one in found.estimates if dict(name).get("cohort") == "2026-03"]
    ((name, one),) = march
    assert (name, one.hits, one.n, math.isnan(one.value)) == ((("cohort", "2026-03"),), 5, 20, True)


def test_each_step_pays_for_the_others_when_asked_whether_its_cohorts_differ() -> None:
    # 60 of 100 against 45 of 100: p = 0.034 by itself, and twice that as one of two that can be asked.
    early, late = dt.date(2025, 5, 1), dt.date(2025, 8, 1)
    rows = [lead | {"mql": lead["lead"]} for lead in (*many(60, 100, day=early), *many(45, 100, day=late))]
    found = audit(crm_of(rows, charter_of()), only="cohorts")
    for code in ("cohorts.mql_to_won", "cohorts.lead_to_won"):
        assert "no more than chance may explain (p = 0.067)" in named(found, code).claim


def test_the_tests_by_direction_and_by_source_pay_for_each_other() -> None:
    rows = [
        *follow(LONG_AGO, 100, *[20] * 30, source="webinar"),
        *follow(LONG_AGO, 100, *[20] * 17, source="cold call"),
    ]
    crm = crm_of(rows, TWO_STAGES)
    *_, direction, source = audit(crm, only="curve")
    by_source = {cell[0]: ages for cell, ages in tally(crm, Wait("lead", "won"), by="source").cells}
    alone = gray(by_source).pvalue
    assert 0.025 < alone < 0.05
    for found in (direction, source):
        assert f"is shown (p = {2 * alone:.3f}), which is not the same as none" in found.claim
        assert not found.differs


def test_who_gets_there_sooner_is_told_by_name() -> None:
    rows = [
        *follow(LONG_AGO, 100, *[20] * 60, source="webinar"),
        *follow(LONG_AGO, 100, *[40] * 60, source="cold call"),
    ]
    *_, direction, source = audit(crm_of(rows, TWO_STAGES), only="curve")
    # Sixty of a hundred arrive twenty days earlier: 12 days a lead.
    assert any(
        note.startswith("Until they reach the stage, inbound leads take 12.0 days [") for note in direction.notes
    )
    assert any(" less than cold call ones, of 90 days at most" in note for note in source.notes)


def test_what_came_after_the_last_day_to_go_by_is_told_apart() -> None:
    rows = [*follow(AS_OF - 50 * DAY, 100, *[10] * 60), *follow(AS_OF - 500 * DAY, 9, *[400] * 5)]
    found = named(audit(crm_of(rows, TWO_STAGES), only="cycle"), "cycle.lead_to_won")
    assert found.claim.startswith("Leads that reach won within 50 days take 10.0 days [")
    assert "says 40.0: it counts 5 more, which came after day 50." in found.claim
    assert at(found).n == 60


def test_where_the_export_starts_midway_older_leads_make_no_cohort() -> None:
    rows = follow(dt.date(2026, 1, 10), 60, *[80] * 20) + follow(dt.date(2026, 2, 10), 60, *[80] * 12)
    crm = crm_of(rows, charter_of(stages=("lead", "won"), history_from=dt.date(2026, 2, 1)))
    found = named(audit(crm, only="cohorts"), "cohorts.lead_to_won")
    assert (at(found).hits, at(found).n) == (12, 60)
    assert math.isnan(at(found, cohort="2026-01").value)
    curve = named(audit(crm, only="curve"), "curve.lead_to_won")
    # All 120 are under watch by day 80, where 32 of them win; the January leads only since their day 22.
    assert at(curve, day="90").value == pytest.approx(32 / 120)
    assert "60 leads came in before the export begins to tell, and are watched from then on." in curve.notes


def test_where_hardly_any_lead_was_watched_from_the_start_no_curve_is_told() -> None:
    rows = follow(dt.date(2026, 1, 10), 90, *[80] * 20) + follow(dt.date(2026, 3, 10), 9, *[20] * 3)
    crm = crm_of(rows, charter_of(stages=("lead", "won"), history_from=dt.date(2026, 3, 1)))
    found = named(audit(crm, only="curve"), "curve.lead_to_won")
    assert found.verdict == "not_enough_data"
    assert found.because == (
        "fewer than 10 leads were watched from the day they entered lead; of the others, only those still waiting when "
        "the export begins to tell are known."
    )
    for code in ("cohorts.lead_to_won", "cycle.lead_to_won"):
        other = named(audit(crm), code)
        assert (other.verdict, other.because) == ("not_enough_data", found.because)


def test_a_group_that_was_hardly_watched_from_the_start_is_not_compared() -> None:
    begin = dt.date(2026, 3, 1)
    rows = [
        *follow(dt.date(2026, 3, 10), 60, *[20] * 20, source="webinar"),
        *follow(dt.date(2026, 3, 10), 60, *[20] * 20, source="trade show"),
        *follow(dt.date(2026, 1, 10), 60, *[80] * 20, source="cold call"),
    ]
    crm = crm_of(rows, charter_of(stages=("lead", "won"), history_from=begin))
    *_, source = audit(crm, only="curve")
    assert {dict(name)["source"] for name, _ in source.estimates if name} == {"webinar", "trade show"}
    assert any(note.endswith("is decided in the chapter on sources.") for note in source.notes)


def test_too_few_leads_for_a_curve_are_too_few_to_compare() -> None:
    *_, direction, source = audit(crm_of(follow(LONG_AGO, 20, 5), TWO_STAGES), only="curve")
    assert (direction.verdict, direction.because) == (
        "not_enough_data",
        "fewer than two known directions have the 30 leads that a curve takes.",
    )
    assert source.because == "fewer than two known sources have the 30 leads that a curve takes."


def test_a_few_leads_cannot_be_had_by_taking_groups_from_a_total() -> None:
    rows = [
        *follow(LONG_AGO, 100, *range(1, 41), source="webinar"),
        *follow(LONG_AGO, 100, *range(1, 41), source="cold call"),
        *follow(LONG_AGO, 3, 5),
    ]
    *_, direction, source = audit(crm_of(rows, TWO_STAGES), only="curve")
    for found in (direction, source):
        assert all(name for name, _ in found.estimates)
    young = named(
        audit(crm_of([*follow(AS_OF - 40 * DAY, 60, *[9] * 20), *follow(LONG_AGO, 3)], TWO_STAGES)), "curve.lead_to_won"
    )
    assert not any(dict(name).get("rate") == MATURED for name, _ in young.estimates)
    quarterly = named(
        audit(crm_of([*quarters(0.1, 0.1, 0.1), *follow(dt.date(2025, 10, 10), 3)], TWO_STAGES), only="cohorts"),
        "cohorts.change",
    )
    assert at(quarterly).n == 9000


def test_groups_of_which_nobody_has_converted_are_not_compared() -> None:
    rows = [*follow(LONG_AGO, 60, source="webinar"), *follow(LONG_AGO, 60, source="cold call")]
    *_, direction, _ = audit(crm_of(rows, TWO_STAGES), only="curve")
    assert (direction.verdict, direction.curves) == ("not_enough_data", ())
    assert direction.because == "too few, or none, of the leads have reached won yet, or nearly all of them at once."


def test_groups_are_compared_as_one_family() -> None:
    rows = [
        *follow(LONG_AGO, 200, *range(1, 81), source="webinar"),
        *follow(LONG_AGO, 200, *range(1, 81, 2), source="cold call"),
        *follow(LONG_AGO, 50, *range(1, 41)),
    ]
    *_, direction, source = audit(crm_of(rows, TWO_STAGES), only="curve")
    assert (direction.code, source.code) == ("curve.direction", "curve.source")
    assert direction.differs
    assert source.differs
    assert direction.claim == (
        "The curves of the 2 known directions differ by more than chance explains (p < 0.001). By day 90 there had "
        "reached won: inbound 40.0% [33.2%, 46.7%] and outbound 20.0% [14.8%, 25.8%] (95% intervals)."
    )
    assert at(direction, direction="inbound", day="90").value == pytest.approx(0.4)
    assert [name for name, _ in direction.curves] == [(("direction", "inbound"),), (("direction", "outbound"),)]
    assert at(direction).n == 450


def test_one_group_alone_is_compared_with_nothing() -> None:
    crm = crm_of(follow(LONG_AGO, 200, *range(1, 81), source="webinar"), TWO_STAGES)
    *_, direction, source = audit(crm, only="curve")
    assert direction.verdict == source.verdict == "not_enough_data"
    assert direction.because == "fewer than two known directions have the 30 leads that a curve takes."


def quarters(*rates: float, leads: int = 3000) -> list[Lead]:
    starts = [dt.date(2025, 1, 10), dt.date(2025, 4, 10), dt.date(2025, 7, 10), dt.date(2025, 10, 10)]
    return [
        one
        for start, rate in zip(starts, rates, strict=False)
        for one in follow(start, leads, *[20] * round(leads * rate))
    ]


def test_a_change_that_survives_every_look_is_found_and_none_is_made_up() -> None:
    risen = named(audit(crm_of(quarters(0.10, 0.10, 0.10, 0.18), TWO_STAGES), only="cohorts"), "cohorts.change")
    steady = named(audit(crm_of(quarters(0.10, 0.11, 0.09, 0.11), TWO_STAGES), only="cohorts"), "cohorts.change")
    assert risen.verdict == "higher"
    assert risen.claim.startswith(
        "In 2025Q4 the rate is really higher than in the first quarters: 18.0% of 3,000 leads old enough, against "
        "10.0% of 6,000 leads (2025Q1 to 2025Q2). The difference is +8.0 points ["
    )
    assert steady.verdict == "no_difference_shown"


def test_a_change_before_the_latest_quarter_is_named() -> None:
    found = named(audit(crm_of(quarters(0.10, 0.10, 0.20, 0.10), TWO_STAGES), only="cohorts"), "cohorts.change")
    assert found.verdict == "no_difference_shown"
    assert "Really apart from the baseline: 2025Q3." in found.notes
    assert not found.differs


@pytest.mark.parametrize(
    ("rows", "because"),
    [
        (
            quarters(0.01, leads=500),
            "a baseline takes 50 conversions and as many leads without one, and there are 5 and 495 among the leads "
            "old enough.",
        ),
        (
            quarters(0.10, leads=500),
            "all quarters that hold enough leads old enough make the baseline, and none came after them.",
        ),
        (
            quarters(0.1, 0.1, leads=500) + quarters(0, 0, 0.5, leads=20),
            "no later quarter has enough leads old enough.",
        ),
    ],
)
def test_without_a_baseline_or_a_quarter_after_it_no_change_is_told(rows: list[Lead], because: str) -> None:
    found = named(audit(crm_of(rows, TWO_STAGES), only="cohorts"), "cohorts.change")
    assert (found.verdict, found.because) == ("not_enough_data", because)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Crm:
    folder = tmp_path_factory.mktemp("sample") / "client"
    write_sample(folder, leads=60_000, layout="parquet", seed=7)
    return read_export(folder)


def test_the_planted_curve_lies_within_its_intervals(sample: Crm) -> None:
    found = named(audit(sample, only="curve"), "curve.lead_to_won")
    for day in (30, 60, 90, 180):
        planted = truth.rates(null=False, within=day)["lead_to_won"]["overall"]
        one = at(found, day=str(day))
        assert one.low <= planted <= one.high, day
        assert one.high - one.low < 0.01
    # What the usual report would have said is further away than all that.
    assert at(found, rate=USUAL).high < truth.rates(null=False)["lead_to_won"]["overall"]


def test_the_planted_wait_lies_within_its_interval_and_the_usual_mean_does_not(sample: Crm) -> None:
    found = named(audit(sample, only="cycle"), "cycle.lead_to_won")
    mean = sum(days * n / 64 for wait in plan.WAITS for days, n in wait.items())
    usual = at(found, leads="converted so far, as usually counted", measure="mean")
    assert at(found).low <= mean <= at(found).high
    assert usual.high < mean
    assert at(found).unit == "days"


def test_a_forecast_made_half_a_year_ago_held_what_came(sample: Crm, tmp_path: Path) -> None:
    # By the plan no wait is longer than 185 days, so what these leads did is known today.
    folder = tmp_path / "then"
    shutil.copytree(sample.charter.folder, folder)
    charter = (folder / "charter.toml").read_text("utf-8")
    (folder / "charter.toml").write_text(charter.replace("as_of = 2026-06-30", "as_of = 2025-12-31"), "utf-8")
    found = named(audit(read_export(folder), only="cohorts"), "cohorts.forecast")
    came = dict(tally(sample, Reach("lead", "won"), by="month").cells)
    assert found.verdict == "measured"
    held = {}
    for name, one in found.estimates[1:]:
        month = dict(name)["cohort"]
        counts = came[(month,)]
        if month >= "2025-07":
            assert one.low < one.high
            held[month] = one.low <= counts.hits / counts.total <= one.high
    assert len(held) == 6
    # Of six 80% intervals, fewer than three hold only once in sixty times.
    assert sum(held.values()) >= 3
    everyone = sum((counts for (month,), counts in came.items() if month <= "2025-12"), start=Counts(0, 0))
    whole = at(found)
    assert whole.n == everyone.total
    assert whole.low <= everyone.hits / everyone.total <= whole.high
    (tried,) = (note for note in found.notes if note.startswith("Tried on the past"))
    assert "where 80% are promised" in tried


def test_a_forecast_from_next_to_nothing_is_refused() -> None:
    crm = crm_of(follow(dt.date(2026, 1, 10), 60, *[10] * 9), TWO_STAGES)
    found = named(audit(crm, only="cohorts"), "cohorts.forecast")
    assert found.verdict == "not_enough_data"
    assert found.because == (
        "it takes 3 months of which all leads were seen for 60 days and 20 conversions by day 30 or later; 1 has been "
        "seen so long, with 9 conversions."
    )


def test_what_has_converted_already_is_not_still_to_come() -> None:
    starts = [dt.date(2025, month, 10) for month in range(9, 13)] + [dt.date(2026, month, 10) for month in range(1, 7)]
    rows = [one for start in starts for one in follow(start, 40, *[0] * 40)]
    found = named(audit(crm_of(rows, TWO_STAGES), only="cohorts"), "cohorts.forecast")
    assert found.claim.startswith(
        "Of 400 leads that entered lead in whole months, 400 have reached won, and 0 more [0, 0] are expected to by "
        "day 270"
    )
    assert at(found, cohort="2026-06").low == 1.0


def test_a_forecast_never_falls_short_of_what_has_come(sample: Crm) -> None:
    found = named(audit(sample, only="cohorts"), "cohorts.forecast")
    ends = {dict(name)["cohort"]: one for name, one in found.estimates if dict(name).keys() == {"cohort"}}
    so_far = {dict(name)["cohort"]: one for name, one in found.estimates if "reached" in dict(name)}
    assert ends.keys() == so_far.keys()
    assert all(so_far[name].value <= one.low <= one.value <= one.high <= 1 for name, one in ends.items())


def test_months_without_leads_are_no_periods_to_try_a_forecast_on() -> None:
    starts = [dt.date(2025, month, 10) for month in (1, 3, 5, 7, 9, 11)]
    rows = [one for start in starts for one in follow(start, 60, *[10] * 6, *[50] * 6)]
    found = named(
        audit(crm_of(rows, charter_of(stages=("lead", "won"), as_of=dt.date(2026, 1, 31))), only="cohorts"),
        "cohorts.forecast",
    )
    assert "Some months brought no leads, or hardly any, so the forecast cannot be tried on the past." in found.notes
    assert not any(note.startswith("Tried on the past") for note in found.notes)


def test_cohorts_that_convert_nearly_all_or_not_at_all_are_forecast_or_refused_and_nothing_breaks() -> None:
    rows = [
        *follow(dt.date(2026, 3, 5), 30, *[70] * 25),
        *follow(dt.date(2026, 4, 5), 30),
        *follow(dt.date(2026, 5, 5), 30, *[10] * 20),
    ]
    found = named(audit(crm_of(rows, TWO_STAGES)), "cohorts.forecast")
    assert found.verdict in ("measured", "not_enough_data")
    assert all(one.low <= one.value <= one.high for _, one in found.estimates)


def test_leads_that_all_converted_at_once_took_no_days() -> None:
    found = named(audit(crm_of(follow(LONG_AGO, 60, *[0] * 60), TWO_STAGES), only="cycle"), "cycle.lead_to_won")
    assert found.verdict == "measured"
    assert at(found).value == 0.0
    assert "The usual mean of those that have arrived says 0.0: much the same." in found.claim


def test_how_long_a_step_took_is_told_with_the_open_ones_counted_in() -> None:
    # 30 of 60 win after 10 days; of 60 who are 20 days old, 15 have won after 10 days: half in 10 days, as before.
    rows = follow(LONG_AGO, 60, *[10] * 30, *[40] * 30) + follow(AS_OF - 20 * DAY, 60, *[10] * 30)
    found = named(audit(crm_of(rows, TWO_STAGES), only="cycle"), "cycle.lead_to_won")
    usual = at(found, leads="converted so far, as usually counted", measure="mean")
    # The 30 open ones will win after 40 days too, as all others did: (10 + 40) / 2 instead of (60 * 10 + 30 * 40) / 90.
    assert at(found).value == pytest.approx(25.0)
    assert usual.value == pytest.approx(20.0)
    assert found.claim.startswith("Leads that reach won within 40 days take 25.0 days [")
    assert "The usual mean of those that have arrived says 20.0: 5.0 days less." in found.claim
    assert "Half of all that entered lead have left within 10 days, converted or otherwise." in found.claim


@pytest.mark.parametrize(
    ("rows", "because"),
    [
        (follow(LONG_AGO, 60, *[10] * 9), "only 9 reached won, and the charter asks for 30 leads."),
        (follow(LONG_AGO, 20), "only 20 leads entered lead, and the charter asks for 30 leads."),
    ],
)
def test_a_wait_that_hardly_any_ended_is_not_told(rows: list[Lead], because: str) -> None:
    found = named(audit(crm_of(rows, TWO_STAGES), only="cycle"), "cycle.lead_to_won")
    assert (found.verdict, found.because) == ("not_enough_data", because)


def test_every_step_has_its_curve_its_cohorts_and_its_wait(root: Path) -> None:
    found = audit(read_export(root / "data" / "sample" / "hubspot"))
    steps = ["lead_to_mql", "mql_to_sal", "sal_to_sql", "sql_to_opportunity", "opportunity_to_won", "lead_to_won"]
    for chapter, more in (("curve", ["direction", "source"]), ("cohorts", ["change", "forecast"]), ("cycle", [])):
        codes = [one.code for one in found if one.chapter == chapter]
        assert codes == [f"{chapter}.{step}" for step in (*steps, *more)]


def test_a_rate_says_that_leads_from_before_the_export_begins_are_not_in_it() -> None:
    rows = follow(dt.date(2026, 1, 10), 60, *[80] * 20) + follow(dt.date(2026, 2, 10), 60, *[80] * 12)
    crm = crm_of(rows, charter_of(stages=("lead", "won"), history_from=dt.date(2026, 2, 1)))
    (found,) = audit(crm, only="conversion")
    assert (at(found).hits, at(found).n) == (12, 60)
    assert (
        "Leads that entered before 2026-02-01 are in no rate: of them only those still waiting then are there."
        in found.notes
    )
