//! Chains of statements drawn at random, for laws that must hold whatever follows what. A statement that
//! cannot be done where it stands belongs to the law as much as one that can.

/// Numbers that depend on a seed alone.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed)
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }
}

/// What leads on from counts. Each kind of statement is as likely as the others of its list.
const MATRIX: &[&str] = &[
    "normalize adata",
    "normalize adata target=1e4",
    "log1p adata",
    "log1p adata base=2",
    "sqrt adata",
    "scale adata",
    "scale adata max_value=2 zero_center=false",
    "regress adata batch",
    "combat adata batch=batch",
    "pearson_residuals adata",
    "downsample adata counts_per_cell=200",
    "normalize adata method=clr",
    "adata.layers.mine = adata.X",
    "log1p adata layer=mine",
    "scale adata layer=mine",
    "adata.X = adata.layers.counts",
    "adata.X = adata.layers.mine",
    "adata.layers.counts = none",
    "adata.layers.log = none",
    "adata.raw = adata",
    "adata.raw = none",
];

/// What leaves cells or genes out, or puts some together.
const AXES: &[&str] = &[
    "filter adata (cell_type != \"B\")",
    "filter adata min_genes=20",
    "filter adata (CD3D > 0 or LYZ > 0)",
    "filter adata (pct_counts_mt < 15)",
    "filter_genes adata min_cells=3",
    "filter_genes adata (highly_variable)",
    "filter_genes adata (not mt)",
    "adata = adata[0..80]",
    "adata = adata[batch != \"donor1\", :]",
    "adata = adata[:, [\"CD3D\", \"LYZ\", \"MS4A1\", \"NKG7\", \"CST3\", \"CD74\", \"GNLY\", \"PPBP\"]]",
    "sample adata n=70",
    "order adata by=cell_type",
    "b = adata[cell_type == \"NK\"]; c = adata[cell_type != \"NK\"]; adata = concat({nk: b, rest: c}, label=part, unique=\"-\")",
    "b = adata; log1p b; adata = concat({one: b, other: adata}, join=outer, unique=\"-\")",
    "b = demo(pbmc, cells=30, genes=150, seed=4); b.obs.extra = b.obs.cell_type == \"B\"; adata = concat({one: adata, other: b}, join=outer, label=part, unique=\"-\")",
    "sums = aggregate(adata, by=[cell_type, batch], func=[sum, mean])",
    "bulk = pseudobulk(adata, by=[cell_type, batch], min_cells=1)",
];

/// What is learned of them.
const RESULTS: &[&str] = &[
    "qc adata mt=\"MT-\"",
    "qc adata layer=counts",
    "hvg adata n=40",
    "hvg adata n=40 flavor=seurat_v3",
    "hvg adata n=40 batch=batch",
    "pca adata n=5",
    "pca adata n=5 all_genes=true",
    "neighbors adata k=5",
    "neighbors adata k=7 key=wide",
    "leiden adata",
    "leiden adata res=2 key=fine",
    "umap adata",
    "diffmap adata n=5",
    "dpt adata root=0",
    "paga adata by=cell_type",
    "harmony adata by=batch",
    "score adata [\"CD3D\", \"LYZ\"]",
    "score adata [\"CD3D\", \"MS4A1\"] raw=true key=of_raw",
    "annotate adata {T: [\"CD3D\"], B: [\"MS4A1\"]} by=cell_type key=rough",
    "label adata by=leiden to=named map={\"0\": \"first\"}",
    "markers adata by=cell_type",
    "markers adata by=leiden method=\"t-test\"",
    "markers adata by=cell_type raw=true key=of_raw",
    "markers adata by=cell_type layer=mine key=of_mine",
    "markers adata by=cell_type reference=B key=to_b",
    "dendrogram adata by=cell_type",
    "magic adata genes=[CD3D, LYZ] t=2",
    "autocorrelation adata",
    "scrublet adata",
    "rename adata batch to=lane",
    "adata.obs.lyz = LYZ",
    "adata.obs.kind = when(cell_type == \"B\", \"b\", \"other\")",
    "adata.obs.depth = total_counts / 2",
    "adata.obs.of_mine = layers.mine.CD3D",
    "adata.obs.first = obsm.X_pca[0]",
    "adata.var.half = means / 2",
    "dotplot adata [CD3D, LYZ] by=cell_type out=\"d.svg\"",
    "violin adata [CD3D, lyz] by=kind out=\"v.svg\"",
    "plot adata color=[leiden, LYZ] out=\"p.svg\"",
];

/// A chain of four to nine statements.
pub fn chain(seed: u64) -> Vec<String> {
    let mut dice = Dice::new(seed);
    let n = 4 + dice.below(6);
    let mut statements = Vec::new();
    while statements.len() < n {
        let list = match dice.below(8) {
            0..=2 => MATRIX,
            3 => AXES,
            _ => RESULTS,
        };
        statements.push(dice.one(list).to_owned());
    }
    statements
}
