"""Proposes the last whole day that the files cover, from the newest days of all that they date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alignment_metrics.charter.grammar import shown
from alignment_metrics.columns.names import outcome
from alignment_metrics.drafts.days import Days, added
from alignment_metrics.drafts.survey import Seen
from alignment_metrics.drafts.toml import remark, rows

_OPEN = "# as_of = 2026-06-30  # write the day"


def as_of(tables: Sequence[Sequence[Seen]]) -> list[str]:
    """The newest days of every column of times, and the day they propose where all of them read in one way only."""
    lines, proposing = list[str](), list[Days]()
    is_open = False
    for parts in tables:
        for place, way, days, files in _newest(parts):
            planned = place == outcome("closed_on")
            lines += remark(f"  {_told(parts[0], place, way, days, files, planned=planned)}", hang=4)
            if not planned:
                proposing.append(days)
                is_open |= way != ""
    lines = [*remark("The newest days of each column of times that is read:"), *lines] if lines else []
    newest = max((days.last for days in proposing if days.last), default=None)
    if newest is None or is_open:
        return [*lines, _OPEN]
    usual = max((days.usual for days in proposing if days.usual), default=newest)
    if usual < newest:
        lines.append(
            f"# as_of = {usual.isoformat()}  # proposed: the newest day on which any column has as many rows as it "
            f"usually has; or"
        )
    return [*lines, f"# as_of = {newest.isoformat()}  # proposed: the newest day of all"]


def _newest(parts: Sequence[Seen]) -> Iterator[tuple[str, str, Days, list[str]]]:
    """Each column in each way that it reads in, over the parts of a table that have it so."""
    for place in dict.fromkeys(place for one in parts for place in one.newest):
        for way in dict.fromkeys(way for one in parts for way in one.newest.get(place, {})):
            having = [one for one in parts if way in one.newest.get(place, {})]
            yield place, way, added(one.newest[place][way] for one in having), [one.file for one in having]


def _told(one: Seen, place: str, way: str, days: Days, files: Sequence[str], *, planned: bool) -> str:
    more = len(files) - 1
    beside = f" and {more} more file{'s' * (more > 1)}" if more else ""
    where = f"{shown(one.header(place))} of {shown(files[0])}{beside}"
    if not days.newest:
        return f"{where} holds no day that can be read."
    read = f", if read with {way}" if way else ""
    # The close date of an open deal is a plan: how far the file reaches, it does not tell.
    plan = " (planned days are among them, so it proposes none)" if planned else ""
    return f"{where}{read}{plan}: {', '.join(f'{day.isoformat()} ({rows(n)})' for day, n in days.newest)}."
