"""Places of groups: what they may be, how sure that is, and how often the limits hold the true place."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from alignment_metrics.stats.differences import difference
from alignment_metrics.stats.rankings import Rank, rank_sets, rankings
from alignment_metrics.stats.shrinkage import NO_VARIATION, shrink
from alignment_metrics.values import Counts

SEED = 20261122
APART = [Counts(5, 400), Counts(40, 300), Counts(22, 250), Counts(9, 30), Counts(80, 200)]
COUNTS = st.integers(0, 60).flatmap(lambda total: st.builds(Counts, st.integers(0, total), st.just(total)))


def test_groups_far_apart_have_one_place_each() -> None:
    groups = [Counts(100, 1000), Counts(500, 1000), Counts(300, 1000), Counts(700, 1000)]
    want = [(4, 4), (2, 2), (3, 3), (1, 1)]
    assert [(rank.low, rank.high) for rank in rankings(groups)] == want
    assert [rank.best for rank in rankings(groups)] == [0.0, 0.0, 0.0, 1.0]
    assert rank_sets(groups) == want


def test_a_small_group_may_hold_more_places_than_a_large_one() -> None:
    ranks = rankings([Counts(40, 400), Counts(70, 400), Counts(3, 15), Counts(100, 400), Counts(130, 400)])
    assert [(rank.low, rank.high) for rank in ranks[:2] + ranks[3:]] == [(4, 5), (3, 4), (2, 3), (1, 2)]
    assert ranks[2].high - ranks[2].low >= 3
    assert math.fsum(rank.best for rank in ranks) == pytest.approx(1)


def test_of_two_groups_the_probability_of_being_best_is_that_of_two_beta_distributions() -> None:
    left, right = Counts(3, 10), Counts(9, 20)
    one, other = (stats.beta(group.hits + 0.5, group.total - group.hits + 0.5) for group in (left, right))
    want, _ = integrate.quad(lambda x: one.pdf(x) * other.cdf(x), 0, 1)
    ranks = rankings([left, right])
    # Three standard errors of 8,000 draws.
    assert abs(ranks[0].best - want) < 3 * math.sqrt(want * (1 - want) / 8000)
    assert ranks[0].best + ranks[1].best == 1


def test_draws_give_the_probability_that_integration_does() -> None:
    shrunk = shrink(APART, method="plug-in")
    posteriors = [stats.beta(shrunk.alpha + one.hits, shrunk.beta + one.total - one.hits) for one in APART]
    for i, rank in enumerate(rankings(shrunk)):
        want, _ = integrate.quad(
            lambda x, i=i: posteriors[i].pdf(x) * math.prod(one.cdf(x) for j, one in enumerate(posteriors) if j != i),
            0,
            1,
            points=[0.1, 0.3, 0.4],
        )
        assert abs(rank.best - want) < 3 * math.sqrt(max(want * (1 - want), 1e-4) / 8000)


def test_groups_in_which_no_variation_can_be_detected_are_not_ranked() -> None:
    groups = [Counts(10, 100), Counts(11, 100), Counts(0, 0), Counts(9, 100)]
    assert shrink(groups).reason == NO_VARIATION
    anywhere = Rank(1, 3, 1 / 3)
    assert rankings(groups) == [anywhere, anywhere, Rank(1, 4, 0.0), anywhere]
    assert rank_sets(groups) == [(1, 4)] * 4


def test_groups_alike_share_their_places() -> None:
    ranks = rankings([Counts(3, 10), Counts(1, 200), Counts(3, 10)])
    assert ranks[0] == ranks[2]
    assert (ranks[0].low, ranks[0].high) == (1, 2)
    assert ranks[1] == Rank(3, 3, pytest.approx(0, abs=0.01))


@pytest.mark.parametrize(
    "groups, expected",
    [
        ([], []),
        ([Counts(0, 0)], [Rank(1, 1, 0.0)]),
        ([Counts(4, 9)], [Rank(1, 1, 1.0)]),
        ([Counts(4, 9), Counts(0, 0)], [Rank(1, 1, 1.0), Rank(1, 2, 0.0)]),
    ],
)
def test_where_there_is_nothing_to_rank_the_place_is_the_only_one(groups: list[Counts], expected: list[Rank]) -> None:
    assert rankings(groups) == expected
    assert len(rank_sets(groups)) == len(groups)


@given(st.lists(COUNTS, max_size=6), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=25)
def test_the_order_of_the_groups_changes_nothing(groups: list[Counts], order: random.Random) -> None:
    places = list(range(len(groups)))
    order.shuffle(places)
    ranks, sets = rankings(groups), rank_sets(groups)
    turned, alike = rankings([groups[place] for place in places]), rank_sets([groups[place] for place in places])
    assert [(rank.low, rank.high) for rank in turned] == [(ranks[place].low, ranks[place].high) for place in places]
    # The grid of the posterior adds up the groups in the order they came.
    assert [rank.best for rank in turned] == pytest.approx([ranks[place].best for place in places], abs=2e-3)
    assert alike == [sets[place] for place in places]


@given(st.lists(COUNTS, min_size=1, max_size=6))
@settings(deadline=None, max_examples=25)
def test_more_confidence_takes_more_places(groups: list[Counts]) -> None:
    shrunk = shrink(groups)
    for few, many in (
        zip(rankings(shrunk, confidence=0.8), rankings(shrunk, confidence=0.99), strict=True)
        if shrunk.estimates
        else []
    ):
        assert 1 <= many.low <= few.low <= few.high <= many.high <= len(groups)
    for (low, high), (least, most) in zip(
        rank_sets(groups, confidence=0.8), rank_sets(groups, confidence=0.99), strict=True
    ):
        assert 1 <= least <= low <= high <= most <= len(groups)


@pytest.mark.parametrize("groups", [2, 5, 9])
def test_a_place_is_taken_by_every_group_that_newcombes_interval_at_the_level_of_all_pairs_shows_higher(
    groups: int,
) -> None:
    rng = np.random.default_rng(SEED)
    for _ in range(25):
        totals = rng.integers(20, 400, groups)
        drawn = [Counts(x, n) for x, n in zip(rng.binomial(totals, rng.beta(4, 12, groups)), totals, strict=True)]
        level = 1 - 0.1 / math.comb(groups, 2)
        lows = {
            (i, j): difference(drawn[i], drawn[j], confidence=level, method="newcombe").low
            for i in range(groups)
            for j in range(groups)
            if i != j
        }
        assert rank_sets(drawn) == [
            (
                1 + sum(lows[j, i] > 0 for j in range(groups) if j != i),
                groups - sum(lows[i, j] > 0 for j in range(groups) if j != i),
            )
            for i in range(groups)
        ]


def test_a_caller_is_told_what_to_do_instead() -> None:
    for ask in (lambda: rankings([], confidence=90), lambda: rank_sets([], confidence=90)):
        with pytest.raises(ValueError, match=r"^confidence must lie between 0 and 1, both excluded; got 90, for"):
            ask()


def held(times: int, groups: int, leads: tuple[int, int], size: float) -> tuple[float, float, float, float]:
    """Shares of true places held, and of times that all are held at once; promised and kept share of the best."""
    found = np.zeros(4)
    for stream in np.random.SeedSequence([SEED, groups, leads[0], int(size)]).spawn(times):
        rng = np.random.default_rng(stream)
        totals, rates = rng.integers(*leads, groups), rng.beta(0.15 * size, 0.85 * size, groups)
        drawn = [Counts(x, n) for x, n in zip(rng.binomial(totals, rates), totals, strict=True)]
        true = np.argsort(np.argsort(-rates)) + 1
        ranks, sets = rankings(drawn), rank_sets(drawn)
        found[0] += np.mean([rank.low <= place <= rank.high for rank, place in zip(ranks, true, strict=True)])
        found[1] += all(low <= place <= high for (low, high), place in zip(sets, true, strict=True))
        likeliest = max(range(groups), key=lambda i: ranks[i].best)
        found[2] += ranks[likeliest].best
        found[3] += true[likeliest] == 1
    found /= times
    return float(found[0]), float(found[1]), float(found[2]), float(found[3])


def test_limits_hold_the_true_places_and_the_best_is_so_as_often_as_said() -> None:
    times = 60
    places, every, promised, kept = held(times, 6, (100, 1000), 100)
    assert places >= 0.9
    assert every >= 0.9 - 4 * math.sqrt(0.09 / times)
    assert abs(promised - kept) < 4 * math.sqrt(0.25 / times)


@pytest.mark.study
@pytest.mark.parametrize("groups", [3, 8, 20])
@pytest.mark.parametrize("leads", [(10, 60), (100, 1000)])
@pytest.mark.parametrize("size", [15, 100, 1000])
def test_limits_hold_90_percent_of_the_true_places_or_more(groups: int, leads: tuple[int, int], size: int) -> None:
    times = 150
    places, every, promised, kept = held(times, groups, leads, size)
    print(groups, leads, size, places, every, promised, kept)
    assert places >= 0.9
    assert every >= 0.9 - 4 * math.sqrt(0.09 / times)
    assert abs(promised - kept) < 4 * math.sqrt(0.25 / times)
