//! `magic`: expression smoothed over the neighbor graph, as a layer.

use crate::command::count_or_auto::CountOrAuto;
use crate::command::params::{Count, Data, GeneNames, LayerKey, NewName, Positive};
use crate::command::references;
use crate::command::spec::LOGS;
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::neighbor_graph::{CONNECTIVITIES, GRAPH, NeighborGraph};
use crate::commands::passes::gene_layer::LayerGenes;
use crate::commands::passes::gene_major::rows_of_genes;
use crate::data::{About, Asked, Dataset, Matrix, Place, RowsView, SlotName, State};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::magic::settling::{self, Settling};
use crate::kernels::methods::magic::{Error, Params, Transitions};
use crate::kernels::ticker::Ticker;
use crate::params;
use crate::plan::{Fault, Private, Promised};
use crate::source::Origin;
use std::sync::Arc;

params! {
    Magic {
        /// The dataset.
        adata: Data,
        /// Genes to smooth; by default all.
        #[also("name_list", "features")]
        genes: Option<GeneNames>,
        /// Number of diffusion steps: more make cells more alike. `auto` goes on until a step changes the values by less than 0.1 %, at most 20 steps.
        t: CountOrAuto = 3,
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
            "magic adata genes=[CD3D, LYZ] t=auto; scatter adata x=CD3D y=LYZ layer=magic",
        ],
        cite: &[&references::MAGIC],
        method: "Expression was smoothed with MAGIC ([t=auto|t chosen by the Procrustes disparity of successive steps][!t=auto|t = {t}], knn = {knn}, decay = {decay}) <MAGIC>.",
        holds: "four bytes for each cell and smoothed gene; twice as much for the genes that are worked on",
        tells: &["t"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let key = distances_of(scene, &data, &self.on.key())?;
        let asked = Asked::layer(self.layer.as_deref());
        let input = scene.input_matrix(&data, asked, About::Logs)?;
        let mut from = input.from();
        from.push(SlotName::new(Place::Obsp, key.clone()));
        let state = (&self.key[..], State::Smoothed);
        let genes = LayerGenes::new(scene, &data, self.genes.as_ref(), state);
        let params = Params {
            knn: self.knn.0,
            decay: self.decay.0,
        };
        let walk = walk(scene, &data, &key, params)?;
        let walk = match self.t {
            CountOrAuto::Count(t) => scene.step(walk, Private::new(), move |transitions, _| {
                Ok(Walk { transitions, t })
            }),
            CountOrAuto::Auto => settling(scene, &data, &input.matrix, &genes, walk),
        };
        let smoothed = move |walk: &Walk, genes: RowsView<'_>, ticker: &Ticker| {
            Ok(walk.transitions.smoothed(genes, walk.t, ticker)?)
        };
        let mut layer = genes.layer(scene, &data, &input.matrix, &walk, smoothed);
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

/// A walk on the graph, and how many steps of it.
struct Walk {
    transitions: Arc<Transitions>,
    t: usize,
}

/// Values that are looked at to choose the number of steps, at most.
const VALUES: usize = 1 << 25;

/// The walk until the values of its genes settle.
fn settling(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    genes: &LayerGenes,
    walk: Promised<Transitions>,
) -> Promised<Walk> {
    let some = genes.some(scene, data, (settling::GENES, VALUES));
    let view = scene.view(&some, matrix);
    let needs = walk.clone();
    let steps: Promised<Settling> = scene.fold(view, needs, Private::new(), |extent, walk| {
        Ok(rows_of_genes(extent, move |genes, ticker| {
            Ok(walk.settling(genes.view(), ticker)?)
        }))
    });
    let looked_at = (data.cells.at_most() * settling::GENES).min(VALUES);
    // Values before and after a step.
    scene.holds(&steps, looked_at * 8, 0);
    scene.step((walk, steps), Private::new(), |(transitions, steps), cx| {
        let Settling { t, settled } = *steps;
        let headline = if settled {
            format!("t = {t}: further steps would change the values by less than 0.1 %")
        } else {
            format!("t = {t}, the most that t=auto takes: values still change")
        };
        cx.remark(Diagnostic::note(headline));
        Ok(Walk { transitions, t })
    })
}

/// The walk on the graph.
fn walk(
    scene: &Scene,
    data: &Dataset,
    key: &str,
    params: Params,
) -> Outcome<Promised<Transitions>> {
    let graph = scene.value(data, Place::Obsp, key)?;
    let (origin, key) = (scene.origin(), key.to_owned());
    let walk = scene.step(graph, Private::new(), move |graph, ticker| {
        let Some(graph) = graph.graph() else {
            let headline = format!("obsp.{key} is not a graph");
            let error = Diagnostic::error(code::UNEXPECTED_CONTENT, headline);
            return Err(error.at(&origin).into());
        };
        let walk = Transitions::new(graph.view(), &params, ticker);
        walk.map_err(|error| fault(error, &key, params.knn, &origin))
    });
    let cells = data.cells.at_most();
    scene.holds(&walk, cells * NEIGHBORS * 24, cells * NEIGHBORS * 24);
    Ok(walk)
}

/// Neighbors that a cell is thought to have.
const NEIGHBORS: usize = 15;

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
