"""What a draft says of the lists that may lie beside the exports: what each is read as, and the columns it may have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alignment_metrics.charter import LISTS
from alignment_metrics.drafts.toml import remark

BESIDE: Mapping[str, str] = {
    "spend.csv": "read as what was spent, by month and source",
    "customers.csv": "read as who became a customer, and who left",
    "touches.csv": "read as when somebody tried to reach a lead",
    "survey.csv": "read as what the people of both teams answered",
}


def columns() -> list[str]:
    """Which lists are read wherever they lie beside the exports, and what they may hold."""
    named = (f"{name}.csv ({', '.join(columns)}) is {BESIDE[f'{name}.csv']}" for name, columns in LISTS.items())
    return list(remark(f"Beside the exports may lie: {'; '.join(named)}."))


def beside(lists: Sequence[str]) -> list[str]:
    """What is said of the lists that do lie beside the exports."""
    lines = []
    for name in lists:
        table = name.removesuffix(".csv")
        lines += ["", *remark(f"{name} is {BESIDE[name]}.")]
        lines += remark(f"How it is written may be told under [{table}], its columns under [{table}.columns].")
    return lines
