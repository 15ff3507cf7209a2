"""What is set aside, what is counted and kept, and that the charter may have it otherwise."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from folders import charter, messages_of, problems_of, read, rows_of, text_of, write
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from alignment_metrics.charter import TREATMENTS, read_charter
from alignment_metrics.crm import Crm
from alignment_metrics.exports import ExportError, read_export

LEADS = {"file": "leads.csv", "layout": "custom"}
STAGES = ("lead", "mql", "won")


def read_rows(folder: Path, *rows: tuple[str, ...], plan: str = "", **files: str) -> Crm:
    return read(folder, {"leads.csv": text_of(rows), **files}, plan or charter())


def kept(crm: Crm) -> list[str]:
    return [lead for (lead,) in rows_of(crm.journeys, "lead_id")]


def test_totals_notices_and_repeated_headers_are_no_leads(tmp_path: Path) -> None:
    header = ("lead_id", "source", "lead", "won")
    rows = [
        header,
        ("1", "Web", "2026-01-05", ""),
        ("Subtotal", "", "1", ""),
        header,
        ("2", "Call", "2026-01-06", ""),
        ("Grand Totals (2 records)", "", "2", ""),
        ("Totally Fine Ltd", "Web", "2026-01-07", ""),
    ]
    crm = read_rows(tmp_path, *rows)
    assert kept(crm) == ["1", "2", "Totally Fine Ltd"]
    assert messages_of(crm) == [
        "1 row repeats the header; set aside (row 4).",
        "2 rows hold a total or a notice in place of a record; set aside (rows 3, 6).",
    ]
    account = crm.quality.files[0]
    assert (account.rows_read, account.rows_kept, account.rows_set_aside) == (6, 3, 3)


HUBSPOT = ("Record ID", "Email", "Create Date", "Became a Customer Date", "Merged Contact IDs", "Contact owner")


def hubspot(folder: Path, *rows: tuple[str, ...], **plan: Any) -> Crm:
    file = {"file": "leads.csv", "layout": "hubspot-contacts", "timezone": "UTC"}
    return read_rows(folder, HUBSPOT, *rows, plan=charter(file, sources={}, **plan))


PEOPLE = [
    ("1", "ann@acme.example", "2026-01-05 09:00", "", "", "Ida"),
    ("2", "ANN@acme.example ", "2026-01-04 09:00", "", "", "Ida"),
    ("3", "test@acme.example", "2026-01-06 09:00", "", "", "Ida"),
    ("4", "bob@test.com", "2026-01-06 09:00", "", "", "Ida"),
    ("5", "contest@acme.example", "2026-01-06 09:00", "", "", ""),
    ("6", "eve@acme.example", "2026-01-06 09:00", "", "7;6; 8", "Ida"),
    ("7", "eve@old.example", "2026-01-02 09:00", "", "", "Ida"),
    ("8", "", "2026-01-02 09:00", "", "", "Ida"),
    ("9", "", "2026-01-02 09:00", "", "", "(blank)"),
]


def test_people_who_try_forms_and_records_that_were_merged_away_are_set_aside(tmp_path: Path) -> None:
    crm = hubspot(tmp_path, *PEOPLE)
    assert kept(crm) == ["1", "2", "5", "6", "9"]
    assert messages_of(crm) == [
        "2 rows have an id that another record lists as merged into it; set aside (rows 8, 9).",
        "2 rows have an e-mail address that people type to try a form; set aside (rows 4, 5).",
        "1 row has the e-mail address of another record under another id; each is kept as a lead of its own (row 2).",
        "2 rows have no owner; counted as unknown (rows 6, 10).",
        "1 row holds what a form leaves where nobody chose anything, such as 'Select' or '(blank)'; read as empty (row "
        "10).",
    ]


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        ({"test_row": "keep"}, ["1", "2", "3", "4", "5", "6", "9"]),
        ({"merged_record": "keep"}, ["1", "2", "5", "6", "7", "8", "9"]),
        ({"duplicate_email": "keep_earliest"}, ["2", "5", "6", "9"]),
        ({"empty_owner": "set_aside"}, ["1", "2", "6"]),
        ({"placeholder": "keep"}, ["1", "2", "5", "6", "9"]),
    ],
)
def test_the_charter_may_have_rows_treated_otherwise(
    tmp_path: Path, treatment: dict[str, str], expected: list[str]
) -> None:
    crm = hubspot(tmp_path, *PEOPLE, treatment=treatment)
    assert kept(crm) == expected
    account = crm.quality.files[0]
    assert account.rows_kept == len(expected)
    owners = {row["lead_id"]: row["owner"] for row in crm.leads.to_pyarrow().to_pylist()}
    if "9" in owners:
        assert owners["9"] == ("(blank)" if treatment == {"placeholder": "keep"} else "unknown")


def test_what_the_vendor_marks_as_deleted_or_merged_is_no_lead(tmp_path: Path) -> None:
    rows = [
        ("Id", "LeadSource", "CreatedDate", "Won Date", "IsDeleted", "MasterRecordId"),
        ("00QNw0000000001MAA", "Web", "2026-01-05T00:00:00Z", "", "false", ""),
        ("00QNw0000000002MAA", "Web", "2026-01-05T00:00:00Z", "", "true", ""),
        ("00QNw0000000003MAA", "Web", "2026-01-05T00:00:00Z", "", "0", "00QNw0000000001MAA"),
    ]
    file = {"file": "leads.csv", "layout": "salesforce-leads", "columns": {"won": "Won Date"}}
    crm = read_rows(tmp_path, *rows, plan=charter(file))
    assert kept(crm) == ["00QNw0000000001"]
    assert messages_of(crm) == [
        "1 row is marked as deleted; set aside (row 3).",
        "1 row is marked as merged into another record; set aside (row 4).",
    ]


ODD = [
    ("lead_id", "source", "amount", "lead", "mql", "won"),
    ("1", "Web", "5", "2026-01-05", "2026-01-07", "2026-01-06"),
    ("2", "Web", "", "2026-01-05", "2026-01-06", "2026-01-07"),
    ("3", "Web", "5", "2026-01-05", "2026-01-01", ""),
    ("4", "Web", "x", "2026-01-05", "1970-01-01", ""),
    ("5", "Web", "5", "2026-01-05", "soon", ""),
    ("6", "Web", "5", "2026-01-05", "2026-08-01", ""),
    ("7", "", "5", "2026-01-05", "", ""),
    ("8", "Fax", "5", "2026-01-05", "", ""),
]


def test_what_is_odd_is_counted_and_its_treatment_told(tmp_path: Path) -> None:
    crm = read_rows(tmp_path, *ODD, plan=charter(stages=STAGES))
    assert len(kept(crm)) == 8
    assert sorted(messages_of(crm)) == sorted(
        [
            "1 row has a won date before the mql date; such an entry counts in no rate from the later one (row 2).",
            "1 row has a mql date before the lead date; such an entry counts in no rate from lead (row 4).",
            "1 row has no source; counted as unknown (row 8).",
            "1 row has a mql date after 2026-06-30; counted as not entered yet (row 7).",
            "1 row has a mql date before 1990; counted as not entered (row 5).",
            "1 row has an amount that cannot be read; left empty (row 5).",
            "1 row has a mql date that cannot be read; counted as not entered (row 6).",
            "1 row has a source that [sources] does not list: 1 value not named here; counted as unknown (row 9).",
            "1 row came to won without an amount; counted in rates, not in money (row 3).",
        ]
    )


def test_dates_from_before_there_were_crms_are_believed_back_to_the_day_that_the_charter_names(tmp_path: Path) -> None:
    rows = [
        ("lead_id", "source", "lead", "won"),
        ("1", "Web", "1984-08-01", "1989-12-31"),
        ("2", "Web", "1975-04-29", ""),
        ("3", "Web", "1975-04-28", ""),
        ("4", "Web", "1991-01-05", "1970-01-01"),
    ]
    usual = read_rows(tmp_path / "usual", *rows)
    assert kept(usual) == ["4"]
    assert sorted(messages_of(usual)) == [
        "1 row has a won date before 1990; counted as not entered (row 5).",
        "3 rows have a lead date before 1990; set aside (rows 2, 3, 4).",
    ]
    old = read_rows(tmp_path / "old", *rows, plan=charter(since="1975-04-29"))
    assert rows_of(old.journeys, "lead_id", "lead", "won") == [
        ("1", dt.date(1984, 8, 1), dt.date(1989, 12, 31)),
        ("2", dt.date(1975, 4, 29), None),
        ("4", dt.date(1991, 1, 5), None),
    ]
    assert sorted(messages_of(old)) == [
        "1 row has a lead date before 1975-04-29; set aside (row 4).",
        "1 row has a won date before 1975-04-29; counted as not entered (row 5).",
    ]


@pytest.mark.parametrize(
    ("code", "lost"),
    [
        ("backward_move", "1"),
        ("won_without_amount", "2"),
        ("before_created", "3"),
        ("implausible_date", "4"),
        ("unreadable_amount", "4"),
        ("unreadable_date", "5"),
        ("event_after_as_of", "6"),
        ("empty_source", "7"),
        ("unlisted_source", "8"),
    ],
)
def test_each_odd_row_may_be_set_aside(tmp_path: Path, code: str, lost: str) -> None:
    crm = read_rows(tmp_path, *ODD, plan=charter(stages=STAGES, treatment={code: "set_aside"}))
    assert kept(crm) == [one for one in "12345678" if one != lost]
    left = {row["lead_id"] for row in crm.leads.to_pyarrow().to_pylist()}
    assert left == {row["lead_id"] for row in crm.entries.to_pyarrow().to_pylist()} == set(kept(crm))
    account = crm.quality.files[0]
    assert (account.rows_read, account.rows_kept) == (8, 7)
    (message,) = [one.message for one in account.problems if one.set_aside]
    assert message.endswith(f"; set aside (row {int(lost) + 1}).")


@pytest.mark.parametrize(("treated", "row"), [("keep_earliest", 2), ("keep_latest", 3)])
def test_of_rows_with_one_id_the_charter_says_which_is_kept(tmp_path: Path, treated: str, row: int) -> None:
    rows = [("lead_id", "source", "lead", "won"), ("1", "Web", "2026-01-05", ""), ("1", "Web", "2026-01-09", "")]
    crm = read_rows(tmp_path, *rows, plan=charter(treatment={"duplicate_id": treated}))
    assert rows_of(crm.leads, "row") == [(row,)]
    assert messages_of(crm)[0] == (
        f"1 row repeats the lead_id of another row, of which the {treated.removeprefix('keep_')} is kept; set aside "
        f"(row {5 - row})."
    )


def test_leads_from_before_the_charters_first_day_are_set_aside(tmp_path: Path) -> None:
    rows = [("lead_id", "source", "lead", "won"), ("1", "Web", "2026-01-05", ""), ("2", "Web", "2026-01-06", "")]
    crm = read_rows(tmp_path, *rows, plan=charter(since="2026-01-06"))
    assert kept(crm) == ["2"]
    assert messages_of(crm) == ["1 row has a lead date before 2026-01-06; set aside (row 2)."]


# Several files that are parts of one table.


def test_files_of_one_layout_are_parts_of_one_table_with_an_account_each(tmp_path: Path) -> None:
    header = ("lead_id", "source", "lead", "won", "size")
    first = [header, ("1", "Web", "2026-01-05", "2026-02-01", "small"), ("", "Web", "2026-01-05", "", "")]
    second = [
        ("lead", "lead_id", "won", "source"),  # other columns in another order
        ("2026-01-06", "2", "", "Call"),
        ("2026-01-07", "1", "", "Web"),
    ]
    plan = charter({"file": ["a.csv", "b.csv"]}, segments=("size",))
    crm = read(tmp_path, {"a.csv": text_of(first), "b.csv": text_of(second)}, plan)
    assert rows_of(crm.journeys, "lead_id", "source", "size", "won") == [
        ("1", "website", "small", dt.date(2026, 2, 1)),
        ("2", "cold call", "unknown", None),
    ]
    accounts = [(one.path, one.rows_read, one.rows_kept) for one in crm.quality.files]
    assert accounts == [("a.csv", 2, 1), ("b.csv", 2, 1)]
    assert messages_of(crm) == ["1 row has no lead_id; set aside (row 3)."]
    assert problems_of(crm, 1) == {"duplicate_id": (1, (3,)), "duplicate_differs": (1, (3,))}


def test_one_file_or_the_same_rows_in_three_are_alike(tmp_path: Path) -> None:
    rows = [(str(n), "Web" if n % 3 else "Call", f"2026-01-{1 + n % 28:02}", "") for n in range(60)]
    header = ("lead_id", "source", "lead", "won")
    whole = read(tmp_path / "one", {"leads.csv": text_of([header, *rows])})
    parts = {f"{n}.csv": text_of([header, *rows[n::3]]) for n in range(3)}
    several = read(tmp_path / "three", parts, charter({"file": [*parts]}))
    columns = ("lead_id", "source", "lead", "won")
    assert rows_of(whole.journeys, *columns) == rows_of(several.journeys, *columns)


# Deals that belong to leads.

DEALS = (
    "Record ID",
    "Associated Contact IDs",
    "Create Date",
    "Close Date",
    "Is Closed Won",
    "Is Deal Closed?",
    "Amount",
)
CONTACTS = [
    ("Record ID", "Create Date"),
    ("1", "2026-01-05 09:00"),
    ("2", "2026-01-02 09:00"),
    ("3", "2026-01-07 09:00"),
]


@pytest.mark.parametrize(("treated", "whose"), [("first", ["2"]), ("each", ["1", "2"])])
def test_a_deal_of_several_leads_is_that_of_the_first_or_of_each(
    tmp_path: Path, treated: str, whose: list[str]
) -> None:
    deals = [
        DEALS,
        ("900", "1; 2", "2026-01-10 09:00", "2026-02-01 10:00", "true", "true", "100"),
        ("901", "3", "2026-01-10 09:00", "2026-08-01 10:00", "false", "false", "100"),
        ("902", "7;8", "2026-01-10 09:00", "2026-02-01 10:00", "false", "true", "100"),
    ]
    plan = charter(
        {"file": "contacts.csv", "layout": "hubspot-contacts", "timezone": "UTC"},
        {"file": "deals.csv", "layout": "hubspot-deals", "timezone": "UTC"},
        stages=("lead", "opportunity", "won"),
        exits=("lost",),
        sources={},
        treatment={"shared_deal": treated},
    )
    crm = read(tmp_path, {"contacts.csv": text_of(CONTACTS), "deals.csv": text_of(deals)}, plan)
    won = [row["lead_id"] for row in crm.journeys.to_pyarrow().to_pylist() if row["won"]]
    assert sorted(won) == whose
    for_whom = "the one that came in first" if treated == "first" else "each of them"
    assert messages_of(crm, 1) == [
        "1 row has a lead_id that no lead of contacts.csv has; set aside (row 4).",
        f"2 rows name several leads; counted for {for_whom} (rows 2, 4).",
    ]
    assert (crm.quality.files[1].rows_read, crm.quality.files[1].rows_kept) == (3, 2)


def test_a_lead_named_twice_by_a_deal_has_it_once_and_a_cell_without_a_name_is_counted(tmp_path: Path) -> None:
    deals = [
        DEALS,
        ("900", "1;1;", "2026-01-10 09:00", "2026-02-01 10:00", "WAHR", "ja", "100"),
        ("901", ";", "2026-01-10 09:00", "2026-02-01 10:00", "true", "true", "100"),
        ("902", "3", "2026-01-10 09:00", "", "true", "true", "100"),
    ]
    plan = charter(
        {"file": "contacts.csv", "layout": "hubspot-contacts", "timezone": "UTC"},
        {"file": "deals.csv", "layout": "hubspot-deals", "timezone": "UTC"},
        stages=("lead", "opportunity", "won"),
        sources={},
        treatment={"shared_deal": "each"},
    )
    files = {"contacts.csv": text_of(CONTACTS), "deals.csv": text_of(deals)}
    crm = read(tmp_path, files, plan)
    assert rows_of(crm.journeys, "lead_id", "amount", "won")[0] == ("1", 100.0, dt.date(2026, 2, 1))
    assert messages_of(crm, 1) == [
        "1 row has a lead_id that no lead of contacts.csv has; set aside (row 3).",
        "1 row is closed, but no date tells when; counted as still open (row 4).",
    ]
    files["deals.csv"] = files["deals.csv"].replace("WAHR", "vielleicht")
    with pytest.raises(ExportError) as caught:
        read(tmp_path, files, plan)
    assert caught.value.problems == (
        "deals.csv: 'Is Closed Won' has 1 value that is neither yes nor no, such as 'vielleicht'; write true or false "
        "there.",
    )


def test_the_charter_may_say_by_what_words_deals_are_won(tmp_path: Path) -> None:
    deals = [
        ("Record ID", "Associated Contact IDs", "Create Date", "Close Date", "Deal Stage"),
        ("900", "1", "2026-01-10 09:00", "2026-02-01 10:00", "Gewonnen"),
    ]
    file = {"file": "deals.csv", "layout": "hubspot-deals", "timezone": "UTC", "stages": {"gewonnen": "won"}}
    plan = charter(
        {"file": "contacts.csv", "layout": "hubspot-contacts", "timezone": "UTC"},
        file,
        stages=("lead", "opportunity", "won"),
        sources={},
    )
    crm = read(tmp_path, {"contacts.csv": text_of(CONTACTS), "deals.csv": text_of(deals)}, plan)
    assert rows_of(crm.journeys, "won")[0] == (dt.date(2026, 2, 1),)


def test_of_records_that_list_each_other_as_merged_one_stays(tmp_path: Path) -> None:
    people = [("1", "", "2026-01-05 09:00", "", "2", "Ida"), ("2", "", "2026-01-05 09:00", "", "1", "Ida")]
    assert kept(hubspot(tmp_path, *people)) == ["1"]


def test_ids_of_18_characters_that_are_not_salesforces_stay_whole(tmp_path: Path) -> None:
    rows = [("Lead ID", "Lead Source", "Created Date", "Won")]
    rows += [(f"LEAD-2026-0000000{n}", "Web", "2026-01-05T00:00:00Z", "") for n in (1, 2)]
    file = {"file": "leads.csv", "layout": "salesforce-leads", "columns": {"won": "Won"}}
    assert kept(read_rows(tmp_path, *rows, plan=charter(file))) == ["LEAD-2026-00000001", "LEAD-2026-00000002"]


def test_parts_of_a_table_may_have_other_columns(tmp_path: Path) -> None:
    first = [("lead_id", "source", "lead", "won"), ("1", "Web", "2026-01-05", "2026-01-06")]
    second = [("lead_id", "source", "lead", "won", "amount"), ("2", "Web", "2026-01-05", "2026-01-06", "10")]
    plan = charter({"file": ["a.csv", "b.csv"]})
    crm = read(tmp_path, {"a.csv": text_of(first), "b.csv": text_of(second)}, plan)
    assert rows_of(crm.journeys, "lead_id", "amount") == [("1", None), ("2", 10.0)]
    assert problems_of(crm) == {"won_without_amount": (1, (2,))}


def test_deals_alone_are_the_records_where_the_funnel_begins_with_them(tmp_path: Path) -> None:
    rows = [
        ("Deal - ID", "Deal - Deal created", "Deal - Won time", "Deal - Lost time", "Deal - Value", "Deal - Pipeline"),
        ("1", "2026-01-05 09:00:00", "2026-02-01 09:00:00", "", "10", "Sales"),
        ("2", "2026-01-06 09:00:00", "", "2026-02-01 09:00:00", "10", "Renewals"),
        ("3", "2026-01-07 09:00:00", "", "", "10", "Sales"),
    ]
    file = {"file": "leads.csv", "layout": "pipedrive-deals", "timezone": "UTC"}
    plan = charter(file, stages=("opportunity", "won"), exits=("lost",), sources={})
    crm = read_rows(tmp_path, *rows, plan=plan)
    assert rows_of(crm.journeys, "lead_id", "opportunity", "won", "lost") == [
        ("1", dt.date(2026, 1, 5), dt.date(2026, 2, 1), None),
        ("2", dt.date(2026, 1, 6), None, dt.date(2026, 2, 1)),
        ("3", dt.date(2026, 1, 7), None, None),
    ]
    assert messages_of(crm) == [
        "The deals are of several pipelines: 'Sales' (2), 'Renewals' (1); all are counted alike. Where some are "
        "renewals, export the others alone."
    ]


def test_a_table_of_something_else_is_joined_by_the_column_that_the_charter_names(tmp_path: Path) -> None:
    leads = [
        ("lead_id", "source", "lead", "won", "owner", "Produkt"),
        ("1", "Web", "2026-01-05", "2026-02-01", "Ida", "GTXPro"),
        ("2", "Web", "2026-01-05", "", "Bo", "MG"),
        ("3", "Web", "2026-01-05", "", "Bo", ""),
    ]
    products = [("product", "series"), ("GTX Pro", "GTX"), ("MG", "MG series"), ("MG", "MG series")]
    teams = [("agent", "region"), ("Ida", "East"), ("Bo", "West")]
    files = {"leads.csv": text_of(leads), "products.csv": text_of(products), "teams.csv": text_of(teams)}
    plan = charter(
        {"file": "leads.csv", "columns": {"product": "Produkt"}},
        {"file": "products.csv", "join": "product"},
        {"file": "teams.csv", "join": "owner", "columns": {"owner": "agent"}},
        segments=("series", "region"),
    )
    crm = read(tmp_path, files, plan)
    assert rows_of(crm.journeys, "lead_id", "product", "series", "region") == [
        ("1", "GTXPro", "unknown", "East"),
        ("2", "MG", "MG series", "West"),
        ("3", "unknown", "unknown", "West"),
    ]
    assert messages_of(crm) == ["1 row has a product that products.csv does not have (row 2)."]
    assert messages_of(crm, 1) == [
        "1 row repeats the product of another row, of which one is kept; set aside (row 4).",
        "1 row has a product that no lead of leads.csv has; set aside (row 2).",
    ]
    assert messages_of(crm, 2) == []
    with pytest.raises(ExportError) as caught:
        read(tmp_path, files, plan.replace('"product" = "Produkt"', '"other" = "Produkt"'))
    assert caught.value.problems == (
        "products.csv: nothing joins it to leads.csv, which has no column for product; it has 'lead_id', 'source', "
        "'lead', 'won', 'owner', 'Produkt'. Name the column that both have under [export.columns] of each, or as join "
        '= "..." under the [[export]] of products.csv.',
    )


# Whatever is set aside, and for however many reasons at once, the account adds up.

DIRTY = [
    ("lead_id", "email", "source", "owner", "amount", "lead", "mql", "won"),
    *((str(n), f"p{n % 7}@acme.example", "Web", "Ida", "5", f"2026-01-{n + 1:02}", "", "") for n in range(12)),
    ("20", "test@acme.example", "", "", "x", "2026-01-05", "soon", "later"),
    ("21", "", "Fax", "(blank)", "", "2026-01-05", "2026-01-01", "2026-01-02"),
    ("22", "n/a", "", "", "x", "2026-01-05", "1970-01-01", "2026-08-01"),
    ("23", "n/a", "Web", "", "", "2026-01-05", "2026-02-05", "2026-02-01"),
    ("23", "n/a", "Web", "", "1", "2026-01-06", "2026-02-05", "2026-02-01"),
    ("", "", "", "", "", "", "", ""),
    ("NULL", "", "Web", "Ida", "", "2026-01-05", "", ""),
]
EVENTS = [
    ("lead_id", "stage", "at", "source", "owner"),
    *((str(n), stage, f"2026-01-{n + 3:02} 10:00", "", "") for n in range(5) for stage in ("lead", "mql")),
    ("9", "lead", "2026-01-03 10:00", "Web", "Ida"),  # one who is kept, whatever the others are set aside for
    ("9", "mql", "2026-01-04 10:00", "Web", "Ida"),
    ("0", "won", "2026-02-01 10:00", "Fax", ""),
    ("0", "won", "2026-02-01 10:00", "Fax", ""),
    ("1", "won", "2026-01-02 10:00", "Web", "Ida"),
    ("7", "mql", "2026-02-01 10:00", "Web", "Ida"),
    ("3", "won", "2026-08-01 10:00", "Web", "Ida"),
    ("3", "won", "", "Web", "Ida"),
]
CODES = sorted(code for code, told in TREATMENTS.items() if "set_aside" in told or code == "duplicate_email")


@given(some=st.sets(st.sampled_from(CODES)), history=st.booleans())
@example(some=set(CODES), history=False)
@example(some=set(CODES), history=True)
@example(some={"empty_owner", "unreadable_date"}, history=False)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_is_accounted_for_once_whatever_the_charter_has_set_aside(
    tmp_path: Path, some: set[str], history: bool
) -> None:
    folder = tmp_path / f"{history}-{'-'.join(sorted(some))}"[:200]
    treatment = {code: TREATMENTS[code][-1] if code == "duplicate_email" else "set_aside" for code in some}
    file = {"file": "leads.csv", "timezone": "UTC", "layout": "history" if history else "custom"}
    columns = {name: name for name in (("source", "owner") if history else ("email",))}
    plan = charter(file | {"columns": columns}, stages=STAGES, treatment=treatment)
    write(folder, {"leads.csv": text_of(EVENTS if history else DIRTY)}, plan)
    aside = folder / "aside"
    aside.mkdir(exist_ok=True)
    crm = read_export(read_charter(folder), set_aside=aside)
    (account,) = crm.quality.files
    assert account.rows_read == len(EVENTS if history else DIRTY) - 1
    assert sum(one.rows for one in account.problems if one.set_aside) == account.rows_set_aside
    with (aside / "set-aside-leads.csv").open(encoding="utf-8-sig", newline="") as told:
        rows = [row["row"] for row in csv.DictReader(told)]
    assert len(rows) == len(set(rows)) == account.rows_set_aside
    leads = kept(crm)
    assert {row["lead_id"] for row in crm.entries.to_pyarrow().to_pylist()} == set(leads)
    assert {row["lead_id"] for row in crm.leads.to_pyarrow().to_pylist()} == set(leads)
    if not history:
        assert len(leads) == account.rows_kept
