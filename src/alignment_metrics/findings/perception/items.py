"""What each question of the survey comes to in a sentence, and which published number asks the same."""

from __future__ import annotations

from collections.abc import Iterator

from alignment_metrics.findings.words import plain
from alignment_metrics.published import shown
from alignment_metrics.quality import FileQuality
from alignment_metrics.questions import Item

# What those who say yes to an item say; it follows "say that".
SAYS = {
    "mql_important": "leads that marketing has qualified are important for sales",
    "collaboration": "working together enables growth that the company depends on",
    "collateral": "sales has the material at hand that it needs to convince leads",
    "followed_up": "sales always follows up the leads that marketing hands over",
    "same_definition": "both teams mean the same by a qualified lead",
    "ownership": "it is always clear who is responsible for a lead",
    "alignment": "the two teams work together as closely as can be (5 of 5)",
    "lead_quality": "the leads that marketing hands over are good (4 or 5 of 5)",
}


# How the note begins that each item has for itself, though others may have the same.
OWN = "Counted:"


def counted(item: Item) -> str:
    """Which answers count."""
    yes = " or ".join(f'"{plain(one)}"' for one in item.yes)
    return f"{OWN} who answered {yes}, of all who could say."


def unread(file: FileQuality) -> dict[str, int]:
    """Of a survey, by item, how many cells hold something that is none of its answers."""
    if file.layout != "survey":
        return {}
    items = {column.header: column.name for column in file.columns if column.name}
    odd = [one for one in file.problems if one.code == "unreadable_answer" and one.column in items]
    return {items[one.column]: one.rows for one in odd if one.column}


def published(item: Item) -> Iterator[str]:
    """What others have published on the same question, with its grade; those that may be compared have a chapter.

    None is a target, and what cannot be traced is said only to warn.
    """
    for told in shown():
        if told.kind != "survey" or told.terms["item"] != item.id:
            continue
        one = told.citation
        dated = f", {year}" if (year := one.year_published or one.year) else ""
        source = f"({one.publisher}{dated}; grade {one.grade})"
        if one.use == "warn_only":
            yield f"Said only to warn: {one.claim.rstrip('.')} {source}. {one.discrepancy or one.caveat}"
        else:
            yield f"Published, for context and not scored: {one.claim.rstrip('.')} {source}."
