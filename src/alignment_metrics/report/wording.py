"""How numbers, groups and verdicts are written on the page, and which rows of a long breakdown are."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from alignment_metrics.charter import Policy
from alignment_metrics.findings.benchmark.asked import STATED
from alignment_metrics.findings.words import listed
from alignment_metrics.values import Estimate, Finding, Group

MOST_ROWS = 25
# Groups with an order of their own; all others are read best from the highest rate down.
PERIODS = ("quarter", "month", "week", "cohort")
AS_GIVEN = ("chance", "step", "measure", "method", "rate", "reached", "definition")
VERDICTS = {
    "measured": "Measured",
    "higher": "Higher",
    "lower": "Lower",
    "no_difference_shown": "No difference shown",
    "equivalent": "Equivalent",
    "kept": "Kept",
    "broken": "Broken",
    "within_range": "Within range",
    "not_comparable": "Not comparable",
    "not_enough_data": "Not enough data",
    "does_not_apply": "Does not apply",
}
# Units of which there is no part, where nothing was averaged.
WHOLE = ("leads", "people", "count")
# One of a unit that is counted.
WORDS = {"leads": "lead", "people": "person", "days": "day", "hours": "hour"}
Rows = list[tuple[Group, Estimate]]


def value(estimate: Estimate) -> str:
    """
    Examples
    --------
    >>> value(Estimate(81 / 263, 0.2553, 0.3662, 263, "share", "Wilson", 0.95))
    '30.8%'
    >>> value(Estimate(1.0, 1.0, 1.0, 1, "leads", "count", 0.95))
    '1 lead'
    >>> value(Estimate(1272.0, 1272.0, 1272.0, 1, "days", "as stated in the charter", 0.95))
    '1,272 days'
    """
    if estimate.unit in WORDS and settled(estimate) and estimate.value == round(estimate.value):
        # Counted or stated, and so no part of one is meant.
        one = estimate.value == 1
        return f"{estimate.value:,.0f} {WORDS[estimate.unit] if one else estimate.unit}"
    return _numbers(estimate.unit, estimate.value)[0]


def interval(estimate: Estimate) -> str:
    """
    Examples
    --------
    >>> interval(Estimate(81 / 263, 0.2553, 0.3662, 263, "share", "Wilson", 0.95))
    '[25.5%, 36.6%]'
    """
    return f"[{', '.join(_numbers(estimate.unit, estimate.low, estimate.high))}]"


def known(estimate: Estimate) -> bool:
    """Whether there is a number to show; otherwise only leads are."""
    return not math.isnan(estimate.value)


def settled(expected: Estimate) -> bool:
    """Whether nothing is left to guess of what is expected: an interval of no width would look like a claim."""
    return expected.low == expected.value == expected.high


def stated(estimate: Estimate) -> bool:
    """Whether the organisation states the number of itself: nothing was sampled, so no n stands beside it."""
    return estimate.method == STATED


def verdict(finding: Finding) -> str:
    """A promise is kept, broken or not to be told, on the scorecard as in its chapter."""
    if finding.chapter == "agreement" and finding.verdict == "no_difference_shown":
        return "Cannot tell"
    return VERDICTS[finding.verdict]


def missing(estimate: Estimate, min_group: int) -> str:
    """What stands where a number would."""
    if estimate.n == 0:
        return "no leads"
    if estimate.n >= min_group:
        return "not reached" if estimate.unit == "days" and math.isinf(estimate.high) else "cannot be told"
    return f"too few leads to show a rate (n < {min_group:,})"


def young(estimate: Estimate, min_group: int) -> str:
    """What stands where the share of a cohort would that is not old enough, though large enough."""
    why = missing(estimate, min_group)
    return "not old enough yet" if why == "cannot be told" else why


def level(estimates: Sequence[Estimate]) -> str:
    """
    Examples
    --------
    >>> level([Estimate(0.5, 0.4, 0.6, 90, "share", "Wilson", 0.95)])
    '95% interval'
    """
    levels = sorted({estimate.confidence for estimate in estimates})
    return f"{' or '.join(f'{100 * one:g}%' for one in levels)} interval"


def confidence(estimates: Sequence[Estimate], policy: Policy) -> str:
    """At which level intervals are, and which others stand beside theirs."""
    there = {one.confidence for one in estimates if known(one) and not settled(one)}
    others = [f"{100 * one:.3g}%" for one in sorted(there - {policy.confidence})]
    usual = f"{100 * policy.confidence:g}%"
    return f"{usual}, unless another is written beside it (here {listed(others)})" if others else usual


def name(group: Group) -> str:
    """
    Examples
    --------
    >>> name((("direction", "inbound"), ("source", "webinar"))), name(())
    ('inbound, webinar', 'all leads')
    """
    return ", ".join(label for _, label in group) or "all leads"


def words(name: str) -> str:
    """
    Examples
    --------
    >>> words("company_size")
    'company size'
    """
    return name.replace("_", " ")


def anchor(code: str) -> str:
    """
    Examples
    --------
    >>> anchor("conversion.lead_to_won")
    'conversion-lead_to_won'
    """
    return re.sub(r"[^\w-]", "-", code)


def overall(finding: Finding) -> Estimate | None:
    """The estimate of all leads, where the finding has one."""
    return next((estimate for group, estimate in finding.estimates if not group), None)


def breakdowns(finding: Finding) -> dict[tuple[str, ...], Rows]:
    """The estimates of groups, by what the leads were broken down by."""
    found: dict[tuple[str, ...], Rows] = {}
    for group, estimate in finding.estimates:
        if group:
            found.setdefault(tuple(key for key, _ in group), []).append((group, estimate))
    return found


def shown(keys: tuple[str, ...], rows: Rows) -> Rows:
    """The rows that fit on the page: the latest periods in order, or groups from the highest rate down.

    Of many groups those that lie clear of all leads come first, which a sentence may name, then the largest; groups
    called by a number stand in the order of the numbers.
    """
    if ordered(keys, rows):
        rows = rows if keys[-1] in (*PERIODS, *AS_GIVEN) else sorted(rows, key=_numbered)
        return rows[-MOST_ROWS:] if keys[-1] in PERIODS else rows[:MOST_ROWS]
    notable = _notable(rows)
    largest = sorted(rows, key=lambda row: (row[0] not in notable, -row[1].n))[:MOST_ROWS]
    # The first place is the best.
    sign = 1 if rows and rows[0][1].unit == "rank" else -1
    return sorted(largest, key=lambda row: (not known(row[1]), sign * row[1].value if known(row[1]) else 0.0, row[0]))


def is_across(keys: tuple[str, ...]) -> bool:
    """Whether a breakdown by two keys is read best with the second across: measures, or the days of a few groups."""
    return len(keys) == 2 and (keys[1] in AS_GIVEN or (keys[1] == "day" and keys[0] not in PERIODS))


def drift(finding: Finding) -> tuple[tuple[str, Estimate], tuple[str, Estimate]] | None:
    """The periods, or sources, of the lowest and the highest rate, where the finding says that they differ.

    One pooled number in large type would then hide the news.
    """
    if not finding.differs:
        return None
    for keys, rows in breakdowns(finding).items():
        rated = ((name(group), one) for group, one in rows if known(one) and group[-1] != ("source", "unknown"))
        told = sorted(rated, key=lambda row: row[1].value)
        if keys[-1] in (*PERIODS, "source") and told and told[0][1].high < told[-1][1].low:
            return told[0], told[-1]
    return None


def ordered(keys: tuple[str, ...], rows: Rows) -> bool:
    """Whether the groups come in an order that must be kept: periods, ways of measuring, or numbers such as days."""
    numbers = sum(group[-1][1].isdecimal() for group, _ in rows)
    # Beside numbers there may be leads without one, and groups too small to stand by themselves.
    return keys[-1] in (*PERIODS, *AS_GIVEN) or (numbers > 0 and len(rows) - numbers <= min(2, numbers - 1))


def _numbered(row: tuple[Group, Estimate]) -> tuple[bool, int, Group]:
    label = row[0][-1][1]
    # An engine may write its whole numbers in other digits than ours; what is none comes last.
    return (False, int(label), row[0]) if label.isdecimal() else (True, 0, row[0])


def _notable(rows: Rows) -> set[Group]:
    """The groups that lie clear of all leads, or of no difference; of other numbers the lowest and the highest."""
    told = [(group, one) for group, one in rows if known(one)]
    units = {one.unit for _, one in told}
    counted = [(one.hits, one.n) for _, one in rows if one.hits is not None]
    if units == {"difference"}:
        return {group for group, one in told if one.low > 0 or one.high < 0}
    if units == {"rank"}:
        return {group for group, one in told if one.low <= 1}
    if units == {"share"} and len(counted) == len(rows) and any(n for _, n in counted):
        everyone = sum(hits for hits, _ in counted) / sum(n for _, n in counted)
        return {group for group, one in told if one.low > everyone or one.high < everyone}
    ends = sorted((row for row in told if math.isfinite(row[1].value)), key=lambda row: (row[1].value, row[0]))
    return {group for group, _ in (*ends[:1], *ends[-1:])}


def _numbers(unit: str, *numbers: float) -> list[str]:
    if unit == "share":
        return [f"{100 * number:.1f}%" for number in numbers]
    if unit == "difference":
        *first, last = [_points(number) for number in numbers]
        return [*first, f"{last} points"]
    if unit == "days":
        return _days(numbers)
    if unit in WHOLE:
        *first, last = [f"{number:,.0f}" if number == round(number) else f"{number:,.1f}" for number in numbers]
        return [*first, last if unit == "count" else f"{last} {unit}"]
    if unit == "relative_change":
        return [f"{100 * number:+.1f}%".replace("-", "−") for number in numbers]
    if unit == "hours":
        *first, last = [f"{number:,.1f}" for number in numbers]
        return [*first, f"{last} hours"]
    if unit == "rank":
        return [f"{number:g}" for number in numbers]
    plain = ["∞" if number == math.inf else f"{number:,.2f}".replace("-", "−") for number in numbers]
    return plain if unit == "ratio" else [*plain[:-1], f"{plain[-1]} {unit}"]


def _points(number: float) -> str:
    """A limit beside nought is not rounded onto it, for that is what a reader looks at."""
    digits = next((digits for digits in (1, 2, 3) if not number or round(100 * number, digits)), 3)
    return f"{round(100 * number, digits) + 0.0:+.{digits}f}".replace("-", "−")


def _days(numbers: Sequence[float]) -> list[str]:
    told = ["not reached" if number == math.inf else f"{number:,.1f}".replace("-", "−") for number in numbers]
    # The word follows the last number there is, and a limit that is never reached is none.
    last = max((at for at, number in enumerate(numbers) if number != math.inf), default=None)
    return [f"{text} days" if at == last else text for at, text in enumerate(told)]
