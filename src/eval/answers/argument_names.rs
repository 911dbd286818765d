//! What Seurat and Scanpy call arguments, and why a command does without some of them.

/// Arguments by their places, where those of another tool are not in our order.
pub(super) const PLACES: &[(&str, &[&str])] = &[
    ("FindMarkers", &["object", "ident.1", "ident.2"]),
    ("subset", &["x", "subset"]),
    ("merge", &["x", "y"]),
    ("cbind", &["x", "y"]),
];

/// What Seurat calls parameters that several commands have, and one of their names here.
pub(super) const SYNONYMS: &[(&str, &str)] = &[
    ("ncol", "ncols"),
    ("group", "groups"),
    ("seed.use", "seed"),
    ("random.seed", "seed"),
    ("selection.method", "flavor"),
    ("reduction", "basis"),
    ("pt.size", "size"),
    ("file", "path"),
];

/// Why a command does without a parameter of Seurat's.
#[rustfmt::skip]
pub(super) const INSTEAD: &[(&str, &str, &str)] = &[
    ("umap", "dims", "neighbors has pcs="),
    ("umap", "reduction", "neighbors has on="),
    ("umap", "n.neighbors", "neighbors has k="),
    ("pca", "features", "the variable genes are used; genes= selects others"),
    ("scale", "features", "all genes are scaled"),
    ("scale", "vars.to.regress", "regress removes the effect of columns"),
    ("leiden", "algorithm", "louvain is a command of its own"),
    ("markers", "features", "filter_genes selects genes first"),
    ("violin", "pt.size", "strip=false leaves out the cells"),
];

/// What other tools call the dataset.
pub(super) const OBJECT: [&str; 4] = ["object", "x", "data", "seurat"];
