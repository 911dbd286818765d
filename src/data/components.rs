//! Names of components: the first column of obsm.X_pca is `PC1`, in axes, tables and arguments alike.

use super::dataset::Dataset;
use super::lazy::Promise;
use super::slot::Place;

/// Names that are not those of the embedding in capital letters.
const NAMES: &[(&str, &str)] = &[
    ("pca", "PC"),
    ("diffmap", "DC"),
    ("tsne", "tSNE"),
    ("draw_graph_fa", "FA"),
    ("draw_graph_fr", "FR"),
    ("umap", "UMAP"),
];

/// The name of a column of an embedding, whose key in obsm is `basis`. Embeddings that the field has no name for keep
/// theirs.
pub fn component_name(basis: &str, column: usize) -> String {
    let basis = basis.trim_start_matches("X_");
    let known = NAMES.iter().find(|(key, _)| *key == basis);
    let name = known.map_or(basis, |(_, name)| name);
    // `umap3 1` is no thirty-first column.
    let between = if name.ends_with(|c: char| c.is_ascii_digit()) {
        " "
    } else {
        ""
    };
    format!("{name}{between}{}", column + 1)
}

impl Dataset {
    /// The embedding and the column of it that a name such as `PC1` or `UMAP2` means.
    pub fn component(&self, name: &str) -> Option<(String, usize)> {
        let digits = name.trim_start_matches(|c: char| !c.is_ascii_digit());
        let name = &name[..name.len() - digits.len()];
        let known = NAMES.iter().find(|(_, known)| *known == name);
        let basis = known.map_or_else(|| name.to_lowercase(), |(key, _)| (*key).to_owned());
        let column = digits.parse::<usize>().ok()?.checked_sub(1)?;
        let key = self
            .key_of(Place::Obsm, &format!("X_{basis}"))?
            .into_owned();
        match self.obsm[&key].value.promise() {
            Promise::Dense(Some(columns)) if column >= columns => None,
            _ => Some((key, column)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Axis, Lazy, Names, Slot, Stamp, Value};
    use std::sync::Arc;

    #[test]
    fn a_name_means_the_column_that_has_it() {
        let names = || Lazy::ready(Value::Names(Arc::new(Names::default())));
        let axis = || Axis::root(0);
        let mut data = Dataset::empty("a", names(), names(), axis(), axis());
        for (key, _) in NAMES.iter().chain(&[("scvi", "")]) {
            let slot = Slot {
                value: names().promising(Promise::Dense(Some(4))),
                rows: None,
                stamp: Stamp::original(),
            };
            data.obsm.insert(format!("X_{key}"), slot);
        }
        for key in data.obsm.keys() {
            let name = component_name(key, 3);
            assert_eq!(data.component(&name), Some((key.clone(), 3)), "{name}");
        }
        assert_eq!(data.component("PC5"), None);
        assert_eq!(data.component("SCVI1"), Some(("X_scvi".to_owned(), 0)));
        assert_eq!(component_name("umap3", 0), "umap3 1");
    }
}
