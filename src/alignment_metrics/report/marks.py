"""How a published number, and ours beside it, are written in the cells of a table."""

from __future__ import annotations

from alignment_metrics.findings.words import pvalue
from alignment_metrics.published.fineprint import tips
from alignment_metrics.published.phrases import apart
from alignment_metrics.published.phrases import number as exactly
from alignment_metrics.report import wording
from alignment_metrics.report.sheets import Cell, together
from alignment_metrics.values import Benchmark, Citation, Estimate, Finding

LONGEST_PUBLISHER = 24
# Where ours lies: of times, longer and shorter say it better.
SIDES = {"higher": "above", "lower": "below", "no_difference_shown": "not told apart", "within_range": "among them"}
TIMES = {"higher": "longer", "lower": "shorter"}
ALIKE = ("equivalent", "no_difference_shown")
OURS_IS = " Ours: "


def source(citation: Citation) -> str:
    """Who published it and when, with the grade, in a line that fits beside a figure."""
    # Who published it, not where it was seen; cut here, so that the year and the grade are not.
    publisher = citation.publisher.partition(" (via ")[0]
    publisher = publisher if len(publisher) <= LONGEST_PUBLISHER else publisher[: LONGEST_PUBLISHER - 1].rstrip() + "…"
    return f"{publisher}, {citation.year or 'no year'} ({citation.grade})"


def number(value: float | None, unit: str | None) -> str:
    """A published number as its source has it.

    Examples
    --------
    >>> number(0.0363, "share"), number(2.5, "ratio"), number(84.0, "days"), number(None, "share")
    ('3.63%', '2.5', '84 days', 'no number')
    """
    if value is None:
        return "no number"
    # Set in type, with a true minus sign.
    return exactly(value, unit).replace("-", "−")


def size(citation: Citation) -> str:
    """How many are behind the number, or that nobody said."""
    return "n not stated" if citation.n is None else f"n\u00a0=\u00a0{citation.n:,}"


def cited(citation: Citation) -> tuple[str, str]:
    """Whose number it is, and where the page tells more of it."""
    return f"{citation.publisher}, {citation.year or 'year unknown'}", f"#source-{citation.id}"


def published(citation: Citation) -> Cell:
    """The number, with its grade and how many are behind it."""
    return Cell(number(citation.value, citation.unit), f"grade\u00a0{citation.grade}, {together(size(citation))}")


def ours(mine: Estimate | None, whose: str = "") -> Cell:
    """Our number, its interval and n, and what it is of."""
    if mine is None or not wording.known(mine):
        return Cell("–")
    n = f"n\u00a0=\u00a0{mine.n:,}"
    told = f"{together(wording.interval(mine))}, {n}"
    if wording.settled(mine):
        # What was counted has no interval, and what the organisation states of itself no n either.
        told = "" if wording.stated(mine) else n
    return Cell(wording.value(mine), "; ".join(part for part in (told, whose) if part))


def whose(finding: Finding) -> str:
    """What our number is of, which the sentence tells last."""
    return finding.claim.partition(OURS_IS)[2].removesuffix(".")


def side(finding: Finding, *, several: bool = False) -> Cell:
    """Where ours lies, beside one published number or beside all of several."""
    mark, mine = finding.benchmark, wording.overall(finding)
    against, unit = mark and mark.against, mark.citation.unit if mark else mine and mine.unit
    sides = SIDES | TIMES if unit in ("days", "hours") else SIDES
    told = sides.get(finding.verdict, wording.VERDICTS[finding.verdict].lower())
    if finding.verdict == "equivalent" and against and against.margin is not None:
        told = f"alike, within {apart(against.margin, unit or '')}"
    if several and finding.verdict in TIMES:
        told = f"{told} than all" if unit in ("days", "hours") else f"{told} all"
    return Cell(told, _apart(mark) if mark else "", finding.verdict)


def test(finding: Finding) -> Cell:
    """The p of the test against the published number, and, where it says anything, of that of being alike."""
    mark = finding.benchmark
    against = mark and mark.against
    if not mark or not against or against.pvalue is None:
        return Cell("–")
    under = ""
    # Of what is shown to differ, a p that it is alike says nothing more.
    if against.margin is not None and against.equivalence is not None and finding.verdict in ALIKE:
        margin = apart(against.margin, mark.citation.unit or "")
        under = f"within {together(margin)}: {together(pvalue(against.equivalence))}"
    return Cell(together(pvalue(against.pvalue)), under)


def tipping(mark: Benchmark) -> Cell:
    """From how many records behind the published number on the difference would count."""
    fewest = mark.against.tipping_n if mark.against else None
    if fewest is None or mark.citation.value is None:
        return Cell("–")
    told = tips(mark.citation.value, fewest)
    return Cell(f"n\u00a0=\u00a0{told}" if told[0].isdigit() else told)


def _apart(mark: Benchmark) -> str:
    """How far ours lies from the published number, in the unit of both."""
    mine, theirs = mark.ours, mark.citation.value
    if theirs is None or not wording.known(mine) or mine.unit != mark.citation.unit:
        return ""
    if mine.unit == "share":
        return f"{100 * (mine.value - theirs):+.1f} points".replace("-", "−")
    return f"{mine.value - theirs:+,.1f} {mine.unit}".replace("-", "−") if mine.unit in ("days", "hours") else ""
