//! `draw_graph`: the neighbor graph as a force-directed layout.

use crate::command::params::{Count, Data, Integer, NotNegative, Positive};
use crate::command::references;
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::neighbor_graph::{GRAPH, NeighborGraph};
use crate::commands::structure::paga;
use crate::data::{Place, Promise, SlotName, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::graph::{components::check, spectral};
use crate::kernels::methods::force_layout::{self, Algorithm};
use crate::kernels::ticker::Ticker;
use crate::plan::Fault;
use crate::{params, words};
use ndarray::Array2;
use std::sync::Arc;

words! {
    /// Which forces.
    Layout {
        /// ForceAtlas2
        Fa = "fa",
        /// Fruchterman–Reingold
        Fr = "fr",
    }
}

words! {
    /// Where cells start.
    Start {
        /// from eigenvectors of the graph
        Spectral = "spectral",
        /// from the graph of groups that `paga` makes
        Paga = "paga",
    }
}

params! {
    DrawGraph {
        /// The dataset.
        adata: Data,
        /// Layout algorithm.
        layout: Layout = Layout::Fa,
        /// Number of iterations.
        #[also("n_iterations")]
        iterations: Count = 500,
        /// Initial positions.
        #[also("init_pos")]
        init: Start = Start::Spectral,
        /// Strength of repulsion (fa).
        scaling: Positive = 2.0,
        /// Strength of gravity toward the center (fa).
        gravity: NotNegative = 1.0,
        /// Random seed; by default the session's seed.
        #[also("random_state")]
        seed: Option<Integer>,
        use NeighborGraph as on,
    }
}

impl Command for DrawGraph {
    const SPEC: Spec = Spec {
        name: "draw_graph",
        summary: "Compute a force-directed layout of the neighbor graph.",
        keywords: "embedding dimensionality reduction ForceAtlas2 FA2 layout",
        about: "Shows trajectories better than groups. `plot adata basis=draw_graph_fa` draws it.",
        reads: &[GRAPH, paga::START],
        writes: &[
            Write::Slot(Place::Obsm, Key::Around("X_draw_graph_", "layout", "")),
            Write::Slot(Place::Uns, Key::Is("draw_graph")),
        ],
        without: &[
            ("root", "tree layouts are not supported"),
            ("adjacency", "graph= names a graph in obsp"),
            (
                "key_added_ext",
                "the result is named after its layout: obsm.X_draw_graph_fa",
            ),
            ("kwds", "scaling and gravity control the forces"),
        ],
        like: &["sc.tl.draw_graph"],
        examples: &[
            "draw_graph adata",
            "draw_graph adata layout=fr iterations=100",
        ],
        cite: &[&references::FORCE_ATLAS, &references::FRUCHTERMAN_1991],
        method: "A force-directed layout of the neighbor graph was computed with [layout=fa|ForceAtlas2 <FORCE_ATLAS>][layout=fr|the algorithm of Fruchterman and Reingold <FRUCHTERMAN_1991>].",
        holds: "the neighbor graph and the layout",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let graph = self.on.key();
        let seed = scene.seed(&self.seed);
        let start = (self.init == Start::Paga).then(|| paga::start(scene, &data, seed));
        let needs = (scene.value(&data, Place::Obsp, &graph)?, start.transpose()?);
        let (algorithm, word) = match self.layout {
            Layout::Fa => (Algorithm::ForceAtlas2, "fa"),
            Layout::Fr => (Algorithm::FruchtermanReingold, "fr"),
        };
        let params = force_layout::Params {
            algorithm,
            iterations: self.iterations.0,
            scaling: self.scaling.0,
            gravity: self.gravity.0,
        };
        let promises = [Promise::Dense(Some(2)), Promise::Uns];
        let [layout, record] = scene.step(needs, promises, move |(graph, start), ticker| {
            let record = Uns::map()
                .with("layout", word)
                .with("random_state", seed as i64);
            Ok([
                laid_out(&graph, start.as_deref(), &params, (seed, ticker))?,
                Value::Uns(Arc::new(Uns::map().with("params", record))),
            ])
        });
        let from = [SlotName::new(Place::Obsp, graph)];
        let key = format!("X_draw_graph_{word}");
        scene.put(&mut data, Place::Obsm, &key, layout, &from);
        scene.put(&mut data, Place::Uns, "draw_graph", record, &from);
        Ok(Reply::Dataset(data, vec![SlotName::new(Place::Obsm, key)]))
    }
}

fn laid_out(
    graph: &Value,
    start: Option<&Array2<f32>>,
    params: &force_layout::Params,
    (seed, ticker): (u64, &Ticker),
) -> Result<Value, Fault> {
    let fault = |error| match error {
        force_layout::Error::Stopped(stopped) => stopped.into(),
        error => Fault::Reported(
            Diagnostic::error(code::UNUSABLE_GRAPH, error.to_string()).help("rerun `neighbors`"),
        ),
    };
    let Some(graph) = graph.graph() else {
        return Err(Diagnostic::error(
            code::UNEXPECTED_CONTENT,
            "this entry of obsp is not a graph",
        )
        .into());
    };
    check(graph.view()).map_err(|error| fault(error.into()))?;
    // Around the middle, to which gravity pulls.
    let mut start = match start {
        Some(start) => start.clone(),
        None => spectral::layout(graph.view(), 2, seed, ticker)?,
    };
    for mut axis in start.columns_mut() {
        let mean = axis.iter().map(|&x| f64::from(x)).sum::<f64>() / axis.len().max(1) as f64;
        axis.mapv_inplace(|x| x - mean as f32);
    }
    let found = force_layout::layout(graph.view(), start.view(), params, ticker).map_err(fault)?;
    Ok(Value::Dense(Arc::new(found)))
}
