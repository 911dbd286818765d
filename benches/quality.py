"""How good an analysis is, from what compare.py leaves of each tool.  usage: quality.py DATA.h5ad RESULT.npz|RESULT.h5ad

The same measures for all tools, each over the tool's own components: the adjusted Rand index of its clusters with the
simulated types; modularity of its clusters in the graph of the exact 15 nearest neighbors; the share of the exact
neighbors that its search finds; and the share of them that stays among a cell's 15 nearest in its UMAP. Neighbors are
looked up for 5,000 cells, modularity for at most 20,000, drawn with a fixed seed.
"""

import json
import sys

import anndata
import numpy as np
import scipy.sparse as sp
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import NearestNeighbors

K = 14


def result(path):
    """Names, clusters, components, layout and neighbors of the cells."""
    if path.endswith(".npz"):
        found = np.load(path)
        if "near" in found:
            near = found["near"]
        else:
            near = np.split(found["indices"], found["indptr"][1:-1])
        return found["names"], found["clusters"], found["pca"], found["umap"], near
    adata = anndata.read_h5ad(path, backed="r")
    graph = adata.obsp["distances"][:].tocsr()
    near = np.split(graph.indices, graph.indptr[1:-1])
    return adata.obs_names, adata.obs["leiden"].astype(str).to_numpy(), adata.obsm["X_pca"][:], adata.obsm["X_umap"][:], near


def nearest(places, cells, k):
    """Of some cells the k nearest of all, themselves left out."""
    found = NearestNeighbors(n_neighbors=k + 1, algorithm="brute").fit(places).kneighbors(places[cells], return_distance=False)
    return [near[near != cell][:k] for cell, near in zip(cells, found)]


def modularity(components, clusters, cells):
    places = components[cells]
    near = np.concatenate(nearest(places, np.arange(len(cells)), K))
    graph = sp.csr_matrix((np.ones(len(near)), near, np.arange(0, len(near) + 1, K)), (len(cells), len(cells)))
    graph = graph.maximum(graph.T).tocoo()
    codes = np.unique(clusters[cells], return_inverse=True)[1]
    degrees = np.bincount(graph.row, minlength=len(cells))
    inside = (codes[graph.row] == codes[graph.col]).mean()
    return inside - ((np.bincount(codes, degrees) / degrees.sum()) ** 2).sum()


def shared(found, true):
    """How many of the true neighbors are found; as many are looked at as there are true ones."""
    return np.mean([np.isin(near, some).mean() for some, near in zip(found, true)])


def main():
    names, clusters, components, layout, near = result(sys.argv[2])
    truth = anndata.read_h5ad(sys.argv[1], backed="r").obs["cell_type"]
    draw = np.random.default_rng(0)
    some = np.sort(draw.choice(len(names), min(5_000, len(names)), replace=False))
    more = np.sort(draw.choice(len(names), min(20_000, len(names)), replace=False))
    true = nearest(components, some, K)
    told = {
        "ARI with truth": adjusted_rand_score(truth[names].astype(str), clusters),
        "clusters": len(np.unique(clusters)),
        "modularity": modularity(components, clusters, more),
        "recall": shared([near[cell] for cell in some], true),
        "neighbors kept": shared(nearest(layout, some, K + 1), true),
    }
    print(json.dumps(told))


main()
