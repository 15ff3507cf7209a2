"""The alignment scorecard: every promise of the charter as kept, broken or not to be told, with its evidence.

There is no score: promises are not added up, for nothing says how many leads a missed review is worth.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from alignment_metrics.charter import Charter, Definition
from alignment_metrics.findings.agreement.promises import day_count, promised
from alignment_metrics.findings.words import plain
from alignment_metrics.values import Finding

State = Literal["kept", "broken", "cannot tell"]


@dataclass(frozen=True, slots=True)
class Promise:
    """One row of the scorecard.

    Parameters
    ----------
    goal : str
        What was promised, in words.
    state : {"kept", "broken", "cannot tell"}
    evidence : str
        What was counted, or why nothing could be.
    code : str
        Of the finding it rests on.
    """

    goal: str
    state: State
    evidence: str
    code: str


def scorecard(findings: Iterable[Finding], charter: Charter) -> tuple[Promise, ...]:
    """One row a promise: the goals in the order of the charter, then what the agreement itself must hold.

    Parameters
    ----------
    findings : iterable of Finding
        Of the audit; without its chapter on the agreement there are no rows.
    charter : Charter
    """
    agreed = charter.agreement
    if agreed is None:
        return ()
    every, revise = agreed.review_every, agreed.revise_every
    goals = {goal.code: promised(goal) for goal in agreed.goals}
    goals |= {
        "agreement.definitions": "every stage has an owner, a rule of entry and a rule for refusals",
        "agreement.reviews": f"both teams look at the numbers together at least every {_days(every)}",
        "agreement.revision": f"the agreement is revised at least every {_days(revise)}",
        "agreement.capacity": "no more leads are promised than sales can work",
    }
    there = {one.code: one for one in findings}
    rows = ((code, goal, there[code]) for code, goal in goals.items() if code in there)
    # What was never promised is no promise: no volume, so nothing that could be too much for sales.
    kept_out = {"agreement.capacity"}
    return tuple(
        Promise(f"{goal[0].upper()}{goal[1:]}", _state(one), _evidence(one), code)
        for code, goal, one in rows
        if not (code in kept_out and one.verdict == "does_not_apply")
    )


def legend(promises: Iterable[Promise], charter: Charter) -> tuple[tuple[str, str], ...]:
    """What the stages mean that the promises name, as far as the charter defines them, in the order of the funnel.

    Parameters
    ----------
    promises : iterable of Promise
        The rows of the scorecard.
    charter : Charter

    Returns
    -------
    tuple of (str, str)
        A stage, and what enters it, with the team that owns it.
    """
    there = {one.code for one in promises}
    goals = [goal for goal in charter.agreement.goals if goal.code in there] if charter.agreement else []
    named = {place for goal in goals for place in (goal.start, goal.stop)}
    defined = charter.funnel.definitions
    rows = ((place, defined[place]) for place in charter.funnel.places if place in named and place in defined)
    return tuple((plain(place), _meant(one)) for place, one in rows if one.enters_when)


def _meant(one: Definition) -> str:
    """
    Examples
    --------
    >>> _meant(Definition("marketing", "score of 60 or a demo request"))
    'score of 60 or a demo request (marketing)'
    """
    when, owner = (" ".join((text or "").split()) for text in (one.enters_when, one.owner))
    return f"{when} ({owner})" if owner else when


def _state(finding: Finding) -> State:
    if finding.verdict == "kept":
        return "kept"
    return "broken" if finding.verdict == "broken" else "cannot tell"


def _evidence(finding: Finding) -> str:
    if finding.because is None:
        return finding.claim
    return f"{finding.because[0].upper()}{finding.because[1:]}"


def _days(days: int) -> str:
    return "day" if days == 1 else day_count(days)
