"""Limits of one share by the methods the field has. Each is a closed form or a search over the share itself."""

from __future__ import annotations

import math
from collections.abc import Callable

from scipy import optimize, special

from alignment_metrics.values import Counts

Limits = Callable[[Counts, float], tuple[float, float]]


def normal_quantile(confidence: float) -> float:
    """How many standard errors a two-sided interval of this confidence reaches to either side.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1.

    Examples
    --------
    >>> round(normal_quantile(0.95), 6)
    1.959964
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, both excluded; got {confidence!r}, for 95% say 0.95.")
    return math.sqrt(2) * float(special.erfinv(confidence))


def wilson(group: Counts, confidence: float) -> tuple[float, float]:
    """Wilson's score limits of a group that is not empty."""
    low, high = score_limits(group.hits, group.total, normal_quantile(confidence))
    return low, 1.0 if group.hits == group.total else high


def _corrected_wilson(group: Counts, confidence: float) -> tuple[float, float]:
    # Newcombe's rule for his method 4: a limit at which nothing is left to correct is the end itself.
    hits, total, z = group.hits, group.total, normal_quantile(confidence)
    low = score_limits(hits - 0.5, total, z)[0] if hits else 0.0
    return low, score_limits(hits + 0.5, total, z)[1] if hits < total else 1.0


def score_limits(hits: float, total: float, z: float) -> tuple[float, float]:
    """Where the score test reaches ``z`` standard errors; neither number need be whole."""
    reach = 2 * hits + z * z + z * math.sqrt(z * z + 4 * hits * (total - hits) / total)
    # The lower root follows from the upper one and their product; the textbook's difference would cancel near zero.
    return 2 * hits * hits / total / reach, reach / (2 * (total + z * z))


def _clopper_pearson(group: Counts, confidence: float) -> tuple[float, float]:
    hits, misses, tail = group.hits, group.total - group.hits, (1 - confidence) / 2
    low = special.betaincinv(hits, misses + 1, tail) if hits else 0.0
    high = special.betainccinv(hits + 1, misses, tail) if misses else 1.0
    return float(low), float(high)


def _mid_p(group: Counts, confidence: float) -> tuple[float, float]:
    hits, misses, tail = group.hits, group.total - group.hits, (1 - confidence) / 2

    def above(share: float) -> float:
        more = special.betainc(hits + 1, misses, share) if misses else 0.0
        return float(more + special.betainc(hits, misses + 1, share)) / 2 - tail

    def below(share: float) -> float:
        fewer = special.betaincc(hits, misses + 1, share) if hits else 0.0
        return float(fewer + special.betaincc(hits + 1, misses, share)) / 2 - tail

    least, most = _clopper_pearson(group, confidence)
    middle = hits / group.total
    low = optimize.brentq(above, least, middle, xtol=1e-300, rtol=1e-14) if hits else 0.0
    high = optimize.brentq(below, middle, most, xtol=1e-300, rtol=1e-14) if misses else 1.0
    return float(low), float(high)


def _jeffreys(group: Counts, confidence: float) -> tuple[float, float]:
    hits, misses, tail = group.hits, group.total - group.hits, (1 - confidence) / 2
    low = special.betaincinv(hits + 0.5, misses + 0.5, tail) if hits else 0.0
    high = special.betainccinv(hits + 0.5, misses + 0.5, tail) if misses else 1.0
    return float(low), float(high)


def _agresti_coull(group: Counts, confidence: float) -> tuple[float, float]:
    z = normal_quantile(confidence)
    total = group.total + z * z
    middle = (group.hits + z * z / 2) / total
    reach = z * math.sqrt(middle * (1 - middle) / total)
    return middle - reach, middle + reach


INTERVALS: dict[str, tuple[str, Limits]] = {
    "wilson": ("Wilson", wilson),
    "wilson-cc": ("Wilson, continuity-corrected", _corrected_wilson),
    "clopper-pearson": ("Clopper-Pearson", _clopper_pearson),
    "mid-p": ("mid-P", _mid_p),
    "jeffreys": ("Jeffreys", _jeffreys),
    "agresti-coull": ("Agresti-Coull", _agresti_coull),
}
"""How each method is called, and its limits of a group that is not empty."""
