"""What marketing and sales say of their work together, and what the CRM shows of the same things."""

from __future__ import annotations

from alignment_metrics.crm import Crm
from alignment_metrics.findings.perception.asked import Asked
from alignment_metrics.findings.perception.items import unread
from alignment_metrics.findings.perception.sharpest import says_and_shows
from alignment_metrics.findings.perception.teams import findings, said
from alignment_metrics.questions import for_people
from alignment_metrics.tallies.answers import answers
from alignment_metrics.values import Finding

__all__ = ["findings", "perception"]


def perception(crm: Crm) -> tuple[Finding, ...]:
    """What each team says beside what the CRM shows, then one finding a question of the survey.

    Parameters
    ----------
    crm : Crm

    Returns
    -------
    tuple of Finding
        A single one, that the chapter does not apply, where the folder holds no survey.
    """
    found = answers(crm)
    if found is None:
        return (
            Finding(
                "perception.survey",
                "Do marketing and sales see their work together the same way?",
                "does_not_apply",
                "What the two teams think of their work together is not known.",
                because="there is no survey.csv in the folder.",
                advice="To ask them, write the questionnaire with alignment-metrics questionnaire DIR.",
            ),
        )
    charter = crm.charter
    asked = Asked(found, charter.teams, for_people(charter.policy))
    cells = {item: n for file in crm.quality.files for item, n in unread(file).items()}
    return (says_and_shows(crm, asked, said(asked)), *findings(found, charter.teams, charter.policy, unread=cells))
