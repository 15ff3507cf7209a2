"""What is worked out from the sums: numbers with their intervals, and two of them side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

Group = tuple[tuple[str, str], ...]


def group(keys: Mapping[str, str]) -> Group:
    """A group of leads as a hashable value: ``{"source": "referral"}`` becomes ``(("source", "referral"),)``."""
    return tuple(keys.items())


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number, the interval around it, and how both were found.

    Parameters
    ----------
    value, low, high : float
        In ``unit``. Of an empty group: ``nan``, and the widest interval there is.
    n : int
        Leads it rests on.
    unit : str
        ``"share"`` (of 1), ``"difference"`` (of two shares), ``"ratio"``, ``"days"``, or a currency code.
    method : str
        Of the interval, by the name the field gives it.
    confidence : float
        Level of the interval, between 0 and 1.
    hits : int, optional
        Where the value is ``hits / n``.
    """

    value: float
    low: float
    high: float
    n: int
    unit: str
    method: str
    confidence: float
    hits: int | None = None

    def __str__(self) -> str:
        if self.n == 0:
            return "no leads"
        if math.isnan(self.value):
            return f"no rate of {self.n:,} leads"
        show = {"share": _percent, "difference": _points}.get(self.unit, _plain)
        return f"{show(self.value)} [{show(self.low)}, {show(self.high)}]"

    def __neg__(self) -> Estimate:
        return replace(self, value=-self.value, low=-self.high, high=-self.low)


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A difference after both groups were given the same mix of ``by``.

    ``left_out`` lists each stratum that could not be used, with its leads: ``(group, n)``. ``decides`` tells whether
    the strata that could be used hold enough of the leads for the difference to speak for all of them.
    """

    difference: Estimate
    by: tuple[str, ...]
    method: str
    strata: int
    left_out: tuple[tuple[Group, int], ...] = ()
    decides: bool = True

    def __neg__(self) -> Adjusted:
        return replace(self, difference=-self.difference)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two groups set side by side: ``difference`` is ``left - right``, ``ratio`` is ``left / right``.

    ``-comparison`` is the same comparison with the sides swapped, bit for bit, which is why the ratio is kept as a
    logarithm: ``1 / (1 / x)`` need not be ``x``, but ``-(-x)`` is.
    """

    left: Estimate
    right: Estimate
    difference: Estimate
    log_ratio: Estimate
    pvalue: float
    method: str
    adjusted: Adjusted | None = None
    assumptions: tuple[str, ...] = ()

    @property
    def ratio(self) -> Estimate:
        log = self.log_ratio
        return replace(log, value=_exp(log.value), low=_exp(log.low), high=_exp(log.high), unit="ratio")

    def __neg__(self) -> Comparison:
        return replace(
            self,
            left=self.right,
            right=self.left,
            difference=-self.difference,
            log_ratio=-self.log_ratio,
            adjusted=None if self.adjusted is None else -self.adjusted,
        )

    def __str__(self) -> str:
        return f"{self.left} against {self.right}: difference {self.difference}, p = {self.pvalue:.2g} ({self.method})"


@dataclass(frozen=True, slots=True)
class Significance:
    """The outcome of a test of several groups at once.

    Parameters
    ----------
    statistic : float
        On the chi-square scale.
    df : int
        Degrees of freedom.
    pvalue : float
        ``nan`` where nothing could be tested.
    method : str
        By the name the field gives it.
    n : int
        Leads it rests on.
    """

    statistic: float
    df: int
    pvalue: float
    method: str
    n: int

    def __str__(self) -> str:
        return f"chi-square {self.statistic:.2f} on {self.df} df, p = {self.pvalue:.2g} ({self.method})"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _points(difference: float) -> str:
    return f"{round(100 * difference, 1) + 0.0:+.1f} points"


def _plain(number: float) -> str:
    return f"{number:,.2f}"


def _exp(log: float) -> float:
    return math.inf if log > 709 else math.exp(log)
