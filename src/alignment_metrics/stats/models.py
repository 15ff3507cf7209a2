"""The difference between two groups given the same mix, by models of labels. A model that cannot tell says why."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from alignment_metrics.stats.logistic import Design, Logistic, logistic
from alignment_metrics.stats.overlap import Overlap, inside, overlap
from alignment_metrics.stats.panels import Array
from alignment_metrics.stats.rates import normal_quantile
from alignment_metrics.stats.strata import Strata, target
from alignment_metrics.values import Adjusted, Counts, Estimate, Group

APART = "no estimate: the two groups have no label in common"
ENDLESS = "no estimate: the model of {} has no finite answer, as where none or all of a label's leads are {}"
TRIMMED = "no estimate: every stratum is nearly all of one group"
WHOSE = ("the left leads", "the right leads")


def g_computation(strata: Strata, *, to: str = "all", confidence: float = 0.95) -> Adjusted:
    """How far the two groups would lie apart at the same mix, by a model of each group's hits.

    A logistic model of the main effects of the labels is fitted to either group by itself, so that what a label does
    may differ between the groups; both predict every stratum, and the predictions are averaged over the leads of
    ``to``. Where there is one key, that is direct standardisation; where there are several, it speaks also for strata
    that hold one group only, as long as each of their labels has leads of both.

    Parameters
    ----------
    strata : sequence of (Group, Counts, Counts)
        The stratum, its left leads, its right leads; all of the same keys, none twice.
    to : {"all", "left", "right"}
        Whose mix both groups are given.
    confidence : float
        Level of the two-sided interval.

    Returns
    -------
    Adjusted
        ``difference`` in shares of 1. ``left_out`` are the strata with a label that only one of the groups has. Where a
        model has no finite answer (separation: none or all of the leads of a label are hits), the difference is ``nan``
        between -1 and 1 and ``difference.method`` says why.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1, ``to`` is unknown, or the strata differ in their keys.

    Notes
    -----
    The interval is the normal one by the delta method, from the information of the models; the mix is taken as given.

    References
    ----------
    Robins (1986) Mathematical Modelling 7:1393; Snowden, Rose & Mortimer (2011) Am J Epidemiol 173:731.

    Examples
    --------
    Kidney stones, Charig et al. (1986) BMJ 292:879:

    >>> small = ((("stones", "small"),), Counts(81, 87), Counts(234, 270))
    >>> large = ((("stones", "large"),), Counts(192, 263), Counts(55, 80))
    >>> print(g_computation([small, large]).difference)
    +5.4 points [-1.2 points, +11.9 points]
    """
    z = normal_quantile(confidence)
    name, size = target(to)
    keys = _keys(strata)
    usable, left_out = _alike(strata)
    cells = _Cells(usable)
    value, error = math.nan, math.nan
    left, right, reason = cells.hits() if usable else (None, None, APART)
    if left and right:
        sizes = np.array([size(*sides) for _, *sides in usable], dtype=float)
        weights = sizes / sizes.sum()
        value = math.fsum(weights * (left.share - right.share))
        error = math.sqrt(left.variance(weights) + right.variance(weights))
    return Adjusted(
        difference=_estimate(value, z * error, cells.n, reason or "normal, delta method", confidence),
        by=keys,
        method=f"g-computation{name}",
        strata=len(usable),
        left_out=left_out,
    )


def aipw(strata: Strata, *, confidence: float = 0.95, trim: float = 0.05) -> tuple[Adjusted, Overlap]:
    """How far the two groups would lie apart at the mix of all leads, right if either of two models is.

    Augmented inverse-probability weighting: the models of :func:`g_computation`, and what they miss in each stratum
    weighted by how unlikely its leads were to be in their group, after a logistic model of that (the propensity).

    Parameters
    ----------
    strata : sequence of (Group, Counts, Counts)
        The stratum, its left leads, its right leads; all of the same keys, none twice.
    confidence : float
        Level of the two-sided interval.
    trim : float
        Strata are left out whose propensity to be left is below this share, or above 1 less it: there is hardly anybody
        to compare them with. All models are then fitted to the others, once.

    Returns
    -------
    Adjusted
        As of :func:`g_computation`; ``left_out`` holds the trimmed strata too.
    Overlap
        How alike the groups are, and what was trimmed.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1, ``trim`` is not from 0 to below one half, or the strata differ in
        their keys.

    Notes
    -----
    The standard error is that of the mean of the leads' influence values, whose squares add up by stratum, group and
    hit. It takes the mix as a sample too, and is so a little wider than that of a mix taken as given.

    References
    ----------
    Robins, Rotnitzky & Zhao (1994) JASA 89:846; Lunceford & Davidian (2004) Statistics in Medicine 23:2937; Crump,
    Hotz, Imbens & Mitnik (2009) Biometrika 96:187 (trimming).

    Examples
    --------
    Kidney stones, Charig et al. (1986) BMJ 292:879; those for surgery were the large ones:

    >>> small = ((("stones", "small"),), Counts(81, 87), Counts(234, 270))
    >>> large = ((("stones", "large"),), Counts(192, 263), Counts(55, 80))
    >>> adjusted, overlap = aipw([small, large])
    >>> print(adjusted.difference)
    +5.4 points [-1.2 points, +12.0 points]
    >>> print(f"{overlap.largest_before:.2f}, {overlap.largest_after:.2f}")
    1.23, 0.00
    """
    z = normal_quantile(confidence)
    if not 0 <= trim < 0.5:
        raise ValueError(f"trim must be a share from 0 to below one half; got {trim!r}, for 5% say 0.05.")
    keys = _keys(strata)
    usable, left_out = _alike(strata)
    cells = _Cells(usable)
    model, reason = cells.propensity() if usable else (None, APART)
    found = cells.each(model)
    aside = [one for one, (_, share) in zip(usable, found, strict=False) if not inside(share, trim)]
    if aside:
        kept = [one for one, (_, share) in zip(usable, found, strict=True) if inside(share, trim)]
        usable, apart = _alike(kept)
        left_out = tuple(sorted((*left_out, *_sizes(aside), *apart)))
        cells = _Cells(usable)
        model, reason = cells.propensity() if usable else (None, TRIMMED)
    value, error = math.nan, math.nan
    if model:
        left, right, reason = cells.hits()
        if left and right:
            value, error = _augmented(cells, model.share, left.share, right.share)
    adjusted = Adjusted(
        difference=_estimate(value, z * error, cells.n, reason or "normal, influence function", confidence),
        by=keys,
        method="AIPW",
        strata=len(usable),
        left_out=left_out,
    )
    return adjusted, overlap(strata, found, cells.each(model), trim=trim)


class _Cells:
    """The strata as arrays."""

    def __init__(self, strata: Strata) -> None:
        self.keys = [key for key, _, _ in strata]
        self.design = Design([tuple(label for _, label in key) for key in self.keys])
        self.left, self.right = _arrays([left for _, left, _ in strata]), _arrays([right for _, _, right in strata])
        self.n = sum(left.total + right.total for _, left, right in strata)

    def propensity(self) -> tuple[Logistic | None, str]:
        """The model of being in the left group, or why there is none."""
        model = logistic(self.design, self.left[1], self.left[1] + self.right[1])
        return model, "" if model else ENDLESS.format("which group a lead is in", "in one group")

    def hits(self) -> tuple[Logistic | None, Logistic | None, str]:
        """The models of either group's hits, and why one is missing."""
        models = [logistic(self.design, hits, totals) for hits, totals in (self.left, self.right)]
        missing = [whose for whose, model in zip(WHOSE, models, strict=True) if model is None]
        return models[0], models[1], ENDLESS.format(" and of ".join(missing), "hits") if missing else ""

    def each(self, model: Logistic | None) -> list[tuple[Group, float]]:
        return [] if model is None else list(zip(self.keys, model.share.tolist(), strict=True))


def _arrays(sides: list[Counts]) -> tuple[Array, Array]:
    return np.array([one.hits for one in sides], dtype=float), np.array([one.total for one in sides], dtype=float)


def _keys(strata: Strata) -> tuple[str, ...]:
    every = {tuple(name for name, _ in key) for key, _, _ in strata}
    if len(every) > 1:
        raise ValueError("the strata are not all split by the same keys; split all leads by the same ones.")
    return every.pop() if every else ()


def _alike(strata: Strata) -> tuple[Strata, tuple[tuple[Group, int], ...]]:
    """The strata of whose labels each has leads of both groups, and the others with their leads."""
    # In order, so that the order they came in cannot show in the last digit.
    usable, left_out = sorted((one for one in strata), key=lambda one: one[0]), []
    while True:
        leads: defaultdict[tuple[str, str] | None, list[int]] = defaultdict(lambda: [0, 0])
        for key, left, right in usable:
            for label in (None, *key):
                leads[label][0] += left.total
                leads[label][1] += right.total
        apart = {label for label, both in leads.items() if not all(both)}
        aside = [one for one in usable if apart.intersection((None, *one[0])) or not (one[1].total + one[2].total)]
        left_out += _sizes(aside)
        if not aside:
            return usable, tuple(sorted(left_out))
        gone = {key for key, _, _ in aside}
        usable = [one for one in usable if one[0] not in gone]


def _sizes(strata: Strata) -> list[tuple[Group, int]]:
    return [(key, left.total + right.total) for key, left, right in strata]


def _augmented(cells: _Cells, propensity: Array, left: Array, right: Array) -> tuple[float, float]:
    """The mean of the leads' influence values and its standard error, by what a lead of a stratum may be."""
    (hits, totals), (others, size) = cells.left, cells.right
    gap, ours, theirs = left - right, 1 / propensity, 1 / (1 - propensity)
    values = [gap + (1 - left) * ours, gap - left * ours, gap - (1 - right) * theirs, gap + right * theirs]
    leads = [hits, totals - hits, others, size - others]
    value = math.fsum(np.concatenate([one * n for one, n in zip(values, leads, strict=True)])) / cells.n
    squares = math.fsum(np.concatenate([(one - value) ** 2 * n for one, n in zip(values, leads, strict=True)]))
    return value, math.sqrt(squares / max(1, cells.n - 1) / cells.n)


def _estimate(value: float, reach: float, n: int, method: str, confidence: float) -> Estimate:
    if math.isnan(value):
        return Estimate(value, -1.0, 1.0, n, "difference", method, confidence)
    # A weighted mean may leave the range that a difference of shares has.
    value, low, high = (max(-1.0, min(1.0, end)) for end in (value, value - reach, value + reach))
    return Estimate(value, low, high, n, "difference", method, confidence)
