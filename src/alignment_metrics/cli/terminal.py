"""What all commands share: arguments, progress, results that appear whole or not at all, and plain errors."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

Folder = Annotated[
    Path, typer.Argument(help="A client's folder: charter.toml and the exports it names.", metavar="FOLDER")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]


def target(folder: Path, out: Path | None, what: str, ours: tuple[str, ...]) -> Path:
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
def whole(target: Path) -> Iterator[Path]:
    """A folder to write into that takes the place of ``target`` once all is written, and vanishes where it is not."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
        draft = Path(scratch) / "draft"
        draft.mkdir()
        yield draft
        if target.exists():
            target.rename(Path(scratch) / "earlier")
        shutil.move(draft, target)


@contextmanager
def steps() -> Iterator[Any]:
    """Tells what is being done: a line that moves on a terminal, plain lines elsewhere."""
    if not sys.stderr.isatty():
        yield lambda text: typer.echo(f"{text} …", err=True)
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status("starting …") as status:
        yield lambda text: status.update(f"{escape(text)} …")


@contextmanager
def plain_errors() -> Iterator[None]:
    """Whatever is wrong with the input ends in one message and status 2."""
    from alignment_metrics.evidence import EvidenceError
    from alignment_metrics.exports.errors import ExportError

    try:
        yield
    except (ExportError, EvidenceError, ValueError, OSError) as error:
        typer.echo(f"alignment-metrics: {error}", err=True)
        raise typer.Exit(2) from None
