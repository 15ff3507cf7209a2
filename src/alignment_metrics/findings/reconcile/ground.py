"""The numbers of every definition that may be shown, and why the others make no difference or cannot be told."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from alignment_metrics.charter import CHOICES, Charter
from alignment_metrics.crm import Crm
from alignment_metrics.definitions import AGAIN, ALONE, Counted, Variant, Variants, latest_year, own
from alignment_metrics.findings.reconcile.names import UNIT, Names
from alignment_metrics.findings.words import few, percent, plain
from alignment_metrics.stats.rates import rate
from alignment_metrics.stats.throughput import EACH, throughput
from alignment_metrics.tallies.variants import variants
from alignment_metrics.values import Counts, Estimate

# Of conversions that are counted by their own date these say nothing.
OF_COHORTS = ("span", "window", "young")


@dataclass(frozen=True)
class Ground:
    """What definitions count, by the charter's rules on what may be shown."""

    charter: Charter
    found: Variants
    own: Variant
    names: Names
    # Options that cannot be counted or must not be shown, and why.
    missing: dict[tuple[str, str], str]
    sql: tuple[str, ...]

    def count(self, variant: Variant) -> Counted:
        return self.found.count(variant)

    def options(self, choice: str) -> tuple[str, ...]:
        """What can be chosen, the charter's own first."""
        usual = getattr(self.own, choice)
        return (usual, *(one for one in CHOICES[choice] if one != usual and (choice, one) not in self.missing))

    def every(self) -> Iterator[Variant]:
        """Each definition that can be counted, those that count the same only once."""
        for options in product(*map(self.options, CHOICES)):
            variant = Variant(*options)
            idle: tuple[str, ...] = OF_COHORTS if variant.dating != "cohort" else ()
            idle += ("skipped",) if variant.unit != "opportunity" else ()
            if variant == variant.but(self.own, idle):
                yield variant

    def estimate(self, variant: Variant) -> Estimate:
        """The number of a definition, or where it counts too few its counts alone."""
        counted, policy = self.count(variant), self.charter.policy
        if variant.dating == "period":
            unit, hits = UNIT[variant.unit], counted.hits
            found = throughput(hits, counted.total, counted.both, confidence=policy.confidence, unit=unit)
        else:
            found = rate(Counts(counted.hits, counted.total), confidence=policy.confidence)
        if 0 < counted.total < policy.min_group:
            nan, method = math.nan, "counts only"
            return Estimate(nan, nan, nan, counted.total, found.unit, method, policy.confidence, counted.hits)
        return found

    def shown(self, variant: Variant) -> bool:
        return self.count(variant).total >= max(1, self.charter.policy.suppress_below)

    def rated(self, variant: Variant) -> bool:
        return self.count(variant).total >= max(1, self.charter.policy.min_group)

    def told(self, variant: Variant) -> str:
        """The number of a definition in a sentence."""
        value = self.count(variant).rate
        return f"{EACH * value:.1f} per {EACH}" if variant.dating == "period" else percent(value)


def ground(crm: Crm) -> Ground:
    charter, names = crm.charter, Names(crm.charter)
    found, sql = variants(crm)
    return Ground(charter, found, own(charter), names, _missing(charter, found), sql)


def _missing(charter: Charter, found: Variants) -> dict[tuple[str, str], str]:
    funnel, policy = charter.funnel, charter.policy
    reasons: dict[tuple[str, str], str] = {}
    if latest_year(charter) is None:
        why = "the export tells not one whole month"
        reasons |= {("dating", "period"): why, ("dating", "ended"): why, ("span", "year"): why}
    if not funnel.exits:
        reasons["dating", "ended"] = "the funnel has no exits, so every wait that ended was a conversion"
    if found.having(ALONE) == sum(found.leads.values()):
        reasons["unit", "account"] = "the export tells no accounts"
    if len(funnel.stages) == 2:
        reasons["unit", "opportunity"] = "the stage before the last is the first"
    all_leads = Variant(entry=funnel.entry, young="all")
    everyone, known = (found.count(replace(all_leads, unknown=one)) for one in CHOICES["unknown"])
    unknown = everyone.total - known.total
    if not known.total:
        reasons["unknown", "without"] = "there is no lead of which source and direction are known"
    elif 0 < unknown < policy.suppress_below:
        reasons["unknown", "without"] = f"{few(unknown, policy)} leads are, and the difference would tell them"
    return reasons


def remarks(ground: Ground) -> Iterator[str]:
    """Which choices make no difference to the charter's own number, or cannot be made, and why."""
    for choice in CHOICES:
        for option in CHOICES[choice]:
            words = ground.names.option(choice, option)
            if option == getattr(ground.own, choice):
                continue
            if why := ground.missing.get((choice, option)):
                yield f"Not counted: {words}, because {why}."
            elif ground.count(ground.own.but(Variant(**{choice: option}), [choice])) == ground.count(ground.own):
                why = _same(ground, choice, option)
                yield f"No difference: {words}" + (f", because {why}." if why else ".")


def _same(ground: Ground, choice: str, option: str) -> str:
    funnel, days = ground.charter.funnel, ground.charter.policy.within_days
    window = f"{days} day{'' if days == 1 else 's'}"
    if choice == "entry":
        again = ground.found.having(AGAIN)
        if not again:
            places = [plain(one) for one in (funnel.first, funnel.last, *funnel.exits)]
            return f"no lead entered {', '.join(places[:-1])} or {places[-1]} on two different days"
        number = few(again, ground.charter.policy)
        return f"of the leads that entered a stage on two different days ({number}) none is counted otherwise"
    if choice == "skipped":
        if len(funnel.stages) == 2:
            return "there is no stage between the first and the last"
        return "the first stage and the last cannot be skipped, so it only changes who is an opportunity"
    accounts = sum(ground.found.accounts.values()) == sum(ground.found.leads.values())
    return {
        "unknown": "source and direction of every lead that counts are known",
        "young": f"every lead is at least {window} old",
        "window": f"no lead that counts converted after more than {window}",
        "span": "every lead that counts came in in these months",
        "unit": "no account has two leads" if option == "account" and accounts else "",
    }.get(choice, "")


def by_period(ground: Ground, variant: Variant) -> str:
    """What the number of a period is made of, for it is no share of the same leads."""
    counted, policy = ground.count(variant), ground.charter.policy
    units = UNIT[variant.unit]
    older = counted.hits - counted.both
    return (
        f"Conversions over leads of a period are no share of the same {units}: {few(older, policy)} of the "
        f"{counted.hits:,} conversions are of {units} that came in before it. So the number is "
        f"told per {EACH} {units}, may exceed {EACH}, and has the interval of a ratio of two counts."
    )
