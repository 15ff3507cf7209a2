"""A file of some vendor's layout becomes a ``Crm`` and its ``Quality``, or one ``ExportError`` that lists every problem.

Files are always read by DuckDB; the journeys then live in whatever engine is asked for.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

import ibis

from alignment_metrics.charter import Charter, read_charter
from alignment_metrics.crm import Crm
from alignment_metrics.exports.assemble import assemble
from alignment_metrics.exports.errors import ExportError
from alignment_metrics.exports.typed import Typed, read_file

__all__ = ["ExportError", "read_export"]

_JOURNEYS = "alignment_metrics_journeys"


def read_export(charter: Charter | str | Path, *, engine: Any = None) -> Crm:
    """Read the files that a charter names.

    Parameters
    ----------
    charter : Charter, str or Path
        As ``read_charter`` returns it, or the folder it lies in.
    engine : str or Ibis backend, optional
        Where the journeys are kept and counted: an Ibis URL such as ``"duckdb:///work/leads.db"``, or a connected
        backend. Left out: a DuckDB of its own on disk, in the system's folder for temporary files, gone with the
        ``Crm``. Only columns the charter asks for are ever copied there; names and e-mail addresses are not.

    Returns
    -------
    Crm

    Raises
    ------
    ExportError
        One message with all that is wrong with the files.
    """
    if not isinstance(charter, Charter):
        charter = read_charter(charter)
    con = _workbench()
    files: list[Typed] = []
    problems: list[str] = []
    for number, export in enumerate(charter.exports):
        try:
            files.append(read_file(con, charter, export, f"file_{number}"))
        except ExportError as error:
            problems += error.problems
    if problems:
        raise ExportError(problems)
    assembled = assemble(con, charter, files)
    journeys = assembled.journeys
    if engine is not None:
        backend = ibis.connect(engine) if isinstance(engine, str) else engine
        if _JOURNEYS in backend.list_tables():
            backend.drop_table(_JOURNEYS)
        journeys = backend.create_table(_JOURNEYS, ibis.memtable(journeys.to_pyarrow()))
    attributes = [name for name in journeys.columns if name not in ("row", *charter.funnel.places)]
    return Crm(charter, journeys.select(*attributes), assembled.entries, journeys, assembled.quality)


def _workbench() -> Any:
    """A DuckDB on disk, so that a large export needs little memory; removed once nobody holds it."""
    folder = tempfile.mkdtemp(prefix="alignment-metrics-")
    con = ibis.duckdb.connect(str(Path(folder) / "work.duckdb"), memory_limit="1GB", temp_directory=folder)
    con.raw_sql("SET TimeZone = 'UTC'")
    weakref.finalize(con, _remove, con.con, folder)
    return con


def _remove(connection: Any, folder: str) -> None:
    connection.close()
    shutil.rmtree(folder, ignore_errors=True)
