"""Walks a charter from its first table to its last and tells all that is wrong with it at once."""

from __future__ import annotations

import re
from typing import Any

from alignment_metrics.charter.agreement import agreement
from alignment_metrics.charter.figures import entered, year
from alignment_metrics.charter.files import Files
from alignment_metrics.charter.grammar import LAST_DAY, LONGEST_WINDOW, shown, under
from alignment_metrics.charter.plan import (
    COLUMNS,
    DIRECTIONS,
    EVENT,
    LISTS,
    PERIODS,
    RESERVED,
    SIGNS,
    STANDARD,
    TAGS,
    TREATMENTS,
    Charter,
    Definition,
    Funnel,
    Organisation,
    Policy,
    Source,
)
from alignment_metrics.charter.reconcile import reconcile
from alignment_metrics.charter.teams import teams

_LONGEST_NAME = 60
# What everything is called that an export does not tell.
_UNTOLD = "unknown"
# What stands in a charter beside the lists.
_TABLES = (
    "organisation",
    "export",
    "funnel",
    "sources",
    "treatment",
    "policy",
    "reconcile",
    "teams",
    "agreement",
    "benchmark",
)


class Reader(Files):
    """Reads the tables of one document, which lies in ``folder``."""

    def charter(self, document: dict[str, Any], sha256: str) -> Charter:
        """The whole plan; ``ValueError`` lists the mistakes."""
        top = self.table(document, "", (*_TABLES, *LISTS))
        organisation = self.organisation(top.get("organisation"))
        exports = self.exports(top.get("export"))
        before = len(self.mistakes)
        funnel = self.funnel(top.get("funnel"))
        is_whole = len(self.mistakes) == before
        sources, policy = self.sources(top.get("sources", {})), self.policy(top.get("policy", {}))
        charter = Charter(
            folder=self.folder,
            organisation=organisation,
            exports=exports,
            funnel=funnel,
            sources=sources,
            policy=policy,
            treatment=self.treatment(top.get("treatment", {})),
            lists={name: self.list_(top[name], name) for name in LISTS if name in top},
            reconcile=reconcile(self, top.get("reconcile", {})),
            teams=teams(self, top.get("teams", {})),
            # Of a funnel that cannot be read, no goal can be judged by its stages.
            agreement=agreement(self, top.get("agreement"), policy, funnel if is_whole else None),
            entered=entered(self, top.get("benchmark", [])),
            sha256=sha256,
        )
        self.names(charter)
        self.comparisons(charter)
        if self.mistakes:
            count = len(self.mistakes)
            head = f"{self.folder / 'charter.toml'}: {count} mistake{'s' if count > 1 else ''}."
            raise ValueError("\n  ".join([head, *self.mistakes]))
        return charter

    def organisation(self, raw: Any) -> Organisation:
        keys = ("name", "currency", "timezone", "as_of", "segments", "since", "history_from", "year", "year_before")
        table = self.table(raw, "organisation", keys, required=("name", "timezone", "as_of"))
        as_of = self.day(table, "organisation", "as_of") or LAST_DAY
        since, history_from = (self.day(table, "organisation", key) for key in ("since", "history_from"))
        for key, day in (("since", since), ("history_from", history_from)):
            if day is not None and day > as_of:
                self.wrong(f"organisation.{key}", f"must not be after as_of; got {day} and {as_of}")
        segments = self.texts(table, "organisation", "segments")
        self.once(segments, "organisation.segments")
        return Organisation(
            name=self.text(table, "organisation", "name"),
            currency=self.text(table, "organisation", "currency"),
            timezone=self.zone(table, "organisation") or "UTC",
            as_of=as_of,
            segments=segments,
            since=since,
            history_from=history_from,
            year=year(self, table.get("year", {}), "organisation.year"),
            year_before=year(self, table.get("year_before", {}), "organisation.year_before"),
        )

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
            entry = self.table(item, path, ("owner", "enters_when", "if_refused", "stands_for"))
            told = {key: self.text(entry, path, key) for key in entry if key != "stands_for"}
            definitions[stage] = Definition(**told, stands_for=self.stands_for(entry, path, stage, stages))
        self.stand_for_one(definitions)
        return Funnel(
            stages=stages or ("lead", "won"),
            exits=exits,
            entry=self.choice(table, "funnel", "entry", ("first", "last")),
            skipped=self.choice(table, "funnel", "skipped", ("observed", "passed")),
            definitions=definitions,
        )

    def stands_for(self, entry: dict[str, Any], path: str, stage: str, stages: tuple[str, ...]) -> str | None:
        """The name under which others publish what this stage is."""
        if "stands_for" not in entry:
            return None
        name = str(self.choice(entry, path, "stands_for", STANDARD))
        if name != entry["stands_for"]:
            return None
        path = under(path, "stands_for")
        bearer = next((one for one in stages if one.casefold() == name), stage)
        if stage not in stages:
            self.wrong(path, f"{shown(stage)} is an exit, and only a stage can stand for another; take it out")
        elif bearer != stage:
            self.wrong(path, f"{shown(bearer)} is a stage of this funnel itself; take it out, or rename that stage")
        return name

    def stand_for_one(self, definitions: dict[str, Definition]) -> None:
        first: dict[str, str] = {}
        for stage, one in definitions.items():
            other = first.setdefault(one.stands_for, stage) if one.stands_for else stage
            if other != stage:
                path = under(under("funnel.definitions", stage), "stands_for")
                self.wrong(path, f"{shown(other)} stands for {one.stands_for!r} already; keep it for one stage")

    def sources(self, raw: Any) -> dict[str, Source]:
        found = {}
        for value, item in self.table(raw, "sources", None).items():
            path = under("sources", value)
            if value != value.strip() or not value:
                self.wrong(path, "cells are read without the blanks around them, so it matches none; take them out")
            if "\0" in value:
                self.wrong(path, "no cell can hold the character NUL, so it matches none; take it out")
            table = self.table(item, path, ("source", "direction", *TAGS), required=("source", "direction"))
            direction = self.choice(table, path, "direction", DIRECTIONS)
            tags = {tag: self.choice(table, path, tag, words) for tag, words in TAGS.items() if tag in table}
            name = self.text(table, path, "source")
            if name.strip().casefold() == _UNTOLD and direction != _UNTOLD:
                self.wrong(
                    under(path, "source"),
                    f"{shown(name)} is what leads are called whose source is not told, so it has no direction; name it "
                    f"otherwise, or say direction = {_UNTOLD!r}",
                )
            found[value] = Source(name, direction, tags)
        return found

    def treatment(self, raw: Any) -> dict[str, str]:
        table = self.table(raw, "treatment", TREATMENTS)
        return {code: self.choice(table, "treatment", code, TREATMENTS[code]) for code in table}

    def policy(self, raw: Any) -> Policy:
        told = ("within_days", "confidence", "min_group", "suppress_below", "cohort")
        table = self.table(raw, "policy", (*told, "margin", "adjust_by", "negative_control"))
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
            cohort=self.choice(table, "policy", "cohort", PERIODS),
            margin=self.margin(table),
            adjust_by=self.texts(table, "policy", "adjust_by") if "adjust_by" in table else None,
            negative_control=self.negative_control(table),
        )
        self.once(policy.adjust_by or (), "policy.adjust_by")
        if policy.suppress_below > policy.min_group:
            self.wrong(
                "policy.suppress_below",
                f"must not be above policy.min_group, or a rate could be shown of a group that must not be; "
                f"got {policy.suppress_below} and {policy.min_group}",
            )
        if policy.within_days > LONGEST_WINDOW:
            self.wrong("policy.within_days", f"must be at most {LONGEST_WINDOW}; got {policy.within_days}")
        return policy

    def margin(self, policy: dict[str, Any]) -> float | None:
        margin = policy.get("margin")
        if margin is None or (isinstance(margin, float) and 0 < margin < 1):
            return margin
        self.wrong(
            "policy.margin",
            f"must be a share above 0 and below 1, such as 0.02 for two points; got {shown(margin)}",
        )
        return None

    def negative_control(self, policy: dict[str, Any]) -> tuple[str, str] | None:
        if "negative_control" not in policy:
            return None
        path, keys = "policy.negative_control", ("column", "value")
        table = self.table(policy["negative_control"], path, keys, required=keys)
        return self.text(table, path, "column"), self.text(table, path, "value")

    def comparisons(self, charter: Charter) -> None:
        """What groups are made alike by, and what must not differ between them, are columns of leads."""
        policy, known = charter.policy, (*charter.breakdowns, "owner")
        for name in policy.adjust_by or ():
            if name not in (*known, *PERIODS):
                told = ", ".join((*known, *PERIODS))
                self.wrong("policy.adjust_by", f"{shown(name)} is no column of the leads; name one of {told}")
        column = policy.negative_control[0] if policy.negative_control else None
        if column and column not in known:
            told = ", ".join(known)
            self.wrong(
                "policy.negative_control.column", f"{shown(column)} is no column of the leads; name one of {told}"
            )
        elif column in charter.adjust_by:
            self.wrong(
                "policy.negative_control.column",
                f"{shown(column)} is adjusted for, so it cannot show what is left; take another one",
            )

    def names(self, charter: Charter) -> None:
        """Stages, segments and further columns stand side by side in one table: each name must be one, and its own."""
        funnel, segments = charter.funnel, charter.organisation.segments
        named = [("stage", "funnel", name) for name in funnel.places]
        named += [("segment", "organisation.segments", name) for name in segments]
        listing, before = ", ".join(funnel.places), -1
        readable = (*COLUMNS, *SIGNS, *funnel.places)
        for export in charter.exports:
            for name in (name for name in export.ignore if name not in readable and export.part_of != before):
                path = f"export[{export.part_of}].ignore"
                self.wrong(path, f"{shown(name)} is not read anyway; known here: {', '.join(readable)}")
            known = (*COLUMNS, *SIGNS, *EVENT, *funnel.places, *segments)
            own = (name for name in export.columns if name not in known)
            named += [("column", f"export[{export.part_of}].columns", name) for name in own]
            for value, stage in export.stages.items() if export.part_of != before else ():
                if stage and stage not in funnel.places:
                    path = under(f"export[{export.part_of}].stages", value)
                    self.wrong(path, f"{shown(stage)} is no stage or exit of [funnel]; name one of {listing}")
            before = export.part_of
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
