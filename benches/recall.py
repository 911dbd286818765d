"""Recall and time of approximate neighbor searches on the same components.

usage: recall.py SCA FILE.h5ad [FILE.h5ad ...]
       with a Python that has scanpy, pynndescent, hnswlib and faiss-cpu

Each FILE is a dataset of counts. sca makes 50 components of it and its neighbors; the others search the
same components, on the same number of threads. Recall is of the 14 nearest other cells, over 2,000 cells, against a
search through all. Prints a table.
"""

import os
import re
import subprocess
import sys
import tempfile
import time

import anndata
import faiss
import hnswlib
import numpy as np
import pynndescent

THREADS = os.cpu_count()
K = 15
PREPARE = """adata = read "{file}" | filter min_genes=200 | filter_genes min_cells=3
  | normalize target=1e4 | log1p | hvg n=2000 | pca n=50
neighbors adata k={k}
profile adata
write adata "{out}" compression=none
"""


def with_sca(sca, file):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.h5ad")
        printed = subprocess.check_output([sca, "-c", PREPARE.format(file=file, out=out, k=K)], text=True)
        took = re.search(r"([\d.]+) (ms|s) .*neighbors", printed)
        seconds = float(took[1]) * (0.001 if took[2] == "ms" else 1)
        adata = anndata.read_h5ad(out)
    distances = adata.obsp["distances"].tocsr()
    neighbors = [distances.indices[a:b] for a, b in zip(distances.indptr, distances.indptr[1:])]
    return np.ascontiguousarray(adata.obsm["X_pca"], dtype="f4"), neighbors, seconds


def descent(x):
    found = pynndescent.NNDescent(x, n_neighbors=K, n_jobs=THREADS, random_state=0)
    return found.neighbor_graph[0]


def hnsw(x, ef):
    index = hnswlib.Index("l2", x.shape[1])
    index.init_index(len(x), M=16, ef_construction=200)
    index.set_num_threads(THREADS)
    index.add_items(x)
    index.set_ef(ef)
    return index.knn_query(x, K)[0]


def partitions(x, probes):
    faiss.omp_set_num_threads(THREADS)
    n_lists = int(4 * np.sqrt(len(x)))
    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(x.shape[1]), x.shape[1], n_lists)
    index.train(x)
    index.add(x)
    index.nprobe = probes
    return index.search(x, K)[1]


def main():
    sca, files = sys.argv[1], sys.argv[2:]
    print("| file | cells | search | seconds | recall |\n|---|---|---|---|---|")
    for file in files:
        x, by_sca, took = with_sca(sca, file)
        some = np.random.default_rng(0).choice(len(x), min(2000, len(x)), replace=False)
        index = faiss.IndexFlatL2(x.shape[1])
        index.add(x)
        true = [near[near != cell][: K - 1] for cell, near in zip(some, index.search(x[some], K)[1])]

        def row(name, neighbors, seconds):
            recall = np.mean([len(np.intersect1d(neighbors[cell], near)) / (K - 1) for cell, near in zip(some, true)])
            print(f"| {os.path.basename(file)} | {len(x):,} | {name} | {seconds:.2f} | {recall:.4f} |", flush=True)

        row("sca", by_sca, took)
        pynndescent.NNDescent(x[:3000], n_neighbors=K, n_jobs=THREADS)  # compiles
        for name, search in [
            ("pynndescent 0.5 (scanpy)", descent),
            ("hnswlib, M 16, ef 50", lambda x: hnsw(x, 50)),
            ("hnswlib, M 16, ef 200", lambda x: hnsw(x, 200)),
            ("faiss k-means partitions, 16 probed", lambda x: partitions(x, 16)),
            ("faiss k-means partitions, 64 probed", lambda x: partitions(x, 64)),
        ]:
            start = time.time()
            neighbors = search(x)
            row(name, neighbors, time.time() - start)


main()
