"""Measures the chapters that compare groups: what each of their queries takes, and all that is worked out from them.

The made-up leads get two hundred sources and fifty strata, so that ten thousand cells leave the engine.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stopwatch import paired, timed

SOURCES, STRATA = 200, 50
# What the two chapters ask of the leads, each at most once.
ASKED = ("counts", "months", "waits", "accounts", "owners")


def beside(folder: Path) -> Path:
    """Where these leads are, beside those of the other measurements."""
    return folder.with_name(f"{folder.name}-groups")


def widened(folder: Path, leads: int) -> None:
    """Beside ``folder``, the sample with many sources, half of them inbound, and with one segment of many labels."""
    import duckdb

    import alignment_metrics as am

    made = beside(folder)
    am.write_sample(made, leads=leads, layout="parquet")
    file, kept = made / "leads.parquet", made / "narrow.parquet"
    file.rename(kept)
    label, stratum = f"'s' || hash(lead_id) % {SOURCES}", f"'c' || hash(lead_id || 'x') % {STRATA}"
    drawn = f"SELECT * REPLACE ({label} AS source, {stratum} AS company_size) FROM '{kept}'"
    duckdb.connect().execute(f"COPY ({drawn}) TO '{file}'")
    kept.unlink()
    charter = made / "charter.toml"
    sides = ("inbound", "outbound")
    listed = "\n".join(f's{one} = {{ source = "s{one}", direction = "{sides[one % 2]}" }}' for one in range(SOURCES))
    text = re.sub(r"\[sources\]\n(.*\n)*?\n", f"[sources]\n{listed}\n\n", charter.read_text("utf-8"))
    text = text.replace('segments = ["company_size", "industry"]', 'segments = ["company_size"]')
    charter.write_text(text, "utf-8")
    for name in ("spend.csv", "customers.csv"):
        (made / name).unlink(missing_ok=True)


def measure_groups(folder: Path, runs: int) -> dict[str, Any]:
    """Seconds of the crude count, of each query, of both chapters after them; then of what definitions take."""
    import alignment_metrics as am
    from alignment_metrics.findings.directions import inbound_vs_outbound
    from alignment_metrics.findings.reconcile import reconcile
    from alignment_metrics.findings.sources import sources
    from alignment_metrics.findings.whole import Whole

    crm = am.read_export(am.read_charter(beside(folder)))
    reach = am.Reach("lead", "won", within_days=90)

    def asked(name: str) -> Callable[[], Any]:
        return lambda: getattr(Whole(crm), name)

    queries = {"crude": lambda: am.tally(crm, reach, by="direction")} | {name: asked(name) for name in ASKED}
    found: dict[str, Any] = paired(queries, runs)
    whole = Whole(crm)
    for name in ASKED:
        getattr(whole, name)
    # With what a chapter asks besides, such as each step by source.
    chapters = {"chapters_after": lambda: (sources(whole), inbound_vs_outbound(whole))}
    found |= paired(chapters, runs)
    found["definitions"] = timed(lambda: reconcile(whole))
    return {**found, "cells": len(whole.counts.cells)}


MEASURES = {"groups": measure_groups}
