"""Published shares of firms: ours is one firm, so it is told on which side it stands and with how many others."""

from __future__ import annotations

from collections.abc import Callable

from alignment_metrics.charter import Charter, Funnel
from alignment_metrics.findings.benchmark.asked import Asked
from alignment_metrics.findings.benchmark.told import nobody, provenance, question, refused
from alignment_metrics.findings.benchmark.touched import of_followed_up
from alignment_metrics.findings.words import level, listed, plain, pvalue, share
from alignment_metrics.published import Comparable
from alignment_metrics.published.phrases import number, origin
from alignment_metrics.stats.rates import against, rate
from alignment_metrics.values import Against, Benchmark, Counts, Finding, Verdict


def yes_or_no(wanted: Comparable, charter: Charter) -> Finding:
    """Whether our firm has what others were asked for, by what its charter says."""
    citation = wanted.citation
    has, by = _HAVE[wanted.terms["has"]](charter.funnel)
    told = citation.value or 0.0
    side, other = (told, "") if has is wanted.terms["yes"] else (1 - told, "other ")
    return Finding(
        f"benchmark.{citation.id}",
        question(citation),
        "measured",
        f"One firm is a yes or a no, not a share: {by}. That puts us with the {other}{_percent(side)} of firms. "
        f"Source: {origin(citation)}.",
        benchmark=Benchmark(citation, nobody(charter)),
        notes=provenance(citation),
    )


def past_a_threshold(wanted: Comparable, asked: Asked) -> Finding:
    """On which side of a threshold our rate lies that a share of the firms asked said to reach."""
    citation, charter, policy = wanted.citation, asked.charter, asked.policy
    own = of_followed_up(wanted.terms, asked)
    if not isinstance(own.ours, Counts):
        return refused(citation, own, charter)
    threshold: float = wanted.terms["threshold"]
    ours, test = rate(own.ours, confidence=policy.confidence), against(own.ours, threshold)
    verdict: Verdict = "no_difference_shown"
    if ours.low > threshold or ours.high < threshold:
        verdict = "higher" if ours.low > threshold else "lower"
    said, least, rest = (_percent(one) for one in (citation.value or 0.0, threshold, 1 - (citation.value or 0.0)))
    where = {
        "higher": f"lies above {least}, as {said} of firms said of theirs",
        "lower": f"lies below {least}, as at the other {rest} of firms; {said} said that they reach it",
        "no_difference_shown": f"cannot be told from {least}, so neither can the side on which we are; {said} of firms "
        "said that they reach it",
    }[verdict]
    notes = (
        f"Tested against {least} as a fixed target: {pvalue(test.pvalue)} ({test.method}). The {said} is a share of "
        "firms and no rate of leads, so ours is not set beside it.",
        *provenance(citation),
        *own.notes,
    )
    return Finding(
        f"benchmark.{citation.id}",
        question(citation),
        verdict,
        f"Our {share(ours)} ({level(policy)}, n = {ours.n:,}) {where}. Source: {origin(citation)}. Ours: {own.of}.",
        own.estimates,
        # Ours is no share of firms: set beside theirs, it would be read as one. It stands in the estimates.
        benchmark=Benchmark(citation, nobody(charter), Against(test.pvalue, f"{test.method} of {least}")),
        notes=notes,
        sql=own.sql,
    )


def definitions(funnel: Funnel) -> tuple[bool, str]:
    """Whether the charter defines every stage, and the sentence that says so."""
    told = funnel.definitions
    open_ones = [one for one in funnel.stages if one not in told or not (told[one].owner and told[one].enters_when)]
    if open_ones:
        names = listed([plain(one) for one in open_ones])
        return False, f"the charter does not say of {names} who owns it and what enters it"
    return True, "the charter says of every stage who owns it and what enters it"


def _qualification(funnel: Funnel) -> tuple[bool, str]:
    told = funnel.definitions
    own = [one for one in funnel.stages[1:] if one == "mql" or (one in told and told[one].owner == "marketing")]
    if own:
        return True, f"leads pass through {listed([plain(one) for one in own])} before sales gets them"
    return False, "the funnel has no stage of marketing's own after the first"


def _percent(value: float) -> str:
    return number(value, "share")


_HAVE: dict[str, Callable[[Funnel], tuple[bool, str]]] = {
    "definitions": definitions,
    "qualification": _qualification,
}
