"""Reads ``[reconcile]``: what either of two teams means by the number that they do not agree on."""

from __future__ import annotations

from typing import Any

from alignment_metrics.charter.grammar import Grammar, shown, under
from alignment_metrics.charter.plan import CHOICES

_LONGEST_NAME = 60


def reconcile(grammar: Grammar, raw: Any) -> dict[str, dict[str, str]]:
    """The choices of each team, by its name, in the order of the file; none where the charter names no teams."""
    table = grammar.table(raw, "reconcile", None)
    if table and len(table) != 2:
        grammar.wrong("reconcile", f"must name two teams, each with its choices; got {len(table)}")
    found: dict[str, dict[str, str]] = {}
    for name, item in table.items():
        path = under("reconcile", name)
        if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
            grammar.wrong(path, f"{shown(name)} cannot name a team; use up to 60 letters, digits and blanks inside")
        choices = grammar.table(item, path, CHOICES)
        found[name] = {choice: grammar.choice(choices, path, choice, CHOICES[choice]) for choice in choices}
    return found
