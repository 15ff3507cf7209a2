"""The fine print under a comparison: how it was tested, what would tip it, and where the published number is from."""

from __future__ import annotations

from alignment_metrics.published import phrases
from alignment_metrics.published.registry import GRADES, comparables
from alignment_metrics.stats.rates import SMALLEST_EXPECTED
from alignment_metrics.values import Against, Citation, Estimate, Verdict

# Kinds of comparison in which the n of the source counts what ours does; elsewhere it counts firms or people.
SAME_KIND = ("answered", "unanswered", "survey")
# So few records are a handful: where they would do, a number would claim more than the approximation can tell.
HANDFUL = 30
FIXED = "The published number counts as exact, so that only our own uncertainty shows."


def compared(cited: Citation, mine: Estimate, verdict: Verdict, stands: Against, counted: str) -> tuple[str, ...]:
    """How the two were compared, and what the answer hangs on."""
    target, unit = number(cited)
    return (*_tested(mine, target, stands), *_alike(unit, mine, stands), *_tipping(cited, verdict, stands, counted))


def about(cited: Citation, because: str | None = None, *, claim: str = "") -> tuple[str, ...]:
    """Where a published number comes from, what ours must be, and what may part the two; not what the claim has told.

    What holds of several numbers is a note by itself, word for word the same, so that a page may say it once.
    """
    origin = phrases.origin(cited)
    told = [
        *([] if origin in claim else [f"The published number: {origin}."]),
        graded(cited.grade),
        f"Comparable when: {cited.comparable_when}",
        f"What may make it not comparable: {cited.caveat}",
    ]
    if cited.discrepancy and not (because and cited.discrepancy in because):
        told.append(f"How it is told elsewhere: {cited.discrepancy}")
    return tuple(told)


def graded(grade: str) -> str:
    """What a grade means, word for word the same wherever it is told.

    Examples
    --------
    >>> graded("C")
    'Grade C: second-hand only.'
    """
    return f"Grade {grade}: {GRADES.get(grade, 'unknown')}."


def tips(target: float, tipping_n: int) -> str:
    """From how many records behind the published number on ours would differ by more than chance, as it is to be read.

    Examples
    --------
    >>> tips(0.1, 5508), tips(0.31, 12)
    ('5,508', 'a handful')
    """
    return "a handful" if _rough(target, tipping_n) and tipping_n <= HANDFUL else f"{tipping_n:,}"


def number(cited: Citation) -> tuple[float, str]:
    """The value and unit of a citation that has not been refused."""
    assert cited.value is not None
    assert cited.unit is not None
    return cited.value, cited.unit


def _tested(mine: Estimate, target: float, stands: Against) -> list[str]:
    if stands.pvalue is None:
        if phrases.certain(mine):
            return [f"Not tested: our number has no interval ({mine.method})."]
        return [f"Not tested beyond its interval ({stands.method})."]
    told = f"Tested against a fixed target: {phrases.pvalue(stands.pvalue)} ({stands.method})."
    outside = mine.low > target or mine.high < target
    if outside != (stands.pvalue < 1 - mine.confidence):
        told += " Interval and test disagree at this level: it is a close call."
    return [told, FIXED]


def _alike(unit: str, mine: Estimate, stands: Against) -> list[str]:
    if stands.margin is None or stands.equivalence is None:
        return []
    margin, shown = phrases.apart(stands.margin, unit), phrases.pvalue(stands.equivalence)
    return [
        f"That the two lie within {margin} of each other: {shown} (two one-sided tests).",
        # The same of every comparison at one level, so that a page can say it once.
        f"Equivalent means that the whole {100 * mine.confidence:g}% interval lies within the margin, which the two "
        f"one-sided tests show at a p of about {(1 - mine.confidence) / 2:g} or less.",
    ]


def _tipping(cited: Citation, verdict: Verdict, stands: Against, counted: str) -> list[str]:
    published = f"the published {phrases.number(*number(cited))}"
    tipping = stands.tipping_n
    if tipping is None:
        if verdict == "no_difference_shown" and stands.pvalue is not None and stands.method.startswith("exact"):
            return [f"No number of {counted} behind {published} would make the difference more than chance."]
        return []
    target, _ = number(cited)
    least = tips(target, tipping)
    if least == "a handful":
        told = f"Any source of more than a handful of {counted} would make the difference more than chance."
    else:
        rough = "; so few hits are to be expected that this number is rough" if _rough(target, tipping) else ""
        told = f"Were {published} itself from fewer than {least} {counted}, chance could explain the difference{rough}."
    if cited.n is None:
        return [f"{told} Its source does not say from how many it is."]
    kinds = {one.citation.id: one.kind for one in comparables()}
    size = phrases.size(cited)
    if cited.id not in kinds:
        return [f"{told} Its source has {size}; whether that counts {counted} is not known here."]
    if kinds[cited.id] not in SAME_KIND:
        return [f"{told} Its source has {size}, which does not count {counted}."]
    if cited.n >= tipping:
        return [f"{told} Its source has {size}, which is enough."]
    return [f"{told} Its source has {size}, which is too few: chance may well explain the difference."]


def _rough(target: float, n: int) -> bool:
    # Of so few that less than five hits, or misses, are to be expected, the normal approximation tells little.
    return n * min(target, 1 - target) < SMALLEST_EXPECTED
