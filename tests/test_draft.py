"""The draft of a charter: what the files show is in it, what they cannot tell is asked, nothing breaks out of it."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from folders import text_of
from hypothesis import given
from hypothesis import strategies as st

from alignment_metrics import findings
from alignment_metrics.charter import TREATMENTS, Entered, read_charter
from alignment_metrics.crm import Crm
from alignment_metrics.drafts import draft
from alignment_metrics.drafts.examples import examples
from alignment_metrics.drafts.toml import quoted, remark
from alignment_metrics.exports import read_export

ANSWERS = {"name": '"Acme"', "timezone": '"Europe/Paris"', "as_of": "2026-06-30"}
HUBSPOT = (
    "Record ID",
    "Create Date",
    "Original Traffic Source",
    "Original Traffic Source Drill-Down 1",
    "Contact owner",
)


def folder_of(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def hubspot(*rows: tuple[str, ...], header: tuple[str, ...] = HUBSPOT) -> dict[str, str | bytes]:
    return {"contacts.csv": text_of([header, *rows])}


def contacts(source: str, n: int, *, detail: str = "", start: int = 0) -> list[tuple[str, ...]]:
    return [(str(start + one), f"2026-01-{one % 28 + 1:02d} 09:00", source, detail, "Mira") for one in range(n)]


def answered(folder: Path, **more: str) -> Path:
    """The folder with its draft, the questions answered: each key where it is asked, with its mark taken off."""
    text = draft(folder).text
    for key, value in (ANSWERS | more).items():
        text, count = re.subn(rf"^# {key} = .*$", lambda _, k=key, v=value: f"{k} = {v}", text, flags=re.MULTILINE)
        assert count, f"the draft does not ask for {key}"
        if key in ANSWERS and count > 1:  # a file asks for a zone of its own, as_of may be proposed twice
            text = text.replace(f"{key} = {value}\n{key} = {value}\n", f"{key} = {value}\n")
    (folder / "charter.toml").write_text(text, "utf-8")
    return folder


def audited(folder: Path) -> Crm:
    crm = read_export(read_charter(folder))
    assert any(finding.verdict == "measured" for finding in findings.audit(crm))
    return crm


def flowing(text: str) -> str:
    """The text with its comments unwrapped."""
    return re.sub(r"\n# *", " ", text)


def exports(folder: Path) -> list[dict[str, object]]:
    return list(tomllib.loads(draft(folder).text)["export"])


# From a raw export to an audit.


@pytest.mark.parametrize("layout", ["hubspot", "salesforce"])
def test_a_sample_whose_draft_is_answered_reads_and_audits(root: Path, tmp_path: Path, layout: str) -> None:
    folder = tmp_path / "client"
    shutil.copytree(root / "data" / "sample" / layout, folder)
    (folder / "charter.toml").unlink()
    crm = audited(answered(folder))
    assert crm.quality.files[0].rows_kept == 4980
    stages = ("lead", "mql", "sql", "opportunity", "won") if layout == "hubspot" else ("lead", "opportunity", "won")
    assert crm.charter.funnel.stages == stages


@pytest.mark.parametrize("layout", ["hubspot", "salesforce"])
def test_taking_on_what_the_draft_proposes_gives_the_journeys_of_the_signed_charter(
    root: Path, tmp_path: Path, layout: str
) -> None:
    folder = tmp_path / "client"
    shutil.copytree(root / "data" / "sample" / layout, folder)
    signed = read_export(read_charter(folder))
    (folder / "charter.toml").unlink()
    text = (answered(folder, timezone='"Europe/Paris"') / "charter.toml").read_text("utf-8")
    text = text.replace('timezone = "Europe/Paris"\n', 'timezone = "UTC"\n').replace('"UTC"', '"Europe/Paris"', 1)
    text = re.sub(r"^# (\w+ = .*  # proposed by its words; confirm)$", r"\1", text, flags=re.MULTILINE)
    for key in ("stages", "exits"):
        (written,) = re.findall(rf"(?:above:|and) ({key} = \[.*?\])", flowing(text))
        text = re.sub(rf"^{key} = .*$", written, text, flags=re.MULTILINE)
    (folder / "charter.toml").write_text(text, "utf-8")
    places = signed.charter.funnel.places
    drafted = read_export(read_charter(folder))
    assert drafted.charter.funnel.places == places

    def days(crm: Crm) -> list[tuple[str, ...]]:
        rows = crm.journeys.to_pyarrow().to_pylist()
        return sorted(tuple(str(row[name]) for name in ("lead_id", *places)) for row in rows)

    assert days(drafted) == days(signed)


def test_a_folder_with_a_history_reads_and_audits_once_its_draft_is_answered(tmp_path: Path) -> None:
    events = [("lead_id", "stage", "at")]
    for lead in range(60):
        events.append((f"L{lead}", "Lead", f"2026-01-{lead % 28 + 1:02d} 09:00"))
        events += [(f"L{lead}", "MQL", f"2026-02-{lead % 28 + 1:02d} 09:00")] if lead % 2 else []
        events += [(f"L{lead}", "Order signed", f"2026-03-{lead % 28 + 1:02d} 09:00")] if lead % 4 == 1 else []
    leads = [("lead_id", "source", "owner"), *((f"L{lead}", "Web", "Mira") for lead in range(60))]
    folder = folder_of(tmp_path, {"history.csv": text_of(events), "leads.csv": text_of(leads)})
    text = draft(folder).text
    assert '"Lead" = "lead"  # 60 rows. proposed by its name; confirm\n' in text
    assert '# "Order signed" = ""  # 15 rows. QUESTION: which stage, if any?\n' in text
    answered(folder)
    text = (folder / "charter.toml").read_text("utf-8")
    text = text.replace('# "Order signed" = ""', '"Order signed" = "won"')
    text = text.replace('stages = ["lead", "mql"]', 'stages = ["lead", "mql", "won"]')
    (folder / "charter.toml").write_text(text, "utf-8")
    crm = audited(folder)
    counts = crm.journeys.agg(mql=crm.journeys["mql"].count(), won=crm.journeys["won"].count()).to_pyarrow().to_pylist()
    assert counts == [{"mql": 30, "won": 15}]


def test_until_it_is_answered_the_charter_names_what_is_missing(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, hubspot(*contacts("Referrals", 6)))
    (folder / "charter.toml").write_text(draft(folder).text, "utf-8")
    with pytest.raises(ValueError, match="mistakes") as caught:
        read_charter(folder)
    told = str(caught.value)
    for key in ANSWERS:
        assert f"organisation.{key}: missing; write it." in told


# What is in it.


def test_a_draft_tells_which_column_was_read_for_what_and_which_were_not(tmp_path: Path) -> None:
    header = (*HUBSPOT, *(f"Extra {n}" for n in range(14)), "Deal signed on")
    row = ("1", "2026-01-05 09:00", "Referrals", "", "Mira", *("x" for _ in range(14)), "2026-02-01 10:00")
    text = draft(folder_of(tmp_path, hubspot(row, header=header))).text
    assert "\n# Opened as CSV in UTF-8, parted by commas.\n" in text
    assert 'layout = "hubspot-contacts"\n# taken for hubspot-contacts: ' in text
    assert re.search(r"^#   lead_id +'Record ID'$", text, re.MULTILINE)
    assert re.search(r"^#   lead +'Create Date'  days and times, such as '2026-01-05 09:00'$", text, re.MULTILINE)
    listed = re.search(r"# Not read: (.*?)\.\n\[export", text, re.DOTALL)
    assert listed is not None
    names = listed[1].replace("\n# ", " ")
    assert names == ", ".join(f"'Extra {n}'" for n in range(12)) + " and 3 more"
    assert '# stage = "Deal signed on"\n' in text
    assert "write the answer into the line below it, and delete the `# ` in front of that line." in text.replace(
        "\n# ", " "
    )
    assert "To read one, delete the `# ` in front of its line, name the stage it dates" in text.replace("\n# ", " ")
    assert "mark" not in text.replace("marketing", "").replace("benchmark", "")


def test_the_newest_days_are_shown_and_the_last_of_a_usual_size_is_proposed_beside_them(tmp_path: Path) -> None:
    rows = contacts("Referrals", 56)
    folder = folder_of(tmp_path, hubspot(*rows, ("99", "2026-12-24 09:00", "Referrals", "", "Mira")))
    text = draft(folder).text
    assert (
        "# The newest days of each column of times that is read:\n"
        "#   'Create Date' of 'contacts.csv': 2026-12-24 (1 row), 2026-01-28 (2 rows), 2026-01-27 (2 rows), "
        "2026-01-26 (2 rows), 2026-01-25 (2 rows).\n"
    ) in text.replace("\n#     ", " ")
    assert "# as_of = 2026-12-24  # proposed: the newest day of all\n" in text
    # One row is half of the middle day's two, so that day is as usual as others.
    assert text.count("# as_of = ") == 1
    more = [*contacts("Referrals", 28, start=100), *contacts("Referrals", 28, start=200)]
    text = draft(folder_of(tmp_path, hubspot(*rows, *more, ("99", "2026-12-24 09:00", "Referrals", "", "Mira")))).text
    assert (
        "# as_of = 2026-01-28  # proposed: the newest day on which any column has as many rows as it usually has; or\n"
        "# as_of = 2026-12-24  # proposed: the newest day of all\n"
    ) in text


def test_dates_that_read_both_ways_are_asked_in_the_readers_words_and_propose_no_day(tmp_path: Path) -> None:
    rows = [(str(n), f"0{n}/05/2026", "Referrals", "", "Mira") for n in (3, 4, 6, 7)]
    found = draft(folder_of(tmp_path, hubspot(*rows)))
    assert re.search(r"^# QUESTION: 'Create Date': 4 dates read both ways", found.text, re.MULTILINE)
    assert "\n# day_first = true  # or false\n" in found.text
    assert "'contacts.csv', if read with the day before the month: 2026-05-07 (1 row)" in found.text
    assert "'contacts.csv', if read with the month before the day: 2026-07-05 (1 row)" in found.text
    assert "\n# as_of = 2026-06-30  # write the day\n" in found.text
    assert "'contacts.csv': day_first" in found.questions


def test_an_encoding_that_is_open_is_asked_and_the_rest_is_drafted_all_the_same(tmp_path: Path) -> None:
    rows = [(*HUBSPOT, "Became a Customer Date"), ("1", "2026-01-05 09:00", "Referrals", "", "Zoë", "2026-02-01 09:00")]
    found = draft(folder_of(tmp_path, {"contacts.csv": text_of(rows).encode("cp1252")}))
    assert '\n# encoding = "cp1252"\n' in found.text
    assert 'layout = "hubspot-contacts"' in found.text
    assert "'contacts.csv': encoding, timezone" in found.questions
    folder = answered(tmp_path, encoding='"cp1252"')
    assert read_export(read_charter(folder)).quality.files[0].rows_kept == 1


def test_sources_have_their_rows_and_a_direction_only_where_the_vendor_documents_it(tmp_path: Path) -> None:
    rows = [*contacts("Organic search", 7), *contacts("Email marketing", 6, start=10)]
    folder = folder_of(tmp_path, hubspot(*rows))
    text = draft(folder).text
    assert (
        '"Organic search" = { source = "organic search", direction = "inbound" }  '
        "# 7 rows. proposed: as the vendor documents it; confirm\n"
    ) in text
    assert (
        '"Email marketing" = { source = "email marketing", direction = "unknown" }  # 6 rows. QUESTION: which?\n'
        in text
    )
    assert "[sources]: the direction of 1 of 2 values" in draft(folder).questions


def test_an_offline_source_is_asked_detail_by_detail_and_is_never_outbound(tmp_path: Path) -> None:
    rows = [*contacts("Offline sources", 9, detail="Import"), *contacts("Offline sources", 5, detail="Sales", start=20)]
    rows += contacts("Offline sources", 2, detail="Mira Costa's card", start=40)
    sources = tomllib.loads(draft(folder_of(tmp_path, hubspot(*rows))).text)["sources"]
    assert sources == {
        "Offline sources": {"source": "offline", "direction": "unknown"},
        "Offline sources > Import": {"source": "offline, Import", "direction": "unknown"},
        "Offline sources > Sales": {"source": "offline, Sales", "direction": "unknown"},
    }


def test_what_few_rows_share_or_may_be_an_address_or_a_number_is_only_counted(tmp_path: Path) -> None:
    rows = contacts("Web", 5)
    for number, typed in enumerate(("my neighbour Kim", "kim@example.com", "call 0171 2345678")):
        rows += contacts(typed, 4 if number == 0 else 9, start=100 * (number + 1))
    text = draft(folder_of(tmp_path, hubspot(*rows))).text
    assert list(tomllib.loads(text)["sources"]) == ["Web"]
    for typed in ("Kim", "kim", "0171"):
        assert typed not in text
    assert "3 more values, of 22 rows, not shown: fewer than 5 rows share each" in text.replace("\n# ", " ")


def test_files_alike_are_drafted_as_parts_of_one_table(tmp_path: Path) -> None:
    one, two = contacts("Referrals", 6), contacts("Referrals", 6, start=50)
    folder = folder_of(tmp_path, {"a.csv": text_of([HUBSPOT, *one]), "b.csv": text_of([HUBSPOT, *two])})
    (export,) = exports(folder)
    assert export["file"] == ["a.csv", "b.csv"]
    assert "These are read as parts of one table. Take out any that is a copy of another.\n" in draft(folder).text
    assert "[sources]" in draft(folder).text
    assert "# 12 rows. proposed" in draft(folder).text


def test_a_stage_that_two_tables_tell_is_asked_and_read_from_the_first(tmp_path: Path) -> None:
    header = (*HUBSPOT, "Became an Opportunity Date")
    rows = [(*row, "2026-02-01 10:00") for row in contacts("Referrals", 6)]
    deals = [
        ("Record ID", "Deal Name", "Deal Stage", "Amount", "Close Date", "Create Date", "Associated Contact IDs"),
        ("900", "A", "Closed Won", "100", "2026-03-01 10:00", "2026-02-01 10:00", "1"),
    ]
    folder = folder_of(tmp_path, {**hubspot(*rows, header=header), "deals.csv": text_of(deals)})
    first, second = exports(folder)
    assert "ignore" not in first
    assert second["ignore"] == ["opportunity"]
    found = draft(folder)
    assert "'deals.csv': which file tells opportunity" in found.questions
    assert (
        "QUESTION: opportunity can be read from 'contacts.csv' as well. proposed: as that file tells it; confirm. To "
        "read it from 'deals.csv', take \"opportunity\" out of the line ignore below, and write ignore = "
        '["opportunity"] under the [[export]] of \'contacts.csv\'.\nignore = ["opportunity"]'
    ) in flowing(found.text)
    assert read_export(read_charter(answered(folder))).charter.funnel.places == ("lead", "opportunity", "won", "lost")


def test_a_stage_that_a_history_tells_too_is_read_from_the_first_and_its_word_is_left_out(tmp_path: Path) -> None:
    rows = [("lead_id", "source", "lead", "mql"), *((f"L{n}", "Web", "2026-01-05", "2026-01-09") for n in range(6))]
    events = [("lead_id", "stage", "at")]
    events += [(f"L{n}", "MQL", "2026-01-10 10:00") for n in range(6)]
    events += [(f"L{n}", "Won", "2026-02-05 10:00") for n in range(5)]
    folder = folder_of(tmp_path, {"a-leads.csv": text_of(rows), "history.csv": text_of(events)})
    text = draft(folder).text
    assert '# "MQL" = "mql"  # 6 rows. read from another file\n"Won" = "won"  # 5 rows. proposed' in text
    assert (
        'take "mql" out of the line ignore below and delete the `# ` before the words for it below, and write ignore = '
        "[\"mql\"] under the [[export]] of 'a-leads.csv'."
    ) in flowing(text)
    crm = read_export(read_charter(answered(folder)))
    assert {str(row["mql"])[:10] for row in crm.journeys.to_pyarrow().to_pylist()} == {"2026-01-09"}


def test_a_file_that_fits_no_layout_is_left_out_with_its_columns_at_hand(tmp_path: Path) -> None:
    unknown = text_of([("Kunde", "Umsatz"), ("a", "1")])
    folder = folder_of(tmp_path, {**hubspot(*contacts("Referrals", 6)), "umsatz.csv": unknown})
    text = draft(folder).text
    assert [export["file"] for export in exports(folder)] == ["contacts.csv"]
    assert "whether 'umsatz.csv' holds leads or deals" in draft(folder).questions
    assert "# QUESTION: 'umsatz.csv' is not read: " in text
    assert '# [[export]]\n# file = "umsatz.csv"\n# layout = "custom"\n# [export.columns]\n# name = "Kunde"\n' in text


def test_a_file_that_is_broken_is_named_with_the_readers_words(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {**hubspot(*contacts("Referrals", 6)), "old.csv": b""})
    assert "# QUESTION: 'old.csv' is not read: the file is empty; export it again.\n" in draft(folder).text


def test_what_is_wrong_with_a_known_file_itself_stands_at_its_export(tmp_path: Path) -> None:
    rows = [(*row, "2026-02-01 09:00") for row in contacts("Referrals", 6)]
    found = draft(folder_of(tmp_path, hubspot(*rows, header=(*HUBSPOT, "Create Date"))))
    assert (
        "# QUESTION, to be put right in the file itself: 2 columns are named 'Create Date', and lead is read from it; "
        "rename all but one of them."
    ) in found.text.replace("\n# ", " ").replace(" QUESTION, to", "# QUESTION, to")
    assert "'contacts.csv': 1 thing to be put right in the file" in found.questions


def test_a_file_that_breaks_off_on_its_way_is_left_out_in_words(tmp_path: Path) -> None:
    whole = pa.table(
        {"lead_id": [str(n) for n in range(9000)], "lead": ["2026-01-05"] * 9000, "source": ["Web"] * 9000}
    )
    pq.write_table(whole, tmp_path / "leads.parquet", use_dictionary=False, compression="none")
    raw = bytearray((tmp_path / "leads.parquet").read_bytes())
    raw[4:-2000] = b"\xff" * (len(raw) - 2004)
    (tmp_path / "leads.parquet").write_bytes(bytes(raw))
    assert (
        "# QUESTION: 'leads.parquet' is not read: the file is not Parquet, or is damaged; export it again.\n"
    ) in draft(tmp_path).text


def test_only_files_of_the_folder_itself_that_are_read_are_looked_at(tmp_path: Path) -> None:
    client = tmp_path / "client"
    (client / "older").mkdir(parents=True)
    folder_of(client / "older", hubspot(*contacts("Referrals", 6)))
    folder_of(client, {**hubspot(*contacts("Referrals", 6)), "notes.docx": b"x", ".hidden.csv": b"x", "~$c.xlsx": b"x"})
    folder_of(tmp_path, {"secret.csv": "a,b\n1,2\n"})
    (client / "link.csv").symlink_to(tmp_path / "secret.csv")
    found = draft(client)
    assert found.files == ("contacts.csv",)
    assert "# Not looked at, for files with such an ending are not read: 'notes.docx'.\n" in found.text
    assert "hidden" not in found.text


def test_the_day_that_is_proposed_cuts_off_nothing_that_any_file_dates(tmp_path: Path) -> None:
    header = (*HUBSPOT, "Became a Customer Date")
    rows = [(*row, "") for row in contacts("Referrals", 28)]
    rows += [(*row, "2026-03-30 09:00") for row in contacts("Referrals", 2, start=50)]
    deals = [
        ("Record ID", "Deal Name", "Deal Stage", "Amount", "Close Date", "Create Date", "Associated Contact IDs"),
        ("900", "A", "Open", "100", "2027-12-01 10:00", "2026-02-01 10:00", "1"),
    ]
    folder = folder_of(tmp_path, {**hubspot(*rows, header=header), "deals.csv": text_of(deals)})
    text = draft(folder).text.replace("\n#     ", " ")
    assert "#   'Became a Customer Date' of 'contacts.csv': 2026-03-30 (2 rows).\n" in text
    assert "#   'Create Date' of 'deals.csv': 2026-02-01 (1 row).\n" in text
    assert (
        "#   'Close Date' of 'deals.csv' (planned days are among them, so it proposes none): 2027-12-01 (1 row).\n"
    ) in text
    assert re.findall(r"^# as_of = (\S+)", text, re.MULTILINE) == ["2026-03-30"]


def test_the_newest_days_of_the_parts_of_one_table_are_added(tmp_path: Path) -> None:
    rows = contacts("Referrals", 6)
    later = [("90", "2026-01-06 10:00", "Referrals", "", "Mira"), ("91", "2026-01-07 10:00", "Referrals", "", "Mira")]
    text = draft(folder_of(tmp_path, {"a.csv": text_of([HUBSPOT, *rows]), "b.csv": text_of([HUBSPOT, *later])})).text
    assert (
        "#   'Create Date' of 'a.csv' and 1 more file: 2026-01-07 (1 row), 2026-01-06 (2 rows), 2026-01-05 (1 row), "
        "2026-01-04 (1 row), 2026-01-03 (1 row).\n"
    ) in text.replace("\n#     ", " ")


def test_a_column_without_a_day_says_so_and_the_line_to_answer_is_valid_without_its_mark(tmp_path: Path) -> None:
    rows = [(str(n), "soon", "Referrals", "", "Mira") for n in range(6)]
    text = draft(folder_of(tmp_path, hubspot(*rows))).text
    assert "#   'Create Date' of 'contacts.csv' holds no day that can be read.\n" in text
    assert "\n# as_of = 2026-06-30  # write the day\n" in text


def test_every_line_to_answer_is_valid_once_its_mark_is_deleted(tmp_path: Path) -> None:
    header = (*HUBSPOT, "Became a Customer Date", "MQL Date", "Signed on")
    rows = [(str(n), f"0{n}/05/2026", "Web", "", "Zoë", "1.2.26", "x", "y") for n in (3, 4, 6)]
    deals = [
        ("Deal ID", "Deal Name", "Deal Stage", "Amount", "Close Date", "Create Date"),
        ("900", "A", "Open", "1.000", "2027-12-01 10:00", "2026-02-01 10:00"),
    ]
    files: dict[str, str | bytes] = {"contacts.csv": text_of([header, *rows]).encode("cp1252")}
    text = draft(folder_of(tmp_path, files | {"deals.csv": text_of(deals), "x.csv": "a,b\n1,2\n"})).text
    lines = [line for line in text.splitlines() if re.match(r'# (?:\w+|"[^"]*") = |# \[', line)]
    assert {line.split()[1] for line in lines} >= {"name", "as_of", "encoding", "day_first", "decimal", "mql", "stage"}
    for line in lines:
        tomllib.loads(line.removeprefix("# "))


def test_where_no_layout_knows_the_source_a_column_whose_words_say_so_is_proposed_and_listed(tmp_path: Path) -> None:
    header = (
        "Deal - ID",
        "Deal - Title",
        "Deal - Status",
        "Deal - Deal created",
        "Deal - Won time",
        "Deal - Lost time",
    )
    header += ("Deal - Source channel ID", "Deal - Source channel")
    rows = [
        (str(n), "A", "Won", f"2026-01-0{n} 10:00", "2026-02-01 10:00", "", "7", "Web" if n < 7 else "Fair")
        for n in range(1, 10)
    ]
    folder = folder_of(tmp_path, {"deals.csv": text_of([header, *rows])})
    found = draft(folder)
    assert '[export.columns]\nsource = "Deal - Source channel"  # proposed by its words; confirm\n' in found.text
    assert "# Not read: 'Deal - Title', 'Deal - Source channel ID'.\n" in found.text
    assert '"Web" = { source = "Web", direction = "unknown" }  # 6 rows. QUESTION: which?\n' in found.text
    assert "'deals.csv': whether 'Deal - Source channel' is the source of a lead" in found.questions
    crm = read_export(read_charter(answered(folder)))
    told = crm.journeys.group_by("source").agg(n=lambda t: t.count()).to_pyarrow().to_pylist()
    # Three rows of "Fair" are too few to be listed in a draft, and what is not listed counts as unknown.
    assert {row["source"]: row["n"] for row in told} == {"Web": 6, "unknown": 3}


def test_the_source_of_a_history_is_proposed_too(tmp_path: Path) -> None:
    events = [("lead_id", "stage", "at", "acquisition_channel")]
    events += [(f"L{n}", "Lead", "2026-01-05 10:00", "Ads") for n in range(6)]
    events += [(f"L{n}", "Won", "2026-02-05 10:00", "Ads") for n in range(3)]
    folder = folder_of(tmp_path, {"history.csv": text_of(events)})
    text = draft(folder).text
    assert '[export.columns]\nsource = "acquisition_channel"  # proposed by its words; confirm\n' in text
    # A row is an event here: nine rows name it.
    assert '"Ads" = { source = "Ads", direction = "unknown" }  # 9 rows. QUESTION: which?\n' in text
    crm = read_export(read_charter(answered(folder)))
    assert {row["source"] for row in crm.journeys.to_pyarrow().to_pylist()} == {"Ads"}


def test_where_nothing_looks_like_a_source_the_draft_says_so(tmp_path: Path) -> None:
    events = [("lead_id", "stage", "at"), ("L1", "Lead", "2026-01-05 10:00"), ("L1", "Won", "2026-02-05 10:00")]
    text = draft(folder_of(tmp_path, {"history.csv": text_of(events)})).text
    assert (
        "[sources]: no column of the leads looks like their source. If one is, name it as source under their "
        "[export.columns], and list its values here."
    ) in flowing(text)


def workbook(path: Path, sheets: Mapping[str, Sequence[tuple[str, ...]]]) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)


NOTES = [("Kunde", "Umsatz"), ("a", "1")]


def test_of_several_sheets_the_only_one_with_a_known_header_is_drafted(tmp_path: Path) -> None:
    workbook(tmp_path / "book.xlsx", {"Notes": NOTES, "It's leads": [HUBSPOT, *contacts("Referrals", 6)]})
    found = draft(tmp_path)
    assert 'sheet = "It\'s leads"  # proposed: the only one whose header is known; confirm\n' in found.text
    assert "'book.xlsx': whether the sheet \"It's leads\" is meant" in found.questions
    assert '"Referrals" = { source = "referrals", direction = "inbound" }  # 6 rows.' in found.text


def test_of_several_sheets_with_known_headers_the_first_is_drafted_and_asked_about(tmp_path: Path) -> None:
    rows = [HUBSPOT, *contacts("Referrals", 6)]
    workbook(tmp_path / "book.xlsx", {"Old": rows, "Notes": NOTES, "New": rows})
    found = draft(tmp_path)
    assert (
        "QUESTION: 'Old' and 'New' have a header that is known, and one [[export]] reads one sheet; name it. What "
        "follows is drafted from 'Old'; save the other as a file of its own if it is to be read too."
    ) in flowing(found.text)
    assert '\n# sheet = "Old"  # or "New"\n' in found.text
    assert "'book.xlsx': sheet" in found.questions
    assert '"Referrals" = { source = "referrals", direction = "inbound" }  # 6 rows.' in found.text


def test_of_several_sheets_none_with_a_known_header_the_names_are_at_hand(tmp_path: Path) -> None:
    workbook(tmp_path / "book.xlsx", {"Notes": NOTES, "More": NOTES})
    text = draft(tmp_path).text
    assert "# QUESTION: 'book.xlsx' is not read: 2 sheets have rows: 'Notes', 'More'; say sheet = " in text
    assert '# sheet = "Notes"  # or "More"\n# layout = "custom"\n' in text


def test_where_two_layouts_fit_the_rest_is_drafted_by_the_first_of_them(tmp_path: Path) -> None:
    header = ("Id", "CreatedDate", "LeadSource", "Company")
    rows = [(f"00QNw000000000{n}", "2026-01-05T10:00:00.000+0000", "Web", "Acme") for n in range(1, 7)]
    folder = folder_of(tmp_path, {"leads.csv": text_of([header, *rows])})
    found = draft(folder)
    assert "# QUESTION: is this salesforce-leads (" in found.text
    assert "What follows is drafted as if it were the first." in found.text.replace("\n# ", " ")
    assert re.search(r'^# layout = "salesforce-leads"', found.text, re.MULTILINE)
    assert "#   'CreatedDate' of 'leads.csv': 2026-01-05 (6 rows).\n" in found.text
    assert '"Web" = { source = "web", direction = "unknown" }  # 6 rows. QUESTION: which?\n' in found.text


def test_a_stage_that_a_proposed_column_dates_stands_in_the_proposed_funnel_the_first_one_too(tmp_path: Path) -> None:
    header = ("lead_id", "owner", "source", "Created On", "mql", "won", "Lost Date")
    rows = [(f"L{n}", "Mira", "Web", "2026-01-05", "2026-01-09", "2026-02-09", "") for n in range(6)]
    text = draft(folder_of(tmp_path, {"leads.csv": text_of([header, *rows])})).text
    assert '# lead = "Created On"  # proposed by its words; confirm\n' in text
    assert (
        "Once the columns proposed above are read, write these in place of the two lines above: "
        'stages = ["lead", "mql", "won"] and exits = ["lost"].'
    ) in flowing(text)
    assert not re.search(r"^# (stages|exits) = ", text, re.MULTILINE)


def test_the_columns_of_which_the_same_is_asked_are_named(tmp_path: Path) -> None:
    header = (*HUBSPOT, "Became a Customer Date")
    rows = [(str(n), f"0{n}/05/2026", "Referrals", "", "Mira", f"0{n}/06/2026") for n in (3, 4)]
    text = draft(folder_of(tmp_path, hubspot(*rows, header=header))).text.replace("\n# ", " ")
    assert "So it is with 'Became a Customer Date'." in text


def test_the_zone_of_the_days_and_the_clock_of_a_file_are_asked_in_different_words(tmp_path: Path) -> None:
    text = draft(folder_of(tmp_path, hubspot(*contacts("Referrals", 6)))).text.replace("\n# ", " ")
    assert (
        "QUESTION: which time zone decides to which day a time belongs, for both teams? A name such as "
        '"Europe/Paris". By which clock a file was written is asked at the file. timezone = ""'
    ) in text
    assert (
        "QUESTION: what clock were the times in 'Create Date' written by? They bear no zone, and it need not be the "
        'organisation\'s: whoever exports may have set another, and some programs write UTC. timezone = ""'
    ) in text


def test_headers_that_may_be_somebodys_stand_in_no_draft(tmp_path: Path) -> None:
    whole = pa.table({"Kunde": ["a"], "mira@example.com": ["b"], "0171 234 5678": ["c"], " ": ["d"]})
    pq.write_table(whole, tmp_path / "x.parquet")
    text = draft(tmp_path).text
    assert "# QUESTION: 'x.parquet' is not read: no known layout fits its columns.\n" in text
    assert '# name = "Kunde"\n# and 3 more columns.\n' in text
    assert "mira" not in text
    assert "0171" not in text


def test_a_text_of_one_column_is_no_export_to_fill_in(tmp_path: Path) -> None:
    text = draft(folder_of(tmp_path, {"readme.txt": "Please find the files attached\n\nKim\n"})).text
    assert "# It has one column only, too few for a lead and a day.\n" in text
    assert "# name = " not in text.split("[organisation]")[1].split("readme.txt")[1]


def test_what_words_of_a_history_have_to_tell_is_said_above_them(tmp_path: Path) -> None:
    events = [("lead_id", "stage", "at"), *((f"L{n}", "Order signed", "2026-01-05 10:00") for n in range(6))]
    text = draft(folder_of(tmp_path, {"history.csv": text_of(events)})).text.replace("\n# ", " ")
    assert (
        "A stage that is named here must stand in [funnel] too. Where this file dates the leads, records that never "
        "come to the first stage of [funnel] are set aside, so some word must stand for that one."
    ) in text


def test_the_thresholds_and_treatments_are_spelt_out_as_they_are_by_default(tmp_path: Path) -> None:
    document = tomllib.loads(draft(folder_of(tmp_path, hubspot(*contacts("Referrals", 6)))).text)
    assert document["policy"] == {
        "within_days": 90,
        "confidence": 0.95,
        "min_group": 30,
        "suppress_below": 5,
        "cohort": "month",
    }
    assert document["treatment"] == {code: ways[0] for code, ways in TREATMENTS.items()}


def test_a_folder_that_is_not_there_or_holds_no_export_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        draft(tmp_path / "nobody")
    assert str(caught.value) == f"there is no folder {tmp_path / 'nobody'}; name the folder that holds the exports."
    with pytest.raises(FileNotFoundError) as caught:
        draft(tmp_path)
    assert str(caught.value) == f"there is no export in {tmp_path}; put the files there as the CRM wrote them."


# Nothing that a stranger typed acts.

NASTY = ['x"\n[policy]\nwithin_days = 1\n#', "\u202egro", "a\u2028b", "\\u0041", "\x1b[31mred", "'''", '"""', "# x = 1"]


@pytest.mark.parametrize("typed", NASTY)
def test_what_a_stranger_typed_breaks_out_of_no_string_and_no_comment(tmp_path: Path, typed: str) -> None:
    header = (*HUBSPOT, f"{typed} Date entered")
    rows = [(*row, "2026-01-05 09:00") for row in contacts(typed, 6)]
    text = draft(folder_of(tmp_path, hubspot(*rows, header=header))).text
    document = tomllib.loads(text)
    assert list(document["sources"]) == [typed.strip()]
    assert document["policy"]["within_days"] == 90
    assert set(document) == {"organisation", "export", "funnel", "sources", "policy", "treatment"}
    assert all(sign.isprintable() for sign in text.replace("\n", ""))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30))
def test_a_quoted_text_reads_as_itself_and_stays_on_its_line(text: str) -> None:
    line = quoted(text)
    assert line.isprintable()
    assert tomllib.loads(f"{line} = {line}") == {text: text}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300))
def test_a_remark_is_nothing_but_comments(text: str) -> None:
    lines = remark(text)
    assert all(line.startswith("# ") and line.isprintable() for line in lines)
    assert tomllib.loads("\n".join(lines)) == {}


@pytest.mark.parametrize("before", range(90, 118))
def test_no_line_of_a_remark_begins_with_a_key_and_its_value(before: int) -> None:
    lines = remark("x" * before + ' say encoding = "cp1252" or write ignore = ["a", "b"] there')
    assert not [line for line in lines if re.match(r"# \w+ = |# = ", line)]


def test_lists_beside_the_exports_are_named_and_not_taken_for_leads(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("lead_id,source,lead,won\n1,Web,2026-01-05,2026-02-01\n", "utf-8")
    for name in ("customers", "spend", "survey", "touches"):
        (tmp_path / f"{name}.csv").write_text("lead_id,lead,won\n1,2026-01-05,\n", "utf-8")
    found = draft(tmp_path)
    assert found.files == ("leads.csv",)
    assert tomllib.loads(found.text).keys().isdisjoint({"spend", "customers", "touches", "survey"})
    lines = found.text.splitlines()
    for told in (
        "# customers.csv is read as who became a customer, and who left.",
        "# How it is written may be told under [customers], its columns under [customers.columns].",
        "# spend.csv is read as what was spent, by month and source.",
        "# survey.csv is read as what the people of both teams answered.",
        "# How it is written may be told under [survey], its columns under [survey.columns].",
        "# touches.csv is read as when somebody tried to reach a lead.",
    ):
        assert told in lines


def test_every_draft_names_the_lists_that_may_lie_beside_the_exports_and_their_columns(tmp_path: Path) -> None:
    text = flowing(draft(folder_of(tmp_path, hubspot(*contacts("Web", 6)))).text)
    assert (
        "Beside the exports may lie: spend.csv (month, source, amount, currency) is read as what was spent, by month "
        "and source; customers.csv (lead_id, account_id, customer_since, churned_on) is read as who became a customer, "
        "and who left; touches.csv (lead_id, at) is read as when somebody tried to reach a lead; survey.csv "
        "(respondent, team, mql_important, collaboration, collateral, followed_up, same_definition, ownership, "
        "alignment, lead_quality) is read as what the people of both teams answered." in text
    )


def test_the_example_of_two_teams_reads_once_its_marks_are_deleted(tmp_path: Path) -> None:
    folder = answered(folder_of(tmp_path, hubspot(*contacts("Web", 6))), stages='["lead", "won"]')
    text = (folder / "charter.toml").read_text("utf-8")
    assert read_charter(folder).reconcile == {}
    for line in re.findall(r"^# (?:\[reconcile\]|marketing = .*|sales = .*)$", text, flags=re.MULTILINE):
        text = text.replace(line, line.removeprefix("# "))
    (folder / "charter.toml").write_text(text, "utf-8")
    assert read_charter(folder).reconcile == {
        "marketing": {"dating": "cohort", "young": "matured"},
        "sales": {"dating": "period", "young": "all"},
    }


@pytest.mark.parametrize(
    ("stages", "promised"),
    [
        (["lead", "mql", "won"], ["volume_mql", "speed_mql_to_touch", "rate_mql_to_won"]),
        (["lead", "won"], ["volume_won", "speed_won_to_touch", "rate_lead_to_won"]),
        ([], ["volume_mql", "speed_mql_to_touch", "rate_mql_to_sql"]),
    ],
)
def test_the_examples_of_promises_and_figures_read_once_their_marks_are_deleted(
    tmp_path: Path, stages: list[str], promised: list[str]
) -> None:
    given = [
        "[organisation]",
        'name = "A"',
        'timezone = "UTC"',
        "as_of = 2026-06-30",
        "[[export]]",
        'file = "a.csv"',
        "[funnel]",
        f"stages = {stages or ['lead', 'mql', 'sql', 'won']}",
    ]
    taken = [line[2:] for line in examples(stages) if re.match(r"# (\[+[a-z._]+\]+$|[a-z_]+ = )", line)]
    (tmp_path / "charter.toml").write_text("\n".join([*given, *taken]), "utf-8")
    charter = read_charter(tmp_path)
    assert charter.agreement is not None
    assert [goal.code.removeprefix("agreement.") for goal in charter.agreement.goals] == promised
    assert charter.teams["marketing"].called == ("Communication",)
    assert (charter.teams["sales"].executives, charter.teams["sales"].developers) == (10, 6)
    assert None not in astuple(charter.organisation.year)
    assert charter.entered == (Entered("proposal_win_rate", 0.47, "share", "who published it", 2025, 500),)


def test_a_stage_that_is_renamed_is_to_say_what_it_stands_for(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("lead_id,source,lead,won\n1,Web,2026-01-05,2026-02-01\n", "utf-8")
    text = " ".join(line.removeprefix("# ") for line in draft(tmp_path).text.splitlines())
    assert (
        'Where you call a stage otherwise than here, such as customer for won, add stands_for = "won" to its '
        "definition: published numbers find it by that name."
    ) in text


def test_the_examples_ask_nothing() -> None:
    assert "QUESTION" not in "\n".join(examples(["lead", "won"]))


def test_where_there_is_nothing_else_a_file_of_that_name_is_drafted_from(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("lead_id,lead,won\n1,2026-01-05,\n", "utf-8")
    assert draft(tmp_path).files == ("customers.csv",)


def test_what_groups_are_compared_by_is_asked_and_not_answered(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("lead_id,source,lead,won\n1,Web,2026-01-05,2026-02-01\n", "utf-8")
    found = draft(tmp_path)
    assert "[policy]: margin" in found.questions
    assert "margin" not in tomllib.loads(found.text)["policy"]
    for line in ("# margin = 0.02", "# adjust_by = []", '# negative_control = { column = "", value = "" }'):
        assert line in found.text.splitlines()
