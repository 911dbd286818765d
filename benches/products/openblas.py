"""NumPy's OpenBLAS on one thread, in the shapes of main.rs: Gflop/s, best of five, and whether a product over half of
the depth and then the other half has the bits of one over the whole.

usage: OPENBLAS_NUM_THREADS=1 python3 openblas.py        needs numpy and scipy
"""

import time

import numpy as np
import scipy.linalg

SHAPES = [
    (np.float32, 256, 50, 4096),
    (np.float32, 1024, 1024, 1024),
    (np.float64, 1024, 1024, 1024),
    (np.float64, 2000, 1024, 2000),
]


def seconds(work):
    """Best of five."""
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


draw = np.random.default_rng(0)
for number, m, k, n in SHAPES:
    a, b = (draw.random(shape).astype(number) - number(0.5) for shape in ((m, k), (k, n)))
    parts = a[:, : k // 2] @ b[: k // 2] + a[:, k // 2 :] @ b[k // 2 :]
    same = "same bits" if (parts == a @ b).all() else "other bits"
    print(f"{number.__name__} {m} × {k} × {n}: {2e-9 * m * k * n / seconds(lambda: a @ b):.1f} Gflop/s, {same}")
x = (draw.random((4000, 2000)) - 0.5) * (1 + 60 / (1 + np.arange(2000)))
matrix = x.T @ x
took = seconds(lambda: scipy.linalg.eigh(matrix, subset_by_index=(1950, 1999)))
print(f"50 eigenpairs of 2,000 × 2,000: {took:.2f} s")
