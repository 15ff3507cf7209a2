"""Traps in the cells of a few rows: dates, e-mail addresses, owners, sources, amounts, marks of the vendor.

A trap touches only rows that nothing else is wrong with, so that what it adds can be counted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from alignment_metrics.samples.drafts import Draft, Row, Sheet

CHOSEN = ("owner", "source", "segment")
_PLACEHOLDERS = ("-None-", "Select", "(blank)")


@dataclass(frozen=True, slots=True)
class Effect:
    """What a trap changed in the account of its file.

    ``rows`` are those the reader must report under the trap's own code, ``also`` those under other codes, ``unjoined``
    those of the leads that another file has no row of any more. ``leads`` are the kept leads that are fewer by it, and
    ``gone`` their ids, where something beside the leads may name them.
    """

    rows: int
    added: int = 0
    aside: int = 0
    leads: int = 0
    gone: tuple[str, ...] = ()
    also: Mapping[str, int] = field(default_factory=dict)
    unjoined: Mapping[str, int] = field(default_factory=dict)


Plant = Callable[[Draft, Sheet], Effect]


def cells(
    rows: int,
    change: Callable[[Sheet, Row, int], None],
    *,
    filled: tuple[str, ...] = (),
    empty: tuple[str, ...] = (),
    test: Callable[[Sheet, Row], bool] = lambda sheet, row: True,
    aside: bool = False,
) -> Plant:
    def planted(draft: Draft, sheet: Sheet) -> Effect:
        def fitting(row: Row) -> bool:
            told = all(sheet.has(row, role) for role in filled) and not any(sheet.has(row, role) for role in empty)
            return told and test(sheet, row)

        found = sheet.take(rows, fitting)
        for number, row in enumerate(found):
            change(sheet, row, number)
        lost = [sheet.get(row, "id") for row in found if aside]
        return Effect(len(found), aside=len(lost), leads=len(lost), gone=tuple(lost))

    return planted


def put(role: str, cell: str) -> Callable[[Sheet, Row, int], None]:
    return lambda sheet, row, number: sheet.put(row, role, cell)


def put_time(role: str, moment: dt.datetime) -> Callable[[Sheet, Row, int], None]:
    return lambda sheet, row, number: sheet.put_time(row, role, moment)


def bare(sheet: Sheet, row: Row) -> bool:
    return sheet.bare(row)


def created_before(moment: dt.datetime) -> Callable[[Sheet, Row], bool]:
    return lambda sheet, row: sheet.time(row, "lead") < moment - dt.timedelta(days=2)


def waited(sheet: Sheet, row: Row) -> bool:
    return sheet.time(row, "mql") - sheet.time(row, "lead") >= dt.timedelta(days=2)


def back_to_start(sheet: Sheet, row: Row, number: int) -> None:
    sheet.put(row, "sal", sheet.get(row, "lead"))


def before_created(sheet: Sheet, row: Row, number: int) -> None:
    sheet.put_time(row, "mql", sheet.time(row, "lead") - dt.timedelta(days=3))


def tried_out(sheet: Sheet, row: Row, number: int) -> None:
    sheet.put(row, "email", f"test@mail{number}.example.com" if number % 2 else f"anna{number}@test.com")


def unreadable(sheet: Sheet, row: Row, number: int) -> None:
    # A day that no month has, written as the file writes its days, or words.
    day = sheet.time(row, "mql").replace(day=28)
    sheet.put_time(row, "mql", day)
    sheet.put(row, "mql", "soon" if number % 2 else sheet.get(row, "mql").replace("28", "32", 1))


def offline(sheet: Sheet, row: Row, number: int) -> None:
    sheet.put(row, "source", "Offline sources")
    sheet.put(row, "detail", "Import" if number % 2 else "Integration")


def placeholders(draft: Draft, sheet: Sheet) -> Effect:
    found = sheet.take(6, lambda row: True)
    told = {"empty_owner": 0, "empty_source": 0}
    for number, row in enumerate(found):
        role = CHOSEN[number % len(CHOSEN)]
        sheet.put(row, role, _PLACEHOLDERS[number % len(CHOSEN)])
        if f"empty_{role}" in told:
            told[f"empty_{role}"] += 1
    return Effect(len(found), also={code: rows for code, rows in told.items() if rows})


def same_email(draft: Draft, sheet: Sheet) -> Effect:
    pairs = _pairs(sheet.take(10, lambda row: True))
    for one, other in pairs:
        sheet.put(other, "email", sheet.get(one, "email").upper())
    return Effect(len(pairs))


def _merged_ids(draft: Draft, sheet: Sheet) -> Effect:
    pairs = _pairs(sheet.take(6, sheet.bare))
    for number, (kept, lost) in enumerate(pairs):
        # Of several merged records only some are still in the file.
        listed = [sheet.get(lost, "id"), *(["6900000001"] if number % 2 else [])]
        sheet.put(kept, "merged", ";".join(listed))
    return _lost(sheet, pairs)


def _merged_into(draft: Draft, sheet: Sheet) -> Effect:
    pairs = _pairs(sheet.take(6, sheet.bare))
    for kept, lost in pairs:
        sheet.put(lost, "merged_into", sheet.get(kept, "id"))
    return _lost(sheet, pairs)


def _lost(sheet: Sheet, pairs: list[tuple[Row, Row]]) -> Effect:
    gone = tuple(sheet.get(lost, "id") for _, lost in pairs)
    return Effect(len(pairs), aside=len(pairs), leads=len(pairs), gone=gone)


def merged(draft: Draft, sheet: Sheet) -> Effect:
    return _merged_into(draft, sheet) if "merged_into" in sheet.roles else _merged_ids(draft, sheet)


def _pairs(rows: list[Row]) -> list[tuple[Row, Row]]:
    return list(zip(rows[::2], rows[1::2], strict=False))
