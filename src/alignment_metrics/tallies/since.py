"""The leads that entered a stage from some day on, to be counted like any; and the day on which the first one did."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from alignment_metrics.crm import Crm


def since(crm: Crm, stage: str, day: dt.date | None) -> Crm:
    """The same export with the journeys of those leads alone that entered ``stage`` on that day or later.

    Whatever is counted of it is counted of them; ``None`` leaves the export as it is.
    """
    if day is None:
        return crm
    return replace(crm, journeys=crm.journeys.filter(crm.journeys[stage] >= day))


def first_day(crm: Crm, stage: str) -> dt.date | None:
    """The day on which a lead first entered ``stage``; None where none has."""
    entered = crm.journeys[stage]
    query = crm.journeys.agg(day=entered.min())
    day = query.to_pyarrow().to_pydict()["day"][0]
    return day if day is None or type(day) is dt.date else dt.date.fromisoformat(str(day)[:10])
