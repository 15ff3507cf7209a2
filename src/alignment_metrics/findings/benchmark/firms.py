"""Published shares of firms: ours is one firm, so it is told on which side it stands and with how many others."""

from __future__ import annotations

from collections.abc import Callable

from alignment_metrics.charter import TEAMS, Funnel
from alignment_metrics.findings.benchmark.asked import Asked
from alignment_metrics.findings.benchmark.told import nobody, question, refused
from alignment_metrics.findings.benchmark.touched import of_followed_up
from alignment_metrics.findings.perception.asked import Asked as People
from alignment_metrics.findings.perception.items import SAYS
from alignment_metrics.findings.words import level, listed, percent, plain, pvalue, share
from alignment_metrics.published import Comparable
from alignment_metrics.published.fineprint import about
from alignment_metrics.published.phrases import certain, number, origin
from alignment_metrics.questions import items
from alignment_metrics.stats.rates import against, rate
from alignment_metrics.values import Against, Benchmark, Counts, Finding, Verdict

SAME = "same_definition"
"""What the survey asks of a common definition."""


def yes_or_no(wanted: Comparable, asked: Asked) -> Finding:
    """Whether our firm has what others were asked for, by what its charter says; what our people say stands beside."""
    citation, charter = wanted.citation, asked.charter
    has, by = _HAVE[wanted.terms["has"]](charter.funnel)
    said = said_of_definitions(asked) if wanted.terms["has"] == "definitions" else ""
    told = citation.value or 0.0
    side, other = (told, "") if has is wanted.terms["yes"] else (1 - told, "other ")
    return Finding(
        f"benchmark.{citation.id}",
        question(citation),
        "measured",
        f"One firm is a yes or a no, not a share: {by}. On paper, that puts us with the {other}{_percent(side)} of "
        f"firms. {said}Source: {origin(citation)}.",
        benchmark=Benchmark(citation, nobody(charter)),
        notes=about(citation),
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
        *about(citation),
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


def said_of_definitions(asked: Asked) -> str:
    """What both teams say of it, a sentence with a space at its end; empty where no team may be shown."""
    given, policy = asked.answers, asked.policy
    if given is None:
        return ""
    people = People(given, asked.charter.teams, policy)
    yes = next(one.yes for one in items() if one.id == SAME)
    counts = {team: people.counts(team, SAME, yes) for team in TEAMS}
    ours = {team: people.rate(team, one) for team, one in counts.items() if one is not None}
    shares = listed(
        [
            f"{percent(one.value) if certain(one) else share(one)} of {team} (n = {one.n:,})"
            for team, one in ours.items()
        ]
    )
    return f"Asked themselves, {shares} say that {SAYS[SAME]}. " if ours else ""


def _qualification(funnel: Funnel) -> tuple[bool, str]:
    told = funnel.definitions
    mql = funnel.named("mql")
    own = [one for one in funnel.stages[1:] if one == mql or (one in told and told[one].owner == "marketing")]
    if own:
        return True, f"leads pass through {listed([plain(one) for one in own])} before sales gets them"
    return False, "the funnel has no stage of marketing's own after the first"


def _percent(value: float) -> str:
    return number(value, "share")


_HAVE: dict[str, Callable[[Funnel], tuple[bool, str]]] = {
    "definitions": definitions,
    "qualification": _qualification,
}
