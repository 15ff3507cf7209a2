"""The one room where a query runs: cells that add, labels, the SQL that is kept, and the frame made of it."""

from __future__ import annotations

import datetime as dt
import importlib
import pkgutil
import re
import time
from collections import defaultdict
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest
from engines import AS_OF, ENGINES, Lead, charter_of, crm_of, engine_named, many
from hypothesis import example, given, settings
from hypothesis import strategies as st

import alignment_metrics
from alignment_metrics.measures import Reach
from alignment_metrics.stats.rates import rate
from alignment_metrics.tallies import Tally, clusters, spending, tally
from alignment_metrics.values import Clusters, Counts, Moments, Products

WON = Reach("lead", "won", within_days=90)
LEADS = [
    *many(3, 40, source="webinar", size="small"),
    *many(1, 20, source="webinar", size="large", day=dt.date(2025, 11, 2)),
    *many(2, 30, source="cold call", size="large"),
    *many(0, 5),
]


@pytest.fixture(params=ENGINES)
def sized(request: pytest.FixtureRequest) -> Tally:
    """By direction, source and size."""
    crm = crm_of(LEADS, charter_of(segments=("size",)), engine=request.param)
    return tally(crm, WON, by=("direction", "source", "size"))


def test_cells_are_sorted_and_hold_only_groups_with_leads(sized: Tally) -> None:
    assert sized.keys == ("direction", "source", "size")
    assert sized.cells == (
        (("inbound", "webinar", "large"), Counts(1, 20)),
        (("inbound", "webinar", "small"), Counts(3, 40)),
        (("outbound", "cold call", "large"), Counts(2, 30)),
        (("unknown", "unknown", "unknown"), Counts(0, 5)),
    )
    assert sized.as_of == AS_OF


def test_at_by_and_split_are_additions(sized: Tally) -> None:
    assert sized.counts() == Counts(6, 95)
    assert sized.by() == Tally((), (((), Counts(6, 95)),), "", AS_OF)
    assert sized.by("size", "direction").cells[0] == (("large", "inbound"), Counts(1, 20))
    assert sized.at(direction="inbound", size="small").cells == ((("webinar",), Counts(3, 40)),)
    assert list(sized.split("size")) == ["large", "small", "unknown"]
    assert sized.split("size")["large"] == sized.at(size="large")
    assert sized.at(direction="sideways").counts() == Counts(0, 0)


def test_rolling_up_gives_what_asking_again_gives(sized: Tally) -> None:
    crm = crm_of(LEADS, charter_of(segments=("size",)))
    assert sized.by("source") == tally(crm, WON, by="source")
    assert sized.by() == tally(crm, WON)


@pytest.mark.parametrize(
    "call", [lambda found: found.at(owner="x"), lambda found: found.by("owner"), lambda found: found.split("owner")]
)
def test_a_key_that_a_tally_does_not_have_is_refused(sized: Tally, call: object) -> None:
    message = "unknown key 'owner'; this tally has direction, source, size."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call(sized)  # type: ignore[operator]


def test_a_tally_without_keys_says_so() -> None:
    with pytest.raises(ValueError, match=r"^unknown key 'source'; this tally has no keys\.$"):
        Tally((), (((), Counts(0, 0)),), "", AS_OF).by("source")


def test_a_key_that_leads_do_not_have_is_refused() -> None:
    message = "unknown key 'colour'; leads can be broken down by source, direction, owner, size, month, week, quarter."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        tally(crm_of([], charter_of(segments=("size",))), WON, by=("source", "colour"))


def test_a_key_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^the key 'source' is named twice; name it once\.$"):
        tally(crm_of([], charter_of()), WON, by=("source", "source"))


def test_quarters_are_those_of_the_entry_into_the_first_stage() -> None:
    rows = [{"lead": dt.date(2025, 12, 31), "mql": dt.date(2026, 1, 1), "won": dt.date(2026, 1, 2)}]
    crm = crm_of(rows, charter_of())
    assert tally(crm, Reach("lead", "won"), by="quarter").cells == ((("2025Q4",), Counts(1, 1)),)
    assert tally(crm, Reach("mql", "won"), by="quarter").cells == ((("2026Q1",), Counts(1, 1)),)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["hits", "total", "Total", "lead_id_", "a b", 'quo"te', "select"])
def test_a_segment_may_have_any_name(engine: str, name: str) -> None:
    crm = crm_of(many(2, 7, **{name: "x"}), charter_of(segments=(name,)), engine=engine)
    assert tally(crm, WON, by=name).cells == ((("x",), Counts(2, 7)),)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_label_may_be_any_text(engine: str) -> None:
    labels = ["Robert'); DROP TABLE journeys;--", "", "a\nb", "\u202eabc", "unknown", "é"]
    crm = crm_of(
        [lead for label in labels for lead in many(1, 2, size=label)], charter_of(segments=("size",)), engine=engine
    )
    assert tally(crm, WON, by="size").cells == tuple(((label,), Counts(1, 2)) for label in sorted(labels))


def test_labels_that_are_numbers_are_told_as_text() -> None:
    crm = crm_of(many(1, 3, size="7"), charter_of(segments=("size",)))
    numbered = crm.journeys.mutate(size=crm.journeys["size"].cast("int64"))
    found = tally(type(crm)(crm.charter, crm.leads, crm.entries, numbered, crm.quality), WON, by="size")
    assert found.cells == ((("7",), Counts(1, 3)),)


def test_an_empty_label_and_the_unknown_are_one_group() -> None:
    crm = crm_of([*many(1, 3, size="x"), *many(1, 4)], charter_of(segments=("size",)))
    gaps = crm.journeys.mutate(size=crm.journeys["size"].nullif("x"))
    found = tally(type(crm)(crm.charter, crm.leads, crm.entries, gaps, crm.quality), WON, by="size")
    assert found.cells == ((("unknown",), Counts(2, 7)),)


def test_the_sql_kept_gives_the_same_cells_when_run_again() -> None:
    crm = crm_of(LEADS, charter_of(segments=("size",)))
    found = tally(crm, WON, by=("source", "size"))
    rows = engine_named("duckdb").con.execute(found.sql).fetchall()
    assert sorted(((source, size), Counts(hits, total)) for source, size, hits, total in rows) == list(found.cells)


def test_an_engine_without_sql_tells_its_query_in_the_default_dialect() -> None:
    crm = crm_of(LEADS, charter_of(segments=("size",)), engine="polars")
    found = tally(crm, WON, by=("source", "size"))
    rows = pa.Table.from_pylist(crm.journeys.to_pyarrow().to_pylist(), crm.journeys.to_pyarrow().schema)
    with duckdb.connect() as other:
        other.register(crm.journeys.get_name(), rows)
        told = sorted(
            ((source, size), Counts(hits, total)) for source, size, hits, total in other.execute(found.sql).fetchall()
        )
    assert told == list(found.cells)


def test_leads_too_young_are_filtered_before_they_are_counted() -> None:
    sql = tally(crm_of(LEADS, charter_of()), WON, by="source").sql
    assert sql.count("WHERE") == 1
    assert "COALESCE" not in sql


def test_a_frame_has_one_row_a_group_in_the_order_of_its_keys(sized: Tally) -> None:
    frame = sized.by("direction", "source").to_frame(rate)
    assert list(frame.columns) == ["value", "low", "high", "n", "hits"]
    assert list(frame.index) == [("inbound", "webinar"), ("outbound", "cold call"), ("unknown", "unknown")]
    assert frame.index.names == ["direction", "source"]
    webinar = rate(Counts(4, 60))
    assert tuple(frame.loc[("inbound", "webinar")]) == (webinar.value, webinar.low, webinar.high, 60, 4)
    assert list(sized.by("source").to_frame(rate).index) == ["cold call", "unknown", "webinar"]
    assert sized.by("source").to_frame(rate).index.name == "source"
    assert sized.by("source").to_frame(rate).index.dtype == object
    assert frame.index.get_level_values("source").dtype == object
    assert sized.by().to_frame(rate)["n"].tolist() == [95]


@pytest.mark.parametrize("by", [(), ("source",), ("source", "size")])
def test_the_frame_of_no_leads_has_the_same_columns(by: tuple[str, ...]) -> None:
    frame = tally(crm_of([], charter_of(segments=("size",))), WON, by=by).to_frame(rate)
    assert list(frame.columns) == ["value", "low", "high", "n", "hits"]
    assert list(frame.index.names) == list(by or (None,))
    levels = [frame.index.get_level_values(place) for place in range(len(by))]
    assert [level.dtype for level in levels] == [object] * len(by)
    assert len(frame) == (0 if by else 1)


def test_thousands_of_cells_are_told_apart_and_rated_in_a_moment() -> None:
    cells = tuple(((f"source {i:03}", f"size {j:02}"), Counts(j, 100)) for i in range(200) for j in range(50))
    found = Tally(("source", "size"), cells, "", AS_OF)
    began = time.perf_counter()
    assert found.by("source").cells[0] == (("source 000",), Counts(1225, 5000))
    assert len(found.split("source")) == 200
    assert len(found.to_frame(rate)) == 10_000
    assert time.perf_counter() - began < 5


def test_tally_stays_a_function_once_every_room_is_open() -> None:
    for room in pkgutil.walk_packages(alignment_metrics.__path__, "alignment_metrics."):
        importlib.import_module(room.name)
    assert alignment_metrics.tally is tally


# How leads go together.

DAY = dt.timedelta(days=1)
leads = st.lists(
    st.fixed_dictionaries(
        {
            "lead": st.integers(-200, 1).map(lambda back: AS_OF + back * DAY),
            "won": st.one_of(st.none(), st.integers(-100, 1).map(lambda back: AS_OF + back * DAY)),
            "account_id": st.sampled_from([None, "Ardent", "Brio", "Corda"]),
        },
        optional={
            "owner": st.sampled_from(["Ines", "Jonas"]),
            "source": st.sampled_from(["webinar", "cold call"]),
            "size": st.sampled_from(["small", "large"]),
        },
    ),
    max_size=14,
)
breakdowns = st.lists(st.sampled_from(["direction", "size", "quarter", "month", "owner"]), unique=True, max_size=3)


def spread(rows: list[Lead], by: list[str], per: str, *, within: int = 90) -> Clusters:
    """Every cluster on its own, and every two of its cells."""
    held: dict[Any, dict[tuple[str, ...], list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    alone = 0
    for number, row in enumerate(rows):
        day, won = row["lead"], row.get("won")
        if (AS_OF - day).days < within:
            continue
        labels = {name: row.get(name, "unknown") for name in ("size", "owner")}
        labels["direction"] = {"webinar": "inbound", "cold call": "outbound"}.get(row.get("source", ""), "unknown")
        labels |= {"quarter": f"{day.year}Q{(day.month + 2) // 3}", "month": f"{day:%Y-%m}"}
        cluster = row.get("account_id") if per == "account" else row.get("owner")
        alone += cluster is None
        part = held[("alone", number) if cluster is None else cluster][tuple(labels[key] for key in by)]
        part[0] += won is not None and 0 <= (won - day).days <= within
        part[1] += 1
    counts: dict[tuple[str, ...], Counts] = {}
    sizes: dict[tuple[str, ...], int] = {}
    products: dict[Any, Products] = {}
    for parts in held.values():
        for one, (hits, total) in parts.items():
            counts[one] = counts.get(one, Counts(0, 0)) + Counts(hits, total)
            sizes[one] = sizes.get(one, 0) + 1
            for other, (more_hits, more) in parts.items():
                if one <= other:
                    product = Products(hits * more_hits, hits * more, total * more_hits, total * more)
                    products[one, other] = products.get((one, other), Products()).plus(product)
    return Clusters(len(held), counts, sizes, products, alone)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=40)
@given(rows=leads, by=breakdowns, per=st.sampled_from(["account", "owner"]))
@example(rows=[], by=[], per="account")
@example(rows=[], by=["size"], per="owner")
@example(rows=many(1, 2), by=["quarter"], per="account")
@example(rows=many(2, 3, account_id="Ardent"), by=[], per="account")
def test_clusters_are_what_a_loop_over_them_finds(engine: str, rows: list[Lead], by: list[str], per: str) -> None:
    crm = crm_of(rows, charter_of(segments=("size",)), engine=engine)
    found = clusters(crm, WON, by=by, per=per)
    assert found == spread(rows, by, per)
    assert list(found.products) == sorted(found.products)
    assert dict(found.cells) == {cell: counts for cell, counts in tally(crm, WON, by=by).cells if counts.total}


def test_clusters_with_no_account_in_common_add_up() -> None:
    charter = charter_of(segments=("size",))
    left = [*many(1, 3, account_id="Ardent", size="small"), *many(1, 2, account_id="Brio", size="large"), *many(0, 2)]
    right = [*many(2, 4, account_id="Corda", size="small"), *many(1, 1, account_id="Corda", size="large")]
    one, other, both = (clusters(crm_of(rows, charter), WON, by="size") for rows in (left, right, left + right))
    assert one + other == both


@pytest.mark.parametrize("engine", ENGINES)
def test_products_of_large_clusters_fit(engine: str) -> None:
    rows = [*many(70_000, 70_000, account_id="Ardent", source="webinar"), *many(1, 70_000, account_id="Ardent")]
    found = clusters(crm_of(rows, charter_of(), engine=engine), WON, by="direction")
    assert found.n == 1
    assert found.products[("inbound",), ("inbound",)] == Products(*[70_000**2] * 4)
    assert found.products[("inbound",), ("unknown",)] == Products(70_000, 70_000**2, 70_000, 70_000**2)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_account_with_empty_labels_and_unknown_ones_is_counted_once(engine: str) -> None:
    rows = [*many(1, 2, account_id="Ardent", size="x"), *many(0, 3, account_id="Ardent"), *many(1, 1, size="x")]
    crm = crm_of(rows, charter_of(segments=("size",)), engine=engine)
    gaps = crm.journeys.mutate(size=crm.journeys["size"].nullif("x"))
    found = clusters(type(crm)(crm.charter, crm.leads, crm.entries, gaps, crm.quality), WON, by=("size", "month"))
    cell = ("unknown", "2026-01")
    assert found == Clusters(2, {cell: Counts(2, 6)}, {cell: 2}, {(cell, cell): Products(2, 6, 6, 26)}, 1)


def test_clusters_are_one_query_that_reads_the_leads_once(monkeypatch: pytest.MonkeyPatch) -> None:
    crm = crm_of(LEADS, charter_of(segments=("size",)))
    asked, run = [], ibis.Table.to_pyarrow

    def counted(table: ibis.Table, **options: Any) -> pa.Table:
        asked.append(str(ibis.to_sql(table)))
        return run(table, **options)

    monkeypatch.setattr(ibis.Table, "to_pyarrow", counted)
    clusters(crm, WON, by=("direction", "size"))
    (sql,) = asked
    assert sql.count(crm.journeys.get_name().rpartition(".")[2]) == 1


def test_leads_go_together_by_account_or_owner_alone() -> None:
    message = "leads go together by account or by owner, not by 'size'; name one of the two."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        clusters(crm_of([], charter_of(segments=("size",))), WON, per="size")


def test_clusters_are_refused_the_keys_that_a_tally_is_refused() -> None:
    message = "unknown key 'colour'; leads can be broken down by source, direction, owner, size, month, week, quarter."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        clusters(crm_of([], charter_of(segments=("size",))), WON, by="colour")


# What was spent.

SPENT = [
    {"month": dt.date(2026, 1, 1), "source": "webinar", "amount": 100.0},
    {"month": dt.date(2026, 1, 1), "source": "webinar", "amount": -20.5},
    {"month": dt.date(2026, 2, 1), "source": "webinar", "amount": 40.0},
    {"month": dt.date(2026, 2, 1), "source": "cold call", "amount": 7.25},
    {"month": dt.date(2026, 2, 1), "amount": 3.0},
]


@pytest.mark.parametrize("engine", ENGINES)
def test_spending_adds_up_by_month_source_and_direction(engine: str) -> None:
    crm = crm_of([], charter_of(), engine=engine, spend=SPENT)
    found = spending(crm, by=("month", "direction"))
    assert found.cells == (
        (("2026-01", "inbound"), Moments.of([100.0, -20.5])),
        (("2026-02", "inbound"), Moments.of([40.0])),
        (("2026-02", "outbound"), Moments.of([7.25])),
        (("2026-02", "unknown"), Moments.of([3.0])),
    )
    assert (found.keys, found.as_of) == (("month", "direction"), AS_OF)
    assert found.by("month") == spending(crm, by="month")
    assert found.total() == spending(crm).total() == Moments.of([row["amount"] for row in SPENT])
    assert spending(crm, by="source").at(source="cold call").total() == Moments.of([7.25])
    assert found.at(direction="sideways").total() == Moments.of([])
    assert "SUM" in found.sql


@pytest.mark.parametrize("engine", ENGINES)
def test_a_list_of_spending_without_a_row_is_no_spending(engine: str) -> None:
    crm = crm_of([], charter_of(), engine=engine, spend=[])
    assert spending(crm).cells == (((), Moments(0, 0.0, 0.0)),)
    assert spending(crm, by="month").cells == ()


def test_what_was_spent_cannot_be_told_without_a_list() -> None:
    message = "this folder does not say what was spent; add spend.csv with the columns month, source and amount."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        spending(crm_of([], charter_of()), by="month")


def test_spending_is_broken_down_by_what_is_told_of_it() -> None:
    crm = crm_of([], charter_of(segments=("size",)), spend=SPENT)
    with pytest.raises(
        ValueError, match=r"^unknown key 'size'; spending can be broken down by month, source, direction\.$"
    ):
        spending(crm, by="size")
    with pytest.raises(ValueError, match=r"^the key 'month' is named twice; name it once\.$"):
        spending(crm, by=("month", "month"))
