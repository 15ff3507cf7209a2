"""Draws one difference many times: as it comes, adjusted by several roads, and in each stratum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alignment_metrics.plots.style import (
    INK,
    LINE,
    OURS,
    POINT,
    QUIET,
    TEXT,
    arms,
    canvas,
    has_rate,
    note,
    read,
    row_names,
    short,
    ticks,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

SMALLEST, LARGEST = 4.0, 10.0
ROOM = 0.22
"""Of the axis, to the right of the longest interval, for the number that is written there."""


def forest(frame: pd.DataFrame, *, left: str = "left", right: str = "right", ax: Axes | None = None) -> Axes:
    """Whether a difference is the same whichever way it is adjusted, and in each stratum.

    Parameters
    ----------
    frame : DataFrame
        One row a difference, in the order to be drawn: ``value``, ``low``, ``high`` (shares of 1, left less right),
        ``n`` (leads) and ``summary``: true for a row about all leads, drawn as a diamond; the others are strata, each
        a square of a size that grows with its leads.
    left, right : str
        Names of the two groups.
    ax : Axes, optional
        Where to draw.

    Raises
    ------
    ValueError
        If the frame lacks a column or has no row.
    """
    rows = read(frame, "summary", remedy="Give value, low, high, n and summary.")
    summary = [bool(one) for one in frame["summary"]]
    strata = [row.n for (_, row), whole in zip(rows, summary, strict=True) if not whole]
    with canvas(ax, height=1.3 + 0.36 * len(rows)) as ax:
        ax.axvline(0, color=INK, linewidth=1.2, zorder=1)
        for at, ((_, row), whole) in enumerate(zip(rows, summary, strict=True)):
            if at and summary[at - 1] != whole:
                ax.axhline(at - 0.5, color=LINE, linewidth=0.8, zorder=0)
            if not has_rate(row):
                note(ax, "too few leads to show a difference", (0, at), (6, 0), va="center", style="italic")
                continue
            # The area, not the width, is what the eye compares.
            size = 7.0 if whole else SMALLEST + (LARGEST - SMALLEST) * (row.n / max(strata)) ** 0.5
            style = POINT | {"fmt": "D" if whole else "s", "markersize": size}
            ax.errorbar([row.value], [at], xerr=arms([row]), color=OURS if whole else QUIET, **style)
            told = f"{100 * row.value:+.1f}".replace("-", "−")
            note(ax, told, (max(row.high, 0), at), (6, 0), va="center", color=INK)
        row_names(ax, [f"{name} (n = {row.n:,})" for name, row in rows])
        ends = [0.0, *(end for _, row in rows if has_rate(row) for end in (row.low, row.high))]
        reach = max(0.02, max(ends) - min(ends))
        ax.set_xlim(min(ends) - 0.08 * reach, max(ends) + ROOM * reach)
        ax.xaxis.set_major_locator(ticks())
        ax.xaxis.set_major_formatter(lambda share, _: f"{round(100 * share, 6):+g}".replace("-", "−") if share else "0")
        ax.xaxis.grid(True, color=LINE, linewidth=0.8, zorder=0)
        left, right = short(left), short(right)
        ax.set_xlabel(f"percentage points of conversion\n{left} − {right}", color=INK, fontsize=TEXT)
        note(ax, f"← {right} higher", (0, 1), (0, 3), transform=ax.transAxes)
        note(ax, f"{left} higher →", (1, 1), (0, 3), ha="right", transform=ax.transAxes)
    return ax
