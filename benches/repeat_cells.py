"""A file of as many cells as asked for, from a smaller one: its stored chunks are repeated as they are.

usage: repeat_cells.py IN.h5ad OUT.h5ad --cells N

Simulating two million cells takes hours, copying them minutes. X must be CSR in chunks of one
size (as the simulator writes it). A repetition ends where the last whole chunk ends: the cell that it
cuts keeps the part of its genes before the cut. obs is repeated too, under new names.
"""

import argparse

import h5py
import numpy as np


def chunk_ends(stored):
    """Row pointers of one repetition, up to its last whole chunk."""
    pointers = stored["indptr"][:]
    whole = len(stored["data"]) // stored["data"].chunks[0] * stored["data"].chunks[0]
    uncut = np.searchsorted(pointers, whole, side="right") - 1
    return np.append(pointers[: uncut + 1], whole) if pointers[uncut] < whole else pointers[: uncut + 1]


def copy_chunks(stored, made, n_values, times):
    size = stored.chunks[0]
    for start in range(0, n_values, size):
        if start >= len(made):
            break
        mask, chunk = stored.id.read_direct_chunk((start,))
        for time in range(times):
            if start + time * n_values < len(made):
                made.id.write_direct_chunk((start + time * n_values,), chunk, mask)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("small")
    parser.add_argument("large")
    parser.add_argument("--cells", type=int, required=True)
    options = parser.parse_args()
    small, large = h5py.File(options.small), h5py.File(options.large, "w")
    large.attrs.update(small.attrs)
    large.copy(small["var"], "var")
    stored = small["X"]
    once = chunk_ends(stored)
    times = -(-options.cells // (len(once) - 1))
    pointers = np.concatenate([once[:-1] + time * once[-1] for time in range(times)] + [[times * once[-1]]])
    pointers = pointers[: options.cells + 1]
    x = large.create_group("X")
    x.attrs.update({**stored.attrs, "shape": np.array([options.cells, stored.attrs["shape"][1]])})
    # scipy wants both index arrays of one type; where that cannot be, only sca reads on.
    width = "i4" if pointers[-1] < 2**31 else "i8"
    x.create_dataset("indptr", data=pointers.astype(width), chunks=True, compression="gzip")
    for name in ["data", "indices"]:
        of = stored[name]
        made = x.create_dataset(name, (pointers[-1],), of.dtype, chunks=of.chunks, compression=of.compression)
        copy_chunks(of, made, int(once[-1]), times)
    obs = large.create_group("obs")
    obs.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": "_index"})
    obs.attrs["column-order"] = np.array(["cell_type"], dtype=h5py.string_dtype())
    names = np.array([f"c{i}" for i in range(options.cells)], dtype="S")
    obs.create_dataset("_index", data=names.astype(h5py.string_dtype()), compression="gzip")
    obs["_index"].attrs.update({"encoding-type": "string-array", "encoding-version": "0.2.0"})
    kind = obs.create_group("cell_type")
    kind.attrs.update(small["obs/cell_type"].attrs)
    small.copy("obs/cell_type/categories", kind)
    rows = np.tile(np.arange(len(once) - 1), times)[: options.cells]
    kind.create_dataset("codes", data=small["obs/cell_type/codes"][:][rows], compression="gzip")
    kind["codes"].attrs.update(small["obs/cell_type/codes"].attrs)


main()
