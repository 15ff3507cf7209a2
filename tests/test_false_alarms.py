"""How often two groups of leads that convert alike are called different: five in a hundred, and not more or fewer."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from scipy import stats
from simulated import LEAVING, converted_by, simulated, waited_until

from alignment_metrics.stats.contrasts import difference_at, gray, logrank, restricted_mean_difference
from alignment_metrics.stats.hazards import hazard_ratio
from alignment_metrics.stats.lifetables import gray_variance, steps
from alignment_metrics.values import Ages

SEED, PAIRS, DAY = 20_260_630, 10_000, 90
SIZES = [(60, 60), (200, 400), (2_000, 2_000)]
QUICK = (("disqualified", 0.45, 8.0), ("lost", 0.25, 30.0))
TESTS: dict[str, Callable[[Ages, Ages], float]] = {
    "Gray": lambda left, right: gray({"left": left, "right": right}).pvalue,
    "log-rank": lambda left, right: logrank({"left": left, "right": right}).pvalue,
    "difference": lambda left, right: difference_at(left, right, DAY).pvalue,
    "days saved": lambda left, right: restricted_mean_difference(left, right, DAY).pvalue,
    "hazard ratio": lambda left, right: _leaves_out_1(left, right),
}
Pairs = Iterator[tuple[Ages, Ages]]


def _leaves_out_1(left: Ages, right: Ages) -> float:
    got = hazard_ratio({"left": left, "right": right}, against="right")["left"]
    return 1.0 if got.low <= 1 <= got.high else 0.0


def _streams(seed: int, times: int) -> Iterator[np.random.Generator]:
    return (np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(times))


def alike(seed: int, times: int, sizes: tuple[int, int], leaving: tuple[tuple[str, float, float], ...]) -> Pairs:
    """Pairs of exports in which equal shares convert at equal ages; the right one may lose its other leads earlier."""
    for rng in _streams(seed, times):
        yield simulated(rng, sizes[0]), simulated(rng, sizes[1], leaving=leaving)


def paced_alike(seed: int, times: int, sizes: tuple[int, int]) -> Pairs:
    """Pairs in which those still waiting convert at equal daily rates, though the right ones leave twice as fast."""
    for rng in _streams(seed, times):
        yield _paced(rng, sizes[0], 60.0), _paced(rng, sizes[1], 30.0)


def _paced(rng: np.random.Generator, leads: int, stay: float) -> Ages:
    converts = np.where(rng.random(leads) < 0.35, 32.0 * rng.weibull(0.8, leads), np.inf)
    leaves, age = rng.exponential(stay, leads), rng.integers(0, 365, leads)
    first = np.floor(np.minimum(converts, leaves))
    ended = np.where(first > age, "open", np.where(converts <= leaves, "converted", "lost"))
    return Ages.of(np.minimum(first, age).astype(int).tolist(), ended.tolist())


def alarms(pairs: Pairs, names: tuple[str, ...]) -> Counter[str]:
    """How many of the pairs each test calls different at 5 %."""
    found = Counter(dict.fromkeys(names, 0))
    for left, right in pairs:
        for name in names:
            pvalue = TESTS[name](left, right)
            # A pair that cannot be tested raises no alarm.
            found[name] += pvalue < 0.05
    return found


CURVES = ("Gray", "difference", "days saved")


def test_some_hundred_null_pairs_raise_no_more_alarms_than_chance_allows() -> None:
    times = 250
    few, many = stats.binom.ppf([1e-4, 1 - 1e-4], times, 0.05)
    for found in (
        alarms(alike(SEED, times, (60, 60), LEAVING), tuple(TESTS)),
        alarms(alike(SEED + 1, times, (60, 400), QUICK), CURVES),
        alarms(paced_alike(SEED + 2, times, (60, 120)), ("log-rank", "hazard ratio")),
    ):
        assert all(few <= count <= many for count in found.values()), found


@pytest.mark.study
@pytest.mark.parametrize("sizes", SIZES)
def test_tests_of_equal_groups_raise_between_4_and_6_alarms_in_a_hundred(sizes: tuple[int, int]) -> None:
    found = alarms(alike(SEED, PAIRS, sizes, LEAVING), tuple(TESTS))
    print(sizes, {name: f"{count / PAIRS:.2%}" for name, count in found.items()})
    assert all(0.04 * PAIRS <= count <= 0.06 * PAIRS for count in found.values()), found


@pytest.mark.study
@pytest.mark.parametrize("sizes", SIZES)
def test_tests_of_curves_do_so_as_well_where_the_groups_leave_at_different_ages(sizes: tuple[int, int]) -> None:
    found = alarms(alike(SEED + 1, PAIRS, sizes, QUICK), CURVES)
    print(sizes, {name: f"{count / PAIRS:.2%}" for name, count in found.items()})
    assert all(0.04 * PAIRS <= count <= 0.06 * PAIRS for count in found.values()), found


@pytest.mark.study
@pytest.mark.parametrize("sizes", SIZES)
def test_tests_of_daily_rates_do_so_as_well_where_one_group_leaves_twice_as_fast(sizes: tuple[int, int]) -> None:
    found = alarms(paced_alike(SEED + 2, PAIRS, sizes), ("log-rank", "hazard ratio"))
    print(sizes, {name: f"{count / PAIRS:.2%}" for name, count in found.items()})
    assert all(0.04 * PAIRS <= count <= 0.06 * PAIRS for count in found.values()), found


def _scales(left: Ages, right: Ages, day: int) -> dict[str, float]:
    """The chance of the difference on one day by the z of the plain shares, and of their complementary log-logs."""
    shares, errors = zip(*(_share_and_error(ages, day) for ages in (left, right)), strict=True)
    plain = abs(shares[0] - shares[1]) / math.hypot(*errors) if any(errors) else 0.0
    found = {"plain": math.erfc(plain / math.sqrt(2)), "log-log": 1.0}
    if all(0 < share < 1 for share in shares):
        apart = math.log(math.log(shares[0]) / math.log(shares[1]))
        reach = math.hypot(*(error / (share * math.log(share)) for share, error in zip(shares, errors, strict=True)))
        found["log-log"] = math.erfc(abs(apart) / reach / math.sqrt(2))
    return found | {"pooled": difference_at(left, right, day).pvalue}


def _share_and_error(ages: Ages, day: int) -> tuple[float, float]:
    table = steps(ages)
    row = int(np.searchsorted(table.day, day, side="right")) - 1
    return float(table.incidence[row]), math.sqrt(gray_variance(table)[row])


@pytest.mark.study
@pytest.mark.parametrize("sizes", [*SIZES, (60, 400), (400, 60)])
def test_intervals_of_a_difference_hold_the_truth_as_often_as_they_say(sizes: tuple[int, int]) -> None:
    more = 0.32
    shares = converted_by(DAY, converting=more) - converted_by(DAY)
    days = waited_until(DAY, converting=more) - waited_until(DAY)
    held: Counter[str] = Counter()
    for rng in _streams(SEED + 4, PAIRS):
        left, right = simulated(rng, sizes[0], converting=more), simulated(rng, sizes[1], leaving=QUICK)
        for name, got, truth in (
            ("difference", difference_at(left, right, DAY), shares),
            ("days saved", restricted_mean_difference(left, right, DAY), days),
        ):
            held[name] += got.difference.low <= truth <= got.difference.high
    print(sizes, {name: f"{count / PAIRS:.2%}" for name, count in held.items()})
    assert 0.94 * PAIRS <= held["difference"] <= 0.96 * PAIRS, held
    # Normal, as the field has it: with few leads in the group of which more convert, half a point short.
    assert (0.94 if min(sizes) > 60 else 0.935) * PAIRS <= held["days saved"] <= 0.96 * PAIRS, held


@pytest.mark.study
@pytest.mark.parametrize("converting", [0.22, 0.06])
def test_pooled_variances_keep_the_promise_where_a_small_group_makes_the_plain_ones_break_it(converting: float) -> None:
    found: Counter[str] = Counter()
    for rng in _streams(SEED + 3, PAIRS):
        left, right = (simulated(rng, leads, converting=converting) for leads in (60, 400))
        found.update(name for name, pvalue in _scales(left, right, 30).items() if pvalue < 0.05)
    print(converting, {name: f"{count / PAIRS:.2%}" for name, count in found.items()})
    # With two conversions expected in the small group no test can keep close to five in a hundred.
    assert found["log-log"] < found["pooled"] < 0.06 * PAIRS < found["plain"], found
