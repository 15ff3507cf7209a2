"""The life table of a wait: how many leads it ended for, at which age, and in which way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from types import MappingProxyType

CONVERTED, OPEN = "converted", "open"
_NO_EXITS: Mapping[str, tuple[int, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Ages:
    """Leads by whole day of age and by what ended their wait on that day. Adds like every sufficient statistic.

    A lead is watched from its age 0, that day included, unless it came under watch late: whoever is counted in
    ``entered`` at day 10 is watched from day 11 on. Rows in which nothing happened are dropped, so two tables of the
    same leads are equal.

    Parameters
    ----------
    day : sequence of int
        Ages in whole days, 0 or more, ascending.
    converted : sequence of int
        Leads that converted at that age.
    exited : mapping of str to sequence of int
        For each kind of exit, the leads that left by it at that age.
    censored : sequence of int
        Leads still open at that age, which was the last that could be seen of them.
    entered : sequence of int, optional
        Leads whose watch began only after that age, because the export starts mid-way. Left out: none.

    Raises
    ------
    ValueError
        If the columns differ in length, the days do not ascend, a number is negative or not whole, or more waits ended
        at some age than leads were under watch.

    Examples
    --------
    >>> Ages([0, 3], [1, 2], {"lost": [0, 1]}, [0, 4]) + Ages([3], [1], {"disqualified": [2]}, [0])
    Ages(day=(0, 3), converted=(1, 3), exited={'disqualified': (0, 2), 'lost': (0, 1)}, censored=(0, 4))
    """

    day: Sequence[int]
    converted: Sequence[int]
    exited: Mapping[str, Sequence[int]] = field(default_factory=dict)
    censored: Sequence[int] = ()
    entered: Sequence[int] = ()

    def __post_init__(self) -> None:
        size = len(self.day)
        nothing = [0] * size
        columns = {
            "converted": self.converted,
            "censored": self.censored if len(self.censored) else nothing,
            "entered": self.entered if len(self.entered) else nothing,
            **{f"exited {name}": column for name, column in self.exited.items()},
        }
        for name, column in columns.items():
            if len(column) != size:
                raise ValueError(f"{name} has {len(column)} rows and day has {size}; give one number a day.")
        whole = {name: tuple(map(int, column)) for name, column in columns.items()}
        for name, column in columns.items():
            if any(number < 0 or number != seen for number, seen in zip(whole[name], column, strict=True)):
                raise ValueError(f"{name} must hold whole numbers, 0 or more.")
        days = tuple(map(int, self.day))
        if list(days) != sorted(set(self.day)) or min(days, default=0) < 0:
            raise ValueError("the days must be whole numbers, 0 or more, ascending, each once.")
        kept = [at for at in range(size) if any(column[at] for column in whole.values())]
        rows = {name: tuple(column[at] for at in kept) for name, column in whole.items()}
        object.__setattr__(self, "day", tuple(days[at] for at in kept))
        for name in ("converted", "censored", "entered"):
            object.__setattr__(self, name, rows[name])
        # An exit that nobody took is no exit of these leads; the order of the names is nothing.
        exits = {name: rows[f"exited {name}"] for name in sorted(self.exited) if any(rows[f"exited {name}"])}
        object.__setattr__(self, "exited", MappingProxyType(exits))
        gone = map(sum, zip(self.ended, self.censored, strict=True))
        if any(watched < left for watched, left in zip(self.at_risk, gone, strict=True)):
            raise ValueError("at some age more waits ended than leads were under watch by then.")

    @classmethod
    def of(cls, day: Iterable[int], ended: Iterable[str], *, entered: Iterable[int | None] | None = None) -> Ages:
        """The table of single leads.

        Parameters
        ----------
        day : iterable of int
            The age at which the wait of each lead ended.
        ended : iterable of str
            How: ``"converted"``, ``"open"``, or the name of an exit.
        entered : iterable of int or None, optional
            The age after which each lead was watched; None, or left out: from its first day.

        Examples
        --------
        >>> Ages.of([0, 4, 4], ["converted", "open", "lost"]).at_risk
        (3, 2)
        """
        days, ends = list(day), list(ended)
        late: Counter[int] = Counter(after for after in entered or () if after is not None)
        counted = Counter(zip(days, ends, strict=True))
        rows = sorted({*days, *late})

        def column(name: str) -> list[int]:
            return [counted[at, name] for at in rows]

        exits = {name: column(name) for name in dict.fromkeys(ends) if name not in (CONVERTED, OPEN)}
        return cls(rows, column(CONVERTED), exits, column(OPEN), [late[at] for at in rows])

    @property
    def n(self) -> int:
        """Leads in the table."""
        return sum(self.ended) + sum(self.censored)

    @property
    def ended(self) -> tuple[int, ...]:
        """Leads whose wait ended on each day, in whatever way."""
        return tuple(map(sum, zip(self.converted, *self.exited.values(), strict=True)))

    @property
    def at_risk(self) -> tuple[int, ...]:
        """Leads that were under watch at the start of each day, and whose wait had not ended before."""
        gone = [a + b - c for a, b, c in zip(self.ended, self.censored, self.entered, strict=True)]
        # Whoever comes under watch after a day is not yet there on it.
        return tuple(accumulate(reversed(gone)))[::-1]

    def __add__(self, other: Ages) -> Ages:
        if not isinstance(other, Ages):
            return NotImplemented
        days = sorted({*self.day, *other.day})

        def summed(ours: Sequence[int], theirs: Sequence[int]) -> list[int]:
            total = Counter(dict(zip(self.day, ours, strict=False)))
            total.update(dict(zip(other.day, theirs, strict=False)))
            return [total[at] for at in days]

        exits = {
            name: summed(self.exited.get(name, ()), other.exited.get(name, ()))
            for name in dict.fromkeys((*self.exited, *other.exited))
        }
        return Ages(
            days,
            summed(self.converted, other.converted),
            exits,
            summed(self.censored, other.censored),
            summed(self.entered, other.entered),
        )

    def either_way(self) -> Ages:
        """The same leads, every end of the wait counted as a conversion: how long they waited at all."""
        return Ages(self.day, self.ended, {}, self.censored, self.entered)

    def __repr__(self) -> str:
        late = f", entered={self.entered}" if any(self.entered) else ""
        exits = f"exited={dict(self.exited)}, censored={self.censored}"
        return f"Ages(day={self.day}, converted={self.converted}, {exits}{late})"
