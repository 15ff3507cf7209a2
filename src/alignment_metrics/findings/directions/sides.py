"""Inbound and outbound leads in strata: who can be set beside whom, and for how many of them that speaks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from alignment_metrics.crm import UNKNOWN
from alignment_metrics.findings.words import listed, plain
from alignment_metrics.stats.rates import compare
from alignment_metrics.stats.strata import standardise
from alignment_metrics.tallies import Cell, Tally
from alignment_metrics.values import Adjusted, Comparison, Counts, Estimate, Group, group

LEFT, RIGHT = "inbound", "outbound"
# An adjusted difference speaks for the leads of its strata alone, and its interval is an approximation that thin strata
# make too narrow. So it decides only where strata with five leads of both groups hold four fifths of either group: in
# simulated exports without any effect, verdicts so reached stay near the stated rate, and without the rule they do not.
THIN_BELOW = 5
MOST = 0.8
Stratum = tuple[Group, Counts, Counts]
To = Literal["all", "left", "right"]


@dataclass(frozen=True, slots=True)
class Strata:
    """The leads of both groups, a stratum for each combination of what is adjusted for."""

    by: tuple[str, ...]
    cells: tuple[Stratum, ...]

    @property
    def mix(self) -> str:
        """What is adjusted for, in words."""
        return listed([plain(key) for key in self.by])

    @property
    def shared(self) -> tuple[Stratum, ...]:
        """The strata that hold leads of both groups; none where there is nothing to adjust by."""
        return tuple(one for one in self.cells if self.by and one[1].total and one[2].total)

    @property
    def covered(self) -> tuple[float, float]:
        """The share of either group in strata with enough leads of both."""
        solid = [one for one in self.shared if min(one[1].total, one[2].total) >= THIN_BELOW]
        return (
            _all(solid, 1).total / _all(self.cells, 1).total,
            _all(solid, 2).total / _all(self.cells, 2).total,
        )

    @property
    def decide(self) -> bool:
        """Whether the adjusted difference may give the verdict."""
        return min(self.covered) >= MOST

    @property
    def crude(self) -> float:
        """The unadjusted difference of the leads that the adjusted one speaks for."""
        left, right = _all(self.shared, 1), _all(self.shared, 2)
        return left.hits / left.total - right.hits / right.total


@dataclass(frozen=True, slots=True)
class Sides:
    """The leads of both directions, old enough for the charter's window, and those of which it is not known."""

    left: Counts
    right: Counts
    unknown: Counts
    strata: Strata

    @classmethod
    def of(cls, found: Tally[Counts], by: tuple[str, ...]) -> Sides:
        """From a tally by ``direction``, everything in ``by``, and whatever else."""
        found = found.by("direction", *by)
        parts = found.split("direction")
        left, right = (dict(parts[side].cells) if side in parts else {} for side in (LEFT, RIGHT))
        nobody = Counts(0, 0)
        cells = [
            (group(dict(zip(by, cell, strict=True))), left.get(cell, nobody), right.get(cell, nobody))
            for cell in sorted({*left, *right})
        ]
        strata = Strata(by, tuple(cells))
        unknown = parts[UNKNOWN].counts() if UNKNOWN in parts else nobody
        return cls(_all(cells, 1), _all(cells, 2), unknown, strata)

    @property
    def everyone(self) -> Counts:
        return self.left + self.right + self.unknown

    def crude(self, confidence: float) -> Comparison:
        """As they come."""
        return compare(self.left, self.right, confidence=confidence)

    def compared(self, confidence: float) -> Comparison:
        """Crude, and adjusted where any stratum holds leads of both."""
        return replace(self.crude(confidence), adjusted=self.alike(confidence) if self.strata.shared else None)

    def deciding(self, confidence: float) -> Estimate:
        """The difference that decides: adjusted where enough leads of both share a stratum."""
        compared = self.compared(confidence)
        return compared.adjusted.difference if compared.adjusted and self.strata.decide else compared.difference

    def alike(self, confidence: float) -> Adjusted:
        """The difference at the same mix, that of all leads of the two groups."""
        adjusted = standardise(self.strata.cells, by=self.strata.by, confidence=confidence)
        return replace(adjusted, decides=self.strata.decide)

    def weights(self, to: To = "all") -> dict[Cell, float]:
        """What each cell's rate is multiplied by in the difference at the same mix, that of all leads or of a side."""
        of_left, of_right = to != "right", to != "left"
        sizes = [(name, of_left * left.total + of_right * right.total) for name, left, right in self.strata.shared]
        n = sum(size for _, size in sizes)
        return {
            (side, *(label for _, label in name)): sign * size / n
            for name, size in sizes
            for side, sign in ((LEFT, 1), (RIGHT, -1))
        }


def _all(cells: Iterable[Stratum], side: Literal[1, 2]) -> Counts:
    return sum((one[side] for one in cells), start=Counts(0, 0))
