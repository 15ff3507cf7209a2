"""Traps in the lines of a file: rows that are none, rows of nobody, rows left out; and other ways to write the same."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict

from alignment_metrics.samples import plan
from alignment_metrics.samples.cell_traps import Effect, Plant
from alignment_metrics.samples.drafts import Draft, Row, Sheet

_CUT = dt.datetime(2025, 1, 1)
_LATE = dt.datetime(2026, 1, 1)
_LAST = dt.date.fromisoformat(plan.AS_OF)
_MQL = ("Marketing Qualified", "Marketing qualified", "MQL")
_SAL = ("Sales Accepted", "Sales accepted", "SAL")


def total_row(draft: Draft, sheet: Sheet) -> Effect:
    total = dict.fromkeys(sheet.header, "") | {sheet.header[0]: "Total"}
    sheet.rows.insert(len(sheet.rows) // 2, total)
    return Effect(1, added=1, aside=1)


def repeated_header(draft: Draft, sheet: Sheet) -> Effect:
    again = dict(zip(sheet.header, sheet.header, strict=True))
    for place in (len(sheet.rows) * 2 // 3, len(sheet.rows) // 3):
        sheet.rows.insert(place, dict(again))
    return Effect(2, added=2, aside=2)


def deals_of_nobody(draft: Draft, sheet: Sheet) -> Effect:
    found = sheet.take(4, lambda row: True)
    for number, row in enumerate(found):
        more = dict(row)
        for role in ("id", "of_lead"):
            if role in sheet.roles:
                sheet.put(more, role, _stranger(sheet.get(row, role), number))
        sheet.rows.append(more)
    return Effect(len(found), added=len(found), aside=len(found))


def events_of_nobody(draft: Draft, sheet: Sheet) -> Effect:
    found = [row for row in sheet.rows if sheet.get(row, "stage") in _MQL][:5]
    for number, row in enumerate(found):
        more = dict(row)
        sheet.put(more, "record", _stranger(sheet.get(row, "record"), number))
        sheet.rows.append(more)
    return Effect(len(found), added=len(found), aside=len(found))


def no_lead(draft: Draft, sheet: Sheet) -> Effect:
    return events_of_nobody(draft, sheet) if "at" in sheet.roles else deals_of_nobody(draft, sheet)


def _stranger(known: str, number: int) -> str:
    """An id of the same kind that no sample of a size with traps comes to."""
    return re.sub(r"\d{6}(?=[A-Z]*$)", str(999_990 + number), known)


def shared_deal(draft: Draft, sheet: Sheet) -> Effect:
    """Deals that also name a contact who came in later and has none of his own."""
    deals = sheet.take(5, lambda row: sheet.time(row, "opportunity") < _LATE)
    main = draft.main
    others = main.take(len(deals), lambda row: main.bare(row) and main.time(row, "lead") >= _LATE)
    for deal, other in zip(deals, others, strict=False):
        sheet.put(deal, "several", f"{sheet.get(deal, 'several')};{main.get(other, 'id')}")
    return Effect(min(len(deals), len(others)))


def re_entry(draft: Draft, sheet: Sheet) -> Effect:
    """Leads that sales accepted and gave back: marketing qualifies them a second time."""
    records: dict[str, list[Row]] = defaultdict(list)
    for row in sheet.rows:
        if sheet.get(row, "field") in ("", "Lead Status"):
            records[sheet.get(row, "record")].append(row)
    planted = 0
    for events in records.values():
        qualified = [row for row in events if sheet.get(row, "stage") in _MQL]
        if planted == 6 or not qualified or sheet.get(events[-1], "stage") not in _SAL:
            continue
        again = sheet.time(events[-1], "at") + dt.timedelta(days=10)
        if again.date() > _LAST:
            continue
        more = dict(qualified[0])
        if "old" in sheet.roles:
            sheet.put(more, "old", sheet.get(events[-1], "stage"))
        sheet.put_time(more, "at", again)
        sheet.rows.append(more)
        planted += 1
    return Effect(planted, added=planted)


def closed_only(draft: Draft, sheet: Sheet) -> Effect:
    """Only the deals that were closed by the last day: no open ones, and no wins that are written down early."""
    kept: list[Row] = []
    left_out: list[Row] = []
    for row in sheet.rows:
        (kept if sheet.has(row, "is_closed") and not _early(sheet, row) else left_out).append(row)
    sheet.rows = kept
    lost = len(left_out)
    also = {"event_after_as_of": -sum(_early(sheet, row) for row in left_out if sheet.has(row, "is_closed"))}
    if sheet is not draft.main:
        unjoined = {"no_deal" if "of_lead" in sheet.roles else "no_opportunity": lost}
        return Effect(lost, added=-lost, also=also, unjoined=unjoined)
    sources = [sheet.get(row, "source") for row in left_out]
    unlisted = [origin.label for origin in plan.ORIGINS if origin.label and not origin.percent]
    also |= {"empty_source": -sources.count(""), "unlisted_source": -sum(one in unlisted for one in sources)}
    return Effect(lost, added=-lost, leads=lost, also=also)


def _early(sheet: Sheet, row: Row) -> bool:
    closing = sheet.read(sheet.get(row, "closed_on") or sheet.get(row, "won"))
    return closing is not None and closing.date() > _LAST


def left_truncated(draft: Draft, sheet: Sheet) -> Effect:
    before = len(sheet.rows)
    sheet.rows = [row for row in sheet.rows if sheet.time(row, "at") >= _CUT]
    lost = before - len(sheet.rows)
    return Effect(lost, added=-lost)


def footer_row(draft: Draft, sheet: Sheet) -> Effect:
    sheet.tail.append(["Total"])
    return Effect(1, added=1, aside=1, also={"footer_row": 1})


def title_lines(draft: Draft, sheet: Sheet) -> Effect:
    sheet.titles = [["All records of all teams"], ["As of 30 June 2026"]]
    return Effect(len(sheet.titles))


def encoded(encoding: str) -> Plant:
    def planted(draft: Draft, sheet: Sheet) -> Effect:
        sheet.encoding = encoding
        return Effect(len(sheet.rows))

    return planted


def semicolon(draft: Draft, sheet: Sheet) -> Effect:
    sheet.delimiter = ";"
    return Effect(len(sheet.rows))


def scientific_id(draft: Draft, sheet: Sheet) -> Effect:
    found = sheet.take(3, lambda row: True)
    for row in found:
        sheet.put(row, "id", f"{int(sheet.get(row, 'id')):.2E}")
    return Effect(len(found))


def several_currencies(draft: Draft, sheet: Sheet) -> Effect:
    told = [row for row in sheet.rows if sheet.has(row, "amount")]
    for number, row in enumerate(told):
        if "currency" in sheet.roles:
            sheet.put(row, "currency", "EUR" if number % 2 else "USD")
        else:
            sheet.put(row, "amount", ("€" if number % 2 else "$") + sheet.get(row, "amount"))
    return Effect((len(told) + 1) // 2)


def both_ways(draft: Draft, sheet: Sheet) -> Effect:
    def turned(found: re.Match[str]) -> str:
        year, month, day, rest = found.groups()
        return f"{(int(day) - 1) % 12 + 1:02}/{month}/{year}{rest}"

    changed = 0
    for one in draft.sheets.values():
        for row in one.rows:
            for header, cell in row.items():
                row[header] = re.sub(r"^(\d{4})-(\d\d)-(\d\d)( .*)$", turned, cell)
                changed += row[header] != cell
    return Effect(changed)
