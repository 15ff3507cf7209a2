"""When somebody tried to reach a lead: what becomes of every row of the list, and how soon leads were answered."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest
from folders import charter, messages_of, problems_of, read, rows_of, text_of, write

from alignment_metrics.crm import NEVER, Crm, answer
from alignment_metrics.exports import ExportError, read_export
from alignment_metrics.exports.touches import TOUCHES
from alignment_metrics.files.headers import plain

LEADS = [
    ("lead_id", "source", "lead", "mql", "won"),
    ("1", "Web", "2026-01-05T10:00:40Z", "2026-01-06T10:00:00Z", "2026-03-01T10:00:00Z"),
    ("2", "Call", "2026-01-06T10:00:00Z", "", "2026-02-01T10:00:00Z"),
    ("3", "Web", "2026-01-07T09:00:00Z", "2026-01-07T09:00:00Z", ""),
    ("4", "Web", "2026-01-08T09:00:00Z", "", ""),
]
STAGES = ("lead", "mql", "won")
WAITED = answer("lead")
Files = dict[str, str | bytes]


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def client(folder: Path, touches: str | bytes, *, more: str = "", **kind: Any) -> Crm:
    return read(folder, {"leads.csv": text_of(LEADS), "touches.csv": touches}, charter(stages=STAGES, **kind) + more)


def waits(crm: Crm, stage: str = "lead") -> dict[str, int | None]:
    """The seconds that each lead waited for its first attempt."""
    return dict(rows_of(crm.journeys, "lead_id", answer(stage)))


def attempts(crm: Crm) -> list[tuple[Any, ...]]:
    """The row of the lead, the time and the day of each attempt."""
    assert crm.touches is not None
    assert crm.touches.columns == ("row", "at", "day")
    found = crm.touches.to_pyarrow().to_pylist()
    return sorted(((one["row"], one["at"], one["day"]) for one in found), key=str)


def refused(folder: Path, touches: str | bytes, *, more: str = "") -> list[str]:
    with pytest.raises(ExportError) as caught:
        client(folder, touches, more=more)
    return list(caught.value.problems)


def test_a_folder_without_a_list_of_attempts_has_none_and_no_waits(tmp_path: Path) -> None:
    crm = read(tmp_path, {"leads.csv": text_of(LEADS)}, charter(stages=STAGES))
    assert crm.touches is None
    assert [file.path for file in crm.quality.files] == ["leads.csv"]
    assert WAITED not in crm.journeys.columns


def test_each_attempt_is_of_the_lead_it_names_and_the_first_since_it_came_is_the_answer(tmp_path: Path) -> None:
    rows = [
        ("lead_id", "at", "who"),
        ("2", "2026-01-06T12:30:00Z", "Ada"),
        ("2", "2026-01-06T11:30:05Z", "Ada"),
        ("3", "2026-01-07T23:30:00Z", "Ada"),
        ("1", "2026-01-05T10:00:40Z", "Bob"),
    ]
    crm = client(tmp_path, text_of(rows))
    assert attempts(crm) == [
        (2, at("2026-01-05 10:00:40"), dt.date(2026, 1, 5)),
        (3, at("2026-01-06 11:30:05"), dt.date(2026, 1, 6)),
        (3, at("2026-01-06 12:30:00"), dt.date(2026, 1, 6)),
        (4, at("2026-01-07 23:30:00"), dt.date(2026, 1, 8)),  # in Paris it was past midnight
    ]
    assert waits(crm) == {"1": 0, "2": 5405, "3": 52200, "4": NEVER}
    (_, found) = crm.quality.files
    assert (found.path, found.layout, found.because) == ("touches.csv", "touches", "by its name")
    assert (found.rows_read, found.rows_kept, found.problems) == (4, 4, ())
    assert found.not_read == ("who",)


def test_every_row_that_cannot_be_used_is_set_aside_for_its_first_reason(tmp_path: Path) -> None:
    rows = [
        ("lead_id", "at"),
        ("1", "2026-01-05T11:00:40Z"),
        ("", "2026-01-05T11:00:40Z"),
        ("2", ""),
        ("2", "soon"),
        ("2", "1899-12-30T00:00:00Z"),
        ("2", "2026-06-30T22:00:00Z"),
        ("2", "2026-06-30T21:59:59Z"),
        ("99", "2026-01-05T11:00:40Z"),
        ("98", "2026-01-05T11:00:40Z"),
        ("lead_id", "at"),
        ("Grand total", "8"),
    ]
    crm = client(tmp_path, text_of(rows))
    assert waits(crm) == {"1": 3600, "2": 15163199, "3": NEVER, "4": NEVER}
    assert messages_of(crm, 1) == [
        "1 row has a time before 1990; set aside (row 6).",
        "1 row has no lead_id; set aside (row 3).",
        "1 row has no time; set aside (row 4).",
        "2 rows have a lead_id that no lead has; set aside (rows 9, 10).",
        "1 row repeats the header; set aside (row 11).",
        "1 row has a time after 2026-06-30; set aside (row 7).",
        "1 row holds a total or a notice in place of a record; set aside (row 12).",
        "1 row has a time that cannot be read; set aside (row 5).",
    ]
    file = crm.quality.files[1]
    assert (file.rows_read, file.rows_kept, file.rows_set_aside) == (11, 2, 9)


def test_rows_that_were_set_aside_are_written_with_the_reason(tmp_path: Path) -> None:
    files: Files = {"leads.csv": text_of(LEADS), "touches.csv": "lead_id,at\n1,2026-01-06T10:00:00Z\n9,2026-01-06\n"}
    out = tmp_path / "out"
    out.mkdir()
    read_export(write(tmp_path, files, charter(stages=STAGES)), set_aside=out)
    aside = (out / "set-aside-touches.csv").read_text("utf-8-sig")
    assert [row[:2] for row in csv.reader(io.StringIO(aside))][1:] == [["3", "no_lead"]]


def test_attempts_from_before_the_lead_came_are_kept_and_told_and_no_answer(tmp_path: Path) -> None:
    rows = [
        ("lead_id", "at"),
        ("2", "2026-01-05T10:00:00Z"),
        ("2", "2026-01-06T09:59:59Z"),
        ("3", "2026-01-07T08:59:59Z"),
        ("3", "2026-01-07T10:00:00Z"),
    ]
    crm = client(tmp_path, text_of(rows))
    assert waits(crm) == {"1": NEVER, "2": NEVER, "3": 3600, "4": NEVER}
    assert len(attempts(crm)) == 4
    assert messages_of(crm, 1) == [
        "3 rows have a time before the lead date of the lead; kept, and no answer to it (rows 2, 3, 4)."
    ]


def test_an_attempt_that_is_told_without_seconds_may_be_of_the_minute_in_which_the_lead_came(tmp_path: Path) -> None:
    crm = client(tmp_path, "lead_id,at\n1,2026-01-05 10:00\n", more='[touches]\ntimezone = "UTC"\n')
    assert waits(crm)["1"] == 0
    assert messages_of(crm, 1) == []
    for early in ("2026-01-05T10:00:39Z", "2026-01-05T09:59:00Z"):
        crm = client(tmp_path, f"lead_id,at\n1,{early}\n")
        assert waits(crm)["1"] == NEVER
        assert problems_of(crm, 1) == {"touch_before_lead": (1, (2,))}


def test_where_the_list_tells_days_only_no_seconds_are_made_up(tmp_path: Path) -> None:
    crm = client(tmp_path, "lead_id,at\n1,2026-01-05\n2,2026-01-05\n")
    assert attempts(crm) == [(2, None, dt.date(2026, 1, 5)), (3, None, dt.date(2026, 1, 5))]
    assert waits(crm) == {"1": None, "2": NEVER, "3": NEVER, "4": NEVER}
    assert problems_of(crm, 1) == {"touch_before_lead": (1, (3,))}


def test_a_first_attempt_that_may_be_one_of_a_bare_day_leaves_the_wait_unknown(tmp_path: Path) -> None:
    rows = [
        ("lead_id", "at"),
        *(("1", "2026-01-06"), ("1", "2026-01-06T23:30:00Z")),  # which is the 7th in Paris
        *(("2", "2026-01-07T10:00:00Z"), ("2", "2026-01-08")),
        *(("3", "2026-01-09"), ("3", "2026-01-09T10:00:00Z")),
    ]
    crm = client(tmp_path, text_of(rows))
    assert waits(crm) == {"1": None, "2": 86400, "3": None, "4": NEVER}


def test_where_only_the_day_is_known_on_which_a_lead_came_its_wait_is_not(tmp_path: Path) -> None:
    leads = [LEADS[0], ("1", "Web", "2026-01-05", "", ""), ("2", "Web", "2026-01-06T10:00:00Z", "", "")]
    files: Files = {"leads.csv": text_of(leads), "touches.csv": "lead_id,at\n1,2026-01-05T10:00:00Z\n"}
    crm = read(tmp_path, files, charter(stages=STAGES))
    assert waits(crm) == {"1": None, "2": NEVER}
    assert crm.journeys.schema()[WAITED].is_int64()


def test_hours_are_real_hours_also_when_clocks_change(tmp_path: Path) -> None:
    leads = [
        LEADS[0],
        ("1", "Web", "2026-03-29T00:30:00Z", "", ""),  # 01:30 in Paris, half an hour before clocks go forward
        ("2", "Web", "2025-10-26T00:30:00Z", "", ""),  # 02:30 there, half an hour before they go back
    ]
    touches = "lead_id,at\n1,2026-03-29 03:30\n2,2025-10-26 03:30\n1,2026-03-29 02:30\n2,2025-10-26 02:45\n"
    files: Files = {"leads.csv": text_of(leads), "touches.csv": touches}
    crm = read(tmp_path, files, charter(stages=STAGES) + '[touches]\ntimezone = "Europe/Paris"\n')
    assert attempts(crm)[0][1:] == (at("2026-03-29 01:30"), dt.date(2026, 3, 29))
    assert waits(crm) == {"1": 3600, "2": 900}
    assert messages_of(crm, 1) == [
        "1 row has a time that clocks in Europe/Paris showed twice; read as the first of the two (row 5).",
        "1 row has a time that clocks in Europe/Paris skipped; read with the offset before the change (row 4).",
    ]
    files["touches.csv"] = "lead_id,at\n2,2025-10-26 03:30\n"
    crm = read(tmp_path, files, charter(stages=STAGES) + '[touches]\ntimezone = "Europe/Paris"\n')
    assert waits(crm)["2"] == 7200


def test_salesforce_ids_of_15_and_18_characters_are_the_same_lead(tmp_path: Path) -> None:
    leads = text_of([("Lead ID", "Created Date", "Won on"), ("00QNw0000000000", "2026-01-05T10:00:00Z", "")])
    plan = charter({"file": "leads.csv", "layout": "salesforce-leads", "columns": {"won": "Won on"}}, sources={})
    touches = "Id,WhoId,ActivityDateTime\n00TNw0000000009,00QNw0000000000MAA,2026-01-05T10:30:00.000+0000\n"
    crm = read(tmp_path, {"leads.csv": leads, "touches.csv": touches}, plan)
    assert [*waits(crm).values()] == [1800]


def test_an_activity_that_names_several_people_is_an_attempt_to_reach_each(tmp_path: Path) -> None:
    crm = client(
        tmp_path,
        "Record ID,Associated Contact IDs,Activity date\n"
        "501,1; 2;77,2026-01-06T11:00:00Z\n502,78;79,2026-01-06T11:00:00Z\n503,3;3,2026-01-06T11:00:00Z\n",
    )
    assert waits(crm) == {"1": 89960, "2": 3600, "3": NEVER, "4": NEVER}
    assert messages_of(crm, 1) == [
        "1 row has a lead_id that no lead has; set aside (row 3).",
        "1 row has a time before the lead date of the lead; kept, and no answer to it (row 4).",
    ]
    assert (crm.quality.files[1].rows_read, crm.quality.files[1].rows_kept) == (3, 2)


HUBSPOT = [
    ("Record ID", "Create Date", "Became a Customer Date", "Merged Contact IDs"),
    ("1", "2026-01-05T10:00:00Z", "", "11;12"),
    ("11", "2026-01-02T10:00:00Z", "", "111"),
    ("12", "2026-01-03T10:00:00Z", "", ""),
    ("2", "2026-01-05T10:00:00Z", "", ""),
]
MERGED = "Record ID,At\n12,2026-01-05T11:00:00Z\n111,2026-01-05T10:30:00Z\n2,2026-01-05T12:00:00Z\n"


def test_attempts_to_reach_a_record_that_was_merged_are_of_the_one_that_is_left(tmp_path: Path) -> None:
    files: Files = {"leads.csv": text_of(HUBSPOT), "touches.csv": MERGED}
    exports = {"file": "leads.csv", "layout": "hubspot-contacts"}
    crm = read(tmp_path, files, charter(exports, sources={}))
    assert waits(crm) == {"1": 1800, "2": 7200}
    assert crm.quality.files[1].rows_kept == 3
    kept = read(tmp_path, files, charter(exports, sources={}, treatment={"merged_record": "keep"}))
    assert waits(kept) == {"1": NEVER, "11": NEVER, "12": 176400, "2": 7200}
    assert messages_of(kept, 1) == ["1 row has a lead_id that no lead has; set aside (row 3)."]


def test_a_salesforce_lead_tells_itself_which_one_it_was_merged_into(tmp_path: Path) -> None:
    leads = [
        ("Id", "CreatedDate", "MasterRecordId", "Won on"),
        ("00QNw0000000000MAA", "2026-01-05T10:00:00Z", "", ""),
        ("00QNw0000000001MAA", "2026-01-04T10:00:00Z", "00QNw0000000000MAA", ""),
    ]
    plan = charter({"file": "leads.csv", "layout": "salesforce-leads", "columns": {"won": "Won on"}}, sources={})
    touches = "WhoId,CompletedDateTime\n00QNw0000000001,2026-01-05T11:00:00Z\n"
    crm = read(tmp_path, {"leads.csv": text_of(leads), "touches.csv": touches}, plan)
    assert waits(crm) == {"00QNw0000000000": 3600}


def test_a_history_tells_the_second_in_which_a_lead_came(tmp_path: Path) -> None:
    events = [
        ("lead_id", "stage", "at"),
        *(("1", "lead", "2026-01-05T10:00:00Z"), ("1", "won", "2026-02-05T10:00:00Z")),
        *(("2", "lead", "2026-01-05T10:00:00Z"), ("2", "won", "2026-01-06"), ("2", "lead", "2026-01-09T10:00:00Z")),
    ]
    files: Files = {
        "events.csv": text_of(events),
        "touches.csv": "lead_id,at\n1,2026-01-05T10:10:00Z\n2,2026-01-09T10:20:00Z\n",
    }
    exports = {"file": "events.csv", "layout": "history"}
    assert waits(read(tmp_path, files, charter(exports, sources={}))) == {"1": 600, "2": 346800}
    last = read(tmp_path, files, charter(exports, sources={}, funnel={"entry": "last"}))
    assert waits(last) == {"1": 600, "2": 1200}


def test_of_two_entries_on_one_day_the_one_that_counts_starts_the_clock(tmp_path: Path) -> None:
    moves = (("lead", 10), ("won", 11), ("lead", 12))
    events = [("lead_id", "stage", "at"), *(("1", stage, f"2026-01-05T{hour}:00:00Z") for stage, hour in moves)]
    files: Files = {"events.csv": text_of(events), "touches.csv": "lead_id,at\n1,2026-01-05T12:10:00Z\n"}
    exports = {"file": "events.csv", "layout": "history"}
    told = {
        entry: waits(read(tmp_path, files, charter(exports, sources={}, funnel={"entry": entry})))["1"]
        for entry in ("first", "last")
    }
    assert told == {"first": 7800, "last": 600}


def test_hours_are_told_from_every_stage_of_which_a_goal_asks_them(tmp_path: Path) -> None:
    touches = "lead_id,at\n1,2026-01-06T09:00:00Z\n1,2026-01-06T12:00:00Z\n3,2026-01-08T09:00:00Z\n"
    goals = "[[agreement.goal]]\n{}\nshare = 0.9\n"
    asked = goals.format('kind = "speed"\nfrom = "mql"\nwithin_hours = 24')
    crm = client(tmp_path, touches, more=asked)
    assert waits(crm) == {"1": 82760, "2": NEVER, "3": 86400, "4": NEVER}
    assert waits(crm, "mql") == {"1": 7200, "2": None, "3": 86400, "4": None}
    in_days = goals.format('kind = "speed"\nfrom = "mql"\nwithin_days = 1')
    assert answer("mql") not in client(tmp_path, touches, more=in_days).journeys.columns


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_attempts_go_wherever_the_journeys_go_again_and_again(tmp_path: Path, engine: str) -> None:
    backend = getattr(ibis, engine).connect()
    for _ in range(2):
        files: Files = {"leads.csv": text_of(LEADS), "touches.csv": "lead_id,at\n2,2026-01-06T11:00:00Z\n"}
        crm = read(tmp_path, files, charter(stages=STAGES), engine=backend)
        assert crm.touches is not None
        assert crm.touches.get_backend() is crm.journeys.get_backend() is backend
        assert attempts(crm) == [(3, at("2026-01-06 11:00"), dt.date(2026, 1, 6))]
        assert waits(crm)["2"] == 3600


def test_customers_and_attempts_are_written_beside_the_same_journeys(tmp_path: Path) -> None:
    files: Files = {
        "leads.csv": text_of(LEADS),
        "touches.csv": "lead_id,at\n2,2026-01-06T11:00:00Z\n",
        "customers.csv": "lead_id,customer_since\n2,2026-02-01\n",
    }
    crm = read(tmp_path, files, charter(stages=STAGES))
    found = rows_of(crm.journeys, "lead_id", "source", "customer_since", WAITED)
    assert found[1] == ("2", "cold call", dt.date(2026, 2, 1), 3600)
    assert len(found) == 4


def test_the_charter_may_name_the_file_its_columns_its_zone_and_its_order_of_days(tmp_path: Path) -> None:
    more = '[touches]\nfile = "appels.txt"\nday_first = true\nencoding = "cp1252"\ntimezone = "Europe/Paris"\n'
    more += '[touches.columns]\nlead_id = "Nr"\nat = "Appelé"\n'
    files: Files = {
        "leads.csv": text_of(LEADS),
        "appels.txt": "Nr;Appelé\n2;06/01/2026 12:00\n".encode("cp1252"),
    }
    crm = read(tmp_path, files, charter(stages=STAGES) + more)
    assert waits(crm)["2"] == 3600
    file = crm.quality.files[1]
    assert (file.path, file.because) == ("appels.txt", "named in the charter")
    assert [(column.header, column.name) for column in file.columns] == [("Nr", "lead_id"), ("Appelé", "at")]


def test_a_parquet_file_is_read_as_any_other(tmp_path: Path) -> None:
    rows = pa.table({"who_id": ["2", "3"], "activity_date_time": pa.array([at("2026-01-06 11:00"), None])})
    ibis.memtable(rows).to_parquet(tmp_path / "touches.parquet")
    more = '[touches]\nfile = "touches.parquet"\ntimezone = "UTC"\n'
    crm = read(tmp_path, {"leads.csv": text_of(LEADS)}, charter(stages=STAGES) + more)
    assert waits(crm)["2"] == 3600
    assert messages_of(crm, 1) == ["1 row has no time; set aside (row 2)."]


@pytest.mark.parametrize(
    ("lead_id", "time"),
    [
        ("Lead ID", "Activity Date"),
        ("WhoId", "ActivityDateTime"),
        ("who_id", "completed_date_time"),
        ("Contact ID", "Completed at"),
        ("ID du contact", "Date d’activité"),
        ("Kontakt-ID", "Aktivitätsdatum"),
        ("ID contatto", "Data dell'attività"),
        ("リードID", "活動日"),
        ("RECORD ID", "date"),
    ],
)
def test_headers_are_known_as_vendors_and_people_write_them(tmp_path: Path, lead_id: str, time: str) -> None:
    crm = client(tmp_path, f"Activity;{lead_id};{time}\nCall;2;2026-01-06T11:00:00Z\n")
    assert waits(crm)["2"] == 3600


def test_no_header_of_the_list_stands_for_two_columns() -> None:
    known = [plain(header) for headers in TOUCHES.headers.values() for header in headers]
    assert len(known) == len(set(known))


def test_the_header_by_which_the_leads_are_known_is_known_here_too(tmp_path: Path) -> None:
    leads = text_of([("Nummer", *LEADS[0][2:]), ("1", "2026-01-05T10:00:00Z", "", "")])
    plan = charter({"file": "leads.csv", "columns": {"lead_id": "Nummer"}}, stages=STAGES, sources={})
    crm = read(tmp_path, {"leads.csv": leads, "touches.csv": "NUMMER,at\n1,2026-01-05T11:00:00Z\n"}, plan)
    assert waits(crm) == {"1": 3600}


HEADERS = (
    "the file has 'foo', 'bar'. Name it under [touches.columns] in the charter, or take the file out of the folder."
)
STRANGE = (
    "name the column that has the lead's own id under [touches.columns] in the charter, or take the file out of the "
    "folder."
)
REFUSED: list[tuple[str | bytes, str, list[str]]] = [
    (
        "foo,bar\n1,2\n",
        "",
        [
            f"no column for lead_id (expected 'lead_id', 'Lead ID', 'LeadId' and {len(TOUCHES.headers['lead_id']) - 3} "
            f"more); {HEADERS}",
            f"no column for at (expected 'at', 'Completed at', 'CompletedDateTime' and "
            f"{len(TOUCHES.headers['at']) - 3} more); {HEADERS}",
        ],
    ),
    (
        "lead_id,at\n1,2026-03-01\n",
        '[touches.columns]\nat = "Rung"\n',
        ["no column 'Rung' for at; the file has 'lead_id', 'at'. Name one of them."],
    ),
    (
        "lead_id,at,at\n1,2026-03-01,2026-03-01\n",
        "",
        ["2 columns are named 'at', and at is read from it; rename all but one of them."],
    ),
    (
        "lead_id,at\n1,03/04/2026\n",
        "",
        [
            "'at': 1 date reads both ways, such as '03/04/2026' (3 April or 4 March); say day_first = true or false "
            "under [touches] in the charter."
        ],
    ),
    (
        "lead_id,at\n1,2026-03-01 10:00\n",
        "",
        ["'at' has times without a zone; say timezone = \"...\" under [touches] in the charter."],
    ),
    (
        "lead_id,at\n7.1E+09,2026-03-01\n",
        "",
        [
            "'lead_id': 1 id has been eaten by a spreadsheet, such as '7.1E+09'; export again and do not open the file "
            "in a spreadsheet, or format the column as text before saving it."
        ],
    ),
    ("", "", ["the file is empty; export it again."]),
    (
        "lead_id,at\n",
        "",
        [
            "not one usable row in 0 rows. It has a header and nothing below it. Correct it, or take the file out of "
            "the folder."
        ],
    ),
    (
        "lead_id,at\n1,soon\n",
        "",
        [
            "not one usable row in 1 row. 1 row has a time that cannot be read; set aside (row 2). Correct it, or take "
            "the file out of the folder."
        ],
    ),
    (
        "lead_id,at\n0037,2026-03-01\n",
        "",
        [f"its only row is not of a lead of this export, such as '0037' in 'lead_id'; {STRANGE}"],
    ),
    (
        "lead_id,at\n0037,2026-03-01\n0036,2026-03-01\n",
        "",
        [f"none of 2 rows is of a lead of this export, such as '0036' in 'lead_id'; {STRANGE}"],
    ),
    (
        "lead_id,at\n1,2026-03-01,3\n",
        "",
        ["line 2 has 3 fields where the header has 2; correct it, or export the file again."],
    ),
]


@pytest.mark.parametrize(("touches", "more", "messages"), REFUSED, ids=range(len(REFUSED)))
def test_a_list_that_cannot_be_used_is_refused_with_what_to_do(
    tmp_path: Path, touches: str | bytes, more: str, messages: list[str]
) -> None:
    if more:
        more = f"[touches]\n{more}"
    assert refused(tmp_path, touches, more=more) == [f"touches.csv: {message}" for message in messages]


def test_an_id_of_a_stranger_is_never_repeated_at_length(tmp_path: Path) -> None:
    (message,) = refused(tmp_path, f"lead_id,at\n{'x' * 5000},2026-03-01\n")
    assert len(message) < 400


def test_a_list_that_the_charter_names_and_nobody_wrote_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError) as caught:
        read(tmp_path, {"leads.csv": text_of(LEADS)}, charter(stages=STAGES) + '[touches]\nfile = "calls.csv"\n')
    assert caught.value.problems == (
        "calls.csv: the file is not there; the folder has 'leads.csv'. Name one that it has.",
    )
