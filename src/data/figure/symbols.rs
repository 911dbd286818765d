//! Which texts of a figure are names of genes.

use crate::data::Names;
use std::sync::Arc;

/// Names of genes, and of groups, which may be the same.
#[derive(Debug, Clone, Default)]
pub struct Symbols {
    pub genes: Vec<Arc<Names>>,
    /// Names that are not taken for genes, such as cell types.
    pub groups: Vec<Arc<Names>>,
}

impl Symbols {
    /// Whether a text is the name of a gene and of nothing else.
    pub fn is_gene(&self, text: &str) -> bool {
        let holds = |names: &Arc<Names>| names.position(text).is_some();
        self.genes.iter().any(holds) && !self.groups.iter().any(holds)
    }

    pub fn extend(&mut self, other: &Symbols) {
        self.genes.extend(other.genes.iter().cloned());
        self.groups.extend(other.groups.iter().cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_no_genes() {
        let names = |names: &[&str]| vec![Arc::new(names.iter().collect::<Names>())];
        let symbols = Symbols {
            genes: names(&["CD4", "T", "LYZ"]),
            groups: names(&["T", "B"]),
        };
        assert!(symbols.is_gene("LYZ") && symbols.is_gene("CD4"));
        assert!(!symbols.is_gene("T") && !symbols.is_gene("B") && !symbols.is_gene("UMAP1"));
    }
}
