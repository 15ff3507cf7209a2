"""Leads by one of their labels, as the whole chapter takes them: the large groups, and the small ones pooled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from alignment_metrics.charter import Policy
from alignment_metrics.crm import UNKNOWN
from alignment_metrics.findings.groups import Shown, shown
from alignment_metrics.findings.words import leads, listed, share
from alignment_metrics.stats.many import holm
from alignment_metrics.stats.rates import compare
from alignment_metrics.tallies import Tally
from alignment_metrics.values import Counts, Estimate

MOST_NAMED = 3
Rated = tuple[str, Estimate]


@dataclass(frozen=True, slots=True)
class Known:
    """Leads by ``key``: those whose label is known, the largest group first, and those whose is not.

    The largest first: small groups that share a cell of a test then share it with their like.
    """

    key: str
    groups: Mapping[str, Counts]
    together: Counts
    unknown: Counts
    listing: Shown

    @classmethod
    def of(cls, found: Tally[Counts], policy: Policy, *, noun: str) -> Known:
        """From a tally by one key; ``noun`` is what its labels are called, in the plural."""
        largest = sorted(found.cells, key=lambda cell: (-cell[1].total, cell[0]))
        groups = {cell[0]: counts for cell, counts in largest}
        unknown = groups.pop(UNKNOWN, Counts(0, 0))
        pooled, notes = _pooled(found, groups, policy, noun)
        listing = shown(pooled, policy)
        together = sum(groups.values(), start=Counts(0, 0))
        return cls(found.keys[0], groups, together, unknown, Shown(listing.estimates, (*notes, *listing.notes)))

    @property
    def rated(self) -> list[Rated]:
        """The known groups that are large enough for a rate of their own, the largest first."""
        there = dict(self.listing.rated)
        return [(name, there[name]) for name in self.groups if name in there]

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
        adjusted = holm([comparison.pvalue for comparison in against])
        for one, comparison, chance in zip(rated, against, adjusted, strict=True):
            if chance < 1 - policy.confidence:
                sides[comparison.difference.value > 0].append(one)
        return sides


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
    return some([f"{name} ({share(one)}, n = {one.n:,})" for name, one in groups])


def some(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - MOST_NAMED
    return listed([*names[:MOST_NAMED], f"{more} more"] if more > 0 else names)


def sides_told(less: Sequence[Rated], more: Sequence[Rated]) -> str:
    """Which groups converted more, and which less often than the others."""
    return ", and ".join(
        f"{named(side)} converted {how} often" for how, side in (("more", more), ("less", less)) if side
    )
