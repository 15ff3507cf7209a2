"""Which raw sources the charter's words cover, and that OFFLINE is nobody's direction."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from folders import charter, messages_of, read, rows_of, text_of

from alignment_metrics.crm import Crm

HEADER = ("Record ID", "Original Traffic Source", "Original Traffic Source Drill-Down 1", "Create Date", "Won")


def contacts(folder: Path, sources: Mapping[str, tuple[str, str]], *rows: tuple[str, str], suppress: int = 1) -> Crm:
    file = {"file": "contacts.csv", "layout": "hubspot-contacts", "columns": {"won": "Won"}}
    text = text_of([HEADER, *((str(n), *row, "2026-01-05", "") for n, row in enumerate(rows))])
    plan = charter(file, sources=sources, policy={"suppress_below": suppress})
    return read(folder, {"contacts.csv": text}, plan)


@pytest.mark.parametrize("listed", ["ORGANIC_SEARCH", "Organic Search", "Búsqueda orgánica"])
def test_a_source_is_known_in_every_form_that_the_vendor_writes(tmp_path: Path, listed: str) -> None:
    forms = ["ORGANIC_SEARCH", "Organic search", "Organic Search", "Búsqueda orgánica"]
    crm = contacts(tmp_path, {listed: ("search", "inbound")}, *((form, "") for form in forms))
    assert rows_of(crm.leads, "source", "direction") == [("search", "inbound")] * 4
    assert messages_of(crm) == []


def test_offline_is_of_unknown_direction_unless_the_detail_decides(tmp_path: Path) -> None:
    sources = {
        "OFFLINE": ("offline", "outbound"),
        "OFFLINE > Sales": ("sales", "outbound"),
        "Offline sources > Form": ("form", "inbound"),
    }
    rows = [("OFFLINE", "Import"), ("Offline sources", "Sales"), ("OFFLINE", "Form"), ("OFFLINE", ""), ("", "")]
    crm = contacts(tmp_path, sources, *rows)
    assert rows_of(crm.leads, "lead_id", "source", "direction") == [
        ("0", "offline", "unknown"),
        ("1", "sales", "outbound"),
        ("2", "form", "inbound"),
        ("3", "offline", "unknown"),
        ("4", "unknown", "unknown"),
    ]
    assert messages_of(crm) == [
        "1 row has no source; counted as unknown (row 6).",
        "2 rows have a source that the vendor writes for leads of either direction, and no detail beside it that "
        "[sources] decides (list both, such as \"OFFLINE > Import\"; the file has 'Import' (1)); their direction is "
        "unknown (rows 2, 5).",
    ]


def test_a_slip_of_the_pen_in_the_charter_is_pointed_out(tmp_path: Path) -> None:
    rows = [("Trade show", ""), ("Trade show", ""), ("Website", "")]
    crm = contacts(tmp_path, {"Tradeshow": ("trade show", "outbound"), "Fax": ("fax", "inbound")}, *rows)
    assert messages_of(crm) == [
        "3 rows have a source that [sources] does not list: 'Trade show' (2), 'Website' (1); counted as unknown (rows "
        "2, 3, 4).",
        "[sources] lists 'Tradeshow', where the file has 'Trade show': no row has it so. Correct the charter.",
    ]


def test_what_few_share_and_what_looks_like_a_person_is_not_named(tmp_path: Path) -> None:
    rows = [("ann@acme.example", "")] * 6 + [("+49 30 123 4567", "")] * 6 + [("Rare", "")] * 4 + [("Fair", "")] * 5
    crm = contacts(tmp_path, {"Web": ("website", "inbound")}, *rows, suppress=5)
    (message,) = messages_of(crm)
    assert message == (
        "21 rows have a source that [sources] does not list: 'Fair' (5), 3 other values not named here; counted as "
        "unknown (rows 2, 3, 4, 5, 6, …)."
    )


def test_offline_stays_undecided_whichever_file_tells_the_source(tmp_path: Path) -> None:
    history = [("contact_id", "name", "value", "timestamp")]
    history += [("1", "lifecyclestage", "lead", "2026-01-05"), ("1", "lifecyclestage", "customer", "2026-01-06")]
    people = [("Record ID", "Original Traffic Source"), ("1", "Fuentes sin conexión")]
    plan = charter(
        {"file": "history.csv", "layout": "hubspot-contact-history"},
        {"file": "people.csv", "layout": "hubspot-contacts"},
        sources={"OFFLINE": ("offline", "outbound")},
    )
    crm = read(tmp_path, {"history.csv": text_of(history), "people.csv": text_of(people)}, plan)
    assert rows_of(crm.leads, "source", "direction") == [("offline", "unknown")]


def test_sources_that_are_left_open_are_counted_in_the_part_they_stand_in(tmp_path: Path) -> None:
    parts = {
        "a.csv": [("1", "Fax"), ("2", ""), ("3", "Fax"), ("4", "Web")],
        "b.csv": [("5", ""), ("6", "Post"), ("7", "Fax"), ("8", "")],
    }
    header = ("lead_id", "source", "lead", "won")
    files = {name: text_of([header, *((*row, "2026-01-05", "") for row in rows)]) for name, rows in parts.items()}
    crm = read(tmp_path, files, charter({"file": [*parts]}, policy={"suppress_below": 2}))
    unlisted = "have a source that [sources] does not list: 'Fax' (3), 1 other value not named here; counted as unknown"
    assert messages_of(crm) == [
        "1 row has no source; counted as unknown (row 3).",
        f"2 rows {unlisted} (rows 2, 4).",
    ]
    assert messages_of(crm, 1) == [
        "2 rows have no source; counted as unknown (rows 2, 5).",
        f"2 rows {unlisted} (rows 3, 4).",
    ]


def test_a_lead_bears_the_tags_of_its_raw_source(tmp_path: Path) -> None:
    sources = """
"Web" = { source = "web", direction = "inbound", media = "owned", exclusivity = "exclusive" }
"Ads" = { source = "web", direction = "inbound", media = "paid" }
"List" = { source = "list", direction = "outbound", exclusivity = "shared" }
"Call" = { source = "call", direction = "outbound" }
[treatment]
"""
    plan = charter(sources={}).replace("[treatment]\n", sources, 1)
    rows = [(str(n), raw, "2026-01-05", "") for n, raw in enumerate(("Web", "Ads", "List", "Call", "Fax", ""))]
    crm = read(tmp_path, {"leads.csv": text_of([("lead_id", "source", "lead", "won"), *rows])}, plan)
    assert crm.categories == ("source", "direction", "owner", "media", "exclusivity")
    told = [
        ("web", "owned", "exclusive"),
        ("web", "paid", "unknown"),
        ("list", "unknown", "shared"),
        ("call", "unknown", "unknown"),
        ("unknown", "unknown", "unknown"),
        ("unknown", "unknown", "unknown"),
    ]
    for table in (crm.journeys, crm.leads):
        assert rows_of(table, "source", "media", "exclusivity") == told


def test_a_source_bears_its_tags_in_every_form_that_the_vendor_writes(tmp_path: Path) -> None:
    tagged = '"PAID_SEARCH" = { source = "ads", direction = "inbound", media = "paid" }\n'
    tagged += '"OFFLINE" = { source = "offline", direction = "inbound", media = "earned" }\n'
    plan = charter({"file": "contacts.csv", "layout": "hubspot-contacts", "columns": {"won": "Won"}}, sources={})
    rows = [(str(n), raw, "", "2026-01-05", "") for n, raw in enumerate(("Paid Search", "Offline Sources"))]
    text = text_of([HEADER, *rows])
    crm = read(tmp_path, {"contacts.csv": text}, plan.replace("[sources]\n", f"[sources]\n{tagged}"))
    assert rows_of(crm.journeys, "source", "direction", "media") == [
        ("ads", "inbound", "paid"),
        ("offline", "unknown", "earned"),
    ]
