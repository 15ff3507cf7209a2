"""What a survey asks, and how it may be answered, in five languages.

The words stand in ``data/survey``, one file a language; here is what they mean, whoever wrote them down and however.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from alignment_metrics.charter import ITEMS, TEAMS, Policy
from alignment_metrics.values import CANNOT_SAY

__all__ = [
    "FEWEST",
    "LANGUAGES",
    "SCALES",
    "Item",
    "Text",
    "answer",
    "asked",
    "for_people",
    "items",
    "spoken",
    "team",
    "text",
]

LANGUAGES = ("en", "fr", "de", "it", "ja")
# The answers from one end to the other, as they are printed; what nobody can say stands apart.
SCALES: Mapping[str, tuple[str, ...]] = {
    "agreement": ("strongly_agree", "agree", "neither", "disagree", "strongly_disagree"),
    "frequency": ("always", "usually", "sometimes", "rarely", "never"),
    "yes_no": ("yes", "no"),
    "rating": ("1", "2", "3", "4", "5"),
}
_SCALE_OF = dict(
    zip(
        ITEMS,
        ("agreement", "agreement", "yes_no", "frequency", "yes_no", "agreement", "rating", "rating"),
        strict=True,
    )
)
_YES = {"agreement": ("strongly_agree", "agree"), "frequency": ("always",), "yes_no": ("yes",)}
_YES_OF = {"alignment": ("5",), "lead_quality": ("4", "5")}
# A form numbers its questions: "3. ", "Q3: ", "3) ".
_NUMBERED = re.compile(r"^\s*(?:q(?:uestion)?\s*|問\s*)?\d{1,2}\s*[.:)、．-]\s*", re.IGNORECASE)
# An answer that says its number first: "5 - strongly agree", "5: ...", "5 (tight alignment)".
_LED = re.compile(r"^\s*(\d)(?:[.,]0+)?\s*(?:[-–—=:.,)(/、]\s*(?!\d)|\s+|$)(.*)$", re.DOTALL)
# Some write ae for ä where their keyboard has none.
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
# What is left of a question when a program cuts it short must still be most of it. A name such as "ownership" must be
# the whole header: "ownership comments" is another column.
_MOST, _SENTENCE = 0.6, 15
_LONGEST = 400
FEWEST = 5
"""Of fewer people nothing is shown, whatever a charter says: less would not be anonymous."""


@dataclass(frozen=True, slots=True)
class Item:
    """One question of the survey.

    Parameters
    ----------
    id : str
        One of ``charter.ITEMS``; also the name of its column in ``survey.csv``.
    scale : str
        One of ``SCALES``.
    yes : tuple of str
        The answers that count as yes.
    """

    id: str
    scale: str
    yes: tuple[str, ...]

    @property
    def answers(self) -> tuple[str, ...]:
        """All that can be answered, ``cannot_say`` last."""
        return (*SCALES[self.scale], CANNOT_SAY)


@dataclass(frozen=True, slots=True)
class Text:
    """The survey in the words of one language.

    Parameters
    ----------
    code, language : str
        Such as ``"fr"`` and ``"Français"``.
    title, how, answer_all, return_to, page : str
        What stands above, between and below the questions.
    introduction : tuple of str
        Paragraphs; ``{few}`` stands for the fewest answers of a team that are ever shown.
    team : str
        The question that asks for it.
    teams : mapping of str to tuple of str
        By team, the words for it; the first is printed.
    questions : mapping of str to str
        By item.
    words : mapping of str to mapping of str to tuple of str
        By scale and answer, the words for it; the first is printed.
    ends : mapping of str to tuple of str
        Of each rating, what its lowest and its highest number mean.
    """

    code: str
    language: str
    title: str
    introduction: tuple[str, ...]
    how: str
    answer_all: str
    return_to: str
    page: str
    team: str
    teams: Mapping[str, tuple[str, ...]]
    questions: Mapping[str, str]
    words: Mapping[str, Mapping[str, tuple[str, ...]]]
    ends: Mapping[str, tuple[str, ...]]

    def word(self, item: Item, answer: str) -> str:
        """An answer as it is printed."""
        told = self.words[item.scale].get(answer, ())
        return told[0] if told else answer


def for_people(policy: Policy) -> Policy:
    """What a charter says of small groups, as it holds for the answers of people.

    Examples
    --------
    >>> for_people(Policy(suppress_below=2)).suppress_below, for_people(Policy(suppress_below=9)).suppress_below
    (5, 9)
    """
    return replace(policy, suppress_below=max(FEWEST, policy.suppress_below))


@cache
def items() -> tuple[Item, ...]:
    """The questions, in the order in which they are asked.

    Examples
    --------
    >>> items()[3]
    Item(id='followed_up', scale='frequency', yes=('always',))
    """
    return tuple(Item(one, scale, _YES_OF.get(one) or _YES[scale]) for one, scale in _SCALE_OF.items())


@cache
def text(language: str) -> Text:
    """The survey in one of ``LANGUAGES``.

    Raises
    ------
    ValueError
        If there is none in that language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"there is no questionnaire in {language[:20]!r}; there is one in {', '.join(LANGUAGES)}.")
    path = files("alignment_metrics") / "data" / "survey" / f"{language}.toml"
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    plain = {name: told[name] for name in ("language", "title", "how", "answer_all", "return_to", "page")}
    return Text(
        code=language,
        introduction=tuple(told["introduction"]),
        team=told["team"]["question"],
        teams={team: tuple(told["team"][team]) for team in TEAMS},
        questions={item: told["items"][item] for item in ITEMS},
        words={scale: {one: tuple(words) for one, words in said.items()} for scale, said in told["scales"].items()},
        ends={item: tuple(ends) for item, ends in told["ends"].items()},
        **plain,
    )


def answer(item: Item, cell: str) -> str | None:
    """What a cell answers to an item: one of its answers, in whatever language; None where nobody can tell.

    Words go before a number beside them. A bare number is an answer to a rating, and to a scale of agreement, of which
    5 is the most.

    Examples
    --------
    >>> agreement, rating = items()[0], items()[6]
    >>> answer(agreement, "Tout à fait d'accord"), answer(agreement, "5 - strongly agree"), answer(agreement, "2")
    ('strongly_agree', 'strongly_agree', 'disagree')
    >>> answer(rating, "4,0"), answer(rating, "often")
    ('4', None)
    """
    known = _answers()[item.scale]
    cell = cell[:_LONGEST]
    if (found := known.get(_folded(cell))) is not None:
        return found
    if (led := _LED.match(unicodedata.normalize("NFKC", cell))) is None:
        return None
    number, words = led.groups()
    if _folded(words) and item.scale != "rating":
        return known.get(_folded(words))
    return _numbered(item.scale).get(number)


def team(cell: str, called: Mapping[str, Sequence[str]] | None = None) -> str | None:
    """The team that a cell means; ``called`` are words that the charter has for them.

    Examples
    --------
    >>> team("Équipe commerciale"), team("MARKETING"), team("Finance")
    ('sales', 'marketing', None)
    """
    own = {_folded(word): name for name, words in (called or {}).items() for word in words}
    return {**_teams(), **own}.get(_folded(cell[:_LONGEST]))


def asked(header: str) -> str | None:
    """The item that a header asks, or ``"team"``: by its name, or by its question in any language.

    A form may number its questions, say more behind them, or cut them short.

    Examples
    --------
    >>> asked("4. How often does sales follow up the leads that marketing hands over? *"), asked("Comments")
    ('followed_up', None)
    """
    header = header[: 2 * _LONGEST]
    bracketed = re.search(r"\[(.+)\]\s*$", header)
    for one in (header, *([bracketed[1]] if bracketed else [])):
        folded = _folded(_NUMBERED.sub("", unicodedata.normalize("NFKC", one)))
        found = {name for question, name in _questions().items() if _alike(folded, question)}
        if len(found) == 1:
            return found.pop()
    return None


@cache
def spoken() -> tuple[str, ...]:
    """All words of the questionnaires with a letter beyond ASCII: by them an encoding can be told."""
    found: list[str] = []
    for told in map(text, LANGUAGES):
        found += [told.team, *told.questions.values()]
        found += [word for words in told.teams.values() for word in words]
        found += [word for scale in told.words.values() for words in scale.values() for word in words]
    return tuple(dict.fromkeys(word for word in found if not word.isascii()))


def _alike(header: str, question: str) -> bool:
    if len(question) < len(header):
        return len(question) >= _SENTENCE and header.startswith(question)
    return header == question or (len(question) >= _SENTENCE and _most(header, question))


def _most(header: str, question: str) -> bool:
    return len(header) >= _MOST * len(question) and question.startswith(header)


@cache
def _questions() -> dict[str, str]:
    found = {_folded(name): name for name in ("team", *ITEMS)}
    for told in map(text, LANGUAGES):
        found |= {_folded(question): name for name, question in (("team", told.team), *told.questions.items())}
    return found


@cache
def _teams() -> dict[str, str]:
    return {form: name for told in map(text, LANGUAGES) for name in TEAMS for form in _forms(told.teams[name])} | {
        name: name for name in TEAMS
    }


@cache
def _answers() -> dict[str, dict[str, str]]:
    """By scale, what each word means, as ``_folded`` writes it."""
    found: dict[str, dict[str, str]] = {}
    for scale, answers in SCALES.items():
        found[scale] = {_folded(one): one for one in (*answers, CANNOT_SAY)}
        for told in map(text, LANGUAGES):
            for one, words in told.words[scale].items():
                found[scale] |= dict.fromkeys(_forms(words), one)
    return found


def _numbered(scale: str) -> dict[str, str]:
    order = {"rating": SCALES["rating"], "agreement": SCALES["agreement"][::-1]}.get(scale, ())
    return {str(number): one for number, one in enumerate(order, start=1)}


def _forms(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        yield _folded(word)
        yield _folded(word.casefold().translate(_SPELT_OUT))


def _folded(words: str) -> str:
    """Letters and digits only, without regard to case, accents and the width of signs."""
    apart = unicodedata.normalize("NFKD", words.casefold())
    return "".join(sign for sign in apart if sign.isalnum())
