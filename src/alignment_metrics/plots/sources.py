"""Draws sources side by side: rates drawn to what they have in common, and where each loses its leads."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from alignment_metrics.plots.style import (
    INK,
    LINE,
    OURS,
    PALE,
    POINT,
    QUIET,
    SMALL,
    TEXT,
    arms,
    canvas,
    has_rate,
    note,
    percent,
    read,
    row_names,
    safe,
    share_axis,
    short,
)
from alignment_metrics.values import Estimate

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

GAP = 0.12
"""Between the panels of two steps, in widths of one."""
MOST_STEPS = 6


def shrinkage(
    frame: pd.DataFrame, *, label: str = "share of leads that converted", overall: float | None = None,
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """How far each rate is drawn to what all groups share: from a ring, as counted, to a point with its interval.

    Parameters
    ----------
    frame : DataFrame
        One row a group, in the order to be drawn: ``value``, ``low``, ``high`` of the shrunken rate, ``raw`` and ``n``.
    label : str
        What the share is of; printed under the axis.
    overall : float, optional
        The rate of all leads together, drawn as a line.
    ax : Axes, optional
        Where to draw.

    Raises
    ------
    ValueError
        If the frame lacks a column or has no row.
    """
    rows = read(frame, "raw", remedy="Give the shrunken rates, and raw, the rates as counted.")
    raw = [float(value) for value in frame["raw"]]
    with canvas(ax, height=1.35 + 0.36 * len(rows)) as ax:
        for at, (counted, (_, row)) in enumerate(zip(raw, rows, strict=True)):
            if has_rate(row):
                ax.plot([counted, row.value], [at, at], color=QUIET, linewidth=1.2, zorder=2)
                ax.errorbar([row.value], [at], xerr=arms([row]), color=OURS, **POINT)
                note(ax, percent(row.value), (max(row.high, counted), at), (8, 0), va="center", color=INK)
            else:
                note(ax, "too few leads to show a rate", (0, at), (4, 0), va="center", style="italic")
        ax.plot(
            raw, range(len(rows)), "o", markersize=6.5, markerfacecolor="white", markeredgecolor=QUIET, zorder=4,
            clip_on=False,
        )  # fmt: skip
        row_names(ax, [f"{name} (n = {row.n:,})" for name, row in rows])
        reach = [end for counted, (_, row) in zip(raw, rows, strict=True) for end in (counted, row.high)]
        share_axis(ax, ax.xaxis, [end for end in reach if not math.isnan(end)], overall)
        if overall is not None:
            ax.axvline(overall, color=QUIET, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
            note(ax, f"all {percent(overall)}", (overall, 1), (0, 3), ha="center", transform=ax.get_xaxis_transform())
        note(ax, "○ as counted", (0, 1), (0, 17), transform=ax.transAxes)
        note(ax, "● drawn to the others", (0, 1), (84, 17), color=OURS, weight="bold", transform=ax.transAxes)
        ax.set_xlabel(safe(label), color=INK, fontsize=TEXT)
    return ax


def funnels(frame: pd.DataFrame, *, label: str = "share that took each step", ax: Axes | None = None) -> Axes:
    """Where each group loses its leads: a row a group, a panel a step, a bar from 0 to 100 % in each with its interval.

    Parameters
    ----------
    frame : DataFrame
        One row a group and step, indexed by the group; ``step`` and the columns of a rate. Groups and steps are drawn
        in the order they come; a step that a group lacks is left empty.
    label : str
        What the shares are of; printed under the axis.
    ax : Axes, optional
        Where to draw.

    Raises
    ------
    ValueError
        If the frame lacks a column, has no row, or more steps than a figure has room for.
    """
    rows = read(frame, "step", remedy="Give one row a group and step.")
    names = list(dict.fromkeys(name for name, _ in rows))
    steps = list(dict.fromkeys(str(step) for step in frame["step"]))
    if len(steps) > MOST_STEPS:
        raise ValueError(f"a figure has room for {MOST_STEPS} steps, and there are {len(steps)}; choose among them.")
    cells = {(name, str(step)): row for (name, row), step in zip(rows, frame["step"], strict=True)}
    with canvas(ax, height=1.45 + 0.46 * len(names)) as ax:
        ax.spines["bottom"].set_visible(False)
        for place, step in enumerate(steps):
            start = place * (1 + GAP)
            for at, name in enumerate(names):
                if row := cells.get((name, step)):
                    _cell(ax, row, start, at, counted=len(steps) < MOST_STEPS)
            title = short(step).replace(" to ", "\nto ", 1)
            note(ax, title, (start, -0.5), (0, 4), color=INK, fontsize=SMALL, weight="bold")
        row_names(ax, names)
        ax.set_xlim(0, len(steps) * (1 + GAP) - GAP)
        ax.set_xticks([])
        ax.set_xlabel(f"{safe(label)}; each panel runs from 0 to 100%", color=INK, fontsize=TEXT)
    return ax


def _cell(ax: Axes, row: Estimate, start: float, at: int, *, counted: bool) -> None:
    place = at + 0.14
    ax.barh([place], [1.0], left=start, height=0.3, color="white", edgecolor=LINE, linewidth=0.8, zorder=1)
    told = f"{row.n:,} leads"
    if has_rate(row):
        ax.barh([place], [row.value], left=start, height=0.3, color=PALE, zorder=2)
        ax.plot([start + row.low, start + row.high], [place] * 2, color=OURS, linewidth=2, zorder=3)
        ax.plot([start + row.value], [place], "|", color=OURS, markersize=9, markeredgewidth=2, zorder=3)
        told = f"{percent(row.value)} of {row.n:,}" if counted else percent(row.value)
    # Above the bar, where no interval can run through it.
    note(ax, told, (start, at - 0.04), (0, 0), fontsize=SMALL, color=INK if has_rate(row) else QUIET, bbox=None)
