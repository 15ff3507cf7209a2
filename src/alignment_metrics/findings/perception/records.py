"""What the CRM shows of a thing that both teams were asked about: a share of leads, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from alignment_metrics.charter import Funnel
from alignment_metrics.crm import UNKNOWN, Crm
from alignment_metrics.findings.followed import followed_up
from alignment_metrics.findings.groups import too_few
from alignment_metrics.findings.words import leads, plain, share
from alignment_metrics.measures import Moved, Reach
from alignment_metrics.stats.rates import rate
from alignment_metrics.tallies import tally
from alignment_metrics.values import Counts, Estimate


@dataclass(frozen=True, slots=True)
class Record:
    """A share of leads, what it is of in words, and the query."""

    estimate: Estimate
    claim: str
    sql: tuple[str, ...]
    note: str = ""


def record(crm: Crm, item: str) -> Record | str:
    """What the CRM shows of an item; a text says why it shows nothing."""
    return _OF[item](crm)


def handover(funnel: Funnel) -> tuple[str, str] | None:
    """The stage at which marketing hands a lead over, and the next one; None where the funnel does not tell.

    It is the stage ``mql``, else the last that marketing owns.
    """
    owned = [stage for stage, one in funnel.definitions.items() if (one.owner or "").strip().casefold() == "marketing"]
    steps = dict(funnel.steps)
    start = "mql" if "mql" in steps else next((one for one in reversed(funnel.stages) if one in owned), None)
    return None if start not in steps else (start, steps[start])


def _followed_up(crm: Crm) -> Record | str:
    step = handover(crm.charter.funnel)
    if step is None:
        return _NO_HANDOVER
    (start, _), policy = step, crm.charter.policy
    days = policy.within_days
    found = followed_up(crm, start, within_days=days)
    if not isinstance(found, str):
        counts, sql = found
        return _told(crm, counts, start, f"were followed up within {_days(days)}", sql)
    if crm.touches is not None:
        return f"{found}."
    moved = tally(crm, Moved(start, days))
    note = (
        f"There is no touches.csv, so follow-up is known only by its outcome: leads that moved on from {plain(start)} "
        f"or left within {_days(days)}. Whoever was called and stayed is not among them, so more may have been "
        f"followed up."
    )
    return _told(crm, moved.counts(), start, f"had moved on or left within {_days(days)}", moved.sql, note=note)


def _same_definition(crm: Crm) -> Record | str:
    step = handover(crm.charter.funnel)
    if step is None:
        return _NO_HANDOVER
    (start, stop), days = step, crm.charter.policy.within_days
    found = tally(crm, Reach(start, stop, within_days=days))
    return _told(crm, found.counts(), start, f"became {plain(stop)} within {_days(days)}", found.sql)


def _ownership(crm: Crm) -> Record | str:
    first = crm.charter.funnel.first
    found = tally(crm, Reach(first, first), by="owner")
    named = sum((counts.total for (owner,), counts in found.cells if owner != UNKNOWN), start=0)
    counts = Counts(named, found.counts().total)
    if not named:
        return "the export names no owner of any lead."
    return _told(crm, counts, first, "have a named owner", found.sql, days=0)


_NO_HANDOVER = (
    "the funnel does not tell where marketing hands leads over: it has no stage mql, and [funnel.definitions] gives "
    "marketing no stage before the last."
)
_OF: dict[str, Callable[[Crm], Record | str]] = {
    "followed_up": _followed_up,
    "same_definition": _same_definition,
    "ownership": _ownership,
}
ITEMS = tuple(_OF)


def _told(
    crm: Crm, counts: Counts, start: str, what: str, sql: str, *, note: str = "", days: int | None = None
) -> Record | str:
    policy = crm.charter.policy
    window = policy.within_days if days is None else days
    if because := too_few(counts, policy, start=start, days=window):
        return because
    one = rate(counts, confidence=policy.confidence)
    which = f"of {leads(one.n)}" if days == 0 else f"of {leads(one.n)} that entered {plain(start)}"
    return Record(one, f"{share(one)} {which} {what}", (sql,), note)


def _days(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'}"
