"""The clock: what an engine works out is what ``zoneinfo`` says, at every change of the clocks."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment_metrics.clock import end_of_day, local_day, odd_hours, to_utc

ZONES = (
    "Europe/Paris",
    "America/New_York",
    "Asia/Kolkata",
    "Pacific/Auckland",
    "UTC",
    "America/St_Johns",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/Havana",
    "America/Recife",
)
SINCE, UNTIL = dt.date(1999, 1, 1), dt.date(2027, 12, 31)
START, END = dt.datetime(1999, 1, 2), dt.datetime(2027, 12, 30)


def changes(zone: str) -> list[dt.datetime]:
    """The instants around which the clocks of a zone change, to the hour, found by looking at every hour's offset."""
    info = zoneinfo.ZoneInfo(zone)
    found, before, hour = [], None, dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    while hour.year < 2027:
        offset = hour.astimezone(info).utcoffset()
        if before is not None and offset != before:
            found.append(hour.replace(tzinfo=None))
        before, hour = offset, hour + dt.timedelta(hours=12)
    return found


CHANGES = {zone: changes(zone) for zone in ZONES}


@st.composite
def moments(draw: st.DrawFn) -> tuple[str, list[dt.datetime]]:
    """A zone and some times of it, many of them near a change of its clocks or near midnight."""
    zone = draw(st.sampled_from(ZONES))
    seconds = st.integers(-86_400, 86_400).map(lambda one: dt.timedelta(seconds=one))
    any_time = st.datetimes(START, END).map(lambda one: one.replace(microsecond=0))
    near = [any_time]
    if CHANGES[zone]:
        near.append(st.tuples(st.sampled_from(CHANGES[zone]), seconds).map(sum_of))
    midnight = st.integers(-90, 90).map(lambda one: dt.timedelta(seconds=one))
    near.append(st.tuples(any_time.map(lambda one: dt.datetime(one.year, one.month, one.day)), midnight).map(sum_of))
    return zone, draw(st.lists(st.one_of(near), min_size=1, max_size=60))


def sum_of(pair: tuple[dt.datetime, dt.timedelta]) -> dt.datetime:
    return pair[0] + pair[1]


def evaluated(times: list[dt.datetime | None], expression: Any) -> list[Any]:
    table = ibis.memtable({"time": times}, schema={"time": "timestamp(6)"})
    rows = table.mutate(place=ibis.row_number()).select("place", told=expression(table["time"]))
    return [row["told"] for row in CON.to_pyarrow(rows.order_by("place")).to_pylist()]


CON = ibis.duckdb.connect()


@settings(max_examples=60)
@given(moments())
def test_the_day_is_the_one_that_the_clocks_of_the_zone_show(case: tuple[str, list[dt.datetime]]) -> None:
    zone, instants = case
    info = zoneinfo.ZoneInfo(zone)
    told = evaluated(instants, lambda at: local_day(at, zone, since=SINCE, until=UNTIL))
    assert told == [at.replace(tzinfo=dt.UTC).astimezone(info).date() for at in instants]


@settings(max_examples=60)
@given(moments())
def test_a_wall_clock_time_is_the_instant_that_zoneinfo_takes_it_for(case: tuple[str, list[dt.datetime]]) -> None:
    zone, walls = case
    info = zoneinfo.ZoneInfo(zone)
    told = evaluated(walls, lambda wall: to_utc(wall, zone, since=SINCE, until=UNTIL))
    assert told == [wall.replace(tzinfo=info).astimezone(dt.UTC).replace(tzinfo=None) for wall in walls]


@pytest.mark.parametrize(
    ("wall", "instant"),
    [
        ("2026-03-29 01:59:59", "2026-03-29 00:59:59"),
        ("2026-03-29 02:30:00", "2026-03-29 01:30:00"),  # skipped: read with the offset before the change
        ("2026-03-29 03:00:00", "2026-03-29 01:00:00"),
        ("2026-10-25 02:30:00", "2026-10-25 00:30:00"),  # shown twice: the first
        ("2026-10-25 03:00:00", "2026-10-25 02:00:00"),
    ],
)
def test_times_that_are_skipped_or_shown_twice_are_read_as_fold_0(wall: str, instant: str) -> None:
    given_time, expected = dt.datetime.fromisoformat(wall), dt.datetime.fromisoformat(instant)
    assert evaluated([given_time], lambda one: to_utc(one, "Europe/Paris", since=SINCE, until=UNTIL)) == [expected]


def around(*walls: str) -> list[dt.datetime]:
    """Every ten minutes from a day before until a day after these times, and the seconds around them."""
    steps = [dt.timedelta(minutes=10 * n) for n in range(-150, 151)] + [dt.timedelta(seconds=n) for n in (-1, 1)]
    return [dt.datetime.fromisoformat(wall) + step for wall in walls for step in steps]


@pytest.mark.parametrize(
    ("zone", "walls", "skipped", "repeated"),
    [
        ("Europe/Paris", ("2026-03-29 02:00", "2026-10-25 02:00"), 60, 60),
        ("America/New_York", ("2026-03-08 02:00", "2026-11-01 01:00"), 60, 60),
        ("Australia/Lord_Howe", ("2026-10-04 02:00", "2026-04-05 01:30"), 30, 30),
        ("Pacific/Apia", ("2011-12-30 00:00",), 1440, 0),
        ("Asia/Kolkata", ("2026-03-29 02:00",), 0, 0),
    ],
)
def test_hours_that_clocks_skipped_or_showed_twice_are_those_of_zoneinfo(
    zone: str, walls: tuple[str, ...], skipped: int, repeated: int
) -> None:
    info, times = zoneinfo.ZoneInfo(zone), around(*walls)
    told = [
        evaluated(times, lambda wall, way=way: odd_hours(wall, zone, since=SINCE, until=UNTIL)[way]) for way in (0, 1)
    ]
    expected: tuple[list[bool], list[bool]] = ([], [])
    for wall in times:
        first, second = (wall.replace(tzinfo=info, fold=fold).astimezone(dt.UTC) for fold in (0, 1))
        # A time that is shown comes back as itself; of two instants that show it, the first is read.
        is_shown = first.astimezone(info).replace(tzinfo=None) == wall
        expected[0].append(not is_shown)
        expected[1].append(is_shown and first != second)
    assert told == list(expected)
    # Minutes as the zone's own change has them: one time in ten minutes, and the second after the change.
    assert [sum(one) for one in told] == [minutes // 10 + (minutes > 0) for minutes in (skipped, repeated)]


def test_what_is_not_told_and_what_comes_after_the_last_day_has_no_day() -> None:
    last = dt.date(2026, 6, 30)
    end = dt.datetime(2026, 6, 30, 22)
    assert end_of_day(last, "Europe/Paris") == end
    times = [None, end - dt.timedelta(seconds=1), end]
    assert evaluated(times, lambda at: local_day(at, "Europe/Paris", since=SINCE, until=last)) == [None, last, None]
    assert evaluated([None], lambda wall: to_utc(wall, "Europe/Paris", since=SINCE, until=last)) == [None]


def test_a_summer_time_of_one_week_is_known() -> None:
    # Recife went forward on 8 October 2000 at 00:00 and back on the 15th.
    times = [dt.datetime(2000, 10, 7, 2, 30), dt.datetime(2000, 10, 10, 2, 30), dt.datetime(2000, 10, 20, 2, 30)]
    days = [dt.date(2000, 10, 6), dt.date(2000, 10, 10), dt.date(2000, 10, 19)]
    assert evaluated(times, lambda at: local_day(at, "America/Recife", since=SINCE, until=UNTIL)) == days


def test_an_expression_knows_only_the_changes_that_it_needs() -> None:
    table = ibis.table({"at": "timestamp"}, name="t")
    near = local_day(table["at"], "Europe/Paris", since=dt.date(2026, 4, 15), until=dt.date(2026, 6, 30))
    assert str(ibis.to_sql(near)).count("INTERVAL") == 1
