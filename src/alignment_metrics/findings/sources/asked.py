"""What the chapter asks, and what asking it all at once costs: one family of tests, so that chance raises one alarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alignment_metrics.charter import Charter, Policy
from alignment_metrics.findings.groups import too_few
from alignment_metrics.findings.sources.known import Known
from alignment_metrics.findings.whole import Whole
from alignment_metrics.findings.words import listed, plain
from alignment_metrics.stats.many import holm, homogeneity
from alignment_metrics.tallies import Tally, tally
from alignment_metrics.values import Counts, Verdict

SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Asked:
    """The leads by source, by each tag and by each column of the organisation's own, and how they were tested.

    ``chances`` are the p-values of "all known groups share one rate", adjusted by Holm over everything that is asked;
    whatever else the chapter claims of a breakdown is asked only where that is shown. ``nan``: could not be asked.
    """

    whole: Whole
    parts: Mapping[str, Known]
    sql: Mapping[str, str]
    chances: Mapping[str, float]

    @classmethod
    def of(cls, whole: Whole) -> Asked:
        policy = whole.charter.policy
        found = {key: _counted(whole, key) for key in (SOURCE, *whole.charter.tags, *whole.charter.breakdowns)}
        parts = {key: Known.of(one, policy, noun=noun(key)) for key, one in found.items()}
        # A few leads beside many are no question of their own, and would make the others dearer.
        asked = [key for key, part in parts.items() if len(part.rated) > 1]
        adjusted = holm([homogeneity(parts[key].groups.values()) for key in asked])
        chances = dict.fromkeys(parts, float("nan")) | dict(zip(asked, adjusted, strict=True))
        return cls(whole, parts, {key: one.sql for key, one in found.items()}, chances)

    @property
    def charter(self) -> Charter:
        return self.whole.charter

    @property
    def policy(self) -> Policy:
        return self.charter.policy

    @property
    def sources(self) -> Known:
        return self.parts[SOURCE]

    @property
    def counts(self) -> Counts:
        """All leads that are old enough."""
        return self.sources.together + self.sources.unknown

    @property
    def window(self) -> str:
        """Such as ``"won within 90 days"``."""
        days = self.policy.within_days
        return f"{plain(self.whole.measure.stop)} within {days} day{'' if days == 1 else 's'}"

    def differ(self, key: str) -> bool:
        """Whether it is shown that the groups are not all alike."""
        return self.chances[key] < 1 - self.policy.confidence

    def too_few(self) -> str | None:
        """Why there are too few leads for any rate; None where there are enough."""
        return too_few(self.counts, self.policy, start=self.whole.measure.start, days=self.policy.within_days)

    def refused(self, key: str) -> tuple[Verdict, str | None]:
        """Why the groups cannot be compared; no reason where they can."""
        part = self.parts[key]
        whose = f"a {plain(key)}" if key != SOURCE else "a source that the charter's [sources] list"
        if not part.groups:
            return "does_not_apply", f"not one lead that is old enough has {whose}, and nothing is guessed."
        if len(part.groups) == 1:
            (only,) = part.groups
            comes = "comes from" if key == SOURCE else "has"
            return "does_not_apply", f"every lead with a known {plain(key)} {comes} one and the same, {only}."
        if len(part.rated) < 2:
            least = f"{self.policy.min_group} lead{'' if self.policy.min_group == 1 else 's'}"
            return "not_enough_data", f"fewer than two {noun(key)} have the {least} that a rate takes."
        return "measured", None

    def family(self) -> str:
        """What is said beside a p-value; nothing where one question alone is asked."""
        asked = [plain(key) for key, chance in self.chances.items() if chance == chance]
        if len(asked) < 2:
            return ""
        return (
            f"{len(asked)} breakdowns of the same leads are asked whether their groups share one rate: by "
            f"{listed(asked)}. Holm's adjustment pays for asking all of them."
        )


def noun(key: str) -> str:
    """What the groups by a key are called."""
    return "sources" if key == SOURCE else f"groups by {plain(key)}"


def _counted(whole: Whole, key: str) -> Tally[Counts]:
    # What is adjusted for was counted with the sources; any other column costs a query of its own.
    if key in whole.counts.keys:
        return whole.counts.by(key)
    return tally(whole.crm, whole.measure, by=key)
