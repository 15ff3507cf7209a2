"""Draws what two teams say beside each other and beside what the records show: a dumbbell an item."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from alignment_metrics.plots.style import (
    INK,
    LINE,
    LINE_POINTS,
    OURS,
    TEXT,
    THEIRS,
    apart,
    arms,
    canvas,
    has_rate,
    legend,
    note,
    paper,
    read,
    row_names,
    safe,
    share_axis,
    ticks,
)
from alignment_metrics.values import Estimate

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

# Who speaks, in the order of the legend: name, colour, shape, and how far the interval lies from the middle of its row.
WHO: dict[str, tuple[str, str, str, float]] = {
    "marketing": ("marketing says", OURS, "o", 0.15),
    "sales": ("sales says", THEIRS, "s", 0.15),
    "crm": ("the CRM shows", INK, "D", 0.27),
}
MARK: dict[str, Any] = {"markeredgecolor": "white", "markeredgewidth": 0.8, "clip_on": False, "zorder": 4}
LONGEST_LINE, MOST_LINES = 27, 3
LETTER_POINTS, NUMBER_POINTS = 6.3, 32.0


def perception(frame: pd.DataFrame, *, label: str = "share that says so", ax: Axes | None = None) -> Axes:
    """Where two teams see the same thing differently, and what the records show of it.

    Parameters
    ----------
    frame : DataFrame
        One row an item and ``who``: ``marketing``, ``sales`` or ``crm``; named by the item, with ``value``, ``low``,
        ``high`` (shares of 1) and ``n`` (answers, or leads). A row without a value has no mark.
    label : str
        Printed under the axis.
    ax : Axes, optional
        Where to draw.

    Raises
    ------
    ValueError
        If the frame lacks a column, has no row, or names somebody else.
    """
    rows = _rows(frame)
    with canvas(ax, height=1.3 + 0.68 * len(rows)) as ax:
        for at, found in enumerate(rows.values()):
            known = {who: one for who, one in found.items() if has_rate(one)}
            teams = [one.value for who, one in known.items() if who != "crm"]
            if len(teams) > 1:
                ax.plot([min(teams), max(teams)], [at, at], color=LINE, linewidth=4, solid_capstyle="butt", zorder=1)
            for who, one in known.items():
                _, colour, shape, beside = WHO[who]
                place = at + (-beside if who == "marketing" else beside)
                ax.errorbar([one.value], [place], xerr=arms([one]), fmt="none", ecolor=colour, elinewidth=1, zorder=2)
                ax.plot([one.value], [at], shape, color=colour, markersize=8 if who != "crm" else 6.5, **MARK)
            if not known:
                note(ax, "too few answers to show", (0, at), (4, 0), va="center", style="italic")
        names = ["\n".join(_wrapped(name)) for name in rows]
        row_names(ax, names)
        share_axis(ax, ax.xaxis, [1.0], None)
        ax.set_xlim(0, 1)
        ax.xaxis.set_major_locator(ticks())
        wide = paper(ax)[0] - LETTER_POINTS * max(len(line) for name in names for line in name.split("\n")) - 24
        for at, found in enumerate(rows.values()):
            _numbers(ax, at, found, max(wide, 100.0))
        there = [who for who in WHO if any(who in found for found in rows.values())]
        legend(ax, [(*WHO[who][:3], 1.0) for who in there])
        ax.set_xlabel(safe(label), color=INK, fontsize=TEXT)
    return ax


def _rows(frame: pd.DataFrame) -> dict[str, dict[str, Estimate]]:
    read_in = read(frame, "who", remedy="Give a row an item and who says so.")
    found: dict[str, dict[str, Estimate]] = {}
    for name, who, (_, one) in zip(frame.index, frame["who"], read_in, strict=True):
        if who not in WHO:
            raise ValueError(f"nobody is called {str(who)[:20]!r}; there are {', '.join(WHO)}.")
        found.setdefault(str(name), {})[str(who)] = one
    return found


def _wrapped(name: str) -> list[str]:
    lines = textwrap.wrap(safe(name), LONGEST_LINE, max_lines=MOST_LINES, placeholder=" …")
    return lines or [""]


def _numbers(ax: Axes, at: int, found: dict[str, Estimate], wide: float) -> None:
    """The values above their marks, moved apart where the marks stand close."""
    known = sorted(((one.value, who) for who, one in found.items() if has_rate(one)), key=lambda one: one[0])
    places = apart([wide * value for value, _ in known], NUMBER_POINTS)
    for place, (value, who) in zip(places, known, strict=True):
        off = (place - wide * value, LINE_POINTS / 2 + 2)
        told = f"{100 * value:.0f}%"
        style: dict[str, Any] = {"ha": "center", "color": WHO[who][1], "weight": "bold", "bbox": None}
        note(ax, told, (value, at), off, **style)
