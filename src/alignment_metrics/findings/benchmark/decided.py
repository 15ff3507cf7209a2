"""The share of leads that were accepted, of those on which it was decided: who still waits stands in no total."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_metrics.findings.benchmark.asked import Asked, Own
from alignment_metrics.findings.benchmark.rates import SINGLY, days_of, missing, stage_of, window
from alignment_metrics.findings.groups import estimate, too_few
from alignment_metrics.findings.words import few, leads, listed, percent, plain
from alignment_metrics.measures import Moved, Reach
from alignment_metrics.values import Counts


def of_decided(terms: Mapping[str, Any], asked: Asked) -> Own:
    """Leads that entered ``stop``, of those that by then had entered it, any later stage or an exit."""
    charter, policy = asked.charter, asked.policy
    funnel = charter.funnel
    if because := missing(terms, charter):
        return Own(because=because)
    start, stop = (stage_of(terms[end], funnel) for end in ("start", "stop"))
    if not funnel.exits:
        return Own(
            because="it is of leads on which it was decided, and this funnel has no exits, so whoever was refused "
            "cannot be told from whoever still waits; name under exits of [funnel] what a refused lead enters."
        )
    days = window(terms, charter)
    entered, moved = asked.rate(Reach(start, stop, within_days=days)), asked.moved(Moved(start, days, stop))
    handed, decided, sql = entered.counts(), moved.counts().hits, (entered.sql, moved.sql)
    if because := too_few(handed, policy, start=start, days=days):
        return Own(verdict="not_enough_data", because=because, sql=sql)
    if decided < max(1, policy.min_group):
        because = (
            f"{few(decided, policy) if decided else 'none'} of the leads that entered {plain(start)} at least "
            f"{days_of(days)} before the end of the export had entered {plain(stop)}, a later stage or an exit "
            f"{days_of(days)} later, and the charter asks for {policy.min_group}."
        )
        return Own(verdict="not_enough_data", because=because, sql=sql)
    waiting = handed.total - decided
    if waiting and decided == handed.hits:
        return Own(
            because=f"it is of leads on which it was decided, and none of ours left by an exit "
            f"({listed([plain(one) for one in funnel.exits])}), so whoever was refused cannot be told from whoever "
            "still waits; export what became of refused leads.",
            sql=sql,
        )
    counts = Counts(handed.hits, decided)
    note = (
        f"{few(waiting, policy)} of {leads(handed.total)} had entered none of these {days_of(days)} after "
        f"{plain(start)}: they are undecided, and in no total."
    )
    if waiting >= policy.suppress_below:
        note += f" Were they counted in the total, ours would be {percent(handed.hits / handed.total)}."
    of = f"{plain(start)} to {plain(stop)} within {days_of(days)}, of those on which it was decided by then"
    return Own(counts, of, estimates=(((), estimate(counts, policy)),), notes=(note, SINGLY), sql=sql)
