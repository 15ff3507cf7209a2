"""Reads ids as text, and refuses those that a program on the way has changed: what they named is not known any more."""

from __future__ import annotations

import re
from typing import Any

import ibis

from alignment_metrics.charter.grammar import shown
from alignment_metrics.columns.labels import text, told

# What spreadsheets make of long numbers. An id of letters and digits has no plus sign.
_SCIENTIFIC = r"^[+-]?\d(?:[.,]\d+)?[Ee]\+\d{2,3}$"
_WHOLE_FLOAT = r"^\d+\.0+$"
_SALESFORCE = r"^[0-9A-Za-z]{18}$"
# The first whole number that a float cannot tell from its neighbour.
_TOO_LARGE = 2.0**53
_CHECK_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def check(table: ibis.Table, name: str, header: str, problems: list[str], *, salesforce: bool = False) -> bool:
    """Whether every id is a whole number written with ``.0``; ids that are not what they were go to ``problems``.

    Parameters
    ----------
    table, name : the column's table and its name there
    header : str
        As the file has it.
    problems : list of str
        What is wrong is added to it, in words.
    salesforce : bool
        Whether ids of 18 characters are those of 15 with three letters to check them by.
    """
    column = table[name]
    if column.type().is_floating():
        return _check_floats(table, column, header, problems)
    if not column.type().is_string():
        return False
    # Ids of a million rows are trimmed only where a sign that most never have gives reason to look closer.
    suspects = table.filter(column.contains("+")).select(word=text(column))
    eaten = suspects.filter(suspects.word.re_search(_SCIENTIFIC))
    told = table.agg(high=column.max(), eaten=column.contains("+").any()).to_pyarrow().to_pylist()[0]
    if told["eaten"]:
        _told(eaten, header, "has been eaten by a spreadsheet", "have been eaten by a spreadsheet", _AGAIN, problems)
    if salesforce:
        ids = table.select(word=text(column)).filter(lambda t: t.word.length() == 18)
        # What changes capitals makes all of them small, also those to check by, or all large. Letter by letter is dear.
        small = ids.word.right(3) != ids.word.right(3).upper()
        large = (ids.word == ids.word.upper()) & (_letters(ids.word) != ids.word.right(3))
        _told(ids.filter((small | large) & ids.word.re_search(_SALESFORCE)), header, *_CAPITALS, problems)
    if told["high"] is None or not re.search(_WHOLE_FLOAT, told["high"].strip()):
        return False
    words = table.select(word=text(column))
    others = words.filter(words.word.notnull() & ~words.word.re_search(_WHOLE_FLOAT))
    return not others.count().to_pyarrow().as_py()


def read(column: Any, salesforce: bool = False, *, whole_floats: bool = False) -> Any:
    """A column of ids as text without the blanks around it; NULL where there is none, or a placeholder. Case counts.

    Parameters
    ----------
    column : ibis expression
        Of text or of numbers.
    salesforce : bool
        Whether an id of 18 characters is told by its first 15: the others only repeat which of them are capitals.
    whole_floats : bool
        What ``check`` found: every id is a whole number with ``.0``, which is no part of it.
    """
    if column.type().is_floating():
        whole = column.cast("decimal(38, 0)").cast("string") if whole_floats else column.cast("string")
        return column.isnan().ifelse(ibis.null("string"), whole)
    words = told(column)
    if whole_floats:
        words = words.re_replace(r"\.0+$", "")
    if not salesforce:
        return words
    # Other programs write ids of 18 characters too, with a hyphen or the like in them.
    return ((words.length() == 18) & words.re_search(_SALESFORCE)).ifelse(words.left(15), words)


_AGAIN = "export again and do not open the file in a spreadsheet, or format the column as text before saving it"
_CAPITALS = (
    "has capitals that do not agree with its last three characters",
    "have capitals that do not agree with their last three characters",
    "something on the way has changed capitals, by which records differ: export again, and leave them as they are",
)


def _check_floats(table: ibis.Table, column: Any, header: str, problems: list[str]) -> bool:
    told = column.notnull() & ~column.isnan()
    large = table.filter(told & (column.abs() >= _TOO_LARGE)).select(word=column.cast("string"))
    _told(
        large,
        header,
        "is a number too long for the kind it is kept as, and has been rounded",
        "are numbers too long for the kind they are kept as, and have been rounded",
        "export it as text",
        problems,
    )
    others = table.filter(told & (column.try_cast("int64").cast("float64") != column).fill_null(True))
    return not others.count().to_pyarrow().as_py()


def _told(wrong: ibis.Table, header: str, one: str, several: str, remedy: str, problems: list[str]) -> None:
    """Count what is wrong with ids, and say it."""
    found = wrong.agg(n=wrong.count(), example=wrong.word.min()).to_pyarrow().to_pylist()[0]
    if found["n"]:
        said = f"1 id {one}" if found["n"] == 1 else f"{found['n']:,} ids {several}"
        problems.append(f"{shown(header)}: {said}, such as {shown(found['example'])}; {remedy}.")


def _letters(word: Any) -> Any:
    """The three characters by which the capitals of the first 15 are checked: one for every five."""
    told = []
    for start in (0, 5, 10):
        place = ibis.literal(0)
        for bit in range(5):
            letter = word.substr(start + bit, 1)
            place = place + letter.between("A", "Z").ifelse(1 << bit, 0)
        told.append(ibis.literal(_CHECK_LETTERS).substr(place, 1))
    return told[0] + told[1] + told[2]
