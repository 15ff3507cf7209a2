"""The alignment scorecard: every goal of the charter as kept, broken, or one of which it cannot be told."""

from __future__ import annotations

from collections.abc import Sequence

from alignment_metrics.charter import Charter
from alignment_metrics.findings.scorecard import Promise, scorecard
from alignment_metrics.findings.words import listed
from alignment_metrics.report import wording
from alignment_metrics.report.sheets import Cell, Line, Sheet
from alignment_metrics.values import Finding

# A word and a shape for each state: neither is told by colour alone.
SHAPES = {"kept": "✓", "broken": "✗", "cannot tell": "?"}
CLASSES = {"kept": "kept", "broken": "broken", "cannot tell": "untold"}
COLUMNS = ("goal", "state", "evidence", "finding")


def promises(findings: Sequence[Finding], charter: Charter) -> tuple[Promise, ...]:
    """One row a goal, in the order of the charter; none where nothing was promised."""
    return scorecard(findings, charter) if charter.agreement else ()


def sheet(told: Sequence[Promise], findings: Sequence[Finding]) -> Sheet:
    """The goals as one table; each row leads to its finding, where the audit has it."""
    there = {finding.code for finding in findings}
    lines = []
    for one in told:
        state = f"{SHAPES[one.state]} {one.state.capitalize()}"
        links = (("The evidence", f"#{wording.anchor(one.code)}"),) if one.code in there else ()
        lines.append(Line((Cell(one.goal), Cell(state, badge=CLASSES[one.state]), Cell(one.evidence, links=links))))
    return Sheet(("What was promised", "State", "What the records show"), tuple(lines), said=_count(told))


def judged(charter: Charter) -> str:
    """For which time the promises are judged."""
    signed, end = charter.agreement and charter.agreement.signed, charter.organisation.as_of
    since = f"{signed}, when the agreement was signed," if signed else "the first lead on"
    return f"Promises are judged for the time from {since} to {end}."


def _count(told: Sequence[Promise]) -> str:
    counted = [(state, sum(one.state == state for one in told)) for state in SHAPES]
    parts = [f"{n:,} {state if state != 'cannot tell' else 'that cannot be told'}" for state, n in counted if n]
    return (
        f"{len(told):,} promise{'s' * (len(told) != 1)}: {listed(parts)}. They are counted, and not added up to a "
        "mark: one that is broken is not made good by others that are kept."
    )


def to_rows(told: Sequence[Promise]) -> list[dict[str, str]]:
    """The scorecard for scripts."""
    return [dict(zip(COLUMNS, (one.goal, one.state, one.evidence, one.code), strict=True)) for one in told]
