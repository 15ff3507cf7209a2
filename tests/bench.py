"""Measures the river against the bare scan of its file, and against doing the same the usual way. Prints JSON.

Each measurement is a process of its own, so that its peak memory is its own. Times leave out imports and say nothing
alone: what counts are the ratios within one run, for machines differ and are disturbed. The *floor* is DuckDB reading
and hashing every value of the columns: counting them would be answered from the file's statistics, without reading.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import bench_ages
import bench_groups
from stopwatch import in_a_process, median, peak_mib, scan, timed

ROOT = Path(__file__).resolve().parent.parent
WINDOW = 90
STAGES = ("lead", "mql", "sal", "sql", "opportunity", "won")
PAIRS = (*itertools.pairwise(STAGES), ("lead", "won"))
TALLIED = ("source", "company_size")


# --- each measurement, in a process of its own -------------------------------------------------------------------


def measure_floor(folder: Path, runs: int) -> dict[str, float]:
    file = folder / "leads.parquet"
    scan(file)()
    tallied = scan(file, ["lead", "won", *TALLIED])
    return {"all_columns": median(scan(file), runs), "tallied_columns": median(tallied, runs)}


def measure_read(folder: Path, runs: int) -> dict[str, float]:
    import alignment_metrics as am

    charter = am.read_charter(folder)
    scan(folder / "leads.parquet")()
    seconds, floors = [], []
    for _ in range(runs):
        floors.append(timed(scan(folder / "leads.parquet")))
        seconds.append(timed(lambda: am.read_export(charter)))
    return {"seconds": statistics.median(seconds), "floor": statistics.median(floors)}


def widened(folder: Path, leads: int) -> None:
    """The sample as HubSpot writes it, with the columns of a usual view: forty."""
    import duckdb

    import alignment_metrics as am

    am.write_sample(folder, leads=leads, layout="hubspot")
    file = folder / "contacts.csv"
    table = duckdb.connect().read_csv(str(file), all_varchar=True)
    url = '\'https://www.example.com/\' || hash("Record ID" || {n}) % 1000 AS "Page {n}"'
    empty = "'' AS \"Note {n}\""
    more = ((url if n % 3 else empty).format(n=n) for n in range(40 - len(table.columns)))
    table.project(f"*, {', '.join(more)}").write_csv(str(folder / "wide.csv"), header=True)
    (folder / "wide.csv").replace(file)


def measure_csv(folder: Path, runs: int) -> dict[str, float]:
    """A text file: its floor is the engine's own reader, every cell as text and hashed; ``kept``: written down."""
    import duckdb

    import alignment_metrics as am

    folder = folder.with_name(f"{folder.name}-csv")
    charter, connection = am.read_charter(folder), duckdb.connect()
    text = f"read_csv('{folder / 'contacts.csv'}', all_varchar = true)"

    def cells() -> None:
        connection.execute(f"SELECT bit_xor(hash(COLUMNS(*))) FROM {text}").fetchall()

    def kept() -> None:
        connection.execute(f"CREATE OR REPLACE TEMPORARY TABLE t AS FROM {text}")

    cells()
    told: dict[str, list[float]] = {"seconds": [], "floor": [], "kept": []}
    for _ in range(runs):
        told["floor"].append(timed(cells))
        told["seconds"].append(timed(lambda: am.read_export(charter)))
    memory = peak_mib()
    told["kept"] = [timed(kept) for _ in range(runs)]
    return {**{name: statistics.median(some) for name, some in told.items()}, "read_peak_mib": memory}


def measure_tally(folder: Path, runs: int) -> dict[str, float]:
    import alignment_metrics as am

    crm = am.read_export(am.read_charter(folder))
    reach = am.Reach("lead", "won", within_days=WINDOW)
    floor, tally = scan(folder / "leads.parquet", ["lead", "won", *TALLIED]), lambda: am.tally(crm, reach, by=TALLIED)
    floor(), tally()
    pairs = [(timed(floor), timed(tally)) for _ in range(3 * runs)]
    return {"seconds": statistics.median(t for _, t in pairs), "floor": statistics.median(f for f, _ in pairs)}


def measure_audit(folder: Path, runs: int) -> dict[str, float]:
    import alignment_metrics as am

    charter = am.read_charter(folder)
    scan(folder / "leads.parquet")()
    seconds, floors = [], []
    for _ in range(runs):
        floors.append(timed(scan(folder / "leads.parquet")))
        seconds.append(timed(lambda: am.audit(am.read_export(charter))))
    return {"seconds": statistics.median(seconds), "floor": statistics.median(floors)}


def measure_usual(folder: Path, runs: int) -> dict[str, float]:
    return {"seconds": median(lambda: usual_tables(folder), runs)}


def wanted() -> list[tuple[str, str, int | None, tuple[str, ...]]]:
    """Every table the audit counts on the sample: start, stop, window, breakdown."""
    from alignment_metrics.published import comparables

    tables: list[tuple[str, str, int | None, tuple[str, ...]]] = []
    for start, stop in PAIRS:
        tables += [(start, stop, WINDOW, ("quarter",)), (start, stop, None, ())]
    tables += [("lead", "won", WINDOW, ("source",)), ("lead", "won", WINDOW, ("direction", "company_size", "industry"))]
    rates = [one.terms for one in comparables() if one.kind == "rate"]
    # The sample's funnel has neither a proposal nor a forecast.
    rates = [one for one in rates if one["start"] not in ("proposal", "forecast")]
    cited = {(one["start"], one["stop"], max(WINDOW, one.get("at_least_days", 0))) for one in rates}
    return tables + [(*one, ("direction", "source")) for one in sorted(cited)]


def usual_tables(folder: Path) -> list[dict[tuple[str, ...], tuple[int, int]]]:
    """The same tables as an analyst would make them: rows in pandas, group-by, Wilson intervals from statsmodels."""
    import pandas as pd
    from statsmodels.stats.proportion import proportion_confint

    import alignment_metrics as am

    charter = am.read_charter(folder)
    as_of = pd.Timestamp(charter.organisation.as_of)
    rows = pd.read_parquet(folder / "leads.parquet")
    rows = rows[rows["lead_id"].notna() & rows["lead"].notna()]
    for place in charter.funnel.places:
        local = rows[place].dt.tz_localize("UTC").dt.tz_convert(charter.organisation.timezone)
        rows[place] = local.dt.tz_localize(None).dt.normalize()
    rows = rows[rows["lead"] <= as_of].drop_duplicates("lead_id")
    known = charter.sources.items()
    rows["direction"] = rows["source"].map({raw: one.direction for raw, one in known}).fillna("unknown")
    rows["source"] = rows["source"].map({raw: one.source for raw, one in known}).fillna("unknown")
    tables = []
    for start, stop, window, by in wanted():
        waited = (rows[stop] - rows[start]).dt.days
        if window is None:
            total = rows[start] <= as_of
            hit = total & (waited >= 0) & (rows[stop] <= as_of)
        else:
            total = rows[start] <= as_of - pd.Timedelta(days=window)
            hit = total & (waited >= 0) & (waited <= window)
        counted = pd.DataFrame({"hits": hit, "total": total})
        quarter = rows[start].dt.to_period("Q").astype(str) if "quarter" in by else None
        keys = [quarter if key == "quarter" else rows[key] for key in by]
        sums = counted.groupby(keys, observed=True).sum() if by else counted.sum().to_frame().T
        sums = sums[sums["total"] > 0]
        proportion_confint(sums["hits"], sums["total"], method="wilson")
        names = [key if isinstance(key, tuple) else (key,) for key in sums.index] if by else [()]
        tables.append(dict(zip(names, zip(sums["hits"].tolist(), sums["total"].tolist(), strict=True), strict=True)))
    return tables


def same(folder: Path) -> bool:
    """Whether both ways give the same counts, cell by cell."""
    import alignment_metrics as am

    crm = am.read_export(am.read_charter(folder))
    for (start, stop, window, by), usual in zip(wanted(), usual_tables(folder), strict=True):
        ours = am.tally(crm, am.Reach(start, stop, within_days=window), by=by)
        if {cell: (counts.hits, counts.total) for cell, counts in ours.cells} != usual:
            return False
    return True


MEASURES = {
    "floor": measure_floor,
    "read": measure_read,
    "csv": measure_csv,
    "tally": measure_tally,
    "audit": measure_audit,
    "usual": measure_usual,
    **bench_ages.MEASURES,
    **bench_groups.MEASURES,
}


def bench(sizes: list[int], runs: int, *, libraries: bool = False) -> dict[str, Any]:
    import alignment_metrics as am

    told: dict[str, Any] = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()},
        "versions": {name: version(name) for name in ("duckdb", "ibis-framework", "pandas", "statsmodels")},
        "runs": runs,
        "ties": bench_ages.ties(),
        "leads": {},
    }
    with tempfile.TemporaryDirectory() as scratch:
        for leads in sizes:
            folder = Path(scratch) / str(leads)
            making = timed(lambda: am.write_sample(folder, leads=leads, layout="parquet"))  # noqa: B023
            # Ten million rows of forty columns as text take six gigabytes: a million tell as much.
            as_text = leads <= 1_000_000
            wide = folder.with_name(f"{leads}-csv")
            if as_text:
                widened(wide, leads)
            bench_groups.widened(folder, leads)
            names = [name for name in MEASURES if as_text or name != "csv"]
            found = {name: in_a_process(sys.executable, Path(__file__), name, folder, runs) for name in names}
            for made in (wide, bench_groups.beside(folder)):
                shutil.rmtree(made, ignore_errors=True)
            audit, read, tally, text = found["audit"], found["read"], found["tally"], found.get("csv")
            ages, curves = found["ages"], found["curves_as_they_are"]
            others = bench_ages.beside_libraries(folder, curves, ages) if libraries else None
            del curves["curves"]
            told["leads"][str(leads)] = {
                "sample_seconds": making,
                **found,
                "ratios": {
                    "tally_to_floor": tally["seconds"] / tally["floor"],
                    "read_to_floor": read["seconds"] / read["floor"],
                    "csv_to_floor": text and text["seconds"] / text["floor"],
                    "csv_to_kept": text and text["seconds"] / text["kept"],
                    "audit_to_floor": audit["seconds"] / audit["floor"],
                    "usual_to_audit": found["usual"]["seconds"] / audit["seconds"],
                    "ages_to_floor": ages["seconds"] / ages["floor"],
                    "ages_to_floor_cpu": ages["seconds_cpu"] / ages["floor_cpu"],
                    "ages_to_floor_of_journeys": ages["seconds"] / ages["floor_of_journeys"],
                },
                "libraries": others,
                "both_ways_agree": same(folder) if leads <= 1_000_000 else None,
            }
            print(f"bench: {leads:,} leads done", file=sys.stderr, flush=True)
    return told


def rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    return round(value, 3) if isinstance(value, float) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--libraries", action="store_true", help="also the other libraries; slow, and of gigabytes")
    parser.add_argument("--out", type=Path, default=ROOT / "bench.json", help="where the JSON is written as well")
    parser.add_argument("--measure", choices=sorted(MEASURES), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps({**MEASURES[options.measure](options.folder, options.runs), "peak_mib": peak_mib()}))
        return
    text = json.dumps(rounded(bench(options.leads, options.runs, libraries=options.libraries)), indent=1)
    options.out.write_text(text + "\n", "utf-8")
    print(text)


if __name__ == "__main__":
    main()
