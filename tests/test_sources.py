"""What is said of sources, tags and columns: every branch of every rule, word for word, and what must never be said."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from clustered import clusters_of
from engines import Lead, charter_of, crm_of, many, table_of

import alignment_metrics as am
from alignment_metrics.charter import TAGS, Charter, Source
from alignment_metrics.findings.sources import sources as chapter
from alignment_metrics.findings.sources.attempts import Attempts, attempts
from alignment_metrics.findings.whole import Whole
from alignment_metrics.findings.words import points
from alignment_metrics.measures import Reach, Worth
from alignment_metrics.report import breakdowns, wording
from alignment_metrics.report.figures import pictures
from alignment_metrics.report.methods import methods
from alignment_metrics.stats.clusters import homogeneous, mean_effect
from alignment_metrics.stats.costs import cost_per_win
from alignment_metrics.stats.mantel import mantel_haenszel
from alignment_metrics.stats.many import holm, homogeneity, shares, simultaneous
from alignment_metrics.stats.means import mean, spread
from alignment_metrics.stats.rates import compare, rate
from alignment_metrics.stats.shrinkage import shrink
from alignment_metrics.tallies import tally
from alignment_metrics.values import Clusters, Counts, Finding, Moments

TWO_STAGES = charter_of(stages=("lead", "won"))
SIZED = charter_of(stages=("lead", "won"), segments=("size",))
DAY = dt.timedelta(days=1)


def every(leads: list[Lead], charter: Charter = TWO_STAGES, **more: Any) -> dict[str, Finding]:
    crm = replace(crm_of(leads, charter), **more)
    return {finding.code.removeprefix("sources."): finding for finding in chapter(Whole(crm))}


def sources(leads: list[Lead], charter: Charter = TWO_STAGES) -> Finding:
    return every(leads, charter)["conversion"]


def of(charter: Charter, *names: str) -> Charter:
    """The charter with these sources alone, all of them inbound."""
    return replace(charter, sources={name: Source(name, "inbound") for name in names})


def at_once(**groups: tuple[int, int]) -> str:
    """The note on simultaneous intervals."""
    wide = simultaneous([Counts(*counts) for counts in groups.values()])
    told = [
        f"{name.replace('_', ' ')} [{100 * one.low:.1f}%, {100 * one.high:.1f}%]"
        for name, one in zip(groups, wide, strict=True)
    ]
    return (
        f"Each interval holds by itself. For all {len(told)} to hold at once (95% intervals together, Wilson with "
        f"Šidák's level) they must be wider: {', '.join(told[:-1])} and {told[-1]}."
    )


# As they come

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
        at_once(trade_show=(70, 200), cold_call=(10, 100), webinar=(60, 100)),
        "The source of 10 of 410 leads (2.4%) is unknown.",
        "Groups of fewer than 30 leads are shown as counts, without a rate.",
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
    assert "source 0 (" in claim
    assert "more (named in the table)" not in claim
    names = [f"source {i}" for i in range(14)]
    leads = [lead for i, one in enumerate(names) for lead in many(190 if i < 7 else 10, 200 + i, source=one)]
    claim = sources(leads, of(TWO_STAGES, *names)).claim
    assert " and 2 more (named in the table) converted more often, and source 13 (" in claim
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
    assert finding.notes[3] == "The source of fewer than 5 of 303 leads is unknown."
    assert not any(name == (("source", "unknown"),) for name, _ in finding.estimates)


def test_small_sources_are_pooled_into_a_row_so_that_rows_add_up() -> None:
    charter = of(TWO_STAGES, "a", "b", "c", "2 small sources")
    leads = [
        *many(60, 100, source="a"),
        *many(20, 100, source="b"),
        *many(2, 10, source="c"),
        *many(3, 20, source="2 small sources"),
    ]
    finding = sources(leads, charter)
    assert {name[0][1]: (one.hits, one.n) for name, one in finding.estimates if name} == {
        "a": (60, 100),
        "b": (20, 100),
        "2 small sources, pooled": (5, 30),
    }
    assert finding.notes[-1] == (
        "2 sources of fewer than 30 leads each are counted together as '2 small sources, pooled'."
    )
    assert finding.estimates[0][1].n == sum(one.n for name, one in finding.estimates if name)
    assert "The 4 known sources differ" in finding.claim


def test_one_small_source_keeps_its_name() -> None:
    finding = sources(
        [*many(60, 100, source="webinar"), *many(20, 100, source="cold call"), *many(2, 10, source="partner")]
    )
    assert (("source", "partner"),) in dict(finding.estimates)


def test_two_intervals_that_hold_at_once_are_told_as_both() -> None:
    (note,) = (note for note in sources([*ALIKE, *many(0, 3)]).notes if note.startswith("Each interval"))
    assert note.startswith("Each interval holds by itself. For both to hold at once (95% intervals together, ")


def test_of_many_simultaneous_intervals_the_largest_are_told() -> None:
    names = [f"source {number}" for number in range(7)]
    leads = [lead for number, name in enumerate(names) for lead in many(9, 90 - number, source=name)]
    (note,) = (note for note in sources(leads, of(TWO_STAGES, *names)).notes if note.startswith("Each interval"))
    assert "source 0 [" in note
    assert "source 4 [" in note
    assert note.endswith("] and likewise the 2 smaller ones.")


def test_a_source_that_was_keyed_in_after_the_fact_is_told_beside_its_rate() -> None:
    keyed = [{"source": "webinar", "lead": dt.date(2026, 1, 15), "won": dt.date(2026, 1, 15)}] * 45
    finding = sources([*keyed, *many(0, 5, source="webinar"), *many(100, 1000, source="cold call")])
    late = (
        "webinar looks as if its leads were entered once they had converted (90.0% of 50 did, most within a day of "
        "creation), so its rate is none."
    )
    assert finding.claim == f"{late} The other sources cannot be compared."
    assert finding.because == (
        "every lead with a known source, besides those of webinar, comes from one and the same, cold call."
    )
    assert finding.advice == (
        "Before acting: ask whoever enters the leads of webinar whether these are entered only once they have "
        "converted; if so, count the leads from where they came first, or keep such a source out of the list."
    )
    named = {name: (one.n, one.hits, math.isnan(one.value)) for name, one in finding.estimates}
    assert named[(("source", "webinar"),)] == (50, 45, True)


def test_a_source_that_converts_often_at_once_keeps_its_rate_and_is_pointed_out() -> None:
    at_once = [{"source": "webinar", "lead": dt.date(2026, 1, 15), "won": dt.date(2026, 1, 15)}] * 45
    finding = sources([*at_once, *many(0, 55, source="webinar"), *many(100, 1000, source="cold call")])
    assert "entered once they had converted" not in finding.claim
    assert dict(finding.estimates)[("source", "webinar"),].value == 0.45
    assert (
        "webinar converts unusually often within a day of creation; look at how its leads are entered." in finding.notes
    )
    assert finding.advice is None


def test_the_others_are_set_against_each_other_without_a_source_that_was_keyed_in() -> None:
    keyed = [{"source": "webinar", "lead": dt.date(2026, 1, 15), "won": dt.date(2026, 1, 15)}] * 45
    others = [
        *many(60, 600, source="cold call"),
        *many(120, 600, source="trade show"),
        *many(54, 500, source="organic search"),
    ]
    found = every([*keyed, *many(0, 5, source="webinar"), *others])
    alone = every(others)
    late = (
        "webinar looks as if its leads were entered once they had converted (90.0% of 50 did, most within a day of "
        "creation), so its rate is none. "
    )
    for code in ("conversion", "shrunk", "rank"):
        want = alone[code].claim.replace("The 3 known", "The 3 other known")
        want = want.replace("all other known ones", "all others of them")
        assert found[code].claim == late + want
    assert (("source", "webinar"),) not in dict([*found["shrunk"].estimates, *found["rank"].estimates])
    assert "the best as far as can be told" in found["rank"].claim
    assert "trade show" in found["rank"].claim


# Shrunken rates and places

APART = [
    *many(120, 300, source="webinar"),
    *many(30, 300, source="cold call"),
    *many(60, 300, source="trade show"),
    *many(12, 40, source="organic search"),
]
GROUPS = {
    "webinar": Counts(120, 300),
    "cold call": Counts(30, 300),
    "trade show": Counts(60, 300),
    "organic search": Counts(12, 40),
}

LARGEST_FIRST = ("cold call", "trade show", "webinar", "organic search")


def test_shrunken_rates_stand_beside_those_counted() -> None:
    finding, found = every(APART)["shrunk"], shrink([GROUPS[name] for name in LARGEST_FIRST])
    assert finding.question == (
        "What share of each source's leads reaches won within 90 days, as best guessed in the light of the other "
        "sources?"
    )
    assert finding.estimates[0] == ((), rate(Counts(222, 940)))
    assert dict(finding.estimates[1:]) == {
        (("source", name),): one for name, one in zip(LARGEST_FIRST, found.estimates, strict=True)
    }
    drawn = [one.value for one in found.estimates]
    assert finding.claim == (
        f"Each rate drawn nearer to the others ({100 * found.mean:.1f}%), the more the fewer leads it rests on, the 4 "
        f"sources run from {100 * min(drawn):.1f}% to {100 * max(drawn):.1f}%, where those counted run from 10.0% to "
        "40.0%."
    )
    assert finding.notes == (
        "The fewer leads a source has, the more its rate is drawn to that of the others: an extreme rate of few "
        "leads is more often luck than not. Whoever plans with a rate does better with this one than with the one "
        "counted.",
        f"Beta-binomial, alpha = {found.alpha:.2f} and beta = {found.beta:.2f}.",
        "All 4 known sources take part.",
    )


def test_sources_alike_have_no_variation_to_be_detected() -> None:
    finding = every(ALIKE)["shrunk"]
    assert finding.verdict == "measured"
    assert finding.claim == (
        "No variation between the 3 sources can be detected beyond what chance makes of equal rates: each is best "
        f"guessed near the rate of all known sources, {rate(Counts(90, 300))} (95% interval)."
    )


def test_a_variation_that_the_test_does_not_show_is_not_told_as_one() -> None:
    leads = [*many(36, 100, source="webinar"), *many(28, 100, source="cold call"), *many(24, 100, source="trade show")]
    found = shrink([Counts(36, 100), Counts(28, 100), Counts(24, 100)])
    finding = every([*leads])["shrunk"]
    if found.reason is None:
        assert finding.claim.endswith("that they differ at all is not shown.")
    assert homogeneity([Counts(36, 100), Counts(28, 100), Counts(24, 100)]) > 0.05


def test_two_sources_are_not_drawn_to_one_another() -> None:
    finding = every([*many(60, 100, source="webinar"), *many(40, 100, source="cold call")])["shrunk"]
    assert (finding.verdict, finding.claim) == (
        "not_enough_data",
        "The rates of the sources cannot be drawn to one another.",
    )
    assert finding.because == "only 2 groups have leads; rates are drawn to one another from 3 groups on."


@pytest.mark.parametrize(("small", "told"), [(1, "1 source of"), (2, "2 sources of")])
def test_small_sources_take_no_part_in_shrinking(small: int, told: str) -> None:
    charter = of(TWO_STAGES, *GROUPS, "x", "y")
    leads = [*APART, *(lead for name in "xy"[:small] for lead in many(1, 10, source=name))]
    verb = "does" if small == 1 else "do"
    assert every(leads, charter)["shrunk"].notes[-1] == f"{told} fewer than 30 leads {verb} not take part."


def test_a_place_is_told_as_an_interval_and_the_best_as_a_probability() -> None:
    finding = every(APART)["rank"]
    assert finding.question == "Which source may be the best, by the share of leads that reach won within 90 days?"
    places = {name: one for name, one in finding.estimates if len(name) == 1}
    chances = {name: one for name, one in finding.estimates if len(name) == 2}
    assert {one.unit for one in places.values()} == {"rank"}
    assert set(dict(chances)) == {(("source", name), ("chance", "of being the best")) for name in GROUPS}
    assert sum(one.value for one in chances.values()) == pytest.approx(1, abs=1e-9)
    assert places[(("source", "webinar"),)].low == 1
    assert finding.claim.startswith("2 of the 4 sources may be the best: webinar (")
    assert finding.claim.endswith("% (in brackets the probability). Which of them it is cannot be told.") or (
        finding.claim.endswith("%) (in brackets the probability). Which of them it is cannot be told.")
    )


def test_a_best_source_is_told_with_its_probability() -> None:
    leads = [*many(200, 300, source="webinar"), *many(30, 300, source="cold call"), *many(60, 300, source="trade show")]
    assert every(leads)["rank"].claim == (
        "Of the 3 sources, webinar is the best as far as can be told (probability more than 99%)."
    )


def test_sources_that_are_not_shown_to_differ_have_no_order() -> None:
    assert every(ALIKE)["rank"].claim == (
        "Any of the 3 sources may be the best: that they differ is not shown, so no order of them is established."
    )


# At the same mix

MIXED = [
    *many(60, 100, source="webinar", size="small"),
    *many(10, 50, source="webinar", size="large"),
    *many(60, 100, source="trade show", size="small"),
    *many(24, 100, source="trade show", size="large"),
    *many(30, 50, source="cold call", size="small"),
    *many(60, 300, source="cold call", size="large"),
]


def test_a_source_that_stood_apart_by_its_mix_alone_no_longer_does() -> None:
    finding = every(MIXED, SIZED)["adjusted"]
    assert finding.question == "Which sources still stand apart where the other leads have the same mix of size?"
    assert finding.claim == (
        "No source can be told from the others at the same mix of size. Of those that stood apart as they came, cold "
        "call, trade show and webinar no longer do."
    )
    assert not finding.differs
    cells = [
        ((("size", "large"),), Counts(60, 300), Counts(34, 150)),
        ((("size", "small"),), Counts(30, 50), Counts(120, 200)),
    ]
    assert dict(finding.estimates)[(("source", "cold call"),)] == mantel_haenszel(cells).difference
    assert (("source", "cold call"), ("rate", "others in its mix")) in dict(finding.estimates)
    assert finding.notes == (
        "Each source is set against all other known ones within strata of size (Mantel-Haenszel). It stands apart "
        "where the interval leaves out 0 and the Cochran-Mantel-Haenszel test, adjusted by Holm over the 3 sources, "
        "rejects; asked only where one test has shown that sources differ at all.",
        "Alike in what was recorded is not alike in everything: this remains an association.",
    )


def test_a_source_that_stands_apart_in_every_stratum_still_does() -> None:
    leads = [
        lead
        for size in ("small", "large")
        for hits, source in ((80, "webinar"), (40, "trade show"), (40, "organic search"), (10, "cold call"))
        for lead in many(hits, 100, source=source, size=size)
    ]
    finding = every(leads, SIZED)["adjusted"]
    webinar = dict(finding.estimates)[(("source", "webinar"),)]
    cold = dict(finding.estimates)[(("source", "cold call"),)]
    assert finding.differs
    assert finding.claim == (
        f"At the same mix of size, leads of webinar ({points(webinar)}) convert more often, and leads of cold call "
        f"({points(cold)}) convert less often than those of all other known sources (95% intervals)."
    )


def test_sources_not_shown_to_differ_are_not_told_apart_at_a_mix() -> None:
    leads = [lead | {"size": "small"} for lead in ALIKE]
    assert every(leads, SIZED)["adjusted"].claim == (
        "That sources differ is not shown as they come, so none is told apart at a given mix of size."
    )


def test_without_anything_to_adjust_for_that_is_said() -> None:
    finding = every(APART)["adjusted"]
    assert finding.verdict == "does_not_apply"
    assert finding.question == "Which sources still stand apart where the other leads are of the same mix?"
    assert finding.because == (
        "the charter names nothing to adjust for; name columns of the leads in [organisation] segments, or in [policy] "
        "adjust_by."
    )


def test_a_source_alone_in_its_strata_is_not_told() -> None:
    leads = [*MIXED, *many(30, 60, source="organic search", size="huge")]
    finding = every(leads, SIZED)["adjusted"]
    assert finding.notes[-1] == (
        "Not told: organic search. Fewer than 80.0% of its leads are in strata of size with at least 5 leads of the "
        "others."
    )
    assert (("source", "organic search"),) not in dict(finding.estimates)


def test_sources_that_share_no_stratum_cannot_be_told_apart() -> None:
    leads = [*many(60, 100, source="webinar", size="small"), *many(20, 100, source="cold call", size="large")]
    finding = every(leads, SIZED)["adjusted"]
    assert (finding.verdict, finding.claim) == (
        "not_enough_data",
        "Whether sources stand apart at the same mix of leads cannot be told.",
    )
    assert finding.because == (
        "no source has 80.0% of its leads in strata of size with at least 5 leads of the others."
    )


# What they bring


def test_the_shares_of_wins_stand_beside_those_of_leads() -> None:
    finding = every(APART)["share_of_wins"]
    assert finding.question == "Which sources do the leads come from that reach won within 90 days?"
    parts = dict(zip(sorted(GROUPS), shares([GROUPS[name].hits for name in sorted(GROUPS)]), strict=True))
    assert dict(finding.estimates) == {(("source", name),): one for name, one in parts.items()}
    assert finding.claim == (
        f"Of 222 leads that reached won within 90 days, the largest shares are of webinar {parts['webinar']}, with "
        f"31.9% of the leads; trade show {parts['trade show']}, with 31.9% of the leads; cold call "
        f"{parts['cold call']}, with 31.9% of the leads (95% intervals, which hold for all shares at once)."
    )


@pytest.mark.parametrize(
    ("hits", "because"),
    [
        (29, "29 leads reached won in time, and the charter asks for 30."),
        (3, "fewer than 5 leads reached won in time, and the charter asks for 30."),
        (0, "0 leads reached won in time, and the charter asks for 30."),
    ],
)
def test_few_wins_are_not_shared_out(hits: int, because: str) -> None:
    finding = every([*many(hits, 100, source="webinar"), *many(0, 100, source="cold call")])["share_of_wins"]
    assert (finding.verdict, finding.because) == ("not_enough_data", because)
    assert finding.claim == "Where the leads that reach won come from cannot be told yet."
    assert finding.estimates == ()


def waiting(days: int, hits: int, total: int, **lead: Any) -> list[Lead]:
    day = dt.date(2026, 1, 15)
    return [lead | {"lead": day} | ({"won": day + days * DAY} if at < hits else {}) for at in range(total)]


def test_the_middle_waits_are_told_with_intervals_that_hold_at_once() -> None:
    finding = every([*waiting(4, 60, 200, source="webinar"), *waiting(20, 50, 200, source="cold call")])["wait"]
    assert (
        finding.question
        == "Of each source's leads that reach won within 90 days, how many days does the middle one take?"
    )
    assert {name: (one.value, one.n, one.unit) for name, one in finding.estimates} == {
        (("source", "cold call"),): (20.0, 50, "days"),
        (("source", "webinar"),): (4.0, 60, "days"),
    }
    assert finding.claim == (
        "From lead to won the middle lead takes between 4.0 days [4.0, 4.0] (webinar) and 20.0 days [20.0, 20.0] "
        "(cold call; 95% intervals). Even intervals wide enough to hold for all of them at once do not overlap: they "
        "are not equally quick."
    )


def test_sources_that_take_the_same_time_are_told_in_one_number() -> None:
    finding = every([*many(60, 200, source="webinar"), *many(50, 200, source="cold call")])["wait"]
    assert finding.claim == "From lead to won the middle lead of each source takes 10 days."


def test_the_wait_of_a_single_source_is_told_by_itself() -> None:
    finding = every([*many(60, 200, source="webinar"), *many(9, 200, source="cold call")])["wait"]
    assert finding.claim == "From lead to won the middle lead of webinar takes 10.0 days [10.0, 10.0] (95% interval)."


def test_waits_of_few_conversions_are_not_told() -> None:
    finding = every([*many(9, 200, source="webinar"), *many(9, 200, source="cold call")])["wait"]
    assert (finding.verdict, finding.claim) == (
        "not_enough_data",
        "How long the leads of a source take cannot be told.",
    )
    assert finding.because == ("no source has 10 leads that reached won within a window that could be watched whole.")


def sold(amounts: list[float], **lead: Any) -> list[Lead]:
    return [
        one | {"amount": amount} for one, amount in zip(many(len(amounts), len(amounts), **lead), amounts, strict=True)
    ]


def test_the_mean_amount_is_told_and_that_few_large_ones_make_it() -> None:
    leads = [
        *sold([100.0] * 10 + [120.0] * 10, source="webinar"),
        *sold([10.0] * 19 + [9000.0], source="cold call"),
        *many(6, 60, source="cold call"),
        *many(0, 60, source="webinar"),
    ]
    finding = every(leads)["amount"]
    assert finding.question == "What is a lead worth that reaches won within 90 days, by source?"
    values = {name: (one.value, one.n, one.unit) for name, one in finding.estimates}
    assert values == {
        (): (284.75, 40, "EUR"),
        (("source", "cold call"),): (459.5, 20, "EUR"),
        (("source", "webinar"),): (110.0, 20, "EUR"),
    }
    everyone = mean(Moments.of([100.0] * 10 + [120.0] * 10 + [10.0] * 19 + [9000.0]), unit="EUR")
    assert finding.claim.startswith(
        f"40 leads that reached won within 90 days are worth 285 EUR [{everyone.low:,.0f}, {everyone.high:,.0f}] "
        "each on average (95% interval). By source the mean runs from 110 EUR ["
    )
    assert finding.claim.endswith(
        "Intervals wide enough to hold for all of them at once overlap: no difference is shown."
    )
    assert finding.notes[0] == "6 of 46 such leads have no amount and are not in the mean."
    assert finding.notes[1] == (
        "The amounts lie far apart: their standard deviation is 5.0 times their mean (by source most of all cold "
        "call). A few large ones make such a mean, one more or less moves it, and its true value is likelier above "
        "the interval than below."
    )


def test_the_mean_of_all_does_not_tell_the_amounts_of_a_few() -> None:
    leads = [
        *sold([100.0] * 20, source="webinar"),
        *sold([200.0] * 20, source="trade show"),
        *sold([7777.0] * 3, source="cold call"),
        *many(0, 60, source="webinar"),
    ]
    finding = every(leads)["amount"]
    assert {name for name, _ in finding.estimates} == {(("source", "trade show"),), (("source", "webinar"),)}
    assert finding.claim == (
        "By source the mean runs from 100 EUR [100, 100] (webinar) to 200 EUR [200, 200] (trade show). Even intervals "
        "wide enough to hold for all of them at once do not overlap: they are not worth the same."
    )
    assert finding.notes[-1] == "Sources with fewer than 10 amounts are not shown."


def test_one_source_with_amounts_is_told_alone() -> None:
    leads = [
        *sold([100.0] * 20, source="webinar"),
        *sold([7777.0] * 3, source="cold call"),
        *many(0, 60, source="cold call"),
    ]
    assert every(leads)["amount"].claim == (
        "Only webinar has amounts enough for a mean: 100 EUR [100, 100] (95% interval)."
    )


@pytest.mark.parametrize(("amounts", "verdict"), [([], "does_not_apply"), ([5.0], "not_enough_data")])
def test_without_amounts_nothing_is_worth_anything(amounts: list[float], verdict: str) -> None:
    finding = every(
        [*many(9, 60, source="webinar"), *many(9, 60, source="cold call"), *sold(amounts, source="webinar")]
    )["amount"]
    assert finding.verdict == verdict
    assert finding.claim == "What the leads of a source are worth cannot be told."
    assert finding.because == "no source has 10 leads that reached won in time and have an amount."


def spend(*rows: tuple[dt.date, str, float]) -> Any:
    columns = {
        "month": pa.array([month for month, _, _ in rows], pa.date32()),
        "source": pa.array([source for _, source, _ in rows], pa.string()),
        "direction": pa.array(["inbound"] * len(rows), pa.string()),
        "amount": pa.array([amount for _, _, amount in rows], pa.float64()),
    }
    return table_of(pa.table(columns), "duckdb")


JANUARY, FEBRUARY, MAY = dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 5, 1)


def by_month() -> list[Lead]:
    return [
        *many(20, 60, source="webinar"),
        *many(10, 50, source="webinar", day=dt.date(2026, 2, 3)),
        *many(5, 60, source="cold call"),
        *many(5, 60, source="cold call", day=dt.date(2026, 2, 3)),
        *many(6, 60, source="trade show"),
        *many(0, 60, source="partner"),
    ]


def test_a_win_costs_the_spend_of_the_months_over_the_wins_of_their_leads() -> None:
    charter = of(TWO_STAGES, "webinar", "cold call", "trade show", "partner")
    rows = [
        (JANUARY, "webinar", 1000.0), (FEBRUARY, "webinar", 800.0), (MAY, "webinar", 9999.0),
        (JANUARY, "cold call", 5000.0), (FEBRUARY, "cold call", 5000.0), (JANUARY, "partner", 70.0),
    ]  # fmt: skip
    finding = every(by_month(), charter, spend=spend(*rows))["cost"]
    webinar = cost_per_win([(1000.0, 20), (800.0, 10)], unit="EUR")
    cold = cost_per_win([(5000.0, 5), (5000.0, 5)], unit="EUR")
    # One number has one interval, in the sentence and in the table.
    assert dict(finding.estimates)[(("source", "webinar"),)] == webinar
    assert dict(finding.estimates)[(("source", "webinar"),)].value == 60.0
    assert dict(finding.estimates)[(("source", "cold call"),)].value == 1000.0
    assert finding.claim == (
        f"A lead that reached won cost between 60 EUR [{webinar.low:,.0f}, {webinar.high:,.0f}] (webinar) and 1,000 "
        f"EUR [{cold.low:,.0f}, {cold.high:,.0f}] (cold call; 95% intervals). Even intervals wide enough to hold for "
        "all of them at once do not overlap: they are not equally dear. Money was spent on partner, and none of "
        "its leads reached won."
    )
    assert finding.notes == (
        "Spend of 2 months, 2026-01 to 2026-02, over the wins of the leads that came in them; younger leads have not "
        "had their time. Sums are divided by sums: costs of single months are never averaged.",
        "No spend is listed for trade show: that it costs nothing is not said.",
    )


def test_one_source_with_spend_is_told_alone() -> None:
    finding = every(by_month(), spend=spend((JANUARY, "webinar", 1000.0)))["cost"]
    one = cost_per_win([(1000.0, 20)], unit="EUR")
    assert (
        finding.claim
        == f"A lead of webinar that reached won cost 50 EUR [{one.low:,.0f}, {one.high:,.0f}] (95% interval)."
    )
    assert finding.notes[0].startswith("Spend of one month, 2026-01, over the wins")


@pytest.mark.parametrize(
    ("rows", "because"),
    [
        (
            [(MAY, "webinar", 100.0)],
            "no month in the list of spending is over for 90 days with all of its leads there.",
        ),
        ([(JANUARY, "fair", 100.0)], "no source with enough leads has any spend in those months."),
    ],
)
def test_spend_that_no_matured_lead_stands_against_tells_no_cost(rows: list[Any], because: str) -> None:
    finding = every(by_month(), spend=spend(*rows))["cost"]
    assert (finding.verdict, finding.because) == ("not_enough_data", because)
    assert finding.claim == "What a lead that reached won costs cannot be told."


def test_without_a_list_of_spending_no_cost_is_told() -> None:
    finding = every(by_month())["cost"]
    assert finding.verdict == "does_not_apply"
    assert finding.question == "What does a lead cost that reaches won within 90 days, by source?"
    assert finding.because == (
        "the folder does not say what was spent; add spend.csv with the columns month, source and amount."
    )


def test_amounts_lie_as_far_apart_as_their_standard_deviation_says() -> None:
    assert spread(Moments.of([1.0, 3.0])) == pytest.approx(0.5**0.5)
    assert math.isnan(spread(Moments.of([1.0])))
    assert math.isnan(spread(Moments.of([1.0, -1.0])))


def test_the_mean_of_one_amount_and_of_none_has_no_limits() -> None:
    one, none = mean(Moments.of([7.0]), unit="EUR"), mean(Moments.of([]), unit="EUR")
    assert (one.value, one.low, one.high, one.n) == (7.0, -math.inf, math.inf, 1)
    assert math.isnan(none.value)
    assert (none.low, none.high, none.n) == (-math.inf, math.inf, 0)


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_amounts_add_up_to_the_cent_whatever_their_order(engine: str) -> None:
    leads = sold([0.1, 0.2, 1234567.89, -50.25, 2e12, 999999999.99], source="webinar")
    leads += [{"source": "webinar", "lead": dt.date(2026, 1, 15), "amount": 5.0}]
    found = tally(crm_of(leads, TWO_STAGES, engine=engine), Worth(Reach("lead", "won", within_days=90)))
    told = [0.1, 0.2, 1234567.89, round(-50.25 * 100) / 100, 999999999.99]
    assert found.total() == Moments(
        5, sum(round(100 * x) for x in told) / 100, sum(round(100 * x) ** 2 for x in told) / 1e4
    )


# Tags and columns

TAGGED = replace(
    TWO_STAGES,
    sources={
        "Web": Source("webinar", "inbound", {"media": "owned"}),
        "Ads": Source("trade show", "inbound", {"media": "paid"}),
        "Call": Source("cold call", "outbound", {"media": "paid"}),
    },
)


def tagged(hits: int) -> list[Lead]:
    return [
        *(lead | {"media": "owned"} for lead in many(60, 200, source="webinar")),
        *(lead | {"media": "paid"} for lead in many(hits, 100, source="trade show")),
        *(lead | {"media": "paid"} for lead in many(hits, 100, source="cold call")),
    ]


FAMILY = (
    "2 breakdowns of the same leads are asked whether their groups share one rate: by source and media. Holm's "
    "adjustment pays for asking all of them."
)


def test_a_tag_that_the_charter_uses_has_a_finding() -> None:
    found = every(tagged(10), TAGGED)
    assert "tags" not in found
    assert "ownership" not in found
    finding = found["media"]
    assert finding.question == (
        "Do owned, paid or earned media make a difference to how many leads reach won within 90 days?"
    )
    assert finding.claim == (
        "The 2 known groups by media differ by more than chance explains (p < 0.001). Set against all other known "
        f"ones, owned ({rate(Counts(60, 200))}, n = 200) converted more often, and paid ({rate(Counts(20, 200))}, n "
        "= 200) converted less often (95% intervals)."
    )
    assert finding.differs
    assert finding.notes == (
        "One test asks whether all known groups share one rate (Pearson's chi-square). Only if they do not is each set "
        "against all other known ones together, with Holm's adjustment for asking about several.",
        "Holm's adjustment pays for asking 2 breakdowns (named under sources.conversion).",
        "The groups are taken as they came: they may differ in other ways too, which nothing here makes alike.",
    )
    assert FAMILY in found["conversion"].notes


def test_without_tags_one_finding_says_so() -> None:
    found = every(ALIKE)
    assert not set(TAGS) & set(found)
    finding = found["tags"]
    assert finding.verdict == "does_not_apply"
    assert finding.claim == "Sources cannot be compared by who owns them or who was paid for them."
    assert finding.because == (
        "the charter's [sources] tag no source with media, ownership, exclusivity and brought_by, and nothing is "
        "guessed."
    )


def sized(**hits: int) -> list[Lead]:
    leads = [lead for size, won in hits.items() for lead in many(won, 100, source="webinar", size=size)]
    return [*leads, *many(sum(hits.values()), 100 * len(hits), source="cold call")]


def test_columns_that_do_not_differ_are_told_as_not_shown() -> None:
    finding = every(sized(small=30, large=30), SIZED)["by_size"]
    assert finding.question == "How does the share of leads that reach won within 90 days differ by size?"
    assert finding.claim == (
        "No difference between the 2 known groups by size is shown (p = 1.00), which is not the same as none; together "
        f"they convert at {rate(Counts(60, 200))} (95% interval, n = 200)."
    )
    assert finding.notes[-1] == "200 of 400 leads (50.0%) have no known size."


def test_columns_pay_for_one_another() -> None:
    leads = sized(small=44, large=30)
    alone = homogeneity([Counts(44, 100), Counts(30, 100)])
    of_sources = homogeneity([Counts(74, 200), Counts(74, 200)])
    assert 0.025 < alone < 0.05 < of_sources
    found = every(leads, SIZED)
    told = holm([of_sources, alone])[1]
    assert f"(p = {told:.3f})" in found["by_size"].claim
    assert not found["by_size"].differs


def test_groups_that_differ_only_together_are_not_named() -> None:
    hits = {f"size {number}": 33 if number % 2 else 47 for number in range(8)}
    leads = [lead for size, won in hits.items() for lead in many(won, 100, source="webinar", size=size)]
    claim = every(leads, SIZED)["by_size"].claim
    assert claim.startswith("The 8 known groups by size differ by more than chance explains (p = 0.0")
    assert ", though no single one can be told from the others; together they convert at 40.0% [" in claim


@pytest.mark.parametrize(("won", "why"), [(1, "too few convert"), (99, "too few do not convert")])
def test_columns_of_which_hardly_anybody_converts_cannot_be_asked(won: int, why: str) -> None:
    claim = every(sized(small=won, large=won), SIZED)["by_size"].claim
    assert claim.startswith(f"Whether the 2 known groups by size differ cannot be asked, for {why}; together they ")


@pytest.mark.parametrize(
    ("leads", "verdict", "because"),
    [
        (ALIKE, "does_not_apply", "not one lead that is old enough has a size, and nothing is guessed."),
        (
            [lead | {"size": "small"} for lead in ALIKE],
            "does_not_apply",
            "every lead with a known size has one and the same, small.",
        ),
        (
            [*(lead | {"size": "small"} for lead in ALIKE), *many(1, 9, source="webinar", size="large")],
            "not_enough_data",
            "fewer than two groups by size have the 30 leads that a rate takes.",
        ),
    ],
)
def test_columns_that_cannot_be_compared_say_why(leads: list[Lead], verdict: str, because: str) -> None:
    finding = every(leads, SIZED)["by_size"]
    assert (finding.verdict, finding.because) == (verdict, because)
    assert finding.claim == "Leads cannot be compared by size."


# Attempts

FALLING = {"1": Counts(150, 1000), "2": Counts(60, 600), "3 to 5": Counts(40, 500), "6 or more": Counts(6, 200)}


@pytest.mark.parametrize("name", ["calls", "number_of_calls", "Touches", "tries"])
def test_calls_are_known_by_their_name_or_by_their_numbers(name: str) -> None:
    found = attempts(name, FALLING)
    assert found == Attempts("1", "6 or more", name != "tries")


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("calls", {"few": Counts(90, 100), "many": Counts(1, 100), "none": Counts(1, 100)}),
        ("calls", {"1": Counts(90, 100), "2": Counts(9, 100)}),
        ("calls", {"1": Counts(9, 100), "2": Counts(20, 100), "3": Counts(40, 100)}),
        ("calls", {"1": Counts(9, 10), "2": Counts(2, 10), "3": Counts(4, 10)}),
        ("employees", {"1-10": Counts(90, 900), "11-50": Counts(40, 500), "51-200": Counts(5, 100)}),
        ("age", {"18": Counts(9, 90), "19": Counts(8, 90), "20": Counts(2, 90)}),
        ("score", {"1": Counts(30, 100), "2": Counts(20, 100), "3": Counts(10, 100)}),
        ("stars", {"1": Counts(30, 100), "3": Counts(20, 90), "5": Counts(10, 80)}),
        ("calls", {"1": Counts(30, 100), "5 to 2": Counts(20, 90), "6": Counts(10, 80)}),
        ("calls", {}),
    ],
)
def test_what_does_not_fall_with_a_number_of_attempts_is_none(name: str, groups: dict[str, Counts]) -> None:
    assert attempts(name, groups) is None


@pytest.mark.parametrize(
    "last", ["6 or more", "6+", "6 and more", ">5", "more than 5", "at least 6", ">= 6", "6-99", "6 to 9", "6.0"]
)
def test_the_last_band_may_be_written_in_many_ways(last: str) -> None:
    groups = {("6 or more" if name == "6 or more" else name): counts for name, counts in FALLING.items()}
    groups[last] = groups.pop("6 or more")
    assert attempts("calls", groups) == Attempts("1", last, True)


def test_a_lead_that_was_never_called_is_no_attempt() -> None:
    assert attempts("calls", {"0": Counts(1, 500), **FALLING}) == Attempts("1", "6 or more", True)


def test_the_far_end_of_many_calls_is_not_looked_at() -> None:
    groups = {str(number): Counts(2048 >> number, 8192 >> number) for number in range(1, 12)}
    # Of 8,184 leads all but 5 in 100 were called no more than 5 times; the last of them stands for the many.
    assert attempts("calls", groups | {"5": Counts(1, 256)}) == Attempts("1", "5", True)


CALLED = charter_of(stages=("lead", "won"), segments=("calls",))


def called(key: str) -> list[Lead]:
    return [
        lead
        for calls, counts in FALLING.items()
        for source, part in (("webinar", 2), ("cold call", 2))
        for lead in many(counts.hits // part, counts.total // part, source=source, **{key: calls})
    ]


def test_a_rate_that_falls_with_calls_is_told_as_survivorship_and_never_as_advice() -> None:
    finding = every(called("calls"), CALLED)["by_calls"]
    assert finding.claim == (
        f"The share that reached won falls with calls: {rate(Counts(150, 1000))} at 1 (n = 1,000), "
        f"{rate(Counts(6, 200))} at 6 or more (n = 200) (95% intervals; p < 0.001). That is survivorship: whoever "
        "converts is not tried again, so a high number marks the leads that had not converted yet. Such a fall appears "
        "even where attempts change nothing; what they change cannot be seen here. It is no advice to make fewer "
        "attempts."
    )
    assert (finding.verdict, finding.differs) == ("measured", False)


def test_a_number_that_is_not_called_an_attempt_is_only_suspected_of_being_one() -> None:
    finding = every(called("size"), SIZED)["by_size"]
    assert ". If size counts attempts, such as calls, that is survivorship: whoever converts" in finding.claim


# Accounts


def in_accounts(size: int, per_source: int = 25) -> list[Lead]:
    """Accounts that win all of their leads or nearly none, each of one source: three, ten and five of 25 do."""
    found = []
    for source, winners in (("webinar", 3), ("cold call", 10), ("trade show", 5)):
        for number in range(per_source):
            hits = size if number < winners else 0
            found += many(hits, size, source=source, account_id=f"{source} {number}")
    return found


def test_leads_of_one_account_are_no_reason_to_claim_a_difference() -> None:
    leads = in_accounts(20)
    groups = [Counts(200, 500), Counts(100, 500), Counts(60, 500)]
    assert homogeneity(groups) < 1e-6
    found = every(leads)
    told = clustered_in(leads)
    chance, effect = homogeneous(told, CELLS).pvalue, mean_effect(told, CELLS)
    assert 0.05 < chance < 0.2
    assert found["conversion"].claim == (
        f"No difference between the 3 known sources is shown (p = {chance:.3f}, leads of one account faring alike, "
        f"with a design effect of {effect:.1f}), which is not the same as none; together they convert at "
        f"{rate(Counts(360, 1500))} (95% interval, leads counted singly, n = 1,500)."
    )
    assert not found["conversion"].differs
    assert found["rank"].claim.startswith("Any of the 3 sources may be the best: ")
    assert (
        f"Leads of one account fare alike: 1,500 of them tell as much as {1500 / effect:,.0f} that have nothing to do "
        f"with one another (design effect {effect:.2f}). The tests allow for it (Rao and Scott); the interval beside "
        f"each rate counts leads singly, and would have to be about {effect**0.5:.1f} times as wide."
    ) in found["conversion"].notes
    without = every([{key: one for key, one in lead.items() if key != "account_id"} for lead in leads])
    assert "by more than chance explains (p < 0.001)" in without["conversion"].claim
    assert not any("account" in note for finding in without.values() for note in finding.notes)


CELLS = {name: [(name,)] for name in ("webinar", "cold call", "trade show")}


def clustered_in(leads: list[Lead]) -> Clusters:
    return clusters_of((lead["account_id"], (lead["source"],), "won" in lead) for lead in leads)


def test_shrunken_rates_and_places_rest_on_as_many_leads_as_tell_as_much() -> None:
    leads = in_accounts(20)
    effect = mean_effect(clustered_in(leads), CELLS)
    shrunk = every(leads)["shrunk"]
    fewer = [Counts(round(hits * round(500 / effect) / 500), round(500 / effect)) for hits in (200, 100, 60)]
    want = shrink(fewer)
    got = dict(shrunk.estimates)[(("source", "cold call"),)]
    assert (got.value, got.low, got.high) == pytest.approx(
        (want.estimates[0].value, want.estimates[0].low, want.estimates[0].high)
    )
    assert (got.n, got.hits) == (500, 200)
    assert (
        "Leads of one account fare alike, so all this rests on as many fewer leads of each source as tell as much "
        f"(design effect {effect:.2f}); counted are all of them."
    ) in shrunk.notes


def test_sources_stand_apart_only_where_they_do_counted_by_account() -> None:
    sized = [lead | {"size": "small" if place % 2 else "large"} for place, lead in enumerate(in_accounts(20, 60))]
    sized += [lead | {"size": "large", "account_id": f"o {place}"} for place, lead in
              enumerate(many(1800, 2000, source="organic search"))]  # fmt: skip
    found = every(sized, SIZED)
    told = found["conversion"].claim
    assert "organic search (" in told
    assert "converted more often" in told
    adjusted = dict(found["adjusted"].estimates)[(("source", "cold call"),)]
    plain = every([{key: one for key, one in lead.items() if key != "account_id"} for lead in sized], SIZED)
    singly = dict(plain["adjusted"].estimates)[(("source", "cold call"),)]
    assert adjusted.value == singly.value
    assert adjusted.high - adjusted.low > 2 * (singly.high - singly.low)
    assert any(
        note.startswith("Leads of one account may fare alike: each interval") for note in found["adjusted"].notes
    )
    assert found["by_size"].notes[2].startswith("Leads of one account ")


def test_accounts_of_fewer_than_half_of_the_leads_have_no_say() -> None:
    leads = [lead if place % 3 == 0 else {key: one for key, one in lead.items() if key != "account_id"}
             for place, lead in enumerate(in_accounts(20))]  # fmt: skip
    assert "account" not in sources(leads).claim


def test_accounts_with_a_lead_each_change_next_to_nothing() -> None:
    leads = [lead | {"account_id": f"a {place}"} for place, lead in enumerate(APART)]
    told, plain = every(leads), every(APART)
    assert told["conversion"].claim == plain["conversion"].claim
    assert told["shrunk"].estimates == plain["shrunk"].estimates
    assert any(note.endswith("and it changes next to nothing.") for note in told["conversion"].notes)


# Nobody, or everybody


@pytest.mark.parametrize(
    ("hits", "because"),
    [
        (
            0,
            "no lead with a known source reached won within 90 days: it is too early, or the stage won is not mapped "
            "as the CRM keeps it.",
        ),
        (
            100,
            "every lead with a known source reached won within 90 days: no rate can differ, or the stage won is not "
            "mapped as the CRM keeps it.",
        ),
    ],
)
def test_where_nobody_or_everybody_converted_nothing_is_compared(hits: int, because: str) -> None:
    found = every([*many(hits, 100, source="webinar"), *many(hits, 100, source="cold call")], charter_of())
    for code in ("conversion", "shrunk", "rank", "adjusted"):
        assert (found[code].verdict, found[code].because) == ("not_enough_data", because)
    # Where leads are lost can still be told.
    assert found["steps"].verdict == "measured"


# Batches


def test_a_batch_that_stands_apart_is_marked_where_it_is_named() -> None:
    leads = [*arriving("webinar", range(1, 13), 10, 50), *arriving("cold call", range(3, 4), 60, 100)]
    found = every(leads)
    assert found["conversion"].claim.endswith(" cold call came in a batch: see sources.batches.")
    assert found["rank"].claim.endswith(" cold call came in a batch: see sources.batches.")
    note = (
        "cold call came in a batch, or only in some months: what is said of it is also said of those months (see "
        "sources.batches)."
    )
    assert all(note in found[code].notes for code in ("conversion", "rank"))


def arriving(source: str, months: range, hits: int, n: int) -> list[Lead]:
    return [lead for month in months for lead in many(hits, n, source=source, day=dt.date(2025, month, 5))]


def test_a_source_that_came_in_a_batch_is_told_with_what_is_left_within_its_months() -> None:
    leads = [*arriving("webinar", range(1, 13), 10, 50), *arriving("cold call", range(3, 4), 10, 100)]
    finding = every(leads)["batches"]
    assert finding.question == (
        "Did any source come in a batch, so that what is said of it is also said of those months?"
    )
    within = dict(finding.estimates)[(("source", "cold call"),)]
    crude = compare(Counts(10, 100), Counts(120, 600)).difference
    assert (within.unit, within.n) == ("difference", 150)
    assert finding.claim == (
        "All 100 leads of cold call came in 2025-03, as did 8.3% of all others: what is said of cold call is also "
        f"said of those months; within the same months the difference to the others is {points(within)}, as they come "
        f"{points(crude)}."
    )
    assert finding.notes == (
        RULE,
        "Within the same months: the difference to all other known sources, month by month and put together by "
        "Mantel and Haenszel (95% interval). Only months that have leads of both say anything.",
        "Where a source and its months cannot be taken apart, neither a high rate of it nor a low one is news.",
    )


RULE = (
    "A source counts as a batch where nine tenths of its leads came in a run of at most a quarter of all months, or "
    "of one month, that holds at most half that share of all others; or in a run of any length that holds none of them."
)


def test_sources_that_never_met_cannot_be_taken_apart_from_their_months() -> None:
    leads = [*arriving("webinar", range(1, 7), 10, 50), *arriving("cold call", range(7, 13), 5, 50)]
    claim = every(leads)["batches"].claim
    assert claim.count("no month has leads of it and of others, so source and months cannot be taken apart") == 2


def test_the_few_that_came_at_other_times_are_not_told_by_the_rest() -> None:
    leads = [
        *arriving("webinar", range(1, 13), 10, 50), *arriving("cold call", range(3, 4), 10, 100),
        *arriving("cold call", range(9, 10), 0, 3), *arriving("trade show", range(4, 5), 10, 90),
        *arriving("trade show", range(9, 10), 0, 6),
    ]  # fmt: skip
    claim = every(leads)["batches"].claim
    assert claim.startswith("Nearly all 103 leads of cold call came in 2025-03, as did ")
    assert "90 of the 96 (93.8%) leads of trade show came in 2025-04, as did " in claim


def test_of_many_batches_the_largest_are_told() -> None:
    names = [f"source {month}" for month in range(1, 6)]
    leads = [lead for month, name in enumerate(names, 1) for lead in arriving(name, range(month, month + 1), 9, 50)]
    assert every(leads, of(TWO_STAGES, *names))["batches"].claim.endswith("2 more sources came so.")


def test_without_a_batch_that_is_said() -> None:
    finding = every(ALIKE)["batches"]
    assert finding.claim == "No source came in a batch, or only in months in which few others came."
    assert finding.notes == (RULE,)
    alone = every(many(9, 60, source="webinar"))["batches"]
    assert (alone.verdict, alone.claim) == ("does_not_apply", "Whether a source came in a batch cannot be told.")


# Steps


def test_each_step_is_told_by_source_and_never_tested() -> None:
    found = every([*many(60, 100, source="webinar"), *many(20, 100, source="cold call")], charter_of())
    finding = found["steps"]
    assert finding.question == "Where does each source lose its leads?"
    assert [(name, one.n, math.isnan(one.value)) for name, one in finding.estimates] == [
        ((("source", "cold call"), ("step", "lead to mql")), 100, False),
        ((("source", "cold call"), ("step", "mql to won")), 20, True),
        ((("source", "webinar"), ("step", "lead to mql")), 100, False),
        ((("source", "webinar"), ("step", "mql to won")), 60, False),
    ]
    assert finding.claim == (
        "Of the leads of all known sources, the step that the fewest take is that from lead to mql: "
        f"{rate(Counts(80, 200))} (95% interval, n = 200). How the steps differ by source is shown side by side, and "
        "not tested."
    )
    assert finding.notes == (
        "Each step by itself: of the leads that entered it at least 90 days before the end of the export, those that "
        "took it in that time.",
    )


def test_a_funnel_of_one_step_has_no_steps_to_tell() -> None:
    assert "steps" not in every(ALIKE)
    alone = every(many(9, 60, source="webinar"), charter_of())["steps"]
    assert (alone.verdict, alone.claim) == ("does_not_apply", "The steps of the funnel cannot be compared by source.")


def test_where_there_are_too_few_leads_the_chapter_says_so_once() -> None:
    assert list(every(many(3, 20, source="webinar"))) == ["conversion"]


# The frame


def test_the_frame_of_segments_holds_what_the_findings_say() -> None:
    crm = crm_of([*APART, *many(1, 10)], TWO_STAGES)
    frame = am.segments(crm)
    found = every([*APART, *many(1, 10)])
    assert list(frame.index) == ["cold call", "organic search", "trade show", "unknown", "webinar"]
    assert frame.index.name == "source"
    for name, one in found["conversion"].estimates[1:]:
        assert (frame.loc[name[0][1], ["n", "hits"]] == [one.n, one.hits]).all()
    for name, one in found["shrunk"].estimates[1:]:
        assert tuple(frame.loc[name[0][1], ["shrunk", "shrunk_low", "shrunk_high"]]) == pytest.approx(
            (one.value, one.low, one.high), rel=1e-9
        )
    for name, one in found["share_of_wins"].estimates:
        assert tuple(frame.loc[name[0][1], ["share", "share_low", "share_high"]]) == (one.value, one.low, one.high)
    assert frame["best"].sum() == pytest.approx(1)
    assert frame.loc["unknown"].isna()[["shrunk", "pvalue", "rank_low", "best", "days", "amount", "cost"]].all()
    assert (frame["all_low"].dropna() <= frame["low"].drop("unknown")).all()


def test_the_frame_can_be_by_two_columns_and_knows_costs_only_where_they_are() -> None:
    leads = [*many(60, 100, source="webinar", size="small"), *many(20, 100, source="cold call", size="large")]
    crm = replace(crm_of(leads, SIZED), spend=spend((JANUARY, "webinar", 600.0)))
    pairs = am.segments(crm, by=("source", "size"))
    assert pairs.index.names == ["source", "size"]
    assert pairs["cost"].isna().all()
    assert am.segments(crm)["cost"].to_dict() == pytest.approx({"cold call": math.nan, "webinar": 10.0}, nan_ok=True)
    assert am.segments(crm, "quarter").index.tolist() == ["2026Q1"]
    with pytest.raises(ValueError, match=r"^unknown key 'weather'; leads can be broken down by "):
        am.segments(crm, "weather")


def test_the_frame_obeys_the_charter_on_small_groups() -> None:
    small = [*many(1, 3, source="webinar"), *many(1, 4, source="cold call"), *many(3, 20, source="organic search")]
    frame = am.segments(crm_of([*small, *many(40, 100, source="trade show")], TWO_STAGES))
    assert list(frame.index) == ["organic search", "trade show", "2 small groups"]
    assert frame["n"].tolist() == [20, 100, 7]
    assert frame.loc["trade show", "value"] == 0.4
    told = ["value", "low", "high", "shrunk", "pvalue", "rank_low", "rank_high", "best", "days", "amount"]
    assert frame.loc[["organic search", "2 small groups"], told].isna().all(axis=None)


def test_a_row_of_too_few_in_the_frame_is_counted_with_the_smallest_other() -> None:
    leads = [*many(1, 3, source="webinar"), *many(9, 40, source="cold call"), *many(40, 100, source="trade show")]
    frame = am.segments(crm_of(leads, TWO_STAGES))
    assert dict(zip(frame.index, frame["n"], strict=True)) == {"trade show": 100, "cold call and 1 small group": 43}
    assert len(am.segments(crm_of(many(1, 3, source="webinar"), TWO_STAGES))) == 0


def test_the_frame_allows_for_leads_of_one_account_faring_alike() -> None:
    leads = in_accounts(20)
    frame = am.segments(crm_of(leads, TWO_STAGES))
    plain = am.segments(
        crm_of([{k: one for k, one in lead.items() if k != "account_id"} for lead in leads], TWO_STAGES)
    )
    assert plain.loc["trade show", "pvalue"] < 0.05 < frame.loc["trade show", "pvalue"]
    assert plain.loc["webinar", "rank_low"] == 3
    assert frame.loc["webinar", "rank_low"] < 3


def test_the_frame_of_an_empty_export_is_empty() -> None:
    frame = am.segments(crm_of([], TWO_STAGES))
    assert len(frame) == 0
    assert {"n", "value", "shrunk", "rank_low", "cost_high"} <= set(frame.columns)


# On the page


def test_the_page_draws_the_rates_together_and_each_step_once() -> None:
    charter = charter_of()
    found = list(every(APART, charter).values())
    captions = [picture.caption for picture in pictures("sources", found, charter)]
    assert captions == [
        "Which sources bring leads that reach won within 90 days? By source, each with its 95% interval.",
        "Where does each source lose its leads? Each step of the funnel with its 95% interval.",
        "What share of each source's leads reaches won within 90 days, as best guessed in the light of the other "
        "sources? Ring: as counted; point: drawn to the others, with its 95% interval.",
    ]


def test_places_are_whole_numbers_on_the_page_and_the_best_comes_first() -> None:
    finding = every(APART)["rank"]
    places = [(name, one) for name, one in finding.estimates if len(name) == 1]
    shown = wording.shown(("source",), places)
    assert shown[0][0] == (("source", "webinar"),)
    assert [one.value for _, one in shown] == sorted(one.value for _, one in places)
    one = shown[0][1]
    assert wording.interval(one) == f"[{one.low:.0f}, {one.high:.0f}]"
    best = next(one for name, one in finding.estimates if len(name) == 2)
    assert breakdowns.row(("x",), best, 30).interval == ""


def test_every_method_of_the_chapter_is_explained() -> None:
    leads = [lead | {"size": "small"} for lead in APART]
    found = every(leads, replace(SIZED, sources=TAGGED.sources), spend=spend((JANUARY, "webinar", 600.0)))
    assert [method.name for method in methods(found.values()) if not method.does] == []
