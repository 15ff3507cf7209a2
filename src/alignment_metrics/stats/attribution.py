"""Which of several choices makes how much of a gap, whatever order they are made in. Only the gap's numbers come in."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import combinations


def shapley(choices: Sequence[str], value: Callable[[frozenset[str]], float]) -> dict[str, float]:
    """How much each choice adds, averaged over all orders in which they can be made one after another.

    Parameters
    ----------
    choices : sequence of str
        Each once. Every combination is asked for: of eight choices 256.
    value : callable
        The number once a set of choices has been made.

    Returns
    -------
    dict of str to float
        In the order of ``choices``. Together exactly what all of them make of the value of none, but for rounding;
        ``nan`` for all where the value of any combination is.

    Notes
    -----
    A choice that changes nothing, whatever else is chosen, has 0; two that do the same have the same.

    References
    ----------
    Shapley (1953) in Contributions to the Theory of Games II, Annals of Mathematics Studies 28, 307-317.

    Examples
    --------
    Two own a left glove and one a right one; only a pair is worth something:

    >>> pair = lambda who: float("right" in who and len(who) > 1)
    >>> {name: round(part, 4) for name, part in shapley(["left", "other left", "right"], pair).items()}
    {'left': 0.1667, 'other left': 0.1667, 'right': 0.6667}
    """
    size = len(choices)
    values = {
        frozenset(chosen): value(frozenset(chosen))
        for taken in range(size + 1)
        for chosen in combinations(choices, taken)
    }
    return {choice: _average(choice, size, values) for choice in choices}


def _average(choice: str, size: int, values: dict[frozenset[str], float]) -> float:
    # Of all orders, the share in which just these choices come before this one.
    shares = [1 / (size * math.comb(size - 1, before)) for before in range(size)]
    parts = [
        shares[len(before)] * (values[before | {choice}] - without)
        for before, without in values.items()
        if choice not in before
    ]
    return math.fsum(parts) if all(map(math.isfinite, parts)) else math.nan
