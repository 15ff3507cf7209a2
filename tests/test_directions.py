"""What a client is told of inbound and outbound leads: every branch of every rule, word for word."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from engines import AS_OF, SOURCES, Lead, charter_of, crm_of, many
from hypothesis import given
from hypothesis import strategies as st

from alignment_metrics.charter import Charter
from alignment_metrics.crm import Crm
from alignment_metrics.exports import read_export
from alignment_metrics.findings.directions import inbound_vs_outbound
from alignment_metrics.findings.directions.case import Case
from alignment_metrics.findings.directions.verdicts import stepped
from alignment_metrics.findings.whole import Whole
from alignment_metrics.findings.words import points, pvalue
from alignment_metrics.stats.differences import difference
from alignment_metrics.stats.many import holm
from alignment_metrics.stats.margins import equivalence, non_inferiority
from alignment_metrics.stats.odds import odds_ratio
from alignment_metrics.stats.power import detectable
from alignment_metrics.stats.rates import compare
from alignment_metrics.stats.strata import standardise
from alignment_metrics.values import Counts, Finding, Verdict

DAY = dt.timedelta(days=1)
NOBODY = Counts(0, 0)
TWO_STAGES = charter_of(stages=("lead", "won"))
SIZED = charter_of(stages=("lead", "won"), segments=("size",))
CODES = (
    "protocol",
    "answer",
    "conversion",
    "equivalence",
    "non_inferiority",
    "adjusted",
    "clustered",
    "hidden",
    "curve",
    "cost",
    "retention",
)
AS_COUNTS = "Groups of fewer than 30 leads are shown as counts, without a rate."
ASSOCIATION = (
    "The leads were not assigned to a direction at random: this is an association, not an effect of being inbound."
)


@pytest.fixture(scope="module")
def sample(root: Path) -> Crm:
    return read_export(root / "data" / "sample" / "hubspot")


def chapter(crm: Crm) -> dict[str, Finding]:
    return {finding.code.removeprefix("inbound_vs_outbound."): finding for finding in inbound_vs_outbound(Whole(crm))}


def told(leads: list[Lead], charter: Charter = TWO_STAGES, **more: Any) -> dict[str, Finding]:
    return chapter(crm_of(leads, charter, **more))


def conversion(leads: list[Lead], charter: Charter = TWO_STAGES) -> Finding:
    return told(leads, charter)["conversion"]


def sides(inbound: Counts, outbound: Counts, unknown: Counts = NOBODY, **lead: Any) -> list[Lead]:
    return [
        *many(inbound.hits, inbound.total, source="webinar", **lead),
        *many(outbound.hits, outbound.total, source="cold call", **lead),
        *many(unknown.hits, unknown.total, **lead),
    ]


def test_the_chapter_goes_from_what_was_set_before_to_what_could_be_hiding() -> None:
    assert tuple(told(sides(Counts(120, 300), Counts(40, 300)))) == CODES


# Conversion


def test_inbound_against_outbound_says_both_shares_and_the_interval_of_the_difference() -> None:
    left, right = Counts(120, 300), Counts(40, 300)
    finding = conversion(sides(left, right, Counts(3, 12)))
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
        f"By Miettinen and Nurminen's score the crude difference is {points(difference(left, right))}; the ratio of "
        f"the rates is {comparison.ratio}; the odds ratio is {odds_ratio(left, right)} (95% intervals).",
        "Per extra conversion that is 3.7 [3.0, 5.1] inbound leads in the place of outbound ones, if leads of the two "
        "would trade places.",
        AS_COUNTS,
    )
    assert [name for name, _ in finding.estimates] == [
        (),
        *((("direction", one),) for one in ("inbound", "outbound", "unknown")),
    ]


def test_leads_of_unknown_direction_that_would_decide_the_matter_are_said_to() -> None:
    finding = conversion(sides(Counts(60, 300), Counts(40, 300), Counts(90, 300)))
    assert finding.verdict == "higher"
    assert any(
        note.endswith("The crude verdict would not be the same: first learn where those leads came from.")
        for note in finding.notes
    )


def test_outbound_leads_may_be_the_better_ones() -> None:
    finding = conversion(sides(Counts(40, 300), Counts(120, 300)))
    assert finding.verdict == "lower"
    assert finding.claim.startswith(
        "As they come, inbound leads convert less often than outbound ones. 13.3% of 300 inbound"
    )
    assert not any("unknown" in note for note in finding.notes)
    assert finding.notes[-1] == (
        "Per extra conversion that is 3.7 [3.0, 5.1] outbound leads in the place of inbound ones, if leads of the two "
        "would trade places."
    )


def test_interval_and_test_must_agree_before_a_difference_is_claimed() -> None:
    # 7 of 34 against 1 of 34: Newcombe's interval leaves out 0 and Fisher's test does not reject (Fagerland, Lydersen &
    # Laake 2017, chapter 4).
    finding = conversion(sides(Counts(7, 34), Counts(1, 34)))
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
    finding = conversion([*sides(*small, size="small"), *sides(*large, size="large")], SIZED)
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
    assert finding.notes[2:4] == (
        "Adjusted by direct standardisation over 2 strata, to all leads of the two groups there (95% interval: "
        "normal).",
        "Where the same mix decides, the standardised difference and the test of all strata together must both show it "
        "(Cochran-Mantel-Haenszel: p = 1.00).",
    )


def test_the_same_mix_may_leave_a_difference_standing() -> None:
    both = [
        *sides(Counts(60, 150), Counts(20, 150), size="small"),
        *sides(Counts(60, 150), Counts(20, 150), size="large"),
    ]
    finding = conversion(both, SIZED)
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
    finding = conversion(leads, SIZED)
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
    finding = conversion(leads, SIZED)
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
    finding = conversion([*apart, *sides(Counts(10, 50), Counts(10, 40), size="mid")], SIZED)
    assert finding.verdict == "no_difference_shown"
    assert finding.claim.startswith(
        "As they come, inbound leads convert more often than outbound ones, but that does not stand where leads of "
        "both share a stratum of size. 44.0% of 250 inbound"
    )
    alike = standardise([((), Counts(10, 50), Counts(10, 40))], by=()).difference
    assert finding.claim.endswith(
        " Whether that holds at the same mix of size cannot be told: only 20.0% of the inbound and 16.7% of the "
        "outbound leads "
        "are in a stratum with at least 5 leads of both. In the strata that hold both (90 leads), the difference at "
        "the same "
        f"mix is {points(alike)}."
    )
    assert finding.notes[3] == "2 strata with 400 leads hold only one of the two groups and are left out."
    assert finding.comparison is not None
    assert finding.comparison.adjusted is not None
    assert finding.comparison.adjusted.left_out == (((("size", "large"),), 200), ((("size", "small"),), 200))


def test_groups_that_share_no_stratum_are_compared_as_they_come() -> None:
    apart = [*sides(Counts(100, 200), Counts(0, 0), size="small"), *sides(Counts(0, 0), Counts(20, 200), size="large")]
    finding = conversion(apart, SIZED)
    assert finding.verdict == "higher"
    assert finding.comparison is not None
    assert finding.comparison.adjusted is None
    assert finding.claim.endswith(
        "cannot be told: only 0.0% of the inbound and 0.0% of the outbound leads are in a stratum with at least 5 "
        "leads of both."
    )


def test_both_groups_must_be_covered_before_the_same_mix_decides() -> None:
    apart = sides(NOBODY, Counts(20, 200), size="large")
    finding = conversion([*apart, *sides(Counts(50, 100), Counts(50, 100), size="mid")], SIZED)
    assert finding.verdict == "no_difference_shown"
    assert "only 100.0% of the inbound and 33.3% of the outbound leads" in finding.claim


def test_where_strata_do_not_decide_their_test_must_still_show_the_difference() -> None:
    apart = [*sides(Counts(100, 200), NOBODY, size="small"), *sides(NOBODY, Counts(20, 200), size="large")]
    # Among those alike inbound leads convert a little more often, which of so few is chance; of many it is not.
    few = conversion([*apart, *sides(Counts(11, 50), Counts(10, 50), size="mid")], SIZED)
    clear = conversion([*apart, *sides(Counts(30, 50), Counts(10, 50), size="mid")], SIZED)
    assert (few.verdict, clear.verdict) == ("no_difference_shown", "higher")
    for finding in (few, clear):
        assert "only 20.0% of the inbound and 20.0% of the outbound leads" in finding.claim


def test_a_difference_that_is_all_between_thin_strata_is_not_claimed() -> None:
    # Sixty strata of ten leads: in half of them nearly all are inbound and two in five convert, of either direction; in
    # the others nearly all are outbound and one in ten does.
    good = [(Counts(4, 9) if i % 5 else Counts(0, 9), Counts(int(i % 5 < 2), 1)) for i in range(30)]
    bad = [(Counts(int(i % 10 == 0), 1), Counts(1, 9)) for i in range(30)]
    thin = [lead for i, pair in enumerate([*good, *bad]) for lead in sides(*pair, size=f"size {i:02}")]
    finding = conversion(thin, SIZED)
    assert finding.comparison is not None
    assert finding.comparison.difference.low > 0.1
    assert finding.verdict == "no_difference_shown"
    assert "but that does not stand where leads of both share a stratum of size." in finding.claim


def test_what_the_mix_accounts_for_is_told_of_the_leads_that_can_be_compared() -> None:
    small, large, only_inbound = (Counts(120, 300), Counts(20, 50)), (Counts(5, 50), Counts(30, 300)), Counts(40, 40)
    finding = conversion(
        [*sides(*small, size="small"), *sides(*large, size="large"), *sides(only_inbound, NOBODY, size="odd")], SIZED
    )
    assert finding.verdict == "no_difference_shown"
    assert finding.claim.endswith("The mix flatters inbound leads by about 21.4 points.")


def test_strata_with_few_leads_of_a_side_do_not_decide() -> None:
    thin = [lead for i in range(20) for lead in sides(Counts(4, 20), Counts(1, 3), size=f"size {i:02}")]
    finding = conversion(thin, SIZED)
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
    finding = conversion(leads, SIZED)
    assert finding.comparison is not None
    assert finding.comparison.adjusted is not None
    assert finding.comparison.adjusted.left_out == ()
    assert finding.notes[3] == "1 stratum holds only one of the two groups and is left out."
    assert finding.notes[2].startswith(
        "Adjusted by direct standardisation over 1 stratum, to all leads of the two groups there"
    )


def test_a_few_leads_of_unknown_direction_cannot_be_told_from_the_total() -> None:
    finding = conversion(sides(Counts(120, 300), Counts(40, 300), Counts(2, 3)))
    assert finding.verdict == "higher"
    assert [(name, one.n) for name, one in finding.estimates] == [
        ((), 600),
        ((("direction", "inbound"),), 300),
        ((("direction", "outbound"),), 300),
    ]
    assert finding.claim.endswith("The direction of fewer than 5 leads is unknown; no total here counts them.")
    assert all(note.startswith(("By Miettinen", "Per extra")) for note in finding.notes[2:])


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
            "no lead is of a source that the charter tags as outbound.",
        ),
        (
            [*many(9, 40, source="webinar"), *many(0, 40, source="cold call", day=AS_OF - 10 * DAY)],
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
    ids=[
        "nothing outbound",
        "nothing tagged",
        "none of one side",
        "none old enough",
        "few of one side",
        "hardly any",
        "no lead",
    ],
)
def test_directions_that_cannot_be_compared_say_why(
    leads: list[Lead], charter: Charter, verdict: str, because: str
) -> None:
    findings = told(leads, charter)
    assert tuple(findings) == CODES
    for finding in findings.values():
        assert (finding.verdict, finding.because) == (verdict, because)
        assert finding.claim == "Inbound and outbound leads cannot be compared."
        assert finding.comparison is None
    assert all(one.n == 0 or one.n >= 5 for _, one in findings["conversion"].estimates)
    assert not any(one.estimates for name, one in findings.items() if name != "conversion")


NOBODY_WON = (
    "no lead of either direction reached won within 90 days: either it is too early for that, or won is not mapped as "
    "the CRM keeps it."
)
ALL_WON = (
    "every lead of both directions reached won within 90 days, so there is nothing to compare: either the export holds "
    "only such leads, or won is not mapped as the CRM keeps it."
)


@pytest.mark.parametrize(("won", "because"), [(0, NOBODY_WON), (300, ALL_WON)], ids=["nobody", "everybody"])
def test_where_nobody_or_everybody_is_won_conversion_is_not_compared(won: int, because: str) -> None:
    found = told([*sides(Counts(won, 300), Counts(won, 300)), *many(1, 40)], FIVE_POINTS)
    assert tuple(found) == CODES
    for name in CODES[:-2]:
        assert (found[name].verdict, found[name].because) == ("not_enough_data", because), name
        assert found[name].comparison is None
    assert "no spend.csv" in (found["cost"].because or "")
    assert "no customers.csv" in (found["retention"].because or "")


# What was set before looking


def with_policy(charter: Charter = TWO_STAGES, **policy: Any) -> Charter:
    return replace(charter, policy=replace(charter.policy, **policy))


FIVE_POINTS = with_policy(margin=0.05)


def test_the_protocol_repeats_what_the_charter_set_and_tells_the_smallest_difference_that_would_show() -> None:
    finding = told(sides(Counts(10, 100), Counts(10, 100)), FIVE_POINTS)["protocol"]
    fall, rise = detectable(0.1, 100, 100)
    assert finding.verdict == "measured"
    assert finding.claim == (
        "The charter sets: whether a lead reaches won within 90 days; a confidence of 95%; a margin of 5 points; "
        "nothing to adjust for. 100 inbound and 100 outbound leads are old enough: if outbound leads convert at "
        "10.0%, the rate of both together, a difference is seen in four cases of five where the inbound rate lies 15.0 "
        "points above or 9.0 points below that."
    )
    assert [one.value for _, one in finding.estimates] == [rise, -fall]
    assert finding.notes[0] == (
        "To see a difference as small as the margin in four cases of five it takes about 686 leads of each direction."
    )
    assert finding.notes[-1].startswith("No difference shown is not the same as none:")
    assert not any("design effect" in note for note in finding.notes)


def test_a_protocol_without_a_margin_says_which_key_to_write() -> None:
    finding = told(sides(Counts(10, 100), Counts(10, 100), size="small"), SIZED)["protocol"]
    assert "; no margin; the same mix of size. 100 inbound" in finding.claim
    assert finding.notes[0] == (
        "The charter states no margin, the smallest difference worth acting on; write margin under [policy], such as "
        "0.02 for two points."
    )


def test_where_hardly_anything_converts_only_a_rise_would_show() -> None:
    finding = told(sides(Counts(1, 30), Counts(0, 30)))["protocol"]
    _, rise = detectable(1 / 60, 30, 30)
    assert finding.claim.endswith(f"where the inbound rate lies {100 * rise:.1f} points above that.")
    assert len(finding.estimates) == 1


def test_where_no_difference_would_show_the_protocol_says_so() -> None:
    finding = told(sides(Counts(1, 2), Counts(1, 2)), with_policy(min_group=1, suppress_below=0))["protocol"]
    assert finding.claim.endswith("are old enough: too few for any difference to be seen in four cases of five.")
    assert finding.estimates == ()


# Against the margin

ONE_SIDED = (
    "Against a margin each side is tested by itself at 5%, which is what the interval of 90% shows; higher and lower "
    "ask for the whole interval of 95%."
)


@pytest.mark.parametrize(
    ("left", "right", "verdicts", "claims"),
    [
        (
            Counts(1000, 10000),
            Counts(1010, 10000),
            ("equivalent", "within_range"),
            (
                "Inbound and outbound leads convert alike, less than 5 points apart: as they come -0.1 points [-0.8, "
                "+0.6] (90% interval, n = 20,000).",
                "Inbound leads do not convert less often by 5 points or more, as they come -0.1 points [-0.8, +0.6] "
                "(90% interval, n = 20,000).",
            ),
        ),
        (
            Counts(500, 1000),
            Counts(100, 1000),
            ("higher", "within_range"),
            (
                "Inbound leads convert more often by more than 5 points, as they come +40.0 points [+36.3, +43.5] (95% "
                "interval, n = 2,000).",
                "Inbound leads do not convert less often by 5 points or more, as they come +40.0 points [+36.9, +43.0] "
                "(90% interval, n = 2,000).",
            ),
        ),
        (
            Counts(100, 1000),
            Counts(500, 1000),
            ("lower", "lower"),
            ("Inbound leads convert less often by more than 5 points, as they come -40.0 points [-43.5, -36.3] (95% "
             "interval, n = 2,000).",) * 2,
        ),
        (
            Counts(10, 100),
            Counts(10, 100),
            ("not_enough_data", "not_enough_data"),
            (
                "Whether inbound and outbound leads convert alike to within 5 points cannot be told.",
                "Whether inbound leads convert less often by 5 points or more cannot be told.",
            ),
        ),
    ],
    ids=["alike", "better by more", "worse by more", "cannot be told"],
)  # fmt: skip
def test_alike_and_not_worse_are_verdicts_of_their_own(
    left: Counts, right: Counts, verdicts: tuple[str, str], claims: tuple[str, str]
) -> None:
    found = told(sides(left, right), FIVE_POINTS)
    both = found["equivalence"], found["non_inferiority"]
    assert tuple(one.verdict for one in both) == verdicts
    assert tuple(one.claim for one in both) == claims
    assert all(one.notes[0] == ONE_SIDED for one in both)


def test_what_cannot_be_told_against_a_margin_names_the_reach_of_the_interval() -> None:
    found = told(sides(Counts(10, 100), Counts(10, 100)), FIVE_POINTS)
    assert found["equivalence"].because == (
        "the 90% interval reaches from -7.2 to +7.2 points, neither within 5 points either way nor wholly beyond."
    )
    assert found["non_inferiority"].because == (
        "the 90% interval reaches from -7.2 to +7.2 points, on both sides of -5 points."
    )


def test_a_difference_beyond_the_margin_but_for_its_wider_interval_names_that_one() -> None:
    # 11.6% against 5.0%: the 90% interval clears 5 points, the 95% one does not.
    left, right = Counts(231, 2000), Counts(100, 2000)
    found = told(sides(left, right), FIVE_POINTS)
    wide = compare(left, right).difference
    assert found["conversion"].verdict == "higher"
    assert found["equivalence"].because == (
        f"the 95% interval reaches from {100 * wide.low:+.1f} to {100 * wide.high:+.1f} points: not wholly beyond 5 "
        "points, which is what it takes to be called larger."
    )
    assert found["equivalence"].estimates == (((), wide),)
    less = told(sides(right, left), FIVE_POINTS)["non_inferiority"]
    assert less.because == (
        f"the 95% interval reaches from {-100 * wide.high:+.1f} to {-100 * wide.low:+.1f} points: not wholly below -5 "
        "points, which is what it takes to be called worse."
    )


def test_a_difference_beyond_the_margin_that_is_not_claimed_is_not_called_larger() -> None:
    charter = with_policy(margin=0.001)
    for better, worse, sign in ((48, 30, 1), (30, 48, -1)):
        leads = monthly(Counts(better // 3, 100), Counts(worse // 3, 100))
        found = told(leads, charter, spend=spend(better, worse))
        wide = compare(Counts(better, 300), Counts(worse, 300)).difference
        assert found["conversion"].verdict == "no_difference_shown"
        assert "but that does not stand once it is paid for that several claims are asked." in found["conversion"].claim
        reaches = f"the 95% interval reaches from {100 * wide.low:+.1f} to {100 * wide.high:+.1f} points, wholly "
        finding = found["equivalence" if sign > 0 else "non_inferiority"]
        assert finding.because == (
            f"{reaches}{'beyond 0.1' if sign > 0 else 'below -0.1'} points, but no difference at all is claimed; see "
            "the finding on conversion."
        )


def test_each_verdict_against_the_margin_stands_beside_the_p_value_of_its_own_test() -> None:
    left, right = Counts(1000, 10000), Counts(1010, 10000)
    found = told(sides(left, right), FIVE_POINTS)
    assert found["equivalence"].notes[1] == (
        f"Two one-sided tests by Farrington and Manning's score: {pvalue(equivalence(left, right, 0.05))}."
    )
    better = told(sides(Counts(30, 100), Counts(20, 100)), FIVE_POINTS)
    one = non_inferiority(Counts(30, 100), Counts(20, 100), 0.05).pvalue
    assert better["non_inferiority"].notes[1] == (
        f"The one-sided test of not being worse by Farrington and Manning's score: {pvalue(one)}."
    )
    assert better["non_inferiority"].notes[1].split(": ")[1] != better["equivalence"].notes[1].split(": ")[1]


def test_without_a_margin_nothing_is_set_against_one() -> None:
    found = told(sides(Counts(10, 100), Counts(10, 100)))
    for name in ("equivalence", "non_inferiority"):
        assert found[name].verdict == "does_not_apply"
        assert found[name].because == (
            "the charter states no margin, the smallest difference worth acting on; write margin under [policy], such "
            "as 0.02 for two points."
        )


def test_alike_is_asked_at_the_same_mix_where_that_decides() -> None:
    leads = [
        *sides(Counts(900, 1000), Counts(3600, 4000), size="small"),
        *sides(Counts(400, 4000), Counts(100, 1000), size="large"),
    ]
    found = told(leads, with_policy(SIZED, margin=0.05))
    assert found["equivalence"].verdict == "equivalent"
    assert "apart: at the same mix of size +0.0 points [" in found["equivalence"].claim


# At the same mix


SIMPSON = [
    *sides(Counts(90, 100), Counts(640, 800), size="small"),
    *sides(Counts(240, 800), Counts(10, 100), size="large"),
]


def test_a_reversal_is_named_and_split_into_mix_and_rates() -> None:
    finding = told(SIMPSON, SIZED)["adjusted"]
    crude = compare(Counts(330, 900), Counts(650, 900)).difference
    strata = [
        ((("size", "small"),), Counts(90, 100), Counts(640, 800)),
        ((("size", "large"),), Counts(240, 800), Counts(10, 100)),
    ]
    alike = standardise(strata, by=("size",)).difference
    assert finding.claim == (
        f"As they come, inbound less outbound is {points(crude)}; given the mix of size that both together have, "
        f"{points(alike)} (95% intervals, n = 1,800). Of the crude gap of -35.6 points among leads that can be "
        "compared, -50.6 is the mix of leads and +15.0 their rates (Kitagawa's split: what of a gap is who came, and "
        "what is how they fared). Other methods give +11.1 to +18.9 points. The sign turns at the same mix of "
        "size (Simpson's paradox): go by the adjusted difference, for the crude one is the mix."
    )
    assert [dict(name) for name, _ in finding.estimates] == [
        {},
        {"method": "crude"},
        {"method": "standardised to all leads"},
        {"method": "standardised to inbound leads"},
        {"method": "standardised to outbound leads"},
        {"method": "Mantel-Haenszel"},
        {"method": "g-computation"},
        {"method": "AIPW"},
        {"size": "large"},
        {"size": "small"},
    ]
    assert finding.notes[0] == (
        "Of the methods, Mantel-Haenszel weights the strata by how much each can tell; g-computation lets a model say "
        "how each lead would fare in either direction; AIPW joins such a model with weights that make the two alike, "
        "and is right if either is."
    )
    assert finding.estimates[0][1] == alike
    assert finding.estimates[-1][1] == difference(Counts(90, 100), Counts(640, 800))


def test_signs_that_differ_within_chance_are_no_reversal() -> None:
    # Charig et al. (1986) BMJ 292:879, open surgery in the place of inbound.
    leads = [
        *sides(Counts(81, 87), Counts(234, 270), size="small"),
        *sides(Counts(192, 263), Counts(55, 80), size="large"),
    ]
    assert told(leads, SIZED)["adjusted"].claim.endswith(
        "The two have different signs, but not both leave out no difference: that is not distinguishable from chance, "
        "and no reversal."
    )


def test_a_reversal_is_named_by_the_two_differences_that_are_told() -> None:
    # Among the leads that share a stratum the sign turns; as all of them come it is the other way round anyway.
    shared = [*sides(Counts(90, 100), Counts(640, 800), size="small"), *sides(Counts(240, 800), Counts(10, 100))]
    leads = [lead | {"size": lead.get("size", "large")} for lead in shared]
    apart = [*sides(Counts(900, 1000), NOBODY, size="only in"), *sides(NOBODY, Counts(100, 1000), size="only out")]
    found = told([*leads, *apart], SIZED)
    assert "-50.6 is the mix of leads and +15.0 their rates" in found["adjusted"].claim
    assert "sign" not in found["adjusted"].claim
    assert "the sign turns" not in (found["answer"].advice or "")


def test_no_reversal_is_named_where_the_strata_do_not_decide() -> None:
    apart = [*sides(Counts(0, 400), NOBODY, size="only in"), *sides(NOBODY, Counts(400, 400), size="only out")]
    found = told([*SIMPSON, *apart], SIZED)
    assert found["adjusted"].claim.endswith(
        "The two have different signs, but too few leads share a stratum for the second to speak for all: no reversal."
    )
    assert (found["answer"].advice or "").startswith("Before acting: too few leads of the two share a stratum of size")


def test_leads_of_few_accounts_make_no_reversal() -> None:
    # The leads of a reversal, thirty accounts in each cell, in each of which all leads convert or none does.
    def held(hits: int, total: int, source: str, size: str) -> list[Lead]:
        each = total // 20
        at = [i for i in range(20) for _ in range(each)]
        return [
            lead | {"account_id": f"{source} {size} {place}"}
            for lead, place in zip(many(hits, total, source=source, size=size), at, strict=True)
        ]

    cells = [(90, 100, "webinar", "small"), (640, 800, "cold call", "small")]
    cells += [(240, 800, "webinar", "large"), (10, 100, "cold call", "large")]
    found = told([lead for cell in cells for lead in held(*cell)], SIZED)
    assert "not both leave out no difference" in found["adjusted"].claim
    assert "the sign turns" not in (found["answer"].advice or "")


# At the same mix, what stops a claim


def test_a_claim_at_the_same_mix_that_holms_procedure_stops_is_said_to_be() -> None:
    leads = [
        lead | {"size": ("small", "large")[at % 2]} for at, lead in enumerate(monthly(Counts(16, 100), Counts(10, 100)))
    ]
    found = told(leads, SIZED, spend=spend(48, 30))
    assert found["conversion"].verdict == "no_difference_shown"
    assert (
        "; at the same mix of size inbound leads convert more often, but that does not stand once it is paid for that "
        "several claims are asked. " in found["conversion"].claim
    )


def test_a_claim_at_the_same_mix_that_accounts_stop_is_said_to_be() -> None:
    assert told(by_size(12, 6), SIZED)["conversion"].claim.startswith(
        "As they come, no difference between inbound and outbound leads is shown; at the same mix of size no "
        "difference is shown once leads of one account are taken to fare alike, which is not the same as none. "
    )


# Owners


def by_owner(inbound: int, outbound: int, owners: int = 6) -> list[Lead]:
    """So many of the owners of either direction of whose leads 30 of 40 convert; of those of the others 5 do."""
    return [
        lead
        for source, converting in (("webinar", inbound), ("cold call", outbound))
        for at in range(owners)
        for lead in many(30 if at < converting else 5, 40, source=source, owner=f"{source} {at}")
    ]


def test_owners_that_differ_by_more_than_chance_are_counted_and_not_their_leads() -> None:
    found = told(by_owner(3, 2))
    singly = compare(Counts(105, 240), Counts(80, 240))
    assert singly.pvalue < 0.05
    assert singly.difference.low > 0
    assert found["conversion"].verdict == found["answer"].verdict == "no_difference_shown"
    one = found["answer"].estimates[0][1]
    assert one.method == "cluster-robust t"
    assert found["answer"].advice == (
        f"Before acting: leads of one owner fare alike, and counted by owner the difference is {points(one)}; what "
        "looks like the direction may be who took the leads."
    )
    assert "Leads of one owner fare alike, so " in found["conversion"].claim
    assert found["clustered"].notes[-2:] == (
        "The interval by owner has a say in the verdict: a difference is claimed only if 0 is left out there too, and "
        "the widest interval stands wherever that difference is told.",
        "Owners have a say, for what sets them apart is more than chance would do (p < 0.001, against 0.1).",
    )


def test_an_owner_of_all_leads_of_a_direction_cannot_be_told_from_it() -> None:
    leads = [*by_owner(6, 0)[:240], *many(10, 240, source="cold call", owner="the one")]
    found = told([*many(0, 1), *leads])
    assert found["conversion"].verdict == "higher"
    assert found["clustered"].notes[-1].startswith("Owners have no say, for ")


def test_what_is_detectable_is_what_would_be_claimed() -> None:
    found = told(monthly(Counts(10, 100), Counts(10, 100)), spend=spend(1000, 1000))["protocol"]
    fall, rise = detectable(0.1, 300, 300, confidence=0.975)
    assert [one.value for _, one in found.estimates] == [rise, -fall]
    assert (
        "What would be seen is what would be claimed: at a confidence of 97.5%, at which the first of 2 claims must "
        "stand (Holm)." in found.notes
    )


def test_a_source_that_converts_often_at_once_stays_in_and_is_pointed_out() -> None:
    found = told([*sides(Counts(30, 300), Counts(30, 300)), *keyed_in_late(50, 50)])
    assert found["hidden"].claim.startswith(
        "'organic search' converts unusually often within a day of creation: 50.0% of 100 did, against 10.0% of all "
        "others, and 100.0% of its conversions came within a day of creation (others: 0.0%); look at how its leads are "
        "entered. They stay in, for most of them did not convert. "
    )
    assert not any("in doubt" in name[0][1] for name, _ in found["hidden"].estimates)
    assert "entered once they had" not in (found["answer"].advice or "")


def test_findings_that_rest_on_accounts_or_owners_carry_their_query(sample: Crm) -> None:
    found, whole = chapter(sample), Whole(sample)
    assert whole.accounts.sql
    assert whole.owners.sql
    for name in ("protocol", "answer", "conversion", "equivalence", "non_inferiority", "adjusted", "clustered"):
        assert whole.accounts.sql in found[name].sql, name
    assert whole.owners.sql in found["clustered"].sql


def test_methods_that_cannot_be_used_and_strata_too_thin_to_show_are_told() -> None:
    leads = [
        *sides(Counts(40, 100), Counts(20, 100), size="mid"),
        *sides(Counts(1, 3), NOBODY, size="the chairman"),
        *sides(Counts(5, 20), Counts(0, 3), size="thin"),
        *sides(Counts(5, 10), Counts(0, 10), size="few"),
    ]
    finding = told(leads, SIZED)["adjusted"]
    assert finding.notes[1].startswith("Not told: g-computation (no estimate: ")
    assert "Left out, for they hold leads of one direction only: 1 stratum of fewer than 5 leads." in finding.notes
    assert finding.notes[-1] == (
        "1 stratum with fewer than 5 leads of a direction and the smallest other one, by which it could be told, count "
        "above, and are not shown alone."
    )
    strata = {name: one for name, one in finding.estimates if name and name[0][0] == "size"}
    assert {name[0][1]: one.n for name, one in strata.items()} == {"mid": 200}


def test_strata_too_small_for_a_difference_are_shown_as_counts() -> None:
    leads = [*sides(Counts(40, 100), Counts(20, 100), size="mid"), *sides(Counts(5, 10), Counts(0, 10), size="few")]
    strata = dict(told(leads, SIZED)["adjusted"].estimates)
    assert strata[("size", "few"),].n == 20
    assert math.isnan(strata[("size", "few"),].value)


def test_what_is_held_back_does_not_follow_from_what_is_shown() -> None:
    leads = [
        *sides(Counts(20, 100), Counts(10, 90), size="a"),
        *sides(Counts(12, 80), Counts(5, 70), size="b"),
        *sides(Counts(5, 38), Counts(1, 2), size="c"),
    ]
    finding = told(leads, SIZED)["adjusted"]
    shown = {name[0][1]: one.n for name, one in finding.estimates if name and name[0][0] == "size"}
    # All of them hold 380 leads: those of c would be what a and b leave.
    assert shown == {"a": 190}
    two = told([*leads, *sides(Counts(5, 38), Counts(1, 2), size="d")], SIZED)["adjusted"]
    assert {name[0][1] for name, _ in two.estimates if name and name[0][0] == "size"} == {"a", "b"}
    assert two.notes[-1] == ("2 strata with fewer than 5 leads of a direction count above, and are not shown alone.")


def test_strata_of_one_direction_are_named_with_their_leads() -> None:
    apart = [*sides(Counts(100, 200), NOBODY, size="small"), *sides(NOBODY, Counts(20, 200), size="large")]
    finding = told([*apart, *sides(Counts(10, 50), Counts(10, 40), size="mid")], SIZED)["adjusted"]
    assert (
        "Left out, for they hold leads of one direction only: large (200 leads) and small (200 leads)." in finding.notes
    )
    nothing = told(apart, SIZED)["adjusted"]
    assert (nothing.verdict, nothing.because) == (
        "not_enough_data",
        "no combination of size holds both inbound and outbound leads.",
    )


def test_without_anything_to_adjust_for_nothing_is_adjusted() -> None:
    finding = told(sides(Counts(10, 100), Counts(10, 100)))["adjusted"]
    assert (finding.verdict, finding.because) == (
        "does_not_apply",
        "the charter names nothing to adjust for; write segments under [organisation], or adjust_by under [policy].",
    )


def test_too_few_leads_that_share_a_stratum_give_no_difference_at_the_same_mix() -> None:
    leads = [
        *sides(Counts(5, 10), Counts(5, 10), size="mid"),
        *sides(Counts(20, 40), NOBODY, size="small"),
        *sides(NOBODY, Counts(20, 40), size="large"),
    ]
    finding = told(leads, SIZED)["adjusted"]
    assert finding.claim == "Too few leads share a stratum of size for a difference at the same mix."
    assert [dict(name) for name, _ in finding.estimates] == [{"method": "crude"}, {"size": "mid"}]


# In clusters


def in_accounts(inbound: int, outbound: int, accounts: int = 30, leads: int = 15) -> list[Lead]:
    """So many of the accounts of either direction in which every lead converts; in the others none does."""
    return [
        lead
        for source, converting in (("webinar", inbound), ("cold call", outbound))
        for at in range(accounts)
        for lead in many(leads if at < converting else 0, leads, source=source, account_id=f"{source} {at}")
    ]


def test_leads_that_fare_by_account_are_not_claimed_to_differ_by_direction() -> None:
    found = told(in_accounts(12, 6))
    assert found["conversion"].verdict == found["answer"].verdict == "no_difference_shown"
    assert found["conversion"].comparison is not None
    assert found["conversion"].comparison.pvalue < 0.001
    assert found["conversion"].claim.startswith(
        "As they come, no difference between inbound and outbound leads is shown, which is not the same as none. 40.0% "
        "of 450"
    )
    wide, singly = found["answer"].estimates[0][1], compare(Counts(180, 450), Counts(90, 450)).difference
    assert wide.method == "cluster-robust t"
    assert found["conversion"].comparison.difference == singly
    assert found["conversion"].claim.endswith(
        f"a difference of {points(wide)} (95% interval). Leads of one account fare alike, so 15 of them tell as much "
        "as one would by itself (the design effect); counted singly, as if each were by itself, they would give "
        f"{points(singly)}."
    )
    finding, plainly = found["clustered"], difference_as_it_comes(Counts(180, 450), Counts(90, 450))
    assert finding.claim.startswith(
        f"By account (60 accounts) the difference as they come is {points(wide)} (95% interval, n = 900), which shows "
        f"no difference; with leads counted singly it would be {plainly}, which shows inbound above outbound. The "
        "design effect (how many such leads tell as much as one would by itself) is 15."
    )
    assert finding.notes[-1] == (
        "The interval by account has a say in the verdict: a difference is claimed only if 0 is left out there too, "
        "and the widest interval stands wherever that difference is told."
    )
    assert [dict(name) for name, _ in finding.estimates] == [{"by": "account"}]
    assert (
        "Leads of one account fare alike, so 15 of them tell as much as one would by itself (the design effect); that "
        "is in these numbers." in found["protocol"].notes
    )
    assert found["curve"].notes[-1] == (
        "Leads of one account may fare alike; these intervals count them singly, and are too narrow then."
    )


def difference_as_it_comes(left: Counts, right: Counts) -> str:
    return points(compare(left, right).difference)


def by_size(inbound: int, outbound: int, **more: int) -> list[Lead]:
    return [
        lead | {"size": ("small", "large")[at % 2]} for at, lead in enumerate(in_accounts(inbound, outbound, **more))
    ]


@pytest.mark.parametrize(("inbound", "outbound"), [(12, 6), (24, 4)], ids=["not shown", "shown"])
def test_one_difference_has_one_interval_wherever_it_is_told(inbound: int, outbound: int) -> None:
    found = told(by_size(inbound, outbound), with_policy(SIZED, margin=0.05))
    comparison = found["conversion"].comparison
    assert comparison is not None
    assert comparison.adjusted is not None
    one = comparison.adjusted.difference
    rows = {dict(name).get("method", ""): told for name, told in found["adjusted"].estimates}
    assert one.method == "cluster-robust t"
    assert found["answer"].estimates == (((), one),)
    assert found["clustered"].estimates[0][1] == one
    assert found["adjusted"].estimates[0][1] == rows["standardised to all leads"] == one
    assert f"At the same mix of size it is {points(one)}." in found["conversion"].claim
    assert f"together have, {points(one)} (95% intervals" in found["adjusted"].claim
    assert found["answer"].claim.count(points(one)) == 1
    # Those that have no interval by account are as much wider, so that all rows of the figure tell one story.
    shows = found["conversion"].verdict != "no_difference_shown"
    assert all((row.low > 0) == shows for name, row in rows.items() if name), rows
    singly = compare(Counts(15 * inbound, 450), Counts(15 * outbound, 450)).difference
    assert (
        found["conversion"]
        .notes[0]
        .startswith(
            "Leads of one account may fare alike, so the intervals of the differences above count them by "
            f"account. Counted singly the crude difference is {points(singly)} (Newcombe); p < 0.001 ("
        )
    )
    assert ("counted singly, as if each" in found["conversion"].claim) == (not shows)


def test_what_follows_from_a_difference_by_account_rests_on_its_interval() -> None:
    found = told(by_size(24, 4), SIZED)
    one = found["answer"].estimates[0][1]
    assert found["conversion"].verdict == "higher"
    assert any(
        f"[{1 / one.high:.1f}, {1 / one.low:.1f}] inbound leads in the" in note for note in found["conversion"].notes
    )
    measures = {dict(name)["measure"]: told.value for name, told in found["hidden"].estimates}
    # What leads counted singly would give: the ratio is 6, and its limit is far from 1.
    single = told(sides(Counts(360, 450), Counts(60, 450)))["hidden"]
    alone = {dict(name)["measure"]: told.value for name, told in single.estimates}
    assert measures["E-value of the ratio as they come"] == alone["E-value of the ratio as they come"]
    assert 1 < measures["E-value of its limit as they come"] < alone["E-value of its limit as they come"] - 2
    assert all(told.low == told.value == told.high for _, told in found["hidden"].estimates)


def test_leads_of_unknown_direction_are_counted_by_account_too() -> None:
    unknown = [lead | {"account_id": f"x {at // 15}"} for at, lead in enumerate(many(45, 150))]
    found = told([*in_accounts(12, 6), *unknown])
    assert {one.method for name, one in found["hidden"].estimates if "unknown" in name[0][1]} == {"cluster-robust t"}


def test_few_accounts_are_not_enough_for_a_claim_and_are_said_to_be_few() -> None:
    found = told(in_accounts(4, 1, accounts=5, leads=60))
    assert found["conversion"].verdict == "no_difference_shown"
    assert found["clustered"].notes[0].startswith("By their sizes the accounts tell as much as ")
    assert (
        "of equal size would, fewer than the 40 from which on such intervals are well tried"
        in found["clustered"].notes[0]
    )
    assert found["answer"].advice == (
        "Before acting: the leads come from few accounts, which may fare alike, so less is known than their number "
        "suggests."
    )


def test_one_account_for_all_leads_tells_nothing() -> None:
    found = told([lead | {"account_id": "us"} for lead in sides(Counts(120, 300), Counts(40, 300))])
    assert found["clustered"].verdict == "does_not_apply"
    assert found["conversion"].verdict == "higher"


def test_owners_are_counted_beside_accounts_and_those_mostly_unknown_are_not() -> None:
    leads = [lead | {"owner": f"rep {at % 12}"} for at, lead in enumerate(sides(Counts(120, 300), Counts(40, 300)))]
    some = [lead | ({"account_id": f"a{at}"} if at < 200 else {}) for at, lead in enumerate(leads)]
    finding = told(some)["clustered"]
    assert [dict(name) for name, _ in finding.estimates] == [{"by": "owner"}]
    assert finding.notes[-1] == (
        "Owners have no say, for what sets them apart is not more than chance would do (p = 1.00, against 0.1); "
        "accounts would have one, if they were known for at least half of the leads."
    )
    nothing = told(sides(Counts(120, 300), Counts(40, 300)))["clustered"]
    assert (nothing.verdict, nothing.because) == (
        "does_not_apply",
        "neither the account nor the owner of most of the leads is known.",
    )


# What could be hiding


DAY_ONE = dt.date(2026, 1, 15)


def keyed_in_late(converted: int, others: int) -> list[Lead]:
    at_once = {"source": "organic search", "lead": DAY_ONE, "won": DAY_ONE}
    return [at_once for _ in range(converted)] + many(0, others, source="organic search")


def test_a_source_whose_leads_were_keyed_in_late_is_named_and_the_comparison_made_without_it() -> None:
    found = told([*sides(Counts(30, 300), Counts(30, 300)), *keyed_in_late(90, 10)])
    without = compare(Counts(30, 300), Counts(30, 300)).difference
    assert found["hidden"].claim.startswith(
        "Leads of 'organic search' look as if they were entered once they had converted: 90.0% of 100 did, against "
        "10.0% of all others, and 100.0% of its conversions came within a day of creation (others: 0.0%). Without such "
        f"sources the difference as they come would be {points(without)} (95% interval). "
    )
    assert dict(found["hidden"].estimates)[("measure", "without sources in doubt"),] == without
    assert found["answer"].advice == (
        "Before acting: the leads of 'organic search' look as if they were entered once they had converted, and "
        f"without them it is {points(without)}; find out how they are entered."
    )


def test_without_a_source_in_doubt_too_few_leads_may_be_left() -> None:
    found = told([*sides(Counts(3, 20), Counts(30, 300)), *keyed_in_late(90, 10)])
    assert "Without such sources too few leads are left to compare." in found["hidden"].claim
    assert "and without them too few are left to compare; find out" in (found["answer"].advice or "")


def test_a_source_that_came_in_a_batch_is_confounded_with_its_months() -> None:
    days = [dt.date(2025, month, 3) for month in range(1, 13)]
    found = told(
        [lead for day in days for lead in sides(Counts(5, 30), Counts(5, 30), day=day)]
        + many(30, 100, source="trade show", day=dt.date(2025, 5, 3))
    )
    said = (
        "100.0% of the 100 leads of 'trade show' came in 2025-05, and 8.3% of the others: what is said of that source "
        "is said of those months. Without it the difference as they come would be "
        f"{points(compare(Counts(60, 360), Counts(60, 360)).difference)} (95% interval)."
    )
    assert found["hidden"].claim.startswith(said)
    assert found["answer"].advice == f"Before acting: {said}"
    few = told(
        [lead for day in days for lead in sides(Counts(0, 1), Counts(5, 30), day=day)]
        + many(30, 100, source="trade show", day=dt.date(2025, 5, 3))
        + many(30, 100, source="organic search", day=dt.date(2025, 9, 3))
    )["hidden"]
    assert "said of those months, and without it too few leads are left to compare." in few.claim


def test_leads_of_unknown_direction_that_could_overturn_the_answer_are_its_caveat() -> None:
    found = told(sides(Counts(60, 300), Counts(40, 300), Counts(90, 300)))
    assert found["answer"].advice == (
        "Before acting: 300 leads (33.3%) are of unknown direction and could overturn what the others show as they "
        "come; learn where they came from."
    )
    either = [
        compare(Counts(150, 600), Counts(40, 300)).difference,
        compare(Counts(60, 300), Counts(130, 600)).difference,
    ]
    assert [one for name, one in found["hidden"].estimates if "unknown" in name[0][1]] == either
    assert (
        f"were they all inbound, the crude difference would be {points(either[0])}; were they all outbound, "
        f"{points(either[1])}. That could change the crude verdict." in found["hidden"].claim
    )


def test_how_strong_something_unseen_would_have_to_be_is_told() -> None:
    found = told(sides(Counts(120, 300), Counts(40, 300)))["hidden"]
    # 3 + sqrt(3 * 2), VanderWeele & Ding (2017) Annals of Internal Medicine 167:268.
    assert found.claim.startswith(
        "To explain the ratio of 3.00 times as they come away, something unseen would have to make leads 5.45 times as "
        "likely to convert and be 5.45 times as frequent in one direction as in the other (its E-value: the weakest "
        "unseen cause that would do); "
    )


def test_a_difference_that_a_weak_cause_would_explain_has_that_for_its_caveat() -> None:
    found = told(sides(Counts(560, 3000), Counts(500, 3000)))
    assert found["conversion"].verdict == "higher"
    assert (found["answer"].advice or "").startswith(
        "Before acting: a weak cause that nobody recorded would do to explain the difference away: one that makes "
        "leads "
    )


def test_a_control_that_differs_says_that_confounding_is_left() -> None:
    regions = with_policy(
        charter_of(stages=("lead", "won"), segments=("size", "region")),
        adjust_by=("size",),
        negative_control=("region", "north"),
    )
    north = sides(Counts(10, 100), Counts(10, 50), size="small", region="north")
    unlike = told([*north, *sides(Counts(10, 50), Counts(10, 100), size="small", region="south")], regions)["hidden"]
    assert (
        "The negative control, region 'north', which the origin of a lead cannot have brought about, is not equally "
        "frequent in the two at the same mix of size: +33.3 points [" in unlike.claim
    )
    assert unlike.claim.endswith(
        "So the leads still differ in more than their direction, and so may the difference in conversion."
    )
    alike = told([*north, *sides(Counts(10, 100), Counts(10, 50), size="small", region="south")], regions)["hidden"]
    assert "cannot have brought about, is not shown to differ at the same mix of size: +0.0 points [" in alike.claim
    nobody = told(sides(Counts(10, 100), Counts(10, 100), size="small", region="south"), regions)["hidden"]
    assert nobody.claim.endswith("cannot have brought about, cannot be asked of these leads.")


# Over time, what they cost, how long they stay


def test_the_two_curves_are_told_with_their_difference_by_the_window() -> None:
    finding = told(sides(Counts(120, 300), Counts(40, 300)))["curve"]
    assert finding.verdict == "measured"
    assert finding.estimates[0][0] == ()
    assert round(finding.estimates[0][1].value, 6) == round(0.4 - 40 / 300, 6)
    assert [name for name, _ in finding.curves] == [(("direction", "inbound"),), (("direction", "outbound"),)]


MONTHS = [dt.date(2025, month, 1) for month in (9, 10, 11)]


def spend(inbound: float, outbound: float, months: Sequence[dt.date] = MONTHS) -> list[Mapping[str, Any]]:
    both = (("webinar", inbound), ("cold call", outbound))
    return [{"month": month, "source": source, "amount": amount} for month in months for source, amount in both]


def monthly(inbound: Counts, outbound: Counts) -> list[Lead]:
    return [lead for month in MONTHS for lead in sides(inbound, outbound, day=month + 5 * DAY)]


def test_a_won_lead_may_cost_less() -> None:
    found = told(monthly(Counts(20, 100), Counts(10, 100)), spend=spend(1000, 3000))
    finding = found["cost"]
    assert finding.verdict == "lower"
    assert finding.claim.startswith(
        "A won inbound lead cost less than a won outbound one. In 2025-09 to 2025-11 a won lead cost EUR 50.00 ["
    )
    assert dict(finding.estimates)[("direction", "outbound"),].value == 300
    assert dict(finding.estimates)[()].value == pytest.approx(1 / 6)
    assert (
        "; a won one cost less; whether a larger share of their customers is kept cannot be told."
        in found["answer"].claim
    )
    assert found["answer"].notes[0] == (
        "Two claims are asked (likelier to buy and cheaper to win); Holm's adjustment pays for all of them, so a "
        "verdict may be more cautious than the interval beside it."
    )


def test_a_won_lead_may_cost_more_and_nothing_won_costs_more_than_can_be_told() -> None:
    found = told(monthly(Counts(0, 100), Counts(10, 100)), spend=spend(1000, 3000))["cost"]
    assert found.verdict == "higher"
    assert "a won lead cost more than EUR " in found.claim
    assert "(no lead was won) inbound and EUR 300 [" in found.claim


def test_costs_alike_are_not_told_apart() -> None:
    found = told(monthly(Counts(10, 100), Counts(10, 100)), spend=spend(1000, 1000))
    assert found["cost"].verdict == "no_difference_shown"
    assert found["cost"].claim.startswith(
        "No difference in what a won lead cost is shown, which is not the same as none."
    )
    assert "; no difference in what a won one cost is shown; " in found["answer"].claim


@pytest.mark.parametrize(
    ("told_of", "leads", "verdict", "because"),
    [
        (
            None,
            monthly(Counts(20, 100), Counts(10, 100)),
            "does_not_apply",
            "the folder has no spend.csv, which tells what was spent on each source in each month.",
        ),
        (
            spend(1000, 0),
            monthly(Counts(20, 100), Counts(10, 100)),
            "does_not_apply",
            "spend.csv tells of nothing spent on outbound leads in the months that count.",
        ),
        (
            spend(1000, 1000, [dt.date(2026, 6, 1)]),
            monthly(Counts(20, 100), Counts(10, 100)),
            "not_enough_data",
            "spend.csv covers no month whose leads have all had 90 days to be won.",
        ),
        (
            spend(1000, 1000, MONTHS[:1]),
            [*sides(Counts(5, 10), Counts(5, 50), day=MONTHS[0]), *sides(Counts(50, 100), Counts(50, 100))],
            "not_enough_data",
            "only 10 inbound leads came in those months, and the charter asks for 30.",
        ),
        (
            spend(1000, 1000, MONTHS[:1]),
            [*sides(Counts(5, 50), Counts(1, 1), day=MONTHS[0]), *sides(Counts(50, 100), Counts(50, 100))],
            "not_enough_data",
            "fewer than 5 outbound leads came in those months, and the charter asks for 30.",
        ),
        (
            spend(1000, 1000),
            [*monthly(Counts(0, 100), Counts(0, 100)), *sides(Counts(50, 100), Counts(50, 100))],
            "not_enough_data",
            "no lead of either direction that came in the months that count was won in time.",
        ),
    ],
    ids=["no file", "nothing of one side", "too young", "few leads", "hardly any", "nobody won"],
)
def test_costs_that_cannot_be_compared_say_why(
    told_of: list[Mapping[str, Any]] | None, leads: list[Lead], verdict: str, because: str
) -> None:
    found = told(leads, spend=told_of)
    assert (found["cost"].verdict, found["cost"].because) == (verdict, because)
    assert found["cost"].claim == "Whether inbound leads are cheaper to win cannot be told."
    assert not any("claims are asked" in note for note in found["answer"].notes)
    assert "; whether they are cheaper to win cannot be told; " in found["answer"].claim


LONG_AGO = dt.date(2025, 1, 1)


def customers(source: str, n: int, left: int, *, since: dt.date = LONG_AGO, after: int = 100) -> list[Lead]:
    """So many customers, of which the first left after so many days; and ten times as many leads."""
    told = [
        lead | {"customer_since": since, "churned_on": since + after * DAY if at < left else None}
        for at, lead in enumerate(many(n, n, source=source))
    ]
    return told + many(0, 9 * n, source=source)


def test_customers_of_one_direction_may_stay_longer() -> None:
    found = told([*customers("webinar", 100, 10), *customers("cold call", 100, 40)])
    finding = found["retention"]
    assert finding.verdict == "higher"
    assert finding.claim.startswith(
        "A larger share is kept of the customers that came inbound than of those that came outbound. After 365 days "
        "there are still 90.0% ["
    )
    assert [round(one.value, 6) for _, one in finding.estimates] == [0.3, 0.9, 0.6]
    assert found["answer"].claim.endswith("; a larger share of their customers is kept.")
    swapped = told([*customers("webinar", 100, 40), *customers("cold call", 100, 10)])
    assert swapped["retention"].verdict == "lower"
    assert swapped["answer"].claim.endswith("; a smaller share of their customers is kept.")


def test_customers_that_stay_alike_are_not_told_apart() -> None:
    found = told([*customers("webinar", 100, 10), *customers("cold call", 100, 12)])
    assert found["retention"].verdict == "no_difference_shown"
    assert found["answer"].claim.endswith("; no difference in the share of customers kept is shown.")


def test_customers_not_yet_watched_for_a_year_are_compared_as_far_as_they_were() -> None:
    since = AS_OF - 100 * DAY
    found = told(
        [*customers("webinar", 50, 5, since=since, after=20), *customers("cold call", 50, 20, since=since, after=20)]
    )["retention"]
    assert "After 90 days there are still 90.0% [" in found.claim
    assert (
        "Fewer than 30 customers of a direction became one a year ago or earlier, so they are compared after 90 days."
        in found.notes
    )


@pytest.mark.parametrize(
    ("left", "after", "kept"), [(95, 25, 0.05), (100, 0, 0.0), (100, 25, 0.0)], ids=["most", "on day 0", "all"]
)
def test_who_left_early_does_not_decide_when_they_are_compared(left: int, after: int, kept: float) -> None:
    since = dt.date(2024, 1, 1)
    found = told(
        [*customers("webinar", 100, 0, since=since), *customers("cold call", 100, left, since=since, after=after)]
    )["retention"]
    assert found.verdict == "higher"
    assert "After 365 days there are still 100.0% [" in found.claim
    assert dict(found.estimates)[("direction", "outbound"),].value == pytest.approx(kept)


@pytest.mark.parametrize("left", [0, 100])
def test_where_all_customers_are_kept_or_none_is_there_is_no_claim_to_pay_for(left: int) -> None:
    found = told([*customers("webinar", 100, left), *customers("cold call", 100, left)])
    assert found["retention"].verdict == "no_difference_shown"
    assert found["answer"].claim.endswith("; no difference in the share of customers kept is shown.")
    assert not any("claims are asked" in note for note in found["answer"].notes)


@pytest.mark.parametrize(
    ("leads", "verdict", "because"),
    [
        (
            sides(Counts(20, 100), Counts(20, 100)),
            "does_not_apply",
            "the folder has no customers.csv, which tells since when each customer is one and until when.",
        ),
        (
            [*customers("webinar", 10, 1), *customers("cold call", 100, 40)],
            "not_enough_data",
            "only 10 of the customers came inbound, and the charter asks for 30.",
        ),
        (
            [*customers("webinar", 100, 1), *customers("cold call", 4, 1)],
            "not_enough_data",
            "fewer than 5 of the customers came outbound, and the charter asks for 30.",
        ),
        (
            [
                *customers("webinar", 50, 5, since=AS_OF - 20 * DAY, after=2),
                *customers("cold call", 50, 20, since=AS_OF - 20 * DAY, after=2),
            ],
            "not_enough_data",
            "fewer than 30 customers of a direction became one 30 days ago or earlier, and it takes as many to compare "
            "how long they stay.",
        ),
    ],
    ids=["no file", "few", "hardly any", "just begun"],
)
def test_customers_that_cannot_be_compared_say_why(leads: list[Lead], verdict: str, because: str) -> None:
    found = told(leads)
    assert (found["retention"].verdict, found["retention"].because) == (verdict, because)
    assert found["retention"].claim == "Whether a larger share of the inbound customers is kept cannot be told."
    assert found["answer"].claim.endswith("; whether a larger share of their customers is kept cannot be told.")


# The answer


def test_the_answer_is_one_sentence_with_the_verdict_on_conversion_and_never_says_because_of() -> None:
    for left, right, said in (
        (Counts(120, 300), Counts(40, 300), "Inbound leads were likelier to buy than outbound ones, +26.7 points ["),
        (Counts(40, 300), Counts(120, 300), "Inbound leads were less likely to buy than outbound ones, -26.7 points ["),
        (
            Counts(40, 300),
            Counts(41, 300),
            "Inbound leads are not shown to be likelier to buy than outbound ones, or less likely: -0.3 points [",
        ),
    ):
        found = told(sides(left, right))
        assert found["answer"].verdict == found["conversion"].verdict
        assert found["answer"].claim.startswith(said)
        assert found["answer"].claim.count(".  ") == 0
        assert "because" not in found["answer"].claim


def test_the_answer_calls_directions_alike_only_against_a_margin() -> None:
    found = told(sides(Counts(1000, 10000), Counts(1010, 10000)), FIVE_POINTS)
    assert found["answer"].claim.startswith(
        "Inbound and outbound leads were alike in buying, to within 5 points: -0.1 points ["
    )
    assert found["answer"].advice == (
        "Before acting: the leads were not assigned to a direction at random, so this says how the two fared, and not "
        "what would have become of a lead that came the other way."
    )


def test_a_reversal_a_flattering_mix_and_a_mix_that_cannot_be_made_alike_are_caveats() -> None:
    assert told(SIMPSON, SIZED)["answer"].advice == (
        "Before acting: the sign turns once both have the same mix of size; do not quote the crude rates."
    )
    small, large = (Counts(120, 300), Counts(20, 50)), (Counts(5, 50), Counts(30, 300))
    found = told([*sides(*small, size="small"), *sides(*large, size="large")], SIZED)
    assert found["answer"].advice == (
        "Before acting: the mix flatters inbound leads by about 21.4 points, so do not quote the crude rates."
    )
    apart = [*sides(Counts(100, 200), NOBODY, size="small"), *sides(NOBODY, Counts(20, 200), size="large")]
    assert told(apart, SIZED)["answer"].advice == (
        "Before acting: too few leads of the two share a stratum of size to make them alike in it, so the difference "
        "may be one of mix."
    )


def test_many_leads_of_unknown_direction_are_a_caveat_whatever_they_decide() -> None:
    unknown = sides(Counts(60, 600), Counts(60, 600), Counts(30, 300))
    assert told(unknown)["answer"].advice == (
        "Before acting: 300 leads (20.0%) are of unknown direction, and what the others show need not hold of them; "
        "learn where they came from."
    )
    fewer = told(sides(Counts(60, 600), Counts(60, 600), Counts(29, 290)))
    assert "unknown direction" not in (fewer["answer"].advice or "")


def test_where_no_difference_is_shown_the_caveat_is_what_would_stay_unseen() -> None:
    fall, rise = detectable(0.1, 100, 100)
    assert told(sides(Counts(10, 100), Counts(10, 100)))["answer"].advice == (
        "Before acting: what is not shown may still be there: only where the inbound rate lies "
        f"{100 * rise:.1f} points above or {100 * fall:.1f} points below that of outbound would these leads show it in "
        "four cases of five."
    )
    hardly = told(sides(Counts(1, 2), Counts(1, 2)), with_policy(min_group=1, suppress_below=0))["answer"]
    assert hardly.advice == (
        "Before acting: no difference, however large, would be seen in four cases of five with so few leads."
    )


def test_a_difference_that_may_be_smaller_than_the_margin_says_so() -> None:
    left, right = Counts(120, 1000), Counts(80, 1000)
    found = told(sides(left, right), FIVE_POINTS)
    assert found["conversion"].verdict == "higher"
    assert found["answer"].advice == (
        "Before acting: the difference may be smaller than the 5 points that the charter calls worth acting on: its "
        f"interval comes as near to none as {100 * compare(left, right).difference.low:.1f} points."
    )


@pytest.mark.parametrize(
    ("column", "counts"),
    [("calls", "calls counts attempts, which"), ("size", "if size counts attempts, such as calls, they")],
)
def test_a_column_of_attempts_is_no_column_to_adjust_for(column: str, counts: str) -> None:
    rates = {"1": (60, 200), "2": (30, 150), "3": (10, 100)}
    charter = charter_of(stages=("lead", "won"), segments=(column,))
    leads = [
        lead
        for label, (hits, n) in rates.items()
        for lead in sides(Counts(hits, n), Counts(hits, n), **{column: label})
    ]
    found = told(leads, charter)
    said = (
        f"{counts} end once a lead converts, so it is after the fact: leads made alike in it are made alike in what is "
        "asked; leave it out of what is adjusted for."
    )
    assert found["answer"].advice == f"Before acting: {said}"
    for name in ("conversion", "adjusted", "hidden"):
        assert f"{said[0].upper()}{said[1:]}" in found[name].notes, name


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5), st.sampled_from([0.8, 0.95, 0.99]))
def test_claims_made_together_stand_where_holms_procedure_lets_them(pvalues: list[float], confidence: float) -> None:
    def claim(pvalue: float) -> Any:
        def shown(level: float) -> Verdict:
            return "higher" if pvalue < 1 - level else "no_difference_shown"

        return shown

    found = stepped({str(at): claim(pvalue) for at, pvalue in enumerate(pvalues)}, confidence)
    for at, adjusted in enumerate(holm(pvalues)):
        # On the edge the last digit decides.
        if abs(adjusted - (1 - confidence)) > 1e-9:
            assert (found[str(at)] == "higher") == (adjusted < 1 - confidence)


# The sample


def test_the_planted_answers_of_the_sample_are_found(sample: Crm, root: Path) -> None:
    truth = json.loads((root / "data" / "sample" / "hubspot" / "truth.json").read_text("utf-8"))
    found = chapter(sample)
    compared = found["conversion"].comparison
    assert compared is not None
    assert compared.adjusted is not None
    planted = truth["inbound_vs_outbound"]
    for name, one in (("crude", compared.difference), ("adjusted", compared.adjusted.difference)):
        assert one.low <= planted[name] <= one.high, name
    assert found["conversion"].verdict == found["answer"].verdict == "higher"
    assert found["answer"].advice == (
        "Before acting: the mix flatters inbound leads by about 3.4 points, so do not quote the crude rates."
    )
    assert found["cost"].verdict == "lower"
    for side, cost in truth["cost_per_win"].items():
        one = dict(found["cost"].estimates)[("direction", side),]
        assert one.low <= cost <= one.high, side
    for side in ("inbound", "outbound"):
        one = dict(found["retention"].estimates)[("direction", side),]
        assert one.low <= truth["retention"][side]["365"] <= one.high, side
    alike = {dict(name).get("method"): one for name, one in found["adjusted"].estimates}
    for name in ("standardised to all leads", "Mantel-Haenszel", "g-computation", "AIPW"):
        assert alike[name].low <= planted["adjusted"] <= alike[name].high, name


def test_every_number_of_the_chapter_comes_with_its_query(sample: Crm) -> None:
    assert all(finding.sql for finding in chapter(sample).values())


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.99])
def test_the_chapter_stands_at_any_confidence(confidence: float) -> None:
    charter = with_policy(FIVE_POINTS, confidence=confidence)
    for leads in (sides(Counts(0, 30), Counts(30, 30)), sides(Counts(0, 40), Counts(0, 40)), SIMPSON):
        assert tuple(told(leads, charter)) == CODES


def test_the_parts_of_a_case_are_counted_once(sample: Crm) -> None:
    case = Case(Whole(sample))
    assert case.intervals(0.95) is case.intervals(0.95)
    assert case.verdicts is case.verdicts
