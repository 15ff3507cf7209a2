"""Amounts: money in the forms seen, decided from the whole column, and never in several currencies."""

from __future__ import annotations

from typing import Any

import ibis
import pytest

from alignment_metrics.charter import Export
from alignment_metrics.columns.amounts import amount


def read(
    cells: list[Any], *, decimal: str | None = None, currencies: list[str | None] | None = None, kind: str = "VARCHAR"
) -> tuple[str, list[str], list[float | None], int]:
    """How a column was read, what must be settled first, each amount, and how many cells are unreadable."""
    con = ibis.duckdb.connect()
    con.con.execute(f"CREATE TEMPORARY TABLE raw (row BIGINT, c {kind}, d VARCHAR)")
    for number, cell in enumerate(cells):
        con.con.execute("INSERT INTO raw VALUES (?, ?, ?)", [number, cell, currencies[number] if currencies else None])
    table, problems = con.table("raw"), list[str]()
    beside = ("d", "Currency") if currencies else None
    one = amount(table, "c", "Amount", Export("deals.csv", decimal=decimal), problems, currency=beside)
    unreadable = ibis.literal(False) if one.unreadable is None else one.unreadable
    rows = table.select("row", told=one.cells, bad=unreadable).order_by("row").to_pyarrow().to_pylist()
    return one.how, problems, [row["told"] for row in rows], sum(row["bad"] for row in rows)


COLUMNS: list[tuple[list[str | None], list[float | None], str]] = [
    (["6000", "7", None, ""], [6000, 7, None, None], "amounts"),
    (["6000", "-6.5"], [6000, -6.5], "amounts, with a dot for decimals (decided by '-6.5')"),
    (["$1,117.10K", "$2K"], [1117100, 2000], "amounts in USD, with a dot for decimals (decided by '$1,117.10K')"),
    (["1.2M", "3B", "4 k"], [1.2e6, 3e9, 4e3], "amounts, with a dot for decimals (decided by '1.2M')"),
    (
        ["R$ 100.000", "R$ 2,50"],
        [100000, 2.5],
        "amounts in BRL, with a comma for decimals (decided by 'R$ 2,50')",
    ),
    (["45.000,00"], [45000], "amounts, with a comma for decimals (decided by '45.000,00')"),
    (["€ 12 500", "€ 12\u202f500", "1\u00a0000 000 €"], [12500, 12500, 1e6], "amounts in EUR"),
    (
        ["CHF 1'250.50", "CHF 1’250"],
        [1250.5, 1250],
        'amounts in CHF, with a dot for decimals (decided by "CHF 1\'250.50")',
    ),
    (
        ["(1,250.00)", "($3)", "$(4)", "-$5", "$ -6", "−7"],
        [-1250, -3, -4, -5, -6, -7],
        "amounts in USD, with a dot for decimals (decided by '(1,250.00)')",
    ),
    (["EUR 100", "100 EUR", "7"], [100, 100, 7], "amounts in EUR"),
    (["12,34,567.00"], [1234567], "amounts, with a dot for decimals (decided by '12,34,567.00')"),
    (["$1", "US$2", "USD 3"], [1, 2, 3], "amounts in USD"),
    (["100 KWD", "2K KWD"], [100, 2000], "amounts in KWD"),
    (["-", "$ -", "-  €", "5"], [None, None, None, 5], "amounts"),
    (["  8 ", "\u00a09\u00a0"], [8, 9], "amounts"),
    ([None, ""], [None, None], "empty"),
]


@pytest.mark.parametrize(("cells", "told", "how"), COLUMNS)
def test_money_is_read_in_the_forms_seen(cells: list[str | None], told: list[float | None], how: str) -> None:
    assert read(cells) == (how, [], pytest.approx(told), 0)


@pytest.mark.parametrize(
    "word", ["1e3", "nan", "inf", "x", "5m", "100 TBD", "1 2", "(5", "5)", "--5", "12.34.56", "=1+1", "$", "K", "1,2,3"]
)
def test_what_is_no_amount_is_unreadable(word: str) -> None:
    _, problems, told, unreadable = read(["1,234.50", word])
    assert (problems, told, unreadable) == ([], [1234.5, None], 1)


def test_three_amounts_are_shown_in_both_readings_where_both_fit() -> None:
    assert read(["1,234", "$5,678", "1,234", "9,100", "9,200"])[1] == [
        "'Amount': 5 amounts read both ways, such as '$5,678' (5678 or 5.678), '1,234' (1234 or 1.234) and '9,100' "
        '(9100 or 9.100); say decimal = "." or decimal = "," in the charter.'
    ]
    assert read(["1.234"])[1] == [
        "'Amount': 1 amount reads both ways, such as '1.234' (1234 or 1.234); say decimal = \".\" or decimal = \",\" "
        "in the charter."
    ]


def test_the_charter_settles_what_reads_both_ways_and_what_is_mixed() -> None:
    assert read(["1.234"], decimal=",")[:3] == ("amounts, with a comma for decimals (from the charter)", [], [1234.0])
    assert read(["1.234"], decimal=".")[:3] == ("amounts, with a dot for decimals (from the charter)", [], [1.234])
    assert read(["1,5", "1.5"])[1] == [
        "'Amount' mixes amounts with a comma for decimals and amounts with a dot, such as '1,5' and '1.5'; say "
        'decimal = "." or decimal = "," in the charter.'
    ]
    # The other half is not misread in silence.
    assert read(["1,5", "1.5"], decimal=",")[1:] == ([], [1.5, None], 1)


def test_a_charter_that_no_amount_agrees_with_is_told() -> None:
    assert read(["1.234,50"], decimal=".")[1] == [
        "'Amount' has amounts that decimal = \".\" cannot read, such as '1.234,50'; correct decimal in the charter."
    ]


REMEDY = (
    "export it in one currency (in HubSpot, 'Amount in company currency'), or leave it out with ignore = [\"amount\"] "
    "under this file's [[export]] in the charter."
)


def test_several_currencies_are_counted() -> None:
    assert read(["€ 1", "2 EUR", "$3", "USD 4", "US$5", "R$ 6", "C$ 7", "A$ 8", "9", "x"])[1] == [
        "'Amount' has amounts in several currencies, which cannot be added up: USD (3), EUR (2), AUD (1), BRL (1), "
        f"CAD (1) and 1 without a currency; {REMEDY}"
    ]


def test_the_column_beside_an_amount_tells_its_currency() -> None:
    assert read(["1", "2", None, "$4"], currencies=["EUR", "eur", "USD", ""])[1] == [
        f"'Amount' has amounts in several currencies, which cannot be added up: EUR (2) and USD (1); {REMEDY}"
    ]
    told = read(["1", "2", "3", None], currencies=["EUR", "usd", "", "GBP"])[1]
    assert told == [
        "'Amount' has amounts in several currencies, by 'Currency', which cannot be added up: EUR (1), USD (1) and 1 "
        f"without a currency; {REMEDY}"
    ]
    assert read(["$1", "2"], currencies=["CAD", "CAD"])[:3] == ("amounts in CAD", [], [1, 2])


def test_numbers_of_a_typed_file_are_taken_as_they_are() -> None:
    assert read([1.5, float("nan"), float("inf"), None], kind="DOUBLE") == ("numbers", [], [1.5, None, None, None], 0)
    how, problems, *_ = read([1, 2], kind="BIGINT", currencies=["EUR", "EUR"])
    assert (how, problems) == ("numbers in EUR", [])
    assert len(read([1, 2], kind="BIGINT", currencies=["EUR", "USD"])[1]) == 1


def test_what_strangers_typed_as_a_currency_is_shown_short() -> None:
    (message,) = read(["1", "2"], currencies=["x" * 5000 + "\u202e", "EUR"])[1]
    assert message.isprintable()
    assert len(message) < 400
