"""Which files each vendor's sample has, and what is read, kept and set aside of each.

The rows are written by the engine; a layout is a name, its files, and the query behind each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from string import Template
from typing import Any

from alignment_metrics.samples import plan, truth

_CSV = "FORMAT csv, HEADER"
# What a report ends with: sums first, then the vendor's notices.
_NOTICES = (
    "Grand Totals ({rows} records)",
    "Confidential Information - Do Not Distribute",
    "Copyright © 2000-2026 salesforce.com, inc. All rights reserved.",
)


@dataclass(frozen=True, slots=True)
class File:
    """One file of a sample: what layout it has, and the query and form it is written with."""

    layout: str
    rows: str
    form: str = _CSV
    notices: tuple[str, ...] = ()

    @property
    def copy(self) -> str:
        """The statement that writes it to a path and tells the number of its rows."""
        return f"COPY (FROM {self.rows}()) TO $1 ({self.form})"


def _report(layout: str, rows: str) -> File:
    return File(layout, rows, f"{_CSV}, FORCE_QUOTE *", _NOTICES)


VENDORS: dict[str, dict[str, File]] = {
    "hubspot": {"contacts.csv": File("hubspot-contacts", "hubspot_contacts")},
    "salesforce": {
        "leads.csv": File("salesforce-leads", "salesforce_leads"),
        "opportunities.csv": File("salesforce-opportunities", "salesforce_opportunities"),
    },
    "parquet": {"leads.parquet": File("custom", "canonical_leads", "FORMAT parquet")},
    "hubspot-v2": {"contacts.csv": File("hubspot-contacts", "hubspot_v2")},
    "hubspot-api": {"contacts.csv": File("hubspot-contacts", "hubspot_api")},
    "hubspot-deals": {
        "contacts.csv": File("hubspot-contacts", "hubspot_deal_contacts"),
        "deals.csv": File("hubspot-deals", "hubspot_deals"),
    },
    "salesforce-report": {
        "leads.csv": _report("salesforce-leads", "report_leads"),
        "opportunities.csv": _report("salesforce-opportunities", "report_opportunities"),
    },
    "salesforce-api": {
        "leads.csv": File("salesforce-leads", "api_leads"),
        "opportunities.csv": File("salesforce-opportunities", "api_opportunities"),
    },
    "salesforce-history": {
        "leads.csv": File("salesforce-leads", "tracked_leads"),
        "lead-history.csv": File("salesforce-lead-history", "lead_history"),
        "opportunity-history.csv": File("salesforce-opportunity-history", "opportunity_history"),
    },
    "pipedrive": {"deals.csv": File("pipedrive-deals", "pipedrive_deals")},
    "dynamics": {"leads.csv": File("dynamics-leads", "dynamics_leads")},
    "marketo": {
        "leads.csv": File("custom", "marketo_leads"),
        "activities.csv": File("marketo-activities", "marketo_activities"),
    },
    "history": {"leads.csv": File("custom", "history_leads"), "history.csv": File("history", "history")},
}
# Whose ids are in the lists beside the leads, where they are not HubSpot's.
_IDS = {
    "salesforce": "salesforce",
    "salesforce-report": "report",
    "salesforce-api": "salesforce",
    "salesforce-history": "salesforce",
    "dynamics": "dynamics",
    "marketo": "marketo",
}
# The lists beside the leads that the engine writes.
DRAWN = ("customers", "touches")
LAYOUTS: dict[str, dict[str, str]] = {
    name: {file: one.layout for file, one in files.items()} for name, files in VENDORS.items()
}
# Queries that not every sample needs are left out where they are not: the engine works each one out as it learns it.
_COMMON = ("leads.sql", "layouts.sql", "customers.sql", "touches.sql")
_FIRST = ("hubspot", "salesforce", "parquet")
_OWN = ("hubspot", "salesforce")
# Pipedrive knows only deals; where the stages stand in a plain history, it also dates the leads. Leads that a second
# file has no row of are counted where it finds them by their own ids.
_ONLY_DEALS = ("pipedrive",)
_DATED_BY_EVENTS = ("history",)
_DEALS_BY_LEAD = ("hubspot-deals",)
_EVENTS_BY_LEAD = ("salesforce-history", "marketo")
_TYPED = ("parquet",)


def has_lists(layout: str) -> bool:
    """Whether lists lie beside the leads: what they cost, who is a customer, who was called, what both teams say."""
    return layout not in _ONLY_DEALS


def beside(name: str, layout: str) -> File:
    """One of the lists that are ``DRAWN``, with the ids that the leads have in a layout."""
    return File(name, f"{_IDS.get(layout, 'hubspot')}_{name}")


def queries(layout: str) -> tuple[str, ...]:
    """The files of queries that a layout is written with, in the order the engine must learn them."""
    if layout in _FIRST:
        return _COMMON
    return (*_COMMON, f"{vendor if (vendor := layout.partition('-')[0]) in _OWN else 'others'}.sql")


def charter(layout: str, promised: Mapping[str, float]) -> str:
    """The text of the charter that comes with a sample; ``promised`` are the numbers that go into its goals."""
    funnel = ("deals",) if layout in _ONLY_DEALS else ("funnel", "goals")
    parts = ("organisation", layout, *funnel, "agreed")
    return Template("\n".join(text(f"charter-{part}.toml") for part in parts)).substitute(promised)


def text(name: str) -> str:
    """A file that lies beside this one."""
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def answers(
    planted: Mapping[str, int],
    rows: Mapping[str, int],
    lists: Mapping[str, int],
    *,
    leads: int,
    layout: str,
    null: bool,
) -> dict[str, Any]:
    """What an audit of the sample must find, as far as its layout tells it; ``rows`` are those of each file.

    ``lists`` are the rows of what lies beside them.
    """
    rates: dict[str, Any] = truth.rates(null=null)
    wins: dict[str, Any] = {
        "inbound_vs_outbound": {"step": "lead_to_won", "by": ["company_size"], **truth.inbound_vs_outbound(null=null)},
        "naive": {"lead_to_won": truth.naive_rate(null=null)},
        "cost_per_win": truth.cost_per_win(null=null),
        "retention": truth.retention(null=null),
    }
    kept: dict[str, Any] = {"leads_kept": leads - sum(plan.dirt(leads)[code] for code in plan.SET_ASIDE)}
    skipped: dict[str, Any] = {"skipped_stage": {"sql": planted["skipped_sql"]}}
    if layout in _ONLY_DEALS:
        rates, wins, skipped = {"opportunity_to_won": rates["opportunity_to_won"]}, {}, {}
        kept = {"leads_kept": planted["opportunities"]}
    files = _files(planted, rows, leads=leads, layout=layout)
    files += [account(f"{name}.csv", name, count, 0, {}) for name, count in lists.items()]
    return {"rates": rates, **wins, "files": files, **kept, **skipped}


def _files(planted: Mapping[str, int], rows: Mapping[str, int], *, leads: int, layout: str) -> list[dict[str, Any]]:
    """Rows read, kept and set aside of each file, and the rows behind each problem."""
    dirt = plan.dirt(leads)
    future = {"event_after_as_of": planted["future_won"]}
    main, *others = rows
    problems: dict[str, dict[str, int]] = {main: dirt, **{file: {} for file in others}}
    aside = dict.fromkeys(rows, 0) | {main: sum(dirt[code] for code in (*plan.SET_ASIDE, "duplicate_id"))}
    if layout in _TYPED:  # a column of timestamps has no room for an unreadable one
        dirt["missing_created"] += dirt.pop("unreadable_created")
    if layout in _ONLY_DEALS:
        problems[main] = {code: planted[f"deals_{code}"] for code in ("unlisted_source", "empty_source")}
        aside[main] = 0
    problems[others[-1] if others else main] |= future
    if layout in _DEALS_BY_LEAD:
        dirt["no_deal"] = rows[main] - aside[main] - planted["opportunities"]
    if layout in _EVENTS_BY_LEAD:
        dirt["no_deal"] = planted["without_events"]
    if layout in _DATED_BY_EVENTS:
        # What is wrong with a lead's first event is wrong with the history, which then has no lead of that id.
        lost = {code: dirt.pop(code) for code in plan.SET_ASIDE}
        dirt["no_lead"] = sum(lost.values())
        problems[others[0]]["unreadable_time"] = aside[others[0]] = lost["unreadable_created"]
        problems[others[0]]["event_after_as_of"] += lost["created_after_as_of"]
    told = []
    for file, count in rows.items():
        if notices := len(VENDORS[layout][file].notices):
            problems[file]["footer_row"] = notices
        told.append(account(file, LAYOUTS[layout][file], count + notices, aside[file] + notices, problems[file]))
    return told


def account(file: str, layout: str, rows: int, aside: int, problems: Mapping[str, int]) -> dict[str, Any]:
    """The account of one file, as ``truth.json`` has it."""
    return {
        "path": file,
        "layout": layout,
        "rows_read": rows,
        "rows_kept": rows - aside,
        "rows_set_aside": aside,
        "problems": dict(problems),
    }
