"""What must be said beside a share of leads followed up: attempts that came too early, leads that went on untried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alignment_metrics.charter import Policy
from alignment_metrics.crm import Crm
from alignment_metrics.findings.followed import followed_up
from alignment_metrics.findings.words import few, leads, percent, plain
from alignment_metrics.measures import Reach
from alignment_metrics.quality import plain as named
from alignment_metrics.tallies import handed, tally
from alignment_metrics.values import Counts

WELL_ABOVE = 0.10
"""By so much more leads accepted than followed up, one of the two numbers tells less than it seems to."""
MOST_ASIDE = 0.02
"""Where more than this share of the rows of the list was set aside, attempts may be missing."""


@dataclass(frozen=True, slots=True)
class FollowedUp:
    """How many leads were followed up, by the list of attempts.

    Parameters
    ----------
    counts : Counts
        The hits: somebody tried to reach them on the day they entered the stage, or later, in time.
    doubt : str
        What speaks against taking the list at its word: a clause without a full stop, empty where nothing does.
    notes : tuple of str
        What else is to be said of it.
    sql : tuple of str
        The queries.
    """

    counts: Counts
    doubt: str
    notes: tuple[str, ...]
    sql: tuple[str, ...]


def followed_up_since(crm: Crm, start: str, *, within_days: int) -> FollowedUp | str:
    """Of the leads that entered ``start`` long enough ago, those then followed up; a text says why it cannot be told.

    Parameters
    ----------
    crm : Crm
    start : str
        The stage at which leads are handed over.
    within_days : int
    """
    found = followed_up(crm, start, within_days=within_days)
    if isinstance(found, str):
        return found
    counts, sql = found
    known, policy = handed(crm, start, within_days=within_days), crm.charter.policy
    doubt, more = _doubt(crm, start, counts, within_days)
    told = {
        f"had been tried only before they entered {plain(start)}": known.before,
        f"went on from {plain(start)} or left within {within_days} day{'s' * (within_days != 1)} without any logged "
        "attempt since": known.untried,
    }
    parts = [f"{_some(one, policy)} {what}" for what, one in told.items() if one.hits]
    notes = [f"Not counted as followed up: {'; '.join(parts)}."] if parts else []
    return FollowedUp(counts, doubt, (*notes, *_aside(crm)), (sql, known.sql, *more))


def _doubt(crm: Crm, start: str, counts: Counts, within_days: int) -> tuple[str, tuple[str, ...]]:
    """What speaks against the list where well more leads were accepted than followed up, and the query behind it."""
    stop = dict(crm.charter.funnel.steps).get(start)
    if stop is None:
        return "", ()
    accepted = tally(crm, Reach(start, stop, within_days=within_days))
    if _share(accepted.counts()) <= _share(counts) + WELL_ABOVE:
        return "", ()
    return (
        f"yet {percent(_share(accepted.counts()))} became {plain(stop)} in that time, so either not every attempt is "
        f"logged or leads are accepted unseen"
    ), (accepted.sql,)


def _aside(crm: Crm) -> Iterator[str]:
    for file in crm.quality.files:
        if file.layout == "touches" and file.rows_set_aside > MOST_ASIDE * file.rows_read:
            yield (
                f"{file.rows_set_aside:,} of {file.rows_read:,} rows of {named(file.path)} were set aside, so more "
                f"leads may have been followed up than are counted."
            )


def _some(counts: Counts, policy: Policy) -> str:
    if counts.hits < policy.suppress_below:
        return f"{few(counts.hits, policy)} of {leads(counts.total)}"
    return f"{percent(_share(counts))} ({leads(counts.hits)})"


def _share(counts: Counts) -> float:
    return counts.hits / counts.total
