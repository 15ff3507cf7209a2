"""Rules that turn evidence into claims, one room a chapter of the audit. The only rooms that speak to a client."""

from __future__ import annotations

from collections.abc import Callable

from alignment_metrics.crm import Crm
from alignment_metrics.findings.benchmark import benchmark
from alignment_metrics.findings.conversion import conversion
from alignment_metrics.findings.direction import inbound_vs_outbound
from alignment_metrics.findings.sources import sources
from alignment_metrics.findings.truncated import refused
from alignment_metrics.values import Finding

__all__ = ["CHAPTERS", "audit"]

CHAPTERS: dict[str, Callable[[Crm], tuple[Finding, ...]]] = {
    "conversion": conversion,
    "sources": sources,
    "inbound_vs_outbound": inbound_vs_outbound,
    "benchmark": benchmark,
}


def audit(crm: Crm, *, only: str | None = None) -> tuple[Finding, ...]:
    """Every finding of the audit, in the order of its chapters.

    Parameters
    ----------
    crm : Crm
    only : str, optional
        One chapter: ``"conversion"``, ``"sources"``, ``"inbound_vs_outbound"`` or ``"benchmark"``.
    """
    if only is not None and only not in CHAPTERS:
        raise ValueError(f"unknown chapter {only!r}; the audit has {', '.join(CHAPTERS)}.")
    found = (finding for name, chapter in CHAPTERS.items() if only in (None, name) for finding in chapter(crm))
    return tuple(refused(found, crm))
