"""Whether an inbound lead that is won cost less than an outbound one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from alignment_metrics.charter import Policy
from alignment_metrics.findings.directions.sides import LEFT, RIGHT
from alignment_metrics.findings.directions.verdicts import NOT
from alignment_metrics.findings.groups import Estimates
from alignment_metrics.findings.spend import Lost, Told, without_untold
from alignment_metrics.findings.whole import Whole
from alignment_metrics.findings.words import leads, level, listed, pvalue
from alignment_metrics.periods import MONTH
from alignment_metrics.stats.costs import Period, compare_costs
from alignment_metrics.values import Comparison, Counts, Estimate, Finding, Moments, Verdict

CODE = "inbound_vs_outbound.cost"
QUESTION = "Does an inbound lead that is won cost less than an outbound one?"
UNTOLD = "Whether inbound leads are cheaper to win cannot be told."
NO_SPEND = "the folder has no spend.csv, which tells what was spent on each source in each month."
UNSPENT = "spend.csv tells of nothing spent on {} leads in the months that count."
Cells = Mapping[tuple[str, ...], Moments]


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent on the leads of either direction by month of entry, and how many of those leads were won in time.

    Only months count whose leads have all had their window, and of which both the spending and the leads are told; and
    only the leads of sources that spending is told of.
    """

    left: tuple[Period, ...]
    right: tuple[Period, ...]
    months: tuple[str, ...]
    n: int
    currency: str
    policy: Policy
    sql: tuple[str, ...] = ()
    refused: tuple[Verdict, str] | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, whole: Whole) -> Spent:
        charter = whole.charter
        currency, policy = charter.organisation.currency, charter.policy
        if whole.crm.spend is None:
            return cls((), (), (), 0, currency, policy, refused=("does_not_apply", NO_SPEND))
        lost = Lost.of(whole.crm)
        if lost.refusal:
            return cls((), (), (), 0, currency, policy, refused=("not_enough_data", lost.refusal))
        told = Told.of(whole)
        nobody, won = Counts(0, 0), dict(without_untold(whole, told).by("direction", MONTH).cells)
        left, right = (
            tuple((_paid(told, side, month), won.get((side, month), nobody).hits) for month in told.months)
            for side in (LEFT, RIGHT)
        )
        n = [sum(won.get((side, month), nobody).total for month in told.months) for side in (LEFT, RIGHT)]
        sql, months = told.sql, told.months
        notes = (*_untold(told, currency), *lost.notes)
        refused = _refusal(left, right, n, policy)
        return cls(left, right, months, sum(n), currency, policy, sql, refused, notes)

    def compared(self, confidence: float) -> Comparison:
        """The two costs of a won lead."""
        return compare_costs(self.left, self.right, unit=self.currency, confidence=confidence)

    def verdict(self, confidence: float) -> Verdict:
        """Whether a won lead cost more inbound, or less."""
        found = self.compared(confidence)
        if not found.pvalue < 1 - confidence:
            return NOT
        return "higher" if found.log_ratio.low > 0 else "lower" if found.log_ratio.high < 0 else NOT

    def finding(self, verdict: Verdict, family: str) -> Finding:
        """The claim; ``verdict`` is what is left of it once several are made, and ``family`` says so."""
        if self.refused:
            refused, because = self.refused
            return Finding(CODE, QUESTION, refused, UNTOLD, because=because, sql=self.sql)
        found = self.compared(self.policy.confidence)
        less = {"lower": "less", "higher": "more"}.get(verdict)
        head = (
            f"A won inbound lead cost {less} than a won outbound one"
            if less
            else "No difference in what a won lead cost is shown, which is not the same as none"
        )
        ratio = found.ratio
        times = f", {times_of(ratio)} as much" if math.isfinite(ratio.value) else ""
        claim = (
            f"{head}. In {self._period()} a won lead cost {self._cost(found.left)} inbound and "
            f"{self._cost(found.right)} outbound{times} ({level(self.policy)}s; {leads(self.n)})."
        )
        sides: Estimates = tuple(
            ((("direction", side),), one) for side, one in ((LEFT, found.left), (RIGHT, found.right))
        )
        overall: Estimates = (((), ratio),) if math.isfinite(ratio.value) else ()
        notes = tuple(self._notes(found, family))
        return Finding(CODE, QUESTION, verdict, claim, (*overall, *sides), notes=notes, sql=self.sql)

    def _notes(self, found: Comparison, family: str) -> Iterator[str]:
        tested = "" if math.isnan(found.pvalue) else f"{pvalue(found.pvalue)} ({found.method}). "
        yield f"{tested}All that was spent on a direction, over all its wins: months are added up, never averaged."
        yield (
            f"A win is set against the spending of the month its lead came in; {_count(len(self.months))} whose leads "
            f"have all had {self.policy.within_days} days."
        )
        yield "Only what spend.csv tells is a cost: the time of sales is not, unless it stands there."
        yield from self.notes
        if family:
            yield family

    def _period(self) -> str:
        first, last = self.months[0], self.months[-1]
        return first if first == last else f"{first} to {last}"

    def _cost(self, one: Estimate) -> str:
        if math.isinf(one.value):
            return f"more than {self.currency} {money(one.low)} (no lead was won)"
        low, high = money(one.low), "no limit" if math.isinf(one.high) else money(one.high)
        return f"{self.currency} {money(one.value)} [{low}, {high}]"


def money(amount: float) -> str:
    """
    Examples
    --------
    >>> money(1234.5), money(9.987)
    ('1,234', '9.99')
    """
    return f"{amount:,.0f}" if abs(amount) >= 100 else f"{amount:,.2f}"


def times_of(ratio: Estimate) -> str:
    """
    Examples
    --------
    >>> times_of(Estimate(0.5, 0.25, 1.0, 9, "ratio", "exact", 0.95))
    '0.50 [0.25, 1.00] times'
    """
    value, low, high = (
        f"{one:,.2f}" if math.isfinite(one) else "no limit" for one in (ratio.value, ratio.low, ratio.high)
    )
    return f"{value} [{low}, {high}] times"


def _paid(told: Told, side: str, month: str) -> float:
    return sum(amount for cell, amount in told.money.items() if cell[0] == side and cell[2] == month)


def _untold(told: Told, currency: str) -> Iterator[str]:
    names = sorted(source for side, source in told.untold if side in (LEFT, RIGHT))
    if names:
        whose = "its leads are" if len(names) == 1 else "their leads are"
        yield f"No spending is told of {listed(names)}: {whose} in neither cost, for what they took is not known."
    if told.nowhere > 0:
        amount = f"{currency} {money(told.nowhere)}"
        yield f"Another {amount} was spent on sources of unknown direction; it is in neither cost."


def _refusal(
    left: tuple[Period, ...], right: tuple[Period, ...], n: list[int], policy: Policy
) -> tuple[Verdict, str] | None:
    if not left:
        return "not_enough_data", (
            f"spend.csv covers no month whose leads have all had {policy.within_days} days to be won."
        )
    for name, side, came in ((LEFT, left, n[0]), (RIGHT, right, n[1])):
        if not sum(spend for spend, _ in side):
            return "does_not_apply", UNSPENT.format(name)
        if came < max(1, policy.min_group):
            few = f"fewer than {policy.suppress_below}" if came < policy.suppress_below else f"only {came}"
            noun = "lead" if few == "only 1" else "leads"
            return "not_enough_data", (
                f"{few} {name} {noun} came in those months, and the charter asks for {policy.min_group}."
            )
    if not any(won for _, won in (*left, *right)):
        return "not_enough_data", "no lead of either direction that came in the months that count was won in time."
    return None


def _count(months: int) -> str:
    return f"there {'is 1 month' if months == 1 else f'are {months} months'}"
