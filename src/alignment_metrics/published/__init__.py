"""The published numbers as cited data, and how to set one of ours beside one of them."""

from alignment_metrics.published.placing import beside
from alignment_metrics.published.registry import Comparable, citations, comparables

__all__ = ["Comparable", "beside", "citations", "comparables"]
