"""A source that nothing was told to be spent on makes no direction cheap: neither its leads nor its wins count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
from engines import charter_of, crm_of, many

from alignment_metrics.findings import audit
from alignment_metrics.values import Finding

CHARTER = charter_of(stages=("lead", "won"))
MONTHS = [dt.date(2025, month, 1) for month in range(1, 13)]
BY_SOURCE = {"organic search": "inbound", "webinar": "inbound", "cold call": "outbound"}


def found(*spent_on: str, months: list[dt.date] = MONTHS, nowhere: float = 0.0) -> dict[str, Finding]:
    """Ten wins of a hundred leads of each source in each month, and 1,000 spent in each of them on some."""
    leads = [lead for month in MONTHS for source in BY_SOURCE for lead in many(10, 100, source=source, day=month)]
    spend: list[Mapping[str, Any]] = [
        {"month": month, "source": source, "direction": BY_SOURCE[source], "amount": 1000.0}
        for month in months
        for source in spent_on
    ]
    spend += [{"month": MONTHS[0], "source": "unknown", "direction": "unknown", "amount": nowhere}] if nowhere else []
    return {one.code: one for one in audit(crm_of(leads, CHARTER, spend=spend), only="inbound_vs_outbound")}


def costs(finding: Finding) -> dict[str, float]:
    return {name[0][1]: one.value for name, one in finding.estimates if name}


def test_a_source_without_spending_lends_its_wins_to_nobody() -> None:
    finding = found("organic search", "cold call")["inbound_vs_outbound.cost"]
    assert finding.verdict == "no_difference_shown"
    assert costs(finding) == {"inbound": 100.0, "outbound": 100.0}
    assert (
        "No spending is told of webinar: its leads are in neither cost, for what they took is not known."
        in finding.notes
    )
    assert "2,400 leads" in finding.claim


def test_where_all_is_told_all_counts() -> None:
    finding = found(*BY_SOURCE)["inbound_vs_outbound.cost"]
    assert costs(finding) == {"inbound": 100.0, "outbound": 100.0}
    assert not any(note.startswith("No spending") for note in finding.notes)
    assert "3,600 leads" in finding.claim


def test_money_that_belongs_to_no_direction_is_said_to_be_in_neither_cost() -> None:
    finding = found(*BY_SOURCE, nowhere=60_000.0)["inbound_vs_outbound.cost"]
    assert costs(finding) == {"inbound": 100.0, "outbound": 100.0}
    assert "Another EUR 60,000 was spent on sources of unknown direction; it is in neither cost." in finding.notes


@pytest.mark.parametrize(("first", "months"), [(0, 12), (3, 9)])
def test_only_months_from_the_first_that_both_are_told_of_count(first: int, months: int) -> None:
    finding = found(*BY_SOURCE, months=MONTHS[first:])["inbound_vs_outbound.cost"]
    assert f"there are {months} months whose leads have all had 90 days." in " ".join(finding.notes)
    assert costs(finding)["inbound"] == 100.0


def test_months_whose_leads_have_not_had_their_window_do_not_count() -> None:
    # The last day of the export is 30 June 2026: of April's leads the youngest are 61 days old.
    late = [dt.date(2026, month, 1) for month in (1, 2, 3, 4)]
    leads = [lead for month in late for source in BY_SOURCE for lead in many(10, 100, source=source, day=month)]
    spend = [
        {"month": month, "source": source, "direction": side, "amount": 1000.0}
        for month in late
        for source, side in BY_SOURCE.items()
    ]
    told = {one.code: one for one in audit(crm_of(leads, CHARTER, spend=spend), only="inbound_vs_outbound")}
    assert "In 2026-01 to 2026-03 a won lead cost" in told["inbound_vs_outbound.cost"].claim
