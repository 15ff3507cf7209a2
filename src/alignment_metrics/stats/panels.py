"""Several life tables read on the same days: what happened in each group among those at risk there.

Every row is a day on which some wait ended, so the rows of different strata only have to be put below each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from alignment_metrics.charter.grammar import shown
from alignment_metrics.values import Ages
from alignment_metrics.values.ages import CONVERTED

Array = NDArray[np.float64]
Parts = Sequence[Mapping[str, Ages]]


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Groups side by side: one row a day, one column a group.

    Parameters
    ----------
    day : array of shape (days,)
        Ages on which the wait of some lead ended.
    events, others : array of shape (days, groups)
        Leads whose wait ended on that day in the way asked for, and in any other way.
    at_risk : array of shape (days, groups)
        Leads under watch at the start of the day whose wait had not ended.
    """

    day: Array
    events: Array
    others: Array
    at_risk: Array


def names_of(parts: Parts) -> tuple[str, ...]:
    """The groups of all parts, in the order they come in."""
    return tuple(dict.fromkeys(name for part in parts for name in part))


def leads_of(parts: Parts, *names: str) -> int:
    """Leads of these groups in all parts."""
    return sum(part[name].n for part in parts for name in names if name in part)


def one_of_ends(parts: Parts, ended: str) -> None:
    """Refuses an end of the wait that no lead of any part had; a conversion may always be asked for.

    Raises
    ------
    ValueError
        With the ends there are.
    """
    known = dict.fromkeys(
        [CONVERTED, *sorted({name for part in parts for ages in part.values() for name in ages.exited})]
    )
    if ended not in known:
        raise ValueError(f"no wait ended by {shown(ended)}; choose one of {', '.join(map(shown, known))}.")


def panel(parts: Parts, names: Sequence[str], ended: str = CONVERTED) -> Panel:
    """The life tables of these groups on common days, those of all parts added.

    Parameters
    ----------
    parts : sequence of mapping of str to Ages
        The life table of each group.
    names : sequence of str
        The columns, in order. A group without leads is an empty column.
    ended : str
        The end of the wait that is asked for: ``"converted"`` or the name of an exit.
    """
    tables = [(column, part[name]) for part in parts for column, name in enumerate(names) if name in part]
    days = np.unique(np.concatenate([np.empty(0), *(np.asarray(ages.day, float) for _, ages in tables)]))
    events, others, gone = (np.zeros((days.size, len(names))) for _ in range(3))
    for column, ages in tables:
        row = np.searchsorted(days, ages.day)
        ends = ended_by(ages, ended)
        events[row, column] += ends
        others[row, column] += np.subtract(ages.ended, ends)
        gone[row, column] += np.add(ages.ended, ages.censored) - np.asarray(ages.entered, float)
    at_risk = np.cumsum(gone[::-1], axis=0)[::-1]
    kept = (events + others).any(axis=1)
    return Panel(days[kept], events[kept], others[kept], at_risk[kept])


def ended_by(ages: Ages, ended: str) -> Sequence[int]:
    """Leads whose wait ended in this way, one number a row of the table."""
    return ages.converted if ended == CONVERTED else ages.exited.get(ended, (0,) * len(ages.day))


def stacked(panels: Sequence[Panel]) -> Panel:
    """The rows of all panels, one below the other."""
    return Panel(*(np.concatenate([getattr(one, column.name) for one in panels]) for column in fields(Panel)))
