//! Statements that go together, for tests of what must not show in a result.
#![allow(dead_code)] // each test uses some

pub mod random;

/// Every command that writes something into a dataset, in chains that go together. Each chain
/// reads a file, so that passes after the first read a staged copy.
pub const CHAINS: [&str; 6] = [
    "qc adata mt=\"MT-\"
scrublet adata
filter adata min_genes=10
filter_genes adata min_cells=3
normalize adata
log1p adata
hvg adata n=200
score adata [\"CD3D\", \"LYZ\", \"MS4A1\"]
cell_cycle adata s_genes=[\"CD3D\", \"LYZ\"] g2m_genes=[\"MS4A1\", \"NKG7\"]
pca adata n=15
harmony adata by=batch
neighbors adata k=10
bbknn adata by=batch key=bb
leiden adata res=[0.5, 1]
louvain adata
umap adata
tsne adata iterations=60
draw_graph adata iterations=20
diffmap adata
dpt adata root=0
paga adata by=`leiden_0.5`
density adata by=cell_type
dendrogram adata by=cell_type
markers adata by=cell_type
markers adata by=cell_type method=\"t-test\" key=t
markers adata by=cell_type method=logreg key=l
silhouette adata by=cell_type
lisi adata by=batch
autocorrelation adata
annotate adata {T: [\"CD3D\"], B: [\"MS4A1\"]} by=`leiden_0.5`
label adata by=cell_type to=other map={\"B\": \"b\"}
order adata by=cell_type",
    "downsample adata counts_per_cell=300
rename adata batch to=lane
sqrt adata
sample adata n=200
concat_all = concat({a: adata, b: adata}, label=part)
adata = concat_all",
    "hvg adata n=150 flavor=pearson_residuals
filter_genes adata (highly_variable)
pearson_residuals adata
pca adata n=10",
    "hvg adata n=150 flavor=cell_ranger
filter_genes adata (highly_variable)
qc adata layer=counts
regress adata [total_counts]
scale adata max_value=5
pca adata n=10
neighbors adata k=8 metric=cosine
leiden adata",
    "hvg adata n=150 flavor=seurat_v3
filter_genes adata (highly_variable)
combat adata batch=batch
pca adata n=10",
    "reference = adata
leiden reference
umap reference
normalize adata
log1p adata
ingest adata reference labels=cell_type prefix=\"found_\"
sums = aggregate(adata, by=[cell_type, batch])
adata = sums",
];

/// Every kind of fold, over cells that are summed in several chunks.
pub const FOLDS: [&str; 4] = [
    "qc adata mt=\"MT-\" top=[20]
scrublet adata
filter adata min_genes=10 min_counts=20
filter_genes adata min_cells=3 min_counts=5
normalize adata exclude_highly_expressed=true
log1p adata
hvg adata n=200
score adata [\"CD3D\", \"LYZ\", \"MS4A1\"]
pca adata n=15
markers adata by=cell_type method=\"t-test\" key=t",
    "hvg adata n=150 flavor=pearson_residuals
filter_genes adata (highly_variable)
qc adata
regress adata [total_counts]
scale adata
pca adata n=10",
    "hvg adata n=150 flavor=seurat_v3
filter_genes adata (highly_variable)
combat adata batch=batch
pca adata n=10 zero_center=false
sums = aggregate(adata, by=[cell_type, batch], func=[sum, mean, var, median, count_nonzero])
adata = sums",
    "filter adata min_genes=10
normalize adata method=clr per=feature
sums = pseudobulk(adata, by=[cell_type, batch])
adata = sums",
];
