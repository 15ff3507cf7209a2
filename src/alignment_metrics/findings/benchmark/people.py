"""What our own people answered, under the conditions of a published survey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from alignment_metrics.charter import Charter
from alignment_metrics.findings.benchmark.asked import Asked, Own
from alignment_metrics.findings.words import listed, plain
from alignment_metrics.questions import for_people
from alignment_metrics.stats import census
from alignment_metrics.values import Answers, Counts, group

NO_SURVEY = (
    "there is no survey.csv with what our own people say; the command questionnaire writes one to send to both teams."
)
"""Why what people say cannot be set beside anything."""
PEOPLE = "people"
ABOUT = {
    "mql_important": "how important MQLs are",
    "collaboration": "what working together does for growth",
    "collateral": "sales material",
    "followed_up": "whether leads are followed up",
    "same_definition": "a common definition",
    "ownership": "who owns a lead",
    "alignment": "how well the teams work together",
    "lead_quality": "the quality of marketing's leads",
}
"""What each question is about, in a few words."""


def of_survey(terms: Mapping[str, Any], asked: Asked) -> Own:
    """The share of those who could say that gave one of the answers, corrected for how few people there are.

    Two teams have a share each and no common one, in which a team would weigh by how many of it answered.
    """
    teams, item = tuple(terms["teams"]), terms["item"]
    given = asked.answers
    if given is None:
        return Own(because=NO_SURVEY)
    if because := _too_few(given, teams, item, asked.charter):
        return Own(verdict="not_enough_data", because=because, sql=(given.sql,))
    found = [given.counts(team, item, terms["answers"]) for team in teams]
    there = [_capped(counts, _people(team, asked.charter)) for team, counts in zip(teams, found, strict=True)]
    ours = [census.rate(*one, confidence=asked.policy.confidence) for one in zip(found, there, strict=True)]
    own = Own(
        of=f"{listed(teams)} answering {_answers(terms['answers'])} to the question on {ABOUT[item]}",
        sql=(given.sql,),
        counted=PEOPLE,
    )
    if len(teams) > 1:
        each = zip(teams, found, there, strict=True)
        notes = tuple(f"{team.capitalize()}: {_asked_of(counts.total, people)}" for team, counts, people in each)
        named = [(group({"team": team}), one) for team, one in zip(teams, ours, strict=True)]
        return replace(own, estimates=tuple(sorted(named, key=lambda one: one[0])), notes=notes)
    notes = (_asked_of(found[0].total, there[0]),)
    return replace(own, ours=found[0], estimates=(((), ours[0]),), notes=notes, population=there[0])


def of_survey_gap(terms: Mapping[str, Any], asked: Asked) -> Own:
    """How many more of one team than of the other gave one of the answers, in points."""
    left, right, item = terms["left"], terms["right"], terms["item"]
    given = asked.answers
    if given is None:
        return Own(because=NO_SURVEY)
    if because := _too_few(given, (left, right), item, asked.charter):
        return Own(verdict="not_enough_data", because=because, sql=(given.sql,))
    sides = [given.counts(team, item, terms["answers"]) for team in (left, right)]
    gap = census.gap(
        sides[0],
        _capped(sides[0], _people(left, asked.charter)),
        sides[1],
        _capped(sides[1], _people(right, asked.charter)),
        confidence=asked.policy.confidence,
    ).difference
    of = f"{left} less {right}, answering {_answers(terms['answers'])} to the question on {ABOUT[item]}"
    return Own(gap, of, estimates=(((), gap),), sql=(given.sql,), counted=PEOPLE)


def _too_few(given: Answers, teams: Sequence[str], item: str, charter: Charter) -> str | None:
    """Why answers cannot be shown: of both teams together, the few of one could be told from those of the other."""
    least = for_people(charter.policy).suppress_below
    for team in teams:
        if given.counts(team, item, ()).total < least:
            who = f"fewer than {least} people" if given.people.get(team) else "nobody"
            return f"{who} of {team} answered the question on {ABOUT[item]}."
    return None


def _people(team: str, charter: Charter) -> int | None:
    return charter.teams[team].people if team in charter.teams else None


def _capped(counts: Counts, people: int | None) -> int | None:
    """The people of a team; not known where more of them answered than the charter has."""
    return people if people is not None and people >= counts.total else None


def _asked_of(answered: int, people: int | None) -> str:
    if people is None:
        return (
            f"{answered:,} people could say. Of how many is not known, so the interval takes them for a few of very "
            "many; [teams] may say how many there are."
        )
    return f"{answered:,} of {people:,} people could say; the interval is corrected for how few there are."


def _answers(chosen: Sequence[str]) -> str:
    words = [plain(str(one)) for one in chosen]
    return f"{words[0]} to {words[-1]}" if len(words) > 2 else " or ".join(words)
