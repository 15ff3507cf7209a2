"""Holds the made-up exports to what they promise: the planted answers, the same leads everywhere, the same bytes."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import filecmp
import functools
import json
import math
import re
import zoneinfo
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from alignment_metrics import samples
from alignment_metrics.charter import ITEMS, LISTS, read_charter
from alignment_metrics.crm import Crm
from alignment_metrics.exports import read_export
from alignment_metrics.findings import followed
from alignment_metrics.findings.agreement import agreement
from alignment_metrics.questions import SCALES, items
from alignment_metrics.samples import ALL, FORMS, LAYOUTS, REFUSED, TRAPS, people, plan, write_sample
from alignment_metrics.samples.drafts import roles
from alignment_metrics.tallies.answers import answers
from alignment_metrics.values import CANNOT_SAY

LARGE = 200_000
CODES = ("missing_created", "unreadable_created", "created_after_as_of", "duplicate_id", "unlisted_source")

# The days come from the engine's own time zones here, while the sample is written with arithmetic of its own.
JOURNEYS = """
CREATE MACRO local_time(moment) AS moment AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Paris';
CREATE TABLE journeys AS
SELECT DISTINCT ON (lead_id) lead_id, industry, company_size, coalesce(source, '') AS label,
       lead AS created, local_time(lead) AS lead, local_time(mql) AS mql, local_time(sal) AS sal,
       local_time(sql) AS sql, local_time(opportunity) AS opportunity, local_time(won) AS won,
       local_time(disqualified) AS disqualified
FROM read_parquet($1)
"""


@functools.cache
def large(null: bool, folder: Path) -> tuple[dict[str, Any], duckdb.DuckDBPyConnection]:
    truth = write_sample(folder / f"null-{null}", leads=LARGE, layout="parquet", null=null)
    engine = duckdb.connect()
    engine.execute(JOURNEYS, [str(folder / f"null-{null}" / "leads.parquet")])
    rows = [(origin.label or "", origin.source, origin.direction) for origin in plan.ORIGINS]
    engine.execute("CREATE TABLE origins (label VARCHAR, source VARCHAR, direction VARCHAR)")
    engine.executemany("INSERT INTO origins VALUES (?, ?, ?)", rows)
    for name, columns in (
        ("customers", "lead_id, customer_since::DATE AS customer_since, churned_on::DATE AS churned_on"),
        ("spend", "month, source, amount::DECIMAL(18, 2) AS amount"),
        ("touches", "lead_id, strptime(\"at\", '%Y-%m-%dT%H:%M:%SZ') AS called"),
    ):
        query = f"CREATE TABLE {name} AS SELECT {columns} FROM read_csv($1, all_varchar = true)"
        engine.execute(query, [str(folder / f"null-{null}" / f"{name}.csv")])
    return truth, engine


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("samples")
    large.cache_clear()


@pytest.fixture(params=[False, True], ids=["planted", "null"])
def written(request: pytest.FixtureRequest, scratch: Path) -> tuple[dict[str, Any], duckdb.DuckDBPyConnection]:
    return large(request.param, scratch)


def matured(engine: duckdb.DuckDBPyConnection, start: str, stop: str, by: str) -> dict[str, tuple[int, int]]:
    """Hits and total by group, over the leads that had 90 whole days."""
    query = f"""
        SELECT {by}, count(*) FILTER ({stop}::DATE - {start}::DATE BETWEEN 0 AND 90), count(*)
        FROM journeys JOIN origins USING (label)
        WHERE {start}::DATE <= DATE '2026-06-30' - 90 AND lead::DATE <= DATE '2026-06-30'
        GROUP BY 1
    """
    return {name: (hits, total) for name, hits, total in engine.execute(query).fetchall()}


def assert_close(got: float, expected: float, variance: float) -> None:
    assert abs(got - expected) <= 4 * math.sqrt(variance)


@pytest.mark.parametrize("step", [*zip(plan.STAGES, plan.STAGES[1:], strict=False), ("lead", "won")])
@pytest.mark.parametrize("by", ["direction", "source", "company_size"])
def test_a_large_sample_has_the_rates_that_were_planted(
    written: tuple[dict[str, Any], duckdb.DuckDBPyConnection], step: tuple[str, str], by: str
) -> None:
    truth, engine = written
    rates = truth["rates"]["_to_".join(step)]
    groups = matured(engine, *step, by)
    assert groups.keys() == rates[by].keys()
    for name, (hits, total) in groups.items():
        assert_close(hits / total, rates[by][name], rates[by][name] * (1 - rates[by][name]) / total)
    hits, total = (sum(column) for column in zip(*groups.values(), strict=True))
    assert_close(hits / total, rates["overall"], rates["overall"] * (1 - rates["overall"]) / total)


def test_industry_has_no_effect(written: tuple[dict[str, Any], duckdb.DuckDBPyConnection]) -> None:
    truth, engine = written
    share = truth["rates"]["lead_to_won"]["overall"]
    groups = matured(engine, "lead", "won", "industry")
    assert sorted(groups) == sorted(plan.INDUSTRIES)
    for hits, total in groups.values():
        assert_close(hits / total, share, share * (1 - share) / total)


def test_the_crude_and_the_adjusted_difference_are_as_planted(
    written: tuple[dict[str, Any], duckdb.DuckDBPyConnection],
) -> None:
    truth, engine = written
    cells = matured(engine, "lead", "won", "(direction, company_size)")
    sides = {side: {size: cells[side, size] for size in plan.SIZES} for side in ("inbound", "outbound")}
    everyone = sum(total for strata in sides.values() for _, total in strata.values())
    crude = adjusted = crude_variance = adjusted_variance = 0.0
    for sign, strata in ((1, sides["inbound"]), (-1, sides["outbound"])):
        hits, total = (sum(column) for column in zip(*strata.values(), strict=True))
        crude += sign * hits / total
        crude_variance += hits / total * (1 - hits / total) / total
        for size, (hits, total) in strata.items():
            weight = sum(side[size][1] for side in sides.values()) / everyone
            adjusted += sign * weight * hits / total
            adjusted_variance += weight**2 * hits / total * (1 - hits / total) / total
    assert_close(crude, truth["inbound_vs_outbound"]["crude"], crude_variance)
    assert_close(adjusted, truth["inbound_vs_outbound"]["adjusted"], adjusted_variance)


def test_leaving_the_young_leads_in_lowers_the_rate_as_far_as_planted(
    written: tuple[dict[str, Any], duckdb.DuckDBPyConnection],
) -> None:
    truth, engine = written
    query = """
        SELECT count(*) FILTER (won::DATE - lead::DATE <= 90 AND won::DATE <= DATE '2026-06-30'), count(*)
        FROM journeys WHERE lead::DATE <= DATE '2026-06-30'
    """
    ((hits, total),) = engine.execute(query).fetchall()
    naive = truth["naive"]["lead_to_won"]
    assert_close(hits / total, naive, naive * (1 - naive) / total)
    assert naive < 0.95 * truth["rates"]["lead_to_won"]["overall"]


def test_the_mix_of_sizes_flatters_inbound_and_is_not_all_there_is(tmp_path: Path) -> None:
    planted = write_sample(tmp_path / "planted", leads=1)["inbound_vs_outbound"]
    assert planted["crude"] > 1.5 * planted["adjusted"] > 0.05


def test_customers_stay_as_long_as_planted(written: tuple[dict[str, Any], duckdb.DuckDBPyConnection]) -> None:
    truth, engine = written
    for day in (90, 180, 365):
        query = f"""
            SELECT direction, count(*) FILTER (churned_on IS NULL OR churned_on - customer_since > {day}), count(*)
            FROM customers JOIN journeys USING (lead_id) JOIN origins USING (label)
            WHERE customer_since <= DATE '2026-06-30' - {day}
            GROUP BY 1
        """
        found = {direction: (kept, total) for direction, kept, total in engine.execute(query).fetchall()}
        assert found.keys() == truth["retention"].keys()
        for direction, (kept, total) in found.items():
            share = truth["retention"][direction][str(day)]
            assert_close(kept / total, share, share * (1 - share) / total)


def test_customers_are_the_leads_that_were_won_by_the_last_day(
    written: tuple[dict[str, Any], duckdb.DuckDBPyConnection],
) -> None:
    _, engine = written
    query = """
        SELECT count(won) FILTER (won::DATE <= DATE '2026-06-30'), count(customer_since),
               count(*) FILTER (customer_since <> won::DATE), count(*) FILTER (churned_on <= customer_since),
               max(churned_on)
        FROM journeys FULL JOIN customers USING (lead_id)
    """
    ((won, customers, otherwise, at_once, last),) = engine.execute(query).fetchall()
    assert won == customers > 10_000
    assert (otherwise, at_once) == (0, 0)
    assert last == dt.date.fromisoformat(plan.AS_OF)


def test_a_won_lead_cost_as_much_as_planted(written: tuple[dict[str, Any], duckdb.DuckDBPyConnection]) -> None:
    truth, engine = written
    query = """
        SELECT direction, sum(amount)::DOUBLE, sum(amount * amount)::DOUBLE
        FROM spend JOIN (SELECT DISTINCT source, direction FROM origins) USING (source)
        WHERE month < '2026-04'
        GROUP BY 1
    """
    spent = {direction: sums for direction, *sums in engine.execute(query).fetchall()}
    wins = """
        SELECT direction, count(*) FILTER (won::DATE - lead::DATE BETWEEN 0 AND 90)
        FROM journeys JOIN origins USING (label)
        WHERE lead::DATE < DATE '2026-04-01'
        GROUP BY 1
    """
    won = dict(engine.execute(wins).fetchall())
    assert spent.keys() == truth["cost_per_win"].keys()
    for direction, (total, squares) in spent.items():
        # Months are off by an even chance either way; wins come by chance.
        spread = plan.UNEVEN**2 / 3 * squares / total**2 + 1 / won[direction]
        planted = truth["cost_per_win"][direction]
        assert_close(total / won[direction], planted, spread * planted**2)


CALLED = """
    SELECT created, lead, mql, (SELECT min(called) FROM touches WHERE touches.lead_id = journeys.lead_id) AS called
    FROM journeys
"""


def test_leads_are_called_as_soon_as_planted(
    written: tuple[dict[str, Any], duckdb.DuckDBPyConnection],
) -> None:
    truth, engine = written
    query = f"""
        SELECT count(*), count(*) FILTER (hours < 0), count(*) FILTER (hours = 0), count(*) FILTER (hours <= 1),
               count(*) FILTER (hours > 1 AND hours <= 24), count(*) FILTER (hours > 24 AND hours <= 720),
               count(*) FILTER (hours IS NULL OR hours > 720),
               avg(hours) FILTER (hours <= 720), var_samp(hours) FILTER (hours <= 720)
        FROM (SELECT lead, epoch(called - created) / 3600 AS hours FROM ({CALLED}))
        WHERE lead::DATE <= DATE '2026-06-30' - 30
    """
    ((total, before, at_once, *counts, mean, variance),) = engine.execute(query).fetchall()
    assert (before, at_once) == (0, 0)
    assert sum(counts) == total
    planted = truth["answered"]
    names = ("within_1_hour", "within_24_hours", "within_30_days", "not_within_30_days")
    for name, hits in zip(names, counts, strict=True):
        assert_close(hits / total, planted[name], planted[name] * (1 - planted[name]) / total)
    assert sum(planted[name] for name in names) == pytest.approx(1, abs=1e-12)
    assert_close(mean, planted["mean_hours"], variance / (total - counts[-1]))


def test_leads_that_were_handed_over_are_called_as_often_as_planted(
    written: tuple[dict[str, Any], duckdb.DuckDBPyConnection],
) -> None:
    truth, engine = written
    query = """
        SELECT count(*) FILTER (EXISTS (
                   FROM touches WHERE touches.lead_id = journeys.lead_id
                   AND local_time(called)::DATE BETWEEN mql::DATE AND mql::DATE + 90)), count(*)
        FROM journeys WHERE mql::DATE <= DATE '2026-06-30' - 90
    """
    ((hits, total),) = engine.execute(query).fetchall()
    share = truth["followed_up"]["mql"]
    assert_close(hits / total, share, share * (1 - share) / total)


def test_as_many_leads_as_planted_went_on_or_left_though_nobody_called_them_since(
    written: tuple[dict[str, Any], duckdb.DuckDBPyConnection],
) -> None:
    truth, engine = written
    query = """
        WITH called AS (SELECT lead_id, list(local_time(called)::DATE) AS days FROM touches GROUP BY 1)
        SELECT count(*) FILTER (gone - mql::DATE <= 90
                   AND coalesce(len(list_filter(days, lambda day: day - mql::DATE BETWEEN 0 AND 90)), 0) = 0), count(*)
        FROM (SELECT *, least(sal::DATE, sql::DATE, disqualified::DATE) AS gone
              FROM journeys LEFT JOIN called USING (lead_id)) WHERE mql::DATE <= DATE '2026-06-30' - 90
    """
    ((hits, total),) = engine.execute(query).fetchall()
    share = truth["followed_up"]["moved_on_or_left_unseen"]
    assert_close(hits / total, share, share * (1 - share) / total)


def test_most_leads_that_sales_accepts_were_called_between_the_handover_and_that(
    written: tuple[dict[str, Any], duckdb.DuckDBPyConnection],
) -> None:
    truth, engine = written
    query = """
        WITH called AS (SELECT lead_id, list(local_time(called)::DATE) AS days FROM touches GROUP BY 1)
        SELECT avg((len(list_filter(days, lambda day: day BETWEEN mql::DATE AND sal::DATE)) > 0)::INTEGER),
               avg((len(list_filter(days, lambda day: day >= mql::DATE)) > 0)::INTEGER), count(*)
        FROM (SELECT mql, sal, coalesce(days, []) AS days FROM journeys LEFT JOIN called USING (lead_id))
        WHERE sal::DATE <= DATE '2026-06-30' - 90
    """
    ((before, ever, total),) = engine.execute(query).fetchall()
    assert before > 0.85
    assert_close(ever, 1 - people.UNSEEN / 100, people.UNSEEN / 100 / total)
    # So that who is followed up and who is accepted are about as many: neither puts the other into question.
    assert truth["followed_up"]["mql"] == pytest.approx(truth["rates"]["mql_to_sal"]["overall"], abs=0.05)


@pytest.mark.parametrize("null", [False, True])
def test_leads_that_are_accepted_and_the_others_together_are_first_called_as_planted(null: bool) -> None:
    accepted = samples.truth.accepted(null=null)
    taken = [*(tier.percent for tier in people.ACCEPTED), 0, people.UNSEEN]
    others = people.others(accepted)
    assert min(others) >= 0
    assert sum(others) == pytest.approx(100)
    together = [accepted * one + (1 - accepted) * other for one, other in zip(taken, others, strict=True)]
    assert together == pytest.approx([tier.percent for tier in people.ANSWERS])
    # Whoever is called within a day is no likelier to be accepted.
    assert others[:2] == pytest.approx(taken[:2])


def test_whether_a_lead_is_called_tells_nothing_of_it(scratch: Path) -> None:
    _, engine = large(False, scratch)
    query = f"""
        SELECT called IS NOT NULL AND called - created <= INTERVAL 24 HOURS, count(mql), count(*)
        FROM ({CALLED}) WHERE lead::DATE <= DATE '2026-06-30' - 90 GROUP BY 1
    """
    (_, left, left_total), (_, right, right_total) = engine.execute(query).fetchall()
    share = (left + right) / (left_total + right_total)
    assert_close(left / left_total - right / right_total, 0, share * (1 - share) * (1 / left_total + 1 / right_total))


def test_calls_are_of_kept_leads_and_none_is_after_the_last_day(
    written: tuple[dict[str, Any], duckdb.DuckDBPyConnection],
) -> None:
    truth, engine = written
    query = """
        SELECT count(*), count(*) FILTER (lead IS NULL OR lead::DATE > DATE '2026-06-30' OR called < created),
               max(local_time(called)::DATE)
        FROM touches LEFT JOIN journeys USING (lead_id)
    """
    ((calls, of_nobody, last),) = engine.execute(query).fetchall()
    assert calls == next(one for one in truth["files"] if one["path"] == "touches.csv")["rows_kept"]
    assert (of_nobody, last) == (0, dt.date.fromisoformat(plan.AS_OF))


def test_what_was_promised_is_kept_broken_or_cannot_be_told_as_the_answers_say(
    written: tuple[dict[str, Any], duckdb.DuckDBPyConnection],
) -> None:
    truth, engine = written
    volume, speed, rate = truth["agreement"]
    assert [one["state"] for one in truth["agreement"]] == ["kept", "broken", "cannot tell"]
    months = """
        SELECT count(*) FROM journeys WHERE mql >= DATE '2025-10-01' AND lead::DATE <= DATE '2026-06-30'
        GROUP BY date_trunc('month', mql) ORDER BY 1
    """
    counts = [count for (count,) in engine.execute(months).fetchall()]
    assert len(counts) == 9
    assert volume["promised"] <= counts[0]
    assert_close(counts[0], volume["planted"], volume["planted"])
    soon = f"""
        SELECT count(*) FILTER (called - created <= INTERVAL 24 HOURS), count(*)
        FROM ({CALLED}) WHERE lead BETWEEN DATE '2025-10-01' AND DATE '2026-06-29'
    """
    ((hits, total),) = engine.execute(soon).fetchall()
    assert hits / total < speed["promised"]
    assert_close(hits / total, speed["planted"], speed["planted"] * (1 - speed["planted"]) / total)
    assert rate["planted"] == truth["rates"]["sal_to_sql"]["overall"] == pytest.approx(rate["promised"], abs=0.0005)


def test_of_a_few_leads_no_state_of_a_promise_is_sure(tmp_path: Path) -> None:
    truth = write_sample(tmp_path / "sample", leads=100)
    assert [one["state"] for one in truth["agreement"]] == [None, None, "cannot tell"]
    assert truth["agreement"][0]["promised"] == 1


@pytest.mark.parametrize("null", [False, True])
def test_the_charter_promises_what_the_answers_say(tmp_path: Path, null: bool) -> None:
    truth = write_sample(tmp_path / "sample", leads=3000, null=null)
    promised = read_charter(tmp_path / "sample").agreement
    assert promised is not None
    assert {goal.code: goal.at_least for goal in promised.goals} == {
        one["code"]: one["promised"] for one in truth["agreement"]
    }
    assert promised.signed == dt.date.fromisoformat(people.SIGNED)
    (hours,) = (goal.within_hours for goal in promised.goals if goal.within_hours)
    assert hours == people.SPEED_HOURS


def test_forty_people_answer_what_they_would_and_every_one_of_them_every_question(tmp_path: Path) -> None:
    told = {}
    for seed, null in ((1, False), (2, False), (1, True)):
        folder = tmp_path / f"{seed} {null}"
        truth = write_sample(folder, leads=10, seed=seed, null=null)
        rows = told[seed, null] = read_csv(folder / "survey.csv")
        assert tuple(rows[0]) == LISTS["survey"]
        assert [row["respondent"] for row in rows] == [f"p{number:02}" for number in range(1, 41)]
        assert Counter(row["team"] for row in rows) == truth["survey"]["answered"] == {"marketing": 14, "sales": 26}
        for item in ITEMS:
            for team, would_say in truth["plan"]["people"]["would_say"][item].items():
                said = Counter(row[item] for row in rows if row["team"] == team)
                assert said == truth["survey"]["answers"][item][team]
                assert said <= Counter(would_say)
    assert told[1, False] != told[2, False]
    assert truth["survey"]["asked"] == {"marketing": 16, "sales": 30}


def test_as_many_would_answer_as_were_asked_in_words_that_the_questions_have() -> None:
    assert tuple(people.SAYS) == ITEMS
    words = {item.id: (*SCALES[item.scale], CANNOT_SAY) for item in items()}
    for null in (False, True):
        for item, by in people.says(null=null).items():
            assert {team: sum(said.values()) for team, said in by.items()} == people.ASKED
            assert all(answer in words[item] for said in by.values() for answer in said)


def test_a_null_sample_plants_no_effect_anywhere(tmp_path: Path) -> None:
    truth = write_sample(tmp_path / "null", leads=1, null=True)
    for rates in truth["rates"].values():
        for by in ("direction", "source", "company_size"):
            assert set(rates[by].values()) == {rates["overall"]}
    assert truth["inbound_vs_outbound"]["crude"] == truth["inbound_vs_outbound"]["adjusted"] == 0.0
    assert truth["cost_per_win"]["inbound"] == truth["cost_per_win"]["outbound"]
    assert truth["retention"]["inbound"] == truth["retention"]["outbound"] == truth["retention"]["unknown"]
    for said in people.says(null=True).values():
        shares = [{answer: count / people.ASKED[team] for answer, count in one.items()} for team, one in said.items()]
        assert shares[0] == shares[1]


def read_csv(path: Path) -> list[dict[str, str]]:
    relation = duckdb.connect().execute("FROM read_csv($1, all_varchar = true)", [str(path)])
    names = [column[0] for column in relation.description]
    return [dict(zip(names, row, strict=True)) for row in relation.fetchall()]


def test_the_first_three_layouts_hold_the_same_leads(tmp_path: Path) -> None:
    for layout in ("hubspot", "salesforce", "parquet"):
        write_sample(tmp_path / layout, leads=5000, layout=layout)
    engine = duckdb.connect()
    hubspot = engine.execute(
        '''
        CREATE MACRO local_day(text) AS
            (try_strptime(text, '%Y-%m-%d %H:%M') AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Paris')::DATE;
        SELECT ("Record ID"::BIGINT - 7100000000) AS number, "Lead origin", "Contact owner", "Company Name",
               "Industry", "Company size", "Recent Deal Amount"::DOUBLE, local_day("Create Date"),
               local_day("Became a Marketing Qualified Lead Date"),
               local_day("Date entered ""Sales Accepted Lead (Lifecycle Stage Pipeline)"""),
               local_day("Became a Sales Qualified Lead Date"), local_day("Became an Opportunity Date"),
               local_day("Became a Customer Date"),
               local_day("Date entered ""Disqualified (Lifecycle Stage Pipeline)"""),
               local_day("Date entered ""Lost (Lifecycle Stage Pipeline)""")
        FROM read_csv($1, all_varchar = true)
        ''',
        [str(tmp_path / "hubspot" / "contacts.csv")],
    ).fetchall()
    salesforce = engine.execute(
        """
        CREATE MACRO zoned_day(text) AS
            (try_strptime(text, '%Y-%m-%dT%H:%M:%S.%g%z') AT TIME ZONE 'Europe/Paris')::DATE;
        SELECT substr("Lead ID", 7, 9)::BIGINT AS number, "Lead Source", "Lead Owner", "Company / Account",
               "Industry", "Company Size", "Amount"::DOUBLE, zoned_day(l."Created Date"), zoned_day("MQL Date"),
               zoned_day("SAL Date"), zoned_day("SQL Date"), zoned_day(o."Created Date"),
               CASE WHEN "Won" = '1' THEN "Close Date"::DATE END, zoned_day("Disqualified Date"),
               CASE WHEN "Closed" = '1' AND "Won" = '0' THEN "Close Date"::DATE END
        FROM read_csv($1, all_varchar = true) l
        LEFT JOIN read_csv($2, all_varchar = true) o ON "Converted Opportunity ID" = "Opportunity ID"
        """,
        [str(tmp_path / "salesforce" / file) for file in LAYOUTS["salesforce"]],
    ).fetchall()
    parquet = engine.execute(
        """
        CREATE MACRO day(moment) AS (moment AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Paris')::DATE;
        SELECT lead_id::BIGINT - 7100000000 AS number, source, owner, account_id, industry, company_size, amount,
               day(lead), day(mql), day(sal), day(sql), day(opportunity), day(won), day(disqualified), day(lost)
        FROM read_parquet($1)
        """,
        [str(tmp_path / "parquet" / "leads.parquet")],
    ).fetchall()
    assert [row[0] for row in hubspot] == [*range(5000), *range(310, 5000, 625)]
    assert all(any(row[column] is not None for row in hubspot) for column in range(15))
    assert hubspot == parquet
    assert sorted(hubspot, key=repr) == sorted(salesforce, key=repr)


def test_every_layout_has_the_same_customers_and_calls_under_the_ids_of_its_own_leads(tmp_path: Path) -> None:
    told = set()
    called = set()
    for layout in (layout for layout in LAYOUTS if layout != "pipedrive"):
        write_sample(tmp_path / layout, leads=400, layout=layout)
        rows = read_csv(tmp_path / layout / "customers.csv")
        calls = read_csv(tmp_path / layout / "touches.csv")
        path = tmp_path / layout / next(iter(LAYOUTS[layout]))
        if path.suffix == ".parquet":
            leads = [
                str(lead) for (lead, *_) in duckdb.connect().execute("FROM read_parquet($1)", [str(path)]).fetchall()
            ]
        else:
            leads = [row[0] for row in csv.reader(path.read_text("utf-8").splitlines()[1:]) if len(row) > 1]
        order = {lead: number for number, lead in enumerate(dict.fromkeys(leads))}
        told.add(tuple((order[row["lead_id"]], row["customer_since"], row["churned_on"]) for row in rows))
        assert len({row["lead_id"] for row in rows}) == len(rows)
        called.add(tuple((order[row["lead_id"]], row["at"]) for row in calls))
    (customers,), (touches,) = told, called
    assert len(touches) > 300
    assert len(customers) > 30
    assert any(churned for *_, churned in customers)


def test_what_was_spent_is_the_same_in_every_layout_and_another_with_another_seed(tmp_path: Path) -> None:
    seeds = {"hubspot": 1, "salesforce": 1, "marketo": 2}
    for layout, seed in seeds.items():
        write_sample(tmp_path / layout, leads=100, layout=layout, seed=seed)
    one, same_seed, other = ((tmp_path / layout / "spend.csv").read_bytes() for layout in seeds)
    assert one == same_seed != other
    rows = read_csv(tmp_path / "hubspot" / "spend.csv")
    months = [f"{year}-{month:02}" for year in (2024, 2025, 2026) for month in range(1, 13)][6:30]
    assert [row["month"] for row in rows[::11]] == months
    assert {row["source"] for row in rows} == {origin.source for origin in plan.ORIGINS if origin.percent}
    assert len(rows) == 24 * 11


def test_nobody_is_a_customer_of_a_sample_without_a_win(tmp_path: Path) -> None:
    truth = write_sample(tmp_path / "sample", leads=1, seed=4)
    assert read_csv(tmp_path / "sample" / "contacts.csv")[0]["Became a Customer Date"] is None
    assert not (tmp_path / "sample" / "customers.csv").exists()
    assert [one["path"] for one in truth["files"]] == ["contacts.csv", "spend.csv", "survey.csv"]


def test_some_leads_are_of_another_day_in_utc_than_in_paris(tmp_path: Path) -> None:
    write_sample(tmp_path / "sample", layout="parquet")
    ((leads, wins),) = (
        duckdb.connect()
        .execute(
            """
            SELECT count(*) FILTER ((lead AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Paris')::DATE <> lead::DATE),
                   count(*) FILTER ((won AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Paris')::DATE <> won::DATE)
            FROM read_parquet($1)
            """,
            [str(tmp_path / "sample" / "leads.parquet")],
        )
        .fetchall()
    )
    assert leads > 100
    assert wins > 10


def test_no_lead_enters_a_stage_before_the_one_before_it(scratch: Path) -> None:
    _, engine = large(False, scratch)
    query = """
        SELECT count(*) FROM journeys
        WHERE mql < lead OR sal < mql OR sql < sal OR opportunity < coalesce(sql, sal) OR won < opportunity
           OR (sal IS NOT NULL AND mql IS NULL) OR (sql IS NOT NULL AND sal IS NULL)
           OR (opportunity IS NOT NULL AND sal IS NULL) OR (won IS NOT NULL AND opportunity IS NULL)
    """
    assert engine.execute(query).fetchall() == [(0,)]


def test_nothing_has_happened_after_the_last_day_but_the_wins_written_down_early(scratch: Path) -> None:
    truth, engine = large(False, scratch)
    query = """
        SELECT count(*) FILTER (greatest(mql, sal, sql, opportunity)::DATE > DATE '2026-06-30'),
               count(*) FILTER (won::DATE > DATE '2026-06-30'),
               count(*) FILTER (opportunity IS NOT NULL AND sql IS NULL)
        FROM journeys
    """
    ((early, wins, skipped),) = engine.execute(query).fetchall()
    assert early == 0
    assert wins == truth["files"][0]["problems"]["event_after_as_of"] > 100
    assert skipped == truth["skipped_stage"]["sql"] > 100


@pytest.mark.parametrize("layout", ["hubspot", "salesforce"])
def test_every_planted_row_of_dirt_is_in_the_file_and_in_the_answers(tmp_path: Path, layout: str) -> None:
    truth = write_sample(tmp_path / "sample", layout=layout)
    first = truth["files"][0]
    rows = read_csv(tmp_path / "sample" / first["path"])
    key, source, created = {
        "hubspot": ("Record ID", "Lead origin", "Create Date"),
        "salesforce": ("Lead ID", "Lead Source", "Created Date"),
    }[layout]
    assert first["rows_read"] == len(rows) == 5008
    assert first["rows_kept"] == truth["leads_kept"] == 4980
    assert first["rows_set_aside"] == 28
    dirt = {code: first["problems"][code] for code in (*CODES, "empty_source")}
    assert dirt == {
        "missing_created": sum(row[created] is None for row in rows),
        "unreadable_created": sum((row[created] or "").startswith("2025-02-30") for row in rows),
        # 22:00 in UTC is midnight in Paris, in summer.
        "created_after_as_of": sum((row[created] or "").replace("T", " ") >= "2026-06-30 22:00" for row in rows),
        "duplicate_id": len(rows) - len({row[key] for row in rows}),
        "unlisted_source": sum(row[source] == "Legacy import 2019" for row in rows),
        "empty_source": sum(row[source] is None for row in rows),
    }
    assert len({tuple(row.values()) for row in rows}) == 5000, "a second copy is the same in every column"


def test_a_salesforce_report_closes_opportunities_and_plans_the_others(tmp_path: Path) -> None:
    truth = write_sample(tmp_path / "sample", layout="salesforce")
    rows = read_csv(tmp_path / "sample" / "opportunities.csv")
    assert truth["files"][1]["rows_read"] == truth["files"][1]["rows_kept"] == len(rows)
    states = {(row["Stage"], row["Closed"], row["Won"]) for row in rows}
    assert states == {("Closed Won", "1", "1"), ("Closed Lost", "1", "0"), ("Proposal/Price Quote", "0", "0")}
    future = [row for row in rows if row["Close Date"] > plan.AS_OF]
    assert sum(row["Won"] == "1" for row in future) == truth["files"][1]["problems"]["event_after_as_of"]
    assert any(row["Closed"] == "0" for row in future)
    assert all(row["Won"] == "1" or row["Closed"] == "0" for row in future)


def test_salesforce_ids_carry_the_right_check_letters(tmp_path: Path) -> None:
    # The last three of 18 characters tell which of the first fifteen are capitals, five to a letter.
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    write_sample(tmp_path / "sample", layout="salesforce", leads=50)
    for file, column in (("leads.csv", "Lead ID"), ("opportunities.csv", "Opportunity ID")):
        for row in read_csv(tmp_path / "sample" / file):
            head, check = row[column][:15], row[column][15:]
            chunks = [head[i : i + 5] for i in (0, 5, 10)]
            assert check == "".join(letters[sum(c.isupper() << i for i, c in enumerate(chunk))] for chunk in chunks)


def test_the_draws_are_those_of_murmurhash3() -> None:
    # The hash of an empty text is the finisher of its seed; published vectors for the seeds 1 and 0xffffffff.
    engine = samples._engine(leads=1, layout="hubspot", seed=1, null=False)
    got = engine.execute("SELECT mixed(1::UBIGINT), mixed(4294967295::UBIGINT)").fetchall()
    assert got == [(0x514E28B7, 0x81F16F39)]


def test_the_number_of_threads_changes_no_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_sample(tmp_path / "many", leads=150_000)
    connect = functools.partial(duckdb.connect, config={"threads": 1})
    monkeypatch.setattr(samples.duckdb, "connect", connect)
    write_sample(tmp_path / "one", leads=150_000)
    assert same(tmp_path / "many", tmp_path / "one")


def same(left: Path, right: Path) -> bool:
    names = sorted(path.name for path in left.iterdir())
    assert names == sorted(path.name for path in right.iterdir())
    return filecmp.cmpfiles(left, right, names, shallow=False)[0] == names


@pytest.mark.parametrize("layout", ["hubspot", "salesforce"])
def test_the_committed_folders_are_what_the_program_writes(root: Path, tmp_path: Path, layout: str) -> None:
    committed = root / "data" / "sample" / layout
    write_sample(tmp_path / layout, layout=layout)
    wanted = {path.name for path in (tmp_path / layout).iterdir()}
    for name in wanted:
        assert (committed / name).read_bytes() == (tmp_path / layout / name).read_bytes(), name
        assert (committed / name).stat().st_size < 1.5 * 2**20


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_charter_beside_a_sample_reads_and_agrees_with_the_plan(tmp_path: Path, layout: str) -> None:
    write_sample(tmp_path / "sample", leads=1, layout=layout)
    charter = read_charter(tmp_path / "sample")
    assert {export.file: export.layout for export in charter.exports} == LAYOUTS[layout]
    assert charter.organisation.as_of.isoformat() == plan.AS_OF
    assert charter.organisation.timezone == "Europe/Paris"
    # Pipedrive has nothing before the deal.
    assert charter.funnel.stages == (plan.STAGES[-2:] if layout == "pipedrive" else plan.STAGES)
    assert charter.funnel.definitions.keys() == set(charter.funnel.stages)
    assert charter.policy.within_days == plan.WITHIN_DAYS
    assert charter.policy.margin == 0.02
    assert charter.tags == ("media", "ownership", "brought_by")
    assert {name: team.people for name, team in charter.teams.items()} == people.ASKED
    listed = {origin.label: (origin.source, origin.direction) for origin in plan.ORIGINS if origin.percent}
    assert {value: (source.source, source.direction) for value, source in charter.sources.items()} == listed


@pytest.mark.parametrize("layout", LAYOUTS)
def test_one_lead_makes_a_whole_sample(tmp_path: Path, layout: str) -> None:
    truth = write_sample(tmp_path / "it's new" / "sample", leads=1, layout=layout)
    first = truth["files"][0]
    assert first["rows_kept"] == truth["leads_kept"] == 1
    assert first["rows_read"] == 1 + first["problems"].get("footer_row", 0)
    files = sorted(path.name for path in (tmp_path / "it's new" / "sample").iterdir())
    # The one lead was called and won.
    beside = [] if layout == "pipedrive" else ["spend.csv", "customers.csv", "touches.csv", "survey.csv"]
    assert files == sorted([*LAYOUTS[layout], *beside, "charter.toml", "truth.json"])
    assert [one["path"] for one in truth["files"]] == [*LAYOUTS[layout], *beside]


def test_a_sample_that_fails_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(layout: str, **sample: object) -> str:
        raise OSError("no space left")

    monkeypatch.setattr(samples, "_charter", full_disk)
    with pytest.raises(OSError, match=r"^no space left$"):
        write_sample(tmp_path / "sample", leads=1)
    assert list(tmp_path.iterdir()) == []


def test_the_answers_handed_back_are_those_written_down(tmp_path: Path) -> None:
    truth = write_sample(tmp_path / "sample", leads=100)
    text = (tmp_path / "sample" / "truth.json").read_text("utf-8")
    assert json.loads(text) == json.loads(json.dumps(truth))


def test_another_seed_gives_other_leads_and_the_same_answers(tmp_path: Path) -> None:
    one, two = (write_sample(tmp_path / str(seed), leads=2000, seed=seed) for seed in (1, 2))
    assert one["rates"] == two["rates"]
    left, right = (read_csv(tmp_path / seed / "contacts.csv") for seed in ("1", "2"))
    differing = sum(a["Create Date"] != b["Create Date"] for a, b in zip(left, right, strict=True))
    assert differing > 1900


def test_no_text_of_a_sample_could_be_taken_for_a_formula_or_a_tag(root: Path) -> None:
    for file in ("hubspot/contacts.csv", "salesforce/leads.csv", "salesforce/opportunities.csv"):
        for row in read_csv(root / "data" / "sample" / file):
            for text in row.values():
                assert text is None or not re.search(r"^[=+\-@\t]|[<>\"']", text)


def test_everybody_in_a_sample_can_be_written_to_at_no_real_address(root: Path) -> None:
    rows = read_csv(root / "data" / "sample" / "hubspot" / "contacts.csv")
    assert all(re.fullmatch(r"contact\d+@example\.com", row["Email"]) for row in rows)


@pytest.mark.parametrize("leads", [0, -1, 1_000_000_000])
def test_a_number_of_leads_out_of_range_is_refused(tmp_path: Path, leads: int) -> None:
    message = f"a sample has between 1 and 999999999 leads; got {leads}, give a number in that range."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        write_sample(tmp_path / "sample", leads=leads)
    assert not (tmp_path / "sample").exists()


def test_an_unknown_layout_is_refused(tmp_path: Path) -> None:
    message = (
        "unknown layout 'zoho'; a sample is written as one of hubspot, salesforce, parquet, hubspot-v2, hubspot-api, "
        "hubspot-deals, salesforce-report, salesforce-api, salesforce-history, pipedrive, dynamics, marketo, history."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        write_sample(tmp_path / "sample", layout="zoho")


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "charter.toml").write_text("mine")
    with pytest.raises(FileExistsError) as caught:
        write_sample(tmp_path)
    assert str(caught.value) == f"{tmp_path} is there already and is not an empty folder; name a new one."
    assert [path.name for path in tmp_path.iterdir()] == ["charter.toml"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "sample").mkdir()
    write_sample(tmp_path / "sample", leads=1)
    assert (tmp_path / "sample" / "truth.json").exists()


# What the audit reads of it.


@pytest.fixture(scope="module")
def committed(root: Path) -> dict[str, Crm]:
    return {layout: read_export(root / "data" / "sample" / layout) for layout in ("hubspot", "salesforce")}


def test_both_committed_folders_tell_who_was_called_and_within_the_chance_of_the_plan(
    root: Path, committed: dict[str, Crm]
) -> None:
    truth = json.loads((root / "data" / "sample" / "hubspot" / "truth.json").read_text("utf-8"))
    spans: dict[str, dict[str, Any]] = {
        "within_1_hour": {"within_hours": 1},
        "within_24_hours": {"after_hours": 1, "within_hours": 24},
        "within_30_days": {"after_hours": 24},
    }
    for name, span in spans.items():
        (left, sql), (right, same_sql) = (told(followed.answered(crm, **span)) for crm in committed.values())
        assert (left, sql) == (right, same_sql)
        share = truth["answered"][name]
        assert_close(left.hits / left.total, share, share * (1 - share) / left.total)
    (left, _), (right, _) = (told(followed.followed_up(crm, "mql", within_days=90)) for crm in committed.values())
    share = truth["followed_up"]["mql"]
    assert left == right
    assert_close(left.hits / left.total, share, share * (1 - share) / left.total)
    (hours, _), (same_hours, _) = (told(followed.answer_hours(crm)) for crm in committed.values())
    assert hours == same_hours
    mean = hours.sum / hours.n
    assert_close(mean, truth["answered"]["mean_hours"], (hours.sum_sq / hours.n - mean**2) / hours.n)


def told(answer: tuple[Any, str] | str) -> tuple[Any, str]:
    assert not isinstance(answer, str), answer
    return answer


def test_both_committed_folders_tell_the_answers_that_were_given(root: Path, committed: dict[str, Crm]) -> None:
    truth = json.loads((root / "data" / "sample" / "hubspot" / "truth.json").read_text("utf-8"))
    for crm in committed.values():
        said = answers(crm)
        assert said is not None
        found: dict[str, dict[str, dict[str, int]]] = {}
        for (team, item), given in said.given.items():
            found.setdefault(item, {})[team] = dict(given)
        assert found == truth["survey"]["answers"]
        assert said.people == truth["survey"]["answered"]


def test_the_promises_of_both_committed_folders_are_found_as_they_were_planted(
    root: Path, committed: dict[str, Crm]
) -> None:
    truth = json.loads((root / "data" / "sample" / "hubspot" / "truth.json").read_text("utf-8"))
    verdicts = {"kept": "kept", "broken": "broken", "cannot tell": "no_difference_shown"}
    wanted = {one["code"]: verdicts[one["state"]] for one in truth["agreement"]}
    left, right = (agreement(crm) for crm in committed.values())
    assert left == right
    assert {one.code: one.verdict for one in left if one.code in wanted} == wanted


# What each vendor's files look like.


def test_a_report_quotes_every_value_and_ends_with_its_notices(tmp_path: Path) -> None:
    truth = write_sample(tmp_path / "sample", layout="salesforce-report", leads=700)
    leads, opportunities, *_ = truth["files"]
    for account in (leads, opportunities):
        text = (tmp_path / "sample" / account["path"]).read_bytes().decode("utf-8")
        assert "\r" not in text
        lines = text.splitlines()
        assert all(re.fullmatch(r'"[^"]*"(,"[^"]*")*', line) for line in lines)
        rows = len(lines) - 1 - 3
        assert lines[-3:] == [
            f'"Grand Totals ({rows} records)"',
            '"Confidential Information - Do Not Distribute"',
            '"Copyright © 2000-2026 salesforce.com, inc. All rights reserved."',
        ]
        assert (account["rows_read"], account["problems"]["footer_row"]) == (rows + 3, 3)
    assert leads["rows_read"] == 700 + leads["problems"]["duplicate_id"] + 3


def test_ids_of_fifteen_characters_stand_beside_ids_of_eighteen(tmp_path: Path) -> None:
    for layout, file, column, length in (
        ("salesforce-report", "leads.csv", "Converted Opportunity ID", 15),
        ("salesforce-report", "opportunities.csv", "Opportunity ID", 18),
        ("salesforce-history", "leads.csv", "Lead ID", 18),
        ("salesforce-history", "lead-history.csv", "Lead ID", 15),
        ("salesforce-history", "opportunity-history.csv", "Opportunity ID", 15),
    ):
        folder = tmp_path / f"{layout} {file}"
        write_sample(folder, layout=layout, leads=100)
        header, *rows = csv.reader((folder / file).read_text("utf-8").splitlines())
        ids = {row[header.index(column)] for row in rows if len(row) == len(header)} - {""}
        assert {len(one) for one in ids} == {length}


def test_the_newer_stage_columns_of_hubspot_are_the_only_ones(tmp_path: Path) -> None:
    write_sample(tmp_path / "sample", layout="hubspot-v2", leads=50)
    header = list(read_csv(tmp_path / "sample" / "contacts.csv")[0])
    assert sum(name.startswith('Date entered "') for name in header) == 7
    assert not any(name.startswith("Became") for name in header)


def test_a_history_of_opportunities_is_newest_first_and_has_rows_that_change_the_amount_alone(tmp_path: Path) -> None:
    write_sample(tmp_path / "sample", layout="salesforce-history")
    rows = read_csv(tmp_path / "sample" / "opportunity-history.csv")
    stamps = [dt.datetime.strptime(row["Last Modified"], "%d/%m/%Y %H:%M") for row in rows]
    assert stamps == sorted(stamps, reverse=True)
    same_stage = [row for row in rows if row["From Stage"] == row["To Stage"]]
    assert len(same_stage) > 100
    amounts: dict[str, list[str]] = {}
    for row in rows:
        amounts.setdefault(row["Opportunity ID"], []).append(row["Amount"])
    # Newest first: all but the first row ever written bear the amount of today.
    repriced = {row["Opportunity ID"] for row in same_stage}
    assert {one for one, told in amounts.items() if len(set(told)) == 2} == repriced
    assert all(int(told[0]) == int(told[-1]) + 500 for one, told in amounts.items() if one in repriced)


def test_other_fields_than_the_stage_change_in_a_history_too(tmp_path: Path) -> None:
    for layout, file, column in (
        ("salesforce-history", "lead-history.csv", "Field / Event"),
        ("marketo", "activities.csv", "primary_attribute_value"),
    ):
        write_sample(tmp_path / layout, layout=layout, leads=500)
        assert len({row[column] for row in read_csv(tmp_path / layout / file)}) == 2


def test_a_history_writes_the_offset_that_was_in_force(tmp_path: Path) -> None:
    write_sample(tmp_path / "sample", layout="history", leads=500)
    paris = zoneinfo.ZoneInfo("Europe/Paris")
    seen = set()
    for row in read_csv(tmp_path / "sample" / "history.csv"):
        if row["time"].startswith("2025-02-30"):
            continue
        stamp = dt.datetime.fromisoformat(row["time"])
        assert stamp.utcoffset() == stamp.astimezone(paris).utcoffset()
        seen.add(stamp.utcoffset())
    assert seen == {dt.timedelta(hours=1), dt.timedelta(hours=2)}


# Traps.


def test_without_traps_there_is_no_word_of_them(tmp_path: Path) -> None:
    assert "traps" not in write_sample(tmp_path / "sample", leads=20)


def test_a_trap_touches_as_many_rows_as_the_answers_say_and_no_others(tmp_path: Path) -> None:
    write_sample(tmp_path / "plain", leads=1000)
    plain = read_csv(tmp_path / "plain" / "contacts.csv")
    quiet = ("duplicate_email", "merged_record", "total_row", "repeated_header")
    codes = [code for code, trap in TRAPS.items() if trap.fits("hubspot") and code not in quiet]
    truth = write_sample(tmp_path / "sample", leads=1000, traps=codes)
    rows = read_csv(tmp_path / "sample" / "contacts.csv")
    # No two traps are set in one row.
    assert sum(one != other for one, other in zip(rows, plain, strict=True)) == sum(truth["traps"].values())
    for code in codes:
        assert truth["files"][0]["problems"][code] >= truth["traps"][code] > 1


def test_merged_ids_name_rows_that_are_still_there(tmp_path: Path) -> None:
    truth = write_sample(tmp_path / "sample", leads=200, traps=["merged_record"])
    rows = read_csv(tmp_path / "sample" / "contacts.csv")
    listed = [one for row in rows if row["Merged Contact IDs"] for one in row["Merged Contact IDs"].split(";")]
    there = {row["Record ID"] for row in rows} & set(listed)
    assert len(there) == truth["traps"]["merged_record"] == 3
    assert len(listed) > len(there)
    assert truth["leads_kept"] == 200 - 3


@pytest.mark.parametrize("layout", ["hubspot", "salesforce-api"])
def test_nobody_calls_a_lead_that_a_trap_sets_aside(tmp_path: Path, layout: str) -> None:
    write_sample(tmp_path / "plain", leads=1000, layout=layout)
    truth = write_sample(tmp_path / "sample", leads=1000, layout=layout, traps=[ALL])
    plain, rows = (read_csv(tmp_path / name / "touches.csv") for name in ("plain", "sample"))
    (account,) = (one for one in truth["files"] if one["path"] == "touches.csv")
    assert account["rows_read"] == account["rows_kept"] == len(rows)
    gone = {row["lead_id"] for row in plain} - {row["lead_id"] for row in rows}
    assert rows == [row for row in plain if row["lead_id"] not in gone]
    assert 0 < len(gone) <= 9 + 3 * (layout == "salesforce-api")
    file, key = {"hubspot": ("contacts.csv", "Record ID"), "salesforce-api": ("leads.csv", "Id")}[layout]
    there = {row[key]: row for row in read_csv(tmp_path / "sample" / file)}
    listed = ";".join(row.get("Merged Contact IDs") or "" for row in there.values()).split(";")
    for lead in gone:
        row = there[lead]
        merged, binned = lead in listed or row.get("MasterRecordId"), row.get("IsDeleted") == "true"
        assert merged or binned or "test" in row["Email"]


def test_a_list_of_calls_that_a_trap_leaves_empty_is_left_out(tmp_path: Path) -> None:
    truth = write_sample(tmp_path / "sample", leads=1, seed=3, traps=["test_row"])
    assert (tmp_path / "sample" / "touches.csv").exists() is False
    assert [one["path"] for one in truth["files"]] == ["contacts.csv", "spend.csv", "survey.csv"]


def test_two_people_share_an_address_and_not_an_id(tmp_path: Path) -> None:
    truth = write_sample(tmp_path / "sample", leads=200, traps=["duplicate_email"])
    rows = read_csv(tmp_path / "sample" / "contacts.csv")
    people = {(row["Email"].lower(), row["Record ID"]) for row in rows}
    assert len(people) - len({email for email, _ in people}) == truth["traps"]["duplicate_email"] == 5


def test_lines_between_the_rows_are_counted_as_read_and_set_aside(tmp_path: Path) -> None:
    truth = write_sample(tmp_path / "sample", leads=200, traps=["total_row", "repeated_header", "footer_row"])
    lines = (tmp_path / "sample" / "contacts.csv").read_text("utf-8").splitlines()
    assert sum(line.startswith("Record ID,") for line in lines) == 1 + truth["traps"]["repeated_header"] == 3
    assert sum(line.startswith("Total,") for line in lines) == truth["traps"]["total_row"] == 1
    assert lines[-1] == "Total"
    account = truth["files"][0]
    assert (account["rows_read"], account["rows_set_aside"]) == (len(lines) - 1, 4)


@pytest.mark.parametrize("code", ["skipped_hour", "repeated_hour"])
def test_doubtful_hours_are_those_in_which_the_clocks_of_paris_change(tmp_path: Path, code: str) -> None:
    truth = write_sample(tmp_path / "sample", layout="dynamics", leads=1000, traps=[code])
    paris, found = zoneinfo.ZoneInfo("Europe/Paris"), 0
    for row in read_csv(tmp_path / "sample" / "leads.csv"):
        if stamp := row["Marketing Qualified On"]:
            wall = dt.datetime.strptime(stamp, "%m/%d/%Y %I:%M %p").replace(tzinfo=paris)
            there_and_back = wall.astimezone(dt.UTC).astimezone(paris).replace(tzinfo=None)
            skipped = there_and_back != wall.replace(tzinfo=None)
            repeated = not skipped and wall.utcoffset() != wall.replace(fold=1).utcoffset()
            found += skipped if code == "skipped_hour" else repeated
    assert found == truth["traps"][code] > 1


def test_the_other_forms_are_what_their_names_say(tmp_path: Path) -> None:
    raw = {}
    for form in ("utf16", "cp1252", "semicolon", "title_lines"):
        write_sample(tmp_path / form, leads=300, traps=[form])
        raw[form] = (tmp_path / form / "contacts.csv").read_bytes()
    write_sample(tmp_path / "plain", leads=300)
    plain = (tmp_path / "plain" / "contacts.csv").read_text("utf-8")
    assert "Zoë" in plain
    assert raw["utf16"][:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    assert raw["utf16"].decode("utf-16") == plain
    assert raw["cp1252"].decode("cp1252") == plain
    assert 'encoding = "cp1252"' in (tmp_path / "cp1252" / "charter.toml").read_text("utf-8")
    assert raw["semicolon"].decode("utf-8").replace(";", ",") == plain
    assert raw["title_lines"].decode("utf-8").split("\n", 2)[2] == plain


def test_an_export_of_closed_deals_alone_has_no_open_one(tmp_path: Path) -> None:
    truth = write_sample(tmp_path / "sample", layout="pipedrive", leads=1000, traps=["closed_only"])
    rows = read_csv(tmp_path / "sample" / "deals.csv")
    assert {row["Deal - Status"] for row in rows} == {"Won", "Lost"}
    assert len(rows) == truth["files"][0]["rows_read"] == truth["leads_kept"]


def test_a_history_that_is_cut_off_starts_in_2025(tmp_path: Path) -> None:
    truth = write_sample(tmp_path / "sample", layout="marketo", leads=1000, traps=["left_truncated"])
    rows = read_csv(tmp_path / "sample" / "activities.csv")
    assert min(row["activity_date"] for row in rows).startswith("2025-01")
    assert len(rows) == truth["files"][1]["rows_read"]
    assert truth["traps"]["left_truncated"] > 100


def test_dates_that_read_both_ways_have_no_day_above_twelve(tmp_path: Path) -> None:
    write_sample(tmp_path / "sample", leads=300, traps=["both_ways"])
    for row in read_csv(tmp_path / "sample" / "contacts.csv"):
        if row["Create Date"]:
            day, month, year = row["Create Date"].split(" ")[0].split("/")
            assert (1 <= int(day) <= 12, 1 <= int(month) <= 12, len(year)) == (True, True, 4)


def test_all_stands_for_what_the_layout_can_have(tmp_path: Path) -> None:
    truth = write_sample(tmp_path / "sample", leads=1000, layout="salesforce-api", traps=[ALL])
    assert list(truth["traps"]) == [code for code, trap in TRAPS.items() if trap.fits("salesforce-api")]


def test_every_trap_fits_hubspot_or_says_why_not_and_nearly_all_fit_another_layout() -> None:
    # What HubSpot's contacts cannot have: a bin, other contacts, events, local times, deals of their own.
    elsewhere = {
        "deleted_record": {"salesforce-api"},
        "no_lead": {
            "hubspot-deals",
            "salesforce",
            "salesforce-report",
            "salesforce-api",
            "salesforce-history",
            "marketo",
        },
        "shared_deal": {"hubspot-deals"},
        "re_entry": {"salesforce-history", "marketo", "history"},
        "skipped_hour": {"salesforce-report", "dynamics"},
        "repeated_hour": {"salesforce-report", "dynamics"},
        "closed_only": {"hubspot-deals", "salesforce", "salesforce-report", "salesforce-api", "pipedrive"},
        "left_truncated": {"salesforce-history", "marketo"},
    }
    known = TRAPS | FORMS | REFUSED
    fitting = {code: {layout for layout in LAYOUTS if trap.fits(layout)} for code, trap in known.items()}
    for code, layouts in fitting.items():
        assert layouts == elsewhere[code] if code in elsewhere else layouts > {"hubspot"}
    assert not any("parquet" in layouts for layouts in fitting.values())


@pytest.mark.parametrize("layout", [layout for layout in LAYOUTS if roles(layout)])
def test_every_column_that_a_trap_looks_for_is_in_the_file(tmp_path: Path, layout: str) -> None:
    write_sample(tmp_path / "sample", leads=5, layout=layout)
    for file, known in roles(layout).items():
        header = next(csv.reader((tmp_path / "sample" / file).read_text("utf-8").splitlines()))
        missing = {name for role, name in known.items() if role != "form" and name not in header}
        assert missing <= {"Merged Contact IDs"}


def test_an_unknown_trap_is_refused(tmp_path: Path) -> None:
    known = ", ".join((ALL, *TRAPS, *FORMS, *REFUSED))
    message = f"unknown trap 'bear'; there are {known}."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        write_sample(tmp_path / "sample", traps=["bear"])


def test_a_trap_that_the_layout_cannot_have_is_refused(tmp_path: Path) -> None:
    message = (
        "the layout 'pipedrive' cannot have the trap 're_entry'; it can have won_without_amount, empty_owner, "
        "placeholder, unreadable_amount, total_row, repeated_header, closed_only, footer_row, title_lines, semicolon, "
        "utf16, cp1252, scientific_id, several_currencies, both_ways."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        write_sample(tmp_path / "sample", layout="pipedrive", traps=["re_entry"])
    message = "the layout 'parquet' cannot have the trap 'utf16'; it can have none."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        write_sample(tmp_path / "sample", layout="parquet", traps=["utf16"])


def test_traps_in_more_leads_than_fit_in_memory_are_refused(tmp_path: Path) -> None:
    message = "traps are planted in samples of up to 100,000 leads; got 100,001, write fewer leads or no traps."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        write_sample(tmp_path / "sample", leads=100_001, traps=["test_row"])


@pytest.mark.parametrize(("leads", "count"), [(1, "1 lead"), (3, "3 leads")])
def test_a_sample_without_a_row_for_a_trap_is_refused(tmp_path: Path, leads: int, count: str) -> None:
    message = f"a sample of {count} has no row to plant 'merged_record' in; write more leads."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        write_sample(tmp_path / "sample", leads=leads, traps=["merged_record"])
    assert not (tmp_path / "sample").exists()
