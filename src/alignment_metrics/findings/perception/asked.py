"""Who was asked, who answered, and what may be shown of it: the charter's rules for people, in one place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

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
    """

    answers: Answers
    teams: Mapping[str, Team]
    policy: Policy

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
        return None if found.total < max(1, self.policy.suppress_below) else found

    def rate(self, team: str, counts: Counts) -> Estimate:
        """With the correction for a team of which many answered."""
        return census.rate(counts, self.people(team), confidence=self.policy.confidence)

    def gap(self, left: Counts, right: Counts) -> Comparison:
        """Sales less marketing."""
        return census.gap(left, self.people(LEFT), right, self.people(RIGHT), confidence=self.policy.confidence)

    def response(self) -> Iterator[str]:
        """How many answered, and where the charter cannot be right."""
        told = []
        for team in TEAMS:
            answered, asked = self._answered(team), self.sent_to(team)
            of = "" if asked is None else f" of {asked:,}"
            told.append(f"{few(answered, self.policy)}{of} in {team}")
        yield (
            f"Answers came from {listed(told)}. They speak for the whole teams only if those who kept silent think "
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
        """What could be, had all others said no, or yes; empty where nobody knows who was asked."""
        told = []
        for team, of_team in counts.items():
            if (asked := self.sent_to(team)) is not None and asked > of_team.total:
                low, high = census.bounds(of_team, asked)
                told.append(f"between {percent(low)} and {percent(high)} in {team}")
        if not told:
            return ""
        return f"Whatever those without an answer would have said, the share lies {listed(told)}."

    def _told(self, team: str) -> Team:
        return self.teams.get(team, Team())

    def _answered(self, team: str) -> int:
        return self.answers.people.get(team, 0)
