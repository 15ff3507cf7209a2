"""What each definition does to the answer: the sentences, the refusals, and parts of a gap that add up to it."""

from __future__ import annotations

import datetime as dt
import math
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from engines import ENGINES, Lead, charter_of, crm_of, many, table_of
from folders import charter as plan_of
from folders import read, text_of, write
from hypothesis import given
from hypothesis import strategies as st
from test_definitions import some_leads

from alignment_metrics.charter import CHOICES, Charter, read_charter
from alignment_metrics.crm import Crm
from alignment_metrics.definitions import Variant
from alignment_metrics.exports import read_export
from alignment_metrics.findings.reconcile import reconcile
from alignment_metrics.findings.reconcile.frames import ways
from alignment_metrics.findings.reconcile.gaps import gap
from alignment_metrics.findings.reconcile.ground import ground
from alignment_metrics.findings.whole import Whole
from alignment_metrics.report.figures import pictures
from alignment_metrics.values import Estimate, Finding

CHARTER = charter_of(stages=("lead", "offer", "won"), exits=("lost",))
DAY = dt.timedelta(days=1)


def lead(start: str, source: str = "webinar", account: str | None = None, **days: str) -> Lead:
    """A lead from the days it entered stages."""
    return {
        "lead": dt.date.fromisoformat(start),
        "source": source,
        "account_id": account,
        **{place: dt.date.fromisoformat(day) for place, day in days.items()},
    }


# 100 leads of before the latest year, of which 10 won at once; 200 of it, of which 30 won at once, 6 after a year's
# quarter and 40 left; 50 too young, of which 5 won. Ten accounts hold ten of the old leads each, none of them won by
# more than one lead; 12 leads have no known source.
LEADS: Sequence[Lead] = [
    *(lead("2025-01-10", account=f"A{n % 10}", offer="2025-01-20", won="2025-02-01") for n in range(10)),
    *(lead("2025-01-10", account=f"A{n % 10}") for n in range(90)),
    *(lead("2025-10-01", offer="2025-10-05", won="2025-11-01") for _ in range(30)),
    *(lead("2025-10-01", won="2026-03-01") for _ in range(6)),
    *(lead("2025-10-01", "cold call", lost="2025-12-01") for _ in range(40)),
    *(lead("2025-10-01", "unknown") for _ in range(12)),
    *(lead("2025-10-01", "cold call", offer="2025-10-09") for _ in range(112)),
    *(lead("2026-06-01", offer="2026-06-10", won="2026-06-20") for _ in range(5)),
    *(lead("2026-06-01") for _ in range(45)),
]


def found(leads: Sequence[Lead] = LEADS, charter: Charter = CHARTER, engine: str = "duckdb") -> tuple[Finding, ...]:
    return reconcile(Whole(crm_of(leads, charter, engine=engine)))


def told(finding: Finding, key: str) -> dict[str, Estimate]:
    return {group[0][1]: one for group, one in finding.estimates if group and group[0][0] == key}


def parts_of(finding: Finding, to: str) -> dict[str, float]:
    return {group[2][1]: one.value for group, one in finding.estimates if len(group) == 3 and group[1] == ("to", to)}


def with_teams(charter: Charter = CHARTER, **teams: Mapping[str, str]) -> Charter:
    return replace(charter, reconcile=teams)


def test_each_definition_counts_what_can_be_counted_by_hand() -> None:
    one_by_one, _ = found()
    rows = told(one_by_one, "definition")
    assert {name: (one.hits, one.n) for name, one in rows.items()} == {
        "last entry of a stage": (40, 300),
        "skipped stages taken as passed": (40, 300),
        "conversions over leads of a period": (41, 250),
        "by the day the wait ended": (41, 81),
        "leads of the latest 12 months": (30, 200),
        "at any time": (46, 300),
        "young leads counted too": (45, 350),
        "accounts": (40, 210),
        "opportunities": (40, 152),
        "skipped stages taken as passed, opportunities": (40, 158),
        "without leads of unknown origin": (40, 288),
    }
    (group, own), *_ = one_by_one.estimates
    assert (group, own.hits, own.n, own.method) == ((), 40, 300, "Wilson")
    assert one_by_one.code == "reconcile.conversion"
    changes = told(one_by_one, "change")
    assert changes.keys() == rows.keys()
    for name, one in changes.items():
        assert one.value == pytest.approx(rows[name].hits / rows[name].n - 40 / 300, abs=1e-15)  # type: ignore[operator]
        assert (one.low, one.high, one.unit) == (one.value, one.value, "difference")


def test_the_claim_and_the_fine_print_of_definitions() -> None:
    one_by_one, _ = found()
    assert one_by_one.claim == (
        "By the charter's own definition 40 of 300 leads reached won within 90 days: 13.3% [9.9%, 17.6%] (95% "
        "interval). Changed in one choice alone, it lies between 12.9% (young leads counted too) and 50.6% (by "
        "the day the wait ended)."
    )
    assert one_by_one.notes == (
        "All are the same leads, counted by another rule. An interval says how sure a number is under its own "
        "definition; it does not compare definitions, and no test does.",
        "The period is the latest 12 whole months, 2025-07 to 2026-06.",
        "Conversions over leads of a period are no share of the same leads: 0 of the 41 conversions are of leads that "
        "came in before it. So the number is told per 100 leads, may exceed 100, and has the interval of a ratio of "
        "two counts.",
        "By the day the wait ended: of the leads that reached won or left by lost in the period, those that converted. "
        "Leads still open are in no such number.",
        "An account counts once, and has converted where any of its leads has; a lead without one is its own.",
        "Opportunities are the leads that entered offer.",
        "No difference: last entry of a stage, because no lead entered lead, won or lost on two different days.",
        "No difference: skipped stages taken as passed, because the first stage and the last cannot be skipped, so it "
        "only changes who is an opportunity.",
    )


def test_the_number_of_a_period_is_a_ratio_of_two_counts() -> None:
    older = [lead("2025-06-01", offer="2025-06-20", won="2025-08-01") for _ in range(9)]
    one_by_one, _ = found([*LEADS, *older])
    one = told(one_by_one, "definition")["conversions over leads of a period"]
    assert (one.hits, one.n, one.value, one.unit) == (50, 250, 20.0, "per 100 leads")
    assert one.method == "ratio of two counts, on a log scale"
    # The limits of three Poisson counts (41 in both, 9 and 209), as tests/reference/throughput.R finds them.
    reach = math.exp(1.959963984540054 * math.sqrt((9 + 209) / (50 * 250)))
    assert (one.low, one.high) == (pytest.approx(20 / reach), pytest.approx(20 * reach))


def test_without_teams_the_gap_is_between_the_extremes_of_the_same_leads() -> None:
    _, one = found()
    assert one.code == "reconcile.gap"
    assert one.claim == (
        "By choice of definition alone the same leads give anything from 12.9% to 100.0%; the charter's own is 13.3%. "
        "All of the way down (-0.5 points) is made by young leads: young leads counted too in place of only leads at "
        "least 90 days old. Most of the way up (+86.7 points) is made by how conversions are dated: by the day the "
        "wait ended in place of by the day leads came in (+55.5 points)."
    )
    # Dating first: 41 of 81 in place of 40 of 300; dating last: 35 of 35 in place of 40 of 152.
    dating = ((41 / 81 - 40 / 300) + (1 - 40 / 152)) / 2
    assert parts_of(one, "most generous")["how conversions are dated"] == pytest.approx(dating, abs=1e-9)
    assert one.notes == (
        "Most severe: 45 over 350 leads; in place of the charter's own: young leads counted too.",
        "Most generous: 35 over 35 opportunities; in place of the charter's own: by the day the wait ended, "
        "opportunities.",
        "What a choice makes of a gap depends on what else has been changed by then, so it is averaged over every "
        "order in which the choices can be changed one after another; the parts add up to the gap.",
        "No number is more right than another: they answer different questions, and two teams must agree on one.",
    )
    there = ground(crm_of(LEADS, CHARTER))
    every = [there.count(Variant(*options)) for options in product(*CHOICES.values())]
    rates = [counted.rate for counted in every if counted.total >= 30]
    ends = told(one, "definition")
    share = {name: row.hits / row.n for name, row in ends.items()}  # type: ignore[operator]
    assert share == {"most severe": min(rates), "most generous": max(rates)}
    for name, value in share.items():
        assert math.fsum(parts_of(one, name).values()) == pytest.approx(value - 40 / 300, abs=1e-9)


MARKETING, SALES = {"unit": "account", "unknown": "without"}, {"dating": "ended", "window": "any"}


def test_between_two_teams_the_choice_that_makes_most_of_the_gap_is_named() -> None:
    _, one = found(charter=with_teams(marketing=MARKETING, sales=SALES))
    assert one.question == "By which choice of definition do the numbers of marketing and sales differ?"
    assert one.claim == (
        "Of the same leads, marketing counts 20.2% and sales counts 50.6%: +30.4 points from marketing to sales. Most "
        "of the way from marketing to sales is made by how conversions are dated: by the day the wait ended in place "
        "of by the day leads came in (+32.8 points)."
    )
    assert [(name, row.hits, row.n) for name, row in told(one, "definition").items()] == [
        ("marketing", 40, 198),
        ("sales", 41, 81),
    ]
    assert math.fsum(parts_of(one, "sales").values()) == pytest.approx(41 / 81 - 40 / 198, abs=1e-9)


def test_two_teams_of_one_definition_have_no_gap() -> None:
    _, one = found(charter=with_teams(marketing={}, sales={"unit": "lead"}))
    assert one.claim == "Of the same leads, marketing counts 13.3% and sales counts 13.3%: both follow one definition."
    assert parts_of(one, "sales") == {}
    assert pictures("reconcile", [one], with_teams(marketing={}, sales={})) == []


variants_of = st.builds(Variant, *map(st.sampled_from, CHOICES.values()))


@given(variants_of, variants_of)
def test_the_parts_of_any_two_definitions_add_up_to_the_gap_between_them(left: Variant, right: Variant) -> None:
    both = {"left": vars_of(left), "right": vars_of(right)}
    one = gap(replace(GROUND, charter=with_teams(**both)))
    if one.because:
        assert one.verdict == "not_enough_data"
        return
    ends = told(one, "definition")
    parts = parts_of(one, "right")
    assert math.fsum(parts.values()) == pytest.approx(_share(ends["right"]) - _share(ends["left"]), abs=1e-9)
    assert len(parts) == len(left.apart(right))


def vars_of(variant: Variant) -> dict[str, str]:
    return {choice: getattr(variant, choice) for choice in CHOICES}


def _share(one: Estimate) -> float:
    assert one.hits is not None
    return one.hits / one.n


GROUND = ground(crm_of(some_leads(7, CHARTER, 400), CHARTER))


@pytest.mark.parametrize(
    ("leads", "because"),
    [
        ([], "no lead entered lead at least 90 days before the end of the export, so none has had its chance."),
        (
            LEADS[:9],
            "only 9 leads entered lead at least 90 days before the end of the export, and the charter asks for 30.",
        ),
    ],
)
def test_too_few_leads_are_not_set_side_by_side(leads: Sequence[Lead], because: str) -> None:
    one_by_one, gaps = found(leads)
    assert (one_by_one.verdict, one_by_one.claim) == (
        "not_enough_data",
        "Definitions cannot be set side by side yet.",
    )
    assert one_by_one.because == because
    assert (gaps.verdict, gaps.claim) == ("not_enough_data", "The gap between two definitions cannot be told yet.")
    number = "no" if not leads else "only 9"
    assert gaps.because == (f"{number} leads count by the charter's own definition, and the charter asks for 30.")
    assert one_by_one.estimates == gaps.estimates == ()


def test_a_team_whose_definition_counts_too_few_is_told_so() -> None:
    _, one = found([lead("2026-06-01") for _ in range(40)], with_teams(marketing={}, sales={"dating": "ended"}))
    assert one.because == "no leads count by the definition of marketing, and the charter asks for 30."
    young = [lead("2026-06-01") for _ in range(40)] + [lead("2026-01-01") for _ in range(3)]
    _, one = found(young, with_teams(marketing={"young": "all"}, sales={}))
    assert one.because == "fewer than 5 leads count by the definition of sales, and the charter asks for 30."
    _, one = found([*young, *(lead("2026-01-01") for _ in range(9))], with_teams(marketing={}, sales={}))
    assert one.because == "only 12 leads count by the definition of marketing, and the charter asks for 30."


def test_what_cannot_be_counted_is_said_with_its_reason() -> None:
    plain = charter_of(stages=("lead", "won"), history_from=dt.date(2026, 6, 2))
    leads = [*many(4, 40, day=dt.date(2026, 6, 3))]
    one_by_one, _ = found(leads, replace(plain, policy=replace(plain.policy, within_days=10)))
    assert one_by_one.notes[1:] == (
        "No difference: last entry of a stage, because no lead entered lead or won on two different days.",
        "No difference: skipped stages taken as passed, because there is no stage between the first and the last.",
        "Not counted: conversions over leads of a period, because the export tells not one whole month.",
        "Not counted: by the day the wait ended, because the funnel has no exits, so every wait that ended was a "
        "conversion.",
        "Not counted: leads of the latest 12 months, because the export tells not one whole month.",
        "No difference: at any time, because no lead that counts converted after more than 10 days.",
        "No difference: young leads counted too, because every lead is at least 10 days old.",
        "Not counted: accounts, because the export tells no accounts.",
        "Not counted: opportunities, because the stage before the last is the first.",
        "Not counted: without leads of unknown origin, because there is no lead of which source and direction are "
        "known.",
    )


def test_a_few_leads_of_unknown_origin_are_never_told_by_a_difference() -> None:
    leads = [*(one for one in LEADS if one["source"] != "unknown"), *(lead("2025-10-01", "unknown") for _ in range(4))]
    one_by_one, gaps = found(leads, with_teams(marketing={"unknown": "without"}, sales={"unit": "account"}))
    assert "without leads of unknown origin" not in told(one_by_one, "definition")
    assert one_by_one.notes[-1] == (
        "Not counted: without leads of unknown origin, because fewer than 5 leads are, and the difference would "
        "tell them."
    )
    assert told(gaps, "definition")["marketing"].n == 292
    assert "leads of unknown origin" not in parts_of(gaps, "sales")
    assert (
        "Marketing asks for without leads of unknown origin, which cannot be told: fewer than 5 leads are, and the "
        "difference would tell them. The charter's own option stands in."
    ) in gaps.notes


@pytest.mark.parametrize("engine", ENGINES)
def test_leads_on_two_engines_and_in_any_order_give_the_same_findings(engine: str) -> None:
    shuffled = random.Random(2).sample(LEADS, len(LEADS))
    assert numbers(found(shuffled, engine=engine)) == numbers(found())


def numbers(findings: Sequence[Finding]) -> list[Finding]:
    return [replace(one, sql=()) for one in findings]


@pytest.fixture(scope="module")
def hubspot(root: Path) -> Crm:
    return read_export(root / "data" / "sample" / "hubspot")


def test_two_layouts_of_the_sample_give_the_same_findings(hubspot: Crm, root: Path) -> None:
    other = read_export(root / "data" / "sample" / "salesforce")
    assert numbers(reconcile(Whole(other))) == numbers(reconcile(Whole(hubspot)))


def test_the_sample_on_another_engine_gives_the_same_findings(hubspot: Crm) -> None:
    moved = replace(hubspot, journeys=table_of(hubspot.journeys.to_pyarrow(), "polars"))
    assert numbers(reconcile(Whole(moved))) == numbers(reconcile(Whole(hubspot)))


def test_an_export_in_which_leads_come_back_tells_how_many_are_counted_otherwise(tmp_path: Path) -> None:
    rows = [("id", "stage", "day", "source")]
    for number in range(40):
        rows += [(str(number), "lead", "2026-01-05", "Web"), (str(number), "won", "2026-01-15", "Web")]
        rows += [(str(number), "lost", "2026-01-20", "Web"), (str(number), "won", "2026-06-15", "Web")] * (number < 6)
    export = {"file": "events.csv", "layout": "history", "columns": {"lead_id": "id", "stage": "stage", "at": "day"}}
    export["columns"] |= {"source": "source"}  # type: ignore[operator]
    one_by_one, _ = reconcile(
        Whole(read(tmp_path, {"events.csv": text_of(rows)}, plan_of(export, stages=("lead", "won"), exits=("lost",))))
    )
    assert (one_by_one.estimates[0][1].hits, told(one_by_one, "definition")["last entry of a stage"].hits) == (40, 34)
    assert not any(note.startswith("No difference: last entry") for note in one_by_one.notes)


def test_the_way_between_two_teams_is_a_frame_that_leads_from_one_number_to_the_other() -> None:
    _, one = found(charter=with_teams(marketing=MARKETING, sales={"dating": "period"}))
    (((start, stop), way),) = ways(one).items()
    assert (start, stop) == ("marketing", "sales")
    assert list(way.index) == [
        "marketing",
        "what is counted",
        "leads of unknown origin",
        "how conversions are dated",
        "sales",
    ]
    assert way["value"].iloc[0] == 40 / 198
    assert way["value"].iloc[-1] == 41 / 250
    assert way["value"].iloc[:-1].sum() == pytest.approx(41 / 250, abs=1e-9)
    _, one = found()
    assert list(ways(one)) == [("the charter's own", "most severe"), ("the charter's own", "most generous")]


def test_a_figure_shows_how_one_number_becomes_the_other() -> None:
    teams = with_teams(marketing=MARKETING, sales=SALES)
    one_by_one, one = found(charter=teams)
    (picture,) = pictures("reconcile", [one_by_one, one], teams)
    assert picture.caption == "What each choice makes of the way from marketing to sales, for the same leads."
    assert "what is counted" in picture.svg
    down, up = pictures("reconcile", found(), CHARTER)
    assert (
        down.caption == "What each choice makes of the way from the charter's own to most severe, for the same leads."
    )
    assert "young leads" in down.svg
    assert "most generous" in up.svg


def test_the_charter_may_say_what_either_team_means(tmp_path: Path) -> None:
    plan = plan_of() + '[reconcile]\nmarketing = { unit = "lead", unknown = "without" }\nsales = { dating = "ended" }\n'
    assert read_charter(write(tmp_path, {}, plan)).reconcile == {
        "marketing": {"unit": "lead", "unknown": "without"},
        "sales": {"dating": "ended"},
    }


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("sales = {}", ["reconcile: must name two teams, each with its choices; got 1."]),
        (
            'a = { unit = "leads" }\nb = { dateing = "ended" }',
            [
                "reconcile.a.unit: must be one of lead, account, opportunity; got 'leads'; did you mean 'lead'.",
                "reconcile.b.dateing: unknown key; did you mean 'dating'.",
            ],
        ),
        ('a = "lead"\nb = {}', ["reconcile.a: must be a table; got 'lead'."]),
        (
            '" a" = {}\nb = {}',
            ["reconcile.\" a\": ' a' cannot name a team; use up to 60 letters, digits and blanks inside."],
        ),
    ],
)
def test_a_mistake_about_the_teams_is_told_by_its_key(tmp_path: Path, text: str, mistakes: list[str]) -> None:
    folder = write(tmp_path, {}, f"{plan_of()}[reconcile]\n{text}\n")
    head = f"{folder / 'charter.toml'}: {len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}."
    with pytest.raises(ValueError, match=f"^{re.escape(chr(10).join([head, *('  ' + one for one in mistakes)]))}$"):
        read_charter(folder)
