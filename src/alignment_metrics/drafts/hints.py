"""What a header, or a word of an event, seems to mean by its words; whoever knows confirms it."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Words by which people call a stage; what they mean is theirs to confirm.
_NAMED = {
    "mql": r"\bmqls?\b|marketing[ _]qualified",
    "sal": r"\bsals?\b|sales[ _]accepted",
    "sql": r"\bsqls?\b|sales[ _]qualified",
    "opportunity": r"\bopportunity\b",
    "won": r"\b(won|customer)\b",
    "disqualified": r"\b(disqualified|unqualified)\b",
    "lost": r"\blost\b",
}
_CREATED = r"^(lead |record |contact )?(creat(ed|ion)|create date)\b"
# The headers that may hold the source of a lead, those that most surely do first.
_SOURCES = (
    r"\b(lead|original|acquisition)\b.*\b(source|channel)\b",
    r"^(deal |contact |traffic |marketing |utm )?(source|channel)( channel| type)?$",
    r"\b(source|channel)$",
)
# What stands beside a source, and what tells by which program a row was written.
_NO_SOURCE = r"\b(ids?|details?|drill|data|date|time|timestamp|url|description|record|object|system|file)\b"


def by_words(text: str) -> str | None:
    """The stage that a header, or what an event calls a stage, has in its words.

    Examples
    --------
    >>> by_words("Became a Marketing Qualified Lead Date"), by_words("Lead Source")
    ('mql', None)
    """
    return next((stage for stage, signs in _NAMED.items() if re.search(signs, text, re.IGNORECASE)), None)


def dates_creation(header: str) -> bool:
    """Whether a header of a table of leads says that it tells when they were created.

    Examples
    --------
    >>> dates_creation("Created On"), dates_creation("Opportunity created")
    (True, False)
    """
    return re.search(_CREATED, _plain(header)) is not None


def source_among(headers: Sequence[str], *, sure: bool = False) -> str | None:
    """The header that most likely holds the source of a lead; ``sure``: only one that says whose source it is.

    Examples
    --------
    >>> source_among(["Source URL", "Deal - Source channel ID", "Deal - Source channel"])
    'Deal - Source channel'
    """
    possible = [one for one in headers if headers.count(one) == 1 and not re.search(_NO_SOURCE, _plain(one))]
    for signs in _SOURCES[:1] if sure else _SOURCES:
        for header in possible:
            if re.search(signs, _plain(header)):
                return header
    return None


def _plain(header: str) -> str:
    """``LeadSource`` and ``lead_source`` are two words each."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    return re.sub(r"[\W_]+", " ", apart).strip().casefold()
