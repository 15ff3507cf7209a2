"""What a won lead costs: spend over wins, summed over periods, for ratios of single periods must not be averaged."""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy import special

from alignment_metrics.stats.rates import normal_quantile
from alignment_metrics.values import Comparison, Estimate

FEWEST_PERIODS = 3
FEWEST_WINS = 5
"""Below either, how periods differ cannot be judged, and the interval is that of wins which come one by one."""
FIELLER = "Fieller"
NO_HIGH = "Fieller, no upper limit: the wins of a period cannot be told from none"
NO_LIMITS = "Fieller, no limits: neither spend nor wins of a period can be told from none"
EXACT = "exact Poisson limits of the wins, the spend taken as given"
UNSPENT = "no cost: nothing was spent"
DELTA = "delta method on the log ratio, periods paired, t"
CONDITIONAL = "exact binomial limits of one side's share of the wins, the spend taken as given"
UNTESTED = "no test: a side spent nothing, or neither won"
ASSUMPTIONS = (
    "Spend and wins of a period belong together: its wins are those of the leads that its spend brought.",
    "Periods fare independently of one another.",
)
Period = tuple[float, int]
"""What was spent in a period, and the wins that it brought."""


def cost_per_win(periods: Sequence[Period], *, unit: str, confidence: float = 0.95) -> Estimate:
    """What one won lead costs: all that was spent, divided by all wins.

    Parameters
    ----------
    periods : sequence of (float, int)
        Spend and wins of each month, or whatever the periods are. Those with neither say nothing and are left out.
    unit : str
        The currency of the spend.
    confidence : float
        Level of the two-sided interval.

    Returns
    -------
    Estimate
        In ``unit``; ``n`` the wins. Spend without a win costs infinitely much a win, with a lower limit. Where nothing
        was spent there is no cost: ``nan`` between 0 and infinity.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1, or spend or wins are below nought or not finite.

    Notes
    -----
    Fieller's interval of the ratio of two means of paired periods, on Student's t with one degree of freedom fewer than
    periods. Where the wins scatter so much that their mean might be nought, no upper limit exists, and ``method`` says
    so. With fewer than three periods or five wins, or periods that are exactly proportional, the limits are the exact
    ones of a Poisson number of wins for this spend.

    In simulations of 3 to 24 months with 2 to 200 wins each, the former covered 92 to 96%, whether months differed or
    not; the latter, where months differ by 30%, 75% at 20 wins a month and a third at 200.

    References
    ----------
    Fieller (1954) JRSS B 16:175; Garwood (1936) Biometrika 28:437.
    """
    normal_quantile(confidence)
    told = _told(periods)
    spend, wins = math.fsum(x for x, _ in told), sum(y for _, y in told)
    if not spend:
        return Estimate(math.nan, 0.0, math.inf, wins, unit, UNSPENT, confidence)
    value = spend / wins if wins else math.inf
    if len(told) < FEWEST_PERIODS or wins < FEWEST_WINS or _proportional(told, value):
        low, high = _poisson(wins, confidence)
        return Estimate(value, spend / high, spend / low if low else math.inf, wins, unit, EXACT, confidence)
    bounds, name = fieller(told, confidence=confidence), FIELLER
    if bounds is None:
        low, high, name = 0.0, math.inf, NO_LIMITS
    else:
        low, high = bounds
        name = NO_HIGH if math.isinf(high) else FIELLER
    return Estimate(value, max(0.0, low), high, wins, unit, name, confidence)


def fieller(pairs: Sequence[tuple[float, float]], *, confidence: float = 0.95) -> tuple[float, float] | None:
    """Limits of the ratio of the mean of the first numbers to that of the second, where those of a pair hang together.

    Parameters
    ----------
    pairs : sequence of (float, float)
        At least two.
    confidence : float
        Level of the two-sided interval.

    Returns
    -------
    (float, float) or None
        The ratios that are not rejected. Where the second mean cannot be told from nought, no large ratio is: they then
        reach from the larger of Fieller's two roots to infinity (and again below the smaller one, which is negative).
        None where neither mean can be told from nought, and no limit of positive ratios exists.

    References
    ----------
    Fieller (1954) JRSS B 16:175.
    """
    n = len(pairs)
    upper, lower = (math.fsum(column) / n for column in zip(*pairs, strict=True))
    scale = float(special.stdtrit(n - 1, (1 + confidence) / 2)) ** 2 / (n * (n - 1))
    square = scale * math.fsum((x - upper) ** 2 for x, _ in pairs)
    product = scale * math.fsum((x - upper) * (y - lower) for x, y in pairs)
    under = scale * math.fsum((y - lower) ** 2 for _, y in pairs)
    # The ratios r for which (upper - r * lower)^2 is within t^2 times its variance: a r^2 - 2 b r + c <= 0.
    a, b, c = lower**2 - under, upper * lower - product, upper**2 - square
    inside = b * b - a * c
    if inside < 0 or (a <= 0 and c <= 0):
        return None
    root = math.copysign(math.sqrt(inside), b) + b
    # Of the two ways to write each root, the one that does not cancel; upside down where a is nought.
    first, second = c / root if root else 0.0, root / a if a else math.inf
    if a > 0:
        return min(first, second), max(first, second)
    return max(first, second) if math.isfinite(second) else first, math.inf


def compare_costs(
    left: Sequence[Period], right: Sequence[Period], *, unit: str, confidence: float = 0.95
) -> Comparison:
    """How many times what a win of the right side costs, one of the left side costs.

    Parameters
    ----------
    left, right : sequence of (float, int)
        Spend and wins of the same periods, in the same order; a side without either in a period has ``(0, 0)`` there.
    unit : str
        The currency of the spend.
    confidence : float
        Level of every two-sided interval.

    Returns
    -------
    Comparison
        ``ratio`` of the two costs, and their ``difference`` in ``unit``, its limits by MOVER from those of either cost.
        ``pvalue`` is two-sided, that the costs are the same; ``nan`` where a side spent nothing or neither won.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1, spend or wins are below nought or not finite, or the sides have
        different numbers of periods.

    Notes
    -----
    The interval of the ratio is symmetric on the log scale, with the variance of the periods' influences on the four
    sums and Student's t with one degree of freedom fewer than periods: what is good or bad in a month for both sides
    cancels. In simulations of 3 to 24 months with 2 to 200 wins each it covered 94 to 96%. With fewer than three
    periods, or fewer than five wins on a side, the limits are exact ones: given all wins, the share of the left is
    binomial. ``compare_costs(a, b)`` is ``-compare_costs(b, a)``, bit for bit.

    References
    ----------
    Cochran (1977) Sampling Techniques, chapter 6 (ratio of two ratios); Clopper & Pearson (1934) Biometrika 26:404;
    Donner & Zou (2012) Statistical Methods in Medical Research 21:347 (MOVER).
    """
    if len(left) != len(right):
        raise ValueError(
            f"costs are compared over the same periods; there are {len(left)} on the left and {len(right)} on the "
            "right, so give a period without spend and wins as (0, 0)."
        )
    one, other = (cost_per_win(side, unit=unit, confidence=confidence) for side in (left, right))
    log, pvalue = _log_ratio(left, right, confidence)
    return Comparison(
        left=one,
        right=other,
        difference=_difference(one, other),
        log_ratio=log,
        pvalue=pvalue,
        method=log.method,
        assumptions=ASSUMPTIONS,
    )


def _told(periods: Sequence[Period]) -> list[Period]:
    for spend, wins in periods:
        if not (0 <= spend < math.inf and 0 <= wins < math.inf):
            raise ValueError(f"spend and wins of a period are finite and not below nought; got {spend!r} and {wins!r}.")
    return [(spend, wins) for spend, wins in periods if spend or wins]


def _proportional(periods: Sequence[Period], cost: float) -> bool:
    # Fieller's interval would then have no width, as if the next period could not be another one.
    return all(abs(spend - cost * wins) <= 1e-9 * spend for spend, wins in periods)


def _poisson(wins: int, confidence: float) -> tuple[float, float]:
    tail = (1 - confidence) / 2
    low = float(special.gammaincinv(wins, tail)) if wins else 0.0
    return low, float(special.gammainccinv(wins + 1, tail))


def _log_ratio(left: Sequence[Period], right: Sequence[Period], confidence: float) -> tuple[Estimate, float]:
    spent = [math.fsum(x for x, _ in side) for side in (left, right)]
    won = [sum(y for _, y in side) for side in (left, right)]
    n = sum(won)
    if not (all(spent) and n):
        return Estimate(math.nan, -math.inf, math.inf, n, "log ratio", UNTESTED, confidence), math.nan
    if not all(won):
        value = math.inf if won[1] else -math.inf
    else:
        value = (math.log(spent[0]) - math.log(won[0])) - (math.log(spent[1]) - math.log(won[1]))
    used = [pair for pair in zip(left, right, strict=True) if any(pair[0]) or any(pair[1])]
    error = 0.0
    if len(used) >= FEWEST_PERIODS and min(won) >= FEWEST_WINS:
        pulls = [(x / spent[0] - y / won[0]) - (u / spent[1] - v / won[1]) for (x, y), (u, v) in used]
        error = math.sqrt(math.fsum(pull * pull for pull in pulls) * len(used) / (len(used) - 1))
    if error < 1e-9:
        low, high, pvalue = _conditional(won, spent, confidence)
        return Estimate(value, low, high, n, "log ratio", CONDITIONAL, confidence), pvalue
    df = len(used) - 1
    reach = float(special.stdtrit(df, (1 + confidence) / 2)) * error
    pvalue = 2 * float(special.stdtr(df, -abs(value) / error))
    return Estimate(value, value - reach, value + reach, n, "log ratio", DELTA, confidence), pvalue


def _conditional(won: Sequence[int], spent: Sequence[float], confidence: float) -> tuple[float, float, float]:
    """Limits of the log ratio of the costs, and how often equal costs would part the sides as far.

    At equal costs a win is the left side's with the probability that its spend has in all spend; were the left's cost
    ``r`` times the right's, at odds ``r`` times smaller.
    """
    pvalue = 2 * min(_at_least(won, spent), _at_least(won[::-1], spent[::-1]))
    low, high = _cheapest(won, spent, confidence), -_cheapest(won[::-1], spent[::-1], confidence)
    return low, high, min(1.0, pvalue)


def _at_least(won: Sequence[int], spent: Sequence[float]) -> float:
    """The probability of as many wins on the first side, or more, at equal costs."""
    one, other = won
    return float(special.betainc(one, other + 1, spent[0] / (spent[0] + spent[1]))) if one else 1.0


def _cheapest(won: Sequence[int], spent: Sequence[float], confidence: float) -> float:
    one, other = won
    if not other:
        return -math.inf
    most = float(special.betainccinv(one + 1, other, (1 - confidence) / 2))
    return math.log(spent[0]) - math.log(spent[1]) - math.log(most / (1 - most))


def _difference(left: Estimate, right: Estimate) -> Estimate:
    value = left.value - right.value if math.isfinite(left.value) and math.isfinite(right.value) else math.nan
    n = left.n + right.n
    if math.isnan(value):
        return Estimate(value, -math.inf, math.inf, n, left.unit, UNTESTED, left.confidence)
    low = value - math.hypot(left.value - left.low, right.high - right.value)
    high = value + math.hypot(left.high - left.value, right.value - right.low)
    return Estimate(value, low, high, n, left.unit, "MOVER", left.confidence)
