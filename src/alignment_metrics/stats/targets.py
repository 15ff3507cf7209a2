"""A number that somebody else published, taken for fixed: how ours stands to it, and what its own doubt would change.

Whether a rate is that of a fixed number is asked in :func:`~alignment_metrics.stats.rates.against`; here is the rest.
"""

from __future__ import annotations

import math
from fractions import Fraction

from scipy import special

from alignment_metrics.stats.means import STUDENT, variance
from alignment_metrics.stats.rates import normal_quantile
from alignment_metrics.stats.scores import Score
from alignment_metrics.values import Countable, Counts, Estimate, Moments

STUDENT_TEST = "one-sample t-test"


def tipping_point(counts: Countable, target: float, *, confidence: float = 0.95) -> int | None:
    """The fewest leads behind a published rate at which ours would differ from it by more than chance.

    Parameters
    ----------
    counts : Counts or Tally
        Our leads.
    target : float
        The published rate, a share of 1, of which nobody said on how many leads it rests.
    confidence : float
        1 less the level of the two-sided test.

    Returns
    -------
    int or None
        From this many leads on, :func:`z_at` lies beyond the quantile of the level. None where no number would do, as
        the rate does not even differ from a target that is known for certain; and for an empty group.

    Raises
    ------
    ValueError
        If the target or the confidence is not between 0 and 1.

    Notes
    -----
    The published hits are the rate times the leads, not rounded. The answer is exact: whole numbers are weighed, so
    that it is right to the last lead where there are thousands of millions.

    Examples
    --------
    45 of 600 against a published 10%:

    >>> tipping_point(Counts(45, 600), 0.10)
    5508
    """
    group, share = counts.counts(), _share(target)
    height = Fraction(normal_quantile(confidence)) ** 2
    if not group.total:
        return None
    gap = Fraction(group.hits, group.total) - share
    hits, misses = group.hits, group.total - group.hits
    # z grows with n. Let u be the published part of all leads, n / (m + n): the pooled share moves from ours to theirs
    # as u goes from 0 to 1, and z^2 is m * gap^2 over (a(1-a) / u + (t-a)(1-2a) - u(t-a)^2), whose terms all fall.
    # So "z^2 > height" is the quadratic below being positive, and it is so from one n on or never.
    square = gap**2 * group.total - height * share * (1 - share)
    linear = gap**2 * group.total**2 - height * (hits * (1 - share) + share * misses)
    constant = height * hits * misses
    # Where the square is nothing, the linear part is -m height ((a-t)^2 + a(1-a)), so never more than nothing either.
    if square <= 0:
        return None

    def beyond(n: int) -> bool:
        return (square * n + linear) * n > constant

    most = 1
    while not beyond(most):
        most *= 2
    least = most // 2
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if beyond(middle) else (middle, most)
    return most


def z_at(counts: Countable, target: float, n: int) -> float:
    """Standard errors by which our rate would lie above a published one that rests on ``n`` leads (pooled variance).

    Returns
    -------
    float
        0 where both rates are 0, or both 1; ``nan`` for an empty group.

    Raises
    ------
    ValueError
        If the target is not between 0 and 1, or ``n`` is not positive.
    """
    share = float(_share(target))
    if n < 1:
        raise ValueError(f"a published rate rests on at least one lead; got n = {n:,}.")
    group = counts.counts()
    if not group.total:
        return math.nan
    pooled = (group.hits + share * n) / (group.total + n)
    gap = group.hits / group.total - share
    return gap / math.sqrt(pooled * (1 - pooled) * (1 / group.total + 1 / n)) if gap else 0.0


def equivalent_to(counts: Countable, target: float, margin: float) -> float:
    """How surely a rate lies less than the margin from a target: the larger p-value of two one-sided exact tests.

    Parameters
    ----------
    counts : Counts or Tally
        Leads.
    target : float
        A share of 1.
    margin : float
        A share of 1, agreed before looking; 0.02 is two points.

    Returns
    -------
    float
        Below ``a`` where both limits of the exact (Clopper-Pearson) interval at confidence ``1 - 2a`` lie within the
        margin. A side of the margin that lies beyond 0 or 1 cannot be passed, so it is not tested. ``nan`` of an empty
        group.

    Raises
    ------
    ValueError
        If the target or the margin is not between 0 and 1.

    References
    ----------
    Schuirmann (1987) Journal of Pharmacokinetics and Biopharmaceutics 15:657.
    """
    share = _share(target)
    if not 0 < margin < 1:
        raise ValueError(f"a margin must lie between 0 and 1, both excluded; got {margin!r}, for 2 points say 0.02.")
    group = counts.counts()
    if not group.total:
        return math.nan
    # In decimals as they were typed: 0.3 - 0.1 must be 0.2, and 0.1 - 0.1 be nothing.
    low, high = share - _typed(margin), share + _typed(margin)
    return max(_at_least(group, low), _at_least(Counts(group.total - group.hits, group.total), 1 - high))


def mean_against(mean: Moments | Estimate, target: float) -> Score:
    """How often chance alone would part a mean as much from a target that is known (one-sample t-test).

    Parameters
    ----------
    mean : Moments or Estimate
        The sums, or the mean with Student's interval, which tells as much.
    target : float
        In the unit of the numbers.

    Returns
    -------
    Score
        ``z`` is Student's t; ``pvalue`` is two-sided, on one degree of freedom less than there are numbers. Both are
        ``nan`` of fewer than two numbers, or where all are the same.

    Raises
    ------
    ValueError
        If the interval is not Student's.

    References
    ----------
    Student (1908) Biometrika 6:1.

    Examples
    --------
    Hours of sleep gained by ten patients on the better of two drugs, Student (1908):

    >>> gained = Moments.of([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    >>> round(mean_against(gained, 0).z, 4), round(mean_against(gained, 0).pvalue, 4)
    (3.6799, 0.0051)
    """
    n, value, error = _measured(mean)
    if not error > 0:
        return Score(math.nan, math.nan, STUDENT_TEST, n)
    t = (value - target) / error
    return Score(t, 2 * float(special.stdtr(n - 1, -abs(t))), STUDENT_TEST, n)


def mean_equivalent_to(mean: Moments | Estimate, target: float, margin: float) -> float:
    """How surely a mean lies less than the margin from a target: the larger p-value of two one-sided t-tests.

    Parameters
    ----------
    mean : Moments or Estimate
        As in :func:`mean_against`.
    target, margin : float
        In the unit of the numbers.

    Returns
    -------
    float
        ``nan`` of fewer than two numbers, or where all are the same.

    Raises
    ------
    ValueError
        If the margin is not positive, or the interval is not Student's.

    References
    ----------
    Schuirmann (1987) Journal of Pharmacokinetics and Biopharmaceutics 15:657.
    """
    if not margin > 0:
        raise ValueError(f"a margin must be more than 0; got {margin!r}, say how far from the target still counts.")
    n, value, error = _measured(mean)
    return float(special.stdtr(n - 1, (abs(value - target) - margin) / error)) if error > 0 else math.nan


def _at_least(group: Counts, limit: Fraction) -> float:
    """How likely so many hits, or more, are where the share is just the limit."""
    if limit < 0:
        return 0.0
    return float(special.betainc(group.hits, group.total - group.hits + 1, float(limit))) if group.hits else 1.0


def _measured(mean: Moments | Estimate) -> tuple[int, float, float]:
    """Number, mean, and the standard error of the mean; ``nan`` where the numbers do not tell."""
    if isinstance(mean, Moments):
        value = mean.sum / mean.n if mean.n else math.nan
        return mean.n, value, math.sqrt(variance(mean) / mean.n) if mean.n > 1 else math.nan
    if mean.method != STUDENT:
        raise ValueError(f"a t-test needs a mean with {STUDENT} interval; this one is by the method {mean.method!r}.")
    if mean.n < 2:
        return mean.n, mean.value, math.nan
    reach = float(special.stdtrit(mean.n - 1, (1 + mean.confidence) / 2))
    return mean.n, mean.value, (mean.high - mean.low) / 2 / reach


def _share(target: float) -> Fraction:
    if not 0 <= target <= 1:
        raise ValueError(f"a published rate must lie between 0 and 1; got {target!r}, for 10% say 0.1.")
    return _typed(target)


def _typed(number: float) -> Fraction:
    return Fraction(str(float(number)))
