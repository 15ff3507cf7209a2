"""The cited numbers keep their promises as data, and set one of ours beside them honestly."""

import json
import re
from dataclasses import replace
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment_metrics.published import beside, citations, comparables
from alignment_metrics.values import Citation, Estimate

ROWS = json.loads(files("alignment_metrics").joinpath("data", "citations.json").read_text(encoding="utf-8"))
BY_ID = {citation.id: citation for citation in citations()}
STAGES = ["lead", "mql", "sal", "sql", "opportunity", "won"]
KEYS = {
    "id": str,
    "claim": str,
    "metric": str,
    "value": float | int | None,
    "unit": str | None,
    "grade": str,
    "use": str,
    "publisher": str,
    "title": str | None,
    "url": str | None,
    "year_published": int | None,
    "year_data": int | str | None,
    "n": int | None,
    "n_note": str | None,
    "population": str | None,
    "group": str | None,
    "industry": str | None,
    "region": str | None,
    "comparable_when": str,
    "caveat": str,
    "discrepancy": str | None,
    "articles": list,
}

# 81 of 263 is Newcombe (1998), Statistics in Medicine 17:857-872, table I: Wilson 0.2553 to 0.3662.
OURS = Estimate(81 / 263, 0.2553, 0.3662, 263, "share", "Wilson", 0.95, hits=81)


def every(rows: list[dict]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows, ids=[row["id"] for row in rows])


@every(ROWS)
def test_a_citation_has_every_fact_in_its_type(row: dict) -> None:
    assert set(row) - {"compare", "not_beside"} == set(KEYS)
    for key, kind in KEYS.items():
        assert isinstance(row[key], kind), key
        assert row[key] != "", key
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["id"])
    assert row["url"] is None or re.match(r"https?://[^/]+/", row["url"])
    assert row["grade"] in ("A", "B", "C", "D")
    assert row["use"] in ("compare", "context", "definition", "warn_only")
    assert row["unit"] in ("share", "difference", "relative_change", "ratio", "count", "days", "hours", None)
    assert row["n"] is None or row["n"] > 0
    assert set(row["articles"]) <= {"articulate-2023", "companeo", "act-on-2014"}


@every([row for row in ROWS if row["unit"] == "share" and row["value"] is not None])
def test_a_share_lies_between_nothing_and_everything(row: dict) -> None:
    assert 0 < row["value"] < 1


@every(ROWS)
def test_its_sentences_are_short_and_end(row: dict) -> None:
    for key in ("claim", "comparable_when", "caveat", "discrepancy", "not_beside"):
        if row.get(key):
            assert row[key].endswith((".", "?")), key
            assert len(row[key]) <= 260, key


@every([row for row in ROWS if row["use"] == "compare"])
def test_what_may_be_compared_is_complete_and_says_with_what_or_why_not(row: dict) -> None:
    assert row["value"] is not None
    assert row["unit"] is not None
    assert row["url"] is not None
    assert row["grade"] != "D"
    assert ("compare" in row) != ("not_beside" in row)


@every([row for row in ROWS if row["use"] != "compare"])
def test_what_may_only_be_shown_is_set_beside_nothing(row: dict) -> None:
    assert "compare" not in row
    assert "not_beside" not in row


@every([row for row in ROWS if "compare" in row])
def test_a_comparable_names_two_stages_in_order_and_a_share(row: dict) -> None:
    compare = row["compare"]
    assert set(compare) == {"start", "stop", "source", "direction", "at_least_days"}
    assert STAGES.index(compare["start"]) < STAGES.index(compare["stop"])
    assert row["unit"] == "share"
    assert compare["direction"] in ("inbound", "outbound", None)
    assert compare["at_least_days"] is None or compare["at_least_days"] > 0
    names = {"lead": ("lead", "inquiry", "engaged"), "won": ("won", "customer")}
    start, stop = row["metric"].removesuffix("_rate").split("_to_")
    assert start in names.get(compare["start"], (compare["start"],))
    assert stop in names.get(compare["stop"], (compare["stop"],))


def test_citations_are_sorted_and_none_is_there_twice() -> None:
    ids = [citation.id for citation in citations()]
    assert ids == sorted(set(ids))
    assert len(ids) == len(ROWS) == 140


def test_citations_are_hashable_and_read_only_once() -> None:
    assert len(set(citations())) == len(citations())
    assert citations() == citations(None) == citations("")


def test_a_value_that_nobody_published_stays_unknown() -> None:
    unknown = {row["id"] for row in ROWS if row["value"] is None}
    assert {"inbound-cheaper", "hubspot-sla-roi-34", "sirius-waterfall"} <= unknown
    assert {citation.id for citation in citations() if citation.value is None} == unknown


def test_the_year_is_that_of_the_data_where_known_and_else_of_publication() -> None:
    # data of October 2014, published 2015; data from November 2022 to April 2023; published 2011, data undated; neither
    assert BY_ID["implisit-lead-opp-all"].year == 2014
    assert BY_ID["gartner-peer-91"].year == 2022
    assert BY_ID["hbr-2011-within-1h"].year == 2011
    assert BY_ID["rain-win-47"].year is None


def test_the_caveat_also_tells_where_popular_wording_departs_and_why_a_number_stands_alone() -> None:
    row = next(row for row in ROWS if row["id"] == "forrester-2013-tight-8")
    assert BY_ID["forrester-2013-tight-8"].caveat == f"{row['caveat']} {row['discrepancy']} {row['not_beside']}"


@pytest.mark.parametrize("query", ["implisit webinar", "WEBINAR Implisit", "  webinar   implisit "])
def test_a_search_wants_every_word_in_any_case_and_order(query: str) -> None:
    assert [c.id for c in citations(query)] == ["implisit-lead-opp-webinar", "implisit-lead-won-webinar"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("velocify-93", "velocify-93-sixth-call"),
        ("ae_per_sdr", "topo-2015-sdr-ae"),
        ("posito", "posito-sellers-vs-marketers"),
        ("gone cold", "baylor-2011-answer"),
        ("switchboard", "vorsight-dials-direct"),
        ("trillion", "stat-1-trillion"),
    ],
    ids=["id", "metric", "publisher", "title", "group", "claim"],
)
def test_a_search_looks_into_each_field(query: str, found: str) -> None:
    assert [citation.id for citation in citations(query)] == [found]


def test_a_search_that_finds_nothing_is_empty() -> None:
    assert citations("implisit zeppelin") == ()


@given(st.text())
def test_any_search_is_a_part_of_the_whole(query: str) -> None:
    assert set(citations(query)) <= set(citations())


def test_comparables_cover_every_step_that_others_have_published() -> None:
    pairs = {(c.start, c.stop) for c in comparables()}
    assert pairs == {
        ("lead", "mql"),
        ("mql", "sal"),
        ("mql", "sql"),
        ("sql", "won"),
        ("lead", "opportunity"),
        ("opportunity", "won"),
        ("lead", "won"),
    }
    assert [c.citation.id for c in comparables()] == sorted(row["id"] for row in ROWS if "compare" in row)


def test_citations_of_one_step_stay_apart_and_are_never_averaged() -> None:
    both = {c.citation.id: c.citation.value for c in comparables() if (c.start, c.stop) == ("mql", "sql")}
    assert both == {"fourquadrant-mql-sql": 0.31, "sherpa-2009-ready-qualified": 0.4}


def test_win_rates_of_proposals_and_forecasts_are_not_set_beside_opportunities() -> None:
    assert not [c for c in comparables() if c.citation.metric == "win_rate"]
    assert "never got one" in BY_ID["rain-win-47"].caveat
    assert "never forecast" in BY_ID["cso-win-2018"].caveat


def test_thirteen_percent_is_a_rate_of_leads_and_not_of_mqls() -> None:
    mapped = {c.citation.id: (c.start, c.stop) for c in comparables()}
    assert mapped["implisit-lead-opp-all"] == ("lead", "opportunity")
    assert BY_ID["folk-13-mql-sql"].use == "warn_only"


def test_a_referral_by_a_customer_is_not_a_referring_website() -> None:
    sources = {c.citation.id: c.source for c in comparables() if "referral" in c.citation.id}
    assert set(sources.values()) == {"customer referral"}
    assert len(sources) == 2


def test_leads_set_beside_implisit_are_old_enough_to_have_converted() -> None:
    ages = {c.at_least_days for c in comparables() if c.start == "lead" and c.citation.id.startswith("implisit")}
    assert ages == {120}


def test_an_interval_above_the_published_number_is_higher() -> None:
    assert beside(BY_ID["implisit-lead-opp-all"], OURS) == (
        "higher",
        "Our 30.8% [25.5%, 36.6%] (95% interval, n = 263) lies above the published 13%, taken as a fixed number. "
        "Source: Implisit (via eMarketer), 2014, n = 500 (companies, roughly; how many leads is unknown), grade B.",
    )


def test_an_interval_below_the_published_number_is_lower() -> None:
    assert beside(BY_ID["sherpa-2009-ready-qualified"], OURS) == (
        "lower",
        "Our 30.8% [25.5%, 36.6%] (95% interval, n = 263) lies below the published 40%, taken as a fixed number. "
        "Source: MarketingSherpa B2B Marketing Benchmark Survey 2009 (via Tiziani Whitmyre), 2009, "
        "n = 1,000 (at least; the publisher rounds down), grade B.",
    )


def test_an_interval_that_holds_the_published_number_shows_no_difference() -> None:
    assert beside(BY_ID["gartner-44-mql"], replace(OURS, high=0.5)) == (
        "no_difference_shown",
        "Our 30.8% [25.5%, 50.0%] (95% interval, n = 263) cannot be told from the published 44%, "
        "taken as a fixed number. Source: Gartner (Digital Markets), year unknown, n unknown, grade B.",
    )


@pytest.mark.parametrize("bounds", [(0.13, 0.2), (0.1, 0.13)])
def test_an_interval_that_only_touches_the_published_number_shows_no_difference(bounds: tuple[float, float]) -> None:
    ours = replace(OURS, value=0.13, low=bounds[0], high=bounds[1])
    assert beside(BY_ID["implisit-lead-opp-all"], ours)[0] == "no_difference_shown"


@pytest.mark.parametrize(
    ("id", "unit", "shown"),
    [
        ("implisit-lead-won-referral", "share", "the published 3.63%,"),
        ("leandata-2017-followup-gap", "difference", "the published +31 points,"),
        ("implisit-days-lead-opp", "days", "the published 84 days,"),
    ],
)
def test_the_published_number_is_shown_as_exactly_as_it_was_published(id: str, unit: str, shown: str) -> None:
    assert shown in beside(BY_ID[id], replace(OURS, unit=unit))[1]


def test_an_empty_group_is_not_enough_data() -> None:
    nobody = Estimate(float("nan"), 0.0, 1.0, 0, "share", "Wilson", 0.95, hits=0)
    assert beside(BY_ID["gartner-44-mql"], nobody) == (
        "not_enough_data",
        "No lead of ours can be set beside the published 44%. "
        "Source: Gartner (Digital Markets), year unknown, n unknown, grade B.",
    )


@pytest.mark.parametrize("citation", [c for c in citations() if c.use != "compare"], ids=lambda c: c.id)
def test_a_citation_that_may_only_be_shown_is_never_scored_against(citation: Citation) -> None:
    assert beside(citation, OURS) == (
        "not_comparable",
        f"{citation.id} may be shown but not scored against (use {citation.use}, grade {citation.grade}); "
        "set ours beside a citation whose use is compare.",
    )


def test_an_estimate_in_another_unit_is_refused() -> None:
    with pytest.raises(ValueError, match=r".") as error:
        beside(BY_ID["implisit-days-lead-opp"], OURS)
    assert str(error.value) == (
        "implisit-days-lead-opp is in the unit 'days' and ours in 'share'; give an estimate in the unit 'days'."
    )
