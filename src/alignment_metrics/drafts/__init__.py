"""Drafts a charter from the files of a folder: what they show is written, what they cannot tell is left as a question.

Whatever a stranger typed stands in it as a TOML string or, cut short, in a comment; nothing breaks out of either.
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis

from alignment_metrics.charter import TREATMENTS, Policy
from alignment_metrics.charter.grammar import shown
from alignment_metrics.columns.names import outcome
from alignment_metrics.drafts.survey import EXITS, STAGES, Seen, look
from alignment_metrics.drafts.toml import question, quoted, remark, rows
from alignment_metrics.drafts.vocabulary import by_words, sources, words
from alignment_metrics.files import is_read as is_export

_MOST_HEADERS = 12
# Each key that a file may leave open, and what is written where it is to be answered.
_KEYS = {"encoding": '"cp1252"', "sheet": '""', "timezone": '""', "day_first": "", "decimal": '""'}
_DATED = re.compile(r"\b(date|entered|became|time)\b|_date|_at$| on$", re.IGNORECASE)
_HEAD = (
    "A draft of the plan that both teams sign, made by alignment-metrics from the files in this folder.",
    "Read it from top to bottom. QUESTION: the files do not tell; answer in the line below and take its mark off. "
    "proposed: a reading to confirm or to change. All else is what was found.",
)
_ASKED = {
    "name": "whose leads are these?",
    "timezone": 'in which time zone do days begin, for both teams? A name such as "Europe/Paris".',
    "currency": 'in which currency are the amounts? Three letters, such as "EUR".',
}


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of a charter, the files it was drafted from, and in a line each what is left to answer."""

    text: str
    files: tuple[str, ...]
    questions: tuple[str, ...]


def draft(folder: Path) -> Draft:
    """Draft a charter from the files that lie in a folder.

    Raises
    ------
    FileNotFoundError
        There is no such folder, or no export in it.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}; name the folder that holds the exports.")
    files = sorted(one.name for one in folder.iterdir() if _may_be_named(one, folder) and is_export(one))
    if not files:
        raise FileNotFoundError(f"there is no export in {folder}; put the files there as the CRM wrote them.")
    with tempfile.TemporaryDirectory(prefix="alignment-metrics-") as scratch:
        con = ibis.duckdb.connect(str(Path(scratch) / "work.duckdb"), memory_limit="1GB", temp_directory=scratch)
        con.raw_sql("SET TimeZone = 'UTC'")
        try:
            seen = [look(con, folder, file, f"file_{number}", Path(scratch)) for number, file in enumerate(files)]
        finally:
            con.disconnect()
    return written(seen)


def written(seen: Sequence[Seen]) -> Draft:
    """The draft of a charter for these files."""
    known = [one for one in seen if one.layout is not None or one.rivals]
    tables = _tables(known)
    questions: list[str] = []
    lines = [*remark(*_HEAD), "", *_organisation(tables, questions)]
    told, proposed = set[str](), {place for table in tables for place in table[0].places}
    for table in tables:
        lines += ["", *_export(table, told, proposed, questions)]
        told |= {*table[0].places}
    unknown = [one for one in seen if one not in known]
    for one in unknown:
        lines += ["", *_unknown(one)]
    if unknown:
        some = ", ".join(shown(one.file) for one in unknown[:_MOST_HEADERS])
        questions.append(f"whether {some} hold{'s' * (len(unknown) == 1)} leads or deals")
    lines += ["", *_funnel(tables, told, proposed, questions), "", *sources(tables, questions), "", *_thresholds()]
    return Draft("\n".join(lines) + "\n", tuple(one.file for one in seen), tuple(questions))


def _may_be_named(path: Path, folder: Path) -> bool:
    """Whether a charter can name the file: with whole characters, and inside its folder."""
    hidden = path.name.startswith((".", "~$"))
    whole = path.name.encode("utf-8", "ignore").decode() == path.name
    return not hidden and whole and path.is_file() and path.resolve().is_relative_to(folder.resolve())


def _tables(known: Sequence[Seen]) -> list[tuple[Seen, ...]]:
    """The files, those alike in layout and header together; the table that dates the leads comes first."""
    tables: dict[object, list[Seen]] = {}
    for one in known:
        name = one.layout.name if one.layout else one.file
        tables.setdefault((name, frozenset(one.headers)), []).append(one)
    first = next((stage for stage in STAGES if any(stage in one.places for one in known)), None)
    ordered = sorted(tables.values(), key=lambda parts: first not in parts[0].places)
    return [tuple(parts) for parts in ordered]


def _organisation(tables: Sequence[Sequence[Seen]], questions: list[str]) -> list[str]:
    with_money = any("amount" in parts[0].found.columns for parts in tables)
    lines = ["[organisation]"]
    for key, asked in _ASKED.items():
        if key != "currency" or with_money:
            lines += [*question(asked), f'# {key} = ""']
    lines += question(
        "which is the last whole day that the export covers? A lead that has not come further by then counts as not "
        "having done so; a later day would count leads as failed that still had time."
    )
    lines += _as_of(tables[0] if tables else ())
    lines += remark("Columns to break results down by; any that is not read below may be named.")
    lines.append("segments = []")
    keys = [key for key in _ASKED if key != "currency" or with_money]
    questions.append(f"[organisation]: {', '.join(keys)}, as_of")
    return lines


def _as_of(parts: Sequence[Seen]) -> list[str]:
    """The newest days of the table that dates the leads, proposed where they read in one way only."""
    lines, newest, usual = list[str](), list[dt.date](), list[dt.date]()
    for one in parts:
        header = one.found.stages.get(one.created or "") or one.found.columns.get(one.created or "", "")
        for way, days in one.newest.items():
            named = ", ".join(f"{day.isoformat()} ({rows(n)})" for day, n in days.newest) or "none"
            read = f", if read with {way}," if way else ""
            lines += remark(f"The newest days in {shown(header)} of {shown(one.file)}{read} are {named}.")
            newest += [day for day, _ in days.newest[:1]]
            usual += [days.usual] if days.usual else []
    if not newest or any(way for one in parts for way in one.newest):
        return [*lines, "# as_of = "]
    day = max(newest)
    if usual and (before := max(usual)) < day:
        lines.append(f"# as_of = {before.isoformat()}  # proposed: the newest day with as many rows as others have; or")
    return [*lines, f"# as_of = {day.isoformat()}  # proposed: the newest day"]


def _export(parts: Sequence[Seen], told: set[str], proposed: set[str], questions: list[str]) -> list[str]:
    one = parts[0]
    names = [quoted(part.file) for part in parts]
    lines = ["[[export]]", f"file = {names[0]}" if len(parts) == 1 else f"file = [{', '.join(names)}]"]
    if len(parts) > 1:
        lines += remark("These are read as parts of one table. Take out any that is a copy of another.")
    lines += [f"layout = {quoted(one.layout.name)}"] if one.layout else []
    lines += remark(*(["Opened as " + one.form + "."] if one.form else []))
    if one.layout is None:
        lines += [*question(one.because), f"# layout = {quoted(one.rivals[0])}"]
        questions.append(f"{shown(one.file)}: layout")
    else:
        lines += remark(one.because)
    lines += _settled(parts, questions)
    if again := [place for place in one.places if place in told]:
        lines += question(
            f"{' and '.join(again)} can be read from an earlier file as well. proposed: as that one tells it; confirm, "
            f"or leave it out there and read it here."
        )
        lines.append(f"ignore = [{', '.join(map(quoted, again))}]")
        questions.append(f"{shown(one.file)}: which file tells {' and '.join(again)}")
    lines += _read(one)
    lines += ["[export.columns]", *_columns(one, proposed)]
    if one.layout is not None and one.layout.events:
        lines += ["[export.stages]", *words(parts, questions)]
    return lines


def _settled(parts: Sequence[Seen], questions: list[str]) -> list[str]:
    """What the file leaves open, in the reader's own words; and what would have to be put right."""
    lines: list[str] = []
    asked: list[str] = []
    problems = list(dict.fromkeys(problem for part in parts for problem in part.problems))
    for key, answer in _KEYS.items():
        if found := [problem for problem in problems if f"{key} = " in problem]:
            problems = [problem for problem in problems if problem not in found]
            more = f" So it is with {len(found) - 1} more column{'s' * (len(found) > 2)}." if len(found) > 1 else ""
            lines += [*question(found[0] + more), f"# {key} = {answer}"]
            asked.append(key)
    for problem in problems:
        lines += remark(f"QUESTION, to be put right in the file itself: {problem}")
    asked += [f"{len(problems)} thing{'s' * (len(problems) > 1)} to be put right in the file"] if problems else []
    if asked:
        questions.append(f"{' and '.join(shown(part.file) for part in parts)}: {', '.join(asked)}")
    return lines


def _read(one: Seen) -> list[str]:
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
    if one.not_read:
        others = [header for header in one.not_read if not _DATED.search(header)] or list(one.not_read)
        more = len(one.not_read) - len(others[:_MOST_HEADERS])
        listing = ", ".join(shown(header) for header in others[:_MOST_HEADERS]) + (f" and {more} more" if more else "")
        lines += remark(f"Not read: {listing}.")
    return lines


def _columns(one: Seen, proposed: set[str]) -> list[str]:
    """Columns that look like dates of stages, to be taken on by whoever knows them."""
    dated = [header for header in one.not_read if _DATED.search(header)]
    if not dated or (one.layout is not None and one.layout.events):
        return []
    lines = remark(
        "These look like dates and are not read. To read one, take its mark off, name the stage it dates, and list "
        "that stage in [funnel]."
    )
    for header in dated[:_MOST_HEADERS]:
        name = by_words(header)
        if name is None or name in proposed or re.search(r"exit", header, re.IGNORECASE):
            lines.append(f"# stage = {quoted(header)}")
        else:
            lines.append(f"# {name} = {quoted(header)}  # proposed by its words; confirm")
            proposed.add(name)
    return lines


def _unknown(one: Seen) -> list[str]:
    """A file that no layout fits: it may be no export of leads at all."""
    lines = question(f"{shown(one.file)} is not read: {' '.join(one.problems) or one.because}")
    lines += remark("If it holds leads or deals, take the marks off, and name its columns and the stages they date.")
    lines += remark(
        "If its rows tell how each ended by one date and a stage, or are of a vendor that is not known here, write a "
        'layout of your own beside it and name that file: layout = "ours.toml".'
    )
    lines += ["# [[export]]", f"# file = {quoted(one.file)}", '# layout = "custom"', "# [export.columns]"]
    lines += [f"# name = {quoted(header)}" for header in one.headers[:_MOST_HEADERS]]
    more = len(one.headers) - _MOST_HEADERS
    return lines + (remark(f"and {more} more columns.") if more > 0 else [])


def _funnel(tables: Sequence[Sequence[Seen]], told: set[str], proposed: set[str], questions: list[str]) -> list[str]:
    stages, exits = ([place for place in order if place in told] for order in (STAGES, EXITS))
    lines = ["[funnel]"]
    if len(stages) > 1:
        lines += [*remark("The stages that the files date, in order."), f"stages = [{', '.join(map(quoted, stages))}]"]
    else:
        lines += question("which stages does a lead go through, in order? At least two, each named under an export.")
        lines.append(f"# stages = [{', '.join(map(quoted, stages))}]")
        questions.append("[funnel]: stages")
    lines.append(f"exits = [{', '.join(map(quoted, exits))}]")
    if more := proposed - told:
        both = [", ".join(quoted(one) for one in order if one in told | more) for order in (STAGES, EXITS)]
        lines += remark("With the columns that are proposed above, taken on:")
        lines += [f"# stages = [{both[0]}]", f"# exits = [{both[1]}]"]
    others = {name for parts in tables for name in parts[0].found.stages} - {*STAGES, *EXITS}
    lines += remark(f"Dated too, and not listed: {', '.join(sorted(others))}.") if others else []
    lines.append('entry = "first"  # or "last": which entry counts where a lead enters a stage again')
    lines.append('skipped = "observed"  # or "passed": a later stage implies the earlier ones')
    if stages:
        lines += question("what does each stage mean? Who owns it, what enters it, what happens on refusal.")
        questions.append(f"[funnel.definitions]: what {'each stage' if len(stages) > 1 else stages[0]} means")
    for stage in stages:
        lines += ["", f"[funnel.definitions.{stage}]", '# owner = ""', '# enters_when = ""', '# if_refused = ""']
    return lines


def _thresholds() -> list[str]:
    usual = Policy()
    lines = [
        "[policy]",
        f"within_days = {usual.within_days}  # the window of a conversion rate; only leads old enough count",
        f"confidence = {usual.confidence}",
        f"min_group = {usual.min_group}  # smaller groups are shown as counts, not as rates",
        f"suppress_below = {usual.suppress_below}  # smaller groups are not shown at all",
        "",
        "[treatment]",
        *remark("What is done about rows with a trouble; run alignment-metrics check to see which there are."),
    ]
    return lines + [
        f"{code} = {quoted(ways[0])}  # or {' or '.join(map(quoted, ways[1:]))}" for code, ways in TREATMENTS.items()
    ]
