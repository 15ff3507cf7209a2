"""Writes ``journeys`` once, in the form that is quickest to count: labels become numbers into a dictionary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import sqlglot
from sqlglot import exp

from alignment_metrics.columns.labels import hashed
from alignment_metrics.crm import UNKNOWN

_MOST_LABELS = 10_000


def materialise(con: Any, canonical: ibis.Table, labels: Mapping[str, Sequence[ibis.Table]]) -> ibis.Table:
    """The table ``journeys``.

    ``labels`` tells for each column of labels where they are found, as tables of one column ``label``. Such a column is
    NULL nowhere: what is not told is ``"unknown"``.

    Ibis has no word for DuckDB's ENUM, nor for TRY_CAST into it, so its query is wrapped: as a syntax tree, not text.
    """
    query: Any = sqlglot.parse_one(con.compile(canonical), dialect="duckdb")
    columns: list[Any] = []
    kind: Any
    for number, name in enumerate(canonical.columns):
        column: Any = exp.column(name, quoted=True)
        if name in labels:
            kind = exp.DataType.build("VARCHAR")
            if _dictionary(con, f"label_{number}", labels[name]):
                kind = exp.DataType.build(f"label_{number}", udt=True)
                # The plain cast asks once a row, this one once a label: it may fail, so the engine runs it on the
                # dictionary that Parquet brings along.
                column = exp.TryCast(this=column, to=kind)
            else:
                column = exp.func("NULLIF", column, exp.Literal.string(""))
            column = exp.func("COALESCE", column, exp.cast(exp.Literal.string(UNKNOWN), kind))
            column = exp.alias_(column, name, quoted=True)
        columns.append(column)
    table = exp.select(*columns).from_(query.subquery("j"))
    # A temporary table is not packed: writing it takes a third of the time, and counting it is no slower. Where it
    # outgrows the memory that the engine may use, it goes to disk by itself.
    con.raw_sql(f"CREATE TEMPORARY TABLE journeys AS {table.sql('duckdb')}")
    return con.table("journeys")


def numbered(leads: ibis.Table) -> Any:
    """A number for each account, NULL where none is told: eight bytes a lead, and no name of anybody."""
    account = leads["account_id"].nullif("")
    # The engine hashes to 64 bits without a sign; one less fits every engine's whole numbers. Ibis believes that it has
    # such a number once it is shifted, and would leave the last cast out.
    number = (hashed(account) >> 1).cast("uint64").cast("int64")
    return account.notnull().ifelse(number, ibis.null("int64"))


def _dictionary(con: Any, kind: str, where: Sequence[ibis.Table]) -> bool:
    """Make the dictionary of a column, sorted; False where it has too many labels to be worth one."""
    con.raw_sql(f"CREATE TABLE {kind}s (label VARCHAR)")
    con.raw_sql(f"INSERT INTO {kind}s VALUES ('{UNKNOWN}')")
    known = con.table(f"{kind}s")
    for table in where:
        told = table.filter(table["label"].nullif("").notnull()).distinct().anti_join(known, "label")
        con.insert(f"{kind}s", told.limit(_MOST_LABELS + 1))
    few = int(known.count().to_pyarrow().as_py()) <= _MOST_LABELS
    if few:
        con.raw_sql(f"CREATE TYPE {kind} AS ENUM (SELECT label FROM {kind}s ORDER BY label)")
    con.raw_sql(f"DROP TABLE {kind}s")
    return few
