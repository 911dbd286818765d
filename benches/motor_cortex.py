"""The motor cortex tutorial in sca, and in datatable and umap-learn, on the same machine.

usage: motor_cortex.py SCA GENERATOR FOLDER SHARE [whole|reading|sca|embedding]
       with a Python that has datatable, umap-learn and matplotlib

GENERATOR is `cargo build --release --example motor_cortex_files`; SHARE is of 76,533 cells: 0.05, 1.
Files that are in FOLDER already are used again. Prints a table of wall seconds, processor seconds
(user and system) and peak memory of whole processes, from start to exit. Both readers find the
file in the page cache as far as it fits, for it is read once before. `reading` leaves the
embedding away, `sca` the peers. `embedding` times umap-learn and the figure alone, on genes that
sca has picked, for machines on which the peers' whole does not fit. That needs anndata, too.
"""

import os
import subprocess
import sys
import time

THREADS = 2

READ_PEER = """
import datatable as dt
dt.options.nthreads = {threads}
frame = dt.fread("{folder}/matrix.csv")
print(frame.shape)
"""

# From `x` and `groups` to the picture.
EMBED = """
import matplotlib; matplotlib.use("Agg")
import matplotlib.pyplot as plt
place = umap.UMAP(n_neighbors=30, min_dist=0.25, random_state=42, metric="euclidean").fit_transform(x)
figure, axes = plt.subplots(figsize=(8, 6))
for group in sorted(set(groups)):
    axes.scatter(*place[groups == group].T, s=0.5, label=group)
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), markerscale=10)
figure.savefig("{folder}/peer.png", dpi=500, bbox_inches="tight")
print(x.shape)
"""

WHOLE_PEER = """
import datatable as dt, numpy as np, umap
dt.options.nthreads = {threads}
frame = dt.fread("{folder}/matrix.csv")
names = frame[:, 0].to_list()[0]
# The share of zeros, some thousand columns at a time: the whole as one array does not fit.
kept = []
for start in range(1, frame.ncols, 2000):
    part = frame[:, start:min(start + 2000, frame.ncols)].to_numpy()
    kept += [start + j for j in np.flatnonzero((part == 0).mean(axis=0) < 0.5)]
x = np.log2(frame[:, kept].to_numpy().astype(np.float32) + 1)
del frame
meta = dt.fread("{folder}/metadata.csv")
labels = dict(zip(meta["sample_name"].to_list()[0], meta["subclass_label"].to_list()[0]))
groups = np.array([labels[name] for name in names])
""" + EMBED

# What sca hands over to umap-learn alone.
PICKED = """adata = read "{folder}/matrix.csv" | join "{folder}/metadata.csv"
  | qc | filter_genes (pct_dropout_by_counts < 50) | log1p base=2 of=counts
write adata "{folder}/picked.h5ad" compression=none keep=[X, obs]
"""

EMBEDDING_PEER = """
import anndata, numpy as np, umap
adata = anndata.read_h5ad("{folder}/picked.h5ad")
x = adata.X.toarray() if hasattr(adata.X, "toarray") else adata.X
groups = adata.obs["subclass_label"].astype(str).values
""" + EMBED


def timed(command):
    start = time.time()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    told = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        print(f"{command[0]} ended with {status}: {told.decode()[-2000:]}", file=sys.stderr)
    return status, time.time() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e6


def row(what, found):
    status, wall, processor, peak = found
    note = "" if status == 0 else f" (ended with {status})"
    print(f"| {what}{note} | {wall:.1f} | {processor:.1f} | {peak:.2f} |", flush=True)


def main():
    sca, generator, folder = (os.path.abspath(path) for path in sys.argv[1:4])
    share = float(sys.argv[4])
    mode = sys.argv[5] if len(sys.argv) > 5 else "whole"
    cells = round(76_533 * share)
    matrix = os.path.join(folder, "matrix.csv")
    if not os.path.exists(matrix):
        found = timed([generator, folder, str(cells)])
        print(f"made {cells:,} cells × 50,281 genes in {found[1]:.0f} s")
    with open(matrix, "rb") as file:
        while file.read(1 << 24):
            pass
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    print(f"{cells:,} cells, matrix.csv of {os.path.getsize(matrix) / 1e9:.2f} GB, {os.cpu_count()} cores, load {load}\n")
    print("| what | wall s | processor s | peak GB |\n|---|---|---|---|")
    here = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "scripts/motor_cortex.sca")
    threads = ["--threads", str(THREADS)]
    read = f'adata = read "{matrix}"; compute adata.n_obs'
    row("sca, reading", timed([sca, *threads, "-c", read]))
    row("sca, whole script", timed([sca, *threads, "run", here, "--folder", folder, "--out", f"{folder}/sca.png"]))
    texts = {"fread, reading": READ_PEER}
    if mode == "embedding":
        subprocess.check_call([sca, "-c", PICKED.format(folder=folder)], stdout=subprocess.DEVNULL)
        texts = {"umap-learn and the figure, from picked genes": EMBEDDING_PEER}
    if mode == "whole":
        texts["fread and umap-learn, whole"] = WHOLE_PEER
    for what, text in texts.items():
        if mode != "sca":
            row(what, timed([sys.executable, "-c", text.format(folder=folder, threads=THREADS)]))


main()
