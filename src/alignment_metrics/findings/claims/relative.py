"""Claims of so much per cent more or fewer: read as the relative changes they are, with our numbers put in."""

from __future__ import annotations

from alignment_metrics.charter import Charter
from alignment_metrics.findings.benchmark.asked import Asked
from alignment_metrics.findings.benchmark.stated import look_up, unstated
from alignment_metrics.findings.benchmark.told import nobody
from alignment_metrics.findings.claims.told import code, notes, question
from alignment_metrics.findings.groups import Estimates
from alignment_metrics.findings.words import level, percent, plain
from alignment_metrics.published import ArticleClaim, Comparable, phrases
from alignment_metrics.stats.differences import ratio
from alignment_metrics.stats.rates import rate
from alignment_metrics.values import Benchmark, Citation, Counts, Estimate, Finding, group

LAST, BEFORE = "organisation.year.", "organisation.year_before."
CHURN = "customer_churn_rate"
CUSTOMERS, LOST, RIVALS = "customers", "customers_lost", "lost_to_competitors"
YEARS = (
    "Two relative changes are compared, and not of the same kind: the study sets firms beside other firms, and ours is "
    "one year beside the year before. Whatever else changed between the two years is in ours too."
)


def changed(claim: ArticleClaim, wanted: Comparable, asked: Asked) -> Finding:
    """How much our own rate changed from one year to the next, beside the published relative change."""
    cited, charter = wanted.citation, asked.charter
    change = cited.value or 0.0
    now, then = (_counts(wanted, charter, year) for year in (LAST, BEFORE))
    base = then or now
    sums = f" {_arithmetic(base, change)}" if base and base.total else ""
    if cited.metric == CHURN:
        sums = _churn(charter, change)
    rates: Estimates = tuple(
        (group({"year": name}), rate(counts, confidence=charter.policy.confidence))
        for name, counts in (("before", then), ("last", now))
        if counts is not None and counts.total
    )
    if now is None or then is None or not (now.total and then.hits):
        because = _unknown(wanted, charter)
        return Finding(
            code(cited),
            question(claim, cited),
            "not_comparable",
            f"No relative change of ours can be set beside {phrases.number(change, cited.unit)} yet.{sums}",
            rates,
            benchmark=Benchmark(cited, nobody(charter)),
            because=because,
            notes=notes(claim, cited, asked.crm, told=because),
        )
    times = ratio(now, then, confidence=charter.policy.confidence)
    ends = (times.value - 1, times.low - 1, times.high - 1)
    mine = Estimate(*ends, times.n, "relative_change", times.method, times.confidence)
    told = (
        f"In the last year {_of(now, wanted)}, in the year before {_of(then, wanted)}: {_change(mine.value)} as a "
        f"relative change, [{_change(mine.low)}, {_change(mine.high)}] ({level(charter.policy)}). {_place(mine, cited)}"
    )
    return Finding(
        code(cited),
        question(claim, cited),
        "measured",
        f"{told}{sums}",
        (((), mine), *rates),
        benchmark=Benchmark(cited, mine),
        notes=(*notes(claim, cited, asked.crm, told=told), YEARS),
    )


def _unknown(wanted: Comparable, charter: Charter) -> str:
    """Why the two years cannot be set against each other."""
    every = [f"{year}{name}" for year in (LAST, BEFORE) for name in _names(wanted)]
    if missing := [key for key in every if look_up(key, charter) is None]:
        told = unstated(missing)
        return f"it takes the same rate of two years, and {told}"
    names = " or ".join(plain(name) for name in _names(wanted))
    return f"the charter has 0 {names} in one of the two years, and nothing is so many per cent more than nothing."


def _place(mine: Estimate, cited: Citation) -> str:
    change = cited.value or 0.0
    published = phrases.number(change, cited.unit)
    if mine.low <= change <= mine.high:
        return f"The published {published} lies within that interval."
    return f"All of that interval lies {'above' if mine.low > change else 'below'} the published {published}."


def _arithmetic(base: Counts, change: float) -> str:
    """What the published change would make of our own rate, and what it is often taken to mean."""
    ours = base.hits / base.total
    meant = ours * (1 + change)
    if meant > 1:
        return f"{abs(change):.0%} more of our {percent(ours)} would be more than all of them."
    return (
        f"{abs(change):.0%} {'more' if change > 0 else 'fewer'} of our {percent(ours)} would be {percent(meant)}, "
        f"and not {percent(ours + change)}."
    )


def _churn(charter: Charter, change: float) -> str:
    """What as many fewer lost would do to those that are kept, of whom all that are lost are missing."""
    for year in (BEFORE, LAST):
        all_told, lost, rivals = (look_up(f"{year}{name}", charter) for name in (CUSTOMERS, LOST, RIVALS))
        if all_told and (lost is not None or rivals is not None):
            return f" {_kept(all_told, lost, rivals, change)}"
    return ""


def _kept(customers: float, lost: float | None, rivals: float | None, change: float) -> str:
    fewer, some = f"{abs(change):.0%}", rivals if rivals is not None else lost or 0.0
    saved, share = -change * some, some / customers
    turned = f"{percent(share)} into {percent(share * (1 + change))}"
    if lost is None:
        return (
            f"{fewer} fewer lost to competitors would turn our {turned}; how many are kept in all takes {LOST} as well."
        )
    kept = customers - lost
    whom = "to competitors " if rivals is not None else ""
    told = (
        f"{fewer} fewer lost {whom}would turn our {turned}: {percent((kept + saved) / customers)} of all customers "
        f"kept instead of {percent(kept / customers)}"
    )
    gain = f", which is {percent(saved / kept)} more kept, and not {fewer}" if kept else ""
    return f"{told}{gain}." + ("" if whom else " How many of them went to competitors is not stated.")


def _of(counts: Counts, wanted: Comparable) -> str:
    upper, lower = _names(wanted)
    ours = percent(counts.hits / counts.total)
    return f"{plain(upper)} were {counts.hits:,} of {counts.total:,} {plain(lower)} ({ours})"


def _counts(wanted: Comparable, charter: Charter, year: str) -> Counts | None:
    upper, lower = (look_up(f"{year}{name}", charter) for name in _names(wanted))
    return None if upper is None or lower is None else Counts(int(upper), int(lower))


def _names(wanted: Comparable) -> tuple[str, str]:
    upper, lower = (str(wanted.terms[part]).rpartition(".")[2] for part in ("numerator", "denominator"))
    return upper, lower


def _change(value: float) -> str:
    return phrases.number(round(value, 3), "relative_change") if value < 1e6 else "no upper limit"
