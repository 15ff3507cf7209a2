"""The commands that ask people: one writes the questionnaire, the other reads what came back."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alignment_metrics.cli.accounts import account
from alignment_metrics.cli.terminal import AsJson, plain_errors, steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from alignment_metrics.charter import Charter, Team
    from alignment_metrics.quality import FileQuality
    from alignment_metrics.values import Answers, Estimate, Finding

TEMPLATE, FILLED = "survey-template.csv", "survey.csv"
_ALL = "perception.says_and_shows"

People = Annotated[int | None, typer.Option(metavar="N", min=1, help="How many people this team has, all told.")]


def questionnaire(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write; made if it is not there.")],
    language: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE", help="en, fr, de, it or ja; may be repeated; default: all five."),
    ] = None,
) -> None:
    """Write the survey that asks marketing and sales: pages to send, and an empty table for the answers."""
    with plain_errors():
        from alignment_metrics.charter import Policy, read_charter
        from alignment_metrics.questions import LANGUAGES, for_people, text
        from alignment_metrics.report.questionnaire import questionnaire, template

        codes = list(dict.fromkeys(code.strip().lower() for code in language or LANGUAGES))
        for code in codes:
            text(code)
        # What people are promised is what the charter of their folder does.
        policy = read_charter(folder).policy if (folder / "charter.toml").is_file() else Policy()
        pages = {
            f"questionnaire-{code}.html": questionnaire(code, few=for_people(policy).suppress_below) for code in codes
        }
        files = {**pages, TEMPLATE: template()}
        folder.mkdir(exist_ok=True)
        if there := [name for name in files if (folder / name).exists()]:
            verb, them = ("is", "it") if len(there) == 1 else ("are", "them")
            raise FileExistsError(
                f"{', '.join(there)} {verb} in {folder} already and never written over; rename {them}, or name another "
                f"folder."
            )
        for name, content in files.items():
            with (folder / name).open("x", encoding="utf-8", newline="") as file:
                file.write(content)
        typer.echo(f"{folder}: {', '.join(files)}.")
        typer.echo(
            f"Next: send a page to everybody in marketing and sales, or paste its questions into a form. Type the "
            f"answers into a copy of {TEMPLATE}, or take the form's own export, and save it as {FILLED} in the "
            f"client's folder. Then: alignment-metrics survey FOLDER"
        )


def survey(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A client's folder, or the filled-in survey alone.")],
    marketing: People = None,
    sales: People = None,
    as_json: AsJson = False,
) -> None:
    """What marketing and sales say, side by side, and what the CRM shows where PATH is a client's folder."""
    with plain_errors():
        heads = {"marketing": marketing, "sales": sales}
        with steps() as step:
            if path.is_dir():
                step(f"reading {path}")
                found, file = _of_folder(path, heads)
            else:
                step(f"reading {path.name}")
                found, file = _of_file(path, heads)
        if as_json:
            from alignment_metrics.report.document import as_json as told

            document = {"files": [account(file)], "findings": [told(one) for one in found]}
            typer.echo(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False))
            return
        _page(found, file)
        if not path.is_dir() and None in heads.values():
            typer.echo("\nHow many people either team has, all told, can be said with --marketing N and --sales N.")


def _of_folder(folder: Path, heads: Mapping[str, int | None]) -> tuple[Sequence[Finding], FileQuality]:
    from alignment_metrics.charter import read_charter
    from alignment_metrics.exports import read_export
    from alignment_metrics.exports.lists import listed
    from alignment_metrics.findings.perception import perception
    from alignment_metrics.tallies.answers import answers

    if not (folder / "charter.toml").is_file() and (folder / FILLED).is_file():
        return _of_file(folder / FILLED, heads)
    plan: Charter = read_charter(folder)
    if "survey" not in listed(plan):
        raise FileNotFoundError(
            f"there is no {FILLED} in {folder}; write the questionnaire with alignment-metrics questionnaire, and save "
            f"the answers there."
        )
    crm = read_export(replace(plan, teams=_teams(plan.teams, heads)))
    _enough(heads, answers(crm))
    return perception(crm), next(file for file in crm.quality.files if file.layout == "survey")


def _of_file(path: Path, heads: Mapping[str, int | None]) -> tuple[Sequence[Finding], FileQuality]:
    from alignment_metrics.charter import Policy
    from alignment_metrics.exports.alone import read_survey
    from alignment_metrics.findings.perception import findings
    from alignment_metrics.findings.perception.items import unread
    from alignment_metrics.tallies.answers import counted

    if not path.is_file():
        raise FileNotFoundError(f"there is no {path}; name a client's folder, or a filled-in survey.")
    read = read_survey(path)
    told = counted(read.answers)
    _enough(heads, told)
    file = read.quality.files[0]
    return findings(told, _teams({}, heads), Policy(), unread=unread(file)), file


def _enough(heads: Mapping[str, int | None], told: Answers | None) -> None:
    """A team has at least as many people as answered."""
    for team, n in heads.items():
        answered = 0 if told is None else told.people.get(team, 0)
        if n is not None and n < answered:
            raise ValueError(
                f"--{team} {n} is fewer than the {answered} people of {team} who answered; give the number of all its "
                f"people."
            )


def _teams(teams: Mapping[str, Team], heads: Mapping[str, int | None]) -> dict[str, Team]:
    """The teams, as large as the command line says."""
    from alignment_metrics.charter import Team

    said = {name: replace(teams.get(name, Team()), people=n, asked=None) for name, n in heads.items() if n is not None}
    return {**teams, **said}


def _page(found: Sequence[Finding], file: FileQuality) -> None:
    """The table, what else is to be said, and what was set aside."""
    asked = [one for one in found if one.code != _ALL]
    whys = {one.because for one in asked}
    if not any(one.estimates for one in asked) and len(whys) == 1:
        typer.echo(f"No question has an answer that can be shown: {whys.pop()}\n\n{file}")
        return
    rows = [_row(one, found) for one in asked]
    head: tuple[str, ...] = ("who says that …", "marketing", "sales", "gap, sales less marketing", "the CRM shows")
    if not any(row[-1] for row in rows):
        head, rows = head[:-1], [row[:-1] for row in rows]
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(*head, box=None, header_style="dim", pad_edge=False)
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        Console(highlight=False, markup=False, emoji=False).print(table)
    else:
        typer.echo("Who says that …")
        for row in rows:
            typer.echo(f"… {row[0]}:")
            for name, cell in zip(head[1:], row[1:], strict=True):
                if cell:
                    typer.echo(f"  {name:<{len(head[3])}}  {cell}".replace("\n", " "))
    for paragraph in _below(found):
        typer.echo(f"\n{paragraph}")
    typer.echo(f"\n{file}")


def _row(one: Finding, found: Sequence[Finding]) -> tuple[str, ...]:
    from alignment_metrics.findings.perception.items import SAYS
    from alignment_metrics.findings.words import points

    item = one.code.partition(".")[2]
    told = {dict(group).get("team"): estimate for group, estimate in one.estimates}
    gap = "" if one.comparison is None else f"{points(one.comparison.difference)}, {one.verdict.replace('_', ' ')}"
    cells = [_rate(told.get(team), "answers") for team in ("marketing", "sales")]
    # Why there is nothing to show stands in the first place only: it is of both teams.
    cells = [one.because, ""] if one.because else cells
    return SAYS.get(item, item), *cells, gap, _shown(item, found)


def _rate(one: Estimate | None, what: str) -> str:
    from alignment_metrics.findings.words import share

    return "" if one is None else f"{share(one)}\nof {one.n:,} {what}"


def _shown(item: str, found: Sequence[Finding]) -> str:
    """What the CRM shows of an item or, where another thing must stand in for that, what it is."""
    for group, one in (row for finding in found if finding.code == _ALL for row in finding.estimates):
        told = dict(group)
        who, _, what = told.get("who", "").partition(": ")
        if told.get("item") == item and who == "crm":
            return f"{what and what + ': '}{_rate(one, 'leads')}"
    return ""


def _below(found: Sequence[Finding]) -> Iterator[str]:
    """What is said and shown, then the fine print: what concerns all questions once, the rest by question."""
    from alignment_metrics.findings.perception.items import OWN, SAYS

    asked = [one for one in found if one.code != _ALL]
    for one in found:
        if one.code == _ALL:
            yield one.claim + (f" Because {one.because}" if one.because else "")
    told = [note for one in asked for note in one.notes]
    shared = {note for note in told if told.count(note) > 1}
    everywhere = [note for one in found for note in one.notes if one.code == _ALL or note in shared]
    yield "\n".join(dict.fromkeys(note for note in everywhere if not note.startswith(OWN)))
    if any(one.comparison for one in asked):
        yield "A gap counts as one only where it is more than chance for all these questions together (Holm)."
    for one in asked:
        if own := [note for note in one.notes if note not in shared or note.startswith(OWN)]:
            yield f"{SAYS[one.code.partition('.')[2]]}: {' '.join(own)}"
