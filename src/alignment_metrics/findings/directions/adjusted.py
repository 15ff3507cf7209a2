"""The difference at the same mix by several methods and stratum by stratum, and what could not be used."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence

from alignment_metrics.charter import Policy
from alignment_metrics.findings.directions.case import Case
from alignment_metrics.findings.directions.conversion import after_the_fact
from alignment_metrics.findings.directions.counted import stretched, wider
from alignment_metrics.findings.directions.sides import LEFT, RIGHT, Stratum, To
from alignment_metrics.findings.groups import Estimates, shown
from alignment_metrics.findings.words import few, leads, level, listed, percent, plain, points, pvalue
from alignment_metrics.stats.clusters import clustered_difference
from alignment_metrics.stats.differences import difference
from alignment_metrics.stats.kitagawa import kitagawa
from alignment_metrics.stats.mantel import homogeneity_of_odds
from alignment_metrics.stats.models import aipw, g_computation
from alignment_metrics.stats.overlap import Overlap
from alignment_metrics.tallies import Tally
from alignment_metrics.values import Adjusted, Clusters, Counts, Estimate, Finding, Group, group

CODE = "inbound_vs_outbound.adjusted"
QUESTION = "What is left of the difference once inbound and outbound leads are alike in what is known of them?"
CLAIM = "The difference at the same mix cannot be told."
CRUDE, ALL = "crude", "standardised to all leads"
BALANCED = 0.1
"""A standardised difference below which a label counts as equally frequent in two groups (Austin & Stuart 2015)."""
MOST_NAMED = 5
METHODS = {
    "Mantel-Haenszel": "weights the strata by how much each can tell",
    "g-computation": "lets a model say how each lead would fare in either direction",
    "AIPW": "joins such a model with weights that make the two alike, and is right if either is",
}


def adjusted(case: Case) -> Finding:
    """Crude, standardised, Mantel-Haenszel, g-computation and AIPW; then each stratum that may be shown."""
    strata, sql = case.strata, case.sql
    if not strata.by:
        because = (
            "the charter names nothing to adjust for; write segments under [organisation], or adjust_by under [policy]."
        )
        return Finding(CODE, QUESTION, "does_not_apply", CLAIM, because=because, sql=sql)
    if not strata.shared:
        because = f"no combination of {strata.mix} holds both inbound and outbound leads."
        return Finding(CODE, QUESTION, "not_enough_data", CLAIM, because=because, sql=sql)
    weighted, overlap = aipw(strata.cells, confidence=case.policy.confidence)
    rows = _methods(case, weighted)
    there = [(name, one) for name, one in rows if one.n >= case.policy.min_group and not math.isnan(one.value)]
    by_stratum, held_back = of_strata(strata.shared, case.policy, case.clusters)
    overall: Estimates = tuple(((), one) for name, one in there if name == ALL)
    named: Estimates = tuple(((("method", name),), one) for name, one in there)
    notes = (
        *_explained(there),
        *_notes(case, rows),
        *after_the_fact(case),
        *_overlap(case, weighted, overlap),
        *_left_out(case),
        *held_back,
    )
    return Finding(
        CODE,
        QUESTION,
        "measured",
        _claim(case, there),
        (*overall, *named, *by_stratum),
        compared=(group({"direction": LEFT}), group({"direction": RIGHT})),
        notes=notes,
        sql=sql,
    )


def _methods(case: Case, weighted: Adjusted) -> list[tuple[str, Estimate]]:
    sides: tuple[tuple[To, str], ...] = (("all", "all leads"), ("left", f"{LEFT} leads"), ("right", f"{RIGHT} leads"))
    ways = {f"standardised to {to}": case.standardised(side) for side, to in sides}
    modelled = {
        "Mantel-Haenszel": case.alike.difference,
        "g-computation": g_computation(case.strata.cells, confidence=case.policy.confidence).difference,
        "AIPW": weighted.difference,
    }
    return [
        (CRUDE, case.plainly),
        *ways.items(),
        *((name, stretched(one, case.widening)) for name, one in modelled.items()),
    ]


def of_strata(
    strata: tuple[Stratum, ...], policy: Policy, clusters: Sequence[Clusters] = ()
) -> tuple[Estimates, tuple[str, ...]]:
    """The difference of each stratum with leads of both, by the charter's rules on small groups; and what is held back.

    A stratum below ``min_group`` is shown as counts. One with fewer than ``suppress_below`` leads, of either side or of
    both, is not shown; where it is the only one, the smallest other is not either, for what all come to together would
    tell its leads.
    """
    pairs = {tuple(label for _, label in name): (name, left, right) for name, left, right in strata}
    keys = tuple(key for key, _ in strata[0][0])
    sizes = tuple((cell, Counts(0, left.total + right.total)) for cell, (_, left, right) in sorted(pairs.items()))
    kept = {name for name, _ in shown(Tally(keys, sizes, "", dt.date.min), policy).estimates}
    rows: list[tuple[Group, Estimate]] = []
    for name, left, right in strata:
        if name in kept and min(left.total, right.total) >= policy.suppress_below:
            n = left.total + right.total
            unknown = Estimate(math.nan, math.nan, math.nan, n, "difference", "counts only", policy.confidence)
            rows.append((name, _apart(name, left, right, policy, clusters) if n >= policy.min_group else unknown))
    if not (missing := len(strata) - len(rows)):
        return tuple(sorted(rows, key=lambda row: row[0])), ()
    one = missing == 1
    if one and rows:
        rows.remove(min(rows, key=lambda row: (row[1].n, row[0])))
        return tuple(sorted(rows, key=lambda row: row[0])), (
            f"1 stratum with fewer than {policy.suppress_below} leads of a direction and the smallest other one, by "
            "which it could be told, count above, and are not shown alone.",
        )
    return tuple(sorted(rows, key=lambda row: row[0])), (
        f"{missing} strat{'um' if one else 'a'} with fewer than {policy.suppress_below} leads of a direction "
        f"count{'s' if one else ''} above, and {'is' if one else 'are'} not shown alone.",
    )


def _apart(name: Group, left: Counts, right: Counts, policy: Policy, clusters: Sequence[Clusters]) -> Estimate:
    singly = difference(left, right, confidence=policy.confidence)
    labels = tuple(label for _, label in name)
    cells = [(LEFT, *labels)], [(RIGHT, *labels)]
    return wider(singly, *(clustered_difference(one, *cells, confidence=policy.confidence) for one in clusters))


def _claim(case: Case, rows: list[tuple[str, Estimate]]) -> str:
    found = dict(rows)
    if ALL not in found:
        return f"Too few leads share a stratum of {case.strata.mix} for a difference at the same mix."
    crude, alike = (points(found[name]) for name in (CRUDE, ALL))
    split = kitagawa(case.strata.cells)
    parts = [
        f"As they come, inbound less outbound is {crude}; given the mix of {case.strata.mix} that both "
        f"together have, {alike} ({level(case.policy)}s, n = {found[ALL].n:,}).",
        f"Of the crude gap of {_signed(split.crude)} points among leads that can be compared, {_signed(split.mix)} is "
        f"the mix of leads and {_signed(split.rate)} their rates (Kitagawa's split: what of a gap is who came, and "
        "what is how they fared).",
    ]
    if others := [one.value for name, one in rows if name not in (CRUDE, ALL)]:
        parts.append(f"Other methods give {_signed(min(others))} to {_signed(max(others))} points.")
    return " ".join(parts + ([_turned(case)] if case.reversal != "not reversed" else []))


def _turned(case: Case) -> str:
    if case.reversal == "reversed":
        return (
            f"The sign turns at the same mix of {case.strata.mix} (Simpson's paradox): go by the adjusted difference, "
            "for the crude one is the mix."
        )
    if not case.strata.decide:
        return (
            "The two have different signs, but too few leads share a stratum for the second to speak for all: no "
            "reversal."
        )
    return (
        "The two have different signs, but not both leave out no difference: that is not distinguishable from chance, "
        "and no reversal."
    )


def _explained(rows: list[tuple[str, Estimate]]) -> Iterator[str]:
    """What the methods are that have a number, in a few words."""
    if told := [f"{name} {METHODS[name]}" for name, _ in rows if name in METHODS]:
        yield f"Of the methods, {'; '.join(told)}."


def _notes(case: Case, rows: list[tuple[str, Estimate]]) -> Iterator[str]:
    if case.widening > 1:
        yield (
            f"Leads of one {case.whose} may fare alike, so these intervals are by {case.whose}; those of methods that "
            f"count leads singly are made {case.widening:.2f} times as wide, as the one that decides is."
        )
    if silent := [f"{name} ({one.method})" for name, one in rows if math.isnan(one.value)]:
        yield f"Not told: {'; '.join(silent)}."
    same = homogeneity_of_odds(case.strata.cells)
    if math.isnan(same.pvalue):
        yield "Whether the odds ratio is the same in every stratum cannot be asked of so few conversions."
    else:
        differ = same.pvalue < 1 - case.policy.confidence
        yield (
            f"The odds ratio {'differs' if differ else 'is not shown to differ'} between the strata "
            f"({pvalue(same.pvalue)}, {same.method}){'' if differ else ', a test that sees only large differences'}."
        )
        if differ:
            yield "One number then stands for differences that are not alike: read them stratum by stratum."
    test = case.alike.test
    if not math.isnan(test.pvalue):
        yield f"All strata together: {pvalue(test.pvalue)} ({test.method})."


def _overlap(case: Case, weighted: Adjusted, overlap: Overlap) -> Iterator[str]:
    worst = max(overlap.before, key=lambda one: abs(one[1]), default=None)
    if worst and math.isfinite(worst[1]):
        (key, label), size = worst
        after = (
            "" if math.isnan(overlap.largest_after) else f", and {overlap.largest_after:.2f} at most after weighting"
        )
        alike = "balanced" if abs(size) < BALANCED else "not balanced"
        yield (
            f"The two are most unlike in {plain(key)} {label}: {abs(size):.2f} standard deviations apart as they come "
            f"({alike}: below {BALANCED:g} counts as alike){after}."
        )
    if overlap.trimmed:
        one = len(overlap.trimmed) == 1
        yield (
            f"For AIPW {len(overlap.trimmed)} strat{'um' if one else 'a'} ({percent(overlap.outside)} of the leads) "
            f"{'is' if one else 'are'} left out by rule: fewer than {100 * overlap.trim:g}% of the leads there are of "
            "one direction."
        )
    if not math.isnan(weighted.difference.value):
        left, right = (f"{n:,.0f}" for n in overlap.effective)
        yield f"By weight the leads tell as much as {left} inbound and {right} outbound would (effective sample size)."


def _left_out(case: Case) -> Iterator[str]:
    """The largest strata that hold one direction only, with their leads."""
    policy = case.policy
    apart = sorted(case.alike.left_out, key=lambda one: (-one[1], one[0]))
    if not apart:
        return
    # Beside those that are named, a total would tell the leads of one that is not.
    named = [(name, n) for name, n in apart if n >= policy.suppress_below]
    told = [f"{', '.join(label for _, label in name)} ({leads(n)})" for name, n in named[:MOST_NAMED]]
    more = len(apart) - len(told)
    if more:
        small = f"{more} strat{'um' if more == 1 else 'a'} of {few(1, policy)} leads"
        told.append(f"{more} more" if told else small)
    yield f"Left out, for they hold leads of one direction only: {listed(told)}."


def _signed(share: float) -> str:
    return f"{round(100 * share, 1) + 0.0:+.1f}"
