"""Which table of an export holds the leads, and by what the others are joined to it."""

from __future__ import annotations

from collections.abc import Sequence

from alignment_metrics.charter import Charter
from alignment_metrics.exports.account import Account
from alignment_metrics.exports.errors import ExportError
from alignment_metrics.exports.layouts import nearest, some
from alignment_metrics.exports.typed import Typed


def roles(charter: Charter, tables: Sequence[Account]) -> tuple[Account, list[Account]]:
    """The one table of leads, and those joined to it; ``ExportError`` lists all that does not fit together."""
    there = "; ".join(f"{one.file} has {some(one.typed.there)}" for one in tables)
    everything = [header for one in tables for header in one.typed.there]
    told = {place: [one for one in tables if tells(one.typed, place)] for place in charter.funnel.places}
    problems = []
    for place, holders in told.items():
        if not holders:
            problems.append(
                f"no file has a column for the stage {place!r}: {there}.{nearest(place, everything)} Name it under "
                f"[export.columns], or take the stage out of [funnel]."
            )
        # A history and a table of records may tell the same stage only where somebody says which counts.
        elif len(holders) > 1:
            problems.append(
                f"{place!r} is read from {' and '.join(one.file for one in holders)}; take it out of [export.columns] "
                f'of all but one, or say ignore = ["{place}"] there.'
            )
    for segment in charter.organisation.segments:
        if not any(one.typed.has(segment) for one in tables):
            problems.append(
                f"no file has a column for the segment {segment!r}: {there}. Name it under [export.columns], or take "
                f"it out of organisation.segments."
            )
    if charter.sources and not any(one.typed.has("source") for one in tables):
        problems.append(
            f"no file has a column for source, of which [sources] lists values: {there}. Name it under "
            f"[export.columns], or take [sources] out."
        )
    if problems:
        raise ExportError(problems)
    (leads,) = told[charter.funnel.first]
    others = [one for one in tables if one is not leads]
    unjoined = [one for one in others if not leads.typed.has(joins_by(leads.typed, one.typed))]
    if unjoined:
        raise ExportError(
            [
                f"{one.file}: nothing joins it to {leads.file}, which has no column for "
                f"{joins_by(leads.typed, one.typed)}; it has {some(leads.typed.there)}. Name the column that both have "
                f'under [export.columns] of each, or as join = "..." under the [[export]] of {one.file}.'
                for one in unjoined
            ]
        )
    return leads, others


def tells(typed: Typed, place: str) -> bool:
    """Whether a file tells when a stage was entered: by a column or, of a history, by a word for it."""
    return place in typed.stages or place in typed.told_stages


def key_of(typed: Typed) -> str:
    """The column that names the records of the table of leads."""
    key = typed.known.key
    return key if typed.has(key) else "lead_id" if typed.has("lead_id") else "opportunity_id"


def joins_by(leads: Typed, other: Typed) -> str:
    """The column that other tables share with that of the leads."""
    if other.export.join:
        return other.export.join
    if other.has("lead_id") and (leads.has("lead_id") or not other.has("opportunity_id")):
        return "lead_id"
    return "opportunity_id"
