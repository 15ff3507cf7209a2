"""The one error of this room: it lists every problem of an export at once."""

from __future__ import annotations

from collections.abc import Sequence


class ExportError(Exception):
    """An export that cannot be read as it is.

    Parameters
    ----------
    problems : sequence of str
        One sentence each: what is wrong, what there is, what to do.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        super().__init__("\n  ".join([f"the export has {count} problem{'s' if count > 1 else ''}:", *self.problems]))
