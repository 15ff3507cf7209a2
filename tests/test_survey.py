"""A filled-in survey: typed by hand or exported by a form, in any of five languages, and nobody named."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from folders import charter, messages_of, problems_of, read, rows_of, text_of, write

from alignment_metrics.charter import ITEMS
from alignment_metrics.charter.grammar import shown
from alignment_metrics.crm import Crm
from alignment_metrics.exports import ExportError, read_export
from alignment_metrics.exports.alone import read_survey
from alignment_metrics.quality import Quality
from alignment_metrics.questions import LANGUAGES, items, text
from alignment_metrics.tallies.answers import answers, counted
from alignment_metrics.values import CANNOT_SAY, Counts

LEADS = [("lead_id", "source", "lead", "won"), ("1", "Web", "2026-01-05", "2026-03-01")]
NAMES = ("Ambroise Delacourt", "Zélie Fontanges", "Ødegård")
HOSTILE = ('=HYPERLINK("http://evil.example";"x")', "<script>alert(1)</script>", "'; DROP TABLE survey; --", "@SUM(A1)")


def client(folder: Path, survey: str | bytes, *, more: str = "") -> Crm:
    return read(folder, {"leads.csv": text_of(LEADS), "survey.csv": survey}, charter() + more)


def answered(crm: Crm) -> set[tuple[Any, ...]]:
    assert crm.survey is not None
    return set(rows_of(crm.survey, "person", "team", "item", "answer", by="person"))


def refused(folder: Path, survey: str | bytes, *, more: str = "") -> list[str]:
    with pytest.raises(ExportError) as caught:
        client(folder, survey, more=more)
    return list(caught.value.problems)


def alone(path: Path, survey: str | bytes) -> list[str]:
    path.write_bytes(survey if isinstance(survey, bytes) else survey.encode())
    with pytest.raises(ExportError) as caught:
        read_survey(path)
    return list(caught.value.problems)


def filled(language: str, *, people: int = 40, marketing: int = 14, numbered: bool = False) -> list[list[str]]:
    """So many people's answers in the words of a language, as a form exports them: with names, times and comments."""
    told, chance = text(language), random.Random(7)
    questions = [f"{n}. {one}" if numbered else one for n, one in enumerate(told.questions.values(), start=1)]
    rows = [["Horodateur", "Nom", told.team, *questions, "Commentaires"]]
    for person in range(people):
        team = "marketing" if person < marketing else "sales"
        said = [told.word(item, chance.choice(item.answers)) for item in items()]
        comment = chance.choice(HOSTILE)
        rows.append([f"2026-05-0{1 + person % 9}", NAMES[person % 3], told.teams[team][0], *said, comment])
    return rows


def separated(rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    lines = io.StringIO()
    csv.writer(lines, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return lines.getvalue()


def test_a_folder_without_a_survey_has_no_answers(tmp_path: Path) -> None:
    crm = read(tmp_path, {"leads.csv": text_of(LEADS)})
    assert crm.survey is None
    assert answers(crm) is None


def test_an_answer_is_a_row_and_a_person_is_a_number(tmp_path: Path) -> None:
    crm = client(tmp_path, "team,followed_up,alignment\nsales,always,5\nmarketing,never,\n")
    assert answered(crm) == {
        (2, "sales", "followed_up", "always"),
        (2, "sales", "alignment", "5"),
        (3, "marketing", "followed_up", "never"),
    }
    assert problems_of(crm, 1) == {}


def test_answers_are_counted_by_team_and_question_in_one_query(tmp_path: Path) -> None:
    crm = client(
        tmp_path, "team,followed_up\nsales,always\nsales,always\nsales,never\nsales,cannot say\nmarketing,rarely\n"
    )
    found = answers(crm)
    assert found is not None
    assert found.given == {
        ("marketing", "followed_up"): {"rarely": 1},
        ("sales", "followed_up"): {"always": 2, CANNOT_SAY: 1, "never": 1},
    }
    assert found.people == {"marketing": 1, "sales": 4}
    assert found.counts("sales", "followed_up", ["always"]) == Counts(2, 3)
    assert found.sql.count("UNION") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_in_any_language_gives_the_same_answers(tmp_path: Path, language: str) -> None:
    one = client(tmp_path / language, separated(filled(language, numbered=True)))
    other = client(tmp_path / "en", separated(filled("en")))
    assert answered(one) == answered(other)
    assert len(answered(one)) == 40 * len(ITEMS)


def test_forty_answers_in_french_words_with_semicolons_and_cp1252_are_read_without_being_told_how(
    tmp_path: Path,
) -> None:
    text = separated(filled("fr"), ";").encode("cp1252", "replace")
    crm = client(tmp_path, text)
    assert answered(crm) == answered(client(tmp_path / "plain", separated(filled("fr"))))
    (file,) = [file for file in crm.quality.files if file.layout == "survey"]
    assert file.form == "CSV in cp1252, parted by semicolons"
    assert (file.rows_read, file.rows_kept) == (40, 40)


def test_no_name_and_no_comment_reaches_the_tables_or_the_account(tmp_path: Path) -> None:
    crm = client(tmp_path, separated(filled("fr")))
    assert crm.survey is not None
    told = f"{crm.survey.to_pyarrow().to_pylist()}{crm.quality.page}{crm.quality.files}"
    assert [word for word in (*NAMES, *HOSTILE) if word in told] == []
    assert set(crm.survey.columns) == {"person", "team", "item", "answer"}
    everything = crm.survey.get_backend()
    tables = everything.raw_sql("SELECT table_name FROM duckdb_tables()").fetchall()
    held = "".join(str(everything.raw_sql(f'SELECT * FROM "{name}"').fetchall()) for (name,) in tables)
    assert [word for word in (*NAMES, *HOSTILE) if word in held] == []


def test_a_survey_has_no_file_of_rows_set_aside_for_these_may_name_people(tmp_path: Path) -> None:
    survey = "team,name,followed_up\nFinance,Ambroise Delacourt,always\nsales,Zélie Fontanges,always\n"
    folder = write(tmp_path / "acme", {"leads.csv": text_of(LEADS), "survey.csv": survey}, charter())
    aside = tmp_path / "aside"
    aside.mkdir()
    read_export(folder, set_aside=aside)
    assert list(aside.iterdir()) == []


def test_every_row_is_kept_or_set_aside_with_its_reason(tmp_path: Path) -> None:
    crm = client(
        tmp_path,
        "Respondent ID,team,followed_up,alignment\n"
        "a,sales,always,5\n"
        "b,,never,1\n"
        "c,Finance,never,1\n"
        "d,Legal,never,1\n"
        "e,sales,,\n"
        "f,sales,banana,\n"
        "a,sales,never,1\n"
        "g,marketing,banana,4\n"
        ",sales,always,\n"
        ",sales,always,\n"
        "team,team,followed_up,alignment\n",
    )
    assert messages_of(crm, 1) == [
        "1 row has the respondent of another row, of which the first is kept; set aside (row 8).",
        "1 row has no team; set aside (row 3).",
        "2 rows answer no question; set aside (rows 6, 7).",
        "1 row repeats the header; set aside (row 12).",
        "2 rows have a team that is neither marketing nor sales (2 different words not shown, as fewer than 5 people "
        "wrote each); set aside (rows 4, 5).",
        "2 rows have an answer to followed_up that is none of its answers; counted as not answered (rows 7, 9).",
    ]
    (file,) = [file for file in crm.quality.files if file.layout == "survey"]
    assert (file.rows_read, file.rows_kept, file.rows_set_aside) == (11, 4, 7)
    assert answered(crm) == {
        (2, "sales", "followed_up", "always"),
        (2, "sales", "alignment", "5"),
        (9, "marketing", "alignment", "4"),
        (10, "sales", "followed_up", "always"),
        (11, "sales", "followed_up", "always"),
    }


def test_of_a_respondent_that_answered_nothing_at_first_the_later_row_is_kept(tmp_path: Path) -> None:
    crm = client(tmp_path, "respondent,team,followed_up\na,sales,\na,sales,never\n")
    assert answered(crm) == {(3, "sales", "followed_up", "never")}


def test_what_nobody_could_choose_is_no_answer_and_no_trouble(tmp_path: Path) -> None:
    crm = client(tmp_path, "team,followed_up,alignment\nsales,-,5\nsales,select,4\nsales,always, \n")
    assert problems_of(crm, 1) == {}
    assert len(answered(crm)) == 3


@pytest.mark.parametrize("cell", HOSTILE)
def test_a_hostile_cell_is_an_answer_that_is_none(tmp_path: Path, cell: str) -> None:
    crm = client(tmp_path, separated([["team", "followed_up", "alignment"], ["sales", cell, "5"]]))
    assert answered(crm) == {(2, "sales", "alignment", "5")}
    assert cell not in crm.quality.page
    assert messages_of(crm, 1) == [
        "1 row has an answer to followed_up that is none of its answers; counted as not answered (row 2)."
    ]


def test_a_team_of_endless_length_is_told_in_short(tmp_path: Path) -> None:
    crm = client(tmp_path, f"team,alignment\n{'x' * 5000},5\nsales,5\n")
    (message,) = messages_of(crm, 1)
    assert len(message) < 200


def test_the_charter_may_say_what_a_team_is_called(tmp_path: Path) -> None:
    more = '[teams.sales]\npeople = 3\ncalled = ["Hunters"]\n'
    crm = client(tmp_path, "team,alignment\nHunters,5\nhunters,4\nMarketing,3\n", more=more)
    assert {(team, answer) for _, team, _, answer in answered(crm)} == {
        ("sales", "5"),
        ("sales", "4"),
        ("marketing", "3"),
    }


def test_the_charter_may_say_where_a_question_stands(tmp_path: Path) -> None:
    more = '[survey.columns]\nalignment = "Q17"\nteam = "Bereich X"\n'
    crm = client(tmp_path, "Bereich X,Q17\nVertrieb,5\n", more=more)
    assert answered(crm) == {(2, "sales", "alignment", "5")}


def test_a_workbook_of_a_form_is_read_too(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    write(folder, {"leads.csv": text_of(LEADS)}, charter() + '[survey]\nfile = "answers.xlsx"\n')
    with xlsxwriter.Workbook(str(folder / "answers.xlsx"), {"in_memory": True}) as book:
        sheet = book.add_worksheet("Form1")
        for at, row in enumerate(filled("de", people=6, marketing=3, numbered=True)):
            sheet.write_row(at, 0, row)
        sheet.write_row(7, 2, ["Vertrieb", 5])
    found = answers(read_export(folder))
    assert found is not None
    assert found.people == {"marketing": 3, "sales": 4}
    assert found.given["sales", "mql_important"]["strongly_agree"] >= 1


def test_lines_above_the_header_are_passed_over(tmp_path: Path) -> None:
    crm = client(tmp_path, "Survey of May;;\n\nteam;followed_up;alignment\nsales;always;5\n")
    assert messages_of(crm, 1) == ["1 line stands above the header; passed over."]
    assert len(answered(crm)) == 2


def test_a_survey_without_a_team_or_a_question_is_refused(tmp_path: Path) -> None:
    named = " or ".join(ITEMS)
    expected = " or ".join(f"'{item}'" for item in ITEMS)
    assert refused(tmp_path, "Name,Age\nx,3\n") == [
        "survey.csv: no column for team (expected 'team', 'Department', 'Équipe' and 6 more); the file has 'Name', "
        "'Age'. Name it under [survey.columns] in the charter, or take the file out of the folder.",
        f"survey.csv: no column for {named} (expected {expected}); the file has 'Name', 'Age'. Name it under "
        f"[survey.columns] in the charter, or take the file out of the folder.",
    ]
    assert alone(tmp_path / "s.csv", "team,Age\nx,3\n") == [
        f"s.csv: no column for {named} (expected {expected}); the file has 'team', 'Age'. Give it one of these names."
    ]


def test_two_columns_of_one_question_are_refused(tmp_path: Path) -> None:
    question = text("en").questions["ownership"]
    survey = separated([["team", question, f"{question} (again)"], ["sales", "agree", "agree"]])
    both = f"'{question}', '{question} (again)' all mean ownership"
    assert refused(tmp_path / "acme", survey) == [
        f"survey.csv: {both}; name the one that counts under [survey.columns] in the charter."
    ]
    assert alone(tmp_path / "s.csv", survey) == [f"s.csv: {both}; rename all but the one that counts."]


def test_of_the_column_of_teams_only_what_five_people_wrote_is_quoted(tmp_path: Path) -> None:
    def said(*teams: str, respondents: Sequence[str] = (), **policy: float) -> str:
        who = [*respondents, *map(str, range(len(teams)))][: len(teams)]
        rows = [("respondent", "team", "alignment"), *((one, team, "5") for one, team in zip(who, teams, strict=True))]
        files: dict[str, str | bytes] = {"leads.csv": text_of(LEADS)}
        files["survey.csv"] = separated([*rows, ("x", "sales", "5")])
        crm = read(tmp_path, files, charter(policy=policy))
        (told,) = (one for one in messages_of(crm, 1) if "neither marketing nor sales" in one)
        return told.partition("nor sales")[2].partition("; set aside")[0]

    mail = "zelie.fontanges@acme.example"
    assert said(mail) == " (1 word not shown, as fewer than 5 people wrote it)"
    assert said(mail, *["Legal"] * 4) == " (2 different words not shown, as fewer than 5 people wrote each)"
    assert said(mail, *["Legal"] * 5) == ", such as 'Legal' (1 other word not shown, as fewer than 5 people wrote it)"
    assert said(*["Legal"] * 5, "a", "b") == (
        ", such as 'Legal' (2 other words not shown, as fewer than 5 people wrote each)"
    )
    assert said(*["Legal"] * 5) == ", such as 'Legal'"
    assert said(*["Legal", "Audit", "Finance", "Board"] * 5) == ", such as 'Audit', 'Board', 'Finance'"
    # Who filled the form in five times is one person; and the charter may ask for more people.
    assert said(*[mail] * 5, respondents="ZZZZZ") == " (1 word not shown, as fewer than 5 people wrote it)"
    assert said(*["Legal"] * 5, suppress_below=6) == " (1 word not shown, as fewer than 6 people wrote it)"
    assert said(*["Legal"] * 4, suppress_below=2) == " (1 word not shown, as fewer than 5 people wrote it)"
    assert said(*["Legal" + "l" * 200] * 5) == f", such as {shown('Legal' + 'l' * 200)}"
    assert len(shown("Legal" + "l" * 200)) < 100


def test_a_survey_of_which_every_row_was_set_aside_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "acme", "team,alignment\nFinance,5\n") == [
        "survey.csv: not one usable row in 1 row. 1 row has a team that is neither marketing nor sales (1 word not "
        "shown, as fewer than 5 people wrote it); set aside (row 2). Correct it, or take the file out of the folder."
    ]
    assert alone(tmp_path / "s.csv", "team,alignment\n") == [
        "s.csv: not one usable row in 0 rows. It has a header and nothing below it. Correct it."
    ]


def test_letters_that_no_known_word_explains_are_asked_about(tmp_path: Path) -> None:
    survey = "team,alignment,Größe\nsales,5,x\n".encode("cp1252")
    assert refused(tmp_path / "acme", survey) == [
        "survey.csv: the file is not UTF-8 text; as cp1252 it would have letters such as 'ö', 'ß': if those are of its "
        'language, say encoding = "cp1252" under [survey] in the charter, else save it as CSV UTF-8.'
    ]
    assert alone(tmp_path / "s.csv", survey) == [
        "s.csv: the file is not UTF-8 text; as cp1252 it would have letters such as 'ö', 'ß': if those are of its "
        "language, save it as CSV UTF-8."
    ]


def test_a_survey_that_lies_by_itself_is_read_as_one_in_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes(separated(filled("it"), ";").encode("cp1252", "replace"))
    crm = client(tmp_path / "acme", path.read_bytes())
    found = read_survey(path)
    inside = answers(crm)
    assert inside is not None
    assert counted(found.answers).given == inside.given
    assert [file.told for file in found.quality.files] == ["40 rows read, 40 kept, 0 set aside"]
    assert isinstance(found.quality, Quality)


def test_a_survey_that_is_no_table_is_refused(tmp_path: Path) -> None:
    assert alone(tmp_path / "s.csv", b"") == ["s.csv: the file is empty; export it again."]
    (only,) = alone(tmp_path / "s.parquet", b"PAR1 not really")
    assert only == "s.parquet: the file is not Parquet, or is damaged; export it again."


def test_shuffling_the_people_changes_no_count(tmp_path: Path) -> None:
    header, *rows = filled("en")
    shuffled = random.Random(1).sample(rows, len(rows))
    one, other = (
        answers(client(tmp_path / name, separated([header, *those])))
        for name, those in (("as_is", rows), ("shuffled", shuffled))
    )
    assert one == other
