"""When two headers are the same: what people and programs change about one without meaning another column."""

from __future__ import annotations

_QUOTES = str.maketrans(dict.fromkeys("'\u2018\u2019\u201c\u201d\u00ab\u00bb", '"'))


def plain(header: str) -> str:
    """A header without regard to case, blanks and the kind of its quotes."""
    return " ".join(header.translate(_QUOTES).casefold().split())
