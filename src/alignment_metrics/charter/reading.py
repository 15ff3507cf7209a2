"""Walks a charter from its first table to its last and tells all that is wrong with it at once."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

from alignment_metrics.charter.grammar import Grammar, shown, under
from alignment_metrics.charter.plan import (
    COLUMNS,
    DIRECTIONS,
    LAYOUTS,
    RESERVED,
    Charter,
    Definition,
    Export,
    Funnel,
    Organisation,
    Policy,
    Source,
)

_LONGEST_WINDOW = 36_500
_LONGEST_NAME = 60
# The clocks of every zone are known between these two.
_FIRST_DAY, _LAST_DAY = dt.date(1970, 1, 1), dt.date(2199, 12, 31)


class Reader(Grammar):
    """Reads the tables of one document, which lies in ``folder``."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def charter(self, document: dict[str, Any], sha256: str) -> Charter:
        """The whole plan; ``ValueError`` lists the mistakes."""
        top = self.table(document, "", ("organisation", "export", "funnel", "sources", "policy"))
        charter = Charter(
            folder=self.folder,
            organisation=self.organisation(top.get("organisation")),
            exports=self.exports(top.get("export")),
            funnel=self.funnel(top.get("funnel")),
            sources=self.sources(top.get("sources", {})),
            policy=self.policy(top.get("policy", {})),
            sha256=sha256,
        )
        self.names(charter)
        if self.mistakes:
            count = len(self.mistakes)
            head = f"{self.folder / 'charter.toml'}: {count} mistake{'s' if count > 1 else ''}."
            raise ValueError("\n  ".join([head, *self.mistakes]))
        return charter

    def organisation(self, raw: Any) -> Organisation:
        keys = ("name", "currency", "timezone", "as_of", "segments")
        table = self.table(raw, "organisation", keys, required=("name", "timezone", "as_of"))
        as_of = table.get("as_of", _LAST_DAY)
        if type(as_of) is not dt.date:
            self.wrong(
                "organisation.as_of", f"must be a day such as 2026-06-30, without quotes or time; got {shown(as_of)}"
            )
            as_of = _LAST_DAY
        elif not _FIRST_DAY <= as_of <= _LAST_DAY:
            self.wrong("organisation.as_of", f"must lie between {_FIRST_DAY} and {_LAST_DAY}; got {as_of}")
        segments = self.texts(table, "organisation", "segments")
        self.once(segments, "organisation.segments")
        return Organisation(
            name=self.text(table, "organisation", "name"),
            currency=self.text(table, "organisation", "currency"),
            timezone=self.zone(table, "organisation") or "UTC",
            as_of=as_of,
            segments=segments,
        )

    def exports(self, raw: Any) -> tuple[Export, ...]:
        if not isinstance(raw, list) or not raw:
            self.wrong("export", "at least one [[export]] with file and layout is needed; there is none")
            return ()
        found = tuple(self.export(item, f"export[{number}]") for number, item in enumerate(raw))
        self.once([export.file for export in found if export.file], "export.file")
        return found

    def export(self, raw: Any, path: str) -> Export:
        keys = ("file", "layout", "timezone", "day_first", "decimal", "columns")
        table = self.table(raw, path, keys, required=("file", "layout"))
        file = self.text(table, path, "file")
        if file and not self.inside(file):
            self.wrong(f"{path}.file", f"must lie inside the client's folder; {shown(file)} does not")
        day_first = table.get("day_first")
        if day_first is not None and not isinstance(day_first, bool):
            self.wrong(f"{path}.day_first", f"must be true or false; got {shown(day_first)}")
        decimal = table.get("decimal")
        if decimal not in (None, ".", ","):
            self.wrong(f"{path}.decimal", f'must be "." or ","; got {shown(decimal)}')
        columns = self.table(table.get("columns", {}), f"{path}.columns", None)
        return Export(
            file=file,
            layout=self.choice(table, path, "layout", LAYOUTS),
            timezone=self.zone(table, path),
            day_first=day_first,
            decimal=decimal,
            columns={name: self.text(columns, f"{path}.columns", name) for name in columns},
        )

    def inside(self, file: str) -> bool:
        try:
            return (self.folder / file).resolve().is_relative_to(self.folder.resolve())
        except (OSError, RuntimeError, ValueError):  # a name that no file can have, or links that go in a circle
            return False

    def funnel(self, raw: Any) -> Funnel:
        keys = ("stages", "exits", "entry", "skipped", "definitions")
        table = self.table(raw, "funnel", keys, required=("stages",))
        stages, exits = self.texts(table, "funnel", "stages"), self.texts(table, "funnel", "exits")
        if len(stages) < 2 and (stages or table.get("stages") == []):
            self.wrong("funnel.stages", f"at least two stages are needed; got {len(stages)}")
        self.once(stages + exits, "funnel")
        known = (*stages, *exits) if stages else None
        raw_definitions = self.table(table.get("definitions", {}), "funnel.definitions", known)
        definitions = {}
        for stage, item in raw_definitions.items():
            path = under("funnel.definitions", stage)
            entry = self.table(item, path, ("owner", "enters_when", "if_refused"))
            definitions[stage] = Definition(**{key: self.text(entry, path, key) for key in entry})
        return Funnel(
            stages=stages or ("lead", "won"),
            exits=exits,
            entry=self.choice(table, "funnel", "entry", ("first", "last")),
            skipped=self.choice(table, "funnel", "skipped", ("observed", "passed")),
            definitions=definitions,
        )

    def sources(self, raw: Any) -> dict[str, Source]:
        found = {}
        for value, item in self.table(raw, "sources", None).items():
            path = under("sources", value)
            if value != value.strip() or not value:
                self.wrong(path, "cells are read without the blanks around them, so it matches none; take them out")
            if "\0" in value:
                self.wrong(path, "no cell can hold the character NUL, so it matches none; take it out")
            table = self.table(item, path, ("source", "direction"), required=("source", "direction"))
            direction = self.choice(table, path, "direction", DIRECTIONS)
            found[value] = Source(self.text(table, path, "source"), direction)
        return found

    def policy(self, raw: Any) -> Policy:
        table = self.table(raw, "policy", ("within_days", "confidence", "min_group", "suppress_below"))
        usual = Policy()
        confidence = table.get("confidence", usual.confidence)
        if not isinstance(confidence, float) or not 0.5 <= confidence < 1:
            self.wrong(
                "policy.confidence", f"must be a share from 0.5 to below 1, such as 0.95; got {shown(confidence)}"
            )
            confidence = usual.confidence
        policy = Policy(
            within_days=self.whole(table, "policy", "within_days", least=1, default=usual.within_days),
            confidence=confidence,
            min_group=self.whole(table, "policy", "min_group", least=1, default=usual.min_group),
            suppress_below=self.whole(table, "policy", "suppress_below", least=0, default=usual.suppress_below),
        )
        if policy.suppress_below > policy.min_group:
            self.wrong(
                "policy.suppress_below",
                f"must not be above policy.min_group, or a rate could be shown of a group that must not be; "
                f"got {policy.suppress_below} and {policy.min_group}",
            )
        if policy.within_days > _LONGEST_WINDOW:
            self.wrong("policy.within_days", f"must be at most {_LONGEST_WINDOW}; got {policy.within_days}")
        return policy

    def names(self, charter: Charter) -> None:
        """Stages, segments and further columns stand side by side in one table: each name must be one, and its own."""
        funnel, segments = charter.funnel, charter.organisation.segments
        named = [("stage", "funnel", name) for name in funnel.places]
        named += [("segment", "organisation.segments", name) for name in segments]
        for number, export in enumerate(charter.exports):
            own = (name for name in export.columns if name not in (*COLUMNS, *funnel.places, *segments))
            named += [("column", f"export[{number}].columns", name) for name in own]
        first: dict[str, tuple[str, str]] = {}
        for kind, path, name in named:
            if name.casefold() in RESERVED:
                self.wrong(path, f"{shown(name)} is a name that the package itself uses; choose another one")
            elif kind == "stage" and not (name.isidentifier() and len(name) <= _LONGEST_NAME):
                near = re.sub(r"\W+", "_", name.strip()).strip("_")[:_LONGEST_NAME]
                hint = f", such as {near!r}" if near.isidentifier() else ""
                self.wrong(path, f"{shown(name)} cannot name a stage; use letters, digits and _ only{hint}")
            elif name != name.strip() or "|" in name or not name.isprintable() or len(name) > _LONGEST_NAME:
                self.wrong(path, f"{shown(name)} cannot name a {kind}; use up to 60 letters, digits and blanks inside")
            other_kind, other = first.setdefault(name.casefold(), (kind, name))
            if (kind, name) != (other_kind, other) and kind != other_kind:
                self.wrong(path, f"{shown(name)} is also the name of a {other_kind}; rename one of them")
            elif kind == "column" and name != other:
                self.wrong(path, f"{shown(other)} and {shown(name)} differ only in case; rename one of them")
