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
    "Miettinen-Nurminen score": (
        "interval of the difference of two rates, from the score test with the likeliest rates for each difference",
        "Miettinen, O. & Nurminen, M. (1985). Comparative analysis of two rates. Statistics in Medicine 4(2), 213–226.",
    ),
    "Mantel-Haenszel, Sato": (
        "difference of two rates within strata, weighted so that thin strata count for little",
        "Sato, T. (1989). On the variance estimator for the Mantel-Haenszel risk difference. Biometrics 45(4), "
        "1323–1324.",
    ),
    "normal, delta method": (
        "difference at the same mix by g-computation: models of either group's conversions, read off for all leads",
        "Snowden, J. M., Rose, S. & Mortimer, K. M. (2011). Implementation of G-computation on a simulated data set. "
        "American Journal of Epidemiology 173(7), 731–738.",
    ),
    "normal, influence function": (
        "difference at the same mix by augmented inverse-probability weighting (AIPW): right if either the models of "
        "conversion or the model of the direction is",
        "Robins, J. M., Rotnitzky, A. & Zhao, L. P. (1994). Estimation of regression coefficients when some regressors "
        "are not always observed. Journal of the American Statistical Association 89(427), 846–866.",
    ),
    "cluster-robust t": (
        "interval that allows for leads of one account, or one owner, faring alike, on as many degrees of freedom as "
        "there effectively are clusters, less one",
        "Liang, K.-Y. & Zeger, S. L. (1986). Longitudinal data analysis using generalized linear models. Biometrika "
        "73(1), 13–22. Carter, A. V., Schnepel, K. T. & Steigerwald, D. G. (2017). Asymptotic behavior of a t-test "
        "robust to cluster heterogeneity. Review of Economics and Statistics 99(4), 698–709.",
    ),
    "80% power": (
        "smallest difference that the two-sided test at the level of the charter would show in four cases of five; "
        "worked out from the number of leads, not from the difference found",
        "Fleiss, J. L., Levin, B. & Paik, M. C. (2003). Statistical Methods for Rates and Proportions, 3rd edition, "
        "chapter 4. Wiley.",
    ),
    "E-value": (
        "how strongly something unseen would have to act to explain a ratio away; the lower limit is that of the limit "
        "of the ratio nearest 1",
        "VanderWeele, T. J. & Ding, P. (2017). Sensitivity analysis in observational research: introducing the "
        "E-value. Annals of Internal Medicine 167(4), 268–274.",
    ),
    "Fieller": (
        "interval of what a won lead costs: a ratio of two sums over months which vary together",
        "Fieller, E. C. (1954). Some problems in interval estimation. Journal of the Royal Statistical Society B "
        "16(2), 175–185.",
    ),
    "exact Poisson limits of the wins": (
        "interval of what a won lead costs where there are too few months or wins to see how they vary",
        "Garwood, F. (1936). Fiducial limits for the Poisson distribution. Biometrika 28(3/4), 437–442.",
    ),
    "delta method on the log ratio": (
        "interval of the ratio of two costs of a won lead, over the same months",
        "Cochran, W. G. (1977). Sampling Techniques, 3rd edition, chapter 6. Wiley.",
    ),
    "exact binomial limits of one side's share of the wins": (
        "the same where there are too few months or wins to see how they vary",
        "Clopper, C. J. & Pearson, E. S. (1934), as above.",
    ),
    "beta-binomial, posterior over mean and spread": (
        "rate of a group as best guessed in the light of the others: drawn to what all have in common, the more so the "
        "fewer leads it has",
        "Robbins, H. (1956). An empirical Bayes approach to statistics. Proceedings of the Third Berkeley Symposium 1, "
        "157–163. Christiansen, C. L. & Morris, C. N. (1997). Hierarchical Poisson regression modeling. Journal of the "
        "American Statistical Association 92(438), 618–632.",
    ),
    "places in draws from the shrunken rates": (
        "which places a group may hold, and how probably its rate is the highest, where all rates are drawn at once "
        "from what is known of them",
        "Goldstein, H. & Spiegelhalter, D. J. (1996). League tables and their limitations: statistical issues in "
        "comparisons of institutional performance. Journal of the Royal Statistical Society A 159(3), 385–443.",
    ),
    "Goodman, simultaneous": (
        "intervals of the shares of a whole that hold for all its parts at once",
        "Goodman, L. A. (1965). On simultaneous confidence intervals for multinomial proportions. Technometrics 7(2), "
        "247–254.",
    ),
    "Student's t": (
        "interval of a mean, such as that of amounts; where a few large ones make the mean, its true value is likelier "
        "above the interval than below",
        "Student (1908). The probable error of a mean. Biometrika 6(1), 1–25.",
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
    "ratio of two counts, on a log scale": (
        "conversions of a period over the leads that came in in it, which are not the same leads: interval of a ratio "
        "of two counts that share some",
        "Rothman, K. J., Greenland, S. & Lash, T. L. (2008). Modern Epidemiology, 3rd edition, chapter 14. Lippincott "
        "Williams & Wilkins.",
    ),
    "share of a gap, averaged over all orders (Shapley)": (
        "what one choice of definition makes of the gap between two, averaged over every order in which the choices "
        "can be changed; the parts add up to the gap, and nothing is estimated",
        "Shapley, L. S. (1953). A value for n-person games. Contributions to the Theory of Games II, Annals of "
        "Mathematics Studies 28, 307–317.",
    ),
    "MOVER of log-log limits": (
        "interval of the difference of two curves on one day, from the interval of each",
        "Zou, G. Y. & Donner, A. (2008). Construction of confidence limits about effect measures: a general approach. "
        "Statistics in Medicine 27(10), 1693–1702.",
    ),
    "MOVER": (
        "interval of a standardised difference where a stratum has none or only conversions",
        "Zou, G. Y. & Donner, A. (2008). Construction of confidence limits about effect measures: a general approach. "
        "Statistics in Medicine 27(10), 1693–1702.",
    ),
    "exact binomial test": (
        "test of a rate against a number taken as fixed, from the binomial distribution; both tails hold what is no "
        "likelier than what was seen",
        "Conover, W. J. (1999). Practical Nonparametric Statistics, 3rd edition, section 3.1. Wiley.",
    ),
    "score test": (
        "the same for large groups, from the normal distribution; it agrees with the Wilson interval",
        "Rao, C. R. (1948). Large sample tests of statistical hypotheses concerning several parameters with "
        "applications to problems of estimation. Mathematical Proceedings of the Cambridge Philosophical Society "
        "44(1), 50–57.",
    ),
    "one-sample t-test": (
        "test of a mean against a number taken as fixed",
        "Student (1908). The probable error of a mean. Biometrika 6(1), 1–25.",
    ),
    "two one-sided tests": (
        "whether ours lies within a stated margin of a number taken as fixed: it must be shown not to lie below it by "
        "the margin, nor above it",
        "Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and the power approach for "
        "assessing the equivalence of average bioavailability. Journal of Pharmacokinetics and Biopharmaceutics 15(6), "
        "657–680.",
    ),
    "hypergeometric mid-P": (
        "interval of a share of a small team, in whole people: every number of them that what was answered leaves "
        "likely enough; narrower the more of the team answered, and nothing where all did",
        "Buonaccorsi, J. P. (1987). A note on confidence intervals for proportions in finite populations. The American "
        "Statistician 41(3), 215–218.",
    ),
    "squared and added over pairs of whole numbers of people": (
        "interval of the gap between two small teams, and of their ratio: every pair of such numbers, one of each "
        "team, that the answers leave likely enough together",
        "Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions: comparison of "
        "eleven methods. Statistics in Medicine 17(8), 873–890; carried over to whole numbers of people here.",
    ),
    "hypergeometric mid-P test of two": (
        "test of two small teams against each other, which agrees with that interval",
        "Buonaccorsi, J. P. (1987) and Newcombe, R. G. (1998), as above.",
    ),
    "Newcombe hybrid of hypergeometric mid-P limits": (
        "interval of the gap between two large teams of which only some answered, from that of each",
        "Newcombe, R. G. (1998), as above.",
    ),
    "squared and added on logarithms of hypergeometric mid-P limits": (
        "the same for the ratio of the two",
        "Zou, G. Y. & Donner, A. (2008). Construction of confidence limits about effect measures: a general approach. "
        "Statistics in Medicine 27(10), 1693–1702.",
    ),
    "pooled score z, finite-population correction": (
        "test of two such teams against each other, less doubtful the more of their people answered",
        "Cochran, W. G. (1977). Sampling Techniques, 3rd edition, section 2.6. Wiley.",
    ),
    "hypergeometric mid-P test": (
        "test of a small team against a number taken as fixed, which agrees with the interval of its share",
        "Buonaccorsi, J. P. (1987). A note on confidence intervals for proportions in finite populations. The American "
        "Statistician 41(3), 215–218.",
    ),
    "census": ("everybody was counted or answered, so that nothing had to be estimated and no interval is due", ""),
    "count": ("counted in the records, all of them; a promise about these leads is a matter of fact", ""),
    "as stated in the charter": ("a number that the organisation states of itself; nothing here checks it", ""),
}


def methods(findings: Iterable[Finding]) -> list[Method]:
    """The methods that the findings name, in the order of ``KNOWN``; one that is not in it keeps its bare name."""
    names = dict.fromkeys(name for finding in findings for name in _names(finding))
    used = [_key(name) for name in names]
    known = [Method(name, *KNOWN[name]) for name in KNOWN if name in used]
    return known + [Method(name, "", "") for name in dict.fromkeys(used) if name not in KNOWN]


def _key(name: str) -> str:
    """The name in ``KNOWN``, which may lack what follows a colon or a comma, the target, or what stands in brackets."""
    bare = (re.split(end, name)[0] for end in (r": | \(", ", ", r" of \d"))
    return next((one for one in (name, *bare) if one in KNOWN), name)


def _names(finding: Finding) -> Iterator[str]:
    for estimate in estimates(finding):
        if not math.isnan(estimate.value):
            yield estimate.method
    against = finding.benchmark and finding.benchmark.against
    if against and against.pvalue is not None:
        yield against.method
    if against and against.equivalence is not None:
        yield "two one-sided tests"
    if finding.comparison:
        if not math.isnan(finding.comparison.pvalue):
            yield finding.comparison.method
        if finding.comparison.adjusted:
            yield finding.comparison.adjusted.method


def estimates(finding: Finding) -> Iterator[Estimate]:
    """Every estimate of a finding, those of its comparison included."""
    yield from (estimate for _, estimate in finding.estimates)
    if finding.benchmark:
        yield finding.benchmark.ours
    if finding.comparison:
        yield finding.comparison.difference
        yield finding.comparison.ratio
        if finding.comparison.adjusted:
            yield finding.comparison.adjusted.difference
