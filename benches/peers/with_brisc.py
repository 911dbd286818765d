"""The workflow of compare.py in brisc, which has no Wilcoxon test.  usage: with_brisc.py IN.h5ad OUT.npz MIN_GENES"""

import sys

from steps import Steps

steps = Steps(sys.argv[2])
with steps("import"):
    from brisc import SingleCell
with steps("read"):
    a = SingleCell(sys.argv[1])
with steps("quality control"):
    a = a.qc(allow_float=True, max_mito_fraction=0.2, min_genes=int(sys.argv[3]), nonzero_MALAT1=False)
with steps("hvg"):
    a = a.hvg(num_genes=2000)
with steps("normalize"):
    a = a.normalize(method="logCP10k")
with steps("pca"):
    a = a.pca(num_PCs=50)
with steps("neighbors"):
    a = a.neighbors()
    a = a.shared_neighbors()
with steps("leiden"):
    a = a.cluster(resolution=1.0)
with steps("umap"):
    a = a.umap()
with steps("markers"):
    a.find_markers("cluster")
passed = a.obs["passed_QC"].to_numpy()
assert passed.all(), "positions of neighbors are those of all cells: choose MIN_GENES so that all pass"
steps.leave(a.obs[a.obs.columns[0]], a.obs["cluster"], a.obsm["pca"], a.obsm["umap"], a.obsm["neighbors"])
