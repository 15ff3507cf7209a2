"""What is planted: the made-up company, its sources, its chances and its waits.

The engine draws from these tables and the truth is worked out from them: every number that an answer rests on is here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

STAGES = ("lead", "mql", "sal", "sql", "opportunity", "won")
SIZES = ("small", "mid", "large")
DIRECTIONS = ("inbound", "outbound", "unknown")
WITHIN_DAYS = 90
FIRST_DAY = "2024-07-01"
AS_OF = "2026-06-30"
DAYS = 730  # FIRST_DAY to AS_OF, both counted
ONE = 2**32  # a draw is a whole number below this, a chance is a share of it


@dataclass(frozen=True, slots=True)
class Origin:
    """One value of the source column, with how often and how well it works."""

    label: str | None
    source: str
    direction: str
    percent: int  # of the leads whose source is listed
    to_mql: float
    to_won: float
    traffic: str
    drill_down: str
    cost: int = 0  # euros spent on a lead


ORIGINS = (
    Origin(
        "Organic search", "organic search", "inbound", 18, 1.05, 1.05, "Organic search", "Unknown keywords (SSL)", 20
    ),
    Origin("Paid search", "paid search", "inbound", 13, 0.95, 0.95, "Paid search", "robot arms", 60),
    Origin("Webinar", "webinar", "inbound", 6, 1.10, 0.90, "Other campaigns", "webinar-series", 55),
    Origin("Email marketing", "email marketing", "inbound", 7, 0.95, 1.00, "Email marketing", "newsletter", 12),
    Origin("Organic social", "social networks", "inbound", 6, 0.75, 0.80, "Organic social", "LinkedIn", 15),
    Origin("Direct traffic", "direct traffic", "inbound", 8, 1.20, 1.15, "Direct traffic", "www.example.com", 5),
    Origin("Referrals", "website referral", "inbound", 4, 1.20, 1.20, "Referrals", "blog.example.com", 8),
    Origin("Cold call", "cold call", "outbound", 16, 0.70, 0.80, "Offline sources", "Sales", 45),
    Origin("Purchased list", "purchased list", "outbound", 10, 0.55, 0.75, "Offline sources", "Import", 20),
    Origin("Trade show", "trade show", "outbound", 7, 0.90, 0.85, "Offline sources", "Import", 80),
    Origin("Partner referral", "partner", "outbound", 5, 1.15, 1.15, "Offline sources", "Integration", 40),
    # The last two are placed by row number (see EVERY), so they take no share of the listed sources.
    Origin("Legacy import 2019", "unknown", "unknown", 0, 0.85, 0.95, "Offline sources", "Import"),
    Origin(None, "unknown", "unknown", 0, 0.85, 0.95, "Offline sources", "Contacts"),
)

# Chance of each step for a lead of a middling source and a mid-sized company, and what the size makes of it.
STEP = (0.55, 0.82, 0.68, 0.74, 0.50)
SIZE_FACTOR = {
    "small": (1.20, 1.00, 1.15, 1.00, 1.20),
    "mid": (1.00, 1.00, 1.00, 1.00, 1.00),
    "large": (0.75, 1.00, 0.80, 1.00, 0.75),
}
# Twentieths of each direction's leads by size: inbound has more of the companies that buy sooner anyway.
SIZE_MIX = {
    "inbound": {"small": 9, "mid": 7, "large": 4},
    "outbound": {"small": 4, "mid": 7, "large": 9},
    "unknown": {"small": 6, "mid": 7, "large": 7},
}
NULL_SIZE_MIX = {"small": 7, "mid": 7, "large": 6}

# Days from one stage to the next, and how many of 64 leads wait that long. The same for everyone, so that waiting
# tells nothing about a lead, and the mix of those that got somewhere in time is the mix of those that get there.
WAITS: tuple[dict[int, int], ...] = (
    {0: 18, 1: 14, 2: 9, 3: 6, 5: 5, 7: 5, 10: 3, 14: 2, 21: 1, 30: 1},
    {0: 16, 1: 20, 2: 12, 3: 7, 4: 4, 6: 3, 9: 2},
    {0: 4, 1: 6, 2: 8, 4: 10, 6: 10, 8: 8, 11: 7, 15: 6, 20: 3, 28: 2},
    {0: 4, 2: 6, 4: 8, 7: 12, 10: 12, 14: 10, 19: 6, 25: 4, 33: 2},
    {0: 2, 5: 4, 10: 6, 16: 8, 22: 10, 29: 10, 37: 9, 47: 7, 60: 5, 85: 3},
)
EXIT_WAIT = {1: 6, 3: 8, 6: 10, 10: 10, 15: 10, 22: 8, 35: 6, 60: 4, 100: 2}
EXIT_CHANCE = {"disqualified": 0.75, "lost": 0.85}  # the rest stay open
# Of those who are customers, the share that leaves within each month of 30 days, on any of its days alike.
LEAVING = {"inbound": 0.015, "outbound": 0.025, "unknown": 0.02}
NULL_LEAVING = 0.02
MONTH = 30
NULL_COST = 50
UNEVEN = 0.15  # by how much the spending of a month on a source may be off, either way
SKIPPED_SQL = 0.06  # of the leads that come to an opportunity, those whose SQL date nobody entered
FUTURE_WIN = 0.50  # of the wins still to come, those already written down with their date

# Every so many-th lead, from that row on (rows count from 0). No two sets meet: their steps and rests see to that.
EVERY = {
    "missing_created": (1000, 377),
    "unreadable_created": (1000, 611),
    "created_after_as_of": (500, 243),
    "duplicate_id": (625, 310),
    "unlisted_source": (50, 7),
    "empty_source": (250, 101),
}
SET_ASIDE = ("missing_created", "unreadable_created", "created_after_as_of")

OWNERS = (
    "Aurel Bastin", "Bianca Ferro", "Cosmin Dragan", "Dorte Lund", "Emil Haas", "Fatou Keller",
    "Greta Olsson", "Hamid Roux", "Ines Calder", "Jonas Weiler", "Katja Brandt", "Luca Moreau",
)  # fmt: skip
FIRST_NAMES = (
    "Ada", "Boris", "Clara", "Denis", "Elif", "Farid", "Gwen", "Hugo", "Ilse", "Jan", "Kira", "Leon", "Mira", "Nils",
    "Oona", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Aumont", "Bakker", "Costa", "Dupuis", "Egger", "Fabre", "Gruber", "Horak", "Iversen", "Jansen", "Kowal", "Lopes",
    "Meyer", "Novak", "Özer", "Petit",
)  # fmt: skip
ACCOUNT_NAMES = (
    "Alderfen", "Brimtal", "Corvask", "Dunmarel", "Eskelund", "Fennora", "Galdris", "Hollowin", "Istrel", "Jorvane",
    "Kestrano", "Lorimund",
)  # fmt: skip
INDUSTRIES = ("Automotive", "Food and drink", "Logistics", "Pharma")
COUNTRIES = ("France", "Germany", "Italy", "Netherlands", "Spain", "Sweden")
STREAMS = (
    "day", "other_day", "growth", "minute", "source", "size", "account", "owner", "amount", "name", "country",
    "to_mql", "to_sal", "to_sql", "to_opportunity", "to_won",
    "mql_wait", "sal_wait", "sql_wait", "opportunity_wait", "won_wait", "exit", "exit_wait", "skip", "future",
    "leaving", "leaving_day", "answer", "answer_wait", "call", "call_wait", "more", "more_wait",
)  # fmt: skip


def dirt(leads: int) -> dict[str, int]:
    """Leads of each planted kind of dirt."""
    return {code: max(0, -((start - leads) // step)) for code, (step, start) in EVERY.items()}


def size_mix(direction: str, *, null: bool) -> dict[str, int]:
    """Twentieths of the leads of one direction, by size."""
    return NULL_SIZE_MIX if null else SIZE_MIX[direction]


def chances(origin: Origin, size: str, *, null: bool) -> tuple[int, ...]:
    """Chance of each step in shares of ``ONE``, exactly as the engine uses it."""
    if null:
        return tuple(round(step * ONE) for step in STEP)
    source = (origin.to_mql, 1.0, 1.0, 1.0, origin.to_won)
    return tuple(round(a * b * c * ONE) for a, b, c in zip(STEP, source, SIZE_FACTOR[size], strict=True))


def leaving(direction: str, *, null: bool) -> float:
    """The share of customers that leaves within a month."""
    return NULL_LEAVING if null else LEAVING[direction]


def cost(origin: Origin, *, null: bool) -> int:
    """Euros spent on a lead."""
    return NULL_COST if null and origin.percent else origin.cost


def uneven(seed: int, source: str, month: str) -> float:
    """By how much more than planned was spent on a source in a month: a factor."""
    return 1 + UNEVEN * (2 * salt(seed, f"spend {source} {month}") / ONE - 1)


def variables(*, leads: int, seed: int, null: bool) -> dict[str, object]:
    """The tables above as the engine reads them: lists to pick from with an even chance, and one salt a stream."""
    return {
        "leads": leads,
        "copies": dirt(leads)["duplicate_id"],
        "accounts": max(1, leads // 36),
        "salt": {stream: salt(seed, stream) for stream in ("lead", *STREAMS)},
        "every": {code: {"step": step, "start": start} for code, (step, start) in EVERY.items()},
        "origins": [index for index, origin in enumerate(ORIGINS) for _ in range(origin.percent)],
        "labels": [origin.label for origin in ORIGINS],
        "traffic": [origin.traffic for origin in ORIGINS],
        "drill_down": [origin.drill_down for origin in ORIGINS],
        "sizes": [
            index
            for origin in ORIGINS
            for index, size in enumerate(SIZES)
            for _ in range(size_mix(origin.direction, null=null)[size])
        ],
        "chances": [chance for origin in ORIGINS for size in SIZES for chance in chances(origin, size, null=null)],
        "waits": [_spread(wait) for wait in WAITS],
        "exit_wait": _spread(EXIT_WAIT),
        "gone": [_gone(leaving(origin.direction, null=null)) for origin in ORIGINS],
        "month": MONTH,
        "disqualified": round(EXIT_CHANCE["disqualified"] * ONE),
        "lost": round(EXIT_CHANCE["lost"] * ONE),
        "skipped": round(SKIPPED_SQL * ONE),
        "future": round(FUTURE_WIN * ONE),
        "owners": list(OWNERS),
        "first_names": list(FIRST_NAMES),
        "last_names": list(LAST_NAMES),
        "account_names": list(ACCOUNT_NAMES),
        "industries": list(INDUSTRIES),
        "size_names": list(SIZES),
        "countries": list(COUNTRIES),
    }


def _spread(wait: dict[int, int]) -> list[int]:
    return [days for days, leads in wait.items() for _ in range(leads)]


def _gone(share: float) -> list[int]:
    """Customers that are gone by the end of each month there is, in shares of ``ONE``."""
    return [round((1 - (1 - share) ** month) * ONE) for month in range(1, DAYS // MONTH + 2)]


def salt(seed: int, stream: str) -> int:
    """A whole number below ``ONE`` that is all a stream has of its own."""
    return int.from_bytes(hashlib.blake2b(f"{seed} {stream}".encode(), digest_size=4).digest(), "big")


def parameters(*, null: bool) -> dict[str, object]:
    """What was planted, for the reader of the answers."""
    return {
        "first_day": FIRST_DAY,
        "days": DAYS,
        "sources": [
            {
                "label": origin.label,
                "source": origin.source,
                "direction": origin.direction,
                "percent_of_listed": origin.percent,
                "chances": {size: [chance / ONE for chance in chances(origin, size, null=null)] for size in SIZES},
                "size_mix_in_twentieths": size_mix(origin.direction, null=null),
                "cost_per_lead": cost(origin, null=null),
            }
            for origin in ORIGINS
        ],
        "waits_in_days_of_64": dict(zip(STAGES[1:], WAITS, strict=True)),
        "exit_wait_in_days_of_64": EXIT_WAIT,
        "exit_chance": EXIT_CHANCE,
        "skipped_sql_share_of_opportunities": SKIPPED_SQL,
        "future_win_share_of_wins_to_come": FUTURE_WIN,
        "every": {code: {"step": step, "start": start} for code, (step, start) in EVERY.items()},
        "leaving_in_a_month": {direction: leaving(direction, null=null) for direction in DIRECTIONS},
        "spending_uneven_by": UNEVEN,
    }
