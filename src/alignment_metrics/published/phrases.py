"""How a published number, and ours beside it, are put into words. Nothing is decided here."""

from __future__ import annotations

import math
from typing import Literal

from alignment_metrics.values import Citation, Estimate

UNITS = {
    "share": "a share",
    "difference": "a difference in points",
    "relative_change": "a relative change, so much more or less of what was there",
    "ratio": "a ratio",
    "count": "a count",
    "days": "a number of days",
    "hours": "a number of hours",
}


def number(value: float, unit: str | None) -> str:
    """A published number, as exactly as it was published.

    Examples
    --------
    >>> number(0.0363, "share"), number(0.31, "difference"), number(-0.36, "relative_change"), number(84, "days")
    ('3.63%', '+31 points', '-36%', '84 days')
    >>> number(1, "hours"), number(0.01, "difference")
    ('1 hour', '+1 point')
    """
    if unit == "share":
        return f"{_exact(100 * value)}%"
    if unit == "difference":
        points = _exact(100 * value)
        return f"{'+' if value > 0 else ''}{points} point{'' if points in ('1', '-1') else 's'}"
    if unit == "relative_change":
        return f"{'+' if value > 0 else ''}{_exact(100 * value)}%"
    told = _exact(value)
    if unit in (None, "ratio", "count"):
        return told
    return f"{told} {unit.removesuffix('s') if told == '1' and unit in ('days', 'hours') else unit}"


def apart(margin: float, unit: str) -> str:
    """How far two numbers may lie apart.

    Examples
    --------
    >>> apart(0.02, "share"), apart(0.01, "difference"), apart(5, "days")
    ('2 points', '1 point', '5 days')
    """
    if unit in ("share", "difference", "relative_change"):
        points = _exact(100 * margin)
        return f"{points} point{'' if points == '1' else 's'}"
    return number(margin, unit)


def lies(side: Literal["higher", "lower"], unit: str) -> str:
    """On which side of a published number ours lies; of a time, whether it takes longer.

    Examples
    --------
    >>> lies("higher", "share"), lies("lower", "share"), lies("higher", "hours"), lies("lower", "days")
    ('lies above', 'lies below', 'is longer than', 'is shorter than')
    """
    if unit in ("days", "hours"):
        return "is longer than" if side == "higher" else "is shorter than"
    return "lies above" if side == "higher" else "lies below"


def ours(mine: Estimate) -> str:
    """Our number with its interval, level and n; or how it is known, where it has no interval.

    Examples
    --------
    >>> ours(Estimate(81 / 263, 0.2553, 0.3662, 263, "share", "Wilson", 0.95, hits=81))
    '30.8% [25.5%, 36.6%] (95% interval, n = 263)'
    >>> ours(Estimate(41.5, 38.0, 45.25, 90, "days", "Student's t", 0.95))
    '41.5 days [38, 45.2] (95% interval, n = 90)'
    >>> ours(Estimate(2.5, 2.5, 2.5, 1, "ratio", "as stated in the charter", 0.95))
    '2.5 (as stated in the charter)'
    """
    if certain(mine):
        told = mine.method if mine.n < 2 else f"{mine.method}, n = {mine.n:,}"
        return f"{rounded(mine.value, mine.unit)} ({told})"
    if mine.unit in ("share", "difference"):
        shown = str(mine)
    else:
        shown = f"{rounded(mine.value, mine.unit)} [{_end(mine.low, mine.unit)}, {_end(mine.high, mine.unit)}]"
    return f"{shown} ({100 * mine.confidence:g}% interval, n = {mine.n:,})"


def certain(mine: Estimate) -> bool:
    """Whether a number has no interval: it was stated, or everybody was asked."""
    return mine.low == mine.value == mine.high


def origin(citation: Citation) -> str:
    """Who published it, when, of how many, and how good that is.

    Examples
    --------
    >>> from alignment_metrics.published.registry import citation
    >>> origin(citation("gartner-44-mql"))
    'Gartner (Digital Markets), year unknown, n not stated, grade B'
    """
    year = "year unknown" if citation.year is None else str(citation.year)
    return f"{citation.publisher}, {year}, {size(citation)}, grade {citation.grade}"


def size(citation: Citation) -> str:
    """The n of a source, and what it counts: an n of firms must not read as one of leads."""
    known = "n not stated" if citation.n is None else f"n = {citation.n:,}"
    return f"{known} ({citation.n_note})" if citation.n_note and citation.n is not None else known


def pvalue(value: float) -> str:
    """
    Examples
    --------
    >>> pvalue(2.6e-10), pvalue(0.0412), pvalue(0.31)
    ('p < 0.001', 'p = 0.041', 'p = 0.31')
    """
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}" if value < 0.1 else f"p = {value:.2f}"


def ended(sentence: str) -> str:
    """
    Examples
    --------
    >>> ended("Nobody can repeat it"), ended("Why?")
    ('Nobody can repeat it.', 'Why?')
    """
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."


def _exact(value: float) -> str:
    # 100 * 0.07 is not 7; twelve digits are more than anybody publishes.
    text = f"{round(value, 12) + 0.0:,.10f}"
    return text.rstrip("0").rstrip(".")


def rounded(value: float, unit: str) -> str:
    """A number of ours, as finely as one says it.

    Examples
    --------
    >>> rounded(0.30798, "share"), rounded(41.5432, "days"), rounded(1.0, "hours")
    ('30.8%', '41.5 days', '1 hour')
    """
    if unit in ("share", "difference", "relative_change"):
        return number(round(value, 3), unit)
    return number(round(value, 1 if unit in ("days", "hours") else 2), unit)


def _end(value: float, unit: str) -> str:
    # Of one number alone no interval follows.
    return "no limit" if math.isinf(value) else rounded(value, unit).partition(" ")[0]
