"""The questionnaire: the same questions in five languages, and what an answer means whoever wrote it down."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment_metrics.charter import ITEMS, TEAMS
from alignment_metrics.questions import LANGUAGES, SCALES, Item, answer, asked, items, spoken, team, text
from alignment_metrics.report.questionnaire import questionnaire, template
from alignment_metrics.values import CANNOT_SAY

BY_ID = {item.id: item for item in items()}
AGREEMENT, YES_NO, FREQUENCY, RATING = (
    BY_ID[one] for one in ("mql_important", "collateral", "followed_up", "alignment")
)


def words(page: str) -> str:
    """What a reader of the page sees."""
    body = page[page.index("<body>") :]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_every_item_of_the_charter_is_asked_once_and_in_its_order() -> None:
    assert tuple(item.id for item in items()) == ITEMS


def test_what_counts_as_yes_is_among_the_answers_and_never_all_of_them() -> None:
    for item in items():
        assert set(item.yes) < set(SCALES[item.scale])
        assert item.answers == (*SCALES[item.scale], CANNOT_SAY)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_a_word_for_every_answer(language: str) -> None:
    told = text(language)
    assert set(told.questions) == set(ITEMS)
    assert set(told.words) == set(SCALES)
    for item in items():
        for one in item.answers:
            assert answer(item, told.word(item, one)) == one
    assert [team(told.teams[one][0]) for one in TEAMS] == list(TEAMS)
    assert set(told.ends) == {item.id for item in items() if item.scale == "rating"}


def test_a_language_that_is_not_there_is_refused() -> None:
    told = "there is no questionnaire in 'es'; there is one in en, fr, de, it, ja."
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        text("es")


def test_no_word_of_any_language_means_two_answers_of_one_scale() -> None:
    for scale in SCALES:
        item = next(one for one in items() if one.scale == scale)
        for language in LANGUAGES:
            for one, known in text(language).words[scale].items():
                for word in known:
                    assert answer(item, word) == one, (language, word)


def test_no_word_of_any_language_means_two_teams() -> None:
    for language in LANGUAGES:
        for one, known in text(language).teams.items():
            assert {team(word) for word in known} == {one}


@pytest.mark.parametrize(
    ("item", "cell", "expected"),
    [
        (AGREEMENT, "STRONGLY AGREE", "strongly_agree"),
        (AGREEMENT, "  tout a fait d’accord. ", "strongly_agree"),
        (AGREEMENT, "stimme völlig zu", "strongly_agree"),
        (AGREEMENT, "stimme voellig zu", "strongly_agree"),
        (AGREEMENT, "Né d'accordo né in disaccordo", "neither"),
        (AGREEMENT, "どちらともいえない", "neither"),
        (AGREEMENT, "strongly_disagree", "strongly_disagree"),
        (AGREEMENT, "5", "strongly_agree"),
        (AGREEMENT, "5,0", "strongly_agree"),
        (AGREEMENT, "５", "strongly_agree"),
        (AGREEMENT, "1", "strongly_disagree"),
        (AGREEMENT, "5 - strongly agree", "strongly_agree"),
        (AGREEMENT, "1 = strongly agree", "strongly_agree"),
        (AGREEMENT, "5 - banana", None),
        (AGREEMENT, "6", None),
        (AGREEMENT, "0", None),
        (AGREEMENT, "45", None),
        (FREQUENCY, "immer", "always"),
        (FREQUENCY, "5", None),
        (FREQUENCY, "Weiss nicht", CANNOT_SAY),
        (YES_NO, "OUI", "yes"),
        (YES_NO, "TRUE", "yes"),
        (YES_NO, "1", None),
        (RATING, "5 (tight alignment)", "5"),
        (RATING, "5 = stretta intesa", "5"),
        (RATING, "4.0", "4"),
        (RATING, "4.5", None),
        (RATING, "n/a", CANNOT_SAY),
        (RATING, "", None),
        (RATING, '=HYPERLINK("http://evil.example";"5")', None),
        (YES_NO, "<b>yes</b>", None),
    ],
)
def test_an_answer_is_known_by_its_words_or_its_number(item: Item, cell: str, expected: str | None) -> None:
    assert answer(item, cell) == expected


@given(st.text(max_size=40))
def test_whatever_a_cell_holds_its_answer_is_one_of_the_scale_or_none(cell: str) -> None:
    for item in items():
        assert answer(item, cell) in (*item.answers, None)
    assert team(cell) in (*TEAMS, None)
    assert asked(cell) in (*ITEMS, "team", None)


def test_a_team_may_go_by_a_name_of_its_own() -> None:
    assert team("Growth Squad") is None
    assert team("growth squad", {"marketing": ("Growth Squad",)}) == "marketing"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("followed_up", "followed_up"),
        ("Followed up", "followed_up"),
        ("Team", "team"),
        ("4. How often does sales follow up the leads that marketing hands over?", "followed_up"),
        ("Q4: How often does sales follow up the leads that marketing hands over? *", "followed_up"),
        ("How often does sales follow up the leads that marketing hands", "followed_up"),
        ("How often does sales follow", None),
        ("Que valent les leads que le marketing transmet aux ventes\u202f?", "lead_quality"),
        ("A quelle frequence les ventes donnent elles suite aux leads que le marketing leur transmet", "followed_up"),
        ("Please tell us [It is always clear who is responsible for a lead.]", "ownership"),
        ("7．当社のマーケティングと営業は、どのくらい緊密に連携していますか。", "alignment"),
        ("How closely do marketing and sales work together in our company? (1 = no, 5 = yes)", "alignment"),
        ("ownership comments", None),
        ("Points - How often does sales follow up the leads that marketing hands over?", None),
        ("Name", None),
        ("", None),
    ],
)
def test_a_header_is_known_by_the_question_it_asks(header: str, expected: str | None) -> None:
    assert asked(header) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_is_known_though_a_form_numbers_it_and_adds_to_it(language: str) -> None:
    told = text(language)
    for number, (item, question) in enumerate(told.questions.items(), start=1):
        for header in (question, f"{number}. {question}", f"{question} *", question.upper(), question[:-3]):
            assert asked(header) == item
    assert asked(f"1. {told.team}") == "team"


def test_the_words_by_which_an_encoding_is_told_are_all_beyond_ascii() -> None:
    assert spoken()
    assert [word for word in spoken() if word.isascii()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_asks_all_questions_promises_anonymity_and_asks_nothing_of_the_network(language: str) -> None:
    told, page = text(language), questionnaire(language, few=7)
    seen = words(page)
    for question in (told.team, *told.questions.values()):
        assert " ".join(question.split()) in seen
    for item in items():
        for one in item.answers:
            assert told.word(item, one) in seen
    assert "7" in told.introduction[1].format(few=7)
    assert " ".join(told.introduction[1].format(few=7).split()) in seen
    assert f'<html lang="{language}">' in page
    assert "default-src 'none'" in page
    assert not re.search(r"<script|<link|<img|src=|href=|url\(|@import|https?:", page)
    assert page.count('class="sheet"') == 2


def test_the_page_is_the_same_each_time() -> None:
    assert questionnaire("ja") == questionnaire("ja")


def test_the_sales_material_is_no_security_for_a_loan_in_any_language() -> None:
    for language, wrong in {"fr": "garantie", "de": "Sicherheit", "it": "garanzi", "ja": "担保"}.items():
        assert wrong not in text(language).questions["collateral"]


def test_the_empty_table_has_the_names_that_the_reader_knows() -> None:
    assert template() == f"respondent,team,{','.join(ITEMS)}\r\n"
    assert [asked(name) for name in template().strip().split(",")[1:]] == ["team", *ITEMS]
