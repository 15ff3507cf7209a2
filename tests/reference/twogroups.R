# Reference values for two groups taken crudely: limits by brute force, exact tests, power and quotas.
# Run: Rscript twogroups.R > twogroups.json
fine <- 1e-20
number <- function(x) ifelse(is.na(x), "null", ifelse(is.infinite(x), ifelse(x > 0, "Infinity", "-Infinity"),
  formatC(x, digits = 15, width = 1, format = "g")))
listed <- function(x) if (length(x) == 1) number(x) else paste0("[", paste(number(x), collapse = ", "), "]")
out <- character()
case <- function(kind, inputs, ...) {
  values <- c(inputs, list(...))
  fields <- mapply(function(key, value) sprintf("\"%s\": %s", key, listed(value)), names(values), values)
  out <<- c(out, sprintf("    {\"kind\": \"%s\", %s}", kind, paste(fields, collapse = ", ")))
}
root <- function(f, low, high) uniroot(f, c(low, high), tol = fine, maxiter = 10000)$root

# The likeliest share of the left group where the difference is d: the likelihood is log-concave, so its slope falls.
likeliest <- function(x, n, y, m, d) {
  part <- function(a, p) if (a == 0) 0 else a / p
  slope <- function(p) part(x, p) - part(n - x, 1 - p) + part(y, p - d) - part(m - y, 1 - p + d)
  low <- max(0, d); high <- min(1, 1 + d); edge <- (high - low) * 1e-13
  if (slope(low + edge) <= 0) return(low)
  if (slope(high - edge) >= 0) return(high)
  root(slope, low + edge, high - edge)
}
score <- function(x, n, y, m, d) {
  p <- likeliest(x, n, y, m, d); q <- p - d
  v <- p * (1 - p) / n + q * (1 - q) / m
  gap <- x / n - y / m - d
  if (v <= 0) { if (abs(gap) < 1e-14) 0 else sign(gap) * Inf } else gap / sqrt(v)
}
score_limits <- function(x, n, y, m, z) {
  seen <- x / n - y / m; end <- 1 - 1e-12
  beyond <- function(d) { s <- score(x, n, y, m, d); min(max(s, -1e6), 1e6) }
  low <- if (seen <= -end || beyond(-end) < z) -1 else root(function(d) beyond(d) - z, -end, min(seen, end))
  high <- if (seen >= end || beyond(end) > -z) 1 else root(function(d) beyond(d) + z, max(seen, -end), end)
  c(low, high)
}
# Farrington & Manning (1990): a quadratic for the right share where the ratio is held.
ratio_score <- function(x, n, y, m, log_ratio) {
  r <- exp(log_ratio)
  a <- (n + m) * r; b <- -(n * r + x + m + y * r); c <- x + y
  q <- (-b - sqrt(max(0, b^2 - 4 * a * c))) / (2 * a); p <- r * q
  v <- p * (1 - p) / n + r^2 * q * (1 - q) / m
  (x / n - r * y / m) / sqrt(v)
}
ratio_limits <- function(x, n, y, m, z) {
  at <- log((x / n) / (y / m))
  exp(c(root(function(l) ratio_score(x, n, y, m, l) - z, at - 25, at),
        root(function(l) ratio_score(x, n, y, m, l) + z, at, at + 25)))
}
conditional <- function(x, n, y, m, tail) {
  h <- x + y; k <- max(0, h - m):min(n, h); logs <- dhyper(k, n, m, h, log = TRUE)
  chances <- function(l) { w <- logs + (k - x) * l; w <- exp(w - max(w)); w / sum(w) }
  near <- log((x + .5) * (m - y + .5) / ((n - x + .5) * (y + .5)))
  solve <- function(f) root(f, near - 40, near + 40)
  low <- function(part) if (x == min(k)) 0 else
    exp(solve(function(l) { w <- chances(l); sum(w[k > x]) + part * w[k == x] - tail }))
  high <- function(part) if (x == max(k)) Inf else
    exp(solve(function(l) { w <- chances(l); tail - sum(w[k < x]) - part * w[k == x] }))
  value <- if (x == min(k)) 0 else if (x == max(k)) Inf else exp(solve(function(l) sum(chances(l) * (k - x))))
  list(value = value, exact = c(low(1), high(1)), mid = c(low(.5), high(.5)))
}
TABLES <- list(c(7, 34, 1, 34), c(0, 10, 0, 20), c(10, 10, 0, 20), c(10, 10, 20, 20), c(1, 1, 0, 1), c(0, 1, 0, 1),
  c(1, 1, 1, 1), c(3, 30, 12, 60), c(1, 50, 9, 200), c(0, 50, 9, 200), c(45, 50, 190, 200), c(9, 9, 2, 7), c(0, 3, 1, 2000),
  c(200, 2000, 1100, 10000), c(3, 17, 16, 17), c(120000, 1e7, 119000, 1e7), c(0, 1e7, 5, 1e7), c(1e7, 1e7, 9999990, 1e7))
for (t in TABLES) for (level in c(0.8, 0.95, 0.99)) {
  x <- t[1]; n <- t[2]; y <- t[3]; m <- t[4]; z <- qnorm((1 + level) / 2); wide <- z * sqrt((n + m) / (n + m - 1))
  about <- list(x1 = x, n1 = n, x2 = y, n2 = m, conf = level)
  case("difference", about, mee = score_limits(x, n, y, m, z), miettinen_nurminen = score_limits(x, n, y, m, wide))
  if (x > 0 && y > 0 && (x < n || y < m))
    case("ratio", about, koopman = ratio_limits(x, n, y, m, z), miettinen_nurminen = ratio_limits(x, n, y, m, wide))
  if (x + y > 0 && x + y < n + m) {
    odds <- conditional(x, n, y, m, (1 - level) / 2)
    case("odds", about, value = odds$value, exact = odds$exact, mid_p = odds$mid)
  }
}
for (t in TABLES) if (t[1] + t[3] > 0 && t[1] + t[3] < t[2] + t[4]) {
  cells <- matrix(c(t[1], t[2] - t[1], t[3], t[4] - t[3]), 2)
  exact <- function(side) if (side == "two.sided") {
    p <- dhyper(max(0, t[1] + t[3] - t[4]):min(t[2], t[1] + t[3]), t[2], t[4], t[1] + t[3])
    sum(p[p <= dhyper(t[1], t[2], t[4], t[1] + t[3]) * (1 + 1e-7)])
  } else fisher.test(cells, alternative = side, conf.int = FALSE)$p.value
  chi <- function(correct) unname(suppressWarnings(chisq.test(cells, correct = correct)[c("statistic", "p.value")]))
  case("tests", list(x1 = t[1], n1 = t[2], x2 = t[3], n2 = t[4]), two_sided = exact("two.sided"), less = exact("less"),
       greater = exact("greater"), pearson = unlist(chi(FALSE)), yates = unlist(chi(TRUE)))
}

# Every table, every share on a fine grid, and the best places of the grid searched further.
worst <- function(region, n, m) {
  chance <- function(p) sum(outer(dbinom(0:n, n, p), dbinom(0:m, m, p))[region])
  grid <- seq(0, 1, length.out = 2001); found <- sapply(grid, chance); best <- max(found)
  for (i in order(-found)[1:12]) best <- max(best, optimize(chance, pmin(1, pmax(0, grid[i] + c(-1, 1) / 2000)),
    maximum = TRUE, tol = 1e-12)$objective)
  best
}
unconditional <- function(x, n, y, m) {
  a <- row(matrix(0, n + 1, m + 1)) - 1; b <- col(a) - 1; h <- a + b
  apart <- a * m - b * n; scale <- pmax(h * (n + m - h), 1)
  far <- apart * abs(apart) ; here <- cbind(x + 1, y + 1)
  less <- matrix(phyper(a, n, m, h), n + 1); more <- matrix(phyper(a - 1, n, m, h, lower.tail = FALSE), n + 1)
  close <- 1 + 1e-10
  boschloo <- c(worst(less <= less[here] * close, n, m), worst(more <= more[here] * close, n, m))
  barnard <- c(worst(-far * scale[here] >= -far[here] * scale, n, m), worst(far * scale[here] >= far[here] * scale, n, m),
               worst(abs(far) * scale[here] >= abs(far[here]) * scale, n, m))
  case("unconditional", list(x1 = x, n1 = n, x2 = y, n2 = m), boschloo_less = boschloo[1], boschloo_greater = boschloo[2],
       boschloo = min(1, 2 * min(boschloo)), barnard_less = barnard[1], barnard_greater = barnard[2], barnard = barnard[3])
}
for (t in list(c(7, 34, 1, 34), c(1, 9, 5, 7), c(3, 30, 12, 60), c(0, 12, 4, 9), c(9, 9, 2, 7), c(2, 5, 2, 5), c(0, 5, 0, 8),
               c(1, 1, 0, 1), c(12, 15, 7, 15), c(2, 40, 11, 45))) do.call(unconditional, as.list(t))

for (t in list(c(0, 20), c(20, 20), c(1, 20), c(10, 20), c(1, 1), c(0, 1), c(7, 50), c(120000, 1e7), c(0, 1e7), c(9999999, 1e7)))
  for (level in c(0.8, 0.95, 0.99)) {
    x <- t[1]; n <- t[2]; a <- (1 - level) / 2; z <- qnorm(1 - a); p <- x / n
    mid <- c(if (x == 0) 0 else root(function(s) pbinom(x, n, s, lower.tail = FALSE) + dbinom(x, n, s) / 2 - a, 0, p),
             if (x == n) 1 else root(function(s) pbinom(x - 1, n, s) + dbinom(x, n, s) / 2 - a, p, 1))
    cc <- c(if (x == 0) 0 else (2 * x + z^2 - 1 - z * sqrt(z^2 - 2 - 1 / n + 4 * p * (n - x + 1))) / (2 * (n + z^2)),
            if (x == n) 1 else (2 * x + z^2 + 1 + z * sqrt(z^2 + 2 - 1 / n + 4 * p * (n - x - 1))) / (2 * (n + z^2)))
    if (x > 0 && x < n && 2 * x != n) {
      # prop.test corrects towards the share it tests, one half if none is named; an even split it leaves alone.
      stopifnot(max(abs(cc - suppressWarnings(prop.test(x, n, conf.level = level)$conf.int))) < 1e-9)
    }
    near <- (x + z^2 / 2) / (n + z^2)
    case("rate", list(x = x, n = n, conf = level), mid_p = mid, wilson_cc = cc,
         agresti_coull = near + c(-1, 1) * z * sqrt(near * (1 - near) / (n + z^2)))
  }
for (t in list(c(682, 925, .75), c(0, 20, .1), c(20, 20, .5), c(3, 20, .15), c(1, 1, .3), c(9, 20, .5), c(120000, 1e7, .0121),
               c(5000300, 1e7, .5), c(0, 1e7, 1e-7)))
  case("target", list(x = t[1], n = t[2], target = t[3]), exact = binom.test(t[1], t[2], t[3])$p.value,
       z = (t[1] - t[2] * t[3]) / sqrt(t[2] * t[3] * (1 - t[3])))

for (t in list(c(.5, .75, 50), c(.08, .12, 300), c(.02, .03, 5000), c(.3, .1, 40), c(0, .1, 60), c(.01, .012, 2e5)))
  for (level in c(.9, .95)) {
    p <- function(strict) power.prop.test(n = t[3], p1 = t[1], p2 = t[2], sig.level = 1 - level, strict = strict)$power
    n <- power.prop.test(p1 = t[1], p2 = t[2], power = .8, sig.level = 1 - level, tol = 1e-10)$n
    case("power", list(p1 = t[1], p2 = t[2], n = t[3], conf = level), power = p(FALSE), strict = p(TRUE), leads = n)
  }
for (t in list(c(.5, 50), c(.08, 300), c(.02, 5000), c(.3, 40))) {
  seen <- function(p) power.prop.test(n = t[2], p1 = p, power = .8, tol = 1e-13)$p2 - p
  case("detectable", list(rate = t[1], n = t[2]), fall = seen(1 - t[1]), rise = seen(t[1]))
}
for (t in list(c(50, 40, 500, .9), c(50, 16, 200, .9), c(10, 0, 50, .8), c(200, 800, 1e4, .95), c(1, 1, 1, .9))) {
  a <- t[2] + .5; b <- t[3] - t[2] + .5; k <- 0:(t[1] - 1)
  chance <- function(n) 1 - sum(exp(lchoose(n, k) + lbeta(k + a, n - k + b) - lbeta(a, b)))
  n <- t[1]; while (chance(n) < t[4]) n <- n + 1
  case("quota", list(quota = t[1], x = t[2], n = t[3], conf = t[4]), leads = n, chance = chance(n), one_fewer = chance(n - 1))
}
cat("{\n  \"versions\": {\"R\": \"", as.character(getRversion()), "\"},\n  \"answers\": [\n", paste(out, collapse = ",\n"),
    "\n  ]\n}\n", sep = "")
