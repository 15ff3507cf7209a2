"""What each choice of definition does to the answer: the same leads, counted in every way that splits two teams."""

from __future__ import annotations

from collections.abc import Iterator

from alignment_metrics.charter import CHOICES
from alignment_metrics.definitions import EARLY, Variant
from alignment_metrics.findings.groups import Estimates, too_few
from alignment_metrics.findings.reconcile.gaps import EXACT, gap
from alignment_metrics.findings.reconcile.ground import Ground, by_period, ground, remarks
from alignment_metrics.findings.reconcile.names import noun
from alignment_metrics.findings.whole import Whole
from alignment_metrics.findings.words import level, plain, share
from alignment_metrics.values import Counts, Estimate, Finding, Group, group

CODE = "reconcile.conversion"


def reconcile(whole: Whole) -> tuple[Finding, ...]:
    """First stage to last, by every definition one choice away from the charter's; and what makes a gap of two."""
    there = ground(whole.crm)
    return _one_by_one(there), gap(there)


def _one_by_one(ground: Ground) -> Finding:
    charter, policy, own = ground.charter, ground.charter.policy, ground.own
    question = (
        f"What does each choice of definition do to the share of leads that {ground.names.reached}, all else as the "
        "charter has it?"
    )
    counted = ground.count(own)
    usual = Counts(counted.hits, counted.total)
    if because := too_few(usual, policy, start=charter.funnel.first, days=policy.within_days):
        claim = "Definitions cannot be set side by side yet."
        return Finding(CODE, question, "not_enough_data", claim, because=because, sql=ground.sql)
    changed = {label: variant for label, variant in _variants(ground).items() if ground.shown(variant)}
    rows: list[tuple[Group, Estimate]] = [((), ground.estimate(own))]
    rows += [(group({"definition": label}), ground.estimate(variant)) for label, variant in changed.items()]
    rows += _changes(ground, changed)
    notes = tuple(_notes(ground, changed))
    return Finding(CODE, question, "measured", _claim(ground, changed), tuple(rows), notes=notes, sql=ground.sql)


def _variants(ground: Ground) -> dict[str, Variant]:
    """The definitions that differ from the charter's in one choice; of opportunities, also by both ways of skipping."""
    own, found = ground.own, {}
    for choice in CHOICES:
        for option in ground.options(choice)[1:]:
            variant = own.but(Variant(**{choice: option}), [choice])
            found[ground.names.option(choice, option)] = variant
            if option == "opportunity":
                (other,) = ground.options("skipped")[1:]
                both = variant.but(Variant(skipped=other), ["skipped"])
                if ground.count(both) != ground.count(variant):
                    found[ground.names.changed(both, own)] = both
    return found


def _changes(ground: Ground, changed: dict[str, Variant]) -> Estimates:
    usual, confidence = ground.count(ground.own).rate, ground.charter.policy.confidence
    rows = []
    for label, variant in changed.items():
        if ground.rated(variant):
            counted = ground.count(variant)
            by = counted.rate - usual
            rows.append(
                (group({"change": label}), Estimate(by, by, by, counted.total, "difference", EXACT, confidence))
            )
    return tuple(rows)


def _claim(ground: Ground, changed: dict[str, Variant]) -> str:
    counted, policy = ground.count(ground.own), ground.charter.policy
    head = (
        f"By the charter's own definition {counted.hits:,} of {noun(ground.own, counted.total)} "
        f"{ground.names.reached} within {_window(policy.within_days)}: {share(ground.estimate(ground.own))} "
        f"({level(policy)})."
    )
    moved = {label: one for label, one in changed.items() if ground.rated(one)}
    moved = {label: one for label, one in moved.items() if ground.count(one).rate != counted.rate}
    if not moved:
        return f"{head} No other choice of definition that can be made here changes it."
    low, high = (pick(moved, key=lambda label: ground.count(moved[label]).rate) for pick in (min, max))
    if low == high:
        return f"{head} One choice alone changes it: {ground.told(moved[low])} ({low})."
    return (
        f"{head} Changed in one choice alone, it lies between {ground.told(moved[low])} ({low}) and "
        f"{ground.told(moved[high])} ({high})."
    )


def _notes(ground: Ground, changed: dict[str, Variant]) -> Iterator[str]:
    yield (
        "All are the same leads, counted by another rule. An interval says how sure a number is under its own "
        "definition; it does not compare definitions, and no test does."
    )
    if ground.names.period:
        months = f"{ground.names.months} whole month{'' if ground.names.months == 1 else 's'}"
        yield f"The period is the latest {months}, {ground.names.period}."
    for variant in changed.values():
        if variant.dating == "period":
            yield by_period(ground, variant)
            if not ground.found.having(EARLY):
                yield (
                    "No lead came in before that period begins, so conversions of earlier leads are missing from it, "
                    "and the number of the period is too low."
                )
        if variant.dating == "ended":
            exits = ground.charter.funnel.exits
            left = " or ".join(plain(one) for one in exits)
            yield (
                f"By the day the wait ended: of the leads that {ground.names.reached} or left by {left} in the period, "
                "those that converted. Leads still open are in no such number."
            )
        if variant.unit == "account":
            yield "An account counts once, and has converted where any of its leads has; a lead without one is its own."
        if variant.unit == "opportunity" and variant.skipped == ground.own.skipped:
            yield f"Opportunities are the leads that entered {plain(ground.charter.funnel.stages[-2])}."
    yield from remarks(ground)
    if any(not ground.rated(variant) for variant in changed.values()):
        least = ground.charter.policy.min_group
        yield f"Definitions that count fewer than {least} are shown as counts, without a rate."


def _window(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'}"
