"""Whether an export shows only a part of what happened: a history that starts mid-way, or closed deals alone.

Both make rates wrong however well they are worked out, and neither can be seen in any single row.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

import ibis

from alignment_metrics.charter import Charter
from alignment_metrics.quality import Problem

# Fewer days than these between the first record and the first entry are no gap.
_SHORT = 14
# Where so many entries would be expected and none is there, chance is no explanation: exp(-10) is 1 in 22,000.
_EXPECTED = 10
# So many records from which a pace can be told.
_PACE = 20
# Of so many records that are younger than half of the closed ones took to close, no more than half would be closed; so
# many standard deviations above that, chance is no explanation: 1 in 1,000.
# Deals may have come to close faster of late: so it must be nearly all of the young, and of all records.
_YOUNG, _CHANCE, _NEARLY_ALL, _NEARLY_ALL_CLOSED = 10, 3.1, 0.85, 0.95
# Where so many records are all closed, that is worth a question.
_MANY = 30
# Entries that stand on fewer days than one in so many are booked in batches, and tell no pace.
_BATCH = 14


def judge(journeys: ibis.Table, charter: Charter, headers: Mapping[str, str]) -> Iterator[Problem]:
    """Signs that ``journeys`` lack entries or records that happened."""
    yield from _starts_midway(journeys, charter, headers)
    yield from _closed_only(journeys, charter, headers)


def _starts_midway(journeys: ibis.Table, charter: Charter, headers: Mapping[str, str]) -> Iterator[Problem]:
    funnel, as_of = charter.funnel, charter.organisation.as_of
    created = funnel.first
    places = [place for place in funnel.places if place != created]
    told = journeys.agg(first=journeys[created].min(), **{f"n{n}": journeys[p].min() for n, p in enumerate(places)})
    found = told.to_pyarrow().to_pylist()[0]
    missing: list[tuple[str, dt.date, int, float]] = []
    for number, place in enumerate(places):
        start = found[f"n{number}"]
        if start is None or found["first"] is None or (start - found["first"]).days < _SHORT:
            continue
        before, expected = _expected(journeys, created, place, start, as_of)
        if expected >= _EXPECTED:
            missing.append((place, start, before, expected))
    for place, start, before, expected in missing:
        since = max(start for _, start, _, _ in missing).isoformat()
        message = (
            f"No {place} date lies before {start.isoformat()}, though {before:,} leads came in earlier, of which "
            f"about {expected:,.0f} would have one by the pace of those that came later: the export, or its history, "
            f"seems to start there. Leads from before look worse, or better, than they were; leave them out with since "
            f"= {since} under [organisation]."
        )
        yield Problem("left_truncated", headers.get(place), 0, (), message, False)


def _expected(journeys: ibis.Table, created: str, place: str, start: dt.date, as_of: dt.date) -> tuple[int, float]:
    """The leads from before ``start``, and how many of them would have come to ``place`` by then at the later pace."""
    # How long whoever came in before is out of sight, but never longer than half of what can be seen: the pace is that
    # of leads whom everybody could watch for as long.
    by_day = journeys.filter(journeys[created] < start).group_by(day=journeys[created]).agg(n=lambda t: t.count())
    early: list[dict[str, Any]] = by_day.to_pyarrow().to_pylist()
    longest = max(((start - row["day"]).days for row in early), default=0)
    longest = min(longest, (as_of - start).days // 2)
    days = int(journeys.agg(n=journeys[place].nunique()).to_pyarrow()["n"][0].as_py())
    if days * _BATCH < (as_of - start).days:
        return 0, 0.0
    watched = journeys.filter(journeys[created] >= start, journeys[created] <= as_of - dt.timedelta(days=longest))
    waits = watched.group_by(days=watched[place] - watched[created]).agg(n=lambda t: t.count())
    counted = {
        row["days"]: row["n"]
        for row in waits.select(days=waits["days"].cast("int64"), n=waits["n"]).to_pyarrow().to_pylist()
    }
    total = sum(counted.values())
    if total < _PACE:
        return sum(row["n"] for row in early), 0.0
    reached = [*accumulate(counted.get(day, 0) for day in range(longest + 1))]
    expected = sum(row["n"] * reached[min((start - row["day"]).days - 1, longest)] / total for row in early)
    return sum(row["n"] for row in early), float(expected)


def _closed_only(journeys: ibis.Table, charter: Charter, headers: Mapping[str, str]) -> Iterator[Problem]:
    funnel = charter.funnel
    ends = [place for place in (funnel.last, *funnel.exits) if place in headers]
    ended = ibis.coalesce(*(journeys[end] for end in ends))
    facts: dict[str, Any] = {"newest": ibis.greatest(*(journeys[place] for place in funnel.places)).max()}
    # First all records, then those that came to the last stage but one: deals may be closed ones only, and leads not.
    codes = {"closed_only": funnel.first, "closed_deals_only": funnel.stages[-2]}
    waits = {code: (ended - journeys[start]).cast("int64") for code, start in codes.items()}
    for code, start in codes.items():
        facts |= {f"{code} ended": waits[code].count(), f"{code} all": journeys[start].count()}
    (found,) = journeys.agg(**facts).to_pyarrow().to_pylist()
    for code, start in codes.items():
        all_, closed = found[f"{code} all"], found[f"{code} ended"]
        # Whether any can be closed records alone is seen first: in most exports many are open.
        if not closed or closed < _NEARLY_ALL_CLOSED * all_:
            continue
        half = float(journeys.agg(half=waits[code].quantile(0.5)).to_pyarrow()["half"][0].as_py())
        if half < 1:
            continue
        age = (ibis.literal(found["newest"]) - journeys[start]).cast("int64")
        young = journeys.filter(age < half)
        (told,) = young.agg(n=young.count(), ended=_ended(young, ends).sum()).to_pyarrow().to_pylist()
        n, k = int(told["n"]), int(told["ended"] or 0)
        reached = f"that came to {start}" if start != funnel.first else f"dated by {start}"
        if n >= _YOUNG and k >= _NEARLY_ALL * n and k - n / 2 >= _CHANCE * math.sqrt(n) / 2:
            message = (
                f"Of the {n:,} records {reached} that are younger than the time half of the closed ones took, {k:,} "
                f"are closed, where no more than half would be: the export seems to hold closed records only. Of those "
                f"still open nothing is known, so no rate can be estimated; export the open ones too."
            )
            yield Problem(code, headers.get(funnel.last), 0, (), message, False)
            return
        if closed == all_ >= _MANY and code == "closed_only":
            message = (
                f"Each of the {all_:,} records has come to {' or '.join(ends)}, and none is open. If open ones were "
                f"left out of the export, its rates are too high: make sure that they were not."
            )
            yield Problem("all_closed", headers.get(funnel.last), 0, (), message, False)


def _ended(table: ibis.Table, ends: Sequence[str]) -> Any:
    return ibis.or_(*(table[end].notnull() for end in ends))
