"""Writes what a charter may hold and no file tells, as examples that nobody need answer: teams, promises, figures."""

from __future__ import annotations

from collections.abc import Sequence

from alignment_metrics.charter import CHOICES
from alignment_metrics.drafts.toml import quoted, remark

# What two teams differ in most often.
_QUARREL = ("dating", "young")
_USUAL = ("lead", "mql", "sql")


def examples(stages: Sequence[str]) -> list[str]:
    """Each with what it is for; deleting the marks in front of its lines takes it on.

    Parameters
    ----------
    stages : sequence of str
        Those of the draft, in order: what the example promises is of them.
    """
    # Where a draft has no stages yet, the example names the usual ones.
    stages = stages if len(stages) > 1 else _USUAL
    return [*_reconcile(), "", *_agreement(stages), "", *_teams(), "", *_year(), "", *_benchmark()]


def _reconcile() -> list[str]:
    """Two teams that mean different things by the same number."""
    first, second = (", ".join(f"{key} = {quoted(CHOICES[key][at])}" for key in _QUARREL) for at in (0, 1))
    ways = "; ".join(f"{key}: {', '.join(choices)}" for key, choices in CHOICES.items())
    return [
        *remark(
            "Where two teams count the same leads differently, name both and what each means: the audit tells what "
            f"each choice makes of the gap. A choice left out is as the audit counts. There are: {ways}."
        ),
        "# [reconcile]",
        f"# marketing = {{ {first} }}",
        f"# sales = {{ {second} }}",
    ]


def _agreement(stages: Sequence[str]) -> list[str]:
    handed, last = stages[1], stages[-1]
    start = handed if handed != last else stages[0]
    return [
        *remark(
            "What marketing and sales promised each other. Each goal is judged by itself, from the day of signing on: "
            "so many leads in each week, month or quarter (volume); taken up so soon, where to names a stage or an "
            "exit, and is left out for a first attempt to reach the lead, which touches.csv tells of (speed); and such "
            "a share that gets on (rate). reviewed lists the days on which both teams looked at the numbers together; "
            "[] says that they never did."
        ),
        "# [agreement]",
        "# signed = 2026-01-05",
        "# reviewed = [2026-02-02, 2026-03-02]",
        "# review_every = 30  # days",
        "# revise_every = 365  # days",
        "# leads_per_seller = 8  # that a seller can work in each period of the volume",
        "#",
        "# [[agreement.goal]]",
        '# kind = "volume"',
        f"# stage = {quoted(handed)}",
        '# every = "month"',
        "# at_least = 50",
        "#",
        "# [[agreement.goal]]",
        '# kind = "speed"',
        f"# from = {quoted(handed)}",
        "# within_hours = 24  # or within_days",
        "# share = 0.9",
        "#",
        "# [[agreement.goal]]",
        '# kind = "rate"',
        f"# from = {quoted(start)}",
        f"# to = {quoted(last)}",
        "# within_days = 90",
        "# at_least = 0.3",
    ]


def _teams() -> list[str]:
    return [
        *remark(
            "How many people the teams are, and how many of them were sent the survey; of sales, how many close "
            "(executives) and how many open (developers). called lists other names that the survey has for a team."
        ),
        "# [teams.marketing]",
        "# people = 6",
        "# asked = 6",
        '# called = ["Communication"]',
        "# [teams.sales]",
        "# people = 18",
        "# asked = 18",
        "# executives = 10",
        "# developers = 6",
    ]


def _year() -> list[str]:
    return [
        *remark(
            "Figures of the last business year that no export holds, to set beside published ones. Shares are of 1: "
            "0.12 is 12%. Any may be left out. [organisation.year_before] takes the same, of the year before signing."
        ),
        "# [organisation.year]",
        "# revenue_growth = 0.12",
        "# industry_growth = 0.05",
        "# proposals = 400  # decided in the year",
        "# proposals_won = 160",
        "# customers = 900  # at its start",
        "# customers_lost = 70",
        "# lost_to_competitors = 30  # of those lost",
        "# marketing_cost = 250000",
        "# sales_cost = 900000",
        "# leads_bought = 0.2  # share of all leads",
        "# channels = 7  # ways by which leads are generated",
    ]


def _benchmark() -> list[str]:
    return [
        *remark("A published number of your own to set beside yours. alignment-metrics benchmarks lists the metrics."),
        "# [[benchmark]]",
        '# metric = "proposal_win_rate"',
        "# value = 0.47",
        '# unit = "share"  # or relative_change, difference, ratio, count, days, hours',
        '# publisher = "who published it"',
        "# year = 2025  # leave it out where nobody says",
        "# n = 500  # what it rests on; leave it out where nobody says",
    ]
