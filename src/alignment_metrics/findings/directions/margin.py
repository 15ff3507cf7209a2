"""Whether the two directions are alike enough, or inbound is at least not worse, against the charter's margin."""

from __future__ import annotations

from collections.abc import Iterator

from alignment_metrics.findings.directions.case import Case
from alignment_metrics.findings.directions.protocol import points_of
from alignment_metrics.findings.words import points, pvalue
from alignment_metrics.stats import margins
from alignment_metrics.stats.differences import difference
from alignment_metrics.values import Estimate, Finding, Verdict

EQUIVALENCE, NON_INFERIORITY = "inbound_vs_outbound.equivalence", "inbound_vs_outbound.non_inferiority"
ALIKE = "Do inbound and outbound leads convert alike, to within the margin?"
NOT_WORSE = "Do inbound leads convert at least as often as outbound ones, to within the margin?"
NOT_CLAIMED = "no difference at all is claimed; see the finding on conversion."
NO_MARGIN = (
    "the charter states no margin, the smallest difference worth acting on; write margin under [policy], such as 0.02 "
    "for two points."
)


def equivalence(case: Case) -> Finding:
    """Equivalent where two one-sided tests say so, higher or lower where the whole interval lies beyond the margin."""
    margin = case.policy.margin
    if margin is None:
        return _no_margin(case, EQUIVALENCE, ALIKE)
    inside, wide = _one_sided(case), case.intervals(case.policy.confidence)
    verdict: Verdict = "not_enough_data"
    if _within(case, margin):
        verdict = "equivalent"
        claim = f"Inbound and outbound leads convert alike, less than {points_of(margin)} apart: {_told(case, inside)}."
    elif all(one.low > margin for one in wide) and case.verdict == "higher":
        verdict = "higher"
        claim = f"Inbound leads convert more often by more than {points_of(margin)}, {_told(case, wide)}."
    elif all(one.high < -margin for one in wide) and case.verdict == "lower":
        verdict = "lower"
        claim = f"Inbound leads convert less often by more than {points_of(margin)}, {_told(case, wide)}."
    else:
        claim = f"Whether inbound and outbound leads convert alike to within {points_of(margin)} cannot be told."
    if verdict != "not_enough_data":
        reach = _widest(inside if verdict == "equivalent" else wide)
        return _finding(case, EQUIVALENCE, ALIKE, verdict, claim, reach, None)
    reach, because = _not_alike(case, margin)
    return _finding(case, EQUIVALENCE, ALIKE, verdict, claim, reach, because)


def _not_alike(case: Case, margin: float) -> tuple[Estimate, str]:
    """The interval that keeps the matter open, and how."""
    inside, wide = _widest(_one_sided(case)), _widest(case.intervals(case.policy.confidence))
    size = points_of(margin)
    if inside.low < margin and inside.high > -margin:
        return inside, f"{_reaching(inside)}, neither within {size} either way nor wholly beyond."
    if -margin <= wide.low <= margin or -margin <= wide.high <= margin:
        return wide, f"{_reaching(wide)}: not wholly beyond {size}, which is what it takes to be called larger."
    return wide, f"{_reaching(wide)}, wholly beyond {size}, but {NOT_CLAIMED}"


def non_inferiority(case: Case) -> Finding:
    """Within range where inbound is shown not to be worse by the margin, lower where it is shown to be."""
    margin = case.policy.margin
    if margin is None:
        return _no_margin(case, NON_INFERIORITY, NOT_WORSE)
    inside, wide = _one_sided(case), case.intervals(case.policy.confidence)
    verdict: Verdict = "not_enough_data"
    if _not_worse(case, margin):
        verdict = "within_range"
        claim = f"Inbound leads do not convert less often by {points_of(margin)} or more, {_told(case, inside)}."
    elif all(one.high < -margin for one in wide) and case.verdict == "lower":
        verdict = "lower"
        claim = f"Inbound leads convert less often by more than {points_of(margin)}, {_told(case, wide)}."
    else:
        claim = f"Whether inbound leads convert less often by {points_of(margin)} or more cannot be told."
    if verdict != "not_enough_data":
        return _finding(
            case, NON_INFERIORITY, NOT_WORSE, verdict, claim, _widest(wide if verdict == "lower" else inside), None
        )
    reach, because = _past(case, margin)
    return _finding(case, NON_INFERIORITY, NOT_WORSE, verdict, claim, reach, because)


def _past(case: Case, margin: float) -> tuple[Estimate, str]:
    inside, wide = _widest(_one_sided(case)), _widest(case.intervals(case.policy.confidence))
    size = points_of(margin)
    if inside.high >= -margin:
        return inside, f"{_reaching(inside)}, on both sides of -{size}."
    if wide.high >= -margin:
        return wide, f"{_reaching(wide)}: not wholly below -{size}, which is what it takes to be called worse."
    return wide, f"{_reaching(wide)}, wholly below -{size}, but {NOT_CLAIMED}"


def _finding(
    case: Case,
    code: str,
    question: str,
    verdict: Verdict,
    claim: str,
    reach: Estimate,
    because: str | None,
) -> Finding:
    notes = tuple(_notes(case, code))
    return Finding(code, question, verdict, claim, (((), reach),), because=because, notes=notes, sql=case.sql)


def _no_margin(case: Case, code: str, question: str) -> Finding:
    claim = "Nothing is set against a margin."
    return Finding(code, question, "does_not_apply", claim, because=NO_MARGIN, sql=(case.whole.counts.sql,))


def _one_sided(case: Case) -> list[Estimate]:
    """The intervals that go with one-sided tests at the charter's confidence, each that has a say."""
    level = max(1e-9, round(2 * case.policy.confidence - 1, 12))
    if case.strata.decide:
        return case.intervals(level)
    score = difference(case.sides.left, case.sides.right, confidence=level, method="mee")
    return [score, *case.intervals(level)[1:]]


def _within(case: Case, margin: float) -> bool:
    inside = all(-margin < one.low and one.high < margin for one in _one_sided(case))
    if case.strata.decide:
        return inside
    return inside and margins.equivalence(case.sides.left, case.sides.right, margin) < 1 - case.policy.confidence


def _not_worse(case: Case, margin: float) -> bool:
    above = all(one.low > -margin for one in _one_sided(case))
    if case.strata.decide:
        return above
    found = margins.non_inferiority(case.sides.left, case.sides.right, margin)
    return above and found.pvalue < 1 - case.policy.confidence


def _widest(reach: list[Estimate]) -> Estimate:
    return max(reach, key=lambda one: one.high - one.low)


def _told(case: Case, reach: list[Estimate]) -> str:
    one = _widest(reach)
    return f"{case.basis} {points(one)} ({100 * one.confidence:g}% interval, n = {one.n:,})"


def _reaching(one: Estimate) -> str:
    low, high = points(one).partition("[")[2].rstrip("]").split(", ")
    return f"the {100 * one.confidence:g}% interval reaches from {low} to {high} points"


def _notes(case: Case, code: str) -> Iterator[str]:
    margin, confidence = case.policy.margin, case.policy.confidence
    yield (
        f"Against a margin each side is tested by itself at {100 * (1 - confidence):g}%, which is what the interval of "
        f"{100 * (2 * confidence - 1):g}% shows; higher and lower ask for the whole interval of {100 * confidence:g}%."
    )
    if margin is not None and not case.strata.decide:
        left, right = case.sides.left, case.sides.right
        singly = ", leads counted singly" if case.widening > 1 else ""
        if code == EQUIVALENCE:
            found, name = margins.equivalence(left, right, margin), "Two one-sided tests"
        else:
            found, name = margins.non_inferiority(left, right, margin).pvalue, "The one-sided test of not being worse"
        yield f"{name} by Farrington and Manning's score{singly}: {pvalue(found)}."
    yield "The margin is what the charter calls worth acting on; whether that is so is no question of statistics."
