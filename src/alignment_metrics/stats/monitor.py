"""What may be said of a rate that is looked at again and again. Every limit holds at all looks at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy import optimize, special

from alignment_metrics.stats.rates import normal_quantile
from alignment_metrics.values import Countable, Counts, Estimate

METHOD = "confidence sequence (beta-binomial mixture)"
UNIFORM = (1.0, 1.0)


def confidence_sequence(
    counts: Countable, *, confidence: float = 0.95, prior: tuple[float, float] = UNIFORM
) -> Estimate:
    """What share of the leads converts, within limits that hold however often, and whenever, one looks.

    An interval for a single look misses the true rate at some look, sooner or later; this one misses it at any look at
    all with a chance of no more than ``1 - confidence``. So one may look every week, and stop when one likes.

    Parameters
    ----------
    counts : Counts or Tally
        Leads whose time is over, in the order in which it ended: a lead that converts early must not be counted before
        one of the same age that has not converted.
    confidence : float
        That all limits ever drawn hold.
    prior : tuple of float
        Parameters of the beta distribution the rates are weighed by. Any is valid; one near the true rate gives
        narrower limits.

    Returns
    -------
    Estimate
        A share of 1. Of an empty group: ``nan`` between 0 and 1.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1, or a parameter of the prior is not above 0.

    Notes
    -----
    The limits hold the rates whose likelihood is above ``1 - confidence`` of the likelihood averaged over the prior.
    At the true rate that ratio is a martingale, if each lead converts with that chance whatever those before it did,
    and Ville's inequality bounds the chance that it ever gets so large.

    References
    ----------
    Robbins (1970) Annals of Mathematical Statistics 41:1397; Howard, Ramdas, McAuliffe & Sekhon (2021) Annals of
    Statistics 49:1055.

    Examples
    --------
    A single look would have given 6.4% to 20.0% (Clopper-Pearson), and weekly looks cost this much:

    >>> print(confidence_sequence(Counts(12, 100)))
    12.0% [4.0%, 25.4%]
    """
    normal_quantile(confidence)
    if not min(prior) > 0:
        raise ValueError(f"both parameters of the prior must be above 0; got {prior!r}, for no preference say (1, 1).")
    group = counts.counts()
    if not group.total:
        return Estimate(math.nan, 0.0, 1.0, 0, "share", METHOD, confidence, hits=0)
    nobody = Counts(0, 0)
    budget = _budget(group, confidence, prior)
    # Setting a group beside nobody, all the doubt is about the group.
    low = _parted(nobody, group, budget)[1]
    high = _parted(group, nobody, budget)[0]
    return Estimate(group.hits / group.total, low, high, group.total, "share", METHOD, confidence, hits=group.hits)


def change(baseline: Countable, periods: Sequence[Countable], *, confidence: float = 0.95) -> tuple[Estimate, ...]:
    """By how much the rate of each later period differs from the baseline's, however often one looks, for all of them.

    Parameters
    ----------
    baseline : Counts or Tally
        Leads of the time before, in the sense of :func:`confidence_sequence`; it may still grow, or have been closed
        when it was found large enough.
    periods : sequence of Counts or Tally
        Leads of each period after it, in order from the first, none left out. Any number may follow later.
    confidence : float
        That all limits hold, of every period there will ever be, at every look.

    Returns
    -------
    tuple of Estimate
        For each period the difference, period less baseline, in shares of 1. It is real where the limits leave out 0.
        Of an empty group: ``nan`` between -1 and 1.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1.

    Notes
    -----
    The product of the two groups' likelihood ratios (see :func:`confidence_sequence`) is a martingale at the true pair
    of rates, in whatever order the leads of both come in. The limits are those of the differences of all pairs for
    which it is below ``k * (k + 1) / (1 - confidence)`` in the ``k``-th period: the chances add up to
    ``1 - confidence`` over all periods without end. That is narrower than to subtract the ends of two sequences, unless
    the baseline has some 15 times the leads of the period.

    References
    ----------
    As for :func:`confidence_sequence`.
    """
    normal_quantile(confidence)
    before = baseline.counts()
    return tuple(
        _difference(before, period.counts(), confidence, 1 - (1 - confidence) / (k * (k + 1)))
        for k, period in enumerate(periods, 1)
    )


def _difference(before: Counts, after: Counts, confidence: float, share: float) -> Estimate:
    n = before.total + after.total
    if not (before.total and after.total):
        return Estimate(math.nan, -1.0, 1.0, 0, "difference", METHOD, confidence)
    budget = _budget(before, share, UNIFORM) + _budget(after, 0.0, UNIFORM)
    down, up = _parted(before, after, budget), _parted(after, before, budget)
    value = after.hits / after.total - before.hits / before.total
    # Rounding may push a limit past the value where the interval is narrower than the last digit.
    low, high = min(down[1] - down[0], value), max(up[0] - up[1], value)
    return Estimate(value, low, high, n, "difference", METHOD, confidence)


def _budget(group: Counts, confidence: float, prior: tuple[float, float]) -> float:
    """By how much the logarithm of the likelihood may fall short of its maximum."""
    hits, misses = group.hits, group.total - group.hits
    most = special.xlogy(hits, hits / group.total) + special.xlogy(misses, misses / group.total)
    averaged = special.betaln(hits + prior[0], misses + prior[1]) - special.betaln(*prior)
    # The average is never above the maximum, but for rounding.
    return max(0.0, float(most - averaged)) - math.log1p(-confidence)


def _parted(upper: Counts, lower: Counts, budget: float) -> tuple[float, float]:
    """The two rates that lie farthest apart, the first group's above, of those that the budget allows.

    At such rates the likelihood of the one falls as steeply as that of the other: each is the root of a quadratic in
    that slope, and the search runs over the slope alone.
    """

    def spent(slope: float) -> float:
        return _shortfall(upper, _raised(upper, slope)) + _shortfall(lower, _sunk(lower, slope)) - budget

    most = 1.0
    while spent(most) < 0:
        most *= 2
        if most > 1e300:
            # Nothing but hits above and nothing but misses below: they are as far apart as rates can be.
            return _raised(upper, most), _sunk(lower, most)
    slope = float(optimize.brentq(spent, 0.0, most, xtol=1e-300, rtol=1e-14))
    return _raised(upper, slope), _sunk(lower, slope)


def _raised(group: Counts, slope: float) -> float:
    """The rate above the group's own at which ``n * p - hits = slope * p * (1 - p)``."""
    return 1 - _sunk(Counts(group.total - group.hits, group.total), slope)


def _sunk(group: Counts, slope: float) -> float:
    """The rate below the group's own at which ``hits - n * p = slope * p * (1 - p)``."""
    if not group.hits:
        return 0.0
    middle = group.total + slope
    return 2 * group.hits / (middle + math.sqrt(middle * middle - 4 * slope * group.hits))


def _shortfall(group: Counts, share: float) -> float:
    """By how much this rate explains the group worse than its own does, as a logarithm."""
    hits, misses = group.hits, group.total - group.hits
    if not group.total or share == hits / group.total:
        return 0.0
    if (hits and share <= 0) or (misses and share >= 1):
        return math.inf
    moved = share - hits / group.total
    gained = hits * math.log1p(moved * group.total / hits) if hits else 0.0
    lost = misses * math.log1p(-moved * group.total / misses) if misses else 0.0
    return max(0.0, -gained - lost)
