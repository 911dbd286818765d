"""Normalization factors by the trimmed mean of log ratios (Robinson & Oshlack 2010, Genome
Biology 11:R25), written straight from the paper and edgeR's documentation, for the test in
src/kernels/stats/tmm.rs. Prints the factors of the same made-up counts.
"""

import numpy as np
from scipy.stats import rankdata


def made_up():
    sample, gene = np.mgrid[0:4, 0:60]
    x = np.floor(40 * np.exp(2 * np.sin(0.7 * gene)) * (1 + 0.3 * np.sin(5.1 * gene * (sample + 1))))
    x[1] = np.floor(x[1] * 2.5)
    x[2, :6] = x[2, :6] * 30
    x[3, gene[3] % 5 == 0] = 0
    x[:, 7] = 0
    return x


def factor(observed, reference, size, reference_size):
    with np.errstate(divide="ignore", invalid="ignore"):
        p, q = observed / size, reference / reference_size
        m, a = np.log2(p / q), (np.log2(p) + np.log2(q)) / 2
        v = (1 - p) / observed + (1 - q) / reference
    finite = np.isfinite(m) & np.isfinite(a)
    m, a, v = m[finite], a[finite], v[finite]
    if np.abs(m).max() < 1e-6:
        return 1.0
    n = len(m)
    low_m, low_a = np.floor(n * 0.3) + 1, np.floor(n * 0.05) + 1
    rank_m, rank_a = rankdata(m), rankdata(a)
    keep = (rank_m >= low_m) & (rank_m <= n + 1 - low_m)
    keep &= (rank_a >= low_a) & (rank_a <= n + 1 - low_a)
    return 2 ** (np.sum(m[keep] / v[keep]) / np.sum(1 / v[keep]))


def tmm(x):
    x = x[:, x.sum(axis=0) > 0]
    sizes = x.sum(axis=1)
    upper = np.quantile(x, 0.75, axis=1) / sizes
    reference = np.argmin(np.abs(upper - upper.mean()))
    factors = np.array([factor(row, x[reference], n, sizes[reference]) for row, n in zip(x, sizes)])
    return factors / np.exp(np.log(factors).mean())


np.set_printoptions(precision=17)
print(made_up().sum(axis=1), tmm(made_up()))
