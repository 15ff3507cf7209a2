"""What the chapter asks, and what asking it all at once costs: one family of tests, so that chance raises one alarm."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from alignment_metrics.charter import ACCOUNT, Charter, Policy
from alignment_metrics.findings.batches import Batch, batches
from alignment_metrics.findings.groups import too_few
from alignment_metrics.findings.leakage import leaks
from alignment_metrics.findings.sources.known import TELLING, Accounts, Known, some
from alignment_metrics.findings.whole import Whole, telling
from alignment_metrics.findings.words import listed, percent, plain
from alignment_metrics.stats.many import holm
from alignment_metrics.tallies import Cell, Tally, clusters, tally
from alignment_metrics.values import Counts, Verdict

SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Asked:
    """The leads by source, by each tag and by each column of the organisation's own, and how they were tested.

    ``chances`` are the p-values of "all known groups share one rate", adjusted by Holm over everything that is asked;
    whatever else the chapter claims of a breakdown is asked only where that is shown. ``nan``: could not be asked.
    Sources whose leads look as if they were entered once they had converted take no part. Where the accounts of most
    leads are known, leads of one are not taken as independent.
    """

    whole: Whole
    parts: Mapping[str, Known]
    sql: Mapping[str, str]
    chances: Mapping[str, float]

    @classmethod
    def of(cls, whole: Whole) -> Asked:
        policy = whole.charter.policy
        found = {key: _counted(whole, key) for key in (SOURCE, *whole.charter.tags, *whole.charter.breakdowns)}
        found_late = leaks(whole.waits, whole.counts, least=policy.min_group)
        late = {one.source for one in found_late if one.kind == "entered"}
        parts = {
            key: Known.of(
                one, policy, noun=noun(key), accounts=_accounts(whole, key), late=late if key == SOURCE else set()
            )
            for key, one in found.items()
        }
        # A few leads beside many are no question of their own, and would make the others dearer.
        asked = [key for key, part in parts.items() if len(part.rated) > 1]
        adjusted = holm([parts[key].chance() for key in asked])
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
        return sum(self.sources.late.values(), start=self.sources.together + self.sources.unknown)

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
        """Why the rates of the groups cannot be compared; no reason where they can."""
        verdict, because = self.parted(key)
        together = self.parts[key].together
        if because or 0 < together.hits < together.total:
            return verdict, because
        which, stop = f"lead with a known {plain(key)}{self.besides(key)}", plain(self.whole.measure.stop)
        if together.hits:
            return "not_enough_data", (
                f"every {which} reached {self.window}: no rate can differ, or the stage {stop} is not mapped as "
                "the CRM keeps it."
            )
        return "not_enough_data", (
            f"no {which} reached {self.window}: it is too early, or the stage {stop} is not mapped as the CRM keeps it."
        )

    def parted(self, key: str) -> tuple[Verdict, str | None]:
        """Why there are no two groups to set side by side, whatever their rates; no reason where there are."""
        part = self.parts[key]
        whose = f"a {plain(key)}" if key != SOURCE else "a source that the charter's [sources] list"
        if not part.groups and part.late:
            return "not_enough_data", "every lead of a known source looks as if it was entered once it had converted."
        if not part.groups:
            return "does_not_apply", f"not one lead that is old enough has {whose}, and nothing is guessed."
        if len(part.groups) == 1:
            (only,) = part.groups
            comes = "comes from" if key == SOURCE else "has"
            which = f"lead with a known {plain(key)}{self.besides(key)}"
            return "does_not_apply", f"every {which} {comes} one and the same, {only}."
        if len(part.rated) < 2:
            least = f"{self.policy.min_group} lead{'' if self.policy.min_group == 1 else 's'}"
            return "not_enough_data", f"fewer than two {noun(key)} have the {least} that a rate takes."
        return "measured", None

    def besides(self, key: str) -> str:
        """Which leads take no part, in words; nothing where all do."""
        return f", besides those of {some(list(self.parts[key].late))}," if self.parts[key].late else ""

    def alike(self, key: str) -> Iterator[str]:
        """How leads of one account were allowed for; nothing where accounts are not known."""
        part = self.parts[key]
        if part.accounts is None or not part.effect >= 1:
            return
        if part.effect < TELLING:
            yield (
                f"Leads of one account may fare alike: the tests allow for it (design effect {part.effect:.2f}, Rao "
                "and Scott), and it changes next to nothing."
            )
            return
        yield (
            f"Leads of one account fare alike: {part.together.total:,} of them tell as much as "
            f"{part.together.total / part.effect:,.0f} that have nothing to do with one another (design effect "
            f"{part.effect:.2f}). The tests allow for it (Rao and Scott); the interval beside each rate counts leads "
            f"singly, and would have to be about {math.sqrt(part.effect):.1f} times as wide."
        )

    @property
    def widening(self) -> float:
        """The design effect that intervals set beside one another must allow for; 1 where it is hardly any."""
        return self.sources.effect if self.sources.tells else 1.0

    def came_late(self) -> Iterator[str]:
        """Which sources have no rate since their leads look as if they were entered once they had converted."""
        for name, counts in self.sources.late.items():
            converted = percent(counts.hits / counts.total)
            yield (
                f"{name} looks as if its leads were entered once they had converted ({converted} of {counts.total:,} "
                "did, most within a day of creation), so its rate is none."
            )

    def often_at_once(self) -> Iterator[str]:
        """Which sources convert unusually often within a day of creation, and take part all the same."""
        for one in leaks(self.whole.waits, self.whole.counts, least=self.policy.min_group):
            if one.kind == "often" and one.source in self.sources.groups:
                yield (
                    f"{one.source} converts unusually often within a day of creation; look at how its leads are "
                    "entered."
                )

    @property
    def batches(self) -> list[Batch]:
        """The sources that take part and came in a batch."""
        found = batches(self.whole.months, least=max(self.policy.min_group, self.policy.suppress_below))
        return [one for one in found if one.source in self.sources.groups]

    def batched(self) -> Iterator[str]:
        """Which sources came in a batch."""
        if names := [one.source for one in self.batches]:
            whose = "it" if len(names) == 1 else "them"
            yield (
                f"{some(names)} came in a batch, or only in some months: what is said of {whose} is also said of those "
                "months (see sources.batches)."
            )

    def family(self, *, again: bool = False) -> str:
        """What is said beside a p-value, in short where it is said ``again``; nothing of one question alone."""
        asked = [plain(key) for key, chance in self.chances.items() if chance == chance]
        if len(asked) < 2:
            return ""
        if again:
            return f"Holm's adjustment pays for asking {len(asked)} breakdowns (named under sources.conversion)."
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


def _accounts(whole: Whole, key: str) -> Accounts | None:
    """How the leads of each group go together by account; None where the accounts of most are not known."""
    by: tuple[str, ...] = (SOURCE, *whole.charter.tags)
    found = telling(whole.sources_by_account)
    if found is None:
        return None
    if key not in by:
        counted = key in whole.charter.adjust_by
        by = ("direction", *whole.charter.adjust_by) if counted else (key,)
        found = telling(whole.accounts if counted else clusters(whole.crm, whole.measure, by=key, per=ACCOUNT))
        if found is None:
            return None
    place = by.index(key)
    cells: dict[str, list[Cell]] = {}
    for cell in found.cells:
        cells.setdefault(cell[place], []).append(cell)
    return Accounts(found, cells)
