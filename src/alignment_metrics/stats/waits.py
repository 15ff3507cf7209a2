"""How long leads wait: the day by which a share has converted, and mean waits, with the open leads counted in."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from alignment_metrics.stats.curves import cumulative
from alignment_metrics.stats.lifetables import Floats, Steps, covariance, lengths, steps, survivors, variance
from alignment_metrics.stats.rates import normal_quantile
from alignment_metrics.values import Ages, Curve, Estimate

NEAR = 1e-11
"""Shares this close are one share: 0.9 * 8/9 * ... * 5/6 is a half, but not to the last digit of a float."""
PAST_WATCH = "not enough days watched"
NONE_CONVERTED = "no conversion by then"
QUANTILE = "quantile of a curve (pointwise limits inverted)"
RESTRICTED_MEAN = "restricted mean (delta method)"
MEAN_WAIT = "mean wait of the converted (delta method on the logit, t)"
QUANTILE_WAIT = "quantile wait of the converted (score z-test inverted)"


def waiting_time(curve: Curve, share: float = 0.5) -> Estimate:
    """The day by which so large a share of the leads has converted.

    Parameters
    ----------
    curve : Curve
        Rising (``cumulative``), or falling (``kaplan_meier``): there the share that has left the curve counts.
    share : float
        Of all leads; 0.5 for the median.

    Returns
    -------
    Estimate
        In days: the first at which the curve is at or past the share, between the first days at which its upper and its
        lower limit are. Where the share is not reached, the value is ``nan`` and the upper limit infinite; the lower
        limit is then no later than the last day the curve speaks of.

    Raises
    ------
    ValueError
        If ``share`` is not between 0 and 1.

    References
    ----------
    Brookmeyer & Crowley (1982) Biometrics 38:29.

    Examples
    --------
    Remission of leukaemia under 6-MP, Freireich et al. (1963) Blood 21:699: the median is 23 weeks.

    >>> from alignment_metrics.stats.curves import kaplan_meier
    >>> weeks = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    >>> waiting_time(kaplan_meier(Ages.of(weeks, ["converted"] * 9 + ["open"] * 12))).value
    23.0
    """
    _check_share(share)
    if not curve.n:
        return Estimate(math.nan, 0.0, math.inf, 0, "days", QUANTILE, curve.confidence)
    rising = curve.start == 0
    sides = (curve.value, curve.low, curve.high) if rising else (curve.value, curve.high, curve.low)
    value, late, early = (
        next((float(day) for day, at in zip(curve.day, side, strict=True) if _past(at, share, rising)), None)
        for side in sides
    )
    return Estimate(
        math.nan if value is None else value,
        max(curve.until, 0.0) if early is None else early,
        math.inf if late is None else late,
        curve.n,
        "days",
        QUANTILE,
        curve.confidence,
    )


def restricted_mean(ages: Ages, until: float, *, confidence: float = 0.95) -> Estimate:
    """The mean number of days, of the first ``until``, that pass before a lead converts.

    A lead that has not converted by then, or that left by an exit, has waited all of them. The difference between two
    groups is the days that one of them saves.

    Parameters
    ----------
    ages : Ages
    until : float
        Days.
    confidence : float
        Level of the two-sided interval.

    Returns
    -------
    Estimate
        In days. ``nan``, between 0 and ``until``, where the leads were not watched so long.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1, or ``until`` is negative or infinite.

    Notes
    -----
    The area under the curve of those not converted. The interval is the normal one; without exits its variance is that
    of Greenwood's formula, with exits its counterpart for the cumulative incidence. In simulations the 95% interval
    held the truth in 93% of exports with a dozen conversions, in 94 to 95% with 80 and more. Where all converted on
    one day, or none did, it is the area between the limits of the curve.

    References
    ----------
    Irwin (1949) Journal of Hygiene 47:188; Royston & Parmar (2013) BMC Medical Research Methodology 13:152.
    """
    z = normal_quantile(confidence)
    _check_until(until)
    table = steps(ages)
    if not table.n or until > table.until:
        name = f"{RESTRICTED_MEAN}: {PAST_WATCH}" if table.n else RESTRICTED_MEAN
        return Estimate(math.nan, 0.0, float(until), table.n, "days", name, confidence)
    lasting = lengths(table, until)
    value = until - float(lasting @ table.incidence)
    error = math.sqrt(variance(table, lasting))
    low, high = value - z * error, value + z * error
    if not error:
        low, high = _between_limits(cumulative(ages, confidence=confidence), until)
    # The limits lie around the value, whatever the last digit of a sum.
    low, high = max(0.0, min(low, value)), min(float(until), max(high, value))
    return Estimate(value, low, high, table.n, "days", RESTRICTED_MEAN, confidence)


def conversion_wait(ages: Ages, until: float, *, confidence: float = 0.95) -> Estimate:
    """The mean number of days it takes the leads that convert within ``until`` days.

    The mean over the conversions seen so far is too short: of the young leads only the quick ones have converted yet.

    Parameters
    ----------
    ages : Ages
    until : float
        Days.
    confidence : float
        Level of the two-sided interval.

    Returns
    -------
    Estimate
        In days, ``n`` the leads of the table. ``nan``, between 0 and ``until``, where none converted, or the leads were
        not watched so long.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1, or ``until`` is negative or infinite.

    Notes
    -----
    The mean of the cumulative incidence, cut at ``until`` and scaled to 1. Delta method on the logit of its place
    between 0 and ``until``, with Student's t for one conversion less than there are. Where all fell on one day,
    Wilson's limit tells which share of them might have fallen on any other.

    Waits are lopsided, and a mean rests on the few long ones: in simulations the 95% interval held the truth in 91 to
    94% of exports with a dozen conversions, in 88% with five. ``conversion_wait_quantile`` keeps its promise there too.
    """
    z = normal_quantile(confidence)
    _check_until(until)
    table = steps(ages)
    last = _last(table, until)
    if last is None:
        return _no_wait(table, until, MEAN_WAIT, confidence)
    final, lasting = table.incidence[last], lengths(table, until)
    area = float(lasting @ table.incidence)
    value = until - area / final
    weights = -lasting / final
    weights[last] += area / final**2
    seen = table.hits[: last + 1]
    low, high = _of_the_range(value, math.sqrt(variance(table, weights)), until, float(seen.sum()), confidence)
    if np.count_nonzero(seen) == 1:
        doubt = z * z / (seen.sum() + z * z)
        low, high = value * (1 - doubt), value * (1 - doubt) + until * doubt
    return Estimate(float(value), float(low), float(high), table.n, "days", MEAN_WAIT, confidence)


def conversion_wait_quantile(ages: Ages, until: float, share: float = 0.5, *, confidence: float = 0.95) -> Estimate:
    """The number of days within which such a share has converted of the leads that convert within ``until`` days.

    Parameters
    ----------
    ages : Ages
    until : float
        Days.
    share : float
        Of the leads that convert within ``until`` days; 0.5 for the median.
    confidence : float
        Level of the two-sided interval.

    Returns
    -------
    Estimate
        In days, as ``conversion_wait``.

    Raises
    ------
    ValueError
        If ``share`` or ``confidence`` is not between 0 and 1, or ``until`` is negative or infinite.

    Notes
    -----
    The first day ``t`` with ``F(t) >= share * F(until)``. The interval holds the days at which ``F(t) - share *
    F(until)`` does not differ from 0, by its standard error (delta method) as it would be if there were no difference:
    with every lead seen, that is the score test of the share among the conversions.
    """
    z = normal_quantile(confidence)
    _check_share(share)
    _check_until(until)
    table = steps(ages)
    last = _last(table, until)
    if last is None:
        return _no_wait(table, until, QUANTILE_WAIT, confidence)
    ahead = table.incidence[: last + 1] - share * table.incidence[last]
    reach = z * np.sqrt(_ahead_variance(table, share, last))
    value = table.day[np.argmax(ahead >= -NEAR)]
    # Days before the first row: none of the conversions there, which of so few would be no wonder either.
    few = share * table.hits[: last + 1].sum() <= z * z * (1 - share)
    low = 0.0 if few else table.day[np.argmax(ahead + reach >= -NEAR)]
    late = np.flatnonzero(ahead - reach >= -NEAR)
    high = table.day[late[0]] if late.size else until
    return Estimate(float(value), float(low), float(high), table.n, "days", QUANTILE_WAIT, confidence)


def _ahead_variance(table: Steps, share: float, last: int) -> Floats:
    """Variance of ``F(t) - share * F(until)`` for each row ``t`` up to the last, if it were 0 in truth.

    Up to ``t`` the slopes are ``fixed - ahead(t) * left``, after it those of ``-share * F(until)``: sums over the days
    up to ``t`` and after it are all that is needed.
    """
    done, left = table.incidence, survivors(table)
    ahead = done - share * done[last]
    to_come = share * left * (done[last] - done)
    fixed = ((1 - share) * (table.waiting_before + left * done), (1 - share) * left * done)
    later = (to_come - share * table.waiting_before, to_come)
    both = (left, left)
    sums = covariance(table, fixed, fixed).cumsum() - 2 * ahead * covariance(table, fixed, both).cumsum()
    sums += ahead**2 * covariance(table, both, both).cumsum()
    rest = covariance(table, later, later)[: last + 1]
    seen = np.maximum(sums[: last + 1] + rest.sum() - rest.cumsum(), 0.0)
    # What the variance would be with every lead seen, at the share there is and at the share there would be.
    part = done[: last + 1] / done[last]
    is_, would_be = part * (1 - 2 * share) + share**2 - done[last] * (part - share) ** 2, share * (1 - share)
    # Nothing varies at a share of 0 or 1 once all have converted; of those conversions, the share itself would.
    of_all = np.full_like(seen, would_be / table.hits[: last + 1].sum())
    return np.asarray(np.divide(seen * would_be, is_, out=of_all, where=is_ > 1e-9))


def _of_the_range(value: float, error: float, until: float, hits: float, confidence: float) -> tuple[float, float]:
    if not 0 < value < until:
        return 0.0, float(until)
    t = float(special.stdtrit(max(hits - 1, 1.0), (1 + confidence) / 2))
    reach = t * math.sqrt(hits / max(hits - 1, 1.0)) * error * until / (value * (until - value))
    odds = math.log(value / (until - value))
    return until * float(special.expit(odds - reach)), until * float(special.expit(odds + reach))


def _last(table: Steps, until: float) -> int | None:
    """The row that is the latest by then, if anybody had converted and all of it was watched."""
    row = int(np.searchsorted(table.day, until, side="right")) - 1
    return row if row >= 0 and until <= table.until and table.incidence[row] > 0 else None


def _no_wait(table: Steps, until: float, method: str, confidence: float) -> Estimate:
    if table.n:
        method = f"{method}: {PAST_WATCH if until > table.until else NONE_CONVERTED}"
    return Estimate(math.nan, 0.0, float(until), table.n, "days", method, confidence)


def _between_limits(curve: Curve, until: float) -> tuple[float, float]:
    ends = (*curve.day[1:], math.inf)
    lasting = [max(0.0, min(end, until) - day) for day, end in zip(curve.day, ends, strict=True)]
    low, high = (until - math.fsum(map(math.prod, zip(lasting, side, strict=True))) for side in (curve.high, curve.low))
    return low, high


def _past(at: float, share: float, rising: bool) -> bool:
    return at >= share - NEAR if rising else at <= 1 - share + NEAR


def _check_share(share: float) -> None:
    if not 0 < share < 1:
        raise ValueError(f"share must lie between 0 and 1, both excluded; got {share!r}, for the median say 0.5.")


def _check_until(until: float) -> None:
    if not 0 <= until < math.inf:
        raise ValueError(f"until must be a number of days, 0 or more; got {until!r}.")
