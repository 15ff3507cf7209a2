"""Findings as a frame: one row a finding, for whoever would rather sort and filter than read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from alignment_metrics.findings.words import plain
from alignment_metrics.published import comparables
from alignment_metrics.values import Benchmark, Citation, Finding

if TYPE_CHECKING:
    import pandas as pd

# What a metric is called where its own name does not say it.
WORDS = {
    "alignment_self_rating_top_share": "rate alignment 5 of 5",
    "lead_never_responded_share": "never answered",
    "lead_quality_rating_low_share": "rate leads middling or worse",
    "lead_response_1_24h_share": "answered after 1 to 24 hours",
    "lead_response_over_24h_share": "answered after 24 hours",
    "lead_response_within_1h_share": "answered within 1 hour",
    "marketing_sourced_lead_share": "leads brought by marketing",
}
PLACED = ("higher", "lower", "no_difference_shown", "equivalent")
_BESIDE = (
    "value", "low", "high", "n", "unit", "published", "grade", "year", "published_n", "source", "verdict", "pvalue",
    "margin", "equivalence", "tipping_n", "id",
)  # fmt: skip


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


def compared(findings: Iterable[Finding]) -> pd.DataFrame:
    """One row a published number that one of ours was set beside, indexed by what both measure.

    Parameters
    ----------
    findings : iterable of Finding

    Returns
    -------
    DataFrame
        ``value``, ``low``, ``high``, ``n`` and ``unit`` of ours; ``published``, ``grade``, ``year``, ``published_n``
        and ``source`` of the citation; ``verdict``; ``pvalue`` of the test against it as a fixed target,
        ``equivalence`` that of lying within ``margin``, and ``tipping_n``; ``id``. Several numbers for one of ours bear
        one name, and stand together. A share of firms is not there, for ours is one firm.
    """
    import pandas as pd

    rows = [_beside(one, one.benchmark) for one in findings if one.benchmark and is_compared(one)]
    alike: dict[tuple[Any, ...], set[str]] = {}
    for row in rows:
        alike.setdefault(_ours(row), set()).add(row["name"])
    for row in rows:
        row["name"] = row["metric"] if len(alike[_ours(row)]) > 1 else row["name"]
    first = {key: at for at, key in reversed(list(enumerate(map(_ours, rows))))}
    rows.sort(key=lambda row: first[_ours(row)])
    frame = pd.DataFrame(rows, columns=["name", *_BESIDE]).set_index("name")
    return frame.astype({"n": "Int64", "year": "Int64", "published_n": "Int64", "tipping_n": "Int64"})


def is_compared(finding: Finding) -> bool:
    """Whether a number of ours is set beside a published one of the same kind, and where it falls is told."""
    mark = finding.benchmark
    if mark is None or mark.citation.value is None or mark.citation.id in _of_firms():
        return False
    return finding.verdict in PLACED and mark.ours.value == mark.ours.value and mark.ours.n > 0


def about(citation: Citation) -> str:
    """What a citation is about, in a few words."""
    metric = WORDS.get(citation.metric, plain(citation.metric.removesuffix("_rate").removesuffix("_share")))
    return metric if citation.group in (None, "all", "all sources") else f"{metric}, {citation.group}"


def _beside(finding: Finding, mark: Benchmark) -> dict[str, Any]:
    cited, ours, against = mark.citation, mark.ours, mark.against
    return {
        **{part: getattr(ours, part) for part in ("value", "low", "high", "n", "unit")},
        **{part: getattr(against, part, None) for part in ("pvalue", "margin", "equivalence", "tipping_n")},
        "name": about(cited),
        "metric": about(replace(cited, group=None)),
        "published": cited.value,
        "grade": cited.grade,
        "year": cited.year,
        "published_n": cited.n,
        "source": cited.publisher,
        "verdict": finding.verdict,
        "id": cited.id,
    }


def _ours(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[part] for part in ("metric", "value", "low", "high", "n", "unit"))


@cache
def _of_firms() -> frozenset[str]:
    return frozenset(one.citation.id for one in comparables() if one.kind in ("followed_up", "firm"))


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
