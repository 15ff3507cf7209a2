"""Which figures a chapter gets, and what they show in words for those who cannot see them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from alignment_metrics import plots
from alignment_metrics.charter import Charter
from alignment_metrics.findings.reconcile.frames import ways
from alignment_metrics.findings.words import listed
from alignment_metrics.report import beside, said, wording
from alignment_metrics.report.chapters import FORECAST, REFUSALS, STEPWISE, is_whole, leading
from alignment_metrics.report.drawing import Picture, Plan, drawn, framed, in_words, picture
from alignment_metrics.values import Curve, Estimate, Finding

# More curves in one figure can be told apart, but not compared; older cohorts are in the table files.
MOST_CURVES, MOST_COHORTS, MOST_STRATA = 5, 60, 16
TOLD_DAYS = (7, 30, 60, 90, 180, 365, 730)
# The chapters that are tables of words, of which at most one figure says more.
_TOLD: dict[str, Callable[[Sequence[Finding]], Iterator[Plan]]] = {
    "agreement": lambda _: iter(()),
    "benchmark": beside.plans,
    "claims": lambda _: iter(()),
    "perception": said.plans,
}


def pictures(chapter: str, findings: Sequence[Finding], charter: Charter) -> list[Picture]:
    """The figures of a chapter: one a question that several findings share, so that a page stays one to read."""
    answered = [finding for finding in findings if finding.verdict not in REFUSALS]
    if chapter in _TOLD:
        plans = list(_TOLD[chapter](answered))
    elif chapter in STEPWISE:
        plans = [*_curves(answered, charter), *_cohorts(answered, charter)]
    elif chapter == "reconcile":
        plans = list(_waterfalls(answered, charter))
    else:
        plans = [*_funnel(chapter, answered, charter), *_groups(chapter, answered, charter), *_differences(answered)]
        plans += [*_sources(answered), *_forests(answered), *_curves(answered, charter)]
    return [picture(plan, f"{wording.anchor(chapter)}-figure-{number}") for number, plan in enumerate(plans, 1)]


def _funnel(chapter: str, findings: Sequence[Finding], charter: Charter) -> Iterator[Plan]:
    if chapter != "conversion":
        return
    funnel = charter.funnel
    by_code = {finding.code: wording.overall(finding) for finding in findings}
    pairs = list(dict.fromkeys([*funnel.steps, (funnel.first, funnel.last)]))
    rows = [(f"{a} → {b}", by_code.get(f"conversion.{a}_to_{b}")) for a, b in pairs]
    there = [(label, estimate) for label, estimate in rows if estimate and estimate.unit == "share"]
    if len(there) > 1:
        whole = "; the last bar is the whole way" if len(pairs) > 1 and there[-1][0] == rows[-1][0] else ""
        level = wording.level([estimate for _, estimate in there])
        caption = f"Share of the leads that took each step, with its {level}{whole}."
        yield Plan(caption, in_words(there), drawn(plots.funnel, framed(there), label=_label(chapter, charter)))


def _groups(chapter: str, findings: Sequence[Finding], charter: Charter) -> Iterator[Plan]:
    """One figure a kind of breakdown."""
    by_code = {finding.code: finding for finding in findings}
    for keys, code in leading(list(by_code.values()), charter=charter).items():
        finding = by_code[code]
        if finding.curves or keys[-1] in ("step", "chance"):
            continue
        all_rows = wording.breakdowns(finding)[keys]
        rows = [(wording.name(group), estimate) for group, estimate in wording.shown(keys, all_rows)]
        if len(rows) > 1 and all(estimate.unit == "share" for _, estimate in rows):
            overall, level = wording.overall(finding), wording.level([estimate for _, estimate in rows])
            line = overall.value if overall and wording.known(overall) else None
            draw = plots.over_time if keys in {(period,) for period in wording.PERIODS} else plots.rates
            by = listed([*map(wording.words, keys)])
            caption = f"{finding.question} By {by}, each with its {level}."
            yield Plan(caption, in_words(rows), drawn(draw, framed(rows), label=_label(chapter, charter), overall=line))


def _sources(findings: Sequence[Finding]) -> Iterator[Plan]:
    """The rates of sources drawn to one another, and where each of the largest loses its leads."""
    for finding in findings:
        found = wording.breakdowns(finding)
        if finding.code == "sources.shrunk":
            shown = wording.shown(("source",), found.get(("source",), []))
            rows = [(wording.name(group), one) for group, one in shown]
            caption = f"{finding.question} Ring: as counted; point: drawn to the others, with its "
            caption += f"{wording.level([one for _, one in rows])}."
            raw = [one.hits / one.n if one.hits is not None else math.nan for _, one in rows]
            overall = wording.overall(finding)
            draw = drawn(plots.shrinkage, framed(rows).assign(raw=raw), overall=overall.value if overall else None)
            yield Plan(caption, in_words(rows), draw)
        if finding.code == "sources.steps":
            cells = found.get(("source", "step"), [])
            largest = sorted({group[0][1]: one.n for group, one in reversed(cells)}.items(), key=lambda one: -one[1])
            kept = {name for name, _ in largest[:MOST_STRATA]}
            rows = [(group[0][1], one) for group, one in cells if group[0][1] in kept]
            steps = [group[1][1] for group, _ in cells if group[0][1] in kept]
            if rows and len(set(steps)) <= plots.MOST_STEPS:
                level = wording.level([one for _, one in rows])
                caption = f"{finding.question} Each step of the funnel with its {level}."
                told = [f"{line} ({step})" for line, step in zip(in_words(rows), steps, strict=True)]
                yield Plan(caption, told, drawn(plots.funnels, framed(rows).assign(step=steps)))


def _differences(findings: Sequence[Finding]) -> Iterator[Plan]:
    for finding in findings:
        if comparison := finding.comparison:
            left, right = map(wording.name, finding.compared or ((("", "left"),), (("", "right"),)))
            rows = [("as they are", comparison.difference)]
            if comparison.adjusted:
                mix = listed([*map(wording.words, comparison.adjusted.by)])
                rows.append((f"with the same mix of {mix}", comparison.adjusted.difference))
            level = wording.level([estimate for _, estimate in rows])
            caption = f"How far {left} lies from {right}, with its {level}; the line is no difference."
            yield Plan(caption, in_words(rows), drawn(plots.difference, comparison, left=left, right=right))


def _forests(findings: Sequence[Finding]) -> Iterator[Plan]:
    """One difference by every road of adjustment, then in each of the largest strata."""
    for finding in findings:
        found = wording.breakdowns(finding)
        roads = found.pop(("method",), [])
        if not roads:
            continue
        keys, every = next(iter(found.items()), ((), []))
        largest = sorted(every, key=lambda row: -row[1].n)[:MOST_STRATA]
        strata = [row for row in every if row in largest]
        rows = [(wording.name(group), one) for group, one in (*roads, *strata)]
        some = f", the {len(strata)} largest" if len(strata) < len(every) else ""
        by = f", then by {listed([*map(wording.words, keys)])}{some}" if strata else ""
        level = wording.level([one for _, one in rows])
        caption = f"{finding.question} Diamonds: all leads, by each method{by}; each with its {level}."
        left, right = map(wording.name, finding.compared or ((("", "left"),), (("", "right"),)))
        frame = framed(rows).assign(summary=[at < len(roads) for at in range(len(rows))])
        yield Plan(caption, in_words(rows), drawn(plots.forest, frame, left=left, right=right))


def _waterfalls(findings: Sequence[Finding], charter: Charter) -> Iterator[Plan]:
    """How one definition's number becomes another's, a figure a pair of them."""
    for finding in findings:
        for (start, stop), frame in ways(finding).items():
            numbers = [f"{100 * value:.1f}%" for value in frame["value"]]
            numbers[1:-1] = [f"{100 * value:+.1f} points".replace("-", "−") for value in frame["value"][1:-1]]
            told = [f"{name}: {number}" for name, number in zip(frame.index, numbers, strict=True)]
            caption = f"What each choice makes of the way from {start} to {stop}, for the same leads."
            yield Plan(caption, told, drawn(plots.waterfall, frame, label=_reached(finding, charter)))


def _curves(findings: Sequence[Finding], charter: Charter) -> Iterator[Plan]:
    """The whole way of all leads, then of each kind of groups; a single step only where it tells groups apart."""
    window = charter.policy.within_days
    # Said once: what repeats itself below each figure is read below none.
    counted = " A lead that is still open counts for as long as it could be watched."
    for finding in sorted(findings, key=lambda one: not is_whole(one, charter)):
        kinds: dict[tuple[str, ...], list[tuple[str, Curve]]] = {}
        for group, curve in finding.curves:
            kinds.setdefault(tuple(key for key, _ in group), []).append((wording.name(group), curve))
        for keys, curves in kinds.items():
            if len(curves) < 2 and (keys or not is_whole(finding, charter)):
                continue
            largest = sorted(curves, key=lambda one: -one[1].n)[:MOST_CURVES]
            kept = {name: curve for name, curve in curves if (name, curve) in largest}
            level = wording.level([curve.at(window) for curve in kept.values()])
            by = f" By {listed([*map(wording.words, keys)])}" if keys else " All leads"
            there = {tuple(dict(group).get(key) for key in keys) for group, _ in finding.estimates}
            more = max(len(curves), len(there - {(None,) * len(keys)})) > len(kept)
            some = f", the {len(kept)} largest" if keys and more else ""
            caption = f"{finding.question}{by}{some}, with the {level} at each day.{counted}"
            counted = ""
            draw = drawn(plots.curve, kept, label=_reached(finding, charter), window=window)
            yield Plan(caption, in_words(_days(kept, window)), draw)


def _days(curves: dict[str, Curve], window: int) -> list[tuple[str, Estimate]]:
    days = sorted({*TOLD_DAYS, window})
    rows = [(f"{name} by day {day}", curve.at(day)) for name, curve in curves.items() for day in days]
    return [(label, estimate) for label, estimate in rows if wording.known(estimate)]


def _cohorts(findings: Sequence[Finding], charter: Charter) -> Iterator[Plan]:
    """The grid of the whole way, and the forecast beside what that grid has reached so far."""
    grid = next((finding for finding in findings if is_whole(finding, charter)), None)
    cells = _cells(grid) if grid else {}
    if not grid or not cells:
        return
    label, oldest = _reached(grid, charter), max(age for row in cells.values() for age in row)
    yield _grid(grid, cells, label)
    for finding in findings:
        if finding.code == FORECAST and (ends := _by_cohort(finding)):
            reached = dict(_reached_so_far(finding))
            so_far = [reached.get(name, math.nan) for name, _ in ends]
            bars = "Bars: what each cohort has reached so far. Points: the share expected"
            level = wording.level([one for _, one in ends])
            caption = f"{finding.question} {bars} by day {oldest:,}, with its {level}."
            told = [
                line if math.isnan(share) else f"{line}; so far {100 * share:.1f}%"
                for line, share in zip(in_words(ends, _likely), so_far, strict=True)
            ]
            draw = drawn(plots.forecast, framed(ends).assign(so_far=so_far), label=label, day=oldest)
            yield Plan(caption, told, draw)


def _likely(expected: Estimate) -> str:
    return ", known" if wording.settled(expected) else f" {wording.interval(expected)}"


def _grid(finding: Finding, cells: dict[str, dict[int, Estimate]], label: str) -> Plan:
    import pandas as pd

    shares = dict(_by_cohort(finding))
    names = sorted({*shares, *cells})[-MOST_COHORTS:]
    rows = [cells.get(name, {}) for name in names]
    ages = sorted({age for row in rows for age in row})
    leads = [shares[name].n if name in shares else max(one.n for one in cells[name].values()) for name in names]
    columns = {"n": leads} | {age: [row[age].value if age in row else math.nan for row in rows] for age in ages}
    frame = pd.DataFrame(columns, index=pd.Index(names, dtype=object))
    latest = [(f"{name} by day {max(row)}", row[max(row)]) for name, row in zip(names, rows, strict=True) if row]
    caption = f"{finding.question} By cohort and age; what is not known yet, or rests on too few leads, is left empty."
    return Plan(caption, in_words(latest), drawn(plots.cohorts, frame, label=label))


def _by_cohort(finding: Finding) -> list[tuple[str, Estimate]]:
    rows = wording.breakdowns(finding).get(("cohort",), [])
    return [(group[0][1], one) for group, one in rows][-MOST_COHORTS:]


def _reached_so_far(finding: Finding) -> Iterator[tuple[str, float]]:
    for group, one in wording.breakdowns(finding).get(("cohort", "reached"), []):
        yield group[0][1], one.value


def _cells(finding: Finding) -> dict[str, dict[int, Estimate]]:
    found: dict[str, dict[int, Estimate]] = {}
    for group, one in wording.breakdowns(finding).get(("cohort", "day"), []):
        if wording.known(one):
            found.setdefault(group[0][1], {})[int(group[1][1])] = one
    return found


def _reached(finding: Finding, charter: Charter) -> str:
    funnel = charter.funnel
    pairs = [(funnel.first, funnel.last), *funnel.steps]
    # What is told of groups, and of no step, is told of the whole way.
    stop = next((b for a, b in pairs if finding.code == f"{finding.chapter}.{a}_to_{b}"), funnel.last)
    return f"share that reached {wording.words(stop)}"


def _label(chapter: str, charter: Charter) -> str:
    days = charter.policy.within_days
    window = f"{days} day{'s' * (days != 1)}"
    return f"share of leads, within {window}" if chapter in ("conversion", "sources") else "share of leads"
