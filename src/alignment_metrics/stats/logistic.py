"""Logistic regression on cells: the main effects of labels. A model without a finite answer has none here either."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, special

from alignment_metrics.stats.panels import Array

CLOSE = 1e-9
"""Largest step of a log odds, once they are found."""
# From the shares as they are, the likeliest log odds are found within ten steps; those that have no end go on by about
# one a step.
STEPS = 40
HALVINGS = 20
ROUNDING = 1e-14
DEPENDENT = 1e-10
"""Below this share of the largest, a pivot is rounding."""


class Design:
    """Cells by the labels of several keys: a column for each label of the widest key, and one for each further label.

    Parameters
    ----------
    labels : list of tuple of str
        For each cell, its label of each key.

    Notes
    -----
    Its columns are never written out: that of a label is one in its cells and nought elsewhere, so all products are
    sums over labels, and those of the widest key's labels among themselves are a diagonal. Columns that follow from
    others are left out; what is predicted is the same without them.
    """

    def __init__(self, labels: list[tuple[str, ...]]) -> None:
        self.cells = len(labels)
        keys = [np.unique(np.array(key, dtype=object), return_inverse=True) for key in zip(*labels, strict=True)]
        keys.sort(key=lambda key: -len(key[0]))
        # Without keys, all cells have the one label of nothing.
        self._widest: NDArray[np.intp] = keys[0][1] if keys else np.zeros(self.cells, dtype=np.intp)
        self._labels = len(keys[0][0]) if keys else 1
        self._others, self._width = [], 0
        kept: list[int] = []
        for names, code in keys[1:]:
            self._others.append(code + self._width)
            kept += range(self._width + 1, self._width + len(names))
            self._width += len(names)
        self._kept: NDArray[np.intp] = np.array(kept, dtype=np.intp)
        if kept:
            _, rest, left = self._products(np.ones(self.cells))
            upper, order = linalg.qr(left, pivoting=True, mode="r")
            telling = np.abs(np.diag(upper)) > DEPENDENT * np.abs(rest).max()
            self._kept = np.sort(self._kept[order[telling]])

    def sums(self, numbers: Array) -> tuple[Array, Array]:
        """The sums of a number of each cell, by column: of the widest key, and of the others."""
        rest = np.zeros(self._width)
        for code in self._others:
            rest += np.bincount(code, numbers, self._width)
        return self._own(numbers), rest[self._kept]

    def spread(self, effects: tuple[Array, Array]) -> Array:
        """What the effects of a cell's labels add up to."""
        every = np.zeros(self._width)
        every[self._kept] = effects[1]
        found: Array = effects[0][self._widest]
        for code in self._others:
            found = found + every[code]
        return found

    def information(self, weights: Array) -> Information:
        """The weighted sums of products of the columns, ready to be solved for.

        Raises
        ------
        LinAlgError
            If they cannot be.
        """
        cross, _, left = self._products(weights)
        return Information(self._own(weights), cross, linalg.cho_factor(left) if len(left) else None)

    def told_by(self, held: NDArray[np.bool_]) -> bool:
        """Whether these cells alone tell the effects of all labels."""
        if held.all():
            return True
        if not np.bincount(self._widest[held], minlength=self._labels).all():
            return False
        _, rest, left = self._products(held.astype(float))
        return not len(left) or bool(linalg.eigvalsh(left)[0] > DEPENDENT * rest.max())

    def _products(self, weights: Array) -> tuple[Array, Array, Array]:
        """Of the widest key with the others; of the others; and what is left of these, the widest key taken out."""
        cross, rest = np.zeros((self._labels, self._width)), np.zeros((self._width, self._width))
        for one in self._others:
            cross += np.bincount(self._widest * self._width + one, weights, cross.size).reshape(cross.shape)
            for other in self._others:
                rest += np.bincount(one * self._width + other, weights, rest.size).reshape(rest.shape)
        cross, rest = cross[:, self._kept], rest[np.ix_(self._kept, self._kept)]
        return cross, rest, rest - cross.T @ (cross / self._own(weights)[:, None])

    def _own(self, numbers: Array) -> Array:
        return np.bincount(self._widest, numbers, self._labels).astype(float)


@dataclass(frozen=True)
class Information:
    """Sums of products of the columns of a design, the widest key's diagonal apart from the rest."""

    own: Array
    cross: Array
    root: tuple[Array, bool] | None

    def solve(self, sums: tuple[Array, Array]) -> tuple[Array, Array]:
        """The effects that give these sums by column."""
        first, rest = sums
        if self.root is not None:
            rest = linalg.cho_solve(self.root, rest - self.cross.T @ (first / self.own))
        return (first - self.cross @ rest) / self.own, rest


@dataclass(frozen=True)
class Logistic:
    """A fitted model: the share of hits that it expects in each cell."""

    design: Design
    share: Array
    spread: Array
    information: Information

    def variance(self, weights: Array) -> float:
        """The variance of the sum of all shares, each times its weight (delta method)."""
        slope = self.design.sums(weights * self.spread)
        return float(sum(one @ other for one, other in zip(slope, self.information.solve(slope), strict=True)))


def logistic(design: Design, hits: Array, totals: Array) -> Logistic | None:
    """The likeliest model, or None where there is none: its log odds run off without end, or cannot be told.

    Parameters
    ----------
    design : Design
        What the log odds are made of.
    hits, totals : array
        By cell; a cell without leads only gets its share predicted.

    Notes
    -----
    Iteratively reweighted least squares; McCullagh & Nelder (1989) Generalized Linear Models, section 4.4.
    """
    held = totals > 0
    if not (held.any() and design.told_by(held)):
        return None
    # The first step starts from the shares as they are; where it leads astray, it is cut back towards equal odds.
    level = np.log((hits.sum() + 0.5) / (totals.sum() - hits.sum() + 0.5))
    odds, last = np.where(held, np.log((hits + 0.5) / (totals - hits + 0.5)), level), np.full(design.cells, level)
    for turn in range(STEPS):
        share, spread = special.expit(odds), special.expit(odds) * special.expit(-odds)
        weights = totals * spread
        if not (weights[held] > 0).all():
            return None
        try:
            information = design.information(weights)
        except linalg.LinAlgError:
            return None
        last = odds if turn else last
        odds = design.spread(information.solve(design.sums(weights * odds + hits - totals * share)))
        for _ in range(HALVINGS):
            if _likelihood(odds, hits, totals) >= _likelihood(last, hits, totals) * (1 + ROUNDING):
                break
            odds = (odds + last) / 2
        step = np.abs(odds - last)[held].max()
        if step < CLOSE:
            # The last step moved nothing that a digit would show, so what it was taken from still holds.
            return Logistic(design, special.expit(odds), special.expit(odds) * special.expit(-odds), information)
    return None


def _likelihood(odds: Array, hits: Array, totals: Array) -> float:
    """The logarithm, never above nought."""
    return -float(hits @ np.logaddexp(0, -odds) + (totals - hits) @ np.logaddexp(0, odds))
