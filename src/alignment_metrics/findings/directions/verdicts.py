"""When a difference between the directions is claimed: what must agree, and what asking several questions costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from alignment_metrics.findings.directions.sides import LEFT, RIGHT, Sides
from alignment_metrics.stats.clusters import clustered, clustered_difference
from alignment_metrics.stats.mantel import mantel_haenszel
from alignment_metrics.tallies import Cell
from alignment_metrics.values import Clusters, Comparison, Estimate, Verdict

NOT: Verdict = "no_difference_shown"
Claim = Callable[[float], Verdict]


def sign(difference: Estimate) -> Verdict:
    """On which side of nought the whole interval lies."""
    return "higher" if difference.low > 0 else "lower" if difference.high < 0 else NOT


def as_they_come(comparison: Comparison) -> Verdict:
    """What two groups show without any adjustment."""
    # Interval and test may fall out differently near the edge; only what both say is claimed.
    return sign(comparison.difference) if comparison.pvalue < 1 - comparison.difference.confidence else NOT


def likelier(sides: Sides, clusters: Sequence[Clusters], confidence: float) -> Verdict:
    """Whether inbound leads convert more often, or less: all that can be asked must agree, each at ``confidence``.

    Where the strata decide, these are the standardised difference and the Cochran-Mantel-Haenszel test, for either
    alone is misled where the two groups have few strata in common; elsewhere the crude interval and its test and, where
    any stratum holds leads of both, that test of the strata as well, which is sound however thin they are. All must
    stand once leads are counted by cluster, in each of ``clusters``, such as accounts.
    """
    comparison = sides.compared(confidence)
    told = [as_they_come(comparison)]
    if comparison.adjusted:
        told = [sign(comparison.adjusted.difference) if sides.strata.decide else told[0], together(sides, confidence)]
    if len(set(told)) > 1 or told[0] == NOT:
        return NOT
    return told[0] if all(sign(by_cluster(sides, one, confidence)) == told[0] for one in clusters) else NOT


def together(sides: Sides, confidence: float) -> Verdict:
    """What all strata together show, by the Cochran-Mantel-Haenszel test."""
    alike = mantel_haenszel(sides.strata.cells, confidence=confidence)
    leaning: Verdict = "higher" if alike.difference.value > 0 else "lower"
    return leaning if alike.test.pvalue < 1 - confidence else NOT


def by_cluster(sides: Sides, clusters: Clusters, confidence: float) -> Estimate:
    """The difference that decides, with the interval of leads that come in clusters."""
    if sides.strata.decide:
        return clustered(clusters, sides.weights(), confidence=confidence)
    return clustered_difference(clusters, *cells_of(clusters), confidence=confidence)


def cells_of(clusters: Clusters) -> tuple[list[Cell], list[Cell]]:
    """The cells of either direction."""
    left, right = ([cell for cell in clusters.cells if cell[0] == side] for side in (LEFT, RIGHT))
    return left, right


def stepped(claims: Mapping[str, Claim], confidence: float) -> dict[str, Verdict]:
    """What each claim comes to when several are made: Holm's procedure, for claims that rest on more than a p-value.

    Parameters
    ----------
    claims : mapping of str to callable
        What each shows at a confidence; what is shown at a higher one must be shown at any lower one.
    confidence : float
        That no claim at all is false, where none is true.

    Returns
    -------
    dict of str to Verdict

    References
    ----------
    Holm (1979) Scandinavian Journal of Statistics 6:65.
    """
    verdicts = dict.fromkeys(claims, NOT)
    waiting = list(claims)
    while waiting:
        level = confidence if len(waiting) == 1 else 1 - (1 - confidence) / len(waiting)
        shown = {name: verdict for name in waiting if (verdict := claims[name](level)) != NOT}
        verdicts |= shown
        if not shown:
            break
        waiting = [name for name in waiting if name not in shown]
    return verdicts
