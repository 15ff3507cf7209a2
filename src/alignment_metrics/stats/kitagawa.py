"""How much of a gap between two groups is their mix of leads and how much their rates. Nothing here is a test."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from alignment_metrics.stats.rates import compare
from alignment_metrics.stats.strata import Strata, comparable, standardise
from alignment_metrics.values import Counts, Estimate, Group

Turn = Literal["reversed", "not reversed", "not distinguishable"]


@dataclass(frozen=True, slots=True)
class Split:
    """The crude gap (left - right) between two groups, in two parts.

    Parameters
    ----------
    mix : float
        What of it lies in the left having more leads of some strata and fewer of others.
    rate : float
        What of it lies in the rates within strata.
    strata : int
        Strata that hold both groups; the gap is that of their leads.
    n : int
        Leads they hold.
    left_out : tuple of (Group, int)
        The other strata, each with its leads.
    """

    mix: float
    rate: float
    strata: int
    n: int
    left_out: tuple[tuple[Group, int], ...]

    @property
    def crude(self) -> float:
        return self.mix + self.rate


@dataclass(frozen=True, slots=True)
class Reversal:
    """The difference as it comes and at the same mix, both of the strata that hold both groups.

    Parameters
    ----------
    verdict : {"reversed", "not reversed", "not distinguishable"}
        As :func:`turn` says of the two; ``"not distinguishable"`` where there is nothing to compare.
    crude, adjusted : Estimate
        Newcombe's, and standardised to all leads.
    against : tuple of Group
        The strata in which the difference has the other sign than the crude one.
    """

    verdict: Turn
    crude: Estimate
    adjusted: Estimate
    against: tuple[Group, ...]


def kitagawa(strata: Strata) -> Split:
    """How the gap between the rates of two groups comes apart into their mix and their rates.

    Parameters
    ----------
    strata : sequence of (Group, Counts, Counts)
        The stratum, its left leads, its right leads.

    Returns
    -------
    Split
        In shares of 1; ``nan`` where no stratum holds both groups.

    Notes
    -----
    Each stratum's part of the mix is the difference of its shares of the two groups, times the mean of its two rates;
    of the rate, the difference of its rates times the mean of its two shares. So neither group is the standard, and
    nothing is left over.

    References
    ----------
    Kitagawa (1955) JASA 50:1168.

    Examples
    --------
    Kidney stones, Charig et al. (1986) BMJ 292:879: surgery came out 4.6 points worse than the puncture, for it was
    given the large stones (-9.9 points), although it removed more of either kind (+5.4):

    >>> small = ((("stones", "small"),), Counts(81, 87), Counts(234, 270))
    >>> large = ((("stones", "large"),), Counts(192, 263), Counts(55, 80))
    >>> split = kitagawa([small, large])
    >>> print(f"{split.crude:.3f} = {split.mix:.3f} + {split.rate:.3f}")
    -0.046 = -0.099 + 0.054
    """
    usable, left_out = comparable(strata)
    every, other = _together(left for _, left, _ in usable), _together(right for _, _, right in usable)
    parts = [
        ((left.total / every.total, right.total / other.total), (left.hits / left.total, right.hits / right.total))
        for _, left, right in usable
    ]
    mix = math.fsum((share - theirs) * (one + two) / 2 for (share, theirs), (one, two) in parts)
    rate = math.fsum((one - two) * (share + theirs) / 2 for (share, theirs), (one, two) in parts)
    nothing = not usable
    return Split(
        mix=math.nan if nothing else mix,
        rate=math.nan if nothing else rate,
        strata=len(usable),
        n=every.total + other.total,
        left_out=left_out,
    )


def turn(crude: Estimate, adjusted: Estimate) -> Turn:
    """Whether an adjusted difference has the other sign than the crude one, beyond what chance would do.

    Parameters
    ----------
    crude, adjusted : Estimate
        Each with the interval that is told of it; where leads come in clusters, the one that allows for that.

    Returns
    -------
    {"reversed", "not reversed", "not distinguishable"}
        ``"reversed"`` where the two signs differ and both intervals leave out 0; ``"not distinguishable"`` where the
        signs differ and one does not; ``"not reversed"`` where the signs are the same or one difference is 0.

    Examples
    --------
    >>> crude = Estimate(-0.05, -0.09, -0.01, 900, "difference", "Newcombe", 0.95)
    >>> turn(crude, Estimate(0.05, 0.01, 0.09, 900, "difference", "normal", 0.95))
    'reversed'
    >>> turn(crude, Estimate(0.05, -0.01, 0.11, 900, "difference", "cluster-robust t", 0.95))
    'not distinguishable'
    """
    if not crude.value * adjusted.value < 0:
        return "not reversed"
    beyond = all(one.low > 0 or one.high < 0 for one in (crude, adjusted))
    return "reversed" if beyond else "not distinguishable"


def reversal(strata: Strata, *, confidence: float = 0.95) -> Reversal:
    """Whether the difference changes its sign once both groups have the same mix of leads (Simpson's paradox).

    Parameters
    ----------
    strata : sequence of (Group, Counts, Counts)
        The stratum, its left leads, its right leads.
    confidence : float
        Level of both intervals.

    Returns
    -------
    Reversal

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1.

    References
    ----------
    Simpson (1951) JRSS B 13:238; Julious & Mullee (1994) BMJ 309:1480 (the kidney stones).

    Examples
    --------
    Both kinds of kidney stones speak against the crude difference, but 700 patients are too few to tell:

    >>> small = ((("stones", "small"),), Counts(81, 87), Counts(234, 270))
    >>> large = ((("stones", "large"),), Counts(192, 263), Counts(55, 80))
    >>> found = reversal([small, large])
    >>> found.verdict, len(found.against)
    ('not distinguishable', 2)
    """
    usable, _ = comparable(strata)
    left, right = _together(left for _, left, _ in usable), _together(right for _, _, right in usable)
    crude = compare(left, right, confidence=confidence).difference
    adjusted = standardise(usable, by=(), confidence=confidence).difference
    verdict = turn(crude, adjusted) if usable else "not distinguishable"
    return Reversal(verdict, crude, adjusted, _against(usable, left, right))


def reversed_in(strata: Strata) -> tuple[Group, ...]:
    """The strata in which the difference has the other sign than that of all strata with both groups together."""
    usable, _ = comparable(strata)
    return _against(usable, _together(one for _, one, _ in usable), _together(one for _, _, one in usable))


def _against(usable: Strata, left: Counts, right: Counts) -> tuple[Group, ...]:
    crude = _ahead(left, right)
    return tuple(sorted(key for key, one, other in usable if _ahead(one, other) * crude < 0))


def _ahead(left: Counts, right: Counts) -> int:
    """The sign of the difference, in whole numbers: rounding must not turn equal rates into a difference."""
    return left.hits * right.total - right.hits * left.total


def _together(sides: Iterable[Counts]) -> Counts:
    return sum(sides, start=Counts(0, 0))
