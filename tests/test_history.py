"""Files that have a row an event: which of them are entries, what becomes of the others, and of records."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import pytest
from folders import charter, messages_of, problems_of, read, rows_of, text_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alignment_metrics.exports import ExportError

LEADS = [("lead_id", "source", "lead"), ("1", "Web", "2026-01-05"), ("2", "Call", "2026-01-06")]
STAGES = {"New": "lead", "Qualified": "mql", "Customer": "won"}
HISTORY = {"file": "history.csv", "layout": "history", "timezone": "UTC"}
HEADER = ("record_id", "stage", "time")


def plan(*, leads: bool = True, stages: tuple[str, ...] = ("lead", "mql", "won"), **more: Any) -> str:
    history = HISTORY | {"stages": {"Qualified": "mql", "Customer": "won"} if leads else STAGES}
    files = ({"file": "leads.csv"}, history) if leads else (history,)
    return charter(*files, stages=stages, sources={} if not leads else {"Web": ("website", "inbound")}, **more)


def entries(crm: Any) -> list[tuple[Any, ...]]:
    found = [tuple(row.values()) for row in crm.entries.to_pyarrow().to_pylist()]
    return sorted((lead, str(day), stage) for lead, stage, _, day, _ in found)


def test_a_history_tells_the_stages_that_a_file_of_leads_does_not(tmp_path: Path) -> None:
    rows = [HEADER, ("1", "Qualified", "2026-01-07 10:00"), ("1", "Customer", "2026-02-01 23:30")]
    crm = read(tmp_path, {"leads.csv": text_of(LEADS), "history.csv": text_of(rows)}, plan())
    assert rows_of(crm.journeys, "lead_id", "lead", "mql", "won") == [
        ("1", dt.date(2026, 1, 5), dt.date(2026, 1, 7), dt.date(2026, 2, 2)),  # half past midnight in Paris
        ("2", dt.date(2026, 1, 6), None, None),
    ]
    told = [tuple(row.values()) for row in crm.entries.to_pyarrow().to_pylist() if row["stage"] != "lead"]
    assert sorted(told, key=str) == [
        ("1", "mql", dt.datetime(2026, 1, 7, 10), dt.date(2026, 1, 7), True),
        ("1", "won", dt.datetime(2026, 2, 1, 23, 30), dt.date(2026, 2, 2), True),
    ]
    assert messages_of(crm) == [
        "1 row has no row in history.csv; counted as not having entered its stages (row 3).",
        "1 row has a source that [sources] does not list: 1 value not named here; counted as unknown (row 3).",
    ]
    assert messages_of(crm, 1) == []


def test_a_history_may_be_all_there_is(tmp_path: Path) -> None:
    rows = [
        (*HEADER, "company_size"),
        ("1", "New", "2026-01-05 09:00", "small"),
        ("1", "Qualified", "2026-01-07 10:00", ""),
        ("2", "Qualified", "2026-01-08 10:00", "large"),
        ("2", "Customer", "2026-01-09 10:00", "large"),
    ]
    crm = read(tmp_path, {"history.csv": text_of(rows)}, plan(leads=False, segments=("company_size",)))
    assert rows_of(crm.journeys, "lead_id", "company_size", "lead", "mql", "won") == [
        ("1", "small", dt.date(2026, 1, 5), dt.date(2026, 1, 7), None)
    ]
    assert (crm.quality.files[0].rows_read, crm.quality.files[0].rows_kept) == (4, 2)
    assert messages_of(crm) == ["2 rows belong to a record that never came to lead; set aside (rows 4, 5)."]


def test_what_is_no_entry_is_counted_and_told(tmp_path: Path) -> None:
    rows = [
        HEADER,
        ("1", "Qualified", "2026-01-07 10:00"),
        ("1", "Qualified", "2026-01-07 10:00"),  # written twice
        ("1", "Nurture", "2026-01-08 10:00"),
        ("", "Qualified", "2026-01-08 10:00"),
        ("1", "Customer", ""),
        ("1", "Customer", "soon"),
        ("1", "Customer", "1970-01-01 00:00"),
        ("1", "Customer", "2026-07-09 00:00"),
        ("9", "Customer", "2026-01-09 00:00"),
    ]
    crm = read(tmp_path, {"leads.csv": text_of(LEADS), "history.csv": text_of(rows)}, plan())
    assert entries(crm) == [("1", "2026-01-05", "lead"), ("1", "2026-01-07", "mql"), ("2", "2026-01-06", "lead")]
    assert messages_of(crm, 1) == [
        "1 row repeats an event in all that is read of it; one is kept; set aside (row 3).",
        "1 row has a time before 1990; set aside (row 8).",
        "1 row has no lead_id; set aside (row 5).",
        "1 row has no time; set aside (row 6).",
        "1 row has a lead_id that no lead of leads.csv has; set aside (row 10).",
        "1 row has a time that cannot be read; set aside (row 7).",
        "1 row has a time after 2026-06-30; counted as not entered yet (row 9).",
        "1 row tells a stage that neither [funnel] nor [export.stages] knows; counted as no entry (row 4).",
    ]
    account = crm.quality.files[1]
    assert (account.rows_read, account.rows_kept, account.rows_set_aside) == (9, 3, 6)


@pytest.mark.parametrize(("entry", "day"), [("first", 7), ("last", 20)])
def test_a_stage_entered_again_counts_by_the_entry_that_the_charter_names(tmp_path: Path, entry: str, day: int) -> None:
    rows = [
        HEADER,
        ("1", "Qualified", "2026-01-20 10:00"),
        ("1", "Recycled", "2026-01-10 10:00"),
        ("1", "Qualified", "2026-01-07 10:00"),
    ]
    files = {"leads.csv": text_of(LEADS), "history.csv": text_of(rows)}
    history = HISTORY | {"stages": {"Qualified": "mql", "Recycled": "recycled", "Customer": "won"}}
    text = charter(
        {"file": "leads.csv"}, history, stages=("lead", "mql", "won"), exits=("recycled",), funnel={"entry": entry}
    )
    with pytest.raises(ExportError, match="no file has a column for the stage 'won'"):
        read(tmp_path, files, text)
    files["history.csv"] += "2,Customer,2026-01-09 10:00\n"
    crm = read(tmp_path, files, text)
    assert rows_of(crm.journeys, "mql")[0] == (dt.date(2026, 1, day),)
    assert ("1", "2026-01-07", "mql") in entries(crm)
    assert ("1", "2026-01-20", "mql") in entries(crm)
    assert messages_of(crm, 1) == [
        f'1 row tells an entry into a stage that the record had entered before; the {entry} counts (entry = "{entry}") '
        "(row 2)."
    ]


def test_of_labels_that_change_in_a_history_the_first_stands_and_the_change_is_counted(tmp_path: Path) -> None:
    rows = [
        (*HEADER, "size"),
        ("1", "Qualified", "2026-01-07 10:00", "a large one"),
        ("1", "New", "2026-01-05 10:00", "small"),
        ("1", "Customer", "2026-01-09 10:00", ""),
        ("2", "New", "2026-01-05 10:00", "small"),
        ("2", "Customer", "2026-01-09 10:00", "small"),
    ]
    crm = read(tmp_path, {"history.csv": text_of(rows)}, plan(leads=False, segments=("size",)))
    assert rows_of(crm.journeys, "lead_id", "size") == [("1", "small"), ("2", "small")]
    assert messages_of(crm)[0] == (
        "1 row begins a record whose events differ in size; what the first of them tells stands (row 2)."
    )


def test_who_comes_back_from_elsewhere_comes_to_the_stage_again(tmp_path: Path) -> None:
    rows = [
        HEADER,
        ("1", "Qualified", "2026-01-06 10:00"),
        ("1", "Nurture", "2026-01-07 10:00"),
        ("1", "Qualified", "2026-01-08 10:00"),
        ("1", "Customer", "2026-01-09 10:00"),
    ]
    files = {"leads.csv": text_of(LEADS), "history.csv": text_of(rows)}
    crm = read(tmp_path, files, plan(funnel={"entry": "last"}))
    assert rows_of(crm.journeys, "mql")[0] == (dt.date(2026, 1, 8),)
    assert problems_of(crm, 1)["re_entry"] == (1, (4,))


def test_leads_of_a_history_from_before_the_charters_first_day_are_set_aside_with_all_their_events(
    tmp_path: Path,
) -> None:
    rows = [HEADER, ("1", "New", "2026-01-05"), ("1", "Customer", "2026-01-09"), ("2", "New", "2026-01-06")]
    rows += [("2", "Qualified", "2026-01-07"), ("2", "Customer", "2026-01-08")]
    crm = read(tmp_path, {"history.csv": text_of(rows)}, plan(leads=False, since="2026-01-06"))
    assert rows_of(crm.journeys, "lead_id") == [("2",)]
    assert messages_of(crm)[0] == (
        "2 rows belong to a record with a lead date before 2026-01-06; set aside (rows 2, 3)."
    )
    assert {lead for lead, _, _ in entries(crm)} == {"2"}


def test_parts_of_a_history_tell_their_stages_together(tmp_path: Path) -> None:
    first = [HEADER, ("1", "New", "2026-01-05"), ("2", "New", "2026-01-06")]
    second = [HEADER, ("1", "Qualified", "2026-01-07"), ("2", "Customer", "2026-01-08")]
    files = {"a.csv": text_of(first), "b.csv": text_of(second)}
    text = plan(leads=False).replace('file = "history.csv"', 'file = ["a.csv", "b.csv"]')
    assert rows_of(read(tmp_path, files, text).journeys, "lead_id", "mql", "won") == [
        ("1", dt.date(2026, 1, 7), None),
        ("2", None, dt.date(2026, 1, 8)),
    ]


SALESFORCE = ("Opportunity ID", "From Stage", "To Stage", "Last Modified", "Amount")
MOVES = [
    ("006Nw0000000001", "", "Qualification", "2026-01-10T09:00:00.000+0000", "100"),
    ("006Nw0000000001", "Qualification", "Qualification", "2026-01-12T09:00:00.000+0000", "200"),
    ("006Nw0000000001", "Qualification", "Closed Won", "2026-02-10T09:00:00.000+0000", "200"),
]


@pytest.mark.parametrize("order", [MOVES, MOVES[::-1]])
def test_a_change_of_amount_is_no_move_and_the_order_of_rows_is_none_of_time(
    tmp_path: Path, order: list[tuple[str, ...]]
) -> None:
    leads = [
        ("Lead ID", "Lead Source", "Created Date", "Converted Opportunity ID"),
        ("00QNw0000000001MAA", "Web", "2026-01-05T09:00:00.000+0000", "006Nw0000000001IAA"),
    ]
    text = charter(
        {"file": "leads.csv", "layout": "salesforce-leads"},
        {
            "file": "history.csv",
            "layout": "salesforce-opportunity-history",
            "stages": {"Qualification": "opportunity"},
        },
        stages=("lead", "opportunity", "won"),
        sources={"Web": ("website", "inbound")},
    )
    crm = read(tmp_path, {"leads.csv": text_of(leads), "history.csv": text_of([SALESFORCE, *order])}, text)
    (lead,) = crm.journeys.to_pyarrow().to_pylist()
    assert (lead["opportunity"], lead["won"]) == (dt.date(2026, 1, 10), dt.date(2026, 2, 10))
    assert len(entries(crm)) == 3
    assert problems_of(crm, 1) == {}


def test_of_the_fields_that_change_only_the_one_that_tells_the_stage_is_read(tmp_path: Path) -> None:
    rows = [
        ("lead_id", "activity_date", "activity_type_id", "primary_attribute_value", "old_value", "new_value"),
        ("1", "2026-01-07T10:00:00Z", "13", "Lifecycle", "New", "Qualified"),
        ("1", "2026-01-08T10:00:00Z", "13", "Lead Score", "10", "Customer"),
        ("1", "2026-01-09T10:00:00Z", "13", "Lifecycle", "Qualified", "Customer"),
    ]
    marketo = {"file": "activities.csv", "layout": "marketo-activities", "field": "Lifecycle"}
    text = charter(
        {"file": "leads.csv"},
        marketo | {"stages": {"Qualified": "mql", "Customer": "won"}},
        stages=("lead", "mql", "won"),
    )
    crm = read(tmp_path, {"leads.csv": text_of(LEADS), "activities.csv": text_of(rows)}, text)
    assert rows_of(crm.journeys, "mql", "won")[0] == (dt.date(2026, 1, 7), dt.date(2026, 1, 9))


def test_a_stage_that_two_files_tell_is_asked_about(tmp_path: Path) -> None:
    rows = [HEADER, ("1", "lead", "2026-01-07 10:00"), ("1", "Customer", "2026-01-08 10:00")]
    files = {"leads.csv": text_of(LEADS), "history.csv": text_of(rows)}
    history = HISTORY | {"stages": {"Customer": "won"}}
    with pytest.raises(ExportError) as caught:
        read(tmp_path, files, charter({"file": "leads.csv"}, history))
    assert caught.value.problems == (
        "'lead' is read from leads.csv and history.csv; take it out of [export.columns] of all but one, or say "
        'ignore = ["lead"] there.',
    )
    crm = read(tmp_path, files, charter({"file": "leads.csv"}, history | {"ignore": ["lead"]}))
    assert rows_of(crm.journeys, "lead", "won")[0] == (dt.date(2026, 1, 5), dt.date(2026, 1, 8))


# A loop over the events is the oracle.

EVENTS = st.lists(
    st.tuples(st.sampled_from("123"), st.sampled_from(["New", "Qualified", "Customer", "?"]), st.integers(0, 400)),
    min_size=1,
    max_size=25,
)


def moves(events: list[tuple[str, str, int]]) -> dict[str, list[tuple[int, int, str]]]:
    """The moves of each record, in order of time; of one day, in the order of the funnel."""
    places = ["lead", "mql", "won"]
    found: dict[str, list[tuple[int, int, str]]] = {}
    for lead, word, day in sorted(
        set(events), key=lambda one: (one[2], list(STAGES).index(one[1]) if one[1] in STAGES else 9)
    ):
        if word in STAGES and day <= 200:
            stage = STAGES[word]
            if not found.get(lead) or found[lead][-1][2] != stage:
                found.setdefault(lead, []).append((day, places.index(stage), stage))
    return {lead: some for lead, some in found.items() if any(stage == "lead" for _, _, stage in some)}


@given(events=EVENTS)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_entries_and_journeys_are_those_that_a_loop_over_the_events_finds(
    tmp_path: Path, events: list[tuple[str, str, int]]
) -> None:
    start, as_of = dt.date(2026, 1, 1), dt.date(2026, 7, 20)
    assert (as_of - start).days == 200
    expected = moves(events)
    rows = [HEADER, *((lead, word, (start + dt.timedelta(days=day)).isoformat()) for lead, word, day in events)]
    random.Random(len(events)).shuffle(rows[1:])
    there = {STAGES[word] for _, word, _ in events if word in STAGES}
    text = plan(leads=False, stages=("lead", "mql", "won"), as_of=as_of.isoformat())
    if not expected or there != {"lead", "mql", "won"}:
        with pytest.raises(ExportError):
            read(tmp_path, {"history.csv": text_of(rows)}, text)
        return
    crm = read(tmp_path, {"history.csv": text_of(rows)}, text)
    told = [
        (lead, (start + dt.timedelta(days=day)).isoformat(), stage)
        for lead, some in expected.items()
        for day, _, stage in some
    ]
    assert entries(crm) == sorted(told)
    days = {
        lead: {stage: min(day for day, _, one in some if one == stage) for _, _, stage in some}
        for lead, some in expected.items()
    }
    for row in crm.journeys.to_pyarrow().to_pylist():
        for stage in ("lead", "mql", "won"):
            day = days[row["lead_id"]].get(stage)
            assert row[stage] == (None if day is None else start + dt.timedelta(days=day))
    assert crm.journeys.count().to_pyarrow().as_py() == len(days)
    account = crm.quality.files[0]
    assert account.rows_read == len(events)
