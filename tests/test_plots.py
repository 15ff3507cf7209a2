"""The figures: what is drawn is what the frame says, in the same bytes each time, whatever the labels hold."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.text import Annotation, Text

from alignment_metrics import plots
from alignment_metrics.plots.triangles import SHARES
from alignment_metrics.stats.rates import compare, rate
from alignment_metrics.stats.strata import standardise
from alignment_metrics.values import Comparison, Counts, Curve

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


def rising(to: float, *, days: Sequence[int] = range(0, 100, 5), leads: int = 400, until: float = 99) -> Curve:
    """A curve that climbs in equal steps while as many leads leave each time, in a band a tenth as wide as high."""
    value = tuple(to * (at + 1) / len(days) for at in range(len(days)))
    low, high = tuple(0.95 * share for share in value), tuple(1.05 * share for share in value)
    watched = tuple(leads - at * leads // len(days) for at in range(len(days)))
    return Curve(tuple(days), value, low, high, watched, 0.0, until, leads, "Aalen-Johansen", 0.95)


NOBODY = Curve((), (), (), (), (), 0.0, math.inf, 0, "Aalen-Johansen", 0.95)


def grid() -> pd.DataFrame:
    """Three months: the youngest is not yet 60 days old, and the second not yet 90."""
    nan = math.nan
    shares = {30: [0.05, 0.04, 0.06], 60: [0.08, 0.07, nan], 90: [0.101, nan, nan]}
    return pd.DataFrame({"n": [120, 1340, 90]} | shares, index=["2026-01", "2026-02", "2026-03"])


def fan() -> pd.DataFrame:
    columns = {
        "value": [0.1, 0.12, 0.11, 0.13],
        "low": [0.1, 0.12, 0.09, 0.05],
        "high": [0.1, 0.12, 0.13, 0.21],
        "n": [120, 1340, 90, 101],
        "so_far": [0.1, 0.12, 0.08, 0.02],
    }
    return pd.DataFrame(columns, index=["2026-01", "2026-02", "2026-03", "2026-04"])


def every_figure(ax: Axes | None = None) -> list[Axes]:
    places = [ax or plots.sheet() for _ in range(8)]
    marks = frame(SOURCES, published=[0.1, 0.2, 0.3], source=["A 2014", "B 2015", "C 2016"], grade=list("ABC"))
    return [
        plots.rates(frame(SOURCES), overall=0.07, ax=places[0]),
        plots.over_time(frame(DRIFT), overall=0.117, ax=places[1]),
        plots.funnel(frame(SOURCES), ax=places[2]),
        plots.difference(inbound(), left="inbound", right="outbound", ax=places[3]),
        plots.benchmarks(marks, ax=places[4]),
        plots.curve({"inbound": rising(0.3), "outbound": rising(0.1)}, window=30, ax=places[5]),
        plots.cohorts(grid(), ax=places[6]),
        plots.forecast(fan(), day=90, ax=places[7]),
        plots.shrinkage(drawn_together(), overall=0.07, ax=ax or plots.sheet()),
        plots.funnels(by_step(), ax=ax or plots.sheet()),
        plots.forest(roads(), left="inbound", right="outbound", ax=ax or plots.sheet()),
        plots.perception(said(), ax=ax or plots.sheet()),
    ]


def said() -> pd.DataFrame:
    """What 20 people of each team say, and what 2,092 leads show."""
    groups = {"followed up": Counts(6, 20), "sales": Counts(14, 20), "crm": Counts(900, 2092)}
    return frame(groups, who=["marketing", "sales", "crm"]).set_axis(["always followed up"] * 3)


def drawn_together() -> pd.DataFrame:
    """Rates as counted, and drawn some way to 8 %."""
    raw = [counts.hits / counts.total for counts in SOURCES.values()]
    return frame(SOURCES, raw=raw).assign(value=[0.107, 0.072, 0.02])


def by_step() -> pd.DataFrame:
    table = pd.concat([frame(SOURCES, step="lead to mql"), frame(DRIFT, step="mql to won").iloc[:2]])
    return table.set_axis(["organic search", "partner", "purchased list", "organic search", "partner"])


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
    for ax, low in zip(every_figure(), ("x", "y", "x", None, "x", "y", None, "y", "x", "x", None, "x"), strict=True):
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


def test_months_and_weeks_lie_where_the_calendar_has_them_and_other_periods_side_by_side() -> None:
    months = {"2025-11": Counts(1, 9), "2025-12": Counts(2, 9), "2026-02": Counts(2, 9)}
    months_at = [x for x, _ in points(plots.over_time(frame(months), ax=plots.sheet()))]
    others_at = [x for x, _ in points(plots.over_time(frame(SOURCES), ax=plots.sheet()))]
    weeks = {"2025-W52": Counts(1, 9), "2026-W01": Counts(2, 9), "2026-W03": Counts(2, 9)}
    weeks_at = [x for x, _ in points(plots.over_time(frame(weeks), ax=plots.sheet()))]
    assert [x - months_at[0] for x in months_at] == [x - weeks_at[0] for x in weeks_at] == [0, 1, 3]
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


def roads() -> pd.DataFrame:
    """One row a road of adjustment, then one a stratum, the last too small for a difference."""
    whole = inbound()
    assert whole.adjusted is not None
    found = [whole.difference, whole.adjusted.difference, compare(Counts(60, 1200), Counts(30, 1300)).difference]
    columns = {name: [getattr(one, name) for one in found] for name in ("value", "low", "high", "n")}
    table = pd.DataFrame(columns, index=pd.Index(["crude", "same mix", "small"], dtype=object))
    table.loc["odd"] = [math.nan, math.nan, math.nan, 12]
    return table.astype({"n": int}).assign(summary=[True, True, False, False])


def test_a_forest_shows_each_difference_with_its_number_and_tells_all_leads_from_strata() -> None:
    table = roads()
    ax = plots.forest(table, left="inbound", right="outbound", ax=plots.sheet())
    marks = {str(line.get_marker()): line for line in ax.get_lines() if line.get_marker() in ("D", "s")}
    shown = [float(x) for line in ax.get_lines() if line.get_marker() in ("D", "s") for x in line.get_xdata()]
    assert shown == [float(value) for value in table["value"].dropna()]
    assert set(marks) == {"D", "s"}
    written = texts(ax)
    assert {f"{100 * value:+.1f}" for value in shown} <= set(written)
    assert {"crude (n = 5,417)", "odd (n = 12)", "too few leads to show a difference", "inbound higher →"} <= set(
        written
    )
    low, high = ax.get_xlim()
    assert low < 0 < max(table["high"].dropna()) < high


def test_a_forest_turned_round_keeps_its_numbers_in_sight() -> None:
    table = roads()
    table[["value", "low", "high"]] = -table[["value", "high", "low"]].to_numpy()
    ax = plots.forest(table, ax=plots.sheet())
    low, high = ax.get_xlim()
    assert low < min(table["low"].dropna()) < 0 < high
    assert any(text.startswith("−") for text in texts(ax))


def test_a_forest_without_its_columns_is_refused() -> None:
    message = "the frame lacks the column summary; it has value, low, high, n. Give value, low, high, n and summary."
    with pytest.raises(ValueError, match=exactly(message)):
        plots.forest(roads().drop(columns="summary"))


def test_a_difference_to_nobody_cannot_be_told() -> None:
    ax = plots.difference(compare(Counts(1, 9), Counts(0, 0)), ax=plots.sheet())
    assert points(ax) == []
    assert "cannot be told" in texts(ax)


def test_a_rate_is_drawn_from_a_ring_as_counted_to_a_point_with_its_interval() -> None:
    table = drawn_together()
    ax = plots.shrinkage(table, overall=0.07, ax=plots.sheet())
    assert points(ax)[:3] == [(value, float(at)) for at, value in enumerate(table["value"])]
    assert points(ax)[3:] == [(value, float(at)) for at, value in enumerate(table["raw"])]
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "organic search (n = 1,204)",
        "partner (n = 310)",
        "purchased list (n = 611)",
    ]
    assert {"10.7%", "7.2%", "2.0%", "all 7.0%", "○ as counted", "● drawn to the others"} <= set(texts(ax))


def test_a_source_that_was_not_drawn_to_the_others_is_named_with_its_rate_as_counted() -> None:
    ax = plots.shrinkage(without_rate(drawn_together(), "partner"), ax=plots.sheet())
    assert "too few leads to show a rate" in texts(ax)
    assert len(points(ax)) == 5


def test_rates_to_be_drawn_together_need_those_counted() -> None:
    with pytest.raises(
        ValueError,
        match=exactly(
            "the frame lacks the column raw; it has value, low, high, n, hits. Give the shrunken rates, and raw, the "
            "rates as counted."
        ),
    ):
        plots.shrinkage(frame(SOURCES))


def test_each_step_of_a_source_has_a_bar_of_its_own_and_a_missing_one_is_left_empty() -> None:
    table = by_step()
    ax = plots.funnels(table, ax=plots.sheet())
    bars = [patch for patch in ax.patches if patch.get_facecolor()[:3] != (1.0, 1.0, 1.0)]
    # Step by step, from the first group to the last.
    assert [bar.get_width() for bar in bars] == pytest.approx(list(table["value"]))
    assert {bar.get_x() for bar in bars} == {0.0, 1.12}
    assert [label.get_text() for label in ax.get_yticklabels()] == ["organic search", "partner", "purchased list"]
    assert {"lead\nto mql", "mql\nto won", "11.0% of 1,204", "7.1% of 310"} <= set(texts(ax))


def test_a_step_of_few_leads_is_told_without_a_rate() -> None:
    table = by_step()
    table.iloc[1, :3] = math.nan
    assert "310 leads" in texts(plots.funnels(table, ax=plots.sheet()))


def test_more_steps_than_a_figure_has_room_for_are_refused() -> None:
    table = pd.concat([frame(SOURCES, step=f"step {number}") for number in range(7)])
    with pytest.raises(ValueError, match=exactly("a figure has room for 6 steps, and there are 7; choose among them.")):
        plots.funnels(table)


def test_a_frame_of_steps_needs_their_names() -> None:
    with pytest.raises(
        ValueError,
        match=exactly(
            "the frame lacks the column step; it has value, low, high, n, hits. Give one row a group and step."
        ),
    ):
        plots.funnels(frame(SOURCES))


def steps(ax: Axes) -> list[tuple[list[float], list[float]]]:
    lines = [line for line in ax.get_lines() if line.get_drawstyle() == "steps-post"]
    return [(list(line.get_xdata()), list(line.get_ydata())) for line in lines]


def boxes(ax: Axes, *inside: str) -> list[Any]:
    """Where the texts lie on the paper that hold one of these."""
    ax.figure.draw_without_rendering()
    found = [text for text in ax.findobj(Text) if any(part in text.get_text() for part in inside)]
    return [Text.get_window_extent(text) for text in found]


def test_a_curve_steps_from_day_0_with_its_band_and_ends_in_words() -> None:
    one = rising(0.2)
    ax = plots.curve({"all leads": one}, window=60, label="share that is won", ax=plots.sheet())
    (drawn,) = steps(ax)
    assert drawn == (list(one.day), list(one.value))
    (band,) = [path.vertices for lines in ax.collections for path in lines.get_paths()]
    assert [band[:, 1].min(), band[:, 1].max()] == [one.low[0], one.high[-1]]
    assert {"20.0% by day 95", "window: 60 days", "share that is won"} <= set(texts(ax))
    assert [60, 60] in [list(line.get_xdata()) for line in ax.get_lines()]
    assert "all leads" not in " ".join(texts(ax))


def test_under_the_ticks_of_a_curve_stand_the_leads_that_still_wait() -> None:
    one = rising(0.2)
    ax = plots.curve({"inbound": one, "outbound": rising(0.1, leads=40)}, ax=plots.sheet())
    assert ticks(ax) == ["0", "30", "60", "90"]
    under = {text.get_text(): text.get_window_extent() for text in ax.texts}
    assert [one.watched(day) for day in (0, 30, 60, 90)] == [400, 280, 160, 40]
    for label, watched in zip(ax.get_xticklabels(), ("400", "280", "160"), strict=False):
        middle = (under[watched].x0 + under[watched].x1) / 2
        ends = label.get_window_extent()
        assert middle == pytest.approx((ends.x0 + ends.x1) / 2, abs=1)
        assert under[watched].y1 < ends.y0
    # Of the small group, what is left at days 60 and 90 could be told apart from none.
    assert [text for text in texts(ax) if text in ("40", "28", "<20")] == ["40", "40", "28", "<20", "<20"]


def test_large_numbers_of_waiting_leads_are_cut_to_the_room_there_is() -> None:
    ax = plots.curve({"all": rising(0.2, leads=10_000_000)}, ax=plots.sheet())
    assert {"10.0m", "7.0m", "4.0m", "1.0m"} <= set(texts(ax))
    ax = plots.curve({"all": rising(0.2, leads=400_000)}, ax=plots.sheet())
    assert {"400k", "280k", "160k", "40,000"} <= set(texts(ax))


def test_a_curve_ends_where_few_are_watched_unless_every_wait_has_ended() -> None:
    thin = rising(0.2, leads=100)
    assert thin.at_risk[16:] == (20, 15, 10, 5)
    assert steps(plots.curve({"all": thin}, ax=plots.sheet()))[0][0][-1] == thin.day[16]
    over = rising(0.2, leads=100, until=math.inf)
    assert steps(plots.curve({"all": over}, ax=plots.sheet()))[0][0][-1] == over.day[-1]


def test_a_long_flat_tail_is_left_out_and_twice_the_window_never() -> None:
    one = rising(0.2, days=range(0, 100, 5), until=700)
    flat = Curve((*one.day, 700), (*one.value, 0.2), (*one.low, 0.1), (*one.high, 0.3), (*one.at_risk, 20), 0.0, 700,
                 400, "Aalen-Johansen", 0.95)  # fmt: skip
    assert plots.curve({"all": flat}, ax=plots.sheet()).get_xlim() == (0, 95)
    assert plots.curve({"all": flat}, window=90, ax=plots.sheet()).get_xlim() == (0, 180)
    assert plots.curve({"all": flat}, window=600, ax=plots.sheet()).get_xlim() == (0, 700)
    assert plots.curve({"all": one}, window=600, ax=plots.sheet()).get_xlim() == (0, 600)


def test_a_curve_of_decades_is_drawn_no_finer_than_an_eye_can_tell() -> None:
    ax = plots.curve({"all": rising(0.8, days=range(9000), leads=90_000, until=math.inf)}, ax=plots.sheet())
    ((days, shares),) = steps(ax)
    assert len(days) < 400
    # The last hundredth of what it comes to is the tail.
    assert [days[0], days[-1]] == [0, 8909]
    assert shares == pytest.approx([0.8 * (day + 1) / 9000 for day in days])


def test_curves_are_named_at_their_ends_and_no_name_lies_over_another() -> None:
    names = [f"group {at}" for at in range(6)]
    ax = plots.curve({name: rising(0.2 + at / 1000) for at, name in enumerate(names)}, ax=plots.sheet())
    assert len({line.get_color() for line in ax.get_lines() if line.get_drawstyle() == "steps-post"}) == 6
    ends = sorted(boxes(ax, "by day"), key=lambda box: box.y0)
    assert len(ends) == 6
    assert all(below.y1 <= above.y0 for below, above in pairwise(ends))
    assert {f"{name}\n{20 + at / 10:.1f}% by day 95" for at, name in enumerate(names)} <= set(texts(ax))


def test_a_curve_of_nobody_is_named_and_has_no_line() -> None:
    ax = plots.curve({"inbound": rising(0.2), "outbound": NOBODY}, ax=plots.sheet())
    assert len(steps(ax)) == 1
    assert "outbound\nno leads" in texts(ax)
    alone = plots.curve({"all": NOBODY}, window=90, ax=plots.sheet())
    assert steps(alone) == []
    assert {"no leads", "window: 90 days"} <= set(texts(alone))


def test_no_curve_and_more_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match=exactly("there is no curve to draw; give one for each group.")):
        plots.curve({})
    message = "a figure can tell 7 curves apart, and there are 8; choose among them."
    with pytest.raises(ValueError, match=exactly(message)):
        plots.curve({str(at): NOBODY for at in range(8)})


def test_a_cell_of_the_grid_is_darker_for_more_and_one_not_yet_known_is_left_empty() -> None:
    ax = plots.cohorts(grid(), label="share that is won", ax=plots.sheet())
    cells = {(round(cell.get_x() + 0.5), round(cell.get_y() + 0.5)): cell.get_facecolor() for cell in ax.patches}
    assert set(cells) == {(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0)}
    light = [sum(cells[cell][:3]) for cell in ((0, 1), (0, 0), (0, 2), (1, 1), (1, 0), (2, 0))]
    assert light == sorted(light, reverse=True)
    written = texts(ax)
    assert {"5.0%", "8.0%", "10.1%", "4.0%", "7.0%", "6.0%"} <= set(written)
    assert {"2026-02 (n = 1,340)", "empty: not known yet, or too few leads"} <= set(written)
    assert "share that is won, by age in days" in written
    assert "nan%" not in written
    assert ticks(ax) == ["30", "60", "90"]


def test_the_numbers_of_a_grid_stand_out_from_their_cells() -> None:
    table = pd.DataFrame({"n": [90] * 50} | {30: [at / 100 for at in range(50)]}, index=list(map(str, range(50))))
    ax = plots.cohorts(table.iloc[::2], ax=plots.sheet())

    def luminance(colour: Any) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in mpl.colors.to_rgb(colour)]
        return sum(part * share for part, share in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    painted = {round(cell.get_y() + 0.5): luminance(cell.get_facecolor()) for cell in ax.patches}
    for text in [one for one in ax.texts if one.get_text().endswith("%")]:
        light, dark = sorted((luminance(text.get_color()), painted[int(text.get_position()[1])]), reverse=True)
        # What WCAG 2.2 asks of text (success criterion 1.4.3, level AA).
        assert (light + 0.05) / (dark + 0.05) >= 4.5
    shades = [painted[at] for at in sorted(painted)]
    assert shades == sorted(shades, reverse=True)


def weekly(ages: Sequence[int] = range(7, 357, 7)) -> pd.DataFrame:
    """Sixty weeks, each a day's age short of the one before, as far as the ages go."""
    weeks = {
        f"2025-W{at:02}": [90, *(at / 1000 if age <= 7 * (60 - at) else math.nan for age in ages)] for at in range(60)
    }
    return pd.DataFrame.from_dict(weeks, orient="index", columns=["n", *ages])


def test_sixty_weeks_are_colours_with_a_scale_and_every_fourth_is_named_at_a_mark() -> None:
    ax = plots.cohorts(weekly(), ax=plots.sheet())
    assert len(ax.patches) == int(weekly().notna().sum().sum()) - 60
    assert [label.get_text() for label in ax.get_yticklabels()] == [f"2025-W{at:02}" for at in range(3, 60, 4)]
    assert {tick.tick1line.get_markersize() for tick in ax.yaxis.get_major_ticks()} == {5}
    written = texts(ax)
    # Of the shares the two ends of the scale alone; a legend that is true of weeks without enough leads too.
    assert [text for text in written if "%" in text] == ["0%", "5.9%"]
    assert "empty: not known yet, or too few leads" in written
    (scale,) = ax.collections
    assert [tuple(colour) for colour in scale.get_facecolor()[[0, -1]]] == [SHARES(0.0), SHARES(1.0)]
    ages = sorted((label.get_window_extent() for label in ax.get_xticklabels()), key=lambda box: box.x0)
    assert all(left.x1 <= right.x0 for left, right in pairwise(ages))
    below = sorted(boxes(ax, "0%", "5.9%", "empty:"), key=lambda box: -box.y0)
    assert below[-1].y1 <= min(box.y0 for box in below[:-1])
    assert ax.figure.get_figheight() < 8.5


def test_numbers_are_in_all_cells_of_a_grid_or_in_none() -> None:
    for ages in range(1, 30):
        table = pd.DataFrame([[90, *([0.123] * ages)]] * 2, columns=["n", *range(ages)], index=["2026-01", "2026-02"])
        ax = plots.cohorts(table, ax=plots.sheet())
        ax.figure.draw_without_rendering()
        inside = [text for text in ax.texts if not isinstance(text, Annotation)]
        assert len(inside) in (0, 2 * ages)
        cell = ax.patches[0].get_window_extent().width
        assert all(text.get_window_extent().width <= cell for text in inside)
        # Twelve months are what most audits have.
        assert inside or ages > 12


def test_a_grid_with_many_ages_names_a_few_and_always_the_oldest() -> None:
    table = pd.DataFrame([[90, *([0.5] * 40)]], columns=["n", *range(40)], index=["2026-01"])
    ax = plots.cohorts(table, ax=plots.sheet())
    ages = [label.get_text() for label in ax.get_xticklabels()]
    assert 5 < len(ages) < 20
    assert ages[-1] == "39"
    assert {tick.tick2line.get_markersize() for tick in ax.xaxis.get_major_ticks()} == {4}
    assert {"0%", "50.0%", "share of leads that converted, by age in days"} <= set(texts(ax))
    twelve = plots.cohorts(table.iloc[:, :13], ax=plots.sheet())
    assert {"50.0", "share of leads that converted (in %), by age in days"} <= set(texts(twelve))
    assert list(twelve.collections) == []


def test_a_grid_of_which_nothing_is_known_yet_has_names_and_no_cell() -> None:
    table = pd.DataFrame({"n": [9], 30: [math.nan]}, index=["$x$"])
    ax = plots.cohorts(table, ax=plots.sheet())
    assert list(ax.patches) == []
    assert "nothing is known yet" in texts(ax)
    assert ">$x$ (n = 9)</text>" in plots.to_svg(ax)
    naught = plots.cohorts(table.assign(n=9).fillna(0.0), ax=plots.sheet())
    assert "0.0%" in texts(naught)


def test_a_grid_without_leads_ages_or_rows_is_refused() -> None:
    message = "the columns of the grid must be n and ages in whole days, and they are {}."
    for table, there in (
        (grid().drop(columns="n"), "30, 60, 90"),
        (grid()[["n"]], "n"),
        (grid().rename(columns={30: "day 30"}), "n, day 30, 60, 90"),
        (grid().rename(columns={30: 30.5}), "n, 30.5, 60, 90"),
        (grid().rename(columns={30: -1}), "n, -1, 60, 90"),
        (pd.DataFrame(), "none"),
    ):
        with pytest.raises(ValueError, match=exactly(message.format(there))):
            plots.cohorts(table)
    message = "the frame has no row, so there is nothing to draw; check that any lead was counted."
    with pytest.raises(ValueError, match=exactly(message)):
        plots.cohorts(grid().iloc[:0])


def test_a_forecast_opens_at_the_last_cohort_of_which_nothing_is_left_to_guess() -> None:
    table = fan()
    ax = plots.forecast(table, day=90, label="share that is won", ax=plots.sheet())
    bars = [(bar.get_x() + bar.get_width() / 2, bar.get_height()) for bar in ax.patches]
    assert [height for _, height in bars] == list(table["so_far"])
    first = 2026 * 12 + 1
    assert [x for x, _ in bars] == pytest.approx([first + at for at in range(4)])
    # Those that are complete first, then those that are not.
    assert points(ax) == [(first + at, share) for at, share in enumerate(table["value"])]
    band = ax.collections[0].get_paths()[0].vertices
    assert {(float(x), float(y)) for x, y in band} == {
        (first + 1, 0.12), (first + 2, 0.09), (first + 2, 0.13), (first + 3, 0.05), (first + 3, 0.21),
    }  # fmt: skip
    words = set(texts(ax))
    assert {"so far:\n2.0%", "expected by\nday 90:\n13.0%", "2026-04\n101", "share that is won"} <= words
    assert "● nothing more expected\u2003○ forecast, with its interval" in words
    low, high = sorted(boxes(ax, "so far", "expected by"), key=lambda box: box.y0)
    assert low.y1 <= high.y0


@pytest.mark.parametrize(
    "names",
    [
        [f"{2020 + at // 52}-W{at % 52 + 1:02}" for at in range(60)],
        # Weeks of few leads are left out of a forecast, and the calendar is not.
        [f"{2020 + at // 52}-W{at % 52 + 1:02}" for at in (0, 1, 2, 3, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 60)],
        [f"{2020 + at // 12}-{at % 12 + 1:02}" for at in range(24)],
        [f"cohort {at}" for at in range(30)],
    ],
)
def test_the_names_of_cohorts_below_a_forecast_never_meet(names: Sequence[str]) -> None:
    rows = [[0.1, 0.08, 0.12, 12_000, 0.05]] * len(names)
    table = pd.DataFrame(rows, columns=["value", "low", "high", "n", "so_far"], index=list(names))
    ax = plots.forecast(table, ax=plots.sheet())
    ax.figure.draw_without_rendering()
    told = ax.get_xticklabels()
    assert len(told) >= 3
    assert told[-1].get_text() == f"{names[-1]}\n12,000"
    found = sorted((label.get_window_extent() for label in told), key=lambda box: box.x0)
    assert all(left.x1 + 2 <= right.x0 for left, right in pairwise(found))


def test_eight_quarters_below_a_forecast_are_all_named() -> None:
    names = [f"{2024 + at // 4}Q{at % 4 + 1}" for at in range(8)]
    rows = [[0.1, 0.08, 0.12, 800, 0.05]] * 8
    table = pd.DataFrame(rows, columns=["value", "low", "high", "n", "so_far"], index=names)
    assert ticks(plots.forecast(table, ax=plots.sheet())) == [f"{name}\n800" for name in names]


def test_a_forecast_of_cohorts_that_are_all_complete_expects_nothing() -> None:
    ax = plots.forecast(fan().iloc[:2], ax=plots.sheet())
    assert [y for _, y in points(ax)] == [0.1, 0.12]
    assert "● nothing more expected" in texts(ax)
    assert not [text for text in texts(ax) if "expected by" in text or "forecast" in text]


def test_a_cohort_that_cannot_be_forecast_keeps_what_it_has_reached() -> None:
    table = fan()
    table.loc["2026-04", ["value", "low", "high"]] = math.nan
    ax = plots.forecast(table, ax=plots.sheet())
    assert [y for _, y in points(ax)] == [0.1, 0.12, 0.11]
    assert len(ax.patches) == 4
    # The number of another cohort would pass for that of the last.
    assert {"so far:\n2.0%", "expected"} <= set(texts(ax))
    unseen = fan()
    unseen.loc["2026-04", "so_far"] = math.nan
    assert {"so far", "expected:\n13.0%"} <= set(texts(plots.forecast(unseen, ax=plots.sheet())))
    none = plots.forecast(table.assign(value=math.nan, so_far=math.nan), ax=plots.sheet())
    assert points(none) == []
    assert "no cohort can be forecast" in texts(none)


def test_a_forecast_without_its_columns_is_refused() -> None:
    message = (
        "the frame lacks the column so_far; it has value, low, high, n. Draw one row a cohort, with value, low, high, "
        "n and so_far."
    )
    with pytest.raises(ValueError, match=exactly(message)):
        plots.forecast(fan().drop(columns="so_far"))


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
    curves = plots.to_svg(plots.curve({"$a$": rising(0.2), "<b>": NOBODY}, label="in $", ax=plots.sheet()))
    assert all(f">{text}</text>" in curves for text in ("$a$", "&lt;b&gt;", "in $"))


def test_a_frame_without_the_columns_of_a_rate_is_refused() -> None:
    message = "the frame lacks the column low, n; it has value, high, hits. Draw what Tally.to_frame(rate) returns."
    with pytest.raises(ValueError, match=exactly(message)):
        plots.rates(frame(SOURCES).drop(columns=["low", "n"]))
    message = (
        "the frame lacks the column published, source, grade; it has value, low, high, n, hits. "
        "Give a row a published number, with its grade."
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
