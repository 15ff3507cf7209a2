"""How strongly something unseen would have to act to explain a ratio away. It bounds confounding; it finds none."""

from __future__ import annotations

import math
from typing import Literal

from alignment_metrics.values import Estimate

Kind = Literal["risk", "odds", "hazard"]


def evalue(ratio: Estimate, *, of: Kind = "risk", common: bool = False) -> tuple[float, float]:
    """The E-value of a ratio, and that of its limit nearest 1.

    Something unseen explains the ratio away only if leads with it convert at least this many times as often, and it is
    at least this many times as frequent in one group as in the other, whatever has been adjusted for.

    Parameters
    ----------
    ratio : Estimate
        Its unit ``"ratio"``: left over right, either side of 1.
    of : {"risk", "odds", "hazard"}
        What it is a ratio of: of rates, of odds or of hazards.
    common : bool
        Whether more than about 15 % of the leads convert by the end. Ratios of odds and of hazards are near that of the
        rates only where hits are rare; a ratio of rates is what it is.

    Returns
    -------
    tuple of float
        At least 1; infinite where the ratio is 0 or infinite. The second is 1 where the interval holds 1: nothing needs
        to be explained away. The first is ``nan`` where there is no ratio.

    Raises
    ------
    ValueError
        If the estimate is no ratio, or of an unknown kind.

    References
    ----------
    VanderWeele & Ding (2017) Annals of Internal Medicine 167:268.

    Examples
    --------
    Breastfeeding and infant deaths, from that paper: a ratio of 3.9 (1.8 to 8.7).

    >>> first, nearest = evalue(Estimate(3.9, 1.8, 8.7, 0, "ratio", "published", 0.95))
    >>> print(f"{first:.2f}, {nearest:.2f}")
    7.26, 3.00
    """
    if ratio.unit != "ratio":
        raise ValueError(f"an E-value is that of a ratio; got one of unit {ratio.unit!r}, hand in the ratio instead.")
    if of not in _AS_RISK:
        raise ValueError(f"unknown kind {of!r} of ratio; choose one of {', '.join(_AS_RISK)}.")
    holds_one = math.isnan(ratio.value) or ratio.low <= 1 <= ratio.high
    limit = 1.0 if holds_one else ratio.low if ratio.low > 1 else ratio.high
    return _evalue(_as_risk(ratio.value, of, common)), _evalue(_as_risk(limit, of, common))


_AS_RISK = ("risk", "odds", "hazard")


def _as_risk(ratio: float, of: Kind, common: bool) -> float:
    """The ratio of rates that it comes to, seen from the side on which it is above 1."""
    if ratio < 1:
        ratio = 1 / ratio if ratio > 0 else math.inf
    if not common or of == "risk" or math.isinf(ratio):
        return ratio
    root = math.sqrt(ratio)
    return root if of == "odds" else math.expm1(-root * math.log(2)) / math.expm1(-math.log(2) / root)


def _evalue(ratio: float) -> float:
    return ratio + math.sqrt(ratio) * math.sqrt(ratio - 1)
