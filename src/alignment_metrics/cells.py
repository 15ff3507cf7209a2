"""Text that a spreadsheet shows instead of running it, whoever typed it into a web form."""

from __future__ import annotations

import re

# A spreadsheet takes a cell that begins so for a formula; the last four are the wide forms that Japanese input gives,
# which Excel takes as well.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"[-+][0-9]+(?:[.,][0-9]+)*")


def text(cell: str) -> str:
    """A cell as it may be written for a spreadsheet: what would run begins with an apostrophe, all else is as it was.

    Examples
    --------
    >>> text("=HYPERLINK(A1)"), text("cold call"), text("-5"), text("-5+A1")
    ("'=HYPERLINK(A1)", 'cold call', '-5', "'-5+A1")
    """
    return f"'{cell}" if cell.startswith(FORMULA) and not _NUMBER.fullmatch(cell) else cell
