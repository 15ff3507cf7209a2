"""Findings as a frame: one row a finding, for whoever would rather sort and filter than read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from alignment_metrics.values import Finding

if TYPE_CHECKING:
    import pandas as pd


def summary(findings: Iterable[Finding]) -> pd.DataFrame:
    """One row a finding, indexed by code.

    Parameters
    ----------
    findings : iterable of Finding

    Returns
    -------
    DataFrame
        ``verdict``; ``value``, ``low``, ``high``, ``n`` and ``unit`` of the number the verdict is about (of ours, where
        it is set beside a published one; NaN where there is none); ``published``, ``grade``, ``year``, ``published_n``
        and ``source`` of the citation; ``because``.
    """
    import pandas as pd

    rows = [_row(finding) for finding in findings]
    frame = pd.DataFrame(rows, columns=list(_row(None))).set_index("code")
    # Whole numbers that may be missing: without this a year would be printed as 2014.0.
    return frame.astype({"n": "Int64", "year": "Int64", "published_n": "Int64"})


def breakdown(finding: Finding, *keys: str) -> pd.DataFrame:
    """The groups of one finding, without the overall one: ``value``, ``low``, ``high``, ``n``, ``hits``.

    Unlike a tally, a finding follows the charter's rules on small groups: those below ``min_group`` have no value,
    those below ``suppress_below`` are not there.

    Parameters
    ----------
    finding : Finding
    *keys : str
        What the groups are broken down by, such as ``"cohort", "day"``. Left out: as the first of them are.

    Returns
    -------
    DataFrame
        Indexed by the keys of the groups, in the order of the finding; empty where it has none by these keys.
    """
    import pandas as pd

    named_by = list(dict.fromkeys(tuple(key for key, _ in name) for name, _ in finding.estimates if name))
    wanted = keys or (named_by[0] if named_by else ())
    groups = [(name, one) for name, one in finding.estimates if name and tuple(key for key, _ in name) == wanted]
    columns = ("value", "low", "high", "n", "hits")
    frame = pd.DataFrame([[getattr(one, part) for part in columns] for _, one in groups], columns=list(columns))
    if groups:
        labels = [[int(label) if key == "day" else label for key, label in name] for name, _ in groups]
        named = pd.DataFrame(labels, columns=list(wanted), dtype=object)
        frame.index = pd.MultiIndex.from_frame(named) if len(wanted) > 1 else pd.Index(named[wanted[0]], name=wanted[0])
    return frame


def side_by_side(findings: Iterable[Finding], *keys: str) -> pd.DataFrame:
    """The values of several findings' groups, a row a finding and a column a group; empty where none has such groups.

    Parameters
    ----------
    findings : iterable of Finding
    *keys : str
        What the groups are broken down by, such as ``"leads", "measure"``.

    Returns
    -------
    DataFrame
        Indexed by code.
    """
    import pandas as pd

    values = {finding.code: breakdown(finding, *keys)["value"] for finding in findings}
    return pd.DataFrame({code: column for code, column in values.items() if len(column)}).T


def _row(finding: Finding | None) -> dict[str, Any]:
    estimate = benchmark = None
    if finding is not None:
        benchmark = finding.benchmark
        estimate = finding.estimates[0][1] if finding.estimates else None
        if benchmark is not None and finding.estimates:
            estimate = benchmark.ours if benchmark.ours.n else finding.estimates[-1][1]
        if finding.comparison is not None:
            adjusted = finding.comparison.adjusted
            estimate = adjusted.difference if adjusted and adjusted.decides else finding.comparison.difference
    cited = benchmark.citation if benchmark else None
    return {
        "code": finding.code if finding else None,
        "verdict": finding.verdict if finding else None,
        "value": estimate.value if estimate else float("nan"),
        "low": estimate.low if estimate else float("nan"),
        "high": estimate.high if estimate else float("nan"),
        "n": estimate.n if estimate else None,
        "unit": estimate.unit if estimate else None,
        "published": cited.value if cited else None,
        "grade": cited.grade if cited else None,
        "year": cited.year if cited else None,
        "published_n": cited.n if cited else None,
        "source": cited.publisher if cited else None,
        "because": finding.because if finding else None,
    }
