"""The command that looks up what others have published, and sets a number beside it."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from alignment_metrics.cli.terminal import AsJson, plain_errors

if TYPE_CHECKING:
    from alignment_metrics.values import Citation, Counts

Line = tuple[str, str]
MOST_NAMED = 6


def benchmarks(
    query: Annotated[
        list[str] | None, typer.Argument(metavar="[QUERY]", help="A metric such as win_rate, an id, or words.")
    ] = None,
    as_json: AsJson = False,
    as_bibtex: Annotated[bool, typer.Option("--bibtex", help="Print BibTeX for a report.")] = False,
    as_text: Annotated[bool, typer.Option("--cite", help="Print one line a source, for a report.")] = False,
    ours: Annotated[
        str | None,
        typer.Option(metavar="HITS/TOTAL", help="Set a rate of yours beside a metric or an id, such as 45/600."),
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="With --ours: a difference too small to matter, such as 0.02."),
    ] = None,
) -> None:
    """The cited statistics, with grade and source."""
    with plain_errors():
        counts = _asked(ours, margin, (as_json, as_bibtex, as_text))
        from alignment_metrics.published import bibtex, citations, cited

        wanted = " ".join(query or ())
        found: Sequence[Citation] = citations(wanted)
        if ours is not None:
            found = _of_one_metric(found, wanted, ours)
        if as_json:
            typer.echo(json.dumps([_row(one) for one in found], indent=1, ensure_ascii=False))
        elif as_bibtex:
            typer.echo(bibtex(found), nl=False)
        elif not found:
            typer.echo(_nothing(wanted))
        elif as_text:
            typer.echo("\n".join(cited(one) for one in found))
        elif counts is not None:
            typer.echo("\n\n".join((*_beside(found, counts, margin), *_ranges(found, counts))))
        else:
            _page(_blocks(found))


def _asked(ours: str | None, margin: float | None, others: Sequence[bool]) -> Counts | None:
    """Our counts, if any were given, once the options are known to go together."""
    if sum(others) + (ours is not None) > 1:
        raise ValueError("--json, --bibtex, --cite and --ours each print something else; give one of them.")
    if margin is not None and ours is None:
        raise ValueError("--margin belongs to --ours; give both, such as --ours 45/600 --margin 0.02.")
    if margin is not None and not 0 < margin < 1:
        raise ValueError(f"--margin is a share of 1 between 0 and 1, and {margin:g} was given; write 2 points as 0.02.")
    if ours is None:
        return None
    from alignment_metrics.charter.grammar import shown
    from alignment_metrics.values import Counts

    parts = re.fullmatch(r"\s*([0-9]{1,15})\s*/\s*([0-9]{1,15})\s*", ours)
    if parts is None or int(parts[1]) > int(parts[2]):
        raise ValueError(f"--ours {shown(ours)} is no rate; write hits/total with hits up to total, such as 45/600.")
    return Counts(int(parts[1]), int(parts[2]))


def _of_one_metric(found: Sequence[Citation], wanted: str, ours: str) -> Sequence[Citation]:
    """What one rate may be set beside: numbers of the metric that is named, or of the only one that is found."""
    from alignment_metrics.charter.grammar import shown
    from alignment_metrics.published import metric_of

    metrics = list(dict.fromkeys(one.metric for one in found))
    if not wanted.strip():
        raise ValueError(
            f"--ours {ours.strip()} is a rate of one thing, and nothing was asked for; name a metric or an id, such as "
            f"benchmarks win_rate --ours {ours.strip()}."
        )
    named = metric_of(wanted)
    if named is None and len(metrics) > 1:
        more = f" and {len(metrics) - MOST_NAMED} more" if len(metrics) > MOST_NAMED else ""
        raise ValueError(
            f"--ours {ours.strip()} is a rate of one thing, and {shown(wanted)} finds {len(metrics)} metrics "
            f"({', '.join(metrics[:MOST_NAMED])}{more}); name one of them or an id, such as "
            f"benchmarks {metrics[0]} --ours {ours.strip()}."
        )
    # Beside the numbers of the metric named, a search finds others that speak of it.
    return found if named is None else [one for one in found if one.metric == named]


def _row(one: Citation) -> dict[str, object]:
    from alignment_metrics.published import GRADES

    return dataclasses.asdict(one) | {"grade_meaning": GRADES[one.grade]}


def _nothing(query: str) -> str:
    from alignment_metrics.charter.grammar import shown
    from alignment_metrics.published import citations, nearest

    near = nearest(query)
    told = f"the nearest metric{'s are' if len(near) > 1 else ' is'} {', '.join(near)}" if near else "no metric is near"
    return (
        f"No citation has all the words of {shown(query)}; {told}; without a query all {len(citations())} are listed."
    )


def _beside(found: Iterable[Citation], counts: Counts, margin: float | None) -> Iterator[str]:
    from alignment_metrics.published import beside

    for one in found:
        yield f"{one.id}\n{beside(one, counts, margin=margin)}"


def _ranges(found: Sequence[Citation], counts: Counts) -> Iterator[str]:
    """Ours beside the range of each several sources that published a number of the same thing."""
    from alignment_metrics.published import beside_range, comparables, together

    there = [one for one in comparables() if one.citation in found and one.citation.unit == "share"]
    for several in together(there):
        if len(several) > 1:
            told = beside_range(several[0].citation.metric, [one.citation for one in several], counts)
            yield f"{told.code}\n{told}"


def _blocks(found: Sequence[Citation]) -> Iterator[list[Line]]:
    """Lines with the style that they have on a terminal; the meaning of the grades last, once."""
    from alignment_metrics.published import GRADES, USES, valued
    from alignment_metrics.published.cite import size

    for one in found:
        year = "year not stated" if one.year is None else str(one.year)
        yield [
            (f"{one.id}: {valued(one)}  [grade {one.grade}, {USES[one.use]}, {year}, {size(one)}]", "bold"),
            (f"  {one.claim}", ""),
            (f"  metric {one.metric}; {one.publisher}{f': {one.title}' if one.title else ''}", "dim"),
            *([(f"  on: {one.population}", "dim")] if one.population else []),
            (f"  comparable when: {one.comparable_when}", ""),
            (f"  beware: {one.caveat}", ""),
            *([(f"  popular wording: {one.discrepancy}", "yellow")] if one.discrepancy else []),
            *([(f"  {one.url}", "blue")] if one.url else []),
        ]
    there = sorted({one.grade for one in found})
    yield [("Grades: " + "; ".join(f"{grade}: {GRADES[grade]}" for grade in there) + ".", "dim")]


def _page(blocks: Iterable[Sequence[Line]]) -> None:
    """With styles and wrapped on a terminal; plain lines elsewhere."""
    if not sys.stdout.isatty():
        typer.echo("\n\n".join("\n".join(text for text, _ in block) for block in blocks))
        return
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(highlight=False, markup=False, emoji=False)
    for block in blocks:
        for text, style in block:
            inner = text.lstrip()
            # An address that is broken over two lines cannot be followed.
            whole = inner.startswith("http")
            indented = Padding(Text(inner, style=style), (0, 0, 0, len(text) - len(inner)), expand=False)
            console.print(Text(text, style=style) if whole else indented, soft_wrap=whole)
        console.print()
