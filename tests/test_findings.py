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

from alignment_metrics.charter import Charter, Policy
from alignment_metrics.crm import Crm
from alignment_metrics.exports import read_export
from alignment_metrics.findings import CHAPTERS, audit
from alignment_metrics.findings.groups import shown, too_few
from alignment_metrics.findings.words import percent, points
from alignment_metrics.published import comparables
from alignment_metrics.stats.rates import rate
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
    """The first finding of a chapter."""
    finding, *_ = audit(crm_of(leads, charter), only=chapter)
    return finding


def conversion(leads: list[Lead], charter: Charter = TWO_STAGES) -> Finding:
    return found(leads, charter, chapter="conversion")


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


# Benchmarks (what each kind of them says stands in test_benchmark_findings)


def test_at_least_eight_citations_are_set_beside_on_the_sample(sample: Crm) -> None:
    found = [one for one in audit(sample, only="benchmark") if one.code.startswith("benchmark.")]
    assert [one.code for one in found] == [f"benchmark.{one.citation.id}" for one in comparables()]
    beside = [one for one in found if one.verdict in ("higher", "lower", "no_difference_shown", "equivalent")]
    assert len(beside) >= 8
    for finding in beside:
        assert finding.benchmark is not None
        citation = finding.benchmark.citation
        assert citation.use == "compare"
        assert citation.grade != "D"
        assert f"grade {citation.grade}" in finding.claim
        assert citation.publisher in finding.claim
        for text in (f"Comparable when: {citation.comparable_when}", f"comparable: {citation.caveat}"):
            assert any(text in note for note in finding.notes)


# All of it


def test_an_audit_may_be_asked_for_one_chapter() -> None:
    crm = crm_of(many(9, 40, source="webinar"), TWO_STAGES)
    whole = audit(crm)
    assert [finding for chapter in CHAPTERS for finding in audit(crm, only=chapter)] == [*map(Same, whole)]
    with pytest.raises(
        ValueError,
        match=r"^unknown chapter 'weather'; the audit has agreement, conversion, sources, inbound_vs_outbound, "
        r"reconcile, curve, cohorts, cycle, perception, benchmark, claims\.$",
    ):
        audit(crm, only="weather")


OWN_ORDER = ("rate", "leads", "measure", "method", "definition", "change", "from", "to", "choice")


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
    # What the charter states, and what others published, was counted from no lead.
    stated = ("agreement", "benchmark", "claims")
    for finding in audit(sample):
        assert finding.sql or finding.verdict == "does_not_apply" or finding.chapter in stated, finding.code


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
