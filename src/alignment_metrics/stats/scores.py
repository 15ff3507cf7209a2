"""Score statistics of two shares whose difference or ratio is held fixed, and the limits where they reach a height.

Both are searched for over what pulls the two shares together, never over the shares: there nothing cancels, no cell
need be filled, and each statistic only grows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy import optimize

from alignment_metrics.values import Counts


@dataclass(frozen=True, slots=True)
class Score:
    """The outcome of a test that measures in standard errors.

    Parameters
    ----------
    z : float
        Standard errors, under what is tested, between it and what was seen; ``nan`` where nothing could be tested.
    pvalue : float
        ``nan`` where nothing could be tested.
    method : str
        By the name the field gives it.
    n : int
        Leads it rests on.
    """

    z: float
    pvalue: float
    method: str
    n: int


def difference_score(left: Counts, right: Counts, null: float) -> float:
    """Mee's score: standard errors between the difference seen and ``null``, were ``null`` the truth.

    Parameters
    ----------
    left, right : Counts
        Leads; neither is empty.
    null : float
        A difference of two shares, between -1 and 1, both excluded.

    References
    ----------
    Mee (1984) Biometrics 40:1175; Farrington & Manning (1990) Statistics in Medicine 9:1447.
    """
    gap = (left.hits / left.total - right.hits / right.total) - null
    if gap < 0:
        return -difference_score(right, left, -null)
    if gap == 0:
        return 0.0
    force = _root(lambda force: force * _spread(left, right, force) - gap)
    return math.sqrt(force * gap)


def difference_low(left: Counts, right: Counts, z: float) -> float:
    """Smallest difference from which the one seen lies no more than ``z`` standard errors (Mee's score).

    Parameters
    ----------
    left, right : Counts
        Leads; neither is empty.

    Notes
    -----
    Where the difference is held at ``d``, the likeliest shares solve ``hits - total * p = force * p * (1 - p)``, with
    one force for both groups, down on the left and up on the right. Then ``seen - d`` is ``force * variance`` and the
    score ``force * sqrt(variance)``. Its square is the product of the force and ``seen - d``, which both fall as ``d``
    rises, for the likelihood is log-concave; so there is one root, and it is found over the force.
    """
    if left.hits == 0 and right.hits == right.total:
        return -1.0
    force = _root(lambda force: force * math.sqrt(_spread(left, right, force)) - z)
    return max(-1.0, left.hits / left.total - right.hits / right.total - force * _spread(left, right, force))


def log_ratio_low(left: Counts, right: Counts, z: float) -> float:
    """Logarithm of the smallest ratio from which the one seen lies no more than ``z`` away (Koopman's score).

    Under a ratio held fixed, the likeliest two rates are ``(x - s) / (n - s)`` and ``(y + s) / (m + s)`` for one shift
    ``s``, and Koopman's statistic grows with ``s``. So the search runs over the shift instead of over the ratio.

    References
    ----------
    Koopman (1984) Biometrics 40:513.
    """
    x, n, y, m = left.hits, left.total, right.hits, right.total
    if x == 0:
        return -math.inf

    def beyond(shift: float) -> float:
        ours = shift * (n - x) / n * (shift / (x - shift)) if x < n else 0.0
        theirs = shift * (m - y) / m * (shift / (y + shift) if y else 1.0)
        return ours + theirs - z * z

    if x == n:
        if beyond(n) <= 0:
            # All of the left were hits, so the shift stops at n and the left rate gives way instead.
            return -math.log1p(-beyond(n) / n) - math.log((y + n) / (m + n))
        most = float(n)
    else:
        # Where the left rate alone would be rejected: the shift that counts is no larger.
        most = 2 * z * x / (z + math.sqrt(z * z + 4 * x * (n - x) / n))
    shift = most if beyond(most) <= 0 else float(optimize.brentq(beyond, 0.0, most, xtol=1e-300, rtol=1e-15))
    ours = math.log((x - shift) / (n - shift)) if x < n else 0.0
    return ours - math.log((y + shift) / (m + shift))


def _spread(left: Counts, right: Counts, force: float) -> float:
    """Variance of the difference between the likeliest shares under this force."""
    hit, miss = _pulled(left.hits, left.total, force)
    other_miss, other_hit = _pulled(right.total - right.hits, right.total, force)
    return hit * miss / left.total + other_hit * other_miss / right.total


def _pulled(hits: int, total: int, force: float) -> tuple[float, float]:
    """The likeliest share where a force pulls it down, and what it leaves of 1."""
    misses = total - hits
    root = math.hypot(total - force, 2 * math.sqrt(force * misses))
    rest = 2 * misses / (total - force + root) if force < total else (root + force - total) / (2 * force)
    return 2 * hits / (total + force + root), rest


def _root(beyond: Callable[[float], float]) -> float:
    most = 1.0
    while beyond(most) < 0:
        most *= 4
    return float(optimize.brentq(beyond, 0.0, most, xtol=1e-300, rtol=1e-15))
