"""The command line: thin. It reads arguments, calls the rooms below, and turns what went wrong into one message."""

from __future__ import annotations

import typer

from alignment_metrics.cli.accounts import show
from alignment_metrics.cli.asking import questionnaire, survey
from alignment_metrics.cli.clients import audit, charter, check, sample
from alignment_metrics.cli.published import benchmarks

__all__ = ["app", "main", "show"]

app = typer.Typer(
    name="alignment-metrics",
    help="Numbers that settle the quarrel about leads between marketing and sales, from a CRM export.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _command in (audit, check, charter, sample, benchmarks, questionnaire, survey):
    app.command()(_command)


def main() -> None:
    """The program ``alignment-metrics``."""
    app()
