"""The parameters of scanpy's functions that transform or draw data (1.12.4), for tests/scanpy_parameters.txt.

usage: scanpy_parameters.py > tests/scanpy_parameters.txt
"""

import inspect

import anndata as ad
import scanpy as sc
import scanpy.external as sce

FUNCTIONS = {
    "sc.pp": "calculate_qc_metrics combat downsample_counts filter_cells filter_genes "
    "highly_variable_genes log1p neighbors normalize_total pca regress_out sample scale scrublet",
    "sc.tl": "dendrogram diffmap dpt draw_graph embedding_density ingest leiden louvain "
    "marker_gene_overlap paga rank_genes_groups score_genes score_genes_cell_cycle tsne umap",
    "sc.external.pp": "bbknn harmony_integrate hashsolo magic",
    "sc.get": "aggregate",
    "sc.pl": "dendrogram dotplot heatmap highest_expr_genes matrixplot pca_loadings pca_variance_ratio "
    "rank_genes_groups scatter stacked_violin tracksplot umap violin",
    "sc.metrics": "confusion_matrix gearys_c modularity morans_i",
    "ad": "concat",
}
ROOMS = {
    "sc.pp": sc.pp, "sc.tl": sc.tl, "sc.pl": sc.pl, "sc.metrics": sc.metrics, "sc.external.pp": sce.pp, "sc.get": sc.get, "ad": ad,
}
for room, names in FUNCTIONS.items():
    for name in names.split():
        parameters = list(inspect.signature(getattr(ROOMS[room], name)).parameters.values())
        named = [p.name for p in parameters[1:] if p.kind is not p.VAR_KEYWORD]
        print(f"{room}.{name}", *named)
