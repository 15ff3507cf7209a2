"""Writes the ``[[export]]`` of a file, or of several alike: what was understood, what is proposed, what is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from alignment_metrics.charter.grammar import shown
from alignment_metrics.columns.names import outcome
from alignment_metrics.drafts.hints import by_words, dates_creation
from alignment_metrics.drafts.sheets import choice
from alignment_metrics.drafts.survey import Seen
from alignment_metrics.drafts.toml import question, quoted, remark
from alignment_metrics.drafts.vocabulary import may_be_private, words

_MOST_HEADERS = 12
# Each key that a file may leave open, and what is written where it is to be answered.
_KEYS = {
    "encoding": '"cp1252"',
    "timezone": '""',
    "day_first": "true  # or false",
    "decimal": '"."  # or ","',
}
_DATED = re.compile(r"\b(date|entered|became|time|created)\b|_date|_at$| on$", re.IGNORECASE)
# The column that a problem of the reader begins with.
_COLUMN = re.compile(r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")[ :]""")


def export(
    parts: Sequence[Seen], told: Mapping[str, Seen], proposed: set[str], questions: list[str], *, tells_source: bool
) -> list[str]:
    """The lines of one table.

    Parameters
    ----------
    told : mapping of str to Seen
        The stages that earlier files date.
    proposed : set of str
        All that the files date; a stage that a column here may date is added to it.
    questions : list of str
        What is left to answer is added to it.
    tells_source : bool
        Whether the source of a lead is read from here.
    """
    one = parts[0]
    assert one.layout is not None
    names = [quoted(part.file) for part in parts]
    lines = ["[[export]]", f"file = {names[0]}" if len(parts) == 1 else f"file = [{', '.join(names)}]"]
    if len(parts) > 1:
        lines += remark("These are read as parts of one table. Take out any that is a copy of another.")
    if one.rivals:
        lines += question(f"{one.because} What follows is drafted as if it were the first.")
        others = " or ".join(map(quoted, one.rivals[1:]))
        lines.append(f"# layout = {quoted(one.rivals[0])}" + (f"  # or {others}" if others else ""))
        questions.append(f"{shown(one.file)}: layout")
    else:
        lines += [f"layout = {quoted(one.layout.name)}", *remark(one.because)]
    lines += remark(*(["Opened as " + one.form + "."] if one.form else []))
    lines += _sheet(one, questions)
    lines += _settled(parts, questions)
    again = [place for place in one.places if place in told]
    lines += _told_twice(one, again, told, questions)
    source = one.source_header if tells_source and "source" not in one.found.columns else None
    lines += _read(one, source)
    lines.append("[export.columns]")
    if source:
        lines.append(f"source = {quoted(source)}  # proposed by its words; confirm")
        questions.append(f"{shown(one.file)}: whether {shown(source)} is the source of a lead")
    lines += _columns(one, proposed)
    if one.layout.events:
        lines += ["[export.stages]", *words(parts, again, questions)]
    return lines


def left_out(one: Seen) -> list[str]:
    """A file that no layout fits: it may be no export of leads at all."""
    if one.headers and not one.problems:
        why = "no known layout fits its columns."
    else:
        why = " ".join(one.problems) or one.because
    lines = question(f"{shown(one.file)} is not read: {why}")
    if len(one.headers) == 1:
        return lines + remark("It has one column only, too few for a lead and a day.")
    lines += remark(
        "If it holds leads or deals, delete the `# ` in front of the lines below, and name its columns and the stages "
        "they date."
    )
    lines += remark(
        "If its rows tell how each ended by one date and a stage, or are of a vendor that is not known here, write a "
        'layout of your own beside it and name that file: layout = "ours.toml".'
    )
    lines += ["# [[export]]", f"# file = {quoted(one.file)}"]
    if one.sheets:
        lines.append(_either("# sheet", one.sheets))
    lines += ['# layout = "custom"', "# [export.columns]"]
    public = [header for header in one.headers if header.strip() and not may_be_private(header)]
    lines += [f"# name = {quoted(header)}" for header in public[:_MOST_HEADERS]]
    more = len(one.headers) - len(public[:_MOST_HEADERS])
    return lines + (remark(f"and {more} more column{'s' * (more > 1)}.") if more > 0 else [])


def _either(key: str, values: Sequence[str]) -> str:
    others = f"  # or {' or '.join(map(quoted, values[1:]))}" if len(values) > 1 else ""
    return f"{key} = {quoted(values[0])}{others}"


def _sheet(one: Seen, questions: list[str]) -> list[str]:
    if one.sheet is None:
        return []
    if len(one.sheets) == 1:
        questions.append(f"{shown(one.file)}: whether the sheet {shown(one.sheet)} is meant")
        return [f"sheet = {quoted(one.sheet)}  # proposed: the only one whose header is known; confirm"]
    questions.append(f"{shown(one.file)}: sheet")
    return [*question(choice(one.sheets)), _either("# sheet", one.sheets)]


def _settled(parts: Sequence[Seen], questions: list[str]) -> list[str]:
    """What the file leaves open, and what would have to be put right."""
    lines: list[str] = []
    asked: list[str] = []
    problems = list(dict.fromkeys(problem for part in parts for problem in part.problems))
    for key, answer in _KEYS.items():
        if found := [problem for problem in problems if f"{key} = " in problem]:
            problems = [problem for problem in problems if problem not in found]
            lines += [*question(_asked(key, found)), f"# {key} = {answer}"]
            asked.append(key)
    for problem in problems:
        lines += remark(f"QUESTION, to be put right in the file itself: {problem}")
    asked += [f"{len(problems)} thing{'s' * (len(problems) > 1)} to be put right in the file"] if problems else []
    if asked:
        questions.append(f"{' and '.join(shown(part.file) for part in parts)}: {', '.join(asked)}")
    return lines


def _asked(key: str, found: Sequence[str]) -> str:
    """In the reader's own words; where the same is asked of several columns, they are named."""
    columns = list(dict.fromkeys(named[1] for problem in found if (named := _COLUMN.match(problem))))
    if key == "timezone" and columns:
        return (
            f"what clock were the times in {_and(columns)} written by? They bear no zone, and it need not be the "
            f"organisation's: whoever exports may have set another, and some programs write UTC."
        )
    return found[0] + (f" So it is with {_and(columns[1:])}." if columns[1:] else "")


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _told_twice(one: Seen, again: Sequence[str], told: Mapping[str, Seen], questions: list[str]) -> list[str]:
    """What an earlier file dates as well, and the lines to change where this one is to tell it."""
    if not again:
        return []
    lines: list[str] = []
    for file in dict.fromkeys(told[place].file for place in again):
        same = [place for place in again if told[place].file == file]
        listing = ", ".join(map(quoted, same))
        them = "them" if len(same) > 1 else "it"
        # What the charter says that a word means goes before what it ignores.
        here = f" and delete the `# ` before the words for {them} below" if one.is_history else ""
        there = f" and put a `# ` before the words for {them} there" if told[same[0]].is_history else ""
        lines += question(
            f"{_and(same)} can be read from {shown(file)} as well. proposed: as that file tells {them}; confirm. To "
            f"read {them} from {shown(one.file)}, take {listing} out of the line ignore below{here}, and write "
            f"ignore = [{listing}] under the [[export]] of {shown(file)}{there}."
        )
    lines.append(f"ignore = [{', '.join(map(quoted, again))}]")
    questions.append(f"{shown(one.file)}: which file tells {_and(again)}")
    return lines


def _read(one: Seen, source: str | None) -> list[str]:
    """Which header was read for what, and how; and the columns that were not read."""
    found = one.found
    ends = {" and ".join(one.ends): found.outcome["closed_on"]} if one.ends else {}
    named = {**found.columns, **found.stages, **ends}
    how = {**one.read_as, **{name: one.read_as.get(outcome("closed_on"), "") for name in ends}}
    table = [(name, shown(header), how.get(name, "")) for name, header in named.items()]
    lines = remark("What is read, from which column, and how it is written there:") if table else []
    wide = max((len(name) for name, _, _ in table), default=0)
    for name, header, told in table:
        lines += remark(f"  {name:<{wide}}  {header}{'  ' + told if told else ''}", hang=wide + 4)
    if ends:
        flags = [found.outcome[name] for name in ("closed", "won") if name in found.outcome]
        told_by = flags if len(flags) == 2 else [found.outcome["stage"]]
        listing = " and ".join(shown(header) for header in told_by)
        lines += remark(f"Which deals are closed, and which of them won, is told by {listing}.")
    if not_read := [header for header in one.not_read if header != source]:
        others = [header for header in not_read if not _DATED.search(header)] or not_read
        more = len(not_read) - len(others[:_MOST_HEADERS])
        listing = ", ".join(shown(header) for header in others[:_MOST_HEADERS]) + (f" and {more} more" if more else "")
        lines += remark(f"Not read: {listing}.")
    return lines


def _columns(one: Seen, proposed: set[str]) -> list[str]:
    """Columns that look like dates of stages, to be taken on by whoever knows them."""
    dated = [header for header in one.not_read if _DATED.search(header)]
    if not dated or one.layout is None or one.layout.events:
        return []
    lines = remark(
        "These look like dates and are not read. To read one, delete the `# ` in front of its line, name the stage it "
        "dates, and list that stage in [funnel]."
    )
    for header in dated[:_MOST_HEADERS]:
        created = one.layout.key == "lead_id" and dates_creation(header)
        name = by_words(header) or ("lead" if created else None)
        if name is None or name in proposed or re.search(r"exit", header, re.IGNORECASE):
            lines.append(f"# stage = {quoted(header)}")
        else:
            lines.append(f"# {name} = {quoted(header)}  # proposed by its words; confirm")
            proposed.add(name)
    return lines
