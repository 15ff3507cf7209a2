"""Opening files: where the table begins and ends, in what it is written, and what cannot be read, told in words."""

from __future__ import annotations

import bz2
import csv
import datetime as dt
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import ibis
import polars as pl
import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alignment_metrics.files import Opened, open_file, open_table, packed, sheets

NAMES = frozenset({"id", "name", "lead source", "created"})
HEADER = ["Id", "Name", "Lead Source", "Created"]
ROWS = [["1", "Ann", "Web", "2026-01-05"], ["2", "Bob", "Call", "2026-01-06"]]


@pytest.fixture
def con(tmp_path: Path) -> Iterator[Any]:
    (tmp_path / "scratch").mkdir()
    con = ibis.duckdb.connect(str(tmp_path / "scratch" / "work.duckdb"), temp_directory=str(tmp_path / "scratch"))
    yield con
    con.disconnect()


def opened(con: Any, tmp_path: Path, content: bytes | str, file: str = "leads.csv", **said: Any) -> Opened:
    path = tmp_path / file
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_file(con, path, "file_0", **{"names": NAMES, "scratch": tmp_path / "scratch", **said})


def refusal(con: Any, tmp_path: Path, content: bytes | str, file: str = "leads.csv", **said: Any) -> str:
    with pytest.raises(ValueError, match=r"[.]$") as caught:
        taken(con, opened(con, tmp_path, content, file, **said))
    return str(caught.value)


def taken(con: Any, file: Opened) -> list[tuple[Any, ...]]:
    """Each row, with its number."""
    table = file.take(con, ibis.util.gen_name("taken"), {f"a{n}": header for n, header in enumerate(file.headers)})
    return [tuple(row.values()) for row in table.order_by("row").to_pyarrow().to_pylist()]


def table_of(delimiter: str = ",", end: str = "\n") -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator=end).writerows([HEADER, *ROWS])
    return buffer.getvalue()


def numbered(first: int) -> list[tuple[Any, ...]]:
    return [(first + n, *row) for n, row in enumerate(ROWS)]


PARTED = [(",", "commas"), (";", "semicolons"), ("\t", "tabs"), ("|", "bars")]


@pytest.mark.parametrize("delimiter, parted", PARTED)
@pytest.mark.parametrize(
    "encode, spoken",
    [
        (lambda text: text.encode(), "UTF-8"),
        (lambda text: text.encode("utf-8-sig"), "UTF-8"),
        (lambda text: text.encode("utf-16"), "UTF-16"),
        (lambda text: b"\xfe\xff" + text.encode("utf-16-be"), "UTF-16"),
        (lambda text: text.encode("utf-16-le"), "UTF-16"),
        (lambda text: text.encode("utf-16-be"), "UTF-16"),
    ],
    ids=["UTF-8", "BOM", "UTF-16 LE", "UTF-16 BE", "LE without BOM", "BE without BOM"],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["Unix", "Windows", "old Mac"])
def test_every_delimiter_encoding_and_line_end_gives_the_same_rows(
    con: Any,
    tmp_path: Path,
    delimiter: str,
    parted: str,
    encode: Callable[[str], bytes],
    spoken: str,
    end: str,
) -> None:
    file = opened(con, tmp_path, encode(table_of(delimiter, end)))
    assert file.headers == tuple(HEADER)
    assert taken(con, file) == numbered(2)
    assert (file.first_row, file.titles, file.footers, file.is_text) == (2, 0, (), True)
    assert file.how == f"CSV in {spoken}, parted by {parted}"


def test_a_plain_file_is_read_where_it_lies(con: Any, tmp_path: Path) -> None:
    opened(con, tmp_path, "\ufeff" + table_of())
    assert [one.name for one in (tmp_path / "scratch").iterdir() if one.suffix != ".duckdb"] == []


@pytest.mark.parametrize(
    "above, titles, first",
    [
        ("Leads by source, and by day; all of them\n", 1, 3),
        ('"A title\nof two lines"\nAs of 2026-06-30\n', 2, 4),
        ("Leads\n\n   \n,,,\nName\n", 2, 7),
        ("\n\n", 0, 4),
        ("one,two,three,four,five,six,seven\n", 1, 3),
        ("sep=,\n", 0, 2),
        ("SEP=,\r\nLeads\n", 1, 3),
    ],
)
def test_what_stands_above_the_header_is_counted_and_not_read(
    con: Any, tmp_path: Path, above: str, titles: int, first: int
) -> None:
    file = opened(con, tmp_path, above + table_of())
    assert (file.headers, file.titles, file.first_row) == (tuple(HEADER), titles, first)
    assert taken(con, file) == numbered(first)


def test_the_header_is_the_line_that_has_the_most_known_names(con: Any, tmp_path: Path) -> None:
    # A title of one cell that is a known name, with more commas in it than the header has semicolons.
    file = opened(con, tmp_path, "Name,a,b,c,d,e,f\n" + table_of(";"))
    assert (file.headers, file.titles) == (tuple(HEADER), 1)
    # Where no name is known, the first line that is not blank.
    file = opened(con, tmp_path, "\nLeads\n" + table_of(), names=frozenset())
    assert (file.headers, file.titles, file.first_row) == (("Leads",), 0, 3)
    # Only the first 50 records are looked at.
    assert opened(con, tmp_path, "x\n" * 49 + table_of()).titles == 49
    assert opened(con, tmp_path, "x\n" * 50 + table_of()).headers == ("x",)


def test_a_delimiter_that_the_file_names_itself_is_the_only_one_tried(con: Any, tmp_path: Path) -> None:
    file = opened(con, tmp_path, "sep=:\n" + table_of(":"))
    assert taken(con, file) == numbered(2)
    assert file.how == "CSV in UTF-8, parted by ':'"
    assert opened(con, tmp_path, "sep=;\n" + table_of(",")).headers == (",".join(HEADER),)


def test_cp1252_is_read_where_the_charter_says_so(con: Any, tmp_path: Path) -> None:
    text = table_of().replace("Ann", "Zoë “Z” €")
    file = opened(con, tmp_path, text.encode("cp1252"), encoding="cp1252")
    assert taken(con, file)[0] == (2, "1", "Zoë “Z” €", "Web", "2026-01-05")
    assert file.how == "CSV in cp1252, parted by commas"
    # What is valid UTF-8 is UTF-8.
    assert taken(con, opened(con, tmp_path, text, encoding="cp1252"))[0][2] == "Zoë “Z” €"


CYRILLIC = "".join(["id;имя\n", *(f"{n};Анна Иванова\n" for n in range(99))])


def test_utf_16_without_a_mark_is_read_where_the_charter_says_so(con: Any, tmp_path: Path) -> None:
    for codec in ("utf-16-le", "utf-16-be"):
        file = opened(con, tmp_path, CYRILLIC.encode(codec), encoding="utf-16")
        assert (file.headers, taken(con, file)[98]) == (("id", "имя"), (100, "98", "Анна Иванова"))


BAD: list[tuple[str, bytes, str | None, str]] = [
    (
        "one word",
        b"Id,Name\n1,Caf\xe9 Noir\n",
        None,
        "the file is not UTF-8 text; as cp1252 it would have the letter 'é': if that is of its language, say encoding "
        '= "cp1252" under this file\'s [[export]] in the charter, else save it as CSV UTF-8.',
    ),
    (
        "words",
        b"Id,Name\n" + b"1,Ann\n" * 300_000 + b"2,M\xfcller\n3,Andr\xe9\n4,Z\xf6e\n5,Bj\xf6rn\n",
        None,
        "the file is not UTF-8 text; as cp1252 it would have letters such as 'ü', 'é', 'ö': if those are of "
        'its language, say encoding = "cp1252" under this file\'s [[export]] in the charter, else save it as CSV '
        "UTF-8.",
    ),
    (
        "a long word",
        b"Id,Name\n1,M" + b"\xfc" * 90 + b"\n",
        None,
        "the file is not UTF-8 text; as cp1252 it would have the letter 'ü': if that is of its language, say "
        'encoding = "cp1252" under this file\'s [[export]] in the charter, else save it as CSV UTF-8.',
    ),
    (
        "signs",
        b"Id,Name\n1,5\x80\n",
        None,
        "the file is not UTF-8 text; as cp1252 it would have the letter '€': if that is of its language, say encoding "
        '= "cp1252" under this file\'s [[export]] in the charter, else save it as CSV UTF-8.',
    ),
    (
        "neither",
        b"Id,Name\n1,Caf\xe9\n2,\x8f\n",
        None,
        "line 3 is neither UTF-8 nor cp1252 text; save the file as CSV UTF-8.",
    ),
    (
        "not cp1252",
        b"Id,Name\n1,Caf\xe9\n2,\x8f\n",
        "cp1252",
        'line 3 cannot be read as the charter says, encoding = "cp1252"; correct it under this file\'s [[export]], or '
        "save the file as CSV UTF-8.",
    ),
    (
        "not UTF-8",
        b"Id,Name\n" + b"1,Zo\xc3\xab\n" * 400_000 + b"2,Caf\xe9\n",
        "utf-8",
        'line 400002 cannot be read as the charter says, encoding = "utf-8"; correct it under this file\'s '
        "[[export]], or save the file as CSV UTF-8.",
    ),
    (
        "not UTF-16",
        b"Id,Name\n1,Ann\n",
        "utf-16",
        'line 1 cannot be read as the charter says, encoding = "utf-16"; correct it under this file\'s [[export]], or '
        "save the file as CSV UTF-8.",
    ),
    (
        "a mark that lies",
        b"\xef\xbb\xbfId,Name\n1,Caf\xe9\n",
        "cp1252",
        "line 2 is not UTF-8 text, though the file begins as such; save the file as CSV UTF-8.",
    ),
    (
        "broken UTF-16",
        "Id,Name\n".encode("utf-16") + "1,Ann\n".encode("utf-16-le") * 200_000 + b"\x00\xdc" * 2,
        None,
        "line 200002 is not UTF-16 text, though the file begins as such; save the file as CSV UTF-8.",
    ),
    (
        "UTF-8 cut off",
        "Id,Name\n1,Zoë\n2,Zoë".encode()[:-1],
        None,
        "the file ends in the middle of a character, as if it were cut off; export it again.",
    ),
    (
        "UTF-16 cut off",
        table_of().encode("utf-16")[:-1],
        None,
        "the file ends in the middle of a character, as if it were cut off; export it again.",
    ),
    (
        "NUL",
        b"Id,Name\n1,Ann\n2,B\0b\n",
        None,
        "line 3 holds the character NUL, so the file is not text; export it again as CSV UTF-8.",
    ),
    (
        "NUL in UTF-16",
        "Id,Name\n1,Ann\n2,B\0b\n".encode("utf-16"),
        None,
        "line 3 holds the character NUL, so the file is not text; export it again as CSV UTF-8.",
    ),
    ("blank", b"\n  \n\t\n", None, "the file holds neither a header nor rows; export it again."),
    (
        "an open quote in the header",
        b'"Id,Name\n' + b"x" * 200_000,
        None,
        "the header has a quote that is never closed; correct it, or export the file again.",
    ),
]


@pytest.mark.parametrize("content, said, expected", [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_text_that_cannot_be_decoded_is_told_in_words(
    con: Any, tmp_path: Path, content: bytes, said: str | None, expected: str
) -> None:
    assert refusal(con, tmp_path, content, encoding=said) == expected


SALESFORCE = [
    "Grand Totals (5700 records)",
    "Confidential Information - Do Not Distribute",
    "Copyright © 2000-2025 salesforce.com, inc. All rights reserved.",
]


@pytest.mark.parametrize("pad", ["", ",,,"], ids=["short", "padded"])
@pytest.mark.parametrize(
    "below, expected",
    [
        (["", *(f'"{line}"' for line in SALESFORCE)], [(5, SALESFORCE[0]), (6, SALESFORCE[1]), (7, SALESFORCE[2])]),
        (["Total"], [(4, "Total")]),
        (["", "", "TOTAL: 2", "   ", "Generated by Ann on 2026-06-30", ""], [(6, "TOTAL: 2"), (8, "Generated by Ann")]),
        (["Report exported at 09:14"], [(4, "Report exported at 09:14")]),
        (["2 records"], [(4, "2 records")]),
    ],
)
def test_what_stands_below_the_rows_is_told_and_not_read(
    con: Any, tmp_path: Path, below: list[str], expected: list[tuple[int, str]], pad: str
) -> None:
    tail = "\n".join(line + pad if line.strip() else line for line in below)
    file = opened(con, tmp_path, "Leads\n" + table_of() + tail)
    assert taken(con, file) == numbered(3)
    assert [row - 1 for row, _ in file.footers] == [row for row, _ in expected]
    assert all(told.startswith(text) for (_, told), (_, text) in zip(file.footers, expected, strict=True))


def test_words_in_fewer_fields_than_the_header_has_are_none_of_the_rows(con: Any, tmp_path: Path) -> None:
    file = opened(con, tmp_path, table_of() + "Für den internen Gebrauch\nBetrag gesamt,5700\n")
    assert file.footers == ((4, "Für den internen Gebrauch"), (5, "Betrag gesamt,5700"))
    assert taken(con, file) == numbered(2)
    # Also where there is no row at all.
    file = opened(con, tmp_path, ",".join(HEADER) + "\nNo records found.\n")
    assert (file.footers, taken(con, file)) == (((2, "No records found."),), [])


@pytest.mark.parametrize(
    "cut",
    ["3", "3,Cy", "00Q5e000001", "2026-01-07 09:14", "Acme"],
    ids=["an id", "two fields", "letters and digits", "a time", "a word"],
)
def test_a_last_row_that_was_cut_off_is_no_footer(con: Any, tmp_path: Path, cut: str) -> None:
    fields = cut.count(",") + 1
    assert refusal(con, tmp_path, table_of() + cut) == (
        f"the last line ends unlike the lines before it, with {fields} field{'s' * (fields > 1)} where the header has "
        f"4, as if the file were cut off; export it again."
    )


def test_a_last_row_of_words_that_was_cut_off_is_no_footer_where_rows_begin_with_words(
    con: Any, tmp_path: Path
) -> None:
    for last in ("Bob", "Bob Jones"):
        assert refusal(con, tmp_path, f"Name,Id\nAnn,1\n{last},2\nCy Ann Br") == (
            "the last line ends unlike the lines before it, with 1 field where the header has 2, as if the file were "
            "cut off; export it again."
        )


def test_a_short_row_that_is_not_the_last_is_told_by_its_line(con: Any, tmp_path: Path) -> None:
    for below in ("3,Cy\n4,Di,Web,2026-01-07\n", "3,Cy\nTotal\n"):
        assert refusal(con, tmp_path, 'Leads\n"of\ntwo"\n' + table_of() + below) == (
            "line 7 has 2 fields where the header has 4; correct it, or export the file again."
        )


def test_no_more_than_fifty_lines_are_taken_for_footers(con: Any, tmp_path: Path) -> None:
    assert len(opened(con, tmp_path, table_of() + "Total\n" * 50).footers) == 50
    assert refusal(con, tmp_path, table_of() + "Total\n" * 51) == (
        "line 4 has 1 field where the header has 4; correct it, or export the file again."
    )


def test_the_end_of_a_long_cell_is_never_a_footer(con: Any, tmp_path: Path) -> None:
    text = table_of() + '3,"Thanks,\n\nTotal\nGrand Totals (2 records)",Web,2026-01-07\n'
    file = opened(con, tmp_path, text)
    assert file.footers == ()
    assert taken(con, file)[2] == (4, "3", "Thanks,\n\nTotal\nGrand Totals (2 records)", "Web", "2026-01-07")
    text = table_of() + '3,Cy,Web,"Generated\nby Ann\nTotal"'
    assert taken(con, opened(con, tmp_path, text))[2][4] == "Generated\nby Ann\nTotal"


def test_rows_without_a_value_at_the_end_stay_rows_unless_a_footer_stands_below(con: Any, tmp_path: Path) -> None:
    assert taken(con, opened(con, tmp_path, table_of() + ",,,\n\n"))[2:] == [(4, None, None, None, None)]
    assert taken(con, opened(con, tmp_path, table_of() + "  \n \n")) == numbered(2)
    assert taken(con, opened(con, tmp_path, "Id\n1\n\n \n")) == [(2, "1")]


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8).map(lambda text: text.strip())
TABLES = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=6)
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=TABLES,
    delimiter=st.sampled_from(",;\t|"),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    titles=st.lists(st.sampled_from(["Leads", "As of 2026, all", '"one\ntwo"', "a;b;c\td|e"]), max_size=3),
    footers=st.lists(st.sampled_from(["Total", "Confidential", "(c) 2026", '"Grand Totals (5 records)"']), max_size=3),
)
def test_any_table_is_found_again_between_any_titles_and_footers(
    con: Any,
    tmp_path: Path,
    rows: list[list[str]],
    delimiter: str,
    codec: str,
    titles: list[str],
    footers: list[str],
) -> None:
    header = HEADER[: len(rows[0])]
    # An id in front: what a person typed may be anything, but a row begins with what names it.
    rows = [[str(n), *row[1:]] for n, row in enumerate(rows)]
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([header, *rows])
    content = "".join(f"{line}\n" for line in titles) + buffer.getvalue() + "".join(f"{line}\n" for line in footers)
    file = opened(con, tmp_path, content.encode(codec))
    con.raw_sql("DROP TABLE IF EXISTS taken")
    table = file.take(con, "taken", {f"a{n}": one for n, one in enumerate(header)})
    found = [tuple(row.values()) for row in table.order_by("row").to_pyarrow().to_pylist()]
    first = len(titles) + 2
    assert (file.headers, file.titles, file.first_row) == (tuple(header), len(titles), first)
    assert found == [(first + n, *(cell or None for cell in row)) for n, row in enumerate(rows)]
    assert [row for row, _ in file.footers] == list(range(first + len(rows), first + len(rows) + len(footers)))


SIGNS = st.lists(st.sampled_from(["Id", "1", "Total", ",", ",", ";", '"', '"', "\n", "\n", "\r\n", " ", "é"])).map(
    "".join
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode), SIGNS.map(str.encode)))
def test_any_bytes_are_read_or_refused_in_words(con: Any, tmp_path: Path, content: bytes) -> None:
    said = None
    try:
        file = opened(con, tmp_path, content)
        count = len(taken(con, file))
        wanted = ibis.range(0, 1000).unnest().name("row").as_table()
        assert len(list(file.rows(con, wanted))) == count
    except ValueError as error:
        said = error
    if said is not None:
        assert type(said) is ValueError
        assert str(said).endswith(".")
        assert "\n" not in str(said)


PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": lambda raw: pa.Codec("zstd").compress(raw).to_pybytes(),
}
CALLED = {"gz": "gzip", "bz2": "bzip2", "xz": "xz", "zst": "Zstandard"}


@pytest.mark.parametrize("packing", PACK)
def test_a_packed_file_is_read_as_what_was_packed(con: Any, tmp_path: Path, packing: str) -> None:
    raw = ("Leads\n" + table_of("\t")).encode("utf-16")
    file = opened(con, tmp_path, PACK[packing](raw), f"leads.tsv.{packing}")
    assert taken(con, file) == numbered(3)
    assert file.how == f"CSV in UTF-16, parted by tabs, unpacked from {CALLED[packing]}"
    for broken in (b"nothing", PACK[packing](raw * 9)[:-30]):
        assert refusal(con, tmp_path, broken, f"leads.tsv.{packing}") == (
            f"the file is not {CALLED[packing]}, or is damaged; export it again."
        )
    assert refusal(con, tmp_path, PACK[packing](b""), f"x.csv.{packing}") == "the file is empty; export it again."


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return buffer.getvalue()


def test_an_archive_of_one_file_is_read_wherever_its_name_points(con: Any, tmp_path: Path) -> None:
    raw = table_of().encode()
    for name in ("leads.csv", "../../../evil.CSV", "/etc/passwd.csv", "a/b/c.txt"):
        content = archive(**{name: raw, "__MACOSX/._leads.csv": b"x", "readme.md": b"x"})
        file = opened(con, tmp_path, content, "leads.zip")
        assert taken(con, file) == numbered(2)
        assert file.how == "CSV in UTF-8, parted by commas, unpacked from zip"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["leads.zip", "scratch"]


def test_only_one_copy_is_left_and_the_file_itself_is_never_touched(con: Any, tmp_path: Path) -> None:
    raw = gzip.compress(("Leads\n" + table_of("\t")).encode("utf-16"))
    opened(con, tmp_path, raw, "leads.tsv.gz")
    left = sorted(one.name for one in (tmp_path / "scratch").iterdir() if not one.name.startswith("work."))
    assert left == ["file_0.csv"]
    assert (tmp_path / "leads.tsv.gz").read_bytes() == raw


def test_an_archive_that_cannot_be_read_is_told_in_words(con: Any, tmp_path: Path) -> None:
    many = {f"{n}.csv": b"x" for n in range(7)}
    assert refusal(con, tmp_path, archive(**many), "leads.zip") == (
        "the archive holds 7 files: '0.csv', '1.csv', '2.csv', '3.csv', '4.csv' and 2 more; unpack it and name those "
        "that are meant."
    )
    assert refusal(con, tmp_path, archive(**{"a.pdf": b"x"}), "leads.zip") == (
        "the archive holds no file of a kind that is read, but 'a.pdf'; pack it again."
    )
    assert refusal(con, tmp_path, archive(), "leads.zip") == (
        "the archive holds no file of a kind that is read, but nothing; pack it again."
    )
    locked = archive(**{"a.csv": b"x"}).replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01")
    assert refusal(con, tmp_path, locked, "leads.zip") == (
        "the archive is protected by a password; pack it without one."
    )
    for broken in (b"nothing", archive(**{"a.csv": b"x" * 9999})[:-30]):
        assert refusal(con, tmp_path, broken, "leads.zip") == ("the file is not zip, or is damaged; export it again.")


def test_what_grows_beyond_all_measure_is_not_unpacked(
    con: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "_MUCH", 1 << 21)
    bomb = gzip.compress(bytes(1 << 24))
    told = (
        "what comes out of it is more than 200 times as large as the file, which no export is; unpack it yourself if "
        "you trust it, and name what was in it."
    )
    assert refusal(con, tmp_path, bomb, "leads.csv.gz") == told
    assert refusal(con, tmp_path, archive(**{"leads.csv": bytes(1 << 24)}), "leads.zip") == told
    assert (tmp_path / "scratch" / "file_0_unpacked.csv").stat().st_size <= 200 * len(bomb) + (1 << 21)


def test_the_disk_is_never_filled(con: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "_ROOM", 1 << 60)
    assert refusal(con, tmp_path, gzip.compress(b"Id\n1\n"), "leads.csv.gz") == (
        "there is no room to unpack it in the folder for temporary files; make some."
    )


def workbook(path: Path, **contents: list[list[Any]]) -> bytes:
    book = xlsxwriter.Workbook(str(path))
    forms = {
        dt.datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        dt.date: book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    for name, rows in contents.items():
        sheet = book.add_worksheet(name.removeprefix("hidden_"))
        if name.startswith("hidden_"):
            sheet.hide()
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(row, column, cell, forms[type(cell)])
                elif isinstance(cell, str) and cell.startswith("#"):
                    sheet.write_formula(row, column, "=NA()", None, cell)
                elif cell is not None:
                    sheet.write(row, column, cell)
    book.close()
    return path.read_bytes()


def test_a_sheet_is_read_as_the_text_that_its_cells_stand_for(con: Any, tmp_path: Path) -> None:
    moment, day = dt.datetime(2026, 1, 5, 9, 14), dt.date(2026, 1, 6)
    rows: list[list[Any]] = [["Id", "Name", "Lead Source", "Created"], [1, 1.5, True, moment], [2.0, 1.234, False, day]]
    rows += [[7.1e15, 0.1, None, None], [123456789012345, -0.0000001, "=1+1", None], ["00Q", "a\nb", "#N/A", "'x"]]
    file = opened(con, tmp_path, workbook(tmp_path / "a.xlsx", Leads=rows), "leads.xlsx")
    assert file.how == "sheet 'Leads' of a workbook"
    assert taken(con, file) == [
        (2, "1", "1.5", "true", "2026-01-05 09:14:00"),
        (3, "2", "1.2340", "false", "2026-01-06 00:00:00"),
        (4, "7.10000000000000E+15", "0.1", None, None),
        (5, "123456789012345", "-0.0000001", "0", None),
        (6, "00Q", "a\nb", "#N/A", "'x"),
    ]


def test_days_without_a_time_of_day_stay_days(con: Any, tmp_path: Path) -> None:
    rows = [["Id", "Created"], [1, dt.date(2026, 1, 5)], [2, dt.datetime(2026, 1, 6)]]
    file = opened(con, tmp_path, workbook(tmp_path / "a.xlsx", Leads=rows), "leads.xlsx")
    assert taken(con, file) == [(2, "1", "2026-01-05"), (3, "2", "2026-01-06")]


def test_rows_of_a_sheet_keep_the_numbers_that_the_spreadsheet_shows(con: Any, tmp_path: Path) -> None:
    blank: list[Any] = []
    rows = [blank, [None, "Leads of Acme"], blank, [None, "Id", "Name"], [None, "1", "Ann"], blank, [None, "2", "Bob"]]
    rows += [blank, [None, "Grand Totals (2 records)"], blank]
    file = opened(con, tmp_path, workbook(tmp_path / "a.xlsx", Leads=rows), "leads.xlsx")
    assert (file.headers, file.titles, file.first_row) == (("Id", "Name"), 1, 5)
    assert taken(con, file) == [(5, "1", "Ann"), (6, None, None), (7, "2", "Bob")]
    assert file.footers == ((9, "Grand Totals (2 records)"),)
    file = opened(con, tmp_path, workbook(tmp_path / "a.xlsx", Leads=[["Id"], ["1"], [], ["2"]]), "leads.xlsx")
    assert taken(con, file) == [(2, "1"), (3, None), (4, "2")]


def test_cells_in_error_stay_what_they_are_even_at_the_edges(con: Any, tmp_path: Path) -> None:
    rows = [[], [None, "Id", "Name"], [None, "1", "x", "#DIV/0!"], [None, "#N/A"], [None, None, "#REF!"]]
    file = opened(con, tmp_path, workbook(tmp_path / "a.xlsx", First=[], Leads=rows), "leads.xlsx")
    assert file.headers == ("Id", "Name", "")
    assert taken(con, file) == [(3, "1", "x", "#DIV/0!"), (4, "#N/A", None, None), (5, None, "#REF!", None)]


def test_the_sheet_is_the_only_one_with_rows_or_the_one_that_the_charter_names(con: Any, tmp_path: Path) -> None:
    some = [["Id"], ["1"]]
    one = workbook(tmp_path / "a.xlsx", Empty=[], Leads=some, hidden_data=[["x"]])
    assert opened(con, tmp_path, one, "leads.xlsx").how == "sheet 'Leads' of a workbook"
    assert opened(con, tmp_path, one, "leads.xlsx", sheet="data").headers == ("x",)
    assert refusal(con, tmp_path, one, "leads.xlsx", sheet="lead") == (
        "there is no sheet 'lead'; the workbook has 'Empty', 'Leads', 'data'. Name one of them."
    )
    two = workbook(tmp_path / "a.xlsx", Leads=some, Deals=some)
    assert refusal(con, tmp_path, two, "leads.xlsx") == (
        "2 sheets have rows: 'Leads', 'Deals'; say sheet = \"...\" under this file's [[export]] in the charter."
    )
    many = workbook(tmp_path / "a.xlsx", **{f"S{n}": some for n in range(10)})
    assert refusal(con, tmp_path, many, "leads.xlsx") == (
        "10 sheets have rows: 'S0', 'S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7' and 2 more; say sheet = \"...\" under "
        "this file's [[export]] in the charter."
    )
    none = workbook(tmp_path / "a.xlsx", Leads=[], hidden_data=some)
    assert refusal(con, tmp_path, none, "leads.xlsx") == "no sheet of the workbook has rows; export it again."


def test_a_packed_workbook_is_read(con: Any, tmp_path: Path) -> None:
    raw = workbook(tmp_path / "a.xlsx", Leads=[HEADER, *ROWS])
    file = opened(con, tmp_path, archive(**{"x.xlsx": raw}), "leads.zip")
    assert file.how == "sheet 'Leads' of a workbook, unpacked from zip"
    assert taken(con, file) == numbered(2)


@pytest.mark.parametrize("ending", ["xlsx", "xlsm", "xls", "ods"])
def test_a_workbook_that_cannot_be_read_is_told_in_words(con: Any, tmp_path: Path, ending: str) -> None:
    whole = workbook(tmp_path / "a.xlsx", Leads=[HEADER, *ROWS])
    hole = whole[: len(whole) // 3] + bytes(200) + whole[len(whole) // 3 + 200 :]
    for broken in (b"PK\x03\x04", b"Id,Name\n", whole[:-30], hole, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)):
        assert refusal(con, tmp_path, broken, f"leads.{ending}") == (
            "the file is not a workbook, or is damaged; save it again as XLSX or CSV."
        )
    assert refusal(con, tmp_path, b"\xef\xbb\xbf\n<html><table>", f"leads.{ending}") == (
        "the file is a web page with the name of a workbook; export it as CSV or XLSX."
    )


def test_a_workbook_with_a_password_is_told(con: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(path: str) -> None:
        raise sheets.PasswordError("locked")

    monkeypatch.setattr(sheets.CalamineWorkbook, "from_path", locked, raising=False)
    assert refusal(con, tmp_path, b"\xd0\xcf", "leads.xlsx") == (
        "the workbook is protected by a password; save it without one."
    )


def test_a_parquet_file_has_no_header_and_is_read_where_it_lies(con: Any, tmp_path: Path) -> None:
    path = tmp_path / "leads.parquet"
    duckdb.connect().execute(f"COPY (SELECT i AS Id, [i] AS List, NULL AS None FROM range(3) t(i)) TO '{path}'")
    file = open_file(con, path, "file_0", scratch=tmp_path / "scratch")
    assert (file.headers, file.first_row, file.titles, file.footers) == (("Id", "List", "None"), 1, 0, ())
    assert (file.how, file.is_text) == ("Parquet", False)
    assert taken(con, file) == [(n + 1, n, [n], None) for n in range(3)]
    wanted = con.create_table("wanted", ibis.memtable({"row": [3, 1]}))
    assert list(file.rows(con, wanted)) == [(1, ("0", "[0]", "")), (3, ("2", "[2]", ""))]
    (tmp_path / "leads.parquet.gz").write_bytes(gzip.compress(path.read_bytes()))
    packed_file = open_file(con, tmp_path / "leads.parquet.gz", "file_1", scratch=tmp_path / "scratch")
    assert (packed_file.how, len(taken(con, packed_file))) == ("Parquet, unpacked from gzip", 3)


LONG = 400_000


def test_a_file_read_by_several_hands_keeps_its_rows_in_order(con: Any, tmp_path: Path) -> None:
    # 40 MB: the engine reads it in pieces of 8 to 32 MB, side by side.
    with (tmp_path / "leads.csv").open("w", encoding="utf-8") as text:
        text.write("Leads of Acme\n\nId,Name,Note\n")
        text.writelines(f'{n},"a name, of {n}","{"x" * (n % 90)}\nof two lines"\n' for n in range(LONG))
        text.write(f"Grand Totals ({LONG} records)\n")
    file = open_file(con, tmp_path / "leads.csv", "file_0", names=NAMES, scratch=tmp_path / "scratch")
    assert (file.first_row, file.footers) == (4, ((LONG + 4, f"Grand Totals ({LONG} records)"),))
    table = file.take(con, "taken", {"lead_id": "Id"})
    astray = table.filter(table["row"] != table["lead_id"].cast("int64") + 4)
    assert (table.count().to_pyarrow().as_py(), astray.count().to_pyarrow().as_py()) == (LONG, 0)
    wanted = table.filter(table["lead_id"].cast("int64") % 19 == 0).select("row")
    found = []
    for row, cells in file.rows(con, wanted):
        # The engine may be asked something else meanwhile.
        if row % 50_000 == 0:
            table.count().to_pyarrow()
        assert (cells[0], cells[1]) == (str(row - 4), f"a name, of {row - 4}")
        found.append(row)
    assert found == [n + 4 for n in range(0, LONG, 19)]


def test_the_rows_that_are_asked_for_come_in_order_with_all_their_cells(con: Any, tmp_path: Path) -> None:
    content = "Leads\n" + table_of() + '3,"=1+1 ",,"a\nb"\nTotal\n'
    for raw, name in ((content.encode(), "leads.csv"), (content.encode("utf-16"), "leads.txt")):
        file = opened(con, tmp_path, raw, name)
        wanted = con.create_table(ibis.util.gen_name("wanted"), ibis.memtable({"row": [5, 3, 99]}))
        assert list(file.rows(con, wanted)) == [(3, tuple(ROWS[0])), (5, ("3", "=1+1 ", "", "a\nb"))]
        assert list(file.rows(con, wanted.filter(wanted["row"] > 99))) == []


def test_a_file_of_an_unknown_kind_is_told_with_those_that_are_read(con: Any, tmp_path: Path) -> None:
    for name, ending in (("leads.pdf", ".pdf"), ("leads", ""), ("leads.gz", ".gz"), ("leads.doc.GZ", ".doc.GZ")):
        assert refusal(con, tmp_path, b"x", name) == (
            f"files ending in '{ending}' are not read, but .csv, .tsv, .txt, .xlsx, .xlsm, .xls, .ods, .parquet and "
            f".pq are, also packed as .gz, .bz2, .xz or .zst after that, or one of them in a .zip."
        )


def test_a_file_that_is_not_there_is_told_with_all_kinds_that_are(con: Any, tmp_path: Path) -> None:
    for name in ("a.csv.gz", "b.xlsx", "c.zip", "d.pq", "e.gz", "f.doc", "g.ODS"):
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(ValueError, match=r"[.]$") as caught:
        open_file(con, tmp_path / "leads.csv", "file_0", scratch=tmp_path / "scratch")
    assert str(caught.value) == (
        "the file is not there; the folder has 'a.csv.gz', 'b.xlsx', 'c.zip', 'd.pq', 'g.ODS'. Name one that it has."
    )


@pytest.fixture(params=["duckdb", "sqlite", "polars"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    query = 'SELECT 1 AS "Id", \'Ann\' AS "Name" UNION ALL SELECT 2, NULL'
    if request.param == "polars":
        yield ibis.polars.connect(
            {"contacts": pl.DataFrame({"Id": [1, 2], "Name": ["Ann", None]}), "deals": pl.DataFrame({})}
        )
        return
    backend = getattr(ibis, request.param).connect(str(tmp_path / "client.db"))
    for statement in (f"CREATE TABLE contacts AS {query}", "CREATE TABLE deals AS SELECT 1 AS x"):
        backend.raw_sql(statement)
    yield backend
    backend.disconnect()


def test_a_table_of_any_database_is_read_as_a_file(con: Any, tmp_path: Path, database: Any) -> None:
    file = open_table(con, database, "contacts", "file_0", tmp_path / "scratch")
    assert (file.headers, file.is_text, file.first_row) == (("Id", "Name"), False, 1)
    assert sorted(taken(con, file)) == [(1, 1, "Ann"), (2, 2, None)]
    assert file.how == f"table 'contacts' of a database ({database.name})"


def test_a_table_that_is_not_there_is_told_with_those_that_are(con: Any, tmp_path: Path, database: Any) -> None:
    told = {"contact": "'contacts' and 1 more", "zzz": "'contacts', 'deals'"}
    for name, there in told.items():
        with pytest.raises(ValueError, match=r"[.]$") as caught:
            open_table(con, database, name, "file_0", tmp_path / "scratch")
        assert str(caught.value) == f"the database has no table '{name}'; it has {there}."


def test_a_table_is_found_in_its_schema_and_its_catalog(con: Any, tmp_path: Path) -> None:
    backend = ibis.duckdb.connect()
    backend.raw_sql('CREATE SCHEMA crm; CREATE TABLE crm.contacts AS SELECT 7 AS "Id; DROP TABLE x --"')
    for number, name in enumerate(("crm.contacts", "memory.crm.contacts")):
        file = open_table(con, backend, name, f"file_{number}", tmp_path / "scratch")
        assert (file.headers, taken(con, file)) == (("Id; DROP TABLE x --",), [(1, 7)])
        assert file.how == "table 'contacts' of a database (duckdb)"
    for name in ("other.contacts", "memory.other.contacts", "contacts; DROP TABLE crm.contacts"):
        with pytest.raises(ValueError, match=r"[.]$") as caught:
            open_table(con, backend, name, "file_9", tmp_path / "scratch")
        assert str(caught.value) == f"the database has no table '{name}'; it has 'contacts'."
    backend.disconnect()


class Bare:
    """A database that cannot be asked for anything."""

    name = "bare"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def table(self, name: str, database: object = None) -> None:
        raise self.error


def test_a_database_that_cannot_be_asked_is_told_without_its_own_words(con: Any, tmp_path: Path) -> None:
    from ibis.common.exceptions import TableNotFound

    cases = {
        "the table 'contacts' cannot be opened (ConnectionError); see that the database answers, and that the columns "
        "are texts, numbers, truths, days and times.": ConnectionError("pw=secret"),
        "the database has no table 'contacts'; name one that it has.": TableNotFound("contacts"),
    }
    for told, error in cases.items():
        with pytest.raises(ValueError, match=r"[.]$") as caught:
            open_table(con, Bare(error), "contacts", "file_0", tmp_path / "scratch")
        assert str(caught.value) == told


class Slow:
    """A database whose engine cannot write files."""

    name = "slow"

    def __init__(self, backend: Any) -> None:
        self.table = backend.table

    def to_parquet(self, table: Any, path: Path) -> None:
        raise NotImplementedError


def test_a_database_that_cannot_write_files_is_read_through_memory(con: Any, tmp_path: Path) -> None:
    backend = ibis.duckdb.connect()
    backend.raw_sql("CREATE TABLE contacts AS SELECT 1 AS Id, 'Ann' AS Name")
    file = open_table(con, Slow(backend), "contacts", "file_0", tmp_path / "scratch")
    assert taken(con, file) == [(1, 1, "Ann")]
    assert file.how == "table 'contacts' of a database (slow)"
    backend.disconnect()


def test_columns_that_no_file_can_hold_are_told(con: Any, tmp_path: Path) -> None:
    backend = ibis.duckdb.connect()
    backend.raw_sql(
        "CREATE TABLE one AS SELECT 1 AS Id, {} AS Odd; CREATE TABLE two AS SELECT 1 AS a, {} AS b, {} AS c"
    )
    told = {
        "one": "the column 'Odd' (struct<>) of the table cannot be copied; make a view without it, and name that.",
        "two": "the columns 'b' (struct<>), 'c' (struct<>) of the table cannot be copied; make a view without them, "
        "and name that.",
    }
    for name, expected in told.items():
        with pytest.raises(ValueError, match=r"[.]$") as caught:
            open_table(con, backend, name, "file_0", tmp_path / "scratch")
        assert str(caught.value) == expected
    backend.disconnect()


class Gone(Slow):
    """A database that is lost between the question and the answer."""

    def table(self, name: str, database: object = None) -> Any:
        return ibis.table({"Id": "int64", "Name": "string"}, name=name)

    def __init__(self) -> None:
        pass


def test_a_table_that_cannot_be_copied_is_told(con: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"[.]$") as caught:
        open_table(con, Gone(), "contacts", "file_0", tmp_path / "scratch")
    assert str(caught.value) == (
        "the table cannot be copied out of the database (IbisError); see that there is room for it, and that it may be "
        "read."
    )
