"""In which order a reader meets the findings: headlines first, then chapter by chapter."""

from __future__ import annotations

from collections.abc import Sequence

from alignment_metrics.charter import Charter
from alignment_metrics.findings.frame import is_compared
from alignment_metrics.findings.voices import SAYS_AND_SHOWS
from alignment_metrics.report.wording import breakdowns
from alignment_metrics.values import Finding

CHAPTERS = {
    "agreement": "What was agreed",
    "conversion": "Conversion",
    "curve": "Conversion over time",
    "cohorts": "Cohorts",
    "cycle": "Time in stage",
    "sources": "Sources",
    "inbound_vs_outbound": "Inbound and outbound",
    "reconcile": "Whose definition",
    "perception": "What people say, what the data show",
    "benchmark": "Benchmarks",
    "claims": "Claims of the articles",
}
# Findings of these chapters of the audit are read in another.
READ_IN = {"published": "benchmark"}
# One finding a step and one for the whole way, each too long to be read for every step.
STEPWISE = ("curve", "cohorts", "cycle")
REFUSALS = ("not_comparable", "not_enough_data", "does_not_apply")
CHANGE, FORECAST = "cohorts.change", "cohorts.forecast"
ANSWER = "inbound_vs_outbound.answer"
MOST_HEADLINES = 6
BENCHMARK_HEADLINES = 1
# Of many broken promises the scorecard tells; all of them would leave no room for any other news.
BROKEN_HEADLINES = 2
# These are read in tables of words; of each finding by itself only the fine print is left to tell.
TABLED = ("benchmark", "published", "perception", "claims")
# How a breakdown by a column of the client's own is called, and how many of them are told in full.
COLUMN, MOST_COLUMNS = "sources.by_", 3


def headlines(findings: Sequence[Finding], *, charter: Charter) -> tuple[Finding, ...]:
    """The few findings that a reader in a hurry must not miss.

    Two broken promises come first, then conversion from the first stage to the last, the sources, the one sentence on
    inbound against outbound, what a team says that the records do not bear out, a change of the latest cohorts that is
    more than chance, how long the whole way takes, and the best documented benchmark that our interval lies clear of.
    A question that could not be answered is no headline where it concerns a benchmark or the length of the way;
    elsewhere that it could not be answered is the news.
    """
    by_code = {finding.code: finding for finding in findings}
    answered = ANSWER in by_code and by_code[ANSWER].verdict not in REFUSALS
    directions = ANSWER if answered else "inbound_vs_outbound.conversion"
    always = (_whole("conversion", charter), "sources.conversion", directions)
    clear = [one for one in findings if is_compared(one) and one.verdict in ("higher", "lower")]
    clear.sort(key=_documented)
    asked = [by_code[code] for code in always if code in by_code]
    asked += [one for one in findings if one.code == SAYS_AND_SHOWS and _parts(one)]
    asked += [finding for finding in findings if finding.code == CHANGE and finding.verdict in ("higher", "lower")]
    asked += [one for one in findings if one.code == _whole("cycle", charter) and one.verdict not in REFUSALS]
    chosen = dict.fromkeys(
        finding.code for finding in (*_broken(findings)[:BROKEN_HEADLINES], *asked, *clear[:BENCHMARK_HEADLINES])
    )
    return tuple(by_code[code] for code in list(chosen)[:MOST_HEADLINES])


def more_broken(findings: Sequence[Finding]) -> str:
    """What is left to say of broken promises beside the headlines; empty where each of them is one."""
    if (more := len(_broken(findings)) - BROKEN_HEADLINES) <= 0:
        return ""
    told = "1 more promise is broken: it stands" if more == 1 else f"{more:,} more promises are broken: they stand"
    return f"{told} on the scorecard."


def _broken(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.verdict == "broken"]


def _parts(finding: Finding) -> bool:
    """Whether what a team says of something lies clear of what the records show of it."""
    told = {group: one for group, one in finding.estimates if one.value == one.value}
    shown = {group[0]: one for group, one in told.items() if group[1:] == (("who", "crm"),)}
    pairs = [(one, shown[group[0]]) for group, one in told.items() if group and group[0] in shown]
    return any(one.low > crm.high or one.high < crm.low for one, crm in pairs)


def _documented(finding: Finding) -> tuple[str, int, str]:
    assert finding.benchmark is not None
    citation = finding.benchmark.citation
    # Not by how far ours is: the extreme of many comparisons is extreme by being chosen.
    return citation.grade, -(citation.n or 0), citation.id


def chapters(findings: Sequence[Finding]) -> list[tuple[str, str, list[Finding]]]:
    """Code, heading and findings of each chapter; those without a fixed place follow in the order of the findings."""
    read_in = [READ_IN.get(finding.chapter, finding.chapter) for finding in findings]
    there = list(dict.fromkeys(read_in))
    codes = [code for code in CHAPTERS if code in there] + [code for code in there if code not in CHAPTERS]
    placed = list(zip(read_in, findings, strict=True))
    return [(code, heading(code), [one for at, one in placed if at == code]) for code in codes]


def leading(findings: Sequence[Finding], *, charter: Charter) -> dict[tuple[str, ...], str]:
    """Which finding shows a chapter's leads broken down in each way: the one about the whole way, or else the first."""
    first: dict[tuple[str, ...], str] = {}
    for finding in sorted(findings, key=lambda one: not is_whole(one, charter)):
        for keys in breakdowns(finding):
            first.setdefault(keys, finding.code)
    return first


def is_whole(finding: Finding, charter: Charter) -> bool:
    """Whether it is about the way from the first stage to the last."""
    return finding.code == _whole(finding.chapter, charter)


def _whole(chapter: str, charter: Charter) -> str:
    return f"{chapter}.{charter.funnel.first}_to_{charter.funnel.last}"


def split(findings: Sequence[Finding], charter: Charter) -> tuple[list[Finding], list[Finding]]:
    """The findings of a chapter to be told in full, the whole way first, and those to be folded.

    Folded are those of single steps and those of many columns, which figures show, and those of the survey and the
    benchmarks, which a table does.
    """
    steps = {f"{chapter}.{start}_to_{stop}" for chapter in STEPWISE for start, stop in charter.funnel.steps}
    folded = [one for one in findings if one.code in steps and not is_whole(one, charter)]
    folded += [one for one in findings if one.chapter in TABLED and one.code != SAYS_AND_SHOWS]
    columns = [one for one in findings if one.code.startswith(COLUMN)]
    folded += columns if len(columns) > MOST_COLUMNS else []
    full = [one for one in findings if one not in folded]
    if full and full[0].chapter in STEPWISE:
        full.sort(key=lambda one: not is_whole(one, charter))
    return full, folded


def heading(chapter: str) -> str:
    """
    Examples
    --------
    >>> heading("inbound_vs_outbound"), heading("speed_to_lead")
    ('Inbound and outbound', 'Speed to lead')
    """
    words = chapter.replace("_", " ")
    return CHAPTERS.get(chapter, words[:1].upper() + words[1:])
