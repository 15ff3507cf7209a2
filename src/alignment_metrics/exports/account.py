"""The account of one table of an export: which of its rows were set aside and why, and what is odd about the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from alignment_metrics.charter import Charter
from alignment_metrics.columns.days import before
from alignment_metrics.exports.typed import Typed
from alignment_metrics.files import ROW
from alignment_metrics.quality import FileQuality, Problem, plain

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

    A row is set aside once, for the first reason that is told of it, however many there are.

    Parameters
    ----------
    con : Ibis backend
        Where the rows are.
    parts : sequence of Typed
        Its files, in the order of the charter.
    name : str
        A name of ours for the table.

    Attributes
    ----------
    records : ibis.Table or None
        Where a row is an event: ``row``, and the row of the ``record`` it belongs to, once these are known. A record
        that is set aside takes all its events along.
    """

    def __init__(self, con: Any, parts: Sequence[Typed], charter: Charter, name: str) -> None:
        self.con, self.name = con, name
        self.parts = tuple(parts)
        self.charter = charter
        self.typed = stacked(self.parts)
        self.rows_read = self._count(self.typed.table)
        self.records: ibis.Table | None = None
        self._problems: list[list[Problem]] = [[] for _ in self.parts]
        self._reasons = 0
        con.raw_sql(f"CREATE TEMPORARY TABLE {name}_aside ({ROW} BIGINT, code VARCHAR, reason BIGINT)")
        for part, typed in enumerate(self.parts):
            self._opening(part, typed)

    @property
    def file(self) -> str:
        """The file, or files, in words."""
        return " and ".join(plain(part.export.file, 1000) for part in self.parts)

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(problem for part in self._problems for problem in part)

    @property
    def rows_kept(self) -> int:
        return sum(self._kept(part) for part in range(len(self.parts)))

    @property
    def implausible(self) -> str:
        """What is said of dates that are too early to be true."""
        return before(min(part.first for part in self.parts))

    def treated(self, code: str, column: str | None, condition: Any, text: str, *, otherwise: str) -> Check:
        """A check whose rows are set aside where the charter says so; else ``otherwise`` tells what is done."""
        set_aside = self.charter.treats(code) == "set_aside"
        return Check(code, column, condition, text if set_aside else f"{text}; {otherwise}", set_aside)

    def tell(self, rows: ibis.Table, checks: Sequence[Check]) -> bool:
        """Count those of ``rows`` that meet each check, in one query; whether any was found."""
        if not checks:
            return False
        # Filtered first: what nearly no row meets, a file's own statistics rule out by the thousand.
        all_met = [
            rows[ROW].notnull() if check.condition is None else rows.bind(check.condition)[0] for check in checks
        ]
        near = rows.filter(ibis.or_(*all_met))
        bound = [near.bind(one)[0] for one in all_met]
        told: dict[str, Any] = {}
        for number, met in enumerate(bound):
            told |= {f"n{number}": met.sum(), f"first{number}": lowest(near[ROW], MOST_EXAMPLES, where=met)}
        found = self._by_part(near, told)
        for number, check in enumerate(checks):
            counts = {part: (int(row[f"n{number}"] or 0), row[f"first{number}"]) for part, row in found.items()}
            if check.set_aside and any(count for count, _ in counts.values()):
                counts = self._put_aside(check, near.filter(bound[number]).select(ROW))
            for part, (count, first) in counts.items():
                if count:
                    self.add(said(check, count, [row % PART for row in first]), part)
        return any(row[f"n{number}"] for row in found.values() for number in range(len(checks)))

    def tell_groups(self, groups: ibis.Table, checks: Sequence[Check]) -> None:
        """Count those that meet each check, which sets none aside, of rows that were counted in groups.

        Of each group, which is of one part, ``n`` tells how many rows it has and ``first`` the lowest few of them.
        """
        for check in checks:
            met = groups.filter(check.condition)
            rows = met.mutate(met["first"].unnest().name(ROW))
            whole = rows["n"].sum(where=rows[ROW] == rows["first"][0])
            for part, row in self._by_part(rows, {"n": whole, "first": lowest(rows[ROW], MOST_EXAMPLES)}).items():
                if row["n"]:
                    self.add(said(check, int(row["n"]), [one % PART for one in row["first"]]), part)

    def _put_aside(self, check: Check, rows: ibis.Table) -> dict[int, tuple[int, list[int]]]:
        """Set these rows aside that are not yet, and count them."""
        if self.records is not None:
            rows = self.records.semi_join(rows, self.records["record"] == rows[ROW]).select(ROW)
        gone = self.con.table(f"{self.name}_aside")
        self._reasons += 1
        told = {"code": ibis.literal(check.code), "reason": ibis.literal(self._reasons, "int64")}
        self.con.insert(f"{self.name}_aside", rows.distinct().anti_join(gone, ROW).select(ROW, **told))
        new = gone.filter(gone["reason"] == self._reasons)
        found = self._by_part(new, {"n": new.count(), "first": lowest(new[ROW], MOST_EXAMPLES)})
        return {part: (int(row["n"]), row["first"] or []) for part, row in found.items()}

    def _by_part(self, rows: ibis.Table, sums: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
        if len(self.parts) == 1:
            return {0: rows.agg(**sums).to_pyarrow().to_pylist()[0]}
        told = rows.group_by(part=rows[ROW] // PART).agg(**sums).to_pyarrow().to_pylist()
        return {int(row["part"]): row for row in told}

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

    def aside(self, part: int) -> tuple[ibis.Table, dict[str, str]]:
        """The rows of one file that were set aside, each with its ``code``, and what each code means."""
        messages = {problem.code: problem.message for problem in self._problems[part] if problem.set_aside}
        gone = self.con.table(f"{self.name}_aside")
        rows = gone.filter(gone[ROW] // PART == part)
        return rows.select((rows[ROW] % PART).name(ROW), "code"), messages

    def _kept(self, part: int) -> int:
        return self.rows_read[part] - sum(problem.rows for problem in self._problems[part] if problem.set_aside)

    def _count(self, table: ibis.Table) -> list[int]:
        footers = [len(part.opened.footers) for part in self.parts]
        found = self._by_part(table, {"n": table.count()})
        return [
            int(found[part]["n"]) + footers[part] if part in found else footers[part] for part in range(len(footers))
        ]

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
    return first.with_parts(others, ibis.union(*tables))


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
