"""The published numbers as cited data, and how to set one of ours beside one of them."""

from alignment_metrics.published.cite import bibtex, cited, valued
from alignment_metrics.published.claimed import Article, ArticleClaim, article, articles
from alignment_metrics.published.frame import benchmarks
from alignment_metrics.published.placing import beside, beside_range
from alignment_metrics.published.quoted import entered
from alignment_metrics.published.registry import (
    GRADES,
    USES,
    Comparable,
    citation,
    citations,
    comparables,
    metric_of,
    misread,
    nearest,
    shown,
    together,
)

__all__ = [
    "GRADES",
    "USES",
    "Article",
    "ArticleClaim",
    "Comparable",
    "article",
    "articles",
    "benchmarks",
    "beside",
    "beside_range",
    "bibtex",
    "citation",
    "citations",
    "cited",
    "comparables",
    "entered",
    "metric_of",
    "misread",
    "nearest",
    "shown",
    "together",
    "valued",
]
