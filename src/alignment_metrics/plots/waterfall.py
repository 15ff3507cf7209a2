"""Draws how one number becomes another, a step a choice: what each adds or takes away stands where it does so."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING

from alignment_metrics.plots.style import (
    INK,
    LINE,
    OURS,
    PALE,
    QUIET,
    TEXT,
    THEIRS,
    canvas,
    note,
    percent,
    row_names,
    safe,
    short,
    ticks,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

TALL = 0.66
BESIDE = 5


def waterfall(frame: pd.DataFrame, *, label: str = "share of leads that converted", ax: Axes | None = None) -> Axes:
    """How much each step makes of the way from the first number to the last.

    Parameters
    ----------
    frame : DataFrame
        One column ``value``: in the first row the number to start from and in the last the one to end with, shares of
        1, and between them a row a step, what it adds.
    label : str
        What the numbers are; printed under the axis.
    ax : Axes, optional
        Where to draw.

    Raises
    ------
    ValueError
        If the frame lacks the column, has fewer than two rows or a value that is no number, or its steps do not lead
        from the first number to the last.
    """
    names, values = _read(frame)
    start, *steps, stop = values
    before = list(accumulate(steps, initial=start))
    with canvas(ax, height=1.1 + 0.4 * len(values)) as ax:
        for at, value in ((0, start), (len(values) - 1, stop)):
            ax.barh(at, value, height=TALL, color=PALE, zorder=1)
            note(ax, percent(value), (max(value, 0.0), at), (BESIDE, 0), va="center", color=INK, weight="bold")
        for at, (step, base) in enumerate(zip(steps, before, strict=False), 1):
            ax.barh(at, step, left=base, height=TALL, color=OURS if step > 0 else THEIRS, zorder=2)
            told = f"{_points(step)} points"
            note(ax, told, (max(base, base + step), at), (BESIDE, 0), va="center", color=INK)
        for at, level in enumerate(before):
            # From the end of each bar to the beginning of the next, so that the eye does not have to look for it.
            ax.plot([level, level], [at + TALL / 2, at + 1 - TALL / 2], color=QUIET, linewidth=0.8, zorder=3)
        row_names(ax, names)
        low, high = min(0.0, *before, stop), max(0.01, *before, stop)
        # Room at the right for the numbers beside the longest bar.
        ax.set_xlim(low, high + 0.2 * (high - low))
        ax.xaxis.set_major_locator(ticks())
        ax.xaxis.set_major_formatter(lambda share, _: f"{round(100 * share, 6):g}%".replace("-", "−"))
        ax.xaxis.grid(True, color=LINE, linewidth=0.8, zorder=0)
        ax.set_xlabel(safe(label), color=INK, fontsize=TEXT)
    return ax


def _read(frame: pd.DataFrame) -> tuple[list[str], list[float]]:
    if "value" not in frame.columns:
        there = ", ".join(map(str, frame.columns)) or "none"
        raise ValueError(f"the frame lacks the column value; it has {there}.")
    values = [float(value) for value in frame["value"]]
    if len(values) < 2:
        rows = f"{len(values)} row{'' if len(values) == 1 else 's'}"
        raise ValueError(f"the frame has {rows}; give at least the number to start from and the one to end with.")
    names = [short(str(name)) for name in frame.index]
    for name, value in zip(names, values, strict=True):
        if not math.isfinite(value):
            raise ValueError(f"{name} has no number; leave it out.")
    start, *steps, stop = values
    come = math.fsum((start, *steps))
    if not math.isclose(come, stop, abs_tol=1e-9):
        told = f"from {percent(start)} to {percent(come)} and not to {percent(stop)}"
        raise ValueError(f"the steps lead {told}; give every step.")
    return names, values


def _points(step: float) -> str:
    """
    Examples
    --------
    >>> _points(0.0312), _points(-0.114), _points(-0.00001)
    ('+3.1', '−11.4', '0.0')
    """
    shown = round(100 * step, 1)
    return f"{shown:+.1f}".replace("-", "−") if shown else "0.0"
