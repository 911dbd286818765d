"""What sca reads and does not touch it writes as it was: type, kind and every digit of each slot.

usage: kept.py SCA [PYTHON …]      the program, and pythons with other versions of anndata

An AnnData with something of every kind that anndata writes goes through sca from .h5ad and from
zarr to .h5ad and to zarr of both versions, whole and in part; what comes out is compared slot by slot, here and
by the other pythons.
"""

import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp
import zarr

warnings.simplefilter("ignore")
N, M = 600, 30
FLOATS = ("f2", "f4", "f8")
WHOLES = ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")


def whole(dtype, shape):
    """Small numbers, and the largest of the type."""
    values = (np.arange(np.prod(shape)).reshape(shape) % 7).astype(dtype)
    values.flat[:: max(1, values.size // 5)] = np.iinfo(dtype).max
    return values


def dataset():
    chance = np.random.default_rng(5)
    counts = chance.poisson(0.7, (N, M))
    logs = np.log1p(counts * 1.1)
    a = ad.AnnData(logs)
    a.obs_names, a.var_names = [f"cell {i}" for i in range(N)], [f"g{i}é" for i in range(M)]
    a.obs.index.name = "barcode"
    everything(a, counts, logs, chance)
    return a


def everything(a, counts, logs, chance):
    i = np.arange(N)
    a.obs["group"] = pd.Categorical(chance.choice(["b", "a"], N), categories=["b", "a", "unused"], ordered=True)
    a.obs["group_missing"] = pd.Categorical(np.where(i % 5 == 0, None, "x"))
    a.obs["numbered"] = pd.Categorical(i % 3 * 5 + 1)
    a.obs["truths"] = pd.Categorical(i % 3 == 0)
    a.obs["unsure"] = pd.array([None if k % 4 == 0 else k % 3 == 0 for k in range(N)], dtype="boolean")
    a.obs["truth"] = i % 2 == 0
    a.obs["label"] = [f"label {k}" * (k % 3) for k in range(N)]
    for dtype in FLOATS:
        a.obs[dtype] = chance.normal(size=N).astype(dtype)
    for dtype in WHOLES:
        a.obs[dtype] = whole(dtype, N)
        values = whole(dtype, N)
        a.obs[f"missing {dtype}"] = pd.arrays.IntegerArray(values, i % 6 == 0)
    a.var["mean"], a.var["chosen"] = logs.mean(0), np.arange(M) % 3 > 0
    for name, values in [("counts", counts.astype("i8")), ("large", whole("i8", (N, M))), ("single", logs.astype("f4"))]:
        a.layers[name], a.layers[f"{name} csr"] = values, sp.csr_matrix(values)
        a.layers[f"{name} csc"] = sp.csc_matrix(values)
    a.layers["double csr"], a.layers["double csc"] = sp.csr_matrix(logs), sp.csc_matrix(logs)
    a.layers["u1"], a.layers["truths"] = sp.csr_matrix(counts.astype("u1")), counts > 1
    a.layers["array"] = sp.csr_array(counts.astype("i4"))
    for dtype in FLOATS:
        a.obsm[dtype] = chance.normal(size=(N, 3)).astype(dtype)
    for dtype in WHOLES:
        a.obsm[dtype] = whole(dtype, (N, 2))
    a.obsm["truths"], a.obsm["cube"] = chance.random((N, 2)) < 0.5, chance.normal(size=(N, 2, 3))
    a.obsm["whole cube"] = whole("i8", (N, 2, 2))
    a.obsm["csr"], a.obsm["csc"] = sp.csr_matrix(counts * 1.1), sp.csc_matrix(whole("i8", (N, 4)))
    a.obsm["frame"] = pd.DataFrame({"x": i, "y": ["u", "v"] * (N // 2), "z": logs[:, 0]}, index=a.obs_names)
    a.varm["PCs"] = chance.normal(size=(M, 4))
    a.varm["frame"] = pd.DataFrame({"chosen": np.arange(M) % 2 == 0}, index=a.var_names)
    a.obsp["distances"] = sp.random(N, N, 0.01, format="csr", random_state=1)
    a.obsp["csc"] = sp.csc_matrix(sp.random(N, N, 0.01, random_state=2))
    a.obsp["dense"] = whole("i8", (N, N))
    a.varp["dense"], a.varp["graph"] = chance.normal(size=(M, M)), sp.csr_matrix(np.eye(M))
    a.raw = ad.AnnData(sp.csr_matrix(logs), obs=a.obs[[]], var=pd.DataFrame(index=a.var_names))
    a.uns = {
        "none": None,
        "log1p": {"base": None},
        "category": pd.Categorical(["a", "b", "a"], ordered=True),
        "missing": pd.array([1, None], dtype="Int32"),
        "unsure": pd.array([True, None], dtype="boolean"),
        "text": "té",
        "texts": np.array(["x", "", "zé"], dtype=object),
        "texts of two dimensions": np.array([["a", "bé"], ["", "d"]], dtype=object),
        "truth": True,
        "truths": np.array([[True, False], [False, True]]),
        "numbers": {dtype: np.arange(4).astype(dtype) for dtype in FLOATS + WHOLES},
        "wholes": {dtype: whole(dtype, (2, 3)) for dtype in WHOLES},
        "scalars": {"f8": 0.1, "f4": np.float32(0.1), "i8": 2**60 + 1, "u8": np.uint64(2**63 + 1), "i4": np.int32(3)},
        "frame": pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}, index=pd.Index([10, 20], name="number")),
        "sparse": sp.csc_matrix(np.eye(3)),
        "ranks": np.array([("gé", 1.5, 2**40), ("h", 2.5, 3)], dtype=[("name", "O"), ("score", "f4"), ("n", "i8")]),
        "nested": {"deep": {"deeper": {"x": [0.1, 0.2]}}, "empty": {}},
        "empty": np.array([], dtype="f8"),
    }


def part_of(a, keep, genes):
    return a[keep, genes].copy()


compared = 0


def same(name, a, b):
    """The same kind, type, shape and values, bit for bit."""
    global compared
    compared += 1
    if isinstance(a, dict) or hasattr(a, "keys") and not isinstance(a, (pd.DataFrame, np.ndarray)):
        assert set(a.keys()) == set(b.keys()), f"{name}: {set(a.keys()) ^ set(b.keys())}"
        for key in a.keys():
            same(f"{name}/{key}", a[key], b[key])
    elif isinstance(a, pd.DataFrame):
        pd.testing.assert_frame_equal(a, b, obj=name)
        assert a.index.name == b.index.name, f"{name}: {a.index.name} {b.index.name}"
        for key in a:
            assert str(a[key].dtype) == str(b[key].dtype), f"{name}/{key}: {a[key].dtype} {b[key].dtype}"
    elif sp.issparse(a):
        assert a.format == b.format and a.dtype == b.dtype and a.shape == b.shape, (
            f"{name}: {a.format} {a.dtype} {a.shape}, {b.format} {b.dtype} {b.shape}"
        )
        a, b = a.copy(), b.copy()
        a.sort_indices(), b.sort_indices()
        assert np.array_equal(a.indptr, b.indptr) and np.array_equal(a.indices, b.indices), name
        assert np.array_equal(a.data, b.data), name
    elif isinstance(a, (pd.Categorical, pd.api.extensions.ExtensionArray)):
        assert type(a) is type(b) and str(a.dtype) == str(b.dtype), f"{name}: {a.dtype} {b.dtype}"
        pd.testing.assert_extension_array_equal(pd.array(a), pd.array(b))
    elif isinstance(a, np.ndarray):
        assert isinstance(b, np.ndarray) and a.shape == b.shape, f"{name}: {a} {b}"
        if a.dtype.names:
            assert a.dtype.names == b.dtype.names, name
            for field in a.dtype.names:
                x, y = a[field], b[field]
                text = x.dtype.kind in "OUT"
                assert text or x.dtype == y.dtype, f"{name}/{field}: {x.dtype} {y.dtype}"
                assert [str(v) for v in x] == [str(v) for v in y], name
        elif a.dtype.kind in "OUT":
            assert [str(v) for v in a.flat] == [str(v) for v in b.flat], name
        else:
            assert a.dtype == b.dtype, f"{name}: {a.dtype} {b.dtype}"
            assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f"), name
    elif a is None:
        assert b is None, f"{name}: {b}"
    else:
        assert type(a) is type(b) and a == b, f"{name}: {type(a)} {a}, {type(b)} {b}"


def same_files(a, b):
    same("X", a.X, b.X)
    for place in ("obs", "var", "obsm", "varm", "obsp", "varp", "layers"):
        same(place, getattr(a, place), getattr(b, place))
    if a.raw is not None:
        same("raw.X", a.raw.X, b.raw.X)
        same("raw.var", a.raw.var, b.raw.var)
    uns = [{key: value for key, value in of.uns.items() if key != "sca"} for of in (a, b)]
    same("uns", *uns)


def run(script, folder):
    done = subprocess.run([SCA, "-c", script], cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{script}\n{done.stderr}"
    assert "left out" not in done.stderr, f"{script}\n{done.stderr}"


def read(path):
    return ad.read_h5ad(path) if path.name.endswith("h5ad") else ad.read_zarr(path)


def sources(folder):
    """The dataset, in every way that this anndata writes."""
    a = dataset()
    a.write_h5ad(folder / "plain.h5ad")
    a.write_h5ad(folder / "gzip.h5ad", compression="gzip")
    yield from ("plain.h5ad", "gzip.h5ad")
    for form in (2, 3):
        ad.settings.zarr_write_format = form
        a.write_zarr(folder / f"v{form}.zarr")
        yield f"v{form}.zarr"
    if hasattr(ad.settings, "auto_shard_zarr_v3"):
        ad.settings.auto_shard_zarr_v3 = True
        a.write_zarr(folder / "shards.zarr")
        yield "shards.zarr"
    ad.settings.allow_write_nullable_strings = True
    a.obs["nullable"] = pd.array([None if i % 4 == 0 else f"t{i % 5}" * (i % 2) for i in range(N)], dtype="string")
    a.obs["nullable"] = pd.array([None if i % 4 == 0 else f"t{i}" for i in range(N)], dtype="string")
    a.obs["category of nullable"] = a.obs["nullable"].astype("category")
    a.uns["nullable"] = pd.array(["a", None], dtype="string")
    a.write_h5ad(folder / "nullable.h5ad")
    ad.settings.zarr_write_format = 2
    a.write_zarr(folder / "nullable.zarr")
    yield from ("nullable.h5ad", "nullable.zarr")


# What sca writes: an ending, and what else is said.
FORMS = {"h5ad": "", "zarr": "", "2.zarr": " zarr_format=2"}


def kept(folder, others):
    for source in sources(folder):
        original = read(folder / source)
        parts = {
            "whole": (f'a = read "{source}"', original),
            "cells": (
                f'a = read "{source}"; filter a (truth)',
                part_of(original, original.obs["truth"].to_numpy(), slice(None)),
            ),
            "both": (
                f'a = read "{source}"; compute a; a = a[truth, chosen]; compute a',
                part_of(original, original.obs["truth"].to_numpy(), original.var["chosen"].to_numpy()),
            ),
        }
        for name, (script, expected) in parts.items():
            writes = [f'write a "{name}.{form}"{said}' for form, said in FORMS.items()]
            run("; ".join([script, *writes]), folder)
            for form in FORMS:
                write(expected, folder, form)
                check(f"{source}, {name}.{form}", read(folder / f"expected.{form}"), folder / f"{name}.{form}")
        # And from what sca wrote itself.
        for form in FORMS:
            writes = [f'write a "again.{to}"{said}' for to, said in FORMS.items()]
            run("; ".join([f'a = read "both.{form}"', *writes]), folder)
            for to in FORMS:
                check(f"{source}, {form} to {to}", read(folder / f"both.{to}"), folder / f"again.{to}")
        written = [folder / f"{name}.{form}" for name in (*parts, "again") for form in FORMS]
        for other in others:
            subprocess.run([other, __file__, "--open", *written], check=True, timeout=300)


def write(a, folder, form):
    """The expected, as this anndata writes it in the same format."""
    if form == "h5ad":
        return a.write_h5ad(folder / "expected.h5ad")
    # h5py reads it as a type of C that zarr does not know.
    a.uns["scalars"]["u8"] = np.uint64(int(a.uns["scalars"]["u8"]))
    ad.settings.zarr_write_format = 2 if form.startswith("2") else 3
    a.write_zarr(folder / f"expected.{form}")


def check(about, expected, path):
    found = read(path)
    if "whole" not in path.name:
        used(expected), used(found)
    try:
        same_files(expected, found)
    except AssertionError as error:
        raise AssertionError(f"{about}: {error}") from error
    index_of_frames(path)


def used(a):
    """A part has all levels in sca, those that occur in anndata."""
    for column in a.obs.select_dtypes("category"):
        a.obs[column] = a.obs[column].cat.remove_unused_categories()


def index_of_frames(path):
    """The index of a data frame is the same kind of text as that of obs."""
    def kinds(file):
        def kind(group):
            return file[group][file[group].attrs["_index"]].attrs["encoding-type"]

        assert kind("obs") == kind("obsm/frame") and kind("var") == kind("varm/frame"), path

    if path.suffix == ".zarr":
        return kinds(zarr.open_group(path, mode="r"))
    with h5py.File(path) as file:
        kinds(file)


def nulls(folder):
    """Texts of any length, padding and character set, where anndata or others put texts."""
    strings = {
        "variable": h5py.string_dtype(),
        "variable ascii": h5py.string_dtype("ascii"),
        "fixed": h5py.string_dtype(length=12),
        "fixed ascii": h5py.string_dtype("ascii", 12),
    }
    kinds = dict(strings)
    for padding in (h5py.h5t.STR_NULLTERM, h5py.h5t.STR_NULLPAD, h5py.h5t.STR_SPACEPAD):
        for charset in (h5py.h5t.CSET_ASCII, h5py.h5t.CSET_UTF8):
            kind = h5py.h5t.C_S1.copy()
            kind.set_size(12), kind.set_strpad(padding), kind.set_cset(charset)
            kinds[f"{padding} {charset}"] = kind
    a = ad.AnnData(sp.csr_matrix(np.eye(6, dtype="f4")))
    a.obs["text"] = list("uvwuvw")
    a.obs["group"] = pd.Categorical(list("abcabc"))
    a.uns["text"], a.uns["texts"] = "one", np.array(["x", "yy"], dtype=object)
    for name, kind in kinds.items():
        a.write_h5ad(folder / "texts.h5ad")
        expected = ad.read_h5ad(folder / "texts.h5ad")
        with h5py.File(folder / "texts.h5ad", "r+") as file:
            for path in ("obs/_index", "var/_index", "obs/text/categories", "obs/group/categories", "uns/text", "uns/texts"):
                retype(file, path, kind)
        run('a = read "texts.h5ad"; compute a.obs; compute a.uns; b = a[0..6]; write b "out.h5ad"', folder)
        found = ad.read_h5ad(folder / "out.h5ad")
        assert list(found.obs_names) == list(expected.obs_names), name
        assert list(found.var_names) == list(expected.var_names), name
        for column in ("text", "group"):
            assert list(found.obs[column]) == list(expected.obs[column]), (name, column)
        with h5py.File(folder / "out.h5ad") as file:
            assert file["uns/text"].asstr()[()].strip() == "one", name


def retype(file, path, kind):
    """The texts at a path in another kind of text."""
    if path not in file or not isinstance(file[path], h5py.Dataset):
        return
    texts, attributes = file[path].asstr()[()], dict(file[path].attrs)
    del file[path]
    if not isinstance(kind, h5py.h5t.TypeID):
        if h5py.check_string_dtype(kind).length is None:
            data = np.array(texts, dtype=object)
        else:
            data = np.char.encode(np.array(texts, dtype=str), "utf-8").astype(kind)
        made = file.create_dataset(path, data=data, dtype=kind)
    else:
        pad = b" " if kind.get_strpad() == h5py.h5t.STR_SPACEPAD else b"\0"
        encoded = [t.encode().ljust(12, pad) for t in np.atleast_1d(texts)]
        space = h5py.h5s.create_simple(np.shape(texts)) if np.ndim(texts) else h5py.h5s.create(h5py.h5s.SCALAR)
        dataset = h5py.h5d.create(file.id, path.encode(), kind, space)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.frombuffer(b"".join(encoded), dtype="V12"), kind)
        made = file[path]
    made.attrs.update(attributes)


def main():
    with tempfile.TemporaryDirectory() as folder:
        kept(Path(folder), OTHERS)
        nulls(Path(folder))
    print(f"anndata {ad.__version__}: {compared} slots as they were")


if sys.argv[1] == "--open":
    for path in sys.argv[2:]:
        opened = read(Path(path))
        assert opened.obsm["frame"].index.equals(opened.obs_names)
else:
    SCA, OTHERS = Path(sys.argv[1]).resolve(), sys.argv[2:]
    main()
