"""What may be counted. A measure says which leads it is about, the sums it needs of them and how to read those back."""

from __future__ import annotations

import datetime as dt
import operator
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import ibis

from alignment_metrics.charter import Charter, Funnel
from alignment_metrics.values import Ages, Counts
from alignment_metrics.values.ages import CONVERTED, OPEN

Sums = TypeVar("Sums", Counts, Ages)
Statistic = TypeVar("Statistic", Counts, Ages, covariant=True)
# No stage can be called so: the name of one has no blank.
SKIPPED = "skipped ahead"
# An age and kind beyond all others.
NEVER = 2**31 - 1


class Measure(Protocol[Statistic]):
    """Anything ``tally`` can count."""

    @property
    def start(self) -> str:
        """The stage whose entry dates a lead: the ``quarter`` of a breakdown is that of this entry."""
        ...

    def check(self, funnel: Funnel) -> None:
        """Raise ``ValueError`` where the funnel has no such stage."""
        ...

    def among(self, journeys: ibis.Table, charter: Charter) -> Any:
        """The condition for a lead to count at all."""
        ...

    def rows(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """Integer expressions that part the leads of a cell into rows, by name; none where a cell is one row."""
        ...

    def sums(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """Integer expressions that add up over the leads of a row, by name; 0 where there are none."""
        ...

    def read(self, columns: Mapping[str, Sequence[int]], charter: Charter) -> Statistic:
        """The statistic of a cell from its rows and sums, a column each; of no rows, that of no leads."""
        ...


@dataclass(frozen=True, slots=True)
class Reach:
    """Of the leads that entered ``start``, how many entered ``stop``.

    Parameters
    ----------
    start, stop : str
        Stages or exits of the funnel.
    within_days : int, optional
        Only leads that entered ``start`` at least so many days before the end of ``as_of`` count in ``total``: the
        others have not had their chance. Of them, those that entered ``stop`` on the same day or up to ``within_days``
        days later count in ``hits``. Left out, every lead counts and ``stop`` may come at any time up to ``as_of``:
        the naive rate, which is too low as long as young leads are among them.

    Raises
    ------
    ValueError
        If ``within_days`` is no whole number of days, or is negative.

    Notes
    -----
    Days are calendar days in the organisation's time zone. Two entries on one day count as in order, whatever the
    hour: many exports know only the day, and the same leads must give the same answer with and without the hour.

    Examples
    --------
    >>> Reach("lead", "won", within_days=90)
    Reach(start='lead', stop='won', within_days=90)
    """

    start: str
    stop: str
    within_days: int | None = None

    def __post_init__(self) -> None:
        if self.within_days is not None:
            object.__setattr__(self, "within_days", _days(self.within_days))

    def check(self, funnel: Funnel) -> None:
        """Raise ``ValueError`` where the funnel has no such stage."""
        for stage in (self.start, self.stop):
            if stage not in funnel.places:
                raise ValueError(f"unknown stage {stage!r}; this funnel has {', '.join(funnel.places)}.")

    def among(self, journeys: ibis.Table, charter: Charter) -> Any:
        """Leads that entered ``start`` long enough ago, and since the export tells all that happened."""
        # Nobody entered before the first day there is, however long the window.
        organisation = charter.organisation
        days = min(self.within_days or 0, (organisation.as_of - dt.date.min).days)
        matured = journeys[self.start] <= organisation.as_of - dt.timedelta(days=days)
        since = organisation.history_from
        return matured if since is None else matured & (journeys[self.start] >= since)

    def rows(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """One row a cell."""
        return {}

    def sums(self, leads: ibis.Table, charter: Charter) -> dict[str, Any]:
        """``hits`` and ``total``."""
        as_of = charter.organisation.as_of
        start, stop = leads[self.start], leads[self.stop]
        waited = stop.delta(start, unit="day")
        in_time = stop <= as_of if self.within_days is None else waited <= self.within_days
        # Counting what is not NULL takes half the time of adding up ones and zeros, and no leads are 0, not NULL.
        return {"hits": ((waited >= 0) & in_time).ifelse(1, None).count(), "total": leads.count()}

    def read(self, columns: Mapping[str, Sequence[int]], charter: Charter) -> Counts:
        """Hits of total."""
        return Counts(sum(columns["hits"]), sum(columns["total"]))


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
        kinds = self._kinds(charter)
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


def _days(within_days: Any) -> int:
    try:
        whole = operator.index(within_days)
    except TypeError:
        whole = -1
    if isinstance(within_days, bool) or whole < 0:
        raise ValueError(f"within_days must be a whole number of days, 0 or more; got {within_days!r}.")
    return whole
