//! What Seurat and older versions of Scanpy call columns.

/// Their names, and ours.
pub(in crate::eval) const OTHERS: &[(&str, &str)] = &[
    ("nFeature_RNA", "n_genes_by_counts"),
    ("nFeature", "n_genes_by_counts"),
    ("n_genes", "n_genes_by_counts"),
    ("nCount_RNA", "total_counts"),
    ("nCount", "total_counts"),
    ("n_counts", "total_counts"),
    ("nUMI", "total_counts"),
    ("percent.mt", "pct_counts_mt"),
    ("percent_mt", "pct_counts_mt"),
    ("percent.mito", "pct_counts_mt"),
    ("percent_mito", "pct_counts_mt"),
    ("percent.ribo", "pct_counts_ribo"),
    ("seurat_clusters", "leiden"),
    ("Phase", "phase"),
];

/// What is called otherwise in other tools, by our name.
pub(in crate::eval) fn our_name(name: &str) -> &str {
    let known = OTHERS.iter().find(|(theirs, _)| *theirs == name);
    known.map_or(name, |(_, ours)| ours)
}
