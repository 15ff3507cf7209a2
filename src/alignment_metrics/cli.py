"""The command line: thin. It reads arguments, calls the rooms below, and turns what went wrong into one message."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alignment_metrics.samples import ALL, LAYOUTS

if TYPE_CHECKING:
    from rich.console import Console

    from alignment_metrics.charter import Charter
    from alignment_metrics.crm import Crm
    from alignment_metrics.quality import FileQuality, Quality
    from alignment_metrics.values import Finding

# What each of them writes, and nothing else may be in the folder that it takes the place of.
_AUDIT = ("audit", ("report.html", "findings.json", "tables/*.csv", "notebooks/*.html"))
_CHECK = ("check", ("check.json", "set-aside-*.csv"))
# Where more than this share of the rows is set aside, no number below can be read without knowing why.
MUCH = 0.1

app = typer.Typer(
    name="alignment-metrics",
    help="Numbers that settle the quarrel about leads between marketing and sales, from a CRM export.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Folder = Annotated[
    Path, typer.Argument(help="A client's folder: charter.toml and the exports it names.", metavar="FOLDER")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]
Database = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Where the tables lie that the charter names in place of files (an Ibis URL)."),
]


@app.command()
def audit(
    folder: Folder,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where to write; default FOLDER/audit.")] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Count in this database (an Ibis URL, duckdb://leads.db); a table stays there."
        ),
    ] = None,
    database: Database = None,
    only: Annotated[
        str | None,
        typer.Option(
            metavar="CHAPTER",
            help="conversion, sources, inbound_vs_outbound, reconcile, curve, cohorts, cycle or benchmark, alone.",
        ),
    ] = None,
    notebooks: Annotated[bool, typer.Option("--notebooks/--no-notebooks", help="File executed notebooks.")] = True,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 where a promise was broken.")] = False,
) -> None:
    """Audit a client: report.html, findings.json, tables and executed notebooks."""
    with _plain_errors():
        from alignment_metrics import evidence, findings, report
        from alignment_metrics.charter import read_charter
        from alignment_metrics.exports import read_export

        target = _target(folder, out, *_AUDIT)
        with _steps() as step:
            plan = read_charter(folder)
            step(_reading(plan))
            crm = read_export(plan, engine=engine, database=database)
            step("counting leads and judging the differences")
            found = findings.audit(crm, only=only)
            with _whole(target) as draft:
                step("writing the report")
                report.write(found, quality=crm.quality, charter=plan, out=draft)
                left_out = evidence.available() if notebooks else None
                if notebooks and left_out is None:
                    pages = draft / "notebooks"
                    pages.mkdir()
                    for name in evidence.write(folder.resolve(), pages, only=only):
                        step(f"executing the notebook {name}")
        if left_out:
            typer.echo(f"The notebooks were left out: {left_out}.", err=True)
        _say(plan, crm, report.headlines(found, charter=plan), target)
    if strict and any(finding.verdict == "broken" for finding in found):
        raise typer.Exit(1)


@app.command()
def check(
    folder: Folder,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where to write; default FOLDER/check.")] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Read and judge the export only: what was read, kept, set aside, and why; rows set aside get their own file."""
    with _plain_errors():
        from alignment_metrics.charter import read_charter
        from alignment_metrics.exports import read_export

        target = _target(folder, out, *_CHECK)
        with _steps() as step:
            plan = read_charter(folder)
            step(_reading(plan))
            with _whole(target) as draft:
                crm = read_export(plan, database=database, set_aside=draft)
                text = json.dumps(
                    {"files": [_account(file) for file in crm.quality.files]}, indent=1, ensure_ascii=False
                )
                (draft / "check.json").write_bytes(f"{text}\n".encode())
        typer.echo(text) if as_json else _page(crm.quality)
        aside = sorted(one.name for one in target.glob("set-aside-*.csv"))
        also = f"; the rows set aside: {', '.join(aside)}" if aside else ""
        typer.echo(f"\nThe same as JSON: {target / 'check.json'}{also}", err=as_json)


@app.command()
def charter(
    folder: Annotated[Path, typer.Argument(help="Where the exports lie, as the CRM wrote them.", metavar="FOLDER")],
    to_stdout: Annotated[bool, typer.Option("--stdout", help="Print the draft; write nothing.")] = False,
) -> None:
    """Draft charter.toml from the exports in a folder; what they cannot tell is left as a question."""
    with _plain_errors():
        from alignment_metrics.drafts import draft

        target = folder / "charter.toml"
        if target.exists() and not to_stdout:
            raise FileExistsError(f"{target} is there already and is never written over; rename it, or say --stdout.")
        with _steps() as step:
            step(f"looking at the files in {folder}")
            found = draft(folder)
        if to_stdout:
            typer.echo(found.text, nl=False)
            return
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(found.text)
        files = f"{len(found.files)} file{'s' * (len(found.files) != 1)}"
        typer.echo(f"{target}: a draft from {files}. Left to answer in it:")
        for question in found.questions:
            typer.echo(f"  {question}")
        typer.echo(f"Next: answer them, then alignment-metrics check {folder}")


@app.command()
def sample(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New or empty.")],
    leads: Annotated[int, typer.Option(metavar="N")] = 5000,
    layout: Annotated[str, typer.Option(help=f"One of {', '.join(LAYOUTS)}.")] = "hubspot",
    seed: Annotated[int, typer.Option(metavar="S", help="Another seed, other leads.")] = 1,
    null: Annotated[bool, typer.Option("--null", help="A company without any effect to find.")] = False,
    traps: Annotated[
        list[str] | None,
        typer.Option(
            "--trap",
            metavar="CODE",
            help=f"Plant what real exports have wrong with them; may be repeated; {ALL!r}: all.",
        ),
    ] = None,
) -> None:
    """Write a made-up client whose answers are known: they are planted, and written down in truth.json."""
    with _plain_errors():
        from alignment_metrics.samples import write_sample

        with _steps() as step:
            step(f"making up {leads:,} leads")
            write_sample(folder, leads=leads, layout=layout, seed=seed, null=null, traps=traps or ())
        typer.echo(f"{folder}: {leads:,} leads in the layout {layout}, their answers in truth.json.")
        typer.echo(f"Next: alignment-metrics audit {folder}")


@app.command()
def benchmarks(
    query: Annotated[str | None, typer.Argument(metavar="[QUERY]", help="Words to look for.")] = None,
    as_json: AsJson = False,
) -> None:
    """The cited statistics, with grade and source."""
    from alignment_metrics.benchmarks import citations

    found = citations(query)
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(one) for one in found], indent=1, ensure_ascii=False))
        return
    if not found:
        typer.echo(f"No citation has all the words of {query!r}; without a query all {len(citations())} are listed.")
    for one in found:
        size = "n unknown" if one.n is None else f"n = {one.n:,}"
        typer.echo(f"{one.id}  [grade {one.grade}, {one.use}, {one.year or 'year unknown'}, {size}]")
        typer.echo(f"  {one.claim}")
        typer.echo(f"  {one.publisher}{': ' + one.url if one.url else ''}")


def main() -> None:
    """The program ``alignment-metrics``."""
    app()


def _reading(plan: Charter) -> str:
    from alignment_metrics.exports.lists import listed
    from alignment_metrics.quality import plain

    # One file may hold leads and be a list as well.
    files = dict.fromkeys(export.file for export in (*plan.exports, *listed(plan).values()))
    return f"reading {', '.join(plain(file, 1000) for file in files)}"


def _say(charter: Charter, crm: Crm, headlines: tuple[Finding, ...], target: Path) -> None:
    """The headline findings, and where the report is."""
    from alignment_metrics.charter import LISTS

    organisation = charter.organisation
    files = [file for file in crm.quality.files if file.layout not in LISTS]
    read, aside = sum(file.rows_read for file in files), sum(file.rows_set_aside for file in files)
    typer.echo(f"{organisation.name}, as of {organisation.as_of}: {read:,} rows read, {aside:,} set aside.")
    if aside > MUCH * read:
        lost = [problem for file in files for problem in file.problems if problem.set_aside]
        worst = max(lost, key=lambda problem: problem.rows)
        typer.echo(f"That is {100 * aside / read:.0f}% of the rows. Mostly: {worst.message}")
    for finding in headlines:
        because = f" Because {finding.because}" if finding.because else ""
        advice = f" {finding.advice}" if finding.advice else ""
        typer.echo(f"\n{finding.question}\n  {finding.claim}{because}{advice}")
    typer.echo(f"\nThe report: {target / 'report.html'}")


def _page(quality: Quality) -> None:
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


def _account(file: FileQuality) -> dict[str, Any]:
    rows = {"rows_read": file.rows_read, "rows_kept": file.rows_kept, "rows_set_aside": file.rows_set_aside}
    columns = [dataclasses.asdict(column) for column in file.columns]
    problems = [dataclasses.asdict(problem) for problem in file.ordered]
    how = {"form": file.form, "because": file.because}
    return {"path": file.path, "layout": file.layout, **how, **rows, "columns": columns, "problems": problems}


def _target(folder: Path, out: Path | None, what: str, ours: tuple[str, ...]) -> Path:
    """Where the result goes: a new or empty folder, or one that holds an earlier result and nothing else."""
    target = out if out is not None else folder / what
    if target.exists():
        files = [one for one in target.rglob("*") if not one.is_dir()] if target.is_dir() else [target]
        if not all(any(one.relative_to(target).match(pattern) for pattern in ours) for one in files):
            name = f"{'an' if what == 'audit' else 'a'} {what}"
            raise FileExistsError(f"{target} holds something else than {name}; name another folder with --out.")
    elif not target.parent.is_dir() and out is not None:
        raise FileNotFoundError(f"there is no folder {target.parent} to write {target.name} into; create it first.")
    return target


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A folder to write into that takes the place of ``target`` once all is written, and vanishes where it is not."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
        draft = Path(scratch) / "draft"
        draft.mkdir()
        yield draft
        if target.exists():
            target.rename(Path(scratch) / "earlier")
        shutil.move(draft, target)


@contextmanager
def _steps() -> Iterator[Any]:
    """Tells what is being done: a line that moves on a terminal, plain lines elsewhere."""
    if not sys.stderr.isatty():
        yield lambda text: typer.echo(f"{text} …", err=True)
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status("starting …") as status:
        yield lambda text: status.update(f"{escape(text)} …")


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Whatever is wrong with the input ends in one message and status 2."""
    from alignment_metrics.evidence import EvidenceError
    from alignment_metrics.exports.errors import ExportError

    try:
        yield
    except (ExportError, EvidenceError, ValueError, OSError) as error:
        typer.echo(f"alignment-metrics: {error}", err=True)
        raise typer.Exit(2) from None
