"""What may be counted. A measure says which leads it is about, the sums it needs of them and how to read those back."""

from alignment_metrics.measures.answering import Answered, AnswerTime
from alignment_metrics.measures.lateness import Late
from alignment_metrics.measures.measure import Measure, Statistic, Sums
from alignment_metrics.measures.moving import Moved
from alignment_metrics.measures.reaching import Reach, Worth
from alignment_metrics.measures.taking import Took
from alignment_metrics.measures.waiting import SKIPPED, Stay, Tenure, Wait

__all__ = [
    "SKIPPED",
    "AnswerTime",
    "Answered",
    "Late",
    "Measure",
    "Moved",
    "Reach",
    "Statistic",
    "Stay",
    "Sums",
    "Tenure",
    "Took",
    "Wait",
    "Worth",
]
