"""Conversions of a period over the leads of that period: R's numbers, the edges, and how often the interval covers."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alignment_metrics.stats.rates import rate
from alignment_metrics.stats.throughput import throughput
from alignment_metrics.values import Counts

R: dict[str, Any] = json.loads((Path(__file__).parent / "reference" / "throughput.json").read_text("utf-8"))


@pytest.mark.parametrize("case", R["cases"])
def test_the_interval_is_that_of_three_poisson_counts_in_r(case: dict[str, float]) -> None:
    counts = {name: int(case[name]) for name in ("out", "into", "both")}
    found = throughput(**counts, confidence=case["confidence"])
    for name in ("value", "low", "high"):
        assert getattr(found, name) == pytest.approx(case[name], rel=1e-9), name
    assert (found.n, found.hits, found.unit) == (counts["into"], counts["out"], "per 100 leads")


@pytest.mark.parametrize(("hits", "total"), [(0, 1), (0, 40), (7, 40), (40, 40)])
def test_where_every_conversion_is_of_a_lead_of_the_period_the_ratio_is_a_share(hits: int, total: int) -> None:
    found, share = throughput(hits, total, hits, unit="accounts"), rate(Counts(hits, total))
    assert (found.value, found.low, found.high) == (100 * share.value, 100 * share.low, 100 * share.high)
    assert (found.method, found.unit) == ("Wilson", "per 100 accounts")


def test_it_may_exceed_a_hundred_and_of_nothing_cannot_be_told() -> None:
    assert throughput(30, 20, 12).value == 150
    nothing = throughput(3, 0, 0)
    assert math.isnan(nothing.value)
    assert (nothing.low, nothing.high, nothing.n) == (0.0, math.inf, 0)


@pytest.mark.parametrize(("out", "into", "both"), [(3, 5, 4), (5, 3, 4), (3, 3, -1)])
def test_more_in_both_counts_than_in_either_is_a_mistake(out: int, into: int, both: int) -> None:
    text = f"both must lie between 0 and the smaller count; got out={out}, into={into}, both={both}."
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        throughput(out, into, both)


def test_the_interval_covers_the_true_ratio_as_often_as_it_says() -> None:
    # A company of 300 leads a year, of which 24 convert in it, and 16 conversions of leads from before.
    draws = np.random.default_rng(20260630).poisson([24, 276, 16], size=(4000, 3)).tolist()
    found = [throughput(a + b, a + c, a) for a, c, b in draws]
    covered = sum(one.low <= 100 * 40 / 300 <= one.high for one in found) / len(found)
    # Four standard errors of 4,000 draws.
    assert abs(covered - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 4000)
