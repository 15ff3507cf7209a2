"""Finds among the sheets of a workbook those whose header is known."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence

from alignment_metrics.charter.grammar import shown
from alignment_metrics.exports.detect import detect
from alignment_metrics.files import Opened

# As the reader asks which of several sheets is meant; where it names only some of them, nothing can be tried.
_ASKED = re.compile(r"""\d+ sheets have rows: (['"].*['"]); say sheet = """)


def sheets_in(problem: str) -> tuple[str, ...]:
    """The sheets between which the reader asks to choose; empty where it asks for something else.

    Examples
    --------
    >>> sheets_in("2 sheets have rows: 'Leads', 'Notes'; say sheet = ...")
    ('Leads', 'Notes')
    """
    if not (asked := _ASKED.match(problem)):
        return ()
    try:
        return tuple(map(str, ast.literal_eval(f"[{asked[1]}]")))
    except (SyntaxError, ValueError):  # names that were cut short
        return ()


def known_among(names: Sequence[str], opened: Callable[[str], Opened]) -> tuple[str, ...]:
    """Those of the sheets whose header is that of a layout, or of several."""
    found = []
    for name in names:
        try:
            told = detect(opened(name).headers)
        except ValueError:  # it has no header, or none that can be read
            continue
        found += [name] if told.layout or told.rivals else []
    return tuple(found)


def choice(known: Sequence[str]) -> str:
    """The question which of several sheets with a known header is meant."""
    listing = " and ".join([", ".join(map(shown, known[:-1])), shown(known[-1])])
    return (
        f"{listing} have a header that is known, and one [[export]] reads one sheet; name it. What follows is drafted "
        f"from {shown(known[0])}; save the other{'s' * (len(known) > 2)} as a file of "
        f"{'their' if len(known) > 2 else 'its'} own if {'they are' if len(known) > 2 else 'it is'} to be read too."
    )
