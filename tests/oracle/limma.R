# Writes limma.txt: what limma 3.54 and edgeR 3.40 find, for tests/oracle/limma.rs.
# Rscript limma.R > limma.txt  (Debian: r-bioc-limma, r-bioc-edger, r-cran-statmod)
suppressMessages({library(limma); library(edgeR)})
set.seed(20261129)
num <- function(x) paste(format(x, digits = 12, trim = TRUE), collapse = " ")
line <- function(key, x) cat(key, num(x), "\n")

# Coefficient 2 of a fit: t, log10 p, and the prior of each gene.
results <- function(y, design) {
  for (robust in if (nrow(y) > 2) c(FALSE, TRUE) else FALSE) for (trend in c(FALSE, TRUE)) {
    fit <- suppressWarnings(eBayes(lmFit(y, design), trend = trend, robust = robust))
    n <- nrow(y)
    cat("fit", if (trend) "trend" else "common", if (robust) "robust" else "plain", "\n")
    line("t", fit$t[, 2])
    df <- fit$df.total
    line("p", (pt(-abs(fit$t[, 2]), df, log.p = TRUE) + log(2)) / log(10))
    line("df", rep_len(fit$df.prior, n))
    line("s2", rep_len(fit$s2.prior, n))
  }
}

logs <- function(name, y, design) {
  cat("case", name, ncol(y), nrow(y), ncol(design), "\n")
  line("design", t(design))
  line("y", t(y))
  results(y, design)
}

two <- cbind(1, rep(0:1, each = 3))
three <- cbind(1, rep(0:1, each = 4), rep(c(0, 0, 1, 1), 2))
gaussian <- function(n, samples, df0) {
  mean <- runif(n, 1, 12)
  sd <- sqrt((0.05 + 0.4 * exp(-mean / 3)) * if (is.finite(df0)) df0 / rchisq(n, df0) else 1)
  y <- matrix(rnorm(n * samples), n) * sd + mean
  y[seq_len(n %/% 5), (samples %/% 2 + 1):samples] <- y[seq_len(n %/% 5), (samples %/% 2 + 1):samples] + 0.6
  y
}
logs("forty", gaussian(40, 6, 4), two)
for (n in c(2, 4, 7, 20)) logs(paste0("few", n), gaussian(n, 6, 4), two)
logs("blocks", gaussian(36, 8, 6), three)
# Variances that are more alike than chance has them: the prior is infinitely sure.
alike <- gaussian(45, 8, Inf)
left <- t(lm.fit(three, t(alike))$residuals)
alike <- alike - left + left / sqrt(rowSums(left^2)) * exp(0.1 * rnorm(45)) * (1.5 - rowMeans(alike) / 20)
logs("alike", alike, three)
far <- gaussian(60, 6, 20); far[1:4, 1] <- far[1:4, 1] + c(3, 5, 8, 2)
logs("far", far, two)
flat <- gaussian(35, 6, 5); flat[3, ] <- 4
logs("flat", flat, two)

# From counts, as de begins.
n <- 150; samples <- 8
mean <- exp(runif(n, 0, 7)); depth <- runif(samples, 0.5, 2)
dispersion <- (0.05 + 1 / mean) * 8 / rchisq(n, 8)
mu <- outer(mean, depth); mu[1:20, 5:8] <- mu[1:20, 5:8] * 2
counts <- matrix(rnbinom(n * samples, mu = mu, size = 1 / dispersion), n)
cat("counts", samples, n, 3, "\n")
line("design", t(three))
line("counts", t(counts))
dge <- DGEList(counts)
keep <- filterByExpr(dge, three)
line("keep", as.integer(keep))
dge <- calcNormFactors(dge[keep, , keep.lib.sizes = FALSE])
line("factors", dge$samples$norm.factors)
y <- cpm(dge, log = TRUE, prior.count = 2)
line("logs", t(y))
results(y, three)
