"""What happened to every row of every file. Nothing is lost: read = kept + set aside, checked at birth."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of trouble in one column, with its rows counted.

    Parameters
    ----------
    code : str
        Stable, e.g. ``"duplicate_id"``.
    column : str or None
        Header as the file has it.
    rows : int
        Rows it touches.
    examples : tuple of int
        The first rows, numbered as a spreadsheet numbers them (the header of a CSV file is row 1).
    message : str
        What is wrong and what was done about it.
    set_aside : bool
        Whether those rows were set aside because of it.
    """

    code: str
    column: str | None
    rows: int
    examples: tuple[int, ...]
    message: str
    set_aside: bool


@dataclass(frozen=True, slots=True)
class FileQuality:
    """The account of one export file; ``rows_read == rows_kept + rows_set_aside``, always."""

    path: str
    layout: str
    rows_read: int
    rows_kept: int
    problems: tuple[Problem, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.rows_kept <= self.rows_read:
            raise ValueError(f"{self.path}: kept {self.rows_kept} of {self.rows_read} rows.")

    @property
    def rows_set_aside(self) -> int:
        return self.rows_read - self.rows_kept

    def __str__(self) -> str:
        head = (
            f"{self.path} ({self.layout}): {self.rows_read:,} row{'s' * (self.rows_read != 1)} read, "
            f"{self.rows_kept:,} kept, "
            f"{self.rows_set_aside:,} set aside."
        )
        told = [f"  {problem.code}: {problem.message}" for problem in self.problems]
        return "\n".join([head, *(told or ["  nothing to report."])])


@dataclass(frozen=True, slots=True)
class Quality:
    """The account of a whole export."""

    files: tuple[FileQuality, ...]

    def __str__(self) -> str:
        return "\n".join(str(file) for file in self.files)
