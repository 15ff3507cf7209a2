"""What real exports have wrong with them, by name: which layouts can have it, and how it is planted.

The reader has to find each of ``TRAPS`` in just the rows that the answers tell, to read all ``FORMS`` alike, and to
refuse what is of ``REFUSED``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment_metrics.samples import cell_traps, line_traps
from alignment_metrics.samples.cell_traps import Plant
from alignment_metrics.samples.drafts import Draft, roles

ALL = "all"
MOST_TRAPPED = 100_000
_SKIPPED = dt.datetime(2025, 3, 30, 2, 30)
_REPEATED = dt.datetime(2025, 10, 26, 2, 30)
_LOCAL = ("paris", "clock")
_NAIVE = ("minute", "second")


@dataclass(frozen=True, slots=True)
class Trap:
    """One kind of trouble; it fits where a file has the roles it ``needs`` and, if told, one of ``forms``."""

    title: str
    needs: tuple[str, ...]
    plant: Plant
    forms: tuple[str, ...] = ()

    def fits(self, layout: str) -> bool:
        files = roles(layout).values()
        return any(file.keys() >= set(self.needs) and (not self.forms or file["form"] in self.forms) for file in files)


_ONLY_MQL = ("sal", "sql", "opportunity", "won", "link", "disqualified")

TRAPS: dict[str, Trap] = {
    "backward_move": Trap(
        "a stage dated before the one before it",
        ("lead", "mql", "sal"),
        cell_traps.cells(7, cell_traps.back_to_start, filled=("mql", "sal"), test=cell_traps.waited),
    ),
    "before_created": Trap(
        "a stage dated before the creation",
        ("lead", "mql"),
        cell_traps.cells(5, cell_traps.before_created, filled=("mql",), empty=_ONLY_MQL),
    ),
    "won_without_amount": Trap(
        "a deal won for no amount",
        ("amount", "is_won"),
        cell_traps.cells(4, cell_traps.put("amount", ""), filled=("amount", "is_won")),
    ),
    "empty_owner": Trap("a record without an owner", ("id", "owner"), cell_traps.cells(6, cell_traps.put("owner", ""))),
    "duplicate_email": Trap("one e-mail address under two ids", ("id", "email"), cell_traps.same_email),
    "merged_record": Trap("a record that was merged into another one", ("id", "merged"), cell_traps.merged),
    "deleted_record": Trap(
        "a record in the vendor's bin",
        ("id", "deleted"),
        cell_traps.cells(3, cell_traps.put("deleted", "true"), test=cell_traps.bare, aside=True),
    ),
    "test_row": Trap(
        "a record that somebody made to try a form",
        ("id", "lead", "mql", "email"),
        cell_traps.cells(4, cell_traps.tried_out, test=cell_traps.bare, aside=True),
    ),
    "placeholder": Trap(
        "what a form leaves where nothing was chosen", ("id", *cell_traps.CHOSEN), cell_traps.placeholders
    ),
    "implausible_date": Trap(
        "the first day of a computer's calendar",
        ("lead", "mql"),
        cell_traps.cells(5, cell_traps.put_time("mql", dt.datetime(1970, 1, 1)), filled=("mql",), empty=_ONLY_MQL),
    ),
    "unreadable_date": Trap(
        "a day that no month has, or words",
        ("lead", "mql"),
        cell_traps.cells(6, cell_traps.unreadable, filled=("mql",), empty=_ONLY_MQL),
    ),
    "unreadable_amount": Trap(
        "words in place of an amount",
        ("amount", "is_won"),
        cell_traps.cells(3, cell_traps.put("amount", "tbd"), filled=("amount",), empty=("is_won",)),
    ),
    "no_lead": Trap("a deal or an event of a lead that is not there", ("of_nobody",), line_traps.no_lead),
    "shared_deal": Trap("a deal of two contacts", ("several",), line_traps.shared_deal),
    "offline_undecided": Trap(
        "a source of either direction", ("source", "detail"), cell_traps.cells(8, cell_traps.offline)
    ),
    "re_entry": Trap("a stage entered a second time", ("record", "stage", "at"), line_traps.re_entry),
    "skipped_hour": Trap(
        "a time that the clocks skipped",
        ("lead", "mql"),
        cell_traps.cells(
            2,
            cell_traps.put_time("mql", _SKIPPED),
            filled=("mql",),
            empty=_ONLY_MQL,
            test=cell_traps.created_before(_SKIPPED),
        ),
        _LOCAL,
    ),
    "repeated_hour": Trap(
        "a time that the clocks showed twice",
        ("lead", "mql"),
        cell_traps.cells(
            3,
            cell_traps.put_time("mql", _REPEATED),
            filled=("mql",),
            empty=_ONLY_MQL,
            test=cell_traps.created_before(_REPEATED),
        ),
        _LOCAL,
    ),
    # These put lines between the rows, so they come last.
    "total_row": Trap("a sum between the rows", ("id",), line_traps.total_row),
    "repeated_header": Trap(
        "the header again, as where files were glued together", ("id",), line_traps.repeated_header
    ),
}
FORMS: dict[str, Trap] = {
    "closed_only": Trap("only deals that are closed", ("id", "is_closed"), line_traps.closed_only),
    "left_truncated": Trap("no event before 2025", ("record", "old", "at"), line_traps.left_truncated),
    "footer_row": Trap("a sum below the rows", ("id",), line_traps.footer_row),
    "title_lines": Trap("two lines above the header", ("id",), line_traps.title_lines),
    "semicolon": Trap("semicolons between the cells", ("id",), line_traps.semicolon),
    "utf16": Trap("text in UTF-16", ("id",), line_traps.encoded("utf-16")),
    "cp1252": Trap("text in the Windows code page, as the charter then says", ("id",), line_traps.encoded("cp1252")),
}
REFUSED: dict[str, Trap] = {
    "scientific_id": Trap("ids that a spreadsheet has rounded", ("id", "number"), line_traps.scientific_id),
    "several_currencies": Trap("amounts in euros and in dollars", ("id", "amount"), line_traps.several_currencies),
    "both_ways": Trap(
        "dates that all read day first and month first", ("id", "opportunity"), line_traps.both_ways, _NAIVE
    ),
}


def chosen(names: Sequence[str], layout: str, leads: int) -> tuple[str, ...]:
    """The traps to plant, in the order they are planted in; ``ValueError`` where they cannot be."""
    known = TRAPS | FORMS | REFUSED
    wanted = set(names) - {ALL}
    if ALL in names:
        wanted |= {code for code, trap in TRAPS.items() if trap.fits(layout)}
    for code in names:
        if code != ALL and code not in known:
            raise ValueError(f"unknown trap {code!r}; there are {', '.join((ALL, *known))}.")
        if code != ALL and not known[code].fits(layout):
            there = ", ".join(one for one, trap in known.items() if trap.fits(layout)) or "none"
            raise ValueError(f"the layout {layout!r} cannot have the trap {code!r}; it can have {there}.")
    if wanted and leads > MOST_TRAPPED:
        raise ValueError(
            f"traps are planted in samples of up to {MOST_TRAPPED:,} leads; got {leads:,}, write fewer leads or no "
            f"traps."
        )
    return tuple(code for code in known if code in wanted)


def plant(folder: Path, codes: Sequence[str], charter: str, answers: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Plant the traps in the files of ``folder``; the charter and the answers that go with them."""
    leads, layout = answers["sample"]["leads"], answers["sample"]["layout"]
    draft = Draft(folder, layout)
    files = {one["path"]: one for one in answers["files"]}
    told, gone = {}, set[str]()
    for code in codes:
        trap = (TRAPS | FORMS | REFUSED)[code]
        sheet = draft.sheet(trap.needs)
        effect = trap.plant(draft, sheet)
        if not effect.rows:
            count = f"{leads:,} lead{'s' * (leads != 1)}"
            raise ValueError(f"a sample of {count} has no row to plant {code!r} in; write more leads.")
        told[code] = effect.rows
        gone |= set(effect.gone)
        account = files[sheet.path.name]
        account["rows_read"] += effect.added
        account["rows_set_aside"] += effect.aside
        account["rows_kept"] = account["rows_read"] - account["rows_set_aside"]
        answers["leads_kept"] -= effect.leads
        leads_file = answers["files"][0]["problems"]
        for joined, rows in effect.unjoined.items():
            leads_file[joined] = leads_file.get(joined, 0) + rows
        if "no_deal" in leads_file:
            leads_file["no_deal"] -= effect.leads
        counted = {code: effect.rows} if code in TRAPS else {}
        for found, rows in (counted | dict(effect.also)).items():
            account["problems"][found] = account["problems"].get(found, 0) + rows
    draft.write()
    if gone and (touches := files.get("touches.csv")):
        touches["rows_read"] = touches["rows_kept"] = _uncalled(folder / "touches.csv", gone)
        if not touches["rows_kept"]:  # a list of nobody is no list
            (folder / "touches.csv").unlink()
            answers["files"].remove(touches)
    for sheet in draft.sheets.values():
        if sheet.encoding == "cp1252":
            charter = charter.replace(
                f'file = "{sheet.path.name}"\n', f'file = "{sheet.path.name}"\nencoding = "cp1252"\n'
            )
    return charter, answers | {"traps": told}


def _uncalled(path: Path, leads: set[str]) -> int:
    """Take the rows of some leads out of the list of calls, so that nothing hangs on them; the rows that are left."""
    header, *rows = path.read_text("utf-8").splitlines()
    kept = [row for row in rows if row.partition(",")[0] not in leads]
    path.write_text("\n".join([header, *kept]) + "\n", encoding="utf-8", newline="\n")
    return len(kept)
