"""What people answered: the filled-in survey, judged row by row, as one row an answer.

Of a person it holds the team and nothing else: what a form adds, such as names and comments, is never read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import ibis

from alignment_metrics.charter import ITEMS, TEAMS
from alignment_metrics.charter.grammar import shown
from alignment_metrics.columns.labels import PLACEHOLDERS
from alignment_metrics.exports.account import Account, Check
from alignment_metrics.exports.ledger import account_for, no_records
from alignment_metrics.exports.lists import Kind, not_empty
from alignment_metrics.files import ROW, written
from alignment_metrics.questions import LANGUAGES, answer, asked, items, spoken, team, text

SURVEY = Kind(
    "survey",
    {
        "respondent": ("respondent", "Respondent ID", "Participant", "Participant ID"),
        "team": ("team", "Department", "Équipe", "Service", "Abteilung", "Bereich", "Reparto", "チーム", "部署"),
        **{item: (item,) for item in ITEMS},
    },
    needed=(("team",), ITEMS),
    days=(),
    meant=asked,
    also=[question for told in map(text, LANGUAGES) for question in (told.team, *told.questions.values())],
    words=spoken(),
)
_TEAM, _WORDS = "team", "survey_words"
_ITEM = {one.id: one for one in items()}
# What a cell may mean beside an answer: nothing at all, or something that is none.
_BLANK, _ODD = "", "?"
_MOST_NAMED = 3
# What fewer people wrote may be a name or an address, typed into the wrong column.
_FEWEST = 5


def surveyed(con: Any, account: Account) -> ibis.Table:
    """``person``, ``team``, ``item`` and ``answer`` of all that was answered; a person is the row of the file."""
    typed, name = account.typed, account.name
    meant = _understood(con, account)
    of_team, said = meant.filter(meant["item"] == _TEAM), meant.filter(meant["item"] != _TEAM)
    teams = of_team.select(their=ROW, whose="meaning", called="word")
    rows = typed.table.left_join(teams, typed.table[ROW] == teams["their"]).drop("their")
    placed = written(con, f"{name}_placed", rows)
    usable = account_for(con, account, placed, list(_without_team(account, placed)), f"{name}_with_team")
    for item in (one for one in ITEMS if typed.has(one)):
        odd = said.filter(said["item"] == item, said["meaning"] == _ODD).semi_join(usable, ROW)
        what = f"have an answer to {item} that is none of its answers; counted as not answered"
        account.tell(odd, [Check("unreadable_answer", typed.header(item), None, what)])
    told = said.filter(said["meaning"].notin((_BLANK, _ODD)))
    answered = told.group_by(answered=ROW).agg(n=told.count())
    there = usable.select(ROW, "whose", *(["respondent"] if typed.has("respondent") else []))
    counted = there.left_join(answered, there[ROW] == answered["answered"])
    some = written(con, f"{name}_answered", counted.drop("answered"))
    account.tell(some, [Check("no_answer", None, some["n"].isnull(), "answer no question", True)])
    some = some.filter(some["n"].notnull())
    if typed.has("respondent"):
        some = _once(con, account, some)
    not_empty(account, some)
    kept = told.inner_join(some.select(ROW, "whose"), ROW)
    return written(con, f"{name}_kept", kept.select("item", person=ROW, team="whose", answer="meaning"))


def _without_team(account: Account, table: ibis.Table) -> Iterator[Check]:
    typed = account.typed
    none = no_records(replace(typed, table=table), _TEAM)
    yield from none
    header = typed.header(_TEAM)
    nameless = table["whose"].fill_null(_BLANK) == _BLANK
    yield Check("missing_team", header, nameless, "have no team", True)
    odd = table["whose"] == _ODD
    strange = table.filter(odd, *(~check.condition for check in none))
    named = strange["respondent"] if typed.has("respondent") else ibis.null("string")
    people = ibis.coalesce(named, strange[ROW].cast("string")).nunique()
    found = strange.group_by("called").agg(people=people).to_pyarrow().to_pylist()
    fewest = max(_FEWEST, account.charter.policy.suppress_below)
    often = sorted(one["called"] for one in found if one["people"] >= fewest)
    such = _such([shown(one) for one in often[:_MOST_NAMED]], len(found) - len(often), fewest)
    what = f"have a team that is neither {' nor '.join(TEAMS)}{such}"
    yield Check("unknown_team", header, odd.fill_null(False), what, True)


def _such(often: Sequence[str], rare: int, fewest: int) -> str:
    """Examples of words that enough people wrote, and how many other words there are."""
    words = f"{rare:,} {'other' if often else 'different'} words" if rare > 1 else "1 other word" if often else "1 word"
    hidden = f" ({words} not shown, as fewer than {fewest} people wrote {'it' if rare == 1 else 'each'})"
    return (f", such as {', '.join(often)}" if often else "") + (hidden if rare else "")


def _once(con: Any, account: Account, table: ibis.Table) -> ibis.Table:
    """One row a respondent, the first of the file; whoever is not named is somebody else each time."""
    named = table["respondent"].notnull()
    place = ibis.row_number().over(group_by="respondent", order_by=ROW)
    placed = written(con, f"{account.name}_once", table.mutate(again=named & (place > 0)))
    header = account.typed.header("respondent")
    text = "have the respondent of another row, of which the first is kept"
    account.tell(placed, [Check("duplicate_respondent", header, placed["again"], text, True)])
    return placed.filter(~placed["again"])


def _understood(con: Any, account: Account) -> ibis.Table:
    """Each cell that holds something: ``row``, ``item`` (or the team), its ``word``, and what that means."""
    table, name = account.typed.table, account.name
    columns = [one for one in (_TEAM, *ITEMS) if account.typed.has(one)]
    cells = ibis.union(*(table.select(ROW, item=ibis.literal(one), word=table[one]) for one in columns), distinct=False)
    cells = written(con, f"{name}_cells", cells.filter(cells["word"].notnull()))
    con.raw_sql(f"CREATE TEMPORARY TABLE {_WORDS} (asked VARCHAR, told VARCHAR, meaning VARCHAR)")
    called = {one: team.called for one, team in account.charter.teams.items()}
    different = cells.select("item", "word").distinct().to_pyarrow().to_pylist()
    words = [[one["item"], one["word"], _meaning(one["item"], one["word"], called)] for one in different]
    if words:
        con.con.executemany(f"INSERT INTO {_WORDS} VALUES (?, ?, ?)", words)
    known = con.table(_WORDS)
    found = cells.inner_join(known, [cells["item"] == known["asked"], cells["word"] == known["told"]])
    return written(con, f"{name}_understood", found.select(ROW, "item", "word", "meaning"))


def _meaning(asked_of: str, word: str, called: Mapping[str, tuple[str, ...]]) -> str:
    found = team(word, called) if asked_of == _TEAM else answer(_ITEM[asked_of], word)
    if found is not None:
        return found
    is_blank = word.lower() in PLACEHOLDERS or not any(sign.isalnum() for sign in word)
    return _BLANK if is_blank else _ODD
