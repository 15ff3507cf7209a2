"""Our numbers beside the published ones: each kind under its source's conditions, and what is said where it cannot."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import ibis
import pyarrow as pa
import pytest
from engines import AS_OF, ENGINES, SOURCES, Lead, charter_of, crm_of, many, table_of

from alignment_metrics.charter import Charter, Definition, Entered, Source, Team
from alignment_metrics.crm import NEVER, Crm, answer
from alignment_metrics.findings.benchmark import asked as asking
from alignment_metrics.findings.benchmark import benchmark
from alignment_metrics.findings.truncated import refused
from alignment_metrics.findings.words import share
from alignment_metrics.measures import Reach, Took
from alignment_metrics.published import citations, comparables
from alignment_metrics.quality import FileQuality, Problem, Quality
from alignment_metrics.stats import census
from alignment_metrics.stats.means import mean
from alignment_metrics.stats.rates import against, rate
from alignment_metrics.tallies import tally
from alignment_metrics.values import Benchmark, Counts, Estimate, Finding, Moments

DAY = dt.timedelta(days=1)
HOUR = 3600
OLD = dt.date(2025, 1, 15)
FUNNEL = ("lead", "mql", "sal", "sql", "opportunity", "won")
TWO_STAGES = charter_of(stages=("lead", "won"))
NOTHING = "Nothing of ours is set beside this number."
NO_SURVEY = (
    "there is no survey.csv with what our own people say; the command questionnaire writes one to send to both teams."
)


def found(crm: Crm) -> dict[str, Finding]:
    return {one.code.removeprefix("benchmark."): one for one in benchmark(crm)}


def told(crm: Crm, id: str) -> Finding:
    return found(crm)[id]


def through(counts: Mapping[str, int], day: dt.date = OLD, **lead: Any) -> list[Lead]:
    """Leads of one day of which so many entered each stage, the day after the one before."""
    total = max(counts.values())
    stages = list(counts)
    return [
        lead | {stage: day + at * DAY for at, stage in enumerate(stages) if number < counts[stage]}
        for number in range(total)
    ]


def lacks(stage: str, there: str) -> str:
    """What is said where no stage of the funnel is the one that a published number counts."""
    return (
        f"no stage of this funnel is '{stage}' (it has {there}); if one of them is, say stands_for = \"{stage}\" in "
        "its definition, under [funnel.definitions]."
    )


def called(charter: Charter, **names: str) -> Charter:
    """The same funnel, whose stages stand for others."""
    told = {stage: Definition(stands_for=name) for stage, name in names.items()}
    return replace(charter, funnel=replace(charter.funnel, definitions=told))


def with_teams(charter: Charter, **teams: Team) -> Charter:
    return replace(charter, teams=teams)


def with_survey(crm: Crm, given: Sequence[tuple[str, str, str, int]]) -> Crm:
    """What people answered: team, item, answer and how many gave it; each a person of their own."""
    rows = [(team, item, word) for team, item, word, n in given for _ in range(n)]
    columns = {
        "person": pa.array(range(len(rows)), pa.int64()),
        "team": pa.array([team for team, _, _ in rows], pa.string()),
        "item": pa.array([item for _, item, _ in rows], pa.string()),
        "answer": pa.array([word for _, _, word in rows], pa.string()),
    }
    return replace(crm, survey=table_of(pa.table(columns), "duckdb"))


def answered(
    waits: Sequence[float | None], charter: Charter = TWO_STAGES, day: dt.date = OLD, source: str = "webinar"
) -> Crm:
    """Leads that were first answered so many hours after they came; None: never."""
    crm = crm_of([{"lead": day, "source": source} for _ in waits], charter)
    rows = pa.array(range(2, len(waits) + 2), pa.int64())
    seconds = pa.array([NEVER if one is None else int(one * HOUR) for one in waits], pa.int64())
    clock = table_of(pa.table({"row": rows, answer("lead"): seconds}), "duckdb")
    reached = [(row, wait) for row, wait in enumerate(waits, 2) if wait is not None]
    times = [dt.datetime.combine(day, dt.time()) + dt.timedelta(hours=wait) for _, wait in reached]
    columns = {
        "row": pa.array([row for row, _ in reached], pa.int64()),
        "at": pa.array(times, pa.timestamp("us")),
        "day": pa.array([one.date() for one in times], pa.date32()),
    }
    touches = table_of(pa.table(columns), "duckdb")
    return replace(crm, journeys=crm.journeys.left_join(clock, "row").drop("row_right"), touches=touches)


# All of them


def test_every_number_that_may_be_compared_has_one_finding_in_the_order_of_codes() -> None:
    every = benchmark(crm_of([], TWO_STAGES))
    codes = [one.code for one in every]
    assert codes == sorted(set(codes))
    marked = [code for code in codes if code.startswith("benchmark.")]
    assert marked == [f"benchmark.{one.citation.id}" for one in comparables()]
    assert len(marked) == 51
    assert {one.verdict for one in every} <= {"not_comparable", "not_enough_data", "measured"}
    for one in every:
        if one.verdict == "not_comparable":
            assert one.because
            assert one.claim == NOTHING


def test_ten_leads_are_compared_with_nothing() -> None:
    leads = through(dict.fromkeys(FUNNEL, 10))
    every = found(crm_of(leads, charter_of(stages=FUNNEL)))
    assert {one.verdict for one in every.values()} <= {"not_comparable", "not_enough_data", "measured"}
    assert every["sherpa-2009-lead-won"].because == (
        "only 10 leads entered lead at least 365 days before the end of the export, and the charter asks for 30."
    )


def test_what_is_asked_by_several_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def counted(crm: Crm, measure: Any, **how: Any) -> Any:
        asked.append(measure)
        return tally(crm, measure, **how)

    monkeypatch.setattr(asking, "tally", counted)
    benchmark(crm_of(through(dict.fromkeys(FUNNEL, 40)), charter_of(stages=FUNNEL)))
    assert len(asked) == len(set(asked))
    assert {one.start for one in asked if isinstance(one, Reach)} == {"lead", "mql", "sql", "opportunity"}


def test_how_many_comparisons_were_made_is_said_once_with_each() -> None:
    every = benchmark(crm_of(through({"lead": 400, "won": 40}), TWO_STAGES))
    made = [one for one in every if one.verdict in ("higher", "lower", "no_difference_shown")]
    assert [one.code for one in made] == ["benchmark.sherpa-2009-lead-won"]
    assert not any(note.startswith("One of") for note in made[0].notes)
    every = benchmark(crm_of(through({"lead": 400, "mql": 200, "won": 40}), charter_of()))
    made = [one for one in every if one.verdict in ("higher", "lower", "no_difference_shown", "within_range")]
    said = f"One of {len(made)} comparisons of this chapter, each made at its stated level by itself."
    assert len(made) == 5
    assert all(one.notes.count(said) == 1 for one in made)
    assert not any(said in one.notes for one in every if one not in made)


# Rates between stages


@pytest.mark.parametrize(
    ("hits", "verdict", "where"),
    [(60, "higher", "lies above"), (4, "lower", "lies below"), (20, "no_difference_shown", "cannot be told from")],
)
def test_a_rate_is_placed_by_its_whole_interval(hits: int, verdict: str, where: str) -> None:
    finding = told(crm_of(through({"lead": 400, "won": hits}), TWO_STAGES), "sherpa-2009-lead-won")
    ours, counts = rate(Counts(hits, 400)), Counts(hits, 400)
    assert finding.verdict == verdict
    assert finding.estimates == (((), ours),)
    assert finding.claim == (
        f"Our {ours} (95% interval, n = 400) {where} the published 5%, taken as a fixed number. Source: "
        "MarketingSherpa B2B Marketing Benchmark Survey 2009 (via Tiziani Whitmyre), 2009, n = 1,000 (at least; the "
        "publisher rounds down), grade B. Ours: lead to won within 365 days."
    )
    assert finding.benchmark is not None
    assert finding.benchmark.ours == ours
    assert finding.benchmark.against is not None
    assert finding.benchmark.against.pvalue == against(counts, 0.05).pvalue
    assert finding.benchmark.against.tipping_n == (None if hits == 20 else finding.benchmark.against.tipping_n)
    assert (
        "Leads are counted singly. Where several belong to one account, they fare alike, and the true interval is "
        "somewhat wider." in finding.notes
    )
    assert len(finding.sql) == 1


def test_a_margin_of_the_charter_is_one_of_shares_and_may_show_that_two_are_alike() -> None:
    leads = through({"lead": 3999, "opportunity": 1999, "won": 210})
    # Where all take as long, there is nothing to tell of a mean.
    leads.append({"lead": OLD, "opportunity": OLD + 9 * DAY})
    crm = crm_of(leads, charter_of(stages=("lead", "opportunity", "won"), margin=0.02))
    finding = told(crm, "sherpa-2009-lead-won")
    assert finding.verdict == "equivalent"
    assert finding.benchmark is not None
    assert finding.benchmark.against is not None
    assert finding.benchmark.against.margin == 0.02
    assert finding.benchmark.against.equivalence is not None
    days = told(crm, "implisit-days-lead-opp").benchmark
    assert days is not None
    assert days.against is not None
    assert days.against.margin is None


def test_only_leads_as_old_as_the_source_needs_count() -> None:
    young = AS_OF - 119 * DAY
    leads = [*many(40, 100, day=AS_OF - 120 * DAY), *many(0, 100, day=young)]
    leads = [lead | ({"opportunity": lead["won"]} if "won" in lead else {}) for lead in leads]
    crm = crm_of(leads, charter_of(stages=("lead", "mql", "opportunity", "won")))
    every = found(crm)
    assert every["implisit-lead-opp-all"].estimates == (((), rate(Counts(40, 100))),)
    assert every["implisit-lead-opp-all"].claim.endswith(" Ours: lead to opportunity within 120 days.")
    assert every["sherpa-2009-lead-won"].because == (
        "no lead entered lead at least 365 days before the end of the export, so none has had its chance."
    )
    longer = replace(crm, charter=replace(crm.charter, policy=replace(crm.charter.policy, within_days=130)))
    finding = told(longer, "implisit-lead-opp-all")
    assert (finding.verdict, finding.because) == (
        "not_enough_data",
        "no lead entered lead at least 130 days before the end of the export, so none has had its chance.",
    )


def test_a_source_of_its_own_is_set_beside_that_source_alone() -> None:
    leads = [*many(40, 100, source="webinar"), *many(0, 100, source="cold call")]
    finding = told(crm_of(leads, TWO_STAGES), "implisit-lead-won-webinar")
    assert finding.estimates == (((), rate(Counts(40, 200))), ((("source", "webinar"),), rate(Counts(40, 100))))
    assert finding.benchmark is not None
    assert finding.benchmark.ours == rate(Counts(40, 100))
    assert finding.claim.endswith(" Ours: lead to won within 120 days, webinar only.")


def test_a_source_with_too_few_leads_is_not_set_beside_and_its_count_is_not_told() -> None:
    finding = told(crm_of([*many(1, 3, source="webinar"), *many(0, 100)], TWO_STAGES), "implisit-lead-won-webinar")
    assert finding.verdict == "not_enough_data"
    assert finding.claim == NOTHING
    assert finding.because == "fewer than 30 webinar leads are old enough for a rate."
    assert [name for name, _ in finding.estimates] == [()]


def test_so_few_leads_that_none_may_be_shown_are_not_counted_aloud() -> None:
    finding = told(crm_of(many(1, 3, day=OLD), TWO_STAGES), "sherpa-2009-lead-won")
    assert finding.because == (
        "fewer than 5 leads entered lead at least 365 days before the end of the export, and the charter asks for 30."
    )
    assert finding.estimates == ()


@pytest.mark.parametrize(
    ("charter", "id", "because"),
    [
        (
            charter_of(stages=("called", "subscribed")),
            "implisit-lead-opp-all",
            lacks("lead", "called, subscribed"),
        ),
        (
            TWO_STAGES,
            "fourquadrant-mql-sql",
            lacks("mql", "lead, won"),
        ),
        (
            charter_of(stages=("lead", "opportunity", "won")),
            "rain-win-47",
            lacks("proposal", "lead, opportunity, won; an opportunity is not one, for many never get a proposal"),
        ),
        (
            charter_of(stages=("lead", "opportunity", "won")),
            "cso-win-2018",
            lacks(
                "forecast",
                "lead, opportunity, won; an opportunity is not in the forecast as soon as it is opened",
            ),
        ),
        (charter_of(stages=("mql", "lead", "won")), "sherpa-2009-inq-ready", "this funnel has mql before lead."),
        (
            TWO_STAGES,
            "implisit-lead-won-referral",
            "it is about the source 'customer referral', and the charter's [sources] have cold call, organic search, "
            "trade show, webinar; call one so if it is the same.",
        ),
        (
            replace(TWO_STAGES, sources={}),
            "implisit-lead-won-webinar",
            "it is about the source 'webinar', and the charter's [sources] have none; call one so if it is the same.",
        ),
        (
            TWO_STAGES,
            "implisit-days-lead-opp",
            lacks("opportunity", "lead, won"),
        ),
        (
            TWO_STAGES,
            "cso-2012-followup-75",
            lacks("mql", "lead, won"),
        ),
    ],
)
def test_what_a_funnel_does_not_have_is_said_with_what_would_be_needed(charter: Charter, id: str, because: str) -> None:
    finding = told(crm_of([], charter), id)
    assert (finding.verdict, finding.claim, finding.because, finding.sql) == ("not_comparable", NOTHING, because, ())
    assert finding.benchmark is not None
    assert finding.benchmark.ours.n == 0
    assert finding.benchmark.against is None
    cited = finding.benchmark.citation
    assert f"Comparable when: {cited.comparable_when}" in finding.notes
    assert f"What may make it not comparable: {cited.caveat}" in finding.notes


def test_a_funnel_with_proposals_is_set_beside_those_of_others() -> None:
    leads = through({"lead": 300, "opportunity": 200, "proposal": 100, "won": 47})
    finding = told(crm_of(leads, charter_of(stages=("lead", "opportunity", "proposal", "won"))), "rain-win-47")
    assert finding.verdict == "no_difference_shown"
    assert finding.estimates == (((), rate(Counts(47, 100))),)
    assert finding.claim.endswith(" Ours: proposal to won within 90 days.")


# Stages that bear other names


def test_a_stage_that_stands_for_another_is_counted_as_it_and_told_by_its_own_name() -> None:
    charter = charter_of(stages=("contact", "deal", "customer"))
    day = AS_OF - 500 * DAY
    leads = through({"contact": 399, "deal": 199, "customer": 60}, day=day)
    leads.append({"contact": day, "deal": day + 9 * DAY})
    without = found(crm_of(leads, charter))
    assert without["sherpa-2009-lead-won"].because == lacks("lead", "contact, deal, customer")
    every = found(crm_of(leads, called(charter, contact="lead", deal="opportunity", customer="won")))
    assert every["sherpa-2009-lead-won"].estimates == (((), rate(Counts(60, 400))),)
    assert " Ours: contact to customer within " in every["sherpa-2009-lead-won"].claim
    assert every["implisit-lead-opp-all"].estimates == (((), rate(Counts(200, 400))),)
    assert " Ours: mean days from contact to deal of those that got there " in every["implisit-days-lead-opp"].claim
    assert every["rain-win-47"].because is not None
    assert every["rain-win-47"].because.startswith("no stage of this funnel is 'proposal' (it has contact, deal, cust")


def test_a_number_of_the_client_may_name_a_stage_by_what_it_stands_for_or_by_its_own_name() -> None:
    charter = called(charter_of(stages=("contact", "deal", "customer")), contact="lead", customer="won")
    leads = through({"contact": 400, "deal": 200, "customer": 60})
    entries = tuple(
        Entered(name, 0.3, "share", "A", None) for name in ("contact_to_won", "lead_to_customer", "lead_to_deal_rate")
    )
    every = found(crm_of(leads, replace(charter, entered=entries)))
    assert every["entered_contact_to_won"].estimates == (((), rate(Counts(60, 400))),)
    assert every["entered_lead_to_customer"].estimates == (((), rate(Counts(60, 400))),)
    assert every["entered_lead_to_deal_rate"].estimates == (((), rate(Counts(200, 400))),)
    assert "A, year unknown, n not stated, grade C" in every["entered_lead_to_deal_rate"].claim


def test_follow_up_and_qualification_go_by_the_stage_that_stands_for_mql() -> None:
    charter = called(charter_of(stages=("fit", "won")), fit="mql")
    crm = answered([1.0] * 190 + [None] * 10, charter)
    crm = replace(crm, journeys=crm.journeys.mutate(fit=crm.journeys["fit"].fill_null(OLD)))
    assert " of entering fit." in told(crm, "cso-2012-followup-75").claim
    later = found(crm_of([], called(charter_of(stages=("lead", "fit", "won")), fit="mql")))
    assert "leads pass through fit before sales gets them" in later["sherpa-2012-direct"].claim


# Waits


@pytest.mark.parametrize("engine", ENGINES)
def test_the_days_it_took_are_those_of_matured_leads_that_came_in_time(engine: str) -> None:
    stages = ("lead", "opportunity", "won")
    cases = [(400, 10), (400, 10), (365, 0), (400, 365), (400, 366), (400, None), (364, 5), (400, -3)]
    leads: list[Lead] = [
        {"lead": AS_OF - age * DAY} | ({} if took is None else {"opportunity": AS_OF - (age - took) * DAY})
        for age, took in cases
    ]
    ages = tally(crm_of(leads, charter_of(stages=stages), engine=engine), Took("lead", "opportunity", 365)).ages()
    came = sorted(took for age, took in cases if age >= 365 and took is not None and 0 <= took <= 365)
    assert [day for day, n in zip(ages.day, ages.converted, strict=True) for _ in range(n)] == came == [0, 10, 10, 365]
    assert ages.n == 4


def test_a_mean_wait_is_of_those_that_came_and_tested_as_a_mean() -> None:
    took = [40 + 2 * (number % 30) for number in range(90)]
    leads: list[Lead] = [{"lead": OLD, "opportunity": OLD + days * DAY} for days in took]
    leads += [{"lead": AS_OF - 30 * DAY, "opportunity": AS_OF - 29 * DAY}] * 50 + [{"lead": OLD}] * 20
    finding = told(crm_of(leads, charter_of(stages=("lead", "opportunity", "won"))), "implisit-days-lead-opp")
    ours = mean(Moments.of(map(float, took)), unit="days")
    assert finding.verdict == "lower"
    assert finding.estimates == (((), ours),)
    assert finding.benchmark is not None
    assert finding.benchmark.against is not None
    assert finding.benchmark.against.method == "one-sample t-test"
    assert finding.claim.endswith(" Ours: mean days from lead to opportunity of those that got there within 365 days.")
    half = sorted(took)[44]
    assert (
        f"Both are means of those that arrived; half of ours took {half} days or less. A median is never to be set "
        "beside a mean." in finding.notes
    )


@pytest.mark.parametrize(("came", "said"), [(0, "none"), (3, "fewer than 5"), (29, "29")])
def test_a_mean_wait_of_too_few_is_none(came: int, said: str) -> None:
    leads = [{"lead": OLD} | ({"opportunity": OLD} if number < came else {}) for number in range(60)]
    finding = told(crm_of(leads, charter_of(stages=("lead", "opportunity", "won"))), "implisit-days-lead-opp")
    assert (finding.verdict, finding.because) == (
        "not_enough_data",
        f"{said} of the leads that entered lead at least 365 days before the end of the export came to opportunity "
        "within 365 days, and the charter asks for 30.",
    )
    assert finding.estimates == ()


# Answers


WAITS = [0.5] * 30 + [5.0] * 20 + [100.0] * 10 + [24.0 * 31] * 3 + [None] * 37


def test_answers_are_shares_of_all_leads_and_their_parts_make_up_the_whole() -> None:
    every = found(answered(WAITS))
    ids = ("hbr-2011-within-1h", "hbr-2011-1-24h", "hbr-2011-over-24h", "hbr-2011-never")
    shares = [every[id].estimates[0][1] for id in ids]
    assert [(one.hits, one.n) for one in shares] == [(30, 100), (20, 100), (10, 100), (40, 100)]
    assert every["hbr-2011-within-1h"].verdict == "no_difference_shown"
    assert every["hbr-2011-within-1h"].claim.endswith(
        " Ours: inbound leads first answered within 1 hour, of all inbound leads."
    )
    assert every["hbr-2011-1-24h"].claim.endswith(
        " Ours: inbound leads first answered after more than 1 hour and within 24 hours, of all inbound leads."
    )
    assert every["hbr-2011-over-24h"].claim.endswith(
        " Ours: inbound leads first answered after more than 24 hours and within 30 days, of all inbound leads."
    )
    assert (every["hbr-2011-over-24h"].verdict, every["hbr-2011-never"].verdict) == ("lower", "higher")
    firms = (
        "Theirs is a share of firms, each of which was tried with one lead, and ours one of the leads of a single "
        "firm: ours is what a lead may expect of us."
    )
    assert all(every[id].notes.count(firms) == 1 for id in ids)
    assert every["hbr-2011-never"].claim.endswith(
        " Ours: inbound leads that nobody tried to reach within 30 days, of all inbound leads."
    )


def test_the_mean_of_hours_is_of_those_that_were_answered() -> None:
    finding = told(answered(WAITS), "hbr-2011-avg-42h")
    hours = [one for one in WAITS if one is not None and one <= 720]
    ours = finding.estimates[0][1]
    assert (ours.n, ours.unit) == (60, "hours")
    assert ours.value == pytest.approx(sum(hours) / 60)
    assert finding.verdict == "lower"
    # 60 were answered, 30 of them after half an hour: by then one half had been.
    median = "Half of ours were answered within 0.5 hours: a median, which is never to be set beside their mean."
    assert median in finding.notes
    few = told(answered([1.0] * 29 + [None] * 40), "hbr-2011-avg-42h")
    assert (few.verdict, few.because) == (
        "not_enough_data",
        "29 leads were answered within 30 days, and the charter asks for 30.",
    )


def test_answers_are_set_beside_in_hours_only_where_the_hours_of_nearly_all_leads_are_known() -> None:
    crm = answered([1.0] * 100)
    waited = crm.journeys[answer("lead")]

    def knowing(but: int) -> dict[str, Finding]:
        hidden = (crm.journeys["row"] < but + 2).ifelse(ibis.null("int64"), waited)
        return found(replace(crm, journeys=crm.journeys.mutate(**{answer("lead"): hidden})))

    why = "of fewer than 5 of 100 inbound leads only the day is known; export them with the time of day"
    few, many_ = knowing(2), knowing(3)
    for id in ("hbr-2011-within-1h", "hbr-2011-avg-42h"):
        assert (many_[id].verdict, many_[id].because) == ("not_comparable", f"{why}.")
    assert many_["hbr-2011-never"].verdict not in ("not_comparable", "not_enough_data")
    assert f"Days are counted and not hours, since {why}." in many_["hbr-2011-never"].notes
    left = (
        "Left out: fewer than 5 of 100 inbound leads, since of their coming or of the first attempt only the day is "
        "known."
    )
    for id in ("hbr-2011-within-1h", "hbr-2011-avg-42h", "hbr-2011-never"):
        assert left in few[id].notes


def test_only_leads_that_came_by_themselves_stand_beside_answers_to_web_leads() -> None:
    ids = ("hbr-2011-within-1h", "hbr-2011-never", "hbr-2011-avg-42h")
    every = found(answered(WAITS, source="cold call"))
    for id in ids:
        assert every[id].verdict == "not_enough_data"
        assert every[id].because == "no inbound lead entered lead at least 30 days before the end of the export."
    nobody = found(
        answered(WAITS, replace(TWO_STAGES, sources={"Cold call": SOURCES["Cold call"]}), source="cold call")
    )
    for id in ids:
        assert (nobody[id].verdict, nobody[id].because) == (
            "not_comparable",
            "it is about inbound leads, and no source under [sources] in the charter is inbound.",
        )


def test_without_a_list_of_attempts_it_is_said_what_would_be_needed() -> None:
    every = found(crm_of(many(5, 60), charter_of()))
    for id in ("hbr-2011-within-1h", "hbr-2011-never", "hbr-2011-avg-42h", "cso-2012-followup-75"):
        assert (every[id].verdict, every[id].because) == (
            "not_comparable",
            "there is no touches.csv: a list of lead_id and the time of each attempt to reach the lead.",
        )


def test_leads_too_young_to_have_been_answered_are_not_enough_data() -> None:
    every = found(answered([1.0] * 60, day=AS_OF - 10 * DAY))
    for id in ("hbr-2011-within-1h", "hbr-2011-avg-42h"):
        assert (every[id].verdict, every[id].because) == (
            "not_enough_data",
            "no inbound lead entered lead at least 30 days before the end of the export.",
        )


@pytest.mark.parametrize(
    ("reached", "verdict", "where"),
    [
        (
            190,
            "higher",
            "lies above 75%, as 55% of firms said of theirs",
        ),
        (60, "lower", "lies below 75%, as at the other 45% of firms; 55% said that they reach it"),
        (
            150,
            "no_difference_shown",
            "cannot be told from 75%, so neither can the side on which we are; 55% of firms said that they reach it",
        ),
    ],
)
def test_a_threshold_that_a_share_of_firms_reach_is_one_to_be_on_a_side_of(
    reached: int, verdict: str, where: str
) -> None:
    crm = answered([1.0] * reached + [None] * (200 - reached), charter_of(stages=("mql", "won")))
    crm = replace(crm, journeys=crm.journeys.mutate(mql=crm.journeys["mql"].fill_null(OLD)))
    finding = told(crm, "cso-2012-followup-75")
    ours = rate(Counts(reached, 200))
    assert finding.verdict == verdict
    assert finding.claim == (
        f"Our {ours} (95% interval, n = 200) {where}. Source: CSO Insights Lead Management Optimization (via CMSWire), "
        "2012, n not stated, grade B. Ours: leads that somebody tried to reach within 90 days of entering mql."
    )
    assert finding.estimates == (((), ours),)
    assert finding.benchmark is not None
    assert finding.benchmark.ours.n == 0
    assert finding.benchmark.against is not None
    assert finding.benchmark.against.pvalue == against(Counts(reached, 200), 0.75).pvalue
    assert finding.benchmark.against.method == "exact binomial test of 75%"


# Who brought them


def brought(known: Mapping[str, int], unknown: int = 0) -> Crm:
    sources = {name: Source(name, "inbound", {"brought_by": name}) for name in known}
    charter = charter_of(stages=("lead", "sal", "won"), sources=sources | {"odd": Source("odd", "inbound")})
    both = {"lead": OLD, "sal": OLD, "direction": "inbound"}
    leads = [both | {"source": name, "brought_by": name} for name, n in known.items() for _ in range(n)]
    # Whom nobody in sales took on is in no total.
    idle = [{"lead": OLD, "direction": "inbound", "source": "partner", "brought_by": "partner"}] * 500
    return crm_of([*leads, *[both | {"source": "odd"}] * unknown, *idle], charter)


def test_what_marketing_brought_is_a_share_of_leads_of_which_that_is_known() -> None:
    finding = told(brought({"marketing": 120, "sales": 60, "partner": 20}, unknown=20), "cso-source-2018")
    assert finding.verdict == "higher"
    assert finding.estimates == (((), rate(Counts(120, 200))),)
    assert "20 more came by sources that do not say who brought them; they are left out." in finding.notes
    assert finding.claim.endswith(
        " Ours: leads brought by marketing, of those that entered sal and whose source says who brought them."
    )
    assert (
        "Whoever brought those, the share is somewhere from 54.5% to 63.6%, and where ours stands stays the same."
        in finding.notes
    )


def test_too_many_leads_of_unknown_origin_make_what_marketing_brought_untold() -> None:
    finding = told(brought({"marketing": 120, "sales": 80}, unknown=600), "cso-source-2018")
    assert (finding.verdict, finding.because) == (
        "not_comparable",
        "600 of 800 leads came by sources that do not say who brought them, and with them the share may be anything "
        "from 15.0% to 90.0%; add brought_by to their sources.",
    )


def test_sources_without_a_tag_cannot_tell_what_marketing_brought() -> None:
    assert told(crm_of(many(5, 60), TWO_STAGES), "cso-source-2018").because == (
        'no source in [sources] says who brought its leads; add brought_by = "marketing", "sales" or "partner" to each.'
    )
    few = told(brought({"marketing": 10, "sales": 10}), "cso-source-2018")
    assert (few.verdict, few.because) == (
        "not_enough_data",
        "the sources of 20 of the leads tell it, and the charter asks for 30 leads.",
    )


# What people say


RATED = [
    ("marketing", "lead_quality", "1", 10),
    ("sales", "lead_quality", "2", 4),
    ("sales", "lead_quality", "5", 16),
    ("sales", "lead_quality", "cannot_say", 3),
]


def test_answers_are_set_beside_those_of_others_as_one_of_so_many_people() -> None:
    charter = with_teams(TWO_STAGES, marketing=Team(people=12), sales=Team(people=24))
    finding = told(with_survey(crm_of([], charter), RATED), "hubspot-lead-quality-70")
    ours = census.rate(Counts(4, 20), 24)
    assert finding.estimates == (((), ours),)
    assert finding.benchmark is not None
    assert finding.benchmark.ours == ours
    assert finding.verdict == "lower"
    assert finding.claim.endswith(" Ours: sales answering 1 to 3 to the question on the quality of marketing's leads.")
    assert "20 of 24 people could say; the interval is corrected for how few there are." in finding.notes


@pytest.mark.parametrize("people", [None, 3])
def test_where_it_is_not_known_how_many_people_there_are_nothing_is_corrected(people: int | None) -> None:
    charter = with_teams(TWO_STAGES, marketing=Team(people=people), sales=Team(people=people))
    finding = told(with_survey(crm_of([], charter), RATED), "hubspot-lead-quality-70")
    assert finding.estimates == (((), rate(Counts(4, 20))),)
    assert (
        "20 people could say. Of how many is not known, so the interval takes them for a few of very many; [teams] may "
        "say how many there are." in finding.notes
    )


def test_a_rating_of_sellers_is_of_sales_alone() -> None:
    given = [
        ("sales", "lead_quality", "2", 12),
        ("sales", "lead_quality", "4", 8),
        ("marketing", "lead_quality", "1", 9),
    ]
    finding = told(with_survey(crm_of([], TWO_STAGES), given), "hubspot-lead-quality-70")
    assert finding.estimates == (((), rate(Counts(12, 20))),)
    assert finding.claim.endswith(" Ours: sales answering 1 to 3 to the question on the quality of marketing's leads.")


def test_the_gap_between_teams_is_set_beside_that_of_others() -> None:
    given = [
        ("sales", "followed_up", "always", 18),
        ("sales", "followed_up", "rarely", 2),
        ("marketing", "followed_up", "always", 3),
        ("marketing", "followed_up", "sometimes", 9),
    ]
    charter = with_teams(TWO_STAGES, marketing=Team(people=15), sales=Team(people=30))
    finding = told(with_survey(crm_of([], charter), given), "leandata-2017-followup-gap")
    gap = census.gap(Counts(18, 20), 30, Counts(3, 12), 15).difference
    assert finding.estimates == (((), gap),)
    assert finding.verdict == "higher"
    assert finding.claim.endswith(
        " Ours: sales less marketing, answering always to the question on whether leads are followed up."
    )


@pytest.mark.parametrize(
    ("given", "because"),
    [
        ([], "nobody of sales answered the question on whether leads are followed up."),
        (
            [("sales", "followed_up", "always", 20), ("marketing", "followed_up", "always", 4)],
            "fewer than 5 people of marketing answered the question on whether leads are followed up.",
        ),
    ],
)
def test_few_answers_are_not_shown_nor_told_by_the_total(given: list[Any], because: str) -> None:
    finding = told(with_survey(crm_of([], TWO_STAGES), given), "leandata-2017-followup-gap")
    assert (finding.verdict, finding.because, finding.estimates) == ("not_enough_data", because, ())


@pytest.mark.parametrize("least", [0, 2, 5])
def test_of_fewer_than_five_people_nothing_is_shown_whatever_the_charter_says(least: int) -> None:
    crm = with_survey(
        crm_of([], charter_of(stages=("lead", "won"), suppress_below=least)), [("sales", "lead_quality", "5", 4)]
    )
    finding = told(crm, "hubspot-lead-quality-70")
    assert (finding.verdict, finding.estimates) == ("not_enough_data", ())
    assert finding.because == "fewer than 5 people of sales answered the question on the quality of marketing's leads."


def test_without_a_survey_it_is_said_how_to_get_one() -> None:
    every = found(crm_of([], TWO_STAGES))
    for id in ("hubspot-lead-quality-70", "leandata-2017-followup-gap"):
        assert (every[id].verdict, every[id].because) == ("not_comparable", NO_SURVEY)


# What the charter states


def test_head_counts_are_set_beside_others_without_a_test() -> None:
    charter = with_teams(TWO_STAGES, sales=Team(people=30, executives=20, developers=5))
    finding = told(crm_of([], charter), "topo-2015-sdr-ae")
    assert finding.verdict == "higher"
    (_, ours), *_ = finding.estimates
    assert ours == Estimate(4.0, 4.0, 4.0, 1, "ratio", "as stated in the charter", 0.95)
    assert finding.claim.endswith(" Ours: executives of sales (20) divided by developers of sales (5).")
    assert finding.benchmark is not None
    assert finding.benchmark.against is not None
    assert finding.benchmark.against.pvalue is None


@pytest.mark.parametrize(
    ("teams", "because"),
    [
        ({}, "the charter does not state them all; add executives and developers to [teams.sales]."),
        ({"sales": Team(executives=4)}, "the charter does not state it; add developers to [teams.sales]."),
        (
            {"sales": Team(executives=4, developers=0)},
            "the charter says that teams.sales.developers is 0, and nothing can be divided by it.",
        ),
    ],
)
def test_head_counts_that_are_not_stated_are_asked_for(teams: dict[str, Team], because: str) -> None:
    finding = told(crm_of([], with_teams(TWO_STAGES, **teams)), "topo-2015-sdr-ae")
    assert (finding.verdict, finding.because) == ("not_comparable", because)


def test_one_firm_is_a_yes_or_a_no_among_the_firms_that_were_asked() -> None:
    every = found(crm_of([], charter_of()))
    lacking = "the charter does not say of lead, mql and won who owns it and what enters it"
    assert every["aberdeen-2014-common-definitions"].claim == (
        f"One firm is a yes or a no, not a share: {lacking}. On paper, that puts us with the other 42% of firms. "
        "Source: Aberdeen Group, 2014, n = 199, grade B."
    )
    assert every["gartner-62-definitions"].claim.startswith(
        f"One firm is a yes or a no, not a share: {lacking}. On paper, that puts us with the 62% of firms."
    )
    assert every["sherpa-2012-direct"].claim.startswith(
        "One firm is a yes or a no, not a share: leads pass through mql before sales gets them. On paper, that puts "
        "us with the other 39% of firms."
    )
    assert {every[id].verdict for id in ("gartner-62-definitions", "sherpa-2012-direct")} == {"measured"}
    charter = charter_of(stages=("lead", "fit", "won"))
    whole = {name: Definition("marketing" if name != "won" else "sales", "it is so") for name in charter.funnel.stages}
    funnel = replace(charter.funnel, definitions=whole)
    every = found(crm_of([], replace(charter, funnel=funnel)))
    assert "the charter says of every stage who owns it" in every["aberdeen-2014-common-definitions"].claim
    assert "On paper, that puts us with the 58% of firms." in every["aberdeen-2014-common-definitions"].claim
    assert "leads pass through fit before sales gets them" in every["sherpa-2012-direct"].claim
    direct = told(crm_of([], TWO_STAGES), "sherpa-2012-direct")
    assert direct.claim.startswith(
        "One firm is a yes or a no, not a share: the funnel has no stage of marketing's own after the first. On "
        "paper, that puts us with the 61% of firms."
    )


def test_a_common_definition_on_paper_stands_beside_what_both_teams_say_of_it() -> None:
    given = [("marketing", "same_definition", "yes", 9), ("marketing", "same_definition", "no", 1)]
    given += [("sales", "same_definition", "yes", 5), ("sales", "same_definition", "no", 7)]
    crm = with_survey(crm_of([], with_teams(charter_of(), marketing=Team(people=10))), given)
    every = found(crm)
    said = (
        f" Asked themselves, 90.0% of marketing (n = 10) and {share(rate(Counts(5, 12)))} of sales (n = 12) say that "
        "both teams mean the same by a qualified lead. Source: "
    )
    for id in ("gartner-62-definitions", "aberdeen-2014-common-definitions"):
        assert said in every[id].claim
        assert "On paper, that puts us" in every[id].claim
    assert "Asked" not in every["sherpa-2012-direct"].claim
    few = found(with_survey(crm_of([], charter_of()), given[:2]))["gartner-62-definitions"].claim
    assert " of marketing (n = 10) say that both teams" in few
    assert "sales" not in few.partition("Asked")[2]
    none = found(with_survey(crm_of([], charter_of()), [("sales", "same_definition", "yes", 4)]))
    assert "Asked" not in none["gartner-62-definitions"].claim


def test_what_this_package_cannot_count_says_what_it_would_take() -> None:
    kinds = {one.citation.id: one for one in comparables()}
    every = found(crm_of([], TWO_STAGES))
    for id, one in kinds.items():
        if one.kind == "none":
            needs = str(one.terms["needs"]).rstrip(".")
            assert every[id].because == f"{str(one.terms['because']).rstrip('.')}. Needed: {needs}."
            assert every[id].verdict == "not_comparable"


# Several sources


def test_several_sources_of_one_metric_are_a_range_and_no_average() -> None:
    leads = through({"lead": 1000, "mql": 600, "sal": 500, "sql": 210, "opportunity": 100, "won": 50})
    every = {one.code: one for one in benchmark(crm_of(leads, charter_of(stages=FUNNEL)))}
    ranges = [code for code in every if code.startswith("published.")]
    assert ranges == [
        "published.inquiry_to_mql_rate",
        "published.mql_to_sql_rate",
        "published.sql_to_won_rate",
    ]
    finding = every["published.mql_to_sql_rate"]
    assert (finding.verdict, finding.estimates) == ("within_range", (((), rate(Counts(210, 600))),))
    assert "31% to 40%" in finding.claim
    assert finding.claim.endswith(" Ours: mql to sql within 90 days.")
    assert "35.5%" not in finding.claim
    assert finding.sql


def test_a_range_that_cannot_be_met_says_what_would_be_needed() -> None:
    every = {one.code: one for one in benchmark(crm_of([], TWO_STAGES))}
    finding = every["published.mql_to_sql_rate"]
    assert (finding.verdict, finding.because) == (
        "not_comparable",
        lacks("mql", "lead, won"),
    )
    assert finding.question == "How does our mql to sql rate stand beside all that was published of it?"
    assert finding.notes == ("The sources: fourquadrant-mql-sql, sherpa-2009-ready-qualified.",)
    young = {one.code: one for one in benchmark(crm_of([], charter_of(stages=FUNNEL)))}["published.mql_to_sql_rate"]
    assert young.verdict == "not_enough_data"


# Numbers that the client brings along


def entering(*entries: Entered, leads: Sequence[Lead] = (), stages: Sequence[str] = FUNNEL) -> dict[str, Finding]:
    return found(crm_of(leads, replace(charter_of(stages=stages), entered=entries)))


def test_a_number_of_the_client_is_set_beside_ours_where_the_audit_counts_it() -> None:
    leads = through({"lead": 400, "mql": 200, "sal": 180, "sql": 60, "opportunity": 50, "won": 20})
    brought = Entered("mql_to_sql_rate", 0.25, "share", "A consultant", 2025, 80)
    finding = entering(brought, leads=leads)["entered_mql_to_sql_rate"]
    assert finding.verdict == "no_difference_shown"
    assert finding.estimates == (((), rate(Counts(60, 200))),)
    assert finding.claim.endswith(" Ours: mql to sql within 90 days.")
    assert "grade C" in finding.claim
    assert finding.sql


def test_any_two_stages_of_the_funnel_have_a_rate_and_so_has_a_name_of_the_registry() -> None:
    leads = through({"lead": 400, "mql": 200, "sal": 180, "sql": 60, "opportunity": 50, "won": 20})
    entries = (
        Entered("lead_to_sal", 0.5, "share", "A", 2025),
        Entered("Lead to Customer Rate", 0.02, "share", "B", 2025),
    )
    every = entering(*entries, leads=leads)
    assert every["entered_lead_to_sal"].estimates == (((), rate(Counts(180, 400))),)
    assert next(
        one for id, one in every.items() if id.startswith("entered_Lead") or id == "entered_lead_to_customer_rate"
    )
    assert [one.estimates for id, one in every.items() if "ustomer" in id and id.startswith("entered")] == [
        (((), rate(Counts(20, 400))),)
    ]


@pytest.mark.parametrize(
    ("entry", "origin"),
    [
        (Entered("mql_to_sql_rate", 0.13, "share", "A blog", 2024), "implisit-lead-opp-all"),
        (Entered("customer_retention_rate", 0.36, "relative_change", "A blog", 2024), "mathmarketing-churn"),
        (Entered("win_rate", 0.38, "difference", "A blog", 2024), "mathmarketing-close"),
    ],
)
def test_the_popular_misreadings_give_the_warning_and_no_comparison(entry: Entered, origin: str) -> None:
    leads = through({"lead": 400, "mql": 200, "sal": 180, "sql": 60, "opportunity": 50, "won": 20})
    finding = entering(entry, leads=leads)[f"entered_{entry.metric}"]
    assert finding.verdict == "not_comparable"
    assert finding.because is not None
    assert f"({origin})" in finding.because
    assert finding.estimates == () or finding.benchmark is not None
    assert finding.benchmark is not None
    assert finding.benchmark.against is None
    assert math.isnan(finding.benchmark.ours.value)


def test_a_number_that_the_audit_does_not_count_or_cannot_yet_is_not_compared() -> None:
    unknown = entering(Entered("happiness", 0.5, "share", "A", 2025))["entered_happiness"]
    assert (unknown.verdict, unknown.because) == (
        "not_comparable",
        "the audit counts nothing under the name happiness. What would be needed: the name of a metric that it counts, "
        "as the command benchmarks lists them, or of two stages, such as lead_to_won_rate.",
    )
    near = entering(Entered("mql_to_sql_conv", 0.5, "share", "A", 2025))["entered_mql_to_sql_conv"]
    assert near.because is not None
    assert near.because.startswith(
        "the audit counts nothing under the name mql_to_sql_conv; the nearest names are mql_to_sql_rate, "
        "mql_to_sal_rate. What would be needed: "
    )
    young = entering(Entered("mql_to_sql_rate", 0.3, "share", "A", 2025))["entered_mql_to_sql_rate"]
    assert (young.verdict, young.because) == (
        "not_enough_data",
        "no lead entered mql at least 90 days before the end of the export, so none has had its chance.",
    )
    other = entering(Entered("mql_to_sql_rate", 0.3, "share", "A", 2025), stages=("lead", "won"))
    assert other["entered_mql_to_sql_rate"].because == (lacks("mql", "lead, won"))


def test_two_numbers_of_one_metric_are_two_findings() -> None:
    entry = Entered("mql_to_sql_rate", 0.3, "share", "A", 2025)
    every = entering(entry, replace(entry, publisher="B"))
    assert [id for id in every if id.startswith("entered")] == ["entered_mql_to_sql_rate", "entered_mql_to_sql_rate_2"]


# An export that shows only a part of what happened


def doubted(code: str, message: str, charter: Charter, *told: Finding) -> dict[str, Finding]:
    """What is left of findings where a problem of this code was found in the export."""
    problem = Problem(code, None, 1, (), message, False)
    crm = replace(crm_of([], charter), quality=Quality((FileQuality("a.csv", "custom", 1, 1, (problem,)),)))
    return {one.code: one for one in refused(told, crm)}


def plain(code: str, *, sql: bool = True, verdict: str = "measured") -> Finding:
    ours = rate(Counts(5, 50))
    name = code.removeprefix("benchmark.").removeprefix("claims.")
    known = {one.id: one for one in citations()}
    cited = known.get(name) or replace(known["rain-win-47"], id=name, metric=name.removeprefix("entered_"))
    mark = Benchmark(cited, ours) if code.startswith(("benchmark", "claims")) else None
    queries = ("SELECT 1",) if sql else ()
    return Finding(code, "?", verdict, ".", (((), ours),), benchmark=mark, sql=queries)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "sql", "kept"),
    [
        ("benchmark.fourquadrant-inq-mql", True, True),
        ("benchmark.sherpa-2009-lead-won", True, False),
        ("benchmark.implisit-lead-opp-all", True, False),
        ("benchmark.implisit-days-lead-opp", True, False),
        ("benchmark.hbr-2011-never", True, True),
        ("benchmark.cso-2012-followup-75", True, True),
        ("benchmark.hubspot-lead-quality-70", True, True),
        ("benchmark.entered_lead_to_opportunity_days", True, False),
        ("benchmark.topo-2015-sdr-ae", False, True),
        ("benchmark.entered_lead_to_won_rate", True, False),
        ("benchmark.entered_lead_to_mql_rate", True, True),
        ("benchmark.entered_happiness", False, True),
        ("published.sql_to_won_rate", True, False),
        ("published.inquiry_to_mql_rate", True, True),
        ("agreement.volume_mql", True, True),
        ("agreement.rate_sql_to_won", True, False),
        ("agreement.definitions", False, True),
        ("agreement.six_numbers", True, False),
        ("perception.says_and_shows", True, True),
        ("claims.barometre-five-levers", True, True),
        ("claims.mathmarketing-close", False, True),
    ],
)
def test_of_deals_that_are_closed_alone_only_what_ends_in_them_is_refused(code: str, sql: bool, kept: bool) -> None:
    left = doubted("closed_deals_only", "Only closed deals are there.", charter_of(stages=FUNNEL), plain(code, sql=sql))
    assert (left[code].verdict == "measured") is kept
    if not kept:
        assert left[code].because == "only closed deals are there."
        assert left[code].estimates == ()
        assert left[code].benchmark is None or math.isnan(left[code].benchmark.ours.value)


def test_of_deals_that_are_closed_alone_the_stage_that_stands_for_won_is_refused_too() -> None:
    charter = called(charter_of(stages=("contact", "deal", "customer")), deal="opportunity", customer="won")
    codes = ("benchmark.sherpa-2009-lead-won", "benchmark.implisit-lead-opp-all", "benchmark.hbr-2011-never")
    left = doubted("closed_deals_only", "Only closed deals are there.", charter, *map(plain, codes))
    assert [left[code].verdict for code in codes] == ["does_not_apply", "does_not_apply", "measured"]


@pytest.mark.parametrize(
    ("code", "sql", "kept"),
    [
        ("benchmark.fourquadrant-inq-mql", True, False),
        ("benchmark.hbr-2011-never", True, False),
        ("benchmark.cso-source-2018", True, False),
        ("benchmark.hubspot-lead-quality-70", True, True),
        ("benchmark.gartner-62-definitions", False, True),
        ("claims.barometre-five-levers", True, False),
        ("claims.collab-87pct", True, True),
        ("perception.says_and_shows", True, False),
        ("perception.ownership", True, True),
        ("agreement.reviews", False, True),
        ("agreement.volume_mql", True, False),
    ],
)
def test_of_closed_records_alone_nothing_counted_is_left(code: str, sql: bool, kept: bool) -> None:
    left = doubted("closed_only", "Only closed ones are there.", charter_of(stages=FUNNEL), plain(code, sql=sql))
    assert (left[code].verdict == "measured") is kept


def test_a_doubt_on_the_export_is_noted_with_what_was_counted_from_it() -> None:
    counted = ("benchmark.hbr-2011-never", "claims.barometre-five-levers", "perception.says_and_shows", "curve.a_to_b")
    other = ("benchmark.topo-2015-sdr-ae", "claims.collab-87pct", "perception.ownership")
    told = [plain(code, sql=code not in other or "87" in code) for code in (*counted, *other)]
    left = doubted("left_truncated", "It seems to start there.", charter_of(stages=FUNNEL), *told)
    assert [code for code, one in left.items() if one.notes == ("It seems to start there.",)] == list(counted)
