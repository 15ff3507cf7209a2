"""A real pipeline of deals, read by a layout of the client's own: it starts mid-way, and its closed deals mislead."""

from __future__ import annotations

import csv
import datetime as dt
import os
import shutil
import statistics
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from alignment_metrics.crm import Crm
from alignment_metrics.exports import read_export
from alignment_metrics.findings import CHAPTERS, audit
from alignment_metrics.quality import Problem
from alignment_metrics.values import Finding

pytestmark = pytest.mark.real

VARIABLE = "ALIGNMENT_METRICS_REAL_DATA"
PIPELINE, RESAVED = "sales_pipeline.csv", "sales_pipeline_excel_resaved.csv"
AS_OF, FIRST_CLOSE, WINDOW = dt.date(2017, 12, 31), dt.date(2017, 3, 1), 138
# Counted over the file by the people who looked at it first: deals by stage, and the money of those that were won.
WON, LOST, ENGAGING, PROSPECTING, REVENUE = 4238, 2473, 1589, 500, 10_005_534
Deal = dict[str, str]


@pytest.fixture(scope="module")
def data(root: Path) -> Path:
    found = Path(os.environ.get(VARIABLE) or root.parent / "shared" / "data") / "maven_crm"
    if not (found / PIPELINE).is_file():
        pytest.skip(
            f"{PIPELINE} is not in {found}; see tests/real/maven_crm/README.md, and name its parent in {VARIABLE}."
        )
    return found


@pytest.fixture(scope="module")
def deals(data: Path) -> list[Deal]:
    with (data / PIPELINE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def crm(root: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Crm:
    return read_export(client(root, tmp_path_factory.mktemp("pipeline"), data, PIPELINE))


@pytest.fixture(scope="module")
def twin(root: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Crm:
    return read_export(client(root, tmp_path_factory.mktemp("resaved"), data, RESAVED))


@pytest.fixture(scope="module")
def findings(crm: Crm) -> tuple[Finding, ...]:
    return audit(crm)


def client(root: Path, folder: Path, data: Path, file: str, more: str = "") -> Path:
    """The client's folder, with ``file`` for the pipeline; ``more`` follows its ``[[export]]`` in the charter."""
    ours = root / "tests" / "real" / "maven_crm"
    shutil.copyfile(data / file, folder / file)
    shutil.copyfile(ours / "pipeline.toml", folder / "pipeline.toml")
    plan = (ours / "charter.toml").read_text("utf-8").replace(PIPELINE, file)
    head, funnel, rest = plan.partition("[funnel]")
    (folder / "charter.toml").write_text(f"{head}{more}\n{funnel}{rest}", "utf-8")
    return folder


def rows(table: Any, by: str = "lead_id") -> list[dict[str, Any]]:
    return sorted(table.to_pyarrow().to_pylist(), key=lambda row: tuple(map(str, (row[by], row.get("stage")))))


def problems(crm: Crm, code: str) -> list[Problem]:
    return [one for one in crm.quality.files[0].problems if one.code == code]


def days(deals: list[Deal], stage: str) -> list[tuple[dt.date, dt.date | None]]:
    """The day each dated deal was engaged, and the day it came to ``stage``, where it did."""
    day = dt.date.fromisoformat
    return [
        (day(one["engage_date"]), day(one["close_date"]) if one["deal_stage"] == stage else None)
        for one in deals
        if one["engage_date"]
    ]


def expected(deals: list[Deal], stage: str) -> tuple[int, float]:
    """The deals from before the first close, and how many of them would have one by then at the later pace."""
    early = [(FIRST_CLOSE - start).days for start, _ in days(deals, stage) if start < FIRST_CLOSE]
    later = [one for one in days(deals, stage) if FIRST_CLOSE <= one[0] <= AS_OF - dt.timedelta(days=max(early))]
    waits = [(end - start).days for start, end in later if end]
    return len(early), sum(sum(wait < age for wait in waits) / len(later) for age in early)


def test_every_deal_is_kept_but_those_that_have_no_date_at_all(crm: Crm) -> None:
    (file,) = crm.quality.files
    assert (file.rows_read, file.rows_kept) == (WON + LOST + ENGAGING + PROSPECTING, WON + LOST + ENGAGING)
    assert [(one.code, one.rows) for one in file.problems if one.set_aside] == [("missing_created", PROSPECTING)]
    assert {one.code for one in file.problems} == {"missing_created", "left_truncated"}


def test_the_one_close_date_is_that_of_a_win_or_of_a_loss_by_the_stage(crm: Crm, deals: list[Deal]) -> None:
    found = rows(crm.journeys)
    counted = Counter("won" if row["won"] else "lost" if row["lost"] else "open" for row in found)
    assert counted == {"won": WON, "lost": LOST, "open": ENGAGING}
    assert f"{WON / (WON + LOST):.4f}" == "0.6315"
    told = {one["opportunity_id"]: one for one in deals}
    for row in found:
        one = told[row["lead_id"]]
        ends = {"Won": (one["close_date"], ""), "Lost": ("", one["close_date"])}.get(one["deal_stage"], ("", ""))
        assert tuple(str(row[place] or "") for place in ("engaged", "won", "lost")) == (one["engage_date"], *ends)
        assert (row["owner"], row["product"]) == (one["sales_agent"], one["product"])


def test_the_first_and_the_last_days_and_the_waits_are_those_that_are_known(crm: Crm) -> None:
    found = rows(crm.journeys)
    engaged = [row["engaged"] for row in found]
    assert (min(engaged), max(engaged)) == (dt.date(2016, 10, 20), dt.date(2017, 12, 27))
    for end, middle in (("won", 57), ("lost", 14)):
        waits = [(row[end] - row["engaged"]).days for row in found if row[end]]
        assert (statistics.median(waits), max(waits)) == (middle, 138)
        closes = [row[end] for row in found if row[end]]
        assert (min(closes), max(closes)) == (FIRST_CLOSE, AS_OF)


def test_the_revenue_is_that_of_the_deals_won_and_a_lost_one_brings_nothing(crm: Crm) -> None:
    found = rows(crm.journeys)
    assert sum(row["amount"] for row in found if row["won"]) == REVENUE
    assert {row["amount"] for row in found if row["lost"]} == {0.0}
    assert {row["amount"] for row in found if not row["won"] and not row["lost"]} == {None}


def test_a_deal_without_an_account_has_none(crm: Crm, deals: list[Deal]) -> None:
    assert sum(not one["account"] for one in deals) == 1425
    dated = sum(not one["account"] for one in deals if one["engage_date"])
    assert sum(row["account_id"] is None for row in rows(crm.leads)) == dated


def test_the_same_table_saved_again_by_a_spreadsheet_leads_to_the_same_numbers(
    crm: Crm, twin: Crm, findings: tuple[Finding, ...]
) -> None:
    for name in ("leads", "entries", "journeys"):
        assert rows(getattr(twin, name)) == rows(getattr(crm, name))
    ours, theirs = crm.quality.files[0], twin.quality.files[0]
    assert (theirs.rows_read, theirs.rows_kept, theirs.problems) == (ours.rows_read, ours.rows_kept, ours.problems)
    assert audit(twin) == findings


def test_the_order_of_day_and_month_is_decided_by_the_whole_column(crm: Crm, twin: Crm) -> None:
    read = {one.header: one.read_as for one in crm.quality.files[0].columns}
    assert read["engage_date"] == "days, such as '2017-12-27'"
    read = {one.header: one.read_as for one in twin.quality.files[0].columns}
    assert read["engage_date"] == "days, month first (decided by '1/13/2017'), such as '9/9/2017'"


def test_a_table_that_starts_midway_says_so_of_either_end(crm: Crm, deals: list[Deal]) -> None:
    messages = []
    for place, stage in (("won", "Won"), ("lost", "Lost")):
        before, missing = expected(deals, stage)
        messages.append(
            f"No {place} date lies before 2017-03-01, though {before:,} leads came in earlier, of which about "
            f"{missing:,.0f} would have one by the pace of those that came later: the export, or its history, seems to "
            "start there. Leads from before look worse, or better, than they were; leave them out with since = "
            "2017-03-01 under [organisation]."
        )
    assert [(one.column, one.message) for one in problems(crm, "left_truncated")] == [
        ("close_date", message) for message in messages
    ]


def test_the_remedy_that_is_proposed_mends_it(root: Path, data: Path, deals: list[Deal], tmp_path: Path) -> None:
    plan = client(root, tmp_path, data, PIPELINE) / "charter.toml"
    plan.write_text(plan.read_text("utf-8").replace("as_of =", "since = 2017-03-01\nas_of ="), "utf-8")
    found = read_export(tmp_path).quality.files[0].problems
    early = sum("" < one["engage_date"] < "2017-03-01" for one in deals)
    assert {one.code: one.rows for one in found} == {"created_before_since": early, "missing_created": PROSPECTING}


def test_the_rate_from_engaged_to_won_is_that_of_a_plain_count(
    deals: list[Deal], findings: tuple[Finding, ...]
) -> None:
    (finding,) = (one for one in findings if one.code == "conversion.engaged_to_won")
    totals, hits = Counter[str](), Counter[str]()
    for start, won in days(deals, "Won"):
        quarter = f"{start.year}Q{(start.month + 2) // 3}"
        old = (AS_OF - start).days >= WINDOW
        totals[quarter] += old
        hits[quarter] += old and won is not None and (won - start).days <= WINDOW
    found = {name[0][1] if name else "all": (one.hits, one.n) for name, one in finding.estimates}
    every = {quarter: (hits[quarter], totals[quarter]) for quarter in totals if totals[quarter]}
    assert found == {"all": (sum(hits.values()), sum(totals.values())), **every}


def test_closed_deals_alone_stop_the_chapters_on_conversion(
    root: Path, data: Path, deals: list[Deal], tmp_path: Path
) -> None:
    folder = client(root, tmp_path, data, PIPELINE)
    closed = [one for one in deals if one["deal_stage"] in ("Won", "Lost")]
    with (folder / PIPELINE).open("w", encoding="utf-8", newline="") as file:
        written = csv.DictWriter(file, list(deals[0]))
        written.writeheader()
        written.writerows(closed)
    crm = read_export(folder)
    day = dt.date.fromisoformat
    middle = statistics.median((day(one["close_date"]) - day(one["engage_date"])).days for one in closed)
    young = sum((AS_OF - day(one["engage_date"])).days < middle for one in closed)
    because = (
        f"f the {young:,} records dated by engaged that are younger than the time half of the closed ones took, "
        f"{young:,} are closed, where no more than half would be: the export seems to hold closed records only. Of "
        "those still open nothing is known, so no rate can be estimated; export the open ones too."
    )
    assert [one.message for one in problems(crm, "closed_only")] == [f"O{because}"]
    apart = {"agreement", "perception", "benchmark", "published", "claims"}
    found = {one.code: one for one in audit(crm) if one.chapter not in apart}
    assert {one.chapter for one in found.values()} == {*CHAPTERS} - apart
    assert {(one.verdict, one.because, one.estimates) for one in found.values()} == {
        ("does_not_apply", f"o{because}", ())
    }


def test_the_price_list_is_joined_by_product_and_what_does_not_join_is_counted_on_both_sides(
    root: Path, data: Path, deals: list[Deal], tmp_path: Path
) -> None:
    shutil.copyfile(data / "products.csv", tmp_path / "products.csv")
    more = '[[export]]\nfile = "products.csv"\nlayout = "custom"\njoin = "product"\n[export.columns]\nseries = "series"'
    crm = read_export(client(root, tmp_path, data, PIPELINE, more))
    with (data / "products.csv").open(encoding="utf-8", newline="") as file:
        series = {one["product"]: one["series"] for one in csv.DictReader(file)}
    dated = [one for one in deals if one["engage_date"]]
    strange = [n for n, one in enumerate(deals, start=2) if one["product"] == "GTXPro" and one["engage_date"]]
    assert [(one.rows, list(one.examples)) for one in problems(crm, "no_product")] == [(len(strange), strange[:5])]
    assert [one.message for one in crm.quality.files[1].problems] == [
        "1 row has a product that no lead of sales_pipeline.csv has; set aside (row 3)."
    ]
    found = Counter(row["series"] for row in rows(crm.leads))
    assert found == Counter(series.get(one["product"], "unknown") for one in dated)


def test_a_name_of_the_price_list_that_no_deal_bears_is_told_on_both_sides(
    root: Path, data: Path, deals: list[Deal], tmp_path: Path
) -> None:
    # The charter may list what the products of the price list stand for: their series, as it lists sources.
    with (data / "products.csv").open(encoding="utf-8", newline="") as file:
        listed = {one["product"]: one["series"] for one in csv.DictReader(file)}
    series = [f'"{name}" = {{ source = "{one}", direction = "unknown" }}' for name, one in listed.items()]
    more = "\n".join(['[export.columns]\nsource = "product"', "[sources]", *series])
    crm = read_export(client(root, tmp_path, data, PIPELINE, more))
    dated = Counter(one["product"] for one in deals if one["engage_date"])
    met = [n for n, one in enumerate(deals, start=2) if one["product"] == "GTXPro" and one["engage_date"]]
    first = ", ".join(map(str, met[:5]))
    assert [(one.rows, one.message) for one in problems(crm, "unlisted_source")] == [
        (
            dated["GTXPro"],
            f"{dated['GTXPro']:,} rows have a source that [sources] does not list: 'GTXPro' ({dated['GTXPro']:,}); "
            f"counted as unknown (rows {first}, …).",
        )
    ]
    assert [one.message for one in problems(crm, "unmatched_source")] == [
        "[sources] lists 'GTX Pro', where the file has 'GTXPro': no row has it so. Correct the charter."
    ]
    found = Counter(row["source"] for row in rows(crm.leads))
    wanted = Counter({"unknown": dated.pop("GTXPro")})
    for product, count in dated.items():
        wanted[listed[product]] += count
    assert found == wanted
