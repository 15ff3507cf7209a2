"""The published numbers as cited data, and how to set one of ours beside one of them.

What a citation says, and what ours must be to mean the same, stands in ``data/citations.json``; nothing here averages
citations, fills in one that is missing, or turns a number quoted only as a warning into a target.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

from alignment_metrics.values import Citation, Estimate, Verdict

__all__ = ["Comparable", "beside", "citations", "comparables"]


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


def beside(citation: Citation, ours: Estimate) -> tuple[Verdict, str]:
    """Whether our interval lies above or below a published number, and the sentence that says so.

    The published number counts as fixed, for hardly any comes with the leads it rests on; so the uncertainty is ours
    alone, and the sentence says that too. Whether the two numbers mean the same is settled in :func:`comparables`, not
    here.

    Parameters
    ----------
    citation : Citation
        The published number.
    ours : Estimate
        Ours, in the same unit.

    Returns
    -------
    verdict : str
        ``"higher"`` or ``"lower"`` where the whole interval is; ``"no_difference_shown"`` where it holds or touches the
        published number; ``"not_comparable"`` where the citation may only be shown; ``"not_enough_data"`` where ours
        rests on no lead. The sentence then says why.
    sentence : str
        Both numbers, with n, year and grade.

    Raises
    ------
    ValueError
        If the two are in different units.

    Examples
    --------
    81 of 263, with Wilson's interval as Newcombe (1998, table I) prints it:

    >>> ours = Estimate(81 / 263, 0.2553, 0.3662, 263, "share", "Wilson", 0.95, hits=81)
    >>> beside(citations("implisit-lead-opp-website")[0], ours)[0]
    'no_difference_shown'
    """
    value, unit = citation.value, citation.unit
    if citation.use != "compare" or value is None or unit is None:
        return "not_comparable", (
            f"{citation.id} may be shown but not scored against (use {citation.use}, grade {citation.grade}); "
            "set ours beside a citation whose use is compare."
        )
    if unit != ours.unit:
        raise ValueError(
            f"{citation.id} is in the unit {unit!r} and ours in {ours.unit!r}; give an estimate in the unit {unit!r}."
        )
    published, source = f"the published {_number(value, unit)}", f"Source: {_origin(citation)}."
    if ours.n == 0:
        return "not_enough_data", f"No lead of ours can be set beside {published}. {source}"
    verdict, where = _place(value, ours)
    interval = f"{100 * ours.confidence:g}% interval, n = {ours.n:,}"
    return verdict, f"Our {ours} ({interval}) {where} {published}, taken as a fixed number. {source}"


def _place(target: float, ours: Estimate) -> tuple[Verdict, str]:
    if ours.low > target:
        return "higher", "lies above"
    if ours.high < target:
        return "lower", "lies below"
    return "no_difference_shown", "cannot be told from"


def _number(value: float, unit: str) -> str:
    # Not through Estimate's one decimal: 0.0363 was published as 3.63%.
    if unit == "share":
        return f"{100 * value:g}%"
    if unit == "difference":
        return f"{100 * value:+g} points"
    return f"{value:g} {unit}"


def _origin(citation: Citation) -> str:
    year = "year unknown" if citation.year is None else str(citation.year)
    size = "n unknown" if citation.n is None else f"n = {citation.n:,}"
    # An n that counts firms must not read as one that counts leads.
    note = f" ({citation.n_note})" if citation.n_note else ""
    return f"{citation.publisher}, {year}, {size}{note}, grade {citation.grade}"


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
