"""What a choice makes of a gap: the average over all orders, found here by walking through every one of them."""

from __future__ import annotations

import math
from itertools import chain, combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment_metrics.stats.attribution import shapley

NAMES = ("unit", "dating", "young", "entry")
SETS = [frozenset(some) for some in chain.from_iterable(combinations(NAMES, size) for size in range(len(NAMES) + 1))]
numbers = st.lists(st.floats(-1, 1), min_size=len(SETS), max_size=len(SETS))


@given(numbers)
def test_the_parts_add_up_to_the_gap_and_are_the_average_over_every_order(found: list[float]) -> None:
    values = dict(zip(SETS, found, strict=True))
    parts = shapley(NAMES, values.__getitem__)
    assert math.fsum(parts.values()) == pytest.approx(values[frozenset(NAMES)] - values[frozenset()], abs=1e-12)
    orders = list(permutations(NAMES))
    for name in NAMES:
        steps = [values[before | {name}] - values[before] for order in orders for before in [_before(order, name)]]
        assert parts[name] == pytest.approx(math.fsum(steps) / len(orders), abs=1e-12)


def _before(order: tuple[str, ...], name: str) -> frozenset[str]:
    return frozenset(order[: order.index(name)])


@given(numbers)
def test_the_order_in_which_choices_are_named_changes_nothing(found: list[float]) -> None:
    values = dict(zip(SETS, found, strict=True))
    one, other = shapley(NAMES, values.__getitem__), shapley(NAMES[::-1], values.__getitem__)
    assert all(one[name] == pytest.approx(other[name], abs=1e-12) for name in NAMES)


def test_a_choice_that_changes_nothing_makes_nothing_of_the_gap() -> None:
    assert shapley(["a", "idle"], lambda chosen: 2.0 if "a" in chosen else 1.0) == {"a": 1.0, "idle": 0.0}
    assert shapley([], lambda chosen: 1.0) == {}


def test_a_combination_without_a_number_leaves_nothing_to_share_out() -> None:
    parts = shapley(["a", "b"], lambda chosen: math.nan if chosen == {"a"} else 1.0)
    assert all(math.isnan(part) for part in parts.values())
