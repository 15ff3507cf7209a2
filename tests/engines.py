"""Small exports made of rows in memory, on any engine, without a file in between."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from alignment_metrics.charter import ACCOUNT, CHURNED, CUSTOMER, Charter, Export, Funnel, Organisation, Policy, Source
from alignment_metrics.crm import UNKNOWN, Crm
from alignment_metrics.quality import Quality

ENGINES = ("duckdb", "polars")
AS_OF = dt.date(2026, 6, 30)
SOURCES = {
    "Organic search": Source("organic search", "inbound"),
    "Webinar": Source("webinar", "inbound"),
    "Cold call": Source("cold call", "outbound"),
    "Trade show": Source("trade show", "outbound"),
}
DIRECTIONS = {one.source: one.direction for one in SOURCES.values()}
Lead = Mapping[str, Any]
_numbers = itertools.count()


@cache
def engine_named(name: str) -> Any:
    """One engine of each kind, for the whole run."""
    return {"duckdb": ibis.duckdb.connect, "polars": ibis.polars.connect}[name]()


def charter_of(
    *,
    stages: Sequence[str] = ("lead", "mql", "won"),
    exits: Sequence[str] = (),
    segments: Sequence[str] = (),
    sources: Mapping[str, Source] = SOURCES,
    as_of: dt.date = AS_OF,
    history_from: dt.date | None = None,
    **policy: Any,
) -> Charter:
    """A charter that no file holds; what is left over is its policy."""
    return Charter(
        folder=Path("nowhere"),
        organisation=Organisation("Acme Robotics", "EUR", "Europe/Paris", as_of, tuple(segments), None, history_from),
        exports=(Export("leads.csv", "custom"),),
        funnel=Funnel(tuple(stages), tuple(exits)),
        sources=sources,
        policy=Policy(**policy),
        sha256="ab" * 32,
    )


def crm_of(
    leads: Sequence[Lead], charter: Charter, *, engine: str = "duckdb", spend: Sequence[Mapping[str, Any]] | None = None
) -> Crm:
    """An export that holds just these leads: a day for each stage entered, and labels where they are known.

    The direction is that of the source in ``SOURCES``; what a lead does not tell is unknown. It has a list of customers
    where a lead tells ``customer_since``. Of spending, a row is ``month``, ``source`` and ``amount``.
    """
    labels = ("source", "direction", "owner", *charter.tags, *charter.breakdowns)
    places = charter.funnel.places
    columns: dict[str, pa.Array] = {"row": pa.array(range(2, len(leads) + 2), pa.int64())}
    columns["lead_id"] = pa.array([str(number) for number in range(len(leads))], pa.string())
    for label in labels:
        told = [_label(lead, label) for lead in leads]
        columns[label] = pa.array(told, pa.string())
    for name, kind in (("account_id", pa.string()), ("amount", pa.float64())):
        columns[name] = pa.array([lead.get(name) for lead in leads], kind)
    customers = any(CUSTOMER in lead for lead in leads)
    for place in (*places, *((CUSTOMER, CHURNED) if customers else ())):
        columns[place] = pa.array([lead.get(place) for lead in leads], pa.date32())
    numbers = {name: number for number, name in enumerate(dict.fromkeys(lead.get("account_id") for lead in leads))}
    accounts = [None if (name := lead.get("account_id")) is None else numbers[name] for lead in leads]
    journeys = table_of(pa.table(columns | {ACCOUNT: pa.array(accounts, pa.int64())}), engine)
    entered = [(lead, place) for lead in range(len(leads)) for place in places if leads[lead].get(place)]
    entries = pa.table(
        {
            "lead_id": pa.array([str(lead) for lead, _ in entered], pa.string()),
            "stage": pa.array([place for _, place in entered], pa.string()),
            "at": pa.nulls(len(entered), pa.timestamp("us")),
            "day": pa.array([leads[lead][place] for lead, place in entered], pa.date32()),
            "exact": pa.array([False] * len(entered), pa.bool_()),
        }
    )
    own = [name for name in journeys.columns if name not in ("row", *places, CUSTOMER, CHURNED, ACCOUNT)]
    told = None if spend is None else table_of(_spend(spend), engine)
    return Crm(charter, journeys.select(*own), table_of(entries, engine), journeys, Quality(()), told)


def table_of(rows: pa.Table, engine: str) -> ibis.Table:
    """The rows as a table of the engine, under a name of its own."""
    return engine_named(engine).create_table(f"table_{next(_numbers)}", ibis.memtable(rows))


def many(hits: int, total: int, /, **lead: Any) -> list[Lead]:
    """So many leads alike, of which the first won ten days after they came in; all came in on one day."""
    day = lead.pop("day", dt.date(2026, 1, 15))
    won = day + dt.timedelta(days=10)
    return [lead | {"lead": day} | ({"mql": won, "won": won} if number < hits else {}) for number in range(total)]


def _spend(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    columns: dict[str, pa.Array] = {"month": pa.array([row["month"] for row in rows], pa.date32())}
    for label in ("source", "direction"):
        columns[label] = pa.array([_label(row, label) for row in rows], pa.string())
    return pa.table(columns | {"amount": pa.array([row["amount"] for row in rows], pa.float64())})


def _label(lead: Lead, label: str) -> str:
    if label == "direction" and label not in lead:
        return str(DIRECTIONS.get(lead.get("source", UNKNOWN), UNKNOWN))
    return str(lead.get(label, UNKNOWN))
