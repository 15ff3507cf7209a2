"""Reading an export: every layout, every row accounted for, and nothing that depends on the order of rows."""

from __future__ import annotations

import csv
import datetime as dt
import gc
import os
import random
import subprocess
import sys
import zoneinfo
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pytest
from folders import charter, messages_of, problems_of, read, rows_of, text_of, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alignment_metrics.charter import read_charter
from alignment_metrics.crm import Crm
from alignment_metrics.exports import read_export
from alignment_metrics.samples import write_sample

DAY = dt.date(2026, 1, 5)
HEADER = ("lead_id", "source", "lead", "won")
ROWS = [HEADER, ("1", "Web", "2026-01-05", "2026-02-01"), ("2", "Call", "2026-01-06", "")]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Crm]:
    """The same leads in the three layouts, as read."""
    found = {}
    for layout in ("hubspot", "salesforce", "parquet"):
        folder = tmp_path_factory.mktemp(layout) / "client"
        write_sample(folder, leads=1500, layout=layout)
        found[layout] = read_export(folder)
    return found


def content(crm: Crm) -> dict[str, list[Any]]:
    """All that a Crm knows, without the numbers of its rows."""
    return {
        name: sorted(tuple(str(row[column]) for column in sorted(row) if column != "row") for row in table)
        for name, table in (
            ("leads", crm.leads.to_pyarrow().to_pylist()),
            ("entries", crm.entries.to_pyarrow().to_pylist()),
            ("journeys", crm.journeys.to_pyarrow().to_pylist()),
        )
    }


# What is read is what a loop over the rows reads.


def test_entries_are_those_that_a_loop_over_the_rows_of_the_sample_finds(root: Path) -> None:
    paris, as_of = zoneinfo.ZoneInfo("Europe/Paris"), dt.date(2026, 6, 30)
    plan = read_charter(root / "data" / "sample" / "hubspot")
    columns = {
        "lead": "Create Date",
        "mql": "Became a Marketing Qualified Lead Date",
        "sal": 'Date entered "Sales Accepted Lead (Lifecycle Stage Pipeline)"',
        "sql": "Became a Sales Qualified Lead Date",
        "opportunity": "Became an Opportunity Date",
        "won": "Became a Customer Date",
        "disqualified": 'Date entered "Disqualified (Lifecycle Stage Pipeline)"',
        "lost": 'Date entered "Lost (Lifecycle Stage Pipeline)"',
    }
    expected, seen = [], set()
    with (plan.folder / "contacts.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found = {}
            for stage, header in columns.items():
                try:
                    at = dt.datetime.strptime(row[header], "%Y-%m-%d %H:%M")
                except ValueError:
                    continue
                day = at.replace(tzinfo=dt.UTC).astimezone(paris).date()
                if day <= as_of:
                    found[stage] = (row["Record ID"], stage, at, day, True)
            # The sample's copies follow their originals and are alike in everything.
            if "lead" in found and row["Record ID"] not in seen:
                seen.add(row["Record ID"])
                expected += found.values()
    entries = read_export(plan).entries.to_pyarrow().to_pylist()
    assert sorted(tuple(row.values()) for row in entries) == sorted(expected)


def test_the_account_of_the_sample_is_the_planted_one(root: Path) -> None:
    account, *lists = read_export(root / "data" / "sample" / "hubspot").quality.files
    assert (account.path, account.layout) == ("contacts.csv", "hubspot-contacts")
    assert [(one.path, one.layout, one.rows_set_aside, one.problems) for one in lists] == [
        ("spend.csv", "spend", 0, ()),
        ("customers.csv", "customers", 0, ()),
        ("touches.csv", "touches", 0, ()),
        ("survey.csv", "survey", 0, ()),
    ]
    assert (account.rows_read, account.rows_kept, account.rows_set_aside) == (5008, 4980, 28)
    assert [problem.message for problem in account.problems] == [
        "10 rows have a lead date after 2026-06-30; set aside (rows 245, 745, 1245, 1745, 2245, …).",
        "8 rows repeat the lead_id of another row, of which the earliest is kept; set aside (rows 5002, 5003, 5004, "
        "5005, 5006, …).",
        "5 rows have no lead date; set aside (rows 379, 1379, 2379, 3379, 4379).",
        "5 rows have a lead date that cannot be read; set aside (rows 613, 1613, 2613, 3613, 4613).",
        "20 rows have no source; counted as unknown (rows 103, 353, 603, 853, 1103, …).",
        "18 rows have a won date after 2026-06-30; counted as not entered yet (rows 4, 266, 343, 362, 381, …).",
        '65 rows went further without an entry into sql; not counted as having reached it (skipped = "observed") (rows '
        "136, 166, 288, 453, 498, …).",
        "100 rows have a source that [sources] does not list: 'Legacy import 2019' (100); counted as unknown (rows 9, "
        "59, 109, 159, 209, …).",
    ]


def test_one_row_is_spoken_of_as_one(tmp_path: Path) -> None:
    rows = [*ROWS, ("2", "Call", "2026-01-06", ""), ("", "Web", "2026-01-06", "2026-07-01")]
    assert messages_of(read(tmp_path, {"leads.csv": text_of(rows)})) == [
        "1 row repeats the lead_id of another row, of which the earliest is kept; set aside (row 4).",
        "1 row has no lead_id; set aside (row 5).",
    ]


# 5. The layout is the vendor's business.


def test_the_same_leads_in_two_vendors_layouts_and_parquet_give_the_same_journeys(samples: dict[str, Crm]) -> None:
    def journeys(crm: Crm) -> list[tuple[Any, ...]]:
        names = [name for name in crm.journeys.columns if name not in ("row", "lead_id")]
        # Ids differ by vendor; the leads come in the same order.
        return rows_of(crm.journeys, *names, by="lead_id")

    told = {layout: journeys(crm) for layout, crm in samples.items()}
    assert len(told["hubspot"]) > 1400
    assert told["hubspot"] == told["salesforce"] == told["parquet"]


def test_the_same_leads_are_accounted_for_alike_in_every_layout(samples: dict[str, Crm]) -> None:
    def counted(crm: Crm) -> dict[str, int]:
        found = {one.code: one.rows for file in crm.quality.files for one in file.problems}
        found["missing_created"] += found.pop("unreadable_created", 0)  # a typed file knows only the missing
        return found

    assert counted(samples["hubspot"]) == counted(samples["salesforce"]) == counted(samples["parquet"])


HUBSPOT = [
    ["Record ID", "Original Traffic Source", "Create Date", 'Date entered "Customer (Lifecycle Stage Pipeline)"'],
    ["hs_object_id", "hs_analytics_source", "createdate", "hs_v2_date_entered_customer"],
    ["record id", "ORIGINAL SOURCE", " create  date ", "date entered 'customer (lifecycle stage pipeline)'"],
    ["Contact ID", "Original Source", "Create Date", "Date entered “Customer (Lifecycle Stage Pipeline)”"],
    ["Record ID", "Original Source", "Create Date", "Date entered ‘Customer (Lifecycle Stage Pipeline)’"],
    ["Record ID", "Original Source", "Create Date", "Became a Customer Date"],
]


@pytest.mark.parametrize("header", HUBSPOT)
def test_a_header_is_known_in_each_of_its_forms(tmp_path: Path, header: list[str]) -> None:
    plan = charter({"file": "contacts.csv", "layout": "hubspot-contacts"})
    crm = read(tmp_path, {"contacts.csv": text_of([header, *ROWS[1:]])}, plan)
    assert rows_of(crm.journeys, "lead_id", "source", "won") == [
        ("1", "website", dt.date(2026, 2, 1)),
        ("2", "cold call", None),
    ]


@pytest.mark.parametrize(
    "content_",
    [
        text_of(ROWS),
        "\ufeff" + text_of(ROWS),
        text_of(ROWS).replace("\n", "\r\n"),
        text_of(ROWS).replace("\n", "\r"),
        text_of(ROWS, delimiter=";"),
        text_of(ROWS, delimiter="\t"),
        text_of(ROWS).rstrip("\n"),
        text_of(ROWS).replace("\n", "\n\n"),
        text_of([[f" {cell} " for cell in row] for row in ROWS]),
        '"' + text_of(ROWS).replace(",", '","').replace("\n", '"\n"').removesuffix('"'),
    ],
    ids=["plain", "BOM", "CRLF", "CR", "semicolons", "tabs", "no last line end", "blank lines", "blanks", "all quoted"],
)
def test_a_text_file_may_be_written_in_any_of_these_ways(tmp_path: Path, content_: str) -> None:
    crm = read(tmp_path, {"leads.csv": content_})
    assert content(crm) == content(read(tmp_path / "plain", {"leads.csv": text_of(ROWS)}))
    assert problems_of(crm) == {}


# 3. The order of rows changes nothing.

cells = st.fixed_dictionaries(
    {
        "lead_id": st.sampled_from(["1", "2", "3", ""]),
        "source": st.sampled_from(["Web", "Call", "else", ""]),
        "owner": st.sampled_from(["Ann", "Bob", ""]),
        "amount": st.sampled_from(["10", "20", ""]),
        "lead": st.sampled_from(["2026-01-05", "2026-01-05T08:00Z", "2026-01-05T09:00Z", "2026-09-01", "never", ""]),
        "won": st.sampled_from(["2026-01-05", "2026-01-05T23:30Z", "2026-09-01", "2026-09-02T08:00Z", "never", ""]),
    }
)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(cells, min_size=2, max_size=8), seed=st.integers(0, 99))
def test_shuffled_rows_give_the_same_leads_entries_journeys_and_counts(
    tmp_path: Path, rows: list[dict[str, str]], seed: int
) -> None:
    rows = [*rows, {**dict.fromkeys(rows[0], ""), "lead_id": "0", "lead": "2026-01-01"}]
    told = []
    for order in (rows, random.Random(seed).sample(rows, len(rows)), rows[::-1]):
        crm = read(tmp_path, {"leads.csv": text_of([list(rows[0]), *(list(row.values()) for row in order)])})
        account = crm.quality.files[0]
        assert account.rows_read == len(rows) == account.rows_kept + account.rows_set_aside
        assert account.rows_set_aside == sum(problem.rows for problem in account.problems if problem.set_aside)
        told.append((content(crm), {problem.code: problem.rows for problem in account.problems}))
    assert told[0] == told[1] == told[2]


def test_shuffled_rows_of_parquet_give_the_same_leads_and_counts(tmp_path: Path, samples: dict[str, Crm]) -> None:
    plan = samples["parquet"].charter
    folder = tmp_path / " "
    folder.mkdir()
    for name in ("charter.toml", "customers.csv", "touches.csv"):
        (folder / name).write_bytes((plan.folder / name).read_bytes())
    con = duckdb.connect()
    con.execute("SELECT setseed(0.5)")
    # A few copies that differ in their owner and in the minute of their creation.
    con.execute(
        "COPY (SELECT * FROM (FROM read_parquet($1) UNION ALL (SELECT * REPLACE (lead + INTERVAL 1 MINUTE AS lead, "
        "'Zoe' AS owner) FROM read_parquet($1) LIMIT 40)) ORDER BY random()) TO $2 (FORMAT parquet)",
        [str(plan.folder / "leads.parquet"), str(folder / "leads.parquet")],
    )
    crm = read_export(folder)
    assert content(crm) == content(samples["parquet"])
    assert problems_of(crm)["duplicate_id"][0] == problems_of(samples["parquet"])["duplicate_id"][0] + 40


def test_of_rows_with_one_id_the_earliest_is_kept(tmp_path: Path) -> None:
    rows = [HEADER, ("1", "Web", "2026-01-07", ""), ("1", "Call", "2026-01-05", ""), ("1", "Web", "2026-01-06", "")]
    crm = read(tmp_path, {"leads.csv": text_of(rows)})
    assert rows_of(crm.leads, "lead_id", "row", "source") == [("1", 3, "cold call")]
    assert problems_of(crm) == {"duplicate_id": (2, (2, 4)), "duplicate_differs": (2, (2, 4))}
    assert messages_of(crm)[1] == (
        "2 rows differ from the row of the same id that is kept, in what is read; set aside all the same (rows 2, 4)."
    )


def test_the_earliest_is_found_whether_dates_have_times_or_the_day_first(tmp_path: Path) -> None:
    rows = [HEADER, ("1", "Web", "2026-02-01 10:00", ""), ("1", "Web", "2026-01-01", "")]
    crm = read(tmp_path / "mixed", {"leads.csv": text_of(rows)}, charter({"file": "leads.csv", "timezone": "UTC"}))
    assert rows_of(crm.journeys, "lead") == [(dt.date(2026, 1, 1),)]
    rows = [HEADER, ("1", "Web", "01/02/2026", ""), ("1", "Web", "02/01/2026", "")]
    crm = read(tmp_path / "slashed", {"leads.csv": text_of(rows)}, charter({"file": "leads.csv", "day_first": True}))
    assert rows_of(crm.journeys, "lead") == [(dt.date(2026, 1, 2),)]


def test_a_stage_passed_is_dated_by_the_first_later_one(tmp_path: Path) -> None:
    # The example of a lead whose SQL date was written after it was won: by the day it was won, it had passed SQL.
    rows = [
        ("lead_id", "source", "lead", "mql", "sql", "won"),
        ("1", "Web", "2026-01-01", "", "2026-05-20", "2026-01-10"),
    ]
    plan = charter(stages=("lead", "mql", "sql", "won"), funnel={"skipped": "passed"})
    crm = read(tmp_path, {"leads.csv": text_of(rows)}, plan)
    won = dt.date(2026, 1, 10)
    assert rows_of(crm.journeys, "lead", "mql", "sql", "won") == [(dt.date(2026, 1, 1), won, won, won)]


def test_what_few_strangers_typed_as_a_source_is_counted_and_not_told(tmp_path: Path) -> None:
    typed = ["Ref: Ann Poe"] * 4 + ["Fair"] * 5 + ["ann@example.com"] * 6 + ["call +33 6 12 34 56 78"] * 7
    rows = [HEADER, *((str(number), source, "2026-06-05", "") for number, source in enumerate(typed))]
    (problem,) = read(tmp_path, {"leads.csv": text_of(rows)}).quality.files[0].problems
    assert (problem.code, problem.rows) == ("unlisted_source", 22)
    assert "'Fair' (5), 3 other values not named here; counted as unknown" in problem.message


def test_ids_differ_by_case(tmp_path: Path) -> None:
    # Salesforce reports write ids of 15 characters, in which case counts.
    rows = [HEADER, ("00QA", "Web", "2026-01-05", ""), ("00Qa", "Web", "2026-01-05", "")]
    assert read(tmp_path, {"leads.csv": text_of(rows)}).quality.files[0].rows_kept == 2


def test_rows_are_numbered_as_a_spreadsheet_numbers_them(tmp_path: Path) -> None:
    rows = [("note", *HEADER), ("a\nb", "1", "Web", "2026-01-05", ""), ("", "", "Web", "2026-01-05", "")]
    crm = read(tmp_path, {"leads.csv": text_of(rows)})
    assert problems_of(crm) == {"missing_id": (1, (3,))}
    assert rows_of(crm.leads, "row") == [(2,)]


def test_rows_keep_their_numbers_in_a_file_that_is_read_in_many_pieces(tmp_path: Path) -> None:
    def row(number: int) -> str:
        return f"{number if number % 10_000 else ''},{'Web' if number % 7 else 'Fair'},2026-01-05,{'x' * 30}"

    text = "lead_id,source,lead,won\n" + "\n".join(row(number) for number in range(2, 400_002)) + "\n"
    write(tmp_path, {"leads.csv": text})
    found = {"missing_id": (40, (10_000, 20_000, 30_000, 40_000, 50_000))}
    found["unreadable_date"] = (399_960, (2, 3, 4, 5, 6))
    found["unlisted_source"] = (57_138, (7, 14, 21, 28, 35))
    assert problems_of(read_export(tmp_path)) == found
    con = duckdb.connect()
    con.execute(
        f"COPY (SELECT * EXCLUDE (lead, won), lead::TIMESTAMP AS lead, NULL::TIMESTAMP AS won FROM "
        f"read_csv('{tmp_path}/leads.csv', all_varchar = true)) TO '{tmp_path}/leads.parquet' "
        f"(FORMAT parquet, ROW_GROUP_SIZE 20480)"
    )
    plan = charter({"file": "leads.parquet", "timezone": "UTC"})
    # Parquet has no header: its first row is row 1.
    found = {
        "missing_id": (40, (9_999, 19_999, 29_999, 39_999, 49_999)),
        "unlisted_source": (57_138, (6, 13, 20, 27, 34)),
    }
    assert problems_of(read(tmp_path, {}, plan)) == found


# Dates, times and amounts.


WRITTEN = {
    "2026-03-01": None,
    "2026/03/01": None,
    "2026-03-01 10:30": "2026-03-01 09:30",
    "2026-03-01T10:30:15": "2026-03-01 09:30:15",
    "2026-03-01 10:30:15.123": "2026-03-01 09:30:15.123",
    "2026-03-01T10:30:15.1234560": "2026-03-01 09:30:15.123456",
    "2026-03-01T10:30:15Z": "2026-03-01 10:30:15",
    "2026-03-01T10:30:15.123Z": "2026-03-01 10:30:15.123",
    "2026-03-01 10:30:15 UTC": "2026-03-01 10:30:15",
    "2026-03-01T10:30:00.000+0000": "2026-03-01 10:30",
    "2026-03-01T10:30:00-03:30": "2026-03-01 14:00",
    "2026-03-01T10:30:00+02": "2026-03-01 08:30",
    "13/3/2026": None,
    "13.03.2026 10:30": "2026-03-13 09:30",
    "3/13/2026 2:30 PM": "2026-03-13 13:30",
    "3/13/2026, 12:05:09 am": "2026-03-12 23:05:09",
    "1772361015123": "2026-03-01 10:30:15",
}


def test_a_date_may_be_written_in_any_of_these_ways(tmp_path: Path) -> None:
    # Each in a column of its own, since a column is written in one way; all in one, as far as they agree.
    stages = ["lead", *(f"s{number}" for number in range(len(WRITTEN)))]
    rows = [("lead_id", "source", *stages), ("1", "Web", "2026-01-01", *WRITTEN)]
    rows += [(str(n), "Web", word, *[""] * len(WRITTEN)) for n, word in enumerate(WRITTEN) if "/13" not in word and n]
    plan = charter({"file": "leads.csv", "timezone": "Europe/Paris"}, stages=stages)
    crm = read(tmp_path, {"leads.csv": text_of(rows)}, plan)
    entries = crm.entries.to_pyarrow().to_pylist()
    found = {(row["lead_id"], row["stage"]): (row["at"], row["day"], row["exact"]) for row in entries}
    for number, (word, at) in enumerate(WRITTEN.items()):
        day = dt.date(2026, 3, 13 if "13" in word[:4] else 1)
        expected = (dt.datetime.fromisoformat(at) if at else None, day, at is not None)
        assert found["1", f"s{number}"] == expected, word
        if "/13" not in word and number > 1:
            assert found[str(number), "lead"] == expected, word


NO_DATES = ["2026-02-29", "2026-13-01", "0000-01-01", "24.12", "40/2/26", "yesterday", "2026-03-01 25:00", "12/2026"]
NO_DATES += ["=1+1", "infinity", "epoch", "-1"]


def test_what_is_no_date_is_counted_and_not_guessed(tmp_path: Path) -> None:
    rows = [*ROWS, *((f"n{number}", "Web", "2026-01-05", word) for number, word in enumerate(NO_DATES))]
    crm = read(tmp_path, {"leads.csv": text_of(rows)}, charter({"file": "leads.csv", "timezone": "UTC"}))
    assert problems_of(crm) == {"unreadable_date": (len(NO_DATES), (4, 5, 6, 7, 8))}
    (message,) = messages_of(crm)
    assert message == ("12 rows have a won date that cannot be read; counted as not entered (rows 4, 5, 6, 7, 8, …).")
    assert rows_of(crm.journeys, "won") == [(dt.date(2026, 2, 1),), *[(None,)] * (1 + len(NO_DATES))]


def test_one_part_above_12_decides_how_a_whole_column_is_read(tmp_path: Path) -> None:
    rows = [HEADER, ("1", "Web", "3/5/2026", ""), ("2", "Web", "31/5/2026", ""), ("3", "Web", "99/99/2026", "")]
    crm = read(tmp_path, {"leads.csv": text_of(rows)})
    assert rows_of(crm.journeys, "lead") == [(dt.date(2026, 5, 3),), (dt.date(2026, 5, 31),)]
    assert problems_of(crm) == {"unreadable_created": (1, (4,))}


def test_the_charter_settles_what_reads_both_ways(tmp_path: Path) -> None:
    rows = [("lead_id", "source", "lead", "won", "amount"), ("1", "Web", "3/5/2026", "", "1.234")]
    for day_first, decimal, day, amount in (
        (True, ",", dt.date(2026, 5, 3), 1234.0),
        (False, ".", dt.date(2026, 3, 5), 1.234),
    ):
        plan = charter({"file": "leads.csv", "day_first": day_first, "decimal": decimal})
        crm = read(tmp_path, {"leads.csv": text_of(rows)}, plan)
        assert rows_of(crm.journeys, "lead", "amount") == [(day, amount)]


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (["6000", "-6.5", "+.5", "1e3", "nan", "x", ""], [6000.0, -6.5, 0.5, None, None, None, None]),
        (["1,234.50", "€ 1,000", "1 000 000"], [1234.5, 1000.0, 1_000_000.0]),
        (["1.234,50", "1.000", "2 000 €"], [1234.5, 1000.0, 2000.0]),
        (["0,125", "1234"], [0.125, 1234.0]),
        (["1,234,567", "$12"], [1234567.0, 12.0]),
    ],
)
def test_amounts_are_read_by_the_sign_that_the_whole_column_has_for_decimals(
    tmp_path: Path, words: list[str], numbers: list[float | None]
) -> None:
    rows = [("lead_id", "source", "lead", "won", "amount")]
    rows += [(str(number), "Web", "2026-01-05", "", word) for number, word in enumerate(words)]
    crm = read(tmp_path, {"leads.csv": text_of(rows)})
    assert rows_of(crm.journeys, "amount") == [(number,) for number in numbers]
    bad = sum(number is None and word != "" for word, number in zip(words, numbers, strict=True))
    assert problems_of(crm).get("unreadable_amount", (0,))[0] == bad


def test_a_lead_of_the_last_minute_counts_and_one_of_the_next_is_set_aside(tmp_path: Path) -> None:
    rows = [HEADER, ("1", "Web", "2026-06-30T21:59:59Z", ""), ("2", "Web", "2026-06-30T22:00:00Z", "")]
    crm = read(tmp_path, {"leads.csv": text_of(rows)})
    assert rows_of(crm.journeys, "lead_id", "lead") == [("1", dt.date(2026, 6, 30))]
    assert problems_of(crm) == {"created_after_as_of": (1, (3,))}


def parquet(path: Path, query: str) -> None:
    duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")


def test_the_types_of_a_parquet_file_are_taken_as_they_are(tmp_path: Path) -> None:
    parquet(
        tmp_path / "leads.parquet",
        "SELECT 1::BIGINT AS lead_id, ' Web ' AS source, TIMESTAMPTZ '2026-03-28 23:30:00+00' AS lead, "
        "DATE '2026-04-01' AS won, 'nan'::DOUBLE AS amount "
        "UNION ALL SELECT 2, '', NULL, DATE '2026-08-01', 3 "
        "UNION ALL SELECT 3, '', TIMESTAMPTZ '-infinity', NULL, 3 "
        "UNION ALL SELECT 4, '', TIMESTAMPTZ 'infinity', NULL, 3 "
        "UNION ALL SELECT 5, '', TIMESTAMPTZ '2026-03-01 00:00:00+00', DATE '2026-08-01', 12.5",
    )
    crm = read(tmp_path, {}, charter({"file": "leads.parquet"}))
    assert rows_of(crm.journeys, "lead_id", "source", "lead", "won", "amount") == [
        ("1", "website", dt.date(2026, 3, 29), dt.date(2026, 4, 1), None),
        ("5", "unknown", dt.date(2026, 3, 1), None, 12.5),
    ]
    assert problems_of(crm) == {
        "missing_created": (2, (2, 3)),
        "created_after_as_of": (1, (4,)),
        "empty_source": (1, (5,)),
        "event_after_as_of": (1, (5,)),
        "won_without_amount": (1, (1,)),
    }


def test_wall_clock_times_of_a_parquet_file_are_those_of_the_charters_zone(tmp_path: Path) -> None:
    query = "SELECT 'a' AS lead_id, 'Web' AS source, TIMESTAMP '2026-06-30 20:30:00' AS lead, NULL::TIMESTAMP AS won"
    parquet(tmp_path / "leads.parquet", query)
    crm = read(tmp_path, {}, charter({"file": "leads.parquet", "timezone": "America/New_York"}, as_of="2026-07-01"))
    assert crm.entries.to_pyarrow().to_pylist()[0]["at"] == dt.datetime(2026, 7, 1, 0, 30)
    assert rows_of(crm.journeys, "lead") == [(dt.date(2026, 7, 1),)]


# Several files.

OPPORTUNITIES = ("Opportunity ID", "Amount", "Created Date", "Close Date", "Stage")


def test_opportunities_join_their_leads_and_what_does_not_join_is_counted_on_both_sides(tmp_path: Path) -> None:
    leads = [
        ("Lead ID", "Lead Source", "Created Date", "Converted Opportunity ID"),
        ("L1", "Web", "2026-01-05T08:00:00.000+0000", "O1"),
        ("L2", "Web", "2026-01-05T08:00:00.000+0000", "O2"),
        ("L3", "Web", "2026-01-05T08:00:00.000+0000", "O9"),
        ("L4", "Web", "2026-01-05T08:00:00.000+0000", ""),
    ]
    deals = [
        OPPORTUNITIES,
        ("O1", "10", "2026-01-06T08:00:00.000+0000", "2026-02-01", "Closed Won"),
        ("O2", "20", "2026-01-07T08:00:00.000+0000", "2026-02-02", "Closed Lost"),
        ("O3", "thirty", "2026-01-07T08:00:00.000+0000", "2026-02-02", "Closed Won"),
        ("O2", "20", "2026-01-07T08:00:00.000+0000", "2026-02-02", "Closed Lost"),
        ("", "20", "2026-01-07T08:00:00.000+0000", "2026-02-02", "Closed Won"),
    ]
    plan = charter(
        {"file": "leads.csv", "layout": "salesforce-leads"},
        {"file": "opportunities.csv", "layout": "salesforce-opportunities"},
        stages=("lead", "opportunity", "won"),
        exits=("lost",),
    )
    crm = read(tmp_path, {"leads.csv": text_of(leads), "opportunities.csv": text_of(deals)}, plan)
    assert rows_of(crm.journeys, "lead_id", "opportunity", "won", "lost", "amount") == [
        ("L1", dt.date(2026, 1, 6), dt.date(2026, 2, 1), None, 10.0),
        ("L2", dt.date(2026, 1, 7), None, dt.date(2026, 2, 2), 20.0),
        ("L3", None, None, None, None),
        ("L4", None, None, None, None),
    ]
    assert [messages_of(crm, 0), messages_of(crm, 1)] == [
        ["1 row has an opportunity_id that opportunities.csv does not have (row 4)."],
        [
            "1 row repeats the opportunity_id of another row, of which one is kept; set aside (row 5).",
            "1 row has no opportunity_id; set aside (row 6).",
            "1 row has an opportunity_id that no lead of leads.csv has; set aside (row 4).",
        ],
    ]
    assert [(file.rows_read, file.rows_kept) for file in crm.quality.files] == [(4, 4), (5, 2)]


def test_the_close_date_of_an_open_opportunity_is_a_plan(tmp_path: Path) -> None:
    leads = [("Lead ID", "Created Date", "Converted Opportunity ID"), ("L1", "2026-01-05", "O1")]
    plan = charter(
        {"file": "leads.csv", "layout": "salesforce-leads"},
        {"file": "opportunities.csv", "layout": "salesforce-opportunities"},
        sources={},
    )
    for closed, won, day in (("0", "0", None), ("1", "0", None), ("true", "TRUE", dt.date(2026, 2, 1))):
        deals = [("Opportunity ID", "Close Date", "Closed", "Won"), ("O1", "2026-02-01", closed, won)]
        crm = read(tmp_path, {"leads.csv": text_of(leads), "opportunities.csv": text_of(deals)}, plan)
        assert rows_of(crm.journeys, "won") == [(day,)]


@pytest.mark.parametrize(("entry", "day"), [("first", 1), ("last", 8)])
def test_a_lead_with_several_deals_counts_once_with_all_their_amounts(tmp_path: Path, entry: str, day: int) -> None:
    leads = [("lead_id", "source", "lead"), ("1", "Web", "2026-01-05"), ("2", "Web", "2026-01-05")]
    deals = [
        ("lead_id", "won", "amount"),
        ("1", "2026-02-01", "10"),
        ("1", "2026-02-08", "5"),
        ("1", "2026-02-08", "5"),
    ]
    plan = charter({"file": "leads.csv"}, {"file": "deals.csv"}, funnel={"entry": entry})
    crm = read(tmp_path, {"leads.csv": text_of(leads), "deals.csv": text_of(deals)}, plan)
    assert rows_of(crm.journeys, "won", "amount") == [(dt.date(2026, 2, day), 15.0), (None, None)]
    assert [*messages_of(crm, 0), *messages_of(crm, 1)] == [
        "1 row has no row in deals.csv; counted as not having entered its stages (row 3).",
        "1 row repeats all that is read of another row, of which one is kept; set aside (row 4).",
    ]


def test_skipped_stages_are_passed_where_the_charter_says_so(tmp_path: Path) -> None:
    rows = [("lead_id", "source", "lead", "mql", "won"), ("1", "Web", "2026-01-05", "", "2026-02-01")]
    for skipped, mql in (("observed", None), ("passed", dt.date(2026, 2, 1))):
        plan = charter(stages=("lead", "mql", "won"), funnel={"skipped": skipped})
        crm = read(tmp_path, {"leads.csv": text_of(rows)}, plan)
        assert rows_of(crm.journeys, "mql") == [(mql,)]
        assert ("skipped_stage" in problems_of(crm)) == (skipped == "observed")


def test_an_entry_before_creation_is_counted(tmp_path: Path) -> None:
    crm = read(tmp_path, {"leads.csv": text_of([*ROWS, ("3", "Web", "2026-01-05", "2026-01-04")])})
    (message,) = messages_of(crm)
    assert message == ("1 row has a won date before the lead date; such an entry counts in no rate from lead (row 4).")


# Accounts are numbers.


def accounts(crm: Crm) -> list[tuple[str | None, int | None]]:
    """The account of each lead, by its name and by its number."""
    numbers = {row["lead_id"]: row["account"] for row in crm.journeys.to_pyarrow().to_pylist()}
    return [(name, numbers[lead]) for lead, name in rows_of(crm.leads, "lead_id", "account_id")]


def test_leads_of_one_account_have_one_number_and_others_have_none(tmp_path: Path) -> None:
    names = ["Acme", "Acme ", "acme", "", "n/a", "Brio", "Acme", "=A1", "🎉" * 400]
    rows = [(str(number), name, "2026-01-05", "") for number, name in enumerate(names)]
    crm = read(tmp_path, {"leads.csv": text_of([("lead_id", "account_id", "lead", "won"), *rows])}, charter(sources={}))
    assert crm.journeys.schema()["account"].is_int64()
    assert "account" not in crm.categories
    assert "account_id" not in crm.journeys.columns
    found = accounts(crm)
    assert [number is None for _, number in found] == [name in ("", "n/a") for name in names]
    assert len({number for _, number in found}) == len({name for name, _ in found}) == 6
    assert len(set(found)) == 6


def test_leads_of_a_file_without_accounts_have_no_number(tmp_path: Path) -> None:
    crm = read(tmp_path, {"leads.csv": text_of(ROWS)})
    assert crm.journeys.schema()["account"].is_int64()
    assert rows_of(crm.journeys, "account") == [(None,), (None,)]


def test_the_account_may_stand_in_the_file_of_deals(tmp_path: Path) -> None:
    leads = [("lead_id", "source", "lead"), ("1", "Web", "2026-01-05"), ("2", "Web", "2026-01-06")]
    deals = [("lead_id", "account_id", "won"), ("1", "Acme", "2026-02-01")]
    plan = charter({"file": "leads.csv"}, {"file": "deals.csv"})
    crm = read(tmp_path, {"leads.csv": text_of(leads), "deals.csv": text_of(deals)}, plan)
    assert [(name, number is None) for name, number in accounts(crm)] == [("Acme", False), (None, True)]


def test_every_layout_has_the_same_leads_in_one_account(samples: dict[str, Crm]) -> None:
    found = []
    for layout, crm in samples.items():
        # A file of Parquet has no header for a first row.
        header = 1 if layout == "parquet" else 2
        alike: dict[int, list[int]] = {}
        for row, number in rows_of(crm.journeys, "row", "account"):
            alike.setdefault(number, []).append(row - header)
        found.append(sorted(sorted(rows) for rows in alike.values()))
    assert len(found[0]) > 400
    assert found == [found[0]] * 3


def test_every_layout_has_the_same_customers_and_spending(samples: dict[str, Crm]) -> None:
    stays, spent = [], []
    for layout, crm in samples.items():
        header = 1 if layout == "parquet" else 2
        days = rows_of(crm.journeys, "row", "customer_since", "churned_on")
        stays.append(sorted((row - header, since, str(until)) for row, since, until in days if since))
        assert crm.spend is not None
        spent.append(sorted(rows_of(crm.spend, "month", "source", "direction", "amount", by="month")))
    assert len(stays[0]) > 100
    assert stays == [stays[0]] * 3
    assert len(spent[0]) > 100
    assert spent == [spent[0]] * 3


# Engines.


def test_journeys_are_the_same_on_every_engine(tmp_path: Path, samples: dict[str, Crm]) -> None:
    plan = samples["hubspot"].charter
    for engine in (f"duckdb://{tmp_path}/work.db", ibis.polars.connect()):
        first, again = read_export(plan, engine=engine), read_export(plan, engine=engine)
        columns = first.journeys.columns
        assert rows_of(again.journeys, *columns) == rows_of(samples["hubspot"].journeys, *columns)
        assert again.journeys.get_name() == first.journeys.get_name()


def test_two_exports_on_one_engine_do_not_get_into_each_others_way(tmp_path: Path) -> None:
    engine = ibis.polars.connect()
    one = read(tmp_path / "one", {"leads.csv": text_of(ROWS)}, engine=engine)
    other = read(tmp_path / "other", {"leads.csv": text_of(ROWS[:2])}, engine=engine)
    assert (one.journeys.count().to_pyarrow().as_py(), other.journeys.count().to_pyarrow().as_py()) == (2, 1)


# Hostile text is only text.

HOSTILE = [
    "Robert'); DROP TABLE journeys;--",
    'quo"te',
    "a;b,c\td",
    "line\nbreak",
    "\u202eevil\u202c",
    "emoji 🎉",
    "{{ template }} <script>",
    "=HYPERLINK(1)",
    "%s {0} $1 ?",
    "unknown",
    "UNKNOWN",
    "Web",
    "web",
    "x" * 5_000,
]


def test_labels_ids_and_sources_may_be_any_text(tmp_path: Path) -> None:
    rows = [("lead_id", "source", "owner", "size", "lead", "won")]
    rows += [(label, label, label, label, "2026-01-05", "") for label in HOSTILE]
    crm = read(tmp_path, {"leads.csv": text_of(rows)}, charter(segments=("size",)))
    assert rows_of(crm.journeys, "lead_id", "owner", "size") == sorted((label, label, label) for label in HOSTILE)
    assert rows_of(crm.leads, "lead_id", "owner", "size") == sorted((label, label, label) for label in HOSTILE)
    assert {code: rows for code, (rows, _) in problems_of(crm).items()} == {"unlisted_source": len(HOSTILE) - 1}
    (message,) = messages_of(crm)
    assert message.isprintable()
    assert len(message) < 700


def test_sources_of_the_charter_may_be_any_text(tmp_path: Path) -> None:
    sources = {raw: (f"{raw} it is", "inbound") for raw in HOSTILE if "\0" not in raw}
    rows = [HEADER, *((str(number), raw, "2026-01-05", "") for number, raw in enumerate(sources))]
    crm = read(tmp_path, {"leads.csv": text_of(rows)}, charter(sources=sources))
    assert sorted(rows_of(crm.journeys, "source")) == sorted((source,) for source, _ in sources.values())
    assert problems_of(crm) == {}


def test_headers_may_be_any_text(tmp_path: Path) -> None:
    hostile = [text for text in HOSTILE if "\0" not in text and len(text) < 100]
    header = [*HEADER, *hostile, *hostile, "", ""]
    rows = [header, ["1", "Web", "2026-01-05", "", *hostile, *hostile, "", ""]]
    assert read(tmp_path, {"leads.csv": text_of(rows)}).quality.files[0].rows_kept == 1
    for number, text in enumerate(hostile[:8]):
        one = [[*HEADER, text], ["1", "Web", "2026-01-05", "", "told"]]
        columns = {**{name: name for name in HEADER}, "size": text}
        plan = charter({"file": "leads.csv", "columns": columns})
        crm = read(tmp_path / str(number), {"leads.csv": text_of(one)}, plan)
        assert rows_of(crm.journeys, "size") == [("told",)]
        escaped = text.replace('"', '""')
        parquet(
            tmp_path / str(number) / "leads.parquet",
            f"SELECT '1' AS lead_id, 'Web' AS source, DATE '2026-01-05' AS lead, NULL::DATE AS won, 'told' AS "
            f'"{escaped}"',
        )
        plan = charter({"file": "leads.parquet", "columns": columns})
        assert rows_of(read(tmp_path / str(number), {}, plan).journeys, "size") == [("told",)]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_headers_that_differ_only_in_case_are_different_columns(tmp_path: Path, kind: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "lead_id": ["1"],
            "source": ["Web"],
            "lead": [DAY],
            "won": pa.array([None], pa.date32()),
            "Size": ["upper"],
            "size": ["lower"],
            "nested": [{"a": 1, "size": 2}],
            "SIZE": ["loud"],
        }
    )
    pq.write_table(table, tmp_path / "leads.parquet")
    rows = [table.column_names, ["1", "Web", "2026-01-05", "", "upper", "lower", "", "loud"]]
    for header, label in (("Size", "upper"), ("size", "lower"), ("SIZE", "loud")):
        plan = charter({"file": f"leads.{kind}", "columns": {"company": header}})
        crm = read(tmp_path, {"leads.csv": text_of(rows)}, plan)
        assert rows_of(crm.journeys, "company") == [(label,)]


def test_stages_and_segments_may_bear_the_words_of_a_query_language(tmp_path: Path) -> None:
    rows = [("lead_id", "source", "select", "order", "group", "from", "a b", 'quo"te')]
    rows += [("1", "Web", "2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08", "x", "y")]
    plan = charter(stages=("select", "order", "group"), exits=("from",), segments=("a b", 'quo"te'))
    crm = read(tmp_path, {"leads.csv": text_of(rows)}, plan)
    days = tuple(dt.date(2026, 1, day) for day in (5, 6, 7, 8))
    assert rows_of(crm.journeys, "select", "order", "group", "from", "a b", 'quo"te') == [(*days, "x", "y")]
    assert crm.entries.count().to_pyarrow().as_py() == 4


def test_a_segment_may_have_more_labels_than_are_worth_a_dictionary(tmp_path: Path) -> None:
    rows = [("lead_id", "source", "size", "lead", "won")]
    rows += [(str(number), "Web", f"label {number}" if number else "", "2026-01-05", "") for number in range(10_500)]
    crm = read(tmp_path, {"leads.csv": text_of(rows)}, charter(segments=("size",)))
    labels = {label for (label,) in rows_of(crm.journeys, "size")}
    assert labels == {"unknown", *(f"label {number}" for number in range(1, 10_500))}


def test_forty_stages_are_not_too_many(tmp_path: Path) -> None:
    stages = [f"stage_{number}" for number in range(40)]
    rows = [("lead_id", "source", *stages), ("1", "Web", *["2026-01-05"] * 40)]
    for skipped in ("observed", "passed"):
        plan = charter(stages=stages, funnel={"skipped": skipped})
        assert problems_of(read(tmp_path, {"leads.csv": text_of(rows)}, plan)) == {}


# Nothing stays behind, and nothing is taken along.


def test_only_columns_that_the_charter_asks_for_are_copied(tmp_path: Path) -> None:
    rows = [(*HEADER, "Email", "First Name"), ("1", "Web", "2026-01-05", "", "secret@example.com", "Secretia")]
    crm = read(tmp_path, {"leads.csv": text_of(rows)})
    con = crm.leads.get_backend().con
    tables = con.execute("SELECT database_name, table_name FROM duckdb_tables()").fetchall()
    assert {name for _, name in tables} >= {"file_0", "journeys"}
    assert "file_0_text" not in {name for _, name in tables}
    for database, table in tables:
        assert "ecret" not in str(con.execute(f'SELECT * FROM "{database}"."{table}"').fetchall())


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files of its own, to look into."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_the_work_files_go_with_the_crm(tmp_path: Path, temporary: Path) -> None:
    crm = read(tmp_path, {"leads.csv": text_of(ROWS)})
    journeys = crm.journeys
    del crm
    gc.collect()
    # A table that someone still holds keeps them alive.
    assert len(list(temporary.iterdir())) == 1
    assert journeys.count().to_pyarrow().as_py() == 2
    del journeys
    gc.collect()
    assert list(temporary.iterdir()) == []


def test_the_work_files_go_with_the_interpreter(tmp_path: Path, root: Path) -> None:
    write(tmp_path / "client", {"leads.csv": text_of(ROWS)})
    (tmp_path / "temporary").mkdir()
    script = (
        f"from alignment_metrics.exports import read_export\n"
        f"from pathlib import Path\n"
        f"crm = read_export({str(tmp_path / 'client')!r})\n"
        f"print(len(list(Path({str(tmp_path / 'temporary')!r}).iterdir())))\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path / "temporary"), "PYTHONPATH": str(root / "src")}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
    assert list((tmp_path / "temporary").iterdir()) == []


def test_the_clients_folder_is_left_as_it_was(tmp_path: Path) -> None:
    folder = write(tmp_path, {"leads.csv": text_of(ROWS)})
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    read_export(folder)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()} == before
