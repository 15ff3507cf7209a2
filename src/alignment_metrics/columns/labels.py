"""Reads the labels of an export: text without the blanks around it, and nothing where a form was left as it came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from alignment_metrics.files import written

# What programs write where nobody chose or wrote anything. Each is taken as a whole cell, in any case.
PLACEHOLDERS = (
    "select",
    "select...",
    "please select",
    "- select -",
    "-- select --",
    "(blank)",
    "[blank]",
    "(empty)",
    "(none)",
    "-none-",
    "--none--",
    "- none -",
    "-- none --",
    "(no value)",
    "no value",
    "(not set)",
    "#n/a",
    "n/a",
    "null",
    "-",
    "--",
)
_TEST = r"^(test|testing|tester|asdf|asdfgh|qwerty|qwertz)[0-9]*@|@test\.[a-z]+$"


def text(column: Any) -> Any:
    """A column as text without surrounding blanks; an empty cell is NULL."""
    return label(column).nullif("")


def label(column: Any) -> Any:
    """A column as text without surrounding blanks, in which an empty cell may be empty text as well as NULL.

    Telling the two together would be asked of every row; trimming is asked once of every label, where a Parquet file
    brings a dictionary of them along.
    """
    return (column if column.type().is_string() else column.cast("string")).strip()


@dataclass(frozen=True, slots=True)
class Labels:
    """The different labels of a column, and what it takes to read them.

    ``table`` has one column ``label``. ``plain`` tells that every cell is as it should be, blanks and all;
    ``placeholders`` are the cells that hold one.
    """

    table: ibis.Table
    plain: bool
    placeholders: tuple[str, ...]

    def read(self, column: Any) -> Any:
        """The cells as labels; NULL where there is none."""
        words = column if self.plain else text(column)
        return self.is_placeholder(column).ifelse(ibis.null("string"), words) if self.placeholders else words

    def is_placeholder(self, column: Any) -> Any:
        return column.isin(self.placeholders).fill_null(False)


def different(con: Any, name: str, table: ibis.Table, columns: Sequence[str], *, blanks: bool) -> dict[str, Labels]:
    """The labels of each of these columns; ``blanks`` tells whether placeholders are none.

    A label stands in thousands of rows: what is asked of each is asked once.
    """
    found = {}
    for number, column in enumerate(columns):
        cells = table.select(cell=table[column] if table[column].type().is_string() else table[column].cast("string"))
        there = written(con, f"{name}_labels_{number}", cells.distinct())
        cell = there["cell"]
        words = cell.strip()
        is_one = words.lower().isin(PLACEHOLDERS).fill_null(False)
        facts = there.agg(odd=((words != cell) | (cell == "")).any(), left=cell.collect(where=is_one))
        (fact,) = facts.to_pyarrow().to_pylist()
        left = sorted(fact["left"] or []) if blanks else []
        told = there.filter(cell.notin(left)) if left else there
        found[column] = Labels(told.select(label=told["cell"].strip()), not fact["odd"], tuple(left))
    return found


def is_test(email: Any) -> Any:
    """Whether an address, in small letters, is one that people type to try a form."""
    # Few addresses begin like one, and a pattern costs ten times a letter.
    near = email.left(1).isin(("t", "a", "q")) | email.contains("@test.")
    return near.ifelse(email.re_search(_TEST), ibis.literal(False)).fill_null(False)


# As people and programs write yes and no, in the languages that spreadsheets translate them into.
_YES = ("true", "1", "1.0", "yes", "y", "t", "x", "wahr", "ja", "vrai", "oui", "verdadero", "sí", "si", "vero", "sim")
_NO = ("false", "0", "0.0", "no", "n", "f", "falsch", "nein", "faux", "non", "falso", "não", "nao", "nee", "onwaar")


def truth(column: Any) -> Any:
    """A flag, however it is written; NULL where it is neither yes nor no."""
    if column.type().is_boolean():
        return column
    words = column.cast("string").lower().strip()
    return ibis.cases((words.isin(_YES), True), (words.isin(_NO), False), else_=ibis.null("boolean"))


def told(column: Any) -> Any:
    """A column as text; NULL where the cell is empty or a placeholder."""
    words = text(column)
    return words.lower().isin(PLACEHOLDERS).ifelse(ibis.null("string"), words)


def _hash(word: str) -> int:
    """As the engine does it."""
    raise NotImplementedError


# Ibis knows it too, but has the engine turn each number into a text and back.
hashed: Any = ibis.udf.scalar.builtin(_hash, name="hash", signature=(("string",), "uint64"))
