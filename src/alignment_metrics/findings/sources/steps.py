"""Where each source loses its leads: the rate of every step of the funnel, source by source."""

from __future__ import annotations

import math
from collections.abc import Iterator

from alignment_metrics.findings.groups import estimate
from alignment_metrics.findings.sources.asked import SOURCE, Asked
from alignment_metrics.findings.words import level, plain, share
from alignment_metrics.measures import Reach
from alignment_metrics.stats.rates import rate
from alignment_metrics.tallies import Tally, tally
from alignment_metrics.values import Counts, Estimate, Finding, Group, group

CODE, STEP = "sources.steps", "step"


def steps(asked: Asked) -> Iterator[Finding]:
    """One finding for a funnel of several steps; of a single step the chapter has told all."""
    funnel, policy = asked.charter.funnel, asked.policy
    if len(funnel.steps) < 2:
        return
    question = "Where does each source lose its leads?"
    if because := asked.parted(SOURCE)[1]:
        claim = "The steps of the funnel cannot be compared by source."
        yield Finding(CODE, question, asked.parted(SOURCE)[0], claim, because=because, sql=(asked.sql[SOURCE],))
        return
    found = {
        f"{plain(start)} to {plain(stop)}": tally(
            asked.whole.crm, Reach(start, stop, within_days=policy.within_days), by=SOURCE
        )
        for start, stop in funnel.steps
    }
    names = [name for name, _ in asked.sources.rated]
    everyone = {step: _known(one, asked) for step, one in found.items()}
    told = {step: rate(counts, confidence=policy.confidence) for step, counts in everyone.items() if counts.total}
    enough = {step: one for step, one in told.items() if one.n >= policy.min_group}
    weakest = min(enough, key=lambda step: (enough[step].value, step), default="")
    claim = "The leads of all known sources together are too few at every step for a rate."
    if weakest:
        claim = (
            f"Of the leads of all known sources, the step that the fewest take is that from {weakest}: "
            f"{share(enough[weakest])} ({level(policy)}, n = {enough[weakest].n:,}). How the steps differ by source is "
            "shown side by side, and not tested."
        )
    rows = [row for step, one in found.items() for row in _rows(step, one, names, asked)]
    # By source in order, the steps as the funnel has them.
    rows.sort(key=lambda row: row[0][0])
    notes = (
        f"Each step by itself: of the leads that entered it at least {policy.within_days} "
        f"day{'' if policy.within_days == 1 else 's'} before the end of the export, those that took it in that time.",
    )
    sql = tuple(one.sql for one in found.values())
    yield Finding(CODE, question, "measured", claim, tuple(rows), notes=notes, sql=sql)


def _known(found: Tally[Counts], asked: Asked) -> Counts:
    return sum(
        (counts for (name,), counts in found.cells if name in asked.sources.groups),
        start=Counts(0, 0),
    )


def _rows(step: str, found: Tally[Counts], names: list[str], asked: Asked) -> Iterator[tuple[Group, Estimate]]:
    cells = {cell[0]: counts for cell, counts in found.cells}
    for name in names:
        counts = cells.get(name, Counts(0, 0))
        if counts.total >= max(1, asked.policy.suppress_below):
            one = estimate(counts, asked.policy)
            # Of so few, even the number that took the step is not told.
            yield group({SOURCE: name, STEP: step}), one if not math.isnan(one.value) else _without_hits(one)


def _without_hits(one: Estimate) -> Estimate:
    return Estimate(one.value, one.low, one.high, one.n, one.unit, one.method, one.confidence)
