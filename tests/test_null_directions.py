"""How often directions that are alike are called different: in at most five exports of a hundred, whatever the mix."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from clustered import clusters_from
from scipy import stats

from alignment_metrics.charter import Policy
from alignment_metrics.crm import Crm
from alignment_metrics.exports import read_export
from alignment_metrics.findings import audit
from alignment_metrics.findings.directions.loyalty import Loyalty
from alignment_metrics.findings.directions.owners import have_a_say
from alignment_metrics.findings.directions.sides import LEFT, RIGHT, Sides
from alignment_metrics.findings.directions.spent import Spent
from alignment_metrics.findings.directions.verdicts import NOT, as_they_come, cells_of, likelier, sign, stepped
from alignment_metrics.samples import write_sample
from alignment_metrics.stats.clusters import clustered_difference
from alignment_metrics.stats.gathered import scatter_pvalue
from alignment_metrics.tallies import Tally
from alignment_metrics.values import Ages, Clusters, Counts, Verdict

SEED, STATED, CONFIDENCE = 20_260_630, 0.05, 0.95
NULL_LEADS, EXPORTS = 1_500, 400
World = tuple[Sides, tuple[Clusters, ...]]
Draw = Callable[[np.random.Generator], World]


def most(times: int) -> float:
    """As many false alarms or more are one chance in a thousand where they come at the stated rate."""
    return float(stats.binom.isf(0.001, times, STATED))


def sides_of(
    left: np.ndarray, right: np.ndarray, shares: np.ndarray, rng: np.random.Generator, gap: float = 0
) -> Sides:
    """Leads of either direction by stratum, which convert at these shares, the left ones that much more often."""
    cells = []
    for side, totals, more in ((LEFT, left, gap), (RIGHT, right, 0.0)):
        hits = rng.binomial(totals, shares + more)
        held = zip(hits.tolist(), totals.tolist(), strict=True)
        cells += [((side, f"{at:02}"), Counts(*one)) for at, one in enumerate(held) if one[1]]
    return Sides.of(Tally(("direction", "segment"), tuple(sorted(cells)), "", dt.date(2026, 6, 30)), ("segment",))


def even(rng: np.random.Generator) -> World:
    left, right = (rng.multinomial(n, np.full(12, 1 / 12)) for n in (900, 550))
    return sides_of(left, right, np.full(12, 0.1), rng), ()


def confounded(rng: np.random.Generator, gap: float = 0) -> World:
    """Inbound has most of the leads of the kinds that convert anyway."""
    lean = np.array([0.1, 0.3, 0.7, 0.9])
    left, right = rng.multinomial(900, lean / lean.sum()), rng.multinomial(550, (1 - lean) / (1 - lean).sum())
    return sides_of(left, right, np.array([0.04, 0.08, 0.16, 0.25]), rng, gap), ()


def lopsided(rng: np.random.Generator) -> World:
    """Twenty strata of some sixty leads, in the more of them inbound the more convert anyway."""
    lean = np.repeat([0.15, 0.3, 0.5, 0.7, 0.85], 4)
    n = rng.integers(40, 80, 20)
    left = rng.binomial(n, lean)
    return sides_of(left, n - left, 0.03 + 0.2 * lean, rng), ()


def thin(rng: np.random.Generator) -> World:
    """Forty strata of some ten leads, many of them nearly all of one direction; all convert alike."""
    n = rng.integers(4, 22, 40)
    left = rng.binomial(n, rng.permutation(np.repeat([0.05, 0.3, 0.5, 0.7, 0.95], 8)))
    return sides_of(left, n - left, np.full(40, 0.12), rng), ()


def small(rng: np.random.Generator) -> World:
    left, right = (rng.multinomial(n, np.full(2, 1 / 2)) for n in (30, 60))
    return sides_of(left, right, np.full(2, 0.15), rng), ()


def in_accounts(rng: np.random.Generator, accounts: int = 80) -> World:
    """Leads of one account come one way and fare alike (intra-class correlation 0.2), and are of one segment."""
    share = rng.beta(0.4, 3.6, accounts)
    totals, way = rng.integers(1, 40, accounts), rng.permutation(accounts) < accounts // 2
    cells = [(side, segment) for side in (LEFT, RIGHT) for segment in ("00", "01")]
    column = np.where(way, 0, 2) + rng.integers(0, 2, accounts)
    hits = np.zeros((accounts, 4), dtype=int)
    held = np.zeros((accounts, 4), dtype=int)
    held[np.arange(accounts), column] = totals
    hits[np.arange(accounts), column] = rng.binomial(totals, share)
    clusters = clusters_from(hits, held, cells)
    tally = Tally(("direction", "segment"), tuple(sorted(clusters.cells.items())), "", dt.date(2026, 6, 30))
    return Sides.of(tally, ("segment",)), (clusters,)


def of_owners(rng: np.random.Generator, *, both: bool, correlation: float = 0.05, gap: float = 0) -> World:
    """Twelve owners of some 150 leads, whose leads fare alike; each has leads of one direction, or of both."""
    scale = 1 / correlation - 1 if correlation else 0
    share = rng.beta(0.1 * scale, 0.9 * scale, (12, 2)) if correlation else np.full((12, 2), 0.1)
    totals = rng.integers(75, 226, 12)
    left = rng.binomial(totals, 0.5) if both else np.where(rng.permutation(12) < 6, totals, 0)
    held = np.stack([left, totals - left], axis=1)
    hits = rng.binomial(held, np.add(share, [gap, 0]))
    clusters = clusters_from(hits, held, [(LEFT,), (RIGHT,)])
    sides = Sides.of(Tally(("direction",), tuple(sorted(clusters.cells.items())), "", dt.date(2026, 6, 30)), ())
    weights = {(LEFT,): 1.0, (RIGHT,): -1.0}
    return sides, (clusters,) if have_a_say(clusters, scatter_pvalue(clusters, weights)) else ()


WORLDS: dict[str, Draw] = {
    "even": even,
    "confounded": confounded,
    "lopsided": lopsided,
    "thin": thin,
    "small": small,
    "in accounts": in_accounts,
    "in few accounts": lambda rng: in_accounts(rng, accounts=12),
    "of owners of one direction": lambda rng: of_owners(rng, both=False),
    "of owners of both": lambda rng: of_owners(rng, both=True),
}


def streams(times: int) -> Iterator[np.random.Generator]:
    return (np.random.default_rng(stream) for stream in np.random.SeedSequence(SEED).spawn(times))


def alarms(draw: Draw, times: int) -> int:
    return sum(likelier(*draw(rng), CONFIDENCE) != NOT for rng in streams(times))


def three_claims(rng: np.random.Generator) -> dict[str, Verdict]:
    """Nothing is true of the leads, of what they cost or of how long they stay as customers."""
    world = even(rng)
    months = tuple(f"2025-{month:02}" for month in range(1, 13))
    seasons = rng.lognormal(0, 0.3, 12)
    wins = [rng.poisson(mean * seasons) for mean in (8, 5)]
    spends = [100 * mean * seasons * rng.lognormal(0, 0.2, 12) for mean in (8, 5)]
    left, right = (
        tuple(zip(spend.tolist(), won.tolist(), strict=True)) for spend, won in zip(spends, wins, strict=True)
    )
    spent = Spent(left, right, months, 1_500, "EUR", Policy())
    tables = []
    for n in (150, 90):
        stay, watched = rng.geometric(0.001, n), rng.integers(100, 700, n)
        ends = ["converted" if one <= age else "open" for one, age in zip(stay, watched, strict=True)]
        tables.append(Ages.of(np.minimum(stay, watched).tolist(), ends))
    loyalty = Loyalty(tables[0], tables[1], "", Policy())
    claims = {"buy": lambda level: likelier(*world, level), "cost": spent.verdict, "stay": loyalty.verdict}
    return stepped(claims, CONFIDENCE)


@pytest.mark.parametrize("name", WORLDS)
def test_some_hundred_null_exports_raise_no_more_alarms_than_chance_allows(name: str) -> None:
    times = 300
    assert alarms(WORLDS[name], times) <= most(times)


def test_three_claims_together_raise_no_more_alarms_than_one_may() -> None:
    times = 200
    found = Counter(any(verdict != NOT for verdict in three_claims(rng).values()) for rng in streams(times))
    assert found[True] <= most(times)


def test_what_is_planted_in_confounded_leads_is_found() -> None:
    times = 100
    found = Counter(likelier(*confounded(rng, gap=0.15), CONFIDENCE) for rng in streams(times))
    assert found["higher"] >= 0.9 * times
    assert found["lower"] == 0


def test_without_the_accounts_their_leads_would_raise_alarms_in_plenty() -> None:
    times = 100
    blind = sum(likelier(in_accounts(rng)[0], (), CONFIDENCE) != NOT for rng in streams(times))
    assert blind > most(times)


def test_without_their_owners_leads_would_raise_alarms_in_plenty() -> None:
    times = 100
    blind = sum(likelier(of_owners(rng, both=False)[0], (), CONFIDENCE) != NOT for rng in streams(times))
    assert blind > 3 * most(times)


def test_owners_who_are_alike_rarely_have_a_say_and_cost_hardly_any_power() -> None:
    times, gap, shown = 200, 0.05, {True: 0, False: 0}
    say = 0
    for rng in streams(times):
        sides, clusters = of_owners(rng, both=True, correlation=0, gap=gap)
        say += bool(clusters)
        for asked in (True, False):
            shown[asked] += likelier(sides, clusters if asked else (), CONFIDENCE) == "higher"
    assert say <= 0.18 * times
    assert shown[True] >= 0.9 * shown[False] > 0.7 * times


def test_a_crude_difference_by_account_is_called_one_no_more_often_than_chance_allows() -> None:
    times, singly, told = 300, 0, 0
    for rng in streams(times):
        sides, (clusters,) = in_accounts(rng, accounts=100)
        verdict = as_they_come(sides.crude(CONFIDENCE))
        singly += verdict != NOT
        told += verdict != NOT and sign(clustered_difference(clusters, *cells_of(clusters))) == verdict
    assert told <= most(times) < singly


@pytest.mark.study
@pytest.mark.parametrize("name", WORLDS)
def test_thousands_of_null_exports_raise_alarms_in_at_most_five_of_a_hundred(name: str) -> None:
    times = 4_000
    found = alarms(WORLDS[name], times)
    print(name, f"{found / times:.2%}")
    assert found <= most(times)


@pytest.mark.study
def test_three_claims_of_thousands_of_null_exports_do_so_together() -> None:
    times = 2_000
    found: Counter[str] = Counter()
    for rng in streams(times):
        shown = [name for name, verdict in three_claims(rng).items() if verdict != NOT]
        found.update([*shown, *(["any"] if shown else [])])
    print({name: f"{count / times:.2%}" for name, count in found.items()})
    assert found["any"] <= most(times)


def nulls(folder: Path, exports: int) -> Iterator[Crm]:
    """Exports without any effect, of leads, of what was spent on them and of the customers they became."""
    for seed in range(exports):
        write_sample(folder / str(seed), leads=NULL_LEADS, layout="parquet", seed=seed, null=True)
        yield read_export(folder / str(seed))


def raised(crms: Iterator[Crm]) -> Counter[str]:
    """In how many exports each finding claims what is not there, and any at all."""
    found: Counter[str] = Counter()
    for crm in crms:
        shown = {one.code for one in audit(crm, only="inbound_vs_outbound") if one.verdict in ("higher", "lower")}
        found.update([*shown, *(["any"] if shown else [])])
    return found


@pytest.mark.study
def test_hundreds_of_whole_null_exports_raise_a_false_finding_in_at_most_five_of_a_hundred(tmp_path: Path) -> None:
    found = raised(nulls(tmp_path, EXPORTS))
    print({name: f"{count / EXPORTS:.2%}" for name, count in found.items()})
    assert found["any"] <= most(EXPORTS), found
