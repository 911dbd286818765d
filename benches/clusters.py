"""Agreement of clusters with simulated types, over several simulated files: sca's graphs, scanpy and brisc.

usage: clusters.py SCA FOLDER [--seeds 5] [--cells 20000]

SCA is the program, FOLDER where data are made (by simulate.py) and kept. Run with a
Python that has scanpy 1.11.5 and brisc 0.2.3. All take 2,000 genes, 50 components and resolution 1, with the rest
at each tool's defaults, but for scanpy's target of 10,000 counts, as its script for the timings has it. Prints the
adjusted Rand index with the types of all cells, and of singlets alone.
"""

import argparse
import json
import os
import subprocess
import sys

# What leads to components, and the graphs made of those.
LOGS = "normalize target=1e4 | log1p"
PREPARED = {
    "as scanpy": f"{LOGS} | hvg n=2000 | pca n=50",
    "defaults": "normalize | log1p | hvg n=2000 | pca n=50",
    "seurat_v3": f"hvg n=2000 flavor=seurat_v3 | {LOGS} | pca n=50",
    "scaled": f"{LOGS} | hvg n=2000 | scale max_value=10 | pca n=50",
    "seurat_v3, scaled": f"hvg n=2000 flavor=seurat_v3 | {LOGS} | scale max_value=10 | pca n=50",
}
GRAPHS = {
    "umap": "neighbors adata k=15",
    "shared k=20": "neighbors adata k=20 method=shared",
    "union k=20": "neighbors adata k=20 method=union",
}
STEPS = """adata = read "{data}" | qc mt="MT-" | filter (pct_counts_mt < 20) min_genes=200 | filter_genes min_cells=3 | {prepared}
{graphs}
write adata "{out}" keep=[obs]
"""

SCANPY = """
import sys, warnings; warnings.filterwarnings("ignore")
import scanpy as sc
a = sc.read_h5ad(sys.argv[1]); a.var_names_make_unique()
a.var["mt"] = a.var_names.str.startswith("MT-"); sc.pp.calculate_qc_metrics(a, qc_vars=["mt"], inplace=True)
sc.pp.filter_cells(a, min_genes=200); sc.pp.filter_genes(a, min_cells=3); a = a[a.obs.pct_counts_mt < 20].copy()
sc.pp.normalize_total(a, target_sum=1e4); sc.pp.log1p(a); sc.pp.highly_variable_genes(a, n_top_genes=2000)
sc.pp.pca(a, n_comps=50); sc.pp.neighbors(a, n_neighbors=15, n_pcs=50)
sc.tl.leiden(a, resolution=1.0, flavor="igraph", n_iterations=2, directed=False)
a.obs[["leiden"]].rename(columns={"leiden": "scanpy"}).to_csv(sys.argv[2])
"""

BRISC = """
import sys, warnings; warnings.filterwarnings("ignore")
import polars
from brisc import SingleCell
s = SingleCell(sys.argv[1])
s = s.qc(allow_float=True, max_mito_fraction=0.2, min_genes=200, nonzero_MALAT1=False)
s = s.hvg(num_genes=2000).normalize(method="logCP10k").pca(num_PCs=50).neighbors().shared_neighbors().cluster(resolution=1.0)
found = s.obs.filter(polars.col("passed_QC")) if "passed_QC" in s.obs.columns else s.obs
found.select(polars.col(found.columns[0]).alias("cell"), polars.col("cluster").cast(polars.String).alias("brisc")).write_csv(sys.argv[2])
"""


def truth(data):
    import anndata

    return anndata.read_h5ad(data, backed="r").obs


def ours(options, data, out):
    import anndata

    graphs = "\n".join(f'{graph}\nleiden adata res=1 key="{name}"' for name, graph in GRAPHS.items())
    found = {}
    for what, prepared in PREPARED.items():
        steps = STEPS.format(data=data, out=out, prepared=prepared, graphs=graphs)
        subprocess.check_call([options.sca, "-c", steps], stderr=subprocess.DEVNULL)
        obs = anndata.read_h5ad(out).obs
        found |= {f"sca, {what}, {graph}": obs[graph] for graph in GRAPHS}
    return found


def peer(script, data, out):
    import pandas

    subprocess.check_call([sys.executable, "-c", script, data, out], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return pandas.read_csv(out, index_col=0, dtype=str)


def agreement(found, of):
    from sklearn.metrics import adjusted_rand_score

    scores = {}
    for name in found:
        labels = found[name].dropna().astype(str)
        types = of.loc[labels.index]
        single = ~types["is_doublet"].astype(bool)
        both = [adjusted_rand_score(types["cell_type"][cells], labels[cells]) for cells in (single | True, single)]
        scores[name] = [*both, labels.nunique()]
    return scores


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sca", type=os.path.abspath)
    parser.add_argument("folder")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--cells", type=int, default=20_000)
    options = parser.parse_args()
    rows = {}
    for seed in range(options.seeds):
        data = os.path.join(options.folder, f"sim{options.cells}_{seed}.h5ad")
        if not os.path.exists(data):
            simulate = os.path.join(os.path.dirname(os.path.abspath(__file__)), "simulate.py")
            subprocess.check_call([sys.executable, simulate, data, "--cells", str(options.cells), "--seed", str(seed)])
        of = truth(data)
        found = agreement(ours(options, data, os.path.join(options.folder, "clusters.h5ad")), of)
        for script in (SCANPY, BRISC):
            found |= agreement(peer(script, data, os.path.join(options.folder, "clusters.csv")), of)
        for name, scores in found.items():
            rows.setdefault(name, []).append(scores)
        print(json.dumps({"seed": seed} | found), file=sys.stderr, flush=True)
    seeds = [f"seed {seed}" for seed in range(options.seeds)]
    print("| clusters | " + " | ".join(seeds) + " | mean | singlets alone | clusters found |")
    print("|" + "---|" * (options.seeds + 4))
    for name, scores in rows.items():
        all_cells, singlets, n = zip(*scores)
        cells = [f"{score:.4f}" for score in all_cells]
        mean = f"{sum(all_cells) / len(all_cells):.4f}", f"{sum(singlets) / len(singlets):.4f}"
        print(f"| {name} | " + " | ".join([*cells, *mean, f"{min(n)}–{max(n)}"]) + " |")


main()
