"""Which groups may be shown, and how: the charter's rules on small groups, in one place."""

from __future__ import annotations

import math
from dataclasses import dataclass

from alignment_metrics.charter import Policy
from alignment_metrics.findings.words import leads, plain
from alignment_metrics.stats.rates import rate
from alignment_metrics.tallies import Tally
from alignment_metrics.values import Counts, Estimate, Group, group

Estimates = tuple[tuple[Group, Estimate], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """The estimates of a breakdown that may leave the house, and what was held back, in words."""

    estimates: Estimates
    notes: tuple[str, ...]

    @property
    def rated(self) -> list[tuple[str, Estimate]]:
        """The groups that have a rate, by the label of their first key."""
        return [(name[0][1], one) for name, one in self.estimates if name and not math.isnan(one.value)]


def shown(tally: Tally, policy: Policy) -> Shown:
    """The overall rate first, then one a group in sorted order; small groups by the charter's rules.

    A group below ``min_group`` is shown as counts: its estimate has no value. One below ``suppress_below`` is not
    shown, and the smallest others go with it until ``suppress_below`` leads at least are held back together: the total
    would tell a smaller gap. That protects against reading off, within one breakdown; it does
    not protect against setting several breakdowns off against each other.
    """
    cells = [(group(dict(zip(tally.keys, cell, strict=True))), counts) for cell, counts in tally.cells]
    by_size = sorted(cells, key=lambda cell: (cell[1].total, cell[0]))
    held = sum(counts.total < policy.suppress_below for _, counts in cells)
    while 0 < held < len(cells) and _leads(by_size[:held]) < policy.suppress_below:
        held += 1
    hidden = {name for name, _ in by_size[:held]}
    left = [cell for cell in cells if cell[0] not in hidden]
    notes = []
    if hidden:
        notes.append(
            f"{held} small group{' is' if held == 1 else 's are'} not shown: fewer than {policy.suppress_below} leads, "
            f"or kept back so that the total does not give another away."
        )
    if any(counts.total < policy.min_group for _, counts in left):
        notes.append(f"Groups of fewer than {policy.min_group} leads are shown as counts, without a rate.")
    rows = [(name, estimate(counts, policy)) for name, counts in left]
    return Shown((*overall(tally.counts(), policy), *rows), tuple(notes))


def overall(counts: Counts, policy: Policy) -> Estimates:
    """The row of all leads; none where they are too few to be shown at all."""
    return () if 0 < counts.total < policy.suppress_below else (((), estimate(counts, policy)),)


def estimate(counts: Counts, policy: Policy) -> Estimate:
    """The rate of a group, or, where it is too small for one, its counts alone."""
    if 0 < counts.total < policy.min_group:
        unknown = math.nan
        return Estimate(unknown, unknown, unknown, counts.total, "share", "counts only", policy.confidence, counts.hits)
    return rate(counts, confidence=policy.confidence)


def too_few(counts: Counts, policy: Policy, *, start: str, days: int, whose: str = "") -> str | None:
    """Why there are too few leads for a rate; None where there are enough.

    Parameters
    ----------
    counts : Counts
        The leads that entered ``start`` at least ``days`` before the end of the export.
    whose : str
        A word before "lead", such as ``"inbound"``.
    """
    if counts.total >= max(1, policy.min_group):
        return None
    noun = f"{whose} lead".strip()
    when = f"entered {plain(start)} at least {days} day{'' if days == 1 else 's'} before the end of the export"
    if counts.total == 0:
        return f"no {noun} {when}, so none has had its chance."
    if counts.total < policy.suppress_below:
        return f"fewer than {policy.suppress_below} {noun}s {when}, and the charter asks for {policy.min_group}."
    return f"only {leads(counts.total).replace('lead', noun)} {when}, and the charter asks for {policy.min_group}."


def _leads(cells: list[tuple[Group, Counts]]) -> int:
    return sum(counts.total for _, counts in cells)
