"""The commands that work on a client's folder: audit, check and charter; and the one that makes one up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alignment_metrics.cli.accounts import account, page
from alignment_metrics.cli.terminal import AsJson, Folder, plain_errors, steps, target, whole
from alignment_metrics.samples import ALL, LAYOUTS

if TYPE_CHECKING:
    from alignment_metrics.charter import Charter
    from alignment_metrics.crm import Crm
    from alignment_metrics.values import Finding

# What each of them writes, and nothing else may be in the folder that it takes the place of.
_AUDIT = ("audit", ("report.html", "findings.json", "tables/*.csv", "notebooks/*.html"))
_CHECK = ("check", ("check.json", "set-aside-*.csv"))
# Where more than this share of the rows is set aside, no number below can be read without knowing why.
MUCH = 0.1

Database = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Where the tables lie that the charter names in place of files (an Ibis URL)."),
]


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
            help="One chapter alone: agreement, conversion, sources, inbound_vs_outbound, reconcile, curve, cohorts, "
            "cycle, perception, benchmark or claims.",
        ),
    ] = None,
    notebooks: Annotated[bool, typer.Option("--notebooks/--no-notebooks", help="File executed notebooks.")] = True,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 where a promise was broken.")] = False,
) -> None:
    """Audit a client: report.html, findings.json, tables and executed notebooks."""
    with plain_errors():
        from alignment_metrics import evidence, findings, report
        from alignment_metrics.charter import read_charter
        from alignment_metrics.exports import read_export

        there = target(folder, out, *_AUDIT)
        with steps() as step:
            plan = read_charter(folder)
            step(_reading(plan))
            crm = read_export(plan, engine=engine, database=database)
            step("counting leads and judging the differences")
            found = findings.audit(crm, only=only)
            with whole(there) as draft:
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
        _say(plan, crm, report.headlines(found, charter=plan), report.more_broken(found), there)
    if strict and any(finding.verdict == "broken" for finding in found):
        raise typer.Exit(1)


def check(
    folder: Folder,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where to write; default FOLDER/check.")] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Read and judge the export only: what was read, kept, set aside, and why; rows set aside get their own file."""
    with plain_errors():
        from alignment_metrics.charter import read_charter
        from alignment_metrics.exports import read_export

        there = target(folder, out, *_CHECK)
        with steps() as step:
            plan = read_charter(folder)
            step(_reading(plan))
            with whole(there) as draft:
                crm = read_export(plan, database=database, set_aside=draft)
                text = json.dumps(
                    {"files": [account(file) for file in crm.quality.files]}, indent=1, ensure_ascii=False
                )
                (draft / "check.json").write_bytes(f"{text}\n".encode())
        typer.echo(text) if as_json else page(crm.quality)
        aside = sorted(one.name for one in there.glob("set-aside-*.csv"))
        also = f"; the rows set aside: {', '.join(aside)}" if aside else ""
        typer.echo(f"\nThe same as JSON: {there / 'check.json'}{also}", err=as_json)


def charter(
    folder: Annotated[Path, typer.Argument(help="Where the exports lie, as the CRM wrote them.", metavar="FOLDER")],
    to_stdout: Annotated[bool, typer.Option("--stdout", help="Print the draft; write nothing.")] = False,
) -> None:
    """Draft charter.toml from the exports in a folder; what they cannot tell is left as a question."""
    with plain_errors():
        from alignment_metrics.drafts import draft

        target = folder / "charter.toml"
        if target.exists() and not to_stdout:
            raise FileExistsError(f"{target} is there already and is never written over; rename it, or say --stdout.")
        with steps() as step:
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
    with plain_errors():
        from alignment_metrics.samples import write_sample

        with steps() as step:
            step(f"making up {leads:,} leads")
            write_sample(folder, leads=leads, layout=layout, seed=seed, null=null, traps=traps or ())
        typer.echo(f"{folder}: {leads:,} leads in the layout {layout}, their answers in truth.json.")
        typer.echo(f"Next: alignment-metrics audit {folder}")


def _reading(plan: Charter) -> str:
    from alignment_metrics.exports.lists import listed
    from alignment_metrics.quality import plain

    # One file may hold leads and be a list as well.
    files = dict.fromkeys(export.file for export in (*plan.exports, *listed(plan).values()))
    return f"reading {', '.join(plain(file, 1000) for file in files)}"


def _say(charter: Charter, crm: Crm, headlines: tuple[Finding, ...], more: str, target: Path) -> None:
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
    if more:
        typer.echo(f"\n{more}")
    typer.echo(f"\nThe report: {target / 'report.html'}")
