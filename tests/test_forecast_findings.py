"""Whether what the audit foretells comes to pass, in made-up exports whose future is known."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from engines import AS_OF, charter_of, crm_of, table_of
from scipy import stats

from alignment_metrics.crm import Crm
from alignment_metrics.findings import audit

MONTHS, DAYS, PROMISED, OLDEST = 18, 540, 0.8, 360
CHARTER = charter_of(stages=("lead", "won"), exits=("lost",))
EMPTY = crm_of([], CHARTER)
# How many leads a month, by how much months differ beyond chance, and by how much the rate falls over the time.
KINDS = {"small": (80, 0.0, 0.0), "large": (400, 0.0, 0.0), "uneven": (200, 0.2, 0.0), "falling": (200, 0.0, 0.3)}


def export(
    rng: np.random.Generator, a_month: int, uneven: float, fall: float
) -> tuple[Crm, dict[str, tuple[int, int]]]:
    """Leads of a year and a half as known today, and what will have become of those of each month: wins and leads."""
    n = MONTHS * a_month
    born = rng.integers(0, DAYS, n)
    month = born // 30
    rates = 0.15 * (1 - fall * (2 * np.arange(MONTHS) / MONTHS - 1)) * np.exp(rng.normal(0, uneven, MONTHS))
    wins = rng.random(n) < rates[month]
    wait = np.minimum(rng.gamma(2.5, 20, n).astype(int), 170)
    gone = ~wins & (rng.random(n) < 0.7)
    left = rng.gamma(1.5, 20, n).astype(int)
    first = np.datetime64(AS_OF) - DAYS + 1
    names = [f"{first + int(day)}"[:7] for day in born]
    will = Counter(name for name, win in zip(names, wins, strict=True) if win)
    unknown = pa.array(["unknown"] * n)
    columns: dict[str, Any] = dict.fromkeys(("source", "direction", "owner"), unknown)
    columns |= {"row": pa.array(range(n)), "lead_id": pa.array(map(str, range(n)))}
    columns |= {"account_id": pa.nulls(n, pa.string()), "amount": pa.nulls(n, pa.float64())}
    columns["lead"] = pa.array((first + born).astype("datetime64[D]"))
    for name, happens, after in (("won", wins, wait), ("lost", gone, left)):
        day = born + after
        columns[name] = pa.array((first + day).astype("datetime64[D]"), mask=~(happens & (day < DAYS)))
    crm = replace(EMPTY, journeys=table_of(pa.table(columns), "duckdb"))
    return crm, {name: (will[name], leads) for name, leads in Counter(names).items()}


def held(kind: str, exports: int) -> dict[str, int]:
    """How often the forecast of all, and that of each of the three youngest months, held what came."""
    rng = np.random.default_rng(20261122)
    counted = Counter(all=0, months=0, alarms=0)
    for _ in range(exports):
        crm, future = export(rng, *KINDS[kind])
        found = {one.code: one for one in audit(crm, only="cohorts")}
        counted["alarms"] += found["cohorts.change"].verdict in ("higher", "lower")
        forecast = found["cohorts.forecast"]
        ends = {dict(name)["cohort"]: one for name, one in forecast.estimates if dict(name).keys() == {"cohort"}}
        (_, whole), *_ = forecast.estimates
        wins, leads = (sum(future[month][part] for month in ends) for part in (0, 1))
        counted["all"] += whole.low <= wins / leads <= whole.high
        for month in sorted(ends)[-3:]:
            wins, leads = future[month]
            # A limit and a share may be the same number, reached by two ways.
            counted["months"] += ends[month].low - 1e-9 <= wins / leads <= ends[month].high + 1e-9
    return counted


def test_what_is_foretold_comes_to_pass_about_as_often_as_promised() -> None:
    counted = held("large", 30)
    assert counted["all"] >= stats.binom.ppf(0.001, 30, PROMISED)
    assert counted["months"] >= stats.binom.ppf(0.001, 90, PROMISED)


@pytest.mark.study
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_foretold_comes_to_pass_in_many_exports(kind: str) -> None:
    counted = held(kind, 400)
    print(kind, dict(counted))
    assert 0.75 <= counted["all"] / 400 <= 0.95
    assert 0.75 <= counted["months"] / 1200 <= 0.95
    if kind != "falling":
        assert counted["alarms"] <= stats.binom.isf(0.001, 400, 0.05)


def test_an_export_ends_on_its_last_day() -> None:
    crm, _ = export(np.random.default_rng(1), 80, 0.0, 0.0)
    (found,) = crm.journeys.agg(last=crm.journeys["lead"].max()).to_pyarrow().to_pylist()
    assert AS_OF - dt.timedelta(days=2) <= found["last"] <= AS_OF
