"""What was spent on leads, by month and source: the list of spending, judged row by row, with the direction of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ibis

from alignment_metrics.charter import Charter
from alignment_metrics.charter.grammar import shown
from alignment_metrics.columns.currencies import SIGNS
from alignment_metrics.columns.names import blank, implausible, late, sign, unreadable
from alignment_metrics.crm import UNKNOWN
from alignment_metrics.exports.account import Account, Check
from alignment_metrics.exports.errors import ExportError
from alignment_metrics.exports.ledger import account_for, no_records
from alignment_metrics.exports.lists import SHARED, Kind, not_empty
from alignment_metrics.exports.origins import Origins
from alignment_metrics.exports.typed import Typed
from alignment_metrics.files import ROW, written

SPEND = Kind(
    "spend",
    {
        "month": ("month", "Day", "Date", "Period"),
        "source": ("source", "Lead source", "Channel", "Campaign source"),
        "amount": ("amount", "Spend", "Cost", "Amount spent", "Total spend"),
        "currency": ("currency", "Currency code"),
    },
    needed=(("month",), ("source",), ("amount",)),
    days=("month",),
    months=True,
)
_TABLE = "spend_sources"
_MOST_NAMED = 3


def spending(con: Any, account: Account, known: Origins) -> ibis.Table:
    """The rows that tell what was spent: the first day of their ``month``, ``source``, ``direction`` and ``amount``."""
    typed = account.typed
    if typed.has(sign("currency")) and not account.charter.organisation.currency.strip():
        _one_currency(account)
    usable = account_for(con, account, typed.table, list(_unusable(account)), f"{account.name}_usable")
    not_empty(account, usable)
    placed = _placed(con, account.charter, known, usable, account.name)
    checks = list(_oddities(account, placed))
    account.tell(placed, checks)
    lost = [check.condition for check in checks if check.set_aside]
    kept = placed.filter(*(~one for one in lost)) if lost else placed
    # What an engine cuts a day off to is a time to some of them.
    month = ibis.date(kept["month"].year(), kept["month"].month(), 1)
    told = {name: kept[name].fill_null(UNKNOWN) for name in ("source", "direction")}
    return written(con, "spend", kept.select(month=month, **told, amount=kept["amount"]))


def _unusable(account: Account) -> Iterator[Check]:
    typed = account.typed
    table, month, amount = typed.table, typed.header("month"), typed.header("amount")
    yield from no_records(typed, "source")
    last = account.charter.organisation.as_of.isoformat()[:7]
    months = {
        "missing_month": (blank, "have no month"),
        "unreadable_month": (unreadable, "have a month that cannot be read"),
        "implausible_month": (implausible, f"have a month {account.implausible}"),
        "month_after_as_of": (late, f"have a month after {last}"),
    }
    for code, (name, text) in months.items():
        if typed.has(name("month")):
            yield Check(code, month, table[name("month")].fill_null(False), text, True)
    yield Check("unreadable_amount", amount, table[unreadable("amount")], "have an amount that cannot be read", True)
    yield Check("missing_amount", amount, table["amount"].isnull(), "have no amount", True)
    if typed.has(sign("currency")) and account.charter.organisation.currency.strip():
        yield _other_currency(account, table[sign("currency")])


def _other_currency(account: Account, told: Any) -> Check:
    """Amounts in another currency than the organisation's."""
    own = account.charter.organisation.currency.strip()
    code = SIGNS.get(own, own.upper())
    alike = (code, *(shared for shared, codes in SHARED.items() if code in codes))
    header = _header(account.typed)
    text = f"have an amount in another currency than {shown(code)}, the organisation's"
    return Check("other_currency", header, told.notin(alike).fill_null(False), text, True)


def _header(typed: Typed) -> str:
    """The column that tells the currency: where there is none of its own, that of the amounts."""
    return typed.header("currency" if "currency" in typed.headers.columns else "amount")


def _one_currency(account: Account) -> None:
    """Refuse several currencies where nobody says which one is the organisation's."""
    typed = account.typed
    told = typed.table[sign("currency")]
    found = typed.table.filter(told.notnull()).select(told=told).distinct().order_by("told").limit(_MOST_NAMED)
    codes = found.to_pyarrow()["told"].to_pylist()
    if len(codes) > 1:
        raise ExportError(
            [
                f"{account.file}: {shown(_header(typed))} has several currencies, such as "
                f'{" and ".join(map(shown, codes[:2]))}, which cannot be added up; say currency = "..." under '
                f"[organisation] in the charter, and rows in others are set aside."
            ]
        )


def _placed(con: Any, charter: Charter, known: Origins, table: ibis.Table, name: str) -> ibis.Table:
    """The rows with the source and the direction that [sources] gives to what they name."""
    con.raw_sql(f"CREATE TEMPORARY TABLE {_TABLE} (word VARCHAR, told VARCHAR, direction VARCHAR, is_open BOOLEAN)")
    rows = [[word, *place] for word, place in _words(charter, known).items()]
    if rows:
        con.con.executemany(f"INSERT INTO {_TABLE} VALUES (?, ?, ?, ?)", rows)
    words = con.table(_TABLE)
    loose = words.select(loose="word", loose_told="told", loose_direction="direction", loose_open="is_open")
    named = table.rename(named="source")
    found = named.left_join(words, named["named"] == words["word"])
    found = found.left_join(loose, found["named"].lower() == loose["loose"])
    pairs = {"source": ("told", "loose_told"), "direction": ("direction", "loose_direction")}
    chosen = {one: ibis.coalesce(*(found[part] for part in parts)) for one, parts in pairs.items()}
    is_open = ibis.coalesce(found["is_open"], found["loose_open"], ibis.literal(False))
    return written(con, f"{name}_placed", found.select(ROW, "month", "named", "amount", **chosen, is_open=is_open))


def _words(charter: Charter, known: Origins) -> dict[str, tuple[str, str, bool]]:
    """What a list may call a source, and the source, direction, and whether [sources] gives it several."""
    named: dict[str, set[str]] = {}
    for one in charter.sources.values():
        named.setdefault(one.source, set()).add(one.direction)
    places = {
        source: (source, next(iter(found)) if len(found) == 1 else UNKNOWN, len(found) > 1)
        for source, found in named.items()
    }
    raw = {word: (one.source, one.direction, False) for word, one in known.listed.items()}
    return {**_small(places), **_small(raw), **places, **raw}


def _small(places: Any) -> dict[str, tuple[str, str, bool]]:
    """By their words in small letters; not those that mean different things so."""
    found: dict[str, set[Any]] = {}
    for word, place in places.items():
        found.setdefault(word.lower(), set()).add(place)
    return {word: next(iter(several)) for word, several in found.items() if len(several) == 1}


def _oddities(account: Account, placed: ibis.Table) -> Iterator[Check]:
    typed = account.typed
    header = typed.header("source")
    empty = placed["named"].isnull()
    otherwise = f"counted as {UNKNOWN}"
    yield account.treated("empty_source", header, empty, "have no source", otherwise=otherwise)
    text = "have a source that [sources] does not list"
    yield account.treated("unlisted_source", header, ~empty & placed["source"].isnull(), text, otherwise=otherwise)
    text = f"have a source that [sources] gives several directions; counted with the direction {UNKNOWN}"
    yield Check("several_directions", header, placed["is_open"], text)
    text = "have a negative amount; counted as money that came back"
    yield Check("negative_amount", typed.header("amount"), placed["amount"] < 0, text)
