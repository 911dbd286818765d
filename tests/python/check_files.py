"""Open files that sca writes with anndata and scanpy, and compare every slot.

usage: check_files.py SCA DATA      the program, and the folder of test data
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import anndata as ad
import numpy as np
import pandas as pd
import scanpy as sc
import scipy.sparse as sp

SCA, DATA = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
compared = 0


def run(script, folder):
    subprocess.run([SCA, "-c", script], cwd=folder, check=True, capture_output=True, timeout=300)


def same(name, a, b):
    """The same type, shape and values; floats bit for bit but for NaN."""
    global compared
    compared += 1
    if isinstance(a, dict) or hasattr(a, "keys") and not isinstance(a, (pd.DataFrame, np.ndarray)):
        assert set(a.keys()) == set(b.keys()), f"{name}: {set(a.keys()) ^ set(b.keys())}"
        for key in a.keys():
            same(f"{name}/{key}", a[key], b[key])
    elif isinstance(a, pd.DataFrame):
        pd.testing.assert_frame_equal(a, b, obj=name)
    elif sp.issparse(a):
        assert a.shape == b.shape and a.dtype == b.dtype, name
        assert (a != b).nnz == 0, name
    elif isinstance(a, np.ndarray):
        assert a.dtype == b.dtype and a.shape == b.shape, f"{name}: {a.dtype} {b.dtype}"
        assert all(np.array_equal(a[f], b[f]) for f in a.dtype.names) if a.dtype.names else (
            np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
        ), name
    else:
        assert a == b, f"{name}: {a} {b}"


def same_files(a, b):
    for place in ("obs", "var", "obsm", "varm", "obsp", "varp", "layers"):
        same(place, getattr(a, place), getattr(b, place))
    same("X", a.X, b.X)
    if a.raw is not None:
        same("raw.X", a.raw.X, b.raw.X)
        same("raw.var", a.raw.var, b.raw.var)
    ours = {key: value for key, value in b.uns.items() if key != "sca"}
    same("uns", dict(a.uns), ours)


def untouched(folder):
    """What is read and not touched is written back unchanged."""
    source = DATA / "pbmc68k_reduced" / "pbmc68k_reduced.h5ad"
    if not source.exists():
        source = next((DATA / "pbmc68k_reduced").glob("*.h5ad"))
    run(f'adata = read "{source}"; write adata "copy.h5ad"', folder)
    same_files(ad.read_h5ad(source), ad.read_h5ad(folder / "copy.h5ad"))


def odd(folder):
    """Names of indices, members of obsm of every kind, a compression that texts share."""
    n, m = 60, 40
    chance = np.random.default_rng(0)
    a = ad.AnnData(sp.csr_matrix(chance.poisson(1, (n, m)).astype("f4")))
    a.obs.index = pd.Index([f"c{i}" for i in range(n)])
    a.var.index = pd.Index([f"g{i}" for i in range(m)])
    a.obs["group"] = pd.Categorical(["a", "b", None] * (n // 3), categories=["b", "a"], ordered=True)
    a.obs["whole"] = pd.array([None if i % 6 == 0 else i for i in range(n)], dtype="Int64")
    a.obs["numbered"] = pd.Categorical(np.arange(n) % 3 * 5 + 1)
    a.obs["measured"] = pd.Categorical(np.arange(n) % 3 / 4)
    a.obs["truths"] = pd.Categorical(np.arange(n) % 3 == 0)
    a.obs["unsure"] = pd.array([None if i % 4 == 0 else i % 3 == 0 for i in range(n)], dtype="boolean")
    a.obs["identifier"] = 2**60 + np.arange(n)
    a.obs["wide"] = np.arange(n).astype("u8") + np.uint64(2**63)
    a.obsm["cube"] = chance.normal(size=(n, 2, 3))
    a.obsm["frame"] = pd.DataFrame({"x": np.arange(n), "y": ["u", "v"] * (n // 2)}, index=a.obs_names)
    a.obsm["sparse"] = sp.random(n, 7, 0.3, format="csr", dtype="f4", random_state=1)
    a.obsp["dense"] = chance.normal(size=(n, n))
    a.layers["truths"] = a.X.toarray() > 1
    a.raw = a[:, :30]
    a.obs.index.name, a.var.index.name, a.raw.var.index.name = "index", "gene name", "gene name"
    for compression in (None, "gzip", "lzf"):
        a.write_h5ad(folder / "odd.h5ad", compression=compression)
        source = ad.read_h5ad(folder / "odd.h5ad")
        run('a = read "odd.h5ad"; write a "copy.h5ad"', folder)
        same_files(source, ad.read_h5ad(folder / "copy.h5ad"))
        run('a = read "odd.h5ad"; compute a.obs.whole; b = a[0..17]; write b "part.h5ad"', folder)
        part, expected = ad.read_h5ad(folder / "part.h5ad"), source[:17]
        for key in ("cube", "frame", "sparse"):
            same(f"part {key}", expected.obsm[key], part.obsm[key])
        same("part dense", expected.obsp["dense"], part.obsp["dense"])
        same("part obs", expected.obs, part.obs)
        assert (part.layers["truths"] != expected.layers["truths"]).sum() == 0


def part(seed, n, genes):
    """Columns of every type, some in one part only, and columns of genes that agree or don't."""
    chance = np.random.default_rng(seed)
    a = ad.AnnData(sp.csr_matrix(chance.poisson(1, (n, len(genes))).astype("f4")))
    a.obs_names, a.var_names = [f"c{i}" for i in range(n)], [f"g{i}" for i in genes]
    a.obs["level"] = pd.Categorical(chance.choice(["u", "v", "w"][: 2 + seed % 2], n))
    a.obs["ordered"] = pd.Categorical(chance.choice(["lo", "hi"], n), ["lo", "hi"], ordered=True)
    a.obs["numbered"] = pd.Categorical(chance.choice([3, 1, 10], n))
    a.obs["number"] = chance.integers(0, 5, n) if seed % 2 else chance.normal(size=n)
    a.obs["narrow"] = chance.integers(0, 5, n).astype("i1" if seed % 2 else "u1")
    a.obs["truth"] = chance.random(n) < 0.5
    a.obs["missing"] = pd.array([None if i % 5 == 0 else i for i in range(n)], dtype="Int64")
    a.obs["unsure"] = pd.array([None if i % 5 == 0 else i % 2 == 0 for i in range(n)], dtype="boolean")
    a.obs["identifier"] = 2**60 + np.arange(n)
    a.obs[f"number{seed}"], a.obs[f"truth{seed}"] = np.arange(n), chance.random(n) < 0.5
    a.obs[f"level{seed}"] = pd.Categorical(chance.choice(["x", "y"], n))
    i = np.array(genes)
    a.var["name"], a.var["number"], a.var["even"] = [f"id{k}" for k in i], i, i % 2 == 0
    a.var["differs"], a.var[f"own{seed}"] = chance.normal(size=len(i)), i
    a.layers["twice"], a.obsm["X_pca"] = a.X * 2, chance.normal(size=(n, 4)).astype("f4")
    if seed:
        a.layers["part"], a.obsm["X_part"] = a.X * 3, chance.normal(size=(n, 2)).astype("f4")
    return a


def joined(folder):
    """Parts one below the other, as anndata.concat puts them."""
    parts = [part(0, 15, range(20)), part(1, 9, range(25, 5, -1)), part(2, 12, range(3, 30))]
    for key, a in zip("abc", parts):
        a.write_h5ad(folder / f"{key}.h5ad")
    opened = "; ".join(f'{key} = read "{key}.h5ad"' for key in "abc")
    for join in ("inner", "outer"):
        for merge in ("none", "same", "unique", "first", "only"):
            expected = ad.concat(
                dict(zip("abc", parts)),
                join=join,
                merge=None if merge == "none" else merge,
                label="part",
                index_unique="-",
            )
            run(
                f"{opened}; all = concat({{a: a, b: b, c: c}}, join={join}, merge={merge}, "
                'label=part, unique="-"); write all "all.h5ad"',
                folder,
            )
            found = ad.read_h5ad(folder / "all.h5ad")
            if "even" in expected.var and join == "outer":
                expected.var["even"] = expected.var["even"].astype("boolean")
            expected.write_h5ad(folder / "expected.h5ad")
            expected = ad.read_h5ad(folder / "expected.h5ad")
            same(f"{join} {merge} obs", expected.obs, found.obs)
            for place in ("obsm", "layers"):
                # Where a part has none, anndata widens the others to f64.
                theirs = {k: v.astype("f4") for k, v in getattr(expected, place).items()}
                same(f"{join} {merge} {place}", theirs, dict(getattr(found, place)))
            assert (expected.X != found.X).nnz == 0
            if join == "outer" and merge in ("same", "unique"):
                # A gene that a part lacks does not contradict: what agrees is kept, and whole.
                number = found.var_names.str[1:].astype(int)
                assert (found.var["number"] == number).all() and "differs" not in found.var
                continue
            var = [a.var.astype({k: object for k in a.var.select_dtypes("category")}) for a in (expected, found)]
            same(f"{join} {merge} var", *var)


def analysed(folder):
    """A whole analysis: every slot there, of the right type, and scanpy goes on from it."""
    raw = DATA / "pbmc3k" / "pbmc3k_raw.h5ad"
    run(
        f"""adata = read "{raw}"
filter adata min_genes=200
filter_genes adata min_cells=3
qc adata mt="MT-"
filter adata (pct_counts_mt < 5 and n_genes_by_counts < 2500)
normalize adata target=1e4
log1p adata
hvg adata n=2000
leiden adata res=0.6
umap adata
markers adata by=leiden
write adata "pbmc.h5ad"
""",
        folder,
    )
    a = ad.read_h5ad(folder / "pbmc.h5ad")
    assert a.shape == (2638, 13714), a.shape
    counts = ad.read_h5ad(raw)
    counts.var_names_make_unique()
    counts = counts[a.obs_names, a.var_names].copy()
    same("layers/counts", sp.csr_matrix(counts.X), sp.csr_matrix(a.layers["counts"]))
    sc.pp.normalize_total(counts, target_sum=1e4)
    sc.pp.log1p(counts)
    assert np.allclose(counts.X.data, a.X.data, rtol=1e-5), "X"
    assert isinstance(a.obs["leiden"].dtype, pd.CategoricalDtype)
    assert a.obsm["X_pca"].shape == (2638, 50) and a.obsm["X_umap"].shape == (2638, 2)
    assert a.varm["PCs"].shape == (13714, 50)
    assert a.var["highly_variable"].dtype == bool and a.var["highly_variable"].sum() == 2000
    assert a.obsp["connectivities"].shape == (2638, 2638)
    assert a.uns["neighbors"]["params"]["n_neighbors"] == 15
    assert {"names", "scores", "pvals", "pvals_adj", "logfoldchanges"} <= set(a.uns["rank_genes_groups"])
    table = sc.get.rank_genes_groups_df(a, "0")
    assert len(table) == 13714 and table.scores.is_monotonic_decreasing
    sc.pl.umap(a, color="leiden", show=False)
    sc.tl.leiden(a, key_added="again", flavor="igraph", n_iterations=2, directed=False)
    sc.tl.rank_genes_groups(a, "leiden", method="t-test", key_added="theirs")
    sc.pl.rank_genes_groups(a, show=False)
    sc.pl.dotplot(a, ["CD3D", "MS4A1", "LYZ"], groupby="leiden", show=False)


def main():
    with tempfile.TemporaryDirectory() as folder:
        for check in (untouched, odd, joined, analysed):
            check(Path(folder))
            print(f"{check.__name__}: every slot as it should be")
    print(f"{compared} passed, 0 failed")


main()
