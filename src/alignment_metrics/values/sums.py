"""The sufficient statistics: what leaves the engine. They add with ``+``, and nothing else leaves it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


class Countable(Protocol):
    """Anything that sums to one :class:`Counts`: a ``Counts`` itself, or a ``Tally``."""

    def counts(self) -> Counts: ...


@dataclass(frozen=True, slots=True, order=True)
class Counts:
    """How many of ``total`` leads were ``hits``.

    Parameters
    ----------
    hits, total : int
        Leads; ``0 <= hits <= total``.

    Examples
    --------
    >>> Counts(81, 263) + Counts(9, 37)
    Counts(hits=90, total=300)
    """

    hits: int
    total: int

    def __post_init__(self) -> None:
        # Engines hand back numpy integers; 32-bit ones overflow in the formulas further down.
        object.__setattr__(self, "hits", _whole(self.hits, "hits"))
        object.__setattr__(self, "total", _whole(self.total, "total"))
        if not 0 <= self.hits <= self.total:
            raise ValueError(f"hits must lie between 0 and total; got hits={self.hits}, total={self.total}.")

    def __add__(self, other: Counts) -> Counts:
        if not isinstance(other, Counts):
            return NotImplemented
        return Counts(self.hits + other.hits, self.total + other.total)

    def counts(self) -> Counts:
        return self


@dataclass(frozen=True, slots=True)
class Moments:
    """Number, sum and sum of squares of a quantity (money, touches, days).

    Examples
    --------
    >>> Moments.of([1.0, 2.0]) + Moments.of([4.0])
    Moments(n=3, sum=7.0, sum_sq=21.0)
    """

    n: int
    sum: float
    sum_sq: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", _whole(self.n, "n"))
        if self.n < 0 or self.sum_sq < 0 or (self.n == 0 and (self.sum or self.sum_sq)):
            raise ValueError(f"not the sums of any numbers: n={self.n}, sum={self.sum}, sum_sq={self.sum_sq}.")

    @classmethod
    def of(cls, numbers: Iterable[float]) -> Moments:
        numbers = list(numbers)
        return cls(len(numbers), math.fsum(numbers), math.fsum(x * x for x in numbers))

    def __add__(self, other: Moments) -> Moments:
        if not isinstance(other, Moments):
            return NotImplemented
        return Moments(self.n + other.n, self.sum + other.sum, self.sum_sq + other.sum_sq)


def _whole(number: int, name: str) -> int:
    whole = int(number)
    if whole != number or isinstance(number, bool):
        raise ValueError(f"{name} must be a whole number; got {number!r}.")
    return whole
