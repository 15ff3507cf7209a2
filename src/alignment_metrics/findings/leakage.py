"""Sources whose leads were keyed in after the fact: they "convert" nearly always, and on the day they were created."""

from __future__ import annotations

from dataclasses import dataclass

from alignment_metrics.tallies import Tally
from alignment_metrics.values import Ages, Counts

NEARLY_ALWAYS = 0.8
TIMES = 3.0
"""How many times as often as all other leads those of a source must convert, where it is not nearly always."""
HALF = 0.5
FEWEST = 10
"""Conversions below which nothing is said of the days they took."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A source that looks as if its leads were entered once they had converted.

    Parameters
    ----------
    source : str
    counts, others : Counts
        Its leads and all other ones, by the charter's window.
    same_day, others_same_day : Counts
        Of the conversions so far, those on the day of creation.
    """

    source: str
    counts: Counts
    others: Counts
    same_day: Counts
    others_same_day: Counts


def leaks(waits: Tally[Ages], counts: Tally[Counts], *, least: int = 30) -> tuple[Leak, ...]:
    """The sources of which that must be feared, the largest first.

    Parameters
    ----------
    waits : Tally of Ages
        Life tables by ``source``, whatever else.
    counts : Tally of Counts
        Leads that reached the same stage in time, by ``source``, whatever else.
    least : int
        Leads below which a source is not asked.

    Returns
    -------
    tuple of Leak
        A source whose leads convert at 80 % or more, or three times as often as all others, and at least half of whose
        conversions fall on the day of creation while most of the others' take longer. Where days are all an export
        has of most conversions, creation and conversion on one day tell nothing, and no source is named.
    """
    tables = {cell[0]: _same_day(ages) for cell, ages in waits.by("source").cells}
    every_day = sum(tables.values(), start=Counts(0, 0))
    by_source = counts.by("source")
    everyone = by_source.counts()
    found = []
    for (source,), ours in by_source.cells:
        same_day = tables.get(source, Counts(0, 0))
        others = Counts(everyone.hits - ours.hits, everyone.total - ours.total)
        others_same_day = Counts(every_day.hits - same_day.hits, every_day.total - same_day.total)
        if ours.total < max(1, least) or same_day.total < FEWEST or not others.total:
            continue
        at_once = same_day.hits >= HALF * same_day.total and others_same_day.hits < HALF * others_same_day.total
        if at_once and _often(ours, others):
            found.append(Leak(source, ours, others, same_day, others_same_day))
    return tuple(sorted(found, key=lambda one: (-one.counts.total, one.source)))


def _often(ours: Counts, others: Counts) -> bool:
    nearly_always = ours.hits >= NEARLY_ALWAYS * ours.total
    return ours.hits > 0 and (nearly_always or ours.hits * others.total >= TIMES * others.hits * ours.total)


def _same_day(ages: Ages) -> Counts:
    """Of the conversions, those at age 0."""
    at_once = ages.converted[0] if ages.day[:1] == (0,) else 0
    return Counts(at_once, sum(ages.converted))
