"""Open files that sca writes with anndata and scanpy, and compare every slot.

usage: check_files.py SCA [DATA]    the program, and the folder of published data, if it is there
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import anndata as ad
import h5py
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import scanpy as sc
import scipy.sparse as sp

SCA = Path(sys.argv[1]).resolve()
DATA = Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None
FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
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
    elif isinstance(a, np.ndarray) and a.dtype.names:
        assert a.dtype.names == b.dtype.names, name
        for field in a.dtype.names:
            same(f"{name}/{field}", a[field], b[field])
    elif isinstance(a, np.ndarray) and a.dtype.kind in "OUT":
        # Which kind of text it is depends on the format.
        assert a.shape == b.shape and b.dtype.kind in "OUT", f"{name}: {a.dtype} {b.dtype}"
        assert [str(text) for text in a.flat] == [str(text) for text in b.flat], name
    elif isinstance(a, np.ndarray):
        assert a.dtype == b.dtype and a.shape == b.shape, f"{name}: {a.dtype} {b.dtype}"
        assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f"), name
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


def written(script, name, folder):
    """What a script writes as an .h5ad, and the same from zarr of both versions."""
    stores = f'write {script[0]} "{name}.zarr"; write {script[0]} "{name}2.zarr" zarr_format=2'
    run(f'{script}; write {script[0]} "{name}.h5ad"; {stores}', folder)
    a = ad.read_h5ad(folder / f"{name}.h5ad")
    # The history, and what each slot was made of.
    record = plain(a.uns.pop("sca"))
    for store in (f"{name}.zarr", f"{name}2.zarr"):
        b = ad.read_zarr(folder / store)
        same_files(a, b)
        same("uns/sca", record, plain(b.uns["sca"]))
    return a


def untouched(folder):
    """What is read and not touched is written back unchanged."""
    sources = [FIXTURES / "graph.h5ad", FIXTURES / "path.h5ad"]
    if DATA is not None:
        sources.append(next((DATA / "pbmc68k_reduced").glob("*.h5ad")))
    for source in sources:
        same_files(ad.read_h5ad(source), written(f'a = read "{source}"', "copy", folder))


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
        same_files(source, written('a = read "odd.h5ad"', "copy", folder))
        part = written('b = read "odd.h5ad"; compute b.obs.whole; b = b[0..17]', "part", folder)
        expected = source[:17]
        for key in ("cube", "frame", "sparse"):
            same(f"part {key}", expected.obsm[key], part.obsm[key])
        same("part dense", expected.obsp["dense"], part.obsp["dense"])
        same("part obs", expected.obs, part.obs)
        assert (part.layers["truths"] != expected.layers["truths"]).sum() == 0


def stores(folder):
    """Zarr stores of both versions: folders and a .zip, every codec that writers use, shards, chunks
    turned round, numbers of every width and order, chunks that were never written."""
    import shutil

    import numcodecs
    import zarr
    from zarr.codecs import BloscCodec, GzipCodec, ZstdCodec

    n, m = 230, 57
    chance = np.random.default_rng(3)
    a = ad.AnnData(sp.csr_matrix(chance.poisson(0.7, (n, m)).astype("f4")))
    a.obs_names, a.var_names = [f"cell {i}" for i in range(n)], [f"g{i}é" for i in range(m)]
    a.obs["group"] = pd.Categorical(chance.choice(["a", "b"], n), categories=["b", "a"], ordered=True)
    a.obs["missing"] = pd.array([None if i % 5 == 0 else i for i in range(n)], dtype="Int64")
    a.obs["unsure"] = pd.array([None if i % 5 == 0 else i % 2 == 0 for i in range(n)], dtype="boolean")
    a.obs["truth"], a.obs["number"] = chance.random(n) < 0.5, chance.normal(size=n)
    a.obs["wide"] = np.arange(n).astype("u8") + np.uint64(2**63)
    a.obs["label"] = [f"label {i % 7}" * (i % 3) for i in range(n)]
    a.obsm["X_pca"] = chance.normal(size=(n, 5)).astype("f4")
    a.obsm["cube"] = chance.normal(size=(n, 2, 3))
    a.obsm["frame"] = pd.DataFrame({"x": np.arange(n), "y": ["u", "v"] * (n // 2)}, index=a.obs_names)
    a.obsp["graph"] = sp.random(n, n, 0.1, format="csr", dtype="f4", random_state=1)
    a.layers["dense"] = chance.poisson(1, (n, m)).astype("f8")
    a.layers["columns"] = sp.csc_matrix(a.layers["dense"].astype("f4"))
    records = [("first", "U9", "f4"), ("second", "U3", "f4")]
    a.uns["ranks"] = {
        "names": np.array([("gé", "b"), ("abc", "d")], dtype=[(g, t) for g, t, _ in records]),
        "scores": np.array([(1, 2), (3, 4)], dtype=[(g, t) for g, _, t in records]),
        "params": {"method": "t-test", "use_raw": True, "n": 3, "alpha": 0.5, "which": np.array([True])},
        "names_of": np.array(["x", "", "zé"], dtype=object),
    }
    a.raw = a[:, :30]
    kinds = {
        2: [{}, {"compressor": None}, {"compressor": numcodecs.Zstd()}, {"compressor": numcodecs.GZip()},
            {"compressor": numcodecs.Zlib()}, {"compressor": numcodecs.Blosc("zstd", shuffle=2)}],
        3: [{}, {"compressors": None}, {"compressors": [GzipCodec()]}, {"compressors": [BloscCodec()]},
            {"compressors": [ZstdCodec(checksum=True)]}],
    }
    for version, options in kinds.items():
        ad.settings.zarr_write_format = version
        for option in options:
            def callback(write, store, key, element, dataset_kwargs, iospec):
                kept = iospec.encoding_type not in ("array", "csr_matrix", "csc_matrix", "dataframe")
                write(store, key, element, dataset_kwargs={} if kept else {**dataset_kwargs, **option})

            store = zarr.open_group(folder / "a.zarr", mode="w", zarr_format=version)
            ad.experimental.write_dispatched(store, "/", a, callback)
            run('a = read "a.zarr"; write a "copy.h5ad"', folder)
            alike(a, ad.read_h5ad(folder / "copy.h5ad"))
    shutil.make_archive(folder / "flat", "zip", folder / "a.zarr")
    shutil.make_archive(folder / "nested.zarr", "zip", folder, "a.zarr")
    for archive in ("flat.zip", "nested.zarr.zip"):
        run(f'a = read "{archive}"; write a "copy.h5ad"', folder)
        alike(a, ad.read_h5ad(folder / "copy.h5ad"))
    arrangements(folder, a)


def arrangements(folder, a):
    """X in every arrangement of chunks."""
    import zarr
    from zarr.codecs import BytesCodec, TransposeCodec

    dense = np.rint(a.layers["dense"])
    dense[100:, 20:40] = 7
    arrangements = [
        (3, dict(chunks=(13, 20), shards=(39, 40))),
        (3, dict(chunks=(230, 57), fill_value=7)),
        (3, dict(chunks=(50, 20), fill_value=7, config={"write_empty_chunks": False})),
        (3, dict(chunks=(30, 57), filters=[TransposeCodec(order=(1, 0))])),
        (3, dict(chunks=(30, 57), serializer=BytesCodec(endian="big"))),
        (3, dict(chunks=(30, 57), chunk_key_encoding={"name": "v2", "separator": "."})),
        (2, dict(chunks=(30, 10), order="F")),
        (2, dict(chunks=(30, 10), fill_value=7, config={"write_empty_chunks": False})),
        (2, dict(chunks=(30, 10), chunk_key_encoding={"name": "v2", "separator": "/"})),
    ]
    types = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]
    arrangements += [(2, dict(chunks=(30, 20), dtype=f"{order}{t}")) for t in types for order in "<>"]
    for version, arrangement in arrangements:
        ad.settings.zarr_write_format = version
        a.write_zarr(folder / "a.zarr")
        store = zarr.open_group(folder / "a.zarr", mode="r+")
        del store["X"]
        dtype = arrangement.pop("dtype", "f4")
        x = store.create_array("X", shape=dense.shape, dtype=dtype, **arrangement)
        x[:] = dense.astype(dtype)
        x.attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
        run('a = read "a.zarr"; write a "copy.h5ad"', folder)
        found = ad.read_h5ad(folder / "copy.h5ad").X
        found = found.toarray() if sp.issparse(found) else found
        assert np.array_equal(found, dense.astype(dtype)), (version, arrangement, dtype)


def alike(a, b):
    """The same values; numbers of matrices and graphs as f32."""
    same("obs", a.obs, b.obs)
    same("var", a.var, b.var)
    same("raw.var", a.raw.var, b.raw.var)
    for name, x, y in [("X", a.X, b.X), ("raw", a.raw.X, b.raw.X)] + [
        (f"{place}/{key}", getattr(a, place)[key], getattr(b, place)[key])
        for place in ("layers", "obsm", "obsp")
        for key in getattr(a, place)
    ]:
        if isinstance(x, pd.DataFrame):
            same(name, x, y)
            continue
        x, y = (z.toarray() if sp.issparse(z) else z for z in (x, y))
        assert x.shape == y.shape and np.array_equal(x.astype("f4"), y.astype("f4")), name
    ours = {key: value for key, value in b.uns.items() if key != "sca"}
    same("uns", plain(dict(a.uns)), plain(ours))


def plain(value):
    """Records and texts without the widths that a format gives them."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray) and value.dtype.names:
        return {field: plain(value[field]) for field in value.dtype.names}
    if isinstance(value, np.ndarray) and value.dtype.kind in "OUT":
        return [str(text) for text in value]
    return value


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


def analyzed(folder):
    """A whole analysis: every slot there, of the right type, and scanpy goes on from it."""
    if DATA is None:
        print("a whole analysis of PBMC 3k is left out: see CONTRIBUTING.md, Published data")
        return
    raw = DATA / "pbmc3k" / "pbmc3k_raw.h5ad"
    a = written(
        f"""a = read "{raw}"
filter a min_genes=200
filter_genes a min_cells=3
qc a mt="MT-"
filter a (pct_counts_mt < 5 and n_genes_by_counts < 2500)
normalize a target=1e4
log1p a
hvg a n=2000
leiden a res=0.6
umap a
markers a by=leiden""",
        "pbmc",
        folder,
    )
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


def folders(folder):
    """A folder of 10x that sca wrote is the matrix that it was, in scanpy."""
    run('a = demo pbmc cells=80 genes=200; a = a[cell_type != "B"]; write a "a.h5ad"; '
        'pca a n=5; write a "out/" format="10x"', folder)
    a = ad.read_h5ad(folder / "a.h5ad")
    b = sc.read_10x_mtx(folder / "out")
    assert (a.obs_names == b.obs_names).all() and (a.var_names == b.var_names).all()
    assert (sp.csr_matrix(a.X) != sp.csr_matrix(b.X)).nnz == 0
    assert set(b.var["feature_types"]) == {"Gene Expression"}
    obs = pd.read_csv(folder / "out" / "obs.csv", index_col=0)
    assert (obs.index == a.obs_names).all() and (obs["cell_type"] == a.obs["cell_type"].astype(str)).all()
    assert pd.read_csv(folder / "out" / "obsm_X_pca.csv", index_col=0).shape == (a.n_obs, 5)


def log_ratios(folder):
    """Centered log ratios are those of Seurat's formula, for cells and for features."""
    run('a = demo pbmc cells=80 genes=120; b = a; normalize b method=clr; write b "cell.h5ad"; '
        'c = a; normalize c method=clr per=feature; write c "feature.h5ad"', folder)
    counts = np.asarray(ad.read_h5ad(folder / "cell.h5ad").layers["counts"].todense(), dtype=float)
    for name, axis in (("cell", 1), ("feature", 0)):
        found = np.asarray(ad.read_h5ad(folder / f"{name}.h5ad").X.todense())
        center = np.exp(np.log1p(counts).sum(axis=axis, keepdims=True) / counts.shape[axis])
        assert np.allclose(found, np.log1p(counts / center), rtol=1e-6), name


def space_ranger(folder, sample, seed):
    """A made-up folder of Space Ranger, in the shape that scanpy.read_visium reads."""
    draw = np.random.default_rng(seed)
    n, genes = 40, 60
    counts = sp.random(n, genes, 0.3, format="csr", random_state=draw, dtype=np.float64)
    counts.data = np.ceil(9 * counts.data).astype(np.int32)
    folder.mkdir()
    (folder / "spatial").mkdir()
    barcodes = [f"SPOT{i:03}-1" for i in range(n)]
    with h5py.File(folder / "filtered_feature_bc_matrix.h5", "w") as file:
        file.attrs["library_ids"] = np.array([sample.encode()])
        file.attrs["chemistry_description"] = "Spatial 3' v1"
        file.attrs["software_version"] = "spaceranger-2.0.1"
        matrix = file.create_group("matrix")
        matrix["barcodes"] = np.array(barcodes, dtype="S")
        for name in ("data", "indices", "indptr"):
            matrix[name] = getattr(counts, name)
        matrix["shape"] = np.array([genes, n], dtype=np.int32)
        features = matrix.create_group("features")
        features["id"] = np.array([f"ENSG{i:011}" for i in range(genes)], dtype="S")
        features["name"] = np.array([f"GENE{i}" for i in range(genes)], dtype="S")
        features["feature_type"] = np.array(["Gene Expression"] * genes, dtype="S")
        features["genome"] = np.array(["GRCh38"] * genes, dtype="S")
    lines = ["barcode,in_tissue,array_row,array_col,pxl_row_in_fullres,pxl_col_in_fullres"]
    for i, barcode in enumerate(barcodes):
        lines.append(f"{barcode},1,{i // 8},{i % 8},{150 + 100 * (i // 8)},{120 + 90 * (i % 8)}")
    (folder / "spatial" / "tissue_positions.csv").write_text("\n".join(lines) + "\n")
    factors = '{"tissue_hires_scalef": 0.2, "tissue_lowres_scalef": 0.05, "spot_diameter_fullres": 55.5}'
    (folder / "spatial" / "scalefactors_json.json").write_text(factors)
    for name, size in (("hires", 200), ("lowres", 50)):
        pixels = draw.integers(0, 256, (size, size, 3)).astype(np.uint8) / 255
        plt.imsave(folder / "spatial" / f"tissue_{name}_image.png", pixels[..., :3])


def slides(folder):
    """Folders of Space Ranger are read as scanpy reads them, and several samples keep their images."""
    for seed, sample in enumerate(("V1", "V2")):
        space_ranger(folder / sample, sample, seed)
    run('a = read "V1"; b = read "V2"; write a "v1.h5ad"; '
        'both = concat({V1: a, V2: b}, label=sample, unique="-"); write both "both.h5ad"; '
        'spatial both color=GENE1 split=sample layer=X out="both.png"', folder)
    for sample in ("V1", "V2"):
        theirs = sc.read_visium(folder / sample)
        found = [ad.read_h5ad(folder / "both.h5ad")]
        found += [ad.read_h5ad(folder / "v1.h5ad")] if sample == "V1" else []
        for ours in found:
            a, b = theirs.uns["spatial"][sample], ours.uns["spatial"][sample]
            assert a.keys() == b.keys() and dict(a["metadata"]) == dict(b["metadata"]), sample
            assert {k: float(v) for k, v in a["scalefactors"].items()} == b["scalefactors"]
            for size in ("hires", "lowres"):
                image = b["images"][size]
                assert np.allclose(a["images"][size][..., : image.shape[2]], image, atol=1e-7), size
    ours, theirs = found[0], sc.read_visium(folder / "V2")
    ours = ours[ours.obs["sample"] == "V2"]
    assert np.array_equal(ours.obsm["spatial"], theirs.obsm["spatial"])
    for column in ("in_tissue", "array_row", "array_col"):
        assert np.array_equal(ours.obs[column].astype(int), theirs.obs[column]), column
    sc.pl.spatial(ours, library_id="V2", color="GENE1", show=False)
    assert (folder / "both.png").stat().st_size > 1000


def main():
    with tempfile.TemporaryDirectory() as folder:
        for check in (untouched, odd, stores, joined, analyzed, folders, log_ratios, slides):
            check(Path(folder))
            print(f"{check.__name__}: every slot as it should be")
    print(f"{compared} passed, 0 failed")


main()
