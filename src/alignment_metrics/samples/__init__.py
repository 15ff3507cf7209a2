"""Made-up exports with planted answers, at any size. Nothing here is read by the audit; it is there to be audited.

The leads are drawn inside the engine and written straight to their files; the answers come from the plan alone.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb

from alignment_metrics.samples import people, plan, truth, vendors
from alignment_metrics.samples.traps import ALL, FORMS, MOST_TRAPPED, REFUSED, TRAPS, chosen, plant
from alignment_metrics.samples.vendors import LAYOUTS

__all__ = ["ALL", "FORMS", "LAYOUTS", "MOST_LEADS", "MOST_TRAPPED", "REFUSED", "TRAPS", "chosen", "write_sample"]

MOST_LEADS = 999_999_999  # an id has nine digits for the lead's number


def write_sample(
    folder: str | Path,
    *,
    leads: int = 5000,
    layout: str = "hubspot",
    seed: int = 1,
    null: bool = False,
    traps: Sequence[str] = (),
) -> dict[str, Any]:
    """Write a client folder of a made-up company: its export, ``charter.toml``, and the answers as ``truth.json``.

    The same seed gives the same leads in every layout, with the days of ``Europe/Paris`` and the times of UTC. Two
    samples of different size share their first leads, but not their accounts. Beside the leads lie, in every layout
    that knows more than deals, what they cost, who is a customer, who was called when, and 40 filled-in questionnaires.

    Parameters
    ----------
    folder : path
        New or empty. It appears complete or not at all.
    leads : int
        Different leads; a few of them are written twice, or are of no use (see the answers).
    layout : str
        One of ``LAYOUTS``, such as ``"hubspot"``, ``"salesforce"`` (two files) or ``"parquet"`` (canonical columns).
    seed : int
        Another seed, other leads of the same company.
    null : bool
        No effect anywhere: every source, size and industry alike, and no link between them; both teams say the same.
    traps : sequence of str
        What real exports have wrong with them and this one shall have too: names of ``TRAPS`` (rows that the reader
        must count), ``FORMS`` (how the files are written) or ``REFUSED`` (what no reader may guess); ``"all"`` stands
        for all of ``TRAPS`` that the layout can have. The answers then tell the rows of each. Planted in memory, so
        only in samples of up to 100,000 leads.

    Returns
    -------
    dict
        What ``truth.json`` holds: shares of 1, worked out from the plan, and the account of every row. ``answered`` and
        ``followed_up`` are of leads that had the time for it, ``survey`` counts the answers in the file, and
        ``agreement`` tells what was promised, what is planted, and the state that follows (see ``people.Promise``).

    Raises
    ------
    ValueError
        An unknown layout or trap, a trap that the layout cannot have or the leads have no row for, or a number of leads
        that is out of range.
    FileExistsError
        The folder is not empty.
    """
    if layout not in LAYOUTS:
        raise ValueError(f"unknown layout {layout!r}; a sample is written as one of {', '.join(LAYOUTS)}.")
    if not 1 <= leads <= MOST_LEADS:
        raise ValueError(f"a sample has between 1 and {MOST_LEADS} leads; got {leads}, give a number in that range.")
    codes = chosen(traps, layout, leads)
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} is there already and is not an empty folder; name a new one.")
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    # Written in a corner and moved up whole, so that a full disk leaves no half a client.
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".") as scratch:
            draft = Path(scratch)
            planted, rows, lists = _write_export(draft, leads=leads, layout=layout, seed=seed, null=null)
            answers = _answers(planted, rows, lists, leads=leads, layout=layout, seed=seed, null=null)
            charter = _charter(layout, leads=leads, null=null)
            if codes:
                charter, answers = plant(draft, codes, charter, answers)
            (draft / "charter.toml").write_text(charter, encoding="utf-8", newline="\n")
            text = json.dumps(answers, indent=1, ensure_ascii=False) + "\n"
            (draft / "truth.json").write_text(text, encoding="utf-8", newline="\n")
            for path in draft.iterdir():
                path.rename(folder / path.name)
    finally:
        if made and not any(folder.iterdir()):
            folder.rmdir()
    return answers


def _write_export(
    folder: Path, *, leads: int, layout: str, seed: int, null: bool
) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Write the files of a layout and the lists beside them; what was planted in the files, and the rows of each."""
    rows, lists = {}, {}
    with closing(_engine(leads=leads, layout=layout, seed=seed, null=null)) as engine:
        for name, file in vendors.VENDORS[layout].items():
            ((rows[name],),) = engine.execute(file.copy, [str(folder / name)]).fetchall()
            if file.notices:
                with (folder / name).open("a", encoding="utf-8", newline="") as end:
                    end.writelines(f'"{notice.format(rows=rows[name])}"\n' for notice in file.notices)
        if vendors.has_lists(layout):
            lists["spend"] = _write_spending(folder / "spend.csv", truth.spending(leads=leads, seed=seed, null=null))
            for name in vendors.DRAWN:
                path = folder / f"{name}.csv"
                ((count,),) = engine.execute(vendors.beside(name, layout).copy, [str(path)]).fetchall()
                if count:
                    lists[name] = count
                else:  # who has no customer yet keeps no list of them
                    path.unlink()
            lists["survey"] = _write_survey(folder / "survey.csv", list(people.survey(seed=seed, null=null)))
        cursor = engine.execute("FROM planted()")
        (row,) = cursor.fetchall()
        return dict(zip((column[0] for column in cursor.description), row, strict=True)), rows, lists


def _write_spending(path: Path, spent: Iterable[tuple[str, str, float]]) -> int:
    lines = [f"{month},{source},{amount:.2f}\n" for month, source, amount in spent]
    path.write_text("".join(["month,source,amount\n", *lines]), encoding="utf-8", newline="\n")
    return len(lines)


def _write_survey(path: Path, answers: Sequence[dict[str, str]]) -> int:
    lines = [",".join(answers[0]), *(",".join(row.values()) for row in answers)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return len(answers)


def _engine(*, leads: int, layout: str, seed: int, null: bool) -> duckdb.DuckDBPyConnection:
    """An engine that knows the leads as tables: nothing is drawn before a file asks for it."""
    engine = duckdb.connect()
    with suppress(duckdb.InvalidInputException):  # in JupyterLab, without ipywidgets
        engine.execute("SET enable_progress_bar = false")
    drawn = plan.variables(leads=leads, seed=seed, null=null) | people.variables(truth.accepted(null=null))
    engine.execute("SET VARIABLE plan = $1", [drawn])
    for name in vendors.queries(layout):
        engine.execute(vendors.text(name))
    return engine


def _answers(
    planted: dict[str, int],
    rows: dict[str, int],
    lists: dict[str, int],
    *,
    leads: int,
    layout: str,
    seed: int,
    null: bool,
) -> dict[str, Any]:
    return {
        "sample": {"leads": leads, "layout": layout, "seed": seed, "null": null},
        "as_of": plan.AS_OF,
        "within_days": plan.WITHIN_DAYS,
        **vendors.answers(planted, rows, lists, leads=leads, layout=layout, null=null),
        **(_of_people(leads=leads, seed=seed, null=null) if vendors.has_lists(layout) else {}),
        "plan": plan.parameters(null=null) | {"people": people.parameters(null=null)},
    }


def _of_people(*, leads: int, seed: int, null: bool) -> dict[str, Any]:
    """Who is called how soon, what both teams answer and what they promised; none of it depends on the layout."""
    said: dict[str, dict[str, Counter[str]]] = {}
    for row in people.survey(seed=seed, null=null):
        for item in people.SAYS:
            said.setdefault(item, {}).setdefault(row["team"], Counter())[row[item]] += 1
    answers = {item: {team: dict(sorted(by[team].items())) for team in people.ASKED} for item, by in said.items()}
    return {
        "answered": truth.answered(),
        "followed_up": truth.followed_up(null=null),
        "survey": {"asked": people.ASKED, "answered": people.ANSWERING, "answers": answers},
        "agreement": [asdict(one) for one in truth.promises(leads=leads, null=null)],
    }


def _charter(layout: str, *, leads: int, null: bool) -> str:
    volume, speed, rate = (one.promised for one in truth.promises(leads=leads, null=null))
    return vendors.charter(layout, {"mql_a_month": volume, "called_in_a_day": speed, "sal_to_sql": rate})
