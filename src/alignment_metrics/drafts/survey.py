"""Looks at a file without a charter: what it is, and what in it a charter has to settle. Nothing is decided here."""

from __future__ import annotations

import datetime as dt
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
from alignment_metrics.columns.times import parsed, parsed_all
from alignment_metrics.exports.detect import detect
from alignment_metrics.exports.layouts import Headers, Layout, layout, looked_for, match
from alignment_metrics.files import PARQUET, open_file, reason, view, written

# The order in which records come to these places, for those that a file knows.
STAGES = ("lead", "mql", "sal", "sql", "opportunity", "won")
EXITS = ("disqualified", "lost")
_LATEST = dt.date(2199, 12, 31)
_MOST_DAYS, _MOST_VALUES = 5, 10_000
_SETTLED = {True: "the day before the month", False: "the month before the day"}


@dataclass(frozen=True, slots=True)
class Days:
    """The newest days of a column with their rows, and the newest that has at least half the rows of the middle day."""

    newest: tuple[tuple[dt.date, int], ...] = ()
    usual: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One file, and what it shows.

    Attributes
    ----------
    problems : tuple of str
        What the reader would refuse the file for without a charter, in its own words.
    read_as : mapping of str to str
        How each column that bears a name was read.
    created : str or None
        The stage, or ``at``, whose days tell how far the file reaches.
    newest : mapping of str to Days
        The newest of those days with their rows; where they read both ways, each way by its name.
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
    problems: tuple[str, ...] = ()
    read_as: Mapping[str, str] = field(default_factory=dict)
    created: str | None = None
    newest: Mapping[str, Days] = field(default_factory=dict)
    sources: Mapping[tuple[str, str | None], int] = field(default_factory=dict)
    words: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, int] = field(default_factory=dict)

    @property
    def places(self) -> tuple[str, ...]:
        """The stages and exits that it dates, in order."""
        told = {*self.found.stages, *self.ends, *(stage for word in self.words if (stage := self.means(word)))}
        return tuple(place for place in (*STAGES, *EXITS) if place in told)

    @property
    def not_read(self) -> tuple[str, ...]:
        read = {*self.found.columns.values(), *self.found.stages.values(), *self.found.outcome.values()}
        return tuple(header for header in self.headers if header not in read and header.strip())

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
    export, problems = Export(file), list[str]()
    try:
        opened = _opened(con, folder, export, name, scratch)
    except ValueError as error:
        problems.append(str(error))
        if "encoding = " not in problems[0]:
            return Seen(file, problems=tuple(problems))
        # The question is asked; what else there is to ask can be seen in the reading that it proposes.
        export = replace(export, encoding="cp1252")
        opened = _opened(con, folder, export, f"{name}_again", scratch)
    known = detect(opened.headers)
    seen = Seen(file, opened.how, known.because, known.rivals, export.encoding, None, opened.headers)
    if known.layout is None:
        return replace(seen, problems=tuple(problems))
    kind = layout(known.layout)
    amiss: list[str] = []
    found = match(opened.headers, kind, export, _plan(folder, kind), amiss)
    seen = replace(seen, layout=kind, found=found)
    if amiss:
        return replace(seen, problems=(*problems, *amiss))
    wanted = {**found.columns, **found.stages, **{outcome(one): header for one, header in found.outcome.items()}}
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
    seen = replace(seen, read_as=read_as, problems=tuple(problems))
    if kind.events:
        fields = _counted(raw, "field") if "field" in found.columns else {}
        return replace(seen, words=_words(raw, kind, fields), fields=fields)
    return replace(seen, sources=_sources(raw, seen))


def _opened(con: Any, folder: Path, export: Export, name: str, scratch: Path) -> Any:
    names = looked_for(_plan(folder, None), export)
    return open_file(con, folder / export.file, name, names=names, encoding=export.encoding, scratch=scratch)


def _plan(folder: Path, kind: Layout | None) -> Charter:
    """A plan that asks for whatever a layout knows."""
    stages = dict.fromkeys((*STAGES, *(kind.stages if kind else ())))
    organisation = Organisation("", "", "UTC", _LATEST)
    funnel = Funnel(tuple(stage for stage in stages if stage not in EXITS), EXITS)
    return Charter(folder, organisation, (), funnel, {}, Policy(), "")


def _times(con: Any, raw: ibis.Table, seen: Seen, export: Export, name: str, problems: list[str]) -> Seen:
    """How each column of times is written, and the newest days of the one that tells how far the file reaches."""
    assert seen.layout is not None
    columns = dict(seen.found.stages)
    ends: tuple[str, ...] = ()
    if seen.layout.events:
        columns = {"at": seen.found.columns["at"]}
    elif "closed_on" in seen.found.outcome and ({"won", "stage"} & seen.found.outcome.keys()):
        columns[outcome("closed_on")] = seen.found.outcome["closed_on"]
        ends = ("won", "lost")
    read = parsed_all(raw, columns, export, "UTC", _LATEST, problems)
    # The zone is still to be told: that it is read as if it were UTC is nobody's word yet.
    read_as = {place: one.how.replace(" in UTC (from the charter)", "") for place, one in read.items()}
    created = next((place for place in (*STAGES, "at") if place in columns), None)
    newest: dict[str, Days] = {}
    if created is not None:
        both = any("day_first = " in problem for problem in problems)
        for day_first in (True, False) if both else (None,):
            settled = replace(export, day_first=day_first)
            days = _days(con, raw, created, columns[created], settled, f"{name}_{len(newest)}")
            newest["" if day_first is None else _SETTLED[day_first]] = days
    return replace(seen, read_as=read_as, ends=ends, created=created, newest=newest)


def _days(con: Any, raw: ibis.Table, place: str, header: str, export: Export, name: str) -> Days:
    one = parsed(raw, place, header, export, "UTC", _LATEST, [])
    table = view(con, f"{name}_cells", raw.select(**one.parts(place, None)))
    table = view(con, f"{name}_instants", table.mutate(**one.instant(table, place, export, _LATEST)))
    days = table.select(day=one.day(table, place, "UTC", _LATEST)[place])
    counted = written(
        con, f"{name}_days", days.filter(days["day"].notnull()).group_by("day").agg(n=lambda t: t.count())
    )
    found = counted.order_by(ibis.desc("day")).limit(_MOST_DAYS).to_pyarrow().to_pylist()
    middle = counted.agg(n=counted["n"].median()).to_pyarrow()["n"][0].as_py() or 0
    usual = counted.agg(day=counted["day"].max(where=counted["n"] * 2 >= middle)).to_pyarrow()["day"][0].as_py()
    return Days(tuple((row["day"], row["n"]) for row in found), usual)


def _words(raw: ibis.Table, kind: Layout, fields: Iterable[str]) -> dict[str, int]:
    """What events call a stage; where several fields change, those of the fields that are known to tell one."""
    known = [one.lower() for one in kind.fields]
    if any(one.lower() in known for one in fields):
        raw = raw.filter(text(raw["field"]).lower().isin(known))
    return _counted(raw, "stage")


def _counted(raw: ibis.Table, name: str) -> dict[str, int]:
    return {value: n for (value,), n in _groups(raw, {"value": text(raw[name])})}


def _sources(raw: ibis.Table, seen: Seen) -> dict[tuple[str, str | None], int]:
    if "source" not in raw.columns or seen.layout is None:
        return {}
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
