"""Sets aside the rows of a table of records that cannot be used, each for the first reason that applies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import ibis

from alignment_metrics.columns.labels import hashed
from alignment_metrics.columns.names import as_read, at, blank, implausible, late, sign, unreadable
from alignment_metrics.exports.account import Account, Check, a
from alignment_metrics.exports.typed import Typed
from alignment_metrics.files import ROW, view, written

_DATED = "when created"
# What reports write where an id would stand: sums, and the notices of a vendor.
_TOTAL = r"^(grand |sub|sub |report )?totals?\b|^confidential information|^copyright (\(c\)|©)"


def keep(con: Any, account: Account, name: str, *, key: str, created: str | None = None) -> ibis.Table:
    """The rows that can be used, one a record.

    Parameters
    ----------
    key : str
        The column without which a row is of no use: in a file of leads it names them, in others it finds them.
    created : str or None
        The stage that dates a lead, in a file of leads; None in a file of deals.
    """
    typed = account.typed
    checks = [
        *_not_records(typed, key),
        *_gone(con, account, key, name),
        *(_dated(account, created) if created else ()),
    ]
    usable = account_for(con, account, typed.table, checks, f"{name}_usable")
    return _single(con, account, usable, name, key=key, created=created)


def account_for(con: Any, account: Account, table: ibis.Table, checks: Sequence[Check], name: str) -> ibis.Table:
    """What is left of ``table`` once the rows of these checks are set aside, each counted for the first it meets."""
    met = [check.condition for check in checks]
    first = [
        Check(check.code, check.column, ibis.and_(met[n], *(~one for one in met[:n])), check.text, True)
        for n, check in enumerate(checks)
    ]
    if not account.tell(table, first):
        return table
    return view(con, name, table.filter(*(~one for one in met)))


def no_records(typed: Typed, key: str) -> list[Check]:
    """Rows that are none: sums in the middle of a report, and headers of files that were glued together."""
    column = typed.table[key]
    # What a table of something else is joined by may well be called Total Energies.
    if not typed.opened.is_text or typed.export.join:
        return []
    header = typed.header(key)
    again = (column == header).fill_null(False)
    total = column.lower().re_search(_TOTAL).fill_null(False)
    return [
        Check("repeated_header", header, again, "repeat the header", True),
        Check("total_row", header, total, "hold a total or a notice in place of a record", True),
    ]


def missing_id(typed: Typed, key: str) -> Check:
    column = typed.table[key]
    return Check("missing_id", typed.header(key), column.isnull() | (column == ""), f"have no {key}", True)


def deleted(account: Account) -> Iterator[Check]:
    typed = account.typed
    if typed.has(sign("deleted")) and account.charter.treats("deleted_record") == "set_aside":
        met = typed.table[sign("deleted")]
        yield Check("deleted_record", typed.header("deleted"), met, "are marked as deleted", True)


def _not_records(typed: Typed, key: str) -> list[Check]:
    return [*no_records(typed, key), missing_id(typed, key)]


def _gone(con: Any, account: Account, key: str, name: str) -> Iterator[Check]:
    """Records that the vendor marks as deleted or merged into another one, and those typed to try a form."""
    typed, charter = account.typed, account.charter
    table = typed.table

    def aside(code: str) -> bool:
        return charter.treats(code) == "set_aside"

    yield from deleted(account)
    if aside("merged_record"):
        if typed.has(sign("merged_into")):
            text = "are marked as merged into another record"
            yield Check("merged_record", typed.header("merged_into"), table[sign("merged_into")].notnull(), text, True)
        if (lost := _merged(con, typed, key, name)) is not None:
            text = "have an id that another record lists as merged into it"
            yield Check("merged_record", typed.header("merged_ids"), table[key].isin(lost["id"]), text, True)
    if typed.has(sign("test")) and aside("test_row"):
        text = "have an e-mail address that people type to try a form"
        yield Check("test_row", typed.header("email"), table[sign("test")].fill_null(False), text, True)


def _merged(con: Any, typed: Typed, key: str, name: str) -> ibis.Table | None:
    """The ids that some record lists as its own from before a merge; None where there are none."""
    if not typed.has(sign("merged_ids")):
        return None
    table = typed.table
    listed = table.filter(table[sign("merged_ids")].notnull())
    told = listed.select(own=listed[key], id=listed[sign("merged_ids")].split(";").unnest())
    told = told.mutate(id=told["id"].strip())
    pairs = written(con, f"{name}_merged_pairs", told.filter(told["id"] != told["own"], told["id"] != "").distinct())
    # Of two that list each other, one must stay: the one whose id comes first.
    back = pairs.view()
    mutual = pairs.semi_join(back, [pairs["id"] == back["own"], pairs["own"] == back["id"]]).filter(
        lambda t: t.id < t.own
    )
    lost = written(con, f"{name}_merged", pairs.anti_join(mutual, ["own", "id"]).select("id").distinct())
    return lost if int(lost.count().to_pyarrow().as_py()) else None


def _dated(account: Account, created: str) -> list[Check]:
    """Leads that cannot be dated, or are not of the time that the audit covers."""
    typed, organisation = account.typed, account.charter.organisation
    table, header = typed.table, typed.header(created)
    found = [Check("missing_created", header, table[blank(created)], f"have no {created} date", True)]
    if typed.has(unreadable(created)):
        text = f"have {a(created)} date that cannot be read"
        found.append(Check("unreadable_created", header, table[unreadable(created)], text, True))
    if typed.has(implausible(created)):
        text = f"have {a(created)} date {account.implausible}"
        found.append(Check("implausible_created", header, table[implausible(created)].fill_null(False), text, True))
    if typed.has(late(created)):
        text = f"have {a(created)} date after {organisation.as_of.isoformat()}"
        found.append(Check("created_after_as_of", header, table[late(created)].fill_null(False), text, True))
    if organisation.since is not None:
        text = f"have {a(created)} date before {organisation.since.isoformat()}"
        found.append(Check("created_before_since", header, table[created] < organisation.since, text, True))
    return found


def _single(con: Any, account: Account, usable: ibis.Table, name: str, *, key: str, created: str | None) -> ibis.Table:
    """One row a record: of those that repeat an id, one is kept."""
    typed, charter = account.typed, account.charter
    # A deal is known by an id of its own. Where it has none, several rows of one lead are several deals of his, unless
    # they are alike in everything.
    own = "opportunity_id" if created is None and typed.has("opportunity_id") else key
    told = [own] if created or own != "lead_id" else [column for column in usable.columns if column != ROW]
    content = _content(typed)
    candidates = usable
    if created:
        candidates = usable.mutate(moment(usable, created).name(_DATED))
        latest = charter.treats("duplicate_id") == "keep_latest"
        content = [_DATED, *content]
        kept_of = f"the {'latest' if latest else 'earliest'} is kept"
    else:
        latest, kept_of = False, "one is kept"
    what = f"the {own}" if len(told) == 1 else "all that is read"
    repeats = _repeats(con, candidates, told, content, name, latest=latest)
    if repeats is not None:
        text = f"repeat {what} of another row, of which {kept_of}"
        account.tell(repeats, [Check("duplicate_id", typed.header(own), None, text, True)])
        text = "differ from the row of the same id that is kept, in what is read; set aside all the same"
        account.tell(repeats, [Check("duplicate_differs", typed.header(own), repeats["differs"], text)])
        usable = view(con, f"{name}_single", usable.anti_join(repeats, ROW))
    if created and typed.has(sign("email")):
        usable = _one_a_person(con, account, usable, created, name)
    return usable


def moment(table: ibis.Table, stage: str) -> Any:
    """When a stage was entered, to put entries in order: a bare day is earlier than any time of it."""
    day = table[stage].cast("timestamp(6)")
    return ibis.coalesce(table[at(stage)], day) if at(stage) in table.columns else day


def _one_a_person(con: Any, account: Account, table: ibis.Table, created: str, name: str) -> ibis.Table:
    """Records that share an e-mail address under several ids: counted, and only the earliest kept where so agreed."""
    typed, keep_all = account.typed, account.charter.treats("duplicate_email") == "keep"
    known = table.filter(table[sign("email")].notnull())
    shared = known.group_by(sign("email")).agg(n=lambda t: t.count()).filter(lambda t: t.n > 1)
    shared = written(con, f"{name}_shared_email", shared.select(sign("email")))
    if not int(shared.count().to_pyarrow().as_py()):
        return table
    near = known.semi_join(shared, sign("email"))
    order = [moment(near, created), near[typed.known.key if typed.has(typed.known.key) else "lead_id"], near[ROW]]
    place = ibis.row_number().over(group_by=sign("email"), order_by=order)
    more = written(con, f"{name}_same_email", near.select(ROW, place=place).filter(lambda t: t.place > 0))
    text = "have the e-mail address of another record under another id; " + (
        "each is kept as a lead of its own" if keep_all else "the earliest is kept"
    )
    check = Check("duplicate_email", typed.header("email"), None, text, not keep_all)
    account.tell(more, [check])
    return table if keep_all else view(con, f"{name}_persons", table.anti_join(more, ROW))


def _content(typed: Typed) -> list[str]:
    """The columns that tell rows of one id apart."""
    # What would have to be worked out for every row, to be compared in a few, is compared as it was read.
    plain = [name for name in typed.table.columns if name.endswith(as_read(""))]
    return plain or [name for name in typed.table.columns if name != ROW]


def _repeats(
    con: Any, usable: ibis.Table, key: Sequence[str], content: Sequence[str], name: str, *, latest: bool
) -> ibis.Table | None:
    """The rows, beyond the first, of those that are alike in ``key``, and whether each ``differs`` from the first."""
    # Numbers are told apart much faster than texts; what shares a number by chance is told apart below.
    whole = usable[key[0]] if len(key) == 1 else ibis.struct({column: usable[column] for column in key}).cast("string")
    alike = usable.select(hash=hashed(whole)).group_by("hash").agg(n=lambda t: t.count()).filter(lambda t: t.n > 1)
    shared = written(con, f"{name}_shared", alike.select("hash"))
    if not int(shared.count().to_pyarrow().as_py()):
        return None
    wanted = usable.select(ROW, *dict.fromkeys((*key, *content)), hash=hashed(whole))
    near = written(con, f"{name}_near", wanted.semi_join(shared, "hash").drop("hash"))
    # By content before position, so that the same leads in another order keep the same row.
    order = [ibis.desc(content[0]) if latest else content[0], *content[1:]]
    place = ibis.row_number().over(group_by=list(key), order_by=[*order, ROW])
    kind = ibis.dense_rank().over(group_by=list(key), order_by=order)
    placed = near.select(ROW, place=place, differs=kind > 0)
    repeats = written(con, f"{name}_repeats", placed.filter(lambda t: t.place > 0).select(ROW, "differs"))
    con.raw_sql(f"DROP TABLE {name}_near")
    return repeats if int(repeats.count().to_pyarrow().as_py()) else None
