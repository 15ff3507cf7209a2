"""How soon leads were answered, as far as the folder tells: counts and sums for whoever makes a claim of them.

Where it cannot be told, a text says why: a clause that follows "because", without a full stop.
"""

from __future__ import annotations

from itertools import accumulate

from alignment_metrics.charter import Policy
from alignment_metrics.crm import Crm, answer
from alignment_metrics.findings.words import day_count, few, leads, plain
from alignment_metrics.measures import Answered, AnswerTime, Sums
from alignment_metrics.quality import plain as named
from alignment_metrics.tallies import Tally, answer_minutes, clocked, followed, tally
from alignment_metrics.values import Counts, Moments

NO_LIST = "there is no touches.csv: a list of lead_id and the time of each attempt to reach the lead"
MOST_STRANGE = 0.02
"""Where more than this share of the rows is of no lead that is known, that is said."""
WITHIN = 30
"""Days within which an answer counts as one, where nobody says otherwise."""
MOST_BLURRED = 0.02
"""Where more than this share of attempts is known only to the day, the others would make leads look neglected; where
nobody knows how long more than this share of the leads waited, hours of the others would speak for a few."""


def answered(
    crm: Crm,
    *,
    after_hours: float = 0,
    within_hours: float | None = None,
    within_days: int = WITHIN,
    start: str | None = None,
    direction: str | None = None,
) -> tuple[Counts, str] | str:
    """Of all leads that came at least ``within_days`` before the end, those first reached for in a span of hours.

    Parameters
    ----------
    crm : Crm
    after_hours, within_hours : float
        The first attempt came more than so many hours after the lead (from the first second on where that is 0), and
        at most so many (left out: by the end of ``within_days``). Hours are those of a wall clock, nights and Sundays
        among them.
    within_days : int
        Who came later has not had the chance to be answered, and is not counted.
    start : str, optional
        The stage from whose entry on hours count, if not the first: one that a goal of the charter names in hours.
    direction : str, optional
        Only leads of this direction.

    Returns
    -------
    tuple of Counts and str, or str
        Whoever was never answered is in the total. The text after the counts is the query; a text alone says why this
        cannot be told.
    """
    first = start or crm.charter.funnel.first
    if why := no_hours(crm, first, within_days=within_days, direction=direction):
        return why
    measure = Answered(first, after_hours=after_hours, within_hours=within_hours, within_days=within_days)
    found = _of(tally(crm, measure, by=("direction",)), direction)
    counts = found.counts()
    return (counts, found.sql) if counts.total else _too_young(first, within_days, direction)


def unanswered(crm: Crm, *, within_days: int = WITHIN, direction: str | None = None) -> tuple[Counts, str] | str:
    """Of all leads that came at least ``within_days`` before the end, those that nobody tried to reach by then.

    Where hours cannot be told, days are counted instead; ``beside`` says so.
    """
    first = crm.charter.funnel.first
    told = answered(crm, within_days=within_days, direction=direction)
    if isinstance(told, str):
        told = followed_up(crm, first, within_days=within_days, direction=direction)
    if isinstance(told, str):
        return told
    counts, sql = told
    return Counts(counts.total - counts.hits, counts.total), sql


def answer_hours(crm: Crm, *, within_days: int = WITHIN, direction: str | None = None) -> tuple[Moments, str] | str:
    """The hours until the first attempt, of the leads that were answered within ``within_days``."""
    first = crm.charter.funnel.first
    if why := no_hours(crm, first, within_days=within_days, direction=direction):
        return why
    found = _of(tally(crm, AnswerTime(first, within_days=within_days), by=("direction",)), direction)
    moments = found.total()
    if moments.n:
        return moments, found.sql
    told = answered(crm, within_days=within_days, direction=direction)
    return (
        told if isinstance(told, str) else f"nobody tried to reach a lead within {day_count(within_days)} of its coming"
    )


def answer_median(crm: Crm, *, within_days: int = WITHIN, direction: str | None = None) -> tuple[float, str] | str:
    """The hours by which half of the leads that were answered within ``within_days`` had their first attempt.

    To the minute, and at least half: the first minute by which one half is reached.
    """
    told = answer_hours(crm, within_days=within_days, direction=direction)
    if isinstance(told, str):
        return told
    moments, _ = told
    minutes, sql = answer_minutes(crm, crm.charter.funnel.first, within_days=within_days, direction=direction)
    reached = accumulate(minutes.values())
    return next(minute for minute, n in zip(minutes, reached, strict=True) if 2 * n >= moments.n) / 60, sql


def followed_up(crm: Crm, start: str, *, within_days: int, direction: str | None = None) -> tuple[Counts, str] | str:
    """Of the leads that entered ``start`` at least ``within_days`` before the end, those that somebody then tried to
    reach, on that day or up to ``within_days`` later."""
    if crm.touches is None:
        return NO_LIST
    found = _of(followed(crm, start, within_days=within_days, by=("direction",)), direction)
    counts = found.counts()
    return (counts, found.sql) if counts.total else _too_young(start, within_days, direction)


def beside(crm: Crm, *, within_days: int = WITHIN, direction: str | None = None) -> tuple[str, ...]:
    """What is to be said beside any number of answers: whose hours count and who is left out, or why days do."""
    first = crm.charter.funnel.first
    if crm.touches is None:
        return ()
    if why := no_hours(crm, first, within_days=within_days, direction=direction):
        return (f"Days are counted and not hours, since {why}.",)
    notes = [
        "Hours are those of a wall clock, nights and weekends included; an automatic reply that the list holds counts "
        "as an attempt."
    ]
    for file in crm.quality.files:
        strangers = sum(one.rows for one in file.problems if one.code == "no_lead" and file.layout == "touches")
        if strangers > MOST_STRANGE * file.rows_read:
            notes.append(
                f"{strangers:,} of {file.rows_read:,} rows of {named(file.path)} name no lead of this export, and "
                "count for none."
            )
    unknown = unclocked(crm, first, within_days=within_days, direction=direction)
    return (*notes, *left_out(unknown, crm.charter.policy, direction))


def unclocked(crm: Crm, start: str, *, within_days: int, direction: str | None = None) -> Counts:
    """Of the leads that had their chance, those of which it is not known to the second how long they waited."""
    found = clocked(crm, start, within_days=within_days, direction=direction).leads
    return Counts(found.total - found.hits, found.total)


def left_out(unknown: Counts, policy: Policy, direction: str | None = None) -> tuple[str, ...]:
    """How many leads no hours are told of; nothing where there are none."""
    if not unknown.hits:
        return ()
    whose = leads(unknown.total).replace("lead", f"{direction} lead" if direction else "lead")
    return (
        f"Left out: {few(unknown.hits, policy)} of {whose}, since of their coming or of the first attempt only the "
        "day is known.",
    )


def _of(found: Tally[Sums], direction: str | None) -> Tally[Sums]:
    return found if direction is None else found.at(direction=direction)


def no_hours(crm: Crm, start: str, *, within_days: int, direction: str | None = None) -> str:
    """Why hours cannot be told from this stage on; empty where they can."""
    if crm.touches is None:
        return NO_LIST
    if answer(start) not in crm.journeys.columns:
        return f"no goal of the charter asks how many hours pass from {plain(start)} on"
    found = clocked(crm, start, within_days=within_days, direction=direction)
    touches, waits = found.touches, found.leads
    if touches.total and not touches.hits:
        return "the list of attempts tells their days only; export it with the time of day"
    if touches.total - touches.hits > MOST_BLURRED * touches.total:
        return (
            f"of {touches.total - touches.hits:,} of {touches.total:,} attempts only the day is known; export them "
            "with the time of day"
        )
    whose = f"{direction} leads" if direction else "leads"
    if waits.total and not waits.hits:
        return f"only the day is known on which {whose} entered {plain(start)}; export them with the time of day"
    if (unknown := waits.total - waits.hits) > MOST_BLURRED * waits.total:
        return (
            f"of {few(unknown, crm.charter.policy)} of {waits.total:,} {whose} only the day is known; export them with "
            "the time of day"
        )
    return ""


def _too_young(start: str, within_days: int, direction: str | None) -> str:
    whose = f"{direction} lead" if direction else "lead"
    return f"no {whose} entered {plain(start)} at least {day_count(within_days)} before the end of the export"
