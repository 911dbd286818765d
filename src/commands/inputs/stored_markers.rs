//! Markers as `markers` and sc.tl.rank_genes_groups store them in uns: a record for each field, with a column
//! for each group, best genes first.

use crate::data::{Column, Names, Uns};

/// A view of such a record.
pub struct StoredMarkers<'a> {
    uns: &'a Uns,
    names: &'a [(String, Column)],
}

impl<'a> StoredMarkers<'a> {
    /// `None` if the record has no names of genes.
    pub fn of(uns: &'a Uns) -> Option<Self> {
        match uns.get("names")? {
            Uns::Records(names) => Some(StoredMarkers { uns, names }),
            _ => None,
        }
    }

    pub fn groups(&self) -> Names {
        self.names.iter().map(|(group, _)| group).collect()
    }

    /// Each group, and its genes.
    pub fn genes(&self) -> impl Iterator<Item = (&'a str, &'a Column)> {
        let names: &'a [(String, Column)] = self.names;
        names.iter().map(|(group, column)| (group.as_str(), column))
    }

    /// A number for each gene of a group: `scores`, `pvals_adj`.
    pub fn numbers(&self, field: &str, group: &str) -> Option<&'a [f64]> {
        let Uns::Records(columns) = self.uns.get(field)? else {
            return None;
        };
        match columns.iter().find(|(name, _)| name == group)? {
            (_, Column::Number(numbers)) => Some(&numbers.values),
            _ => None,
        }
    }

    /// What the groups were compared with: a group, or `rest`.
    pub fn reference(&self) -> &'a str {
        match self.uns.get("params/reference") {
            Some(Uns::Text(reference)) => reference,
            _ => "rest",
        }
    }
}
