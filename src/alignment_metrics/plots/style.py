"""The style of the house: colours, paper, axes, labels, and how a figure becomes bytes that never change."""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

from alignment_metrics.values import Estimate

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe & Ito's colours (jfly.uni-koeln.de/color), told apart by every kind of colour vision, and greys.
OURS, THEIRS, PALE = "#0072B2", "#D55E00", "#BBD8EA"
INK, QUIET, LINE = "#222222", "#5F6368", "#D9DCE0"
TEXT, SMALL = 10.0, 9.0
LINE_POINTS = 13.0
WIDTH = 6.6
LONGEST_LABEL = 38
MOST_TICKS = 8
SHEET = "sheet"
POINT: dict[str, Any] = {"fmt": "o", "markersize": 6.5, "elinewidth": 2, "capsize": 0, "zorder": 3, "clip_on": False}
HOUSE: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": TEXT,
    "text.parse_math": True,
    "text.usetex": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "alignment-metrics",
    "savefig.bbox": "standard",
    "figure.facecolor": "white",
    "axes.facecolor": "white",
}
# What a label may not hold: controls, and the marks that turn the direction of the text around them.
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def sheet() -> Axes:
    """Empty axes of a figure that no window and no notebook knows of, for pages; they grow to what is drawn on them."""
    from matplotlib.figure import Figure

    with mpl.rc_context(HOUSE):
        figure = Figure(figsize=(WIDTH, 1), layout="constrained")
        figure.set_gid(SHEET)
        return figure.add_subplot()


def to_svg(ax: Axes) -> str:
    """The figure as SVG text, the same at each call on the same machine: no date, no random name."""
    return _saved(ax, "svg").decode()


def to_png(ax: Axes) -> bytes:
    """The figure as PNG at 150 dots an inch, the same at each call on the same machine."""
    return _saved(ax, "png")


def _saved(ax: Axes, kind: str) -> bytes:
    figure, target = figure_of(ax), io.BytesIO()
    with mpl.rc_context(HOUSE):
        figure.savefig(target, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else {"Software": None})
    return target.getvalue()


def figure_of(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("these axes belong to no figure; draw on the axes of one that is still there.")
    return figure


@contextmanager
def canvas(ax: Axes | None, *, height: float) -> Iterator[Axes]:
    """The axes to draw on, in house style, with the settings of the session put back afterwards."""
    with mpl.rc_context(HOUSE):
        if ax is None:
            from matplotlib import pyplot as plt

            ax = plt.figure(figsize=(WIDTH, height), layout="constrained").add_subplot()
        elif figure_of(ax).get_gid() == SHEET:
            figure_of(ax).set_figheight(height)
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.spines["bottom"].set_color(LINE)
        # Said here, for ticks are made late: when the figure is drawn, in whatever style then holds.
        ax.tick_params(axis="both", length=0, labelsize=TEXT, labelcolor=INK, pad=6)
        ax.set_axisbelow(True)
        interactive = mpl.is_interactive()
        yield ax
    # A notebook's backend starts with its first figure, and makes the session interactive. That is no setting of ours
    # to put back: undone, no later figure of the notebook would be shown.
    mpl.interactive(interactive)


def read(
    frame: pd.DataFrame, *more: str, remedy: str = "Draw what Tally.to_frame(rate) returns."
) -> list[tuple[str, Estimate]]:
    needed = ("value", "low", "high", "n", *more)
    if missing := [name for name in needed if name not in frame.columns]:
        raise ValueError(
            f"the frame lacks the column {', '.join(missing)}; it has {', '.join(map(str, frame.columns)) or 'none'}. "
            f"{remedy}"
        )
    if frame.empty:
        raise ValueError("the frame has no row, so there is nothing to draw; check that any lead was counted.")
    numbers = zip(frame["value"], frame["low"], frame["high"], frame["n"], strict=True)
    estimates = [Estimate(float(v), float(lo), float(hi), int(n), "share", "", 0.0) for v, lo, hi, n in numbers]
    return list(zip([_name(key) for key in frame.index], estimates, strict=True))


def _name(key: Any) -> str:
    parts: Sequence[Any] = key if isinstance(key, tuple) else (key,)
    return short(", ".join(map(str, parts)))


def short(text: str) -> str:
    return safe(text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…")


def safe(text: str) -> str:
    # A dollar sign would start a formula, and half a formula is an error.
    return UNPRINTABLE.sub("\ufffd", text).replace("$", r"\$")


def has_rate(row: Estimate) -> bool:
    return not math.isnan(row.value)


def points(ax: Axes, rows: list[tuple[str, Estimate]], *, value: bool = True, **marker: Any) -> None:
    known = [(at, row) for at, (_, row) in enumerate(rows) if has_rate(row)]
    if known:
        values, places = [row.value for _, row in known], [at for at, _ in known]
        style = POINT | {"fmt": marker.get("marker", "o"), "markersize": marker.get("markersize", 6.5)}
        ax.errorbar(values, places, xerr=arms([row for _, row in known]), color=OURS, **style)
    for at, (_, row) in enumerate(rows):
        if not has_rate(row):
            note(ax, "too few leads to show a rate", (0, at), (4, 0), va="center", style="italic")
        elif value:
            note(ax, percent(row.value), (row.high, at), (6, 0), va="center", color=INK)


def whiskers(ax: Axes, known: Sequence[tuple[float, Estimate]]) -> None:
    if known:
        xs, ys = [x for x, _ in known], [row.value for _, row in known]
        ax.errorbar(xs, ys, yerr=arms([row for _, row in known]), color=OURS, **POINT)


def arms(rows: Sequence[Estimate]) -> list[list[float]]:
    # Rounding may put a limit a hair on the wrong side of its estimate, which errorbar refuses.
    return [[max(0.0, row.value - row.low) for row in rows], [max(0.0, row.high - row.value) for row in rows]]


def note(ax: Axes, text: str, at: tuple[float, float], offset: tuple[float, float], **style: Any) -> None:
    place = style.pop("transform", ax.transData)
    # Neither a grid line nor the line of all leads may run through a number.
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    usual: dict[str, Any] = {"color": QUIET, "fontsize": TEXT, "va": "bottom", "annotation_clip": False, "bbox": paper}
    ax.annotate(text, at, xycoords=place, xytext=offset, textcoords="offset points", zorder=5, **usual | style)


def legend(ax: Axes, marks: Iterable[tuple[str, str, str, float]]) -> None:
    """What each mark means, above the axes: its words, colour, shape and the width of the line through it."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=colour, marker=shape, markersize=7, linewidth=line, label=words)
        for words, colour, shape, line in marks
    ]
    # From the right edge leftwards: over the names of the rows there is room, and beyond the axis there is none.
    place: dict[str, Any] = {"loc": "lower right", "bbox_to_anchor": (1, 1), "borderaxespad": 0.4}
    spaces: dict[str, Any] = {"handletextpad": 0.4, "columnspacing": 1.2}
    ax.legend(handles=handles, ncols=len(handles), frameon=False, fontsize=TEXT, labelcolor=INK, **place, **spaces)


def paper(ax: Axes) -> tuple[float, float]:
    """Width and height, in points, of what the axes and all that is written around them may take."""
    figure = figure_of(ax)
    wide, tall = 72 * figure.get_size_inches()
    if figure.axes == [ax]:
        return float(wide), float(tall)
    share = ax.get_position()
    return float(wide * share.width), float(tall * share.height)


def apart(wanted: Sequence[float], gap: float) -> list[float]:
    """The places nearest to those wanted, ascending, that lie at least a gap apart (isotonic regression)."""
    pools: list[list[float]] = []
    for at, place in enumerate(wanted):
        pools.append([place - gap * at])
        while pools[1:] and sum(pools[-2]) / len(pools[-2]) > sum(pools[-1]) / len(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    level = [sum(pool) / len(pool) for pool in pools for _ in pool]
    return [place + gap * at for at, place in enumerate(level)]


def row_names(ax: Axes, names: Sequence[str]) -> None:
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.45, -0.55)


def share_axis(ax: Axes, axis: Any, highs: Iterable[float], overall: float | None) -> None:
    top = max([0.01, overall or 0.0, *highs])
    # Room beyond the longest interval for the number that is written there.
    end = top * 1.14
    (ax.set_xlim if axis is ax.xaxis else ax.set_ylim)(0, end)
    axis.set_major_locator(ticks())
    axis.set_major_formatter(lambda share, _: f"{round(100 * share, 6):g}%" if share <= 1 else "")
    axis.grid(True, color=LINE, linewidth=0.8, zorder=0)


def ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=6, steps=[1, 2, 5, 10])


def percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def periods(names: Sequence[str]) -> list[int]:
    """Where the periods lie on the axis: by the calendar where all are weeks, months or quarters, else one by one."""
    for pattern, year in ((r"(\d{4})Q([1-4])", 4), (r"(\d{4})-(\d\d)", 12)):
        found = [re.fullmatch(pattern, name) for name in names]
        if all(found):
            return [int(match[1]) * year + int(match[2]) for match in found if match]
    if all(re.fullmatch(r"\d{4}-W\d\d", name) for name in names):
        return [dt.date.fromisocalendar(int(name[:4]), int(name[6:]), 1).toordinal() // 7 for name in names]
    return list(range(len(names)))


def stretches(known: Sequence[tuple[int, Estimate]]) -> list[list[tuple[int, Estimate]]]:
    found: list[list[tuple[int, Estimate]]] = []
    for x, row in known:
        if found and x == found[-1][-1][0] + 1:
            found[-1].append((x, row))
        else:
            found.append([(x, row)])
    return found
