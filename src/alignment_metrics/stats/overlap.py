"""Whether two groups can be compared at all: how far their mixes lie apart, and what is left of their leads."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alignment_metrics.stats.strata import Strata
from alignment_metrics.values import Group

Label = tuple[str, str]
BINS = 20
# A propensity on an edge belongs to the bin above it and is not trimmed, whatever the last digit of its sum.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Overlap:
    """How alike the leads of two groups are, before and after each is weighted by how unlikely its group was.

    Parameters
    ----------
    trim : float
        Leads are left out whose propensity to be in the left group is below this, or above 1 less this.
    outside : float
        The share of leads so left out, of those that have a propensity.
    trimmed : tuple of (Group, int)
        The strata so left out, each with its leads.
    edges : tuple of float
        Of the bins of propensity, ascending.
    left, right : tuple of int
        Leads by bin of propensity, before trimming; empty where no propensity could be told.
    before, after : tuple of ((key, label), float)
        Standardised mean difference (left - right) of having the label: of all leads, and of the leads used by weight.
        Infinite where one group always has it and the other never; below 0.1 either way is called balanced.
    used : tuple of int
        Leads used, left and right.
    effective : tuple of float
        Left and right: as many leads without weights would tell as much.
    """

    trim: float
    outside: float
    trimmed: tuple[tuple[Group, int], ...]
    edges: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    before: tuple[tuple[Label, float], ...]
    after: tuple[tuple[Label, float], ...]
    used: tuple[int, int]
    effective: tuple[float, float]

    @property
    def largest_before(self) -> float:
        """The largest difference of any label, whatever its sign; ``nan`` where there is none."""
        return max((abs(size) for _, size in self.before), default=math.nan)

    @property
    def largest_after(self) -> float:
        """The same, by weight."""
        return max((abs(size) for _, size in self.after), default=math.nan)


def inside(propensity: float, trim: float) -> bool:
    """Whether leads of this propensity are kept."""
    return 0 < propensity < 1 and trim - ROUNDING <= propensity <= 1 - trim + ROUNDING


def overlap(
    strata: Strata,
    propensities: Sequence[tuple[Group, float]],
    used: Sequence[tuple[Group, float]],
    *,
    trim: float,
) -> Overlap:
    """How alike the two groups are.

    Parameters
    ----------
    strata : sequence of (Group, Counts, Counts)
        All of them, none twice.
    propensities : sequence of (Group, float)
        The strata that have a propensity, with it.
    used : sequence of (Group, float)
        The strata that were used, with the propensity they were used with.
    trim : float
        By which rule some were left out.

    Notes
    -----
    The standard deviation that differences are measured in is that of all leads, the mean of both groups' variances,
    before and after alike: weights must not seem to balance what they only spread.

    References
    ----------
    Austin & Stuart (2015) Statistics in Medicine 34:3661 (balance); Kish (1965) Survey Sampling (effective size);
    Crump, Hotz, Imbens & Mitnik (2009) Biometrika 96:187 (trimming).
    """
    sizes = {key: (left.total, right.total) for key, left, right in strata}
    every = sum(sum(sizes[key]) for key, _ in propensities)
    trimmed = tuple(sorted((key, sum(sizes[key])) for key, share in propensities if not inside(share, trim)))
    bins: list[list[int]] = [[0] * BINS, [0] * BINS]
    for key, share in propensities:
        place = min(BINS - 1, int(share * BINS + ROUNDING))
        for side in (0, 1):
            bins[side][place] += sizes[key][side]
    plain = [(key, float(left), float(right)) for key, (left, right) in sizes.items()]
    weighted = [(key, sizes[key][0] / share, sizes[key][1] / (1 - share)) for key, share in used]
    squared = [(sizes[key][0] / share**2, sizes[key][1] / (1 - share) ** 2) for key, share in used]
    shares = _shares(plain)
    return Overlap(
        trim=trim,
        outside=sum(n for _, n in trimmed) / every if every else math.nan,
        trimmed=trimmed,
        edges=tuple(place / BINS for place in range(BINS + 1)),
        left=tuple(bins[0]) if every else (),
        right=tuple(bins[1]) if every else (),
        before=_apart(shares, shares),
        after=_apart(_shares(weighted), shares) if used else (),
        used=(sum(sizes[key][0] for key, _ in used), sum(sizes[key][1] for key, _ in used)),
        effective=(
            _effective((left for _, left, _ in weighted), (left for left, _ in squared)),
            _effective((right for _, _, right in weighted), (right for _, right in squared)),
        ),
    )


def _shares(sizes: Iterable[tuple[Group, float, float]]) -> dict[Label, tuple[float, float]]:
    """The share of either group that has each label; nothing where a group is empty."""
    sizes = list(sizes)
    held: dict[Label, list[tuple[float, float]]] = defaultdict(list)
    for key, left, right in sizes:
        for label in key:
            held[label].append((left, right))
    whole = math.fsum(left for _, left, _ in sizes), math.fsum(right for _, _, right in sizes)
    if not all(whole):
        return {}
    return {
        label: (math.fsum(left for left, _ in both) / whole[0], math.fsum(right for _, right in both) / whole[1])
        for label, both in held.items()
    }


def _apart(
    shares: dict[Label, tuple[float, float]], measured_in: dict[Label, tuple[float, float]]
) -> tuple[tuple[Label, float], ...]:
    found = []
    for label, (left, right) in sorted(shares.items()):
        one, other = measured_in[label]
        spread = math.sqrt(max(0.0, (one * (1 - one) + other * (1 - other)) / 2))
        gap = left - right
        found.append((label, 0.0 if abs(gap) < ROUNDING else gap / spread if spread else math.copysign(math.inf, gap)))
    return tuple(found)


def _effective(weights: Iterable[float], squares: Iterable[float]) -> float:
    square = math.fsum(squares)
    return math.fsum(weights) ** 2 / square if square else math.nan
