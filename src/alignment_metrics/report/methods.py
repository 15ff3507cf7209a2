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
    "Aalen-Johansen": (
        "share of leads that had converted by each age, where those still open count for as long as they were seen and "
        "those that left by an exit count as leads that never convert; variance by Gray",
        "Aalen, O. O. & Johansen, S. (1978). An empirical transition matrix for non-homogeneous Markov chains based on "
        "censored observations. Scandinavian Journal of Statistics 5(3), 141–150. Gray, R. J. (1988). A class of "
        "K-sample tests for comparing the cumulative incidence of a competing risk. Annals of Statistics 16(3), "
        "1141–1154.",
    ),
    "Kaplan-Meier": (
        "the same, with exits taken for leads that went out of sight: what would be if no lead were ever disqualified",
        "Kaplan, E. L. & Meier, P. (1958). Nonparametric estimation from incomplete observations. Journal of the "
        "American Statistical Association 53(282), 457–481.",
    ),
    "quantile of a curve": (
        "day by which a share of all leads had converted, between the days at which the limits of the curve had",
        "Brookmeyer, R. & Crowley, J. (1982). A confidence interval for the median survival time. Biometrics 38(1), "
        "29–41.",
    ),
    "restricted mean": (
        "mean number of days waited, of the first so many, leads that never convert counted with all of them",
        "Royston, P. & Parmar, M. K. B. (2013). Restricted mean survival time: an alternative to the hazard ratio for "
        "the design and analysis of randomized trials with a time-to-event outcome. BMC Medical Research Methodology "
        "13, 152.",
    ),
    "mean wait of the converted": (
        "mean days to conversion among those that convert by the last day given, read from the curve of all leads, so "
        "that the slow ones, which are still open, are counted in; interval by the delta method",
        "Aalen, O. O. & Johansen, S. (1978), as above.",
    ),
    "quantile wait of the converted": (
        "days by which a share of those that convert by the last day given have done so, read from the curve of all "
        "leads; interval by inverting a z-test",
        "Brookmeyer, R. & Crowley, J. (1982), for the principle.",
    ),
    "Gray's test": (
        "test of several groups for one curve of conversion, exits being ends of their own",
        "Gray, R. J. (1988). A class of K-sample tests for comparing the cumulative incidence of a competing risk. "
        "Annals of Statistics 16(3), 1141–1154.",
    ),
    "log-rank": (
        "test of several groups for one daily pace of conversion among leads still waiting",
        "Mantel, N. (1966). Evaluation of survival data and two new rank order statistics arising in its "
        "consideration. Cancer Chemotherapy Reports 50(3), 163–170.",
    ),
    "grouped proportional hazards": (
        "ratio of the daily paces of conversion of two groups, taken to be the same at every age, from whole days",
        "Prentice, R. L. & Gloeckler, L. A. (1978). Regression analysis of grouped survival data with application to "
        "breast cancer data. Biometrics 34(1), 57–67.",
    ),
    "chain ladder (Mack)": (
        "forecast of what young cohorts come to by the oldest age, by how older ones went on from the same age; a "
        "prediction interval, which holds if they go on alike",
        "Mack, T. (1993). Distribution-free calculation of the standard error of chain ladder reserve estimates. ASTIN "
        "Bulletin 23(2), 213–225.",
    ),
    "chain ladder (quasi-Poisson)": (
        "the same forecast, with the prediction interval of an over-dispersed Poisson model",
        "Renshaw, A. E. & Verrall, R. J. (1998). A stochastic model underlying the chain-ladder technique. British "
        "Actuarial Journal 4(4), 903–923.",
    ),
    "Bornhuetter-Ferguson": (
        "forecast of what young cohorts come to, from what came so far and what leads of other cohorts still brought "
        "after the same age",
        "Bornhuetter, R. L. & Ferguson, R. E. (1972). The actuary and IBNR. Proceedings of the Casualty Actuarial "
        "Society 59, 181–195.",
    ),
    "confidence sequence": (
        "interval that holds its level however often one looks, and so is wider than one for a single look",
        "Robbins, H. (1970). Statistical methods related to the law of the iterated logarithm. Annals of Mathematical "
        "Statistics 41(5), 1397–1409. Howard, S. R., Ramdas, A., McAuliffe, J. & Sekhon, J. (2021). Time-uniform, "
        "nonparametric, nonasymptotic confidence sequences. Annals of Statistics 49(2), 1055–1080.",
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
    used = [_key(name) for name in names]
    known = [Method(name, *KNOWN[name]) for name in KNOWN if name in used]
    return known + [Method(name, "", "") for name in dict.fromkeys(used) if name not in KNOWN]


def _key(name: str) -> str:
    """The name in ``KNOWN``, which may lack what follows a colon or stands in brackets."""
    bare = re.split(r": | \(", name)[0]
    return name if name in KNOWN or bare not in KNOWN else bare


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
