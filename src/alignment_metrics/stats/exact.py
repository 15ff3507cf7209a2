"""Whether groups share one rate, asked of every table that could have been seen; and the chi-square that stands in."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from scipy import special

from alignment_metrics.values import Countable, Counts, Significance

ALTERNATIVES = ("two-sided", "less", "greater")
CELLS = 10_000_000
"""Tables Fisher's test looks at; the hypergeometric of more leads than that takes is a normal distribution."""
FEW = 5
"""Expected leads below which only the tables from 0 on are worth a look."""


def fisher(left: Countable, right: Countable, *, alternative: str = "two-sided") -> float:
    """Fisher's exact test: how often tables with the margins of this one are as extreme, were the rates the same.

    Parameters
    ----------
    left, right : Counts or Tally
        Leads of two groups that share none.
    alternative : {"two-sided", "less", "greater"}
        Of the left group's rate. Two-sided counts the tables that are no likelier than the one seen.

    Returns
    -------
    float
        The p-value; ``nan`` against an empty group.

    Raises
    ------
    ValueError
        If the alternative is unknown, or there are so many leads (tens of billions) that the test has no use.

    References
    ----------
    Fisher (1935) JRSS 98:39.

    Examples
    --------
    The lady tasting tea, Fisher (1935) The Design of Experiments:

    >>> round(fisher(Counts(3, 4), Counts(1, 4), alternative="greater"), 4)
    0.2429
    """
    chosen(alternative)
    one, other = left.counts(), right.counts()
    if not (one.total and other.total):
        return math.nan
    # One orientation, whichever way the groups came: the rarer outcome in the smaller group.
    small, large = sorted((one, other), key=lambda group: (group.total, group.hits))
    drawn, hits, seen = small.total, small.hits + large.hits, small.hits
    turned = small is not one
    if 2 * hits > drawn + large.total:
        hits, seen, turned = drawn + large.total - hits, drawn - seen, not turned
    first, last = _worth_a_look(drawn, hits, large.total, seen)
    if not first <= seen <= last:
        # So far out that the probability is smaller than the smallest number.
        return float(alternative != "two-sided" and (seen > last) == ((alternative == "less") != turned))
    logs = table_logs(drawn, hits, large.total, first, last)
    weights = np.exp(logs - logs.max())
    if alternative == "two-sided":
        # Equally likely tables differ by rounding alone; R's fisher.test allows the same 1e-7.
        rare = weights[logs <= logs[seen - first] + 1e-7]
    elif (alternative == "less") != turned:
        rare = weights[: seen - first + 1]
    else:
        rare = weights[seen - first :]
    return min(1.0, float(rare.sum() / weights.sum()))


def chi_square(groups: Iterable[Countable], *, yates: bool = False) -> Significance:
    """Pearson's chi-square test of "all these groups share one rate".

    Parameters
    ----------
    groups : iterable of Counts or Tally
        Leads of groups that share none; empty ones do not count.
    yates : bool
        Take half a lead off each distance, as is the custom for two groups; it makes the test too cautious.

    Returns
    -------
    Significance
        On one degree of freedom less than there are groups; ``nan`` where fewer than two are left, or every lead is a
        hit, or none is.

    Raises
    ------
    ValueError
        If a correction is asked for and there are not two groups.

    Examples
    --------
    Smokers among lung patients in four studies, Fleiss (1981) Statistical Methods for Rates and Proportions, page 139:

    >>> print(chi_square([Counts(83, 86), Counts(90, 93), Counts(129, 136), Counts(70, 82)]))
    chi-square 12.60 on 3 df, p = 0.0056 (Pearson chi-square)
    """
    filled = [counts for counts in (group.counts() for group in groups) if counts.total]
    if yates and len(filled) != 2:
        raise ValueError(f"Yates' correction is for two groups; there are {len(filled)}, so leave it out.")
    method = "Pearson chi-square, Yates-corrected" if yates else "Pearson chi-square"
    both = sum(filled, start=Counts(0, 0))
    df = max(0, len(filled) - 1)
    if not (df and 0 < both.hits < both.total):
        return Significance(math.nan, df, math.nan, method, both.total)
    apart = [abs(group.hits * both.total - group.total * both.hits) / both.total for group in filled]
    off = min(0.5, *apart) if yates else 0.0
    scale = both.hits / both.total * ((both.total - both.hits) / both.total)
    statistic = sum((gap - off) ** 2 / (group.total * scale) for gap, group in zip(apart, filled, strict=True))
    return Significance(statistic, df, float(special.chdtrc(df, statistic)), method, both.total)


def pooled_z(left: Countable, right: Countable) -> float:
    """Standard errors, were the rates the same, by which the left rate lies above the right: a signed chi-square.

    Returns
    -------
    float
        0 where every lead is a hit, or none is; ``nan`` against an empty group.
    """
    one, other = left.counts(), right.counts()
    if not (one.total and other.total):
        return math.nan
    both = one + other
    apart = one.hits * other.total - other.hits * one.total
    scale = one.total * other.total * both.hits * (both.total - both.hits)
    return apart * math.sqrt(both.total / scale) if apart else 0.0


def binomial(group: Counts, target: float) -> float:
    """Two-sided exact test of one rate against a known one: the outcomes that are no likelier than the one seen."""
    # Here and not above, for it takes half a second that most who ask for a rate need not wait.
    from scipy.stats import binomtest

    return float(binomtest(group.hits, group.total, target).pvalue)


def table_logs(drawn: int, hits: int, others: int, first: int, last: int) -> np.ndarray:
    """Logarithms, up to a constant, of the probabilities of ``first`` to ``last`` hits among the leads drawn."""
    k = np.arange(first, last, dtype=float)
    steps = np.log((hits - k) * (drawn - k) / ((k + 1) * (others - hits + k + 1)))
    return np.concatenate(([0.0], np.cumsum(steps)))


def chosen(alternative: str) -> None:
    """Refuse an alternative that no test here has."""
    if alternative not in ALTERNATIVES:
        raise ValueError(f"unknown alternative {alternative!r}; choose one of {', '.join(ALTERNATIVES)}.")


def _worth_a_look(drawn: int, hits: int, others: int, seen: int) -> tuple[int, int]:
    """Outside these hits the tables are together less likely than the smallest number, or 60 orders less than this."""
    total = drawn + others
    mean = drawn * hits / total
    if drawn * hits < FEW * total:
        return 0, min(drawn, hits, max(seen, 10) + 200)
    reach = 45 * math.sqrt(mean * (1 - hits / total) * others / (total - 1)) + 200
    if 2 * reach > CELLS:
        raise ValueError(
            f"Fisher's exact test has no use for {total:,} leads; take compare(), whose score test says the same there."
        )
    return max(0, math.floor(mean - reach)), min(drawn, hits, math.ceil(mean + reach))
