"""Shares in small populations, of which a good part was asked: the more of them answered, the less is left to guess.

Whoever answered counts as if drawn by lot; :func:`bounds` and :func:`gap_bounds` tell what can be said without that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from alignment_metrics.stats.differences import log_quotient
from alignment_metrics.stats.intervals import normal_quantile, score_limits
from alignment_metrics.stats.rates import compare
from alignment_metrics.stats.scores import Score
from alignment_metrics.values import Comparison, Countable, Counts, Estimate

ASSUMPTIONS = (
    "Each person counts once, and those who answered are as if drawn by lot from their team.",
    "Nobody was put into a team at random, so a gap is an association and no proof of a cause.",
)
CENSUS = "census: everybody answered"
CORRECTED = "Wilson, finite-population correction"
SCORE = "score test, finite-population correction"


def rate(counts: Countable, population: int | None = None, *, confidence: float = 0.95) -> Estimate:
    """What share of a small population it is, and between which limits, where some or all of it was seen.

    Parameters
    ----------
    counts : Counts or Tally
        Those who were seen.
    population : int, optional
        How many there are in all; where nobody knows, the interval is Wilson's own.
    confidence : float
        Level of the two-sided interval.

    Returns
    -------
    Estimate
        A share of 1. Where everybody was seen, both limits are the share itself. Of nobody: ``nan`` between 0 and 1.

    Raises
    ------
    ValueError
        If there are fewer people than were seen, or ``confidence`` is not between 0 and 1.

    Notes
    -----
    Of ``n`` drawn from ``N`` without putting back, a share varies as if ``n (N - 1) / (N - n)`` had been drawn from an
    endless population, so Wilson's limits are taken at that number. Over all populations of 30 of which 20 answer, the
    interval of 95% holds the true share in 96% of all draws, and in 90% at worst; see ``tests/test_census.py``.

    References
    ----------
    Cochran (1977) Sampling Techniques, 3rd ed., sections 2.6 and 3.2; Wilson (1927) JASA 22:209.

    Examples
    --------
    12 of 20 who answered, of 30 in all, whose limits ``tests/reference/targets.R`` finds by search:

    >>> print(rate(Counts(12, 20), 30))
    60.0% [47.2%, 71.6%]
    """
    group, z = counts.counts(), normal_quantile(confidence)
    drawn = _Drawn.of(group, population)
    if not group.total:
        return Estimate(math.nan, 0.0, 1.0, 0, "share", drawn.method, confidence, hits=0)
    low, high = drawn.limits(z)
    return Estimate(drawn.share, low, high, group.total, "share", drawn.method, confidence, hits=group.hits)


def against(counts: Countable, population: int, target: float) -> Score:
    """How often chance alone would part the share of a small population as much from a target that is known.

    Parameters
    ----------
    counts : Counts or Tally
        Those who were seen.
    population : int
        How many there are in all.
    target : float
        A share of 1.

    Returns
    -------
    Score
        ``pvalue`` is two-sided, and below ``a`` where the interval of :func:`rate` at confidence ``1 - a`` leaves the
        target out. Where everybody was seen there is nothing to test: ``nan``, as for nobody.

    Raises
    ------
    ValueError
        If the target is not between 0 and 1, or there are fewer people than were seen.
    """
    if not 0 < target < 1:
        raise ValueError(f"a target must lie between 0 and 1, both excluded; got {target!r}, for 75% say 0.75.")
    group = counts.counts()
    drawn = _Drawn.of(group, population)
    if not group.total or math.isinf(drawn.worth):
        return Score(math.nan, math.nan, SCORE, group.total)
    z = (drawn.share - target) * math.sqrt(drawn.worth / (target * (1 - target)))
    return Score(z, math.erfc(abs(z) / math.sqrt(2)), SCORE, group.total)


def gap(
    left: Countable,
    left_population: int | None,
    right: Countable,
    right_population: int | None,
    *,
    confidence: float = 0.95,
) -> Comparison:
    """How far the shares of two small populations lie apart, left less right.

    Parameters
    ----------
    left, right : Counts or Tally
        Those who were seen.
    left_population, right_population : int or None
        How many there are in all, as in :func:`rate`.
    confidence : float
        Level of every two-sided interval.

    Returns
    -------
    Comparison
        Without populations that of :func:`~alignment_metrics.stats.rates.compare`. With one, the limits of the
        difference are Newcombe's, squared and added from those of :func:`rate`, those of the ratio likewise on the
        logarithms, and ``pvalue`` is of the pooled z with the corrected variance. Where everybody of both was seen
        nothing is left to chance, and ``pvalue`` is ``nan``.

    Raises
    ------
    ValueError
        As in :func:`rate`.

    Notes
    -----
    Of two teams of 30 that do not differ, 20 answering in each, ``pvalue`` falls below 0.05 in 4.4% of all draws, and
    in 9% at worst; see ``tests/test_census.py``.

    References
    ----------
    Newcombe (1998) Statistics in Medicine 17:873, method 10; Zou & Donner (2008) Statistics in Medicine 27:1693;
    Cochran (1977) Sampling Techniques, 3rd ed., section 3.2.
    """
    ours, theirs = (
        rate(left, left_population, confidence=confidence),
        rate(right, right_population, confidence=confidence),
    )
    one, other = _Drawn.of(left.counts(), left_population), _Drawn.of(right.counts(), right_population)
    if not (ours.n and theirs.n) or (one.method == other.method == "Wilson"):
        return compare(left, right, confidence=confidence)
    n = ours.n + theirs.n
    apart = ours.value - theirs.value
    difference = Estimate(
        apart,
        apart - math.hypot(ours.value - ours.low, theirs.high - theirs.value),
        apart + math.hypot(theirs.value - theirs.low, ours.high - ours.value),
        n,
        "difference",
        "Newcombe hybrid score, finite-population correction",
        confidence,
    )
    pvalue, method = _chance_alone(one, other)
    return Comparison(
        ours, theirs, difference, _log_ratio(one, other, ours, theirs), pvalue, method, assumptions=ASSUMPTIONS
    )


def bounds(counts: Countable, asked: int) -> tuple[float, float]:
    """Between which shares the whole lies, whatever those who did not answer would have said.

    Parameters
    ----------
    counts : Counts or Tally
        Those who answered.
    asked : int
        Those who were asked.

    Returns
    -------
    tuple of float
        The share of all who were asked if everybody else said no, and if everybody else said yes. Of nobody: 0 and 1.

    Raises
    ------
    ValueError
        If more answered than were asked.

    References
    ----------
    Manski (1989) Journal of Human Resources 24:343.

    Examples
    --------
    >>> bounds(Counts(12, 15), 20)
    (0.6, 0.85)
    """
    group = counts.counts()
    if asked < group.total:
        raise ValueError(
            f"{group.total:,} answered, but only {asked:,} were asked; give the number of all who were asked."
        )
    return (group.hits / asked, (group.hits + asked - group.total) / asked) if asked else (0.0, 1.0)


def gap_bounds(left: Countable, left_asked: int, right: Countable, right_asked: int) -> tuple[float, float]:
    """Between which differences, left less right, the truth lies, whatever those who did not answer would have said.

    Raises
    ------
    ValueError
        If more answered than were asked.

    Examples
    --------
    >>> gap_bounds(Counts(12, 15), 20, Counts(4, 10), 10)
    (0.2, 0.45)
    """
    (low, high), (least, most) = bounds(left, left_asked), bounds(right, right_asked)
    return round(low - most, 15), round(high - least, 15)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Some of a population, and how many draws from an endless one would tell as much."""

    group: Counts
    worth: float

    @classmethod
    def of(cls, group: Counts, population: int | None) -> _Drawn:
        if population is None:
            return cls(group, group.total)
        if population < group.total:
            raise ValueError(
                f"{group.total:,} answered, but there are only {population:,} in all; give the number of everybody, "
                "those who did not answer included."
            )
        left = population - group.total
        return cls(group, group.total * (population - 1) / left if left else math.inf)

    @property
    def share(self) -> float:
        return self.group.hits / self.group.total

    @property
    def method(self) -> str:
        return {float(self.group.total): "Wilson", math.inf: CENSUS}.get(self.worth, CORRECTED)

    def limits(self, z: float) -> tuple[float, float]:
        if math.isinf(self.worth):
            return self.share, self.share
        low, high = score_limits(self.share * self.worth, self.worth, z)
        return low, 1.0 if self.group.hits == self.group.total else high


def _chance_alone(left: _Drawn, right: _Drawn) -> tuple[float, str]:
    if math.isinf(left.worth) and math.isinf(right.worth):
        return math.nan, "no test: everybody answered"
    method = "pooled score z, finite-population correction"
    # Each weighs by what it is worth; against everybody there is nothing to pool.
    certain = next((side.share for side in (left, right) if math.isinf(side.worth)), None)
    worth = left.worth + right.worth
    pooled = (left.share * left.worth + right.share * right.worth) / worth if certain is None else certain
    apart = abs(left.share - right.share)
    error = math.sqrt(max(0.0, pooled * (1 - pooled)) * (1 / left.worth + 1 / right.worth))
    if not apart:
        return 1.0, method
    return (math.erfc(apart / error / math.sqrt(2)) if error else 0.0), method


def _log_ratio(one: _Drawn, other: _Drawn, ours: Estimate, theirs: Estimate) -> Estimate:
    n, hits = ours.n + theirs.n, (one.group.hits, other.group.hits)
    method = "squared and added on logarithms, finite-population correction"
    if hits == (0, 0):
        return Estimate(math.nan, -math.inf, math.inf, n, "log ratio", method, ours.confidence)
    value = log_quotient(hits[0] * theirs.n, hits[1] * ours.n)
    low, high = _log_low(ours, theirs), -_log_low(theirs, ours)
    return Estimate(value, min(low, value), max(high, value), n, "log ratio", method, ours.confidence)


def _log_low(ours: Estimate, theirs: Estimate) -> float:
    if not ours.low:
        return -math.inf
    if not theirs.value:
        # The ratio is infinite; the least it may be is that of the two limits that face each other.
        return math.log(ours.low / theirs.high) if theirs.high else math.inf
    return math.log(ours.value / theirs.value) - math.hypot(
        math.log(ours.value / ours.low), math.log(theirs.high / theirs.value)
    )
