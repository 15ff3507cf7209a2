"""What a number of leads can show: asked before looking, of rates assumed, never of the rates seen.

The power of the difference that was seen says nothing that its p-value did not say (Hoenig & Heisey 2001, The American
Statistician 55:19); so nothing here takes the counts of two groups.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from scipy import optimize, special

from alignment_metrics.stats.intervals import normal_quantile
from alignment_metrics.values import Estimate


def power(
    left_rate: float,
    right_rate: float,
    left_n: float,
    right_n: float,
    *,
    confidence: float = 0.95,
    design_effect: float = 1.0,
    strict: bool = True,
) -> float:
    """How often the pooled two-sided test of two groups of this size would see a difference of this size.

    Parameters
    ----------
    left_rate, right_rate : float
        True rates assumed, shares of 1.
    left_n, right_n : float
        Leads of each group.
    confidence : float
        1 less the level of the test.
    design_effect : float
        How many dependent leads (of one account, of one owner) are worth one independent lead: the sizes are divided
        by it.
    strict : bool
        Count rejections on the wrong side too, as R does with ``strict = TRUE``.

    Returns
    -------
    float
        By the normal approximation with the pooled variance under "no difference". ``nan`` where a group is empty.

    Raises
    ------
    ValueError
        If a rate is not a share, a size is negative, ``confidence`` is not between 0 and 1 or ``design_effect`` not
        positive.

    References
    ----------
    Fleiss, Levin & Paik (2003) Statistical Methods for Rates and Proportions, chapter 4.

    Examples
    --------
    The example of R's ``power.prop.test``: 50 leads a group, half against three quarters:

    >>> round(power(0.50, 0.75, 50, 50), 3)
    0.74
    """
    z = normal_quantile(confidence)
    left, right = sized(left_n, design_effect), sized(right_n, design_effect)
    gap = abs(share(left_rate) - share(right_rate))
    if not (left and right):
        return math.nan
    both = (left * left_rate + right * right_rate) / (left + right)
    null = z * math.sqrt(both * (1 - both) * (1 / left + 1 / right))
    error = math.sqrt(left_rate * (1 - left_rate) / left + right_rate * (1 - right_rate) / right)
    if not error:
        return float(gap > null)
    seen = float(special.ndtr((gap - null) / error))
    return seen + float(special.ndtr((-gap - null) / error)) if strict else seen


def detectable(
    rate: float,
    left_n: float,
    right_n: float,
    *,
    confidence: float = 0.95,
    power: float = 0.8,
    design_effect: float = 1.0,
) -> tuple[float, float]:
    """The smallest fall, and the smallest rise, of the left rate that would be seen with this power.

    Parameters
    ----------
    rate : float
        Rate assumed of the right group, a share of 1.
    left_n, right_n : float
        Leads of each group.
    confidence, design_effect : float
        As in :func:`power`.
    power : float
        How often it should be seen.

    Returns
    -------
    tuple of float
        Fall and rise, both as shares of 1 above 0; ``nan`` where not even a fall to 0, or a rise to 1, would be seen.

    Raises
    ------
    ValueError
        As :func:`power`, or if the power asked for is not between ``1 - confidence`` and 1.

    Examples
    --------
    50 leads a group see a rise from a half to three quarters in 74% of cases, so in 80% only a larger one:

    >>> round(detectable(0.50, 50, 50)[1], 3)
    0.267
    """
    between(power, confidence)
    reached = _seen(share(rate), left_n, right_n, confidence, design_effect)
    if math.isnan(reached(rate)):
        return math.nan, math.nan
    return (
        _first(lambda fall: reached(max(0.0, rate - fall)) - power, rate),
        _first(lambda rise: reached(min(1.0, rate + rise)) - power, 1 - rate),
    )


def leads_needed(
    left_rate: float,
    right_rate: float,
    *,
    confidence: float = 0.95,
    power: float = 0.8,
    ratio: float = 1.0,
    design_effect: float = 1.0,
) -> float:
    """How many leads the left group needs for the difference to be seen with this power; round it up.

    Parameters
    ----------
    left_rate, right_rate : float
        True rates assumed, shares of 1.
    confidence, design_effect : float
        As in :func:`power`.
    power : float
        How often it should be seen.
    ratio : float
        Leads of the right group for each lead of the left.

    Returns
    -------
    float
        Not whole, so that it can be multiplied on. Infinite where the rates are the same. Rejections on the wrong side
        are not counted: of any difference worth planning for there are none.

    Raises
    ------
    ValueError
        As :func:`detectable`, or if ``ratio`` is not positive.

    Examples
    --------
    The example of R's ``power.prop.test``: half against three quarters, to be seen in 90% of cases:

    >>> round(leads_needed(0.50, 0.75, power=0.9), 2)
    76.71
    """
    between(power, confidence)
    sized(1, design_effect)
    if not 0 < ratio < math.inf:
        raise ValueError(f"ratio must be a positive number of right leads for one left lead; got {ratio!r}.")
    gap = abs(share(left_rate) - share(right_rate))
    if not gap:
        return math.inf
    both = (left_rate + ratio * right_rate) / (1 + ratio)
    null = normal_quantile(confidence) * math.sqrt(both * (1 - both) * (1 + 1 / ratio))
    error = math.sqrt(left_rate * (1 - left_rate) + right_rate * (1 - right_rate) / ratio)
    return design_effect * ((null + float(special.ndtri(power)) * error) / gap) ** 2


def leads_to_tell(rate: float, target: float, *, confidence: float = 0.95, power: float = 0.8) -> float:
    """How many leads it takes to tell a rate from a target that is known, such as a promise; round it up.

    Parameters
    ----------
    rate : float
        True rate assumed, a share of 1.
    target : float
        A share of 1 between the two ends.
    confidence : float
        1 less the level of the two-sided score test.
    power : float
        How often it should be told.

    Returns
    -------
    float
        Not whole. Infinite where the rate is the target.

    Raises
    ------
    ValueError
        As :func:`power`, or if the target is not a share.

    References
    ----------
    Fleiss, Levin & Paik (2003) Statistical Methods for Rates and Proportions, chapter 2.

    Examples
    --------
    5% against a known 2%, to be told nine times in ten, Rosner, Fundamentals of Biostatistics, chapter 7 (341 women):

    >>> round(leads_to_tell(0.05, 0.02, power=0.9), 1)
    340.7
    """
    between(power, confidence)
    gap = abs(share(rate) - share(target))
    if not gap:
        return math.inf
    null = normal_quantile(confidence) * math.sqrt(target * (1 - target))
    error = float(special.ndtri(power)) * math.sqrt(rate * (1 - rate))
    return ((null + error) / gap) ** 2


def per_extra_win(difference: Estimate) -> Estimate:
    """How many leads of the better group, in place of the other's, come with one more hit.

    Parameters
    ----------
    difference : Estimate
        Of two shares, whichever way round.

    Returns
    -------
    Estimate
        In leads, at least 1. Where the interval of the difference holds 0 the upper limit is infinite: no number of
        leads can be named that suffices, and past infinity the interval goes on with the other group as the better.

    References
    ----------
    Altman (1998) BMJ 317:1309.

    Examples
    --------
    >>> print(per_extra_win(Estimate(0.2, 0.05, 0.25, 150, "difference", "Newcombe hybrid score", 0.95)))
    5.00 [4.00, 20.00]
    """
    better = -difference if difference.value < 0 else difference
    value, low, high = (1 / limit if limit > 0 else math.inf for limit in (better.value, better.high, better.low))
    if math.isnan(better.value):
        value, low, high = math.nan, 1.0, math.inf
    return Estimate(value, max(1.0, low), high, better.n, "leads", f"reciprocal of {better.method}", better.confidence)


def share(rate: float) -> float:
    """The rate itself, if it is one."""
    if not 0 <= rate <= 1:
        raise ValueError(f"a rate must lie between 0 and 1; got {rate!r}, for 8% say 0.08.")
    return rate


def sized(n: float, design_effect: float = 1.0) -> float:
    """How many independent leads so many leads are worth."""
    if not 0 <= n < math.inf:
        raise ValueError(f"a number of leads must be 0 or more; got {n!r}.")
    if not 0 < design_effect < math.inf:
        raise ValueError(
            f"a design effect must be a positive number; got {design_effect!r}, for independent leads say 1."
        )
    return n / design_effect


def between(power: float, confidence: float) -> None:
    """Refuse a power that a test of this level has by chance, or that none has."""
    normal_quantile(confidence)
    if not 1 - confidence < power < 1:
        raise ValueError(
            f"power must lie between {1 - confidence:.3g} (1 - confidence) and 1; got {power!r}, for 80% say 0.8."
        )


def _seen(rate: float, left_n: float, right_n: float, confidence: float, effect: float) -> Callable[[float], float]:
    # Not strict: in a small group beside a huge one the wrong side would count for half from the start.
    return lambda left: power(left, rate, left_n, right_n, confidence=confidence, design_effect=effect, strict=False)


def _first(short: Callable[[float], float], most: float) -> float:
    """The smallest step at which something is no longer short."""
    step = most * 2.0**-50
    while step < most and short(step) < 0:
        step = min(most, 2 * step)
    if not step or short(step) < 0:
        return math.nan
    least = step / 2 if short(step / 2) < 0 else 0.0
    return float(optimize.brentq(short, least, step, xtol=1e-300, rtol=1e-13))
