"""Rules that turn evidence into claims, one room a chapter of the audit. The only rooms that speak to a client."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from alignment_metrics.crm import Crm
from alignment_metrics.findings.benchmark import benchmark
from alignment_metrics.findings.cohorts import cohorts
from alignment_metrics.findings.conversion import conversion
from alignment_metrics.findings.curve import curve
from alignment_metrics.findings.cycle import cycle
from alignment_metrics.findings.direction import inbound_vs_outbound
from alignment_metrics.findings.sources import sources
from alignment_metrics.findings.truncated import refused
from alignment_metrics.findings.waits import Waited, waited
from alignment_metrics.values import Finding

__all__ = ["CHAPTERS", "audit"]

# Three chapters rest on the same life tables, which are counted once for all of them.
_OF_LEADS: dict[str, Callable[[Crm], tuple[Finding, ...]]] = {
    "conversion": conversion,
    "sources": sources,
    "inbound_vs_outbound": inbound_vs_outbound,
    "benchmark": benchmark,
}
_OF_WAITS: dict[str, Callable[[Crm, tuple[Waited, ...]], tuple[Finding, ...]]] = {
    "curve": curve,
    "cohorts": cohorts,
    "cycle": cycle,
}
CHAPTERS = ("conversion", "sources", "inbound_vs_outbound", "curve", "cohorts", "cycle", "benchmark")


def audit(crm: Crm, *, only: str | None = None) -> tuple[Finding, ...]:
    """Every finding of the audit, in the order of its chapters.

    Parameters
    ----------
    crm : Crm
    only : str, optional
        One chapter: ``"conversion"``, ``"sources"``, ``"inbound_vs_outbound"``, ``"curve"``, ``"cohorts"``,
        ``"cycle"`` or ``"benchmark"``.
    """
    if only is not None and only not in CHAPTERS:
        raise ValueError(f"unknown chapter {only!r}; the audit has {', '.join(CHAPTERS)}.")
    return tuple(refused(_found(crm, (only,) if only else CHAPTERS), crm))


def _found(crm: Crm, chapters: tuple[str, ...]) -> Iterator[Finding]:
    steps = waited(crm) if any(name in _OF_WAITS for name in chapters) else ()
    for name in chapters:
        yield from _OF_WAITS[name](crm, steps) if name in _OF_WAITS else _OF_LEADS[name](crm)
