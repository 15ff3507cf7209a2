"""Whether an export shows only a part of what happened: a history that starts mid-way, or closed deals alone.

Both make rates wrong however well they are worked out, and neither can be seen in any single row.
"""

from __future__ import annotations

import datetime as dt
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
# So many records younger than half of them took to end, and all ended: 1 in 1,000 where half would be expected.
_YOUNG = 10


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
    by_day = journeys.filter(journeys[created] < start).group_by(day=journeys[created]).agg(n=lambda t: t.count())
    early: list[dict[str, Any]] = by_day.to_pyarrow().to_pylist()
    longest = max(((start - row["day"]).days for row in early), default=0)
    # The pace is that of leads whom everybody could watch for as long as the earliest was out of sight.
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
    expected = sum(row["n"] * reached[(start - row["day"]).days - 1] / total for row in early)
    return sum(row["n"] for row in early), float(expected)


def _closed_only(journeys: ibis.Table, charter: Charter, headers: Mapping[str, str]) -> Iterator[Problem]:
    funnel, as_of = charter.funnel, charter.organisation.as_of
    ends = [place for place in (funnel.last, *funnel.exits) if place in headers]
    # First all records, then those that came to the last stage but one: deals may be closed ones only, and leads not.
    codes = {"closed_only": funnel.first, "closed_deals_only": funnel.stages[-2]}
    still = ibis.coalesce(*(journeys[end] for end in ends)).isnull()
    open_ = journeys.agg(**{code: (still & journeys[start].notnull()).any() for code, start in codes.items()})
    (any_open,) = open_.to_pyarrow().to_pylist()
    for code, start in codes.items():
        young = 0 if any_open[code] else _young(journeys.filter(journeys[start].notnull()), start, ends, as_of)
        if young < _YOUNG:
            continue
        message = (
            f"Every record that came to {start} has come to {' or '.join(ends)}, also the {young:,} that are younger "
            f"than the time half of them took: the export seems to hold closed records only. Of those still open "
            f"nothing is known, so no rate can be estimated; export the open ones too."
        )
        yield Problem(code, headers.get(funnel.last), 0, (), message, False)
        return


def _young(journeys: ibis.Table, created: str, ends: Sequence[str], as_of: dt.date) -> int:
    """How many records, all of which have ended, are younger than the median time to the end."""
    ended = ibis.coalesce(*(journeys[end] for end in ends))
    days = journeys.select(wait=ended - journeys[created], age=ibis.literal(as_of) - journeys[created])
    days = days.select(wait=days["wait"].cast("int64"), age=days["age"].cast("int64"))
    middle = days["wait"].quantile(0.5).to_pyarrow().as_py()
    return 0 if middle is None else int(days.filter(days["age"] < middle).count().to_pyarrow().as_py())
