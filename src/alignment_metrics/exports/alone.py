"""A filled-in survey that lies by itself, without a charter or an export, read as one in a client's folder is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import duckdb
import ibis

from alignment_metrics.charter import Charter, Export, Funnel, Organisation, Policy
from alignment_metrics.exports.account import Account
from alignment_metrics.exports.errors import ExportError
from alignment_metrics.exports.lists import read_list
from alignment_metrics.exports.survey import SURVEY, surveyed
from alignment_metrics.exports.typed import Source
from alignment_metrics.exports.workbench import OURS, workbench
from alignment_metrics.files import PARQUET, reason
from alignment_metrics.quality import Quality

# What the reader of a list advises where a charter is at hand, and what helps without one.
_ADVICE = {
    "Name it under [survey.columns] in the charter, or take the file out of the folder.": "Give it one of these names.",
    "name the one that counts under [survey.columns] in the charter.": "rename all but the one that counts.",
    ', say encoding = "cp1252" under [survey] in the charter, else save it': ", save it",
    " Correct it, or take the file out of the folder.": " Correct it.",
}


@dataclass(frozen=True, slots=True)
class Survey:
    """A survey and the account of its rows; ``answers`` is as ``Crm.survey``."""

    answers: ibis.Table
    quality: Quality


def read_survey(path: str | Path) -> Survey:
    """Read a filled-in survey.

    Parameters
    ----------
    path : str or Path
        A CSV file or workbook: one row a person, with the team and the answers, by their names in ``survey.csv`` or by
        the questions themselves, in any of the languages of the questionnaire.

    Raises
    ------
    ExportError
        One message with all that is wrong with the file.
    """
    path = Path(path)
    export = Export(path.name)
    nowhere = Charter(
        folder=path.parent,
        organisation=Organisation("", "", "UTC", dt.date.max),
        exports=(),
        funnel=Funnel(()),
        sources={},
        policy=Policy(),
        sha256="",
        lists={SURVEY.name: export},
    )
    con, scratch, remove = workbench()
    try:
        account = Account(con, [read_list(Source(con, scratch), nowhere, SURVEY, export, ())], nowhere, SURVEY.name)
        return Survey(surveyed(con, account), Quality(tuple(account.files())))
    except BaseException as error:
        remove()
        if isinstance(error, ExportError):
            raise ExportError([_advised(one) for one in error.problems]) from None
        if not isinstance(error, duckdb.Error) or isinstance(error, OURS):
            raise
        raise ExportError([f"{path.name}: {reason(error, parquet=path.suffix.lower() in PARQUET)}"]) from None


def _advised(problem: str) -> str:
    for said, helps in _ADVICE.items():
        problem = problem.replace(said, helps)
    return problem
