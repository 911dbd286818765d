"""The workflow of compare.py in scanpy.  usage: with_scanpy.py IN.h5ad OUT.npz MIN_GENES"""

import sys

from steps import Steps

steps = Steps(sys.argv[2])
with steps("import"):
    import scanpy as sc
with steps("read"):
    a = sc.read_h5ad(sys.argv[1])
with steps("quality control"):
    a.var["mt"] = a.var_names.str.startswith("MT-")
    sc.pp.calculate_qc_metrics(a, qc_vars=["mt"], inplace=True)
with steps("filter"):
    sc.pp.filter_cells(a, min_genes=int(sys.argv[3]))
    sc.pp.filter_genes(a, min_cells=3)
    a = a[a.obs.pct_counts_mt < 20].copy()
with steps("normalize"):
    sc.pp.normalize_total(a, target_sum=1e4)
    sc.pp.log1p(a)
with steps("hvg"):
    sc.pp.highly_variable_genes(a, n_top_genes=2000)
with steps("pca"):
    sc.pp.pca(a, n_comps=50)
with steps("neighbors"):
    sc.pp.neighbors(a, n_neighbors=15, n_pcs=50)
with steps("leiden"):
    sc.tl.leiden(a, resolution=1.0, flavor="igraph", n_iterations=2, directed=False)
with steps("umap"):
    sc.tl.umap(a)
with steps("markers"):
    sc.tl.rank_genes_groups(a, "leiden", method="wilcoxon")
with steps("write"):
    a.write_h5ad(sys.argv[2] + ".h5ad")
steps.leave(a.obs_names, a.obs.leiden, a.obsm["X_pca"], a.obsm["X_umap"], a.obsp["distances"])
