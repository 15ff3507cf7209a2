"""Counts attempts to reach leads: who was followed up in days, and how much of it is known to the second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat

import ibis

from alignment_metrics.crm import Crm, answer
from alignment_metrics.measures import AnswerTime, Reach
from alignment_metrics.tallies.counting import asked, keys_of_leads, labelled, sql
from alignment_metrics.tallies.table import Tally, in_order
from alignment_metrics.values import Counts


@dataclass(frozen=True, slots=True)
class Clocked:
    """Of how much the time of day is known, and not only the day.

    Parameters
    ----------
    touches : Counts
        Attempts to reach a lead.
    leads : Counts
        Leads that had the chance to be answered: of the hits it is known to the second how long they waited.
    """

    touches: Counts
    leads: Counts


def followed(crm: Crm, start: str, *, within_days: int, by: str | Sequence[str] = ()) -> Tally[Counts]:
    """Of the leads that entered ``start``, those that somebody then tried to reach.

    Parameters
    ----------
    crm : Crm
    start : str
        A stage or exit.
    within_days : int
        Only leads that entered ``start`` at least so many days before the end of ``as_of`` count in ``total``; of them
        those with an attempt on the same day or up to so many days later count in ``hits``.
    by : str or sequence of str
        As of ``tally``.

    Returns
    -------
    Tally of Counts
        Only groups with at least one lead, sorted.

    Raises
    ------
    ValueError
        If the funnel has no such stage, leads have no such category, or the folder has no list of attempts.
    """
    touches = attempted(crm)
    keys = keys_of_leads(crm, by)
    measure = Reach(start, start, within_days=within_days)
    leads, groups = asked(crm, measure, keys)
    places = {f"key_{place}": key for place, key in enumerate(keys)}
    leads = leads.select("row", began=leads[start], **{name: groups[key] for name, key in places.items()})
    attempts = touches.select(of="row", touched="day")
    both = leads.inner_join(attempts, leads["row"] == attempts["of"])
    waited = both["touched"].delta(both["began"], unit="day")
    met = both.filter(waited.between(0, within_days)).select("of").distinct()
    found = leads.left_join(met, leads["row"] == met["of"])
    sums = {"hits": found["of"].count(), "total": found.count()}
    query = found.group_by([*places]).agg(**sums) if keys else found.agg(**sums)
    columns = query.to_pyarrow().to_pydict()
    labels = [labelled(key, columns[name]) for name, key in places.items()]
    rows = zip(zip(*labels, strict=True) if keys else repeat(()), columns["hits"], columns["total"], strict=False)
    cells = {cell: Counts(hits, total) for cell, hits, total in rows}
    return Tally(keys, in_order(cells), sql(query), crm.as_of)


def answer_minutes(
    crm: Crm, start: str, *, within_days: int, direction: str | None = None
) -> tuple[dict[int, int], str]:
    """How many leads somebody first tried to reach in each whole minute after they entered ``start``, and the query.

    Parameters
    ----------
    crm, start, within_days
        As of ``AnswerTime``, whose leads these are.
    direction : str, optional
        Only leads of this direction.
    """
    leads, _ = asked(crm, AnswerTime(start, within_days=within_days), ())
    leads = leads if direction is None else leads.filter(leads["direction"] == direction)
    query = leads.group_by(minute=leads[answer(start)] // 60).agg(n=leads.count())
    columns = query.to_pyarrow().to_pydict()
    return dict(sorted(zip(columns["minute"], columns["n"], strict=True))), sql(query)


def clocked(crm: Crm, start: str, *, within_days: int, direction: str | None = None) -> Clocked:
    """Of how many attempts the time of day is known, and of how many leads how long they waited from ``start`` on.

    Parameters
    ----------
    crm, start, within_days
        As of ``followed``; the wait counts from the stages that ``journeys`` tell it of.
    direction : str, optional
        Only leads of this direction; attempts are those of all.
    """
    touches = attempted(crm)
    measure = Reach(start, start, within_days=within_days)
    leads, _ = asked(crm, measure, ())
    leads = leads if direction is None else leads.filter(leads["direction"] == direction)
    (attempts,) = touches.agg(hits=touches["at"].count(), total=touches.count()).to_pyarrow().to_pylist()
    (waits,) = leads.agg(hits=leads[answer(start)].count(), total=leads.count()).to_pyarrow().to_pylist()
    return Clocked(Counts(attempts["hits"], attempts["total"]), Counts(waits["hits"], waits["total"]))


def attempted(crm: Crm) -> ibis.Table:
    """The list of attempts of a folder that has one."""
    if crm.touches is None:
        raise ValueError(
            "this folder does not say when anybody tried to reach a lead; add touches.csv with the columns lead_id and "
            "at."
        )
    return crm.touches
