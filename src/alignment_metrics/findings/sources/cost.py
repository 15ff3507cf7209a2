"""What a won lead costs by source: the spend of months, over the wins of the leads that came in them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from alignment_metrics.crm import UNKNOWN
from alignment_metrics.findings.sources.asked import SOURCE, Asked
from alignment_metrics.findings.sources.ends import ends
from alignment_metrics.findings.sources.known import some
from alignment_metrics.findings.spend import Lost, Told, without_untold
from alignment_metrics.findings.whole import Whole
from alignment_metrics.findings.words import level, money, plain
from alignment_metrics.periods import MONTH
from alignment_metrics.stats.costs import Period, cost_per_win
from alignment_metrics.values import Estimate, Finding, group


@dataclass(frozen=True, slots=True)
class Spent:
    """Spend and wins of each group, month by month: only months that were spent in and whose leads had their time.

    ``first`` and ``last`` are the first and the last of them; ``periods`` is empty where there are none, and where too
    much of the list could not be counted.
    """

    first: str
    last: str
    months: int
    periods: dict[str, list[Period]]
    sql: tuple[str, ...]

    @classmethod
    def of(cls, whole: Whole, key: str) -> Spent:
        """By ``key``, which is source or direction. Not to be asked where the folder has no list of spending."""
        if Lost.of(whole.crm).refusal:
            return cls("", "", 0, {}, ())
        told = Told.of(whole)
        place = ("direction", "source").index(key)
        spent: dict[tuple[str, str], float] = {}
        for cell, amount in told.money.items():
            spent[cell[place], cell[2]] = spent.get((cell[place], cell[2]), 0.0) + amount
        # By direction a source that nothing is told of would add wins to the money of others.
        came = whole.months if key == "source" else without_untold(whole, told)
        wins = {cell: one.hits for cell, one in came.by(key, MONTH).cells}
        names = sorted({name for name, month in spent if month in told.months} - {UNKNOWN})
        periods = {
            name: [(spent.get((name, month), 0.0), wins.get((name, month), 0)) for month in told.months]
            for name in names
        }
        ends = (told.months[0], told.months[-1]) if told.months else ("", "")
        return cls(*ends, len(told.months), periods, told.sql)


def cost(asked: Asked) -> Finding:
    """The cost of a won lead by source."""
    whole, policy, stop = asked.whole, asked.policy, plain(asked.whole.measure.stop)
    code, question = "sources.cost", f"What does a lead cost that reaches {asked.window}, by source?"
    claim = f"What a lead that reached {stop} costs cannot be told."
    if whole.crm.spend is None:
        because = "the folder does not say what was spent; add spend.csv with the columns month, source and amount."
        return Finding(code, question, "does_not_apply", claim, because=because)
    lost = Lost.of(whole.crm)
    if lost.refusal:
        return Finding(code, question, "not_enough_data", claim, because=lost.refusal)
    spent = Spent.of(whole, SOURCE)
    if not spent.months:
        over = f"{policy.within_days} day{'' if policy.within_days == 1 else 's'}"
        because = f"no month in the list of spending is over for {over} with all of its leads there."
        return Finding(code, question, "not_enough_data", claim, because=because, sql=spent.sql)
    currency = asked.charter.organisation.currency
    costs = {
        name: cost_per_win(periods, unit=currency, confidence=policy.confidence)
        for name, periods in spent.periods.items()
        if name in asked.sources.groups
        and sum(paid for paid, _ in periods) > 0
        # Few wins beside a sum that is known would tell whose they are.
        and asked.sources.groups[name].total >= policy.min_group
    }
    if not costs:
        because = "no source with enough leads has any spend in those months."
        return Finding(code, question, "not_enough_data", claim, because=because, sql=spent.sql)
    rows = sorted((group({SOURCE: name}), one) for name, one in costs.items())
    notes = (
        f"Spend of {_months(spent)} over the wins of the leads that came in them; younger leads have not had their "
        "time. Sums are divided by sums: costs of single months are never averaged.",
        *_without(asked, costs),
        *lost.notes,
    )
    text = _claim(asked, costs, spent)
    return Finding(code, question, "measured", text, tuple(rows), notes=notes, sql=spent.sql)


def _months(spent: Spent) -> str:
    if spent.months == 1:
        return f"one month, {spent.first},"
    return f"{spent.months} months, {spent.first} to {spent.last},"


def _claim(asked: Asked, costs: dict[str, Estimate], spent: Spent) -> str:
    stop, policy = plain(asked.whole.measure.stop), asked.policy
    currency = asked.charter.organisation.currency

    def told(name: str, confidence: float) -> Estimate:
        return cost_per_win(spent.periods[name], unit=currency, confidence=confidence)

    found = ends({name: one.value for name, one in costs.items()}, told, policy.confidence, effect=asked.widening)
    never = sorted(name for name, one in costs.items() if math.isinf(one.value))
    parts = []
    if found:
        (cheap, low), (dear, high) = found.lowest, found.highest
        parts.append(
            f"A lead that reached {stop} cost between {money(low)} ({cheap}) and {money(high)} ({dear}; "
            f"{level(policy)}s). {found.so('not equally dear')}"
        )
    else:
        parts += [
            f"A lead of {name} that reached {stop} cost {money(one)} ({level(policy)})."
            for name, one in costs.items()
            if math.isfinite(one.value)
        ]
    if never:
        parts.append(f"Money was spent on {some(never)}, and none of its leads reached {stop}.")
    return " ".join(parts)


def _without(asked: Asked, costs: dict[str, Estimate]) -> list[str]:
    names = [name for name, _ in asked.sources.rated if name not in costs]
    if not names:
        return []
    they = "it costs" if len(names) == 1 else "they cost"
    return [f"No spend is listed for {some(names)}: that {they} nothing is not said."]
