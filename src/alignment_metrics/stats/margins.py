"""Whether two groups are alike enough: not worse by a margin, or apart by less than one, agreed before looking."""

from __future__ import annotations

import math

from alignment_metrics.stats.differences import difference
from alignment_metrics.stats.scores import Score, difference_score
from alignment_metrics.values import Countable, Counts, Estimate

NAMES = {"farrington-manning": "Farrington-Manning", "miettinen-nurminen": "Miettinen-Nurminen", "wald": "Wald"}
LIMITS = {"farrington-manning": "mee", "miettinen-nurminen": "miettinen-nurminen", "wald": "wald"}


def non_inferiority(left: Countable, right: Countable, margin: float, *, method: str = "farrington-manning") -> Score:
    """How surely the left group's rate is not lower than the right group's by the margin or more.

    Parameters
    ----------
    left, right : Counts or Tally
        Leads of two groups that share none.
    margin : float
        A share of 1, agreed before looking; 0.02 is two points.
    method : {"farrington-manning", "miettinen-nurminen", "wald"}
        The score under "lower by just the margin"; the same with the factor ``(N - 1) / N`` in its square; or the
        textbook's, which takes the shares seen for true ones.

    Returns
    -------
    Score
        ``z`` grows with the evidence that the left group is not worse; ``pvalue`` is one-sided. ``nan`` against an
        empty group.

    Raises
    ------
    ValueError
        If the margin is not between 0 and 1, or the method is unknown.

    Notes
    -----
    The p-value is below ``a`` exactly where the lower limit of :func:`margin_interval` at confidence ``1 - a`` lies
    above ``-margin``.

    References
    ----------
    Farrington & Manning (1990) Statistics in Medicine 9:1447; Miettinen & Nurminen (1985) Statistics in Medicine 4:213.

    Examples
    --------
    >>> cured = non_inferiority(Counts(84, 101), Counts(89, 105), 0.1)
    >>> round(cured.z, 4), round(cured.pvalue, 4)
    (1.6124, 0.0534)
    """
    name = _named(method)
    if not 0 < margin < 1:
        raise ValueError(f"a margin must lie between 0 and 1, both excluded; got {margin!r}, for 2 points say 0.02.")
    one, other = left.counts(), right.counts()
    if not (one.total and other.total):
        return Score(math.nan, math.nan, name, 0)
    z = _wald(one, other, margin) if method == "wald" else difference_score(one, other, -margin)
    n = one.total + other.total
    if method == "miettinen-nurminen":
        z *= math.sqrt((n - 1) / n)
    return Score(z, math.erfc(z / math.sqrt(2)) / 2, name, n)


def equivalence(left: Countable, right: Countable, margin: float, *, method: str = "farrington-manning") -> float:
    """How surely the two rates lie less than the margin apart: the larger p-value of two one-sided tests.

    Parameters
    ----------
    left, right : Counts or Tally
        Leads of two groups that share none.
    margin : float
        A share of 1, agreed before looking.
    method : {"farrington-manning", "miettinen-nurminen", "wald"}
        As in :func:`non_inferiority`.

    Returns
    -------
    float
        Below ``a`` exactly where :func:`margin_interval` at confidence ``1 - a`` lies within the margin on both sides.
        ``nan`` against an empty group.

    Raises
    ------
    ValueError
        If the margin is not between 0 and 1, or the method is unknown.

    References
    ----------
    Schuirmann (1987) Journal of Pharmacokinetics and Biopharmaceutics 15:657.
    """
    down = non_inferiority(left, right, margin, method=method)
    up = non_inferiority(right, left, margin, method=method)
    return max(down.pvalue, up.pvalue)


def margin_interval(
    left: Countable, right: Countable, *, confidence: float = 0.95, method: str = "farrington-manning"
) -> Estimate:
    """The interval to hold against a margin: one-sided tests at 5% go with the two-sided interval of 90%.

    Parameters
    ----------
    left, right : Counts or Tally
        Leads of two groups that share none.
    confidence : float
        1 less the level of the one-sided tests; the interval has the level ``2 * confidence - 1``.
    method : {"farrington-manning", "miettinen-nurminen", "wald"}
        As in :func:`non_inferiority`.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0.5 and 1, or the method is unknown.
    """
    _named(method)
    if not 0.5 < confidence < 1:
        raise ValueError(
            f"confidence of a one-sided test must lie between 0.5 and 1, both excluded; got {confidence!r}, "
            "for 95% say 0.95."
        )
    # 2 * 0.95 - 1 falls short of 0.9 in the last digit, and the level is shown.
    return difference(left, right, confidence=round(2 * confidence - 1, 12), method=LIMITS[method])


def _wald(left: Counts, right: Counts, margin: float) -> float:
    ours, theirs = left.hits / left.total, right.hits / right.total
    gap = ours - theirs + margin
    error = math.sqrt(ours * (1 - ours) / left.total + theirs * (1 - theirs) / right.total)
    if error:
        return gap / error
    return math.copysign(math.inf, gap) if gap else math.nan


def _named(method: str) -> str:
    if method not in NAMES:
        raise ValueError(f"unknown method {method!r} for a margin; choose one of {', '.join(NAMES)}.")
    return NAMES[method]
