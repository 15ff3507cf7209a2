"""Labels that count attempts, such as calls. Whoever converts is not called again, so such a rate falls by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from alignment_metrics.values import Counts

# What a column of attempts may be called; one called so need not look like one otherwise.
_NAMES = re.compile(
    r"(?:^|_)(?:calls?|called|contacts?|contacted|touch(?:es)?|touchpoints?|attempts?|e?mails?|visits?|meetings?|"
    r"demos?|follow_?ups?|messages?|sessions?|activit(?:y|ies)|dials?)(?:_|$)"
)
_BAND = re.compile(
    r"^(?:(?:more than|over|>)\s*(?P<above>\d{1,6})|(?:at least|from|>=|≥)\s*(?P<least>\d{1,6})"
    r"|(?P<from>\d{1,6})\s*(?:(?:\+|or more|and more|or over|and over|plus)|(?:-|–|—|to|bis|à)\s*(?P<to>\d{1,6}))?"
    r"|(?P<decimal>\d{1,6})\.0+)$",
    re.IGNORECASE,
)
FEWEST = 3
"""Labels below which no order shows."""
MOST = 0.95
"""The share of the leads that is looked at: far out, where hardly anybody was tried so often, numbers jump."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """A column of attempts: the lowest number, the one that 95 in 100 leads do not exceed, and if its name says so."""

    first: str
    last: str
    named: bool


def attempts(name: str, groups: Mapping[str, Counts], *, least: int = 30) -> Attempts | None:
    """Whether the labels count attempts, and the rate falls with their number; None where not.

    Parameters
    ----------
    name : str
        Of the column.
    groups : mapping of str to Counts
        Leads by label, those without one left out.
    least : int
        Leads that a group must have for its rate to be looked at.

    Notes
    -----
    Labels count attempts where all are whole numbers or bands of them, and the column is called so, or the numbers
    begin with a single 1, go on without a gap and hold ever fewer leads for each number: sizes in bands and ages do
    neither. That the rate falls is read from its slope over the numbers, each label weighted by its leads.
    """
    bands = {label: band for label in groups if (band := _band(label)) is not None}
    if len(bands) < max(FEWEST, len(groups)):
        return None
    named = _NAMES.search(name.casefold()) is not None
    # Nobody was tried in vain before the first attempt.
    ordered = sorted((label for label in bands if bands[label][1] >= 1), key=lambda label: bands[label])
    usual = _usual(ordered, groups)
    if not named and not _look_like(ordered, usual, bands, groups):
        return None
    rated = [label for label in usual if groups[label].total >= max(1, least)]
    if len(rated) < 2 or not _falls([(bands[label][0], groups[label]) for label in ordered]):
        return None
    first, last = groups[rated[0]], groups[rated[-1]]
    return Attempts(rated[0], rated[-1], named) if first.hits * last.total > last.hits * first.total else None


def _band(label: str) -> tuple[int, float] | None:
    """The first and the last number of a label; the last of an open one is infinite."""
    if not (found := _BAND.match(label.strip())):
        return None
    if above := found["above"]:
        return int(above) + 1, float("inf")
    if least := found["least"]:
        return int(least), float("inf")
    if single := found["decimal"]:
        return int(single), float(single)
    start = int(found["from"])
    if found["to"]:
        return (start, float(found["to"])) if int(found["to"]) >= start else None
    return start, float(start) if label.strip().isdecimal() else float("inf")


def _look_like(
    ordered: list[str], usual: list[str], bands: Mapping[str, tuple[int, float]], groups: Mapping[str, Counts]
) -> bool:
    if len(usual) < 2 or bands[ordered[0]] != (1, 1.0):
        return False
    edges = [bands[label] for label in usual]
    without_gap = all(after[0] == before[1] + 1 for before, after in pairwise(edges))
    crowd = [groups[label].total / _width(bands[label]) for label in usual]
    return without_gap and all(after < before for before, after in pairwise(crowd))


def _usual(ordered: list[str], groups: Mapping[str, Counts]) -> list[str]:
    """The labels from the lowest on that hold most of the leads together."""
    wanted, held = MOST * sum(groups[label].total for label in ordered), 0
    for place, label in enumerate(ordered, 1):
        held += groups[label].total
        if held >= wanted:
            return ordered[:place]
    return ordered


def _width(band: tuple[int, float]) -> float:
    # An open band holds at least two numbers.
    return min(band[1] - band[0] + 1, 2.0) if band[1] == float("inf") else band[1] - band[0] + 1


def _falls(numbered: list[tuple[int, Counts]]) -> bool:
    together = sum((counts for _, counts in numbered), start=Counts(0, 0))
    if not together.total:
        return False
    middle = sum(number * counts.total for number, counts in numbered) / together.total
    return sum((number - middle) * counts.hits for number, counts in numbered) < 0
