"""Simulated counts of cells with known types, as .h5ad, for benches: any number of cells in bounded memory.

usage: simulate.py OUT.h5ad --cells N [--genes 32738] [--types 20] [--counts 3500] [--batches 4] [--seed 0]
                            [--processes 2] [--check]
       ten million cells with few counts each:  simulate.py OUT.h5ad --cells 10000000 --genes 2000 --types 40 --counts 150
       needs numpy and h5py

A type's profile is log-normal, shared in part with the types of its lineage, with markers of its own; batches and
three states change it. A cell draws its number of counts from a log-normal and each of them from its
profile; every twentieth is a doublet. No cell is a copy of another. Blocks of cells have a seed of their own, so
that the file depends neither on the number of processes nor on how far it was written. obs holds the truth:
cell_type, batch, is_doublet. `--check` prints the file's sha256 of values, positions and types.
"""

import argparse
import hashlib
import multiprocessing
import time

import h5py
import numpy as np

BLOCK = 4096
STATES = 3
PACKED = {"compression": "gzip", "compression_opts": 1, "shuffle": True}


def profiles(o, draw):
    """Shares of the genes, one row for each type, batch and state."""
    base = draw.lognormal(0.0, 1.8, o.genes)
    base[draw.permutation(o.genes)[: o.genes * 35 // 100]] *= 1e-3
    types = np.tile(base, (o.types, 1))
    n_lineages = max(2, o.types // 4)
    n_marks = max(20, o.genes // 250)
    for lineage in range(n_lineages):
        marks = draw.choice(o.genes, n_marks, replace=False)
        types[lineage::n_lineages, marks] *= draw.lognormal(1.5, 0.6, n_marks)
    for kind in types:
        marks = draw.choice(o.genes, n_marks, replace=False)
        kind[marks] = kind[marks] * draw.lognormal(2.0, 0.8, n_marks) + 0.3 * base.mean()
    batches = np.exp(draw.normal(0, 0.12, (o.batches, o.genes)))
    slope = np.zeros(o.genes)
    slope[draw.choice(o.genes, o.genes // 80, replace=False)] = draw.normal(0, 1, o.genes // 80)
    states = np.exp(np.linspace(-0.5, 0.5, STATES)[:, None] * slope)
    shares = types[:, None, None] * batches[None, :, None] * states[None, None]
    return shares.reshape(-1, o.genes) / shares.reshape(-1, o.genes).sum(axis=1, keepdims=True)


def tables(o):
    """Each profile as a list of genes, each as often as its share, so that drawing is looking up; and how
    frequent each type is."""
    draw = np.random.default_rng(o.seed)
    shares = profiles(o, draw)
    n_slots = 1 << 16 if o.genes <= 4096 else 1 << 18
    slots = np.empty((len(shares), n_slots), np.uint16 if o.genes < 1 << 16 else np.uint32)
    for row, share in zip(slots, shares):
        ends = np.rint(np.cumsum(share) * n_slots).astype(int)
        row[:] = np.repeat(np.arange(o.genes), np.diff(ends, prepend=0))
    return slots, draw.dirichlet(np.full(o.types, 5.0))


def block(number):
    """Counts and truth of a block: row lengths, genes, counts, types, batches, doublets."""
    o, slots, frequencies = SHARED
    draw = np.random.default_rng([o.seed, 1, number])
    n = min(BLOCK, o.cells - number * BLOCK)
    types, batches = draw.choice(o.types, n, p=frequencies), draw.integers(0, o.batches, n)
    profile = (types * o.batches + batches) * STATES + draw.integers(0, STATES, n)
    totals = np.maximum(20, draw.lognormal(np.log(o.counts), 0.4, n)).astype(int)
    doublets = draw.random(n) < 0.05
    other = np.where(doublets, profile[draw.permutation(n)], profile)
    lengths, genes, counts = np.zeros(n, int), [], []
    # Few cells at a time: their counts are added up in a dense table that stays in the cache.
    step = max(1, (1 << 20) // o.genes)
    for first in range(0, n, step):
        some = slice(first, min(n, first + step))
        cells = np.repeat(np.arange(some.stop - first), totals[some])
        at = draw.integers(0, slots.shape[1], len(cells), dtype=np.uint32)
        # Of a doublet every second count is the other cell's.
        whose = np.where(at & 1, other[some][cells], profile[some][cells])
        drawn = cells * o.genes + slots.reshape(-1)[whose * slots.shape[1] + at]
        table = np.bincount(drawn, minlength=(some.stop - first) * o.genes).astype(np.uint16)
        places = np.flatnonzero(table)
        lengths[some] = np.bincount(places // o.genes, minlength=some.stop - first)
        genes.append((places % o.genes).astype(np.int32))
        counts.append(table[places].astype(np.float32))
    return lengths, np.concatenate(genes), np.concatenate(counts), types.astype(np.int8), batches.astype(np.int8), doublets


def kind(node, encoding, version, **more):
    node.attrs.update({"encoding-type": encoding, "encoding-version": version} | more)
    return node


def column(group, name, values, **options):
    encoding = "string-array" if values.dtype == object else "array"
    dtype = {"dtype": h5py.string_dtype()} if values.dtype == object else {}
    kind(group.create_dataset(name, data=values, **dtype, **options), encoding, "0.2.0")


def frame(file, name, names, columns):
    group = kind(file.create_group(name), "dataframe", "0.2.0", _index="_index")
    group.attrs.create("column-order", np.array(columns, dtype=object), dtype=h5py.string_dtype())
    kind(group.create_dataset("_index", (len(names),), h5py.string_dtype(), chunks=(min(len(names), 1 << 16),), **PACKED), "string-array", "0.2.0")
    for first in range(0, len(names), 1 << 16):
        some = names[first : first + (1 << 16)]
        group["_index"][first : first + len(some)] = np.array(list(map(names.text, some)) if isinstance(names, Cells) else some, dtype=object)
    return group


class Cells:
    """Names of cells that are not all made at once."""

    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, part):
        return range(self.n)[part]

    @staticmethod
    def text(cell):
        return f"cell_{cell:08d}"


def category(group, name, codes, levels):
    node = kind(group.create_group(name), "categorical", "0.2.0", ordered=False)
    column(node, "codes", codes, **PACKED)
    column(node, "categories", np.array(levels, dtype=object))


def write(o, blocks):
    """Blocks into a file as they come; returns the digest of what was written."""
    digest, started, n = hashlib.sha256(), time.time(), 0
    wide = np.int64 if o.cells * o.counts > 2**31 else np.int32
    truth, ends = [[], [], []], [np.zeros(1, np.int64)]
    with h5py.File(o.out, "w") as file:
        kind(file, "anndata", "0.1.0")
        x = kind(file.create_group("X"), "csr_matrix", "0.1.0", shape=np.array([o.cells, o.genes]))
        for name, dtype in (("data", np.float32), ("indices", wide)):
            x.create_dataset(name, (0,), dtype, maxshape=(None,), chunks=(1 << 17,), **PACKED)
        for number, (lengths, genes, counts, *known) in enumerate(blocks):
            for name, values in (("data", counts), ("indices", genes.astype(wide))):
                x[name].resize((n + len(values),))
                x[name][n:] = values
                digest.update(values)
            n += len(genes)
            ends.append(ends[-1][-1] + np.cumsum(lengths))
            for part, values in zip(truth, known):
                part.append(values)
            digest.update(known[0])
            if number % 200 == 199:
                print(f"{(number + 1) * BLOCK:,} cells, {n:,} values, {time.time() - started:.0f} s", flush=True)
        x.create_dataset("indptr", data=np.concatenate(ends).astype(wide), **PACKED)
        types, batches, doublets = map(np.concatenate, truth)
        obs = frame(file, "obs", Cells(o.cells), ["cell_type", "batch", "is_doublet"])
        category(obs, "cell_type", types, [f"type_{i:02d}" for i in range(o.types)])
        category(obs, "batch", batches, [f"batch{i}" for i in range(o.batches)])
        column(obs, "is_doublet", doublets, **PACKED)
        frame(file, "var", np.array([f"MT-{i}" if i < 13 else f"G{i:05d}" for i in range(o.genes)], dtype=object), [])
        for name in ("layers", "obsm", "obsp", "uns", "varm", "varp"):
            kind(file.create_group(name), "dict", "0.1.0")
    print(f"{o.out}: {o.cells:,} cells × {o.genes:,} genes, {n:,} values ({n / o.cells:.0f} a cell), {time.time() - started:.1f} s")
    return digest.hexdigest()


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("out")
    parser.add_argument("--cells", type=int, required=True)
    for name, default in (("genes", 32738), ("types", 20), ("counts", 3500), ("batches", 4), ("seed", 0), ("processes", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--check", action="store_true")
    o = parser.parse_args()
    numbers = range(-(-o.cells // BLOCK))
    # Processes that are forked share the tables.
    global SHARED
    SHARED = (o, *tables(o))
    with multiprocessing.get_context("fork").Pool(o.processes) as pool:
        digest = write(o, pool.imap(block, numbers))
    if o.check:
        print(digest)


if __name__ == "__main__":
    main()
