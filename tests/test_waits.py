"""Life tables counted in the engine, held to a row loop that was written from the docstring of ``Wait`` alone."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from engines import AS_OF, ENGINES, Lead, charter_of, crm_of
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alignment_metrics.measures import SKIPPED, Reach, Wait
from alignment_metrics.tallies import tally
from alignment_metrics.values import Ages, Counts

DAY = dt.timedelta(days=1)
STAGES, EXITS = ("lead", "mql", "sql", "won"), ("disqualified", "lost")
PLACES = (*STAGES, *EXITS)
BEGINS = AS_OF - 6 * DAY
CHARTER = charter_of(stages=STAGES, exits=EXITS, segments=("size",))
MIDWAY = charter_of(stages=STAGES, exits=EXITS, segments=("size",), history_from=BEGINS)

# Crowded, so that ties and every order of events are common.
days = st.one_of(st.none(), st.none(), st.integers(-9, 1).map(lambda back: AS_OF + back * DAY))
rows = st.lists(
    st.fixed_dictionaries(dict.fromkeys(PLACES, days), optional={"size": st.sampled_from(["small", "large"])}),
    max_size=15,
)
pairs = st.permutations(PLACES).map(lambda places: Wait(*places[:2]))


def wait_of(row: Lead, wait: Wait) -> tuple[int, str] | None:
    """The age at which the wait of one lead ended, and how."""
    entered = {place: day for place in PLACES if (day := row.get(place)) is not None and day <= AS_OF}
    start = entered.get(wait.start)
    if start is None:
        return None
    after = {place: (day - start).days for place, day in entered.items() if day >= start}
    exits = [name for name in EXITS if name not in (wait.start, wait.stop)]
    if wait.stop in EXITS and wait.start != "won":
        exits.append("won")
    if wait.stop in after:
        return after[wait.stop], "converted"
    ends = [(after[name], place, name) for place, name in enumerate(exits, 1) if name in after]
    if wait.stop in STAGES:
        past = [name for name in STAGES[STAGES.index(wait.stop) + 1 :] if name != wait.start and name in after]
        ends += [(after[name], len(PLACES), SKIPPED) for name in past]
    day, _, how = min([*ends, ((AS_OF - start).days, len(PLACES) + 1, "open")])
    return day, how


def tables(rows: list[Lead], wait: Wait, *, midway: bool) -> Ages:
    ages, ended, entered = [], [], []
    for row in rows:
        if (found := wait_of(row, wait)) is None:
            continue
        late = (BEGINS - row[wait.start]).days if midway else 0
        if late > 0 and found[0] < late:
            continue
        ages.append(found[0])
        ended.append(found[1])
        entered.append(late - 1 if late > 0 else None)
    return Ages.of(ages, ended, entered=entered)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=150)
@given(rows=rows, wait=pairs, midway=st.booleans())
@example(rows=[], wait=Wait("lead", "won"), midway=False)
@example(rows=[dict.fromkeys(PLACES, AS_OF)], wait=Wait("lead", "won"), midway=True)
@example(rows=[{"lead": AS_OF - DAY, "lost": AS_OF - DAY, "won": AS_OF}], wait=Wait("lead", "won"), midway=False)
@example(rows=[{"lead": AS_OF - 9 * DAY, "won": AS_OF - 6 * DAY}], wait=Wait("lead", "won"), midway=True)
@example(rows=[{"lead": AS_OF - 9 * DAY, "won": AS_OF - 7 * DAY}], wait=Wait("lead", "won"), midway=True)
def test_a_life_table_counts_what_a_loop_over_the_rows_counts(
    engine: str, rows: list[Lead], wait: Wait, midway: bool
) -> None:
    got = tally(crm_of(rows, MIDWAY if midway else CHARTER, engine=engine), wait)
    assert got.ages() == tables(rows, wait, midway=midway)


@settings(max_examples=60)
@given(rows=rows, wait=pairs)
def test_what_converted_is_what_reach_hits(rows: list[Lead], wait: Wait) -> None:
    crm = crm_of(rows, CHARTER)
    ages = tally(crm, wait).ages()
    assert Counts(sum(ages.converted), ages.n) == tally(crm, Reach(wait.start, wait.stop)).counts()


@settings(max_examples=60)
@given(rows=rows, wait=pairs)
def test_groups_of_leads_add_up_to_all_of_them(rows: list[Lead], wait: Wait) -> None:
    crm = crm_of(rows, CHARTER)
    fine = tally(crm, wait, by=("size", "month"))
    assert fine.by("size") == tally(crm, wait, by="size")
    assert fine.total() == tally(crm, wait).total()


def test_an_export_that_starts_midway_counts_no_rate_of_leads_from_before() -> None:
    rows = [{"lead": BEGINS - DAY, "won": AS_OF}, {"lead": BEGINS, "won": AS_OF}, {"lead": BEGINS}]
    assert tally(crm_of(rows, MIDWAY), Reach("lead", "won")).counts() == Counts(1, 2)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("day", "week", "month", "quarter"),
    [
        # ISO 8601: the year of a week is that of its Thursday.
        (dt.date(2024, 12, 30), "2025-W01", "2024-12", "2024Q4"),
        (dt.date(2025, 1, 5), "2025-W01", "2025-01", "2025Q1"),
        (dt.date(2021, 1, 3), "2020-W53", "2021-01", "2021Q1"),
        (dt.date(2026, 6, 30), "2026-W27", "2026-06", "2026Q2"),
    ],
)
def test_periods_are_named_by_the_calendar(engine: str, day: dt.date, week: str, month: str, quarter: str) -> None:
    found = tally(crm_of([{"lead": day}], CHARTER, engine=engine), Wait("lead", "won"), by=("week", "month", "quarter"))
    assert [cell for cell, _ in found.cells] == [(week, month, quarter)]


def test_a_wait_for_oneself_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^a wait needs two stages; got 'lead' twice\.$"):
        Wait("lead", "lead")


def test_a_stage_that_the_funnel_does_not_have_is_refused() -> None:
    message = "unknown stage 'sold'; this funnel has lead, mql, sql, won, disqualified, lost."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        tally(crm_of([], CHARTER), Wait("lead", "sold"))
