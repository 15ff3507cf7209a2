"""The names of the columns that a file has, once typed, beside those that the charter knows.

No name in a charter has a bar, so these never meet them.
"""

from __future__ import annotations


def at(stage: str) -> str:
    """The instant of an entry, in UTC."""
    return f"{stage}|at"


def late(stage: str) -> str:
    """Whether an entry lies after ``as_of``."""
    return f"{stage}|late"


def blank(stage: str) -> str:
    """Whether the cell holds nothing."""
    return f"{stage}|blank"


def unreadable(name: str) -> str:
    """Whether the cell holds something that cannot be read."""
    return f"{name}|unreadable"


def as_read(name: str) -> str:
    """A column as the file has it."""
    return f"{name}|as read"


def part(stage: str, name: str) -> str:
    """A step on the way from a cell to its day."""
    return f"{stage}|{name}"


def outcome(name: str) -> str:
    """What tells how a deal ended."""
    return f"outcome|{name}"


def placeholder(name: str) -> str:
    """Whether the cell holds what a form leaves where nobody chose anything."""
    return f"{name}|placeholder"


def sign(name: str) -> str:
    """What serves to judge a row, and is not told of a lead."""
    return f"sign|{name}"


# Of a file that has a row an event: its time, under which ``at`` and the others go too; and the words of the file for
# what was entered and what was left.
EVENT = "event|"


def implausible(stage: str) -> str:
    """Whether the cell holds a date from before anyone kept leads in a CRM, as programs write for want of one."""
    return f"{stage}|implausible"


def skipped_hour(stage: str) -> str:
    """Whether the cell holds a time that the clocks of its zone never showed."""
    return f"{stage}|skipped hour"


def repeated_hour(stage: str) -> str:
    """Whether the cell holds a time that the clocks of its zone showed twice."""
    return f"{stage}|repeated hour"
