"""Sources whose leads were keyed in after the fact: they "convert" nearly always, and as soon as they were created."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from alignment_metrics.tallies import Tally
from alignment_metrics.values import Ages, Counts

NEARLY_ALWAYS = 0.8
TIMES = 3.0
"""How many times as often as all other leads those of a source must convert, where it is not nearly always."""
HALF = 0.5
FEWEST = 10
"""Conversions below which nothing is said of the days they took."""
AT_ONCE = 1
"""Days within which whatever was keyed in after the fact is made to convert: that day, or the next."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A source whose leads convert too often and too soon.

    Parameters
    ----------
    source : str
    kind : {"entered", "often"}
        "entered" where its leads convert nearly always, so they look as if they were entered once they had. "often"
        where they do so only much more often than others: most did not convert, and cannot have been entered
        afterwards. How they are entered is then worth a look, and no more is known.
    counts, others : Counts
        Its leads and those of all sources not named, by the charter's window.
    same_day, others_same_day : Counts
        Of the conversions so far, those on the day of creation or the next.
    """

    source: str
    kind: Literal["entered", "often"]
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
        conversions fall on the day of creation or the next while most of the others' take longer. The others are all
        sources that are not named, so that no leak hides behind another one. Where days are all an export has of most
        conversions, creation and conversion on one day tell nothing, and no source is named.
    """
    tables = {cell[0]: _at_once(ages) for cell, ages in waits.by("source").cells}
    every = {source: (ours, tables.get(source, Counts(0, 0))) for (source,), ours in counts.by("source").cells}
    suspects = [
        source
        for source, (ours, same_day) in every.items()
        if ours.total >= max(1, least) and same_day.total >= FEWEST and same_day.hits >= HALF * same_day.total
    ]
    suspects.sort(key=lambda source: (-every[source][0].hits / every[source][0].total, source))
    # As many as can be set against all the rest: two that are large look ordinary beside each other.
    while suspects:
        rest = [one for source, one in every.items() if source not in suspects]
        others = sum((counts for counts, _ in rest), start=Counts(0, 0))
        others_same_day = sum((same_day for _, same_day in rest), start=Counts(0, 0))
        slow = others_same_day.hits < HALF * others_same_day.total
        if slow and all(_often(every[source][0], others) for source in suspects):
            found = [
                Leak(one, _kind(every[one][0]), every[one][0], others, every[one][1], others_same_day)
                for one in suspects
            ]
            return tuple(sorted(found, key=lambda leak: (-leak.counts.total, leak.source)))
        suspects.pop()
    return ()


def _often(ours: Counts, others: Counts) -> bool:
    much = ours.hits * others.total >= TIMES * others.hits * ours.total
    return ours.hits > 0 and others.total > 0 and (_kind(ours) == "entered" or much)


def _kind(ours: Counts) -> Literal["entered", "often"]:
    return "entered" if ours.hits >= NEARLY_ALWAYS * ours.total else "often"


def _at_once(ages: Ages) -> Counts:
    """Of the conversions, those within a day."""
    at_once = sum(n for day, n in zip(ages.day, ages.converted, strict=True) if day <= AT_ONCE)
    return Counts(at_once, sum(ages.converted))
