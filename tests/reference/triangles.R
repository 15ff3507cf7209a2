# Reference values for development triangles: Mack (1993) by his formulas, the over-dispersed Poisson model by glm().
# Run beside taylor_ashe.csv and cohort_triangle.csv: Rscript triangles.R > triangles.json
options(digits = 17)
number <- function(x) ifelse(is.na(x), "null", trimws(formatC(x, digits = 17, format = "g")))
listed <- function(x, many) if (many) paste0("[", paste(number(x), collapse = ", "), "]") else number(x)
out <- character()
case <- function(name, ...) {
  values <- list(...)
  fields <- mapply(function(key, value) sprintf("\"%s\": %s", key, listed(value, grepl("^by_", key))),
                   names(values), values)
  out <<- c(out, sprintf("    \"%s\": {%s}", name, paste(fields, collapse = ", ")))
}

# Mack's theorem 3 and its corollary, sums as they are printed.
mack <- function(C) {
  I <- nrow(C); J <- ncol(C)
  f <- s2 <- rep(NA, J - 1)
  for (k in 1:(J - 1)) {
    seen <- !is.na(C[, k + 1])
    f[k] <- sum(C[seen, k + 1]) / sum(C[seen, k])
    if (sum(seen) > 1) s2[k] <- sum(C[seen, k] * (C[seen, k + 1] / C[seen, k] - f[k])^2) / (sum(seen) - 1)
    else s2[k] <- min(s2[k - 1]^2 / s2[k - 2], s2[k - 2], s2[k - 1])
  }
  age <- apply(C, 1, function(row) sum(!is.na(row)))
  full <- C
  for (i in 1:I) for (k in seq_len(J - age[i]) + age[i]) full[i, k] <- full[i, k - 1] * f[k - 1]
  mse <- rep(0, I); shared <- rep(0, I)
  for (i in 1:I) for (k in seq_len(J - age[i]) + age[i] - 1) {
    S <- sum(C[!is.na(C[, k + 1]), k])
    mse[i] <- mse[i] + full[i, J]^2 * s2[k] / f[k]^2 * (1 / full[i, k] + 1 / S)
    if (i < I) shared[i] <- shared[i] + full[i, J] * sum(full[(i + 1):I, J]) * 2 * s2[k] / f[k]^2 / S
  }
  list(total = sum(full[, J]) - sum(C[cbind(1:I, age)]), error = sqrt(sum(mse + shared)), by_cohort = sqrt(mse))
}

# glm with a factor for cohort and one for age; error of prediction by the delta method.
dispersed <- function(C) {
  X <- C; X[, -1] <- C[, -1] - C[, -ncol(C)]
  cells <- data.frame(x = as.vector(X), i = factor(as.vector(row(X))), j = factor(as.vector(col(X))))
  past <- cells[!is.na(cells$x), ]; future <- cells[is.na(cells$x), ]
  fit <- glm(x ~ i + j, family = quasipoisson, data = past, control = glm.control(epsilon = 1e-15, maxit = 100))
  phi <- summary(fit)$dispersion
  D <- model.matrix(~ i + j, data = future)
  m <- exp(as.vector(D %*% coef(fit)))
  V <- summary(fit)$cov.scaled
  error <- function(rows) if (!any(rows)) 0 else {
    g <- colSums(m[rows] * D[rows, , drop = FALSE])
    sqrt(phi * sum(m[rows]) + as.numeric(t(g) %*% V %*% g))
  }
  by <- sapply(levels(cells$i), function(one) error(future$i == one))
  list(total = sum(m), error = error(rep(TRUE, nrow(future))), dispersion = phi, by_cohort = by)
}

# Rao's score test of one diagonal at a time, the latest first, with a dispersion of 1.
calendar <- function(C) {
  X <- C; X[, -1] <- C[, -1] - C[, -ncol(C)]
  cells <- data.frame(x = as.vector(X), i = as.vector(row(X)), j = as.vector(col(X)))
  cells <- cells[!is.na(cells$x), ]
  cells$back <- max(cells$i + cells$j) - cells$i - cells$j
  exact <- glm.control(epsilon = 1e-15, maxit = 100)
  fit <- glm(x ~ factor(i) + factor(j), family = poisson, data = cells, control = exact)
  one <- function(back) {
    cells$then <- cells$back == back
    more <- glm(x ~ factor(i) + factor(j) + then, family = poisson, data = cells, control = exact)
    list(seen = sum(cells$x[cells$then]), expected = sum(fitted(fit)[cells$then]),
         rao = anova(fit, more, test = "Rao")$Rao[2])
  }
  all <- lapply(0:max(cells$back), one)
  list(by_seen = sapply(all, `[[`, "seen"), by_expected = sapply(all, `[[`, "expected"), by_rao = sapply(all, `[[`, "rao"))
}

both <- function(name, C) {
  m <- mack(C); p <- dispersed(C)
  case(paste("mack", name), to_come = m$total, error = m$error, by_cohort_error = m$by_cohort)
  case(paste("poisson", name), to_come = p$total, error = p$error, dispersion = p$dispersion,
       by_cohort_error = p$by_cohort)
}

both("taylor_ashe", as.matrix(read.csv("taylor_ashe.csv")))
both("cohort_triangle", as.matrix(read.csv("cohort_triangle.csv")[, -1]))
# Made up: eight cohorts seen at four ages at most, small, with steps at which nobody converted.
capped <- rbind(c(3, 9, 11, 12), c(1, 4, 4, 4), c(5, 8, 12, 12), c(2, 2, 5, 6), c(4, 9, 10, 10), c(2, 7, 8, NA),
                c(3, 5, NA, NA), c(4, NA, NA, NA))
both("capped", capped)
# As hand-made as cohort_triangle.csv, and with a latest period that brought too much: twice what came then.
surge <- as.matrix(read.csv("cohort_triangle.csv")[, -1])
for (i in 1:nrow(surge)) {
  age <- sum(!is.na(surge[i, ]))
  surge[i, age] <- surge[i, age] + (if (age > 1) surge[i, age] - surge[i, age - 1] else surge[i, age])
}
do.call(case, c(list("calendar surge"), calendar(surge)))

cat(sprintf("{\n  \"versions\": {\"R\": \"%s\", \"stats\": \"%s\"},\n  \"cases\": {\n%s\n  }\n}\n",
            paste(R.version$major, R.version$minor, sep = "."), packageVersion("stats"), paste(out, collapse = ",\n")))
