"""Reads cells that name a whole month as its first day, so that a column may hold either."""

from __future__ import annotations

from typing import Any

import ibis

from alignment_metrics.columns.labels import text

# What English, German, French, Italian, Spanish, Portuguese, Dutch and Swedish call a month, whole and cut short, in
# small letters without marks (Unicode CLDR 48, and what people write beside it). No word may stand for two months.
NAMES = (
    "january jan januar janner jaenner janvier janv gennaio gen enero ene janeiro januari",
    "february feb februar feber fevrier fevr fev febbraio febrero fevereiro februari febr",
    "march mar marz maerz mrz mars marzo marco maart mrt",
    "april apr avril avr aprile abril abr",
    "may mai maggio mag mayo maio mei maj",
    "june jun juni juin giugno giu junio junho",
    "july jul juli juillet juil luglio lug julio julho",
    "august aug aout agosto ago augustus augusti",
    "september sep sept septembre settembre set sett septiembre setiembre setembro",
    "october oct oktober okt octobre ottobre ott octubre outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez decembre dicembre dic diciembre dezembro",
)
_NUMBERS = {word: f"{at:02}" for at, names in enumerate(NAMES, start=1) for word in names.split()}
_YEAR_FIRST, _YEAR_LAST = r"^(\d{4})[-/.]?(0[1-9]|1[0-2])$", r"^(0?[1-9]|1[0-2])[-/.](\d{4})$"
_NAMED = r"^([a-z]+)\.?(?: del? |[ /-])'?(\d\d|\d{4})$"


def _strip_accents(words: str) -> str:
    """As the engine does it: without marks above and below the letters."""
    raise NotImplementedError


_unmarked: Any = ibis.udf.scalar.builtin(_strip_accents, name="strip_accents", signature=(("string",), "string"))


def first_days(column: Any) -> Any:
    """``2026-01``, ``202601``, ``1/2026``, ``Jan 2026`` and ``janvier 26`` as ``2026-01-01``; other cells as they are.

    What is no text and no number is a day already.
    """
    if column.type().is_date() or column.type().is_timestamp():
        return column
    words = text(column)
    plain = _unmarked(words.lower())
    named, year = plain.re_extract(_NAMED, 1), plain.re_extract(_NAMED, 2)
    # Looked up once, where a case for each month would look at every cell twelve times.
    month = ibis.map(list(_NUMBERS), list(_NUMBERS.values())).get(named, "")
    century = (year.length() == 2).ifelse("20" + year, year)
    return ibis.cases(
        (words.re_search(_YEAR_FIRST), _day(words.re_extract(_YEAR_FIRST, 1), words.re_extract(_YEAR_FIRST, 2))),
        (words.re_search(_YEAR_LAST), _day(words.re_extract(_YEAR_LAST, 2), words.re_extract(_YEAR_LAST, 1))),
        (month != "", _day(century, month)),
        else_=words,
    )


def _day(year: Any, month: Any) -> Any:
    return year + "-" + month.lpad(2, "0") + "-01"
