"""The nouns of the plan: stages, sources, agreement and policy. Frozen, and true by the time anyone holds them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Direction = Literal["inbound", "outbound", "unknown"]
DIRECTIONS: tuple[Direction, ...] = ("inbound", "outbound", "unknown")
LAYOUTS = ("hubspot-contacts", "salesforce-leads", "salesforce-opportunities", "custom")
# The columns every lead may have, and the names that no stage, segment or other column may take.
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
