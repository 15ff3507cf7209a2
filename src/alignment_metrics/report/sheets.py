"""Tables of words: rows of cells that may point to a place of the page, bear a verdict, or fold away what is long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one cell.

    Parameters
    ----------
    text, under : str
        What is read first, and smaller below it.
    badge : str
        Of a verdict or a state: the class that gives it its colour. Its words are ``text``, so that nothing is told by
        colour alone.
    links : tuple of (str, str)
        Words and where they lead, within the page.
    summary : str
        Behind which ``folded`` is.
    folded : tuple of str
        Paragraphs to be read by whoever asks.
    """

    text: str = ""
    under: str = ""
    badge: str = ""
    links: tuple[tuple[str, str], ...] = ()
    summary: str = ""
    folded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a sheet; ``id`` is where others may point to."""

    cells: tuple[Cell, ...]
    id: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of words; a ``folded`` one is behind that title, and ``said`` stands below it."""

    heads: tuple[str, ...]
    lines: tuple[Line, ...]
    title: str = ""
    folded: str = ""
    said: str = ""


def capital(text: str) -> str:
    """
    Examples
    --------
    >>> capital("mql to sal")
    'Mql to sal'
    """
    return text[:1].upper() + text[1:]


def together(text: str) -> str:
    """A number that no line may break."""
    return text.replace(" ", "\u00a0")


def in_common(notes: Iterable[Sequence[str]]) -> list[str]:
    """What is said of more than one thing, in the order in which it is said.

    Examples
    --------
    >>> in_common([("One.", "Of both."), ("Of both.",), ("Two.",)])
    ['Of both.']
    """
    times = Counter(note for of_one in notes for note in dict.fromkeys(of_one))
    return [note for note, n in times.items() if n > 1]
