"""How the sources of leads compare, and what else the leads can be broken down by: the chapter, one room a finding."""

from __future__ import annotations

from alignment_metrics.findings.sources.alike import adjusted
from alignment_metrics.findings.sources.asked import Asked
from alignment_metrics.findings.sources.columns import by_column, tagged
from alignment_metrics.findings.sources.conversion import conversion
from alignment_metrics.findings.sources.cost import cost
from alignment_metrics.findings.sources.months import in_batches
from alignment_metrics.findings.sources.shrunk import guessed
from alignment_metrics.findings.sources.steps import steps
from alignment_metrics.findings.sources.worth import amount, share_of_wins, wait
from alignment_metrics.findings.whole import Whole
from alignment_metrics.values import Finding

__all__ = ["sources"]


def sources(whole: Whole) -> tuple[Finding, ...]:
    """Everything that is asked of sources, tags and columns; where there are too few leads, only that.

    One family of tests is behind all claims of a difference, so that an export without any raises a false one in at
    most the share of cases that the charter's confidence leaves open.
    """
    asked = Asked.of(whole)
    if asked.too_few():
        return (conversion(asked),)
    return (
        conversion(asked),
        *steps(asked),
        *guessed(asked),
        adjusted(asked),
        in_batches(asked),
        share_of_wins(asked),
        wait(asked),
        amount(asked),
        cost(asked),
        *tagged(asked),
        *by_column(asked),
    )
