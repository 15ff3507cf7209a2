"""What the rate of each source is best guessed at, in the light of all of them, and which places it may hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from alignment_metrics.findings.groups import Estimates
from alignment_metrics.findings.sources.asked import SOURCE, Asked
from alignment_metrics.findings.sources.known import some
from alignment_metrics.findings.words import leads, level, percent, share
from alignment_metrics.stats.rankings import rankings
from alignment_metrics.stats.rates import rate
from alignment_metrics.stats.shrinkage import Shrunk, shrink
from alignment_metrics.values import Estimate, Finding, group

PLACES = "places in draws from the shrunken rates"
BEST = "of being the best"


def guessed(asked: Asked) -> tuple[Finding, Finding]:
    """The shrunken rates of the sources that have one of their own, and the places these may hold."""
    refused = asked.refused(SOURCE)[1]
    names = [name for name, _ in asked.sources.rated]
    counts = [asked.sources.groups[name] for name in names]
    found = shrink([asked.sources.effective(name) for name in names], confidence=asked.policy.confidence)
    # What leads of one account tell less of is the interval; counted are all of them.
    rows = [replace(one, n=raw.total, hits=raw.hits) for one, raw in zip(found.estimates, counts, strict=False)]
    found = replace(found, estimates=tuple(rows))
    return _shrunk(asked, names, found, refused), _ranked(asked, names, found, refused)


def _shrunk(asked: Asked, names: list[str], found: Shrunk, refused: str | None) -> Finding:
    code, policy, sql = "sources.shrunk", asked.policy, (asked.sql[SOURCE],)
    question = (
        f"What share of each source's leads reaches {asked.window}, as best guessed in the light of the other sources?"
    )
    if refused or not found.estimates:
        verdict = asked.refused(SOURCE)[0] if refused else "not_enough_data"
        claim = "The rates of the sources cannot be drawn to one another."
        return Finding(code, question, verdict, claim, because=refused or found.reason, sql=sql)
    everyone = rate(asked.sources.together, confidence=policy.confidence)
    rows = sorted((group({SOURCE: name}), one) for name, one in zip(names, found.estimates, strict=True))
    raw, drawn = ([one.value for one in some] for some in (_raw(asked), found.estimates))
    spread = f"from {percent(min(drawn))} to {percent(max(drawn))}"
    as_counted = f"where those counted run from {percent(min(raw))} to {percent(max(raw))}"
    if found.reason:
        claim = (
            f"No variation between the {len(names)} sources can be detected beyond what chance makes of equal rates: "
            f"each is best guessed near the rate of all known sources, {share(everyone)} ({level(policy)})."
        )
    elif not asked.differ(SOURCE):
        claim = (
            f"Each rate drawn nearer to the others, the more the fewer leads it rests on, the {len(names)} sources run "
            f"{spread}, {as_counted}; that they differ at all is not shown."
        )
    else:
        claim = (
            f"Each rate drawn nearer to the others ({percent(found.mean)}), the more the fewer leads it rests on, the "
            f"{len(names)} sources run {spread}, {as_counted}."
        )
    notes = (
        "The fewer leads a source has, the more its rate is drawn to that of the others: an extreme rate of few leads "
        "is more often luck than not. Whoever plans with a rate does better with this one than with the one counted.",
        *([f"Beta-binomial, alpha = {found.alpha:.2f} and beta = {found.beta:.2f}."] if not found.reason else []),
        _whose(asked, len(names)),
        *_lessened(asked),
        *asked.batched(),
    )
    every: Estimates = (((), everyone), *rows)
    claim = " ".join([*asked.came_late(), claim])
    return Finding(code, question, "measured", claim, every, notes=notes, sql=sql)


def _ranked(asked: Asked, names: list[str], found: Shrunk, refused: str | None) -> Finding:
    code, policy, sql = "sources.rank", asked.policy, (asked.sql[SOURCE],)
    question = f"Which source may be the best, by the share of leads that reach {asked.window}?"
    if refused:
        claim = "The sources cannot be put in an order."
        return Finding(code, question, asked.refused(SOURCE)[0], claim, because=refused, sql=sql)
    counts = [asked.sources.groups[name] for name in names]
    ranks = dict(zip(names, rankings(found, confidence=policy.confidence), strict=True))
    # Were all alike, the order of any draw would be chance, and so would be the first in it.
    candidates = [name for name in names if ranks[name].low == 1] if asked.differ(SOURCE) else names
    rows = []
    for name, one in zip(names, counts, strict=True):
        low, high, best = ranks[name].low, ranks[name].high, ranks[name].best
        place = Estimate((low + high) / 2, low, high, one.total, "rank", PLACES, policy.confidence)
        rows.append((group({SOURCE: name}), place))
        chance = Estimate(best, best, best, one.total, "share", PLACES, policy.confidence)
        rows.append((group({SOURCE: name, "chance": BEST}), chance))
    estimates = tuple(sorted(rows, key=lambda row: row[0]))
    notes = (
        f"A place is told as the interval that holds it ({level(policy)} of each by itself); 1 is the highest rate. "
        "The probabilities are read from draws of all rates at once, and are off by at most 0.01.",
        "Where two intervals overlap, which of the two sources is better is not known.",
        _whose(asked, len(names)),
        *_lessened(asked),
        *asked.batched(),
    )
    claim = _best(asked, names, candidates, {name: ranks[name].best for name in names})
    batched = {one.source for one in asked.batches} & set(candidates)
    if batched and asked.differ(SOURCE):
        claim += f" {some(sorted(batched))} came in a batch: see sources.batches."
    claim = " ".join([*asked.came_late(), claim])
    return Finding(code, question, "measured", claim, estimates, notes=notes, sql=sql)


def _best(asked: Asked, names: list[str], candidates: list[str], chances: dict[str, float]) -> str:
    if not asked.differ(SOURCE):
        return (
            f"Any of the {len(names)} sources may be the best: that they differ is not shown, so no order of them is "
            "established."
        )
    likeliest = sorted(candidates, key=lambda name: (-chances[name], name))
    told = some([f"{name} ({_chance(chances[name])})" for name in likeliest], more="more (named in the table)")
    if len(candidates) == 1:
        return (
            f"Of the {len(names)} sources, {likeliest[0]} is the best as far as can be told (probability "
            f"{_chance(chances[likeliest[0]])})."
        )
    return (
        f"{len(candidates)} of the {len(names)} sources may be the best: {told} (in brackets the probability). "
        "Which of them it is cannot be told."
    )


def _lessened(asked: Asked) -> Iterator[str]:
    if asked.sources.tells:
        yield (
            "Leads of one account fare alike, so all this rests on as many fewer leads of each source as tell as much "
            f"(design effect {asked.sources.effect:.2f}); counted are all of them."
        )


def _chance(value: float) -> str:
    return "less than 1%" if value < 0.01 else "more than 99%" if value > 0.99 else f"{100 * value:.0f}%"


def _raw(asked: Asked) -> list[Estimate]:
    return [one for _, one in asked.sources.rated]


def _whose(asked: Asked, rated: int) -> str:
    small = len(asked.sources.groups) - rated
    least = leads(asked.policy.min_group)
    if not small:
        return f"All {rated} known sources take part."
    verb = "does" if small == 1 else "do"
    whose = "source" if small == 1 else "sources"
    return f"{small} {whose} of fewer than {least} {verb} not take part."
