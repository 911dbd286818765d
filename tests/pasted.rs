//! Lines that people bring from Scanpy and Seurat: each is refused with one error, whose help is the
//! line that does it here, and that line runs.

use rayon::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the lines find.
const BEFORE: &str = r#"adata = demo pbmc cells=150 genes=150
qc adata mt="MT-"
leiden adata
b = demo pbmc cells=60 genes=150 seed=2
qc b mt="MT-"
m = markers(demo(pbmc, cells=100, genes=100), by=cell_type)
adata.obs.total_counts
adata
"#;

/// What is typed, and what is answered.
#[rustfmt::skip]
const LINES: &[(&str, &str)] = &[
    (r#"adata.var["ribo"] = adata.var_names.str.startswith(("RPS", "RPL"))"#,
     r#"adata.var.ribo = adata.var_names ~ "^(RPS|RPL)""#),
    (r#"adata.var["mt"] = adata.var_names.str.startswith("MT-")"#,
     r#"adata.var.mt = adata.var_names ~ "^MT\\-""#),
    (r#"sc.pp.calculate_qc_metrics(adata, qc_vars=["mt"], percent_top=None, log1p=True)"#,
     r#"qc adata sets=["mt"]"#),
    ("sc.pp.filter_cells(adata, min_genes=1)",
     "filter adata min_genes=1"),
    ("sc.pp.highly_variable_genes(adata, n_top_genes=50)",
     "hvg adata n=50"),
    ("sc.pp.neighbors(adata, n_neighbors=10, n_pcs=8)",
     "neighbors adata k=10 pcs=8"),
    ("sc.tl.leiden(adata, resolution=0.5, random_state=1)",
     "leiden adata res=0.5 seed=1"),
    (r#"sc.pl.umap(adata, color=["leiden", "LYZ"], size=2)"#,
     r#"plot adata color=["leiden", "LYZ"] size=2"#),
    (r#"sc.tl.rank_genes_groups(adata, "leiden", method="wilcoxon", pts=True)"#,
     r#"markers adata by="leiden" method="wilcoxon""#),
    (r#"adata.layers["raw_counts"] = adata.X.copy()"#,
     "adata.layers.raw_counts = adata.X"),
    ("adata = adata[adata.obs.n_genes_by_counts < 2500, :].copy()",
     "adata = adata[adata.obs.n_genes_by_counts < 2500, :]"),
    (r#"adata.obs["type"] = adata.obs["leiden"].map({"0": "B", "1": "T"})"#,
     r#"label adata by=leiden to=type map={"0": "B", "1": "T"}"#),
    (r#"adata.obs["leiden"].value_counts()"#,
     "count(adata.obs.leiden)"),
    ("FindClusters(adata, resolution = 0.5)",
     "leiden adata res=0.5"),
    ("FindNeighbors(adata, dims = 1:10)",
     "neighbors adata pcs=10"),
    ("adata <- ScaleData(adata)",
     "adata = scale adata"),
    ("table(adata.obs.leiden)",
     "count(adata.obs.leiden)"),
    ("rownames(adata)",
     "adata.var_names"),
    (r#"ggsave("umap.png")"#,
     r#"plot adata color=leiden out="umap.png""#),
    ("adata.shape",
     "[adata.n_obs, adata.n_vars]"),
    (r#"adata.obs["leiden"].cat.categories"#,
     "levels(adata.obs.leiden)"),
    ("label adata by=leiden to=type map={0: CD4 T cells, 1: B}",
     r#"label adata by=leiden to=type map={0: "CD4 T cells", 1: B}"#),
    (r#"VlnPlot(adata, features = c("LYZ", "CD3D"))"#,
     r#"violin adata keys=["LYZ", "CD3D"] by=leiden"#),
    // Seurat's arguments, and those of other commands.
    (r#"FindMarkers(adata, ident.1="B", group.by="cell_type")"#,
     r#"markers adata groups="B" by="cell_type""#),
    (r#"FindMarkers(adata, "B", "NK", group.by = "cell_type", min.pct = 0.25, logfc.threshold = 0.5)"#,
     r#"markers adata groups="B" reference="NK" by="cell_type" where=(pts > 0.25 and abs(logfoldchanges) > 0.5)"#),
    ("FindAllMarkers(adata, only.pos = TRUE, min.pct = 0.25)",
     "markers adata where=(pts > 0.25 and logfoldchanges > 0)"),
    (r#"FindMarkers(object = adata, ident.1 = "0")"#,
     r#"markers adata groups="0""#),
    ("RenameIdents(adata, '0'='B', \"1\" = 'NK')",
     "label adata by=leiden map={\"0\": 'B', \"1\": 'NK'}"),
    ("RenameIdents(adata, `0` = 'B')",
     "label adata by=leiden map={\"0\": 'B'}"),
    (r#"RenameIdents(adata, c("B" = "B cells"))"#,
     r#"label adata by=cell_type map={"B": "B cells"}"#),
    (r#"subset(adata, idents="B")"#,
     r#"filter adata (cell_type == "B")"#),
    (r#"subset(adata, idents = c("B", "NK"), invert = TRUE)"#,
     r#"filter adata (not (cell_type in ["B", "NK"]))"#),
    ("subset(adata, subset = nFeature_RNA > 20 & percent.mt < 50)",
     "filter adata (n_genes_by_counts > 20 and pct_counts_mt < 50)"),
    (r#"merge(b, y = c(b, b), add.cell.ids = c("x", "y", "z"))"#,
     r#"concat [b, b, b] label=sample keys=["x", "y", "z"] unique="{sample}_{name}""#),
    (r#"annotate(adata, list(T = c("CD3D"), B = c("MS4A1")))"#,
     r#"annotate(adata, {T: ["CD3D"], B: ["MS4A1"]})"#),
    (r#"FeaturePlot(adata, features = "LYZ", max.cutoff = "q99")"#,
     r#"plot adata color="LYZ" vmax="p99""#),
    ("CreateSeuratObject(counts = b, min.cells = 3, min.features = 10)",
     "b | filter min_genes=10 | filter_genes min_cells=3"),
    ("plot adata group.by=cell_type", "plot adata color=cell_type"),
    ("markers adata group.by=cell_type min.pct=0.2", "markers adata by=cell_type where=(pts > 0.2)"),
    ("neighbors adata dims=1:10", "neighbors adata pcs=10"),
    ("DimHeatmap(adata, dims = 1:3)", "loadings adata components=(1..4)"),
    ("DimPlot(adata) + NoLegend()", "plot adata color=leiden legend=none"),
    (r#"DimPlot(adata, label = TRUE) + NoLegend() + ggtitle("cells")"#,
     r#"plot adata color=leiden legend=on_data title="cells""#),
    ("adata@meta.data", "adata.obs"),
    ("head(adata@meta.data)", "adata.obs[0..6]"),
    ("head(adata@meta.data, 3)", "adata.obs[0..3]"),
    ("adata@assays$RNA@counts", "adata.layers.counts"),
    (r#"adata[["pca"]]@cell.embeddings"#, "adata.obsm.X_pca"),
    ("adata$percent.mt", "adata.obs.pct_counts_mt"),
    (r#"adata[["percent.mt"]]"#, "adata.obs.pct_counts_mt"),
    (r#"Embeddings(adata, "pca")"#, "adata.obsm.X_pca"),
    ("head(Idents(adata), 5)", "adata.obs.leiden[0..5]"),
    ("ncol(adata)", "adata.n_obs"),
    ("hist adata total_counts by=leiden bins=20", "histogram adata total_counts by=leiden bins=20"),
    ("hist(adata.obs.total_counts, bins=20)", "histogram adata total_counts bins=20"),
    (r#"adata.obs["leiden"].cat.rename_categories(["T", "B"])"#,
     r#"label adata by=leiden map={"0": "T", "1": "B"}"#),
    // A sign too many, too few, or of a shell.
    ("leiden adata res==0.5", "leiden adata res=0.5"),
    ("leiden adata res 0.5", "leiden adata res=0.5"),
    ("leiden(adata, res 0.5)", "leiden(adata, res=0.5)"),
    ("leiden adata resolution 0.5", "leiden adata res=0.5"),
    ("filter adata min_genes==2", "filter adata min_genes=2"),
    ("filter adata leiden == 0", r#"filter adata (leiden == "0")"#),
    ("plot adata color=leiden edges", "plot adata color=leiden edges=true"),
    ("leiden adata res: 0.5", "leiden adata res=0.5"),
    ("leiden adata --res 0.5", "leiden adata res=0.5"),
    ("filter adata --min-genes=2", "filter adata min_genes=2"),
    (r#"qc adata mt="MT-"#, r#"qc adata mt="MT-""#),
    (r#"plot(adata, color="leiden)"#, r#"plot(adata, color="leiden")"#),
    (r#"adata | qc mt="MT- | leiden"#, r#"adata | qc mt="MT-" | leiden"#),
    ("m[group == 0]", r#"m[group == "0"]"#),
    ("adata[leiden == 0]", r#"adata[leiden == "0"]"#),
    ("markers by=leiden", "markers adata by=leiden"),
    ("leiden(res=0.5)", "leiden(adata, res=0.5)"),
    // Python's slices and functions.
    ("adata.var_names[:5]", "adata.var_names[0..5]"),
    ("adata[-5:]", "adata[-5..]"),
    ("adata[5:]", "adata[5..]"),
    ("adata[0]", "adata[0..1]"),
    ("adata[-5..0]", "adata[-5..]"),
    ("adata[10..5]", "adata[5..10]"),
    ("adata[5..5]", "adata[5..6]"),
    ("adata[0..-5]", "adata[0..145]"),
    ("for i in 3..1 { show i }", "for i in 1..3 { show i }"),
    (r#"adata["leiden"]"#, "adata.obs.leiden"),
    (r#"adata[["leiden", "batch"]]"#, r#"adata.obs[["leiden", "batch"]]"#),
    ("len(adata)", "adata.n_obs"),
    ("mean(adata)", "mean(adata.obs.total_counts)"),
    ("levels(adata)", "levels(adata.obs.leiden)"),
    ("np.mean(adata.obs.total_counts)", "mean(adata.obs.total_counts)"),
    ("np.percentile(adata.obs.total_counts, 90)", "quantile(adata.obs.total_counts, 90 / 100)"),
    ("pd.DataFrame(adata.obs).head()", "(adata.obs)[0..5]"),
    ("adata.obs.head(3)", "adata.obs[0..3]"),
    ("adata.head()", "compute adata[0..5].obs"),
    ("plt.figure(figsize=(4, 4))", "figure [(plot adata color=leiden), (violin adata CD3D by=leiden)]"),
    // What is given already is changed, not given once more.
    ("dotplot adata [CD3D, LYZ] by=[leiden, batch] values=scores",
     "dotplot adata [CD3D, LYZ] by=leiden values=scores"),
    ("plot adata color=total_counts palette=Set1 cmap=Reds", "plot adata color=total_counts cmap=Reds"),
    // Conditions in a row, parts of a column's name, percent of what is no share.
    ("filter adata (total_counts > 5, pct_counts_mt < 50)", "filter adata (total_counts > 5 and pct_counts_mt < 50)"),
    ("filter adata (total_counts > 5%)", "filter adata (total_counts > quantile(total_counts, 0.05))"),
    // Columns without their dataset, and logarithms of one.
    ("mean(total_counts)", "mean(adata.obs.total_counts)"),
    ("count(leiden)", "count(adata.obs.leiden)"),
    ("count(adata, by=leiden)", "count(adata.obs.leiden)"),
    ("count adata by=leiden", "count(adata.obs.leiden)"),
    ("mean(adata, total_counts)", "mean(adata.obs.total_counts)"),
    ("log b", "log1p b"),
    // Arguments in the place of others.
    ("violin adata \"total_counts, CD3D\"", "violin adata [total_counts, CD3D]"),
    ("plot adata leiden, CD3D", "plot adata [leiden, CD3D]"),
    ("plot adata.leiden", "plot adata leiden"),
    ("plot adata.obs.leiden", "plot adata leiden"),
    ("umap adata leiden", "umap adata; plot adata color=leiden"),
    ("tsne adata leiden", "tsne adata; plot adata color=leiden basis=tsne"),
    ("markers adata leiden 1", "markers adata leiden groups=1"),
    ("markers adata leiden 1 vs 0", "markers adata leiden groups=1 reference=0"),
    ("normalize b 10000", "normalize b target=10000"),
    ("markers adata cluster=1", "markers adata groups=1"),
    ("markers adata by=leiden groups=1 vs=0", "markers adata by=leiden groups=1 reference=0"),
    ("plot adata color=leiden file=umap.png", "plot adata color=leiden out=umap.png"),
    ("score adata T=[CD3D, LYZ]", "score adata {T: [CD3D, LYZ]}"),
    ("filter adata where total_counts > 5", "filter adata (total_counts > 5)"),
    ("filter adata if total_counts > 5", "filter adata (total_counts > 5)"),
    ("filter adata leiden=0", r#"filter adata (leiden == "0")"#),
    ("subset adata leiden=[0, 1]", r#"filter adata (leiden in ["0", "1"])"#),
    ("adata.subset(leiden=0)", r#"filter adata (leiden == "0")"#),
    ("adata[leiden == 0 or 1]", r#"adata[leiden in ["0", "1"]]"#),
    ("label adata leiden 0=T 1=B", "label adata leiden map={0: T, 1: B}"),
    ("plot adata color=leiden > umap.png", r#"plot adata color=leiden out="umap.png""#),
    ("save figure umap.png", "plot adata color=leiden out=umap.png"),
    ("export m markers", r#"export m "markers.csv""#),
    ("save analysis", r#"save session "analysis.scas""#),
    // Another command's file, and questions.
    (r#"save adata "a.h5ad""#, r#"write adata "a.h5ad""#),
    (r#"save "a.h5ad""#, r#"write adata "a.h5ad""#),
    (r#"write m "m.csv""#, r#"export m "m.csv""#),
    (r#"write adata "a.csv""#, r#"export adata.obs "a.csv""#),
    (r#"export adata "a.h5ad""#, r#"write adata "a.h5ad""#),
    (r#"save adata "a.png""#, r#"plot adata color=leiden out="a.png""#),
    (r#"VlnPlot(adata, features = c("nFeature_RNA", "nCount_RNA", "percent.mt"), ncol = 3, pt.size = 0)"#,
     r#"violin adata keys=["n_genes_by_counts", "total_counts", "pct_counts_mt"] columns=3 strip=false"#),
    (r#"FeatureScatter(adata, feature1 = "nCount_RNA", feature2 = "percent.mt")"#,
     r#"scatter adata x="total_counts" y="pct_counts_mt""#),
    (r#"adata.rename_categories('leiden', ["CD4 T", "B"])"#,
     r#"label adata by='leiden' map={"0": "CD4 T", "1": "B"}"#),
    ("adata.obs.groupby('leiden')['total_counts'].mean()",
     "summarize adata by='leiden' mean=mean(total_counts)"),
    ("adata.obs.groupby('leiden').size()", "summarize adata by='leiden' cells=count()"),
    ("adata.X[:5, :5]", "compute adata[0..5, 0..5].X"),
    ("adata %>% FindAllMarkers(only.pos = TRUE) %>% head(5)",
     "(adata | markers where=(logfoldchanges > 0))[0..5]"),
    ("m %>% head(n = 5)", "m[0..5]"),
    ("m %>% arrange(pvals)", "m | sort pvals"),
    (r#"saveRDS(adata, file = "pbmc.rds")"#, r#"write adata "pbmc.h5ad""#),
    (r#"adata$celltype <- "x""#, r#"adata.obs.celltype = "x""#),
    ("adata leiden", "leiden adata"),
    ("adata.qc", "qc adata"),
    ("qc adata mt=^MT-", r#"qc adata mt="^MT-""#),
    (r#"filter adata "pct_counts_mt < 50""#, "filter adata (pct_counts_mt < 50)"),
    ("filter adata (pct_counts_mt =< 50)", "filter adata (pct_counts_mt <= 50)"),
    ("filter adata (cell_type == 'B' or 'NK')", "filter adata (cell_type in ['B', 'NK'])"),
    (r#"filter adata (cell_type is not "B")"#, r#"filter adata (cell_type != "B")"#),
    ("filter (pct_counts_mt < 50)", "filter adata (pct_counts_mt < 50)"),
    ("violin CD3D by=leiden", "violin adata CD3D by=leiden"),
    ("violin adata CD3D MS4A1 by=leiden", "violin adata [CD3D, MS4A1] by=leiden"),
    ("compute markers adata by=leiden top=5 > m.csv",
     r#"export (markers adata by=leiden top=5) "m.csv""#),
    (r#"export m to "m.csv""#, r#"export m "m.csv""#),
    ("write adata.h5ad", r#"write adata "adata.h5ad""#),
    ("label adata leiden {0: B}", "label adata leiden map={0: B}"),
    ("label adata by=leiden map={0=B, 1=NK}", "label adata by=leiden map={0: B, 1: NK}"),
    ("for r in [0.2, 0.5]: leiden adata res=r", "for r in [0.2, 0.5] { leiden adata res=r }"),
    ("concat b b", "concat [b, b]"),
    // Whose columns are R's, with what makes one that is missing; genes before cells.
    ("table(adata)", "count(adata.obs.leiden)"),
    ("table(b)", "count(b.obs.cell_type)"),
    ("table(adata$leiden)", "count(adata.obs.leiden)"),
    ("table(b$leiden)", "leiden b; count(b.obs.leiden)"),
    ("adata$seurat_clusters", "adata.obs.leiden"),
    ("b$seurat_clusters", "leiden b; b.obs.leiden"),
    (r#"adata[, adata$leiden=="0"]"#, r#"adata[adata.obs.leiden=="0"]"#),
    (r#"adata[, adata$leiden %in% c("0", "1")]"#, r#"adata[adata.obs.leiden in ["0", "1"]]"#),
    ("for (i in 1:3)", "for i in 1..4 { show i }"),
    ("for (i in 1:3) { print(i) }", "for i in 1..4 { show i }"),
    // What functions of Seurat's do besides.
    ("DimPlot(adata, label=TRUE)", "plot adata color=leiden legend=on_data"),
    ("DimPlot(b)", "plot b color=cell_type"),
    (r#"DimPlot(adata) + FeaturePlot(adata, "CD3D")"#,
     r#"figure [(plot adata color=leiden), (plot adata "CD3D")]"#),
    ("NormalizeData(b)", "b | normalize target=1e4 | log1p"),
    ("b <- NormalizeData(b, scale.factor = 10000)", "b = b | normalize target=10000 | log1p"),
    (r#"NormalizeData(b, normalization.method = "CLR")"#, r#"normalize b method="CLR""#),
    (r#"WhichCells(adata, idents="0")"#, r#"adata[leiden == "0"].obs_names"#),
    (r#"WhichCells(adata, expression = CD3D > 1)"#, r#"adata[CD3D > 1].obs_names"#),
    ("p1 = plot(adata, color=leiden); p2 = plot(adata, color=LYZ); p1 + p2",
     "p1 = plot(adata, color=leiden); p2 = plot(adata, color=LYZ); figure [p1, p2]"),
    // Parameters that belong elsewhere.
    ("volcano adata group=0", "volcano (markers adata by=leiden) group=0"),
    ("sort adata by=total_counts", "sort adata.obs by=total_counts"),
    ("annotate adata T=[CD3D]", "annotate adata {T: [CD3D]}"),
    ("annotate adata T=[CD3D] by=leiden B=[MS4A1]", "annotate adata {T: [CD3D], B: [MS4A1]} by=leiden"),
    ("label adata B=NK", "label adata map={B: NK}"),
    ("umap adata color=leiden", "umap adata; plot adata color=leiden"),
    ("tsne adata color=leiden perplexity=10", "tsne adata perplexity=10; plot adata color=leiden basis=tsne"),
    ("leiden adata k=10", "neighbors adata k=10; leiden adata"),
    ("leiden adata res=high", "leiden adata res=1"),
    ("umap b epochs=many", "umap b"),
    ("volcano m lines=yes", "volcano m lines=true"),
    ("de adata by=leiden", "markers adata by=leiden"),
    ("de adata by=leiden groups=[0]", "markers adata by=leiden groups=[0]"),
    ("de adata leiden", "markers adata by=leiden"),
    // Numbers, and what they are compared with.
    (r#"filter adata (total_counts < "50000")"#, "filter adata (total_counts < 50000)"),
    (r#"filter b (b < "50000")"#, "filter b (total_counts < 50000)"),
    ("filter adata (adata > 5)", "filter adata (total_counts > 5)"),
    ("q()", "exit"),
    ("quit", "exit"),
    ("quit()", "exit"),
    // A body of Python is part of its header's repair.
    ("for r in [0.2, 0.5]:\n    # each\n    sc.tl.leiden(\n        adata, resolution=r, key_added=f\"l_{r}\"\n    )",
     "for r in [0.2, 0.5] { leiden adata res=r key=\"l_{r}\" }"),
    // Names with dots, pipelines of dplyr, and other functions of R.
    ("x.data = demo(cells=50)", "x_data = demo(cells=50)"),
    ("adata_top = m; adata.top[0..3]", "adata_top = m; adata_top[0..3]"),
    ("c5_markers = m; head(c5.markers, n = 5)", "c5_markers = m; c5_markers[0..5]"),
    ("m %>% group_by(cluster) %>% top_n(n = 2, wt = avg_log2FC)", "m | top n=2 each=group"),
    ("m %>% group_by(cluster) %>% dplyr::filter(avg_log2FC > 1) %>% slice_head(n = 3) %>% ungroup()",
     "m[logfoldchanges > 1] | top n=3 each=group"),
    ("hist(adata$nCount_RNA)", "histogram adata total_counts"),
    ("sns.displot(adata.obs, x=\"total_counts\", hue=\"leiden\")", "histogram adata total_counts by=leiden"),
    ("tail(m, 3)", "m[-3..]"),
    (r#"VlnPlot(b, features = "LYZ")"#, r#"violin b keys="LYZ" by=cell_type"#),
    (r#"FindMarkers(adata, ident.1 = "0", ident.2 = c("1", "2"))"#,
     r#"markers (adata[leiden in ["0", "1", "2"]]) groups="0""#),
    (r#"ids = ["T", "B"]; RenameIdents(adata, ids)"#,
     r#"ids = ["T", "B"]; label adata by=leiden map={"0": "T", "1": "B"}"#),
    (r#"umap adata; adata[["umap"]]"#, "umap adata; adata.obsm.X_umap"),
    (r#"adata["CD3D", ]"#, r#"adata[:, ["CD3D"]]"#),
    ("save script analysis.sca", "script out=analysis.sca"),
    ("import numpy as np", "help functions"),
    ("library(dplyr)", "help tables"),
    // What is given columns, not their dataset.
    ("table(adata$leiden, adata$batch)", "confusion adata leiden batch"),
    ("prop.table(table(adata$leiden, adata$batch), margin = 1)", "confusion adata leiden batch normalize=true"),
    ("prop.table(table(adata$leiden, adata$batch), margin = 2)", "confusion adata batch leiden normalize=true"),
    ("pd.crosstab(adata.obs.leiden, adata.obs['batch'], normalize='index')",
     "confusion adata leiden batch normalize=true"),
    ("ggplot(adata@meta.data, aes(x = leiden, fill = batch)) + geom_bar(position = \"fill\")",
     "composition adata by=[leiden, batch]"),
    ("ggplot(adata@meta.data, aes(leiden, nCount_RNA)) + geom_violin() + ggtitle(\"counts\")",
     "violin adata total_counts by=leiden title=\"counts\""),
    ("ggplot(adata@meta.data, aes(x = nCount_RNA, y = percent.mt, color = leiden)) + geom_point()",
     "scatter adata x=total_counts y=pct_counts_mt color=leiden"),
    ("sns.violinplot(data=adata.obs, x=\"leiden\", y=\"total_counts\")", "violin adata total_counts by=leiden"),
    ("plt.scatter(adata.obs.total_counts, adata.obs[\"pct_counts_mt\"])",
     "scatter adata x=total_counts y=pct_counts_mt"),
    ("sc.pl.umap(adata, color='leiden', save='.pdf')", "plot adata color='leiden' out=\"umap.pdf\""),
    ("adata.obs.total_counts.quantile([0.25, 0.75])",
     "[quantile(adata.obs.total_counts, 0.25), quantile(adata.obs.total_counts, 0.75)]"),
    ("adata.obs.sort_values('total_counts', ascending=False)", "sort adata.obs by='total_counts' descending=true"),
    ("adata.obs[['leiden', 'batch']].drop_duplicates()", "summarize adata by=['leiden', 'batch'] cells=count()"),
    ("AverageExpression(adata, group.by = \"leiden\")", "aggregate adata by=\"leiden\""),
    ("harmony adata", "harmony adata by=batch"),
    ("adata.n_obs()", "adata.n_obs"),
    ("adata.shape()", "[adata.n_obs, adata.n_vars]"),
    // Figures of numbers have color maps; files that figures cannot be.
    ("plot adata color=total_counts palette=Set1", "plot adata color=total_counts cmap=Reds"),
    ("plot adata color=leiden out=umap.jpg", "plot adata color=leiden out=\"umap.png\""),
    // Numbers in groups of three, and lines with their prompt.
    ("hvg adata n=2,000", "hvg adata n=2000"),
    ("downsample b counts_per_cell=1,000 seed=1", "downsample b counts_per_cell=1000 seed=1"),
    ("sca> leiden adata", "leiden adata"),
    ("write out.h5ad", "write adata \"out.h5ad\""),
    ("adata.obs[kind] = \"a\"", "adata.obs.kind = \"a\""),
    (">>> leiden adata", "leiden adata"),
    ("In [12]: leiden adata", "leiden adata"),
    ("?leiden", "help leiden"),
    ("adata?", "help adata"),
    ("adata.obs?", "help adata.obs"),
    // Groups that Seurat's objects are told, and names that variables hold.
    (r#"Idents(adata) <- "cell_type""#, "plot adata color=cell_type"),
    ("Idents(adata) <- adata$cell_type", "plot adata color=cell_type"),
    (r#"ids = ["T", "B"]; names(ids) <- levels(adata)"#,
     r#"ids = ["T", "B"]; label adata by=leiden map={"0": "T", "1": "B"}"#),
    (r#"new_ids = ["T", "B"]; RenameIdents(adata, new.ids)"#,
     r#"new_ids = ["T", "B"]; label adata by=leiden map={"0": "T", "1": "B"}"#),
    (r#"ids = ["T", "B"]; adata.rename_categories("leiden", ids)"#,
     r#"ids = ["T", "B"]; label adata by="leiden" map={"0": "T", "1": "B"}"#),
    (r#"x = b; x.rename_categories("cell_type", {"B": "B cells"})"#,
     r#"x = b; label x by="cell_type" map={"B": "B cells"}"#),
    (r#"ggsave(filename = "umap.pdf", width = 7, height = 5, dpi = 300)"#,
     r#"plot adata color=leiden out="umap.pdf" figsize=[7, 5] dpi=300"#),
    (r#"ggsave(filename = "umap.jpg")"#, r#"plot adata color=leiden out="umap.png""#),
    // What selects, in parentheses.
    (r#"adata(leiden == "0")"#, r#"adata[leiden == "0"]"#),
    (r#"m(group == "B")"#, r#"m[group == "B"]"#),
    // A dataset by a name that it does not have.
    (r#"qc pbmc mt="MT-""#, r#"qc adata mt="MT-""#),
    ("pbmc.obs", "adata.obs"),
    ("pbmc | umap", "adata | umap"),
    // Plain English.
    ("please cluster my cells", "help cluster"),
    ("run leiden adata", "leiden adata"),
    ("calculate qc", "qc adata"),
    ("show me markers of cluster 1", r#"markers adata by=leiden groups=["1"]"#),
    ("what are the markers of each cluster", "markers adata by=leiden"),
    ("filter cells with less than 20 genes", "filter adata (n_genes_by_counts >= 20)"),
    ("remove the cells with more than 50 percent mitochondrial counts", "filter adata (pct_counts_mt <= 50)"),
    ("keep only cells with at least 2 UMIs", "filter adata (total_counts >= 2)"),
    ("filter genes with less than 3 cells", "filter_genes adata min_cells=3"),
    // What cannot be read is answered before there is a dataset.
    ("show me markers for cluster 1", "help markers"),
    ("remove cells with few genes", "help filter"),
    ("how do I remove the doublets", "help doublets"),
    ("what is leiden", "help leiden"),
    ("how do I filter cells", "help filter"),
    ("cluster adata", "help cluster"),
    ("integrate adata", "help integrate"),
    ("reset", "restore adata step=1"),
];

/// What is typed, and what of it the answer does without and says so.
#[rustfmt::skip]
const LEFT_OUT: &[(&str, &[&str])] = &[
    ("FindClusters(adata, resolution = 0.5, algorithm = 4)", &["algorithm"]),
    ("FindMarkers(adata, ident.1 = \"0\", latent.vars = \"batch\", verbose = FALSE)", &["latent.vars", "verbose"]),
    ("RunUMAP(adata, dims = 1:10, n.neighbors = 30)", &["dims", "n.neighbors"]),
    ("DimPlot(adata) + theme_bw()", &["theme_bw()"]),
    ("RenameIdents(adata, new.cluster.ids)", &["new.cluster.ids"]),
    ("WhichCells(adata, idents = \"0\", downsample = 10)", &["downsample"]),
    ("sc.tl.rank_genes_groups(adata, \"leiden\", pts=True)", &["pts"]),
    ("head(adata.obs, 5, TRUE)", &["TRUE"]),
    ("adata.obs.total_counts.quantile(0.5, axis=0)", &["axis"]),
    ("sc.tl.rank_genes_groups(adata, 'leiden', method='roc')", &["method"]),
    ("plt.hist(adata.obs.total_counts, density=True)", &["density"]),
    ("np.mean(adata.obs.total_counts, axis=0)", &["axis"]),
    ("ggsave(\"umap.png\", plot = p1, quality = 50)", &["plot", "quality"]),
];

/// Lines that are right as they stand.
const RIGHT: &[&str] = &[
    "adata[:, CD3D]",
    "adata.obsm['X_pca'][:, 0]",
    "plot adata by=leiden",
    "markers adata leiden n=5",
    "adata[:, \"CD3D\"]",
    "compute adata[:, RPS25].n_vars",
    "compute adata.var_names[0..5]",
    "compute adata.obs.leiden[3]",
    "compute adata.obs.leiden[-3..]",
    "compute adata[140..].n_obs",
    "compute adata[-5.., -3..].n_obs",
    "adata.obs[[\"leiden\", \"batch\"]]",
    "m[[\"names\", \"scores\"]]",
    "m[-3..]",
    "history adata | export \"h.csv\"",
    "h = history adata; h[0..2] | export \"h.csv\"",
    "help adata",
    "help(adata)",
    "help adata.obs",
    "help CD3D",
    "help m",
    "matrixplot adata [CD3D, LYZ] by=leiden standard_scale=gene",
];

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let name = format!("sca-pasted-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The errors of a script, as lines of JSON.
fn errors(folder: &Path, text: &str) -> Vec<serde_json::Value> {
    let script = folder.join("pasted.sca");
    fs::write(&script, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sca"));
    command.args(["--json", "--no-init"]).arg(&script);
    let ran = command.current_dir(folder).output().unwrap();
    let lines = String::from_utf8(ran.stdout).unwrap() + &String::from_utf8_lossy(&ran.stderr);
    lines
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|it: &serde_json::Value| it["type"] == "error")
        .collect()
}

#[test]
fn every_line_is_answered_with_one_that_runs() {
    let wrong = |(i, (typed, answer)): (usize, &(&str, &str))| {
        let folder = Folder::new(&format!("line{i}"));
        let mut wrong = Vec::new();
        let of_typed = errors(&folder.0, &format!("{BEFORE}{typed}\n"));
        let helps = of_typed.iter().filter_map(|it| it["help"].as_str());
        let helps: Vec<&str> = helps.collect();
        if helps != [*answer] {
            wrong.push(format!("{typed}\n    {helps:?}\n    instead of {answer}"));
        }
        for error in errors(&folder.0, &format!("{BEFORE}{answer}\n")) {
            wrong.push(format!("{answer}\n    is refused: {error}"));
        }
        wrong
    };
    let wrong: Vec<String> = LINES.par_iter().enumerate().flat_map_iter(wrong).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_left_out_is_said() {
    let folder = Folder::new("left-out");
    let mut wrong = Vec::new();
    for (typed, names) in LEFT_OUT {
        let script = format!("{BEFORE}{typed}\n");
        let errors = errors(&folder.0, &script);
        let labels: Vec<&serde_json::Value> = errors
            .iter()
            .filter_map(|it| it["labels"].as_array())
            .flatten()
            .collect();
        let said: Vec<&str> = labels
            .iter()
            .filter(|label| {
                label["text"]
                    .as_str()
                    .is_some_and(|it| it.contains("left out"))
            })
            .filter_map(|label| {
                let (start, end) = (label["start"].as_u64()?, label["end"].as_u64()?);
                let text = &script[start as usize..end as usize];
                text.split([' ', '=']).next()
            })
            .collect();
        if said != *names {
            wrong.push(format!("{typed}\n    {said:?}\n    instead of {names:?}"));
        }
        for help in errors.iter().filter_map(|it| it["help"].as_str()) {
            for error in self::errors(&folder.0, &format!("{BEFORE}{help}\n")) {
                wrong.push(format!("{typed}\n    {help} is refused: {error}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_right_is_taken() {
    let folder = Folder::new("right");
    for typed in RIGHT {
        let errors = errors(&folder.0, &format!("{BEFORE}{typed}\n"));
        assert!(errors.is_empty(), "{typed}: {errors:?}");
    }
}
