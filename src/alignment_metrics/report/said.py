"""The chapter on the survey: what each team says beside what the records show, then the teams beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from alignment_metrics import plots
from alignment_metrics.findings.voices import STANDS_IN, WHO, Voices, by_team, heard, label, says_and_shows, voices
from alignment_metrics.report import wording
from alignment_metrics.report.drawing import Plan, drawn, in_words
from alignment_metrics.report.sheets import Cell, Line, Sheet, together
from alignment_metrics.values import Estimate, Finding

AXIS = "teams: share of people who say so; CRM: share of leads"


def sheets(findings: Sequence[Finding]) -> list[Sheet]:
    """What is said beside what is shown, then every item by team; a table without a row is none."""
    shown = tuple(_beside(item, told) for item, told in says_and_shows(findings).items())
    asked = tuple(_item(one) for one in findings if by_team(one))
    told = (
        Sheet(("What was asked", "Marketing says", "Sales says", "The CRM shows"), shown, "Said, and shown"),
        Sheet(
            ("What was asked", "Marketing says", "Sales says", _gap(findings), "Verdict"),
            asked,
            "Marketing and sales, side by side",
            said="Share of those who could say, with its interval and their number; the gap is in percentage points.",
        ),
    )
    return [one for one in told if one.lines]


def plans(findings: Sequence[Finding]) -> Iterator[Plan]:
    """A dumbbell an item: both teams, and the records where they show anything of it."""
    rows = voices(findings)
    if not any(wording.known(one) for _, _, one in rows):
        return
    named = [(label(item), one) for item, _, one in rows]
    words = [f"{line} ({who})" for line, (_, who, _) in zip(in_words(named), rows, strict=True)]
    level = wording.level([one for _, one in named])
    caption = f"What marketing and sales say, and what the CRM shows of it; thin lines: {level}s."
    drawing = drawn(plots.perception, heard(findings), label=AXIS)
    yield Plan(caption, words, drawing)


def _beside(item: str, told: Voices) -> Line:
    *teams, crm = (_number(told.get(who)) for who in WHO)
    # What merely stands in for the thing asked says what it is.
    other = next((who for who in told if who.startswith(STANDS_IN)), None)
    if other:
        crm = _number(told[other])
        crm = replace(crm, under=f"{crm.under}; {other.removeprefix(STANDS_IN)}")
    return Line((Cell(label(item)), *teams, crm))


def _item(finding: Finding) -> Line:
    told, gap = by_team(finding), finding.comparison
    numbers = ["–", ""]
    if gap and wording.known(gap.difference):
        numbers = [part(gap.difference).replace(" points", "") for part in (wording.value, wording.interval)]
    points = Cell(numbers[0], together(numbers[1]))
    named = [wording.name(group) for group in finding.compared or ()]
    more = dict(zip(("higher", "lower"), named, strict=False)).get(finding.verdict)
    less = dict(zip(("lower", "higher"), named, strict=False)).get(finding.verdict)
    words = f"More of {more} than of {less}" if more else wording.VERDICTS[finding.verdict]
    told_of = (_number(told.get(who)) for who in WHO[:2])
    cells = (
        Cell(label(finding.code.partition(".")[2])),
        *told_of,
        points,
        Cell(words, badge=finding.verdict),
    )
    return Line(cells, wording.anchor(finding.code))


def _gap(findings: Sequence[Finding]) -> str:
    """Whose share less whose."""
    compared = next((one.compared for one in findings if one.comparison and one.compared), None)
    return f"Gap, {' − '.join(map(wording.name, compared))}" if compared else "Gap"


def _number(one: Estimate | None) -> Cell:
    if one is None:
        return Cell("–")
    if not wording.known(one):
        return Cell("–", f"n\u00a0=\u00a0{one.n:,}")
    limits = "" if wording.settled(one) else f"{together(wording.interval(one))}, "
    return Cell(wording.value(one), f"{limits}n\u00a0=\u00a0{one.n:,}")
