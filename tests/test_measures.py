"""What may be counted, held to a row loop that was written from the contract alone."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np
import pytest
from engines import AS_OF, ENGINES, SOURCES, Lead, charter_of, crm_of
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alignment_metrics.measures import Reach, Stay
from alignment_metrics.tallies import tally
from alignment_metrics.values import Ages, Counts

FUNNEL = charter_of(exits=("lost",), segments=("size",))
PLACES = ("lead", "mql", "won", "lost")
DAY = dt.timedelta(days=1)

# Days crowd around the end of the export and the edge of a window, and some fall after as_of.
days = st.one_of(
    st.none(),
    st.integers(-8, 2).map(lambda back: AS_OF + back * DAY),
    st.integers(-400, 3).map(lambda back: AS_OF + back * DAY),
)
leads = st.lists(
    st.fixed_dictionaries(
        dict.fromkeys(PLACES, days),
        optional={
            "source": st.sampled_from([one.source for one in SOURCES.values()]),
            "size": st.sampled_from(["small", "large"]),
        },
    ),
    max_size=12,
)
windows = st.one_of(st.none(), st.integers(0, 9), st.integers(0, 400))
measures = st.builds(Reach, st.sampled_from(PLACES), st.sampled_from(PLACES), within_days=windows)
breakdowns = st.lists(st.sampled_from(["direction", "source", "size", "quarter", "owner"]), unique=True, max_size=3)


def row_loop(rows: list[Lead], measure: Reach, by: list[str]) -> dict[tuple[str, ...], Counts]:
    """Leads that entered start at least N days before the end of as_of; of them, those in stop 0 to N days later."""
    cells: dict[tuple[str, ...], Counts] = {}
    for row in rows:
        start, stop = row[measure.start], row[measure.stop]
        if start is None or (AS_OF - start).days < (measure.within_days or 0):
            continue
        hit = stop is not None and stop >= start and stop <= AS_OF
        if measure.within_days is not None:
            hit = hit and (stop - start).days <= measure.within_days
        source = row.get("source", "unknown")
        direction = "unknown" if source == "unknown" else "inbound" if source[0] in "ow" else "outbound"
        labels = {"quarter": f"{start.year}Q{(start.month + 2) // 3}", "source": source, "direction": direction}
        labels |= {"size": row.get("size", "unknown"), "owner": "unknown"}
        cell = tuple(labels[key] for key in by)
        cells[cell] = cells.get(cell, Counts(0, 0)) + Counts(int(hit), 1)
    return cells or ({} if by else {(): Counts(0, 0)})


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=150)
@given(rows=leads, measure=measures, by=breakdowns)
@example(rows=[], measure=Reach("lead", "won", within_days=90), by=[])
@example(rows=[], measure=Reach("lead", "won"), by=["source", "quarter"])
@example(rows=[dict.fromkeys(PLACES, AS_OF)], measure=Reach("lead", "won", within_days=0), by=["quarter"])
@example(rows=[dict.fromkeys(PLACES, AS_OF + DAY)], measure=Reach("lead", "won"), by=[])
@example(rows=[dict.fromkeys(PLACES)], measure=Reach("lead", "won"), by=["direction"])
def test_reach_counts_what_a_loop_over_the_rows_counts(
    engine: str, rows: list[Lead], measure: Reach, by: list[str]
) -> None:
    got = tally(crm_of(rows, FUNNEL, engine=engine), measure, by=by)
    assert dict(got.cells) == row_loop(rows, measure, by)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("lead", "won", "counts"),
    [
        (90, 0, Counts(1, 1)),
        (90, -1, Counts(0, 1)),
        (89, 0, Counts(0, 0)),
        (120, 30, Counts(1, 1)),
        (120, 29, Counts(0, 1)),
        (120, 120, Counts(1, 1)),
        (120, 121, Counts(0, 1)),
        (120, None, Counts(0, 1)),
        (None, 100, Counts(0, 0)),
        (-1, None, Counts(0, 0)),
    ],
    ids=[
        "just old enough, won on the last day",
        "won the day after the export ends",
        "a day too young",
        "won on the last day of its window",
        "won a day too late",
        "won on the same day",
        "won before it was a lead",
        "not won",
        "never a lead",
        "a lead only after the export ends",
    ],
)
def test_the_edges_of_a_window_of_ninety_days(engine: str, lead: int | None, won: int | None, counts: Counts) -> None:
    ago = {"lead": lead, "won": won}
    row = {place: None if back is None else AS_OF - back * DAY for place, back in ago.items()}
    crm = crm_of([row], FUNNEL, engine=engine)
    assert tally(crm, Reach("lead", "won", within_days=90)).counts() == counts


def test_without_a_window_every_lead_counts_and_any_time_will_do() -> None:
    rows = [{"lead": AS_OF}, {"lead": AS_OF - 900 * DAY, "won": AS_OF}, {"lead": AS_OF - DAY, "won": AS_OF + DAY}]
    assert tally(crm_of(rows, FUNNEL), Reach("lead", "won")).counts() == Counts(1, 3)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_window_longer_than_time_itself_leaves_no_lead_old_enough(engine: str) -> None:
    crm = crm_of([{"lead": dt.date(1900, 1, 1), "won": AS_OF}], FUNNEL, engine=engine)
    assert tally(crm, Reach("lead", "won", within_days=10**9)).counts() == Counts(0, 0)


def test_leads_may_be_counted_into_an_exit() -> None:
    rows = [{"lead": AS_OF - 99 * DAY, "lost": AS_OF - 9 * DAY}, {"lead": AS_OF - 99 * DAY, "lost": AS_OF - 8 * DAY}]
    assert tally(crm_of(rows, FUNNEL), Reach("lead", "lost", within_days=90)).counts() == Counts(1, 2)


@pytest.mark.parametrize("within_days", [-1, 1.5, "90", True, float("nan")])
def test_a_window_that_is_no_number_of_days_is_refused(within_days: Any) -> None:
    message = f"within_days must be a whole number of days, 0 or more; got {within_days!r}."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Reach("lead", "won", within_days=within_days)


def test_a_whole_number_of_another_library_is_a_window() -> None:
    assert Reach("lead", "won", within_days=np.int64(90)) == Reach("lead", "won", within_days=90)  # type: ignore[arg-type]


@pytest.mark.parametrize("measure", [Reach("sold", "won"), Reach("lead", "sold")])
def test_a_stage_that_the_funnel_does_not_have_is_refused(measure: Reach) -> None:
    message = "unknown stage 'sold'; this funnel has lead, mql, won, lost."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        tally(crm_of([], FUNNEL), measure)


customers = st.lists(
    st.fixed_dictionaries(
        {"lead": st.just(AS_OF - 300 * DAY), "customer_since": days, "churned_on": days},
        optional={"source": st.sampled_from([one.source for one in SOURCES.values()])},
    ),
    min_size=1,
    max_size=12,
)


def stays(rows: list[Lead]) -> dict[tuple[str, str], Ages]:
    """Customers by the last day: those who left by then at that age, the others open."""
    found: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for row in rows:
        since, left = row["customer_since"], row["churned_on"]
        if since is None or since > AS_OF:
            continue
        end = ((left - since).days, "converted") if left and since <= left <= AS_OF else ((AS_OF - since).days, "open")
        source = row.get("source", "unknown")
        direction = "unknown" if source == "unknown" else "inbound" if source[0] in "ow" else "outbound"
        found.setdefault((direction, f"{since.year}Q{(since.month + 2) // 3}"), []).append(end)
    return {cell: Ages.of(*zip(*ends, strict=True)) for cell, ends in found.items()}


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=100)
@given(rows=customers)
@example(rows=[{"lead": AS_OF, "customer_since": AS_OF, "churned_on": AS_OF}])
@example(rows=[{"lead": AS_OF, "customer_since": AS_OF - DAY, "churned_on": AS_OF - 2 * DAY}])
@example(rows=[{"lead": AS_OF, "customer_since": AS_OF - DAY, "churned_on": AS_OF + DAY}])
@example(rows=[{"lead": AS_OF, "customer_since": AS_OF + DAY, "churned_on": None}])
def test_stays_are_what_a_loop_over_the_customers_counts(engine: str, rows: list[Lead]) -> None:
    crm = crm_of(rows, FUNNEL, engine=engine)
    assert crm.has_customers
    assert dict(tally(crm, Stay(), by=("direction", "quarter")).cells) == stays(rows)


@pytest.mark.parametrize("engine", ENGINES)
def test_who_leaves_on_the_first_day_stayed_no_day(engine: str) -> None:
    crm = crm_of([{"customer_since": AS_OF, "churned_on": AS_OF}, {"customer_since": AS_OF}], FUNNEL, engine=engine)
    assert tally(crm, Stay()).ages() == Ages([0], [1], {}, [1])


def test_a_history_that_begins_late_hides_no_customer() -> None:
    charter = charter_of(history_from=AS_OF - 10 * DAY)
    crm = crm_of([{"lead": AS_OF - 50 * DAY, "customer_since": AS_OF - 40 * DAY}], charter)
    assert tally(crm, Stay()).ages() == Ages([40], [0], {}, [1])


def test_stays_cannot_be_told_without_a_list_of_customers() -> None:
    message = (
        "this folder has no list of customers; add customers.csv with the columns lead_id, customer_since and "
        "churned_on."
    )
    crm = crm_of([{"lead": AS_OF}], FUNNEL)
    assert not crm.has_customers
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        tally(crm, Stay())
