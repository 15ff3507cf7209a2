"""The published numbers as cited data.

What a citation says, and what ours must be to mean the same, stands in ``data/citations``, one file a topic; nothing
here averages citations, fills in one that is missing, or turns a number quoted only as a warning into a target.
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from alignment_metrics.charter.grammar import shown as short
from alignment_metrics.values import Citation

__all__ = [
    "GRADES",
    "USES",
    "Comparable",
    "citation",
    "citations",
    "comparables",
    "metric_of",
    "misread",
    "nearest",
    "shown",
    "together",
]

GRADES: Mapping[str, str] = {
    "A": "the primary source was seen, with its method and n",
    "B": "the primary source is known, but was seen second-hand or gives no n",
    "C": "second-hand only",
    "D": "disputed, or its origin cannot be traced",
}
USES: Mapping[str, str] = {
    "compare": "may be compared",
    "context": "context only",
    "definition": "a definition",
    "warn_only": "quoted only to warn",
}
# How the files say that nobody has stated a fact, so that what is missing is seen to be missing.
UNKNOWN = ("not stated", "not seen")
UNFOUND = 4
# Kinds of comparison for which the audit has no number of ours, but a yes, a no or a reason.
UNCOUNTED = ("none", "firm", "followed_up")
# How sources call all that they counted.
EVERYBODY = (None, "all", "all sources")
# What else people call the metrics that are most often misread, less the word rate.
ALIASES: Mapping[str, str] = {
    **dict.fromkeys(("win", "sales_win", "close", "closing", "proposal_win"), "proposal_to_won"),
    "retention": "customer_retention",
    "churn": "customer_churn",
}


@dataclass(frozen=True, slots=True)
class Comparable:
    """What a number of ours must be for a citation to be set beside it.

    Parameters
    ----------
    citation : Citation
        The published number.
    kind : str
        By what it is counted: ``rate`` (of leads between two stages), ``wait``, ``answered``, ``unanswered``,
        ``answer_time``, ``followed_up``, ``brought``, ``survey``, ``survey_gap``, ``stated`` or ``relative`` (of what
        the charter states), ``firm`` (one firm is a yes or a no), or ``none``.
    terms : mapping
        The conditions of that kind, e.g. ``start`` and ``stop`` of a rate; of ``none``, why it cannot be counted from
        what is read here (``because``) and what that would take (``needs``).
    """

    citation: Citation
    kind: str
    terms: Mapping[str, Any] = field(hash=False)


def citations(query: str | None = None) -> tuple[Citation, ...]:
    """What others have published.

    Parameters
    ----------
    query : str, optional
        An id, a metric, or words in any case and order. A citation is kept when each of them begins a word of what is
        said of it. Without a query, all are kept.

    Returns
    -------
    tuple of Citation
        The one of that id. Else first those of that metric, then those with the words in id or metric, then those with
        them in publisher, title, group or claim, then all others; each part by id. Empty where nothing matches.

    Examples
    --------
    >>> [(c.id, c.value, c.grade, c.year) for c in citations("implisit paid search")]
    [('implisit-lead-opp-paid-search', 0.143, 'B', 2014)]
    """
    asked = _plain(query or "")
    if not asked:
        return () if (query or "").strip() else _citations()
    if named := tuple(one for one in _citations() if _plain(one.id) == asked):
        return named
    ranks = {one.id: _rank(asked, one) for one in _citations()}
    return tuple(sorted((one for one in _citations() if ranks[one.id] < UNFOUND), key=lambda one: ranks[one.id]))


def citation(id: str) -> Citation:
    """The citation of that id.

    Raises
    ------
    ValueError
        If there is none; the nearest id is named.

    Examples
    --------
    >>> citation("rain-win-47").value
    0.47
    """
    for one in _citations():
        if one.id == id:
            return one
    near = difflib.get_close_matches(str(id), [one.id for one in _citations()], n=1, cutoff=0.0)[0]
    raise ValueError(f"no citation has the id {short(id)}; the nearest is {near!r}.")


def comparables() -> tuple[Comparable, ...]:
    """Every citation that may be compared, with what ours must be; sorted by id.

    Examples
    --------
    >>> [(c.citation.value, dict(c.terms)) for c in comparables() if c.citation.metric == "win_rate"]
    [(0.473, {'start': 'forecast', 'stop': 'won'}), (0.47, {'start': 'proposal', 'stop': 'won'})]
    """
    return _with("compare")


def shown() -> tuple[Comparable, ...]:
    """Every citation that is no measure of ours, yet beside which our number tells something; sorted by id.

    Kind ``stated`` has ``key``, less ``minus`` where there is one, or ``numerator`` over ``denominator`` (several are
    added up); kind ``relative`` sets that of the last year against that of the year before.

    Examples
    --------
    >>> [(c.kind, c.terms["key"]) for c in shown() if c.citation.id == "aberdeen-30pct"]
    [('stated', 'organisation.year.revenue_growth')]
    """
    return _with("shown")


def together(every: Iterable[Comparable]) -> list[list[Comparable]]:
    """The same citations, those in one group beside which one number of ours can stand.

    They are of one metric and one group, under the same conditions; how old leads must be may differ.

    Examples
    --------
    >>> both = [one for one in comparables() if one.citation.metric in ("mql_to_sql_rate", "win_rate")]
    >>> [[one.citation.value for one in several] for several in together(both)]
    [[0.473], [0.31, 0.4], [0.47]]
    """
    found: dict[tuple[Any, ...], list[Comparable]] = {}
    for one in every:
        terms = tuple(sorted((key, value) for key, value in one.terms.items() if key != "at_least_days"))
        group = None if one.citation.group in EVERYBODY else one.citation.group
        found.setdefault((one.citation.metric, one.kind, terms, group), []).append(one)
    return list(found.values())


def misread(metric: str, value: float, unit: str) -> tuple[Citation, str] | None:
    """The citation that a popular misreading comes from, with the warning; None where the number is no such misreading.

    Parameters
    ----------
    metric, unit : str
        What the number is said to measure, and in which unit: that is what the misreading got wrong.
    value : float
        In ``unit``; 13 % as a share is 0.13.

    Examples
    --------
    >>> found = misread("mql_to_sql_rate", 0.13, "share")
    >>> found[0].id
    'implisit-lead-opp-all'
    >>> misread("mql_to_sql_rate", 0.31, "share")
    """
    said = _same(metric)
    for row in _rows():
        for one in row.get("misread", ()):
            told = _same(one["metric"]), one["unit"]
            if told == (said, unit) and math.isclose(one["value"], value, rel_tol=1e-9):
                return citation(row["id"]), one["warning"]
    return None


def metric_of(query: str) -> str | None:
    """The metric that a query names, in any spelling and with or without its rate; None where it names none.

    Examples
    --------
    >>> metric_of("mql to sql"), metric_of("Win-Rate"), metric_of("mql")
    ('mql_to_sql_rate', 'win_rate', None)
    """
    asked = _plain(query)
    return next((one.metric for one in _citations() if _names(asked, one.metric)), None)


def nearest(query: str, *, counted: bool = False) -> tuple[str, ...]:
    """The metrics whose names come nearest to what was asked, the nearest first; or of those the audit counts."""
    there = (one.citation for one in comparables() if one.kind not in UNCOUNTED) if counted else _citations()
    metrics = sorted({one.metric for one in there})
    asked = _plain(query)
    near = difflib.get_close_matches("_".join(asked), metrics, n=3, cutoff=0.6)
    # Words of one stem: churned is asked, churn is there.
    stems = tuple(f"_{word[:4]}" for word in asked if len(word) > 3)
    kin = [name for name in metrics if any(stem in f"_{name}" for stem in stems)]
    return tuple(dict.fromkeys([*near, *kin]))[:3]


@cache
def _rows() -> tuple[dict[str, Any], ...]:
    topics = files("alignment_metrics").joinpath("data", "citations").iterdir()
    texts = [one.read_text(encoding="utf-8") for one in topics if one.name.endswith(".toml")]
    found = (row for text in texts for row in tomllib.loads(text)["citation"])
    return tuple(sorted(found, key=lambda row: str(row["id"])))


@cache
def _citations() -> tuple[Citation, ...]:
    return tuple(_citation(row) for row in _rows())


def _citation(row: Mapping[str, Any]) -> Citation:
    stated = {key: value for key, value in row.items() if not isinstance(value, str) or value not in UNKNOWN}
    told = stated | {"year": _year(stated), "articles": tuple(row.get("articles", ()))}
    known: dict[str, Any] = {one.name: told.get(one.name) for one in fields(Citation)}
    return Citation(**known)


def _year(row: Mapping[str, Any]) -> int | None:
    # The data's date may be as fine as a month or a span ("2014-10"); its first year is what dates the number.
    dated = row.get("year_data") or row.get("year_published")
    return int(str(dated)[:4]) if dated else None


def _with(table: str) -> tuple[Comparable, ...]:
    return tuple(_comparable(citation(row["id"]), row[table]) for row in _rows() if table in row)


def _comparable(of: Citation, table: Mapping[str, Any]) -> Comparable:
    terms = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items() if key != "kind"}
    return Comparable(of, table["kind"], MappingProxyType(terms))


def _plain(text: str) -> tuple[str, ...]:
    """Words as they are compared: case, hyphens and underscores make no difference."""
    return tuple(re.findall(r"[^\W_]+", text.casefold()))


def _rank(asked: tuple[str, ...], one: Citation) -> int:
    """How well a citation answers: 0 best, ``UNFOUND`` not at all."""
    if _names(asked, one.metric):
        return 0
    told = ""
    for rank, part in enumerate(_searched(one), start=1):
        told += f" {part}"
        if all(f" {word}" in told for word in asked):
            return rank
    return UNFOUND


def _names(asked: tuple[str, ...], metric: str) -> bool:
    whole = "".join(_plain(metric))
    return "".join(asked) in (whole, whole.removesuffix("rate"))


def _searched(one: Citation) -> Iterator[str]:
    yield " ".join(_plain(f"{one.id} {one.metric}"))
    yield " ".join(_plain(f"{one.publisher} {one.title or ''} {one.group or ''} {one.claim}"))
    further = (one.population, one.industry, one.region, one.caveat, one.discrepancy, one.comparable_when)
    yield " ".join(_plain(" ".join([*(text or "" for text in further), *one.articles, str(one.year or "")])))


def _same(metric: str) -> str:
    """One name for metrics that are called by the stage or by what it stands for."""
    name = "_".join(_plain(metric)).removesuffix("_rate").removesuffix("_conversion")
    name = re.sub(r"^(inquiry|engaged)_to_", "lead_to_", ALIASES.get(name, name))
    return re.sub(r"_to_customer$", "_to_won", name)
