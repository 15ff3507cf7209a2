"""Which choice makes most of the gap between two definitions of the same leads, whatever order they are changed in."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from alignment_metrics.charter import CHOICES
from alignment_metrics.definitions import Variant, teams
from alignment_metrics.findings.groups import Estimates
from alignment_metrics.findings.reconcile.ground import Ground
from alignment_metrics.findings.reconcile.names import CHOICE, noun
from alignment_metrics.findings.words import few
from alignment_metrics.stats.attribution import shapley
from alignment_metrics.values import Estimate, Finding, Group, group

CODE = "reconcile.gap"
OWN, LOW, HIGH = "the charter's own", "most severe", "most generous"
EXACT = "difference between definitions of the same leads"
SHARED = "share of a gap, averaged over all orders (Shapley)"
DIGITS = 12


@dataclass(frozen=True, slots=True)
class Gap:
    """From one definition to another: what each choice in which they differ makes of it, the largest first."""

    start: str
    stop: str
    value: float
    parts: Mapping[str, float]


def gap(ground: Ground) -> Finding:
    """From one team's number to the other's; where the charter names no teams, to the extremes of its own leads."""
    named = {name: _countable(ground, one) for name, one in teams(ground.charter).items()}
    if named:
        (start, left), (stop, right) = named.items()
        question = f"By which choice of definition do the numbers of {start} and {stop} differ?"
        because = _too_few(ground, named)
        gaps = [] if because else [_between(ground, start, left, stop, right)]
    else:
        question = "How far can the choice of definition alone move the number, and which choice moves it most?"
        named = {LOW: _extreme(ground, -1), OWN: ground.own, HIGH: _extreme(ground, 1)}
        because = _too_few(ground, {OWN: ground.own})
        gaps = [] if because else [_between(ground, OWN, ground.own, stop, named[stop]) for stop in (LOW, HIGH)]
    if because:
        claim = "The gap between two definitions cannot be told yet."
        return Finding(CODE, question, "not_enough_data", claim, because=because, sql=ground.sql)
    estimates = _estimates(ground, named, gaps)
    claim = " ".join(_teams(ground, named, gaps[0]) if ground.charter.reconcile else _extremes(ground, named, gaps))
    notes = tuple(_notes(ground, named, gaps))
    return Finding(CODE, question, "measured", claim, estimates, notes=notes, sql=ground.sql)


def _countable(ground: Ground, variant: Variant) -> Variant:
    """The definition, but for what must not be shown: then the charter's own option stands in."""
    hidden = [choice for choice in CHOICES if (choice, getattr(variant, choice)) in ground.missing]
    return variant.but(ground.own, hidden)


def _too_few(ground: Ground, named: Mapping[str, Variant]) -> str | None:
    policy = ground.charter.policy
    for name, variant in named.items():
        total = ground.count(variant).total
        if not ground.rated(variant):
            number = few(total, policy) if total < policy.suppress_below else f"only {total:,}"
            counted = number if total else "no"
            unit, verb = noun(variant, total).partition(" ")[2], "counts" if total == 1 else "count"
            whose = "the charter's own definition" if name == OWN else f"the definition of {name}"
            return f"{counted} {unit} {verb} by {whose}, and the charter asks for {policy.min_group}."
    return None


def _extreme(ground: Ground, sign: int) -> Variant:
    """The definition with the highest, or lowest, number of all that count enough; of several the nearest to ours."""
    rated = [one for one in ground.every() if ground.rated(one)]
    return max(rated, key=lambda one: (sign * ground.count(one).rate, -len(ground.own.apart(one))), default=ground.own)


def _between(ground: Ground, start: str, left: Variant, stop: str, right: Variant) -> Gap:
    parts = shapley(left.apart(right), lambda chosen: ground.count(left.but(right, chosen)).rate)
    # Rounding may leave a hair of a choice that changes nothing.
    parts = {choice: round(part, DIGITS) + 0.0 for choice, part in parts.items()}
    largest = sorted(parts, key=lambda choice: -abs(parts[choice]) if parts[choice] == parts[choice] else 0.0)
    value = ground.count(right).rate - ground.count(left).rate
    return Gap(start, stop, value, {choice: parts[choice] for choice in largest})


def _estimates(ground: Ground, named: dict[str, Variant], gaps: list[Gap]) -> Estimates:
    confidence = ground.charter.policy.confidence

    totals = {name: ground.count(variant).total for name, variant in named.items()}
    rows: list[tuple[Group, Estimate]] = [((), ground.estimate(ground.own))] if ground.shown(ground.own) else []
    rows += [(group({"definition": name}), ground.estimate(one)) for name, one in named.items() if name != OWN]
    for one in gaps:
        for choice, part in one.parts.items():
            made = Estimate(part, part, part, totals[one.stop], "difference", SHARED, confidence)
            rows.append((group({"from": one.start, "to": one.stop, "choice": CHOICE[choice]}), made))
    return tuple(rows)


def _teams(ground: Ground, named: Mapping[str, Variant], one: Gap) -> Iterator[str]:
    told = [f"{name} counts {ground.told(variant)}" for name, variant in named.items()]
    head = f"Of the same leads, {told[0]} and {told[1]}"
    if not one.parts:
        yield f"{head}: both follow one definition."
        return
    yield f"{head}: {_points(one.value)} from {one.start} to {one.stop}."
    yield _most(ground, one, named, f"of the way from {one.start} to {one.stop}")


def _extremes(ground: Ground, named: Mapping[str, Variant], gaps: list[Gap]) -> Iterator[str]:
    low, usual, high = (ground.told(named[name]) for name in (LOW, OWN, HIGH))
    yield (
        f"By choice of definition alone the same leads give anything from {low} to {high}; the charter's own is "
        f"{usual}."
    )
    for one, way in zip(gaps, ("down", "up"), strict=True):
        if one.parts:
            yield _most(ground, one, named, f"of the way {way} ({_points(one.value)})")


def _most(ground: Ground, one: Gap, named: Mapping[str, Variant], way: str) -> str:
    """The choice that makes most of a gap; a part against it is none of it."""
    parts = {choice: part for choice, part in one.parts.items() if part and not math.isnan(part)}
    if any(map(math.isnan, one.parts.values())):
        return f"What each choice makes {way} cannot be told: some of the definitions in between count no lead at all."
    if not parts:
        return f"No choice makes anything {way}."
    along = [choice for choice, part in parts.items() if part * one.value > 0] or list(parts)
    choice = along[0]
    chosen = ground.names.option(choice, getattr(named[one.stop], choice))
    usual = ground.names.option(choice, getattr(named[one.start], choice))
    how = f"{CHOICE[choice]}: {chosen} in place of {usual}"
    if len(parts) == 1:
        return f"All {way} is made by {how}."
    most = "Most" if 2 * abs(one.parts[choice]) > abs(one.value) else "The largest part"
    return f"{most} {way} is made by {how} ({_points(one.parts[choice])})."


def _notes(ground: Ground, named: Mapping[str, Variant], gaps: list[Gap]) -> Iterator[str]:
    for name, variant in named.items():
        if name != OWN:
            counted, changed = ground.count(variant), ground.names.changed(variant, ground.own)
            differs = f"in place of the charter's own: {changed}" if changed else "as the charter has it"
            yield f"{_capital(name)}: {counted.hits:,} over {noun(variant, counted.total)}; {differs}."
    if any(one.parts for one in gaps):
        yield (
            "What a choice makes of a gap depends on what else has been changed by then, so it is averaged over every "
            "order in which the choices can be changed one after another; the parts add up to the gap."
        )
    for name, variant in teams(ground.charter).items():
        for choice in CHOICES:
            if why := ground.missing.get((choice, getattr(variant, choice))):
                words = ground.names.option(choice, getattr(variant, choice))
                yield (
                    f"{_capital(name)} asks for {words}, which cannot be told: {why}. The charter's own option "
                    f"stands in."
                )
    yield "No number is more right than another: they answer different questions, and two teams must agree on one."


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


def _points(value: float) -> str:
    """
    Examples
    --------
    >>> _points(0.0312), _points(-0.0004)
    ('+3.1 points', '-0.04 points')
    """
    digits = next((some for some in range(1, 5) if round(100 * value, some)), 1)
    return f"{round(100 * value, digits) + 0.0:+.{digits}f} points"
