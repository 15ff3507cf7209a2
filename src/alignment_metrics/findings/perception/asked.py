"""Who was asked, who answered, and what may be shown of it: the charter's rules for people, in one place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from alignment_metrics.charter import TEAMS, Policy, Team
from alignment_metrics.findings.words import few, level, listed, percent
from alignment_metrics.stats import census
from alignment_metrics.values import Answers, Comparison, Counts, Estimate

LEFT, RIGHT = "sales", "marketing"
"""The gap is what sales says less what marketing says."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The answers of both teams, and how many people these are.

    Parameters
    ----------
    answers : Answers
    teams : mapping of str to Team
        What the charter says of them; nothing where there is none.
    policy : Policy
        As it holds for people: see ``questions.for_people``.
    unread : mapping of str to int
        By item, how many cells hold something that is none of its answers.
    """

    answers: Answers
    teams: Mapping[str, Team]
    policy: Policy
    unread: Mapping[str, int] = field(default_factory=dict)

    def people(self, team: str) -> int | None:
        """Everybody of a team, where that is known and can be true."""
        told = self._told(team).people
        return None if told is None or told < self._answered(team) else told

    def sent_to(self, team: str) -> int | None:
        """Whoever was asked, where that is known and can be true."""
        told = self._told(team).asked or self._told(team).people
        return None if told is None or told < self._answered(team) else told

    def counts(self, team: str, item: str, chosen: Collection[str]) -> Counts | None:
        """How many say so of those who could say; None where they are too few to be shown."""
        found = self.answers.counts(team, item, chosen)
        return None if found.total < self.policy.suppress_below else found

    def rate(self, team: str, counts: Counts) -> Estimate:
        """With the correction for a team of which many answered."""
        return census.rate(counts, self.people(team), confidence=self.policy.confidence)

    def gap(self, left: Counts, right: Counts) -> Comparison:
        """Sales less marketing."""
        return census.gap(left, self.people(LEFT), right, self.people(RIGHT), confidence=self.policy.confidence)

    def response(self) -> Iterator[str]:
        """How many answered, and where the charter cannot be right."""
        told = []
        for team in (one for one in TEAMS if not self.is_silent(one)):
            answered, asked = self._answered(team), self.sent_to(team)
            of = "" if asked is None else f" of {asked:,}"
            told.append(f"{few(answered, self.policy)}{of} in {team}")
        whole = "teams" if len(told) > 1 else "team"
        yield (
            f"Answers came from {listed(told)}. They speak for the whole {whole} only if those who kept silent think "
            f"alike."
        )
        for team in TEAMS:
            stated = (("people", self._told(team).people), ("asked", self._told(team).asked))
            for key, count in stated:
                if count is not None and count < self._answered(team):
                    yield (
                        f"More people of {team} answered than [teams.{team}] {key} = {count:,} says, so that number "
                        f"is not used; correct it."
                    )

    def is_silent(self, team: str) -> bool:
        """Whether nobody of a team answered anything."""
        return not self._answered(team)

    def correction(self) -> str:
        """What stands in brackets, and whether it is corrected for small teams."""
        brackets = f"In brackets are {level(self.policy)}s"
        sizes = {team: size for team in TEAMS if (size := self.people(team)) is not None}
        if not sizes:
            return (
                f"{brackets}. How many people the teams have is not stated (in a charter: people under "
                f"[teams.marketing] and [teams.sales]), so none is narrowed for a small team, and what "
                f"the others would say is open."
            )
        named = listed([f"{size:,} people of {team}" for team, size in sizes.items()])
        left = [team for team in TEAMS if team not in sizes]
        tail = f"; for {left[0]} they are not, as its size is not known" if left else ""
        return f"{brackets}, corrected for the size of the teams ({named}){tail}."

    def bounds(self, counts: Mapping[str, Counts]) -> str:
        """What could be, had all others said no, or yes; empty where nobody knows how many others there are.

        Whoever was not asked keeps silent too: where all people of a team are known, it is of them.
        """
        every = {team: n for team in counts if (n := self.people(team) or self.sent_to(team)) is not None}
        told = []
        for team, n in every.items():
            if n > counts[team].total:
                low, high = census.bounds(counts[team], n)
                told.append(f"between {percent(low)} and {percent(high)} among {self._whom(team, n)}")
        if not told:
            return ""
        share = f"Whatever those without an answer would have said, the share lies {listed(told)}"
        if not every.keys() >= {LEFT, RIGHT}:
            return f"{share}."
        ends = census.gap_bounds(counts[LEFT], every[LEFT], counts[RIGHT], every[RIGHT])
        least, most = (f"{round(100 * end, 1) + 0.0:+.1f}" for end in ends)
        return f"{share}, and the gap, {LEFT} less {RIGHT}, between {least} and {most} points."

    def _whom(self, team: str, n: int) -> str:
        """The people of a team that a bound is about: all, or those who were asked."""
        if self.people(team) is None:
            return f"the {n:,} people of {team} who were asked"
        asked = self.sent_to(team)
        return f"all {n:,} people of {team}" + (f" ({asked:,} were asked)" if asked and asked < n else "")

    def _told(self, team: str) -> Team:
        return self.teams.get(team, Team())

    def _answered(self, team: str) -> int:
        return self.answers.people.get(team, 0)
