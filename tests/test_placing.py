"""One of our numbers is set beside a published one, or beside several, honestly; what may not be compared is not."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment_metrics.published import (
    beside,
    beside_range,
    citation,
    comparables,
    together,
)
from alignment_metrics.published.fineprint import tips
from alignment_metrics.report.beside import sheets
from alignment_metrics.stats import census
from alignment_metrics.stats.means import mean
from alignment_metrics.stats.rates import against, rate
from alignment_metrics.stats.targets import equivalent_to, mean_against, mean_equivalent_to, tipping_point
from alignment_metrics.values import Citation, Counts, Estimate, Moments

IMPLISIT = "implisit-lead-opp-all"
# 81 of 263 is Newcombe (1998), Statistics in Medicine 17:857-872, table I: Wilson 0.2553 to 0.3662.
NEWCOMBE = Counts(81, 263)
# The case H01 of tests/reference/oracle.json, against a published 10%: p, and the leads at which it tips.
H01 = Counts(45, 600)
TENTH = replace(citation(IMPLISIT), id="a-tenth", value=0.1, n=None, n_note=None)
NOBODY = Counts(0, 0)


def stated(value: float, unit: str) -> Estimate:
    return Estimate(value, value, value, 1, unit, "as stated in the charter", 0.95)


# How ours stands


def test_an_interval_above_the_published_number_is_higher() -> None:
    found = beside(IMPLISIT, NEWCOMBE, of="lead to opportunity within 120 days")
    assert (found.code, found.verdict) == ("benchmark.implisit-lead-opp-all", "higher")
    assert found.question == "How do we stand beside this: Of leads from any source, 13% became opportunities."
    assert found.claim == (
        "Our 30.8% [25.5%, 36.6%] (95% interval, n = 263) lies above the published 13%, taken as a fixed number. "
        "Source: Implisit (via eMarketer), 2014, n = 500 (companies, roughly; how many leads is unknown), grade B. "
        "Ours: lead to opportunity within 120 days."
    )
    assert found.estimates == (((), rate(NEWCOMBE)),)
    assert found.benchmark is not None
    assert (found.benchmark.citation.id, found.benchmark.ours) == (IMPLISIT, rate(NEWCOMBE))


def test_an_interval_below_the_published_number_is_lower() -> None:
    found = beside("sherpa-2009-ready-qualified", NEWCOMBE)
    assert found.verdict == "lower"
    assert found.claim == (
        "Our 30.8% [25.5%, 36.6%] (95% interval, n = 263) lies below the published 40%, taken as a fixed number. "
        "Source: MarketingSherpa B2B Marketing Benchmark Survey 2009 (via Tiziani Whitmyre), 2009, "
        "n = 1,000 (at least; the publisher rounds down), grade B."
    )


def test_an_interval_that_holds_the_published_number_shows_no_difference() -> None:
    found = beside("fourquadrant-mql-sql", NEWCOMBE)
    assert found.verdict == "no_difference_shown"
    assert found.claim == (
        "Our 30.8% [25.5%, 36.6%] (95% interval, n = 263) cannot be told from the published 31%, taken as a fixed "
        "number. Source: Four Quadrant, 2012, n not stated, grade B."
    )


@pytest.mark.parametrize("bounds", [(0.13, 0.2), (0.1, 0.13)])
def test_an_interval_that_only_touches_the_published_number_shows_no_difference(bounds: tuple[float, float]) -> None:
    ours = Estimate(0.13, *bounds, 263, "share", "clustered", 0.95)
    assert beside(IMPLISIT, ours).verdict == "no_difference_shown"


@given(st.integers(1, 500).flatmap(lambda n: st.builds(Counts, st.integers(0, n), st.just(n))))
def test_the_interval_alone_says_on_which_side_ours_lies(ours: Counts) -> None:
    ring, found = rate(ours), beside(IMPLISIT, ours)
    assert found.verdict == ("higher" if ring.low > 0.13 else "lower" if ring.high < 0.13 else "no_difference_shown")


def test_an_interval_just_within_the_margin_is_equivalent() -> None:
    found = beside(TENTH, Counts(600, 6000), margin=0.02)
    assert found.verdict == "equivalent"
    assert found.claim.startswith(
        "Our 10.0% [9.3%, 10.8%] (95% interval, n = 6,000) lies within 2 points of the published"
    )
    assert found.benchmark is not None
    assert found.benchmark.against is not None
    shown = equivalent_to(Counts(600, 6000), 0.1, 0.02)
    assert (found.benchmark.against.margin, found.benchmark.against.equivalence) == (0.02, shown)
    assert "That the two lie within 2 points of each other: p < 0.001 (two one-sided tests)." in found.notes


@pytest.mark.parametrize(("hits", "side"), [(1120, "above"), (880, "below")])
def test_a_difference_of_less_than_the_margin_is_equivalent_and_is_still_told(hits: int, side: str) -> None:
    found = beside(TENTH, Counts(hits, 10_000), margin=0.02)
    assert found.verdict == "equivalent"
    assert (
        f" lies {side} the published 10%, but by less than the 2 points that were to matter, taken as a fixed number."
        in found.claim
    )


def test_a_margin_that_is_not_shown_leaves_the_verdict_to_the_interval() -> None:
    found = beside(TENTH, H01, margin=0.03)
    assert found.verdict == "lower"
    assert "That the two lie within 3 points of each other: p = 0.34 (two one-sided tests)." in found.notes
    assert beside(TENTH, Counts(6, 60), margin=0.03).verdict == "no_difference_shown"


@given(st.integers(1, 2000).flatmap(lambda n: st.builds(Counts, st.integers(0, n), st.just(n))))
def test_equivalent_is_said_just_where_the_whole_printed_interval_lies_within_the_margin(ours: Counts) -> None:
    ring, found = rate(ours), beside(TENTH, ours, margin=0.05)
    assert (found.verdict == "equivalent") == (ring.low > 0.05 and ring.high < 0.15)


def test_an_interval_that_leaves_the_margin_is_not_equivalent_whatever_the_two_one_sided_tests_say() -> None:
    # Each test at 5% belongs to an interval of 90%: what is printed is one of 95%, 23.7% to 26.2%.
    found = beside(replace(TENTH, value=0.24), Counts(1145, 4600), margin=0.02)
    assert found.claim.startswith(
        "Our 24.9% [23.7%, 26.2%] (95% interval, n = 4,600) cannot be told from the published 24%"
    )
    assert found.verdict == "no_difference_shown"
    assert found.benchmark is not None
    assert found.benchmark.against is not None
    assert found.benchmark.against.equivalence is not None
    assert 0.025 < found.benchmark.against.equivalence < 0.05
    assert "That the two lie within 2 points of each other: p = 0.044 (two one-sided tests)." in found.notes
    told = (
        "Equivalent means that the whole 95% interval lies within the margin, which the two one-sided tests show at a "
        "p of about 0.025 or less."
    )
    assert told in found.notes
    assert beside(replace(TENTH, value=0.24), Counts(1145, 4600), margin=0.02, confidence=0.9).verdict == "equivalent"


def test_an_interval_within_the_margin_is_equivalent_where_the_exact_tests_ask_for_a_little_more() -> None:
    # Wilson has 8.0% to 11.9%; the exact interval, which the two one-sided tests belong to, is a little wider.
    ours = Counts(88, 900)
    assert equivalent_to(ours, 0.1, 0.02) > 0.025
    found = beside(TENTH, ours, margin=0.02)
    assert found.verdict == "equivalent"
    assert "That the two lie within 2 points of each other: p = 0.031 (two one-sided tests)." in found.notes


@pytest.mark.parametrize(("margin", "verdict"), [(0.31, "equivalent"), (0.3, "higher")])
def test_where_the_margin_is_just_reached_ours_is_not_within_it(margin: float, verdict: str) -> None:
    # In binary 0.4 - 0.1 is a little more than 0.3, and 0.3 - 0.1 a little less than 0.2.
    ours = Estimate(0.35, 0.3, 0.4, 50, "share", "cluster-robust", 0.95)
    assert beside(TENTH, ours, margin=margin).verdict == verdict
    near = Estimate(0.25, 0.2, 0.3, 50, "share", "cluster-robust", 0.95)
    assert beside(TENTH, near, margin=0.2).verdict == "higher"


# Tests and tipping points


def test_the_test_is_called_one_against_a_fixed_target() -> None:
    found = beside(TENTH, H01)
    pvalue = against(H01, 0.1).pvalue
    assert found.notes[:2] == (
        f"Tested against a fixed target: p = {pvalue:.3f} (exact binomial test).",
        "The published number counts as exact, so that only our own uncertainty shows.",
    )
    assert found.benchmark is not None
    assert found.benchmark.against is not None
    assert (found.benchmark.against.pvalue, found.benchmark.against.method) == (pvalue, "exact binomial test")
    assert (found.benchmark.against.margin, found.benchmark.against.equivalence) == (None, None)


def test_the_tipping_point_is_told_in_leads() -> None:
    found = beside(TENTH, H01)
    assert found.benchmark is not None
    assert found.benchmark.against is not None
    assert found.benchmark.against.tipping_n == 5508
    assert found.notes[2] == (
        "Were the published 10% itself from fewer than 5,508 leads, chance could explain the difference. "
        "Its source does not say from how many it is."
    )


def test_where_no_number_would_tip_it_that_is_told() -> None:
    found = beside(TENTH, Counts(52, 600))
    assert found.verdict == "no_difference_shown"
    assert found.benchmark is not None
    assert found.benchmark.against is not None
    assert found.benchmark.against.tipping_n is None
    assert found.notes[2] == "No number of leads behind the published 10% would make the difference more than chance."


def test_a_difference_so_large_that_a_handful_tips_it_is_told_in_words() -> None:
    # Of 50 leads at 10%, five hits are to be expected: of fewer the normal approximation tells nothing.
    found = beside(TENTH, Counts(300, 600), counted="answers")
    assert found.notes[2] == (
        "Any source of more than a handful of answers would make the difference more than chance. "
        "Its source does not say from how many it is."
    )
    assert found.benchmark is not None
    assert found.benchmark.against is not None
    exact = found.benchmark.against.tipping_n
    assert exact == tipping_point(Counts(300, 600), 0.1)
    assert exact is not None
    assert (tips(0.1, exact), f"{exact}" in found.notes[2]) == ("a handful", False)


@pytest.mark.parametrize(("ours", "told"), [(H01, "5,508"), (Counts(300, 600), "a handful")])
def test_sentence_and_table_tell_one_tipping_point(ours: Counts, told: str) -> None:
    found = beside(TENTH, ours)
    (sheet,) = sheets([found])
    *_, last = sheet.lines[0].cells
    assert last.text.replace("\u00a0", " ").removeprefix("n = ") == told
    assert told in found.notes[2]


@pytest.mark.parametrize(
    ("target", "least", "told"),
    [
        (0.31, 12, "a handful"),
        (0.31, 17, "17"),
        (0.69, 16, "a handful"),
        (0.1, 30, "a handful"),
        (0.1, 31, "31"),
        (0.0002, 900, "900"),
        (0.1, 5508, "5,508"),
    ],
)
def test_a_handful_is_few_records_of_which_less_than_five_hits_or_misses_are_expected(
    target: float, least: int, told: str
) -> None:
    assert tips(target, least) == told


def test_a_number_of_leads_that_rests_on_few_hits_is_said_to_be_rough() -> None:
    rare = replace(TENTH, value=0.001)
    found = beside(rare, Counts(12, 2000))
    assert found.benchmark is not None
    assert found.benchmark.against is not None
    least = found.benchmark.against.tipping_n
    assert least is not None
    assert 30 < least < 5000
    assert found.notes[2].startswith(
        f"Were the published 0.1% itself from fewer than {least:,} leads, chance could explain the difference; so few "
        "hits are to be expected that this number is rough. "
    )


@pytest.mark.parametrize(
    ("hours", "where"), [((70.0, 80.0, 90.0), "is longer than"), ((1.0, 2.0, 3.0), "is shorter than")]
)
def test_hours_are_longer_or_shorter_and_not_only_higher_or_lower(hours: tuple[float, ...], where: str) -> None:
    found = beside("hbr-2011-avg-42h", Moments.of([*hours] * 20))
    assert f" {where} the published 42 hours, taken as a fixed number." in found.claim
    assert (
        f" {where} the 42 hours that 1 source published"
        in beside_range(
            found.benchmark.citation.metric if found.benchmark else "", ["hbr-2011-avg-42h"], Moments.of([*hours] * 20)
        ).claim
    )


@pytest.mark.parametrize(
    ("published", "ours", "told"),
    [
        (
            citation("implisit-lead-opp-all"),
            Counts(96, 600),
            "Its source has n = 500 (companies, roughly; how many leads is unknown), which does not count leads.",
        ),
        (citation("hbr-2011-within-1h"), Counts(250, 600), "Its source has n = 2,241, which is enough."),
        (
            citation("hbr-2011-within-1h"),
            Counts(247, 600),
            "Its source has n = 2,241, which is too few: chance may well explain the difference.",
        ),
        (
            replace(TENTH, n=400, n_note="of what is not told"),
            H01,
            "Its source has n = 400 (of what is not told); whether that counts leads is not known here.",
        ),
    ],
    ids=["of firms", "enough", "too few", "unknown"],
)
def test_the_n_of_a_source_is_held_against_the_tipping_point_where_it_counts_the_same(
    published: Citation, ours: Counts, told: str
) -> None:
    found = beside(published, ours)
    assert found.benchmark is not None
    assert found.benchmark.against is not None
    tipping = found.benchmark.against.tipping_n
    assert tipping is not None
    assert found.notes[2].endswith(f" {told}")
    if "enough" in told or "too few" in told:
        assert published.n is not None
        assert (published.n >= tipping) == ("enough" in told)


@pytest.mark.parametrize(("fewer", "told"), [(0, "which is enough."), (1, "which is too few: chance may well")])
def test_a_source_of_just_the_tipping_point_is_enough(fewer: int, told: str) -> None:
    published = citation("hbr-2011-within-1h")
    assert published.value is not None
    tipping = tipping_point(Counts(250, 600), published.value)
    assert tipping is not None
    notes = beside(replace(published, n=tipping - fewer), Counts(250, 600)).notes
    assert [one for one in notes if f" Its source has n = {tipping - fewer:,}, {told}" in one]


def test_a_close_call_between_interval_and_test_is_told() -> None:
    # Wilson and the exact test part in a few cases; the first of them by search.
    close = next(
        Counts(hits, n)
        for n in range(20, 200)
        for hits in range(n)
        if (rate(Counts(hits, n)).high < 0.1) != (against(Counts(hits, n), 0.1).pvalue < 0.05) and hits / n < 0.1
    )
    assert beside(TENTH, close).notes[0].endswith(" Interval and test disagree at this level: it is a close call.")
    assert "close call" not in beside(TENTH, H01).notes[0]


def test_an_estimate_of_a_rate_is_tested_by_the_leads_behind_it() -> None:
    assert beside(TENTH, rate(H01)) == beside(TENTH, H01)
    assert beside(TENTH, rate(H01, confidence=0.8)) == beside(TENTH, H01, confidence=0.8)


def test_an_estimate_by_other_means_is_not_tested_as_if_its_leads_were_independent() -> None:
    ours = Estimate(0.075, 0.05, 0.12, 600, "share", "cluster-robust", 0.95, hits=45)
    found = beside(TENTH, ours)
    assert found.verdict == "no_difference_shown"
    assert found.benchmark is not None
    assert found.benchmark.against is not None
    assert found.benchmark.against.pvalue is None
    assert found.notes[0] == "Not tested beyond its interval (cluster-robust)."
    assert not [note for note in found.notes if "would" in note]


DAYS = Moments.of([60.0, 75.0, 90.0, 120.0, 150.0, 99.0, 87.0, 140.0])


def test_a_mean_is_tested_by_students_t() -> None:
    # Hours of sleep gained on the better of two drugs, Student (1908) Biometrika 6:1; R's t.test has 0.8977 to 3.7623.
    sleep = Moments.of([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    found = beside("hbr-2011-avg-42h", sleep, counted="patients")
    again = beside("hbr-2011-avg-42h", mean(sleep, unit="hours"), counted="patients")
    assert (again.claim, again.notes) == (found.claim, found.notes)
    assert found.verdict == "lower"
    assert found.claim.startswith(
        "Our 2.3 hours [0.9, 3.8] (95% interval, n = 10) is shorter than the published 42 hours, taken as a fixed "
        "number."
    )
    assert found.notes[0] == "Tested against a fixed target: p < 0.001 (one-sample t-test)."
    assert found.benchmark is not None
    assert found.benchmark.against is not None
    assert found.benchmark.against.pvalue == mean_against(sleep, 42).pvalue
    assert found.benchmark.against.tipping_n is None


def test_a_mean_within_its_margin_is_equivalent() -> None:
    found = beside("implisit-days-lead-opp", DAYS, margin=60)
    assert found.verdict == "equivalent"
    assert " lies within 60 days of the published 84 days," in found.claim
    assert found.benchmark is not None
    assert found.benchmark.against is not None
    assert found.benchmark.against.equivalence == mean_equivalent_to(DAYS, 84, 60)


def test_a_mean_of_one_number_has_no_limits_and_is_not_tested() -> None:
    for one in (Moments.of([90.0]), mean(Moments.of([90.0]), unit="days")):
        found = beside("implisit-days-lead-opp", one, margin=5)
        assert found.verdict == "not_enough_data"
        assert found.claim == "Our 90 days (n = 1) is not set beside the published 84 days."
        assert found.because == (
            "there is only one number of ours to set beside it, and of one alone no interval can be told."
        )


@pytest.mark.parametrize(("hours", "told"), [(1.0, "1 hour"), (0.1, "0.1 hours"), (0.0, "0 hours")])
def test_a_mean_of_numbers_that_are_all_the_same_is_no_certainty(hours: float, told: str) -> None:
    # Seventy times 0.1 is not quite 7: the sums leave a spread of less than 1e-8.
    sums = Moments.of([hours] * 70)
    for one in (sums, mean(sums, unit="hours")):
        found = beside("hbr-2011-avg-42h", one)
        assert found.verdict == "not_enough_data"
        assert found.claim == f"Our {told} (n = 70) is not set beside the published 42 hours."
        assert found.because == (
            f"all 70 numbers of ours are the same, {told}, and without a spread no interval can be told."
        )
    several = beside_range("lead_response_hours", ["hbr-2011-avg-42h"], sums)
    assert several.verdict == "not_enough_data"
    assert several.because == found.because


@pytest.mark.parametrize(
    ("value", "verdict", "where"),
    [(3.2, "higher", "lies above"), (2.0, "lower", "lies below"), (2.5, "no_difference_shown", "is just")],
)
def test_a_number_that_was_stated_is_placed_without_a_test(value: float, verdict: str, where: str) -> None:
    found = beside("topo-2015-sdr-ae", stated(value, "ratio"))
    assert found.verdict == verdict
    assert found.claim.startswith(
        f"Our {value:g} (as stated in the charter) {where} the published 2.5, taken as a fixed"
    )
    assert found.notes[0] == "Not tested: our number has no interval (as stated in the charter)."


def test_a_number_that_was_stated_may_lie_within_a_margin() -> None:
    assert beside("topo-2015-sdr-ae", stated(2.7, "ratio"), margin=0.5).verdict == "equivalent"
    assert beside("topo-2015-sdr-ae", stated(3.2, "ratio"), margin=0.5).verdict == "higher"


def test_a_gap_is_placed_by_its_interval() -> None:
    gap = census.gap(Counts(12, 20), 30, Counts(5, 15), 25).difference
    found = beside("leandata-2017-followup-gap", gap, counted="answers")
    assert found.verdict == "no_difference_shown"
    assert found.claim.startswith(
        "Our +26.7 points [+5.3 points, +42.7 points] (95% interval, n = 35) cannot be told from"
    )
    assert "the published +31 points" in found.claim


def test_the_answers_of_a_small_firm_are_corrected_for_its_size() -> None:
    found = beside("forrester-2013-tight-8", Counts(5, 20), population=30, counted="answers")
    assert found.estimates == (((), census.rate(Counts(5, 20), 30)),)
    score = census.against(Counts(5, 20), 30, 0.08)
    assert found.benchmark is not None
    assert found.benchmark.against is not None
    assert found.benchmark.against.pvalue == score.pvalue
    assert found.benchmark.against.tipping_n is None
    assert found.notes[0].startswith("Tested against a fixed target: p < 0.001 (hypergeometric mid-P test).")


def test_where_everybody_answered_our_number_is_no_estimate() -> None:
    found = beside("forrester-2013-tight-8", Counts(5, 20), population=20, margin=0.05, counted="answers")
    assert found.verdict == "higher"
    assert found.claim.startswith("Our 25% (census: everybody answered, n = 20) lies above the published 8%,")
    assert found.notes[0] == "Not tested: our number has no interval (census: everybody answered)."


@pytest.mark.parametrize(
    ("id", "unit", "shown"),
    [
        ("implisit-lead-won-referral", "share", "the published 3.63%,"),
        ("leandata-2017-followup-gap", "difference", "the published +31 points,"),
        ("implisit-days-lead-opp", "days", "the published 84 days,"),
    ],
)
def test_the_published_number_is_shown_as_exactly_as_it_was_published(id: str, unit: str, shown: str) -> None:
    assert shown in beside(id, Estimate(0.3, 0.2, 0.4, 263, unit, "clustered", 0.95)).claim


def test_the_notes_say_where_the_number_comes_from_and_what_may_part_the_two() -> None:
    mark = citation(IMPLISIT)
    # Who published it stands in the claim.
    assert beside(IMPLISIT, NEWCOMBE).notes[-4:] == (
        "Grade B: the primary source is known, but was seen second-hand or gives no n.",
        f"Comparable when: {mark.comparable_when}",
        f"What may make it not comparable: {mark.caveat}",
        f"How it is told elsewhere: {mark.discrepancy}",
    )


# Several sources


BOTH = ["fourquadrant-mql-sql", "sherpa-2009-ready-qualified"]


@pytest.mark.parametrize(
    ("ours", "verdict", "where"),
    [
        (Counts(210, 600), "within_range", "lies within the"),
        (Counts(300, 600), "higher", "lies above the"),
        (Counts(150, 600), "lower", "lies below the"),
        (Counts(170, 600), "no_difference_shown", "is less, but cannot be told from the"),
        (Counts(250, 600), "no_difference_shown", "is more, but cannot be told from the"),
        # 4 of 11: 15.2% to 64.6%, beyond the range on either side; of 200 and of 235 on one.
        (Counts(4, 11), "no_difference_shown", "may lie within or outside the"),
        (Counts(200, 600), "no_difference_shown", "may lie within or outside the"),
        (Counts(235, 600), "no_difference_shown", "may lie within or outside the"),
    ],
)
def test_several_sources_are_a_range(ours: Counts, verdict: str, where: str) -> None:
    found = beside_range("mql_to_sql_rate", BOTH, ours, of="mql to sql within 90 days")
    assert (found.code, found.verdict) == ("published.mql_to_sql_rate", verdict)
    assert found.question == "How do we stand beside what is published on mql to sql rate?"
    assert f" {where} 31% to 40% that 2 sources published (grade B). Ours: mql to sql within 90 days." in found.claim
    assert found.estimates == (((), rate(ours)),)
    assert found.notes == (
        "31%: Four Quadrant, 2012, n not stated, grade B.",
        "40%: MarketingSherpa B2B Marketing Benchmark Survey 2009 (via Tiziani Whitmyre), 2009, n = 1,000 (at least; "
        "the publisher rounds down), grade B.",
        "Grade B: the primary source is known, but was seen second-hand or gives no n.",
        "They are shown as a range: no average of them means anything without the leads behind each.",
    )


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.31, 0.4, "within_range"),
        (0.309, 0.4, "no_difference_shown"),
        (0.31, 0.401, "no_difference_shown"),
    ],
)
def test_the_ends_of_a_range_belong_to_it(low: float, high: float, verdict: str) -> None:
    ours = Estimate(0.35, low, high, 600, "share", "cluster-robust", 0.95)
    assert beside_range("mql_to_sql_rate", BOTH, ours).verdict == verdict


def test_one_number_is_no_range_to_lie_within() -> None:
    found = beside_range("mql_to_sql_rate", BOTH[:1], Counts(186, 600))
    assert found.verdict == "no_difference_shown"
    assert " cannot be told from the 31% that 1 source published (grade B)." in found.claim
    just = beside_range("mql_to_sql_rate", BOTH[:1], stated(0.31, "share"))
    assert just.verdict == "no_difference_shown"
    assert " is just the 31% that 1 source published (grade B)." in just.claim


def test_the_order_of_the_sources_does_not_show() -> None:
    marks = [citation(one) for one in reversed(BOTH)]
    assert beside_range("mql_to_sql_rate", marks, H01) == beside_range("mql_to_sql_rate", BOTH, H01)


def test_what_may_not_be_compared_is_left_out_of_the_range_and_said_why() -> None:
    found = beside_range("mql_to_sql_rate", ["folk-13-mql-sql", *BOTH], Counts(210, 600))
    assert " lies within the 31% to 40% that 2 sources published (grade B)." in found.claim
    why = beside("folk-13-mql-sql", Counts(210, 600)).because
    assert f"Left out, folk-13-mql-sql: {why}" in found.notes


def test_a_range_of_one_source_is_its_number() -> None:
    found = beside_range("mql_to_sql_rate", BOTH[:1], Counts(300, 600))
    assert found.verdict == "higher"
    assert " lies above the 31% that 1 source published (grade B)." in found.claim


def test_a_range_without_a_source_is_not_comparable() -> None:
    for ids in (["folk-13-mql-sql"], []):
        found = beside_range("mql_to_sql_rate", ids, Counts(210, 600))
        assert found.verdict == "not_comparable"
        assert found.claim == "Ours is set beside no published number."
        assert found.because == "none of these numbers may be compared with ours."


def test_nothing_of_ours_beside_a_range_is_not_enough_data() -> None:
    found = beside_range("mql_to_sql_rate", BOTH, NOBODY)
    assert found.verdict == "not_enough_data"
    assert found.claim == "Nothing of ours is set beside these numbers."
    assert found.because == "there are no leads of ours to set beside them."


def test_a_mean_beside_a_range_is_in_its_unit() -> None:
    assert beside_range("lead_to_opportunity_days", ["implisit-days-lead-opp"], DAYS).verdict == "no_difference_shown"


def test_several_published_numbers_beside_ours_are_a_range() -> None:
    assert beside(BOTH, Counts(210, 600), of="x") == beside_range("mql_to_sql_rate", BOTH, Counts(210, 600), of="x")


# Slips of the caller


def test_several_numbers_beside_ours_are_of_one_metric() -> None:
    told = "published numbers are set beside ours together where they are of one metric; these "
    with pytest.raises(
        ValueError, match=f"^{re.escape(told)}are of 2 metrics [(]lead_to_opportunity_rate, mql_to_sql_rate[)].$"
    ):
        beside([IMPLISIT, BOTH[0]], H01)
    with pytest.raises(ValueError, match=f"^{re.escape(told)}are none.$"):
        beside([], H01)


@pytest.mark.parametrize(
    ("metric", "ids", "told"),
    [
        (
            "win_rate",
            ["rain-win-47", "cso-win-2018"],
            "rain-win-47: proposal to won, all; cso-win-2018: forecast to won, all",
        ),
        (
            "lead_to_opportunity_rate",
            ["implisit-lead-opp-website", IMPLISIT],
            "implisit-lead-opp-all: lead to opportunity, all sources; implisit-lead-opp-website: lead to opportunity, "
            "website",
        ),
    ],
    ids=["proposals and forecasts", "all sources and one"],
)
def test_what_was_not_counted_alike_makes_no_range(metric: str, ids: list[str], told: str) -> None:
    message = (
        "published numbers are set beside ours together where they mean the same of the same group; these do not "
        f"({told}), so set ours beside each by itself."
    )
    for asked in (ids, [*reversed(ids)]):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            beside_range(metric, asked, H01)
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            beside(asked, H01)


def test_numbers_of_different_groups_make_no_range() -> None:
    few = replace(TENTH, id="another", group="firms that bought leads")
    told = (
        "published numbers are set beside ours together where they mean the same of the same group; these do not "
        "(a-tenth: all sources; another: firms that bought leads), so set ours beside each by itself."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        beside([few, TENTH], H01)
    for group in (None, "all"):
        assert beside([replace(few, group=group, value=0.2), TENTH], H01).verdict == "lower"


def test_numbers_that_are_in_no_registry_go_by_when_they_are_comparable() -> None:
    other = replace(TENTH, id="another", value=0.2, comparable_when="Ours counts firms.")
    with pytest.raises(ValueError, match=r"these do not \(a-tenth: all sources; another: all sources\)"):
        beside([TENTH, other], H01)


def test_how_old_leads_must_be_does_not_part_two_numbers() -> None:
    of = {one.citation.id: one for one in comparables()}
    young, old = of[IMPLISIT], replace(of[IMPLISIT], terms={**of[IMPLISIT].terms, "at_least_days": 365})
    assert together([young, old]) == [[young, old]]


def test_a_range_is_called_by_the_metric_that_it_is_of() -> None:
    told = (
        "published numbers are set beside ours together where they are of one metric; 'anything' was asked, and there "
        "is mql_to_sql_rate among these."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        beside_range("anything", BOTH, H01)
    with pytest.raises(ValueError, match=r"and there are lead_to_opportunity_rate, mql_to_sql_rate among these\.$"):
        beside_range("anything", [IMPLISIT, *BOTH], H01)


def test_a_margin_is_from_one_published_number() -> None:
    told = "a margin is from one published number; there are several, so leave it out."
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        beside(BOTH, H01, margin=0.02)


def test_an_unknown_id_names_the_nearest() -> None:
    told = "no citation has the id 'implisit-lead-op-all'; the nearest is 'implisit-lead-opp-all'."
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        beside("implisit-lead-op-all", H01)
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        beside_range("lead_to_opportunity_rate", ["implisit-lead-op-all"], H01)


@pytest.mark.parametrize("margin", [0, -0.02, math.inf, math.nan])
@pytest.mark.parametrize("ours", [H01, rate(H01), Estimate(0.1, 0.05, 0.2, 9, "share", "clustered", 0.95)])
def test_a_margin_is_more_than_nothing(ours: Counts | Estimate, margin: float) -> None:
    told = f"a margin must be more than 0; got {margin!r}, say how far from the target still counts."
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        beside(TENTH, ours, margin=margin)
