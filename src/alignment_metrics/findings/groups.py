"""Which groups may be shown, and how: the charter's rules on small groups, in one place."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from alignment_metrics.charter import Policy
from alignment_metrics.findings.words import leads, plain
from alignment_metrics.periods import QUARTER
from alignment_metrics.stats.rates import rate
from alignment_metrics.tallies import Tally
from alignment_metrics.values import Counts, Estimate, Group, group

Estimates = tuple[tuple[Group, Estimate], ...]
COUNTS_ONLY = "counts only"


@dataclass(frozen=True, slots=True)
class Shown:
    """The estimates of a breakdown that may leave the house, and what was held back, in words."""

    estimates: Estimates
    notes: tuple[str, ...]

    @property
    def rated(self) -> list[tuple[str, Estimate]]:
        """The groups that have a rate, by the label of their first key."""
        return [(name[0][1], one) for name, one in self.estimates if name and not math.isnan(one.value)]


def shown(tally: Tally[Counts], policy: Policy) -> Shown:
    """The overall rate first, then one a group in sorted order; small groups by the charter's rules.

    A group below ``min_group`` is shown as counts: its estimate has no value. Those below ``suppress_below`` are not
    shown. Where they hold too few leads even together, the total would tell them, so they stand in one row with the
    smallest other group; a small quarter counts with its neighbour. That protects against reading off, within one
    breakdown; it does not protect against setting several breakdowns off against each other.
    """
    tally, notes = _neighbours_joined(tally, policy) if tally.keys == (QUARTER,) else (tally, [])
    cells = [(group(dict(zip(tally.keys, cell, strict=True))), counts) for cell, counts in tally.cells]
    by_size = sorted(cells, key=lambda cell: (cell[1].total, cell[0]))
    small = held = sum(counts.total < policy.suppress_below for _, counts in cells)
    while 0 < held < len(cells) and _leads(by_size[:held]) < policy.suppress_below:
        held += 1
    hidden = {name for name, _ in by_size[:held]}
    left = [cell for cell in cells if cell[0] not in hidden]
    if held > small and left:
        # Kept back with the small ones, a large group would be missed; in one row with them it gives nothing away.
        (key, label), *_ = by_size[held - 1][0]
        together = sum((counts for _, counts in by_size[:held]), start=Counts(0, 0))
        left = sorted([*left, (((key, f"{label} and {_small(small)}"),), together)])
        notes.append(f"{_small(small).capitalize()} of fewer than {policy.suppress_below} leads counted with {label}.")
    elif held:
        verb = "is" if small == 1 else "are"
        notes.append(f"{_small(small).capitalize()} of fewer than {policy.suppress_below} leads {verb} not shown.")
    if any(counts.total < policy.min_group for _, counts in left):
        notes.append(f"Groups of fewer than {policy.min_group} leads are shown as counts, without a rate.")
    rows = [(name, estimate(counts, policy)) for name, counts in left]
    return Shown((*overall(tally.counts(), policy), *rows), tuple(notes))


def _neighbours_joined(tally: Tally[Counts], policy: Policy) -> tuple[Tally[Counts], list[str]]:
    """Each quarter of too few leads counted with the one before it, the first with the one after; and what was done."""
    joined: list[tuple[str, Counts]] = []
    notes, waiting = [], Counts(0, 0)
    for (quarter,), counts in tally.cells:
        if counts.total + waiting.total >= policy.suppress_below and (
            counts.total >= policy.suppress_below or not joined
        ):
            joined.append((quarter, counts + waiting))
            waiting = Counts(0, 0)
            continue
        if joined:
            joined[-1] = (joined[-1][0], joined[-1][1] + counts)
            notes.append(f"The few leads of {quarter} are counted with {joined[-1][0]}.")
        else:
            waiting += counts
            notes.append(f"The few leads of {quarter} are counted with the quarter after.")
    if waiting.total:
        return tally, []
    return replace(tally, cells=tuple(((quarter,), counts) for quarter, counts in joined)), notes


def _small(groups: int) -> str:
    return f"{groups} small group{'' if groups == 1 else 's'}"


def overall(counts: Counts, policy: Policy) -> Estimates:
    """The row of all leads; none where they are too few to be shown at all."""
    return () if 0 < counts.total < policy.suppress_below else (((), estimate(counts, policy)),)


def estimate(counts: Counts, policy: Policy) -> Estimate:
    """The rate of a group, or, where it is too small for one, its counts alone."""
    if 0 < counts.total < policy.min_group:
        unknown = math.nan
        return Estimate(unknown, unknown, unknown, counts.total, "share", COUNTS_ONLY, policy.confidence, counts.hits)
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
