"""The findings as ``findings.json``: every number at full precision, every key in its place."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from importlib import metadata
from typing import Any

from alignment_metrics.charter import Charter
from alignment_metrics.findings.scorecard import Promise
from alignment_metrics.quality import Quality
from alignment_metrics.report import goals
from alignment_metrics.values import Against, Benchmark, Comparison, Estimate, Finding, Group

SCHEMA = 1


def to_json(
    findings: Sequence[Finding], *, quality: Quality, charter: Charter, promises: Sequence[Promise] = ()
) -> str:
    """The whole audit for a script to read.

    Parameters
    ----------
    findings : sequence of Finding
    quality : Quality
    charter : Charter
    promises : sequence of Promise
        The scorecard.

    Returns
    -------
    str
        ASCII, so that no console or editor can misread it, and closed by a line end. A number that does not exist
        (of an empty group; the upper limit of a ratio to nothing) is ``null``.
    """
    document = {
        "schema": SCHEMA,
        "package": package(),
        "organisation": charter.organisation.name,
        "as_of": charter.organisation.as_of.isoformat(),
        "charter_sha256": charter.sha256,
        "quality": _quality(quality),
        "scorecard": goals.to_rows(promises),
        "findings": [as_json(finding) for finding in findings],
    }
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def package() -> str:
    """Name and version of the package that made the report; ``unknown`` where it runs without being installed."""
    try:
        return f"alignment-metrics {metadata.version('alignment-metrics')}"
    except metadata.PackageNotFoundError:
        return "alignment-metrics unknown"


def _quality(quality: Quality) -> dict[str, Any]:
    return {
        "files": [
            {
                "path": file.path,
                "layout": file.layout,
                "rows_read": file.rows_read,
                "rows_kept": file.rows_kept,
                "rows_set_aside": file.rows_set_aside,
                "problems": [
                    {
                        "code": problem.code,
                        "column": problem.column,
                        "rows": problem.rows,
                        "examples": list(problem.examples),
                        "message": problem.message,
                        "set_aside": problem.set_aside,
                    }
                    for problem in file.problems
                ],
            }
            for file in quality.files
        ]
    }


def as_json(finding: Finding) -> dict[str, Any]:
    """A finding as ``findings.json`` tells it."""
    return {
        "code": finding.code,
        "question": finding.question,
        "verdict": finding.verdict,
        "claim": finding.claim,
        "because": finding.because,
        "advice": finding.advice,
        "estimates": [{"group": _group(group)} | _estimate(estimate) for group, estimate in finding.estimates],
        "comparison": _comparison(finding.comparison, finding.compared) if finding.comparison else None,
        "benchmark": _benchmark(finding.benchmark) if finding.benchmark else None,
        "notes": list(finding.notes),
        "sql": list(finding.sql),
    }


def _group(group: Group) -> dict[str, str | int]:
    # An age is a number.
    return {key: int(label) if key == "day" and label.isdecimal() else label for key, label in group}


def _estimate(estimate: Estimate) -> dict[str, Any]:
    # The limits of an estimate that is not there say nothing about it, so they go with it.
    there = not math.isnan(estimate.value)
    return {
        "value": _number(estimate.value),
        "low": _number(estimate.low) if there else None,
        "high": _number(estimate.high) if there else None,
        "n": int(estimate.n),
        "hits": None if estimate.hits is None else int(estimate.hits),
        "unit": estimate.unit,
        "method": estimate.method,
        "confidence": estimate.confidence,
    }


def _comparison(comparison: Comparison, compared: tuple[Group, Group] | None) -> dict[str, Any]:
    left, right = compared or ((), ())
    adjusted = comparison.adjusted
    return {
        "left": dict(left),
        "right": dict(right),
        "difference": _estimate(comparison.difference),
        "ratio": _estimate(comparison.ratio),
        "pvalue": _number(comparison.pvalue),
        "method": comparison.method,
        "adjusted": adjusted
        and {
            "difference": _estimate(adjusted.difference),
            "by": list(adjusted.by),
            "method": adjusted.method,
            "strata": adjusted.strata,
            "strata_left_out": [{"group": dict(group), "n": n} for group, n in adjusted.left_out],
        },
        "assumptions": list(comparison.assumptions),
    }


def _benchmark(benchmark: Benchmark) -> dict[str, Any]:
    citation = benchmark.citation
    return {
        "id": citation.id,
        "value": citation.value,
        "grade": citation.grade,
        "source": citation.publisher,
        "year": citation.year,
        "n": citation.n,
        "unit": citation.unit,
        "title": citation.title,
        "url": citation.url,
        "comparable_when": citation.comparable_when,
        "caveat": citation.caveat,
        "against": benchmark.against and _against(benchmark.against),
    }


def _against(against: Against) -> dict[str, Any]:
    return {
        "pvalue": against.pvalue,
        "method": against.method,
        "margin": against.margin,
        "equivalence": against.equivalence,
        "tipping_n": against.tipping_n,
    }


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
