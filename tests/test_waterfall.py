"""The waterfall: its steps stand where they lead, and a frame that leads nowhere is refused."""

from __future__ import annotations

import math
import re

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from alignment_metrics import plots

NAMES = ["marketing", "what is counted", "the window", "sales"]


def frame(*values: float, names: list[str] | None = None) -> pd.DataFrame:
    return pd.DataFrame({"value": values}, index=names or NAMES[: len(values)])


def bars(ax: Axes) -> list[tuple[float, float]]:
    """From where to where each bar reaches, from the top one down."""
    found = sorted((one for one in ax.patches if isinstance(one, Rectangle)), key=lambda one: one.get_y())
    return [(round(one.get_x(), 9), round(one.get_x() + one.get_width(), 9)) for one in found]


def texts(ax: Axes) -> list[str]:
    ax.figure.draw_without_rendering()
    return [one.get_text() for one in ax.findobj(Text) if one.get_text()]


def test_each_step_begins_where_the_one_before_it_ended() -> None:
    ax = plots.waterfall(frame(0.25, -0.12, 0.02, 0.15), label="share that reached won", ax=plots.sheet())
    assert bars(ax) == [(0.0, 0.25), (0.25, 0.13), (0.13, 0.15), (0.0, 0.15)]
    told = texts(ax)
    assert {"25.0%", "−12.0 points", "+2.0 points", "15.0%", "share that reached won", *NAMES} <= set(told)


def test_what_rises_and_what_falls_differ_in_colour_and_the_ends_from_both() -> None:
    ax = plots.waterfall(frame(0.25, -0.12, 0.02, 0.15), ax=plots.sheet())
    found = sorted((one for one in ax.patches if isinstance(one, Rectangle)), key=lambda one: one.get_y())
    first, fall, rise, last = (one.get_facecolor() for one in found)
    assert first == last
    assert len({first, fall, rise}) == 3


def test_a_number_of_a_period_may_exceed_all_its_leads_and_fit_on_the_axis() -> None:
    ax = plots.waterfall(frame(0.4, 1.2, 1.6), ax=plots.sheet())
    low, high = ax.get_xlim()
    assert low == 0
    assert high > 1.6
    assert "160.0%" in texts(ax)


def test_the_same_frame_gives_the_same_bytes() -> None:
    one, other = (plots.to_svg(plots.waterfall(frame(0.25, -0.1, 0.15), ax=plots.sheet())) for _ in range(2))
    assert one == other


def test_names_that_look_like_formulas_or_are_endless_are_drawn_as_text() -> None:
    ax = plots.waterfall(frame(0.2, 0.2, names=["$x", "y" * 90]), ax=plots.sheet())
    assert r"\$x" in texts(ax)
    assert "y" * 37 + "…" in texts(ax)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (pd.DataFrame({"n": [1]}), "the frame lacks the column value; it has n."),
        (frame(0.2), "the frame has 1 row; give at least the number to start from and the one to end with."),
        (frame(), "the frame has 0 rows; give at least the number to start from and the one to end with."),
        (frame(0.2, math.nan, 0.3), "what is counted has no number; leave it out."),
        (frame(0.2, 0.1, 0.4), "the steps lead from 20.0% to 30.0% and not to 40.0%; give every step."),
    ],
)
def test_a_frame_that_cannot_be_drawn_is_refused(given: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        plots.waterfall(given, ax=plots.sheet())
