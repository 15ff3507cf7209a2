# Reference values for many groups, clusters and costs. Run beside crm_b.csv: Rscript many.R > many.json
# All data but that file lie in this script.
# 1e999 is how JSON, which has no word for it, says infinity.
number <- function(x) ifelse(is.na(x), "null", ifelse(is.infinite(x), ifelse(x > 0, "1e999", "-1e999"),
                                                      formatC(x, digits = 15, width = 1, format = "g")))
listed <- function(x) if (length(x) == 1) number(x) else paste0("[", paste(number(x), collapse = ", "), "]")
out <- character()
case <- function(.of, ...) {
  values <- list(...)
  fields <- mapply(function(key, value) sprintf("\"%s\": %s", key, listed(value)), names(values), values)
  out <<- c(out, sprintf("    \"%s\": {%s}", .of, paste(fields, collapse = ", ")))
}

# P-values adjusted: ties, a missing one, nought and one; a single one.
families <- list(c(0.03, 0.011, 0.011, NA, 0.2, 0, 1, 0.049, 0.5, 0.0004), c(0.7, 0.02, 0.02, 0.6), 0.04)
for (i in seq_along(families)) {
  p <- families[[i]]
  case(paste("adjust", i), p = p, holm = p.adjust(p, "holm"), hochberg = p.adjust(p, "hochberg"),
       bonferroni = p.adjust(p, "bonferroni"), bh = p.adjust(p, "BH"), by = p.adjust(p, "BY"))
}

# Wilson's intervals that hold all at once, and Goodman's of shares of a whole.
x <- c(0, 7, 40, 1200, 3, 55); n <- c(12, 50, 40, 9800, 700, 110)
for (confidence in c(0.8, 0.95, 0.99)) {
  limits <- sapply(seq_along(x), function(i)
    suppressWarnings(prop.test(x[i], n[i], conf.level = confidence^(1 / length(x)), correct = FALSE)$conf.int))
  case(paste("simultaneous", confidence), x = x, n = n, low = limits[1, ], high = limits[2, ])
  whole <- sum(x)
  chi <- qchisq(1 - (1 - confidence) / length(x), 1)
  root <- sqrt(chi * (chi + 4 * x * (whole - x) / whole))
  case(paste("shares", confidence), parts = x, low = (chi + 2 * x - root) / (2 * (whole + chi)),
       high = (chi + 2 * x + root) / (2 * (whole + chi)))
}

# Beta-binomial of greatest likelihood, from several starts; the posterior of each group given it.
betabinomial <- function(name, x, n) {
  against <- function(par) -sum(lchoose(n, x) + lbeta(exp(par[1]) + x, exp(par[2]) + n - x) - lbeta(exp(par[1]), exp(par[2])))
  fits <- lapply(list(c(0, 0), c(0, 2), c(2, 4)), function(start) {
    fit <- optim(start, against, method = "Nelder-Mead", control = list(reltol = 1e-15, maxit = 5000))
    optim(fit$par, against, method = "BFGS", control = list(reltol = 1e-16, maxit = 500))
  })
  best <- fits[[which.min(sapply(fits, function(fit) fit$value))]]
  a <- exp(best$par[1]); b <- exp(best$par[2])
  case(paste("shrunk", name), x = x, n = n, alpha = a, beta = b, loglik = -best$value, mean = a / (a + b),
       rates = (a + x) / (a + b + n), low = qbeta(0.025, a + x, b + n - x), high = qbeta(0.975, a + x, b + n - x))
}
betabinomial("sources", c(12, 30, 5, 60, 0, 210, 9, 41), c(100, 310, 80, 420, 25, 900, 31, 205))
betabinomial("rare", c(0, 1, 0, 2, 14, 0, 0, 3, 1, 0), c(40, 60, 15, 200, 220, 33, 70, 90, 20, 64))
betabinomial("common", c(45, 9, 80, 130, 22), c(50, 14, 81, 150, 40))

# Cluster-robust standard errors of a rate, of a difference and of a standardised difference, by matrices of the leads.
crm <- read.csv("crm_b.csv")
crm$won <- as.numeric(crm$outcome == 1)
robust <- function(cell, weights) {
  used <- cell %in% names(weights)
  y <- crm$won[used]; cell <- cell[used]; account <- crm$account[used]
  X <- sapply(names(weights), function(level) as.numeric(cell == level))
  fit <- lm.fit(X, y)
  bread <- solve(crossprod(X))
  scores <- rowsum(X * fit$residuals, account)
  groups <- nrow(scores)
  V <- bread %*% crossprod(scores) %*% bread * groups / (groups - 1) * (length(y) - 1) / (length(y) - ncol(X))
  w <- unname(weights)
  rate <- fit$coefficients
  alone <- sum(w^2 * rate * (1 - rate) / colSums(X))
  variance <- as.numeric(w %*% V %*% w)
  b <- w^2 * rate * (1 - rate) / colSums(X)^2
  each <- rowsum(X, account) %*% b
  # Weights of one sign are a side: effective clusters of the side that has fewest, and what clusters hide of each side.
  sided <- function(of) tapply(seq_along(w), sign(w), of)
  effective <- min(sided(function(k) {
    own <- rowsum(X[, k, drop = FALSE], account) %*% b[k]
    sum(own)^2 / sum(own^2)
  }))
  hides <- sided(function(k) {
    parts <- sapply(k, function(cell) {
      shares <- tabulate(match(account[X[, cell] == 1], unique(account[X[, cell] == 1]))) / sum(X[, cell])
      n <- length(shares); squares <- sum(shares^2)
      # One large and all others equal, with these squares.
      large <- if (max(shares) - min(shares) < 1e-12) 1 / n else
        uniroot(function(a) a^2 + (1 - a)^2 / (n - 1) - squares, c(1 / n, 1), tol = 1e-15)$root
      cubes <- large^3 + (1 - large)^3 / (n - 1)^2
      w[cell]^2 * rate[cell] * (1 - rate[cell]) * c(squares, squares - 2 * cubes + squares^2)
    })
    sum(parts[1, ]) / sum(parts[2, ])
  })
  small <- groups / (groups - 1) * (length(y) - 1) / (length(y) - ncol(X))
  up <- sqrt(pmax(small, hides[as.character(sign(w))]) / small) * w
  cautious <- max(variance, as.numeric(up %*% V %*% up))
  t <- qt(c(0.9, 0.975, 0.995), min(groups, effective) - 1)
  value <- sum(w * rate)
  list(value = value, error = sqrt(variance), effect = variance / alone, clusters = groups, effective = effective,
       cautious = cautious, low = value - t * sqrt(cautious), high = value + t * sqrt(cautious))
}
side <- ifelse(crm$inbound == 1, "inbound", "outbound")
do.call(case, c("clusters inbound", robust(side, c(inbound = 1))))
do.call(case, c("clusters difference", robust(side, c(inbound = 1, outbound = -1))))
cell <- paste(side, crm$segment, sep = "|")
share <- table(crm$segment) / nrow(crm)
weights <- unlist(lapply(names(share), function(s) setNames(c(share[s], -share[s]), paste(c("inbound", "outbound"), s, sep = "|"))))
do.call(case, c("clusters standardised", robust(cell, weights)))

# Fieller's limits of a ratio of means; exact limits of a Poisson number of wins and of one side's share of the wins.
fieller <- function(x, y, confidence) {
  n <- length(x); t <- qt((1 + confidence) / 2, n - 1)
  f <- function(r) (mean(x) - r * mean(y))^2 - t^2 * (var(x) - 2 * r * cov(x, y) + r^2 * var(y)) / n
  a <- mean(y)^2 - t^2 * var(y) / n; b <- mean(x) * mean(y) - t^2 * cov(x, y) / n; c <- mean(x)^2 - t^2 * var(x) / n
  if (b^2 < a * c) return(c(0, Inf))
  roots <- sort((b + c(-1, 1) * sqrt(b^2 - a * c)) / a)
  stopifnot(max(abs(sapply(roots, f))) < 1e-6 * mean(x)^2)
  if (a > 0) roots else c(max(roots), Inf)
}
months <- list(even = list(spend = c(4200, 3900, 5100, 4800, 4650, 5300), wins = c(9, 7, 12, 11, 9, 14)),
               lumpy = list(spend = c(1000, 2500, 700, 3100, 900), wins = c(1, 0, 0, 11, 0)),
               long = list(spend = c(812, 640, 955, 720, 1100, 888, 913, 640, 777, 1210, 905, 868) * 100,
                           wins = c(41, 30, 52, 29, 66, 47, 44, 35, 31, 70, 52, 40)))
for (name in names(months)) for (confidence in c(0.8, 0.95, 0.99)) {
  x <- months[[name]]$spend; y <- months[[name]]$wins
  limits <- fieller(x, y, confidence)
  case(paste("cost", name, confidence), spend = x, wins = y, value = sum(x) / sum(y), low = limits[1], high = limits[2])
}
for (wins in c(0, 1, 4)) {
  limits <- rev(5000 / poisson.test(wins)$conf.int)
  case(paste("few wins", wins), spend = 5000, wins = wins, low = limits[1], high = limits[2])
}
for (wins in list(c(3, 9), c(0, 6), c(4, 0))) {
  limits <- binom.test(wins[1], sum(wins))$conf.int
  ratio <- function(p) 3000 / 7000 * (1 - p) / p
  case(paste("few wins", paste(wins, collapse = " against ")), spend = c(3000, 7000), wins = wins,
       low = ratio(limits[2]), high = ratio(limits[1]),
       p = min(1, 2 * min(pbinom(wins[1], sum(wins), 0.3), pbinom(wins[1] - 1, sum(wins), 0.3, lower.tail = FALSE))))
}
x <- months$long$spend; y <- months$long$wins; u <- c(210, 190, 260, 230, 205, 280, 240, 215, 190, 300, 255, 220) * 100
v <- c(16, 9, 20, 11, 17, 21, 12, 14, 8, 24, 15, 13)
pulls <- (x / sum(x) - y / sum(y)) - (u / sum(u) - v / sum(v))
error <- sqrt(var(pulls) * length(x))
value <- log(sum(x) / sum(y)) - log(sum(u) / sum(v))
case("compared", left_spend = x, left_wins = y, right_spend = u, right_wins = v, log = value, error = error,
     low = exp(value - qt(0.975, 11) * error), high = exp(value + qt(0.975, 11) * error), p = 2 * pt(-abs(value) / error, 11))

cat("{\n  \"versions\": {", sprintf("\"R\": \"%s\"", getRversion()), "},\n  \"answers\": {\n", paste(out, collapse = ",\n"),
    "\n  }\n}\n", sep = "")
