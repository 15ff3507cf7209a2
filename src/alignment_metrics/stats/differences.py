"""How far two groups lie apart, as a difference of their rates and as a ratio, by the methods the field has."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from alignment_metrics.stats.intervals import normal_quantile, wilson
from alignment_metrics.stats.scores import difference_low, log_ratio_low
from alignment_metrics.values import Countable, Counts, Estimate

Low = Callable[[Counts, Counts, float], float]


def difference(
    left: Countable, right: Countable, *, confidence: float = 0.95, method: str = "miettinen-nurminen"
) -> Estimate:
    """How much higher the left group's rate is than the right group's.

    Parameters
    ----------
    left, right : Counts or Tally
        Leads of two groups that share none.
    confidence : float
        Level of the two-sided interval.
    method : {"miettinen-nurminen", "newcombe", "mee", "agresti-caffo", "wald"}
        The score interval of Miettinen and Nurminen; Newcombe's hybrid of two Wilson intervals (his method 10); Mee's
        score, which is the first without its factor ``N / (N - 1)``; a lead of each kind added to each group; or the
        textbook's, kept to show what goes wrong: of 0 in 10 against 0 in 20 it is sure that nothing differs.

    Returns
    -------
    Estimate
        A difference of two shares of 1. Limits by "agresti-caffo" and "wald" may pass -1 and 1. Against an empty group:
        ``nan`` between -1 and 1.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1, or the method is unknown.

    Notes
    -----
    ``difference(a, b)`` is ``-difference(b, a)``, bit for bit.

    References
    ----------
    Miettinen & Nurminen (1985) Statistics in Medicine 4:213; Newcombe (1998) Statistics in Medicine 17:873; Mee (1984)
    Biometrics 40:1175; Agresti & Caffo (2000) The American Statistician 54:280.

    Examples
    --------
    56 of 70 against 48 of 80, Newcombe (1998), table II, method 5:

    >>> apart = difference(Counts(56, 70), Counts(48, 80))
    >>> print(f"{apart.value:.4f} [{apart.low:.4f}, {apart.high:.4f}]")
    0.2000 [0.0528, 0.3382]
    """
    name, low = _chosen(method, _DIFFERENCES, "a difference")
    z = normal_quantile(confidence)
    one, other = left.counts(), right.counts()
    if not (one.total and other.total):
        return Estimate(math.nan, -1.0, 1.0, 0, "difference", name, confidence)
    value = one.hits / one.total - other.hits / other.total
    # Newcombe's limits need the level itself, the others its quantile.
    level = confidence if method == "newcombe" else z
    limits = low(one, other, level), -low(other, one, level)
    return Estimate(value, *limits, one.total + other.total, "difference", name, confidence)


def ratio(left: Countable, right: Countable, *, confidence: float = 0.95, method: str = "koopman") -> Estimate:
    """How many times as high the left group's rate is as the right group's.

    Parameters
    ----------
    left, right : Counts or Tally
        Leads of two groups that share none.
    confidence : float
        Level of the two-sided interval.
    method : {"koopman", "miettinen-nurminen", "katz"}
        Koopman's score; the same with the factor ``N / (N - 1)``; or the normal interval of the logarithm, which knows
        nothing where a group has no hits.

    Returns
    -------
    Estimate
        Of 0 hits against some it is 0, of some against 0 infinite. Of 0 against 0, or against an empty group: ``nan``
        between 0 and infinity.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1, or the method is unknown.

    References
    ----------
    Koopman (1984) Biometrics 40:513; Miettinen & Nurminen (1985) Statistics in Medicine 4:213; Katz et al. (1978)
    Biometrics 34:469.

    Examples
    --------
    7 of 34 against 1 of 34, Fagerland, Lydersen & Laake (2017) Statistical Analysis of Contingency Tables, chapter 4:

    >>> print(ratio(Counts(7, 34), Counts(1, 34)))
    7.00 [1.22, 42.58]
    """
    log = log_ratio(left, right, confidence=confidence, method=method)
    return replace(log, value=_exp(log.value), low=_exp(log.low), high=_exp(log.high), unit="ratio")


def log_ratio(left: Countable, right: Countable, *, confidence: float = 0.95, method: str = "koopman") -> Estimate:
    """The logarithm of :func:`ratio`, which swapped sides negate bit for bit."""
    name, low = _chosen(method, _RATIOS, "a ratio")
    z = normal_quantile(confidence)
    one, other = left.counts(), right.counts()
    n = one.total + other.total if one.total and other.total else 0
    if not (n and (one.hits or other.hits)):
        return Estimate(math.nan, -math.inf, math.inf, n, "log ratio", name, confidence)
    value = log_quotient(one.hits * other.total, other.hits * one.total)
    # Rounding may push a limit past the estimate where the interval is narrower than the last digit.
    limits = min(low(one, other, z), value), max(-low(other, one, z), value)
    return Estimate(value, *limits, n, "log ratio", name, confidence)


def log_quotient(upper: int, lower: int) -> float:
    """``log(upper / lower)``, minus that of the swapped numbers to the last bit; one of them may be 0."""
    if upper < lower:
        return -log_quotient(lower, upper)
    return math.log(upper / lower) if lower else math.inf


def _newcombe_low(left: Counts, right: Counts, confidence: float) -> float:
    ours, theirs = left.hits / left.total, right.hits / right.total
    down, up = ours - wilson(left, confidence)[0], wilson(right, confidence)[1] - theirs
    return max(-1.0, ours - theirs - math.sqrt(down * down + up * up))


def _miettinen_nurminen_low(left: Counts, right: Counts, z: float) -> float:
    return difference_low(left, right, _widened(left, right, z))


def _agresti_caffo_low(left: Counts, right: Counts, z: float) -> float:
    return _wald_low(Counts(left.hits + 1, left.total + 2), Counts(right.hits + 1, right.total + 2), z)


def _wald_low(left: Counts, right: Counts, z: float) -> float:
    ours, theirs = left.hits / left.total, right.hits / right.total
    return ours - theirs - z * math.sqrt(ours * (1 - ours) / left.total + theirs * (1 - theirs) / right.total)


def _miettinen_nurminen_log_low(left: Counts, right: Counts, z: float) -> float:
    return log_ratio_low(left, right, _widened(left, right, z))


def _katz_low(left: Counts, right: Counts, z: float) -> float:
    if not (left.hits and right.hits):
        return -math.inf
    variance = sum((group.total - group.hits) / (group.hits * group.total) for group in (left, right))
    return log_quotient(left.hits * right.total, right.hits * left.total) - z * math.sqrt(variance)


def _widened(left: Counts, right: Counts, z: float) -> float:
    n = left.total + right.total
    return z * math.sqrt(n / (n - 1))


def _exp(log: float) -> float:
    return math.inf if log > 709 else math.exp(log)


def _chosen(method: str, known: dict[str, tuple[str, Low]], what: str) -> tuple[str, Low]:
    if method not in known:
        raise ValueError(f"unknown method {method!r} for {what}; choose one of {', '.join(known)}.")
    return known[method]


_DIFFERENCES: dict[str, tuple[str, Low]] = {
    "miettinen-nurminen": ("Miettinen-Nurminen score", _miettinen_nurminen_low),
    "newcombe": ("Newcombe hybrid score", _newcombe_low),
    "mee": ("Mee score", difference_low),
    "agresti-caffo": ("Agresti-Caffo", _agresti_caffo_low),
    "wald": ("Wald", _wald_low),
}
_RATIOS: dict[str, tuple[str, Low]] = {
    "koopman": ("Koopman score", log_ratio_low),
    "miettinen-nurminen": ("Miettinen-Nurminen score", _miettinen_nurminen_log_low),
    "katz": ("Katz logarithm", _katz_low),
}
