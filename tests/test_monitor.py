"""Limits that hold at every look: known answers, the laws they keep, and how often they miss when looked at daily."""

from __future__ import annotations

import math
import re
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import CASES, agrees

from alignment_metrics.stats.monitor import METHOD, change, confidence_sequence
from alignment_metrics.stats.rates import rate
from alignment_metrics.values import Counts, Estimate

GROUPS = st.integers(1, 5000).flatmap(lambda n: st.builds(Counts, st.integers(0, n), st.just(n)))


def evidence(group: Counts, share: Fraction) -> Fraction:
    """Likelihood averaged over all rates, as a multiple of the likelihood at this one: whole numbers only."""
    hits, misses = group.hits, group.total - group.hits
    averaged = Fraction(1, (group.total + 1) * math.comb(group.total, hits))
    return averaged / (share**hits * (1 - share) ** misses)


def test_the_limits_are_the_known_ones() -> None:
    case = CASES["J01"]
    for hits, total in zip(case["inputs"]["x"], case["inputs"]["n"], strict=True):
        got = confidence_sequence(Counts(hits, total), confidence=1 - case["inputs"]["alpha"])
        assert agrees(got.low, case, f"lo_{total}")
        assert agrees(got.high, case, f"hi_{total}")
        assert got == Estimate(hits / total, got.low, got.high, total, "share", METHOD, 0.95, hits=hits)


@pytest.mark.parametrize("group", [Counts(0, 1), Counts(1, 1), Counts(0, 40), Counts(40, 40), Counts(7, 300)])
def test_at_the_limits_the_evidence_against_a_rate_is_exactly_twenty_to_one(group: Counts) -> None:
    got = confidence_sequence(group)
    for limit, within in ((got.low, group.hits > 0), (got.high, group.hits < group.total)):
        if within:
            assert float(evidence(group, Fraction(limit))) == pytest.approx(20, rel=1e-9)
        else:
            assert limit == group.hits / group.total


def test_limits_of_a_thousand_million_leads_keep_their_digits() -> None:
    hits, total = 200_000_000, 1_000_000_000
    got = confidence_sequence(Counts(hits, total))
    with localcontext() as context:
        context.prec = 60

        def factorial_log(n: int) -> Decimal:
            # Stirling's series (DLMF 5.11.1), whose next term is below 1e-40 here.
            x, pi = Decimal(n), Decimal("3.14159265358979323846264338327950288419716939937510582")
            return (2 * pi * x).ln() / 2 + x * (x.ln() - 1) + 1 / (12 * x) - 1 / (360 * x**3)

        averaged = factorial_log(hits) + factorial_log(total - hits) - factorial_log(total + 1)
        for limit in (got.low, got.high):
            share = Decimal(limit)
            log = averaged - hits * share.ln() - (total - hits) * (1 - share).ln()
            # 1e-5 of a logarithm moves the limit by a millionth of the interval.
            assert abs(log - Decimal(20).ln()) < Decimal("1e-5")


def test_of_no_leads_nothing_is_known() -> None:
    got = confidence_sequence(Counts(0, 0))
    assert math.isnan(got.value)
    assert (got.low, got.high, got.n) == (0, 1, 0)
    for one in (
        *change(Counts(0, 0), [Counts(1, 2)]),
        *change(Counts(1, 2), [Counts(0, 0)]),
    ):
        assert math.isnan(one.value)
        assert (one.low, one.high, one.n, one.unit) == (-1, 1, 0, "difference")


@given(GROUPS)
def test_limits_of_the_misses_mirror_those_of_the_hits(group: Counts) -> None:
    hits, misses = (confidence_sequence(one) for one in (group, Counts(group.total - group.hits, group.total)))
    assert (misses.low, misses.high) == pytest.approx((1 - hits.high, 1 - hits.low), abs=1e-12)


@given(GROUPS, st.floats(0.5, 0.999))
def test_to_look_always_costs_more_than_to_look_once(group: Counts, confidence: float) -> None:
    always, once = confidence_sequence(group, confidence=confidence), rate(group, confidence=confidence)
    assert 0 <= always.low <= once.value <= always.high <= 1
    exact = rate(group, confidence=confidence, method="jeffreys")
    assert always.high - always.low >= exact.high - exact.low


def test_a_prior_near_the_truth_narrows_the_limits() -> None:
    plain, told = confidence_sequence(Counts(40, 200)), confidence_sequence(Counts(40, 200), prior=(20.0, 80.0))
    assert told.high - told.low < 0.95 * (plain.high - plain.low)


# One group beside another.


@given(GROUPS, GROUPS)
def test_a_change_is_the_difference_and_turns_with_its_sides(before: Counts, after: Counts) -> None:
    (one,), (other,) = change(before, [after]), change(after, [before])
    assert one.value == after.hits / after.total - before.hits / before.total
    assert -1 <= one.low <= one.value <= one.high <= 1
    assert (other.low, other.high) == pytest.approx((-one.high, -one.low), abs=1e-9)
    assert (one.n, one.unit, one.method) == (before.total + after.total, "difference", METHOD)


@pytest.mark.parametrize(
    ("before", "after"),
    [(Counts(30, 120), Counts(9, 80)), (Counts(0, 50), Counts(5, 60)), (Counts(50, 50), Counts(0, 3))],
)
def test_the_limits_of_a_change_are_those_of_the_pairs_of_rates_not_yet_ruled_out(
    before: Counts, after: Counts
) -> None:
    (got,) = change(before, [after], confidence=0.9)
    # All pairs on a fine mesh, by brute force, with the first period's half of the error.
    share = (np.arange(4000) + 0.5) / 4000

    def logs(group: Counts) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        hits, misses = group.hits, group.total - group.hits
        averaged = -math.log((group.total + 1) * math.comb(group.total, hits))
        found: np.ndarray[tuple[int], np.dtype[np.float64]] = (
            averaged - hits * np.log(share) - misses * np.log1p(-share)
        )
        return found

    kept = logs(before)[:, None] + logs(after)[None] < math.log(2 / 0.1)
    apart = (share[None] - share[:, None])[kept]
    assert (got.low, got.high) == pytest.approx((apart.min(), apart.max()), abs=1e-3)


def test_later_periods_pay_for_all_before_them() -> None:
    same = change(Counts(200, 1000), [Counts(60, 300)] * 6)
    widths = [one.high - one.low for one in same]
    assert widths == sorted(widths)
    assert len(set(widths)) == 6
    # Of the chance to err, 1 / (k (k + 1)) goes to the k-th: the third alone has its twelfth part.
    (alone,) = change(Counts(200, 1000), [Counts(60, 300)], confidence=1 - 0.05 / 6)
    assert (same[2].low, same[2].high) == pytest.approx((alone.low, alone.high), rel=1e-12)


def test_a_period_more_changes_none_before_it() -> None:
    periods = [Counts(60, 300), Counts(90, 300), Counts(0, 0), Counts(20, 400)]
    assert str(change(Counts(200, 1000), periods)[:3]) == str(change(Counts(200, 1000), periods[:3]))


def test_a_large_change_is_seen() -> None:
    up, none, down = change(Counts(200, 1000), [Counts(200, 500), Counts(100, 500), Counts(25, 500)])
    assert up.low > 0
    assert none.low < 0 < none.high
    assert down.high < 0


def test_subtracting_two_sequences_is_wider() -> None:
    before, after = Counts(200, 1000), Counts(60, 300)
    (joint,) = change(before, [after])
    first, second = confidence_sequence(before, confidence=0.975), confidence_sequence(after, confidence=1 - 0.05 / 4)
    assert joint.high - joint.low < 0.9 * (second.high - first.low - second.low + first.high)


def test_what_cannot_be_asked_is_refused() -> None:
    expected = "both parameters of the prior must be above 0; got (0, 1), for no preference say (1, 1)."
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        confidence_sequence(Counts(1, 2), prior=(0, 1))
    expected = "confidence must lie between 0 and 1, both excluded; got 95, for 95% say 0.95."
    for asked in (
        lambda: confidence_sequence(Counts(1, 2), confidence=95),
        lambda: change(Counts(1, 2), [], confidence=95),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
            asked()


# How often they miss.


def missed(share: float, leads: int, runs: int, seed: int) -> float:
    """The share of runs in which the limits leave out the truth at any of the looks, one after each lead."""
    rng = np.random.default_rng(seed)
    hits = np.cumsum(rng.random((runs, leads)) < share, axis=1)
    out = np.zeros(runs, dtype=bool)
    for n in range(1, leads + 1):
        # One sequence for each count that came up: its limits are the same in all runs.
        for count in np.unique(hits[:, n - 1]):
            got = confidence_sequence(Counts(int(count), n))
            out[hits[:, n - 1] == count] |= not got.low <= share <= got.high
    return float(out.mean())


def alarms(shares: tuple[float, float], sizes: tuple[int, int], periods: int, runs: int, seed: int) -> float:
    """The share of runs in which some period is called changed at some look, four looks a period."""
    rng = np.random.default_rng(seed)
    raised = 0
    for _ in range(runs):
        before = Counts(int(rng.binomial(sizes[0], shares[0])), sizes[0])
        done: list[Counts] = []
        seen = False
        for _period in range(periods):
            now = Counts(0, 0)
            for _look in range(4):
                now += Counts(int(rng.binomial(sizes[1] // 4, shares[1])), sizes[1] // 4)
                newest = change(before, [*done, now])[-1]
                seen = seen or newest.low > 0 or newest.high < 0
            done.append(now)
        raised += seen
    return raised / runs


def test_in_a_hundred_looks_the_limits_miss_no_more_often_than_they_say() -> None:
    assert missed(0.2, 100, 200, seed=4) <= 0.05


def test_no_change_is_rarely_called_one_however_often_one_looks() -> None:
    assert alarms((0.2, 0.2), (400, 200), periods=4, runs=30, seed=4) <= 0.05
    assert alarms((0.2, 0.4), (400, 200), periods=4, runs=10, seed=4) >= 0.8


@pytest.mark.study
@pytest.mark.parametrize("share", [0.02, 0.2, 0.5])
def test_in_a_thousand_looks_the_limits_miss_no_more_often_than_they_say_in_many_runs(share: float) -> None:
    got = missed(share, 1000, 4000, seed=20261122)
    print(f"rate {share:.0%}, 1,000 looks, 4,000 runs: limits of 95 % missed at some look in {got:.2%}")
    assert got <= 0.05


@pytest.mark.study
def test_no_change_is_rarely_called_one_in_many_runs() -> None:
    still = alarms((0.2, 0.2), (600, 300), periods=8, runs=500, seed=20261122)
    moved = alarms((0.2, 0.35), (600, 300), periods=8, runs=200, seed=20261122)
    print(f"no change called one in {still:.1%}; 20 % become 35 % seen within 8 periods in {moved:.1%}")
    assert still <= 0.05
    assert moved >= 0.8
