# What R says of two groups compared within strata. From this folder: Rscript strata.R > strata.json
suppressMessages(library(metafor))

json <- function(x) {
  if (is.list(x)) {
    paste0("{", paste0('"', names(x), '": ', vapply(x, json, ""), collapse = ",\n"), "}")
  } else if (is.character(x)) {
    paste0("[", paste0('"', x, '"', collapse = ", "), "]")
  } else {
    shown <- ifelse(is.na(x), "null", formatC(x, digits = 16, width = 1, format = "g"))
    if (length(x) == 1) shown else paste0("[", paste0(shown, collapse = ", "), "]")
  }
}
levels_asked <- c(0.8, 0.95, 0.99)

# Rows: hits and leads of the left, hits and leads of the right.
admissions <- UCBAdmissions
tables <- list(
  berkeley = data.frame(a = admissions["Admitted", "Male", ], n1 = colSums(admissions[, "Male", ]),
                        c = admissions["Admitted", "Female", ], n2 = colSums(admissions[, "Female", ])),
  # Thin: many cells without a lead, two strata without hits, two without misses.
  thin = data.frame(a = c(0, 1, 2, 0, 0, 3, 1, 0, 2, 0, 1, 4), n1 = c(2, 1, 3, 1, 4, 3, 5, 2, 2, 1, 1, 9),
                    c = c(1, 0, 0, 0, 1, 1, 0, 0, 1, 2, 1, 1), n2 = c(3, 2, 1, 1, 2, 6, 4, 5, 1, 3, 1, 2)),
  pairs = data.frame(a = rep(c(1, 1, 0, 0), c(9, 21, 12, 30)), n1 = 1, c = rep(c(1, 0, 1, 0), c(9, 21, 12, 30)), n2 = 1),
  lopsided = data.frame(a = c(3, 90, 0, 41), n1 = c(12, 900, 7, 400), c = c(88, 5, 31, 2), n2 = c(880, 60, 420, 33)),
  many = data.frame(a = c(812345, 5, 401234), n1 = c(4e6, 2e3, 1e6), c = c(1203456, 7, 123456), n2 = c(6e6, 1e3, 3e5)),
  rare = data.frame(a = c(3, 1, 9), n1 = c(3e6, 2e6, 4e6), c = c(7, 2, 4), n2 = c(5e6, 1e6, 3e6))
)

pooled <- function(x) {
  with(x, {
    both <- array(rbind(a, c, n1 - a, n2 - c), c(2, 2, nrow(x)))
    test <- function(correct) mantelhaen.test(both, correct = correct)[c("statistic", "p.value")]
    out <- list(a = a, n1 = n1, c = c, n2 = n2,
                cmh = unname(unlist(test(FALSE))), cmh_corrected = unname(unlist(test(TRUE))))
    for (measure in c("OR", "RR", "RD")) for (level in levels_asked) {
      fit <- rma.mh(ai = a, n1i = n1, ci = c, n2i = n2, measure = measure, level = 100 * level)
      scale <- if (measure == "RD") identity else exp
      out[[paste(measure, level)]] <- unname(scale(c(coef(fit), fit$ci.lb, fit$ci.ub)))
    }
    telling <- a + c > 0 & a + c < n1 + n2
    fit <- rma.mh(ai = a[telling], n1i = n1[telling], ci = c[telling], n2i = n2[telling], measure = "OR")
    c(out, list(breslow_day = c(fit$BD, fit$k.pos - 1, fit$BDp), tarone = c(fit$TA, fit$k.pos - 1, fit$TAp)))
  })
}

# Leads one by one; the second key is made of the account, so that main effects are not all there is.
export <- function(path) {
  rows <- read.csv(path)
  data.frame(hit = as.numeric(rows$outcome == 1), left = rows$inbound, segment = factor(rows$segment),
             team = factor(rows$account %% 4))
}
precise <- glm.control(epsilon = 1e-15, maxit = 60)

modelled <- function(rows, effects) {
  formula <- as.formula(paste("hit ~", effects))
  fits <- lapply(c(1, 0), function(side) {
    glm(formula, binomial, rows[rows$left == side, ], control = precise)
  })
  out <- list()
  targets <- list(all = rep(TRUE, nrow(rows)), left = rows$left == 1, right = rows$left == 0)
  for (to in names(targets)) {
    mix <- rows[targets[[to]], ]
    design <- model.matrix(delete.response(terms(formula)), mix)
    parts <- lapply(fits, function(fit) {
      share <- plogis(drop(design %*% coef(fit)))
      slope <- colMeans(share * (1 - share) * design)
      list(mean = mean(share), variance = drop(slope %*% vcov(fit) %*% slope))
    })
    out[[to]] <- c(parts[[1]]$mean - parts[[2]]$mean, sqrt(parts[[1]]$variance + parts[[2]]$variance))
  }
  out
}

augmented <- function(rows, effects, trim) {
  propensity <- function(rows) {
    fitted(glm(as.formula(paste("left ~", effects)), binomial, rows, control = precise))
  }
  share <- function(rows, side) {
    fit <- glm(as.formula(paste("hit ~", effects)), binomial, rows[rows$left == side, ], control = precise)
    predict(fit, rows, type = "response")
  }
  first <- propensity(rows)
  kept <- first >= trim & first <= 1 - trim
  used <- rows[kept, ]
  e <- propensity(used)
  one <- share(used, 1)
  other <- share(used, 0)
  value <- one - other + used$left * (used$hit - one) / e - (1 - used$left) * (used$hit - other) / (1 - e)
  weight <- ifelse(used$left == 1, 1 / e, 1 / (1 - e))
  # The share with each label, in units of the standard deviation before weighting.
  apart <- function(labels) {
    before <- sapply(1:0, function(side) colMeans(labels[rows$left == side, , drop = FALSE]))
    after <- sapply(1:0, function(side) {
      mine <- used$left == side
      colSums(weight[mine] * labels[kept, , drop = FALSE][mine, , drop = FALSE]) / sum(weight[mine])
    })
    spread <- sqrt(rowMeans(before * (1 - before)))
    list(before = (before[, 1] - before[, 2]) / spread, after = (after[, 1] - after[, 2]) / spread)
  }
  labels <- cbind(model.matrix(~ segment - 1, rows), model.matrix(~ team - 1, rows))
  balance <- apart(labels)
  effective <- sapply(1:0, function(side) {
    mine <- weight[used$left == side]
    sum(mine)^2 / sum(mine^2)
  })
  list(trim = trim, value = mean(value), se = sd(value) / sqrt(nrow(used)), n = nrow(used), outside = mean(!kept),
       labels = colnames(labels), before = unname(balance$before), after = unname(balance$after),
       effective = effective,
       left = tabulate(1 + floor(first[rows$left == 1] * 20 + 1e-9), 20),
       right = tabulate(1 + floor(first[rows$left == 0] * 20 + 1e-9), 20))
}

exports <- list(crm_a = export("crm_a.csv"), crm_b = export("crm_b.csv"))
models <- lapply(exports, function(rows) {
  cells <- modelled(rows, "segment + team")
  list(
    one_key = modelled(rows, "segment"),
    two_keys = cells,
    aipw_one_key = augmented(rows, "segment", 0.05),
    aipw = augmented(rows, "segment + team", 0.05),
    aipw_trimmed = augmented(rows, "segment + team", 0.16)
  )
})

answers <- list(
  made_with = c(R.version.string, paste("metafor", packageVersion("metafor"))),
  levels = levels_asked,
  tables = lapply(tables, pooled),
  models = models
)
cat(json(answers), "\n", sep = "")
