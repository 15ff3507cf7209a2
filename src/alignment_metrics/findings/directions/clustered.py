"""What is left of the difference when leads of one account, or of one owner, are not counted as independent."""

from __future__ import annotations

import math
from collections.abc import Iterator

from alignment_metrics.findings.directions.case import Case
from alignment_metrics.findings.directions.owners import UNLIKE
from alignment_metrics.findings.directions.verdicts import by_cluster, sign
from alignment_metrics.findings.words import leads, level, points, pvalue
from alignment_metrics.stats.clusters import FEW_CLUSTERS, Spread
from alignment_metrics.values import Clusters, Estimate, Finding, Group

CODE = "inbound_vs_outbound.clustered"
SHOWS = {
    "higher": "inbound above outbound",
    "lower": "inbound below outbound",
    "no_difference_shown": "no difference",
}
QUESTION = "Does the difference stand when leads of one account, or one owner, are not counted as independent?"


def clustered(case: Case) -> Finding:
    """By account and by owner: how alike their leads fare, and the interval that allows for it."""
    both = (("account", case.accounts, case.spread), ("owner", case.owners, case.spread_by_owner))
    told = [(name, found, apart) for name, found, apart in both if found and apart]
    sql = (case.whole.counts.sql, *(found.sql for _, found, _ in told))
    if not told:
        claim = "Whether leads come in clusters cannot be told."
        because = "neither the account nor the owner of most of the leads is known."
        return Finding(CODE, QUESTION, "does_not_apply", claim, because=because, sql=sql)
    rows: list[tuple[Group, Estimate]] = []
    parts, notes, confidence = [], [], case.policy.confidence
    for name, clusters, apart in told:
        one = by_cluster(case.sides, clusters, confidence)
        if not math.isnan(one.value):
            rows.append(((("by", name),), one))
        parts.append(_part(case, name, clusters, apart, one))
        notes += _few(name, apart)
    notes += _say(case)
    return Finding(CODE, QUESTION, "measured", " ".join(parts), tuple(rows), notes=tuple(notes), sql=sql)


def _part(case: Case, name: str, clusters: Clusters, told: Spread, one: Estimate) -> str:
    known = clusters.n - clusters.alone
    head = f"By {name} ({known:,} {name}{'' if known == 1 else 's'}"
    head += f", and {leads(clusters.alone)} of which it is not known)" if clusters.alone else ")"
    if math.isnan(one.value) or math.isnan(told.effect):
        return f"{head} no interval can be told."
    singly = case.intervals(case.policy.confidence)[0]
    also = "also " if sign(one) == sign(singly) else ""
    return (
        f"{head} the difference {case.basis} is {points(one)} ({level(case.policy)}, n = {one.n:,}), which shows "
        f"{SHOWS[sign(one)]}; with leads counted singly it would be {points(singly)}, which {also}shows "
        f"{SHOWS[sign(singly)]}. The design effect (how many such leads tell as much as one would by itself) is "
        f"{told.effect:.2f}."
    )


def _few(name: str, told: Spread) -> list[str]:
    if math.isnan(told.effective_clusters) or told.effective_clusters >= FEW_CLUSTERS:
        return []
    return [
        f"By their sizes the {name}s tell as much as {math.floor(told.effective_clusters)} of equal size would, fewer "
        f"than the {FEW_CLUSTERS} from which on such intervals are well tried; they rest on Student's t with as many "
        "degrees of freedom, less one."
    ]


def _say(case: Case) -> Iterator[str]:
    if case.belonging:
        yield (
            f"The interval by {' and that by '.join(case.belonging)} {'has' if len(case.belonging) == 1 else 'have'} a "
            "say in the verdict: a difference is claimed only if 0 is left out there too, and the widest interval "
            "stands wherever that difference is told."
        )
    if case.owners is None:
        return
    if math.isnan(case.owners_by_chance):
        yield "Whether owners differ by more than chance cannot be asked of these leads, so they have no say."
        return
    alone = "" if case.accounts else "; accounts would have one, if they were known for at least half of the leads"
    asked = f"{pvalue(case.owners_by_chance)}, against {UNLIKE:g}"
    if "owner" in case.belonging:
        yield f"Owners have a say, for what sets them apart is more than chance would do ({asked})."
    elif case.owners_by_chance < UNLIKE:
        yield f"Owners have no say, for of a direction there is only one{alone}."
    else:
        yield f"Owners have no say, for what sets them apart is not more than chance would do ({asked}){alone}."
