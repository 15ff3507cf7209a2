"""What each definition counts: a row loop as the oracle, both engines, and the export read again by another charter."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from engines import AS_OF, ENGINES, SOURCES, Lead, charter_of, crm_of, table_of
from folders import charter as plan_of
from folders import read, text_of

from alignment_metrics.charter import CHOICES, Charter
from alignment_metrics.crm import Crm
from alignment_metrics.definitions import Counted, Variant, latest_year, may_repeat
from alignment_metrics.exports import read_export
from alignment_metrics.measures import Reach
from alignment_metrics.tallies import tally
from alignment_metrics.tallies.variants import variants
from alignment_metrics.values import Counts

CHARTER = charter_of(stages=("lead", "offer", "won"), exits=("dropped", "lost"), within_days=30)
EVERY = [Variant(*options) for options in product(*CHOICES.values())]
DAY = dt.timedelta(days=1)


def some_leads(seed: int, charter: Charter, n: int = 300) -> list[Lead]:
    """Leads of all kinds: skipped stages, ends before beginnings, several exits, shared accounts, unknown sources."""
    draw, as_of = random.Random(seed), charter.organisation.as_of
    found: list[Lead] = []
    for _ in range(n):
        start = as_of - draw.randrange(0, 700) * DAY
        lead: dict[str, object] = {"lead": start, "account_id": draw.choice([None, *map(str, range(60))])}
        for place, chance in (("offer", 0.5), ("won", 0.4), ("dropped", 0.3), ("lost", 0.3)):
            day = start + draw.randrange(-20, 120) * DAY
            if draw.random() < chance and day <= as_of and place in charter.funnel.places:
                lead[place] = day
        if draw.random() < 0.8:
            lead["source"] = draw.choice([one.source for one in SOURCES.values()])
        elif draw.random() < 0.5:
            lead |= {"source": "webinar", "direction": "unknown"}
        found.append(lead)
    return found


def by_rows(leads: Iterable[Lead], variant: Variant, charter: Charter) -> Counted:
    """The definitions of ``Variant``, one lead after another."""
    as_of, window = charter.organisation.as_of, charter.policy.within_days
    since = charter.organisation.history_from or dt.date.min
    year = latest_year(charter)
    hits: set[object] = set()
    total: set[object] = set()
    first, last, *_ = charter.funnel.stages[0], charter.funnel.last
    before = charter.funnel.stages[-2]
    for number, lead in enumerate(leads):
        start, won = lead[first], lead.get(last)
        if not since <= start <= as_of:
            continue
        if variant.unknown == "without" and (
            lead.get("source", "unknown") == "unknown" or lead.get("direction") == "unknown"
        ):
            continue
        there = before in lead or (variant.skipped == "passed" and won is not None)
        if variant.unit == "opportunity" and not there:
            continue
        unit = number if variant.unit != "account" or lead.get("account_id") is None else lead["account_id"]
        converted = won is not None and won >= start
        ends = [lead[place] for place in charter.funnel.exits if place in lead and lead[place] >= start]
        end = won if converted else min(ends, default=None)

        def recent(day: dt.date | None) -> bool:
            return day is not None and year is not None and year[0] <= day <= year[1]

        if variant.dating == "cohort":
            counts = variant.young == "all" or (as_of - start).days >= window
            counts &= variant.span == "all" or recent(start)
            hit = counts and converted and (variant.window == "any" or (won - start).days <= window)
        else:
            counts = recent(start if variant.dating == "period" else end)
            hit = converted and recent(won)
        if counts:
            total.add(unit)
        if hit:
            hits.add(unit)
    return Counted(len(hits), len(total), len(hits & total))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "charter",
    [
        CHARTER,
        charter_of(stages=("lead", "offer", "won"), within_days=0, as_of=dt.date(2026, 6, 29)),
        charter_of(stages=("lead", "won"), exits=("lost",), history_from=dt.date(2025, 11, 7)),
    ],
    ids=["with exits", "without exits, mid-month", "two stages, watched late"],
)
def test_every_definition_counts_what_a_row_loop_counts(engine: str, charter: Charter) -> None:
    leads = some_leads(1, charter)
    found, queries = variants(crm_of(leads, charter, engine=engine))
    assert len(queries) == 2
    for variant in EVERY:
        assert found.count(variant) == by_rows(leads, variant, charter), variant


HISTORY = {
    "file": "events.csv",
    "layout": "history",
    "columns": {"lead_id": "id", "stage": "stage", "at": "day", "source": "source"},
}


def history_of(seed: int, n: int = 120) -> str:
    """Events of leads that go back and forth, in rows of no order."""
    draw = random.Random(seed)
    rows = []
    for number in range(n):
        day = AS_OF - draw.randrange(60, 600) * DAY
        rows.append((number, "lead", day, "Web"))
        for _ in range(draw.randrange(0, 6)):
            day += draw.randrange(0, 40) * DAY
            if day <= AS_OF:
                rows.append((number, draw.choice(["lead", "offer", "won", "lost"]), day, "Web"))
    draw.shuffle(rows)
    return text_of([("id", "stage", "day", "source"), *rows])


def deals_of(seed: int, n: int = 120) -> dict[str, str]:
    """Leads in one file and several deals of some of them in another."""
    draw = random.Random(seed)
    leads, deals = [], []
    for number in range(n):
        day = AS_OF - draw.randrange(0, 600) * DAY
        leads.append((f"L{number}", day, "Web"))
        for _ in range(draw.randrange(0, 4)):
            offer = day + draw.randrange(0, 60) * DAY
            won = offer + draw.randrange(0, 60) * DAY
            told = [one if one <= AS_OF and draw.random() < 0.7 else "" for one in (offer, won)]
            deals.append((f"D{len(deals)}", f"L{number}", *told))
    head = ("lead_id", "lead", "source")
    return {
        "leads.csv": text_of([head, *leads]),
        "deals.csv": text_of([("deal", "lead_id", "offer", "won"), *deals]),
    }


def several(folder: Path, kind: str) -> Crm:
    if kind == "history":
        plan = plan_of(HISTORY, stages=("lead", "offer", "won"), exits=("lost",))
        return read(folder, {"events.csv": history_of(3)}, plan)
    columns = {"opportunity_id": "deal", "lead_id": "lead_id", "offer": "offer", "won": "won"}
    exports = ({"file": "leads.csv"}, {"file": "deals.csv", "columns": columns})
    return read(folder, deals_of(4), plan_of(*exports, stages=("lead", "offer", "won")))


@pytest.mark.parametrize("kind", ["history", "deals"])
def test_each_entry_and_stage_counts_as_if_the_export_were_read_again(tmp_path: Path, kind: str) -> None:
    crm = several(tmp_path, kind)
    ways = list(product(CHOICES["entry"], CHOICES["skipped"]))
    funnels = [replace(crm.charter.funnel, entry=entry, skipped=skipped) for entry, skipped in ways]
    crms = [read_export(replace(crm.charter, funnel=funnel)) for funnel in funnels]
    found = [variants(one)[0] for one in crms]
    assert all(set(one.entries) == set(CHOICES["entry"]) for one in found)
    differ = set()
    for way, one, read_anew in zip(ways, crms, found, strict=True):
        for variant in (one for one in EVERY if (one.entry, one.skipped, one.unknown) == (*way, "with")):
            assert len({other.count(variant) for other in found}) == 1, variant
        counted = read_anew.count(Variant(*way))
        assert Counts(counted.hits, counted.total) == tally(one, Reach("lead", "won", within_days=90)).counts()
        differ |= {read_anew.count(Variant(*way, unit="opportunity"))}
    # Else nothing would be asked.
    assert len(differ) > 2


@pytest.mark.parametrize("kind", ["history", "deals"])
def test_journeys_on_another_engine_than_the_files_count_the_same(tmp_path: Path, kind: str) -> None:
    crm = several(tmp_path, kind)
    moved = replace(crm, journeys=table_of(crm.journeys.to_pyarrow(), "polars"))
    assert variants(moved)[0] == variants(crm)[0]


def test_the_entries_are_only_read_again_where_a_lead_may_have_entered_twice(tmp_path: Path) -> None:
    one = read(tmp_path / "one", {"leads.csv": "lead_id,lead,won,source\nA,2026-01-05,2026-02-01,Web\n"})
    assert not may_repeat(one)
    assert variants(one)[0].entries == ("first",)
    assert may_repeat(several(tmp_path / "two", "history"))
    assert may_repeat(several(tmp_path / "three", "deals"))


def test_leads_of_other_accounts_add_up() -> None:
    leads = some_leads(8, CHARTER)
    half = [one for one in leads if one["account_id"] is None or int(one["account_id"]) < 30]
    rest = [one for one in leads if one["account_id"] is not None and int(one["account_id"]) >= 30]
    (one, _), (other, _), (whole, _) = (variants(crm_of(some, CHARTER)) for some in (half, rest, leads))
    assert one + other == whole
    assert other + one == whole


@pytest.mark.parametrize(
    ("as_of", "history_from", "expected"),
    [
        ("2026-06-30", None, ("2025-07-01", "2026-06-30")),
        ("2026-06-29", None, ("2025-06-01", "2026-05-31")),
        ("2024-02-29", None, ("2023-03-01", "2024-02-29")),
        ("2026-06-30", "2026-04-01", ("2026-04-01", "2026-06-30")),
        ("2026-06-30", "2026-04-02", ("2026-05-01", "2026-06-30")),
        ("2026-06-30", "2026-06-02", None),
    ],
)
def test_the_latest_year_is_of_whole_months_that_the_export_tells(
    as_of: str, history_from: str | None, expected: tuple[str, str] | None
) -> None:
    since = dt.date.fromisoformat(history_from) if history_from else None
    found = latest_year(charter_of(as_of=dt.date.fromisoformat(as_of), history_from=since))
    assert (found and tuple(map(dt.date.isoformat, found))) == expected
