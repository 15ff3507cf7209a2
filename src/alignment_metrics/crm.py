"""What an export is once read: canonical tables that stay in the engine.

``journeys`` holds one row a lead and one calendar day a stage; all that is counted is counted from it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import ibis

from alignment_metrics.charter import CUSTOMER, Charter
from alignment_metrics.quality import Quality

UNKNOWN = "unknown"
# Of a lead that nobody tried to reach: as many seconds are no wait.
NEVER = -1


def answer(stage: str) -> str:
    """The column that tells how many seconds after it entered a stage somebody first tried to reach a lead.

    No name in a charter has a bar, so it meets none.
    """
    return f"{stage}|answered"


@dataclass(frozen=True, slots=True)
class Crm:
    """A company's leads, ready to be counted.

    Attributes
    ----------
    charter : Charter
        The definitions they were read with.
    leads : ibis.Table
        One row a lead: ``row`` (of the file that names it), ``lead_id``, ``source``, ``direction``, ``owner``,
        ``account_id``, ``amount`` and the charter's own columns. Whatever the export does not tell is ``"unknown"``, or
        NULL for ``account_id`` and ``amount``. A view of the files, evaluated anew at each use.
    entries : ibis.Table
        One row an entry into a stage or exit: ``lead_id``, ``stage``, ``at`` (UTC, NULL where only the day is known),
        ``day`` (in the organisation's time zone), ``exact``. A view of the files too.
    journeys : ibis.Table
        The columns of ``leads``, but a number ``account`` in place of ``account_id`` (NULL: not known) and, for each
        stage and exit, the day it was entered (NULL: not by the end of ``as_of``). Where the folder has a list of
        customers also ``customer_since`` and ``churned_on``, days. Where it tells of attempts to reach leads also
        ``answer(stage)`` of the first stage, and of those whose goals are in hours: whole seconds until the first one,
        ``NEVER`` where there is none so far, NULL where days are all that is known. Materialised; the only one of the
        three that lives in the engine asked for.
    quality : Quality
        What happened to every row of every file.
    spend : ibis.Table, optional
        What was spent on leads, as far as the folder tells: ``month`` (its first day), ``source``, ``direction``,
        ``amount`` (in the organisation's currency); one row each.
    touches : ibis.Table, optional
        Each time that somebody tried to reach a lead, if the folder tells: ``row`` (of the lead in ``journeys``),
        ``at`` (UTC, NULL where only the day is known) and ``day`` (in the organisation's time zone). It lives where
        ``journeys`` do.
    survey : ibis.Table, optional
        What the people of both teams answered: ``person`` (a number that tells them apart), ``team``, ``item`` and
        ``answer``; one row an answer.
    """

    charter: Charter
    leads: ibis.Table
    entries: ibis.Table
    journeys: ibis.Table
    quality: Quality
    spend: ibis.Table | None = None
    touches: ibis.Table | None = None
    survey: ibis.Table | None = None

    @property
    def as_of(self) -> dt.date:
        """The last day the export covers, whole."""
        return self.charter.organisation.as_of

    @property
    def categories(self) -> tuple[str, ...]:
        """The columns of ``journeys`` that leads can be broken down by."""
        return ("source", "direction", "owner", *self.charter.tags, *self.charter.breakdowns)

    @property
    def has_customers(self) -> bool:
        """Whether the folder has a list of customers."""
        return CUSTOMER in self.journeys.columns
