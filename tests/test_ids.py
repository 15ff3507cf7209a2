"""Ids: text that is kept as it is, and refused where a program on the way has changed it."""

from __future__ import annotations

from typing import Any

import ibis
import pytest

from alignment_metrics.columns import ids

# Worked examples of pages that explain the three check characters: gammone.com ("How to convert Salesforce ID from 15
# to 18 chars") and theblogreaders.com ("What is the difference between a 15 digit and a 18 digit Salesforce ID?").
PAIRS = {"a0D30000001n7Pi": "EAI", "0019000000B98de": "AAB"}


def read(cells: list[Any], *, salesforce: bool = False, kind: str = "VARCHAR") -> tuple[list[str], list[str | None]]:
    """What is wrong with a column of ids, and the ids."""
    con = ibis.duckdb.connect()
    con.con.execute(f"CREATE TEMPORARY TABLE raw (row BIGINT, c {kind})")
    for number, cell in enumerate(cells):
        con.con.execute("INSERT INTO raw VALUES (?, ?)", [number, cell])
    table, problems = con.table("raw"), list[str]()
    whole = ids.check(table, "c", "Record ID", problems, salesforce=salesforce)
    told = table.select("row", told=ids.read(table["c"], salesforce, whole_floats=whole)).order_by("row")
    return problems, [row["told"] for row in told.to_pyarrow().to_pylist()]


def test_ids_are_text_without_blanks_around_them_and_case_counts() -> None:
    cells = [" a ", "A", "007", "1E5", "C+3", "", "  ", None]
    assert read(cells) == ([], ["a", "A", "007", "1E5", "C+3", None, None, None])


def test_ids_eaten_by_a_spreadsheet_are_refused() -> None:
    remedy = "export again and do not open the file in a spreadsheet, or format the column as text before saving it."
    problems, _ = read(["7", "1.23E+14", " 1,23E+14", "7e+15"])
    assert problems == [f"'Record ID': 3 ids have been eaten by a spreadsheet, such as '1,23E+14'; {remedy}"]
    problems, _ = read(["1.23E+14"])
    assert problems == [f"'Record ID': 1 id has been eaten by a spreadsheet, such as '1.23E+14'; {remedy}"]


def test_whole_floats_lose_their_zero_only_where_the_whole_column_is_so() -> None:
    assert read(["7100000001.0", None, " 12.0 "]) == ([], ["7100000001", None, "12"])
    assert read(["7100000001.0", "12"]) == ([], ["7100000001.0", "12"])
    assert read(["7.5", "7.0"]) == ([], ["7.5", "7.0"])
    assert read(["1.2.0", "7.0"]) == ([], ["1.2.0", "7.0"])


def test_numbers_of_a_typed_file_become_text() -> None:
    assert read([1, 2**60, None], kind="BIGINT") == ([], ["1", str(2**60), None])
    assert read([1.0, 7100000001.0, None, float("nan")], kind="DOUBLE") == ([], ["1", "7100000001", None, None])
    assert read([1.5, 2.0], kind="DOUBLE") == ([], ["1.5", "2.0"])


def test_floats_that_cannot_tell_their_neighbours_apart_are_refused() -> None:
    # 2**53 + 1 is the first whole number that a float of 64 bits does not know.
    problems, _ = read([2.0**53, float("inf"), 1.0], kind="DOUBLE")
    assert problems == [
        "'Record ID': 2 ids are numbers too long for the kind they are kept as, and have been rounded, such as "
        "'9007199254740992.0'; export it as text."
    ]
    problems, _ = read([2.0**60], kind="DOUBLE")
    assert problems == [
        "'Record ID': 1 id is a number too long for the kind it is kept as, and has been rounded, such as "
        "'1.152921504606847e+18'; export it as text."
    ]
    assert read([2.0**53 - 1], kind="DOUBLE") == ([], ["9007199254740991"])


def test_salesforce_ids_of_15_and_of_18_characters_match() -> None:
    cells = [short + (letters if number else "") for short, letters in PAIRS.items() for number in (0, 1)]
    assert read(cells, salesforce=True) == ([], [short for short in PAIRS for _ in (0, 1)])
    assert read(["L1", "x" * 17, None], salesforce=True) == ([], ["L1", "x" * 17, None])
    assert read([cells[1]]) == ([], [cells[1]])


@pytest.mark.parametrize("change", [str.lower, str.upper, str.capitalize])
def test_salesforce_ids_whose_capitals_were_changed_are_refused(change: Any) -> None:
    long = "a0D30000001n7Pi" + PAIRS["a0D30000001n7Pi"]
    problems, _ = read([long, change(long)], salesforce=True)
    assert problems == [
        "'Record ID': 1 id has capitals that do not agree with its last three characters, such as "
        f"'{change(long)}'; something on the way has changed capitals, by which records differ: export again, and "
        "leave them as they are."
    ]
    assert len(read([change(long)] * 3, salesforce=True)[0]) == 1
    assert read([change(long)])[0] == []


@pytest.mark.parametrize("short, letters", PAIRS.items())
def test_ids_that_are_all_capitals_by_nature_are_not_refused(short: str, letters: str) -> None:
    assert read([short + letters, "001" + "0" * 12 + "AAA"], salesforce=True)[0] == []
