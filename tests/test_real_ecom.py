"""A real event log of a shop: every event is accounted for, and each user has the days of a plain loop."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import os
import shutil
import statistics
import tomllib
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from alignment_metrics.crm import Crm
from alignment_metrics.exports import read_export
from alignment_metrics.findings import audit
from alignment_metrics.values import Finding

pytestmark = pytest.mark.real

VARIABLE = "ALIGNMENT_METRICS_REAL_DATA"
LOG = "ecom.csv.gz"
AS_OF, WINDOW = dt.date(2024, 6, 29), 60
STAGES = ("visit", "cart", "checkout", "purchase")
# Counted over the file by the people who looked at it first.
EVENTS, USERS, BUYERS, TWICE, MISLABELLED = 31_106, 600, 328, 30, 297
CHANNELS = {"organic search": 219, "paid search": 169, "email": 95, "social networks": 87, "direct traffic": 30}
Event = dict[str, str]


@pytest.fixture(scope="module")
def data(root: Path) -> Path:
    found = Path(os.environ.get(VARIABLE) or root.parent / "shared" / "data") / "retentioneering_ecom" / LOG
    if not found.is_file():
        readme = "tests/real/retentioneering_ecom/README.md"
        pytest.skip(f"{LOG} is not in {found.parent}; see {readme}, and name its parent in {VARIABLE}.")
    return found


@pytest.fixture(scope="module")
def plan(root: Path) -> Path:
    return root / "tests" / "real" / "retentioneering_ecom" / "charter.toml"


@pytest.fixture(scope="module")
def crm(data: Path, plan: Path, tmp_path_factory: pytest.TempPathFactory) -> Crm:
    client = tmp_path_factory.mktemp("ecom")
    shutil.copyfile(data, client / LOG)
    shutil.copyfile(plan, client / "charter.toml")
    return read_export(client)


@pytest.fixture(scope="module")
def findings(crm: Crm) -> dict[str, Finding]:
    return {finding.code: finding for finding in audit(crm)}


@pytest.fixture(scope="module")
def users(data: Path) -> dict[str, list[Event]]:
    """Who did what, each event once, in order of time."""
    with gzip.open(data, "rt", encoding="utf-8", newline="") as file:
        events = [dict(told) for told in dict.fromkeys(tuple(row.items()) for row in csv.DictReader(file))]
    found: dict[str, list[Event]] = {}
    for event in sorted(events, key=lambda event: event["timestamp"]):
        found.setdefault(event["user_id"], []).append(event)
    return found


@pytest.fixture(scope="module")
def meaning(plan: Path) -> dict[str, str]:
    """The stage that each kind of event stands for, as the charter has it."""
    (export,) = tomllib.loads(plan.read_text("utf-8"))["export"]
    return dict(export["stages"])


@pytest.fixture(scope="module")
def journeys(users: dict[str, list[Event]], meaning: dict[str, str]) -> dict[str, dict[str, dt.date]]:
    """The day on which each user first came to each stage."""
    found: dict[str, dict[str, dt.date]] = {}
    for user, events in users.items():
        for event in events:
            if stage := meaning.get(event["event"]):
                found.setdefault(user, {}).setdefault(stage, dt.date.fromisoformat(event["timestamp"][:10]))
    return found


def rows(table: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    return found


def test_every_event_is_kept_but_those_that_are_there_twice(crm: Crm) -> None:
    (file,) = crm.quality.files
    assert (file.rows_read, file.rows_kept) == (EVENTS, EVENTS - TWICE)
    assert [(one.code, one.rows) for one in file.problems if one.set_aside] == [("duplicate_event", TWICE)]
    assert file.form == "CSV in UTF-8, parted by commas, unpacked from gzip"
    assert file.not_read == ("session_id", "platform", "user_lifecycle")


def test_the_events_that_tell_no_stage_are_counted_and_named(
    crm: Crm, users: dict[str, list[Event]], meaning: dict[str, str]
) -> None:
    left = Counter(event["event"] for events in users.values() for event in events if event["event"] not in meaning)
    (problem,) = (one for one in crm.quality.files[0].problems if one.code == "unmapped_stage")
    named = ", ".join(f"{name!r} ({count:,})" for name, count in left.most_common())
    assert problem.rows == left.total() == 716
    assert problem.message.startswith(
        f"716 rows tell a stage that neither [funnel] nor [export.stages] knows: {named}; counted as no entry (rows "
    )


def test_whoever_comes_back_to_a_stage_enters_it_again_and_the_first_time_counts(
    crm: Crm, users: dict[str, list[Event]], meaning: dict[str, str]
) -> None:
    entered, again = 0, 0
    for events in users.values():
        # Whatever else somebody does takes him from the stage he was at, as if it were a stage of its own.
        stages = [
            (event["timestamp"], STAGES.index(meaning[event["event"]]) if event["event"] in meaning else -1)
            for event in events
        ]
        # Of events in one second nobody can say which came first: the order of the funnel decides.
        places = [place for _, place in sorted(stages)]
        moves = [place for before, place in zip([None, *places], places, strict=False) if -1 != place != before]
        entered += len(moves)
        again += len(moves) - len(set(moves))
    (problem,) = (one for one in crm.quality.files[0].problems if one.code == "re_entry")
    assert problem.rows == again
    assert crm.entries.count().to_pyarrow().as_py() == entered


def test_every_user_comes_to_every_stage_on_the_day_of_a_plain_loop(
    crm: Crm, journeys: dict[str, dict[str, dt.date]]
) -> None:
    found = {row["lead_id"]: {stage: row[stage] for stage in STAGES if row[stage]} for row in rows(crm.journeys)}
    assert len(found) == USERS
    assert found == journeys
    assert sum("purchase" in stages for stages in found.values()) == BUYERS


def test_the_wait_for_the_first_purchase_is_the_one_that_is_known(crm: Crm) -> None:
    entries = [row for row in rows(crm.entries) if row["exact"]]
    first: dict[tuple[str, str], dt.datetime] = {}
    for row in sorted(entries, key=lambda row: row["at"]):
        first.setdefault((row["lead_id"], row["stage"]), row["at"])
    buyers = [user for user, stage in first if stage == "purchase"]
    waits = [
        (first[user, "purchase"] - min(first[user, stage] for stage in STAGES if (user, stage) in first)).days
        for user in buyers
    ]
    assert (len(buyers), statistics.median(waits)) == (BUYERS, 35.5)


def test_a_user_has_the_channel_of_his_events(crm: Crm) -> None:
    assert Counter(row["source"] for row in rows(crm.journeys)) == CHANNELS


def test_the_label_of_the_cohort_is_not_the_month_of_the_first_event(crm: Crm) -> None:
    assert sum(row["cohort"] != f"{row['visit']:%Y-%m}" for row in rows(crm.journeys)) == MISLABELLED


@pytest.mark.parametrize(("start", "stop"), [*pairwise(STAGES), ("visit", "purchase")])
def test_each_rate_is_that_of_a_plain_count(
    findings: dict[str, Finding], journeys: dict[str, dict[str, dt.date]], start: str, stop: str
) -> None:
    old = [one for one in journeys.values() if start in one and (AS_OF - one[start]).days >= WINDOW]
    hits = sum(stop in one and 0 <= (one[stop] - one[start]).days <= WINDOW for one in old)
    finding = findings[f"conversion.{start}_to_{stop}"]
    assert (finding.verdict, finding.estimates[0][1].hits, finding.estimates[0][1].n) == ("measured", hits, len(old))


def test_inbound_against_outbound_does_not_apply_where_nobody_approached_a_stranger(
    findings: dict[str, Finding],
) -> None:
    finding = findings["inbound_vs_outbound.conversion"]
    assert finding.verdict == "does_not_apply"
    assert finding.because == "the charter's [sources] tag no source as outbound, and nothing is guessed."
