"""How well harmony mixes batches, in sca and in harmonypy, from the same components.

usage: mixing.py SCA COUNTS.h5ad BATCH [SEEDS]
       with a Python that has anndata and harmonypy

Prints the mean LISI of all cells (harmonypy's) by the column BATCH before and after, for so many seeds (8), from
components of 2,000 variable genes and of all genes.
"""

import os
import subprocess
import sys
import tempfile
import warnings

import anndata
import harmonypy
import numpy as np
from harmonypy.lisi import compute_lisi

warnings.filterwarnings("ignore")
PREPARED = {
    "2,000 variable genes": "normalize target=1e4 | log1p | hvg n=2000 | pca n=30",
    "all genes": "normalize target=1e4 | log1p | pca n=30 all_genes=true",
}


def with_sca(sca, statements):
    subprocess.run([sca, "-c", statements], check=True, capture_output=True)


def main():
    sca, file, batch = sys.argv[1:4]
    seeds = int(sys.argv[4]) if len(sys.argv) > 4 else 8
    print("| components of | before | sca | harmonypy |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        start, end = os.path.join(folder, "start.h5ad"), os.path.join(folder, "end.h5ad")
        for genes, prepared in PREPARED.items():
            with_sca(sca, f'a = read "{file}" | {prepared}\nwrite a "{start}" keep=[obs, obsm]')
            data = anndata.read_h5ad(start)
            places, groups = data.obsm["X_pca"], data.obs[[batch]].astype(str)

            def mixed(rows):
                return compute_lisi(np.asarray(rows), groups, [batch]).mean()

            ours, theirs = [], []
            for seed in range(seeds):
                step = f"harmony a by={batch} seed={seed}"
                with_sca(sca, f'a = read "{start}"\n{step}\nwrite a "{end}" keep=[obs, obsm]')
                ours.append(mixed(anndata.read_h5ad(end).obsm["X_pca_harmony"]))
                corrected = harmonypy.run_harmony(places, groups, [batch], random_state=seed).Z_corr
                theirs.append(mixed(corrected if len(corrected) == len(groups) else corrected.T))
            both = [f"{min(found):.3f} to {max(found):.3f}" for found in (ours, theirs)]
            print(f"| {genes} | {mixed(places):.3f} | " + " | ".join(both) + " |")


main()
