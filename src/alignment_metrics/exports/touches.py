"""When somebody tried to reach a lead: the list of attempts, judged row by row, and how long each lead waited."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ibis

from alignment_metrics.charter import Charter
from alignment_metrics.charter.grammar import shown
from alignment_metrics.columns import ids
from alignment_metrics.columns.names import at, blank, implausible, late, sign, unreadable
from alignment_metrics.crm import NEVER, answer
from alignment_metrics.exports.account import Account, Check
from alignment_metrics.exports.assemble import Assembled
from alignment_metrics.exports.errors import ExportError
from alignment_metrics.exports.ledger import account_for, missing_id, no_records
from alignment_metrics.exports.lists import Kind, not_empty
from alignment_metrics.exports.oddities import clock_changes
from alignment_metrics.exports.roles import key_of, tells
from alignment_metrics.files import ROW, written

_AT = "at"
# What names an activity's own record, as "Record ID" does in some exports, stands last.
TOUCHES = Kind(
    "touches",
    {
        "lead_id": (
            *("lead_id", "Lead ID", "LeadId", "WhoId", "who_id", "Who ID", "Name ID", "Contact ID", "contact_id"),
            *("Associated Contact IDs", "Associated Contact ID", "Associated Lead IDs", "Lead or contact ID"),
            *("ID du lead", "ID de la piste", "ID du contact", "Identifiant du contact", "ID prospect"),
            *("Lead-ID", "Kontakt-ID", "ID des Leads", "ID des Kontakts"),
            *("ID lead", "ID contatto", "ID del contatto"),
            *("リードID", "リード ID", "コンタクトID", "コンタクト ID", "取引先責任者 ID"),
            *("Record ID", "record_id", "Datensatz-ID", "ID record", "レコードID"),
        ),
        _AT: (
            *(_AT, "Completed at", "CompletedDateTime", "completed_date_time", "Completed Date/Time", "Completed Date"),
            *("ActivityDateTime", "activity_date_time", "StartDateTime", "start_date_time", "hs_timestamp"),
            *("property_hs_timestamp", "Activity date and time", "Date/Time", "Date and time", "Timestamp"),
            *("Activity Date", "ActivityDate", "activity_date", "Touched at", "Touched on", "Called at", "Date"),
            *("Date et heure", "Horodatage", "Date d'activité", "Date de l'activité"),
            *("Datum und Uhrzeit", "Zeitstempel", "Zeitpunkt", "Aktivitätsdatum", "Datum der Aktivität", "Datum"),
            *("Data e ora", "Data attività", "Data dell'attività", "Data"),
            *("活動日時", "完了日時", "日時", "活動日", "日付"),
        ),
    },
    needed=(("lead_id",), (_AT,)),
    days=(_AT,),
)
# What parts the ids of a cell that names everybody who was written to at once.
_SEVERAL = ";"
# So many times a record may have been merged into another that was merged in its turn.
_MERGES = 3


def add_touches(
    con: Any, account: Account, assembled: Assembled, journeys: ibis.Table
) -> tuple[ibis.Table, ibis.Table]:
    """The attempts whose lead is known, and ``journeys`` with ``answer(stage)`` where hours are asked for.

    An answer is the first attempt at or after the entry into a stage. One that is told without seconds may have been up
    to a minute later.
    """
    usable = account_for(con, account, account.typed.table, list(_unusable(account)), f"{account.name}_usable")
    not_empty(account, usable)
    account.tell(usable, list(clock_changes(account, usable, _AT, "a time")))
    found = _named(con, account, usable, _known(con, assembled, account.charter, journeys))
    _tell_strangers(account, usable, found)
    touches = written(con, "touches", found.select(row=found["lead"], at=found["at"], day=found["day"]))
    waits: dict[str, ibis.Table] = {}
    for number, stage in enumerate(in_hours(account.charter)):
        clock = _clock(con, assembled.entries, journeys, account.charter, stage, f"clock_{number}")
        if not number:
            _tell_early(account, found, journeys, clock)
        waits[stage] = _waits(con, touches, clock, journeys, stage, f"waits_{number}")
    return touches, _written_beside(con, journeys, waits)


def in_hours(charter: Charter) -> tuple[str, ...]:
    """The stages from which on it is asked how many hours passed until the first attempt."""
    goals = charter.agreement.goals if charter.agreement is not None else ()
    asked = (goal.start for goal in goals if goal.kind == "speed" and goal.stop is None and goal.within_hours)
    return tuple(dict.fromkeys((charter.funnel.first, *asked)))


def _unusable(account: Account) -> Iterator[Check]:
    typed, as_of = account.typed, account.charter.organisation.as_of.isoformat()
    table, header = typed.table, typed.header(_AT)
    yield from no_records(typed, "lead_id")
    yield missing_id(typed, "lead_id")
    times = {
        "missing_time": (blank, "have no time"),
        "unreadable_time": (unreadable, "have a time that cannot be read"),
        "implausible_time": (implausible, f"have a time {account.implausible}"),
        "time_after_as_of": (late, f"have a time after {as_of}"),
    }
    for code, (name, text) in times.items():
        if typed.has(name(_AT)):
            yield Check(code, header, table[name(_AT)].fill_null(False), text, True)


def _known(con: Any, assembled: Assembled, charter: Charter, journeys: ibis.Table) -> ibis.Table:
    """The row of the lead that each id stands for: its own or, of a record merged into another, that of the other."""
    known = journeys.select(id="lead_id", lead=ROW)
    main = next(one for one in assembled.accounts if tells(one.typed, charter.funnel.first))
    typed, parts = main.typed, []
    if typed.has(sign("merged_into")):
        gone = typed.table.filter(typed.table[sign("merged_into")].notnull())
        own = ids.read(gone[sign("merged_into")], salesforce=typed.known.salesforce_ids)
        parts.append(gone.select(id=gone[key_of(typed)], own=own))
    if typed.has(sign("merged_ids")) and not typed.known.events and charter.treats("merged_record") == "set_aside":
        parts.append(con.table(f"{main.name}_merged_pairs").select("id", "own"))
    for hop in range(_MERGES if parts else 0):
        merged = ibis.union(*parts) if len(parts) > 1 else parts[0]
        new = merged.anti_join(known, "id").inner_join(known.select(own="id", lead="lead"), "own")
        found = written(con, f"merged_{hop}", new.group_by("id").agg(lead=new["lead"].min()))
        if not int(found.count().to_pyarrow().as_py()):
            break
        known = ibis.union(known, found)
    return known


def _named(con: Any, account: Account, usable: ibis.Table, known: ibis.Table) -> ibis.Table:
    """One row an attempt and lead: the ``row`` of the list, that of the ``lead``, ``at`` and ``day``."""
    instant = usable[at(_AT)] if account.typed.has(at(_AT)) else ibis.null("timestamp(6)")
    told = usable.select(ROW, id=usable["lead_id"], at=instant.cast("timestamp(6)"), day=usable[_AT])
    if bool(told.agg(any=told["id"].contains(_SEVERAL).any()).to_pyarrow()["any"][0].as_py()):
        parts = told["id"].split(_SEVERAL).map(lambda one: one.strip())
        told = told.mutate(id=parts).unnest("id")
    return written(con, f"{account.name}_named", told.inner_join(known, "id").select(ROW, "lead", "at", "day"))


def _tell_strangers(account: Account, usable: ibis.Table, found: ibis.Table) -> None:
    """Set the attempts aside whose lead nobody knows; where that is all of them, the list is of something else."""
    header = account.typed.header("lead_id")
    others = usable.anti_join(found, ROW)
    account.tell(others, [Check("no_lead", header, None, "have a lead_id that no lead has", True)])
    if int(found.limit(1).count().to_pyarrow().as_py()):
        return
    rows = int(others.count().to_pyarrow().as_py())
    example = shown(others.agg(one=others["lead_id"].min()).to_pyarrow()["one"][0].as_py())
    told = f"none of {rows:,} rows is" if rows > 1 else "its only row is not"
    raise ExportError(
        [
            f"{account.file}: {told} of a lead of this export, such as {example} in {shown(header)}; name the column "
            f"that has the lead's own id under [touches.columns] in the charter, or take the file out of the folder."
        ]
    )


def _clock(con: Any, entries: ibis.Table, journeys: ibis.Table, charter: Charter, stage: str, name: str) -> ibis.Table:
    """Of each lead whose entry counts and is known to the second, its ``row`` and the ``instant``."""
    exact = entries.filter(entries["stage"] == stage, entries["exact"])
    leads = journeys.select(ROW, "lead_id", day=journeys[stage])
    near = exact.select("lead_id", "day", "at").inner_join(leads, ["lead_id", "day"])
    instant = near["at"].max() if charter.funnel.entry == "last" else near["at"].min()
    return written(con, name, near.group_by(ROW).agg(instant=instant))


def _tell_early(account: Account, found: ibis.Table, journeys: ibis.Table, clock: ibis.Table) -> None:
    """Attempts from before the lead came: of an older record of the person, or of a call that made the lead."""
    created = account.charter.funnel.first
    days = journeys.select(lead=ROW, came=journeys[created])
    near = found.inner_join(days, "lead").left_join(clock.select(lead=ROW, instant="instant"), "lead")
    early = (near["day"] < near["came"]) | ~_since(near["at"], near["instant"]).fill_null(True)
    rows = near.select(ROW, early=early).filter(lambda t: t.early).select(ROW).distinct()
    text = f"have a time before the {created} date of the lead; kept, and no answer to it"
    account.tell(rows, [Check("touch_before_lead", account.typed.header(_AT), None, text)])


def _since(touched: Any, instant: Any) -> Any:
    """Whether an attempt is from ``instant`` on, or may be where it is told without seconds."""
    minute = touched.truncate("m")
    return (touched >= instant) | ((touched == minute) & (minute >= instant.truncate("m")))


def _waits(con: Any, touches: ibis.Table, clock: ibis.Table, journeys: ibis.Table, stage: str, name: str) -> ibis.Table:
    """The seconds from the entry into ``stage`` to the first attempt, of each lead of which they are known."""
    both = touches.inner_join(clock, ROW).inner_join(journeys.select(ROW, came=journeys[stage]), ROW)
    exact = _since(both["at"], both["instant"]).fill_null(False)
    blurred = both["at"].isnull() & (both["day"] >= both["came"])
    first = both.group_by(ROW).agg(
        first=both["at"].min(where=exact), day=both["day"].min(where=exact), blurred=both["day"].min(where=blurred)
    )
    told = clock.left_join(first, ROW)
    seconds = ibis.greatest(told["first"].delta(told["instant"], unit="second"), 0)
    # Whoever was first reached on a day that may be earlier than the first known hour waited nobody knows how long.
    unknown = told["blurred"].notnull() & (told["day"].isnull() | (told["blurred"] <= told["day"]))
    waited = told["first"].isnull().ifelse(ibis.literal(NEVER, "int64"), seconds)
    return written(con, name, told.filter(~unknown).select(ROW, waited=waited))


def _written_beside(con: Any, journeys: ibis.Table, waits: dict[str, ibis.Table]) -> ibis.Table:
    """``journeys`` with a column of these for each stage."""
    found = journeys
    for stage, table in waits.items():
        told = table.select(ROW, **{answer(stage): table["waited"]})
        found = found.left_join(told, ROW).select(*(found[name] for name in found.columns), told[answer(stage)])
    written(con, "journeys_touched", found)
    con.raw_sql("DROP TABLE journeys")
    con.raw_sql("ALTER TABLE journeys_touched RENAME TO journeys")
    return con.table("journeys")
