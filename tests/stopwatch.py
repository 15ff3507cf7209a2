"""What a measurement is made of: the clock, the peak of memory, the bare scan to hold others to, and a process."""

from __future__ import annotations

import json
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(work: Callable[[], Any], runs: int) -> float:
    return statistics.median(timed(work) for _ in range(runs))


def paired(works: dict[str, Callable[[], Any]], runs: int) -> dict[str, float]:
    """Medians of seconds of several works, each once a round, and of ``cpu`` seconds: all cores together.

    The clock suffers from whoever else uses the machine; processor time hardly does.
    """
    told: dict[str, list[float]] = {name: [] for work in works for name in (work, f"{work}_cpu")}
    for work in works.values():
        work()
    for _ in range(runs):
        for name, work in works.items():
            before = time.process_time()
            told[name].append(timed(work))
            told[f"{name}_cpu"].append(time.process_time() - before)
    return {name: statistics.median(some) for name, some in told.items()}


def hashed(columns: list[str]) -> str:
    """Reads every value: to count them would be answered from statistics."""
    return ", ".join(f'bit_xor(hash("{name}"))' for name in columns)


def scan(file: Path, columns: list[str] | None = None) -> Callable[[], Any]:
    import duckdb

    relation = duckdb.connect().read_parquet(str(file))
    return lambda: relation.aggregate(hashed(columns or relation.columns)).fetchall()


def peak_mib() -> float:
    """The most memory this process has held, in MiB."""
    try:
        # What getrusage tells includes the parent's memory at the time of the fork; this does not.
        status = Path("/proc/self/status").read_text()
        return round(int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024, 1)
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def in_a_process(python: str | Path, script: Path, name: str, folder: Path, runs: int) -> dict[str, Any]:
    """What a measurement of this script found, in a process of its own, so that its peak of memory is its own."""
    command = [str(python), str(script), "--measure", name, "--folder", str(folder), "--runs", str(runs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"bench: {name} failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found
