"""How the findings put numbers into words, the same in every chapter. Nothing is rounded to a nought or a certainty."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from alignment_metrics.charter import Policy
from alignment_metrics.values import Estimate

MOST_DIGITS = 5
# Names of the charter that are no nouns.
_NOUNS = {"brought_by": "team of origin"}


def percent(share: float) -> str:
    """
    Examples
    --------
    >>> percent(0.104), percent(0.0004), percent(0.99996), percent(1.0)
    ('10.4%', '0.04%', '99.996%', '100.0%')
    """
    return f"{100 * share:.{_digits([share, 1 - share])}f}%"


def share(estimate: Estimate) -> str:
    """
    Examples
    --------
    >>> share(Estimate(81 / 263, 0.2553, 0.3662, 263, "share", "Wilson", 0.95))
    '30.8% [25.5%, 36.6%]'
    """
    return f"{percent(estimate.value)} [{percent(estimate.low)}, {percent(estimate.high)}]"


def points(estimate: Estimate) -> str:
    """
    Examples
    --------
    >>> points(Estimate(0.063, -0.0003, 0.081, 90, "difference", "Newcombe", 0.95))
    '+6.30 points [-0.03, +8.10]'
    """
    ends = (estimate.value, estimate.low, estimate.high)
    digits = _digits(ends)
    value, low, high = (f"{round(100 * end, digits) + 0.0:+.{digits}f}" for end in ends)
    return f"{value} points [{low}, {high}]"


def days(estimate: Estimate) -> str:
    """
    Examples
    --------
    >>> days(Estimate(41.5, 38.0, 51.25, 90, "days", "restricted mean", 0.95))
    '41.5 days [38.0, 51.2]'
    >>> days(Estimate(41.0, 38.0, float("inf"), 90, "days", "quantile", 0.95))
    '41.0 days [38.0, not reached]'
    >>> days(Estimate(float("nan"), 38.0, float("inf"), 90, "days", "quantile", 0.95))
    'not reached [38.0, not reached]'
    """
    value, low, high = (
        f"{round(one, 1) + 0.0:,.1f}" if math.isfinite(one) else "not reached"
        for one in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} days [{low}, {high}]" if math.isfinite(estimate.value) else f"{value} [{low}, {high}]"


def money(estimate: Estimate) -> str:
    """
    Examples
    --------
    >>> money(Estimate(1234.5, 900.0, float("inf"), 9, "EUR", "Fieller", 0.95))
    '1,234 EUR [900, no upper limit]'
    """
    high = "no upper limit" if math.isinf(estimate.high) else f"{estimate.high:,.0f}"
    return f"{estimate.value:,.0f} {estimate.unit} [{estimate.low:,.0f}, {high}]"


def pvalue(value: float) -> str:
    """
    Examples
    --------
    >>> pvalue(2.6e-10), pvalue(0.0312), pvalue(0.0499), pvalue(0.31)
    ('p < 0.001', 'p = 0.031', 'p = 0.050', 'p = 0.31')
    """
    # The smallest are not worth their digits.
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}" if value < 0.1 else f"p = {value:.2f}"


def level(policy: Policy) -> str:
    """
    Examples
    --------
    >>> level(Policy())
    '95% interval'
    """
    return f"{100 * policy.confidence:g}% interval"


def leads(n: int) -> str:
    """
    Examples
    --------
    >>> leads(1), leads(4070)
    ('1 lead', '4,070 leads')
    """
    return f"{n:,} lead{'' if n == 1 else 's'}"


def day_count(days: int) -> str:
    """
    Examples
    --------
    >>> day_count(1), day_count(1200)
    ('1 day', '1,200 days')
    """
    return f"{days:,} day{'' if days == 1 else 's'}"


def few(n: int, policy: Policy) -> str:
    """A number of leads that may leave the house.

    Examples
    --------
    >>> few(98, Policy()), few(3, Policy()), few(0, Policy())
    ('98', 'fewer than 5', '0')
    """
    return f"fewer than {policy.suppress_below}" if 0 < n < policy.suppress_below else f"{n:,}"


def plain(name: str) -> str:
    """
    Examples
    --------
    >>> plain("company_size")
    'company size'
    >>> plain("brought_by")
    'team of origin'
    """
    return _NOUNS.get(name, name.replace("_", " "))


def listed(parts: Sequence[str]) -> str:
    """
    Examples
    --------
    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join([*([", ".join(parts[:-1])] if parts[:-1] else []), *parts[-1:]])


def _digits(ends: Iterable[float]) -> int:
    """One decimal, or as many as it takes to tell each end from nought."""
    ends = [abs(100 * end) for end in ends if end]
    return next((digits for digits in range(1, MOST_DIGITS) if all(round(end, digits) for end in ends)), MOST_DIGITS)
