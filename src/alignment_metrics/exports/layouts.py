"""What each vendor calls its columns: data files beside this module, matched against the header of a file."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from alignment_metrics.charter import Charter, Export

_QUOTES = str.maketrans({quote: '"' for quote in "'\u2018\u2019\u201c\u201d\u00ab\u00bb"})


@dataclass(frozen=True, slots=True)
class Layout:
    """The known headers of one kind of file; ``key`` is the column that names its rows."""

    name: str
    key: str
    columns: Mapping[str, Sequence[str]]
    stages: Mapping[str, Sequence[str]]
    outcome: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Headers:
    """Which header of a file holds what: canonical columns, stages, and what tells the outcome of a deal."""

    columns: Mapping[str, str]
    stages: Mapping[str, str]
    outcome: Mapping[str, str]


@cache
def layout(name: str) -> Layout:
    """One of the layouts that the charter may name."""
    text = (files(__package__) / "layouts" / f"{name}.toml").read_text("utf-8")
    raw: dict[str, Any] = tomllib.loads(text)
    return Layout(name, raw["key"], raw["columns"], raw["stages"], raw.get("outcome", {}))


def match(
    headers: Sequence[str], export: Export, charter: Charter, *, repeated: Collection[str], problems: list[str]
) -> Headers:
    """Find the columns of a file by the charter's own words first, then by the layout's known headers.

    What is wrong is added to ``problems``, in words. ``repeated`` are the headers that stand there more than once.
    """
    known = layout(export.layout)
    # A header comes with straight or curly, single or double quotes, in any case: the columns are the same.
    loose = {_plain(header): header for header in reversed(headers)}
    named = dict(export.columns)
    for canonical, header in named.items():
        found = header if header in headers else loose.get(_plain(header))
        if found is None:
            near = difflib.get_close_matches(_plain(header), list(loose), n=3, cutoff=0.6)
            there = ", ".join(repr(loose[one]) for one in near) if near else _some(headers)
            problems.append(f"no column {header!r} for {canonical}; the file has {there}.")
        else:
            named[canonical] = found

    def first(candidates: Sequence[str]) -> str | None:
        return next((loose[_plain(one)] for one in candidates if _plain(one) in loose), None)

    places = charter.funnel.places
    columns = {name: first(candidates) for name, candidates in known.columns.items()}
    stages = {name: first(candidates) for name, candidates in known.stages.items() if name in places}
    words = {_words(header): header for header in reversed(headers)}
    for segment in charter.organisation.segments:
        columns[segment] = words.get(_words(segment))
    if known.name == "custom":
        stages = {place: place if place in headers else None for place in places}
    columns |= {name: header for name, header in named.items() if name not in places}
    stages |= {name: header for name, header in named.items() if name in places}
    if columns.get(known.key) is None:
        expected = ", ".join(repr(one) for one in known.columns[known.key])
        problems.append(
            f"no column for {known.key} (expected {expected}); the file has {_some(headers)}; "
            f"name it under [export.columns]."
        )
    outcome = {name: first(candidates) for name, candidates in known.outcome.items() if not name.endswith("_stages")}
    found_all = Headers(_present(columns), _present(stages), _present(outcome))
    for canonical, header in {**found_all.columns, **found_all.stages, **found_all.outcome}.items():
        if header in repeated:
            problems.append(f"two columns are named {header!r}, and {canonical} is read from it; rename one of them.")
    return found_all


def _present(found: Mapping[str, str | None]) -> dict[str, str]:
    return {name: header for name, header in found.items() if header is not None}


def _plain(header: str) -> str:
    return " ".join(header.translate(_QUOTES).casefold().split())


def _words(header: str) -> str:
    return re.sub(r"[\W_]+", "_", header.casefold()).strip("_")


def _some(headers: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(repr(header) for header in headers[:most])
    return shown + (f" and {len(headers) - most} more" if len(headers) > most else "")
