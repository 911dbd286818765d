//! Markers as `markers` and sc.tl.rank_genes_groups store them in uns: a record for each field, with a column
//! for each group, best genes first. Of more groups than a record has room for, each field is a map from the
//! group to an array.

use crate::data::{Column, Names, Uns};
use std::borrow::Cow;

/// A view of such a record.
pub struct StoredMarkers<'a> {
    uns: &'a Uns,
    names: Vec<(&'a str, Cow<'a, Names>)>,
}

impl<'a> StoredMarkers<'a> {
    /// `None` if the record has no names of genes.
    pub fn of(uns: &'a Uns) -> Option<Self> {
        let names = match uns.get("names")? {
            Uns::Records(columns) => columns.iter().map(of_column).collect(),
            Uns::Map(groups) => {
                let of = |(group, genes): (&'a String, &'a Uns)| Some((&**group, texts(genes)?));
                groups.iter().map(of).collect::<Option<_>>()?
            }
            _ => return None,
        };
        Some(StoredMarkers { uns, names })
    }

    pub fn groups(&self) -> Names {
        self.names.iter().map(|(group, _)| group).collect()
    }

    /// Each group, and its genes.
    pub fn genes(&self) -> impl Iterator<Item = (&'a str, &Names)> {
        self.names.iter().map(|(group, names)| (*group, &**names))
    }

    /// A number for each gene of a group: `scores`, `pvals_adj`.
    pub fn numbers(&self, field: &str, group: &str) -> Option<Cow<'a, [f64]>> {
        match self.uns.get(field)? {
            Uns::Records(columns) => match columns.iter().find(|(name, _)| name == group)? {
                (_, Column::Number(numbers)) => Some(Cow::Borrowed(&numbers.values)),
                _ => None,
            },
            Uns::Map(groups) => array(groups.get(group)?),
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

fn of_column((group, column): &(String, Column)) -> (&str, Cow<'_, Names>) {
    let names = match column {
        Column::Text(names) => Cow::Borrowed(names),
        other => Cow::Owned((0..other.len()).map(|i| other.text(i)).collect()),
    };
    (group, names)
}

/// The texts of a branch. One that is made is let go of again: there are many.
fn texts(branch: &Uns) -> Option<Cow<'_, Names>> {
    match branch {
        Uns::Texts(names) => Some(Cow::Borrowed(names)),
        Uns::Made(making) => Some(Cow::Owned(texts(&making.make().ok()?)?.into_owned())),
        _ => None,
    }
}

fn array(branch: &Uns) -> Option<Cow<'_, [f64]>> {
    match branch {
        Uns::Array(numbers) => Some(Cow::Owned(numbers.iter().copied().collect())),
        Uns::Array32(numbers) => Some(Cow::Owned(numbers.iter().map(|&x| x.into()).collect())),
        Uns::Exact(stored) => Some(Cow::Owned(stored.numbers().collect())),
        Uns::Made(making) => Some(Cow::Owned(array(&making.make().ok()?)?.into_owned())),
        _ => None,
    }
}
