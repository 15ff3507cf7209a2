"""What the three articles claim: each claim has its finding, its fate and, where there is one, our own number."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pytest
from engines import AS_OF, charter_of, crm_of
from test_benchmark_findings import OLD, TWO_STAGES, called, with_survey, with_teams

from alignment_metrics.charter import Agreement, Charter, Goal, Source, Team, Year
from alignment_metrics.crm import Crm
from alignment_metrics.exports import read_export
from alignment_metrics.findings import audit
from alignment_metrics.findings.claims import claims
from alignment_metrics.findings.claims.told import CHAPTERS
from alignment_metrics.findings.words import share
from alignment_metrics.published import GRADES, article, articles, citation, citations
from alignment_metrics.report.chapters import CHAPTERS as HEADINGS
from alignment_metrics.stats.differences import ratio
from alignment_metrics.stats.rates import rate
from alignment_metrics.values import Counts, Estimate, Finding

STATED = "as stated in the charter"
NOBODY = crm_of([], TWO_STAGES)


def every(crm: Crm) -> dict[str, Finding]:
    return {one.code.removeprefix("claims."): one for one in claims(crm)}


def in_years(last: Year, before: Year | None = None, charter: Charter = TWO_STAGES) -> Crm:
    """An export without leads, whose charter states this of the last year and of the year before."""
    organisation = replace(charter.organisation, year=last, year_before=before or Year())
    return crm_of([], replace(charter, organisation=organisation))


def shown(finding: Finding) -> Estimate:
    (name, ours), *_ = finding.estimates
    assert name == ()
    return ours


# Every claim


@pytest.fixture(scope="module")
def sample(root: Path) -> dict[str, Finding]:
    return {one.code: one for one in audit(read_export(root / "data" / "sample" / "hubspot"))}


def test_no_claim_of_an_article_is_an_orphan(sample: dict[str, Finding]) -> None:
    claimed = {one.citation for one in articles()}
    assert claimed >= {one.id for one in citations() if one.articles}
    assert len(articles()) == len(claimed)
    assert [code for code in sample if code.startswith("claims.")] == [f"claims.{one.citation}" for one in articles()]


def test_each_claim_names_its_article_its_year_and_the_grade_of_its_source(sample: dict[str, Finding]) -> None:
    for one in articles():
        cited, of = citation(one.citation), article(one.article)
        finding = sample[f"claims.{one.citation}"]
        assert finding.question == (
            f"{one.claim} ({of.publisher}, {of.year or 'no year'}, grade {cited.grade}.) What is behind that, and what "
            "do we see of it?"
        )
        assert f"Grade {cited.grade}: {GRADES[cited.grade]}." in finding.notes
        assert finding.benchmark is not None
        assert finding.benchmark.citation == cited
        assert finding.benchmark.against is None


def test_each_claim_meets_its_fate(sample: dict[str, Finding]) -> None:
    fates = {
        "compared": {"measured"},
        "definition": {"measured"},
        "context": {"not_comparable"},
        "warning": {"not_comparable"},
    }
    for one in articles():
        finding = sample[f"claims.{one.citation}"]
        assert finding.verdict in fates[one.fate], one.citation
        if one.fate == "warning":
            assert finding.because is not None
            assert finding.because.startswith("it is quoted only to warn (grade D")
        if one.fate == "context":
            assert finding.because is not None
            assert finding.because.startswith("it may be shown but not scored against")


def test_where_a_claim_is_asked_of_our_own_data_there_is_a_finding(sample: dict[str, Finding]) -> None:
    goals = re.compile(r"agreement\.(volume|speed|rate)_")
    for one in articles():
        assert [code for code in one.seen_in if code not in sample and not goals.match(code)] == [], one.citation
    for finding in sample.values():
        if finding.chapter == "claims":
            named = re.findall(r"\b(?:[a-z_]+)\.(?:[a-z_]+)\b", " ".join((finding.claim, *finding.notes)))
            chapters = {code.partition(".")[0] for code in sample}
            assert [name for name in named if name.partition(".")[0] in chapters and name not in sample] == []


def test_no_sentence_of_a_claim_bears_the_code_of_a_finding(sample: dict[str, Finding]) -> None:
    chapters = "|".join({code.partition(".")[0] for code in sample})
    for finding in sample.values():
        if finding.chapter == "claims":
            told = " ".join((finding.claim, finding.because or "", *finding.notes))
            assert re.findall(rf"\b(?:{chapters})\.[a-z_]+", told) == [], finding.code


def test_the_chapters_that_a_claim_names_are_headed_so_on_the_page() -> None:
    assert {code: HEADINGS[code].casefold()[: len(name)] for code, name in CHAPTERS.items()} == CHAPTERS
    assert {code.partition(".")[0] for one in articles() for code in one.seen_in} == set(CHAPTERS)


# Relative claims


def test_more_proposals_won_is_a_relative_change_with_its_arithmetic() -> None:
    crm = in_years(Year(proposals=100, proposals_won=29), Year(proposals=100, proposals_won=21))
    finding = every(crm)["mathmarketing-close"]
    times = ratio(Counts(29, 100), Counts(21, 100))
    assert finding.verdict == "measured"
    mine = shown(finding)
    assert (mine.value, mine.low, mine.high, mine.n) == (times.value - 1, times.low - 1, times.high - 1, 200)
    assert (mine.unit, mine.method) == ("relative_change", times.method)
    assert finding.estimates[1:] == (
        ((("year", "before"),), rate(Counts(21, 100))),
        ((("year", "last"),), rate(Counts(29, 100))),
    )
    assert finding.claim == (
        "In the last year proposals won were 29 of 100 proposals (29.0%), in the year before proposals won were 21 of "
        "100 proposals (21.0%): +38.1% as a relative change, [-14.7%, +125.1%] (95% interval). The published +38% lies "
        "within that interval. 38% more of our 21.0% would be 29.0%, and not 59.0%."
    )
    # It is compared, as the relative change that it is, with what parts the two.
    told = " ".join((finding.claim, *finding.notes))
    assert "Two relative changes are compared, and not of the same kind" in told
    assert "scored" not in told
    assert any("went together" in note for note in finding.notes)


def test_fewer_customers_lost_is_not_as_many_more_kept() -> None:
    last, before = (Year(customers=1000, customers_lost=lost + 150, lost_to_competitors=lost) for lost in (30, 100))
    finding = every(in_years(last, before))["mathmarketing-churn"]
    assert finding.verdict == "measured"
    assert "-70% as a relative change" in finding.claim
    assert "All of that interval lies below the published -36%." in finding.claim
    assert finding.claim.endswith(
        "36% fewer lost to competitors would turn our 10.0% into 6.4%: 78.6% of all customers kept instead of 75.0%, "
        "which is 4.8% more kept, and not 36%."
    )
    (more,) = [
        every(in_years(last, before))["mathmarketing-close"].claim
        for last, before in [
            (Year(proposals=1000, proposals_won=900), Year(proposals=1000, proposals_won=300)),
        ]
    ]
    assert "All of that interval lies above the published +38%." in more


def test_one_year_alone_gives_the_arithmetic_and_says_what_is_missing() -> None:
    finding = every(in_years(Year(proposals=100, proposals_won=50)))["mathmarketing-close"]
    assert finding.verdict == "not_comparable"
    assert finding.estimates == (((("year", "last"),), rate(Counts(50, 100))),)
    assert finding.claim == (
        "No relative change of ours can be set beside +38% yet. 38% more of our 50.0% would be 69.0%, and not 88.0%."
    )
    assert finding.because == (
        "it takes the same rate of two years, and the charter does not state them all; add proposals_won and proposals "
        "to [organisation.year_before]."
    )


def test_a_share_that_cannot_grow_so_much_is_not_said_to() -> None:
    finding = every(in_years(Year(proposals=10, proposals_won=9)))["mathmarketing-close"]
    assert finding.claim.endswith("38% more of our 90.0% would be more than all of them.")


@pytest.mark.parametrize(
    ("last", "before"),
    [
        (Year(proposals=10, proposals_won=1), Year(proposals=10, proposals_won=0)),
        (Year(proposals=0, proposals_won=0), Year(proposals=10, proposals_won=5)),
    ],
)
def test_nothing_changes_relatively_to_nothing(last: Year, before: Year) -> None:
    finding = every(in_years(last, before))["mathmarketing-close"]
    assert (finding.verdict, finding.because) == (
        "not_comparable",
        "the charter has 0 proposals won or proposals in one of the two years, and nothing is so many per cent more "
        "than nothing.",
    )


def test_without_any_figure_a_relative_claim_asks_for_them() -> None:
    finding = every(NOBODY)["mathmarketing-churn"]
    assert finding.claim == "No relative change of ours can be set beside -36% yet."
    assert finding.because == (
        "it takes the same rate of two years, and the charter does not state them all; add lost_to_competitors and "
        "customers to [organisation.year] and lost_to_competitors and customers to [organisation.year_before]."
    )


# What is shown and not scored


def test_growth_is_shown_beside_that_of_classes_that_are_made_by_growth() -> None:
    found = every(in_years(Year(revenue_growth=0.12)))
    for id in ("aberdeen-30pct", "aberdeen-minus7"):
        finding = found[id]
        assert finding.verdict == "not_comparable"
        assert shown(finding) == Estimate(0.12, 0.12, 0.12, 1, "relative_change", STATED, 0.95)
        assert finding.claim == f"Ours is shown beside it, and not scored: +12% ({STATED}), revenue growth."
        said = " ".join(finding.notes)
        assert "Then the best class grew more because growth is what put a firm into it" in said
        assert "This one, of 2013, has +32% and -7%; the better known one, of 2010, has +20% and -4%." in said
        assert "went together" in said


def test_growth_on_top_of_that_of_the_industry_is_read_both_ways_and_scored_neither() -> None:
    finding = every(in_years(Year(revenue_growth=0.12, industry_growth=0.08)))["mathmarketing-growth"]
    ours = shown(finding)
    assert (ours.value, ours.unit) == (pytest.approx(0.04), "difference")
    assert finding.claim == (
        "Ours is shown beside it, and not scored: +4 points (as stated in the charter), revenue growth (+12%) less "
        "industry growth (+8%). As a relative change that is +50%. Whether the 5.4% are points or a relative change "
        "has never been settled, so ours is not scored against it."
    )
    shrinking = every(in_years(Year(revenue_growth=0.02, industry_growth=-0.01)))["mathmarketing-growth"]
    assert shrinking.claim.endswith("industry growth (-1%).")
    alone = every(in_years(Year(revenue_growth=0.02)))["mathmarketing-growth"]
    assert alone.claim == "Nothing of ours can be shown beside it yet."
    assert (
        "To see ours beside it: the charter does not state it; add industry_growth to [organisation.year]."
        in alone.notes
    )


def test_people_and_spending_are_shown_as_the_charter_states_them() -> None:
    crm = in_years(
        Year(marketing_cost=400_000.0, sales_cost=1_600_000.0),
        charter=with_teams(TWO_STAGES, marketing=Team(people=10), sales=Team(people=40)),
    )
    found = every(crm)
    assert found["more-sellers-than-marketers"].claim == (
        f"Ours is shown beside it, and not scored: 0.25 ({STATED}), people of marketing (10) divided by people of "
        "sales (40)."
    )
    assert found["overinvest-in-sales"].claim == (
        f"Ours is shown beside it, and not scored: 20% ({STATED}), marketing cost (400,000) divided by marketing cost "
        "(400,000) plus sales cost (1,600,000)."
    )


def tagged(**bought: int) -> Crm:
    sources = {
        name: Source(name, "outbound", {} if name == "odd" else {"ownership": name})
        for name in ("own", "bought", "odd")
    }
    leads = [
        {"lead": OLD, "source": name, "direction": "outbound"} | ({} if name == "odd" else {"ownership": name})
        for name, n in bought.items()
        for _ in range(n)
    ]
    return crm_of(leads, charter_of(stages=("lead", "won"), sources=sources))


def test_the_share_of_bought_leads_is_counted_where_the_charter_does_not_state_it() -> None:
    found = every(tagged(own=150, bought=50, odd=7))
    finding = found["barometre-50-outsource-30"]
    assert finding.estimates == (((), rate(Counts(50, 200))),)
    assert finding.claim == (
        f"Ours is shown beside it, and not scored: {rate(Counts(50, 200))} (95% interval, n = 200), leads from bought "
        "sources, of all leads. If the claim is right, that is less than the firm in the middle; nothing more follows "
        "from it."
    )
    assert "7 more came by sources that do not say whether they were bought; they are left out." in finding.notes
    assert finding.sql
    assert found["nearly-all-outsource"].estimates == finding.estimates
    crm = tagged(own=150, bought=50)
    organisation = replace(crm.charter.organisation, year=Year(leads_bought=0.3))
    stated = every(replace(crm, charter=replace(crm.charter, organisation=organisation)))["barometre-50-outsource-30"]
    assert shown(stated) == Estimate(0.3, 0.3, 0.3, 1, "share", STATED, 0.95)
    assert "that is as much as the firm in the middle" in stated.claim
    more = every(in_years(Year(leads_bought=0.5)))["barometre-50-outsource-30"]
    assert "that is more than the firm in the middle" in more.claim


def test_bought_leads_that_are_few_or_not_tagged_are_not_shown() -> None:
    few = every(tagged(own=10, bought=2))["barometre-50-outsource-30"]
    assert (few.claim, few.estimates) == ("Nothing of ours can be shown beside it yet.", ())
    assert few.notes[-1] == (
        "To see ours beside it: the sources of 12 of the leads tell it, and the charter asks for 30 leads."
    )
    none = every(NOBODY)["barometre-50-outsource-30"]
    assert none.notes[-1] == (
        "To see ours beside it: the charter does not state it; add leads_bought to [organisation.year]."
    )


def test_channels_are_the_sources_that_brought_a_lead_where_the_charter_does_not_state_them() -> None:
    finding = every(tagged(own=20, bought=20, odd=1))["barometre-five-levers"]
    assert shown(finding) == Estimate(3.0, 3.0, 3.0, 41, "count", "count", 0.95)
    assert finding.claim == (
        "Ours is shown beside it, and not scored: 3 (count, n = 41), different sources that brought a lead."
    )
    stated = every(in_years(Year(channels=7)))["barometre-five-levers"]
    assert shown(stated).value == 7
    few = every(tagged(own=3))["barometre-five-levers"]
    assert few.claim == "Nothing of ours can be shown beside it yet."


def test_what_our_own_people_answer_is_shown_beside_what_others_are_said_to() -> None:
    given = [("marketing", "collaboration", "agree", 8), ("sales", "collaboration", "disagree", 12)]
    finding = every(with_survey(NOBODY, given))["collab-87pct"]
    assert finding.verdict == "not_comparable"
    assert [name for name, _ in finding.estimates] == [(("team", "marketing"),), (("team", "sales"),)]
    assert finding.claim.startswith("Ours is shown beside it, each team by itself, and not scored: marketing ")
    assert "Asked of our own data in the chapter on what people say." in finding.notes
    silent = every(NOBODY)["collab-87pct"]
    assert silent.notes[-1] == (
        "To see ours beside it: there is no survey.csv with what our own people say; the command questionnaire writes "
        "one to send to both teams."
    )
    assert not any("what people say." in note for note in silent.notes if note.startswith("Asked"))


def test_a_claim_beside_which_nothing_belongs_says_where_our_data_speak_of_it() -> None:
    found = every(crm_of([], charter_of(stages=("lead", "mql", "sal", "won"))))
    assert found["sales-reject-misfit"].claim == (
        "No number of ours belongs beside it; what our own data show of the matter is told in the chapter on "
        "conversion."
    )
    assert every(NOBODY)["sales-reject-misfit"].claim == "No number of ours belongs beside it."
    # Whatever the stages are called here.
    charter = called(charter_of(stages=("lead", "fit", "taken", "won")), fit="mql", taken="sal")
    assert every(crm_of([], charter))["sales-reject-misfit"].claim == found["sales-reject-misfit"].claim
    assert found["companeo-30000"].claim == "No number of ours belongs beside it."


def test_claims_on_inbound_are_asked_of_our_own_leads_without_a_number_to_repeat() -> None:
    found = every(NOBODY)
    for id in ("inbound-cheaper", "inbound-more-likely-to-buy"):
        assert (found[id].verdict, found[id].estimates) == ("measured", ())
        assert found[id].claim == (
            "The article gives no number, so there is none to compare with: what it says of others is tested on our "
            "own leads, in the chapter on inbound and outbound."
        )
    loyal = found["inbound-more-loyal"]
    assert (loyal.verdict, loyal.estimates) == ("not_comparable", ())
    assert loyal.claim.endswith("is told in the chapter on inbound and outbound.")


# Ways of working


GOALS = (
    Goal("volume", "lead", None, 50, every="week"),
    Goal("speed", "lead", "won", 0.9, within_days=3),
    Goal("rate", "lead", "won", 0.3, within_days=90),
)


def agreed(*goals: Goal) -> Crm:
    agreement = Agreement(signed=AS_OF - dt.timedelta(days=300), goals=goals)
    return crm_of([], replace(TWO_STAGES, agreement=agreement))


def test_what_an_article_recommends_is_checked_where_something_was_agreed() -> None:
    found = every(agreed(*GOALS))
    assert found["sla-50-leads"].verdict == "measured"
    assert found["sla-50-leads"].claim == (
        "A way of working to agree on, and no number to reach: whether ours is kept is told in the chapter on what was "
        "agreed."
    )
    assert found["review-cadence"].claim == found["acton-questions"].claim == found["sla-50-leads"].claim


def test_nothing_agreed_is_nothing_to_check() -> None:
    found = every(NOBODY)
    for id in ("sla-50-leads", "sla-yearly-update", "review-cadence", "acton-questions"):
        assert (found[id].verdict, found[id].because, found[id].claim) == (
            "does_not_apply",
            "nothing has been agreed: add [agreement] to the charter.",
            "A way of working to agree on, and no number to reach; nothing of ours can be checked yet.",
        )
    bare = every(agreed())["sla-50-leads"]
    assert (bare.verdict, bare.because) == (
        "does_not_apply",
        "the agreement has no such goal; add one to [agreement].",
    )


def test_fifty_leads_a_week_are_three_promises_and_show_little() -> None:
    *_, three, little = every(agreed(*GOALS))["sla-50-leads"].notes
    assert three.startswith("It holds three promises, each with a test of its own")
    assert little == (
        "What 50 leads can show: where half of them qualify, the rate of one week is known to about 14 points either "
        "way (95% interval), so a single week tells little about the rate."
    )


def test_agreed_definitions_are_checked_with_or_without_an_agreement() -> None:
    finding = every(NOBODY)["aberdeen-2014-common-definitions"]
    assert (finding.verdict, finding.claim) == (
        "measured",
        "An agreed definition is checked on paper, and is no score: the charter does not say of lead and won who owns "
        "it and what enters it.",
    )
    given = [("marketing", "same_definition", "yes", 8), ("sales", "same_definition", "yes", 5)]
    given += [("sales", "same_definition", "no", 15), ("marketing", "same_definition", "no", 2)]
    asked = every(with_survey(NOBODY, given))["aberdeen-2014-common-definitions"]
    assert asked.claim == (
        f"{finding.claim} Asked themselves, {share(rate(Counts(8, 10)))} of marketing (n = 10) and "
        f"{share(rate(Counts(5, 20)))} of sales (n = 20) say that both teams mean the same by a qualified lead."
    )
