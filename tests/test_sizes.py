"""How often two groups that convert alike are called different at 5%: exactly, over every table there could be.

Few leads that rarely convert leave few tables, and no test can then reject in just five of a hundred: the one of
``compare`` stays below. Wald's, the textbook's, rejects in nine.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import special, stats

from alignment_metrics.stats.differences import difference
from alignment_metrics.stats.exact import pooled_z
from alignment_metrics.stats.rates import chance_alone, compare
from alignment_metrics.values import Counts

Rejects = Callable[[Counts, Counts], bool]
SEED = 20_261_122
COMMON, RARE = (0.2, 0.3, 0.4, 0.5), (0.01, 0.02, 0.05, 0.08, 0.1, 0.15)


def by_interval(method: str) -> Rejects:
    def rejects(left: Counts, right: Counts) -> bool:
        got = difference(left, right, method=method)
        return got.low > 0 or got.high < 0

    return rejects


def by_score(left: Counts, right: Counts) -> bool:
    return math.erfc(abs(pooled_z(left, right)) / math.sqrt(2)) <= 0.05


def by_compare(left: Counts, right: Counts) -> bool:
    return chance_alone(left, right)[0] <= 0.05


def sizes(rejects: Rejects, n: int, m: int, shares: tuple[float, ...]) -> dict[float, float]:
    """The probability that a test rejects, by the share that both groups convert."""
    found = np.array([[rejects(Counts(x, n), Counts(y, m)) for y in range(m + 1)] for x in range(n + 1)])
    return {share: float(_law(n, share) @ found @ _law(m, share)) for share in shares}


def _law(n: int, share: float) -> np.ndarray:
    return np.asarray(stats.binom.pmf(np.arange(n + 1), n, share))


def held(found: dict[float, float]) -> bool:
    return all(0.04 <= size <= 0.06 for size in found.values())


@pytest.mark.parametrize(("n", "m"), [(30, 60), (50, 200)])
def test_compare_rejects_between_4_and_6_in_a_hundred_of_common_conversions_and_never_more(n: int, m: int) -> None:
    found = sizes(by_compare, n, m, COMMON + RARE)
    assert held({share: found[share] for share in COMMON}), found
    assert all(size <= 0.06 for size in found.values()), found


def test_the_score_test_holds_from_conversions_of_a_tenth_on_and_with_rarer_ones_may_reject_too_often() -> None:
    assert held(sizes(by_score, 30, 60, (0.1, 0.15, *COMMON)))
    assert held(sizes(by_score, 50, 200, (0.08, 0.1, 0.15, *COMMON)))
    # Which is why compare takes Fisher's test there.
    assert sizes(by_score, 50, 200, (0.01,))[0.01] > 0.08
    assert sizes(by_compare, 50, 200, (0.01,))[0.01] < 0.02


@pytest.mark.parametrize(("n", "m"), [(30, 60), (50, 200)])
def test_wald_rejects_in_eight_to_ten_of_a_hundred_where_one_in_twenty_converts(n: int, m: int) -> None:
    wald = sizes(by_interval("wald"), n, m, (0.05,))[0.05]
    assert 0.08 < wald < 0.105
    assert sizes(by_interval("miettinen-nurminen"), n, m, (0.05,))[0.05] < 0.05
    assert sizes(by_interval("newcombe"), n, m, (0.05,))[0.05] < 0.05


def test_newcombes_interval_leaves_out_0_less_often_than_the_score_and_never_too_often() -> None:
    for n, m in ((30, 60), (50, 200)):
        newcombe = sizes(by_interval("newcombe"), n, m, COMMON + RARE)
        assert all(size <= 0.06 for size in newcombe.values()), newcombe


def tables(n: int, m: int, share: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The hits of both groups that have a chance, and the chance of each table."""
    x, y = (np.arange(*stats.binom.interval(1 - 1e-9, size, share)) for size in (n, m))
    return x[:, None], y, np.outer(stats.binom.pmf(x, n, share), stats.binom.pmf(y, m, share))


@pytest.mark.parametrize("share", [0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 0.5, 0.9])
def test_of_2000_against_10000_leads_the_score_test_rejects_five_in_a_hundred_at_any_share(share: float) -> None:
    n, m = 2_000, 10_000
    x, y, chance = tables(n, m, share)
    hits = x + y
    apart = np.abs(x * m - y * n) * np.sqrt((n + m) / (n * m * hits * (n + m - hits)))
    assert 0.045 < float(chance[special.erfc(apart / math.sqrt(2)) <= 0.05].sum()) < 0.055


def simulated(times: int, n: int, m: int, share: float, seed: int) -> float:
    rng = np.random.default_rng(seed)
    pairs = zip(rng.binomial(n, share, times), rng.binomial(m, share, times), strict=True)
    return sum(compare(Counts(x, n), Counts(y, m)).pvalue <= 0.05 for x, y in pairs) / times


def test_of_2000_against_10000_made_up_leads_compare_rejects_about_five_in_a_hundred() -> None:
    times = 2_000
    few, many = stats.binom.ppf([1e-4, 1 - 1e-4], times, 0.05) / times
    assert few <= simulated(times, 2_000, 10_000, 0.05, SEED) <= many


@pytest.mark.study
@pytest.mark.parametrize("share", [0.005, 0.01, 0.05, 0.2, 0.5])
def test_of_2000_against_10000_leads_compare_rejects_between_4_and_6_in_a_hundred(share: float) -> None:
    found = simulated(100_000, 2_000, 10_000, share, SEED + 1)
    print(share, f"{found:.2%}")
    assert 0.04 <= found <= 0.06
