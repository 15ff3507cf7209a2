"""Sources that came in a batch or only in some months, and what is left of their difference within the same months."""

from __future__ import annotations

import math
from dataclasses import replace

from alignment_metrics.findings.batches import Batch, batches
from alignment_metrics.findings.sources.alike import strata
from alignment_metrics.findings.sources.asked import SOURCE, Asked
from alignment_metrics.findings.words import level, percent, points
from alignment_metrics.periods import MONTH
from alignment_metrics.stats.mantel import mantel_haenszel
from alignment_metrics.stats.rates import compare
from alignment_metrics.values import Estimate, Finding, group

MOST_NAMED = 3
CODE = "sources.batches"


def in_batches(asked: Asked) -> Finding:
    """Which sources are confounded with their months."""
    policy, sql = asked.policy, (asked.whole.months.sql,)
    question = "Did any source come in a batch, so that what is said of it is also said of those months?"
    if because := asked.parted(SOURCE)[1]:
        claim = "Whether a source came in a batch cannot be told."
        return Finding(CODE, question, asked.parted(SOURCE)[0], claim, because=because, sql=sql)
    known = asked.whole.months.by(SOURCE, MONTH)
    known = replace(known, cells=tuple(cell for cell in known.cells if cell[0][0] in asked.sources.groups))
    found = batches(known, least=max(policy.min_group, policy.suppress_below))
    if not found:
        claim = "No source came in a batch, or only in months in which few others came."
        return Finding(CODE, question, "measured", claim, notes=(_rule(),), sql=sql)
    cells = dict(strata(known, [one.source for one in found]))
    within = {one.source: mantel_haenszel(cells[one.source], confidence=policy.confidence).difference for one in found}
    rows = sorted((group({SOURCE: name}), one) for name, one in within.items())
    told = [_told(asked, one, within[one.source]) for one in found[:MOST_NAMED]]
    more = len(found) - len(told)
    told += [f"{more} more {'source' if more == 1 else 'sources'} came so."] if more else []
    notes = (
        _rule(),
        "Within the same months: the difference to all other known sources, month by month and put together by Mantel "
        f"and Haenszel ({level(policy)}). Only months that have leads of both say anything.",
        "Where a source and its months cannot be taken apart, neither a high rate of it nor a low one is news.",
    )
    return Finding(CODE, question, "measured", " ".join(told), tuple(rows), notes=notes, sql=sql)


def _told(asked: Asked, one: Batch, within: Estimate) -> str:
    when = f"in {one.first}" if one.first == one.last else f"from {one.first} to {one.last}"
    ours = asked.sources.groups[one.source]
    crude = compare(ours, asked.sources.others(one.source), confidence=asked.policy.confidence).difference
    held = _share(one.inside, one.leads, asked.policy.suppress_below)
    left = (
        "no month has leads of it and of others, so source and months cannot be taken apart"
        if math.isnan(within.value)
        else f"within the same months the difference to the others is {points(within)}, as they come {points(crude)}"
    )
    return (
        f"{held} leads of {one.source} came {when}, as did {percent(one.others_inside / one.others)} of all others: "
        f"what is said of {one.source} is also said of those months; {left}."
    )


def _share(inside: int, whole: int, suppress_below: int) -> str:
    if inside == whole:
        return f"All {whole:,}"
    # The few that came at other times would be told by the rest.
    if whole - inside < suppress_below:
        return f"Nearly all {whole:,}"
    return f"{inside:,} of the {whole:,} ({percent(inside / whole)})"


def _rule() -> str:
    return (
        "A source counts as a batch where nine tenths of its leads came in a run of at most a quarter of all months, "
        "or of one month, that holds at most half that share of all others; or in a run of any length that holds none "
        "of them."
    )
