"""What the CRM shows of a thing that both teams were asked about: a share of leads, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from alignment_metrics.charter import Funnel
from alignment_metrics.crm import UNKNOWN, Crm
from alignment_metrics.findings.groups import too_few
from alignment_metrics.findings.handed import followed_up_since
from alignment_metrics.findings.words import day_count, leads, plain, share
from alignment_metrics.measures import Moved, Reach
from alignment_metrics.stats.rates import rate
from alignment_metrics.tallies import tally
from alignment_metrics.values import Counts, Estimate


@dataclass(frozen=True, slots=True)
class Record:
    """A share of leads, what it is of in words, and the queries.

    Where it ``stands_in`` for what was asked and is another thing, that says what it is.
    """

    estimate: Estimate
    claim: str
    sql: tuple[str, ...]
    notes: tuple[str, ...] = ()
    stands_in: str = ""


def record(crm: Crm, item: str) -> Record | str:
    """What the CRM shows of an item; a text says why it shows nothing."""
    return _OF[item](crm)


def handover(funnel: Funnel) -> tuple[str, str] | None:
    """The stage at which marketing hands a lead over, and the next one; None where the funnel does not tell.

    It is the stage ``mql`` or the one that stands for it, else the last that marketing owns.
    """
    owned = [stage for stage, one in funnel.definitions.items() if (one.owner or "").strip().casefold() == "marketing"]
    steps = dict(funnel.steps)
    start = funnel.named("mql")
    start = start if start in steps else next((one for one in reversed(funnel.stages) if one in owned), None)
    return None if start not in steps else (start, steps[start])


def _followed_up(crm: Crm) -> Record | str:
    step = handover(crm.charter.funnel)
    if step is None:
        return _NO_HANDOVER
    (start, _), policy = step, crm.charter.policy
    days = policy.within_days
    if crm.touches is None:
        return _moved(crm, start)
    found = followed_up_since(crm, start, within_days=days)
    if isinstance(found, str):
        return f"{found}."
    doubt = f", {found.doubt}" if found.doubt else ""
    record = _told(crm, found.counts, start, f"were followed up within {day_count(days)}{doubt}", found.sql)
    return record if isinstance(record, str) else replace(record, notes=found.notes)


def _moved(crm: Crm, start: str) -> Record | str:
    """What stands in for follow-up where nobody kept a list of attempts."""
    days = crm.charter.policy.within_days
    moved = tally(crm, Moved(start, days))
    what = f"had moved on or left within {day_count(days)}, which is not follow-up"
    record = _told(crm, moved.counts(), start, what, (moved.sql,))
    if isinstance(record, str):
        return record
    note = (
        f"There is no touches.csv, so whether leads were followed up is not known, only whether they moved on from "
        f"{plain(start)} or left within {day_count(days)}: a lead may do so though nobody called it, and stay though "
        f"somebody did."
    )
    return replace(record, notes=(note,), stands_in="moved on or left, not follow-up")


def _same_definition(crm: Crm) -> Record | str:
    step = handover(crm.charter.funnel)
    if step is None:
        return _NO_HANDOVER
    (start, stop), days = step, crm.charter.policy.within_days
    found = tally(crm, Reach(start, stop, within_days=days))
    return _told(crm, found.counts(), start, f"became {plain(stop)} within {day_count(days)}", (found.sql,))


def _ownership(crm: Crm) -> Record | str:
    first = crm.charter.funnel.first
    found = tally(crm, Reach(first, first), by="owner")
    named = sum((counts.total for (owner,), counts in found.cells if owner != UNKNOWN), start=0)
    counts = Counts(named, found.counts().total)
    if not named:
        return "the export names no owner of any lead."
    return _told(crm, counts, first, "have a named owner", (found.sql,), days=0)


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
    crm: Crm, counts: Counts, start: str, what: str, sql: tuple[str, ...], *, days: int | None = None
) -> Record | str:
    policy = crm.charter.policy
    window = policy.within_days if days is None else days
    if because := too_few(counts, policy, start=start, days=window):
        return because
    one = rate(counts, confidence=policy.confidence)
    which = f"of {leads(one.n)}" if days == 0 else f"of {leads(one.n)} that entered {plain(start)}"
    return Record(one, f"{share(one)} {which} {what}", sql)
