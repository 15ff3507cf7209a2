"""The nouns of the plan: files, stages, sources and policy. Frozen, and true by the time anyone holds them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from alignment_metrics.charter.stated import Agreement, Entered, Period, Team, Year

Direction = Literal["inbound", "outbound", "unknown"]
DIRECTIONS: tuple[Direction, ...] = ("inbound", "outbound", "unknown")
# The columns every lead may have, those that only serve to judge its row, those of a file that has a row an event, and
# the names that no stage, segment or other column may take.
COLUMNS = ("lead_id", "opportunity_id", "source", "owner", "account_id", "amount")
SIGNS = ("source_detail", "currency", "pipeline", "email", "merged_ids", "merged_into", "deleted")
EVENT = ("stage", "at", "field", "old", "actor")
PERIODS: tuple[Period, ...] = ("month", "week", "quarter")
# What journeys hold beside the stages and the labels: whose account a lead is of, and how long its customer stayed.
ACCOUNT, CUSTOMER, CHURNED = "account", "customer_since", "churned_on"
# The two that sign the plan, and what a survey asks the people of both (the questions stand in data/survey).
TEAMS = ("marketing", "sales")
ITEMS = (
    "mql_important",
    "collaboration",
    "collateral",
    "followed_up",
    "same_definition",
    "ownership",
    "alignment",
    "lead_quality",
)
# What published numbers call the stages of a funnel; a stage of another name may say which of them it stands for.
STANDARD = ("lead", "mql", "sal", "sql", "proposal", "forecast", "opportunity", "won")
# What [sources] may say of a source beside its direction, and the words for it.
TAGS: Mapping[str, tuple[str, ...]] = {
    "media": ("owned", "paid", "earned"),
    "ownership": ("own", "bought"),
    "exclusivity": ("exclusive", "shared"),
    "brought_by": (*TEAMS, "partner"),
}
# What lies beside the leads, each list in a file of its own, and the columns that it may have.
LISTS: Mapping[str, tuple[str, ...]] = {
    "spend": ("month", "source", "amount", "currency"),
    "customers": ("lead_id", "account_id", CUSTOMER, CHURNED),
    "touches": ("lead_id", "at"),
    "survey": ("respondent", "team", *ITEMS),
}
RESERVED = (*COLUMNS, *SIGNS, *EVENT, "direction", "row", *PERIODS, *TAGS, ACCOUNT, CUSTOMER, CHURNED)
# What two teams may define differently; the first of each is what the audit does unless [funnel] says otherwise.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "entry": ("first", "last"),
    "skipped": ("observed", "passed"),
    "dating": ("cohort", "period", "ended"),
    "span": ("all", "year"),
    "window": ("within", "any"),
    "young": ("matured", "all"),
    "unit": ("lead", "account", "opportunity"),
    "unknown": ("with", "without"),
}
# What is done about each kind of trouble with a row; the first is done where the charter says nothing.
TREATMENTS: Mapping[str, tuple[str, ...]] = {
    "backward_move": ("keep", "set_aside"),
    "before_created": ("keep", "set_aside"),
    "deleted_record": ("set_aside", "keep"),
    "duplicate_email": ("keep", "keep_earliest"),
    "duplicate_id": ("keep_earliest", "keep_latest"),
    "empty_owner": ("keep", "set_aside"),
    "empty_source": ("keep", "set_aside"),
    "event_after_as_of": ("empty", "set_aside"),
    "implausible_date": ("empty", "set_aside"),
    "merged_record": ("set_aside", "keep"),
    "placeholder": ("empty", "keep"),
    "shared_deal": ("first", "each"),
    "test_row": ("set_aside", "keep"),
    "unlisted_source": ("keep", "set_aside"),
    "unreadable_amount": ("empty", "set_aside"),
    "unreadable_date": ("empty", "set_aside"),
    "won_without_amount": ("keep", "set_aside"),
}


@dataclass(frozen=True, slots=True)
class Organisation:
    """Whose leads these are, and the last whole day (``as_of``, in ``timezone``) that the export covers.

    Leads that were created before ``since`` are set aside. Where the export holds what happened from ``history_from``
    on, and of older leads only those whose wait had not ended by then, they are watched from that day on. ``year`` is
    the last business year, ``year_before`` the one to set it against: the last before the plan was signed.
    """

    name: str
    currency: str
    timezone: str
    as_of: dt.date
    segments: tuple[str, ...] = ()
    since: dt.date | None = None
    history_from: dt.date | None = None
    year: Year = field(default_factory=Year)
    year_before: Year = field(default_factory=Year)


@dataclass(frozen=True, slots=True)
class Export:
    """One file of the export, or one table of a database.

    ``columns`` maps canonical names to the headers of the file. Where a file has a row an event, ``field`` is the value
    of its column ``field`` by which the events that tell a stage are known, and ``stages`` maps what such a row calls a
    stage to the stages of the funnel. What ``ignore`` names is not read. Files of one ``part_of`` are parts of one
    table. ``join`` is the column that the leads share with a table of something else, such as products or teams.
    """

    file: str
    layout: str | None = None
    timezone: str | None = None
    day_first: bool | None = None
    decimal: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)
    field: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    ignore: tuple[str, ...] = ()
    join: str | None = None
    is_table: bool = False
    part_of: int = 0


@dataclass(frozen=True, slots=True)
class Definition:
    """What a stage means: who owns it, what enters it, what happens on refusal, and which of ``STANDARD`` it is."""

    owner: str | None = None
    enters_when: str | None = None
    if_refused: str | None = None
    stands_for: str | None = None


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

    def named(self, standard: str) -> str | None:
        """The stage that bears a name of ``STANDARD``, else the one that stands for it; None where there is neither."""
        own = (stage for stage in self.stages if stage.casefold() == standard)
        other = (
            stage
            for stage in self.stages
            if stage in self.definitions and self.definitions[stage].stands_for == standard
        )
        return next(own, next(other, None))


@dataclass(frozen=True, slots=True)
class Source:
    """What a raw source value of the export stands for; ``tags`` is what else the charter says of it (``TAGS``)."""

    source: str
    direction: Direction
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """Every threshold of the audit.

    ``within_days`` is the window of a conversion rate; groups below ``min_group`` leads are shown as counts, those
    below ``suppress_below`` not at all. ``cohort`` is the period of entry by which leads are followed together.

    ``margin`` is the smallest difference of two rates worth acting on, a share of 1. Where two groups are compared they
    are given the same mix of ``adjust_by`` (None: of the organisation's segments). ``negative_control`` is a column and
    one of its values which the origin of a lead cannot have brought about.
    """

    within_days: int = 90
    confidence: float = 0.95
    min_group: int = 30
    suppress_below: int = 5
    cohort: Period = "month"
    margin: float | None = None
    adjust_by: tuple[str, ...] | None = None
    negative_control: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Charter:
    """The whole plan, the folder it was read from, and the fingerprint of its text.

    ``lists`` are the lists that lie beside the leads, by their names in ``LISTS``, as far as the charter tells of them.
    ``reconcile`` tells, of two teams, which of ``CHOICES`` each makes where it counts otherwise than the audit.
    ``agreement`` is None where nothing was promised; ``entered`` are published numbers that the client brings along.
    """

    folder: Path
    organisation: Organisation
    exports: tuple[Export, ...]
    funnel: Funnel
    sources: Mapping[str, Source]
    policy: Policy
    sha256: str
    treatment: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, Export] = field(default_factory=dict)
    reconcile: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    agreement: Agreement | None = None
    entered: tuple[Entered, ...] = ()

    def treats(self, code: str) -> str:
        """What is done about rows with this trouble."""
        return self.treatment.get(code, TREATMENTS[code][0])

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that at least one source bears."""
        return tuple(tag for tag in TAGS if any(tag in one.tags for one in self.sources.values()))

    @property
    def adjust_by(self) -> tuple[str, ...]:
        """The columns and periods whose mix is made alike where two groups are compared."""
        chosen = self.policy.adjust_by
        return self.organisation.segments if chosen is None else chosen

    @property
    def breakdowns(self) -> tuple[str, ...]:
        """The organisation's own columns of leads: its segments, then any other that ``[export.columns]`` names."""
        named = (name for export in self.exports for name in export.columns)
        own = (name for name in named if name not in (*COLUMNS, *SIGNS, *EVENT, *self.funnel.places))
        return tuple(dict.fromkeys((*self.organisation.segments, *own)))
