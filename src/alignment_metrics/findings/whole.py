"""What the chapters on directions and sources rest on: leads of the whole way, counted once for both and when asked."""

from __future__ import annotations

from functools import cached_property

from alignment_metrics.charter import ACCOUNT
from alignment_metrics.crm import Crm
from alignment_metrics.measures import Reach, Wait
from alignment_metrics.periods import MONTH
from alignment_metrics.tallies import Tally, clusters, tally
from alignment_metrics.values import Ages, Clusters, Counts

MOST_ALONE = 0.5
"""The share of leads without a known account beyond which accounts cannot tell how alike their leads are."""


class Whole:
    """Leads from the first stage to the last, within the charter's window; every question is counted at most once."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm
        self.charter = crm.charter
        funnel, policy = crm.charter.funnel, crm.charter.policy
        self.measure = Reach(funnel.first, funnel.last, within_days=policy.within_days)

    @cached_property
    def counts(self) -> Tally[Counts]:
        """By direction, source, tags and whatever the charter adjusts for, the negative control's column among it."""
        control = self.charter.policy.negative_control
        keys = ("direction", "source", *self.charter.tags, *self.charter.adjust_by, *([control[0]] if control else []))
        return tally(self.crm, self.measure, by=tuple(dict.fromkeys(keys)))

    @cached_property
    def months(self) -> Tally[Counts]:
        """By direction, source and month of entry."""
        return tally(self.crm, self.measure, by=("direction", "source", MONTH))

    @cached_property
    def waits(self) -> Tally[Ages]:
        """The life tables, by direction and source."""
        return tally(self.crm, Wait(self.measure.start, self.measure.stop), by=("direction", "source"))

    @cached_property
    def accounts(self) -> Clusters:
        """How the leads are spread over accounts, by direction and what is adjusted for."""
        return clusters(self.crm, self.measure, by=("direction", *self.charter.adjust_by), per=ACCOUNT)

    @cached_property
    def sources_by_account(self) -> Clusters:
        """How the leads are spread over accounts, by source and tags."""
        return clusters(self.crm, self.measure, by=("source", *self.charter.tags), per=ACCOUNT)

    @cached_property
    def owners(self) -> Clusters:
        """How the leads are spread over owners, by direction and what is adjusted for."""
        return clusters(self.crm, self.measure, by=("direction", *self.charter.adjust_by), per="owner")


def telling(clusters: Clusters) -> Clusters | None:
    """The clusters; None where those of most leads are not known, so that they cannot tell how alike leads fare."""
    n = sum(counts.total for counts in clusters.cells.values())
    # One and the same for all leads is a column that tells nothing, rather than a company with one customer.
    there = clusters.n - clusters.alone
    return clusters if there > 1 and clusters.alone <= MOST_ALONE * n else None
