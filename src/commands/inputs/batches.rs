//! What commands on batches have in common: labels of every cell, none missing.

use crate::command::Scene;
use crate::commands::inputs::groups::{Groups, groups};
use crate::data::{Dataset, Lazy, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::kernels::stats::sums::NO_GROUP;
use crate::plan::Fault;
use crate::source::Origin;

/// The groups of each of some columns; [`whole`] reads them.
pub fn promise(scene: &Scene, data: &Dataset, keys: &[String]) -> Outcome<Vec<Lazy>> {
    keys.iter().map(|key| groups(scene, data, key)).collect()
}

/// The groups of a column in which every cell has one.
pub fn whole(value: &Value, key: &str, origin: &Origin) -> Result<Groups, Fault> {
    let Some(groups) = value.inner::<Groups>() else {
        unreachable!("groups are of one type");
    };
    let missing = groups
        .codes
        .iter()
        .filter(|&&code| code == NO_GROUP)
        .count();
    if missing > 0 {
        return Err(Fault::Said(
            Diagnostic::error("E305", format!("{missing} cells have no obs.{key}"))
                .at(origin)
                .help(format!("leave them out: adata[not is_missing(obs.{key})]")),
        ));
    }
    Ok(Groups::clone(&groups))
}
