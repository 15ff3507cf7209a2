"""Counts leads by group. The one room where a query runs; what leaves it adds."""

from alignment_metrics.tallies.attempts import attempts
from alignment_metrics.tallies.clustering import clusters
from alignment_metrics.tallies.counting import tally
from alignment_metrics.tallies.handed import Handed, handed
from alignment_metrics.tallies.money import spending
from alignment_metrics.tallies.since import first_day, since
from alignment_metrics.tallies.table import Cell, Tally
from alignment_metrics.tallies.touching import Clocked, answer_minutes, clocked, followed

__all__ = [
    "Cell",
    "Clocked",
    "Handed",
    "Tally",
    "answer_minutes",
    "attempts",
    "clocked",
    "clusters",
    "first_day",
    "followed",
    "handed",
    "since",
    "spending",
    "tally",
]
