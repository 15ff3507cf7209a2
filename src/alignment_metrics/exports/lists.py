"""Reads a list that lies beside the leads, such as what was spent, into canonical columns, as an export is read."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis

from alignment_metrics.charter import LISTS, Charter, Export
from alignment_metrics.charter.grammar import shown
from alignment_metrics.columns import ids
from alignment_metrics.columns.amounts import amount
from alignment_metrics.columns.currencies import SIGNS
from alignment_metrics.columns.days import plausible_from
from alignment_metrics.columns.labels import text
from alignment_metrics.columns.months import first_days
from alignment_metrics.columns.names import sign, unreadable
from alignment_metrics.columns.times import parsed_all
from alignment_metrics.exports.account import Account
from alignment_metrics.exports.errors import ExportError
from alignment_metrics.exports.layouts import Finder, Headers, Layout, some
from alignment_metrics.exports.typed import IDS, Source, Typed, cells_of, dated
from alignment_metrics.files import ROW, open_file, written
from alignment_metrics.files.encodings import told_by
from alignment_metrics.files.headers import plain
from alignment_metrics.quality import Column
from alignment_metrics.quality import plain as told

# How the rooms that read any file call the place where the charter tells of it.
_SAID = "this file's [[export]]"
_DECIMAL = 'decimal = ","'
# Signs that several countries write for a currency of their own.
SHARED = {"$": ("USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD"), "¥": ("JPY", "CNY")}


@dataclass(frozen=True, slots=True)
class Kind:
    """What a list may hold.

    Parameters
    ----------
    name : str
        The name of its table in the charter, and of its file.
    headers : mapping of str to sequence of str
        Canonical names, and the headers that each is known by; the first that a file has is taken.
    needed : sequence of sequence of str
        Of each of these, one must be there.
    days : sequence of str
        The columns that hold days.
    months : bool
        Whether a month counts as a day; then all of the last month may be told.
    meant : callable, optional
        The canonical name that any other header means; None where it means none.
    also : sequence of str
        Headers beside those of ``headers`` by which the line that holds them is known.
    words : collection of str
        What such a file is known to hold, so that its encoding can be told by them.
    """

    name: str
    headers: Mapping[str, Sequence[str]]
    needed: Sequence[Sequence[str]]
    days: Sequence[str]
    months: bool = False
    meant: Callable[[str], str | None] | None = None
    also: Sequence[str] = ()
    words: Collection[str] = ()


def listed(charter: Charter) -> dict[str, Export]:
    """The lists to be read: those that the charter tells of, and those that lie in its folder under their own names."""
    named = {export.file for export in charter.exports if not export.is_table}
    there = (name for name in LISTS if name not in charter.lists and f"{name}.csv" not in named)
    return {**charter.lists, **{name: Export(f"{name}.csv") for name in there if _lies(charter, f"{name}.csv")}}


def _lies(charter: Charter, file: str) -> bool:
    path = charter.folder / file
    return path.is_file() and path.resolve().is_relative_to(charter.folder.resolve())


def read_list(source: Source, charter: Charter, kind: Kind, export: Export, leads: Sequence[Typed]) -> Typed:
    """Read one list; ``ExportError`` lists all that is wrong with it.

    What the files of the leads call an id is known here too.
    """
    problems: list[str] = []
    try:
        return _read(source, charter, _as_leads_call_it(kind, leads), export, leads, problems)
    except ValueError as error:
        problems.append(str(error))
    here = f"[{kind.name}]"
    said = [one.replace(_SAID, here).replace(_DECIMAL, f"{_DECIMAL} under {here}") for one in problems if one]
    raise ExportError([f"{told(export.file, 1000)}: {problem}" for problem in said])


def _as_leads_call_it(kind: Kind, leads: Sequence[Typed]) -> Kind:
    headers = dict(kind.headers)
    for name in (one for one in IDS if one in headers):
        own = [typed.headers.columns[name] for typed in leads if name in typed.headers.columns]
        headers[name] = tuple(dict.fromkeys((*headers[name], *own)))
    return replace(kind, headers=headers)


def _read(
    source: Source, charter: Charter, kind: Kind, export: Export, leads: Sequence[Typed], problems: list[str]
) -> Typed:
    con, name = source.con, f"list_{kind.name}"
    words = (*kind.headers.values(), export.columns.values(), kind.also)
    known = frozenset(plain(one) for headers in words for one in headers)
    path = charter.folder / export.file
    encoding = export.encoding or (told_by(path, kind.words) if kind.words and path.is_file() else None)
    written_as = {"encoding": encoding, "sheet": export.sheet}
    opened = open_file(con, path, name, names=known, scratch=source.scratch, **written_as)
    found = _match(opened.headers, kind, export, problems)
    if problems:
        raise ValueError("")
    raw = opened.take(con, f"{name}_text", found)
    if kind.months:
        # Worked out once: what is asked of dates is asked of each cell many times over.
        raw = written(con, f"{name}_months", raw.mutate(**{day: first_days(raw[day]) for day in kind.days}))
    days = {day: found[day] for day in kind.days if day in found}
    organisation = charter.organisation
    until = _end_of_month(organisation.as_of) if kind.months else organisation.as_of
    first = plausible_from(organisation.since)
    read = parsed_all(raw, days, export, organisation.timezone, until, problems, first=first)
    read_as = {day: f"months: {one.how}" if kind.months else one.how for day, one in read.items()}
    salesforce = any(one.known.salesforce_ids for one in leads)
    chosen = _cells(raw, found, export, read_as, problems, salesforce=salesforce)
    if problems:
        raise ValueError("")
    places = {day: (one, None) for day, one in read.items()}
    there = replace(charter, organisation=replace(organisation, as_of=until))
    cells = dated(con, name, raw.select(raw[ROW], **chosen, **cells_of(places)), there, export, places)
    table = written(con, name, cells)
    named = {header: (one, read_as.get(one, "text")) for one, header in found.items()}
    columns = tuple(Column(header, *named.get(header, (None, "not read"))) for header in opened.headers)
    others = {one: header for one, header in found.items() if one not in days}
    because = "named in the charter" if kind.name in charter.lists else "by its name"
    return Typed(
        export,
        _layout(kind.name),
        opened,
        because,
        Headers(others, days, {}),
        tuple(days),
        table,
        columns,
        {},
        first=min((one.first for one in read.values()), default=first),
    )


def _end_of_month(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _match(headers: Sequence[str], kind: Kind, export: Export, problems: list[str]) -> dict[str, str]:
    """The header of each column: by the charter's own words first, then by those that are known."""
    find, found = Finder(headers), dict[str, str]()
    for name, known in kind.headers.items():
        own = export.columns.get(name)
        header = find.any(known) if own is None else find.header(own)
        if header is not None:
            found[name] = header
        elif own is not None:
            problems.append(f"no column {shown(own)} for {name}; {find.nearest(own)}. Name one of them.")
        elif kind.meant is not None and (meant := [one for one in headers if kind.meant(one) == name]):
            found[name] = meant[0]
            if len(set(meant)) > 1:
                problems.append(
                    f"{some(meant, most=3)} all mean {name}; name the one that counts under [{kind.name}.columns] in "
                    f"the charter."
                )
    for names in kind.needed:
        if not any(name in found or name in export.columns for name in names):
            expected = " or ".join(some(kind.headers[name], most=3) for name in names)
            problems.append(
                f"no column for {' or '.join(names)} (expected {expected}); the file has {some(headers)}. Name it "
                f"under [{kind.name}.columns] in the charter, or take the file out of the folder."
            )
    for name, header in found.items():
        if headers.count(header) > 1:
            problems.append(
                f"{headers.count(header)} columns are named {shown(header)}, and {name} is read from it; rename all "
                f"but one of them."
            )
    return found


def _cells(
    raw: ibis.Table,
    found: Mapping[str, str],
    export: Export,
    read_as: dict[str, str],
    problems: list[str],
    *,
    salesforce: bool,
) -> dict[str, Any]:
    """The ids, labels and amounts."""
    chosen: dict[str, Any] = {}
    currencies: list[Any] = []
    for name, header in found.items():
        column = raw[name]
        if name in IDS:
            is_lead = salesforce and name != "account_id"
            whole = ids.check(raw, name, header, problems, salesforce=is_lead) if name != "account_id" else False
            chosen[name] = ids.read(column, salesforce=is_lead, whole_floats=whole)
            read_as[name] = "ids, as text"
        elif name == "amount":
            read = amount(raw, name, header, export, problems, several=True)
            finite = (read.cells.abs() < float("inf")).fill_null(False)
            chosen[name], read_as[name] = finite.ifelse(read.cells, ibis.null("float64")), read.how
            odd = ibis.literal(False) if read.unreadable is None else read.unreadable
            chosen[unreadable(name)] = odd | (read.cells.notnull() & ~finite)
            currencies += [] if read.signed is None else [_currency(read.signed)]
        elif name == "currency":
            currencies.insert(0, _currency(text(column).upper()))
        elif name not in read_as:
            chosen[name], read_as[name] = text(column), "labels"
    if currencies:
        # What a column beside the amount says goes before the sign in its cell.
        chosen[sign("currency")] = ibis.coalesce(*currencies)
    return chosen


def _currency(words: Any) -> Any:
    """The code of a currency, whichever sign of its own stands for it; NULL where none is told."""
    codes = [(words == one.upper(), code) for one, code in SIGNS.items() if one not in SHARED]
    return ibis.cases(*codes, else_=words).nullif("")


def not_empty(account: Account, usable: ibis.Table) -> None:
    """Refuse a list of which every row was set aside."""
    if int(usable.limit(1).count().to_pyarrow().as_py()):
        return
    count = sum(account.rows_read)
    said = " ".join(one.message for one in account.problems) or "It has a header and nothing below it."
    rows = f"{count:,} row{'s' * (count != 1)}"
    raise ExportError(
        [f"{account.file}: not one usable row in {rows}. {said} Correct it, or take the file out of the folder."]
    )


def _layout(name: str) -> Layout:
    return Layout(
        name=name,
        key="lead_id",
        events=False,
        columns={},
        stages={},
        outcome={},
        values={},
        fields=(),
        sources={},
        directions={},
        undecided=(),
        several={},
        marks=(),
        salesforce_ids=False,
    )
