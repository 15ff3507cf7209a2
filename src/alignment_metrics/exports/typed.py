"""Reads one file into canonical columns: ids and labels as text, amounts as numbers, stages as days and instants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis

from alignment_metrics.charter import Charter, Export
from alignment_metrics.exports.amounts import amount
from alignment_metrics.exports.errors import ExportError
from alignment_metrics.exports.files import ROW, open_file, view
from alignment_metrics.exports.layouts import Headers, layout, match
from alignment_metrics.exports.names import as_read, outcome, unreadable
from alignment_metrics.exports.times import Parsed, label, parsed, text

IDS = ("lead_id", "opportunity_id", "account_id")
_YES = ("true", "1", "yes", "y", "t")


@dataclass(frozen=True, slots=True)
class Typed:
    """One file in canonical columns.

    ``table`` has ``row``; the ids, labels and numbers of ``headers.columns``; and for each of ``stages`` its day, by
    the end of ``as_of``, under its own name, and beside it what ``names`` lists: ``at(stage)`` where it has times,
    ``late(stage)`` where any may be late, ``blank(stage)``, and ``unreadable(stage)`` where the file is text. Of
    a file that is not, each column is there ``as_read`` too, and what is not told may be empty text.
    """

    export: Export
    headers: Headers
    there: tuple[str, ...]
    stages: tuple[str, ...]
    table: ibis.Table

    def header(self, name: str) -> str:
        """The header that ``name`` was read from."""
        found = self.headers.columns.get(name) or self.headers.stages.get(name)
        return found or self.headers.outcome.get("closed_on") or name

    def has(self, column: str) -> bool:
        return column in self.table.columns


def read_file(con: Any, charter: Charter, export: Export, name: str) -> Typed:
    """Read one file of the charter; ``ExportError`` lists all that is wrong with it."""
    problems: list[str] = []
    try:
        opened = open_file(con, charter.folder / export.file, name)
        found = match(opened.headers, export, charter, problems)
        wanted = {**found.columns, **found.stages, **{outcome(one): header for one, header in found.outcome.items()}}
        if not problems:
            raw = opened.take(con, f"{name}_text", wanted)
            chosen = _canonical(raw, export, found, problems, is_text=opened.is_text)
            places = _places(raw, charter, export, found, problems)
    except ValueError as error:
        problems.append(str(error))
    if problems:
        raise ExportError([f"{export.file}: {problem}" for problem in problems])
    typed = _dated(con, name, raw.select(**chosen, **_cells(places)), charter, export, places)
    if opened.is_text:
        table = con.create_table(name, typed)
        con.raw_sql(f"DROP VIEW {name}_timed; DROP VIEW {name}_parsed; DROP TABLE {name}_text")
    else:
        table = view(con, name, typed)
    stages = tuple(place for place in charter.funnel.places if place in places)
    return Typed(export, found, opened.headers, stages, table)


def _canonical(
    raw: ibis.Table, export: Export, found: Headers, problems: list[str], *, is_text: bool
) -> dict[str, Any]:
    """The ids, labels and amounts."""
    chosen: dict[str, Any] = {ROW: raw[ROW]}
    for name, header in found.columns.items():
        if name == "amount":
            chosen[name] = amount(raw, name, header, export, problems)
            if raw[name].type().is_string():
                chosen[unreadable(name)] = text(raw[name]).notnull() & chosen[name].isnull()
        elif name in IDS and not is_text and raw[name].type().is_string():
            # A program wrote these, without blanks around them: trimming ten million ids for every question that is
            # asked of them costs more than the questions.
            chosen[name] = raw[name]
        elif name in IDS or is_text:
            chosen[name] = text(raw[name])
        else:
            chosen[name] = label(raw[name])
    return chosen if is_text else chosen | {as_read(name): raw[name] for name in raw.columns if name != ROW}


def _places(
    raw: ibis.Table, charter: Charter, export: Export, found: Headers, problems: list[str]
) -> dict[str, tuple[Parsed, Any | None]]:
    """How each stage is written, and where only some rows tell it, which."""
    zone, until = charter.organisation.timezone, charter.organisation.as_of

    def written(name: str, header: str) -> Parsed:
        return parsed(raw, name, header, export, zone, until, problems)

    places: dict[str, tuple[Parsed, Any | None]] = {
        stage: (written(stage, header), None) for stage, header in found.stages.items()
    }
    if header := found.outcome.get("closed_on"):
        ends = {end: met for end, met in _ends(raw, found, export).items() if end in charter.funnel.places}
        closed_on = written(outcome("closed_on"), header) if ends else None
        places |= {end: (closed_on, met) for end, met in ends.items() if closed_on and end not in places}
    return places


def _cells(places: Mapping[str, tuple[Parsed, Any | None]]) -> dict[str, Any]:
    return {name: cell for place, (one, met) in places.items() for name, cell in one.parts(place, met).items()}


def _dated(
    con: Any,
    name: str,
    cells: ibis.Table,
    charter: Charter,
    export: Export,
    places: Mapping[str, tuple[Parsed, Any | None]],
) -> ibis.Table:
    """From cells to instants, and from instants to days."""
    zone, until = charter.organisation.timezone, charter.organisation.as_of
    table = view(con, f"{name}_parsed", cells)
    instants: dict[str, Any] = {}
    for place, (one, _) in places.items():
        instants |= one.instant(table, place, export, until)
    table = view(con, f"{name}_timed", table.mutate(**instants))
    days: dict[str, Any] = {}
    for place, (one, _) in places.items():
        days |= one.day(table, place, zone, until)
    steps = _cells(places)
    return table.select(*(column for column in table.columns if column not in steps), **days)


def _ends(raw: ibis.Table, found: Headers, export: Export) -> Mapping[str, Any]:
    """Which deals are won and which lost: by their flags, else by the name of their stage."""
    known = layout(export.layout).outcome

    def flag(name: str) -> Any:
        column = raw[outcome(name)]
        if column.type().is_boolean():
            return column.fill_null(False)
        return column.cast("string").lower().strip().isin(_YES).fill_null(False)

    if "won" in found.outcome and "closed" in found.outcome:
        return {"won": flag("closed") & flag("won"), "lost": flag("closed") & ~flag("won")}
    if "stage" in found.outcome:
        stage = text(raw[outcome("stage")])
        return {"won": stage.isin(known["won_stages"]), "lost": stage.isin(known["lost_stages"])}
    return {}
