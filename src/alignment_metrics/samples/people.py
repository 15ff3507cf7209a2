"""What is planted of people: how soon somebody calls a lead, what both teams say, and what they promised each other.

None of it has a bearing on what becomes of a lead, and every draw is a stream of its own: a sample has the very leads
that it would have without. The other way round, sales calls most leads before it accepts them, so that whoever is never
called is seldom accepted; who is called within a day tells nothing of a lead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, product
from typing import NamedTuple, TypeVar

from alignment_metrics.samples import plan

Thing = TypeVar("Thing")

HOUR = 60  # of minutes, as all waits here
DAY = 24 * HOUR


class Tier(NamedTuple):
    """Of a hundred leads so many wait longer than ``after`` minutes and less than ``within``, any of them alike."""

    percent: int
    after: int
    within: int

    @property
    def waits(self) -> range:
        return range(self.after + 1, self.within)

    @property
    def wait(self) -> dict[str, int]:
        """As the engine reads it."""
        return {"after": self.after, "within": self.within}


# From a lead's creation to the first attempt to reach it. No wait is a whole hour or day that a limit could fall on.
ANSWERS = (
    Tier(16, 0, HOUR),
    Tier(28, HOUR, DAY),
    Tier(16, DAY, 3 * DAY),
    Tier(8, 3 * DAY, 29 * DAY),
    Tier(4, 31 * DAY, 60 * DAY),
    Tier(28, 0, 0),  # nobody ever does
)
# The same of the leads that sales is going to accept: the sooner it does, the sooner the first attempt, but for those
# accepted unseen. What is left of ANSWERS falls to the others, so that all leads together wait as it says.
ACCEPTED = (Tier(16, 0, HOUR), Tier(28, HOUR, DAY), Tier(35, DAY, 3 * DAY), Tier(15, 3 * DAY, 29 * DAY))
UNSEEN = 100 - sum(tier.percent for tier in ACCEPTED)
# Who is going to be accepted and was called before the handover (mql) is called again between that and the acceptance.
# From the handover of any other lead to an attempt that is made because of it; only of leads that were called before.
# Who was forgotten stays so.
CALLS = (Tier(20, 0, 2 * DAY), Tier(10, 2 * DAY, 14 * DAY), Tier(70, 0, 0))
# From either to another one.
MORE_CALLS = (Tier(50, 0, 7 * DAY), Tier(50, 0, 0))
NEVER = "never"

ASKED = {"marketing": 16, "sales": 30}
ANSWERING = {"marketing": 14, "sales": 26}
Said = Mapping[str, Mapping[str, int]]
# What the people of each team would answer, were all of them to: so many of those asked each answer.
SAYS: Mapping[str, Said] = {
    "mql_important": {
        "marketing": {"strongly_agree": 7, "agree": 6, "neither": 2, "disagree": 1},
        "sales": {"strongly_agree": 8, "agree": 13, "neither": 5, "disagree": 3, "cannot_say": 1},
    },
    "collaboration": {
        "marketing": {"strongly_agree": 9, "agree": 6, "neither": 1},
        "sales": {"strongly_agree": 14, "agree": 12, "neither": 3, "disagree": 1},
    },
    "collateral": {"marketing": {"yes": 13, "no": 2, "cannot_say": 1}, "sales": {"yes": 14, "no": 15, "cannot_say": 1}},
    "followed_up": {
        "marketing": {"always": 5, "usually": 6, "sometimes": 4, "rarely": 1},
        "sales": {"always": 18, "usually": 8, "sometimes": 4},
    },
    "same_definition": {"marketing": {"yes": 11, "no": 5}, "sales": {"yes": 12, "no": 16, "cannot_say": 2}},
    "ownership": {
        "marketing": {"strongly_agree": 3, "agree": 5, "neither": 3, "disagree": 4, "strongly_disagree": 1},
        "sales": {"strongly_agree": 8, "agree": 13, "neither": 4, "disagree": 4, "strongly_disagree": 1},
    },
    "alignment": {
        "marketing": {"5": 2, "4": 6, "3": 5, "2": 3},
        "sales": {"5": 3, "4": 9, "3": 12, "2": 5, "1": 1},
    },
    "lead_quality": {
        "marketing": {"5": 4, "4": 8, "3": 3, "2": 1},
        "sales": {"5": 1, "4": 6, "3": 12, "2": 8, "1": 3},
    },
}
# Where both teams say the same: half of each team the one, half the other.
_NULL_SAYS = {
    "mql_important": ("agree", "disagree"),
    "collaboration": ("agree", "neither"),
    "collateral": ("yes", "no"),
    "followed_up": ("always", "usually"),
    "same_definition": ("yes", "no"),
    "ownership": ("agree", "disagree"),
    "alignment": ("4", "2"),
    "lead_quality": ("4", "2"),
}

SIGNED = "2025-10-01"
SPEED_HOURS = 24
SPEED_PROMISED = 0.6  # more than the leads that are called within that time
CERTAIN = 5  # standard deviations that a month's promise stays below what is to be expected


@dataclass(frozen=True, slots=True)
class Promise:
    """A goal of the charter: what was promised, and what the plan holds.

    ``state`` is what the goal must be found to be; None where there are too few leads to be sure. Of a rate that is
    promised just as it is planted nothing can be told, but for one sample in twenty.
    """

    code: str
    promised: float
    planted: float
    state: str | None


def variables(accepted: float) -> dict[str, object]:
    """What the engine reads; ``accepted`` is the share of all leads that sales is ever going to accept.

    Lists of waits to pick from with an even chance; of the leads that are not accepted, the share of ``plan.ONE`` at
    which each wait ends; and of those that are, by the days until then, the first place among all of them in the order
    of those days and how many they are, of ``64 * 64``.
    """
    picked = (("sooner", ACCEPTED), ("calls", CALLS), ("more_calls", MORE_CALLS))
    shares = [share / 100 * plan.ONE for share in others(accepted)]
    ends = [*(round(end) for end in list(accumulate(shares))[:-1]), plan.ONE]
    return {
        **{name: [tier.wait for tier in tiers for _ in range(tier.percent)] for name, tiers in picked},
        "others": [tier.wait | {"until": end} for tier, end in zip(ANSWERS, ends, strict=True)],
        "unseen": round(UNSEEN / 100 * plan.ONE),
        "places": _places(),
    }


def others(accepted: float) -> tuple[float, ...]:
    """Of a hundred leads that are never accepted, those of each tier of ``ANSWERS``."""
    taken = {(tier.after, tier.within): tier.percent for tier in ACCEPTED} | {(0, 0): UNSEEN}
    return tuple(
        (tier.percent - accepted * taken.get((tier.after, tier.within), 0)) / (1 - accepted) for tier in ANSWERS
    )


def _places() -> list[dict[str, int]]:
    leads = Counter[int]()
    for (days, some), (more, others) in product(plan.WAITS[0].items(), plan.WAITS[1].items()):
        leads[days + more] += some * others
    ends = accumulate(leads[day] for day in range(max(leads) + 1))
    return [{"first": end - leads[day], "leads": leads[day]} for day, end in enumerate(ends)]


def says(*, null: bool) -> Mapping[str, Said]:
    """What all people of each team would answer, by item and team: people by answer."""
    if not null:
        return SAYS
    return {item: {team: dict.fromkeys(pair, ASKED[team] // 2) for team in ASKED} for item, pair in _NULL_SAYS.items()}


def survey(*, seed: int, null: bool) -> Iterator[dict[str, str]]:
    """The rows of those who answer. Who they are, and who says what, is drawn; how many would say it is not."""
    planted = says(null=null)
    people: list[tuple[int, dict[str, str]]] = []
    for team, asked in ASKED.items():
        told: list[dict[str, str]] = [{"team": team} for _ in range(asked)]
        for item, said in planted.items():
            answers = [answer for answer, count in said[team].items() for _ in range(count)]
            for person, (_, answer) in enumerate(_shuffled(seed, f"{team} {item}", answers)):
                told[person][item] = answer
        people += _shuffled(seed, f"{team} answering", told)[: ANSWERING[team]]
    for number, (_, row) in enumerate(sorted(people, key=lambda one: one[0]), 1):
        yield {"respondent": f"p{number:02}", **row}


def parameters(*, null: bool) -> dict[str, object]:
    """What was planted, for the reader of the answers."""
    return {
        "first_call_percent_by_minutes": _told(ANSWERS),
        "first_call_of_accepted_percent_by_minutes": _told((*ACCEPTED, Tier(UNSEEN, 0, 0))),
        "call_after_mql_percent_by_minutes": _told(CALLS),
        "another_call_percent_by_minutes": _told(MORE_CALLS),
        "asked": ASKED,
        "answering": ANSWERING,
        "would_say": {item: {team: dict(said) for team, said in by.items()} for item, by in says(null=null).items()},
    }


def _told(tiers: tuple[Tier, ...]) -> dict[str, int]:
    return {f"{one.after}-{one.within}" if one.within else NEVER: one.percent for one in tiers}


def _shuffled(seed: int, stream: str, things: list[Thing]) -> list[tuple[int, Thing]]:
    """Things with the draw of each, in the order of their draws."""
    drawn = [(plan.salt(seed, f"survey {stream} {number}"), thing) for number, thing in enumerate(things)]
    return sorted(drawn, key=lambda one: one[0])
