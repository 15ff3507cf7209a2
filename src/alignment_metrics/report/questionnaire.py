"""The questionnaire as a page to send: two sheets of paper, with boxes to tick; nothing in it runs or is fetched."""

from __future__ import annotations

import csv
import io

import jinja2

from alignment_metrics import plots
from alignment_metrics.charter import LISTS, TEAMS
from alignment_metrics.questions import items, text
from alignment_metrics.values import CANNOT_SAY

# The questions of the first sheet; the others stand on the second.
FIRST = 4


def questionnaire(language: str = "en", *, few: int = 5) -> str:
    """The questionnaire in one language.

    Parameters
    ----------
    language : {"en", "fr", "de", "it", "ja"}
    few : int
        The fewest answers of a team that are ever shown, as the introduction promises.

    Returns
    -------
    str
        One HTML document that prints on two pages of A4, and can be pasted into a form as text.

    Raises
    ------
    ValueError
        If there is none in that language.

    Examples
    --------
    >>> "Wie arbeiten wir zusammen?" in questionnaire("de")
    True
    """
    told = text(language)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("alignment_metrics.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    asked = [
        {
            "id": item.id,
            "number": number,
            "question": told.questions[item.id],
            "ends": told.ends.get(item.id, ()),
            "scale": item.scale,
            "answers": [told.word(item, one) for one in item.answers if one != CANNOT_SAY],
            "cannot_say": told.word(item, CANNOT_SAY),
        }
        for number, item in enumerate(items(), start=1)
    ]
    return environment.get_template("questionnaire.html").render(
        told=told,
        introduction=[one.format(few=few) for one in told.introduction],
        pages=[told.page.format(page=page) for page in (1, 2)],
        teams=[told.teams[team][0] for team in TEAMS],
        sheets=[asked[:FIRST], asked[FIRST:]],
        colours={"ink": plots.INK, "quiet": plots.QUIET, "line": plots.LINE, "ours": plots.OURS},
    )


def template() -> str:
    """``survey.csv`` with its header and nothing below it.

    Examples
    --------
    >>> template().startswith("respondent,team,mql_important,")
    True
    """
    rows = io.StringIO()
    csv.writer(rows, lineterminator="\r\n").writerow(LISTS["survey"])
    return rows.getvalue()
