"""Run steps on made-up data in sca and in scanpy, and compare what they leave.

usage: against_scanpy.py SCA [SEED ...]     the program, and seeds of the data (0 1 2)

The data are drawn anew from each seed, so that nothing can be fitted to them: counts of four kinds of
cells, two batches, genes that no cell has, duplicated cells. Where scanpy is known to be wrong or to
depend on chance, what is compared says so.
"""

import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import anndata as ad
import numpy as np
import pandas as pd
import scanpy as sc
import scipy.sparse as sp

SCA = Path(sys.argv[1]).resolve()
KNOWN = {"a": ["g1", "g2", "g3", "none"], "b": ["g4", "g5", "g6", "g7", "g8"], "c": [f"g{i}" for i in range(40, 60)]}
compared = 0


def sca(folder, script):
    """The lines on one dataset, written and read again."""
    script = f'adata = read "made.h5ad"\n{script}\nwrite adata "out.h5ad"'
    done = subprocess.run([SCA, "-c", script], cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{script}\n{done.stderr}"
    return ad.read_h5ad(folder / "out.h5ad")


def near(name, a, b, tolerance=1e-5):
    global compared
    compared += 1
    a, b = (np.asarray(x.todense() if sp.issparse(x) else x, dtype=float) for x in (a, b))
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, err_msg=name)


def made(seed):
    """Counts of 350 cells in 180 genes: four kinds of cells, two batches, five cells twice."""
    draw = np.random.default_rng(seed)
    kinds, batches = draw.integers(0, 4, 350), draw.integers(0, 2, 350)
    profiles = draw.gamma(0.6, 2.0, (4, 180)) * draw.gamma(2, 0.5, 180)
    depths = draw.lognormal(0, 0.5, (350, 1))
    lifted = 1 + 0.5 * batches[:, None] * (np.arange(180) % 3 == 0)
    counts = draw.poisson(profiles[kinds] * depths * lifted).astype(np.float32)
    counts[:, 170:174] = 0
    counts[:5] = counts[5:10]
    counts[:, 0] += 1
    obs = pd.DataFrame({"kind": pd.Categorical([f"k{k}" for k in kinds]), "batch": pd.Categorical([f"b{b}" for b in batches])})
    obs["depth"] = counts.sum(1).astype(float)
    obs.index = [f"cell{i}" for i in range(350)]
    adata = ad.AnnData(sp.csr_matrix(counts), obs=obs)
    adata.var_names = [f"g{i}" for i in range(180)]
    return adata


def logs(adata):
    adata = adata.copy()
    sc.pp.normalize_total(adata, target_sum=1e4)
    sc.pp.log1p(adata)
    return adata


LOGS = "normalize adata target=1e4 | log1p\n"


def preparing(folder, adata):
    theirs = adata.copy()
    sc.pp.normalize_total(theirs, exclude_highly_expressed=True, max_fraction=0.1)
    near("normalize", theirs.X, sca(folder, "normalize adata exclude_highly_expressed=true max_fraction=0.1").X)
    theirs = adata.copy()
    sc.pp.sqrt(theirs)
    near("sqrt", theirs.X, sca(folder, "sqrt adata").X)
    theirs = adata.copy()
    sc.pp.calculate_qc_metrics(theirs, percent_top=[10, 50], inplace=True)
    ours = sca(folder, "qc adata top=[10, 50]")
    for column in theirs.obs.columns[3:]:
        near(column, theirs.obs[column], ours.obs[column])
    for column in theirs.var.columns:
        near(column, theirs.var[column], ours.var[column])
    for flavor in ("seurat", "cell_ranger", "seurat_v3"):
        for batch in (None, "batch"):
            theirs = adata.copy() if flavor == "seurat_v3" else logs(adata)
            theirs = theirs[:, theirs.X.sum(0).A1 > 0].copy()
            sc.pp.highly_variable_genes(theirs, n_top_genes=60, flavor=flavor, batch_key=batch)
            by = "" if batch is None else " batch=batch"
            before = "filter_genes adata min_counts=1\n" + ("" if flavor == "seurat_v3" else LOGS)
            ours = sca(folder, f"{before}hvg adata n=60 flavor={flavor}{by}")
            score = "variances_norm" if flavor == "seurat_v3" else "dispersions_norm"
            near(f"hvg {flavor}{by}", theirs.var[score], ours.var[score], 1e-4)
            # Genes of equal scores may change places.
            differ = (theirs.var.highly_variable != ours.var.highly_variable).sum()
            assert differ <= (4 if batch else 2), f"hvg {flavor}{by}: {differ} genes differ"
    theirs = logs(adata)
    sc.pp.regress_out(theirs, ["depth"])
    near("regress", theirs.X, sca(folder, LOGS + "regress adata depth").X, 1e-4)
    theirs = logs(adata)[:, adata.X.sum(0).A1 > 0].copy()
    sc.pp.combat(theirs, key="batch")
    near("combat", theirs.X, sca(folder, "filter_genes adata min_counts=1\n" + LOGS + "combat adata batch=batch").X, 1e-3)
    for zero_center in (True, False):
        theirs = logs(adata)
        sc.pp.scale(theirs, zero_center=zero_center, max_value=3)
        word = str(zero_center).lower()
        near("scale", theirs.X, sca(folder, LOGS + f"scale adata zero_center={word} max_value=3").X, 1e-4)
    theirs = adata.copy()
    sc.experimental.pp.normalize_pearson_residuals(theirs)
    # Of a gene that no cell has, scanpy says 0/0.
    near("pearson_residuals", np.nan_to_num(theirs.X), sca(folder, "pearson_residuals adata").X, 1e-4)


def drawing(folder, adata):
    """What depends on chance: sums and bounds only."""
    ours = sca(folder, "downsample adata counts_per_cell=100")
    near("downsample a cell", np.minimum(adata.obs.depth, 100), ours.X.sum(1).A1)
    assert (ours.X > adata.X).nnz == 0, "more than was there"
    ours = sca(folder, "downsample adata total_counts=5000")
    near("downsample", 5000, ours.X.sum())
    ours = sca(folder, "sample adata n=77")
    assert ours.n_obs == 77 and ours.obs_names.is_unique and (ours.X != adata[ours.obs_names].X).nnz == 0
    theirs = logs(adata)
    ours = sca(folder, LOGS + 'score adata ["g1", "g2", "g3", "g4"] ctrl_size=20 bins=10')
    sc.tl.score_genes(theirs, ["g1", "g2", "g3", "g4"], ctrl_size=20, n_bins=10)
    near("score", theirs.obs.score, ours.obs.score)


def neighbors(folder, adata):
    """Duplicated cells and more neighbors than are usual; what is made of the graph."""
    theirs = logs(adata)
    sc.pp.pca(theirs, n_comps=12)
    theirs.write_h5ad(folder / "made.h5ad")
    for k, method in ((15, "umap"), (15, "gauss"), (120, "umap")):
        for metric in ("euclidean", "cosine"):
            # Where cells lie at one place, which of them are neighbors is not told; how far they are is.
            sc.pp.neighbors(theirs, n_neighbors=k, method=method, metric=metric, transformer="sklearn", use_rep="X_pca")
            ours = sca(folder, f"neighbors adata k={k} method={method} metric={metric}")
            sums = [np.sort(x.obsp["distances"].sum(1).A1) for x in (theirs, ours)]
            near(f"distances {k} {method} {metric}", *sums, 1e-4)
    sc.pp.neighbors(theirs, n_neighbors=12, transformer="sklearn")
    theirs.write_h5ad(folder / "made.h5ad")
    ours = sca(folder, 'autocorrelation adata genes=["g1", "g2", "g170", "g33"]')
    genes = theirs[:, ["g1", "g2", "g33"]]
    near("Moran", sc.metrics.morans_i(genes), ours.var.morans_i[["g1", "g2", "g33"]])
    near("Geary", sc.metrics.gearys_c(genes), ours.var.gearys_c[["g1", "g2", "g33"]])
    sc.tl.diffmap(theirs, n_comps=8)
    theirs.uns["iroot"] = 17
    sc.tl.dpt(theirs, n_dcs=8)
    ours = sca(folder, "diffmap adata n=8\ndpt adata root=17 n_dcs=8")
    near("diffmap", theirs.uns["diffmap_evals"], ours.uns["diffmap_evals"], 1e-4)
    # Cells that no path leads to are infinitely far away.
    times = [x.obs.dpt_pseudotime.to_numpy() for x in (theirs, ours)]
    reached = np.isfinite(times[0])
    near("dpt reaches", reached, np.isfinite(times[1]))
    near("dpt", times[0][reached], times[1][reached], 1e-3)
    sc.tl.paga(theirs, groups="kind")
    sc.tl.dendrogram(theirs, "kind", use_rep="X_pca")
    ours = sca(folder, "paga adata by=kind\ndendrogram adata by=kind")
    near("paga", theirs.uns["paga"]["connectivities"], ours.uns["paga"]["connectivities"], 1e-4)
    near("dendrogram", theirs.uns["dendrogram_kind"]["linkage"], ours.uns["dendrogram_kind"]["linkage"], 1e-4)
    assert list(theirs.uns["dendrogram_kind"]["dendrogram_info"]["ivl"]) == list(
        ours.uns["dendrogram_kind"]["dendrogram_info"]["ivl"]
    )


def newer(folder, adata):
    """What scanpy has from 1.12 on."""
    if not hasattr(sc.metrics, "modularity"):
        return
    theirs = logs(adata)
    sc.pp.highly_variable_genes(theirs, n_top_genes=40, filter_unexpressed_genes=True)
    ours = sca(folder, LOGS + "hvg adata n=40 expressed=true")
    near("hvg of expressed genes", theirs.var.highly_variable, ours.var.highly_variable)
    near("their dispersions", theirs.var.dispersions_norm.fillna(0), ours.var.dispersions_norm.fillna(0), 1e-4)
    sc.pp.pca(theirs, n_comps=12)
    # One of each pair of equal cells: which of two is the neighbor is not told.
    theirs = theirs[5:].copy()
    theirs.write_h5ad(folder / "made.h5ad")
    sc.pp.neighbors(theirs, n_neighbors=12, transformer="sklearn", method="jaccard")
    ours = sca(folder, "neighbors adata k=12 method=jaccard")
    near("jaccard", theirs.obsp["connectivities"], ours.obsp["connectivities"], 1e-6)
    near("modularity", sc.metrics.modularity(theirs, "kind"), table(folder, "modularity adata by=kind").modularity, 1e-6)
    sc.pp.neighbors(theirs, n_neighbors=20, transformer="sklearn")
    theirs.write_h5ad(folder / "made.h5ad")
    ours = sca(folder, "neighbors adata k=8 distances=distances key=near")
    sc.pp.neighbors(theirs, n_neighbors=8, distances=theirs.obsp["distances"].toarray())
    near("neighbors of given distances", theirs.obsp["connectivities"], ours.obsp["near_connectivities"], 1e-4)


def table(folder, call):
    """The table that a call gives, of the dataset that was written last."""
    script = f'adata = read "made.h5ad"\nneighbors adata k=12 method=jaccard\n{call} | export "table.csv"'
    subprocess.run([SCA, "-c", script], cwd=folder, check=True, capture_output=True, timeout=300)
    return pd.read_csv(folder / "table.csv")


def ranking(folder, adata):
    theirs = logs(adata)
    theirs.write_h5ad(folder / "made.h5ad")
    for method in ("wilcoxon", "t-test", "t-test_overestim_var"):
        for reference in ("rest", "k2"):
            options = {"tie_correct": True} if method == "wilcoxon" else {}
            sc.tl.rank_genes_groups(theirs, "kind", method=method, reference=reference, pts=True, **options)
            ours = sca(folder, f'markers adata by=kind method="{method}" reference="{reference}"')
            a, b = theirs.uns["rank_genes_groups"], ours.uns["rank_genes_groups"]
            for group in a["scores"].dtype.names:
                name = f"{method} {reference} {group}"
                near(f"{name} scores", a["scores"][group], b["scores"][group], 1e-4)
                near(f"{name} pvals", np.sort(a["pvals"][group]), np.sort(b["pvals"][group]), 1e-4)
                changes = [dict(zip(x["names"][group], x["logfoldchanges"][group])) for x in (a, b)]
                # Of a gene that neither side has, scanpy says log2 of 1e-9/1e-9.
                near(f"{name} changes", *([x[g] for g in theirs.var_names] for x in changes), 1e-3)
            near(f"{method} {reference} pts", a["pts"], b["pts"][a["pts"].columns])
    sc.tl.rank_genes_groups(theirs, "kind", method="t-test")
    for method, normalize in (("overlap_count", None), ("overlap_count", "reference"), ("overlap_count", "data"), ("overlap_coef", None), ("jaccard", None)):
        known = {name: set(genes) for name, genes in KNOWN.items()}
        expected = sc.tl.marker_gene_overlap(theirs, known, method=method, normalize=normalize, top_n_markers=30)
        word = "" if normalize is None else f" normalize={normalize}"
        record = "{" + ", ".join(f"{name}: {genes}" for name, genes in KNOWN.items()).replace("'", '"') + "}"
        sca(folder, f'markers adata by=kind method="t-test"\nexport (marker_overlap adata {record} method={method} top=30{word}) "overlap.csv"')
        found = pd.read_csv(folder / "overlap.csv", index_col=0)
        near(f"marker_overlap {method}{word}", expected, found[expected.columns])
    expected = sc.get.aggregate(adata, ["kind", "batch"], ["sum", "mean", "var", "count_nonzero", "median"])
    adata.write_h5ad(folder / "made.h5ad")
    ours = sca(folder, "adata = aggregate(adata, by=[kind, batch], func=[sum, mean, var, count_nonzero, median])")
    for layer in expected.layers:
        near(f"aggregate {layer}", expected.layers[layer], ours[expected.obs_names].layers[layer], 1e-4)


def states(folder, adata):
    """Files as scanpy's tutorials leave them: X regressed and scaled, or corrected, log values in raw."""
    theirs = logs(adata)
    theirs.raw = theirs
    theirs = theirs[:, :90].copy()
    sc.pp.regress_out(theirs, ["depth"])
    sc.pp.scale(theirs, max_value=10)
    theirs.write_h5ad(folder / "made.h5ad")
    for raw, words in ((True, ""), (True, " raw=true"), (False, " layer=X")):
        for method in ("wilcoxon", "t-test"):
            options = {"tie_correct": True} if method == "wilcoxon" else {}
            sc.tl.rank_genes_groups(theirs, "kind", method=method, use_raw=raw, **options)
            ours = sca(folder, f'markers adata by=kind method="{method}"{words}')
            a, b = (x.uns["rank_genes_groups"] for x in (theirs, ours))
            for group in a["scores"].dtype.names:
                near(f"{method}{words} {group}", a["scores"][group], b["scores"][group], 1e-3)
        # Means of scaled genes are 0 but for rounding: the order that controls are drawn by is noise.
        if not raw:
            continue
        genes = ["g1", "g120", "g150"]
        sc.tl.score_genes(theirs, genes, ctrl_size=20, n_bins=10, use_raw=raw)
        listed = str(genes).replace("'", '"')
        ours = sca(folder, f"score adata {listed} ctrl_size=20 bins=10{words}")
        near(f"score{words}", theirs.obs.score, ours.obs.score, 1e-4)
    # Corrected values are scaled and averaged as any.
    theirs = logs(adata)[:, adata.X.sum(0).A1 > 0].copy()
    sc.pp.combat(theirs, key="batch")
    theirs.write_h5ad(folder / "made.h5ad")
    expected = sc.get.aggregate(theirs, "kind", ["mean", "var"])
    ours = sca(folder, "adata = aggregate(adata, by=kind, func=[mean, var])")
    for layer in expected.layers:
        near(f"aggregate of corrected {layer}", expected.layers[layer], ours[expected.obs_names].layers[layer], 1e-3)
    ours = sca(folder, "scale adata max_value=10")
    sc.pp.scale(theirs, max_value=10)
    near("scale of corrected", theirs.X, ours.X, 1e-3)
    # Another base, as a whole number and as a fraction.
    for base in (2, 10.0):
        theirs = adata.copy()
        sc.pp.normalize_total(theirs, target_sum=1e4)
        sc.pp.log1p(theirs, base=base)
        theirs.write_h5ad(folder / "made.h5ad")
        sc.tl.rank_genes_groups(theirs, "kind", method="t-test")
        ours = sca(folder, 'markers adata by=kind method="t-test"')
        a, b = (x.uns["rank_genes_groups"] for x in (theirs, ours))
        for group in a["scores"].dtype.names:
            changes = [dict(zip(x["names"][group], x["logfoldchanges"][group])) for x in (a, b)]
            near(f"changes to base {base} {group}", *([x[g] for g in theirs.var_names] for x in changes), 1e-3)


def main():
    warnings.simplefilter("ignore")
    for seed in [int(word) for word in sys.argv[2:]] or [0, 1, 2]:
        for steps in (preparing, drawing, neighbors, newer, ranking, states):
            with tempfile.TemporaryDirectory() as folder:
                adata = made(seed)
                adata.write_h5ad(Path(folder) / "made.h5ad")
                steps(Path(folder), adata)
    print(f"{compared} comparisons on made-up data")


main()
