"""Draws our numbers against those that others have published: the shape of a mark is how well its source is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alignment_metrics.plots.style import (
    INK,
    OURS,
    POINT,
    TEXT,
    THEIRS,
    arms,
    canvas,
    has_rate,
    legend,
    note,
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

# Filled shapes that stay apart in grey and in small print, the best documented the most pronounced.
SHAPES = {"A": "D", "B": "s", "C": "^"}
SIZES = {"A": 6.5, "B": 6.0, "C": 7.0}
# Ours above the middle of its row and theirs below, so that neither hides the other where they meet.
ABOVE, BELOW = 0.14, 0.16
EDGE: dict[str, Any] = {"markeredgecolor": "white", "markeredgewidth": 0.8, "clip_on": False, "zorder": 4}


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    ours: Estimate
    published: list[tuple[float, str, str]]


def benchmarks(frame: pd.DataFrame, *, label: str = "share of leads that converted", ax: Axes | None = None) -> Axes:
    """How our rates stand beside published ones: our point and interval, and their marks by grade.

    Parameters
    ----------
    frame : DataFrame
        One row a published number: besides the columns of a rate, ``published`` (share of 1), ``source`` (text) and
        ``grade`` (``A``, ``B`` or ``C``). Rows of one name and one number of ours are drawn as one, the published
        numbers joined by a line from the lowest to the highest; they are never averaged.
    label : str
        Printed under the axis.
    ax : Axes, optional
        Where to draw.

    Raises
    ------
    ValueError
        If the frame lacks a column or has no row, or a grade has no shape.
    """
    rows = _rows(frame)
    there = [one for row in rows for one in row.published]
    grades = [grade for grade in SHAPES if any(of == grade for _, _, of in there)]
    with canvas(ax, height=1.35 + 0.52 * len(rows)) as ax:
        for at, row in enumerate(rows):
            if has_rate(row.ours):
                ax.errorbar([row.ours.value], [at - ABOVE], xerr=arms([row.ours]), color=OURS, **POINT)
            else:
                note(ax, "too few leads to show a rate", (0, at - ABOVE), (4, 0), va="center", style="italic")
            values = [value for value, _, _ in row.published]
            if len(values) > 1:
                ax.plot([min(values), max(values)], [at + BELOW] * 2, color=THEIRS, linewidth=1.1, zorder=2)
        for grade in grades:
            marks = [
                (value, at + BELOW) for at, row in enumerate(rows) for value, _, of in row.published if of == grade
            ]
            xs, ys = zip(*marks, strict=True)
            ax.plot(xs, ys, SHAPES[grade], color=THEIRS, markersize=SIZES[grade], **EDGE)
        row_names(ax, [f"{row.name} (n = {row.ours.n:,})\n{_sources(row.published)}" for row in rows])
        highs = [row.ours.high for row in rows if has_rate(row.ours)] + [value for value, _, _ in there]
        share_axis(ax, ax.xaxis, highs, None)
        theirs = [(f"grade {grade}", THEIRS, SHAPES[grade], 0.0) for grade in grades]
        legend(ax, [("ours, with its interval", OURS, "o", 2.0), *theirs])
        ax.set_xlabel(safe(label), color=INK, fontsize=TEXT)
    return ax


def _rows(frame: pd.DataFrame) -> list[_Row]:
    read_in = read(frame, "published", "source", "grade", remedy="Give a row a published number, with its grade.")
    cited = zip(frame["published"], frame["source"], frame["grade"], strict=True)
    found: dict[tuple[str, str], _Row] = {}
    for (name, ours), (value, source, grade) in zip(read_in, cited, strict=True):
        if grade not in SHAPES:
            raise ValueError(f"grade {str(grade)[:20]!r} has no shape; there are {', '.join(SHAPES)}.")
        # What differs in our number, be it by the window alone, is a row of its own.
        row = found.setdefault((name, repr(ours)), _Row(name, ours, []))
        row.published.append((float(value), str(source), str(grade)))
    return list(found.values())


def _sources(published: list[tuple[float, str, str]]) -> str:
    return short(published[0][1]) if len(published) == 1 else f"{len(published)} published numbers"
