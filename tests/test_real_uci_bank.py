"""A real bank's phone campaigns, audited: the drift is the news, and the pooled rate is said to be a mixture."""

from __future__ import annotations

import csv
import os
import runpy
from pathlib import Path

import pytest

from alignment_metrics.crm import Crm
from alignment_metrics.exports import read_export
from alignment_metrics.findings import audit
from alignment_metrics.values import Estimate, Finding

pytestmark = pytest.mark.real

VARIABLE = "ALIGNMENT_METRICS_REAL_DATA"
# Counted from the data set by its days alone: the leads and the subscriptions of each quarter.
QUARTERS = {
    "2008Q2": (459, 12443),
    "2008Q3": (672, 11595),
    "2008Q4": (270, 3691),
    "2009Q1": (418, 3730),
    "2009Q2": (1225, 8935),
    "2009Q3": (463, 1261),
    "2009Q4": (430, 936),
    "2010Q1": (413, 799),
    "2010Q2": (364, 661),
    "2010Q3": (449, 865),
    "2010Q4": (126, 295),
}


@pytest.fixture(scope="module")
def data(root: Path) -> Path:
    data = Path(os.environ.get(VARIABLE) or root.parent / "shared" / "data") / "uci_bank"
    if not (data / "bank-full.csv").is_file():
        pytest.skip(
            f"bank-full.csv is not in {data}; see tests/real/uci_bank/README.md, and name its parent in {VARIABLE}."
        )
    return data


def prepared(data: Path, root: Path, client: Path) -> Path:
    script = runpy.run_path(str(root / "tests" / "real" / "uci_bank" / "prepare.py"))
    script["prepare"](data, client)
    return client


@pytest.fixture(scope="module")
def crm(data: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Crm:
    return read_export(prepared(data, root, tmp_path_factory.mktemp("uci_bank")))


@pytest.fixture(scope="module")
def raw(data: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Crm:
    """The same with the number of calls as the file has it."""
    client = prepared(data, root, tmp_path_factory.mktemp("uci_bank_raw"))
    with (data / "bank-full.csv").open(encoding="utf-8", newline="") as file:
        calls = [row["campaign"] for row in csv.DictReader(file, delimiter=";")]
    with (client / "calls.csv").open(encoding="utf-8", newline="") as file:
        rows = [row | {"calls": number} for row, number in zip(csv.DictReader(file), calls, strict=True)]
    with (client / "calls.csv").open("w", encoding="utf-8", newline="") as file:
        written = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        written.writeheader()
        written.writerows(rows)
    return read_export(client)


@pytest.fixture(scope="module")
def findings(crm: Crm) -> dict[str, Finding]:
    return {finding.code: finding for finding in audit(crm)}


def by(finding: Finding, key: str) -> dict[str, Estimate]:
    return {name[0][1]: one for name, one in finding.estimates if name and name[0][0] == key}


def test_every_row_of_the_bank_is_kept(crm: Crm) -> None:
    assert [(file.rows_read, file.rows_kept, file.problems) for file in crm.quality.files] == [(45211, 45211, ())]


def test_the_claim_leads_with_the_climb_and_calls_the_pooled_rate_a_mixture(findings: dict[str, Finding]) -> None:
    finding = findings["conversion.called_to_subscribed"]
    assert finding.claim == (
        "No single rate describes the way from called to subscribed. By quarter of entry it runs from 3.7% [3.4%, "
        "4.0%] "
        "(2008Q2, n = 12,443) to 55.1% [51.3%, 58.8%] (2010Q2, n = 661), more than chance explains (p < 0.001). The "
        "pooled "
        "11.7% [11.4%, 12.0%] (95% intervals; 5,289 of 45,211 leads) is an average over different mixes of leads."
    )


def test_every_quarter_has_the_leads_and_subscriptions_of_the_file(findings: dict[str, Finding]) -> None:
    finding = findings["conversion.called_to_subscribed"]
    overall = finding.estimates[0][1]
    assert (overall.hits, overall.n) == (5289, 45211)
    assert {name: (one.hits, one.n) for name, one in by(finding, "quarter").items()} == QUARTERS
    assert (sum(hits for hits, _ in QUARTERS.values()), sum(n for _, n in QUARTERS.values())) == (5289, 45211)


def test_the_shift_of_the_mix_is_shown(findings: dict[str, Finding]) -> None:
    told = findings["conversion.called_to_subscribed"].notes
    assert (
        "From 2008Q2 to 2010Q2 the mix of leads changed most in source (line not noted: 100.0% of the leads, then "
        "10.6%), "
        "previous campaign (unknown: 100.0% of the leads, then 35.1%) and job (blue-collar: 31.0% of the leads, then "
        "8.6%). "
        "That says where to look, not why the rate moved."
    ) in told


def test_kinds_of_line_are_not_compared_without_a_word_about_the_quarters(findings: dict[str, Finding]) -> None:
    finding = findings["sources.conversion"]
    # Rates by kind of line as the data set's own counts give them: 14.9%, 13.4% and 4.1%.
    assert {name: one.n for name, one in by(finding, "source").items()} == {
        "mobile line": 29285,
        "fixed line": 2906,
        "line not noted": 13020,
    }
    assert any(note.startswith("The rate also changes with the quarter of entry (p < 0.001)") for note in finding.notes)


def test_that_fewer_subscribe_after_many_calls_is_called_survivorship_and_no_advice(
    findings: dict[str, Finding],
) -> None:
    finding = findings["sources.by_calls"]
    # Counted from the data set: 2,561 of 17,544 at the first call.
    assert by(finding, "calls")["1"].hits == 2561
    assert finding.claim == (
        "The share that reached subscribed falls with calls: 14.6% [14.1%, 15.1%] at 1 (n = 17,544), 5.8% [5.2%, 6.5%] "
        "at 6 or more (n = 4,355) (95% intervals; p < 0.001). That is survivorship: whoever converts is not tried "
        "again, so a high number marks the leads that had not converted yet. Such a fall appears even where attempts "
        "change nothing; what they change cannot be seen here. It is no advice to make fewer attempts."
    )
    assert not finding.differs


def test_the_eighth_call_is_told_where_calls_are_not_in_bands(raw: Crm) -> None:
    (finding,) = (one for one in audit(raw, only="sources") if one.code == "sources.by_calls")
    # Of the data set: 32 of 540 subscribed at the eighth call.
    assert "14.6% [14.1%, 15.1%] at 1 (n = 17,544), 5.9% [4.2%, 8.2%] at 8 (n = 540)" in finding.claim
    assert "That is survivorship: " in finding.claim
    assert finding.claim.endswith("It is no advice to make fewer attempts.")
    assert not finding.differs


def test_lines_not_noted_are_told_to_be_a_batch_of_two_months(findings: dict[str, Finding]) -> None:
    finding = findings["sources.batches"]
    # Of the data set: 7,957 calls of May and 4,486 of June 2008 to lines not noted; 64 more of later years.
    assert (
        "12,443 of the 13,020 (95.6%) leads of line not noted came from 2008-05 to 2008-06, as did 0.0% of all "
        "others: what is said of line not noted is also said of those months; within the same months the difference "
        "to the others is "
    ) in finding.claim


def test_inbound_against_outbound_does_not_apply_where_the_bank_did_all_the_calling(
    findings: dict[str, Finding],
) -> None:
    finding = findings["inbound_vs_outbound.conversion"]
    assert finding.verdict == "does_not_apply"
    assert finding.because == "the charter's [sources] tag no source as inbound, and nothing is guessed."
    assert by(finding, "direction")["outbound"].n == 45211


def test_no_benchmark_is_comparable_with_a_funnel_of_other_stages(findings: dict[str, Finding]) -> None:
    found = [finding for code, finding in findings.items() if code.startswith("benchmark.")]
    assert len(found) >= 8
    # Of one firm it is told all the same whether it has written its definitions down.
    assert {finding.verdict for finding in found} == {"not_comparable", "measured"}
