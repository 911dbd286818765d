//! `compute`: compute a value now and show it.

use crate::command::params::Anything;
use crate::command::{Command, Reply, Scene, SessionAction, Spec};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Compute {
        /// What to compute: a dataset, a column, a table, or an expression; of a matrix, the first cells and genes are shown.
        value: Anything,
    }
}

impl Command for Compute {
    const SPEC: Spec = Spec {
        name: "compute",
        summary: "Compute a value now and show it.",
        about: "Other statements only plan; work starts with compute, a figure, or a written file.",
        examples: &[
            "compute adata",
            "compute adata[0..5, [\"CD3D\", \"LYZ\"]].X",
            "qc adata; compute median(adata.obs.total_counts)",
        ],
        holds: "the result, and what is needed to compute it",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        Ok(Reply::SessionAction(SessionAction::Compute(self.value.0)))
    }
}
