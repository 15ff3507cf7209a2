"""Turns the text of a column into numbers, deciding from the whole column which sign stands for decimals, or asking."""

from __future__ import annotations

from typing import Any

import ibis

from alignment_metrics.charter import Export
from alignment_metrics.charter.grammar import shown

# Blanks (also the narrow and the fixed one) and currency signs around the digits carry no value.
_BARE = r"[\s\x{00A0}\x{202F}€$£]"
_COMMA_DECIMAL = r"\..*,|,\d{1,2}$|,\d{4,}$|^[-+]?(0|\d{4,})?,\d|\..*\."
_DOT_DECIMAL = r",.*\.|\.\d{1,2}$|\.\d{4,}$|^[-+]?(0|\d{4,})?\.\d|,.*,"
_EITHER = r"^[-+]?[1-9]\d{0,2}[.,]\d{3}$"
_NUMBER = r"^[-+]?(\d+\.?\d*|\.\d+)$"


def amount(table: ibis.Table, name: str, header: str, export: Export, problems: list[str]) -> Any:
    """A column of amounts as floats; what cannot be read is NULL.

    What must be settled first is added to ``problems``, in words.
    """
    column = table[name]
    if not column.type().is_string():
        number = column.try_cast("float64")
        # Not a number, or beyond all numbers: neither can be added up.
        return (number.abs() < float("inf")).ifelse(number, ibis.null("float64"))
    plain = column.re_replace(_BARE, "")
    decimal = export.decimal or _decimal(table, plain, header, problems)
    if decimal == ",":
        plain = plain.replace(".", "").replace(",", ".")
    plain = plain.replace(",", "")
    return plain.re_search(_NUMBER).ifelse(plain, None).try_cast("float64")


def _decimal(table: ibis.Table, plain: Any, header: str, problems: list[str]) -> str:
    comma, dot, either = (plain.re_search(pattern) for pattern in (_COMMA_DECIMAL, _DOT_DECIMAL, _EITHER))
    found = table.agg(
        comma=comma.ifelse(plain, None).min(),
        dot=dot.ifelse(plain, None).min(),
        either=either.ifelse(plain, None).min(),
        n=table.count(where=either),
    )
    told = found.to_pyarrow().to_pylist()[0]
    if told["comma"] is not None and told["dot"] is not None:
        problems.append(
            f"{shown(header)} mixes amounts with a comma for decimals and amounts with a dot, such as "
            f'{shown(told["comma"])} and {shown(told["dot"])}; say decimal = "." or decimal = "," in the charter.'
        )
    elif told["comma"] is None and told["dot"] is None and told["n"]:
        amounts = "1 amount reads" if told["n"] == 1 else f"{told['n']:,} amounts read"
        problems.append(
            f"{shown(header)}: {amounts} both ways, such as {shown(told['either'])}; say decimal = "
            f'"." or decimal = "," in the charter.'
        )
    return "," if told["comma"] is not None else "."
