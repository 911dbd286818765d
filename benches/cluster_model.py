#!/usr/bin/env python3
"""What an analysis takes on 8 to 512 cores: a model of passes, network and disks.

usage: cluster_model.py [--network 10] [--storage 10] [--cores-of-a-node 16] [--tree]

Prints a table for 10 and 100 million cells. MEASURED are processor seconds of one million cells x 32,738 genes
(1,750 values a cell) on two cores, `benches/runs/2026-11-30-compare.md`, and bytes that travel, of
`benches/runs/2026-11-29-cluster.md`; ASSUMED is everything that two cores on one machine cannot show.
No number here is a measurement of a cluster.
"""

import argparse

# Processor seconds a million cells.
MEASURED = {
    "qc": 38.0,
    "filter, normalize, hvg": 26.0,
    "pca": 24.0,
    "wilcoxon": 106.0,
}
# Of these, decoding of the file (a pass that does nothing else takes 12.6 s on both cores).
DECODING = 25.0
# Processor seconds of n million cells, from 1 and 10 million.
NEIGHBORS = lambda n: 56.0 * n**1.1
LEIDEN_UMAP = lambda n: 78.0 * n**1.05
# Bytes of the file of a million cells.
FILE = 3.5e9
# Bytes that come back: of each cell, and of each range.
OF_CELLS = {"qc": 60, "filter, normalize, hvg": 16, "pca": 200, "wilcoxon": 0}
OF_RANGE = {"qc": 0.8e6, "filter, normalize, hvg": 2e6, "pca": 16e6, "wilcoxon": 0}
# Seconds of a task at Dask's scheduler.
TASK = 0.007

# ASSUMED: speed of c cores as against two.
def here(cores):
    """Leiden and the layout, on one machine."""
    return (cores / 2) ** 0.75


def search(cores):
    """The search for neighbors, on one machine: no part of it waits for another."""
    return 0.9 * cores / 2


# A range in so many takes three times as long.
SLOW = 100
RANGES = 4
# Parts of a result that wants all values of a gene, each from a reading of everything.
PARTS = 8


def model(million, cores, asked):
    """Seconds of each step."""
    per_node = min(cores, asked.cores_of_a_node)
    nodes = max(1, cores // per_node)
    card = asked.network * 0.125e9
    storage = min(asked.storage * 1e9, nodes * card)
    file = FILE * million
    took = {}
    for step, seconds in MEASURED.items():
        work = seconds * million
        if step == "wilcoxon" and nodes > 1:
            # Every node reads all cells for its genes.
            ranges = min(nodes, PARTS)
            reading = file * ranges / min(storage, ranges * card)
            rest = work - DECODING * million
            working = DECODING * million / per_node + rest / per_node / ranges
        else:
            ranges = RANGES * nodes if nodes > 1 else 1
            reading = file / storage if step == "qc" else 0
            working = work / cores
        took[step] = max(reading, working)
        if nodes > 1:
            slowest = 2 * working / RANGES / nodes if ranges >= SLOW else 0
            back = OF_CELLS[step] * 1e6 * million + OF_RANGE[step] * ranges
            if asked.tree:
                back = OF_CELLS[step] * 1e6 * million + OF_RANGE[step]
            took[step] += slowest + back / card + ranges * TASK
    took["neighbors"] = NEIGHBORS(million) / 2 / search(per_node)
    took["leiden, umap"] = LEIDEN_UMAP(million) / 2 / here(per_node)
    return took


def said(seconds):
    return f"{seconds:.0f} s" if seconds < 600 else f"{seconds / 60:.0f} min"


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--network", type=float, default=10, help="Gb/s of a node")
    options.add_argument("--storage", type=float, default=10, help="GB/s of the shared file system")
    options.add_argument("--cores-of-a-node", type=int, default=16)
    options.add_argument("--tree", action="store_true", help="sums are added on the workers")
    asked = options.parse_args()
    steps = [*MEASURED, "neighbors", "leiden, umap"]
    for million in (10, 100):
        print(f"\n## {million},000,000 cells\n")
        print("| cores | nodes | " + " | ".join(steps) + " | in all |")
        print("|---" * (len(steps) + 3) + "|")
        for cores in (8, 16, 32, 64, 128, 256, 512):
            took = model(million, cores, asked)
            nodes = max(1, cores // asked.cores_of_a_node)
            row = [str(cores), str(nodes), *(said(took[step]) for step in steps)]
            print("| " + " | ".join([*row, said(sum(took.values()))]) + " |")


main()
