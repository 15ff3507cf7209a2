"""Which groups may be shown, and how: the charter's rules on small groups, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from alignment_metrics.charter import Policy
from alignment_metrics.stats.rates import rate
from alignment_metrics.tallies import Tally
from alignment_metrics.values import Counts, Estimate, Group, group


@dataclass(frozen=True, slots=True)
class Shown:
    """The estimates of a breakdown that may leave the house, and what was held back, in words."""

    estimates: tuple[tuple[Group, Estimate], ...]
    notes: tuple[str, ...]


def shown(tally: Tally, policy: Policy) -> Shown:
    """The overall rate first, then one a group; small groups by the charter's rules.

    A group below ``min_group`` is shown as counts: its estimate has no value. One below ``suppress_below`` is not shown;
    where that is a single group, the next smallest goes with it, for else the total would give it away.
    """
    cells = [(group(dict(zip(tally.keys, cell, strict=True))), counts) for cell, counts in tally.cells]
    by_size = sorted(cells, key=lambda cell: (cell[1].total, cell[0]))
    hidden = [cell for cell in by_size if cell[1].total < policy.suppress_below]
    if len(hidden) == 1:
        hidden = by_size[:2]
    left = [cell for cell in cells if cell not in hidden]
    notes = []
    if hidden:
        notes.append(
            f"{len(hidden)} small groups are not shown (fewer than {policy.suppress_below} leads, or next to such a group)."
        )
    few = [cell for cell in left if cell[1].total < policy.min_group]
    if few:
        notes.append(f"Groups of fewer than {policy.min_group} leads are shown as counts, without a rate.")
    overall = ((), estimate(tally.counts(), policy))
    return Shown((overall, *((name, estimate(counts, policy)) for name, counts in left)), tuple(notes))


def estimate(counts: Counts, policy: Policy) -> Estimate:
    """The rate of a group, or, where it is too small for one, its counts alone."""
    if counts.total < policy.min_group:
        unknown = float("nan")
        return Estimate(unknown, unknown, unknown, counts.total, "share", "counts only", policy.confidence, counts.hits)
    return rate(counts, confidence=policy.confidence)


def enough(counts: Counts, policy: Policy) -> str | None:
    """Why there are too few leads for a rate; None where there are enough."""
    if counts.total == 0:
        return f"no lead is old enough to have had {policy.within_days} days"
    if counts.total < policy.min_group:
        return f"only {counts.total:,} leads are old enough, and the charter asks for {policy.min_group}"
    return None


def percent(share: float) -> str:
    """A share in words."""
    return f"{100 * share:.1f}%"


def pvalue(value: float) -> str:
    """A p-value in words: the smallest are not worth their digits."""
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}" if value < 0.1 else f"p = {value:.2f}"


def level(policy: Policy) -> str:
    """The level of the intervals, in words."""
    return f"{100 * policy.confidence:g}% interval"
