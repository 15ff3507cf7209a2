"""The chapter on benchmarks: one table of what was compared, one of ranges, and one of what could not be, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from alignment_metrics import plots
from alignment_metrics.findings.frame import about, compared, is_compared
from alignment_metrics.findings.words import pvalue
from alignment_metrics.report import wording
from alignment_metrics.report.chapters import REFUSALS
from alignment_metrics.report.drawing import Plan, drawn
from alignment_metrics.report.sheets import Cell, Line, Sheet, capital, together
from alignment_metrics.values import Against, Benchmark, Citation, Estimate, Finding

LONGEST_PUBLISHER = 24
RANGES = "published."
GRADES_DRAWN = ("A", "B", "C")
TESTED_AS = ("Against a fixed target", "Source needs n")
FINE_PRINT = (
    "Against a fixed target: p-value of the test that takes the published number as exact, which it is not; below it, "
    "where a margin was stated, whether ours was shown to lie within it. Source needs n: the fewest records behind the "
    "published number at which the difference would be more than chance were its own uncertainty counted; a dash where "
    "none would do, or where that cannot be asked. No number here is a target, and no two of them are averaged."
)
TESTED = ("pvalue", "method", "margin", "equivalence", "tipping_n")
COLUMNS = (
    "code", "metric", "verdict", "value", "low", "high", "n", "unit", "published", "published_unit", "grade", "year",
    "published_n", *TESTED, "publisher", "title", "url", "because",
)  # fmt: skip


def sheets(findings: Sequence[Finding]) -> list[Sheet]:
    """The tables of the chapter, in the order to be read; a table without a row is none."""
    ranges = [one for one in findings if one.code.startswith(RANGES)]
    marked = [one for one in findings if one not in ranges]
    refused = [one for one in marked if one.verdict in REFUSALS]
    placed = [one for one in marked if is_compared(one)]
    firms = [one for one in marked if one not in refused and one not in placed]
    levels = [one.benchmark.ours for one in placed if one.benchmark]
    level = wording.level(levels) if levels else "interval"
    few = [one for one in refused if one.verdict == "not_enough_data"]
    refused = [*few, *(one for one in refused if one not in few)]
    told = (
        Sheet(
            ("What was published", f"Ours, {level}", "Published", "Ours lies", *TESTED_AS),
            tuple(map(_placed, placed)),
            said=FINE_PRINT,
        ),
        Sheet(
            ("Several sources for one number", f"Ours, {level}", "Published", "Ours lies"),
            tuple(_range(one, placed) for one in ranges),
        ),
        Sheet(("Shares of firms, of which ours is one", "Published", "Where that puts us"), tuple(map(_firm, firms))),
        Sheet(
            ("Published", "Why it was not compared, and what would be needed"),
            tuple(map(_refused, refused)),
            folded=_count(len(refused)),
        ),
    )
    return [one for one in told if one.lines]


def to_rows(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Every published number and what became of it, for spreadsheets; no number of ours where none was set beside."""
    return [_row(one, one.benchmark) for one in findings if one.benchmark]


def _row(finding: Finding, mark: Benchmark) -> dict[str, Any]:
    cited, ours, against = mark.citation, mark.ours, mark.against
    there = wording.known(ours) and ours.n > 0
    told = {part: getattr(ours, part) for part in ("value", "low", "high", "n", "unit")} if there else {}
    told |= {part: getattr(cited, part) for part in ("metric", "grade", "year", "publisher", "title", "url")}
    told |= {part: getattr(against, part) for part in TESTED} if against else {}
    ids = {"code": finding.code, "verdict": finding.verdict, "because": finding.because}
    return told | ids | {"published": cited.value, "published_unit": cited.unit, "published_n": cited.n}


def plans(findings: Sequence[Finding]) -> Iterator[Plan]:
    """Our rates against the published ones; other units are told in the table."""
    frame = compared(findings)
    units = {one.benchmark.citation.id: one.benchmark.citation.unit for one in findings if one.benchmark}
    shares = frame["unit"].eq("share") & frame["id"].map(units).eq("share") & frame["grade"].isin(GRADES_DRAWN)
    frame = frame[shares]
    if frame.empty:
        return
    marks = {one.benchmark.citation.id: one.benchmark for one in findings if one.benchmark}
    there = [marks[id] for id in frame["id"]]
    said = [
        f"{name}: {wording.value(mark.ours)} {wording.interval(mark.ours)}, n = {mark.ours.n:,}; "
        f"{source(mark.citation)} published {100 * (mark.citation.value or 0):g}%"
        for name, mark in zip(frame.index, there, strict=True)
    ]
    caption = (
        f"Our rates with their {wording.level([mark.ours for mark in there])}, and what others have published; the "
        "shape of a mark is the grade of its source, and a line joins several for one number."
    )
    frame = frame.assign(source=[source(mark.citation) for mark in there])
    yield Plan(caption, said, drawn(plots.benchmarks, frame, label="share of leads, or of answers"))


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
    if unit in ("share", "relative_change"):
        return f"{100 * value:+g}%".replace("-", "−") if unit == "relative_change" else f"{100 * value:g}%"
    if unit == "difference":
        return f"{100 * value:+g} points".replace("-", "−")
    return f"{value:g}" if unit in ("ratio", "count", None) else f"{value:g} {unit}"


def size(citation: Citation) -> str:
    """How many are behind the number, or that nobody said."""
    return "n not stated" if citation.n is None else f"n\u00a0=\u00a0{citation.n:,}"


def _count(n: int) -> str:
    return (
        f"{n:,} published number{'s that were' if n != 1 else ' that was'} not set beside ours, and what it would take"
    )


def _placed(finding: Finding) -> Line:
    mark = finding.benchmark
    assert mark is not None
    cited = mark.citation
    cells = (
        Cell(
            cited.claim,
            links=(_cited(cited),),
        ),
        _ours(mark.ours),
        Cell(number(cited.value, cited.unit), f"grade\u00a0{cited.grade}, {together(size(cited))}"),
        Cell(wording.VERDICTS[finding.verdict], _apart(mark), finding.verdict),
        _test(mark.against),
        Cell(_tipping(mark.against)),
    )
    return Line(cells, _id(finding))


def _range(finding: Finding, placed: Sequence[Finding]) -> Line:
    metric, ours = finding.code.removeprefix(RANGES), wording.overall(finding)
    marks = [one.benchmark for one in placed if one.benchmark and one.benchmark.citation.metric == metric]
    cited = sorted((mark.citation for mark in marks if mark.ours == ours), key=lambda one: (one.value or 0.0, one.id))
    if not cited:
        return Line((Cell(finding.question), _ours(ours), Cell(finding.claim), _verdict(finding)), _id(finding))
    low, high = (number(one.value, one.unit) for one in (cited[0], cited[-1]))
    links = tuple((f"{number(one.value, one.unit)}: {source(one)}", f"#source-{one.id}") for one in cited)
    name = capital(about(replace(cited[0], group=None)))
    return Line((Cell(name), _ours(ours), Cell(f"{low} to {high}", links=links), _verdict(finding)), _id(finding))


def _firm(finding: Finding) -> Line:
    mark = finding.benchmark
    if mark is None:
        return Line((Cell(finding.question), Cell(), Cell(finding.claim)), _id(finding))
    cited = mark.citation
    told = Cell(number(cited.value, cited.unit), f"grade\u00a0{cited.grade}, {together(size(cited))}")
    return Line((Cell(cited.claim, links=(_cited(cited),)), told, Cell(finding.claim)), _id(finding))


def _refused(finding: Finding) -> Line:
    mark, because = finding.benchmark, finding.because or ""
    why = Cell(capital(because), wording.VERDICTS[finding.verdict])
    if mark is None:
        return Line((Cell(finding.question), why), _id(finding))
    cited = mark.citation
    under = f"{number(cited.value, cited.unit)}, grade {cited.grade}, {size(cited)}"
    cell = Cell(cited.claim, under, links=(_cited(cited),))
    return Line((cell, why), _id(finding))


def _id(finding: Finding) -> str:
    return wording.anchor(finding.code)


def _cited(citation: Citation) -> tuple[str, str]:
    return f"{citation.publisher}, {citation.year or 'year unknown'}", f"#source-{citation.id}"


def _verdict(finding: Finding) -> Cell:
    return Cell(wording.VERDICTS[finding.verdict], badge=finding.verdict)


def _ours(ours: Estimate | None) -> Cell:
    if ours is None or not wording.known(ours):
        return Cell("–")
    # What was counted, or stated by the organisation itself, has no interval.
    sure = wording.settled(ours)
    n = f"n\u00a0=\u00a0{ours.n:,}"
    return Cell(wording.value(ours), n if sure else f"{together(wording.interval(ours))}, {n}")


def _apart(mark: Benchmark) -> str:
    """How far ours lies from the published number, in the unit of both."""
    ours, theirs = mark.ours, mark.citation.value
    if theirs is None or not wording.known(ours) or ours.unit != mark.citation.unit:
        return ""
    if ours.unit == "share":
        return f"{100 * (ours.value - theirs):+.1f} points".replace("-", "−")
    return f"{ours.value - theirs:+,.1f} {ours.unit}".replace("-", "−") if ours.unit in ("days", "hours") else ""


def _test(against: Against | None) -> Cell:
    if against is None or against.pvalue is None:
        return Cell("–")
    under = ""
    if against.margin is not None and against.equivalence is not None:
        under = f"within ±{100 * against.margin:g}\u00a0points: {together(pvalue(against.equivalence))}"
    return Cell(together(pvalue(against.pvalue)), under)


def _tipping(against: Against | None) -> str:
    return f"{against.tipping_n:,}" if against and against.tipping_n is not None else "–"
