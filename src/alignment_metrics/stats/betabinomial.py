"""Hits of groups whose rates come from one beta distribution: its likelihood, and what is known of it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

Floats = NDArray[np.float64]
Node = tuple[float, float, float]
_DEPTH = 14.0
"""How far below its peak the logarithm of the posterior is still followed."""
_HERMITE = np.polynomial.hermite.hermgauss(7)


def grid(totals: Floats) -> Floats:
    """Logarithms of ``M`` from where groups are all or nothing to where they are alike."""
    return np.linspace(math.log(1e-3), math.log(totals.max()) + 9, 48)


def likeliest(hits: Floats, totals: Floats, logs: Floats) -> tuple[float, float, float]:
    """The two parameters of greatest likelihood, and its logarithm.

    Both are infinite where it still rises as all groups become alike, and 0 where it does as each becomes all or
    nothing. ``logs`` are those of the sums of both among which the search begins.
    """
    overall = float(hits.sum() / totals.sum())
    pairs = special.gammaln(totals + 1) - special.gammaln(hits + 1) - special.gammaln(totals - hits + 1)
    alike = float((pairs + special.xlogy(hits, overall) + special.xlog1py(totals - hits, -overall)).sum())
    if overall in (0.0, 1.0):
        return math.inf, math.inf, alike

    def profile(log: Floats) -> tuple[Floats, Floats]:
        mean = _mean(hits, totals, log, 0.0)
        return _loglik(hits, totals, mean, log), mean

    heights, _ = profile(logs)
    top = int(heights.argmax())
    if top == len(logs) - 1:
        return math.inf, math.inf, alike
    if top == 0 and bool(np.all((hits == 0) | (hits == totals))):
        full = float((hits > 0).mean())
        return 0.0, 0.0, len(hits) * float(special.xlogy(full, full) + special.xlog1py(1 - full, -full))
    around = (logs[max(0, top - 1)], logs[top + 1])
    found = optimize.minimize_scalar(
        lambda log: -float(profile(np.array([log]))[0][0]), bounds=around, method="bounded", options={"xatol": 1e-9}
    )
    best, mean = (float(one[0]) for one in profile(np.array([found.x])))
    loglik = best + float(pairs.sum())
    # Rounding of sums this long must not pass for a variation.
    if loglik <= alike + 1e-6:
        return math.inf, math.inf, alike
    size = math.exp(found.x)
    return mean * size, (1 - mean) * size, loglik


def posterior(hits: Floats, totals: Floats, logs: Floats) -> tuple[Node, ...]:
    """Weights over a grid of ``log M``, and for each over the mean by Gauss and Hermite around its peak."""
    typical = math.log(float(np.median(totals)))
    roots, weights = _HERMITE
    for points in (32, 20):
        mean = _mean(hits, totals, logs, 0.5)
        width = _width(hits, totals, mean, logs)
        height = _loglik(hits, totals, mean, logs) + _prior(mean, logs, typical) + np.log(width)
        kept = np.flatnonzero(height > height.max() - _DEPTH)
        low, high = logs[max(0, kept[0] - 1)], logs[min(len(logs) - 1, kept[-1] + 1)]
        logs = np.linspace(low, high, points)
    mean = _mean(hits, totals, logs, 0.5)
    width = _width(hits, totals, mean, logs)
    every = np.repeat(logs, len(roots))
    peaks = np.log(mean / (1 - mean))
    means = special.expit((peaks[:, None] + math.sqrt(2) * width[:, None] * roots).ravel())
    heights = _loglik(hits, totals, means, every) + _prior(means, every, typical)
    heights += np.repeat(np.log(width), len(roots)) + np.tile(np.log(weights) + roots**2, len(logs))
    share = np.exp(heights - heights.max())
    share /= share.sum()
    sizes = np.exp(every)
    kept = np.flatnonzero(share > 1e-7)
    return tuple((float(share[i]), float(means[i] * sizes[i]), float((1 - means[i]) * sizes[i])) for i in kept)


def _prior(mean: Floats, log: Floats, typical: float) -> Floats:
    """Logarithm of the prior's density in the log odds of the mean and in ``log M``."""
    drawn = log - typical
    density: Floats = 0.5 * np.log(mean * (1 - mean)) - np.logaddexp(0, drawn) - np.logaddexp(0, -drawn)
    return density


def _mean(hits: Floats, totals: Floats, log: Floats, edge: float) -> Floats:
    """The likeliest mean for each ``log M``, with ``edge`` more hits and misses in the mean's own prior.

    The score falls as the mean rises, so Newton's steps in the log odds are kept within a bracket.
    """
    low, high = np.full(log.shape, -60.0), np.full(log.shape, 60.0)
    start = (hits.sum() + edge) / (totals.sum() + 2 * edge)
    odds = np.full(log.shape, math.log(start / (1 - start)))
    for _ in range(80):
        mean = special.expit(odds)
        slope, bend = _score(hits, totals, mean, log, edge)
        low, high = np.where(slope > 0, odds, low), np.where(slope > 0, high, odds)
        step = slope / (-bend * mean * (1 - mean))
        following = odds + step
        inside = (following >= low) & (following <= high)
        following = np.where(inside, following, (low + high) / 2)
        moved, odds = np.abs(following - odds).max(), following
        if moved < 1e-11:
            break
    return np.asarray(special.expit(odds), dtype=float)


def _width(hits: Floats, totals: Floats, mean: Floats, log: Floats) -> Floats:
    _, bend = _score(hits, totals, mean, log, 0.5)
    return np.asarray(1 / (mean * (1 - mean) * np.sqrt(-bend)), dtype=float)


def _score(hits: Floats, totals: Floats, mean: Floats, log: Floats, edge: float) -> tuple[Floats, Floats]:
    """First and second derivative of the log likelihood in the mean."""
    size = np.exp(log)
    slope, bend = edge / mean - edge / (1 - mean), -edge / mean**2 - edge / (1 - mean) ** 2
    for sign, share, seen in ((1, mean, hits), (-1, 1 - mean, totals - hits)):
        at = (share * size)[:, None]
        slope = slope + sign * size * (special.psi(at + seen) - special.psi(at)).sum(axis=1)
        bend = bend + size**2 * (special.zeta(2, at + seen) - special.zeta(2, at)).sum(axis=1)
    return slope, np.minimum(bend, -1e-300)


def _loglik(hits: Floats, totals: Floats, mean: Floats, log: Floats) -> Floats:
    """Log likelihood but for the binomial coefficients."""
    size = np.exp(log)[:, None]
    alpha, beta = mean[:, None] * size, (1 - mean)[:, None] * size
    rises = _rise(alpha, hits) + _rise(beta, totals - hits) - _rise(size, totals)
    return np.asarray(rises.sum(axis=1), dtype=float)


def _rise(start: Floats, by: Floats) -> Floats:
    """``log(gamma(start + by) / gamma(start))``, by Stirling's series where the two would cancel."""
    safe = np.maximum(start, 30.0)
    large = (safe - 0.5) * np.log1p(by / safe) + by * np.log(safe + by) - by + _stirling(safe + by) - _stirling(safe)
    small = special.gammaln(np.minimum(start, 30.0) + by) - special.gammaln(np.minimum(start, 30.0))
    return np.where(start >= 30.0, large, small)


def _stirling(x: Floats) -> Floats:
    square = 1 / (x * x)
    return np.asarray((1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / x, dtype=float)
