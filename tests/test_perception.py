"""What marketing and sales say, what the CRM shows of it, and the commands that ask and tell."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from engines import ENGINES, charter_of, crm_of, table_of
from test_survey import HOSTILE, NAMES, filled, separated
from typer.testing import CliRunner, Result

from alignment_metrics.charter import Charter, Definition, Funnel, Policy, Team
from alignment_metrics.cli import app, asking
from alignment_metrics.crm import Crm
from alignment_metrics.findings.perception import findings, perception
from alignment_metrics.findings.perception.records import handover
from alignment_metrics.measures import Moved
from alignment_metrics.quality import FileQuality, Quality
from alignment_metrics.questions import items
from alignment_metrics.stats import census
from alignment_metrics.stats.many import holm
from alignment_metrics.tallies import tally
from alignment_metrics.values import CANNOT_SAY, Answers, Counts, Finding

DAY = dt.date(2026, 1, 15)
Given = Mapping[tuple[str, str], Mapping[str, int]]


def days(n: int) -> dt.date:
    return DAY + dt.timedelta(days=n)


def answers_of(given: Given, **people: int) -> Answers:
    """So many of each answer; of people, those who answered the most, unless told."""
    every = {team: max(sum(one.values()) for (name, _), one in given.items() if name == team) for team, _ in given}
    return Answers(given, every | people)


def survey_of(given: Given, engine: str = "duckdb") -> Any:
    """The same as a table of people: the first answer first, and a person answers each question once."""
    rows: list[tuple[int, str, str, str]] = []
    for (team, item), said in given.items():
        told = [answer for answer, n in said.items() for _ in range(n)]
        rows += [(1000 * (team == "sales") + person, team, item, answer) for person, answer in enumerate(told)]
    columns = dict(zip(("person", "team", "item", "answer"), map(list, zip(*rows, strict=True)), strict=True))
    return table_of(pa.table(columns), engine)


def leads_of(*, reached: int = 60, total: int = 100, owned: int = 90) -> list[dict[str, Any]]:
    """Leads that became mql on one day; some of them sal ten days on, the next ten left."""
    return [
        {
            "lead": DAY,
            "mql": DAY,
            **({"owner": "ann"} if number < owned else {}),
            **({"sal": days(10)} if number < reached else {}),
            **({"lost": days(20)} if reached <= number < reached + 10 else {}),
        }
        for number in range(total)
    ]


def plan(*, stages: Sequence[str] = ("lead", "mql", "sal", "won"), **policy: Any) -> Charter:
    return charter_of(stages=stages, exits=("lost",), **policy)


def crm_with(
    given: Given | None,
    *,
    charter: Charter | None = None,
    engine: str = "duckdb",
    leads: list[dict[str, Any]] | None = None,
) -> Crm:
    crm = crm_of(leads_of() if leads is None else leads, charter or plan(), engine=engine)
    return crm if given is None else dataclasses.replace(crm, survey=survey_of(given, engine))


def found_in(told: Sequence[Finding], code: str) -> Finding:
    return next(one for one in told if one.code == f"perception.{code}")


def by_team(one: Finding) -> dict[str, Any]:
    return {dict(name)["team"]: estimate for name, estimate in one.estimates}


LEANDATA = {  # 61 of 100 leaders of sales and 30 of 100 of marketing say "always": citation leandata-2017-followup-gap
    ("sales", "followed_up"): {"always": 61, "usually": 39},
    ("marketing", "followed_up"): {"always": 30, "usually": 60, "never": 10},
}
PEOPLE = {"sales": Team(people=120), "marketing": Team(people=100)}


def test_without_a_survey_the_chapter_says_how_to_ask() -> None:
    (only,) = perception(crm_with(None))
    assert (only.code, only.verdict) == ("perception.survey", "does_not_apply")
    assert only.because == "there is no survey.csv in the folder."
    assert only.advice == "To ask them, write the questionnaire with alignment-metrics questionnaire DIR."


def test_every_question_has_a_finding_and_what_is_shown_comes_first() -> None:
    told = perception(crm_with(LEANDATA))
    assert [one.code for one in told] == ["perception.says_and_shows", *(f"perception.{one.id}" for one in items())]
    assert found_in(told, "ownership").verdict == "does_not_apply"
    assert found_in(told, "ownership").because == "the survey has no answer to this question."


def test_the_gap_is_sales_less_marketing_with_its_interval() -> None:
    one = found_in(findings(answers_of(LEANDATA), {}, Policy()), "followed_up")
    assert one.verdict == "higher"
    assert one.compared == ((("team", "sales"),), (("team", "marketing"),))
    assert one.comparison == census.gap(Counts(61, 100), None, Counts(30, 100), None)
    assert by_team(one) == {"marketing": census.rate(Counts(30, 100)), "sales": census.rate(Counts(61, 100))}
    # Wilson 1927 for each share, Newcombe's method 10 for the gap; both are checked in test_rates and test_census.
    assert one.claim == (
        "61.0% [51.2%, 70.0%] of sales and 30.0% [21.9%, 39.6%] of marketing say that sales always follows up the "
        "leads that marketing hands over. The gap, sales less marketing, is +31.0 points [+17.3, +43.1] (p < 0.001, "
        "adjusted by Holm over 1 question). A larger share of sales than of marketing says so."
    )


def test_swapping_the_teams_turns_the_verdict() -> None:
    swapped = {
        ({"sales": "marketing", "marketing": "sales"}[team], item): said for (team, item), said in LEANDATA.items()
    }
    one = found_in(findings(answers_of(swapped), {}, Policy()), "followed_up")
    assert one.verdict == "lower"
    assert one.claim.endswith("A larger share of marketing than of sales says so.")


def test_the_questions_pay_for_each_other() -> None:
    thin = {"always": 14, "usually": 6}, {"always": 6, "usually": 14}
    alone = {("sales", "followed_up"): thin[0], ("marketing", "followed_up"): thin[1]}
    alike = {
        (team, item.id): {item.yes[0]: 10, CANNOT_SAY: 2, next(one for one in item.answers if one not in item.yes): 10}
        for team in ("sales", "marketing")
        for item in items()
        if item.id != "followed_up"
    }
    single, several = (
        found_in(findings(answers_of(given), {}, Policy()), "followed_up") for given in (alone, alone | alike)
    )
    assert (single.verdict, several.verdict) == ("higher", "no_difference_shown")
    assert single.comparison == several.comparison
    assert single.comparison is not None
    adjusted = holm([single.comparison.pvalue, *([1.0] * 7)])[0]
    assert single.comparison.pvalue < 0.05 < adjusted
    assert f"(p = {adjusted:.3f}, adjusted by Holm over 8 questions), which may be chance." in several.claim


def test_a_small_team_of_which_many_answered_has_a_narrower_interval() -> None:
    wide = by_team(found_in(findings(answers_of(LEANDATA), {}, Policy()), "followed_up"))
    one = found_in(findings(answers_of(LEANDATA), PEOPLE, Policy()), "followed_up")
    assert by_team(one)["sales"] == census.rate(Counts(61, 100), 120)
    assert by_team(one)["sales"].high < wide["sales"].high
    assert (
        "In brackets are 95% intervals, corrected for the size of the teams (100 people of marketing and 120 people of "
        "sales)." in one.notes
    )
    # Of marketing everybody answered: the share is what it is.
    assert (by_team(one)["marketing"].low, by_team(one)["marketing"].high) == (0.3, 0.3)
    assert " and 30.0% of marketing say" in one.claim


def test_where_everybody_answered_nothing_of_the_gap_is_chance() -> None:
    everybody = {"sales": Team(people=100), "marketing": Team(people=100)}
    told = findings(answers_of(LEANDATA), everybody, Policy())
    assert found_in(told, "followed_up").verdict == "higher"
    assert found_in(told, "followed_up").claim.endswith("everybody answered, so nothing of it is chance.")
    same = {
        ("sales", "followed_up"): {"always": 5, "never": 5},
        ("marketing", "followed_up"): {"always": 5, "never": 5},
    }
    ten = {"sales": Team(people=10), "marketing": Team(people=10)}
    assert found_in(findings(answers_of(same), ten, Policy()), "followed_up").verdict == "no_difference_shown"


def test_what_the_silent_would_have_said_bounds_the_share() -> None:
    asked = {"sales": Team(people=150, asked=125), "marketing": Team(people=100)}
    one = found_in(findings(answers_of(LEANDATA), asked, Policy()), "followed_up")
    # 61 of 150 if all others had said no, 111 of 150 had they said yes; 30 of 100 in marketing, whatever sales says.
    assert (
        "Whatever those without an answer would have said, the share lies between 40.7% and 74.0% among all 150 people "
        "of sales (125 were asked), and the gap, sales less marketing, between +10.7 and +44.0 points." in one.notes
    )
    assert (
        "Answers came from 100 of 100 in marketing and 100 of 125 in sales. They speak for the whole teams only if "
        "those who kept silent think alike." in one.notes
    )


def test_whoever_was_not_asked_keeps_silent_too() -> None:
    given = {("sales", "followed_up"): {"always": 1, "never": 5}, ("marketing", "followed_up"): {"always": 8}}

    def bounds(**teams: Team) -> list[str]:
        told = findings(answers_of(given), teams, Policy())
        return [note for note in found_in(told, "followed_up").notes if note.startswith("Whatever")]

    start = "Whatever those without an answer would have said, the share lies between"
    # 1 to 95 of 100 where 94 of them said nothing, whether anybody asked them or not; 1 to 5 of 10 who were asked.
    for sales, asked in ((Team(people=100, asked=6), " (6 were asked)"), (Team(people=100), "")):
        assert bounds(sales=sales) == [f"{start} 1.0% and 95.0% among all 100 people of sales{asked}."]
    # More answered than were asked, which cannot be: it is not told.
    assert bounds(sales=Team(people=100, asked=5)) == [f"{start} 1.0% and 95.0% among all 100 people of sales."]
    assert bounds(sales=Team(asked=10)) == [f"{start} 10.0% and 50.0% among the 10 people of sales who were asked."]
    # 8 to 9 of 9 in marketing: the gap is 0.1 - 1 at least and 0.5 - 8/9 at most.
    assert bounds(sales=Team(asked=10), marketing=Team(people=9)) == [
        f"{start} 88.9% and 100.0% among all 9 people of marketing and between 10.0% and 50.0% among the 10 people of "
        "sales who were asked, and the gap, sales less marketing, between -90.0 and -38.9 points."
    ]
    assert bounds(sales=Team(people=6), marketing=Team(people=8)) == bounds() == []


def test_a_team_cannot_be_smaller_than_those_who_answered() -> None:
    one = found_in(findings(answers_of(LEANDATA), {"sales": Team(people=90)}, Policy()), "followed_up")
    assert by_team(one)["sales"] == census.rate(Counts(61, 100))
    assert (
        "More people of sales answered than [teams.sales] people = 90 says, so that number is not used; correct it."
        in one.notes
    )


def test_the_size_of_one_team_is_enough_to_correct_its_interval() -> None:
    one = found_in(findings(answers_of(LEANDATA), {"sales": Team(people=120)}, Policy()), "followed_up")
    assert (
        "In brackets are 95% intervals, corrected for the size of the teams (120 people of sales); for marketing they "
        "are not, as its size is not known." in one.notes
    )


def test_without_head_counts_it_is_said_that_nothing_is_corrected() -> None:
    one = found_in(findings(answers_of(LEANDATA), {}, Policy()), "followed_up")
    assert (
        "In brackets are 95% intervals. How many people the teams have is not stated (in a charter: people under "
        "[teams.marketing] and [teams.sales]), so none is narrowed for a small team, and what the others would say is "
        "open." in one.notes
    )


def test_those_who_cannot_say_are_in_no_share() -> None:
    given = {("sales", "followed_up"): {"always": 6, "never": 2, CANNOT_SAY: 30}}
    one = found_in(findings(answers_of(given), {}, Policy()), "followed_up")
    assert by_team(one)["sales"] == census.rate(Counts(6, 8))


def test_a_team_of_few_answers_is_not_shown_and_nothing_tells_it() -> None:
    given = {("sales", "followed_up"): {"always": 4}, ("marketing", "followed_up"): {"always": 3, "never": 6}}
    one = found_in(findings(answers_of(given), {}, Policy()), "followed_up")
    assert list(by_team(one)) == ["marketing"]
    assert (one.verdict, one.comparison, one.compared) == ("measured", None, None)
    assert one.claim == (
        "33.3% [12.1%, 64.6%] of marketing say that sales always follows up the leads that marketing hands over. The "
        "other team is not shown, so there is nothing to set beside it."
    )
    assert "Fewer than 5 people of sales could say, and so few are not shown." in one.notes
    assert any(note.startswith("Answers came from 9 in marketing and fewer than 5 in sales.") for note in one.notes)


def test_a_question_that_few_of_either_team_answered_is_refused() -> None:
    given = {("sales", "followed_up"): {"always": 4}, ("marketing", "followed_up"): {"never": 1}}
    one = found_in(findings(answers_of(given), {}, Policy()), "followed_up")
    assert (one.verdict, one.estimates) == ("not_enough_data", ())
    assert one.because == "fewer than 5 people of either team could say, and so few are not shown."


def test_published_numbers_are_context_or_a_warning_and_never_a_target() -> None:
    told = perception(crm_with({("sales", item.id): {item.yes[0]: 9, CANNOT_SAY: 1} for item in items()}))
    notes = {one.code: [note for note in one.notes if "grade" in note] for one in told}
    assert [code for code, said in notes.items() if said] == [
        f"perception.{one}" for one in ("mql_important", "collaboration", "collateral", "lead_quality")
    ]
    (warning,), (context,) = notes["perception.mql_important"], notes["perception.collaboration"]
    assert warning.startswith("Said only to warn: ")
    assert "12%" in warning
    assert "grade D" in warning
    assert context.startswith("Published, for context and not scored: ")
    assert "87%" in context
    assert [one.benchmark for one in told] == [None] * len(told)


def test_what_is_said_stands_beside_what_is_shown() -> None:
    given = LEANDATA | {
        ("sales", "same_definition"): {"yes": 8, "no": 2},
        ("marketing", "ownership"): {"agree": 4, "strongly_agree": 2, "neither": 2},
    }
    one = found_in(perception(crm_with(given)), "says_and_shows")
    assert one.verdict == "measured"
    assert [dict(name) for name, _ in one.estimates] == [
        {"item": "followed_up", "who": "crm: moved on or left, not follow-up"},
        {"item": "followed_up", "who": "marketing"},
        {"item": "followed_up", "who": "sales"},
        {"item": "ownership", "who": "crm"},
        {"item": "ownership", "who": "marketing"},
        {"item": "same_definition", "who": "crm"},
        {"item": "same_definition", "who": "sales"},
    ]
    shown = {dict(name)["item"]: (one.hits, one.n) for name, one in one.estimates if dict(name)["who"][:3] == "crm"}
    # 60 of 100 became sal, 10 more were lost, 90 of 100 have an owner: leads_of().
    assert shown == {"followed_up": (70, 100), "same_definition": (60, 100), "ownership": (90, 100)}
    assert one.claim == (
        "61.0% of sales and 30.0% of marketing say that sales always follows up the leads that marketing hands over; "
        "the CRM shows that 70.0% [60.4%, 78.1%] of 100 leads that entered mql had moved on or left within 90 days, "
        "which is not follow-up. 80.0% of sales say that both teams mean the same by a qualified lead; the CRM shows "
        "that 60.0% [50.2%, 69.1%] of 100 leads that entered mql became sal within 90 days. 75.0% of marketing say "
        "that it is always clear who "
        "is responsible for a lead; the CRM shows that 90.0% [82.6%, 94.5%] of 100 leads have a named owner."
    )
    assert one.notes[1] == (
        "There is no touches.csv, so whether leads were followed up is not known, only whether they moved on from mql "
        "or left within 90 days: a lead may do so though nobody called it, and stay though somebody did."
    )
    assert len(one.sql) == 4


def test_touches_tell_who_was_followed_up() -> None:
    crm = crm_with(LEANDATA)
    rows = [number + 2 for number in range(43)]
    touches = {
        "row": pa.array(rows, pa.int64()),
        "at": pa.nulls(43, pa.timestamp("us")),
        "day": pa.array([days(90)] * 43),
    }
    crm = dataclasses.replace(crm, touches=table_of(pa.table(touches), "duckdb"))
    one = found_in(perception(crm), "says_and_shows")
    assert (
        "the CRM shows that 43.0% [33.7%, 52.8%] of 100 leads that entered mql were followed up within 90 days, yet "
        "60.0% became sal in that time, so either not every attempt is logged or leads are accepted unseen."
    ) in one.claim
    # 43 of the 60 that became sal were called, and none of the 10 that left.
    assert (
        "Not counted as followed up: 27.0% (27 leads) went on from mql or left within 90 days without any logged "
        "attempt since." in one.notes
    )
    assert (("item", "followed_up"), ("who", "crm")) in [name for name, _ in one.estimates]
    assert not any("touches.csv" in note for note in one.notes)


def test_what_the_crm_cannot_show_is_said() -> None:
    given = LEANDATA | {("sales", "ownership"): {"agree": 9}}
    crm = crm_with(given, charter=plan(stages=("lead", "sal", "won")), leads=leads_of(owned=100))
    one = found_in(perception(crm), "says_and_shows")
    assert (
        "Whether sales always follows up the leads that marketing hands over, the CRM cannot show: the funnel does not "
        "tell where marketing hands leads over: it has no stage mql, and [funnel.definitions] gives marketing no stage "
        "before the last." in one.notes
    )
    crm = crm_with({("sales", "ownership"): {"agree": 9}}, leads=leads_of(owned=0))
    one = found_in(perception(crm), "says_and_shows")
    assert (one.verdict, one.because) == ("does_not_apply", "the export names no owner of any lead.")
    crm = crm_with(LEANDATA, leads=leads_of(total=20))
    one = found_in(perception(crm), "says_and_shows")
    assert one.because == (
        "only 20 leads entered mql at least 90 days before the end of the export, and the charter asks for 30."
    )


def test_where_a_part_of_the_attempts_was_set_aside_it_is_said_beside() -> None:
    quality = Quality((FileQuality("touches.csv", "touches", 1000, 979), FileQuality("leads.csv", "custom", 100, 50)))
    touches = {"row": pa.array([2], pa.int64()), "at": pa.nulls(1, pa.timestamp("us")), "day": pa.array([days(1)])}
    crm = dataclasses.replace(crm_with(LEANDATA), touches=table_of(pa.table(touches), "duckdb"), quality=quality)
    note = "21 of 1,000 rows of touches.csv were set aside, so more leads may have been followed up than are counted."
    assert note in found_in(perception(crm), "says_and_shows").notes
    few = Quality((FileQuality("touches.csv", "touches", 1000, 980),))
    told = found_in(perception(dataclasses.replace(crm, quality=few)), "says_and_shows")
    assert [one for one in told.notes if "set aside" in one] == []


def test_of_a_team_of_which_nobody_answered_that_is_said() -> None:
    given = {("sales", "followed_up"): {"always": 61, "usually": 39}}
    one = found_in(findings(answers_of(given), {}, Policy()), "followed_up")
    assert one.claim == (
        "61.0% [51.2%, 70.0%] of sales say that sales always follows up the leads that marketing hands over. Nobody of "
        "marketing answered, so there is nothing to set beside it."
    )
    assert (
        "Answers came from 100 in sales. They speak for the whole team only if those who kept silent think alike."
        in one.notes
    )
    assert not any("people of marketing could say" in note for note in one.notes)


@pytest.mark.parametrize("least", [0, 2, 5])
def test_of_fewer_than_five_people_nothing_is_shown_whatever_the_charter_says(least: int) -> None:
    given = {("sales", "followed_up"): {"always": 4}, ("marketing", "followed_up"): {"always": 3, "never": 6}}
    crm = crm_with(given, charter=plan(suppress_below=least))
    one = found_in(perception(crm), "followed_up")
    assert list(by_team(one)) == ["marketing"]
    assert any(note.startswith("Answers came from 9 in marketing and fewer than 5 in sales.") for note in one.notes)
    assert [dict(name)["who"] for name, _ in found_in(perception(crm), "says_and_shows").estimates][1:] == ["marketing"]
    nobody = found_in(perception(crm_with({("sales", "alignment"): {"5": 4}}, charter=crm.charter)), "alignment")
    assert nobody.because == "fewer than 5 people of either team could say, and so few are not shown."


def test_answers_that_nobody_can_read_are_told_from_none(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("team,alignment,ownership\n" + "sales,5,purple\n" * 34, "utf-8")
    told = {one["code"]: one for one in json.loads(run("survey", path, "--json").stdout)["findings"]}
    assert told["perception.ownership"]["verdict"] == "not_enough_data"
    assert told["perception.ownership"]["because"] == "34 answers could not be read, and there is no other."
    assert told["perception.collateral"]["because"] == "the survey has no answer to this question."
    assert told["perception.alignment"]["verdict"] == "measured"


def test_answers_that_nobody_can_read_are_told_in_a_clients_folder_too(acme: Path) -> None:
    rows = (f"{team},{answer},5" for team, answer in (("sales", "purple"), ("marketing", "green")) for _ in range(17))
    (acme / "survey.csv").write_text("\n".join(["team,followed_up,alignment", *rows]), "utf-8")
    told = {one["code"]: one for one in json.loads(run("survey", acme, "--json").stdout)["findings"]}
    assert told["perception.followed_up"]["because"] == "34 answers could not be read, and there is no other."


def test_where_no_answer_may_be_shown_nothing_is_set_beside_it() -> None:
    one = found_in(perception(crm_with({("sales", "followed_up"): {"always": 3}})), "says_and_shows")
    assert (one.verdict, one.estimates) == ("not_enough_data", ())
    assert one.because == "no question that the CRM could answer too has 5 answers or more of one team."


@pytest.mark.parametrize(
    ("stages", "owners", "expected"),
    [
        (("lead", "mql", "sal", "won"), {}, ("mql", "sal")),
        (("lead", "mql", "won"), {"lead": "marketing"}, ("mql", "won")),
        (("a", "b", "c"), {"a": "marketing", "b": " Marketing ", "c": "sales"}, ("b", "c")),
        (("a", "b", "c"), {"a": "sales"}, None),
        (("a", "b"), {"b": "marketing"}, None),
    ],
)
def test_the_handover_is_where_marketing_ends(
    stages: tuple[str, ...], owners: dict[str, str], expected: tuple[str, str] | None
) -> None:
    assert handover(Funnel(stages, definitions={one: Definition(owner=who) for one, who in owners.items()})) == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_who_moved_on_is_counted_lead_by_lead(engine: str) -> None:
    leads = [
        {"mql": DAY},
        {"mql": DAY, "sal": days(90)},
        {"mql": DAY, "sal": days(91)},
        {"mql": DAY, "won": days(3)},
        {"mql": DAY, "lost": days(0)},
        {"mql": DAY, "lead": days(5)},
        {"mql": DAY, "sal": days(95), "lost": days(12)},
        {"mql": dt.date(2026, 6, 1), "sal": dt.date(2026, 6, 2)},
        {"lead": DAY},
    ]
    crm = crm_of(leads, plan(), engine=engine)
    # By hand: the second, fourth, fifth and seventh of seven that are old enough.
    assert tally(crm, Moved("mql", 90)).counts() == Counts(4, 7)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_answers_on_any_engine_give_the_same_findings(engine: str) -> None:
    told, other = perception(crm_with(LEANDATA, engine=engine)), perception(crm_with(LEANDATA))
    assert [dataclasses.replace(one, sql=()) for one in told] == [dataclasses.replace(one, sql=()) for one in other]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def forty(tmp_path: Path) -> Path:
    """Forty answers in French, as a form exports them: with names, and comments that a spreadsheet would run."""
    path = tmp_path / "réponses.csv"
    path.write_bytes(separated(filled("fr", numbered=True), ";").encode("cp1252", "replace"))
    return path


@pytest.fixture
def acme(tmp_path: Path, root: Path) -> Path:
    """A sample client whose people answered in Japanese."""
    folder = tmp_path / "acme"
    shutil.copytree(root / "data" / "sample" / "hubspot", folder)
    (folder / "survey.csv").write_text(separated(filled("ja")), "utf-8")
    return folder


def test_forty_answers_become_the_table_in_one_command(forty: Path) -> None:
    result = run("survey", forty, "--marketing", 16, "--sales", 30)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "Who says that …"
    told = [line for line in lines if line.startswith("… ")]
    assert len(told) == len(items())
    for team in ("marketing", "sales"):
        assert sum(bool(re.match(rf"  {team} +\d+\.\d% \[.+\] of \d+ answers$", line)) for line in lines) == len(
            items()
        )
    assert sum(line.startswith("  gap, sales less marketing  ") for line in lines) == len(items())
    assert "the CRM shows" not in result.stdout
    assert "Answers came from 14 of 16 in marketing and 26 of 30 in sales." in result.stdout
    assert "Whatever those without an answer would have said, the share lies between" in result.stdout
    assert "réponses.csv (survey): 40 rows read, 40 kept, 0 set aside." in result.stdout
    assert [word for word in (*NAMES, *HOSTILE) if word in result.output] == []


def test_in_a_clients_folder_the_table_shows_what_the_crm_shows(acme: Path) -> None:
    result = run("survey", acme)
    assert result.exit_code == 0, result.output
    assert sum(line.startswith("  the CRM shows ") for line in result.stdout.splitlines()) == 3
    assert "; the CRM shows that " in result.stdout
    assert [word for word in (*NAMES, *HOSTILE) if word in result.output] == []


def test_the_table_as_json_has_the_findings_and_the_account(forty: Path) -> None:
    told = json.loads(run("survey", forty, "--json").stdout)
    assert [one["code"] for one in told["findings"]] == [f"perception.{item.id}" for item in items()]
    assert told["files"][0]["rows_read"] == 40
    assert told["findings"][0]["estimates"][0]["group"] == {"team": "marketing"}


def test_a_folder_that_holds_only_a_survey_is_read_as_one(tmp_path: Path) -> None:
    (tmp_path / "survey.csv").write_text("team,alignment\n" + "sales,5\n" * 6, "utf-8")
    result = run("survey", tmp_path)
    assert result.exit_code == 0
    assert "100.0% [61.0%, 100.0%] of 6 answers" in result.stdout


def test_of_teams_too_small_to_be_shown_one_sentence_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    names = [item.id for item in items()]
    rows = [
        ",".join(("sales" if number < 4 else "marketing", *(item.yes[0] for item in items()))) for number in range(7)
    ]
    path.write_text("\n".join([",".join(("team", *names)), *rows]), "utf-8")
    assert run("survey", path).stdout.splitlines()[:3] == [
        "No question has an answer that can be shown: fewer than 5 people of either team could say, and so few are not "
        "shown.",
        "",
        "s.csv (survey): 7 rows read, 7 kept, 0 set aside.",
    ]


def test_why_nothing_is_shown_of_a_question_is_printed_once_and_of_gaps_only_where_there_is_one(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("team,alignment\n" + "sales,5\n" * 6, "utf-8")
    told = run("survey", path).stdout
    assert told.count("the survey has no answer to this question.") == len(items()) - 1
    assert "A gap counts as one" not in told
    path.write_text("team,alignment\n" + "sales,5\nmarketing,4\n" * 6, "utf-8")
    assert "A gap counts as one" in run("survey", path).stdout


def test_without_a_list_of_attempts_the_table_does_not_call_it_follow_up(acme: Path) -> None:
    assert re.search(r"\n  the CRM shows +\d+\.\d% \[.*\] of 2,092 leads\n", run("survey", acme).stdout)
    (acme / "touches.csv").unlink()
    told = run("survey", acme).stdout
    assert re.search(r"\n  the CRM shows +moved on or left, not follow-up: \d+\.\d% \[.*\] of 2,092 leads\n", told)


def test_what_was_set_aside_is_said_below_the_table(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("team,alignment\nFinance,5\n" + "sales,5\n" * 6, "utf-8")
    assert (
        "unknown_team: 1 row has a team that is neither marketing nor sales (1 word not shown"
        in run("survey", path).stdout
    )


def test_on_a_terminal_the_table_has_a_column_a_team(
    forty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = answers_of(LEANDATA)
    file = FileQuality("survey.csv", "survey", 200, 200)
    monkeypatch.setenv("COLUMNS", "130")
    monkeypatch.setattr(asking, "sys", SimpleNamespace(stdout=SimpleNamespace(isatty=lambda: True)))
    asking._page(findings(told, {}, Policy()), file)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split("  ")[0] == "who says that …"
    assert [one.strip() for one in re.split(r" {2,}", lines[0]) if one.strip()][1:] == [
        "marketing",
        "sales",
        "gap, sales less marketing",
    ]
    assert any("30.0% [21.9%, 39.6%]" in line and "61.0% [51.2%, 70.0%]" in line for line in lines)


def test_fewer_people_than_answered_cannot_be_all_of_a_team(forty: Path, acme: Path) -> None:
    for path in (forty, acme):
        result = run("survey", path, "--sales", 25)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.endswith(
            "alignment-metrics: --sales 25 is fewer than the 26 people of sales who answered; give the number of all "
            "its people.\n"
        )


def test_a_survey_alone_says_how_to_tell_the_size_of_the_teams(forty: Path) -> None:
    hint = "How many people either team has, all told, can be said with --marketing N and --sales N."
    assert hint in run("survey", forty, "--sales", 30).stdout
    assert hint not in run("survey", forty, "--sales", 30, "--marketing", 20).stdout


def test_a_path_without_a_survey_is_refused(tmp_path: Path, root: Path) -> None:
    result = run("survey", tmp_path / "no.csv")
    assert (result.exit_code, result.stdout) == (2, "")
    told = f"alignment-metrics: there is no {tmp_path / 'no.csv'}; name a client's folder, or a filled-in survey.\n"
    assert result.stderr.endswith(told)
    folder = tmp_path / "acme"
    shutil.copytree(root / "data" / "sample" / "hubspot", folder)
    (folder / "survey.csv").unlink(missing_ok=True)
    result = run("survey", folder)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(
        f"alignment-metrics: there is no survey.csv in {folder}; write the questionnaire with alignment-metrics "
        "questionnaire, and save the answers there.\n"
    )


def test_the_questionnaire_is_written_in_five_languages_with_an_empty_table(tmp_path: Path) -> None:
    result = run("questionnaire", tmp_path / "ask")
    assert result.exit_code == 0
    assert sorted(one.name for one in (tmp_path / "ask").iterdir()) == [
        *sorted(f"questionnaire-{code}.html" for code in ("en", "fr", "de", "it", "ja")),
        "survey-template.csv",
    ]
    assert result.stdout.splitlines()[1] == (
        "Next: send a page to everybody in marketing and sales, or paste its questions into a form. Type the answers "
        "into a copy of survey-template.csv, or take the form's own export, and save it as survey.csv in the client's "
        "folder. Then: alignment-metrics survey FOLDER"
    )


def test_the_questionnaire_promises_what_the_charter_of_the_folder_says(acme: Path) -> None:
    path = acme / "charter.toml"
    path.write_text(re.sub(r"suppress_below = \d+", "suppress_below = 9", path.read_text("utf-8")), "utf-8")
    assert run("questionnaire", acme, "--language", "de").exit_code == 0
    assert "weniger als 9 Personen" in (acme / "questionnaire-de.html").read_text("utf-8")


def test_the_questionnaire_promises_five_people_where_the_charter_would_show_fewer(acme: Path) -> None:
    path = acme / "charter.toml"
    path.write_text(re.sub(r"suppress_below = \d+", "suppress_below = 2", path.read_text("utf-8")), "utf-8")
    assert run("questionnaire", acme, "--language", "en").exit_code == 0
    assert "fewer than 5 people of a team" in (acme / "questionnaire-en.html").read_text("utf-8")


def test_a_language_may_be_named_in_any_case_and_twice(tmp_path: Path) -> None:
    assert run("questionnaire", tmp_path, "--language", "DE", "--language", " de").exit_code == 0
    assert sorted(one.name for one in tmp_path.iterdir()) == ["questionnaire-de.html", "survey-template.csv"]


def test_the_questionnaire_is_never_written_over(tmp_path: Path) -> None:
    assert run("questionnaire", tmp_path, "--language", "fr").exit_code == 0
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    result = run("questionnaire", tmp_path, "--language", "it", "--language", "fr")
    assert result.exit_code == 2
    assert result.stderr == (
        f"alignment-metrics: questionnaire-fr.html, survey-template.csv are in {tmp_path} already and never written "
        "over; rename them, or name another folder.\n"
    )
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before


def test_a_questionnaire_in_an_unknown_language_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    result = run("questionnaire", tmp_path / "ask", "--language", "es")
    assert result.exit_code == 2
    assert result.stderr == (
        "alignment-metrics: there is no questionnaire in 'es'; there is one in en, fr, de, it, ja.\n"
    )
    assert not (tmp_path / "ask").exists()
