"""Sources confounded with their months, and sources keyed in after the fact: found where they are, and nowhere else."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from alignment_metrics.findings.batches import Batch, batches
from alignment_metrics.findings.leakage import Leak, leaks
from alignment_metrics.tallies import Tally
from alignment_metrics.values import Ages, Counts

AS_OF = dt.date(2026, 6, 30)
MONTHS = [f"2025-{month:02}" for month in range(1, 13)]


def came(**sources: list[int]) -> Tally[Counts]:
    """Leads of each source by month, none of which converted."""
    cells = [
        (("inbound", name.replace("_", " "), month), Counts(0, n))
        for name, leads in sources.items()
        for month, n in zip(MONTHS, leads, strict=False)
        if n
    ]
    return Tally(("direction", "source", "month"), tuple(sorted(cells)), "", AS_OF)


def test_a_source_that_came_in_one_month_is_a_batch() -> None:
    found = batches(came(website=[50] * 12, fair=[0, 1, 2, 97] + [0] * 8))
    assert found == (Batch("fair", "2025-04", "2025-04", 1, 97, 100, 50, 600),)


def test_a_source_that_began_in_the_last_quarter_is_confounded_with_its_months() -> None:
    found = batches(came(website=[50] * 12, partner=[0] * 9 + [20] * 3))
    assert found == (Batch("partner", "2025-10", "2025-12", 3, 60, 60, 150, 600),)


@pytest.mark.parametrize("months", [[0] * 8 + [20] * 4, [0] * 6 + [20] * 6, [20] * 6 + [0] * 6])
def test_a_source_that_merely_started_or_stopped_in_between_is_no_batch(months: list[int]) -> None:
    assert batches(came(website=[50] * 12, partner=months)) == ()


def test_of_few_months_a_batch_is_of_one() -> None:
    assert [one.source for one in batches(came(website=[50] * 3, fair=[0, 0, 60]))] == ["fair"]
    assert batches(came(website=[50] * 6, fair=[0, 0, 0, 0, 30, 30])) == ()


def test_nine_tenths_of_the_leads_make_a_batch_and_less_does_not() -> None:
    assert [one.inside for one in batches(came(website=[50] * 12, fair=[5] * 2 + [90] + [0] * 9))] == [90]
    assert batches(came(website=[50] * 12, fair=[0, 11, 89] + [0] * 9))[0].months == 2
    assert batches(came(website=[50] * 12, fair=[4, 0, 0, 88, 0, 0, 4, 0, 0, 0, 0, 4])) == ()


def test_a_source_that_came_in_two_far_months_has_a_run_that_holds_most_of_the_others_too() -> None:
    assert batches(came(website=[50] * 12, fair=[50] + [0] * 10 + [50])) == ()


def test_of_two_sources_that_followed_each_other_both_are_told_the_larger_first() -> None:
    found = batches(came(old_list=[40] * 6 + [0] * 6, new_list=[0] * 6 + [50] * 6))
    assert [(one.source, one.first, one.last) for one in found] == [
        ("new list", "2025-07", "2025-12"),
        ("old list", "2025-01", "2025-06"),
    ]


def test_a_source_spread_as_the_others_is_no_batch_however_the_leads_of_all_rise() -> None:
    assert batches(came(website=[2**month for month in range(12)], mail=[2**month for month in range(12)])) == ()


def test_a_small_source_is_not_asked() -> None:
    assert batches(came(website=[50] * 12, fair=[0, 29])) == ()
    assert [one.source for one in batches(came(website=[50] * 12, fair=[0, 29]), least=29)] == ["fair"]


def test_nothing_is_a_batch_beside_nothing() -> None:
    assert batches(came()) == ()
    assert batches(came(website=[0, 0, 500])) == ()


def test_sources_that_come_evenly_are_hardly_ever_called_a_batch() -> None:
    rng = np.random.default_rng(20261122)
    alarms = 0
    for _ in range(200):
        leads = rng.multinomial(1500, np.outer([0.5, 0.25, 0.15, 0.06, 0.04], np.full(12, 1 / 12)).ravel())
        rows = leads.reshape(5, 12).tolist()
        alarms += bool(batches(came(a=rows[0], b=rows[1], c=rows[2], d=rows[3], e=rows[4])))
    assert alarms == 0


def waited(day: int = 0, **sources: tuple[int, int, int]) -> tuple[Tally[Ages], Tally[Counts]]:
    """Of each source: conversions on that day of age, conversions ten days later, leads still open at day 200."""
    tables, counts = [], []
    for name, (at_once, later, still) in sorted(sources.items()):
        cell = ("inbound", name.replace("_", " "))
        tables.append((cell, Ages([day, 10, 200], [at_once, later, 0], {}, [0, 0, still])))
        counts.append((cell, Counts(at_once + later, at_once + later + still)))
    keys = ("direction", "source")
    return Tally(keys, tuple(tables), "", AS_OF, Ages((), ())), Tally(keys, tuple(counts), "", AS_OF)


def test_a_source_that_nearly_always_converts_on_its_first_day_is_leakage() -> None:
    found = leaks(*waited(keyed_in=(40, 5, 5), website=(10, 90, 900)))
    assert found == (Leak("keyed in", "entered", Counts(45, 50), Counts(100, 1000), Counts(40, 45), Counts(10, 100)),)


def test_a_source_that_converts_three_times_as_often_and_on_its_first_day_is_leakage() -> None:
    assert [one.source for one in leaks(*waited(keyed_in=(30, 0, 70), website=(0, 100, 900)))] == ["keyed in"]
    assert leaks(*waited(keyed_in=(29, 0, 71), website=(0, 100, 900))) == ()


def test_only_what_nearly_always_converts_is_said_to_be_entered_afterwards() -> None:
    # A webinar of which 60 of 400 signed up the same day, against 4 %: the 340 others cannot have been keyed in later.
    (found,) = leaks(*waited(webinar=(60, 0, 340), website=(0, 80, 1920)))
    assert (found.kind, found.counts) == ("often", Counts(60, 400))
    kinds = {one.source: one.kind for one in leaks(*waited(a=(80, 0, 20), b=(79, 0, 21), website=(0, 80, 1920)))}
    assert kinds == {"a": "entered", "b": "often"}


def test_two_leaks_do_not_hide_each_other() -> None:
    # Either makes up 53 % of the conversions beside the other one, so that "most of the others'" were at once too.
    found = leaks(*waited(webinar=(114, 0, 6), fair=(114, 0, 6), website=(0, 60, 940), calls=(0, 40, 960)))
    assert [(one.source, one.kind, one.others) for one in found] == [
        ("fair", "entered", Counts(100, 2000)),
        ("webinar", "entered", Counts(100, 2000)),
    ]
    assert {one.others_same_day for one in found} == {Counts(0, 100)}


def test_an_ordinary_source_that_converts_at_once_is_not_named_for_a_leak_beside_it() -> None:
    found = leaks(*waited(keyed_in=(45, 0, 5), shop=(20, 0, 480), website=(0, 60, 940)))
    assert [(one.source, one.others) for one in found] == [("keyed in", Counts(80, 1500))]
    # Where it is so large that most of the others' conversions are at once, days tell nothing.
    assert leaks(*waited(keyed_in=(45, 0, 5), shop=(100, 0, 900), website=(0, 60, 940))) == ()


def test_a_leak_that_converts_on_the_next_day_is_found_and_one_that_takes_two_is_not() -> None:
    found = leaks(*waited(1, webinar=(270, 0, 30), website=(0, 80, 1920)))
    assert [(one.source, one.same_day) for one in found] == [("webinar", Counts(270, 270))]
    assert leaks(*waited(2, webinar=(270, 0, 30), website=(0, 80, 1920))) == ()


def test_ten_conversions_are_asked_for_their_days_and_nine_are_not() -> None:
    assert [one.source for one in leaks(*waited(keyed_in=(10, 0, 30), website=(0, 10, 990)))] == ["keyed in"]
    assert leaks(*waited(keyed_in=(9, 0, 31), website=(0, 10, 990))) == ()


def test_the_largest_leak_is_told_first() -> None:
    found = leaks(*waited(a=(30, 0, 10), b=(90, 0, 10), website=(0, 200, 2000)))
    assert [one.source for one in found] == ["b", "a"]


@pytest.mark.parametrize(
    "keyed_in",
    [(10, 35, 5), (9, 0, 0), (20, 0, 5)],
    ids=["it takes its time", "too few conversions", "too few leads"],
)
def test_a_source_that_may_be_what_it_seems_is_no_leak(keyed_in: tuple[int, int, int]) -> None:
    assert leaks(*waited(keyed_in=keyed_in, website=(10, 90, 900))) == ()


def test_where_most_conversions_fall_on_the_first_day_no_source_is_named() -> None:
    assert leaks(*waited(keyed_in=(45, 0, 5), website=(100, 0, 900))) == ()


def test_a_source_alone_leaks_beside_nobody() -> None:
    assert leaks(*waited(keyed_in=(90, 0, 10))) == ()
    assert leaks(*waited()) == ()


def test_where_nobody_else_converted_nobody_else_took_longer() -> None:
    assert leaks(*waited(keyed_in=(90, 0, 10), website=(0, 0, 900))) == ()
