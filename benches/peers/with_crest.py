"""The workflow of compare.py in CREST (crest-sc).  usage: with_crest.py IN.h5ad OUT.npz MIN_GENES"""

import sys

from steps import Steps

steps = Steps(sys.argv[2])
with steps("import"):
    import crest
with steps("read"):
    a = crest.io.read_h5ad(sys.argv[1])
with steps("quality control"):
    crest.pp.calculate_qc_metrics(a, mito_prefix="MT-")
with steps("filter"):
    a = crest.pp.filter_cells(a, min_genes=int(sys.argv[3]))
    a = crest.pp.filter_genes(a, min_cells=3)
    mt = next(name for name in a.obs.columns if name.startswith("pct_counts_m"))
    a = a.filter_cells((a.obs[mt] < 20).to_numpy())
with steps("normalize"):
    crest.pp.normalize_total(a, target_sum=1e4)
    crest.pp.log1p(a)
with steps("hvg"):
    crest.pp.highly_variable_genes(a, n_top_genes=2000)
with steps("pca"):
    crest.tl.pca(a, n_comps=50)
with steps("neighbors"):
    crest.pp.neighbors(a, n_neighbors=15)
with steps("leiden"):
    crest.tl.leiden(a, resolution=1.0)
with steps("umap"):
    crest.tl.umap(a)
with steps("markers"):
    crest.tl.rank_genes_groups(a, "leiden", method="wilcoxon")
steps.leave(a.obs[a.obs.columns[0]], a.obs["leiden"], a.obsm["X_pca"], a.obsm["X_umap"], a.uns["neighbors"]["indices"])
