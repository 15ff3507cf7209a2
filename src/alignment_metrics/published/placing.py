"""Sets one of our numbers beside a published one, or beside several, and says how they stand.

A published number is taken as fixed, several are a range: none is ever averaged, and what may not be compared is not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from alignment_metrics.charter.grammar import shown as short
from alignment_metrics.published import fineprint, phrases
from alignment_metrics.published.registry import Comparable, citation, comparables, together
from alignment_metrics.published.weighing import Ours, alike, estimated, refusal, scarce, spreadless, weigh
from alignment_metrics.values import Against, Benchmark, Citation, Estimate, Finding, Verdict

__all__ = ["beside", "beside_range"]


def beside(
    published: Citation | str | Iterable[Citation | str],
    ours: Ours,
    *,
    margin: float | None = None,
    confidence: float = 0.95,
    population: int | None = None,
    of: str = "",
    counted: str = "leads",
) -> Finding:
    """How a number of ours stands to a published one, or why the two are not to be compared.

    Parameters
    ----------
    published : Citation or str, or several of them
        The published number, or its id. Several, all of one metric, are a range: see :func:`beside_range`.
    ours : Counts, Tally, Moments or Estimate
        Ours, counted under the conditions that ``comparable_when`` of the citation states.
    margin : float, optional
        How far from the published number still counts as alike, in its unit; a share of 1 for shares and differences.
    confidence : float
        Level of our interval; an estimate comes with its own.
    population : int, optional
        Where counts are of people or firms of which there are only so many: how many, all told.
    of : str
        What ours is, in a few words that end the claim.
    counted : str
        What ours counts, in the plural.

    Returns
    -------
    Finding
        ``benchmark.<id>``: ``equivalent`` where our whole interval lies within the margin; else ``higher`` or ``lower``
        where the whole of it is; else ``no_difference_shown``. ``not_comparable`` where the citation may only be shown,
        where it is a popular misreading, or where the units differ; ``not_enough_data`` where ours rests on nothing, or
        is a mean of numbers without a spread.

    Raises
    ------
    ValueError
        If there is no citation of that id, the margin is not positive, or there are several citations with a margin, or
        several that do not mean one thing.

    Notes
    -----
    The test is of one sample against a fixed target, for hardly any published number comes with the leads behind it;
    the notes say so, and how many there would have to be for the difference still to count. The interval decides.

    Examples
    --------
    >>> from alignment_metrics.values import Counts
    >>> beside("implisit-lead-opp-all", Counts(81, 263)).verdict
    'higher'
    >>> beside("folk-13-mql-sql", Counts(81, 263)).verdict
    'not_comparable'
    """
    if not isinstance(published, Citation | str):
        several = [_cited(one) for one in published]
        metric = _one_metric(several, margin)
        return beside_range(metric, several, ours, confidence=confidence, population=population, of=of, counted=counted)
    cited = _cited(published)
    mine = estimated(ours, cited.unit, population=population, confidence=confidence)
    because = refusal(cited, mine)
    if because is not None:
        return finding(cited, mine, "not_comparable", _aside(cited, mine), because=because)
    target, unit = fineprint.number(cited)
    if because := scarce(mine, counted, "it"):
        return finding(cited, mine, "not_enough_data", _aside(cited, mine), because=because)
    stands = weigh(ours, mine, target, margin=margin, population=population)
    verdict, where = _place(mine, target, unit, stands)
    claim = f"Our {phrases.ours(mine)} {where}, taken as a fixed number. Source: {phrases.origin(cited)}."
    notes = fineprint.compared(cited, mine, verdict, stands, counted)
    return finding(cited, mine, verdict, claim + _of(of), against=stands, notes=notes)


def beside_range(
    metric: str,
    published: Iterable[Citation | str],
    ours: Ours,
    *,
    confidence: float = 0.95,
    population: int | None = None,
    of: str = "",
    counted: str = "leads",
) -> Finding:
    """How a number of ours stands to what several sources have published of one thing, which is a range and no average.

    Parameters
    ----------
    metric : str
        The metric that all of them are of; it ends the code.
    published : iterable of Citation or str
        The published numbers, or their ids. What may not be compared is left out, and the notes say why; the others
        must be of one group, and ask for ours to be counted in one way.
    ours, confidence, population, of, counted
        As in :func:`beside`.

    Returns
    -------
    Finding
        ``published.<metric>``: ``higher`` or ``lower`` where our whole interval lies beyond all of them;
        ``within_range`` where the whole of it lies among them; else ``no_difference_shown``. ``not_comparable`` where
        none of them may be compared; ``not_enough_data`` as there.

    Raises
    ------
    ValueError
        If there is no citation of an id, or those to be compared do not mean one thing.

    Examples
    --------
    >>> from alignment_metrics.values import Counts
    >>> both = ["fourquadrant-mql-sql", "sherpa-2009-ready-qualified"]
    >>> beside_range("mql_to_sql_rate", both, Counts(210, 600)).verdict
    'within_range'
    """
    cited = [_cited(one) for one in published]
    _of_metric(metric, cited)
    units = [one.unit for one in cited if one.use == "compare"]
    mine = estimated(ours, units[0] if units else None, population=population, confidence=confidence)
    refused = [(one, refusal(one, mine)) for one in cited]
    # The lowest first, and of equal ones by name: the order in which they were given must not show.
    usable = sorted(
        (one for one, because in refused if because is None), key=lambda one: (fineprint.number(one)[0], one.id)
    )
    _alike_only(usable)
    notes = [
        *(f"{phrases.number(*fineprint.number(one))}: {phrases.origin(one)}." for one in usable),
        *(fineprint.graded(grade) for grade in sorted({one.grade for one in usable})),
        *(f"Left out, {one.id}: {because}" for one, because in refused if because is not None),
    ]
    question = f"How do we stand beside what is published on {metric.replace('_', ' ')}?"
    code, estimates = f"published.{metric}", (((), mine),)
    if not usable:
        because = "none of these numbers may be compared with ours."
        claim = "Ours is set beside no published number."
        return Finding(code, question, "not_comparable", claim, estimates, because=because, notes=tuple(notes))
    if few := scarce(mine, counted, "them"):
        claim = "Nothing of ours is set beside these numbers."
        return Finding(code, question, "not_enough_data", claim, estimates, because=few, notes=tuple(notes))
    (low, unit), (high, _) = fineprint.number(usable[0]), fineprint.number(usable[-1])
    verdict, where = _among(mine, low, high)
    grades = ", ".join(sorted({one.grade for one in usable}))
    sources = f"{len(usable)} sources" if len(usable) > 1 else "1 source"
    span = phrases.number(low, unit) if low == high else f"{phrases.number(low, unit)} to {phrases.number(high, unit)}"
    claim = f"Our {phrases.ours(mine)} {where} {span} that {sources} published (grade {grades})."
    notes.append("They are shown as a range: no average of them means anything without the leads behind each.")
    return Finding(code, question, verdict, claim + _of(of), estimates, notes=tuple(notes))


def _place(mine: Estimate, target: float, unit: str, stands: Against) -> tuple[Verdict, str]:
    number = f"the published {phrases.number(target, unit)}"
    side: Literal["higher", "lower"] | None = "higher" if mine.low > target else "lower" if mine.high < target else None
    if stands.margin is not None and alike(stands, mine, target):
        margin = phrases.apart(stands.margin, unit)
        if side:
            lies = phrases.lies(side, unit)
            return "equivalent", f"{lies} {number}, but by less than the {margin} that were to matter"
        return "equivalent", f"lies within {margin} of {number}"
    if side:
        return side, f"{phrases.lies(side, unit)} {number}"
    if phrases.certain(mine):
        return "no_difference_shown", f"is just {number}"
    return "no_difference_shown", f"cannot be told from {number}"


def _among(mine: Estimate, low: float, high: float) -> tuple[Verdict, str]:
    if mine.low > high:
        return "higher", f"{phrases.lies('higher', mine.unit)} the"
    if mine.high < low:
        return "lower", f"{phrases.lies('lower', mine.unit)} the"
    if low == high:
        return "no_difference_shown", "is just the" if phrases.certain(mine) else "cannot be told from the"
    if low <= mine.low and mine.high <= high:
        return "within_range", "lies within the"
    if low <= mine.value <= high:
        return "no_difference_shown", "may lie within or outside the"
    return "no_difference_shown", f"is {'more' if mine.value > high else 'less'}, but cannot be told from the"


def finding(
    cited: Citation,
    mine: Estimate,
    verdict: Verdict,
    claim: str,
    *,
    because: str | None = None,
    against: Against | None = None,
    notes: tuple[str, ...] = (),
) -> Finding:
    """The two of them as a finding, with all that is known of the published one."""
    return Finding(
        f"benchmark.{cited.id}",
        f"How do we stand beside this: {cited.claim}",
        verdict,
        claim,
        (((), mine),),
        benchmark=Benchmark(cited, mine, against),
        because=because,
        notes=(*notes, *fineprint.about(cited, because, claim=claim)),
    )


def _aside(cited: Citation, mine: Estimate) -> str:
    number = "this number" if cited.value is None else f"the published {phrases.number(cited.value, cited.unit)}"
    if mine.n == 0 or math.isnan(mine.value):
        return f"Nothing of ours is set beside {number}."
    if spreadless(mine):
        return f"Our {phrases.rounded(mine.value, mine.unit)} (n = {mine.n:,}) is not set beside {number}."
    return f"Our {phrases.ours(mine)} is not set beside {number}."


def _cited(published: Citation | str) -> Citation:
    return citation(published) if isinstance(published, str) else published


def _of_metric(metric: str, several: Sequence[Citation]) -> None:
    others = sorted({one.metric for one in several} - {metric})
    if others:
        raise ValueError(
            f"published numbers are set beside ours together where they are of one metric; {short(metric)} was asked, "
            f"and there {'is' if len(others) == 1 else 'are'} {', '.join(others)} among these."
        )


def _alike_only(several: Sequence[Citation]) -> None:
    known = {one.citation.id: one for one in comparables()}
    # What is not in the registry goes by the words that say when to compare.
    asked = [
        replace(known[one.id], citation=one)
        if one.id in known
        else Comparable(one, "", {"comparable_when": one.comparable_when})
        for one in several
    ]
    parts = together(asked)
    if len(parts) > 1:
        told = "; ".join(f"{', '.join(one.citation.id for one in part)}: {_meant(part[0])}" for part in parts)
        raise ValueError(
            "published numbers are set beside ours together where they mean the same of the same group; these do not "
            f"({told}), so set ours beside each by itself."
        )


def _meant(one: Comparable) -> str:
    way = f"{one.terms['start']} to {one.terms['stop']}, " if {"start", "stop"} <= one.terms.keys() else ""
    return f"{way}{one.citation.group or 'all'}"


def _one_metric(several: Sequence[Citation], margin: float | None) -> str:
    metrics = sorted({one.metric for one in several})
    if len(metrics) != 1:
        told = f"are of {len(metrics)} metrics ({', '.join(metrics)})" if metrics else "are none"
        raise ValueError(f"published numbers are set beside ours together where they are of one metric; these {told}.")
    if margin is not None:
        raise ValueError("a margin is from one published number; there are several, so leave it out.")
    return metrics[0]


def _of(of: str) -> str:
    return f" Ours: {phrases.ended(of)}" if of else ""
