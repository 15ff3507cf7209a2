"""What the chapters on time rest on: the life tables of each step of the funnel, counted once for all of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from alignment_metrics.charter import Charter, Policy
from alignment_metrics.crm import Crm
from alignment_metrics.findings.words import few, leads, plain
from alignment_metrics.measures import Reach, Wait
from alignment_metrics.periods import MONTH, QUARTER, WEEK, last_day, like
from alignment_metrics.tallies import Tally, tally
from alignment_metrics.values import Ages, Counts

STEPS: dict[str, int] = {WEEK: 7, MONTH: 30, QUARTER: 90}
YEAR = 360
WATCHED = 10
"""Leads under watch below which one more end moves a curve by a tenth of what is left."""
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Waited:
    """How long the leads that entered ``start`` waited for ``stop``.

    ``cohorts`` are their life tables by the charter's period of entry, ``matured`` the hits of those old enough for the
    charter's window by the same, ``ages`` the life table of them all.
    """

    start: str
    stop: str
    cohorts: Tally[Ages]
    matured: Tally[Counts]
    ages: Ages

    @property
    def code(self) -> str:
        return f"{self.start}_to_{self.stop}"

    @property
    def way(self) -> str:
        """The step in words."""
        return f"from {plain(self.start)} to {plain(self.stop)}"

    @property
    def sql(self) -> tuple[str, ...]:
        return self.cohorts.sql, self.matured.sql


def waited(crm: Crm) -> tuple[Waited, ...]:
    """One for each step of the funnel, and one from the first stage to the last, which stands at the end."""
    funnel, policy = crm.charter.funnel, crm.charter.policy
    found = []
    for start, stop in dict.fromkeys((*funnel.steps, (funnel.first, funnel.last))):
        cohorts = tally(crm, Wait(start, stop), by=policy.cohort)
        matured = tally(crm, Reach(start, stop, within_days=policy.within_days), by=policy.cohort)
        found.append(Waited(start, stop, cohorts, matured, cohorts.ages()))
    return tuple(found)


def ages_asked(policy: Policy) -> range:
    """The ages, in days, at which cohorts are compared: as many steps as a year has, or twice the window."""
    step = STEPS[policy.cohort]
    return range(step, max(YEAR, 2 * policy.within_days) + 1, step)


def horizon(ages: Ages) -> int:
    """The last day on which enough leads were under watch to go by; where every wait ended, that of the last."""
    left = any(ages.censored)
    enough = [day for day, watched in zip(ages.day, ages.at_risk, strict=True) if watched >= WATCHED or not left]
    return max(1, *enough) if enough else 0


def watched_from_the_start(ages: Ages) -> bool:
    """Whether enough leads were: where hardly any was, what happened first is not known, nor is all that follows."""
    return not any(ages.entered) or ages.n - sum(ages.entered) >= WATCHED


def too_few_waited(step: Waited, policy: Policy) -> str | None:
    """Why there are too few leads for a curve; None where there are enough."""
    if step.ages.n >= max(1, policy.min_group):
        if watched_from_the_start(step.ages):
            return None
        return (
            f"fewer than {leads(WATCHED)} were watched from the day they entered {plain(step.start)}; of the others, "
            "only "
            "those still waiting when the export begins to tell are known."
        )
    if step.ages.n == 0:
        return f"no lead entered {plain(step.start)}."
    entered = few(step.ages.n, policy)
    noun = "lead" if entered == "1" else "leads"
    entered = entered if entered.startswith("fewer") else f"only {entered}"
    return f"{entered} {noun} entered {plain(step.start)}, and the charter asks for {leads(policy.min_group)}."


@dataclass(frozen=True, slots=True)
class Cohort:
    """The leads of one period.

    ``last`` is the last day they came in on, so the youngest of them is as old as can be told from it; ``matured`` is
    how many are old enough for the charter's window, and how many of those converted within it.
    """

    name: str
    last: dt.date
    ages: Ages
    matured: Counts

    def converted(self, day: int) -> Counts:
        """How many had converted by that age, all of them being old enough."""
        came = (n for at, n in zip(self.ages.day, self.ages.converted, strict=True) if at <= day)
        return Counts(sum(came), self.ages.n)

    def seen(self, charter: Charter, day: int | None = None) -> bool:
        """Whether every one of them was seen until that age; left out, the charter's window."""
        age = (charter.organisation.as_of - self.last).days
        # Of those that came in before the export begins to tell, only the ones still waiting then are there.
        return age >= (charter.policy.within_days if day is None else day) and not any(self.ages.entered)


@dataclass(frozen=True, slots=True)
class Triangle:
    """Conversions of whole cohorts, in order of entry, by the ages at which all of each was seen."""

    cohorts: tuple[Cohort, ...]
    ages: tuple[int, ...]
    cumulative: tuple[tuple[float, ...], ...]
    leads: tuple[int, ...]

    @property
    def unbroken(self) -> bool:
        """Whether no period is missing between the first and the last."""
        ends = [one.last for one in self.cohorts]
        return all(
            last_day(like(one.name, end + DAY)) == after
            for one, end, after in zip(self.cohorts, ends, ends[1:], strict=False)
        )


def triangle(step: Waited, charter: Charter) -> Triangle:
    """The grid that a forecast starts from. A period that is not over has leads still to come, and is no cohort yet."""
    enough = max(1, charter.policy.suppress_below)
    there = tuple(one for one in cohorts_of(step) if one.seen(charter, 0) and one.ages.n >= enough)
    ages = tuple(day for day in ages_asked(charter.policy) if any(one.seen(charter, day) for one in there))
    rows = (tuple(float(one.converted(day).hits) for day in ages if one.seen(charter, day)) for one in there)
    return Triangle(there, ages, tuple(rows), tuple(one.ages.n for one in there))


def cohorts_of(step: Waited) -> tuple[Cohort, ...]:
    """In order of entry."""
    matured = {cell[0]: counts for cell, counts in step.matured.cells}
    return tuple(
        Cohort(cell[0], last_day(cell[0]), ages, matured.get(cell[0], Counts(0, 0)))
        for cell, ages in step.cohorts.cells
    )
