"""Made-up exports with planted answers, at any size. Nothing here is read by the audit; it is there to be audited.

The leads are drawn inside the engine and written straight to their files; the answers come from the plan alone.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import closing
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb

from alignment_metrics.samples import plan, truth

MOST_LEADS = 999_999_999  # an id has nine digits for the lead's number

LAYOUTS: dict[str, dict[str, str]] = {
    "hubspot": {"contacts.csv": "hubspot-contacts"},
    "salesforce": {"leads.csv": "salesforce-leads", "opportunities.csv": "salesforce-opportunities"},
    "parquet": {"leads.parquet": "custom"},
}
_COPY = {
    "contacts.csv": "COPY (FROM hubspot_contacts()) TO $1 (FORMAT csv, HEADER)",
    "leads.csv": "COPY (FROM salesforce_leads()) TO $1 (FORMAT csv, HEADER)",
    "opportunities.csv": "COPY (FROM salesforce_opportunities()) TO $1 (FORMAT csv, HEADER)",
    "leads.parquet": "COPY (FROM canonical_leads()) TO $1 (FORMAT parquet)",
}


def write_sample(
    folder: str | Path, *, leads: int = 5000, layout: str = "hubspot", seed: int = 1, null: bool = False
) -> dict[str, Any]:
    """Write a client folder of a made-up company: its export, ``charter.toml``, and the answers as ``truth.json``.

    The same seed gives the same leads in every layout, with the days of ``Europe/Paris`` and the times of UTC. Two
    samples of different size share their first leads, but not their accounts.

    Parameters
    ----------
    folder : path
        New or empty. It appears complete or not at all.
    leads : int
        Different leads; a few of them are written twice, or are of no use (see the answers).
    layout : str
        ``"hubspot"``, ``"salesforce"`` (two files) or ``"parquet"`` (canonical columns).
    seed : int
        Another seed, other leads of the same company.
    null : bool
        No effect anywhere: every source, size and industry alike, and no link between them.

    Returns
    -------
    dict
        What ``truth.json`` holds: shares of 1, worked out from the plan, and the account of every row.

    Raises
    ------
    ValueError
        An unknown layout, or a number of leads that is out of range.
    FileExistsError
        The folder is not empty.
    """
    if layout not in LAYOUTS:
        raise ValueError(f"unknown layout {layout!r}; a sample is written as one of {', '.join(LAYOUTS)}.")
    if not 1 <= leads <= MOST_LEADS:
        raise ValueError(f"a sample has between 1 and {MOST_LEADS} leads; got {leads}, give a number in that range.")
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} is there already and is not an empty folder; name a new one.")
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    # Written in a corner and moved up whole, so that a full disk leaves no half a client.
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".") as scratch:
            draft = Path(scratch)
            planted = _write_export(draft, leads=leads, layout=layout, seed=seed, null=null)
            answers = _answers(planted, leads=leads, layout=layout, seed=seed, null=null)
            (draft / "charter.toml").write_text(_charter(layout), encoding="utf-8", newline="\n")
            text = json.dumps(answers, indent=1, ensure_ascii=False) + "\n"
            (draft / "truth.json").write_text(text, encoding="utf-8", newline="\n")
            for path in draft.iterdir():
                path.rename(folder / path.name)
    finally:
        if made and not any(folder.iterdir()):
            folder.rmdir()
    return answers


def _write_export(folder: Path, *, leads: int, layout: str, seed: int, null: bool) -> dict[str, int]:
    with closing(_engine(leads=leads, seed=seed, null=null)) as engine:
        for file in LAYOUTS[layout]:
            engine.execute(_COPY[file], [str(folder / file)])
        cursor = engine.execute("FROM planted()")
        (row,) = cursor.fetchall()
        return dict(zip((column[0] for column in cursor.description), row, strict=True))


def _engine(*, leads: int, seed: int, null: bool) -> duckdb.DuckDBPyConnection:
    """An engine that knows the leads as tables: nothing is drawn before a file asks for it."""
    engine = duckdb.connect()
    engine.execute("SET VARIABLE plan = $1", [plan.variables(leads=leads, seed=seed, null=null)])
    engine.execute(_text("leads.sql"))
    engine.execute(_text("layouts.sql"))
    return engine


def _answers(planted: dict[str, int], *, leads: int, layout: str, seed: int, null: bool) -> dict[str, Any]:
    return {
        "sample": {"leads": leads, "layout": layout, "seed": seed, "null": null},
        "as_of": plan.AS_OF,
        "within_days": plan.WITHIN_DAYS,
        "rates": truth.rates(null=null),
        "inbound_vs_outbound": {"step": "lead_to_won", "by": ["company_size"], **truth.inbound_vs_outbound(null=null)},
        "naive": {"lead_to_won": truth.naive_rate(null=null)},
        "files": _files(planted, leads=leads, layout=layout),
        "leads_kept": leads - sum(plan.dirt(leads)[code] for code in plan.SET_ASIDE),
        "skipped_stage": {"sql": planted["skipped_sql"]},
        "plan": plan.parameters(null=null),
    }


def _files(planted: dict[str, int], *, leads: int, layout: str) -> list[dict[str, Any]]:
    """Rows read, kept and set aside of each file, and the rows behind each problem."""
    dirt = plan.dirt(leads)
    future = {"event_after_as_of": planted["future_won"]}
    aside = sum(dirt[code] for code in (*plan.SET_ASIDE, "duplicate_id"))
    if layout == "parquet":  # a column of timestamps has no room for an unreadable one
        dirt["missing_created"] += dirt.pop("unreadable_created")
    main, *others = LAYOUTS[layout]
    files = [(main, leads + plan.dirt(leads)["duplicate_id"], aside, dirt if others else dirt | future)]
    files += [(file, planted["opportunities"], 0, future) for file in others]
    return [
        {
            "path": file,
            "layout": LAYOUTS[layout][file],
            "rows_read": rows,
            "rows_kept": rows - lost,
            "rows_set_aside": lost,
            "problems": problems,
        }
        for file, rows, lost, problems in files
    ]


def _charter(layout: str) -> str:
    return "\n".join(_text(f"charter-{part}.toml") for part in ("organisation", layout, "agreed"))


def _text(name: str) -> str:
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")
