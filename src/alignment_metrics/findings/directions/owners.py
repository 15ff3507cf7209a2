"""Whether leads of one owner fare more alike than chance would have it, so that owners count and not leads alone."""

from __future__ import annotations

from alignment_metrics.findings.directions.sides import LEFT, RIGHT
from alignment_metrics.values import Clusters

UNLIKE = 0.1
"""The chance below which owners count as unlike: they are few, so a stricter test would overlook those that are."""


def have_a_say(clusters: Clusters, by_chance: float) -> bool:
    """Whether owners count: at least two of either direction are known, and they are unlike.

    Parameters
    ----------
    clusters : Clusters
        Leads by direction and by owner.
    by_chance : float
        What ``stats.gathered.scatter_pvalue`` says of them.

    Notes
    -----
    Asked of all owners, an interval on as few degrees of freedom as there are of them would cost most of what ordinary
    exports show, in which owners are alike. Of made-up exports without any difference, with 12 owners of an intraclass
    correlation of 0.05 and 30 or 150 leads each, so asked 1 to 7% were called different, whether owners had leads of
    one direction or of both, and without owners up to 48%; with 6 owners up to 10%. Of an effect so slight that the
    test overlooks it, a correlation of 0.01, it was 3 to 8%, and 12% with 6 owners.
    """
    most = {
        side: max((n for cell, n in clusters.sizes.items() if cell[0] == side), default=0) for side in (LEFT, RIGHT)
    }
    return min(most.values()) > 1 and by_chance < UNLIKE
