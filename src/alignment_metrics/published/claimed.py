"""What the three articles behind this package claim, and what the audit makes of each claim.

Every claim stands in ``data/articles.toml``; none is dropped, and none is treated better than its source allows.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

from alignment_metrics.charter.grammar import shown as short

__all__ = ["FATES", "Article", "ArticleClaim", "Fate", "article", "articles"]

Fate = Literal["compared", "context", "definition", "warning"]
FATES: tuple[str, ...] = get_args(Fate)


@dataclass(frozen=True, slots=True)
class Article:
    """One of the three articles; ``year`` is None where it bears no date."""

    id: str
    title: str
    publisher: str
    year: int | None

    def __str__(self) -> str:
        return f"{self.publisher}, {self.title}" + (f", {self.year}" if self.year else "")


@dataclass(frozen=True, slots=True)
class ArticleClaim:
    """One claim of an article.

    Parameters
    ----------
    article : str
        Id of the :class:`Article`.
    claim : str
        What it says, in words of ours.
    citation : str
        Id of the published number that stands behind it, or of the nearest one.
    fate : str
        ``compared`` on the organisation's own data; shown as ``context``; turned into a ``definition`` to check; quoted
        only as a ``warning``.
    seen_in : tuple of str
        Codes of the findings that hold the test on own data; empty where no data of an organisation could tell.
    """

    article: str
    claim: str
    citation: str
    fate: Fate
    seen_in: tuple[str, ...] = ()


def articles() -> tuple[ArticleClaim, ...]:
    """Every claim of the three articles with what becomes of it, article by article.

    Examples
    --------
    >>> [(one.article, one.fate) for one in articles() if one.citation == "mathmarketing-close"]
    [('act-on-2014', 'compared')]
    """
    return _claims()


def article(id: str) -> Article:
    """One of the three articles.

    Raises
    ------
    ValueError
        If there is none of that id; those that there are, are named.

    Examples
    --------
    >>> str(article("act-on-2014"))
    "Act-On, Sales and marketing alignment: a pragmatist's view, 2014"
    """
    there = {row["id"]: Article(**{"year": None} | row) for row in _told()["article"]}
    if id not in there:
        raise ValueError(f"no article has the id {short(id)}; there are {', '.join(there)}.")
    return there[id]


@cache
def _claims() -> tuple[ArticleClaim, ...]:
    return tuple(ArticleClaim(**{**row, "seen_in": tuple(row.get("seen_in", ()))}) for row in _told()["claim"])


@cache
def _told() -> Mapping[str, Any]:
    text = files("alignment_metrics").joinpath("data", "articles.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
