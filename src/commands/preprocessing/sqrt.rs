//! `sqrt`: square roots of counts.

use crate::command::params::{Data, LayerKey};
use crate::command::spec::{Need, Want};
use crate::command::transformed::{Kept, Transformed};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::data::matrix::Apply;
use crate::data::{Lazy, Place, RowStep, Rows, State, Value};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Sqrt {
        /// The dataset.
        adata: Data,
        /// Transform a layer instead of X.
        layer: Option<LayerKey>,
    }
}

impl Command for Sqrt {
    const SPEC: Spec = Spec {
        name: "sqrt",
        summary: "Transform values by the square root.",
        keywords: "normalization variance stabilization transformation",
        about: "Stabilizes the variance of counts, like a logarithm; `pca all_genes=true` can follow.",
        reads: &[Need {
            want: Want::X(&[State::Counts, State::Normalized]),
            what: "counts or normalized counts",
            made_by: "",
        }],
        writes: &[
            Write::X(State::Transformed),
            Write::Slot(Place::Layers, Key::Pattern("counts")),
        ],
        like: &["sc.pp.sqrt"],
        examples: &[
            "normalize adata; sqrt adata",
            "sqrt adata; pca adata n=5 all_genes=true",
        ],
        method: "Values were square-root transformed.",
        holds: "nothing: values are transformed while reading",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut to = Transformed::new(scene, &self.adata.0, self.layer.as_deref())?;
        let roots = scene.row_step(&to.data, &to.matrix, Root, State::Transformed);
        let kept = match to.matrix.state {
            State::Counts => Kept::Counts,
            _ => Kept::Nothing,
        };
        to.put(roots, kept);
        Ok(to.reply())
    }
}

/// The row step.
struct Root;

impl RowStep for Root {
    fn needs(&self) -> &[Lazy] {
        &[]
    }

    fn prepare(&self, _: &[Value], _: &[u32]) -> Apply {
        Box::new(|rows: &mut Rows, _| rows.data_mut().iter_mut().for_each(|x| *x = x.sqrt()))
    }
}
