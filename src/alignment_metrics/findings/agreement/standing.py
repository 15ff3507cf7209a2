"""What an agreement itself must hold: definitions, reviews, revisions, and no more leads than can be worked."""

from __future__ import annotations

from itertools import pairwise

from alignment_metrics.charter import Agreement, Charter, Definition
from alignment_metrics.findings.agreement.promises import counted
from alignment_metrics.findings.words import leads, listed, plain
from alignment_metrics.values import Finding

_PARTS = ("owner", "enters_when", "if_refused")
_MISSING = {
    "owner": "who owns it",
    "enters_when": "what enters it",
    "if_refused": "what happens on refusal",
}


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
    question = f"Do both teams look at the numbers together at least every {_days(every)}?"
    if not agreed.reviewed:
        claim = "Whether both teams look at the numbers together cannot be told."
        because = (
            "no joint review is recorded; add reviewed = [2026-05-04, 2026-06-01], with your days, to [agreement]."
        )
        return Finding(code, question, "not_enough_data", claim, because=because)
    as_of = charter.organisation.as_of
    held = [day for day in agreed.reviewed if agreed.signed is None or day > agreed.signed]
    marks = sorted({*([] if agreed.signed is None else [agreed.signed]), *held, as_of})
    names = dict.fromkeys(held, "the review") | {as_of: "the end of the export"}
    if agreed.signed is not None:
        names = {agreed.signed: "the signing"} | names
    gaps = [((end - start).days, start, end) for start, end in pairwise(marks)]
    longest, start, end = max(gaps, default=(0, as_of, as_of), key=lambda gap: gap[0])
    rows = (((), counted(float(longest), len(held), "days", charter.policy)),)
    claim = (
        f"The longest time between two reviews was {_days(longest)}, from {names[start]} ({start}) to {names[end]} "
        f"({end}); at most {_days(every)} {'was' if every == 1 else 'were'} agreed."
    )
    late = sum(days > every for days, _, _ in gaps)
    notes = [f"The charter records {len(held)} joint review{'' if len(held) == 1 else 's'}{_since(agreed)}."]
    notes += [f"It was longer than agreed {_times(late)}."] if late else []
    return Finding(code, question, "kept" if longest <= every else "broken", claim, rows, notes=tuple(notes))


def revision(charter: Charter, agreed: Agreement) -> Finding:
    """The age of the agreement, against the age at which it was to be revised."""
    code, every = "agreement.revision", agreed.revise_every
    question = f"Was the agreement revised within the last {_days(every)}?"
    if agreed.signed is None:
        claim = "How old the agreement is cannot be told."
        because = "the charter does not say when it was signed; add signed = 2026-01-05, with your day, to [agreement]."
        return Finding(code, question, "not_enough_data", claim, because=because)
    age = (charter.organisation.as_of - agreed.signed).days
    claim = (
        f"The agreement was last signed or revised on {agreed.signed}, {_days(age)} before the end of the export; a "
        f"revision is due every {_days(every)}."
    )
    rows = (((), counted(float(age), 1, "days", charter.policy)),)
    return Finding(code, question, "kept" if age <= every else "broken", claim, rows)


def capacity(charter: Charter, agreed: Agreement) -> Finding:
    """The leads promised in a period, against those that the sellers there are can work in it."""
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
    goal, room = goals[0], sellers * each
    people = f"{sellers:,} {'person' if sellers == 1 else 'people'} in sales"
    claim = (
        f"{leads(int(goal.at_least))} {'is' if goal.at_least == 1 else 'are'} promised in every {goal.every}, and "
        f"{people} can work {room:,.10g} in it, at {each:,.10g} each."
    )
    rows = (((), counted(goal.at_least, sellers, "leads", charter.policy)),)
    notes = ["How many leads a seller can work, and how many sellers there are, is what the charter says."]
    if len(goals) > 1:
        notes.append(
            f"Of {len(goals)} promised volumes the first in the charter is judged, that of {plain(goal.start)}."
        )
    return Finding(code, question, "kept" if goal.at_least <= room else "broken", claim, rows, notes=tuple(notes))


def _gaps(definition: Definition) -> tuple[str, ...]:
    return tuple(part for part in _PARTS if getattr(definition, part) is None)


def _since(agreed: Agreement) -> str:
    return "" if agreed.signed is None else f" since the signing on {agreed.signed}"


def _days(days: int) -> str:
    return f"{days:,} day{'' if days == 1 else 's'}"


def _times(times: int) -> str:
    return "once" if times == 1 else f"{times:,} times"
