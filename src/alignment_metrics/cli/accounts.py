"""The account of every file, as a page of a terminal and as JSON."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from alignment_metrics.quality import FileQuality, Quality


def page(quality: Quality) -> None:
    """The account of every file: in colour and as tables on a terminal, as plain lines elsewhere."""
    if not sys.stdout.isatty():
        typer.echo(quality.page)
        return
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    for file in quality.files:
        show(file, console)


def show(file: FileQuality, console: Console) -> None:
    """One account on a terminal."""
    from rich.table import Table
    from rich.text import Text

    from alignment_metrics.quality import plain, some

    console.print(Text(f"{plain(file.path, 1000)} ({file.layout})", style="bold"), Text(f"{file.told}."))
    for told in (file.form, file.because):
        if told:
            console.print(Text(told, style="dim"))
    columns = Table("column", "is", "read as", box=None, header_style="dim", pad_edge=False)
    for column in file.columns:
        if column.name is not None:
            columns.add_row(Text(plain(column.header)), Text(plain(column.name)), Text(column.read_as))
    if columns.row_count:
        console.print(columns)
    if file.not_read:
        console.print(Text(f"not read: {some(file.not_read)}", style="dim"))
    problems = Table("rows", "problem", "what was done", box=None, header_style="dim", pad_edge=False)
    for problem in file.ordered:
        style = "yellow" if problem.set_aside else ""
        problems.add_row(f"{problem.rows:,}", Text(problem.code, style=style), Text(problem.message))
    console.print(problems if file.problems else Text("nothing to report."), Text(""))


def account(file: FileQuality) -> dict[str, Any]:
    rows = {"rows_read": file.rows_read, "rows_kept": file.rows_kept, "rows_set_aside": file.rows_set_aside}
    columns = [dataclasses.asdict(column) for column in file.columns]
    problems = [dataclasses.asdict(problem) for problem in file.ordered]
    how = {"form": file.form, "because": file.because}
    return {"path": file.path, "layout": file.layout, **how, **rows, "columns": columns, "problems": problems}
