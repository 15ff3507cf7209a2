"""What each team says of each item of the survey, and what the records show of it, as estimates and as a frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from alignment_metrics.charter import ITEMS
from alignment_metrics.findings.words import plain
from alignment_metrics.values import Estimate, Finding, Group

if TYPE_CHECKING:
    import pandas as pd

SAYS_AND_SHOWS = "perception.says_and_shows"
WHO = ("marketing", "sales", "crm")
# The records show something else than what was asked, which follows in words.
STANDS_IN = "crm: "
# What those who say yes to an item say, in a few words.
WORDS = dict(
    zip(
        ITEMS,
        (
            "Qualified leads of marketing matter",
            "Working together makes for growth",
            "Sales material is at hand",
            "Leads are always followed up",
            "Both mean the same by a qualified lead",
            "It is clear who owns a lead",
            "The two teams work tightly together",
            "Marketing's leads are good",
        ),
        strict=True,
    )
)
Voices = dict[str, Estimate]


def heard(findings: Iterable[Finding]) -> pd.DataFrame:
    """One row an item and who speaks of it: ``marketing``, ``sales``, or the records (``crm``).

    Parameters
    ----------
    findings : iterable of Finding
        Those of the chapter on the survey.

    Returns
    -------
    DataFrame
        ``who``, ``value``, ``low``, ``high`` (shares of 1), ``n`` and ``hits``, indexed by the item in a few words;
        empty where nobody was asked.
    """
    import pandas as pd

    rows = voices(list(findings))
    columns = ("value", "low", "high", "n", "hits")
    cells = [[who, *(getattr(one, part) for part in columns)] for _, who, one in rows]
    index = pd.Index([label(item) for item, _, _ in rows], name="item", dtype=object)
    return pd.DataFrame(cells, columns=["who", *columns], index=index)


def voices(findings: Sequence[Finding]) -> list[tuple[str, str, Estimate]]:
    """Item, who and how many, item by item: both teams, then the records where they show anything of it."""
    shown, rows = says_and_shows(findings), []
    asked = {one.code.partition(".")[2]: told for one in findings if (told := by_team(one))}
    # What is shown of an item may be there though the teams' answers to it have no finding of their own.
    for item in dict.fromkeys((*asked, *shown)):
        told = asked.get(item, {}) or {who: one for who, one in shown.get(item, {}).items() if who in WHO}
        crm = {who: one for who, one in shown.get(item, {}).items() if who == "crm"}
        rows += [(item, who, one) for who, one in (told | crm).items() if one.unit == "share"]
    return rows


def says_and_shows(findings: Sequence[Finding]) -> dict[str, Voices]:
    """By item, what each team says and what the records show, or show in its stead, where both can be told."""
    found: dict[str, Voices] = {}
    for finding in findings:
        for group, one in finding.estimates if finding.code == SAYS_AND_SHOWS else ():
            keys = dict(group)
            who = keys.get("who", "")
            if "item" in keys and (who in WHO or who.startswith(STANDS_IN)):
                found.setdefault(keys["item"], {})[who] = one
    return found


def by_team(finding: Finding) -> Voices:
    """What each team says of the one item that a finding is about."""
    if finding.chapter != "perception":
        return {}
    return {who: one for group, one in finding.estimates if (who := _team(group)) in WHO}


def label(item: str) -> str:
    """
    Examples
    --------
    >>> label("followed_up"), label("lunch_breaks")
    ('Leads are always followed up', 'Lunch breaks')
    """
    words = plain(item)
    return WORDS.get(item, words[:1].upper() + words[1:])


def _team(group: Group) -> str:
    return group[0][1] if len(group) == 1 and group[0][0] == "team" else ""
