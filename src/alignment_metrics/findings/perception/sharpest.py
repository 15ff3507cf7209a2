"""The sharpest table of the audit: what each team says beside what the CRM shows of the same thing."""

from __future__ import annotations

from collections.abc import Sequence

from alignment_metrics.charter import TEAMS
from alignment_metrics.crm import Crm
from alignment_metrics.findings.perception.asked import LEFT, RIGHT, Asked
from alignment_metrics.findings.perception.items import SAYS
from alignment_metrics.findings.perception.records import ITEMS, Record, record
from alignment_metrics.findings.perception.teams import Said
from alignment_metrics.findings.words import level, percent
from alignment_metrics.values import Estimate, Finding, Group, group

CODE = "perception.says_and_shows"
CRM = "crm"
_QUESTION = "What does each team say, and what does the CRM show of it?"


def says_and_shows(crm: Crm, asked: Asked, told: Sequence[Said]) -> Finding:
    """What both teams say to the questions that the CRM can answer too, and its answer."""
    policy = asked.policy
    rows: list[tuple[Group, Estimate]] = []
    silent: dict[str, str] = {}
    sentences, notes, sql = [], list[str](), [asked.answers.sql]
    answered = {one.item.id: one for one in told if one.item.id in ITEMS and one.counts}
    for item, one in answered.items():
        found = record(crm, item)
        rows += [(group({"item": item, "who": team}), one.rates[team]) for team in TEAMS if team in one.rates]
        if isinstance(found, str):
            silent[item] = found
            continue
        # What stands in for the thing asked is under a name of its own, so that nobody takes it for that.
        who = f"{CRM}: {found.stands_in}" if found.stands_in else CRM
        rows.append((group({"item": item, "who": who}), found.estimate))
        sentences.append(_sentence(one, found))
        sql += found.sql
        notes += found.notes
    queries = tuple(filter(None, sql))
    if not sentences:
        claim = "What the teams say cannot be set beside what the CRM shows."
        if not answered:
            because = (
                f"no question that the CRM could answer too has {policy.suppress_below} answers or more of one team."
            )
            return Finding(CODE, _QUESTION, "not_enough_data", claim, because=because, sql=queries)
        because = " And ".join(dict.fromkeys(silent.values()))
        return Finding(CODE, _QUESTION, "does_not_apply", claim, tuple(sorted(rows)), because=because, sql=queries)
    fine = (
        f"Shares of people and shares of leads answer different questions: they are set side by side ({level(policy)}s "
        "in the table), and no test compares them.",
        *notes,
        *(f"Whether {SAYS[item]}, the CRM cannot show: {why}" for item, why in silent.items()),
        *asked.response(),
    )
    claim = " ".join(sentences)
    return Finding(CODE, _QUESTION, "measured", claim, tuple(sorted(rows)), notes=fine, sql=queries)


def _sentence(one: Said, found: Record) -> str:
    said = " and ".join(f"{percent(one.rates[team].value)} of {team}" for team in (LEFT, RIGHT) if team in one.rates)
    return f"{said} say that {SAYS[one.item.id]}; the CRM shows that {found.claim}."
