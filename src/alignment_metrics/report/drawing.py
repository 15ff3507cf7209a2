"""A figure to be drawn for the page, and what it shows in words for those who cannot see it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alignment_metrics import plots
from alignment_metrics.report import wording
from alignment_metrics.report.inline import inline
from alignment_metrics.values import Estimate

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure ready for the page: ``svg`` is markup of ours, ``caption`` a text."""

    svg: str
    caption: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be drawn: ``described`` are its numbers, in words."""

    caption: str
    described: list[str]
    draw: Callable[[Axes], Axes]


def picture(plan: Plan, id: str) -> Picture:
    """The figure, drawn; every id in it begins with ``id``."""
    with warnings.catch_warnings():
        # A script that our font lacks is set in one of the reader's: the labels stay text in the page.
        warnings.filterwarnings("ignore", message="(?s)Glyph .* missing from font")
        svg = plots.to_svg(plan.draw(plots.sheet()))
    return Picture(inline(svg, id, caption=plan.caption, described=plan.described), plan.caption)


def drawn(function: Callable[..., Axes], *inputs: Any, **options: Any) -> Callable[[Axes], Axes]:
    """What to do with the axes, once there are some."""
    return lambda ax: function(*inputs, ax=ax, **options)


def framed(rows: Sequence[tuple[str, Estimate]]) -> pd.DataFrame:
    """Estimates as the figures take them, a row each."""
    import pandas as pd

    columns = {name: [getattr(one, name) for _, one in rows] for name in ("value", "low", "high", "n", "hits")}
    return pd.DataFrame(columns, index=pd.Index([label for label, _ in rows], dtype=object))


def in_words(
    rows: Sequence[tuple[str, Estimate]], limits: Callable[[Estimate], str] = lambda one: f" {wording.interval(one)}"
) -> list[str]:
    """Estimates in words, a line each."""
    return [
        f"{label}: {wording.value(one)}{limits(one)}, n = {one.n:,}"
        if wording.known(one)
        else f"{label}: too few leads to show a rate, n = {one.n:,}"
        for label, one in rows
    ]
