"""The figures of published numbers and of the survey: what is drawn is what the frame says."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.text import Text

from alignment_metrics import plots
from alignment_metrics.stats.rates import rate
from alignment_metrics.values import Counts

# Newcombe (1998), Stat Med 17:857, table I: 81 of 263, and 15 of 148.
OURS, OTHER = Counts(81, 263), Counts(15, 148)


def frame(rows: list[tuple[str, Counts]], **more: Any) -> pd.DataFrame:
    found = [rate(counts) for _, counts in rows]
    columns = {name: [getattr(one, name) for one in found] for name in ("value", "low", "high", "n", "hits")}
    return pd.DataFrame(columns | more, index=pd.Index([name for name, _ in rows], dtype=object))


def beside() -> pd.DataFrame:
    """One number of ours beside three that were published, and one beside one."""
    rows = [("mql to sql", OURS), ("lead to won", OTHER), ("mql to sql", OURS), ("mql to sql", OURS)]
    source = ["Four Quadrant, 2012 (B)", "Someone, 2014 (C)", "Sherpa, 2009 (B)", "Others, 2020 (A)"]
    return frame(rows, published=[0.31, 0.05, 0.4, 0.2], source=source, grade=list("BCBA"))


def said() -> pd.DataFrame:
    rows = [Counts(6, 20), Counts(14, 20), Counts(900, 2092), Counts(19, 20), Counts(20, 20)]
    who = ["marketing", "sales", "crm", "marketing", "sales"]
    items = ["Leads are always followed up"] * 3 + ["Together we grow"] * 2
    return frame(list(zip(items, rows, strict=True)), who=who)


def texts(ax: Axes) -> list[str]:
    ax.figure.draw_without_rendering()
    return [text.get_text() for text in ax.findobj(Text) if text.get_text()]


def marks(ax: Axes, shape: str) -> list[tuple[float, float]]:
    lines = [line for line in ax.get_lines() if line.get_marker() == shape]
    return [(round(float(x), 9), float(y)) for line in lines for x, y in zip(*line.get_data(), strict=True)]


def exactly(message: str) -> str:
    return f"^{re.escape(message)}$"


def test_the_grade_of_a_published_number_is_the_shape_of_its_mark() -> None:
    ax = plots.benchmarks(beside(), ax=plots.sheet())
    shapes = {"A": "D", "B": "s", "C": "^"}
    drawn = {grade: [x for x, _ in marks(ax, shape)] for grade, shape in shapes.items()}
    assert drawn == {"A": [0.2], "B": [0.31, 0.4], "C": [0.05]}
    legend = ax.get_legend()
    assert legend is not None
    handles = {text.get_text(): line.get_marker() for text, line in zip(legend.texts, legend.get_lines(), strict=True)}
    assert handles == {"ours, with its interval": "o"} | {f"grade {grade}": shape for grade, shape in shapes.items()}


def test_several_sources_of_one_number_stand_in_one_row_joined_by_a_line_and_never_averaged() -> None:
    ax = plots.benchmarks(beside(), ax=plots.sheet())
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["mql to sql (n = 263)\n3 published numbers", "lead to won (n = 148)\nSomeone, 2014 (C)"]
    places = {y for shape in "Ds" for _, y in marks(ax, shape)}
    assert len(places) == 1
    spans = [line.get_xdata() for line in ax.get_lines() if line.get_marker() == "None" and len(line.get_xdata()) == 2]
    assert [list(span) for span in spans if set(span) <= {0.2, 0.31, 0.4, 0.05}] == [[0.2, 0.4]]
    # Nothing lies at their mean.
    assert not [x for shape in "Ds^" for x, _ in marks(ax, shape) if math.isclose(x, (0.31 + 0.4 + 0.2) / 3)]


def test_our_point_and_interval_lie_above_the_published_marks_of_their_row() -> None:
    ax = plots.benchmarks(beside(), ax=plots.sheet())
    ours = marks(ax, "o")
    assert [x for x, _ in ours] == [round(81 / 263, 9), round(15 / 148, 9)]
    # The rows count downwards.
    assert ours[0][1] < min(y for shape in "Ds" for _, y in marks(ax, shape))


def test_two_windows_of_one_rate_are_two_rows() -> None:
    table = frame(
        [("lead to won", OURS), ("lead to won", OTHER)], published=[0.1, 0.2], source=["a", "b"], grade=["B", "B"]
    )
    assert len(plots.benchmarks(table, ax=plots.sheet()).get_yticklabels()) == 2


def test_a_rate_of_too_few_leads_is_named_beside_the_published_one() -> None:
    table = beside().iloc[[1]].assign(value=math.nan, low=math.nan, high=math.nan)
    ax = plots.benchmarks(table, ax=plots.sheet())
    assert "too few leads to show a rate" in texts(ax)
    assert marks(ax, "o") == []
    assert [x for x, _ in marks(ax, "^")] == [0.05]


def test_a_grade_that_is_never_compared_has_no_shape() -> None:
    with pytest.raises(ValueError, match=exactly("grade 'D' has no shape; there are A, B, C.")):
        plots.benchmarks(beside().assign(grade="D"))


def test_a_grade_typed_by_a_stranger_is_not_shown_at_length() -> None:
    with pytest.raises(ValueError, match=exactly(f"grade '{'x' * 20}' has no shape; there are A, B, C.")):
        plots.benchmarks(beside().assign(grade="x" * 5000))


def test_the_teams_and_the_records_are_told_apart_by_shape_and_by_colour() -> None:
    ax = plots.perception(said(), ax=plots.sheet())
    drawn = {shape: [x for x, _ in marks(ax, shape)] for shape in "osD"}
    assert drawn == {"o": [0.3, 0.95], "s": [0.7, 1.0], "D": [round(900 / 2092, 9)]}
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.texts] == ["marketing says", "sales says", "the CRM shows"]
    assert len({to_hex(str(line.get_color())) for line in legend.get_lines()}) == 3


def test_the_two_teams_are_joined_by_a_line_and_the_records_are_not_part_of_it() -> None:
    ax = plots.perception(said(), ax=plots.sheet())
    bars = [(list(line.get_xdata()), list(line.get_ydata())) for line in ax.get_lines() if line.get_linewidth() == 4]
    assert bars == [([0.3, 0.7], [0, 0]), ([0.95, 1.0], [1, 1])]


def test_each_share_is_written_in_the_colour_of_who_says_it() -> None:
    ax = plots.perception(said(), ax=plots.sheet())
    assert {"30%", "70%", "43%", "95%", "100%"} <= set(texts(ax))


def test_numbers_whose_marks_stand_close_are_moved_apart() -> None:
    table = frame([("same", Counts(10, 20)), ("same", Counts(10, 20))], who=["marketing", "sales"])
    ax = plots.perception(table, ax=plots.sheet())
    ax.figure.draw_without_rendering()
    places = [text.get_window_extent() for text in ax.texts if text.get_text() == "50%"]
    assert len(places) == 2
    assert not places[0].overlaps(places[1])


def test_a_team_too_small_to_be_shown_has_no_mark_and_no_bar() -> None:
    table = said()
    table.iloc[1, :3] = math.nan
    ax = plots.perception(table, ax=plots.sheet())
    assert [x for x, _ in marks(ax, "s")] == [1.0]
    assert [line.get_ydata()[0] for line in ax.get_lines() if line.get_linewidth() == 4] == [1]
    nobody = said().iloc[:1].assign(value=math.nan)
    assert "too few answers to show" in texts(plots.perception(nobody, ax=plots.sheet()))


def test_a_long_item_is_wrapped_and_cut() -> None:
    table = said().set_axis(["a long statement " * 20] * 5)
    label = plots.perception(table, ax=plots.sheet()).get_yticklabels()[0].get_text()
    assert len(label.split("\n")) == 3
    assert label.endswith(" …")


def test_somebody_else_who_says_something_is_refused() -> None:
    message = "nobody is called 'finance'; there are marketing, sales, crm."
    with pytest.raises(ValueError, match=exactly(message)):
        plots.perception(said().assign(who="finance"))
    message = "the frame lacks the column who; it has value, low, high, n, hits. Give a row an item and who says so."
    with pytest.raises(ValueError, match=exactly(message)):
        plots.perception(said().drop(columns="who"))
