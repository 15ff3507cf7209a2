"""The findings as CSV for spreadsheets, one file a finding that has numbers; no cell can start a formula."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from alignment_metrics.cells import text
from alignment_metrics.values import Finding

# What a terminal would obey that shows the file.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
NUMBERS = ("value", "low", "high", "n", "hits", "unit", "method", "confidence")


def to_csv(finding: Finding) -> str:
    """The estimates of a finding, one row a group; the cells of the groups are empty in the row of all leads.

    Parameters
    ----------
    finding : Finding

    Returns
    -------
    str
        To be written as UTF-8 with a byte-order mark: without one Excel reads a CSV file in the code page of the
        machine, and every accent is lost. Numbers at full precision, in ``unit``; empty where there is none. A text
        that a spreadsheet would take for a formula begins with an apostrophe.
    """
    keys = list(dict.fromkeys(key for group, _ in finding.estimates for key, _ in group))
    target = io.StringIO()
    # Spreadsheets and their quoting rules (RFC 4180) know one line end.
    lines = csv.writer(target, lineterminator="\r\n")
    # A segment may be called "value"; its column must not pass for ours.
    lines.writerow([text(f"{key} (group)" if key in NUMBERS else key) for key in keys] + list(NUMBERS))
    for group, estimate in finding.estimates:
        labels = dict(group)
        there = not math.isnan(estimate.value)
        numbers = [_number(estimate.value), *(_number(end) if there else "" for end in (estimate.low, estimate.high))]
        hits = "" if estimate.hits is None else str(int(estimate.hits))
        lines.writerow(
            [text(_CONTROL.sub("\ufffd", labels.get(key, ""))) for key in keys]
            + [*numbers, str(int(estimate.n)), hits]
            + [text(estimate.unit), text(estimate.method), _number(estimate.confidence)]
        )
    return target.getvalue()


def words_to_csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """A table that is not of one finding, such as the scorecard; empty where there is nothing."""
    target = io.StringIO()
    lines = csv.writer(target, lineterminator="\r\n")
    lines.writerow(columns)
    lines.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return target.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return text(_CONTROL.sub("\ufffd", value))
    if isinstance(value, float):
        return _number(value)
    return "" if value is None else str(value)


def file_names(findings: Sequence[Finding]) -> dict[str, str]:
    """Name of the table of each finding that has one, by code.

    Codes hold names of stages, in any script; what a file system may refuse becomes a dash, and names that differ by
    case alone are told apart, for some disks do not.
    """
    names: dict[str, str] = {}
    for finding in findings:
        if finding.estimates:
            stem = re.sub(r"[^\w.-]", "-", finding.code).strip(".")
            taken = {name.casefold() for name in names.values()}
            tries = (f"{stem}.csv" if at == 1 else f"{stem}-{at}.csv" for at in range(1, len(findings) + 2))
            names[finding.code] = next(name for name in tries if name.casefold() not in taken)
    return names


def _number(value: float) -> str:
    return repr(float(value)) if math.isfinite(value) else ""
