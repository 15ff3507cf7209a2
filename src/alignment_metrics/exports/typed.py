"""Reads one file into canonical columns: ids and labels as text, amounts as numbers, stages as days and instants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis

from alignment_metrics.charter import Charter, Export
from alignment_metrics.exports import columns as parse
from alignment_metrics.exports.errors import ExportError
from alignment_metrics.exports.files import ROW, open_file
from alignment_metrics.exports.layouts import Headers, layout, match

_YES = ("true", "1", "yes", "y", "t")


@dataclass(frozen=True, slots=True)
class Typed:
    """One file in canonical columns.

    ``table`` has ``row``; the ids, labels and numbers of ``headers.columns``; and for each of ``stages`` its day, by the
    end of ``as_of``, under its own name, and beside it what ``Stamps`` tells: ``at(stage)`` where the file has times,
    ``late(stage)``, ``blank(stage)``, and ``unreadable(stage)`` where the file is text.
    """

    export: Export
    key: str
    headers: Headers
    stages: tuple[str, ...]
    table: ibis.Table

    def header(self, name: str) -> str:
        """The header that ``name`` was read from."""
        found = self.headers.columns.get(name) or self.headers.stages.get(name)
        return found or self.headers.outcome.get("closed_on") or name

    def has(self, column: str) -> bool:
        return column in self.table.columns


def at(stage: str) -> str:
    return f"{stage} at"


def late(stage: str) -> str:
    return f"{stage} late"


def blank(stage: str) -> str:
    return f"{stage} blank"


def unreadable(name: str) -> str:
    return f"{name} unreadable"


def read_file(con: Any, charter: Charter, export: Export, name: str) -> Typed:
    """Read one file of the charter; ``ExportError`` lists all that is wrong with it."""
    problems: list[str] = []
    try:
        opened = open_file(con, charter.folder / export.file, name)
    except ValueError as error:
        raise ExportError([f"{export.file}: {error}"]) from None
    found = match(opened.headers, export, charter, repeated=opened.repeated, problems=problems)
    if not problems:
        wanted = {**found.columns, **found.stages, **{_flag(part): header for part, header in found.outcome.items()}}
        try:
            raw = opened.take(con, f"{name}_text", wanted)
        except ValueError as error:
            raise ExportError([f"{export.file}: {error}"]) from None
        typed, stages = _typed(raw, charter, export, found, problems, is_text=opened.is_text)
    if problems:
        raise ExportError([f"{export.file}: {problem}" for problem in problems])
    if opened.is_text:
        typed = con.create_table(name, typed)
    return Typed(export, layout(export.layout).key, found, stages, typed)


def _typed(
    raw: ibis.Table, charter: Charter, export: Export, found: Headers, problems: list[str], *, is_text: bool
) -> tuple[ibis.Table, tuple[str, ...]]:
    chosen: dict[str, Any] = {ROW: raw[ROW]}
    for name, header in found.columns.items():
        if name == "amount":
            chosen[name] = parse.number(raw, name, header, export, problems)
            if raw[name].type().is_string():
                chosen[unreadable(name)] = parse.text(raw[name]).notnull() & chosen[name].isnull()
        else:
            chosen[name] = parse.text(raw[name], typed=not is_text)
    days = {**found.stages, **({_flag("closed_on"): found.outcome["closed_on"]} if "closed_on" in found.outcome else {})}
    read = {}
    for name, header in days.items():
        organisation = charter.organisation
        read[name] = parse.stamps(raw, name, header, export, organisation.timezone, organisation.as_of, problems)
    places = {name: (stamps, None) for name, stamps in read.items() if name in found.stages}
    if (closed := read.get(_flag("closed_on"))) is not None:
        for name, condition in _outcome(raw, found, export).items():
            if name in charter.funnel.places and name not in found.stages:
                places[name] = (closed, condition)
    for name, (stamps, condition) in places.items():
        parts = {name: stamps.day, at(name): stamps.at, late(name): stamps.late, blank(name): stamps.blank}
        parts[unreadable(name)] = stamps.unreadable
        chosen |= {part: _only_where(condition, one) for part, one in parts.items() if one is not None}
    return raw.select(**chosen), tuple(place for place in charter.funnel.places if place in places)


def _only_where(condition: Any, column: Any) -> Any:
    return column if condition is None else condition.ifelse(column, ibis.null(column.type()))


def _outcome(raw: ibis.Table, found: Headers, export: Export) -> dict[str, Any]:
    """When a closed deal counts as won and as lost: by its flags, else by the name of its stage."""
    known = layout(export.layout).outcome

    def flag(part: str) -> Any:
        column = raw[_flag(part)]
        return column.fill_null(False) if column.type().is_boolean() else column.cast("string").lower().strip().isin(_YES)

    if "won" in found.outcome and "closed" in found.outcome:
        return {"won": flag("won"), "lost": flag("closed") & ~flag("won")}
    if "stage" in found.outcome:
        stage = parse.text(raw[_flag("stage")])
        return {"won": stage.isin(known["won_stages"]), "lost": stage.isin(known["lost_stages"])}
    return {}


def _flag(part: str) -> str:
    # No stage or segment can bear a name with a blank, so these never meet the charter's own names.
    return f"outcome {part}"
