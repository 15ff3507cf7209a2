"""Whose share of the leads changed most between two quarters: where to look when a rate moves."""

from __future__ import annotations

from alignment_metrics.charter import Policy
from alignment_metrics.crm import Crm
from alignment_metrics.findings.words import listed, percent, plain
from alignment_metrics.measures import Measure
from alignment_metrics.periods import QUARTER
from alignment_metrics.tallies import Tally, tally
from alignment_metrics.values import Counts

MOST_NAMED = 3


def moved(crm: Crm, measure: Measure[Counts], *, quarters: tuple[str, str]) -> tuple[str | None, tuple[str, ...]]:
    """The sentence, or None where no share moved, and the queries it rests on.

    Asked of the sources and of the charter's segments, each by itself. A label that so few leads of either quarter
    bear, or lack, that the charter would not show them is passed over.
    """
    keys = ("source", *crm.charter.organisation.segments)
    found = [tally(crm, measure, by=(QUARTER, key)) for key in keys]
    moves = [_largest(one, key, quarters, crm.charter.policy) for key, one in zip(keys, found, strict=True)]
    known = sorted((move for move in moves if move), key=lambda move: (-move[0], move[1]))
    told = [text for _, text in known[:MOST_NAMED]]
    sentence = (
        f"From {quarters[0]} to {quarters[1]} the mix of leads changed most in {listed(told)}. That says where to "
        "look, not why the rate moved."
    )
    return (sentence if told else None), tuple(one.sql for one in found)


def _largest(found: Tally[Counts], key: str, quarters: tuple[str, str], policy: Policy) -> tuple[float, str] | None:
    first, last = (dict(found.at(quarter=quarter).cells) for quarter in quarters)
    before, after = (sum(counts.total for counts in side.values()) for side in (first, last))
    moves = []
    for cell in sorted({*first, *last}):
        held = [side[cell].total if cell in side else 0 for side in (first, last)]
        rest = before - held[0], after - held[1]
        if not any(0 < n < policy.suppress_below for n in (*held, *rest)):
            shares = held[0] / before, held[1] / after
            text = f"{plain(key)} ({cell[0]}: {percent(shares[0])} of the leads, then {percent(shares[1])})"
            # Where there are two labels, what one gains the other loses: the one that was larger is told.
            moves.append((round(abs(shares[1] - shares[0]), 9), shares[0], text))
    size, _, text = max(moves, default=(0.0, 0.0, ""))
    return (size, text) if size else None
