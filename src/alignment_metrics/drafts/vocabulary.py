"""What the files call stages and sources, as lines of a charter: proposed where the vendor tells, else a question."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from alignment_metrics.charter import TAGS, Policy
from alignment_metrics.charter.grammar import shown
from alignment_metrics.drafts.hints import by_words
from alignment_metrics.drafts.survey import Seen, together
from alignment_metrics.drafts.toml import quoted, remark, rows
from alignment_metrics.exports.origins import BESIDE

_MOST_SOURCES, _MOST_WORDS, _LONGEST_VALUE = 300, 100, 120
_FEW = Policy().suppress_below


def words(parts: Sequence[Seen], elsewhere: Collection[str], questions: list[str]) -> list[str]:
    """What events call a stage, each with its rows, to be given the stage of the funnel it stands for.

    Stages that are read ``elsewhere`` are given to none.
    """
    one = parts[0]
    found = public(together(part.words for part in parts))
    lines = remark("What this file calls a stage, and the stage of [funnel] that it stands for.")
    if any(one.means(word) is None for word in found):
        lines += remark(
            "A stage that is named here must stand in [funnel] too. Where this file dates the leads, records that "
            "never come to the first stage of [funnel] are set aside, so some word must stand for that one."
        )
    open_ = 0
    for word, n in list(found.items())[:_MOST_WORDS]:
        stage = one.means(word)
        if stage is not None and stage in elsewhere:
            lines.append(f"# {quoted(word)} = {quoted(stage)}  # {rows(n)}. read from another file")
        elif stage is not None:
            lines.append(f"{quoted(word)} = {quoted(stage)}  # {rows(n)}. proposed by its name; confirm")
        else:
            open_ += 1
            near = by_words(word)
            asked = "proposed by its words; confirm" if near else "QUESTION: which stage, if any?"
            lines.append(f"# {quoted(word)} = {quoted(near or '')}  # {rows(n)}. {asked}")
    if open_:
        questions.append(f"{shown(one.file)}: which stage each of {open_} of {len(found)} words stands for")
    return lines


def told_by(tables: Sequence[Sequence[Seen]]) -> Sequence[Seen] | None:
    """The table that tells the source of a lead: one that is known to, else one with a column whose words say so.

    Of deals, only where they are the leads themselves: others would tell it of converted leads alone.
    """
    known = next((parts for parts in tables if "source" in parts[0].found.columns), None)
    keys = [parts[0].layout.key if parts[0].layout else None for parts in tables]
    likely = (parts for parts, key in zip(tables, keys, strict=True) if parts[0].source_header and key == keys[0])
    return known or next(likely, None)


def sources(parts: Sequence[Seen] | None, questions: list[str]) -> list[str]:
    """``[sources]``: each value with its rows, and its direction where the vendor tells what it means."""
    if parts is None:
        return remark(
            "[sources]: no column of the leads looks like their source. If one is, name it as source under their "
            "[export.columns], and list its values here."
        )
    one = parts[0]
    assert one.layout is not None
    assert one.source_header is not None
    counts = together(part.sources for part in parts)
    values = public(together({source: n} for (source, _), n in counts.items()))
    named = dict(list(values.items())[:_MOST_SOURCES])
    lines = [
        "[sources]",
        *remark(
            f"Each value of {shown(one.source_header)}, what to call it, and who came to whom. inbound: they "
            f"came to us. outbound: we went to them. Whatever is not listed counts as unknown. Where another column "
            f"tells it better, name that one as source under [export.columns], and list its values here.",
            f"A source may bear tags too: {_tags()}.",
        ),
    ]
    open_, listed = 0, len(named)
    for source, n in named.items():
        word = one.source(source)
        direction = one.layout.directions.get(word)
        called = word.lower().replace("_", " ") if word in one.layout.sources else source
        if direction is None:
            open_ += 1
            asked = "QUESTION: only the details below tell" if word in one.layout.undecided else "QUESTION: which?"
            lines.append(f"{_source(source, called, 'unknown')}  # {rows(n)}. {asked}")
        else:
            lines.append(
                f"{_source(source, called, direction)}  # {rows(n)}. proposed: as the vendor documents it; confirm"
            )
        details = public({told: n for (raw, told), n in counts.items() if raw == source and told})
        for told, n in details.items():
            open_, listed = open_ + 1, listed + 1
            value = f"{source}{BESIDE}{told}"
            lines.append(f"{_source(value, f'{called}, {told}', 'unknown')}  # {rows(n)}. QUESTION: which?")
    rest = {source: n for (source, _), n in counts.items() if source not in named}
    if rest:
        total = sum(n for (source, _), n in counts.items() if source in rest)
        lines += remark(
            f"{len(rest):,} more value{'s' * (len(rest) > 1)}, of {rows(total)}, not shown: fewer than {_FEW} rows "
            f"share each, or it may hold an address or a number."
        )
    if open_:
        questions.append(f"[sources]: the direction of {open_} of {listed} value{'s' * (listed > 1)}")
    return lines


def _tags() -> str:
    return "; ".join(
        f"{tag} = {', '.join(map(quoted, words[:-1]))} or {quoted(words[-1])}" for tag, words in TAGS.items()
    )


def _source(value: str, called: str, direction: str) -> str:
    return f"{quoted(value)} = {{ source = {quoted(called)}, direction = {quoted(direction)} }}"


def public(counts: Mapping[str, int]) -> dict[str, int]:
    """The values that many rows share and that are no address or number: the others may be what a stranger typed."""
    return {value: n for value, n in counts.items() if n >= _FEW and not may_be_private(value) and "\0" not in value}


def may_be_private(text: str) -> bool:
    """Whether it may be an address, a number of somebody, or what somebody wrote.

    Examples
    --------
    >>> may_be_private("Web"), may_be_private("mira@example.com"), may_be_private("0171 234 5678")
    (False, True, True)
    """
    return "@" in text or len(text) > _LONGEST_VALUE or re.search(r"(\d[\s().-]?){7}", text) is not None
