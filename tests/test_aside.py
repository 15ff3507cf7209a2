"""Rows that were set aside, written to a file of their own: with the reason, values intact, and nothing that acts."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pytest
from folders import charter, text_of, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alignment_metrics.cells import FORMULA, text
from alignment_metrics.exports import aside, read_export
from alignment_metrics.files import open_file

WHY = {"missing_id": "2 rows have no lead_id; set aside.", "footer_row": "1 row stands below the rows; set aside."}


def opened_in(folder: Path, content: str | bytes, name: str = "leads.csv") -> tuple[Any, Any]:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    con = ibis.duckdb.connect()
    return con, open_file(con, folder / name, "file_0", scratch=folder)


def rows_table(con: Any, rows: Sequence[tuple[int, str]]) -> ibis.Table:
    con.raw_sql("CREATE TABLE lost (row BIGINT, code VARCHAR)")
    for row in rows:
        con.con.execute("INSERT INTO lost VALUES (?, ?)", list(row))
    return con.table("lost")


def read_back(path: Path) -> list[list[str]]:
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_rows_are_written_in_order_with_their_reason_and_all_their_cells(tmp_path: Path) -> None:
    rows = [("lead_id", "Notiz; so, und", "lead"), ("1", "a\nb", "x"), ("2", ' "q" ', ""), ("", "é–漢", "2026-01-05")]
    con, opened = opened_in(tmp_path, text_of(rows))
    lost = rows_table(con, [(4, "missing_id"), (2, "missing_id")])
    assert aside.write(con, opened, lost, WHY, tmp_path / "out.csv") == 2
    assert read_back(tmp_path / "out.csv") == [
        ["row", "reason", "why", *rows[0]],
        ["2", "missing_id", WHY["missing_id"], *rows[1]],
        ["4", "missing_id", WHY["missing_id"], *rows[3]],
    ]


def test_a_row_set_aside_for_two_reasons_is_written_once(tmp_path: Path) -> None:
    con, opened = opened_in(tmp_path, "lead_id,lead\n1,x\n2,y\n")
    lost = rows_table(con, [(2, "missing_id"), (2, "footer_row")])
    assert aside.write(con, opened, lost, WHY, tmp_path / "out.csv") == 1
    assert [line[:2] for line in read_back(tmp_path / "out.csv")[1:]] == [["2", "footer_row"]]


def test_where_nothing_was_set_aside_no_file_is_made(tmp_path: Path) -> None:
    con, opened = opened_in(tmp_path, "lead_id,lead\n1,x\n")
    assert aside.write(con, opened, rows_table(con, []), {}, tmp_path / "out.csv") == 0
    assert not (tmp_path / "out.csv").exists()


def test_a_file_that_was_written_to_meanwhile_is_refused(tmp_path: Path) -> None:
    con, opened = opened_in(tmp_path, "lead_id,lead\n1,x\n2,y\n")
    lost = rows_table(con, [(9, "missing_id")])
    with pytest.raises(ValueError, match="changed") as caught:
        aside.write(con, opened, lost, WHY, tmp_path / "out.csv")
    assert str(caught.value) == (
        "the file was changed while it was read; leave it alone until it is read, and try again."
    )


def test_footers_are_written_too_with_their_text_in_the_first_column(tmp_path: Path) -> None:
    con, opened = opened_in(tmp_path, 'lead_id,lead,source\n1,2026-01-05,Web\n"Grand Totals (1 records)"\n')
    assert opened.footers == ((3, "Grand Totals (1 records)"),)
    assert aside.write(con, opened, rows_table(con, []), WHY, tmp_path / "out.csv") == 1
    assert read_back(tmp_path / "out.csv")[1:] == [
        ["3", "footer_row", WHY["footer_row"], "Grand Totals (1 records)", "", ""]
    ]


@pytest.mark.parametrize("typed", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "＝1+1", "-", "-None-"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe_and_is_else_as_it_was(tmp_path: Path, typed: str) -> None:
    con, opened = opened_in(tmp_path, text_of([(typed, "lead"), (typed, "x")]))
    aside.write(con, opened, rows_table(con, [(2, "missing_id")]), WHY, tmp_path / "out.csv")
    head, line = read_back(tmp_path / "out.csv")
    assert (head[3], line[3]) == (f"'{typed}", f"'{typed}")


@pytest.mark.parametrize("number", ["-5", "+3.2", "-1,200.50", "-0,5", "5", "=", ""])
def test_a_plain_number_is_no_formula(number: str) -> None:
    assert text(number) == (f"'{number}" if number == "=" else number)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.text(max_size=8))
def test_whatever_is_written_does_not_begin_like_a_formula_and_loses_nothing(cell: str) -> None:
    shown = text(cell)
    assert shown in (cell, f"'{cell}")
    digits = shown[1:].replace(",", "").replace(".", "")
    assert not shown.startswith(FORMULA) or (shown[0] in "+-" and digits.isdecimal())


def test_rows_of_a_parquet_file_are_numbered_from_one(tmp_path: Path) -> None:
    pd.DataFrame({"lead_id": ["1", None], "amount": [1.5, -2.0]}).to_parquet(tmp_path / "leads.parquet")
    con = ibis.duckdb.connect()
    opened = open_file(con, tmp_path / "leads.parquet", "file_0", scratch=tmp_path)
    assert aside.write(con, opened, rows_table(con, [(2, "missing_id")]), WHY, tmp_path / "out.csv") == 1
    assert read_back(tmp_path / "out.csv")[1:] == [["2", "missing_id", WHY["missing_id"], "", "-2.0"]]


def test_a_name_never_leaves_the_folder_and_is_another_one_for_each_file(tmp_path: Path) -> None:
    files = ["leads.csv", "../leads.csv", "a/../../leads.csv", "LEADS.CSV", "..", "a\\b:c.csv", "x" * 300 + ".csv"]
    names = aside.file_names(files)
    assert list(names) == files
    for name in names.values():
        assert (tmp_path / name).resolve().parent == tmp_path.resolve()
        assert name.startswith("set-aside-")
        assert name.endswith(".csv")
        assert len(name) < 130
    assert len({name.casefold() for name in names.values()}) == len(files)


def test_an_export_read_with_a_folder_for_it_leaves_there_exactly_what_it_set_aside(tmp_path: Path) -> None:
    rows = [("lead_id", "source", "lead", "won"), ("1", "Web", "2026-01-05", ""), ("", "=evil()", "2026-01-06", "")]
    rows += [("1", "Web", "2026-01-05", ""), ("3", "Call", "never", "")]
    write(tmp_path / "client", {"leads.csv": text_of(rows)}, charter())
    (tmp_path / "out").mkdir()
    crm = read_export(tmp_path / "client", set_aside=tmp_path / "out")
    (account,) = crm.quality.files
    assert account.rows_set_aside == 3
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["set-aside-leads.csv"]
    lines = read_back(tmp_path / "out" / "set-aside-leads.csv")[1:]
    assert [(row, code, *cells) for row, code, _, *cells in lines] == [
        ("3", "missing_id", "", "'=evil()", "2026-01-06", ""),
        ("4", "duplicate_id", "1", "Web", "2026-01-05", ""),
        ("5", "unreadable_created", "3", "Call", "never", ""),
    ]
    told = {problem.code: problem.message for problem in account.problems}
    assert all(why == told[code] for _, code, why, *_ in lines)
