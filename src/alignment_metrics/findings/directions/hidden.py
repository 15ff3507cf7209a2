"""What could be hiding behind the difference: leads keyed in late, batches, unknown origins, unseen causes."""

from __future__ import annotations

import math
from dataclasses import replace

from alignment_metrics.charter.grammar import shown
from alignment_metrics.findings.batches import Batch
from alignment_metrics.findings.directions.case import Case
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
        told, one = _without(case)
        parts.append(told)
        rows += [("without sources in doubt", one)] if one else []
    parts += [batch(one) for one in case.batches[:MOST_NAMED]]
    if case.sides.unknown.total >= max(1, case.policy.suppress_below):
        parts.append(_unknown(case))
        rows += [
            (f"all of unknown direction {side}", one.difference)
            for side, one in zip((LEFT, RIGHT), case.if_unknown, strict=True)
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
    if not case.leaks:
        notes.append("No source looks as if its leads were entered once they had converted.")
    if not case.batches:
        notes.append("No source of either direction came in a batch.")
    notes.append("What is not recorded can be bounded and not found: none of this proves a cause.")
    estimates: Estimates = tuple(((("measure", name),), one) for name, one in rows)
    sql = (case.whole.counts.sql, case.whole.waits.sql, case.whole.months.sql)
    return Finding(CODE, QUESTION, "measured", " ".join(parts), estimates, notes=tuple(notes), sql=sql)


def _leak(leak: Leak) -> str:
    ours, others = leak.counts, leak.others
    return (
        f"Leads of {shown(leak.source)} look as if they were entered once they had converted: {percent(_of(ours))} of "
        f"{ours.total:,} did, against {percent(_of(others))} of all others, and {percent(_of(leak.same_day))} of its "
        f"conversions are of the day of creation (others: {percent(_of(leak.others_same_day))})."
    )


def without_leaks(case: Case) -> Estimate | None:
    """The difference that decides between the leads of all other sources; None where they are too few."""
    sides = case.without_leaks
    if min(sides.left.total, sides.right.total) < max(1, case.policy.min_group):
        return None
    return sides.deciding(case.policy.confidence)


def _without(case: Case) -> tuple[str, Estimate | None]:
    one, strata = without_leaks(case), case.without_leaks.strata
    if one is None:
        return "Without such sources too few leads are left to compare.", None
    mix = f"at the same mix of {strata.mix}" if strata.decide else "as they come"
    return f"Without such sources the difference {mix} would be {points(one)} ({level(case.policy)}).", one


def batch(one: Batch) -> str:
    """What is said of a source that came in a batch."""
    when = one.first if one.first == one.last else f"{one.first} to {one.last}"
    return (
        f"{percent(one.inside / one.leads)} of the {leads(one.leads)} of {shown(one.source)} came in {when}, and "
        f"{percent(one.others_inside / one.others)} of the others: what is said of that source is said of those months."
    )


def _unknown(case: Case) -> str:
    inbound, outbound = (points(one.difference) for one in case.if_unknown)
    change = "That could change the crude verdict" if case.unknown_decides else "Neither changes the crude verdict"
    return (
        f"The direction of {leads(case.sides.unknown.total)} is unknown: were they all inbound, the crude difference "
        f"would be {inbound}; were they all outbound, {outbound}. {change}."
    )


def _unseen(case: Case) -> tuple[str, list[tuple[str, Estimate]]]:
    ratio = case.alike.ratio if case.strata.decide else case.comparison.ratio
    first, nearest = evalue(ratio)
    crude_first, crude_nearest = evalue(case.comparison.ratio)
    rows = [
        (f"E-value, {name}", replace(ratio, value=value, low=limit, high=math.inf, method="E-value"))
        for name, value, limit in (
            ("at the same mix" if case.strata.decide else "", first, nearest),
            ("crude", crude_first, crude_nearest),
        )
        if name and math.isfinite(value)
    ]
    if case.verdict == NOT or not math.isfinite(first):
        return "There is no difference shown that something unseen would have to explain away.", rows
    return (
        f"To explain the ratio of {_times(ratio.value)} {case.basis} away, something unseen would have to make leads "
        f"{_times(first)} as likely to convert and be {_times(first)} as frequent in one direction as in the other; "
        f"{_times(nearest)} would do for the limit of its interval (E-values)."
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
