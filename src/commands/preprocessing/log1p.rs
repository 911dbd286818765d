//! `log1p`: logarithms of normalized counts.

use crate::command::params::{Data, LayerKey, Positive};
use crate::command::spec::{Need, Want};
use crate::command::transformed::{Kept, Transformed};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::data::matrix::Apply;
use crate::data::{Dataset, Lazy, Matrix, Place, RowStep, Rows, State, Uns, Value};
use crate::diagnostic::{Outcome, code};
use crate::kernels::methods::log1p::log1p;
use crate::{params, words};
use std::sync::Arc;

params! {
    Log1p {
        /// The dataset.
        adata: Data,
        /// Base of the logarithm; by default e.
        base: Option<Positive>,
        /// What the values are: counts are transformed without normalizing for sequencing depth.
        #[expect(dead_code, reason = "read when the matrix is chosen, before this is planned")]
        of: Of = Of::Normalized,
        /// Transform a layer instead of X.
        layer: Option<LayerKey>,
    }
}

words! {
    /// What a logarithm is taken of.
    Of {
        /// normalized counts; normalized first, if they are not
        Normalized = "normalized",
        /// counts
        Counts = "counts",
    }
}

impl Command for Log1p {
    const SPEC: Spec = Spec {
        name: "log1p",
        summary: "Transform values by log(1 + x).",
        keywords: "normalization log transformation logarithm",
        reads: &[Need {
            want: Want::X(&[State::Normalized]),
            what: "normalized counts",
            made_by: "normalize",
        }],
        writes: &[
            Write::X(State::Log),
            Write::Slot(Place::Uns, Key::Is("log1p")),
        ],
        without: &[("obsm", "only X and layers can be transformed")],
        like: &["sc.pp.log1p"],
        examples: &[
            "normalize adata; log1p adata",
            "log1p adata base=2",
            "log1p adata base=2 of=counts",
        ],
        method: "[of=counts|Counts][!of=counts|Normalized counts] were log-transformed, log(1 + x)[base|, to base {base}].",
        holds: "nothing: values are transformed while reading",
        tells: &["base"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut to = Transformed::new(scene, &self.adata.0, self.layer.as_deref())?;
        let base = self.base.map(|base| base.0);
        if let Some(base) = base.filter(|base| *base <= 1.0) {
            let headline = format!("logarithms to base {base} do not grow with the values");
            let label = "must be above 1";
            return Err(scene
                .error("base", code::INVALID_VALUE, headline, label)
                .help("log1p adata base=2"));
        }
        to.put(logs(scene, &to.data, &to.matrix, base), Kept::Nothing);
        if to.layer.is_none() {
            put_record(scene, &mut to.data, base);
        }
        Ok(to.reply())
    }
}

/// Logarithms to `base`, or natural ones.
pub(in crate::commands) fn logs(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    base: Option<f64>,
) -> Matrix {
    let mut logs = scene.row_step(data, matrix, Log { base }, State::Log);
    logs.log_base = Some(base.unwrap_or(std::f64::consts::E));
    logs
}

/// The record that scanpy leaves of the logarithm of X.
pub(in crate::commands) fn put_record(scene: &Scene, data: &mut Dataset, base: Option<f64>) {
    let uns = match base {
        // A base of none does not survive in files; readers take its absence for e.
        None => Uns::map(),
        Some(base) => Uns::map().with("base", base),
    };
    let record = Lazy::ready(Value::Uns(Arc::new(uns)));
    scene.put(data, Place::Uns, "log1p", record, &[]);
}

/// The row step.
struct Log {
    base: Option<f64>,
}

impl RowStep for Log {
    fn needs(&self) -> &[Lazy] {
        &[]
    }

    fn is_log1p(&self) -> bool {
        true
    }

    fn prepare(&self, _: &[Value], _: &[u32]) -> Apply {
        let base = self.base;
        Box::new(move |rows: &mut Rows, _| log1p(rows.data_mut(), base))
    }
}
