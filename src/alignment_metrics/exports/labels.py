"""Reads the labels of an export: text without the blanks around it, and nothing where a form was left as it came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis

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


def placeholders(table: ibis.Table, cells: Mapping[str, Any]) -> dict[str, Any]:
    """Of these columns those that hold any placeholder, each with the condition that a cell is one."""
    if not cells:
        return {}
    met = {name: cell.lower().isin(PLACEHOLDERS).fill_null(False) for name, cell in cells.items()}
    counted = table.agg(**{f"n{number}": one.sum() for number, one in enumerate(met.values())})
    found = counted.to_pyarrow().to_pylist()[0]
    return {name: one for number, (name, one) in enumerate(met.items()) if found[f"n{number}"]}


def is_test(email: Any) -> Any:
    """Whether an address is one that people type to try a form."""
    return email.lower().re_search(_TEST).fill_null(False)


def truth(column: Any) -> Any:
    """A flag, however it is written; what is not told is not so."""
    if column.type().is_boolean():
        return column.fill_null(False)
    return column.cast("string").lower().strip().isin(("true", "1", "yes", "y", "t")).fill_null(False)


def _hash(word: str) -> int:
    """As the engine does it."""
    raise NotImplementedError


# Ibis knows it too, but has the engine turn each number into a text and back.
hashed: Any = ibis.udf.scalar.builtin(_hash, name="hash", signature=(("string",), "uint64"))
