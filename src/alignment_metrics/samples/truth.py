"""The right answers, worked out from the plan by convolving its waits. No generated row is counted here.

A share is of the leads that had the whole window to get there, as `Reach` defines it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import accumulate, pairwise
from math import fsum, prod
from typing import NamedTuple

from alignment_metrics.samples import people, plan
from alignment_metrics.samples.people import Promise, Tier

Shares = dict[str, float]
Rate = dict[str, float | Shares]  # "overall" is a share, the rest are shares by group
SQL = plan.STAGES.index("sql")
OPPORTUNITY = plan.STAGES.index("opportunity")
_SAL = plan.STAGES.index("sal")
# Those of its day at which a lead may be created: none in the hour that a change of clocks skips or repeats.
_MINUTES = (*range(120), *range(180, people.DAY))


class Cell(NamedTuple):
    """Leads that are alike in all that matters: their share of all kept leads, and their chance of each step."""

    direction: str
    source: str
    company_size: str
    weight: float
    chances: tuple[float, ...]


def rates(*, null: bool, within: int = plan.WITHIN_DAYS) -> dict[str, Rate]:
    """Share of each step, and of first to last, reached within the window: overall, by direction, source and size."""
    cells = tuple(_cells(null=null))
    numbers = range(len(plan.STAGES))
    steps = [*pairwise(numbers), (numbers[0], numbers[-1])]
    return {
        f"{plan.STAGES[start]}_to_{plan.STAGES[stop]}": {
            "overall": _rate(cells, start, stop, within),
            **{by: _rates_by(cells, by, start, stop, within) for by in ("direction", "source", "company_size")},
        }
        for start, stop in steps
    }


def inbound_vs_outbound(*, null: bool, within: int = plan.WITHIN_DAYS) -> dict[str, float]:
    """Difference in lead to won as it stands, and with both directions given the sizes of the two together."""
    cells = [cell for cell in _cells(null=null) if cell.direction in ("inbound", "outbound")]
    last = len(plan.STAGES) - 1

    def difference(among: list[Cell]) -> float:
        by = _rates_by(among, "direction", 0, last, within)
        return by["inbound"] - by["outbound"]

    total = fsum(cell.weight for cell in cells)
    strata = [[cell for cell in cells if cell.company_size == size] for size in plan.SIZES]
    adjusted = fsum(fsum(cell.weight for cell in stratum) / total * difference(stratum) for stratum in strata)
    return {"crude": round(difference(cells), 9), "adjusted": round(adjusted, 9)}


def naive_rate(*, null: bool, within: int = plan.WITHIN_DAYS) -> float:
    """Lead to won if the leads too young to have had the window are left in: always too low."""
    wait = _wait(0, len(plan.STAGES) - 1)
    ages = [(plan.DAYS - 1 - day, share) for day, share in enumerate(_birthdays())]
    in_time = fsum(share * _by_day(wait, min(age, within)) for age, share in ages)
    ever = fsum(cell.weight * prod(cell.chances) for cell in _cells(null=null))
    return round(ever * in_time, 9)


def cost_per_win(*, null: bool, within: int = plan.WITHIN_DAYS) -> Shares:
    """Euros spent on the leads of a direction for each of them that is won within the window."""
    cells = list(_cells(null=null))
    costs = {origin.source: plan.cost(origin, null=null) for origin in plan.ORIGINS if origin.percent}
    by = _rates_by(cells, "direction", 0, len(plan.STAGES) - 1, within)

    def spent(direction: str) -> float:
        some = [cell for cell in cells if cell.direction == direction]
        return fsum(cell.weight * costs[cell.source] for cell in some) / fsum(cell.weight for cell in some)

    return {direction: round(spent(direction) / by[direction], 6) for direction in ("inbound", "outbound")}


def retention(*, null: bool) -> dict[str, dict[str, float]]:
    """Share of the customers of a direction that are kept after so many days."""
    return {
        direction: {str(day): _kept(plan.leaving(direction, null=null), day) for day in (90, 180, 365)}
        for direction in plan.DIRECTIONS
    }


def _kept(leaving: float, day: int) -> float:
    months, days = divmod(day, plan.MONTH)
    return round((1 - leaving) ** months * (1 - leaving * days / plan.MONTH), 9)


def spending(*, leads: int, seed: int, null: bool) -> Iterator[tuple[str, str, float]]:
    """Month, source and euros: what the leads that were to be expected cost, but for how uneven months are."""
    weights: dict[str, float] = {}
    for cell in _cells(null=null):
        weights[cell.source] = weights.get(cell.source, 0.0) + cell.weight
    first = dt.date.fromisoformat(plan.FIRST_DAY)
    months: dict[str, float] = {}
    for day, share in enumerate(_birthdays()):
        month = f"{first + dt.timedelta(days=day):%Y-%m}"
        months[month] = months.get(month, 0.0) + share
    for month, share in months.items():
        for origin in plan.ORIGINS:
            if origin.percent:
                spent = leads * weights[origin.source] * share * plan.cost(origin, null=null)
                yield month, origin.source, round(spent * plan.uneven(seed, origin.source, month), 2)


def answered() -> dict[str, float]:
    """Of all leads, those first called in each span after their creation; mean hours of those called in 30 days."""
    day, month = people.DAY, 30 * people.DAY
    soon = [tier for tier in people.ANSWERS if 0 < tier.within <= month]
    hours = fsum(tier.percent * fsum(tier.waits) / len(tier.waits) for tier in soon) / people.HOUR
    shares = {
        "within_1_hour": _called(0, people.HOUR),
        "within_24_hours": _called(people.HOUR, day),
        "within_30_days": _called(day, month),
    }
    return {
        **{name: round(share, 9) for name, share in shares.items()},
        "not_within_30_days": round(1 - fsum(shares.values()), 9),
        "mean_hours": round(hours / fsum(tier.percent for tier in soon), 6),
    }


def accepted(*, null: bool) -> float:
    """Of all leads, those that sales is ever going to accept."""
    return fsum(cell.weight * prod(cell.chances[:_SAL]) for cell in _cells(null=null))


def followed_up(*, null: bool, within: int = plan.WITHIN_DAYS) -> dict[str, float]:
    """Of the leads that were handed over, those that were called on that day or later, in the window.

    Beside it those that went on or left in the window and were not called in it.
    """
    taken = _accepted_of_mql(null=null)
    shares = people.others(accepted(null=null))
    ever = fsum(share for share, tier in zip(shares, people.ANSWERS, strict=True) if tier.within) / 100
    again = fsum(tier.percent for tier in people.CALLS if tier.within) / 100
    born = list(accumulate(_birthdays()))
    told = {days: leads * born[plan.DAYS - 1 - within - days] for days, leads in plan.WAITS[0].items()}
    handed_over = {days: leads / fsum(told.values()) for days, leads in told.items()}
    since = fsum(share * _called_from_day(shares, days) for days, share in handed_over.items())
    others = since + (ever - since) * again
    left = plan.EXIT_CHANCE["disqualified"] * _by_day({day: n / 64 for day, n in plan.EXIT_WAIT.items()}, within)
    unseen = people.UNSEEN / 100
    return {
        "mql": round(taken * (1 - unseen) + (1 - taken) * others, 9),
        "moved_on_or_left_unseen": round(taken * unseen + (1 - taken) * (1 - others) * left, 9),
    }


def promises(*, leads: int, null: bool) -> list[Promise]:
    """The goals of the charter: one that is kept, one that is broken, and one at the very rate that there is."""
    least = min(_mqls(leads, null=null).values())
    volume = int(least - people.CERTAIN * least**0.5)
    speed = _called(0, people.SPEED_HOURS * people.HOUR)
    spread = (speed * (1 - speed) / (least * len(_mqls(leads, null=null)))) ** 0.5
    missed = speed + people.CERTAIN * spread < people.SPEED_PROMISED
    rate = _rate(tuple(_cells(null=null)), plan.STAGES.index("sal"), SQL, plan.WITHIN_DAYS)
    return [
        Promise("agreement.volume_mql", max(1, volume), round(least, 6), "kept" if volume > 0 else None),
        Promise("agreement.speed_lead_to_touch", people.SPEED_PROMISED, round(speed, 9), "broken" if missed else None),
        Promise("agreement.rate_sal_to_sql", round(rate, 3), rate, "cannot tell"),
    ]


def _called(after: int, within: int) -> float:
    """Of all leads, those that are first called in that span of minutes; no wait straddles its ends."""
    return fsum(tier.percent for tier in people.ANSWERS if after <= tier.after < tier.within <= within) / 100


def _accepted_of_mql(*, null: bool) -> float:
    """Of the leads that are handed over, those that sales is ever going to accept."""
    return accepted(null=null) / fsum(cell.weight * cell.chances[0] for cell in _cells(null=null))


def _called_from_day(shares: Sequence[float], day: int) -> float:
    """Of leads that wait as ``shares`` say, those first called so many days after that of their creation, or later."""
    midnight = day * people.DAY

    def late(tier: Tier) -> float:
        met = [len(range(max(tier.waits.start, midnight - minute), tier.within)) for minute in _MINUTES]
        return sum(met) / (len(tier.waits) * len(_MINUTES))

    tiers = zip(shares, people.ANSWERS, strict=True)
    return fsum(share / 100 * late(tier) for share, tier in tiers if tier.within)


def _mqls(leads: int, *, null: bool) -> dict[str, float]:
    """Leads to be expected in the stage, by the month they enter it, of the months since the plan was signed."""
    kept = leads - sum(plan.dirt(leads)[code] for code in plan.SET_ASIDE)
    share = fsum(cell.weight * cell.chances[0] for cell in _cells(null=null))
    first, months = dt.date.fromisoformat(plan.FIRST_DAY), dict[str, float]()
    days = _convolve(dict(enumerate(_birthdays())), _wait(0, 1))
    for day, born in days.items():
        month = f"{first + dt.timedelta(days=day):%Y-%m}"
        if people.SIGNED[:7] <= month <= plan.AS_OF[:7]:
            months[month] = months.get(month, 0.0) + kept * share * born
    return months


def _cells(*, null: bool) -> Iterator[Cell]:
    kept = 1 - fsum(1 / plan.EVERY[code][0] for code in plan.SET_ASIDE)
    odd = {code: 1 / plan.EVERY[code][0] / kept for code in ("unlisted_source", "empty_source")}
    listed = 1 - fsum(odd.values())
    for origin in plan.ORIGINS:
        if origin.direction == "unknown":
            share = odd["empty_source" if origin.label is None else "unlisted_source"]
        else:
            share = listed * origin.percent / 100
        for size, twentieths in plan.size_mix(origin.direction, null=null).items():
            chances = tuple(chance / plan.ONE for chance in plan.chances(origin, size, null=null))
            yield Cell(origin.direction, origin.source, size, share * twentieths / 20, chances)


def _rates_by(cells: list[Cell] | tuple[Cell, ...], by: str, start: int, stop: int, within: int) -> Shares:
    groups = sorted({getattr(cell, by) for cell in cells})
    return {name: _rate([cell for cell in cells if getattr(cell, by) == name], start, stop, within) for name in groups}


def _rate(cells: list[Cell] | tuple[Cell, ...], start: int, stop: int, within: int) -> float:
    entered = fsum(cell.weight * _seen(cell, start, start) for cell in cells)
    reached = fsum(cell.weight * _seen(cell, start, stop) for cell in cells)
    return round(reached / entered * _by_day(_wait(start, stop), within), 9)


def _seen(cell: Cell, start: int, stop: int) -> float:
    """Chance that a lead gets to ``stop`` and that both stages have their date."""
    reached = prod(cell.chances[:stop])
    if SQL not in (start, stop):
        return reached
    # The date is missing only where an opportunity follows: certain once it is reached, else as likely as the step.
    follows = 1.0 if stop >= OPPORTUNITY else cell.chances[SQL]
    return reached * (1 - follows * plan.SKIPPED_SQL)


def _wait(start: int, stop: int) -> dict[int, float]:
    waits = [{days: leads / 64 for days, leads in wait.items()} for wait in plan.WAITS[start:stop]]
    return reduce(_convolve, waits)


def _convolve(left: dict[int, float], right: dict[int, float]) -> dict[int, float]:
    total: dict[int, float] = {}
    for a, p in left.items():
        for b, q in right.items():
            total[a + b] = total.get(a + b, 0.0) + p * q
    return total


def _by_day(wait: dict[int, float], day: int) -> float:
    return fsum(share for days, share in wait.items() if days <= day)


def _birthdays() -> Iterator[float]:
    # Half the leads fall on an even day, half on the later of two: the company grows.
    for day in range(plan.DAYS):
        yield 0.5 / plan.DAYS + 0.5 * ((day + 1) ** 2 - day**2) / plan.DAYS**2
