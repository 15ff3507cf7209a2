"""The engine that files are read with, and what goes with it."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import ibis

# A query that the engine does not understand is a mistake of this package, not of a file.
OURS = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


def workbench() -> tuple[Any, Path, Any]:
    """A DuckDB on disk, so that a large export needs little memory, and what removes it once nobody holds it."""
    folder = tempfile.mkdtemp(prefix="alignment-metrics-")
    con = ibis.duckdb.connect(str(Path(folder) / "work.duckdb"), memory_limit="1GB", temp_directory=folder)
    con.raw_sql("SET TimeZone = 'UTC'")
    # What is being done is said by whoever called, not by the engine into his output. In JupyterLab it shows none, and
    # without ipywidgets will not hear of it.
    with suppress(duckdb.InvalidInputException):
        con.raw_sql("SET enable_progress_bar = false")
    return con, Path(folder), weakref.finalize(con, _remove, con.con, folder)


def _remove(connection: Any, folder: str) -> None:
    connection.close()
    shutil.rmtree(folder, ignore_errors=True)
