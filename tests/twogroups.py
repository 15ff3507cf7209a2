"""What R says of two groups (``reference/twogroups.R``), and the known answers, as counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from alignment_metrics.values import Counts

Answer = dict[str, Any]
R: dict[str, Any] = json.loads((Path(__file__).parent / "reference" / "twogroups.json").read_text("utf-8"))


def answers(kind: str) -> list[Answer]:
    return [answer for answer in R["answers"] if answer["kind"] == kind]


def two(asked: Answer) -> tuple[Counts, Counts]:
    return Counts(asked["x1"], asked["n1"]), Counts(asked["x2"], asked["n2"])


@st.composite
def groups(draw: st.DrawFn, least: int = 1, most: int = 3000) -> Counts:
    total = draw(st.integers(least, most))
    return Counts(draw(st.one_of(st.just(0), st.just(total), st.integers(0, total))), total)
