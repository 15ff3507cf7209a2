"""What the findings of this chapter share: the two groups, what decides between them, and what may mislead."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from alignment_metrics.crm import UNKNOWN
from alignment_metrics.findings.batches import Batch, batches
from alignment_metrics.findings.directions.loyalty import Loyalty
from alignment_metrics.findings.directions.sides import LEFT, RIGHT, Sides
from alignment_metrics.findings.directions.spent import Spent
from alignment_metrics.findings.directions.verdicts import as_they_come, by_cluster, cells_of, likelier, stepped
from alignment_metrics.findings.groups import too_few
from alignment_metrics.findings.leakage import Leak, leaks
from alignment_metrics.findings.whole import Whole
from alignment_metrics.findings.words import listed, plain
from alignment_metrics.stats.clusters import Spread, design_effect, spread
from alignment_metrics.stats.mantel import MantelHaenszel, mantel_haenszel
from alignment_metrics.tallies import Tally
from alignment_metrics.values import Clusters, Comparison, Counts, Estimate, Verdict

LIKELIER, CHEAPER, LOYAL = "likelier to buy", "cheaper to win", "more loyal"
MOST_ALONE = 0.5
"""The share of leads without a known account beyond which accounts cannot tell how alike their leads are."""


class Case:
    """Inbound against outbound; every part is worked out at most once, and only when asked for."""

    def __init__(self, whole: Whole) -> None:
        self.whole, self.charter, self.policy = whole, whole.charter, whole.charter.policy
        self.sides = Sides.of(whole.counts, self.charter.adjust_by)
        self.strata = self.sides.strata
        self._intervals: dict[float, list[Estimate]] = {}

    @property
    def reached(self) -> str:
        """What counts as a conversion, in words."""
        days = self.policy.within_days
        return f"{plain(self.charter.funnel.last)} within {days} day{'' if days == 1 else 's'}"

    @property
    def basis(self) -> str:
        """Whether the leads are compared at the same mix, in words."""
        return f"at the same mix of {self.strata.mix}" if self.strata.decide else "as they come"

    @cached_property
    def refusal(self) -> tuple[Verdict, str] | None:
        """Why the two cannot be compared; None where they can."""
        start, days, sides = self.charter.funnel.first, self.policy.within_days, self.sides
        if because := None if sides.everyone.total else too_few(sides.everyone, self.policy, start=start, days=days):
            return "not_enough_data", because
        tagged = {one.direction for one in self.charter.sources.values()}
        both = ((LEFT, sides.left), (RIGHT, sides.right))
        for name, counts in both:
            if not counts.total and name not in tagged:
                return "does_not_apply", f"the charter's [sources] tag no source as {name}, and nothing is guessed."
        for name, counts in both:
            if because := too_few(counts, self.policy, start=start, days=days, whose=name):
                return "not_enough_data", because
        return None

    @cached_property
    def comparison(self) -> Comparison:
        """Crude and, where there are strata, adjusted."""
        return self.sides.compared(self.policy.confidence)

    @cached_property
    def crude(self) -> Verdict:
        """What the leads as they come show, whatever else is asked."""
        return as_they_come(self.comparison)

    @cached_property
    def alike(self) -> MantelHaenszel:
        """The strata put together."""
        return mantel_haenszel(self.strata.cells, confidence=self.policy.confidence)

    @property
    def difference(self) -> Estimate:
        """The difference that decides, with the most cautious interval that has a say in it."""
        return max(self.intervals(self.policy.confidence), key=lambda one: one.high - one.low)

    @cached_property
    def accounts(self) -> Clusters | None:
        """The accounts of the leads; None where those of most leads are not known."""
        return _known(self.whole.accounts)

    @cached_property
    def owners(self) -> Clusters | None:
        """The owners of the leads; None where those of most leads are not known."""
        return _known(self.whole.owners)

    @cached_property
    def spread(self) -> Spread | None:
        """How much less the leads tell for coming in accounts."""
        return None if self.accounts is None else self.spread_of(self.accounts)

    def spread_of(self, clusters: Clusters) -> Spread:
        """The same of any clusters."""
        if self.strata.decide:
            return spread(clusters, self.sides.weights())
        return design_effect(clusters, *cells_of(clusters))

    @cached_property
    def spread_by_owner(self) -> Spread | None:
        """The same of owners."""
        return None if self.owners is None else self.spread_of(self.owners)

    def intervals(self, confidence: float) -> list[Estimate]:
        """The difference that decides with each interval that has a say in it."""
        if confidence not in self._intervals:
            clusters, plainly = self.accounts, self.sides.deciding(confidence)
            robust = [] if clusters is None else [by_cluster(self.sides, clusters, confidence)]
            self._intervals[confidence] = [plainly, *robust]
        return self._intervals[confidence]

    @cached_property
    def spent(self) -> Spent:
        """What either direction's wins cost."""
        return Spent.of(self.whole)

    @cached_property
    def loyalty(self) -> Loyalty:
        """How long customers of either direction stay."""
        return Loyalty.of(self.whole.crm)

    @cached_property
    def verdicts(self) -> dict[str, Verdict]:
        """What is left of each claim that can be made, Holm's procedure paying for all of them."""
        claims = {LIKELIER: lambda level: likelier(self.sides, self.accounts, level)}
        if self.spent.refused is None:
            claims[CHEAPER] = self.spent.verdict
        if self.loyalty.refused is None:
            claims[LOYAL] = self.loyalty.verdict
        return stepped(claims, self.policy.confidence)

    @property
    def verdict(self) -> Verdict:
        """Whether inbound leads convert more often."""
        return self.verdicts[LIKELIER]

    @property
    def family(self) -> str:
        """What the claims cost, in words; empty where there is one."""
        claims = list(self.verdicts)
        if len(claims) < 2:
            return ""
        return (
            f"{['Two', 'Three'][len(claims) - 2]} claims are asked ({listed(claims)}); Holm's adjustment pays for all "
            "of them, so a verdict may be more cautious than the interval beside it."
        )

    @cached_property
    def leaks(self) -> tuple[Leak, ...]:
        """Sources of either direction whose leads look as if they were entered once they had converted."""
        found = leaks(self.whole.waits, self.whole.counts, least=self.policy.min_group)
        return tuple(one for one in found if one.source in self._compared)

    @cached_property
    def batches(self) -> tuple[Batch, ...]:
        """Sources of either direction that came in a batch."""
        found = batches(self.whole.months, least=self.policy.min_group)
        return tuple(one for one in found if one.source in self._compared)

    @cached_property
    def _compared(self) -> set[str]:
        return {cell[1] for cell, _ in self.whole.counts.by("direction", "source").cells if cell[0] != UNKNOWN}

    @cached_property
    def without_leaks(self) -> Sides:
        """The leads of all other sources."""
        return Sides.of(without(self.whole.counts, {one.source for one in self.leaks}), self.charter.adjust_by)

    @cached_property
    def if_unknown(self) -> tuple[Comparison, Comparison]:
        """The crude comparison if all leads of unknown direction were inbound, and if all were outbound."""
        sides, level = self.sides, self.policy.confidence
        return (
            replace(sides, left=sides.left + sides.unknown).crude(level),
            replace(sides, right=sides.right + sides.unknown).crude(level),
        )

    @property
    def unknown_decides(self) -> bool:
        """Whether the leads of unknown direction could change what the others show as they come."""
        return any(as_they_come(one) != self.crude for one in self.if_unknown)


def _known(clusters: Clusters) -> Clusters | None:
    n = sum(counts.total for counts in clusters.cells.values())
    # One and the same for all leads is a column that tells nothing, rather than a company with one customer.
    there = clusters.n - clusters.alone
    return clusters if there > 1 and clusters.alone <= MOST_ALONE * n else None


def without(found: Tally[Counts], sources: set[str]) -> Tally[Counts]:
    """The leads of all other sources."""
    place = found.keys.index("source")
    return replace(found, cells=tuple(cell for cell in found.cells if cell[0][place] not in sources))
