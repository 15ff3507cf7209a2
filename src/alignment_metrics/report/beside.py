"""The chapter on benchmarks: one table of what was compared, one of ranges, and one of what could not be, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from alignment_metrics import plots
from alignment_metrics.findings.frame import about, compared, is_compared
from alignment_metrics.published import fineprint
from alignment_metrics.published.phrases import origin
from alignment_metrics.report import marks, wording
from alignment_metrics.report.chapters import REFUSALS
from alignment_metrics.report.drawing import Plan, drawn
from alignment_metrics.report.sheets import Cell, Line, Sheet, capital, in_common
from alignment_metrics.values import Benchmark, Finding

RANGES = "published."
GRADES_DRAWN = ("A", "B", "C")
FINE_PRINT = (
    "Alike: our whole interval lies within the margin. p: of the test that takes the published number as exact, which "
    "it is not; where ours is alike or not told apart, also of the test that it lies within the margin. Would count "
    "from: had the published number come from fewer records than this, chance could explain the difference; a dash "
    "where no number of records would do, or where that cannot be asked. Most sources count firms or people, and "
    "seldom leads. No number here is a target, and no two of them are averaged."
)
AS_A_RANGE, LEFT_OUT, SAME, FOLDED = "They are shown as a range", "Left out, ", "As above.", "Fine print"
AXIS = "share of leads, or of people asked"
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
    placed = _together([one for one in marked if is_compared(one)])
    firms = [one for one in marked if one not in refused and one not in placed]
    levels = [one.benchmark.ours for one in placed if one.benchmark]
    ours = f"Ours, {wording.level(levels) if levels else 'interval'}"
    common = frozenset(shared(findings))
    told = (
        Sheet(
            ("What was published", "Published", ours, "Ours lies", "p", "Would count from"),
            tuple(_placed(one, common, above) for one, above in zip(placed, (None, *placed), strict=False)),
            said=FINE_PRINT,
        ),
        Sheet(
            ("Several sources for one number", "Published", ours, "Ours lies"),
            tuple(_range(one, placed, common) for one in ranges),
        ),
        Sheet(
            ("Shares of firms, of which ours is one", "Published", "Where that puts us"),
            tuple(_firm(one, common) for one in firms),
        ),
        Sheet(
            ("Published", "Why it was not compared, and what would be needed"),
            tuple(_refusals(refused)),
            folded=_count(len(refused)),
        ),
    )
    return [one for one in told if one.lines]


def shared(findings: Sequence[Finding]) -> list[str]:
    """The fine print that several of them have in common, to be said once."""
    told = [one for one in findings if one.verdict not in REFUSALS]
    return in_common([[*_caveats(one), *own_notes(one)] for one in told])


def own_notes(finding: Finding) -> list[str]:
    """The notes on our own number; how it was set beside the other, and where that is from, stands in tables."""
    named = {AS_A_RANGE}
    if finding.benchmark:
        named = {_name(note) for note in fineprint.about(finding.benchmark.citation)}
    last = max((at for at, note in enumerate(finding.notes, 1) if _name(note) in named), default=0)
    left_out = [note for note in finding.notes[:last] if not finding.benchmark and note.startswith(LEFT_OUT)]
    return [*left_out, *finding.notes[last:]]


def _caveats(finding: Finding) -> list[str]:
    """What speaks against a source, with its name, as it may be said of several numbers that it published."""
    cited = finding.benchmark and finding.benchmark.citation
    return [f"{marks.cited(cited)[0]}: {cited.caveat}"] if cited else []


def _name(note: str) -> str:
    return note.partition(":")[0]


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
    by_id = {one.benchmark.citation.id: one.benchmark for one in findings if one.benchmark}
    there = [by_id[id] for id in frame["id"]]
    said = [
        f"{name}: {wording.value(mark.ours)} {wording.interval(mark.ours)}, n = {mark.ours.n:,}; "
        f"{marks.source(mark.citation)} published {100 * (mark.citation.value or 0):g}%"
        for name, mark in zip(frame.index, there, strict=True)
    ]
    caption = (
        f"Our rates with their {wording.level([mark.ours for mark in there])}, and what others have published; the "
        "shape of a mark is the grade of its source, and a line joins several for one number."
    )
    frame = frame.assign(source=[marks.source(mark.citation) for mark in there])
    yield Plan(caption, said, drawn(plots.benchmarks, frame, label=AXIS))


def _count(n: int) -> str:
    return (
        f"{n:,} published number{'s that were' if n != 1 else ' that was'} not set beside ours, and what it would take"
    )


def _together(placed: Sequence[Finding]) -> list[Finding]:
    """Those that one number of ours is set beside, one after the other."""
    ours = [one.benchmark and one.benchmark.ours for one in placed]
    return sorted(placed, key=lambda one: ours.index(one.benchmark and one.benchmark.ours))


def _placed(finding: Finding, common: frozenset[str], above: Finding | None) -> Line:
    mark = finding.benchmark
    assert mark is not None
    whose = marks.whose(finding)
    cells = (
        _what(finding, common),
        marks.published(mark.citation),
        marks.ours(mark.ours, "" if above and marks.whose(above) == whose else whose),
        marks.side(finding),
        marks.test(finding),
        marks.tipping(mark),
    )
    return Line(cells, _id(finding))


def _range(finding: Finding, placed: Sequence[Finding], common: frozenset[str]) -> Line:
    metric, mine = finding.code.removeprefix(RANGES), wording.overall(finding)
    there = [one.benchmark for one in placed if one.benchmark and one.benchmark.citation.metric == metric]
    cited = sorted((mark.citation for mark in there if mark.ours == mine), key=lambda one: (one.value or 0.0, one.id))
    ends = (marks.ours(mine), marks.side(finding, several=True))
    if not cited:
        return Line((_what(finding, common), Cell(finding.claim), *ends), _id(finding))
    low, high = (marks.number(one.value, one.unit) for one in (cited[0], cited[-1]))
    links = tuple((f"{marks.number(one.value, one.unit)}: {marks.source(one)}", f"#source-{one.id}") for one in cited)
    name = replace(_what(finding, common), text=capital(about(replace(cited[0], group=None))))
    return Line((name, Cell(f"{low} to {high}", links=links), *ends), _id(finding))


def _firm(finding: Finding, common: frozenset[str]) -> Line:
    mark = finding.benchmark
    if mark is None:
        return Line((_what(finding, common), Cell(), Cell(finding.claim)), _id(finding))
    # Its row says whose the number is.
    claim = " ".join(finding.claim.replace(f"Source: {origin(mark.citation)}.", "").split())
    return Line((_what(finding, common), marks.published(mark.citation), Cell(claim)), _id(finding))


def _what(finding: Finding, common: frozenset[str]) -> Cell:
    """What was published and by whom; folded is what speaks against the comparison."""
    cited = finding.benchmark and finding.benchmark.citation
    told, links = (cited.claim, (marks.cited(cited),)) if cited else (finding.question, ())
    caveats = () if not cited or set(_caveats(finding)) & common else (cited.caveat,)
    folded = (*caveats, *(note for note in own_notes(finding) if note not in common))
    return Cell(told, "", "", links, FOLDED if folded else "", folded)


def _refusals(refused: Sequence[Finding]) -> Iterator[Line]:
    """Those that one reason keeps from being compared stand together, and it is told once."""
    reasons = list(dict.fromkeys(one.because for one in refused))
    above = None
    for one in sorted(refused, key=lambda one: (one.verdict != "not_enough_data", reasons.index(one.because))):
        why = SAME if one.because == above else capital(one.because or "")
        above = one.because
        told = "" if one.verdict == "not_comparable" else wording.VERDICTS[one.verdict]
        cited = one.benchmark and one.benchmark.citation
        cell = Cell(cited.claim, f"grade {cited.grade}", links=(marks.cited(cited),)) if cited else Cell(one.question)
        yield Line((cell, Cell(why, told)), _id(one))


def _id(finding: Finding) -> str:
    return wording.anchor(finding.code)
