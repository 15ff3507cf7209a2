"""Real waits of decades: the curve is that of a plain count, where the usual share says nothing of when."""

from __future__ import annotations

import csv
import datetime as dt
import os
import runpy
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from alignment_metrics.crm import UNKNOWN, Crm
from alignment_metrics.exports import read_export
from alignment_metrics.measures import Reach, Wait
from alignment_metrics.stats.curves import cumulative, kaplan_meier
from alignment_metrics.tallies import tally
from alignment_metrics.values import Ages

pytestmark = pytest.mark.real

VARIABLE = "ALIGNMENT_METRICS_REAL_DATA"
FILE = "dob_violations.csv"
AS_OF, YEAR = dt.date(2018, 1, 1), 365.25
WAIT = Wait("issued", "disposed")
# Counted over the file, and estimated from it, by the people who looked at it first.
ROWS, RESOLVED, AFTER_AS_OF, BEFORE_1990 = 9_715, 7_071, 121, 342
NAIVE = "74.0%"
BY_YEARS = {1: "27.7%", 2: "40.0%", 5: "56.1%", 10: "69.7%", 20: "82.0%"}
Violation = dict[str, str]


@pytest.fixture(scope="module")
def data(root: Path) -> Path:
    found = Path(os.environ.get(VARIABLE) or root.parent / "shared" / "data") / "convoys_dob"
    if not (found / FILE).is_file():
        pytest.skip(
            f"{FILE} is not in {found}; see tests/real/convoys_dob/README.md, and name its parent in {VARIABLE}."
        )
    return found


@pytest.fixture(scope="module")
def violations(data: Path) -> list[Violation]:
    with (data / FILE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def client(root: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("violations")
    runpy.run_path(str(root / "tests" / "real" / "convoys_dob" / "number_rows.py"))["prepare"](data, folder)
    return folder


@pytest.fixture(scope="module")
def crm(client: Path) -> Crm:
    return read_export(client)


def wait(row: Violation) -> tuple[int, bool]:
    """How many days a violation was waited for, and whether that was until it was disposed of."""
    issued = dt.date.fromisoformat(row["issue_date"])
    end = dt.date.fromisoformat(row["disposition_date"]) if row["disposition_date"] else dt.date.max
    return (min(end, AS_OF) - issued).days, end <= AS_OF


def ages(rows: Iterable[Violation]) -> Ages:
    waits = [wait(row) for row in rows]
    return Ages.of([days for days, _ in waits], ["converted" if done else "open" for _, done in waits])


def by(rows: Iterable[Violation], key: Callable[[Violation], str]) -> dict[str, Ages]:
    groups = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return {name: ages(some) for name, some in groups.items()}


def share_disposed(rows: Iterable[Violation], day: int) -> float:
    """Kaplan and Meier's estimate, one row at a time: sorted by wait, those that end before those that are cut."""
    waits = sorted((wait(row) for row in rows), key=lambda one: (one[0], not one[1]))
    waiting = 1.0
    for place, (days, done) in enumerate(waits):
        if done and days <= day:
            waiting *= 1 - 1 / (len(waits) - place)
    return 1 - waiting


def test_every_violation_is_kept_and_what_was_disposed_of_later_is_counted_and_open(crm: Crm) -> None:
    (file,) = crm.quality.files
    assert (file.rows_read, file.rows_kept) == (ROWS, ROWS)
    assert {one.code: one.rows for one in file.problems if one.code != "unlisted_source"} == {
        "event_after_as_of": AFTER_AS_OF,
        "as_of_before_export": 0,
    }
    assert [one.message for one in file.problems if one.code == "event_after_as_of"] == [
        "121 rows have a disposed date after 2018-01-01; counted as not entered yet (rows 153, 332, 367, 407, 631, …)."
    ]


def test_dates_from_before_there_were_crms_are_believed_where_they_are_many(crm: Crm) -> None:
    (file,) = crm.quality.files
    assert not [one.code for one in file.problems if one.set_aside]
    issued = crm.journeys["issued"]
    assert crm.journeys.agg(n=(issued < dt.date(1990, 1, 1)).sum()).to_pyarrow()["n"][0].as_py() == BEFORE_1990


def test_the_curve_is_that_of_the_published_estimates(crm: Crm) -> None:
    waiting = kaplan_meier(tally(crm, WAIT).ages())
    found = {years: f"{1 - waiting.at(int(years * YEAR)).value:.1%}" for years in BY_YEARS}
    assert found == BY_YEARS


def test_the_curve_is_that_of_a_loop_over_the_rows(crm: Crm, violations: list[Violation]) -> None:
    found = tally(crm, WAIT).ages()
    for years in BY_YEARS:
        day = int(years * YEAR)
        expected = share_disposed(violations, day)
        assert cumulative(found).at(day).value == pytest.approx(expected, abs=1e-9)
        assert kaplan_meier(found).at(day).value == pytest.approx(1 - expected, abs=1e-9)


def test_the_life_table_is_that_of_the_rows_and_the_usual_share_counts_young_and_late_ones(
    crm: Crm, violations: list[Violation]
) -> None:
    found = tally(crm, WAIT).ages()
    assert found == ages(violations)
    assert (sum(found.converted), found.n) == (RESOLVED, ROWS)
    naive = tally(crm, Reach("issued", "disposed")).counts()
    assert (naive.hits, naive.total) == (RESOLVED, ROWS)
    assert f"{(RESOLVED + AFTER_AS_OF) / ROWS:.1%}" == NAIVE


def test_boroughs_have_the_life_tables_of_their_rows_and_add_up_to_the_city(
    crm: Crm, violations: list[Violation]
) -> None:
    found = tally(crm, WAIT, by="boro")
    expected = by(violations, lambda row: row["boro"] or UNKNOWN)
    assert {cell[0]: one for cell, one in found.cells} == expected
    assert (len(expected), expected[UNKNOWN].n) == (6, 344)
    assert found.ages() == ages(violations)


def test_cohorts_by_year_have_the_life_tables_of_their_rows(crm: Crm, violations: list[Violation]) -> None:
    found: dict[str, Ages] = {}
    for (quarter,), one in tally(crm, WAIT, by="quarter").cells:
        year = quarter[:4]
        found[year] = found[year] + one if year in found else one
    assert found == by(violations, lambda row: row["issue_date"][:4])
    assert (min(found), max(found)) == ("1975", "2017")


def test_a_young_cohort_is_not_told_past_its_age(crm: Crm) -> None:
    (last,) = (one for (quarter,), one in tally(crm, WAIT, by="quarter").cells if quarter == "2016Q4")
    curve = cumulative(last)
    assert 0 < curve.at(365).value < 1
    assert str(curve.at(2 * 365).value) == "nan"


def test_a_column_that_is_written_again_at_the_end_tells_the_outcome(crm: Crm) -> None:
    disposed = Counter[str]()
    for (category,), one in tally(crm, WAIT, by="category").cells:
        disposed["ACTIVE" if "ACTIVE" in category else "other"] += sum(one.converted)
    assert disposed == {"ACTIVE": 0, "other": RESOLVED}
