"""Breakdowns and comparisons as tables of the page: which rows, in what order, and what stands where no number does."""

from __future__ import annotations

from dataclasses import dataclass, replace

from alignment_metrics.findings.words import leads
from alignment_metrics.report import wording
from alignment_metrics.values import Comparison, Estimate, Finding

GRID, REACHED = ("cohort", "day"), ("cohort", "reached")
SO_FAR, EXPECTED = "so far", "expected"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: ``value`` and ``interval`` are empty where ``missing`` says why.

    What the organisation ``stated`` of itself rests on no leads.
    """

    labels: tuple[str, ...]
    value: str
    interval: str
    missing: str
    n: int
    hits: int | None
    stated: bool = False


@dataclass(frozen=True, slots=True)
class Across:
    """A breakdown by two keys, one across: for each label of the other a cell each, and n where it is one for all.

    What stands under the numbers is ``said`` once, below the table.
    """

    heads: list[str]
    rows: list[tuple[str, list[Row | None], int | None]]
    said: str

    @property
    def counted(self) -> bool:
        """Whether n stands beside the rows, and not over the columns."""
        return any(n is not None for _, _, n in self.rows)


@dataclass(frozen=True, slots=True)
class Table:
    """A breakdown, or a comparison, as the page shows it.

    ``more`` rows are in ``file`` alone; a table that is ``folded`` under that title has a sister with a figure, or a
    figure of its own.
    """

    heads: tuple[str, ...]
    level: str
    rows: list[Row]
    more: int = 0
    file: str = ""
    folded: str = ""
    across: Across | None = None

    @property
    def counted(self) -> bool:
        """Whether any row tells how many converted."""
        return any(row.hits is not None for row in self.rows)

    @property
    def estimated(self) -> bool:
        """Whether any row has an interval; what was counted needs none."""
        return any(row.interval or row.missing for row in self.rows)

    @property
    def sized(self) -> bool:
        """Whether n says more than the value does."""
        return any(row.missing or row.value != leads(row.n) for row in self.rows)


def of_groups(finding: Finding) -> dict[tuple[str, ...], wording.Rows]:
    """The breakdowns of a finding; what is expected of a cohort comes with what it has reached, to stand beside it."""
    found = wording.breakdowns(finding)
    if REACHED not in found:
        return found
    expected = found.pop(("cohort",), [])
    found[REACHED] += [((*group, (REACHED[1], EXPECTED)), one) for group, one in expected]
    return found


def breakdown(keys: tuple[str, ...], rows: wording.Rows, min_group: int, file: str, *, folded: bool) -> Table:
    """The groups of a finding by some keys; ``file`` holds those for which the page has no room."""
    if wording.is_across(keys):
        return _across(keys, rows, min_group, file, folded=folded)
    # A figure shows a grid; in a table it would have as many rows as cells.
    shown = [] if keys == GRID else wording.shown(keys, rows)
    heads = tuple(wording.words(key).capitalize() for key in keys)
    level = wording.level([estimate for _, estimate in shown])
    young = keys == ("cohort",)
    told = [row(tuple(label for _, label in group), one, min_group, young=young) for group, one in shown]
    title = f"By {' and '.join(map(wording.words, keys))}" if folded and shown else ""
    return Table(heads, level, told, more=len(rows) - len(shown), file=file, folded=title)


def _across(keys: tuple[str, ...], rows: wording.Rows, min_group: int, file: str, *, folded: bool) -> Table:
    # Measures are few and short, and stand down; the leads they are of need a heading, and have an n of their own.
    turned = keys[1] == "measure"
    found: dict[str, dict[str, Estimate]] = {}
    for group, one in rows:
        labels = [label for _, label in group]
        down, across = reversed(labels) if turned else labels
        found.setdefault(down, {})[across] = one
    heads = {head: one.n for cells in found.values() for head, one in cells.items()}
    # The latest periods, or the largest groups, in the order they came.
    last = list(found)[-wording.MOST_ROWS :]
    largest = sorted(found, key=lambda name: -max(one.n for one in found[name].values()))[: wording.MOST_ROWS]
    kept = [(name, cells) for name, cells in found.items() if name in (last if keys[0] in wording.PERIODS else largest)]
    told = [
        (
            name,
            [_cell(keys, head, cells[head], min_group) if head in cells else None for head in heads],
            None if turned else max(one.n for one in cells.values()),
        )
        for name, cells in kept
    ]
    named = [_head(head, keys, n if turned else None) for head, n in heads.items()]
    forecast = keys == REACHED
    title = f"By {' and '.join(map(wording.words, keys))}" if not forecast else "By cohort, so far and as expected"
    level = wording.level([one for _, cells in kept for head, one in cells.items() if head != SO_FAR])
    said = f"Under each number its {level}."
    if forecast:
        said = f"Under what is expected its {level}; known where nothing more is expected."
    first = (wording.words(keys[turned]).capitalize(),)
    return Table(first, level, [], len(found) - len(kept), file, title if folded else "", Across(named, told, said))


def _cell(keys: tuple[str, ...], head: str, one: Estimate, min_group: int) -> Row:
    told = row((), one, min_group, young=keys[0] == "cohort")
    # What has been reached is a count of all there were; what is expected may be no guess any more.
    if keys == REACHED and head == SO_FAR:
        return replace(told, interval="")
    return replace(told, interval="known") if keys == REACHED and wording.settled(one) else told


def _head(label: str, keys: tuple[str, ...], n: int | None) -> str:
    if n is not None:
        return f"{label} (n\u00a0=\u00a0{n:,})"
    return f"Day {label}" if keys[1] == "day" else label


def of_comparison(comparison: Comparison, finding: Finding, min_group: int) -> Table:
    """Two groups, where no breakdown shows them, then their differences and their ratio."""
    left, right = map(wording.name, finding.compared or ((("", "left"),), (("", "right"),)))
    told = {group for group, _ in finding.estimates}
    both = [] if finding.compared and told.issuperset(finding.compared) else [
        (left, comparison.left), (right, comparison.right)
    ]  # fmt: skip
    rows = [*both, (f"{left} − {right}", comparison.difference)]
    if adjusted := comparison.adjusted:
        by = " and ".join(map(wording.words, adjusted.by))
        strata = f"{adjusted.strata} {'strata' if adjusted.strata != 1 else 'stratum'}"
        rows.append((f"{left} − {right} with the same mix of {by} ({adjusted.method}, {strata})", adjusted.difference))
    rows.append((f"{left} / {right}", comparison.ratio))
    level = wording.level([estimate for _, estimate in rows])
    return Table(("Group",), level, [row((label,), estimate, min_group) for label, estimate in rows])


def row(labels: tuple[str, ...], estimate: Estimate, min_group: int, *, young: bool = False) -> Row:
    """An estimate in words; of a cohort that is ``young`` the page says so."""
    if not wording.known(estimate):
        why = (wording.young if young else wording.missing)(estimate, min_group)
        return Row(labels, "", "", why, estimate.n, estimate.hits)
    # Where nothing was estimated there is no interval, and one of no width would look like a claim.
    interval = "" if wording.settled(estimate) else wording.interval(estimate)
    return Row(
        labels, wording.value(estimate), interval, "", estimate.n, estimate.hits, stated=wording.stated(estimate)
    )
