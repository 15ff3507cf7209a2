"""Dates and times: every form that CRMs write is read from the whole column, and what is open is asked."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis
import pytest

from alignment_metrics.charter import Export
from alignment_metrics.columns import names
from alignment_metrics.columns.times import parsed, parsed_all

UNTIL = dt.date(2026, 6, 30)
Row = dict[str, Any]


def table_of(columns: dict[str, list[Any]], kind: str = "VARCHAR") -> tuple[Any, ibis.Table]:
    con = ibis.duckdb.connect()
    rows = len(next(iter(columns.values())))
    con.con.execute("CREATE TEMPORARY TABLE raw (row BIGINT" + "".join(f", {name} {kind}" for name in columns) + ")")
    for number in range(rows):
        cells = [number, *(cells[number] for cells in columns.values())]
        con.con.execute(f"INSERT INTO raw VALUES ({', '.join('?' * len(cells))})", cells)
    return con, con.table("raw")


def read(
    cells: list[Any],
    *,
    kind: str = "VARCHAR",
    timezone: str | None = "Europe/Paris",
    day_first: bool | None = None,
    zone: str = "Europe/Paris",
) -> tuple[str, list[str], list[Row]]:
    """How a column was read, what must be settled first, and what each cell came to, without what is not so."""
    con, table = table_of({"c": cells}, kind)
    problems: list[str] = []
    export = Export("leads.csv", timezone=timezone, day_first=day_first)
    one = parsed(table, "c", "Created", export, zone, UNTIL, problems)
    con.raw_sql(f"CREATE VIEW first AS {con.compile(table.select('row', **one.parts('s', None)))}")
    first = con.table("first")
    con.raw_sql(f"CREATE VIEW second AS {con.compile(first.mutate(**one.instant(first, 's', export, UNTIL)))}")
    second = con.table("second")
    told = one.day(second, "s", zone, UNTIL)
    if names.at("s") in second.columns:
        told[names.at("s")] = second[names.at("s")]
    rows = second.select("row", **told).order_by("row").to_pyarrow().to_pylist()
    kept = [{key.removeprefix("s|"): value for key, value in row.items() if key != "row"} for row in rows]
    return one.how, problems, [{key: value for key, value in row.items() if value not in (None, False)} for row in kept]


# The instant is worked out by hand from the offset of Paris: one hour until 29 March 2026, two from then on.
DAY = dt.date(2026, 3, 5)
FORMS = {
    "2026-03-05": None,
    "2026/03/05": None,
    "2026.03.05": None,
    "20260305": None,
    "5 Mar 2026": None,
    "05-Mar-26": None,
    "05-MAR-2026": None,
    "5 March 2026": None,
    "March 5, 2026": None,
    "Mar 5 2026": None,
    "2026-03-05T10:30": dt.datetime(2026, 3, 5, 9, 30),
    "2026-03-05 9:30": dt.datetime(2026, 3, 5, 8, 30),
    "2026-03-05 10:30 PM": dt.datetime(2026, 3, 5, 21, 30),
    "2026-03-05 10:30:15.5": dt.datetime(2026, 3, 5, 9, 30, 15, 500000),
    "2026-03-05T10:30:15.1234560": dt.datetime(2026, 3, 5, 9, 30, 15, 123456),
    "2026-03-05 10:30:15 GMT": dt.datetime(2026, 3, 5, 10, 30, 15),
    "2026-03-05 10:30 UTC": dt.datetime(2026, 3, 5, 10, 30),
    "2026-03-05T10:30:15Z": dt.datetime(2026, 3, 5, 10, 30, 15),
    "2026-03-05T10:30:00+0200": dt.datetime(2026, 3, 5, 8, 30),
    "Mar 5, 2026 2:30 PM": dt.datetime(2026, 3, 5, 13, 30),
    "5 Mar 2026, 2:30 p.m.": dt.datetime(2026, 3, 5, 13, 30),
    "March 5, 2026 at 2:30 pm": dt.datetime(2026, 3, 5, 13, 30),
    "5 Mar 2026 12:05 A.M.": dt.datetime(2026, 3, 4, 23, 5),
    "1772706615": dt.datetime(2026, 3, 5, 10, 30, 15),
    "1772706615123": dt.datetime(2026, 3, 5, 10, 30, 15),
}


@pytest.mark.parametrize("word", FORMS)
def test_a_column_may_be_written_in_any_of_these_forms(word: str) -> None:
    expected: Row = {"s": DAY} | ({"at": FORMS[word]} if FORMS[word] else {})
    how, problems, rows = read([word, None, "", word])
    assert (problems, rows) == ([], [expected, {"blank": True}, {"blank": True}, expected])
    assert how.endswith(f"such as {word!r}")


@pytest.mark.parametrize("word", [word for word in FORMS if word not in ("20260305", "1772706615")])
def test_a_cell_is_read_alike_in_a_column_that_holds_other_things_too(word: str) -> None:
    expected: Row = {"s": DAY} | ({"at": FORMS[word]} if FORMS[word] else {})
    _, problems, rows = read(["zzz", f"  {word} ", word, "  ", "!"])
    assert problems == []
    assert rows == [{"unreadable": True}, expected, expected, {"blank": True}, {"unreadable": True}]


@pytest.mark.parametrize("order", ["3/13/2026", "3/13/26", "3.13.2026", "3-13-26"])
def test_two_digits_of_a_year_are_read_and_order_is_decided_by_a_part_above_12(order: str) -> None:
    sign = order[1]
    how, problems, rows = read([order, f"3{sign}5{sign}26", f"99{sign}5{sign}26"])
    assert (problems, rows) == ([], [{"s": dt.date(2026, 3, 13)}, {"s": DAY}, {"unreadable": True}])
    # What is shown of a column is a date of it: the highest cell of two digits is none.
    assert how.startswith(f"days, month first (decided by {order!r})")
    assert "99" not in how


def test_the_century_of_two_digits_is_that_of_posix() -> None:
    # POSIX strptime: values 69-99 are 1969 to 1999, 00-68 are 2000 to 2068.
    _, _, rows = read(["13/1/68", "13/1/69", "13/1/91"])
    assert rows == [{"late": True}, {"implausible": True}, {"s": dt.date(1991, 1, 13)}]


NO_DATES = ["2026-02-30", "5 März 2026", "Sept 5, 2026", "2026-03-05 10:30 EST", "2026-03-05 25:00", "March 2026"]
NO_DATES += ["0000-01-01", "infinity", "epoch", "2026-03-05 10:30+", "32 Mar 2026", "26-3-5T", "13:30", "2026-3-5"]


@pytest.mark.parametrize("word", NO_DATES)
def test_what_has_no_form_of_a_date_is_unreadable(word: str) -> None:
    _, problems, rows = read(["2026-03-05", word])
    assert (problems, rows) == ([], [{"s": DAY}, {"unreadable": True}])
    assert read([word])[2] == [{"unreadable": True}]


@pytest.mark.parametrize("number", ["20260305", "1772706615"])
def test_a_number_is_a_date_only_where_every_cell_is_one(number: str) -> None:
    how, _, rows = read([number, "n/a"])
    assert rows == [{"unreadable": True}] * 2
    assert how == "numbers, which are dates only where every cell is one"
    assert read([number, "2026-03-05"])[2] == [{"unreadable": True}, {"s": DAY}]


ZEROTH = ["1900-01-00", "1/0/1900", "0000-00-00", "0000-00-00 00:00:00", "00/01/1900"]


@pytest.mark.parametrize("word", ["1970-01-01", "1970-01-01 00:00", "0025-03-05", "1989-12-31T23:59:59Z", *ZEROTH])
def test_a_date_from_before_anyone_kept_leads_is_implausible_and_not_told(word: str) -> None:
    assert read(["2026-03-05", word, ""])[2] == [{"s": DAY}, {"implausible": True}, {"blank": True}]
    assert read(["1990-01-01"])[2] == [{"s": dt.date(1990, 1, 1)}]


def test_many_dates_from_before_on_many_days_are_a_history_and_no_slips() -> None:
    old = [f"1985-03-{day:02}" for day in range(1, 21)]
    assert all("s" in row for row in read([*old, *["2026-03-05"] * 100])[2])
    # One day, however often, is what a program writes; twenty among thousands are what people mistype; and no lead is
    # from the day that computers count from, nor from before.
    for words in (["1985-03-01"] * 50, [*old, *["2026-03-05"] * 2000], [*old[1:], "1970-01-01", *["2026-03-05"] * 9]):
        assert {"implausible": True} in read(words)[2]
    assert read([*old, "1900-01-01", *["2026-03-05"] * 9])[2].count({"implausible": True}) == 1


def test_an_empty_epoch_is_implausible() -> None:
    assert read(["1772706615123", "0000000000000"])[2][1] == {"implausible": True}


@pytest.mark.parametrize(
    ("kind", "cells", "how"),
    [
        ("DATE", [DAY, dt.date(1970, 1, 1), None], "days"),
        ("TIMESTAMP", [dt.datetime(2026, 3, 5, 10), dt.datetime(1970, 1, 1), None], "days and times in Europe/Paris "),
        (
            "TIMESTAMPTZ",
            [dt.datetime(2026, 3, 5, 10, tzinfo=dt.UTC), dt.datetime(1970, 1, 1, tzinfo=dt.UTC), None],
            "i",
        ),
    ],
)
def test_the_same_holds_for_the_dates_of_a_typed_file(kind: str, cells: list[Any], how: str) -> None:
    told, problems, rows = read(cells, kind=kind)
    assert (problems, rows[0]["s"], rows[1:]) == ([], DAY, [{"implausible": True}, {"blank": True}])
    assert told.startswith(how)


def test_only_a_column_that_has_any_is_asked_for_what_is_odd() -> None:
    _, table = table_of({"c": ["2026-03-05 10:30", "2026-03-29 03:00"]})
    one = parsed(table, "c", "c", Export("f", timezone="Europe/Paris"), "Europe/Paris", UNTIL, [])
    assert (one.implausible, one.skipped, one.repeated, one.may_be_late) == (None, False, False, False)
    assert one.since == DAY


def test_hours_that_the_clocks_skipped_or_showed_twice_are_read_by_the_rule_and_marked() -> None:
    # Paris went forward on 29 March 2026 at 02:00 and back on 26 October 2025 at 03:00; PEP 495, fold=0.
    _, _, rows = read(["2026-03-29 02:30", "2025-10-26 02:30", "2026-03-05 10:30", "x"])
    assert rows[0] == {"s": dt.date(2026, 3, 29), "at": dt.datetime(2026, 3, 29, 1, 30), "skipped hour": True}
    assert rows[1] == {"s": dt.date(2025, 10, 26), "at": dt.datetime(2025, 10, 26, 0, 30), "repeated hour": True}
    assert rows[3] == {"unreadable": True}
    for clock in ("UTC", "Asia/Kolkata"):
        assert all("hour" not in key for row in read(["2026-03-29 02:30"], timezone=clock)[2] for key in row)


def test_three_values_are_shown_in_both_readings_where_both_fit() -> None:
    problems = read(["3/5/2026", "3/5/2026", "7/6/26", "12/11/2026 10:30", "2/1/2026", "4/4/2026"])[1]
    assert problems == [
        "'Created': 5 dates read both ways, such as '12/11/2026 10:30' (12 November or 11 December), '2/1/2026' "
        "(2 January or 1 February) and '3/5/2026' (3 May or 5 March); say day_first = true or false under this file's "
        "[[export]] in the charter."
    ]
    assert read(["3/5/2026"])[1] == [
        "'Created': 1 date reads both ways, such as '3/5/2026' (3 May or 5 March); say day_first = true or false under "
        "this file's [[export]] in the charter."
    ]


def test_the_charter_settles_the_order_and_dates_alike_in_both_need_none() -> None:
    assert read(["3/5/2026"], day_first=True)[2] == [{"s": dt.date(2026, 5, 3)}]
    assert read(["3/5/2026"], day_first=False)[2] == [{"s": DAY}]
    assert read(["5/5/2026"])[:2] == ("days, such as '5/5/2026'", [])


def test_the_file_is_asked_at_once_and_each_question_names_what_another_column_shows() -> None:
    columns = {"a": ["3/5/2026", ""], "b": ["31/1/2026", "1/2/2026"], "c": ["2026-01-01 10:00", ""]}
    _, table = table_of(columns)
    problems: list[str] = []
    headers = {"a": "Created", "b": "Close Date", "c": "Seen"}
    found = parsed_all(table, headers, Export("f"), "Europe/Paris", UNTIL, problems)
    assert list(found) == ["a", "b", "c"]
    assert problems == [
        "'Created': 1 date reads both ways, such as '3/5/2026' (3 May or 5 March); say day_first = true or false under "
        "this file's [[export]] in the charter ('Close Date' of the same file puts the day first).",
        "'Seen' has times without a zone; say timezone = \"...\" under this file's [[export]] in the charter.",
    ]


def test_a_column_in_both_orders_and_a_charter_that_is_wrong_are_told() -> None:
    assert read(["31/1/2026", "1/31/2026"])[1] == [
        "'Created' mixes days before months with months before days, such as '31/1/2026' and '1/31/2026'; export it "
        "again in one form."
    ]
    assert read(["31/1/2026"], day_first=False)[1] == [
        "'Created' has dates that day_first = false cannot read, such as '31/1/2026'; correct day_first in the charter."
    ]


def test_how_a_column_was_read_is_told_in_words() -> None:
    assert read(["2026-01-05 09:14"])[0] == (
        "days and times in Europe/Paris (from the charter), such as '2026-01-05 09:14'"
    )
    assert read(["31/12/2025"])[0] == "days, day first (decided by '31/12/2025'), such as '31/12/2025'"
    assert read(["3/5/2026"], day_first=True)[0] == "days, day first (from the charter), such as '3/5/2026'"
    assert read(["2026-01-05T09:14+01:00"])[0] == "instants with their own offset, such as '2026-01-05T09:14+01:00'"
    assert read(["2026-01-05T09:14Z"])[0] == "instants in UTC, such as '2026-01-05T09:14Z'"
    assert read(["1772706615"])[0] == "seconds since 1970, such as '1772706615'"
    assert read(["1772706615123"])[0] == "milliseconds since 1970, such as '1772706615123'"
    assert read(["2026-01-05", "2026-01-05", "2026-01-05T09:14Z"])[0] == (
        "in several forms: days, such as '2026-01-05'; instants in UTC, such as '2026-01-05T09:14Z'"
    )
    mixed = ["2026-01-05", "2026-01-05T09:14Z", "2026-01-05T09:14+01", "1772706615123"]
    assert read(mixed)[0].endswith("; 1 more")
    assert [read(cells)[0] for cells in ([None, ""], ["soon"])] == ["empty", "nothing that reads as a date"]


def test_numbers_of_a_typed_file_may_be_instants() -> None:
    assert read([1772706615123, None], kind="BIGINT")[2] == [{"s": DAY, "at": FORMS["1772706615123"]}, {"blank": True}]


def test_what_a_stranger_typed_at_length_is_no_date() -> None:
    assert read(["2026-03-05", "2026-03-05" * 10_000])[2] == [{"s": DAY}, {"unreadable": True}]


@pytest.mark.parametrize(
    "words", [["2026-03-05 00:00", "2026-03-06 00:00:00"], ["3/13/2026 12:00 AM", "3/5/2026 12:00 AM"]]
)
def test_a_column_in_which_every_time_is_midnight_tells_days_whatever_the_zones(words: list[str]) -> None:
    how, problems, rows = read(words, timezone=None, zone="America/New_York")
    assert problems == []
    assert how.startswith("days, for every time is midnight: ")
    assert sorted(row["s"] for row in rows) in ([DAY, DAY + dt.timedelta(days=1)], [DAY, DAY + dt.timedelta(days=8)])
    assert all("at" not in row for row in rows)


def test_instants_that_are_all_midnight_in_utc_tell_days_too() -> None:
    _, _, rows = read(["2026-03-05T00:00:00Z", "2026-03-06T00:00:00.000Z"], zone="America/New_York")
    assert [row["s"] for row in rows] == [DAY, DAY + dt.timedelta(days=1)]
    _, _, rows = read(["2026-03-05T00:00:00Z", "2026-03-06T00:00:01Z"], zone="America/New_York")
    assert [row["s"] for row in rows] == [DAY - dt.timedelta(days=1), DAY]
