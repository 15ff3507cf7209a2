"""The report: what the client, their scripts and their spreadsheets get, and what hostile text cannot do in it."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import hashlib
import io
import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from alignment_metrics import report
from alignment_metrics.charter import Charter, Definition, Export, Funnel, Organisation, Policy, Source
from alignment_metrics.quality import FileQuality, Problem, Quality
from alignment_metrics.report import chapters, document, methods, page, tables, wording
from alignment_metrics.report.chapters import ANSWER
from alignment_metrics.stats.rates import compare, rate
from alignment_metrics.stats.strata import standardise
from alignment_metrics.values import Benchmark, Citation, Counts, Curve, Estimate, Finding, Group

STAGES = ("lead", "mql", "won")
INBOUND: Group = (("direction", "inbound"),)
OUTBOUND: Group = (("direction", "outbound"),)
SOURCES = {"cold call": Counts(21, 900), "organic search": Counts(133, 1204), "legacy": Counts(1, 7)}
# Four quarters of a bank's phone campaign (Moro, Cortez & Rita 2014; UCI data set 222).
DRIFT = {
    "2008Q2": Counts(459, 12443),
    "2008Q3": Counts(672, 11595),
    "2009Q1": Counts(418, 3730),
    "2010Q2": Counts(364, 661),
}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>]]>{{ 7*7 }}\u202e"
SHOWN = HOSTILE.replace("\u202e", "\ufffd")

CITATION = Citation(
    id="someone-2014-lead-won",
    claim="Of leads, 5% become customers.",
    metric="lead_to_customer_rate",
    value=0.05,
    unit="share",
    grade="B",
    use="compare",
    publisher="Some Institute (via a blog)",
    title="Leads at work",
    url="https://example.org/leads",
    year=2014,
    n=500,
    n_note="firms",
    population="Firms of any size",
    group="all",
    comparable_when="Customers over all leads of a cohort.",
    caveat="Self-reported.",
)


def charter(**parts: Any) -> Charter:
    plan = Charter(
        folder=Path("acme"),
        organisation=Organisation("Acme Robotics", "EUR", "Europe/Paris", dt.date(2026, 6, 30)),
        exports=(Export("contacts.csv", "hubspot-contacts"),),
        funnel=Funnel(STAGES, ("lost",), definitions={"mql": Definition("marketing", "a demo was asked for", "back")}),
        sources={"Cold Call": Source("cold call", "outbound")},
        policy=Policy(),
        sha256="ab" * 32,
    )
    return replace(plan, **parts)


QUALITY = Quality(
    (
        FileQuality(
            "contacts.csv",
            "hubspot-contacts",
            5000,
            4987,
            (
                Problem("duplicate_id", "Record ID", 13, (118, 902), "13 rows repeat an id.", set_aside=True),
                Problem("empty_source", None, 20, (), "20 rows without a source.", set_aside=False),
            ),
        ),
    )
)


def estimate(counts: Counts) -> Estimate:
    found = rate(counts)
    return found if counts.total >= 30 else replace(found, value=math.nan, method="counts only")


def finding(code: str, groups: dict[str, Counts], by: str = "source", **parts: Any) -> Finding:
    everyone = sum(groups.values(), start=Counts(0, 0))
    rows = [((), estimate(everyone))] + [(((by, name),), estimate(counts)) for name, counts in sorted(groups.items())]
    usual = {"verdict": "measured", "claim": f"What {code} says.", "sql": ("SELECT 1 < 2",), "estimates": tuple(rows)}
    return Finding(code, f"What of {code}?", **usual | parts)


def compared() -> Finding:
    left, right = Counts(283, 3194), Counts(67, 2223)
    strata = [
        ((("size", "small"),), Counts(60, 1200), Counts(30, 1300)),
        ((("size", "large"),), Counts(223, 1994), Counts(37, 923)),
        ((("size", "unknown"),), Counts(0, 0), Counts(0, 12)),
    ]
    both = replace(compare(left, right), adjusted=standardise(strata, by=("size",)))
    groups = {"inbound": left, "outbound": right}
    return finding(
        "inbound_vs_outbound.conversion",
        groups,
        "direction",
        verdict="higher",
        comparison=both,
        compared=(INBOUND, OUTBOUND),
        advice="Ask before you cut.",
    )


def marked(citation: Citation = CITATION, **parts: Any) -> Finding:
    ours = rate(Counts(120, 1000))
    usual = {"verdict": "higher", "benchmark": Benchmark(citation, ours), "estimates": (((), ours),)}
    return Finding(f"benchmark.{citation.id}", "How do we stand?", claim="Above.", **usual | parts)


def refused(code: str = "benchmark.none", because: str = "it is about webinars.") -> Finding:
    return Finding(code, f"What of {code}?", "does_not_apply", "No answer.", because=because)


def audit() -> list[Finding]:
    return [
        finding("conversion.lead_to_mql", {"2026Q1": Counts(300, 600), "2026Q2": Counts(310, 600)}, "quarter"),
        finding("conversion.mql_to_won", {"2026Q1": Counts(30, 300), "2026Q2": Counts(35, 310)}, "quarter"),
        finding("conversion.lead_to_won", DRIFT, "quarter", differs=True),
        finding("sources.conversion", SOURCES),
        compared(),
        marked(),
        refused(),
    ]


def html(findings: Sequence[Finding], *, quality: Quality = QUALITY, **parts: Any) -> str:
    return page.to_html(findings, quality=quality, charter=charter(**parts))


class Reader(HTMLParser):
    """Tags with their attributes in order, ids, and the text outside of styles."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.style = ""
        self.inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag

    def handle_data(self, data: str) -> None:
        if self.inside == "style":
            self.style += data
        self.text += "" if self.inside == "style" else data

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""
        self.text += " " if tag in ("td", "th") else ""

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


def told(estimate: Estimate) -> str:
    return f"95% interval {wording.interval(estimate)}, n = {estimate.n:,}"


def exactly(message: str) -> str:
    return f"^{re.escape(message)}$"


# findings.json


def as_json(findings: Sequence[Finding]) -> Any:
    return json.loads(document.to_json(findings, quality=QUALITY, charter=charter()))


def test_the_document_has_the_keys_of_the_contract_in_their_order() -> None:
    found = as_json(audit())
    assert list(found) == [
        "schema",
        "package",
        "organisation",
        "as_of",
        "charter_sha256",
        "quality",
        "scorecard",
        "findings",
    ]
    assert found["schema"] == 1
    assert found["package"].startswith("alignment-metrics ")
    assert [found["organisation"], found["as_of"], found["charter_sha256"]] == [
        "Acme Robotics",
        "2026-06-30",
        "ab" * 32,
    ]
    keys = ["code", "question", "verdict", "claim", "because", "advice", "estimates", "comparison", "benchmark"]
    assert list(found["findings"][0]) == [*keys, "notes", "sql"]


def test_the_document_accounts_for_every_row() -> None:
    assert as_json([])["quality"] == {
        "files": [
            {
                "path": "contacts.csv",
                "layout": "hubspot-contacts",
                "rows_read": 5000,
                "rows_kept": 4987,
                "rows_set_aside": 13,
                "problems": [
                    {
                        "code": "duplicate_id",
                        "column": "Record ID",
                        "rows": 13,
                        "examples": [118, 902],
                        "message": "13 rows repeat an id.",
                        "set_aside": True,
                    },
                    {
                        "code": "empty_source",
                        "column": None,
                        "rows": 20,
                        "examples": [],
                        "message": "20 rows without a source.",
                        "set_aside": False,
                    },
                ],
            }
        ]
    }


def test_an_estimate_keeps_every_digit_and_a_group_too_small_for_a_rate_its_counts_alone() -> None:
    everyone, _, small, _ = as_json([finding("sources.conversion", SOURCES)])["findings"][0]["estimates"]
    exact = rate(Counts(155, 2111))
    assert everyone == {
        "group": {},
        "value": exact.value,
        "low": exact.low,
        "high": exact.high,
        "n": 2111,
        "hits": 155,
        "unit": "share",
        "method": "Wilson",
        "confidence": 0.95,
    }
    assert small["group"] == {"source": "legacy"}
    assert [small[key] for key in ("value", "low", "high", "n", "hits")] == [None, None, None, 7, 1]


def test_a_comparison_names_its_groups_and_what_was_left_out() -> None:
    one = compared()
    found = as_json([one])["findings"][0]
    comparison = found["comparison"]
    assert one.comparison
    assert one.comparison.adjusted
    assert [comparison["left"], comparison["right"]] == [{"direction": "inbound"}, {"direction": "outbound"}]
    assert comparison["difference"]["value"] == one.comparison.difference.value
    assert comparison["ratio"]["unit"] == "ratio"
    assert comparison["pvalue"] == one.comparison.pvalue
    adjusted = comparison["adjusted"]
    assert adjusted["difference"]["value"] == one.comparison.adjusted.difference.value
    assert adjusted["strata_left_out"] == [{"group": {"size": "unknown"}, "n": 12}]
    assert [adjusted["by"], adjusted["method"], adjusted["strata"]] == [["size"], "direct standardisation", 2]
    assert found["advice"] == "Ask before you cut."


def test_what_is_no_number_becomes_null() -> None:
    against_nothing = replace(compared(), comparison=compare(Counts(9, 90), Counts(0, 90)))
    against_nobody = replace(compared(), comparison=compare(Counts(9, 90), Counts(0, 0)))
    first, second = (one["comparison"] for one in as_json([against_nothing, against_nobody])["findings"])
    assert [first["ratio"]["value"], first["ratio"]["high"], first["adjusted"]] == [None, None, None]
    assert first["ratio"]["low"] > 1
    assert [second["pvalue"], second["difference"]["low"], second["difference"]["n"]] == [None, None, 0]


def test_a_benchmark_carries_its_source() -> None:
    found = as_json([marked()])["findings"][0]["benchmark"]
    assert {key: found[key] for key in ("id", "value", "grade", "source", "year", "n")} == {
        "id": "someone-2014-lead-won",
        "value": 0.05,
        "grade": "B",
        "source": "Some Institute (via a blog)",
        "year": 2014,
        "n": 500,
    }


def test_hostile_text_survives_the_document_unchanged_and_the_document_is_ascii() -> None:
    text = document.to_json([finding(HOSTILE, SOURCES)], quality=QUALITY, charter=charter())
    assert json.loads(text)["findings"][0]["code"] == HOSTILE
    assert text.isascii()
    assert text.endswith("}\n")


# tables/*.csv


def rows(one: Finding) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(tables.to_csv(one), newline="")))


def test_a_table_has_one_row_a_group_and_an_empty_cell_for_all() -> None:
    found = rows(finding("sources.conversion", SOURCES))
    assert list(found[0]) == ["source", "value", "low", "high", "n", "hits", "unit", "method", "confidence"]
    assert [row["source"] for row in found] == ["", "cold call", "legacy", "organic search"]
    assert found[1]["value"] == repr(21 / 900)
    assert [found[2][key] for key in ("value", "low", "high", "n", "hits")] == ["", "", "", "7", "1"]


def test_a_table_with_several_breakdowns_has_a_column_for_each() -> None:
    by_quarter = finding("sources.conversion", DRIFT, "quarter").estimates[1:]
    both = finding("sources.conversion", SOURCES)
    found = rows(replace(both, estimates=both.estimates + by_quarter))
    assert [found[0]["source"], found[1]["source"], found[-1]["source"]] == ["", "cold call", ""]
    assert [found[0]["quarter"], found[1]["quarter"], found[-1]["quarter"]] == ["", "", "2010Q2"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_text_can_start_a_formula(start: str) -> None:
    label = f"{start}cmd|' /C calc'!A0"
    found = rows(finding("sources.conversion", {label: Counts(9, 90)}, by=f"{start}key"))
    assert found[1][f"'{start}key"] == f"'{label}"


def test_no_text_can_give_orders_to_a_terminal_that_shows_the_table() -> None:
    label = "\x1b]0;title\x07fair\u009b2J"
    found = rows(finding("sources.conversion", {label: Counts(9, 90)}))
    assert found[1]["source"] == "\ufffd]0;title\ufffdfair\ufffd2J"


def test_a_negative_number_stays_a_number() -> None:
    below = replace(rate(Counts(9, 90)), value=-0.5, unit="difference")
    assert rows(Finding("x.y", "?", "measured", "!", estimates=(((), below),)))[0]["value"] == "-0.5"


def test_separators_quotes_and_line_ends_in_a_label_stay_inside_its_cell() -> None:
    label = 'a,"b";\r\nc'
    assert rows(finding("sources.conversion", {label: Counts(9, 90)}))[1]["source"] == label


def test_a_segment_named_like_a_column_of_ours_is_told_apart() -> None:
    (_, row) = rows(finding("sources.conversion", {"big": Counts(9, 90)}, by="n"))
    assert [row["n (group)"], row["n"]] == ["big", "90"]


def test_file_names_stay_in_their_folder_and_differ_on_disks_that_ignore_case() -> None:
    codes = ["conversion.Lead_to_won", "conversion.lead_to_won", "../../etc/x", "conversion.été_to_won"]
    found = tables.file_names([finding(code, SOURCES) for code in codes] + [refused()])
    assert list(found.values()) == [
        "conversion.Lead_to_won.csv",
        "conversion.lead_to_won-2.csv",
        "-..-etc-x.csv",
        "conversion.été_to_won.csv",
    ]


# report.html


def test_the_shown_pagetells_whose_and_until_when_and_made_with_what() -> None:
    words = Reader(html(audit())).words
    for told in ("Acme Robotics", "2026-06-30 (Europe/Paris)", document.package(), "ab" * 32):
        assert told in words


def test_headings_step_down_one_level_at_a_time_from_one_first() -> None:
    levels = [int(tag[1]) for tag, _ in Reader(html(audit())).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_chapters_come_in_the_order_of_the_audit_and_unknown_ones_under_their_own_name() -> None:
    later = finding("speed_to_lead.hours", SOURCES)
    text = html([later, *reversed(audit())])
    order = re.findall(r'<h2 id="[^"]*">([^<]*)</h2>', text)
    assert order == [
        "What we found",
        "Conversion",
        "Sources",
        "Inbound and outbound",
        "Benchmarks",
        "Speed to lead",
        "Definitions both teams signed",
        "What was read",
        "Method and fine print",
        "Published sources",
    ]
    assert "What speed_to_lead.hours says." in text


def test_every_link_within_the_shown_pageleads_somewhere_and_no_id_is_given_twice() -> None:
    reader = Reader(html(audit()))
    ids = Counter(attributes["id"] for _, attributes in reader.tags if "id" in attributes)
    assert [name for name, times in ids.items() if times > 1] == []
    inner = [str(link["href"])[1:] for link in reader.all("a") if str(link["href"]).startswith("#")]
    used = [str(link["href"])[1:] for link in reader.all("use")]
    clips = re.findall(r"url\(#([^)]*)\)", html(audit()))
    assert set(inner + used + clips) <= set(ids)
    assert len(used) > 4
    assert clips


def test_the_shown_pageasks_for_nothing() -> None:
    reader = Reader(html(audit()))
    allowed = {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "nav",
        "main",
        "section",
        "article",
        "div",
        "p",
    }
    allowed |= {"h1", "h2", "h3", "ul", "ol", "li", "dl", "dt", "dd", "a", "span", "strong", "code", "pre", "details"}
    allowed |= {"summary", "figure", "figcaption", "table", "caption", "thead", "tbody", "tr", "th", "td"}
    allowed |= {"svg", "desc", "g", "path", "text", "use", "defs", "clippath", "rect"}
    assert {tag for tag, _ in reader.tags} <= allowed
    for _, attributes in reader.tags:
        assert not {"src", "srcset", "style", "background", "ping", "action", "xlink:href"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
    outside = [link for link in reader.all("a") if not str(link["href"]).startswith("#")]
    assert [link["href"] for link in outside] == ["https://example.org/leads"]
    assert all("noreferrer" in str(link["rel"]) for link in outside)
    assert not re.search(r"url\(|@import|@font-face", reader.style)


def test_the_policy_of_the_shown_pageallows_its_one_style_and_nothing_else() -> None:
    reader = Reader(html(audit()))
    (policy,) = [meta["content"] for meta in reader.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    digest = base64.b64encode(hashlib.sha256(reader.style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_every_figure_is_named_and_told_in_words_with_its_numbers() -> None:
    text = html(audit())
    reader = Reader(text)
    # Funnel and quarters; sources; directions and their difference; benchmarks.
    assert len(reader.all("svg")) == 6
    for svg in reader.all("svg"):
        assert svg["role"] == "img"
        for id in str(svg["aria-labelledby"]).split():
            assert f'id="{id}"' in text
    assert "cold call: 2.3% [1.5%, 3.5%], n = 900" in reader.words
    assert "legacy: too few leads to show a rate, n = 7" in reader.words
    assert "lead to customer: 12.0% [10.1%, 14.2%], n = 1,000; Some Institute, 2014 (B) published 5%" in reader.words


def test_a_breakdown_is_a_table_from_the_highest_rate_down_with_the_small_groups_last() -> None:
    text = html([finding("sources.conversion", SOURCES)])
    found = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', text.partition('id="definitions"')[0], flags=re.S)
    assert [name for name, _ in found] == ["organic search", "cold call", "legacy"]
    cells = [re.sub(r"<[^>]*>", " ", cell).split() for _, cell in found]
    assert cells[0] == ["11.0%", "[9.4%,", "12.9%]", "133", "1,204"]
    assert " ".join(cells[2]) == "too few leads to show a rate (n &lt; 30) 1 7"
    assert '<th scope="col">95% interval</th>' in text


def test_a_long_breakdown_shows_the_largest_groups_and_says_where_the_others_are() -> None:
    many = {f"source {at:02}": Counts(at, 100 + at) for at in range(40)}
    text = html([finding("sources.conversion", many)])
    assert text.count('<tr><th scope="row">source ') == 25
    assert "15 more rows are in <code>tables/sources.conversion.csv</code>." in text
    assert "source 39" in text
    assert "source 14" not in text


def test_of_many_groups_those_that_a_sentence_may_name_are_in_sight() -> None:
    rows = [((("source", f"s{at:02}"),), rate(Counts(20, 200 + at))) for at in range(50)]
    rows += [((("source", "poor"),), rate(Counts(0, 60))), ((("source", "rich"),), rate(Counts(30, 60)))]
    told = wording.shown(("source",), rows)
    assert [told[0][0], told[-1][0]] == [(("source", "rich"),), (("source", "poor"),)]
    # The other places are those of the largest.
    assert {group for group, _ in told[1:-1]} == {(("source", f"s{at:02}"),) for at in range(27, 50)}


def test_of_many_differences_and_places_those_that_tell_something_are_in_sight() -> None:
    def rows(unit: str, low: float) -> wording.Rows:
        every = [(f"s{at:02}", Estimate(0.5, -1.0 if unit != "rank" else 9.0, 20.0, 100 + at, unit, "x", 0.95))
                 for at in range(40)]  # fmt: skip
        return [((("source", name),), one) for name, one in [*every, ("told", replace(every[0][1], low=low))]]

    for unit, low in (("difference", 0.1), ("rank", 1.0)):
        assert (("source", "told"),) in dict(wording.shown(("source",), rows(unit, low)))
    assert (("source", "told"),) not in dict(wording.shown(("source",), rows("difference", -0.5)))


def test_of_many_means_the_least_and_the_most_are_in_sight() -> None:
    values = [100.0] * 30 + [1.0, 900.0]
    rows = [((("source", f"s{at:02}"),), Estimate(one, 0.0, 999.0, 99 - at, "EUR", "x", 0.95)) for at, one in
            enumerate(values)]  # fmt: skip
    assert {(("source", "s30"),), (("source", "s31"),)} <= dict(wording.shown(("source",), rows)).keys()


def test_groups_called_by_a_number_stand_in_the_order_of_the_numbers() -> None:
    labels = ["1", "10", "11", "2", "3", "4 small groups by calls", "unknown"]
    rows = [((("calls", label),), rate(Counts(9, 90))) for label in labels]
    told = [group[0][1] for group, _ in wording.shown(("calls",), rows)]
    assert told == ["1", "2", "3", "10", "11", "4 small groups by calls", "unknown"]
    # A source that is called by a year is a name among names.
    named = [((("source", label),), rate(Counts(hits, 90))) for label, hits in (("2024", 1), ("a", 9), ("b", 5))]
    assert [group[0][1] for group, _ in wording.shown(("source",), named)] == ["a", "b", "2024"]


def test_a_long_breakdown_by_quarter_shows_the_latest_in_order() -> None:
    quarters = {f"{2000 + at // 4}Q{at % 4 + 1}": Counts(40 - at, 100) for at in range(26)}
    found = re.findall(r'<th scope="row">(\d{4}Q\d)', html([finding("conversion.lead_to_won", quarters, "quarter")]))
    assert found == sorted(quarters)[1:]


def test_the_quarters_of_the_whole_way_are_in_sight_and_those_of_the_steps_folded() -> None:
    text = html(audit())
    steps, _, whole = text.partition('id="conversion-lead_to_won"')
    assert steps.count("<details><summary>By quarter</summary>") == 2
    assert "By quarter</summary>" not in whole


def test_a_drift_is_what_its_card_says_instead_of_the_pooled_rate() -> None:
    words = Reader(html(audit())).words
    assert "3.7% to 55.1% in 2008Q2 and 2010Q2; pooled 6.7%, 95% interval [6.4%, 7.0%], n = 28,429" in words


def test_quarters_that_overlap_leave_the_pooled_rate_in_its_place() -> None:
    steady = finding("conversion.lead_to_won", {"2026Q1": Counts(30, 300), "2026Q2": Counts(35, 310)}, "quarter")
    pooled = rate(Counts(65, 610))
    assert wording.drift(steady) is None
    # Nor does the page see a drift where the finding did not: two of many intervals lie apart by chance.
    assert wording.drift(finding("conversion.lead_to_won", DRIFT, "quarter")) is None
    assert f"{wording.value(pooled)} all leads, {told(pooled)}" in Reader(html([steady])).words


def test_the_card_of_a_comparison_shows_the_adjusted_difference_where_there_is_one() -> None:
    one = compared()
    assert one.comparison
    assert one.comparison.adjusted
    adjusted, crude = one.comparison.adjusted.difference, one.comparison.difference
    without = replace(one, comparison=replace(one.comparison, adjusted=None))
    thin = replace(one, comparison=replace(one.comparison, adjusted=replace(one.comparison.adjusted, decides=False)))
    same = f"{wording.value(adjusted)} difference with the same mix of size, {told(adjusted)}"
    assert same in Reader(html([one])).words
    # Nor does one that did not decide stand in large type over a verdict that rests on the other.
    for other in (without, thin):
        assert f"{wording.value(crude)} difference, {told(crude)}" in Reader(html([other])).words


def test_a_comparison_lists_both_differences_the_ratio_and_what_was_left_out() -> None:
    one = compared().comparison
    assert one
    assert one.adjusted
    words = Reader(html([compared()])).words
    mix = "inbound − outbound with the same mix of size (direct standardisation, 2 strata)"
    for label, estimate in (
        ("inbound − outbound", one.difference),
        (mix, one.adjusted.difference),
        ("inbound / outbound", one.ratio),
    ):
        assert f"{label} {wording.value(estimate)} {wording.interval(estimate)}" in words
    assert "leaves out, for want of leads in one of the two groups: unknown (12 leads)." in words


def test_groups_that_no_breakdown_shows_stand_in_the_comparison_itself() -> None:
    one = replace(compared(), estimates=())
    assert one.comparison
    left = one.comparison.left
    assert f"inbound {wording.value(left)} {wording.interval(left)} 283 3,194" in Reader(html([one])).words


def test_headlines_are_the_few_that_matter_broken_promises_first() -> None:
    broken = finding("speed_to_lead.hours", SOURCES, verdict="broken")
    better = marked(replace(CITATION, id="a-2009", grade="C"))
    codes = [one.code for one in report.headlines([*audit(), better, broken], charter=charter())]
    assert codes == [
        "speed_to_lead.hours",
        "conversion.lead_to_won",
        "sources.conversion",
        "inbound_vs_outbound.conversion",
        "benchmark.someone-2014-lead-won",
    ]


def test_no_more_headlines_than_a_reader_keeps_in_mind() -> None:
    promises = [finding(f"promises.p{at}", SOURCES, verdict="broken") for at in range(9)]
    # Every kind of headline at once is one too many.
    every = [*audit(), *of_time(), finding("perception.says_and_shows", SOURCES), *promises]
    assert len(report.headlines([*every, marked()], charter=charter())) == 6


def test_of_many_broken_promises_two_are_headlines_and_the_scorecard_has_the_others() -> None:
    promises = [finding(f"agreement.p{at}", SOURCES, verdict="broken") for at in range(5)]
    codes = [one.code for one in report.headlines([*audit(), *promises], charter=charter())]
    assert codes[:3] == ["agreement.p0", "agreement.p1", "conversion.lead_to_won"]
    told = Reader(html([*audit(), *promises])).words
    assert "3 more promises are broken: they stand on the scorecard." in told
    assert "1 more promise is broken: it stands on the scorecard." in Reader(html(promises[:3])).words
    assert "more promise" not in Reader(html(promises[:2])).words


def test_a_question_without_an_answer_is_shown_with_its_reason() -> None:
    few = Finding(
        "conversion.lead_to_won",
        "How many are won?",
        "not_enough_data",
        "No rate yet.",
        estimates=(((), estimate(Counts(2, 12))),),
        because="only 12 leads are old enough.",
    )
    words = Reader(html([few, refused()])).words
    assert "Asked, but without an answer here How many are won? Not enough data No rate yet. Because only 12" in words
    assert "too few leads to show a rate (n < 30), n = 12, of which 2 converted" in words
    assert "What of benchmark.none? It is about webinars. Does not apply" in words


def test_questions_that_one_reason_leaves_without_an_answer_share_it() -> None:
    because = "nothing is outbound."
    shown_page = Reader(
        html([refused("inbound_vs_outbound.cost", because), refused("inbound_vs_outbound.curve", because)])
    )
    assert (
        "What of inbound_vs_outbound.cost? Does not apply What of inbound_vs_outbound.curve? Does not apply No answer. "
        "Because nothing is outbound."
    ) in shown_page.words
    assert shown_page.words.count("Because nothing is outbound.") == 1
    ids = {attributes.get("id") for _, attributes in shown_page.tags}
    assert {"inbound_vs_outbound-cost", "inbound_vs_outbound-curve"} <= ids


def test_the_one_sentence_of_a_chapter_stands_before_its_figures_and_is_the_headline_with_its_caveat() -> None:
    answer = Finding(ANSWER, "Better?", "higher", "Yes, by far.", advice="Before acting: look twice.")
    words = Reader(html([compared(), answer])).words
    card, chapter = words.index("Better?"), words.rindex("Better?")
    assert words[card:].startswith("Better? Yes, by far. Before acting: look twice.The evidence")
    assert (
        chapter < words.index("How far inbound lies from outbound") < words.index("What inbound_vs_outbound.conversion")
    )
    assert [one.code for one in report.headlines([compared(), answer], charter=charter())] == [ANSWER]


def test_a_sentence_without_an_answer_leaves_the_headline_to_the_comparison() -> None:
    answer = Finding(ANSWER, "Better?", "not_enough_data", "Who knows.", because="nobody came.")
    codes = [one.code for one in report.headlines([compared(), answer], charter=charter())]
    assert codes == ["inbound_vs_outbound.conversion"]


def test_fine_print_that_an_earlier_finding_of_the_chapter_told_is_not_told_again() -> None:
    first = finding("sources.conversion", SOURCES, notes=("Once.", "First."))
    third = finding("sources.rank", SOURCES, notes=("Once.", "Third."))
    words = Reader(html([first, finding("sources.cost", SOURCES), third])).words
    assert (words.count("Once."), words.count("First."), words.count("Third.")) == (1, 1, 1)


def test_of_many_columns_the_findings_are_folded() -> None:
    few = [finding(f"sources.by_{name}", SOURCES) for name in "abc"]
    assert "One by one" not in Reader(html(few)).words
    assert "One by one" in Reader(html([*few, finding("sources.by_d", SOURCES)])).words


def test_a_difference_beside_nought_is_not_rounded_onto_it() -> None:
    near = Estimate(0.0291, -0.0002, 0.058, 90, "difference", "normal", 0.95)
    assert (wording.value(near), wording.interval(near)) == ("+2.9 points", "[−0.02, +5.8 points]")
    assert wording.value(replace(near, value=-1e-9)) == "+0.000 points"


def test_an_audit_that_found_nothing_still_makes_a_page() -> None:
    words = Reader(html([])).words
    assert "No finding is a headline by itself" in words
    assert "at a level of confidence of 95%" in words


def test_the_number_of_an_empty_group_is_never_nought() -> None:
    nobody = Finding("sources.conversion", "?", "measured", "Nothing.", estimates=(((), rate(Counts(0, 0))),))
    words = Reader(html([nobody])).words
    assert "no leads, n = 0" in words
    assert "nan" not in words


def test_fine_print_that_all_findings_of_a_chapter_share_is_said_once() -> None:
    one = finding("sources.conversion", SOURCES, notes=("Shared.", "First alone."))
    other = finding("sources.speed", SOURCES, notes=("Shared.",))
    words = Reader(html([one, other])).words
    assert words.count("Shared.") == 1
    assert words.count("First alone.") == 1
    assert Reader(html([one])).words.count("Shared.") == 1


def test_the_charter_is_there_to_be_read() -> None:
    words = Reader(html([])).words
    assert "mql marketing a demo was asked for back" in words
    assert "won not defined in the charter lost (exit) not defined in the charter" in words
    assert "Cold Call cold call outbound" in words
    assert "its first entry counts" in words
    assert (
        "Groups of fewer than 30 leads are shown as counts, without a rate; those of fewer than 5 are not shown."
        in words
    )


def test_every_row_that_was_read_is_accounted_for() -> None:
    words = Reader(html([])).words
    assert "contacts.csv hubspot-contacts 5,000 4,987 13" in words
    assert "13 rows repeat an id. duplicate_id Record ID 13 set aside 118, 902" in words
    assert "20 rows without a source. empty_source – 20 kept –" in words


def test_files_without_a_problem_are_said_to_have_none() -> None:
    clean = Quality((FileQuality("contacts.csv", "custom", 5, 5),))
    assert "No problem was found in any file." in Reader(html([], quality=clean)).words
    assert "No problem was found in any file." not in Reader(html([])).words


def test_each_method_is_named_with_its_paper_and_none_that_was_not_used() -> None:
    names = ["Wilson", "Newcombe hybrid score", "Koopman score", "pooled score z", "direct standardisation", "normal"]
    assert [method.name for method in methods.methods(audit())] == names
    words = Reader(html(audit())).words
    assert "Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions" in words
    assert "Fisher" not in words


def test_every_method_of_the_statistics_is_known_by_name() -> None:
    from alignment_metrics.stats import strata

    thin, empty = compare(Counts(1, 9), Counts(3, 9)), compare(Counts(1, 9), Counts(0, 0))
    used = [rate(Counts(1, 9), method=name).method for name in ("wilson", "clopper-pearson", "jeffreys")] + [
        strata.NORMAL,
        strata.MOVER,
    ]
    each = [finding("a.b", {}, estimates=(((), replace(rate(Counts(1, 9)), method=name)),)) for name in used]
    found = methods.methods([*each, replace(compared(), comparison=thin), replace(compared(), comparison=empty)])
    assert [method.name for method in found if not method.paper] == []
    assert "Fisher's exact test" in [method.name for method in found]


def test_a_method_that_nobody_wrote_up_keeps_its_name() -> None:
    one = finding("a.b", {}, estimates=(((), replace(rate(Counts(1, 9)), method="Guesswork")),))
    assert methods.methods([one]) == [methods.Method("Guesswork", "", "")]
    assert "Guesswork" in Reader(html([one])).words


def test_a_source_is_listed_with_its_grade_its_year_and_its_n() -> None:
    words = Reader(html(audit())).words
    assert "Some Institute (via a blog), 2014. Leads at work. Grade B, n = 500 (firms)." in words
    assert all(f"{grade}: {meaning}" in words for grade, meaning in page.GRADES.items())


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "JAVASCRIPT:alert(1)", " javascript:x", "data:text/html,x", None]
)
def test_an_address_that_is_not_of_the_web_is_no_link(url: str | None) -> None:
    reader = Reader(html([marked(replace(CITATION, url=url))]))
    assert [link for link in reader.all("a") if not str(link["href"]).startswith("#")] == []
    assert "Leads at work" in reader.words


def hostile() -> tuple[list[Finding], dict[str, Any]]:
    """Everything a stranger or a careless charter can put into a report, in every place there is."""
    evil = {HOSTILE: Counts(133, 1204), "other": Counts(9, 90), "=1+1": Counts(1, 7)}
    texts = {"claim": HOSTILE, "advice": HOSTILE, "notes": (HOSTILE,), "sql": (HOSTILE,)}
    cited = replace(
        CITATION, claim=HOSTILE, publisher=HOSTILE, title=HOSTILE, n_note=HOSTILE, population=HOSTILE, group=HOSTILE
    )
    left, right = ((HOSTILE, HOSTILE),), ((HOSTILE, "other"),)
    findings = [
        finding("sources.conversion", evil, by=HOSTILE, **texts),
        replace(compared(), compared=(left, right)),
        finding(f"conversion.{HOSTILE}", DRIFT, "quarter", **texts),
        finding(HOSTILE, evil, **texts),
        marked(cited),
        replace(refused(because=HOSTILE), question=HOSTILE),
    ]
    funnel = Funnel((HOSTILE, "won"), (), definitions={HOSTILE: Definition(HOSTILE, HOSTILE, HOSTILE)})
    bad = Problem(HOSTILE, HOSTILE, 1, (2,), HOSTILE, set_aside=True)
    parts = {
        "organisation": Organisation(HOSTILE, "EUR", "UTC", dt.date(2026, 6, 30)),
        "funnel": funnel,
        "sources": {HOSTILE: Source(HOSTILE, "inbound")},
        "quality": Quality((FileQuality(HOSTILE, HOSTILE, 2, 1, (bad,)),)),
    }
    return findings, parts


def test_hostile_text_is_shown_and_does_nothing() -> None:
    findings, parts = hostile()
    text = html(findings, **parts)
    reader = Reader(text)
    assert not {"script", "img", "iframe", "object", "embed", "link", "base", "form"} & {tag for tag, _ in reader.tags}
    assert not [name for _, attributes in reader.tags for name in attributes if name.startswith("on")]
    assert reader.text.count(SHOWN) > 30
    assert "\u202e" not in text
    # In the figures too: as a label, cut to its length, and in the words for those who cannot see them.
    figures = "".join(re.findall(r"<svg.*?</svg>", text, flags=re.S))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in figures
    assert "<script" not in figures
    ids = Counter(str(attributes["id"]) for _, attributes in reader.tags if "id" in attributes)
    assert max(ids.values()) == 1
    assert not [id for id in ids if re.search(r"[\s<>\"']", id)]


def test_a_script_that_our_font_lacks_is_drawn_without_a_warning() -> None:
    text = html([finding("sources.conversion", {"展示会": Counts(9, 90), "معرض": Counts(9, 80)})])
    assert ">展示会 (n = 90)</text>" in text


# The chapters on time


def curve_of(to: float, leads: int) -> Curve:
    days = tuple(range(0, 200, 10))
    value = tuple(to * (at + 1) / len(days) for at in range(len(days)))
    low, high = tuple(0.9 * share for share in value), tuple(1.1 * share for share in value)
    watched = tuple(leads - at * leads // (len(days) + 5) for at in range(len(days)))
    return Curve(days, value, low, high, watched, 0.0, 199, leads, "Aalen-Johansen (Gray's variance, log-log)", 0.95)


def over_time(code: str, *, by: bool = False) -> Finding:
    whole = curve_of(0.2, 4000)
    curves: list[tuple[Group, Curve]] = [((), whole)]
    if by:
        curves = [((("direction", "inbound"),), whole), ((("direction", "outbound"),), curve_of(0.1, 900))]
    rows = [
        ((*group, ("day", str(day))), curve.at(day)) for group, curve in curves for day in (30, 60, 90, 180)
    ]  # fmt: skip
    rows = rows if by else [((), whole.at(90)), *rows]
    claim = f"What {code} says."
    notes = ("Each day by itself.", f"Of {code} alone.")
    return Finding(code, f"How fast: {code}?", "measured", claim, tuple(rows), notes=notes, curves=tuple(curves))


MONTHS = ("2026-01", "2026-02", "2026-03")


def share_of(value: float, n: int = 200, method: str = "Wilson", confidence: float = 0.95) -> Estimate:
    return Estimate(value, 0.8 * value, 1.2 * value, n, "share", method, confidence)


def by_cohort(code: str) -> Finding:
    known = {("2026-01", 30): 0.05, ("2026-01", 60): 0.08, ("2026-01", 90): 0.101, ("2026-02", 30): 0.04}
    rows: list[tuple[Group, Estimate]] = [((), share_of(0.101))]
    ends = (share_of(0.101), share_of(math.nan), replace(share_of(math.nan), n=7))
    rows += [((("cohort", month),), one) for month, one in zip(MONTHS, ends, strict=True)]
    rows += [((("cohort", month), ("day", str(day))), share_of(share)) for (month, day), share in known.items()]
    return Finding(code, f"Which cohort: {code}?", "measured", f"What {code} says.", tuple(rows))


def forecast_of() -> Finding:
    ends = [share_of(value, method="chain ladder (Mack)", confidence=0.8) for value in (0.101, 0.09, 0.12)]
    # Of the oldest nothing is left to guess, and of the youngest nobody has come yet.
    ends[0] = replace(ends[0], low=0.101, high=0.101)
    rows: list[tuple[Group, Estimate]] = [((), share_of(0.1, 600, confidence=0.8))]
    rows += [((("cohort", month),), one) for month, one in zip(MONTHS, ends, strict=True)]
    so_far = zip(MONTHS, (0.101, 0.04, 0.0), strict=True)
    rows += [((("cohort", month), ("reached", "so far")), share_of(value)) for month, value in so_far]
    return Finding("cohorts.forecast", "Where will they end?", "measured", "About as before.", tuple(rows))


def waiting(code: str) -> Finding:
    def days(value: float, high: float = 50.0) -> Estimate:
        return Estimate(value, 30.0, high, 400, "days", "quantile of a curve (pointwise limits inverted)", 0.95)

    won, everyone = ("leads", "won only, as usually counted"), ("leads", "all, open ones counted in")
    rows = (
        ((won, ("measure", "median")), days(38.0)),
        ((won, ("measure", "mean")), days(41.0)),
        ((everyone, ("measure", "median")), days(math.nan, math.inf)),
        ((everyone, ("measure", "mean")), days(47.0, math.inf)),
    )
    return Finding(code, f"How long: {code}?", "measured", f"What {code} says.", rows)


def of_time() -> list[Finding]:
    pairs = ("lead_to_mql", "mql_to_won", "lead_to_won")
    curves = [over_time(f"curve.{pair}") for pair in pairs]
    grids = [by_cohort(f"cohorts.{pair}") for pair in pairs]
    change = Finding("cohorts.change", "Has it changed?", "lower", "Yes, it fell.", (((), share_of(0.05)),))
    waits = [waiting(f"cycle.{pair}") for pair in pairs]
    return [*curves, over_time("curve.direction", by=True), *grids, change, forecast_of(), *waits]


def chapter(text: str, id: str) -> str:
    return text.partition(f'<h2 id="chapter-{id}"')[2].partition("<h2 ")[0]


def test_the_chapters_on_time_come_after_conversion() -> None:
    order = re.findall(r'<h2 id="chapter-[^"]*">([^<]*)</h2>', html([*of_time(), *audit()]))
    assert order[:5] == ["Conversion", "Conversion over time", "Cohorts", "Time in stage", "Sources"]


def test_a_chapter_on_time_tells_the_whole_way_first_and_folds_its_single_steps() -> None:
    text = html(of_time())
    for id, told in (
        ("curve", ["curve-lead_to_won", "curve-direction"]),
        ("cohorts", ["cohorts-lead_to_won", "cohorts-change", "cohorts-forecast"]),
        ("cycle", ["cycle-lead_to_won"]),
    ):
        part = chapter(text, id)
        assert re.findall(r'<article class="finding" id="([^"]*)"', part) == told
        assert re.findall(r'<details class="step" id="([^"]*)"', part) == [f"{id}-lead_to_mql", f"{id}-mql_to_won"]
    words = Reader(chapter(text, "curve")).words
    told = "All leads by day 90: 10.0%, 95% interval [9.0%, 11.0%], n = 4,000"
    assert f"Step by step How fast: curve.lead_to_mql? {told}" in words
    assert "What curve.mql_to_won says." in words


def test_a_funnel_of_one_step_has_a_whole_way_and_nothing_to_fold() -> None:
    text = html([over_time("curve.lead_to_won")], funnel=Funnel(("lead", "won"), ()))
    assert '<article class="finding" id="curve-lead_to_won"' in text
    assert "Step by step" not in text


def test_fine_print_of_all_steps_is_said_once_whatever_the_other_findings_of_the_chapter_say() -> None:
    words = Reader(chapter(html(of_time()), "curve")).words
    assert words.count("Of curve.lead_to_mql alone.") == 1
    # Once for the steps and the whole way together, once for the finding on groups.
    assert words.count("Each day by itself.") == 2
    assert "Fine print to the whole way and to every step Each day by itself." in words


def test_the_chapters_on_time_have_the_figures_of_the_whole_way_and_of_groups() -> None:
    text = html(of_time())
    figures = {id: chapter(text, id).count("<svg") for id in ("curve", "cohorts", "cycle")}
    assert figures == {"curve": 2, "cohorts": 2, "cycle": 0}
    words = Reader(text).words
    at = curve_of(0.2, 4000).at(90)
    assert f"all leads by day 90: {wording.value(at)} {wording.interval(at)}, n = 4,000" in words
    assert "outbound by day 180:" in words
    assert "How fast: curve.lead_to_won? All leads, with the 95% interval at each day." in words
    # What is true of all of them is said below the first.
    assert chapter(text, "curve").count("as long as it could be watched.</figcaption>") == 1
    assert "How fast: curve.direction? By direction, with the 95% interval at each day." in words
    assert "2026-01 by day 90: 10.1% [8.1%, 12.1%], n = 200. 2026-02 by day 30: 4.0%" in words
    assert "what is not known yet, or rests on too few leads, is left empty." in words
    assert "2026-01: 10.1%, known, n = 200; so far 10.1%. 2026-02: 9.0% [7.2%, 10.8%], n = 200; so far 4.0%." in words
    assert "Points: the share expected by day 90, with its 80% interval." in words
    assert "expected by" in chapter(text, "cohorts").partition("</desc>")[2]


def test_the_largest_of_many_curves_are_drawn_and_the_caption_says_so() -> None:
    curves = tuple(((("source", f"source {at}"),), curve_of(0.1 + at / 100, 100 * (at + 1))) for at in range(7))
    one = replace(over_time("curve.source", by=True), curves=curves)
    text = html([one])
    assert "By source, the 5 largest, with the 95% interval at each day." in text
    assert "source 2 by day 90" in text
    assert "source 1 by day 90" not in text
    # A finding may hold the curves of the largest alone, and the numbers of all.
    rows = tuple((*group, ("day", "90")) for group, _ in curves)
    few = replace(one, curves=curves[-3:], estimates=tuple((group, share_of(0.1)) for group in rows))
    assert "By source, the 3 largest, with the 95% interval at each day." in html([few])


def test_a_single_curve_of_a_step_and_of_a_group_has_no_figure() -> None:
    lone = replace(over_time("curve.direction", by=True), curves=((INBOUND, curve_of(0.2, 400)),))
    assert html([over_time("curve.lead_to_mql"), lone]).count("<svg") == 0


def test_a_forecast_without_a_grid_and_a_grid_without_a_cell_have_no_figure() -> None:
    bare = by_cohort("cohorts.lead_to_won")
    bare = replace(bare, estimates=bare.estimates[:4])
    assert html([forecast_of()]).count("<svg") == html([bare, forecast_of()]).count("<svg") == 0


def test_a_grid_is_no_table_and_its_cohorts_are_folded_with_the_young_ones_named_so() -> None:
    part = chapter(html([by_cohort("cohorts.lead_to_won")]), "cohorts")
    words = Reader(part).words
    assert "4 rows by cohort and day are in tables/cohorts.lead_to_won.csv." in words
    assert '<th scope="col">Day</th>' not in part
    assert "<details><summary>By cohort</summary>" in part
    assert "2026-02 not old enough yet 200" in words
    assert "2026-03 too few leads to show a rate (n < 30) 7" in words


def test_days_and_measures_keep_the_order_they_are_given_in() -> None:
    text = html([over_time("curve.lead_to_won"), waiting("cycle.lead_to_won")])
    found = re.findall(r'<tr><th scope="row">(\d+)</th>', chapter(text, "curve"))
    assert found == ["30", "60", "90", "180"]
    words = Reader(chapter(text, "cycle")).words
    assert (
        "Measure won only, as usually counted (n = 400) all, open ones counted in (n = 400) median 38.0 days "
        "[30.0, 50.0 days] not reached mean 41.0 days [30.0, 50.0 days] 47.0 days [30.0 days, not reached]" in words
    )
    # No column for how many converted, where no row tells.
    assert "Converted" not in chapter(text, "curve") + chapter(text, "cycle")


def test_groups_by_day_are_folded_beside_their_figure() -> None:
    part = chapter(html([over_time("curve.direction", by=True)]), "curve")
    assert "<details><summary>By direction and day</summary>" in part
    assert part.count("<svg") == 1


def test_groups_stand_down_and_their_days_across() -> None:
    text = html([over_time("curve.direction", by=True)])
    found = re.search(r'<table class="across">(.*?)</table>', text, flags=re.S)
    assert found
    at = curve_of(0.2, 4000).at(30)
    head, _, body = found[1].partition("</thead>")
    assert re.findall(r">([^<>]+)</th>", head) == ["Direction", "Day 30", "Day 60", "Day 90", "Day 180", "n"]
    cells = re.sub(r"<[^>]*>", " ", body).split()
    assert cells[:4] == ["inbound", wording.value(at), *wording.interval(at).split()]
    assert cells[9 + 4] == "4,000"
    assert "Under each number its 95% interval." in text


def test_the_largest_of_many_groups_stand_down() -> None:
    rows = [((("source", f"s{at:02}"), ("day", "30")), share_of(0.1, n=100 + at)) for at in range(30)]
    text = html([replace(over_time("curve.source", by=True), curves=(), estimates=tuple(rows))])
    assert re.findall(r'<th scope="row">(s\d\d)', text) == [f"s{at:02}" for at in range(5, 30)]
    assert "5 more groups are in <code>tables/curve.source.csv</code>." in text


def test_each_cohort_shows_what_every_way_of_counting_says_and_the_latest_of_many_are_kept() -> None:
    months = [f"{2020 + at // 12}-{at % 12 + 1:02}" for at in range(27)]
    ways = {"as usually counted": share_of(0.05), "only leads old enough": share_of(math.nan)}
    rows = [((("cohort", month), ("rate", way)), one) for month in months for way, one in ways.items()]
    one = replace(by_cohort("cohorts.lead_to_won"), estimates=tuple(rows))
    words = Reader(html([one])).words
    assert "By cohort and rate Cohort as usually counted only leads old enough n 2020-03 5.0% [4.0%, 6.0%]" in words
    assert "2022-03 5.0% [4.0%, 6.0%] not old enough yet 200 Under each number its 95% interval." in words
    assert "2 more groups are in tables/cohorts.lead_to_won.csv." in words
    # What a group has no number for stays empty.
    lone = Reader(html([replace(one, estimates=tuple(rows[:3]))])).words
    assert "2020-02 5.0% [4.0%, 6.0%] 200" in lone


def test_a_change_of_the_latest_cohorts_that_is_real_is_a_headline() -> None:
    findings = of_time()
    codes = [one.code for one in report.headlines([*findings, marked()], charter=charter())]
    assert codes == ["cohorts.change", "cycle.lead_to_won", "benchmark.someone-2014-lead-won"]
    calm = [replace(one, verdict="no_difference_shown") for one in findings if one.chapter == "cohorts"]
    assert report.headlines(calm, charter=charter()) == ()


def test_how_long_the_whole_way_takes_is_a_headline_only_where_it_could_be_told() -> None:
    mean = Estimate(41.0, 30.0, 50.0, 400, "days", "mean wait of the converted", 0.95)
    whole = replace(waiting("cycle.lead_to_won"), estimates=(((), mean), *waiting("cycle.lead_to_won").estimates))
    words = Reader(html([whole])).words
    assert "How long: cycle.lead_to_won? 41.0 days on average, 95% interval [30.0, 50.0 days], n = 400" in words
    assert "Measured On average: 41.0 days, 95% interval [30.0, 50.0 days], n = 400" in words
    untold = replace(whole, verdict="not_enough_data", because="only 3 reached won.")
    assert report.headlines([untold], charter=charter()) == ()


def test_the_number_of_all_leads_says_by_which_day_and_of_which_leads() -> None:
    first = (("", over_time("curve.lead_to_won")), ("old enough, ", by_cohort("cohorts.lead_to_won")))
    for which, one in first:
        told = wording.overall(one)
        assert told
        assert f"Measured All leads {which}by day 90: {wording.value(told)}, 95% interval" in Reader(html([one])).words
        later = Reader(html([one], policy=Policy(within_days=1200))).words
        assert f"All leads {which}by day 1,200: {wording.value(told)}" in later
    assert (
        "Measured All leads, as expected: 10.0%, 80% interval [8.0%, 12.0%], n = 600"
        in Reader(html([forecast_of()])).words
    )
    change = replace(of_time()[-5], estimates=(((), share_of(0.05)), ((("quarter", "2026Q1"),), share_of(0.04))))
    assert "Lower All leads: 5.0%, 95% interval" in Reader(html([change])).words


def test_a_forecast_is_one_folded_table_with_what_has_come_so_far_and_no_interval_of_what_is_known() -> None:
    part = chapter(html([by_cohort("cohorts.lead_to_won"), forecast_of()]), "cohorts").partition("cohorts-forecast")[2]
    assert re.findall("<summary>([^<]*)", part) == ["By cohort, so far and as expected"]
    words = Reader(part.partition("</details>")[0]).words
    assert words.endswith(
        "Cohort so far expected n 2026-01 10.1% 10.1% known 200 2026-02 4.0% 9.0% [7.2%, 10.8%] 200 "
        "2026-03 0.0% 12.0% [9.6%, 14.4%] 200 "
        "Under what is expected its 80% interval; known where nothing more is expected."
    )
    # All numbers stay where scripts read them.
    (kept,) = [one for one in as_json([forecast_of()])["findings"] if one["code"] == "cohorts.forecast"]
    assert len(kept["estimates"]) == 7
    assert len(rows(forecast_of())) == 7


def test_what_a_figure_shows_is_folded_and_what_measures_say_is_not() -> None:
    change = replace(of_time()[-5], estimates=(((), share_of(0.05)), ((("quarter", "2026Q1"),), share_of(0.04))))
    found = html(
        [over_time("curve.lead_to_won"), by_cohort("cohorts.lead_to_won"), change, waiting("cycle.lead_to_won")]
    )
    assert re.findall("<summary>([^<]*)", found) == ["By day", "By cohort", "By quarter"]


def test_the_methods_of_the_chapters_on_time_are_told_with_their_papers() -> None:
    found = methods.methods(of_time())
    names = ["Wilson", "Aalen-Johansen", "quantile of a curve", "chain ladder (Mack)"]
    assert [method.name for method in found] == names
    assert "Mack, T. (1993)" in found[-1].paper
    twin = replace(forecast_of(), estimates=(((), share_of(0.1, method="chain ladder (quasi-Poisson)")),))
    assert "Renshaw, A. E. & Verrall, R. J. (1998)" in methods.methods([twin])[0].paper


def test_a_single_step_is_printed_with_its_number_though_it_stays_folded() -> None:
    style = Reader(html([])).style
    assert "nav, details:not(.step) { display: none; }" in style


def test_hostile_names_of_groups_and_cohorts_do_nothing_in_the_figures_on_time() -> None:
    curves = tuple(((("source", name),), curve_of(0.1, 400)) for name in (HOSTILE, "$x$"))
    source = replace(over_time("curve.source", by=True), curves=curves, question=HOSTILE)
    grid = by_cohort("cohorts.lead_to_won")
    renamed = tuple(
        (tuple((key, HOSTILE if text == "2026-01" else text) for key, text in group), one)
        for group, one in grid.estimates
    )
    text = html([source, replace(grid, estimates=renamed, question=HOSTILE)])
    reader = Reader(text)
    assert text.count("<svg") == 2
    assert not {"script", "img"} & {tag for tag, _ in reader.tags}
    assert not [name for _, attributes in reader.tags for name in attributes if name.startswith("on")]
    assert "\u202e" not in text
    assert ">$x$</text>" in text


# All of it


def test_the_same_audit_gives_the_same_bytes_and_all_of_its_files(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        report.write(audit(), quality=QUALITY, charter=charter(), out=tmp_path / name)
    first, second = (
        {path.relative_to(tmp_path / name).as_posix(): path.read_bytes() for path in (tmp_path / name).rglob("*.*")}
        for name in ("first", "second")
    )
    assert first == second
    assert sorted(first) == [
        "findings.json",
        "report.html",
        "tables/benchmark.someone-2014-lead-won.csv",
        "tables/benchmarks.csv",
        "tables/conversion.lead_to_mql.csv",
        "tables/conversion.lead_to_won.csv",
        "tables/conversion.mql_to_won.csv",
        "tables/inbound_vs_outbound.conversion.csv",
        "tables/sources.conversion.csv",
    ]


def test_spreadsheets_are_told_that_a_table_is_unicode_and_scripts_need_not_be(tmp_path: Path) -> None:
    report.write(
        [finding("sources.conversion", {"été": Counts(9, 90)})], quality=QUALITY, charter=charter(), out=tmp_path
    )
    table = (tmp_path / "tables" / "sources.conversion.csv").read_bytes()
    assert table.startswith(b"\xef\xbb\xbfsource,value")
    assert "\r\nété,0.1,".encode() in table
    assert (tmp_path / "findings.json").read_bytes().startswith(b"{")
    assert (tmp_path / "report.html").read_bytes().startswith(b"<!DOCTYPE html>")


def test_two_findings_with_one_code_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    message = "several findings have the code benchmark.none; give each a code of its own."
    with pytest.raises(ValueError, match=exactly(message)):
        report.write([refused(), refused()], quality=QUALITY, charter=charter(), out=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "audit"
    message = f"there is no directory {out}; create it, empty, before the report is written."
    with pytest.raises(FileNotFoundError, match=exactly(message)):
        report.write([], quality=QUALITY, charter=charter(), out=out)


def test_every_verdict_there_is_has_its_words() -> None:
    from alignment_metrics.values import VERDICTS

    assert tuple(wording.VERDICTS) == VERDICTS
    assert set(chapters.REFUSALS) < set(VERDICTS)


@pytest.mark.parametrize(
    ("one", "value", "interval"),
    [
        (Estimate(0.308, 0.255, 0.366, 263, "share", "Wilson", 0.95), "30.8%", "[25.5%, 36.6%]"),
        (Estimate(-0.02, -0.05, 0.01, 9, "difference", "x", 0.9), "−2.0 points", "[−5.0, +1.0 points]"),
        (Estimate(math.inf, 2, math.inf, 9, "ratio", "x", 0.9), "∞", "[2.00, ∞]"),
        (Estimate(3.5, 2, 1234.5, 9, "days", "x", 0.9), "3.5 days", "[2.0, 1,234.5 days]"),
        (Estimate(38, 30.04, math.inf, 9, "days", "x", 0.9), "38.0 days", "[30.0 days, not reached]"),
        (Estimate(-3, -7, 1, 9, "days", "x", 0.9), "−3.0 days", "[−7.0, 1.0 days]"),
        (Estimate(1234.5, 1000, 2000, 9, "EUR", "x", 0.9), "1,234.50 EUR", "[1,000.00, 2,000.00 EUR]"),
    ],
)
def test_a_number_is_written_in_its_unit(one: Estimate, value: str, interval: str) -> None:
    assert [wording.value(one), wording.interval(one)] == [value, interval]


def test_the_level_of_confidence_stands_beside_every_interval() -> None:
    at_90 = Finding("sources.conversion", "?", "measured", "!", estimates=(((), rate(Counts(9, 90), confidence=0.9)),))
    words = Reader(html([at_90])).words
    assert "10.0%, 90% interval [5.9%, 16.4%], n = 90" in words
    assert "at a level of confidence of 95%, unless another is written beside it (here 90%)." in words
    young = Estimate(0.3, 0.2, 0.4, 90, "share", "x", 0.8)
    of_three = replace(at_90, estimates=(*at_90.estimates, ((("source", "a"),), young)))
    assert "of 95%, unless another is written beside it (here 80% and 90%)." in Reader(html([of_three])).words
    # What has no interval has no level of its own.
    counted = replace(young, low=0.3, high=0.3)
    only_95 = Reader(html([replace(at_90, estimates=(((), counted),))])).words
    assert "at a level of confidence of 95%. An interval tells what chance alone leaves open" in only_95
    assert wording.level([at_90.estimates[0][1], rate(Counts(9, 90))]) == "90% or 95% interval"
