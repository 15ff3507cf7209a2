"""Counts how often somebody tried to reach a lead."""

from __future__ import annotations

from alignment_metrics.crm import Crm
from alignment_metrics.measures import Reach
from alignment_metrics.tallies.counting import asked, sql
from alignment_metrics.values import Moments


def attempts(crm: Crm, start: str, *, within_days: int) -> tuple[Moments, str]:
    """How often each lead was tried within so many days of entering ``start``, and the query.

    Parameters
    ----------
    crm : Crm
    start : str
        A stage or exit.
    within_days : int
        Only leads that entered ``start`` at least so many days before the end of ``as_of`` count, among them those
        that nobody tried; and of each the attempts on that day or up to so many days later.

    Raises
    ------
    ValueError
        If the funnel has no such stage, or the folder has no list of attempts.
    """
    if crm.touches is None:
        raise ValueError(
            "this folder does not say when anybody tried to reach a lead; add touches.csv with the columns lead_id and "
            "at."
        )
    leads, _ = asked(crm, Reach(start, start, within_days=within_days), ())
    leads = leads.select("row", began=leads[start])
    touches = crm.touches.select(of="row", day="day")
    both = leads.inner_join(touches, [leads["row"] == touches["of"]])
    waited = both["day"].delta(both["began"], unit="day")
    in_time = both.filter(waited.between(0, within_days))
    tried = in_time.group_by("of").agg(times=in_time.count())
    each = leads.left_join(tried, [leads["row"] == tried["of"]])
    times = each["times"]
    query = each.agg(n=each.count(), sum=times.sum().fill_null(0), sum_sq=(times * times).sum().fill_null(0))
    (found,) = query.to_pyarrow().to_pylist()
    return Moments(found["n"], float(found["sum"]), float(found["sum_sq"])), sql(query)
