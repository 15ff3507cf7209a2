"""The published numbers as cited data.

What a citation says, and what ours must be to mean the same, stands in ``data/citations.json``; nothing here averages
citations, fills in one that is missing, or turns a number quoted only as a warning into a target.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

from alignment_metrics.values import Citation

__all__ = ["Comparable", "citations", "comparables"]


@dataclass(frozen=True, slots=True)
class Comparable:
    """What a rate of ours must be for a citation to be set beside it.

    Parameters
    ----------
    citation : Citation
        The published share.
    start, stop : str
        Canonical stages: leads that entered ``start`` are the total, those that went on to ``stop`` the hits.
    source : str or None
        First source that the citation is about, by its plain name; None where it covers every source.
    direction : str or None
        ``"inbound"`` or ``"outbound"`` where the citation is about one of them.
    at_least_days : int or None
        Age that each lead of ours must have, in whole days, where the original says how long conversion takes.
    """

    citation: Citation
    start: str
    stop: str
    source: str | None
    direction: str | None
    at_least_days: int | None


def citations(query: str | None = None) -> tuple[Citation, ...]:
    """What others have published, sorted by id.

    Parameters
    ----------
    query : str, optional
        Words, in any case and order. A citation is kept when each of them occurs in its id, metric, publisher, title,
        group or in the sentence that says what it claims. Without a query, all are kept.

    Returns
    -------
    tuple of Citation
        Empty where nothing matches. The ``caveat`` also tells where a popular wording departs from the original, and
        why a number that may be compared cannot be compared with a rate between two stages.

    Examples
    --------
    >>> [(c.id, c.value, c.grade, c.year) for c in citations("implisit paid search")]
    [('implisit-lead-opp-paid-search', 0.143, 'B', 2014)]
    """
    words = (query or "").casefold().split()
    return tuple(_citation(row) for row in _rows() if all(word in _searched(row) for word in words))


def comparables() -> tuple[Comparable, ...]:
    """Every citation that a rate between two stages may be set beside, with what that rate must be; sorted by id.

    Examples
    --------
    >>> [(c.citation.value, c.source, c.at_least_days) for c in comparables() if c.start == "opportunity"]
    [(0.06, None, None), (0.147, 'customer referral', None)]
    """
    return tuple(Comparable(citation=_citation(row), **row["compare"]) for row in _rows() if "compare" in row)


@cache
def _rows() -> tuple[dict[str, Any], ...]:
    text = files("alignment_metrics").joinpath("data", "citations.json").read_text(encoding="utf-8")
    return tuple(sorted(json.loads(text), key=lambda row: str(row["id"])))


def _citation(row: dict[str, Any]) -> Citation:
    told = {
        **row,
        "year": _year(row),
        "caveat": " ".join(row[key] for key in ("caveat", "discrepancy", "not_beside") if row.get(key)),
    }
    return Citation(**{field.name: told[field.name] for field in fields(Citation)})


def _year(row: dict[str, Any]) -> int | None:
    # The data's date may be as fine as a month or a span ("2014-10"); its first year is what dates the number.
    dated = row["year_data"] or row["year_published"]
    return int(str(dated)[:4]) if dated else None


def _searched(row: dict[str, Any]) -> str:
    return " ".join(str(row[key] or "") for key in ("id", "metric", "publisher", "title", "group", "claim")).casefold()
