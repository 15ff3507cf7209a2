"""How the shares of inbound and outbound leads that converted grow with their age, and where they are by the window."""

from __future__ import annotations

import math

from alignment_metrics.findings.directions.case import Case
from alignment_metrics.findings.directions.sides import LEFT, RIGHT
from alignment_metrics.findings.waits import watched_from_the_start
from alignment_metrics.findings.words import leads, level, plain, points, share
from alignment_metrics.stats.contrasts import difference_at
from alignment_metrics.stats.curves import cumulative
from alignment_metrics.values import Estimate, Finding, Group, group

CODE = "inbound_vs_outbound.curve"
QUESTION = "How do the shares of inbound and outbound leads that converted grow with their age?"
DAYS = (30, 60, 90, 180, 360)


def curve(case: Case) -> Finding:
    """The two cumulative shares, young leads counted for as long as they were seen, and their gap by the window."""
    policy, window = case.policy, case.policy.within_days
    by_direction = case.whole.waits.by("direction")
    tables = {side: by_direction.at(direction=side).total() for side in (LEFT, RIGHT)}
    apart = difference_at(tables[LEFT], tables[RIGHT], window, confidence=policy.confidence)
    sql = (case.whole.waits.sql,)
    if math.isnan(apart.difference.value) or not all(map(watched_from_the_start, tables.values())):
        because = f"leads of both directions were not watched for {window} days from the day they came in."
        claim = "The two curves cannot be compared yet."
        return Finding(CODE, QUESTION, "not_enough_data", claim, because=because, sql=sql)
    curves = {side: cumulative(ages, confidence=policy.confidence) for side, ages in tables.items()}
    rows: list[tuple[Group, Estimate]] = [((), apart.difference)]
    for side, one in curves.items():
        days = sorted({*DAYS, window})
        rows += [(group({"direction": side, "day": str(day)}), one.at(day)) for day in days if day <= one.until]
    left, right = apart.left, apart.right
    claim = (
        f"By day {window}, {share(left)} of {leads(left.n)} from inbound and {share(right)} of {leads(right.n)} from "
        f"outbound had reached {plain(case.charter.funnel.last)}: {points(apart.difference)} ({level(policy)}s). Leads "
        "still open are counted for as long as they were seen."
    )
    notes = (
        "As they come, not at the same mix; whether the two differ is decided by the finding on conversion, of which "
        "this is the picture over time.",
        f"Intervals by {apart.difference.method}; they hold for each day by itself.",
        *(
            [f"Leads of one {case.whose} may fare alike; these intervals count them singly, and are too narrow then."]
            if case.widening > 1
            else []
        ),
    )
    drawn = tuple((group({"direction": side}), one) for side, one in curves.items())
    return Finding(CODE, QUESTION, "measured", claim, tuple(rows), notes=notes, sql=sql, curves=drawn)
