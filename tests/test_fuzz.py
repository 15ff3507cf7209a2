"""Whatever is done to an export, it is read with every row accounted for, or refused in words; what that has found."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import fuzz
import pytest
from folders import charter, text_of, write

from alignment_metrics.exports import ExportError, read_export

CASES, CHUNK = 200, 25
STUDY = 20_000
# A case that is read, and one that is refused.
READ, REFUSED = 0, 6


def wrong(outcomes: list[fuzz.Outcome]) -> list[str]:
    """What is wrong, by the number of the case."""
    return [f"case {one.number}: {complaint}" for one in outcomes for complaint in one.complaints]


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, CASES, CHUNK))
def test_whatever_is_damaged_is_read_with_all_rows_accounted_for_or_refused_in_words(start: int) -> None:
    outcomes = [fuzz.check(number) for number in range(start, start + CHUNK)]
    assert wrong(outcomes) == []
    # Were nearly all refused, or all for one reason, little would have been tried.
    assert sum(one.told == "read" for one in outcomes) > CHUNK // 4
    assert len({one.told for one in outcomes}) > 4


@pytest.mark.study
def test_so_are_twenty_thousand() -> None:
    outcomes = fuzz.run(range(CASES, CASES + STUDY), os.cpu_count() or 1, print)
    assert len(outcomes) == STUDY
    assert wrong(outcomes) == []


def test_a_case_is_made_from_its_number_alone(tmp_path: Path) -> None:
    def written(number: int, name: str) -> dict[str, bytes]:
        fuzz.make(number).write(tmp_path / name)
        return {file.name: file.read_bytes() for file in (tmp_path / name).iterdir()}

    for number in range(40):
        assert written(number, f"{number}") == written(number, f"{number} again")


def test_all_kinds_of_export_and_of_damage_are_among_the_cases() -> None:
    cases = [fuzz.make(number) for number in range(CASES)]
    assert len({case.kind for case in cases}) == len(fuzz.BASES)
    assert len({done for case in cases for done in case.done}) == len(fuzz.MUTATIONS)
    assert {file.container for case in cases for file in case.files} == {".csv", ".gz", ".zip", ".xlsx", ".parquet"}


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KeyError("x"), "Traceback (most recent call last):"),
        (ValueError("x"), "Traceback (most recent call last):"),
        (ExportError([]), "it lists no problem"),
        (ExportError(["leads.csv: two\nlines."]), "not one printable line: 'leads.csv: two\\nlines.'"),
        (ExportError(["leads.csv: no end"]), "no full stop: leads.csv: no end"),
        (ExportError(["leads.csv: " + "a" * 2500 + "."]), "2512 characters: leads.csv: aaa"),
        (ExportError(["leads.csv: Binder Error."]), "names what is ours (r Error): leads.csv: Binder Error."),
        (ExportError(["leads.csv: no c7 there."]), "names what is ours (c7): leads.csv: no c7 there."),
    ],
)
def test_a_reader_that_gave_up_so_would_be_found_out(
    monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    def read(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(fuzz, "read_export", read)
    (complaint,) = fuzz.check(READ).complaints
    assert complaint.startswith(told)


def test_a_reader_that_lost_a_row_or_its_cells_would_be_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [["lead_id", "lead", "won"], ["1", "2026-01-05", ""], ["2", "", ""], ["2", "2026-01-06", ""]]

    def case(*lost: int) -> fuzz.Case:
        there = [row for number, row in enumerate(rows) if number not in lost]
        file = fuzz.File("leads", there[0], ["id", "date", "date"], there[1:])
        return fuzz.Case(0, "planted", [file], [{}], {"sources": {}})

    read = fuzz.read_export

    def judged(told: fuzz.Case, real: fuzz.Case) -> list[str]:
        def other(charter: Any, **rest: Any) -> Any:
            real.write(charter.folder)
            return read(charter, **rest)

        monkeypatch.setattr(fuzz, "make", lambda _: told)
        monkeypatch.setattr(fuzz, "read_export", other)
        return [*fuzz.check(0).complaints]

    assert judged(case(), case()) == []
    assert judged(case(), case(3)) == [
        "leads.csv: 2 rows read, 1 kept, 1 set aside; 3 records with header and titles, of 4 to 4"
    ]
    changed = case()
    changed.files[0].rows[1] = ["3", "", ""]
    assert judged(case(), changed) == ["leads.csv: row 3 (missing_created) was ['2', '', ''] and is ['3', '', '']"]


def test_folders_that_a_reader_left_behind_would_be_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: Any, **__: Any) -> None:
        Path(fuzz.tempfile.mkdtemp(prefix="alignment-metrics-"))
        raise ExportError(["leads.csv: no."])

    monkeypatch.setattr(fuzz, "read_export", read)
    (complaint,) = fuzz.check(REFUSED).complaints
    assert complaint.endswith(" was left behind")


# --- what it has found ---------------------------------------------------------------------------------------------


def problems(folder: Path, content: str | bytes, **plan: Any) -> tuple[str, ...]:
    with pytest.raises(ExportError) as caught:
        read_export(write(folder, {"leads.csv": content}, charter({"file": "leads.csv"}, **plan)))
    return caught.value.problems


@pytest.mark.parametrize(
    ("treatment", "row", "told"),
    [
        (
            {"unlisted_source": "set_aside"},
            ("1", "Fair", "2026-06-05", ""),
            "1 row has a source that [sources] does not list: 1 value not named here; set aside (row 2).",
        ),
        (
            {"before_created": "set_aside"},
            ("1", "Web", "2026-06-05", "2026-06-01"),
            "1 row has a won date before the lead date; set aside (row 2).",
        ),
    ],
)
def test_an_export_of_which_the_charter_leaves_nothing_is_told(
    tmp_path: Path, treatment: dict[str, str], row: tuple[str, ...], told: str
) -> None:
    content = text_of([("lead_id", "source", "lead", "won"), row])
    assert problems(tmp_path, content, treatment=treatment) == (
        f"leads.csv: not one usable lead in 1 row. {told} Change [treatment] in the charter, or export it again.",
    )
