"""The nouns that flow through the package. Nothing here computes an interval, runs a query or writes a sentence.

Sufficient statistics (:class:`Counts`, :class:`Moments`, :class:`Ages`, :class:`Clusters`) add with ``+``; all else
is a frozen record.
"""

from alignment_metrics.values.ages import Ages
from alignment_metrics.values.answers import CANNOT_SAY, Answers
from alignment_metrics.values.clusters import Clusters, Products
from alignment_metrics.values.curves import Curve
from alignment_metrics.values.findings import VERDICTS, Against, Benchmark, Citation, Finding, Verdict
from alignment_metrics.values.results import Adjusted, Comparison, Estimate, Group, Significance, group
from alignment_metrics.values.sums import Countable, Counts, Moments

__all__ = [
    "CANNOT_SAY",
    "VERDICTS",
    "Adjusted",
    "Against",
    "Ages",
    "Answers",
    "Benchmark",
    "Citation",
    "Clusters",
    "Comparison",
    "Countable",
    "Counts",
    "Curve",
    "Estimate",
    "Finding",
    "Group",
    "Moments",
    "Products",
    "Significance",
    "Verdict",
    "group",
]
