"""Draws how the share of leads that converted grows with their age."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alignment_metrics.plots.style import (
    INK,
    LINE_POINTS,
    OURS,
    QUIET,
    SMALL,
    TEXT,
    THEIRS,
    apart,
    canvas,
    has_rate,
    note,
    paper,
    percent,
    safe,
    share_axis,
)
from alignment_metrics.values import Curve, Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# The colours of Okabe & Ito that show on white as a line, those farthest apart first.
HUES = (OURS, THEIRS, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", INK)
# Where fewer are still watched, one lead more or less bends the curve.
FEW = 20
# Days after which so little of a curve is still to come that a long flat tail would only squeeze the rest of it.
NEARLY_ALL = 0.99
STEPS_OF_DAYS = (1, 2, 5, 7, 10, 14, 30, 60, 90, 120, 180, 365, 730, 1825, 3650, 7300)
MOST_STEPS, MOST_POINTS, LONGEST_NAME = 6, 366, 20


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    curve: Curve
    hue: str
    end: int | None
    last: Estimate | None


def curve(
    curves: Mapping[str, Curve], *, label: str = "share of leads that converted", window: int | None = None,
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """How the share of leads that converted grows with their age, with how many are still watched under the axis.

    Parameters
    ----------
    curves : mapping of str to Curve
        One a group, by the name to be written at its end. Each is drawn as far as the data goes, at most to where fewer
        than 20 leads are still watched, and not far into a tail that stays flat beyond twice the window.
    label : str
        What the share is of; printed beside the axis.
    window : int, optional
        Days within which a conversion counts, drawn as a line.
    ax : Axes, optional
        Where to draw.

    Raises
    ------
    ValueError
        If there is no curve, or more than a figure can tell apart.
    """
    if not curves:
        raise ValueError("there is no curve to draw; give one for each group.")
    if len(curves) > len(HUES):
        raise ValueError(f"a figure can tell {len(HUES)} curves apart, and there are {len(curves)}; choose among them.")
    ends = [_end(one) for one in curves.values()]
    settled = [_settled(one, end) for one, end in zip(curves.values(), ends, strict=True) if end is not None]
    most = max([2 * (window or 0), *settled])
    lines = [
        _line(name, one, hue, None if end is None else min(end, most))
        for (name, one), hue, end in zip(curves.items(), HUES, ends, strict=False)
    ]
    reach = max([1, window or 0, *(line.end for line in lines if line.end is not None)])
    every = next((step for step in STEPS_OF_DAYS if reach / step <= MOST_STEPS), math.ceil(reach / MOST_STEPS))
    days = range(0, reach + 1, every)
    table = LINE_POINTS * (len(lines) + 1)
    with canvas(ax, height=3.6 + table / 72) as ax:
        highs = [high for line in lines for high in _steps(ax, line)]
        share_axis(ax, ax.yaxis, highs, None)
        ax.set_xlim(0, reach)
        ax.set_xticks(list(days), [f"{day:,}" for day in days])
        ax.set_xlabel("days since the lead entered", color=INK, fontsize=TEXT)
        ax.set_ylabel(safe(label), color=INK, fontsize=TEXT)
        if window is not None:
            ax.axvline(window, color=QUIET, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
            told = f"window: {window:,} day{'s' * (window != 1)}"
            note(ax, told, (window, 1), (0, 3), ha="center", transform=ax.get_xaxis_transform())
        _ends(ax, lines, under=82 + table)
        _watched(ax, lines, days)
    return ax


def _end(curve: Curve) -> int | None:
    """The last day worth drawing, before which enough leads are watched."""
    if not curve.n or not curve.day:
        return None
    enough = [day for day, watched in zip(curve.day, curve.at_risk, strict=True) if watched >= FEW]
    # Where every wait has ended, nothing can bend the curve any more, however few were the last.
    return int(min(enough[-1] if enough and math.isfinite(curve.until) else curve.day[-1], curve.until))


def _settled(curve: Curve, end: int) -> int:
    """The day by which a rising curve has nearly reached what it comes to."""
    last = curve.at(end).value
    if not last > 0:
        return end
    return next((day for day, share in zip(curve.day, curve.value, strict=True) if share >= NEARLY_ALL * last), end)


def _line(name: str, curve: Curve, hue: str, end: int | None) -> _Line:
    last = None if end is None else curve.at(end)
    return _Line(name, curve, hue, end, last if last and has_rate(last) else None)


def _steps(ax: Axes, line: _Line) -> list[float]:
    """Draw a curve and its band, no finer than an eye can tell; the upper limits, to set the axis by."""
    if line.end is None:
        return []
    days = [*range(0, line.end, math.ceil(line.end / MOST_POINTS) or 1), line.end]
    known = [(day, one) for day in days if has_rate(one := line.curve.at(day))]
    changed = [at for at, (_, one) in enumerate(known) if not at or one != known[at - 1][1]]
    kept = [known[at] for at in sorted({*changed, *([len(known) - 1] if known else [])})]
    xs, ys = [day for day, _ in kept], [one.value for _, one in kept]
    low, high = [one.low for _, one in kept], [one.high for _, one in kept]
    ax.fill_between(xs, low, high, step="post", color=line.hue, alpha=0.16, linewidth=0, zorder=1)
    ax.step(xs, ys, where="post", color=line.hue, linewidth=2, zorder=3, clip_on=False)
    ax.plot(xs[-1:], ys[-1:], "o", color=line.hue, markersize=5, zorder=4, clip_on=False)
    return high


def _ends(ax: Axes, lines: Sequence[_Line], *, under: float) -> None:
    """Name each curve at its end, none over another, and all of them right of the axes."""
    tall, top = paper(ax)[1] - under, ax.get_ylim()[1]
    ranked = sorted(lines, key=lambda line: line.last.value if line.last else 0.0)
    gap = (2 if len(lines) > 1 else 1) * LINE_POINTS + 3
    places = apart([tall * (line.last.value if line.last else 0.0) / top for line in ranked], gap)
    for line, place in zip(ranked, places, strict=True):
        told = f"{percent(line.last.value)} by day {line.end:,}" if line.last else "no leads"
        name = line.name if len(line.name) <= LONGEST_NAME else line.name[: LONGEST_NAME - 1] + "…"
        text = f"{safe(name)}\n{told}" if len(lines) > 1 else told
        at = (line.end or 0, line.last.value if line.last else 0)
        # Dotted, lest it be read as a curve that goes on.
        arrow = {"arrowstyle": "-", "linestyle": ":", "color": line.hue, "linewidth": 1.2, "relpos": (0, 0.5)}
        arrow |= {"shrinkA": 1, "shrinkB": 4}
        style: dict[str, Any] = {"fontsize": TEXT, "va": "center", "annotation_clip": False, "linespacing": 1.1}
        ax.annotate(
            text, at, (1.04, place / tall), textcoords=ax.transAxes, color=INK,
            arrowprops=arrow if line.last else None, **style,
        )  # fmt: skip


def _watched(ax: Axes, lines: Sequence[_Line], days: Sequence[int]) -> None:
    """Under the axis: leads still waiting, and watched, at each tick; one row a group."""
    across = ax.get_xaxis_transform()
    style: dict[str, Any] = {
        "xycoords": across,
        "textcoords": "offset points",
        "annotation_clip": False,
        "va": "center",
    }
    style["fontsize"] = SMALL
    ax.annotate("leads still waiting", (0, 0), xytext=(-8, -44), color=QUIET, ha="left", **style)
    for row, line in enumerate(lines, 1):
        down = -44 - LINE_POINTS * row
        if len(lines) > 1:
            name = line.name if len(line.name) <= LONGEST_NAME - 6 else line.name[: LONGEST_NAME - 7] + "…"
            ax.annotate("—", (0, 0), xytext=(-24, down), color=line.hue, ha="center", weight="bold", **style)
            ax.annotate(safe(name), (0, 0), xytext=(-34, down), color=INK, ha="right", **style)
        for day in days:
            ax.annotate(_count(line.curve.watched(day)), (day, 0), xytext=(0, down), color=INK, ha="center", **style)


def _count(leads: int) -> str:
    if 0 < leads < FEW:
        return f"<{FEW}"
    if leads < 100_000:
        return f"{leads:,}"
    return f"{leads / 1e3:,.0f}k" if leads < 1_000_000 else f"{leads / 1e6:,.1f}m"
