"""Counts what attempts leave open of leads handed over: who was tried only before, and who went on untried."""

from __future__ import annotations

from dataclasses import dataclass

from alignment_metrics.crm import Crm
from alignment_metrics.measures import Moved
from alignment_metrics.tallies.counting import asked, sql
from alignment_metrics.tallies.touching import attempted
from alignment_metrics.values import Counts


@dataclass(frozen=True, slots=True)
class Handed:
    """What is known of the leads that entered a stage at least so many days before the end of the export.

    Parameters
    ----------
    since : Counts
        Somebody tried to reach them on that day, or up to so many days later.
    before : Counts
        Somebody did on an earlier day, and nobody in that time.
    untried : Counts
        They went on to any later stage or left in that time, and nobody tried to reach them in it.
    sql : str
    """

    since: Counts
    before: Counts
    untried: Counts
    sql: str


def handed(crm: Crm, start: str, *, within_days: int) -> Handed:
    """Of the leads that entered ``start``, those tried since, those tried only before, and those that went on untried.

    Parameters
    ----------
    crm, start, within_days
        As of ``followed``, whose leads and whose hits these are.

    Raises
    ------
    ValueError
        If the funnel has no such stage, or the folder has no list of attempts.
    """
    touches, moved = attempted(crm), Moved(start, within_days)
    among, _ = asked(crm, moved, ())
    leads = among.select("row", began=among[start], moved=moved.hit(among, crm.charter))
    attempts = touches.select(of="row", touched="day")
    both = leads.inner_join(attempts, leads["row"] == attempts["of"])
    waited = both["touched"].delta(both["began"], unit="day")
    known = both.select("of", since=waited.between(0, within_days).ifelse(1, 0), early=(waited < 0).ifelse(1, 0))
    tried = known.group_by("of").agg(since=known["since"].max(), early=known["early"].max())
    found = leads.left_join(tried, leads["row"] == tried["of"])
    since, early = found["since"].fill_null(0) == 1, found["early"].fill_null(0) == 1
    hits = {"since": since, "before": early & ~since, "untried": found["moved"] & ~since}
    query = found.agg(total=found.count(), **{name: hit.ifelse(1, None).count() for name, hit in hits.items()})
    (row,) = query.to_pyarrow().to_pylist()
    counts = {name: Counts(int(row[name]), int(row["total"])) for name in hits}
    return Handed(counts["since"], counts["before"], counts["untried"], sql(query))
