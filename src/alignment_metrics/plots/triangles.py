"""Draws the triangle of cohorts and ages: what each cohort has reached by each age, and where young ones will end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle
from matplotlib.transforms import Affine2D

from alignment_metrics.plots.style import (
    INK,
    LINE,
    LINE_POINTS,
    OURS,
    PALE,
    POINT,
    QUIET,
    SMALL,
    TEXT,
    apart,
    arms,
    canvas,
    figure_of,
    has_rate,
    note,
    paper,
    percent,
    periods,
    read,
    safe,
    share_axis,
    short,
)
from alignment_metrics.values import Estimate

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

# One hue from light to dark, so that it reads the same in grey; the lightest is still no white.
SHARES = LinearSegmentedColormap.from_list("shares", ["#E4EFF7", "#5FA3CC", "#00568A"])
ROW_POINTS, GRID_POINTS, LEAST_POINTS, BESIDE_POINTS = 19.0, 500.0, 8.0, 92.0
LETTER_POINTS, SIGN_POINTS = 6.3, 9.0
# Every second row named looks like every other name lost; every fourth, like the marks of an axis.
LEAST_APART = 4
# Beside the bars of a forecast: the axis at their left, and the words at their right.
WORDS_POINTS, APART_POINTS = 123.0, 5.0
SCALE_POINTS, SCALE_WIDE, SCALE_STEPS = 9.0, 96.0, 12


def cohorts(frame: pd.DataFrame, *, label: str = "share of leads that converted", ax: Axes | None = None) -> Axes:
    """How each cohort has converted by each age, darker for more; what cannot be told is left empty.

    Parameters
    ----------
    frame : DataFrame
        One row a cohort, in order; a column ``n`` of its leads, and one for each age in whole days, with the share of 1
        that had converted by then; ``nan`` where the cohort is not old enough, or has too few leads for a rate.
        Numbers are written where every cell has room for its own; elsewhere a scale tells what the colours mean.
    label : str
        What the share is of; printed over the grid.
    ax : Axes, optional
        Where to draw.

    Raises
    ------
    ValueError
        If the frame has no row, no column ``n``, or another column that is not an age.
    """
    ages = [column for column in frame.columns if column != "n"]
    if "n" not in frame.columns or not ages or not all(_is_age(age) for age in ages):
        there = ", ".join(short(str(column)) for column in frame.columns) or "none"
        raise ValueError(f"the columns of the grid must be n and ages in whole days, and they are {there}.")
    if frame.empty:
        raise ValueError("the frame has no row, so there is nothing to draw; check that any lead was counted.")
    names = [short(str(name)) for name in frame.index]
    cells = [[float(share) for share in frame[age]] for age in ages]
    known = [share for column in cells for share in column if not math.isnan(share)]
    tall = max(min(ROW_POINTS, GRID_POINTS / len(names)), 3.0)
    rows = _every(len(names), LINE_POINTS / tall)
    # The leads of some cohorts alone would be read as those of the cohorts between them too.
    if len(rows) == len(names):
        names = [f"{name} (n = {int(n):,})" for name, n in zip(names, frame["n"], strict=True)]
    else:
        rows = _every(len(names), max(LEAST_APART, LINE_POINTS / tall))
    with canvas(ax, height=(tall * len(names) + BESIDE_POINTS) / 72) as ax:
        wide = max(paper(ax)[0] - LETTER_POINTS * max(len(names[y]) for y in rows) - 24, 1.0) / len(ages)
        text = LETTER_POINTS * len(percent(max([0.1, *known]))) - 5
        numbered = bool(known) and wide >= text and tall >= LINE_POINTS
        sign = "%" * (wide >= text + SIGN_POINTS)
        top = max(known, default=0.0) or 1.0
        for x, column in enumerate(cells):
            for y, share in enumerate(column):
                if math.isnan(share):
                    continue
                paint = SHARES(share / top)
                edge = 0.8 if tall >= LEAST_POINTS else 0
                cell = Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=paint, edgecolor="white", linewidth=edge)
                cell.set_clip_on(False)
                ax.add_patch(cell)
                if numbered:
                    told = percent(share).removesuffix("%") + sign
                    style: dict[str, Any] = {"ha": "center", "va": "center_baseline", "fontsize": SMALL}
                    ax.text(x, y, told, color=_readable(paint), zorder=3, **style)
        ax.set_xlim(-0.5, len(ages) - 0.5)
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.set_yticks(list(rows), [names[y] for y in rows])
        ax.xaxis.tick_top()
        ax.xaxis.set_label_position("top")
        ax.spines["bottom"].set_visible(False)
        columns = _every(len(ages), LETTER_POINTS * (len(f"{ages[-1]:,}") + 1) / wide)
        ax.set_xticks(list(columns), [f"{ages[x]:,}" for x in columns])
        if len(rows) < len(names):
            ax.tick_params(axis="y", length=5, color=QUIET)
        if len(columns) < len(ages):
            ax.tick_params(axis="x", length=4, color=QUIET, pad=3)
        unit = " (in %)" if numbered and not sign else ""
        ax.set_xlabel(f"{safe(label)}{unit}, by age in days", color=INK, fontsize=TEXT)
        if known and not numbered:
            _scale(ax, top)
        if len(known) < len(names) * len(ages):
            told = "empty: not known yet, or too few leads" if known else "nothing is known yet"
            under = -4 if numbered or not known else -4 - LINE_POINTS
            note(ax, told, (1, 0), (0, under), ha="right", va="top", style="italic", transform=ax.transAxes)
    return ax


def _scale(ax: Axes, top: float) -> None:
    """Which share each colour is, below the right end of the grid, where no cell has room for its number."""
    in_points = Affine2D().scale(1 / 72) + figure_of(ax).dpi_scale_trans
    end, low = -LETTER_POINTS * (len(percent(top)) + 1), -4 - SCALE_POINTS
    step = SCALE_WIDE / SCALE_STEPS
    lefts = [end - SCALE_WIDE + step * at for at in range(SCALE_STEPS)]
    boxes = [[(x, low), (x + step, low), (x + step, -4), (x, -4)] for x in lefts]
    paints = [SHARES(at / (SCALE_STEPS - 1)) for at in range(SCALE_STEPS)]
    corner: dict[str, Any] = {"offsets": [(1, 0)], "offset_transform": ax.transAxes, "transform": in_points}
    colours = PolyCollection(boxes, facecolors=paints, edgecolors="face", linewidths=0.5, clip_on=False, **corner)
    ax.add_collection(colours, autolim=False)
    middle = (-4 + low) / 2
    style: dict[str, Any] = {"va": "center", "fontsize": SMALL, "transform": ax.transAxes}
    note(ax, "0%", (1, 0), (end - SCALE_WIDE - 4, middle), ha="right", **style)
    note(ax, percent(top), (1, 0), (end + 4, middle), ha="left", **style)


def _is_age(column: Any) -> bool:
    return not isinstance(column, (str, bool)) and column == column and int(column) == column and column >= 0


def _every(many: int, needed: float) -> range:
    """The places, counted from the last, at which there is room for a text."""
    step = max(1, math.ceil(needed))
    return range((many - 1) % step, many, step)


def _apart_by(places: Sequence[int], needed: float) -> list[int]:
    """Which of the places, counted from the last, lie so far apart; some periods may have had no leads."""
    kept: list[int] = []
    for at in reversed(range(len(places))):
        if not kept or places[kept[-1]] - places[at] >= needed:
            kept.append(at)
    return kept[::-1]


def _readable(paint: tuple[float, ...]) -> str:
    """White or black, whichever stands out more (relative luminance of WCAG 2)."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in paint[:3])
    return "white" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.179 else "black"


def forecast(
    frame: pd.DataFrame, *, label: str = "share of leads that convert", day: int | None = None, ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Where young cohorts will end, as far as older ones tell: what each has reached, and how wide the guess is.

    Parameters
    ----------
    frame : DataFrame
        One row a cohort, in order: besides the columns of a rate, forecast by the oldest age, ``so_far`` (share of 1
        reached until now). Where both are equal, or the
        interval has no width, nothing is left to forecast.
    label : str
        What the share is of; printed beside the axis.
    day : int, optional
        The oldest age, in days.
    ax : Axes, optional
        Where to draw.

    Raises
    ------
    ValueError
        If the frame lacks a column or has no row.
    """
    rows = read(frame, "so_far", remedy="Draw one row a cohort, with value, low, high, n and so_far.")
    reached = [float(share) for share in frame["so_far"]]
    places = periods([name for name, _ in rows])
    known = [(x, row, now) for x, (_, row), now in zip(places, rows, reached, strict=True) if has_rate(row)]
    # The one is a forecast and the other a count, so the last digits may differ.
    whole = [math.isclose(row.value, now, rel_tol=1e-9) or row.low == row.high for _, row, now in known]
    done = [(x, row) for (x, row, _), complete in zip(known, whole, strict=True) if complete]
    young = [(x, row) for (x, row, _), complete in zip(known, whole, strict=True) if not complete]
    with canvas(ax, height=3.7) as ax:
        bars = [(x, now) for x, now in zip(places, reached, strict=True) if not math.isnan(now)]
        ax.bar([x for x, _ in bars], [now for _, now in bars], width=0.62, color=LINE, zorder=1)
        # The fan opens at the last cohort of which nothing is left to guess.
        fan = [*done[-1:], *young] if young and done and done[-1][0] < young[0][0] else young
        xs = [x for x, _ in fan]
        ends = [(row.value, row.value) if one in done else (row.low, row.high) for one in fan for row in one[1:]]
        ax.fill_between(xs, [low for low, _ in ends], [high for _, high in ends], color=PALE, alpha=0.6, linewidth=0)
        ax.plot(xs, [row.value for _, row in fan], color=OURS, linewidth=1.5, linestyle=(0, (4, 2)), zorder=2)
        ax.plot([x for x, _ in done], [row.value for _, row in done], "o", color=OURS, markersize=5.5, zorder=3)
        if young:
            style = POINT | {"markersize": 6, "markerfacecolor": "white", "markeredgewidth": 1.6, "elinewidth": 1.4}
            ys = [row.value for _, row in young]
            ax.errorbar([x for x, _ in young], ys, yerr=arms([row for _, row in young]), color=OURS, **style)
        tops = [max(row.value, row.high) if (x, row) in young else row.value for x, row, _ in known]
        share_axis(ax, ax.yaxis, [*tops, *(now for _, now in bars)], None)
        # A few bars stay bars.
        beside = max(0.6, (6 - max(places) + min(places)) / 2)
        names = [f"{name}\n{row.n:,}" for name, row in rows]
        widest = LETTER_POINTS * max(len(line) for name in names for line in name.split("\n")) + APART_POINTS
        room = max(paper(ax)[0] - WORDS_POINTS, widest)
        shown = _apart_by(places, widest / room * (places[-1] - places[0] + 2 * beside))
        ax.set_xticks([places[at] for at in shown], [names[at] for at in shown])
        ax.set_xlim(min(places) - beside, max(places) + beside)
        ax.set_xlabel("cohort, and its leads (n)", color=QUIET, fontsize=TEXT)
        ax.set_ylabel(safe(label), color=INK, fontsize=TEXT)
        _words(ax, young, bars, f"expected by\nday {day:,}" if day is not None else "expected", ends=places[-1])
        told = ["● nothing more expected"] * bool(done) + ["○ forecast, with its interval"] * bool(young)
        note(ax, "\u2003".join(told), (0, 1), (0, 4), color=OURS, transform=ax.transAxes)
        if not known:
            note(ax, "no cohort can be forecast", (0.5, 0.5), (0, 0), ha="center", transform=ax.transAxes)
    return ax


def _words(
    ax: Axes, young: Sequence[tuple[int, Estimate]], bars: Sequence[tuple[int, float]], expected: str, *, ends: int
) -> None:
    """What bars and points are, right of those of the last cohort, with its numbers."""
    tall, top = paper(ax)[1] - 90, ax.get_ylim()[1]
    wanted = []
    if bars:
        # A number is of the last cohort, as the one above it is, or it is none.
        told = f"so far:\n{percent(bars[-1][1])}" if bars[-1][0] == ends else "so far"
        wanted.append((max(bars[-1][1] / 2, top * LINE_POINTS / tall), told, QUIET))
    if young:
        told = f"{expected}:\n{percent(young[-1][1].value)}" if young[-1][0] == ends else expected
        wanted.append((young[-1][1].value, told, OURS))
    wanted.sort(key=lambda one: one[0])
    gap = 3 * LINE_POINTS + 4
    for place, (_, text, ink) in zip(apart([tall * at / top for at, *_ in wanted], gap), wanted, strict=True):
        note(ax, text, (1, place / tall), (6, 0), va="center", color=ink, weight="bold", transform=ax.transAxes)
