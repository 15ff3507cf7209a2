"""The published numbers as a frame, for whoever works in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alignment_metrics.published.registry import GRADES, USES, citations
from alignment_metrics.values import Citation

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["benchmarks"]

# In the order in which one reads them: what, how much, whose, on whom, how far to trust it.
COLUMNS = {
    "id": "string",
    "metric": "string",
    "value": "Float64",
    "unit": "string",
    "group": "string",
    "publisher": "string",
    "title": "string",
    "year": "Int64",
    "population": "string",
    "n": "Int64",
    "n_note": "string",
    "grade": "string",
    "grade_meaning": "string",
    "use": "string",
    "use_meaning": "string",
    "claim": "string",
    "comparable_when": "string",
    "caveat": "string",
    "discrepancy": "string",
    "articles": "string",
    "industry": "string",
    "region": "string",
    "year_published": "Int64",
    "year_data": "string",
    "url": "string",
}


def benchmarks(query: str | None = None) -> pd.DataFrame:
    """What others have published, one row a number, in the order of :func:`citations`.

    Parameters
    ----------
    query : str, optional
        An id, a metric, or words; see :func:`citations`.

    Returns
    -------
    DataFrame
        What was not stated is missing (``<NA>``) and never filled in. ``value`` is in ``unit``; shares are of 1.
        ``year`` is that of the data where known, else of publication; ``articles`` are joined by commas.

    Examples
    --------
    >>> benchmarks("implisit paid search")[["metric", "value", "unit", "grade", "year"]]
                         metric  value   unit grade  year
    0  lead_to_opportunity_rate  0.143  share     B  2014
    """
    import pandas as pd

    rows = [_row(one) for one in citations(query)]
    return pd.DataFrame({name: pd.array([row[name] for row in rows], dtype=kind) for name, kind in COLUMNS.items()})


def _row(one: Citation) -> dict[str, object]:
    told: dict[str, object] = {name: getattr(one, name, None) for name in COLUMNS}
    dated = None if one.year_data is None else str(one.year_data)
    joined = ", ".join(one.articles) or None
    return told | {
        "grade_meaning": GRADES[one.grade],
        "use_meaning": USES[one.use],
        "year_data": dated,
        "articles": joined,
    }
