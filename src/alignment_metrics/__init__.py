"""Numbers that settle the quarrel about leads between marketing and sales.

Everything at the front door loads when first asked for: importing the package itself costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alignment_metrics.charter import Charter, read_charter
    from alignment_metrics.crm import Crm
    from alignment_metrics.exports import ExportError, read_export
    from alignment_metrics.findings import audit
    from alignment_metrics.findings.frame import breakdown, summary
    from alignment_metrics.findings.sources.table import segments
    from alignment_metrics.measures import Reach, Wait
    from alignment_metrics.published import benchmarks, beside, citations
    from alignment_metrics.samples import write_sample
    from alignment_metrics.stats.curves import cumulative, kaplan_meier
    from alignment_metrics.stats.rates import compare, rate
    from alignment_metrics.stats.strata import standardise
    from alignment_metrics.tallies import Tally, tally
    from alignment_metrics.values import Ages, Citation, Comparison, Counts, Curve, Estimate, Finding, Moments

__version__ = "0.1.0"
_DOORS = {
    "Ages": "values",
    "Charter": "charter",
    "Citation": "values",
    "Comparison": "values",
    "Counts": "values",
    "Crm": "crm",
    "Curve": "values",
    "Estimate": "values",
    "ExportError": "exports",
    "Finding": "values",
    "Moments": "values",
    "Reach": "measures",
    "Tally": "tallies",
    "Wait": "measures",
    "audit": "findings",
    "benchmarks": "published",
    "beside": "published",
    "breakdown": "findings.frame",
    "citations": "published",
    "compare": "stats.rates",
    "cumulative": "stats.curves",
    "kaplan_meier": "stats.curves",
    "rate": "stats.rates",
    "read_charter": "charter",
    "read_export": "exports",
    "segments": "findings.sources.table",
    "standardise": "stats.strata",
    "summary": "findings.frame",
    "tally": "tallies",
    "write_sample": "samples",
}
__all__ = [
    "Ages",
    "Charter",
    "Citation",
    "Comparison",
    "Counts",
    "Crm",
    "Curve",
    "Estimate",
    "ExportError",
    "Finding",
    "Moments",
    "Reach",
    "Tally",
    "Wait",
    "audit",
    "benchmarks",
    "beside",
    "breakdown",
    "citations",
    "compare",
    "cumulative",
    "kaplan_meier",
    "rate",
    "read_charter",
    "read_export",
    "segments",
    "standardise",
    "summary",
    "tally",
    "write_sample",
]


def __getattr__(name: str) -> Any:
    if name not in _DOORS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"{__name__}.{_DOORS[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
