"""The way from one definition's number to another's as a frame, for a waterfall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alignment_metrics.values import Estimate, Finding

if TYPE_CHECKING:
    import pandas as pd

KEYS = ("from", "to", "choice")


def ways(finding: Finding) -> dict[tuple[str, str], pd.DataFrame]:
    """How one number becomes another, for each pair of definitions that ``reconcile.gap`` tells of.

    Parameters
    ----------
    finding : Finding

    Returns
    -------
    dict of (str, str) to DataFrame
        From which definition to which. One column ``value``: the first number as a share of 1, what each choice adds,
        the largest part first, and the last number. Choices that add nothing are left out; so are pairs that agree, and
        those of which the parts cannot be told.
    """
    import pandas as pd

    ends = {dict(group).get("definition"): one for group, one in finding.estimates if len(group) < len(KEYS)}
    found: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for group, one in finding.estimates:
        if tuple(key for key, _ in group) == KEYS and one.value:
            (_, start), (_, stop), (_, choice) = group
            found.setdefault((start, stop), []).append((choice, one.value))
    frames = {}
    for (start, stop), parts in found.items():
        # What is no team's and no extreme is the number of the charter, which stands for all leads.
        first, last = _share(ends.get(start, ends.get(None))), _share(ends.get(stop))
        rows = [(start, first), *parts, (stop, last)]
        if all(value == value for _, value in rows):
            names = pd.Index([name for name, _ in rows], dtype=object)
            frames[start, stop] = pd.DataFrame({"value": [value for _, value in rows]}, index=names)
    return frames


def _share(one: Estimate | None) -> float:
    # Of a period there is no share of the leads, but a number for each of them all the same.
    return one.hits / one.n if one and one.hits is not None and one.n else float("nan")
