"""Measures life tables: against the bare scan of their columns, and beside the libraries that fit curves to rows.

Ours are told three ways. ``ages`` counts journeys that have been read. ``curves_audited`` reads and judges the whole
export first, which no library does. ``curves_as_they_are`` takes the rows of the file as they are, as the libraries do:
that one is like for like, and its curves must be theirs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from stopwatch import hashed, in_a_process, median, paired, scan

ROOT = Path(__file__).resolve().parent.parent
OTHERS = ROOT / ".cache" / "bench-venv"
# Of each library, which of our curves is meant.
LIBRARIES = {
    "lifelines_kaplan_meier": "kaplan_meier",
    "lifelines_aalen_johansen": "cumulative",
    "surpyval_competing_risks": "cumulative",
    "sksurv_cumulative_incidence": "cumulative",
}
COLUMNS = ["lead", "won", "disqualified", "lost", "source"]
DAYS = (30, 90, 180, 365)
WINDOW, SHARE = 90, 0.02
TIES = "K13"
Curves = dict[str, dict[str, list[float]]]


def measure_ages(folder: Path, runs: int) -> dict[str, Any]:
    """The life table of one wait by source, counted from journeys; then all that is read from it, by source too."""
    import alignment_metrics as am

    crm, wait = am.read_export(am.read_charter(folder)), am.Wait("lead", "won")
    con = crm.journeys.get_backend().con
    journeys = f"SELECT {hashed(COLUMNS)} FROM {crm.journeys.get_name()}"
    found: dict[str, Any] = paired(
        {
            "floor": scan(folder / "leads.parquet", COLUMNS),
            "floor_of_journeys": lambda: con.execute(journeys).fetchall(),
            "seconds": lambda: am.tally(crm, wait, by="source"),
        },
        3 * runs,
    )
    groups = {source: one for (source,), one in am.tally(crm, wait, by="source").cells}
    after = {}
    for name, work in read_from().items():
        work(groups)
        after[name] = median(lambda: work(groups), 3 * runs)  # noqa: B023
    return {**found, "groups": len(groups), "after": after, "after_all": sum(after.values())}


def read_from() -> dict[str, Callable[[Mapping[str, Any]], Any]]:
    """What is asked of the life tables of several groups."""
    from alignment_metrics.stats.contrasts import gray, logrank
    from alignment_metrics.stats.curves import cumulative, kaplan_meier
    from alignment_metrics.stats.waits import restricted_mean, waiting_time

    return {
        "cumulative": lambda groups: [cumulative(one) for one in groups.values()],
        "kaplan_meier": lambda groups: [kaplan_meier(one) for one in groups.values()],
        "waiting_time": lambda groups: [waiting_time(cumulative(one), SHARE) for one in groups.values()],
        "restricted_mean": lambda groups: [restricted_mean(one, WINDOW) for one in groups.values()],
        "gray": gray,
        "logrank": logrank,
    }


def measure_curves_audited(folder: Path, runs: int) -> dict[str, Any]:
    import alignment_metrics as am

    return {"seconds": median(lambda: curves(am.read_export(folder)), runs)}


def measure_curves_as_they_are(folder: Path, runs: int) -> dict[str, Any]:
    found = curves(as_they_are(folder))
    return {"seconds": median(lambda: curves(as_they_are(folder)), runs), "curves": found}


def as_they_are(folder: Path) -> Any:
    """The rows of the file for journeys: their days in UTC, their labels as written; nothing is judged or kept."""
    import ibis

    import alignment_metrics as am
    from alignment_metrics.crm import UNKNOWN
    from alignment_metrics.quality import Quality

    charter = am.read_charter(folder)
    file = ibis.duckdb.connect().read_parquet(folder / "leads.parquet")
    days = {place: file[place].date() for place in charter.funnel.places}
    rows = file.select(source=file["source"].fill_null(UNKNOWN), **days)
    return am.Crm(charter, rows, rows, rows, Quality(()))


def curves(crm: Any) -> Curves:
    """What share of each source converted by some days: counted, estimated, and read off."""
    import alignment_metrics as am
    from alignment_metrics.stats.curves import cumulative, kaplan_meier

    counted = {source: one for (source,), one in am.tally(crm, am.Wait("lead", "won"), by="source").cells}
    falling = {source: kaplan_meier(one) for source, one in counted.items()}
    rising = {source: cumulative(one) for source, one in counted.items()}
    return {
        "kaplan_meier": {source: [1 - one.at(day).value for day in DAYS] for source, one in falling.items()},
        "cumulative": {source: [one.at(day).value for day in DAYS] for source, one in rising.items()},
    }


def ties() -> dict[str, dict[str, float]]:
    """Twelve leads with wins on the first day and ties: the answers of R, and ours."""
    import alignment_metrics as am
    from alignment_metrics.stats.curves import cumulative

    oracle = json.loads((ROOT / "tests" / "reference" / "oracle.json").read_text("utf-8"))
    (case,) = (one for one in oracle if one["id"] == TIES)
    known = {name.removeprefix("cif_won_"): n for name, n in case["expected"].items() if name.startswith("cif_won_")}
    kinds = ("open", "converted", "left")
    table = am.Ages.of(case["inputs"]["days"], [kinds[outcome] for outcome in case["inputs"]["outcome"]])
    curve = cumulative(table)
    return {"R": known, "ours": {day: curve.at(int(day)).value for day in known}}


def beside_libraries(folder: Path, ours: Mapping[str, Any], ages: Mapping[str, Any]) -> dict[str, Any]:
    """Each library once, how far its curves are from ours on the same rows, and what it makes of the twelve leads."""
    python = OTHERS / ("Scripts/python.exe" if (OTHERS / "Scripts").is_dir() else "bin/python")
    script = Path(__file__).with_name("bench_libraries.py")
    found: dict[str, Any] = {}
    for name, kind in LIBRARIES.items():
        one = in_a_process(python, script, name, folder, 1)
        apart = [
            abs(here - there)
            for source, shares in one.pop("curves").items()
            for here, there in zip(ours["curves"][kind][source], shares, strict=True)
        ]
        ratios = {
            "to_ours_as_they_are": ours["seconds"],
            "to_ours_from_journeys": ages["seconds"] + ages["after"][kind],
        }
        found[name] = {
            **one,
            "largest_difference": f"{max(apart):.1e}",
            **{ratio: one["seconds"] / seconds for ratio, seconds in ratios.items()},
        }
    return found


MEASURES = {
    "ages": measure_ages,
    "curves_audited": measure_curves_audited,
    "curves_as_they_are": measure_curves_as_they_are,
}
