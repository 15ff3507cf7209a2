"""How many times faster one group converts than another, day by day among those still waiting."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from alignment_metrics.charter.grammar import shown
from alignment_metrics.stats.likelihoods import Exact, Grouped, Partial, likeliest
from alignment_metrics.stats.panels import Array, Panel, ended_by, leads_of, names_of, one_of_ends, panel, stacked
from alignment_metrics.stats.ranks import ROUNDING
from alignment_metrics.stats.rates import normal_quantile
from alignment_metrics.values import Ages, Estimate

TIES = {
    "grouped": "grouped proportional hazards (complementary log-log)",
    "efron": "Cox, ties by Efron",
    "breslow": "Cox, ties by Breslow",
    "exact": "Cox, ties exact",
}
FARTHEST = 40.0
"""Logarithm of a ratio beyond which no limit is looked for."""
NOWHERE = -1e300
"""A likelihood that could not be found; finite, so that a search may step back from it."""


def hazard_ratio(
    *parts: Mapping[str, Ages],
    against: str,
    parts_are: str = "strata",
    ties: str = "grouped",
    ended: str = "converted",
    confidence: float = 0.95,
) -> dict[str, Estimate]:
    """How many times the daily rate of one group each other group converts at, were the ratio the same on all days.

    Other exits are taken as the end of watching (cause-specific): the ratio is about those still waiting.

    Parameters
    ----------
    *parts : mapping of str to Ages
        For each part of the leads, the life table of each group.
    against : str
        The group of which the ratio is 1.
    parts_are : {"strata", "clusters"}
        Strata have a daily rate of their own each, and share the ratios alone. Clusters, say accounts, share the rate
        too, but their leads are not independent of each other: the interval is the sandwich's.
    ties : {"grouped", "efron", "breslow", "exact"}
        What to make of leads that convert at the same age. Days are whole, so the default takes them for what they
        are, rates seen once a day, with one parameter for each day; it is the complementary log-log model. The others
        are those of Cox's partial likelihood, each as of the single leads; "exact" is for two groups.
    ended : str
        ``"converted"``, or the name of the exit whose rate is meant.
    confidence : float
        Level of each two-sided interval.

    Returns
    -------
    dict of str to Estimate
        One for each other group, in the order of the parts. Where leads of one group converted only when the other had
        none to lose, the ratio is 0 or infinite; its other limit is the one of the likelihood ratio, and of clusters
        unknown. Where the two were never at risk together, or one has no leads, it is ``nan`` between 0 and infinity.

    Raises
    ------
    ValueError
        If there is no such group or end, ``parts_are`` or ``ties`` is unknown, ``"exact"`` is asked of more than two
        groups or of clusters, or ``confidence`` is not between 0 and 1.

    Notes
    -----
    A table of leads counted together gives the answer of the single leads, for every choice of ``ties``; case weights
    in Efron's approximation, as software for single leads takes them, do not. The sandwich is that of many clusters:
    below some forty its interval is too narrow, and of a single one there is none.

    References
    ----------
    Prentice & Gloeckler (1978) Biometrics 34:57; Efron (1977) JASA 72:557; Breslow (1974) Biometrics 30:89; Cox (1972)
    JRSS B 34:187; Lin & Wei (1989) JASA 84:1074.

    Examples
    --------
    Weeks to relapse of 42 children with leukaemia, Freireich et al. (1963); Breslow's ratio is 4.52 in Kleinbaum &
    Klein (2012) Survival Analysis, chapter 3:

    >>> treated = Ages(
    ...     [6, 7, 9, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 34, 35],
    ...     [3, 1, 0, 1, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0],
    ...     censored=[1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 2, 1, 1],
    ... )
    >>> control = Ages([1, 2, 3, 4, 5, 8, 11, 12, 15, 17, 22, 23], [2, 2, 1, 2, 2, 4, 2, 2, 1, 1, 1, 1])
    >>> relapse = hazard_ratio({"6-MP": treated, "placebo": control}, against="6-MP", ties="breslow")
    >>> print(relapse["placebo"])
    4.52 [2.03, 10.09]
    """
    names = names_of(parts)
    clustered = _checked(parts, names, against, parts_are, ties)
    one_of_ends(parts, ended)
    z = normal_quantile(confidence)
    days = panel(parts, names, ended) if clustered else stacked([panel([part], names, ended) for part in parts])
    others = [name for name in names if name != against]
    base = names.index(against)
    above = _above(days, tight=ties in ("grouped", "exact"))
    known = [at for at in range(len(names)) if above[at, base] and above[base, at] and at != base]
    fitted = _fitted(days, [base, *known], ties, parts if clustered else (), names, ended) if known else None
    errors = {} if fitted is None else dict(zip(known, zip(*fitted, strict=True), strict=True))
    words = TIES[ties] + (", stratified" if len(parts) > 1 and not clustered else "")
    found = {}
    for name in others:
        at, leads = names.index(name), (leads_of(parts, name), leads_of(parts, against))
        value, low, high, method = math.nan, 0.0, math.inf, f"{words}, no ratio"
        if at in errors:
            log, error = errors[at]
            value, reach = _exp(log), z * error
            low, high = (0.0, math.inf) if math.isnan(error) else (_exp(log - reach), _exp(log + reach))
            method = f"{words}, {f'sandwich over {len(parts):,} clusters' if clustered else 'Wald'}"
        elif above[at, base] != above[base, at]:
            value, method = (math.inf if above[at, base] else 0.0), f"{words}, no limit from clusters"
            if not clustered:
                method = f"{words}, likelihood-ratio limit"
                low, high = _one_limit(days, above, (base, at), ties, z)
        found[name] = Estimate(value, low, high, sum(leads) if all(leads) else 0, "ratio", method, confidence)
    return found


def _checked(
    parts: Sequence[Mapping[str, Ages]], names: Sequence[str], against: str, parts_are: str, ties: str
) -> bool:
    if against not in names:
        there = f"the groups are {', '.join(map(shown, names))}" if names else "there are no groups"
        raise ValueError(f"no group {shown(against)} to hold the others against; {there}.")
    if parts_are not in ("strata", "clusters"):
        raise ValueError(f"the parts cannot be {shown(parts_are)}; say 'strata' or 'clusters'.")
    if ties not in TIES:
        raise ValueError(f"unknown way {shown(ties)} to treat ties; choose one of {', '.join(TIES)}.")
    if ties == "exact" and len(names) > 2:
        raise ValueError(f"ties cannot be exact for {len(names)} groups; take two groups, or ties='grouped'.")
    if ties == "exact" and parts_are == "clusters":
        raise ValueError("ties cannot be exact for clusters; take ties='grouped'.")
    return parts_are == "clusters"


def _above(days: Panel, *, tight: bool) -> NDArray[np.bool_]:
    """Which group's rate may be as large as it likes against which, for all that the days say.

    One lead that converts keeps its group from falling below any other that had, on that day, somebody who did not
    (or, in a partial likelihood, anybody at risk). Where this holds round a circle of groups, their ratios are finite.
    """
    rivals = days.at_risk - days.events if tight else days.at_risk
    met = (days.events > 0).astype(float).T @ (rivals > 0).astype(float) > 0
    np.fill_diagonal(met, True)
    for _ in range(len(met).bit_length()):
        met = (met.astype(float) @ met.astype(float)) > 0
    return np.asarray(met)


def _rows(days: Panel, columns: Sequence[int], ties: str) -> Panel:
    """The days that say something of these groups' ratios."""
    picked = Panel(days.day, *(part[:, columns] for part in (days.events, days.others, days.at_risk)))
    ends = picked.events.sum(axis=1)
    kept = (ends > 0) & ((picked.at_risk > 0).sum(axis=1) > 1)
    if ties in ("grouped", "exact"):
        kept &= ends < picked.at_risk.sum(axis=1)
    return Panel(*(part[kept] for part in (picked.day, picked.events, picked.others, picked.at_risk)))


def _likelihood(rows: Panel, ties: str) -> Grouped | Partial | Exact:
    if ties == "grouped":
        return Grouped(rows)
    return Exact(rows) if ties == "exact" else Partial(rows, efron=ties == "efron")


def _fitted(
    days: Panel, columns: list[int], ties: str, clusters: Sequence[Mapping[str, Ages]], names: Sequence[str], ended: str
) -> tuple[Array, Array] | None:
    """Logarithm of the ratio of each group but the first, and its standard error."""
    rows = _rows(days, columns, ties)
    likelihood = _likelihood(rows, ties)
    free = np.arange(1, len(columns))
    top = likeliest(likelihood, np.zeros(len(columns)), free)
    if top is None:
        return None
    at, baseline, look = top
    covariance = np.linalg.inv(look.spread[np.ix_(free, free)])
    own = np.diag(covariance)
    if not clusters or isinstance(likelihood, Exact):
        return at[free], np.sqrt(own)
    pulls = _pulled(rows, likelihood.pulls(at, baseline), clusters, [names[one] for one in columns], ended)[:, free]
    seen = np.diag(covariance @ (pulls.T @ pulls) @ covariance)
    # At the top the pulls add up to nothing, so as many clusters as ratios, or fewer, show no spread at all.
    few = np.count_nonzero(pulls.any(axis=1)) <= free.size
    return at[free], np.sqrt(np.where((seen > own * ROUNDING) & (not few), seen, math.nan))


def _pulled(
    rows: Panel, pulls: tuple[Array, Array], clusters: Sequence[Mapping[str, Ages]], names: Sequence[str], ended: str
) -> Array:
    """What the leads of each cluster, together, add to each slope at the top."""
    at_end, watched = pulls
    until = np.concatenate([np.zeros((1, *watched.shape[1:])), np.cumsum(watched, axis=0)])
    sums = np.zeros((len(clusters), len(names)))
    for one, cluster in enumerate(clusters):
        for column, name in enumerate(names):
            if name not in cluster or not cluster[name].day:
                continue
            ages = cluster[name]
            after = np.searchsorted(rows.day, ages.day, side="right")
            leaving = np.add(ages.ended, ages.censored) - np.asarray(ages.entered, float)
            ends = np.asarray(ended_by(ages, ended), float)
            hit = np.flatnonzero((ends > 0) & (after > 0))
            hit = hit[rows.day[after[hit] - 1] == np.asarray(ages.day)[hit]]
            row = after[hit] - 1
            sums[one] += leaving @ until[after, column] + ends[hit] @ (at_end - watched)[row, column]
    return sums


def _one_limit(
    days: Panel, above: NDArray[np.bool_], pair: tuple[int, int], ties: str, z: float
) -> tuple[float, float]:
    """The limits of a ratio that is 0 or infinite: where the likelihood has fallen as far as the confidence allows."""
    base, at = pair
    tied = above & above.T
    # Groups of finite ratio to either of the two help to tell their rates; one of the two is held, the others follow.
    lower, upper = ([one, *(int(other) for other in np.flatnonzero(tied[one]) if other != one)] for one in pair)
    likelihood = _likelihood(_rows(days, [*lower, *upper], ties), ties)
    free = np.delete(np.arange(len(lower) + len(upper)), [0, len(lower)])

    def log_at(ratio: float) -> float:
        top = likeliest(likelihood, np.repeat([0.0, ratio], [len(lower), len(upper)]), free)
        return NOWHERE if top is None else top[2].log

    endless = bool(above[at, base])
    side = 1.0 if endless else -1.0
    best = log_at(side * FARTHEST)

    def too_far(ratio: float) -> float:
        return 2 * (best - log_at(side * ratio)) - z * z

    if best == NOWHERE or too_far(-FARTHEST) <= 0:
        return 0.0, math.inf
    limit = float(np.exp(side * optimize.brentq(too_far, -FARTHEST, FARTHEST, xtol=1e-10)))
    return (limit, math.inf) if endless else (0.0, limit)


def _exp(log: float) -> float:
    return math.inf if log > 709 else math.exp(log)
