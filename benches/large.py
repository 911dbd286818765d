"""Large simulated data in sca, scanpy and brisc, one after the other on the same machine.

usage: large.py SCA TOOLS FOLDER [CELLS ...] [--peers scanpy,brisc] [--memory "2 GB"]

SCA is the program, TOOLS the folder with simulate_counts.py, peer_scanpy.py and peer_brisc.py, FOLDER where
data are made and kept (simNNN.h5ad is made if it is not there). Run with a Python that has scanpy 1.11.5 and
brisc 0.2.3. For each number of cells: the whole analysis (read, quality control, filters, normalize, log1p,
variable genes, PCA, neighbors, Leiden, UMAP, Wilcoxon markers of all clusters, write), the same without UMAP
and markers, quality control alone, and what decoding alone takes. sca writes what scanpy does: all but the counts. Prints tables in Markdown: seconds and peak
memory of whole processes, seconds a step, and how well the clusters agree with the simulated truth.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time

ANALYSIS = """adata = read "{data}" | qc mt="MT-" | filter (pct_counts_mt < 20) min_genes=200 | filter_genes min_cells=3
  | normalize target=1e4 | log1p | hvg n=2000 | pca n=50 | neighbors k=15 | leiden res=1{umap}
{markers}
profile adata
write adata "{out}" keep=[X, obs, var, obsm, varm, obsp, uns]{packing}
"""
QC = 'adata = read "{data}" | qc mt="MT-"\nprofile adata\n'

def timed(command, data):
    """Wall seconds, peak megabytes and what was printed, by a whole process. `data` is read once before, and
    what was written before is on the disk: what is compared is not the disk."""
    os.sync()
    subprocess.check_call(["cat", data], stdout=subprocess.DEVNULL)
    start = time.time()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    printed = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    return time.time() - start, usage.ru_maxrss / 1e3, printed, status

def seconds(text):
    """Of `1 min 3 s`, `2.5 s` or `12 ms`."""
    total = 0.0
    for number, unit in re.findall(r"([\d.]+) (min|ms|s|h)\b", text):
        total += float(number) * {"h": 3600, "min": 60, "s": 1, "ms": 0.001}[unit]
    return total

def steps(printed):
    found = {}
    for line in printed.splitlines():
        match = re.match(r"\s*((?:[\d.]+ (?:h|min|s|ms) ?)+)\s+(?:[\d.]+ [kMGT]?B)?\s{2,}(.+)", line)
        if match:
            name = match[2].split()[0] if "in all" not in match[2] else "in all"
            if "umap" in match[2] and "leiden" in match[2]:
                name = "leiden · umap"
            found[name] = found.get(name, 0.0) + seconds(match[1])
    return found

QUALITY = """
import sys, json, anndata, numpy as np
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import NearestNeighbors
adata = anndata.read_h5ad(sys.argv[2], backed="r")
truth = anndata.read_h5ad(sys.argv[1], backed="r").obs["cell_type"].astype(str)
found = adata.obs["leiden"].astype(str)
graph = adata.obsp["connectivities"][:].tocsr()
codes = adata.obs["leiden"].astype("category").cat.codes.to_numpy()
degrees = np.asarray(graph.sum(axis=1)).ravel()
inside = graph.tocoo()
inside = inside.data[codes[inside.row] == codes[inside.col]].sum() / degrees.sum()
modularity = inside - ((np.bincount(codes, degrees) / degrees.sum()) ** 2).sum()
some = np.random.default_rng(0).choice(adata.n_obs, min(5000, adata.n_obs), replace=False)
def nearest(of, k):
    places = adata.obsm[of][:]
    return NearestNeighbors(n_neighbors=k).fit(places).kneighbors(places[some], return_distance=False)
true = [near[near != cell][:14] for cell, near in zip(some, nearest("X_pca", 15))]
kept = np.mean([len(np.intersect1d(near, plane)) / 14 for near, plane in zip(true, nearest("X_umap", 16))])
distances = adata.obsp["distances"][:].tocsr()
recall = np.mean([len(np.intersect1d(distances[cell].indices, near)) / 14 for cell, near in zip(some, true)])
print(json.dumps({"ari": adjusted_rand_score(truth.loc[found.index], found), "clusters": found.nunique(), "modularity": modularity, "recall": recall, "kept": kept}))
"""


def quality(data, written):
    """Adjusted Rand index of clusters with the simulated types, the number of clusters, their modularity in
    the tool's own graph, and the shares of the 14 nearest neighbors in its own components that are in the graph
    and that are among a cell's 15 nearest in its UMAP, over 5,000 cells. In a process of its own: children
    inherit the peak memory of the one that starts them."""
    told = subprocess.check_output([sys.executable, "-W", "ignore", "-c", QUALITY, data, written], text=True)
    found = json.loads(told)
    return [f"{found['ari']:.4f}", found["clusters"], f"{found['modularity']:.4f}", f"{found['recall']:.4f}", f"{found['kept']:.3f}"]

def run_sca(options, data, out, umap=True, markers=True):
    script = ANALYSIS.format(
        data=data,
        out=out,
        umap=" | umap" if umap else "",
        packing="" if options.packed else " compression=none",
        markers="markers adata by=leiden method=wilcoxon" if markers else "",
    )
    if options.memory:
        script = f'set memory="{options.memory}"\n' + script
    return timed([options.sca, "-c", script], data)

def quality_control(options, data):
    took, peak, _, _ = timed([options.sca, "-c", QC.format(data=data)], data)
    return ["sca", "quality control", f"{took:.1f}", f"{peak:.0f}"]


def decoding(options, data):
    """The better of two decodings of all blocks that do nothing else."""
    _, peak, printed, _ = timed([options.limits, data], data)
    took = min(float(seconds) for seconds in re.findall(r"decoding: ([\d.]+) s", printed))
    return ["sca", "decoding alone", f"{took:.1f}", f"{peak:.0f}"]


def table(rows, head):
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        row = [*row, *[""] * (len(head) - len(row))]
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print(flush=True)

def compare(options, cells):
    data = os.path.join(options.folder, f"sim{cells}.h5ad")
    out = os.path.join(options.folder, "out.h5ad")
    if not os.path.exists(data):
        simulate = os.path.join(options.tools, "simulate_counts.py")
        subprocess.check_call([sys.executable, simulate, data, "--cells", str(cells), "--depth", "3500"])
    print(f"\n## {cells:,} cells\n", flush=True)
    rows, by_step = [], {}
    took, peak, printed, status = run_sca(options, data, out)
    assert status == 0, "sca failed"
    rows.append(["sca", "whole", f"{took:.1f}", f"{peak:.0f}", *quality(data, out)])
    by_step["sca"] = steps(printed)
    if not options.whole:
        # Replacing a file waits for the disk, making one does not.
        os.remove(out)
        took, peak, _, _ = run_sca(options, data, out, umap=False, markers=False)
        rows.append(["sca", "without UMAP and markers", f"{took:.1f}", f"{peak:.0f}"])
    rows.append(quality_control(options, data))
    if options.limits:
        rows.append(decoding(options, data))
    os.remove(out)
    for peer, most in options.peers:
        if cells > most:
            continue
        script = os.path.join(options.tools, f"peer_{peer}.py")
        arguments = [out] if peer == "scanpy" else []
        took, peak, printed, status = timed([sys.executable, script, data, *arguments], data)
        if status != 0:
            rows.append([peer, "whole", "does not fit" if status == 9 else "failed", f"{peak:.0f}"])
            continue
        told = json.loads(printed[printed.index("{") :])
        by_step[peer] = told["steps"]
        found = []
        if peer == "scanpy":
            found = quality(data, out)
            os.remove(out)
        rows.append([peer, "whole", f"{took:.1f}", f"{peak:.0f}", *found])
    head = ["tool", "what", "seconds", "peak MB", "ARI with truth", "clusters", "modularity", "recall", "neighbors kept in UMAP"]
    table(rows, head)
    for tool, found in by_step.items():
        table([[name, f"{took:.2f}"] for name, took in found.items()], [f"{tool}: step", "seconds"])

def peers(text):
    found = [peer.partition(":") for peer in text.split(",") if peer]
    return [(name, int(most) if most else sys.maxsize) for name, _, most in found]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sca", type=os.path.abspath)
    parser.add_argument("tools")
    parser.add_argument("folder")
    parser.add_argument("cells", type=int, nargs="*", default=[100_000])
    parser.add_argument("--peers", type=peers, default="scanpy,brisc", help="with the most cells: scanpy:100000,brisc")
    parser.add_argument("--limits", default="", help="the example of that name: adds what decoding alone takes")
    parser.add_argument("--memory", default="")
    parser.add_argument("--packed", action="store_true", help="sca packs what it writes, for want of room")
    parser.add_argument("--whole", action="store_true", help="the whole analysis only")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores; {time.strftime('%Y-%m-%d')}; memory setting: {options.memory or 'default'}")
    for cells in options.cells:
        compare(options, cells)

main()
