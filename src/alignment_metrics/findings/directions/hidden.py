"""What could be hiding behind the difference: leads keyed in late, batches, unknown origins, unseen causes."""

from __future__ import annotations

import math
from dataclasses import replace

from alignment_metrics.charter.grammar import shown
from alignment_metrics.findings.batches import Batch
from alignment_metrics.findings.directions.case import Case
from alignment_metrics.findings.directions.conversion import after_the_fact
from alignment_metrics.findings.directions.sides import LEFT, RIGHT, Stratum
from alignment_metrics.findings.directions.verdicts import NOT
from alignment_metrics.findings.groups import Estimates
from alignment_metrics.findings.leakage import Leak
from alignment_metrics.findings.words import leads, level, percent, plain, points, pvalue
from alignment_metrics.stats.evalues import evalue
from alignment_metrics.stats.mantel import mantel_haenszel
from alignment_metrics.values import Counts, Estimate, Finding

CODE = "inbound_vs_outbound.hidden"
QUESTION = "What could be hiding behind the difference between inbound and outbound leads?"
MOST_NAMED = 3


def hidden(case: Case) -> Finding:
    """Each thing that can be checked or bounded, with the comparison it would leave."""
    rows: list[tuple[str, Estimate]] = []
    parts, notes = [], []
    if case.leaks:
        parts += [_leak(one) for one in case.leaks[:MOST_NAMED]]
    if case.entered:
        told, one = _without(case)
        parts.append(told)
        rows += [("without sources in doubt", one)] if one else []
    for one_batch in case.batches[:MOST_NAMED]:
        told, one = batch(case, one_batch)
        parts.append(told)
        rows += [(f"without {one_batch.source}", one)] if one else []
    if case.sides.unknown.total >= max(1, case.policy.suppress_below):
        parts.append(_unknown(case))
        rows += [
            (f"all of unknown direction {side}", one) for side, one in zip((LEFT, RIGHT), case.if_unknown, strict=True)
        ]
    told, more = _unseen(case)
    parts.append(told)
    rows += more
    if case.policy.negative_control:
        parts.append(_control(case))
    else:
        notes.append(
            "The charter names no negative control, a column that the origin of a lead cannot have brought about and "
            "that must not differ between the two; write negative_control under [policy]."
        )
    if not case.entered:
        notes.append("No source looks as if its leads were entered once they had converted.")
    if not case.batches:
        notes.append("No source of either direction came in a batch.")
    notes += after_the_fact(case)
    notes.append("What is not recorded can be bounded and not found: none of this proves a cause.")
    estimates: Estimates = tuple(((("measure", name),), one) for name, one in rows)
    sql = (*case.sql, case.whole.waits.sql, case.whole.months.sql)
    return Finding(CODE, QUESTION, "measured", " ".join(parts), estimates, notes=tuple(notes), sql=sql)


def _leak(leak: Leak) -> str:
    ours, others, source = leak.counts, leak.others, shown(leak.source)
    told = (
        f"{percent(_of(ours))} of {ours.total:,} did, against {percent(_of(others))} of all others, and "
        f"{percent(_of(leak.same_day))} of its conversions came within a day of creation (others: "
        f"{percent(_of(leak.others_same_day))})"
    )
    if leak.kind == "entered":
        return f"Leads of {source} look as if they were entered once they had converted: {told}."
    return (
        f"{source} converts unusually often within a day of creation: {told}; look at how its leads are entered. They "
        "stay in, for most of them did not convert."
    )


def without_leaks(case: Case) -> Estimate | None:
    """The difference that decides between the leads of all other sources; None where they are too few."""
    left = case.without({one.source for one in case.entered})
    return left[0] if left else None


def _without(case: Case) -> tuple[str, Estimate | None]:
    if (left := case.without({one.source for one in case.entered})) is None:
        return "Without such sources too few leads are left to compare.", None
    one, basis = left
    return f"Without such sources the difference {basis} would be {points(one)} ({level(case.policy)}).", one


def batch(case: Case, found: Batch) -> tuple[str, Estimate | None]:
    """What is said of a source that came in a batch, and the difference without it."""
    when = found.first if found.first == found.last else f"{found.first} to {found.last}"
    head = (
        f"{percent(found.inside / found.leads)} of the {leads(found.leads)} of {shown(found.source)} came in {when}, "
        f"and {percent(found.others_inside / found.others)} of the others: what is said of that source is said of "
        "those months"
    )
    if (left := case.without({found.source})) is None:
        return f"{head}, and without it too few leads are left to compare.", None
    one, basis = left
    return f"{head}. Without it the difference {basis} would be {points(one)} ({level(case.policy)}).", one


def _unknown(case: Case) -> str:
    inbound, outbound = map(points, case.if_unknown)
    told = f"{leads(case.sides.unknown.total)} ({percent(case.unknown_share)})"
    change = "That could change the crude verdict" if case.unknown_decides else "Neither changes the crude verdict"
    return (
        f"The direction of {told} is unknown: were they all inbound, the crude difference would be {inbound}; were "
        f"they all outbound, {outbound}. {change}."
    )


def _unseen(case: Case) -> tuple[str, list[tuple[str, Estimate]]]:
    if case.verdict == NOT:
        return "There is no difference shown that something unseen would have to explain away.", []
    ratio = case.ratio
    first, nearest = evalue(ratio)
    if not math.isfinite(first):
        return (
            "How strong something unseen would have to be to explain the difference away cannot be told, for the ratio "
            "of the rates is 0 or has no end."
        ), []
    limit = f"{_times(nearest)} would do" if round(nearest, 2) > 1 else "next to nothing would do"
    told = {"at the same mix" if case.strata.decide else "as they come": ratio, "as they come": case.crude_ratio}
    rows = [
        (f"E-value of {what} {basis}", replace(one, value=value, low=value, high=value, method="E-value"))
        for basis, one in told.items()
        for what, value in zip(("the ratio", "its limit"), evalue(one), strict=True)
        if math.isfinite(value)
    ]
    return (
        f"To explain the ratio of {_times(ratio.value)} {case.basis} away, something unseen would have to make leads "
        f"{_times(first)} as likely to convert and be {_times(first)} as frequent in one direction as in the other "
        f"(its E-value: the weakest unseen cause that would do); {limit} for the limit of its interval."
    ), rows


def _times(ratio: float) -> str:
    return f"{ratio:.2f} times"


def _control(case: Case) -> str:
    column, value = case.policy.negative_control or ("", "")
    strata = _bearing(case, column, value)
    found = mantel_haenszel(strata, confidence=case.policy.confidence)
    name = (
        f"The negative control, {plain(column)} {shown(value)}, which the origin of a lead cannot have brought about,"
    )
    if math.isnan(found.test.pvalue) or math.isnan(found.difference.value):
        return f"{name} cannot be asked of these leads."
    mix = f" at the same mix of {case.strata.mix}" if case.strata.by else ""
    told = f"{points(found.difference)} ({level(case.policy)}; {pvalue(found.test.pvalue)}, {found.test.method})"
    if found.test.pvalue < 1 - case.policy.confidence:
        return (
            f"{name} is not equally frequent in the two{mix}: {told}. So the leads still differ in more than their "
            "direction, and so may the difference in conversion."
        )
    return f"{name} is not shown to differ{mix}: {told}."


def _bearing(case: Case, column: str, value: str) -> list[Stratum]:
    """The strata, with the leads that bear the value in the place of conversions."""
    by = case.strata.by
    found = case.whole.counts.by("direction", *by, column)
    sums: dict[tuple[str, ...], dict[str, Counts]] = {}
    for cell, counts in found.cells:
        side, labels, label = cell[0], cell[1:-1], cell[-1]
        held = sums.setdefault(labels, {})
        held[side] = held.get(side, Counts(0, 0)) + Counts(counts.total if label == value else 0, counts.total)
    nobody = Counts(0, 0)
    return [
        (tuple(zip(by, labels, strict=True)), held.get(LEFT, nobody), held.get(RIGHT, nobody))
        for labels, held in sums.items()
    ]


def _of(counts: Counts) -> float:
    return counts.hits / counts.total if counts.total else 0.0
