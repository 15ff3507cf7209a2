"""Life tables: they add like every sum, refuse what cannot be, and their columns are those of a loop over the leads."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment_metrics.stats.lifetables import naive, steps, still_waiting
from alignment_metrics.values import Ages, Counts

ENDS = ("converted", "open", "lost", "disqualified")
# (day, end, the age after which the lead was watched). Crowded, so that ties and gaps in the watch are common.
Lead = tuple[int, str, int | None]
LEADS = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from(ENDS), st.none() | st.integers(0, 12)).map(
        lambda lead: lead if lead[2] is None or lead[2] < lead[0] else (lead[0], lead[1], None)
    ),
    max_size=30,
)


def table(leads: Sequence[Lead]) -> Ages:
    days, ends, entered = zip(*leads, strict=True) if leads else ((), (), ())
    return Ages.of(days, ends, entered=entered)


@given(LEADS, LEADS, LEADS)
def test_tables_add_in_any_order(one: list[Lead], two: list[Lead], three: list[Lead]) -> None:
    a, b, c = table(one), table(two), table(three)
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + Ages((), ()) == a


@given(LEADS, st.integers(0, 30), st.randoms(use_true_random=False))
def test_a_group_split_and_added_back_is_the_group(leads: list[Lead], at: int, order: random.Random) -> None:
    shuffled = leads.copy()
    order.shuffle(shuffled)
    assert table(shuffled[:at]) + table(shuffled[at:]) == table(leads)
    assert (table(leads[:at]) + table(leads[at:])).at_risk == table(leads).at_risk


@given(LEADS)
def test_at_risk_are_those_under_watch_whose_wait_goes_on(leads: list[Lead]) -> None:
    ages = table(leads)
    there = [sum(day >= at and (entered is None or entered < at) for day, _, entered in leads) for at in ages.day]
    assert list(ages.at_risk) == there == steps(ages).at_risk.tolist()


@given(LEADS)
def test_the_shares_are_those_of_a_loop_over_the_days(leads: list[Lead]) -> None:
    ages = table(leads)
    for end in {"converted", *ages.exited}:
        waiting, done, shares, left = 1.0, 0.0, [], []
        for at in ages.day:
            n = sum(day >= at and (entered is None or entered < at) for day, _, entered in leads)
            if n:
                done += waiting * sum(day == at and how == end for day, how, _ in leads) / n
                waiting *= 1 - sum(day == at and how != "open" for day, how, _ in leads) / n
            shares.append(done)
            left.append(waiting)
        assert steps(ages, end).incidence.tolist() == pytest.approx(shares, abs=1e-12)
        assert steps(ages, end).waiting.tolist() == pytest.approx(left, abs=1e-12)


@given(LEADS)
def test_all_ends_and_those_still_waiting_make_one(leads: list[Lead]) -> None:
    ages = table(leads)
    ends = [steps(ages, end).incidence for end in ("converted", *ages.exited)]
    assert (sum(ends) + steps(ages).waiting).tolist() == pytest.approx([1.0] * len(ages.day), abs=1e-12)


@given(LEADS)
def test_every_end_as_a_conversion_leaves_nobody_who_waits_otherwise(leads: list[Lead]) -> None:
    ages = table(leads)
    assert steps(ages.either_way()).waiting.tolist() == steps(ages).waiting.tolist()
    assert ages.either_way().exited == {}


@given(LEADS, st.integers(-1, 12))
def test_those_still_waiting_are_the_leads_whose_wait_goes_on(leads: list[Lead], after: int) -> None:
    kept = [
        (day, how, None if entered is None or entered <= after else entered)
        for day, how, entered in leads
        if day > after
    ]
    assert still_waiting(table(leads), after) == table(kept)


def test_the_naive_rate_counts_open_leads_as_failed() -> None:
    assert naive(Ages.of([3, 4, 9, 9], ["converted", "open", "lost", "converted"])) == Counts(2, 4)
    assert naive(Ages((), ())) == Counts(0, 0)


def test_rows_in_which_nothing_happened_and_exits_nobody_took_are_dropped() -> None:
    ages = Ages([0, 1, 2], [1, 0, 0], {"lost": [0, 0, 0]}, [0, 0, 3])
    assert ages == Ages([0, 2], [1, 0], {}, [0, 3])
    assert (ages.day, ages.exited, ages.n, ages.ended) == ((0, 2), {}, 4, (1, 0))


@pytest.mark.parametrize(
    "columns, message",
    [
        ({"day": [0], "converted": [1, 2]}, "converted has 2 rows and day has 1; give one number a day."),
        (
            {"day": [0], "converted": [1], "exited": {"lost": [1, 1]}},
            "exited lost has 2 rows and day has 1; give one number a day.",
        ),
        ({"day": [0], "converted": [-1]}, "converted must hold whole numbers, 0 or more."),
        ({"day": [0], "converted": [1], "censored": [0.5]}, "censored must hold whole numbers, 0 or more."),
        ({"day": [2, 1], "converted": [1, 1]}, "the days must be whole numbers, 0 or more, ascending, each once."),
        ({"day": [1, 1], "converted": [1, 1]}, "the days must be whole numbers, 0 or more, ascending, each once."),
        ({"day": [-1], "converted": [1]}, "the days must be whole numbers, 0 or more, ascending, each once."),
        (
            {"day": [1, 2], "converted": [1, 1], "entered": [3, 0]},
            "at some age more waits ended than leads were under watch by then.",
        ),
    ],
)
def test_a_table_that_cannot_be_is_refused_in_words(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Ages(**columns)


def test_an_end_that_no_wait_had_is_refused_with_those_there_are() -> None:
    ages = Ages.of([0, 1], ["lost", "converted"])
    message = "no wait in this table ended by 'won'; choose one of 'converted', 'lost', 'rejected'."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        steps(ages, "won", known={"rejected": 1})
    assert steps(ages, "rejected", known=["rejected"]).incidence.tolist() == [0, 0]


@pytest.mark.parametrize(
    "leads, until",
    [
        ([(4, "converted", None), (9, "open", None)], 9),
        ([(4, "converted", None), (9, "lost", None)], np.inf),
        # The only lead under watch converts, while another is known to have waited longer.
        ([(4, "converted", None), (9, "open", 2)], 9),
        ([(4, "converted", None), (9, "open", 4)], 3),
        ([(4, "converted", None), (9, "lost", 6)], 3),
        # Nobody is watched from day 5 to day 6.
        ([(4, "open", None), (9, "converted", 6)], 4),
        ([(9, "converted", 6), (11, "open", 7)], 11),
    ],
)
def test_a_table_speaks_of_the_days_before_the_first_gap_in_its_watch(leads: list[Lead], until: float) -> None:
    assert steps(table(leads)).until == until
