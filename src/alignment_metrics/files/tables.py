"""Copies a table of a database into a Parquet file of ours, once; after that it is read as any other file."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ibis
from ibis.common.exceptions import TableNotFound

from alignment_metrics.charter.grammar import shown

_MOST_NAMES = 5


def copy_table(backend: Any, name: str, target: Path) -> str:
    """Write the table ``name`` of ``backend`` to ``target``, and give what it is in words.

    Parameters
    ----------
    name : str
        ``contacts``, ``schema.contacts`` or ``catalog.schema.contacts``.

    Raises
    ------
    ValueError
        There is no such table, or a file cannot hold what is in it.
    """
    *where, bare = name.split(".")
    try:
        table = backend.table(bare, database=tuple(where) if len(where) > 1 else where[0] if where else None)
    except TableNotFound:
        raise ValueError(f"the database has no table {shown(name)}; {_near(backend, bare)}.") from None
    except Exception as error:  # every engine has its own; what it says may hold a password
        raise ValueError(
            f"the table {shown(name)} cannot be opened ({type(error).__name__}); see that the database answers, and "
            f"that the columns are texts, numbers, truths, days and times."
        ) from None
    try:
        _write(backend, table, target)
    except Exception as error:
        refused = _refused(backend, table, target)
        if not refused:
            raise ValueError(
                f"the table cannot be copied out of the database ({type(error).__name__}); see that there is room for "
                f"it, and that it may be read."
            ) from None
        one = len(refused) == 1
        raise ValueError(
            f"{'the column' if one else 'the columns'} {', '.join(refused)} of the table cannot be copied; make a view "
            f"without {'it' if one else 'them'}, and name that."
        ) from None
    return f"table {shown(bare)} of a database ({backend.name})"


def _write(backend: Any, table: ibis.Table, target: Path) -> None:
    """By the engine itself, which need not hold the whole table in memory; else through memory."""
    try:
        backend.to_parquet(table, target)
    except Exception:  # of those engines that cannot
        engine = ibis.duckdb.connect()
        try:
            engine.to_parquet(ibis.memtable(table.to_pyarrow()), target)
        finally:
            engine.disconnect()


def _refused(backend: Any, table: ibis.Table, target: Path) -> list[str]:
    """The columns that no file can hold, each with its kind."""
    found = []
    for column, kind in table.schema().items():
        try:
            _write(backend, table.select(column).limit(1), target)
        except Exception:
            found.append(f"{shown(column)} ({shown(str(kind))[1:-1]})")
    return found if len(found) < len(table.columns) or len(found) == 1 else []


def _near(backend: Any, name: str) -> str:
    try:
        there = _tables(backend)
    except Exception:  # an engine that cannot list them
        return "name one that it has"
    if not there:
        return "it has none"
    near = difflib.get_close_matches(name[:60], there, n=_MOST_NAMES) or sorted(there)[:_MOST_NAMES]
    more = f" and {len(there) - len(near)} more" if len(there) > len(near) else ""
    return f"it has {', '.join(shown(one) for one in near)}{more}"


def _tables(backend: Any) -> Sequence[str]:
    if backend.name != "duckdb":
        return [str(one) for one in backend.list_tables()]
    # What Ibis 12 calls to list tables, DuckDB 2 no longer has.
    rows = backend.raw_sql("SELECT DISTINCT table_name FROM information_schema.tables").fetchall()
    return [str(one) for (one,) in rows]
