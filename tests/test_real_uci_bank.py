"""A real bank's phone campaigns, audited: the drift is the news, and the pooled rate is said to be a mixture."""

from __future__ import annotations

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
def crm(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Crm:
    data = Path(os.environ.get(VARIABLE) or root.parent / "shared" / "data") / "uci_bank"
    if not (data / "bank-full.csv").is_file():
        pytest.skip(
            f"bank-full.csv is not in {data}; see tests/real/uci_bank/README.md, and name its parent in {VARIABLE}."
        )
    client = tmp_path_factory.mktemp("uci_bank")
    script = runpy.run_path(str(root / "tests" / "real" / "uci_bank" / "prepare.py"))
    script["prepare"](data, client)
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


def test_inbound_against_outbound_does_not_apply_where_the_bank_did_all_the_calling(
    findings: dict[str, Finding],
) -> None:
    finding = findings["inbound_vs_outbound.conversion"]
    assert finding.verdict == "does_not_apply"
    assert finding.because == "the charter's [sources] tag no source as inbound, and nothing is guessed."
    assert by(finding, "direction")["outbound"].n == 45211


def test_no_benchmark_applies_to_a_funnel_with_other_stages(findings: dict[str, Finding]) -> None:
    found = [finding for code, finding in findings.items() if code.startswith("benchmark.")]
    assert len(found) >= 8
    assert {finding.verdict for finding in found} == {"does_not_apply"}
