"""Large simulated data in sca, scanpy and brisc, one after the other on the same machine.

usage: large.py SCA TOOLS FOLDER [CELLS ...] [--peers scanpy,brisc] [--memory "2 GB"]

SCA is the program, TOOLS the folder with simulate_counts.py, peer_scanpy.py and peer_brisc.py, FOLDER where
data are made and kept (simNNN.h5ad is made if it is not there). Run with a Python that has scanpy 1.11.5 and
brisc 0.2.3. For each number of cells: the whole analysis (read, quality control, filters, normalize, log1p,
variable genes, PCA, neighbours, Leiden, UMAP, Wilcoxon markers of all clusters, write), the same without UMAP
and markers, quality control alone, and what decoding alone takes. Prints tables in Markdown: seconds and peak
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
write adata "{out}" compression=none
"""
QC = 'adata = read "{data}" | qc mt="MT-"\nprofile adata\n'

def timed(command, timeout=3600):
    """Wall seconds, peak megabytes and what was printed, by a whole process."""
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

AGREEMENT = """
import sys, anndata
from sklearn.metrics import adjusted_rand_score
found = anndata.read_h5ad(sys.argv[2], backed="r").obs["leiden"].astype(str)
truth = anndata.read_h5ad(sys.argv[1], backed="r").obs["cell_type"].astype(str)
print(adjusted_rand_score(truth.loc[found.index], found), found.nunique())
"""


def agreement(data, written):
    """Adjusted Rand index of clusters with the simulated types, and the number of clusters. In a
    process of its own: children inherit the peak memory of the one that starts them."""
    told = subprocess.check_output([sys.executable, "-W", "ignore", "-c", AGREEMENT, data, written], text=True)
    ari, clusters = told.split()
    return float(ari), int(clusters)

def run_sca(options, data, out, umap=True, markers=True):
    script = ANALYSIS.format(
        data=data,
        out=out,
        umap=" | umap" if umap else "",
        markers="markers adata by=leiden method=wilcoxon" if markers else "",
    )
    if options.memory:
        script = f'set memory="{options.memory}"\n' + script
    return timed([options.sca, "-c", script])

def table(rows, head):
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
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
    ari, clusters = agreement(data, out)
    rows.append(["sca", "whole", f"{took:.1f}", f"{peak:.0f}", f"{ari:.4f}", clusters])
    by_step["sca"] = steps(printed)
    if not options.whole:
        took, peak, _, _ = run_sca(options, data, out, umap=False, markers=False)
        rows.append(["sca", "without UMAP and markers", f"{took:.1f}", f"{peak:.0f}", "", ""])
        took, peak, _, _ = timed([options.sca, "-c", QC.format(data=data)])
        rows.append(["sca", "quality control", f"{took:.1f}", f"{peak:.0f}", "", ""])
    os.remove(out)
    for peer in options.peers:
        script = os.path.join(options.tools, f"peer_{peer}.py")
        arguments = [out] if peer == "scanpy" else []
        took, peak, printed, status = timed([sys.executable, script, data, *arguments])
        if status != 0:
            rows.append([peer, "whole", "does not fit" if status == 9 else "failed", f"{peak:.0f}", "", ""])
            continue
        told = json.loads(printed[printed.index("{") :])
        by_step[peer] = told["steps"]
        ari = clusters = ""
        if peer == "scanpy":
            ari, clusters = agreement(data, out)
            ari = f"{ari:.4f}"
            os.remove(out)
        rows.append([peer, "whole", f"{took:.1f}", f"{peak:.0f}", ari, clusters])
    table(rows, ["tool", "what", "seconds", "peak MB", "ARI with truth", "clusters"])
    for tool, found in by_step.items():
        table([[name, f"{took:.2f}"] for name, took in found.items()], [f"{tool}: step", "seconds"])

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sca", type=os.path.abspath)
    parser.add_argument("tools")
    parser.add_argument("folder")
    parser.add_argument("cells", type=int, nargs="*", default=[100_000])
    parser.add_argument("--peers", type=lambda text: [p for p in text.split(",") if p], default=["scanpy", "brisc"])
    parser.add_argument("--memory", default="")
    parser.add_argument("--whole", action="store_true", help="the whole analysis only")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores; {time.strftime('%Y-%m-%d')}; memory setting: {options.memory or 'default'}")
    for cells in options.cells:
        compare(options, cells)

main()
