//! `magic`: expression smoothed over the neighbor graph, as a layer.

use crate::command::params::{Count, Data, GeneNames, LayerKey, NewName, Positive};
use crate::command::references;
use crate::command::spec::LOGS;
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::groups::{LEAST, size};
use crate::commands::inputs::neighbor_graph::{CONNECTIVITIES, GRAPH, NeighborGraph};
use crate::commands::passes::gene_major::rows_of_genes;
use crate::commands::passes::panels;
use crate::data::matrix::Apply;
use crate::data::{
    About, Asked, Dataset, Lazy, Matrix, Place, RowStep, Rows, Selection, SlotName, State, Value,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::magic::{Error, Params, Transitions};
use crate::params;
use crate::plan::{After, Edges, Fault, Private, Promised, filled_matrix, gene};
use crate::source::Origin;
use ndarray::Array2;
use std::sync::Arc;

params! {
    Magic {
        /// The dataset.
        adata: Data,
        /// Genes to smooth; by default all.
        #[also("name_list", "features")]
        genes: Option<GeneNames>,
        /// Number of diffusion steps: more make cells more alike.
        t: Count = 3,
        /// Weights are measured by the distance to this neighbor of each cell.
        knn: Count = 5,
        /// How steeply weights fall with distance.
        decay: Positive = 1.0,
        use NeighborGraph as on,
        /// Layer to smooth instead of X.
        layer: Option<LayerKey>,
        /// Layer for the smoothed values.
        #[also("key_added")]
        key: NewName = "magic",
    }
}

impl Command for Magic {
    const SPEC: Spec = Spec {
        name: "magic",
        summary: "Smooth expression over neighboring cells with MAGIC.",
        keywords: "imputation denoising dropout diffusion",
        about: "Each value becomes a weighted mean over similar cells, found by diffusion on the distances of the neighbor graph. X stays as it is: figures show the smoothed values with layer=magic. With genes=, all other genes of the layer are 0.\nSmoothed cells are not independent: do not test for markers or differential expression on them.",
        reads: &[GRAPH, LOGS],
        writes: &[Write::Slot(Place::Layers, Key::Param("key"))],
        without: &[
            (
                "knn_max",
                "all neighbors of the graph are used: `neighbors` k= is their number",
            ),
            (
                "n_pca",
                "the graph is made by `neighbors`: pcs= is the number of components",
            ),
            ("solver", "values are always exact"),
            ("knn_dist", "the graph is made by `neighbors`, with metric="),
        ],
        like: &["sc.external.pp.magic", "magic"],
        examples: &[
            "magic adata; violin adata LYZ by=cell_type layer=magic",
            "magic adata genes=[CD3D, LYZ] t=2; scatter adata x=CD3D y=LYZ layer=magic",
        ],
        cite: &[&references::MAGIC],
        method: "Expression was smoothed with MAGIC (t = {t}, knn = {knn}, decay = {decay}) <MAGIC>.",
        holds: "four bytes for each cell and smoothed gene; twice as much for the genes that are worked on",
        tells: &["t"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let key = distances_of(scene, &data, &self.on.key())?;
        let asked = Asked::layer(self.layer.as_deref());
        let looked = scene.looked(&data, asked, About::Logs)?;
        let mut from = looked.from();
        from.push(SlotName::new(Place::Obsp, key.clone()));
        let most = match &self.genes {
            Some(genes) => {
                let headline =
                    format!("genes that are not named are 0 in layers.{}", &self.key[..]);
                scene.note(Diagnostic::note(headline));
                genes.names().count()
            }
            None => data.genes.at_most(),
        };
        let genes = kept(scene, &data, self.genes);
        let params = Params {
            knn: self.knn.0,
            decay: self.decay.0,
        };
        let walk = walk(scene, &data, &key, &genes, params)?;
        let needs = (walk, genes.clone());
        let panels = smoothed(scene, &data, &looked.matrix, needs, (self.t.0, most));
        let step = Smoothed(Edges::new((panels, genes)));
        let axes = (&data.cells, &data.genes);
        let state = State::Smoothed;
        let mut layer = filled_matrix(&scene.label, Arc::new(step), axes.0, axes.1, state);
        layer.stamp = scene.stamp(&data, &from);
        let key = self.key.0;
        data.layers.insert(key.clone(), layer);
        let written = vec![SlotName::new(Place::Layers, key)];
        Ok(Reply::Dataset(data, written))
    }
}

/// The distances that a command with `neighbors`' graph finds beside it.
fn distances_of(scene: &Scene, data: &Dataset, graph: &str) -> Outcome<String> {
    // `neighbors` leaves both under one name.
    let key = graph.replace(CONNECTIVITIES, "distances");
    let there = data.slot(&SlotName::new(Place::Obsp, key.clone()));
    if there.is_some() && key.contains("distances") {
        return Ok(key);
    }
    let headline = format!("obsp.{graph} has no distances beside it");
    let label = "weights are made of distances";
    let error = scene.error("graph", code::UNUSABLE_GRAPH, headline, label);
    Err(error.help("compute the graph here: neighbors adata"))
}

/// Positions of the genes that are smoothed, ascending.
fn kept(scene: &Scene, data: &Dataset, genes: Option<GeneNames>) -> Promised<Selection> {
    let wanted: Option<Vec<String>> = genes.map(|genes| genes.names().cloned().collect());
    let origin = scene.origin();
    let names = scene.gene_names(data);
    scene.step(names, Private::new(), move |names, _| {
        let Some(wanted) = &wanted else {
            return Ok((0..names.len() as u32).collect());
        };
        gene::positions(&names, wanted).map_err(|error| error.at(&origin).into())
    })
}

/// The walk on the graph; refuses smoothed values that would not fit.
fn walk(
    scene: &Scene,
    data: &Dataset,
    key: &str,
    genes: &Promised<Selection>,
    params: Params,
) -> Outcome<Promised<Transitions>> {
    let graph = scene.value(data, Place::Obsp, key)?;
    let (origin, key, memory) = (scene.origin(), key.to_owned(), scene.settings.memory);
    let needs = (graph, genes.clone());
    let walk = scene.step(needs, Private::new(), move |(graph, genes), ticker| {
        let Some(graph) = graph.graph() else {
            let headline = format!("obsp.{key} is not a graph");
            let error = Diagnostic::error(code::UNEXPECTED_CONTENT, headline);
            return Err(error.at(&origin).into());
        };
        fit(graph.rows(), genes.len(), memory).map_err(|error| error.at(&origin))?;
        let walk = Transitions::new(graph.view(), &params, ticker);
        walk.map_err(|error| fault(error, &key, params.knn, &origin))
    });
    let cells = data.cells.at_most();
    scene.holds(&walk, cells * NEIGHBORS * 24, cells * NEIGHBORS * 24);
    Ok(walk)
}

/// Neighbors that a cell is thought to have.
const NEIGHBORS: usize = 15;

/// Bytes of a smoothed value.
const VALUE: usize = 4;

/// Whether smoothed values leave half of the memory to everything else.
fn fit(n_cells: usize, n_genes: usize, memory: u64) -> Result<(), Box<Diagnostic>> {
    let bytes = (n_cells * n_genes * VALUE) as u64;
    if bytes <= memory.max(LEAST) / 2 {
        return Ok(());
    }
    let headline = format!(
        "smoothed values of {n_cells} cells × {n_genes} genes take {}, more than half of memory={}",
        size(bytes),
        size(memory)
    );
    Err(Diagnostic::error(code::MEMORY, headline)
        .help("smooth fewer genes: genes=[CD3D, LYZ], or filter_genes adata (highly_variable); or set memory="))
}

fn fault(error: Error, key: &str, knn: usize, origin: &Origin) -> Fault {
    let (headline, help) = match error {
        Error::Stopped(stopped) => return stopped.into(),
        Error::TooFewNeighbors { most } => (
            format!("cells have at most {most} neighbors in obsp.{key}, fewer than knn={knn}"),
            format!("lower knn, or: neighbors adata k={}", 3 * knn),
        ),
        Error::NoDistance => (
            format!("obsp.{key} holds values that are not distances"),
            "compute the graph here: neighbors adata".to_owned(),
        ),
    };
    let said = Diagnostic::error(code::UNUSABLE_GRAPH, headline);
    Fault::Reported(said.at(origin).help(help))
}

/// Bytes of the genes that are worked on at once.
const PANEL_BYTES: u64 = 256 << 20;

/// Cells × genes of each panel of genes, one after the other; of `most` genes at most.
fn smoothed(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    needs: (Promised<Transitions>, Promised<Selection>),
    (t, most): (usize, usize),
) -> Vec<Promised<Array2<f32>>> {
    let (walk, genes) = needs;
    let memory = scene.settings.memory;
    let room = PANEL_BYTES.min(memory / 8).max(1 << 20);
    let bytes = (data.cells.at_most() * most * VALUE) as u64;
    // Values before and after a step.
    let n_panels = (2 * bytes).div_ceil(room).clamp(1, most.max(1) as u64);
    let mut part = data.clone();
    part.genes = data.genes.select_at_most(genes.lazy().clone(), most);
    let kept = bytes.min(memory / 2) / n_panels;
    let mut panels: Vec<Promised<Array2<f32>>> = Vec::new();
    for (view, copy) in panels::views(scene, &part, matrix, &walk, (n_panels as usize, room)) {
        // A panel waits for the one before: otherwise they would share a pass, and memory.
        let before = (panels.last().map(|panel| panel.lazy().clone()), copy);
        let needs = (walk.clone(), After(before));
        let made = scene.fold(view, needs, Private::new(), move |extent, (walk, ())| {
            Ok(rows_of_genes(extent, move |genes, ticker| {
                Ok(walk.smoothed(genes.view(), t, ticker)?)
            }))
        });
        scene.holds(&made, room.min(2 * bytes) as usize, kept as usize);
        panels.push(made);
    }
    panels
}

/// Fills rows with the smoothed values of the genes that somebody asks for.
struct Smoothed(Edges<(Vec<Promised<Array2<f32>>>, Promised<Selection>)>);

impl RowStep for Smoothed {
    fn needs(&self) -> &[Lazy] {
        self.0.lazies()
    }

    fn prepare(&self, values: &[Value], genes: &[u32]) -> Apply {
        let (panels, kept) = self.0.values(values);
        // Where each gene that is smoothed lies: panels have the genes in their order.
        let columns: Vec<(usize, usize)> = (0..panels.len())
            .flat_map(|panel| (0..panels[panel].ncols()).map(move |column| (panel, column)))
            .collect();
        let place = |(place, gene): (u32, &u32)| {
            let at = kept.binary_search(gene).ok()?;
            Some((place, columns[at]))
        };
        let places: Vec<_> = (0..).zip(genes).filter_map(place).collect();
        let n_genes = genes.len();
        Box::new(move |rows: &mut Rows, cells| {
            let (mut starts, mut at, mut filled) = (vec![0], Vec::new(), Vec::new());
            for &cell in cells {
                for &(place, (panel, column)) in &places {
                    let x = panels[panel][[cell as usize, column]];
                    if x != 0.0 {
                        at.push(place);
                        filled.push(x);
                    }
                }
                starts.push(at.len());
            }
            *rows = Rows::new((cells.len(), n_genes), starts, at, filled);
        })
    }

    fn keeps_zeros(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_more_than_half_of_the_memory_is_refused() {
        assert!(fit(100_000, 10_000, 8 << 30).is_ok());
        let refused = fit(100_000, 20_000, 8 << 30).unwrap_err();
        assert_eq!(refused.code, code::MEMORY);
        assert!(
            refused.headline.contains("take 8.0 GB"),
            "{}",
            refused.headline
        );
        // However little is allowed, something small goes.
        assert!(fit(1000, 1000, 1000).is_ok());
    }
}
