"""The command line as its users meet it: what it writes, what it says, and how it refuses."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from alignment_metrics.cli import app

Client = Callable[..., Path]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def client(tmp_path: Path, root: Path) -> Client:
    """Copies a sample and edits its files: ``client("hubspot", charter=(old, new))``."""

    def make(layout: str = "hubspot", **edits: tuple[str, str]) -> Path:
        folder = tmp_path / "acme"
        shutil.copytree(root / "data" / "sample" / layout, folder)
        for name, (old, new) in edits.items():
            path = folder / {"charter": "charter.toml", "contacts": "contacts.csv"}[name]
            text = path.read_text("utf-8")
            assert old in text
            path.write_text(text.replace(old, new, 1), "utf-8")
        return folder

    return make


def files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def refused(result: Result, folder: Path, before: dict[str, str]) -> str:
    """The one message of a refusal: exit status 2, nothing on stdout, no traceback, nothing written."""
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert files(folder) == before
    # The message follows the lines that tell what was being done.
    return result.stderr[result.stderr.index("alignment-metrics: ") :].strip()


def test_an_audit_writes_a_report_findings_and_tables_and_says_where(client: Client) -> None:
    folder = client()
    before = files(folder)
    result = run("audit", folder, "--no-notebooks")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("Ostrivane Robotics, as of 2026-06-30: 5,008 rows read, 28 set aside.\n")
    assert result.stdout.endswith(f"The report: {folder / 'audit' / 'report.html'}\n")
    assert "reading contacts.csv …" in result.stderr
    there = files(folder)
    assert {name: there[name] for name in before} == before
    assert {"audit/report.html", "audit/findings.json", "audit/tables/sources.conversion.csv"} <= there.keys()
    assert not any(name.startswith("audit/notebooks") for name in there)


def test_the_same_folder_audited_twice_gives_the_same_bytes(client: Client) -> None:
    folder = client()
    assert run("audit", folder, "--no-notebooks").exit_code == 0
    first = files(folder)
    assert run("audit", folder, "--no-notebooks").exit_code == 0
    assert files(folder) == first


def test_two_layouts_of_the_same_leads_give_the_same_findings(root: Path, tmp_path: Path) -> None:
    found = {}
    for layout in ("hubspot", "salesforce"):
        out = tmp_path / layout
        assert run("audit", root / "data" / "sample" / layout, "--out", out, "--no-notebooks").exit_code == 0
        found[layout] = json.loads((out / "findings.json").read_text("utf-8"))["findings"]
    assert found["hubspot"] == found["salesforce"]


@pytest.mark.parametrize("engine", ["polars://", "duckdb://{folder}/leads.db"])
def test_an_audit_can_count_in_another_engine(client: Client, tmp_path: Path, engine: str) -> None:
    folder = client()
    assert run("audit", folder, "--no-notebooks", "--out", tmp_path / "here").exit_code == 0
    elsewhere = run(
        "audit", folder, "--no-notebooks", "--out", tmp_path / "there", "--engine", engine.format(folder=tmp_path)
    )
    assert elsewhere.exit_code == 0, elsewhere.stderr
    here, there = (json.loads((tmp_path / one / "findings.json").read_text("utf-8")) for one in ("here", "there"))
    for finding in (*here["findings"], *there["findings"]):
        finding.pop("sql")
    assert here == there


def test_one_chapter_can_be_audited_alone(client: Client) -> None:
    folder = client()
    assert run("audit", folder, "--only", "sources", "--no-notebooks").exit_code == 0
    found = json.loads((folder / "audit" / "findings.json").read_text("utf-8"))["findings"]
    assert [finding["code"] for finding in found] == ["sources.conversion"]


def test_the_executed_notebook_is_filed_as_a_page_that_asks_nothing_of_the_network(client: Client) -> None:
    folder = client()
    result = run("audit", folder, "--only", "inbound_vs_outbound")
    assert result.exit_code == 0, result.stderr
    page = (folder / "audit" / "notebooks" / "03-do-inbound-leads-convert-better.html").read_text("utf-8")
    assert "13.0% of 2,461" in page
    assert 'src="data:image/png;base64,' in page
    assert str(folder) not in page
    assert not re.search(r"<script|<link|<iframe|(?:src|href)=\"(?!data:|#)", page)


def test_a_file_of_the_client_is_never_run(client: Client, tmp_path: Path) -> None:
    folder = client()
    (folder / "seaborn.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n", "utf-8")
    result = run("audit", folder, "--only", "sources")
    assert result.exit_code == 0, result.stderr
    assert (folder / "audit" / "notebooks" / "02-segment-leads-by-source.html").is_file()
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "edits, message",
    [
        pytest.param(
            {"charter": ("as_of = 2026-06-30", "asof = 2026-06-30")},
            "{folder}/charter.toml: 2 mistakes.\n"
            "  organisation.asof: unknown key; did you mean 'as_of'.\n"
            "  organisation.as_of: missing; write it.",
            id="an unknown key",
        ),
        pytest.param(
            {"charter": ('file = "contacts.csv"', 'file = "kontakte.csv"')},
            "the export has 1 problem:\n"
            "  kontakte.csv: the file is not there; the folder has 'contacts.csv'. Name one that it has.",
            id="a file that is not there",
        ),
    ],
)
def test_bad_input_gets_one_message_and_writes_nothing(
    client: Client, edits: dict[str, tuple[str, str]], message: str
) -> None:
    folder = client(**edits)
    before = files(folder)
    assert refused(run("audit", folder), folder, before) == f"alignment-metrics: {message.format(folder=folder)}"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = run("audit", tmp_path / "nobody")
    message = f"there is no folder {tmp_path / 'nobody'}; name the folder that holds charter.toml."
    assert refused(result, tmp_path, {}) == f"alignment-metrics: {message}"


def test_an_unknown_chapter_is_told_which_there_are(client: Client) -> None:
    folder = client()
    message = "unknown chapter 'source'; the audit has conversion, sources, inbound_vs_outbound, benchmark."
    assert refused(run("audit", folder, "--only", "source"), folder, files(folder)) == f"alignment-metrics: {message}"


def test_an_engine_that_cannot_be_reached_is_told_without_its_password(client: Client) -> None:
    folder = client()
    told = refused(run("audit", folder, "--engine", "nonesuch://me:secret@host/db"), folder, files(folder))
    assert told.startswith("alignment-metrics: the engine 'nonesuch' cannot be reached (")
    assert "secret" not in told


def test_an_audit_never_replaces_something_else(client: Client) -> None:
    folder = client()
    before = files(folder)
    message = f"{folder} holds something else than an audit; name another folder with --out."
    assert refused(run("audit", folder, "--out", folder), folder, before) == f"alignment-metrics: {message}"


def test_an_audit_that_fails_leaves_the_earlier_one_as_it_was(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = client()
    assert run("audit", folder, "--no-notebooks").exit_code == 0
    before = files(folder)

    def no_room(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("alignment_metrics.report.write", no_room)
    told = refused(run("audit", folder, "--no-notebooks"), folder, before)
    assert told == "alignment-metrics: no space left on device"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_told(client: Client) -> None:
    folder = client()
    folder.chmod(0o500)
    assert run("audit", folder, "--no-notebooks").exit_code == 2


def test_check_accounts_for_every_row_in_words_and_as_json(root: Path) -> None:
    told = run("check", root / "data" / "sample" / "salesforce")
    assert told.exit_code == 0
    assert "leads.csv (salesforce-leads): 5,008 rows read, 4,980 kept, 28 set aside.\n" in told.stdout
    accounts = json.loads(run("check", root / "data" / "sample" / "salesforce", "--json").stdout)["files"]
    assert [one["path"] for one in accounts] == ["leads.csv", "opportunities.csv"]
    for account in accounts:
        assert account["rows_read"] == account["rows_kept"] + account["rows_set_aside"]
        lost = sum(problem["rows"] for problem in account["problems"] if problem["set_aside"])
        assert lost == account["rows_set_aside"]


def test_a_sample_can_be_written_and_audited(tmp_path: Path) -> None:
    folder = tmp_path / "made up"
    written = run("sample", folder, "--leads", "800", "--layout", "salesforce", "--seed", "7")
    assert written.exit_code == 0
    assert written.stdout.endswith(f"Next: alignment-metrics audit {folder}\n")
    assert run("audit", folder, "--no-notebooks").exit_code == 0


def test_a_sample_is_never_written_over_anything(root: Path) -> None:
    folder = root / "data" / "sample" / "hubspot"
    before = files(folder)
    message = f"{folder} is there already and is not an empty folder; name a new one."
    assert refused(run("sample", folder), folder, before) == f"alignment-metrics: {message}"


def test_benchmarks_are_listed_with_grade_and_source() -> None:
    told = run("benchmarks", "implisit webinar").stdout
    assert "implisit-lead-opp-webinar  [grade B, compare, 2014, n = 500]\n" in told
    found = json.loads(run("benchmarks", "implisit webinar", "--json").stdout)
    assert {"implisit-lead-opp-webinar"} <= {one["id"] for one in found}
    assert run("benchmarks", "unicorns").stdout.startswith("No citation has all the words of 'unicorns';")


def test_strict_is_content_where_no_promise_is_broken(client: Client) -> None:
    assert run("audit", client(), "--no-notebooks", "--strict").exit_code == 0
