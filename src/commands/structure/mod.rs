//! Components, neighbors, clusters, embeddings and trajectories.

pub mod bbknn;
pub mod clustering;
pub mod dendrogram;
pub mod density;
pub mod diffmap;
pub mod dpt;
pub mod draw_graph;
pub mod harmony;
pub mod leiden;
pub mod louvain;
pub mod modularity;
pub mod neighbors;
pub mod paga;
pub mod pca;
pub mod silhouette;
pub mod tsne;
pub mod umap;
