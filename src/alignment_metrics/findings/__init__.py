"""Rules that turn evidence into claims, one room a chapter of the audit. The only rooms that speak to a client."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from alignment_metrics.crm import Crm
from alignment_metrics.findings.agreement import agreement
from alignment_metrics.findings.benchmark import benchmark
from alignment_metrics.findings.claims import claims
from alignment_metrics.findings.cohorts import cohorts
from alignment_metrics.findings.conversion import conversion
from alignment_metrics.findings.curve import curve
from alignment_metrics.findings.cycle import cycle
from alignment_metrics.findings.directions import inbound_vs_outbound
from alignment_metrics.findings.perception import perception
from alignment_metrics.findings.reconcile import reconcile
from alignment_metrics.findings.sources import sources
from alignment_metrics.findings.truncated import refused
from alignment_metrics.findings.waits import Waited, waited
from alignment_metrics.findings.whole import Whole
from alignment_metrics.values import Finding

__all__ = ["CHAPTERS", "audit"]

_OF_LEADS: dict[str, Callable[[Crm], tuple[Finding, ...]]] = {
    "conversion": conversion,
    "perception": perception,
    "benchmark": benchmark,
    "claims": claims,
}
# These rest on the leads of the whole way, counted once for all of them; the others on the life tables of each step.
_OF_WHOLE: dict[str, Callable[[Whole], tuple[Finding, ...]]] = {
    "sources": sources,
    "inbound_vs_outbound": inbound_vs_outbound,
    "reconcile": reconcile,
}
_OF_WAITS: dict[str, Callable[[Whole, tuple[Waited, ...]], tuple[Finding, ...]]] = {
    "curve": curve,
    "cohorts": cohorts,
    "cycle": cycle,
}
CHAPTERS = (
    "agreement",
    "conversion",
    "sources",
    "inbound_vs_outbound",
    "reconcile",
    "curve",
    "cohorts",
    "cycle",
    "perception",
    "benchmark",
    "claims",
)


def audit(crm: Crm, *, only: str | None = None) -> tuple[Finding, ...]:
    """Every finding of the audit, in the order of its chapters.

    Parameters
    ----------
    crm : Crm
    only : str, optional
        One chapter: ``"agreement"``, ``"conversion"``, ``"sources"``, ``"inbound_vs_outbound"``, ``"reconcile"``,
        ``"curve"``, ``"cohorts"``, ``"cycle"``, ``"perception"``, ``"benchmark"`` or ``"claims"``.
    """
    if only is not None and only not in CHAPTERS:
        raise ValueError(f"unknown chapter {only!r}; the audit has {', '.join(CHAPTERS)}.")
    return tuple(refused(_found(crm, (only,) if only else CHAPTERS), crm))


def _found(crm: Crm, chapters: tuple[str, ...]) -> Iterator[Finding]:
    steps = waited(crm) if any(name in _OF_WAITS for name in chapters) else ()
    whole = Whole(crm)
    for name in chapters:
        if name == "agreement":
            yield from agreement(crm, steps or None)
        elif name in _OF_WHOLE:
            yield from _OF_WHOLE[name](whole)
        else:
            yield from _OF_WAITS[name](whole, steps) if name in _OF_WAITS else _OF_LEADS[name](crm)
