"""Draws how seconds and memory grow with the number of cells, from the tables that compare.py prints.

usage: growth.py TABLES.md OUT.png
"""

import re
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

NAMES = {
    "sca": ("sca, whole analysis", "#1f77b4", "-o"),
    "sca, quality control": ("sca, quality control", "#1f77b4", "--o"),
    "sca, decoding alone": ("decoding alone", "#7f7f7f", ":"),
    "scanpy-1.11.5": ("scanpy 1.11.5", "#d62728", "-s"),
    "crest-sc-0.4.0": ("CREST 0.4", "#9467bd", "-v"),
    "brisc-0.2.3": ("brisc 0.2.3, no rank tests", "#2ca02c", "-^"),
}


def read(path):
    """Seconds and gigabytes by tool: lists of (cells, seconds, gigabytes)."""
    found, cells = {}, 0
    for line in open(path):
        if heading := re.match(r"## ([\d,]+) cells", line):
            cells = int(heading[1].replace(",", ""))
        row = [cell.strip() for cell in line.split("|")[1:-1]]
        if row and row[0] in NAMES and re.fullmatch(r"[\d.]+", row[1]):
            peak = float(row[3]) if row[3:] and row[3] else float("nan")
            found.setdefault(row[0], []).append((cells, float(row[1]), peak))
    return {work: sorted(rows) for work, rows in found.items()}


def main():
    found = read(sys.argv[1])
    figure, (time, memory) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    for work, (name, color, style) in NAMES.items():
        if work not in found:
            continue
        cells, seconds, gigabytes = zip(*found[work])
        time.loglog(cells, seconds, style, color=color, label=name, markersize=4)
        if work != "sca, decoding alone":
            memory.loglog(cells, gigabytes, style, color=color, label=name, markersize=4)
    memory.axhline(2, color="#7f7f7f", linewidth=0.8)
    memory.annotate("memory setting of sca", (1.3e5, 2.12), color="#7f7f7f", fontsize=8)
    time.set(xlabel="cells", ylabel="seconds", title="Time")
    memory.set(xlabel="cells", ylabel="peak GB", title="Memory of the process")
    for axes, ticks in ((time, [1, 3, 10, 30, 100, 300, 1000]), (memory, [0.25, 0.5, 1, 2, 4, 8])):
        low, high = axes.get_ylim()
        inside = [tick for tick in ticks if low <= tick <= high]
        axes.set_yticks(inside, [f"{tick:g}" for tick in inside])
        axes.minorticks_off()
        axes.xaxis.set_major_formatter(lambda cells, _: f"{cells:,.0f}")
        axes.grid(which="major", alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    time.legend(frameon=False, fontsize=8)
    figure.savefig(sys.argv[2], dpi=110)


main()
