"""Which figures a chapter gets, and what they show in words for those who cannot see them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from alignment_metrics import plots
from alignment_metrics.charter import Charter
from alignment_metrics.report import wording
from alignment_metrics.report.chapters import REFUSALS, leading
from alignment_metrics.values import Citation, Estimate, Finding

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

SVG, XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"

LONGEST_PUBLISHER = 24


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure ready for the page: ``svg`` is markup of ours, ``caption`` a text."""

    svg: str
    caption: str


@dataclass(frozen=True, slots=True)
class _Plan:
    caption: str
    described: list[str]
    draw: Callable[[Axes], Axes]


def pictures(chapter: str, findings: Sequence[Finding], charter: Charter) -> list[Picture]:
    """The figures of a chapter: one a question that several findings share, so that a page stays one to read."""
    answered = [finding for finding in findings if finding.verdict not in REFUSALS]
    plans = [*_funnel(chapter, answered, charter), *_groups(chapter, answered, charter), *_differences(answered)]
    plans += _benchmarks(answered)
    return [
        Picture(_inline(_drawn(plan), f"{wording.anchor(chapter)}-figure-{number}", plan), plan.caption)
        for number, plan in enumerate(plans, 1)
    ]


def _funnel(chapter: str, findings: Sequence[Finding], charter: Charter) -> Iterator[_Plan]:
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
        yield _Plan(caption, _told(there), _draw(plots.funnel, _frame(there), label=_label(chapter, charter)))


def _groups(chapter: str, findings: Sequence[Finding], charter: Charter) -> Iterator[_Plan]:
    """One figure a kind of breakdown; a published number has a figure of its own, with others of its kind."""
    by_code = {finding.code: finding for finding in findings if not finding.benchmark}
    for keys, code in leading(list(by_code.values()), charter=charter).items():
        finding = by_code[code]
        all_rows = wording.breakdowns(finding)[keys]
        rows = [(wording.name(group), estimate) for group, estimate in wording.shown(keys, all_rows)]
        if len(rows) > 1 and all(estimate.unit == "share" for _, estimate in rows):
            overall, level = wording.overall(finding), wording.level([estimate for _, estimate in rows])
            line = overall.value if overall and wording.known(overall) else None
            draw = plots.over_time if keys in {(period,) for period in wording.PERIODS} else plots.rates
            by = " and ".join(map(wording.words, keys))
            caption = f"{finding.question} By {by}, each with its {level}."
            yield _Plan(caption, _told(rows), _draw(draw, _frame(rows), label=_label(chapter, charter), overall=line))


def _differences(findings: Sequence[Finding]) -> Iterator[_Plan]:
    for finding in findings:
        if comparison := finding.comparison:
            left, right = map(wording.name, finding.compared or ((("", "left"),), (("", "right"),)))
            rows = [("as they are", comparison.difference)]
            if comparison.adjusted:
                mix = " and ".join(map(wording.words, comparison.adjusted.by))
                rows.append((f"with the same mix of {mix}", comparison.adjusted.difference))
            level = wording.level([estimate for _, estimate in rows])
            caption = f"How far {left} lies from {right}, with its {level}; the line is no difference."
            yield _Plan(caption, _told(rows), _draw(plots.difference, comparison, left=left, right=right))


def _benchmarks(findings: Sequence[Finding]) -> Iterator[_Plan]:
    rows, published, sources = [], [], []
    for finding in findings:
        mark = finding.benchmark
        if mark and mark.citation.value is not None and mark.ours.unit == mark.citation.unit == "share":
            rows.append((metric(mark.citation), mark.ours))
            published.append(mark.citation.value)
            sources.append(_source(mark.citation))
    if rows:
        level = wording.level([estimate for _, estimate in rows])
        told = [
            f"{line}; {source} published {100 * theirs:g}%"
            for line, theirs, source in zip(_told(rows), published, sources, strict=True)
        ]
        frame = _frame(rows).assign(published=published, source=sources)
        yield _Plan(f"Our rates with their {level}, beside published ones.", told, _draw(plots.benchmarks, frame))


def metric(citation: Citation) -> str:
    """What a citation is about, in a few words."""
    about = wording.words(citation.metric.removesuffix("_rate"))
    return about if citation.group in (None, "all") else f"{about}, {citation.group}"


def _source(citation: Citation) -> str:
    # Who published it, not where it was seen; cut here, so that the year and the grade are not.
    publisher = citation.publisher.partition(" (via ")[0]
    publisher = publisher if len(publisher) <= LONGEST_PUBLISHER else publisher[: LONGEST_PUBLISHER - 1].rstrip() + "…"
    return f"{publisher}, {citation.year or 'no year'} ({citation.grade})"


def _label(chapter: str, charter: Charter) -> str:
    days = charter.policy.within_days
    window = f"{days} day{'s' * (days != 1)}"
    return f"share of leads, within {window}" if chapter in ("conversion", "sources") else "share of leads"


def _draw(function: Callable[..., Axes], *inputs: Any, **options: Any) -> Callable[[Axes], Axes]:
    return lambda ax: function(*inputs, ax=ax, **options)


def _frame(rows: Sequence[tuple[str, Estimate]]) -> pd.DataFrame:
    import pandas as pd

    columns = {name: [getattr(one, name) for _, one in rows] for name in ("value", "low", "high", "n", "hits")}
    return pd.DataFrame(columns, index=pd.Index([label for label, _ in rows], dtype=object))


def _told(rows: Sequence[tuple[str, Estimate]]) -> list[str]:
    return [
        f"{label}: {wording.value(one)} {wording.interval(one)}, n = {one.n:,}"
        if wording.known(one)
        else f"{label}: too few leads to show a rate, n = {one.n:,}"
        for label, one in rows
    ]


def _drawn(plan: _Plan) -> str:
    with warnings.catch_warnings():
        # A script that our font lacks is set in one of the reader's: the labels stay text in the page.
        warnings.filterwarnings("ignore", message="(?s)Glyph .* missing from font")
        return plots.to_svg(plan.draw(plots.sheet()))


def _inline(svg: str, id: str, plan: _Plan) -> str:
    """The figure as a part of the page: named, told in words, no style and no id that could reach outside it."""
    root = ElementTree.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{SVG}metadata", f"{SVG}style"):
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.removeprefix(SVG)
        element.text = (element.text or "").strip() if element.tag not in ("text", "tspan") else element.text
        element.tail = None
        found = {key.removeprefix(XLINK): text for key, text in element.attrib.items()}
        # The page forbids styles but its own sheet; each of these is an attribute as well.
        for rule in found.pop("style", "").split(";"):
            key, _, text = rule.partition(":")
            if key.strip() and key.strip() != "font-family":
                found[key.strip()] = text.strip()
        if element.tag == "g":
            found.pop("id", None)
        for key in ("href", "clip-path"):
            if key in found:
                found[key] = re.sub(r"^(url\(#|#)", rf"\g<1>{id}-", found[key])
        if "id" in found:
            found["id"] = f"{id}-{found['id']}"
        if "d" in found:
            found["d"] = " ".join(re.sub(r"(\.\d\d)\d+", r"\1", found["d"]).split())
        element.attrib.clear()
        element.attrib.update(found)
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.attrib |= {"role": "img", "aria-labelledby": f"{id}-title {id}-desc"}
    told = (("desc", ". ".join(plan.described) + "."), ("title", plan.caption))
    for tag, text in told:
        child = ElementTree.Element(tag, {"id": f"{id}-{tag}"})
        child.text = plots.UNPRINTABLE.sub("\ufffd", text)
        root.insert(0, child)
    return ElementTree.tostring(root, encoding="unicode")
