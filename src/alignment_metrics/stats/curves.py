"""Conversion as a curve over the age of the leads, read from one life table. Young leads count while seen."""

from __future__ import annotations

import numpy as np

from alignment_metrics.stats.lifetables import Floats, Steps, gray_variance, steps
from alignment_metrics.stats.rates import normal_quantile
from alignment_metrics.values import Ages, Curve
from alignment_metrics.values.ages import CONVERTED

AALEN_JOHANSEN = "Aalen-Johansen (Gray's variance, log-log)"
KAPLAN_MEIER = {
    "log-log": "Kaplan-Meier (Greenwood, log-log)",
    "log": "Kaplan-Meier (Greenwood, log)",
    "plain": "Kaplan-Meier (Greenwood, plain)",
}


def cumulative(ages: Ages, *, ended: str = CONVERTED, confidence: float = 0.95) -> Curve:
    """What share of the leads has converted by each age, every lead counted for as long as it could be seen.

    Leads that left by an exit stay in the denominator: they will not convert any more. Open leads are counted up to
    their age.

    Parameters
    ----------
    ages : Ages
    ended : str
        ``"converted"``, or the name of an exit: the share that left by it.
    confidence : float
        Level of the interval at each single day.

    Returns
    -------
    Curve
        Rising from 0, by the estimator of Aalen and Johansen. Where every lead is old enough, it is hits / total.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1, or no lead of the table left by such an exit.

    Notes
    -----
    The variance is that of Gray's program ``cmprsk``, the interval ``F ** exp(+-z * se / (F * log F))``. Where either
    would claim certainty, it is closed otherwise. As long as nobody has converted, the upper limit is Wilson's for none
    of those at risk on the day that can tell least, times the share still waiting: if all leads were seen, Wilson's
    for none of them. Once everybody has converted, what was left by the lower limit of the day before may yet be left
    to the share that Wilson's limit allows for the last of them.

    Leads that came under watch late are compared with those that waited as long. Where they leave an age at which
    nobody is left to watch, or everybody under watch converted while others had yet to come under watch, the curve ends
    before it; of later ages only the leads still waiting can be told (``still_waiting``). If nobody was under watch
    from day 0, the curve speaks of the leads still waiting on the first day with anybody.

    References
    ----------
    Aalen & Johansen (1978) Scandinavian Journal of Statistics 5:141; Gray (1988) Annals of Statistics 16:1141;
    Choudhury (2002) Statistics in Medicine 21:1129 (interval).
    """
    z = normal_quantile(confidence)
    table = steps(ages, ended)
    share = table.incidence
    low, high = _log_log(share, np.sqrt(gray_variance(table)), z)
    low, high = _closed(table, share, low, high, z)
    return _curve(table, (share, low, high), 0.0, AALEN_JOHANSEN, confidence)


def kaplan_meier(ages: Ages, *, confidence: float = 0.95, interval: str = "log-log") -> Curve:
    """What share of the leads would not have converted by each age if no lead were ever disqualified.

    Leads that left by an exit count as if they might have converted later, as likely as those that stayed. That is a
    thought, and no share of any leads that there are: ``cumulative`` gives that. Without exits, both say the same.

    Parameters
    ----------
    ages : Ages
    confidence : float
        Level of the interval at each single day.
    interval : {"log-log", "log", "plain"}
        The scale on which the interval is symmetric.

    Returns
    -------
    Curve
        Falling from 1, by the estimator of Kaplan and Meier.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1, or the interval is unknown.

    Notes
    -----
    Greenwood's variance. Where it would claim certainty, at 1 and at 0, and where leads came under watch late, the
    curve is closed and ended as that of ``cumulative``.

    References
    ----------
    Kaplan & Meier (1958) JASA 53:457; Greenwood (1926); Kalbfleisch & Prentice (2002) The Statistical Analysis of
    Failure Time Data (log-log).

    Examples
    --------
    Remission of leukaemia under 6-MP, weeks, Freireich et al. (1963) Blood 21:699:

    >>> weeks = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    >>> relapsed = kaplan_meier(Ages.of(weeks, ["converted"] * 9 + ["open"] * 12))
    >>> print(relapsed.at(10))
    75.3% [50.3%, 88.9%]
    """
    if interval not in KAPLAN_MEIER:
        raise ValueError(f"unknown interval {interval!r} for a Kaplan-Meier curve; choose one of log-log, log, plain.")
    z = normal_quantile(confidence)
    table = steps(never_disqualified(ages))
    share = table.waiting
    n, ended = np.maximum(table.at_risk, 1.0), table.hits
    spread = np.divide(ended, n * (n - ended), out=np.zeros_like(n), where=n > ended)
    relative = np.sqrt(np.cumsum(spread))
    if interval == "log-log":
        low, high = _log_log(share, share * relative, z)
    elif interval == "log":
        low, high = share * np.exp(-z * relative), np.minimum(share * np.exp(z * relative), 1.0)
    else:
        low, high = np.maximum(share - z * share * relative, 0.0), np.minimum(share + z * share * relative, 1.0)
    # The same closing as of a rising curve, seen from above.
    low, high = (1 - side for side in _closed(table, 1 - share, 1 - high, 1 - low, z)[::-1])
    return _curve(table, (share, low, high), 1.0, KAPLAN_MEIER[interval], confidence)


def never_disqualified(ages: Ages) -> Ages:
    """The same leads, those that left by an exit counted as open on that day: what Kaplan and Meier's curve assumes."""
    gone = (sum(ends) for ends in zip(ages.censored, *ages.exited.values(), strict=True))
    return Ages(ages.day, ages.converted, {}, tuple(gone), ages.entered)


def _log_log(share: Floats, error: Floats, z: float) -> tuple[Floats, Floats]:
    inner = (share > 0) & (share < 1)
    within = np.where(inner, share, 0.5)
    # Past e**500 a power is 0 or 1 to the last digit anyway.
    reach = np.exp(np.minimum(z * error / (within * -np.log(within)), 500.0))
    return np.where(inner, within**reach, share), np.where(inner, within ** (1 / reach), share)


def _closed(table: Steps, share: Floats, low: Floats, high: Floats, z: float) -> tuple[Floats, Floats]:
    """The limits of a rising curve with honest ones where it is 0 or 1, and a formula knows no doubt."""
    doubt = z * z / (table.at_risk + z * z)
    hidden = np.where(table.at_risk > 0, table.waiting_before * doubt, 0.0)
    high = np.where(table.hits.cumsum() > 0, high, np.maximum.accumulate(hidden))
    if (done := np.flatnonzero(share == 1)).size:
        sure = low[done[0] - 1] if done[0] else 0.0
        low = np.where(share == 1, 1 - (1 - sure) * doubt[done[0]], low)
    return low, high


def _curve(table: Steps, sides: tuple[Floats, Floats, Floats], start: float, method: str, confidence: float) -> Curve:
    kept = table.day <= table.until
    day, at_risk = table.day[kept], table.at_risk[kept]
    share, below, above = (side[kept] for side in sides)
    # The limits lie around the share, whatever the last digit of a power.
    rows = [share, np.minimum(below, share), np.maximum(above, share)]
    if day.size and day[0] > 0 and at_risk[0] > 0:
        # All were under watch from day 0, so the curve speaks of the days before the first row as well.
        z = normal_quantile(confidence)
        doubt = z * z / (at_risk[0] + z * z)
        first = (0.0, 0.0, doubt) if start == 0 else (1.0, 1 - doubt, 1.0)
        day, at_risk = np.append(0.0, day), np.append(at_risk[0], at_risk)
        rows = [np.append(side, row) for side, row in zip(first, rows, strict=True)]
    value, low, high = (tuple(row.tolist()) for row in rows)
    return Curve(
        day=tuple(day.astype(int).tolist()),
        value=value,
        low=low,
        high=high,
        at_risk=tuple(at_risk.astype(int).tolist()),
        start=start,
        until=table.until,
        n=table.n,
        method=method,
        confidence=confidence,
    )
