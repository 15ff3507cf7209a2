"""What a charter says of promises, teams and figures: read as signed, or refused by the path of each key."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from alignment_metrics.charter import (
    Agreement,
    Charter,
    Entered,
    Export,
    Goal,
    Team,
    Year,
    read_charter,
)

PLAN = """
[organisation]
name = "Acme Robotics"
timezone = "Europe/Paris"
as_of = 2026-06-30

[[export]]
file = "contacts.csv"

[funnel]
stages = ["lead", "mql", "sal", "won"]
exits = ["lost"]

[policy]
within_days = 60

"""
YEAR = """
[organisation.year]
revenue_growth = -0.04
industry_growth = 0
proposals = 430
proposals_won = 189
customers = 560
customers_lost = 96
lost_to_competitors = 37
marketing_cost = 390000
sales_cost = 2280000.5
leads_bought = 0.12
channels = 11
"""
TEAMS = """
[teams.marketing]
people = 16
asked = 12
called = ["Marketing DACH"]
[teams.sales]
people = 30
executives = 20
developers = 8
"""
AGREEMENT = """
[agreement]
signed = 2025-10-01
reviewed = [2026-01-14, 2025-10-29]
review_every = 35
revise_every = 180
leads_per_seller = 7.5
[[agreement.goal]]
kind = "volume"
stage = "mql"
every = "week"
at_least = 50
[[agreement.goal]]
kind = "speed"
from = "mql"
to = "lost"
within_days = 2
share = 0.9
[[agreement.goal]]
kind = "speed"
from = "mql"
within_hours = 24
share = 1
[[agreement.goal]]
kind = "rate"
from = "mql"
to = "sal"
at_least = 0.4
"""
ENTERED = """
[[benchmark]]
metric = "win_rate"
value = 0.47
unit = "share"
publisher = "A firm"
year = 2024
n = 700
[[benchmark]]
metric = "sales_cycle_days"
value = 84
unit = "days"
publisher = "Another"
year = 2023
"""
VOLUME = '[[agreement.goal]]\nkind = "volume"\nstage = "mql"\nevery = "week"\nat_least = 50\n'
SPEED = '[[agreement.goal]]\nkind = "speed"\nfrom = "mql"\nto = "sal"\nwithin_days = 2\nshare = 0.9\n'
RATE = '[[agreement.goal]]\nkind = "rate"\nfrom = "mql"\nto = "sal"\nat_least = 0.4\n'


def charter_in(folder: Path, text: str) -> Charter:
    (folder / "charter.toml").write_text(text, "utf-8")
    return read_charter(folder)


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(ValueError, match=r"charter\.toml: \d+ mistakes?\.\n") as caught:
        charter_in(folder, text)
    return str(caught.value).split("\n  ")[1:]


def test_a_charter_without_promises_teams_and_figures_has_none(tmp_path: Path) -> None:
    charter = charter_in(tmp_path, PLAN)
    assert (charter.agreement, charter.teams, charter.entered, charter.lists) == (None, {}, (), {})
    assert charter.organisation.year == charter.organisation.year_before == Year()


def test_the_figures_of_a_year_are_read(tmp_path: Path) -> None:
    organisation = charter_in(tmp_path, PLAN + YEAR + "[organisation.year_before]\ncustomers = 500\n").organisation
    assert organisation.year == Year(-0.04, 0.0, 430, 189, 560, 96, 37, 390_000.0, 2_280_000.5, 0.12, 11)
    assert organisation.year_before == Year(customers=500)


def test_the_teams_are_read(tmp_path: Path) -> None:
    assert charter_in(tmp_path, PLAN + TEAMS).teams == {
        "marketing": Team(16, 12, called=("Marketing DACH",)),
        "sales": Team(30, None, 20, 8),
    }


def test_the_agreement_is_read_and_its_reviews_are_put_in_order(tmp_path: Path) -> None:
    assert charter_in(tmp_path, PLAN + AGREEMENT).agreement == Agreement(
        dt.date(2025, 10, 1),
        (dt.date(2025, 10, 29), dt.date(2026, 1, 14)),
        35,
        180,
        7.5,
        (
            Goal("volume", "mql", None, 50.0, "week"),
            Goal("speed", "mql", "lost", 0.9, within_days=2),
            Goal("speed", "mql", None, 1.0, within_hours=24.0),
            Goal("rate", "mql", "sal", 0.4, within_days=60),
        ),
    )


def test_what_an_agreement_leaves_out_has_the_usual_value(tmp_path: Path) -> None:
    assert charter_in(tmp_path, PLAN + "[agreement]\n").agreement == Agreement()
    assert (Agreement().review_every, Agreement().revise_every) == (30, 365)


def test_that_no_review_took_place_is_more_than_to_say_nothing_of_reviews(tmp_path: Path) -> None:
    told, silent = (charter_in(tmp_path, f"{PLAN}[agreement]\n{text}").agreement for text in ("reviewed = []\n", ""))
    assert told is not None
    assert silent is not None
    assert (told.reviewed, silent.reviewed) == ((), None)


def test_the_window_of_a_promised_rate_is_that_of_the_policy_unless_it_says_otherwise(tmp_path: Path) -> None:
    agreement = charter_in(tmp_path, PLAN + "[agreement]\n" + RATE + "within_days = 14\n").agreement
    assert agreement is not None
    assert agreement.goals == (Goal("rate", "mql", "sal", 0.4, within_days=14),)


def test_published_numbers_that_the_client_brings_along_are_read(tmp_path: Path) -> None:
    assert charter_in(tmp_path, PLAN + ENTERED).entered == (
        Entered("win_rate", 0.47, "share", "A firm", 2024, 700),
        Entered("sales_cycle_days", 84.0, "days", "Another", 2023),
    )


def test_a_published_number_may_be_of_a_year_that_nobody_knows(tmp_path: Path) -> None:
    entered = charter_in(tmp_path, PLAN + ENTERED.replace("year = 2023\n", "")).entered
    assert entered[1] == Entered("sales_cycle_days", 84.0, "days", "Another", None)


def test_touches_and_survey_are_lists_like_the_others(tmp_path: Path) -> None:
    text = '[touches.columns]\nlead_id = "Who"\n[survey]\nfile = "answers-de.csv"\n[survey.columns]\nownership = "6"\n'
    assert charter_in(tmp_path, PLAN + text).lists == {
        "touches": Export("touches.csv", "touches", columns={"lead_id": "Who"}),
        "survey": Export("answers-de.csv", "survey", columns={"ownership": "6"}),
    }


NO_NUMBER = "at least 0 and at most 1,000,000,000,000"
FIGURES = [
    ("revenue_growth", "12", "must be a share above -1 and at most 10 with its point, such as 0.12 for 12%; got 12."),
    (
        "revenue_growth",
        "-1.0",
        "must be a share above -1 and at most 10 with its point, such as 0.12 for 12%; got -1.0.",
    ),
    (
        "industry_growth",
        "nan",
        "must be a share above -1 and at most 10 with its point, such as 0.12 for 12%; got nan.",
    ),
    (
        "industry_growth",
        "true",
        "must be a share above -1 and at most 10 with its point, such as 0.12 for 12%; got True.",
    ),
    ("proposals", "-1", "must be a whole number from 0 to 1,000,000,000,000; got -1."),
    ("proposals", "4.0", "must be a whole number from 0 to 1,000,000,000,000; got 4.0."),
    ("channels", "true", "must be a whole number from 0 to 1,000,000,000,000; got True."),
    ("customers", "1_000_000_000_001", "must be a whole number from 0 to 1,000,000,000,000; got 1000000000001."),
    ("marketing_cost", "-0.5", f"must be a number of {NO_NUMBER}; got -0.5."),
    ("sales_cost", "inf", f"must be a number of {NO_NUMBER}; got inf."),
    ("sales_cost", "1" + "0" * 400, f"must be a number of {NO_NUMBER}; got 100000000000000000...0000000000000000000."),
    ("marketing_cost", '"much"', f"must be a number of {NO_NUMBER}; got 'much'."),
    ("leads_bought", "20", "must be a share from 0 to 1, such as 0.4 for 40%; got 20."),
    ("leads_bought", "-0.1", "must be a share from 0 to 1, such as 0.4 for 40%; got -0.1."),
    ("custmers", "5", "unknown key; did you mean 'customers'."),
]


@pytest.mark.parametrize(("key", "value", "expected"), FIGURES)
@pytest.mark.parametrize("year", ["year", "year_before"])
def test_a_figure_that_cannot_be_is_told(tmp_path: Path, year: str, key: str, value: str, expected: str) -> None:
    text = f"{PLAN}[organisation.{year}]\n{key} = {value}\n"
    assert mistakes(tmp_path, text) == [f"organisation.{year}.{key}: {expected}"]


@pytest.mark.parametrize(
    ("part", "whole"),
    [("proposals_won", "proposals"), ("customers_lost", "customers"), ("lost_to_competitors", "customers_lost")],
)
def test_a_part_is_no_more_than_the_whole(tmp_path: Path, part: str, whole: str) -> None:
    text = f"{PLAN}[organisation.year]\n{part} = 7\n{whole} = "
    assert charter_in(tmp_path, text + "7\n").organisation.year
    assert mistakes(tmp_path, text + "6\n") == [f"organisation.year.{part}: must not be more than {whole}; got 7 of 6."]


ONE_TEAM = [
    ("[teams.markting]\n", "teams.markting: unknown key; did you mean 'marketing'."),
    (
        "[teams.marketing]\ndevelopers = 3\n",
        "teams.marketing.developers: unknown key; known here: asked, called, people.",
    ),
    ("[teams]\nsales = 3\n", "teams.sales: must be a table; got 3."),
    (
        "[teams.sales]\npeople = 2.5\n",
        "teams.sales.people: must be a whole number from 0 to 1,000,000,000,000; got 2.5.",
    ),
    (
        "[teams.sales]\npeople = 3\nasked = 4\n",
        "teams.sales.asked: must not be more than teams.sales.people; got 4 of 3.",
    ),
    (
        "[teams.sales]\npeople = 3\nexecutives = 5\n",
        "teams.sales.executives: must not be more than teams.sales.people; got 5 of 3.",
    ),
    ("[teams.sales]\ncalled = 3\n", "teams.sales.called: must be a list of texts; got 3."),
    ('[teams.sales]\ncalled = ["a", "a"]\n', "teams.sales.called: 'a' is named twice; name it once."),
    (
        '[teams.sales]\ncalled = ["a\\nb"]\n',
        "teams.sales.called: 'a\\nb' cannot name a team; use up to 60 letters, digits and blanks.",
    ),
    (
        '[teams.sales]\ncalled = ["Marketing "]\n',
        "teams.sales.called: 'Marketing ' is what marketing is called already; keep it for one team.",
    ),
    (
        '[teams.marketing]\ncalled = ["Growth"]\n[teams.sales]\ncalled = ["growth"]\n',
        "teams.sales.called: 'growth' is what marketing is called already; keep it for one team.",
    ),
]


@pytest.mark.parametrize(("text", "expected"), ONE_TEAM)
def test_a_mistake_about_a_team_is_told(tmp_path: Path, text: str, expected: str) -> None:
    assert mistakes(tmp_path, PLAN + text) == [expected]


AGREED = [
    ("agreement = 3", "agreement: must be a table; got 3."),
    ("[agreement]\nsigend = 2026-01-01\n", "agreement.sigend: unknown key; did you mean 'signed'."),
    (
        '[agreement]\nsigned = "2026-01-01"\n',
        "agreement.signed: must be a day such as 2026-06-30, without quotes or time; got '2026-01-01'.",
    ),
    (
        "[agreement]\nsigned = 2026-01-01T09:00:00\n",
        "agreement.signed: must be a day such as 2026-06-30, without quotes or time; got "
        "datetime.datetime(2026, 1, 1, 9, 0).",
    ),
    (
        "[agreement]\nsigned = 1926-01-01\n",
        "agreement.signed: must lie between 1970-01-01 and 2199-12-31; got 1926-01-01.",
    ),
    (
        "[agreement]\nreviewed = 2026-01-01\n",
        "agreement.reviewed: must be a list of days such as [2026-05-04, 2026-06-01]; got datetime.date(2026, 1, 1).",
    ),
    (
        "[agreement]\nreviewed = [2026-01-01, 5]\n",
        "agreement.reviewed[1]: must be a day such as 2026-06-30, without quotes or time; got 5.",
    ),
    (
        "[agreement]\nreviewed = [2026-01-01, 2026-01-01]\n",
        "agreement.reviewed[1]: 2026-01-01 is named twice; name it once.",
    ),
    ("[agreement]\nreview_every = 0\n", "agreement.review_every: must be a whole number from 1 to 36,500; got 0."),
    (
        "[agreement]\nrevise_every = 36501\n",
        "agreement.revise_every: must be a whole number from 1 to 36,500; got 36501.",
    ),
    (
        "[agreement]\nleads_per_seller = 0\n",
        "agreement.leads_per_seller: must be a number above 0 and at most 1,000,000,000,000; got 0.",
    ),
    (
        '[agreement]\ngoal = "more"\n',
        "agreement.goal: must be written as [[agreement.goal]], once for each goal; got 'more'.",
    ),
    ("[agreement]\ngoal = [3]\n", "agreement.goal[0]: must be a table; got 3."),
]


@pytest.mark.parametrize(("text", "expected"), AGREED)
def test_a_mistake_in_the_agreement_is_told(tmp_path: Path, text: str, expected: str) -> None:
    # A key of the whole document comes before its first table.
    whole = f"{text}\n{PLAN}" if text.startswith("agreement =") else PLAN + text
    assert mistakes(tmp_path, whole)[-1] == expected


GOALS = [
    (
        VOLUME,
        '"volume"',
        '"volumes"',
        ["kind: must be one of volume, speed, rate; got 'volumes'; did you mean 'volume'."],
    ),
    (VOLUME, 'kind = "volume"\n', "", ["kind: missing; write it."]),
    (VOLUME, 'stage = "mql"\n', "", ["stage: missing; write it."]),
    (VOLUME, 'every = "week"\n', "", ["every: missing; write it."]),
    (VOLUME, "at_least = 50\n", "", ["at_least: missing; write it."]),
    (VOLUME, "at_least", "at_last", ["at_last: unknown key; did you mean 'at_least'.", "at_least: missing; write it."]),
    (VOLUME, "at_least = 50", "at_least = 0", ["at_least: must be a whole number from 1 to 1,000,000,000,000; got 0."]),
    (
        VOLUME,
        "at_least = 50",
        "at_least = 0.5",
        ["at_least: must be a whole number from 1 to 1,000,000,000,000; got 0.5."],
    ),
    (VOLUME, '"week"', '"day"', ["every: must be one of month, week, quarter; got 'day'."]),
    (VOLUME, '"mql"', '"mqls"', ["stage: must be one of lead, mql, sal, won; got 'mqls'; did you mean 'mql'."]),
    (VOLUME, '"mql"', '"lost"', ["stage: must be one of lead, mql, sal, won; got 'lost'."]),
    (VOLUME, "stage", "share = 0.5\nstage", ["share: unknown key; did you mean 'stage'."]),
    (SPEED, '"sal"', '"lead"', ["goes from 'mql' to 'lead', and 'lead' does not come after it."]),
    (SPEED, '"sal"', '"mql"', ["goes from 'mql' to 'mql', and 'mql' does not come after it."]),
    (SPEED, '"sal"', '"sold"', ["to: must be one of lead, mql, sal, won, lost; got 'sold'."]),
    (SPEED, '"mql"', '"lost"', ["from: must be one of lead, mql, sal, won; got 'lost'."]),
    (SPEED, "within_days = 2\n", "", ["does not say how soon; write within_days."]),
    (SPEED, 'to = "sal"\nwithin_days = 2\n', "", ["does not say how soon; write within_days or within_hours."]),
    (SPEED, 'to = "sal"\n', "within_hours = 3\n", ["has within_days and within_hours; keep one of them."]),
    (
        SPEED,
        "within_days",
        "within_hours",
        ["within_hours: a stage is dated by the day, so only a first touch can be due in hours; say within_days."],
    ),
    (
        SPEED,
        'to = "sal"\nwithin_days = 2',
        "within_hours = 0",
        ["within_hours: must be a number above 0 and at most 1,000,000,000,000; got 0."],
    ),
    (
        SPEED,
        'to = "sal"\nwithin_days = 2',
        "within_hours = 876001",
        ["within_hours: must be at most 876,000; got 876001.0."],
    ),
    (SPEED, "within_days = 2", "within_days = -2", ["within_days: must be a whole number from 0 to 36,500; got -2."]),
    (SPEED, "share = 0.9", "share = 90", ["share: must be a share above 0 and up to 1, such as 0.4 for 40%; got 90."]),
    (SPEED, "share = 0.9", "share = 0", ["share: must be a share above 0 and up to 1, such as 0.4 for 40%; got 0."]),
    (
        SPEED,
        "share = 0.9",
        "at_least = 0.9",
        [
            "at_least: unknown key; known here: from, kind, share, to, within_days, within_hours.",
            "share: missing; write it.",
        ],
    ),
    (RATE, 'to = "sal"\n', "", ["to: missing; write it."]),
    (RATE, '"sal"', '"lost"', ["to: must be one of lead, mql, sal, won; got 'lost'."]),
    (RATE, "0.4", "1.4", ["at_least: must be a share above 0 and up to 1, such as 0.4 for 40%; got 1.4."]),
    (
        RATE,
        "at_least",
        "within_days = 0.5\nat_least",
        ["within_days: must be a whole number from 0 to 36,500; got 0.5."],
    ),
]


@pytest.mark.parametrize(("goal", "old", "new", "expected"), GOALS)
def test_a_mistake_in_a_goal_is_told(tmp_path: Path, goal: str, old: str, new: str, expected: list[str]) -> None:
    assert goal.count(old) == 1
    other = RATE if goal is not RATE else VOLUME
    found = mistakes(tmp_path, f"{PLAN}[agreement]\n{other}{goal.replace(old, new)}")
    path = "agreement.goal[1]"
    places = (f"{path}: {one}" if one.split(" ")[0] in ("goes", "does", "has") else f"{path}.{one}" for one in expected)
    assert found == list(places)


def test_two_goals_that_would_be_one_finding_are_told(tmp_path: Path) -> None:
    text = PLAN + "[agreement]\n" + VOLUME + SPEED + VOLUME.replace('"week"', '"month"')
    assert mistakes(tmp_path, text) == [
        "agreement.goal[2]: promises of the same leads the same as agreement.goal[0]; keep one of them."
    ]


def test_of_a_funnel_that_cannot_be_read_no_goal_is_blamed(tmp_path: Path) -> None:
    text = PLAN.replace('"lead", "mql", "sal", "won"', '"lead"') + "[agreement]\n" + VOLUME + SPEED
    assert mistakes(tmp_path, text) == ["funnel.stages: at least two stages are needed; got 1."]


BENCHMARKS = [
    (
        'value = 84\nunit = "days"',
        'value = 84\nunit = "day"',
        [
            "unit: must be one of share, relative_change, difference, ratio, count, days, hours; got 'day'; did you "
            "mean 'days'."
        ],
    ),
    (
        'metric = "win_rate"',
        'metrics = "win_rate"',
        ["metrics: unknown key; did you mean 'metric'.", "metric: missing; write it."],
    ),
    (
        'metric = "win_rate"',
        'metric = "Win rate"',
        ["metric: must be the name of a metric such as 'mql_to_sql_rate'; got 'Win rate'."],
    ),
    (
        'unit = "share"',
        'unit = "percent"',
        ["unit: must be one of share, relative_change, difference, ratio, count, days, hours; got 'percent'."],
    ),
    ("value = 0.47", "value = 47", ["value: must be a share from 0 to 1, such as 0.13 for 13%; got 47."]),
    ("value = 0.47", "value = nan", ["value: must be a share from 0 to 1, such as 0.13 for 13%; got nan."]),
    ("value = 0.47", "value = true", ["value: must be a share from 0 to 1, such as 0.13 for 13%; got True."]),
    (
        'value = 0.47\nunit = "share"',
        'value = 38\nunit = "relative_change"',
        ["value: must be a change from -1 to 10, such as 0.38 for 38% more; got 38."],
    ),
    (
        'value = 0.47\nunit = "share"',
        'value = 38\nunit = "difference"',
        ["value: must be a difference of two shares from -1 to 1, such as 0.38 for 38 points; got 38."],
    ),
    (
        'value = 0.47\nunit = "share"',
        'value = -1\nunit = "hours"',
        ["value: must be a number from 0 to 1,000,000,000,000; got -1."],
    ),
    ('"A firm"', '"A\\nfirm"', ["publisher: must be one line of up to 200 characters; got 'A\\nfirm'."]),
    ("year = 2024", "year = 24", ["year: must be a whole number from 1900 to 2199; got 24."]),
    ("n = 700", "n = 0", ["n: must be a whole number from 1 to 1,000,000,000,000; got 0."]),
    ("n = 700", "n = 7_0\nurl = 'x'", ["url: unknown key; known here: metric, n, publisher, unit, value, year."]),
]


@pytest.mark.parametrize(("old", "new", "expected"), BENCHMARKS)
def test_a_mistake_in_a_published_number_is_told(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    assert ENTERED.count(old) == 1
    assert mistakes(tmp_path, PLAN + ENTERED.replace(old, new)) == [
        f"benchmark[{0 if ENTERED.index(old) < ENTERED.rindex('[[') else 1}].{one}" for one in expected
    ]


def test_published_numbers_are_a_list_of_tables(tmp_path: Path) -> None:
    assert mistakes(tmp_path, PLAN + "[benchmark]\nmetric = 3\n") == [
        "benchmark: must be written as [[benchmark]], once for each published number; got {'metric': 3}."
    ]


def test_a_column_that_a_list_cannot_have_is_told(tmp_path: Path) -> None:
    assert mistakes(tmp_path, PLAN + '[survey.columns]\nownersip = "x"\n[touches]\nfile = "../x.csv"\n') == [
        "touches.file: must lie inside the client's folder; '../x.csv' does not.",
        "survey.columns.ownersip: unknown key; did you mean 'ownership'.",
    ]
