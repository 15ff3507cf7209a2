"""Intervals of leads that come in clusters, held to R, to the leads themselves, and to how often they are right."""

from __future__ import annotations

import csv
import json
import math
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clustered import Lead, clusters_from, clusters_of
from hypothesis import given
from hypothesis import strategies as st
from reference import CASES, agrees

from alignment_metrics.stats.clusters import (
    CAUTIOUS,
    RAO_SCOTT,
    ROBUST,
    UNTOLD,
    clustered,
    clustered_difference,
    clustered_rate,
    design_effect,
    spread,
)
from alignment_metrics.stats.rates import rate
from alignment_metrics.values import Clusters, Counts, Estimate, Products
from alignment_metrics.values.clusters import Cell

HERE = Path(__file__).parent / "reference"
R: dict[str, Any] = json.loads((HERE / "many.json").read_text("utf-8"))["answers"]
IN, OUT = ("inbound",), ("outbound",)
SIDES = (IN, OUT)
SEED = 20261122
LEADS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", "d", None]), st.sampled_from([("x",), ("y",), ("z",)]), st.booleans()),
    max_size=40,
)


def crm_b(*columns: str) -> list[Lead]:
    """The leads of crm_b, in cells by direction and these columns."""
    with (HERE / "crm_b.csv").open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    return [
        (row["account"], (SIDES[row["inbound"] == "0"] + tuple(row[key] for key in columns)), row["outcome"] == "1")
        for row in rows
    ]


def by_hand(leads: Sequence[Lead], weights: dict[Cell, float]) -> tuple[float, int]:
    """The sum over clusters of their squared pulls, lead by lead, and how many there are."""
    of: dict[Cell, list[bool]] = defaultdict(list)
    for _, cell, hit in leads:
        of[cell].append(hit)
    pulls: dict[object, float] = defaultdict(float)
    for place, (cluster, cell, hit) in enumerate(leads):
        if cell in weights:
            share = sum(of[cell]) / len(of[cell])
            pulls[place if cluster is None else cluster] += weights[cell] * (hit - share) / len(of[cell])
    return math.fsum(pull * pull for pull in pulls.values()), len(pulls)


def test_the_known_answer_of_accounts_comes_out() -> None:
    case = CASES["L01"]
    clusters = clusters_of(crm_b())
    apart = design_effect(clusters, [IN], [OUT])
    assert agrees(apart.value, case, "rd")
    assert agrees(apart.error, case, "se_cluster_hc1")
    assert apart.clusters == case["expected"]["n_clusters"]
    plain = apart.error / math.sqrt(90 / 89 * 499 / 498)
    assert agrees(plain, case, "se_cluster_hc0_noadj")
    inbound = design_effect(clusters, [IN])
    assert agrees(inbound.value, case, "inbound_rate")
    assert agrees(inbound.variance, case, "inbound_var_clustered")
    assert agrees(inbound.effect, case, "inbound_design_effect")
    assert agrees(inbound.effective_n, case, "inbound_effective_n")


def test_leads_that_each_are_a_cluster_have_the_error_of_leads_that_are_independent() -> None:
    alone = clusters_of((None, cell, hit) for _, cell, hit in crm_b())
    apart = design_effect(alone, [IN], [OUT])
    assert agrees(apart.error / math.sqrt(500 / 499 * 499 / 498), CASES["L01"], "se_hc0")
    assert apart.clusters == alone.alone == 500


@pytest.mark.parametrize("name", ["inbound", "difference", "standardised"])
def test_errors_and_intervals_are_those_of_r(name: str) -> None:
    columns, weights = (), {IN: 1.0} if name == "inbound" else {IN: 1.0, OUT: -1.0}
    leads = crm_b(*columns)
    if name == "standardised":
        leads = crm_b("segment")
        sizes: dict[str, int] = defaultdict(int)
        for _, cell, _ in leads:
            sizes[cell[1]] += 1
        weights = {(*side, s): sign * n / 500 for s, n in sizes.items() for side, sign in ((IN, 1), (OUT, -1))}
    clusters, want = clusters_of(leads), R[f"clusters {name}"]
    told = spread(clusters, weights)
    assert told.clusters == want["clusters"]
    for got, key in (
        (told.value, "value"),
        (told.error, "error"),
        (told.effect, "effect"),
        (told.effective_clusters, "effective"),
    ):
        assert got == pytest.approx(want[key], rel=1e-9), key
    for place, confidence in enumerate((0.8, 0.95, 0.99)):
        got = clustered(clusters, weights, confidence=confidence)
        assert (got.value, got.low, got.high) == pytest.approx(
            (want["value"], want["low"][place], want["high"][place]), rel=1e-9
        )
        assert (got.method, got.confidence) == (ROBUST, confidence)


def test_a_sum_over_hundreds_of_cells_takes_no_time() -> None:
    rng = np.random.default_rng(SEED)
    totals = rng.poisson(0.3, (1500, 100))
    cells = [(side, str(place)) for place in range(50) for side in ("inbound", "outbound")]
    clusters = clusters_from(rng.binomial(totals, 0.2), totals, cells)
    weights = {cell: 0.02 if cell[0] == "inbound" else -0.02 for cell in cells}
    # By processor time, which hardly suffers from whoever else uses the machine.
    before = time.process_time()
    got = clustered(clusters, weights)
    assert time.process_time() - before < 1
    assert got.n == totals.sum()
    assert got.low < 0 < got.high


def test_a_difference_of_two_sides_is_the_weighted_sum_of_one_and_minus_one() -> None:
    clusters = clusters_of(crm_b())
    assert clustered_difference(clusters, [IN], [OUT]) == clustered(clusters, {IN: 1.0, OUT: -1.0, ("spare",): 0.0})
    assert clustered_difference(clusters, [IN], [OUT]) == -clustered_difference(clusters, [OUT], [IN])


def test_cells_taken_together_are_one_side() -> None:
    by_segment, merged = clusters_of(crm_b("segment")), clusters_of(crm_b())
    inbound = [cell for cell in by_segment.cells if cell[0] == "inbound"]
    outbound = [cell for cell in by_segment.cells if cell[0] == "outbound"]
    assert clustered_difference(by_segment, inbound, outbound) == clustered_difference(merged, [IN], [OUT])
    assert clustered_rate(by_segment) == clustered_rate(merged)
    # Which clusters hold any of several cells is not in the sums: 88 do, and so much is known at the least.
    assert max(by_segment.sizes[cell] for cell in inbound) <= design_effect(by_segment, inbound).clusters <= 88


@given(LEADS)
def test_the_sums_tell_what_the_leads_one_by_one_do(leads: list[Lead]) -> None:
    clusters = clusters_of(leads)
    used = [cell for cell in clusters.cells if cell != ("z",)]
    weights = {cell: 0.7 if cell == ("x",) else -1.3 for cell in used}
    told = spread(clusters, weights)
    squares, held = by_hand(leads, weights)
    n = sum(clusters.cells[cell].total for cell in used)
    if held < 2 or n <= len(used):
        assert math.isnan(told.variance)
    else:
        # Of several cells the clusters are counted at the least: the factor may then be larger than by hand.
        factor = told.clusters / (told.clusters - 1) if told.clusters > 1 else math.nan
        assert told.clusters <= held
        assert told.variance == pytest.approx(
            squares * factor * (n - 1) / (n - len(used)), rel=1e-9, abs=1e-15, nan_ok=True
        )


@given(LEADS, LEADS)
def test_sums_of_clusters_that_share_none_add(some: list[Lead], others: list[Lead]) -> None:
    renamed: list[Lead] = [(None if name is None else name + "'", cell, hit) for name, cell, hit in others]
    assert clusters_of(some) + clusters_of(renamed) == clusters_of(some + renamed)


@given(LEADS, st.sampled_from(["adjusted", "rao-scott"]), st.sampled_from([0.8, 0.95, 0.99]))
def test_limits_hold_the_rate_and_lie_between_0_and_1(leads: list[Lead], method: str, confidence: float) -> None:
    got = clustered_rate(clusters_of(leads), confidence=confidence, method=method)
    assert got.n == len(leads)
    assert 0 <= got.low <= got.high <= 1
    if leads:
        assert got.low <= got.value + 1e-12
        assert got.value <= got.high + 1e-12


@given(LEADS)
def test_limits_of_a_difference_hold_it_and_stay_within_one(leads: list[Lead]) -> None:
    clusters = clusters_of([(None, ("x",), False), (None, ("y",), True), *leads])
    got = clustered_difference(clusters, [("x",)], [("y",)])
    assert -1 <= got.low <= got.value <= got.high <= 1


def test_clusters_of_one_lead_give_wilson_interval() -> None:
    clusters = Clusters(263, {IN: Counts(81, 263)}, {IN: 263}, {(IN, IN): Products(81, 81, 81, 263)}, 263)
    plain, got = rate(Counts(81, 263)), clustered_rate(clusters, method="rao-scott")
    # The variance divides by n - 1 where the binomial one divides by n.
    assert design_effect(clusters).effect == pytest.approx(263 / 262)
    assert (got.value, got.hits, got.n) == (plain.value, plain.hits, plain.n)
    assert (got.low, got.high) == pytest.approx((plain.low, plain.high), abs=2e-4)
    assert got.method == RAO_SCOTT


def test_leads_alike_within_accounts_count_as_many_as_there_are_accounts() -> None:
    # 40 accounts of ten leads, each all or none: as good as 40 leads.
    hits = np.array([[10 if place % 4 == 0 else 0] for place in range(40)])
    clusters = clusters_from(hits, np.full((40, 1), 10), [IN])
    told = design_effect(clusters)
    assert told.effect == pytest.approx(10 * 40 / 39)
    assert (told.effective_clusters, told.clusters) == (40, 40)
    got = clustered_rate(clusters, method="rao-scott")
    assert (got.low, got.high) == pytest.approx((rate(Counts(10, 40)).low, rate(Counts(10, 40)).high), abs=3e-3)


def test_where_none_was_a_hit_each_effective_cluster_counts_as_one_lead() -> None:
    clusters = clusters_from(np.zeros((20, 1)), np.full((20, 1), 5), [IN])
    got = clustered_rate(clusters, method="rao-scott")
    assert (got.value, got.low, got.high) == (0.0, 0.0, pytest.approx(rate(Counts(0, 20)).high))
    assert (got.n, got.hits, got.method) == (100, 0, RAO_SCOTT + CAUTIOUS)
    assert math.isnan(design_effect(clusters).effect)
    assert math.isnan(design_effect(clusters).effective_n)
    every = clusters_from(np.full((20, 1), 5), np.full((20, 1), 5), [IN])
    assert clustered_rate(every).high == 1.0
    assert clustered_rate(every).low == pytest.approx(1 - clustered_rate(clusters).high)


def test_a_rate_of_0_widens_a_difference_on_its_own_side_only() -> None:
    totals = np.full((30, 2), 4)
    hits = np.zeros((30, 2), int)
    hits[:, 1] = np.arange(30) % 3
    got = clustered_difference(clusters_from(hits, totals, SIDES), [IN], [OUT])
    assert got.method == ROBUST + CAUTIOUS
    assert got.high - got.value > got.value - got.low
    turned = clustered_difference(clusters_from(4 - hits, totals, SIDES), [IN], [OUT])
    assert (turned.low, turned.high) == pytest.approx((-got.high, -got.low))


def test_what_cannot_be_told_has_the_widest_interval() -> None:
    one = clusters_of([("a", IN, True), ("a", IN, False), ("a", OUT, False)])
    got = clustered_rate(one, [IN])
    assert (got.value, got.low, got.high, got.method) == (0.5, 0.0, 1.0, UNTOLD)
    got = clustered_difference(one, [IN], [OUT])
    assert (got.value, got.low, got.high, got.method) == (0.5, -1.0, 1.0, UNTOLD)
    two = clusters_of([("a", IN, True), ("b", OUT, False)])
    got = clustered_difference(two, [IN], [OUT])
    assert (got.value, got.low, got.high, got.method) == (1.0, -1.0, 1.0, UNTOLD)
    nobody = clusters_of([])
    got = clustered_rate(nobody)
    assert math.isnan(got.value)
    assert (got.low, got.high, got.n, str(got)) == (0.0, 1.0, 0, "no leads")
    empty = Clusters(1, {IN: Counts(1, 2), OUT: Counts(0, 0)}, {IN: 1}, {(IN, IN): Products(1, 2, 2, 4)})
    got = clustered_difference(empty, [IN], [OUT])
    assert math.isnan(got.value)
    assert (got.low, got.high, got.n) == (-1.0, 1.0, 0)


def test_a_caller_is_told_what_to_do_instead() -> None:
    clusters = clusters_of(crm_b())
    with pytest.raises(ValueError, match=r"^no cell \('other',\) among the clusters; there are 2 cells\.$"):
        clustered(clusters, {("other",): 1.0})
    with pytest.raises(ValueError, match=r"^the sides of a difference share no leads; \('inbound',\) is on both\.$"):
        clustered_difference(clusters, [IN], [IN, OUT])
    with pytest.raises(
        ValueError, match=r"^unknown method 'wald' for a clustered rate; choose one of adjusted, rao-scott\.$"
    ):
        clustered_rate(clusters, method="wald")
    for ask in (
        lambda: clustered_rate(clusters, confidence=95),
        lambda: clustered(clusters, {IN: 1.0}, confidence=95),
        lambda: clustered_difference(clusters, [IN], [OUT], confidence=95),
    ):
        with pytest.raises(ValueError, match=r"^confidence must lie between 0 and 1, both excluded; got 95, for"):
            ask()


def test_sums_of_ten_million_leads_are_not_lost_in_rounding() -> None:
    # Two accounts of five million: their pulls are 1 and -1 lead, and their products 25 million million.
    hits, half = 250_000, 5_000_000
    products = Products((hits + 1) ** 2 + (hits - 1) ** 2, 2 * hits * half, 2 * hits * half, 2 * half**2)
    clusters = Clusters(2, {IN: Counts(2 * hits, 2 * half)}, {IN: 2}, {(IN, IN): products})
    assert design_effect(clusters).variance == pytest.approx(2 * 2 / (2 * half) ** 2, rel=1e-12)


def drawn(
    rng: np.random.Generator, accounts: int, largest: int, icc: float = 0.2, share: float = 0.15
) -> tuple[np.ndarray, np.ndarray]:
    """Accounts of 1 to so many leads, some inbound and some outbound, that fare alike as far as ``icc``."""
    sizes = rng.integers(1, largest + 1, accounts)
    inbound = rng.binomial(sizes, 0.4)
    rates = rng.beta(share * (1 - icc) / icc, (1 - share) * (1 - icc) / icc, accounts)
    totals = np.stack([inbound, sizes - inbound], axis=1)
    return rng.binomial(totals, rates[:, None]), totals


def held(times: int, accounts: int, largest: int, share: float = 0.15) -> dict[str, float]:
    """The share of made-up exports in which each interval holds the truth."""
    truth, found = {"rate": share, "apart": 0.0}, defaultdict(int)
    for stream in np.random.SeedSequence(SEED + accounts).spawn(times):
        clusters = clusters_from(*drawn(np.random.default_rng(stream), accounts, largest, share=share), SIDES)
        counts = sum(clusters.cells.values(), start=Counts(0, 0))
        intervals: dict[str, tuple[Estimate, str]] = {
            "Wilson": (rate(counts), "rate"),
            "Rao-Scott": (clustered_rate(clusters, method="rao-scott"), "rate"),
            "adjusted": (clustered_rate(clusters), "rate"),
            "difference": (clustered_difference(clusters, [IN], [OUT]), "apart"),
        }
        for name, (one, key) in intervals.items():
            found[name] += one.low <= truth[key] <= one.high
    return {name: count / times for name, count in found.items()}


def test_intervals_of_clustered_leads_hold_the_truth_where_wilson_does_not() -> None:
    times = 600
    found = held(times, 100, 10)
    # Four standard errors of a share of 94.5% to either side.
    reach = 4 * math.sqrt(0.945 * 0.055 / times)
    assert found["Wilson"] < 0.88, found
    for name in ("Rao-Scott", "adjusted", "difference"):
        assert abs(found[name] - 0.945) <= reach, found


@pytest.mark.study
@pytest.mark.parametrize("largest", [10, 60])
def test_intervals_of_a_hundred_accounts_hold_the_truth_in_93_to_96_percent(largest: int) -> None:
    found = held(6000, 100, largest)
    print(largest, found)
    for name in ("Rao-Scott", "adjusted", "difference"):
        assert 0.93 <= found[name] <= 0.96, found
    assert found["Wilson"] < 0.87


@pytest.mark.study
@pytest.mark.parametrize("accounts", [8, 15, 30])
def test_intervals_of_few_accounts_hold_the_truth_nearly_as_often(accounts: int) -> None:
    found = held(4000, accounts, 10)
    print(accounts, found)
    assert found["adjusted"] >= 0.92
    assert found["difference"] >= 0.94
    assert found["Rao-Scott"] < found["adjusted"]
