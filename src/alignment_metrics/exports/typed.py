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
from alignment_metrics.exports.times import Stamps, label, stamps, text

IDS = ("lead_id", "opportunity_id", "account_id")
_YES = ("true", "1", "yes", "y", "t")


@dataclass(frozen=True, slots=True)
class Typed:
    """One file in canonical columns.

    ``table`` has ``row``; the ids, labels and numbers of ``headers.columns``; and for each of ``stages`` its day, by
    the end of ``as_of``, under its own name, and beside it what ``Stamps`` tells: ``at(stage)`` where it has times,
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


def at(stage: str) -> str:
    return f"{stage}|at"


def late(stage: str) -> str:
    return f"{stage}|late"


def blank(stage: str) -> str:
    return f"{stage}|blank"


def as_read(name: str) -> str:
    return f"{name}|as read"


def unreadable(name: str) -> str:
    return f"{name}|unreadable"


def read_file(con: Any, charter: Charter, export: Export, name: str) -> Typed:
    """Read one file of the charter; ``ExportError`` lists all that is wrong with it."""
    problems: list[str] = []
    try:
        opened = open_file(con, charter.folder / export.file, name)
        found = match(opened.headers, export, charter, problems)
        wanted = {**found.columns, **found.stages, **{_flag(part): header for part, header in found.outcome.items()}}
        if not problems:
            raw = opened.take(con, f"{name}_text", wanted)
            typed, stages = _typed(raw, charter, export, found, problems, is_text=opened.is_text)
    except ValueError as error:
        problems.append(str(error))
    if problems:
        raise ExportError([f"{export.file}: {problem}" for problem in problems])
    if opened.is_text:
        typed = con.create_table(name, typed)
        con.raw_sql(f"DROP TABLE {name}_text")
    else:
        typed = view(con, name, typed)
    return Typed(export, found, opened.headers, stages, typed)


def _typed(
    raw: ibis.Table, charter: Charter, export: Export, found: Headers, problems: list[str], *, is_text: bool
) -> tuple[ibis.Table, tuple[str, ...]]:
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
    closed_on = {_flag(part): header for part, header in found.outcome.items() if part == "closed_on"}
    zone, until = charter.organisation.timezone, charter.organisation.as_of
    read = {
        name: stamps(raw, name, header, export, zone, until, problems)
        for name, header in {**found.stages, **closed_on}.items()
    }
    places: dict[str, tuple[Stamps, Any]] = {name: (read[name], None) for name in found.stages}
    if closed_on:
        for name, condition in _outcome(raw, found, export).items():
            if name in charter.funnel.places and name not in found.stages:
                places[name] = (read[_flag("closed_on")], condition)
    for name, (one, condition) in places.items():
        parts = {name: one.day, at(name): one.at, late(name): one.late, blank(name): one.blank}
        parts[unreadable(name)] = one.unreadable
        chosen |= {part: _only_where(condition, column) for part, column in parts.items() if column is not None}
    if not is_text:
        chosen |= {as_read(name): raw[name] for name in raw.columns if name != ROW}
    return raw.select(**chosen), tuple(place for place in charter.funnel.places if place in places)


def _only_where(condition: Any, column: Any) -> Any:
    return column if condition is None else condition.ifelse(column, ibis.null(column.type()))


def _outcome(raw: ibis.Table, found: Headers, export: Export) -> Mapping[str, Any]:
    """When a closed deal counts as won and as lost: by its flags, else by the name of its stage."""
    known = layout(export.layout).outcome

    def flag(part: str) -> Any:
        column = raw[_flag(part)]
        if column.type().is_boolean():
            return column.fill_null(False)
        return column.cast("string").lower().strip().isin(_YES).fill_null(False)

    if "won" in found.outcome and "closed" in found.outcome:
        return {"won": flag("closed") & flag("won"), "lost": flag("closed") & ~flag("won")}
    if "stage" in found.outcome:
        stage = text(raw[_flag("stage")])
        return {"won": stage.isin(known["won_stages"]), "lost": stage.isin(known["lost_stages"])}
    return {}


def _flag(part: str) -> str:
    # No name in a charter has this bar, so these never meet them.
    return f"outcome|{part}"
