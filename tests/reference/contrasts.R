# Reference values for comparisons of life tables: Gray's test, log-rank, hazard ratios, differences on one day.
# Run beside crm_a.csv and crm_b.csv: Rscript contrasts.R > contrasts.json
suppressMessages({library(survival); library(cmprsk)})
tight <- coxph.control(eps = 1e-14, iter.max = 60, toler.chol = 1e-15)
number <- function(x) ifelse(is.na(x), "null", formatC(x, digits = 15, width = 1, format = "g"))
listed <- function(x) if (length(x) == 1) number(x) else paste0("[", paste(number(x), collapse = ", "), "]")
out <- character()
case <- function(name, ...) {
  values <- list(...)
  fields <- mapply(function(key, value) sprintf("\"%s\": %s", key, listed(value)), names(values), values)
  out <<- c(out, sprintf("    \"%s\": {%s}", name, paste(fields, collapse = ", ")))
}
chi <- function(fit) c(fit$chisq, length(fit$n) - 1)
cox <- function(fit) list(log = unname(coef(fit)), se = unname(sqrt(diag(vcov(fit)))))
ratio <- function(name, fit) { values <- cox(fit); case(name, log = values$log, se = values$se) }

# Leads for each day at risk, counted: events and non-events by day, group and stratum.
daily <- function(d) {
  days <- sort(unique(d$day[d$outcome == 1]))
  rows <- do.call(rbind, lapply(days, function(t) {
    risk <- d[d$entry < t & d$day >= t, ]
    if (!nrow(risk)) return(NULL)
    hits <- aggregate(cbind(ends = day == t & outcome == 1, n = 1) ~ group + stratum, data = risk, FUN = sum)
    cbind(hits, t = t)
  }))
  rows$group <- factor(rows$group)
  rows$place <- factor(paste(rows$stratum, rows$t))
  rows
}
grouped <- function(d) {
  rows <- daily(d)
  # A day on which all or none of a stratum ended has no finite baseline, and says nothing of the groups.
  all <- tapply(rows$ends, rows$place, sum) ; of <- tapply(rows$n, rows$place, sum)
  rows <- rows[rows$place %in% names(all)[all > 0 & all < of], ]
  rows$place <- factor(rows$place)
  fit <- glm(cbind(ends, n - ends) ~ 0 + place + group, data = rows, family = binomial("cloglog"),
             control = glm.control(epsilon = 1e-12, maxit = 50))
  at <- grep("^group", names(coef(fit)))
  list(log = unname(coef(fit)[at]), se = unname(sqrt(diag(vcov(fit)))[at]))
}
mantel <- function(d) {
  rows <- daily(d)
  kept <- tapply(rows$n, rows$place, sum) > 1
  rows <- rows[rows$place %in% names(kept)[kept], ]
  long <- rbind(transform(rows, how = 1, k = ends), transform(rows, how = 0, k = n - ends))
  test <- mantelhaen.test(xtabs(k ~ group + how + factor(as.character(place)), data = long), correct = FALSE)
  unname(c(test$statistic, test$parameter))
}
everything <- function(name, d) {
  event <- d$outcome == 1
  groups <- length(unique(d$group))
  late <- any(d$entry >= 0)
  if (!late) {
    for (kind in c(1, 2)) {
      case(sprintf("%s gray %d", name, kind), chisq = cuminc(d$day + 1, d$outcome, d$group)$Tests[kind, c(1, 3)])
      case(sprintf("%s gray %d stratified", name, kind),
           chisq = cuminc(d$day + 1, d$outcome, d$group, strata = d$stratum)$Tests[kind, c(1, 3)])
    }
    for (rho in c(0, 0.5, 1)) {
      case(sprintf("%s logrank rho %g", name, rho), chisq = chi(survdiff(Surv(day, event) ~ group, d, rho = rho)))
      case(sprintf("%s logrank rho %g stratified", name, rho),
           chisq = c(survdiff(Surv(day, event) ~ group + strata(stratum), d, rho = rho)$chisq, groups - 1))
    }
  }
  plain <- transform(d, stratum = 1)
  case(paste(name, "mantel"), chisq = mantel(plain))
  case(paste(name, "mantel stratified"), chisq = mantel(d))
  fits <- list(grouped(plain), grouped(d))
  case(paste(name, "grouped"), log = fits[[1]]$log, se = fits[[1]]$se)
  case(paste(name, "grouped stratified"), log = fits[[2]]$log, se = fits[[2]]$se)
  for (ties in c("efron", "breslow")) {
    ratio(paste(name, ties), coxph(Surv(entry, day, event) ~ factor(group), d, ties = ties, control = tight))
    ratio(paste(name, ties, "stratified"),
          coxph(Surv(entry, day, event) ~ factor(group) + strata(stratum), d, ties = ties, control = tight))
    ratio(paste(name, ties, "clusters"),
          coxph(Surv(entry, day, event) ~ factor(group), d, ties = ties, cluster = cluster, control = tight))
  }
  if (groups == 2 && !late) {
    ratio(paste(name, "exact"), coxph(Surv(day, event) ~ factor(group), d, ties = "exact", control = tight))
    ratio(paste(name, "exact stratified"),
          coxph(Surv(day, event) ~ factor(group) + strata(stratum), d, ties = "exact", control = tight))
  }
}

# The sandwich of the grouped model, written out over every lead and every day.
sandwich <- function(name, d) {
  event <- d$outcome == 1
  days <- sort(unique(d$day[event]))
  long <- do.call(rbind, lapply(days, function(t) {
    risk <- d[d$entry < t & d$day >= t, ]
    data.frame(end = as.numeric(risk$day == t & risk$outcome == 1), t = t, group = risk$group, cluster = risk$cluster)
  }))
  long$t <- factor(long$t)
  long$group <- factor(long$group)
  fit <- glm(end ~ 0 + t + group, data = long, family = binomial("cloglog"),
             control = glm.control(epsilon = 1e-12, maxit = 50))
  scores <- model.matrix(fit) * residuals(fit, "working") * weights(fit, "working")
  meat <- crossprod(rowsum(scores, long$cluster))
  covariance <- vcov(fit) %*% meat %*% vcov(fit)
  at <- grep("^group", names(coef(fit)))
  case(paste(name, "grouped clusters"), log = unname(coef(fit)[at]), se = sqrt(diag(covariance))[at])
}

at_day <- function(name, d, day) {
  z <- qnorm(0.975)
  curves <- cuminc(d$day + 1, d$outcome, d$group)
  got <- timepoints(curves[grep(" 1$", names(curves))], day + 1)
  share <- got$est[2:1, 1] ; error <- sqrt(got$var[2:1, 1]) # left is group 1
  power <- exp(z * error / (share * abs(log(share))))
  low <- share^power ; high <- share^(1 / power)
  apart <- share[1] - share[2]
  # Another estimator of the variances, that of plain rates where all leads are old enough.
  kinds <- factor(d$outcome, 0:2)
  spread <- sapply(c(1, 0), function(g) {
    fit <- summary(survfit(Surv(d$day[d$group == g] + 1, kinds[d$group == g]) ~ 1), times = day + 1)
    fit$std.err[, match("1", fit$states)]
  })
  worth <- share * (1 - share) / spread^2
  pooled <- sum(share * worth) / sum(worth)
  # Donner & Zou 2012, equation 9
  under <- prod(share) - sqrt(prod(share)^2 - low[1] * high[2] * (2 * share[1] - low[1]) * (2 * share[2] - high[2]))
  over <- prod(share) + sqrt(prod(share)^2 - high[1] * low[2] * (2 * share[1] - high[1]) * (2 * share[2] - low[2]))
  case(paste(name, "at", day), difference = apart,
       low = apart - sqrt((share[1] - low[1])^2 + (high[2] - share[2])^2),
       high = apart + sqrt((high[1] - share[1])^2 + (share[2] - low[2])^2),
       ratio = share[1] / share[2],
       ratio_low = under / (high[2] * (2 * share[2] - high[2])), ratio_high = over / (low[2] * (2 * share[2] - low[2])),
       p = 2 * pnorm(-abs(apart) / sqrt(pooled * (1 - pooled) * sum(1 / worth))))
}

# Made-up leads by a small generator written out here, so that no other version of R draws other ones.
seed <- 20261122
draw <- function(n) sapply(seq_len(n), function(i) { seed <<- (seed * 16807) %% 2147483647; seed / 2147483647 })
made <- function(n, groups, late) {
  group <- floor(draw(n) * groups)
  stratum <- floor(draw(n) * 3)
  cluster <- floor(draw(n) * 40)
  day <- floor(-log(draw(n)) * (9 + 3 * group + 2 * stratum))
  outcome <- floor(draw(n) * 3)
  entry <- if (late) ifelse(draw(n) < 0.6, floor(draw(n) * 6), -1) else rep(-1, n)
  kept <- entry < day
  data.frame(day, outcome, group, stratum, cluster, entry)[kept, ]
}
crm <- function(file) {
  d <- read.csv(file)
  data.frame(day = d$days, outcome = d$outcome, group = d$inbound, stratum = d$segment, cluster = d$account, entry = -1)
}
sets <- list("crm a" = crm("crm_a.csv"), "crm b" = crm("crm_b.csv"), "four groups" = made(240, 4, FALSE),
             "gaps" = subset(made(300, 4, FALSE), !(group == 3 & stratum == 0) & !(group > 0 & stratum == 2)),
             "late two" = made(200, 2, TRUE), "late three" = made(260, 3, TRUE))
for (name in names(sets)) everything(name, sets[[name]])
for (name in c("crm a", "late three")) sandwich(name, sets[[name]])
# On day 0 none of the outbound leads of crm b converted, where R's interval has no width.
for (name in c("crm a", "crm b")) for (day in c(5, 30, 90)) at_day(name, sets[[name]], day)
columns <- sapply(names(sets)[3:6], function(name) {
  d <- sets[[name]]
  fields <- sapply(names(d), function(column) sprintf("\"%s\": %s", column, listed(d[[column]])))
  sprintf("    \"%s\": {%s}", name, paste(fields, collapse = ", "))
})
cat("{\n  \"versions\": {", sprintf("\"R\": \"%s\", \"survival\": \"%s\", \"cmprsk\": \"%s\"", getRversion(),
    packageVersion("survival"), packageVersion("cmprsk")), "},\n  \"leads\": {\n", paste(columns, collapse = ",\n"),
    "\n  },\n  \"answers\": {\n", paste(out, collapse = ",\n"), "\n  }\n}\n", sep = "")
