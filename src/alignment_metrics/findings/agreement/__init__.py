"""What marketing and sales promised each other in the charter, and whether it was kept: one finding a promise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from alignment_metrics.charter import Goal
from alignment_metrics.crm import Crm
from alignment_metrics.findings.agreement.rates import rates
from alignment_metrics.findings.agreement.six import six_numbers
from alignment_metrics.findings.agreement.speed import speed
from alignment_metrics.findings.agreement.standing import capacity, definitions, reviews, revision
from alignment_metrics.findings.agreement.volume import volume
from alignment_metrics.findings.waits import Waited
from alignment_metrics.values import Finding

_KINDS = {"volume": volume, "speed": speed, "rate": rates}
# An example that serves both teams: so many leads, taken up so soon, and as good as was said.
_EXAMPLE = (
    "Such an agreement sets three tests that are judged apart: how many leads marketing hands over each week, how soon "
    "sales takes them up, and what share of them proves to be what was promised."
)


def agreement(crm: Crm, steps: Sequence[Waited] | None = None) -> tuple[Finding, ...]:
    """One finding a goal, in the order of the charter; then definitions, reviews, revision, capacity, the six numbers.

    Parameters
    ----------
    crm : Crm
    steps : sequence of Waited, optional
        The life tables of the funnel's steps, where they have been counted already.
    """
    agreed = crm.charter.agreement
    if agreed is None:
        return (_nothing(),)
    charter = crm.charter
    if agreed.signed is not None and agreed.signed > crm.as_of:
        return (_later(agreed.signed),)
    return (
        *(() if agreed.goals else (_nothing(signed=True),)),
        *(_goal(crm, goal) for goal in agreed.goals),
        definitions(charter),
        reviews(charter, agreed),
        revision(charter, agreed),
        capacity(charter, agreed),
        six_numbers(crm, agreed, steps),
    )


def _goal(crm: Crm, goal: Goal) -> Finding:
    return _KINDS[goal.kind](crm, goal)


def _later(signed: dt.date) -> Finding:
    return replace(
        _nothing(),
        because=f"the agreement was signed on {signed}, after the end of the export; audit a later export.",
    )


def _nothing(*, signed: bool = False) -> Finding:
    missing = "[agreement] names no goal" if signed else "nothing has been agreed in this charter"
    add = "[[agreement.goal]]" if signed else "[agreement] with its [[agreement.goal]]"
    return Finding(
        "agreement.goals",
        "Do marketing and sales keep what they promised each other?",
        "does_not_apply",
        "There is no promise to judge.",
        because=f"{missing}; add {add} to charter.toml.",
        notes=(_EXAMPLE,),
    )
