"""The bench measures what it says: in small, its life tables are those of a plain count over the same rows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import bench_ages
import bench_groups
import bench_libraries
import numpy as np
import pytest

import run
from alignment_metrics.measures import Wait
from alignment_metrics.samples import write_sample
from alignment_metrics.tallies import tally
from alignment_metrics.values.ages import CONVERTED, OPEN

LEADS = 1_000
# What the other libraries are given for an outcome.
OUTCOMES = {CONVERTED: bench_libraries.WON, OPEN: bench_libraries.OPEN, "other": bench_libraries.LEFT}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bench")
    write_sample(made, leads=LEADS, layout="parquet")
    return made


@pytest.fixture(scope="module")
def rows(folder: Path) -> Any:
    return bench_libraries.read(folder)


def converted_by(rows: Any, ended: tuple[int, ...]) -> list[float]:
    """The share converted by each day asked for, where ``ended`` ends a wait: all at risk, day by day."""
    day, outcome = rows["day"].to_numpy(), rows["outcome"].to_numpy()
    waiting, share, shares = 1.0, 0.0, []
    for age in range(max(bench_ages.DAYS) + 1):
        at_risk, now = (day >= age).sum(), day == age
        if at_risk:
            share += waiting * (now & (outcome == bench_libraries.WON)).sum() / at_risk
            waiting *= 1 - (now & np.isin(outcome, ended)).sum() / at_risk
        if age in bench_ages.DAYS:
            # Without a lead under watch nothing is known any more.
            shares.append(share if at_risk or waiting == 0 else float("nan"))
    return shares


def test_the_rows_that_libraries_are_given_are_those_that_we_count(folder: Path, rows: Any) -> None:
    found: Counter[tuple[str, int, int]] = Counter()
    for (source,), one in tally(bench_ages.as_they_are(folder), Wait("lead", "won"), by="source").cells:
        columns = {CONVERTED: one.converted, OPEN: one.censored} | {f"left {name}": n for name, n in one.exited.items()}
        for name, column in columns.items():
            outcome = OUTCOMES.get(name, bench_libraries.LEFT)
            for day, n in zip(one.day, column, strict=True):
                found[source, day, outcome] += n
    expected = Counter(zip(rows["source"], rows["day"], rows["outcome"], strict=True))
    assert +found == expected
    assert sum(expected.values()) > 0.9 * LEADS


def test_the_curves_that_are_set_beside_libraries_are_those_of_a_plain_count(folder: Path, rows: Any) -> None:
    ours = bench_ages.curves(bench_ages.as_they_are(folder))
    won, left = bench_libraries.WON, bench_libraries.LEFT
    for source, part in rows.groupby("source"):
        for name, ended in (("kaplan_meier", (won,)), ("cumulative", (won, left))):
            assert ours[name][source] == pytest.approx(converted_by(part, ended), abs=1e-12, nan_ok=True)


def test_the_life_tables_are_measured_with_all_that_is_read_from_them(folder: Path) -> None:
    found = bench_ages.measure_ages(folder, 1)
    assert {*found["after"]} == {
        *("cumulative", "kaplan_meier", "waiting_time", "restricted_mean", "gray", "logrank"),
    }
    assert found["after_all"] == pytest.approx(sum(found["after"].values()))
    assert min(found["seconds"], found["floor"], found["floor_of_journeys"]) > 0


def test_the_chapters_on_groups_are_measured_on_many_sources_and_strata(tmp_path: Path) -> None:
    bench_groups.widened(tmp_path / "leads", LEADS)
    found = bench_groups.measure_groups(tmp_path / "leads", 1)
    assert {"crude", "chapters_after", "definitions", *bench_groups.ASKED} <= {*found}
    # Nearly as many cells as leads: of two hundred sources and fifty strata few have two.
    assert LEADS / 2 < found["cells"] <= bench_groups.SOURCES * bench_groups.STRATA


def test_the_twelve_leads_with_ties_have_the_answers_of_r() -> None:
    found = bench_ages.ties()
    assert found["ours"] == pytest.approx(found["R"], abs=1e-9)
    assert len(found["R"]) == 5


@pytest.mark.study
def test_the_whole_bench_runs_in_small(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    command = [
        sys.executable,
        str(root / "tests" / "bench.py"),
        "--leads",
        str(LEADS),
        "--runs",
        "1",
        "--out",
        str(out),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, f"bench: {LEADS:,} leads done\n")
    told = json.loads(done.stdout)
    assert json.loads(out.read_text("utf-8")) == told
    measured = told["leads"][str(LEADS)]
    assert measured["both_ways_agree"] is True
    assert measured["libraries"] is None
    assert {"ages_to_floor", "read_to_floor", "tally_to_floor"} <= {*measured["ratios"]}


def test_only_the_bench_installs_other_libraries_and_only_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[Any, ...]] = []

    def make(venv: Path, *what: str, pins: Path) -> None:
        made.append((venv, *what, pins))
        Path(run.program("python", venv)).parent.mkdir(parents=True)
        Path(run.program("python", venv)).touch()

    monkeypatch.setattr(run, "OTHERS", tmp_path / "others")
    monkeypatch.setattr(run, "make", make)
    monkeypatch.setattr(run, "inside", lambda *command: 0)
    assert run.bench("--leads", "1000") == 0
    assert made == []
    assert run.bench("--libraries") == run.bench("--libraries") == 0
    assert made == [(tmp_path / "others", "-r", str(run.OTHER_PINS), run.OTHER_PINS)]


def test_the_list_of_other_libraries_names_each_with_a_version_and_no_address(root: Path) -> None:
    lines = (root / "tests" / "bench-libraries.txt").read_text("utf-8").splitlines()
    pinned = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][\w.]*", line) for line in pinned)
    assert {line.partition("==")[0] for line in pinned} >= {*bench_libraries.NAMES.values()}
