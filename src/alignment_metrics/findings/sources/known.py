"""Leads by one of their labels, as the whole chapter takes them: the large groups, and the small ones pooled."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from alignment_metrics.charter import Policy
from alignment_metrics.crm import UNKNOWN
from alignment_metrics.findings.groups import COUNTS_ONLY, Shown, shown
from alignment_metrics.findings.words import leads, listed, share
from alignment_metrics.stats.clusters import (
    against_the_rest,
    clustered_difference,
    homogeneous,
    mean_effect,
)
from alignment_metrics.stats.gathered import INSIDE, OUTSIDE, effects, widened_pvalue
from alignment_metrics.stats.many import holm, homogeneity
from alignment_metrics.stats.rates import compare
from alignment_metrics.tallies import Cell, Tally
from alignment_metrics.values import Clusters, Counts, Estimate

MOST_NAMED = 5
TELLING = 1.1
"""The design effect from which on rates are taken as those of fewer leads, and it is told in claims."""
Rated = tuple[str, Estimate]


@dataclass(frozen=True, slots=True)
class Accounts:
    """How leads go together by account, and the cells of each group among them."""

    clusters: Clusters
    cells: Mapping[str, Sequence[Cell]]

    def of(self, names: Collection[str]) -> dict[str, Sequence[Cell]]:
        """The cells of these groups, in their order."""
        return {name: self.cells[name] for name in names}


@dataclass(frozen=True, slots=True)
class Known:
    """Leads by ``key``: those whose label is known, the largest group first, and those whose is not.

    The largest first: small groups that share a cell of a test then share it with their like. ``late`` are groups that
    take no part, since their leads were entered after the fact. ``accounts`` are None where leads are independent as
    far as is known, and ``effect`` is then 1: what leads of one account that fare alike do to the test of the groups.
    """

    key: str
    groups: Mapping[str, Counts]
    together: Counts
    unknown: Counts
    listing: Shown
    late: Mapping[str, Counts] = field(default_factory=dict)
    accounts: Accounts | None = None
    effect: float = 1.0

    @classmethod
    def of(
        cls,
        found: Tally[Counts],
        policy: Policy,
        *,
        noun: str,
        accounts: Accounts | None = None,
        late: Collection[str] = (),
    ) -> Known:
        """From a tally by one key; ``noun`` is what its labels are called, in the plural."""
        largest = sorted(found.cells, key=lambda cell: (-cell[1].total, cell[0]))
        groups = {cell[0]: counts for cell, counts in largest}
        unknown = groups.pop(UNKNOWN, Counts(0, 0))
        held_out = {name: groups.pop(name) for name in list(groups) if name in late}
        pooled, notes = _pooled(found, groups, policy, noun)
        listing = shown(pooled, policy)
        together = sum(groups.values(), start=Counts(0, 0))
        rows = tuple(
            (name, _unrated(one) if name and name[0][1] in held_out else one) for name, one in listing.estimates
        )
        effect = 1.0 if accounts is None else mean_effect(accounts.clusters, accounts.of(groups))
        every = Shown(rows, (*notes, *listing.notes))
        return cls(found.keys[0], groups, together, unknown, every, held_out, accounts, effect)

    @property
    def rated(self) -> list[Rated]:
        """The known groups that are large enough for a rate of their own, the largest first."""
        there = dict(self.listing.rated)
        return [(name, there[name]) for name in self.groups if name in there]

    @property
    def tells(self) -> bool:
        """Whether leads of one account fare so much alike that it is worth a word."""
        return self.effect >= TELLING

    def chance(self) -> float:
        """The p-value of "all known groups share one rate"."""
        if self.accounts is None:
            return homogeneity(self.groups.values())
        return homogeneous(self.accounts.clusters, self.accounts.of(self.groups)).pvalue

    def effective(self, name: str) -> Counts:
        """The leads of a group; where those of one account fare alike, as many fewer as tell as much."""
        one = self.groups[name]
        return lessened(one, self.effect) if self.tells else one

    def others(self, name: str) -> Counts:
        """All known leads but those of this group."""
        one = self.groups[name]
        return Counts(self.together.hits - one.hits, self.together.total - one.total)

    def apart(self, policy: Policy) -> tuple[list[Rated], list[Rated]]:
        """The groups that convert less, and more, often than all other known ones together; the largest first.

        To be asked where one test has shown that they are not all alike; Holm's adjustment pays for the several.
        """
        rated = self.rated
        against = [compare(self.groups[name], self.others(name)) for name, _ in rated]
        sides: tuple[list[Rated], list[Rated]] = ([], [])
        wider = self.effects()
        told = zip(against, rated, strict=True)
        chances = [widened_pvalue(comparison.pvalue, *wider[name]) for comparison, (name, _) in told]
        clear = [True] * len(rated)
        if self.accounts is not None:
            rest = against_the_rest(self.accounts.clusters, self.accounts.of(self.groups))
            clear = [_clear(rest[name], policy.confidence) for name, _ in rated]
        adjusted = holm(chances)
        for one, comparison, chance, stands in zip(rated, against, adjusted, clear, strict=True):
            if stands and chance < 1 - policy.confidence:
                sides[comparison.difference.value > 0].append(one)
        return sides

    def effects(self) -> dict[str, tuple[float, float]]:
        """For each group the design effect of its difference to all other known ones, and its degrees of freedom.

        Never below 1, and of independent leads where accounts are not known.
        """
        if self.accounts is None:
            return dict.fromkeys(self.groups, (1.0, math.inf))
        return effects(self.accounts.clusters, self.accounts.of(self.groups))


def lessened(counts: Counts, effect: float) -> Counts:
    """As many independent leads as tell as much, of the same rate as far as whole numbers go."""
    total = round(counts.total / effect)
    return Counts(round(counts.hits * total / counts.total) if counts.total else 0, total)


def _clear(apart: Clusters, confidence: float) -> bool:
    one = clustered_difference(apart, (INSIDE,), (OUTSIDE,), confidence=confidence)
    return one.low > 0 or one.high < 0


def _unrated(one: Estimate) -> Estimate:
    nothing = math.nan
    return Estimate(nothing, nothing, nothing, one.n, one.unit, COUNTS_ONLY, one.confidence, hits=one.hits)


def _pooled(
    found: Tally[Counts], groups: Mapping[str, Counts], policy: Policy, noun: str
) -> tuple[Tally[Counts], list[str]]:
    """The known groups too small for a rate counted as one, so that the rows still add up to the total."""
    small = [name for name, counts in groups.items() if counts.total < policy.min_group]
    if len(small) < 2:
        return found, []
    label = f"{len(small)} small {noun}"
    # Somebody may have called a group so.
    while label in groups or label == UNKNOWN:
        label = f"{label}, pooled"
    cells = [cell for cell in found.cells if cell[0][0] not in small]
    together = sum((groups[name] for name in small), start=Counts(0, 0))
    told = f"{len(small)} {noun} of fewer than {leads(policy.min_group)} each are counted together as {label!r}."
    return replace(found, cells=tuple(sorted([*cells, ((label,), together)]))), [told]


def named(groups: Sequence[Rated]) -> str:
    """The first few, each with its rate, and how many more there are."""
    return some([f"{name} ({share(one)}, n = {one.n:,})" for name, one in groups], more="more (named in the table)")


def some(names: Sequence[str], *, more: str = "more") -> str:
    """The first few names, and how many more there are."""
    left = len(names) - MOST_NAMED
    return listed([*names[:MOST_NAMED], f"{left} {more}"] if left > 0 else names)


def sides_told(less: Sequence[Rated], more: Sequence[Rated]) -> str:
    """Which groups converted more, and which less often than the others."""
    return ", and ".join(
        f"{named(side)} converted {how} often" for how, side in (("more", more), ("less", less)) if side
    )
