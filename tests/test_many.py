"""Many groups at once: known answers, and how often chance alone raises an alarm."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from reference import CASES, agrees
from scipy import stats

from alignment_metrics.stats.many import SMALLEST_EXPECTED, holm, homogeneity
from alignment_metrics.values import Counts

PVALUES = st.lists(st.floats(0, 1), max_size=12)
GROUPS = st.lists(
    st.integers(0, 200).flatmap(lambda total: st.builds(Counts, st.integers(0, total), st.just(total))), max_size=12
)


def test_chi_square_of_several_groups_is_the_published_one() -> None:
    case = CASES["E08"]
    groups = [Counts(x, n) for x, n in zip(case["inputs"]["x"], case["inputs"]["n"], strict=True)]
    assert agrees(homogeneity(groups), case, "p")


def test_holm_gives_what_r_gives() -> None:
    case = CASES["M01"]
    for got, want in zip(holm(case["inputs"]["p"]), case["expected"]["holm"], strict=True):
        assert got == pytest.approx(want, abs=case["tol"]["default"])


@given(PVALUES, st.randoms(use_true_random=False))
def test_holm_follows_its_pvalues_wherever_they_stand(pvalues: list[float], order: random.Random) -> None:
    places = list(range(len(pvalues)))
    order.shuffle(places)
    assert holm([pvalues[place] for place in places]) == [holm(pvalues)[place] for place in places]


@given(PVALUES)
def test_holm_lies_between_no_adjustment_and_bonferroni(pvalues: list[float]) -> None:
    for raw, adjusted in zip(pvalues, holm(pvalues), strict=True):
        assert raw <= adjusted <= min(1.0, raw * len(pvalues))


def test_holm_leaves_out_of_the_family_what_was_not_asked() -> None:
    got = holm([0.01, math.nan, 0.04])
    assert got[0] == 0.02
    assert math.isnan(got[1])
    assert got[2] == 0.04
    assert holm([]) == []


@given(GROUPS)
def test_homogeneity_is_a_probability_or_cannot_be_told(groups: list[Counts]) -> None:
    chance = homogeneity(groups)
    assert math.isnan(chance) or 0 <= chance <= 1


@given(GROUPS)
def test_hits_and_misses_may_change_places(groups: list[Counts]) -> None:
    chance = homogeneity(groups)
    assume(not math.isnan(chance))
    turned = homogeneity(Counts(one.total - one.hits, one.total) for one in groups)
    assert turned == pytest.approx(chance, rel=1e-9, abs=1e-12)


@given(GROUPS)
def test_groups_without_leads_change_nothing(groups: list[Counts]) -> None:
    padded = [empty_or for one in groups for empty_or in (Counts(0, 0), one)]
    assert homogeneity(padded) == pytest.approx(homogeneity(groups), nan_ok=True)


@pytest.mark.parametrize(
    "groups",
    [
        [],
        [Counts(0, 0)],
        [Counts(0, 40), Counts(0, 60)],
        [Counts(40, 40), Counts(60, 60)],
        [Counts(20, 100)],
        [Counts(1, 4), Counts(3, 5)],
    ],
    ids=["none", "empty", "no hits", "all hits", "one", "too small to tell apart"],
)
def test_what_cannot_be_asked_has_no_answer(groups: list[Counts]) -> None:
    assert math.isnan(homogeneity(groups))


def test_thin_neighbours_are_asked_together() -> None:
    # 45 of 150 are hits, so a group needs 17 leads to expect five: the three of ten are one group, as the law has it.
    thin = [Counts(2, 10), Counts(3, 10), Counts(4, 10), Counts(12, 60), Counts(24, 60)]
    merged = [Counts(5, 20), Counts(4 + 12, 70), Counts(24, 60)]
    assert homogeneity(thin) == homogeneity(merged)
    assert homogeneity(thin) == pytest.approx(
        stats.chi2_contingency([[5, 16, 24], [15, 54, 36]], correction=False).pvalue
    )


def test_a_thin_remainder_goes_with_the_group_before_it() -> None:
    assert homogeneity([Counts(20, 50), Counts(30, 50), Counts(1, 3)]) == homogeneity([Counts(20, 50), Counts(31, 53)])


def test_groups_are_cut_by_their_leads_and_never_by_their_hits() -> None:
    totals, hits = (4, 9, 30, 2, 80, 25), (4, 0, 9, 1, 20, 11)
    rarer = sum(hits) / sum(totals)
    assert SMALLEST_EXPECTED / rarer > 13
    # The first two are put with the third however their hits fall.
    one = homogeneity([Counts(x, n) for x, n in zip(hits, totals, strict=True)])
    other = homogeneity([Counts(x, n) for x, n in zip((0, 4, 9, 1, 20, 11), totals, strict=True)])
    assert one == other


@pytest.mark.parametrize(("rate", "totals"), [(0.03, range(5, 125, 10)), (0.5, range(2, 40, 4)), (0.11, (1500,) * 11)])
def test_alike_groups_raise_an_alarm_no_more_often_than_stated(rate: float, totals: tuple[int, ...]) -> None:
    draws, repeats = np.random.default_rng(20260630), 2000
    drawn = draws.binomial(list(totals), rate, size=(repeats, len(totals)))
    chances = [homogeneity([Counts(x, n) for x, n in zip(row, totals, strict=True)]) for row in drawn]
    alarms = sum(chance < 0.05 for chance in chances)
    # So many alarms or more in 2,000 would come once in a thousand seeds of a test that keeps its word.
    assert alarms < stats.binom.isf(0.001, repeats, 0.05)
    assert alarms > 0.02 * repeats
