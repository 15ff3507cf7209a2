"""What was spent: the month, source and direction of each row, in one currency, and what becomes of every row."""

from __future__ import annotations

import datetime as dt
import unicodedata
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pytest
from folders import charter, messages_of, read, rows_of, text_of

from alignment_metrics import findings
from alignment_metrics.columns.months import NAMES, first_days
from alignment_metrics.crm import Crm
from alignment_metrics.exports import ExportError
from alignment_metrics.findings.spend import Lost
from alignment_metrics.values import Finding

LEADS = text_of([("lead_id", "source", "lead", "won"), ("1", "Web", "2026-01-05", "2026-02-01")])
JANUARY = dt.date(2026, 1, 1)
SOURCES = {
    "Web": ("website", "inbound"),
    "Call": ("cold call", "outbound"),
    "Fair in": ("fair", "inbound"),
    "Fair out": ("fair", "outbound"),
    "Webinar": ("webinar", "inbound"),
    "WEBINAR": ("webinar by others", "outbound"),
}


def client(
    folder: Path, spend: str | bytes, *, more: str = "", currency: str = "", treatment: dict[str, str] | None = None
) -> Crm:
    plan = charter(sources=SOURCES, treatment=treatment) + more
    plan = plan.replace('name = "Acme"\n', f'name = "Acme"\ncurrency = "{currency}"\n') if currency else plan
    return read(folder, {"leads.csv": LEADS, "spend.csv": spend}, plan)


def spent(crm: Crm) -> list[tuple[Any, ...]]:
    assert crm.spend is not None
    return sorted(rows_of(crm.spend, "month", "source", "direction", "amount", by="amount"))


def refused(folder: Path, spend: str | bytes, *, more: str = "") -> list[str]:
    with pytest.raises(ExportError) as caught:
        client(folder, spend, more=more)
    return list(caught.value.problems)


def test_a_folder_without_a_list_of_spending_has_none(tmp_path: Path) -> None:
    assert read(tmp_path, {"leads.csv": LEADS}).spend is None


def test_each_row_has_its_month_its_source_and_its_direction(tmp_path: Path) -> None:
    crm = client(tmp_path, "month,source,amount\n2026-01,Web,100\n2026-02-28,Call,20.5\n2026-02-01,Web,7\n")
    assert spent(crm) == [
        (JANUARY, "website", "inbound", 100.0),
        (dt.date(2026, 2, 1), "cold call", "outbound", 20.5),
        (dt.date(2026, 2, 1), "website", "inbound", 7.0),
    ]
    assert crm.spend is not None
    assert {name: str(kind) for name, kind in crm.spend.schema().items()} == {
        "month": "date",
        "source": "string",
        "direction": "string",
        "amount": "float64",
    }
    file = crm.quality.files[1]
    assert (file.path, file.layout, file.rows_read, file.rows_kept, file.problems) == ("spend.csv", "spend", 3, 3, ())
    assert [(one.header, one.name, one.read_as) for one in file.columns] == [
        ("month", "month", "months: days, such as '2026-02-28'"),
        ("source", "source", "labels"),
        ("amount", "amount", "amounts, with a dot for decimals (decided by '20.5')"),
    ]


def test_a_month_is_read_in_every_form_that_names_one_only() -> None:
    january = ["2026-01", "202601", "2026/01", "1/2026", "01.2026", "Jan 2026", "january 2026", "Jan-26", "JAN '26"]
    others = ["2026-13", "20261", "2026", "Jan 5", "Janus 2026", "1/26", "2026-01-15", "Q1 2026"]
    words = january + others
    table = ibis.memtable({"place": range(len(words)), "word": words})
    told = rows_of(table.select("place", day=first_days(table["word"])), "place", "day", by="place")
    assert dict(told) == {place: "2026-01-01" if word in january else word for place, word in enumerate(words)}


def test_sept_is_september() -> None:
    table = ibis.memtable({"word": ["Sept 2026", "Sep 2026", "september-26"]})
    assert table.select(day=first_days(table["word"])).distinct().to_pyarrow().to_pylist() == [{"day": "2026-09-01"}]


# Whole and cut short, January to December, as Node's Intl.DateTimeFormat prints them (ICU 78.2, Unicode CLDR 48).
CLDR = {
    "de": "Januar/Jan. Februar/Feb. März/Mär April/Apr. Mai Juni/Jun Juli/Jul August/Aug. September/Sept. Oktober/Okt. "
    "November/Nov. Dezember/Dez.",
    "de-AT": "Jänner/Jän. Februar/Feb. März/Mär April/Apr. Mai Juni/Jun Juli/Jul August/Aug. September/Sep. "
    "Oktober/Okt. November/Nov. Dezember/Dez.",
    "fr": "janvier/janv. février/févr. mars avril/avr. mai juin juillet/juil. août septembre/sept. octobre/oct. "
    "novembre/nov. décembre/déc.",
    "it": "gennaio/gen febbraio/feb marzo/mar aprile/apr maggio/mag giugno/giu luglio/lug agosto/ago settembre/set "
    "ottobre/ott novembre/nov dicembre/dic",
    "es": "enero/ene febrero/feb marzo/mar abril/abr mayo/may junio/jun julio/jul agosto/ago septiembre/sept "
    "octubre/oct noviembre/nov diciembre/dic",
    "pt": "janeiro/jan. fevereiro/fev. março/mar. abril/abr. maio/mai. junho/jun. julho/jul. agosto/ago. setembro/set. "
    "outubro/out. novembro/nov. dezembro/dez.",
    "nl": "januari/jan februari/feb maart/mrt april/apr mei juni/jun juli/jul augustus/aug september/sep oktober/okt "
    "november/nov december/dec",
    "sv": "januari/jan. februari/feb. mars april/apr. maj juni juli augusti/aug. september/sep. oktober/okt. "
    "november/nov. december/dec.",
    "en": "January/Jan February/Feb March/Mar April/Apr May June/Jun July/Jul August/Aug September/Sep October/Oct "
    "November/Nov December/Dec",
}


@pytest.mark.parametrize("language", CLDR)
@pytest.mark.parametrize("form", ["{} 2026", "{} de 2026", "{}-26", "{}/26", "{} '26", "{}. 2026"])
def test_months_are_read_in_the_languages_of_europe(language: str, form: str) -> None:
    words = [
        (form.format(cased), f"2026-{month:02}-01")
        for month, names in enumerate(CLDR[language].split(), start=1)
        for name in names.split("/")
        for cased in (name, name.upper(), unicodedata.normalize("NFD", name))
        if not (name.endswith(".") and form.startswith("{}."))
    ]
    table = ibis.memtable({"place": range(len(words)), "word": [word for word, _ in words]})
    told = rows_of(table.select("place", day=first_days(table["word"])), "place", "day", by="place")
    assert dict(told) == {place: day for place, (_, day) in enumerate(words)}


def test_no_word_names_two_months() -> None:
    words = [word for names in NAMES for word in names.split()]
    assert len(words) == len(set(words))
    assert all(word.isascii() and word.islower() for word in words)


def test_a_list_of_spending_may_name_its_months_in_german(tmp_path: Path) -> None:
    crm = client(tmp_path, "Monat;Kanal;Kosten\nJänner 2026;Web;1\nMärz 2026;Web;2\nMai 2026;Web;4\n", more=(
        '[spend.columns]\nmonth = "Monat"\nsource = "Kanal"\namount = "Kosten"\n'
    ))  # fmt: skip
    assert [(month.month, amount) for month, _, _, amount in spent(crm)] == [(1, 1.0), (3, 2.0), (5, 4.0)]
    assert messages_of(crm, 1) == []


@pytest.mark.parametrize("day", ["DATE '2026-01-15'", "TIMESTAMP '2026-01-15 00:00:00'", "202601", "'2026-01'"])
def test_a_typed_file_tells_months_as_it_can(tmp_path: Path, day: str) -> None:
    rows = f"SELECT {day} AS month, 'Web' AS source, 12 AS amount FROM range(2)"
    duckdb.sql(f"COPY ({rows}) TO '{tmp_path / 'spend.parquet'}' (FORMAT parquet)")
    more = '[spend]\nfile = "spend.parquet"\ntimezone = "Europe/Paris"\n'
    crm = read(tmp_path, {"leads.csv": LEADS}, charter() + more)
    assert spent(crm) == [(JANUARY, "website", "inbound", 12.0)] * 2


def test_a_source_is_known_by_its_raw_value_its_name_and_in_any_case(tmp_path: Path) -> None:
    words = ["Web", "web", "website", "WEBSITE", "Webinar", "WEBINAR", "webinar", "Fair in", "fair"]
    crm = client(tmp_path, text_of([("month", "source", "amount"), *(("2026-01", w, n) for n, w in enumerate(words))]))
    assert [(source, direction) for _, source, direction, _ in sorted(spent(crm), key=lambda row: row[3])] == [
        *[("website", "inbound")] * 4,
        ("webinar", "inbound"),
        ("webinar by others", "outbound"),
        ("webinar", "inbound"),
        ("fair", "inbound"),
        ("fair", "unknown"),
    ]
    assert messages_of(crm, 1) == [
        "1 row has a source that [sources] gives several directions; counted with the direction unknown (row 10)."
    ]


def test_a_source_is_known_in_the_forms_of_its_vendor(tmp_path: Path) -> None:
    leads = text_of(
        [("Record ID", "Original Source", "Create Date", "Won"), ("1", "Offline Sources", "2026-01-05", "")]
    )
    plan = charter(
        {"file": "leads.csv", "layout": "hubspot-contacts", "columns": {"won": "Won"}},
        sources={"ORGANIC_SEARCH": ("search", "inbound"), "OFFLINE": ("offline", "outbound")},
    )
    spend = "month,source,amount\n2026-01,Organic Search,1\n2026-01,Offline Sources,2\n2026-01,OFFLINE,3\n"
    crm = read(tmp_path, {"leads.csv": leads, "spend.csv": spend}, plan)
    assert [row[1:] for row in spent(crm)] == [
        ("offline", "unknown", 2.0),
        ("offline", "unknown", 3.0),
        ("search", "inbound", 1.0),
    ]


def test_what_is_not_listed_counts_as_unknown_or_is_set_aside_as_leads_are(tmp_path: Path) -> None:
    spend = "month,source,amount\n2026-01,Fax,1\n2026-01,,2\n2026-01,Web,3\n"
    crm = client(tmp_path, spend)
    assert [row[1:] for row in spent(crm)] == [
        ("unknown", "unknown", 1.0),
        ("unknown", "unknown", 2.0),
        ("website", "inbound", 3.0),
    ]
    assert messages_of(crm, 1) == [
        "1 row has no source; counted as unknown (row 3).",
        "1 row has a source that [sources] does not list; counted as unknown (row 2).",
    ]
    crm = client(tmp_path, spend, treatment={"empty_source": "set_aside", "unlisted_source": "set_aside"})
    assert [row[1:] for row in spent(crm)] == [("website", "inbound", 3.0)]
    assert crm.quality.files[1].rows_set_aside == 2


def test_every_row_that_cannot_be_used_is_set_aside_for_its_first_reason(tmp_path: Path) -> None:
    rows = [
        ("Period", "Channel", "Cost"),
        ("", "Web", "1"),
        ("spring", "Web", "1"),
        ("1899-12", "Web", "1"),
        ("2026-07", "Web", "1"),
        ("2026-01", "Web", "a lot"),
        ("2026-01", "Web", "9" * 400),
        ("2026-01", "Web", ""),
        ("Period", "Channel", "Cost"),
        ("2026-01", "Total", "99"),
        ("2026-06-30", "Web", "-5"),
    ]
    crm = client(tmp_path, text_of(rows))
    assert spent(crm) == [(dt.date(2026, 6, 1), "website", "inbound", -5.0)]
    assert messages_of(crm, 1) == [
        "1 row has a month before 1990; set aside (row 4).",
        "1 row has no amount; set aside (row 8).",
        "1 row has no month; set aside (row 2).",
        "1 row has a month after 2026-06; set aside (row 5).",
        "1 row repeats the header; set aside (row 9).",
        "1 row holds a total or a notice in place of a record; set aside (row 10).",
        "2 rows have an amount that cannot be read; set aside (rows 6, 7).",
        "1 row has a month that cannot be read; set aside (row 3).",
        "1 row has a negative amount; counted as money that came back (row 11).",
    ]
    file = crm.quality.files[1]
    assert (file.rows_read, file.rows_kept) == (10, 1)


def costs(folder: Path, spend: str) -> tuple[Finding, Finding]:
    """What the audit says of costs by direction and by source, of leads of which a fifth is won."""
    rows = [("lead_id", "source", "lead", "won")]
    for n in range(200):
        rows.append((str(n), ("Web", "Call")[n % 2], f"2025-09-{n % 28 + 1:02}", "2025-10-20" if n < 40 else ""))
    plan = charter(sources=SOURCES).replace('name = "Acme"\n', 'name = "Acme"\ncurrency = "EUR"\n')
    crm = read(folder, {"leads.csv": text_of(rows), "spend.csv": spend}, plan)
    found = {one.code: one for name in ("inbound_vs_outbound", "sources") for one in findings.audit(crm, only=name)}
    return found["inbound_vs_outbound.cost"], found["sources.cost"]


PAID = "month,source,amount,currency\n" + "2025-09,Web,10,\n2025-09,Call,10,\n" * 49  # 98 rows
CUT = 'what was spent is that much more than is counted here. See "What was read".'
UNKNOWN = 'so what was spent is not known; see "What was read".'


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("", ""),
        ("someday,Web,10,\n", "1 of 99 rows of spend.csv could not be read; "),
        ("2025-09,Web,a lot,\n2025-09,Web,,\n", "2 of 100 rows of spend.csv could not be read; "),
        ("2025-09,Web,10,USD\n", "1 of 99 rows of spend.csv is in another currency; "),
        ("2025-09,Web,10,USD\n,Web,10,\n",
         "1 of 100 rows of spend.csv could not be read and 1 is in another currency; "),
        # A budget for months to come, a sum and a second header tell of no money that was spent.
        ("2026-08,Web,10,\n" * 60 + "2025-09,Total,9,\nmonth,source,amount,currency\n", ""),
    ],
    ids=["none", "one", "one in fifty", "foreign", "both", "no money"],
)  # fmt: skip
def test_money_that_could_not_be_counted_is_told_beside_what_a_won_lead_costs(
    tmp_path: Path, more: str, told: str
) -> None:
    for finding in costs(tmp_path, PAID + more):
        assert finding.verdict in ("measured", "no_difference_shown")
        assert [note for note in finding.notes if "What was read" in note] == ([f"{told}{CUT}"] if told else [])


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("someday,Web,10,\n" * 3, "3 of 101 rows of spend.csv could not be read, "),
        (",Web,10,\n1899-01,Web,10,\n2025-09,Web,x,\n", "3 of 101 rows of spend.csv could not be read, "),
        ("2025-09,Web,10,USD\n" * 1200, "1,200 of 1,298 rows of spend.csv are in another currency, "),
        ("2025-09,Web,,\n2025-09,Web,10,USD\n" * 2,
         "2 of 102 rows of spend.csv could not be read and 2 are in another currency, "),
        # What is set aside for another reason makes no room for more.
        ("someday,Web,10,\n" * 3 + "2026-08,Web,10,\n" * 900, "3 of 101 rows of spend.csv could not be read, "),
    ],
    ids=["months", "all kinds", "foreign", "both", "diluted"],
)  # fmt: skip
def test_more_than_one_row_in_fifty_that_could_not_be_counted_leaves_every_cost_untold(
    tmp_path: Path, more: str, told: str
) -> None:
    for finding in costs(tmp_path, PAID + more):
        assert (finding.verdict, finding.because) == ("not_enough_data", f"{told}{UNKNOWN}")
        assert finding.estimates == ()


def test_nothing_is_lost_of_a_list_that_is_not_there(tmp_path: Path) -> None:
    lost = Lost.of(read(tmp_path, {"leads.csv": LEADS}))
    assert (lost.refusal, lost.notes) == ("", ())


def test_a_month_that_the_snapshot_cuts_counts_whole(tmp_path: Path) -> None:
    plan = charter(as_of="2026-02-10")
    spend = "month,source,amount\n2026-02,Web,1\n2026-02-28,Web,2\n2026-03-01,Web,4\n"
    crm = read(tmp_path, {"leads.csv": LEADS, "spend.csv": spend}, plan)
    assert [amount for *_, amount in spent(crm)] == [1.0, 2.0]
    assert messages_of(crm, 1) == ["1 row has a month after 2026-02; set aside (row 4)."]


@pytest.mark.parametrize(
    ("currency", "kept"),
    [
        ("EUR", ["EUR", "eur", "€", ""]),
        ("€", ["EUR", "eur", "€", ""]),
        ("USD", ["USD", "$", "US$", ""]),
        ("CAD", ["$", "CAD", "C$", ""]),
        ("JPY", ["¥", ""]),
    ],
)
def test_amounts_in_another_currency_are_set_aside(tmp_path: Path, currency: str, kept: list[str]) -> None:
    words = ["EUR", "eur", "€", "USD", "$", "US$", "CAD", "C$", "¥", "", "beads"]
    rows = [("2026-01", "Web", n, word) for n, word in enumerate(words)]
    crm = client(tmp_path, text_of([("month", "source", "amount", "currency"), *rows]), currency=currency)
    assert [words[int(amount)] for *_, amount in spent(crm)] == kept
    code = "EUR" if currency == "€" else currency
    (message,) = messages_of(crm, 1)
    assert message.startswith(
        f"{11 - len(kept)} rows have an amount in another currency than '{code}', the organisation's; set aside (rows "
    )


def test_the_sign_in_a_cell_tells_its_currency_where_no_column_does(tmp_path: Path) -> None:
    spend = "month;source;amount;currency\n2026-01;Web;5 €;\n2026-01;Web;$6;\n2026-01;Web;$7;EUR\n2026-01;Web;8;\n"
    crm = client(tmp_path, spend, currency="EUR")
    assert [amount for *_, amount in spent(crm)] == [5.0, 7.0, 8.0]
    assert messages_of(crm, 1) == [
        "1 row has an amount in another currency than 'EUR', the organisation's; set aside (row 3)."
    ]


def test_one_currency_is_enough_where_the_charter_tells_none(tmp_path: Path) -> None:
    crm = client(tmp_path, "month,source,amount,currency\n2026-01,Web,5,EUR\n2026-01,Web,6,\n")
    assert [amount for *_, amount in spent(crm)] == [5.0, 6.0]


def test_the_charter_may_name_the_file_its_columns_and_how_it_is_written(tmp_path: Path) -> None:
    more = '[spend]\nfile = "costs.csv"\ndecimal = ","\n'
    more += '[spend.columns]\nmonth = "Monat"\nsource = "Kanal"\namount = "Kosten"\n'
    files = {"leads.csv": LEADS, "costs.csv": "Monat;Kanal;Kosten\n2026-01;Web;1,200\n"}
    crm = read(tmp_path, files, charter() + more)
    assert spent(crm) == [(JANUARY, "website", "inbound", 1.2)]
    assert crm.quality.files[1].because == "named in the charter"


REFUSED: list[tuple[str | bytes, str, list[str]]] = [
    (
        "Month,Total\n2026-01,5\n",
        "",
        [
            "no column for source (expected 'source', 'Lead source', 'Channel' and 1 more); the file has 'Month', "
            "'Total'. Name it under [spend.columns] in the charter, or take the file out of the folder.",
            "no column for amount (expected 'amount', 'Spend', 'Cost' and 2 more); the file has 'Month', 'Total'. Name "
            "it under [spend.columns] in the charter, or take the file out of the folder.",
        ],
    ),
    (
        'month,source,amount\n01/02/2026,Web,"1,200"\n',
        "",
        [
            "'month': 1 date reads both ways, such as '01/02/2026' (1 February or 2 January); say day_first = true or "
            "false under [spend] in the charter.",
            "'amount': 1 amount reads both ways, such as '1,200' (1200 or 1.200); say decimal = \".\" or decimal = "
            '"," under [spend] in the charter.',
        ],
    ),
    (
        "month,source,amount\n2026-01,Web,€ 5\n2026-01,Web,£ 5\n",
        "",
        [
            "'amount' has several currencies, such as 'EUR' and 'GBP', which cannot be added up; say currency = "
            '"..." under [organisation] in the charter, and rows in others are set aside.'
        ],
    ),
    ("", "", ["the file is empty; export it again."]),
    (
        "month,source,amount\n",
        "",
        [
            "not one usable row in 0 rows. It has a header and nothing below it. Correct it, or take the file out of "
            "the folder."
        ],
    ),
    (
        "month,source,amount\n2026-01,Web," + "x" * 10_000_000 + "\n",
        "",
        [
            "line 2 is longer than two million characters, as if a quote were never closed; correct it, or export the "
            "file again."
        ],
    ),
]


@pytest.mark.parametrize(("spend", "more", "expected"), REFUSED)
def test_a_list_that_cannot_be_read_is_refused_in_a_sentence(
    tmp_path: Path, spend: str | bytes, more: str, expected: list[str]
) -> None:
    assert refused(tmp_path, spend, more=more) == [f"spend.csv: {one}" for one in expected]


def test_what_a_stranger_typed_stays_text(tmp_path: Path) -> None:
    typed = ['=HYPERLINK("x")', "<script>alert(1)</script>", "'); DROP TABLE journeys; --", "\u202egro"]
    rows = [("month", "source", "amount"), *(("2026-01", one, "1") for one in typed), ("2026-01", "Web", "=1+1")]
    crm = client(tmp_path, text_of([*rows, ("2026-01", "Web", "2")]))
    assert spent(crm) == [*[(JANUARY, "unknown", "unknown", 1.0)] * 4, (JANUARY, "website", "inbound", 2.0)]
    assert messages_of(crm, 1) == [
        "1 row has an amount that cannot be read; set aside (row 6).",
        "4 rows have a source that [sources] does not list; counted as unknown (rows 2, 3, 4, 5).",
    ]


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_tells_how_the_list_is_encoded(tmp_path: Path, codec: str) -> None:
    crm = client(tmp_path, "month\tsource\tamount\n2026-01\tWeb\t5\n".encode(codec))
    assert spent(crm) == [(JANUARY, "website", "inbound", 5.0)]
