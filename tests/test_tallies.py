"""The one room where a query runs: cells that add, labels, the SQL that is kept, and the frame made of it."""

from __future__ import annotations

import datetime as dt
import importlib
import pkgutil
import re
import time

import duckdb
import pyarrow as pa
import pytest
from engines import AS_OF, ENGINES, charter_of, crm_of, engine_named, many

import alignment_metrics
from alignment_metrics.measures import Reach
from alignment_metrics.stats.rates import rate
from alignment_metrics.tallies import Tally, tally
from alignment_metrics.values import Counts

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
