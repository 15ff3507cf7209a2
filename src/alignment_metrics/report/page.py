"""The findings as one page to send: nothing in it runs, and nothing in it asks for anything from anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jinja2

from alignment_metrics import plots
from alignment_metrics.charter import Charter
from alignment_metrics.findings.frame import is_compared
from alignment_metrics.findings.scorecard import Promise, legend
from alignment_metrics.findings.voices import SAYS_AND_SHOWS, label
from alignment_metrics.findings.words import listed
from alignment_metrics.published import GRADES, citations
from alignment_metrics.quality import Quality
from alignment_metrics.report import beside, document, goals, repeated, said, tables, wording
from alignment_metrics.report.breakdowns import Row, Table, breakdown, of_comparison, of_groups, row
from alignment_metrics.report.chapters import (
    ANSWER,
    CHANGE,
    FORECAST,
    REFUSALS,
    STEPWISE,
    chapters,
    headlines,
    is_whole,
    leading,
    more_broken,
    split,
)
from alignment_metrics.report.drawing import Picture
from alignment_metrics.report.figures import pictures
from alignment_metrics.report.methods import estimates, methods
from alignment_metrics.report.sheets import Sheet
from alignment_metrics.values import Citation, Finding

# The chapters all of whose findings are told in tables, the fine print of each folded into its row.
_IN_TABLES = {"benchmark": beside, "claims": repeated}


@dataclass(frozen=True, slots=True)
class View:
    """A finding as the page shows it."""

    finding: Finding
    id: str
    verdict: str
    overall: Row | None
    whose: str
    level: str
    headline: str
    number: str
    tables: list[Table]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter as the page shows it: its ``answer``, where one sentence gives it, stands before the figures.

    Some findings are read in ``sheets``, or folded, and questions without an answer come last.
    """

    id: str
    heading: str
    answer: View | None
    pictures: list[Picture]
    sheets: list[Sheet]
    answered: list[View]
    folded: list[View]
    stepwise: bool
    refused: list[list[View]]
    fine_print: str
    notes: list[str]
    sql: list[str]


def to_html(
    findings: Sequence[Finding], *, quality: Quality, charter: Charter, promises: Sequence[Promise] = ()
) -> str:
    """The report as one HTML document.

    Parameters
    ----------
    findings : sequence of Finding
    quality : Quality
    charter : Charter
    promises : sequence of Promise
        The scorecard; without any the page says how to have one.

    Returns
    -------
    str
        No script, no style but its own, no picture but those drawn in it, and a Content-Security-Policy that forbids a
        browser all others. Every text of a client or an export is escaped, and control marks in it are replaced.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("alignment_metrics.report"),
        autoescape=True,
        finalize=_printable,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"words": wording.words, "link": link, "name": wording.name}
    style = environment.get_template("style.css").render(colours=_colours())
    names = tables.file_names(findings)
    views = {
        finding.code: _view(finding, charter, names.get(finding.code, ""), leading(of_it, charter=charter))
        for _, _, of_it in chapters(findings)
        for finding in of_it
    }
    told = [_chapter(code, heading, of_it, views, charter) for code, heading, of_it in chapters(findings)]
    return environment.get_template("page.html").render(
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        charter=charter,
        package=document.package(),
        headlines=[views[finding.code] for finding in headlines(findings, charter=charter)],
        chapters=told,
        more_broken=more_broken(findings),
        scorecard=goals.sheet(promises, findings) if promises else None,
        judged=goals.judged(charter),
        legend=legend(promises, charter),
        quality=quality,
        confidence=wording.confidence([one for finding in findings for one in estimates(finding)], charter.policy),
        methods=methods(findings),
        citations=_citations(findings),
        compared={
            one.benchmark.citation.id: is_compared(one)
            for one in findings
            if one.benchmark and one.chapter == "benchmark"
        },
        grades=GRADES,
    )


def link(url: str | None) -> str | None:
    """The address if it is one of the web, else None: no other scheme may hide behind a click.

    Examples
    --------
    >>> link("https://example.org/report"), link("javascript:alert(1)")
    ('https://example.org/report', None)
    """
    return url if url and url.lower().startswith(("https://", "http://")) else None


def _chapter(code: str, heading: str, findings: Sequence[Finding], views: dict[str, View], charter: Charter) -> Chapter:
    full, steps = split([one for one in findings if one.verdict not in REFUSALS], charter)
    found = _sheets(code, findings, views, charter)
    # What a table says of a question is not said again below it.
    tabled = {line.id for sheet in found for line in sheet.lines}
    asked = [views[one.code] for one in findings if one.verdict in REFUSALS]
    refused = _together([view for view in asked if view.id not in tabled])
    # What all of them say is said once: fine print that repeats itself is not read.
    stepwise = bool(steps) and code in STEPWISE
    alike = [*(one for one in full if is_whole(one, charter) or not stepwise), *steps]
    common = [set(views[one.code].notes) for one in alike] if alike[1:] else []
    shared = [note for note in views[alike[0].code].notes if all(note in notes for notes in common)] if common else []
    fine_print = "Fine print to the whole way and to every step" if stepwise else "Fine print to all of these"
    if code in _IN_TABLES:
        shared, fine_print = _IN_TABLES[code].shared(findings), "Fine print to several of these"
    own = {one.code: [note for note in views[one.code].notes if note not in shared] for one in alike}
    told, folded = (
        [_left(replace(views[one.code], notes=own.get(one.code, views[one.code].notes)), tabled) for one in part]
        for part in (full, steps)
    )
    folded = [view for view in folded if code not in _IN_TABLES]
    told = told if stepwise else list(_said_once(told))
    drawn = pictures(code, findings, charter)
    answer = next((view for view in told if view.finding.code == ANSWER), None)
    told = [view for view in told if view is not answer]
    sql = list(dict.fromkeys(query for one in findings if views[one.code].id in tabled for query in one.sql))
    shown = (answer, drawn, found, told, folded, stepwise, refused)
    return Chapter(wording.anchor(code), heading, *shown, fine_print, shared, sql)


def _sheets(chapter: str, findings: Sequence[Finding], views: dict[str, View], charter: Charter) -> list[Sheet]:
    if chapter == "claims":
        return repeated.sheets(findings, {one: _asked(view) for one, view in views.items()}, charter.funnel)
    return {"benchmark": beside.sheets, "perception": said.sheets}.get(chapter, lambda _: [])(findings)


def _asked(view: View) -> str:
    """A question in short: of a survey by the name of the item, of a promise with how that stands."""
    chapter, _, item = view.finding.code.partition(".")
    if chapter == "perception":
        return f"The survey: {label(item)}"
    return f"{view.finding.question} {view.verdict}." if chapter == "agreement" else view.finding.question


def _left(view: View, tabled: set[str]) -> View:
    """What is left to say of a finding that stands in a table of words: the row keeps its name on the page."""
    if view.finding.code == SAYS_AND_SHOWS:
        return replace(view, tables=[], overall=None)
    if view.id not in tabled:
        return view
    # Many of these rest on one query, which is told once for all of them.
    return replace(view, id=f"{view.id}-more", tables=[], finding=replace(view.finding, sql=()))


def _together(refused: Sequence[View]) -> list[list[View]]:
    """The questions that one and the same reason leaves without an answer, and no more to show, put together."""
    found: dict[tuple[str, ...], list[View]] = {}
    for view in refused:
        bare = not (view.tables or view.notes or view.overall)
        found.setdefault((view.finding.claim, view.finding.because or "", "" if bare else view.id), []).append(view)
    return list(found.values())


def _said_once(told: Sequence[View]) -> Iterator[View]:
    """Fine print that an earlier finding of the chapter has said is not said again."""
    said: set[str] = set()
    for view in told:
        yield replace(view, notes=[note for note in view.notes if note not in said])
        said.update(view.notes)


def _view(finding: Finding, charter: Charter, file: str, leads: dict[tuple[str, ...], str]) -> View:
    min_group, comparison = charter.policy.min_group, finding.comparison
    overall = wording.overall(finding)
    shown = [
        breakdown(keys, rows, min_group, file, folded=_is_folded(keys, finding, leads, charter))
        for keys, rows in of_groups(finding).items()
    ]
    whose = _whose(finding, charter)
    headline, number = _headline(finding, min_group, whose)
    if finding.benchmark and wording.known(finding.benchmark.ours):
        # The one rate that is set beside the published number; the others are in its table file.
        overall, shown = finding.benchmark.ours, []
    if comparison:
        shown.append(of_comparison(comparison, finding, min_group))
    return View(
        finding=finding,
        id=wording.anchor(finding.code),
        verdict=wording.verdict(finding),
        overall=row((), overall, min_group) if overall else None,
        whose=whose if shown or whose != "all leads" else "",
        level=wording.level([overall]) if overall else "",
        headline=headline,
        number=number,
        tables=shown,
        notes=[*finding.notes, *_left_out(finding)],
    )


def _whose(finding: Finding, charter: Charter) -> str:
    """What the number of all leads is of, where the question does not say it."""
    overall = wording.overall(finding)
    if finding.chapter == "agreement":
        return ""
    if overall and overall.unit in ("difference", "ratio"):
        return overall.unit
    if overall and overall.unit == "days":
        return "on average"
    if finding.code == FORECAST:
        return "all leads, as expected"
    if finding.chapter in ("curve", "cohorts") and finding.code != CHANGE:
        everyone = "all leads" if finding.chapter == "curve" else "all leads old enough,"
        return f"{everyone} by day {charter.policy.within_days:,}"
    return "all leads"


def _headline(finding: Finding, min_group: int, whose: str) -> tuple[str, str]:
    """The one number of a card, and the line below it that says what it is."""
    comparison, overall, what = finding.comparison, wording.overall(finding), ""
    if comparison and comparison.adjusted and comparison.adjusted.decides:
        overall = comparison.adjusted.difference
        what = f"difference with the same mix of {listed([*map(wording.words, comparison.adjusted.by)])}, "
    elif comparison:
        overall, what = comparison.difference, "difference, "
    elif finding.benchmark and wording.known(finding.benchmark.ours):
        overall = finding.benchmark.ours
    elif finding.estimates[1:] and whose:
        what = f"{whose}, "
    # A number in large type would answer a question that was refused.
    if overall is None or finding.verdict in REFUSALS:
        return "", ""
    if not wording.known(overall):
        return "–", f"{wording.missing(overall, min_group)}, n = {overall.n:,}"
    line = f"{wording.level([overall])} {wording.interval(overall)}, n = {overall.n:,}"
    if wording.settled(overall):
        # Counted, and not estimated.
        line = f"n = {overall.n:,}" if overall.hits is None else f"{overall.hits:,} of {overall.n:,}"
        line = "" if wording.stated(overall) else line
    if ends := wording.drift(finding):
        (first, lowest), (last, highest) = ends
        pooled = f"in {first} and {last}; pooled {wording.value(overall)}, {line}"
        return f"{wording.value(lowest)} to {wording.value(highest)}", pooled
    return wording.value(overall), what + line


def _is_folded(keys: tuple[str, ...], finding: Finding, leads: dict[tuple[str, ...], str], charter: Charter) -> bool:
    if finding.chapter not in STEPWISE:
        return leads[keys] != finding.code
    # A single step is folded as a whole; of the others, what a figure shows, or an earlier chapter.
    return not split([finding], charter)[1] and ("cohort" in keys or keys[-1] not in wording.AS_GIVEN)


def _left_out(finding: Finding) -> list[str]:
    adjusted = finding.comparison and finding.comparison.adjusted
    if not adjusted or not adjusted.left_out:
        return []
    told = "; ".join(f"{wording.name(group)} ({n:,} leads)" for group, n in adjusted.left_out)
    return [f"The adjusted difference leaves out, for want of leads in one of the two groups: {told}."]


def _citations(findings: Sequence[Finding]) -> list[Citation]:
    found = {one.benchmark.citation.id: one.benchmark.citation for one in findings if one.benchmark}
    claimed = {one.code.partition(".")[2] for one in findings if one.chapter == "claims"}
    found = {one.id: one for one in citations() if one.id in claimed} | found
    return [found[id] for id in sorted(found)]


def _colours() -> dict[str, str]:
    return {"ink": plots.INK, "quiet": plots.QUIET, "line": plots.LINE, "ours": plots.OURS, "theirs": plots.THEIRS}


def _printable(value: Any) -> Any:
    # What a template marks as safe (figures, the style) is ours; every other text may come from a stranger.
    ours = not isinstance(value, str) or hasattr(value, "__html__")
    # A query is told in lines, and a line end is a blank to a page.
    return value if ours else "\n".join(plots.UNPRINTABLE.sub("\ufffd", line) for line in value.split("\n"))
