"""The plan both teams signed: definitions, sources, agreement and policy, read from ``charter.toml`` and checked.

Every threshold of the audit lives here, and every mistake in the file is told at once, by the path of its key.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import tomllib
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Direction = Literal["inbound", "outbound", "unknown"]
DIRECTIONS: tuple[Direction, ...] = ("inbound", "outbound", "unknown")
LAYOUTS = ("hubspot-contacts", "salesforce-leads", "salesforce-opportunities", "custom")
# The columns every lead may have, and the names no column of an export may take.
COLUMNS = ("lead_id", "opportunity_id", "source", "owner", "account_id", "amount")
RESERVED = (*COLUMNS, "direction", "row", "quarter")


@dataclass(frozen=True, slots=True)
class Organisation:
    """Whose leads these are, and the last whole day (``as_of``, in ``timezone``) that the export covers."""

    name: str
    currency: str
    timezone: str
    as_of: dt.date
    segments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Export:
    """One file of the export. ``columns`` maps canonical names to the headers of the file."""

    file: str
    layout: str
    timezone: str | None = None
    day_first: bool | None = None
    decimal: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Definition:
    """What a stage means: who owns it, what enters it, what happens on refusal."""

    owner: str | None = None
    enters_when: str | None = None
    if_refused: str | None = None


@dataclass(frozen=True, slots=True)
class Funnel:
    """The stages in order, the exits, and how repeated and skipped entries count."""

    stages: tuple[str, ...]
    exits: tuple[str, ...] = ()
    entry: Literal["first", "last"] = "first"
    skipped: Literal["observed", "passed"] = "observed"
    definitions: Mapping[str, Definition] = field(default_factory=dict)

    @property
    def first(self) -> str:
        return self.stages[0]

    @property
    def last(self) -> str:
        return self.stages[-1]

    @property
    def steps(self) -> tuple[tuple[str, str], ...]:
        """Neighbouring stages, in order."""
        return tuple(zip(self.stages, self.stages[1:], strict=False))

    @property
    def places(self) -> tuple[str, ...]:
        """All that a lead can enter: stages, then exits."""
        return self.stages + self.exits


@dataclass(frozen=True, slots=True)
class Source:
    """What a raw source value of the export stands for."""

    source: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class Policy:
    """Every threshold of the audit.

    ``within_days`` is the window of a conversion rate; groups below ``min_group`` leads are shown as counts, those
    below ``suppress_below`` not at all.
    """

    within_days: int = 90
    confidence: float = 0.95
    min_group: int = 30
    suppress_below: int = 5


@dataclass(frozen=True, slots=True)
class Charter:
    """The whole plan, the folder it was read from, and the fingerprint of its text."""

    folder: Path
    organisation: Organisation
    exports: tuple[Export, ...]
    funnel: Funnel
    sources: Mapping[str, Source]
    policy: Policy
    sha256: str

    @property
    def breakdowns(self) -> tuple[str, ...]:
        """The organisation's own columns of leads: its segments, then any other that ``[export.columns]`` names."""
        named = (name for export in self.exports for name in export.columns)
        own = (name for name in named if name not in (*COLUMNS, *self.funnel.places))
        return tuple(dict.fromkeys((*self.organisation.segments, *own)))


def read_charter(folder: str | Path) -> Charter:
    """Read and check ``charter.toml`` in a client's folder.

    Parameters
    ----------
    folder : str or Path
        The client's folder, or the charter file itself.

    Returns
    -------
    Charter

    Raises
    ------
    FileNotFoundError
        The folder or its charter is not there.
    ValueError
        The charter is not TOML, or breaks the rules; the message lists every mistake with the path of its key.
    """
    path = Path(folder)
    if path.name != "charter.toml":
        if not path.is_dir():
            raise FileNotFoundError(f"there is no folder {path}; name the folder that holds charter.toml.")
        path = path / "charter.toml"
    if not path.is_file():
        raise FileNotFoundError(
            f"there is no charter.toml in {path.parent}; write one, or start from the one in a sample folder "
            f"(alignment-metrics sample DIR)."
        )
    raw = path.read_bytes()
    try:
        # A charter edited on another machine must not change the findings by its line ends or byte-order mark.
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
        document = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path} is not valid TOML: {error}.") from None
    return _Reader(path.parent).charter(document, hashlib.sha256(text.encode()).hexdigest())


class _Reader:
    """Walks the document once and collects every mistake before it complains."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mistakes: list[str] = []

    def charter(self, document: dict[str, Any], sha256: str) -> Charter:
        top = self.table(document, "", {"organisation", "export", "funnel", "sources", "policy"})
        organisation = self.organisation(top.get("organisation"))
        funnel = self.funnel(top.get("funnel"))
        exports = self.exports(top.get("export"))
        sources = self.sources(top.get("sources", {}))
        policy = self.policy(top.get("policy", {}))
        taken = {*RESERVED, *funnel.places}
        for segment in organisation.segments:
            if segment in taken:
                self.wrong("organisation.segments", f"{segment!r} is the name of something else; rename the column")
        if self.mistakes:
            count = len(self.mistakes)
            head = f"{self.folder / 'charter.toml'}: {count} mistake{'s' if count > 1 else ''}."
            raise ValueError("\n  ".join([head, *self.mistakes]))
        return Charter(self.folder, organisation, exports, funnel, sources, policy, sha256)

    def organisation(self, raw: Any) -> Organisation:
        keys = {"name", "currency", "timezone", "as_of", "segments"}
        table = self.table(raw, "organisation", keys, required={"name", "timezone", "as_of"})
        as_of = table.get("as_of")
        if "as_of" in table and type(as_of) is not dt.date:
            self.wrong("organisation.as_of", f"must be a day such as 2026-06-30, without quotes or time; got {as_of!r}")
        segments = self.texts(table, "organisation.segments")
        self.distinct(segments, "organisation.segments")
        return Organisation(
            name=self.text(table, "organisation.name", ""),
            currency=self.text(table, "organisation.currency", ""),
            timezone=self.zone(table, "organisation.timezone") or "UTC",
            as_of=as_of if type(as_of) is dt.date else dt.date.min,
            segments=segments,
        )

    def exports(self, raw: Any) -> tuple[Export, ...]:
        if not isinstance(raw, list) or not raw:
            self.wrong("export", "at least one [[export]] with file and layout is needed; there is none")
            return ()
        found = []
        for number, item in enumerate(raw):
            path = f"export[{number}]"
            keys = {"file", "layout", "timezone", "day_first", "decimal", "columns"}
            table = self.table(item, path, keys, required={"file", "layout"})
            columns = self.table(table.get("columns", {}), f"{path}.columns", None)
            layout = self.choice(table, f"{path}.layout", LAYOUTS, "custom")
            file = self.text(table, f"{path}.file", "")
            if file and not (self.folder / file).resolve().is_relative_to(self.folder.resolve()):
                self.wrong(f"{path}.file", f"must lie inside the client's folder; {file!r} does not")
            day_first = table.get("day_first")
            if day_first is not None and not isinstance(day_first, bool):
                self.wrong(f"{path}.day_first", f"must be true or false; got {day_first!r}")
            decimal = table.get("decimal")
            if decimal not in (None, ".", ","):
                self.wrong(f"{path}.decimal", f'must be "." or ","; got {decimal!r}')
            for name in columns:
                self.text(columns, f"{path}.columns.{name}", "")
                if name in RESERVED and name not in COLUMNS:
                    self.wrong(f"{path}.columns.{name}", f"{name!r} is kept for the package itself; choose another name")
            found.append(
                Export(file, layout, self.zone(table, f"{path}.timezone"), day_first, decimal, dict(columns))
            )
        self.distinct(tuple(export.file for export in found), "export.file")
        return tuple(found)

    def funnel(self, raw: Any) -> Funnel:
        keys = {"stages", "exits", "entry", "skipped", "definitions"}
        table = self.table(raw, "funnel", keys, required={"stages"})
        stages, exits = self.texts(table, "funnel.stages"), self.texts(table, "funnel.exits")
        if "stages" in table and len(stages) < 2:
            self.wrong("funnel.stages", f"at least two stages are needed; got {len(stages)}")
        self.distinct(stages + exits, "funnel")
        for name in (*stages, *exits):
            if name in RESERVED or not name.isidentifier():
                self.wrong(
                    "funnel", f"{name!r} cannot name a stage: letters, digits and _ only, and not {', '.join(RESERVED)}"
                )
        raw_definitions = self.table(table.get("definitions", {}), "funnel.definitions", {*stages, *exits})
        definitions = {}
        for stage, item in raw_definitions.items():
            path = f"funnel.definitions.{stage}"
            entry = self.table(item, path, {"owner", "enters_when", "if_refused"})
            definitions[stage] = Definition(**{key: self.text(entry, f"{path}.{key}", "") for key in entry})
        return Funnel(
            stages=stages or ("lead", "won"),
            exits=exits,
            entry=self.choice(table, "funnel.entry", ("first", "last"), "first"),
            skipped=self.choice(table, "funnel.skipped", ("observed", "passed"), "observed"),
            definitions=definitions,
        )

    def sources(self, raw: Any) -> dict[str, Source]:
        found = {}
        for value, item in self.table(raw, "sources", None).items():
            path = f'sources."{value}"'
            table = self.table(item, path, {"source", "direction"}, required={"source", "direction"})
            direction = self.choice(table, f"{path}.direction", DIRECTIONS, "unknown")
            found[value] = Source(self.text(table, f"{path}.source", ""), direction)
        return found

    def policy(self, raw: Any) -> Policy:
        table = self.table(raw, "policy", {"within_days", "confidence", "min_group", "suppress_below"})
        policy = Policy()
        numbers = {
            key: self.whole(table, f"policy.{key}", least, default)
            for key, least, default in (
                ("within_days", 1, policy.within_days),
                ("min_group", 1, policy.min_group),
                ("suppress_below", 0, policy.suppress_below),
            )
        }
        confidence = table.get("confidence", policy.confidence)
        if isinstance(confidence, bool) or not isinstance(confidence, float) or not 0.5 <= confidence < 1:
            self.wrong("policy.confidence", f"must be a share from 0.5 to below 1, such as 0.95; got {confidence!r}")
            confidence = policy.confidence
        return Policy(confidence=confidence, **numbers)

    # The small grammar of a charter: each method returns something usable and notes what was wrong.

    def wrong(self, path: str, text: str) -> None:
        self.mistakes.append(f"{path}: {text}.")

    def table(self, raw: Any, path: str, known: set[str] | None, required: set[str] = frozenset()) -> dict[str, Any]:  # type: ignore[assignment]
        if raw is None:
            self.wrong(path, f"the table [{path}] is missing")
            return {}
        if not isinstance(raw, dict):
            self.wrong(path, f"must be a table; got {raw!r}")
            return {}
        if known is None:
            return raw
        for key in raw:
            if key not in known:
                near = difflib.get_close_matches(key, sorted(known), n=1, cutoff=0.5)
                hint = f"did you mean {near[0]!r}" if near else f"known here: {', '.join(sorted(known))}"
                self.wrong(f"{path}.{key}".lstrip("."), f"unknown key; {hint}")
        for key in sorted(required - raw.keys()):
            self.wrong(f"{path}.{key}", "missing")
        return {key: value for key, value in raw.items() if key in known}

    def text(self, table: dict[str, Any], path: str, default: str) -> str:
        value = table.get(_last(path), default)
        if not isinstance(value, str) or (not value.strip() and _last(path) in table):
            self.wrong(path, f"must be a text; got {value!r}")
            return default
        return value

    def texts(self, table: dict[str, Any], path: str) -> tuple[str, ...]:
        value = table.get(_last(path), [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            self.wrong(path, f"must be a list of texts; got {value!r}")
            return ()
        return tuple(value)

    def choice(self, table: dict[str, Any], path: str, choices: tuple[Any, ...], default: Any) -> Any:
        value = table.get(_last(path), default)
        if value not in choices:
            near = difflib.get_close_matches(str(value), [str(one) for one in choices], n=1)
            hint = f"; did you mean {near[0]!r}" if near else ""
            self.wrong(path, f"must be one of {', '.join(choices)}; got {value!r}{hint}")
            return default
        return value

    def whole(self, table: dict[str, Any], path: str, least: int, default: int) -> int:
        value = table.get(_last(path), default)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.wrong(path, f"must be a whole number of at least {least}; got {value!r}")
            return default
        return value

    def zone(self, table: dict[str, Any], path: str) -> str | None:
        value = table.get("timezone")
        if value is None:
            return None
        try:
            zoneinfo.ZoneInfo(value)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError, OSError):
            self.wrong(path, f"unknown time zone {value!r}; use a name such as Europe/Paris")
            return None
        return str(value)

    def distinct(self, names: tuple[str, ...], path: str) -> None:
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.wrong(path, f"{name!r} is named twice")


def _last(path: str) -> str:
    return path.rpartition(".")[2]
