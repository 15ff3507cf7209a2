"""Reads ``[teams]``: how many people marketing and sales are, and what a survey may call either team."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from alignment_metrics.charter.grammar import Grammar, shown, under
from alignment_metrics.charter.plan import TEAMS
from alignment_metrics.charter.stated import Team

_LONGEST_NAME = 60
_HEADS = ("asked", "executives", "developers")
_KEYS = {"marketing": ("people", "asked", "called"), "sales": ("people", *_HEADS, "called")}


def teams(grammar: Grammar, raw: Any) -> dict[str, Team]:
    """The teams that the charter tells of, by their names in ``TEAMS``."""
    table = grammar.table(raw, "teams", TEAMS)
    found = {name: _team(grammar, table[name], name) for name in TEAMS if name in table}
    words: dict[str, str] = {}
    for name, word in _words(found):
        other = words.setdefault(word.strip().casefold(), name)
        if other != name:
            grammar.wrong(
                f"teams.{name}.called", f"{shown(word)} is what {other} is called already; keep it for one team"
            )
    return found


def _team(grammar: Grammar, raw: Any, name: str) -> Team:
    path = f"teams.{name}"
    table = grammar.table(raw, path, _KEYS[name])
    people = grammar.count(table, path, "people")
    heads = {key: grammar.count(table, path, key) for key in _HEADS}
    for key, count in heads.items():
        if count is not None and people is not None and count > people:
            grammar.wrong(under(path, key), f"must not be more than {path}.people; got {count} of {people}")
    called = grammar.texts(table, path, "called")
    grammar.once(called, f"{path}.called")
    for word in called:
        if not word.isprintable() or len(word) > _LONGEST_NAME:
            grammar.wrong(
                f"{path}.called", f"{shown(word)} cannot name a team; use up to 60 letters, digits and blanks"
            )
    return Team(people, heads["asked"], heads["executives"], heads["developers"], called)


def _words(found: dict[str, Team]) -> Iterator[tuple[str, str]]:
    """What each team is called; its own name comes first, told or not."""
    yield from ((name, name) for name in TEAMS)
    yield from ((name, word) for name, team in found.items() for word in team.called)
