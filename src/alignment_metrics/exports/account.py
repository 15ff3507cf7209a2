"""The account of one table of an export: which of its rows were set aside and why, and what is odd about the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from alignment_metrics.charter import Charter
from alignment_metrics.exports.typed import Typed
from alignment_metrics.files import ROW
from alignment_metrics.quality import FileQuality, Problem

# Rows of the second part of a table are numbered from here on, those of the third from twice as many.
PART = 1_000_000_000_000
MOST_EXAMPLES = 5
_ONE = {"have": "has", "are": "is"}


@dataclass(frozen=True, slots=True)
class Check:
    """A condition on rows (None: all of them), and what to say of those that meet it, from a verb in the plural on."""

    code: str
    column: str | None
    condition: Any
    text: str
    set_aside: bool = False


class Account:
    """What happened to every row of one table, which may come in several files.

    Parameters
    ----------
    parts : sequence of Typed
        Its files, in the order of the charter.
    """

    def __init__(self, parts: Sequence[Typed], charter: Charter) -> None:
        self.parts = tuple(parts)
        self.charter = charter
        self.typed = stacked(self.parts)
        self.rows_read = self._count(self.typed.table)
        self._problems: list[list[Problem]] = [[] for _ in self.parts]
        self._aside: list[tuple[Check, ibis.Table]] = []
        for part, typed in enumerate(self.parts):
            self._opening(part, typed)

    @property
    def file(self) -> str:
        """The file, or files, in words."""
        return " and ".join(part.export.file for part in self.parts)

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(problem for part in self._problems for problem in part)

    @property
    def rows_kept(self) -> int:
        return sum(self._kept(part) for part in range(len(self.parts)))

    def treated(self, code: str, column: str | None, condition: Any, text: str, *, otherwise: str) -> Check:
        """A check whose rows are set aside where the charter says so; else ``otherwise`` tells what is done."""
        set_aside = self.charter.treats(code) == "set_aside"
        return Check(code, column, condition, text if set_aside else f"{text}; {otherwise}", set_aside)

    def tell(self, rows: ibis.Table, checks: Sequence[Check]) -> bool:
        """Count those of ``rows`` that meet each check, in one query; whether any was found."""
        if not checks:
            return False
        # Filtered first: what nearly no row meets, a file's own statistics rule out by the thousand.
        all_met = [rows[ROW].notnull() if check.condition is None else check.condition for check in checks]
        near = rows.filter(ibis.or_(*all_met))
        told: dict[str, Any] = {}
        bound = []
        for number, one in enumerate(all_met):
            (met,) = near.bind(one)
            bound.append(met)
            told |= {f"n{number}": met.sum(), f"first{number}": lowest(near[ROW], MOST_EXAMPLES, where=met)}
        if len(self.parts) > 1:
            found = near.group_by(part=near[ROW] // PART).agg(**told).to_pyarrow().to_pylist()
        else:
            found = [near.agg(**told).to_pyarrow().to_pylist()[0] | {"part": 0}]
        any_found = False
        for row in found:
            for number, check in enumerate(checks):
                if count := row[f"n{number}"]:
                    any_found = True
                    examples = [one % PART for one in row[f"first{number}"]]
                    self.add(said(check, int(count), examples), int(row["part"]))
        for check, met in zip(checks, bound, strict=True):
            if check.set_aside and any(problem.code == check.code for problem in self.problems):
                self._aside.append((check, near.filter(met).select(ROW)))
        return any_found

    def add(self, problem: Problem, part: int = 0) -> None:
        self._problems[part].append(problem)

    def files(self) -> Iterator[FileQuality]:
        """The account of each file."""
        for part, typed in enumerate(self.parts):
            ordered = sorted(self._problems[part], key=lambda one: (not one.set_aside, one.code, one.column or ""))
            yield FileQuality(
                typed.export.file,
                typed.known.name,
                self.rows_read[part],
                self._kept(part),
                tuple(ordered),
                form=typed.opened.how,
                because=typed.because,
                columns=typed.columns,
            )

    def aside(self, con: Any, part: int) -> tuple[ibis.Table, dict[str, str]]:
        """The rows of one file that were set aside, each with its ``code``, and what each code means."""
        messages = {problem.code: problem.message for problem in self._problems[part] if problem.set_aside}
        con.raw_sql(f"CREATE TEMPORARY TABLE aside_{id(self)}_{part} ({ROW} BIGINT, code VARCHAR)")
        found = con.table(f"aside_{id(self)}_{part}")
        for check, rows in self._aside:
            table = rows.filter(rows[ROW] // PART == part) if len(self.parts) > 1 else rows
            con.insert(found.get_name(), table.select((table[ROW] % PART).name(ROW), code=ibis.literal(check.code)))
        return found, messages

    def _kept(self, part: int) -> int:
        return self.rows_read[part] - sum(problem.rows for problem in self._problems[part] if problem.set_aside)

    def _count(self, table: ibis.Table) -> list[int]:
        footers = [len(part.opened.footers) for part in self.parts]
        if len(self.parts) == 1:
            return [int(table.count().to_pyarrow().as_py()) + footers[0]]
        counted = table.group_by(part=table[ROW] // PART).agg(n=table.count()).to_pyarrow().to_pylist()
        found = {row["part"]: row["n"] for row in counted}
        return [int(found.get(part, 0)) + footers[part] for part in range(len(self.parts))]

    def _opening(self, part: int, typed: Typed) -> None:
        """What was done with lines above the header and below the rows."""
        opened = typed.opened
        if opened.titles:
            lines = "1 line stands" if opened.titles == 1 else f"{opened.titles:,} lines stand"
            self.add(Problem("title_line", None, 0, (), f"{lines} above the header; passed over.", False), part)
        if opened.footers:
            check = Check("footer_row", None, None, "stand below the rows, as totals and notices do", True)
            rows = [row for row, _ in opened.footers]
            self.add(said(check, len(rows), rows[:MOST_EXAMPLES]), part)


def stacked(parts: Sequence[Typed]) -> Typed:
    """The parts of one table as one."""
    first, *others = parts
    if not others:
        return first
    kinds: dict[str, Any] = {}
    for part in parts:
        # A column as a file has it may be of any kind; only what was made of it is alike in all.
        kinds |= {name: kind for name, kind in part.table.schema().items() if not name.endswith("|as read")}
    tables = []
    for number, part in enumerate(parts):
        cells = {name: part.table[name] if part.has(name) else ibis.null(kind) for name, kind in kinds.items()}
        for name, kind in kinds.items():
            if kind.is_boolean():
                # A part without a column for a stage has nothing in it.
                cells[name] = cells[name].fill_null(name.endswith("|blank"))
        tables.append(part.table.select(**{**cells, ROW: part.table[ROW] + number * PART}))
    stages = {stage: None for part in parts for stage in part.stages}
    return first.with_table(ibis.union(*tables), [*stages])


def said(check: Check, count: int, examples: Sequence[int]) -> Problem:
    """The sentence about the rows that meet a check."""
    named = ", ".join(str(row) for row in examples) + (", …" if count > len(examples) else "")
    verb, _, rest = check.text.partition(" ")
    one = _ONE.get(verb, verb if verb in ("came", "went") else f"{verb}s")
    words = f"1 row {one}" if count == 1 else f"{count:,} rows {verb}"
    treatment = "; set aside" if check.set_aside else ""
    message = f"{words} {rest}{treatment} (row{'s' if count > 1 else ''} {named})."
    return Problem(check.code, check.column, count, tuple(examples), message, check.set_aside)


def a(name: str) -> str:
    """``name`` with its article."""
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def _min(row: int, most: int) -> list[int]:
    """As the engine does it: the lowest few."""
    raise NotImplementedError


_lowest: Any = ibis.udf.agg.builtin(_min, name="min", signature=(("int64", "int64"), "array<int64>"))


def lowest(row: Any, most: int, where: Any = None) -> Any:
    """The lowest few of a column of numbers."""
    return _lowest(row=row, most=most, where=where)
