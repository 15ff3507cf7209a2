# Reference values for the ratio of two counts that share some leads: three Poisson counts, and the delta method.
# Rscript throughput.R > throughput.json
cases <- list(c(41, 15, 1), c(120, 1500, 70), c(9, 40, 8), c(52000, 610000, 31000), c(30, 20, 12))
number <- function(x) formatC(x, digits = 15, width = 1, format = "g")
row <- function(case, level) {
  kind <- factor(c("both", "into", "out"))
  fit <- glm(c(case[3], case[2] - case[3], case[1] - case[3]) ~ 0 + kind, family = poisson,
             control = glm.control(epsilon = 1e-12, maxit = 100))
  log_ratio <- deriv(~ log(exp(a) + exp(c)) - log(exp(a) + exp(b)), c("a", "b", "c"))
  logs <- unname(coef(fit))
  found <- with(list(a = logs[1], b = logs[2], c = logs[3]), eval(log_ratio))
  slopes <- attr(found, "gradient")[1, ]
  se <- sqrt(drop(slopes %*% vcov(fit) %*% slopes))
  ends <- 100 * exp(c(found) + c(-1, 1) * qnorm(1 - (1 - level) / 2) * se)
  sprintf("    {\"out\": %d, \"into\": %d, \"both\": %d, \"confidence\": %s, \"value\": %s, \"low\": %s, \"high\": %s}",
          case[1], case[2], case[3], level, number(100 * exp(c(found))), number(ends[1]), number(ends[2]))
}
rows <- unlist(lapply(cases, function(case) sapply(c(0.8, 0.95, 0.99), function(level) row(case, level))))
cat(sprintf("{\"R\": \"%s\",\n  \"cases\": [\n%s\n  ]}\n", getRversion(), paste(rows, collapse = ",\n")))
