"""Turns a column of amounts into numbers, deciding from the whole column which sign stands for decimals, or asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis

from alignment_metrics.charter import Export
from alignment_metrics.charter.grammar import shown
from alignment_metrics.columns.currencies import CURRENCY, one_currency
from alignment_metrics.columns.labels import text

_MOST_EXAMPLES = 3
# Also the fixed and the narrow one, which programs put between thousands.
_BLANK = r"[ \x{00A0}\x{2009}\x{202F}]"
_GAP = r"[ \x{00A0}\x{2009}\x{202F}'’]"
_NEGATIVE, _TWICE_SIGNED = r"[-−(]", r"[-+−(].*[-+−(]"
_PLAIN = r"^-?(?:\d+(?:\.\d*)?|\.\d+)$"
# What accountants write for nothing.
_NOTHING = rf"^(?:(?:{CURRENCY}){_BLANK}*)?[-–—](?:{_BLANK}*(?:{CURRENCY}))?$"
_EITHER = r"^[1-9]\d{0,2}[.,]\d{3}$"
_NUMERALS = r"[\d.,]"


def _cell(number: str) -> str:
    """The pattern of a cell; its groups are a currency before, the number, what multiplies it, a currency after."""
    before, after = rf"(?:({CURRENCY}){_BLANK}*)?", rf"(?:{_BLANK}*({CURRENCY}))?"
    sign, times = rf"[-+−]?{_BLANK}*", r"(?: ?([KkMB])\b)?"
    return rf"^{_BLANK}*\(?{sign}{before}\(?{sign}({number}){times}\)?{after}\)?{_BLANK}*$"


def _number(thousands: str, decimals: str) -> str:
    """The pattern of a number: thousands in groups of three, or of two as in India, and decimals."""
    gap = f"(?:{thousands}|{_GAP})"
    return rf"(?:[1-9]\d{{0,2}}(?:{gap}\d{{2,3}})*{gap}\d{{3}}|\d+)(?:{decimals}\d*)?|{decimals}\d+"


_ANY = _cell(rf"{_NUMERALS}(?:{_NUMERALS}|{_GAP}{_NUMERALS})*")
_NUMBERS = {".": _number(",", r"\."), ",": _number(r"\.", ",")}
_EXACT = {decimal: _cell(number) for decimal, number in _NUMBERS.items()}
_FACTORS = {"K": 1e3, "k": 1e3, "M": 1e6, "B": 1e9}


@dataclass(frozen=True, slots=True)
class Amount:
    """A column of amounts as floats, NULL where nothing can be read, and ``how`` it was read, in words.

    ``unreadable`` is whether a cell holds something that cannot be read; None where the file itself has numbers.
    ``signed`` is the sign or code of a currency that stands in a cell, empty where none does; None where no cell can
    have one.
    """

    cells: Any
    how: str
    unreadable: Any | None = None
    signed: Any | None = None


def amount(
    table: ibis.Table,
    name: str,
    header: str,
    export: Export,
    problems: list[str],
    *,
    currency: tuple[str, str] | None = None,
    several: bool = False,
) -> Amount:
    """How a column of amounts is written.

    Parameters
    ----------
    table, name : the column's table and its name there
    header : str
        As the file has it.
    export : Export
        ``decimal`` of the charter settles what the column leaves open.
    problems : list of str
        What must be settled first is added to it, in words.
    currency : tuple of str, optional
        Name and header of the column beside it that tells the currency of each row.
    several : bool
        Whether rows of several currencies are no problem, for whoever asks tells them apart.
    """
    column = table[name]
    if not column.type().is_string():
        number = column.try_cast("float64")
        # Not a number, or beyond all numbers: neither can be added up.
        cells = (number.abs() < float("inf")).ifelse(number, ibis.null("float64"))
        in_ = "" if several else one_currency(table, cells, header, currency, problems, signed=None)
        return Amount(cells, f"numbers in {in_}" if in_ else "numbers")
    words = text(column)
    told = table.agg(n=words.count(), plain=words.re_search(_PLAIN).sum()).to_pyarrow().to_pylist()[0]
    if not told["n"]:
        return Amount(words.try_cast("float64"), "empty", words.notnull())
    if is_plain := told["n"] == told["plain"]:
        bare = words.re_replace("^-", "")
    else:
        bare = words.re_extract(_ANY, 2).re_replace(_GAP, "")
    decimal, because = _decimal(table, words, bare, header, export.decimal, problems)
    if is_plain and decimal == ".":
        cells, signed = words.try_cast("float64"), None
    else:
        cells, signed = _read(words, decimal)
    in_ = "" if several else one_currency(table, cells, header, currency, problems, signed=signed)
    how = ("amounts" + (f" in {in_}" if in_ else "")) + because
    unreadable = (words.notnull() & cells.isnull() & ~words.re_search(_NOTHING)).fill_null(False)
    return Amount(cells, how, unreadable, signed)


def _read(words: Any, decimal: str) -> tuple[Any, Any]:
    """The amounts, with the sign or code of the currency that stands in each cell; empty text where none does."""
    pattern = _EXACT[decimal]
    digits = words.re_extract(pattern, 2).re_replace(_GAP, "")
    plain = digits.replace(".", "").replace(",", ".") if decimal == "," else digits.replace(",", "")
    times = words.re_extract(pattern, 3)
    number = plain.try_cast("float64") * ibis.cases(*((times == sign, by) for sign, by in _FACTORS.items()), else_=1.0)
    is_sound = (words.contains("(") == words.contains(")")) & ~words.re_search(_TWICE_SIGNED)
    signed = is_sound.ifelse(words.re_search(_NEGATIVE).ifelse(-number, number), ibis.null("float64"))
    return signed, ibis.coalesce(words.re_extract(pattern, 1).nullif(""), words.re_extract(pattern, 4))


def _decimal(
    table: ibis.Table, words: Any, bare: Any, header: str, said: str | None, problems: list[str]
) -> tuple[str, str]:
    """The sign for decimals, and in words by what it was decided; empty where nothing hangs on it."""
    comma, dot = (bare.re_search(f"^(?:{_NUMBERS[sign]})$") for sign in (",", "."))
    asked = {
        ",": words.min(where=comma & ~dot),
        ".": words.min(where=dot & ~comma),
        "n": bare.re_search(_EITHER).sum(),
    }
    told = table.agg(**asked).to_pyarrow().to_pylist()[0]
    shows = [sign for sign in (",", ".") if told[sign] is not None]
    if said is not None and shows and said not in shows:
        problems.append(
            f'{shown(header)} has amounts that decimal = "{said}" cannot read, such as {shown(told[shows[0]])}; '
            f"correct decimal in the charter."
        )
    elif said is None and len(shows) == 2:
        problems.append(
            f"{shown(header)} mixes amounts with a comma for decimals and amounts with a dot, such as "
            f'{shown(told[","])} and {shown(told["."])}; say decimal = "." or decimal = "," in the charter.'
        )
    elif said is None and not shows and told["n"]:
        amounts = "1 amount reads" if told["n"] == 1 else f"{told['n']:,} amounts read"
        problems.append(
            f"{shown(header)}: {amounts} both ways, such as {_examples(table, words, bare)}; say decimal = "
            f'"." or decimal = "," in the charter.'
        )
    decimal = said or (shows[0] if shows else ".")
    if not shows and (said is None or not told["n"]):
        return decimal, ""
    because = "from the charter" if said is not None else f"decided by {shown(told.get(decimal))}"
    return decimal, f", with a {'comma' if decimal == ',' else 'dot'} for decimals ({because})"


def _examples(table: ibis.Table, words: Any, bare: Any) -> str:
    """A few different cells, each in both readings."""
    rows = table.select(word=words, bare=bare).filter(lambda t: t.bare.re_search(_EITHER)).distinct()
    told = []
    for row in rows.order_by("word").limit(_MOST_EXAMPLES).to_pyarrow().to_pylist():
        whole, rest = row["bare"].replace(",", ".").split(".")
        told.append(f"{shown(row['word'])} ({whole}{rest} or {whole}.{rest})")
    return " and ".join([", ".join(told[:-1]), told[-1]] if told[:-1] else told)
