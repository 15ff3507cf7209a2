"""The layout is the vendor's business: the same leads, however they are written, give the same entries and journeys.

And what is planted in them is what the reader finds, row for row.
"""

from __future__ import annotations

import csv
import functools
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from alignment_metrics.crm import Crm, answer
from alignment_metrics.exports import ExportError, read_export
from alignment_metrics.samples import LAYOUTS, REFUSED, TRAPS, write_sample

LEADS = 1500
OTHERS = [layout for layout in LAYOUTS if layout != "hubspot"]
WITH_LEADS = [layout for layout in OTHERS if layout != "pipedrive"]
FIRST_DEAL = 40_001
FIRST_PERSON = 1_286_001
GUIDS = "(Do Not Modify) Lead"
# What stands under a key of its own in the answers.
BESIDE = {"skipped_stage"}


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vendors")


@functools.cache
def sample(
    folder: Path, layout: str, traps: tuple[str, ...] = (), leads: int = LEADS
) -> tuple[dict[str, Any], Crm, Path]:
    """The answers of a sample, and the sample as read."""
    client = folder / "-".join((layout, str(leads), *traps))
    # Where reading fails, the next test finds the sample written already.
    if not client.exists():
        write_sample(client, leads=leads, layout=layout, traps=traps)
    return json.loads((client / "truth.json").read_text("utf-8")), read_export(client), client


def numbers(layout: str, client: Path) -> Any:
    """What turns an id of a layout into the number of its lead."""
    if layout == "dynamics":
        with (client / "leads.csv").open(encoding="utf-8", newline="") as file:
            known = {row[GUIDS]: int(re.sub(r"\D", "", row["Email"])) for row in csv.DictReader(file)}
        return known.__getitem__
    if layout.startswith("salesforce"):
        return lambda one: int(one[6:15])
    first = {"pipedrive": FIRST_DEAL, "marketo": FIRST_PERSON}.get(layout, 7_100_000_000)
    return lambda one: int(one) - first


def journeys(layout: str, scratch: Path, *dropped: str) -> dict[int, dict[str, Any]]:
    _, crm, client = sample(scratch, layout)
    number = numbers(layout, client)
    return {
        number(row["lead_id"]): {name: cell for name, cell in row.items() if name not in ("lead_id", "row", *dropped)}
        for row in crm.journeys.to_pyarrow().to_pylist()
    }


def entries(layout: str, scratch: Path) -> list[tuple[int, str, Any, Any]]:
    _, crm, client = sample(scratch, layout)
    number = numbers(layout, client)
    rows = crm.entries.to_pyarrow().to_pylist()
    return sorted(
        (number(row["lead_id"]), row["stage"], row["day"], row["at"] if row["exact"] else None) for row in rows
    )


@pytest.mark.parametrize("layout", WITH_LEADS)
def test_the_journeys_of_every_layout_are_those_of_hubspot(scratch: Path, layout: str) -> None:
    expected = journeys("hubspot", scratch)
    assert len(expected) == sample(scratch, "hubspot")[0]["leads_kept"] > 1400
    assert journeys(layout, scratch) == expected


@pytest.mark.parametrize("layout", WITH_LEADS)
def test_the_entries_of_every_layout_are_those_of_hubspot(scratch: Path, layout: str) -> None:
    expected, found = entries("hubspot", scratch), entries(layout, scratch)
    assert [row[:3] for row in found] == [row[:3] for row in expected]
    assert all(at is None or at == known for (*_, at), (*_, known) in zip(found, expected, strict=True))
    # Only the close date of Salesforce's opportunities is a bare day.
    days = {stage for _, stage, _, at in found if at is None}
    assert days == ({"won", "lost"} if layout in ("salesforce", "salesforce-report", "salesforce-api") else set())


def test_the_deals_of_pipedrive_are_the_leads_of_hubspot_that_came_to_one(scratch: Path) -> None:
    before = ("lead", "mql", "sal", "sql", "disqualified")
    lists = ("customer_since", "churned_on", answer("lead"))
    expected = {
        number: row
        for number, row in journeys("hubspot", scratch, *before, *lists).items()
        if row["opportunity"] is not None
    }
    assert len(expected) > 200
    assert journeys("pipedrive", scratch) == expected
    told = [row for row in entries("hubspot", scratch) if row[0] in expected and row[1] not in before]
    assert entries("pipedrive", scratch) == told


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_row_of_every_layout_is_accounted_for_as_planted(scratch: Path, layout: str) -> None:
    truth, crm, _ = sample(scratch, layout)
    for told, planted in zip(crm.quality.files, truth["files"], strict=True):
        assert (told.path, told.layout) == (planted["path"], planted["layout"])
        assert (told.rows_read, told.rows_kept) == (planted["rows_read"], planted["rows_kept"])
        assert told.rows_set_aside == planted["rows_set_aside"]
    assert problems(crm) == wanted(truth)


def problems(crm: Crm) -> dict[str, int]:
    found: Counter[str] = Counter()
    for file in crm.quality.files:
        for problem in file.problems:
            found[problem.code] += problem.rows
    return {code: rows for code, rows in found.items() if rows and code not in BESIDE}


def wanted(truth: dict[str, Any]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for file in truth["files"]:
        found.update(file["problems"])
    return {code: rows for code, rows in found.items() if rows}


FITTING = [(layout, code) for code, trap in TRAPS.items() for layout in LAYOUTS if trap.fits(layout)]


@pytest.mark.parametrize("layout", dict.fromkeys(layout for layout, _ in FITTING))
def test_all_traps_at_once_are_found_in_as_many_rows_as_were_planted(scratch: Path, layout: str) -> None:
    truth, crm, _ = sample(scratch, layout, ("all",))
    planted, found = wanted(truth), problems(crm)
    assert {code: found.get(code) for code in truth["traps"]} == {code: planted[code] for code in truth["traps"]}
    assert found == planted
    for told, account in zip(crm.quality.files, truth["files"], strict=True):
        assert (told.rows_read, told.rows_kept) == (account["rows_read"], account["rows_kept"])
    assert crm.journeys.count().to_pyarrow().as_py() == truth["leads_kept"]


FORMED = [
    *(("hubspot", (form,)) for form in ("footer_row", "title_lines", "semicolon", "utf16", "cp1252")),
    *((layout, ("footer_row", "title_lines", "semicolon", "cp1252")) for layout in ("salesforce-report", "pipedrive")),
]


@pytest.mark.parametrize(("layout", "forms"), FORMED)
def test_a_file_in_another_form_reads_the_same(scratch: Path, layout: str, forms: tuple[str, ...]) -> None:
    truth, crm, _ = sample(scratch, layout, forms)
    plain = sample(scratch, layout)[1]
    columns = [name for name in plain.journeys.columns if name != "row"]
    told = [
        sorted(tuple(str(row[name]) for name in columns) for row in one.journeys.to_pyarrow().to_pylist())
        for one in (crm, plain)
    ]
    assert told[0] == told[1]
    assert problems(crm).get("footer_row", 0) == wanted(truth).get("footer_row", 0)
    assert crm.quality.files[0].rows_read == truth["files"][0]["rows_read"]


@pytest.mark.parametrize(
    ("layout", "trap", "code"),
    [
        ("hubspot-deals", "closed_only", "closed_deals_only"),
        ("pipedrive", "closed_only", "closed_only"),
        ("salesforce-history", "left_truncated", "left_truncated"),
        ("marketo", "left_truncated", "left_truncated"),
    ],
)
def test_an_export_that_shows_only_a_part_of_what_happened_is_seen_as_one(
    scratch: Path, layout: str, trap: str, code: str
) -> None:
    # So many leads that a dozen deals are closed sooner than half of all are.
    whole, part = sample(scratch, layout, (), 6000)[1], sample(scratch, layout, (trap,), 6000)[1]
    assert code not in codes(whole)
    assert code in codes(part)


def codes(crm: Crm) -> set[str]:
    return {problem.code for file in crm.quality.files for problem in file.problems}


def test_a_deal_of_two_contacts_stays_with_the_one_who_came_in_first(scratch: Path, tmp_path: Path) -> None:
    write_sample(tmp_path / "client", leads=LEADS, layout="hubspot-deals", traps=["shared_deal"])
    crm = read_export(tmp_path / "client")
    number = numbers("hubspot-deals", tmp_path)
    rows = crm.journeys.to_pyarrow().to_pylist()
    plain = ("lead_id", "row")
    found = {number(row["lead_id"]): {name: row[name] for name in row if name not in plain} for row in rows}
    assert found == journeys("hubspot-deals", scratch)


# The words in full are the business of the rooms that write them; here it is enough that the right one is said.
SAID = {
    "scientific_id": "spreadsheet",
    "several_currencies": "several currencies",
    "both_ways": "day_first",
}


@pytest.mark.parametrize(
    ("layout", "code"), [(layout, code) for code, trap in REFUSED.items() for layout in LAYOUTS if trap.fits(layout)]
)
def test_what_cannot_be_known_is_refused_and_not_guessed(tmp_path: Path, layout: str, code: str) -> None:
    write_sample(tmp_path / "client", leads=400, layout=layout, traps=[code])
    with pytest.raises(ExportError, match=SAID[code]):
        read_export(tmp_path / "client")
