"""How many came out for each hundred that went in during one period: a ratio of two counts that share some leads."""

from __future__ import annotations

import math

from alignment_metrics.stats.rates import normal_quantile, rate
from alignment_metrics.values import Counts, Estimate

EACH = 100


def throughput(out: int, into: int, both: int, *, confidence: float = 0.95, unit: str = "leads") -> Estimate:
    """Conversions of a period for each hundred leads that came in in it.

    Parameters
    ----------
    out : int
        Conversions dated in the period, of leads that came in in it or before.
    into : int
        Leads that came in in the period, whether they converted or not.
    both : int
        Leads that are in both counts.
    confidence : float
        Level of the two-sided interval.
    unit : str
        What is counted.

    Returns
    -------
    Estimate
        In ``"per 100 leads"``; it may exceed 100. Where nothing came in: ``nan``, between 0 and infinity.

    Raises
    ------
    ValueError
        If ``both`` is more than either count, or ``confidence`` is not between 0 and 1.

    Notes
    -----
    The three kinds of leads, those only in the one count, only in the other and in both, are taken for independent
    Poisson counts, and the interval is symmetric on the scale of the logarithm. Where every conversion is of a lead
    that came in in the period, the ratio is a share, and has Wilson's interval.

    References
    ----------
    Rothman, Greenland & Lash (2008) Modern Epidemiology, 3rd edition, chapter 14, for the logarithm of a ratio of two
    counts; Wilson (1927) JASA 22:209.

    Examples
    --------
    Of 120 conversions of a year 70 are of leads that came in in it, as 1,500 did (R 4.2.2 gives the same limits from
    three Poisson counts and the delta method):

    >>> print(throughput(120, 1500, 70))
    8.00 [6.70, 9.56]
    """
    z, name = normal_quantile(confidence), f"per {EACH} {unit}"
    if not 0 <= both <= min(out, into):
        raise ValueError(f"both must lie between 0 and the smaller count; got out={out}, into={into}, both={both}.")
    method = "ratio of two counts, on a log scale"
    if into == 0:
        return Estimate(math.nan, 0.0, math.inf, 0, name, method, confidence, hits=out)
    if out == both:
        share = rate(Counts(out, into), confidence=confidence)
        return Estimate(EACH * share.value, EACH * share.low, EACH * share.high, into, name, "Wilson", confidence, out)
    value = EACH * out / into
    reach = math.exp(z * math.sqrt((out + into - 2 * both) / (out * into)))
    return Estimate(value, value / reach, value * reach, into, name, method, confidence, hits=out)
