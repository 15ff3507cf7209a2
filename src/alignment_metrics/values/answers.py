"""What people answered: of each team and question, how many gave each answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from alignment_metrics.values.sums import Counts

CANNOT_SAY = "cannot_say"
"""An answer that is none: it stands in no denominator."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to a survey, counted.

    Parameters
    ----------
    given : mapping of (str, str) to mapping of str to int
        By team and item, how many gave each answer.
    people : mapping of str to int
        By team, how many answered anything.
    sql : str
        The query that counted them.
    """

    given: Mapping[tuple[str, str], Mapping[str, int]]
    people: Mapping[str, int]
    sql: str = field(default="", repr=False)

    def counts(self, team: str, item: str, chosen: Collection[str]) -> Counts:
        """Of those of a team who could say, how many chose one of these answers.

        Examples
        --------
        >>> answers = Answers({("sales", "followed_up"): {"always": 6, "often": 3, "cannot_say": 2}}, {"sales": 11})
        >>> answers.counts("sales", "followed_up", ["always"])
        Counts(hits=6, total=9)
        """
        there = {one: n for one, n in self.given.get((team, item), {}).items() if one != CANNOT_SAY}
        return Counts(sum(n for one, n in there.items() if one in chosen), sum(there.values()))
