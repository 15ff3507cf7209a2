"""Drafts a charter from the files of a folder: what they show is written, what they cannot tell is left as a question.

Whatever a stranger typed stands in it as a TOML string or, cut short, in a comment; nothing breaks out of either.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis

from alignment_metrics.charter import TREATMENTS, Policy
from alignment_metrics.charter.grammar import shown
from alignment_metrics.drafts.blocks import export, left_out
from alignment_metrics.drafts.examples import examples
from alignment_metrics.drafts.horizon import as_of
from alignment_metrics.drafts.lists import BESIDE, beside, columns
from alignment_metrics.drafts.survey import EXITS, STAGES, Seen, look
from alignment_metrics.drafts.toml import question, quoted, remark
from alignment_metrics.drafts.vocabulary import sources, told_by
from alignment_metrics.files import is_read as is_export

_MOST_FILES = 12
# Files that stand beside exports by design: the charter itself, and layouts of one's own.
_OURS = ".toml"
_HEAD = (
    "A draft of the plan that both teams sign, made by alignment-metrics from the files in this folder.",
    "Read it from top to bottom. QUESTION: the files do not tell; write the answer into the line below it, and delete "
    "the `# ` in front of that line. proposed: a reading to confirm or to change. All else is what was found.",
)
_ASKED = {
    "name": "whose leads are these?",
    "timezone": (
        'which time zone decides to which day a time belongs, for both teams? A name such as "Europe/Paris". By which '
        "clock a file was written is asked at the file."
    ),
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
    there = sorted(one for one in folder.iterdir() if _may_be_named(one, folder))
    exports = [one.name for one in there if is_export(one)]
    # Where a folder has nothing else, what is called so may well be the leads.
    files = [name for name in exports if name not in BESIDE] or exports
    others = [one.name for one in there if not is_export(one) and one.suffix != _OURS]
    if not files:
        raise FileNotFoundError(f"there is no export in {folder}; put the files there as the CRM wrote them.")
    with tempfile.TemporaryDirectory(prefix="alignment-metrics-") as scratch:
        con = ibis.duckdb.connect(str(Path(scratch) / "work.duckdb"), memory_limit="1GB", temp_directory=scratch)
        con.raw_sql("SET TimeZone = 'UTC'")
        try:
            seen = [look(con, folder, file, f"file_{number}", Path(scratch)) for number, file in enumerate(files)]
        finally:
            con.disconnect()
    return written(seen, others, [name for name in exports if name not in files])


def written(seen: Sequence[Seen], others: Sequence[str] = (), lists: Sequence[str] = ()) -> Draft:
    """The draft of a charter for these files; ``others`` and ``lists`` lie beside them and are none of an export."""
    known = [one for one in seen if one.layout is not None]
    tables = _tables(known)
    source = told_by(tables)
    questions: list[str] = []
    lines = [*remark(*_HEAD), "", *_organisation(tables, questions)]
    told, proposed = dict[str, Seen](), {place for table in tables for place in table[0].places}
    for table in tables:
        lines += ["", *export(table, told, proposed, questions, tells_source=table is source)]
        told = dict.fromkeys(table[0].places, table[0]) | told
    unknown = [one for one in seen if one not in known]
    for one in unknown:
        lines += ["", *left_out(one)]
    if unknown:
        questions.append(
            f"whether {_some([one.file for one in unknown])} hold{'s' * (len(unknown) == 1)} leads or deals"
        )
    if others:
        lines += ["", *remark(f"Not looked at, for files with such an ending are not read: {_some(others)}.")]
    lines += ["", *columns(), *beside(lists)]
    lines += ["", *_funnel(tables, told, proposed, questions), "", *sources(source, questions), ""]
    stages = [place for place in STAGES if place in told]
    lines += [*_thresholds(questions), "", *examples(stages)]
    return Draft("\n".join(lines) + "\n", tuple(one.file for one in seen), tuple(questions))


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_FILES} more" if len(names) > _MOST_FILES else ""
    return ", ".join(shown(name) for name in names[:_MOST_FILES]) + more


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
        tables.setdefault((name, one.sheet, one.sheets, frozenset(one.headers)), []).append(one)
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
    lines += as_of(tables)
    lines += remark("Columns to break results down by; any that is not read below may be named.")
    lines.append("segments = []")
    keys = [key for key in _ASKED if key != "currency" or with_money]
    questions.append(f"[organisation]: {', '.join(keys)}, as_of")
    return lines


def _funnel(
    tables: Sequence[Sequence[Seen]], told: Mapping[str, Seen], proposed: set[str], questions: list[str]
) -> list[str]:
    stages, exits = ([place for place in order if place in told] for order in (STAGES, EXITS))
    more_stages, more_exits = ([place for place in order if place in proposed] for order in (STAGES, EXITS))
    lines = ["[funnel]"]
    if len(stages) > 1:
        lines += [*remark("The stages that the files date, in order."), f"stages = [{_listed(stages)}]"]
    else:
        lines += question("which stages does a lead go through, in order? At least two, each named under an export.")
        lines.append(f"# stages = [{_listed(more_stages)}]")
        questions.append("[funnel]: stages")
    lines.append(f"exits = [{_listed(exits)}]")
    instead = [f"stages = [{_listed(more_stages)}]"] if 1 < len(stages) < len(more_stages) else []
    instead += [f"exits = [{_listed(more_exits)}]"] if len(exits) < len(more_exits) else []
    if instead:
        where = "these in place of the two lines" if len(instead) > 1 else "this in place of the line"
        lines += remark(f"Once the columns proposed above are read, write {where} above: {' and '.join(instead)}.")
    others = {name for parts in tables for name in parts[0].found.stages} - {*STAGES, *EXITS}
    lines += remark(f"Dated too, and not listed: {', '.join(sorted(others))}.") if others else []
    lines.append('entry = "first"  # or "last": which entry counts where a lead enters a stage again')
    lines.append('skipped = "observed"  # or "passed": a later stage implies the earlier ones')
    if stages:
        lines += question("what does each stage mean? Who owns it, what enters it, what happens on refusal.")
        lines += remark(
            'Where you call a stage otherwise than here, such as customer for won, add stands_for = "won" to its '
            "definition: published numbers find it by that name."
        )
        questions.append(f"[funnel.definitions]: what {'each stage' if len(stages) > 1 else stages[0]} means")
    for stage in stages:
        lines += ["", f"[funnel.definitions.{stage}]", '# owner = ""', '# enters_when = ""', '# if_refused = ""']
    return lines


def _listed(places: Sequence[str]) -> str:
    return ", ".join(map(quoted, places))


def _thresholds(questions: list[str]) -> list[str]:
    usual = Policy()
    questions.append("[policy]: margin")
    lines = [
        "[policy]",
        f"within_days = {usual.within_days}  # the window of a conversion rate; only leads old enough count",
        f"confidence = {usual.confidence}",
        f"min_group = {usual.min_group}  # smaller groups are shown as counts, not as rates",
        f"suppress_below = {usual.suppress_below}  # smaller groups are not shown at all",
        f"cohort = {quoted(usual.cohort)}  # leads are followed by the month they came in; or by week or quarter",
        *question("which is the smallest difference of two rates worth acting on? A share: 0.02 is two points."),
        "# margin = 0.02",
        *remark(
            "Groups are compared as they are, and as if each had the same mix of the columns named here; left out, of "
            'the segments. "owner" and "month" may be named too.'
        ),
        "# adjust_by = []",
        *remark(
            "A column and a value that no source can have brought about: where groups differ in it, they differ in "
            "more than their source."
        ),
        '# negative_control = { column = "", value = "" }',
        "",
        "[treatment]",
        *remark("What is done about rows with a trouble; run alignment-metrics check to see which there are."),
    ]
    return lines + [
        f"{code} = {quoted(ways[0])}  # or {' or '.join(map(quoted, ways[1:]))}" for code, ways in TREATMENTS.items()
    ]
