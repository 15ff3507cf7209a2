"""Sources that came in a batch, or when no other did: what is said of such a source is also said of those months."""

from __future__ import annotations

from dataclasses import dataclass

from alignment_metrics.periods import MONTH
from alignment_metrics.tallies import Tally
from alignment_metrics.values import Counts

NEARLY_ALL = 0.9
"""The share of a source's leads whose months are asked for: a few stragglers do not spread a batch over years."""
TIMES = 2.0
"""A source is a batch where its months hold so many times the share of its leads that they hold of the others'."""
SHORT = 0.25
"""The share of all months a batch takes at most: whatever merely started halfway, or stopped, is none."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A source of which nearly all leads are of a short run of months that holds few of the others'.

    Parameters
    ----------
    source : str
    first, last : str
        Months, such as ``"2008-05"``; the run from one to the other is the shortest there is.
    months : int
        In the run; those in which no lead of any source came are not counted.
    inside, leads : int
        Leads of the source that came in the run, and all of them.
    others_inside, others : int
        The same of all other leads.
    """

    source: str
    first: str
    last: str
    months: int
    inside: int
    leads: int
    others_inside: int
    others: int


def batches(months: Tally[Counts], *, least: int = 30) -> tuple[Batch, ...]:
    """The sources that are confounded with time, the largest first.

    Parameters
    ----------
    months : Tally of Counts
        By ``source`` and ``month`` of entry, whatever else.
    least : int
        Leads below which a source is not asked: three leads are always of few months.

    Returns
    -------
    tuple of Batch
        A source that holds nine tenths of its leads in a run of at most a quarter of all months, or of one month,
        which holds at most half that share of all other leads; or in a run of any length that holds none of them.
        None where there is nothing to set a source against.
    """
    held: dict[str, dict[str, int]] = {}
    for (source, month), counts in months.by("source", MONTH).cells:
        held.setdefault(source, {})[month] = counts.total
    calendar = sorted({month for own in held.values() for month in own})
    everyone = [sum(own.get(month, 0) for own in held.values()) for month in calendar]
    told = []
    for source, own in held.items():
        ours = [own.get(month, 0) for month in calendar]
        leads, others = sum(ours), sum(everyone) - sum(ours)
        if leads < max(1, least) or not others:
            continue
        start, stop = _shortest_run(ours)
        inside = sum(ours[start:stop])
        others_inside = sum(everyone[start:stop]) - inside
        short = stop - start <= max(1.0, SHORT * len(calendar))
        if (short or not others_inside) and inside * others >= TIMES * others_inside * leads:
            told.append(
                Batch(source, calendar[start], calendar[stop - 1], stop - start, inside, leads, others_inside, others)
            )
    return tuple(sorted(told, key=lambda one: (-one.leads, one.source)))


def _shortest_run(leads: list[int]) -> tuple[int, int]:
    """The first and one past the last of the fewest neighbours that hold nearly all; of several, the fullest."""
    wanted = NEARLY_ALL * sum(leads)
    best, held, start = (len(leads) + 1, 0, 0), 0, 0
    for stop, n in enumerate(leads, 1):
        held += n
        while held - leads[start] >= wanted:
            held -= leads[start]
            start += 1
        if held >= wanted:
            best = min(best, (stop - start, -held, start))
    size, _, start = best
    return start, start + size
