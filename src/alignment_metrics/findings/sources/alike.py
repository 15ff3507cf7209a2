"""Which sources still stand apart where their leads are of the same mix as everybody else's."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from alignment_metrics.findings.sources.asked import SOURCE, Asked
from alignment_metrics.findings.sources.ends import stretched
from alignment_metrics.findings.sources.known import some
from alignment_metrics.findings.words import level, listed, percent, plain, points
from alignment_metrics.stats.gathered import widened_pvalue, widening
from alignment_metrics.stats.mantel import mantel_haenszel
from alignment_metrics.stats.many import holm
from alignment_metrics.stats.strata import standardise
from alignment_metrics.tallies import Cell, Tally
from alignment_metrics.values import Counts, Estimate, Finding, Group, group

# A standardised difference speaks for the leads of its strata alone: it must be most of them, and each stratum must
# hold enough others to know their rate.
THIN_BELOW = 5
MOST = 0.8
STILL, ALIKE = "At the same mix", "others in its mix"
Stratum = tuple[Group, Counts, Counts]


@dataclass(frozen=True, slots=True)
class Apart:
    """A source against all other known ones where they are alike.

    ``difference`` is what the strata have in common (Mantel-Haenszel), ``alike`` that to the others in the mix of the
    source, ``covered`` the share of its leads in strata with enough of the others. The p-value is that of the source
    alone.
    """

    name: str
    difference: Estimate
    alike: Estimate
    pvalue: float
    covered: float
    effect: float = 1.0

    @property
    def told(self) -> bool:
        """Whether enough of its leads can be set beside others."""
        return self.covered >= MOST


def strata(found: Tally[Counts], names: Iterable[str], key: str = SOURCE) -> Iterator[tuple[str, tuple[Stratum, ...]]]:
    """For each name its leads and those of all others, by everything else that the tally is by."""
    rest = tuple(one for one in found.keys if one != key)
    hits: dict[Cell, int] = {}
    totals: dict[Cell, int] = {}
    parts: dict[str, list[tuple[Cell, Counts]]] = {}
    for (name, *labels), counts in found.by(key, *rest).cells:
        cell = tuple(labels)
        parts.setdefault(name, []).append((cell, counts))
        hits[cell] = hits.get(cell, 0) + counts.hits
        totals[cell] = totals.get(cell, 0) + counts.total
    for name in names:
        yield (
            name,
            tuple(
                (
                    group(dict(zip(rest, cell, strict=True))),
                    ours,
                    Counts(hits[cell] - ours.hits, totals[cell] - ours.total),
                )
                for cell, ours in parts[name]
            ),
        )


def apart(found: Tally[Counts], names: Iterable[str], *, by: tuple[str, ...], confidence: float) -> list[Apart]:
    """Each of these sources against all others of ``found``; the p-values are not adjusted for being several."""
    told = []
    for name, cells in strata(found, names):
        alike = standardise(cells, by=by, to="left", confidence=confidence).difference
        pooled = mantel_haenszel(cells, confidence=confidence)
        n = sum(ours.total for _, ours, _ in cells)
        beside = sum(ours.total for _, ours, others in cells if others.total >= THIN_BELOW)
        told.append(Apart(name, pooled.difference, alike, pooled.test.pvalue, beside / n))
    return told


def _widened(one: Apart, effect: float, df: float) -> Apart:
    """The same where leads of one account fare alike: by the design effect of the source's difference as it comes."""
    if effect == 1 and math.isinf(df):
        return one
    factor = widening(effect, df, confidence=one.difference.confidence)
    pvalue = widened_pvalue(one.pvalue, effect, df)
    told = (stretched(one.difference, factor), stretched(one.alike, factor))
    return replace(one, difference=told[0], alike=told[1], pvalue=pvalue, effect=effect)


def adjusted(asked: Asked) -> Finding:
    """Each source against all other known ones, where those have its mix of what the charter adjusts for."""
    by, policy = asked.charter.adjust_by, asked.policy
    code, sql = "sources.adjusted", (asked.whole.counts.sql,)
    question = f"Which sources still stand apart where the other leads have the same mix of {_mix(by)}?"
    claim = "Whether sources stand apart at the same mix of leads cannot be told."
    verdict, because = asked.refused(SOURCE)
    if not because and not by:
        question = "Which sources still stand apart where the other leads are of the same mix?"
        verdict, because = (
            "does_not_apply",
            (
                "the charter names nothing to adjust for; name columns of the leads in [organisation] segments, or in "
                "[policy] adjust_by."
            ),
        )
    if because:
        return Finding(code, question, verdict, claim, because=because, sql=sql)
    names = [name for name, _ in asked.sources.rated]
    known = asked.whole.counts.by(SOURCE, *by)
    known = replace(known, cells=tuple(cell for cell in known.cells if cell[0][0] in asked.sources.groups))
    every = apart(known, names, by=by, confidence=policy.confidence)
    effects = asked.sources.effects()
    every = [_widened(one, *effects[one.name]) for one in every]
    told = [one for one in every if one.told]
    rows = [(group({SOURCE: one.name}), one.difference) for one in told]
    rows += [(group({SOURCE: one.name, "rate": ALIKE}), one.alike) for one in told]
    left_out = [one.name for one in every if not one.told]
    notes = (
        f"Each source is set against all other known ones within strata of {_mix(by)} (Mantel-Haenszel). It stands "
        "apart where the interval leaves out 0 and the Cochran-Mantel-Haenszel test, adjusted by Holm over the "
        f"{len(told)} sources, rejects; asked only where one test has shown that sources differ at all.",
        *_allowed(asked, told),
        *asked.came_late(),
        *asked.batched(),
        "Alike in what was recorded is not alike in everything: this remains an association.",
        *_untold(left_out, by),
    )
    if not told:
        because = (
            f"no source has {percent(MOST)} of its leads in strata of {_mix(by)} with at least {THIN_BELOW} leads of "
            "the others."
        )
        return Finding(code, question, "not_enough_data", claim, because=because, sql=sql)
    text = _claim(asked, told)
    differs = text.startswith(STILL)
    return Finding(
        code,
        question,
        "measured",
        text,
        tuple(sorted(rows, key=lambda row: row[0])),
        notes=notes,
        sql=sql,
        differs=differs,
    )


def _claim(asked: Asked, told: list[Apart]) -> str:
    mix, policy = _mix(asked.charter.adjust_by), asked.policy
    if not asked.differ(SOURCE):
        return f"That sources differ is not shown as they come, so none is told apart at a given mix of {mix}."
    chances = dict(zip((one.name for one in told), holm([one.pvalue for one in told]), strict=True))
    shown = [one for one in told if chances[one.name] < 1 - policy.confidence]
    more = [one for one in shown if one.difference.low > 0]
    less = [one for one in shown if one.difference.high < 0]
    still = {one.name for one in (*more, *less)}
    before = {name for side in asked.sources.apart(policy) for name, _ in side}
    gone = sorted(one.name for one in told if one.name in before - still)
    lost = (
        f" Of those that stood apart as they came, {some(gone)} no longer do{'es' * (len(gone) == 1)}." if gone else ""
    )
    if not still:
        return f"No source can be told from the others at the same mix of {mix}.{lost}"
    sides = [f"{_named(side)} convert {how} often" for how, side in (("more", more), ("less", less)) if side]
    return (
        f"{STILL} of {mix}, leads of {', and leads of '.join(sides)} than those of all other known sources "
        f"({level(policy)}s).{lost}"
    )


def _allowed(asked: Asked, told: list[Apart]) -> Iterator[str]:
    if asked.sources.accounts is not None and told:
        most = max(told, key=lambda one: (one.effect, one.name))
        yield (
            "Leads of one account may fare alike: each interval and test is widened by the design effect of that "
            f"source's difference to the others as they come, of at most {most.effect:.2f} ({most.name})."
        )


def _named(side: list[Apart]) -> str:
    largest = sorted(side, key=lambda one: (-abs(one.difference.value), one.name))
    return some([f"{one.name} ({points(one.difference)})" for one in largest], more="more (named in the table)")


def _untold(names: list[str], by: tuple[str, ...]) -> Iterator[str]:
    if names:
        yield (
            f"Not told: {some(names)}. Fewer than {percent(MOST)} of {'its' if len(names) == 1 else 'their'} leads are "
            f"in strata of {_mix(by)} with at least {THIN_BELOW} leads of the others."
        )


def _mix(by: tuple[str, ...]) -> str:
    return listed([plain(key) for key in by])
