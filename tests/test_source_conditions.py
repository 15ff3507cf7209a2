"""Our own number under the very conditions of the published one, and refused where it cannot be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import pytest
from engines import AS_OF, ENGINES, Lead, charter_of, crm_of
from test_benchmark_findings import (
    DAY,
    OLD,
    TWO_STAGES,
    answered,
    brought,
    found,
    through,
    told,
    with_survey,
    with_teams,
)
from test_claims import every, in_years

from alignment_metrics.charter import Charter, Definition, Entered, Source, Team, Year
from alignment_metrics.crm import Crm
from alignment_metrics.findings.benchmark.asked import Asked
from alignment_metrics.findings.benchmark.ranges import ranges
from alignment_metrics.measures import Late, Moved
from alignment_metrics.published import citations, comparables
from alignment_metrics.stats import census
from alignment_metrics.stats.means import mean
from alignment_metrics.stats.rates import rate
from alignment_metrics.tallies import tally
from alignment_metrics.values import Counts, Finding, Moments

HANDED = ("lead", "mql", "nurture", "sal", "sql", "won")
EXITS = ("refused",)


def handed(charter: Charter | None = None, /, **counts: int) -> Crm:
    """Leads handed over of which so many entered each place ten days later, and no other."""
    leads: list[Lead] = [
        {"lead": OLD, "mql": OLD} | ({} if place == "stayed" else {place: OLD + 10 * DAY})
        for place, n in counts.items()
        for _ in range(n)
    ]
    return crm_of(leads, charter or charter_of(stages=HANDED, exits=EXITS))


# Accepted, of those that were decided


def test_accepted_is_of_the_leads_on_which_it_was_decided_and_the_undecided_stand_beside() -> None:
    finding = told(handed(sal=60, sql=5, refused=35, nurture=40, stayed=60), "gartner-44-mql")
    assert finding.estimates == (((), rate(Counts(60, 100))),)
    assert finding.verdict == "higher"
    assert finding.claim.endswith(" Ours: mql to sal within 90 days, of those on which it was decided by then.")
    assert (
        "100 of 200 leads had entered none of these 90 days after mql: they are undecided, and in no total. Were they "
        "counted in the total, ours would be 30.0%." in finding.notes
    )
    assert len(finding.sql) == 2


def test_what_sales_acts_on_is_of_all_that_were_handed_over() -> None:
    finding = told(handed(sal=60, sql=5, refused=35, nurture=40, stayed=60), "aberdeen-2014-mql-sal")
    assert finding.estimates == (((), rate(Counts(60, 200))),)


def test_a_few_undecided_are_not_counted_aloud() -> None:
    finding = told(handed(sal=60, refused=35, stayed=2), "gartner-44-mql")
    assert (
        "fewer than 5 of 97 leads had entered none of these 90 days after mql: they are undecided, and in no total."
        in finding.notes
    )


@pytest.mark.parametrize(
    ("crm", "verdict", "because"),
    [
        (
            handed(charter_of(stages=HANDED), sal=60, stayed=40),
            "not_comparable",
            "it is of leads on which it was decided, and this funnel has no exits, so whoever was refused cannot be "
            "told from whoever still waits; name under exits of [funnel] what a refused lead enters.",
        ),
        (
            handed(sal=60, stayed=40),
            "not_comparable",
            "it is of leads on which it was decided, and none of ours left by an exit (refused), so whoever was "
            "refused cannot be told from whoever still waits; export what became of refused leads.",
        ),
        (
            handed(sal=10, refused=9, stayed=40),
            "not_enough_data",
            "19 of the leads that entered mql at least 90 days before the end of the export had entered sal, a later "
            "stage or an exit 90 days later, and the charter asks for 30.",
        ),
        (
            handed(sal=1, refused=2, stayed=40),
            "not_enough_data",
            "fewer than 5 of the leads that entered mql at least 90 days before the end of the export had entered sal, "
            "a later stage or an exit 90 days later, and the charter asks for 30.",
        ),
        (
            handed(stayed=40),
            "not_enough_data",
            "none of the leads that entered mql at least 90 days before the end of the export had entered sal, a later "
            "stage or an exit 90 days later, and the charter asks for 30.",
        ),
        (
            handed(sal=10, refused=9),
            "not_enough_data",
            "only 19 leads entered mql at least 90 days before the end of the export, and the charter asks for 30.",
        ),
    ],
)
def test_where_it_cannot_be_told_who_was_refused_accepted_is_of_nothing(crm: Crm, verdict: str, because: str) -> None:
    finding = told(crm, "gartner-44-mql")
    assert (finding.verdict, finding.because) == (verdict, because)
    assert finding.estimates == ()


def test_all_that_were_handed_over_may_have_been_accepted() -> None:
    assert told(handed(sal=60), "gartner-44-mql").estimates == (((), rate(Counts(60, 60))),)


def test_a_funnel_without_acceptance_has_no_share_that_was_accepted() -> None:
    because = told(crm_of([], TWO_STAGES), "gartner-44-mql").because
    assert because is not None
    assert because.startswith("no stage of this funnel is 'mql' (it has lead, won)")


@pytest.mark.parametrize("engine", ENGINES)
def test_whoever_moved_from_a_stage_on_and_whoever_came_late_are_counted_as_by_hand(engine: str) -> None:
    cases: Sequence[tuple[str | None, int]] = [
        ("nurture", 1),
        ("sal", 0),
        ("sal", 90),
        ("sal", 91),
        ("won", 5),
        ("won", 120),
        ("refused", 90),
        ("refused", 91),
        (None, 0),
    ]
    leads = [{"mql": OLD} | ({place: OLD + days * DAY} if place else {}) for place, days in cases]
    leads += [{"mql": AS_OF - 89 * DAY, "won": AS_OF}]
    crm = crm_of(leads, charter_of(stages=HANDED, exits=EXITS), engine=engine)
    later = ("sal", "sql", "won", "refused")
    decided = sum(place in later and days <= 90 for place, days in cases)
    assert tally(crm, Moved("mql", 90, "sal")).counts() == Counts(decided, 9) == Counts(4, 9)
    assert tally(crm, Moved("mql", 90)).counts() == Counts(5, 9)
    for stop, late in (("sal", 1), ("won", 1), ("refused", 1), ("sql", 0)):
        by_hand = sum(place == stop and days > 90 for place, days in cases)
        assert tally(crm, Late("mql", stop, 90)).counts() == Counts(by_hand, 9) == Counts(late, 9)


def test_a_stage_that_a_funnel_lacks_is_asked_of_nobody() -> None:
    crm = handed(sal=1)
    for measure in (Moved("mql", 90, "demo"), Late("mql", "demo", 90)):
        with pytest.raises(ValueError, match=r"unknown stage 'demo'; this funnel has lead, mql"):
            tally(crm, measure)


# As old as the way takes


CUT = "Ours is cut at 365 days, and some leads took longer: with more time it can only grow."


def test_a_rate_that_some_leads_come_too_late_for_is_said_to_be_cut() -> None:
    early, late = OLD - 400 * DAY, OLD
    leads: list[Lead] = [*[{"lead": early, "won": early + 10 * DAY}] * 20, *[{"lead": early}] * 79]
    some = told(crm_of([*leads, {"lead": early, "won": late}], TWO_STAGES), "sherpa-2009-lead-won")
    assert some.estimates == (((), rate(Counts(20, 100))),)
    assert CUT in some.notes
    assert CUT not in told(crm_of([*leads, {"lead": early}], TWO_STAGES), "sherpa-2009-lead-won").notes


def test_a_rate_of_one_source_is_cut_by_the_leads_of_that_source_alone() -> None:
    early = OLD - 400 * DAY
    leads = [{"lead": early, "won": early + DAY, "source": "webinar"}] * 50
    leads += [{"lead": early, "won": OLD, "source": "cold call"}]
    notes = told(crm_of(leads, TWO_STAGES), "implisit-lead-won-webinar").notes
    assert not any(note.startswith("Ours is cut") for note in notes)


def test_wins_are_of_leads_that_have_had_the_time_that_a_win_takes() -> None:
    days = {one.citation.id: one.terms.get("at_least_days") for one in comparables()}
    for id in ("topo-2017-sql-won", "sherpa-2009-lead-won", "sherpa-2009-qualified-won"):
        assert days[id] == 365
    assert {age for id, age in days.items() if id.startswith("implisit-opp-won")} == {120}


def test_a_range_is_of_leads_as_old_as_the_most_patient_source_asks() -> None:
    patient = {"topo-2017-sql-won": 100, "sherpa-2009-qualified-won": 400}
    both = [
        replace(one, terms=MappingProxyType({**one.terms, "at_least_days": patient[one.citation.id]}))
        for one in comparables()
        if one.citation.id in patient
    ]
    crm = crm_of(through({"sql": 60, "won": 15}), charter_of(stages=("lead", "sql", "won")))
    (finding,) = ranges(both, Asked(crm))
    assert finding.claim.endswith(" Ours: sql to won within 400 days.")


# What marketing brought of what sales worked


def test_with_half_of_the_leads_unknown_nothing_is_alike() -> None:
    known = {"marketing": 404, "sales": 1596}
    sure = brought(known)
    assert told(sure, "cso-source-2018").verdict == "no_difference_shown"
    because = (
        "2,000 of 4,000 leads came by sources that do not say who brought them, and with them the share may be "
        "anything from 10.1% to 60.1%; add brought_by to their sources."
    )
    for margin in (None, 0.03):
        crm = brought(known, unknown=2000)
        crm = replace(crm, charter=replace(crm.charter, policy=replace(crm.charter.policy, margin=margin)))
        finding = told(crm, "cso-source-2018")
        assert (finding.verdict, finding.because, finding.estimates) == ("not_comparable", because, ())
    alike = replace(sure, charter=replace(sure.charter, policy=replace(sure.charter.policy, margin=0.03)))
    assert told(alike, "cso-source-2018").verdict == "equivalent"


def test_a_few_unknown_leads_may_tip_the_scales_and_are_not_counted_aloud() -> None:
    tips = next(hits for hits in range(41, 60) if rate(Counts(hits, 200)).low > 0.202)
    assert told(brought({"marketing": tips, "sales": 200 - tips}), "cso-source-2018").verdict == "higher"
    finding = told(brought({"marketing": tips, "sales": 200 - tips}, unknown=4), "cso-source-2018")
    assert finding.because == (
        "fewer than 5 of 204 leads came by sources that do not say who brought them, and with them the share may be "
        "anything from a little less to a little more than what is known; add brought_by to their sources."
    )


def test_what_lies_below_without_the_unknown_must_lie_below_with_them() -> None:
    assert told(brought({"marketing": 20, "sales": 180}), "cso-source-2018").verdict == "lower"
    assert told(brought({"marketing": 20, "sales": 180}, unknown=40), "cso-source-2018").because == (
        "40 of 240 leads came by sources that do not say who brought them, and with them the share may be anything "
        "from 8.3% to 25.0%; add brought_by to their sources."
    )


@pytest.mark.parametrize("known", [{"marketing": 1, "sales": 199}, {"marketing": 199, "sales": 1}])
def test_a_share_does_not_give_away_a_single_lead(known: Mapping[str, int]) -> None:
    finding = told(brought(known), "cso-source-2018")
    assert (finding.verdict, finding.because, finding.estimates) == (
        "not_enough_data",
        "fewer than 5 leads are of one of the two kinds, and so few are not shown.",
        (),
    )
    assert told(brought({"sales": 200}), "cso-source-2018").estimates == (((), rate(Counts(0, 200))),)


def taken(stages: Sequence[str], counts: Mapping[str, int], **names: str) -> Crm:
    """Leads of marketing and sales in equal parts, of which so many entered each stage."""
    sources = {name: Source(name, "inbound", {"brought_by": name}) for name in ("marketing", "sales")}
    charter = charter_of(stages=stages, sources=sources)
    told = {stage: Definition(stands_for=name) for stage, name in names.items()}
    leads = through(counts, direction="inbound")
    mine = [
        {**lead, "source": name, "brought_by": name}
        for number, lead in enumerate(leads)
        for name in [("marketing", "sales")[number % 2]]
    ]
    return crm_of(mine, replace(charter, funnel=replace(charter.funnel, definitions=told)))


@pytest.mark.parametrize(
    ("crm", "n"),
    [
        (taken(("lead", "sql", "sal", "won"), {"lead": 200, "sql": 100, "sal": 60}), 60),
        (taken(("lead", "sql", "opportunity", "won"), {"lead": 200, "sql": 100, "opportunity": 60}), 100),
        (taken(("lead", "opportunity", "sql", "won"), {"lead": 200, "opportunity": 100, "sql": 60}), 100),
        (taken(("lead", "deal", "won"), {"lead": 200, "deal": 80}, deal="opportunity"), 80),
        (taken(("lead", "taken", "sql"), {"lead": 200, "taken": 80, "sql": 40}, taken="sal"), 80),
        (taken(("lead", "opportunity"), {"lead": 200, "opportunity": 90}), 90),
    ],
)
def test_sales_takes_a_lead_on_where_it_accepts_it_or_else_qualifies_or_opens_it(crm: Crm, n: int) -> None:
    assert told(crm, "cso-source-2018").estimates == (((), rate(Counts(n // 2, n))),)


def test_a_funnel_in_which_sales_takes_nothing_on_has_no_leads_that_it_worked() -> None:
    assert told(taken(("lead", "won"), {"lead": 200}), "cso-source-2018").because == (
        "it is of leads that sales worked, and no stage of this funnel is 'sal', 'sql' or 'opportunity' (it has lead, "
        "won); if one of them is, say so by stands_for in its definition, under [funnel.definitions]."
    )


# Two teams are not one


def test_no_published_share_is_set_beside_two_teams_at_once() -> None:
    assert [one.citation.id for one in comparables() if one.kind == "survey" and len(one.terms["teams"]) != 1] == []


def test_a_survey_of_leaders_is_not_met_by_one_of_everybody() -> None:
    given = [("marketing", "alignment", "5", 8), ("sales", "alignment", "1", 5)]
    finding = told(with_survey(crm_of([], TWO_STAGES), given), "forrester-2013-tight-8")
    assert (finding.verdict, finding.estimates) == ("not_comparable", ())
    assert finding.because == (
        "those asked were leaders of both teams, and it was told how they spread over all five marks; the survey that "
        "is read here does not ask who leads, and two teams of unlike size make no single share. Needed: the same "
        "scale put to your leaders alone, and all five shares; what each of your teams answers is told in the chapter "
        "on what people say."
    )


def test_each_team_has_a_share_of_its_own_beside_a_claim() -> None:
    charter = with_teams(TWO_STAGES, marketing=Team(people=10), sales=Team(people=100))
    given = [
        ("marketing", "collaboration", "agree", 8),
        ("marketing", "collaboration", "neither", 2),
        ("sales", "collaboration", "disagree", 5),
    ]
    finding = every(with_survey(crm_of([], charter), given))["collab-87pct"]
    marketing, sales = census.rate(Counts(8, 10), 10), census.rate(Counts(0, 5), 100)
    assert finding.estimates == (((("team", "marketing"),), marketing), ((("team", "sales"),), sales))
    assert finding.claim == (
        "Ours is shown beside it, each team by itself, and not scored: marketing 80% (census: everybody answered, "
        f"n = 10) and sales {sales} (95% interval, n = 5), marketing and sales answering strongly agree or agree to "
        "the question on what working together does for growth."
    )
    assert finding.benchmark is not None
    assert finding.benchmark.ours.n == 0
    assert "Marketing: 10 of 10 people could say; the interval is corrected for how few there are." in finding.notes
    assert "Sales: 5 of 100 people could say; the interval is corrected for how few there are." in finding.notes


def test_a_source_that_nobody_knows_is_no_way_of_making_leads() -> None:
    leads: list[Lead] = [*[{"lead": OLD, "source": "webinar"}] * 30, *[{"lead": OLD}] * 10]
    (_, ours), *_ = every(crm_of(leads, TWO_STAGES))["barometre-five-levers"].estimates
    assert (ours.value, ours.n) == (1.0, 40)


def test_a_bought_lead_or_two_are_not_given_away_by_their_share() -> None:
    sources = {name: Source(name, "inbound", {"ownership": name}) for name in ("own", "bought")}
    leads = [{"lead": OLD, "source": "own", "ownership": "own"}] * 60
    leads += [{"lead": OLD, "source": "bought", "ownership": "bought"}] * 2
    finding = every(crm_of(leads, charter_of(stages=("lead", "won"), sources=sources)))["barometre-50-outsource-30"]
    assert finding.estimates == ()
    assert finding.notes[-1] == (
        "To see ours beside it: fewer than 5 leads are of one of the two kinds, and so few are not shown."
    )


# Fewer lost is not as many more kept


def churned(last: Year) -> str:
    return every(in_years(last))["mathmarketing-churn"].claim.removeprefix(
        "No relative change of ours can be set beside -36% yet."
    )


def test_those_who_left_for_other_reasons_are_not_kept() -> None:
    lost, rivals, customers = 96, 37, 560
    kept, then = 1 - lost / customers, 1 - (lost - 0.36 * rivals) / customers
    assert churned(Year(customers=customers, customers_lost=lost, lost_to_competitors=rivals)) == (
        f" 36% fewer lost to competitors would turn our {rivals / customers:.1%} into "
        f"{0.64 * rivals / customers:.1%}: {then:.1%} of all customers kept instead of {kept:.1%}, which is "
        f"{then / kept - 1:.1%} more kept, and not 36%."
    )
    assert (f"{kept:.1%}", f"{then / kept - 1:.1%}") == ("82.9%", "2.9%")


def test_what_is_not_stated_of_the_lost_is_not_guessed() -> None:
    assert churned(Year(customers=560, customers_lost=96)) == (
        " 36% fewer lost would turn our 17.1% into 11.0%: 89.0% of all customers kept instead of 82.9%, which is 7.4% "
        "more kept, and not 36%. How many of them went to competitors is not stated."
    )
    assert churned(Year(customers=560, lost_to_competitors=37)) == (
        " 36% fewer lost to competitors would turn our 6.6% into 4.2%; how many are kept in all takes customers_lost "
        "as well."
    )
    assert churned(Year(customers=560)) == ""
    assert churned(Year(customers=0, customers_lost=0)) == ""
    assert churned(Year(customers=10, customers_lost=10)) == (
        " 36% fewer lost would turn our 100.0% into 64.0%: 36.0% of all customers kept instead of 0.0%. How many of "
        "them went to competitors is not stated."
    )


def test_the_year_before_is_the_one_that_a_change_starts_from() -> None:
    before = Year(customers=100, customers_lost=20, lost_to_competitors=10)
    last = Year(customers=100, customers_lost=50, lost_to_competitors=40)
    assert "turn our 10.0% into 6.4%: 83.6% of all customers kept instead of 80.0%" in (
        every(in_years(last, before))["mathmarketing-churn"].claim
    )


# What a client calls a number


def entering(crm: Crm, *entries: Entered) -> dict[str, Finding]:
    return found(replace(crm, charter=replace(crm.charter, entered=entries)))


WON = ("lead", "opportunity", "forecast", "proposal", "won")


@pytest.mark.parametrize("metric", ["win_rate", "win", "close_rate", "closing_rate", "sales_win_rate"])
def test_a_win_rate_of_nobody_knows_what_is_set_beside_nothing(metric: str) -> None:
    leads = through({"lead": 300, "opportunity": 200, "forecast": 150, "proposal": 100, "won": 40})
    crm = crm_of(leads, charter_of(stages=WON))
    finding = entering(crm, Entered(metric, 0.3, "share", "A", 2025))[f"entered_{metric}"]
    assert (finding.verdict, finding.because, finding.estimates) == (
        "not_comparable",
        "it does not say of what: of proposals, of forecasts or of all opportunities? Name one of proposal_win_rate, "
        "forecast_win_rate and opportunity_to_won_rate as its metric.",
        (),
    )


@pytest.mark.parametrize(
    ("metric", "n"),
    [
        ("proposal_win_rate", 100),
        ("forecast_win_rate", 150),
        ("opportunity_win_rate", 200),
        ("opportunity_to_won_rate", 200),
        ("proposal_to_won_rate", 100),
    ],
)
def test_a_win_rate_that_says_of_what_is_compared(metric: str, n: int) -> None:
    leads = through({"lead": 300, "opportunity": 200, "forecast": 150, "proposal": 100, "won": 40})
    crm = crm_of(leads, charter_of(stages=WON))
    finding = entering(crm, Entered(metric, 0.3, "share", "A", 2025))[f"entered_{metric}"]
    assert finding.estimates == (((), rate(Counts(40, n))),)


def test_a_win_rate_of_proposals_needs_a_stage_of_proposals() -> None:
    finding = entering(crm_of([], TWO_STAGES), Entered("proposal_win_rate", 0.3, "share", "A", 2025))
    because = finding["entered_proposal_win_rate"].because
    assert because is not None
    assert because.startswith("no stage of this funnel is 'proposal' (it has lead, won; an opportunity is not one")


def test_hours_days_and_answers_of_a_client_are_compared_as_what_they_are() -> None:
    waits = [0.5] * 30 + [5.0] * 30 + [None] * 40
    hours = entering(answered(waits), Entered("lead_response_hours", 2.0, "hours", "A", 2025))
    finding = hours["entered_lead_response_hours"]
    assert finding.estimates == told(answered(waits), "hbr-2011-avg-42h").estimates
    assert finding.verdict == "higher"
    took = [40 + 2 * (number % 30) for number in range(90)]
    leads: list[Lead] = [{"lead": OLD, "opportunity": OLD + days * DAY} for days in took]
    crm = crm_of(leads, charter_of(stages=("lead", "opportunity", "won")))
    finding = entering(crm, Entered("lead_to_opportunity_days", 30.0, "days", "A", 2025))[
        "entered_lead_to_opportunity_days"
    ]
    assert finding.estimates == (((), mean(Moments.of(map(float, took)), unit="days")),)
    assert finding.verdict == "higher"
    young = crm_of([{"lead": AS_OF - dt.timedelta(days=10)}] * 40, charter_of(stages=("lead", "opportunity", "won")))
    finding = entering(young, Entered("lead_to_opportunity_days", 30.0, "days", "A", 2025))[
        "entered_lead_to_opportunity_days"
    ]
    assert finding.verdict == "not_enough_data"


def test_a_share_of_people_that_a_client_brings_is_weighed_against_so_many_people() -> None:
    charter = with_teams(TWO_STAGES, sales=Team(people=24))
    given = [("sales", "lead_quality", "2", 4), ("sales", "lead_quality", "5", 16)]
    entry = Entered("lead_quality_rating_low_share", 0.5, "share", "A", 2025)
    finding = entering(with_survey(crm_of([], charter), given), entry)["entered_lead_quality_rating_low_share"]
    assert finding.estimates == (((), census.rate(Counts(4, 20), 24)),)
    assert finding.benchmark is not None
    assert finding.benchmark.ours == census.rate(Counts(4, 20), 24)


def test_a_share_that_marketing_brought_is_guarded_against_the_number_of_the_client() -> None:
    crm = brought({"marketing": 120, "sales": 80}, unknown=20)
    near = Entered("marketing_sourced_lead_share", 0.58, "share", "A", 2025)
    far = Entered("marketing_sourced_lead_share", 0.2, "share", "A", 2025)
    both = entering(crm, far, replace(near, value=0.66))
    assert both["entered_marketing_sourced_lead_share"].verdict == "higher"
    assert both["entered_marketing_sourced_lead_share_2"].verdict == "not_comparable"


def test_what_a_firm_says_yes_or_no_to_is_no_number_of_ours() -> None:
    entry = Entered("lead_definition_agreement", 0.5, "share", "A", 2025)
    because = entering(crm_of([], TWO_STAGES), entry)["entered_lead_definition_agreement"].because
    assert because is not None
    assert because.startswith("the audit counts nothing under the name lead_definition_agreement")


def test_findings_of_numbers_that_a_client_brings_never_share_a_code() -> None:
    metrics = ("mql_to_sal_rate", "mql_to_sal_rate", "mql_to_sal_rate_2", "mql_to_sal_rate_2", "mql_to_sal_rate")
    entries = [Entered(metric, 0.5, "share", "A", 2025) for metric in metrics]
    every = entering(crm_of([], TWO_STAGES), *entries)
    assert sorted(code for code in every if code.startswith("entered")) == [
        "entered_mql_to_sal_rate",
        "entered_mql_to_sal_rate_2",
        "entered_mql_to_sal_rate_2_2",
        "entered_mql_to_sal_rate_2_3",
        "entered_mql_to_sal_rate_3",
    ]


def test_no_metric_means_two_numbers_of_ours_but_those_that_are_refused() -> None:
    kinds: dict[str, set[tuple[object, ...]]] = {}
    for one in comparables():
        if one.kind not in ("firm", "followed_up", "none") and "source" not in one.terms:
            terms = tuple(sorted((key, value) for key, value in one.terms.items() if key != "at_least_days"))
            kinds.setdefault(one.citation.metric, set()).add((one.kind, *terms))
    # Between two stages a rate is that of all leads; of those decided, it is asked for by its citation.
    assert sorted(metric for metric, several in kinds.items() if len(several) > 1) == ["mql_to_sal_rate", "win_rate"]
    assert {one.metric for one in citations("win_rate")[:2]} == {"win_rate"}
