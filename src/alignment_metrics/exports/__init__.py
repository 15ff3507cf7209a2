"""A file of some vendor's layout becomes a ``Crm`` and its ``Quality``, or one ``ExportError`` listing every problem.

Files are always read by DuckDB; the journeys then live in whatever engine is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import ibis
from ibis.backends.sql import SQLBackend
from ibis.common.exceptions import TableNotFound

from alignment_metrics.charter import Charter, read_charter
from alignment_metrics.charter.grammar import shown
from alignment_metrics.crm import Crm
from alignment_metrics.exports import aside
from alignment_metrics.exports.account import Account
from alignment_metrics.exports.assemble import assemble
from alignment_metrics.exports.customers import CUSTOMERS, add_customers
from alignment_metrics.exports.errors import ExportError
from alignment_metrics.exports.lists import listed, read_list
from alignment_metrics.exports.spend import SPEND, spending
from alignment_metrics.exports.survey import SURVEY, surveyed
from alignment_metrics.exports.touches import TOUCHES, add_touches
from alignment_metrics.exports.typed import Source, Typed, read_file
from alignment_metrics.exports.workbench import OURS, workbench
from alignment_metrics.files import PARQUET, reason
from alignment_metrics.quality import Quality

_LISTS = {one.name: one for one in (SPEND, CUSTOMERS, TOUCHES, SURVEY)}

__all__ = ["ExportError", "read_export"]


def read_export(
    charter: Charter | str | Path, *, engine: Any = None, database: Any = None, set_aside: Path | None = None
) -> Crm:
    """Read the files that a charter names.

    Parameters
    ----------
    charter : Charter, str or Path
        As ``read_charter`` returns it, or the folder it lies in.
    engine : str or Ibis backend, optional
        Where the journeys are kept and counted: an Ibis URL such as ``"duckdb:///work/leads.db"``, or a connected
        backend. Left out: a DuckDB of its own, which uses the system's folder for temporary files and is gone with the
        ``Crm``. Only columns the charter asks for are ever copied there; names and e-mail addresses are not.
    database : str or Ibis backend, optional
        Where the tables lie that the charter names in place of files: an Ibis URL, or a connected backend. It is only
        read.
    set_aside : Path, optional
        A folder, which must be there, to write the rows into that were set aside: one CSV a file that has any, each row
        with the reason and all its cells.

    Returns
    -------
    Crm

    Raises
    ------
    ExportError
        One message with all that is wrong with the files.
    ValueError
        The engine or the database cannot be reached.
    """
    if not isinstance(charter, Charter):
        charter = read_charter(charter)
    backend = _connect("engine", engine) if isinstance(engine, str) else engine
    tables = _connect("database", database) if isinstance(database, str) else database
    con, scratch, remove = workbench()
    try:
        return _read(Source(con, scratch, tables), charter, backend, set_aside)
    except BaseException as error:
        # At once: whoever holds on to the traceback would keep the files alive.
        remove()
        if not isinstance(error, duckdb.Error) or isinstance(error, OURS):
            raise
        # A file may turn out to be broken only when its last page is read.
        every = [export.file for export in (*charter.exports, *charter.lists.values())]
        typed = [file for file in every if file.lower().endswith(PARQUET)]
        named = " or ".join(typed or every)
        raise ExportError([f"{named}: {reason(error, parquet=bool(typed))}"]) from None


def _read(source: Source, charter: Charter, backend: Any, set_aside: Path | None) -> Crm:
    files: list[Typed] = []
    problems: list[str] = []
    for number, export in enumerate(charter.exports):
        try:
            files.append(read_file(source, charter, export, f"file_{number}"))
        except ExportError as error:
            problems += error.problems
    lists: dict[str, Typed] = {}
    for name, export in listed(charter).items():
        try:
            lists[name] = read_list(source, charter, _LISTS[name], export, files)
        except ExportError as error:
            problems += error.problems
    if problems:
        raise ExportError(problems)
    con = source.con
    assembled = assemble(con, charter, files)
    beside = {name: Account(con, [typed], charter, f"list_{name}") for name, typed in lists.items()}
    journeys, spend, touches, survey = assembled.journeys, None, None, None
    try:
        if SPEND.name in beside:
            spend = spending(con, beside[SPEND.name], assembled.known)
    except ExportError as error:
        problems += error.problems
    try:
        if CUSTOMERS.name in beside:
            journeys = add_customers(con, beside[CUSTOMERS.name], journeys)
    except ExportError as error:
        problems += error.problems
    try:
        if TOUCHES.name in beside:
            touches, journeys = add_touches(con, beside[TOUCHES.name], assembled, journeys)
    except ExportError as error:
        problems += error.problems
    try:
        if SURVEY.name in beside:
            survey = surveyed(con, beside[SURVEY.name])
    except ExportError as error:
        problems += error.problems
    if problems:
        raise ExportError(problems)
    accounts = (*assembled.accounts, *beside.values())
    if set_aside is not None:
        # Whoever answered was promised not to be named, and what a form adds to a row may name him.
        _write_aside(con, [one for one in accounts if one.typed.known.name != SURVEY.name], set_aside)
    if backend is not None:
        # The same client always has the same table, however the way to the folder is written; another one never does.
        whose = f"{charter.folder.resolve()} {charter.sha256}"
        name = f"alignment_metrics_{hashlib.sha256(whose.encode()).hexdigest()[:12]}"
        journeys = _moved(backend, name, journeys)
        touches = None if touches is None else _moved(backend, f"{name}_touches", touches)
    quality = Quality(tuple(file for account in accounts for file in account.files()))
    return Crm(charter, assembled.leads, assembled.entries, journeys, quality, spend, touches, survey)


def _write_aside(con: Any, accounts: Sequence[Account], folder: Path) -> None:
    parts = [(account, number, typed) for account in accounts for number, typed in enumerate(account.parts)]
    keys: list[str] = []
    for _, _, typed in parts:
        file = typed.export.file
        # One file may hold the leads and tell which of them stayed.
        keys.append(f"{typed.known.name}-{file}" if file in keys else file)
    names = aside.file_names(keys)
    for (account, number, typed), key in zip(parts, keys, strict=True):
        rows, messages = account.aside(number)
        aside.write(con, typed.opened, rows, messages, folder / names[key])


def _moved(backend: Any, name: str, table: ibis.Table) -> ibis.Table:
    _drop(backend, name)
    moved: ibis.Table = backend.create_table(name, ibis.memtable(table.to_pyarrow()))
    return moved


def _drop(backend: Any, name: str) -> None:
    try:
        backend.table(name)
    except TableNotFound:
        return
    # What Ibis 12 makes of a dropped table, the SQL writer of today (sqlglot 30) no longer understands.
    if isinstance(backend, SQLBackend):
        backend.raw_sql(f"DROP TABLE {name}")
    else:
        backend.drop_table(name)


def _connect(what: str, url: str) -> Any:
    try:
        return ibis.connect(url)
    except Exception as error:  # every engine has its own
        # Only the kind of engine is repeated: the rest of the address, and of the error, may hold a password.
        kind = shown(url.partition("://")[0])
        raise ValueError(
            f"the {what} {kind} cannot be reached ({type(error).__name__}); give an Ibis URL such as "
            f"duckdb://leads.db, and install what Ibis needs for that engine."
        ) from None
