"""The nouns that flow through the package. Nothing here computes an interval, runs a query or writes a sentence.

Sufficient statistics (:class:`Counts`, :class:`Moments`) add with ``+``; everything else is a frozen record.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, get_args

Verdict = Literal[
    "measured",
    "higher",
    "lower",
    "no_difference_shown",
    "equivalent",
    "kept",
    "broken",
    "within_range",
    "not_comparable",
    "not_enough_data",
    "does_not_apply",
]
VERDICTS: tuple[str, ...] = get_args(Verdict)


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
class Citation:
    """A published number and where it comes from.

    Parameters
    ----------
    id : str
        Stable name.
    claim : str
        What it says, in one sentence of ours.
    metric : str
        What was measured, e.g. ``"mql_to_sql_rate"``.
    value : float or None
        In ``unit``; shares are of 1. None where the number itself was never seen: such a citation can only be shown.
    grade : str
        ``A`` primary source seen with method and n; ``B`` primary identified but seen second-hand, or without n;
        ``C`` second-hand only; ``D`` disputed or untraceable.
    use : str
        ``compare``, ``context``, ``definition`` or ``warn_only``.
    year : int or None
        Of the data where known, else of publication.
    n : int or None
        Respondents, firms or records behind the number (``n_note`` says which); None where it was not published.
    comparable_when : str
        What an organisation must compute for the two numbers to mean the same.
    caveat : str
        What would make them not comparable.
    """

    id: str
    claim: str
    metric: str
    value: float | None
    unit: str | None
    grade: str
    use: str
    publisher: str
    title: str | None
    url: str | None
    year: int | None
    n: int | None
    n_note: str | None
    population: str | None
    group: str | None
    comparable_when: str
    caveat: str


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Our number beside a published one."""

    citation: Citation
    ours: Estimate


Group = tuple[tuple[str, str], ...]


def group(keys: Mapping[str, str]) -> Group:
    """A group of leads as a hashable value: ``{"source": "referral"}`` becomes ``(("source", "referral"),)``."""
    return tuple(keys.items())


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim of the audit, or why there is none.

    Parameters
    ----------
    code : str
        Stable, e.g. ``"conversion.mql_to_sql"``.
    question, claim : str
        In words for a client.
    verdict : str
        One of ``VERDICTS``.
    estimates : tuple of (Group, Estimate)
        The overall group ``()`` first, then the breakdown, sorted.
    because : str or None
        Why there is no answer; required where the verdict says so.
    differs : bool
        Whether the groups of ``estimates`` differ by more than chance explains. Only then may their spread be shown as
        the news.
    """

    code: str
    question: str
    verdict: Verdict
    claim: str
    estimates: tuple[tuple[Group, Estimate], ...] = ()
    comparison: Comparison | None = None
    compared: tuple[Group, Group] | None = None
    benchmark: Benchmark | None = None
    because: str | None = None
    advice: str | None = None
    notes: tuple[str, ...] = ()
    sql: tuple[str, ...] = field(default=(), repr=False)
    differs: bool = False

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"unknown verdict {self.verdict!r}; it is one of {', '.join(VERDICTS)}.")
        refused = self.verdict in ("not_comparable", "not_enough_data", "does_not_apply")
        if refused and not self.because:
            raise ValueError(f"{self.code}: the verdict {self.verdict!r} needs a because.")

    @property
    def chapter(self) -> str:
        return self.code.partition(".")[0]

    def __str__(self) -> str:
        told = [self.question, f"{self.verdict.replace('_', ' ')}: {self.claim}"]
        told += [f"because {self.because}"] if self.because else []
        wrapped = [textwrap.fill(line, 110) for line in told]
        wrapped += [textwrap.fill(note, 110, initial_indent="- ", subsequent_indent="  ") for note in self.notes]
        return "\n".join(wrapped)


def _whole(number: int, name: str) -> int:
    whole = int(number)
    if whole != number or isinstance(number, bool):
        raise ValueError(f"{name} must be a whole number; got {number!r}.")
    return whole


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _points(difference: float) -> str:
    return f"{round(100 * difference, 1) + 0.0:+.1f} points"


def _plain(number: float) -> str:
    return f"{number:,.2f}"


def _exp(log: float) -> float:
    return math.inf if log > 709 else math.exp(log)
