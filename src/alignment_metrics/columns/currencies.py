"""Knows the signs and codes of currencies, and sees to it that a column of amounts has one only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import ibis

from alignment_metrics.charter.grammar import shown
from alignment_metrics.columns.labels import text

# The codes of ISO 4217.
_CODES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF
IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK
MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR
SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES
VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL
"""
CODES = frozenset(re.findall("[A-Z]{3}", _CODES))
# Where several countries share a sign it stands for that of them which writes it alone most often; only whether the
# amounts of a column can be added up hangs on it.
SIGNS = {
    "US$": "USD",
    "CA$": "CAD",
    "C$": "CAD",
    "AU$": "AUD",
    "A$": "AUD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "S$": "SGD",
    "MX$": "MXN",
    "R$": "BRL",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₽": "RUB",
    "₺": "TRY",
    "₩": "KRW",
    "₪": "ILS",
    "zł": "PLN",
    "Kč": "CZK",
}
CURRENCY = "|".join((*(re.escape(sign) for sign in SIGNS), *sorted(CODES)))
_MOST_NAMED = 5


def one_currency(
    table: ibis.Table,
    cells: Any,
    header: str,
    beside: tuple[str, str] | None,
    problems: list[str],
    *,
    signed: Any | None,
) -> str:
    """The currency of a column of amounts, as a word; empty where none is told. Several are a problem.

    Parameters
    ----------
    cells : ibis expression
        The amounts; only rows that have one are asked.
    beside : tuple of str or None
        The name and the header of the column that tells the currency, which goes before a sign in the cell.
    signed : ibis expression or None
        The sign or code in the cell; None where no cell has any.
    """
    told = [] if beside is None else [text(table[beside[0]]).upper()]
    told += [] if signed is None else [signed.nullif("")]
    if not told:
        return ""
    amounts = table.select(amount=cells, currency=ibis.coalesce(*told)).filter(lambda t: t.amount.notnull())
    rows = amounts.group_by("currency").agg(n=lambda t: t.count()).order_by(ibis.desc("n"), "currency").limit(1000)
    counts = _merged(rows.to_pyarrow().to_pylist())
    unnamed = counts.pop("", 0)
    if len(counts) > 1:
        where = f", by {shown(beside[1])}" if beside is not None and signed is None else ""
        problems.append(
            f"{shown(header)} has amounts in several currencies{where}, which cannot be added up: "
            f"{_listed(counts, unnamed)}; export it in one currency (in HubSpot, 'Amount in company currency'), or "
            f'leave it out with ignore = ["amount"] under this file\'s [[export]] in the charter.'
        )
    return next(iter(counts), "") if len(counts) == 1 else ""


def _merged(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Signs and codes of one currency together, the commonest first."""
    counts: dict[str, int] = {}
    for row in rows:
        name = SIGNS.get(row["currency"], row["currency"] or "")
        counts[name] = counts.get(name, 0) + row["n"]
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _listed(counts: Mapping[str, int], unnamed: int) -> str:
    named = [f"{one if one in CODES else shown(one)} ({n:,})" for one, n in counts.items()]
    rest = len(named) - _MOST_NAMED
    named = [*named[:_MOST_NAMED], *([f"{rest:,} more"] if rest > 0 else [])]
    if unnamed:
        named.append(f"{unnamed:,} without a currency")
    return f"{', '.join(named[:-1])} and {named[-1]}"
