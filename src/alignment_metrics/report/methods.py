"""What each method named in a finding is, and the paper that it follows."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alignment_metrics.values import Estimate, Finding


@dataclass(frozen=True, slots=True)
class Method:
    """A method as the fine print tells it."""

    name: str
    does: str
    paper: str


KNOWN = {
    "Wilson": (
        "interval of a rate, from the score test; holds its level in small groups and never leaves 0% to 100%",
        "Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the "
        "American Statistical Association 22(158), 209–212.",
    ),
    "Clopper-Pearson": (
        "exact interval of a rate, never narrower than its level promises",
        "Clopper, C. J. & Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of "
        "the binomial. Biometrika 26(4), 404–413.",
    ),
    "Jeffreys": (
        "interval of a rate, from equal tails under Jeffreys' prior",
        "Brown, L. D., Cai, T. T. & DasGupta, A. (2001). Interval estimation for a binomial proportion. Statistical "
        "Science 16(2), 101–133.",
    ),
    "Newcombe hybrid score": (
        "interval of the difference of two rates, from the Wilson interval of each (his method 10)",
        "Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions: comparison of "
        "eleven methods. Statistics in Medicine 17(8), 873–890.",
    ),
    "Koopman score": (
        "interval of the ratio of two rates, sound where a group has no conversion",
        "Koopman, P. A. R. (1984). Confidence intervals for the ratio of two binomial proportions. Biometrics 40(2), "
        "513–517.",
    ),
    "pooled score z": (
        "test of two rates against each other, where every cell expects at least five leads",
        "Pearson, K. (1900). On the criterion that a given system of deviations from the probable in the case of a "
        "correlated system of variables is such that it can be reasonably supposed to have arisen from random "
        "sampling. Philosophical Magazine 50(302), 157–175.",
    ),
    "Fisher's exact test": (
        "test of two rates against each other where a cell is thin",
        "Fisher, R. A. (1935). The logic of inductive inference. Journal of the Royal Statistical Society 98(1), "
        "39–82.",
    ),
    "direct standardisation": (
        "difference of two rates after both groups are given one mix of leads, that of the two together; an adjustment "
        "for what was recorded, not for what was not",
        "Rothman, K. J., Greenland, S. & Lash, T. L. (2008). Modern Epidemiology, 3rd edition, chapter 15. Lippincott "
        "Williams & Wilkins.",
    ),
    "normal": (
        "interval of a standardised difference, from the variances of its strata",
        "Rothman, K. J., Greenland, S. & Lash, T. L. (2008). Modern Epidemiology, 3rd edition, chapter 15. Lippincott "
        "Williams & Wilkins.",
    ),
    "MOVER": (
        "interval of a standardised difference where a stratum has none or only conversions",
        "Zou, G. Y. & Donner, A. (2008). Construction of confidence limits about effect measures: a general approach. "
        "Statistics in Medicine 27(10), 1693–1702.",
    ),
}


def methods(findings: Iterable[Finding]) -> list[Method]:
    """The methods that the findings name, in the order of ``KNOWN``; one that is not in it keeps its bare name."""
    names = dict.fromkeys(name for finding in findings for name in _names(finding))
    used = [bare if (bare := re.split(r": | \(", name)[0]) in KNOWN else name for name in names]
    known = [Method(name, *KNOWN[name]) for name in KNOWN if name in used]
    return known + [Method(name, "", "") for name in dict.fromkeys(used) if name not in KNOWN]


def _names(finding: Finding) -> Iterator[str]:
    for estimate in estimates(finding):
        if not math.isnan(estimate.value):
            yield estimate.method
    if finding.comparison:
        if not math.isnan(finding.comparison.pvalue):
            yield finding.comparison.method
        if finding.comparison.adjusted:
            yield finding.comparison.adjusted.method


def estimates(finding: Finding) -> Iterator[Estimate]:
    """Every estimate of a finding, those of its comparison included."""
    yield from (estimate for _, estimate in finding.estimates)
    if finding.comparison:
        yield finding.comparison.difference
        yield finding.comparison.ratio
        if finding.comparison.adjusted:
            yield finding.comparison.adjusted.difference
