"""What a client is told: every branch of every rule, word for word, and what must never be said."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
from engines import AS_OF, SOURCES, Lead, charter_of, crm_of, many
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alignment_metrics.benchmarks import comparables
from alignment_metrics.charter import Charter, Policy, Source
from alignment_metrics.crm import Crm
from alignment_metrics.exports import read_export
from alignment_metrics.findings import CHAPTERS, audit
from alignment_metrics.findings.groups import shown, too_few
from alignment_metrics.findings.words import percent, points
from alignment_metrics.stats.many import homogeneity
from alignment_metrics.stats.rates import compare, rate
from alignment_metrics.stats.strata import standardise
from alignment_metrics.tallies import Tally
from alignment_metrics.values import Counts, Estimate, Finding

DAY = dt.timedelta(days=1)
YOUNG = AS_OF - 10 * DAY
NOBODY = Counts(0, 0)
POLICY = Policy()
TWO_STAGES = charter_of(stages=("lead", "won"))
SIZED = charter_of(stages=("lead", "won"), segments=("size",))


@pytest.fixture(scope="module")
def sample(root: Path) -> Crm:
    return read_export(root / "data" / "sample" / "hubspot")


def found(leads: list[Lead], charter: Charter = TWO_STAGES, *, chapter: str) -> Finding:
    """The one finding of a chapter."""
    (finding,) = audit(crm_of(leads, charter), only=chapter)
    return finding


def conversion(leads: list[Lead], charter: Charter = TWO_STAGES) -> Finding:
    return found(leads, charter, chapter="conversion")


def sources(leads: list[Lead], charter: Charter = TWO_STAGES) -> Finding:
    return found(leads, charter, chapter="sources")


def direction(leads: list[Lead], charter: Charter = TWO_STAGES) -> Finding:
    return found(leads, charter, chapter="inbound_vs_outbound")


def sides(inbound: Counts, outbound: Counts, unknown: Counts = NOBODY, **lead: str) -> list[Lead]:
    return [
        *many(inbound.hits, inbound.total, source="webinar", **lead),
        *many(outbound.hits, outbound.total, source="cold call", **lead),
        *many(unknown.hits, unknown.total, **lead),
    ]


# Conversion


def test_a_conversion_says_n_its_interval_and_its_level() -> None:
    # 81 of 263: Newcombe (1998) Statistics in Medicine 17:857, table I.
    finding = conversion(many(81, 263))
    assert finding.code == "conversion.lead_to_won"
    assert finding.question == "Of the leads that enter lead, how many reach won within 90 days?"
    assert finding.verdict == "measured"
    assert (
        finding.claim
        == "Of 263 leads, 81 reached won within 90 days of entering lead: 30.8% [25.5%, 36.6%] (95% interval)."
    )
    assert [(name, one.hits, one.n) for name, one in finding.estimates] == [
        ((), 81, 263),
        ((("quarter", "2026Q1"),), 81, 263),
    ]
    assert finding.notes == (
        "Only leads that entered at least 90 days before the end of 2026-06-30 count; 0 younger ones are left out.",
        "Whether the quarters share one rate is asked by Pearson's chi-square, adjusted by Holm over the steps; there "
        "are "
        "too few leads here to ask.",
    )
    assert len(finding.sql) == 2


def test_a_funnel_of_two_stages_has_one_conversion() -> None:
    assert [finding.code for finding in audit(crm_of(many(3, 40), TWO_STAGES), only="conversion")] == [
        "conversion.lead_to_won"
    ]


def test_each_step_and_the_whole_way_have_a_conversion() -> None:
    codes = [finding.code for finding in audit(crm_of(many(3, 40), charter_of()), only="conversion")]
    assert codes == ["conversion.lead_to_mql", "conversion.mql_to_won", "conversion.lead_to_won"]


def test_young_leads_are_left_out_and_the_usual_count_is_told_beside() -> None:
    finding = conversion([*many(81, 263), *many(0, 137, day=YOUNG)])
    assert "81 reached won" in finding.claim
    assert finding.notes[:2] == (
        "Only leads that entered at least 90 days before the end of 2026-06-30 count; 137 younger ones are left out.",
        "The usual count of all 400 leads, young ones included and without a window, would say 20.2%.",
    )


def test_a_handful_of_young_leads_is_not_told_by_the_usual_count() -> None:
    finding = conversion([*many(81, 263), *many(0, 3, day=YOUNG)])
    assert finding.notes[0].endswith("count; fewer than 5 younger ones are left out.")
    assert "266" not in " ".join(finding.notes)


def test_quarters_that_differ_are_told_before_the_pooled_rate() -> None:
    early, late = dt.date(2025, 5, 1), dt.date(2025, 8, 1)
    charter = replace(SIZED, policy=Policy(confidence=0.9))
    leads = [
        *many(10, 100, day=early, size="small"),
        *many(60, 100, day=late, size="small"),
        *many(0, 50, day=late, size="large"),
    ]
    finding = conversion(leads, charter)
    low, high, pooled = (rate(counts, confidence=0.9) for counts in (Counts(10, 100), Counts(60, 150), Counts(70, 250)))
    assert finding.verdict == "measured"
    assert finding.claim == (
        f"No single rate describes the way from lead to won. By quarter of entry it runs from {low} (2025Q2, n = 100) "
        "to "
        f"{high} (2025Q3, n = 150), more than chance explains (p < 0.001). The pooled {pooled} (90% intervals; 70 of "
        "250 "
        "leads) is an average over different mixes of leads."
    )
    assert finding.notes[-1] == (
        "From 2025Q2 to 2025Q3 the mix of leads changed most in size (small: 100.0% of the leads, then 66.7%). That "
        "says "
        "where to look, not why the rate moved."
    )
    assert len(finding.sql) == 4


def test_a_change_of_mix_is_told_from_the_earlier_quarter_to_the_later() -> None:
    early, late = dt.date(2025, 5, 1), dt.date(2025, 8, 1)
    finding = conversion([*many(60, 100, day=early, size="small"), *many(10, 100, day=late, size="large")], SIZED)
    assert "From 2025Q2 to 2025Q3 the mix of leads changed most in size (" in finding.notes[-1]


def test_each_step_pays_for_the_others_when_asked_whether_it_drifts() -> None:
    # 60 of 100 against 45 of 100: p = 0.034 by itself, and twice that as one of two that can be asked.
    early, late = dt.date(2025, 5, 1), dt.date(2025, 8, 1)
    leads = [*many(60, 100, day=early), *many(45, 100, day=late)]
    assert conversion(leads).claim.startswith("No single rate")
    assert "(p = 0.034)" in conversion(leads).notes[1]
    everyone_an_mql = [lead | {"mql": lead["lead"]} for lead in leads]
    first, *others = audit(crm_of(everyone_an_mql, charter_of()), only="conversion")
    assert "there are too few leads here to ask" in first.notes[1]
    for finding in others:
        assert "(p = 0.067)" in finding.notes[1]
        assert finding.claim.startswith("Of 200 leads, 105 reached won")


def test_a_mix_that_did_not_change_is_not_made_into_news() -> None:
    early, late = dt.date(2025, 5, 1), dt.date(2025, 8, 1)
    finding = conversion([*many(60, 100, day=early), *many(10, 100, day=late)])
    assert finding.claim.startswith("No single rate")
    assert not any("mix of leads" in note for note in finding.notes)


def test_a_label_of_a_few_leads_is_not_named_in_a_change_of_mix() -> None:
    early, late = dt.date(2025, 5, 1), dt.date(2025, 8, 1)
    leads = [
        *many(30, 50, day=early, size="x"),
        *many(30, 50, day=early, size="y"),
        *many(5, 48, day=late, size="x"),
        *many(5, 48, day=late, size="y"),
        *many(0, 4, day=late, size="the chairman"),
    ]
    finding = conversion(leads, SIZED)
    assert finding.claim.startswith("No single rate")
    assert "size (x: 50.0% of the leads, then 48.0%)" in finding.notes[-1] or "size (y: 50.0%" in finding.notes[-1]


def test_a_label_that_all_but_a_few_leads_bear_tells_on_those_few_and_is_not_named() -> None:
    early, late = dt.date(2025, 5, 1), dt.date(2025, 8, 1)
    leads = [*many(60, 100, day=early, size="x"), *many(5, 96, day=late, size="x"), *many(0, 4, day=late, size="y")]
    finding = conversion(leads, SIZED)
    assert finding.claim.startswith("No single rate")
    assert not any("mix of leads" in note for note in finding.notes)


@pytest.mark.parametrize(
    ("leads", "because", "estimates"),
    [
        (
            many(1, 29),
            "only 29 leads entered lead at least 90 days before the end of the export, and the charter asks for 30.",
            1,
        ),
        (
            many(1, 4),
            "fewer than 5 leads entered lead at least 90 days before the end of the export, and the charter asks for "
            "30.",
            0,
        ),
        (
            many(0, 40, day=YOUNG),
            "no lead entered lead at least 90 days before the end of the export, so none has had its chance.",
            1,
        ),
        ([], "no lead entered lead at least 90 days before the end of the export, so none has had its chance.", 1),
    ],
    ids=["too few", "fewer than may be shown", "all too young", "none at all"],
)
def test_too_few_old_leads_give_a_reason_and_no_rate(leads: list[Lead], because: str, estimates: int) -> None:
    for chapter, claim in (
        ("conversion", "The rate from lead to won cannot be told yet."),
        ("sources", "The sources cannot be compared yet."),
    ):
        finding = found(leads, chapter=chapter)
        assert (finding.verdict, finding.claim, finding.because) == ("not_enough_data", claim, because)
        assert len(finding.estimates) == estimates
        assert all(math.isnan(one.value) for _, one in finding.estimates)


def test_a_charter_that_asks_for_one_lead_is_given_one() -> None:
    charter = replace(TWO_STAGES, policy=Policy(within_days=1, min_group=1, suppress_below=0))
    claim = "Of 1 lead, 0 reached won within 1 day of entering lead: 0.0% [0.0%, 79.3%] (95% interval)."
    assert conversion(many(1, 1), charter).claim == claim
    assert "1 younger one is left out" in conversion([*many(1, 1), *many(0, 1, day=AS_OF)], charter).notes[0]


def test_one_lead_where_two_are_asked_for_is_told_in_the_singular() -> None:
    policy = Policy(min_group=2, suppress_below=0)
    because = (
        "only 1 inbound lead entered lead at least 1 day before the end of the export, and the charter asks for 2."
    )
    assert too_few(Counts(0, 1), policy, start="lead", days=1, whose="inbound") == because


# Small groups


def listing(*totals: int, policy: Policy = POLICY) -> tuple[list[tuple[str, float, int]], tuple[str, ...]]:
    cells = tuple(((chr(97 + place),), Counts(0, total)) for place, total in enumerate(totals))
    got = shown(Tally(("x",), cells, "", AS_OF), policy)
    return [(name[0][1] if name else "", one.value, one.n) for name, one in got.estimates], got.notes


AS_COUNTS = "Groups of fewer than 30 leads are shown as counts, without a rate."


def test_a_group_without_leads_has_the_widest_interval_there_is() -> None:
    ((_, one),) = conversion([]).estimates
    assert math.isnan(one.value)
    assert (one.low, one.high, one.n, one.hits) == (0.0, 1.0, 0, 0)


def test_groups_that_are_large_enough_are_shown_after_the_overall_one() -> None:
    assert listing(30, 40) == ([("", 0, 70), ("a", 0, 30), ("b", 0, 40)], ())


def test_small_groups_are_shown_as_counts() -> None:
    rows, notes = listing(30, 29)
    assert [n for _, _, n in rows] == [59, 30, 29]
    assert math.isnan(rows[2][1])
    assert notes == (AS_COUNTS,)


def test_the_smallest_groups_are_not_shown() -> None:
    rows, notes = listing(4, 40, 3, 30)
    assert [name for name, _, _ in rows] == ["", "b", "d"]
    assert notes == ("2 small groups of fewer than 5 leads are not shown.",)


def test_a_group_that_would_be_told_by_the_total_stands_in_one_row_with_the_next_smallest() -> None:
    rows, notes = listing(50, 4, 40, 60)
    assert [(name, n) for name, _, n in rows] == [("", 154), ("a", 50), ("c and 1 small group", 44), ("d", 60)]
    assert notes == ("1 small group of fewer than 5 leads counted with c.",)


def test_small_groups_that_are_few_leads_even_together_take_another_in() -> None:
    rows, notes = listing(1, 2, 40, 60)
    assert [(name, n) for name, _, n in rows] == [("", 103), ("c and 2 small groups", 43), ("d", 60)]
    assert notes == ("2 small groups of fewer than 5 leads counted with c.",)


def test_a_single_small_group_hides_itself_and_the_overall_row() -> None:
    assert listing(4) == ([], ("1 small group of fewer than 5 leads is not shown.",))


def quarters(*totals: int) -> tuple[list[tuple[str, int]], tuple[str, ...]]:
    cells = tuple(((f"2025Q{number}",), Counts(0, total)) for number, total in enumerate(totals, start=1))
    got = shown(Tally(("quarter",), cells, sql="", as_of=dt.date(2026, 6, 30)), Policy())
    return [(name[0][1], one.n) for name, one in got.estimates if name], got.notes


def test_a_quarter_that_has_only_begun_counts_with_the_one_before() -> None:
    told, notes = quarters(230, 240, 2)
    assert told == [("2025Q1", 230), ("2025Q2", 242)]
    assert notes == ("The few leads of 2025Q3 are counted with 2025Q2.",)


def test_a_small_first_quarter_counts_with_the_one_after() -> None:
    told, notes = quarters(2, 230, 240)
    assert told == [("2025Q2", 232), ("2025Q3", 240)]
    assert notes == ("The few leads of 2025Q1 are counted with the quarter after.",)


def test_nothing_is_hidden_where_the_charter_says_so() -> None:
    assert [n for _, _, n in listing(1, 40, policy=Policy(suppress_below=0))[0]] == [41, 1, 40]


@given(st.lists(st.integers(1, 60), max_size=8), st.integers(0, 12))
@example([4, 1], 5)
def test_no_few_leads_can_be_read_off_a_listing(totals: list[int], suppress_below: int) -> None:
    rows, _ = listing(*totals, policy=Policy(suppress_below=suppress_below))
    overall = [n for name, _, n in rows if not name]
    groups = [n for name, _, n in rows if name]
    assert all(n >= suppress_below for n in groups)
    if overall and overall[0]:
        rest = overall[0] - sum(groups)
        assert rest == 0 or rest >= suppress_below
        assert len(totals) - len(groups) != 1 or rest == 0 or len(totals) == 1


# Sources

ALIKE = [*many(30, 100, source="webinar"), *many(30, 100, source="cold call"), *many(30, 100, source="trade show")]
TEST_OF_SOURCES = (
    "One test asks whether all known sources share one rate (Pearson's chi-square). Only if they do not is each "
    "source set "
    "against all other known ones together, with Holm's adjustment for asking about several."
)


def test_sources_that_differ_are_named_with_n_and_interval_and_no_ranking() -> None:
    leads = [*many(60, 100, source="webinar"), *many(10, 100, source="cold call"), *many(70, 200, source="trade show")]
    finding = sources([*leads, *many(1, 10)])
    assert finding.question == "Which sources bring leads that reach won within 90 days?"
    assert finding.verdict == "measured"
    assert finding.claim == (
        "The 3 known sources differ by more than chance explains (p < 0.001). Set against all other known ones, "
        "webinar "
        f"({rate(Counts(60, 100))}, n = 100) converted more often, and cold call ({rate(Counts(10, 100))}, n = 100) "
        "converted less often (95% intervals)."
    )
    assert [name for name, _ in finding.estimates] == [
        (),
        *((("source", one),) for one in ("cold call", "trade show", "unknown", "webinar")),
    ]
    assert finding.notes == (
        TEST_OF_SOURCES,
        "Sources are taken as they came: the leads of one may be of another kind, or of other months, than those of "
        "the next.",
        "The source of 10 of 410 leads (2.4%) is unknown.",
        AS_COUNTS,
    )


def test_sources_alike_are_not_ranked() -> None:
    finding = sources(ALIKE)
    assert finding.claim == (
        "No difference between the 3 known sources is shown (p = 1.00), which is not the same as none; together they "
        "convert "
        f"at {rate(Counts(90, 300))} (95% interval, n = 300)."
    )


def test_only_sources_that_differ_may_have_their_spread_shown() -> None:
    apart = [*many(60, 100, source="webinar"), *many(10, 100, source="cold call")]
    alike = [*many(30, 100, source="webinar"), *many(30, 100, source="cold call")]
    assert (sources(apart).differs, sources(alike).differs) == (True, False)


def test_sources_that_differ_only_together_are_not_named() -> None:
    named = {f"s{i}": Source(f"source {i}", "inbound") for i in range(8)}
    charter = replace(TWO_STAGES, sources=named)
    leads = [
        lead for i in range(8) for lead in many(33 if i % 2 else 47, 100, source=f"source {i}", direction="inbound")
    ]
    finding = sources(leads, charter)
    assert re.fullmatch(
        r"The 8 known sources differ by more than chance explains \(p = 0\.0\d\d\), though no single one can be told "
        r"from the "
        r"others; together they convert at 40\.0% \[.*\] \(95% interval, n = 800\)\.",
        finding.claim,
    )


def test_two_sources_are_set_against_each_other() -> None:
    claim = sources([*many(60, 100, source="webinar"), *many(40, 100, source="cold call")]).claim
    assert "webinar (60.0% [" in claim
    assert "cold call (40.0% [" in claim


def test_a_source_pays_for_being_one_of_several_that_were_asked() -> None:
    shares = {"organic search": 55, "webinar": 42, "cold call": 37, "trade show": 28, "partner": 23}
    charter = replace(TWO_STAGES, sources={name: Source(name, "inbound") for name in shares})
    leads = [lead for name, hits in shares.items() for lead in many(hits, 100, source=name, direction="inbound")]
    rest = Counts(sum(shares.values()) - 28, 400)
    # By itself it would stand apart from the others; as one of five it does not.
    assert 0.01 < compare(Counts(28, 100), rest).pvalue < 0.05
    claim = sources(leads, charter).claim
    assert "organic search (55.0% [" in claim
    assert "partner (23.0% [" in claim
    assert "trade show" not in claim


def test_small_sources_are_asked_together_with_their_like() -> None:
    # By size the two of ten share a cell of the test; by name each would fall to a large neighbour.
    totals = {"a": (50, 100), "b": (2, 10), "c": (50, 100), "d": (2, 10)}
    charter = replace(TWO_STAGES, sources={name: Source(name, "inbound") for name in totals})
    leads = [lead for name, (hits, n) in totals.items() for lead in many(hits, n, source=name, direction="inbound")]
    by_size = homogeneity([Counts(50, 100), Counts(50, 100), Counts(4, 20)])
    assert f"{by_size:.3f}" == "0.038"
    assert "(p = 0.038)" in sources(leads, charter).claim


def test_only_the_largest_of_many_sources_that_stand_apart_are_named() -> None:
    charter = replace(TWO_STAGES, sources={f"s{i}": Source(f"source {i}", "inbound") for i in range(10)})
    leads = [
        lead
        for i in range(10)
        for lead in many(190 if i < 5 else 10, 200 + i, source=f"source {i}", direction="inbound")
    ]
    claim = sources(leads, charter).claim
    assert "source 4 (" in claim
    assert "source 3 (" in claim
    assert "source 2 (" in claim
    assert " and 2 more converted more often, and source 9 (" in claim
    assert "source 0" not in claim


@pytest.mark.parametrize(("hits", "why"), [(1, "too few reach won"), (199, "too few do not reach won")])
def test_sources_of_which_hardly_any_lead_converts_cannot_be_asked(hits: int, why: str) -> None:
    first = min(hits, 100)
    finding = sources([*many(first, 100, source="webinar"), *many(hits - first, 100, source="cold call")])
    assert finding.verdict == "measured"
    assert finding.claim.startswith(
        f"Whether the 2 known sources differ cannot be asked, for {why}; together they convert at "
    )


def test_a_rate_that_drifts_is_told_beside_the_sources() -> None:
    leads = [
        *many(60, 100, source="webinar", day=dt.date(2025, 5, 1)),
        *many(10, 100, source="cold call", day=dt.date(2025, 8, 1)),
    ]
    assert sources(leads).notes[2] == (
        "The rate also changes with the quarter of entry (p < 0.001): where sources come and go with the quarters, a "
        "difference between sources may be one between quarters."
    )


@pytest.mark.parametrize(
    ("leads", "verdict", "because"),
    [
        (
            many(9, 40),
            "does_not_apply",
            "not one lead that is old enough has a source that the charter's [sources] list, and nothing is guessed.",
        ),
        (
            [*many(9, 40, source="webinar"), *many(9, 40)],
            "does_not_apply",
            "every lead with a known source comes from one and the same, webinar.",
        ),
        (
            [*many(9, 40, source="webinar"), *many(9, 29, source="cold call")],
            "not_enough_data",
            "fewer than two sources have the 30 leads that a rate takes.",
        ),
    ],
    ids=["only unknown", "only one", "only one of them large enough"],
)
def test_sources_that_cannot_be_compared_say_why(leads: list[Lead], verdict: str, because: str) -> None:
    finding = sources(leads)
    assert (finding.verdict, finding.because) == (verdict, because)
    assert finding.claim == "The sources cannot be compared."
    assert finding.estimates[0][1].n == len(leads)


def test_a_few_leads_of_unknown_source_are_not_counted_out() -> None:
    finding = sources([*ALIKE, *many(0, 3)])
    assert finding.notes[2] == "The source of fewer than 5 of 303 leads is unknown."
    assert not any(name == (("source", "unknown"),) for name, _ in finding.estimates)


# Inbound against outbound

ASSOCIATION = (
    "The leads were not assigned to a direction at random: this is an association, not an effect of being inbound."
)


def test_inbound_against_outbound_says_both_shares_and_the_interval_of_the_difference() -> None:
    left, right = Counts(120, 300), Counts(40, 300)
    finding = direction(sides(left, right, Counts(3, 12)))
    comparison = compare(left, right)
    assert finding.question == "Do inbound leads reach won within 90 days more often than outbound leads?"
    assert finding.verdict == "higher"
    assert finding.comparison == comparison
    assert finding.compared == ((("direction", "inbound"),), (("direction", "outbound"),))
    assert finding.claim == (
        "As they come, inbound leads convert more often than outbound ones. 40.0% of 300 inbound and 13.3% of 300 "
        "outbound "
        f"leads reached won within 90 days: a difference of {points(comparison.difference)} (95% interval). The "
        "direction of 12 of 612 leads (2.0%) is unknown."
    )
    bounds = compare(Counts(123, 312), right).difference, compare(left, Counts(43, 312)).difference
    assert finding.notes == (
        "The crude difference has Newcombe's interval; p < 0.001 (pooled score z (Pearson chi-square, no continuity "
        "correction)).",
        ASSOCIATION,
        f"Were all leads of unknown direction inbound, the crude difference would be {points(bounds[0])}; were all "
        f"outbound, {points(bounds[1])}. The crude verdict would be the same either way.",
        AS_COUNTS,
    )
    assert [name for name, _ in finding.estimates] == [
        (),
        *((("direction", one),) for one in ("inbound", "outbound", "unknown")),
    ]


def test_leads_of_unknown_direction_that_would_decide_the_matter_are_said_to() -> None:
    finding = direction(sides(Counts(60, 300), Counts(40, 300), Counts(90, 300)))
    assert finding.verdict == "higher"
    assert any(
        note.endswith("The crude verdict would not be the same: first learn where those leads came from.")
        for note in finding.notes
    )


def test_outbound_leads_may_be_the_better_ones() -> None:
    finding = direction(sides(Counts(40, 300), Counts(120, 300)))
    assert finding.verdict == "lower"
    assert finding.claim.startswith(
        "As they come, inbound leads convert less often than outbound ones. 13.3% of 300 inbound"
    )
    assert finding.notes[2:] == ("The direction of 0 of 600 leads is unknown.",)


def test_interval_and_test_must_agree_before_a_difference_is_claimed() -> None:
    # 7 of 34 against 1 of 34: Newcombe's interval leaves out 0 and Fisher's test does not reject (Fagerland, Lydersen &
    # Laake 2017, chapter 4).
    finding = direction(sides(Counts(7, 34), Counts(1, 34)))
    assert finding.comparison is not None
    assert finding.comparison.difference.low > 0
    assert finding.comparison.pvalue > 0.05
    assert finding.verdict == "no_difference_shown"
    assert finding.claim == (
        "As they come, no difference between inbound and outbound leads is shown, which is not the same as none. "
        "20.6% of 34 "
        "inbound and 2.9% of 34 outbound leads reached won within 90 days: a difference of +17.6 points [+1.9, +34.0] "
        "(95% interval)."
    )
    assert finding.notes[1] == (
        "That interval and that test fall on different sides of their limits; only what both show is claimed."
    )


def test_the_same_mix_may_take_a_crude_difference_away() -> None:
    small, large = (Counts(120, 300), Counts(20, 50)), (Counts(5, 50), Counts(30, 300))
    finding = direction([*sides(*small, size="small"), *sides(*large, size="large")], SIZED)
    adjusted = standardise([((("size", "small"),), *small), ((("size", "large"),), *large)], by=("size",)).difference
    assert finding.comparison is not None
    assert finding.comparison.adjusted is not None
    assert finding.comparison.adjusted.difference == adjusted
    assert finding.verdict == "no_difference_shown"
    assert finding.claim == (
        "As they come, inbound leads convert more often than outbound ones; at the same mix of size no difference is "
        "shown, "
        "which is not the same as none. 35.7% of 350 inbound and 14.3% of 350 outbound leads reached won within 90 "
        "days: a "
        f"difference of {points(finding.comparison.difference)} (95% interval). At the same mix of size it is "
        f"{points(adjusted)}. The mix flatters inbound leads by about 21.4 points."
    )
    assert finding.notes[-1] == (
        "Adjusted by direct standardisation over 2 strata, to all leads of the two groups there (95% interval: normal)."
    )


def test_the_same_mix_may_leave_a_difference_standing() -> None:
    both = [
        *sides(Counts(60, 150), Counts(20, 150), size="small"),
        *sides(Counts(60, 150), Counts(20, 150), size="large"),
    ]
    finding = direction(both, SIZED)
    assert finding.verdict == "higher"
    assert finding.claim.startswith(
        "Inbound leads convert more often than outbound ones, also at the same mix of size. 40.0% of"
    )
    assert "flatters" not in finding.claim


def test_a_difference_may_show_itself_only_at_the_same_mix() -> None:
    leads = [
        *sides(Counts(45, 50), Counts(180, 300), size="small"),
        *sides(Counts(105, 300), Counts(2, 50), size="large"),
    ]
    finding = direction(leads, SIZED)
    assert finding.verdict == "higher"
    assert finding.claim.startswith(
        "As they come, inbound leads convert less often than outbound ones; at the same mix of size inbound leads "
        "convert more "
        "often than outbound ones. "
    )
    assert "The mix flatters outbound leads by about " in finding.claim


def test_kidney_stones_show_no_difference_either_way() -> None:
    # Charig et al. (1986) BMJ 292:879, open surgery in the place of inbound.
    leads = [
        *sides(Counts(81, 87), Counts(234, 270), size="small"),
        *sides(Counts(192, 263), Counts(55, 80), size="large"),
    ]
    finding = direction(leads, SIZED)
    assert finding.verdict == "no_difference_shown"
    assert finding.claim.startswith(
        "As they come, no difference between inbound and outbound leads is shown; at the same mix of size neither, "
        "which is "
        "not the same as none. 78.0% of 350 inbound and 82.6% of 350 outbound leads"
    )
    assert "At the same mix of size it is +5.4 points [-1.2, +11.9]." in finding.claim
    assert finding.claim.endswith("The mix flatters outbound leads by about 9.9 points.")


def test_an_adjusted_difference_of_few_leads_does_not_decide() -> None:
    apart = [*sides(Counts(100, 200), Counts(0, 0), size="small"), *sides(Counts(0, 0), Counts(20, 200), size="large")]
    finding = direction([*apart, *sides(Counts(10, 50), Counts(10, 40), size="mid")], SIZED)
    assert finding.verdict == "higher"
    assert finding.claim.startswith(
        "As they come, inbound leads convert more often than outbound ones. 44.0% of 250 inbound"
    )
    alike = standardise([((), Counts(10, 50), Counts(10, 40))], by=()).difference
    assert finding.claim.endswith(
        " Whether that holds at the same mix of size cannot be told: only 20.0% of the inbound and 16.7% of the "
        "outbound leads "
        "are in a stratum with at least 5 leads of both. In the strata that hold both (90 leads), the difference at "
        "the same "
        f"mix is {points(alike)}."
    )
    assert finding.notes[-1] == "2 strata with 400 leads hold only one of the two groups and are left out."
    assert finding.comparison is not None
    assert finding.comparison.adjusted is not None
    assert finding.comparison.adjusted.left_out == (((("size", "large"),), 200), ((("size", "small"),), 200))


def test_groups_that_share_no_stratum_are_compared_as_they_come() -> None:
    apart = [*sides(Counts(100, 200), Counts(0, 0), size="small"), *sides(Counts(0, 0), Counts(20, 200), size="large")]
    finding = direction(apart, SIZED)
    assert finding.verdict == "higher"
    assert finding.comparison is not None
    assert finding.comparison.adjusted is None
    assert finding.claim.endswith(
        "cannot be told: only 0.0% of the inbound and 0.0% of the outbound leads are in a stratum with at least 5 "
        "leads of both."
    )


def test_both_groups_must_be_covered_before_the_same_mix_decides() -> None:
    apart = sides(NOBODY, Counts(20, 200), size="large")
    finding = direction([*apart, *sides(Counts(50, 100), Counts(50, 100), size="mid")], SIZED)
    assert finding.verdict == "higher"
    assert "only 100.0% of the inbound and 33.3% of the outbound leads" in finding.claim


def test_what_the_mix_accounts_for_is_told_of_the_leads_that_can_be_compared() -> None:
    small, large, only_inbound = (Counts(120, 300), Counts(20, 50)), (Counts(5, 50), Counts(30, 300)), Counts(40, 40)
    finding = direction(
        [*sides(*small, size="small"), *sides(*large, size="large"), *sides(only_inbound, NOBODY, size="odd")], SIZED
    )
    assert finding.verdict == "no_difference_shown"
    assert finding.claim.endswith("The mix flatters inbound leads by about 21.4 points.")


def test_strata_with_few_leads_of_a_side_do_not_decide() -> None:
    thin = [lead for i in range(20) for lead in sides(Counts(4, 20), Counts(1, 3), size=f"size {i:02}")]
    finding = direction(thin, SIZED)
    assert (
        "only 0.0% of the inbound and 0.0% of the outbound leads are in a stratum with at least 5 leads"
        in finding.claim
    )
    assert "In the strata that hold both (460 leads)" in finding.claim


def test_left_out_strata_of_a_few_leads_are_counted_and_not_named() -> None:
    leads = [
        *sides(Counts(40, 100), Counts(20, 100), size="mid"),
        *sides(Counts(1, 3), Counts(0, 0), size="the chairman"),
    ]
    finding = direction(leads, SIZED)
    assert finding.comparison is not None
    assert finding.comparison.adjusted is not None
    assert finding.comparison.adjusted.left_out == ()
    assert finding.notes[-1] == "1 stratum holds only one of the two groups and is left out."
    assert finding.notes[-2].startswith(
        "Adjusted by direct standardisation over 1 stratum, to all leads of the two groups there"
    )


def test_a_few_leads_of_unknown_direction_cannot_be_told_from_the_total() -> None:
    finding = direction(sides(Counts(120, 300), Counts(40, 300), Counts(2, 3)))
    assert finding.verdict == "higher"
    assert [(name, one.n) for name, one in finding.estimates] == [
        ((), 600),
        ((("direction", "inbound"),), 300),
        ((("direction", "outbound"),), 300),
    ]
    assert finding.claim.endswith("The direction of fewer than 5 leads is unknown; no total here counts them.")
    assert finding.notes[2:] == ()


ONLY_INBOUND = replace(TWO_STAGES, sources={key: one for key, one in SOURCES.items() if one.direction == "inbound"})


@pytest.mark.parametrize(
    ("leads", "charter", "verdict", "because"),
    [
        (
            many(9, 40, source="webinar"),
            ONLY_INBOUND,
            "does_not_apply",
            "the charter's [sources] tag no source as outbound, and nothing is guessed.",
        ),
        (
            many(9, 40),
            replace(TWO_STAGES, sources={}),
            "does_not_apply",
            "the charter's [sources] tag no source as inbound, and nothing is guessed.",
        ),
        (
            many(9, 40, source="webinar"),
            TWO_STAGES,
            "not_enough_data",
            "no outbound lead entered lead at least 90 days before the end of the export, so none has had its chance.",
        ),
        (
            sides(Counts(9, 12), Counts(9, 40)),
            TWO_STAGES,
            "not_enough_data",
            "only 12 inbound leads entered lead at least 90 days before the end of the export, and the charter asks "
            "for 30.",
        ),
        (
            sides(Counts(9, 40), Counts(3, 3)),
            TWO_STAGES,
            "not_enough_data",
            "fewer than 5 outbound leads entered lead at least 90 days before the end of the export, and the charter "
            "asks for "
            "30.",
        ),
        (
            [],
            TWO_STAGES,
            "not_enough_data",
            "no lead entered lead at least 90 days before the end of the export, so none has had its chance.",
        ),
    ],
    ids=["nothing outbound", "nothing tagged", "none of one side", "few of one side", "hardly any", "no lead"],
)
def test_directions_that_cannot_be_compared_say_why(
    leads: list[Lead], charter: Charter, verdict: str, because: str
) -> None:
    finding = direction(leads, charter)
    assert (finding.verdict, finding.because) == (verdict, because)
    assert finding.claim == "Inbound and outbound leads cannot be compared."
    assert finding.comparison is None
    assert all(one.n == 0 or one.n >= 5 for _, one in finding.estimates)


# Benchmarks


def benchmarks(crm: Crm) -> dict[str, Finding]:
    return {finding.code.removeprefix("benchmark."): finding for finding in audit(crm, only="benchmark")}


def test_at_least_eight_citations_are_set_beside_on_the_sample(sample: Crm) -> None:
    beside = [one for one in benchmarks(sample).values() if one.verdict in ("higher", "lower", "no_difference_shown")]
    assert len(beside) >= 8
    for finding in beside:
        assert finding.benchmark is not None
        citation = finding.benchmark.citation
        assert citation.use == "compare"
        n = "n unknown" if citation.n is None else f"n = {citation.n:,}"
        year = "year unknown" if citation.year is None else str(citation.year)
        for text in (finding.claim, finding.notes[0]):
            assert f"grade {citation.grade}" in text
            assert n in text
            assert year in text
            assert citation.publisher in text
        assert f"n = {finding.benchmark.ours.n:,}" in finding.claim
        assert "95% interval" in finding.claim
        assert finding.notes[1] == f"Comparable when: {citation.comparable_when}"
        assert finding.notes[2] == f"What may make it not comparable: {citation.caveat}"
        assert finding.sql


def test_every_citation_that_rates_can_be_set_beside_has_a_finding(sample: Crm) -> None:
    assert list(benchmarks(sample)) == [one.citation.id for one in comparables()]


def test_a_citation_that_needs_older_leads_gets_them() -> None:
    leads = [*many(40, 100, day=AS_OF - 120 * DAY), *many(0, 100, day=AS_OF - 119 * DAY)]
    leads = [lead | ({"opportunity": lead["won"]} if "won" in lead else {}) for lead in leads]
    crm = crm_of(leads, charter_of(stages=("lead", "mql", "opportunity", "won")))
    found = benchmarks(crm)
    assert found["implisit-lead-opp-all"].estimates == (((), rate(Counts(40, 100))),)
    assert found["implisit-lead-opp-all"].claim.endswith(" Ours: lead to opportunity within 120 days.")
    assert found["sherpa-2009-lead-won"].estimates == (((), rate(Counts(40, 200))),)
    longer = replace(crm, charter=replace(crm.charter, policy=Policy(within_days=130)))
    assert benchmarks(longer)["implisit-lead-opp-all"].because == (
        "no lead entered lead at least 130 days before the end of the export, so none has had its chance."
    )


def test_a_citation_about_one_source_is_set_beside_that_source_alone() -> None:
    leads = [*many(40, 100, source="webinar"), *many(0, 100, source="cold call")]
    finding = benchmarks(crm_of(leads, TWO_STAGES))["implisit-lead-won-webinar"]
    assert finding.estimates == (((), rate(Counts(40, 200))), ((("source", "webinar"),), rate(Counts(40, 100))))
    assert finding.benchmark is not None
    assert finding.benchmark.ours == rate(Counts(40, 100))
    assert finding.claim.endswith(" Ours: lead to won within 120 days, webinar only.")


def test_a_source_with_too_few_leads_is_not_set_beside() -> None:
    finding = benchmarks(crm_of([*many(1, 3, source="webinar"), *many(0, 100)], TWO_STAGES))[
        "implisit-lead-won-webinar"
    ]
    assert finding.verdict == "not_enough_data"
    assert finding.claim == "Nothing of ours is set beside this number."
    assert finding.because == "fewer than 30 webinar leads are old enough for a rate."
    assert [name for name, _ in finding.estimates] == [()]


@pytest.mark.parametrize(
    ("charter", "citation", "because"),
    [
        (
            charter_of(stages=("called", "subscribed")),
            "implisit-lead-opp-all",
            "this funnel has no stage 'lead'; it has called, subscribed.",
        ),
        (TWO_STAGES, "implisit-lead-opp-all", "this funnel has no stage 'opportunity'; it has lead, won."),
        (charter_of(stages=("mql", "lead", "won")), "sherpa-2009-inq-ready", "this funnel has mql before lead."),
        (
            TWO_STAGES,
            "implisit-lead-won-referral",
            "it is about the source 'customer referral', and the charter's [sources] have cold call, organic search, "
            "trade "
            "show, webinar.",
        ),
        (
            replace(TWO_STAGES, sources={}),
            "implisit-lead-won-webinar",
            "it is about the source 'webinar', and the charter's [sources] have none.",
        ),
    ],
    ids=["other stages", "a stage missing", "another order", "another source", "no sources"],
)
def test_a_citation_about_something_else_does_not_apply(charter: Charter, citation: str, because: str) -> None:
    finding = benchmarks(crm_of([], charter))[citation]
    assert (finding.verdict, finding.because, finding.sql) == ("does_not_apply", because, ())
    assert finding.benchmark is not None
    assert finding.benchmark.ours.n == 0


# All of it


def test_an_audit_may_be_asked_for_one_chapter() -> None:
    crm = crm_of(many(9, 40, source="webinar"), TWO_STAGES)
    whole = audit(crm)
    assert [finding for chapter in CHAPTERS for finding in audit(crm, only=chapter)] == [*map(Same, whole)]
    with pytest.raises(
        ValueError,
        match=r"^unknown chapter 'weather'; the audit has conversion, sources, inbound_vs_outbound, curve, cohorts, "
        r"cycle, benchmark\.$",
    ):
        audit(crm, only="weather")


OWN_ORDER = ("rate", "leads", "measure")


class Same:
    """Equal to a finding that reads the same: a value that is not there is not equal to itself."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding

    def __eq__(self, other: object) -> bool:
        return repr(self.finding) == repr(other)

    __hash__ = None  # type: ignore[assignment]


def test_an_audit_asked_for_twice_says_the_same(sample: Crm) -> None:
    assert [repr(finding) + repr(finding.sql) for finding in audit(sample)] == [
        repr(finding) + repr(finding.sql) for finding in audit(sample)
    ]


def test_every_number_of_the_sample_comes_with_its_query(sample: Crm) -> None:
    for finding in audit(sample):
        assert finding.sql or finding.verdict == "does_not_apply", finding.code


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 6),
            st.sampled_from([1, 4, 29, 30, 45]),
            st.sampled_from([*(one.source for one in SOURCES.values()), "unknown"]),
            st.sampled_from([dt.date(2025, 5, 1), dt.date(2025, 8, 1), AS_OF - 90 * DAY, YOUNG, AS_OF]),
            st.sampled_from(["small", "large"]),
        ),
        max_size=6,
    )
)
@example([])
@example([(30, 30, "webinar", dt.date(2025, 5, 1), "small"), (0, 30, "cold call", dt.date(2025, 8, 1), "large")])
def test_whatever_the_leads_no_finding_breaks_a_rule_of_the_house(
    parts: list[tuple[int, int, str, dt.date, str]],
) -> None:
    leads = [
        lead
        for hits, total, source, day, size in parts
        for lead in many(min(hits, total), total, source=source, day=day, size=size)
    ]
    policy = SIZED.policy
    for finding in audit(crm_of(leads, SIZED)):
        words = " ".join([finding.question, finding.claim, *finding.notes, finding.because or "."])
        assert not re.search(r"\bnan\b|\binf\b|\bNone\b|because inbound|  |\b1 leads\b", words), words
        assert finding.claim.endswith(".")
        names = [name for name, _ in finding.estimates]
        over_time = finding.chapter in ("curve", "cohorts", "cycle")
        by_keys = {tuple(key for key, _ in name) for name in names}
        for keys in by_keys if over_time else [()]:
            # Days are numbers, and ways of counting have an order of their own.
            some = [
                tuple(int(label) if key == "day" else label for key, label in name if key not in OWN_ORDER)
                for name in names
                if not over_time or tuple(key for key, _ in name) == keys
            ]
            assert some == sorted(some)
        assert all(one.n == 0 or one.n >= policy.suppress_below for _, one in finding.estimates)
        for _, one in finding.estimates:
            # A cohort, and a curve, may be unknown for youth as well.
            assert math.isnan(one.value) or one.n >= policy.min_group
            assert over_time or math.isnan(one.value) == (one.n < policy.min_group)
        if finding.verdict in ("higher", "lower", "no_difference_shown"):
            assert "95% interval" in finding.claim or "95% confidence" in finding.claim
            assert re.search(r"n = \d|of \d", finding.claim)


@pytest.mark.parametrize(
    ("low", "text"),
    [
        (0.0004, "+1.00 points [+0.04, +2.00]"),
        (-0.000004, "+1.0000 points [-0.0004, +2.0000]"),
        (0.0, "+1.0 points [+0.0, +2.0]"),
        (-1e-12, "+1.00000 points [+0.00000, +2.00000]"),
    ],
)
def test_a_limit_beside_nought_is_not_rounded_onto_it(low: float, text: str) -> None:
    assert points(Estimate(0.01, low, 0.02, 90, "difference", "Newcombe", 0.95)) == text


def test_a_share_that_is_not_there_is_no_number_of_ours() -> None:
    assert percent(math.nan) == "nan%"
