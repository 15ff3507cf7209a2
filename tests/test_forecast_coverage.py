"""How often what came lies in the interval foretold, in made-up cohorts whose leads wait as the sample's do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest

from alignment_metrics.samples.plan import WAITS
from alignment_metrics.stats.triangles import Forecast, bornhuetter_ferguson, calendar, chain_ladder, quasi_poisson

SEEDS = (20261122, 4, 5, 90)
RATE, MONTH = 0.2, 30
VARIES = 0.25
"""Standard deviation of the cohorts' rates as a share of their mean, where they vary."""
METHODS: dict[str, Callable[..., Forecast]] = {
    "quasi-Poisson": quasi_poisson,
    "Mack": chain_ladder,
    "Bornhuetter-Ferguson": bornhuetter_ferguson,
}


@dataclass(frozen=True)
class Company:
    """Monthly cohorts of so many leads."""

    leads: int
    cohorts: int
    rates_vary: bool = False
    waits_vary: bool = False

    def grids(self, number: int, seed: int) -> Iterator[tuple[list[list[float]], float]]:
        """Grids as far as they could be seen, each with what was still to come."""
        rng = np.random.default_rng([seed, self.leads, self.cohorts, self.rates_vary, self.waits_vary])
        size, pattern = self.cohorts, waits(self.cohorts)
        for _ in range(number):
            # A rate of more than all leads is none; at a quarter's deviation the fivefold never comes up.
            rate = RATE * np.minimum(5, rng.gamma(VARIES**-2, VARIES**2, size) if self.rates_vary else np.ones(size))
            part = np.tile(pattern, (size, 1))
            if self.waits_vary:
                # As many again of each cohort as converts makes the scatter about twice what chance alone does.
                part = rng.dirichlet(np.maximum(pattern, 1e-12) * RATE * self.leads, size)
            chance = np.column_stack((rate[:, None] * part, 1 - rate))
            came = rng.multinomial(self.leads, chance / chance.sum(axis=1, keepdims=True))[:, :-1].cumsum(axis=1)
            rows = [[float(cell) for cell in came[place, : size - place]] for place in range(size)]
            yield rows, float(sum(came[:, -1]) - sum(row[-1] for row in rows))


def waits(months: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Of those that convert, the share that does so in each month of age: the stages' waits, one after another."""
    law = np.array([1.0])
    for wait in WAITS:
        law = np.convolve(law, [wait.get(day, 0) / 64 for day in range(max(wait) + 1)])
    by = law.cumsum()[np.minimum(np.arange(1, months + 1) * MONTH, len(law) - 1)]
    return np.diff(by, prepend=0.0)


COMPANIES = [
    *(Company(*kind) for kind in product((50, 200, 2000), (12, 24), (False, True))),
    *(Company(leads, cohorts, True, True) for leads, cohorts in product((50, 200, 2000), (12, 24))),
]


def coverage(
    method: Callable[..., Forecast], company: Company, number: int, *, confidence: float = 0.8
) -> tuple[float, float]:
    """The share of the grids whose interval held what was still to come of all cohorts, and its mean width."""
    held, width = 0, 0.0
    for seed in SEEDS:
        for rows, coming in company.grids(number // len(SEEDS), seed):
            got = method(rows, [company.leads] * company.cohorts, confidence=confidence)
            held += got.to_come.low <= coming <= got.to_come.high
            width += got.to_come.high - got.to_come.low
    return held / number, width / number


def alarms(company: Company, number: int, surge: float = 1.0) -> float:
    """The share of the grids in which some period is said not to fit; ``surge`` times as many in the latest one."""
    raised = 0
    for seed in SEEDS:
        for rows, _ in company.grids(number // len(SEEDS), seed):
            steps = [[*row[:-1], round(row[-1] + (surge - 1) * (row[-1] - ([0.0, *row])[-2]))] for row in rows]
            raised += any(period.pvalue < 0.01 for period in calendar(steps))
    return raised / number


def test_the_intervals_of_a_forecast_hold_what_comes_about_as_often_as_they_say() -> None:
    companies = [Company(50, 12), Company(200, 12, True), Company(2000, 12, True, True)]
    for method in (quasi_poisson, bornhuetter_ferguson):
        held = [coverage(method, company, 60)[0] for company in companies]
        # Of 180 that hold with 80 % each, fewer than 130 or more than 158 is one chance in a hundred.
        assert 130 / 180 <= sum(held) / 3 <= 158 / 180, (method.__name__, held)


@pytest.mark.study
@pytest.mark.parametrize("company", COMPANIES, ids=str)
def test_the_intervals_of_many_forecasts_hold_what_comes_as_often_as_they_say(company: Company) -> None:
    print()
    for name, method in METHODS.items():
        (held, width), (more, _) = coverage(method, company, 400), coverage(method, company, 400, confidence=0.95)
        print(f"{company}: {name} 80 % held {held:.1%}, width {width:.1f}; 95 % held {more:.1%}")
        if name == "quasi-Poisson":
            # 400 grids tell a share of 80 % to 4 points, one of 95 % to 2.2, in 19 cases of 20.
            assert 0.75 - 0.04 <= held <= 0.85 + 0.04
            assert more >= 0.95 - 0.03


@pytest.mark.study
def test_in_all_the_intervals_of_the_chain_ladder_hold_between_75_and_85_percent() -> None:
    held = [coverage(quasi_poisson, company, 240)[0] for company in COMPANIES]
    assert 0.75 <= sum(held) / len(held) <= 0.85


@pytest.mark.study
def test_a_calendar_without_effect_raises_few_alarms_and_a_surge_is_seen() -> None:
    still = {company: alarms(company, 400) for company in COMPANIES if not company.waits_vary}
    moved = alarms(Company(2000, 12, True), 200, surge=1.5)
    print({str(company): share for company, share in still.items()}, moved)
    assert max(still.values()) <= 0.03
    assert moved >= 0.8
