"""Many groups at once: known answers, and how often chance alone raises an alarm."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from reference import CASES, agrees
from scipy import stats

from alignment_metrics.stats.many import (
    GOODMAN,
    SIDAK,
    SMALLEST_EXPECTED,
    adjust,
    holm,
    homogeneity,
    shares,
    simultaneous,
)
from alignment_metrics.stats.rates import rate
from alignment_metrics.values import Counts

R: dict[str, Any] = json.loads(Path(__file__).parent.joinpath("reference", "many.json").read_text(encoding="utf-8"))[
    "answers"
]
METHODS = {
    "holm": "holm",
    "hochberg": "hochberg",
    "bonferroni": "bonferroni",
    "benjamini-hochberg": "bh",
    "benjamini-yekutieli": "by",
}
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


@pytest.mark.parametrize("method", METHODS)
def test_adjusted_pvalues_of_the_known_family_come_out(method: str) -> None:
    case, name = CASES["M01"], METHODS[method]
    got = adjust(case["inputs"]["p"], method)
    assert got == pytest.approx(case["expected"][name], abs=case["tol"]["default"])
    if f"n_reject_{name}" in case["expected"]:
        assert sum(p <= case["inputs"]["q"] for p in got) == case["expected"][f"n_reject_{name}"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("family", [1, 2, 3])
def test_adjusted_pvalues_are_those_of_r(method: str, family: int) -> None:
    answers = {key: value if isinstance(value, list) else [value] for key, value in R[f"adjust {family}"].items()}
    pvalues, want = ([math.nan if p is None else p for p in answers[key]] for key in ("p", METHODS[method]))
    assert adjust(pvalues, method) == pytest.approx(want, rel=1e-12, nan_ok=True)


@given(PVALUES, st.sampled_from(list(METHODS)))
def test_adjusted_pvalues_are_no_smaller_and_in_the_same_order(pvalues: list[float], method: str) -> None:
    adjusted = adjust(pvalues, method)
    assert all(raw <= one <= 1 for raw, one in zip(pvalues, adjusted, strict=True))
    ordered = [one for _, one in sorted(zip(pvalues, adjusted, strict=True))]
    assert ordered == sorted(ordered)


@pytest.mark.parametrize("method", METHODS)
def test_a_pvalue_that_is_not_there_is_in_no_family(method: str) -> None:
    got = adjust([0.01, math.nan, 0.04], method)
    assert [got[0], got[2]] == adjust([0.01, 0.04], method)
    assert math.isnan(got[1])
    assert adjust([], method) == []


def test_a_caller_is_told_what_to_do_instead() -> None:
    with pytest.raises(
        ValueError,
        match=r"^unknown method 'sidak' to adjust p-values; choose one of holm, hochberg, bonferroni, "
        r"benjamini-hochberg, benjamini-yekutieli\.$",
    ):
        adjust([0.01], "sidak")
    with pytest.raises(ValueError, match=r"^a p-value must lie between 0 and 1; got 1\.2\.$"):
        adjust([0.5, 1.2])
    with pytest.raises(ValueError, match=r"^a part cannot hold fewer than no leads; got -1\.$"):
        shares([4, -1])
    for ask in (lambda: simultaneous([], confidence=95), lambda: shares([], confidence=95)):
        with pytest.raises(ValueError, match=r"^confidence must lie between 0 and 1, both excluded; got 95, for"):
            ask()


def test_simultaneous_intervals_of_the_known_groups_come_out() -> None:
    case = CASES["M04"]
    groups = [Counts(x, n) for x, n in zip(case["inputs"]["x"], case["inputs"]["n"], strict=True)]
    got = simultaneous(groups, confidence=case["inputs"]["conf"])
    for side in ("lo", "hi"):
        limits = [one.low if side == "lo" else one.high for one in got]
        assert limits == pytest.approx(case["expected"][side], abs=case["tol"]["default"])
    assert 1 - case["inputs"]["conf"] ** (1 / len(groups)) == pytest.approx(case["expected"]["per_interval_alpha"])
    assert {(one.method, one.confidence) for one in got} == {(SIDAK, 0.95)}


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_simultaneous_intervals_are_those_of_r(confidence: float) -> None:
    want = R[f"simultaneous {confidence:g}"]
    got = simultaneous([Counts(x, n) for x, n in zip(want["x"], want["n"], strict=True)], confidence=confidence)
    # R's prop.test subtracts in its lower limit: of 3 in 700 it keeps ten digits.
    assert [one.low for one in got] == pytest.approx(want["low"], rel=1e-9, abs=1e-12)
    assert [one.high for one in got] == pytest.approx(want["high"], rel=1e-9)
    assert [(one.hits, one.n) for one in got] == list(zip(want["x"], want["n"], strict=True))


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_shares_of_a_whole_have_the_limits_of_goodman(confidence: float) -> None:
    want = R[f"shares {confidence:g}"]
    got = shares(want["parts"], confidence=confidence)
    assert [one.low for one in got] == pytest.approx(want["low"], rel=1e-9, abs=1e-12)
    assert [one.high for one in got] == pytest.approx(want["high"], rel=1e-9)
    assert math.fsum(one.value for one in got) == pytest.approx(1)
    assert {(one.method, one.confidence, one.n) for one in got} == {(GOODMAN, confidence, sum(want["parts"]))}


def test_a_group_without_leads_is_in_no_family_of_intervals() -> None:
    groups = [Counts(3, 40), Counts(0, 0), Counts(9, 50)]
    got = simultaneous(groups)
    assert [got[0], got[2]] == simultaneous([groups[0], groups[2]])
    assert math.isnan(got[1].value)
    assert (got[1].low, got[1].high, got[1].n) == (0.0, 1.0, 0)
    assert simultaneous([]) == []


def test_one_group_alone_has_the_interval_of_one() -> None:
    got, plain = simultaneous([Counts(81, 263)])[0], rate(Counts(81, 263))
    assert (got.low, got.high) == (plain.low, plain.high)


def test_a_whole_of_one_part_or_of_none_leaves_nothing_to_estimate() -> None:
    (only,) = shares([7])
    assert (only.value, only.low, only.high, only.n) == (1.0, 1.0, 1.0, 7)
    assert shares([]) == []
    nobody = shares([0, 0])
    assert all(math.isnan(one.value) and (one.low, one.high, one.n) == (0.0, 1.0, 0) for one in nobody)


@pytest.mark.parametrize("parts", [(0.6, 0.3, 0.1), (0.9, 0.05, 0.03, 0.02), (0.2,) * 5])
def test_intervals_hold_the_truth_of_all_groups_at_once(parts: tuple[float, ...]) -> None:
    rng, times = np.random.default_rng(20261122), 1000
    both = {"shares": 0, "groups": 0}
    for _ in range(times):
        drawn = [int(x) for x in rng.multinomial(300, parts)]
        both["shares"] += all(one.low <= p <= one.high for one, p in zip(shares(drawn), parts, strict=True))
        hits = [Counts(int(rng.binomial(400, p)), 400) for p in parts]
        both["groups"] += all(one.low <= p <= one.high for one, p in zip(simultaneous(hits), parts, strict=True))
    # Four standard errors below what they say.
    assert min(both.values()) / times > 0.95 - 4 * math.sqrt(0.95 * 0.05 / times), both


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


@pytest.mark.parametrize("small", [8, 9, 10, 11])
def test_a_group_that_expects_five_hits_stands_alone_and_one_that_expects_fewer_does_not(small: int) -> None:
    # Half of all 80 are hits, so it takes ten leads to expect five of either (Cochran's rule).
    groups = [Counts(small - 1, small), Counts(31 - small, 50 - small), Counts(10, 30)]
    apart = groups if small >= 10 else [Counts(30, 50), Counts(10, 30)]
    table = [[one.hits for one in apart], [one.total - one.hits for one in apart]]
    assert homogeneity(groups) == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)


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
