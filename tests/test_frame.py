"""Findings as frames: what a notebook shows of them."""

from __future__ import annotations

import math

import pandas as pd

from alignment_metrics.findings.frame import breakdown, summary
from alignment_metrics.published import citations
from alignment_metrics.quality import FileQuality, Problem, Quality
from alignment_metrics.stats.rates import compare, rate
from alignment_metrics.values import Benchmark, Counts, Estimate, Finding

# Newcombe (1998), Stat Med 17:857, table I: 81 of 263.
OURS = rate(Counts(81, 263))
FEW = Estimate(math.nan, math.nan, math.nan, 9, "share", "counts only", 0.95, 2)
SOURCES = Finding(
    "sources.conversion",
    "Which sources?",
    "measured",
    "They differ.",
    (((), OURS), ((("source", "webinar"),), FEW), ((("source", "cold call"),), OURS)),
)


def test_a_breakdown_has_the_groups_without_the_overall_one_in_their_order() -> None:
    frame = breakdown(SOURCES)
    assert list(frame.index) == ["webinar", "cold call"]
    assert frame.index.name == "source"
    assert list(frame.columns) == ["value", "low", "high", "n", "hits"]
    assert frame.loc["cold call", ["n", "hits"]].tolist() == [263, 81]
    assert math.isnan(frame.loc["webinar", "value"])
    assert frame.loc["webinar", "n"] == 9


def test_a_breakdown_by_two_keys_has_two_levels() -> None:
    group = (("direction", "inbound"), ("source", "webinar"))
    frame = breakdown(Finding("x.y", "?", "measured", ".", (((), OURS), (group, OURS))))
    assert frame.index.names == ["direction", "source"]
    assert list(frame.index) == [("inbound", "webinar")]


def test_a_finding_without_groups_has_an_empty_breakdown() -> None:
    frame = breakdown(Finding("x.y", "?", "does_not_apply", ".", because="there is nothing."))
    assert frame.empty
    assert list(frame.columns) == ["value", "low", "high", "n", "hits"]


def test_a_summary_tells_the_number_that_the_verdict_is_about() -> None:
    cited = citations("implisit-lead-opp-website")[0]
    compared = compare(Counts(81, 263), Counts(15, 148))
    overall = rate(Counts(96, 411))
    frame = summary(
        [
            SOURCES,
            Finding("benchmark.a", "?", "higher", ".", (((), overall), ((), OURS)), benchmark=Benchmark(cited, OURS)),
            Finding("inbound_vs_outbound.conversion", "?", "higher", ".", (((), overall),), comparison=compared),
            Finding("conversion.a_to_b", "?", "does_not_apply", ".", because="there is no such stage."),
        ]
    )
    assert frame["n"].tolist()[:3] == [263, 263, 411]
    assert frame.loc["benchmark.a", ["value", "published", "grade"]].tolist() == [OURS.value, 0.313, "B"]
    assert frame.loc["inbound_vs_outbound.conversion", "value"] == compared.difference.value
    assert frame.loc["conversion.a_to_b", "because"] == "there is no such stage."
    assert pd.isna(frame.loc["conversion.a_to_b", "n"])
    # Whole numbers that may be missing stay whole.
    assert str(frame["year"].dtype) == "Int64"


def test_a_finding_reads_as_question_verdict_claim_and_notes() -> None:
    finding = Finding("x.y", "Do they?", "not_enough_data", "Not told.", because="nobody came.", notes=("One.", "Two."))
    assert str(finding) == "Do they?\nnot enough data: Not told.\nbecause nobody came.\n- One.\n- Two."


def test_an_account_reads_as_a_line_a_file_and_a_line_a_problem() -> None:
    problem = Problem("missing_id", "Id", 2, (3, 9), "2 rows without an id; set aside.", set_aside=True)
    quality = Quality((FileQuality("a.csv", "custom", 1005, 1003, (problem,)), FileQuality("b.csv", "custom", 1, 1)))
    assert str(quality) == (
        "a.csv (custom): 1,005 rows read, 1,003 kept, 2 set aside.\n"
        "  missing_id: 2 rows without an id; set aside.\n"
        "b.csv (custom): 1 row read, 1 kept, 0 set aside.\n"
        "  nothing to report."
    )
