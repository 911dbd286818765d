//! What is known about a dataset during planning: what is there, what can be read from its file now,
//! and what is only promised.
//!
//! A name that the user typed is compared with what is known when the command is planned, and
//! again by the step itself when everything is there. What is promised never counts as absent.

use super::scene::Scene;
use super::suggest;
use crate::data::{Column, Dataset, Known, Lazy, Names, Place, SlotName, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::plan::engine::of_file;
use crate::source::Origin;
use std::sync::Arc;

/// Before the name of a gene where a column of obs has the same name.
pub const OF_GENE: &str = "gene.";

/// The usual key of markers in uns.
pub const MARKERS: &str = "rank_genes_groups";

/// The key of markers of the groups of `by` where the usual one holds those of others.
pub fn markers_key(data: &Dataset, by: &str) -> String {
    if data.uns.contains_key(MARKERS) {
        format!("{MARKERS}_{by}")
    } else {
        MARKERS.to_owned()
    }
}

/// The key in uns of markers of the groups of `by`, if there are any: the usual key, or one that
/// begins like it.
pub fn markers_of(data: &Dataset, by: &str) -> Option<String> {
    let of_groups = |key: &&String| match tested_groups(data, key) {
        Known::Value(groups) => groups == by,
        Known::Absent => *key == MARKERS,
        Known::Promised => false,
    };
    let others = data.uns.keys().filter(|key| *key != MARKERS);
    let usual = data.uns.keys().filter(|key| *key == MARKERS);
    let mut keys = usual.chain(others.filter(|key| key.starts_with(MARKERS)));
    keys.find(of_groups).cloned()
}

/// The column of obs that markers are of, as their record says, or as the step was asked that will
/// make them.
pub fn tested_groups(data: &Dataset, key: &str) -> Known<String> {
    let name = SlotName::new(Place::Uns, key);
    // A damaged record is reported by the step that reads it.
    match data.known(&name).unwrap_or(Known::Absent) {
        Known::Promised => (data.made_by_groups(&name)).map_or(Known::Promised, Known::Value),
        known => known.and_then(|value| match value.uns()?.get("params/groupby")? {
            Uns::Text(groups) => Some(groups.clone()),
            _ => None,
        }),
    }
}

/// Groups of a column that an argument names.
#[derive(Debug, Clone)]
pub struct NamedGroups {
    /// As messages call the column: `obs.leiden`.
    pub column: String,
    pub names: Vec<String>,
    /// Where they were typed.
    pub origin: Origin,
}

impl NamedGroups {
    /// # Errors
    /// One of the names is not a level.
    pub fn check(&self, levels: &Names) -> Outcome<()> {
        match (self.names.iter()).find(|name| levels.position(name).is_none()) {
            Some(name) => Err(self.unknown(name, levels.iter())),
            None => Ok(()),
        }
    }

    /// The same where only a column with the levels is known: one whose rows are still to be
    /// picked has some levels that will have no cells.
    fn check_column(&self, column: &Column) -> Outcome<()> {
        match column {
            Column::Category(category) => self.check(&category.levels),
            other => self.check(&other.to_category().levels),
        }
    }

    fn unknown<'a>(
        &self,
        name: &str,
        levels: impl Iterator<Item = &'a str> + Clone,
    ) -> Box<Diagnostic> {
        // Without quotes, `True` is taken for a habit from Python.
        let python = ["True", "False"]
            .iter()
            .find(|it| it.eq_ignore_ascii_case(name));
        let quoted = python.filter(|python| levels.clone().any(|level| level == **python));
        let help = match quoted {
            Some(level) => format!("in quotes: \"{level}\""),
            None => suggest::nearest_or_list(name, levels, &self.column),
        };
        Diagnostic::error(
            code::NO_SUCH_LEVEL,
            format!("{} has no group `{name}`", self.column),
        )
        .label(self.origin.span, "is not a group")
        .help(help)
        .in_source(&self.origin.source)
    }
}

impl Scene<'_> {
    /// Where an argument stands, for errors of steps.
    pub fn origin_of(&self, param: &str) -> Origin {
        Origin::new(self.source, self.args.span(param))
    }

    /// What is known of a slot, on the axes that it was made on.
    pub fn known(&self, data: &Dataset, place: Place, key: &str) -> Outcome<Known<Value>> {
        data.known(&SlotName::new(place, key))
            .map_err(|error| of_file(error).at(&self.origin()))
    }

    /// What is known of a column of obs.
    pub fn known_column(&self, data: &Dataset, key: &str) -> Outcome<Known<Arc<Column>>> {
        let known = self.known(data, Place::Obs, key)?;
        Ok(known.and_then(|value| value.column().cloned()))
    }

    /// What is known of a record in uns.
    pub fn known_record(&self, data: &Dataset, key: &str) -> Outcome<Known<Arc<Uns>>> {
        let known = self.known(data, Place::Uns, key)?;
        Ok(known.and_then(|value| value.uns().cloned()))
    }

    /// Gene names as the file has them, unless reading them takes long.
    pub fn known_genes(&self, data: &Dataset) -> Option<Arc<Names>> {
        // A damaged file is reported by the step that reads them.
        let known = data.var_names.value.known().ok()?;
        known?.names().cloned()
    }

    /// Names of cells as the file has them, unless reading them takes long.
    pub fn known_cells(&self, data: &Dataset) -> Outcome<Option<Arc<Names>>> {
        let known = data.obs_names.value.known();
        let known = known.map_err(|error| of_file(error).at(&self.origin()))?;
        Ok(known.and_then(Value::names).cloned())
    }

    /// Groups of `by` that the argument `param` names. They are looked for among the levels, as
    /// far as these are known; a step looks again with [`NamedGroups::check`].
    ///
    /// # Errors
    /// One of them is no level of the column.
    pub fn named_groups(
        &self,
        data: &Dataset,
        by: &str,
        param: &str,
        names: Vec<String>,
    ) -> Outcome<NamedGroups> {
        let column = self.value(data, Place::Obs, by)?;
        self.named_levels(&column, format!("obs.{by}"), param, names)
    }

    /// The same of a column by itself.
    ///
    /// # Errors
    /// One of the names is no level of the column.
    pub fn named_levels(
        &self,
        column: &Lazy,
        called: String,
        param: &str,
        names: Vec<String>,
    ) -> Outcome<NamedGroups> {
        let named = NamedGroups {
            column: called,
            names,
            origin: self.origin_of(param),
        };
        let known = column.known_levels();
        if let Some(column) = known.map_err(|error| of_file(error).at(&self.origin()))?
            && !named.names.is_empty()
        {
            named.check_column(column)?;
        }
        Ok(named)
    }
}
