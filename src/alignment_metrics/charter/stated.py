"""The nouns of what no export holds and the charter states: a year's figures, teams, promises, published numbers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

Period = Literal["week", "month", "quarter"]


@dataclass(frozen=True, slots=True)
class Year:
    """What no export holds, of one business year, as the organisation itself states it.

    Parameters
    ----------
    revenue_growth, industry_growth : float or None
        On the year before; 0.12 is 12 %.
    proposals, proposals_won : int or None
        Proposals that were decided in the year, and those of them that were won.
    customers, customers_lost, lost_to_competitors : int or None
        Customers at the start of the year, those of them lost in it, and those of these lost to competitors.
    marketing_cost, sales_cost : float or None
        In the organisation's currency.
    leads_bought : float or None
        Share of all leads that was bought from third parties.
    channels : int or None
        Different ways by which leads were generated.
    """

    revenue_growth: float | None = None
    industry_growth: float | None = None
    proposals: int | None = None
    proposals_won: int | None = None
    customers: int | None = None
    customers_lost: int | None = None
    lost_to_competitors: int | None = None
    marketing_cost: float | None = None
    sales_cost: float | None = None
    leads_bought: float | None = None
    channels: int | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """The people of one of ``TEAMS``.

    Parameters
    ----------
    people : int or None
        Heads on the last day of the export.
    asked : int or None
        Those whom the survey was sent to; all of them where the charter does not say.
    executives, developers : int or None
        Of a sales team, those who close (account executives) and those who open (sales development).
    called : tuple of str
        What a survey may call the team beside the words that are known anyway.
    """

    people: int | None = None
    asked: int | None = None
    executives: int | None = None
    developers: int | None = None
    called: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Goal:
    """One thing that was promised.

    ``volume``: at least so many leads enter ``start`` in each whole period (``every``). ``speed``: of the leads that
    enter ``start``, at least such a share enters ``stop`` (None: is touched) within ``within_days`` days, or
    ``within_hours`` hours. ``rate``: at least such a share of the leads that enter ``start`` enters ``stop`` within
    ``within_days`` days.
    """

    kind: Literal["volume", "speed", "rate"]
    start: str
    stop: str | None
    at_least: float
    every: Period | None = None
    within_days: int | None = None
    within_hours: float | None = None

    @property
    def code(self) -> str:
        """Of its finding: ``agreement.volume_mql``, ``agreement.speed_mql_to_touch``, ``agreement.rate_mql_to_sql``."""
        way = self.start if self.kind == "volume" else f"{self.start}_to_{self.stop or 'touch'}"
        return f"agreement.{self.kind}_{way}"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What both teams promised each other.

    Parameters
    ----------
    signed : date or None
        When it was last signed or revised; goals are judged from that day on.
    reviewed : tuple of date, or None
        When both teams looked at the numbers together; None where the charter does not say, which is not never.
    review_every, revise_every : int
        Days that may pass between two reviews, and between two revisions.
    leads_per_seller : float or None
        How many leads a seller can work in each period of the volume that was promised.
    goals : tuple of Goal
    """

    signed: dt.date | None = None
    reviewed: tuple[dt.date, ...] | None = None
    review_every: int = 30
    revise_every: int = 365
    leads_per_seller: float | None = None
    goals: tuple[Goal, ...] = ()


@dataclass(frozen=True, slots=True)
class Entered:
    """A published number that the client brings along: it is set beside ours only if nothing speaks against it.

    Nobody may know its ``year``, or on how many (``n``) it rests.
    """

    metric: str
    value: float
    unit: str
    publisher: str
    year: int | None = None
    n: int | None = None
