"""Reads cells that name a whole month as its first day, so that a column may hold either."""

from __future__ import annotations

from typing import Any

import ibis

from alignment_metrics.columns.labels import text

_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_SHORT = tuple(name[:3].lower() for name in _NAMES)
_ENGLISH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _NAMES)
_YEAR_FIRST, _YEAR_LAST = r"^(\d{4})[-/.]?(0[1-9]|1[0-2])$", r"^(0?[1-9]|1[0-2])[-/.](\d{4})$"
_NAMED = rf"^(?i:({_ENGLISH}|Sept)\.?)[ -]'?(\d\d|\d{{4}})$"


def first_days(column: Any) -> Any:
    """``2026-01``, ``202601``, ``1/2026``, ``Jan 2026`` and ``January-26`` as ``2026-01-01``; other cells as they are.

    What is no text and no number is a day already.
    """
    if column.type().is_date() or column.type().is_timestamp():
        return column
    words = text(column)
    named = words.re_extract(_NAMED, 1).lower().left(3)
    month = ibis.cases(*((named == name, f"{at:02}") for at, name in enumerate(_SHORT, start=1)), else_="")
    year = words.re_extract(_NAMED, 2)
    century = (year.length() == 2).ifelse("20" + year, year)
    return ibis.cases(
        (words.re_search(_YEAR_FIRST), _day(words.re_extract(_YEAR_FIRST, 1), words.re_extract(_YEAR_FIRST, 2))),
        (words.re_search(_YEAR_LAST), _day(words.re_extract(_YEAR_LAST, 2), words.re_extract(_YEAR_LAST, 1))),
        (month != "", _day(century, month)),
        else_=words,
    )


def _day(year: Any, month: Any) -> Any:
    return year + "-" + month.lpad(2, "0") + "-01"
