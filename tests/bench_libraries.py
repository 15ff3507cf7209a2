"""Curves by source as other libraries fit them to rows, each in its usual way. Prints JSON.

Run by ``bench.py`` in an environment that has these libraries and nothing of ours. Reading is part of the time: the
columns that are needed, from Parquet into pandas; then what ended each wait, and after how many days.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import time
import tomllib
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from stopwatch import peak_mib

DAYS = (30, 90, 180, 365)
ORACLE = Path(__file__).resolve().parent / "reference" / "oracle.json"
TIES, SEEDS = "K13", (1, 2, 3)
NEVER = 1_000_000
NAMES = {"lifelines": "lifelines", "surpyval": "surpyval", "sksurv": "scikit-survival"}
OPEN, WON, LEFT = 0, 1, 2
Shares = list[float]


def read(folder: Path) -> Any:
    """One row a lead: ``source``, the ``day`` of age at which its wait ended, and how."""
    import numpy as np
    import pandas as pd

    plan = tomllib.loads((folder / "charter.toml").read_text("utf-8"))
    as_of = pd.Timestamp(plan["organisation"]["as_of"])
    places = ["lead", "won", "disqualified", "lost"]
    rows = pd.read_parquet(folder / "leads.parquet", columns=["source", *places])
    for place in places:
        rows[place] = rows[place].dt.normalize()
    rows = rows[rows["lead"] <= as_of]
    age = (as_of - rows["lead"]).dt.days
    waits = {}
    for place in places[1:]:
        days = (rows[place] - rows["lead"]).dt.days
        waits[place] = days.where((days >= 0) & (days <= age), NEVER)
    left = np.minimum(waits["disqualified"], waits["lost"])
    won = waits["won"] < NEVER
    return pd.DataFrame(
        {
            "source": rows["source"].fillna("unknown"),
            "day": np.where(won, waits["won"], np.minimum(left, age)).astype("int64"),
            "outcome": np.where(won, WON, np.where(left < NEVER, LEFT, OPEN)).astype("int64"),
        }
    )


def stepped(days: Any, shares: Any, asked: Sequence[int]) -> Shares:
    """What a step function is at by the end of the days asked for; its steps may have been moved by less than a day."""
    import numpy as np

    places = np.searchsorted(np.asarray(days, dtype=float), np.asarray(asked) + 0.5) - 1
    return [float(np.asarray(shares)[place]) if place >= 0 else 0.0 for place in places]


# --- one function a library: the share converted by some days ----------------------------------------------------


def lifelines_kaplan_meier(day: Any, outcome: Any, at: Sequence[int]) -> Shares:
    import lifelines  # type: ignore[import-not-found]

    curve = lifelines.KaplanMeierFitter().fit(day, outcome == WON).survival_function_
    return stepped(curve.index, 1 - curve.iloc[:, 0].to_numpy(), at)


def lifelines_aalen_johansen(day: Any, outcome: Any, at: Sequence[int], seed: int = 1) -> Shares:
    import lifelines

    curve = lifelines.AalenJohansenFitter(seed=seed).fit(day, outcome, event_of_interest=WON).cumulative_density_
    return stepped(curve.index, curve.iloc[:, 0].to_numpy(), at)


def surpyval_competing_risks(day: Any, outcome: Any, at: Sequence[int]) -> Shares:
    import numpy as np
    import surpyval  # type: ignore[import-not-found]

    curve = surpyval.CompetingRisks.fit(day, np.where(outcome == OPEN, np.nan, outcome))
    return [float(share) for share in curve.cif(np.asarray(at), float(WON))]


def sksurv_cumulative_incidence(day: Any, outcome: Any, at: Sequence[int]) -> Shares:
    from sksurv.nonparametric import cumulative_incidence_competing_risks  # type: ignore[import-not-found]

    days, shares, _ = cumulative_incidence_competing_risks(outcome, day, conf_type="log-log")
    return stepped(days, shares[WON], at)


FITS = {
    one.__name__: one
    for one in (
        lifelines_kaplan_meier,
        lifelines_aalen_johansen,
        surpyval_competing_risks,
        sksurv_cumulative_incidence,
    )
}


def by_source(fit: Callable[..., Shares], folder: Path) -> dict[str, Shares]:
    return {str(name): fit(part["day"], part["outcome"], DAYS) for name, part in read(folder).groupby("source")}


def of_ties(fit: Callable[..., Shares], **more: int) -> dict[str, float]:
    """Twelve leads with wins on the first day and ties: the case of the oracle that R has the answers of."""
    import pandas as pd

    (case,) = (one for one in json.loads(ORACLE.read_text("utf-8")) if one["id"] == TIES)
    days = [int(name.removeprefix("cif_won_")) for name in case["expected"] if name.startswith("cif_won_")]
    day, outcome = (pd.Series(case["inputs"][name]) for name in ("days", "outcome"))
    return {str(at): share for at, share in zip(days, fit(day, outcome, days, **more), strict=True)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", choices=sorted(FITS), required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--runs", type=int, help="not asked for: one run of these takes long enough")
    options = parser.parse_args()
    # They warn of their own doings at every fit: of ties they move, and of functions of other libraries.
    warnings.simplefilter("ignore")
    fit = FITS[options.measure]
    # What is only done once, such as importing, is no part of the time.
    ties = of_ties(fit)
    start = time.perf_counter()
    curves = by_source(fit, options.folder)
    seconds = time.perf_counter() - start
    version = importlib.metadata.version(NAMES[options.measure.split("_")[0]])
    found = {"version": version, "seconds": seconds, "curves": curves, "peak_mib": peak_mib(), "ties": ties}
    if fit is lifelines_aalen_johansen:
        # It moves tied days apart by chance, and loses what it has put first: another seed, another answer.
        found["ties"] = {f"seed {seed}": of_ties(fit, seed=seed) for seed in SEEDS}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
