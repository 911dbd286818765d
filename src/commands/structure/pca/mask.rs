//! The genes that components are made of.

use super::Pca;
use crate::command::Scene;
use crate::data::{Dataset, Lazy, Place};
use crate::diagnostic::{Outcome, code};

impl Pca {
    /// Which genes are used; all of them if `None`.
    pub(super) fn mask(&self, scene: &Scene, data: &Dataset) -> Outcome<Option<Lazy>> {
        Ok(match (&self.genes, self.all_genes.0) {
            (Some(_), true) => {
                return Err(scene
                    .error(
                        "genes",
                        code::NOT_APPLICABLE,
                        "all_genes=true cannot be combined with a condition",
                        "leave it out with all_genes=true",
                    )
                    .help("pca adata genes=(highly_variable and not mt)"));
            }
            (Some(mask), false) => Some(mask.0.value.clone()),
            (None, true) => None,
            (None, false) => Some(scene.value(data, Place::Var, "highly_variable")?),
        })
    }
}
