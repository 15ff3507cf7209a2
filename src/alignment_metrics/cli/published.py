"""The command that looks up what others have published."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated

import typer

from alignment_metrics.cli.terminal import AsJson


def benchmarks(
    query: Annotated[str | None, typer.Argument(metavar="[QUERY]", help="Words to look for.")] = None,
    as_json: AsJson = False,
) -> None:
    """The cited statistics, with grade and source."""
    from alignment_metrics.published import citations

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
