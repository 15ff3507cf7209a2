"""Counts leads by group. The one room where a query runs; what leaves it adds."""

from alignment_metrics.tallies.clustering import clusters
from alignment_metrics.tallies.counting import tally
from alignment_metrics.tallies.money import spending
from alignment_metrics.tallies.table import Cell, Tally

__all__ = ["Cell", "Tally", "clusters", "spending", "tally"]
