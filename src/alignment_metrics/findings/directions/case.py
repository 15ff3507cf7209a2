"""What the findings of this chapter share: the two groups, what decides between them, and what may mislead."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property

from alignment_metrics.crm import UNKNOWN
from alignment_metrics.findings.batches import Batch, batches
from alignment_metrics.findings.directions.counted import stretched, stretched_ratio, wider, width
from alignment_metrics.findings.directions.loyalty import Loyalty
from alignment_metrics.findings.directions.owners import have_a_say
from alignment_metrics.findings.directions.refused import refusal, undecided
from alignment_metrics.findings.directions.sides import LEFT, RIGHT, Sides, To
from alignment_metrics.findings.directions.spent import Spent
from alignment_metrics.findings.directions.verdicts import (
    NOT,
    Claim,
    as_they_come,
    by_cluster,
    cells_of,
    likelier,
    sign,
    stepped,
)
from alignment_metrics.findings.leakage import Leak, leaks
from alignment_metrics.findings.sources.attempts import Attempts, attempts
from alignment_metrics.findings.whole import Whole, telling
from alignment_metrics.findings.words import listed, plain
from alignment_metrics.stats.clusters import Spread, clustered, clustered_difference, design_effect, spread
from alignment_metrics.stats.gathered import scatter_pvalue
from alignment_metrics.stats.kitagawa import Turn, turn
from alignment_metrics.stats.mantel import MantelHaenszel, mantel_haenszel
from alignment_metrics.stats.many import homogeneity
from alignment_metrics.stats.strata import standardise
from alignment_metrics.tallies import Cell, Tally
from alignment_metrics.values import Clusters, Comparison, Counts, Estimate, Verdict

LIKELIER, CHEAPER, LOYAL = "likelier to buy", "cheaper to win", "a larger share of customers kept"


class Case:
    """Inbound against outbound; every part is worked out at most once, and only when asked for."""

    def __init__(self, whole: Whole) -> None:
        self.whole, self.charter, self.policy = whole, whole.charter, whole.charter.policy
        self.sides = Sides.of(whole.counts, self.charter.adjust_by)
        self.strata = self.sides.strata
        self._intervals: dict[float, list[Estimate]] = {}
        self._standardised: dict[To, Estimate] = {}

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
        return refusal(self.sides, self.whole)

    @cached_property
    def undecided(self) -> str | None:
        """Why conversion tells nothing, where all leads of both fared the same; None where they did not."""
        return undecided(self.sides, self.reached, plain(self.charter.funnel.last))

    @cached_property
    def comparison(self) -> Comparison:
        """Crude, leads counted singly, and, where there are strata, adjusted, with the interval that decides."""
        found = self.sides.compared(self.policy.confidence)
        if found.adjusted is None:
            return found
        return replace(found, adjusted=replace(found.adjusted, difference=self.standardised()))

    def standardised(self, to: To = "all") -> Estimate:
        """The difference at the same mix, that of all leads or of one direction, by cluster where that is wider."""
        if to not in self._standardised:
            level, by = self.policy.confidence, self.strata.by
            singly = standardise(self.strata.cells, by=by, to=to, confidence=level).difference
            ways = self.clusters if self.strata.shared else ()
            robust = (clustered(one, self.sides.weights(to), confidence=level) for one in ways)
            self._standardised[to] = wider(singly, *robust)
        return self._standardised[to]

    @cached_property
    def plainly(self) -> Estimate:
        """The difference as they come, by cluster where that is wider."""
        return self._counted(self.comparison.difference, LEFT, RIGHT)

    def _counted(self, singly: Estimate, *sides: str) -> Estimate:
        """By cluster where that is wider, of leads of the first direction and of the second, unknown to either."""
        found = []
        for clusters in self.clusters:
            unknown = [cell for cell in clusters.cells if cell[0] == UNKNOWN]
            left, right = (
                [*own, *(unknown if side == UNKNOWN else [])]
                for own, side in zip(cells_of(clusters), sides, strict=True)
            )
            found.append(clustered_difference(clusters, left, right, confidence=self.policy.confidence))
        return wider(singly, *found)

    @cached_property
    def singly(self) -> Verdict:
        """What the leads as they come would show if none fared alike for belonging together."""
        return as_they_come(self.comparison)

    @cached_property
    def crude(self) -> Verdict:
        """What the leads as they come show, whatever else is asked."""
        return self.singly if sign(self.plainly) == self.singly else NOT

    @cached_property
    def reversal(self) -> Turn:
        """Whether the sign turns at the same mix, by the two differences and intervals that are told."""
        if not self.strata.shared:
            return "not reversed"
        told = turn(self.plainly, self.standardised())
        return told if self.strata.decide or told == "not reversed" else "not distinguishable"

    @cached_property
    def alike(self) -> MantelHaenszel:
        """The strata put together."""
        return mantel_haenszel(self.strata.cells, confidence=self.policy.confidence)

    @cached_property
    def difference(self) -> Estimate:
        """The difference that decides, with the one interval that does."""
        return self.standardised() if self.strata.decide else self.plainly

    @cached_property
    def widening(self) -> float:
        """How many times as wide the interval is that decides as that of leads counted singly."""
        return _times(self.difference, self.intervals(self.policy.confidence)[0])

    @cached_property
    def ratio(self) -> Estimate:
        """The ratio that goes with the difference that decides, and an interval as much wider."""
        return stretched_ratio(self.alike.ratio, self.widening) if self.strata.decide else self.crude_ratio

    @cached_property
    def crude_ratio(self) -> Estimate:
        """The same of the leads as they come."""
        return stretched_ratio(self.comparison.ratio, _times(self.plainly, self.comparison.difference))

    @cached_property
    def accounts(self) -> Clusters | None:
        """The accounts of the leads; None where those of most leads are not known."""
        return telling(self.whole.accounts)

    @cached_property
    def owners(self) -> Clusters | None:
        """The owners of the leads; None where those of most leads are not known."""
        return telling(self.whole.owners)

    @cached_property
    def owners_by_chance(self) -> float:
        """How likely owners who are all alike would differ as much as these do; ``nan`` where none are known."""
        return math.nan if self.owners is None else scatter_pvalue(self.owners, self._weights(self.owners))

    @cached_property
    def belonging(self) -> dict[str, Clusters]:
        """What has a say beside single leads: accounts, and owners where these differ by more than chance."""
        found = {} if self.accounts is None else {"account": self.accounts}
        if self.owners is not None and have_a_say(self.owners, self.owners_by_chance):
            found["owner"] = self.owners
        return found

    @property
    def clusters(self) -> tuple[Clusters, ...]:
        """Those that have a say."""
        return tuple(self.belonging.values())

    @property
    def whose(self) -> str:
        """What leads have in common that have a say, in words."""
        return " or ".join(self.belonging)

    @property
    def sql(self) -> tuple[str, ...]:
        """What the difference that decides was counted by."""
        return (self.whole.counts.sql, *(one.sql for one in self.clusters))

    def _weights(self, clusters: Clusters) -> dict[Cell, float]:
        """What each cell's rate is multiplied by in the difference that decides."""
        if self.strata.decide:
            return self.sides.weights()
        totals = {LEFT: self.sides.left.total, RIGHT: -self.sides.right.total}
        return {cell: counts.total / totals[cell[0]] for cell, counts in clusters.cells.items() if cell[0] in totals}

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

    @cached_property
    def effect(self) -> float:
        """How many leads that belong together tell as much as one would; 1 where nothing of that is known."""
        told = [self.spread_of(one).effect for one in self.clusters]
        return max([1.0, *(one for one in told if not math.isnan(one))])

    def intervals(self, confidence: float) -> list[Estimate]:
        """The difference that decides with each interval that has a say in it."""
        if confidence not in self._intervals:
            robust = [by_cluster(self.sides, one, confidence) for one in self.clusters]
            self._intervals[confidence] = [self.sides.deciding(confidence), *robust]
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
        claims: dict[str, Claim] = {}
        # What cannot be tested cannot be false either, so nothing is paid for it.
        if self.undecided is None:
            claims[LIKELIER] = lambda level: likelier(self.sides, self.clusters, level)
        if self.spent.refused is None:
            claims[CHEAPER] = self.spent.verdict
        if self.loyalty.refused is None and self.loyalty.tested:
            claims[LOYAL] = self.loyalty.verdict
        return stepped(claims, self.policy.confidence)

    @property
    def first_step(self) -> float:
        """The confidence at which a claim is asked first, where Holm's procedure pays for several."""
        return 1 - (1 - self.policy.confidence) / len(self.verdicts)

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
        """Sources of either direction whose leads convert too often and too soon."""
        found = leaks(self.whole.waits, self.whole.counts, least=self.policy.min_group)
        return tuple(one for one in found if one.source in self._compared)

    @property
    def entered(self) -> tuple[Leak, ...]:
        """Those whose leads look as if they were entered once they had converted."""
        return tuple(one for one in self.leaks if one.kind == "entered")

    @cached_property
    def batches(self) -> tuple[Batch, ...]:
        """Sources of either direction that came in a batch."""
        found = batches(self.whole.months, least=self.policy.min_group)
        return tuple(one for one in found if one.source in self._compared)

    @cached_property
    def _compared(self) -> set[str]:
        return {cell[1] for cell, _ in self.whole.counts.by("direction", "source").cells if cell[0] != UNKNOWN}

    def without(self, sources: set[str]) -> tuple[Estimate, str] | None:
        """The difference between the leads of all other sources, and on what basis; None where they are too few."""
        sides = Sides.of(without(self.whole.counts, sources), self.charter.adjust_by)
        if min(sides.left.total, sides.right.total) < max(1, self.policy.min_group):
            return None
        basis = f"at the same mix of {sides.strata.mix}" if sides.strata.decide else "as they come"
        return stretched(sides.deciding(self.policy.confidence), self.widening), basis

    @cached_property
    def attempts(self) -> tuple[tuple[str, Attempts], ...]:
        """What is adjusted for and counts attempts, and so is made by what it should explain."""
        told = []
        for key in self.strata.by:
            groups = {cell[0]: counts for cell, counts in self.whole.counts.by(key).cells if cell[0] != UNKNOWN}
            if homogeneity(groups.values()) < 1 - self.policy.confidence and (
                found := attempts(key, groups, least=self.policy.min_group)
            ):
                told.append((key, found))
        return tuple(told)

    @cached_property
    def if_unknown(self) -> tuple[Estimate, Estimate]:
        """The crude difference if all leads of unknown direction were inbound, and if all were outbound."""
        (inbound, _), (outbound, _) = self._unknown
        return inbound, outbound

    @property
    def unknown_decides(self) -> bool:
        """Whether the leads of unknown direction could change what the others show as they come."""
        return any(verdict != self.crude for _, verdict in self._unknown)

    @property
    def unknown_share(self) -> float:
        """Of all leads, those of unknown direction."""
        return self.sides.unknown.total / self.sides.everyone.total

    @cached_property
    def _unknown(self) -> list[tuple[Estimate, Verdict]]:
        sides, told = self.sides, []
        for changed, names in (
            (replace(sides, left=sides.left + sides.unknown), (UNKNOWN, RIGHT)),
            (replace(sides, right=sides.right + sides.unknown), (LEFT, UNKNOWN)),
        ):
            found = changed.crude(self.policy.confidence)
            one, shown = self._counted(found.difference, *names), as_they_come(found)
            told.append((one, shown if sign(one) == shown else NOT))
        return told


def _times(wide: Estimate, singly: Estimate) -> float:
    return max(1.0, width(wide) / width(singly)) if width(singly) else 1.0


def without(found: Tally[Counts], sources: set[str]) -> Tally[Counts]:
    """The leads of all other sources."""
    place = found.keys.index("source")
    return replace(found, cells=tuple(cell for cell in found.cells if cell[0][place] not in sources))
