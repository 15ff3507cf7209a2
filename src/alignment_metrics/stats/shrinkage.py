"""Rates of many groups, each drawn towards what all have in common by as much as its own leads leave open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from alignment_metrics.stats.betabinomial import Floats, Node, grid, likeliest, posterior
from alignment_metrics.stats.rates import normal_quantile, rate
from alignment_metrics.values import Counts, Estimate

FEWEST_GROUPS = 3
INTEGRATED = "beta-binomial, posterior over mean and spread"
PLUG_IN = "beta-binomial, empirical Bayes"
NO_VARIATION = "no variation between the groups can be detected, so all are drawn to the rate they share."
ALL_OR_NOTHING = (
    "in each group all of the leads or none were hits, so no likeliest distribution of the rates can be found."
)


@dataclass(frozen=True, slots=True)
class Shrunk:
    """What many groups have in common, and the rate of each in the light of it.

    Parameters
    ----------
    alpha, beta : float
        Of the beta distribution that makes the groups' hits likeliest; infinite where the likelihood still rises as all
        groups become alike, and 0 where it does as each becomes all or nothing.
    loglik : float
        Logarithm of that likelihood.
    mean : float
        ``alpha / (alpha + beta)``; the rate of all leads together where those are infinite, the share of the groups
        that were hits where they are 0.
    estimates : tuple of Estimate
        The shrunken rate of each group, in the order given; none where there were too few groups.
    reason : str or None
        Why the rates are not drawn to one another, or drawn together wholly.
    groups : tuple of Counts
        As given.
    nodes : tuple of (float, float, float)
        The posterior of ``alpha`` and ``beta``: a weight, and the two, which groups share. The rate of a group is of
        Beta(alpha + hits, beta + misses) given each. None where there were too few groups, or ``alpha`` is infinite
        and taken as known.
    """

    alpha: float
    beta: float
    loglik: float
    mean: float
    estimates: tuple[Estimate, ...]
    reason: str | None
    groups: tuple[Counts, ...]
    nodes: tuple[Node, ...]


def shrink(groups: Sequence[Counts], *, confidence: float = 0.95, method: str = "integrated") -> Shrunk:
    """Each group's rate as it is best guessed when the others are known as well: small groups lean on all of them.

    Parameters
    ----------
    groups : sequence of Counts
        Groups of one kind, such as sources. They share no lead.
    confidence : float
        Level of the two-sided, equal-tailed interval.
    method : {"integrated", "plug-in"}
        Whether the interval takes in that the distribution of the groups is itself an estimate, or takes the
        likeliest one as known.

    Returns
    -------
    Shrunk
        A group without leads has the rate ``nan``, between 0 and 1. Where the likelihood rises as all groups become
        alike, ``reason`` says so; by plug-in they then all have the pooled rate and its Jeffreys interval, and
        integrated rates keep what room the few groups leave. Where each group is all or nothing ``reason`` says that,
        and the integrated rates are given under either method. Fewer than three groups with leads are not shrunken:
        ``reason`` says so, and there are no estimates.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1, or the method is unknown.

    Notes
    -----
    Hits of a group are beta-binomial. ``alpha`` and ``beta`` are those of greatest likelihood under either method. The
    integrated one puts Jeffreys' prior on the mean ``m`` and a uniform one on the shrinkage ``M / (M + n)`` of a group
    of median size ``n``, where ``M = alpha + beta`` (Christiansen & Morris 1997), adds up the posteriors over a grid of
    both.

    In simulations of 3 to 20 groups of 10 to 1,000 leads at 15%, integrated intervals held 90 to 97% of the true rates
    where groups varied and up to 99.9% where they hardly did; plug-in intervals held as few as 77%. Either rate missed
    the true one by as little as a fifth of what the raw rate did, and at worst by a tenth more, of three groups.

    References
    ----------
    Robbins (1956) Third Berkeley Symposium 1:157; Efron & Morris (1977) Scientific American 236:119; Christiansen &
    Morris (1997) JASA 92:618.

    Examples
    --------
    Hits of batters in their first 45 times at bat in 1970, Efron & Morris (1977), table 1: of 18 who hit between 40%
    and 16%, none can be told from another by more than chance would part them.

    >>> batters = [18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]
    >>> shrunk = shrink([Counts(hits, 45) for hits in batters])
    >>> print(shrunk.estimates[0])
    29.8% [23.2%, 39.6%]
    """
    if method not in ("integrated", "plug-in"):
        raise ValueError(f"unknown method {method!r} to shrink rates; choose one of integrated, plug-in.")
    normal_quantile(confidence)
    filled = [counts for counts in groups if counts.total]
    pooled = sum(filled, start=Counts(0, 0))
    overall = pooled.hits / pooled.total if pooled.total else math.nan
    given = tuple(groups)
    if len(filled) < FEWEST_GROUPS:
        return Shrunk(math.nan, math.nan, math.nan, overall, (), _too_few(len(filled)), given, ())
    hits = np.array([counts.hits for counts in filled], dtype=float)
    totals = np.array([counts.total for counts in filled], dtype=float)
    logs = grid(totals)
    alpha, beta, loglik = likeliest(hits, totals, logs)
    if math.isinf(alpha):
        mean, reason = overall, NO_VARIATION
    elif alpha + beta == 0:
        mean, reason = float((hits > 0).mean()), ALL_OR_NOTHING
    else:
        mean, reason = alpha / (alpha + beta), None
    if method == "integrated" or reason == ALL_OR_NOTHING:
        nodes = posterior(hits, totals, logs)
        return Shrunk(alpha, beta, loglik, mean, _estimates(given, nodes, confidence, INTEGRATED), reason, given, nodes)
    if reason == NO_VARIATION:
        return Shrunk(alpha, beta, loglik, mean, _together(given, pooled, confidence), reason, given, ())
    nodes = ((1.0, alpha, beta),)
    return Shrunk(alpha, beta, loglik, mean, _estimates(given, nodes, confidence, PLUG_IN), reason, given, nodes)


def _too_few(groups: int) -> str:
    have = {0: "no group has leads", 1: "only one group has leads"}.get(groups, f"only {groups} groups have leads")
    return f"{have}; rates are drawn to one another from {FEWEST_GROUPS} groups on."


def _estimates(groups: Sequence[Counts], nodes: Sequence[Node], confidence: float, name: str) -> tuple[Estimate, ...]:
    weight, alpha, beta = (np.array(column)[:, None] for column in zip(*nodes, strict=True))
    hits = np.array([counts.hits for counts in groups], dtype=float)
    totals = np.array([counts.total for counts in groups], dtype=float)
    mean = (weight * (alpha + hits) / (alpha + beta + totals)).sum(axis=0)
    tail = (1 - confidence) / 2
    low = _quantile(weight, alpha + hits, beta + totals - hits, tail)
    high = 1 - _quantile(weight, beta + totals - hits, alpha + hits, tail)
    return tuple(
        Estimate(float(mean[i]), float(low[i]), float(high[i]), one.total, "share", name, confidence, hits=one.hits)
        if one.total
        else _nobody(name, confidence)
        for i, one in enumerate(groups)
    )


def _quantile(weight: Floats, alpha: Floats, beta: Floats, tail: float) -> Floats:
    """The lower limit of mixtures of beta distributions, one a column.

    Newton's steps in the log odds on the logarithm of the tail, which there is nearly straight, within a bracket.
    """
    means = alpha / (alpha + beta)
    mean = (weight * means).sum(axis=0)
    variance = (weight * (means * (1 - means) / (alpha + beta + 1) + (means - mean) ** 2)).sum(axis=0)
    size = mean * (1 - mean) / variance - 1
    # From the limit of the one beta distribution of that mean and variance.
    start = np.maximum(special.betaincinv(mean * size, (1 - mean) * size, tail), 1e-300)
    low, high = np.full(start.shape, -700.0), np.full(start.shape, 36.0)
    odds = np.minimum(np.log(start) - np.log1p(-start), 35.0)
    constant = special.betaln(alpha, beta)
    for _ in range(100):
        share = special.expit(odds)
        below = (weight * special.betainc(alpha, beta, share)).sum(axis=0)
        # log(1 - share) in this form keeps its digits where the share is nearly 0.
        density = (weight * np.exp(alpha * odds - (alpha + beta) * np.logaddexp(0, odds) - constant)).sum(axis=0)
        low, high = np.where(below < tail, odds, low), np.where(below < tail, high, odds)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            following = odds - np.log(below / tail) * below / density
        inside = (following >= low) & (following <= high)
        following = np.where(inside, following, (low + high) / 2)
        moved, odds = np.abs(following - odds).max(), following
        if moved < 1e-8:
            break
    return np.asarray(special.expit(odds), dtype=float)


def _together(groups: Sequence[Counts], pooled: Counts, confidence: float) -> tuple[Estimate, ...]:
    shared = rate(pooled, confidence=confidence, method="jeffreys")
    return tuple(
        Estimate(shared.value, shared.low, shared.high, one.total, "share", PLUG_IN, confidence, hits=one.hits)
        if one.total
        else _nobody(PLUG_IN, confidence)
        for one in groups
    )


def _nobody(name: str, confidence: float) -> Estimate:
    return Estimate(math.nan, 0.0, 1.0, 0, "share", name, confidence, hits=0)
