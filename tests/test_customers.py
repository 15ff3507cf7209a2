"""Who became a customer and who left: which lead each row is of, and what becomes of every row."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

import ibis
import pytest
import xlsxwriter
from folders import charter, messages_of, problems_of, read, rows_of, text_of, write

from alignment_metrics.crm import Crm
from alignment_metrics.exports import ExportError, read_export

LEADS = [
    ("lead_id", "source", "account_id", "lead", "won"),
    ("1", "Web", "Acme", "2026-01-05", "2026-03-01"),
    ("2", "Call", "Acme", "2026-01-06", "2026-02-01"),
    ("3", "Web", "Brio", "2026-01-07", ""),
    ("4", "Web", "Coro", "2026-01-08", "2026-03-01"),
    ("5", "Call", "", "2026-01-09", "2026-03-02"),
]
DAYS = ("lead_id", "customer_since", "churned_on")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def client(folder: Path, customers: str | bytes, *, more: str = "", treatment: dict[str, str] | None = None) -> Crm:
    files = {"leads.csv": text_of(LEADS), "customers.csv": customers}
    return read(folder, files, charter(treatment=treatment) + more)


def stays(crm: Crm) -> dict[str, tuple[dt.date, dt.date | None]]:
    """From when and until when each lead that is a customer is one."""
    return {lead: (since, until) for lead, since, until in rows_of(crm.journeys, *DAYS) if since}


def refused(folder: Path, customers: str | bytes, *, more: str = "") -> list[str]:
    with pytest.raises(ExportError) as caught:
        client(folder, customers, more=more)
    return list(caught.value.problems)


def test_a_folder_without_a_list_of_customers_has_no_such_days(tmp_path: Path) -> None:
    crm = read(tmp_path, {"leads.csv": text_of(LEADS)})
    assert not crm.has_customers
    assert [file.path for file in crm.quality.files] == ["leads.csv"]
    assert not {"customer_since", "churned_on"} & {*crm.journeys.columns}


def test_a_row_that_names_a_lead_is_of_that_lead(tmp_path: Path) -> None:
    crm = client(tmp_path, "lead_id,customer_since,churned_on\n1,2026-03-01,2026-05-31\n4,2026-03-02,\n")
    assert crm.has_customers
    assert stays(crm) == {"1": (day("2026-03-01"), day("2026-05-31")), "4": (day("2026-03-02"), None)}
    assert crm.journeys.schema()["customer_since"].is_date()
    assert crm.journeys.schema()["churned_on"].is_date()
    (_, found) = crm.quality.files
    assert (found.path, found.layout, found.because) == ("customers.csv", "customers", "by its name")
    assert (found.rows_read, found.rows_kept, found.problems) == (2, 2, ())


def test_a_row_that_names_an_account_is_of_its_lead_that_was_won_first(tmp_path: Path) -> None:
    crm = client(
        tmp_path, "Company;Customer since\nAcme;2026-03-05\nBrio;2026-03-06\nDeva;2026-03-06\nCoro;2026-03-07\n"
    )
    assert stays(crm) == {"2": (day("2026-03-05"), None), "4": (day("2026-03-07"), None)}
    assert messages_of(crm, 1) == ["2 rows have no lead that was won; set aside (rows 3, 4)."]


def test_of_leads_won_on_one_day_the_one_that_came_first_is_the_customer_in_whatever_order_they_stand(
    tmp_path: Path,
) -> None:
    first, second = ("1", "Web", "Acme", "2026-01-05", "2026-03-01"), ("2", "Web", "Acme", "2026-01-04", "2026-03-01")
    for order in ([first, second], [second, first]):
        files = {"leads.csv": text_of([LEADS[0], *order]), "customers.csv": "account_id,start date\nAcme,2026-03-05\n"}
        assert stays(read(tmp_path, files)) == {"2": (day("2026-03-05"), None)}


def test_a_lead_is_asked_for_before_its_account(tmp_path: Path) -> None:
    crm = client(
        tmp_path, "lead_id,account_id,customer_since\n1,Acme,2026-03-01\n,Coro,2026-03-02\n77,Acme,2026-04-02\n"
    )
    assert stays(crm) == {
        "1": (day("2026-03-01"), None),
        "4": (day("2026-03-02"), None),
        "2": (day("2026-04-02"), None),
    }


def test_the_headers_by_which_the_leads_are_known_are_known_here_too(tmp_path: Path) -> None:
    leads = text_of([("Nummer", "Firma", *LEADS[0][3:]), ("1", "Acme", "2026-01-05", "2026-03-01")])
    plan = charter({"file": "leads.csv", "columns": {"lead_id": "Nummer", "account_id": "Firma"}}, sources={})
    for header, cell in (("nummer", "1"), ("FIRMA", "Acme")):
        crm = read(tmp_path, {"leads.csv": leads, "customers.csv": f"{header},Start date\n{cell},2026-03-02\n"}, plan)
        assert stays(crm) == {"1": (day("2026-03-02"), None)}


def test_salesforce_ids_of_15_and_18_characters_are_the_same_lead(tmp_path: Path) -> None:
    leads = text_of([("Lead ID", "Created Date", "Won on"), ("00QNw0000000000", "2026-01-05", "2026-03-01")])
    plan = charter({"file": "leads.csv", "layout": "salesforce-leads", "columns": {"won": "Won on"}}, sources={})
    crm = read(
        tmp_path, {"leads.csv": leads, "customers.csv": "Lead ID,Start date\n00QNw0000000000MAA,2026-03-02\n"}, plan
    )
    assert list(stays(crm).values()) == [(day("2026-03-02"), None)]


def test_every_row_that_cannot_be_used_is_set_aside_for_its_first_reason(tmp_path: Path) -> None:
    rows = [
        ("lead_id", "customer_since", "churned_on"),
        ("1", "2026-03-01", "2026-02-28"),
        ("", "2026-03-01", ""),
        ("2", "", ""),
        ("2", "soon", ""),
        ("2", "1899-12-30", ""),
        ("2", "2026-07-01", ""),
        ("99", "2026-03-01", ""),
        ("lead_id", "customer_since", "churned_on"),
        ("4", "2026-03-04", ""),
        ("4", "2026-03-02", "2026-04-01"),
        ("5", "2026-03-02", "2026-03-02"),
    ]
    crm = client(tmp_path, text_of(rows))
    assert stays(crm) == {
        "4": (day("2026-03-02"), day("2026-04-01")),
        "5": (day("2026-03-02"), day("2026-03-02")),
    }
    assert messages_of(crm, 1) == [
        "1 row has a churned_on date before the customer_since date; set aside (row 2).",
        "1 row has the lead of another row, of which the earliest is kept; set aside (row 10).",
        "1 row has a customer_since date before 1990; set aside (row 6).",
        "1 row has no lead_id; set aside (row 3).",
        "1 row has no customer_since date; set aside (row 4).",
        "1 row has a lead_id that no lead has; set aside (row 8).",
        "1 row repeats the header; set aside (row 9).",
        "1 row has a customer_since date after 2026-06-30; set aside (row 7).",
        "1 row has a customer_since date that cannot be read; set aside (row 5).",
    ]
    file = crm.quality.files[1]
    assert (file.rows_read, file.rows_kept, file.rows_set_aside) == (11, 2, 9)


def test_days_of_leaving_that_cannot_be_used_leave_a_customer_who_stays(tmp_path: Path) -> None:
    rows = [("lead_id", "customer_since", "churned_on")]
    rows += [(str(n), "2026-03-01", end) for n, end in ((1, "2026-07-01"), (2, "active"), (4, "1900-01-01"))]
    crm = client(tmp_path, text_of(rows))
    assert stays(crm) == dict.fromkeys(("1", "2", "4"), (day("2026-03-01"), None))
    assert messages_of(crm, 1) == [
        "1 row has a churned_on date after 2026-06-30; counted as still a customer (row 2).",
        "1 row has a churned_on date before 1990; counted as still a customer (row 4).",
        "1 row has a churned_on date that cannot be read; counted as still a customer (row 3).",
    ]
    treatment = dict.fromkeys(("event_after_as_of", "implausible_date", "unreadable_date"), "set_aside")
    rows.append(("5", "2026-03-01", "2026-06-30"))
    crm = client(tmp_path, text_of(rows), treatment=treatment)
    assert stays(crm) == {"5": (day("2026-03-01"), day("2026-06-30"))}
    assert problems_of(crm, 1) == {
        "event_after_as_of": (1, (2,)),
        "implausible_date": (1, (4,)),
        "unreadable_date": (1, (3,)),
    }


def test_customers_that_their_lead_contradicts_are_counted_and_left_as_they_are(tmp_path: Path) -> None:
    crm = client(tmp_path, "lead_id,customer_since\n1,2025-12-31\n3,2026-03-01\n4,2026-03-01\n")
    assert [*stays(crm)] == ["1", "3", "4"]
    assert messages_of(crm, 1) == [
        "1 row has a customer_since date before the lead date of the lead; counted as a customer from that day on "
        "(row 2).",
        "1 row has a lead without a won date; counted as a customer from that day on (row 3).",
    ]


def test_customers_of_whom_none_is_a_lead_are_an_empty_list_and_no_error(tmp_path: Path) -> None:
    crm = client(tmp_path, "lead_id,customer_since\n98,2026-03-01\n99,2026-03-01\n")
    assert crm.has_customers
    assert stays(crm) == {}
    assert messages_of(crm, 1) == ["2 rows have a lead_id that no lead has; set aside (rows 2, 3)."]


def test_leads_that_are_set_aside_have_no_customers(tmp_path: Path) -> None:
    leads = [row if row[0] != "1" else (*row[:3], "2027-01-01", "") for row in LEADS]
    files = {"leads.csv": text_of(leads), "customers.csv": "lead_id,customer_since\n1,2026-03-01\n4,2026-03-01\n"}
    crm = read(tmp_path, files)
    assert [*stays(crm)] == ["4"]
    assert messages_of(crm, 1) == ["1 row has a lead_id that no lead has; set aside (row 2)."]


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_the_days_of_customers_go_wherever_the_journeys_go(tmp_path: Path, engine: str) -> None:
    files = {"leads.csv": text_of(LEADS), "customers.csv": "lead_id,customer_since\n4,2026-03-02\n"}
    crm = read(tmp_path, files, engine=getattr(ibis, engine).connect())
    assert stays(crm) == {"4": (day("2026-03-02"), None)}


def test_the_charter_may_name_the_file_its_columns_and_its_order_of_days(tmp_path: Path) -> None:
    more = '[customers]\nfile = "clients.txt"\nday_first = true\nencoding = "cp1252"\n[customers.columns]\n'
    more += 'lead_id = "Nr"\ncustomer_since = "Début"\nchurned_on = "Résilié"\n'
    files = {"leads.csv": text_of(LEADS), "clients.txt": "Nr;Début;Résilié\n1;03/04/2026;05/06/2026\n".encode("cp1252")}
    crm = read(tmp_path, files, charter() + more)
    assert stays(crm) == {"1": (day("2026-04-03"), day("2026-06-05"))}
    file = crm.quality.files[1]
    assert (file.path, file.because) == ("clients.txt", "named in the charter")
    assert [(column.header, column.name) for column in file.columns] == [
        ("Nr", "lead_id"),
        ("Début", "customer_since"),
        ("Résilié", "churned_on"),
    ]


def test_a_workbook_is_read_as_any_other_file(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "customers.xlsx") as book:
        sheet, days = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ("Lead ID", "Start date"))
        for row, lead in enumerate(("1", "4"), start=1):
            sheet.write(row, 0, lead)
            sheet.write_datetime(row, 1, dt.datetime(2026, 3, row), days)
    crm = read(tmp_path, {"leads.csv": text_of(LEADS)}, charter() + '[customers]\nfile = "customers.xlsx"\n')
    assert stays(crm) == {"1": (day("2026-03-01"), None), "4": (day("2026-03-02"), None)}


def test_a_file_of_leads_that_happens_to_be_named_so_is_no_list_of_customers(tmp_path: Path) -> None:
    crm = read(tmp_path, {"customers.csv": text_of(LEADS)}, charter({"file": "customers.csv"}))
    assert not crm.has_customers
    assert [file.path for file in crm.quality.files] == ["customers.csv"]


def test_one_file_may_hold_the_leads_and_tell_who_stayed(tmp_path: Path) -> None:
    rows = [(*row, since) for row, since in zip(LEADS, ("since", "2026-03-01", "", "", "", "x"), strict=True)]
    more = '[customers]\nfile = "leads.csv"\n[customers.columns]\ncustomer_since = "since"\n'
    write(tmp_path, {"leads.csv": text_of(rows)}, charter() + more)
    out = tmp_path / "out"
    out.mkdir()
    crm = read_export(tmp_path, set_aside=out)
    assert stays(crm) == {"1": (day("2026-03-01"), None)}
    assert [file.name for file in out.iterdir()] == ["set-aside-customers-leads.csv"]
    aside = (out / "set-aside-customers-leads.csv").read_text("utf-8-sig")
    assert [row[:2] for row in csv.reader(io.StringIO(aside))][1:] == [
        ["3", "missing_start"],
        ["4", "missing_start"],
        ["5", "missing_start"],
        ["6", "unreadable_start"],
    ]


HEADERS = (
    "the file has 'foo', 'bar'. Name it under [customers.columns] in the charter, or take the file out of the folder."
)
REFUSED: list[tuple[str | bytes, str, list[str]]] = [
    (
        "foo,bar\n1,2\n",
        "",
        [
            "no column for lead_id or account_id (expected 'lead_id', 'Lead ID', 'Contact ID' and 1 more or "
            f"'account_id', 'Account ID', 'Account' and 3 more); {HEADERS}",
            "no column for customer_since (expected 'customer_since', 'Customer since', 'Customer start' and 2 more); "
            f"{HEADERS}",
        ],
    ),
    (
        "lead_id,start date\n1,2026-03-01\n",
        '[customers.columns]\nchurned_on = "Gone"\n',
        ["no column 'Gone' for churned_on; the file has 'lead_id', 'start date'. Name one of them."],
    ),
    (
        "lead_id,start date,start date\n1,2026-03-01,2026-03-01\n",
        "",
        ["2 columns are named 'start date', and customer_since is read from it; rename all but one of them."],
    ),
    (
        "lead_id,start date\n1,03/04/2026\n",
        "",
        [
            "'start date': 1 date reads both ways, such as '03/04/2026' (3 April or 4 March); say day_first = true or "
            "false under [customers] in the charter."
        ],
    ),
    (
        "lead_id,start date\n1,2026-03-01 10:00\n",
        "",
        ["'start date' has times without a zone; say timezone = \"...\" under [customers] in the charter."],
    ),
    (
        "lead_id,start date\n7.1E+09,2026-03-01\n",
        "",
        [
            "'lead_id': 1 id has been eaten by a spreadsheet, such as '7.1E+09'; export again and do not open the file "
            "in a spreadsheet, or format the column as text before saving it."
        ],
    ),
    ("", "", ["the file is empty; export it again."]),
    (
        "lead_id,start date\n",
        "",
        [
            "not one usable row in 0 rows. It has a header and nothing below it. Correct it, or take the file out of "
            "the folder."
        ],
    ),
    (
        "lead_id,start date\n1,soon\n",
        "",
        [
            "not one usable row in 1 row. 1 row has a customer_since date that cannot be read; set aside (row 2). "
            "Correct it, or take the file out of the folder."
        ],
    ),
    (
        "lead_id,start date\n1,2026-03-01,3\n",
        "",
        ["line 2 has 3 fields where the header has 2; correct it, or export the file again."],
    ),
    (
        "lead_id,start date\n" + "x" * 10_000_000 + ",2026-03-01\n",
        "",
        [
            "line 2 is longer than two million characters, as if a quote were never closed; correct it, or export the "
            "file again."
        ],
    ),
    (
        "lead_id,start date\n1é,2026-03-01\n".encode("cp1252"),
        "",
        [
            "the file is not UTF-8 text; as cp1252 it would have the letter 'é': if that is of its language, say "
            'encoding = "cp1252" under [customers] in the charter, else save it as CSV UTF-8.'
        ],
    ),
]


@pytest.mark.parametrize(("customers", "more", "expected"), REFUSED)
def test_a_list_that_cannot_be_read_is_refused_in_a_sentence(
    tmp_path: Path, customers: str | bytes, more: str, expected: list[str]
) -> None:
    assert refused(tmp_path, customers, more=more) == [f"customers.csv: {one}" for one in expected]


def test_a_list_that_the_charter_names_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ExportError) as caught:
        read(tmp_path, {"leads.csv": text_of(LEADS)}, charter() + "[customers]\n")
    assert caught.value.problems == (
        "customers.csv: the file is not there; the folder has 'leads.csv'. Name one that it has.",
    )


def test_all_that_is_wrong_with_leads_and_lists_is_told_at_once(tmp_path: Path) -> None:
    files = {"leads.csv": "", "customers.csv": "", "spend.csv": ""}
    with pytest.raises(ExportError) as caught:
        read(tmp_path, files)
    assert caught.value.problems == tuple(
        f"{name}.csv: the file is empty; export it again." for name in ("leads", "spend", "customers")
    )


def test_lists_without_a_usable_row_are_told_at_once(tmp_path: Path) -> None:
    files = {
        "leads.csv": text_of(LEADS),
        "spend.csv": "month,source,amount\n",
        "customers.csv": "lead_id,customer_since\n1,someday\n",
    }
    with pytest.raises(ExportError) as caught:
        read(tmp_path, files)
    assert caught.value.problems == (
        "spend.csv: not one usable row in 0 rows. It has a header and nothing below it. Correct it, or take the file "
        "out of the folder.",
        "customers.csv: not one usable row in 1 row. 1 row has a customer_since date that cannot be read; set aside "
        "(row 2). Correct it, or take the file out of the folder.",
    )


def test_what_a_stranger_typed_stays_text(tmp_path: Path) -> None:
    typed = ['=HYPERLINK("x")', "<script>alert(1)</script>", "'; DROP TABLE journeys; --", "\u202egro", "%s{}\\n"]
    rows = [("lead_id", "customer_since"), *((one, "2026-03-01") for one in typed), ("1", "2026-03-01")]
    crm = client(tmp_path, text_of(rows))
    assert [*stays(crm)] == ["1"]
    assert messages_of(crm, 1) == ["5 rows have a lead_id that no lead has; set aside (rows 2, 3, 4, 5, 6)."]


def test_files_that_are_none_of_the_lists_are_left_alone(tmp_path: Path) -> None:
    crm = read(tmp_path, {"leads.csv": text_of(LEADS), "calls.csv": "", "survey-template.csv": "x"})
    assert [file.path for file in crm.quality.files] == ["leads.csv"]
