"""What the published numbers ask of our own leads and people: each question is counted once, whoever asks it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from alignment_metrics.crm import Crm
from alignment_metrics.findings.followed import beside
from alignment_metrics.findings.groups import Estimates
from alignment_metrics.measures import Late, Moved, Reach, Took
from alignment_metrics.tallies import Tally, tally
from alignment_metrics.tallies.answers import answers
from alignment_metrics.values import Ages, Answers, Counts, Estimate, Moments, Verdict

BROUGHT_BY = "brought_by"
STATED = "as stated in the charter"
"""The method of a number that the charter holds: it has no interval, for it was not estimated."""


@dataclass(frozen=True, slots=True)
class Own:
    """Our number under the conditions of a published one, or why there is none.

    Parameters
    ----------
    ours : Counts, Moments or Estimate, optional
        None where ``because`` says why.
    of : str
        What ours is, such as ``"lead to won within 120 days, webinar only"``.
    verdict : str
        ``"not_comparable"`` or ``"not_enough_data"``, where there is a ``because``.
    notes : tuple of str
        What of ours a reader should know.
    population : int, optional
        Where people are counted of whom there are only so many.
    counted : str
        What is counted, in the plural.
    """

    ours: Counts | Moments | Estimate | None = None
    of: str = ""
    verdict: Verdict = "not_comparable"
    because: str | None = None
    estimates: Estimates = ()
    notes: tuple[str, ...] = ()
    sql: tuple[str, ...] = ()
    population: int | None = None
    counted: str = "leads"


class Asked:
    """The counts that published numbers ask for."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm
        self.charter = crm.charter
        self.policy = crm.charter.policy
        self._rates: dict[Reach, Tally[Counts]] = {}
        self._late: dict[Late, Tally[Counts]] = {}
        self._waits: dict[Took, Tally[Ages]] = {}
        self._hours: dict[tuple[str | None, int], tuple[str, ...]] = {}

    def rate(self, reach: Reach) -> Tally[Counts]:
        """By direction and source."""
        if reach not in self._rates:
            self._rates[reach] = tally(self.crm, reach, by=("direction", "source"))
        return self._rates[reach]

    def late(self, late: Late) -> Tally[Counts]:
        """Who came after the window of a rate, by direction and source."""
        if late not in self._late:
            self._late[late] = tally(self.crm, late, by=("direction", "source"))
        return self._late[late]

    def moved(self, moved: Moved) -> Tally[Counts]:
        """Who did not stay where they were."""
        return tally(self.crm, moved)

    def worked(self, stage: str) -> Tally[Counts]:
        """All leads that entered a stage, whenever, by who brought them."""
        return tally(self.crm, Reach(stage, stage), by=BROUGHT_BY)

    def wait(self, took: Took) -> Tally[Ages]:
        """Days of those that came."""
        if took not in self._waits:
            self._waits[took] = tally(self.crm, took)
        return self._waits[took]

    @cached_property
    def leads(self) -> Tally[Counts]:
        """All leads, of whatever age, by what the charter says of their sources."""
        funnel = self.charter.funnel
        return tally(self.crm, Reach(funnel.first, funnel.last), by=("source", *self.charter.tags))

    def hours(self, direction: str | None, within_days: int) -> tuple[str, ...]:
        """What is to be said beside any number of answers."""
        if (key := (direction, within_days)) not in self._hours:
            self._hours[key] = beside(self.crm, within_days=within_days, direction=direction)
        return self._hours[key]

    @cached_property
    def answers(self) -> Answers | None:
        """What people answered; None where nobody was asked."""
        return answers(self.crm)
