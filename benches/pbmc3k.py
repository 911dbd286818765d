"""The whole PBMC 3k analysis in sca and in scanpy, one after the other on the same machine.

usage: pbmc3k.py SCA RAW.h5ad [RUNS]     with the Python that has scanpy (tests/python/requirements.txt)

Prints a table of wall seconds and peak memory of whole processes, from start to exit: reading, quality
control, filters, normalization, variable genes, PCA, neighbors, Leiden, UMAP, Wilcoxon markers, one
figure and a written file.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

SCA_SCRIPT = """adata = read "{raw}"
  | qc mt="MT-"
  | filter (pct_counts_mt < 5 and n_genes_by_counts < 2500) min_genes=200
  | filter_genes min_cells=3
  | normalize target=1e4 | log1p | hvg n=2000 | pca n=50 | neighbors k=15 | leiden res=0.6 | umap
markers adata by=leiden method=wilcoxon
plot adata color=leiden out="umap.png"
write adata "clustered.h5ad"
"""

SCANPY_SCRIPT = """
import warnings; warnings.filterwarnings("ignore")
import matplotlib; matplotlib.use("Agg")
import scanpy as sc
a = sc.read_h5ad("{raw}"); a.var_names_make_unique()
a.var["mt"] = a.var_names.str.startswith("MT-")
sc.pp.calculate_qc_metrics(a, qc_vars=["mt"], inplace=True)
sc.pp.filter_cells(a, min_genes=200)
a = a[(a.obs.pct_counts_mt < 5) & (a.obs.n_genes_by_counts < 2500)].copy()
sc.pp.filter_genes(a, min_cells=3)
a.layers["counts"] = a.X.copy()
sc.pp.normalize_total(a, target_sum=1e4); sc.pp.log1p(a)
sc.pp.highly_variable_genes(a, n_top_genes=2000)
sc.pp.pca(a, n_comps=50); sc.pp.neighbors(a, n_neighbors=15)
sc.tl.leiden(a, resolution=0.6, flavor="igraph", n_iterations=2, directed=False)
sc.tl.umap(a)
sc.tl.rank_genes_groups(a, "leiden", method="wilcoxon", tie_correct=True)
sc.settings.figdir = "."
sc.pl.umap(a, color="leiden", show=False, save=".png")
a.write_h5ad("clustered.h5ad", compression="gzip")
"""


def timed(command, folder):
    start = time.time()
    child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    assert status == 0, f"{command[0]} ended with {status}"
    return time.time() - start, usage.ru_maxrss / 1e3


def main():
    sca, raw = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    print(f"{os.cpu_count()} cores, {runs} runs each, in turn\n")
    print("| tool | seconds (median) | seconds (each) | peak MB |\n|---|---|---|---|")
    results = {"sca": [], "scanpy": []}
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "sca": [sca, "-c", SCA_SCRIPT.format(raw=raw)],
            "scanpy": [sys.executable, "-c", SCANPY_SCRIPT.format(raw=raw)],
        }
        for _ in range(runs):
            for tool, command in commands.items():
                results[tool].append(timed(command, folder))
    for tool, found in results.items():
        seconds = [seconds for seconds, _ in found]
        each = ", ".join(f"{s:.2f}" for s in seconds)
        print(f"| {tool} | {statistics.median(seconds):.2f} | {each} | {max(mb for _, mb in found):.0f} |")


main()
