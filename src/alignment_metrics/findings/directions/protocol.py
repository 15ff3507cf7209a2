"""What was set before looking, and how small a difference the leads there are would show."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from alignment_metrics.findings.directions.case import Case
from alignment_metrics.findings.directions.counted import alike
from alignment_metrics.findings.words import MOST_DIGITS, percent
from alignment_metrics.stats.power import detectable, leads_needed
from alignment_metrics.values import Estimate, Finding, Group

CODE = "inbound_vs_outbound.protocol"
QUESTION = "What was set before looking, and how small a difference would these leads show?"
POWER = 0.8
METHOD = "80% power"


def protocol(case: Case) -> Finding:
    """Outcome, window, margin, confidence and adjustment, then the smallest difference that would mostly be seen."""
    left, right, level = case.sides.left.total, case.sides.right.total, case.first_step
    fall, rise = _detectable(case)
    told = (("smallest rise that would show", rise), ("smallest fall that would show", -fall))
    rows: tuple[tuple[Group, Estimate], ...] = tuple(
        ((("measure", name),), Estimate(size, size, size, left + right, "difference", METHOD, level))
        for name, size in told
        if not math.isnan(size)
    )
    claim = f"{_set(case)} {_seen(case, fall, rise)}"
    notes = tuple(_notes(case))
    return Finding(CODE, QUESTION, "measured", claim, rows, notes=notes, sql=case.sql)


def _set(case: Case) -> str:
    margin = case.policy.margin
    told = [
        f"whether a lead reaches {case.reached}",
        f"a confidence of {100 * case.policy.confidence:g}%",
        "no margin" if margin is None else f"a margin of {points_of(margin)}",
        f"the same mix of {case.strata.mix}" if case.strata.by else "nothing to adjust for",
    ]
    return f"The charter sets: {'; '.join(told)}."


def _seen(case: Case, fall: float, rise: float) -> str:
    left, right = case.sides.left.total, case.sides.right.total
    ways = _sizes({"above": rise, "below": fall})
    head = f"{left:,} inbound and {right:,} outbound lead{'' if right == 1 else 's'} are old enough"
    if not ways:
        return f"{head}: too few for any difference to be seen in four cases of five."
    return (
        f"{head}: if outbound leads convert at {percent(_assumed(case))}, the rate of both together, a difference is "
        f"seen in four cases of five where the inbound rate lies {' or '.join(ways)} that."
    )


def _notes(case: Case) -> Iterator[str]:
    if case.policy.margin is None:
        yield (
            "The charter states no margin, the smallest difference worth acting on; write margin under [policy], such "
            "as 0.02 for two points."
        )
    elif not math.isnan(n := _needed(case)):
        yield (
            f"To see a difference as small as the margin in four cases of five it takes about {math.ceil(n):,} leads "
            "of each direction."
        )
    if told := alike(case.effect):
        yield f"Leads of one {case.whose} fare alike, so {told}; that is in these numbers."
    if case.family:
        yield case.family
        yield (
            "What would be seen is what would be claimed: at a confidence of "
            f"{100 * case.first_step:.3g}%, at which the first of {len(case.verdicts)} claims must stand (Holm)."
        )
    yield (
        "No difference shown is not the same as none: what is smaller than the differences above would mostly stay "
        "unseen. They rest on the number of leads and on the rate of both directions together, not on the difference "
        "found."
    )


def unseen(case: Case) -> str:
    """How large a difference these leads would mostly not show, in words."""
    fall, rise = _detectable(case)
    if not (ways := _sizes({"above": rise, "below": fall})):
        return "no difference, however large, would be seen in four cases of five with so few leads."
    return (
        f"what is not shown may still be there: only where the inbound rate lies {' or '.join(ways)} that of outbound "
        "would these leads show it in four cases of five."
    )


def _detectable(case: Case) -> tuple[float, float]:
    left, right, level = case.sides.left.total, case.sides.right.total, case.first_step
    return detectable(_assumed(case), left, right, confidence=level, power=POWER, design_effect=case.effect)


def _sizes(ways: Mapping[str, float]) -> list[str]:
    """Each size that is known, all with the same digits."""
    known = {way: 100 * size for way, size in ways.items() if not math.isnan(size)}
    digits = next((one for one in range(1, MOST_DIGITS) if all(round(size, one) for size in known.values())), 1)
    return [f"{size:.{digits}f} points {way}" for way, size in known.items()]


def _assumed(case: Case) -> float:
    """The rate of both directions together: it says nothing of the difference."""
    both = case.sides.left + case.sides.right
    return both.hits / both.total


def _needed(case: Case) -> float:
    """Leads of each direction, whichever way round the margin lies."""
    margin, rate, level = case.policy.margin or 0.0, _assumed(case), case.first_step
    ways = [other for other in (rate - margin, rate + margin) if 0 <= other <= 1]
    sizes = [leads_needed(other, rate, confidence=level, power=POWER, design_effect=case.effect) for other in ways]
    return max(sizes, default=math.nan)


def points_of(share: float) -> str:
    """A size in points.

    Examples
    --------
    >>> points_of(0.02), points_of(0.01), points_of(0.0264)
    ('2 points', '1 point', '2.64 points')
    """
    told = f"{100 * share:.3g}"
    return f"{told} point{'' if told == '1' else 's'}"
