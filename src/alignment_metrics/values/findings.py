"""What a reader is told: a claim with its evidence, or why there is none, and the published number beside it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import Literal, get_args

from alignment_metrics.values.curves import Curve
from alignment_metrics.values.results import Comparison, Estimate, Group

Verdict = Literal[
    "measured",
    "higher",
    "lower",
    "no_difference_shown",
    "equivalent",
    "kept",
    "broken",
    "within_range",
    "not_comparable",
    "not_enough_data",
    "does_not_apply",
]
VERDICTS: tuple[str, ...] = get_args(Verdict)


@dataclass(frozen=True, slots=True)
class Citation:
    """A published number and where it comes from.

    Parameters
    ----------
    id : str
        Stable name.
    claim : str
        What it says, in one sentence of ours.
    metric : str
        What was measured, e.g. ``"mql_to_sql_rate"``.
    value : float or None
        In ``unit``; shares are of 1. None where the number itself was never seen: such a citation can only be shown.
    grade : str
        ``A`` primary source seen with method and n; ``B`` primary identified but seen second-hand, or without n;
        ``C`` second-hand only; ``D`` disputed or untraceable.
    use : str
        ``compare``, ``context``, ``definition`` or ``warn_only``.
    year : int or None
        Of the data where known, else of publication.
    n : int or None
        Respondents, firms or records behind the number (``n_note`` says which); None where it was not published.
    comparable_when : str
        What an organisation must compute for the two numbers to mean the same.
    caveat : str
        What would make them not comparable.
    year_published, year_data : int or str or None
        As the source has it; the data's date may be as fine as a month or a span.
    discrepancy : str or None
        Where a popular wording departs from what the original measured.
    articles : tuple of str
        Those of the three articles behind this package that repeat it.
    """

    id: str
    claim: str
    metric: str
    value: float | None
    unit: str | None
    grade: str
    use: str
    publisher: str
    title: str | None
    url: str | None
    year: int | None
    n: int | None
    n_note: str | None
    population: str | None
    group: str | None
    comparable_when: str
    caveat: str
    industry: str | None = None
    region: str | None = None
    year_published: int | None = None
    year_data: int | str | None = None
    discrepancy: str | None = None
    articles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Against:
    """Ours against a published number that is taken as a fixed target, for hardly any comes with the leads behind it.

    Parameters
    ----------
    pvalue : float or None
        Of the two-sided test that ours is the target; None where ours carries no uncertainty to test with.
    method : str
        Of that test, by the name the field gives it.
    margin : float or None
        Difference from the target, in the unit of ours, below which the two count as alike; None where none was stated.
    equivalence : float or None
        P-value of the two one-sided tests that ours lies within ``margin`` of the target.
    tipping_n : int or None
        Smallest number of records behind the published number at which the difference would be more than chance,
        were its uncertainty counted too; None where no number would do, or where that cannot be asked.
    """

    pvalue: float | None
    method: str
    margin: float | None = None
    equivalence: float | None = None
    tipping_n: int | None = None


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Our number beside a published one, and, where the two were compared, how they stand."""

    citation: Citation
    ours: Estimate
    against: Against | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim of the audit, or why there is none.

    Parameters
    ----------
    code : str
        Stable, e.g. ``"conversion.mql_to_sql"``.
    question, claim : str
        In words for a client.
    verdict : str
        One of ``VERDICTS``.
    estimates : tuple of (Group, Estimate)
        The overall group ``()`` first, then the breakdown, sorted.
    because : str or None
        Why there is no answer; required where the verdict says so.
    differs : bool
        Whether the groups of ``estimates`` differ by more than chance explains. Only then may their spread be shown as
        the news.
    curves : tuple of (Group, Curve)
        What a figure needs and no table shows: all leads first.
    """

    code: str
    question: str
    verdict: Verdict
    claim: str
    estimates: tuple[tuple[Group, Estimate], ...] = ()
    comparison: Comparison | None = None
    compared: tuple[Group, Group] | None = None
    benchmark: Benchmark | None = None
    because: str | None = None
    advice: str | None = None
    notes: tuple[str, ...] = ()
    sql: tuple[str, ...] = field(default=(), repr=False)
    differs: bool = False
    curves: tuple[tuple[Group, Curve], ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"unknown verdict {self.verdict!r}; it is one of {', '.join(VERDICTS)}.")
        refused = self.verdict in ("not_comparable", "not_enough_data", "does_not_apply")
        if refused and not self.because:
            raise ValueError(f"{self.code}: the verdict {self.verdict!r} needs a because.")

    @property
    def chapter(self) -> str:
        return self.code.partition(".")[0]

    def __str__(self) -> str:
        told = [self.question, f"{self.verdict.replace('_', ' ')}: {self.claim}"]
        told += [f"because {self.because}"] if self.because else []
        told += [self.advice] if self.advice else []
        wrapped = [textwrap.fill(line, 110) for line in told]
        wrapped += [textwrap.fill(note, 110, initial_indent="- ", subsequent_indent="  ") for note in self.notes]
        return "\n".join(wrapped)
