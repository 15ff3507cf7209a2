"""Tells from the headers of a file which layout it has, and why; what fits two alike is a question, not a guess."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from alignment_metrics.charter import layouts
from alignment_metrics.charter.grammar import shown
from alignment_metrics.exports.layouts import Layout, layout, some
from alignment_metrics.files.headers import plain

# These two know usual words only: any layout of a vendor goes before them.
_ANY = ("custom", "history")
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Detected:
    """What the headers of a file say.

    Attributes
    ----------
    layout : str or None
        The layout; None where no layout fits, or more than one.
    because : str
        One sentence: why it was taken, or the question that the charter has to answer.
    rivals : tuple of str
        The layouts that the question is about.
    """

    layout: str | None
    because: str
    rivals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Traits:
    """What is known of a layout, as ``plain`` writes it.

    One of each of ``needed`` must be there; ``telling`` tells it from other files, and ``changing``, where its rows are
    events, from those of records. Below ``least`` of its ``headers`` it is not even asked about.
    """

    name: str
    headers: frozenset[str]
    needed: tuple[frozenset[str], ...]
    telling: frozenset[str]
    changing: frozenset[str] | None
    least: int


def detect(headers: Sequence[str]) -> Detected:
    """Which layout a file has, by its headers alone.

    A layout fits where its key is there (of events also their stage and time), and a header that tells it from others;
    words that every system uses, such as ``Id`` or ``Created Date``, decide nothing. Of those that fit, the one with
    most of its headers there is taken.

    Parameters
    ----------
    headers : sequence of str
        In the order of the file.

    Returns
    -------
    Detected
    """
    there: dict[str, str] = {}
    for header in headers:
        if header.strip():
            there.setdefault(plain(header), header)
    found = {one: [header for header in there if header in one.headers] for one in _all()}
    possible = [
        one for one in found if _has(there, *one.needed) and (one.changing is None or _has(there, one.changing))
    ]
    fitting = [one for one in possible if _has(there, one.telling) and len(found[one]) >= one.least]
    if fitting:
        best = max(_rank(one, found[one]) for one in fitting)
        first = [one for one in fitting if _rank(one, found[one]) == best]
        return (
            _asked(first, found, there, "and nothing tells which") if len(first) > 1 else _taken(first[0], found, there)
        )
    asked = {one: len(found[one]) for one in possible if one.name != "custom"}
    most = max(asked.values(), default=0)
    if near := [one for one, hits in asked.items() if most >= one.least and 2 * hits >= most]:
        return _asked(near, found, there, "but none that tells it from other files")
    what = (
        f"none has its id and a header of its own among {some(list(there.values()))}" if there else "there is no header"
    )
    because = (
        f'no known layout fits: {what}; write layout = "custom" under its [[export]] in the charter and name its '
        f"columns under [export.columns]."
    )
    return Detected(None, because, ())


def _has(there: Mapping[str, str], *sets: frozenset[str]) -> bool:
    return all(there.keys() & one for one in sets)


def _rank(one: _Traits, hits: Sequence[str]) -> tuple[bool, bool, int]:
    # A history that keeps whole records has all the headers of the records too.
    vendor = one.name not in _ANY
    return vendor, vendor and one.changing is not None, len(hits)


def _taken(winner: _Traits, found: Mapping[_Traits, Sequence[str]], there: Mapping[str, str]) -> Detected:
    hits = len(found[winner])
    second = max((one for one in found if one is not winner), key=lambda one: len(found[one]))
    against = f", against {len(found[second])} of {second.name}" if found[second] else ""
    if len(found[second]) >= hits:
        against += f", {_why_not(second, winner)}"
    because = f"taken for {winner.name}: {hits} of its headers are there, {_examples(winner, found, there)}{against}."
    return Detected(winner.name, because, ())


def _why_not(second: _Traits, winner: _Traits) -> str:
    """Why a layout was not taken of which as many headers are there, or more."""
    if second.name in _ANY:
        return "which knows usual words only"
    if winner.changing is not None and second.changing is None:
        return "whose records it may repeat"
    return "which lacks its id or a header of its own"


def _asked(
    rivals: Sequence[_Traits], found: Mapping[_Traits, Sequence[str]], there: Mapping[str, str], but: str
) -> Detected:
    first, *others = sorted(rivals, key=lambda one: -len(found[one]))
    which = [f"{first.name} ({len(found[first])} of its headers are there, {_examples(first, found, there)}, {but})"]
    which += [f"{one.name} ({len(found[one])})" for one in others]
    names = tuple(one.name for one in (first, *others))
    write = " or ".join(f'layout = "{name}"' for name in names)
    because = f"is this {' or '.join(which)}? Write {write} under its [[export]] in the charter."
    return Detected(None, because, names)


def _examples(one: _Traits, found: Mapping[_Traits, Sequence[str]], there: Mapping[str, str]) -> str:
    """A few of its headers as the file has them, those that tell the layout first."""
    hits = sorted(found[one], key=lambda header: header not in one.telling)
    *named, last = (shown(there[header]) for header in hits[:_SHOWN])
    return f"{'such as' if len(hits) > _SHOWN else 'namely'} {', '.join(named)} and {last}"


@cache
def _all() -> tuple[_Traits, ...]:
    every = [layout(name) for name in layouts()]
    return tuple(_traits(one, every) for one in every)


def _traits(one: Layout, every: Sequence[Layout]) -> _Traits:
    key = _plain(one.columns[one.key])
    if one.name == "custom":
        # A file in the package's own words may name its stages by the usual words too.
        own = (one.headers | _plain([stage for other in every for stage in other.stages])) - key
        return _Traits(one.name, own | key, (key,), own, None, 2)
    elsewhere = _union([other.headers for other in every if other.name != one.name])
    telling = _plain(one.marks) | _union(map(_plain, one.stages.values())) - elsewhere
    if not one.events:
        return _Traits(one.name, one.headers, (key,), telling, None, 3)
    records = _union([other.headers for other in every if not other.events])
    changes = _union([_plain(one.columns.get(name, ())) for name in ("at", "old", "field")])
    needed = (key, _plain(one.columns["stage"]), _plain(one.columns["at"]))
    return _Traits(one.name, one.headers, needed, telling, (changes | _plain(one.marks)) - records, 3)


def _plain(headers: Sequence[str]) -> frozenset[str]:
    return frozenset(map(plain, headers))


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset(header for one in sets for header in one)
