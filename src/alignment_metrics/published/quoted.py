"""Sets one of our numbers beside one that a client brought along, once nothing speaks against it.

Nobody has checked such a number. The popular misreadings among them are known, and are answered with their warning.
"""

from __future__ import annotations

import math
from dataclasses import replace

from alignment_metrics.charter import Entered
from alignment_metrics.published import phrases
from alignment_metrics.published.placing import beside, finding
from alignment_metrics.published.registry import misread, nearest
from alignment_metrics.published.weighing import Ours, warned
from alignment_metrics.values import Citation, Estimate, Finding

__all__ = ["entered"]

UNCHECKED = "The number comes from the charter and was not checked: its original was not seen."


def entered(
    entry: Entered,
    ours: Ours | None,
    *,
    margin: float | None = None,
    confidence: float = 0.95,
    population: int | None = None,
    of: str = "",
    counted: str = "leads",
) -> Finding:
    """How a number of ours stands to one that the charter quotes, or why the two are not to be compared.

    Parameters
    ----------
    entry : Entered
        The number quoted.
    ours : Counts, Tally, Moments, Estimate or None
        What the audit counts under the name of its metric; None where it counts nothing of the kind.
    margin, confidence, population, of, counted
        As in :func:`beside`.

    Returns
    -------
    Finding
        ``benchmark.entered_<metric>``. A popular misreading, a relative change or a difference beside a share, and what
        the audit does not count are ``not_comparable``; all else is answered as by :func:`beside`, at grade C.

    Raises
    ------
    ValueError
        If the margin is not positive.

    Examples
    --------
    >>> from alignment_metrics.values import Counts
    >>> said = Entered("mql_to_sql_rate", 0.13, "share", "A blog", 2024)
    >>> entered(said, Counts(81, 263)).verdict
    'not_comparable'
    """
    cited = _cited(entry)
    found = misread(entry.metric, entry.value, entry.unit)
    if found is None and ours is not None:
        told = beside(cited, ours, margin=margin, confidence=confidence, population=population, of=of, counted=counted)
        return replace(told, notes=(*told.notes, UNCHECKED))
    if found is not None:
        because = warned(*found)
    else:
        near = nearest(entry.metric, counted=True)
        names = f"; the nearest name{'s are' if len(near) > 1 else ' is'} {', '.join(near)}" if near else ""
        because = (
            f"the audit counts nothing under the name {cited.metric}{names}. What would be needed: the name of a "
            "metric that it counts, as the command benchmarks lists them, or of two stages, such as lead_to_won_rate."
        )
    # The warning holds whatever ours is, so none of ours stands beside it.
    nothing = Estimate(math.nan, -math.inf, math.inf, 0, entry.unit, "none", confidence)
    claim = f"Nothing of ours is set beside the {phrases.number(entry.value, entry.unit)} of {cited.publisher}."
    return finding(cited, nothing, "not_comparable", claim, because=because, notes=(UNCHECKED,))


def _cited(entry: Entered) -> Citation:
    # What a client typed may be of any length.
    metric, publisher = _short(entry.metric), _short(entry.publisher)
    number = phrases.number(entry.value, entry.unit)
    return Citation(
        id=f"entered_{metric}",
        claim=f"{publisher} has {number} for {metric.replace('_', ' ')}.",
        metric=metric,
        value=entry.value,
        unit=entry.unit,
        grade="C",
        use="compare",
        publisher=publisher,
        title=None,
        url=None,
        year=entry.year,
        n=entry.n,
        n_note=None,
        population=None,
        group=None,
        comparable_when="The source counted the same thing, of the same kind of leads, within the same time.",
        caveat="Its definition, its time and its leads are not known here.",
        year_published=entry.year,
    )


def _short(text: str) -> str:
    told = " ".join(text.split())
    return told if len(told) <= 60 else f"{told[:57]}..."
