//! `diffmap`: diffusion components of the neighbor graph.

use crate::command::params::{Count, Data};
use crate::command::references;
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::neighbor_graph::{GRAPH, NeighborGraph};
use crate::data::{Place, Promise, SlotName, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::diffmap::{self, diffusion_map};
use crate::params;
use crate::plan::Fault;
use ndarray::Array1;
use std::sync::Arc;

params! {
    Diffmap {
        /// The dataset.
        adata: Data,
        /// Number of components, counting the trivial first one; 3 or more.
        #[also("n_comps")]
        n: Count = 15,
        use NeighborGraph as on,
    }
}

impl Command for Diffmap {
    const SPEC: Spec = Spec {
        name: "diffmap",
        summary: "Compute a diffusion map of the neighbor graph.",
        keywords: "embedding dimensionality reduction diffusion components trajectory",
        about: "Eigenvectors of a random walk on the graph, corrected for cell density. The first is\ntrivial; it is kept, as in Scanpy, so that component 1 is the second column.",
        reads: &[GRAPH],
        writes: &[
            Write::Slot(Place::Obsm, Key::Is("X_diffmap")),
            Write::Slot(Place::Uns, Key::Is("diffmap_evals")),
        ],
        like: &["sc.tl.diffmap", "DiffusionMap"],
        examples: &["diffmap adata", "diffmap adata n=10"],
        cite: &[&references::COIFMAN_2006, &references::DPT],
        method: "A diffusion map with {n} components was computed <COIFMAN_2006> <DPT>.",
        holds: "the neighbor graph and about 50 vectors over the cells",
        tells: &["n"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let key = self.on.key();
        let graph = scene.value(&data, Place::Obsp, &key)?;
        let n = self.n.0;
        if n < 3 {
            return Err(scene
                .error(
                    "n",
                    code::INVALID_VALUE,
                    "a diffusion map has 3 components or more",
                    "is too few",
                )
                .help("the first one is trivial; n=15 is usual"));
        }
        let origin = scene.origin();
        let promises = [Promise::Dense(Some(n)), Promise::Uns];
        let [components, evals] = scene.step(graph, promises, move |graph, ticker| {
            let Some(graph) = graph.graph() else {
                return Err(Diagnostic::error(
                    code::UNEXPECTED_CONTENT,
                    "obsp.connectivities is not a graph",
                )
                .into());
            };
            let found = diffusion_map(graph.view(), n, ticker).map_err(|error| match error {
                diffmap::Error::Stopped(stopped) => stopped.into(),
                diffmap::Error::TooFewCells(_) => {
                    Fault::Reported(Diagnostic::error(code::TOO_FEW, error.to_string()).at(&origin))
                }
                error => Fault::Reported(
                    Diagnostic::error(code::UNUSABLE_GRAPH, error.to_string())
                        .at(&origin)
                        .help("rerun `neighbors`"),
                ),
            })?;
            let evals: Vec<f32> = found.values.iter().map(|&value| value as f32).collect();
            Ok([
                Value::Dense(Arc::new(found.vectors.mapv(|x| x as f32))),
                Value::Uns(Arc::new(Uns::Array32(Array1::from(evals).into_dyn()))),
            ])
        });
        let from = [SlotName::new(Place::Obsp, key)];
        scene.put(&mut data, Place::Obsm, "X_diffmap", components, &from);
        scene.put(&mut data, Place::Uns, "diffmap_evals", evals, &from);
        Ok(Reply::Dataset(
            data,
            vec![SlotName::new(Place::Obsm, "X_diffmap")],
        ))
    }
}
