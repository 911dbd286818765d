"""False positives and power of `de`, beside limma-trend: 3 against 3 samples of simulated counts.

    SCA=target/release/sca python benches/de.py OUT_FOLDER > benches/runs/DATE-de.md

Wants numpy and anndata, and `Rscript` with limma, edgeR and statmod (Debian: r-bioc-limma,
r-bioc-edger, r-cran-statmod). Counts are negative binomial; the dispersion falls with the mean and
varies from gene to gene (inverse chi-squared, 10 degrees of freedom), samples differ in depth by up
to 2. In null sets no gene differs; in the others a tenth of the genes do, by a factor of 2.
"""
import os
import subprocess
import sys

import anndata as ad
import numpy as np
import pandas as pd

SCA = os.environ.get("SCA", "target/release/sca")
OUT = sys.argv[1]
SETS, POWER, GENES, SAMPLES = 200, 40, 4000, 6
CONDITION = ["a", "a", "a", "b", "b", "b"]
FIFTHS = 5


def simulated(rng, true):
    mean = np.exp(rng.normal(4, 1.8, GENES))
    dispersion = (0.04 + 1.5 / (mean + 10)) * 10 / rng.chisquare(10, GENES)
    mu = mean[None, :] * rng.uniform(0.7, 1.4, SAMPLES)[:, None]
    factor = np.where(rng.random(GENES) < 0.5, 2.0, 0.5)
    mu[3:, true] *= factor[true]
    return rng.negative_binomial(1 / dispersion, 1 / (1 + mu * dispersion)).astype(np.int32)


def written():
    """Every set as a file for sca and one for R; the genes that differ come first."""
    for kind, sets in (("null", SETS), ("power", POWER)):
        for i in range(sets):
            rng = np.random.default_rng([i, kind == "power"])
            true = np.arange(GENES) < (GENES // 10 if kind == "power" else 0)
            counts = simulated(rng, true)
            counts.tofile(f"{OUT}/{kind}_{i}.bin")
            obs = pd.DataFrame({"condition": pd.Categorical(CONDITION), "n_cells": 50}, index=[f"s{k}" for k in range(SAMPLES)])
            var = pd.DataFrame(index=[f"g{k}" for k in range(GENES)])
            ad.AnnData(counts.astype(np.float32), obs, var).write_h5ad(f"{OUT}/{kind}_{i}.h5ad")


def by_sca(flags, name):
    lines = []
    for kind, sets in (("null", SETS), ("power", POWER)):
        for i in range(sets):
            lines.append(f'b = read "{kind}_{i}.h5ad"')
            lines.append(f'export (de b formula="~ condition" {flags}) "{kind}_{i}.{name}.csv" overwrite=true')
    with open(f"{OUT}/{name}.sca", "w") as f:
        f.write("\n".join(lines) + "\n")
    subprocess.run([os.path.abspath(SCA), "run", f"{name}.sca"], cwd=OUT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


R = r"""
suppressMessages({library(limma); library(edgeR)})
condition <- factor(rep(c("a", "b"), each = 3)); design <- model.matrix(~condition)
for (kind in c("null", "power")) for (i in seq_len(if (kind == "null") SETS else POWER) - 1) {
  counts <- matrix(readBin(paste0(kind, "_", i, ".bin"), "int", SAMPLES * GENES, size = 4), GENES)
  rownames(counts) <- paste0("g", seq_len(GENES) - 1)
  d <- DGEList(counts); d <- calcNormFactors(d[filterByExpr(d, design), , keep.lib.sizes = FALSE])
  fit <- suppressWarnings(eBayes(lmFit(cpm(d, log = TRUE, prior.count = 2), design), trend = TRUE))
  p <- fit$p.value[, 2]
  out <- data.frame(names = rownames(d), mean_log2_cpm = fit$Amean, pvals = p, pvals_adj = p.adjust(p, "BH"))
  write.csv(out, paste0(kind, "_", i, ".limma.csv"), row.names = FALSE)
}
"""


def by_limma():
    values = {"SETS": SETS, "POWER": POWER, "SAMPLES": SAMPLES, "GENES": GENES}
    code = R
    for key, value in values.items():
        code = code.replace(key, str(value))
    with open(f"{OUT}/limma.R", "w") as f:
        f.write(code)
    subprocess.run(["Rscript", "limma.R"], cwd=OUT, check=True)


def rates(name):
    """Share of p < 0.05 in each fifth of expression, over the null sets."""
    hits, tested = np.zeros(FIFTHS), np.zeros(FIFTHS)
    for i in range(SETS):
        table = pd.read_csv(f"{OUT}/null_{i}.{name}.csv")
        fifth = pd.qcut(table["mean_log2_cpm"].rank(method="first"), FIFTHS, labels=False)
        hits += np.bincount(fifth[table["pvals"] < 0.05], minlength=FIFTHS)
        tested += np.bincount(fifth, minlength=FIFTHS)
    return hits / tested


def power(name):
    """Share of the tested genes that differ which are found at 5 %, and of false ones among the found."""
    found = true_tested = false = 0
    for i in range(POWER):
        table = pd.read_csv(f"{OUT}/power_{i}.{name}.csv")
        true = table["names"].str[1:].astype(int) < GENES // 10
        is_found = table["pvals_adj"] < 0.05
        found += (true & is_found).sum()
        false += (~true & is_found).sum()
        true_tested += true.sum()
    return found / true_tested, false / max(1, found + false)


def main():
    os.makedirs(OUT, exist_ok=True)
    written()
    names = [("de", "sca de", ""), ("robust", "sca de robust=true", "robust=true"), ("common", "sca de trend=false", "trend=false")]
    for name, _, flags in names:
        by_sca(flags, name)
    by_limma()
    rows = [(title, rates(name), power(name)) for name, title, _ in names]
    rows.append(("limma 3.54, eBayes(trend=TRUE)", rates("limma"), power("limma")))
    print(f"# `de` on {SETS} null sets and {POWER} sets with true differences\n")
    print(f"3 against 3 samples, {GENES} genes, by `benches/de.py`. Rates: genes with p < 0.05 in each fifth of expression,")
    print("lowest first. Power: share of the genes that differ (by a factor of 2) found at a false discovery rate of 5 %.\n")
    print("| test | rate 1 | 2 | 3 | 4 | 5 | power | false among found |\n| --- | --- | --- | --- | --- | --- | --- | --- |")
    for title, rate, (found, false) in rows:
        print(f"| {title} | " + " | ".join(f"{x:.4f}" for x in rate) + f" | {found:.4f} | {false:.4f} |")


main()
