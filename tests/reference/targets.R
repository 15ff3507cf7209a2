# Reference values for shares and means against a fixed number: exact tests on both sides of a margin, the z of two
# samples and the n at which it tips, t-tests, and shares of small populations.
# Rscript targets.R > targets.json
number <- function(x) ifelse(is.na(x), "null", formatC(x, digits = 15, width = 1, format = "g"))
rows <- function(name, lines) sprintf("  \"%s\": [\n    %s\n  ]", name, paste(lines, collapse = ",\n    "))

# Two one-sided exact tests.
margins <- list(c(45, 600, 0.10, 0.03), c(60, 600, 0.10, 0.03), c(0, 40, 0.05, 0.03), c(7, 20, 0.30, 0.25),
                c(40, 40, 0.95, 0.04), c(2500, 10000, 0.24, 0.02), c(3, 10, 0.3, 0.1), c(0, 200, 0.02, 0.02))
tost <- sapply(margins, function(m) {
  low <- binom.test(m[1], m[2], max(0, m[3] - m[4]), alternative = "greater")$p.value
  high <- binom.test(m[1], m[2], min(1, m[3] + m[4]), alternative = "less")$p.value
  sprintf("{\"x\": %d, \"n\": %d, \"target\": %s, \"margin\": %s, \"p\": %s}",
          m[1], m[2], number(m[3]), number(m[4]), number(max(low, high)))
})

# The pooled z of two samples, the second of which is t * n of n, and the least n whose two-sided p is below alpha:
# looked for one by one from a thousandth below the root on, and from 1 where that is low.
z_at <- function(x, m, t, n) {
  p <- (x + t * n) / (m + n)
  (x / m - t) / sqrt(p * (1 - p) * (1 / m + 1 / n))
}
tips <- list(c(45, 600, 0.10, 0.05), c(45, 600, 0.10, 0.10), c(52, 600, 0.10, 0.05), c(81, 263, 0.13, 0.05),
             c(0, 50, 0.10, 0.05), c(50, 50, 0.90, 0.05), c(210, 600, 0.31, 0.05), c(6, 100, 0.11, 0.05),
             c(1000, 20000, 0.0531, 0.05), c(9, 30, 0.13, 0.01), c(0, 20, 0.10, 0.05), c(300, 1000, 0.25, 0.001))
tipping <- sapply(tips, function(k) {
  fixed <- (k[1] / k[2] - k[3]) / sqrt(k[3] * (1 - k[3]) / k[2])
  least <- NA
  if (2 * pnorm(-abs(fixed)) < k[4]) {
    below <- function(n) 2 * pnorm(-abs(z_at(k[1], k[2], k[3], n))) - k[4]
    least <- 1
    if (below(1) >= 0) least <- max(1, floor(uniroot(below, c(1, 1e12), tol = 1e-9)$root * 0.999))
    while (below(least) >= 0) least <- least + 1
  }
  sprintf("{\"x\": %d, \"m\": %d, \"target\": %s, \"alpha\": %s, \"z_fixed\": %s, \"z_at_600\": %s, \"tipping_n\": %s}",
          k[1], k[2], number(k[3]), number(k[4]), number(fixed), number(z_at(k[1], k[2], k[3], 600)),
          ifelse(is.na(least), "null", sprintf("%.0f", least)))
})

# Means: R's own sleep (the second drug), rivers and women's heights.
series <- list(sleep = sleep$extra[sleep$group == 2], rivers = rivers, heights = women$height)
targets <- list(sleep = c(0, 1), rivers = c(500, 90), heights = c(66, 3))
means <- sapply(names(series), function(name) {
  x <- series[[name]]; mu <- targets[[name]][1]; margin <- targets[[name]][2]
  test <- t.test(x, mu = mu)
  alike <- max(t.test(x, mu = mu - margin, alternative = "greater")$p.value,
               t.test(x, mu = mu + margin, alternative = "less")$p.value)
  sprintf("{\"name\": \"%s\", \"x\": [%s], \"target\": %s, \"margin\": %s, \"t\": %s, \"p\": %s, \"p_alike\": %s}",
          name, paste(number(x), collapse = ", "), number(mu), number(margin), number(unname(test$statistic)),
          number(test$p.value), number(alike))
})

# Shares of small populations: every number of people who may say yes, and how often what was seen, or more, or less,
# would then be drawn, what was seen counting half (mid-P). Among those that are not too rare either way lie the limits.
rarity <- function(d) {
  yes <- d[1]:(d[3] - d[2] + d[1])
  same <- dhyper(d[1], yes, d[3] - yes, d[2])
  data.frame(share = yes / d[3], up = phyper(d[1], yes, d[3] - yes, d[2], lower.tail = FALSE) + same / 2,
             down = phyper(d[1], yes, d[3] - yes, d[2]) - same / 2)
}
drawn <- list(c(12, 20, 30), c(0, 8, 12), c(8, 8, 12), c(37, 100, 500), c(1, 19, 20), c(5, 10, 1000), c(3, 4, 40),
              c(5, 14, 16), c(14, 14, 16), c(120, 1000, 1e6))
limits <- sapply(drawn, function(d) {
  tried <- rarity(d)
  sprintf("{\"x\": %d, \"n\": %d, \"N\": %d, \"low\": %s, \"high\": %s}", d[1], d[2], d[3],
          number(min(tried$share[tried$up > 0.025])), number(max(tried$share[tried$down > 0.025])))
})

# Such a share against a fixed number: twice the mid-P of the number of people beyond it.
fixed <- sapply(list(c(12, 20, 30, 0.4), c(12, 20, 30, 0.75), c(12, 20, 30, 0.61), c(5, 20, 30, 0.08), c(14, 14, 16, 0.9),
                     c(14, 14, 16, 0.93), c(37, 100, 500, 0.45)), function(d) {
  tried <- rarity(d)
  share <- if (d[1] / d[2] > d[4]) floor(d[4] * d[3] + 1e-9) / d[3] else ceiling(d[4] * d[3] - 1e-9) / d[3]
  at <- which(abs(tried$share - share) < 1e-9)
  p <- if (length(at) == 0) 0 else if (d[1] / d[2] > d[4]) 2 * tried$up[at] else 2 * tried$down[at]
  sprintf("{\"x\": %d, \"n\": %d, \"N\": %d, \"target\": %s, \"p\": %s}", d[1], d[2], d[3], number(d[4]),
          number(min(1, p)))
})

# Gaps of two such shares: all pairs of numbers of people, the normal scores of the two mid-P squared and added. The share
# that was seen is missed by nothing, whether or not a number of people makes it.
missed <- function(d, side) {
  tried <- rarity(d); seen <- d[1] / d[2]
  far <- if (side == "below") tried$share < seen - 1e-12 else tried$share > seen + 1e-12
  data.frame(share = c(seen, tried$share[far]),
             z = c(0, pmax(0, -qnorm(if (side == "below") tried$up[far] else tried$down[far]))))
}
pairs <- list(list(c(12, 20, 30), c(5, 15, 25)), list(c(9, 18, 24), c(3, 12, 14)), list(c(8, 8, 12), c(2, 10, 40)),
              list(c(5, 14, 16), c(20, 26, 30)), list(c(3, 10, 60), c(6, 9, 10)))
gaps <- sapply(pairs, function(both) {
  ends <- function(one, other, sides, worst) {
    a <- missed(one, sides[1]); b <- missed(other, sides[2])
    apart <- outer(a$share, b$share, "-"); z <- outer(a$z^2, b$z^2, "+")
    list(end = worst(apart[z <= qnorm(0.975)^2]), p = function(back) 2 * pnorm(-sqrt(min(Inf, z[back(apart)]))))
  }
  low <- ends(both[[1]], both[[2]], c("below", "above"), min)
  high <- ends(both[[1]], both[[2]], c("above", "below"), max)
  up <- both[[1]][1] / both[[1]][2] > both[[2]][1] / both[[2]][2]
  p <- if (up) low$p(function(apart) apart <= 1e-12) else high$p(function(apart) apart >= -1e-12)
  sprintf("{\"left\": [%s], \"right\": [%s], \"low\": %s, \"high\": %s, \"p\": %s}",
          paste(both[[1]], collapse = ", "), paste(both[[2]], collapse = ", "), number(low$end), number(high$end), number(p))
})
cat(sprintf("{\"R\": \"%s\",\n%s\n}\n", getRversion(), paste(c(rows("tost", tost), rows("tipping", tipping),
    rows("means", means), rows("limits", limits), rows("fixed", fixed), rows("gaps", gaps)), collapse = ",\n")))
