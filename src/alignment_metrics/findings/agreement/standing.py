"""What an agreement itself must hold: definitions, reviews, revisions, and no more leads than can be worked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from alignment_metrics.charter import Agreement, Charter, Definition, Goal
from alignment_metrics.findings.agreement.promises import counted, day_count, told
from alignment_metrics.findings.words import leads, listed, plain
from alignment_metrics.periods import MONTH, QUARTER, WEEK
from alignment_metrics.values import Finding

_PARTS = ("owner", "enters_when", "if_refused")
_MISSING = {
    "owner": "who owns it",
    "enters_when": "what enters it",
    "if_refused": "what happens on refusal",
}
# Days of a period, on average over four years.
_LONG = {WEEK: 7.0, MONTH: 1461 / 48, QUARTER: 1461 / 16}


def definitions(charter: Charter) -> Finding:
    """Whether each stage says who owns it, what enters it and what happens on refusal."""
    code, question = "agreement.definitions", "Have both teams written down what each stage of the funnel means?"
    funnel = charter.funnel
    gaps = {stage: _gaps(funnel.definitions.get(stage, Definition())) for stage in funnel.stages}
    whole = [stage for stage, missing in gaps.items() if not missing]
    n = len(funnel.stages)
    rows = (((), counted(len(whole) / n, n, "share", charter.policy, hits=len(whole))),)
    if len(whole) == n:
        claim = f"Each of the {n} stages says who owns it, what enters it and what happens on refusal."
        return Finding(code, question, "kept", claim, rows)
    some = f"{len(whole)} of {n} stages say{'s' * (len(whole) == 1)}"
    claim = f"Only {some} who owns it, what enters it and what happens on refusal."
    notes = [
        f"Of {plain(stage)} the charter does not tell {listed([_MISSING[part] for part in missing])}; add "
        f"{listed(list(missing))} to [funnel.definitions.{stage}]."
        for stage, missing in gaps.items()
        if missing
    ]
    return Finding(code, question, "broken", claim, rows, notes=tuple(notes))


def reviews(charter: Charter, agreed: Agreement) -> Finding:
    """The longest time that passed without a joint look at the numbers, against what was agreed."""
    code, every = "agreement.reviews", agreed.review_every
    question = f"Do both teams look at the numbers together at least every {day_count(every)}?"
    if agreed.reviewed is None or (not agreed.reviewed and agreed.signed is None):
        claim = "Whether both teams look at the numbers together cannot be told."
        because = (
            "no joint review is recorded; add reviewed = [2026-05-04, 2026-06-01], with your days, to [agreement]."
            if agreed.reviewed is None
            else "no joint review has taken place, and the charter does not say since when one was due; add signed = "
            "2026-01-05, with your day, to [agreement]."
        )
        return Finding(code, question, "not_enough_data", claim, because=because)
    as_of = charter.organisation.as_of
    # An export may end before the plan's latest day.
    held = [day for day in agreed.reviewed if day <= as_of and (agreed.signed is None or day > agreed.signed)]
    marks = sorted({*([] if agreed.signed is None else [agreed.signed]), *held, as_of})
    names = dict.fromkeys(held, "the review") | {as_of: "the end of the export"}
    if agreed.signed is not None:
        names = {agreed.signed: "the signing"} | names
    gaps = [((end - start).days, start, end) for start, end in pairwise(marks)]
    longest, start, end = max(gaps, default=(0, as_of, as_of), key=lambda gap: gap[0])
    rows = (((), told(float(longest), len(held), "days", charter.policy)),)
    what = (
        f"The longest time between two reviews was {day_count(longest)}"
        if held
        else f"No joint review took place in {day_count(longest)}"
    )
    claim = (
        f"{what}, from {names[start]} ({start}) to {names[end]} ({end}); at most {day_count(every)} "
        f"{'was' if every == 1 else 'were'} agreed."
    )
    late = sum(days > every for days, _, _ in gaps)
    notes = [f"The charter records {len(held)} joint review{'' if len(held) == 1 else 's'}{_since(agreed)}."]
    notes += [] if late or held else ["The first one is not due yet."]
    notes += [f"It was longer than agreed {_times(late)}."] if late and held else []
    return Finding(code, question, "kept" if longest <= every else "broken", claim, rows, notes=tuple(notes))


def revision(charter: Charter, agreed: Agreement) -> Finding:
    """The age of the agreement, against the age at which it was to be revised."""
    code, every = "agreement.revision", agreed.revise_every
    question = f"Was the agreement revised within the last {day_count(every)}?"
    if agreed.signed is None:
        claim = "How old the agreement is cannot be told."
        because = "the charter does not say when it was signed; add signed = 2026-01-05, with your day, to [agreement]."
        return Finding(code, question, "not_enough_data", claim, because=because)
    age = (charter.organisation.as_of - agreed.signed).days
    claim = (
        f"The agreement was last signed or revised on {agreed.signed}, {day_count(age)} before the end of the export; "
        f"a revision is due every {day_count(every)}."
    )
    rows = (((), told(float(age), 1, "days", charter.policy)),)
    return Finding(code, question, "kept" if age <= every else "broken", claim, rows)


def capacity(charter: Charter, agreed: Agreement) -> Finding:
    """Each volume of leads promised in a period, against the leads that the sellers there are can work in it."""
    code, question = "agreement.capacity", "Are no more leads promised than sales can work?"
    # What enters the last stage is sold already.
    last = charter.funnel.last
    goals = [goal for goal in agreed.goals if goal.kind == "volume" and goal.start != last]
    if not goals:
        because = f'no volume is promised before {plain(last)}; add an [[agreement.goal]] with kind = "volume".'
        return Finding(code, question, "does_not_apply", "No volume of leads to work is promised.", because=because)
    sales = charter.teams.get("sales")
    sellers, each = sales.people if sales else None, agreed.leads_per_seller
    missing = [] if sellers is not None else ["people to [teams.sales]"]
    missing += [] if each is not None else ["leads_per_seller to [agreement]"]
    if sellers is None or each is None:
        claim = "Whether sales can work the leads promised cannot be told."
        because = f"the charter does not say how many leads sales can work; add {listed(missing)}."
        return Finding(code, question, "not_enough_data", claim, because=because)
    room = sellers * each
    # The charter does not say of which period leads_per_seller is, where its promises are of several.
    periods = tuple(dict.fromkeys(goal.every or MONTH for goal in goals))
    over = [_beyond(goals, room, period) for period in periods]
    people = f"{sellers:,} {'person' if sellers == 1 else 'people'} in sales"
    if any(over) and not all(over):
        claim = "Whether sales can work the leads promised cannot be told."
        because = (
            f"leads are promised by {listed([f'the {period}' for period in periods])}, and the charter does not say of "
            "which of these leads_per_seller is; promise all of them by that one."
        )
        return Finding(code, question, "not_enough_data", claim, because=because)
    too_many = [goal for goal in goals if any(goal in one for one in over)]
    when = f"a {' or a '.join(periods)}{', whichever is meant' * (len(periods) > 1)}"
    claim = (
        f"{'; '.join(_volume(goal) for goal in too_many or goals)}{';' if len(too_many or goals) > 1 else ', and'} "
        f"{people} can work {room:,.10g} in {when}, at {each:,.10g} each."
    )
    notes = ["How many leads a seller can work, and how many sellers there are, is what the charter says."]
    if len(goals) > 1:
        notes.append(
            f"Each of {len(goals)} promised volumes is judged by itself, for the same leads may be in several."
        )
    most = max(goals, key=lambda goal: goal.at_least / _LONG[goal.every or MONTH])
    rows = (((), told(most.at_least, sellers, "leads", charter.policy)),)
    return Finding(code, question, "broken" if too_many else "kept", claim, rows, notes=tuple(notes))


def _beyond(goals: Sequence[Goal], room: float, period: str) -> list[Goal]:
    """The volumes that are more than sales can work, where it can work so many in such a period."""
    return [goal for goal in goals if goal.at_least * _LONG[period] > room * _LONG[goal.every or MONTH]]


def _volume(goal: Goal) -> str:
    many = int(goal.at_least)
    return f"{leads(many)} {'is' if many == 1 else 'are'} promised to enter {plain(goal.start)} in every {goal.every}"


def _gaps(definition: Definition) -> tuple[str, ...]:
    return tuple(part for part in _PARTS if getattr(definition, part) is None)


def _since(agreed: Agreement) -> str:
    return "" if agreed.signed is None else f" since the signing on {agreed.signed}"


def _times(times: int) -> str:
    return "once" if times == 1 else f"{times:,} times"
