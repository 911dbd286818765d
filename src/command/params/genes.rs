//! Genes by name: a list, or a record of lists with titles.

use super::types::{Many, Text};
use super::{Arg, Kind};
use crate::command::value::Val;

/// Genes by name, in groups that may have titles.
#[derive(Debug, Clone, Default)]
pub struct GeneNames(pub Vec<(Option<String>, Vec<String>)>);

impl GeneNames {
    /// All names in order.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.0.iter().flat_map(|(_, names)| names)
    }
}

impl Arg for GeneNames {
    const KIND: Kind = Kind::GeneNames;
    const MANY: bool = true;

    fn from_val(value: &Val) -> Option<Self> {
        let names = |value: &Val| {
            Many::<Text>::from_val(value)
                .map(|many| many.0.into_iter().map(|text| text.0).collect())
        };
        match value {
            Val::Record(fields) => fields
                .iter()
                .map(|(group, value)| Some((Some(group.clone()), names(value)?)))
                .collect::<Option<_>>()
                .map(GeneNames),
            value => Some(GeneNames(vec![(None, names(value)?)])),
        }
    }

    fn to_val(&self) -> Val {
        let list = |names: &[String]| Val::List(names.iter().map(Val::text).collect());
        match &self.0[..] {
            [(None, names)] => list(names),
            groups => Val::Record(
                groups
                    .iter()
                    .map(|(group, names)| (group.clone().unwrap_or_default(), list(names)))
                    .collect(),
            ),
        }
    }
}

/// Genes, and columns of obs with numbers that are drawn beside them.
#[derive(Debug, Clone, Default)]
pub struct GenesOrColumns(pub GeneNames);

impl Arg for GenesOrColumns {
    const KIND: Kind = Kind::GenesOrColumns;
    const MANY: bool = true;

    fn from_val(value: &Val) -> Option<Self> {
        GeneNames::from_val(value).map(GenesOrColumns)
    }

    fn to_val(&self) -> Val {
        self.0.to_val()
    }
}

/// Genes by name, some of which may not be measured; with titles, several sets.
#[derive(Debug, Clone, Default)]
pub struct GeneSets(pub GeneNames);

impl Arg for GeneSets {
    const KIND: Kind = Kind::GeneSets;
    const MANY: bool = true;

    fn from_val(value: &Val) -> Option<Self> {
        GeneNames::from_val(value).map(GeneSets)
    }

    fn to_val(&self) -> Val {
        self.0.to_val()
    }
}
