"""Writes strings and comments of TOML: whatever a stranger typed is shown in them, and nothing of it is obeyed."""

from __future__ import annotations

import re
import textwrap

_WIDTH = 118
# Stands for a blank at which no line is to end; no text that is shown has it in it.
_KEPT = "\0"


def quoted(text: str) -> str:
    """A TOML string of one line that shows whatever is in it and obeys none of it.

    Examples
    --------
    >>> print(quoted('the "web"'), quoted("a\\nb"), quoted("\\u202egro"))
    "the \\"web\\"" "a\\u000ab" "\\u202egro"
    """
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(sign: str) -> str:
    if sign in '\\"':
        return "\\" + sign
    if sign.isprintable():
        return sign
    return f"\\u{ord(sign):04x}" if ord(sign) <= 0xFFFF else f"\\U{ord(sign):08x}"


def question(text: str) -> list[str]:
    """A comment that asks."""
    return remark(f"QUESTION: {text}")


def remark(*texts: str, hang: int = 0) -> list[str]:
    """Comments, wrapped; no line end or control sign of what they hold ends them."""
    lines: list[str] = []
    for text in texts:
        plain = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
        # A line that began with a key and its value would look as if it were to be taken on.
        held = re.sub(r"\S+ \w+ = (\[[^]]*\]|\S+)", lambda key: key[0].replace(" ", _KEPT), plain)
        wrapped = textwrap.wrap(
            held, _WIDTH, initial_indent="# ", subsequent_indent="# " + " " * hang, break_on_hyphens=False
        )
        lines += [line.replace(_KEPT, " ") for line in wrapped]
    return lines


def rows(count: int) -> str:
    """A number of rows, in words."""
    return f"{count:,} row{'s' * (count != 1)}"
