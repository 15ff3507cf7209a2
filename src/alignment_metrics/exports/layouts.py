"""What each vendor calls its columns: data files, matched against the header of a file."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from alignment_metrics.charter import COLUMNS, DIRECTIONS, EVENT, SIGNS, Charter, Export, layouts
from alignment_metrics.charter.grammar import Grammar, shown, under
from alignment_metrics.files.headers import plain

_KEYS = ("lead_id", "opportunity_id")
_TABLES = ("columns", "stages", "outcome", "sources", "directions", "several", "values")
_LISTS = ("marks", "fields", "undecided")


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of file.

    Attributes
    ----------
    key : str
        The column that names its rows: ``lead_id`` or ``opportunity_id``.
    events : bool
        Whether a row is an event (a record came to a stage) and not a record.
    columns, stages, outcome : mapping of str to sequence of str
        Canonical name, stage, or what tells the outcome of a deal, and the headers it is known by; the first that a
        file has is taken.
    values : mapping of str to sequence of str
        Of events: a stage, and what the column ``stage`` calls it.
    fields : sequence of str
        Of events in which several fields change: those whose changes tell a stage.
    sources : mapping of str to sequence of str
        The vendor's own word for a source, and the other forms it writes it in.
    directions : mapping of str to str
        The direction of a source, where the vendor documents what it means.
    undecided : sequence of str
        Sources that hold leads of either direction; only the detail beside them can tell.
    several : mapping of str to str
        Columns whose cells may hold several ids, and what parts them.
    marks : sequence of str
        Further headers that tell this layout from others.
    salesforce_ids : bool
        Whether ids of 18 characters are those of 15 with three letters to check them by.
    """

    name: str
    key: str
    events: bool
    columns: Mapping[str, Sequence[str]]
    stages: Mapping[str, Sequence[str]]
    outcome: Mapping[str, Sequence[str]]
    values: Mapping[str, Sequence[str]]
    fields: Sequence[str]
    sources: Mapping[str, Sequence[str]]
    directions: Mapping[str, str]
    undecided: Sequence[str]
    several: Mapping[str, str]
    marks: Sequence[str]
    salesforce_ids: bool

    @property
    def headers(self) -> frozenset[str]:
        """All that is known of its headers, as ``plain`` writes them."""
        known = (*self.columns.values(), *self.stages.values(), *self.outcome.values(), self.marks)
        return frozenset(plain(header) for headers in known for header in headers)


@dataclass(frozen=True, slots=True)
class Headers:
    """Which header of a file holds what: canonical columns, stages, and what tells the outcome of a deal."""

    columns: Mapping[str, str]
    stages: Mapping[str, str]
    outcome: Mapping[str, str]


def layout(name: str, folder: Path | None = None) -> Layout:
    """One of the layouts that the charter may name; one of the client's own lies in ``folder``.

    Raises
    ------
    ValueError
        A layout of the client's own breaks the rules; the message lists every mistake.
    """
    if folder is None or not name.endswith(".toml"):
        return _known(name)
    try:
        raw = tomllib.loads((folder / name).read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"the layout {name} cannot be read: {error}; correct it.") from None
    return _layout(name, raw)


@cache
def _known(name: str) -> Layout:
    path = files("alignment_metrics") / "data" / "layouts" / f"{name}.toml"
    return _layout(name, tomllib.loads(path.read_text("utf-8")))


def _layout(name: str, raw: dict[str, Any]) -> Layout:
    grammar = Grammar()
    # The title is for whoever reads the file.
    top = grammar.table(raw, "", ("title", "key", "rows", "ids", *_LISTS, *_TABLES), required=("key", "columns"))
    canonical = (*COLUMNS, *SIGNS, *EVENT)
    tables = {one: grammar.table(top.get(one, {}), one, canonical if one == "columns" else None) for one in _TABLES}
    lists: dict[str, Any] = {one: grammar.texts(top, "", one) for one in _LISTS}
    single = ("directions", "several")
    read: dict[str, Any] = {
        one: {key: grammar.text(table, one, key) if one in single else grammar.texts(table, one, key) for key in table}
        for one, table in tables.items()
    }
    for source, direction in read["directions"].items():
        if direction not in DIRECTIONS:
            grammar.wrong(
                under("directions", source), f"must be one of {', '.join(DIRECTIONS)}; got {shown(direction)}"
            )
    found = Layout(
        name=name,
        key=grammar.choice(top, "", "key", _KEYS),
        events=grammar.choice(top, "", "rows", ("records", "events")) == "events",
        salesforce_ids="ids" in top and grammar.choice(top, "", "ids", ("salesforce",)) == "salesforce",
        **read,
        **lists,
    )
    if grammar.mistakes:
        raise ValueError(f"the layout {name} is wrong: {' '.join(grammar.mistakes)}")
    return found


def looked_for(charter: Charter, export: Export) -> frozenset[str]:
    """The headers, as ``plain`` writes them, by which the header line of a file is known."""
    names = layouts() if export.layout is None else (export.layout,)
    known = frozenset[str]().union(*(layout(name, charter.folder).headers for name in names))
    own = (*export.columns.values(), *charter.organisation.segments, *charter.funnel.places)
    return known | {plain(header) for header in own}


def match(headers: Sequence[str], known: Layout, export: Export, charter: Charter, problems: list[str]) -> Headers:
    """Find the columns of a file by the charter's own words first, then by the layout's known headers.

    What is wrong is added to ``problems``, in words.
    """
    places = () if known.events else charter.funnel.places
    find = Finder(headers)
    named = {}
    for canonical, header in export.columns.items():
        if (found := find.header(header)) is None:
            problems.append(f"no column {shown(header)} for {canonical}; {find.nearest(header)}. Name one of them.")
        else:
            # What a history calls "new" is the stage that was come to.
            named["stage" if known.events and canonical == "new" else canonical] = found
    columns = {name: find.any(candidates) for name, candidates in known.columns.items()}
    stages = {name: find.any(candidates) for name, candidates in known.stages.items() if name in places}
    shared = [one.join for one in charter.exports if one.join]
    columns |= {name: find.words(name) for name in (*charter.organisation.segments, *shared)}
    if known.name == "custom":
        stages = {place: find.header(place) for place in places}
    columns |= {name: header for name, header in named.items() if name not in places}
    stages |= {name: header for name, header in named.items() if name in places}
    # A file of one's own layout may be one of deals, which know their leads by either key.
    keys = (export.join,) if export.join else _KEYS if known.name in ("custom", "history") else (known.key,)
    needed = [keys, *((name,) for name in ("stage", "at") if known.events)]
    for names in needed:
        if not any(columns.get(name) or name in export.columns for name in names):
            expected = " or ".join(shown(one) for one in known.columns.get(names[0], (names[0],)))
            problems.append(
                f"no column for {names[0]} (expected {expected}); {find.nearest(names[0])}. Name it under "
                f"[export.columns]."
            )
    outcome = {name: find.any(candidates) for name, candidates in known.outcome.items() if not name.endswith("_stages")}
    left_out = dict.fromkeys(export.ignore)
    found_all = Headers(_present({**columns, **left_out}), _present({**stages, **left_out}), _present(outcome))
    for canonical, header in {**found_all.columns, **found_all.stages, **found_all.outcome}.items():
        if headers.count(header) > 1:
            problems.append(
                f"{headers.count(header)} columns are named {shown(header)}, and {canonical} is read from it; rename "
                f"all but one of them."
            )
    return found_all


class Finder:
    """Looks a header up: as it is, else without regard to case, blanks and the kind of its quotes."""

    def __init__(self, headers: Sequence[str]) -> None:
        self.headers = headers
        # Where several are alike, the first in the file counts.
        self.loose = {plain(header): header for header in reversed(headers) if header.strip()}
        self.worded = {_words(header): header for header in reversed(headers)}

    def header(self, name: str) -> str | None:
        return name if name in self.headers else self.loose.get(plain(name))

    def any(self, names: Sequence[str]) -> str | None:
        return next((found for name in names if (found := self.header(name)) is not None), None)

    def words(self, name: str) -> str | None:
        """``company_size`` is found as ``Company Size`` too."""
        return self.header(name) or self.worded.get(_words(name))

    def nearest(self, name: str) -> str:
        near = difflib.get_close_matches(plain(name)[:60], [one for one in self.loose if len(one) < 200], n=3)
        return f"the file has {some([self.loose[one] for one in near] or self.headers)}"


def _present(found: Mapping[str, str | None]) -> dict[str, str]:
    return {name: header for name, header in found.items() if header is not None}


def _words(header: str) -> str:
    return re.sub(r"[\W_]+", "_", header.casefold()).strip("_")


def nearest(name: str, headers: Sequence[str]) -> str:
    """What might be meant by a name that no header bears, as the middle of a sentence; empty where nothing is near."""
    loose = {_words(header): header for header in reversed(headers) if 0 < len(header) < 200}
    near = difflib.get_close_matches(_words(name)[:60], loose, n=2, cutoff=0.6)
    near += [word for word in loose if _words(name) in word.split("_") and word not in near][:2]
    return f" The nearest {'is' if len(near) == 1 else 'are'} {some([loose[one] for one in near])}." if near else ""


def some(headers: Sequence[str], most: int = 12) -> str:
    named = ", ".join(shown(header) for header in headers[:most])
    return named + (f" and {len(headers) - most} more" if len(headers) > most else "")
