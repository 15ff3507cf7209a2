"""Counts what people answered, by team and question, in one query."""

from __future__ import annotations

import ibis

from alignment_metrics.crm import Crm
from alignment_metrics.tallies.counting import sql
from alignment_metrics.values import Answers


def answers(crm: Crm) -> Answers | None:
    """What the people of both teams answered; None where the folder holds no survey.

    Parameters
    ----------
    crm : Crm

    Returns
    -------
    Answers or None
        No team, question or answer that nobody gave.
    """
    return None if crm.survey is None else counted(crm.survey)


def counted(survey: ibis.Table) -> Answers:
    """The same of a survey that was read without an export.

    Parameters
    ----------
    survey : ibis table
        ``person``, ``team``, ``item`` and ``answer``; one row an answer.
    """
    given = survey.group_by("team", "item", "answer").agg(n=survey.count())
    # Whoever answered anything: one row a team, in the place of an item that has no name.
    # Polars counts in 32 bits where Ibis believes in 64, and would leave a plain cast out.
    people = survey.group_by("team").agg(n=survey["person"].nunique().cast("uint64").cast("int64"))
    nameless = {"item": ibis.literal(""), "answer": ibis.literal("")}
    query = ibis.union(given.select("team", "item", "answer", "n"), people.select("team", **nameless, n=people["n"]))
    rows = sorted(query.to_pyarrow().to_pylist(), key=lambda row: (row["team"], row["item"], row["answer"]))
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        if row["item"]:
            found.setdefault((row["team"], row["item"]), {})[row["answer"]] = int(row["n"])
    return Answers(found, {row["team"]: int(row["n"]) for row in rows if not row["item"]}, sql(query))
