"""Reads one file into canonical columns: ids and labels as text, amounts as numbers, stages as days and instants."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ibis

from alignment_metrics.charter import EVENT as EVENT_COLUMNS
from alignment_metrics.charter import SIGNS, Charter, Export
from alignment_metrics.charter.grammar import shown
from alignment_metrics.columns import ids
from alignment_metrics.columns.amounts import amount
from alignment_metrics.columns.days import FIRST_PLAUSIBLE, plausible_from
from alignment_metrics.columns.labels import Labels, different, hashed, is_test, text, told, truth
from alignment_metrics.columns.names import EVENT, as_read, outcome, placeholder, sign, unreadable
from alignment_metrics.columns.times import Parsed, parsed_all
from alignment_metrics.exports.detect import detect
from alignment_metrics.exports.errors import ExportError
from alignment_metrics.exports.layouts import Headers, Layout, layout, looked_for, match
from alignment_metrics.files import ROW, Opened, open_file, open_table, view, written
from alignment_metrics.quality import Column, plain

IDS = ("lead_id", "opportunity_id", "account_id")
_NO_LABELS = (*IDS, "amount", *SIGNS, *EVENT_COLUMNS)


@dataclass(frozen=True, slots=True)
class Source:
    """Where files come from: the engine that reads them, a folder for what must be rewritten first, and a database."""

    con: Any
    scratch: Path
    database: Any | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """One file in canonical columns, or several alike that are parts of one table.

    ``table`` has ``row``; the ids, labels and numbers of ``headers.columns``; and for each of ``stages`` its day, by
    the end of ``as_of``, under its own name, and beside it what ``names`` lists: ``at(stage)`` where it has times,
    ``late(stage)`` where any may be late, ``blank(stage)``, and ``unreadable(stage)`` where the file is text. Of
    a file that is not, each column is there ``as_read`` too. ``labels`` are the different labels of each column that
    has such, as tables of one column ``label``.

    Dates before ``first`` are implausible.

    Where a row is an event, ``stages`` is empty, the day is that of ``EVENT``, and the words ``stage``, ``old`` and
    ``field`` are there as the file has them; ``told_stages`` are those that its words can mean.
    """

    export: Export
    known: Layout
    opened: Opened
    because: str
    headers: Headers
    stages: tuple[str, ...]
    table: ibis.Table
    columns: tuple[Column, ...]
    labels: Mapping[str, ibis.Table]
    told_stages: tuple[str, ...] = ()
    first: dt.date = FIRST_PLAUSIBLE

    @property
    def there(self) -> tuple[str, ...]:
        """The headers of the file."""
        return self.opened.headers

    def header(self, name: str) -> str:
        """The header that ``name`` was read from."""
        found = self.headers.columns.get(name) or self.headers.stages.get(name)
        return found or self.headers.outcome.get("closed_on") or name

    def has(self, column: str) -> bool:
        return column in self.table.columns

    def with_parts(self, others: Sequence[Typed], table: ibis.Table) -> Typed:
        """This file and others that are parts of one ``table``; where they differ, this one counts."""

        def merged(pick: Callable[[Headers], Mapping[str, str]]) -> dict[str, str]:
            found: dict[str, str] = {}
            for one in reversed((self, *others)):
                found |= pick(one.headers)
            return found

        return replace(
            self,
            headers=Headers(
                merged(lambda one: one.columns), merged(lambda one: one.stages), merged(lambda one: one.outcome)
            ),
            stages=tuple(dict.fromkeys(stage for one in (self, *others) for stage in one.stages)),
            told_stages=tuple(dict.fromkeys(stage for one in (self, *others) for stage in one.told_stages)),
            table=table,
        )


def read_file(source: Source, charter: Charter, export: Export, name: str) -> Typed:
    """Read one file of the charter; ``ExportError`` lists all that is wrong with it."""
    con, problems = source.con, list[str]()
    try:
        opened = _open(source, charter, export, name)
        known, because = _layout(charter, export, opened.headers)
        found = match(opened.headers, known, export, charter, problems)
        wanted = {**found.columns, **found.stages, **{outcome(one): header for one, header in found.outcome.items()}}
        if not problems:
            raw = opened.take(con, f"{name}_text", wanted)
            read_as: dict[str, str] = {}
            known_labels = [one for one in found.columns if one not in _NO_LABELS]
            blanks = charter.treats("placeholder") == "empty"
            labels = different(con, name, raw, known_labels, blanks=blanks)
            chosen = _canonical(raw, export, known, found, problems, read_as, labels, is_text=opened.is_text)
            places = _places(raw, charter, export, known, found, problems, read_as, chosen)
    except ValueError as error:
        problems.append(str(error))
    if problems:
        raise ExportError([f"{plain(export.file, 1000)}: {problem}" for problem in problems])
    typed = dated(con, name, raw.select(**chosen, **cells_of(places)), charter, export, places)
    if opened.is_text:
        table = written(con, name, typed)
        con.raw_sql(f"DROP VIEW {name}_timed; DROP VIEW {name}_parsed; DROP TABLE {name}_text")
    else:
        table = view(con, name, typed)
    stages = tuple(place for place in charter.funnel.places if place in places)
    columns = _understood(opened.headers, found, read_as)
    tables = {one: told.table for one, told in labels.items()}
    told = _told_stages(table, known, export, charter) if known.events else ()
    first = min((one.first for one, _ in places.values()), default=FIRST_PLAUSIBLE)
    return Typed(export, known, opened, because, found, stages, table, columns, tables, told, first)


def _open(source: Source, charter: Charter, export: Export, name: str) -> Opened:
    if not export.is_table:
        path, names = charter.folder / export.file, looked_for(charter, export)
        told = {"encoding": export.encoding, "sheet": export.sheet}
        return open_file(source.con, path, name, names=names, scratch=source.scratch, **told)
    if source.database is None:
        raise ValueError("it is a table, and no database is named; name one (on the command line: --database URL).")
    return open_table(source.con, source.database, export.file, name, source.scratch)


def _layout(charter: Charter, export: Export, headers: Sequence[str]) -> tuple[Layout, str]:
    if export.layout is not None:
        return layout(export.layout, charter.folder), "named in the charter"
    found = detect(headers)
    if found.layout is None:
        raise ValueError(found.because)
    return layout(found.layout), found.because


def _canonical(
    raw: ibis.Table,
    export: Export,
    known: Layout,
    found: Headers,
    problems: list[str],
    read_as: dict[str, str],
    labels: Mapping[str, Labels],
    *,
    is_text: bool,
) -> dict[str, Any]:
    """The ids, labels and amounts, and the signs by which rows are judged."""
    chosen: dict[str, Any] = {ROW: raw[ROW]}
    for name, header in found.columns.items():
        column = raw[name]
        if name == "amount":
            beside = ("currency", found.columns["currency"]) if "currency" in found.columns else None
            read = amount(raw, name, header, export, problems, currency=beside)
            chosen[name], read_as[name] = read.cells, read.how
            if column.type().is_string():
                chosen[unreadable(name)] = read.unreadable
        elif name in IDS:
            salesforce = known.salesforce_ids and name != "account_id"
            # A program wrote the ids of a typed file, without blanks around them: to look at ten million of them, or
            # to trim them for every question that is asked of them, costs more than the questions.
            as_is = not is_text and column.type().is_string() and not salesforce
            whole = not as_is and name != "account_id"
            whole = whole and ids.check(raw, name, header, problems, salesforce=salesforce)
            chosen[name] = column if as_is else ids.read(column, salesforce=salesforce, whole_floats=whole)
            read_as[name] = "ids, as text" + (" (15 characters of Salesforce's 18)" if salesforce else "")
        elif name == "email":
            address = text(column.lower())
            # Where forms ask for an address, people write "n/a" as well; two of those are not one person.
            address = address.contains("@").ifelse(address, ibis.null("string"))
            chosen[sign("email")], chosen[sign("test")] = hashed(address), is_test(address)
            read_as[name] = "addresses, of which only a number is kept that tells them apart"
        elif name == "deleted":
            chosen[sign(name)], read_as[name] = truth(column).fill_null(False), "yes or no"
        elif name in SIGNS or name in EVENT_COLUMNS:
            if name not in ("currency", "at", "actor"):
                chosen[sign(name)], read_as[name] = told(column), "text"
        else:
            chosen[name], read_as[name] = labels[name].read(column), "labels"
            if labels[name].placeholders:
                chosen[placeholder(name)] = labels[name].is_placeholder(column)
    return chosen if is_text else chosen | {as_read(name): raw[name] for name in raw.columns if name != ROW}


def _places(
    raw: ibis.Table,
    charter: Charter,
    export: Export,
    known: Layout,
    found: Headers,
    problems: list[str],
    read_as: dict[str, str],
    chosen: dict[str, Any],
) -> dict[str, tuple[Parsed, Any | None]]:
    """How each stage is written, and where only some rows tell it, which."""
    zone, until = charter.organisation.timezone, charter.organisation.as_of
    columns = {"at": found.columns["at"]} if known.events and "at" in found.columns else dict(found.stages)
    ends: Mapping[str, Any] = {}
    if header := found.outcome.get("closed_on"):
        ends = {
            end: met for end, met in _ends(raw, found, known, export, problems).items() if end in charter.funnel.places
        }
        ends = {end: met for end, met in ends.items() if end not in columns and end not in export.ignore}
        columns |= {outcome("closed_on"): header} if ends else {}
        if ends:
            day = raw[outcome("closed_on")]
            undated = text(day).isnull() if day.type().is_string() else day.isnull()
            chosen[sign("undated")] = ibis.or_(*ends.values()) & undated
    first = plausible_from(charter.organisation.since)
    read = parsed_all(raw, columns, export, zone, until, problems, first=first)
    read_as |= {name: one.how for name, one in read.items()}
    if known.events:
        return {EVENT: (read["at"], None)} if read else {}
    places: dict[str, tuple[Parsed, Any | None]] = {stage: (read[stage], None) for stage in found.stages}
    return places | {end: (read[outcome("closed_on")], met) for end, met in ends.items()}


def meanings(known: Layout, export: Export, charter: Charter) -> dict[str, str]:
    """What a history may call a stage, in lower case: the funnel's own names, the layout's words, the charter's."""
    places = [place for place in charter.funnel.places if place not in export.ignore]
    found = {place.lower(): place for place in places}
    found |= {one.lower(): stage for stage, words in known.values.items() if stage in places for one in words}
    return found | {word.lower(): stage for word, stage in export.stages.items()}


def _told_stages(table: ibis.Table, known: Layout, export: Export, charter: Charter) -> tuple[str, ...]:
    meaning = meanings(known, export, charter)
    word = table[sign("stage")].lower()
    there = table.filter(word.isin([*meaning])).select(word=word).distinct().to_pyarrow()["word"].to_pylist()
    told = {meaning[one] for one in there}
    return tuple(place for place in charter.funnel.places if place in told)


def _understood(headers: Sequence[str], found: Headers, read_as: Mapping[str, str]) -> tuple[Column, ...]:
    """What each column of the file was taken for."""
    named = {header: (name, read_as.get(name, "text")) for name, header in found.columns.items()}
    named |= {header: (name, "tells how a deal ended") for name, header in found.outcome.items()}
    named |= {header: (name, read_as[name]) for name, header in found.stages.items() if name in read_as}
    if how := read_as.get(outcome("closed_on")):
        named[found.outcome["closed_on"]] = ("won or lost", f"{how}; of closed deals only")
    return tuple(Column(header, *named.get(header, (None, "not read"))) for header in headers)


def cells_of(places: Mapping[str, tuple[Parsed, Any | None]]) -> dict[str, Any]:
    return {name: cell for place, (one, met) in places.items() for name, cell in one.parts(place, met).items()}


def dated(
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
    steps = cells_of(places)
    return table.select(*(column for column in table.columns if column not in steps), **days)


def _ends(raw: ibis.Table, found: Headers, known: Layout, export: Export, problems: list[str]) -> Mapping[str, Any]:
    """Which deals are won and which lost: by their flags, and where these are empty by the name of their stage."""
    told: dict[str, list[Any]] = {"won": [], "lost": []}
    if "won" in found.outcome and "closed" in found.outcome:
        closed, won = (_flag(raw, name, found.outcome[name], problems) for name in ("closed", "won"))
        told["won"].append(closed & won)
        told["lost"].append(closed & ~won)
    if "stage" in found.outcome:
        stage = text(raw[outcome("stage")]).lower()
        for end, conditions in told.items():
            own = [word for word, place in export.stages.items() if place == end]
            words = [word.lower() for word in (*known.outcome.get(f"{end}_stages", ()), *own)]
            conditions.append(stage.isin(words))
    return {end: ibis.coalesce(*some, ibis.literal(False)) for end, some in told.items() if some}


def _flag(raw: ibis.Table, name: str, header: str, problems: list[str]) -> Any:
    column = raw[outcome(name)]
    flag = truth(column)
    if column.type().is_string():
        words = text(column)
        odd = raw.filter(words.notnull() & flag.isnull()).select(word=words)
        (wrong,) = odd.agg(n=odd.count(), example=odd["word"].min()).to_pyarrow().to_pylist()
        if wrong["n"]:
            values = "1 value that is" if wrong["n"] == 1 else f"{wrong['n']:,} values that are"
            problems.append(
                f"{shown(header)} has {values} neither yes nor no, such as {shown(wrong['example'])}; write true or "
                f"false there."
            )
    return flag
