"""The figures: what is drawn is what the frame says, in the same bytes each time, whatever the labels hold."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.text import Text

from alignment_metrics import plots
from alignment_metrics.stats.rates import compare, rate
from alignment_metrics.stats.strata import standardise
from alignment_metrics.values import Comparison, Counts

SOURCES = {"organic search": Counts(133, 1204), "partner": Counts(22, 310), "purchased list": Counts(7, 611)}
# Four quarters of a bank's phone campaign (Moro, Cortez & Rita 2014; UCI data set 222).
DRIFT = {
    "2008Q2": Counts(459, 12443),
    "2008Q3": Counts(672, 11595),
    "2009Q1": Counts(418, 3730),
    "2010Q2": Counts(364, 661),
}


@pytest.fixture(autouse=True)
def no_window() -> Iterator[None]:
    mpl.use("Agg")
    yield
    plt.close("all")


def frame(groups: dict[str, Counts], **more: Any) -> pd.DataFrame:
    found = [rate(counts) for counts in groups.values()]
    columns = {name: [getattr(one, name) for one in found] for name in ("value", "low", "high", "n", "hits")}
    return pd.DataFrame(columns | more, index=pd.Index(list(groups), name="source", dtype=object))


def without_rate(table: pd.DataFrame, group: str) -> pd.DataFrame:
    table.loc[group, ["value", "low", "high"]] = math.nan
    return table


def texts(ax: Axes) -> list[str]:
    """Everything written on the axes, in the order of the artists."""
    ax.figure.draw_without_rendering()
    return [text.get_text() for text in ax.findobj(Text) if text.get_text()]


def ticks(ax: Axes) -> list[str]:
    ax.figure.draw_without_rendering()
    return [label.get_text() for label in ax.get_xticklabels() if label.get_text()]


def points(ax: Axes) -> list[tuple[float, float]]:
    lines = [line for line in ax.get_lines() if line.get_marker() == "o"]
    return [(float(x), float(y)) for line in lines for x, y in zip(*line.get_data(), strict=True)]


def exactly(message: str) -> str:
    return f"^{re.escape(message)}$"


def inbound() -> Comparison:
    strata = [
        ((("size", "small"),), Counts(60, 1200), Counts(30, 1300)),
        ((("size", "large"),), Counts(223, 1994), Counts(37, 923)),
    ]
    crude = compare(Counts(283, 3194), Counts(67, 2223))
    return replace(crude, adjusted=standardise(strata, by=("size",)))


def every_figure(ax: Axes | None = None) -> list[Axes]:
    places = [ax or plots.sheet() for _ in range(5)]
    marks = frame(SOURCES, published=[0.1, 0.2, 0.3], source=["A 2014", "B 2015", "C 2016"])
    return [
        plots.rates(frame(SOURCES), overall=0.07, ax=places[0]),
        plots.over_time(frame(DRIFT), overall=0.117, ax=places[1]),
        plots.funnel(frame(SOURCES), ax=places[2]),
        plots.difference(inbound(), left="inbound", right="outbound", ax=places[3]),
        plots.benchmarks(marks, ax=places[4]),
    ]


def test_rates_stand_in_the_order_of_the_frame_each_with_its_interval_n_and_number() -> None:
    table = frame(SOURCES)
    ax = plots.rates(table, ax=plots.sheet())
    assert points(ax) == [(value, float(at)) for at, value in enumerate(table["value"])]
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "organic search (n = 1,204)",
        "partner (n = 310)",
        "purchased list (n = 611)",
    ]
    assert {"11.0%", "7.1%", "1.1%"} <= set(texts(ax))
    drawn = [path.vertices[:, 0] for lines in ax.collections for path in lines.get_paths()]
    assert [low for low, _ in drawn] == pytest.approx(list(table["low"]))
    assert [high for _, high in drawn] == pytest.approx(list(table["high"]))


def test_a_frame_with_two_keys_names_both() -> None:
    table = frame(SOURCES)
    table.index = pd.MultiIndex.from_tuples([("in", "a"), ("in", "b"), ("out", "c")], names=["direction", "source"])
    ax = plots.rates(table, ax=plots.sheet())
    assert ax.get_yticklabels()[2].get_text() == "out, c (n = 611)"


def test_a_group_too_small_for_a_rate_is_named_without_a_point() -> None:
    ax = plots.rates(without_rate(frame(SOURCES), "partner"), ax=plots.sheet())
    assert [y for _, y in points(ax)] == [0.0, 2.0]
    assert {"partner (n = 310)", "too few leads to show a rate"} <= set(texts(ax))


def test_a_frame_of_small_groups_alone_can_be_drawn() -> None:
    table = without_rate(frame({"a": Counts(1, 7)}), "a")
    for draw in (plots.rates, plots.funnel, plots.over_time):
        assert points(draw(table, ax=plots.sheet())) == []


def test_rates_are_read_from_zero() -> None:
    for ax, low in zip(every_figure(), ("x", "y", "x", None, "x"), strict=True):
        if low:
            assert getattr(ax, f"get_{low}lim")()[0] == 0


def test_an_axis_of_shares_names_no_share_above_all() -> None:
    ax = plots.rates(frame({"all of them": Counts(90, 90)}), ax=plots.sheet())
    assert ticks(ax) == ["0%", "20%", "40%", "60%", "80%", "100%"]


@pytest.mark.parametrize("hits", [0, 2, 27, 60, 400])
def test_ticks_stand_where_they_say(hits: int) -> None:
    ax = plots.rates(frame({"a": Counts(hits, 1000)}), ax=plots.sheet())
    there = list(ax.get_xticks())
    assert len(there) > 2
    assert [float(text.rstrip("%")) / 100 for text in ticks(ax)] == pytest.approx(there)


def test_the_rate_of_all_leads_is_a_line_to_read_against() -> None:
    across = plots.rates(frame(SOURCES), overall=0.065, ax=plots.sheet())
    along = plots.over_time(frame(DRIFT), overall=0.117, ax=plots.sheet())
    assert [0.065, 0.065] in [list(line.get_xdata()) for line in across.get_lines()]
    assert [0.117, 0.117] in [list(line.get_ydata()) for line in along.get_lines()]
    assert "all 6.5%" in texts(across)
    assert "all 11.7%" in texts(along)


def test_a_drift_is_told_by_its_ends_and_the_leads_of_every_quarter() -> None:
    ax = plots.over_time(frame(DRIFT), overall=0.117, ax=plots.sheet())
    assert [y for _, y in points(ax)] == pytest.approx([459 / 12443, 672 / 11595, 418 / 3730, 364 / 661])
    assert {"3.7%", "55.1%", "2008Q2\n12,443", "2010Q2\n661"} <= set(texts(ax))


def test_quarters_lie_where_the_calendar_has_them_and_no_line_crosses_a_gap() -> None:
    ax = plots.over_time(frame(DRIFT), ax=plots.sheet())
    first = 2008 * 4 + 2
    assert [x for x, _ in points(ax)] == [first, first + 1, first + 3, first + 8]
    assert [list(line.get_xdata()) for line in ax.get_lines() if line.get_marker() == "None"] == [
        [first, first + 1],
        [first + 3],
        [first + 8],
    ]


def test_months_lie_where_the_calendar_has_them_and_other_periods_side_by_side() -> None:
    months = {"2025-11": Counts(1, 9), "2025-12": Counts(2, 9), "2026-02": Counts(2, 9)}
    months_at = [x for x, _ in points(plots.over_time(frame(months), ax=plots.sheet()))]
    others_at = [x for x, _ in points(plots.over_time(frame(SOURCES), ax=plots.sheet()))]
    assert [x - months_at[0] for x in months_at] == [0, 1, 3]
    assert others_at == [0, 1, 2]


def test_many_quarters_name_a_few_and_always_the_last() -> None:
    quarters = {f"{2000 + at // 4}Q{at % 4 + 1}": Counts(at, 100) for at in range(41)}
    ax = plots.over_time(frame(quarters), ax=plots.sheet())
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert len(labels) <= 8
    assert labels[-1] == "2010Q1\n100"


def test_a_funnel_has_a_bar_from_zero_for_each_step_from_the_top() -> None:
    table = frame(SOURCES)
    ax = plots.funnel(table, ax=plots.sheet())
    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches] == [(0, value) for value in table["value"]]
    assert ax.yaxis_inverted()


def test_a_difference_is_shown_as_it_is_and_adjusted_beside_the_line_of_none() -> None:
    comparison = inbound()
    assert comparison.adjusted
    ax = plots.difference(comparison, left="inbound", right="outbound", ax=plots.sheet())
    assert [x for x, _ in points(ax)] == [comparison.difference.value, comparison.adjusted.difference.value]
    assert [0, 0] in [list(line.get_xdata()) for line in ax.get_lines()]
    low, high = ax.get_xlim()
    assert low < 0 < comparison.difference.high < high
    assert {"+5.8 points", "← outbound higher", "inbound higher →", "as they are (n = 5,417)"} <= set(texts(ax))
    assert "with the same mix of\nsize (n = 5,417)" in texts(ax)


def test_swapping_the_groups_mirrors_the_difference() -> None:
    ax = plots.difference(-replace(inbound(), adjusted=None), ax=plots.sheet())
    assert "−5.8 points" in texts(ax)
    low, high = ax.get_xlim()
    assert low < -inbound().difference.high < 0 < high


def test_a_difference_to_nobody_cannot_be_told() -> None:
    ax = plots.difference(compare(Counts(1, 9), Counts(0, 0)), ax=plots.sheet())
    assert points(ax) == []
    assert "cannot be told" in texts(ax)


def test_each_published_number_is_a_diamond_beside_ours_with_its_source() -> None:
    table = frame(SOURCES, published=[0.13, 0.31, 0.06], source=["Implisit, 2014 (B)", "TOPO, 2017 (B)", "X, 2009 (C)"])
    ax = plots.benchmarks(table, ax=plots.sheet())
    (diamonds,) = [line for line in ax.get_lines() if line.get_marker() == "D"]
    assert list(diamonds.get_xdata()) == [0.13, 0.31, 0.06]
    assert [x for x, _ in points(ax)] == list(table["value"])
    assert ax.get_yticklabels()[0].get_text() == "organic search (n = 1,204)\nImplisit, 2014 (B)"


def test_no_text_is_smaller_than_nine_points() -> None:
    for ax in every_figure():
        ax.figure.draw_without_rendering()
        assert min(text.get_fontsize() for text in ax.findobj(Text) if text.get_text()) >= 9


def test_the_same_frame_gives_the_same_bytes_and_no_date() -> None:
    first, second = every_figure(), every_figure()
    for one, other in zip(first, second, strict=True):
        svg = plots.to_svg(one)
        assert svg == plots.to_svg(other)
        assert "<dc:date>" not in svg
        assert plots.to_png(one) == plots.to_png(other)
        assert plots.to_png(one).startswith(b"\x89PNG")


def test_the_settings_of_the_session_are_left_as_they_were_and_do_not_show() -> None:
    plain = [plots.to_svg(ax) for ax in every_figure()]
    with mpl.rc_context({"font.size": 30, "text.parse_math": False, "xtick.labelsize": 3, "axes.facecolor": "red"}):
        before = mpl.rcParams.copy()
        assert [plots.to_svg(ax) for ax in every_figure()] == plain
        assert mpl.rcParams == before
    assert plt.get_fignums() == []


def test_axes_given_are_drawn_on_and_returned_and_keep_their_size() -> None:
    figure, ax = plt.subplots(figsize=(4, 1))
    assert all(one is ax for one in every_figure(ax))
    assert list(figure.get_size_inches()) == [4, 1]


def test_without_axes_a_figure_is_made_that_a_notebook_shows() -> None:
    ax = plots.rates(frame(SOURCES))
    assert plt.get_fignums() == [1]
    assert plt.gca() is ax


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("costs $5 to $9", "costs $5 to $9"),
        ("$\\frac{1}{", "$\\frac{1}{"),
        ("a\u202eb\u2066c\nd\x00e", "a�b�c�d�e"),
        ("<script>&\"'", "<script>&\"'"),
        ("x" * 60, "x" * 37 + "…"),
    ],
)
def test_a_label_is_shown_as_text_whatever_it_holds(label: str, shown: str) -> None:
    svg = plots.to_svg(plots.rates(frame({label: Counts(5, 50)}), ax=plots.sheet()))
    escaped = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert f">{escaped} (n = 50)</text>" in svg


def test_labels_of_axes_and_groups_are_shown_as_text_too() -> None:
    labelled = plots.funnel(frame(SOURCES), label="cost in $ or $$", ax=plots.sheet())
    grouped = plots.difference(inbound(), left="$a$", right="$b", ax=plots.sheet())
    assert ">cost in $ or $$</text>" in plots.to_svg(labelled)
    assert "$a$ − $b</text>" in plots.to_svg(grouped)


def test_a_frame_without_the_columns_of_a_rate_is_refused() -> None:
    message = "the frame lacks the column low, n; it has value, high, hits. Draw what Tally.to_frame(rate) returns."
    with pytest.raises(ValueError, match=exactly(message)):
        plots.rates(frame(SOURCES).drop(columns=["low", "n"]))
    message = (
        "the frame lacks the column published, source; it has value, low, high, n, hits. "
        "Draw what Tally.to_frame(rate) returns."
    )
    with pytest.raises(ValueError, match=exactly(message)):
        plots.benchmarks(frame(SOURCES))


def test_a_frame_without_a_row_is_refused() -> None:
    message = "the frame has no row, so there is nothing to draw; check that any lead was counted."
    with pytest.raises(ValueError, match=exactly(message)):
        plots.over_time(frame({}))
    assert plt.get_fignums() == []


def test_axes_taken_off_their_figure_are_refused() -> None:
    ax = plots.sheet()
    ax.remove()
    message = "these axes belong to no figure; draw on the axes of one that is still there."
    with pytest.raises(ValueError, match=exactly(message)):
        plots.to_svg(ax)


def test_a_notebook_that_became_interactive_with_its_first_figure_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    figure = plt.figure

    def as_a_notebook_does(*positional: Any, **named: Any) -> Any:
        mpl.interactive(True)
        return figure(*positional, **named)

    monkeypatch.setattr(plt, "figure", as_a_notebook_does)
    was = mpl.is_interactive()
    try:
        plots.rates(pd.DataFrame({"value": [0.3], "low": [0.2], "high": [0.4], "n": [90]}, index=["webinar"]))
        assert mpl.is_interactive()
    finally:
        mpl.interactive(was)
        plt.close("all")
