"""The six numbers: each under its own name, none that gives a few deals away, and the unknown left out aloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from engines import Lead, crm_of
from test_agreement import DAY, day, found, plan

from alignment_metrics.charter import Charter, Definition, Goal, Source
from alignment_metrics.findings.agreement import agreement
from alignment_metrics.stats.quotas import leads_for
from alignment_metrics.values import Counts, Finding

SOURCES = {
    "Webinar": Source("webinar", "inbound", {"brought_by": "marketing"}),
    "Cold call": Source("cold call", "outbound", {"brought_by": "sales"}),
    "Reseller": Source("reseller", "outbound", {"brought_by": "partner"}),
    "Other": Source("other", "unknown"),
}
REVENUE = "share of revenue from marketing"


def won(n: int, amount: float, by: str = "unknown") -> list[Lead]:
    """So many leads that were won, each worth so much."""
    return [{"lead": day("2026-01-05"), "won": day("2026-01-15"), "amount": amount, "brought_by": by}] * n


def revenue(*leads: Sequence[Lead], **policy: Any) -> Finding:
    charter = plan(sources=SOURCES, stages=("lead", "won"), **policy)
    return found([lead for some in leads for lead in some], charter, "six_numbers")


def said(one: Finding) -> tuple[str | None, str | None]:
    """What the claim and the notes have to say of revenue."""
    claims = (part.removeprefix(f"{REVENUE}, ") for part in one.claim.split("; ") if part.startswith(REVENUE))
    notes = (note.partition(": ")[2] for note in one.notes if note.startswith(REVENUE.capitalize()))
    return next(claims, None), next(notes, None)


def value(one: Finding, name: str = REVENUE) -> tuple[float, int]:
    estimate = dict(one.estimates)[(("number", name),)]
    return estimate.value, estimate.n


def test_revenue_is_shared_among_all_whose_source_says_who_brought_them() -> None:
    one = revenue(won(30, 1000, "marketing"), won(20, 3000, "sales"), won(10, 1000, "partner"))
    # 30,000 of 30,000 and 60,000 and 10,000.
    assert said(one) == ("30.0% of the 100,000 EUR won.", None)
    assert value(one) == (0.3, 60)


@pytest.mark.parametrize("side", ["marketing", "others"])
@pytest.mark.parametrize(
    ("n", "who"), [(0, "none"), (1, "fewer than 5"), (4, "fewer than 5"), (5, "5"), (29, "29"), (30, "")]
)
def test_a_share_of_revenue_gives_no_few_deals_away(n: int, who: str, side: str) -> None:
    few, many = ("marketing", "sales") if side == "marketing" else ("sales", "marketing")
    one = revenue(won(n, 77_777, few), won(400, 1000, many))
    claim, note = said(one)
    if not who:
        assert claim is not None
        assert note is None
        return
    assert claim is None
    assert note == (
        f"{who} of the won leads that have an amount were brought by {side}, and the charter asks for 30 on either "
        "side."
    )
    assert not [name for name, _ in one.estimates if name[0][1] == REVENUE]
    assert "77,777" not in repr(one)


def test_where_the_charter_asks_for_no_number_of_leads_a_side_without_any_is_no_share_all_the_same() -> None:
    _, note = said(revenue(won(40, 1000, "sales"), min_group=0))
    assert note == (
        "none of the won leads that have an amount were brought by marketing, and the charter asks for 1 on either "
        "side."
    )


def test_revenue_of_unknown_origin_is_nobody_s_and_what_it_might_change_is_told() -> None:
    one = revenue(won(40, 1000, "marketing"), won(40, 4000, "sales"), won(10, 2000))
    # 40,000 of 200,000; with the 20,000 of unknown origin, 40,000 or 60,000 of 220,000.
    assert said(one) == (
        "20.0% of the 200,000 EUR won by leads whose source says who brought them.",
        "10 more won leads came by sources that do not say who brought them, and are left out; had marketing brought "
        "none of them or all, the share would be 18.2% or 27.3%.",
    )
    assert value(one) == (0.2, 80)


def test_where_more_than_a_fifth_of_the_revenue_is_of_unknown_origin_there_is_no_share() -> None:
    # A hostile reader's client: 20,000 and 80,000 and 40,000, of which it was said that marketing brought 14.3%.
    some = won(40, 500, "marketing"), won(40, 2000, "sales")
    assert said(revenue(*some, won(40, 1000))) == (
        None,
        "28.6% of the revenue came by sources that do not say who brought it; add brought_by to their sources.",
    )
    assert value(revenue(*some, won(25, 1000))) == (0.2, 80)
    assert said(revenue(*some, won(26, 1000)))[0] is None


def test_a_few_deals_of_unknown_origin_are_not_given_away_by_what_remains() -> None:
    some = won(40, 1000, "marketing"), won(40, 4000, "sales")
    one = revenue(*some, won(4, 1234))
    assert said(one) == (
        "20.0% of what was won by leads whose source says who brought them.",
        "fewer than 5 more won leads came by sources that do not say who brought them, and are left out.",
    )
    assert said(revenue(*some, won(4, 500_000))) == (
        None,
        "more than a fifth of the revenue came by sources that do not say who brought it; add brought_by to their "
        "sources.",
    )
    assert said(revenue(*some, won(5, 1234)))[0] == (
        "20.0% of the 200,000 EUR won by leads whose source says who brought them."
    )


def test_amounts_below_nought_make_no_share() -> None:
    _, note = said(revenue(won(40, -500, "marketing"), won(40, 2000, "sales")))
    assert note == "amounts below nought outweigh the others, so nothing can be told as a share; check their column."


def test_too_few_amounts_tell_no_revenue() -> None:
    assert said(revenue(won(29, 1000, "marketing"))) == (
        None,
        "too few leads that were won have an amount; name its column under [export.columns].",
    )


def funnel(*stages: str, goals: Sequence[Goal] = (), **definitions: Definition) -> Charter:
    charter = plan(*goals, stages=stages)
    return replace(charter, funnel=replace(charter.funnel, definitions=definitions))


def sold(*stages: str) -> list[Lead]:
    """A hundred leads, of which each stage holds half of the one before, a day later."""
    start = day("2026-01-05")
    return [
        {stage: start + place * DAY for place, stage in enumerate(stages) if number < 100 >> place}
        for number in range(100)
    ]


def test_a_funnel_without_mql_has_the_numbers_that_do_not_ask_for_it() -> None:
    stages = ("lead", "sql", "won")
    one = found(sold(*stages), funnel(*stages), "six_numbers")
    assert value(one, "sales-qualified leads that become sales") == (0.5, 50)
    assert (
        "Marketing-qualified leads that become sales-qualified: the funnel has no stage mql; add it, or write "
        'stands_for = "mql" in the definition of the stage meant.'
    ) in one.notes
    theirs = ("lead", "ready", "sql", "won")
    named = found(sold(*theirs), funnel(*theirs, ready=Definition(stands_for="mql")), "six_numbers")
    assert value(named, "marketing-qualified leads that become sales-qualified") == (0.5, 50)


def test_the_quota_is_what_was_promised_of_the_last_stage() -> None:
    stages = ("lead", "mql", "won")
    goals = (Goal("volume", "mql", None, 40.0, "week"), Goal("volume", "won", None, 5.0, "month"))
    one = found(sold(*stages), funnel(*stages, goals=goals), "six_numbers")
    assert value(one, "leads needed for the quota") == (float(leads_for(5, Counts(25, 100)).leads), 100)
    assert "in every month for 5 won, nine times in ten" in one.claim
    none = found(sold(*stages), funnel(*stages, goals=goals[:1]), "six_numbers")
    assert any(note.startswith("Leads needed for the quota: the agreement sets no quota;") for note in none.notes)


def test_goals_of_one_kind_for_several_stages_are_told_apart() -> None:
    stages = ("lead", "mql", "won")
    goals = (
        Goal("volume", "lead", None, 100.0, "week"),
        Goal("volume", "mql", None, 51.0, "week"),
        Goal("rate", "lead", "mql", 0.3, within_days=30),
        Goal("rate", "mql", "won", 0.9, within_days=30),
        Goal("speed", "lead", "mql", 0.5, within_days=1),
        Goal("speed", "lead", "won", 0.9, within_days=1),
    )
    charter = replace(funnel(*stages, goals=goals), organisation=replace(plan().organisation, as_of=day("2026-02-28")))
    told = {one.code.removeprefix("agreement."): one for one in agreement(crm_of(sold(*stages), charter))}
    assert {
        code: one.verdict for code, one in told.items() if code.partition("_")[0] in ("volume", "rate", "speed")
    } == {
        "volume_lead": "broken",
        "volume_mql": "broken",
        "rate_lead_to_mql": "kept",
        "rate_mql_to_won": "broken",
        "speed_lead_to_mql": "kept",
        "speed_lead_to_won": "broken",
    }
    for code in ("rate_lead_to_mql", "rate_mql_to_won"):
        assert "One of 2 rates judged: each interval stands at its level by itself." in told[code].notes
