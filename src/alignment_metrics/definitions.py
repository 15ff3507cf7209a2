"""What two teams may mean by the same number, and which leads count for each meaning.

Which leads a definition counts is told by a few bits a lead, so that every definition is counted from the same cells.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import ibis

from alignment_metrics.charter import ACCOUNT, CHOICES, Charter
from alignment_metrics.crm import UNKNOWN, Crm
from alignment_metrics.periods import last_day

YEAR_MONTHS = 12
# The bits of a lead. The first four are all leads that count, those old enough, those of the latest year, and those
# that are both; then the same four of leads that converted within the window, and at any time.
WITHIN, EVER, WON, ENDED, KNOWN = 4, 8, 12, 13, 14
MATURED, RECENT = 1, 2
OBSERVED, PASSED, ALONE, EARLY, AGAIN = range(2 * KNOWN, 2 * KNOWN + 5)


class Counted(NamedTuple):
    """What a definition counts: ``hits``, ``total``, and how many are in ``both``."""

    hits: int
    total: int
    both: int

    @property
    def rate(self) -> float:
        """``hits`` over ``total``; ``nan`` of none."""
        return self.hits / self.total if self.total else float("nan")


@dataclass(frozen=True, slots=True)
class Variant:
    """A definition of conversion from the first stage of a funnel to the last: one option of each of ``CHOICES``.

    Parameters
    ----------
    entry : {"first", "last"}
        Which entry counts where a lead enters a stage again.
    skipped : {"observed", "passed"}
        Whether a later stage implies the earlier ones; of the way from first to last it only changes who is an
        opportunity.
    dating : {"cohort", "period", "ended"}
        ``"cohort"``: of the leads that came in, those that converted. ``"period"``: conversions dated in the latest
        year over the leads that came in in it. ``"ended"``: of the leads whose wait ended in that year, by a
        conversion or by an exit, those that converted.
    span : {"all", "year"}
        Leads of a cohort: all there are, or those that came in in the latest year.
    window : {"within", "any"}
        Conversions of a cohort: within the policy's window, or by the end of ``as_of``.
    young : {"matured", "all"}
        Leads of a cohort: those as old as the window, or all.
    unit : {"lead", "account", "opportunity"}
        Accounts with such a lead in place of leads; or only leads that entered the stage before the last.
    unknown : {"with", "without"}
        Whether leads of unknown source or direction count.
    """

    entry: str = "first"
    skipped: str = "observed"
    dating: str = "cohort"
    span: str = "all"
    window: str = "within"
    young: str = "matured"
    unit: str = "lead"
    unknown: str = "with"

    def but(self, other: Variant, choices: Iterable[str]) -> Variant:
        """This definition with the options of ``other`` in these choices."""
        return replace(self, **{choice: getattr(other, choice) for choice in choices})

    def apart(self, other: Variant) -> tuple[str, ...]:
        """The choices in which two definitions differ."""
        return tuple(choice for choice in CHOICES if getattr(self, choice) != getattr(other, choice))


def own(charter: Charter) -> Variant:
    """The definition that the audit follows: the charter's."""
    return Variant(entry=charter.funnel.entry, skipped=charter.funnel.skipped)


def teams(charter: Charter) -> dict[str, Variant]:
    """The definition of each team that the charter names, by its name."""
    return {name: replace(own(charter), **choices) for name, choices in charter.reconcile.items()}


def latest_year(charter: Charter) -> tuple[dt.date, dt.date] | None:
    """The first and the last day of the latest 12 months that are whole, fewer where the export tells fewer.

    None where it tells not one whole month. What lies before the organisation's ``since`` or ``history_from`` is not
    told.
    """
    organisation = charter.organisation
    following = organisation.as_of + dt.timedelta(days=1)
    last = following.replace(day=1) - dt.timedelta(days=1)
    first = last.replace(day=1)
    bound = max((day for day in (organisation.since, organisation.history_from) if day), default=dt.date.min)
    if first < bound:
        return None
    for _ in range(YEAR_MONTHS - 1):
        before = (first - dt.timedelta(days=1)).replace(day=1)
        if before < bound:
            break
        first = before
    assert last == last_day(f"{last:%Y-%m}")
    return first, last


@dataclass(frozen=True, slots=True)
class Variants:
    """Leads and accounts by the bits that tell for which definitions they count. Two of different leads add.

    Parameters
    ----------
    entries : tuple of str
        What each place of a cell is about: the charter's ``entry`` first; the other too, where it may differ.
    leads, accounts : mapping of cell to int
        How many have these bits, a whole number for each of ``entries``. An account has the bits of all its leads; a
        lead whose account is not known is one of its own.
    """

    entries: tuple[str, ...]
    leads: Mapping[tuple[int, ...], int]
    accounts: Mapping[tuple[int, ...], int]

    def count(self, variant: Variant) -> Counted:
        """What a definition counts; an ``entry`` that no lead has twice counts as the other."""
        place = self.entries.index(variant.entry) if variant.entry in self.entries else 0
        hit, counts = _places(variant)
        needed = 1 << (OBSERVED if variant.skipped == "observed" else PASSED) if variant.unit == "opportunity" else 0
        hits = total = both = 0
        for cell, n in (self.accounts if variant.unit == "account" else self.leads).items():
            bits = cell[place]
            if bits & needed == needed:
                is_hit, is_counted = bits >> hit & 1, bits >> counts & 1
                hits, total, both = hits + n * is_hit, total + n * is_counted, both + n * (is_hit & is_counted)
        return Counted(hits, total, both)

    def having(self, bit: int) -> int:
        """How many leads have a bit, by the charter's entry."""
        return sum(n for cell, n in self.leads.items() if cell[0] >> bit & 1)

    def __add__(self, other: Variants) -> Variants:
        if not isinstance(other, Variants) or other.entries != self.entries:
            return NotImplemented
        return Variants(self.entries, _added(self.leads, other.leads), _added(self.accounts, other.accounts))


def _places(variant: Variant) -> tuple[int, int]:
    """The bits of what is hit and of what counts."""
    shift = KNOWN if variant.unknown == "without" else 0
    if variant.dating == "period":
        return WON + shift, RECENT + shift
    if variant.dating == "ended":
        return WON + shift, ENDED + shift
    counts = MATURED * (variant.young == "matured") + RECENT * (variant.span == "year")
    return counts + (WITHIN if variant.window == "within" else EVER) + shift, counts + shift


def _added(one: Mapping[tuple[int, ...], int], other: Mapping[tuple[int, ...], int]) -> dict[tuple[int, ...], int]:
    return {cell: one.get(cell, 0) + other.get(cell, 0) for cell in sorted({*one, *other})}


def may_repeat(crm: Crm) -> bool:
    """Whether a lead may have entered a stage more than once, told without a look at the rows.

    A history says so when it is read; a single table has one day a stage; of several, one may hold more deals a lead.
    """
    told = any(one.code == "re_entry" for file in crm.quality.files for one in file.problems)
    return told or len({export.part_of for export in crm.charter.exports}) > 1


def needs_entries(crm: Crm) -> bool:
    """Whether journeys may not hold enough to count every definition."""
    return may_repeat(crm) or implies_entries(crm.charter)


def implies_entries(charter: Charter) -> bool:
    """Whether journeys hold entries that a later stage implied, and not which of them were observed."""
    return charter.funnel.skipped == "passed" and len(charter.funnel.stages) > 2


def other_entries(crm: Crm) -> ibis.Table:
    """One row a lead: the days it entered stages by the ``entry`` that is not the charter's, and what it entered."""
    funnel, entries = crm.charter.funnel, crm.entries
    opposite: dict[str, Any] = {}
    again = []
    for number, place in enumerate(_needed(crm.charter)):
        met = entries["stage"] == place
        low, high = entries["day"].min(where=met), entries["day"].max(where=met)
        opposite[f"day_{number}"] = high if funnel.entry == "first" else low
        again.append(low != high)
    seen = (entries["stage"] == funnel.stages[-2]).ifelse(1, None).count() > 0
    needed = entries.filter(entries["stage"].isin([*_needed(crm.charter), funnel.stages[-2]]))
    return needed.group_by("lead_id").agg(**opposite, again=ibis.or_(*again).fill_null(False), seen=seen)


def coded(crm: Crm, others: ibis.Table | None) -> tuple[ibis.Table, tuple[str, ...]]:
    """One row a lead: ``account`` and its bits, a column ``code_0``, ``code_1`` for each entry that is counted.

    Parameters
    ----------
    others : ibis.Table or None
        ``other_entries``, in the engine of the journeys.

    Returns
    -------
    ibis.Table, tuple of str
        With the entry that each column of bits is about.
    """
    charter, journeys = crm.charter, crm.journeys
    funnel = charter.funnel
    needed = _needed(charter)
    known = (journeys["source"] != UNKNOWN) & (journeys["direction"] != UNKNOWN)
    columns: dict[str, Any] = {f"own_{number}": journeys[place] for number, place in enumerate(needed)}
    columns |= {
        "account": journeys[ACCOUNT] if ACCOUNT in journeys.columns else ibis.null("int64"),
        "known": known,
        "before": journeys[funnel.stages[-2]] <= charter.organisation.as_of,
    }
    leads = journeys.select("lead_id", **columns) if others is not None else journeys.select(**columns)
    entries: tuple[str, ...] = (funnel.entry,)
    more: dict[str, Any] = {"seen": leads["before"], "again": ibis.literal(False)}
    if others is not None:
        joined = leads.left_join(others, "lead_id")
        again = others["again"].fill_null(False)
        # Whoever entered nothing twice has one day a stage, whichever is asked for.
        others_days = {
            f"other_{number}": again.ifelse(others[f"day_{number}"], leads[f"own_{number}"])
            for number in range(len(needed))
        }
        own_names = [name for name in leads.columns if name != "lead_id"]
        told = others["seen"].fill_null(False) if funnel.skipped == "passed" else leads["before"]
        leads = joined.select(*(leads[name] for name in own_names), **others_days, again=again, seen=told)
        entries += ("last" if funnel.entry == "first" else "first",)
        more = {"seen": leads["seen"], "again": leads["again"]}
    codes = {
        f"code_{place}": _code(leads, [leads[f"{whose}_{number}"] for number in range(len(needed))], charter, more)
        for place, whose in enumerate(("own", "other")[: len(entries)])
    }
    return leads.select("account", **codes), entries


def _needed(charter: Charter) -> tuple[str, ...]:
    """The places whose days decide what a lead counts for: the first stage, the last, and the exits."""
    return (charter.funnel.first, charter.funnel.last, *charter.funnel.exits)


def _code(leads: ibis.Table, days: Sequence[Any], charter: Charter, more: Mapping[str, Any]) -> Any:
    start, won, *exits = days
    organisation, window = charter.organisation, charter.policy.within_days
    as_of = organisation.as_of
    first, last = latest_year(charter) or (dt.date.max, dt.date.min)
    counts = start <= as_of if organisation.history_from is None else start.between(organisation.history_from, as_of)
    old = as_of - dt.timedelta(days=min(window, (as_of - dt.date.min).days))
    recent = [(day >= start) & day.between(first, last) for day in exits]
    gone = [(day >= start) & (day < first) for day in exits]
    # Nested choices between constants: an engine takes them in a third of the time that it takes to multiply truths.
    # A wait that a conversion ended was not ended by the exit before it.
    waited = won.delta(start, unit="day")
    ever = (won >= start) & (won <= as_of)
    left = _when(*((one, 0) for one in gone), *((one, 2**ENDED) for one in recent))
    ended = _when((ever, _when((won.between(first, last), 2**WON + 2**ENDED))), otherwise=left)
    reached = _when((ever, _when((waited <= window, 1 + 2**WITHIN + 2**EVER), otherwise=1 + 2**EVER)), otherwise=1)
    counted = _when((start <= old, 1 + 2**MATURED), otherwise=1)
    counted = counted * _when((start.between(first, last), 1 + 2**RECENT), otherwise=1)
    code = (counted * reached + ended) * _when((leads["known"], 1 + 2**KNOWN), otherwise=1)
    code = code + _when((more["seen"], 2**OBSERVED)) + _when((leads["before"], 2**PASSED), (won <= as_of, 2**PASSED))
    code = code + _when((start < first, 2**EARLY))
    # Whom one entry leaves out may count by the other.
    alone = _when((leads["account"].isnull(), 2**ALONE)) + _when((more["again"], 2**AGAIN))
    return _when((counts, code)) + alone


def _when(*branches: tuple[Any, Any], otherwise: Any = 0) -> Any:
    """The first number whose condition is met; a condition on a day that is not there is not."""
    numbers = [ibis.literal(one, "int64") if isinstance(one, int) else one for _, one in branches]
    final = ibis.literal(otherwise, "int64") if isinstance(otherwise, int) else otherwise
    if not branches:
        return final
    return ibis.cases(*zip((met for met, _ in branches), numbers, strict=True), else_=final)
