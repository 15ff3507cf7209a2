"""How long leads waited for a stage, and customers stayed: life tables."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from alignment_metrics.charter import CHURNED, CUSTOMER, Charter, Funnel
from alignment_metrics.measures.reaching import Reach
from alignment_metrics.values import Ages
from alignment_metrics.values.ages import CONVERTED, OPEN

# No stage can be called so: the name of one has no blank.
SKIPPED = "skipped ahead"
# An age and kind beyond all others.
NEVER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Wait:
    """How long leads that entered ``start`` waited for ``stop``, and what ended their wait: a life table.

    Parameters
    ----------
    start, stop : str
        Two stages or exits of the funnel.

    Raises
    ------
    ValueError
        If the two are the same.

    Notes
    -----
    Days are calendar days in the organisation's time zone, as in :class:`Reach`; ``stop`` on the day of ``start`` is a
    conversion at age 0. The wait of a lead that came to ``stop`` ended there, even if it had left by an exit before and
    come back: ``converted`` of all ages is the hits of ``Reach(start, stop)``. Otherwise it ended with the first exit
    of the funnel (of several on one day the first in its order), or with the first stage past ``stop`` (``"skipped
    ahead"``), or it is open at the end of ``as_of``. What lies before the entry into ``start`` ended an earlier wait
    and counts for nothing. For a wait until an exit, the last stage of the funnel is another end. An exit from which a
    lead will yet come back cannot be told from one that is final, so where leads come back late, the part of a curve
    that only old leads have reached is a little low.

    Where the charter has a ``history_from``, leads that entered ``start`` before are watched from that day on, and
    those whose wait had ended by then are left out.

    Examples
    --------
    >>> Wait("lead", "won")
    Wait(start='lead', stop='won')
    """

    start: str
    stop: str

    def __post_init__(self) -> None:
        if self.start == self.stop:
            raise ValueError(f"a wait needs two stages; got {self.start!r} twice.")

    def check(self, funnel: Funnel) -> None:
        """Raise ``ValueError`` where the funnel has no such stage."""
        Reach(self.start, self.stop).check(funnel)

    def among(self, journeys: ibis.Table, charter: Charter) -> Any:
        """Leads that entered ``start``, and were still waiting when the export begins to tell."""
        organisation, start = charter.organisation, journeys[self.start]
        entered = start <= organisation.as_of
        if (since := organisation.history_from) is None:
            return entered
        kinds = len(self._kinds(charter))
        return entered & ((start >= since) | (self._code(journeys, charter) >= self._late(journeys, since) * kinds))

    def rows(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """``code``: the age at which a wait ended, and how, as one number; ``after``: the last age out of sight."""
        found = {"code": self._code(leads, charter)}
        if (since := charter.organisation.history_from) is not None:
            late = self._late(leads, since) - 1
            found["after"] = (late < 0).ifelse(-1, late)
        return found

    def sums(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """``n``."""
        return {"n": leads.count()}

    def read(self, columns: Mapping[str, Sequence[int]], charter: Charter) -> Ages:
        """The life table."""
        return _ages(columns, self._kinds(charter))

    def _late(self, leads: ibis.Table, since: dt.date) -> Any:
        """The age at which the export begins to tell of a lead."""
        return ibis.literal(since).delta(leads[self.start], unit="day")

    def _kinds(self, charter: Charter) -> tuple[str, ...]:
        """What may end a wait; of two ends on one day the first counts."""
        return (CONVERTED, *self._exits(charter.funnel), SKIPPED, OPEN)

    def _exits(self, funnel: Funnel) -> list[str]:
        # Whoever waits to see leads lost sees some of them won instead.
        ends = (*funnel.exits, funnel.last) if self.stop in funnel.exits else funnel.exits
        return [name for name in ends if name not in (self.start, self.stop)]

    def _code(self, leads: ibis.Table, charter: Charter) -> Any:
        """Age and kind of the first end in one number, for the least of numbers is found in one step."""
        funnel, kinds, start = charter.funnel, self._kinds(charter), leads[self.start]
        as_of = charter.organisation.as_of
        came = leads[self.stop].between(start, as_of).fill_null(False)

        def ended(name: str, kind: Any) -> Any:
            return (leads[name] >= start).ifelse(leads[name].delta(start, unit="day") * len(kinds) + kind, NEVER)

        place = funnel.stages.index(self.stop) if self.stop in funnel.stages else len(funnel.stages)
        past = [ended(name, kinds.index(SKIPPED)) for name in funnel.stages[place + 1 :] if name != self.start]
        left = [ended(name, kind) for kind, name in enumerate(self._exits(funnel), 1)]
        still = ibis.literal(as_of).delta(start, unit="day") * len(kinds) + len(kinds) - 1
        converted = leads[self.stop].delta(start, unit="day") * len(kinds)
        return came.ifelse(converted, ibis.least(*left, *past, still) if left or past else still)


@dataclass(frozen=True, slots=True)
class Stay:
    """How long customers stayed, since the day they became customers: a life table.

    Notes
    -----
    Those of the list of customers that are customers by the end of ``as_of`` count. Who left by then is a conversion at
    the age of that day (0: on the first one), whoever has not is open; there is no other end. Days are calendar days,
    and periods those of becoming a customer. A ``history_from`` hides none of them: which leads are in the export was
    decided before they were customers.

    Examples
    --------
    >>> Stay().start, Stay().stop
    ('customer_since', 'churned_on')
    """

    @property
    def start(self) -> str:
        """The day of becoming a customer."""
        return CUSTOMER

    @property
    def stop(self) -> str:
        """The day of leaving."""
        return CHURNED

    def check(self, funnel: Funnel) -> None:
        """Any funnel will do."""

    def among(self, journeys: ibis.Table, charter: Charter) -> Any:
        """Leads that have become customers; ``ValueError`` where the folder does not tell which have."""
        if CUSTOMER not in journeys.columns:
            raise ValueError(
                "this folder has no list of customers; add customers.csv with the columns lead_id, customer_since and "
                "churned_on."
            )
        return journeys[CUSTOMER] <= charter.organisation.as_of

    def rows(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """``code``: the age at which it ended, and whether it did, as one number."""
        since, left, as_of = leads[CUSTOMER], leads[CHURNED], charter.organisation.as_of
        went = left.between(since, as_of).fill_null(False)
        stayed = ibis.literal(as_of).delta(since, unit="day")
        return {"code": went.ifelse(left.delta(since, unit="day") * 2, stayed * 2 + 1)}

    def sums(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """``n``."""
        return {"n": leads.count()}

    def read(self, columns: Mapping[str, Sequence[int]], charter: Charter) -> Ages:
        """The life table."""
        return _ages(columns, (CONVERTED, OPEN))


class Tenure(Stay):
    """How long ago customers became customers, whether they have left since or not: each as one still open."""

    def rows(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """``code``: the age that each would have by now."""
        return {"code": ibis.literal(charter.organisation.as_of).delta(leads[CUSTOMER], unit="day") * 2 + 1}


def _ages(columns: Mapping[str, Sequence[int]], kinds: Sequence[str]) -> Ages:
    """The life table of ages and kinds that were one number in the engine."""
    ended: list[Counter[int]] = [Counter() for _ in kinds]
    late: Counter[int] = Counter()
    for code, n in zip(columns["code"], columns["n"], strict=True):
        day, kind = divmod(code, len(kinds))
        ended[kind][day] += n
    for after, n in zip(columns.get("after", ()), columns["n"], strict=False):
        late[after] += n
    late.pop(-1, None)
    days = sorted({*late, *(day for counted in ended for day in counted)})
    converted, *exits, censored = [[counted[day] for day in days] for counted in ended]
    return Ages(days, converted, dict(zip(kinds[1:-1], exits, strict=True)), censored, [late[day] for day in days])
