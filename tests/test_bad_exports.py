"""Bad exports: one message in words, with all that is wrong in all files, and nothing left behind."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from folders import charter, read, text_of, write

from alignment_metrics.exports import ExportError, read_export

HEADER = ("lead_id", "source", "lead", "won")
ROWS = [HEADER, ("1", "Web", "2026-01-05", "2026-02-01"), ("2", "Call", "2026-01-06", "")]
GOOD = text_of(ROWS)


def problems(folder: Path, files: dict[str, str | bytes], plan: str = "") -> tuple[str, ...]:
    with pytest.raises(ExportError) as caught:
        read(folder, files, plan)
    count = len(caught.value.problems)
    head = f"the export has {count} problem{'s' if count > 1 else ''}:"
    assert str(caught.value) == "\n  ".join([head, *caught.value.problems])
    return caught.value.problems


TEXTS: list[tuple[str, bytes, str]] = [
    ("zero bytes", b"", "the file is empty; export it again."),
    ("blank lines", b"\n \n\n", "the file holds neither a header nor rows; export it again."),
    ("a byte-order mark only", b"\xef\xbb\xbf", "the file holds neither a header nor rows; export it again."),
    (
        "Latin-1 in the header",
        b"Cr\xe9\xe9\n1\n",
        "the file is not UTF-8 text; as cp1252 it would have the letter 'é': if that is of its language, say encoding "
        '= "cp1252" under this file\'s [[export]] in the charter, else save it as CSV UTF-8.',
    ),
    (
        "Latin-1 below",
        GOOD.encode() + b"3,Web,2026-01-05,\n" * 60_000 + b"4,Caf\xe9,2026-01-05,\n",
        "the file is not UTF-8 text; as cp1252 it would have the letter 'é': if that is of its language, say encoding "
        '= "cp1252" under this file\'s [[export]] in the charter, else save it as CSV UTF-8.',
    ),
    (
        "an archive",
        b"PK\x03\x04" + bytes(range(256)) * 9,
        "line 1 holds the character NUL, so the file is not text; export it again as CSV UTF-8.",
    ),
    (
        "zeros",
        bytes(5000),
        "line 1 holds the character NUL, so the file is not text; export it again as CSV UTF-8.",
    ),
    (
        "a row with fewer fields",
        b"lead_id,source,lead,won\n1,Web,2026-01-05,\n2,Web\n3,Web,2026-01-05,\n",
        "line 3 has 2 fields where the header has 4; correct it, or export the file again.",
    ),
    (
        "a last row with fewer fields",
        b"lead_id,source,lead,won\n1,Web,2026-01-05,\n2,Web\n",
        "the last line ends unlike the lines before it, with 2 fields where the header has 4, as if the file were cut "
        "off; export it again.",
    ),
    (
        "a row with more fields",
        b"lead_id,source,lead,won\n1,Web,2026-01-05,,x\n",
        "line 2 has 5 fields where the header has 4; correct it, or export the file again.",
    ),
    (
        "a quote that is never closed",
        b'lead_id,source,lead,won\n1,"Web,2026-01-05,\n',
        "line 2 has a quote that is not closed, or text after a closed one; correct it, or export the file again.",
    ),
    (
        "text after a quote",
        b'lead_id,source,lead,won\n1,"We"b,2026-01-05,\n',
        "line 2 has a quote that is not closed, or text after a closed one; correct it, or export the file again.",
    ),
    (
        "a header with an open quote",
        b'"lead_id,source\n' + b"x" * 200_000,
        "the header has a quote that is never closed; correct it, or export the file again.",
    ),
    (
        "an endless line",
        b"lead_id,source,lead,won\n1," + b"x" * 3_000_000 + b",2026-01-05,\n",
        "line 2 is longer than two million characters, as if a quote were never closed; correct it, or export the file "
        "again.",
    ),
    (
        "mixed line ends",
        b"lead_id,source,lead,won\r\n1,Web,2026-01-05,2026-01-06\n2,Web,2026-01-05,2026-01-06\r\n",
        "a line ends unlike the lines before it; correct it, or export the file again.",
    ),
    (
        "another file altogether",
        b"Name,Phone\nAnn,1\n",
        "no column for lead_id (expected 'lead_id'); the file has 'Name', 'Phone'. Name it under [export.columns].",
    ),
]


@pytest.mark.parametrize(("content", "expected"), [case[1:] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_a_text_that_cannot_be_read_is_told_in_words(tmp_path: Path, content: bytes, expected: str) -> None:
    assert problems(tmp_path, {"leads.csv": content}) == (f"leads.csv: {expected}",)


BROKEN: list[Callable[[bytes], bytes]] = [
    lambda good: b"PAR1",
    lambda good: b"lead_id,source\n1,2\n",
    lambda good: good[: len(good) // 2],
    lambda good: good[: len(good) // 2] + good[len(good) // 2 + 9 :],
    lambda good: good[:-12] + b"\xff" * 4 + good[-8:],
    lambda good: good[:4] + bytes(400) + good[404:],
]


@pytest.mark.parametrize("broken", BROKEN, ids=["magic", "CSV", "half", "hole", "footer length", "zeroed pages"])
def test_a_broken_parquet_file_is_told_in_words(tmp_path: Path, broken: Callable[[bytes], bytes]) -> None:
    whole = tmp_path / "whole.parquet"
    query = "SELECT i || 'x' AS lead_id, 'Web' AS source, DATE '2026-01-05' + (i % 9)::INT AS lead, NULL::DATE AS won"
    duckdb.connect().execute(f"COPY ({query} FROM range(5000) t(i)) TO '{whole}' (FORMAT parquet)")
    plan = charter({"file": "leads.parquet"})
    (told,) = problems(tmp_path, {"leads.parquet": broken(whole.read_bytes())}, plan)
    assert told == "leads.parquet: the file is not Parquet, or is damaged; export it again."


def test_a_file_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"{number}.csv": GOOD for number in range(7)}
    assert problems(tmp_path, files) == (
        "leads.csv: the file is not there; the folder has '0.csv', '1.csv', '2.csv', '3.csv', '4.csv' and 2 more. Name "
        "one that it has.",
    )
    assert problems(tmp_path / "empty", {}) == (
        "leads.csv: the file is not there; the folder has no export. Name one that it has.",
    )


def test_a_folder_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").mkdir()
    assert problems(tmp_path, {}) == ("leads.csv: it is a folder; name the file in it.",)


def test_a_kind_of_file_that_is_not_read_is_told(tmp_path: Path) -> None:
    assert problems(tmp_path, {"leads.pdf": b"%PDF"}, charter({"file": "leads.pdf"})) == (
        "leads.pdf: files ending in '.pdf' are not read, but .csv, .tsv, .txt, .xlsx, .xlsm, .xls, .ods, .parquet and "
        ".pq are, also packed as .gz, .bz2, .xz or .zst after that, or one of them in a .zip.",
    )


def test_a_name_that_is_too_long_is_told(tmp_path: Path) -> None:
    name = "x" * 300 + ".csv"
    assert problems(tmp_path, {}, charter({"file": name})) == (
        f"{name}: the file cannot be opened: File name too long; see that it can.",
    )


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="the administrator may read all")
def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"leads.csv": GOOD})
    (tmp_path / "leads.csv").chmod(0)
    assert problems(tmp_path, {}) == ("leads.csv: the file cannot be opened: Permission denied; see that it can.",)


def test_signs_of_a_pattern_in_a_name_are_only_signs(tmp_path: Path) -> None:
    plan = charter({"file": "l*ads[1]?'.csv"})
    assert read(tmp_path, {"l*ads[1]?'.csv": GOOD}, plan).quality.files[0].rows_kept == 2
    decoys: dict[str, str | bytes] = {"leads1x.csv": GOOD, "l*ads[1]?.csv": GOOD}
    assert problems(tmp_path / "decoys", decoys, plan)[0].startswith("l*ads[1]?'.csv: the file is not there;")


def test_a_header_without_rows_is_told(tmp_path: Path) -> None:
    assert problems(tmp_path, {"leads.csv": "lead_id,source,lead,won\n"}) == (
        "leads.csv: not one usable lead in 0 rows. It has a header and nothing below it. Export it again.",
    )


def test_an_export_without_one_usable_lead_is_told_with_the_reasons(tmp_path: Path) -> None:
    rows = [
        HEADER,
        ("", "Web", "2026-01-05", ""),
        ("1", "Web", "", ""),
        ("2", "Web", "soon", ""),
        ("3", "", "2027-01-01", ""),
    ]
    assert problems(tmp_path, {"leads.csv": text_of(rows)}) == (
        "leads.csv: not one usable lead in 4 rows. 1 row has no lead_id; set aside (row 2). 1 row has no lead date; "
        "set aside (row 3). 1 row has a lead date that cannot be read; set aside (row 4). 1 row has a lead date after "
        "2026-06-30; set aside (row 5). Export it again.",
    )


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    plan = charter(
        {"file": "leads.csv", "columns": {"owner": "Chef", "amount": "Amounts"}},
        {"file": "deals.csv"},
        {"file": "more.csv"},
    )
    leads = [("lead_id", "source", "lead", "won", "Amount"), ("1", "Web", "3/5/2026", "2026-02-01 10:00", "5")]
    assert problems(tmp_path, {"leads.csv": text_of(leads), "deals.csv": ""}, plan) == (
        "leads.csv: no column 'Chef' for owner; the file has 'lead_id', 'source', 'lead', 'won', 'Amount'. Name one of "
        "them.",
        "leads.csv: no column 'Amounts' for amount; the file has 'Amount'. Name one of them.",
        "deals.csv: the file is empty; export it again.",
        "more.csv: the file is not there; the folder has 'deals.csv', 'leads.csv'. Name one that it has.",
    )


def test_what_a_column_leaves_open_is_asked_for_all_columns_at_once(tmp_path: Path) -> None:
    rows = [("lead_id", "source", "lead", "mql", "won", "amount")]
    rows += [("1", "Web", "3/5/2026", "2026-02-01 10:00", "31/1/2026", "1,234")]
    rows += [("2", "Web", "5/5/2026", "", "1/31/2026", "2.500"), ("3", "Web", "0/5/2026", "", "", "")]
    assert problems(tmp_path, {"leads.csv": text_of(rows)}, charter(stages=("lead", "mql", "won"))) == (
        "leads.csv: 'amount': 2 amounts read both ways, such as '1,234' (1234 or 1.234) and '2.500' (2500 or "
        '2.500); say decimal = "." or decimal = "," in the charter.',
        "leads.csv: 'lead': 1 date reads both ways, such as '3/5/2026' (3 May or 5 March); say day_first = true or "
        "false under this file's [[export]] in the charter.",
        "leads.csv: 'mql' has times without a zone; say timezone = \"...\" under this file's [[export]] in the "
        "charter.",
        "leads.csv: 'won' mixes days before months with months before days, such as '31/1/2026' and '1/31/2026'; "
        "export it again in one form.",
    )


@pytest.mark.parametrize("said, wrong", [(True, "1/31/2026"), (False, "31/1/2026")])
def test_what_the_charter_says_of_days_never_overrules_the_column(tmp_path: Path, said: bool, wrong: str) -> None:
    rows = [("lead_id", "source", "lead", "won"), ("1", "Web", wrong, ""), ("2", "Web", "3/5/2026", "")]
    plan = charter({"file": "leads.csv", "day_first": said})
    assert problems(tmp_path, {"leads.csv": text_of(rows)}, plan) == (
        f"leads.csv: 'lead' has dates that day_first = {str(said).lower()} cannot read, such as '{wrong}'; correct "
        f"day_first in the charter.",
    )


def test_an_as_of_long_after_the_newest_lead_is_questioned(tmp_path: Path) -> None:
    rows = [("lead_id", "source", "lead", "won"), ("1", "Web", "2026-03-01", ""), ("2", "Web", "2025-01-05", "")]
    write(tmp_path, {"leads.csv": text_of(rows)})
    (found,) = [one for one in read_export(tmp_path).quality.files[0].problems if one.code == "as_of_after_export"]
    assert (found.rows, found.column, found.set_aside) == (0, "lead", False)
    assert found.message == (
        "The newest lead date is 2026-03-01, 121 days before as_of. If the export was made earlier than as_of, correct "
        "as_of in the charter: leads that still had time would be counted as failed."
    )


def test_an_as_of_before_much_of_what_happened_is_questioned(tmp_path: Path) -> None:
    rows = [HEADER, *((str(n), "Web", "2026-06-29", f"2026-07-{n + 1:02}" if n < 5 else "") for n in range(40))]
    crm = read(tmp_path, {"leads.csv": text_of(rows)})
    told = {one.code: one.message for one in crm.quality.files[0].problems}
    assert told["as_of_before_export"] == (
        "5 dates lie after as_of, 2026-06-30. If these have happened, the export was made later: correct as_of in the "
        "charter, or they are counted as not happened."
    )


def test_amounts_that_contradict_each_other_are_asked_about(tmp_path: Path) -> None:
    rows = [("lead_id", "source", "lead", "won", "amount"), ("1", "Web", "2026-01-05", "", "1,5")]
    rows += [("2", "Web", "2026-01-05", "", "1.5")]
    assert problems(tmp_path, {"leads.csv": text_of(rows)}) == (
        "leads.csv: 'amount' mixes amounts with a comma for decimals and amounts with a dot, such as '1,5' and '1.5'; "
        'say decimal = "." or decimal = "," in the charter.',
    )


def test_stages_segments_and_sources_without_a_column_are_told_together(tmp_path: Path) -> None:
    plan = charter(stages=("lead", "mql", "won"), exits=("lost",), segments=("size",))
    there = "leads.csv has 'lead_id', 'lead', 'won'"
    assert problems(tmp_path, {"leads.csv": "lead_id,lead,won\n1,2026-01-05,\n"}, plan) == (
        f"no file has a column for the stage 'mql': {there}. Name it under [export.columns], or take the stage out of "
        f"[funnel].",
        f"no file has a column for the stage 'lost': {there}. Name it under [export.columns], or take the stage out of "
        f"[funnel].",
        f"no file has a column for the segment 'size': {there}. Name it under [export.columns], or take it out of "
        f"organisation.segments.",
        f"no file has a column for source, of which [sources] lists values: {there}. Name it under [export.columns], "
        f"or take [sources] out.",
    )


def test_a_stage_in_two_files_is_told(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"leads.csv": GOOD, "deals.csv": "lead_id,won\n1,2026-02-01\n"}
    assert problems(tmp_path, files, charter({"file": "leads.csv"}, {"file": "deals.csv"})) == (
        "'won' is read from leads.csv and deals.csv; take it out of [export.columns] of all but one, or say "
        'ignore = ["won"] there.',
    )


def test_leads_without_an_id_and_deals_without_a_way_to_them_are_told(tmp_path: Path) -> None:
    two = charter({"file": "leads.csv"}, {"file": "deals.csv"})
    files: dict[str, str | bytes] = {
        "leads.csv": "opportunity_id,source,lead\n1,Web,2026-01-05\n",
        "deals.csv": "lead_id,won\n1,2026-02-01\n",
    }
    assert problems(tmp_path, files, two) == (
        "deals.csv: nothing joins it to leads.csv, which has no column for lead_id; it has 'opportunity_id', 'source', "
        "'lead'. Name the column that both have under [export.columns] of each, or as join = \"...\" under the "
        "[[export]] of deals.csv.",
    )
    files = {
        "leads.csv": "lead_id,source,lead\n1,Web,2026-01-05\n",
        "deals.csv": "opportunity_id,won\n1,2026-02-01\n",
    }
    assert problems(tmp_path, files, two) == (
        "deals.csv: nothing joins it to leads.csv, which has no column for opportunity_id; it has 'lead_id', 'source', "
        "'lead'. Name the column that both have under [export.columns] of each, or as join = \"...\" under the "
        "[[export]] of deals.csv.",
    )


def test_a_header_that_stands_twice_is_only_told_where_it_is_needed(tmp_path: Path) -> None:
    assert problems(tmp_path, {"leads.csv": "lead_id,source,lead,won,lead\n1,Web,2026-01-05,,x\n"}) == (
        "leads.csv: 2 columns are named 'lead', and lead is read from it; rename all but one of them.",
    )
    read(tmp_path, {"leads.csv": "lead_id,source,lead,won,note,note\n1,Web,2026-01-05,,x,y\n"})


def test_hostile_text_in_a_message_is_short_and_on_its_line(tmp_path: Path) -> None:
    evil = "\x1b[31m\u202e" + "y" * 100_000
    (told,) = problems(tmp_path, {"leads.csv": text_of([[evil] * 40, [""] * 40])})
    assert told.isprintable()
    assert len(told) < 1_200


def test_an_engine_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"leads.csv": GOOD})
    with pytest.raises(ValueError, match="engine") as caught:
        read_export(tmp_path, engine="nosuch://me:secret@host/x")
    assert str(caught.value) == (
        "the engine 'nosuch' cannot be reached (ValueError); give an Ibis URL such as duckdb://leads.db, and install "
        "what Ibis needs for that engine."
    )


def test_nothing_is_left_behind_by_an_export_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    folder = write(tmp_path / "client", {"leads.csv": "lead_id,source,lead,won\n"})
    before = sorted(folder.rglob("*"))
    with pytest.raises(ExportError) as caught:
        read_export(folder)
    # Also while the error, and with it the traceback, is still held.
    assert list(temporary.iterdir()) == []
    assert sorted(folder.rglob("*")) == before
    assert caught.value.problems
