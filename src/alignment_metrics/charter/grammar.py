"""The small grammar of a charter: each method returns something usable, and notes what was wrong by the key's path."""

from __future__ import annotations

import datetime as dt
import difflib
import json
import re
import reprlib
import zoneinfo
from collections.abc import Collection, Mapping, Sequence
from typing import Any

LONGEST_WINDOW = 36_500
"""Days beyond which no window is meant."""
# The clocks of every zone are known between these two.
FIRST_DAY, LAST_DAY = dt.date(1970, 1, 1), dt.date(2199, 12, 31)
MOST = 10**12
"""Beyond it, a number is a slip of the pen."""
_NOBODY: frozenset[str] = frozenset()
# A charter may hold whatever was pasted into it: what is shown of it is escaped and short.
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60


def shown(value: Any) -> str:
    """The value as a message may show it: on one line, and short."""
    return _SHORT.repr(value)


def under(path: str, key: str) -> str:
    """The path of a key, quoted as TOML quotes it where it is not a plain word."""
    plain = key if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", key) else json.dumps(key if len(key) < 60 else key[:57] + "...")
    return f"{path}.{plain}" if path else plain


class Grammar:
    """Collects every mistake before anyone complains."""

    def __init__(self) -> None:
        self.mistakes: list[str] = []

    def wrong(self, path: str, text: str) -> None:
        self.mistakes.append(f"{path}: {text}.")

    def table(
        self,
        raw: Any,
        path: str,
        known: Collection[str] | None,
        *,
        required: Collection[str] = _NOBODY,
    ) -> dict[str, Any]:
        """A table with only the ``known`` keys in it (None: any)."""
        if raw is None:
            self.wrong(path, f"the table [{path}] is missing; write it")
            return {}
        if not isinstance(raw, dict):
            self.wrong(path, f"must be a table; got {shown(raw)}")
            return {}
        if known is None:
            return raw
        for key in raw:
            if key not in known:
                near = difflib.get_close_matches(key[:60], sorted(known), n=1, cutoff=0.5)
                hint = f"did you mean {near[0]!r}" if near else f"known here: {', '.join(sorted(known))}"
                self.wrong(under(path, key), f"unknown key; {hint}")
        for key in sorted(set(required) - raw.keys()):
            self.wrong(under(path, key), "missing; write it")
        return {key: value for key, value in raw.items() if key in known}

    def text(self, table: Mapping[str, Any], path: str, key: str) -> str:
        """A text with something in it; empty where the key is missing."""
        value = table.get(key, "")
        if key in table and (not isinstance(value, str) or not value.strip()):
            self.wrong(under(path, key), f"must be a text; got {shown(value)}")
            return ""
        return str(value)

    def texts(self, table: Mapping[str, Any], path: str, key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            self.wrong(under(path, key), f"must be a list of texts; got {shown(value)}")
            return ()
        return tuple(value)

    def choice(self, table: Mapping[str, Any], path: str, key: str, choices: Sequence[str]) -> Any:
        """One of ``choices``; the first where the key is missing."""
        value = table.get(key, choices[0])
        if value not in choices:
            near = difflib.get_close_matches(str(value)[:60], choices, n=1) if isinstance(value, str) else []
            hint = f"; did you mean {near[0]!r}" if near else ""
            self.wrong(under(path, key), f"must be one of {', '.join(choices)}; got {shown(value)}{hint}")
            return choices[0]
        return value

    def whole(self, table: Mapping[str, Any], path: str, key: str, *, least: int, default: int) -> int:
        value = table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.wrong(under(path, key), f"must be a whole number of at least {least}; got {shown(value)}")
            return default
        return value

    def count(self, table: Mapping[str, Any], path: str, key: str, *, least: int = 0, most: int = MOST) -> int | None:
        """A whole number between two others; None where the key is missing."""
        value = table.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            # A year has no comma.
            end = f"{most:,}" if most > 9_999 else f"{most}"
            self.wrong(under(path, key), f"must be a whole number from {least} to {end}; got {shown(value)}")
            return None
        return value

    def number(self, table: Mapping[str, Any], path: str, key: str, *, above: float | None = None) -> float | None:
        """A number of at least 0, or one that is more than ``above``; None where the key is missing."""
        value = table.get(key)
        if value is None:
            return None
        least = "of at least 0" if above is None else f"above {above:g}"
        there = _number(value)
        if there is None or (there < 0 if above is None else there <= above):
            self.wrong(under(path, key), f"must be a number {least} and at most {MOST:,}; got {shown(value)}")
            return None
        return there

    def share(self, table: Mapping[str, Any], path: str, key: str, *, above: bool = False) -> float | None:
        """A share of 1, perhaps ``above`` 0; None where the key is missing."""
        value = table.get(key)
        if value is None:
            return None
        there = _number(value)
        if there is None or not 0 <= there <= 1 or (above and not there):
            least = "above 0 and up to 1" if above else "from 0 to 1"
            self.wrong(under(path, key), f"must be a share {least}, such as 0.4 for 40%; got {shown(value)}")
            return None
        return there

    def day(self, table: Mapping[str, Any], path: str, key: str) -> dt.date | None:
        """A day; None where the key is missing."""
        value = table.get(key)
        return None if value is None else self.as_day(value, under(path, key))

    def as_day(self, value: Any, path: str) -> dt.date | None:
        if type(value) is not dt.date:
            self.wrong(path, f"must be a day such as 2026-06-30, without quotes or time; got {shown(value)}")
            return None
        if not FIRST_DAY <= value <= LAST_DAY:
            self.wrong(path, f"must lie between {FIRST_DAY} and {LAST_DAY}; got {value}")
            return None
        return value

    def zone(self, table: Mapping[str, Any], path: str) -> str | None:
        value = table.get("timezone")
        if value is None:
            return None
        try:
            zoneinfo.ZoneInfo(value)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError, OSError):
            self.wrong(under(path, "timezone"), f"unknown time zone {shown(value)}; use a name such as Europe/Paris")
            return None
        return str(value)

    def once(self, names: Sequence[str], path: str) -> None:
        """No name twice, not even in other case: engines do not tell ``Won`` from ``won``."""
        first: dict[str, str] = {}
        for name in dict.fromkeys(names):
            if names.count(name) > 1:
                self.wrong(path, f"{shown(name)} is named twice; name it once")
            other = first.setdefault(name.casefold(), name)
            if other != name:
                self.wrong(path, f"{shown(other)} and {shown(name)} differ only in case; rename one of them")


def _number(value: Any) -> float | None:
    """The number as it is meant; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # What is no number at all, or has more digits than a float, lies between no two others.
    return float(value) if -MOST <= value <= MOST else None
