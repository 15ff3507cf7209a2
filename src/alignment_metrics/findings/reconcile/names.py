"""How definitions, and the choices they are made of, are called before a client."""

from __future__ import annotations

from alignment_metrics.charter import CHOICES, Charter
from alignment_metrics.definitions import YEAR_MONTHS, Variant, latest_year
from alignment_metrics.findings.words import plain

CHOICE = {
    "entry": "which entry counts",
    "skipped": "skipped stages",
    "dating": "how conversions are dated",
    "span": "which months count",
    "window": "the window",
    "young": "young leads",
    "unit": "what is counted",
    "unknown": "leads of unknown origin",
}
UNIT = {"lead": "leads", "account": "accounts", "opportunity": "opportunities"}


class Names:
    """Words for the options of each choice, with the numbers of one charter in them."""

    def __init__(self, charter: Charter) -> None:
        days = charter.policy.within_days
        window = f"{days} day{'' if days == 1 else 's'}"
        year = latest_year(charter)
        self.stages = charter.funnel
        self.months = (year[1].year - year[0].year) * 12 + year[1].month - year[0].month + 1 if year else 0
        self.period = f"{year[0]:%Y-%m} to {year[1]:%Y-%m}" if year else ""
        latest = "the latest month" if self.months == 1 else f"the latest {self.months or YEAR_MONTHS} months"
        words: dict[str, tuple[str, ...]] = {
            "entry": ("first entry of a stage", "last entry of a stage"),
            "skipped": ("only stages observed", "skipped stages taken as passed"),
            "dating": ("by the day leads came in", "conversions over leads of a period", "by the day the wait ended"),
            "span": ("leads of all months", f"leads of {latest}"),
            "window": (f"within {window}", "at any time"),
            "young": (f"only leads at least {window} old", "young leads counted too"),
            "unit": tuple(UNIT.values()),
            "unknown": ("leads of unknown origin too", "without leads of unknown origin"),
        }
        self._words = {
            (choice, option): word
            for choice, options in CHOICES.items()
            for option, word in zip(options, words[choice], strict=True)
        }

    def option(self, choice: str, option: str) -> str:
        return self._words[choice, option]

    def changed(self, variant: Variant, own: Variant) -> str:
        """What a definition changes of the charter's own, in a few words; empty where it is the same."""
        told = [self.option(choice, getattr(variant, choice)) for choice in own.apart(variant)]
        return ", ".join(told)

    @property
    def reached(self) -> str:
        return f"reached {plain(self.stages.last)}"


def noun(variant: Variant, n: int) -> str:
    """
    Examples
    --------
    >>> noun(Variant(unit="opportunity"), 1), noun(Variant(), 4070)
    ('1 opportunity', '4,070 leads')
    """
    return f"{n:,} {variant.unit if n == 1 else UNIT[variant.unit]}"
