"""Whether customers that came inbound stay longer than those that came outbound."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from alignment_metrics.charter import Policy
from alignment_metrics.crm import Crm
from alignment_metrics.findings.directions.sides import LEFT, RIGHT
from alignment_metrics.findings.directions.verdicts import as_they_come
from alignment_metrics.findings.groups import Estimates
from alignment_metrics.findings.waits import WATCHED
from alignment_metrics.findings.words import few, level, points, pvalue, share
from alignment_metrics.measures import Stay, Tenure
from alignment_metrics.stats.contrasts import difference_at, logrank
from alignment_metrics.tallies import tally
from alignment_metrics.values import Ages, Comparison, Estimate, Finding, Verdict

CODE = "inbound_vs_outbound.retention"
QUESTION = "Is a larger share kept of the customers that came inbound than of those that came outbound?"
UNTOLD = "Whether a larger share of the inbound customers is kept cannot be told."
YEAR = 365
DAYS = (YEAR, 180, 90, 30)
"""Ages at which customers may be compared: at the highest that enough of both directions could have reached."""


@dataclass(frozen=True, slots=True)
class Loyalty:
    """Customers by direction and how long they stayed, as far as the folder tells."""

    left: Ages
    right: Ages
    sql: str
    policy: Policy
    refused: tuple[Verdict, str] | None = None
    day: int = YEAR

    @classmethod
    def of(cls, crm: Crm) -> Loyalty:
        """The day of comparison rests on when customers became customers alone: who left says nothing of it."""
        policy, nobody = crm.charter.policy, Ages((), ())
        if not crm.has_customers:
            because = "the folder has no customers.csv, which tells since when each customer is one and until when."
            return cls(nobody, nobody, "", policy, ("does_not_apply", because))
        found = tally(crm, Stay(), by="direction")
        left, right = (found.at(direction=side).total() for side in (LEFT, RIGHT))
        since = tally(crm, Tenure(), by="direction")
        reached = [_reached(since.at(direction=side).total(), _least(policy)) for side in (LEFT, RIGHT)]
        told = cls(left, right, found.sql, policy, day=min(reached))
        few_there = told._too_few()
        return told if few_there is None else replace(told, refused=("not_enough_data", few_there))

    @property
    def tested(self) -> bool:
        """Whether there is anything to test: not where all were kept on both sides, or nobody was."""
        kept = self.compared(self.policy.confidence)
        return not math.isnan(kept.pvalue) and not kept.left.value == kept.right.value in (0.0, 1.0)

    def compared(self, confidence: float) -> Comparison:
        """The shares kept: what the shares that left leave."""
        left = difference_at(self.right, self.left, self.day, confidence=confidence)
        untold = Estimate(math.nan, -math.inf, math.inf, left.difference.n, "log ratio", "not told", confidence)
        return replace(left, left=_rest(left.right), right=_rest(left.left), log_ratio=untold)

    def verdict(self, confidence: float) -> Verdict:
        """Whether a larger share of the inbound customers is kept, or a smaller."""
        return as_they_come(self.compared(confidence))

    def finding(self, verdict: Verdict, family: str) -> Finding:
        """The claim; ``verdict`` is what is left of it once several are made, and ``family`` says so."""
        sql = (self.sql,) if self.sql else ()
        if self.refused:
            refused, because = self.refused
            return Finding(CODE, QUESTION, refused, UNTOLD, because=because, sql=sql)
        kept = self.compared(self.policy.confidence)
        size = {"higher": "larger", "lower": "smaller"}.get(verdict)
        head = (
            f"A {size} share is kept of the customers that came inbound than of those that came outbound"
            if size
            else "No difference in the share of customers kept is shown, which is not the same as none"
        )
        claim = (
            f"{head}. After {self.day} days there are still {share(kept.left)} of {kept.left.n:,} inbound and "
            f"{share(kept.right)} of {kept.right.n:,} outbound customers: {points(kept.difference)} "
            f"({level(self.policy)}s)."
        )
        rows: Estimates = (
            ((), kept.difference),
            ((("direction", LEFT),), kept.left),
            ((("direction", RIGHT),), kept.right),
        )
        return Finding(
            CODE,
            QUESTION,
            verdict,
            claim,
            rows,
            notes=tuple(self._notes(kept, family)),
            sql=sql,
        )

    def _notes(self, kept: Comparison, family: str) -> Iterator[str]:
        yield (
            f"Customers still there are counted for as long as they were watched; {pvalue(kept.pvalue)} "
            f"({kept.method})."
        )
        if self.day < YEAR:
            yield (
                f"Fewer than {_least(self.policy)} customers of a direction became one a year ago or earlier, so they "
                f"are compared after {self.day} days."
            )
        whole = logrank({LEFT: self.left, RIGHT: self.right})
        if not math.isnan(whole.pvalue):
            yield f"Over all days together: {pvalue(whole.pvalue)} ({whole.method}), outside the family of claims."
        yield "Only customers can leave: who became one may be of another kind in one direction than in the other."
        if family:
            yield family

    def _too_few(self) -> str | None:
        for side, ages in ((LEFT, self.left), (RIGHT, self.right)):
            if ages.n < max(1, self.policy.min_group):
                n = few(ages.n, self.policy)
                return (
                    f"{n if n.startswith('fewer') else f'only {n}'} of the customers came {side}, and the charter asks "
                    f"for {self.policy.min_group}."
                )
        if not self.day:
            return (
                f"fewer than {_least(self.policy)} customers of a direction became one {DAYS[-1]} days ago or earlier, "
                "and it takes as many to compare how long they stay."
            )
        return None


def _least(policy: Policy) -> int:
    return max(WATCHED, policy.min_group)


def _reached(since: Ages, least: int) -> int:
    """The highest of the days of comparison that so many customers would have reached by now; 0 where none is."""
    ages = tuple(zip(since.day, since.censored, strict=True))
    return next((day for day in DAYS if sum(n for age, n in ages if age >= day) >= least), 0)


def _rest(left: Estimate) -> Estimate:
    """The share kept, of the share that left."""
    return replace(left, value=1 - left.value, low=1 - left.high, high=1 - left.low)
