"""Looks at a file without a charter: what it is, and what in it a charter has to settle. Nothing is decided here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import ibis

from alignment_metrics.charter import Charter, Export, Funnel, Organisation, Policy
from alignment_metrics.columns.amounts import amount
from alignment_metrics.columns.labels import PLACEHOLDERS, text
from alignment_metrics.columns.names import outcome
from alignment_metrics.columns.times import parsed_all
from alignment_metrics.drafts.days import LATEST, Days, newest
from alignment_metrics.drafts.hints import source_among
from alignment_metrics.drafts.sheets import known_among, sheets_in
from alignment_metrics.exports.detect import detect
from alignment_metrics.exports.layouts import Headers, Layout, layout, looked_for, match
from alignment_metrics.files import PARQUET, Opened, open_file, reason

# The order in which records come to these places, for those that a file knows.
STAGES = ("lead", "mql", "sal", "sql", "opportunity", "won")
EXITS = ("disqualified", "lost")
_MOST_VALUES = 10_000


@dataclass(frozen=True, slots=True)
class Seen:
    """One file, and what it shows.

    Attributes
    ----------
    layout : Layout or None
        The first of the ``rivals`` where it is a question; None where no layout fits.
    sheet : str or None
        The sheet of a workbook that is read, where several have rows.
    sheets : tuple of str
        Those of its sheets whose header is known, or all that have rows where none is.
    problems : tuple of str
        What the reader would refuse the file for without a charter, in its own words.
    read_as : mapping of str to str
        How each column that bears a name was read.
    newest : mapping of str to mapping of str to Days
        The newest days of each column of times; where they read both ways, each way by its name.
    source_header : str or None
        The column that holds the source: where none is known, the one whose words say so.
    sources : mapping of (str, str or None) to int
        Rows of each source, and of each detail beside those that the vendor leaves undecided.
    words, fields : mapping of str to int
        Of events: rows by what they call a stage, and by the field that changed.
    """

    file: str
    form: str = ""
    because: str = ""
    rivals: tuple[str, ...] = ()
    encoding: str | None = None
    layout: Layout | None = None
    headers: tuple[str, ...] = ()
    found: Headers = field(default_factory=lambda: Headers({}, {}, {}))
    ends: tuple[str, ...] = ()
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    read_as: Mapping[str, str] = field(default_factory=dict)
    newest: Mapping[str, Mapping[str, Days]] = field(default_factory=dict)
    source_header: str | None = None
    sources: Mapping[tuple[str, str | None], int] = field(default_factory=dict)
    words: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, int] = field(default_factory=dict)

    @property
    def places(self) -> tuple[str, ...]:
        """The stages and exits that it dates, in order."""
        told = {*self.found.stages, *self.ends, *(stage for word in self.words if (stage := self.means(word)))}
        return tuple(place for place in (*STAGES, *EXITS) if place in told)

    @property
    def is_history(self) -> bool:
        return self.layout is not None and self.layout.events

    @property
    def not_read(self) -> tuple[str, ...]:
        read = {*self.found.columns.values(), *self.found.stages.values(), *self.found.outcome.values()}
        return tuple(header for header in self.headers if header not in read and header.strip())

    def header(self, place: str) -> str:
        """The header that a column of times was read from."""
        ends = {outcome(name): header for name, header in self.found.outcome.items()}
        return {**ends, **self.found.columns, **self.found.stages}[place]

    def means(self, word: str) -> str | None:
        """The stage that an event calls so: one of that name, or what the vendor is known to mean."""
        known = {place: place for place in (*STAGES, *EXITS)}
        told = self.layout.values if self.layout else {}
        known |= {value.lower(): stage for stage, values in told.items() for value in values}
        return known.get(word.lower())

    def source(self, raw: str) -> str:
        """The vendor's own word for a source; the source itself where he has none."""
        forms = self.layout.sources if self.layout else {}
        return next((word for word, others in forms.items() if raw in (word, *others)), raw)


def look(con: Any, folder: Path, file: str, name: str, scratch: Path) -> Seen:
    """Look at one file; ``name`` is what the engine may call it."""
    try:
        return _looked(con, folder, file, name, scratch)
    except duckdb.Error as error:  # a file may turn out to be broken only when its last page is read
        if isinstance(error, (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)):
            raise
        return Seen(file, problems=(reason(error, parquet=file.lower().endswith(PARQUET)),))


def _looked(con: Any, folder: Path, file: str, name: str, scratch: Path) -> Seen:
    export, problems, sheets = Export(file), list[str](), tuple[str, ...]()
    try:
        opened = _opened(con, folder, export, name, scratch)
    except ValueError as error:
        problem = str(error)
        if sheets := sheets_in(problem):
            tried = {one: replace(export, sheet=one) for one in sheets}
            numbered = {one: f"{name}_try_{number}" for number, one in enumerate(sheets)}
            known = known_among(sheets, lambda one: _opened(con, folder, tried[one], numbered[one], scratch))
            if not known:
                return Seen(file, sheets=sheets, problems=(problem,))
            sheets, export = known, tried[known[0]]
        elif "encoding = " in problem:
            # The question is asked; what else there is to ask can be seen in the reading that it proposes.
            export = replace(export, encoding="cp1252")
            problems.append(problem)
        else:
            return Seen(file, problems=(problem,))
        opened = _opened(con, folder, export, f"{name}_again", scratch)
    return replace(_seen(con, folder, export, opened, name, problems), sheet=export.sheet, sheets=sheets)


def _seen(con: Any, folder: Path, export: Export, opened: Opened, name: str, problems: list[str]) -> Seen:
    """What an opened file shows, as the layout says that it has or that may be the one."""
    told = detect(opened.headers)
    seen = Seen(export.file, opened.how, told.because, told.rivals, export.encoding, None, opened.headers)
    if (layout_name := told.layout or next(iter(told.rivals), None)) is None:
        return replace(seen, problems=tuple(problems))
    kind = layout(layout_name)
    amiss: list[str] = []
    found = match(opened.headers, kind, export, _plan(folder, kind), amiss)
    seen = replace(seen, layout=kind, found=found, source_header=found.columns.get("source"))
    if amiss:
        return replace(seen, problems=(*problems, *amiss))
    # What vendors' histories call a source is the program that wrote the event.
    sure = kind.events and kind.name != "history"
    source = found.columns.get("source") or source_among(seen.not_read, sure=sure)
    wanted = {**found.columns, **found.stages, **{outcome(one): header for one, header in found.outcome.items()}}
    wanted |= {"source": source} if source else {}
    try:
        raw = opened.take(con, f"{name}_taken", wanted)
        seen = _times(con, raw, seen, export, name, problems)
    except ValueError as error:
        problems.append(str(error))
        return replace(seen, problems=tuple(problems))
    read_as = dict(seen.read_as)
    if "amount" in found.columns:
        beside = ("currency", found.columns["currency"]) if "currency" in found.columns else None
        read_as["amount"] = amount(raw, "amount", found.columns["amount"], export, problems, currency=beside).how
    told_sources = _sources(raw, seen) if source else {}
    seen = replace(seen, read_as=read_as, problems=tuple(problems), source_header=source, sources=told_sources)
    if kind.events:
        fields = _counted(raw, "field") if "field" in found.columns else {}
        return replace(seen, words=_words(raw, kind, fields), fields=fields)
    return seen


def _opened(con: Any, folder: Path, export: Export, name: str, scratch: Path) -> Opened:
    told = {"encoding": export.encoding, "sheet": export.sheet}
    names = looked_for(_plan(folder, None), export)
    return open_file(con, folder / export.file, name, names=names, scratch=scratch, **told)


def _plan(folder: Path, kind: Layout | None) -> Charter:
    """A plan that asks for whatever a layout knows."""
    stages = dict.fromkeys((*STAGES, *(kind.stages if kind else ())))
    organisation = Organisation("", "", "UTC", LATEST)
    funnel = Funnel(tuple(stage for stage in stages if stage not in EXITS), EXITS)
    return Charter(folder, organisation, (), funnel, {}, Policy(), "")


def _times(con: Any, raw: ibis.Table, seen: Seen, export: Export, name: str, problems: list[str]) -> Seen:
    """How each column of times is written, and its newest days."""
    assert seen.layout is not None
    columns = dict(seen.found.stages)
    ends: tuple[str, ...] = ()
    if seen.layout.events:
        columns = {"at": seen.found.columns["at"]}
    elif "closed_on" in seen.found.outcome and ({"won", "stage"} & seen.found.outcome.keys()):
        columns[outcome("closed_on")] = seen.found.outcome["closed_on"]
        ends = ("won", "lost")
    read = parsed_all(raw, columns, export, "UTC", LATEST, problems)
    # The zone is still to be told: that it is read as if it were UTC is nobody's word yet.
    read_as = {place: one.how.replace(" in UTC (from the charter)", "") for place, one in read.items()}
    both = any("day_first = " in problem for problem in problems)
    days = newest(con, raw, columns, export, name, both=both)
    return replace(seen, read_as=read_as, ends=ends, newest=days)


def _words(raw: ibis.Table, kind: Layout, fields: Iterable[str]) -> dict[str, int]:
    """What events call a stage; where several fields change, those of the fields that are known to tell one."""
    known = [one.lower() for one in kind.fields]
    if any(one.lower() in known for one in fields):
        raw = raw.filter(text(raw["field"]).lower().isin(known))
    return _counted(raw, "stage")


def _counted(raw: ibis.Table, name: str) -> dict[str, int]:
    return {value: n for (value,), n in _groups(raw, {"value": text(raw[name])})}


def _sources(raw: ibis.Table, seen: Seen) -> dict[tuple[str, str | None], int]:
    assert seen.layout is not None
    source = text(raw["source"])
    detail: Any = ibis.null("string")
    if "source_detail" in raw.columns and seen.layout.undecided:
        open_ = [form for word in seen.layout.undecided for form in (word, *seen.layout.sources.get(word, ()))]
        detail = source.isin(open_).ifelse(text(raw["source_detail"]), ibis.null("string"))
    groups = _groups(raw, {"value": source, "detail": detail})
    return {(value, told): n for (value, told), n in groups if value.lower() not in PLACEHOLDERS}


def _groups(raw: ibis.Table, cells: Mapping[str, Any]) -> Sequence[tuple[tuple[Any, ...], int]]:
    table = raw.select(**cells).filter(lambda t: t.value.notnull())
    counted = table.group_by(list(cells)).agg(n=table.count()).order_by(ibis.desc("n"), *cells).limit(_MOST_VALUES)
    return [(tuple(row[name] for name in cells), row["n"]) for row in counted.to_pyarrow().to_pylist()]


def together(counts: Iterable[Mapping[Any, int]]) -> dict[Any, int]:
    """The sums of several counts, the commonest first."""
    summed: Counter[Any] = Counter()
    for one in counts:
        summed.update(one)
    return dict(sorted(summed.items(), key=lambda item: (-item[1], [part or "" for part in item[0]])))
