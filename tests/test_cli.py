"""The command line as its users meet it: what it writes, what it says, and how it refuses."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from rich.console import Console
from typer.core import TyperGroup, TyperOption
from typer.main import get_command
from typer.testing import CliRunner, Result

from alignment_metrics.cli import app, show
from alignment_metrics.findings import CHAPTERS
from alignment_metrics.quality import Column, FileQuality, Problem
from alignment_metrics.samples import LAYOUTS

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
    assert "reading contacts.csv, spend.csv, customers.csv, touches.csv, survey.csv …" in result.stderr
    there = files(folder)
    assert {name: there[name] for name in before} == before
    assert {"audit/report.html", "audit/findings.json", "audit/tables/sources.conversion.csv"} <= there.keys()
    assert not any(name.startswith("audit/notebooks") for name in there)


def test_of_many_broken_promises_the_terminal_tells_two_and_how_many_more(client: Client) -> None:
    result = run("audit", client(charter=("revise_every = 365", "revise_every = 100")), "--no-notebooks")
    assert result.exit_code == 0, result.stderr
    # The sample breaks two; this is the third.
    assert "\n1 more promise is broken: it stands on the scorecard.\n\nThe report: " in result.stdout
    assert "Was the agreement revised" not in result.stdout


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
    assert found[0]["code"] == "sources.conversion"
    assert {finding["code"].partition(".")[0] for finding in found} == {"sources"}


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
            "  kontakte.csv: the file is not there; the folder has 'contacts.csv', 'customers.csv', 'spend.csv', "
            "'survey.csv', 'touches.csv'. Name one that it has.",
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
    known = ", ".join(CHAPTERS)
    message = f"unknown chapter 'source'; the audit has {known}."
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


def test_check_accounts_for_every_row_in_words_and_as_json(client: Client) -> None:
    folder = client("salesforce")
    before = files(folder)
    told = run("check", folder)
    assert told.exit_code == 0, told.stderr
    assert told.stdout.startswith("leads.csv (salesforce-leads): 5,008 rows read, 4,980 kept, 28 set aside.\n")
    assert told.stdout.endswith(
        f"The same as JSON: {folder / 'check' / 'check.json'}; the rows set aside: set-aside-leads.csv\n"
    )
    written = (folder / "check" / "check.json").read_text("utf-8")
    accounts = json.loads(written)["files"]
    beside = ["spend.csv", "customers.csv", "touches.csv", "survey.csv"]
    assert [one["path"] for one in accounts] == ["leads.csv", "opportunities.csv", *beside]
    for account in accounts:
        assert account["rows_read"] == account["rows_kept"] + account["rows_set_aside"]
        lost = [problem for problem in account["problems"] if problem["set_aside"]]
        assert sum(problem["rows"] for problem in lost) == account["rows_set_aside"]
        assert account["problems"][: len(lost)] == lost
        assert {"form", "because", "columns"} <= account.keys()
    there = files(folder)
    assert there.keys() - before.keys() == {"check/check.json", "check/set-aside-leads.csv"}
    assert {name: there[name] for name in before} == before
    as_json = run("check", folder, "--json")
    assert as_json.stdout == written
    assert files(folder) == there


def test_the_page_of_a_check_is_readable_and_narrow(client: Client) -> None:
    lines = run("check", client()).stdout.splitlines()
    assert lines[:5] == [
        "contacts.csv (hubspot-contacts): 5,008 rows read, 4,980 kept, 28 set aside.",
        "  opened  CSV in UTF-8, parted by commas",
        "  layout  named in the charter",
        "",
        "  Record ID                                     lead_id        ids, as text",
    ]
    assert any(line.startswith("  not read: First Name, Last Name, ") for line in lines)
    told = "10 rows have a lead date after 2026-06-30; set aside (rows 245, 745, 1245, 1745, 2245, …)."
    assert f"  created_after_as_of: {told}" in lines
    first_kept = next(n for n, line in enumerate(lines) if line.startswith("  empty_source: "))
    others = next(n for n, line in enumerate(lines) if line.startswith("spend.csv (spend): "))
    assert first_kept < others
    assert all("set aside" not in line for line in lines[first_kept:others])
    assert lines[others] == "spend.csv (spend): 264 rows read, 264 kept, 0 set aside."
    # The last line names a folder, which may be anywhere.
    assert max(len(line) for line in lines[:-1]) <= 120


def test_a_page_on_a_terminal_shows_the_same_and_obeys_no_markup() -> None:
    column = Column("[bold]Id[/bold]\x1b[31m", "lead_id", "ids, as text")
    lost = Problem("missing_id", "Id", 2, (3, 9), "2 rows have no lead_id; set aside (rows 3, 9).", True)
    noted = Problem("empty_source", "Source", 1, (4,), "1 row has no source; counted as unknown (row 4).", False)
    columns = (column, Column("Phone", None, "not read"))
    account = FileQuality("a.csv", "custom", 5, 3, (noted, lost), "CSV in UTF-8", "named in the charter", columns)
    target = io.StringIO()
    show(account, Console(file=target, force_terminal=True, width=100, markup=False, highlight=False, emoji=False))
    text = re.sub(r"\x1b\[[0-9;]*m", "", target.getvalue())
    for told in ("a.csv (custom) 5 rows read, 3 kept, 2 set aside.", "[bold]Id[/bold]\\x1b[31m", "not read: Phone"):
        assert told in text
    assert text.index(lost.message) < text.index(noted.message)
    assert "\x1b[33m" in target.getvalue()


def test_a_check_never_replaces_something_else_and_leaves_nothing_half_done(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = client()
    assert run("check", folder).exit_code == 0
    before = files(folder)
    message = f"{folder} holds something else than a check; name another folder with --out."
    assert refused(run("check", folder, "--out", folder), folder, before) == f"alignment-metrics: {message}"

    def no_room(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("alignment_metrics.exports.aside.write", no_room)
    assert refused(run("check", folder), folder, before) == "alignment-metrics: no space left on device"


def test_a_table_of_a_database_is_read_where_the_command_line_names_it(client: Client, tmp_path: Path) -> None:
    folder = client(charter=('file = "contacts.csv"', 'table = "contacts"'))
    with duckdb.connect(str(tmp_path / "crm.db")) as con:
        con.execute("CREATE TABLE contacts AS FROM read_csv(?, all_varchar = true)", [str(folder / "contacts.csv")])
    told = run("check", folder, "--database", f"duckdb://{tmp_path / 'crm.db'}")
    assert told.exit_code == 0, told.stderr
    assert told.stdout.startswith("contacts (hubspot-contacts): 5,008 rows read, 4,980 kept, 28 set aside.\n")


def test_a_database_that_cannot_be_reached_is_told_without_its_password(client: Client) -> None:
    folder = client(charter=('file = "contacts.csv"', 'table = "contacts"'))
    told = refused(run("check", folder, "--database", "nonesuch://me:secret@host/db"), folder, files(folder))
    assert told.startswith("alignment-metrics: the database 'nonesuch' cannot be reached (")
    assert "secret" not in told
    missing = refused(run("check", folder), folder, files(folder))
    assert missing == (
        "alignment-metrics: the export has 1 problem:\n"
        "  contacts: it is a table, and no database is named; name one (on the command line: --database URL)."
    )


def test_a_charter_is_drafted_beside_the_exports_and_says_what_is_left(client: Client) -> None:
    folder = client()
    (folder / "charter.toml").unlink()
    before = files(folder)
    printed = run("charter", folder, "--stdout")
    assert files(folder) == before
    result = run("charter", folder)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == (
        f"{folder / 'charter.toml'}: a draft from 1 file. Left to answer in it:\n"
        "  [organisation]: name, timezone, currency, as_of\n"
        "  'contacts.csv': timezone\n"
        "  [funnel.definitions]: what each stage means\n"
        "  [sources]: the direction of 7 of 12 values\n"
        "  [policy]: margin\n"
        f"Next: answer them, then alignment-metrics check {folder}\n"
    )
    assert (folder / "charter.toml").read_text("utf-8") == printed.stdout
    assert files(folder).keys() - before.keys() == {"charter.toml"}


def test_a_charter_is_never_written_over(client: Client) -> None:
    folder = client()
    message = f"{folder / 'charter.toml'} is there already and is never written over; rename it, or say --stdout."
    assert refused(run("charter", folder), folder, files(folder)) == f"alignment-metrics: {message}"


def test_a_folder_to_draft_a_charter_for_must_be_there(tmp_path: Path) -> None:
    message = f"there is no folder {tmp_path / 'nobody'}; name the folder that holds the exports."
    assert refused(run("charter", tmp_path / "nobody"), tmp_path, {}) == f"alignment-metrics: {message}"


def test_a_sample_can_have_traps_planted(tmp_path: Path) -> None:
    folder = tmp_path / "trapped"
    result = run("sample", folder, "--leads", "800", "--trap", "empty_owner", "--trap", "test_row")
    assert result.exit_code == 0, result.stderr
    planted = json.loads((folder / "truth.json").read_text("utf-8"))["traps"]
    assert planted.keys() == {"empty_owner", "test_row"}
    unknown = run("sample", tmp_path / "another", "--trap", "nonesuch")
    assert unknown.exit_code == 2
    assert "alignment-metrics: unknown trap 'nonesuch'; there are all, " in unknown.stderr


def test_rows_of_lists_beside_the_leads_are_no_rows_of_leads(client: Client) -> None:
    folder = client()
    (folder / "spend.csv").write_text("month,source,amount\n" + "someday,webinar,1\n" * 5000 + "2026-01,webinar,1\n")
    told = run("audit", folder, "--no-notebooks", "--only", "conversion").stdout
    assert told.startswith("Ostrivane Robotics, as of 2026-06-30: 5,008 rows read, 28 set aside.\n\n")


def test_the_help_of_an_audit_names_every_chapter() -> None:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    (only,) = (one for one in group.commands["audit"].params if one.name == "only")
    assert isinstance(only, TyperOption)
    assert only.help == f"One chapter alone: {', '.join(CHAPTERS[:-1])} or {CHAPTERS[-1]}."


def test_the_help_of_a_sample_names_every_layout() -> None:
    told = " ".join(re.sub(r"\x1b\[[0-9;]*m|[│╭╮╰╯─]", " ", run("sample", "--help").stdout).split())
    assert all(layout in told for layout in LAYOUTS)


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


def test_strict_is_content_where_no_promise_is_broken(client: Client) -> None:
    # The sample breaks promises; of a chapter that holds none, none is broken.
    folder = client()
    assert run("audit", folder, "--no-notebooks", "--only", "conversion", "--strict").exit_code == 0
    assert run("audit", folder, "--no-notebooks", "--only", "agreement", "--strict").exit_code == 1
