"""What attempts leave open of the leads handed over, lead by lead, and what is said of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from engines import AS_OF, ENGINES, charter_of, crm_of, table_of
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment_metrics.charter import Charter
from alignment_metrics.crm import Crm
from alignment_metrics.findings.benchmark import benchmark
from alignment_metrics.findings.handed import FollowedUp, followed_up_since
from alignment_metrics.tallies import followed, handed
from alignment_metrics.values import Counts

DAY = dt.timedelta(days=1)
PLAN = charter_of(stages=("lead", "mql", "sal", "won"), exits=("lost",))
Row = dict[str, Any]


def crm_with(leads: Sequence[Row], *, engine: str = "duckdb", plan: Charter = PLAN) -> Crm:
    """Leads that became mql so many days ago; ``tried``, ``sal``, ``won`` and ``lost`` are days after that."""
    days = [AS_OF - lead["ago"] * DAY for lead in leads]
    later = ("sal", "won", "lost")
    rows = [
        {
            "lead": mql,
            "mql": mql,
            **{stage: mql + lead[stage] * DAY for stage in later if stage in lead},
        }
        for mql, lead in zip(days, leads, strict=True)
    ]
    tried = [(row, mql + day * DAY) for row, (mql, lead) in enumerate(zip(days, leads, strict=True), 2)
             for day in lead.get("tried", ())]  # fmt: skip
    touches = {
        "row": pa.array([row for row, _ in tried], pa.int64()),
        "at": pa.nulls(len(tried), pa.timestamp("us")),
        "day": pa.array([day for _, day in tried], pa.date32()),
    }
    return replace(crm_of(rows, plan, engine=engine), touches=table_of(pa.table(touches), engine))


def many(n: int, *tried: int, **more: int) -> list[Row]:
    return [{"ago": 200, "tried": tried, **more} for _ in range(n)]


rows = st.lists(
    st.builds(
        lambda ago, tried, moves: {"ago": ago, "tried": tried, **moves},
        st.integers(25, 60),
        st.lists(st.integers(-35, 35), max_size=3),
        st.dictionaries(st.sampled_from(["sal", "won", "lost"]), st.integers(0, 35)),
    ),
    max_size=25,
)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=25)
@given(leads=rows)
def test_who_was_tried_since_or_only_before_and_who_went_on_untried_is_counted_lead_by_lead(
    engine: str, leads: list[Row]
) -> None:
    old = [one for one in leads if one["ago"] >= 30]
    since = [any(0 <= day <= 30 for day in one["tried"]) for one in old]
    before = [any(day < 0 for day in one["tried"]) for one in old]
    # What lies behind the last day of the export has not happened yet.
    moved = [any(one.get(stage, 99) <= 30 for stage in ("sal", "won", "lost")) for one in old]
    crm = crm_with(leads, engine=engine)
    found = handed(crm, "mql", within_days=30)
    assert found.since == Counts(sum(since), len(old)) == followed(crm, "mql", within_days=30).counts()
    assert found.before == Counts(sum(b and not s for b, s in zip(before, since, strict=True)), len(old))
    assert found.untried == Counts(sum(m and not s for m, s in zip(moved, since, strict=True)), len(old))
    assert found.sql.startswith("SELECT")


def told(leads: Sequence[Row], **more: Any) -> FollowedUp:
    found = followed_up_since(crm_with(leads, **more), "mql", within_days=90)
    assert not isinstance(found, str)
    return found


def test_the_share_is_of_attempts_since_and_the_others_are_told_beside_it() -> None:
    found = told([*many(40, 0), *many(20, -1), *many(10, sal=3), *many(2, -5, lost=90), *many(28)])
    assert found.counts == Counts(40, 100)
    assert found.notes == (
        "Not counted as followed up: 22.0% (22 leads) had been tried only before they entered mql; 12.0% (12 leads) "
        "went on from mql or left within 90 days without any logged attempt since.",
    )
    assert found.doubt == ""
    assert len(found.sql) == 2
    few = told([*many(60, 0), *many(4, -1), *many(36)])
    assert few.notes == (
        "Not counted as followed up: fewer than 5 of 100 leads had been tried only before they entered mql.",
    )
    assert told(many(50, 0)).notes == ()


def test_where_well_more_are_accepted_than_followed_up_one_of_the_two_is_doubted() -> None:
    alike = told([*many(50, 0, sal=1), *many(10, sal=1), *many(40)])
    assert alike.doubt == ""
    apart = told([*many(50, 0, sal=1), *many(11, sal=1), *many(39)])
    assert apart.doubt == (
        "yet 61.0% became sal in that time, so either not every attempt is logged or leads are accepted unseen"
    )
    assert len(apart.sql) == 3
    last = charter_of(stages=("lead", "mql"), exits=("lost",))
    assert told(many(50), plan=last).doubt == ""


def test_a_threshold_of_follow_up_is_told_with_the_same_doubt_and_notes() -> None:
    crm = crm_with([*many(60, 0, sal=1), *many(70, sal=1), *many(10, -3), *many(60)])
    finding = next(one for one in benchmark(crm) if one.code == "benchmark.cso-2012-followup-75")
    assert finding.verdict == "lower"
    assert finding.claim.endswith(
        "Ours: leads that somebody tried to reach within 90 days of entering mql; yet 65.0% became sal in that time, "
        "so either not every attempt is logged or leads are accepted unseen."
    )
    assert (
        "Not counted as followed up: 5.0% (10 leads) had been tried only before they entered mql; 35.0% (70 leads) "
        "went on from mql or left within 90 days without any logged attempt since." in finding.notes
    )
    assert len(finding.sql) == 3
