"""Non-inferiority and equivalence against published answers, and their tie to the intervals."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from reference import Case, agrees, cases
from scipy import stats
from twogroups import groups, two

from alignment_metrics.stats.differences import difference
from alignment_metrics.stats.margins import NAMES, equivalence, margin_interval, non_inferiority
from alignment_metrics.values import Counts

METHODS = list(NAMES)
SHARES = st.floats(0.01, 0.9)


def ids(case: Case) -> str:
    return str(case["id"])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("case", cases("z_farrington_manning"), ids=ids)
def test_non_inferiority_is_the_published_one(case: Case, method: str) -> None:
    got = non_inferiority(*two(case["inputs"]), case["inputs"]["margin"], method=method)
    assert agrees(got.z, case, f"z_{method.replace('-', '_')}")
    assert agrees(got.pvalue, case, f"p_{method.replace('-', '_')}")
    assert (got.method, got.n) == (NAMES[method], case["inputs"]["n1"] + case["inputs"]["n2"])


@given(groups(), groups(), SHARES, st.sampled_from(METHODS), st.sampled_from([0.8, 0.95, 0.99]))
def test_a_group_is_not_worse_exactly_where_the_interval_stays_above_the_margin(
    left: Counts, right: Counts, margin: float, method: str, confidence: float
) -> None:
    got = non_inferiority(left, right, margin, method=method).pvalue
    low = margin_interval(left, right, confidence=confidence, method=method).low
    # On the edge, and where Wald is sure of everything, the last digit decides.
    assume(abs(got - (1 - confidence)) > 1e-9 and abs(low + margin) > 1e-9)
    assert (got < 1 - confidence) == (low > -margin)


@given(groups(), groups(), SHARES, st.sampled_from(METHODS), st.sampled_from([0.8, 0.95, 0.99]))
def test_groups_are_equivalent_exactly_where_the_interval_lies_within_the_margin(
    left: Counts, right: Counts, margin: float, method: str, confidence: float
) -> None:
    got = equivalence(left, right, margin, method=method)
    interval = margin_interval(left, right, confidence=confidence, method=method)
    edge = min(abs(interval.low + margin), abs(interval.high - margin), abs(got - (1 - confidence)))
    assume(edge > 1e-9)
    assert (got < 1 - confidence) == (-margin < interval.low and interval.high < margin)


@given(groups(most=10**7), groups(most=10**7), SHARES, st.sampled_from(METHODS))
def test_equivalence_is_the_less_sure_of_two_one_sided_tests_whichever_way_round(
    left: Counts, right: Counts, margin: float, method: str
) -> None:
    got = equivalence(left, right, margin, method=method)
    assume(not math.isnan(got))
    sides = [non_inferiority(*pair, margin, method=method).pvalue for pair in ((left, right), (right, left))]
    assert got == max(sides) == equivalence(right, left, margin, method=method)


@given(groups(), groups(), SHARES)
def test_a_wider_margin_is_easier_to_keep(left: Counts, right: Counts, margin: float) -> None:
    wide, narrow = (non_inferiority(left, right, size) for size in (margin + 0.05, margin))
    assert wide.z > narrow.z
    assert wide.pvalue <= narrow.pvalue


def test_one_sided_tests_go_with_the_two_sided_interval_of_twice_the_level() -> None:
    left, right = Counts(84, 101), Counts(89, 105)
    assert margin_interval(left, right) == difference(left, right, confidence=0.9, method="mee")
    assert margin_interval(left, right, method="wald").low == difference(left, right, confidence=0.9, method="wald").low


def test_equivalence_of_many_like_leads_is_shown_and_of_a_few_is_not() -> None:
    assert equivalence(Counts(80_000, 1_000_000), Counts(80_100, 1_000_000), 0.01) < 1e-12
    assert equivalence(Counts(2, 20), Counts(2, 20), 0.01) > 0.4


@pytest.mark.parametrize("method", ["farrington-manning", "miettinen-nurminen"])
@pytest.mark.parametrize("sizes", [(40, 40), (60, 30)])
def test_score_tests_call_a_group_that_is_just_too_low_good_enough_in_about_5_of_100(
    method: str, sizes: tuple[int, int]
) -> None:
    (n, m), margin = sizes, 0.1
    found = {
        (x, y) for x in range(n + 1) for y in range(m + 1)
        if non_inferiority(Counts(x, n), Counts(y, m), margin, method=method).pvalue < 0.05
    }  # fmt: skip
    for share in (0.3, 0.5, 0.7):
        ours, theirs = stats.binom.pmf(range(n + 1), n, share - margin), stats.binom.pmf(range(m + 1), m, share)
        assert 0.03 < sum(ours[x] * theirs[y] for x, y in found) < 0.065


@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_said_of_an_empty_group(method: str) -> None:
    got = non_inferiority(Counts(0, 0), Counts(1, 2), 0.1, method=method)
    assert math.isnan(got.z)
    assert math.isnan(got.pvalue)
    assert got.n == 0
    assert math.isnan(equivalence(Counts(1, 2), Counts(0, 0), 0.1, method=method))


def test_wald_is_sure_where_no_lead_varies_and_lost_on_the_margin_itself() -> None:
    got = non_inferiority(Counts(5, 5), Counts(4, 4), 0.1, method="wald")
    assert (got.z, got.pvalue) == (math.inf, 0.0)
    worse = non_inferiority(Counts(0, 5), Counts(4, 4), 0.1, method="wald")
    assert (worse.z, worse.pvalue) == (-math.inf, 1.0)
    assert 0 < non_inferiority(Counts(5, 5), Counts(4, 4), 0.1).z < 1


@pytest.mark.parametrize("margin", [0, 1, -0.02, 2, math.nan])
@pytest.mark.parametrize("ask", [non_inferiority, equivalence])
def test_a_margin_that_is_no_share_is_refused(ask: Callable[..., object], margin: float) -> None:
    message = f"a margin must lie between 0 and 1, both excluded; got {margin!r}, for 2 points say 0.02."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ask(Counts(1, 2), Counts(1, 2), margin)


def test_unknown_method_is_refused_and_the_known_ones_are_named() -> None:
    message = "unknown method 'score' for a margin; choose one of farrington-manning, miettinen-nurminen, wald."
    for ask in (
        lambda: non_inferiority(Counts(1, 2), Counts(1, 2), 0.1, method="score"),
        lambda: equivalence(Counts(1, 2), Counts(1, 2), 0.1, method="score"),
        lambda: margin_interval(Counts(1, 2), Counts(1, 2), method="score"),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            ask()


@pytest.mark.parametrize("confidence", [0.5, 1, 95, math.nan])
def test_confidence_that_no_one_sided_test_has_is_refused(confidence: float) -> None:
    message = (
        f"confidence of a one-sided test must lie between 0.5 and 1, both excluded; got {confidence!r}, "
        "for 95% say 0.95."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        margin_interval(Counts(1, 2), Counts(1, 2), confidence=confidence)
