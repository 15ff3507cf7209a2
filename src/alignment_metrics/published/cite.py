"""How a published number is cited in a client's own report: as a text, and for BibTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from alignment_metrics.published.phrases import ended, number
from alignment_metrics.published.registry import GRADES
from alignment_metrics.values import Citation

__all__ = ["bibtex", "cited", "size", "valued"]

# Units that a number does not show by itself.
MEANT = {"relative_change": ", a relative change", "ratio": " to 1"}
# What BibTeX and LaTeX would take for a command.
SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def valued(citation: Citation) -> str:
    """The published number in words, as exactly as it was published.

    Examples
    --------
    >>> from alignment_metrics.published import citation
    >>> [valued(citation(id)) for id in ("implisit-lead-won-referral", "mathmarketing-close", "inbound-cheaper")]
    ['3.63%', '+38%, a relative change', 'number not seen']
    """
    if citation.value is None:
        return "number not seen"
    return number(citation.value, citation.unit) + MEANT.get(citation.unit or "", "")


def size(citation: Citation) -> str:
    """How many respondents, firms or records stand behind the number, and which, or that it was not stated."""
    told = "n not stated" if citation.n is None else f"n = {citation.n:,}"
    return f"{told} ({citation.n_note})" if citation.n_note else told


def cited(citation: Citation) -> str:
    """The citation as one line of a list of sources, with what it is cited for, n and grade.

    What was not stated is said to be: "n.d." for no date.

    Examples
    --------
    >>> from alignment_metrics.published import citation
    >>> print(cited(citation("saas-churn-10")))  # doctest: +ELLIPSIS
    annual private-SaaS survey, unnamed (via Insivia) (2016). Cited for 10%: In a typical private SaaS firm a tenth of
    customers leave each year. n not stated; grade C (second-hand only).
    https://www.insivia.com/...
    """
    year = citation.year_published or citation.year_data or "n.d."
    parts = [f"{citation.publisher} ({year})."]
    if citation.title:
        parts.append(citation.title if citation.title.endswith((".", "?", "!")) else f"{citation.title}.")
    number = "without a number" if citation.value is None else f"for {valued(citation)}"
    parts.append(f"Cited {number}: {ended(citation.claim)}")
    told = [f"Data of {citation.year_data}"] if citation.year_data and citation.year_published else []
    told += [size(citation), f"grade {citation.grade} ({GRADES[citation.grade]})"]
    parts.append(f"{_capital('; '.join(told))}.")
    if citation.url:
        parts.append(citation.url)
    return " ".join(parts)


def bibtex(citations: Iterable[Citation]) -> str:
    """The citations as BibTeX entries, one a citation, in the order given; the keys are their ids.

    A source with a title of its own is a ``@techreport``, any other a ``@misc`` under what it says. A year that was not
    stated is left out.
    """
    return "\n".join(_entry(one) for one in dict.fromkeys(citations))


def _entry(one: Citation) -> str:
    kind, place = ("techreport", "institution") if one.title else ("misc", "howpublished")
    year = one.year_published or one.year
    fields = {
        # Braces around the whole keep a firm from being taken for a person with a first name.
        "author": f"{{{_escaped(one.publisher)}}}",
        "title": f"{{{_escaped(one.title or one.claim)}}}",
        place: _escaped(one.publisher),
        "year": None if year is None else str(year),
        "url": one.url and _url(one.url),
        "note": _escaped(_note(one)),
    }
    told = [f"  {name} = {{{text}}}," for name, text in fields.items() if text]
    return "\n".join([f"@{kind}{{{one.id},", *told, "}"]) + "\n"


def _note(one: Citation) -> str:
    dated = f"data of {one.year_data}; " if one.year_data and one.year_published else ""
    said = f"; {one.claim}" if one.title else ""
    return f"{_capital(dated + size(one))}; grade {one.grade}: {GRADES[one.grade]}{said}"


def _capital(text: str) -> str:
    # An n stays small: as a capital it would be the size of a population.
    return text if text.startswith("n ") else text[:1].upper() + text[1:]


def _escaped(text: str) -> str:
    return "".join(SPECIAL.get(letter, letter) for letter in unicodedata.normalize("NFC", text))


def _url(text: str) -> str:
    # Only what would end the field: the rest is printed as it is by any style that knows addresses.
    return re.sub(r"[{}\s\\]", lambda found: f"%{ord(found.group()):02X}", text)
