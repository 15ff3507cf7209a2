"""What each team says to each question, and how far the two lie apart."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from alignment_metrics.charter import TEAMS, Policy, Team
from alignment_metrics.findings.perception.asked import LEFT, RIGHT, Asked
from alignment_metrics.findings.perception.items import SAYS, counted, published
from alignment_metrics.findings.words import few, percent, points, pvalue, share
from alignment_metrics.questions import Item, for_people, items
from alignment_metrics.stats.many import holm
from alignment_metrics.values import Answers, Comparison, Counts, Estimate, Finding, Group, Verdict, group


@dataclass(frozen=True, slots=True)
class Said:
    """What the teams say to one item: of those that may be shown, the counts; and the gap where both may."""

    item: Item
    counts: Mapping[str, Counts]
    rates: Mapping[str, Estimate]
    gap: Comparison | None

    @property
    def estimates(self) -> tuple[tuple[Group, Estimate], ...]:
        return tuple((group({"team": team}), self.rates[team]) for team in sorted(self.rates))


def said(asked: Asked) -> tuple[Said, ...]:
    """One for each item of the questionnaire."""
    found = []
    for item in items():
        told = {team: asked.counts(team, item.id, item.yes) for team in TEAMS}
        counts = {team: one for team, one in told.items() if one is not None}
        rates = {team: asked.rate(team, one) for team, one in counts.items()}
        gap = asked.gap(counts[LEFT], counts[RIGHT]) if len(counts) == len(TEAMS) else None
        found.append(Said(item, counts, rates, gap))
    return tuple(found)


def findings(
    answers: Answers, teams: Mapping[str, Team], policy: Policy, *, unread: Mapping[str, int] | None = None
) -> tuple[Finding, ...]:
    """One finding an item, also of a survey that lies by itself.

    Parameters
    ----------
    answers : Answers
    teams : mapping of str to Team
        How many people they have, as far as it is known.
    policy : Policy
    unread : mapping of str to int, optional
        As of ``Asked``.
    """
    asked = Asked(answers, teams, for_people(policy), unread or {})
    told = said(asked)
    adjusted = holm([math.nan if one.gap is None else one.gap.pvalue for one in told])
    family = sum(not math.isnan(one) for one in adjusted)
    return tuple(_finding(one, asked, chance, family) for one, chance in zip(told, adjusted, strict=True))


def _finding(one: Said, asked: Asked, chance: float, family: int) -> Finding:
    item, policy = one.item, asked.policy
    code, says = f"perception.{item.id}", SAYS[item.id]
    question = f"What share of each team says that {says}?"
    sql = (asked.answers.sql,) if asked.answers.sql else ()
    if not one.counts:
        claim = "What the teams think of this is not known."
        if not any(asked.answers.given.get((team, item.id)) for team in TEAMS):
            if n := asked.unread.get(item.id):
                because = f"{few(n, policy)} answers could not be read, and there is no other."
                return Finding(code, question, "not_enough_data", claim, because=because, sql=sql)
            because = "the survey has no answer to this question."
            return Finding(code, question, "does_not_apply", claim, because=because, sql=sql)
        because = f"fewer than {policy.suppress_below} people of either team could say, and so few are not shown."
        return Finding(code, question, "not_enough_data", claim, because=because, sql=sql)
    verdict, sentence = _verdict(one, chance, family, asked)
    shown = [f"{_share(one.rates[team])} of {team}" for team in (LEFT, RIGHT) if team in one.rates]
    claim = f"{' and '.join(shown)} say that {says}. {sentence}"
    notes = [
        counted(item),
        *_missing(one, asked),
        *asked.response(),
        asked.correction(),
        *filter(None, [asked.bounds(one.counts)]),
        *published(item),
    ]
    return Finding(
        code,
        question,
        verdict,
        claim,
        one.estimates,
        one.gap,
        (group({"team": LEFT}), group({"team": RIGHT})) if one.gap else None,
        notes=tuple(notes),
        sql=sql,
        differs=verdict in ("higher", "lower"),
    )


def _verdict(one: Said, chance: float, family: int, asked: Asked) -> tuple[Verdict, str]:
    """Whether the gap is more than chance, in the interval and, as one of several, by Holm."""
    if one.gap is None:
        silent = [team for team in TEAMS if asked.is_silent(team)]
        why = f"Nobody of {silent[0]} answered" if silent else "The other team is not shown"
        return "measured", f"{why}, so there is nothing to set beside it."
    gap = one.gap.difference
    apart = f"The gap, {LEFT} less {RIGHT}, is {points(gap)}"
    if math.isnan(chance):
        # Everybody answered: the gap is what it is.
        verdict: Verdict = "higher" if gap.value > 0 else "lower" if gap.value < 0 else "no_difference_shown"
        return verdict, f"{apart}; everybody answered, so nothing of it is chance."
    tested = f"{pvalue(chance)}, adjusted by Holm over {family} question{'' if family == 1 else 's'}"
    if chance < 1 - asked.policy.confidence and not gap.low <= 0 <= gap.high:
        most, least = (LEFT, RIGHT) if gap.value > 0 else (RIGHT, LEFT)
        more = f"A larger share of {most} than of {least} says so."
        return "higher" if gap.value > 0 else "lower", f"{apart} ({tested}). {more}"
    return "no_difference_shown", f"{apart} ({tested}), which may be chance."


def _share(one: Estimate) -> str:
    """With its interval, unless everybody answered."""
    return percent(one.value) if one.low == one.high else share(one)


def _missing(one: Said, asked: Asked) -> Iterator[str]:
    for team in TEAMS:
        if team not in one.counts and not asked.is_silent(team):
            yield f"Fewer than {asked.policy.suppress_below} people of {team} could say, and so few are not shown."
