"""What some of a population tell of all of it, counted in whole people: draws without putting back.

Among ``N`` people whole numbers are few, so a formula for shares may name limits that no number of people has.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from scipy import special

from alignment_metrics.stats.exact import fisher
from alignment_metrics.stats.intervals import score_limits
from alignment_metrics.values import Counts

MOST_SILENT = 1000
"""People not seen, up to whom every number that may be is tried; above, one person more or less is nothing."""
Apart = Callable[[float, float], float]
"""How far one share lies from another: grows with the first, falls with the second."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Those who were seen, at least one, and of how many.

    Parameters
    ----------
    group : Counts
    population : int or None
        None where nobody knows; the population is then endless, and tested by the score.
    """

    group: Counts
    population: int | None

    @property
    def share(self) -> float:
        """Of those who were seen."""
        return self.group.hits / self.group.total

    @property
    def silent(self) -> float:
        """How many were not seen."""
        return math.inf if self.population is None else self.population - self.group.total

    @property
    def worth(self) -> float:
        """How many draws from an endless population would vary as little (Cochran 1977, section 2.6)."""
        if self.population is None:
            return self.group.total
        return self.group.total * (self.population - 1) / self.silent if self.silent else math.inf

    def turned(self) -> Drawn:
        """The same with yes and no exchanged."""
        return Drawn(Counts(self.group.total - self.group.hits, self.group.total), self.population)

    def least(self, z: float) -> float:
        """The lowest share that those who were seen do not reject, ``z`` standard errors being too many."""
        if self.population is None:
            return score_limits(self.group.hits, self.group.total, z)[0]
        return min(self.share, self._fewest(z) / self.population)

    def most(self, z: float) -> float:
        """The highest share that is not rejected."""
        other = self.turned()
        if self.population is None:
            return score_limits(self.group.hits, self.group.total, z)[1] if other.group.hits else 1.0
        return max(self.share, (self.population - other._fewest(z)) / self.population)

    def below(self, share: float) -> float:
        """By how many standard errors what was seen lies above this share; 0 where it does not."""
        if share >= self.share:
            return 0.0
        if self.population is None:
            return self._score(share)
        return self._missed(math.floor(whole(share, self.population)))

    def over(self, share: float) -> float:
        """By how many standard errors what was seen lies below this share; 0 where it does not."""
        if share <= self.share:
            return 0.0
        if self.population is None:
            return self._score(share)
        return self.turned()._missed(self.population - math.ceil(whole(share, self.population)))

    def downwards(self, z: float) -> Iterator[tuple[float, float]]:
        """From the share seen down, every one of the population that is not rejected, and by how much it is missed."""
        people = self.population or 0
        yield self.share, 0.0
        for yes in range(self._fewest(z), math.ceil(whole(self.share, people))):
            yield yes / people, self._missed(yes)

    def upwards(self, z: float) -> Iterator[tuple[float, float]]:
        """The same from the share seen up."""
        people, other = self.population or 0, self.turned()
        yield self.share, 0.0
        for no in range(other._fewest(z), math.ceil(whole(other.share, people))):
            yield (people - no) / people, other._missed(no)

    def _fewest(self, z: float) -> int:
        # The more say yes in all, the likelier are as many as were seen, and more: both tails grow, and so does their
        # mean. So what is not rejected has no gaps, and halving finds where it begins.
        least, most = self.group.hits, self.group.hits + int(self.silent)
        while least < most:
            middle = (least + most) // 2
            least, most = (least, middle) if self._missed(middle) <= _reach(z) else (middle + 1, most)
        return least

    def _missed(self, yes: int) -> float:
        """Beyond how many standard errors lies as much as what was seen or more, were it ``yes`` in all."""
        chance = _as_many(self.group.hits, self.group.total, yes, self.population or 0)
        return max(0.0, -float(special.ndtri(chance)))

    def _score(self, share: float) -> float:
        error = math.sqrt(share * (1 - share) / self.group.total)
        return abs(self.share - share) / error if error else math.inf


def nearest(left: Drawn, right: Drawn, z: float, apart: Apart) -> float | None:
    """How little two populations may lie apart, left less right, so that both together are not rejected.

    Returns
    -------
    float or None
        None where too many of both were not seen for all numbers of people to be tried.

    Notes
    -----
    A pair of shares is rejected where the standard errors by which both are missed, squared and added, pass ``z``
    squared. Newcombe's limits are where this would lead were both shares missed in proportion; with few people they
    are not: the whole numbers end.
    """
    if min(left.silent, right.silent) > MOST_SILENT:
        return None

    def rest(missed: float) -> float:
        return math.sqrt(max(0.0, _reach(z) ** 2 - missed * missed))

    if left.silent <= right.silent:
        return min(apart(share, right.most(rest(missed))) for share, missed in left.downwards(z))
    return min(apart(left.least(rest(missed)), share) for share, missed in right.upwards(z))


def crossed(left: Drawn, right: Drawn) -> float | None:
    """Standard errors, squared and added, by which the nearest two populations are missed of which left is not above.

    Returns
    -------
    float or None
        Their root. None as in :func:`nearest`.

    Notes
    -----
    :func:`nearest` of the difference is above 0 just where this is above ``z``.
    """
    if min(left.silent, right.silent) > MOST_SILENT:
        return None
    if left.silent <= right.silent:
        return min(math.hypot(missed, right.over(share)) for share, missed in left.downwards(math.inf))
    return min(math.hypot(missed, left.below(share)) for share, missed in right.upwards(math.inf))


def whole(share: float, population: int) -> float:
    """A share in people; where rounding alone parts it from a whole number, that number."""
    people = share * population
    return round(people) if math.isclose(people, round(people), rel_tol=1e-12, abs_tol=1e-9) else people


def _reach(z: float) -> float:
    """Of few people one of twenty is often the one: what is missed by just ``z``, but for rounding, is not rejected."""
    return z * (1 + 1e-12)


@lru_cache(maxsize=1 << 16)
def _as_many(hits: int, total: int, yes: int, population: int) -> float:
    """How often of ``total`` drawn more than ``hits`` say yes, and half of how often just as many do (mid-P)."""
    return (_at_least(hits, total, yes, population) + _at_least(hits + 1, total, yes, population)) / 2


def _at_least(hits: int, total: int, yes: int, population: int) -> float:
    """How often of ``total`` drawn so many or more say yes: Fisher's test of those drawn against the others."""
    others = population - total
    if hits > min(total, yes):
        return 0.0
    if yes - hits >= others:
        return 1.0
    return fisher(Counts(hits, total), Counts(yes - hits, others), alternative="greater")
