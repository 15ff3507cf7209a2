"""One odds ratio, one ratio and one difference for all strata, after Mantel and Haenszel. Sparse strata count fully."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special

from alignment_metrics.stats.rates import normal_quantile
from alignment_metrics.stats.strata import Strata, comparable, weighted
from alignment_metrics.values import Estimate, Group, Significance

# Below this share of what it is summed from, a variance is rounding.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class MantelHaenszel:
    """The two groups compared within strata, and put together over them.

    Parameters
    ----------
    test : Significance
        Cochran-Mantel-Haenszel: whether the groups differ at all, on one degree of freedom.
    odds_ratio, ratio, difference : Estimate
        Left over right, and left minus right in shares of 1; each supposes that it is the same in every stratum, and
        is a weighted mean of what the strata say where it is not.
    left_out : tuple of (Group, int)
        Strata without leads on one side, each with its leads.
    silent : tuple of (Group, int)
        Strata with both groups of which none or all of the leads were hits: they say nothing of odds.
    strata : int
        Strata used.
    """

    test: Significance
    odds_ratio: Estimate
    ratio: Estimate
    difference: Estimate
    left_out: tuple[tuple[Group, int], ...]
    silent: tuple[tuple[Group, int], ...]
    strata: int


@dataclass(frozen=True, slots=True)
class _Table:
    """Hits and misses of the left, hits and misses of the right: whole numbers, so that nothing overflows."""

    a: int
    b: int
    c: int
    d: int

    @property
    def left(self) -> int:
        return self.a + self.b

    @property
    def right(self) -> int:
        return self.c + self.d

    @property
    def hits(self) -> int:
        return self.a + self.c

    @property
    def misses(self) -> int:
        return self.b + self.d

    @property
    def n(self) -> int:
        return self.a + self.b + self.c + self.d

    @property
    def excess(self) -> int:
        """By how much the left leads have more hits than expected, times ``n``."""
        return self.a * self.d - self.b * self.c


def mantel_haenszel(strata: Strata, *, confidence: float = 0.95, correction: bool = False) -> MantelHaenszel:
    """How the two groups differ where they are alike, whatever the strata's own rates.

    Parameters
    ----------
    strata : sequence of (Group, Counts, Counts)
        The stratum, its left leads, its right leads.
    confidence : float
        Level of the two-sided intervals.
    correction : bool
        Whether the test is corrected for continuity.

    Returns
    -------
    MantelHaenszel
        A ratio is 0 or infinite, between 0 and infinity, where only one side has hits (of the odds ratio: or misses)
        that a stratum can set against the other's; it is ``nan`` where neither has, and ``method`` says so.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1.

    Notes
    -----
    The variances hold both for few large strata and for many thin ones. Where Sato's is nothing, because all rates are
    0 or 1, the difference has the Wilson limits of those rates instead (MOVER).

    References
    ----------
    Mantel & Haenszel (1959) J Natl Cancer Inst 22:719; Robins, Breslow & Greenland (1986) Biometrics 42:311 (odds
    ratio); Greenland & Robins (1985) Biometrics 41:55 (ratio); Sato (1989) Biometrics 45:1323 (difference).

    Examples
    --------
    Admissions to six departments at Berkeley in 1973, men against women, Bickel, Hammel & O'Connell (1975) Science
    187:398. Men were admitted more often, but not where they applied to the same department:

    >>> from alignment_metrics.values import Counts
    >>> men = [(512, 825), (353, 560), (120, 325), (138, 417), (53, 191), (22, 373)]
    >>> women = [(89, 108), (17, 25), (202, 593), (131, 375), (94, 393), (24, 341)]
    >>> departments = [((("department", name),), Counts(*x), Counts(*y)) for name, x, y in zip("ABCDEF", men, women)]
    >>> found = mantel_haenszel(departments)
    >>> print(found.test)
    chi-square 1.52 on 1 df, p = 0.22 (Cochran-Mantel-Haenszel)
    >>> print(found.difference)
    -1.8 points [-4.7 points, +1.1 points]
    """
    normal_quantile(confidence)
    usable, left_out = comparable(strata)
    tables = _tables(usable)
    return MantelHaenszel(
        test=_test(tables, correction),
        odds_ratio=_odds_ratio(tables, confidence),
        ratio=_ratio(tables, confidence),
        difference=_difference(usable, tables, confidence),
        left_out=left_out,
        silent=_silent(usable),
        strata=len(usable),
    )


def homogeneity_of_odds(strata: Strata, *, tarone: bool = True) -> Significance:
    """Whether the odds ratio may be the same in every stratum.

    Parameters
    ----------
    strata : sequence of (Group, Counts, Counts)
        The stratum, its left leads, its right leads.
    tarone : bool
        Whether Breslow and Day's statistic is corrected as Tarone has it, for the common odds ratio is not the
        likeliest one.

    Returns
    -------
    Significance
        On one degree of freedom less than there are strata with leads of both groups, hits and misses; the others are
        ``left_out`` and ``silent`` of :func:`mantel_haenszel`. ``nan`` where fewer than two are left, or the common
        odds ratio is 0 or infinite. The test has little power: that it shows nothing is no proof of one odds ratio.

    References
    ----------
    Breslow & Day (1980) Statistical Methods in Cancer Research 1, section 4.4; Tarone (1985) Biometrika 72:91.

    Examples
    --------
    >>> from alignment_metrics.values import Counts
    >>> small = ((("stones", "small"),), Counts(81, 87), Counts(234, 270))
    >>> large = ((("stones", "large"),), Counts(192, 263), Counts(55, 80))
    >>> print(homogeneity_of_odds([small, large]))
    chi-square 0.97 on 1 df, p = 0.33 (Breslow-Day with Tarone's correction)
    """
    name = "Breslow-Day with Tarone's correction" if tarone else "Breslow-Day"
    tables = [table for table in _tables(comparable(strata)[0]) if table.hits and table.misses]
    n, df = sum(table.n for table in tables), len(tables) - 1
    if df < 1:
        reason = "no test: fewer than two strata hold hits and misses, and leads of both groups"
        return Significance(math.nan, max(df, 0), math.nan, reason, n)
    above, below = _cross_products(tables)
    if not (above and below):
        return Significance(math.nan, df, math.nan, "no test: the common odds ratio is 0 or infinite", n)
    apart, spread = zip(*(_from_common(table, above / below) for table in tables), strict=True)
    statistic = math.fsum(one * one / variance for one, variance in zip(apart, spread, strict=True))
    if tarone:
        statistic = max(0.0, statistic - math.fsum(apart) ** 2 / math.fsum(spread))
    return Significance(statistic, df, float(special.chdtrc(df, statistic)), name, n)


def _tables(strata: Strata) -> list[_Table]:
    return [
        _Table(left.hits, left.total - left.hits, right.hits, right.total - right.hits) for _, left, right in strata
    ]


def _silent(strata: Strata) -> tuple[tuple[Group, int], ...]:
    every = [(key, left + right) for key, left, right in strata]
    return tuple(sorted((key, both.total) for key, both in every if both.hits in (0, both.total)))


def _test(tables: list[_Table], correction: bool) -> Significance:
    n = sum(table.n for table in tables)
    variance = math.fsum(t.left * t.right * t.hits * t.misses / (t.n * t.n * (t.n - 1)) for t in tables)
    if not variance:
        reason = "no test: no stratum holds hits and misses, and leads of both groups"
        return Significance(math.nan, 1, math.nan, reason, n)
    apart = abs(math.fsum(table.excess / table.n for table in tables))
    name = "Cochran-Mantel-Haenszel"
    if correction:
        # Less than half a lead apart is left as it is, as in R.
        apart, name = apart - (0.5 if apart >= 0.5 else 0.0), f"{name} with continuity correction"
    return Significance(apart * apart / variance, 1, math.erfc(apart / math.sqrt(2 * variance)), name, n)


def _cross_products(tables: list[_Table]) -> tuple[float, float]:
    above = math.fsum(table.a * table.d / table.n for table in tables)
    return above, math.fsum(table.b * table.c / table.n for table in tables)


def _odds_ratio(tables: list[_Table], confidence: float) -> Estimate:
    above, below = _cross_products(tables)
    variance = math.nan
    if above and below:
        variance = math.fsum(
            (one := (t.a + t.d) / t.n) * (up := t.a * t.d / t.n) / (2 * above * above)
            + (one * (down := t.b * t.c / t.n) + (other := (t.b + t.c) / t.n) * up) / (2 * above * below)
            + other * down / (2 * below * below)
            for t in tables
        )
    return _quotient("Robins-Breslow-Greenland", (above, below), variance, sum(t.n for t in tables), confidence)


def _ratio(tables: list[_Table], confidence: float) -> Estimate:
    above = math.fsum(t.a * t.right / t.n for t in tables)
    below = math.fsum(t.c * t.left / t.n for t in tables)
    variance = math.nan
    if above and below:
        terms = ((t.hits * t.left * t.right - t.a * t.c * t.n) / (t.n * t.n) for t in tables)
        variance = math.fsum(terms) / (above * below)
    return _quotient("Greenland-Robins", (above, below), variance, sum(t.n for t in tables), confidence)


def _quotient(name: str, sides: tuple[float, float], variance: float, n: int, confidence: float) -> Estimate:
    above, below = sides
    if above and below:
        value, reach = above / below, normal_quantile(confidence) * math.sqrt(variance)
        high = math.inf if math.log(value) + reach > 709 else value * math.exp(reach)
        return Estimate(value, value * math.exp(-reach), high, n, "ratio", name, confidence)
    value = math.inf if above else 0.0 if below else math.nan
    reason = "no interval: one side of the quotient is 0" if above or below else "no estimate: both sides are 0"
    return Estimate(value, 0.0, math.inf, n, "ratio", reason, confidence)


def _difference(usable: Strata, tables: list[_Table], confidence: float) -> Estimate:
    weights = [table.left * table.right / table.n for table in tables]
    whole = math.fsum(weights)
    value = math.fsum(table.excess / table.n for table in tables) / whole if tables else math.nan
    first = math.fsum(
        (2 * t.c * t.left**2 - 2 * t.a * t.right**2 + t.left * t.right * (t.right - t.left)) / (2 * t.n * t.n)
        for t in tables
    )
    second = math.fsum((t.a * t.d + t.b * t.c) / (2 * t.n) for t in tables)
    variance = value * first + second
    if not tables or variance <= ROUNDING * (abs(value * first) + second):
        terms = zip(weights, usable, strict=True)
        return weighted([(weight / whole, left, right) for weight, (_, left, right) in terms], confidence)
    reach = normal_quantile(confidence) * math.sqrt(variance) / whole
    low, high = max(-1.0, value - reach), min(1.0, value + reach)
    return Estimate(value, low, high, sum(t.n for t in tables), "difference", "Mantel-Haenszel, Sato", confidence)


def _from_common(table: _Table, odds: float) -> tuple[float, float]:
    """How many hits more the left has than under these odds, and the variance of that."""
    # Each cell by its own root: the small ones would be lost as the difference of a margin and a large one.
    a, b = _cell(table.left, table.hits, table.right, odds), _cell(table.left, table.misses, table.right, 1 / odds)
    c, d = _cell(table.right, table.hits, table.left, 1 / odds), _cell(table.right, table.misses, table.left, odds)
    return table.a - a, 1 / (1 / a + 1 / b + 1 / c + 1 / d)


def _cell(row: int, column: int, other: int, odds: float) -> float:
    """How many of a row are expected in a column, the margins given, where these are its odds against the other row."""
    linear = other - column + odds * (row + column)
    root = math.sqrt((other - column + odds * (row - column)) ** 2 + 4 * odds * column * (row + other - column))
    # Of the forms of the root, and of what stands under it, those in which nothing cancels.
    return 2 * odds * row * column / (linear + root) if linear >= 0 else (root - linear) / (2 * (1 - odds))
