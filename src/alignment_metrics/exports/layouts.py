"""What each vendor calls its columns: data files beside this module, matched against the header of a file."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from alignment_metrics.charter import Charter, Export
from alignment_metrics.charter.grammar import shown

_QUOTES = str.maketrans(dict.fromkeys("'\u2018\u2019\u201c\u201d\u00ab\u00bb", '"'))


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


def match(headers: Sequence[str], export: Export, charter: Charter, problems: list[str]) -> Headers:
    """Find the columns of a file by the charter's own words first, then by the layout's known headers.

    What is wrong is added to ``problems``, in words.
    """
    known = layout(export.layout)
    places = charter.funnel.places
    find = _Finder(headers)
    named = {}
    for canonical, header in export.columns.items():
        if (found := find.header(header)) is None:
            problems.append(f"no column {shown(header)} for {canonical}; {find.nearest(header)}. Name one of them.")
        else:
            named[canonical] = found
    columns = {name: find.any(candidates) for name, candidates in known.columns.items()}
    stages = {name: find.any(candidates) for name, candidates in known.stages.items() if name in places}
    columns |= {segment: find.words(segment) for segment in charter.organisation.segments}
    if known.name == "custom":
        stages = {place: find.header(place) for place in places}
    columns |= {name: header for name, header in named.items() if name not in places}
    stages |= {name: header for name, header in named.items() if name in places}
    # A file of one's own layout may be one of deals, which know their leads by either key.
    keys = ("lead_id", "opportunity_id") if known.name == "custom" else (known.key,)
    if not any(columns.get(key) or key in export.columns for key in keys):
        expected = " or ".join(shown(one) for one in known.columns[known.key])
        problems.append(
            f"no column for {known.key} (expected {expected}); {find.nearest(known.key)}. Name it "
            f"under [export.columns]."
        )
    outcome = {name: find.any(candidates) for name, candidates in known.outcome.items() if not name.endswith("_stages")}
    found_all = Headers(_present(columns), _present(stages), _present(outcome))
    for canonical, header in {**found_all.columns, **found_all.stages, **found_all.outcome}.items():
        if headers.count(header) > 1:
            problems.append(
                f"{headers.count(header)} columns are named {shown(header)}, and {canonical} is read from it; rename "
                f"all but one of them."
            )
    return found_all


class _Finder:
    """Looks a header up: as it is, else without regard to case, blanks and the kind of its quotes."""

    def __init__(self, headers: Sequence[str]) -> None:
        self.headers = headers
        # Where several are alike, the first in the file counts.
        self.loose = {_plain(header): header for header in reversed(headers) if header.strip()}
        self.worded = {_words(header): header for header in reversed(headers)}

    def header(self, name: str) -> str | None:
        return name if name in self.headers else self.loose.get(_plain(name))

    def any(self, names: Sequence[str]) -> str | None:
        return next((found for name in names if (found := self.header(name)) is not None), None)

    def words(self, name: str) -> str | None:
        """``company_size`` is found as ``Company Size`` too."""
        return self.header(name) or self.worded.get(_words(name))

    def nearest(self, name: str) -> str:
        near = difflib.get_close_matches(_plain(name)[:60], [one for one in self.loose if len(one) < 200], n=3)
        return f"the file has {some([self.loose[one] for one in near] or self.headers)}"


def _present(found: Mapping[str, str | None]) -> dict[str, str]:
    return {name: header for name, header in found.items() if header is not None}


def _plain(header: str) -> str:
    return " ".join(header.translate(_QUOTES).casefold().split())


def _words(header: str) -> str:
    return re.sub(r"[\W_]+", "_", header.casefold()).strip("_")


def some(headers: Sequence[str], most: int = 12) -> str:
    named = ", ".join(shown(header) for header in headers[:most])
    return named + (f" and {len(headers) - most} more" if len(headers) > most else "")
