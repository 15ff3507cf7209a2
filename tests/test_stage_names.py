"""What others call a stage: a funnel finds its stages by its own names, and by those that they stand for."""

from __future__ import annotations

from pathlib import Path

import pytest

from alignment_metrics.charter import STANDARD, Definition, Funnel, read_charter
from alignment_metrics.findings.perception.records import handover

PLAN = """
[organisation]
name = "Acme Robotics"
timezone = "Europe/Paris"
as_of = 2026-06-30
[[export]]
file = "contacts.csv"
[funnel]
stages = ["lead", "qualified", "offer", "customer"]
exits = ["lost"]
"""
OFFER = '[funnel.definitions.offer]\nowner = "sales"\nstands_for = "proposal"\n'


def funnel_of(folder: Path, text: str) -> Funnel:
    (folder / "charter.toml").write_text(PLAN + text, "utf-8")
    return read_charter(folder).funnel


def test_a_stage_is_found_by_its_own_name_and_by_the_one_it_stands_for(tmp_path: Path) -> None:
    funnel = funnel_of(tmp_path, OFFER + '[funnel.definitions.customer]\nstands_for = "won"\n')
    assert funnel.definitions["offer"] == Definition("sales", stands_for="proposal")
    assert {name: funnel.named(name) for name in STANDARD} == dict.fromkeys(STANDARD) | {
        "lead": "lead",
        "proposal": "offer",
        "won": "customer",
    }


def test_where_nothing_is_said_only_own_names_are_found(tmp_path: Path) -> None:
    funnel = funnel_of(tmp_path, "")
    assert [name for name in STANDARD if funnel.named(name)] == ["lead"]


def test_a_name_in_other_case_is_the_same_name(tmp_path: Path) -> None:
    assert Funnel(("Lead", "Won")).named("won") == "Won"
    assert Funnel(("Lead", "Won"), exits=("lost",)).named("lost") is None


def test_a_stage_of_a_standard_name_may_stand_for_another_too() -> None:
    funnel = Funnel(("lead", "opportunity"), definitions={"opportunity": Definition(stands_for="sql")})
    assert (funnel.named("opportunity"), funnel.named("sql")) == ("opportunity", "opportunity")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[funnel.definitions.offer]\nstands_for = "offer"\n',
            "funnel.definitions.offer.stands_for: must be one of lead, mql, sal, sql, proposal, forecast, opportunity, "
            "won; got 'offer'.",
        ),
        (
            "[funnel.definitions.offer]\nstands_for = 3\n",
            "funnel.definitions.offer.stands_for: must be one of lead, mql, sal, sql, proposal, forecast, opportunity, "
            "won; got 3.",
        ),
        (
            '[funnel.definitions.offer]\nstands_for = "lead"\n',
            "funnel.definitions.offer.stands_for: 'lead' is a stage of this funnel itself; take it out, or rename that "
            "stage.",
        ),
        (
            '[funnel.definitions.lost]\nstands_for = "won"\n',
            "funnel.definitions.lost.stands_for: 'lost' is an exit, and only a stage can stand for another; take it "
            "out.",
        ),
        (
            OFFER + '[funnel.definitions.customer]\nstands_for = "proposal"\n',
            "funnel.definitions.customer.stands_for: 'offer' stands for 'proposal' already; keep it for one stage.",
        ),
    ],
)
def test_a_name_that_cannot_be_stood_for_is_told(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=r"charter\.toml: 1 mistake\.\n") as caught:
        funnel_of(tmp_path, text)
    assert str(caught.value).split("\n  ")[1:] == [expected]


def test_marketing_hands_over_at_the_stage_that_stands_for_its_qualified_leads(tmp_path: Path) -> None:
    text = '[funnel.definitions.lead]\nowner = "marketing"\n[funnel.definitions.qualified]\nstands_for = "mql"\n'
    assert handover(funnel_of(tmp_path, text)) == ("qualified", "offer")
    assert handover(funnel_of(tmp_path, text.replace('"mql"', '"sql"'))) == ("lead", "qualified")
