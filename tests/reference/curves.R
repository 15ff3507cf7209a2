# What R says of single life tables. From this folder: Rscript curves.R > curves.json
suppressMessages({library(survival); library(cmprsk)})

json <- function(x) {
  if (is.list(x)) {
    paste0("{", paste0('"', names(x), '": ', vapply(x, json, ""), collapse = ",\n"), "}")
  } else if (is.character(x)) {
    shown <- paste0('"', x, '"')
    if (length(x) == 1) shown else paste0("[", paste0(shown, collapse = ", "), "]")
  } else {
    shown <- ifelse(is.na(x), "null", formatC(x, digits = 16, width = 1, format = "g"))
    paste0("[", paste0(shown, collapse = ", "), "]")
  }
}

# Days, and what ended the wait: 0 open, 1 converted, 2 lost.
tied <- list(
  day = c(0, 0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 7, 3, 3, 3, 5, 5, 6, 6, 6),
  end = c(1, 1, 2, 1, 0, 2, 1, 0, 1, 2, 0, 0, 1, 2, 2, 1, 1, 2, 0, 1)
)
# Most of those that convert do so on the day they come.
sameday <- list(
  day = c(rep(0, 12), 1, 1, 1, 2, 2, 4, 4, 4, 5, 9, 9, 9, 9),
  end = c(rep(1, 9), 2, 2, 0, 1, 1, 2, 2, 0, 1, 2, 2, 1, 0, 0, 0, 1)
)
# All seen to the end; the last day takes whoever is left.
ripe <- list(
  day = c(0, 0, 1, 3, 3, 3, 8, 8, 8, 8),
  end = c(1, 2, 2, 1, 1, 2, 2, 1, 1, 1)
)
crm_a <- read.csv("crm_a.csv")
crm_b <- read.csv("crm_b.csv")
export <- function(frame) list(day = frame$days, end = frame$outcome)

# cmprsk's curve starts at (0, 0) and turns each conversion into two rows, so it is read one day further.
gray <- function(leads, at) {
  fits <- cuminc(leads$day + 1, leads$end)
  read <- timepoints(fits, at + 1)
  list(at = at, converted = read$est["1 1", ], converted_var = read$var["1 1", ],
       lost = read$est["1 2", ], lost_var = read$var["1 2", ])
}

jackknife <- function(leads, at, entry = rep(-1, length(leads$day))) {
  end <- factor(leads$end, 0:2, c("open", "converted", "lost"))
  fit <- survfit(Surv(entry, day, end) ~ 1, data = list(entry = entry, day = leads$day, end = end),
                 id = seq_along(leads$day))
  read <- summary(fit, times = at, extend = TRUE)
  state <- match("converted", read$states)
  list(at = at, converted = read$pstate[, state], converted_se = read$std.err[, state],
       lost = read$pstate[, match("lost", read$states)])
}

meier <- function(leads, at, shares, until, entry = rep(-1, length(leads$day))) {
  out <- list(at = at, shares = shares, until = until)
  for (kind in c("log-log", "log", "plain")) for (level in c(0.8, 0.95)) {
    fit <- survfit(Surv(entry, leads$day, leads$end == 1) ~ 1, conf.type = kind, conf.int = level)
    read <- summary(fit, times = at, extend = TRUE)
    name <- paste0(kind, " ", level)
    times <- quantile(fit, shares)
    out[[name]] <- list(low = read$lower, high = read$upper, time = unname(times$quantile),
                        time_low = unname(times$lower), time_high = unname(times$upper))
  }
  area <- survival:::survmean(survfit(Surv(leads$day, leads$end == 1) ~ 1), rmean = until)$matrix
  c(out, list(share = read$surv, se = read$std.err, mean = area[["rmean"]], mean_se = area[["se(rmean)"]]))
}

# The export starts midway: from the day after `late` on they are watched; -1 for those watched from their first day.
late <- list(
  day = c(3, 0, 2, 4, 4, 6, 6, 6, 7, 9, 9, 11, 12, 12, 15, 15, 18, 20),
  end = c(1, 2, 1, 0, 1, 2, 1, 1, 0, 1, 2, 1, 1, 0, 2, 1, 1, 0)
)
entry <- c(-1, -1, -1, 0, -1, 2, 2, 5, -1, 4, 6, 6, -1, 10, 4, 11, 14, 14)

answers <- list(
  made_with = c(R.version.string, paste("survival", packageVersion("survival")),
                paste("cmprsk", packageVersion("cmprsk"))),
  tables = list(tied = tied, sameday = sameday, ripe = ripe, late = c(late, list(entry = entry))),
  gray = list(
    tied = gray(tied, 0:7),
    sameday = gray(sameday, c(0, 1, 2, 4, 5, 9)),
    ripe = gray(ripe, c(0, 1, 3, 8)),
    crm_a = gray(export(crm_a), c(0, 1, 7, 30, 60, 90, 110)),
    crm_b = gray(export(crm_b), c(0, 1, 7, 30, 60, 90, 110))
  ),
  jackknife = list(
    tied = jackknife(tied, 0:7),
    sameday = jackknife(sameday, c(0, 1, 2, 4, 5, 9)),
    crm_a = jackknife(export(crm_a), c(0, 7, 30, 90)),
    late = jackknife(late, c(0, 2, 3, 6, 9, 12, 15, 20), entry)
  ),
  meier = list(
    tied = meier(tied, 0:7, c(0.25, 0.4), 6),
    crm_a = meier(export(crm_a), c(0, 7, 30, 60, 90), c(0.05, 0.1, 0.2), 90),
    crm_b = meier(export(crm_b), c(0, 7, 30, 60, 90), c(0.05, 0.1, 0.2), 75)
  )
)
late_curve <- summary(survfit(Surv(entry, late$day, late$end == 1) ~ 1, conf.type = "log-log"),
                      times = c(2, 4, 6, 9, 11, 15), extend = TRUE)
answers$meier$late <- list(at = late_curve$time, share = late_curve$surv, se = late_curve$std.err,
                           low = late_curve$lower, high = late_curve$upper)
cat(json(answers), "\n", sep = "")
