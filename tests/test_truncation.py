"""Exports that show only a part of what happened: told where they are, and not where they are whole."""

from __future__ import annotations

import datetime as dt
import random
import statistics
from pathlib import Path

import pytest
from folders import charter, read, text_of

import alignment_metrics as am
from alignment_metrics.crm import Crm
from alignment_metrics.findings import CHAPTERS

START = dt.date(2025, 1, 1)
AS_OF = START + dt.timedelta(days=499)
Deal = tuple[int, int | None, int | None]


def deals(n: int = 900, seed: int = 7) -> list[Deal]:
    """Deals of 500 days: the day each came in, and the day it was won or lost, where it was by the end."""
    draw = random.Random(seed)
    found = []
    for _ in range(n):
        day = draw.randrange(500)
        end = day + 1 + int(draw.expovariate(1 / 40))
        won, ended = draw.random() < 0.4, end < 500 and draw.random() < 0.8
        found.append((day, end if ended and won else None, end if ended and not won else None))
    return found


def export(folder: Path, rows: list[Deal], *, since: str | None = None) -> Crm:
    def day(number: int | None) -> str:
        return "" if number is None else (START + dt.timedelta(days=number)).isoformat()

    header = ("lead_id", "source", "lead", "won", "lost")
    told = [(str(n), "Web" if n % 2 else "Call", *map(day, row)) for n, row in enumerate(rows)]
    plan = charter(exits=("lost",), as_of=AS_OF.isoformat(), since=since)
    return read(folder, {"leads.csv": text_of([header, *told])}, plan)


def codes(crm: Crm) -> dict[str, str]:
    # Of several stages that lack their beginning, the first.
    told = {one.code: one.message for one in reversed(crm.quality.files[0].problems)}
    return {code: message for code, message in told.items() if code in ("left_truncated", "closed_only")}


def test_a_whole_export_raises_no_doubt(tmp_path: Path) -> None:
    assert codes(export(tmp_path, deals())) == {}


def test_a_history_that_starts_midway_is_told_with_the_day_it_starts(tmp_path: Path) -> None:
    cut = [one for one in deals() if min(one[1] or 500, one[2] or 500) >= 100]
    message = codes(export(tmp_path, cut))["left_truncated"]
    first = min(one[2] for one in cut if one[2])
    day = (START + dt.timedelta(days=first)).isoformat()
    early = sum(one[0] < first for one in cut)
    assert message.startswith(f"No lost date lies before {day}, though {early} leads came in earlier, of which about ")
    since = (START + dt.timedelta(days=min(one[1] for one in cut if one[1]))).isoformat()
    assert since > day
    assert message.endswith(
        " would have one by the pace of those that came later: the export, or its history, seems to start there. Leads "
        f"from before look worse, or better, than they were; leave them out with since = {since} under [organisation]."
    )
    crm = export(tmp_path / "since", cut, since=since)
    assert codes(crm) == {}
    doubted = am.audit(export(tmp_path, cut), only="conversion")
    assert all(message in finding.notes for finding in doubted)
    assert not any("lies before" in note for finding in am.audit(crm) for note in finding.notes)


def test_closed_deals_alone_tell_no_rate(tmp_path: Path) -> None:
    closed = [one for one in deals() if one[1] or one[2]]
    crm = export(tmp_path, closed)
    message = codes(crm)["closed_only"]
    newest = max(one[1] or one[2] for one in closed)
    middle = statistics.median((one[1] or one[2]) - one[0] for one in closed)
    young = sum(newest - one[0] < middle for one in closed)
    assert message == (
        f"Of the {young} records dated by lead that are younger than the time half of the closed ones took, {young} "
        "are closed, where no more than half would be: the export seems to hold closed records only. Of those still "
        "open nothing is known, so no rate can be estimated; export the open ones too."
    )
    findings = am.audit(crm)
    # What the charter states, people say or others published is as true as before.
    apart = {"agreement", "perception", "benchmark", "published", "claims"}
    assert not [one.code for one in findings if one.estimates]
    rates = [one for one in findings if one.chapter not in apart]
    assert {one.verdict for one in rates} == {"does_not_apply"}
    assert {one.chapter for one in rates} == {*CHAPTERS} - apart
    beside = {one.code: one.verdict for one in findings if one.chapter in ("benchmark", "published")}
    assert beside["benchmark.sherpa-2009-lead-won"] == "does_not_apply"
    assert set(beside.values()) == {"does_not_apply", "not_comparable", "measured"}
    for one in rates:
        assert one.because == message[0].lower() + message[1:]
        assert one.claim == "No rate to won can be told from closed records alone."
        assert one.estimates == ()
        assert one.comparison is None
        assert one.curves == ()


def test_closed_deals_are_seen_for_what_they_are_though_one_is_open_or_as_of_is_late(tmp_path: Path) -> None:
    closed = [one for one in deals() if one[1] or one[2]]
    assert "closed_only" in codes(export(tmp_path / "one", [*closed, (3, None, None)]))
    earlier = [one for one in deals(3000) if 0 < max(one[1] or 0, one[2] or 0) < 400]
    assert "closed_only" in codes(export(tmp_path / "late", earlier))


def test_that_all_records_are_closed_is_at_least_asked_about(tmp_path: Path) -> None:
    alike = [(day, day + 40, None) for day in range(150)]
    told = {one.code: one.message for one in export(tmp_path, alike).quality.files[0].problems}
    assert told["all_closed"] == (
        "Each of the 150 records has come to won or lost, and none is open. If open ones were left out of the export, "
        "its rates are too high: make sure that they were not."
    )


def test_closings_that_are_booked_by_the_quarter_are_no_history_that_starts_midway(tmp_path: Path) -> None:
    booked = [(day, -(-(won or 0) // 90) * 90 if won else None, None) for day, won, _ in deals()]
    assert "left_truncated" not in codes(export(tmp_path, booked))


def test_a_history_that_starts_after_the_middle_of_the_export_is_told(tmp_path: Path) -> None:
    cut = [one for one in deals(3000) if min(one[1] or 500, one[2] or 500) >= 330]
    assert "left_truncated" in codes(export(tmp_path, cut))


def test_an_old_export_in_which_all_has_ended_is_whole(tmp_path: Path) -> None:
    old = [(day, day + 5, None) if day % 3 else (day, None, day + 9) for day in range(300)]
    assert codes(export(tmp_path, old)) == {}


def test_closed_deals_beside_whole_leads_stop_only_the_rates_of_deals(tmp_path: Path) -> None:
    def day(number: int) -> str:
        return (START + dt.timedelta(days=number)).isoformat()

    rows = [("lead_id", "source", "lead", "mql", "opportunity", "won", "lost")]
    for n, (start, won, lost) in enumerate(deals()):
        closed = won or lost
        rows.append(
            (
                str(n),
                "Web" if n % 2 else "Call",
                day(start),
                day(start) if n % 3 else "",
                day(start) if closed else "",
                day(won) if won else "",
                day(lost) if lost else "",
            )
        )
    plan = charter(stages=("lead", "mql", "opportunity", "won"), exits=("lost",), as_of=AS_OF.isoformat())
    crm = read(tmp_path, {"leads.csv": text_of(rows)}, plan)
    verdicts = {one.code: one.verdict for one in am.audit(crm) if one.chapter == "conversion"}
    assert verdicts == {
        "conversion.lead_to_mql": "measured",
        "conversion.mql_to_opportunity": "does_not_apply",
        "conversion.opportunity_to_won": "does_not_apply",
        "conversion.lead_to_won": "does_not_apply",
    }


@pytest.mark.parametrize("seed", range(3))
def test_few_deals_that_have_all_ended_are_no_sign(tmp_path: Path, seed: int) -> None:
    few = [one for one in deals(12, seed) if one[1] or one[2]]
    assert "closed_only" not in codes(export(tmp_path, few))
