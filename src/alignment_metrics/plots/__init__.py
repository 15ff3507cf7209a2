"""Draws rates and differences with their intervals, one figure a function. The one room where a colour is chosen.

A frame is what ``Tally.to_frame(rate)`` returns: one row a group, in the order to be drawn, with ``value``, ``low``,
``high`` (shares of 1) and ``n`` (leads). A row whose ``value`` is ``nan`` is named with its leads and has no point.
Every function takes the ``Axes`` to draw on, or makes a figure of its own with pyplot, and returns the ``Axes``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from alignment_metrics.findings.words import listed, plain
from alignment_metrics.plots.ages import curve
from alignment_metrics.plots.benchmarks import benchmarks
from alignment_metrics.plots.forest import forest
from alignment_metrics.plots.perception import perception
from alignment_metrics.plots.sources import MOST_STEPS, funnels, shrinkage
from alignment_metrics.plots.style import (
    INK,
    LINE,
    MOST_TICKS,
    OURS,
    PALE,
    POINT,
    QUIET,
    TEXT,
    THEIRS,
    UNPRINTABLE,
    arms,
    canvas,
    has_rate,
    note,
    percent,
    periods,
    points,
    read,
    row_names,
    safe,
    share_axis,
    sheet,
    short,
    stretches,
    ticks,
    to_png,
    to_svg,
    whiskers,
)  # fmt: skip
from alignment_metrics.plots.triangles import cohorts, forecast
from alignment_metrics.plots.waterfall import waterfall
from alignment_metrics.values import Comparison

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = [
    "INK", "LINE", "MOST_STEPS", "OURS", "QUIET", "THEIRS", "UNPRINTABLE", "benchmarks", "cohorts", "curve",
    "difference", "forecast", "forest", "funnel", "funnels", "over_time", "perception", "rates", "sheet", "shrinkage",
    "to_png", "to_svg", "waterfall",
]  # fmt: skip


def rates(
    frame: pd.DataFrame, *, label: str = "share of leads that converted", overall: float | None = None,
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Which groups convert better, and how sure that is: a point and an interval each, in the frame's order.

    Parameters
    ----------
    frame : DataFrame
        One row a group.
    label : str
        What the share is of; printed under the axis.
    overall : float, optional
        Rate of all leads, drawn as a line to read the groups against.
    ax : Axes, optional
        Where to draw.

    Raises
    ------
    ValueError
        If the frame lacks a column or has no row.
    """
    rows = read(frame)
    with canvas(ax, height=1.1 + 0.36 * len(rows)) as ax:
        points(ax, rows)
        row_names(ax, [f"{name} (n = {row.n:,})" for name, row in rows])
        if overall is not None:
            ax.axvline(overall, color=QUIET, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
            note(ax, f"all {percent(overall)}", (overall, 1), (0, 3), ha="center", transform=ax.get_xaxis_transform())
        share_axis(ax, ax.xaxis, [row.high for _, row in rows if has_rate(row)], overall)
        ax.set_xlabel(safe(label), color=INK, fontsize=TEXT)
    return ax


def over_time(
    frame: pd.DataFrame, *, label: str = "share of leads that converted", overall: float | None = None,
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Whether the rate has moved from one period to the next, with the leads behind each point.

    Parameters
    ----------
    frame : DataFrame
        One row a period in order of time, named like ``2026Q1`` or ``2026-01``; a missing period leaves a gap.
    label : str
        What the share is of; printed beside the axis.
    overall : float, optional
        The pooled rate, drawn as a line: it describes no period where the rate has moved.
    ax : Axes, optional
        Where to draw.

    Raises
    ------
    ValueError
        If the frame lacks a column or has no row.
    """
    rows = read(frame)
    places = periods([name for name, _ in rows])
    known = [(x, row) for x, (_, row) in zip(places, rows, strict=True) if has_rate(row)]
    with canvas(ax, height=3.5) as ax:
        for stretch in stretches(known):
            xs, ys = [x for x, _ in stretch], [row.value for _, row in stretch]
            low, high = [row.low for _, row in stretch], [row.high for _, row in stretch]
            ax.fill_between(xs, low, high, color=PALE, linewidth=0, alpha=0.6, zorder=1)
            ax.plot(xs, ys, color=OURS, linewidth=2, zorder=2)
        whiskers(ax, known)
        highest = max(known, key=lambda at: at[1].value, default=None)
        lowest = min(known, key=lambda at: at[1].value, default=None)
        for x, row in dict.fromkeys(at for at in (*known[:1], *known[-1:], highest, lowest) if at):
            note(ax, percent(row.value), (x, row.high), (0, 4), ha="center", color=OURS, weight="bold")
        share_axis(ax, ax.yaxis, [row.high for _, row in known], overall)
        step = math.ceil(len(rows) / MOST_TICKS)
        shown = range(len(rows) - 1, -1, -step)[::-1]
        ax.set_xticks([places[at] for at in shown], [f"{rows[at][0]}\n{rows[at][1].n:,}" for at in shown])
        ax.set_xlim(min(places) - 0.5, max(places) + 0.5)
        ax.set_xlabel("period, and its leads (n)", color=QUIET, fontsize=TEXT)
        if overall is not None:
            ax.axhline(overall, color=QUIET, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
            note(ax, f"all {percent(overall)}", (1, overall), (4, 0), va="center", transform=ax.get_yaxis_transform())
        ax.set_ylabel(safe(label), color=INK, fontsize=TEXT)
    return ax


def funnel(frame: pd.DataFrame, *, label: str = "share that took the step", ax: Axes | None = None) -> Axes:
    """Where leads are lost: a bar and an interval for each step, from the first at the top.

    Parameters
    ----------
    frame : DataFrame
        One row a step.
    label : str
        What the share is of; printed under the axis.
    ax : Axes, optional
        Where to draw.

    Raises
    ------
    ValueError
        If the frame lacks a column or has no row.
    """
    rows = read(frame)
    with canvas(ax, height=1.1 + 0.46 * len(rows)) as ax:
        bars = [(at, row) for at, (_, row) in enumerate(rows) if has_rate(row)]
        ax.barh([at for at, _ in bars], [row.value for _, row in bars], height=0.62, color=PALE, zorder=1)
        points(ax, rows, marker="|", markersize=13)
        row_names(ax, [f"{name} (n = {row.n:,})" for name, row in rows])
        share_axis(ax, ax.xaxis, [row.high for _, row in bars], None)
        ax.set_xlabel(safe(label), color=INK, fontsize=TEXT)
    return ax


def difference(comparison: Comparison, *, left: str = "left", right: str = "right", ax: Axes | None = None) -> Axes:
    """Whether two groups really differ, as they are and with the same mix of leads, against a line at no difference.

    Parameters
    ----------
    comparison : Comparison
        The crude difference and, where there is one, the adjusted.
    left, right : str
        Names of the two groups.
    ax : Axes, optional
        Where to draw.
    """
    rows = [(f"as they are (n = {comparison.difference.n:,})", comparison.difference)]
    if comparison.adjusted:
        mix = listed([plain(name) for name in comparison.adjusted.by])
        alike = comparison.adjusted.difference
        rows.append((f"with the same mix of\n{short(mix)} (n = {alike.n:,})", alike))
    with canvas(ax, height=1.3 + 0.5 * len(rows)) as ax:
        ax.axvline(0, color=INK, linewidth=1.2, zorder=1)
        known = [(at, row) for at, (_, row) in enumerate(rows) if has_rate(row)]
        for at, row in known:
            # The last row is the one to go by; the crude difference above an adjusted one is shown, not stressed.
            ax.errorbar([row.value], [at], xerr=arms([row]), color=OURS if at == len(rows) - 1 else QUIET, **POINT)
            told = f"{100 * row.value:+.1f} points".replace("-", "−")
            note(ax, told, (row.value, at), (0, 7), ha="center", color=INK)
        for at, (_, row) in enumerate(rows):
            if not has_rate(row):
                note(ax, "cannot be told", (0, at), (6, 0), va="center")
        row_names(ax, [name for name, _ in rows])
        ends = [end for _, row in known for end in (row.low, row.high)]
        # Both sides of the line stay in sight, however clear the difference.
        reach = max([0.02] + [abs(end) for end in ends])
        low, high = min([-0.35 * reach, *ends]) - 0.15 * reach, max([0.35 * reach, *ends]) + 0.15 * reach
        ax.set_xlim(low, high)
        ax.xaxis.set_major_locator(ticks())
        ax.xaxis.set_major_formatter(lambda share, _: f"{round(100 * share, 6):+g}".replace("-", "−") if share else "0")
        left, right = short(left), short(right)
        ax.set_xlabel(f"percentage points of conversion, {left} − {right}", color=INK, fontsize=TEXT)
        note(ax, f"← {right} higher", (0, 1), (0, 3), transform=ax.transAxes)
        note(ax, f"{left} higher →", (1, 1), (0, 3), ha="right", transform=ax.transAxes)
    return ax
